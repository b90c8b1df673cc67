//! ECMAScript regular expressions for tvm.
//!
//! A pattern is parsed (`parse`, `lower`), turned into a program of compact
//! instructions (`compile`, `program`) and matched by backtracking (`exec`) on
//! Latin-1 or UTF-16 text. Matching is bounded: a [`Budget`] can stop it and
//! the backtrack stack has a limit, so that no pattern can hold up or exhaust
//! the engine. Nothing recurses natively while matching; compiling recurses as
//! deep as the pattern is nested, which is bounded.
//!
//! Ranks, low to high: `error`, `flags`, `limits`, `charset`; `unicode`;
//! `first`, `node`; `program`; `lower`, `parse`; `compile`; `exec`.
//!
//! What is left to the engine: `lastIndex`, the loop of `g`, results and
//! `indices` as objects, `Symbol.replace` and its kin.
//!
//! ```
//! use tvm_regexp::{Flags, Input, Pattern, Program, Scratch, Unlimited};
//!
//! let flags = Flags::parse("u".chars()).unwrap();
//! let program = Program::compile(Pattern::Str(r"(?<year>\d{4})-(\d\d)"), flags)?;
//! let mut scratch = Scratch::new();
//! let found = program.exec(Input::Latin1(b"on 2026-11-21"), 0, false, &mut scratch, &mut Unlimited);
//! assert_eq!(found, Ok(true));
//! assert_eq!(scratch.capture(1), Some((3, 7)));
//! # Ok::<(), tvm_regexp::SyntaxError>(())
//! ```
#![forbid(unsafe_code)]

mod charset;
mod compile;
mod error;
mod exec;
mod first;
mod flags;
mod limits;
mod lower;
mod node;
mod parse;
mod program;
mod unicode;

pub use error::{MatchError, SyntaxError};
pub use exec::scratch::Scratch;
pub use exec::{Budget, Input, Unlimited};
pub use flags::Flags;
pub use program::{Pattern, Program};
