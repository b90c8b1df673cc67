//! Number (21.1): digits come from std's exact formatting, with ties rounded up as ECMA-262 has it.

use super::table::*;
use crate::base::exit::Hint;
use crate::base::{locale, num};
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %Number%
pub const NUMBER_CLASS: Class =
    Class::new("Number", 1, Intrinsic::Number, Intrinsic::NumberPrototype, by_native(construct))
        .prototype_kind(kind::Wrapper);

/// Properties of %Number%.
pub const NUMBER: Group = Group {
    on: Intrinsic::Number,
    rows: &[
        native("isFinite", 1, is_finite),
        native("isInteger", 1, is_integer),
        native("isNaN", 1, is_nan),
        native("isSafeInteger", 1, is_safe_integer),
        object("parseFloat", Intrinsic::ParseFloat),
        object("parseInt", Intrinsic::ParseInt),
        number("MAX_VALUE", f64::MAX),
        number("MIN_VALUE", 5e-324),
        number("NaN", f64::NAN),
        number("NEGATIVE_INFINITY", f64::NEG_INFINITY),
        number("POSITIVE_INFINITY", f64::INFINITY),
        number("MAX_SAFE_INTEGER", num::MAX_SAFE_INTEGER),
        number("MIN_SAFE_INTEGER", -num::MAX_SAFE_INTEGER),
        number("EPSILON", f64::EPSILON),
    ],
};

/// Properties of %Number.prototype%.
pub const NUMBER_PROTOTYPE: Group = Group {
    on: Intrinsic::NumberPrototype,
    rows: &[
        native("toExponential", 1, to_exponential),
        native("toFixed", 1, to_fixed),
        native("toPrecision", 1, to_precision),
        native("toString", 1, to_string),
        native("valueOf", 0, value_of),
        native("toLocaleString", 0, to_locale_string),
    ],
};

/// Number
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = if args.has(0) {
        let value = args.primitive(cx, 0, Hint::Number)?;
        match value.value(cx).cast::<BigInt>(cx) {
            Some(big) => {
                super::bigint::to_f64(big.to_big().sign() == num_bigint::Sign::Minus, big.digits(), 0)
            }
            None => cx.primitive_to_number(value)?,
        }
    } else {
        0.0
    };
    let number = cx.number(number);
    if !args.is_construct(cx) {
        return Ok(number);
    }
    let proto = cx.prototype_for(args, Intrinsic::NumberPrototype)?;
    Ok(cx.new_wrapper(number, proto)?.any())
}

/// ThisNumberValue (21.1.3).
fn this_number(cx: &mut Cx<'_>, args: Args<'_>, method: &str) -> JsResult<'static, f64> {
    let this = args.this().value(cx);
    if let Some(number) = this.as_number() {
        return Ok(number);
    }
    if let Some(number) = this.cast::<Wrapper>(cx).and_then(|wrapper| wrapper.primitive().as_number()) {
        return Ok(number);
    }
    Err(cx.type_error(&format!("Number.prototype.{method} requires that 'this' be a Number")))
}

fn is_finite<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_number();
    Ok(cx.boolean(number.is_some_and(f64::is_finite)))
}

fn is_integer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_number();
    Ok(cx.boolean(number.is_some_and(|n| n.is_finite() && n.trunc() == n)))
}

fn is_nan<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_number();
    Ok(cx.boolean(number.is_some_and(f64::is_nan)))
}

fn is_safe_integer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_number();
    Ok(cx.boolean(number.is_some_and(|n| n.trunc() == n && n.abs() <= num::MAX_SAFE_INTEGER)))
}

/// Number.prototype.toString
fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "toString")?;
    let radix = if args.get(cx, 0).value(cx).is_undefined() { 10.0 } else { args.integer(cx, 0)? };
    if !(2.0..=36.0).contains(&radix) {
        return Err(cx.range_error("toString() radix must be between 2 and 36"));
    }
    if radix == 10.0 {
        return Ok(cx.number_string(number)?.any());
    }
    cx.text_value(&num::to_radix_string(number, radix as u32))
}

/// Number.prototype.toLocaleString
fn to_locale_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "toLocaleString")?;
    cx.text_value(&locale::number(number))
}

/// Number.prototype.valueOf
fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "valueOf")?;
    Ok(cx.number(number))
}

/// Number.prototype.toFixed
fn to_fixed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "toFixed")?;
    let digits = args.integer(cx, 0)?;
    if !(0.0..=100.0).contains(&digits) {
        return Err(cx.range_error("toFixed() digits argument must be between 0 and 100"));
    }
    if !number.is_finite() || number.abs() >= 1e21 {
        return Ok(cx.number_string(number)?.any());
    }
    let text = fixed(number.abs(), digits as usize);
    signed(cx, number < 0.0, &text)
}

fn signed<'s>(cx: &mut Cx<'s>, negative: bool, text: &str) -> JsResult<'s> {
    if negative { cx.text_value(&format!("-{text}")) } else { cx.text_value(text) }
}

/// Number.prototype.toExponential
fn to_exponential<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "toExponential")?;
    let shortest = args.get(cx, 0).value(cx).is_undefined();
    let digits = args.integer(cx, 0)?;
    if !number.is_finite() {
        return Ok(cx.number_string(number)?.any());
    }
    if !(0.0..=100.0).contains(&digits) {
        return Err(cx.range_error("toExponential() argument must be between 0 and 100"));
    }
    let (digits, exponent) = if shortest {
        split_exponent(&format!("{:e}", number.abs()))
    } else {
        exponential(number.abs(), digits as usize)
    };
    signed(cx, number < 0.0, &exponent_form(&digits, exponent))
}

/// Number.prototype.toPrecision
fn to_precision<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = this_number(cx, args, "toPrecision")?;
    if args.get(cx, 0).value(cx).is_undefined() {
        return Ok(cx.number_string(number)?.any());
    }
    let precision = args.integer(cx, 0)?;
    if !number.is_finite() {
        return Ok(cx.number_string(number)?.any());
    }
    if !(1.0..=100.0).contains(&precision) {
        return Err(cx.range_error("toPrecision() argument must be between 1 and 100"));
    }
    let precision = precision as i32;
    let (digits, exponent) = exponential(number.abs(), precision as usize - 1);
    let text = if exponent < -6 || exponent >= precision {
        exponent_form(&digits, exponent)
    } else if exponent == precision - 1 {
        digits
    } else if exponent >= 0 {
        let (whole, fraction) = digits.split_at(exponent as usize + 1);
        format!("{whole}.{fraction}")
    } else {
        format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize))
    };
    signed(cx, number < 0.0, &text)
}

fn exponent_form(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { "-" } else { "+" };
    format!("{first}{point}{rest}e{sign}{}", exponent.abs())
}

/// Digits and exponent of std's exponent form.
fn split_exponent(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// A number's first digits, `digits` of them behind the first one, and its exponent; ties are rounded up.
fn exponential(number: f64, digits: usize) -> (String, i32) {
    let rounded = split_exponent(&format!("{number:.digits$e}"));
    let (probe, _) = split_exponent(&format!("{number:.*e}", digits + 1));
    if !probe.ends_with('5') {
        return rounded;
    }
    // A double has at most 767 significant digits: these are all of them.
    let (exact, exponent) = split_exponent(&format!("{number:.780e}"));
    let (kept, rest) = exact.split_at(digits + 2);
    if !kept.ends_with('5') || rest.bytes().any(|digit| digit != b'0') {
        return rounded;
    }
    let mut kept = kept.as_bytes()[..digits + 1].to_vec();
    let mut exponent = exponent;
    if increment(&mut kept) {
        kept.insert(0, b'1');
        kept.pop();
        exponent += 1;
    }
    (String::from_utf8(kept).unwrap_or_default(), exponent)
}

/// A number with `digits` digits behind the point; ties are rounded up.
fn fixed(number: f64, digits: usize) -> String {
    let probe = format!("{number:.*}", digits + 1);
    if probe.ends_with('5') {
        // A double has at most 1074 digits behind the point.
        let exact = format!("{number:.1080}");
        let (kept, rest) = exact.split_at(probe.len());
        if kept.ends_with('5') && rest.bytes().all(|digit| digit == b'0') {
            let mut kept = kept.as_bytes()[..probe.len() - 1].to_vec();
            if kept.last() == Some(&b'.') {
                kept.pop();
            }
            if increment(&mut kept) {
                kept.insert(0, b'1');
            }
            return String::from_utf8(kept).unwrap_or_default();
        }
    }
    format!("{number:.digits$}")
}

/// Adds one in the last place of decimal digits; true where a digit is carried out.
fn increment(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        match *digit {
            b'.' => {}
            b'9' => *digit = b'0',
            _ => {
                *digit += 1;
                return false;
            }
        }
    }
    true
}

impl<'s> Cx<'s> {
    /// ToIndex (7.1.22) of a primitive argument.
    pub fn index_argument(&mut self, args: Args<'s>, index: usize, message: &str) -> JsResult<'s, f64> {
        let number = args.integer(self, index)?;
        if !(0.0..=num::MAX_SAFE_INTEGER).contains(&number) {
            return Err(self.range_error(message));
        }
        Ok(number)
    }

    /// The primitive that a wrapper object holds.
    pub fn wrapped(&self, value: Local<'_>) -> Option<Local<'s>> {
        value.value(self).cast::<Wrapper>(self).map(|wrapper| wrapper.primitive().root(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_rounded_up() {
        assert_eq!(fixed(0.5, 0), "1");
        assert_eq!(fixed(2.5, 0), "3");
        assert_eq!(fixed(9.5, 0), "10");
        assert_eq!(fixed(1.005, 2), "1.00");
        assert_eq!(fixed(1.45, 1), "1.4");
        assert_eq!(fixed(0.125, 2), "0.13");
        assert_eq!(exponential(25.0, 0), ("3".into(), 1));
        assert_eq!(exponential(95.0, 0), ("1".into(), 2));
        assert_eq!(exponential(0.15, 0), ("1".into(), -1));
    }
}
