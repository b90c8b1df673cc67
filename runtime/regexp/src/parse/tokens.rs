//! The coarsest reading of a pattern: where escapes, groups, classes and
//! alternatives begin and end.
//!
//! Both passes before the parser (`survey.rs`, `rewrite.rs`) walk these tokens.
//! They are right for every valid pattern; for an invalid one they only have
//! to end. Code points are read as pairs in every mode, which does not matter
//! for the places looked at here.

/// What a token is. Inside classes only escapes, class ends and (with `v`)
/// class beginnings are told apart from other characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A backslash and the code point after it, which is `None` at the end.
    Escape(Option<u32>),
    /// `(`
    CaptureOpen,
    /// `(?<` that begins a name, not a lookbehind.
    NameOpen,
    /// `(?` of any other group.
    OtherOpen,
    /// `)`
    GroupClose,
    /// `|`
    Bar,
    /// `{`
    Brace,
    /// `[`
    ClassOpen,
    /// `]` of a class.
    ClassClose,
    /// Any other code point or lone surrogate.
    Other(u32),
}

/// A cursor over the code units of a pattern.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    units: &'a [u16],
    /// Where the next token begins.
    pub(super) at: usize,
    /// How many classes are open.
    pub(super) class_depth: usize,
    nested_classes: bool,
}

impl<'a> Tokens<'a> {
    /// `nested_classes` says whether a class may hold classes (`v`).
    pub(super) fn new(units: &'a [u16], nested_classes: bool) -> Self {
        Self { units, at: 0, class_depth: 0, nested_classes }
    }

    /// The unit `distance` units ahead, if it is an ASCII character.
    pub(super) fn peek_ascii(&self, distance: usize) -> Option<u8> {
        self.units.get(self.at + distance).and_then(|&unit| u8::try_from(unit).ok()).filter(u8::is_ascii)
    }

    /// Takes the next unit if it is `expected`.
    pub(super) fn eat(&mut self, expected: u8) -> bool {
        let found = self.peek_ascii(0) == Some(expected);
        self.at += usize::from(found);
        found
    }

    /// Takes the next code point or lone surrogate.
    pub(super) fn next_point(&mut self) -> Option<u32> {
        let lead = u32::from(*self.units.get(self.at)?);
        self.at += 1;
        if let (0xD800..0xDC00, Some(&trail @ 0xDC00..0xE000)) = (lead, self.units.get(self.at)) {
            self.at += 1;
            return Some(0x10000 + ((lead - 0xD800) << 10) + (u32::from(trail) - 0xDC00));
        }
        Some(lead)
    }

    /// Takes up to `most` digits of a base, and their value if there are any.
    pub(super) fn digits(&mut self, base: u32, most: usize) -> Option<u64> {
        let start = self.at;
        let mut value = 0_u64;
        while let Some(digit) = self.peek_ascii(0).and_then(|unit| char::from(unit).to_digit(base)) {
            if self.at - start == most {
                break;
            }
            value = value.saturating_mul(u64::from(base)).saturating_add(u64::from(digit));
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<Kind> {
        let point = self.next_point()?;
        let ascii = u8::try_from(point).unwrap_or(0);
        Some(match ascii {
            b'\\' => Kind::Escape(self.next_point()),
            b'[' if self.class_depth == 0 || self.nested_classes => {
                self.class_depth += 1;
                Kind::ClassOpen
            }
            b']' if self.class_depth > 0 => {
                self.class_depth -= 1;
                Kind::ClassClose
            }
            _ if self.class_depth > 0 => Kind::Other(point),
            b'(' => self.group_open(),
            b')' => Kind::GroupClose,
            b'|' => Kind::Bar,
            b'{' => Kind::Brace,
            _ => Kind::Other(point),
        })
    }

    fn group_open(&mut self) -> Kind {
        if !self.eat(b'?') {
            return Kind::CaptureOpen;
        }
        if self.peek_ascii(0) == Some(b'<') && !matches!(self.peek_ascii(1), Some(b'=' | b'!')) {
            self.at += 1;
            return Kind::NameOpen;
        }
        Kind::OtherOpen
    }
}
