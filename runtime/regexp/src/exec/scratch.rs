//! The memory of a match, kept between matches.

use crate::limits::{STACK_BYTES_DEFAULT, STEPS_PER_ASK};

/// A slot or register without a value.
pub(super) const NONE: u32 = u32::MAX;

/// An entry of the backtrack stack: what it is and for what (see [`Entry`]),
/// and two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) tag: u32,
    pub(super) a: u32,
    pub(super) b: u32,
}

/// The kinds of entries, in the low bits of a tag. The upper bits are an
/// instruction, a slot or a register.
pub(super) struct Entry;

impl Entry {
    /// Go on at an instruction, at position `a`.
    pub(super) const CHOICE: u32 = 0;
    /// Give a slot the value `a` again.
    pub(super) const SLOT: u32 = 1;
    /// Give a register the value `a` again.
    pub(super) const REGISTER: u32 = 2;
    /// A run, by its instruction: it began with its least length at `a` and
    /// may give back down from `b`.
    pub(super) const RUN: u32 = 3;
    /// A lazy run, by its instruction: it stopped at `a` and may take `b`
    /// more.
    pub(super) const LAZY: u32 = 4;
    /// How many low bits the kind takes.
    pub(super) const BITS: u32 = 3;

    pub(super) const fn tag(kind: u32, index: u32) -> u32 {
        kind | (index << Self::BITS)
    }
}

/// Working memory for matching: captures, registers and the backtrack stack.
///
/// One scratch serves any programs, one match at a time. Between matches it
/// holds the captures of the last one and keeps its allocations.
#[derive(Debug)]
pub struct Scratch {
    pub(super) slots: Vec<u32>,
    pub(super) registers: Vec<u32>,
    pub(super) stack: Vec<Frame>,
    /// The most entries the stack may hold.
    pub(super) stack_frames_max: usize,
    /// Steps until the budget is asked again.
    pub(super) steps_left: u32,
}

impl Scratch {
    /// A scratch whose stack may take 64 MiB.
    pub fn new() -> Self {
        Self::with_stack_limit(STACK_BYTES_DEFAULT)
    }

    /// A scratch whose stack may take `bytes`. The stack grows as needed; the
    /// vector behind it may for a moment hold two copies while it grows.
    pub fn with_stack_limit(bytes: usize) -> Self {
        Self {
            slots: Vec::new(),
            registers: Vec::new(),
            stack: Vec::new(),
            stack_frames_max: bytes / size_of::<Frame>(),
            steps_left: STEPS_PER_ASK,
        }
    }

    /// Where a group of the last successful match begins and ends, in code
    /// units; `None` if it took no part. Group 0 is the whole match.
    #[inline]
    pub fn capture(&self, group: usize) -> Option<(usize, usize)> {
        match self.slots.get(2 * group..2 * group + 2) {
            Some(&[start, end]) if start != NONE && end != NONE => Some((start as usize, end as usize)),
            _ => None,
        }
    }

    /// All groups of the last successful match, as many as its program has.
    pub fn captures(&self) -> impl ExactSizeIterator<Item = Option<(usize, usize)>> + '_ {
        (0..self.slots.len() / 2).map(|group| self.capture(group))
    }

    /// Gives back memory beyond `bytes` that an unusual match has left behind.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.stack.clear();
        self.stack.shrink_to(bytes / size_of::<Frame>());
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
