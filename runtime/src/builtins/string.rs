//! String (22.1): constructor and the methods that run no guest code but conversions.

use super::table::*;
use super::text::{self, Builder};
use crate::base::limits;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// %String%
pub const STRING_CLASS: Class =
    Class::new("String", 1, Intrinsic::String, Intrinsic::StringPrototype, by_native(construct))
        .prototype_kind(kind::Wrapper);

/// Properties of %String%.
pub const STRING: Group = Group {
    on: Intrinsic::String,
    rows: &[
        native("fromCharCode", 1, from_char_code),
        native("fromCodePoint", 1, from_code_point),
        library("raw", 1, lib::stringRaw),
    ],
};

/// Properties of %String.prototype%.
pub const STRING_PROTOTYPE: Group = Group {
    on: Intrinsic::StringPrototype,
    rows: &[
        native("anchor", 1, html::anchor),
        native("at", 1, at),
        native("big", 0, html::big),
        native("blink", 0, html::blink),
        native("bold", 0, html::bold),
        native("charAt", 1, char_at),
        native("charCodeAt", 1, char_code_at),
        native("codePointAt", 1, code_point_at),
        native("concat", 1, concat),
        both("endsWith", 1, ends_with, lib::stringEndsWith),
        native("fontcolor", 1, html::fontcolor),
        native("fontsize", 1, html::fontsize),
        native("fixed", 0, html::fixed),
        both("includes", 1, includes, lib::stringIncludes),
        native("indexOf", 1, index_of),
        native("italics", 0, html::italics),
        native("lastIndexOf", 1, last_index_of),
        native("link", 1, html::link),
        native("localeCompare", 1, super::string_case::locale_compare),
        library("match", 1, lib::stringMatch),
        library("matchAll", 1, lib::stringMatchAll),
        native("normalize", 0, super::string_case::normalize),
        native("padEnd", 1, pad_end),
        native("padStart", 1, pad_start),
        native("repeat", 1, repeat),
        both("replace", 2, replace, lib::stringReplace),
        both("replaceAll", 2, replace_all, lib::stringReplaceAll),
        library("search", 1, lib::stringSearch),
        native("slice", 2, slice),
        native("small", 0, html::small),
        both("split", 2, split, lib::stringSplit),
        native("strike", 0, html::strike),
        native("sub", 0, html::sub),
        native("substr", 2, substr),
        native("substring", 2, substring),
        native("sup", 0, html::sup),
        both("startsWith", 1, starts_with, lib::stringStartsWith),
        native("toString", 0, to_string),
        native("trim", 0, trim),
        native("trimStart", 0, trim_start),
        alias("trimLeft", "trimStart"),
        native("trimEnd", 0, trim_end),
        alias("trimRight", "trimEnd"),
        native("toLocaleLowerCase", 0, super::string_case::to_locale_lower_case),
        native("toLocaleUpperCase", 0, super::string_case::to_locale_upper_case),
        native("toLowerCase", 0, super::string_case::to_lower_case),
        native("toUpperCase", 0, super::string_case::to_upper_case),
        native("valueOf", 0, value_of),
        native("isWellFormed", 0, is_well_formed),
        native("toWellFormed", 0, to_well_formed),
        native("@@iterator", 0, iterator).named(Intrinsic::StringValues),
    ],
};

/// Properties of %StringIteratorPrototype%.
pub const STRING_ITERATOR: Group = Group {
    on: Intrinsic::StringIteratorPrototype,
    rows: &[native("next", 0, next).named(Intrinsic::StringIteratorNext), tag("String Iterator")],
};

/// String
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let construct = args.is_construct(cx);
    let string = if !args.has(0) {
        cx.empty_string()
    } else if let (false, Some(symbol)) = (construct, args.get(cx, 0).cast::<Symbol>(cx)) {
        return cx.symbol_text(symbol);
    } else {
        args.string(cx, 0)?
    };
    if !construct {
        return Ok(string.any());
    }
    let proto = cx.prototype_for(args, Intrinsic::StringPrototype)?;
    Ok(cx.new_wrapper(string.any(), proto)?.any())
}

/// String.fromCharCode
fn from_char_code<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let mut units = Vec::with_capacity(args.count());
    for i in 0..args.count() {
        units.push(num::to_uint32(args.number(cx, i)?) as u16);
    }
    Ok(cx.utf16_string(&units)?.any())
}

/// String.fromCodePoint
fn from_code_point<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let mut units = Vec::with_capacity(args.count());
    for i in 0..args.count() {
        let number = args.number(cx, i)?;
        if !(0.0..=1_114_111.0).contains(&number) || number.trunc() != number {
            let value = args.get(cx, i);
            let shown = cx.to_string_primitive(value)?;
            let shown = cx.text(shown)?;
            return Err(cx.range_error(&format!("Invalid code point {shown}")));
        }
        let point = number as u32;
        match u16::try_from(point) {
            Ok(unit) => units.push(unit),
            Err(_) => {
                let rest = point - 0x1_0000;
                units.extend([0xD800 | (rest >> 10) as u16, 0xDC00 | (rest & 0x3FF) as u16]);
            }
        }
    }
    Ok(cx.utf16_string(&units)?.any())
}

/// ThisStringValue (22.1.3.35.1).
fn this_string_value<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s> {
    if args.this().value(cx).is_string() {
        return Ok(args.this());
    }
    match cx.wrapped(args.this()) {
        Some(primitive) if primitive.value(cx).is_string() => Ok(primitive),
        _ => Err(cx.type_error(&format!("String.prototype.{method} requires that 'this' be a String"))),
    }
}

fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    this_string_value(cx, args, "toString")
}

fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    this_string_value(cx, args, "valueOf")
}

fn length_of(cx: &Cx<'_>, string: Local<'_, Str>) -> f64 {
    f64::from(string.get(cx).length())
}

/// The code unit at a position, where there is one.
fn unit_at(cx: &mut Cx<'_>, string: Local<'_, Str>, position: f64) -> JsResult<'static, Option<u16>> {
    if position < 0.0 || position >= length_of(cx, string) {
        return Ok(None);
    }
    let flat = cx.scope_flat(string)?;
    Ok(flat.at(position as usize))
}

/// String.prototype.at
fn at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "at")?;
    let relative = args.integer(cx, 0)?;
    let position = if relative < 0.0 { length_of(cx, string) + relative } else { relative };
    match unit_at(cx, string, position)? {
        Some(unit) => Ok(cx.unit_string(unit)?.any()),
        None => Ok(cx.undefined()),
    }
}

/// String.prototype.charAt
fn char_at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "charAt")?;
    let position = args.integer(cx, 0)?;
    match unit_at(cx, string, position)? {
        Some(unit) => Ok(cx.unit_string(unit)?.any()),
        None => Ok(cx.empty_string().any()),
    }
}

/// String.prototype.charCodeAt
fn char_code_at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "charCodeAt")?;
    let position = args.integer(cx, 0)?;
    let unit = unit_at(cx, string, position)?;
    Ok(cx.number(unit.map_or(f64::NAN, f64::from)))
}

/// String.prototype.codePointAt
fn code_point_at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "codePointAt")?;
    let position = args.integer(cx, 0)?;
    if position < 0.0 || position >= length_of(cx, string) {
        return Ok(cx.undefined());
    }
    let flat = cx.flatten(string)?;
    let point = code_point(flat.get(cx).chars(cx), position as usize).0;
    Ok(cx.number(f64::from(point)))
}

/// The code point at an index, and how many units it takes (11.1.4 CodePointAt).
pub fn code_point(chars: Chars<'_>, at: usize) -> (u32, usize) {
    let first = u32::from(chars.at(at).unwrap_or(0));
    match chars.at(at + 1) {
        Some(second) if first & 0xFC00 == 0xD800 && second & 0xFC00 == 0xDC00 => {
            (0x1_0000 + ((first & 0x3FF) << 10) + u32::from(second & 0x3FF), 2)
        }
        _ => (first, 1),
    }
}

/// String.prototype.concat
fn concat<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let mut result = args.this_string(cx, "concat")?;
    for i in 0..args.count() {
        args.primitive(cx, i, crate::semantics::Hint::String)?;
    }
    for i in 0..args.count() {
        let next = args.string(cx, i)?;
        result = cx.concat(result, next)?;
    }
    Ok(result.any())
}

/// The receiver and the string to search for; an object to search for may be a regular expression, which has to be
/// asked first.
fn searched<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    method: &str,
) -> JsResult<'s, (Local<'s, Str>, Local<'s, Str>)> {
    let string = args.this_string(cx, method)?;
    if args.get(cx, 0).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let search = args.flat_string(cx, 0)?;
    Ok((cx.flatten(string)?, search))
}

/// String.prototype.includes
fn includes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = searched(cx, args, "includes")?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let found = find(cx, string, search, from)?;
    Ok(cx.boolean(found.is_some()))
}

/// String.prototype.startsWith
fn starts_with<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = searched(cx, args, "startsWith")?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let result = stands_at(cx, string, search, from)?;
    Ok(cx.boolean(result))
}

/// String.prototype.endsWith
fn ends_with<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = searched(cx, args, "endsWith")?;
    let length = length_of(cx, string);
    let end = if args.get(cx, 1).value(cx).is_undefined() {
        length
    } else {
        args.integer(cx, 1)?.clamp(0.0, length)
    };
    let from = (end as usize).checked_sub(search.get(cx).length() as usize);
    let result = match from {
        Some(from) => stands_at(cx, string, search, from)?,
        None => false,
    };
    Ok(cx.boolean(result))
}

fn stands_at(
    cx: &mut Cx<'_>,
    string: Local<'_, Str>,
    search: Local<'_, Str>,
    from: usize,
) -> JsResult<'static, bool> {
    cx.spend_on(search, 1024)?;
    let (chars, search) = (string.get(cx).chars(cx), search.get(cx).chars(cx));
    Ok(from + search.len() <= chars.len() && chars.slice(from, from + search.len()).equals(search))
}

/// Code units searched between two looks at the limits.
const FOUND_AT_ONCE: usize = 1 << 20;

/// Finds one flat string in another, at a price.
fn find(
    cx: &mut Cx<'_>,
    string: Local<'_, Str>,
    search: Local<'_, Str>,
    from: usize,
) -> JsResult<'static, Option<usize>> {
    let (length, width) = (string.get(cx).length() as usize, search.get(cx).length() as usize);
    let piece = FOUND_AT_ONCE.max(4 * width);
    let mut from = from;
    loop {
        let end = length.min(from.saturating_add(piece));
        let found = text::find(string.get(cx).chars(cx).slice(0, end), search.get(cx).chars(cx), from);
        cx.vm.spend(found.unwrap_or(end).saturating_sub(from) as u64 / 128)?;
        if found.is_some() || end == length {
            return Ok(found);
        }
        from = end + 1 - width;
    }
}

fn position_value<'s>(cx: &Cx<'s>, found: Option<usize>) -> Local<'s> {
    cx.number(found.map_or(-1.0, |at| at as f64))
}

/// String.prototype.indexOf
fn index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "indexOf")?;
    let search = args.flat_string(cx, 0)?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let string = cx.flatten(string)?;
    let found = find(cx, string, search, from)?;
    Ok(position_value(cx, found))
}

/// String.prototype.lastIndexOf
fn last_index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "lastIndexOf")?;
    let search = args.flat_string(cx, 0)?;
    let position = args.number(cx, 1)?;
    let from = if position.is_nan() { f64::INFINITY } else { num::to_integer(position).max(0.0) };
    let string = cx.flatten(string)?;
    cx.spend_on(string, 64)?;
    let found = text::find_last(string.get(cx).chars(cx), search.get(cx).chars(cx), from as usize);
    Ok(position_value(cx, found))
}

/// String.prototype.padStart
fn pad_start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    pad(cx, args, "padStart", true)
}

/// String.prototype.padEnd
fn pad_end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    pad(cx, args, "padEnd", false)
}

/// StringPaddingBuiltinsImpl (22.1.3.17.1).
fn pad<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, at_start: bool) -> JsResult<'s> {
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
fn repeat<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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
fn position<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize, default: f64) -> JsResult<'s, f64> {
    if args.get(cx, index).value(cx).is_undefined() { Ok(default) } else { args.integer(cx, index) }
}

/// String.prototype.slice
fn slice<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "slice")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?;
    let end = position(cx, args, 1, length)?;
    let (start, end) = (absolute(start, length), absolute(end, length));
    Ok(cx.substring(string, start as usize, end as usize)?.any())
}

/// String.prototype.substring
fn substring<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "substring")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?.clamp(0.0, length);
    let end = position(cx, args, 1, length)?.clamp(0.0, length);
    Ok(cx.substring(string, start.min(end) as usize, start.max(end) as usize)?.any())
}

/// String.prototype.substr (B.2.2.1)
fn substr<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "substr")?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 0)?;
    let count = position(cx, args, 1, length)?;
    let start = absolute(start, length);
    let end = (start + count.clamp(0.0, length)).min(length);
    Ok(cx.substring(string, start as usize, end as usize)?.any())
}

/// String.prototype.trim
fn trim<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    trimmed(cx, args, "trim", true, true)
}

/// String.prototype.trimStart
fn trim_start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    trimmed(cx, args, "trimStart", true, false)
}

/// String.prototype.trimEnd
fn trim_end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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
fn is_well_formed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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
fn to_well_formed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "toWellFormed")?;
    let string = cx.flatten(string)?;
    cx.spend_on(string, 64)?;
    let units: Vec<u16> = match string.get(cx).chars(cx) {
        Chars::Latin1(_) => return Ok(string.any()),
        Chars::Utf16(units) => String::from_utf16_lossy(units).encode_utf16().collect(),
    };
    Ok(cx.utf16_string(&units)?.any())
}

/// A search for a string that needs no question to the search value: receiver, search string, replacement.
fn replacement<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    method: &str,
) -> JsResult<'s, (Local<'s, Str>, Local<'s, Str>, Local<'s, Str>)> {
    if args.this().value(cx).is_nullish() {
        return Err(cx.type_error(&format!("String.prototype.{method} called on null or undefined")));
    }
    let guest =
        [args.this(), args.get(cx, 0), args.get(cx, 1)].iter().any(|value| value.value(cx).is_object());
    if guest {
        return Err(Exit::Fallback);
    }
    let string = args.this_string(cx, method)?;
    let search = args.flat_string(cx, 0)?;
    let replacement = args.flat_string(cx, 1)?;
    Ok((cx.flatten(string)?, search, replacement))
}

/// String.prototype.replace
fn replace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search, replacement) = replacement(cx, args, "replace")?;
    let Some(at) = find(cx, string, search, 0)? else { return Ok(string.any()) };
    let end = at + search.get(cx).length() as usize;
    let mut out = Builder::new();
    let (chars, template) = (string.get(cx).chars(cx), replacement.get(cx).chars(cx));
    let found = text::Match {
        subject: chars,
        matched: chars.slice(at, end),
        position: at,
        captures: &[],
        named: None,
    };
    text::substitute(&mut out, template, &found);
    cx.vm.spend(out.len() as u64 / 64)?;
    let middle = out.finish(cx)?;
    let head = cx.substring(string, 0, at)?;
    let length = string.get(cx).length() as usize;
    let tail = cx.substring(string, end, length)?;
    let head = cx.concat(head, middle)?;
    Ok(cx.concat(head, tail)?.any())
}

/// String.prototype.replaceAll
fn replace_all<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search, replacement) = replacement(cx, args, "replaceAll")?;
    let mut out = Builder::new();
    let (mut from, mut kept) = (0, 0);
    let width = search.get(cx).length() as usize;
    while let Some(at) = find(cx, string, search, from)? {
        cx.vm.spend(1)?;
        let (chars, template) = (string.get(cx).chars(cx), replacement.get(cx).chars(cx));
        out.push(chars.slice(kept, at));
        let matched = chars.slice(at, at + width);
        let found = text::Match { subject: chars, matched, position: at, captures: &[], named: None };
        text::substitute(&mut out, template, &found);
        if out.is_too_long() {
            return Err(cx.range_error("Invalid string length"));
        }
        kept = at + width;
        from = at + width.max(1);
    }
    let chars = string.get(cx).chars(cx);
    out.push(chars.slice(kept, chars.len()));
    Ok(out.finish(cx)?.any())
}

/// String.prototype.split
fn split<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.this().value(cx).is_nullish() {
        return Err(cx.type_error("String.prototype.split called on null or undefined"));
    }
    if args.get(cx, 0).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let string = args.this_string(cx, "split")?;
    let unlimited = args.get(cx, 1).value(cx).is_undefined();
    let limit = if unlimited { u32::MAX } else { num::to_uint32(args.number(cx, 1)?) };
    let separator = args.flat_string(cx, 0)?;
    let no_separator = args.get(cx, 0).value(cx).is_undefined();
    split_at(cx, string, if no_separator { None } else { Some(separator) }, limit)
}

/// String.prototype.split from step 6 on.
fn split_at<'s>(
    cx: &mut Cx<'s>,
    string: Local<'s, Str>,
    separator: Option<Local<'s, Str>>,
    limit: u32,
) -> JsResult<'s> {
    let array = cx.new_array(0, 0)?;
    if limit == 0 {
        return Ok(array.any());
    }
    let string = cx.flatten(string)?;
    let length = string.get(cx).length() as usize;
    let Some(separator) = separator else {
        cx.array_push(array, string.any())?;
        return Ok(array.any());
    };
    let width = separator.get(cx).length() as usize;
    if width == 0 {
        for at in 0..length.min(limit as usize) {
            cx.vm.spend(1)?;
            cx.scope(|cx| {
                let unit = cx.string_unit(string, at as u32)?;
                cx.array_push(array, unit.any())
            })?;
        }
        return Ok(array.any());
    }
    let mut from = 0;
    while let Some(at) = find(cx, string, separator, from)? {
        cx.vm.spend(1)?;
        cx.scope(|cx| {
            let part = cx.substring(string, from, at)?;
            cx.array_push(array, part.any())
        })?;
        if array.get(cx).length() >= limit {
            return Ok(array.any());
        }
        from = at + width;
    }
    let part = cx.substring(string, from, length)?;
    cx.array_push(array, part.any())?;
    Ok(array.any())
}

/// String.prototype [ %Symbol.iterator% ]
fn iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "[Symbol.iterator]")?;
    let string = cx.flatten(string)?;
    let proto = cx.intrinsic(Intrinsic::StringIteratorPrototype);
    let zero = cx.local(Value::int(0));
    super::slotted::new_slotted(cx, proto, super::slotted::class::STRING_ITERATOR, &[string.any(), zero])
}

/// %StringIteratorPrototype%.next
fn next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let slotted = args.this().cast::<Slotted>(cx);
    let Some(slotted) = slotted.filter(|it| it.get(cx).class() == super::slotted::class::STRING_ITERATOR)
    else {
        let shown = cx.describe(args.this());
        let message =
            format!("Method String Iterator.prototype.next called on incompatible receiver {shown}");
        return Err(cx.type_error(&message));
    };
    let fields = slotted.get(cx).fields(cx);
    let at = fields.at(cx, 1).as_int().unwrap_or(0) as usize;
    let string = fields.at(cx, 0).root(cx);
    let Some(string) = string.cast::<Str>(cx) else {
        let undefined = cx.undefined();
        return cx.iter_result(undefined, true);
    };
    let length = string.get(cx).length() as usize;
    if at >= length {
        slotted.get(cx).fields(cx).put(cx, 0, Value::UNDEFINED);
        let undefined = cx.undefined();
        return cx.iter_result(undefined, true);
    }
    let flat = cx.flatten(string)?;
    let (_, width) = code_point(flat.get(cx).chars(cx), at);
    let part = cx.substring(flat, at, at + width)?;
    slotted.get(cx).fields(cx).put(cx, 1, Value::int((at + width) as i32));
    cx.iter_result(part.any(), false)
}

/// Annex B methods that put a string into HTML (B.2.2).
mod html {
    use super::*;

    /// CreateHTML (B.2.2.2.1).
    fn create<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, tag: &str, attribute: &str) -> JsResult<'s> {
        let string = args.this_string(cx, method)?;
        let mut out = Builder::new();
        out.push(Chars::Latin1(format!("<{tag}").as_bytes()));
        if !attribute.is_empty() {
            let value = args.flat_string(cx, 0)?;
            cx.spend_on(value, 64)?;
            out.push(Chars::Latin1(format!(" {attribute}=\"").as_bytes()));
            for unit in value.get(cx).chars(cx).iter() {
                if unit == u16::from(b'"') {
                    out.push(Chars::Latin1(b"&quot;"));
                } else {
                    out.push_unit(unit);
                }
            }
            out.push(Chars::Latin1(b"\""));
        }
        out.push(Chars::Latin1(b">"));
        let string = cx.flatten(string)?;
        out.push(string.get(cx).chars(cx));
        out.push(Chars::Latin1(format!("</{tag}>").as_bytes()));
        Ok(out.finish(cx)?.any())
    }

    macro_rules! methods {
        ($($name:ident: $tag:literal $attribute:literal;)*) => {
            $(pub fn $name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                create(cx, args, stringify!($name), $tag, $attribute)
            })*
        };
    }

    methods! {
        anchor: "a" "name";
        big: "big" "";
        blink: "blink" "";
        bold: "b" "";
        fixed: "tt" "";
        fontcolor: "font" "color";
        fontsize: "font" "size";
        italics: "i" "";
        link: "a" "href";
        small: "small" "";
        strike: "strike" "";
        sub: "sub" "";
        sup: "sup" "";
    }
}

impl<'s> Cx<'s> {
    /// The units of a string, flattened first.
    fn scope_flat(&mut self, string: Local<'_, Str>) -> JsResult<'s, Chars<'_>> {
        if string.get(self).is_flat(self) {
            return Ok(string.get(self).chars(self));
        }
        let flat = self.flatten(string)?;
        Ok(flat.get(self).chars(self))
    }
}

// ---- intrinsics of library code

fn strings<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, (Local<'s, Str>, Local<'s, Str>)> {
    let (a, b) = (args.string(cx, 0)?, args.flat_string(cx, 1)?);
    Ok((cx.flatten(a)?, b))
}

/// %stringIndexOf%: string, search string, position.
pub fn intrinsic_index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = strings(cx, args)?;
    let from = args.integer(cx, 2)?.clamp(0.0, length_of(cx, string)) as usize;
    let found = find(cx, string, search, from)?;
    Ok(position_value(cx, found))
}

/// %stringStandsAt%: whether a search string stands at a position.
pub fn intrinsic_stands_at<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = strings(cx, args)?;
    let from = args.integer(cx, 2)?;
    let result = from >= 0.0 && stands_at(cx, string, search, from as usize)?;
    Ok(cx.boolean(result))
}

/// %substring%: string, start, end; both within the string.
pub fn intrinsic_substring<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.string(cx, 0)?;
    let length = length_of(cx, string);
    let start = args.integer(cx, 1)?.clamp(0.0, length);
    let end = position(cx, args, 2, length)?.clamp(0.0, length);
    Ok(cx.substring(string, start as usize, end as usize)?.any())
}

/// %stringSplit%: string, separator or undefined, limit.
pub fn intrinsic_split<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.string(cx, 0)?;
    let separator =
        if args.get(cx, 1).value(cx).is_undefined() { None } else { Some(args.flat_string(cx, 1)?) };
    let limit = args.number(cx, 2)? as u32;
    split_at(cx, string, separator, limit)
}

/// %substitute%: GetSubstitution with matched, string, position, captures (an array or undefined) and template;
/// `$<` stands for itself.
pub fn intrinsic_substitute<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (matched, string) = (args.flat_string(cx, 0)?, args.flat_string(cx, 1)?);
    let position = args.number(cx, 2)? as usize;
    let template = args.flat_string(cx, 4)?;
    let mut parts: Vec<Option<Local<'s, Str>>> = Vec::new();
    if let Some(array) = args.get(cx, 3).cast::<Array>(cx) {
        let count = array.get(cx).length();
        let object: Local<'_, Object> = array.into();
        for i in 0..count {
            let value =
                object.get(cx).element(cx, i).map_or(Value::UNDEFINED, |element| element.value).root(cx);
            parts.push(match value.cast::<Str>(cx) {
                Some(string) => Some(cx.flatten(string)?),
                None => None,
            });
        }
    }
    let mut out = Builder::new();
    let captures: Vec<Option<Chars<'_>>> =
        parts.iter().map(|part| part.map(|part| part.get(cx).chars(cx))).collect();
    let subject = string.get(cx).chars(cx);
    let matched = matched.get(cx).chars(cx);
    let position = position.min(subject.len());
    let found = text::Match { subject, matched, position, captures: &captures, named: None };
    text::substitute(&mut out, template.get(cx).chars(cx), &found);
    cx.vm.spend(out.len() as u64 / 64)?;
    Ok(out.finish(cx)?.any())
}

/// %nextNamed%: the next `$<` of a template at or after a position, or -1.
pub fn intrinsic_next_named<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let template = args.flat_string(cx, 0)?;
    let from = args.number(cx, 1)? as usize;
    cx.spend_on(template, 64)?;
    let found = text::next_named(template.get(cx).chars(cx), from);
    Ok(position_value(cx, found))
}
