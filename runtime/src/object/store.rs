//! Assigning properties: [[Set]] (10.1.9) of everything, up to where a setter or proxy takes over.

use super::define::Descriptor;
use super::key::Key;
use super::lookup::{Own, TypedKey};
use super::shape::info;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local};

/// What came of an assignment.
#[derive(Clone, Copy)]
pub enum Stored<'s> {
    /// It was done.
    Done,
    /// It was refused.
    Refused(Refusal),
    /// A setter has to be called with the receiver and the value.
    Setter(Local<'s>),
    /// A proxy in the chain has to be asked.
    Proxy(Local<'s, Object>),
    /// Nothing in the chain stands against it, but the receiver is a proxy, which has to be asked.
    Receiver(Local<'s, Object>),
    /// The value must be converted first, which may run guest code: typed arrays and array lengths.
    Convert(Local<'s, Object>),
}

/// Why an assignment was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The property is not writable.
    ReadOnly,
    /// The property has a getter only.
    NoSetter,
    /// The object takes no more properties.
    NotExtensible,
    /// The receiver is no object.
    Primitive,
}

impl<'s> Cx<'s> {
    /// [[Set]] of `key` on `object` with another or the same receiver.
    pub fn set(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
        receiver: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        let holder = object.get(self).root(self);
        loop {
            if holder.get(self).kind() == kind::TypedArray
                && let Some(stored) = self.set_typed(holder, key, value, receiver)?
            {
                return Ok(stored);
            }
            match self.own(holder, key)? {
                Own::None => {}
                Own::Data(_, attributes) if attributes & info::WRITABLE == 0 => {
                    return Ok(Stored::Refused(Refusal::ReadOnly));
                }
                Own::Data(..) => return self.set_on_receiver(holder, key, value, receiver),
                Own::Accessor(pair, _) => {
                    let setter = pair.get(self).setter();
                    if setter.is_undefined() {
                        return Ok(Stored::Refused(Refusal::NoSetter));
                    }
                    return Ok(Stored::Setter(setter.root(self)));
                }
                Own::Proxy => return Ok(Stored::Proxy(holder)),
                Own::Uninitialized => return Ok(Stored::Refused(Refusal::ReadOnly)),
            }
            if holder.get(self).kind() == kind::Namespace {
                return Ok(Stored::Refused(Refusal::NotExtensible));
            }
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => break,
            }
        }
        self.create_on_receiver(key, value, receiver)
    }

    /// Integer-indexed [[Set]] (10.4.5.5).
    fn set_typed(
        &mut self,
        holder: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
        receiver: Local<'_>,
    ) -> Result<Option<Stored<'s>>, Exit> {
        let numeric = self.typed_key(key);
        if numeric == TypedKey::Ordinary {
            return Ok(None);
        }
        let array = holder.downcast::<TypedArray>(self).expect("the caller checked");
        let same = receiver.value(self) == holder.value(self);
        let valid = match numeric {
            TypedKey::Index(index) => self.typed_has_index(array, index),
            _ => false,
        };
        if !same {
            return if valid { Ok(None) } else { Ok(Some(Stored::Done)) };
        }
        if value.value(self).is_object() {
            return Ok(Some(Stored::Convert(holder.get(self).root(self))));
        }
        match numeric {
            TypedKey::Index(index) => self.typed_set(array, index, value)?,
            _ => self.typed_check(array, value)?,
        }
        Ok(Some(Stored::Done))
    }

    /// The chain has a writable data property: it is changed on, or created on, the receiver.
    fn set_on_receiver(
        &mut self,
        holder: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
        receiver: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        if receiver.value(self) != holder.value(self) {
            return self.create_on_receiver(key, value, receiver);
        }
        self.overwrite(holder, key, value)
    }

    /// Changes the value of an own writable data property.
    fn overwrite(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        self.check_change(object)?;
        if object.get(self).is::<Array>() && key.is(self, Name::length) {
            return self.set_length_property(object, value);
        }
        if let Some((scope, slot)) = self.mapped_slot(object, key) {
            scope.put(self, slot, value.value(self));
        }
        if object.get(self).kind() == kind::Namespace {
            return Ok(Stored::Refused(Refusal::ReadOnly));
        }
        match key {
            Key::Index(index) => {
                let Some(elements) = object.get(self).elements(self) else { return Ok(Stored::Done) };
                let value = value.value(self);
                match elements.as_sparse() {
                    Some(sparse) => {
                        if let Some(entry) = sparse.find(self, index) {
                            let attributes = sparse.entry(self, entry).attributes;
                            sparse.set(self, entry, value, attributes);
                        }
                    }
                    None => {
                        self.note_element(elements, value);
                        elements.put(self, index as usize, value);
                    }
                }
            }
            Key::Name(_) => {
                let found = key.name_ref(self).and_then(|name| object.get(self).shape(self).find(self, name));
                if let Some((_, description)) = found {
                    object.get(self).set_slot(self, description & info::SLOT, value.value(self));
                }
            }
        }
        Ok(Stored::Done)
    }

    /// `array.length = value`.
    fn set_length_property(
        &mut self,
        object: Local<'_, Object>,
        value: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        let Some(number) = value.value(self).as_number() else {
            return Ok(Stored::Convert(object.get(self).root(self)));
        };
        let length = number as u32;
        if f64::from(length) != number {
            return Err(self.throw(tvm_bytecode::data::ErrorKind::RangeError, "Invalid array length"));
        }
        let array = object.downcast::<Array>(self).expect("the caller checked");
        Ok(if self.set_array_length(array, length)? {
            Stored::Done
        } else {
            Stored::Refused(Refusal::ReadOnly)
        })
    }

    /// Nothing in the chain stands against it: the receiver gets the property, or its own one is changed.
    fn create_on_receiver(
        &mut self,
        key: Key<'_>,
        value: Local<'_>,
        receiver: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        let Some(object) = receiver.as_object(self) else { return Ok(Stored::Refused(Refusal::Primitive)) };
        self.check_change(object)?;
        match self.own(object, key)? {
            Own::None => {}
            Own::Proxy => return Ok(Stored::Receiver(object.get(self).root(self))),
            Own::Accessor(..) | Own::Uninitialized => return Ok(Stored::Refused(Refusal::ReadOnly)),
            Own::Data(_, attributes) if attributes & info::WRITABLE == 0 => {
                return Ok(Stored::Refused(Refusal::ReadOnly));
            }
            Own::Data(..) if object.get(self).kind() == kind::TypedArray && value.value(self).is_object() => {
                return Ok(Stored::Convert(object.get(self).root(self)));
            }
            Own::Data(..) if object.get(self).kind() == kind::TypedArray => {
                let desc = Descriptor { value: Some(self.local(value.value(self))), ..Descriptor::default() };
                self.define(object, key, &desc)?;
                return Ok(Stored::Done);
            }
            Own::Data(..) => return self.overwrite(object, key, value),
        }
        if object.get(self).kind() == kind::TypedArray && self.typed_key(key) != TypedKey::Ordinary {
            return Ok(Stored::Refused(Refusal::NotExtensible));
        }
        if !self.is_extensible(object) {
            return Ok(Stored::Refused(Refusal::NotExtensible));
        }
        self.create(object, key, value)
    }

    /// Adds a property with default attributes to an extensible object that lacks it.
    fn create(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
    ) -> Result<Stored<'s>, Exit> {
        if let (Key::Index(index), Some(array)) = (key, object.get(self).cast::<Array>())
            && index >= array.length()
        {
            if array.frozen_length() != 0 {
                return Ok(Stored::Refused(Refusal::ReadOnly));
            }
            self.put_own(object, key, value, info::DEFAULT)?;
            object.get(self).cast::<Array>().expect("an array stays one").set_length(index + 1);
            return Ok(Stored::Done);
        }
        self.put_own(object, key, value, info::DEFAULT)?;
        Ok(Stored::Done)
    }
}
