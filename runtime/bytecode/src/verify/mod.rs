//! The bytecode law, and the one function that makes a [`Verified`] unit.
//!
//! A rule that is broken rejects the whole unit, with the section, the byte and the rule's number. After it the
//! interpreter and the compiler may rely on every rule without looking again. Guest values are not trusted by any
//! of this: what a register holds at run time is checked by the instruction that uses it. Time and memory are bounded
//! by the file's length, whatever it holds.
//!
//! In turn the rules rely on how instructions are carried out: all operands are read before anything is written; an
//! instruction that throws has written nothing but its call window; a slot of a new scope starts as a hole where its
//! kind has a dead zone, else as undefined. Flow rules (R20 to R24) hold for code that can be reached: a compiler must
//! leave alone what no path leads to.
//!
//! Tables (`tables.rs`, `strings.rs`, `scopes.rs`, `constants.rs`, `modules.rs`)
//! - R1  The entry exists and is of the kind that the header says; a script takes no parameters and no outer scope.
//! - R2  Every string, list, scope, function and source id that a table holds is in range; strings occur once.
//! - R3  A scope's parent stands before it, at most [`limit::SCOPE_DEPTH`] deep; it has at most [`limit::SLOTS`] slots,
//!   of known kinds; import slots occur in module scopes only.
//! - R4  A function's kind and flags are known; `1 + params <= registers <= 65,535`; inline hint, constants and
//!   feedback words keep their limits; its source range lies in its source on character boundaries.
//! - R5  A constant is of a known kind and its list is well formed: distinct strings that are no array indices in key
//!   lists, pairs in templates and globals, int32 ranges in jump tables, digits in BigInts. All constants' lists
//!   together are not much longer than the file.
//! - R6  A module's functions, scope, slots and requests exist, fit each other and are its own; every import slot is
//!   bound by one import, and no import slot is exported as local.
//! - R7  Line tables decode, in ascending order of offsets within the code, with texts within the source.
//!
//! Code (`code.rs`, `targets.rs`)
//! - R10 Instructions decode one behind the other up to the end, and the last one does not fall through.
//! - R11 Every jump, handler and jump-table target is the start of an instruction. Jump tables lead forward, handlers
//!   behind their range: whatever leads back is a jump.
//! - R12 Every register operand, with all registers it stands for, is below the function's `registers`.
//! - R13 A constant operand is in range and of the kind that its instruction takes; names of properties are no array
//!   indices.
//! - R14 A feedback operand is the first word of a slot of its kind, which no other instruction uses.
//! - R15 An immediate that stands for an enumeration is one of its members; a capacity is at most the code's length.
//! - R16 Intrinsics, self-hosted functions and the SELF_HOSTED flag occur in tvm's own library only.
//! - R17 Suspending instructions occur only in functions of a kind that can suspend so, and each kind of function ends
//!   in its own way: Return, ReturnDerived, or the instructions that settle a coroutine's promise. `import.meta`
//!   needs a unit with modules.
//! - R18 Instructions that read extra arguments stand in the prologue: no jump leads to or before them, nothing
//!   suspends before them, and the function has the KEEPS_ARGUMENTS flag.
//! - R19 An instruction does not write registers of the iteration record, enumeration or coroutine that it works on.
//!
//! Flow (`flow.rs`, `effects.rs`, `state.rs`): along every path, exceptions included, with a register's type one of
//! dead, value, value or hole, scope of layout L, iteration record, key enumeration, coroutine
//! - R20 A register is read only as what it holds on every path. A call leaves no register from its window on.
//! - R21 A scope access names an existing slot, of a kind that the instruction takes.
//! - R22 A closure is made in a scope of the layout that its function expects, of a function that closures are made of;
//!   a new scope's parent likewise.
//! - R23 Following the code takes at most [`limit::FLOW_WORK`] steps and [`limit::FLOW_WORK_PER_BYTE`] for each byte
//!   of the unit's code, and [`limit::FLOW_STATE`] registers of states at a time.
//! - R24 A coroutine starts once (InitialYield, AsyncStart), and a generator has started where it yields or returns.

mod code;
mod constants;
mod effects;
mod flow;
mod modules;
mod scopes;
mod shape;
mod state;
mod strings;
mod tables;
mod targets;

use crate::data::NONE;
use crate::unit::{LoadError, Unit};

/// Named bounds of the verifier.
pub mod limit {
    /// Registers of a frame.
    pub const REGISTERS: u32 = 65_535;
    /// Slots of a scope.
    pub const SLOTS: u32 = 65_535;
    /// Scopes in a chain.
    pub const SCOPE_DEPTH: u32 = 65_535;
    /// Properties that a constructor may hint at.
    pub const INLINE_HINT: u32 = 65_535;
    /// Constants and feedback words of a function.
    pub const WORDS: u64 = 1 << 26;
    /// By how much the lists of all constants together, each counted as often as a constant names it, may exceed the
    /// bytes of the file. Without sharing they are shorter than the file.
    pub const SHARED_ENTRIES: usize = 1 << 20;
    /// Instructions of a function that are kept decoded, 56 bytes each; those behind them are decoded anew each time.
    pub const KEPT_INSNS: usize = 1 << 16;
    /// Registers in the states that are kept at a time: 64 MiB.
    pub const FLOW_STATE: usize = 1 << 24;
    /// Steps of following the code that any unit may take; a step is one register looked at, about 0.1 ns.
    pub const FLOW_WORK: u64 = 1 << 28;
    /// Further steps for each byte of code: some thirty rounds, or a hundred registers at each of many jumps.
    pub const FLOW_WORK_PER_BYTE: u64 = 512;
    /// Steps that an instruction counts for, about what it costs.
    pub const WORK_PER_INSN: u64 = 64;
    /// Steps that a jump or exception edge counts for, beside the registers that it looks at.
    pub const WORK_PER_EDGE: u64 = 32;
}

/// An error on the way: the checks of code are called for every instruction, and a pointer is quick to hand on.
type Rejection = Box<LoadError>;

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
    let facts = tables::check(&unit)?;
    let mut code = code::Code::default();
    let mut scratch = flow::Scratch::new(unit.code_bytes());
    for id in 0..unit.function_count() {
        let checked = code::check(&unit, &facts, id, origin, &mut code);
        checked
            .and_then(|()| flow::check(&unit, &facts, &code, &mut scratch))
            .map_err(|rejection| *rejection)?;
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

fn ensure(holds: bool, error: impl FnOnce() -> LoadError) -> Result<(), LoadError> {
    if holds { Ok(()) } else { Err(error()) }
}
