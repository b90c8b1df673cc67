//! Matching.
//!
//! [`Program::exec`] picks the reading of the text, finds places where a match
//! may begin (`scan.rs`) and runs the machine at each (`machine.rs`). All state
//! is in the [`Scratch`] or on the heap; nothing recurses.

mod back_reference;
mod find;
mod machine;
mod scan;
pub(crate) mod scratch;
mod text;

use crate::error::MatchError;
use crate::limits::STEPS_PER_ASK;
use crate::program::Program;
use machine::Machine;
use scratch::{NONE, Scratch};
use text::{Latin1, Points, Text, Units};

/// The text to match.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// One byte per character, U+0000 to U+00FF.
    Latin1(&'a [u8]),
    /// Code units, in which surrogates need not be paired.
    Utf16(&'a [u16]),
}

impl Input<'_> {
    /// The length in code units.
    pub fn len(&self) -> usize {
        match self {
            Self::Latin1(text) => text.len(),
            Self::Utf16(text) => text.len(),
        }
    }

    /// Whether there are no code units.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Who pays for a match.
///
/// A step is a choice taken back, an iteration of a loop or a try at another
/// place; it takes about 10 ns. Long runs over the text count one step per 64
/// units.
pub trait Budget {
    /// Accounts for `steps` more steps, called every few thousand of them.
    /// False stops the match with [`MatchError::Interrupted`].
    fn spend(&mut self, steps: u64) -> bool;
}

/// A budget without end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl Budget for Unlimited {
    fn spend(&mut self, _: u64) -> bool {
        true
    }
}

impl Program {
    /// Looks for the first match at or after `start`, or exactly at `start` if
    /// `sticky`. On success the captures are in `scratch`.
    ///
    /// With `u` or `v` a `start` between the halves of a surrogate pair is
    /// moved back to the pair, as clause 22.2.7.2 has it; `start` beyond the
    /// end finds nothing.
    ///
    /// May allocate in `scratch`, up to its limit. Never recurses.
    ///
    /// # Errors
    /// [`MatchError`] if the budget refuses, the stack limit is reached or the
    /// text has 4 Gi units or more.
    pub fn exec(
        &self,
        input: Input<'_>,
        start: usize,
        sticky: bool,
        scratch: &mut Scratch,
        budget: &mut dyn Budget,
    ) -> Result<bool, MatchError> {
        if input.len() >= NONE as usize {
            return Err(MatchError::TextTooLong);
        }
        match input {
            Input::Latin1(text) => self.search::<Latin1>(text, start, sticky, scratch, budget),
            Input::Utf16(text) if self.unicode => self.search::<Points>(text, start, sticky, scratch, budget),
            Input::Utf16(text) => self.search::<Units>(text, start, sticky, scratch, budget),
        }
    }

    fn search<T: Text>(
        &self,
        text: &[T::Unit],
        start: usize,
        sticky: bool,
        scratch: &mut Scratch,
        budget: &mut dyn Budget,
    ) -> Result<bool, MatchError> {
        if start > text.len() {
            return Ok(false);
        }
        let mut from = start - usize::from(text::splits_pair::<T>(text, start));
        scratch.prepare(self);
        let mut machine = Machine::<T>::new(self, text, scratch, budget);
        loop {
            let Some(place) = (if sticky { Some(from) } else { scan::next::<T>(self, text, from) }) else {
                return Ok(false);
            };
            if machine.run(place)? {
                return Ok(true);
            }
            if sticky {
                return Ok(false);
            }
            from = scan::after_failure::<T>(self, text, place);
            if from > text.len() {
                return Ok(false);
            }
            machine.step(1)?;
        }
    }
}

impl Scratch {
    /// Makes the memory ready for a program.
    fn prepare(&mut self, program: &Program) {
        let slots = 2 * program.groups as usize;
        if self.slots.len() != slots || !program.all_direct {
            self.slots.clear();
            self.slots.resize(slots, NONE);
        }
        if self.registers.len() < program.registers as usize {
            self.registers.resize(program.registers as usize, NONE);
        }
        self.stack.clear();
        if self.steps_left == 0 {
            self.steps_left = STEPS_PER_ASK;
        }
    }
}
