//! Arrays as text: joining, and sorting by strings.

use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// A string under construction: bytes while everything fits Latin-1.
#[derive(Default)]
pub struct TextBuilder {
    bytes: Vec<u8>,
    units: Option<Vec<u16>>,
}

impl TextBuilder {
    /// Appends characters.
    pub fn push(&mut self, chars: Chars<'_>) {
        match (&mut self.units, chars) {
            (None, Chars::Latin1(bytes)) => self.bytes.extend_from_slice(bytes),
            (Some(units), chars) => units.extend(chars.iter()),
            (None, Chars::Utf16(wide)) => {
                let mut units: Vec<u16> = self.bytes.iter().map(|&byte| u16::from(byte)).collect();
                units.extend_from_slice(wide);
                self.units = Some(units);
            }
        }
    }

    /// Code units so far.
    pub fn len(&self) -> usize {
        self.units.as_ref().map_or(self.bytes.len(), Vec::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string.
    pub fn finish<'s>(self, cx: &mut Cx<'s>) -> JsResult<'s, Local<'s, Str>> {
        match self.units {
            Some(units) => cx.utf16_string(&units),
            None => cx.latin1_string(&self.bytes),
        }
    }
}

/// Joins what `part` gives for each index.
fn join_with<'s>(
    cx: &mut Cx<'s>,
    count: u32,
    separator: Local<'s, Str>,
    mut part: impl for<'i> FnMut(&mut Cx<'i>, u32, &mut TextBuilder) -> JsResult<'i, ()>,
) -> JsResult<'s> {
    let mut text = TextBuilder::default();
    cx.vm.spend(u64::from(count) / 16)?;
    let between = u64::from(separator.get(cx).length()) * u64::from(count.saturating_sub(1));
    if between > limits::STRING_LENGTH as u64 {
        return Err(cx.range_error("Invalid string length"));
    }
    for index in 0..count {
        if index > 0 && separator.get(cx).length() > 0 {
            text.push(separator.get(cx).chars(cx));
        }
        let before = text.len();
        cx.scope(|cx| part(cx, index, &mut text))?;
        cx.check_text(text.len(), text.bytes.len() + text.units.as_ref().map_or(0, |units| 2 * units.len()))?;
        cx.vm.spend((text.len() - before) as u64 / 256)?;
    }
    Ok(text.finish(cx)?.any())
}

/// Array.prototype.join of a dense array of primitives.
pub fn join<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = args.this().cast::<Array>(cx) else { return Err(Exit::Fallback) };
    let object: Local<'s, Object> = array.into();
    let length = array.get(cx).length();
    let separator = args.get(cx, 0);
    let plain = separator.value(cx).is_undefined() || separator.value(cx).is_string();
    let Some(elements) = object.get(cx).elements(cx) else { return Err(Exit::Fallback) };
    if !plain || elements.as_sparse().is_some() || cx.vm.indexed_prototypes || length > elements.capacity() {
        return Err(Exit::Fallback);
    }
    let simple = (0..length as usize).all(|i| {
        let value = elements.at(i);
        value.is_string()
            || value.is_number()
            || value.is_boolean()
            || value.is_null()
            || value.is_undefined()
    });
    if !simple {
        return Err(Exit::Fallback);
    }
    let separator = match separator.cast::<Str>(cx) {
        Some(separator) => cx.flatten(separator)?,
        None => cx.string(",")?,
    };
    join_with(cx, length, separator, |cx, index, text| {
        let Some(element) = object.get(cx).element(cx, index) else { return Ok(()) };
        if element.value.is_nullish() {
            return Ok(());
        }
        let value = element.value.root(cx);
        let string = cx.primitive_string(value)?;
        let flat = cx.flatten(string)?;
        text.push(flat.get(cx).chars(cx));
        Ok(())
    })
}

/// %joinStrings%: an array of strings, and what stands between them.
pub fn join_strings<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let separator = args.flat_string(cx, 1)?;
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else {
        return Err(cx.bug("joinStrings of no array"));
    };
    let object: Local<'s, Object> = array.into();
    let length = array.get(cx).length();
    join_with(cx, length, separator, |cx, index, text| {
        let Some(element) = object.get(cx).element(cx, index) else { return Ok(()) };
        let Some(string) = element.value.as_string(cx) else { return Ok(()) };
        let string = string.root(cx);
        let flat = cx.flatten(string)?;
        text.push(flat.get(cx).chars(cx));
        Ok(())
    })
}

/// %sortByText%: values in the order of their strings, by code units; stable.
pub fn sort_by_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (values, keys) = (args.get(cx, 0), args.get(cx, 1));
    let (Some(values), Some(keys)) = (values.as_object(cx), keys.as_object(cx)) else {
        return Err(cx.bug("sortByText of no arrays"));
    };
    let count = keys.get(cx).cast::<Array>().map_or(0, |array| array.length());
    cx.vm.spend(u64::from(count) * u64::from(32 - count.leading_zeros()) / 8)?;
    for index in 0..count {
        cx.scope(|cx| {
            let Some(key) = keys.get(cx).element(cx, index).and_then(|e| e.value.as_string(cx)) else {
                return Ok(());
            };
            let key = key.root(cx);
            cx.flatten(key).map(drop)
        })?;
    }
    let mut order: Vec<(u32, Chars<'_>)> = Vec::with_capacity(count as usize);
    for index in 0..count {
        let key = keys.get(cx).element(cx, index).and_then(|e| e.value.as_string(cx));
        order.push((index, key.map_or(Chars::Latin1(&[]), |key| key.chars(cx))));
    }
    order.sort_by(|a, b| a.1.compare(b.1));
    let order: Vec<u32> = order.into_iter().map(|(index, _)| index).collect();
    let sorted = cx.new_array(count, count as usize)?;
    let target: Local<'s, Object> = sorted.into();
    for (place, index) in order.into_iter().enumerate() {
        cx.scope(|cx| {
            let value = values.get(cx).element(cx, index).map_or(Value::UNDEFINED, |e| e.value).root(cx);
            cx.store_dense(target, place as u32, value)
        })?;
    }
    Ok(sorted.any())
}

/// %enterJoin%: false where the object is being joined already.
pub fn enter_join<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = args.get(cx, 0);
    let stack = match cx.intrinsic(Intrinsic::JoinStack).cast::<List>(cx) {
        Some(stack) => stack,
        None => {
            let stack = cx.new_list()?;
            let realm = cx.realm().root(cx);
            cx.set_intrinsic(realm, Intrinsic::JoinStack, stack.value(cx));
            stack
        }
    };
    let cell = stack.get(cx);
    if (0..cell.length() as usize).any(|i| cell.item(cx, i) == object.value(cx)) {
        return Ok(cx.boolean(false));
    }
    cx.list_push(stack, object)?;
    Ok(cx.boolean(true))
}

/// %leaveJoin%
pub fn leave_join<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = args.get(cx, 0);
    if let Some(stack) = cx.intrinsic(Intrinsic::JoinStack).cast::<List>(cx) {
        let cell = stack.get(cx);
        let place = (0..cell.length() as usize).rev().find(|&i| cell.item(cx, i) == object.value(cx));
        if let Some(place) = place {
            cell.truncate(cx, place);
        }
    }
    Ok(cx.undefined())
}
