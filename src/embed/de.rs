//! Values of programs to Rust values, by serde.
//!
//! A value is read where it lies, and no code of the program runs. One that has getters, or proxies in it, is copied by
//! the program's own `structuredClone` first, which asks them, and the copy is read.

use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Visitor};
use serde::forward_to_deserialize_any;
use tvm_runtime::heap::cells::{self, List, MapTable, Object, Str, TypedArray};
use tvm_runtime::heap::{Cx, Local};
use tvm_runtime::library::lib;
use tvm_runtime::object::Key;
use tvm_runtime::object::lookup::Own;
use tvm_runtime::object::shape::info;

use super::context::Context;
use super::error::Result;
use super::ser::{Fault, MAGIC, PASSING, Part, SAFE};
use super::shared::Shared;
use super::value::{Raw, Value, bytes_of};

/// Levels of objects within objects.
const DEPTH: u32 = 128;

/// A Rust value of a value.
pub(super) fn from_value<T: DeserializeOwned>(context: &mut Context<'_>, value: &Value) -> Result<T> {
    match read(context, value)? {
        Err(fault) if fault.not_plain => {
            let copy = context.ask(lib::embedCopy, &[value])?;
            read(context, &copy)?.map_err(|fault| fault.into_error(context))
        }
        read => read.map_err(|fault| fault.into_error(context)),
    }
}

fn read<T: DeserializeOwned>(context: &mut Context<'_>, value: &Value) -> Result<Result<T, Fault>> {
    let shared = Arc::clone(&context.core.shared);
    let held = context.core.check(value)?;
    context.with(|cx| {
        let value = cx.held(held);
        Ok(T::deserialize(Reader { cx, value, shared: &shared, up: None, depth: 0 }))
    })
}

/// An object that is being read, and those that it stands in.
struct Link<'l> {
    object: Local<'l, Object>,
    up: Option<&'l Link<'l>>,
}

/// Reads one value.
struct Reader<'a, 's> {
    cx: &'a mut Cx<'s>,
    value: Local<'s>,
    shared: &'a Arc<Shared>,
    up: Option<&'a Link<'a>>,
    depth: u32,
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault::told(message.to_string())
    }
}

/// A number or BigInt as serde knows integers best.
fn visit_big<'de, V: Visitor<'de>>(big: &BigInt, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(value) = i64::try_from(big) {
        return visitor.visit_i64(value);
    }
    if let Ok(value) = u64::try_from(big) {
        return visitor.visit_u64(value);
    }
    if let Ok(value) = i128::try_from(big) {
        return visitor.visit_i128(value);
    }
    match u128::try_from(big) {
        Ok(value) => visitor.visit_u128(value),
        Err(_) => Err(Fault::told("a BigInt of more than 128 bits")),
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Fault> {
    let is_integer = number.trunc() == number && number.abs() <= SAFE as f64;
    match is_integer && (number != 0.0 || number.is_sign_positive()) {
        true => visitor.visit_i64(number as i64),
        false => visitor.visit_f64(number),
    }
}

impl<'a, 's> Reader<'a, 's> {
    /// The object, where it may be looked into.
    fn opened(&self, object: Local<'s, Object>) -> Result<(), Fault> {
        let mut link = self.up;
        while let Some(outer) = link {
            if outer.object.value(self.cx) == object.value(self.cx) {
                return Err(Fault::told("a cycle: the value refers to what it stands in"));
            }
            link = outer.up;
        }
        match self.depth < DEPTH {
            true => Ok(()),
            false => Err(Fault::told(format!("more than {DEPTH} levels of objects within objects"))),
        }
    }

    fn visit_object<'de, V: Visitor<'de>>(
        self,
        object: Local<'s, Object>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.opened(object)?;
        let cell = object.get(self.cx);
        if cell.is::<cells::Proxy>() {
            return Err(Fault { not_plain: true, ..Fault::told("a proxy") });
        }
        if cell.is::<cells::Array>() || cell.is::<TypedArray>() {
            return visitor.visit_seq(Items::new(self, object));
        }
        if let Some(map) = object.cast_to::<cells::Map>(self.cx) {
            let table = map.get(self.cx).table(self.cx).root(self.cx);
            return visitor.visit_map(Entries { reader: self, object, table, next: 0, key: String::new() });
        }
        if let Some(set) = object.cast_to::<cells::Set>(self.cx) {
            let table = set.get(self.cx).table(self.cx).root(self.cx);
            return visitor.visit_seq(Members { reader: self, object, table, next: 0 });
        }
        if let Some(date) = cell.cast::<cells::Date>() {
            return visit_number(date.time(), visitor);
        }
        if let Some(wrapper) = cell.cast::<cells::Wrapper>() {
            let value = wrapper.primitive().root(self.cx);
            return de::Deserializer::deserialize_any(Reader { value, ..self }, visitor);
        }
        if self.cx.is_callable(object.value(self.cx)) {
            return Err(Fault::told("a function cannot be read"));
        }
        let keys = self.cx.own_keys(object)?;
        visitor.visit_map(Fields { reader: self, object, keys, next: 0, name: String::new() })
    }

    /// The only enumerable property of an object: the tag of an enum.
    fn tag(&mut self, object: Local<'s, Object>) -> Result<(String, Local<'s>), Fault> {
        self.opened(object)?;
        if object.get(self.cx).is::<cells::Proxy>() {
            return Err(Fault { not_plain: true, ..Fault::told("a proxy") });
        }
        let keys = self.cx.own_keys(object)?;
        let mut fields = Fields {
            reader: Reader {
                cx: self.cx,
                value: self.value,
                shared: self.shared,
                up: self.up,
                depth: self.depth,
            },
            object,
            keys,
            next: 0,
            name: String::new(),
        };
        let Some(tag) = fields.advance()? else {
            return Err(Fault::told("an object without properties is no variant"));
        };
        let value = fields.current()?;
        match fields.advance()? {
            None => Ok((tag, value)),
            Some(_) => Err(Fault::told("an object of more than one property is no variant")),
        }
    }
}

/// Casts of objects that stay on the stack.
trait CastTo<'s> {
    fn cast_to<T: cells::Cell>(self, cx: &Cx<'s>) -> Option<Local<'s, T>>;
}

impl<'s> CastTo<'s> for Local<'s, Object> {
    fn cast_to<T: cells::Cell>(self, cx: &Cx<'s>) -> Option<Local<'s, T>> {
        self.any().cast::<T>(cx)
    }
}

impl<'de> de::Deserializer<'de> for Reader<'_, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.value.value(self.cx);
        if let Some(number) = value.as_number() {
            return visit_number(number, visitor);
        }
        if value.is_nullish() || value.is_hole() {
            return visitor.visit_unit();
        }
        if value.is_boolean() {
            return visitor.visit_bool(value.is_true());
        }
        if let Some(text) = self.value.cast::<Str>(self.cx) {
            return visitor.visit_string(self.cx.text(text)?);
        }
        if let Some(big) = value.cast::<cells::BigInt>(self.cx) {
            return visit_big(&big.to_big(), visitor);
        }
        match self.value.as_object(self.cx) {
            Some(object) => self.visit_object(object, visitor),
            None => Err(Fault::told("a symbol cannot be read")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value.value(self.cx).is_nullish() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match bytes_of(self.cx, self.value) {
            Some(bytes) => visitor.visit_byte_buf(bytes),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name != MAGIC {
            return visitor.visit_newtype_struct(self);
        }
        let value = Raw::keep(self.cx, self.value).bind(self.shared);
        PASSING.with_borrow_mut(|passing| *passing = Some(value));
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Some(text) = self.value.cast::<Str>(self.cx) {
            let tag = self.cx.text(text)?;
            return visitor.visit_enum(de::value::StringDeserializer::new(tag));
        }
        let Some(object) = self.value.as_object(self.cx) else {
            return Err(Fault::told("a variant is a string or an object of one property"));
        };
        let (tag, value) = self.tag(object)?;
        let link = Link { object, up: self.up };
        let Reader { cx, shared, depth, .. } = self;
        let inner = Reader { cx, value, shared, up: Some(&link), depth: depth + 1 };
        visitor
            .visit_enum(Variant { tag: tag.clone(), inner })
            .map_err(|fault| fault.within(|| Part::Name(tag)))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// A variant with something in it.
struct Variant<'a, 's> {
    tag: String,
    inner: Reader<'a, 's>,
}

impl<'de, 'a, 's> de::EnumAccess<'de> for Variant<'a, 's> {
    type Error = Fault;
    type Variant = Reader<'a, 's>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'a, 's>), Fault> {
        let tag = seed.deserialize(de::value::StringDeserializer::<Fault>::new(self.tag))?;
        Ok((tag, self.inner))
    }
}

impl<'de> de::VariantAccess<'de> for Reader<'_, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(self, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(self, visitor)
    }
}

impl<'a, 's> Reader<'a, 's> {
    /// Reads a part of an object: what `find` gives, in a scope of its own.
    fn part<'de, S: DeserializeSeed<'de>>(
        &mut self,
        object: Local<'s, Object>,
        seed: S,
        find: impl for<'i> FnOnce(&mut Cx<'i>) -> Result<Local<'i>, Fault>,
        part: impl FnOnce() -> Part,
    ) -> Result<S::Value, Fault> {
        let (shared, depth) = (self.shared, self.depth + 1);
        let link = Link { object, up: self.up };
        let read = self.cx.scope(|cx| {
            let value = find(cx)?;
            seed.deserialize(Reader { cx, value, shared, up: Some(&link), depth })
        });
        read.map_err(|fault| fault.within(part))
    }
}

/// The elements of an array or typed array.
struct Items<'a, 's> {
    reader: Reader<'a, 's>,
    object: Local<'s, Object>,
    length: u64,
    next: u64,
}

impl<'a, 's> Items<'a, 's> {
    fn new(reader: Reader<'a, 's>, object: Local<'s, Object>) -> Items<'a, 's> {
        let cx = &*reader.cx;
        let length = match (object.cast_to::<cells::Array>(cx), object.cast_to::<TypedArray>(cx)) {
            (Some(array), _) => u64::from(array.get(cx).length()),
            (_, Some(typed)) => cx.typed_length(typed).unwrap_or(0),
            _ => 0,
        };
        Items { reader, object, length, next: 0 }
    }
}

fn not_plain() -> Fault {
    Fault { not_plain: true, ..Fault::told("a property with a getter cannot be read") }
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.next >= self.length {
            return Ok(None);
        }
        let (index, object) = (self.next, self.object);
        self.next += 1;
        let read =
            self.reader.part(object, seed, |cx| element(cx, object, index), || Part::Index(index as usize));
        read.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        // Of what a program says serde would reserve memory.
        Some((self.length - self.next).min(4096) as usize)
    }
}

fn element<'i>(cx: &mut Cx<'i>, object: Local<'_, Object>, index: u64) -> Result<Local<'i>, Fault> {
    let own = match u32::try_from(index) {
        Ok(index) => cx.own(object, Key::Index(index))?,
        Err(_) => return Err(Fault::told("an index beyond 32 bits")),
    };
    match own {
        Own::Data(value, _) => Ok(value),
        Own::None => Ok(cx.undefined()),
        _ => Err(not_plain()),
    }
}

/// The enumerable properties of an object.
struct Fields<'a, 's> {
    reader: Reader<'a, 's>,
    object: Local<'s, Object>,
    keys: Local<'s, List>,
    next: u32,
    /// The name of the last.
    name: String,
}

impl<'s> Fields<'_, 's> {
    /// Goes to the next enumerable property with a name that is not undefined; none behind the last.
    fn advance(&mut self) -> Result<Option<String>, Fault> {
        let (object, keys) = (self.object, self.keys);
        while self.next < keys.get(self.reader.cx).length() {
            let index = self.next as usize;
            self.next += 1;
            let name = self.reader.cx.scope(|cx| {
                let key = keys.get(cx).item(cx, index).root(cx);
                if key.value(cx).is_symbol() {
                    return Ok(None);
                }
                let Some(key) = cx.primitive_key(key)? else { return Ok(None) };
                let told = match cx.own(object, key)? {
                    Own::Data(value, attributes) => {
                        attributes & info::ENUMERABLE != 0 && !value.value(cx).is_undefined()
                    }
                    Own::Accessor(_, attributes) => attributes & info::ENUMERABLE != 0,
                    _ => false,
                };
                Ok::<_, Fault>(match key {
                    _ if !told => None,
                    Key::Index(index) => Some(index.to_string()),
                    Key::Name(name) => {
                        let text = name.cast::<Str>(cx);
                        text.map(|text| cx.text(text)).transpose()?
                    }
                })
            })?;
            if let Some(name) = name {
                self.name.clone_from(&name);
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The value of the property that was gone to.
    fn current(&mut self) -> Result<Local<'s>, Fault> {
        field(self.reader.cx, self.object, &self.name)
    }
}

fn field<'i>(cx: &mut Cx<'i>, object: Local<'_, Object>, name: &str) -> Result<Local<'i>, Fault> {
    let key = cx.text_key(name)?;
    match cx.own(object, key)? {
        Own::Data(value, _) => Ok(value),
        Own::None => Ok(cx.undefined()),
        _ => Err(not_plain()),
    }
}

impl<'de> de::MapAccess<'de> for Fields<'_, '_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        match self.advance()? {
            Some(name) => seed.deserialize(MapKey(name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (object, name) = (self.object, &self.name);
        self.reader.part(object, seed, |cx| field(cx, object, name), || Part::Name(name.clone()))
    }
}

/// The name of a property as a key of a map, which may be a number.
struct MapKey(String);

macro_rules! parsed_keys {
    ($($method:ident $visit:ident),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_string(self.0),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for MapKey {
    type Error = Fault;

    parsed_keys!(
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_i128 visit_i128, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_u128 visit_u128,
        deserialize_f32 visit_f32, deserialize_f64 visit_f64, deserialize_bool visit_bool,
    );

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(de::value::StringDeserializer::new(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The entries of a Map.
struct Entries<'a, 's> {
    reader: Reader<'a, 's>,
    object: Local<'s, Object>,
    table: Local<'s, MapTable>,
    next: u32,
    /// The last key, for paths.
    key: String,
}

/// Goes to the next entry that is there.
fn next_entry(cx: &Cx<'_>, table: Local<'_, MapTable>, next: &mut u32) -> Option<u32> {
    while *next < table.get(cx).used() {
        let entry = *next;
        *next += 1;
        if !table.get(cx).key(entry).is_hole() {
            return Some(entry);
        }
    }
    None
}

impl<'de> de::MapAccess<'de> for Entries<'_, '_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(entry) = next_entry(self.reader.cx, self.table, &mut self.next) else { return Ok(None) };
        let (object, table) = (self.object, self.table);
        self.key = self.reader.cx.scope(|cx| {
            let key = table.get(cx).key(entry).root(cx);
            cx.describe(key)
        });
        let part = || Part::Name("(key)".to_owned());
        self.reader.part(object, seed, |cx| Ok(table.get(cx).key(entry).root(cx)), part).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (object, table, entry, key) = (self.object, self.table, self.next - 1, &self.key);
        self.reader.part(
            object,
            seed,
            |cx| Ok(table.get(cx).entry_value(entry).root(cx)),
            || Part::Name(format!("get({key})")),
        )
    }
}

/// The members of a Set.
struct Members<'a, 's> {
    reader: Reader<'a, 's>,
    object: Local<'s, Object>,
    table: Local<'s, MapTable>,
    next: u32,
}

impl<'de> de::SeqAccess<'de> for Members<'_, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(entry) = next_entry(self.reader.cx, self.table, &mut self.next) else { return Ok(None) };
        let (object, table) = (self.object, self.table);
        let part = || Part::Index(entry as usize);
        self.reader.part(object, seed, |cx| Ok(table.get(cx).key(entry).root(cx)), part).map(Some)
    }
}

/// Values of the program's are read as they are.
impl<'de> de::Deserialize<'de> for Value {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Passed;

        impl Visitor<'_> for Passed {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a program's")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                let passed = PASSING.with_borrow_mut(Option::take);
                passed.ok_or_else(|| E::custom("values of programs are read by their isolate only"))
            }
        }

        deserializer.deserialize_newtype_struct(MAGIC, Passed)
    }
}
