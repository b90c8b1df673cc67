//! Numbers: conversions, arithmetic, comparisons.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I8, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use tvm_runtime::base::math::FUNCTIONS;
use tvm_runtime::heap::bits;

use super::Lower;
use crate::mir::{Cmp, DoubleOp, IntOp, MathOp, Op, Type, Value};

fn int_cc(cmp: Cmp) -> IntCC {
    match cmp {
        Cmp::Eq => IntCC::Equal,
        Cmp::Ne => IntCC::NotEqual,
        Cmp::Lt => IntCC::SignedLessThan,
        Cmp::Le => IntCC::SignedLessThanOrEqual,
        Cmp::Gt => IntCC::SignedGreaterThan,
        Cmp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

fn float_cc(cmp: Cmp) -> FloatCC {
    match cmp {
        Cmp::Eq => FloatCC::Equal,
        Cmp::Ne => FloatCC::NotEqual,
        Cmp::Lt => FloatCC::LessThan,
        Cmp::Le => FloatCC::LessThanOrEqual,
        Cmp::Gt => FloatCC::GreaterThan,
        Cmp::Ge => FloatCC::GreaterThanOrEqual,
    }
}

impl Lower<'_> {
    pub(super) fn tag(&mut self, value: ir::Value) -> ir::Value {
        self.b.ins().ushr_imm_u(value, 48)
    }

    pub(super) fn has_tag(&mut self, value: ir::Value, tag: u64) -> ir::Value {
        let found = self.tag(value);
        self.b.ins().icmp_imm_s(IntCC::Equal, found, tag as i64)
    }

    fn is_number(&mut self, value: ir::Value) -> ir::Value {
        let first = self.word(bits::TAG_SPECIAL << bits::TAG_SHIFT);
        self.b.ins().icmp(IntCC::UnsignedLessThan, value, first)
    }

    pub(super) fn low(&mut self, value: ir::Value) -> ir::Value {
        self.b.ins().ireduce(I32, value)
    }

    pub(super) fn as_float(&mut self, value: ir::Value) -> ir::Value {
        self.b.ins().bitcast(F64, MemFlagsData::new(), value)
    }

    /// The double of a value that is a number.
    fn number_of(&mut self, value: ir::Value) -> ir::Value {
        let int = self.has_tag(value, bits::TAG_INT);
        let (is_int, is_double, done) = (self.warm(), self.warm(), self.warm());
        self.b.append_block_param(done, F64);
        self.b.ins().brif(int, is_int, &[], is_double, &[]);
        self.b.switch_to_block(is_int);
        let low = self.low(value);
        let double = self.b.ins().fcvt_from_sint(F64, low);
        self.b.ins().jump(done, &[double.into()]);
        self.b.switch_to_block(is_double);
        let double = self.as_float(value);
        self.b.ins().jump(done, &[double.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    /// Lowers an operation on numbers; false where it is none.
    pub(super) fn number_op(&mut self, value: Value) -> bool {
        let op = self.graph.inst(value).op;
        let is = match op {
            Op::Const(word) => self.word(word),
            Op::Int(int) => self.b.ins().iconst(I32, i64::from(int as u32)),
            Op::Double(word) => self.b.ins().f64const(f64::from_bits(word)),
            Op::Bool(truth) => self.b.ins().iconst(I8, i64::from(truth)),
            Op::Box => {
                let arg = self.graph.inst(value).args[0];
                self.boxed(arg)
            }
            Op::GuardInt => {
                let arg = self.arg(value, 0);
                let int = self.has_tag(arg, bits::TAG_INT);
                self.leave_unless(value, int, "not an int32");
                self.low(arg)
            }
            Op::GuardNumber => self.guard_number(value),
            Op::GuardIsNumber => {
                let arg = self.arg(value, 0);
                let number = self.is_number(arg);
                self.leave_unless(value, number, "not a number");
                return true;
            }
            Op::DoubleToInt | Op::IntBelow(_) => {
                let mut arg = self.arg(value, 0);
                if let Op::IntBelow(cmp) = self.graph.inst(value).op {
                    let bound = self.arg(value, 1);
                    let last = self.b.ins().f64const(f64::from(i32::MAX));
                    let below = self.b.ins().fcmp(float_cc(cmp), arg, bound);
                    let high = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, bound, last);
                    let high = self.b.ins().band_not(high, below);
                    self.leave_if(value, high, "a bound above int32");
                    arg = self.b.ins().select(below, arg, last);
                }
                let int = self.b.ins().fcvt_to_sint_sat(I32, arg);
                let back = self.b.ins().fcvt_from_sint(F64, int);
                let (a, b) = (
                    self.b.ins().bitcast(I64, MemFlagsData::new(), arg),
                    self.b.ins().bitcast(I64, MemFlagsData::new(), back),
                );
                let same = self.b.ins().icmp(IntCC::Equal, a, b);
                self.leave_unless(value, same, "not an int32");
                int
            }
            Op::IntToDouble => {
                let arg = self.arg(value, 0);
                self.b.ins().fcvt_from_sint(F64, arg)
            }
            Op::Truncate => self.truncate(value),
            Op::ClampByte => self.clamp_byte(value),
            Op::Int2(op) => self.int2(value, op, true),
            Op::Int2Free(op) => self.int2(value, op, false),
            Op::UShrDouble => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                let b = self.b.ins().band_imm_u(b, 31);
                let shifted = self.b.ins().ushr(a, b);
                self.b.ins().fcvt_from_uint(F64, shifted)
            }
            Op::Double2(op) => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                let second = self.graph.inst(value).args[1];
                match op {
                    DoubleOp::Div if let Some(inverse) = self.exact_inverse(second) => {
                        let inverse = self.b.ins().f64const(inverse);
                        self.b.ins().fmul(a, inverse)
                    }
                    DoubleOp::Add => self.b.ins().fadd(a, b),
                    DoubleOp::Sub => self.b.ins().fsub(a, b),
                    DoubleOp::Mul => self.b.ins().fmul(a, b),
                    DoubleOp::Div => self.b.ins().fdiv(a, b),
                    DoubleOp::Mod => self.call(self.abi.fmod, &[a, b], Some(F64)),
                    DoubleOp::Pow => self.call(self.abi.pow, &[a, b], Some(F64)),
                }
            }
            Op::Math(op) => {
                let a = self.arg(value, 0);
                match op {
                    MathOp::Sqrt => self.b.ins().sqrt(a),
                    MathOp::Abs => self.b.ins().fabs(a),
                    MathOp::Floor => self.b.ins().floor(a),
                    MathOp::Ceil => self.b.ins().ceil(a),
                    MathOp::Trunc => self.b.ins().trunc(a),
                    MathOp::Neg => self.b.ins().fneg(a),
                    MathOp::Fround => {
                        let single = self.b.ins().fdemote(F32, a);
                        self.b.ins().fpromote(F64, single)
                    }
                    MathOp::Round => {
                        let floor = self.b.ins().floor(a);
                        let rest = self.b.ins().fsub(a, floor);
                        let half = self.b.ins().f64const(0.5);
                        let up = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, rest, half);
                        let one = self.b.ins().f64const(1.0);
                        let next = self.b.ins().fadd(floor, one);
                        let rounded = self.b.ins().select(up, next, floor);
                        self.b.ins().fcopysign(rounded, a)
                    }
                    MathOp::Function(number) => {
                        let function = FUNCTIONS[number as usize].1 as *const () as usize;
                        self.call(function, &[a], Some(F64))
                    }
                }
            }
            Op::CmpInt(cmp) => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                self.b.ins().icmp(int_cc(cmp), a, b)
            }
            Op::CmpDouble(cmp) => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                self.b.ins().fcmp(float_cc(cmp), a, b)
            }
            Op::MinMaxInt(greater) => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                if greater { self.b.ins().smax(a, b) } else { self.b.ins().smin(a, b) }
            }
            Op::MinMax(greater) => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                if greater { self.b.ins().fmax(a, b) } else { self.b.ins().fmin(a, b) }
            }
            Op::SameBits => {
                let (a, b) = (self.arg(value, 0), self.arg(value, 1));
                self.b.ins().icmp(IntCC::Equal, a, b)
            }
            Op::Not => {
                let a = self.arg(value, 0);
                self.b.ins().bxor_imm_u(a, 1)
            }
            Op::IsNullish => {
                let a = self.arg(value, 0);
                let pair = self.b.ins().band_imm_s(a, !1);
                self.b.ins().icmp_imm_s(IntCC::Equal, pair, bits::UNDEFINED as i64)
            }
            Op::IsWord(word) => {
                let arg = self.arg(value, 0);
                let word = self.word(word);
                self.b.ins().icmp(IntCC::Equal, arg, word)
            }
            Op::IsRaw(number) => {
                let a = self.arg(value, 0);
                self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::from(number))
            }
            Op::StrictEqual => self.equal(value, false),
            Op::LooseEqual => self.equal(value, true),
            _ => return false,
        };
        self.def(value, is);
        true
    }

    /// What a number can be multiplied by in place of dividing it by a constant, with the same result for all numbers:
    /// the inverse of a power of two, where both are normal.
    fn exact_inverse(&self, divisor: Value) -> Option<f64> {
        let inst = self.graph.inst(divisor);
        let divisor = match inst.op {
            Op::Double(word) => f64::from_bits(word),
            Op::IntToDouble => match self.graph.inst(inst.args[0]).op {
                Op::Int(int) => f64::from(int),
                _ => return None,
            },
            _ => return None,
        };
        let inverse = 1.0 / divisor;
        let mantissa = (1 << (f64::MANTISSA_DIGITS - 1)) - 1;
        (divisor.is_normal() && inverse.is_normal() && divisor.to_bits() & mantissa == 0).then_some(inverse)
    }

    fn clamp_byte(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        if self.graph.ty(self.graph.inst(value).args[0]) == Type::Int {
            let (none, most) = (self.b.ins().iconst(I32, 0), self.b.ins().iconst(I32, 255));
            let positive = self.b.ins().smax(arg, none);
            return self.b.ins().smin(positive, most);
        }
        let (none, most) = (self.b.ins().f64const(0.0), self.b.ins().f64const(255.0));
        // NaN is not above zero.
        let above = self.b.ins().fcmp(FloatCC::GreaterThan, arg, none);
        let positive = self.b.ins().select(above, arg, none);
        let below = self.b.ins().fcmp(FloatCC::LessThan, positive, most);
        let clamped = self.b.ins().select(below, positive, most);
        let integral = self.b.ins().nearest(clamped);
        self.b.ins().fcvt_to_sint_sat(I32, integral)
    }

    fn truncate(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        // What fits an int64 is that, modulo 2^32; the rest is rare.
        let wide = self.b.ins().fcvt_to_sint_sat(I64, arg);
        let low = self.b.ins().ireduce(I32, wide);
        let is_max = self.b.ins().icmp_imm_s(IntCC::Equal, wide, i64::MAX);
        let is_min = self.b.ins().icmp_imm_s(IntCC::Equal, wide, i64::MIN);
        let saturated = self.b.ins().bor(is_max, is_min);
        let (slow, done) = (self.cold(), self.warm());
        self.b.append_block_param(done, I32);
        self.b.ins().brif(saturated, slow, &[], done, &[low.into()]);
        self.b.switch_to_block(slow);
        let word = self.b.ins().bitcast(I64, MemFlagsData::new(), arg);
        let result = self.ask_aside(self.abi.to_int32, &[word]);
        let result = self.b.ins().ireduce(I32, result);
        self.b.ins().jump(done, &[result.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    fn int2(&mut self, value: Value, op: IntOp, checked: bool) -> ir::Value {
        let (a, b) = (self.arg(value, 0), self.arg(value, 1));
        match op {
            IntOp::Add | IntOp::Sub | IntOp::Mul => {
                if !checked {
                    return match op {
                        IntOp::Add => self.b.ins().iadd(a, b),
                        IntOp::Sub => self.b.ins().isub(a, b),
                        _ => self.b.ins().imul(a, b),
                    };
                }
                // Adding a constant overflows where the result is on the wrong side.
                let second = self.graph.inst(value).args[1];
                if let (IntOp::Add | IntOp::Sub, Op::Int(constant)) = (op, self.graph.inst(second).op)
                    && constant != i32::MIN
                {
                    let up = (constant >= 0) == (op == IntOp::Add);
                    let result =
                        if op == IntOp::Add { self.b.ins().iadd(a, b) } else { self.b.ins().isub(a, b) };
                    let wrong = if up { IntCC::SignedLessThan } else { IntCC::SignedGreaterThan };
                    let overflow = self.b.ins().icmp(wrong, result, a);
                    self.leave_if(value, overflow, "overflow");
                    return result;
                }
                let (result, overflow) = match op {
                    IntOp::Add => self.b.ins().sadd_overflow(a, b),
                    IntOp::Sub => self.b.ins().ssub_overflow(a, b),
                    _ => self.b.ins().smul_overflow(a, b),
                };
                self.leave_if(value, overflow, "overflow");
                if op == IntOp::Mul && !self.is_positive(value) {
                    let either = self.b.ins().bor(a, b);
                    let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, either, 0);
                    let zero = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
                    let minus_zero = self.b.ins().band(negative, zero);
                    self.leave_if(value, minus_zero, "-0");
                }
                result
            }
            IntOp::Mod if !checked => self.b.ins().urem(a, b),
            IntOp::Mod => {
                let second = self.graph.inst(value).args[1];
                let known = matches!(self.graph.inst(second).op, Op::Int(n) if n > 0);
                if !known {
                    let positive = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, b, 0);
                    self.leave_unless(value, positive, "a divisor that is not positive");
                }
                let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, a, 0);
                self.leave_if(value, negative, "a negative dividend");
                self.b.ins().urem(a, b)
            }
            IntOp::And => self.b.ins().band(a, b),
            IntOp::Or => self.b.ins().bor(a, b),
            IntOp::Xor => self.b.ins().bxor(a, b),
            IntOp::Shl | IntOp::Shr | IntOp::UShr => {
                let b = self.b.ins().band_imm_u(b, 31);
                match op {
                    IntOp::Shl => self.b.ins().ishl(a, b),
                    IntOp::Shr => self.b.ins().sshr(a, b),
                    _ => {
                        let result = self.b.ins().ushr(a, b);
                        if !checked {
                            return result;
                        }
                        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, result, 0);
                        self.leave_if(value, negative, "a result above int32");
                        result
                    }
                }
            }
        }
    }

    /// Whether a product has an operand that is a positive constant, and the other may only be 0 itself.
    fn is_positive(&self, value: Value) -> bool {
        // 0 times a positive number is 0, not -0; a negative number times it is not 0.
        self.graph.inst(value).args.iter().any(|&arg| matches!(self.graph.inst(arg).op, Op::Int(n) if n > 0))
    }

    /// Equality that the bits tell.
    fn equal(&mut self, value: Value, loose: bool) -> ir::Value {
        let (a, b) = (self.arg(value, 0), self.arg(value, 1));
        let done = self.warm();
        self.b.append_block_param(done, I8);
        let same = self.b.ins().icmp(IntCC::Equal, a, b);
        let (alike, differ) = (self.warm(), self.warm());
        self.b.ins().brif(same, alike, &[], differ, &[]);
        self.b.switch_to_block(alike);
        // Arithmetic gives the NaN of either sign.
        let sign = self.word(1 << 63);
        let magnitude = self.b.ins().band_not(a, sign);
        let yes = self.b.ins().icmp_imm_s(IntCC::NotEqual, magnitude, bits::NAN as i64);
        self.b.ins().jump(done, &[yes.into()]);
        self.b.switch_to_block(differ);
        let no = self.b.ins().iconst(I8, 0);
        if !loose {
            // The tags have TAG_INT in common where both are ints, and else only where they are two tags.
            let common = self.b.ins().band(a, b);
            let ints = self.has_tag(common, bits::TAG_INT);
            let others = self.warm();
            self.b.ins().brif(ints, done, &[no.into()], others, &[]);
            self.b.switch_to_block(others);
        }
        // Both are numbers.
        let (na, nb) = (self.is_number(a), self.is_number(b));
        let both = self.b.ins().band(na, nb);
        let (numbers, others) = (self.warm(), self.warm());
        self.b.ins().brif(both, numbers, &[], others, &[]);
        self.b.switch_to_block(numbers);
        let (x, y) = (self.number_of(a), self.number_of(b));
        let equal = self.b.ins().fcmp(FloatCC::Equal, x, y);
        self.b.ins().jump(done, &[equal.into()]);
        self.b.switch_to_block(others);
        if loose {
            // Two different objects are not equal; all else takes more.
            let (oa, ob) = (self.has_tag(a, bits::TAG_OBJECT), self.has_tag(b, bits::TAG_OBJECT));
            let objects = self.b.ins().band(oa, ob);
            self.leave_unless(value, objects, "values of other kinds");
            self.b.ins().jump(done, &[no.into()]);
        } else {
            let simple = [a, b].map(|value| {
                let tag = self.tag(value);
                let from = self.b.ins().iadd_imm_s(tag, -(bits::TAG_SPECIAL as i64));
                // Special and object are neighbours.
                self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, from, 1)
            });
            let told = self.b.ins().bor(simple[0], simple[1]);
            let tags = [a, b].map(|value| self.tag(value));
            let kinds = self.b.ins().icmp(IntCC::NotEqual, tags[0], tags[1]);
            let told = self.b.ins().bor(told, kinds);
            let strings = self.warm();
            self.b.ins().brif(told, done, &[no.into()], strings, &[]);
            self.b.switch_to_block(strings);
            // Two atoms are equal only where they are the same.
            let atoms = self.both_atoms(a, b);
            let strings = self.warm();
            self.b.ins().brif(atoms, done, &[no.into()], strings, &[]);
            self.b.switch_to_block(strings);
            let answer = self.ask(self.abi.strict_equal, &[a, b], I64);
            let known = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, answer, 2);
            self.leave_unless(value, known, "strings in pieces");
            let answer = self.b.ins().ireduce(I8, answer);
            self.b.ins().jump(done, &[answer.into()]);
        }
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }
}
