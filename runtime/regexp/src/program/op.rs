//! The instruction set.
//!
//! One row per instruction: its meaning, its name, its operands with their
//! kinds. The enum, the words it is stored in, the decoder, the label resolver
//! and the disassembler are expanded from the rows.
//!
//! An instruction is four 32-bit words. The low 8 bits of the first are the
//! opcode, operands follow in words 1, 2 and 3, and a fourth operand takes the
//! upper 24 bits of the first word. The fixed size makes a program counter an
//! index and fetching one bounds check.
//!
//! The machine has a position in the text, a stack of things to undo or to try
//! when the match fails, slots (start and end of each group) and registers.
//! "Fails" means that the machine takes the next entry from the stack. "The
//! next unit" is the code unit at the position; instructions that need one
//! fail at the end of the text, except where they say otherwise.

use std::fmt::{self, Write};

/// Four words: one instruction.
pub(crate) type Word = [u32; 4];

/// What an operand refers to; tells the disassembler how to print it and the
/// assembler what to resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An instruction index; a label while the program is being assembled.
    Target,
    /// A set of the program.
    Set,
    /// A code unit.
    Unit,
    /// Bits or-ed into a code unit before it is compared.
    Bits,
    /// A literal of the program.
    Literal,
    /// A switch table of the program.
    Table,
    /// A number of repetitions or code units; `u32::MAX` is no bound.
    Count,
    /// Half a group: twice its index, plus one for its end.
    Slot,
    Register,
    Group,
    /// How to compare a back reference, see [`Comparison`].
    Comparison,
}

/// Flags of a back reference.
pub(crate) struct Comparison;

impl Comparison {
    /// Compare canonicalized code units.
    pub(crate) const FOLD_UNITS: u32 = 1;
    /// Compare canonicalized code points.
    pub(crate) const FOLD_POINTS: u32 = 2;
    /// Match before the position, not after it.
    pub(crate) const BACKWARD: u32 = 4;
}

/// A name and the operands of one row.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) operands: &'static [(&'static str, Kind)],
}

macro_rules! instructions {
    ($($(#[doc = $meaning:literal])+ $name:ident { $($operand:ident: $kind:ident),* })*) => {
        /// One instruction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Op {
            $($(#[doc = $meaning])+ $name { $($operand: u32),* },)*
        }

        /// Opcodes: the place of each row in the table.
        #[repr(u32)]
        enum Code { $($name),* }

        #[allow(non_upper_case_globals)]
        mod code {
            $(pub(super) const $name: u32 = super::Code::$name as u32;)*
        }

        /// The rows, by opcode.
        pub(crate) const ROWS: &[Row] = &[
            $(Row { name: stringify!($name), operands: &[$((stringify!($operand), Kind::$kind)),*] },)*
        ];

        impl Op {
            /// The words of this instruction.
            pub(crate) fn encode(self) -> Word {
                match self {
                    $(Self::$name { $($operand),* } => pack(code::$name, &[$($operand),*]),)*
                }
            }

            /// The instruction in some words. Words that are none fail.
            #[inline(always)]
            pub(crate) fn decode(word: Word) -> Self {
                let mut _operands = Operands { word, taken: 0 };
                match word[0] & 0xFF {
                    $(code::$name => Self::$name { $($operand: _operands.take()),* },)*
                    _ => Self::Fail {},
                }
            }

            /// This instruction with its targets replaced.
            pub(crate) fn with_targets(mut self, resolve: impl Fn(u32) -> u32) -> Self {
                match &mut self {
                    $(Self::$name { $($operand),* } => {
                        $(if Kind::$kind == Kind::Target { *$operand = resolve(*$operand); })*
                    })*
                }
                self
            }
        }
    };
}

instructions! {
    /// Ends the match successfully.
    Match {}
    /// Fails.
    Fail {}
    /// Goes on at `target`.
    Jump { target: Target }
    /// As `Jump`, backwards; counts a step.
    Loop { target: Target }
    /// Goes on, and at `other` if that fails.
    Fork { other: Target }
    /// As `Fork`, if the next unit is in `set`; else only goes on.
    ForkIf { set: Set, other: Target }
    /// Goes on if the next unit is in `set`, else at `other`.
    Peek { set: Set, other: Target }
    /// If the next unit is in `set`, goes on, and at `other` if that fails;
    /// else goes on at `other`.
    PeekFork { set: Set, other: Target }
    /// As `PeekFork`, but fails over to `other` only if the next unit is also
    /// in `second`.
    Choose { first: Set, second: Set, other: Target }
    /// Goes on where the table says for the next unit or the end of the text.
    Switch { table: Table }

    /// Takes this code unit.
    Unit { unit: Unit }
    /// Takes these two code units.
    Unit2 { first: Unit, second: Unit }
    /// Takes these three code units.
    Unit3 { first: Unit, second: Unit, third: Unit }
    /// Takes all code units of a literal.
    Literal { literal: Literal }
    /// Takes a code unit that equals `unit` once `bits` are set in it.
    Folded { unit: Unit, bits: Bits }
    /// Takes as many code units, each with its own bits.
    FoldedLiteral { literal: Literal }
    /// Takes a code unit of the set.
    Set { set: Set }
    /// Takes `count` code units of the set.
    Times { set: Set, count: Count }
    /// Takes any code unit.
    Any {}
    /// Takes a code point of the set.
    Point { set: Set }
    /// Takes this code unit before the position.
    UnitBack { unit: Unit }
    /// Takes a code unit of the set before the position.
    SetBack { set: Set }
    /// Takes any code unit before the position.
    AnyBack {}
    /// Takes a code point of the set before the position.
    PointBack { set: Set }

    /// Takes between `min` and `max` code units of the set, as many as there
    /// are, and never gives any back.
    Run { set: Set, min: Count, max: Count }
    /// As `Run` without bound, and stores where it begins and ends in a slot and
    /// the one after it.
    RunSave { set: Set, min: Count, slot: Slot }
    /// As `Run`, but gives back one at a time down to `min`, stopping only
    /// where the next unit is in `next` or the text ends.
    RunFork { set: Set, min: Count, max: Count, next: Set }
    /// Takes `min` code units of the set, and more one at a time up to `max`
    /// when it fails, stopping only where the next unit is in `stop` (which
    /// holds all units outside of `set`).
    RunLazy { set: Set, min: Count, max: Count, stop: Set }
    /// As `Run`, in code points.
    PointRun { set: Set, min: Count, max: Count }
    /// As `RunFork`, in code points.
    PointRunFork { set: Set, min: Count, max: Count, next: Set }
    /// As `RunLazy`, in code points and stopping everywhere.
    PointRunLazy { set: Set, min: Count, max: Count }

    /// Stores the position in a slot.
    Save { slot: Slot }
    /// As `Save`; undone on failure.
    SaveUndo { slot: Slot }
    /// Stores in a slot the position `length` units ago, and in the slot after
    /// it the position.
    SaveSpan { slot: Slot, length: Count }
    /// As `SaveSpan`; undone on failure.
    SaveSpanUndo { slot: Slot, length: Count }
    /// Empties the slots from `first` up to `end`.
    Clear { first: Slot, end: Slot }
    /// As `Clear`; undone on failure.
    ClearUndo { first: Slot, end: Slot }

    /// Stores a number in a register; undone on failure.
    Store { register: Register, value: Count }
    /// Stores the position in a register; undone on failure.
    Mark { register: Register }
    /// Fails if the position is the one in the register.
    Progress { register: Register }
    /// As `Progress`, once the counter is above `min`.
    ProgressAfter { register: Register, counter: Register, min: Count }
    /// The head of a counted loop: goes on below `min`, goes on at `exit` from
    /// `max`, and in between goes on, and at `exit` if that fails.
    Count { counter: Register, min: Count, max: Count, exit: Target }
    /// As `Count`, but in between goes on at `exit`, and here if that fails.
    CountLazy { counter: Register, min: Count, max: Count, exit: Target }
    /// Adds one to a counter; undone on failure.
    Increment { counter: Register }

    /// Fails unless at the start of the text.
    TextStart {}
    /// Fails unless at the end of the text.
    TextEnd {}
    /// Fails unless at the start of the text or after a line terminator.
    LineStart {}
    /// Fails unless at the end of the text or before a line terminator.
    LineEnd {}
    /// Fails unless exactly one of the units around the position is in `word`.
    WordBoundary { word: Set }
    /// Fails if exactly one of the units around the position is in `word`.
    NotWordBoundary { word: Set }
    /// Fails unless the next unit is in the set; takes nothing.
    Ahead { set: Set }
    /// Fails if the next unit is in the set; takes nothing.
    NotAhead { set: Set }
    /// Fails unless the unit before the position is in the set.
    Behind { set: Set }
    /// Fails if the unit before the position is in the set.
    NotBehind { set: Set }
    /// Begins a lookaround: keeps the position and the height of the stack in
    /// the register and the one after it.
    Look { register: Register }
    /// Ends it: goes back to the position kept; drops what could be tried in
    /// between but keeps what must be undone.
    LookEnd { register: Register }
    /// Begins a negative lookaround: as `Look`, and goes on at `other` if what
    /// follows fails.
    NotLook { register: Register, other: Target }
    /// Ends it: undoes everything since its beginning, and fails.
    NotLookEnd { register: Register }

    /// Takes what the group took, or nothing if it took no part.
    BackReference { group: Group, comparison: Comparison }
}

/// The operands of a word, in order.
struct Operands {
    word: Word,
    taken: usize,
}

impl Operands {
    #[inline(always)]
    fn take(&mut self) -> u32 {
        self.taken += 1;
        if self.taken < 4 { self.word[self.taken] } else { self.word[0] >> 8 }
    }
}

/// Packs an opcode and at most four operands, of which the fourth is short.
fn pack(code: u32, operands: &[u32]) -> Word {
    let mut word = [code, 0, 0, 0];
    for (index, &operand) in operands.iter().enumerate() {
        if index < 3 {
            word[index + 1] = operand;
        } else {
            assert!(operand < 1 << 24, "the fourth operand has 24 bits");
            word[0] |= operand << 8;
        }
    }
    word
}

/// Prints one instruction: its name and its operands with their names.
pub(crate) fn disassemble(word: Word, out: &mut String) -> fmt::Result {
    let Some(row) = ROWS.get((word[0] & 0xFF) as usize) else {
        return write!(out, "? {word:x?}");
    };
    let mut operands = Operands { word, taken: 0 };
    write!(out, "{}", row.name)?;
    for (name, kind) in row.operands {
        let value = operands.take();
        match kind {
            Kind::Unit => match char::from_u32(value).filter(|character| !character.is_control()) {
                Some(character) => write!(out, " {name}={character:?}")?,
                None => write!(out, " {name}=0x{value:x}")?,
            },
            Kind::Bits => write!(out, " {name}=0x{value:x}")?,
            Kind::Count if value == u32::MAX => write!(out, " {name}=inf")?,
            Kind::Target => write!(out, " {name}=@{value}")?,
            _ => write!(out, " {name}={value}")?,
        }
    }
    Ok(())
}

const _: () = assert!(ROWS.len() <= 256, "an opcode has 8 bits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for op in [
            Op::Match {},
            Op::Unit3 { first: 1, second: 2, third: 3 },
            Op::RunFork { set: 7, min: 0, max: u32::MAX, next: 0xFF_FFFF },
            Op::Count { counter: 1, min: 2, max: 3, exit: 4 },
        ] {
            assert_eq!(Op::decode(op.encode()), op);
        }
        assert_eq!(Op::decode([255, 0, 0, 0]), Op::Fail {});
    }

    #[test]
    fn only_targets_are_resolved() {
        let op = Op::Choose { first: 1, second: 1, other: 1 };
        assert_eq!(op.with_targets(|label| label + 9), Op::Choose { first: 1, second: 1, other: 10 });
    }

    #[test]
    fn text_names_the_operands() {
        let mut text = String::new();
        disassemble(Op::Run { set: 3, min: 1, max: u32::MAX }.encode(), &mut text).unwrap();
        assert_eq!(text, "Run set=3 min=1 max=inf");
    }
}
