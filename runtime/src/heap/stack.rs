//! The fiber's stack: frames, native functions' locals, everything that the collector starts from.
//!
//! Slots are values; frame header words are coded so that they read as doubles, so the whole stack can be scanned
//! without knowing frames. New frames do not clear their registers. What they find there was written since the last
//! collection, so it is a valid value: each collection clears everything between the top and the soft limit, and
//! nobody goes beyond the soft limit without raising it.

use std::cell::Cell as StdCell;

use super::cage::Cage;

/// Slots that native functions may use beyond the guest's limit.
pub const RESERVE: u32 = 1 << 16;
/// Slots between the top and the soft limit after a collection.
const SOFT_STEP: u32 = 4096;

/// A stack of value slots.
pub struct Stack {
    cage: Cage,
    slots: u32,
    soft_limit: StdCell<u32>,
    /// The soft limit as far as guest frames may go.
    guest_limit: StdCell<u32>,
    /// Address of that slot, for compiled code.
    guest_end: StdCell<u64>,
}

impl Stack {
    /// A stack of `slots` for guest frames, and the reserve.
    pub fn new(slots: u32) -> std::io::Result<Stack> {
        let cage = Cage::reserve((slots as usize + RESERVE as usize) * 8)?;
        let stack = Stack { cage, slots, soft_limit: 0.into(), guest_limit: 0.into(), guest_end: 0.into() };
        stack.set_limit_above(0);
        Ok(stack)
    }

    /// First slot.
    #[inline(always)]
    pub fn base(&self) -> *mut u64 {
        self.cage.base().cast()
    }

    /// Slots for guest frames.
    pub fn guest_slots(&self) -> u32 {
        self.slots
    }

    /// All slots.
    #[inline(always)]
    pub fn total_slots(&self) -> u32 {
        self.slots + RESERVE
    }

    /// Slots below this one may be used without asking.
    #[inline(always)]
    pub fn soft_limit(&self) -> u32 {
        self.soft_limit.get()
    }

    /// Raises the soft limit so that slots below `end` may be used; false where the stack has no more.
    #[cold]
    pub fn raise(&self, end: u32, guest: bool) -> bool {
        let bound = if guest { self.slots } else { self.total_slots() };
        if end > bound {
            return false;
        }
        self.set_limit_above(end);
        true
    }

    /// Sets the soft limit to leave some room above `end`; what natives use of the reserve is not the guest's.
    fn set_limit_above(&self, end: u32) {
        let limit = end.max(end.saturating_add(SOFT_STEP).min(self.slots));
        self.soft_limit.set(limit);
        let guest = limit.min(self.slots);
        self.guest_limit.set(guest);
        self.guest_end.set(self.base().wrapping_add(guest as usize) as u64);
    }

    /// Slots below this one may be used by guest frames without asking.
    #[inline(always)]
    pub fn guest_limit(&self) -> u32 {
        self.guest_limit.get()
    }

    /// Where the address of the guest's limit is kept.
    pub(super) const fn guest_end_offset() -> usize {
        std::mem::offset_of!(Stack, guest_end)
    }

    /// Clears what lies above `top` and lowers the soft limit.
    pub(super) fn clear_above(&mut self, top: u32) {
        let high = self.soft_limit.get();
        if high > top {
            // SAFETY: both ends lie within the stack.
            unsafe { self.base().add(top as usize).write_bytes(0, (high - top) as usize) };
        }
        self.set_limit_above(top);
    }
}
