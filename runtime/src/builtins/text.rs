//! Work on code units that string and regular expression builtins share: searching, building, substitution patterns.

use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::Str;
use crate::heap::{Cx, Local};
use crate::object::string::Chars;
use crate::semantics::JsResult;

/// Needles shorter than this are searched for in the plain way.
const SHORT_NEEDLE: usize = 8;

/// The first place at or after `from` where `needle` stands.
pub fn find(haystack: Chars<'_>, needle: Chars<'_>, from: usize) -> Option<usize> {
    if from > haystack.len() || needle.len() > haystack.len() - from {
        return None;
    }
    if needle.is_empty() {
        return Some(from);
    }
    let found = match haystack {
        Chars::Latin1(bytes) => {
            let narrow: Vec<u8>;
            let needle = match needle {
                Chars::Latin1(needle) => needle,
                Chars::Utf16(_) if !needle.fits_latin1() => return None,
                Chars::Utf16(units) => {
                    narrow = units.iter().map(|&unit| unit as u8).collect();
                    &narrow
                }
            };
            memchr::memmem::find(&bytes[from..], needle)
        }
        Chars::Utf16(units) => {
            let needle = needle.to_vec();
            if needle.len() < SHORT_NEEDLE {
                units[from..].windows(needle.len()).position(|window| window == needle)
            } else {
                find_long(&units[from..], &needle)
            }
        }
    };
    found.map(|at| from + at)
}

/// Knuth, Morris and Pratt's search: linear whatever the text is.
fn find_long(haystack: &[u16], needle: &[u16]) -> Option<usize> {
    let mut borders = vec![0usize; needle.len()];
    let mut length = 0;
    for i in 1..needle.len() {
        while length > 0 && needle[i] != needle[length] {
            length = borders[length - 1];
        }
        length += usize::from(needle[i] == needle[length]);
        borders[i] = length;
    }
    let mut matched = 0;
    for (i, &unit) in haystack.iter().enumerate() {
        while matched > 0 && unit != needle[matched] {
            matched = borders[matched - 1];
        }
        matched += usize::from(unit == needle[matched]);
        if matched == needle.len() {
            return Some(i + 1 - matched);
        }
    }
    None
}

/// The last place at or before `from` where `needle` stands.
pub fn find_last(haystack: Chars<'_>, needle: Chars<'_>, from: usize) -> Option<usize> {
    let last = haystack.len().checked_sub(needle.len())?.min(from);
    if needle.len() < SHORT_NEEDLE {
        return (0..=last).rev().find(|&at| haystack.slice(at, at + needle.len()).equals(needle));
    }
    // The first place of the reversed needle in the reversed text.
    let mut text: Vec<u16> = haystack.slice(0, last + needle.len()).to_vec();
    let mut needle = needle.to_vec();
    text.reverse();
    needle.reverse();
    find_long(&text, &needle).map(|at| text.len() - at - needle.len())
}

/// A string under construction: one byte a unit until a unit needs two.
pub struct Builder {
    narrow: Vec<u8>,
    wide: Vec<u16>,
    is_wide: bool,
}

impl Cx<'_> {
    /// Throws where a text under construction is longer than a string may be, and ends the program where the heap cannot
    /// hold it.
    pub fn check_text(&mut self, units: usize, bytes: usize) -> Result<(), Exit> {
        if units > limits::STRING_LENGTH {
            return Err(self.range_error("Invalid string length"));
        }
        self.require_room(bytes)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// An empty one.
    pub fn new() -> Builder {
        Builder { narrow: Vec::new(), wide: Vec::new(), is_wide: false }
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Units so far.
    pub fn len(&self) -> usize {
        if self.is_wide { self.wide.len() } else { self.narrow.len() }
    }

    /// Appends units.
    pub fn push(&mut self, chars: Chars<'_>) {
        match chars {
            Chars::Latin1(bytes) if !self.is_wide => self.narrow.extend_from_slice(bytes),
            Chars::Latin1(bytes) => self.wide.extend(bytes.iter().map(|&byte| u16::from(byte))),
            Chars::Utf16(units) if !self.is_wide && chars.fits_latin1() => {
                self.narrow.extend(units.iter().map(|&unit| unit as u8));
            }
            Chars::Utf16(units) => {
                self.widen();
                self.wide.extend_from_slice(units);
            }
        }
    }

    /// Appends a unit.
    pub fn push_unit(&mut self, unit: u16) {
        match u8::try_from(unit) {
            Ok(byte) if !self.is_wide => self.narrow.push(byte),
            _ => {
                self.widen();
                self.wide.push(unit);
            }
        }
    }

    fn widen(&mut self) {
        if !self.is_wide {
            self.is_wide = true;
            self.wide = self.narrow.iter().map(|&byte| u16::from(byte)).collect();
            self.narrow = Vec::new();
        }
    }

    /// Whether it is longer than a string may be.
    pub fn is_too_long(&self) -> bool {
        self.len() > limits::STRING_LENGTH
    }

    /// Throws where it is longer than a string may be, and ends the program where the heap cannot hold it.
    pub fn check(&self, cx: &mut Cx<'_>) -> Result<(), Exit> {
        cx.check_text(self.len(), self.narrow.len() + 2 * self.wide.len())
    }

    /// The string.
    pub fn finish<'s>(&self, cx: &mut Cx<'s>) -> Result<Local<'s, Str>, Exit> {
        if self.is_wide { cx.utf16_string(&self.wide) } else { cx.latin1_string(&self.narrow) }
    }
}

/// What a replacement template refers to.
pub struct Match<'a> {
    /// The text that was searched.
    pub subject: Chars<'a>,
    /// What was matched.
    pub matched: Chars<'a>,
    /// Where it begins.
    pub position: usize,
    /// Captures from the first one on.
    pub captures: &'a [Option<Chars<'a>>],
    /// Captures by name, where the pattern has names.
    pub named: Option<NamedCapture<'a>>,
}

/// Finds a capture by its name.
pub type NamedCapture<'a> = &'a dyn Fn(&[u16]) -> Option<Chars<'a>>;

const DOLLAR: u16 = b'$' as u16;

/// GetSubstitution (22.1.3.19.1). Without `named`, `$<` stands for itself.
pub fn substitute(out: &mut Builder, template: Chars<'_>, found: &Match<'_>) {
    let mut at = 0;
    while let Some(unit) = template.at(at) {
        if out.is_too_long() {
            return;
        }
        if unit != DOLLAR {
            let end =
                (at..template.len()).find(|&i| template.at(i) == Some(DOLLAR)).unwrap_or(template.len());
            out.push(template.slice(at, end));
            at = end;
            continue;
        }
        at += substitute_one(out, template, at, found);
    }
}

/// Handles a `$` and what belongs to it; how many units that was.
fn substitute_one(out: &mut Builder, template: Chars<'_>, at: usize, found: &Match<'_>) -> usize {
    let next = template.at(at + 1).and_then(|unit| u8::try_from(unit).ok());
    match next {
        Some(b'$') => out.push_unit(DOLLAR),
        Some(b'&') => out.push(found.matched),
        Some(b'`') => out.push(found.subject.slice(0, found.position)),
        Some(b'\'') => {
            let tail = (found.position + found.matched.len()).min(found.subject.len());
            out.push(found.subject.slice(tail, found.subject.len()));
        }
        Some(digit @ b'0'..=b'9') => return substitute_digits(out, template, at, digit, found),
        Some(b'<') => return substitute_name(out, template, at, found),
        _ => {
            out.push_unit(DOLLAR);
            return 1;
        }
    }
    2
}

fn substitute_digits(
    out: &mut Builder,
    template: Chars<'_>,
    at: usize,
    first: u8,
    found: &Match<'_>,
) -> usize {
    let first = usize::from(first - b'0');
    let second =
        template.at(at + 2).filter(|unit| (0x30..=0x39).contains(unit)).map(|unit| usize::from(unit - 0x30));
    let (mut index, mut length) = (first, 2);
    if let Some(second) = second
        && (1..=found.captures.len()).contains(&(first * 10 + second))
    {
        (index, length) = (first * 10 + second, 3);
    }
    match index.checked_sub(1).and_then(|index| found.captures.get(index)) {
        Some(capture) => {
            if let Some(chars) = capture {
                out.push(*chars);
            }
            length
        }
        None => {
            out.push_unit(DOLLAR);
            1
        }
    }
}

fn substitute_name(out: &mut Builder, template: Chars<'_>, at: usize, found: &Match<'_>) -> usize {
    let close = (at + 2..template.len()).find(|&i| template.at(i) == Some(u16::from(b'>')));
    match (found.named, close) {
        (Some(named), Some(close)) => {
            let name = template.slice(at + 2, close).to_vec();
            if let Some(chars) = named(&name) {
                out.push(chars);
            }
            close + 1 - at
        }
        _ => {
            out.push(template.slice(at, at + 2));
            2
        }
    }
}

/// The next `$<` of a template at or after `from` that no other pattern contains.
pub fn next_named(template: Chars<'_>, from: usize) -> Option<usize> {
    let mut at = from;
    while at + 1 < template.len() {
        match (template.at(at), template.at(at + 1)) {
            (Some(DOLLAR), Some(0x3C)) => return Some(at),
            (Some(DOLLAR), Some(DOLLAR)) => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The index behind the character at an index (22.2.7.3 AdvanceStringIndex).
pub fn advance(chars: Chars<'_>, index: usize, unicode: bool) -> usize {
    let pair = unicode
        && chars.at(index).is_some_and(|unit| unit & 0xFC00 == 0xD800)
        && chars.at(index + 1).is_some_and(|unit| unit & 0xFC00 == 0xDC00);
    index + 1 + usize::from(pair)
}

/// Applies `f` to the well-formed parts of a flat string; lone surrogates stay what they are. Long parts are cut where
/// neither case nor normalization looks across, and paid for: one unit of fuel for so many code units.
pub fn map_well_formed<'s>(
    cx: &mut Cx<'s>,
    string: Local<'s, Str>,
    units: u64,
    mut f: impl FnMut(&str, &mut Vec<u16>),
) -> JsResult<'s, Vec<u16>> {
    let (chars, vm) = cx.chars_and_vm(string);
    let mut out = Vec::with_capacity(chars.len());
    let mut part = String::new();
    let mut after_sigma = false;
    for c in char::decode_utf16(chars.iter()) {
        let c = match c {
            Ok(c) => c,
            Err(lone) => {
                f(&part, &mut out);
                part.clear();
                out.push(lone.unpaired_surrogate());
                continue;
            }
        };
        if part.len() >= PART_BYTES && !after_sigma && begins_part(c) {
            vm.spend(PART_BYTES as u64 / units)?;
            f(&part, &mut out);
            part.clear();
        }
        after_sigma = c == '\u{3A3}' || after_sigma && !begins_part(c);
        part.push(c);
    }
    vm.spend(part.len() as u64 / units)?;
    f(&part, &mut out);
    Ok(out)
}

/// Bytes of UTF-8 that are mapped at once.
const PART_BYTES: usize = 1 << 16;

/// Whether a character has a case or is a space, is not skipped by the rule for the final sigma, and is neither
/// composed with what stands before it nor moved before that.
fn begins_part(c: char) -> bool {
    match u32::from(c) {
        0..=0x7F => c.is_ascii_alphanumeric() || c.is_ascii_whitespace(),
        0xC0..=0x2AF | 0x391..=0x3A1 | 0x3B1..=0x3C9 | 0x410..=0x44F => c.is_alphabetic(),
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 => true,
        _ => false,
    }
}

impl Cx<'_> {
    /// Pays for work on a string: one unit of fuel for so many code units.
    pub fn spend_on(&mut self, string: Local<'_, Str>, units: u64) -> Result<(), Exit> {
        let length = u64::from(string.get(self).length());
        self.vm.spend(length / units)
    }
}
