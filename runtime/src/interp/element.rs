//! Element access where the inline fast paths missed, and access by computed key.

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::Own;
use crate::object::shape::info;
use crate::semantics::JsResult;

impl<'s> Cx<'s> {
    /// `object[key]`.
    pub(super) fn get_elem(&mut self, object: Local<'s>, key: Local<'s>) -> JsResult<'s> {
        if let Some(index) = key.value(self).as_index()
            && let Some(found) = self.get_index(object, index)?
        {
            return Ok(found);
        }
        self.check_base(object, key, "read")?;
        match self.primitive_key(key)? {
            Some(key) => self.get_value(object, key),
            None => Err(self.call_library(lib::getElement, &[object, key])),
        }
    }

    /// The key of an `object[key]` that is read and then written.
    pub(super) fn key_of_update(&mut self, object: Local<'s>, key: Local<'s>) -> JsResult<'s> {
        self.check_base(object, key, "read")?;
        self.to_property_key(key)
    }

    /// An object as key is not converted, since that runs code, before undefined and null are refused. With any other
    /// key the access itself refuses them, and names the key.
    fn check_base(&mut self, object: Local<'s>, key: Local<'s>, verb: &str) -> JsResult<'s, ()> {
        let base = object.value(self);
        if base.is_nullish() && key.value(self).is_object() {
            let shown = if base.is_null() { "null" } else { "undefined" };
            return Err(self.type_error(&format!("Cannot {verb} properties of {shown}")));
        }
        Ok(())
    }

    /// Indexed access that needs no key.
    pub(super) fn get_index(&mut self, object: Local<'s>, index: u32) -> JsResult<'s, Option<Local<'s>>> {
        if let Some(string) = object.cast::<Str>(self) {
            if index < string.get(self).length() {
                return Ok(Some(self.string_unit(string, index)?.any()));
            }
            return Ok(None);
        }
        let Some(holder) = object.as_object(self) else { return Ok(None) };
        if let Some(array) = holder.downcast::<TypedArray>(self) {
            let value = self.typed_get(array, u64::from(index))?;
            return Ok(Some(value.unwrap_or_else(|| self.undefined())));
        }
        let cell = holder.get(self);
        if let Some(elements) = cell.elements(self) {
            let value = elements.at(index as usize);
            if !value.is_hole() {
                return Ok(Some(value.root(self)));
            }
        }
        // Nothing is there, with nothing indexed on any prototype.
        if !self.vm.indexed_prototypes
            && matches!(cell.kind(), kind::Array | kind::Plain)
            && cell.elements(self).is_none_or(|elements| elements.as_sparse().is_none())
        {
            return Ok(Some(self.undefined()));
        }
        Ok(None)
    }

    /// `object[key] = value`.
    pub(super) fn set_elem(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        value: Local<'s>,
    ) -> JsResult<'s, ()> {
        if let (Some(index), Some(holder)) = (key.value(self).as_index(), object.as_object(self)) {
            if self.append_element(holder, index, value)? {
                return Ok(());
            }
            return self.put(holder, Key::Index(index), value, object);
        }
        self.check_base(object, key, "set")?;
        match self.primitive_key(key)? {
            Some(key) => self.set_value(object, key, value),
            None => {
                let strict = self.boolean(self.is_strict());
                Err(self.call_library(lib::setElement, &[object, key, value, strict]))
            }
        }
    }

    /// Stores into, or right behind, the dense elements of an array that nothing stands against.
    pub(super) fn append_element(
        &mut self,
        object: Local<'s, Object>,
        index: u32,
        value: Local<'s>,
    ) -> JsResult<'s, bool> {
        let cell = object.get(self);
        if let Some(array) = object.downcast::<TypedArray>(self)
            && !value.value(self).is_object()
        {
            self.typed_set(array, u64::from(index), value)?;
            return Ok(true);
        }
        let Some(array) = cell.cast::<Array>() else { return Ok(false) };
        let Some(elements) = cell.elements(self) else { return Ok(false) };
        let plain =
            elements.as_sparse().is_none() && !elements.has(flag::FROZEN) && !elements.has(flag::SEALED);
        let is_prototype = cell.shape(self).is_flagged(crate::object::shape::shape_flag::PROTOTYPE);
        if !plain || is_prototype || self.vm.indexed_prototypes || !self.is_extensible(object) {
            return Ok(false);
        }
        if index >= array.length() && (array.frozen_length() != 0 || !self.fits_dense(cell, index)) {
            return Ok(false);
        }
        self.store_dense(object, index, value)?;
        let array = object.get(self).cast::<Array>().expect("an array stays one");
        if index >= array.length() {
            array.set_length(index + 1);
        }
        Ok(true)
    }

    /// Pushes one value onto an array that nothing stands against; gives the new length.
    pub(crate) fn push_one(&mut self, array: Local<'s>, value: Local<'s>) -> JsResult<'s, Option<u32>> {
        let Some(object) = array.as_object(self) else { return Ok(None) };
        let length = object.get(self).cast::<Array>().map(|array| array.length());
        let Some(length) = length.filter(|&length| length < i32::MAX as u32) else { return Ok(None) };
        Ok(self.append_element(object, length, value)?.then_some(length + 1))
    }

    /// Pushes another value onto an array that took one of the same call by [`Cx::push_one`]; gives the new length.
    pub(crate) fn push_more(&mut self, array: Local<'s>, value: Local<'s>) -> JsResult<'s, u32> {
        let array = array.cast::<Array>(self).expect("an array stays one");
        self.array_push(array, value)?;
        Ok(array.get(self).length())
    }

    /// `delete object[key]`.
    pub(super) fn delete_elem(&mut self, object: Local<'s>, key: Local<'s>) -> JsResult<'s> {
        match self.primitive_key(key)? {
            Some(key) => self.delete_value(object, key),
            None if object.value(self).is_nullish() => {
                Err(self.type_error("Cannot convert undefined or null to object"))
            }
            None => {
                let strict = self.boolean(self.is_strict());
                Err(self.call_library(lib::deleteElement, &[object, key, strict]))
            }
        }
    }

    /// `super[key]`.
    pub(super) fn get_super(&mut self, home: Local<'s>, key: Local<'s>, this: Local<'s>) -> JsResult<'s> {
        let base = self.super_base(home);
        self.get_super_from(base, key, this)
    }

    /// The object that `super[key]` starts at. Home objects are ordinary.
    pub(super) fn super_base(&mut self, home: Local<'s>) -> Local<'s> {
        match home.as_object(self) {
            Some(home) => home.get(self).shape(self).proto().root(self),
            None => self.local(Value::NULL),
        }
    }

    /// `GetSuperFrom`: a base that is no object is refused before the key is converted (6.2.5.5).
    pub(super) fn get_super_from(
        &mut self,
        base: Local<'s>,
        key: Local<'s>,
        this: Local<'s>,
    ) -> JsResult<'s> {
        self.check_base(base, key, "read")?;
        let Some(key) = self.primitive_key(key)? else {
            return Err(self.call_library(lib::superGet, &[base, key, this]));
        };
        match base.as_object(self) {
            Some(base) => self.get(base, key, this),
            None => Err(self.no_properties(base, key, "read", "reading")),
        }
    }

    /// `super[key] = value`.
    pub(super) fn set_super(
        &mut self,
        base: Local<'s>,
        key: Local<'s>,
        value: Local<'s>,
        this: Local<'s>,
    ) -> JsResult<'s, ()> {
        self.check_base(base, key, "set")?;
        let Some(key) = self.primitive_key(key)? else {
            let strict = self.boolean(self.is_strict());
            return Err(self.call_library(lib::superSet, &[base, key, value, this, strict]));
        };
        match base.as_object(self) {
            Some(base) => self.put(base, key, value, this),
            None => Err(self.no_properties(base, key, "set", "setting")),
        }
    }

    /// `object.#key`.
    pub(super) fn get_private(&mut self, object: Local<'s>, key: Local<'s>, slot: i32) -> JsResult<'s> {
        match self.private_own(object, key)? {
            Own::Data(value, _) => {
                self.record_private(object, key, slot)?;
                Ok(value)
            }
            Own::Accessor(pair, _) => {
                let getter = pair.get(self).getter().root(self);
                if getter.value(self).is_undefined() {
                    return Err(self.no_private_half(key, "getter"));
                }
                Err(self.call(getter, object, &[]))
            }
            _ => Err(self.no_private(object, key, false)),
        }
    }

    /// `object.#key = value`.
    pub(super) fn set_private(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        value: Local<'s>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        match (self.private_own(object, key)?, object.as_object(self)) {
            (Own::Data(_, attributes), _) if attributes & info::WRITABLE == 0 => {
                let name = Key::Name(key).describe(self);
                Err(self.type_error(&format!("Private method '{name}' is not writable")))
            }
            (Own::Data(_, attributes), Some(holder)) => {
                self.record_private(object, key, slot)?;
                self.put_own(holder, Key::Name(key), value, attributes)
            }
            (Own::Accessor(pair, _), _) => {
                let setter = pair.get(self).setter().root(self);
                if setter.value(self).is_undefined() {
                    return Err(self.no_private_half(key, "setter"));
                }
                Err(self.call(setter, object, &[value]))
            }
            _ => Err(self.no_private(object, key, true)),
        }
    }

    fn private_own(&mut self, object: Local<'s>, key: Local<'s>) -> JsResult<'s, Own<'s>> {
        self.check_private(key)?;
        Ok(match object.as_object(self) {
            Some(holder) => self.ordinary_own(holder.get(self), Key::Name(key)),
            None => Own::None,
        })
    }

    /// A private name is a symbol that is made for that. Bytecode that no compiler made may give anything, and is not to
    /// come to other properties in this way.
    pub(super) fn check_private(&mut self, key: Local<'s>) -> JsResult<'s, ()> {
        match key.value(self).is_private_name(self) {
            true => Ok(()),
            false => Err(self.type_error("a private name that is none")),
        }
    }

    fn no_private_half(&mut self, key: Local<'s>, half: &str) -> Exit {
        let name = Key::Name(key).describe(self);
        self.type_error(&format!("'{name}' was defined without a {half}"))
    }

    /// The error of an object that has no such private name.
    fn no_private(&mut self, object: Local<'s>, key: Local<'s>, writes: bool) -> Exit {
        if object.value(self).is_nullish() {
            let (verb, doing) = if writes { ("set", "setting") } else { ("read", "reading") };
            return self.no_properties(object, Key::Name(key), verb, doing);
        }
        let name = Key::Name(key).describe(self);
        let (verb, preposition) = if writes { ("write", "to") } else { ("read", "from") };
        self.type_error(&format!(
            "Cannot {verb} private member {name} {preposition} an object whose class did not declare it"
        ))
    }

    /// Adds a private field, method or accessor.
    pub(super) fn define_private(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        value: Local<'s>,
        kind: i32,
    ) -> JsResult<'s, ()> {
        use tvm_bytecode::data::PrivateKind;
        self.check_private(key)?;
        let Some(holder) = object.as_object(self) else {
            return Err(self.type_error("a private field on a primitive"));
        };
        let kind = PrivateKind::from_u32(kind as u32).unwrap_or(PrivateKind::Field);
        let own = self.ordinary_own(holder.get(self), Key::Name(key));
        let other_half = match (own, kind) {
            (Own::Accessor(old, _), PrivateKind::Get) => old.get(self).getter().is_undefined(),
            (Own::Accessor(old, _), PrivateKind::Set) => old.get(self).setter().is_undefined(),
            _ => false,
        };
        if !matches!(own, Own::None) && !other_half {
            let name = Key::Name(key).describe(self);
            return Err(self.type_error(&format!("Cannot initialize {name} twice on the same object")));
        }
        match kind {
            PrivateKind::Field => self.put_own(holder, Key::Name(key), value, info::WRITABLE),
            PrivateKind::Method => self.put_own(holder, Key::Name(key), value, 0),
            PrivateKind::Get | PrivateKind::Set => {
                let pair = self.alloc::<Accessor>(kind::Accessor, Accessor::BYTES)?;
                let (getter, setter) = match own {
                    Own::Accessor(old, _) => (old.get(self).getter(), old.get(self).setter()),
                    _ => (Value::UNDEFINED, Value::UNDEFINED),
                };
                let cell = pair.get(self);
                cell.set_getter(self, if kind == PrivateKind::Get { value.value(self) } else { getter });
                cell.set_setter(self, if kind == PrivateKind::Set { value.value(self) } else { setter });
                self.put_own(holder, Key::Name(key), pair.any(), info::ACCESSOR)
            }
        }
    }
}
