//! The tables behind Map, Set, WeakMap and WeakSet.
//!
//! A `MapTable` keeps entries in order of insertion, three values each: key, value, and the next entry of its bucket
//! (an int32, -1 at the end). Deleted entries have a hole for a key and stay until the table is rebuilt. Iterators
//! hold a table and a position; a table that was rebuilt refers to its successor.

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value, bits};

/// Values of an entry.
const ENTRY: usize = 3;
/// Where a table's entries begin, bytes.
pub const ENTRIES: usize = MapTable::BYTES;
/// Bytes of an entry.
pub const ENTRY_BYTES: u32 = 8 * ENTRY as u32;
/// What the halves of a number's bits, one over the other, are multiplied by.
pub const INT_HASH: u32 = 0x9E37_79B1;
/// Entries of a new table.
const FIRST_CAPACITY: u32 = 4;

/// What is known of a key's hash without allocating.
enum Ready {
    /// It.
    Hash(u32),
    /// An object that was in no table yet.
    Fresh,
    /// A string in pieces.
    InPieces,
}

/// Where a key is in a table, as far as that can be told without allocating.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sought {
    /// In this entry.
    Entry(u32),
    /// Nowhere.
    Absent,
    /// A string in pieces has to be put together first.
    Unknown,
}

/// The form in which a key is kept: numbers as int32 where they can be, with minus zero as zero (24.1.3.9 step 4).
/// Numbers are the same key where their bits are then the same.
pub fn canonical(key: Value<'_>) -> Value<'_> {
    match key.as_number() {
        Some(0.0) => Value::int(0),
        // SAFETY: the bits are a number's.
        #[allow(unsafe_code)]
        Some(number) if key.as_int().is_none() => unsafe { Value::from_bits(bits::number(number)) },
        _ => key,
    }
}

impl<'a> Gc<'a, MapTable> {
    /// Adds an entry behind the others; there is room, and its key is in no other.
    fn append(self, cx: &Cx<'_>, hash: u32, key: Value<'_>, value: Value<'_>) {
        let entry = self.used();
        let at = entry as usize * ENTRY;
        self.put(cx, at, key);
        self.put(cx, at + 1, value);
        self.put(cx, at + 2, Value::int(self.newest(cx, hash)));
        self.set_newest(cx, hash, entry as i32);
        self.set_used(entry + 1);
        self.set_live(self.live() + 1);
    }

    /// Key of an entry, a hole where it was deleted.
    pub fn key(self, entry: u32) -> Value<'a> {
        self.at(entry as usize * ENTRY)
    }

    /// Value of an entry.
    pub fn entry_value(self, entry: u32) -> Value<'a> {
        self.at(entry as usize * ENTRY + 1)
    }

    /// Changes an entry's value.
    pub fn set_entry_value(self, cx: &Cx<'_>, entry: u32, value: Value<'_>) {
        self.put(cx, entry as usize * ENTRY + 1, value);
    }
}

impl<'s> Cx<'s> {
    /// An empty table.
    pub fn new_map_table(&mut self) -> Result<Local<'s, MapTable>, Exit> {
        self.map_table_with(FIRST_CAPACITY)
    }

    fn map_table_with(&mut self, capacity: u32) -> Result<Local<'s, MapTable>, Exit> {
        let buckets = (capacity as usize).next_power_of_two();
        let index = self.alloc::<Bytes>(kind::Bytes, Bytes::BYTES + 4 * buckets)?;
        let table =
            self.alloc::<MapTable>(kind::MapTable, MapTable::BYTES + 8 * ENTRY * capacity as usize)?;
        let cell = table.get(self);
        cell.set_capacity(capacity);
        cell.set_mask(buckets as u32 - 1);
        cell.set_index(self, index.get(self));
        Ok(table)
    }

    /// Hash of a key, by SameValueZero: equal keys have equal hashes. Strings are flattened; objects get an identity.
    pub fn hash_key(&mut self, key: Local<'_>) -> Result<u32, Exit> {
        match self.ready_hash(canonical(key.value(self))) {
            Ready::Hash(hash) => Ok(hash),
            Ready::Fresh => {
                let object = key.as_object(self).expect("only objects have no hash yet");
                self.identity_hash(object)
            }
            Ready::InPieces => {
                let string = key.cast::<Str>(self).expect("only strings are in pieces");
                let flat = self.flatten(string)?;
                Ok(flat.get(self).chars(self).hash())
            }
        }
    }

    /// The hash of a key in its canonical form, where that takes no allocation.
    fn ready_hash(&self, key: Value<'_>) -> Ready {
        let bits = key.bits();
        if key.is_number() {
            let mixed = (bits ^ bits >> 32) as u32;
            return Ready::Hash(mixed.wrapping_mul(INT_HASH) ^ mixed >> 13);
        }
        if let Some(cell) = key.as_string(self) {
            let keeps = matches!(cell.kind(), kind::Latin1 | kind::Utf16);
            if keeps && cell.stored_hash() != 0 {
                return Ready::Hash(cell.stored_hash());
            }
            if !cell.is_flat(self) {
                return Ready::InPieces;
            }
            let hash = cell.chars(self).hash();
            if keeps {
                cell.store_hash(hash);
            }
            return Ready::Hash(hash);
        }
        if let Some(object) = key.as_object(self) {
            return match object.slots(self).map(|slots| slots.hash()) {
                Some(hash) if hash != 0 => Ready::Hash(hash),
                _ => Ready::Fresh,
            };
        }
        if let Some(symbol) = key.cast::<Symbol>(self) {
            return Ready::Hash(symbol.hash());
        }
        if let Some(big) = key.cast::<BigInt>(self) {
            let mix = |hash: u32, &digit: &u64| hash.wrapping_mul(31) ^ (digit ^ digit >> 32) as u32;
            return Ready::Hash(big.digits().iter().fold(17u32, mix));
        }
        Ready::Hash(bits as u32)
    }

    /// An object's identity hash: kept with its out-of-line slots.
    pub fn identity_hash(&mut self, object: Local<'_, Object>) -> Result<u32, Exit> {
        if let Some(slots) = object.get(self).slots(self)
            && slots.hash() != 0
        {
            return Ok(slots.hash());
        }
        let hash = self.new_hash();
        if object.get(self).slots(self).is_none() {
            self.scope(|cx| {
                let slots = cx.alloc::<Slots>(kind::Slots, Slots::BYTES)?;
                object.get(cx).set_slots(cx, Some(slots.get(cx)));
                Ok(())
            })?;
        }
        if let Some(slots) = object.get(self).slots(self) {
            slots.set_hash(hash);
        }
        Ok(hash)
    }

    /// Whether two keys, canonical both, are the same.
    #[inline]
    fn same_key(&self, a: Value<'_>, b: Value<'_>) -> bool {
        a == b || (bits::is_reference(a.bits()) && bits::is_reference(b.bits()) && self.same_content(a, b))
    }

    fn same_content(&self, a: Value<'_>, b: Value<'_>) -> bool {
        if let (Some(a), Some(b)) = (a.as_string(self), b.as_string(self)) {
            // The key looked for is flat; keys in the table were when they came.
            return a.length() == b.length() && a.chars(self).equals(b.chars(self));
        }
        match (a.cast::<BigInt>(self), b.cast::<BigInt>(self)) {
            (Some(a), Some(b)) => a.size() == b.size() && a.digits() == b.digits(),
            _ => false,
        }
    }

    fn seek(&self, table: Gc<'_, MapTable>, hash: u32, key: Value<'_>) -> Sought {
        let mut entry = table.newest(self, hash);
        while entry >= 0 {
            let at = entry as usize * ENTRY;
            if self.same_key(table.at(at), key) {
                return Sought::Entry(entry as u32);
            }
            entry = table.at(at + 2).as_int().unwrap_or(-1);
        }
        Sought::Absent
    }

    /// Looks for a key without allocating.
    pub fn map_seek(&self, table: Gc<'_, MapTable>, key: Value<'_>) -> Sought {
        let key = canonical(key);
        match self.ready_hash(key) {
            Ready::Hash(hash) => self.seek(table, hash, key),
            Ready::Fresh => Sought::Absent,
            Ready::InPieces => Sought::Unknown,
        }
    }

    /// Sets a key's value where that takes no allocation: whether it did.
    pub fn map_put_quietly(&self, table: Gc<'_, MapTable>, key: Value<'_>, value: Value<'_>) -> bool {
        let key = canonical(key);
        let Ready::Hash(hash) = self.ready_hash(key) else { return false };
        match self.seek(table, hash, key) {
            Sought::Entry(entry) => table.set_entry_value(self, entry, value),
            _ if table.used() == table.capacity() => return false,
            _ => table.append(self, hash, key, value),
        }
        true
    }

    /// Finds a key's entry.
    pub fn map_find(&mut self, table: Local<'_, MapTable>, key: Local<'_>) -> Result<Option<u32>, Exit> {
        let mut sought = self.map_seek(table.get(self), key.value(self));
        if sought == Sought::Unknown {
            self.hash_key(key)?;
            sought = self.map_seek(table.get(self), key.value(self));
        }
        Ok(match sought {
            Sought::Entry(entry) => Some(entry),
            _ => None,
        })
    }

    /// Sets a key's value; gives the table that holds it now.
    pub fn map_set(
        &mut self,
        table: Local<'_, MapTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<Local<'s, MapTable>, Exit> {
        if self.map_put_quietly(table.get(self), key.value(self), value.value(self)) {
            return Ok(table.get(self).root(self));
        }
        self.hash_key(key)?;
        let cell = table.get(self);
        let is_full = cell.used() == cell.capacity();
        let table = match self.map_seek(cell, key.value(self)) {
            Sought::Absent if is_full => self.rebuild(table)?,
            _ => cell.root(self),
        };
        let is_done = self.map_put_quietly(table.get(self), key.value(self), value.value(self));
        debug_assert!(is_done, "there is room, and the key has a hash");
        Ok(table)
    }

    /// A table with the live entries of another, with room for more.
    fn rebuild(&mut self, table: Local<'_, MapTable>) -> Result<Local<'s, MapTable>, Exit> {
        let live = table.get(self).live();
        let capacity = (live * 2).max(FIRST_CAPACITY);
        self.vm.spend(u64::from(live) / 16)?;
        let larger = self.map_table_with(capacity)?;
        let (from, to) = (table.get(self), larger.get(self));
        for entry in 0..from.used() {
            let key = from.key(entry);
            if key.is_hole() {
                continue;
            }
            match self.ready_hash(key) {
                Ready::Hash(hash) => to.append(self, hash, key, from.entry_value(entry)),
                _ => return Err(self.bug("a key in a table has no hash")),
            }
        }
        table.get(self).set_next(self, Some(larger.get(self)));
        Ok(larger)
    }

    /// Deletes a key; true where it was there.
    pub fn map_delete(&mut self, table: Local<'_, MapTable>, key: Local<'_>) -> Result<bool, Exit> {
        let Some(entry) = self.map_find(table, key)? else { return Ok(false) };
        let hash = self.hash_key(key)?;
        let cell = table.get(self);
        let at = entry as usize * ENTRY;
        let next = cell.at(at + 2).as_int().unwrap_or(-1);
        // Out of its bucket's chain.
        let mut before = cell.newest(self, hash);
        if before == entry as i32 {
            cell.set_newest(self, hash, next);
        } else {
            while before >= 0 {
                let link = before as usize * ENTRY + 2;
                let after = cell.at(link).as_int().unwrap_or(-1);
                if after == entry as i32 {
                    cell.put(self, link, Value::int(next));
                    break;
                }
                before = after;
            }
        }
        cell.put(self, at, Value::HOLE);
        cell.put(self, at + 1, Value::UNDEFINED);
        cell.set_live(cell.live() - 1);
        Ok(true)
    }

    /// An empty table in place of another; iterators under way start again in it.
    pub fn map_clear(&mut self, table: Local<'_, MapTable>) -> Result<Local<'s, MapTable>, Exit> {
        let fresh = self.new_map_table()?;
        let cell = table.get(self);
        for entry in 0..cell.used() {
            cell.put(self, entry as usize * ENTRY, Value::HOLE);
            cell.put(self, entry as usize * ENTRY + 1, Value::UNDEFINED);
        }
        cell.set_live(0);
        cell.set_cleared(1);
        cell.set_next(self, Some(fresh.get(self)));
        Ok(fresh)
    }

    /// Where an iterator that stood at `position` of `table` goes on: the newest table, and its position there.
    pub fn map_catch_up<'a>(&'a self, table: Gc<'a, MapTable>, position: u32) -> (Gc<'a, MapTable>, u32) {
        let (mut table, mut position) = (table, position);
        while let Some(next) = table.next(self) {
            position = if table.cleared() != 0 {
                0
            } else {
                (0..position.min(table.used())).filter(|&e| self.was_live(table, e)).count() as u32
            };
            table = next;
        }
        (table, position)
    }

    /// Whether an entry moved on when its table was rebuilt: it was live then.
    fn was_live(&self, table: Gc<'_, MapTable>, entry: u32) -> bool {
        !table.key(entry).is_hole()
    }

    // ---- weak tables

    /// An empty weak table.
    pub fn new_weak_table(&mut self) -> Result<Local<'s, WeakTable>, Exit> {
        self.weak_table_with(8)
    }

    fn weak_table_with(&mut self, capacity: u32) -> Result<Local<'s, WeakTable>, Exit> {
        let bytes = WeakTable::BYTES + 16 * capacity as usize;
        let table = self.alloc::<WeakTable>(kind::WeakTable, bytes)?;
        table.get(self).set_capacity(capacity);
        for i in 0..capacity {
            table.get(self).set_entry(self, i, Value::UNDEFINED, Value::UNDEFINED);
        }
        Ok(table)
    }

    /// Hash of a weak key: an object or symbol.
    fn weak_hash(&mut self, key: Local<'_>) -> Result<u32, Exit> {
        self.hash_key(key)
    }

    /// Finds a weak key's entry. Free entries are undefined, deleted ones holes.
    pub fn weak_find(&mut self, table: Local<'_, WeakTable>, key: Local<'_>) -> Result<Option<u32>, Exit> {
        let hash = self.weak_hash(key)?;
        let cell = table.get(self);
        let mask = cell.capacity() - 1;
        let mut place = hash & mask;
        loop {
            let (found, _) = cell.entry(place);
            if found == key.value(self) {
                return Ok(Some(place));
            }
            if found.is_undefined() {
                return Ok(None);
            }
            place = (place + 1) & mask;
        }
    }

    /// Sets a weak key's value; gives the table that holds it now.
    pub fn weak_set(
        &mut self,
        table: Local<'_, WeakTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<Local<'s, WeakTable>, Exit> {
        if let Some(place) = self.weak_find(table, key)? {
            let key = key.value(self);
            table.get(self).set_entry(self, place, key, value.value(self));
            return Ok(table.get(self).root(self));
        }
        let cell = table.get(self);
        let table =
            if cell.used() * 4 >= cell.capacity() * 3 { self.weak_rebuild(table)? } else { cell.root(self) };
        self.weak_insert(table, key, value)?;
        Ok(table)
    }

    fn weak_insert(
        &mut self,
        table: Local<'_, WeakTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<(), Exit> {
        let hash = self.weak_hash(key)?;
        let cell = table.get(self);
        let mask = cell.capacity() - 1;
        let mut place = hash & mask;
        while !cell.entry(place).0.is_undefined() {
            place = (place + 1) & mask;
        }
        cell.set_entry(self, place, key.value(self), value.value(self));
        cell.set_used(cell.used() + 1);
        cell.set_live(cell.live() + 1);
        Ok(())
    }

    fn weak_rebuild(&mut self, table: Local<'_, WeakTable>) -> Result<Local<'s, WeakTable>, Exit> {
        let capacity = (table.get(self).live() * 2 + 8).next_power_of_two();
        let larger = self.weak_table_with(capacity)?;
        for place in 0..table.get(self).capacity() {
            self.scope(|cx| {
                let (key, value) = table.get(cx).entry(place);
                if key.is_undefined() || key.is_hole() {
                    return Ok(());
                }
                let (key, value) = (key.root(cx), value.root(cx));
                cx.weak_insert(larger, key, value)
            })?;
        }
        Ok(larger)
    }

    /// Deletes a weak key; true where it was there.
    pub fn weak_delete(&mut self, table: Local<'_, WeakTable>, key: Local<'_>) -> Result<bool, Exit> {
        let Some(place) = self.weak_find(table, key)? else { return Ok(false) };
        let cell = table.get(self);
        cell.set_entry(self, place, Value::HOLE, Value::HOLE);
        cell.set_live(cell.live() - 1);
        Ok(true)
    }

    /// CanBeHeldWeakly (9.13): an object, or a symbol that is not registered.
    pub fn can_be_weak(&self, value: Value<'_>) -> bool {
        match value.cast::<Symbol>(self) {
            Some(symbol) => symbol.flags() & super::symbol::symbol_flag::REGISTERED == 0,
            None => value.is_object(),
        }
    }
}
