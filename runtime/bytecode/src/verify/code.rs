//! Rules R10 to R19: what each instruction says on its own. Jumps and handlers are in `targets.rs`.
//!
//! A [`Code`] is filled for one function after the other, so that its vectors are allocated once.

use super::modules::Role;
use super::tables::Facts;
use super::{Origin, targets};
use crate::data::*;
use crate::insn::{Insn, Insns};
use crate::layout::Section;
use crate::operands::{Meaning, constants_of, immediate, names_property, span};
use crate::ops::{Kind, Op, effect};
use crate::unit::{FunctionRecord, LoadError, TextRef, Unit};

/// A function's instructions and the edges between them, as the flow check needs them.
#[derive(Default)]
pub(super) struct Code {
    pub id: FunctionId,
    pub record: FunctionRecord,
    /// Offsets and instructions.
    pub insns: Vec<(u32, Insn)>,
    /// By code offset: [`INSIDE`] an instruction, its [`START`], or [`FIRST_LABEL`] and the label's index.
    pub places: Vec<u32>,
    /// By label, whether a jump leads back to it.
    pub looped: Vec<bool>,
    /// Innermost handlers first, with their targets' labels.
    pub handlers: Vec<(HandlerData, u32)>,
    /// By instruction: index of the innermost handler, or [`NONE`].
    pub handler_of: Vec<u32>,
    /// By constant, ascending: its jump table.
    pub tables: Vec<JumpTable>,
    /// Labels of jump tables, each table's once.
    pub table_labels: Vec<u32>,
    /// By feedback word: the kind of the slot that starts there and is not used yet, or [`NO_SLOT`].
    slots: Vec<u8>,
    /// Lowest code offset that any edge leads to.
    pub lowest_target: u32,
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

impl Code {
    /// An error about the instruction at `at`.
    pub fn error(&self, unit: &Unit, at: u32, reason: impl std::fmt::Display) -> LoadError {
        let reason = format!("function {}: {reason}", self.id);
        // A handler may claim any offset.
        unit.error(Section::Code, self.record.code_first.saturating_add(at), reason)
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
        self.insns.clear();
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
    code: &'a mut Code,
    kind: FunctionKind,
    /// Kinds of the function's constants.
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
) -> Result<(), LoadError> {
    code.start(unit, id);
    decode(unit, code)?;
    if code.record.flags & function_flag::SELF_HOSTED != 0 && origin == Origin::Guest {
        return Err(code.error(unit, 0, "R16: the self-hosted flag outside tvm's library"));
    }
    targets::check(unit, code)?;
    let kind = FunctionKind::from_u32(code.record.kind).unwrap_or(FunctionKind::Normal);
    let bit = |index| unit.constant(&code.record, index).map_or(0, |constant| constant.kind_bit());
    let constants = (0..code.record.constant_count).map(bit).collect();
    let insns = std::mem::take(&mut code.insns);
    let mut checker =
        Checker { unit, facts, code, kind, constants, last_arguments: None, first_suspend: u32::MAX };
    let checked = insns.iter().try_for_each(|(at, insn)| checker.check_insn(*at, insn));
    checked.and_then(|()| checker.check_prologue())?;
    code.insns = insns;
    Ok(())
}

fn decode(unit: &Unit, code: &mut Code) -> Result<(), LoadError> {
    for step in Insns::new(unit.code(&code.record)) {
        match step {
            Ok((at, insn)) => {
                code.places[at] = START;
                code.insns.push((at as u32, insn));
            }
            Err((at, reason)) => return Err(code.error(unit, at as u32, format_args!("R10: {reason}"))),
        }
    }
    match code.insns.last() {
        Some((_, last)) if last.op.has(effect::ends) => Ok(()),
        _ => {
            let end = code.record.code_count;
            Err(code.error(unit, end, "R10: execution can run past the end of the code"))
        }
    }
}

impl Checker<'_> {
    fn fail<T>(&self, at: u32, reason: impl std::fmt::Display) -> Result<T, LoadError> {
        Err(self.code.error(self.unit, at, reason))
    }

    fn check_insn(&mut self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        for (kind, value) in insn.typed() {
            if kind.is_register() {
                let span = span(kind, count);
                if value + span > i64::from(self.code.record.registers) {
                    let registers = self.code.record.registers;
                    return self.fail(at, format_args!("R12: register {value} (with {span}) of {registers}"));
                }
            } else if kind == Kind::Const {
                self.check_constant(at, insn, value)?;
            } else if kind.is_feedback() {
                self.take_slot(at, kind, value)?;
            }
        }
        self.check_numbers(at, insn)?;
        self.check_place(at, insn)?;
        self.check_overlap(at, insn)
    }

    /// A feedback slot serves one instruction: what one leaves there, another would misread.
    fn take_slot(&mut self, at: u32, kind: Kind, word: i64) -> Result<(), LoadError> {
        let index = word - i64::from(self.code.record.constant_count);
        let slot = usize::try_from(index).ok().and_then(|index| self.code.slots.get_mut(index));
        let found = slot.map(|slot| std::mem::replace(slot, NO_SLOT));
        if found.and_then(|number| FEEDBACK_KINDS.get(usize::from(number))) == Some(&kind) {
            return Ok(());
        }
        self.fail(at, "R14: no feedback slot of this kind there, or one that another instruction uses")
    }

    fn check_constant(&self, at: u32, insn: &Insn, index: i64) -> Result<(), LoadError> {
        let Some(kind) = self.constants.get(index as usize) else {
            return self.fail(at, "R13: constant out of range");
        };
        if kind & constants_of(insn.op) == 0 {
            let name = insn.op.row().name;
            return self.fail(at, format_args!("R13: {name} takes another kind of constant"));
        }
        match self.unit.constant(&self.code.record, index as u32) {
            Some(Constant::Keys(list))
                if insn.operand(Kind::Count) != Some(self.unit.list(list).len() as i64) =>
            {
                self.fail(at, "R13: as many keys as values")
            }
            Some(Constant::String(id)) if names_property(insn.op) && self.facts.indices[id as usize] => {
                self.fail(at, "R13: an array index as a property's name")
            }
            Some(Constant::String(id))
                if insn.op == Op::GetLength && self.unit.text(id) != TextRef::Latin1(b"length") =>
            {
                self.fail(at, "R13: GetLength reads length only")
            }
            _ => Ok(()),
        }
    }

    fn check_numbers(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        if let Some(value) = insn.operand(Kind::Imm)
            && immediate(insn.op, value) == Meaning::Unknown
        {
            return self.fail(at, "R15: unknown value of an enumeration");
        }
        let capacity = matches!(insn.op, Op::NewObject | Op::NewArray).then(|| insn.operand(Kind::Count));
        if capacity.flatten() > Some(self.code.record.code_count.into()) {
            return self.fail(at, "R15: a capacity that the code cannot fill");
        }
        Ok(())
    }

    fn check_place(&mut self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        match insn.op {
            Op::NewArguments | Op::NewMappedArguments | Op::NewRest => self.last_arguments = Some(at),
            Op::InitialYield | Op::Yield | Op::Suspend | Op::Await => {
                self.first_suspend = self.first_suspend.min(at);
            }
            Op::CallIntrinsic | Op::GetIntrinsic | Op::GetSelfHosted
                if self.code.record.flags & function_flag::SELF_HOSTED == 0 =>
            {
                return self.fail(at, "R16: an intrinsic outside tvm's library");
            }
            _ => {}
        }
        if self.is_allowed(insn) {
            return Ok(());
        }
        let (name, kind) = (insn.op.row().name, self.kind.name());
        self.fail(at, format_args!("R17: {name} in a function of kind {kind}"))
    }

    /// Whether a function of this kind can do that.
    fn is_allowed(&self, insn: &Insn) -> bool {
        use FunctionKind as F;
        let generator = matches!(self.kind, F::Generator | F::GeneratorMethod);
        let async_generator = matches!(self.kind, F::AsyncGenerator | F::AsyncGeneratorMethod);
        let role = self.facts.roles[self.code.id as usize];
        let is_async = matches!(self.kind, F::Async | F::AsyncArrow | F::AsyncMethod)
            || (self.kind == F::Module && role == Role::Asynchronous);
        match insn.op {
            Op::InitialYield => generator || async_generator,
            Op::Yield => generator,
            Op::Suspend => match insn.operand(Kind::Imm).and_then(|i| SuspendKind::from_u32(i as u32)) {
                Some(SuspendKind::Delegate) => generator,
                _ => async_generator,
            },
            Op::AsyncStart | Op::Await | Op::AsyncReturn | Op::AsyncReject => is_async,
            Op::Return => !is_async && self.kind != F::DerivedConstructor,
            Op::ReturnDerived => self.kind == F::DerivedConstructor,
            Op::ImportMeta => self.unit.module_count() > 0,
            _ => true,
        }
    }

    /// What an instruction writes lies apart from the record, enumeration or coroutine that it works on.
    fn check_overlap(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
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

    fn check_prologue(&self) -> Result<(), LoadError> {
        let Some(last) = self.last_arguments else { return Ok(()) };
        if self.code.record.flags & function_flag::KEEPS_ARGUMENTS == 0 {
            return self.fail(last, "R18: reads extra arguments without KEEPS_ARGUMENTS");
        }
        if self.first_suspend < last || self.code.lowest_target <= last {
            return self.fail(last, "R18: reads extra arguments behind the prologue");
        }
        Ok(())
    }
}
