//! Iterations: over what is walked by index, by code of the guest, and over keys.

use tvm_bytecode::{Insn, Op as B};
use tvm_runtime::frame::{self, ReturnKind};
use tvm_runtime::heap::bits;
use tvm_runtime::interp::feedback::SAW_STRING;

use super::{Builder, Flow, Frame, Refusal};
use crate::mir::{Cmp, Element, Op, Type, Value, Walked};

/// What an iteration walks by index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Array,
    Typed(Element),
    String,
}

impl Walk {
    /// The mark in the second register of its record.
    fn mark(self) -> u64 {
        match self {
            Walk::Array => bits::FAST_ARRAY,
            Walk::Typed(_) => bits::FAST_TYPED,
            Walk::String => bits::FAST_STRING,
        }
    }
}

impl Builder<'_> {
    /// Starts an iteration, by index as far as was seen.
    pub(super) fn get_iterator(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let value = self.reg(frame, o[1])?;
        let value = self.any(value);
        let callee = frame.callee;
        let walk = self.walk(frame, index, o[0]);
        let value = self.guard_kind_walked(frame, walk, value);
        let asks = match walk {
            Walk::Array => Op::GuardIterable((!self.request.array_iteration.is_empty()).then(|| {
                self.graph.count("iterations of arrays known", 1);
                self.holders_hold(frame, &self.request.array_iteration);
                self.request.array_shape.0
            })),
            Walk::Typed(_) => Op::GuardWalked(Walked::Typed),
            Walk::String if self.request.string_iteration.is_empty() => Op::GuardWalked(Walked::String),
            Walk::String => {
                self.graph.count("iterations of strings known", 1);
                self.holders_hold(frame, &self.request.string_iteration);
                Op::GuardWalked(Walked::InOnePiece)
            }
        };
        let walked = self.guard(frame, asks, &[value, callee], Type::Any);
        frame.regs[o[0] as usize] = Some(walked);
        frame.regs[o[0] as usize + 2] = Some(self.int(0));
        Ok(self.load(frame, o[0] + 1, walk.mark()))
    }

    /// The next element of what is walked by index.
    pub(super) fn iterator_next(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let (array, at) = (self.reg(frame, o[1])?, self.reg(frame, o[1] + 2)?);
        let walk = self.walked_by_index(frame, index, o[1])?;
        let at = self.as_int(frame, at);
        let array = self.any(array);
        let walked = self.guard_kind_walked(frame, walk, array);
        let length = if let Walk::Typed(_) = walk { Op::TypedLength } else { Op::Length };
        let length = self.guard(frame, length, &[walked], Type::Int);
        let over = self.emit(Op::CmpInt(Cmp::Ge), &[at, length], Type::Bool);
        Ok(Flow::Iterate { over, walked, at, walk })
    }

    /// Leaves unless a value is of the kind that is walked. That an object is an array, is asked elsewhere; what is
    /// loaded from it in front of a loop rests on its being an object.
    fn guard_kind_walked(&mut self, frame: &Frame, walk: Walk, value: Value) -> Value {
        match walk {
            Walk::Array => self.guard(frame, Op::GuardObject, &[value], Type::Any),
            Walk::Typed(element) => {
                let array = self.guard(frame, Op::GuardObject, &[value], Type::Any);
                self.guard(frame, Op::GuardTyped(element), &[array], Type::Any)
            }
            Walk::String => self.guard(frame, Op::GuardString, &[value], Type::Any),
        }
    }

    /// What an iteration's record walks, as far as was seen where it began.
    fn walk(&self, frame: &Frame, index: usize, record: i64) -> Walk {
        let insns = &frame.analysis.insns;
        let starts = |insn: &&(u32, Insn)| insn.1.op == B::GetIterator && insn.1.operands()[0] == record;
        let Some((_, start)) = insns[..=index].iter().rev().find(starts) else { return Walk::Array };
        let seen = self.seen(frame, start.operands()[2]);
        match Self::typed(seen).as_deref() {
            Some(&[element]) => Walk::Typed(element),
            _ if seen == SAW_STRING => Walk::String,
            _ => Walk::Array,
        }
    }

    /// The next value of an iteration that runs code.
    pub(super) fn next_of(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Flow {
        let o = insn.operands();
        let pc = frame.analysis.insns[index].0;
        let record = o[1]..o[1] + 3;
        let word = frame::state(pc, o[0] as u32, ReturnKind::Iterate);
        let state = self.state_with(frame, index, word, record.clone(), &[o[0], o[1], o[1] + 1, o[1] + 2]);
        let next = pc + insn.length() as u32;
        let op = Op::NextOf { frame: frame.base, iterator: o[1] as u32, next };
        let value = self.effect(op, &[], Type::Any, Some(state));
        for register in record {
            let now = self.emit(Op::Home(frame.base + register as i32), &[], Type::Any);
            frame.regs[register as usize] = Some(now);
        }
        self.unless_done(o[0], value)
    }

    /// The next key of an enumeration.
    pub(super) fn next_key(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Flow {
        let o = insn.operands();
        let word = frame::state(frame.analysis.insns[index].0, o[0] as u32, ReturnKind::Iterate);
        let state = self.state_with(frame, index, word, o[1]..o[1] + 1, &[o[0]]);
        let op = Op::NextKey { frame: frame.base, keys: o[1] as u32 };
        let value = self.effect(op, &[], Type::Any, Some(state));
        self.unless_done(o[0], value)
    }

    /// Goes to the end of a loop where an iteration has given the mark of its end; otherwise its value is the register's.
    fn unless_done(&mut self, register: i64, value: Value) -> Flow {
        let mark = self.constant(bits::DONE);
        let done = self.emit(Op::SameBits, &[value, mark], Type::Bool);
        Flow::Branch(done, Some((register as usize, Some(value))))
    }

    /// What an iteration that walks by index gives for an index below the length.
    pub(super) fn load_walked(&mut self, frame: &Frame, walk: Walk, walked: Value, at: Value) -> Value {
        match walk {
            Walk::Array => self.load_element(frame, walked, at),
            Walk::Typed(element) => {
                let parts = self.typed_parts(walked);
                self.load_typed(frame, element, parts, at)
            }
            Walk::String => self.load_character(frame, walked, at),
        }
    }

    /// Leaves unless an iteration walks by index what it was seen to walk.
    pub(super) fn walked_by_index(
        &mut self,
        frame: &Frame,
        index: usize,
        record: i64,
    ) -> Result<Walk, Refusal> {
        let walk = self.walk(frame, index, record);
        let (method, mark) = (self.reg(frame, record + 1)?, walk.mark());
        if self.graph.inst(method).op != Op::Const(mark) {
            let (method, fast) = (self.any(method), self.constant(mark));
            let is_fast = self.emit(Op::SameBits, &[method, fast], Type::Bool);
            self.guard(frame, Op::GuardBool(true), &[is_fast], Type::None);
        }
        Ok(walk)
    }
}
