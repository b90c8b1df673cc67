//! Strings and Unicode: case mapping, normalization, comparison for people.

use std::cmp::Ordering;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::text::map_well_formed;
use crate::heap::Cx;
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// String.prototype.toLowerCase
pub fn to_lower_case<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    change_case(cx, args, "toLowerCase", false)
}

/// String.prototype.toUpperCase
pub fn to_upper_case<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    change_case(cx, args, "toUpperCase", true)
}

/// String.prototype.toLocaleLowerCase
pub fn to_locale_lower_case<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    change_case(cx, args, "toLocaleLowerCase", false)
}

/// String.prototype.toLocaleUpperCase
pub fn to_locale_upper_case<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    change_case(cx, args, "toLocaleUpperCase", true)
}

fn change_case<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, upper: bool) -> JsResult<'s> {
    let string = args.this_string(cx, method)?;
    let string = cx.flatten(string)?;
    let chars = string.get(cx).chars(cx);
    if let Chars::Latin1(bytes) = chars {
        let simple = if upper { bytes.is_ascii() } else { true };
        if simple {
            cx.spend_on(string, 64)?;
            let Chars::Latin1(bytes) = string.get(cx).chars(cx) else { return Ok(string.any()) };
            let change = |byte: u8| if upper { byte.to_ascii_uppercase() } else { latin1_lower(byte) };
            let changed: Vec<u8> = bytes.iter().map(|&byte| change(byte)).collect();
            if changed == bytes {
                return Ok(string.any());
            }
            return Ok(cx.latin1_string(&changed)?.any());
        }
    }
    // std applies the final sigma rule within each part; a lone surrogate is neither cased nor ignorable.
    let units = map_well_formed(cx, string, 64, |part, out| {
        out.extend(if upper { part.to_uppercase() } else { part.to_lowercase() }.encode_utf16());
    })?;
    Ok(cx.utf16_string(&units)?.any())
}

fn latin1_lower(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' | 0xC0..=0xD6 | 0xD8..=0xDE => byte + 32,
        _ => byte,
    }
}

/// String.prototype.normalize
pub fn normalize<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "normalize")?;
    let form = if args.get(cx, 0).value(cx).is_undefined() {
        "NFC".to_owned()
    } else {
        let form = args.string(cx, 0)?;
        cx.text(form)?
    };
    if !matches!(&form[..], "NFC" | "NFD" | "NFKC" | "NFKD") {
        return Err(cx.range_error("The normalization form should be one of NFC, NFD, NFKC, NFKD."));
    }
    let string = cx.flatten(string)?;
    if matches!(string.get(cx).chars(cx), Chars::Latin1(bytes) if bytes.is_ascii()) {
        cx.spend_on(string, 32)?;
        return Ok(string.any());
    }
    let units =
        map_well_formed(cx, string, 32, |part, out| out.extend(normalized(part, &form).encode_utf16()))?;
    Ok(cx.utf16_string(&units)?.any())
}

fn normalized(text: &str, form: &str) -> String {
    match form {
        "NFC" => ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned(),
        "NFD" => DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned(),
        "NFKC" => ComposingNormalizerBorrowed::new_nfkc().normalize(text).into_owned(),
        _ => DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned(),
    }
}

/// String.prototype.localeCompare: letters before case, accents and case last, as collations of the root locale do.
pub fn locale_compare<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let string = args.this_string(cx, "localeCompare")?;
    let other = args.string(cx, 0)?;
    cx.spend_on(string, 16)?;
    cx.spend_on(other, 16)?;
    let (a, b) = (cx.text(string)?, cx.text(other)?);
    let (a, b) = (normalized(&a, "NFD"), normalized(&b, "NFD"));
    let order =
        primary(&a).cmp(primary(&b)).then_with(|| accents(&a).cmp(accents(&b))).then_with(|| by_case(&a, &b));
    let order = order.then_with(|| a.cmp(&b));
    Ok(cx.number(match order {
        Ordering::Less => -1.0,
        Ordering::Equal => 0.0,
        Ordering::Greater => 1.0,
    }))
}

fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F | 0x1AB0..=0x1AFF
        | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// What a character is, in the order of collation, and its base letter.
fn primary(text: &str) -> impl Iterator<Item = (u8, char)> {
    let visible = text.chars().filter(|&c| !is_mark(c));
    visible.flat_map(char::to_lowercase).map(|c| {
        let class = match c {
            _ if c.is_whitespace() => 0,
            '_' => 1,
            _ if c.is_ascii_punctuation() && !"`^+<=>|~$".contains(c) => 2,
            _ if c.is_numeric() => 4,
            _ if c.is_alphabetic() => 5,
            _ => 3,
        };
        (class, c)
    })
}

fn accents(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|&c| is_mark(c))
}

/// Small letters come first.
fn by_case(a: &str, b: &str) -> Ordering {
    a.chars().map(char::is_uppercase).cmp(b.chars().map(char::is_uppercase))
}
