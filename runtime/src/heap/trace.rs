//! Visiting the references in a cell, by its row in the table.

use super::bits;
use super::cells::{LAYOUTS, Tail, kind};

/// What is done with a reference.
pub(super) trait Visitor {
    /// A value that is a reference.
    ///
    /// # Safety
    /// `slot` is a live value slot that holds a reference.
    unsafe fn value(&mut self, slot: *mut u64);

    /// An untagged reference that is not 0.
    ///
    /// # Safety
    /// `slot` is a live reference slot that does not hold 0.
    unsafe fn cell(&mut self, slot: *mut u32);
}

#[inline(always)]
unsafe fn visit_cell(visitor: &mut impl Visitor, slot: *mut u32) {
    // SAFETY: passed on from the caller.
    unsafe {
        if slot.read() != 0 {
            visitor.cell(slot);
        }
    }
}

/// Visits values in `[from, to)`, byte offsets within the cell.
///
/// # Safety
/// The range consists of value slots of a live cell.
#[inline(always)]
pub(super) unsafe fn trace_values(cell: *mut u8, from: usize, to: usize, visitor: &mut impl Visitor) {
    let mut at = from;
    while at < to {
        // SAFETY: by this function's contract.
        unsafe {
            let slot = cell.add(at).cast::<u64>();
            if bits::is_reference(slot.read()) {
                visitor.value(slot);
            }
        }
        at += 8;
    }
}

/// Visits every strong reference in a cell of `size` bytes.
///
/// # Safety
/// `cell` is a live cell of that size.
#[inline]
pub(super) unsafe fn trace(cell: *mut u8, size: usize, visitor: &mut impl Visitor) {
    // SAFETY: the rows describe the cells' layouts.
    unsafe {
        if cell.read() == kind::Plain {
            // By far the most frequent kind, written out: shape, slots, elements, inline slots.
            for at in [4, 8, 12] {
                visit_cell(visitor, cell.add(at).cast());
            }
            return trace_values(cell, 16, size, visitor);
        }
        let layout = &LAYOUTS[usize::from(cell.read())];
        if layout.object {
            visit_cell(visitor, cell.add(4).cast());
        }
        for &at in layout.cells {
            visit_cell(visitor, cell.add(usize::from(at)).cast());
        }
        for &at in layout.values {
            trace_values(cell, usize::from(at), usize::from(at) + 8, visitor);
        }
        match layout.tail {
            Tail::None => {}
            Tail::Values(from) => trace_values(cell, usize::from(from), size, visitor),
            Tail::Cells(from) => {
                for at in (usize::from(from)..size).step_by(4) {
                    visit_cell(visitor, cell.add(at).cast());
                }
            }
            Tail::Entries(from, count_at) => {
                let count = cell.add(usize::from(count_at)).cast::<u32>().read() as usize;
                for i in 0..count {
                    visit_cell(visitor, cell.add(usize::from(from) + 8 * i).cast());
                }
            }
        }
    }
}

/// Visits references that a minor collection must not miss although they are weak.
///
/// # Safety
/// `cell` is a live cell of `size` bytes.
#[inline]
pub(super) unsafe fn trace_weak(cell: *mut u8, size: usize, visitor: &mut impl Visitor) {
    // SAFETY: offsets as the rows of these kinds have them.
    unsafe {
        match cell.read() {
            kind::WeakRef => trace_values(cell, 16, 24, visitor),
            kind::WeakCell => {
                trace_values(cell, 8, 16, visitor);
                trace_values(cell, 24, 32, visitor);
            }
            kind::WeakTable => trace_values(cell, 16, size, visitor),
            _ => {}
        }
    }
}
