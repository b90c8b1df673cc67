//! The machine that runs a program at one place of a text.
//!
//! One loop dispatches over the instructions; what fails falls out of it into
//! [`Machine::resume`], which undoes and takes up choices from the stack. A
//! match is over when an instruction says so or when the stack is empty.

use crate::error::MatchError;
use crate::limits::STEPS_PER_ASK;
use crate::program::Program;
use crate::program::op::Op;
use crate::program::sets::ANY;

use super::Budget;
use super::back_reference::back_reference;
use super::find::{find_in, find_not_in, rfind_in};
use super::scratch::{Entry, Frame, NONE, Scratch};
use super::text::{Text, point_after, point_before, splits_pair};

/// A program, a text and the memory of a match.
pub(super) struct Machine<'m, T: Text> {
    program: &'m Program,
    text: &'m [T::Unit],
    slots: &'m mut [u32],
    registers: &'m mut [u32],
    stack: &'m mut Vec<Frame>,
    stack_frames_max: usize,
    steps_left: &'m mut u32,
    budget: &'m mut dyn Budget,
}

/// A count without bound.
const NO_BOUND: u32 = u32::MAX;

impl<'m, T: Text> Machine<'m, T> {
    /// A machine over a scratch that has been prepared for the program.
    pub(super) fn new(
        program: &'m Program,
        text: &'m [T::Unit],
        scratch: &'m mut Scratch,
        budget: &'m mut dyn Budget,
    ) -> Self {
        Self {
            program,
            text,
            slots: &mut scratch.slots,
            registers: &mut scratch.registers,
            stack: &mut scratch.stack,
            stack_frames_max: scratch.stack_frames_max,
            steps_left: &mut scratch.steps_left,
            budget,
        }
    }

    /// Counts steps and asks the budget when enough have come together.
    #[inline(always)]
    pub(super) fn step(&mut self, steps: u32) -> Result<(), MatchError> {
        match self.steps_left.checked_sub(steps) {
            Some(left @ 1..) => {
                *self.steps_left = left;
                Ok(())
            }
            _ => self.ask(steps),
        }
    }

    #[cold]
    #[inline(never)]
    fn ask(&mut self, steps: u32) -> Result<(), MatchError> {
        let spent = STEPS_PER_ASK - *self.steps_left + steps;
        *self.steps_left = STEPS_PER_ASK;
        if self.budget.spend(u64::from(spent)) { Ok(()) } else { Err(MatchError::Interrupted) }
    }

    /// Counts the steps of passing over `units` of the text.
    #[inline(always)]
    fn charge(&mut self, units: usize) -> Result<(), MatchError> {
        if units < 64 { Ok(()) } else { self.step((units >> 6) as u32) }
    }

    #[inline(always)]
    fn push(&mut self, kind: u32, index: u32, a: u32, b: u32) -> Result<(), MatchError> {
        if self.stack.len() >= self.stack_frames_max {
            return Err(MatchError::StackLimit);
        }
        self.stack.push(Frame { tag: Entry::tag(kind, index), a, b });
        Ok(())
    }

    /// Keeps going on at `target` for later.
    #[inline(always)]
    fn keep(&mut self, target: u32, position: usize) -> Result<(), MatchError> {
        self.push(Entry::CHOICE, target, position as u32, 0)
    }

    /// Whether the next unit is in a set.
    #[inline(always)]
    fn next_in(&self, set: u32, position: usize) -> bool {
        match self.text.get(position) {
            Some(&unit) => self.program.sets.contains(set, unit.into()),
            None => false,
        }
    }

    /// Whether the unit before is in a set.
    #[inline(always)]
    fn previous_in(&self, set: u32, position: usize) -> bool {
        position > 0 && self.program.sets.contains(set, self.text[position - 1].into())
    }

    /// Whether the next `count` units are in a set.
    #[inline(always)]
    fn has_times(&self, set: u32, position: usize, count: usize) -> bool {
        let sets = &self.program.sets;
        match self.text.get(position..position.saturating_add(count)) {
            Some(units) => units.iter().all(|&unit| sets.contains(set, unit.into())),
            None => false,
        }
    }

    /// Whether the unit at a position is this one.
    #[inline(always)]
    fn has(&self, position: usize, unit: u32) -> bool {
        matches!(self.text.get(position), Some(&found) if found.into() == unit)
    }

    /// Runs the program at `start`. True if it matched; the captures are then
    /// in the slots.
    pub(super) fn run(&mut self, start: usize) -> Result<bool, MatchError> {
        let program = self.program;
        let text = self.text;
        let code = &program.code[..];
        let mut pc = 0_usize;
        let mut position = start;
        loop {
            let holds = match Op::decode(code[pc]) {
                Op::Match {} => {
                    self.slots[0] = start as u32;
                    self.slots[1] = position as u32;
                    return Ok(true);
                }
                Op::Fail {} => false,
                Op::Jump { target } => {
                    pc = target as usize;
                    continue;
                }
                Op::Loop { target } => {
                    self.step(1)?;
                    pc = target as usize;
                    continue;
                }
                Op::Fork { other } => {
                    self.keep(other, position)?;
                    true
                }
                Op::ForkIf { set, other } => {
                    if self.next_in(set, position) {
                        self.keep(other, position)?;
                    }
                    true
                }
                Op::Peek { set, other } => {
                    if !self.next_in(set, position) {
                        pc = other as usize;
                        continue;
                    }
                    true
                }
                Op::PeekFork { set, other } => {
                    if !self.next_in(set, position) {
                        pc = other as usize;
                        continue;
                    }
                    self.keep(other, position)?;
                    true
                }
                Op::Choose { first, second, other } => {
                    if !self.next_in(first, position) {
                        pc = other as usize;
                        continue;
                    }
                    if self.next_in(second, position) {
                        self.keep(other, position)?;
                    }
                    true
                }
                Op::Switch { table } => {
                    let switch = &program.switches[table as usize];
                    pc = match text.get(position) {
                        Some(&unit) => switch.target(unit.into()),
                        None => switch.end,
                    } as usize;
                    continue;
                }

                Op::Unit { unit } => {
                    let holds = self.has(position, unit);
                    position += usize::from(holds);
                    holds
                }
                Op::Unit2 { first, second } => {
                    let holds = self.has(position, first) && self.has(position + 1, second);
                    position += if holds { 2 } else { 0 };
                    holds
                }
                Op::Unit3 { first, second, third } => {
                    let holds = self.has(position, first)
                        && self.has(position + 1, second)
                        && self.has(position + 2, third);
                    position += if holds { 3 } else { 0 };
                    holds
                }
                Op::Literal { literal } => {
                    let literal = &program.literals[literal as usize];
                    let holds = T::has_literal(text, position, literal);
                    position += if holds { literal.units.len() } else { 0 };
                    holds
                }
                Op::Folded { unit, bits } => {
                    let holds = matches!(text.get(position), Some(&found) if found.into() | bits == unit);
                    position += usize::from(holds);
                    holds
                }
                Op::FoldedLiteral { literal } => {
                    let literal = &program.literals[literal as usize];
                    let length = literal.units.len();
                    let found = text.get(position..position + length).unwrap_or(&[]);
                    let expected = literal.units.iter().zip(&literal.bits);
                    let holds = found.len() == length
                        && found.iter().zip(expected).all(|(&found, (&unit, &bits))| {
                            found.into() | u32::from(bits) == u32::from(unit)
                        });
                    position += if holds { length } else { 0 };
                    holds
                }
                Op::Set { set } => {
                    let holds = self.next_in(set, position);
                    position += usize::from(holds);
                    holds
                }
                Op::Times { set, count } => {
                    let holds = self.has_times(set, position, count as usize);
                    position += if holds { count as usize } else { 0 };
                    holds
                }
                Op::Any {} => {
                    let holds = position < text.len();
                    position += usize::from(holds);
                    holds
                }
                Op::Point { set } => match point_after::<T>(text, position) {
                    Some((point, after)) if program.sets.contains(set, point) => {
                        position = after;
                        true
                    }
                    _ => false,
                },
                Op::UnitBack { unit } => {
                    let holds = position > 0 && self.has(position - 1, unit);
                    position -= usize::from(holds);
                    holds
                }
                Op::SetBack { set } => {
                    let holds = self.previous_in(set, position);
                    position -= usize::from(holds);
                    holds
                }
                Op::AnyBack {} => {
                    let holds = position > 0;
                    position -= usize::from(holds);
                    holds
                }
                Op::PointBack { set } => match point_before::<T>(text, position) {
                    Some((point, before)) if program.sets.contains(set, point) => {
                        position = before;
                        true
                    }
                    _ => false,
                },

                Op::Run { set, min, max } => {
                    let end = self.run_end(set, position, max);
                    let length = end - position;
                    self.charge(length)?;
                    position = end;
                    length >= min as usize
                }
                Op::RunSave { set, min, slot } => {
                    let end = self.run_end(set, position, NO_BOUND);
                    let length = end - position;
                    self.charge(length)?;
                    self.slots[slot as usize] = position as u32;
                    self.slots[slot as usize + 1] = end as u32;
                    position = end;
                    length >= min as usize
                }
                Op::RunFork { set, min, max, next } => {
                    let end = self.run_end(set, position, max);
                    self.charge(end - position)?;
                    let low = position + min as usize;
                    match self.stop_run(next, low, end)? {
                        Some(place) => {
                            if place > low {
                                self.push(Entry::RUN, pc as u32, low as u32, place as u32)?;
                            }
                            position = place;
                            true
                        }
                        None => false,
                    }
                }
                Op::RunLazy { set, min, max, stop } => {
                    let least = self.run_end(set, position, min);
                    if least - position < min as usize {
                        false
                    } else {
                        let more = if max == NO_BOUND { NO_BOUND } else { max - min };
                        position = self.go_on(pc, stop, least, more)?;
                        true
                    }
                }
                Op::PointRun { set, min, max } => match self.point_run(set, position, min, max) {
                    Some((_, end)) => {
                        self.charge(end - position)?;
                        position = end;
                        true
                    }
                    None => false,
                },
                Op::PointRunFork { set, min, max, next } => match self.point_run(set, position, min, max) {
                    Some((low, end)) => {
                        self.charge(end - position)?;
                        match self.stop_run(next, low, end)? {
                            Some(place) => {
                                if place > low {
                                    self.push(Entry::RUN, pc as u32, low as u32, place as u32)?;
                                }
                                position = place;
                                true
                            }
                            None => false,
                        }
                    }
                    None => false,
                },
                Op::PointRunLazy { set, min, max } => match self.point_run(set, position, min, min) {
                    Some((_, end)) => {
                        let more = if max == NO_BOUND { NO_BOUND } else { max - min };
                        position = self.go_on(pc, ANY, end, more)?;
                        true
                    }
                    None => false,
                },

                Op::Save { slot } => {
                    self.slots[slot as usize] = position as u32;
                    true
                }
                Op::SaveUndo { slot } => {
                    self.store_slot(slot, position as u32)?;
                    true
                }
                Op::SaveSpan { slot, length } => {
                    self.slots[slot as usize] = position as u32 - length;
                    self.slots[slot as usize + 1] = position as u32;
                    true
                }
                Op::SaveSpanUndo { slot, length } => {
                    self.store_slot(slot, position as u32 - length)?;
                    self.store_slot(slot + 1, position as u32)?;
                    true
                }
                Op::Clear { first, end } => {
                    self.slots[first as usize..end as usize].fill(NONE);
                    true
                }
                Op::ClearUndo { first, end } => {
                    for slot in first..end {
                        if self.slots[slot as usize] != NONE {
                            self.store_slot(slot, NONE)?;
                        }
                    }
                    true
                }
                Op::Store { register, value } => {
                    self.store_register(register, value)?;
                    true
                }
                Op::Mark { register } => {
                    self.store_register(register, position as u32)?;
                    true
                }
                Op::Progress { register } => self.registers[register as usize] != position as u32,
                Op::ProgressAfter { register, counter, min } => {
                    self.registers[register as usize] != position as u32
                        || self.registers[counter as usize] <= min
                }
                Op::Count { counter, min, max, exit } => {
                    let count = self.registers[counter as usize];
                    if count >= max {
                        pc = exit as usize;
                        continue;
                    }
                    if count >= min {
                        self.keep(exit, position)?;
                    }
                    true
                }
                Op::CountLazy { counter, min, max, exit } => {
                    let count = self.registers[counter as usize];
                    if count >= min {
                        if count < max {
                            self.keep(pc as u32 + 1, position)?;
                        }
                        pc = exit as usize;
                        continue;
                    }
                    true
                }
                Op::Increment { counter } => {
                    let count = self.registers[counter as usize];
                    self.store_register(counter, count.saturating_add(1))?;
                    true
                }

                Op::TextStart {} => position == 0,
                Op::TextEnd {} => position == text.len(),
                Op::LineStart {} => position == 0 || is_line_terminator(text[position - 1].into()),
                Op::LineEnd {} => match text.get(position) {
                    Some(&unit) => is_line_terminator(unit.into()),
                    None => true,
                },
                Op::WordBoundary { word } => self.previous_in(word, position) != self.next_in(word, position),
                Op::NotWordBoundary { word } => {
                    self.previous_in(word, position) == self.next_in(word, position)
                }
                Op::Ahead { set } => self.next_in(set, position),
                Op::NotAhead { set } => !self.next_in(set, position),
                Op::Behind { set } => self.previous_in(set, position),
                Op::NotBehind { set } => !self.previous_in(set, position),
                Op::Look { register } => {
                    self.begin_look(register, position);
                    true
                }
                Op::LookEnd { register } => {
                    position = self.end_look(register);
                    true
                }
                Op::NotLook { register, other } => {
                    self.begin_look(register, position);
                    self.keep(other, position)?;
                    true
                }
                Op::NotLookEnd { register } => {
                    self.unwind(self.registers[register as usize] as usize);
                    false
                }
                Op::BackReference { group, comparison } => {
                    let (start, end) = (self.slots[2 * group as usize], self.slots[2 * group as usize + 1]);
                    if start == NONE || end == NONE {
                        true
                    } else {
                        self.charge(end.abs_diff(start) as usize)?;
                        match back_reference::<T>(text, start as usize..end as usize, position, comparison) {
                            Some(after) => {
                                position = after;
                                true
                            }
                            None => false,
                        }
                    }
                }
            };
            if holds {
                pc += 1;
                continue;
            }
            match self.resume()? {
                Some((target, place)) => (pc, position) = (target, place),
                None => return Ok(false),
            }
        }
    }

    /// Undoes up to the last choice and takes it: where to go on, or nothing
    /// if no choice is left.
    #[inline(always)]
    fn resume(&mut self) -> Result<Option<(usize, usize)>, MatchError> {
        self.step(1)?;
        loop {
            let Some(frame) = self.stack.pop() else { return Ok(None) };
            let index = frame.tag >> Entry::BITS;
            match frame.tag & ((1 << Entry::BITS) - 1) {
                Entry::CHOICE => return Ok(Some((index as usize, frame.a as usize))),
                Entry::SLOT => self.slots[index as usize] = frame.a,
                Entry::REGISTER => self.registers[index as usize] = frame.a,
                _ => {
                    if let Some(place) = self.resume_run(frame)? {
                        return Ok(Some((index as usize + 1, place)));
                    }
                }
            }
        }
    }

    /// Takes up a run: one unit less for a greedy one, one more for a lazy
    /// one.
    fn resume_run(&mut self, frame: Frame) -> Result<Option<usize>, MatchError> {
        let pc = (frame.tag >> Entry::BITS) as usize;
        let (text, sets) = (self.text, &self.program.sets);
        let (low, place) = (frame.a as usize, frame.a as usize);
        match Op::decode(self.program.code[pc]) {
            Op::RunFork { next, .. } | Op::PointRunFork { next, .. } => {
                let found = self.give_back(next, low, frame.b as usize)?;
                if let Some(place) = found.filter(|&place| place > low) {
                    self.push(Entry::RUN, pc as u32, frame.a, place as u32)?;
                }
                Ok(found)
            }
            Op::RunLazy { set, stop, .. } if frame.b > 0 && self.next_in(set, place) => {
                let more = if frame.b == NO_BOUND { NO_BOUND } else { frame.b - 1 };
                self.go_on(pc, stop, place + 1, more).map(Some)
            }
            Op::PointRunLazy { set, .. } if frame.b > 0 => match point_after::<T>(text, place) {
                Some((point, after)) if sets.contains(set, point) => {
                    let more = if frame.b == NO_BOUND { NO_BOUND } else { frame.b - 1 };
                    self.go_on(pc, ANY, after, more).map(Some)
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Where a run over a set from `position` ends.
    #[inline(always)]
    fn run_end(&self, set: u32, position: usize, max: u32) -> usize {
        let to = self.text.len().min(position.saturating_add(max as usize));
        find_not_in::<T>(&self.program.sets, set, self.text, position, to)
    }

    /// Where a run by code points has its least length and where it ends.
    fn point_run(&self, set: u32, position: usize, min: u32, max: u32) -> Option<(usize, usize)> {
        let (mut count, mut at) = (0, position);
        let mut low = if min == 0 { Some(position) } else { None };
        while count < max {
            match point_after::<T>(self.text, at) {
                Some((point, after)) if self.program.sets.contains(set, point) => at = after,
                _ => break,
            }
            count += 1;
            if count == min {
                low = Some(at);
            }
        }
        low.map(|low| (low, at))
    }

    /// As `give_back` from the end of a run, where it usually stops at once.
    #[inline(always)]
    fn stop_run(&mut self, next: u32, low: usize, end: usize) -> Result<Option<usize>, MatchError> {
        if end >= low && self.stops_at(next, end) && !splits_pair::<T>(self.text, end) {
            return Ok(Some(end));
        }
        self.give_back(next, low, end)
    }

    /// Whether the text ends or the next unit is in a set.
    #[inline(always)]
    fn stops_at(&self, next: u32, place: usize) -> bool {
        next == ANY || place >= self.text.len() || self.next_in(next, place)
    }

    /// The last place in `low..above` where the text ends or the next unit is
    /// in `next`, and no pair is split.
    #[inline(never)]
    fn give_back(&mut self, next: u32, low: usize, above: usize) -> Result<Option<usize>, MatchError> {
        let text = self.text;
        let mut above = above;
        while above > low {
            let mut place = above - 1;
            if next != ANY && place < text.len() {
                match rfind_in::<T>(&self.program.sets, next, text, low, above) {
                    Some(found) => place = found,
                    None => {
                        self.charge(above - low)?;
                        return Ok(None);
                    }
                }
            }
            if !splits_pair::<T>(text, place) {
                self.charge(above - place)?;
                return Ok(Some(place));
            }
            above = place;
        }
        Ok(None)
    }

    /// Goes on with a lazy run that may take `more`: the first place from `at`
    /// where to stop. What is left is kept.
    fn go_on(&mut self, pc: usize, stop: u32, at: usize, more: u32) -> Result<usize, MatchError> {
        let to = self.text.len().min(at.saturating_add(more as usize));
        let place = find_in::<T>(&self.program.sets, stop, self.text, at, to);
        self.charge(place - at)?;
        let left = if more == NO_BOUND { NO_BOUND } else { more - (place - at) as u32 };
        self.push(Entry::LAZY, pc as u32, place as u32, left)?;
        Ok(place)
    }

    /// Stores a slot so that it is undone.
    #[inline(always)]
    fn store_slot(&mut self, slot: u32, value: u32) -> Result<(), MatchError> {
        self.push(Entry::SLOT, slot, self.slots[slot as usize], 0)?;
        self.slots[slot as usize] = value;
        Ok(())
    }

    /// Stores a register so that it is undone.
    #[inline(always)]
    fn store_register(&mut self, register: u32, value: u32) -> Result<(), MatchError> {
        self.push(Entry::REGISTER, register, self.registers[register as usize], 0)?;
        self.registers[register as usize] = value;
        Ok(())
    }

    fn begin_look(&mut self, register: u32, position: usize) {
        self.registers[register as usize] = self.stack.len() as u32;
        self.registers[register as usize + 1] = position as u32;
    }

    /// Drops the choices since the beginning of a lookaround, keeps what must
    /// be undone, and answers the position it began at.
    fn end_look(&mut self, register: u32) -> usize {
        let height = self.registers[register as usize] as usize;
        let mut kept = height;
        for index in height..self.stack.len() {
            let frame = self.stack[index];
            if matches!(frame.tag & ((1 << Entry::BITS) - 1), Entry::SLOT | Entry::REGISTER) {
                self.stack[kept] = frame;
                kept += 1;
            }
        }
        self.stack.truncate(kept);
        self.registers[register as usize + 1] as usize
    }

    /// Undoes everything above a height of the stack.
    fn unwind(&mut self, height: usize) {
        while self.stack.len() > height {
            let Some(frame) = self.stack.pop() else { return };
            let index = (frame.tag >> Entry::BITS) as usize;
            match frame.tag & ((1 << Entry::BITS) - 1) {
                Entry::SLOT => self.slots[index] = frame.a,
                Entry::REGISTER => self.registers[index] = frame.a,
                _ => {}
            }
        }
    }
}

#[inline(always)]
fn is_line_terminator(unit: u32) -> bool {
    matches!(unit, 0x0A | 0x0D | 0x2028 | 0x2029)
}
