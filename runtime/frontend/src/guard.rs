//! Bounds on source text: nesting, length, and the native stack that parsing takes.
//!
//! oxc parses and visits by recursion and has no depth guard. Nesting is bounded before parsing by a scan over the
//! tokens ([`crate::nesting`]), and whatever is deeper than usual runs on a thread with a large, lazily committed
//! stack, so that the bound can be generous.

use crate::error::CompileError;
use crate::nesting::{self, Dialect};

/// Named limits of the front end.
pub mod limit {
    /// Bytes of source text.
    pub const SOURCE_BYTES: usize = 256 << 20;
    /// Brackets within brackets.
    pub const NESTING: u32 = 500;
    /// Ways to read a text followed at once, where a `/` may divide or start a regular expression.
    pub const READINGS: usize = 16;
    /// Operators, prefixes and statements without braces in a row that each nest the syntax tree one deeper.
    pub const CHAIN: u32 = 20_000;
    /// Estimated depth up to which the caller's own stack does.
    pub const OWN_STACK: u32 = 60;
    /// Parameters of a function: oxc takes quadratic time over them.
    pub const PARAMETERS: usize = 4096;
    /// Native stack of the parsing thread, bytes; reserved, not committed.
    pub const STACK_BYTES: usize = 1 << 30;
}

/// Runs `f` where there is stack enough for `source`.
pub(crate) fn with_stack<T: Send>(
    source: &str,
    dialect: Dialect,
    f: impl FnOnce(&str) -> T + Send,
) -> Result<T, CompileError> {
    if source.len() > limit::SOURCE_BYTES {
        let message =
            format!("source text of {} bytes exceeds the limit of {}", source.len(), limit::SOURCE_BYTES);
        return Err(CompileError::limit(message));
    }
    let depth = nesting::depth(source.as_bytes(), dialect)?;
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
