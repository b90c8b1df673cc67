//! Strings: flat Latin-1 and UTF-16, ropes, slices.
//!
//! A flat string is UTF-16 only where some code unit is above 0xFF, so that equal flat strings have equal bytes.
//! Concatenation makes a rope above a few dozen units and slicing refers to its parent; both are flattened when their
//! units are looked at.

use smallvec::SmallVec;

use super::append::{self, Plan};
use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::tails::FLAT_HEADER;
use crate::heap::{Cx, Gc, Local, Value};
use tvm_bytecode::data::ErrorKind;

/// Shorter concatenations are copied.
pub const MIN_ROPE: u32 = 24;
/// Shorter slices are copied.
const MIN_SLICE: usize = 24;
/// Units that repeating a string writes at once.
const REPEAT_UNITS: usize = 1 << 16;
/// The code units of a flat string.
#[derive(Clone, Copy, Debug)]
pub enum Chars<'a> {
    /// One byte a unit.
    Latin1(&'a [u8]),
    /// Two bytes a unit.
    Utf16(&'a [u16]),
}

impl<'a> Chars<'a> {
    /// Their number.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Chars::Latin1(bytes) => bytes.len(),
            Chars::Utf16(units) => units.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// One of them.
    #[inline]
    pub fn at(self, index: usize) -> Option<u16> {
        match self {
            Chars::Latin1(bytes) => bytes.get(index).map(|&byte| u16::from(byte)),
            Chars::Utf16(units) => units.get(index).copied(),
        }
    }

    /// The code point at an index, and how many units it takes (11.1.4 CodePointAt).
    pub fn code_point(self, at: usize) -> (u32, usize) {
        let first = u32::from(self.at(at).unwrap_or(0));
        match self.at(at + 1) {
            Some(second) if first & 0xFC00 == 0xD800 && second & 0xFC00 == 0xDC00 => {
                (0x1_0000 + ((first & 0x3FF) << 10) + u32::from(second & 0x3FF), 2)
            }
            _ => (first, 1),
        }
    }

    /// A part.
    pub fn slice(self, start: usize, end: usize) -> Chars<'a> {
        match self {
            Chars::Latin1(bytes) => Chars::Latin1(&bytes[start..end]),
            Chars::Utf16(units) => Chars::Utf16(&units[start..end]),
        }
    }

    /// All of them.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + Clone + 'a {
        (0..self.len()).map(move |i| match self {
            Chars::Latin1(bytes) => u16::from(bytes[i]),
            Chars::Utf16(units) => units[i],
        })
    }

    /// A copy as UTF-16.
    pub fn to_vec(self) -> Vec<u16> {
        match self {
            Chars::Latin1(bytes) => bytes.iter().map(|&byte| u16::from(byte)).collect(),
            Chars::Utf16(units) => units.to_vec(),
        }
    }

    /// A copy as text; lone surrogates become U+FFFD.
    pub fn to_text(self) -> String {
        match self {
            Chars::Latin1(bytes) if bytes.is_ascii() => String::from_utf8_lossy(bytes).into_owned(),
            Chars::Latin1(bytes) => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Chars::Utf16(units) => String::from_utf16_lossy(units),
        }
    }

    /// Whether the units are the same.
    pub fn equals(self, other: Chars<'_>) -> bool {
        match (self, other) {
            (Chars::Latin1(a), Chars::Latin1(b)) => a == b,
            (Chars::Utf16(a), Chars::Utf16(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }

    /// Lexicographic order by code unit.
    pub fn compare(self, other: Chars<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Chars::Latin1(a), Chars::Latin1(b)) => a.cmp(b),
            (Chars::Utf16(a), Chars::Utf16(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }

    /// A hash of the units, the same for both representations; never 0.
    pub fn hash(self) -> u32 {
        let mut hash = 0x9E37_79B9u32;
        let mut mix = |unit: u32| hash = (hash.rotate_left(5) ^ unit).wrapping_mul(0x27D4_EB2D);
        match self {
            Chars::Latin1(bytes) => bytes.iter().for_each(|&byte| mix(u32::from(byte))),
            Chars::Utf16(units) => units.iter().for_each(|&unit| mix(u32::from(unit))),
        }
        hash ^= hash >> 15;
        hash.max(1)
    }

    /// Whether every unit is below 0x100.
    pub fn fits_latin1(self) -> bool {
        match self {
            Chars::Latin1(_) => true,
            Chars::Utf16(units) => units.iter().all(|&unit| unit <= 0xFF),
        }
    }

    /// The array index that the units spell (6.1.7), if any.
    pub fn as_index(self) -> Option<u32> {
        let Chars::Latin1(bytes) = self else { return None };
        if bytes.is_empty() || bytes.len() > 10 || (bytes[0] == b'0' && bytes.len() > 1) {
            return None;
        }
        let mut value = 0u64;
        for &byte in bytes {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(byte - b'0');
        }
        u32::try_from(value).ok().filter(|&index| index != u32::MAX)
    }
}

impl<'a> Gc<'a, Str> {
    /// Whether its units can be looked at: it is no rope, or one that was flattened.
    #[inline]
    pub fn is_flat(self, cx: &Cx<'_>) -> bool {
        match self.cast::<Rope>() {
            Some(rope) => rope.right(cx).is_none(),
            None => true,
        }
    }

    /// Its units.
    ///
    /// # Panics
    /// Where it is an unflattened rope.
    #[inline]
    pub fn chars(self, cx: &'a Cx<'_>) -> Chars<'a> {
        match self.kind() {
            kind::Latin1 => Chars::Latin1(self.latin1_units()),
            kind::Utf16 => Chars::Utf16(self.utf16_units()),
            _ => self.indirect_chars(cx),
        }
    }

    fn indirect_chars(self, cx: &'a Cx<'_>) -> Chars<'a> {
        if let Some(slice) = self.cast::<Slice>() {
            let start = slice.offset() as usize;
            return slice.parent(cx).chars(cx).slice(start, start + slice.length() as usize);
        }
        let rope = self.cast::<Rope>().expect("the only other kind of string");
        assert!(rope.right(cx).is_none(), "a rope is flattened before its units are read");
        rope.left(cx).chars(cx)
    }

    /// Whether some unit may be above 0xFF.
    pub fn is_wide(self, cx: &Cx<'_>) -> bool {
        match self.kind() {
            kind::Latin1 => false,
            kind::Utf16 => true,
            _ => {
                let _ = cx;
                self.has(flag::WIDE)
            }
        }
    }

    /// Whether it is an atom: unique among equal strings.
    #[inline(always)]
    pub fn is_atom(self) -> bool {
        self.has(flag::ATOM)
    }

    /// A copy of a flat string as text.
    pub fn to_text(self, cx: &Cx<'_>) -> String {
        self.chars(cx).to_text()
    }
}

fn text_of<'a>(cell: Gc<'a, Latin1>) -> Gc<'a, Str> {
    cell.cast().expect("a Latin1 cell is a string")
}

/// Units of strings that cost a unit of fuel where they are compared for being the same.
pub const EQUAL_UNITS: u32 = 1024;
/// Units of the shorter one that cost a unit of fuel where strings are put in order.
pub const ORDER_UNITS: u32 = 256;

impl<'s> Cx<'s> {
    fn check_length(&mut self, length: usize) -> Result<u32, Exit> {
        if length > limits::STRING_LENGTH {
            return Err(self.throw(ErrorKind::RangeError, "Invalid string length"));
        }
        Ok(length as u32)
    }

    /// An uninitialised Latin-1 string.
    fn new_latin1(&mut self, length: usize) -> Result<Local<'s, Str>, Exit> {
        let units = self.check_length(length)?;
        let cell = self.alloc::<Latin1>(kind::Latin1, FLAT_HEADER + length)?;
        cell.get(self).set_length(units);
        Ok(text_of(cell.get(self)).root(self))
    }

    /// An uninitialised UTF-16 string.
    fn new_utf16(&mut self, length: usize) -> Result<Local<'s, Str>, Exit> {
        let units = self.check_length(length)?;
        let cell = self.alloc::<Str>(kind::Utf16, FLAT_HEADER + 2 * length)?;
        cell.get(self).set_length(units);
        Ok(cell)
    }

    /// A string of Latin-1 bytes.
    pub fn latin1_string(&mut self, bytes: &[u8]) -> Result<Local<'s, Str>, Exit> {
        match bytes {
            [] => return Ok(self.empty_string()),
            [byte] => return Ok(self.character(*byte)),
            _ => {}
        }
        let string = self.new_latin1(bytes.len())?;
        string.get(self).copy_latin1(0, bytes);
        Ok(string)
    }

    /// A string of UTF-16 units, in the representation that they need.
    pub fn utf16_string(&mut self, units: &[u16]) -> Result<Local<'s, Str>, Exit> {
        if Chars::Utf16(units).fits_latin1() {
            let bytes: Vec<u8> = units.iter().map(|&unit| unit as u8).collect();
            return self.latin1_string(&bytes);
        }
        let string = self.new_utf16(units.len())?;
        string.get(self).write_utf16(0, units.iter().copied());
        Ok(string)
    }

    /// A string of text.
    pub fn string(&mut self, text: &str) -> Result<Local<'s, Str>, Exit> {
        if text.is_ascii() {
            return self.latin1_string(text.as_bytes());
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        self.utf16_string(&units)
    }

    /// The empty string.
    pub fn empty_string(&self) -> Local<'s, Str> {
        self.name(Name::empty).as_string(self).expect("names are strings").root(self)
    }

    /// A string of one Latin-1 character.
    #[inline]
    pub fn character(&self, byte: u8) -> Local<'s, Str> {
        let all = self.root_cell::<Tuple>(Root::Characters);
        all.at(self, usize::from(byte)).as_string(self).expect("a tuple of strings").root(self)
    }

    /// The same, as bits: no handle is made.
    pub fn character_bits(&self, byte: u8) -> u64 {
        self.root_cell::<Tuple>(Root::Characters).at(self, usize::from(byte)).bits()
    }

    /// A string of one code unit.
    pub fn unit_string(&mut self, unit: u16) -> Result<Local<'s, Str>, Exit> {
        match u8::try_from(unit) {
            Ok(byte) => Ok(self.character(byte)),
            Err(_) => self.utf16_string(&[unit]),
        }
    }

    /// `left + right` of strings.
    pub fn concat(&mut self, left: Local<'_, Str>, right: Local<'_, Str>) -> Result<Local<'s, Str>, Exit> {
        let (a, b) = (left.get(self).length(), right.get(self).length());
        if a == 0 {
            return Ok(right.get(self).root(self));
        }
        if b == 0 {
            return Ok(left.get(self).root(self));
        }
        let length = self.check_length(a as usize + b as usize)?;
        if length < MIN_ROPE {
            return self.concat_flat(left, right);
        }
        if let Some(longer) = self.append_in_place(left, right)? {
            return Ok(longer);
        }
        let wide = left.get(self).is_wide(self) || right.get(self).is_wide(self);
        let depth = 1 + self.rope_depth(left).max(self.rope_depth(right));
        let rope = self.alloc::<Rope>(kind::Rope, Rope::BYTES)?;
        let cell = rope.get(self);
        cell.set_length(length);
        cell.set_left(self, left.get(self));
        cell.set_right(self, Some(right.get(self)));
        cell.set_depth(depth);
        cell.change_flags(if wide { flag::WIDE } else { 0 }, 0);
        let string = cell.cast::<Str>().expect("a rope is a string").root(self);
        match append::plan(depth, length, wide) {
            Plan::Rope => Ok(string),
            Plan::Buffer => self.put_in_buffer(string),
            Plan::Flat => self.flatten(string),
        }
    }

    fn rope_depth(&self, string: Local<'_, Str>) -> u32 {
        match string.get(self).cast::<Rope>() {
            Some(rope) if rope.right(self).is_some() => rope.depth(),
            _ => 0,
        }
    }

    fn concat_flat(&mut self, left: Local<'_, Str>, right: Local<'_, Str>) -> Result<Local<'s, Str>, Exit> {
        let (left, right) = (self.flatten(left)?, self.flatten(right)?);
        let wide = left.get(self).is_wide(self) || right.get(self).is_wide(self);
        let length = (left.get(self).length() + right.get(self).length()) as usize;
        let result = if wide { self.new_utf16(length)? } else { self.new_latin1(length)? };
        let mut at = 0;
        for part in [left, right] {
            let chars = part.get(self).chars(self);
            copy_units(chars, result.get(self), at, wide);
            at += chars.len();
        }
        // A wide slice may hold narrow units only.
        self.canonical(result)
    }

    /// A UTF-16 string whose units all fit Latin-1 becomes Latin-1.
    fn canonical(&mut self, string: Local<'s, Str>) -> Result<Local<'s, Str>, Exit> {
        let cell = string.get(self);
        if cell.kind() != kind::Utf16 || !cell.chars(self).fits_latin1() {
            return Ok(string);
        }
        let bytes: Vec<u8> = cell.chars(self).iter().map(|unit| unit as u8).collect();
        self.latin1_string(&bytes)
    }

    /// A flat string that is not empty, repeated up to a length.
    pub fn repeated(&mut self, string: Local<'s, Str>, length: usize) -> Result<Local<'s, Str>, Exit> {
        let count = string.get(self).length() as usize;
        if length <= count {
            return self.substring(string, 0, length);
        }
        let whole = (REPEAT_UNITS / count).max(1) * count;
        let block = match string.get(self).chars(self) {
            Chars::Latin1(bytes) => {
                OwnedChars::Latin1(bytes.iter().copied().cycle().take(whole.min(length)).collect())
            }
            Chars::Utf16(units) => {
                OwnedChars::Utf16(units.iter().copied().cycle().take(whole.min(length)).collect())
            }
        };
        let result = match &block {
            OwnedChars::Latin1(_) => self.new_latin1(length)?,
            OwnedChars::Utf16(_) => self.new_utf16(length)?,
        };
        for at in (0..length).step_by(whole) {
            let count = whole.min(length - at);
            self.vm.spend(count as u64 / 64)?;
            let part = match &block {
                OwnedChars::Latin1(bytes) => Chars::Latin1(&bytes[..count]),
                OwnedChars::Utf16(units) => Chars::Utf16(&units[..count]),
            };
            copy_units(part, result.get(self), at, matches!(block, OwnedChars::Utf16(_)));
        }
        self.canonical(result)
    }

    /// The string as one whose units can be read.
    pub fn flatten(&mut self, string: Local<'_, Str>) -> Result<Local<'s, Str>, Exit> {
        let cell = string.get(self);
        if cell.is_flat(self) {
            return Ok(cell.root(self));
        }
        let (wide, length) = (cell.is_wide(self), cell.length() as usize);
        self.vm.spend(length as u64 / 64)?;
        let result = if wide { self.new_utf16(length)? } else { self.new_latin1(length)? };
        fill_from_rope(self, string.get(self), result.get(self), 0, wide);
        let flat = self.canonical(result)?;
        keep_flat(self, string.get(self), flat.get(self));
        Ok(flat)
    }

    /// As [`Cx::flatten`] where that takes no collection and is within the limits: whether it did. Where it takes more
    /// than the budget has, the next poll says so.
    pub(crate) fn flatten_quietly(&mut self, string: Value<'_>) -> bool {
        let Some(rope) = string.cast::<Str>(self).filter(|string| !string.is_wide(self)) else {
            return false;
        };
        let (reference, length) = (rope.reference(self), rope.length() as usize);
        let units = length as i64 / 64;
        if !self.vm.meter.allows(units as u64) {
            return false;
        }
        let Some(made) = self.heap.allocate_quietly(kind::Latin1, FLAT_HEADER + length) else { return false };
        self.vm.meter.budget -= units;
        // SAFETY: the one cell was just made, of the size that its length says; the other is alive, and nothing moved.
        #[allow(unsafe_code)]
        let (rope, flat) = unsafe { (Gc::<Str>::from_ref(self, reference), Gc::<Str>::from_ref(self, made)) };
        flat.set_length(length as u32);
        fill_from_rope(self, rope, flat, 0, false);
        keep_flat(self, rope, flat);
        true
    }

    /// Code units from `start` to `end`.
    pub fn substring(
        &mut self,
        string: Local<'_, Str>,
        start: usize,
        end: usize,
    ) -> Result<Local<'s, Str>, Exit> {
        let length = string.get(self).length() as usize;
        if start == 0 && end == length {
            return Ok(string.get(self).root(self));
        }
        if start >= end {
            return Ok(self.empty_string());
        }
        let flat = self.flatten(string)?;
        let chars = flat.get(self).chars(self).slice(start, end);
        if chars.len() == 1 {
            let unit = chars.at(0).unwrap_or(0);
            return self.unit_string(unit);
        }
        if chars.len() < MIN_SLICE {
            return self.copy_units(chars_owned(chars));
        }
        let slice = self.alloc::<Slice>(kind::Slice, Slice::BYTES)?;
        let (parent, offset) = match flat.get(self).cast::<Slice>() {
            Some(outer) => (outer.parent(self), outer.offset() as usize),
            None => (flat.get(self), 0),
        };
        let parent = match parent.cast::<Rope>() {
            Some(rope) => rope.left(self),
            None => parent,
        };
        let cell = slice.get(self);
        cell.set_length((end - start) as u32);
        cell.set_parent(self, parent);
        cell.set_offset((offset + start) as u32);
        cell.change_flags(if parent.is_wide(self) { flag::WIDE } else { 0 }, 0);
        Ok(cell.cast::<Str>().expect("a slice is a string").root(self))
    }

    fn copy_units(&mut self, units: OwnedChars) -> Result<Local<'s, Str>, Exit> {
        match units {
            OwnedChars::Latin1(bytes) => self.latin1_string(&bytes),
            OwnedChars::Utf16(units) => self.utf16_string(&units),
        }
    }

    /// Whether two strings have the same units.
    pub fn strings_equal(&mut self, left: Local<'_, Str>, right: Local<'_, Str>) -> Result<bool, Exit> {
        let (a, b) = (left.get(self), right.get(self));
        if a == b {
            return Ok(true);
        }
        if a.length() != b.length() || (a.is_atom() && b.is_atom()) {
            return Ok(false);
        }
        let (a, b) = (self.flatten(left)?, self.flatten(right)?);
        let length = a.get(self).length();
        self.vm.spend(u64::from(length / EQUAL_UNITS))?;
        Ok(a.get(self).chars(self).equals(b.get(self).chars(self)))
    }

    /// Lexicographic order of two strings by code unit.
    pub fn compare_strings(
        &mut self,
        left: Local<'_, Str>,
        right: Local<'_, Str>,
    ) -> Result<std::cmp::Ordering, Exit> {
        let (a, b) = (self.flatten(left)?, self.flatten(right)?);
        let shorter = a.get(self).length().min(b.get(self).length());
        self.vm.spend(u64::from(shorter / ORDER_UNITS))?;
        Ok(a.get(self).chars(self).compare(b.get(self).chars(self)))
    }

    /// A string's text, flattening it where it must.
    pub fn text(&mut self, string: Local<'_, Str>) -> Result<String, Exit> {
        let flat = self.flatten(string)?;
        Ok(flat.get(self).to_text(self))
    }
}

enum OwnedChars {
    Latin1(Vec<u8>),
    Utf16(Vec<u16>),
}

fn chars_owned(chars: Chars<'_>) -> OwnedChars {
    match chars {
        Chars::Latin1(bytes) => OwnedChars::Latin1(bytes.to_vec()),
        Chars::Utf16(units) => OwnedChars::Utf16(units.to_vec()),
    }
}

/// Copies units into a fresh flat string at `at`.
fn copy_units(from: Chars<'_>, to: Gc<'_, Str>, at: usize, wide: bool) {
    match (from, wide) {
        (Chars::Latin1(bytes), false) => to.copy_latin1(at, bytes),
        (Chars::Utf16(units), true) => to.write_utf16(at, units.iter().copied()),
        (Chars::Latin1(bytes), true) => to.write_utf16(at, bytes.iter().map(|&byte| u16::from(byte))),
        (Chars::Utf16(units), false) => to.write_latin1(at, units.iter().map(|&unit| unit as u8)),
    }
}

/// A rope gets the flat string that it was put together to.
fn keep_flat(cx: &Cx<'_>, rope: Gc<'_, Str>, flat: Gc<'_, Str>) {
    let rope = rope.cast::<Rope>().expect("only a rope is not flat");
    rope.set_left(cx, flat);
    rope.set_right(cx, None);
    rope.set_depth(0);
}

/// Writes a rope's units into a flat string under construction, from a place on. Begins at their end, where ropes that
/// grew by appending have their short parts.
pub(super) fn fill_from_rope(cx: &Cx<'_>, rope: Gc<'_, Str>, to: Gc<'_, Str>, at: usize, wide: bool) {
    let mut end = at + rope.length() as usize;
    let mut pending = SmallVec::<[Gc<'_, Str>; 16]>::new();
    let mut part = rope;
    loop {
        if let Some(open) = part.cast::<Rope>()
            && let Some(right) = open.right(cx)
        {
            pending.push(open.left(cx));
            part = right;
            continue;
        }
        let chars = part.chars(cx);
        end -= chars.len();
        copy_units(chars, to, end, wide);
        let Some(next) = pending.pop() else { return };
        part = next;
    }
}

impl<'a> Value<'a> {
    /// The units of a flat string value.
    pub fn flat_chars(self, cx: &'a Cx<'_>) -> Option<Chars<'a>> {
        let string = self.as_string(cx)?;
        string.is_flat(cx).then(|| string.chars(cx))
    }
}

impl Cx<'_> {
    /// A flat string's units beside the parts of the isolate that are no heap, so that work on them can be metered.
    pub fn chars_and_vm<'a>(
        &'a mut self,
        string: Local<'_, Str>,
    ) -> (Chars<'a>, &'a mut crate::base::vm::Vm) {
        let chars = string.get(self).chars(self);
        // SAFETY: the units lie in the cage, which is no part of `Vm`, and nothing is allocated while `self` is
        // borrowed for 'a.
        #[allow(unsafe_code)]
        let chars = unsafe {
            match chars {
                Chars::Latin1(bytes) => {
                    Chars::Latin1(std::slice::from_raw_parts(bytes.as_ptr(), bytes.len()))
                }
                Chars::Utf16(units) => Chars::Utf16(std::slice::from_raw_parts(units.as_ptr(), units.len())),
            }
        };
        (chars, &mut self.vm)
    }
}
