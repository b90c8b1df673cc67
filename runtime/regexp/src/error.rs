//! What can go wrong: a pattern that is no pattern, a match that was stopped.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, worded as V8 words it and without its head
    /// `Invalid regular expression: /source/flags: `.
    pub message: Cow<'static, str>,
    /// Where, in code units of the pattern.
    pub offset: usize,
}

impl SyntaxError {
    pub(crate) fn new(message: &'static str, offset: usize) -> Self {
        Self { message: Cow::Borrowed(message), offset }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at {})", self.message, self.offset)
    }
}

impl Error for SyntaxError {}

/// A match ended without an answer. The captures in the scratch are then
/// meaningless; the scratch itself stays usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchError {
    /// The budget refused to go on.
    Interrupted,
    /// The backtrack stack reached the limit set in the scratch.
    StackLimit,
    /// The text is longer than positions can count (4 Gi code units).
    TextTooLong,
}

impl fmt::Display for MatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Interrupted => "the match was interrupted by its budget",
            Self::StackLimit => "the match needs more backtracking memory than it may use",
            Self::TextTooLong => "the text is too long to be matched",
        })
    }
}

impl Error for MatchError {}
