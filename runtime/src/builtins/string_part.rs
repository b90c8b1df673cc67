//! Methods of strings that give a part of it, or it with something around it.

use super::string::length_of;
use crate::base::{limits, num};
use crate::heap::Cx;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// String.prototype.padStart
pub(super) fn pad_start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    pad(cx, args, "padStart", true)
}

/// String.prototype.padEnd
pub(super) fn pad_end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    pad(cx, args, "padEnd", false)
}

/// StringPaddingBuiltinsImpl (22.1.3.17.1).
pub(super) fn pad<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, at_start: bool) -> JsResult<'s> {
    let string = args.this_string(cx, method)?;
    let target = num::to_length(args.number(cx, 0)?);
    let length = length_of(cx, string);
    if target <= length {
        return Ok(string.any());
    }
    let filler =
        if args.get(cx, 1).value(cx).is_undefined() { cx.character(b' ') } else { args.flat_string(cx, 1)? };
    if filler.get(cx).length() == 0 {
        return Ok(string.any());
    }
    if target > limits::STRING_LENGTH as f64 {
        return Err(cx.range_error("Invalid string length"));
    }
    let fill = cx.repeated(filler, (target - length) as usize)?;
    let result = if at_start { cx.concat(fill, string)? } else { cx.concat(string, fill)? };
    Ok(result.any())
}

/// String.prototype.repeat
pub(super) fn repeat<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "repeat")?;
    let count = args.integer(cx, 0)?;
    if count < 0.0 || count.is_infinite() {
        return Err(cx.range_error(&format!("Invalid count value: {}", num::to_string(count))));
    }
    let length = length_of(cx, string) * count;
    if length == 0.0 {
        return Ok(cx.empty_string().any());
    }
    if length > limits::STRING_LENGTH as f64 {
        return Err(cx.range_error("Invalid string length"));
    }
    let flat = cx.flatten(string)?;
    Ok(cx.repeated(flat, length as usize)?.any())
}

/// A relative position as an absolute one.
fn absolute(relative: f64, length: f64) -> f64 {
    if relative < 0.0 { (length + relative).max(0.0) } else { relative.min(length) }
}

/// An argument as a position, `default` where it is undefined.
pub(super) fn position<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize, default: f64) -> JsResult<'s, f64> {
    if args.get(cx, index).value(cx).is_undefined() { Ok(default) } else { args.integer(cx, index) }
}

/// String.prototype.slice
pub(super) fn slice<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "slice")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?;
    let end = position(cx, args, 1, length)?;
    let (start, end) = (absolute(start, length), absolute(end, length));
    Ok(cx.substring(string, start as usize, end as usize)?.any())
}

/// String.prototype.substring
pub(super) fn substring<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "substring")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?.clamp(0.0, length);
    let end = position(cx, args, 1, length)?.clamp(0.0, length);
    Ok(cx.substring(string, start.min(end) as usize, start.max(end) as usize)?.any())
}

/// String.prototype.substr (B.2.2.1)
pub(super) fn substr<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "substr")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?;
    let count = position(cx, args, 1, length)?;
    let start = absolute(start, length);
    let end = (start + count.clamp(0.0, length)).min(length);
    Ok(cx.substring(string, start as usize, end as usize)?.any())
}

/// String.prototype.trim
pub(super) fn trim<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    trimmed(cx, args, "trim", true, true)
}

/// String.prototype.trimStart
pub(super) fn trim_start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    trimmed(cx, args, "trimStart", true, false)
}

/// String.prototype.trimEnd
pub(super) fn trim_end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    trimmed(cx, args, "trimEnd", false, true)
}

fn trimmed<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, at_start: bool, at_end: bool) -> JsResult<'s> {
    let string = args.this_string(cx, method)?;
    let string = cx.flatten(string)?;
    let chars = string.get(cx).chars(cx);
    let length = chars.len();
    let start = if at_start { chars.iter().take_while(|&unit| num::is_space_unit(unit)).count() } else { 0 };
    let end = if at_end && start < length {
        length - chars.iter().rev().take_while(|&unit| num::is_space_unit(unit)).count()
    } else {
        length
    };
    cx.vm.spend((length - (end - start.min(end))) as u64 / 64)?;
    Ok(cx.substring(string, start, end)?.any())
}

/// String.prototype.isWellFormed
pub(super) fn is_well_formed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "isWellFormed")?;
    let string = cx.flatten(string)?;
    cx.spend_on(string, 64)?;
    let well = match string.get(cx).chars(cx) {
        Chars::Latin1(_) => true,
        Chars::Utf16(units) => char::decode_utf16(units.iter().copied()).all(|c| c.is_ok()),
    };
    Ok(cx.boolean(well))
}

/// String.prototype.toWellFormed
pub(super) fn to_well_formed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "toWellFormed")?;
    let string = cx.flatten(string)?;
    cx.spend_on(string, 64)?;
    let units: Vec<u16> = match string.get(cx).chars(cx) {
        Chars::Latin1(_) => return Ok(string.any()),
        Chars::Utf16(units) => String::from_utf16_lossy(units).encode_utf16().collect(),
    };
    Ok(cx.utf16_string(&units)?.any())
}
