//! Property keys: array indices, and names that are atoms or symbols.

use super::string::Chars;
use crate::base::exit::Exit;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::tails::NameRef;
use crate::heap::{Cx, Local, Value};

/// A property key (6.1.7).
#[derive(Clone, Copy)]
pub enum Key<'s> {
    /// An array index, 0 to 2^32 - 2.
    Index(u32),
    /// Any other string, as an atom, or a symbol.
    Name(Local<'s>),
}

impl<'s> Key<'s> {
    /// The name as tables keep it.
    #[inline]
    pub fn name_ref<'a>(self, cx: &'a Cx<'_>) -> Option<NameRef<'a>> {
        match self {
            Key::Index(_) => None,
            Key::Name(name) => Some(NameRef::new(cx, name.value(cx))),
        }
    }

    /// Whether it is one of the engine's names.
    pub fn is(self, cx: &Cx<'_>, name: Name) -> bool {
        match self {
            Key::Index(_) => false,
            Key::Name(own) => own.value(cx) == cx.name(name),
        }
    }

    /// Whether it is a symbol.
    pub fn is_symbol(self, cx: &Cx<'_>) -> bool {
        matches!(self, Key::Name(name) if name.value(cx).is_symbol())
    }

    /// Whether it is a private name.
    pub fn is_private(self, cx: &Cx<'_>) -> bool {
        match self {
            Key::Name(name) => name.value(cx).cast::<Symbol>(cx).is_some_and(|symbol| symbol.is_private()),
            Key::Index(_) => false,
        }
    }

    /// The key as a value: a string or symbol.
    pub fn to_value(self, cx: &mut Cx<'s>) -> Result<Local<'s>, Exit> {
        match self {
            Key::Index(index) => Ok(cx.index_string(index)?.any()),
            Key::Name(name) => Ok(name),
        }
    }

    /// The key as messages show it.
    pub fn describe(self, cx: &Cx<'_>) -> String {
        match self {
            Key::Index(index) => index.to_string(),
            Key::Name(name) => {
                let value = name.value(cx);
                match value.cast::<Symbol>(cx) {
                    Some(symbol) if symbol.is_private() => {
                        symbol.description().flat_chars(cx).map(|c| c.to_text()).unwrap_or_default()
                    }
                    Some(symbol) => symbol.to_text(cx),
                    None => value.flat_chars(cx).map(|c| c.to_text()).unwrap_or_default(),
                }
            }
        }
    }
}

impl<'s> Cx<'s> {
    /// A name of the engine's as a key.
    pub fn key(&self, name: Name) -> Key<'s> {
        Key::Name(self.name(name).root(self))
    }

    /// The string of an index.
    pub fn index_string(&mut self, index: u32) -> Result<Local<'s, Str>, Exit> {
        if index < 10 {
            return Ok(self.character(b'0' + index as u8));
        }
        self.int_string(i64::from(index))
    }

    /// An integer in decimal.
    fn int_string(&mut self, int: i64) -> Result<Local<'s, Str>, Exit> {
        self.latin1_string(num::decimal(int, &mut [0; num::MAX_DIGITS]))
    }

    /// The string of a number (6.1.6.1.20).
    pub fn number_string(&mut self, number: f64) -> Result<Local<'s, Str>, Exit> {
        if (0.0..10.0).contains(&number) && number.fract() == 0.0 {
            return Ok(self.character(b'0' + number as u8));
        }
        let int = number as i64;
        if int as f64 == number && number.abs() < 1e15 && number != 0.0 {
            return self.int_string(int);
        }
        self.string(&num::to_string(number))
    }

    /// ToPropertyKey (7.1.19) of a primitive; `None` for an object, which must be converted first.
    #[inline]
    pub fn primitive_key(&mut self, value: Local<'s>) -> Result<Option<Key<'s>>, Exit> {
        let v = value.value(self);
        if let Some(index) = v.as_index() {
            return Ok(Some(Key::Index(index)));
        }
        if v.is_symbol() {
            return Ok(Some(Key::Name(value)));
        }
        if let Some(string) = value.cast::<Str>(self) {
            return self.string_key(string).map(Some);
        }
        if v.is_object() {
            return Ok(None);
        }
        let string = self.primitive_string(value)?;
        self.string_key(string).map(Some)
    }

    /// A string as a property key.
    pub fn string_key(&mut self, string: Local<'_, Str>) -> Result<Key<'s>, Exit> {
        let cell = string.get(self);
        if cell.is_atom() {
            return Ok(self.atom_key(cell.root(self)));
        }
        let flat = self.flatten(string)?;
        if let Some(index) = flat.get(self).chars(self).as_index() {
            return Ok(Key::Index(index));
        }
        Ok(Key::Name(self.intern(flat)?.any()))
    }

    /// An atom as a property key.
    #[inline]
    pub fn atom_key(&self, atom: Local<'s, Str>) -> Key<'s> {
        let cell = atom.get(self);
        if cell.has(flag::INDEX) {
            Key::Index(cell.chars(self).as_index().unwrap_or(0))
        } else {
            Key::Name(atom.any())
        }
    }

    /// A text as a property key.
    pub fn text_key(&mut self, text: &str) -> Result<Key<'s>, Exit> {
        let atom = self.atom(text)?;
        Ok(self.atom_key(atom))
    }

    /// ToString (7.1.17) of a primitive that is no symbol.
    pub fn primitive_string(&mut self, value: Local<'_>) -> Result<Local<'s, Str>, Exit> {
        let v = value.value(self);
        if let Some(string) = v.as_string(self) {
            return Ok(string.root(self));
        }
        if let Some(number) = v.as_number() {
            return self.number_string(number);
        }
        let name = match v {
            _ if v.is_undefined() => Name::undefined,
            _ if v.is_null() => Name::null,
            _ if v.is_true() => Name::true_,
            _ if v.is_bigint() => return self.bigint_string(value, 10),
            _ => Name::false_,
        };
        Ok(self.name(name).as_string(self).expect("names are strings").root(self))
    }
}

/// CanonicalNumericIndexString (7.1.21): the number that a string spells exactly, if any.
pub fn canonical_numeric(chars: Chars<'_>) -> Option<f64> {
    let first = chars.at(0)?;
    let plausible = matches!(first, 0x30..=0x39 | 0x2D | 0x49 | 0x4E);
    if !plausible {
        return None;
    }
    let text = chars.to_text();
    if text == "-0" {
        return Some(-0.0);
    }
    let number = num::parse(&text);
    (num::to_string(number) == text).then_some(number)
}

impl<'a> Value<'a> {
    /// The value as a name that shapes may have: an atom that is no index, or a symbol.
    #[inline]
    pub fn as_name(self, cx: &'a Cx<'_>) -> Option<NameRef<'a>> {
        let is_name = match self.as_string(cx) {
            Some(string) => string.is_atom() && !string.has(flag::INDEX),
            None => self.is_symbol(),
        };
        is_name.then(|| NameRef::new(cx, self))
    }
}

/// Whether a value is a valid property key.
pub fn is_key(value: Value<'_>) -> bool {
    value.is_string() || value.is_symbol()
}
