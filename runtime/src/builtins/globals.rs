//! Function properties of the global object (19.2) and their annex B kin.

use tvm_bytecode::data::ErrorKind;

use super::table::*;
use crate::base::{limits, num};
use crate::heap::cells::Str;
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// `undefined`, as a property of the global object.
const UNDEFINED: Row = Row { name: "undefined", what: What::Undefined, attributes: 0, intrinsic: None };

/// Functions of the global object.
pub const GLOBALS: Group = Group {
    on: Intrinsic::Global,
    rows: &[
        UNDEFINED,
        number("NaN", f64::NAN),
        number("Infinity", f64::INFINITY),
        native("parseFloat", 1, parse_float).named(Intrinsic::ParseFloat),
        native("parseInt", 2, parse_int).named(Intrinsic::ParseInt),
        native("isFinite", 1, is_finite),
        native("isNaN", 1, is_nan),
        native("decodeURI", 1, decode_uri),
        native("decodeURIComponent", 1, decode_uri_component),
        native("encodeURI", 1, encode_uri),
        native("encodeURIComponent", 1, encode_uri_component),
        native("escape", 1, escape),
        native("unescape", 1, unescape),
    ],
};

/// The ASCII text that a string begins with behind white space.
fn ascii_prefix(cx: &mut Cx<'_>, string: Local<'_, Str>) -> JsResult<'static, Vec<u8>> {
    cx.spend_on(string, 64)?;
    let chars = string.get(cx).chars(cx);
    let units = chars.iter().skip_while(|&unit| num::is_space_unit(unit));
    Ok(units.map_while(|unit| u8::try_from(unit).ok().filter(u8::is_ascii)).collect())
}

/// parseFloat
fn parse_float<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let text = ascii_prefix(cx, string)?;
    let negative = text.first() == Some(&b'-');
    let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(&text);
    if unsigned.starts_with(b"Infinity") {
        return Ok(cx.number(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    let length = num::decimal_prefix(&text);
    let number = std::str::from_utf8(&text[..length]).ok().and_then(|text| text.parse().ok());
    Ok(cx.number(number.unwrap_or(f64::NAN)))
}

/// parseInt
fn parse_int<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0).value(cx);
    if let Some(int) = value.as_int()
        && args.get(cx, 1).value(cx).is_undefined()
    {
        return Ok(cx.number(f64::from(int)));
    }
    let string = args.flat_string(cx, 0)?;
    let radix = num::to_int32(args.number(cx, 1)?);
    let text = ascii_prefix(cx, string)?;
    let negative = text.first() == Some(&b'-');
    let mut digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(&text);
    if radix != 0 && !(2..=36).contains(&radix) {
        return Ok(cx.number(f64::NAN));
    }
    let may_strip = radix == 0 || radix == 16;
    let mut radix = if radix == 0 { 10 } else { radix as u32 };
    if may_strip && (digits.starts_with(b"0x") || digits.starts_with(b"0X")) {
        digits = &digits[2..];
        radix = 16;
    }
    let length = digits.iter().take_while(|&&digit| char::from(digit).is_digit(radix)).count();
    if length == 0 {
        return Ok(cx.number(f64::NAN));
    }
    let number = num::digits_value(&digits[..length], radix);
    Ok(cx.number(if negative { -number } else { number }))
}

/// isFinite
fn is_finite<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.number(cx, 0)?;
    Ok(cx.boolean(number.is_finite()))
}

/// isNaN
fn is_nan<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.number(cx, 0)?;
    Ok(cx.boolean(number.is_nan()))
}

const MARKS: &[u8] = b"-_.!~*'()";
const RESERVED: &[u8] = b";/?:@&=+$,#";

fn encode_uri<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    encode(cx, args, RESERVED)
}

fn encode_uri_component<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    encode(cx, args, b"")
}

/// Code units that are transcribed between two looks at limits and interrupts.
const PIECE: usize = 1 << 16;

/// Carries `piece` through a string: it appends what stands for the units from a place up to an end, and gives the place
/// behind those it took, or `None` where they mean nothing.
fn transcribe<'s, T>(
    cx: &mut Cx<'s>,
    string: Local<'_, Str>,
    mut piece: impl FnMut(Chars<'_>, usize, usize, &mut Vec<T>) -> Option<usize>,
) -> JsResult<'s, Vec<T>> {
    let length = string.get(cx).length() as usize;
    let (mut out, mut at) = (Vec::with_capacity(length), 0);
    while at < length {
        let end = length.min(at + PIECE);
        cx.vm.spend(1 + (end - at) as u64 / 16)?;
        match piece(string.get(cx).chars(cx), at, end, &mut out) {
            Some(next) => at = next,
            None => return Err(cx.throw(ErrorKind::URIError, "URI malformed")),
        }
        if out.len() > limits::STRING_LENGTH {
            return Err(cx.throw(ErrorKind::RangeError, "Invalid string length"));
        }
    }
    Ok(out)
}

/// Encode (19.2.6.5).
fn encode<'s>(cx: &mut Cx<'s>, args: Args<'s>, also_kept: &[u8]) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let bytes = transcribe(cx, string, |chars, at, end, out| encoded(chars, at, end, also_kept, out))?;
    Ok(cx.latin1_string(&bytes)?.any())
}

fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn encoded(
    chars: Chars<'_>,
    mut at: usize,
    end: usize,
    also_kept: &[u8],
    out: &mut Vec<u8>,
) -> Option<usize> {
    let kept = |c: u8| c.is_ascii_alphanumeric() || MARKS.contains(&c) || also_kept.contains(&c);
    while at < end {
        // A pair of surrogates may reach over the end.
        let units = [chars.at(at)?, chars.at(at + 1).unwrap_or(0)];
        let c = char::decode_utf16(units).next()?.ok()?;
        at += c.len_utf16();
        if c.is_ascii() && kept(c as u8) {
            out.push(c as u8);
            continue;
        }
        for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
            push_escaped(out, byte);
        }
    }
    Some(at)
}

fn decode_uri<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    decode(cx, args, RESERVED)
}

fn decode_uri_component<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    decode(cx, args, b"")
}

/// Decode (19.2.6.6).
fn decode<'s>(cx: &mut Cx<'s>, args: Args<'s>, preserved: &[u8]) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let units = transcribe(cx, string, |chars, at, end, out| decoded(chars, at, end, preserved, out))?;
    Ok(cx.utf16_string(&units)?.any())
}

/// The code unit that hexadecimal digits at a place spell.
fn hex(chars: Chars<'_>, at: usize, count: usize) -> Option<u16> {
    let mut value = 0;
    for i in at..at + count {
        let digit = char::from(u8::try_from(chars.at(i)?).ok()?).to_digit(16)?;
        value = value << 4 | digit as u16;
    }
    Some(value)
}

fn escaped_byte(chars: Chars<'_>, at: usize) -> Option<u8> {
    if chars.at(at)? != u16::from(b'%') { None } else { hex(chars, at + 1, 2).map(|byte| byte as u8) }
}

fn decoded(
    chars: Chars<'_>,
    mut at: usize,
    end: usize,
    preserved: &[u8],
    out: &mut Vec<u16>,
) -> Option<usize> {
    while at < end {
        let unit = chars.at(at)?;
        if unit != u16::from(b'%') {
            out.push(unit);
            at += 1;
            continue;
        }
        let first = escaped_byte(chars, at)?;
        if first.is_ascii() {
            if preserved.contains(&first) {
                out.extend((at..at + 3).filter_map(|i| chars.at(i)));
            } else {
                out.push(u16::from(first));
            }
            at += 3;
            continue;
        }
        let count = first.leading_ones() as usize;
        if !(2..=4).contains(&count) {
            return None;
        }
        let mut bytes = [first, 0, 0, 0];
        for (i, byte) in bytes.iter_mut().enumerate().take(count).skip(1) {
            *byte = escaped_byte(chars, at + 3 * i)?;
        }
        let text = std::str::from_utf8(&bytes[..count]).ok()?;
        out.extend(text.encode_utf16());
        at += 3 * count;
    }
    Some(at)
}

/// escape (B.2.1.1)
fn escape<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let bytes = transcribe(cx, string, |chars, at, end, out| {
        for unit in chars.slice(at, end).iter() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) => out.push(byte),
                Ok(byte) => push_escaped(out, byte),
                Err(_) => out.extend(format!("%u{unit:04X}").bytes()),
            }
        }
        Some(end)
    })?;
    Ok(cx.latin1_string(&bytes)?.any())
}

/// unescape (B.2.1.2)
fn unescape<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    let units = transcribe(cx, string, |chars, mut at, end, out| {
        while at < end {
            let unit = chars.at(at)?;
            let percent = unit == u16::from(b'%');
            if percent
                && chars.at(at + 1) == Some(u16::from(b'u'))
                && let Some(unit) = hex(chars, at + 2, 4)
            {
                out.push(unit);
                at += 6;
            } else if percent && let Some(unit) = hex(chars, at + 1, 2) {
                out.push(unit);
                at += 3;
            } else {
                out.push(unit);
                at += 1;
            }
        }
        Some(at)
    })?;
    Ok(cx.utf16_string(&units)?.any())
}
