//! What follows cells' fixed fields: values, characters, digits, bytes, table entries. All access is checked against
//! the cell's size.

use super::bits;
use super::cells::*;
use super::cx::Cx;
use super::gc::{Gc, Value};

impl Gc<'_, SavedFrame> {
    /// Copies values from the stack into the cell, from its value `first` to its end, with the write barrier.
    ///
    /// # Safety
    /// The values at `from` are live.
    pub unsafe fn copy_in(self, cx: &Cx<'_>, first: usize, from: *const u64) {
        let count = self.count(cx) - first;
        let offset = SavedFrame::BYTES + 8 * first;
        // SAFETY: the range lies in the cell; whoever holds a reference is told of it.
        unsafe {
            self.ptr().add(offset).cast::<u64>().copy_from_nonoverlapping(from, count);
            if self.ptr().add(1).read() & flag::LARGE == 0 {
                return cx.heap.barrier(self.ptr(), offset);
            }
            for index in 0..count {
                cx.heap.barrier(self.ptr(), offset + 8 * index);
            }
        }
    }

    /// Copies the cell's values to the stack, from its value `first` to its end. Gives their number.
    ///
    /// # Safety
    /// There is room for them at `to`.
    pub unsafe fn copy_out(self, cx: &Cx<'_>, first: usize, to: *mut u64) -> usize {
        let count = self.count(cx) - first;
        // SAFETY: the range lies in the cell.
        unsafe { to.copy_from_nonoverlapping(self.ptr().add(SavedFrame::BYTES + 8 * first).cast(), count) };
        count
    }
}

/// Bytes in front of a flat string's units.
pub const FLAT_HEADER: usize = 12;

macro_rules! value_tails {
    ($($cell:ident at $first:literal),* $(,)?) => { $(
        impl<'a> Gc<'a, $cell> {
            /// Number of its values.
            #[inline(always)]
            pub fn count(self, cx: &Cx<'_>) -> usize {
                (cx.heap.size_of(self.ptr()) - $first) / 8
            }

            /// A value.
            ///
            /// # Panics
            /// Where there is no such value.
            #[inline(always)]
            pub fn at(self, cx: &Cx<'_>, index: usize) -> Value<'a> {
                assert!(index < self.count(cx), concat!("index into ", stringify!($cell)));
                // SAFETY: the index was checked; the row says that values fill the cell.
                unsafe { Value::from_bits(self.ptr().add($first + 8 * index).cast::<u64>().read()) }
            }

            /// Sets a value, with the write barrier.
            ///
            /// # Panics
            /// Where there is no such value.
            #[inline(always)]
            pub fn put(self, cx: &Cx<'_>, index: usize, value: Value<'_>) {
                assert!(index < self.count(cx), concat!("index into ", stringify!($cell)));
                // SAFETY: the index was checked; the row says that values fill the cell.
                unsafe { self.store_value(cx, $first + 8 * index, value.bits()) }
            }

            /// Sets values from `from` to the end.
            pub fn fill(self, cx: &Cx<'_>, from: usize, value: Value<'_>) {
                for index in from..self.count(cx) {
                    self.put(cx, index, value);
                }
            }
        }
    )* };
}

value_tails! {
    Tuple at 8, Slots at 8, Scope at 8, Linked at 8, PolyCache at 8, Realm at 8, Module at 16,
    SavedFrame at 16,
}

impl<'a> Gc<'a, Elements> {
    /// An element; a hole where there is none.
    #[inline(always)]
    pub fn at(self, index: usize) -> Value<'a> {
        if index >= self.capacity() as usize {
            return Value::HOLE;
        }
        // SAFETY: the index is below the capacity.
        unsafe { Value::from_bits(self.ptr().add(8 + 8 * index).cast::<u64>().read()) }
    }

    /// Sets an element, with the write barrier. The elements' kind flags are the caller's business.
    ///
    /// # Panics
    /// Where there is no room for it.
    #[inline(always)]
    pub fn put(self, cx: &Cx<'_>, index: usize, value: Value<'_>) {
        assert!(index < self.capacity() as usize, "an element within its capacity");
        // SAFETY: the index is below the capacity.
        unsafe { self.store_value(cx, 8 + 8 * index, value.bits()) }
    }

    /// Sets the elements in a range, with the write barrier. The kind flags are the caller's business.
    ///
    /// # Panics
    /// Where the range is out of bounds.
    pub fn fill(self, cx: &Cx<'_>, from: usize, to: usize, value: Value<'_>) {
        assert!(from <= to && to <= self.capacity() as usize, "elements within their capacity");
        // SAFETY: the range was checked; whoever holds a reference is told of it below.
        unsafe {
            let first = self.ptr().add(8 + 8 * from).cast::<u64>();
            std::slice::from_raw_parts_mut(first, to - from).fill(value.bits());
            if bits::is_reference(value.bits()) {
                self.remember_range(cx, from, to - from);
            }
        }
    }

    /// Makes holes of the elements in a range.
    pub fn clear(self, from: usize, to: usize) {
        let to = to.min(self.capacity() as usize);
        for index in from..to {
            // SAFETY: the index is below the capacity; a hole needs no barrier.
            unsafe { self.ptr().add(8 + 8 * index).cast::<u64>().write(bits::HOLE) }
        }
    }

    /// Moves `count` elements within the cell, with the write barrier.
    ///
    /// # Panics
    /// Where a range is out of bounds.
    pub fn move_within(self, cx: &Cx<'_>, from: usize, to: usize, count: usize) {
        let capacity = self.capacity() as usize;
        assert!(from + count <= capacity && to + count <= capacity, "elements within their capacity");
        // SAFETY: both ranges were checked.
        unsafe {
            std::ptr::copy(self.ptr().add(8 + 8 * from), self.ptr().add(8 + 8 * to), 8 * count);
            self.remember_range(cx, to, count);
        }
    }

    /// Copies `count` elements from another cell, with the write barrier.
    ///
    /// # Panics
    /// Where a range is out of bounds.
    pub fn copy_from(self, cx: &Cx<'_>, to: usize, source: Gc<'_, Elements>, from: usize, count: usize) {
        let (room, there) = (self.capacity() as usize, source.capacity() as usize);
        assert!(to + count <= room && from + count <= there, "elements within their capacity");
        // SAFETY: both ranges were checked; `copy` allows them to overlap.
        unsafe {
            std::ptr::copy(source.ptr().add(8 + 8 * from), self.ptr().add(8 + 8 * to), 8 * count);
            self.remember_range(cx, to, count);
        }
    }

    unsafe fn remember_range(self, cx: &Cx<'_>, from: usize, count: usize) {
        let mut at = from;
        while at < from + count {
            // SAFETY: passed on from the caller; one call a card is enough.
            unsafe { cx.heap.barrier(self.ptr(), 8 + 8 * at) };
            at += 64;
        }
        if count > 0 {
            // SAFETY: as above.
            unsafe { cx.heap.barrier(self.ptr(), 8 + 8 * (from + count - 1)) };
        }
    }

    /// The bits of all elements.
    pub fn words(self) -> &'a [u64] {
        // SAFETY: the cell holds this many words from offset 8 on.
        unsafe { std::slice::from_raw_parts(self.ptr().add(8).cast(), self.capacity() as usize) }
    }
}

impl<'a> Gc<'a, Str> {
    /// The bytes of a Latin-1 cell.
    #[inline(always)]
    pub fn latin1_units(self) -> &'a [u8] {
        assert!(self.kind() == kind::Latin1, "a Latin-1 string");
        // SAFETY: a Latin1 cell holds `length` bytes from offset 12 on.
        unsafe { std::slice::from_raw_parts(self.ptr().add(FLAT_HEADER), self.length() as usize) }
    }

    /// The units of a UTF-16 cell.
    #[inline(always)]
    pub fn utf16_units(self) -> &'a [u16] {
        assert!(self.kind() == kind::Utf16, "a UTF-16 string");
        // SAFETY: a Utf16 cell holds `length` units from offset 12 on, aligned to 2.
        unsafe { std::slice::from_raw_parts(self.ptr().add(FLAT_HEADER).cast(), self.length() as usize) }
    }

    /// Writes bytes into a Latin-1 cell under construction.
    pub fn write_latin1(self, at: usize, bytes: impl ExactSizeIterator<Item = u8>) {
        assert!(
            self.kind() == kind::Latin1 && at + bytes.len() <= self.length() as usize,
            "bytes within the string"
        );
        for (i, byte) in bytes.enumerate() {
            // SAFETY: the range was checked.
            unsafe { self.ptr().add(FLAT_HEADER + at + i).write(byte) };
        }
    }

    /// Copies bytes into a Latin-1 cell under construction.
    pub fn copy_latin1(self, at: usize, bytes: &[u8]) {
        assert!(
            self.kind() == kind::Latin1 && at + bytes.len() <= self.length() as usize,
            "bytes within the string"
        );
        // SAFETY: the range was checked; a cell under construction is not its own source.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.ptr().add(FLAT_HEADER + at), bytes.len())
        };
    }

    /// Writes units into a UTF-16 cell under construction.
    pub fn write_utf16(self, at: usize, units: impl ExactSizeIterator<Item = u16>) {
        assert!(
            self.kind() == kind::Utf16 && at + units.len() <= self.length() as usize,
            "units within the string"
        );
        for (i, unit) in units.enumerate() {
            // SAFETY: the range was checked.
            unsafe { self.ptr().add(FLAT_HEADER + 2 * (at + i)).cast::<u16>().write(unit) };
        }
    }

    /// The stored hash of a flat cell.
    #[inline(always)]
    pub fn stored_hash(self) -> u32 {
        assert!(matches!(self.kind(), kind::Latin1 | kind::Utf16), "a flat string");
        // SAFETY: flat strings have their hash at offset 8.
        unsafe { self.ptr().add(8).cast::<u32>().read() }
    }

    /// Stores the hash of a flat cell.
    pub fn store_hash(self, hash: u32) {
        assert!(matches!(self.kind(), kind::Latin1 | kind::Utf16), "a flat string");
        // SAFETY: flat strings have their hash at offset 8.
        unsafe { self.ptr().add(8).cast::<u32>().write(hash) };
    }
}

/// A property name as tables keep it: an atom or a symbol.
#[derive(Clone, Copy)]
pub struct NameRef<'a> {
    /// Reference of the atom or symbol.
    pub reference: u32,
    hash: u32,
    _borrow: std::marker::PhantomData<&'a ()>,
}

impl<'a> NameRef<'a> {
    /// From an atom or symbol value.
    ///
    /// # Panics
    /// Where the value is neither.
    #[inline(always)]
    pub fn new(cx: &'a Cx<'_>, value: Value<'a>) -> NameRef<'a> {
        let tag = bits::tag(value.bits());
        assert!(tag == bits::TAG_STRING || tag == bits::TAG_SYMBOL, "a property name");
        let reference = value.bits() as u32;
        // SAFETY: atoms and symbols have their hash at offset 8.
        let hash = unsafe { cx.heap.at((reference as usize) << 3).add(8).cast::<u32>().read() };
        NameRef { reference, hash, _borrow: std::marker::PhantomData }
    }
}

impl<'a> Gc<'a, PropertyTable> {
    /// Bytes of a table for `capacity` entries.
    pub fn bytes_for(capacity: u32) -> usize {
        PropertyTable::BYTES + 8 * capacity as usize + 4 * index_size(capacity) as usize
    }

    #[inline(always)]
    fn word(self, at: usize) -> *mut u32 {
        // SAFETY: callers keep within the cell.
        unsafe { self.ptr().add(at).cast() }
    }

    /// An entry: reference of its name (0 for a deleted one) and its description.
    #[inline(always)]
    pub fn entry(self, index: u32) -> (u32, u32) {
        assert!(index < self.count(), "an entry of the table");
        let at = 16 + 8 * index as usize;
        // SAFETY: the index was checked against the count, which is at most the capacity.
        unsafe { (self.word(at).read(), self.word(at + 4).read()) }
    }

    /// An entry's name as a value.
    pub fn name(self, cx: &'a Cx<'_>, index: u32) -> Option<Value<'a>> {
        match self.entry(index).0 {
            0 => None,
            reference => {
                // SAFETY: names of entries are live atoms and symbols.
                let kind = unsafe { cx.heap.at((reference as usize) << 3).read() };
                let tag = if kind == kind::Symbol { bits::TAG_SYMBOL } else { bits::TAG_STRING };
                Some(Value::raw(bits::reference(tag, reference)))
            }
        }
    }

    /// Changes an entry's description.
    pub fn set_info(self, index: u32, info: u32) {
        assert!(index < self.count(), "an entry of the table");
        // SAFETY: the index was checked.
        unsafe { self.word(16 + 8 * index as usize + 4).write(info) };
    }

    /// Deletes an entry; its place stays.
    pub fn delete(self, index: u32) {
        assert!(index < self.count(), "an entry of the table");
        // SAFETY: the index was checked.
        unsafe { self.word(16 + 8 * index as usize).write(0) };
        self.set_deleted(self.deleted() + 1);
    }

    /// Appends an entry; there must be room.
    pub fn append(self, cx: &Cx<'_>, name: NameRef<'_>, info: u32) {
        let (count, capacity) = (self.count(), self.capacity());
        assert!(count < capacity, "room in the table");
        let at = 16 + 8 * count as usize;
        // SAFETY: there is room for the entry and, by the cell's size, for the index.
        unsafe {
            self.word(at + 4).write(info);
            self.store_ref(cx, at, name.reference);
            let size = index_size(capacity);
            if size > 0 {
                let mut place = name.hash & (size - 1);
                while self.index_word(capacity, place).read() != 0 {
                    place = (place + 1) & (size - 1);
                }
                self.index_word(capacity, place).write(count + 1);
            }
        }
        self.set_count(count + 1);
    }

    #[inline(always)]
    fn index_word(self, capacity: u32, place: u32) -> *mut u32 {
        self.word(16 + 8 * capacity as usize + 4 * place as usize)
    }

    /// Finds a name among the first `limit` entries.
    #[inline]
    pub fn find(self, name: NameRef<'_>, limit: u32) -> Option<(u32, u32)> {
        let capacity = self.capacity();
        let size = index_size(capacity);
        if size == 0 {
            return (0..limit.min(self.count()))
                .map(|i| (i, self.entry(i)))
                .find_map(|(i, (reference, info))| (reference == name.reference).then_some((i, info)));
        }
        let mut place = name.hash & (size - 1);
        loop {
            // SAFETY: places are below the index's size.
            let number = unsafe { self.index_word(capacity, place).read() };
            if number == 0 {
                return None;
            }
            let (reference, info) = self.entry(number - 1);
            if reference == name.reference && number <= limit {
                return Some((number - 1, info));
            }
            place = (place + 1) & (size - 1);
        }
    }
}

/// Places of a table's hash index: none for small tables, which are searched in order.
const fn index_size(capacity: u32) -> u32 {
    if capacity <= 8 { 0 } else { (capacity * 2).next_power_of_two() }
}

impl<'a> Gc<'a, Transitions> {
    /// A transition.
    pub fn shape(self, cx: &'a Cx<'_>, index: u32) -> Gc<'a, Shape> {
        assert!(index < self.count(), "a transition of the table");
        // SAFETY: the first `count` references are shapes.
        unsafe { Gc::from_ref(cx, self.ptr().add(8 + 4 * index as usize).cast::<u32>().read()) }
    }

    /// Transitions that there is room for.
    pub fn capacity(self, cx: &Cx<'_>) -> u32 {
        ((cx.heap.size_of(self.ptr()) - 8) / 4) as u32
    }

    /// Appends a transition; there must be room.
    pub fn append(self, cx: &Cx<'_>, shape: Gc<'_, Shape>) {
        let count = self.count();
        assert!(count < self.capacity(cx), "room in the table");
        // SAFETY: there is room.
        unsafe { self.store_ref(cx, 8 + 4 * count as usize, shape.reference(cx)) };
        self.set_count(count + 1);
    }
}

impl<'a> Gc<'a, AtomTable> {
    /// Places in the table, a power of two.
    pub fn places(self, cx: &Cx<'_>) -> u32 {
        ((cx.heap.size_of(self.ptr()) - 8) / 4) as u32
    }

    /// What stands at a place: 0 for nothing, 1 for a deleted entry, or an atom's reference.
    #[inline(always)]
    pub fn place(self, place: u32) -> u32 {
        // SAFETY: callers mask by the number of places.
        unsafe { self.ptr().add(8 + 4 * place as usize).cast::<u32>().read() }
    }

    /// The atom at a place that holds one.
    pub fn atom(self, cx: &'a Cx<'_>, place: u32) -> Gc<'a, Str> {
        // SAFETY: entries above 1 are references to live atoms.
        unsafe { Gc::from_ref(cx, self.place(place)) }
    }

    /// Puts an atom at a place. Atoms are old and the table is weak: no barrier.
    pub fn set_place(self, cx: &Cx<'_>, place: u32, atom: Gc<'_, Str>) {
        assert!(place < self.places(cx), "a place of the table");
        // SAFETY: the place was checked.
        unsafe { self.ptr().add(8 + 4 * place as usize).cast::<u32>().write(atom.reference(cx)) };
    }
}

impl<'a> Gc<'a, Bytes> {
    /// How many bytes there are.
    pub fn len(self, cx: &Cx<'_>) -> usize {
        cx.heap.size_of(self.ptr()) - 8
    }

    /// Whether there are none.
    pub fn is_empty(self, cx: &Cx<'_>) -> bool {
        self.len(cx) == 0
    }

    /// The bytes.
    pub fn bytes(self, cx: &Cx<'_>) -> &'a [u8] {
        // SAFETY: raw bytes fill the cell.
        unsafe { std::slice::from_raw_parts(self.ptr().add(8), self.len(cx)) }
    }

    /// Runs `f` on the bytes, to change them.
    pub fn with_mut<R>(self, cx: &Cx<'_>, f: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: raw bytes fill the cell; `f` cannot reach the heap, so there is no other view meanwhile.
        f(unsafe { std::slice::from_raw_parts_mut(self.ptr().add(8), self.len(cx)) })
    }

    /// A little-endian number at a byte offset.
    #[inline(always)]
    pub fn u32_at(self, cx: &Cx<'_>, index: usize) -> u32 {
        assert!(4 * index + 4 <= self.len(cx), "a number of the cell");
        // SAFETY: the index was checked.
        unsafe { self.ptr().add(8 + 4 * index).cast::<u32>().read() }
    }

    /// Sets a number.
    #[inline(always)]
    pub fn set_u32(self, cx: &Cx<'_>, index: usize, value: u32) {
        assert!(4 * index + 4 <= self.len(cx), "a number of the cell");
        // SAFETY: the index was checked.
        unsafe { self.ptr().add(8 + 4 * index).cast::<u32>().write(value) }
    }
}

/// Asked of a table's own numbers: what a large cell measures would have to be looked up.
impl<'a> Gc<'a, MapTable> {
    /// A word of an entry: key, value, and the next entry of its bucket.
    ///
    /// # Panics
    /// Where there is no room for such an entry.
    #[inline(always)]
    pub fn at(self, index: usize) -> Value<'a> {
        assert!(index < 3 * self.capacity() as usize, "a word of an entry");
        // SAFETY: the index is below what the capacity has.
        unsafe { Value::from_bits(self.ptr().add(MapTable::BYTES + 8 * index).cast::<u64>().read()) }
    }

    /// Sets a word of an entry, with the write barrier.
    ///
    /// # Panics
    /// Where there is no room for such an entry.
    #[inline(always)]
    pub fn put(self, cx: &Cx<'_>, index: usize, value: Value<'_>) {
        assert!(index < 3 * self.capacity() as usize, "a word of an entry");
        // SAFETY: the index is below what the capacity has.
        unsafe { self.store_value(cx, MapTable::BYTES + 8 * index, value.bits()) }
    }

    /// The newest entry of the bucket for a hash, -1 where it is empty.
    #[inline(always)]
    pub fn newest(self, cx: &Cx<'_>, hash: u32) -> i32 {
        // SAFETY: as `set_newest`.
        unsafe { self.bucket(cx, hash).read() as i32 - 1 }
    }

    /// Sets it.
    #[inline(always)]
    pub fn set_newest(self, cx: &Cx<'_>, hash: u32, entry: i32) {
        // SAFETY: the index has one number more than the mask says.
        unsafe { self.bucket(cx, hash).write((entry + 1) as u32) }
    }

    #[inline(always)]
    fn bucket(self, cx: &Cx<'_>, hash: u32) -> *mut u32 {
        let index = self.index(cx).ptr();
        // SAFETY: the index has one number more than the mask says.
        unsafe { index.add(8).cast::<u32>().add((hash & self.mask()) as usize) }
    }
}

impl<'a> Gc<'a, WeakTable> {
    /// An entry's key and value.
    pub fn entry(self, index: u32) -> (Value<'a>, Value<'a>) {
        assert!(index < self.capacity(), "an entry of the table");
        // SAFETY: the index was checked; entries are pairs of values, which are alive until the next collection.
        unsafe {
            let entry = self.ptr().add(16 + 16 * index as usize).cast::<u64>();
            (Value::from_bits(entry.read()), Value::from_bits(entry.add(1).read()))
        }
    }

    /// Sets an entry, with the write barrier.
    pub fn set_entry(self, cx: &Cx<'_>, index: u32, key: Value<'_>, value: Value<'_>) {
        assert!(index < self.capacity(), "an entry of the table");
        // SAFETY: the index was checked.
        unsafe {
            let at = 16 + 16 * index as usize;
            self.ptr().add(at + 8).cast::<u64>().write(value.bits());
            self.store_value(cx, at, key.bits());
            cx.heap.barrier(self.ptr(), at + 8);
        }
    }
}

impl<'a> Gc<'a, BigInt> {
    /// Digits of 64 bits, least significant first.
    pub fn digits(self) -> &'a [u64] {
        let count = (self.size() & !(1 << 31)) as usize;
        // SAFETY: the cell holds this many digits from offset 8 on.
        unsafe { std::slice::from_raw_parts(self.ptr().add(8).cast(), count) }
    }

    /// Writes the digits of a cell under construction.
    pub fn write_digits(self, cx: &Cx<'_>, digits: &[u64]) {
        assert!(8 + 8 * digits.len() <= cx.heap.size_of(self.ptr()), "digits within the cell");
        // SAFETY: the range was checked.
        unsafe { std::ptr::copy_nonoverlapping(digits.as_ptr(), self.ptr().add(8).cast(), digits.len()) };
    }
}

impl<'a> Gc<'a, Object> {
    /// An inline property slot, by byte offset from the object's start.
    ///
    /// # Panics
    /// Where the slot is not within the object.
    #[inline(always)]
    pub fn inline_slot(self, cx: &Cx<'_>, offset: usize) -> Value<'a> {
        assert!(offset + 8 <= cx.heap.size_of(self.ptr()), "an inline slot of the object");
        // SAFETY: the offset was checked; behind the fixed part values fill an object.
        unsafe { Value::from_bits(self.ptr().add(offset).cast::<u64>().read()) }
    }

    /// Sets an inline property slot, with the write barrier.
    #[inline(always)]
    pub fn set_inline_slot(self, cx: &Cx<'_>, offset: usize, value: Value<'_>) {
        assert!(offset + 8 <= cx.heap.size_of(self.ptr()), "an inline slot of the object");
        // SAFETY: the offset was checked.
        unsafe { self.store_value(cx, offset, value.bits()) }
    }
}

impl<'a> Value<'a> {
    /// The weak bits of a cell's field as a value; alive until the next collection.
    pub fn from_weak(cx: &'a Cx<'_>, bits: u64) -> Value<'a> {
        let _ = cx;
        Value::raw(bits)
    }
}

impl<'a> Gc<'a, WeakRef> {
    /// Sets the target, with the write barrier.
    pub fn set_weak_target(self, cx: &Cx<'_>, value: Value<'_>) {
        // SAFETY: the row has the target at this offset.
        unsafe { self.store_value(cx, 16, value.bits()) };
    }
}

impl<'a> Gc<'a, WeakCell> {
    /// Sets target and token, with the write barrier.
    pub fn set_weak_parts(self, cx: &Cx<'_>, target: Value<'_>, token: Value<'_>) {
        // SAFETY: the row has target and token at these offsets.
        unsafe {
            self.store_value(cx, 8, target.bits());
            self.store_value(cx, 24, token.bits());
        }
    }
}
