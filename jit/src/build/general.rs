//! Instructions taken as they come: without feedback, after speculation failed, and in generic mode. Most are asked of
//! the runtime ([`Op::Leaf`]); the rest is executed by the interpreter.

use std::rc::Rc;

use tvm_bytecode::data::PrivateKind;
use tvm_bytecode::{Insn, Kind, Op as B};
use tvm_runtime::frame::{self, ReturnKind};
use tvm_runtime::heap::bits;
use tvm_runtime::interp::leaf::Leaf;

use super::arith::{Binary, binary, jump};
use super::{Builder, Flow, Frame, Refusal, liveness};
use crate::mir::{Cmp, IntOp, Op, Result as To, StateId, Type, Value};

/// What a comparison asks: the leaf, whether its operands are the other way round, whether its answer is.
fn comparison(op: B) -> Option<(Leaf, bool, bool)> {
    let order = |cmp, negated| match cmp {
        Cmp::Lt => Some((Leaf::Less, false, negated)),
        Cmp::Le => Some((Leaf::LessEqual, false, negated)),
        Cmp::Gt => Some((Leaf::Less, true, negated)),
        Cmp::Ge => Some((Leaf::LessEqual, true, negated)),
        Cmp::Eq | Cmp::Ne => None,
    };
    match (op, jump(op), binary(op)) {
        (_, Some((cmp, negated)), _) => order(cmp, negated),
        (_, _, Some(Binary::Compare(cmp))) => order(cmp, false),
        (B::StrictEqual | B::JumpIfStrictEqual | B::JumpIfStrictEqualI, ..) => {
            Some((Leaf::StrictEqual, false, false))
        }
        (B::StrictNotEqual | B::JumpIfStrictNotEqual | B::JumpIfStrictNotEqualI, ..) => {
            Some((Leaf::StrictEqual, false, true))
        }
        (B::Equal | B::JumpIfEqual, ..) => Some((Leaf::LooseEqual, false, false)),
        (B::NotEqual | B::JumpIfNotEqual, ..) => Some((Leaf::LooseEqual, false, true)),
        _ => None,
    }
}

/// The leaf of an operation on two numbers.
fn arithmetic(op: B) -> Option<Leaf> {
    Some(match binary(op)? {
        Binary::Divide => Leaf::Div,
        Binary::Number(int, _) | Binary::Bits(int) => match int {
            IntOp::Add => Leaf::Add,
            IntOp::Sub => Leaf::Sub,
            IntOp::Mul => Leaf::Mul,
            IntOp::Mod => Leaf::Mod,
            IntOp::And => Leaf::BitAnd,
            IntOp::Or => Leaf::BitOr,
            IntOp::Xor => Leaf::BitXor,
            IntOp::Shl => Leaf::Shl,
            IntOp::Shr => Leaf::Shr,
            IntOp::UShr => Leaf::UShr,
        },
        Binary::Compare(_) => return None,
    })
}

impl Builder<'_> {
    /// Executes an instruction that goes on with the next one.
    pub(super) fn general(&mut self, frame: &mut Frame, index: usize) -> Result<Flow, Refusal> {
        let (_, insn) = frame.analysis.insns[index];
        if comparison(insn.op).is_some() {
            let value = self.compare_as_it_comes(frame, index)?;
            return Ok(self.set(frame, insn.operands()[0], value));
        }
        if let Some(text) = self.text_of(frame, index, &insn)? {
            return Ok(self.set(frame, insn.operands()[0], text));
        }
        let Some((leaf, args)) = self.leaf_of(frame, &insn)? else {
            self.step(frame, index)?;
            return Ok(Flow::Next);
        };
        let cache = match leaf {
            Leaf::GetProp | Leaf::SetProp | Leaf::InitProp => insn.operand(Kind::Property),
            Leaf::GetGlobal => insn.operand(Kind::Global),
            _ => None,
        };
        let mut dst = None;
        liveness::defs(&insn, |register| dst = Some(register));
        let (to, ty) = match dst {
            Some(register) => (To::Slot(frame.base + register as i32), Type::Any),
            None => (To::None, Type::None),
        };
        let value = self.ask(frame, index, leaf, &args, cache, to, ty);
        if let Some(register) = dst {
            frame.regs[register] = Some(value);
        }
        Ok(Flow::Next)
    }

    /// What makes a string of primitives, as long as it was not given anything else.
    fn text_of(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Option<Value>, Refusal> {
        if !self.request.speculate || self.failures(frame, index) != 0 {
            return Ok(None);
        }
        let o = insn.operands();
        let registers = match insn.op {
            B::ToString => o[1]..o[1] + 1,
            B::Concat if (2..=3).contains(&o[2]) => o[1]..o[1] + o[2],
            _ => return Ok(None),
        };
        let mut parts = Vec::new();
        for register in registers {
            parts.push(self.reg(frame, register)?);
        }
        if insn.op == B::ToString && self.is_text(parts[0]) {
            return Ok(Some(parts[0]));
        }
        if insn.op == B::Concat && !parts.iter().all(|&part| self.is_text(part)) {
            return Ok(None);
        }
        Ok(Some(self.joined_text(frame, index, &parts)))
    }

    /// Executes a comparison that jumps.
    pub(super) fn general_branch(&mut self, frame: &mut Frame, index: usize) -> Result<Flow, Refusal> {
        if comparison(frame.analysis.insns[index].1.op).is_none() {
            return self.step_branch(frame, index);
        }
        let jumps = self.compare_as_it_comes(frame, index)?;
        Ok(Flow::Branch(jumps, None))
    }

    /// Asks the runtime how values compare, and gives what the instruction says of that.
    fn compare_as_it_comes(&mut self, frame: &mut Frame, index: usize) -> Result<Value, Refusal> {
        let (pc, insn) = frame.analysis.insns[index];
        let (leaf, turned, negated) = comparison(insn.op).ok_or("no comparison")?;
        let o = insn.operands();
        let jump = insn.operand(Kind::Jump);
        let first = if jump.is_some() { 0 } else { 1 };
        let left = self.reg(frame, o[first])?;
        let right = self.right(frame, o[first + 1], insn.operand(Kind::Imm))?;
        let args = if turned { [right, left] } else { [left, right] };
        let to = match jump {
            Some(jump) => To::Jump((i64::from(pc) + jump) as u32, negated),
            None => To::Truth(frame.base + o[0] as i32, negated),
        };
        let value = self.ask(frame, index, leaf, &args, None, to, Type::Bool);
        Ok(if negated { self.not(value) } else { value })
    }

    /// What an instruction asks of the runtime.
    fn leaf_of(&mut self, frame: &mut Frame, insn: &Insn) -> Result<Option<(Leaf, Vec<Value>)>, Refusal> {
        let o = insn.operands();
        let one = match insn.op {
            // `+` would join strings.
            B::Inc => Some((Leaf::Sub, -1)),
            B::Dec => Some((Leaf::Sub, 1)),
            B::BitNot => Some((Leaf::BitXor, -1)),
            _ => None,
        };
        if let Some((leaf, constant)) = one {
            return Ok(Some((leaf, vec![self.reg(frame, o[1])?, self.int(constant)])));
        }
        if let Some(leaf) = arithmetic(insn.op) {
            let left = self.reg(frame, o[1])?;
            return Ok(Some((leaf, vec![left, self.right(frame, o[2], insn.operand(Kind::Imm))?])));
        }
        // Which registers are given along.
        let (leaf, registers): (Leaf, &[i64]) = match insn.op {
            B::GetProp => (Leaf::GetProp, &o[1..2]),
            B::SetProp => (Leaf::SetProp, &[o[0], o[2]]),
            B::InitProp => (Leaf::InitProp, &[o[0], o[2]]),
            B::GetLength => (Leaf::GetLength, &o[1..2]),
            B::GetElem => (Leaf::GetElem, &o[1..3]),
            B::SetElem => (Leaf::SetElem, &o[0..3]),
            B::GetPrivate => (Leaf::GetPrivate, &o[1..3]),
            B::SetPrivate => (Leaf::SetPrivate, &o[0..3]),
            B::DefinePrivate if o[3] == PrivateKind::Field as i64 => (Leaf::DefinePrivate, &o[0..3]),
            B::PrivateIn => (Leaf::PrivateIn, &o[1..3]),
            B::GetSuper => (Leaf::GetSuper, &o[1..3]),
            B::Typeof => (Leaf::Typeof, &o[1..2]),
            B::InstanceOf => (Leaf::InstanceOf, &o[1..3]),
            B::In => (Leaf::In, &o[1..3]),
            B::ToString => (Leaf::ToString, &o[1..2]),
            B::ToNumeric | B::ToNumber => (Leaf::ToNumeric, &o[1..2]),
            B::ToPropertyKey => (Leaf::ToPropertyKey, &o[1..2]),
            // What is no object needs no base; an object leaves to the interpreter.
            B::ToElementKey => (Leaf::ToPropertyKey, &o[2..3]),
            B::Neg => (Leaf::Neg, &o[1..2]),
            B::CoerceThis => (Leaf::CoerceThis, &[0]),
            B::Concat if o[2] <= 3 => (Leaf::Concat, &[]),
            B::NewRest if frame.depth == 0 => (Leaf::NewRest, &[]),
            B::NewArguments if frame.depth == 0 => (Leaf::NewArguments, &[]),
            B::CopyScope => (Leaf::CopyScope, &o[1..2]),
            B::InitElem => (Leaf::InitElem, &o[0..3]),
            B::LoadHome => (Leaf::Home, &[]),
            B::GetGlobal => (Leaf::GetGlobal, &[]),
            B::GetIntrinsic => (Leaf::Intrinsic, &[]),
            B::LoadNewTarget if frame.depth == 0 => (Leaf::NewTarget, &[]),
            _ => return Ok(None),
        };
        let mut args = Vec::new();
        match leaf {
            Leaf::Intrinsic | Leaf::NewRest => args.push(self.constant(o[1] as u64)),
            Leaf::NewArguments => args.push(self.constant(bits::UNDEFINED)),
            Leaf::Concat => {
                for register in o[1]..o[1] + o[2] {
                    args.push(self.reg(frame, register)?);
                }
                if o[2] < 3 {
                    args.push(self.constant(bits::HOLE));
                }
            }
            Leaf::NewTarget => {
                args.push(self.emit(Op::Home(frame::LINK as i32), &[], Type::Any));
                args.push(frame.new_target);
            }
            _ => {}
        }
        for &register in registers {
            args.push(self.reg(frame, register)?);
        }
        if leaf == Leaf::GetProp {
            args.push(self.emit(Op::Word(frame.function as u32, o[2] as u32), &[], Type::Any));
        }
        let of_running = [Leaf::InstanceOf, Leaf::CoerceThis, Leaf::Home, Leaf::Intrinsic];
        if of_running.contains(&leaf) || leaf.takes_frame() {
            args.push(frame.callee);
        }
        Ok(Some((leaf, args)))
    }

    #[allow(clippy::too_many_arguments)]
    fn ask(
        &mut self,
        frame: &mut Frame,
        index: usize,
        leaf: Leaf,
        args: &[Value],
        cache: Option<i64>,
        to: To,
        ty: Type,
    ) -> Value {
        let args: Vec<Value> = args.iter().map(|&arg| self.any(arg)).collect();
        let (pc, _) = frame.analysis.insns[index];
        let state = self.while_interpreted(frame, index);
        if let To::Slot(slot) | To::Truth(slot, _) = to {
            self.graph.touched.push(slot);
            self.graph.states[state.0 as usize].overwritten.push(slot);
        }
        let cache = cache.map(|word| (frame.function as u32, word as u32));
        self.effect(Op::Leaf { leaf, frame: frame.base, pc, to, cache }, &args, ty, Some(state))
    }

    /// The state while the interpreter executes an instruction.
    pub(super) fn while_interpreted(&mut self, frame: &Frame, index: usize) -> StateId {
        let analysis = Rc::clone(&frame.analysis);
        let (pc, insn) = analysis.insns[index];
        let mut live = analysis.live_across(index);
        liveness::uses(&insn, analysis.params, |register| live.insert(register));
        self.state_of(frame, &live, pc, frame::state(pc, 0, ReturnKind::Resume))
    }
}
