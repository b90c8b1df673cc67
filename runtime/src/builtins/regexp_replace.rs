//! The loops of `Symbol.match`, `Symbol.replace`, `Symbol.search` and `Symbol.split` on plain regular expressions.
//! Nothing that the guest could see or change is asked while they run; everything else is done by the library.

use super::regexp::{self, Captures, FlagLetters, flags_of, pristine};
use super::text::{self, Builder, advance};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// A plain regular expression and what it is matched with.
struct Plain<'s> {
    regexp: Local<'s, RegExp>,
    string: Local<'s, Str>,
    flags: FlagLetters,
    last: f64,
}

/// Receiver and first argument, where the receiver is plain; else the library takes over.
fn plain<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Plain<'s>> {
    if args.get(cx, 0).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let Some((regexp, last)) = pristine(cx, args.this())? else { return Err(Exit::Fallback) };
    let string = args.flat_string(cx, 0)?;
    Ok(Plain { regexp, string, flags: flags_of(cx, regexp), last })
}

fn whole(captures: &Captures) -> (usize, usize) {
    captures.first().copied().flatten().unwrap_or((0, 0))
}

impl<'s> Plain<'s> {
    /// Calls `f` with every match of a global expression; `lastIndex` ends up as 0.
    fn each(
        &self,
        cx: &mut Cx<'s>,
        mut f: impl FnMut(&mut Cx<'s>, Captures) -> JsResult<'s, ()>,
    ) -> JsResult<'s, ()> {
        let sticky = self.flags.contains('y');
        let mut at = 0;
        let length = self.string.get(cx).length() as usize;
        while at <= length {
            cx.vm.spend(1)?;
            let Some(captures) = cx.regexp_match(self.regexp, self.string, at, sticky)? else { break };
            let (start, end) = whole(&captures);
            at = if end == start {
                advance(self.string.get(cx).chars(cx), end, self.flags.is_unicode())
            } else {
                end
            };
            f(cx, captures)?;
        }
        regexp::set_last_index(cx, self.regexp, 0)
    }
}

/// RegExp.prototype [ %Symbol.match% ]
pub fn symbol_match<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let plain = plain(cx, args)?;
    if !plain.flags.contains('g') {
        return match regexp::builtin_match(cx, plain.regexp, plain.string, plain.last)? {
            Some(captures) => regexp::match_array(cx, plain.regexp, plain.string, &captures),
            None => Ok(cx.local(Value::NULL)),
        };
    }
    let array = cx.new_array(0, 0)?;
    let string = plain.string;
    plain.each(cx, |cx, captures| {
        let (start, end) = whole(&captures);
        cx.scope(|cx| {
            let part = cx.substring(string, start, end)?;
            cx.array_push(array, part.any())
        })
    })?;
    if array.get(cx).length() == 0 {
        return Ok(cx.local(Value::NULL));
    }
    Ok(array.any())
}

/// RegExp.prototype [ %Symbol.search% ]
pub fn symbol_search<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let plain = plain(cx, args)?;
    let found = cx.regexp_match(plain.regexp, plain.string, 0, plain.flags.contains('y'))?;
    Ok(cx.number(found.map_or(-1.0, |captures| whole(&captures).0 as f64)))
}

/// RegExp.prototype [ %Symbol.replace% ] with a string as the replacement.
pub fn symbol_replace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.get(cx, 1).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let plain = plain(cx, args)?;
    let template = args.flat_string(cx, 1)?;
    let mut out = Builder::new();
    let mut kept = 0;
    if plain.flags.contains('g') {
        plain.each(cx, |cx, captures| replace_one(cx, &plain, &mut out, &mut kept, template, &captures))?;
    } else if let Some(captures) = regexp::builtin_match(cx, plain.regexp, plain.string, plain.last)? {
        replace_one(cx, &plain, &mut out, &mut kept, template, &captures)?;
    }
    if kept == 0 && out.is_empty() {
        return Ok(plain.string.any());
    }
    let chars = plain.string.get(cx).chars(cx);
    out.push(chars.slice(kept, chars.len()));
    cx.vm.spend(out.len() as u64 / 64)?;
    Ok(out.finish(cx)?.any())
}

/// %regexpCalls%: a regular expression and a flat string; undefined where the expression is not plain. Else the matches
/// that RegExp.prototype [ %Symbol.replace% ] finds: for each its start and end, and an array of what a function is
/// called with that replaces it.
pub fn intrinsic_calls<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let regexp = args.get(cx, 0);
    let Some((regexp, last)) = pristine(cx, regexp)? else { return Ok(cx.undefined()) };
    let string = args.flat_string(cx, 1)?;
    let plain = Plain { regexp, string, flags: flags_of(cx, regexp), last };
    let calls = cx.new_array(0, 0)?;
    let add = |cx: &mut Cx<'s>, captures: Captures| {
        cx.scope(|cx| {
            let (start, end) = whole(&captures);
            let list = regexp::match_texts(cx, string, &captures, 3)?;
            let groups = regexp::named_groups(cx, regexp, list)?;
            let (start, end) = (cx.number(start as f64), cx.number(end as f64));
            cx.array_push(list, start)?;
            cx.array_push(list, string.any())?;
            if !groups.value(cx).is_undefined() {
                cx.array_push(list, groups)?;
            }
            cx.array_push(calls, start)?;
            cx.array_push(calls, end)?;
            cx.array_push(calls, list.any())
        })
    };
    if plain.flags.contains('g') {
        plain.each(cx, add)?;
    } else if let Some(captures) = regexp::builtin_match(cx, regexp, string, last)? {
        add(cx, captures)?;
    }
    Ok(calls.any())
}

/// Appends what lies between matches, and the replacement of one.
fn replace_one<'s>(
    cx: &mut Cx<'s>,
    plain: &Plain<'s>,
    out: &mut Builder,
    kept: &mut usize,
    template: Local<'s, Str>,
    captures: &Captures,
) -> JsResult<'s, ()> {
    let (start, end) = whole(captures);
    let program = cx.regexp_program(plain.regexp)?;
    let subject = plain.string.get(cx).chars(cx);
    let part = |range: &Option<(usize, usize)>| range.map(|(start, end)| subject.slice(start, end));
    let parts: Vec<Option<Chars<'_>>> = captures.iter().skip(1).map(part).collect();
    let by_name = |name: &[u16]| {
        let name = String::from_utf16(name).ok()?;
        let (_, places) = program.group_names().find(|(known, _)| *known == name)?;
        places.iter().find_map(|&place| parts.get(place as usize - 1).copied().flatten())
    };
    out.push(subject.slice(*kept, start));
    let found = text::Match {
        subject,
        matched: subject.slice(start, end),
        position: start,
        captures: &parts,
        named: if program.group_names().len() > 0 { Some(&by_name) } else { None },
    };
    text::substitute(out, template.get(cx).chars(cx), &found);
    *kept = end;
    out.check(cx)
}

/// RegExp.prototype [ %Symbol.split% ]
pub fn symbol_split<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.get(cx, 1).value(cx).is_object() || !has_plain_species(cx)? {
        return Err(Exit::Fallback);
    }
    let plain = plain(cx, args)?;
    let unlimited = args.get(cx, 1).value(cx).is_undefined();
    let limit = if unlimited { u32::MAX } else { crate::base::num::to_uint32(args.number(cx, 1)?) };
    let array = cx.new_array(0, 0)?;
    if limit == 0 {
        return Ok(array.any());
    }
    let string = plain.string;
    let length = string.get(cx).length() as usize;
    if length == 0 {
        if cx.regexp_match(plain.regexp, string, 0, true)?.is_none() {
            cx.array_push(array, string.any())?;
        }
        return Ok(array.any());
    }
    let (mut from, mut at) = (0, 0);
    while at < length {
        cx.vm.spend(1)?;
        let Some(captures) = cx.regexp_match(plain.regexp, string, at, false)? else { break };
        let (start, end) = whole(&captures);
        if start >= length {
            break;
        }
        if end == from || end == start && start < at {
            at = advance(string.get(cx).chars(cx), at.max(start), plain.flags.is_unicode());
            continue;
        }
        let parts = std::iter::once(Some((from, start))).chain(captures.into_iter().skip(1));
        for range in parts {
            cx.scope(|cx| {
                let part = match range {
                    Some((start, end)) => cx.substring(string, start, end)?.any(),
                    None => cx.undefined(),
                };
                cx.array_push(array, part)
            })?;
            if array.get(cx).length() >= limit {
                return Ok(array.any());
            }
        }
        from = end;
        at =
            if end == start { advance(string.get(cx).chars(cx), end, plain.flags.is_unicode()) } else { end };
    }
    let part = cx.substring(string, from, length)?;
    cx.array_push(array, part.any())?;
    Ok(array.any())
}

/// Whether %RegExp.prototype%.constructor is %RegExp% and that makes its own kind.
fn has_plain_species<'s>(cx: &mut Cx<'s>) -> JsResult<'s, bool> {
    use crate::heap::roots::Name;
    use crate::object::Key;
    use crate::object::lookup::Found;
    cx.scope(|cx| {
        let proto = cx.intrinsic_object(Intrinsic::RegExpPrototype);
        let constructor = cx.plain_get_name(proto, Name::constructor)?;
        if !constructor.is_some_and(|constructor| cx.is_intrinsic(constructor.value(cx), Intrinsic::RegExp)) {
            return Ok(false);
        }
        let constructor = cx.intrinsic_object(Intrinsic::RegExp);
        let species = cx.local(cx.well_known(tvm_bytecode::data::WellKnownSymbol::Species));
        Ok(match cx.find(constructor, Key::Name(species))? {
            Found::Getter(getter) => cx.is_intrinsic(getter.value(cx), Intrinsic::RegExpSpecies),
            _ => false,
        })
    })
}
