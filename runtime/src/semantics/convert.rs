//! Type conversion (7.1) of any value: objects need guest code, which library functions run.

use super::args::JsResult;
use crate::base::exit::{Exit, Hint};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value, bits};
use crate::library::lib;
use crate::object::Key;
use crate::object::realm::Intrinsic;

impl<'s> Cx<'s> {
    /// ToBoolean (7.1.2).
    pub fn to_boolean(&self, value: Value<'_>) -> bool {
        if value.is_boolean() {
            return value.is_true();
        }
        if let Some(number) = value.as_number() {
            return number != 0.0 && !number.is_nan();
        }
        if let Some(string) = value.as_string(self) {
            return string.length() != 0;
        }
        if let Some(big) = value.cast::<BigInt>(self) {
            return !big.is_zero();
        }
        !value.is_nullish() && !self.is_html_dda(value)
    }

    /// An exit that converts an object to a primitive.
    pub fn to_primitive_exit(&mut self, value: Local<'_>, hint: Hint) -> Exit {
        let hint = self.local(Value::int(hint as i32));
        self.call_library(lib::toPrimitive, &[value, hint])
    }

    /// ToString (7.1.17) whose result is the caller's own.
    pub fn to_string(&mut self, value: Local<'s>) -> JsResult<'s> {
        if value.value(self).is_object() {
            return Err(self.call_library(lib::objectToString, &[value]));
        }
        Ok(self.to_string_primitive(value)?.any())
    }

    /// ToNumber (7.1.4) whose result is the caller's own.
    pub fn to_number(&mut self, value: Local<'s>) -> JsResult<'s> {
        if value.value(self).is_object() {
            return Err(self.call_library(lib::objectToNumber, &[value]));
        }
        let number = self.primitive_to_number(value)?;
        Ok(self.number(number))
    }

    /// ToNumeric (7.1.3) whose result is the caller's own.
    pub fn to_numeric(&mut self, value: Local<'s>) -> JsResult<'s> {
        if value.value(self).is_bigint() {
            return Ok(value);
        }
        if value.value(self).is_object() {
            return Err(self.call_library(lib::objectToNumeric, &[value]));
        }
        self.to_number(value)
    }

    /// ToPropertyKey (7.1.19) as a value, whose result is the caller's own. Integers stay what they are.
    pub fn to_property_key(&mut self, value: Local<'s>) -> JsResult<'s> {
        let v = value.value(self);
        if v.is_string() || v.is_symbol() || v.as_int().is_some_and(|int| int >= 0) {
            return Ok(value);
        }
        if v.is_object() {
            return Err(self.call_library(lib::objectToPropertyKey, &[value]));
        }
        Ok(self.to_string_primitive(value)?.any())
    }

    /// ToObject (7.1.18).
    pub fn to_object(&mut self, value: Local<'s>) -> JsResult<'s, Local<'s, Object>> {
        if let Some(object) = value.as_object(self) {
            return Ok(object);
        }
        let Some(proto) = self.primitive_proto(value.value(self)) else {
            return Err(self.type_error("Cannot convert undefined or null to object"));
        };
        let proto = self.intrinsic(proto);
        self.new_wrapper(value, proto)
    }

    /// An object that wraps a primitive.
    pub fn new_wrapper(&mut self, value: Local<'_>, proto: Local<'_>) -> JsResult<'s, Local<'s, Object>> {
        let object = self.new_kind_with(kind::Wrapper, 0, proto)?;
        if let Some(wrapper) = object.get(self).cast::<Wrapper>() {
            wrapper.set_primitive(self, value.value(self));
        }
        Ok(object)
    }

    /// `typeof value` (13.5.3).
    pub fn type_of(&self, value: Value<'_>) -> Name {
        if value.is_number() {
            return Name::number;
        }
        match bits::tag(value.bits()) {
            bits::TAG_STRING => Name::string,
            bits::TAG_SYMBOL => Name::symbol,
            bits::TAG_BIGINT => Name::bigint,
            bits::TAG_OBJECT if self.is_html_dda(value) => Name::undefined,
            bits::TAG_OBJECT if self.is_callable(value) => Name::function,
            bits::TAG_OBJECT => Name::object,
            _ if value.is_boolean() => Name::boolean,
            _ if value.is_null() => Name::object,
            _ => Name::undefined,
        }
    }

    /// A value as error messages show it, without running anything.
    pub fn describe(&mut self, value: Local<'_>) -> String {
        let v = value.value(self);
        if let Some(string) = value.cast::<Str>(self) {
            return match self.text(string) {
                Ok(text) => format!("\"{text}\""),
                Err(_) => "a string".into(),
            };
        }
        if let Some(symbol) = v.cast::<Symbol>(self) {
            return symbol.to_text(self);
        }
        if v.is_object() {
            return self.describe_object(value);
        }
        let shown = match self.primitive_string(value) {
            Ok(text) => self.text(text).unwrap_or_default(),
            Err(_) => "a value".into(),
        };
        if value.value(self).is_bigint() { format!("{shown}n") } else { shown }
    }

    fn describe_object(&mut self, value: Local<'_>) -> String {
        if self.is_callable(value.value(self)) {
            let name = value.cast::<Function>(self).map(|f| f.get(self).template(self).name().root(self));
            let name = name.and_then(|name| name.cast::<Str>(self));
            return match name {
                Some(name) => format!("function {}", self.text(name).unwrap_or_default()),
                None => "function".into(),
            };
        }
        if value.value(self).is::<Array>(self) {
            return "[object Array]".into();
        }
        if value.value(self).is::<Namespace>(self) {
            return "[object Module]".into();
        }
        let object = value.as_object(self);
        let constructor =
            object.and_then(|object| self.plain_get_name(object, Name::constructor).ok().flatten());
        let name = constructor
            .and_then(|c| c.cast::<Function>(self))
            .map(|f| f.get(self).template(self).name().root(self))
            .and_then(|name| name.cast::<Str>(self));
        match name {
            Some(name) => format!("#<{}>", self.text(name).unwrap_or_default()),
            None => "[object Object]".into(),
        }
    }

    /// The array index that a key value is in number form, or the key.
    pub fn element_key(&mut self, value: Local<'s>) -> Result<Option<Key<'s>>, Exit> {
        self.primitive_key(value)
    }

    /// The prototype for an object that `new_target` constructs (10.1.14): its `prototype` where that is an object,
    /// else the default of its realm. A getter or proxy is asked by the interpreter, which leaves the answer in the
    /// receiver's slot and runs the native function again.
    pub fn prototype_for(&mut self, args: super::Args<'s>, default: Intrinsic) -> JsResult<'s> {
        let new_target = args.new_target(self);
        if new_target.value(self).is_undefined() {
            return Ok(self.intrinsic(default));
        }
        let answered = args.this().value(self);
        if answered.is_object() {
            return Ok(args.this());
        }
        if !answered.is_null() {
            match self.plain_prototype(new_target)? {
                Some(proto) if proto.value(self).is_object() => return Ok(proto),
                Some(_) => {}
                None => return Err(Exit::Coerce { slot: args.this().slot(), hint: Hint::Prototype }),
            }
        }
        let realm = self.function_realm(new_target)?;
        Ok(realm.get(self).intrinsic(self, default).root(self))
    }

    /// `constructor.prototype` where that runs no code.
    pub fn plain_prototype(&mut self, constructor: Local<'_>) -> JsResult<'s, Option<Local<'s>>> {
        if let Some(function) = constructor.cast::<Function>(self)
            && let Some(proto) = self.prototype_of(function)?
        {
            return Ok(Some(proto));
        }
        match constructor.as_object(self) {
            Some(object) => self.plain_get_name(object, Name::prototype),
            None => Ok(None),
        }
    }

    /// GetFunctionRealm (7.3.25).
    pub fn function_realm(&mut self, function: Local<'_>) -> JsResult<'s, Local<'s, Realm>> {
        let current = function.value(self).root(self);
        for _ in 0..crate::base::limits::CHAIN {
            let value = current.value(self);
            if let Some(function) = value.cast::<Function>(self) {
                return Ok(function.template(self).realm(self).root(self));
            }
            if let Some(bound) = value.cast::<Bound>(self) {
                current.set(self, bound.target());
                continue;
            }
            if let Some(proxy) = value.cast::<Proxy>(self) {
                if proxy.handler().is_null() {
                    return Err(self.type_error("Cannot perform 'get' on a proxy that has been revoked"));
                }
                current.set(self, proxy.target());
                continue;
            }
            break;
        }
        Ok(self.realm().root(self))
    }
}
