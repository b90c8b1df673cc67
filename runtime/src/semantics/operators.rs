//! Arithmetic and bitwise operators (13.15.3, 6.1.6).

use num_bigint::BigInt as Big;
use tvm_bytecode::data::ErrorKind;

use super::args::JsResult;
use crate::base::exit::Hint;
use crate::base::{limits, num};
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;

/// A binary operator other than `+`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Binary {
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    UShr,
}

impl Binary {
    fn library(self) -> u32 {
        match self {
            Binary::Sub => lib::opSub,
            Binary::Mul => lib::opMul,
            Binary::Div => lib::opDiv,
            Binary::Mod => lib::opMod,
            Binary::Exp => lib::opExp,
            Binary::BitAnd => lib::opBitAnd,
            Binary::BitOr => lib::opBitOr,
            Binary::BitXor => lib::opBitXor,
            Binary::Shl => lib::opShl,
            Binary::Shr => lib::opShr,
            Binary::UShr => lib::opUShr,
        }
    }

    /// The operation on numbers.
    pub fn apply(self, a: f64, b: f64) -> f64 {
        let shift = || num::to_uint32(b) & 31;
        match self {
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Mod => remainder(a, b),
            Binary::Exp => power(a, b),
            Binary::BitAnd => f64::from(num::to_int32(a) & num::to_int32(b)),
            Binary::BitOr => f64::from(num::to_int32(a) | num::to_int32(b)),
            Binary::BitXor => f64::from(num::to_int32(a) ^ num::to_int32(b)),
            Binary::Shl => f64::from(num::to_int32(a) << shift()),
            Binary::Shr => f64::from(num::to_int32(a) >> shift()),
            Binary::UShr => f64::from(num::to_uint32(a) >> shift()),
        }
    }
}

/// Number::remainder (6.1.6.1.6).
#[inline]
pub fn remainder(a: f64, b: f64) -> f64 {
    a % b
}

/// Number::exponentiate (6.1.6.1.3): unlike C's pow, 1 to the power of infinity or NaN is NaN.
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    base.powf(exponent)
}

impl<'s> Cx<'s> {
    /// `left + right` (13.15.3), whose result is the caller's own.
    pub fn op_add(&mut self, left: Local<'s>, right: Local<'s>) -> JsResult<'s> {
        let (a, b) = (left.value(self), right.value(self));
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(self.number(a + b));
        }
        if let (Some(a), Some(b)) = (left.cast::<Str>(self), right.cast::<Str>(self)) {
            return Ok(self.concat(a, b)?.any());
        }
        if a.is_object() || b.is_object() {
            return Err(self.call_library(lib::opAdd, &[left, right]));
        }
        if a.is_string() || b.is_string() {
            let (a, b) = (self.to_string_primitive(left)?, self.to_string_primitive(right)?);
            return Ok(self.concat(a, b)?.any());
        }
        if let (Some(a), Some(b)) = (a.cast::<BigInt>(self), b.cast::<BigInt>(self)) {
            let sum = a.to_big() + b.to_big();
            return Ok(self.bigint(&sum)?.any());
        }
        self.mixed(left, right)?;
        let (a, b) = (self.primitive_to_number(left)?, self.primitive_to_number(right)?);
        Ok(self.number(a + b))
    }

    /// A binary operation on any values, whose result is the caller's own.
    pub fn op_binary(&mut self, op: Binary, left: Local<'s>, right: Local<'s>) -> JsResult<'s> {
        let (a, b) = (left.value(self), right.value(self));
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(self.number(op.apply(a, b)));
        }
        if a.is_object() || b.is_object() {
            return Err(self.call_library(op.library(), &[left, right]));
        }
        if let (Some(a), Some(b)) = (a.cast::<BigInt>(self), b.cast::<BigInt>(self)) {
            let (a, b) = (a.to_big(), b.to_big());
            return self.bigint_binary(op, &a, &b);
        }
        self.mixed(left, right)?;
        let a = self.primitive_to_number(left)?;
        let b = self.primitive_to_number(right)?;
        Ok(self.number(op.apply(a, b)))
    }

    /// A BigInt with another primitive is an error, after a symbol is.
    fn mixed(&mut self, left: Local<'_>, right: Local<'_>) -> JsResult<'s, ()> {
        let (a, b) = (left.value(self), right.value(self));
        if (a.is_bigint() || b.is_bigint()) && !a.is_symbol() && !b.is_symbol() {
            return Err(self.type_error("Cannot mix BigInt and other types, use explicit conversions"));
        }
        Ok(())
    }

    fn bigint_binary(&mut self, op: Binary, a: &Big, b: &Big) -> JsResult<'s> {
        let size = a.bits().max(b.bits()) / 64;
        let work = match op {
            Binary::Mul | Binary::Div | Binary::Mod => (a.bits() / 64 + 1) * (b.bits() / 64 + 1) / 64,
            _ => size / 64,
        };
        self.vm.spend(work)?;
        let zero = Big::default();
        let result = match op {
            Binary::Sub => a - b,
            Binary::Mul => {
                if a.bits() + b.bits() > limits::BIGINT_BITS as u64 + 1 {
                    return Err(self.bigint_too_large());
                }
                a * b
            }
            Binary::Div | Binary::Mod if *b == zero => return Err(self.range_error("Division by zero")),
            Binary::Div => a / b,
            Binary::Mod => a % b,
            Binary::Exp => return self.bigint_power(a, b),
            Binary::BitAnd => a & b,
            Binary::BitOr => a | b,
            Binary::BitXor => a ^ b,
            Binary::Shl => return self.bigint_shift(a, b, true),
            Binary::Shr => return self.bigint_shift(a, b, false),
            Binary::UShr => {
                return Err(self.type_error("BigInts have no unsigned right shift, use >> instead"));
            }
        };
        Ok(self.bigint(&result)?.any())
    }

    fn bigint_too_large(&mut self) -> crate::base::exit::Exit {
        self.throw(ErrorKind::RangeError, "Maximum BigInt size exceeded")
    }

    fn bigint_power(&mut self, base: &Big, exponent: &Big) -> JsResult<'s> {
        if exponent.sign() == num_bigint::Sign::Minus {
            return Err(self.range_error("Exponent must be non-negative"));
        }
        let trivial = base.bits() <= 1;
        let Ok(exponent) = u32::try_from(exponent) else {
            if trivial {
                let odd = exponent.bit(0);
                let result =
                    if base.sign() == num_bigint::Sign::Minus && !odd { -base } else { base.clone() };
                return Ok(self.bigint(&result)?.any());
            }
            return Err(self.bigint_too_large());
        };
        if !trivial && (base.bits() - 1) * u64::from(exponent) > limits::BIGINT_BITS as u64 {
            return Err(self.bigint_too_large());
        }
        let words = base.bits() * u64::from(exponent) / 64;
        self.vm.spend(words * (words / 64 + 1) / 64)?;
        let result = base.pow(exponent);
        Ok(self.bigint(&result)?.any())
    }

    fn bigint_shift(&mut self, value: &Big, by: &Big, left: bool) -> JsResult<'s> {
        let left = left != (by.sign() == num_bigint::Sign::Minus);
        let amount = u64::try_from(by.magnitude()).unwrap_or(u64::MAX);
        let result = if left {
            if *value == Big::default() {
                value.clone()
            } else if amount.saturating_add(value.bits()) > limits::BIGINT_BITS as u64 {
                return Err(self.bigint_too_large());
            } else {
                value << amount
            }
        } else if amount >= value.bits() {
            if value.sign() == num_bigint::Sign::Minus { Big::from(-1) } else { Big::default() }
        } else {
            value >> amount
        };
        Ok(self.bigint(&result)?.any())
    }

    /// `-value`, `~value`, `value + 1` or `value - 1` of a numeric, whose result is the caller's own.
    pub fn op_unary(&mut self, op: Unary, value: Local<'s>) -> JsResult<'s> {
        let v = value.value(self);
        if v.is_object() {
            return Err(self.call_library(op.library(), &[value]));
        }
        if let Some(big) = v.cast::<BigInt>(self) {
            let big = big.to_big();
            let result = match op {
                Unary::Neg => -big,
                Unary::BitNot => !big,
                Unary::Inc => big + 1,
                Unary::Dec => big - 1,
            };
            return Ok(self.bigint(&result)?.any());
        }
        let number = self.primitive_to_number(value)?;
        Ok(self.number(match op {
            Unary::Neg => -number,
            Unary::BitNot => f64::from(!num::to_int32(number)),
            Unary::Inc => number + 1.0,
            Unary::Dec => number - 1.0,
        }))
    }

    /// An object converted for a native function: a convenience for library code.
    pub fn hint_value(&self, hint: Hint) -> Local<'s> {
        self.local(crate::heap::Value::int(hint as i32))
    }
}

/// A unary operator on a numeric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Unary {
    Neg,
    BitNot,
    Inc,
    Dec,
}

impl Unary {
    fn library(self) -> u32 {
        match self {
            Unary::Neg => lib::opNeg,
            Unary::BitNot => lib::opBitNot,
            Unary::Inc => lib::opInc,
            Unary::Dec => lib::opDec,
        }
    }
}
