//! Work on text for the inspector: quotes, escapes, widths, lines.

use icu_properties::props::{EastAsianWidth, Emoji, EmojiModifier, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::text::Builder;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::string::Chars;
use crate::semantics::{Args, JsResult};

/// A string argument, flat and paid for.
fn flat<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, Local<'s, Str>> {
    let text = args.flat_string(cx, index)?;
    cx.spend_on(text, 64)?;
    Ok(text)
}

fn push_text(out: &mut Builder, text: &str) {
    out.push(Chars::Latin1(text.as_bytes()));
}

/// Appends text with control characters, lone surrogates, backslashes and the quote escaped.
fn push_escaped(out: &mut Builder, chars: Chars<'_>, quote: Option<u16>) {
    let units = chars.to_vec();
    let mut i = 0;
    while i < units.len() {
        let unit = units[i];
        i += 1;
        match unit {
            0x08 => push_text(out, "\\b"),
            0x09 => push_text(out, "\\t"),
            0x0A => push_text(out, "\\n"),
            0x0C => push_text(out, "\\f"),
            0x0D => push_text(out, "\\r"),
            0x5C => push_text(out, "\\\\"),
            0..0x20 | 0x7F..0xA0 => push_text(out, &format!("\\x{unit:02X}")),
            _ if Some(unit) == quote => {
                out.push_unit(0x5C);
                out.push_unit(unit);
            }
            0xD800..0xDC00 if units.get(i).is_some_and(|low| (0xDC00..0xE000).contains(low)) => {
                out.push_unit(unit);
                out.push_unit(units[i]);
                i += 1;
            }
            0xD800..0xE000 => push_text(out, &format!("\\u{unit:x}")),
            _ => out.push_unit(unit),
        }
    }
}

/// %quoteText%: a string in the quotes that need the fewest escapes.
pub fn quote<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let chars = text.get(cx).chars(cx);
    let has = |quote: u8| chars.iter().any(|unit| unit == u16::from(quote));
    let template = || {
        let units = chars.to_vec();
        units.windows(2).any(|pair| pair == [u16::from(b'$'), u16::from(b'{')])
    };
    let quote = match () {
        () if !has(b'\'') => b'\'',
        () if !has(b'"') => b'"',
        () if !has(b'`') && !template() => b'`',
        () => b'\'',
    };
    let mut out = Builder::new();
    out.push_unit(u16::from(quote));
    push_escaped(&mut out, chars, (quote == b'\'').then_some(u16::from(b'\'')));
    out.push_unit(u16::from(quote));
    Ok(out.finish(cx)?.any())
}

/// %escapeText%: as inside of single quotes.
pub fn escape<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let mut out = Builder::new();
    push_escaped(&mut out, text.get(cx).chars(cx), Some(u16::from(b'\'')));
    Ok(out.finish(cx)?.any())
}

/// `Symbol(description)`.
pub fn symbol_text<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s> {
    let description = value.value(cx).cast::<Symbol>(cx).map(|symbol| symbol.description().root(cx));
    let mut out = Builder::new();
    push_text(&mut out, "Symbol(");
    if let Some(description) = description.and_then(|d| d.cast::<Str>(cx)) {
        let description = cx.flatten(description)?;
        out.push(description.get(cx).chars(cx));
    }
    push_text(&mut out, ")");
    Ok(out.finish(cx)?.any())
}

/// %isPlainName%: whether a key needs no quotes.
pub fn is_plain_name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let letter = |unit: u16| u8::try_from(unit).is_ok_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let digit = |unit: u16| u8::try_from(unit).is_ok_and(|b| b.is_ascii_digit());
    let chars = text.get(cx).chars(cx);
    let plain = chars.at(0).is_some_and(letter) && chars.iter().all(|unit| letter(unit) || digit(unit));
    Ok(cx.boolean(plain))
}

/// %spaces%
pub fn spaces<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let count = args.integer(cx, 0)?.clamp(0.0, 1e6) as usize;
    cx.vm.spend(count as u64 / 64)?;
    cx.text_value(&" ".repeat(count))
}

/// %padText%: a string with spaces before it (`true`) or behind it.
pub fn pad<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let count = args.integer(cx, 1)?.clamp(0.0, 1e6) as usize;
    let before = args.get(cx, 2).value(cx).is_true();
    let spaces = vec![b' '; count];
    let mut out = Builder::new();
    if before {
        out.push(Chars::Latin1(&spaces));
    }
    out.push(text.get(cx).chars(cx));
    if !before {
        out.push(Chars::Latin1(&spaces));
    }
    Ok(out.finish(cx)?.any())
}

/// %indentText%: every line but the first moved to the right.
pub fn indent<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let count = args.integer(cx, 1)?.clamp(0.0, 1e6) as usize;
    let spaces = vec![b' '; count];
    let mut out = Builder::new();
    for unit in text.get(cx).chars(cx).iter() {
        out.push_unit(unit);
        if unit == 0x0A {
            out.push(Chars::Latin1(&spaces));
        }
    }
    Ok(out.finish(cx)?.any())
}

/// %splitLines%: an array of lines, with the line feeds at their ends or without them.
pub fn split_lines<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let keep = args.get(cx, 1).value(cx).is_true();
    let units = text.get(cx).chars(cx).to_vec();
    let result = cx.new_array(0, 0)?;
    let mut start = 0;
    let push = |cx: &mut Cx<'s>, start: usize, end: usize| {
        cx.scope(|cx| {
            let line = cx.substring(text, start, end)?;
            cx.array_push(result, line.any())
        })
    };
    for (i, &unit) in units.iter().enumerate() {
        if unit == 0x0A {
            push(cx, start, if keep { i + 1 } else { i })?;
            start = i + 1;
        }
    }
    if start < units.len() || !keep || units.is_empty() {
        push(cx, start, units.len())?;
    }
    Ok(result.any())
}

/// %endsWith%
pub fn ends_with<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (text, end) = (flat(cx, args, 0)?, flat(cx, args, 1)?);
    let (text, end) = (text.get(cx).chars(cx), end.get(cx).chars(cx));
    let answer = text.len() >= end.len() && text.slice(text.len() - end.len(), text.len()).equals(end);
    Ok(cx.boolean(answer))
}

/// %capitalize%: an ASCII word with a capital.
pub fn capitalize<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let mut text = text.get(cx).to_text(cx);
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    cx.text_value(&text)
}

/// %errorNameAtStart%: the word that an error's stack begins with, where it looks like an error's name.
pub fn error_name_at_start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let text = text.get(cx).to_text(cx);
    let in_name = |c: char| c.is_ascii_alphanumeric() || "_ []()-".contains(c);
    let end = text.find(|c: char| !in_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let starts = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.len() > 1;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let found = match () {
        () if starts && (rest.starts_with(':') || rest.starts_with("\n    at")) => name,
        () if rest.is_empty() && plain && name.ends_with("Error") => name,
        () => "",
    };
    cx.text_value(found)
}

/// %separateDigits%: a number's text with `_` between groups of three digits.
pub fn separate_digits<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let text = text.get(cx).to_text(cx);
    let is_digits = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    if !text.chars().all(is_digits) {
        return cx.text_value(&text);
    }
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", &text[..]), |rest| ("-", rest));
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let lead = whole.len() % 3;
    let mut groups: Vec<String> = Vec::new();
    if lead > 0 {
        groups.push(whole[..lead].to_owned());
    }
    groups
        .extend(whole.as_bytes()[lead..].chunks(3).map(|chunk| String::from_utf8_lossy(chunk).into_owned()));
    let mut out = format!("{sign}{}", groups.join("_"));
    if !part.is_empty() {
        let groups: Vec<_> = part.as_bytes().chunks(3).map(String::from_utf8_lossy).collect();
        out = format!("{out}.{}", groups.join("_"));
    }
    cx.text_value(&out)
}

/// Text without the escape sequences of terminals.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' && c != '\u{9b}' {
            out.push(c);
            continue;
        }
        if c == '\u{1b}' {
            chars.next_if_eq(&'[');
        }
        while chars.next_if(|c| c.is_ascii_digit() || *c == ';').is_some() {}
        chars.next_if(|c| c.is_ascii_alphabetic());
    }
    out
}

/// %plainLength%: code units without the escape sequences of terminals.
pub fn plain_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let text = text.get(cx).to_text(cx);
    let length = without_escapes(&text).encode_utf16().count();
    Ok(cx.number(length as f64))
}

/// Columns that a character takes on a terminal.
fn columns_of(c: char) -> usize {
    use GeneralCategory as G;
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let hidden = matches!(category, G::Control | G::Format | G::EnclosingMark | G::NonspacingMark);
    if c != '\u{ad}' && (hidden || CodePointSetData::new::<EmojiModifier>().contains(c)) {
        return 0;
    }
    match CodePointMapData::<EastAsianWidth>::new().get(c) {
        EastAsianWidth::Fullwidth | EastAsianWidth::Wide => 2,
        EastAsianWidth::Ambiguous | EastAsianWidth::Neutral
            if CodePointSetData::new::<Emoji>().contains(c) =>
        {
            2
        }
        _ => 1,
    }
}

/// %displayWidth%: columns of a string, without the escape sequences of terminals where asked.
pub fn display_width<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = flat(cx, args, 0)?;
    let strip = args.get(cx, 1).value(cx).is_true();
    let mut text = text.get(cx).to_text(cx);
    if strip || text.contains('\u{1b}') {
        text = without_escapes(&text);
    }
    let width: usize = if text.is_ascii() {
        text.bytes().filter(|byte| (32..127).contains(byte)).count()
    } else {
        let composed = icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(&text);
        composed.chars().map(columns_of).sum()
    };
    Ok(cx.number(width as f64))
}

/// %groupColumns%: into how many columns an array's entries go: room of the longest, average length, number of
/// entries, width of the line, compactness.
pub fn group_columns<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let [room, average, count, width] =
        [args.number(cx, 0)?, args.number(cx, 1)?, args.number(cx, 2)?, args.number(cx, 3)?];
    let compact = args.number(cx, 4)?;
    // A character is taken to be 2.5 times as high as wide; the entries shall fill about a square.
    let bias = (room - average).max(0.0).sqrt();
    let biased = (room - 3.0 - bias).max(1.0);
    let square = ((2.5 * biased * count).sqrt() / biased + 0.5).floor();
    let columns = square.min((width / room).floor()).min(compact * 4.0).min(15.0);
    Ok(cx.number(columns))
}
