//! From values to bytes.

use rustc_hash::FxHashMap;
use tvm_bytecode::data::ErrorKind;

use super::{LONG, error_part, tag};
use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Gc, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::string::Chars;
use crate::object::typed::{AUTO_LENGTH, buffer_flag};
use crate::semantics::JsResult;

/// Steps between two looks at the clock.
const LOOK: u64 = 4096;

/// Why a value was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It is no plain data: asking it may run code, or it cannot be copied at all.
    NotPlain,
    /// It takes more than a message may have.
    TooLarge,
    /// The program is to be stopped.
    Stopped,
}

/// A container that is being written.
enum Open<'a> {
    /// Indexed properties that are left, then named ones from an entry on.
    Object { object: Gc<'a, Object>, indices: std::vec::IntoIter<u32>, entry: u32 },
    /// Elements from an index on; then what else it has.
    Array { object: Gc<'a, Object>, next: u32, count: u32 },
    /// Keys and values from a place on.
    Table { table: Gc<'a, MapTable>, at: u32, is_map: bool },
}

struct Writer<'a, 'c> {
    cx: &'a Cx<'c>,
    stop: &'a dyn Fn() -> bool,
    out: Vec<u8>,
    /// Numbers of objects and long strings, by reference.
    seen: FxHashMap<u32, u32>,
    open: Vec<Open<'a>>,
    steps: u64,
    /// Errors may be written: they are copies.
    errors: bool,
    /// Their stacks are told.
    stacks: bool,
}

impl<'s> Cx<'s> {
    /// A value as a message. Runs no code of the program. `is_copy` says that the library made it: its errors are what
    /// they seem to be.
    pub fn write_message(
        &mut self,
        value: Local<'_>,
        is_copy: bool,
    ) -> JsResult<'s, Result<Vec<u8>, Refusal>> {
        let stop = self.vm.stop_condition();
        let stacks = self.vm.seat.is_some();
        let mut writer = Writer {
            cx: self,
            stop: &stop,
            out: Vec::with_capacity(64),
            seen: FxHashMap::default(),
            open: Vec::new(),
            steps: 0,
            errors: is_copy,
            // A tenant tells its maker all; what its maker's stack looks like is no tenant's business.
            stacks,
        };
        let written = writer.write(value.value(writer.cx));
        let (steps, out) = (writer.steps, writer.out);
        self.vm.spend(steps / 4)?;
        match written {
            Err(Refusal::Stopped) => {
                self.vm.poll(false)?;
                Ok(Err(Refusal::TooLarge))
            }
            Err(refusal) => Ok(Err(refusal)),
            Ok(()) => Ok(Ok(out)),
        }
    }

    /// What a refusal means to the program, where no copy would be of use.
    pub fn message_refused(&mut self, refusal: Refusal) -> Exit {
        match refusal {
            Refusal::NotPlain => match self.clone_error() {
                Ok(error) => self.throw_value(error),
                Err(exit) => exit,
            },
            Refusal::TooLarge | Refusal::Stopped => {
                self.range_error("The value is larger than a message may be")
            }
        }
    }

    fn clone_error(&mut self) -> JsResult<'s> {
        let error = self.new_error(ErrorKind::Error, "The value could not be cloned")?;
        let (key, name) = (self.key(Name::name_), self.text_value("DataCloneError")?);
        self.put_own(error, key, name, info::METHOD)?;
        Ok(error.any())
    }
}

impl<'a> Writer<'a, '_> {
    fn write(&mut self, value: Value<'a>) -> Result<(), Refusal> {
        self.value(value)?;
        while let Some(open) = self.open.pop() {
            self.step()?;
            match open {
                Open::Object { object, indices, entry } => self.object_step(object, indices, entry)?,
                Open::Array { object, next, count } => self.array_step(object, next, count)?,
                Open::Table { table, at, is_map } => self.table_step(table, at, is_map)?,
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Refusal> {
        self.steps += 1;
        if self.out.len() > limits::MESSAGE_BYTES {
            return Err(Refusal::TooLarge);
        }
        if self.steps.is_multiple_of(LOOK) && (!self.cx.vm.meter.allows(self.steps / 4) || (self.stop)()) {
            return Err(Refusal::Stopped);
        }
        Ok(())
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    /// Numbers an object or string; false where it has come before, which is written then.
    fn first_time(&mut self, bits: u64) -> Result<bool, Refusal> {
        // The lower half of a reference's word says which cell it is.
        let (cell, number) = (bits as u32, self.seen.len());
        if let Some(&known) = self.seen.get(&cell) {
            self.out.push(tag::SEEN);
            self.varint(u64::from(known));
            return Ok(false);
        }
        if number >= limits::MESSAGE_OBJECTS || self.open.len() >= limits::MESSAGE_DEPTH {
            return Err(Refusal::TooLarge);
        }
        self.seen.insert(cell, number as u32);
        Ok(true)
    }

    /// Writes a value, or the head of a container, which is opened.
    fn value(&mut self, value: Value<'a>) -> Result<(), Refusal> {
        if let Some(int) = value.as_int() {
            self.out.push(tag::INT);
            self.varint(u64::from((int << 1 ^ int >> 31) as u32));
            return Ok(());
        }
        if let Some(number) = value.as_number() {
            self.out.push(tag::DOUBLE);
            self.out.extend_from_slice(&number.to_bits().to_le_bytes());
            return Ok(());
        }
        if let Some(string) = value.as_string(self.cx) {
            return self.string(string, value.bits());
        }
        if value.is_object() {
            return self.object(value);
        }
        if let Some(big) = value.cast::<BigInt>(self.cx) {
            self.out.push(tag::BIGINT);
            self.out.push(u8::from(big.is_negative()));
            let digits = big.digits();
            self.varint(digits.len() as u64);
            self.room(8 * digits.len())?;
            digits.iter().for_each(|digit| self.out.extend_from_slice(&digit.to_le_bytes()));
            return Ok(());
        }
        self.out.push(match value {
            _ if value.is_undefined() => tag::UNDEFINED,
            _ if value.is_null() => tag::NULL,
            _ if value.is_true() => tag::TRUE,
            _ if value.is_boolean() => tag::FALSE,
            _ => return Err(Refusal::NotPlain),
        });
        Ok(())
    }

    /// Whether so many bytes more are allowed.
    fn room(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.out.len() + bytes > limits::MESSAGE_BYTES {
            return Err(Refusal::TooLarge);
        }
        self.steps += bytes as u64 / 64;
        Ok(())
    }

    fn string(&mut self, string: Gc<'a, Str>, bits: u64) -> Result<(), Refusal> {
        let (length, wide) = (string.length() as usize, string.is_wide(self.cx));
        let long = length >= LONG;
        if long && !self.first_time(bits)? {
            return Ok(());
        }
        self.out.push(match (wide, long) {
            (false, false) => tag::LATIN1,
            (true, false) => tag::UTF16,
            (false, true) => tag::LONG_LATIN1,
            (true, true) => tag::LONG_UTF16,
        });
        self.varint(length as u64);
        self.room(if wide { 2 * length } else { length })?;
        // A rope is not flattened: that would take memory of the heap.
        let mut pending = vec![string];
        while let Some(part) = pending.pop() {
            match part.cast::<Rope>() {
                Some(rope) => {
                    self.steps += 1;
                    pending.extend(rope.right(self.cx));
                    pending.push(rope.left(self.cx));
                }
                None => match part.chars(self.cx) {
                    Chars::Latin1(bytes) if !wide => self.out.extend_from_slice(bytes),
                    chars => chars.iter().for_each(|unit| self.out.extend_from_slice(&unit.to_le_bytes())),
                },
            }
        }
        Ok(())
    }

    fn object(&mut self, value: Value<'a>) -> Result<(), Refusal> {
        let cx = self.cx;
        let object = value.cast::<Object>(cx).ok_or(Refusal::NotPlain)?;
        match object.kind() {
            kind::TypedArray | kind::DataView => return self.view(object, value.bits()),
            kind::Plain
            | kind::Array
            | kind::Map
            | kind::Set
            | kind::Date
            | kind::RegExp
            | kind::Wrapper
            | kind::Buffer
            | kind::Error => {}
            _ => return Err(Refusal::NotPlain),
        }
        if object.shape(cx).is_flagged(shape_flag::HTML_DDA) {
            return Err(Refusal::NotPlain);
        }
        if !self.first_time(value.bits())? {
            return Ok(());
        }
        if let Some(buffer) = object.cast::<Buffer>() {
            return self.buffer(buffer);
        }
        if let Some(array) = object.cast::<Array>() {
            let dense = object.elements(cx).map_or(0, |elements| elements.capacity()).min(array.length());
            self.out.push(tag::ARRAY);
            self.varint(u64::from(array.length()));
            self.varint(u64::from(dense));
            self.open.push(Open::Array { object, next: 0, count: dense });
        } else if let Some(map) = object.cast::<Map>() {
            self.out.push(tag::MAP);
            self.open.push(Open::Table { table: map.table(cx), at: 0, is_map: true });
        } else if let Some(set) = object.cast::<Set>() {
            self.out.push(tag::SET);
            self.open.push(Open::Table { table: set.table(cx), at: 0, is_map: false });
        } else if let Some(date) = object.cast::<Date>() {
            self.out.push(tag::DATE);
            self.out.extend_from_slice(&date.time().to_bits().to_le_bytes());
        } else if let Some(regexp) = object.cast::<RegExp>() {
            self.out.push(tag::REGEXP);
            for text in [regexp.source(), regexp.flags()] {
                let string = text.as_string(cx).ok_or(Refusal::NotPlain)?;
                self.string(string, text.bits())?;
            }
        } else if let Some(wrapper) = object.cast::<Wrapper>() {
            self.out.push(tag::BOXED);
            return self.value(wrapper.primitive());
        } else if object.is::<Error>() {
            return self.error(object);
        } else {
            self.out.push(tag::OBJECT);
            self.open_object(object);
        }
        Ok(())
    }

    /// Its properties are next.
    fn open_object(&mut self, object: Gc<'a, Object>) {
        let indices = self.cx.element_indices(object).into_iter();
        self.open.push(Open::Object { object, indices, entry: 0 });
    }

    /// Writes the next property of an object, or its end.
    fn object_step(
        &mut self,
        object: Gc<'a, Object>,
        mut indices: std::vec::IntoIter<u32>,
        entry: u32,
    ) -> Result<(), Refusal> {
        let cx = self.cx;
        if let Some(index) = indices.next() {
            self.open.push(Open::Object { object, indices, entry });
            let Some(element) = object.element(cx, index) else { return Ok(()) };
            if element.attributes & info::ENUMERABLE == 0 {
                return Ok(());
            }
            if element.attributes & info::ACCESSOR != 0 {
                return Err(Refusal::NotPlain);
            }
            self.out.push(tag::KEY_INDEX);
            self.varint(u64::from(index));
            return self.value(element.value);
        }
        let shape = object.shape(cx);
        let (Some(table), true) = (shape.table(cx), entry < shape.count()) else {
            self.out.push(tag::END);
            return Ok(());
        };
        self.open.push(Open::Object { object, indices, entry: entry + 1 });
        let description = table.entry(entry).1;
        let Some(name) = table.name(cx, entry) else { return Ok(()) };
        let Some(text) = name.as_string(cx) else { return Ok(()) };
        if description & info::ENUMERABLE == 0 {
            return Ok(());
        }
        if description & info::ACCESSOR != 0 {
            return Err(Refusal::NotPlain);
        }
        self.string(text, name.bits())?;
        self.value(object.slot(cx, description & info::SLOT))
    }

    fn array_step(&mut self, object: Gc<'a, Object>, next: u32, count: u32) -> Result<(), Refusal> {
        if next == count {
            // What is not dense comes with its index.
            let mut indices = self.cx.element_indices(object);
            indices.retain(|&index| index >= count);
            self.open.push(Open::Object { object, indices: indices.into_iter(), entry: 0 });
            return Ok(());
        }
        self.open.push(Open::Array { object, next: next + 1, count });
        let value = object.elements(self.cx).map_or(Value::HOLE, |elements| elements.at(next as usize));
        if value.is_hole() {
            self.out.push(tag::HOLE);
            return Ok(());
        }
        self.value(value)
    }

    /// Writes the next key or value; `at` counts both.
    fn table_step(&mut self, table: Gc<'a, MapTable>, at: u32, is_map: bool) -> Result<(), Refusal> {
        let (entry, is_value) = (at / 2, at % 2 == 1);
        if entry >= table.used() {
            self.out.push(tag::END);
            return Ok(());
        }
        let key = table.key(entry);
        let is_over = key.is_hole() || is_value || !is_map;
        self.open.push(Open::Table { table, at: if is_over { 2 * (entry + 1) } else { at + 1 }, is_map });
        match key {
            key if key.is_hole() => Ok(()),
            _ if is_value => self.value(table.entry_value(entry)),
            key => self.value(key),
        }
    }

    fn buffer(&mut self, buffer: Gc<'a, Buffer>) -> Result<(), Refusal> {
        if buffer.flags() & (buffer_flag::SHARED | buffer_flag::DETACHED) != 0 {
            return Err(Refusal::NotPlain);
        }
        let length = buffer.length() as usize;
        let resizable = buffer.flags() & buffer_flag::RESIZABLE != 0;
        self.out.push(tag::BUFFER);
        self.varint(length as u64);
        self.varint(if resizable { buffer.max_length() + 1 } else { 0 });
        self.room(length)?;
        if let Some(data) = buffer.data(self.cx) {
            self.out.extend_from_slice(&data.bytes(self.cx)[..length]);
        }
        Ok(())
    }

    /// A typed array or DataView: its buffer comes first.
    fn view(&mut self, object: Gc<'a, Object>, bits: u64) -> Result<(), Refusal> {
        if self.seen.contains_key(&(bits as u32)) {
            return self.first_time(bits).map(drop);
        }
        let (buffer, offset, length, element) = match (object.cast::<TypedArray>(), object.cast::<DataView>())
        {
            (Some(array), _) => {
                (array.buffer(self.cx), array.offset(), array.length(), Some(array.element_type()))
            }
            (_, Some(view)) => (view.buffer(self.cx), view.offset(), view.length(), None),
            _ => return Err(Refusal::NotPlain),
        };
        self.out.push(if element.is_some() { tag::TYPED } else { tag::VIEW });
        self.value(buffer.value(self.cx))?;
        self.seen.insert(bits as u32, self.seen.len() as u32);
        if let Some(element) = element {
            self.out.push(element as u8);
        }
        self.varint(offset);
        self.varint(if length == AUTO_LENGTH { 0 } else { length + 1 });
        Ok(())
    }

    fn error(&mut self, object: Gc<'a, Object>) -> Result<(), Refusal> {
        if !self.errors {
            return Err(Refusal::NotPlain);
        }
        let cx = self.cx;
        let proto = object.shape(cx).proto();
        let is_of = |kind: &Intrinsic| cx.realm().intrinsic(cx, *kind) == proto;
        let kind = ERRORS.iter().position(is_of).unwrap_or(0);
        let own = |name: Name| {
            let name = crate::heap::tails::NameRef::new(cx, cx.name(name));
            let (_, description) = object.shape(cx).find(cx, name)?;
            (description & info::ACCESSOR == 0).then(|| object.slot(cx, description & info::SLOT))
        };
        let text = |name: Name| own(name).filter(|value| value.is_string());
        let parts = [
            (error_part::MESSAGE, text(Name::message)),
            (error_part::STACK, text(Name::stack).filter(|_| self.stacks)),
            (error_part::CAUSE, own(Name::cause)),
        ];
        self.out.push(tag::ERROR);
        self.out.push(kind as u8);
        self.out.push(parts.iter().filter(|part| part.1.is_some()).map(|part| part.0).sum());
        for value in parts.into_iter().filter_map(|part| part.1) {
            self.value(value)?;
        }
        Ok(())
    }
}

/// Prototypes of errors, by the number that stands for their kind.
pub(super) const ERRORS: [Intrinsic; 7] = [
    Intrinsic::ErrorPrototype,
    Intrinsic::EvalErrorPrototype,
    Intrinsic::RangeErrorPrototype,
    Intrinsic::ReferenceErrorPrototype,
    Intrinsic::SyntaxErrorPrototype,
    Intrinsic::TypeErrorPrototype,
    Intrinsic::URIErrorPrototype,
];
