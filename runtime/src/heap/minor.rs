//! Minor collection: copies what lives in the nursery.
//!
//! Cells that were copied once before, and cells that find no room among the survivors, move to old space. Roots are
//! the stack, the exception, persistents and the remembered set. Weak references count as strong here; only a major
//! collection clears them.

use super::cells::{flag, kind};
use super::major::is_row_of_values;
use super::old::COLLECTOR_FLAGS;
use super::trace::{Visitor, trace, trace_values, trace_weak};
use super::{BLOCK, EDEN, Heap, OLD_START, YOUNG_END_REF, YOUNG_START, Zeal, bits};

/// Kind of a cell that has moved; the header's second half is where to.
const FORWARD: u8 = 255;

struct Scavenger<'h> {
    heap: &'h mut Heap,
    /// First free byte of the space that is copied to.
    to_top: usize,
    promote_all: bool,
    /// Cells moved to old space, whose own references are still to be visited.
    promoted: Vec<u32>,
    /// A reference that stays young was seen in the cell being visited.
    saw_young: bool,
}

impl Visitor for Scavenger<'_> {
    #[inline(always)]
    unsafe fn value(&mut self, slot: *mut u64) {
        // SAFETY: passed on from the caller.
        unsafe {
            let value = slot.read();
            let reference = value as u32;
            if reference < YOUNG_END_REF {
                let moved = self.forward(reference);
                slot.write(value & !0xFFFF_FFFF | u64::from(moved));
            }
        }
    }

    #[inline(always)]
    unsafe fn cell(&mut self, slot: *mut u32) {
        // SAFETY: passed on from the caller.
        unsafe {
            let reference = slot.read();
            if reference < YOUNG_END_REF {
                slot.write(self.forward(reference));
            }
        }
    }
}

impl Scavenger<'_> {
    /// Where a young cell lives now.
    #[inline]
    unsafe fn forward(&mut self, reference: u32) -> u32 {
        let at = (reference as usize) << 3;
        if at >= self.heap.to.0 && at < self.heap.to.1 {
            self.saw_young = true;
            return reference;
        }
        let cell = self.heap.at(at);
        // SAFETY: a young reference names a cell in eden or among the survivors.
        unsafe {
            if cell.read() == FORWARD {
                let moved = cell.add(4).cast::<u32>().read();
                self.saw_young |= moved < YOUNG_END_REF;
                return moved;
            }
            let size = self.heap.size_of(cell);
            let moved = self.place(at, size);
            std::ptr::copy_nonoverlapping(cell, self.heap.at((moved as usize) << 3), size);
            cell.write(FORWARD);
            cell.add(4).cast::<u32>().write(moved);
            self.heap.stats.copied += size as u64;
            moved
        }
    }

    /// Takes room for a cell that survives.
    fn place(&mut self, at: usize, size: usize) -> u32 {
        let aged = at >= YOUNG_START + EDEN && self.heap.zeal != Zeal::Move;
        if !self.promote_all && !aged && self.to_top + size <= self.heap.to.1 {
            let place = self.to_top;
            self.to_top += size;
            self.saw_young = true;
            return (place >> 3) as u32;
        }
        let Some(place) = self.heap.old.allocate(size) else {
            panic!("the cage is full although its reserve was kept");
        };
        let reference = (place >> 3) as u32;
        self.promoted.push(reference);
        reference
    }

    /// Visits the references of cells that were copied, until there are none left.
    unsafe fn drain(&mut self, mut scan: usize) {
        loop {
            while scan < self.to_top {
                let cell = self.heap.at(scan);
                let size = self.heap.size_of(cell);
                // SAFETY: everything below `to_top` is a copied cell.
                unsafe { self.visit(cell, size) };
                scan += size;
            }
            let Some(reference) = self.promoted.pop() else { return };
            let at = (reference as usize) << 3;
            let cell = self.heap.at(at);
            let size = self.heap.size_of(cell);
            self.saw_young = false;
            // SAFETY: promoted cells were copied whole.
            unsafe {
                self.visit(cell, size);
                if self.saw_young {
                    cell.add(1).write(cell.add(1).read() | flag::DIRTY);
                    self.heap.dirty.get_mut().push(reference);
                }
            }
            let heap = &mut *self.heap;
            heap.marker.note_new(&mut heap.old, at);
        }
    }

    #[inline(always)]
    unsafe fn visit(&mut self, cell: *mut u8, size: usize) {
        // SAFETY: passed on from the caller.
        unsafe {
            trace(cell, size, self);
            if matches!(cell.read(), kind::WeakRef | kind::WeakCell | kind::WeakTable) {
                trace_weak(cell, size, self);
            }
        }
    }

    /// Visits the remembered set; what still refers to young cells stays in it.
    unsafe fn visit_dirty(&mut self, dirty: Vec<u32>) {
        for reference in dirty {
            let at = (reference as usize) << 3;
            let cell = self.heap.at(at);
            // SAFETY: the remembered set names live old cells.
            unsafe {
                let flags = cell.add(1).read();
                if flags & flag::LARGE != 0 {
                    self.visit_cards(reference, cell);
                    continue;
                }
                self.heap.marker.note_written(&self.heap.old, reference);
                cell.add(1).write(flags & !flag::DIRTY);
                self.saw_young = false;
                let size = self.heap.size_of(cell);
                self.visit(cell, size);
                if self.saw_young {
                    let flags = cell.add(1).read();
                    cell.add(1).write(flags | flag::DIRTY);
                    self.heap.dirty.get_mut().push(reference);
                }
            }
        }
    }

    /// Visits the written parts of a large cell.
    unsafe fn visit_cards(&mut self, reference: u32, cell: *mut u8) {
        let at = (reference as usize) << 3;
        let Some(ranges) = self.heap.old.large(at).map(|large| large.take_cards()) else { return };
        // SAFETY: the cell is live; values fill these kinds from offset 8 (or 16, 32) on, and their header words do
        // not look like references.
        unsafe {
            let by_range = is_row_of_values(cell.read());
            if !by_range {
                self.heap.marker.note_written(&self.heap.old, reference);
            }
            let mut again = false;
            for (from, to) in ranges {
                self.saw_young = false;
                if by_range {
                    self.heap.marker.note_written_part(&self.heap.old, reference, from.max(8), to);
                    trace_values(cell, from.max(8), to, self);
                } else {
                    let size = self.heap.size_of(cell);
                    self.visit(cell, size);
                }
                if self.saw_young {
                    if let Some(large) = self.heap.old.large(at) {
                        large.keep_cards(from, to);
                    }
                    again = true;
                }
            }
            if again {
                self.heap.dirty.get_mut().push(reference);
            }
        }
    }
}

impl Heap {
    /// Empties eden. With `promote_all` the survivors move to old space too, and the nursery is empty afterwards.
    pub(super) fn minor(&mut self, promote_all: bool) {
        self.stats.minor += 1;
        let promote_all = std::mem::take(&mut self.promotes_next) || promote_all;
        let dirty = std::mem::take(self.dirty.get_mut());
        let top = self.top();
        let to_top = self.to.0;
        let stack = self.stack.base();
        let mut scavenger =
            Scavenger { heap: self, to_top, promote_all, promoted: Vec::new(), saw_young: false };
        // SAFETY: the stack below its top, the exception and persistents are live values; the remembered set names
        // live cells.
        unsafe {
            trace_values(stack.cast(), 0, top as usize * 8, &mut scavenger);
            let mut exception = scavenger.heap.exception.get();
            if bits::is_reference(exception) {
                scavenger.value(&raw mut exception);
                scavenger.heap.exception.set(exception);
            }
            let mut persistents = std::mem::take(&mut scavenger.heap.persistents);
            persistents.for_each(|slot| scavenger.value(slot));
            scavenger.heap.persistents = persistents;
            scavenger.visit_dirty(dirty);
            scavenger.drain(to_top);
        }
        let to_top = scavenger.to_top;
        std::mem::swap(&mut self.from, &mut self.to);
        self.from_top = to_top;
        self.stack.clear_above(top);
        self.reset_eden();
        debug_assert!(OLD_START.is_multiple_of(BLOCK));
    }

    fn reset_eden(&mut self) {
        self.young_top = YOUNG_START;
        self.young_limit = if self.zeal == Zeal::None { YOUNG_START + EDEN } else { YOUNG_START };
    }
}

/// The copied flags keep nothing of the collector's: young cells have none of its flags.
const _: () = assert!(COLLECTOR_FLAGS == flag::DIRTY | flag::LARGE);
