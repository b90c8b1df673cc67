//! String (22.1): constructor and the methods that run no guest code but conversions.

use super::table::*;
use super::{string_html as html, string_part as part, string_replace as replace, string_search as search};
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

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
        both("endsWith", 1, search::ends_with, lib::stringEndsWith),
        native("fontcolor", 1, html::fontcolor),
        native("fontsize", 1, html::fontsize),
        native("fixed", 0, html::fixed),
        both("includes", 1, search::includes, lib::stringIncludes),
        native("indexOf", 1, search::index_of),
        native("italics", 0, html::italics),
        native("lastIndexOf", 1, search::last_index_of),
        native("link", 1, html::link),
        native("localeCompare", 1, super::string_case::locale_compare),
        library("match", 1, lib::stringMatch),
        library("matchAll", 1, lib::stringMatchAll),
        native("normalize", 0, super::string_case::normalize),
        native("padEnd", 1, part::pad_end),
        native("padStart", 1, part::pad_start),
        native("repeat", 1, part::repeat),
        both("replace", 2, replace::replace, lib::stringReplace),
        both("replaceAll", 2, replace::replace_all, lib::stringReplaceAll),
        library("search", 1, lib::stringSearch),
        native("slice", 2, part::slice),
        native("small", 0, html::small),
        both("split", 2, replace::split, lib::stringSplit),
        native("strike", 0, html::strike),
        native("sub", 0, html::sub),
        native("substr", 2, part::substr),
        native("substring", 2, part::substring),
        native("sup", 0, html::sup),
        both("startsWith", 1, search::starts_with, lib::stringStartsWith),
        native("toString", 0, to_string),
        native("trim", 0, part::trim),
        native("trimStart", 0, part::trim_start),
        alias("trimLeft", "trimStart"),
        native("trimEnd", 0, part::trim_end),
        alias("trimRight", "trimEnd"),
        native("toLocaleLowerCase", 0, super::string_case::to_locale_lower_case),
        native("toLocaleUpperCase", 0, super::string_case::to_locale_upper_case),
        native("toLowerCase", 0, super::string_case::to_lower_case),
        native("toUpperCase", 0, super::string_case::to_upper_case),
        native("valueOf", 0, value_of),
        native("isWellFormed", 0, part::is_well_formed),
        native("toWellFormed", 0, part::to_well_formed),
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

pub(super) fn length_of(cx: &Cx<'_>, string: Local<'_, Str>) -> f64 {
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
    let point = flat.get(cx).chars(cx).code_point(position as usize).0;
    Ok(cx.number(f64::from(point)))
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

/// String.prototype [ %Symbol.iterator% ]
fn iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "[Symbol.iterator]")?;
    cx.new_string_iterator(string)
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
    match cx.string_iterator_next(slotted)? {
        Some(part) => cx.iter_result(part, false),
        None => {
            let undefined = cx.undefined();
            cx.iter_result(undefined, true)
        }
    }
}
