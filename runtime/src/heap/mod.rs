//! The heap of one isolate: cells, allocation, collection, handles.
//!
//! ```text
//! cage:  | unused block | eden | survivors A | survivors B | old blocks ...                |
//!        0              32 KiB                             OLD: roots first
//! ```
//! New cells are bump-allocated in eden. A minor collection copies what is live to a survivor space, or to old space
//! what has survived one already. Old space consists of blocks of 32 KiB with lines of 256 bytes; free lines are
//! found after marking and filled by bump allocation. Larger cells get runs of blocks. Mark bits and everything else
//! that the collector knows lie outside the cage, so that a snapshot's pages stay as they are.
//!
//! Ranks: `bits`, `cells`, `gc`, `cx` (handles), `cage`, `stack`, `old`, `minor`, `major`, `roots`.
#![allow(unsafe_code)]

pub mod bits;
pub mod cage;
#[macro_use]
mod layout;
pub mod cells;
pub mod codes;
pub mod cx;
pub mod gc;
pub mod image;
pub mod lookups;
mod major;
mod minor;
mod old;
pub mod parcel;
pub mod roots;
pub mod stack;
pub mod tails;
mod trace;

use std::cell::{Cell as StdCell, RefCell};

use cage::Cage;
use cells::flag;
use major::Marker;
use old::{BLOCK, OldSpace};
use stack::Stack;

pub use cx::{Cx, Isolate};
pub use gc::{Any, Gc, Local, Value};
pub use old::{BLOCK as BLOCK_BYTES, BlockRecord};

/// Bytes of eden.
const EDEN: usize = 2 << 20;
/// Bytes of each survivor space.
const SURVIVORS: usize = 512 << 10;
/// First byte of the nursery: offset 0 is the null reference's.
const YOUNG_START: usize = BLOCK;
/// First byte of old space.
pub const OLD_START: usize = (YOUNG_START + EDEN + 2 * SURVIVORS).next_multiple_of(BLOCK);
/// References below this one are young.
pub const YOUNG_END_REF: u32 = (OLD_START / 8) as u32;
/// Largest cell that shares a block with others.
pub const MAX_SMALL: usize = 16 << 10;
/// Largest cell.
pub const MAX_CELL: usize = 8 << 30;

/// How hostile the collector is, for tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Zeal {
    /// Collects when it must.
    #[default]
    None,
    /// Collects, and moves what is young, at every allocation.
    Move,
    /// Fails the nth allocation.
    OutOfMemory(u64),
}

/// A heap and its stack.
pub struct Heap {
    cage: Cage,
    /// Next free byte of eden, and its end: both are offsets.
    pub(crate) young_top: usize,
    pub(crate) young_limit: usize,
    /// Where the current survivors lie: [start, end), and the other space.
    from: (usize, usize),
    to: (usize, usize),
    /// First free byte of the survivors' space.
    from_top: usize,
    old: OldSpace,
    /// The next minor collection moves all that is young to old space.
    promotes_next: bool,
    /// Old cells written to since the last minor collection.
    dirty: RefCell<Vec<u32>>,
    marker: Marker,
    stack: Stack,
    top: StdCell<u32>,
    /// The exception being thrown.
    exception: StdCell<u64>,
    persistents: roots::Persistents,
    zeal: Zeal,
    /// Old bytes at which the next marking starts.
    mark_threshold: usize,
    limit: usize,
    /// Bytes elsewhere that count as the guest's: see [`Heap::charge`].
    outside: usize,
    /// Figures for whoever asks.
    pub stats: Stats,
    /// Reached the limit although everything was collected.
    exhausted: bool,
    /// Places of properties, for computed keys.
    pub(crate) lookups: lookups::Lookups,
    /// Finalisation records whose targets died, to be taken by the isolate.
    pub(crate) finalized: bool,
    /// Owners of code numbers.
    pub(crate) codes: codes::Codes,
}

/// What the collector has done so far.
#[derive(Clone, Copy, Default, Debug)]
pub struct Stats {
    /// Minor collections.
    pub minor: u64,
    /// Finished markings.
    pub major: u64,
    /// Longest time that a collection step stopped the program, nanoseconds.
    pub pause_ns_max: u64,
    /// Bytes copied by minor collections.
    pub copied: u64,
    /// Allocations so far, counted under zeal only.
    pub allocations: u64,
}

/// Sizes of a new heap.
#[derive(Clone, Copy, Debug)]
pub struct HeapOptions {
    /// Bytes that the guest's data may take.
    pub limit_bytes: usize,
    /// Slots of the stack for guest frames.
    pub stack_slots: u32,
    /// For tests.
    pub zeal: Zeal,
}

impl Heap {
    /// An empty heap.
    pub fn new(options: HeapOptions) -> std::io::Result<Heap> {
        // Room for blocks that are not full, and for copying.
        let reserve = OLD_START + options.limit_bytes + options.limit_bytes / 8 + (16 << 20);
        let cage = Cage::reserve(reserve.min(32 << 30))?;
        let survivors = YOUNG_START + EDEN;
        let old = OldSpace::new(OLD_START, cage.bytes())?;
        Ok(Heap {
            young_top: YOUNG_START,
            young_limit: YOUNG_START + EDEN,
            promotes_next: false,
            from: (survivors, survivors + SURVIVORS),
            to: (survivors + SURVIVORS, survivors + 2 * SURVIVORS),
            from_top: survivors,
            old,
            dirty: RefCell::default(),
            marker: Marker::default(),
            stack: Stack::new(options.stack_slots)?,
            top: StdCell::new(0),
            exception: StdCell::new(bits::UNDEFINED),
            persistents: roots::Persistents::default(),
            zeal: options.zeal,
            mark_threshold: major::FIRST_THRESHOLD,
            limit: options.limit_bytes,
            outside: 0,
            stats: Stats::default(),
            exhausted: false,
            lookups: lookups::empty(),
            finalized: false,
            codes: codes::Codes::default(),
            cage,
        })
    }

    /// The cage's first address.
    #[inline(always)]
    pub fn base(&self) -> *mut u8 {
        self.cage.base()
    }

    #[inline(always)]
    pub(crate) fn at(&self, offset: usize) -> *mut u8 {
        debug_assert!(offset < self.cage.bytes());
        // SAFETY: offsets lie in the cage.
        unsafe { self.cage.base().add(offset) }
    }

    /// Bytes that the guest's data takes: old space, the nursery's used part, and what is charged.
    pub fn bytes_used(&self) -> usize {
        self.old.bytes_used() + self.young_bytes() + self.outside
    }

    /// Counts memory that lies elsewhere and is there because of the guest; whether the limit allows it.
    pub fn charge(&mut self, bytes: usize) -> bool {
        self.outside += bytes;
        self.make_room(0).is_some()
    }

    /// Takes over what another process charged.
    pub(crate) fn set_charged(&mut self, bytes: usize) {
        self.outside = bytes;
    }

    /// Bytes that were charged.
    pub fn charged(&self) -> usize {
        self.outside
    }

    /// Offsets of the nursery's next byte and end, of the stack's limit for guests and of the cage's address, for
    /// compiled code.
    pub(crate) fn tier_offsets() -> [usize; 5] {
        use std::mem::offset_of;
        let limit = offset_of!(Heap, stack) + Stack::guest_end_offset();
        let base = offset_of!(Heap, cage) + Cage::base_offset();
        let lookups = offset_of!(Heap, lookups);
        [offset_of!(Heap, young_top), offset_of!(Heap, young_limit), limit, base, lookups]
    }

    /// Bytes that it may take.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Changes the limit; it cannot exceed what was reserved.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// For tests.
    pub fn set_zeal(&mut self, zeal: Zeal) {
        self.zeal = zeal;
        self.stats.allocations = 0;
        if zeal != Zeal::None {
            // Every allocation takes the slow path.
            self.young_limit = self.young_top;
        }
    }

    /// The hostile mode in force.
    pub fn zeal(&self) -> Zeal {
        self.zeal
    }

    // ---- stack

    /// First slot of the stack.
    #[inline(always)]
    pub fn stack_base(&self) -> *mut u64 {
        self.stack.base()
    }

    /// Slots for guest frames.
    pub fn stack_slots(&self) -> u32 {
        self.stack.guest_slots()
    }

    /// First free slot.
    #[inline(always)]
    pub fn top(&self) -> u32 {
        self.top.get()
    }

    /// Sets the first free slot.
    #[inline(always)]
    pub fn set_top(&self, top: u32) {
        self.top.set(top);
    }

    /// Slots below this one may be used by guest frames without asking.
    #[inline(always)]
    pub fn guest_limit(&self) -> u32 {
        self.stack.guest_limit()
    }

    /// Makes slots below `end` usable for a guest frame; false where that overflows the stack.
    pub fn raise_stack(&self, end: u32) -> bool {
        self.stack.raise(end, true)
    }

    /// Pushes a value and gives its slot.
    #[inline(always)]
    pub(crate) fn push(&self, bits: u64) -> u32 {
        let slot = self.top.get();
        if slot >= self.stack.soft_limit() {
            let raised = self.stack.raise(slot + 1, false);
            assert!(raised, "native code made too many locals: open a scope");
        }
        self.top.set(slot + 1);
        // SAFETY: the slot lies within the stack.
        unsafe { self.stack.base().add(slot as usize).write(bits) };
        slot
    }

    /// Reads a slot.
    #[inline(always)]
    pub(crate) fn slot(&self, slot: u32) -> u64 {
        debug_assert!(slot < self.stack.total_slots());
        // SAFETY: slots of live locals and frames lie within the stack.
        unsafe { self.stack.base().add(slot as usize).read() }
    }

    /// Writes a slot.
    #[inline(always)]
    pub(crate) fn set_slot(&self, slot: u32, bits: u64) {
        debug_assert!(slot < self.stack.total_slots());
        // SAFETY: slots of live locals and frames lie within the stack.
        unsafe { self.stack.base().add(slot as usize).write(bits) };
    }

    /// The exception being thrown.
    #[inline(always)]
    pub(crate) fn exception(&self) -> u64 {
        self.exception.get()
    }

    /// Sets the exception being thrown.
    #[inline(always)]
    pub(crate) fn set_exception(&self, bits: u64) {
        self.exception.set(bits);
    }

    // ---- cells

    /// Bytes of a cell, header included.
    #[inline]
    pub(crate) fn size_of(&self, cell: *const u8) -> usize {
        // SAFETY: every cell's header holds its size in words, or 0 for a large one.
        let words = unsafe { cell.add(2).cast::<u16>().read() };
        if words != 0 {
            return usize::from(words) * 8;
        }
        self.old.large_size(cell as usize - self.base() as usize)
    }

    /// The write barrier: `cell` got a reference at `offset`.
    ///
    /// # Safety
    /// `cell` is a live cell.
    #[inline(always)]
    pub unsafe fn barrier(&self, cell: *mut u8, offset: usize) {
        let at = cell as usize - self.base() as usize;
        // SAFETY: every cell has its flags in byte 1.
        if at >= OLD_START && unsafe { cell.add(1).read() } & flag::DIRTY == 0 {
            self.remember(cell, at, offset);
        }
    }

    /// Puts an old cell into the remembered set; a large one by the card that was written.
    #[cold]
    #[inline(never)]
    fn remember(&self, cell: *mut u8, at: usize, offset: usize) {
        // SAFETY: every cell has its flags in byte 1.
        unsafe {
            let flags = cell.add(1).read();
            if flags & flag::LARGE != 0 {
                if self.old.mark_card(at, offset) {
                    self.dirty.borrow_mut().push((at >> 3) as u32);
                }
                return;
            }
            cell.add(1).write(flags | flag::DIRTY);
        }
        self.dirty.borrow_mut().push((at >> 3) as u32);
    }

    /// Allocates a zeroed cell with its header; collects where it must. `None` where the limit is reached.
    #[inline]
    pub(crate) fn allocate(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        debug_assert!(bytes >= 8);
        match self.allocate_young(kind, bytes) {
            Some(cell) => Some(cell),
            None => self.allocate_slow(kind, (bytes + 7) & !7),
        }
    }

    /// A cell in the nursery, as it has room; `None` where that would take a collection.
    #[inline(always)]
    pub(crate) fn allocate_young(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        let bytes = (bytes + 7) & !7;
        let start = self.take_young(bytes)?;
        Some(self.init_cell(start, kind, bytes))
    }

    /// Room in the nursery for whole words, where it has some: its offset.
    #[inline(always)]
    fn take_young(&mut self, bytes: usize) -> Option<usize> {
        let start = self.young_top;
        if bytes > MAX_SMALL || start + bytes > self.young_limit {
            return None;
        }
        self.young_top = start + bytes;
        Some(start)
    }

    /// As [`Heap::allocate_young`], for a flat string, whose length and units the caller writes at once: only what
    /// lies behind them is zeroed.
    #[inline(always)]
    pub(crate) fn allocate_young_text(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        let bytes = (bytes + 7) & !7;
        let start = self.take_young(bytes)?;
        let cell = self.at(start);
        // SAFETY: the range was just taken from free space, and is a word at least.
        unsafe {
            cell.add(bytes - 8).cast::<u64>().write(0);
            cell.add(8).cast::<u64>().write(0);
            cell.cast::<u64>().write(u64::from(kind) | (bytes as u64 / 8) << 16);
        }
        Some((start >> 3) as u32)
    }

    /// A cell without references where that takes no collection and no step of one; `None` otherwise.
    pub(crate) fn allocate_quietly(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        if let Some(young) = self.allocate_young(kind, bytes) {
            return Some(young);
        }
        if self.marking_is_due(bytes) || self.zeal != Zeal::None || self.bytes_used() + bytes > self.limit {
            return None;
        }
        let bytes = (bytes + 7) & !7;
        if bytes > MAX_SMALL {
            return self.allocate_large(kind, bytes);
        }
        let at = self.old.allocate(bytes)?;
        self.marker.note_new(&mut self.old, at);
        Some(self.init_cell(at, kind, bytes))
    }

    /// A cell where nothing may be collected. It may pass the limit, which the next allocation then meets; `None` where
    /// there is no room at all.
    pub(crate) fn allocate_anyhow(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        match self.allocate_young(kind, bytes) {
            Some(young) => Some(young),
            None => self.take_old(kind, (bytes + 7) & !7),
        }
    }

    /// A small cell of old space.
    fn take_old(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        let at = self.old.allocate(bytes)?;
        self.marker.note_new(&mut self.old, at);
        let reference = self.init_cell(at, kind, bytes);
        // It may get references to young cells before anybody can tell: it starts out remembered.
        // SAFETY: the cell was just made.
        unsafe { self.at(at).add(1).write(flag::DIRTY) };
        self.dirty.borrow_mut().push(reference);
        Some(reference)
    }

    #[inline(always)]
    fn init_cell(&self, at: usize, kind: u8, bytes: usize) -> u32 {
        let cell = self.at(at);
        // SAFETY: the range was just taken from free space.
        unsafe {
            cell.write_bytes(0, bytes);
            cell.cast::<u32>().write(u32::from(kind) | ((bytes / 8) as u32) << 16);
        }
        (at >> 3) as u32
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        if self.zeal != Zeal::None {
            self.be_hostile()?;
        }
        if bytes > MAX_SMALL {
            return self.allocate_large(kind, bytes);
        }
        if self.young_top + bytes > YOUNG_START + EDEN {
            self.collect_young()?;
        }
        let start = self.young_top;
        self.young_top += bytes;
        if self.zeal != Zeal::None {
            self.young_limit = self.young_top;
        }
        Some(self.init_cell(start, kind, bytes))
    }

    fn be_hostile(&mut self) -> Option<()> {
        self.stats.allocations += 1;
        match self.zeal {
            Zeal::OutOfMemory(n) if self.stats.allocations >= n => {
                self.exhausted = true;
                None
            }
            Zeal::Move => self.collect_young(),
            _ => Some(()),
        }
    }

    fn allocate_large(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        if bytes > MAX_CELL {
            return None;
        }
        self.make_room(bytes)?;
        let at = self.old.allocate_large(bytes)?;
        self.marker.note_new(&mut self.old, at);
        let cell = self.at(at);
        // SAFETY: the range was just taken from free space. Blocks fresh from the system are zero already.
        unsafe {
            if !self.old.is_fresh(at) {
                self.cage_zero(at, bytes);
            }
            cell.cast::<u32>().write(u32::from(kind) | u32::from(flag::LARGE) << 8);
        }
        Some((at >> 3) as u32)
    }

    /// Zeroes a range: large ones by giving their pages back.
    unsafe fn cage_zero(&self, at: usize, bytes: usize) {
        // SAFETY: the caller owns the range.
        unsafe { self.at(at).write_bytes(0, bytes) };
    }

    /// Allocates outside the nursery.
    pub(crate) fn allocate_old(&mut self, kind: u8, bytes: usize) -> Option<u32> {
        let bytes = (bytes + 7) & !7;
        if self.zeal != Zeal::None {
            self.be_hostile()?;
        }
        if bytes > MAX_SMALL {
            return self.allocate_large(kind, bytes);
        }
        self.make_room(bytes)?;
        self.take_old(kind, bytes)
    }

    /// Whether old space has grown enough with `bytes` more.
    fn marking_is_due(&self, bytes: usize) -> bool {
        self.old.bytes_used() + bytes > self.mark_threshold
    }

    /// Whether the limit allows `bytes` more; collects where that may help.
    pub(crate) fn has_room(&mut self, bytes: usize) -> bool {
        self.make_room(bytes).is_some()
    }

    /// Whether collecting everything leaves too little: a program that fills its heap would spend its time on it.
    fn is_nearly_full(&self, bytes: usize) -> bool {
        self.bytes_used() + bytes > self.limit - self.limit / 64
    }

    /// Collects where old space has grown enough; `None` where the limit stands against `bytes` more.
    fn make_room(&mut self, bytes: usize) -> Option<()> {
        if self.marking_is_due(bytes) {
            self.start_or_step_marking(bytes);
        }
        if self.bytes_used() + bytes > self.limit {
            self.collect_all();
            if self.is_nearly_full(bytes) {
                self.exhausted = true;
                return None;
            }
        }
        Some(())
    }

    /// Collects everything that can be collected, at once.
    pub fn collect_all(&mut self) {
        let start = std::time::Instant::now();
        self.minor(true);
        self.finish_marking();
        self.note_pause(start);
    }

    /// A minor collection, with a step of marking where that is under way. `None` at the heap limit.
    fn collect_young(&mut self) -> Option<()> {
        let start = std::time::Instant::now();
        self.minor(false);
        if self.old.bytes_used() > self.mark_threshold || self.marker.is_active() {
            self.start_or_step_marking(EDEN);
        }
        self.note_pause(start);
        if self.bytes_used() > self.limit {
            self.collect_all();
            if self.is_nearly_full(0) {
                self.exhausted = true;
                return None;
            }
        }
        Some(())
    }

    /// Moves everything that is young to old space, where it stays: for what machine code is to name.
    pub(crate) fn promote(&mut self) {
        let start = std::time::Instant::now();
        self.minor(true);
        self.note_pause(start);
    }

    /// Has the next collection of the nursery do the same: that costs little more than it does anyway.
    pub(crate) fn promote_soon(&mut self) {
        self.promotes_next = true;
    }

    /// Bytes of the nursery in use.
    pub(crate) fn young_bytes(&self) -> usize {
        (self.young_top - YOUNG_START) + (self.from_top - self.from.0)
    }

    fn note_pause(&mut self, start: std::time::Instant) {
        let pause = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.stats.pause_ns_max = self.stats.pause_ns_max.max(pause);
    }
}
