//! From bytes to values. Any bytes are safe to read: what is no message throws an Error.

use num_bigint::{BigInt as Big, BigUint, Sign};

use super::write::ERRORS;
use super::{error_part, tag};
use crate::base::exit::Exit;
use crate::base::limits;
use crate::builtins::typed_array::typed_prototype;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::object::Key;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::typed::{AUTO_LENGTH, ElementType, buffer_flag};
use crate::semantics::JsResult;

/// A container that is being read. Its object is the one with the number.
#[derive(Clone, Copy)]
enum Open {
    /// Properties; a key was read where `keyed`.
    Object {
        number: usize,
    },
    /// So many elements are left, the next at an index; then properties.
    Array {
        number: usize,
        next: u32,
        left: u64,
    },
    /// A Map; a key waits where `keyed`.
    Map {
        number: usize,
        keyed: bool,
    },
    Set {
        number: usize,
    },
    /// An error's cause is next, or was read.
    Cause {
        number: usize,
        is_read: bool,
    },
}

/// What a property's name was.
enum KeyRead<'s> {
    Key(Key<'s>),
    End,
}

struct Reader<'b, 's> {
    bytes: &'b [u8],
    at: usize,
    open: Vec<Open>,
    /// All objects and long strings so far.
    seen: Local<'s, List>,
    /// Keys that wait for their values, of the containers that have one.
    keys: Local<'s, List>,
    /// The value that was read last.
    value: Local<'s>,
}

impl<'s> Cx<'s> {
    /// A message as a value of the running realm.
    pub fn read_message(&mut self, bytes: &[u8]) -> JsResult<'s> {
        let value = self.variable();
        // What is plain to see needs no lists.
        if let Some(plain) = simple(bytes) {
            value.set(self, plain);
            return Ok(value);
        }
        let top = self.heap.top();
        let (seen, keys) = (self.new_list()?, self.new_list()?);
        let mut reader = Reader { bytes, at: 0, open: Vec::new(), seen, keys, value };
        let read = reader.read(self);
        self.heap.set_top(top);
        read.map(|()| value)
    }
}

/// A message of one primitive that lies in its word.
fn simple(bytes: &[u8]) -> Option<Value<'static>> {
    match bytes {
        [tag::UNDEFINED] => Some(Value::UNDEFINED),
        [tag::NULL] => Some(Value::NULL),
        [tag::FALSE] => Some(Value::boolean(false)),
        [tag::TRUE] => Some(Value::boolean(true)),
        [tag::INT, byte] if *byte < 0x80 => Some(Value::int(i32::from(byte >> 1) ^ -i32::from(byte & 1))),
        _ => None,
    }
}

impl<'b, 's> Reader<'b, 's> {
    fn read(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, ()> {
        let mut wants_value = true;
        while wants_value || !self.open.is_empty() {
            cx.vm.spend(1)?;
            let top = cx.heap.top();
            let step = if wants_value { self.value_step(cx) } else { self.advance(cx) };
            cx.heap.set_top(top);
            wants_value = step?;
        }
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => Err(self.malformed(cx)),
        }
    }

    #[cold]
    fn malformed(&self, cx: &mut Cx<'s>) -> Exit {
        cx.type_error(&format!("malformed message at byte {}", self.at))
    }

    // ---- bytes

    fn take(&mut self, cx: &mut Cx<'s>, count: u64) -> JsResult<'s, &'b [u8]> {
        let left: &'b [u8] = &self.bytes[self.at..];
        if count > left.len() as u64 {
            return Err(self.malformed(cx));
        }
        self.at += count as usize;
        Ok(&left[..count as usize])
    }

    fn byte(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, u8> {
        Ok(self.take(cx, 1)?[0])
    }

    fn varint(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(cx)?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.malformed(cx))
    }

    fn double(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, f64> {
        let bytes = self.take(cx, 8)?;
        Ok(f64::from_le_bytes(bytes.try_into().expect("8 bytes")))
    }

    // ---- values

    /// Reads a value, or the head of a container; whether what is next is a value again.
    fn value_step(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, bool> {
        let depth = self.open.len();
        let begins = self.value(cx)?;
        match begins {
            Begun::Whole => self.deliver(cx, depth)?,
            Begun::Opened => {}
            Begun::Cause => return Ok(true),
        }
        Ok(false)
    }

    /// Keeps the value that was read as the next number.
    fn number(&mut self, cx: &mut Cx<'s>, value: Local<'_>) -> JsResult<'s, usize> {
        let number = self.seen.get(cx).length() as usize;
        cx.list_push(self.seen, value)?;
        self.value.set(cx, value.value(cx));
        Ok(number)
    }

    fn object_at(&self, cx: &mut Cx<'s>, number: usize) -> JsResult<'s, Local<'s, Object>> {
        let value = self.seen.get(cx).item(cx, number).root(cx);
        match value.as_object(cx) {
            Some(object) => Ok(object),
            None => Err(self.malformed(cx)),
        }
    }

    fn value(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Begun> {
        let first = self.byte(cx)?;
        let plain = match first {
            tag::UNDEFINED => Value::UNDEFINED,
            tag::NULL => Value::NULL,
            tag::FALSE => Value::boolean(false),
            tag::TRUE => Value::boolean(true),
            tag::INT => {
                let coded = self.varint(cx)? as u32;
                Value::int((coded >> 1) as i32 ^ -((coded & 1) as i32))
            }
            tag::DOUBLE => {
                let number = self.double(cx)?;
                Value::number(if number.is_nan() { f64::NAN } else { number })
            }
            _ => return self.cell(cx, first),
        };
        self.value.set(cx, plain);
        Ok(Begun::Whole)
    }

    fn cell(&mut self, cx: &mut Cx<'s>, first: u8) -> JsResult<'s, Begun> {
        match first {
            tag::LATIN1 | tag::UTF16 | tag::LONG_LATIN1 | tag::LONG_UTF16 => {
                self.string(cx, first)?;
                return Ok(Begun::Whole);
            }
            tag::BIGINT => {
                let sign = if self.byte(cx)? == 0 { Sign::Plus } else { Sign::Minus };
                let digits = self.varint(cx)?;
                let bytes = self.take(cx, digits.saturating_mul(8))?;
                let big = Big::from_biguint(sign, BigUint::from_bytes_le(bytes));
                let big = cx.bigint(&big)?;
                self.value.set(cx, big.value(cx));
                return Ok(Begun::Whole);
            }
            tag::SEEN => {
                let number = self.varint(cx)?;
                if number >= u64::from(self.seen.get(cx).length()) {
                    return Err(self.malformed(cx));
                }
                let value = self.seen.get(cx).item(cx, number as usize);
                self.value.set(cx, value);
                return Ok(Begun::Whole);
            }
            tag::DATE => {
                let time = self.double(cx)?;
                let date = cx.new_kind(kind::Date, Intrinsic::DatePrototype)?;
                if let Some(date) = date.get(cx).cast::<Date>() {
                    date.set_time(if time.abs() <= 8.64e15 { time.trunc() + 0.0 } else { f64::NAN });
                }
                self.number(cx, date.any())?;
                return Ok(Begun::Whole);
            }
            tag::REGEXP => return self.regexp(cx),
            tag::BOXED => return self.boxed(cx),
            tag::BUFFER => return self.buffer(cx),
            tag::TYPED | tag::VIEW => return self.view(cx, first == tag::TYPED),
            tag::ERROR => return self.error(cx),
            _ => {}
        }
        self.container(cx, first)
    }

    fn container(&mut self, cx: &mut Cx<'s>, first: u8) -> JsResult<'s, Begun> {
        let open = match first {
            tag::OBJECT => {
                let object = cx.new_object()?;
                Open::Object { number: self.number(cx, object.any())? }
            }
            tag::ARRAY => {
                let (length, left) = (self.varint(cx)?, self.varint(cx)?);
                let room = (self.bytes.len() - self.at) as u64;
                if length > u64::from(u32::MAX) || left > length || left > room {
                    return Err(self.malformed(cx));
                }
                let array = cx.new_array(length as u32, left as usize)?;
                Open::Array { number: self.number(cx, array.any())?, next: 0, left }
            }
            tag::MAP => {
                let map = crate::builtins::map::fresh(cx)?;
                Open::Map { number: self.number(cx, map)?, keyed: false }
            }
            tag::SET => {
                let proto = cx.intrinsic(Intrinsic::SetPrototype);
                let set = crate::builtins::set::empty_set(cx, proto)?;
                Open::Set { number: self.number(cx, set.any())? }
            }
            _ => return Err(self.malformed(cx)),
        };
        self.open.push(open);
        Ok(Begun::Opened)
    }

    fn string(&mut self, cx: &mut Cx<'s>, first: u8) -> JsResult<'s, ()> {
        let length = self.varint(cx)?;
        let string = if matches!(first, tag::LATIN1 | tag::LONG_LATIN1) {
            let bytes = self.take(cx, length)?;
            cx.latin1_string(bytes)?
        } else {
            let bytes = self.take(cx, length.saturating_mul(2))?;
            let units: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
            cx.utf16_string(&units)?
        };
        cx.vm.spend(length / 64)?;
        if matches!(first, tag::LONG_LATIN1 | tag::LONG_UTF16) {
            self.number(cx, string.any())?;
        }
        self.value.set(cx, string.value(cx));
        Ok(())
    }

    /// Reads a primitive: what has no other value in it, so that this does not recurse.
    fn primitive(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, ()> {
        if self.bytes.get(self.at).is_none_or(|&first| first > tag::SEEN) {
            return Err(self.malformed(cx));
        }
        self.value(cx)?;
        match self.value.value(cx).is_object() {
            true => Err(self.malformed(cx)),
            false => Ok(()),
        }
    }

    /// Reads a value that is a string.
    fn text(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Local<'s>> {
        self.primitive(cx)?;
        if !self.value.value(cx).is_string() {
            return Err(self.malformed(cx));
        }
        Ok(self.value.value(cx).root(cx))
    }

    fn regexp(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Begun> {
        // The object is numbered before its texts.
        let object = cx.alloc_regexp(None)?;
        self.number(cx, object.any())?;
        let (source, flags) = (self.text(cx)?, self.text(cx)?);
        cx.init_regexp(object, source, flags)?;
        self.value.set(cx, object.value(cx));
        Ok(Begun::Whole)
    }

    fn boxed(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Begun> {
        let number = self.number(cx, self.value)?;
        self.primitive(cx)?;
        if self.value.value(cx).is_nullish() {
            return Err(self.malformed(cx));
        }
        let object = cx.to_object(self.value)?;
        self.seen.get(cx).set_item(cx, number, object.value(cx));
        self.value.set(cx, object.value(cx));
        Ok(Begun::Whole)
    }

    fn buffer(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Begun> {
        let (length, most) = (self.varint(cx)?, self.varint(cx)?.checked_sub(1));
        let room = (self.bytes.len() - self.at) as u64;
        if length > room || most.is_some_and(|most| most < length || most > limits::BUFFER_BYTES as u64) {
            return Err(self.malformed(cx));
        }
        let proto = cx.intrinsic(Intrinsic::ArrayBufferPrototype);
        let buffer = cx.new_buffer_with(proto, length, most, 0)?;
        let bytes = self.take(cx, length)?;
        if let Some(data) = buffer.get(cx).data(cx) {
            data.with_mut(cx, |all| all[..bytes.len()].copy_from_slice(bytes));
        }
        self.number(cx, buffer.any())?;
        Ok(Begun::Whole)
    }

    fn view(&mut self, cx: &mut Cx<'s>, is_typed: bool) -> JsResult<'s, Begun> {
        let is_buffer = matches!(self.byte(cx)?, tag::BUFFER | tag::SEEN);
        if !is_buffer {
            return Err(self.malformed(cx));
        }
        self.at -= 1;
        self.value(cx)?;
        let Some(buffer) = self.value.cast::<Buffer>(cx) else { return Err(self.malformed(cx)) };
        let buffer = buffer.get(cx).root(cx);
        let element = if is_typed { u32::from(self.byte(cx)?) } else { ElementType::Uint8 as u32 };
        let (offset, length) = (self.varint(cx)?, self.varint(cx)?.checked_sub(1));
        if element as usize >= ElementType::ALL.len() {
            return Err(self.malformed(cx));
        }
        let element = ElementType::from_u32(element);
        let size = element.size() as u64;
        let follows = buffer.get(cx).flags() & buffer_flag::RESIZABLE != 0;
        // One that lies out of bounds is as good as one that follows: its buffer shrank.
        let end = offset.saturating_add(length.unwrap_or(0).saturating_mul(size));
        let fits = end <= buffer.get(cx).max_length() && offset % size == 0 && (length.is_some() || follows);
        if !fits || (!follows && end > buffer.get(cx).length()) {
            return Err(self.malformed(cx));
        }
        let length = length.unwrap_or(AUTO_LENGTH);
        let object = if is_typed {
            let proto = typed_prototype(cx, element);
            cx.new_typed_view(element, proto, buffer, offset, length)?.any()
        } else {
            let object = cx.new_kind(kind::DataView, Intrinsic::DataViewPrototype)?;
            if let Some(view) = object.get(cx).cast::<DataView>() {
                view.set_buffer(cx, buffer.get(cx));
                view.set_offset(offset);
                view.set_length(length);
            }
            object.any()
        };
        self.number(cx, object)?;
        Ok(Begun::Whole)
    }

    fn error(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, Begun> {
        let (kind, parts) = (self.byte(cx)?, self.byte(cx)?);
        let Some(&proto) = ERRORS.get(usize::from(kind)) else { return Err(self.malformed(cx)) };
        let proto = cx.intrinsic(proto);
        let error = cx.new_error_with(proto)?;
        let number = self.number(cx, error.any())?;
        for (part, name) in [(error_part::MESSAGE, Name::message), (error_part::STACK, Name::stack)] {
            if parts & part != 0 {
                let text = self.text(cx)?;
                put_hidden(cx, error, name, text)?;
            }
        }
        if parts & error_part::CAUSE != 0 {
            self.open.push(Open::Cause { number, is_read: false });
            return Ok(Begun::Cause);
        }
        self.value.set(cx, error.value(cx));
        Ok(Begun::Whole)
    }

    // ---- containers

    /// Gives the value that was read to the container at the top of `depth`.
    fn deliver(&mut self, cx: &mut Cx<'s>, depth: usize) -> JsResult<'s, ()> {
        let value = self.value.value(cx).root(cx);
        let Some(open) = depth.checked_sub(1).and_then(|at| self.open.get(at)).copied() else {
            return Ok(());
        };
        match open {
            Open::Object { number } => {
                let object = self.object_at(cx, number)?;
                let key = self.pop_key(cx);
                let Some(key) = cx.primitive_key(key)? else { return Err(self.malformed(cx)) };
                cx.put_own(object, key, value, info::DEFAULT)
            }
            Open::Array { number, next, left } => {
                let object = self.object_at(cx, number)?;
                if let Some(elements) = object.get(cx).elements(cx).filter(|all| next < all.capacity()) {
                    cx.note_element(elements, value.value(cx));
                    elements.put(cx, next as usize, value.value(cx));
                }
                self.open[depth - 1] = Open::Array { number, next: next + 1, left: left - 1 };
                Ok(())
            }
            Open::Map { number, keyed: false } => {
                cx.list_push(self.keys, value)?;
                self.open[depth - 1] = Open::Map { number, keyed: true };
                Ok(())
            }
            Open::Map { number, keyed: true } => {
                let key = self.pop_key(cx);
                let object = self.object_at(cx, number)?;
                let Some(map) = object.downcast::<Map>(cx) else { return Err(self.malformed(cx)) };
                crate::builtins::map::put(cx, map, key, value)?;
                self.open[depth - 1] = Open::Map { number, keyed: false };
                Ok(())
            }
            Open::Set { number } => {
                let object = self.object_at(cx, number)?;
                let Some(set) = object.downcast::<Set>(cx) else { return Err(self.malformed(cx)) };
                crate::builtins::set::put(cx, set, value)
            }
            Open::Cause { number, .. } => {
                let error = self.object_at(cx, number)?;
                put_hidden(cx, error, Name::cause, value)?;
                self.open[depth - 1] = Open::Cause { number, is_read: true };
                Ok(())
            }
        }
    }

    fn pop_key(&mut self, cx: &mut Cx<'s>) -> Local<'s> {
        let last = (self.keys.get(cx).length() as usize).saturating_sub(1);
        let key = self.keys.get(cx).item(cx, last).root(cx);
        self.keys.get(cx).truncate(cx, last);
        key
    }

    /// Reads on in the innermost container; whether a value is next.
    fn advance(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, bool> {
        let Some(open) = self.open.last().copied() else { return Ok(false) };
        let is_over = match open {
            Open::Array { number, next, left } => {
                if left == 0 {
                    // What follows are properties.
                    *self.open.last_mut().expect("one is open") = Open::Object { number };
                    return Ok(false);
                }
                if self.bytes.get(self.at) == Some(&tag::HOLE) {
                    self.at += 1;
                    *self.open.last_mut().expect("one is open") =
                        Open::Array { number, next: next + 1, left: left - 1 };
                    return Ok(false);
                }
                false
            }
            Open::Object { .. } => match self.key(cx)? {
                KeyRead::End => true,
                KeyRead::Key(key) => {
                    let key = key.to_value(cx)?;
                    cx.list_push(self.keys, key)?;
                    false
                }
            },
            Open::Map { keyed: true, .. } => false,
            Open::Map { .. } | Open::Set { .. } => {
                let is_end = self.bytes.get(self.at) == Some(&tag::END);
                self.at += usize::from(is_end);
                is_end
            }
            Open::Cause { is_read, .. } => is_read,
        };
        if !is_over {
            return Ok(true);
        }
        let (Open::Object { number }
        | Open::Array { number, .. }
        | Open::Map { number, .. }
        | Open::Set { number }
        | Open::Cause { number, .. }) = open;
        self.open.pop();
        let whole = self.seen.get(cx).item(cx, number);
        self.value.set(cx, whole);
        self.deliver(cx, self.open.len())?;
        Ok(false)
    }

    fn key(&mut self, cx: &mut Cx<'s>) -> JsResult<'s, KeyRead<'s>> {
        let first = self.byte(cx)?;
        match first {
            tag::END => Ok(KeyRead::End),
            tag::KEY_INDEX => {
                let index = self.varint(cx)?;
                match u32::try_from(index) {
                    Ok(index) if index < u32::MAX => Ok(KeyRead::Key(Key::Index(index))),
                    _ => Err(self.malformed(cx)),
                }
            }
            _ => {
                self.at -= 1;
                let text = self.text(cx)?;
                let Some(text) = text.cast::<Str>(cx) else { return Err(self.malformed(cx)) };
                Ok(KeyRead::Key(cx.string_key(text)?))
            }
        }
    }
}

/// How far a value was read.
enum Begun {
    Whole,
    /// A container, whose content is next.
    Opened,
    /// An error, whose cause is next.
    Cause,
}

fn put_hidden<'s>(
    cx: &mut Cx<'s>,
    object: Local<'s, Object>,
    name: Name,
    value: Local<'_>,
) -> JsResult<'s, ()> {
    let key = cx.key(name);
    if name == Name::stack
        && let Some(error) = object.downcast::<Error>(cx)
    {
        error.get(cx).set_frames(cx, Value::UNDEFINED);
    }
    cx.put_own(object, key, value, info::METHOD)
}
