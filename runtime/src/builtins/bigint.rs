//! BigInt (21.2).

use num_bigint::{BigInt as Big, Sign};

use super::table::*;
use crate::base::exit::Hint;
use crate::base::{limits, locale, num};
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %BigInt%
pub const BIGINT_CLASS: Class =
    Class::new("BigInt", 1, Intrinsic::BigInt, Intrinsic::BigIntPrototype, by_native(construct));

/// Properties of %BigInt%.
pub const BIGINT: Group =
    Group { on: Intrinsic::BigInt, rows: &[native("asUintN", 2, as_uint_n), native("asIntN", 2, as_int_n)] };

/// Properties of %BigInt.prototype%.
pub const BIGINT_PROTOTYPE: Group = Group {
    on: Intrinsic::BigIntPrototype,
    rows: &[
        native("toLocaleString", 0, to_locale_string),
        native("toString", 0, to_string),
        native("valueOf", 0, value_of),
        tag("BigInt"),
    ],
};

/// BigInt
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.is_construct(cx) {
        return Err(cx.type_error("BigInt is not a constructor"));
    }
    let value = args.primitive(cx, 0, Hint::Number)?;
    if let Some(number) = value.value(cx).as_number() {
        if !number.is_finite() || number.trunc() != number {
            let shown = num::to_string(number);
            let message =
                format!("The number {shown} cannot be converted to a BigInt because it is not an integer");
            return Err(cx.range_error(&message));
        }
        return Ok(cx.bigint(&crate::semantics::compare::big_of(number))?.any());
    }
    if value.value(cx).is_bigint() {
        return Ok(value);
    }
    let big = cx.primitive_to_bigint(value)?;
    Ok(cx.bigint(&big)?.any())
}

const BAD_BITS: &str = "Invalid value: not (convertible to) a safe integer";

fn bits_and_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, (u64, Big)> {
    let bits = cx.index_argument(args, 0, BAD_BITS)? as u64;
    let value = args.primitive(cx, 1, Hint::Number)?;
    Ok((bits, cx.primitive_to_bigint(value)?))
}

/// BigInt.asUintN
fn as_uint_n<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (bits, value) = bits_and_value(cx, args)?;
    if value.sign() != Sign::Minus && value.bits() <= bits {
        return Ok(cx.bigint(&value)?.any());
    }
    if value.sign() == Sign::Minus && bits > limits::BIGINT_BITS as u64 {
        return Err(cx.range_error("Maximum BigInt size exceeded"));
    }
    let result = low_bits(cx, &value, bits)?;
    Ok(cx.bigint(&result)?.any())
}

/// BigInt.asIntN
fn as_int_n<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (bits, value) = bits_and_value(cx, args)?;
    if bits == 0 {
        return Ok(cx.bigint(&Big::default())?.any());
    }
    if value.bits() < bits {
        return Ok(cx.bigint(&value)?.any());
    }
    let low = low_bits(cx, &value, bits)?;
    let result = if low.bit(bits - 1) { low - (Big::from(1) << bits) } else { low };
    Ok(cx.bigint(&result)?.any())
}

/// A value modulo 2 to the power of `bits`, which the caller has bounded by the value's own size or the limit.
fn low_bits(cx: &mut Cx<'_>, value: &Big, bits: u64) -> JsResult<'static, Big> {
    cx.vm.spend((bits + value.bits()) / 4096)?;
    let modulus = Big::from(1) << bits;
    let mask = modulus - 1;
    Ok(value & mask)
}

fn this_bigint<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Local<'s>> {
    if args.this().value(cx).is_bigint() {
        return Ok(args.this());
    }
    match cx.wrapped(args.this()) {
        Some(primitive) if primitive.value(cx).is_bigint() => Ok(primitive),
        _ => Err(cx.type_error(&format!("BigInt.prototype.{method} requires that 'this' be a BigInt"))),
    }
}

fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = this_bigint(cx, args, "toString")?;
    let radix = if args.get(cx, 0).value(cx).is_undefined() { 10.0 } else { args.integer(cx, 0)? };
    if !(2.0..=36.0).contains(&radix) {
        return Err(cx.range_error("toString() radix must be between 2 and 36"));
    }
    Ok(cx.bigint_string(value, radix as u32)?.any())
}

fn to_locale_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = this_bigint(cx, args, "toLocaleString")?;
    let digits = cx.bigint_string(value, 10)?;
    let digits = cx.text(digits)?;
    cx.text_value(&locale::bigint(&digits))
}

fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    this_bigint(cx, args, "valueOf")
}

/// The double nearest to an integer of 64-bit digits times 2 to the power of `exponent`, ties to even. The exponent is
/// at least -1074.
pub fn to_f64(negative: bool, digits: &[u64], exponent: i64) -> f64 {
    let used = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    let digits = &digits[..used];
    let Some(&top) = digits.last() else { return if negative { -0.0 } else { 0.0 } };
    let bits = 64 * used as i64 - i64::from(top.leading_zeros());
    let shift = (bits - 53).max(0);
    let bit = |at: i64| digits[(at / 64) as usize] >> (at % 64) & 1;
    let mut mantissa = 0u64;
    for at in (shift..bits).rev() {
        mantissa = mantissa << 1 | bit(at);
    }
    if shift > 0 && bit(shift - 1) == 1 {
        let below = (0..shift - 1).any(|at| bit(at) == 1);
        mantissa += u64::from(below || mantissa & 1 == 1);
    }
    let scale = shift + exponent;
    let value = if scale > 1024 {
        f64::INFINITY
    } else if scale >= -1022 {
        // Two steps, since the power alone may be too large.
        mantissa as f64 * 2f64.powi((scale / 2) as i32) * 2f64.powi((scale - scale / 2) as i32)
    } else {
        mantissa as f64 * f64::from_bits(1) * 2f64.powi((scale + 1074) as i32)
    };
    if negative { -value } else { value }
}
