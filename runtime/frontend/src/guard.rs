//! Bounds on source text: nesting, length, and the native stack that parsing takes.
//!
//! oxc parses and visits by recursion and has no depth guard. Nesting is bounded before parsing by a scan over the
//! text, and whatever is deeper than usual runs on a thread with a large, lazily committed stack, so that the bound
//! can be generous. The scan knows strings, templates, comments and (nearly always) regular expressions; where it
//! cannot tell a division from a regular expression it assumes what gives the greater depth.

use crate::error::CompileError;

/// Named limits of the front end.
pub mod limit {
    /// Bytes of source text.
    pub const SOURCE_BYTES: usize = 256 << 20;
    /// Brackets within brackets.
    pub const NESTING: u32 = 500;
    /// Operators, prefixes and `else if`s in a row that each nest the syntax tree one deeper.
    pub const CHAIN: u32 = 20_000;
    /// Estimated depth up to which the caller's own stack does.
    pub const OWN_STACK: u32 = 60;
    /// Parameters of a function: oxc takes quadratic time over them.
    pub const PARAMETERS: usize = 4096;
    /// Native stack of the parsing thread, bytes; reserved, not committed.
    pub const STACK_BYTES: usize = 1 << 30;
}

/// Runs `f` where there is stack enough for `source`.
pub(crate) fn with_stack<T: Send>(source: &str, f: impl FnOnce(&str) -> T + Send) -> Result<T, CompileError> {
    if source.len() > limit::SOURCE_BYTES {
        let message =
            format!("source text of {} bytes exceeds the limit of {}", source.len(), limit::SOURCE_BYTES);
        return Err(CompileError::limit(message));
    }
    let depth = scan(source.as_bytes())?;
    if depth <= limit::OWN_STACK {
        return Ok(f(source));
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("tvm-parse".into())
            .stack_size(limit::STACK_BYTES)
            .spawn_scoped(scope, || f(source))
            .map_err(|error| CompileError::limit(format!("no stack for parsing: {error}")))?;
        thread.join().map_err(|_| CompileError::limit("the parser failed on this source text"))
    })
}

/// What stood before the current position, as far as `/` needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An operand: `/` divides.
    Operand,
    /// An operator, keyword or opening bracket: `/` starts a regular expression.
    Operator,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    before: Before,
    /// For each open bracket: its chain count, and whether it is a `${`, or the head of `if`, `while`, `for`, `with`.
    open: Vec<Open>,
    /// Chain operators at the current level.
    chain: u32,
    deepest: u32,
    total_chain: u32,
}

#[derive(Clone, Copy)]
struct Open {
    chain: u32,
    template: bool,
    head: bool,
}

/// Estimates the syntax tree's depth; an error where it exceeds the limits.
fn scan(bytes: &[u8]) -> Result<u32, CompileError> {
    let mut s = Scanner {
        bytes,
        at: 0,
        before: Before::Operator,
        open: Vec::new(),
        chain: 0,
        deepest: 0,
        total_chain: 0,
    };
    let mut head_next = false;
    while let Some(&byte) = s.bytes.get(s.at) {
        let start = s.at;
        s.at += 1;
        let mut head = false;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                head = head_next;
            }
            b'"' | b'\'' => s.string(byte),
            b'`' => s.template()?,
            b'/' => s.slash(),
            b'(' | b'[' | b'{' => {
                s.push(Open { chain: s.chain, template: false, head: head_next && byte == b'(' })?
            }
            b')' | b']' | b'}' => s.pop(byte)?,
            b';' => {
                s.chain = 0;
                s.before = Before::Operator;
            }
            b',' => {
                s.chain = 0;
                s.before = Before::Operator;
            }
            _ if byte == b'_'
                || byte == b'$'
                || byte == b'#'
                || byte.is_ascii_alphanumeric()
                || byte >= 0x80 =>
            {
                head = s.word(start)?;
            }
            b'.' | b'+' | b'-' | b'!' | b'~' | b'?' | b'=' | b'<' | b'>' | b'*' | b'%' | b'&' | b'|'
            | b'^' | b':' => {
                s.link()?;
                s.before = Before::Operator;
            }
            _ => {}
        }
        head_next = head;
    }
    Ok(s.deepest)
}

impl Scanner<'_> {
    fn fail<T>(&self, what: &str, bound: u32) -> Result<T, CompileError> {
        Err(CompileError::limit(format!("{what} deeper than {bound} levels")))
    }

    fn note_depth(&mut self) {
        self.deepest = self.deepest.max(self.open.len() as u32 + self.total_chain + self.chain);
    }

    fn link(&mut self) -> Result<(), CompileError> {
        self.chain += 1;
        self.note_depth();
        if self.total_chain + self.chain > limit::CHAIN {
            return self.fail("expression nested", limit::CHAIN);
        }
        Ok(())
    }

    fn push(&mut self, open: Open) -> Result<(), CompileError> {
        self.open.push(open);
        self.total_chain += self.chain;
        self.chain = 0;
        self.before = Before::Operator;
        self.note_depth();
        if self.open.len() as u32 > limit::NESTING {
            return self.fail("brackets nested", limit::NESTING);
        }
        Ok(())
    }

    fn pop(&mut self, byte: u8) -> Result<(), CompileError> {
        let Some(open) = self.open.pop() else {
            self.before = Before::Operand;
            return Ok(());
        };
        self.total_chain -= open.chain;
        self.chain = open.chain;
        if open.template && byte == b'}' {
            return self.template();
        }
        // A block ends a statement: what follows starts anew, but `else` goes on from here.
        self.before = if open.head || byte == b'}' { Before::Operator } else { Before::Operand };
        if byte == b'}' && !self.starts_regex_after_brace() {
            self.before = Before::Operand;
        }
        Ok(())
    }

    /// Behind `}` a `/` is taken for a regular expression only where it could be one: it closes on the same line.
    fn starts_regex_after_brace(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let line_end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = &rest[..line_end.min(2000)];
        match line.iter().position(|b| !b.is_ascii_whitespace()) {
            Some(first) if line[first] == b'/' => line[first + 1..].contains(&b'/'),
            _ => true,
        }
    }

    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                _ if byte == quote => break,
                _ => {}
            }
        }
        self.before = Before::Operand;
    }

    /// The rest of a template up to its end or its next `${`.
    fn template(&mut self) -> Result<(), CompileError> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => break,
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    return self.push(Open { chain: self.chain, template: true, head: false });
                }
                _ => {}
            }
        }
        self.before = Before::Operand;
        Ok(())
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at) {
            Some(b'/') => {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            }
            Some(b'*') => {
                let rest = &self.bytes[self.at + 1..];
                let end = rest.windows(2).position(|pair| pair == b"*/");
                self.at = end.map_or(self.bytes.len(), |end| self.at + 1 + end + 2);
            }
            _ if self.before == Before::Operator => self.regex(),
            _ => self.before = Before::Operator,
        }
    }

    fn regex(&mut self) {
        let start = self.at;
        let mut class = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.before = Before::Operand;
                    return;
                }
                b'\n' => break,
                _ => {}
            }
        }
        // It was a division after all.
        self.at = start;
        self.before = Before::Operator;
    }

    /// An identifier, keyword or number; true where a parenthesis behind it is a statement's head.
    fn word(&mut self, start: usize) -> Result<bool, CompileError> {
        let is_part = |b: u8| b == b'_' || b == b'$' || b.is_ascii_alphanumeric() || b >= 0x80;
        while self.bytes.get(self.at).is_some_and(|&b| is_part(b)) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let after_dot = start > 0 && self.bytes[start - 1] == b'.';
        self.before = Before::Operand;
        if after_dot {
            return Ok(false);
        }
        match word {
            b"if" | b"while" | b"for" | b"with" => return Ok(true),
            b"return" | b"case" | b"in" | b"of" | b"instanceof" | b"do" => self.before = Before::Operator,
            b"else" | b"typeof" | b"delete" | b"void" | b"throw" | b"new" | b"yield" | b"await"
            | b"extends" => {
                self.link()?;
                self.before = Before::Operator;
            }
            _ => {}
        }
        Ok(false)
    }
}
