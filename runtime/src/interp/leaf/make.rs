//! Leaves that make cells, in the nursery and only while it has room: they never collect.
#![allow(unsafe_code)]

use super::super::dispatch::note_kind;
use super::{barrier, cell, init_name, known_key, realm_of};
use crate::base::limits;
use crate::base::num::{MAX_DIGITS, decimal};
use crate::base::tier::LEFT;
use crate::frame::{self, HEADER, LINK};
use crate::heap::bits::*;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::tails::FLAT_HEADER;
use crate::heap::{Cx, Gc, Isolate, Value};
use crate::object::append::{Plan, plan};
use crate::object::function::template_flag;
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::string::{Chars, MIN_ROPE};

/// A part of a concatenation.
enum Part<'a> {
    /// A string that is there.
    Text(Gc<'a, Str>),
    /// Characters that are to become one.
    Bytes(&'a [u8]),
}

/// What is appended to a string.
enum Appended<'a> {
    /// A string that is there.
    Text(u64),
    /// Characters.
    Bytes(&'a [u8]),
}

impl Part<'_> {
    fn length(&self) -> usize {
        match self {
            Part::Text(text) => text.length() as usize,
            Part::Bytes(bytes) => bytes.len(),
        }
    }

    /// Its units, where they lie in one place and are Latin-1.
    fn bytes<'b>(&'b self, cx: &'b Cx<'_>) -> Option<&'b [u8]> {
        match self {
            Part::Bytes(bytes) => Some(bytes),
            Part::Text(text) if text.is_flat(cx) => match text.chars(cx) {
                Chars::Latin1(bytes) => Some(bytes),
                Chars::Utf16(_) => None,
            },
            Part::Text(_) => None,
        }
    }
}

/// The characters of a primitive that is no string; `None` for what takes more.
fn characters(word: u64, digits: &mut [u8; MAX_DIGITS]) -> Option<&[u8]> {
    Some(match word {
        TRUE => b"true",
        FALSE => b"false",
        NULL => b"null",
        UNDEFINED => b"undefined",
        _ if is_int(word) => decimal(i64::from(as_int(word)), digits),
        _ => return None,
    })
}

/// What a primitive is in a concatenation; `None` for what takes more.
unsafe fn part<'a>(cx: &'a Cx<'_>, word: u64, digits: &'a mut [u8; MAX_DIGITS]) -> Option<Part<'a>> {
    // SAFETY: compiled code passes live values.
    match unsafe { Value::from_bits(word) }.cast::<Str>(cx) {
        Some(text) => Some(Part::Text(text)),
        None => characters(word, digits).map(Part::Bytes),
    }
}

/// A Latin-1 string; LEFT where the nursery has no room.
fn latin1(cx: &mut Cx<'_>, bytes: &[u8]) -> u64 {
    match bytes {
        [] => return cx.empty_string().value(cx).bits(),
        &[byte] => return cx.character_bits(byte),
        _ => {}
    }
    let Some(made) = cx.heap.allocate_young_text(kind::Latin1, FLAT_HEADER + bytes.len()) else {
        return LEFT;
    };
    // SAFETY: the cell was just made, with room for the units behind its header.
    unsafe {
        let at = cx.heap.base().add((made as usize) << 3);
        at.add(4).cast::<u32>().write(bytes.len() as u32);
        at.add(FLAT_HEADER).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    }
    reference(TAG_STRING, made)
}

/// Joins two primitives of which one is a string.
unsafe fn join(cx: &mut Cx<'_>, a: u64, b: u64) -> u64 {
    // SAFETY: compiled code passes live values; making strings does not move any.
    unsafe {
        if is_string(a) && is_string(b) {
            return join_strings(cx, a, b);
        }
        let other = if is_string(a) { b } else { a };
        // A digit is a string already.
        let text = match is_int(other) && (0..10).contains(&as_int(other)) {
            true => cx.character_bits(b'0' + as_int(other) as u8),
            false => return join_other(cx, a, b),
        };
        if is_string(a) { join_strings(cx, a, text) } else { join_strings(cx, text, b) }
    }
}

/// Joins two strings.
unsafe fn join_strings(cx: &mut Cx<'_>, a: u64, b: u64) -> u64 {
    // SAFETY: passed on from the caller: both are live strings, whose rows have these offsets.
    unsafe {
        let [left, right] = [a, b].map(|word| cx.heap.at((word as u32 as usize) << 3));
        let (before, behind) = (left.add(4).cast::<u32>().read(), right.add(4).cast::<u32>().read());
        if before == 0 {
            return b;
        }
        if behind == 0 {
            return a;
        }
        let length = before as usize + behind as usize;
        if length >= MIN_ROPE as usize {
            if left.read() == kind::Slice {
                if right.read() == kind::Latin1 && behind <= 4 {
                    let longer = append_short(cx, left, before, right, behind);
                    if longer != LEFT {
                        return longer;
                    }
                }
                if let Some(longer) = append_in_place(cx, a, Appended::Text(b)) {
                    return longer;
                }
            }
            return if length > limits::STRING_LENGTH { LEFT } else { rope(cx, a, b, length as u32) };
        }
        if left.read() != kind::Latin1 || right.read() != kind::Latin1 {
            return join_other(cx, a, b);
        }
        let Some(made) = cx.heap.allocate_young_text(kind::Latin1, FLAT_HEADER + length) else { return LEFT };
        let at = cx.heap.at((made as usize) << 3);
        at.add(4).cast::<u32>().write(length as u32);
        let units = at.add(FLAT_HEADER);
        units.copy_from_nonoverlapping(left.add(FLAT_HEADER), before as usize);
        units.add(before as usize).copy_from_nonoverlapping(right.add(FLAT_HEADER), behind as usize);
        reference(TAG_STRING, made)
    }
}

/// A slice and a Latin-1 string of up to four units behind it, as `append_in_place` has it; LEFT where that is to be
/// asked.
#[inline(always)]
unsafe fn append_short(cx: &mut Cx<'_>, slice: *const u8, before: u32, piece: *const u8, units: u32) -> u64 {
    // SAFETY: passed on from the caller: live cells, whose rows have these offsets. A flat string has four bytes from
    // its first unit on, and so has the buffer behind what is in use.
    unsafe {
        let parent = slice.add(offset::Slice::parent as usize).cast::<u32>().read();
        let start = slice.add(offset::Slice::offset as usize).cast::<u32>().read();
        let buffer = cx.heap.at((parent as usize) << 3);
        let used = buffer.add(offset::Latin1::hash as usize).cast::<u32>();
        let room = buffer.add(offset::Latin1::length as usize).cast::<u32>().read();
        let end = start + before;
        if buffer.add(1).read() & flag::BUFFER == 0 || used.read() != end || end + 4 > room {
            return LEFT;
        }
        let Some(made) = cx.heap.allocate_young_text(kind::Slice, Slice::BYTES) else { return LEFT };
        let at = cx.heap.at((made as usize) << 3);
        at.add(4).cast::<u32>().write(before + units);
        at.add(offset::Slice::parent as usize).cast::<u32>().write(parent);
        at.add(offset::Slice::offset as usize).cast::<u32>().write(start);
        let copied = piece.add(FLAT_HEADER).cast::<u32>().read();
        buffer.add(FLAT_HEADER + end as usize).cast::<u32>().write_unaligned(copied);
        used.write(end + units);
        reference(TAG_STRING, made)
    }
}

/// The string at `left` and a part behind it, where the part fits into the buffer that the string ends. `None` where it
/// does not, or the nursery has no room.
unsafe fn append_in_place(cx: &mut Cx<'_>, left: u64, part: Appended<'_>) -> Option<u64> {
    // SAFETY: compiled code passes live values; making a cell in the nursery moves none.
    unsafe {
        let units = match part {
            Appended::Text(text) => {
                let text = Gc::<Str>::from_ref(cx, text as u32);
                text.is_piece(cx).then(|| text.length() as usize)?
            }
            Appended::Bytes(bytes) => bytes.len(),
        };
        Gc::<Str>::from_ref(cx, left as u32).room_behind(cx, units)?;
        let made = cx.heap.allocate_young(kind::Slice, Slice::BYTES)?;
        let room = Gc::<Str>::from_ref(cx, left as u32).room_behind(cx, units)?;
        let slice = Gc::<Slice>::from_ref(cx, made);
        match part {
            Appended::Text(text) => room.append(cx, slice, Gc::from_ref(cx, text as u32)),
            Appended::Bytes(bytes) => room.append_bytes(cx, slice, bytes),
        }
        Some(reference(TAG_STRING, made))
    }
}

/// Joins primitives whose text is short, in one string; LEFT where it is not, or takes more.
fn join_short(cx: &mut Cx<'_>, words: &[u64]) -> u64 {
    let mut short = [0; MIN_ROPE as usize];
    let mut length = 0;
    for &word in words {
        let mut digits = [0; MAX_DIGITS];
        // SAFETY: compiled code passes live values; nothing is allocated while they are looked at.
        let Some(part) = (unsafe { part(cx, word, &mut digits) }) else { return LEFT };
        let end = length + part.length();
        let (true, Some(bytes)) = (end < MIN_ROPE as usize, part.bytes(cx)) else { return LEFT };
        short[length..end].copy_from_slice(bytes);
        length = end;
    }
    latin1(cx, &short[..length])
}

/// Joins two primitives of which one is a string, whatever they are.
unsafe fn join_other(cx: &mut Cx<'_>, a: u64, b: u64) -> u64 {
    let (mut left, mut right) = ([0; MAX_DIGITS], [0; MAX_DIGITS]);
    let length = {
        // SAFETY: compiled code passes live values; nothing is allocated while they are looked at.
        let parts = unsafe { (part(cx, a, &mut left), part(cx, b, &mut right)) };
        let (Some(left), Some(right)) = parts else { return LEFT };
        match (&left, &right) {
            (Part::Text(text), other) | (other, Part::Text(text)) if other.length() == 0 => {
                return text.value(cx).bits();
            }
            _ => left.length() + right.length(),
        }
    };
    if length < MIN_ROPE as usize {
        return join_short(cx, &[a, b]);
    }
    if length > limits::STRING_LENGTH {
        return LEFT;
    }
    // SAFETY: as above; making strings does not move any.
    unsafe {
        if is_string(a)
            && !is_string(b)
            && let Some(bytes) = characters(b, &mut right)
            && let Some(longer) = append_in_place(cx, a, Appended::Bytes(bytes))
        {
            return longer;
        }
        let (a, b) = (to_text(cx, a), to_text(cx, b));
        if a == LEFT || b == LEFT {
            return LEFT;
        }
        rope(cx, a, b, length as u32)
    }
}

/// What says that units above 0xFF are in a string, and how many ropes are below it.
unsafe fn width_and_depth(cell: *const u8) -> (bool, u32) {
    // SAFETY: passed on from the caller: a live string, whose row has these offsets.
    unsafe {
        match cell.read() {
            kind::Latin1 => (false, 0),
            kind::Utf16 => (true, 0),
            kind => {
                let wide = cell.add(1).read() & flag::WIDE != 0;
                let is_open =
                    kind == kind::Rope && cell.add(offset::Rope::right as usize).cast::<u32>().read() != 0;
                let depth = || cell.add(offset::Rope::depth as usize).cast::<u32>().read();
                (wide, if is_open { depth() } else { 0 })
            }
        }
    }
}

unsafe fn rope(cx: &mut Cx<'_>, a: u64, b: u64, length: u32) -> u64 {
    // SAFETY: passed on from the caller: both are live strings.
    unsafe {
        let [left, right] = [a, b].map(|word| width_and_depth(cx.heap.at((word as u32 as usize) << 3)));
        let depth = 1 + left.1.max(right.1);
        if plan(depth, length, left.0 || right.0) != Plan::Rope {
            return LEFT;
        }
        let Some(made) = cx.heap.allocate_young(kind::Rope, Rope::BYTES) else { return LEFT };
        let at = cx.heap.at((made as usize) << 3);
        if left.0 || right.0 {
            at.add(1).write(flag::WIDE);
        }
        at.add(4).cast::<u32>().write(length);
        at.add(offset::Rope::left as usize).cast::<u32>().write(a as u32);
        at.add(offset::Rope::right as usize).cast::<u32>().write(b as u32);
        at.add(offset::Rope::depth as usize).cast::<u32>().write(depth);
        reference(TAG_STRING, made)
    }
}

/// A primitive as a string.
fn to_text(cx: &mut Cx<'_>, word: u64) -> u64 {
    match characters(word, &mut [0; MAX_DIGITS]) {
        _ if is_string(word) => word,
        Some(bytes) => latin1(cx, bytes),
        None => LEFT,
    }
}

/// `a + b` where one is a string.
pub(super) unsafe extern "C" fn add(isolate: *mut Isolate, a: u64, b: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and live values.
    unsafe { if is_string(a) || is_string(b) { join((*isolate).cx(), a, b) } else { LEFT } }
}

/// Two or three strings, one behind the other; a hole for the third says that there is none.
pub(super) unsafe extern "C" fn concat(isolate: *mut Isolate, a: u64, b: u64, c: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and live values.
    unsafe {
        let cx = (*isolate).cx();
        if c != HOLE {
            let short = join_short(cx, &[a, b, c]);
            if short != LEFT {
                return short;
            }
        }
        match (join(cx, a, b), c) {
            (LEFT, _) => LEFT,
            (joined, HOLE) => joined,
            (joined, c) => join(cx, joined, c),
        }
    }
}

pub(super) unsafe extern "C" fn to_string(isolate: *mut Isolate, value: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate.
    to_text(unsafe { (*isolate).cx() }, value)
}

/// Elements that hold the arguments of a frame from one on, and their number. `None` where there is no room.
unsafe fn argument_elements(
    isolate: *mut Isolate,
    function: Gc<'_, Function>,
    fp: *const u64,
    from: u32,
) -> Option<(u32, u32)> {
    // SAFETY: the frame is one of the function; the arguments are where `argument_slots` says.
    unsafe {
        let cx = (*isolate).cx();
        let argc = frame::link_argc(fp.offset(LINK).read());
        let first = match argc > function.template(cx).params() {
            true => fp.sub((HEADER + argc) as usize),
            false => fp.add(1),
        };
        let count = argc.saturating_sub(from) as usize;
        if count == 0 {
            return Some((cx.empty_elements().reference(cx), 0));
        }
        let elements = (*isolate).heap.allocate_young(kind::Elements, Elements::BYTES + 8 * count)?;
        let to = cell(isolate, u64::from(elements));
        to.add(4).cast::<u32>().write(count as u32);
        for i in 0..count {
            let value = first.add(from as usize + i).read();
            note_kind(to, value);
            to.add(Elements::BYTES + 8 * i).cast::<u64>().write(value);
        }
        Some((elements, count as u32))
    }
}

/// A new object in the nursery of one of a realm's shapes, with undefined in its slots.
unsafe fn new_of_shape(isolate: *mut Isolate, shape: Gc<'_, Shape>, elements: u32) -> Option<u32> {
    // SAFETY: offsets as the rows of objects have them.
    unsafe {
        let layout = shape.object_layout();
        let shape = shape.reference((*isolate).cx());
        let fixed = usize::from(LAYOUTS[usize::from(layout.kind)].fixed);
        let object = (*isolate).heap.allocate_young(layout.kind, layout.bytes())?;
        let at = cell(isolate, u64::from(object));
        at.add(4).cast::<u32>().write(shape);
        at.add(offset::Object::elements as usize).cast::<u32>().write(elements);
        for i in 0..usize::from(layout.inline) {
            at.add(fixed + 8 * i).cast::<u64>().write(UNDEFINED);
        }
        Some(object)
    }
}

pub(super) unsafe extern "C" fn new_rest(isolate: *mut Isolate, from: u64, running: u64, fp: u64) -> u64 {
    // SAFETY: compiled code passes its running function and frame.
    unsafe {
        let cx = (*isolate).cx();
        let Some(function) = Value::from_bits(running).cast::<Function>(cx) else { return LEFT };
        let Some(realm) = realm_of(cx, running) else { return LEFT };
        let Some(shape) = realm.at(cx, Intrinsic::ArrayShape as usize).cast::<Shape>(cx) else { return LEFT };
        let elements = argument_elements(isolate, function, fp as *const u64, from as u32);
        let Some((elements, count)) = elements else { return LEFT };
        let Some(array) = new_of_shape(isolate, shape, elements) else { return LEFT };
        let at = cell(isolate, u64::from(array));
        at.add(offset::Array::length as usize).cast::<u32>().write(count);
        reference(TAG_OBJECT, array)
    }
}

pub(super) unsafe extern "C" fn new_arguments(isolate: *mut Isolate, _: u64, running: u64, fp: u64) -> u64 {
    // SAFETY: compiled code passes its running function and frame.
    unsafe {
        let cx = (*isolate).cx();
        let Some(function) = Value::from_bits(running).cast::<Function>(cx) else { return LEFT };
        let Some(realm) = realm_of(cx, running) else { return LEFT };
        // The first that is made makes the shape.
        let shape = realm.at(cx, Intrinsic::ArgumentsShape as usize).cast::<Shape>(cx);
        let is_strict = function.template(cx).is_flagged(template_flag::STRICT);
        let Some(shape) = shape.filter(|_| !is_strict) else { return LEFT };
        let Some((elements, count)) = argument_elements(isolate, function, fp as *const u64, 0) else {
            return LEFT;
        };
        let Some(object) = new_of_shape(isolate, shape, elements) else { return LEFT };
        let bits = reference(TAG_OBJECT, object);
        let Some(arguments) = Value::from_bits(bits).as_object(cx) else { return LEFT };
        arguments.set_slot(cx, 0, Value::number(f64::from(count)));
        arguments.set_slot(cx, 1, realm.at(cx, Intrinsic::ArrayValues as usize));
        match cx.add_known_property(arguments, cx.name(Name::callee), function.value(cx), info::METHOD) {
            true => bits,
            false => LEFT,
        }
    }
}

/// A copy of a scope.
pub(super) unsafe extern "C" fn copy_scope(isolate: *mut Isolate, scope: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the verifier holds registers of scopes apart; a cell's header says how long it is.
    unsafe {
        let bytes = (*isolate).heap.size_of(cell(isolate, scope));
        let Some(copy) = (*isolate).heap.allocate_young(kind::Scope, bytes) else { return LEFT };
        let to = cell(isolate, u64::from(copy));
        to.add(4).copy_from_nonoverlapping(cell(isolate, scope).add(4), bytes - 4);
        reference(tag(scope), copy)
    }
}

/// Defines a property by a computed key: a named one, or an element that an array has room for.
pub(super) unsafe extern "C" fn init_elem(isolate: *mut Isolate, object: u64, key: u64, value: u64) -> u64 {
    // SAFETY: offsets as the rows of Array, Elements and Shape have them.
    unsafe {
        if is_string(key) || tag(key) == TAG_SYMBOL {
            let cx = (*isolate).cx();
            return init_name(cx, object, known_key(cx, key), value);
        }
        if !is_object(object) || !is_int(key) {
            return LEFT;
        }
        let array = cell(isolate, object);
        let elements =
            cell(isolate, u64::from(array.add(offset::Object::elements as usize).cast::<u32>().read()));
        let index = as_int(key) as u32;
        if array.read() != kind::Array
            || index >= elements.add(4).cast::<u32>().read()
            || elements.add(1).read() & (flag::FROZEN | flag::SEALED) != 0
            || array.add(offset::Array::frozen_length as usize).cast::<u32>().read() != 0
        {
            return LEFT;
        }
        let shape = cell(isolate, u64::from(array.add(4).cast::<u32>().read()));
        let odd = shape_flag::NON_EXTENSIBLE | shape_flag::PROTOTYPE;
        if shape.add(4).cast::<u32>().read() & odd != 0 {
            return LEFT;
        }
        let at = Elements::BYTES + 8 * index as usize;
        elements.add(at).cast::<u64>().write(value);
        note_kind(elements, value);
        barrier(isolate, elements, at, value);
        let length = array.add(offset::Array::length as usize).cast::<u32>();
        if index >= length.read() {
            length.write(index + 1);
        }
        0
    }
}
