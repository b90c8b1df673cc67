//! The bytecode law, and the one function that makes a [`Verified`] unit.
//!
//! A rule that is broken rejects the whole unit, with the section, the byte and the rule's number. After it the
//! interpreter and the compiler may rely on every rule without looking again. Guest values are not trusted by any
//! of this: what a register holds at run time is checked by the instruction that uses it.
//!
//! Tables (`tables.rs`)
//! - R1  The entry exists and is of the kind that the header says.
//! - R2  Every string, list, scope, function and source id that a table holds is in range.
//! - R3  A scope's parent stands before it; it has at most 65,535 slots, of known kinds; import slots occur in
//!   module scopes only.
//! - R4  A function's kind and flags are known; `1 + params <= registers <= 65,535`; its source range lies in its
//!   source on character boundaries.
//! - R5  A constant is of a known kind and its list is well formed: strings in key lists, pairs in templates and
//!   globals, digits in BigInts.
//! - R6  A module's functions, scope, slots and requests exist and fit each other.
//! - R7  Line tables decode, in ascending order of offsets.
//!
//! Code (`code.rs`)
//! - R10 Instructions decode one behind the other up to the end, and the last one does not fall through.
//! - R11 Every jump, handler and jump-table target is the start of an instruction.
//! - R12 Every register operand, with all registers it stands for, is below the function's `registers`.
//! - R13 A constant operand is in range and of the kind that its instruction takes.
//! - R14 A feedback operand is the first word of a slot of its kind.
//! - R15 An immediate that stands for an enumeration is one of its members.
//! - R16 Intrinsics, self-hosted functions and the SELF_HOSTED flag occur in tvm's own library only.
//! - R17 Suspending instructions occur only in functions of a kind that can suspend so.
//! - R18 Instructions that read extra arguments stand in the prologue: no jump leads to or before them, nothing
//!   suspends before them, and the function has the KEEPS_ARGUMENTS flag.
//!
//! Flow (`flow.rs`): along every path, exceptions included, with a register's type one of dead, value, value or
//! hole, scope of layout L, iteration record, key enumeration, coroutine
//! - R20 A register is read only as what it holds on every path.
//! - R21 A scope access names an existing slot, of a kind that the instruction takes.
//! - R22 A closure is made in a scope of the layout that its function expects; a new scope's parent likewise.
//! - R23 The product of registers and join points stays below [`limit::FLOW_STATE`].

mod code;
mod flow;
mod tables;

use crate::data::NONE;
use crate::unit::{LoadError, Unit};

/// Named bounds of the verifier.
pub mod limit {
    /// Registers times join points of one function.
    pub const FLOW_STATE: usize = 1 << 25;
    /// Registers of a frame.
    pub const REGISTERS: u32 = 65_535;
    /// Slots of a scope.
    pub const SLOTS: u32 = 65_535;
}

/// A unit that obeys every rule. Only [`verify`] makes one from a file or from the front end.
#[derive(Clone)]
pub struct Verified(Unit);

impl std::ops::Deref for Verified {
    type Target = Unit;

    fn deref(&self) -> &Unit {
        &self.0
    }
}

/// Whose code a unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Anyone's.
    Guest,
    /// tvm's own library.
    Library,
}

/// Checks every rule.
pub fn verify(unit: Unit, origin: Origin) -> Result<Verified, LoadError> {
    tables::check(&unit)?;
    for id in 0..unit.function_count() {
        let layout = code::check(&unit, id, origin)?;
        flow::check(&unit, id, &layout)?;
    }
    Ok(Verified(unit))
}

impl Verified {
    /// Takes tvm's own library, embedded in the program, without checking it again: the build that made it ran
    /// [`verify`] on these bytes, and nobody can change them afterwards.
    pub fn embedded_library(bytes: &'static [u8]) -> Result<Verified, LoadError> {
        Unit::parse_embedded(bytes).map(Verified)
    }
}

/// A reference that may be absent.
fn in_range(id: u32, count: u32) -> bool {
    id < count
}

fn in_range_or_none(id: u32, count: u32) -> bool {
    id == NONE || id < count
}
