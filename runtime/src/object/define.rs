//! Defining, deleting and listing own properties: [[DefineOwnProperty]], [[Delete]], [[OwnPropertyKeys]] and
//! [[PreventExtensions]] of everything but proxies.

use super::key::Key;
use super::lookup::{Own, TypedKey};
use super::shape::{info, shape_flag};
use crate::base::exit::Exit;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};

/// A property descriptor (6.2.6): absent fields are `None`.
#[derive(Clone, Copy, Default)]
pub struct Descriptor<'s> {
    /// [[Value]]
    pub value: Option<Local<'s>>,
    /// [[Get]]
    pub getter: Option<Local<'s>>,
    /// [[Set]]
    pub setter: Option<Local<'s>>,
    /// [[Writable]]
    pub writable: Option<bool>,
    /// [[Enumerable]]
    pub enumerable: Option<bool>,
    /// [[Configurable]]
    pub configurable: Option<bool>,
}

impl<'s> Descriptor<'s> {
    /// A data property with all attributes given.
    pub fn data(value: Local<'s>, attributes: u32) -> Self {
        Descriptor {
            value: Some(value),
            writable: Some(attributes & info::WRITABLE != 0),
            enumerable: Some(attributes & info::ENUMERABLE != 0),
            configurable: Some(attributes & info::CONFIGURABLE != 0),
            ..Descriptor::default()
        }
    }

    /// Whether it describes an accessor.
    pub fn is_accessor(&self) -> bool {
        self.getter.is_some() || self.setter.is_some()
    }

    /// Whether it describes a data property.
    pub fn is_data(&self) -> bool {
        self.value.is_some() || self.writable.is_some()
    }

    /// Attributes that a property gets: given ones, else those in `old`.
    fn attributes(&self, old: u32) -> u32 {
        let pick = |given: Option<bool>, bit: u32| match given {
            Some(true) => bit,
            Some(false) => 0,
            None => old & bit,
        };
        let shared = pick(self.enumerable, info::ENUMERABLE) | pick(self.configurable, info::CONFIGURABLE);
        if self.is_accessor() || (old & info::ACCESSOR != 0 && !self.is_data()) {
            shared | info::ACCESSOR
        } else {
            shared | pick(self.writable, info::WRITABLE)
        }
    }
}

impl<'s> Cx<'s> {
    /// [[DefineOwnProperty]]; false where it is refused. The object is no proxy. An array's new length must be a
    /// number already.
    pub fn define(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        self.check_change(object)?;
        match object.get(self).kind() {
            kind::Array => {
                if key.is(self, Name::length) {
                    return self.define_array_length(object, desc);
                }
                if let Key::Index(index) = key {
                    let array = object.get(self).cast::<Array>().expect("checked");
                    if index >= array.length() {
                        if array.frozen_length() != 0 || !self.define_ordinary(object, key, desc)? {
                            return Ok(false);
                        }
                        object.get(self).cast::<Array>().expect("checked").set_length(index + 1);
                        return Ok(true);
                    }
                }
            }
            kind::TypedArray => match self.typed_key(key) {
                TypedKey::Ordinary => {}
                TypedKey::Invalid => return Ok(false),
                TypedKey::Index(index) => return self.define_typed(object, index, desc),
            },
            kind::Arguments => return self.define_argument(object, key, desc),
            kind::Namespace if !key.is_symbol(self) => return self.define_in_namespace(object, key, desc),
            _ => {}
        }
        self.define_ordinary(object, key, desc)
    }

    /// OrdinaryDefineOwnProperty (10.1.6.1).
    fn define_ordinary(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        self.scope(|cx| {
            let own = cx.own(object, key)?;
            let extensible = cx.is_extensible(object);
            let Some(attributes) = cx.validate(own, extensible, desc)? else { return Ok(false) };
            cx.apply(object, key, own, desc, attributes)?;
            Ok(true)
        })
    }

    /// ValidateAndApplyPropertyDescriptor (10.1.6.3) up to the application: the new attributes, or `None` where the
    /// change is refused.
    pub fn validate(
        &mut self,
        own: Own<'_>,
        extensible: bool,
        desc: &Descriptor<'_>,
    ) -> Result<Option<u32>, Exit> {
        let (old, value) = match own {
            Own::None => return Ok(extensible.then(|| desc.attributes(0))),
            Own::Data(value, attributes) => (attributes, Some(value)),
            Own::Accessor(_, attributes) => (attributes, None),
            Own::Proxy | Own::Uninitialized => return Ok(None),
        };
        let new = desc.attributes(old);
        if old & info::CONFIGURABLE != 0 {
            // Turning into the other kind resets what the other kind does not have.
            let switched = (old ^ new) & info::ACCESSOR != 0;
            return Ok(Some(if switched && desc.writable.is_none() { new & !info::WRITABLE } else { new }));
        }
        let fixed = info::CONFIGURABLE | info::ENUMERABLE | info::ACCESSOR;
        if (old ^ new) & fixed != 0 {
            return Ok(None);
        }
        match (own, value) {
            (Own::Accessor(pair, _), _) => {
                let cell = pair.get(self);
                let differs =
                    |given: Option<Local<'_>>, now: Value<'_>| given.is_some_and(|g| g.value(self) != now);
                let refused = differs(desc.getter, cell.getter()) || differs(desc.setter, cell.setter());
                Ok((!refused).then_some(new))
            }
            (_, Some(value)) if old & info::WRITABLE == 0 => {
                if new & info::WRITABLE != 0 {
                    return Ok(None);
                }
                match desc.value {
                    Some(given) => Ok(self.same_value(given, value)?.then_some(new)),
                    None => Ok(Some(new)),
                }
            }
            _ => Ok(Some(new)),
        }
    }

    /// Carries out a change that was validated.
    fn apply(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        own: Own<'_>,
        desc: &Descriptor<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        let value = if attributes & info::ACCESSOR != 0 {
            let pair = self.alloc::<Accessor>(kind::Accessor, Accessor::BYTES)?;
            let (getter, setter) = match own {
                Own::Accessor(old, _) => (old.get(self).getter(), old.get(self).setter()),
                _ => (Value::UNDEFINED, Value::UNDEFINED),
            };
            let cell = pair.get(self);
            cell.set_getter(self, desc.getter.map_or(getter, |g| g.value(self)));
            cell.set_setter(self, desc.setter.map_or(setter, |s| s.value(self)));
            pair.any()
        } else {
            match (desc.value, own) {
                (Some(value), _) => self.local(value.value(self)),
                (None, Own::Data(value, _)) => self.local(value.value(self)),
                _ => self.local(Value::UNDEFINED),
            }
        };
        self.put_own(object, key, value, attributes)
    }

    /// Creates or replaces an own property, without asking whether it may.
    pub fn put_own(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        value: Local<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        self.make_own(object)?;
        match key {
            Key::Index(index) => self.put_element(object, index, value, attributes),
            Key::Name(name) => {
                let found = key.name_ref(self).and_then(|name| object.get(self).shape(self).find(self, name));
                match found {
                    None => self.add_property(object, name, value, attributes),
                    Some((place, description)) => {
                        if description & info::ATTRIBUTES != attributes {
                            self.set_attributes(object, place, attributes)?;
                        }
                        object.get(self).set_slot(self, description & info::SLOT, value.value(self));
                        Ok(())
                    }
                }
            }
        }
    }

    /// Creates or replaces an indexed property, without asking whether it may.
    fn put_element(
        &mut self,
        object: Local<'_, Object>,
        index: u32,
        value: Local<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        if object.get(self).shape(self).is_flagged(shape_flag::PROTOTYPE) {
            self.vm.indexed_prototypes = true;
        }
        let elements = object.get(self).elements(self);
        let dense_attributes = elements.map_or(info::DEFAULT, |e| e.attributes());
        let fits = self.fits_dense(object.get(self), index);
        if fits && attributes == info::DEFAULT && dense_attributes == info::DEFAULT {
            return self.store_dense(object, index, value);
        }
        self.scope(|cx| {
            let sparse = cx.make_sparse(object)?;
            cx.insert_sparse(sparse, index, value, attributes)
        })
    }

    /// Whether properties may be added.
    pub fn is_extensible(&self, object: Local<'_, Object>) -> bool {
        !object.get(self).shape(self).is_flagged(shape_flag::NON_EXTENSIBLE)
    }

    /// [[PreventExtensions]] of everything but proxies; false where it is refused.
    pub fn prevent_extensions(&mut self, object: Local<'_, Object>) -> Result<bool, Exit> {
        self.check_change(object)?;
        if let Some(array) = object.downcast::<TypedArray>(self)
            && !self.typed_has_fixed_length(array)
        {
            return Ok(false);
        }
        self.materialize(object)?;
        if self.is_extensible(object) {
            self.replace_shape(object, shape_flag::NON_EXTENSIBLE, 0)?;
        }
        Ok(true)
    }

    /// ArraySetLength (10.4.2.4) with a length that is a number already.
    fn define_array_length(
        &mut self,
        object: Local<'_, Object>,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        let array = object.downcast::<Array>(self).expect("an array");
        let old = array.get(self).length();
        let frozen = array.get(self).frozen_length() != 0;
        let refused = desc.configurable == Some(true)
            || desc.enumerable == Some(true)
            || desc.is_accessor()
            || (frozen && desc.writable == Some(true));
        let new = desc.value.and_then(|value| value.value(self).as_number()).map_or(old, |n| n as u32);
        if refused || (frozen && new != old) {
            return Ok(false);
        }
        let done = self.set_array_length(array, new)?;
        if desc.writable == Some(false) {
            array.get(self).set_frozen_length(1);
        }
        Ok(done)
    }

    fn define_typed(
        &mut self,
        object: Local<'_, Object>,
        index: u64,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        let array = object.downcast::<TypedArray>(self).expect("a typed array");
        let refused = !self.typed_has_index(array, index)
            || desc.configurable == Some(false)
            || desc.enumerable == Some(false)
            || desc.is_accessor()
            || desc.writable == Some(false);
        if refused {
            return Ok(false);
        }
        if let Some(value) = desc.value {
            self.typed_set(array, index, value)?;
        }
        Ok(true)
    }

    /// [[DefineOwnProperty]] of arguments objects (10.4.4.2).
    fn define_argument(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        self.scope(|cx| {
            let mapped = cx.mapped_argument(object, key);
            let mut desc = *desc;
            if let (Some(value), None, Some(false)) = (mapped, desc.value, desc.writable) {
                desc.value = Some(value);
            }
            if !cx.define_ordinary(object, key, &desc)? {
                return Ok(false);
            }
            if mapped.is_some() {
                if let (false, Some(value)) = (desc.is_accessor(), desc.value)
                    && let Some((scope, slot)) = cx.mapped_slot(object, key)
                {
                    scope.put(cx, slot, value.value(cx));
                }
                if desc.is_accessor() || desc.writable == Some(false) {
                    cx.unmap(object, key);
                }
            }
            Ok(true)
        })
    }

    /// An argument is no longer the parameter.
    fn unmap(&self, object: Local<'_, Object>, key: Key<'_>) {
        if let (Key::Index(index), Some(map)) =
            (key, object.get(self).cast::<Arguments>().and_then(|a| a.map(self)))
        {
            map.put(self, index as usize, Value::HOLE);
        }
    }

    fn define_in_namespace(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'_>,
        desc: &Descriptor<'_>,
    ) -> Result<bool, Exit> {
        let Own::Data(now, _) = self.own(object, key)? else { return Ok(false) };
        let refused = desc.configurable == Some(true)
            || desc.enumerable == Some(false)
            || desc.is_accessor()
            || desc.writable == Some(false);
        match desc.value {
            _ if refused => Ok(false),
            Some(value) => self.same_value(value, now),
            None => Ok(true),
        }
    }

    /// [[Delete]] of everything but proxies; false where it is refused.
    pub fn delete(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<bool, Exit> {
        let (attributes, exists) = match self.own(object, key)? {
            Own::None => (0, false),
            Own::Data(_, attributes) | Own::Accessor(_, attributes) => (attributes, true),
            Own::Proxy => (0, false),
            Own::Uninitialized => return Ok(false),
        };
        if !exists {
            return Ok(true);
        }
        self.check_change(object)?;
        match object.get(self).kind() {
            kind::TypedArray if self.typed_key(key) != TypedKey::Ordinary => return Ok(false),
            kind::Namespace if !key.is_symbol(self) => return Ok(false),
            kind::Array if key.is(self, Name::length) => return Ok(false),
            _ => {}
        }
        if attributes & info::CONFIGURABLE == 0 {
            return Ok(false);
        }
        self.unmap_deleted(object, key);
        match key {
            Key::Index(index) => self.delete_element(object, index),
            Key::Name(_) => {
                let found = key.name_ref(self).and_then(|name| object.get(self).shape(self).find(self, name));
                if let Some((place, _)) = found {
                    self.delete_property(object, place)?;
                }
            }
        }
        Ok(true)
    }

    fn unmap_deleted(&self, object: Local<'_, Object>, key: Key<'_>) {
        if self.mapped_slot(object, key).is_some() {
            self.unmap(object, key);
        }
    }

    fn delete_element(&self, object: Local<'_, Object>, index: u32) {
        let Some(elements) = object.get(self).elements(self) else { return };
        match elements.as_sparse() {
            Some(sparse) => {
                if let Some(entry) = sparse.find(self, index) {
                    sparse.remove(self, entry);
                }
            }
            None => elements.clear(index as usize, index as usize + 1),
        }
    }

    /// [[OwnPropertyKeys]] (10.1.11) of everything but proxies: indices in order, strings and symbols in order of
    /// creation.
    pub fn own_keys(&mut self, object: Local<'_, Object>) -> Result<Local<'s, List>, Exit> {
        self.materialize(object)?;
        let list = self.new_list()?;
        let indices = self.all_indices(object);
        for index in indices {
            if index % 16 == 0 {
                self.vm.spend(1)?;
            }
            self.scope(|cx| {
                let key = cx.index_string(index)?;
                cx.list_push(list, key.any())
            })?;
        }
        if let Some(namespace) = object.get(self).cast::<Namespace>() {
            let names = namespace.names(self).root(self);
            for i in 0..names.get(self).count(self) {
                let name = names.get(self).at(self, i).root(self);
                self.list_push(list, name)?;
            }
        }
        let is_string = object.get(self).cast::<Wrapper>().is_some_and(|w| w.primitive().is_string());
        if object.get(self).is::<Array>() || is_string {
            let length = self.local(self.name(Name::length));
            self.list_push(list, length)?;
        }
        for symbols in [false, true] {
            self.push_names(object, list, symbols)?;
        }
        Ok(list)
    }

    /// Names and symbols among the own keys of everything but proxies, those of indices left out.
    pub fn own_names(&mut self, object: Local<'_, Object>) -> Result<Local<'s, List>, Exit> {
        self.materialize(object)?;
        let list = self.new_list()?;
        if object.get(self).is::<Array>() {
            let length = self.local(self.name(Name::length));
            self.list_push(list, length)?;
        }
        for symbols in [false, true] {
            self.push_names(object, list, symbols)?;
        }
        Ok(list)
    }

    /// Indices of an object's indexed properties, exotic ones included.
    fn all_indices(&self, object: Local<'_, Object>) -> Vec<u32> {
        let cell = object.get(self);
        if let Some(array) = object.downcast::<TypedArray>(self) {
            let length = self.typed_length(array).unwrap_or(0);
            return (0..length.min(u64::from(u32::MAX)) as u32).collect();
        }
        let string =
            cell.cast::<Wrapper>().and_then(|w| w.primitive().as_string(self)).map_or(0, |s| s.length());
        let mut indices: Vec<u32> = (0..string).collect();
        indices.extend(self.element_indices(cell));
        indices
    }

    fn push_names(
        &mut self,
        object: Local<'_, Object>,
        list: Local<'_, List>,
        symbols: bool,
    ) -> Result<(), Exit> {
        let shape = object.get(self).shape(self).root(self);
        let count = shape.get(self).count();
        for i in 0..count {
            self.scope(|cx| {
                let Some(name) = shape.get(cx).table(cx).and_then(|table| table.name(cx, i)) else {
                    return Ok(());
                };
                let private = name.cast::<Symbol>(cx).is_some_and(|symbol| symbol.is_private());
                if name.is_symbol() != symbols || private {
                    return Ok(());
                }
                let name = name.root(cx);
                cx.list_push(list, name)
            })?;
        }
        Ok(())
    }

    /// Freezes or seals an object that is no proxy (7.3.16).
    pub fn set_integrity(&mut self, object: Local<'_, Object>, frozen: bool) -> Result<bool, Exit> {
        if !self.prevent_extensions(object)? {
            return Ok(false);
        }
        if frozen && object.get(self).is::<TypedArray>() {
            let array = object.downcast::<TypedArray>(self).expect("checked");
            if self.typed_length(array).unwrap_or(0) > 0 {
                return Ok(false);
            }
        }
        self.freeze_elements(object, frozen)?;
        if frozen && let Some(array) = object.get(self).cast::<Array>() {
            array.set_frozen_length(1);
        }
        let shape = object.get(self).shape(self);
        let count = shape.count();
        if shape.is_flagged(shape_flag::DICTIONARY) {
            self.invalidate(shape);
        } else {
            self.replace_shape(object, 0, 0)?;
        }
        if let Some(table) = object.get(self).shape(self).table(self) {
            for i in 0..count {
                let (name, description) = table.entry(i);
                let private = table
                    .name(self, i)
                    .and_then(|name| name.cast::<Symbol>(self))
                    .is_some_and(|symbol| symbol.is_private());
                if name == 0 || private {
                    continue;
                }
                let mut new = description & !info::CONFIGURABLE;
                if frozen && description & info::ACCESSOR == 0 {
                    new &= !info::WRITABLE;
                }
                table.set_info(i, new);
            }
        }
        Ok(true)
    }

    fn freeze_elements(&mut self, object: Local<'_, Object>, frozen: bool) -> Result<(), Exit> {
        let Some(elements) = object.get(self).elements(self) else { return Ok(()) };
        if let Some(sparse) = elements.as_sparse() {
            for index in sparse.indices(self) {
                if let Some(entry) = sparse.find(self, index) {
                    let element = sparse.entry(self, entry);
                    let mut attributes = element.attributes & !info::CONFIGURABLE;
                    if frozen && attributes & info::ACCESSOR == 0 {
                        attributes &= !info::WRITABLE;
                    }
                    sparse.set(self, entry, element.value, attributes);
                }
            }
            return Ok(());
        }
        if elements.capacity() == 0 {
            return Ok(());
        }
        // Mapped arguments and the like keep one kind of elements: their own cell is flagged.
        elements.change_flags(if frozen { flag::FROZEN | flag::SEALED } else { flag::SEALED }, 0);
        Ok(())
    }

    /// Whether two values are the same (7.2.11).
    pub fn same_value(&mut self, left: Local<'_>, right: Local<'_>) -> Result<bool, Exit> {
        let (a, b) = (left.value(self), right.value(self));
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(a == b && (a != 0.0 || a.is_sign_negative() == b.is_sign_negative())
                || a.is_nan() && b.is_nan());
        }
        self.strictly_equal(left, right)
    }

    /// IsStrictlyEqual (7.2.14).
    pub fn strictly_equal(&mut self, left: Local<'_>, right: Local<'_>) -> Result<bool, Exit> {
        let (a, b) = (left.value(self), right.value(self));
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return Ok(a == b);
        }
        if a == b {
            return Ok(true);
        }
        if let (Some(a), Some(b)) = (left.cast::<Str>(self), right.cast::<Str>(self)) {
            return self.strings_equal(a, b);
        }
        if let (Some(a), Some(b)) = (a.cast::<BigInt>(self), b.cast::<BigInt>(self)) {
            return Ok(a.size() == b.size() && a.digits() == b.digits());
        }
        Ok(false)
    }

    /// SameValueZero (7.2.12).
    pub fn same_value_zero(&mut self, left: Local<'_>, right: Local<'_>) -> Result<bool, Exit> {
        if let (Some(a), Some(b)) = (left.value(self).as_number(), right.value(self).as_number()) {
            return Ok(a == b || (a.is_nan() && b.is_nan()));
        }
        self.strictly_equal(left, right)
    }
}

/// Whether an integer-valued number is an index that a `Key` can hold.
pub fn is_index_number(number: f64) -> bool {
    num::to_integer(number) == number && (0.0..4_294_967_295.0).contains(&number)
}
