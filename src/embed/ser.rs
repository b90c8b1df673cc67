//! Rust values to values of programs, by serde.
//!
//! A value is written straight into the heap, each part in a scope of its own, and no code of the program runs.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;
use serde::ser::{self, Serialize};
use tvm_runtime::base::exit::Exit;
use tvm_runtime::heap::cells::{Array, Object};
use tvm_runtime::heap::{self, Cx, Local};
use tvm_runtime::object::realm::Intrinsic;
use tvm_runtime::object::shape::info;
use tvm_runtime::object::typed::ElementType;

use super::context::Context;
use super::error::{Error, Result};
use super::shared::Shared;
use super::value::Value;

/// Greatest integer that a number holds exactly, as all below it.
pub(super) const SAFE: i128 = (1 << 53) - 1;
/// Name by which values of the program's pass through serde as they are.
pub(super) const MAGIC: &str = "$tvm::Value";

thread_local! {
    /// The value that passes.
    pub(super) static PASSING: RefCell<Option<Value>> = const { RefCell::new(None) };
}

/// Why a value was not written or read: something of the engine, or what is wrong and where.
#[derive(Debug, Default)]
pub(super) struct Fault {
    pub exit: Option<Exit>,
    /// Asking it may run code.
    pub not_plain: bool,
    pub message: String,
    /// Innermost part first.
    pub path: Vec<Part>,
}

/// A step of a path.
#[derive(Debug)]
pub(super) enum Part {
    Name(String),
    Index(usize),
}

impl Fault {
    pub fn told(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), ..Fault::default() }
    }

    /// The same, seen from one level further out.
    pub fn within(mut self, part: impl FnOnce() -> Part) -> Fault {
        self.path.push(part());
        self
    }

    pub fn into_error(self, context: &mut Context<'_>) -> Error {
        if let Some(exit) = self.exit {
            return context.core.error_of_exit(exit);
        }
        let mut path = String::new();
        for part in self.path.iter().rev() {
            match part {
                Part::Name(name) => path += &format!(".{name}"),
                Part::Index(index) => path += &format!("[{index}]"),
            }
        }
        Error::Convert { path, message: self.message }
    }
}

impl From<Exit> for Fault {
    fn from(exit: Exit) -> Fault {
        Fault { exit: Some(exit), ..Fault::default() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault::told(message.to_string())
    }
}

/// A value of a Rust value.
pub(super) fn to_value<T: Serialize + ?Sized>(context: &mut Context<'_>, value: &T) -> Result<Value> {
    // Where a panic has left one.
    PASSING.with_borrow_mut(Option::take);
    let shared = Arc::clone(&context.core.shared);
    let written = context.with(|cx| {
        Ok(match value.serialize(Writer { cx, shared: &shared, is_part: false }) {
            Ok(local) => Ok(super::value::Raw::keep(cx, local)),
            Err(fault) => Err(fault),
        })
    })?;
    match written {
        Ok(raw) => Ok(raw.bind(&shared)),
        Err(fault) => Err(fault.into_error(context)),
    }
}

/// Bytes as such, not as a list of numbers.
pub(super) struct Bytes<'b>(pub &'b [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Writes one value.
struct Writer<'a, 's> {
    cx: &'a mut Cx<'s>,
    shared: &'a Arc<Shared>,
    /// It is part of another: nothing is `null` then, as in JSON, and not `undefined`, which reads as if it were absent.
    is_part: bool,
}

/// Writes the elements of an array.
struct Elements<'a, 's> {
    writer: Writer<'a, 's>,
    array: Local<'s, Array>,
    /// The whole: the array, or what it stands in.
    whole: Local<'s>,
}

/// Writes the properties of an object.
struct Properties<'a, 's> {
    writer: Writer<'a, 's>,
    object: Local<'s, Object>,
    whole: Local<'s>,
    /// The key that waits for its value.
    key: String,
}

impl<'a, 's> Writer<'a, 's> {
    fn number(self, number: f64) -> Result<Local<'s>, Fault> {
        let number = if number.is_nan() { f64::NAN } else { number };
        Ok(self.cx.local(heap::Value::number(number)))
    }

    fn integer(self, value: i128) -> Result<Local<'s>, Fault> {
        match value.unsigned_abs() <= SAFE.unsigned_abs() {
            true => self.number(value as f64),
            false => Ok(self.cx.bigint(&BigInt::from(value))?.any()),
        }
    }

    fn elements(self, length: Option<usize>) -> Result<Elements<'a, 's>, Fault> {
        // What is said of the length is only a hint.
        let array = self.cx.new_array(0, length.unwrap_or(0).min(1 << 16))?;
        Ok(Elements { whole: array.any(), array, writer: self })
    }

    fn properties(self) -> Result<Properties<'a, 's>, Fault> {
        let object = self.cx.new_object()?;
        Ok(Properties { whole: object.any(), object, writer: self, key: String::new() })
    }

    /// An object whose only property is `variant`.
    fn tagged(cx: &mut Cx<'s>, variant: &str, value: Local<'_>) -> Result<Local<'s>, Fault> {
        let object = cx.new_object()?;
        let key = cx.text_key(variant)?;
        cx.put_own(object, key, value, info::DEFAULT)?;
        Ok(object.any())
    }
}

macro_rules! integers {
    ($($method:ident $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<Local<'s>, Fault> {
            self.integer(i128::from(value))
        }
    )*};
}

impl<'a, 's> ser::Serializer for Writer<'a, 's> {
    type Ok = Local<'s>;
    type Error = Fault;
    type SerializeSeq = Elements<'a, 's>;
    type SerializeTuple = Elements<'a, 's>;
    type SerializeTupleStruct = Elements<'a, 's>;
    type SerializeTupleVariant = Elements<'a, 's>;
    type SerializeMap = Properties<'a, 's>;
    type SerializeStruct = Properties<'a, 's>;
    type SerializeStructVariant = Properties<'a, 's>;

    integers!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64,
    );

    fn serialize_u128(self, value: u128) -> Result<Local<'s>, Fault> {
        match i128::try_from(value) {
            Ok(value) => self.integer(value),
            Err(_) => Ok(self.cx.bigint(&BigInt::from(value))?.any()),
        }
    }

    fn serialize_bool(self, value: bool) -> Result<Local<'s>, Fault> {
        Ok(self.cx.boolean(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Local<'s>, Fault> {
        self.number(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<Local<'s>, Fault> {
        self.number(value)
    }

    fn serialize_char(self, value: char) -> Result<Local<'s>, Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Local<'s>, Fault> {
        Ok(self.cx.text_value(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Local<'s>, Fault> {
        let cx = self.cx;
        let buffer = cx.new_array_buffer(value.len() as u64)?;
        if let Some(data) = buffer.get(cx).data(cx) {
            data.with_mut(cx, |bytes| bytes[..value.len()].copy_from_slice(value));
        }
        let proto = cx.intrinsic(Intrinsic::Uint8ArrayPrototype);
        let array = cx.new_typed_view(ElementType::Uint8, proto, buffer, 0, value.len() as u64)?;
        Ok(array.any())
    }

    fn serialize_none(self) -> Result<Local<'s>, Fault> {
        Ok(self.cx.local(heap::Value::NULL))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Local<'s>, Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Local<'s>, Fault> {
        Ok(self.cx.local(if self.is_part { heap::Value::NULL } else { heap::Value::UNDEFINED }))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Local<'s>, Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Local<'s>, Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Local<'s>, Fault> {
        if name != MAGIC {
            return value.serialize(self);
        }
        let passing = PASSING.with_borrow_mut(Option::take).unwrap_or_default();
        let held = passing.held(self.shared);
        Ok(self.cx.held(held.map_err(|error| Fault::told(error.to_string()))?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Local<'s>, Fault> {
        let Writer { cx, shared, .. } = self;
        let value = value
            .serialize(Writer { cx, shared, is_part: true })
            .map_err(|fault| fault.within(|| Part::Name(variant.to_owned())))?;
        Writer::tagged(cx, variant, value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'a, 's>, Fault> {
        self.elements(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'a, 's>, Fault> {
        self.elements(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements<'a, 's>, Fault> {
        self.elements(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements<'a, 's>, Fault> {
        let mut elements = self.elements(Some(length))?;
        elements.whole = Writer::tagged(elements.writer.cx, variant, elements.whole)?;
        Ok(elements)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Properties<'a, 's>, Fault> {
        self.properties()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Properties<'a, 's>, Fault> {
        self.properties()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Properties<'a, 's>, Fault> {
        let mut properties = self.properties()?;
        properties.whole = Writer::tagged(properties.writer.cx, variant, properties.whole)?;
        Ok(properties)
    }
}

impl<'s> Elements<'_, 's> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let (array, shared) = (self.array, self.writer.shared);
        let index = array.get(self.writer.cx).length() as usize;
        self.writer
            .cx
            .scope(|cx| {
                let value = value.serialize(Writer { cx, shared, is_part: true })?;
                cx.array_push(array, value)?;
                Ok(())
            })
            .map_err(|fault: Fault| fault.within(|| Part::Index(index)))
    }
}

macro_rules! sequences {
    ($($interface:ident $method:ident),*) => {$(
        impl<'s> ser::$interface for Elements<'_, 's> {
            type Ok = Local<'s>;
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.push(value)
            }

            fn end(self) -> Result<Local<'s>, Fault> {
                Ok(self.whole)
            }
        }
    )*};
}

sequences!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

impl<'s> Properties<'_, 's> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        let (object, shared) = (self.object, self.writer.shared);
        self.writer
            .cx
            .scope(|cx| {
                let value = value.serialize(Writer { cx, shared, is_part: true })?;
                let key = cx.text_key(name)?;
                cx.put_own(object, key, value, info::DEFAULT)?;
                Ok(())
            })
            .map_err(|fault: Fault| fault.within(|| Part::Name(name.to_owned())))
    }
}

impl<'s> ser::SerializeMap for Properties<'_, 's> {
    type Ok = Local<'s>;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = key.serialize(KeyWriter)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let key = std::mem::take(&mut self.key);
        self.put(&key, value)
    }

    fn end(self) -> Result<Local<'s>, Fault> {
        Ok(self.whole)
    }
}

macro_rules! structures {
    ($($interface:ident),*) => {$(
        impl<'s> ser::$interface for Properties<'_, 's> {
            type Ok = Local<'s>;
            type Error = Fault;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                self.put(name, value)
            }

            fn end(self) -> Result<Local<'s>, Fault> {
                Ok(self.whole)
            }
        }
    )*};
}

structures!(SerializeStruct, SerializeStructVariant);

/// Writes the key of a map: names of properties are texts.
struct KeyWriter;

fn no_key<T>() -> Result<T, Fault> {
    Err(Fault::told("a key of a map must be a string, a number, a boolean or a unit variant"))
}

macro_rules! keys {
    ($($method:ident $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<String, Fault> {
            Ok(value.to_string())
        }
    )*};
}

impl ser::Serializer for KeyWriter {
    type Ok = String;
    type Error = Fault;
    type SerializeSeq = ser::Impossible<String, Fault>;
    type SerializeTuple = ser::Impossible<String, Fault>;
    type SerializeTupleStruct = ser::Impossible<String, Fault>;
    type SerializeTupleVariant = ser::Impossible<String, Fault>;
    type SerializeMap = ser::Impossible<String, Fault>;
    type SerializeStruct = ser::Impossible<String, Fault>;
    type SerializeStructVariant = ser::Impossible<String, Fault>;

    keys!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
        serialize_bool bool, serialize_char char, serialize_str &str,
    );

    fn serialize_f32(self, _: f32) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_f64(self, _: f64) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_none(self) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<String, Fault> {
        Ok(variant.to_owned())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, Fault> {
        no_key()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        no_key()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        no_key()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Fault> {
        no_key()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        no_key()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        no_key()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Fault> {
        no_key()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        no_key()
    }
}

/// Values of the program's pass as they are, by this crate's own serializer; others see a unit.
impl Serialize for Value {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PASSING.with_borrow_mut(|passing| *passing = Some(self.clone()));
        let result = serializer.serialize_newtype_struct(MAGIC, &());
        PASSING.with_borrow_mut(Option::take);
        result
    }
}
