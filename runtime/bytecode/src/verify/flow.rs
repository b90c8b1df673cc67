//! Rules R20 to R24, first half: the paths through a function. What single instructions do is in `effects.rs`.
//!
//! The code is followed from start to end, with a state for each label that lies ahead; where a jump leads back to a
//! label that would have to know less, the code is followed once more, until nothing changes. States only lose, so
//! this ends, and R23 bounds how much work it may be. Two or three rounds are usual for code with loops, one is
//! enough without. Labels ahead give their state back when they are reached, so few are alive at a time; labels that
//! loops lead back to keep theirs.

use super::code::{Code, FIRST_LABEL};
use super::shape::Shape;
use super::state::{State, Stored, Type};
use super::tables::Facts;
use super::{Rejection, limit};
use crate::data::*;
use crate::insn::Insn;
use crate::ops::{Kind, Op};
use crate::unit::Unit;

/// What goes from function to function: vectors that are used again, and the work done so far.
#[derive(Default)]
pub(super) struct Scratch {
    state: State,
    stored: Vec<Option<Stored>>,
    free: Vec<Vec<Type>>,
    limit: u64,
}

impl Scratch {
    pub fn new(code_bytes: usize) -> Scratch {
        let limit = limit::FLOW_WORK + limit::FLOW_WORK_PER_BYTE * code_bytes as u64;
        Scratch { limit, ..Scratch::default() }
    }
}

/// What was last handed to an exception handler, so that only changes follow.
#[derive(Default)]
struct Caught {
    handler: Option<u32>,
    /// Registers from here on have changed.
    from: usize,
    /// So have these.
    written: Vec<u32>,
}

pub(super) struct Flow<'a> {
    pub unit: &'a Unit,
    pub facts: &'a Facts,
    pub code: &'a Code,
    pub state: State,
    /// By label.
    stored: Vec<Option<Stored>>,
    free: Vec<Vec<Type>>,
    /// Registers in `stored`.
    held: usize,
    limit: u64,
    caught: Caught,
    /// Whether a label behind the current place has lost something.
    again: bool,
}

/// Checks a function.
pub(super) fn check(unit: &Unit, facts: &Facts, code: &Code, scratch: &mut Scratch) -> Result<(), Rejection> {
    let Scratch { state, mut stored, free, limit } = std::mem::take(scratch);
    stored.resize_with(code.looped.len(), || None);
    let caught = Caught::default();
    let mut flow = Flow { unit, facts, code, state, stored, free, held: 0, limit, caught, again: true };
    while std::mem::take(&mut flow.again) {
        flow.round()?;
    }
    for label in 0..code.looped.len() as u32 {
        flow.release(label);
    }
    let Flow { state, stored, free, .. } = flow;
    *scratch = Scratch { state, stored, free, limit };
    Ok(())
}

impl Flow<'_> {
    pub fn fail<T>(&self, at: u32, reason: impl std::fmt::Display) -> Result<T, Rejection> {
        Err(self.code.error(self.unit, at, reason))
    }

    /// Follows the code once.
    fn round(&mut self) -> Result<(), Rejection> {
        let code = self.code;
        let derived = code.record.kind == FunctionKind::DerivedConstructor as u32;
        let this = if derived { Type::MAYBE_HOLE } else { Type::VALUE };
        self.state.start(code.record.registers, code.record.params, this);
        self.state.work += limit::WORK_PER_INSN * code.count() as u64;
        self.check_work(0)?;
        self.forget_caught();
        let mut reachable = true;
        for (index, (at, insn)) in code.kept().enumerate() {
            reachable = self.visit(index, at, insn, reachable)?;
        }
        if code.count() > code.kept().len() { self.visit_rest(reachable) } else { Ok(()) }
    }

    #[cold]
    fn visit_rest(&mut self, mut reachable: bool) -> Result<(), Rejection> {
        for (index, at, insn) in self.code.rest(self.unit) {
            reachable = self.visit(index, at, &insn, reachable)?;
        }
        Ok(())
    }

    /// Follows one instruction; whether a path goes on to the next.
    #[inline(always)]
    fn visit(&mut self, index: usize, at: u32, insn: &Insn, mut reachable: bool) -> Result<bool, Rejection> {
        let place = self.code.places[at as usize];
        if place >= FIRST_LABEL {
            reachable = self.arrive(place - FIRST_LABEL, reachable);
        }
        if !reachable {
            return Ok(false);
        }
        let shape = Shape::get(insn.op);
        self.step(index, at, insn, shape)?;
        Ok(!shape.ends)
    }

    /// Comes to a label; whether any path does.
    #[inline(always)]
    fn arrive(&mut self, label: u32, reachable: bool) -> bool {
        self.forget_caught();
        let looped = self.code.looped[label as usize];
        let Some(mut stored) = self.stored[label as usize].take() else {
            if looped && reachable {
                self.store(label);
            }
            return reachable;
        };
        self.held -= stored.types.len();
        if reachable {
            self.state.meet(&stored);
        } else {
            self.state.load(&stored);
        }
        if looped {
            stored.meet(&mut self.state);
            self.held += stored.types.len();
            self.stored[label as usize] = Some(stored);
        } else {
            self.free.push(stored.types);
        }
        true
    }

    fn forget_caught(&mut self) {
        self.caught.handler = None;
        self.caught.from = 0;
        self.caught.written.clear();
    }

    /// Keeps a copy of the state at a label that has none.
    fn store(&mut self, label: u32) {
        let stored = self.state.store(self.free.pop().unwrap_or_default());
        self.held += stored.types.len();
        self.stored[label as usize] = Some(stored);
    }

    fn release(&mut self, label: u32) {
        if let Some(stored) = self.stored[label as usize].take() {
            self.held -= stored.types.len();
            self.free.push(stored.types);
        }
    }

    /// Hands the state to a label that the instruction at `at` leads to.
    fn lead(&mut self, at: u32, label: u32, back: bool) -> Result<(), Rejection> {
        self.state.work += limit::WORK_PER_EDGE;
        match &mut self.stored[label as usize] {
            Some(stored) => {
                let before = stored.types.len();
                let changed = stored.meet(&mut self.state);
                self.held -= before - stored.types.len();
                self.again |= changed && back;
            }
            None => {
                self.store(label);
                self.again |= back;
            }
        }
        self.check_work(at)
    }

    #[inline]
    fn check_work(&self, at: u32) -> Result<(), Rejection> {
        if self.state.work > self.limit || self.held > limit::FLOW_STATE {
            return self.fail(at, "R23: the control flow is too complex (registers times jumps)");
        }
        Ok(())
    }

    /// Reads, exceptional edge, writes and jumps of one instruction.
    #[inline(always)]
    fn step(&mut self, index: usize, at: u32, insn: &Insn, shape: &Shape) -> Result<(), Rejection> {
        self.check_values(at, insn, shape)?;
        if insn.op == Op::Move {
            return self.copy(at, insn);
        }
        if !shape.plain {
            return self.step_further(index, at, insn, shape);
        }
        self.throw(index, at, shape)?;
        if let Some(result) = shape.result {
            self.set(insn.places()[result as usize] as usize, Type::VALUE);
        }
        Ok(())
    }

    /// An instruction that has a window, jumps, or works on more than values.
    #[inline(always)]
    fn step_further(&mut self, index: usize, at: u32, insn: &Insn, shape: &Shape) -> Result<(), Rejection> {
        self.check_reads(at, insn, shape)?;
        let made = self.check_special(at, insn, shape.special)?;
        if shape.window
            && let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis))
        {
            self.state.kill_from(window as usize);
            self.caught.from = self.caught.from.min(self.state.top());
        }
        self.throw(index, at, shape)?;
        // These do not write where they go to their target.
        if matches!(insn.op, Op::IteratorNext | Op::ForInNext) {
            self.jump(at, insn)?;
            self.write(insn, shape, made);
            return Ok(());
        }
        self.write(insn, shape, made);
        if shape.jumps {
            return self.jump(at, insn);
        }
        // Work beside a round's own comes from edges, which look themselves, from windows and ranges, and from
        // registers that are set above what a window left.
        self.check_work(at)
    }

    fn jump(&mut self, at: u32, insn: &Insn) -> Result<(), Rejection> {
        if let Some(distance) = insn.operand(Kind::Jump) {
            let target = (i64::from(at) + distance) as u32;
            if let Some(label) = self.code.label_at(target) {
                self.lead(at, label, target <= at)?;
            }
        }
        if insn.op == Op::Switch {
            let code = self.code;
            let table = insn.operand(Kind::Const).and_then(|constant| code.table(constant));
            let labels = table.map_or(&[][..], |table| &code.table_labels[table.labels.clone()]);
            labels.iter().try_for_each(|&label| self.lead(at, label, false))?;
        }
        Ok(())
    }

    /// The exceptional edge of an instruction.
    #[inline]
    fn throw(&mut self, index: usize, at: u32, shape: &Shape) -> Result<(), Rejection> {
        if self.code.handlers.is_empty() || !shape.throws || self.code.handler_of[index] == NONE {
            return Ok(());
        }
        self.throw_to(at, self.code.handler_of[index])
    }

    /// Hands the state, with the exception in its register, to a handler.
    fn throw_to(&mut self, at: u32, index: u32) -> Result<(), Rejection> {
        self.state.work += limit::WORK_PER_EDGE;
        let (handler, label) = self.code.handlers[index as usize];
        let known = self.caught.handler == Some(index);
        let top = self.state.top();
        let Caught { from, written, .. } = &self.caught;
        let stored = &mut self.stored[label as usize];
        let (free, held) = (&mut self.free, &mut self.held);
        self.state.with(handler.register as usize, Type::VALUE, |state| match stored {
            Some(stored) => {
                let before = stored.types.len();
                if known {
                    stored.meet_parts(state, *from, written);
                } else {
                    stored.meet(state);
                }
                *held -= before - stored.types.len();
            }
            None => {
                let made = state.store(free.pop().unwrap_or_default());
                *held += made.types.len();
                *stored = Some(made);
            }
        });
        self.caught.handler = Some(index);
        self.caught.from = top;
        self.caught.written.clear();
        self.check_work(at)
    }

    /// Changes what a register holds.
    pub fn set(&mut self, register: usize, to: Type) {
        if register < self.caught.from {
            self.caught.written.push(register as u32);
        }
        self.state.set(register, to);
    }
}
