//! Major collection: marks old space a little at a time, then clears weak references and frees what is dead.
//!
//! Marking is incremental. Cells already scanned that are written to are in the remembered set; each minor collection
//! hands them back to be scanned again. Cells new in old space are marked at once and scanned. The last step empties
//! the nursery, scans the roots again and finishes, so that nothing reachable can be missed.

use std::time::{Duration, Instant};

use super::bits;
use super::cells::{flag, kind};
use super::old::OldSpace;
use super::trace::{Visitor, trace, trace_values};
use super::{Heap, OLD_START, YOUNG_END_REF};

/// Old bytes at which the first marking starts.
pub(super) const FIRST_THRESHOLD: usize = 24 << 20;
/// How long a step may take while marking keeps up with the program.
const STEP: Duration = Duration::from_micros(4000);
/// How long a step may take where the program allocates faster than that.
const LONG_STEP: Duration = Duration::from_micros(9000);
/// Cells between two looks at the clock.
const CELLS_BETWEEN_CHECKS: u32 = 256;
/// Old space may grow by this share of what is live, and at least by [`MIN_HEADROOM`], while it is marked: steps are
/// as large as that asks for.
const HEADROOM_DIVISOR: usize = 2;
/// Bytes that old space may grow by while it is marked, at least.
const MIN_HEADROOM: usize = 16 << 20;
/// Beyond this many times the headroom a marking under way is finished at once.
const GRACE: usize = 8;
/// Blocks whose marks are cleared in one step: 512 MiB of heap, 10 MiB of marks.
const CLEARED_BLOCKS: usize = 16 << 10;
/// Cells on their way from the mark stack to being scanned: their headers are fetched meanwhile.
const PREFETCHED: usize = 8;
/// Words of a large cell that are scanned at a time.
const CHUNK: usize = 8192;

/// A deleted entry of the intern table.
pub(super) const ATOM_TOMBSTONE: u32 = 1;

/// Marking under way.
#[derive(Default)]
pub(super) struct Marker {
    phase: Phase,
    gray: Vec<u32>,
    /// Parts of large cells to be scanned: reference, first and last byte.
    parts: Vec<(u32, usize, usize)>,
    weak_tables: Vec<u32>,
    weak_cells: Vec<u32>,
    /// Bytes of cells scanned so far.
    scanned: usize,
    /// Bytes that were in use when marking started.
    estimate: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// Nothing is under way.
    #[default]
    Idle,
    /// The marks of the last time are being cleared, from this block on.
    Clearing(usize),
    /// Cells are being marked.
    Marking,
}

impl Marker {
    pub fn is_active(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// A cell is new in old space: it counts as live, and is scanned.
    #[inline]
    pub fn note_new(&mut self, old: &mut OldSpace, at: usize) {
        if self.phase == Phase::Marking {
            // Its size is not known yet where it is being allocated: its lines are marked when it is scanned.
            old.mark(at);
            self.gray.push((at >> 3) as u32);
        }
    }

    /// An old cell was written to.
    #[inline]
    pub fn note_written(&mut self, old: &OldSpace, reference: u32) {
        if self.phase == Phase::Marking && old.is_marked((reference as usize) << 3) {
            self.gray.push(reference);
        }
    }

    /// A part of a large cell of values was written to.
    pub fn note_written_part(&mut self, old: &OldSpace, reference: u32, from: usize, to: usize) {
        if self.phase == Phase::Marking && old.is_marked((reference as usize) << 3) {
            self.parts.push((reference, from, to));
        }
    }
}

/// Kinds whose large cells are nothing but values behind their header.
pub(super) fn is_row_of_values(kind: u8) -> bool {
    matches!(kind, kind::Elements | kind::Slots | kind::Tuple | kind::Linked | kind::Scope)
}

struct Marking<'h> {
    heap: &'h mut Heap,
}

impl Visitor for Marking<'_> {
    #[inline(always)]
    unsafe fn value(&mut self, slot: *mut u64) {
        // SAFETY: passed on from the caller.
        unsafe { self.reach(slot.read() as u32) };
    }

    #[inline(always)]
    unsafe fn cell(&mut self, slot: *mut u32) {
        // SAFETY: passed on from the caller.
        unsafe { self.reach(slot.read()) };
    }
}

impl Marking<'_> {
    #[inline(always)]
    unsafe fn reach(&mut self, reference: u32) {
        if reference < YOUNG_END_REF {
            return;
        }
        if self.heap.old.mark((reference as usize) << 3) {
            self.heap.marker.gray.push(reference);
        }
    }

    /// Scans one cell.
    #[inline]
    unsafe fn scan(&mut self, reference: u32) {
        let at = (reference as usize) << 3;
        let cell = self.heap.at(at);
        // SAFETY: gray cells are live.
        unsafe {
            let flags = cell.add(1).read();
            let size = self.heap.size_of(cell);
            self.heap.marker.scanned += size;
            if flags & flag::LARGE == 0 {
                self.heap.old.mark_lines(at, size);
            } else if is_row_of_values(cell.read()) {
                self.heap.marker.parts.push((reference, 8, size));
                return;
            }
            match cell.read() {
                kind::WeakTable => self.heap.marker.weak_tables.push(reference),
                kind::WeakRef | kind::WeakCell => self.heap.marker.weak_cells.push(reference),
                _ => {}
            }
            trace(cell, size, self);
        }
    }

    /// Scans a piece of a large cell.
    fn scan_part(&mut self, (reference, from, to): (u32, usize, usize)) {
        let end = (from + 8 * CHUNK).min(to);
        if end < to {
            self.heap.marker.parts.push((reference, end, to));
        }
        let cell = self.heap.at((reference as usize) << 3);
        // SAFETY: parts are ranges of values of live large cells.
        unsafe { trace_values(cell, from, end, self) };
    }

    /// Scans until nothing is left, the time is over, or so many bytes were scanned; true where nothing is left.
    fn drain(&mut self, until: Option<Instant>, bytes: usize) -> bool {
        let mut queue = [0u32; PREFETCHED];
        let (mut head, mut filled) = (0, 0);
        let mut count = 0;
        let enough = self.heap.marker.scanned.saturating_add(bytes);
        loop {
            while filled < PREFETCHED {
                let Some(reference) = self.heap.marker.gray.pop() else { break };
                prefetch(self.heap.at((reference as usize) << 3));
                queue[(head + filled) % PREFETCHED] = reference;
                filled += 1;
            }
            if filled == 0 {
                match self.heap.marker.parts.pop() {
                    Some(part) => self.scan_part(part),
                    None => return true,
                }
                count = CELLS_BETWEEN_CHECKS;
            } else {
                // SAFETY: gray cells are live old cells.
                unsafe { self.scan(queue[head]) };
                head = (head + 1) % PREFETCHED;
                filled -= 1;
                count += 1;
            }
            if count >= CELLS_BETWEEN_CHECKS {
                count = 0;
                let over =
                    self.heap.marker.scanned >= enough || until.is_some_and(|until| Instant::now() >= until);
                if over {
                    for i in 0..filled {
                        self.heap.marker.gray.push(queue[(head + i) % PREFETCHED]);
                    }
                    return false;
                }
            }
        }
    }

    fn roots(&mut self) {
        let top = self.heap.top() as usize * 8;
        let stack = self.heap.stack.base();
        // SAFETY: the stack below its top, the exception, persistents and the roots cell are live.
        unsafe {
            trace_values(stack.cast(), 0, top, self);
            let mut exception = self.heap.exception.get();
            if bits::is_reference(exception) {
                self.value(&raw mut exception);
            }
            let mut persistents = std::mem::take(&mut self.heap.persistents);
            persistents.for_each(|slot| self.value(slot));
            self.heap.persistents = persistents;
            self.reach((OLD_START >> 3) as u32);
        }
    }
}

impl Heap {
    /// Starts marking or goes on with it, by as much as `allocated` bytes ask for; finishes it where nothing is left to
    /// scan, or the heap grows too fast.
    pub(super) fn start_or_step_marking(&mut self, allocated: usize) {
        match self.marker.phase {
            Phase::Idle => {
                self.marker = Marker { phase: Phase::Clearing(0), ..Marker::default() };
                return self.clear_step();
            }
            Phase::Clearing(_) => return self.clear_step(),
            Phase::Marking => {}
        }
        let headroom = (self.marker.estimate / HEADROOM_DIVISOR).max(MIN_HEADROOM);
        let grown = self.old.bytes_used().saturating_sub(self.marker.estimate);
        let late = grown > headroom;
        // What is new has to be scanned too.
        let share = self.marker.estimate as f64 / headroom as f64 + 1.0;
        let bytes = (allocated as f64 * share * 1.2) as usize;
        let until = Instant::now() + if late { LONG_STEP } else { STEP };
        let done = Marking { heap: self }.drain(Some(until), if late { usize::MAX } else { bytes });
        if done || grown > headroom * GRACE {
            self.minor(true);
            self.finish_marking();
        }
    }

    /// Clears a part of the last marks; behind the end marking starts from the roots.
    fn clear_step(&mut self) {
        let Phase::Clearing(first) = self.marker.phase else { return };
        match self.old.clear_marks(first, CLEARED_BLOCKS) {
            Some(next) => self.marker.phase = Phase::Clearing(next),
            None => self.begin_marking(),
        }
    }

    fn begin_marking(&mut self) {
        let estimate = self.old.bytes_used();
        self.marker = Marker { phase: Phase::Marking, estimate, ..Marker::default() };
        Marking { heap: self }.roots();
    }

    /// Marks what is left, clears weak references, frees. The nursery is empty.
    pub(super) fn finish_marking(&mut self) {
        if self.marker.phase != Phase::Marking {
            let mut next = Some(0);
            while let Some(first) = next {
                next = self.old.clear_marks(first, CLEARED_BLOCKS);
            }
            self.begin_marking();
        }
        // Everything written since the last minor collection: the nursery is empty, so this is all.
        let dirty = self.dirty.get_mut().clone();
        for reference in dirty {
            self.marker.note_written(&self.old, reference);
        }
        let mut marking = Marking { heap: self };
        marking.roots();
        marking.drain(None, usize::MAX);
        marking.ephemerons();
        self.clear_weak();
        self.forget_dead_dirty();
        self.marker = Marker::default();
        super::lookups::clear(&self.lookups);
        for (at, bytes) in self.old.sweep() {
            // SAFETY: free blocks that are not part of a mapped file.
            unsafe { self.cage.release(at, bytes) };
        }
        self.stats.major += 1;
        let live = self.old.bytes_used();
        self.mark_threshold = (live + live / 2).max(live + FIRST_THRESHOLD);
    }

    /// Dead cells leave the remembered set.
    fn forget_dead_dirty(&mut self) {
        let old = &self.old;
        self.dirty.get_mut().retain(|&reference| old.is_marked((reference as usize) << 3));
    }

    /// Whether a value refers to a cell that was not reached.
    fn is_dead(&self, value: u64) -> bool {
        let reference = value as u32;
        bits::is_reference(value)
            && reference >= YOUNG_END_REF
            && !self.old.is_marked((reference as usize) << 3)
    }

    fn clear_weak(&mut self) {
        for reference in std::mem::take(&mut self.marker.weak_cells) {
            let cell = self.at((reference as usize) << 3);
            // SAFETY: a live cell of one of the two kinds; offsets as their rows have them.
            unsafe {
                if cell.read() == kind::WeakRef {
                    self.clear_if_dead(cell.add(16).cast());
                } else {
                    if self.clear_if_dead(cell.add(8).cast()) {
                        cell.add(4).cast::<u32>().write(1);
                        self.finalized = true;
                    }
                    self.clear_if_dead(cell.add(24).cast());
                }
            }
        }
        for reference in std::mem::take(&mut self.marker.weak_tables) {
            // SAFETY: a live weak table.
            unsafe { self.clear_table(self.at((reference as usize) << 3)) };
        }
        self.clear_atoms();
        let old = &self.old;
        self.codes.clear(|template| old.is_marked((template as usize) << 3));
    }

    /// Makes a weak reference undefined where its target died.
    unsafe fn clear_if_dead(&self, slot: *mut u64) -> bool {
        // SAFETY: passed on from the caller.
        unsafe {
            let dead = self.is_dead(slot.read());
            if dead {
                slot.write(bits::UNDEFINED);
            }
            dead
        }
    }

    /// Deletes entries of a weak table whose keys died: a hole for key and value keeps the probe chains whole.
    unsafe fn clear_table(&self, table: *mut u8) {
        // SAFETY: entries are pairs of values from offset 16 on; their number is the capacity.
        unsafe {
            let capacity = table.add(12).cast::<u32>().read() as usize;
            let mut live = table.add(4).cast::<u32>().read();
            for i in 0..capacity {
                let entry = table.add(16 + 16 * i).cast::<u64>();
                if self.is_dead(entry.read()) {
                    entry.write(bits::HOLE);
                    entry.add(1).write(bits::HOLE);
                    live -= 1;
                }
            }
            table.add(4).cast::<u32>().write(live);
        }
    }

    /// Takes dead atoms out of the intern table.
    fn clear_atoms(&mut self) {
        let table = self.atom_table();
        if table == 0 {
            return;
        }
        let cell = self.at((table as usize) << 3);
        let size = self.size_of(cell);
        // SAFETY: entries are u32 references from offset 8 on.
        unsafe {
            for at in (8..size).step_by(4) {
                let entry = cell.add(at).cast::<u32>();
                let reference = entry.read();
                if reference > ATOM_TOMBSTONE && !self.old.is_marked((reference as usize) << 3) {
                    entry.write(ATOM_TOMBSTONE);
                    let count = cell.add(4).cast::<u32>();
                    count.write(count.read() - 1);
                }
            }
        }
    }
}

impl Marking<'_> {
    /// Values of weak tables live while their keys do: repeated until nothing new is reached.
    fn ephemerons(&mut self) {
        loop {
            let tables = self.heap.marker.weak_tables.clone();
            for reference in tables {
                let table = self.heap.at((reference as usize) << 3);
                // SAFETY: a live weak table: pairs of values from offset 16 on.
                unsafe {
                    let capacity = table.add(12).cast::<u32>().read() as usize;
                    for i in 0..capacity {
                        let entry = table.add(16 + 16 * i).cast::<u64>();
                        let (key, value) = (entry.read(), entry.add(1).read());
                        if bits::is_reference(key) && bits::is_reference(value) && !self.heap.is_dead(key) {
                            self.reach(value as u32);
                        }
                    }
                }
            }
            if self.heap.marker.gray.is_empty() && self.heap.marker.parts.is_empty() {
                return;
            }
            self.drain(None, usize::MAX);
        }
    }
}

/// Has the processor fetch a cell's header.
#[inline(always)]
fn prefetch(cell: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing, whatever the address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(cell.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cell;
}
