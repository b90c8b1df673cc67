//! TextEncoder, TextDecoder (WHATWG Encoding), `atob` and `btoa`.

use tvm_bytecode::data::ErrorKind;

use super::base64::BadText;
use super::slotted::{class, new_slotted};
use super::table::*;
use super::typed_array::element_of;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::typed::ElementType;
use crate::semantics::{Args, JsResult};

/// The constructors.
pub static CLASSES: &[Class] = &[
    Class::new(
        "TextEncoder",
        0,
        Intrinsic::TextEncoder,
        Intrinsic::TextEncoderPrototype,
        by_library(lib::textEncoderConstructor),
    ),
    Class::new(
        "TextDecoder",
        0,
        Intrinsic::TextDecoder,
        Intrinsic::TextDecoderPrototype,
        by_library(lib::textDecoderConstructor),
    ),
];

/// Properties.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::TextEncoderPrototype,
        rows: &[
            getter("encoding", encoder_encoding),
            native("encode", 0, encode),
            native("encodeInto", 2, encode_into),
            tag("TextEncoder"),
        ],
    },
    Group {
        on: Intrinsic::TextDecoderPrototype,
        rows: &[
            getter("encoding", decoder_encoding),
            getter("fatal", decoder_fatal),
            getter("ignoreBOM", decoder_ignore_bom),
            library("decode", 0, lib::textDecoderDecode),
            tag("TextDecoder"),
        ],
    },
    Group {
        on: Intrinsic::Global,
        rows: &[
            library("atob", 1, lib::atob).with(info::DEFAULT),
            library("btoa", 1, lib::btoa).with(info::DEFAULT),
        ],
    },
];

/// Fields of a decoder.
mod field {
    /// A number: see [`super::Encoding`].
    pub const ENCODING: usize = 0;
    /// Whether bad bytes are errors.
    pub const FATAL: usize = 1;
    /// Whether a byte order mark is kept.
    pub const KEEPS_MARK: usize = 2;
    /// Bytes of a character that is not complete yet: a Latin-1 string.
    pub const PENDING: usize = 3;
    /// Whether the beginning, where a byte order mark may stand, is over.
    pub const STARTED: usize = 4;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

/// Labels of the encodings (WHATWG Encoding 4.2), lower case.
const LABELS: &[(Encoding, &[&str])] = &[
    (
        Encoding::Utf8,
        &["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"],
    ),
    (
        Encoding::Utf16Le,
        &["utf-16le", "utf-16", "ucs-2", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff"],
    ),
    (Encoding::Utf16Be, &["utf-16be", "unicodefffe"]),
    (
        Encoding::Windows1252,
        &[
            "windows-1252",
            "latin1",
            "ascii",
            "us-ascii",
            "iso-8859-1",
            "iso8859-1",
            "iso88591",
            "iso_8859-1",
            "l1",
            "cp1252",
            "x-cp1252",
            "ansi_x3.4-1968",
            "cp819",
            "csisolatin1",
            "ibm819",
            "iso-ir-100",
            "iso_8859-1:1987",
        ],
    ),
];

/// What windows-1252 has at 0x80 to 0x9F.
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161,
    0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
];

impl Encoding {
    const ALL: [Encoding; 4] = [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252];

    fn name(self) -> &'static str {
        LABELS[self as usize].1[0]
    }
}

fn encoder<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, ()> {
    match args.this().value(cx).cast::<Slotted>(cx) {
        Some(slotted) if slotted.class() == class::TEXT_ENCODER => Ok(()),
        _ => Err(cx.type_error(&format!("TextEncoder.prototype.{method} called on incompatible receiver"))),
    }
}

fn encoder_encoding<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    encoder(cx, args, "encoding")?;
    cx.text_value("utf-8")
}

/// TextEncoder.prototype.encode
fn encode<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    encoder(cx, args, "encode")?;
    if args.get(cx, 0).value(cx).is_undefined() {
        return super::base64::new_uint8(cx, &[]);
    }
    let text = args.flat_string(cx, 0)?;
    cx.spend_on(text, 64)?;
    let bytes = text.get(cx).to_text(cx).into_bytes();
    super::base64::new_uint8(cx, &bytes)
}

/// TextEncoder.prototype.encodeInto
fn encode_into<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    encoder(cx, args, "encodeInto")?;
    let text = args.flat_string(cx, 0)?;
    cx.spend_on(text, 64)?;
    let target = match args.get(cx, 1).cast::<TypedArray>(cx) {
        Some(array) if element_of(cx, array) == ElementType::Uint8 => array,
        _ => return Err(cx.type_error("The \"dest\" argument must be an instance of Uint8Array.")),
    };
    let room = cx.typed_length(target).unwrap_or(0) as usize;
    let text = text.get(cx).to_text(cx);
    let (mut read, mut written) = (0, 0);
    for c in text.chars() {
        if written + c.len_utf8() > room {
            break;
        }
        read += c.len_utf16();
        written += c.len_utf8();
    }
    super::base64::write(cx, target, &text.as_bytes()[..written]);
    let result = cx.new_object()?;
    for (name, value) in [("read", read), ("written", written)] {
        let key = cx.text_key(name)?;
        let value = cx.number(value as f64);
        cx.put_own(result, key, value, info::DEFAULT)?;
    }
    Ok(result.any())
}

fn decoder<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Local<'s, Tuple>> {
    match value.cast::<Slotted>(cx) {
        Some(slotted) if slotted.get(cx).class() == class::TEXT_DECODER => {
            Ok(slotted.get(cx).fields(cx).root(cx))
        }
        _ => Err(cx.type_error("TextDecoder method called on incompatible receiver")),
    }
}

fn encoding_of(cx: &Cx<'_>, fields: Local<'_, Tuple>) -> Encoding {
    let number = fields.get(cx).at(cx, field::ENCODING).as_int().unwrap_or(0);
    Encoding::ALL[number as usize % Encoding::ALL.len()]
}

fn decoder_encoding<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let fields = decoder(cx, args.this())?;
    let name = encoding_of(cx, fields).name();
    cx.text_value(name)
}

fn decoder_fatal<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let fields = decoder(cx, args.this())?;
    Ok(fields.get(cx).at(cx, field::FATAL).root(cx))
}

fn decoder_ignore_bom<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let fields = decoder(cx, args.this())?;
    Ok(fields.get(cx).at(cx, field::KEEPS_MARK).root(cx))
}

// ---- intrinsics

/// %newTextEncoder%: its prototype.
pub fn new_encoder<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = args.get(cx, 0);
    new_slotted(cx, proto, class::TEXT_ENCODER, &[])
}

/// %newTextDecoder%: prototype, label, whether it is fatal, whether it keeps byte order marks.
pub fn new_decoder<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let label = args.flat_string(cx, 1)?;
    let label = label.get(cx).to_text(cx);
    let wanted = label.trim_matches(|c| matches!(c, ' ' | '\t' | '\n' | '\x0C' | '\r')).to_ascii_lowercase();
    let Some((encoding, _)) = LABELS.iter().find(|(_, labels)| labels.contains(&&wanted[..])) else {
        return Err(cx.range_error(&format!("The \"{label}\" encoding is not supported")));
    };
    let empty = cx.empty_string().any();
    let number = cx.local(Value::int(*encoding as i32));
    let started = cx.boolean(false);
    let fields = [number, args.get(cx, 2), args.get(cx, 3), empty, started];
    let proto = args.get(cx, 0);
    new_slotted(cx, proto, class::TEXT_DECODER, &fields)
}

/// %checkTextDecoder%
pub fn check_decoder<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    decoder(cx, value)?;
    Ok(cx.undefined())
}

/// The bytes of a buffer or a view.
pub(super) fn bytes_of<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Vec<u8>> {
    let (buffer, from, length) = if let Some(buffer) = value.cast::<Buffer>(cx) {
        (buffer, 0, buffer.get(cx).length())
    } else if let Some(array) = value.cast::<TypedArray>(cx) {
        let size = element_of(cx, array).size() as u64;
        let length = cx.typed_length(array).unwrap_or(0) * size;
        (array.get(cx).buffer(cx).root(cx), array.get(cx).offset(), length)
    } else if let Some(view) = value.cast::<DataView>(cx) {
        let buffer = view.get(cx).buffer(cx).root(cx);
        let rest = buffer.get(cx).length().saturating_sub(view.get(cx).offset());
        (buffer, view.get(cx).offset(), view.get(cx).length().min(rest))
    } else {
        let message =
            "The \"list\" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.";
        return Err(cx.type_error(message));
    };
    cx.vm.spend(length / 64)?;
    let (from, length) = (from as usize, length as usize);
    let data = buffer.get(cx).data(cx);
    Ok(data.map_or_else(Vec::new, |data| data.bytes(cx).get(from..from + length).unwrap_or(&[]).to_vec()))
}

/// %decodeText%: a decoder, bytes, and whether more of them will come.
pub fn decode<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (value, input) = (args.get(cx, 0), args.get(cx, 1));
    let more = args.get(cx, 2).value(cx).is_true();
    let fields = decoder(cx, value)?;
    let encoding = encoding_of(cx, fields);
    let fatal = fields.get(cx).at(cx, field::FATAL).is_true();
    let mut bytes = fields
        .get(cx)
        .at(cx, field::PENDING)
        .flat_chars(cx)
        .map_or_else(Vec::new, |pending| pending.iter().map(|unit| unit as u8).collect());
    if !input.value(cx).is_undefined() {
        bytes.extend(bytes_of(cx, input)?);
    }
    let decoded = decode_bytes(encoding, &bytes, more);
    let rest = cx.latin1_string(&bytes[decoded.used..])?;
    fields.get(cx).put(cx, field::PENDING, rest.value(cx));
    if fatal && decoded.bad {
        fields.get(cx).put(cx, field::PENDING, cx.empty_string().value(cx));
        fields.get(cx).put(cx, field::STARTED, Value::FALSE);
        let message = format!("The encoded data was not valid for encoding {}", encoding.name());
        return Err(cx.throw(ErrorKind::TypeError, &message));
    }
    let started = fields.get(cx).at(cx, field::STARTED).is_true();
    let keeps = fields.get(cx).at(cx, field::KEEPS_MARK).is_true();
    let units = &decoded.units[..];
    let marked = !started && !keeps && encoding != Encoding::Windows1252 && units.first() == Some(&0xFEFF);
    let now_started = more && (started || !units.is_empty());
    fields.get(cx).put(cx, field::STARTED, Value::boolean(now_started));
    Ok(cx.utf16_string(if marked { &units[1..] } else { units })?.any())
}

/// What bytes stand for: code units, how many bytes were used, and whether some were bad.
struct Decoded {
    units: Vec<u16>,
    used: usize,
    bad: bool,
}

fn decode_bytes(encoding: Encoding, bytes: &[u8], more: bool) -> Decoded {
    match encoding {
        Encoding::Utf8 => decode_utf8(bytes, more),
        Encoding::Utf16Le => decode_utf16(bytes, more, u16::from_le_bytes),
        Encoding::Utf16Be => decode_utf16(bytes, more, u16::from_be_bytes),
        Encoding::Windows1252 => {
            let unit = |&byte: &u8| match byte {
                0x80..0xA0 => WINDOWS_1252[usize::from(byte - 0x80)],
                _ => u16::from(byte),
            };
            Decoded { units: bytes.iter().map(unit).collect(), used: bytes.len(), bad: false }
        }
    }
}

fn decode_utf8(bytes: &[u8], more: bool) -> Decoded {
    let mut out = Decoded { units: Vec::with_capacity(bytes.len()), used: 0, bad: false };
    for chunk in bytes.utf8_chunks() {
        out.units.extend(chunk.valid().encode_utf16());
        out.used += chunk.valid().len();
        let invalid = chunk.invalid();
        // A character cut off by the end may go on in the next piece.
        let cut = more && out.used + invalid.len() == bytes.len() && is_cut_off(invalid);
        if cut {
            break;
        }
        if !invalid.is_empty() {
            out.bad = true;
            out.units.push(0xFFFD);
            out.used += invalid.len();
        }
    }
    out
}

fn is_cut_off(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn decode_utf16(bytes: &[u8], more: bool, unit: fn([u8; 2]) -> u16) -> Decoded {
    let pairs: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    let mut out = Decoded { units: Vec::with_capacity(pairs.len()), used: 0, bad: false };
    let mut i = 0;
    while i < pairs.len() {
        let high = (0xD800..0xDC00).contains(&pairs[i]);
        let low = pairs.get(i + 1).is_some_and(|next| (0xDC00..0xE000).contains(next));
        if high && i + 1 == pairs.len() && more {
            break;
        }
        if high && low {
            out.units.extend([pairs[i], pairs[i + 1]]);
            i += 2;
            continue;
        }
        let lone = (0xD800..0xE000).contains(&pairs[i]);
        out.bad |= lone;
        out.units.push(if lone { 0xFFFD } else { pairs[i] });
        i += 1;
    }
    out.used = 2 * i;
    if !more && out.used < bytes.len() {
        out.bad = true;
        out.units.push(0xFFFD);
        out.used = bytes.len();
    }
    out
}

/// %encodeBase64%: of a string of bytes; undefined where a character is none.
pub fn encode_base64<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    /// Bytes that are encoded between two looks at limits: a whole number of groups.
    const PIECE: usize = 3 << 14;
    let text = args.flat_string(cx, 0)?;
    let length = text.get(cx).length() as usize;
    let mut encoded = Vec::with_capacity(length / 3 * 4);
    for start in (0..length).step_by(PIECE) {
        let end = length.min(start + PIECE);
        cx.vm.spend(1 + (end - start) as u64 / 64)?;
        let units = text.get(cx).chars(cx).slice(start, end);
        let Some(bytes) = units.iter().map(|unit| u8::try_from(unit).ok()).collect::<Option<Vec<u8>>>()
        else {
            return Ok(cx.undefined());
        };
        encoded.extend(super::base64::to_base64(&bytes));
    }
    Ok(cx.latin1_string(&encoded)?.any())
}

/// %decodeBase64%: to a string of bytes; null where a character is bad, undefined where the length is.
pub fn decode_base64<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = args.flat_string(cx, 0)?;
    cx.spend_on(text, 64)?;
    let decoded = super::base64::forgiving_decode(text.get(cx).chars(cx));
    match decoded {
        Ok(bytes) => Ok(cx.latin1_string(&bytes)?.any()),
        Err(BadText::Character) => Ok(cx.local(Value::NULL)),
        Err(BadText::Length) => Ok(cx.undefined()),
    }
}
