//! Why a source text was refused.

use crate::positions::LineIndex;

/// What kind of refusal it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompileErrorKind {
    /// The text is not ECMAScript or TypeScript: a SyntaxError.
    Syntax,
    /// The text exceeds a limit of the front end: a RangeError.
    Limit,
    /// [`crate::Options::cancelled`] was set.
    Cancelled,
}

/// A refusal, with where and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    /// What kind.
    pub kind: CompileErrorKind,
    /// What is wrong.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
    /// Start of the text that is meant, bytes of UTF-8.
    pub start: u32,
    /// End of the text that is meant.
    pub end: u32,
}

impl CompileError {
    pub(crate) fn syntax(index: &LineIndex<'_>, start: u32, end: u32, message: impl Into<String>) -> Self {
        let (line, column) = index.position(start);
        CompileError { kind: CompileErrorKind::Syntax, message: message.into(), line, column, start, end }
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::nowhere(CompileErrorKind::Limit, message.into())
    }

    pub(crate) fn cancelled() -> Self {
        Self::nowhere(CompileErrorKind::Cancelled, "the compilation was given up".to_owned())
    }

    /// With U+FFFD for what stands for lone surrogates in the text.
    pub(crate) fn without_stand_ins(mut self, surrogates: &[(char, u16)]) -> Self {
        if !surrogates.is_empty() {
            let stand_in = |c| surrogates.binary_search_by_key(&c, |pair| pair.0).is_ok();
            self.message = self.message.replace(stand_in, "\u{FFFD}");
        }
        self
    }

    fn nowhere(kind: CompileErrorKind, message: String) -> Self {
        CompileError { kind, message, line: 1, column: 1, start: 0, end: 0 }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.line, self.column)
    }
}

impl std::error::Error for CompileError {}
