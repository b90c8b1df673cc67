//! Buffers, typed arrays and DataViews: lengths, bounds, reading and writing elements.

use num_bigint::BigInt as Big;
use tvm_bytecode::data::ErrorKind;

use crate::base::exit::Exit;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value, bits};

/// Bits of a buffer's flags.
pub mod buffer_flag {
    /// A SharedArrayBuffer.
    pub const SHARED: u32 = 1;
    /// Can be resized or grown.
    pub const RESIZABLE: u32 = 2;
    /// Detached.
    pub const DETACHED: u32 = 4;
}

/// The length field of a view that follows its buffer.
pub const AUTO_LENGTH: u64 = u64::MAX;

/// The element types of typed arrays (table 71).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum ElementType {
    Int8,
    Uint8,
    Uint8Clamped,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Float16,
    Float32,
    Float64,
    BigInt64,
    BigUint64,
}

impl ElementType {
    /// Every type in order.
    pub const ALL: &[ElementType] = &[
        ElementType::Int8,
        ElementType::Uint8,
        ElementType::Uint8Clamped,
        ElementType::Int16,
        ElementType::Uint16,
        ElementType::Int32,
        ElementType::Uint32,
        ElementType::Float16,
        ElementType::Float32,
        ElementType::Float64,
        ElementType::BigInt64,
        ElementType::BigUint64,
    ];

    /// The type with this number.
    pub fn from_u32(number: u32) -> ElementType {
        Self::ALL.get(number as usize).copied().unwrap_or(ElementType::Uint8)
    }

    /// Name of its constructor.
    pub fn name(self) -> &'static str {
        use ElementType::*;
        match self {
            Int8 => "Int8Array",
            Uint8 => "Uint8Array",
            Uint8Clamped => "Uint8ClampedArray",
            Int16 => "Int16Array",
            Uint16 => "Uint16Array",
            Int32 => "Int32Array",
            Uint32 => "Uint32Array",
            Float16 => "Float16Array",
            Float32 => "Float32Array",
            Float64 => "Float64Array",
            BigInt64 => "BigInt64Array",
            BigUint64 => "BigUint64Array",
        }
    }

    /// Bytes of an element.
    pub fn size(self) -> usize {
        use ElementType::*;
        match self {
            Int8 | Uint8 | Uint8Clamped => 1,
            Int16 | Uint16 | Float16 => 2,
            Int32 | Uint32 | Float32 => 4,
            Float64 | BigInt64 | BigUint64 => 8,
        }
    }

    /// Whether elements are BigInts.
    pub fn is_bigint(self) -> bool {
        matches!(self, ElementType::BigInt64 | ElementType::BigUint64)
    }
}

/// The one NaN in place of any: elements of typed arrays show its bytes, which are the same on all machines and tiers.
#[inline(always)]
pub fn one_nan(number: f64) -> f64 {
    f64::from_bits(bits::foreign_double(number))
}

/// A number as the bytes of an element, least significant first (25.1.3.16).
pub fn encode_number(element: ElementType, number: f64) -> [u8; 8] {
    use ElementType::*;
    let raw: u64 = match element {
        Int8 | Uint8 | Int16 | Uint16 | Int32 | Uint32 => u64::from(num::to_uint32(number)),
        Uint8Clamped => u64::from(to_uint8_clamp(number)),
        Float16 => u64::from(to_half(number)),
        Float32 => u64::from((one_nan(number) as f32).to_bits()),
        Float64 => bits::foreign_double(number),
        BigInt64 | BigUint64 => 0,
    };
    raw.to_le_bytes()
}

/// ToUint8Clamp (7.1.12): rounds half to even.
#[inline]
pub fn to_uint8_clamp(number: f64) -> u8 {
    // `as` keeps to the range, and makes NaN 0.
    number.round_ties_even() as u8
}

/// Bytes of an element as a number; `None` for BigInt types.
pub fn decode_number(element: ElementType, bytes: [u8; 8]) -> Option<f64> {
    use ElementType::*;
    let raw = u64::from_le_bytes(bytes);
    Some(match element {
        Int8 => f64::from(raw as i8),
        Uint8 | Uint8Clamped => f64::from(raw as u8),
        Int16 => f64::from(raw as i16),
        Uint16 => f64::from(raw as u16),
        Int32 => f64::from(raw as i32),
        Uint32 => f64::from(raw as u32),
        Float16 => from_half(raw as u16),
        Float32 => f64::from(f32::from_bits(raw as u32)),
        Float64 => f64::from_bits(raw),
        BigInt64 | BigUint64 => return None,
    })
}

/// A double rounded to half precision, ties to even.
pub fn to_half(number: f64) -> u16 {
    let bits = number.to_bits();
    let sign = ((bits >> 48) & 0x8000) as u16;
    if number.is_nan() {
        return 0x7E00;
    }
    let magnitude = number.abs();
    if magnitude >= 65520.0 {
        return sign | 0x7C00;
    }
    // Scaled so that one unit is the last place of the result, then rounded to even.
    if magnitude < 6.103_515_625e-5 {
        return sign | (magnitude * 16_777_216.0).round_ties_even() as u16;
    }
    let exponent = ((bits >> 52) & 0x7FF) as i32 - 1023;
    let scaled = (magnitude / 2f64.powi(exponent - 10)).round_ties_even() as u32;
    sign | ((((exponent + 15) as u32) << 10) + scaled - 1024) as u16
}

/// A half precision number as a double.
pub fn from_half(half: u16) -> f64 {
    let sign = if half & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

impl<'s> Cx<'s> {
    /// A buffer of zeros.
    pub fn new_buffer(
        &mut self,
        shape: Local<'_, Shape>,
        length: u64,
        max_length: Option<u64>,
        flags: u32,
    ) -> Result<Local<'s, Buffer>, Exit> {
        let room = max_length.unwrap_or(length);
        if room as usize > crate::base::limits::BUFFER_BYTES {
            return Err(self.throw(ErrorKind::RangeError, "Array buffer allocation failed"));
        }
        let object = self.alloc_object(shape)?;
        let data = self.alloc::<Bytes>(kind::Bytes, Bytes::BYTES + room as usize)?;
        let buffer = object.downcast::<Buffer>(self).expect("a buffer's shape makes buffers");
        let cell = buffer.get(self);
        cell.set_data(self, Some(data.get(self)));
        cell.set_length(length);
        cell.set_max_length(room);
        cell.set_flags(flags | if max_length.is_some() { buffer_flag::RESIZABLE } else { 0 });
        Ok(buffer)
    }

    /// Elements of a typed array; `None` where it is out of bounds or its buffer detached (10.4.5.14).
    pub fn typed_length(&self, array: Local<'_, TypedArray>) -> Option<u64> {
        let cell = array.get(self);
        let buffer = cell.buffer(self);
        if buffer.flags() & buffer_flag::DETACHED != 0 {
            return None;
        }
        let size = ElementType::from_u32(cell.element_type()).size() as u64;
        let bytes = buffer.length();
        if cell.length() == AUTO_LENGTH {
            return (cell.offset() <= bytes).then(|| (bytes - cell.offset()) / size);
        }
        (cell.offset() + cell.length() * size <= bytes).then(|| cell.length())
    }

    /// Whether a typed array's length never changes: it tracks nothing and cannot go out of bounds.
    pub fn typed_has_fixed_length(&self, array: Local<'_, TypedArray>) -> bool {
        let cell = array.get(self);
        let flags = cell.buffer(self).flags();
        let growable = flags & buffer_flag::RESIZABLE != 0;
        cell.length() != AUTO_LENGTH && (!growable || flags & buffer_flag::SHARED != 0)
    }

    /// Whether an index is within a typed array.
    pub fn typed_has_index(&self, array: Local<'_, TypedArray>, index: u64) -> bool {
        self.typed_length(array).is_some_and(|length| index < length)
    }

    /// An element of a typed array.
    pub fn typed_get(&mut self, array: Local<'_, TypedArray>, index: u64) -> Result<Option<Local<'s>>, Exit> {
        if !self.typed_has_index(array, index) {
            return Ok(None);
        }
        let cell = array.get(self);
        let element = ElementType::from_u32(cell.element_type());
        let at = cell.offset() as usize + index as usize * element.size();
        let bytes = self.buffer_bytes(array, at, element.size());
        self.decode(element, bytes).map(Some)
    }

    /// Bytes of a buffer as a value of an element type.
    pub fn decode(&mut self, element: ElementType, bytes: [u8; 8]) -> Result<Local<'s>, Exit> {
        match decode_number(element, bytes) {
            Some(number) => Ok(self.local(Value::number(number))),
            None => {
                let raw = u64::from_le_bytes(bytes);
                let big =
                    if element == ElementType::BigInt64 { Big::from(raw as i64) } else { Big::from(raw) };
                Ok(self.bigint(&big)?.any())
            }
        }
    }

    fn buffer_bytes(&self, array: Local<'_, TypedArray>, at: usize, size: usize) -> [u8; 8] {
        let mut bytes = [0; 8];
        if let Some(data) = array.get(self).buffer(self).data(self) {
            bytes[..size].copy_from_slice(&data.bytes(self)[at..at + size]);
        }
        bytes
    }

    /// Writes a primitive to an element; beyond the end only the conversion happens (10.4.5.16).
    pub fn typed_set(
        &mut self,
        array: Local<'_, TypedArray>,
        index: u64,
        value: Local<'_>,
    ) -> Result<(), Exit> {
        let element = ElementType::from_u32(array.get(self).element_type());
        let bytes = self.encode(element, value)?;
        if !self.typed_has_index(array, index) {
            return Ok(());
        }
        let cell = array.get(self);
        let at = cell.offset() as usize + index as usize * element.size();
        if let Some(data) = cell.buffer(self).data(self) {
            data.with_mut(self, |all| all[at..at + element.size()].copy_from_slice(&bytes[..element.size()]));
        }
        Ok(())
    }

    /// Converts a primitive as for storing it, for the error that this may throw.
    pub fn typed_check(&mut self, array: Local<'_, TypedArray>, value: Local<'_>) -> Result<(), Exit> {
        let element = ElementType::from_u32(array.get(self).element_type());
        self.encode(element, value).map(drop)
    }

    /// A primitive as the bytes of an element.
    pub fn encode(&mut self, element: ElementType, value: Local<'_>) -> Result<[u8; 8], Exit> {
        if element.is_bigint() {
            let big = self.primitive_to_bigint(value)?;
            let low = big.iter_u64_digits().next().unwrap_or(0);
            let raw = if big.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low };
            return Ok(raw.to_le_bytes());
        }
        let number = self.primitive_to_number(value)?;
        Ok(encode_number(element, number))
    }

    /// ToNumber (7.1.4) of a primitive.
    pub fn primitive_to_number(&mut self, value: Local<'_>) -> Result<f64, Exit> {
        let v = value.value(self);
        if let Some(number) = v.as_number() {
            return Ok(number);
        }
        if v.is_undefined() {
            return Ok(f64::NAN);
        }
        if v.is_null() || v.is_boolean() {
            return Ok(if v.is_true() { 1.0 } else { 0.0 });
        }
        if let Some(string) = value.cast::<Str>(self) {
            return self.string_to_number(string);
        }
        if v.is_symbol() {
            return Err(self.type_error("Cannot convert a Symbol value to a number"));
        }
        if v.is_bigint() {
            return Err(self.type_error("Cannot convert a BigInt value to a number"));
        }
        Ok(f64::NAN)
    }

    /// StringToNumber (7.1.4.1.1).
    pub fn string_to_number(&mut self, string: Local<'_, Str>) -> Result<f64, Exit> {
        let flat = self.flatten(string)?;
        let chars = flat.get(self).chars(self);
        if chars.len() == 1 {
            let unit = chars.at(0).unwrap_or(0);
            if (0x30..=0x39).contains(&unit) {
                return Ok(f64::from(unit - 0x30));
            }
        }
        Ok(num::parse(&flat.get(self).to_text(self)))
    }

    /// ToBigInt (7.1.13) of a primitive.
    pub fn primitive_to_bigint(&mut self, value: Local<'_>) -> Result<Big, Exit> {
        let v = value.value(self);
        if let Some(big) = v.cast::<BigInt>(self) {
            return Ok(big.to_big());
        }
        if v.is_boolean() {
            return Ok(Big::from(u8::from(v.is_true())));
        }
        if let Some(string) = value.cast::<Str>(self) {
            let text = self.text(string)?;
            return match self.parse_bigint(&text)? {
                Some(big) => Ok(big),
                None => {
                    let message = format!("Cannot convert {text} to a BigInt");
                    Err(self.throw(ErrorKind::SyntaxError, &message))
                }
            };
        }
        let shown = match () {
            () if v.is_undefined() => "undefined".to_owned(),
            () if v.is_null() => "null".to_owned(),
            () if v.is_symbol() => "Symbol()".to_owned(),
            () => v.as_number().map_or_else(String::new, num::to_string),
        };
        Err(self.type_error(&format!("Cannot convert {shown} to a BigInt")))
    }

    /// StringToBigInt (7.1.14); `None` where the text is none.
    pub fn parse_bigint(&mut self, text: &str) -> Result<Option<Big>, Exit> {
        let text = text.trim_matches(num::is_space);
        let (digits, radix, negative) = match text.as_bytes() {
            [] => return Ok(Some(Big::default())),
            [b'0', b'x' | b'X', ..] => (&text[2..], 16, false),
            [b'0', b'o' | b'O', ..] => (&text[2..], 8, false),
            [b'0', b'b' | b'B', ..] => (&text[2..], 2, false),
            [b'-', ..] => (&text[1..], 10, true),
            [b'+', ..] => (&text[1..], 10, false),
            _ => (text, 10, false),
        };
        if digits.is_empty() || !digits.bytes().all(|d| char::from(d).is_digit(radix)) {
            return Ok(None);
        }
        if digits.len() * 4 > crate::base::limits::BIGINT_BITS {
            return Err(self.throw(ErrorKind::RangeError, "Maximum BigInt size exceeded"));
        }
        let length = digits.len() as u64;
        self.vm.spend(length / 64)?;
        let value = match radix {
            10 => crate::object::bigint::from_decimal(digits.as_bytes()),
            _ => Big::parse_bytes(digits.as_bytes(), radix),
        };
        Ok(value.map(|value| if negative { -value } else { value }))
    }
}

/// A number from a double that may have come from guest bytes: NaN is made canonical.
pub fn number_bits(value: f64) -> u64 {
    bits::number(value)
}
