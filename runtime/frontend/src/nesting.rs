//! How deep a source text nests, told from its tokens.
//!
//! Enters: a text. Leaves: an estimate, not too low, of the depth of its syntax tree, or an error where that passes a
//! limit. Tokens are read as the parser reads them: strings, templates, comments, numbers and regular expressions hide
//! what is in them. Where the tokens before a `/` leave open whether it divides or starts a regular expression, both
//! are followed until they come to the same place in the same state, or one cannot be; so no text hides its brackets.

use std::cell::Cell;

use crate::error::CompileError;
use crate::guard::limit;

/// What the text is, as far as its tokens depend on it.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// Types, and `!` behind an operand.
    pub typescript: bool,
    /// `<!--` and `-->` start comments, as they do in scripts.
    pub html_comments: bool,
}

/// Estimates the syntax tree's depth; an error where it exceeds the limits.
pub(crate) fn depth(bytes: &[u8], dialect: Dialect) -> Result<u32, CompileError> {
    let text = Text { bytes, dialect, budget: Cell::new(16 * bytes.len() + (1 << 16)) };
    let mut readings = vec![Reading { new_line: true, ..Reading::default() }];
    let mut deepest = 0;
    loop {
        let behind = (1..readings.len()).fold(0, |a, b| if readings[b].at < readings[a].at { b } else { a });
        let reading = &mut readings[behind];
        if reading.at >= bytes.len() {
            return Ok(readings.iter().fold(deepest, |depth, reading| depth.max(reading.deepest)));
        }
        let other = reading.token(&text)?;
        if let Some(other) = other {
            readings.push(other);
            if readings.len() > limit::READINGS {
                return Err(too_unclear());
            }
        }
        if readings.len() > 1 {
            deepest = deepest.max(settle(&mut readings, behind));
        }
    }
}

fn too_unclear() -> CompileError {
    CompileError::limit("too many divisions that may be regular expressions")
}

/// Takes out the reading that was advanced where it cannot be, or another has come to the same; gives its depth.
fn settle(readings: &mut Vec<Reading>, advanced: usize) -> u32 {
    let reading = &readings[advanced];
    let same = |(place, other): (usize, &Reading)| place != advanced && other.is_at(reading);
    let twin = readings.iter().enumerate().position(same);
    if twin.is_none() && !reading.impossible {
        return 0;
    }
    let gone = readings.swap_remove(advanced);
    // `swap_remove` moved the last one.
    let twin = twin.map(|place| if place == readings.len() { advanced } else { place });
    if let Some(twin) = twin {
        readings[twin].join(&gone);
    }
    gone.deepest
}

/// What stood before the current position, as far as `/` needs to know.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Before {
    /// An operand: `/` divides.
    Operand,
    /// An operator, keyword or opening bracket: `/` starts a regular expression.
    #[default]
    Operator,
    /// The tokens do not say.
    Either,
}

/// What is open at one level of brackets besides them.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators, prefixes and statements in a row that each nest one deeper.
    chain: u32,
    /// `<` that may begin type arguments.
    angles: u32,
    /// The chain of the statement that a `;` ended: an `else` goes on with it.
    ended: u32,
}

/// The last token, as far as the next needs to know.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Last {
    dot: bool,
    semicolon: bool,
    closed_brace: bool,
    /// A word that wants an operand.
    prefix: bool,
    /// A keyword that wants a head.
    head: bool,
}

#[derive(Clone, Copy)]
struct Open {
    bracket: u8,
    /// It is the head of `if`, `while`, `for` or `with`.
    head: bool,
    outside: Level,
}

struct Text<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
    /// Bytes that may still be read as regular expressions; those of a crafted text would be read again and again.
    budget: Cell<usize>,
}

/// One way to read the text, up to a place in it.
#[derive(Clone, Default)]
struct Reading {
    at: usize,
    before: Before,
    /// A line ended since the last token.
    new_line: bool,
    last: Last,
    open: Vec<Open>,
    level: Level,
    /// What is open at the levels outside.
    outside: Level,
    deepest: u32,
    impossible: bool,
}

impl Text<'_> {
    fn get(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn starts(&self, at: usize, what: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(what))
    }

    /// Bytes of the white space at a place, and whether it ends a line.
    fn space(&self, at: usize) -> Option<(usize, bool)> {
        let rest = self.bytes.get(at..)?;
        match *rest {
            [b'\n' | b'\r', ..] => Some((1, true)),
            [b' ' | b'\t' | 0x0b | 0x0c, ..] => Some((1, false)),
            [0xc2, 0xa0 | 0x85, ..] => Some((2, false)),
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => Some((3, true)),
            [0xe2, 0x80, 0x80..=0x8b | 0xaf, ..]
            | [0xe2, 0x81, 0x9f, ..]
            | [0xe1, 0x9a, 0x80, ..]
            | [0xe1, 0xa0, 0x8e, ..]
            | [0xe3, 0x80, 0x80, ..]
            | [0xef, 0xbb, 0xbf, ..] => Some((3, false)),
            _ => None,
        }
    }

    fn is_word(&self, at: usize) -> bool {
        match self.get(at) {
            b'_' | b'$' | b'\\' => true,
            byte if byte.is_ascii_alphanumeric() => true,
            byte => byte >= 0x80 && self.space(at).is_none(),
        }
    }

    /// The end of the line that a place is in.
    fn line_end(&self, mut at: usize) -> usize {
        while at < self.bytes.len() && !matches!(self.space(at), Some((_, true))) {
            at += 1;
        }
        at
    }

    /// Where a regular expression that starts behind its `/` ends, and how deep it nests; none where its line ends
    /// first.
    fn regular_expression(&self, start: usize) -> Result<Option<(usize, u32)>, CompileError> {
        let found = self.find_expression(start);
        let end = found.map_or_else(|| self.line_end(start), |(end, _)| end);
        let left = self.budget.get().checked_sub(end - start).ok_or_else(too_unclear)?;
        self.budget.set(left);
        Ok(found)
    }

    fn find_expression(&self, mut at: usize) -> Option<(usize, u32)> {
        let (mut class, mut depth, mut deepest) = (false, 0u32, 0);
        while at < self.bytes.len() && !matches!(self.space(at), Some((_, true))) {
            match self.get(at) {
                b'\\' if !matches!(self.space(at + 1), Some((_, true))) => at += 1,
                b'/' if !class => {
                    at += 1;
                    while self.is_word(at) {
                        at += 1;
                    }
                    return Some((at, deepest));
                }
                b'[' => (class, depth) = (true, depth + 1),
                b']' => (class, depth) = (false, depth.saturating_sub(1)),
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
            at += 1;
        }
        None
    }
}

impl Reading {
    fn is_at(&self, other: &Reading) -> bool {
        let flags = |r: &Reading| (r.before, r.new_line, r.last);
        self.at == other.at
            && flags(self) == flags(other)
            && self.open.len() == other.open.len()
            && self.open.iter().zip(&other.open).all(|(a, b)| (a.bracket, a.head) == (b.bracket, b.head))
    }

    /// Takes over what a reading at the same place has open, where that is more.
    fn join(&mut self, other: &Reading) {
        let most = |a: &mut Level, b: &Level| {
            a.chain = a.chain.max(b.chain);
            a.angles = a.angles.max(b.angles);
            a.ended = a.ended.max(b.ended);
        };
        most(&mut self.level, &other.level);
        for (open, other) in self.open.iter_mut().zip(&other.open) {
            most(&mut open.outside, &other.outside);
        }
        let sum = |of: fn(&Level) -> u32| self.open.iter().map(|open| of(&open.outside)).sum();
        self.outside = Level { chain: sum(|l| l.chain), angles: sum(|l| l.angles), ended: 0 };
    }

    /// Reads a token or white space; gives the other reading of a `/` that has two.
    fn token(&mut self, text: &Text<'_>) -> Result<Option<Reading>, CompileError> {
        if let Some((length, line)) = text.space(self.at) {
            self.at += length;
            self.new_line |= line;
            return Ok(None);
        }
        if self.comment(text) {
            return Ok(None);
        }
        let last = std::mem::take(&mut self.last);
        let byte = text.get(self.at);
        let mut other = None;
        match byte {
            b'"' | b'\'' => {
                self.end_statement(last, b"");
                self.string(text, byte);
            }
            b'`' => {
                self.at += 1;
                if self.before != Before::Operator {
                    self.link()?;
                }
                self.template(text)?;
            }
            b'/' => other = self.slash(text)?,
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.push(byte, last.head && byte == b'(')?;
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                self.pop(text, byte)?;
            }
            b';' => {
                self.at += 1;
                self.last.semicolon = true;
                self.level = Level { ended: self.level.chain, ..Level::default() };
                self.before = Before::Operator;
            }
            b',' => {
                self.at += 1;
                self.level.chain = 0;
                self.before = Before::Operator;
            }
            b'.' if text.get(self.at + 1).is_ascii_digit() => {
                self.at += 1;
                self.number(text);
            }
            b'0'..=b'9' => {
                self.end_statement(last, b"");
                self.number(text);
            }
            b'#' => {
                self.at += 1;
                self.before = Before::Operand;
            }
            _ if text.is_word(self.at) => self.word(text, last)?,
            _ => self.operator(text, byte)?,
        }
        self.new_line = false;
        Ok(other)
    }

    /// Skips a comment.
    fn comment(&mut self, text: &Text<'_>) -> bool {
        let html = text.dialect.html_comments;
        if text.starts(self.at, b"/*") {
            let rest = &text.bytes[self.at + 2..];
            let end = memchr::memmem::find(rest, b"*/").map_or(text.bytes.len(), |end| self.at + 4 + end);
            self.new_line |= (self.at..end).any(|at| matches!(text.space(at), Some((_, true))));
            self.at = end;
            return true;
        }
        let to_line_end = text.starts(self.at, b"//")
            || (html && text.starts(self.at, b"<!--"))
            || (html && self.new_line && text.starts(self.at, b"-->"))
            || (self.at == 0 && text.starts(0, b"#!"));
        if to_line_end {
            self.at = text.line_end(self.at);
        }
        to_line_end
    }

    fn fail<T>(&self, what: &str, bound: u32) -> Result<T, CompileError> {
        Err(CompileError::limit(format!("{what} nested deeper than {bound} levels")))
    }

    /// Notes the depth, and checks it.
    fn check(&mut self) -> Result<(), CompileError> {
        let chain = self.outside.chain + self.level.chain;
        let angles = self.outside.angles + self.level.angles;
        let brackets = self.open.len() as u32 + angles;
        self.deepest = self.deepest.max(brackets + chain);
        if brackets > limit::NESTING {
            return self.fail("brackets", limit::NESTING);
        }
        if chain > limit::CHAIN {
            return self.fail("expression", limit::CHAIN);
        }
        Ok(())
    }

    fn link(&mut self) -> Result<(), CompileError> {
        self.level.chain += 1;
        self.check()
    }

    /// Opens a bracket. One behind an operand is a call, a template's tag or an index, and nests like an operator.
    fn push(&mut self, bracket: u8, head: bool) -> Result<(), CompileError> {
        self.level.chain += u32::from(self.before != Before::Operator && bracket != b'{');
        self.open.push(Open { bracket, head, outside: self.level });
        self.outside.chain += self.level.chain;
        self.outside.angles += self.level.angles;
        self.level = Level::default();
        self.before = Before::Operator;
        self.check()
    }

    fn pop(&mut self, text: &Text<'_>, byte: u8) -> Result<(), CompileError> {
        self.before = if byte == b'}' { Before::Either } else { Before::Operand };
        self.last.closed_brace = byte == b'}';
        let Some(open) = self.open.pop() else {
            self.impossible = true;
            return Ok(());
        };
        self.outside.chain -= open.outside.chain;
        self.outside.angles -= open.outside.angles;
        self.level = open.outside;
        match (open.bracket, byte) {
            (b'(', b')') if open.head => self.before = Before::Operator,
            (b'(', b')') | (b'[', b']') | (b'{', b'}') => {}
            (b'$', b'}') => return self.template(text),
            _ => self.impossible = true,
        }
        Ok(())
    }

    /// Where this token cannot go on with what stands before it, a statement has ended.
    fn end_statement(&mut self, last: Last, word: &[u8]) {
        const GO_ON: &[&[u8]] = &[
            b"in",
            b"instanceof",
            b"of",
            b"as",
            b"satisfies",
            b"is",
            b"extends",
            b"implements",
            b"else",
            b"while",
            b"catch",
            b"finally",
            b"from",
        ];
        let ends = self.before != Before::Operator && (self.new_line || last.closed_brace);
        if ends && !last.dot && !last.prefix && !GO_ON.contains(&word) {
            self.level = Level::default();
        }
    }

    fn string(&mut self, text: &Text<'_>, quote: u8) {
        self.before = Before::Operand;
        self.at += 1;
        while self.at < text.bytes.len() {
            match text.get(self.at) {
                b'\\' if text.starts(self.at + 1, b"\r\n") => self.at += 3,
                b'\\' => self.at += 2,
                b'\n' | b'\r' => break,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        return;
                    }
                }
            }
        }
        self.impossible = true;
    }

    /// The rest of a template up to its end or its next `${`.
    fn template(&mut self, text: &Text<'_>) -> Result<(), CompileError> {
        self.before = Before::Operand;
        self.last.closed_brace = false;
        while self.at < text.bytes.len() {
            let byte = text.get(self.at);
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return Ok(()),
                b'$' if text.get(self.at) == b'{' => {
                    self.at += 1;
                    self.before = Before::Operator;
                    return self.push(b'$', false);
                }
                _ => {}
            }
        }
        self.impossible = true;
        Ok(())
    }

    fn slash(&mut self, text: &Text<'_>) -> Result<Option<Reading>, CompileError> {
        let divides = self.before == Before::Operand && !self.new_line;
        let expression = if divides { None } else { text.regular_expression(self.at + 1)? };
        let mut division = None;
        if let Some((end, depth)) = expression {
            if self.before != Before::Operator {
                division = Some(self.clone());
            }
            if depth > limit::NESTING {
                return self.fail("brackets", limit::NESTING);
            }
            self.deepest = self.deepest.max(self.open.len() as u32 + self.outside.chain + depth);
            self.at = end;
            self.before = Before::Operand;
        }
        let divided = match (&mut division, expression) {
            (Some(division), _) => division,
            (None, None) => self,
            (None, Some(_)) => return Ok(None),
        };
        divided.at += 1;
        divided.before = Before::Operator;
        divided.new_line = false;
        divided.link()?;
        Ok(division)
    }

    fn number(&mut self, text: &Text<'_>) {
        let start = self.at;
        while text.is_word(self.at) {
            self.at += 1;
        }
        let digits = text.bytes[start..self.at].iter().all(|&byte| byte.is_ascii_digit() || byte == b'_');
        let fraction = start > 0 && text.get(start - 1) == b'.';
        if digits && !fraction && text.get(self.at) == b'.' {
            self.at += 1;
            while text.is_word(self.at) {
                self.at += 1;
            }
        }
        self.before = Before::Operand;
    }

    /// An identifier or keyword.
    fn word(&mut self, text: &Text<'_>, last: Last) -> Result<(), CompileError> {
        let start = self.at;
        while text.is_word(self.at) {
            let escaped = text.starts(self.at, b"\\u{");
            self.at += 1;
            if escaped {
                self.at +=
                    text.bytes[self.at..].iter().position(|&byte| byte == b'}').map_or(2, |end| end + 1);
            }
        }
        let word = &text.bytes[start..self.at.min(text.bytes.len())];
        let is_name = last.dot || (start > 0 && text.get(start - 1) == b'#');
        if is_name {
            self.before = Before::Operand;
            return Ok(());
        }
        self.end_statement(last, word);
        self.before = Before::Operand;
        match word {
            b"if" | b"while" | b"for" | b"with" => {
                self.last.head = true;
                return self.link();
            }
            b"await" if last.head => self.last.head = true,
            b"return" | b"case" | b"default" => self.before = Before::Operator,
            b"of" | b"debugger" | b"break" | b"continue" => self.before = Before::Either,
            b"else" => {
                if last.semicolon {
                    self.level.chain = self.level.ended;
                }
                self.before = Before::Operator;
                return self.link();
            }
            b"do" | b"typeof" | b"delete" | b"void" | b"throw" | b"new" | b"extends" | b"in"
            | b"instanceof" => {
                self.before = Before::Operator;
                return self.link();
            }
            b"yield" | b"await" | b"keyof" | b"unique" | b"readonly" | b"infer" | b"asserts" | b"as"
            | b"satisfies" | b"is" => {
                self.before = Before::Either;
                self.last.prefix = true;
                return self.link();
            }
            _ => {}
        }
        Ok(())
    }

    fn operator(&mut self, text: &Text<'_>, byte: u8) -> Result<(), CompileError> {
        let behind = self.before != Before::Operator && !self.new_line;
        let next = text.get(self.at + 1);
        self.at += 1;
        match byte {
            b'.' if text.starts(self.at, b"..") => self.at += 2,
            b'.' => self.last.dot = true,
            // Behind an operand they belong to it.
            b'+' | b'-' if next == byte => {
                self.at += 1;
                if behind {
                    return self.link();
                }
            }
            b'!' if text.dialect.typescript && behind && next != b'=' => return self.link(),
            b'=' if next == b'>' => self.at += 1,
            b'<' if text.dialect.typescript && next != b'=' => self.level.angles += 1,
            b'>' if text.dialect.typescript => {
                self.level.angles = self.level.angles.saturating_sub(1);
                self.before = Before::Either;
                return self.link();
            }
            b'+' | b'-' | b'*' | b'%' | b'^' | b'~' => self.level.angles = 0,
            b'&' | b'|' if next == byte => self.level.angles = 0,
            _ => {}
        }
        self.before = Before::Operator;
        self.link()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, depth};

    fn measure(text: &str, typescript: bool) -> Result<u32, String> {
        let dialect = Dialect { typescript, html_comments: true };
        depth(text.as_bytes(), dialect).map_err(|error| error.message)
    }

    #[test]
    fn nothing_hides_brackets() {
        let before = [
            "<!-- `\n",
            "/**/--> `\n",
            "#! `\n",
            "\"\\\r\n`\";",
            "//\u{2028}",
            "x=\u{a0}/`/;",
            "1./2/",
            "a++/(1/2)/",
            "debugger\n/`/;",
            "let x\n/`/;",
            "{}/`/;",
            "({})/`/`;",
            "var y={}/`/`;",
            "yield\n/`/;",
            "for await (x of y) /`/;",
            "a.if(x) /`${1}`/",
            "\\u{61}/`/`;",
        ];
        for text in before {
            let nested = format!("{text}{}", "(".repeat(1000));
            assert!(measure(&nested, false).is_err(), "{text:?}");
        }
        assert!(measure(&format!("a!/({}/1", "(".repeat(1000)), true).is_err());
        assert!(measure(&format!("x = /{}/", "(".repeat(1000)), false).is_err());
    }

    #[test]
    fn whatever_nests_counts() {
        let nests = [
            "if(a)",
            "for(;;)",
            "while(a)",
            "do ",
            "x:",
            "if(a);else ",
            "if(a)b\nelse ",
            "a in ",
            "a/",
            "new ",
            "keyof ",
            "await\n",
            "a=b\n=",
            "!",
            "++",
        ];
        for piece in nests {
            let text = piece.repeat(20_001);
            assert!(measure(&text, false).is_err(), "{piece:?}");
        }
        for piece in ["()", "[0]", "``", "\n(1)", "`${1}`"] {
            assert!(measure(&format!("a{}", piece.repeat(20_001)), false).is_err(), "{piece:?}");
        }
        assert!(measure(&"x<y,".repeat(1000), true).is_err());
    }

    #[test]
    fn statements_in_a_row_do_not_nest() {
        let flat = [
            "x = 1\n",
            "x={}\n",
            "f(a)\n",
            "a.b\n",
            "if(1){}else{}",
            "if(1);else 2;",
            "if(1){}else if(2){}\n",
            "for(;;){}\n",
            "function f(a){}",
            "'a' + b\n",
            "x = a / b / c\n",
            "{}/a/.b;",
            "x = {} / 2;",
            "x = y\n/ 2\n",
        ];
        for piece in flat {
            let depth = measure(&piece.repeat(30_000), false);
            assert!(depth.as_ref().is_ok_and(|&depth| depth < 60), "{piece:?}: {depth:?}");
        }
        assert!(measure(&"for (let i = 0; i < n; i++) a<b>(c)\n".repeat(30_000), true).is_ok());
    }
}
