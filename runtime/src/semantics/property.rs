//! Property access on any value: data properties here, getters, setters and proxies by calls.

use tvm_bytecode::data::ErrorKind;

use super::args::JsResult;
use crate::base::exit::Exit;
use crate::frame::Frames;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::Key;
use crate::object::function::template_flag;
use crate::object::lookup::Found;
use crate::object::store::{Refusal, Stored};

impl<'s> Cx<'s> {
    /// GetV (7.3.3), whose result is the caller's own.
    pub fn get_value(&mut self, value: Local<'s>, key: Key<'s>) -> JsResult<'s> {
        let object = match value.as_object(self) {
            Some(object) => object,
            None => match self.primitive_own(value, key)? {
                Ok(found) => return Ok(found),
                Err(proto) => proto,
            },
        };
        self.get(object, key, value)
    }

    /// What a primitive has of its own, or the object to look further on.
    fn primitive_own(
        &mut self,
        value: Local<'s>,
        key: Key<'s>,
    ) -> JsResult<'s, Result<Local<'s>, Local<'s, Object>>> {
        if let Some(string) = value.cast::<Str>(self) {
            if let Key::Index(index) = key
                && index < string.get(self).length()
            {
                return Ok(Ok(self.string_unit(string, index)?.any()));
            }
            if key.is(self, Name::length) {
                return Ok(Ok(self.number(f64::from(string.get(self).length()))));
            }
        }
        match self.primitive_proto(value.value(self)) {
            Some(proto) => Ok(Err(self.intrinsic_object(proto))),
            None => Err(self.no_properties(value, key, "read", "reading")),
        }
    }

    /// The error of looking for a property of null or undefined.
    pub fn no_properties(&mut self, value: Local<'_>, key: Key<'_>, verb: &str, doing: &str) -> Exit {
        let shown = if value.value(self).is_null() { "null" } else { "undefined" };
        let name = key.describe(self);
        self.type_error(&format!("Cannot {verb} properties of {shown} ({doing} '{name}')"))
    }

    /// [[Get]] (10.1.8) with a receiver, whose result is the caller's own.
    pub fn get(&mut self, object: Local<'_, Object>, key: Key<'s>, receiver: Local<'_>) -> JsResult<'s> {
        if object.get(self).kind() == kind::Error && key.is(self, Name::stack) {
            self.prepare_error(object)?;
        }
        match self.find(object, key)? {
            Found::Value(value) => Ok(value),
            Found::Missing => Ok(self.undefined()),
            Found::Getter(getter) => {
                if getter.value(self).is_undefined() {
                    return Ok(getter);
                }
                Err(self.call(getter, receiver, &[]))
            }
            Found::Proxy(proxy) => {
                let key = key.to_value(self)?;
                Err(self.call_library(lib::proxyGet, &[proxy.any(), key, receiver]))
            }
            Found::Uninitialized => {
                let name = key.describe(self);
                Err(self.throw(
                    ErrorKind::ReferenceError,
                    &format!("Cannot access '{name}' before initialization"),
                ))
            }
        }
    }

    /// Assignment to a property of any value (PutValue, 6.2.5.6). Refusals throw in strict code. The result, where
    /// the exit is a call, is to be dropped.
    pub fn set_value(&mut self, value: Local<'s>, key: Key<'s>, new: Local<'s>) -> JsResult<'s, ()> {
        let object = match value.as_object(self) {
            Some(object) => object,
            None => match self.primitive_proto(value.value(self)) {
                Some(proto) => self.intrinsic_object(proto),
                None => return Err(self.no_properties(value, key, "set", "setting")),
            },
        };
        self.put(object, key, new, value)
    }

    /// [[Set]] with a receiver; refusals throw in strict code.
    pub fn put(
        &mut self,
        object: Local<'s, Object>,
        key: Key<'s>,
        new: Local<'s>,
        receiver: Local<'s>,
    ) -> JsResult<'s, ()> {
        match self.set(object, key, new, receiver)? {
            Stored::Done => Ok(()),
            Stored::Setter(setter) => Err(self.call(setter, receiver, &[new])),
            Stored::Refused(refusal) if self.is_strict() => Err(self.refused(refusal, key, receiver)),
            Stored::Refused(_) => Ok(()),
            Stored::Proxy(holder) => {
                let key = key.to_value(self)?;
                if !self.is_strict() {
                    return Err(self.call_library(lib::proxySet, &[holder.any(), key, new, receiver]));
                }
                let strict = self.boolean(true);
                Err(self.call_library(lib::setSlow, &[holder.any(), key, new, receiver, strict]))
            }
            Stored::Receiver(proxy) => {
                let key = key.to_value(self)?;
                let strict = self.boolean(self.is_strict());
                Err(self.call_library(lib::assignOnReceiver, &[proxy.any(), key, new, strict]))
            }
            Stored::Convert(holder) => {
                let key = key.to_value(self)?;
                let strict = self.boolean(self.is_strict());
                Err(self.call_library(lib::setConverted, &[holder.any(), key, new, receiver, strict]))
            }
        }
    }

    /// The error of an assignment that was refused.
    pub fn refused(&mut self, refusal: Refusal, key: Key<'_>, receiver: Local<'_>) -> Exit {
        let name = key.describe(self);
        let shown = self.describe(receiver);
        let message = match refusal {
            Refusal::ReadOnly => format!("Cannot assign to read only property '{name}' of object '{shown}'"),
            Refusal::NoSetter => format!("Cannot set property {name} of {shown} which has only a getter"),
            Refusal::NotExtensible => format!("Cannot add property {name}, object is not extensible"),
            Refusal::Primitive => {
                let kind = self.type_of(receiver.value(self)).text();
                format!("Cannot create property '{name}' on {kind} '{}'", shown.trim_matches('"'))
            }
        };
        self.type_error(&message)
    }

    /// Whether the running code is strict.
    pub fn is_strict(&self) -> bool {
        let template = Frames::new(self).next().and_then(|frame| frame.template(self));
        template.is_none_or(|template| template.is_flagged(template_flag::STRICT))
    }

    /// [[HasProperty]], whose result is the caller's own: a boolean.
    pub fn has_property(&mut self, object: Local<'_, Object>, key: Key<'s>) -> JsResult<'s> {
        match self.find(object, key)? {
            Found::Missing => Ok(self.boolean(false)),
            Found::Proxy(proxy) => {
                let key = key.to_value(self)?;
                Err(self.call_library(lib::proxyHas, &[proxy.any(), key]))
            }
            _ => Ok(self.boolean(true)),
        }
    }

    /// `delete` of a property of any value; a refusal throws in strict code. The result is the caller's own.
    pub fn delete_value(&mut self, value: Local<'s>, key: Key<'s>) -> JsResult<'s> {
        if value.value(self).is_nullish() {
            return Err(self.type_error("Cannot convert undefined or null to object"));
        }
        let object = self.to_object(value)?;
        if object.get(self).is::<Proxy>() {
            let strict = self.boolean(self.is_strict());
            let key = key.to_value(self)?;
            return Err(self.call_library(lib::proxyDelete, &[object.any(), key, strict]));
        }
        if self.delete(object, key)? {
            return Ok(self.boolean(true));
        }
        if self.is_strict() {
            let name = key.describe(self);
            let shown = self.describe(object.any());
            return Err(self.type_error(&format!("Cannot delete property '{name}' of {shown}")));
        }
        Ok(self.boolean(false))
    }

    /// CreateDataPropertyOrThrow (7.3.7) on an object that is no proxy.
    pub fn create_data_property(
        &mut self,
        object: Local<'s, Object>,
        key: Key<'s>,
        value: Local<'s>,
    ) -> JsResult<'s, ()> {
        let desc = crate::object::define::Descriptor::data(value, crate::object::shape::info::DEFAULT);
        if self.define(object, key, &desc)? {
            return Ok(());
        }
        let name = key.describe(self);
        Err(self.type_error(&format!("Cannot redefine property: {name}")))
    }

    /// A getter that may be undefined, called with a receiver.
    pub fn call_getter(&mut self, getter: Local<'_>, receiver: Local<'_>) -> JsResult<'s> {
        if getter.value(self).is_undefined() {
            return Ok(self.undefined());
        }
        Err(self.call(getter, receiver, &[]))
    }
}
