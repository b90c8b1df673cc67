//! Arithmetic, comparisons and conversions, by what feedback saw.

use tvm_bytecode::{Insn, Kind, Op as B};
use tvm_runtime::heap::bits;
use tvm_runtime::interp::feedback::{SAW_DOUBLE, SAW_OTHER, SAW_STRANGE, SAW_TEXT_AND_MORE, SAW_TEXTS};
use tvm_runtime::interp::leaf::Leaf;

use super::{Builder, Flow, Frame, Refusal};
use crate::mir::{Cmp, DoubleOp, IntOp, MathOp, Op, Type, Value};

/// What an operation on two numbers is, on ints and on doubles.
pub(super) enum Binary {
    Number(IntOp, DoubleOp),
    Divide,
    Bits(IntOp),
    Compare(Cmp),
}

pub(super) fn binary(op: B) -> Option<Binary> {
    use Binary::*;
    Some(match op {
        B::Add | B::AddI => Number(IntOp::Add, DoubleOp::Add),
        B::Sub | B::SubI => Number(IntOp::Sub, DoubleOp::Sub),
        B::Mul | B::MulI => Number(IntOp::Mul, DoubleOp::Mul),
        B::Mod | B::ModI => Number(IntOp::Mod, DoubleOp::Mod),
        B::Div | B::DivI => Divide,
        B::BitAnd | B::BitAndI => Bits(IntOp::And),
        B::BitOr | B::BitOrI => Bits(IntOp::Or),
        B::BitXor | B::BitXorI => Bits(IntOp::Xor),
        B::Shl | B::ShlI => Bits(IntOp::Shl),
        B::Shr | B::ShrI => Bits(IntOp::Shr),
        B::UShr | B::UShrI => Bits(IntOp::UShr),
        B::Less => Compare(Cmp::Lt),
        B::LessEqual => Compare(Cmp::Le),
        B::Greater => Compare(Cmp::Gt),
        B::GreaterEqual => Compare(Cmp::Ge),
        _ => return None,
    })
}

/// A comparison that jumps: how, and whether it jumps where that does not hold.
pub(super) fn jump(op: B) -> Option<(Cmp, bool)> {
    Some(match op {
        B::JumpIfLess | B::JumpIfLessI => (Cmp::Lt, false),
        B::JumpIfLessEqual | B::JumpIfLessEqualI => (Cmp::Le, false),
        B::JumpIfGreater | B::JumpIfGreaterI => (Cmp::Gt, false),
        B::JumpIfGreaterEqual | B::JumpIfGreaterEqualI => (Cmp::Ge, false),
        B::JumpIfNotLess | B::JumpIfNotLessI => (Cmp::Lt, true),
        B::JumpIfNotLessEqual | B::JumpIfNotLessEqualI => (Cmp::Le, true),
        B::JumpIfNotGreater | B::JumpIfNotGreaterI => (Cmp::Gt, true),
        B::JumpIfNotGreaterEqual | B::JumpIfNotGreaterEqualI => (Cmp::Ge, true),
        _ => return None,
    })
}

impl Builder<'_> {
    pub(super) fn arithmetic(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
        blocked: bool,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let slot = insn.operand(Kind::Arith).or(insn.operand(Kind::Compare));
        let mut seen = slot.map_or(0, |slot| self.word(frame, slot)) & (SAW_DOUBLE | SAW_OTHER);
        // What was no int32 may still be a number.
        let failed = self.failed(frame, index);
        let widened = self.request.speculate && !failed.widely && matches!(failed.count, 1 | 2);
        let blocked = blocked && !widened;
        if widened {
            seen |= SAW_DOUBLE;
        }
        let immediate = insn.operand(Kind::Imm);
        if let Some((cmp, unless)) = jump(insn.op) {
            let left = self.reg(frame, o[0])?;
            if seen & SAW_OTHER != 0 || blocked {
                return self.general_branch(frame, index);
            }
            let right = self.right(frame, o[1], immediate)?;
            let mut on = self.compare(frame, cmp, left, right, seen);
            if unless {
                on = self.not(on);
            }
            return Ok(Flow::Branch(on, None));
        }
        match insn.op {
            B::JumpIfStrictEqualI | B::JumpIfStrictNotEqualI => {
                let mut left = self.reg(frame, o[0])?;
                let right = self.int(o[1] as i32);
                if seen == 0 && !blocked && self.graph.ty(left) == Type::Any {
                    left = self.as_int(frame, left);
                }
                let on = self.equal(frame, left, right, false);
                let on = if insn.op == B::JumpIfStrictNotEqualI { self.not(on) } else { on };
                return Ok(Flow::Branch(on, None));
            }
            B::JumpIfEqual | B::JumpIfNotEqual | B::JumpIfStrictEqual | B::JumpIfStrictNotEqual => {
                let loose = matches!(insn.op, B::JumpIfEqual | B::JumpIfNotEqual);
                if (seen & SAW_OTHER != 0 && loose) || blocked {
                    return self.general_branch(frame, index);
                }
                let (left, right) = (self.reg(frame, o[0])?, self.reg(frame, o[1])?);
                let on = self.equal(frame, left, right, loose);
                let unless = matches!(insn.op, B::JumpIfNotEqual | B::JumpIfStrictNotEqual);
                let on = if unless { self.not(on) } else { on };
                return Ok(Flow::Branch(on, None));
            }
            _ => {}
        }
        if matches!(insn.op, B::Add | B::AddI)
            && seen & SAW_OTHER != 0
            && let Some(joined) = self.added_text(frame, index, insn)?
        {
            return Ok(self.set(frame, o[0], joined));
        }
        let strict = matches!(insn.op, B::StrictEqual | B::StrictNotEqual);
        if (seen & SAW_OTHER != 0 && !strict) || (blocked && !matches!(insn.op, B::UShr | B::UShrI | B::Not))
        {
            return self.general(frame, index);
        }
        if let Some(kind) = binary(insn.op) {
            let left = self.reg(frame, o[1])?;
            let right = self.right(frame, o[2], immediate)?;
            let value = match kind {
                Binary::Number(int, double) => self.number2(frame, int, double, left, right, seen),
                Binary::Divide => {
                    let (left, right) = (self.as_double(frame, left), self.as_double(frame, right));
                    self.emit(Op::Double2(DoubleOp::Div), &[left, right], Type::Double)
                }
                Binary::Bits(op) => {
                    let left = self.as_int32(frame, left, seen);
                    let right = self.as_int32(frame, right, seen);
                    match op {
                        IntOp::UShr if blocked || widened => {
                            self.emit(Op::UShrDouble, &[left, right], Type::Double)
                        }
                        IntOp::UShr => self.guard(frame, Op::Int2(op), &[left, right], Type::Int),
                        _ => self.emit(Op::Int2(op), &[left, right], Type::Int),
                    }
                }
                Binary::Compare(cmp) => self.compare(frame, cmp, left, right, seen),
            };
            return Ok(self.set(frame, o[0], value));
        }
        let value = match insn.op {
            B::Neg => {
                let value = self.reg(frame, o[1])?;
                if seen & SAW_DOUBLE != 0 || self.graph.ty(value) == Type::Double {
                    let value = self.as_double(frame, value);
                    self.emit(Op::Math(MathOp::Neg), &[value], Type::Double)
                } else {
                    let minus = self.int(-1);
                    self.number2(frame, IntOp::Mul, DoubleOp::Mul, value, minus, seen)
                }
            }
            B::BitNot => {
                let value = self.reg(frame, o[1])?;
                let value = self.as_int32(frame, value, seen);
                let ones = self.int(-1);
                self.emit(Op::Int2(IntOp::Xor), &[value, ones], Type::Int)
            }
            B::Inc | B::Dec => {
                let value = self.reg(frame, o[1])?;
                let one = self.int(1);
                let (int, double) = match insn.op {
                    B::Inc => (IntOp::Add, DoubleOp::Add),
                    _ => (IntOp::Sub, DoubleOp::Sub),
                };
                self.number2(frame, int, double, value, one, seen)
            }
            B::ToNumeric | B::ToNumber => {
                let value = self.reg(frame, o[1])?;
                match self.graph.ty(value) {
                    Type::Int | Type::Double => value,
                    _ => {
                        let value = self.any(value);
                        self.guard(frame, Op::GuardIsNumber, &[value], Type::Any)
                    }
                }
            }
            B::Not => {
                let value = self.reg(frame, o[1])?;
                let value = self.truth(value);
                self.not(value)
            }
            B::Equal | B::NotEqual | B::StrictEqual | B::StrictNotEqual => {
                let (left, right) = (self.reg(frame, o[1])?, self.reg(frame, o[2])?);
                let value = self.equal(frame, left, right, matches!(insn.op, B::Equal | B::NotEqual));
                if matches!(insn.op, B::NotEqual | B::StrictNotEqual) { self.not(value) } else { value }
            }
            _ => return self.general(frame, index),
        };
        Ok(self.set(frame, o[0], value))
    }

    pub(super) fn right(
        &mut self,
        frame: &Frame,
        register: i64,
        immediate: Option<i64>,
    ) -> Result<Value, Refusal> {
        match immediate {
            Some(value) => Ok(self.int(value as i32)),
            None => self.reg(frame, register),
        }
    }

    fn is_double(&self, value: Value) -> bool {
        self.graph.ty(value) == Type::Double
    }

    fn number2(
        &mut self,
        frame: &Frame,
        int: IntOp,
        double: DoubleOp,
        left: Value,
        right: Value,
        seen: u64,
    ) -> Value {
        if seen & SAW_DOUBLE != 0 || self.is_double(left) || self.is_double(right) {
            let (left, right) = (self.as_double(frame, left), self.as_double(frame, right));
            return self.emit(Op::Double2(double), &[left, right], Type::Double);
        }
        let (left, right) = (self.as_int(frame, left), self.as_int(frame, right));
        self.guard(frame, Op::Int2(int), &[left, right], Type::Int)
    }

    fn compare(&mut self, frame: &Frame, cmp: Cmp, left: Value, right: Value, seen: u64) -> Value {
        if seen & SAW_DOUBLE != 0 || self.is_double(left) || self.is_double(right) {
            let (left, right) = (self.as_double(frame, left), self.as_double(frame, right));
            return self.emit(Op::CmpDouble(cmp), &[left, right], Type::Bool);
        }
        let (left, right) = (self.as_int(frame, left), self.as_int(frame, right));
        self.emit(Op::CmpInt(cmp), &[left, right], Type::Bool)
    }

    /// ToInt32 of a number.
    fn as_int32(&mut self, frame: &Frame, value: Value, seen: u64) -> Value {
        if self.graph.ty(value) == Type::Int {
            return value;
        }
        if self.is_double(value) || seen & SAW_DOUBLE != 0 {
            let value = self.as_double(frame, value);
            return self.emit(Op::Truncate, &[value], Type::Int);
        }
        self.as_int(frame, value)
    }

    /// An addition that joins strings, where one of the two is a string, or was whenever it was looked at.
    fn added_text(&mut self, frame: &Frame, index: usize, insn: &Insn) -> Result<Option<Value>, Refusal> {
        if !self.request.speculate || self.failures(frame, index) != 0 {
            return Ok(None);
        }
        let o = insn.operands();
        let seen = insn.operand(Kind::Arith).map_or(0, |slot| self.word(frame, slot));
        let mut left = self.reg(frame, o[1])?;
        let mut right = self.right(frame, o[2], insn.operand(Kind::Imm))?;
        let number =
            |builder: &Builder<'_>, value| matches!(builder.graph.ty(value), Type::Int | Type::Double);
        let texts = seen & (SAW_TEXTS | SAW_TEXT_AND_MORE | SAW_STRANGE) == SAW_TEXTS;
        if seen & SAW_STRANGE != 0 || (seen & (SAW_TEXTS | SAW_TEXT_AND_MORE) == 0) {
            return Ok(None);
        }
        if !self.is_text(left) && !self.is_text(right) {
            if self.graph.ty(left) == Type::Any && (texts || number(self, right)) {
                left = self.guard(frame, Op::GuardString, &[left], Type::Any);
            } else if self.graph.ty(right) == Type::Any && number(self, left) {
                right = self.guard(frame, Op::GuardString, &[right], Type::Any);
            } else {
                return Ok(None);
            }
        }
        Ok(Some(self.joined_text(frame, index, &[left, right])))
    }

    /// Primitives as strings, one behind the other.
    pub(super) fn joined_text(&mut self, frame: &Frame, index: usize, parts: &[Value]) -> Value {
        let parts: Vec<Value> = parts.iter().map(|&part| self.any(part)).collect();
        self.graph.count("strings joined as such", 1);
        let state = self.state_at(frame, index);
        self.effect(Op::Join, &parts, Type::Any, Some(state))
    }

    /// Whether a value is surely a string.
    pub(super) fn is_text(&self, value: Value) -> bool {
        let inst = self.graph.inst(value);
        match inst.op {
            Op::Const(word) => bits::is_string(word),
            Op::Word(function, at) => {
                bits::is_string(self.request.functions[function as usize].words[at as usize])
            }
            Op::Leaf { leaf, .. } => matches!(leaf, Leaf::Typeof | Leaf::ToString | Leaf::Concat),
            Op::Join | Op::Substring | Op::Character | Op::GuardString => true,
            op if op.is_identity() => self.is_text(inst.args[0]),
            _ => false,
        }
    }

    /// Whether a value is surely a string that is equal only to itself: a constant, or what `typeof` gives.
    fn is_atom(&self, value: Value) -> bool {
        match self.graph.inst(self.graph.root(value)).op {
            Op::Const(word) => bits::tag(word) == bits::TAG_STRING,
            Op::Leaf { leaf, .. } => leaf == Leaf::Typeof,
            _ => false,
        }
    }

    fn equal(&mut self, frame: &Frame, left: Value, right: Value, loose: bool) -> Value {
        let (a, b) = (self.graph.ty(left), self.graph.ty(right));
        match (a, b) {
            (Type::Int, Type::Int) => self.emit(Op::CmpInt(Cmp::Eq), &[left, right], Type::Bool),
            (Type::Int | Type::Double, Type::Int | Type::Double) => {
                let (left, right) = (self.as_double(frame, left), self.as_double(frame, right));
                self.emit(Op::CmpDouble(Cmp::Eq), &[left, right], Type::Bool)
            }
            _ => {
                let (left, right) = (self.any(left), self.any(right));
                let by_bits = [left, right].iter().any(|&value| {
                    matches!(self.graph.inst(value).op,
                        Op::Const(word) if bits::tag(word) == bits::TAG_SPECIAL && !loose)
                });
                if by_bits || [left, right].iter().all(|&value| self.is_atom(value)) {
                    return self.emit(Op::SameBits, &[left, right], Type::Bool);
                }
                let op = if loose { Op::LooseEqual } else { Op::StrictEqual };
                self.guard(frame, op, &[left, right], Type::Bool)
            }
        }
    }
}
