//! JSON (25.5): the objects' rows, quoting, and `stringify` of plain data. Parsing is in `json_parse.rs`, everything
//! that asks objects in `library/json.js`.

use super::table::*;
use super::text::Builder;
use crate::base::exit::Hint;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::{Found, Own};
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::string::Chars;
use crate::semantics::{Args, Exit, JsResult};

/// Properties of %JSON%.
pub const JSON: Group = Group {
    on: Intrinsic::JSON,
    rows: &[
        native("parse", 2, super::json_parse::parse).named(Intrinsic::JsonParse),
        both("stringify", 3, stringify, lib::jsonStringify),
        native("rawJSON", 1, raw_json),
        native("isRawJSON", 1, is_raw_json),
        tag("JSON"),
    ],
};

/// Containers within containers that the native half handles.
const DEPTH: usize = 1000;

/// QuoteJSONString (25.5.2.3).
fn quote(out: &mut Builder, chars: Chars<'_>) {
    out.push_unit(u16::from(b'"'));
    let mut kept = 0;
    for (at, unit) in chars.iter().enumerate() {
        let plain = match unit {
            0x22 | 0x5C | 0..=0x1F => false,
            0xD800..=0xDFFF => is_paired(chars, at),
            _ => true,
        };
        if plain {
            continue;
        }
        out.push(chars.slice(kept, at));
        kept = at + 1;
        match unit {
            0x08 => out.push(Chars::Latin1(b"\\b")),
            0x09 => out.push(Chars::Latin1(b"\\t")),
            0x0A => out.push(Chars::Latin1(b"\\n")),
            0x0C => out.push(Chars::Latin1(b"\\f")),
            0x0D => out.push(Chars::Latin1(b"\\r")),
            0x22 => out.push(Chars::Latin1(b"\\\"")),
            0x5C => out.push(Chars::Latin1(b"\\\\")),
            _ => out.push(Chars::Latin1(format!("\\u{unit:04x}").as_bytes())),
        }
    }
    out.push(chars.slice(kept, chars.len()));
    out.push_unit(u16::from(b'"'));
}

/// Whether a surrogate is half of a pair.
fn is_paired(chars: Chars<'_>, at: usize) -> bool {
    let unit = chars.at(at).unwrap_or(0);
    if unit & 0xFC00 == 0xD800 {
        return chars.at(at + 1).is_some_and(|next| next & 0xFC00 == 0xDC00);
    }
    at > 0 && chars.at(at - 1).is_some_and(|previous| previous & 0xFC00 == 0xD800)
}

/// %quoteJSON%
pub fn intrinsic_quote<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.flat_string(cx, 0)?;
    cx.spend_on(string, 32)?;
    let mut out = Builder::new();
    quote(&mut out, string.get(cx).chars(cx));
    Ok(out.finish(cx)?.any())
}

/// %wrappedType%: the type of the primitive that a wrapper object holds, undefined of anything else.
pub fn intrinsic_wrapped_type<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    match cx.wrapped(value) {
        Some(primitive) => {
            let name = cx.type_of(primitive.value(cx));
            Ok(cx.local(cx.name(name)))
        }
        None => Ok(cx.undefined()),
    }
}

/// %wrappedValue%: the primitive that a wrapper object holds.
pub fn intrinsic_wrapped_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    Ok(cx.wrapped(value).unwrap_or(value))
}

/// JSON.rawJSON
fn raw_json<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    use tvm_bytecode::data::ErrorKind;
    let text = args.flat_string(cx, 0)?;
    let chars = text.get(cx).chars(cx);
    let bad_end = |unit: Option<u16>| unit.is_none_or(|unit| matches!(unit, 9 | 10 | 13 | 32));
    let bad_start =
        |unit: Option<u16>| unit.is_some_and(|unit| unit == u16::from(b'{') || unit == u16::from(b'['));
    let first = chars.at(0);
    let last = chars.len().checked_sub(1).and_then(|last| chars.at(last));
    if bad_end(first) || bad_end(last) || bad_start(first) {
        return Err(cx.throw(ErrorKind::SyntaxError, "Invalid value for JSON.rawJSON"));
    }
    cx.scope(|cx| super::json_parse::check(cx, text))?;
    let null = cx.local(Value::NULL);
    let object = super::slotted::new_slotted(cx, null, super::slotted::class::RAW_JSON, &[text.any()])?;
    if let Some(object) = object.as_object(cx) {
        let key = cx.text_key("rawJSON")?;
        cx.put_own(object, key, text.any(), info::DEFAULT)?;
        cx.set_integrity(object, true)?;
    }
    Ok(object)
}

/// The text of a raw JSON object.
fn raw_text<'s>(cx: &Cx<'s>, value: Local<'_>) -> Option<Local<'s>> {
    let slotted = value.value(cx).cast::<Slotted>(cx)?;
    (slotted.class() == super::slotted::class::RAW_JSON).then(|| slotted.fields(cx).at(cx, 0).root(cx))
}

/// JSON.isRawJSON
fn is_raw_json<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let raw = raw_text(cx, value).is_some();
    Ok(cx.boolean(raw))
}

/// %rawJSONText%: the text of a raw JSON object, undefined of anything else.
pub fn intrinsic_raw_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    Ok(raw_text(cx, value).unwrap_or_else(|| cx.undefined()))
}

/// A container that is being written.
struct Open<'s> {
    /// The object or array: a variable that every container at this depth uses.
    object: Local<'s>,
    /// An object's keys: likewise.
    keys: Local<'s>,
    /// Next key or index.
    next: u32,
    /// Keys or elements.
    count: u32,
    is_array: bool,
    is_empty: bool,
}

/// Writes plain data.
struct Writer<'s> {
    out: Builder,
    gap: Vec<u16>,
    open: Vec<Open<'s>>,
    /// Variables of depths that were reached.
    variables: Vec<[Local<'s>; 2]>,
}

/// JSON.stringify of plain data, without replacer; everything else is the library's.
fn stringify<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if args.get(cx, 1).value(cx).is_object() || args.get(cx, 2).value(cx).is_object() {
        return Err(Exit::Fallback);
    }
    let gap = gap_of(cx, args)?;
    let mut writer = Writer { out: Builder::new(), gap, open: Vec::new(), variables: Vec::new() };
    let value = args.get(cx, 0);
    if !writer.value(cx, value)? {
        return Ok(cx.undefined());
    }
    while !writer.open.is_empty() {
        cx.vm.spend(1)?;
        writer.step(cx)?;
        writer.out.check(cx)?;
    }
    Ok(writer.out.finish(cx)?.any())
}

/// What each level is indented by: the third argument, a primitive.
fn gap_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Vec<u16>> {
    let space = args.get(cx, 2);
    if space.value(cx).is_number() {
        let count = args.integer(cx, 2)?.clamp(0.0, 10.0);
        return Ok(vec![u16::from(b' '); count as usize]);
    }
    let Some(text) = space.cast::<Str>(cx) else { return Ok(Vec::new()) };
    let text = cx.flatten(text)?;
    let chars = text.get(cx).chars(cx);
    Ok(chars.slice(0, chars.len().min(10)).to_vec())
}

impl<'s> Writer<'s> {
    /// Writes a value or opens a container; false for what has no JSON form.
    fn value(&mut self, cx: &mut Cx<'s>, value: Local<'_>) -> JsResult<'s, bool> {
        let v = value.value(cx);
        if let Some(number) = v.as_number() {
            if number.is_finite() {
                match v.as_int() {
                    Some(int) => self.out.push(Chars::Latin1(int.to_string().as_bytes())),
                    None => self.out.push(Chars::Latin1(crate::base::num::to_string(number).as_bytes())),
                }
            } else {
                self.out.push(Chars::Latin1(b"null"));
            }
            return Ok(true);
        }
        if let Some(string) = value.cast::<Str>(cx) {
            cx.spend_on(string, 32)?;
            if string.get(cx).is_flat(cx) {
                quote(&mut self.out, string.get(cx).chars(cx));
            } else {
                cx.scope(|cx| {
                    let flat = cx.flatten(string)?;
                    quote(&mut self.out, flat.get(cx).chars(cx));
                    Ok(())
                })?;
            }
            return Ok(true);
        }
        if v.is_object() {
            return self.object(cx, value);
        }
        let text: &[u8] = match v {
            _ if v.is_null() => b"null",
            _ if v.is_true() => b"true",
            _ if v.is_boolean() => b"false",
            _ if v.is_bigint() => return Err(Exit::Fallback),
            _ => return Ok(false),
        };
        self.out.push(Chars::Latin1(text));
        Ok(true)
    }

    /// Opens an object or array that is plain.
    fn object(&mut self, cx: &mut Cx<'s>, value: Local<'_>) -> JsResult<'s, bool> {
        let Some(object) = value.as_object(cx) else { return Err(Exit::Fallback) };
        let is_array = match object.get(cx).kind() {
            kind::Plain => false,
            kind::Array => true,
            _ => return Err(Exit::Fallback),
        };
        if self.open.len() >= DEPTH || self.open.iter().any(|open| open.object.value(cx) == value.value(cx)) {
            return Err(Exit::Fallback);
        }
        let to_json = cx.scope(|cx| {
            let found = cx.plain_get_name(object, Name::toJSON)?;
            Ok(found.is_none_or(|found| cx.is_callable(found.value(cx))))
        })?;
        if to_json {
            return Err(Exit::Fallback);
        }
        if self.variables.len() == self.open.len() {
            self.variables.push([cx.variable(), cx.variable()]);
        }
        let [holder, keys] = self.variables[self.open.len()];
        holder.set(cx, value.value(cx));
        let count = match value.value(cx).cast::<Array>(cx) {
            Some(array) => array.length(),
            None => cx.scope(|cx| {
                let list = cx.own_keys(object)?;
                keys.set(cx, list.value(cx));
                Ok(list.get(cx).length())
            })?,
        };
        self.open.push(Open { object: holder, keys, next: 0, count, is_array, is_empty: true });
        self.out.push_unit(u16::from(if is_array { b'[' } else { b'{' }));
        Ok(true)
    }

    /// Writes the next element of the innermost container, or its end.
    fn step(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, ()> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let (index, object, keys, is_array) = (open.next, open.object, open.keys, open.is_array);
        if index == open.count {
            let is_empty = open.is_empty;
            self.open.pop();
            if !is_empty {
                self.new_line();
            }
            self.out.push_unit(u16::from(if is_array { b']' } else { b'}' }));
            return Ok(());
        }
        open.next += 1;
        // What is opened lives in the writer's variables, so that this scope can end.
        let top = cx.heap.top();
        let done =
            if is_array { self.element(cx, object, index) } else { self.property(cx, object, keys, index) };
        if self.variables.last().is_none_or(|last| last[1].slot() < top) {
            cx.heap.set_top(top);
        }
        done
    }

    fn separate(&mut self) {
        if let Some(open) = self.open.last_mut() {
            if !open.is_empty {
                self.out.push_unit(u16::from(b','));
            }
            open.is_empty = false;
        }
        self.new_line();
    }

    fn new_line(&mut self) {
        if self.gap.is_empty() {
            return;
        }
        self.out.push_unit(0x0A);
        for _ in 0..self.open.len() {
            self.out.push(Chars::Utf16(&self.gap));
        }
    }

    fn element(&mut self, cx: &mut Cx<'s>, object: Local<'s>, index: u32) -> JsResult<'s, ()> {
        let Some(object) = object.as_object(cx) else { return Err(Exit::Fallback) };
        self.separate();
        let value = match cx.find(object, Key::Index(index))? {
            Found::Value(value) => value,
            Found::Missing => cx.undefined(),
            _ => return Err(Exit::Fallback),
        };
        if !self.value(cx, value)? {
            self.out.push(Chars::Latin1(b"null"));
        }
        Ok(())
    }

    fn property(
        &mut self,
        cx: &mut Cx<'s>,
        object: Local<'s>,
        keys: Local<'s>,
        index: u32,
    ) -> JsResult<'s, ()> {
        let (Some(object), Some(keys)) = (object.as_object(cx), keys.cast::<List>(cx)) else {
            return Err(Exit::Fallback);
        };
        let name = keys.get(cx).item(cx, index as usize).root(cx);
        let Some(name) = name.cast::<Str>(cx) else { return Ok(()) };
        let key = cx.string_key(name)?;
        let value = match cx.own(object, key)? {
            Own::Data(value, attributes) if attributes & info::ENUMERABLE != 0 => value,
            Own::Data(..) | Own::None => return Ok(()),
            Own::Accessor(_, attributes) if attributes & info::ENUMERABLE == 0 => return Ok(()),
            _ => return Err(Exit::Fallback),
        };
        let v = value.value(cx);
        if v.is_undefined() || v.is_symbol() {
            return Ok(());
        }
        if v.is_object() && cx.is_callable(v) {
            // A function may have a toJSON of its own.
            return Err(Exit::Fallback);
        }
        self.separate();
        quote(&mut self.out, name.get(cx).chars(cx));
        self.out.push_unit(u16::from(b':'));
        if !self.gap.is_empty() {
            self.out.push_unit(u16::from(b' '));
        }
        if !self.value(cx, value)? {
            return Err(Exit::Fallback);
        }
        Ok(())
    }
}

/// The gap as the library needs it: a primitive's first ten units or as many spaces.
pub fn intrinsic_gap<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.primitive(cx, 0, Hint::Number)?;
    let units = if value.value(cx).is_number() {
        let count = args.integer(cx, 0)?.clamp(0.0, 10.0);
        vec![u16::from(b' '); count as usize]
    } else if let Some(text) = value.cast::<Str>(cx) {
        let text = cx.flatten(text)?;
        let chars = text.get(cx).chars(cx);
        chars.slice(0, chars.len().min(10)).to_vec()
    } else {
        Vec::new()
    };
    Ok(cx.utf16_string(&units)?.any())
}
