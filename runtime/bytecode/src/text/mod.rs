//! The text form of a unit, `.tvma`: what goldens hold, `tvm disassemble` shows and tests are written in.
//!
//! In: [`UnitData`], or text. Out: the other one. `parse(print(unit)) == unit` for every unit that
//! [`crate::Unit::to_data`] can give, and so the file bytes are the same too. The parser judges form only: whether
//! a register exists or a jump leads anywhere sensible is the verifier's question. On any input it ends in time
//! linear in the text, without recursion, with data or with one error that says line, column and what was
//! expected.
//!
//! # Grammar
//! A unit is a sequence of lines; spaces within a line do not matter and `;` starts a comment. `{` ends a line and
//! opens a block, which `}` on a line of its own closes. Brackets below mark what may be left out.
//!
//! ```text
//! unit KIND [entry FN]
//! meta STR STR
//! string sN LITERAL
//! list listN LIST
//! source sourceN STR { LITERAL... }
//! scope scopeN KIND [parent SCOPE] [strict] { (slot STR KIND)... }
//! function fnN STR KIND [FLAG...] [flags BITS] [params N] [length N] [registers N] [scope SCOPE] [hint N]
//!                       [source SOURCE A..B] { STATEMENT... }
//! module moduleN STR KIND [body FN] [init FN] [scope SCOPE] [text STR] [async] { ENTRY... }
//! ```
//!
//! Ids are `s5`, `list5`, `source5`, `scope5`, `fn5`, `module5`, and `none` for no entry. What is defined is numbered
//! from 0 without gaps. `STR` is `s5` or a literal, which is interned. A literal is ASCII or UTF-8 between quotes with
//! `\n \r \t \" \\`, `\xHH` and `\uHHHH` for any code unit, lone surrogates included. A list is `[entry, ...]` of
//! numbers, `none`, strings, scopes, global kinds and (within a function) labels. Where a list is asked for, it may
//! be written out in place of its id.
//!
//! Module entries: `request STR attribute STR resolved MODULE`; `import request N name STR slot N`;
//! `export STR slot N`, `export STR request N name STR`, `export star request N`.
//!
//! Statements of a function, in this order in print:
//!
//! ```text
//! const kN KIND VALUE                       number 1.5, string s0, symbol Iterator, keys list4, ...
//! feedback KIND, ...                        slots, numbered on from the last such line
//! handler PLACE..PLACE -> PLACE rN          innermost first
//! LN:                                       a label
//! [wide] MNEMONIC OPERAND, ... [POSITION]   wide: encoded with the prefix, needed or not
//! pc N POSITION                             a line entry for another offset than an instruction's start
//! ```
//!
//! A place is a label or a code offset. Operands by kind: `r3`; `k5`, or the constant itself (`number 1.5`; `"x"` for
//! `string "x"`); `f2` for the third feedback slot, or `w9` for a word that starts no slot; a label, or the signed
//! distance in bytes; else a number, or by hand what it stands for (`ThrowError TypeError, "m"`). A position is
//! `@LINE:COLUMN [text START+LENGTH]`. A number constant is decimal, `NaN`, `Infinity`, `-Infinity`, or all 64 bits
//! as `0x...`.
//!
//! The printer leaves out fields that are 0, none or unset, and only those. By hand more may be left out: the last
//! operand where it is a feedback slot (a new slot), `registers` (as many as the code uses), `length` (as `params`),
//! `source` (`source0`, which is then made where the unit has none), `string`, `list` and `const` lines (by writing
//! values in place), and `wide` (taken where it is needed).

mod assemble;
mod constants;
mod cursor;
mod function;
mod lexer;
mod module;
mod parse;
mod print;
mod print_code;

pub use parse::parse;
pub use print::{print, print_annotated, print_function};

use crate::data::UnitData;

/// Why text was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong or was expected.
    pub message: String,
}

impl std::fmt::Display for TextError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for TextError {}

/// The unit's text without comments; see [`print()`].
impl std::fmt::Display for UnitData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&print(self))
    }
}
