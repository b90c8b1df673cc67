//! Rules R10 to R19: what each instruction says on its own. Jumps and handlers are in `targets.rs`.
//!
//! A [`Code`] is filled for one function after the other, so that its vectors are allocated once.

use super::modules::Role;
use super::shape::{Place, Shape, has_capacity};
use super::tables::Facts;
use super::{Origin, Rejection, limit, targets};
use crate::data::*;
use crate::insn::Insn;
use crate::layout::Section;
use crate::operands::{Meaning, immediate, names_property, span};
use crate::ops::{Kind, Op};
use crate::unit::{FunctionRecord, TextRef, Unit};

/// A function's instructions and the edges between them, as the flow check needs them.
#[derive(Default)]
pub(super) struct Code {
    pub id: FunctionId,
    pub record: FunctionRecord,
    /// Offset of every instruction.
    pub starts: Vec<u32>,
    /// The first of them, decoded; what stands behind them is of another function.
    kept: Vec<Insn>,
    /// Those that jump.
    pub jumps: Vec<Jump>,
    /// By code offset: [`INSIDE`] an instruction, its [`START`], or [`FIRST_LABEL`] and the label's index.
    pub places: Vec<u32>,
    /// By label, whether a jump leads back to it.
    pub looped: Vec<bool>,
    /// Innermost handlers first, with their targets' labels.
    pub handlers: Vec<(HandlerData, u32)>,
    /// By instruction: index of the innermost handler, or [`NONE`]; empty where there are no handlers.
    pub handler_of: Vec<u32>,
    /// By constant, ascending: its jump table.
    pub tables: Vec<JumpTable>,
    /// Labels of jump tables, each table's once.
    pub table_labels: Vec<u32>,
    /// By feedback word: the kind of the slot that starts there and is not used yet, or [`NO_SLOT`].
    slots: Vec<u8>,
    /// Kinds of constants.
    constants: Vec<u16>,
    /// Lowest code offset that any edge leads to.
    pub lowest_target: u32,
}

/// Where an instruction may go beside the next one.
pub(super) enum Jump {
    /// From an offset by a distance.
    By(u32, i64),
    /// From an offset by the jump table in a constant.
    Table(u32, i64),
}

impl Jump {
    fn of(at: u32, insn: &Insn) -> Jump {
        match insn.operand(Kind::Jump) {
            Some(distance) => Jump::By(at, distance),
            None => Jump::Table(at, insn.operand(Kind::Const).unwrap_or(0)),
        }
    }
}

/// A jump table's constant, its lowest target and its part of [`Code::table_labels`].
pub(super) struct JumpTable {
    pub constant: u32,
    pub lowest: u32,
    pub labels: std::ops::Range<usize>,
}

pub(super) const INSIDE: u32 = 0;
pub(super) const START: u32 = 1;
pub(super) const FIRST_LABEL: u32 = 2;
const NO_SLOT: u8 = u8::MAX;
/// Beside the bits of [`constant_kind`]: the string is an array index.
const INDEX: u16 = 1 << 15;

impl Code {
    /// An error about the instruction at `at`.
    #[cold]
    pub fn error(&self, unit: &Unit, at: u32, reason: impl std::fmt::Display) -> Rejection {
        let reason = format!("function {}: {reason}", self.id);
        // A handler may claim any offset.
        Box::new(unit.error(Section::Code, self.record.code_first.saturating_add(at), reason))
    }

    /// The instructions that are kept, with their offsets.
    pub fn kept(&self) -> impl ExactSizeIterator<Item = (u32, &Insn)> {
        let count = self.count().min(limit::KEPT_INSNS);
        self.starts[..count].iter().copied().zip(&self.kept[..count])
    }

    /// The instructions behind them, with their indices and offsets, decoded once more.
    pub fn rest<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = (usize, u32, Insn)> + 'a {
        let bytes = unit.code(&self.record);
        let starts = self.starts.iter().enumerate().skip(limit::KEPT_INSNS);
        // All of them decoded without an error before.
        starts.filter_map(move |(index, &at)| Some((index, at, Insn::decode(bytes, at as usize).ok()?)))
    }

    /// Number of instructions.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The label of the instruction at a code offset.
    pub fn label_at(&self, at: u32) -> Option<u32> {
        self.places.get(at as usize)?.checked_sub(FIRST_LABEL)
    }

    /// The jump table in a constant.
    pub fn table(&self, constant: i64) -> Option<&JumpTable> {
        let found = self.tables.binary_search_by_key(&constant, |table| table.constant.into());
        found.ok().map(|index| &self.tables[index])
    }

    fn start(&mut self, unit: &Unit, id: FunctionId) {
        self.id = id;
        self.record = unit.function(id);
        self.starts.clear();
        self.jumps.clear();
        self.places.clear();
        self.places.resize(self.record.code_count as usize, INSIDE);
        self.looped.clear();
        self.slots.clear();
        self.lowest_target = u32::MAX;
        for &kind in unit.feedback(&self.record) {
            let words = FEEDBACK_KINDS[usize::from(kind)].feedback_words();
            self.slots.push(kind);
            self.slots.extend((1..words).map(|_| NO_SLOT));
        }
    }
}

struct Checker<'a> {
    unit: &'a Unit,
    facts: &'a Facts,
    code: &'a Code,
    kind: FunctionKind,
    /// See [`Code`].
    slots: Vec<u8>,
    /// Kinds of the function's constants, with [`INDEX`] for array indices.
    constants: Vec<u16>,
    /// Offset of the last instruction that reads extra arguments.
    last_arguments: Option<u32>,
    /// Offset of the first instruction that suspends.
    first_suspend: u32,
}

/// Checks a function's code and fills `code` with it.
pub(super) fn check(
    unit: &Unit,
    facts: &Facts,
    id: FunctionId,
    origin: Origin,
    code: &mut Code,
) -> Result<(), Rejection> {
    code.start(unit, id);
    decode(unit, code)?;
    const OWN: u32 = function_flag::SELF_HOSTED | function_flag::CONSTRUCTS;
    if code.record.flags & OWN != 0 && origin == Origin::Guest {
        return Err(code.error(unit, 0, "R16: the self-hosted flag outside tvm's library"));
    }
    let slots = std::mem::take(&mut code.slots);
    let mut constants = std::mem::take(&mut code.constants);
    constants.clear();
    constants.extend(unit.constants(&code.record).map(|constant| kind_of(facts, constant)));
    let mut checker = Checker::new(unit, facts, code, slots, constants);
    for (at, insn) in code.kept() {
        checker.check_insn(at, insn)?;
    }
    if code.count() > code.kept().len() {
        checker.check_rest()?;
    }
    let Checker { slots, constants, last_arguments, first_suspend, .. } = checker;
    (code.slots, code.constants) = (slots, constants);
    targets::check(unit, code)?;
    match last_arguments {
        Some(last) => check_prologue(unit, code, last, first_suspend),
        None => Ok(()),
    }
}

fn check_prologue(unit: &Unit, code: &Code, last: u32, first_suspend: u32) -> Result<(), Rejection> {
    if code.record.flags & function_flag::KEEPS_ARGUMENTS == 0 {
        return Err(code.error(unit, last, "R18: reads extra arguments without KEEPS_ARGUMENTS"));
    }
    if first_suspend < last || code.lowest_target <= last {
        return Err(code.error(unit, last, "R18: reads extra arguments behind the prologue"));
    }
    Ok(())
}

/// A constant's kind bit, and [`INDEX`] for an array index.
fn kind_of(facts: &Facts, constant: Option<Constant>) -> u16 {
    match constant {
        Some(Constant::String(id)) if facts.indices[id as usize] => constant_kind::STRING | INDEX,
        Some(constant) => constant.kind_bit(),
        None => 0,
    }
}

/// Decodes all instructions, and keeps the first.
fn decode(unit: &Unit, code: &mut Code) -> Result<(), Rejection> {
    const ROOM: usize = 256;
    let bytes = unit.code(&code.record);
    let mut at = 0;
    let mut ends = false;
    let mut spare = Insn::BLANK;
    while at < bytes.len() {
        let index = code.starts.len();
        if index == code.kept.len() && index < limit::KEPT_INSNS {
            code.kept.resize(index + ROOM, spare);
        }
        let insn = code.kept.get_mut(index).unwrap_or(&mut spare);
        if let Err(reason) = insn.read(bytes, at) {
            return Err(code.error(unit, at as u32, format_args!("R10: {reason}")));
        }
        let shape = Shape::get(insn.op);
        ends = shape.ends;
        if shape.jumps {
            code.jumps.push(Jump::of(at as u32, insn));
        }
        code.places[at] = START;
        code.starts.push(at as u32);
        at += insn.length();
    }
    if ends {
        return Ok(());
    }
    Err(code.error(unit, at as u32, "R10: execution can run past the end of the code"))
}

impl<'a> Checker<'a> {
    fn new(
        unit: &'a Unit,
        facts: &'a Facts,
        code: &'a Code,
        slots: Vec<u8>,
        constants: Vec<u16>,
    ) -> Checker<'a> {
        let kind = FunctionKind::from_u32(code.record.kind).unwrap_or(FunctionKind::Normal);
        Checker { unit, facts, code, kind, slots, constants, last_arguments: None, first_suspend: u32::MAX }
    }

    fn fail<T>(&self, at: u32, reason: impl std::fmt::Display) -> Result<T, Rejection> {
        Err(self.code.error(self.unit, at, reason))
    }

    #[cold]
    fn check_rest(&mut self) -> Result<(), Rejection> {
        self.code.rest(self.unit).try_for_each(|(_, at, insn)| self.check_insn(at, &insn))
    }

    #[inline(always)]
    fn check_insn(&mut self, at: u32, insn: &Insn) -> Result<(), Rejection> {
        let shape = Shape::get(insn.op);
        // No branches on the kinds of operands, which no processor foretells.
        let registers = insn.places().iter().zip(&shape.registers);
        let highest = registers.fold(0, |highest, (&value, &mask)| (value & i64::from(mask)).max(highest));
        if highest >= self.code.record.registers.into() {
            return self.fail_register(at, highest, 1);
        }
        for &(index, kind) in shape.spans.entries() {
            self.check_span(at, insn, insn.places()[index as usize], kind)?;
        }
        if let Some((index, number)) = shape.slot {
            self.take_slot(at, number, insn.places()[index as usize])?;
        }
        for &(index, ()) in shape.constants.entries() {
            self.check_constant(at, insn, shape.constant_kinds, insn.places()[index as usize])?;
        }
        if shape.numbers {
            self.check_numbers(at, insn)?;
        }
        if shape.place != Place::Anywhere {
            self.check_place(at, insn, shape.place)?;
        }
        if shape.holds { self.check_overlap(at, insn) } else { Ok(()) }
    }

    fn check_span(&self, at: u32, insn: &Insn, first: i64, kind: Kind) -> Result<(), Rejection> {
        let span = span(kind, insn.operand(Kind::Count).unwrap_or(0));
        if first + span <= i64::from(self.code.record.registers) {
            return Ok(());
        }
        self.fail_register(at, first, span)
    }

    #[cold]
    fn fail_register(&self, at: u32, first: i64, span: i64) -> Result<(), Rejection> {
        let registers = self.code.record.registers;
        self.fail(at, format_args!("R12: register {first} (with {span}) of {registers}"))
    }

    /// A feedback slot serves one instruction: what one leaves there, another would misread.
    fn take_slot(&mut self, at: u32, number: u8, word: i64) -> Result<(), Rejection> {
        let index = word - i64::from(self.code.record.constant_count);
        let slot = usize::try_from(index).ok().and_then(|index| self.slots.get_mut(index));
        if slot.is_some_and(|slot| std::mem::replace(slot, NO_SLOT) == number) {
            return Ok(());
        }
        self.fail(at, "R14: no feedback slot of this kind there, or one that another instruction uses")
    }

    fn check_constant(&self, at: u32, insn: &Insn, kinds: u16, index: i64) -> Result<(), Rejection> {
        let Some(&kind) = self.constants.get(index as usize) else {
            return self.fail(at, "R13: constant out of range");
        };
        if kind & kinds == 0 {
            let name = insn.op.row().name;
            return self.fail(at, format_args!("R13: {name} takes another kind of constant"));
        }
        if kind & INDEX != 0 && names_property(insn.op) {
            return self.fail(at, "R13: an array index as a property's name");
        }
        if matches!(insn.op, Op::ObjectFromRegs | Op::GetLength) {
            self.check_content(at, insn, index as u32)?;
        }
        Ok(())
    }

    fn check_content(&self, at: u32, insn: &Insn, index: u32) -> Result<(), Rejection> {
        match self.unit.constant(&self.code.record, index) {
            Some(Constant::Keys(list))
                if insn.operand(Kind::Count) != Some(self.unit.list(list).len() as i64) =>
            {
                self.fail(at, "R13: as many keys as values")
            }
            Some(Constant::String(id)) if self.unit.text(id) != TextRef::Latin1(b"length") => {
                self.fail(at, "R13: GetLength reads length only")
            }
            _ => Ok(()),
        }
    }

    fn check_numbers(&self, at: u32, insn: &Insn) -> Result<(), Rejection> {
        if let Some(value) = insn.operand(Kind::Imm)
            && immediate(insn.op, value) == Meaning::Unknown
        {
            return self.fail(at, "R15: unknown value of an enumeration");
        }
        if has_capacity(insn.op) && insn.operand(Kind::Count) > Some(self.code.record.code_count.into()) {
            return self.fail(at, "R15: a capacity that the code cannot fill");
        }
        Ok(())
    }

    fn check_place(&mut self, at: u32, insn: &Insn, place: Place) -> Result<(), Rejection> {
        match place {
            Place::Prologue => self.last_arguments = Some(at),
            Place::Generator | Place::Yield | Place::Suspend | Place::Await => {
                self.first_suspend = self.first_suspend.min(at);
            }
            Place::Library if self.code.record.flags & function_flag::SELF_HOSTED == 0 => {
                return self.fail(at, "R16: an intrinsic outside tvm's library");
            }
            _ => {}
        }
        if self.is_allowed(insn, place) {
            return Ok(());
        }
        let (name, kind) = (insn.op.row().name, self.kind.name());
        self.fail(at, format_args!("R17: {name} in a function of kind {kind}"))
    }

    /// Whether a function of this kind can do that.
    fn is_allowed(&self, insn: &Insn, place: Place) -> bool {
        use FunctionKind as F;
        let generator = matches!(self.kind, F::Generator | F::GeneratorMethod);
        let async_generator = matches!(self.kind, F::AsyncGenerator | F::AsyncGeneratorMethod);
        let role = self.facts.roles[self.code.id as usize];
        let is_async = matches!(self.kind, F::Async | F::AsyncArrow | F::AsyncMethod)
            || (self.kind == F::Module && role == Role::Asynchronous);
        match place {
            Place::Generator => generator || async_generator,
            Place::Yield => generator,
            Place::Suspend => match insn.operand(Kind::Imm).and_then(|i| SuspendKind::from_u32(i as u32)) {
                Some(SuspendKind::Delegate) => generator,
                _ => async_generator,
            },
            Place::Async | Place::Await => is_async,
            Place::Return => !is_async && self.kind != F::DerivedConstructor,
            Place::ReturnDerived => self.kind == F::DerivedConstructor,
            Place::Modules => self.unit.module_count() > 0,
            Place::Anywhere | Place::Prologue | Place::Library => true,
        }
    }

    /// What an instruction writes lies apart from the record, enumeration or coroutine that it works on.
    fn check_overlap(&self, at: u32, insn: &Insn) -> Result<(), Rejection> {
        for held in [Kind::InIter, Kind::InKeys, Kind::InCoroutine] {
            let Some(first) = insn.operand(held) else { continue };
            let kept = first..first + span(held, 0);
            for kind in [Kind::Out, Kind::OutPair] {
                let Some(written) = insn.operand(kind) else { continue };
                if written < kept.end && kept.start < written + span(kind, 0) {
                    return self.fail(at, "R19: writes what it works on");
                }
            }
        }
        Ok(())
    }
}
