//! Finding properties: [[GetOwnProperty]] of everything but proxies, and the walk up the prototype chain.

use super::function::LAZY_NAMES;
use super::key::{Key, canonical_numeric};
use super::realm::Intrinsic;
use super::shape::{info, shape_flag};
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::tails::NameRef;
use crate::heap::{Cx, Gc, Local, Value};

/// An own property.
#[derive(Clone, Copy)]
pub enum Own<'s> {
    /// There is none.
    None,
    /// A data property: value and attributes.
    Data(Local<'s>, u32),
    /// An accessor property: the pair and attributes.
    Accessor(Local<'s, Accessor>, u32),
    /// The object is a proxy: its handler has to be asked.
    Proxy,
    /// A module binding that is not initialised yet.
    Uninitialized,
}

/// What a walk up the prototype chain found.
#[derive(Clone, Copy)]
pub enum Found<'s> {
    /// Nothing.
    Missing,
    /// A data property's value.
    Value(Local<'s>),
    /// An accessor's getter: a function, or undefined.
    Getter(Local<'s>),
    /// A proxy stands in the chain: it has to be asked.
    Proxy(Local<'s, Object>),
    /// A module binding that is not initialised yet.
    Uninitialized,
}

/// What a lookup finds that makes no handles, runs nothing and books nothing.
pub enum Seen<'a> {
    /// There is none.
    Missing,
    /// A data property: its value, and what its shape says of it.
    Data(Value<'a>, u32),
    /// An accessor property.
    Accessor,
    /// It takes more to tell.
    More,
}

/// Objects on a walk up the prototype chain that cost a unit of fuel.
const HOLDERS_A_UNIT: u64 = 32;

/// How a typed array sees a key (10.4.5).
#[derive(Clone, Copy, PartialEq)]
pub enum TypedKey {
    /// Not a number: an ordinary property.
    Ordinary,
    /// An index, perhaps out of bounds.
    Index(u64),
    /// A number that is no index: there is no such property, and never will be.
    Invalid,
}

impl Gc<'_, Object> {
    /// Whether all its own properties are in its shape: an ordinary object without indexed ones.
    pub fn has_names_only(self, cx: &Cx<'_>) -> bool {
        self.kind() == kind::Plain
            && !self.is_unmade(cx)
            && self
                .elements(cx)
                .is_none_or(|elements| elements.kind() == kind::Elements && elements.capacity() == 0)
    }
}

impl<'s> Cx<'s> {
    /// [[GetOwnProperty]].
    pub fn own(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<Own<'s>, Exit> {
        self.make_own(object)?;
        match object.get(self).kind() {
            kind::Plain | kind::Map | kind::Set | kind::Promise => {}
            kind::Error if key.is(self, Name::stack) => {
                self.materialize_stack(object)?;
            }
            kind::Function => self.materialize_for(object, key)?,
            kind::Array if key.is(self, Name::length) => {
                let array = object.get(self).cast::<Array>().expect("checked");
                let attributes = if array.frozen_length() != 0 { 0 } else { info::WRITABLE };
                let length = Value::number(f64::from(array.length()));
                return Ok(Own::Data(self.local(length), attributes));
            }
            kind::Proxy => return Ok(Own::Proxy),
            kind::Wrapper => {
                if let Some(own) = self.own_of_string(object, key)? {
                    return Ok(own);
                }
            }
            kind::TypedArray => match self.typed_key(key) {
                TypedKey::Ordinary => {}
                TypedKey::Invalid => return Ok(Own::None),
                TypedKey::Index(index) => {
                    let array = object.downcast::<TypedArray>(self).expect("checked");
                    return Ok(match self.typed_get(array, index)? {
                        Some(value) => Own::Data(value, info::DEFAULT),
                        None => Own::None,
                    });
                }
            },
            kind::Arguments => {
                if let Some(value) = self.mapped_argument(object, key) {
                    let attributes =
                        object.get(self).element(self, index_of(key)).map_or(info::DEFAULT, |e| e.attributes);
                    return Ok(Own::Data(value, attributes));
                }
            }
            kind::Namespace => {
                if let Some(own) = self.own_of_namespace(object, key) {
                    return Ok(own);
                }
            }
            _ => {}
        }
        Ok(self.ordinary_own(object.get(self), key))
    }

    /// An ordinary own property: of the elements or of the shape.
    #[inline]
    pub fn ordinary_own(&self, object: Gc<'_, Object>, key: Key<'_>) -> Own<'s> {
        match key {
            Key::Index(index) => match object.element(self, index) {
                None => Own::None,
                Some(element) => self.own_value(element.value, element.attributes),
            },
            Key::Name(_) => {
                let Some(name) = key.name_ref(self) else { return Own::None };
                match object.shape(self).find(self, name) {
                    None => Own::None,
                    Some((_, description)) => {
                        let value = object.slot(self, description & info::SLOT);
                        self.own_value(value, description & info::ATTRIBUTES)
                    }
                }
            }
        }
    }

    /// An own property, where the shape tells all of that name.
    pub fn plain_own<'a>(&'a self, object: Gc<'a, Object>, name: NameRef<'a>) -> Seen<'a> {
        let is = |which| name.reference == self.name(which).bits() as u32;
        let shape = object.shape(self);
        match object.kind() {
            kind::Error | kind::Proxy | kind::Wrapper | kind::TypedArray | kind::Namespace => {
                return Seen::More;
            }
            kind::Array if is(Name::length) => return Seen::More,
            _ if shape.is_flagged(shape_flag::UNMADE) => return Seen::More,
            _ if shape.is_flagged(shape_flag::LAZY_FUNCTION) && LAZY_NAMES.into_iter().any(is) => {
                return Seen::More;
            }
            _ => {}
        }
        match shape.find(self, name) {
            None => Seen::Missing,
            Some((_, description)) if description & info::ACCESSOR != 0 => Seen::Accessor,
            Some((_, description)) => match object.slot(self, description & info::SLOT) {
                value if value.is_hole() => Seen::More,
                value => Seen::Data(value, description),
            },
        }
    }

    /// The same up the prototype chain, as far as that costs nothing.
    pub fn plain_find<'a>(&'a self, object: Gc<'a, Object>, name: NameRef<'a>) -> Seen<'a> {
        let mut holder = object;
        for _ in 1..HOLDERS_A_UNIT {
            match self.plain_own(holder, name) {
                Seen::Missing => {}
                found => return found,
            }
            match holder.shape(self).proto().as_object(self) {
                Some(next) => holder = next,
                None => return Seen::Missing,
            }
        }
        Seen::More
    }

    fn own_value(&self, value: Value<'_>, attributes: u32) -> Own<'s> {
        if attributes & info::ACCESSOR != 0
            && let Some(accessor) = value.cast::<Accessor>(self)
        {
            return Own::Accessor(accessor.root(self), attributes);
        }
        Own::Data(value.root(self), attributes)
    }

    /// A String object's characters and length (10.4.3).
    fn own_of_string(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<Option<Own<'s>>, Exit> {
        let Some(string) = object.get(self).cast::<Wrapper>().and_then(|w| w.primitive().as_string(self))
        else {
            return Ok(None);
        };
        let string = string.root(self);
        match key {
            Key::Index(index) if index < string.get(self).length() => {
                let unit = self.string_unit(string, index)?;
                Ok(Some(Own::Data(unit.any(), info::ENUMERABLE)))
            }
            _ if key.is(self, Name::length) => {
                let length = Value::number(f64::from(string.get(self).length()));
                Ok(Some(Own::Data(self.local(length), 0)))
            }
            _ => Ok(None),
        }
    }

    /// A string's code unit as a string.
    pub fn string_unit(&mut self, string: Local<'_, Str>, index: u32) -> Result<Local<'s, Str>, Exit> {
        let flat = self.flatten(string)?;
        let unit = flat.get(self).chars(self).at(index as usize).unwrap_or(0);
        self.unit_string(unit)
    }

    /// How a typed array sees a key.
    pub fn typed_key(&self, key: Key<'_>) -> TypedKey {
        match key {
            Key::Index(index) => TypedKey::Index(u64::from(index)),
            Key::Name(name) => match name.value(self).flat_chars(self).and_then(canonical_numeric) {
                None => TypedKey::Ordinary,
                Some(number) => {
                    let index = number as u64;
                    let is_index = index as f64 == number && !(index == 0 && number.is_sign_negative());
                    if is_index && number < 9_007_199_254_740_992.0 {
                        TypedKey::Index(index)
                    } else {
                        TypedKey::Invalid
                    }
                }
            },
        }
    }

    /// The parameter that a mapped arguments object shows under a key.
    pub fn mapped_argument(&self, object: Local<'_, Object>, key: Key<'_>) -> Option<Local<'s>> {
        let (scope, slot) = self.mapped_slot(object, key)?;
        Some(scope.at(self, slot).root(self))
    }

    /// Where a mapped argument lives.
    pub fn mapped_slot<'a>(
        &'a self,
        object: Local<'_, Object>,
        key: Key<'_>,
    ) -> Option<(Gc<'a, Scope>, usize)> {
        let Key::Index(index) = key else { return None };
        let arguments = object.get(self).cast::<Arguments>()?;
        let map = arguments.map(self)?;
        if index as usize >= map.count(self) {
            return None;
        }
        let slot = map.at(self, index as usize).as_int()?;
        Some((arguments.scope(self)?, slot as usize))
    }

    fn own_of_namespace(&self, object: Local<'_, Object>, key: Key<'_>) -> Option<Own<'s>> {
        let namespace = object.get(self).cast::<Namespace>()?;
        if key.is_symbol(self) {
            return None;
        }
        let Some(index) = self.namespace_index(namespace, key) else { return Some(Own::None) };
        let value = self.binding_value(namespace.bindings(self).at(self, index).cast::<ImportRef>(self)?);
        if value.is_hole() {
            return Some(Own::Uninitialized);
        }
        Some(Own::Data(value.root(self), info::WRITABLE | info::ENUMERABLE))
    }

    /// Place of a name among a namespace's exports.
    pub fn namespace_index(&self, namespace: Gc<'_, Namespace>, key: Key<'_>) -> Option<usize> {
        let names = namespace.names(self);
        let count = names.count(self);
        (0..count).find(|&i| {
            let name = names.at(self, i);
            match key {
                Key::Name(own) => own.value(self) == name,
                Key::Index(index) => name.flat_chars(self).and_then(|c| c.as_index()) == Some(index),
            }
        })
    }

    /// What an import refers to: a binding's value, a hole while it is uninitialised, or a namespace.
    pub fn binding_value<'a>(&'a self, import: Gc<'a, ImportRef>) -> Value<'a> {
        match import.scope(self) {
            Some(scope) => scope.at(self, import.slot() as usize),
            None => Value::UNDEFINED,
        }
    }

    /// Walks up the prototype chain from `object`.
    pub fn find(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<Found<'s>, Exit> {
        if let Some(name) = key.name_ref(self) {
            match self.plain_find(object.get(self), name) {
                Seen::Data(value, _) => return Ok(Found::Value(value.root(self))),
                Seen::Missing => return Ok(Found::Missing),
                Seen::Accessor | Seen::More => {}
            }
        }
        let holder = object.get(self).root(self);
        for depth in 1u64.. {
            if depth.is_multiple_of(HOLDERS_A_UNIT) {
                self.vm.spend(1)?;
            }
            match self.own(holder, key)? {
                Own::None => {}
                Own::Data(value, _) => return Ok(Found::Value(value)),
                Own::Accessor(pair, _) => {
                    let getter = pair.get(self).getter().root(self);
                    return Ok(Found::Getter(getter));
                }
                Own::Proxy => return Ok(Found::Proxy(holder)),
                Own::Uninitialized => return Ok(Found::Uninitialized),
            }
            if holder.get(self).kind() == kind::TypedArray && self.typed_key(key) != TypedKey::Ordinary {
                return Ok(Found::Missing);
            }
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => break,
            }
        }
        Ok(Found::Missing)
    }

    /// A data property's value found without running anything; `None` where a getter or proxy stands in the way, a
    /// missing property is undefined. For native code on objects that it trusts to be plain.
    pub fn plain_get(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<Option<Local<'s>>, Exit> {
        Ok(match self.find(object, key)? {
            Found::Value(value) => Some(value),
            Found::Missing => Some(self.local(Value::UNDEFINED)),
            Found::Getter(_) | Found::Proxy(_) | Found::Uninitialized => None,
        })
    }

    /// As [`Cx::plain_get`] by one of the engine's names.
    pub fn plain_get_name(
        &mut self,
        object: Local<'_, Object>,
        name: Name,
    ) -> Result<Option<Local<'s>>, Exit> {
        let key = self.key(name);
        self.plain_get(object, key)
    }

    /// The object that properties of a primitive are looked up on; `None` for undefined and null.
    pub fn primitive_proto(&self, value: Value<'_>) -> Option<Intrinsic> {
        if value.is_string() {
            Some(Intrinsic::StringPrototype)
        } else if value.is_number() {
            Some(Intrinsic::NumberPrototype)
        } else if value.is_boolean() {
            Some(Intrinsic::BooleanPrototype)
        } else if value.is_symbol() {
            Some(Intrinsic::SymbolPrototype)
        } else if value.is_bigint() {
            Some(Intrinsic::BigIntPrototype)
        } else {
            None
        }
    }

    /// Whether the object claims to be undefined (B.3.6).
    pub fn is_html_dda(&self, value: Value<'_>) -> bool {
        value.as_object(self).is_some_and(|object| object.shape(self).is_flagged(shape_flag::HTML_DDA))
    }

    /// Whether a value can be called.
    pub fn is_callable(&self, value: Value<'_>) -> bool {
        let Some(object) = value.as_object(self) else { return false };
        match object.kind() {
            kind::Function | kind::Bound => true,
            kind::Proxy => object.cast::<Proxy>().is_some_and(|proxy| proxy.calls() != 0),
            _ => false,
        }
    }
}

fn index_of(key: Key<'_>) -> u32 {
    match key {
        Key::Index(index) => index,
        Key::Name(_) => u32::MAX,
    }
}
