//! Uint8Array and text: base64 and hexadecimal (23.2.5.? of Uint8Array).

use tvm_bytecode::data::ErrorKind;

use super::table::*;
use super::typed_array::element_of;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::string::Chars;
use crate::object::typed::ElementType;
use crate::semantics::{Args, JsResult};

/// Properties of %Uint8Array% that the other typed arrays do not have.
const UINT8_TEXT: Group = Group {
    on: Intrinsic::Uint8Array,
    rows: &[library("fromBase64", 1, lib::uint8FromBase64), native("fromHex", 1, from_hex)],
};

/// Properties of %Uint8Array.prototype% that the other typed arrays do not have.
const UINT8_PROTOTYPE_TEXT: Group = Group {
    on: Intrinsic::Uint8ArrayPrototype,
    rows: &[
        library("setFromBase64", 1, lib::uint8SetFromBase64),
        native("setFromHex", 1, set_from_hex),
        library("toBase64", 0, lib::uint8ToBase64),
        native("toHex", 0, to_hex),
    ],
};

/// The groups of this file.
pub static GROUPS: &[Group] = &[UINT8_TEXT, UINT8_PROTOTYPE_TEXT];

/// A value that must be a Uint8Array; it may be out of bounds.
fn uint8<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Local<'s, TypedArray>> {
    match value.cast::<TypedArray>(cx) {
        Some(array) if element_of(cx, array) == ElementType::Uint8 => Ok(array),
        _ => Err(cx.type_error("this is not a Uint8Array")),
    }
}

/// A Uint8Array's bytes; throws where it is out of bounds.
fn bytes_of<'s>(cx: &mut Cx<'s>, array: Local<'s, TypedArray>) -> JsResult<'s, Vec<u8>> {
    let Some(length) = cx.typed_length(array) else { return Err(cx.detached_error("Uint8Array method")) };
    cx.vm.spend(length / 256)?;
    let from = array.get(cx).offset() as usize;
    let data = array.get(cx).buffer(cx).data(cx);
    Ok(data.map_or_else(Vec::new, |data| data.bytes(cx)[from..from + length as usize].to_vec()))
}

/// Writes bytes to the start of a Uint8Array.
pub(super) fn write<'s>(cx: &mut Cx<'s>, array: Local<'s, TypedArray>, bytes: &[u8]) {
    let from = array.get(cx).offset() as usize;
    if let Some(data) = array.get(cx).buffer(cx).data(cx) {
        data.with_mut(cx, |all| all[from..from + bytes.len()].copy_from_slice(bytes));
    }
}

/// A Uint8Array of bytes.
pub(super) fn new_uint8<'s>(cx: &mut Cx<'s>, bytes: &[u8]) -> JsResult<'s> {
    let array = cx.new_typed_array(ElementType::Uint8, None, bytes.len() as u64)?;
    write(cx, array, bytes);
    Ok(array.any())
}

/// What decoding came to: bytes, code units read, and whether the text was bad.
struct Decoded {
    bytes: Vec<u8>,
    read: usize,
    bad: bool,
}

impl Decoded {
    fn new() -> Decoded {
        Decoded { bytes: Vec::new(), read: 0, bad: false }
    }

    fn failed(mut self) -> Decoded {
        self.bad = true;
        self
    }
}

/// Ends a decoding into an array: `{ read, written }`.
fn finish_into<'s>(
    cx: &mut Cx<'s>,
    array: Local<'s, TypedArray>,
    decoded: Decoded,
    message: &str,
) -> JsResult<'s> {
    write(cx, array, &decoded.bytes);
    if decoded.bad {
        return Err(cx.throw(ErrorKind::SyntaxError, message));
    }
    let result = cx.new_object()?;
    for (name, value) in [("read", decoded.read), ("written", decoded.bytes.len())] {
        let key = cx.text_key(name)?;
        let value = cx.number(value as f64);
        cx.put_own(result, key, value, crate::object::shape::info::DEFAULT)?;
    }
    Ok(result.any())
}

fn finish_new<'s>(cx: &mut Cx<'s>, decoded: Decoded, message: &str) -> JsResult<'s> {
    if decoded.bad {
        return Err(cx.throw(ErrorKind::SyntaxError, message));
    }
    new_uint8(cx, &decoded.bytes)
}

/// An argument that must be a string already.
fn text_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, Local<'s, Str>> {
    let Some(string) = args.get(cx, index).cast::<Str>(cx) else {
        return Err(cx.type_error("expected input to be a string"));
    };
    let length = u64::from(string.get(cx).length());
    cx.vm.spend(length / 128)?;
    cx.flatten(string)
}

// ---- hexadecimal

const BAD_HEX: &str = "Input string must contain hex characters in even length";

/// FromHex
fn decode_hex(text: Chars<'_>, room: usize) -> Decoded {
    let mut decoded = Decoded::new();
    if !text.len().is_multiple_of(2) {
        return decoded.failed();
    }
    let digit = |index: usize| {
        text.at(index).and_then(|unit| char::from_u32(u32::from(unit))).and_then(|c| c.to_digit(16))
    };
    while decoded.read < text.len() && decoded.bytes.len() < room {
        let (Some(high), Some(low)) = (digit(decoded.read), digit(decoded.read + 1)) else {
            return decoded.failed();
        };
        decoded.bytes.push((high * 16 + low) as u8);
        decoded.read += 2;
    }
    decoded
}

/// Uint8Array.fromHex
fn from_hex<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = text_argument(cx, args, 0)?;
    let decoded = decode_hex(text.get(cx).chars(cx), usize::MAX);
    finish_new(cx, decoded, BAD_HEX)
}

/// Uint8Array.prototype.setFromHex
fn set_from_hex<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = uint8(cx, args.this())?;
    let text = text_argument(cx, args, 0)?;
    let Some(room) = cx.typed_length(array) else {
        return Err(cx.detached_error("Uint8Array.prototype.setFromHex"));
    };
    let decoded = decode_hex(text.get(cx).chars(cx), room as usize);
    finish_into(cx, array, decoded, BAD_HEX)
}

/// Uint8Array.prototype.toHex
fn to_hex<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let array = uint8(cx, args.this())?;
    let bytes = bytes_of(cx, array)?;
    if bytes.len() * 2 > limits::STRING_LENGTH {
        return Err(cx.range_error("Invalid string length"));
    }
    let mut text: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    for part in bytes.chunks(1 << 16) {
        cx.vm.spend(part.len() as u64 / 256)?;
        for byte in part {
            text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
    Ok(cx.latin1_string(&text)?.any())
}

// ---- base64

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BAD_BASE64: &str = "The string to be decoded is not correctly encoded.";

/// What happens to a last chunk of fewer than four characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastChunk {
    Loose,
    Strict,
    StopBeforePartial,
}

fn sextet(unit: u16, url: bool) -> Option<u32> {
    let byte = u8::try_from(unit).ok()?;
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' if !url => 62,
        b'/' if !url => 63,
        b'-' if url => 62,
        b'_' if url => 63,
        _ => return None,
    })
}

fn skip_space(text: Chars<'_>, mut index: usize) -> usize {
    while matches!(text.at(index), Some(9 | 10 | 12 | 13 | 32)) {
        index += 1;
    }
    index
}

/// DecodeFinalBase64Chunk: two or three characters; `None` where bits are left over that must not be.
fn final_chunk(chunk: &[u32], strict: bool) -> Option<Vec<u8>> {
    let word = chunk.iter().fold(0, |word, &bits| word << 6 | bits) << (6 * (4 - chunk.len()));
    let all = [(word >> 16) as u8, (word >> 8) as u8, word as u8];
    let count = chunk.len() - 1;
    (!strict || all[count] == 0).then(|| all[..count].to_vec())
}

/// FromBase64
fn decode_base64(text: Chars<'_>, url: bool, last: LastChunk, room: usize) -> Decoded {
    let mut decoded = Decoded::new();
    if room == 0 {
        return decoded;
    }
    let mut chunk: Vec<u32> = Vec::with_capacity(4);
    let mut index = 0;
    loop {
        index = skip_space(text, index);
        let Some(unit) = text.at(index) else { return end_base64(decoded, &chunk, last, text.len()) };
        index += 1;
        if unit == u16::from(b'=') {
            return padded_base64(decoded, &chunk, last, text, index);
        }
        let Some(bits) = sextet(unit, url) else { return decoded.failed() };
        let left = room - decoded.bytes.len();
        if (left == 1 && chunk.len() == 2) || (left == 2 && chunk.len() == 3) {
            return decoded;
        }
        chunk.push(bits);
        if chunk.len() == 4 {
            let word = chunk.iter().fold(0, |word, &bits| word << 6 | bits);
            decoded.bytes.extend([(word >> 16) as u8, (word >> 8) as u8, word as u8]);
            chunk.clear();
            decoded.read = index;
            if decoded.bytes.len() == room {
                return decoded;
            }
        }
    }
}

/// The text ended without padding.
fn end_base64(mut decoded: Decoded, chunk: &[u32], last: LastChunk, length: usize) -> Decoded {
    if !chunk.is_empty() {
        if last == LastChunk::StopBeforePartial {
            return decoded;
        }
        if last == LastChunk::Strict || chunk.len() == 1 {
            return decoded.failed();
        }
        decoded.bytes.extend(final_chunk(chunk, false).unwrap_or_default());
    }
    decoded.read = length;
    decoded
}

/// A padding character was read; `index` is behind it.
fn padded_base64(
    mut decoded: Decoded,
    chunk: &[u32],
    last: LastChunk,
    text: Chars<'_>,
    index: usize,
) -> Decoded {
    if chunk.len() < 2 {
        return decoded.failed();
    }
    let mut index = skip_space(text, index);
    if chunk.len() == 2 {
        match text.at(index) {
            None if last == LastChunk::StopBeforePartial => return decoded,
            Some(0x3D) => index = skip_space(text, index + 1),
            _ => return decoded.failed(),
        }
    }
    if index < text.len() {
        return decoded.failed();
    }
    match final_chunk(chunk, last == LastChunk::Strict) {
        Some(bytes) => decoded.bytes.extend(bytes),
        None => return decoded.failed(),
    }
    decoded.read = text.len();
    decoded
}

fn last_chunk<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, LastChunk> {
    Ok(match args.number(cx, index)? as u32 {
        0 => LastChunk::Loose,
        1 => LastChunk::Strict,
        _ => LastChunk::StopBeforePartial,
    })
}

// ---- intrinsics

/// %checkUint8%
pub fn check_uint8<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    uint8(cx, value)?;
    Ok(cx.undefined())
}

/// Base64 of bytes.
fn encode_bytes(bytes: &[u8], alphabet: &[u8; 64], omit: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..=chunk.len() {
            text.push(alphabet[(word >> (18 - 6 * i) & 63) as usize]);
        }
        if !omit {
            text.extend(std::iter::repeat_n(b'=', 3 - chunk.len()));
        }
    }
    text
}

/// `btoa` of bytes.
pub(super) fn to_base64(bytes: &[u8]) -> Vec<u8> {
    encode_bytes(bytes, BASE64, false)
}

/// Why `atob` refuses a text.
pub(super) enum BadText {
    /// A character that is not of the alphabet.
    Character,
    /// No text has this many characters.
    Length,
}

/// Forgiving-base64 decode (WHATWG Infra 7) of `atob`.
pub(super) fn forgiving_decode(text: Chars<'_>) -> Result<Vec<u8>, BadText> {
    let is_space = |unit: &u16| matches!(unit, 0x20 | 0x09 | 0x0A | 0x0C | 0x0D);
    let mut units: Vec<u16> = text.iter().filter(|unit| !is_space(unit)).collect();
    if units.len().is_multiple_of(4) {
        let padding = units.iter().rev().take(2).take_while(|&&unit| unit == u16::from(b'=')).count();
        units.truncate(units.len() - padding);
    }
    if units.iter().any(|&unit| sextet(unit, false).is_none()) {
        return Err(BadText::Character);
    }
    if units.len() % 4 == 1 {
        return Err(BadText::Length);
    }
    let mut bytes = Vec::with_capacity(units.len() / 4 * 3 + 2);
    for chunk in units.chunks(4) {
        let mut word = 0;
        for i in 0..4 {
            word = word << 6 | chunk.get(i).and_then(|&unit| sextet(unit, false)).unwrap_or(0);
        }
        let all = [(word >> 16) as u8, (word >> 8) as u8, word as u8];
        bytes.extend(&all[..chunk.len() - 1]);
    }
    Ok(bytes)
}

/// %base64Encode%: array, whether the alphabet is that of URLs, whether padding is left out.
pub fn encode<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let array = uint8(cx, value)?;
    let bytes = bytes_of(cx, array)?;
    let alphabet = if args.get(cx, 1).value(cx).is_true() { BASE64_URL } else { BASE64 };
    let omit = args.get(cx, 2).value(cx).is_true();
    if bytes.len() / 3 * 4 + 4 > limits::STRING_LENGTH {
        return Err(cx.range_error("Invalid string length"));
    }
    let text = encode_bytes(&bytes, alphabet, omit);
    Ok(cx.latin1_string(&text)?.any())
}

/// %base64Decode%: string, whether the alphabet is that of URLs, what happens to the last chunk.
pub fn decode<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = text_argument(cx, args, 0)?;
    let url = args.get(cx, 1).value(cx).is_true();
    let last = last_chunk(cx, args, 2)?;
    let decoded = decode_base64(text.get(cx).chars(cx), url, last, usize::MAX);
    finish_new(cx, decoded, BAD_BASE64)
}

/// %base64DecodeInto%: array, then as `decode`.
pub fn decode_into<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let array = uint8(cx, value)?;
    let text = text_argument(cx, args, 1)?;
    let url = args.get(cx, 2).value(cx).is_true();
    let last = last_chunk(cx, args, 3)?;
    let Some(room) = cx.typed_length(array) else { return Err(cx.detached_error("setFromBase64")) };
    let decoded = decode_base64(text.get(cx).chars(cx), url, last, room as usize);
    finish_into(cx, array, decoded, BAD_BASE64)
}
