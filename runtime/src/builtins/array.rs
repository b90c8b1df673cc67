//! Arrays (23.1): the constructor, and what plain dense arrays are quick at. Everything else is `library/array.js`.

use super::table::*;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Gc, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::{Found, Own};
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::semantics::{Args, JsResult};
use tvm_bytecode::data::WellKnownSymbol;

/// %Array%.
const ARRAY_CLASS: Class =
    Class::new("Array", 1, Intrinsic::Array, Intrinsic::ArrayPrototype, by_library(lib::arrayConstructor))
        .prototype_kind(kind::Array);

/// Properties of %Array%.
const ARRAY: Group = Group {
    on: Intrinsic::Array,
    rows: &[
        library("from", 1, lib::arrayFrom),
        library("fromAsync", 1, lib::arrayFromAsync),
        native("isArray", 1, is_array),
        library("of", 0, lib::arrayOf),
        getter("@@species", this_value).named(Intrinsic::ArraySpecies),
    ],
};

/// Properties of %Array.prototype%.
const ARRAY_PROTOTYPE: Group = Group {
    on: Intrinsic::ArrayPrototype,
    rows: &[
        library("at", 1, lib::arrayAt),
        library("concat", 1, lib::arrayConcat),
        library("copyWithin", 2, lib::arrayCopyWithin),
        native("entries", 0, entries),
        library("every", 1, lib::arrayEvery),
        both("fill", 1, fill, lib::arrayFill),
        library("filter", 1, lib::arrayFilter),
        library("find", 1, lib::arrayFind),
        library("findIndex", 1, lib::arrayFindIndex),
        library("findLast", 1, lib::arrayFindLast),
        library("findLastIndex", 1, lib::arrayFindLastIndex),
        library("flat", 0, lib::arrayFlat),
        library("flatMap", 1, lib::arrayFlatMap),
        library("forEach", 1, lib::arrayForEach),
        both("includes", 1, includes, lib::arrayIncludes),
        both("indexOf", 1, index_of, lib::arrayIndexOf),
        both("join", 1, super::array_text::join, lib::arrayJoin),
        native("keys", 0, keys),
        library("lastIndexOf", 1, lib::arrayLastIndexOf),
        library("map", 1, lib::arrayMap),
        both("pop", 0, pop, lib::arrayPop),
        both("push", 1, push, lib::arrayPush).named(Intrinsic::ArrayPush),
        library("reduce", 1, lib::arrayReduce),
        library("reduceRight", 1, lib::arrayReduceRight),
        both("reverse", 0, reverse, lib::arrayReverse),
        both("shift", 0, shift, lib::arrayShift),
        both("slice", 2, slice, lib::arraySlice),
        library("some", 1, lib::arraySome),
        library("sort", 1, lib::arraySort),
        both("splice", 2, splice, lib::arraySplice),
        library("toLocaleString", 0, lib::arrayToLocaleString),
        library("toReversed", 0, lib::arrayToReversed),
        library("toSorted", 1, lib::arrayToSorted),
        library("toSpliced", 2, lib::arrayToSpliced),
        library("toString", 0, lib::arrayToString).named(Intrinsic::ArrayToString),
        both("unshift", 1, unshift, lib::arrayUnshift),
        native("values", 0, values).named(Intrinsic::ArrayValues),
        alias("@@iterator", "values"),
        library("with", 2, lib::arrayWith),
    ],
};

/// The groups of this file.
pub static GROUPS: &[Group] = &[ARRAY, ARRAY_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[ARRAY_CLASS];

/// Array.prototype [ @@unscopables ] (23.1.3.41), which no row describes: for the realm's set-up.
pub fn define_unscopables<'s>(
    cx: &mut Cx<'s>,
    realm: Local<'_, Realm>,
    proto: Local<'_, Object>,
) -> JsResult<'s, ()> {
    const HIDDEN: &[&str] = &[
        "at",
        "copyWithin",
        "entries",
        "fill",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "flat",
        "flatMap",
        "includes",
        "keys",
        "toReversed",
        "toSorted",
        "toSpliced",
        "values",
    ];
    let null = cx.local(Value::NULL);
    let list = cx.new_guarded(realm, kind::Plain, null)?;
    for name in HIDDEN {
        let key = cx.text_key(name)?;
        let yes = cx.boolean(true);
        cx.put_own(list, key, yes, info::DEFAULT)?;
    }
    let key = Key::Name(cx.well_known(WellKnownSymbol::Unscopables).root(cx));
    cx.put_own(proto, key, list.any(), info::CONFIGURABLE)
}

/// The getter of `@@species` everywhere.
pub fn this_value<'s>(_: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(args.this())
}

/// Array.isArray
fn is_array<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let answer = cx.is_array(value)?;
    Ok(cx.boolean(answer))
}

fn iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>, mode: u32) -> JsResult<'s> {
    let object = cx.to_object(args.this())?;
    cx.new_array_iterator(object.any(), mode)
}

fn keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 0)
}

fn values<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 1)
}

fn entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 2)
}

/// %hasPlainSpecies%: whether a value is an array, and ArraySpeciesCreate on it makes a plain one without running code.
pub fn intrinsic_has_plain_species<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else { return Ok(cx.boolean(false)) };
    let plain = cx.has_plain_species(array)?;
    Ok(cx.boolean(plain))
}

// ---- plain arrays

impl<'s> Cx<'s> {
    /// An array whose elements are dense data properties and whose holes read as undefined.
    fn dense_array(&self, value: Local<'s>) -> Option<Local<'s, Array>> {
        let array = value.cast::<Array>(self)?;
        let object: Gc<'_, Object> = array.get(self).into();
        let elements = object.elements(self)?;
        let plain = elements.as_sparse().is_none()
            && !self.vm.indexed_prototypes
            && object.shape(self).proto() == self.realm().intrinsic(self, Intrinsic::ArrayPrototype);
        plain.then_some(array)
    }

    /// A dense array that may be changed in every way.
    fn changeable_array(&self, value: Local<'s>) -> Option<Local<'s, Array>> {
        let array = self.dense_array(value)?;
        let object: Local<'s, Object> = array.into();
        let elements = object.get(self).elements(self)?;
        let free = !elements.has(flag::FROZEN)
            && !elements.has(flag::SEALED)
            && array.get(self).frozen_length() == 0;
        let is_prototype = object.get(self).shape(self).is_flagged(shape_flag::PROTOTYPE);
        (free && !is_prototype && self.is_extensible(object)).then_some(array)
    }

    /// Whether ArraySpeciesCreate on the array makes a plain one.
    fn has_plain_species(&mut self, array: Local<'s, Array>) -> JsResult<'s, bool> {
        let object: Local<'s, Object> = array.into();
        let key = self.key(Name::constructor);
        let Found::Value(constructor) = self.find(object, key)? else { return Ok(false) };
        if !self.is_intrinsic(constructor.value(self), Intrinsic::Array) {
            return Ok(false);
        }
        let Some(constructor) = constructor.as_object(self) else { return Ok(false) };
        let key = Key::Name(self.well_known(WellKnownSymbol::Species).root(self));
        let Own::Accessor(pair, _) = self.own(constructor, key)? else { return Ok(false) };
        Ok(self.is_intrinsic(pair.get(self).getter(), Intrinsic::ArraySpecies))
    }
}

/// An argument as a relative index, where it is a number or absent.
fn relative(cx: &Cx<'_>, args: Args<'_>, index: usize, length: u32, absent: u32) -> Option<u32> {
    if !args.has(index) {
        return Some(absent);
    }
    let bits = args_value(cx, args, index)?;
    let integer = crate::base::num::to_integer(bits);
    let length = f64::from(length);
    Some(if integer < 0.0 { (integer + length).max(0.0) } else { integer.min(length) } as u32)
}

fn args_value(cx: &Cx<'_>, args: Args<'_>, index: usize) -> Option<f64> {
    args.rest(index).next()?.value(cx).as_number()
}

/// Array.prototype.push
fn push<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else {
        // What compiled code does itself costs the same here.
        let mut values = args.rest(0);
        let Some(first) = values.next() else { return Err(Exit::Fallback) };
        let Some(mut length) = cx.push_one(args.this(), first)? else { return Err(Exit::Fallback) };
        for value in values {
            length = cx.push_more(args.this(), value)?;
        }
        return Ok(cx.number(f64::from(length)));
    };
    if u64::from(array.get(cx).length()) + args.count() as u64 > u64::from(u32::MAX) {
        return Err(Exit::Fallback);
    }
    for value in args.rest(0) {
        cx.array_push(array, value)?;
    }
    let length = array.get(cx).length();
    Ok(cx.number(f64::from(length)))
}

/// Array.prototype.pop
fn pop<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    if length == 0 {
        return Ok(cx.undefined());
    }
    let object: Local<'s, Object> = array.into();
    let last = length as usize - 1;
    let value = match object.get(cx).elements(cx) {
        Some(elements) => {
            let value = elements.at(last).root(cx);
            elements.clear(last, last + 1);
            value
        }
        None => cx.undefined(),
    };
    array.get(cx).set_length(length - 1);
    Ok(hole_as_undefined(cx, value))
}

fn hole_as_undefined<'s>(cx: &Cx<'s>, value: Local<'s>) -> Local<'s> {
    if value.value(cx).is_hole() { cx.undefined() } else { value }
}

/// Array.prototype.shift
fn shift<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    if length == 0 {
        return Ok(cx.undefined());
    }
    cx.vm.spend(u64::from(length) / 64)?;
    let object: Local<'s, Object> = array.into();
    let elements = object.get(cx).elements(cx);
    let first = match elements {
        Some(elements) => {
            let first = elements.at(0).root(cx);
            let used = (length as usize).min(elements.capacity() as usize);
            if used > 0 {
                elements.move_within(cx, 1, 0, used - 1);
                elements.clear(used - 1, used);
            }
            first
        }
        None => cx.undefined(),
    };
    array.get(cx).set_length(length - 1);
    Ok(hole_as_undefined(cx, first))
}

/// Moves elements from `from` on so that they start at `to`, with room for them.
fn open_gap<'s>(cx: &mut Cx<'s>, array: Local<'s, Array>, from: u32, to: u32) -> JsResult<'s, bool> {
    let object: Local<'s, Object> = array.into();
    let length = array.get(cx).length();
    let room = object.get(cx).elements(cx).map_or(0, |e| e.capacity());
    if length > room {
        return Ok(false);
    }
    cx.vm.spend(u64::from(length - from) / 64)?;
    if to > from {
        cx.grow_elements(object, (length + to - from) as usize)?;
    }
    if let Some(elements) = object.get(cx).elements(cx) {
        elements.move_within(cx, from as usize, to as usize, (length - from) as usize);
        if to < from {
            elements.clear((length - (from - to)) as usize, length as usize);
        }
    }
    array.get(cx).set_length(length + to - from);
    Ok(true)
}

fn store<'s>(cx: &mut Cx<'s>, array: Local<'s, Array>, index: u32, value: Local<'s>) {
    let object: Local<'s, Object> = array.into();
    if let Some(elements) = object.get(cx).elements(cx) {
        let value = value.value(cx);
        cx.note_element(elements, value);
        elements.put(cx, index as usize, value);
    }
}

/// Array.prototype.unshift
fn unshift<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let count = args.count() as u32;
    if array.get(cx).length() > u32::MAX / 4 || !open_gap(cx, array, 0, count)? {
        return Err(Exit::Fallback);
    }
    for (i, value) in args.rest(0).enumerate() {
        store(cx, array, i as u32, value);
    }
    let length = array.get(cx).length();
    Ok(cx.number(f64::from(length)))
}

/// A plain array of a part of another one.
fn part<'s>(
    cx: &mut Cx<'s>,
    array: Local<'s, Array>,
    from: u32,
    count: u32,
) -> JsResult<'s, Local<'s, Array>> {
    cx.vm.spend(u64::from(count) / 64)?;
    let source: Local<'s, Object> = array.into();
    let room = source.get(cx).elements(cx).map_or(0, |e| e.capacity());
    let there = room.saturating_sub(from).min(count);
    let result = cx.new_array(count, there as usize)?;
    let target: Local<'s, Object> = result.into();
    if there > 0
        && let (Some(to), Some(elements)) = (target.get(cx).elements(cx), source.get(cx).elements(cx))
    {
        to.copy_from(cx, 0, elements, from as usize, there as usize);
        to.change_flags(elements.cell_flags() & (flag::NOT_INT | flag::NOT_DOUBLE), 0);
    }
    Ok(result)
}

/// Array.prototype.slice
fn slice<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.dense_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    let start = relative(cx, args, 0, length, 0);
    let end = match args.get(cx, 1).value(cx).is_undefined() {
        true => Some(length),
        false => relative(cx, args, 1, length, length),
    };
    let (Some(start), Some(end)) = (start, end) else { return Err(Exit::Fallback) };
    if !cx.has_plain_species(array)? {
        return Err(Exit::Fallback);
    }
    Ok(part(cx, array, start, end.saturating_sub(start))?.any())
}

/// Array.prototype.splice
fn splice<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    let Some(start) = relative(cx, args, 0, length, 0) else { return Err(Exit::Fallback) };
    let count = match args.count() {
        0 => 0,
        1 => length - start,
        _ => match args_value(cx, args, 1) {
            Some(asked) => crate::base::num::to_integer(asked).clamp(0.0, f64::from(length - start)) as u32,
            None => return Err(Exit::Fallback),
        },
    };
    let added = args.count().saturating_sub(2) as u32;
    let object: Local<'s, Object> = array.into();
    let room = object.get(cx).elements(cx).map_or(0, |e| e.capacity());
    if length > room || length > u32::MAX / 4 || !cx.has_plain_species(array)? {
        return Err(Exit::Fallback);
    }
    let removed = part(cx, array, start, count)?;
    if added != count {
        open_gap(cx, array, start + count, start + added)?;
    }
    for (i, value) in args.rest(2).enumerate() {
        store(cx, array, start + i as u32, value);
    }
    Ok(removed.any())
}

/// Looks for a value in a dense array.
fn search<'s>(cx: &mut Cx<'s>, args: Args<'s>, zero: bool) -> JsResult<'s, Option<u32>> {
    let Some(array) = cx.dense_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    let Some(from) = relative(cx, args, 1, length, 0) else { return Err(Exit::Fallback) };
    cx.vm.spend(u64::from(length.saturating_sub(from)) / 16)?;
    let wanted = args.get(cx, 0);
    let object: Local<'s, Object> = array.into();
    let room = object.get(cx).elements(cx).map_or(0, |e| e.capacity());
    let is_string = wanted.value(cx).is_string();
    for index in from..length.min(room) {
        let Some(elements) = object.get(cx).elements(cx) else { break };
        let value = elements.at(index as usize);
        let found = if value == wanted.value(cx) {
            !value.as_number().is_some_and(f64::is_nan) || zero
        } else if value.is_hole() {
            zero && wanted.value(cx).is_undefined()
        } else if let (Some(a), Some(b)) = (value.as_number(), wanted.value(cx).as_number()) {
            a == b
        } else if is_string && value.is_string() || value.is_bigint() {
            let value = value.root(cx);
            cx.scope(|cx| cx.strictly_equal(value, wanted))?
        } else {
            false
        };
        if found {
            return Ok(Some(index));
        }
    }
    let beyond = zero && wanted.value(cx).is_undefined() && length > room.max(from);
    Ok(beyond.then_some(room))
}

/// Array.prototype.includes
fn includes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let found = search(cx, args, true)?;
    Ok(cx.boolean(found.is_some()))
}

/// Array.prototype.indexOf
fn index_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let found = search(cx, args, false)?;
    Ok(cx.number(found.map_or(-1.0, f64::from)))
}

/// Array.prototype.reverse
fn reverse<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let object: Local<'s, Object> = array.into();
    let length = array.get(cx).length() as usize;
    cx.vm.spend(length as u64 / 32)?;
    let Some(elements) = object.get(cx).elements(cx) else { return Ok(args.this()) };
    if length > elements.capacity() as usize {
        return Err(Exit::Fallback);
    }
    for low in 0..length / 2 {
        let high = length - 1 - low;
        let (a, b) = (elements.at(low), elements.at(high));
        elements.put(cx, low, b);
        elements.put(cx, high, a);
    }
    Ok(args.this())
}

/// Array.prototype.fill
fn fill<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = cx.changeable_array(args.this()) else { return Err(Exit::Fallback) };
    let length = array.get(cx).length();
    let start = relative(cx, args, 1, length, 0);
    let end = match args.get(cx, 2).value(cx).is_undefined() {
        true => Some(length),
        false => relative(cx, args, 2, length, length),
    };
    let (Some(start), Some(end)) = (start, end) else { return Err(Exit::Fallback) };
    let object: Local<'s, Object> = array.into();
    if end > start && !cx.fits_dense(object.get(cx), end - 1) && end > 1 << 24 {
        return Err(Exit::Fallback);
    }
    cx.vm.spend(u64::from(end.saturating_sub(start)) / 32)?;
    let value = args.get(cx, 0);
    if end > start {
        cx.grow_elements(object, end as usize)?;
        if let Some(elements) = object.get(cx).elements(cx) {
            let value = value.value(cx);
            cx.note_element(elements, value);
            elements.fill(cx, start as usize, end as usize, value);
        }
    }
    Ok(args.this())
}

// ---- intrinsics

/// %newArray%: length and perhaps a prototype.
pub fn new_array<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = args.number(cx, 0)?;
    if !(0.0..=4_294_967_295.0).contains(&length) {
        return Err(cx.range_error("Invalid array length"));
    }
    let proto = args.get(cx, 1);
    let array = if proto.value(cx).is_undefined() {
        cx.new_array(0, 0)?
    } else {
        let object = cx.new_kind_with(kind::Array, 0, proto)?;
        object.downcast::<Array>(cx).expect("just made")
    };
    if length > 0.0 && length <= 65536.0 {
        cx.set_capacity(array.into(), length as usize)?;
    }
    array.get(cx).set_length(length as u32);
    Ok(array.any())
}

/// %withProto%: a fresh array with another prototype.
pub fn with_proto<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (array, proto) = (args.get(cx, 0), args.get(cx, 1));
    if let Some(object) = array.as_object(cx) {
        cx.replace_prototype(object, proto)?;
    }
    Ok(array)
}

/// %isPlainIterable%: whether iterating only walks an array's elements.
pub fn is_plain_iterable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let plain = cx.is_plain_iterable(value)?;
    Ok(cx.boolean(plain))
}

/// %copyDense%: an array of a dense array's elements, with undefined for holes.
pub fn copy_dense<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else { return Err(cx.bug("copyDense of no array")) };
    let length = array.get(cx).length();
    let result = part(cx, array, 0, length)?;
    let object: Local<'s, Object> = result.into();
    for index in 0..length {
        let hole = object.get(cx).elements(cx).is_none_or(|e| e.at(index as usize).is_hole());
        if hole {
            cx.scope(|cx| {
                let undefined = cx.undefined();
                cx.store_dense(object, index, undefined)
            })?;
        }
    }
    Ok(result.any())
}

/// %concatDense%: appends a dense array to one that nothing stands against; false where either is not that.
pub fn concat_dense<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (at, length) = (args.number(cx, 1)?, args.number(cx, 3)?);
    let (target, source) = (args.get(cx, 0), args.get(cx, 2));
    let (Some(target), Some(source)) = (cx.changeable_array(target), cx.dense_array(source)) else {
        return Ok(cx.boolean(false));
    };
    let same = f64::from(target.get(cx).length()) == at && f64::from(source.get(cx).length()) == length;
    let total = at + length;
    let from: Local<'s, Object> = source.into();
    let room = from.get(cx).elements(cx).map_or(0, |e| e.capacity());
    if !same
        || total > f64::from(u32::MAX / 4)
        || length > f64::from(room)
        || target.get(cx) == source.get(cx)
    {
        return Ok(cx.boolean(false));
    }
    cx.vm.spend(length as u64 / 64)?;
    let to: Local<'s, Object> = target.into();
    let capacity = to.get(cx).elements(cx).map_or(0, |e| e.capacity());
    if at > f64::from(capacity) {
        return Ok(cx.boolean(false));
    }
    cx.grow_elements(to, total as usize)?;
    if length > 0.0
        && let (Some(elements), Some(old)) = (to.get(cx).elements(cx), from.get(cx).elements(cx))
    {
        elements.copy_from(cx, at as usize, old, 0, length as usize);
        elements.change_flags(old.cell_flags() & (flag::NOT_INT | flag::NOT_DOUBLE), 0);
    }
    target.get(cx).set_length(total as u32);
    Ok(cx.boolean(true))
}

/// %nextIndex%: the first index from a given one on that an array can have, where it is seen to have few.
pub fn next_index<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let from = args.get(cx, 1);
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else { return Ok(from) };
    let object: Gc<'_, Object> = array.get(cx).into();
    let plain = !cx.vm.indexed_prototypes
        && object.shape(cx).proto() == cx.realm().intrinsic(cx, Intrinsic::ArrayPrototype);
    let Some(start) = from.value(cx).as_number() else { return Ok(from) };
    let Some(elements) = object.elements(cx) else { return Ok(from) };
    if !plain {
        return Ok(from);
    }
    if let Some(sparse) = elements.as_sparse() {
        let next = sparse.indices(cx).into_iter().find(|&index| f64::from(index) >= start);
        return Ok(cx.number(next.map_or(9_007_199_254_740_991.0, f64::from)));
    }
    if start >= f64::from(elements.capacity()) {
        return Ok(cx.number(9_007_199_254_740_991.0));
    }
    Ok(from)
}
