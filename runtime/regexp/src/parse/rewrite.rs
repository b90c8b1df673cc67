//! The second pass: the pattern as text the parser reads rightly.
//!
//! `oxc_regular_expression` takes `&str`, which cannot hold lone surrogates,
//! and 0.146.0 misreads some forms. What it would misread is replaced here by
//! an equal form; everything else is copied. Each row was found by comparison
//! with V8 and is held by a test:
//!
//! | written | the parser's fault | replaced by |
//! |---|---|---|
//! | lone surrogate | cannot be written in `&str` | `\uXXXX` or `\u{XXXX}` |
//! | `(?<name>`, `\k<name>` | escapes in names not decoded; a name twice in one alternative accepted, and compared in quadratic time | `(`, `(?:\1)` |
//! | `\1` | `(?i:` counted as a capture; numbers beyond 32 bits cut off | checked here |
//! | `\01`, `\400` | read as a back reference; a digit lost | `\xHH` |
//! | `[\cA]`, `[\c0]` | read as backslash and `c`; not reduced modulo 32 | `\xHH` |
//! | `{99999999999999999999}` | refused | the largest number it takes |
//!
//! A trailing backslash, which it takes for nothing with `u`, is refused by
//! the survey.

use std::fmt::Write;

use super::names;
use super::survey::Survey;
use super::tokens::{Kind, Tokens};
use crate::error::SyntaxError;

/// The largest count the parser takes in a quantifier (2^53 - 1).
const COUNT_MAX: u64 = 9_007_199_254_740_991;

/// Text for the parser.
pub(super) struct Rewritten {
    pub(super) text: String,
    /// Pairs of offsets (text, pattern) where copied stretches begin.
    marks: Vec<(usize, usize)>,
}

impl Rewritten {
    /// Where in the pattern an offset of the text lies.
    pub(super) fn source_offset(&self, text_offset: usize) -> usize {
        let after = self.marks.partition_point(|mark| mark.0 <= text_offset);
        let (text, source) = self.marks[after.max(1) - 1];
        let between = self.text.get(text..text_offset.clamp(text, self.text.len()));
        source + between.map_or(0, |between| between.encode_utf16().count())
    }
}

/// Rewrites a surveyed pattern.
pub(super) fn rewrite(
    units: &[u16],
    survey: &Survey,
    unicode: bool,
    nested_classes: bool,
) -> Result<Rewritten, SyntaxError> {
    let tokens = Tokens::new(units, nested_classes);
    let mut rewriter =
        Rewriter { tokens, survey, unicode, text: String::new(), marks: vec![(0, 0)], start: 0 };
    while rewriter.step()? {}
    Ok(Rewritten { text: rewriter.text, marks: rewriter.marks })
}

struct Rewriter<'a> {
    tokens: Tokens<'a>,
    survey: &'a Survey,
    unicode: bool,
    text: String,
    marks: Vec<(usize, usize)>,
    /// Where the token being rewritten begins.
    start: usize,
}

impl Rewriter<'_> {
    fn step(&mut self) -> Result<bool, SyntaxError> {
        self.start = self.tokens.at;
        let Some(kind) = self.tokens.next() else { return Ok(false) };
        match kind {
            Kind::Escape(Some(point)) => self.escape(point)?,
            Kind::NameOpen => {
                names::read(&mut self.tokens)?;
                self.replace("(");
            }
            Kind::Brace => self.brace()?,
            Kind::Other(point) => self.copy_point(point),
            Kind::Escape(None) => return Err(self.error("\\ at end of pattern")),
            Kind::CaptureOpen => self.text.push('('),
            Kind::OtherOpen => self.text.push_str("(?"),
            Kind::GroupClose => self.text.push(')'),
            Kind::Bar => self.text.push('|'),
            Kind::ClassOpen => self.text.push('['),
            Kind::ClassClose => self.text.push(']'),
        }
        Ok(true)
    }

    fn error(&self, message: &'static str) -> SyntaxError {
        SyntaxError::new(message, self.start)
    }

    /// Writes text that is not what the pattern has.
    fn replace(&mut self, text: &str) {
        self.marks.push((self.text.len(), self.start));
        self.text.push_str(text);
        self.marks.push((self.text.len(), self.tokens.at));
    }

    fn replace_by_hex(&mut self, value: u32) {
        self.replace(&format!("\\x{value:02x}"));
    }

    fn copy_point(&mut self, point: u32) {
        match char::from_u32(point) {
            Some(character) => self.text.push(character),
            None if self.unicode => self.replace(&format!("\\u{{{point:x}}}")),
            None => self.replace(&format!("\\u{point:04x}")),
        }
    }

    fn escape(&mut self, point: u32) -> Result<(), SyntaxError> {
        let in_class = self.tokens.class_depth > 0;
        match char::from_u32(point) {
            Some(digit @ '0'..='9') => {
                self.tokens.at -= 1;
                if in_class { self.class_digits() } else { self.digits(digit) }
            }
            Some('k') => self.name_reference(in_class),
            Some('c') if in_class && !self.unicode => {
                self.class_control();
                Ok(())
            }
            Some('c')
                if in_class
                    && !self.tokens.peek_ascii(0).is_some_and(|letter| letter.is_ascii_alphabetic()) =>
            {
                Err(self.error("Invalid unicode escape"))
            }
            // An escaped surrogate stands for itself, if escaping is allowed.
            None if self.unicode => Err(self.error("Invalid escape")),
            None => {
                self.copy_point(point);
                Ok(())
            }
            Some(character) => {
                self.text.push('\\');
                self.text.push(character);
                Ok(())
            }
        }
    }

    /// A backslash and digits outside classes: a back reference if there are
    /// that many groups; else, without `u`, an octal escape (annex B).
    fn digits(&mut self, first: char) -> Result<(), SyntaxError> {
        let before = self.tokens.at;
        let value = self.tokens.digits(10, usize::MAX).unwrap_or(0);
        let length = self.tokens.at - before;
        if first == '0' && length == 1 {
            self.text.push_str("\\0");
        } else if first != '0' && value <= u64::from(self.survey.captures) {
            let _ = write!(self.text, "\\{value}");
        } else if self.unicode {
            return Err(self.error(if first == '0' { "Invalid decimal escape" } else { "Invalid escape" }));
        } else {
            self.tokens.at = before;
            self.octal();
        }
        Ok(())
    }

    fn class_digits(&mut self) -> Result<(), SyntaxError> {
        if !self.unicode {
            self.octal();
            return Ok(());
        }
        let before = self.tokens.at;
        let value = self.tokens.digits(10, usize::MAX);
        if value != Some(0) || self.tokens.at - before != 1 {
            return Err(self.error("Invalid class escape"));
        }
        self.text.push_str("\\0");
        Ok(())
    }

    /// `LegacyOctalEscapeSequence`: up to three digits with a value of at most
    /// 255. The digits 8 and 9 stand for themselves.
    fn octal(&mut self) {
        let most = if matches!(self.tokens.peek_ascii(0), Some(b'0'..=b'3')) { 3 } else { 2 };
        match self.tokens.digits(8, most) {
            Some(value) => self.replace_by_hex(value as u32),
            None => {
                // Not the bare digit, which would prolong a reference before it.
                let digit = self.tokens.next_point().unwrap_or(0);
                self.replace_by_hex(digit);
            }
        }
    }

    /// `\c` in a class without `u`: a control letter, digit or underscore
    /// modulo 32 (annex B), or else a backslash.
    fn class_control(&mut self) {
        match self.tokens.peek_ascii(0) {
            Some(letter) if letter.is_ascii_alphanumeric() || letter == b'_' => {
                self.tokens.at += 1;
                self.replace_by_hex(u32::from(letter) % 32);
            }
            _ => {
                self.tokens.at -= 1;
                self.replace("\\\\");
            }
        }
    }

    /// `\k`. Duplicate names become one reference after another: at most one
    /// of their groups has taken part, and the others match nothing.
    fn name_reference(&mut self, in_class: bool) -> Result<(), SyntaxError> {
        if !self.unicode && self.survey.names.is_empty() {
            self.replace("k");
            return Ok(());
        }
        if in_class {
            return Err(self.error("Invalid escape"));
        }
        if !self.tokens.eat(b'<') {
            return Err(self.error("Invalid named reference"));
        }
        let name = names::read(&mut self.tokens)?;
        let groups = self.survey.groups_of(&name);
        let groups = groups.ok_or_else(|| self.error("Invalid named capture referenced"))?;
        let references: String = groups.iter().map(|index| format!("\\{index}")).collect();
        self.replace(&format!("(?:{references})"));
        Ok(())
    }

    /// `{`: if a whole quantifier follows, its counts are clamped.
    fn brace(&mut self) -> Result<(), SyntaxError> {
        let before = self.tokens.at;
        let Some((min, max)) = self.quantifier() else {
            self.tokens.at = before;
            self.text.push('{');
            return Ok(());
        };
        match max {
            Bound::Same => self.replace(&format!("{{{}}}", min.min(COUNT_MAX))),
            Bound::None => self.replace(&format!("{{{},}}", min.min(COUNT_MAX))),
            Bound::Count(max) if max < min => {
                return Err(self.error("numbers out of order in {} quantifier"));
            }
            Bound::Count(max) => {
                self.replace(&format!("{{{},{}}}", min.min(COUNT_MAX), max.min(COUNT_MAX)));
            }
        }
        Ok(())
    }

    /// The counts of a quantifier after its `{`; saturating, so that two
    /// counts beyond 2^64 pass for equal.
    fn quantifier(&mut self) -> Option<(u64, Bound)> {
        let min = self.tokens.digits(10, usize::MAX)?;
        if self.tokens.eat(b'}') {
            return Some((min, Bound::Same));
        }
        if !self.tokens.eat(b',') {
            return None;
        }
        let max = self.tokens.digits(10, usize::MAX);
        self.tokens.eat(b'}').then_some((min, max.map_or(Bound::None, Bound::Count)))
    }
}

/// The upper count of a quantifier.
enum Bound {
    Same,
    None,
    Count(u64),
}

#[cfg(test)]
mod tests {
    use super::super::survey::survey;
    use super::*;

    fn run(pattern: &str, unicode: bool) -> Result<String, String> {
        let units: Vec<u16> = pattern.encode_utf16().collect();
        let survey = survey(&units, false).map_err(|error| error.message.into_owned())?;
        rewrite(&units, &survey, unicode, false)
            .map(|rewritten| rewritten.text)
            .map_err(|error| error.message.into_owned())
    }

    #[test]
    fn forms_are_replaced() {
        for (pattern, unicode, text) in [
            (r"(a)\01", false, r"(a)\x01"),
            (r"\400", false, r"\x200"),
            (r"\8\19", false, r"\x38\x019"),
            (r"(a)\1\8", false, r"(a)\1\x38"),
            (r"(?i:a)\1", false, r"(?i:a)\x01"),
            (r"[\cA\c0\c_\c!]", false, r"[\x01\x10\x1f\\c!]"),
            (r"\k<a>(?<a>.)", false, r"(?:\1)(.)"),
            (r"(?<a>x)|(?<a>y)\k<\u0061>", true, r"(x)|(y)(?:\1\2)"),
            (r"\k", false, "k"),
            ("a{99999999999999999999,}", false, "a{9007199254740991,}"),
            (r"\u{000061}", true, r"\u{61}"),
            ("[{1}]x{", false, "[{1}]x{"),
        ] {
            assert_eq!(run(pattern, unicode).as_deref(), Ok(text), "{pattern}");
        }
    }

    #[test]
    fn lone_surrogates_are_written_as_escapes() {
        let survey = Survey::default();
        let units = [0x5B, 0xD800, 0xD83D, 0xDE00, 0x5D];
        let text = |unicode| rewrite(&units, &survey, unicode, false).map(|rewritten| rewritten.text);
        assert_eq!(text(false).as_deref(), Ok("[\\ud800\u{1F600}]"));
        assert_eq!(text(true).as_deref(), Ok("[\\u{d800}\u{1F600}]"));
    }

    #[test]
    fn offsets_lead_back() {
        let units: Vec<u16> = "é(?<name>a)**".encode_utf16().collect();
        let survey = survey(&units, false).unwrap();
        let rewritten = rewrite(&units, &survey, false, false).unwrap();
        assert_eq!(rewritten.text, "é(a)**");
        assert_eq!(rewritten.source_offset(rewritten.text.len() - 1), units.len() - 1);
        assert_eq!(rewritten.source_offset(2), 1);
    }

    #[test]
    fn errors_of_this_pass() {
        for (pattern, message) in [
            (r"\1", "Invalid escape"),
            (r"\01", "Invalid decimal escape"),
            (r"[\1]", "Invalid class escape"),
            (r"\k<a>", "Invalid named capture referenced"),
            (r"\k", "Invalid named reference"),
            ("a{2,1}", "numbers out of order in {} quantifier"),
        ] {
            assert_eq!(run(pattern, true), Err(message.to_owned()), "{pattern}");
        }
    }
}
