//! What the verifier asks of every instruction of an opcode, worked out once from its row.
//!
//! Most instructions read and write plain values and have nothing special about them; for them the checks are two
//! short loops over these lists.

use crate::data::FEEDBACK_KINDS;
use crate::operands::{constants_of, span};
use crate::ops::{ALL, Kind, MAX_OPERANDS, Op, effect};

/// How an operand is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Read {
    Value,
    MaybeHole,
    Scope,
    Iteration,
    Keys,
    Coroutine,
    Values,
    Window,
    WindowThis,
}

/// How an operand is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Write {
    Value,
    Hole,
    Pair,
    Iteration,
    Keys,
    Coroutine,
    /// What the instruction's own check says.
    Made,
}

/// Most operands of an instruction in one [`List`].
const MOST_LISTED: usize = 2;

/// Operand indices with what is done to them; the first `count` are meant.
pub(super) struct List<T> {
    entries: [(u8, T); MOST_LISTED],
    count: u8,
}

impl<T: Copy> List<T> {
    const fn new(filler: T) -> List<T> {
        List { entries: [(0, filler); MOST_LISTED], count: 0 }
    }

    const fn push(&mut self, operand: usize, entry: T) {
        self.entries[self.count as usize] = (operand as u8, entry);
        self.count += 1;
    }

    pub fn entries(&self) -> &[(u8, T)] {
        &self.entries[..self.count as usize]
    }
}

/// What an instruction asks of the function around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Anywhere,
    /// Reads extra arguments.
    Prologue,
    Library,
    Modules,
    /// Any generator.
    Generator,
    /// A generator that is not asynchronous.
    Yield,
    Suspend,
    /// An async function.
    Async,
    /// An async function, which this suspends.
    Await,
    Return,
    ReturnDerived,
}

const fn place(op: Op) -> Place {
    match op {
        Op::NewArguments | Op::NewMappedArguments | Op::NewRest => Place::Prologue,
        Op::CallIntrinsic | Op::GetIntrinsic | Op::GetSelfHosted => Place::Library,
        Op::ImportMeta => Place::Modules,
        Op::InitialYield => Place::Generator,
        Op::Yield => Place::Yield,
        Op::Suspend => Place::Suspend,
        Op::AsyncStart | Op::AsyncReturn | Op::AsyncReject => Place::Async,
        Op::Await => Place::Await,
        Op::Return => Place::Return,
        Op::ReturnDerived => Place::ReturnDerived,
        _ => Place::Anywhere,
    }
}

/// Which rule of its own the flow check has for an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Special {
    None,
    /// Move, which has a path of its own.
    Move,
    LoadScope,
    NewScope,
    CopyScope,
    Slot,
    Closure,
    MappedArguments,
    Eval,
    /// Starts a coroutine.
    Start,
    /// A generator must have started.
    Started,
}

const fn special(op: Op) -> Special {
    match op {
        Op::Move => Special::Move,
        Op::LoadScope => Special::LoadScope,
        Op::NewScope | Op::NewRootScope => Special::NewScope,
        Op::CopyScope => Special::CopyScope,
        Op::GetSlot | Op::GetSlotChecked | Op::GetImport | Op::SetSlot | Op::SetSlotChecked => Special::Slot,
        Op::Closure | Op::ClosureRoot => Special::Closure,
        Op::NewMappedArguments => Special::MappedArguments,
        Op::DirectEval | Op::DirectEvalSpread => Special::Eval,
        Op::InitialYield | Op::AsyncStart => Special::Start,
        Op::Yield | Op::Suspend | Op::Return => Special::Started,
        _ => {
            let made = has(op, Kind::OutAny) || has(op, Kind::OutSlot) || has(op, Kind::OutEnv);
            assert!(!made && !has(op, Kind::InEnv), "what it makes, or does with a scope, needs a rule");
            Special::None
        }
    }
}

/// Most operands of an instruction that are read as values.
pub(super) const MOST_VALUES: usize = 4;

/// An opcode's shape.
pub(super) struct Shape {
    /// All bits of the operands that are registers.
    pub registers: [i8; MAX_OPERANDS],
    /// Operands that stand for more registers than their own.
    pub spans: List<Kind>,
    /// Its feedback slot, and that slot's kind by number.
    pub slot: Option<(u8, u8)>,
    /// Its constants.
    pub constants: List<()>,
    /// Operands that are read as values; where there are fewer, the last one again.
    pub values: [u8; MOST_VALUES],
    pub value_count: u8,
    /// What else it reads.
    pub reads: List<Read>,
    pub writes: List<Write>,
    /// Whether following it means no more than reading `values` and writing one value, or nothing.
    pub plain: bool,
    /// The operand that a plain instruction writes.
    pub result: Option<u8>,
    /// Kinds of constants that it takes.
    pub constant_kinds: u16,
    pub place: Place,
    pub special: Special,
    /// Whether it has an immediate or a capacity.
    pub numbers: bool,
    /// Whether it works on a record, enumeration or coroutine in registers.
    pub holds: bool,
    pub window: bool,
    pub jumps: bool,
    /// Whether it may raise an exception, out of memory included.
    pub throws: bool,
    pub ends: bool,
}

const _: () = assert!(size_of::<Shape>() <= 64, "a shape fits a line of the processor's cache");

static SHAPES: [Shape; ALL.len()] = {
    let mut shapes = [const { Shape::of(Op::Wide) }; ALL.len()];
    let mut index = 0;
    while index < ALL.len() {
        shapes[index] = Shape::of(ALL[index]);
        index += 1;
    }
    shapes
};

impl Shape {
    pub fn get(op: Op) -> &'static Shape {
        &SHAPES[op as usize]
    }

    const fn of(op: Op) -> Shape {
        let mut shape = Shape {
            registers: [0; MAX_OPERANDS],
            spans: List::new(Kind::In),
            slot: None,
            constants: List::new(()),
            values: [0; MOST_VALUES],
            value_count: 0,
            reads: List::new(Read::Value),
            writes: List::new(Write::Value),
            plain: false,
            result: None,
            constant_kinds: constants_of(op),
            place: place(op),
            special: special(op),
            numbers: has(op, Kind::Imm) || has_capacity(op),
            holds: has(op, Kind::InIter) || has(op, Kind::InKeys) || has(op, Kind::InCoroutine),
            window: has(op, Kind::Window) || has(op, Kind::WindowThis),
            jumps: has(op, Kind::Jump) || matches!(op, Op::Switch),
            throws: op.has(effect::throws | effect::allocs | effect::calls),
            ends: op.has(effect::ends),
        };
        let operands = op.row().operands;
        let mut index = 0;
        while index < operands.len() {
            shape.add(op, index, operands[index].1);
            index += 1;
        }
        shape.plain = shape.is_plain();
        if shape.plain && shape.writes.count == 1 {
            shape.result = Some(shape.writes.entries[0].0);
        }
        shape
    }

    const fn is_plain(&self) -> bool {
        let writes = match self.writes.count {
            0 => true,
            1 => matches!(self.writes.entries[0].1, Write::Value),
            _ => false,
        };
        let alone = !self.window && !self.jumps && self.reads.count == 0;
        writes && alone && matches!(self.special, Special::None)
    }

    const fn add(&mut self, op: Op, index: usize, kind: Kind) {
        match read(op, kind) {
            Some(Read::Value) => {
                let mut place = self.value_count as usize;
                self.value_count += 1;
                while place < MOST_VALUES {
                    self.values[place] = index as u8;
                    place += 1;
                }
            }
            Some(read) => self.reads.push(index, read),
            None => {}
        }
        if let Some(write) = write(kind) {
            self.writes.push(index, write);
        }
        if kind.is_register() {
            self.registers[index] = -1;
        }
        if span(kind, 2) > 1 {
            self.spans.push(index, kind);
        }
        if kind.is_feedback() {
            self.slot = Some((index as u8, feedback_number(kind)));
        }
        if matches!(kind, Kind::Const) {
            self.constants.push(index, ());
        }
    }
}

const fn has(op: Op, kind: Kind) -> bool {
    op.position(kind).is_some()
}

/// The number of a kind of feedback in files.
const fn feedback_number(kind: Kind) -> u8 {
    let mut number = 0;
    while FEEDBACK_KINDS[number] as u8 != kind as u8 {
        number += 1;
    }
    number as u8
}

/// Whether its Count operand reserves room.
pub(super) const fn has_capacity(op: Op) -> bool {
    matches!(op, Op::NewObject | Op::NewArray)
}

const fn read(op: Op, kind: Kind) -> Option<Read> {
    Some(match kind {
        Kind::In => Read::Value,
        Kind::InAny if matches!(op, Op::Move) => return None,
        Kind::InAny | Kind::Unhole => Read::MaybeHole,
        Kind::InEnv => Read::Scope,
        Kind::InIter => Read::Iteration,
        Kind::InKeys => Read::Keys,
        Kind::InCoroutine => Read::Coroutine,
        Kind::Regs => Read::Values,
        Kind::Window => Read::Window,
        Kind::WindowThis => Read::WindowThis,
        _ => return None,
    })
}

const fn write(kind: Kind) -> Option<Write> {
    Some(match kind {
        Kind::Out | Kind::Unhole => Write::Value,
        Kind::OutHole => Write::Hole,
        Kind::OutPair => Write::Pair,
        Kind::OutIter => Write::Iteration,
        Kind::OutKeys => Write::Keys,
        Kind::OutCoroutine => Write::Coroutine,
        Kind::OutAny | Kind::OutSlot | Kind::OutEnv => Write::Made,
        _ => return None,
    })
}
