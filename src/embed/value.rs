//! Values of programs, as the embedder holds them.
//!
//! What is no reference lies in the handle itself. Everything else is kept by the isolate's table of values that
//! outlive scopes, which the collector knows and updates; the handle has a place in that table, and gives it back when
//! the last clone is dropped, on whatever thread. A handle can do nothing by itself: whoever wants to look behind it
//! needs the isolate, by a [`Context`].

use std::fmt;
use std::sync::Arc;

use tvm_runtime::fiber::turn::Held;
use tvm_runtime::heap;
use tvm_runtime::heap::roots::Persistent;
use tvm_runtime::heap::{Cx, Local, cells};
use tvm_runtime::library::lib;
use tvm_runtime::object::Key;
use tvm_runtime::object::lookup::Found;
use tvm_runtime::object::typed::ElementType;

use super::context::Context;
use super::core::Core;
use super::error::{Error, Result};
use super::shared::Shared;

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Symbol,
    BigInt,
    Function,
    Array,
    Promise,
    Error,
    Date,
    RegExp,
    Map,
    Set,
    ArrayBuffer,
    TypedArray,
    Proxy,
    /// An object of any other kind.
    Object,
}

/// A value of a program: a handle, which keeps what it refers to alive and follows it wherever the collector moves it.
///
/// Undefined, null, booleans and numbers need no isolate. Everything else belongs to one, and is looked at through a
/// [`Context`] of it; one of another isolate is [`Error::WrongIsolate`]. Handles may go to other threads and be dropped
/// there, and may outlive their isolate, where they are good for nothing.
///
/// ```
/// # fn main() -> tvm::Result<()> {
/// let mut isolate = tvm::Engine::new()?.new_isolate()?;
/// let mut context = isolate.context();
/// let point = context.eval("({ x: 3, y: 4, length() { return Math.hypot(this.x, this.y) } })")?;
/// assert!(point.is_object());
/// assert_eq!(point.get(&mut context, "x")?.as_f64(), Some(3.0));
/// assert_eq!(point.call_method(&mut context, "length", &[])?.as_f64(), Some(5.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Value(Repr);

#[derive(Clone)]
enum Repr {
    Undefined,
    Null,
    Boolean(bool),
    Number(f64),
    Cell(Arc<Handle>),
}

/// A place in the isolate's table.
struct Handle {
    kind: Kind,
    /// Until the handle is dropped.
    kept: Option<Persistent>,
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            self.shared.let_go(kept);
        }
    }
}

/// What a heap's value becomes, before it is bound to an isolate.
pub(crate) enum Raw {
    Plain(Value),
    Cell(Kind, Persistent),
}

impl Raw {
    /// Keeps a value that is on the stack.
    pub fn keep(cx: &mut Cx<'_>, local: Local<'_>) -> Raw {
        match plain(local.value(cx)) {
            Some(value) => Raw::Plain(value),
            None => Raw::Cell(kind_of(cx, local.value(cx)), cx.persist(local)),
        }
    }

    /// Takes over one that is kept.
    pub fn adopt(cx: &mut Cx<'_>, kept: Persistent) -> Raw {
        let local = cx.persistent(&kept);
        match plain(local.value(cx)) {
            Some(value) => {
                cx.release(kept);
                Raw::Plain(value)
            }
            None => Raw::Cell(kind_of(cx, local.value(cx)), kept),
        }
    }

    pub fn bind(self, shared: &Arc<Shared>) -> Value {
        match self {
            Raw::Plain(value) => value,
            Raw::Cell(kind, kept) => {
                Value(Repr::Cell(Arc::new(Handle { kind, kept: Some(kept), shared: Arc::clone(shared) })))
            }
        }
    }
}

fn plain(value: heap::Value<'_>) -> Option<Value> {
    if let Some(number) = value.as_number() {
        return Some(Value(Repr::Number(number)));
    }
    Some(Value(match value {
        _ if value.is_undefined() || value.is_hole() => Repr::Undefined,
        _ if value.is_null() => Repr::Null,
        _ if value.is_boolean() => Repr::Boolean(value.is_true()),
        _ => return None,
    }))
}

fn kind_of(cx: &Cx<'_>, value: heap::Value<'_>) -> Kind {
    match value {
        _ if value.is_string() => Kind::String,
        _ if value.is_symbol() => Kind::Symbol,
        _ if value.is_bigint() => Kind::BigInt,
        _ if value.is::<cells::Proxy>(cx) => Kind::Proxy,
        _ if cx.is_callable(value) => Kind::Function,
        _ if value.is::<cells::Array>(cx) => Kind::Array,
        _ if value.is::<cells::Promise>(cx) => Kind::Promise,
        _ if value.is::<cells::Error>(cx) => Kind::Error,
        _ if value.is::<cells::Date>(cx) => Kind::Date,
        _ if value.is::<cells::RegExp>(cx) => Kind::RegExp,
        _ if value.is::<cells::Map>(cx) => Kind::Map,
        _ if value.is::<cells::Set>(cx) => Kind::Set,
        _ if value.is::<cells::Buffer>(cx) => Kind::ArrayBuffer,
        _ if value.is::<cells::TypedArray>(cx) => Kind::TypedArray,
        _ => Kind::Object,
    }
}

/// The bytes of a typed array or an ArrayBuffer.
pub(crate) fn bytes_of(cx: &Cx<'_>, value: Local<'_>) -> Option<Vec<u8>> {
    let (buffer, offset, length) = match value.cast::<cells::TypedArray>(cx) {
        Some(array) => {
            let size = ElementType::from_u32(array.get(cx).element_type()).size() as u64;
            (array.get(cx).buffer(cx), array.get(cx).offset(), cx.typed_length(array)? * size)
        }
        None => {
            let buffer = value.cast::<cells::Buffer>(cx)?.get(cx);
            (buffer, 0, buffer.length())
        }
    };
    let Some(data) = buffer.data(cx) else { return Some(Vec::new()) };
    Some(data.bytes(cx)[offset as usize..(offset + length) as usize].to_vec())
}

impl Value {
    /// `undefined`.
    pub const UNDEFINED: Value = Value(Repr::Undefined);
    /// `null`.
    pub const NULL: Value = Value(Repr::Null);

    /// What it is.
    pub fn kind(&self) -> Kind {
        match &self.0 {
            Repr::Undefined => Kind::Undefined,
            Repr::Null => Kind::Null,
            Repr::Boolean(_) => Kind::Boolean,
            Repr::Number(_) => Kind::Number,
            Repr::Cell(handle) => handle.kind,
        }
    }

    /// What `typeof` says of it; of a proxy, `object`.
    pub fn type_of(&self) -> &'static str {
        match self.kind() {
            Kind::Undefined => "undefined",
            Kind::Boolean => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Symbol => "symbol",
            Kind::BigInt => "bigint",
            Kind::Function => "function",
            _ => "object",
        }
    }

    /// Whether it is `undefined`.
    pub fn is_undefined(&self) -> bool {
        self.kind() == Kind::Undefined
    }

    /// Whether it is `undefined` or `null`.
    pub fn is_nullish(&self) -> bool {
        matches!(self.kind(), Kind::Undefined | Kind::Null)
    }

    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        self.kind() == Kind::String
    }

    /// Whether it is an object of any kind; functions and arrays are.
    pub fn is_object(&self) -> bool {
        !matches!(
            self.kind(),
            Kind::Undefined
                | Kind::Null
                | Kind::Boolean
                | Kind::Number
                | Kind::String
                | Kind::Symbol
                | Kind::BigInt
        )
    }

    /// Whether it is a function. Proxies of functions are not seen as such, and can be called all the same.
    pub fn is_function(&self) -> bool {
        self.kind() == Kind::Function
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        self.kind() == Kind::Array
    }

    /// Whether it is a promise.
    pub fn is_promise(&self) -> bool {
        self.kind() == Kind::Promise
    }

    /// The boolean, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Repr::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The number, where it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self.0 {
            Repr::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The number as an integer, where it is one that fits.
    pub fn as_i32(&self) -> Option<i32> {
        let number = self.as_f64()?;
        let int = number as i32;
        (f64::from(int) == number).then_some(int)
    }

    /// The text of a string; lone surrogates become U+FFFD. Nothing for what is no string.
    pub fn as_str(&self, context: &mut Context<'_>) -> Result<Option<String>> {
        if !self.is_string() {
            return Ok(None);
        }
        let held = context.core.check(self)?;
        context.with(|cx| match cx.held(held).cast::<cells::Str>(cx) {
            Some(text) => cx.text(text).map(Some),
            None => Ok(None),
        })
    }

    /// The bytes that a typed array shows, or that an ArrayBuffer has. Nothing for what is neither.
    pub fn as_bytes(&self, context: &mut Context<'_>) -> Result<Option<Vec<u8>>> {
        let held = context.core.check(self)?;
        context.with(|cx| {
            let value = cx.held(held);
            Ok(bytes_of(cx, value))
        })
    }

    /// The value as `String()` has it. May run the program's code.
    pub fn to_text(&self, context: &mut Context<'_>) -> Result<String> {
        let text = context.ask(lib::embedText, &[self])?;
        Ok(text.as_str(context)?.unwrap_or_default())
    }

    /// What `console.log` would show of it. May run the program's code.
    pub fn inspect(&self, context: &mut Context<'_>) -> Result<String> {
        let text = context.ask(lib::inspect, &[self])?;
        Ok(text.as_str(context)?.unwrap_or_default())
    }

    /// A property, as `value[key]`. May run the program's code.
    pub fn get<'k>(&self, context: &mut Context<'_>, key: impl Into<PropertyKey<'k>>) -> Result<Value> {
        let key = key.into();
        if let Some(value) = self.get_plain(context, key)? {
            return Ok(value);
        }
        let key = key.value(context)?;
        context.ask(lib::embedGet, &[self, &key])
    }

    /// A property of an object that is there, or not, without running code; none where it takes more to tell.
    fn get_plain(&self, context: &mut Context<'_>, key: PropertyKey<'_>) -> Result<Option<Value>> {
        if !self.is_object() || matches!(key, PropertyKey::Value(_)) {
            return Ok(None);
        }
        let held = context.core.check(self)?;
        let raw = context.with(|cx| {
            let Some(object) = cx.held(held).as_object(cx) else { return Ok(None) };
            let key = match key {
                PropertyKey::Text(text) => cx.text_key(text)?,
                PropertyKey::Index(index) => Key::Index(index),
                PropertyKey::Value(_) => return Ok(None),
            };
            Ok(match cx.find(object, key)? {
                Found::Value(value) => Some(Raw::keep(cx, value)),
                Found::Missing => Some(Raw::Plain(Value::UNDEFINED)),
                _ => None,
            })
        })?;
        Ok(raw.map(|raw| raw.bind(&context.core.shared)))
    }

    /// Assigns a property, as `value[key] = to` in strict code. May run the program's code.
    pub fn set<'k>(
        &self,
        context: &mut Context<'_>,
        key: impl Into<PropertyKey<'k>>,
        to: &Value,
    ) -> Result<()> {
        let key = key.into().value(context)?;
        context.ask(lib::embedSet, &[self, &key, to]).map(drop)
    }

    /// Whether it has a property, own or inherited. May run the program's code.
    pub fn has<'k>(&self, context: &mut Context<'_>, key: impl Into<PropertyKey<'k>>) -> Result<bool> {
        let key = key.into().value(context)?;
        Ok(context.ask(lib::embedHas, &[self, &key])?.as_bool() == Some(true))
    }

    /// Deletes a property. May run the program's code.
    pub fn delete<'k>(&self, context: &mut Context<'_>, key: impl Into<PropertyKey<'k>>) -> Result<()> {
        let key = key.into().value(context)?;
        context.ask(lib::embedDelete, &[self, &key]).map(drop)
    }

    /// Names of its own enumerable properties, as `Object.keys` lists them. May run the program's code.
    pub fn keys(&self, context: &mut Context<'_>) -> Result<Vec<String>> {
        let keys = context.ask(lib::embedKeys, &[self])?;
        context.from_value(&keys)
    }

    /// Calls it as a function without receiver.
    pub fn call(&self, context: &mut Context<'_>, arguments: &[Value]) -> Result<Value> {
        context.call(self, arguments)
    }

    /// Calls it as a function with a receiver.
    pub fn call_on(&self, context: &mut Context<'_>, receiver: &Value, arguments: &[Value]) -> Result<Value> {
        context.call_on(self, receiver, arguments)
    }

    /// Calls one of its properties as a method.
    pub fn call_method<'k>(
        &self,
        context: &mut Context<'_>,
        name: impl Into<PropertyKey<'k>>,
        arguments: &[Value],
    ) -> Result<Value> {
        let method = self.get(context, name)?;
        context.call_on(&method, self, arguments)
    }

    /// Constructs with it, as `new value(...arguments)`.
    pub fn construct(&self, context: &mut Context<'_>, arguments: &[Value]) -> Result<Value> {
        let list = context.array(arguments)?;
        context.ask(lib::embedConstruct, &[self, &list])
    }

    /// Whether two values are the same, as `===` has it, but that NaN is itself.
    pub fn is_same(&self, context: &mut Context<'_>, other: &Value) -> Result<bool> {
        let (left, right) = (context.core.check(self)?, context.core.check(other)?);
        context.with(|cx| {
            let (left, right) = (cx.held(left), cx.held(right));
            cx.same_value_zero(left, right)
        })
    }

    /// The value for the isolate, where it belongs to it.
    pub(crate) fn held(&self, shared: &Arc<Shared>) -> Result<Held<'_>> {
        Ok(match &self.0 {
            Repr::Undefined => Held::Plain(heap::Value::UNDEFINED),
            Repr::Null => Held::Plain(heap::Value::NULL),
            Repr::Boolean(value) => Held::Plain(heap::Value::boolean(*value)),
            Repr::Number(value) => Held::Plain(heap::Value::number(*value)),
            Repr::Cell(handle) => match &handle.kept {
                Some(kept) if Arc::ptr_eq(&handle.shared, shared) => Held::Kept(kept),
                _ => return Err(Error::WrongIsolate),
            },
        })
    }
}

impl Core {
    /// A value for this isolate.
    pub(crate) fn check<'v>(&self, value: &'v Value) -> Result<Held<'v>> {
        value.held(&self.shared)
    }
}

impl Default for Value {
    fn default() -> Value {
        Value::UNDEFINED
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Undefined => f.write_str("undefined"),
            Repr::Null => f.write_str("null"),
            Repr::Boolean(value) => value.fmt(f),
            Repr::Number(value) => value.fmt(f),
            Repr::Cell(handle) => write!(f, "[{:?}]", handle.kind),
        }
    }
}

macro_rules! from_number {
    ($($number:ty),*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Value {
                let number = f64::from(number);
                // Programs know one NaN.
                Value(Repr::Number(if number.is_nan() { f64::NAN } else { number }))
            }
        }
    )*};
}

from_number!(f64, f32, i32, u32, i16, u16, i8, u8);

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value(Repr::Boolean(value))
    }
}

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::UNDEFINED
    }
}

impl TryFrom<&Value> for f64 {
    type Error = Error;

    fn try_from(value: &Value) -> Result<f64> {
        value.as_f64().ok_or_else(|| Error::convert(format!("a number was wanted, not {}", value.type_of())))
    }
}

impl TryFrom<&Value> for i32 {
    type Error = Error;

    fn try_from(value: &Value) -> Result<i32> {
        value.as_i32().ok_or_else(|| Error::convert(format!("an int32 was wanted, not {value:?}")))
    }
}

impl TryFrom<&Value> for bool {
    type Error = Error;

    fn try_from(value: &Value) -> Result<bool> {
        value
            .as_bool()
            .ok_or_else(|| Error::convert(format!("a boolean was wanted, not {}", value.type_of())))
    }
}

/// What names a property: a text, an index, or a value (a symbol, for one).
#[derive(Clone, Copy, Debug)]
pub enum PropertyKey<'k> {
    /// A name; that of an index is an index.
    Text(&'k str),
    /// An index.
    Index(u32),
    /// Whatever `value[key]` makes of it.
    Value(&'k Value),
}

impl PropertyKey<'_> {
    fn value(self, context: &mut Context<'_>) -> Result<Value> {
        match self {
            PropertyKey::Text(text) => context.string(text),
            PropertyKey::Index(index) => Ok(index.into()),
            PropertyKey::Value(value) => Ok(value.clone()),
        }
    }
}

impl<'k> From<&'k str> for PropertyKey<'k> {
    fn from(text: &'k str) -> Self {
        PropertyKey::Text(text)
    }
}

impl<'k> From<&'k String> for PropertyKey<'k> {
    fn from(text: &'k String) -> Self {
        PropertyKey::Text(text)
    }
}

impl From<u32> for PropertyKey<'_> {
    fn from(index: u32) -> Self {
        PropertyKey::Index(index)
    }
}

impl<'k> From<&'k Value> for PropertyKey<'k> {
    fn from(value: &'k Value) -> Self {
        PropertyKey::Value(value)
    }
}
