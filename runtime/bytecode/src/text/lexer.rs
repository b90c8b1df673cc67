//! Characters to tokens, one at a time, with their places for error messages.
//!
//! In: any text. Out: tokens; a malformed one is an error, never a panic. Nothing is looked at twice, so the time
//! is linear in the text.

use super::TextError;

/// A piece of the text form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    /// A keyword, mnemonic, name, index such as `k5`, or label.
    Word(&'a str),
    /// Digits, with a fraction and exponent or in hexadecimal; without a sign.
    Number(&'a str),
    /// A string literal's code units.
    Literal(Vec<u16>),
    /// Punctuation: one character, or `->` or `..`.
    Mark(&'static str),
    /// The end of a line that holds something.
    Newline,
    /// The end of the text.
    End,
}

impl Token<'_> {
    /// How messages name it.
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Word(text) | Token::Number(text) => format!("`{}`", clip(text)),
            Token::Literal(_) => "a string".into(),
            Token::Mark(text) => format!("`{text}`"),
            Token::Newline => "the end of the line".into(),
            Token::End => "the end of the text".into(),
        }
    }
}

/// At most 40 characters of a word, for messages.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Where a token starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    line: u32,
    line_start: usize,
    offset: usize,
}

const MARKS: &[&str] = &["->", "..", "{", "}", "[", "]", ",", ":", "+", "-", "@"];

pub(super) struct Lexer<'a> {
    source: &'a str,
    offset: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Lexer<'a> {
        Lexer { source, offset: 0, line: 1, line_start: 0 }
    }

    /// An error at `place`.
    pub(super) fn error(&self, place: Place, message: impl Into<String>) -> TextError {
        let before = self.source.get(place.line_start..place.offset).unwrap_or("");
        let column = u32::try_from(before.chars().count()).map_or(u32::MAX, |count| count.saturating_add(1));
        TextError { line: place.line, column, message: message.into() }
    }

    fn place(&self) -> Place {
        Place { line: self.line, line_start: self.line_start, offset: self.offset }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.offset..]
    }

    /// Takes the longest run of characters that satisfy `part`.
    fn take(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.offset += length;
        &rest[..length]
    }

    /// The next token and where it starts.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, Place), TextError> {
        self.take(|c| matches!(c, ' ' | '\t' | '\r'));
        if self.rest().starts_with(';') {
            self.take(|c| c != '\n');
        }
        let place = self.place();
        let Some(first) = self.rest().chars().next() else { return Ok((Token::End, place)) };
        let token = match first {
            '\n' => {
                self.offset += 1;
                self.line = self.line.saturating_add(1);
                self.line_start = self.offset;
                Token::Newline
            }
            '"' => Token::Literal(self.literal(place)?),
            '0'..='9' => Token::Number(self.number()),
            'a'..='z' | 'A'..='Z' | '_' => Token::Word(self.take(|c| c.is_ascii_alphanumeric() || c == '_')),
            _ => self.mark(place)?,
        };
        Ok((token, place))
    }

    fn mark(&mut self, place: Place) -> Result<Token<'a>, TextError> {
        match MARKS.iter().find(|mark| self.rest().starts_with(**mark)) {
            Some(mark) => {
                self.offset += mark.len();
                Ok(Token::Mark(mark))
            }
            None => Err(self.error(place, "a character that begins nothing here")),
        }
    }

    /// `12`, `1.5`, `1e-7`, `0x7ff8`; the two dots of a range are left alone.
    fn number(&mut self) -> &'a str {
        let start = self.offset;
        if self.rest().starts_with("0x") {
            self.offset += 2;
            self.take(|c| c.is_ascii_hexdigit());
            return &self.source[start..self.offset];
        }
        self.digits();
        if self.rest().starts_with('.') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.offset += 1;
            self.digits();
        }
        if self.rest().starts_with(['e', 'E']) {
            let signed = self.rest()[1..].starts_with(['+', '-']);
            let exponent = 1 + usize::from(signed);
            if self.rest()[exponent..].starts_with(|c: char| c.is_ascii_digit()) {
                self.offset += exponent;
                self.digits();
            }
        }
        &self.source[start..self.offset]
    }

    fn digits(&mut self) {
        self.take(|c| c.is_ascii_digit());
    }

    fn literal(&mut self, start: Place) -> Result<Vec<u16>, TextError> {
        let mut units = Vec::new();
        self.offset += 1;
        loop {
            let plain = self.take(|c| !matches!(c, '"' | '\\' | '\n'));
            units.extend(plain.encode_utf16());
            match self.rest().as_bytes().first() {
                Some(b'"') => {
                    self.offset += 1;
                    return Ok(units);
                }
                Some(b'\\') => units.push(self.escape()?),
                _ => return Err(self.error(start, "a string without its closing quote on the same line")),
            }
        }
    }

    fn escape(&mut self) -> Result<u16, TextError> {
        let place = self.place();
        let rest = &self.rest()[1..];
        let hex = |digits: usize| {
            let digits = rest.get(1..1 + digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
            digits.and_then(|digits| u16::from_str_radix(digits, 16).ok())
        };
        let (unit, length) = match rest.as_bytes().first() {
            Some(b'n') => (Some(0x0A), 2),
            Some(b'r') => (Some(0x0D), 2),
            Some(b't') => (Some(0x09), 2),
            Some(b'"') => (Some(0x22), 2),
            Some(b'\\') => (Some(0x5C), 2),
            Some(b'x') => (hex(2), 4),
            Some(b'u') => (hex(4), 6),
            _ => (None, 0),
        };
        let Some(unit) = unit else {
            return Err(
                self.error(place, "an unknown escape; expected \\n, \\r, \\t, \\\", \\\\, \\xHH or \\uHHHH")
            );
        };
        self.offset += length;
        Ok(unit)
    }
}

/// Appends a string literal that [`Lexer`] reads back to the same code units.
pub(super) fn write_literal(out: &mut String, units: impl Iterator<Item = u16>) {
    out.push('"');
    for unit in units {
        match unit {
            0x0A => out.push_str("\\n"),
            0x0D => out.push_str("\\r"),
            0x09 => out.push_str("\\t"),
            0x22 => out.push_str("\\\""),
            0x5C => out.push_str("\\\\"),
            0x20..=0x7E => out.push(unit as u8 as char),
            0..=0xFF => out.push_str(&format!("\\x{unit:02x}")),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Result<Vec<Token<'_>>, TextError> {
        let mut lexer = Lexer::new(source);
        let mut all = Vec::new();
        loop {
            match lexer.next()?.0 {
                Token::End => return Ok(all),
                token => all.push(token),
            }
        }
    }

    #[test]
    fn numbers_end_before_ranges_and_signs() {
        use Token::*;
        let number = |text| vec![Number(text)];
        assert_eq!(tokens("1.5e-7"), Ok(number("1.5e-7")));
        assert_eq!(tokens("0x7ff8"), Ok(number("0x7ff8")));
        assert_eq!(tokens("10..25"), Ok(vec![Number("10"), Mark(".."), Number("25")]));
        assert_eq!(tokens("100+5"), Ok(vec![Number("100"), Mark("+"), Number("5")]));
        assert_eq!(tokens("1e"), Ok(vec![Number("1"), Word("e")]));
    }

    #[test]
    fn every_code_unit_survives_a_literal() {
        let all: Vec<u16> = (0..=0xFFFF).collect();
        let mut text = String::new();
        write_literal(&mut text, all.iter().copied());
        assert!(text.is_ascii() && !text.contains('\n'));
        assert_eq!(tokens(&text), Ok(vec![Token::Literal(all)]));
        assert_eq!(tokens("\"é😀\""), Ok(vec![Token::Literal("é😀".encode_utf16().collect())]));
    }

    #[test]
    fn errors_say_where() {
        let error = tokens("\n  é").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
        assert!(tokens("\"abc\n\"").unwrap_err().message.contains("closing quote"));
        for bad in ["\"\\", "\"\\x1\"", "\"\\u12é4\"", "\"\\q\"", "\"\\xé\""] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }
}
