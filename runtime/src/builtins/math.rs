//! Math (21.3).

use super::table::*;
use crate::base::{math, num};
use crate::heap::Cx;
use crate::heap::cells::*;
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::typed::{from_half, to_half};
use crate::semantics::operators::power;
use crate::semantics::{Args, JsResult};

macro_rules! functions {
    ($($name:ident)*) => {
        $(fn $name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
            let x = args.number(cx, 0)?;
            Ok(cx.number(math::$name(x)))
        })*
    };
}

functions! {
    abs acos acosh asin asinh atan atanh cbrt ceil clz32 cos cosh exp expm1 floor fround log log10 log1p log2
    round sign sin sinh sqrt tan tanh trunc
}

fn f16round<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let x = args.number(cx, 0)?;
    Ok(cx.number(from_half(to_half(x))))
}

/// Properties of %Math%.
pub const MATH: Group = Group {
    on: Intrinsic::Math,
    rows: &[
        native("abs", 1, abs),
        native("acos", 1, acos),
        native("acosh", 1, acosh),
        native("asin", 1, asin),
        native("asinh", 1, asinh),
        native("atan", 1, atan),
        native("atanh", 1, atanh),
        native("atan2", 2, atan2),
        native("ceil", 1, ceil),
        native("cbrt", 1, cbrt),
        native("expm1", 1, expm1),
        native("clz32", 1, clz32),
        native("cos", 1, cos),
        native("cosh", 1, cosh),
        native("exp", 1, exp),
        native("floor", 1, floor),
        native("fround", 1, fround),
        native("f16round", 1, f16round),
        native("hypot", 2, hypot),
        native("imul", 2, imul),
        native("log", 1, log),
        native("log1p", 1, log1p),
        native("log2", 1, log2),
        native("log10", 1, log10),
        native("max", 2, max),
        native("min", 2, min),
        native("pow", 2, pow),
        native("random", 0, random),
        native("round", 1, round),
        native("sign", 1, sign),
        native("sin", 1, sin),
        native("sinh", 1, sinh),
        native("sqrt", 1, sqrt),
        library("sumPrecise", 1, lib::mathSumPrecise),
        native("tan", 1, tan),
        native("tanh", 1, tanh),
        native("trunc", 1, trunc),
        number("E", std::f64::consts::E),
        number("LN10", std::f64::consts::LN_10),
        number("LN2", std::f64::consts::LN_2),
        number("LOG10E", std::f64::consts::LOG10_E),
        number("LOG2E", std::f64::consts::LOG2_E),
        number("PI", std::f64::consts::PI),
        number("SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
        number("SQRT2", std::f64::consts::SQRT_2),
        tag("Math"),
    ],
};

/// Math.atan2
fn atan2<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (y, x) = (args.number(cx, 0)?, args.number(cx, 1)?);
    Ok(cx.number(y.atan2(x)))
}

/// Math.pow
fn pow<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (base, exponent) = (args.number(cx, 0)?, args.number(cx, 1)?);
    Ok(cx.number(power(base, exponent)))
}

/// Math.imul
fn imul<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (a, b) = (args.number(cx, 0)?, args.number(cx, 1)?);
    Ok(cx.number(f64::from(num::to_int32(a).wrapping_mul(num::to_int32(b)))))
}

/// Folds all arguments, converted to numbers.
fn fold<'s>(cx: &mut Cx<'s>, args: Args<'s>, first: f64, f: fn(f64, f64) -> f64) -> JsResult<'s> {
    cx.vm.spend(args.count() as u64 / 16)?;
    let mut result = first;
    for i in 0..args.count() {
        result = f(result, args.number(cx, i)?);
    }
    Ok(cx.number(result))
}

/// Math.max
fn max<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    fold(cx, args, f64::NEG_INFINITY, |a, b| match () {
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a > b || (a == b && b.is_sign_negative()) => a,
        () => b,
    })
}

/// Math.min
fn min<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    fold(cx, args, f64::INFINITY, |a, b| match () {
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a < b || (a == b && a.is_sign_negative()) => a,
        () => b,
    })
}

/// Math.hypot
fn hypot<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    cx.vm.spend(args.count() as u64 / 8)?;
    let (mut largest, mut nan) = (0.0f64, false);
    for i in 0..args.count() {
        let number = args.number(cx, i)?.abs();
        nan |= number.is_nan();
        largest = largest.max(number);
    }
    if largest.is_infinite() || nan || largest == 0.0 {
        return Ok(cx.number(if largest.is_infinite() {
            largest
        } else if nan {
            f64::NAN
        } else {
            0.0
        }));
    }
    if args.count() == 2 {
        let (a, b) = (args.number(cx, 0)?, args.number(cx, 1)?);
        return Ok(cx.number(a.hypot(b)));
    }
    // Scaled against overflow, summed with Kahan's compensation.
    let (mut sum, mut compensation) = (0.0, 0.0);
    for i in 0..args.count() {
        let scaled = args.number(cx, i)? / largest;
        let summand = scaled * scaled - compensation;
        let next = sum + summand;
        compensation = (next - sum) - summand;
        sum = next;
    }
    Ok(cx.number(sum.sqrt() * largest))
}

/// Math.random
fn random<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let [mut s1, s0] = cx.vm.random;
    let first = s0;
    s1 ^= s1 << 23;
    s1 ^= s1 >> 17;
    s1 ^= s0;
    s1 ^= s0 >> 26;
    cx.vm.random = [s0, s1];
    Ok(cx.number((first >> 11) as f64 / (1u64 << 53) as f64))
}

/// %sumPrecise%: the exact sum of an array of numbers, rounded once (21.3.2.33).
pub fn sum_precise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else { return Err(cx.bug("sumPrecise of no array")) };
    let count = array.get(cx).length();
    cx.vm.spend(u64::from(count) / 16)?;
    let object: crate::heap::Local<'_, Object> = array.into();
    let mut sum = ExactSum::new();
    for i in 0..count {
        let number = object.get(cx).element(cx, i).and_then(|element| element.value.as_number());
        sum.add(number.unwrap_or(f64::NAN));
    }
    let result = sum.value();
    Ok(cx.number(result))
}

/// Mantissas by exponent: no addition loses anything.
struct ExactSum {
    buckets: Vec<i128>,
    special: f64,
    has_special: bool,
    only_minus_zero: bool,
}

impl ExactSum {
    fn new() -> ExactSum {
        ExactSum { buckets: vec![0; 2048], special: 0.0, has_special: false, only_minus_zero: true }
    }

    fn add(&mut self, number: f64) {
        self.only_minus_zero &= number == 0.0 && number.is_sign_negative();
        if !number.is_finite() {
            self.special += number;
            self.has_special = true;
            return;
        }
        let bits = number.to_bits();
        let exponent = (bits >> 52 & 0x7FF) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        let signed = if number < 0.0 { -i128::from(mantissa) } else { i128::from(mantissa) };
        self.buckets[exponent.max(1)] += signed;
    }

    fn value(&self) -> f64 {
        if self.has_special {
            return self.special;
        }
        if self.only_minus_zero {
            return -0.0;
        }
        let mut total = num_bigint::BigInt::default();
        for (exponent, &bucket) in self.buckets.iter().enumerate() {
            if bucket != 0 {
                total += num_bigint::BigInt::from(bucket) << (exponent - 1);
            }
        }
        if total == num_bigint::BigInt::default() {
            return 0.0;
        }
        let digits: Vec<u64> = total.iter_u64_digits().collect();
        super::bigint::to_f64(total.sign() == num_bigint::Sign::Minus, &digits, -1074)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_rounded_once() {
        let sum = |numbers: &[f64]| {
            let mut sum = ExactSum::new();
            numbers.iter().for_each(|&n| sum.add(n));
            sum.value()
        };
        assert_eq!(sum(&[1e308, 1e308, 0.1, 0.1, 1e30, 0.1, -1e30, -1e308, -1e308]), 0.30000000000000004);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
        assert!(sum(&[]).is_sign_negative());
    }
}
