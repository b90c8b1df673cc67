//! Methods of strings that look for a string in another one.

use super::string::length_of;
use super::text;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

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
pub(super) fn includes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = searched(cx, args, "includes")?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let found = find(cx, string, search, from)?;
    Ok(cx.boolean(found.is_some()))
}

/// String.prototype.startsWith
pub(super) fn starts_with<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (string, search) = searched(cx, args, "startsWith")?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let result = stands_at(cx, string, search, from)?;
    Ok(cx.boolean(result))
}

/// String.prototype.endsWith
pub(super) fn ends_with<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
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

pub(super) fn stands_at(
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
pub(super) fn find(
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

pub(super) fn position_value<'s>(cx: &Cx<'s>, found: Option<usize>) -> Local<'s> {
    cx.number(found.map_or(-1.0, |at| at as f64))
}

/// String.prototype.indexOf
pub(super) fn index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "indexOf")?;
    let search = args.flat_string(cx, 0)?;
    let from = args.integer(cx, 1)?.clamp(0.0, length_of(cx, string)) as usize;
    let string = cx.flatten(string)?;
    let found = find(cx, string, search, from)?;
    Ok(position_value(cx, found))
}

/// String.prototype.lastIndexOf
pub(super) fn last_index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "lastIndexOf")?;
    let search = args.flat_string(cx, 0)?;
    let position = args.number(cx, 1)?;
    let from = if position.is_nan() { f64::INFINITY } else { num::to_integer(position).max(0.0) };
    let string = cx.flatten(string)?;
    cx.spend_on(string, 64)?;
    let found = text::find_last(string.get(cx).chars(cx), search.get(cx).chars(cx), from as usize);
    Ok(position_value(cx, found))
}

impl<'s> Cx<'s> {
    /// The units of a string, flattened first.
    pub(super) fn scope_flat(&mut self, string: Local<'_, Str>) -> JsResult<'s, Chars<'_>> {
        if string.get(self).is_flat(self) {
            return Ok(string.get(self).chars(self));
        }
        let flat = self.flatten(string)?;
        Ok(flat.get(self).chars(self))
    }
}
