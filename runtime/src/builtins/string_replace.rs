//! Replacing in strings and splitting them, and the intrinsics by which the library does the same.

use super::string::length_of;
use super::string_part::position;
use super::string_search::{find, position_value, stands_at};
use super::text::{self, Builder};
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// A search for a string that needs no question to the search value: receiver, search string, replacement.
pub(super) fn replacement<'s>(
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
pub(super) fn replace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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
pub(super) fn replace_all<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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
        out.check(cx)?;
        kept = at + width;
        from = at + width.max(1);
    }
    let chars = string.get(cx).chars(cx);
    out.push(chars.slice(kept, chars.len()));
    Ok(out.finish(cx)?.any())
}

/// String.prototype.split
pub(super) fn split<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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

pub(super) fn strings<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, (Local<'s, Str>, Local<'s, Str>)> {
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
