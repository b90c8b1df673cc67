//! Rules R10 to R18: what each instruction says on its own.

use super::Origin;
use crate::data::*;
use crate::insn::{Insn, Insns};
use crate::layout::Section;
use crate::ops::{Kind, Op, effect};
use crate::unit::{FunctionRecord, LoadError, Unit};
use crate::verify::in_range;

/// A function's instructions and the handlers over them, as the flow check needs them.
pub(super) struct Layout {
    pub insns: Vec<(u32, Insn)>,
    /// Index into `insns` by code offset; `NONE` inside an instruction.
    pub index_of: Vec<u32>,
    /// Innermost handler per instruction.
    pub handlers: Vec<Option<HandlerData>>,
}

struct Checker<'a> {
    unit: &'a Unit,
    record: FunctionRecord,
    id: FunctionId,
    origin: Origin,
    /// First words of feedback slots by kind.
    slots: Vec<(u32, Kind)>,
}

pub(super) fn check(unit: &Unit, id: FunctionId, origin: Origin) -> Result<Layout, LoadError> {
    let record = unit.function(id);
    let mut slots = Vec::new();
    let mut word = record.constant_count;
    for &kind in unit.feedback(&record) {
        let kind = FEEDBACK_KINDS[usize::from(kind)];
        slots.push((word, kind));
        word += kind.feedback_words();
    }
    let checker = Checker { unit, record, id, origin, slots };
    let layout = checker.decode()?;
    checker.check_flags()?;
    for (at, insn) in &layout.insns {
        checker.check_insn(*at, insn)?;
        checker.check_targets(*at, insn, &layout)?;
    }
    checker.check_prologue(&layout)?;
    Ok(layout)
}

impl Checker<'_> {
    fn fail<T>(&self, at: u32, reason: impl Into<String>) -> Result<T, LoadError> {
        Err(self.unit.error(Section::Code, self.record.code_first + at, self.named(reason)))
    }

    fn named(&self, reason: impl Into<String>) -> String {
        format!("function {}: {}", self.id, reason.into())
    }

    fn decode(&self) -> Result<Layout, LoadError> {
        let code = self.unit.code(&self.record);
        let mut index_of = vec![NONE; code.len()];
        let mut insns = Vec::new();
        for step in Insns::new(code) {
            match step {
                Ok((at, insn)) => {
                    index_of[at] = insns.len() as u32;
                    insns.push((at as u32, insn));
                }
                Err((at, reason)) => return self.fail(at as u32, format!("R10: {reason}")),
            }
        }
        match insns.last() {
            Some((_, last)) if last.op.has(effect::ends) => {}
            _ => return self.fail(code.len() as u32, "R10: execution can run past the end of the code"),
        }
        let handlers = self.paint_handlers(&insns, &index_of)?;
        Ok(Layout { insns, index_of, handlers })
    }

    fn paint_handlers(
        &self,
        insns: &[(u32, Insn)],
        index_of: &[u32],
    ) -> Result<Vec<Option<HandlerData>>, LoadError> {
        let mut painted = vec![None; insns.len()];
        let length = index_of.len() as u32;
        let starts = |at: u32| index_of.get(at as usize).copied().filter(|&index| index != NONE);
        let all: Vec<HandlerData> = self.unit.handlers(&self.record).collect();
        for h in all.iter().rev() {
            let first = starts(h.start);
            let last = if h.end == length { Some(insns.len() as u32) } else { starts(h.end) };
            let (Some(first), Some(last), Some(_)) = (first, last, starts(h.target)) else {
                return self.fail(h.start, "R11: a handler's range or target is no instruction");
            };
            if first >= last {
                return self.fail(h.start, "R11: an empty handler range");
            }
            if h.register >= self.record.registers {
                return self.fail(h.start, "R12: a handler's register is out of range");
            }
            painted[first as usize..last as usize].fill(Some(*h));
        }
        Ok(painted)
    }

    fn check_flags(&self) -> Result<(), LoadError> {
        if self.record.flags & function_flag::SELF_HOSTED != 0 && self.origin == Origin::Guest {
            return self.fail(0, "R16: the self-hosted flag outside tvm's library");
        }
        Ok(())
    }

    fn check_insn(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        for (kind, value) in insn.typed() {
            if kind.is_register() {
                self.check_register(at, kind, value, count)?;
            } else if kind.is_feedback() && !self.is_slot(value as u32, kind) {
                return self.fail(at, "R14: no feedback slot of this kind there");
            }
        }
        self.check_constants(at, insn)?;
        self.check_immediates(at, insn)?;
        self.check_place(at, insn)
    }

    fn is_slot(&self, word: u32, kind: Kind) -> bool {
        self.slots.binary_search_by_key(&word, |slot| slot.0).is_ok_and(|found| self.slots[found].1 == kind)
    }

    fn check_register(&self, at: u32, kind: Kind, value: i64, count: i64) -> Result<(), LoadError> {
        let span = match kind {
            Kind::OutPair => 2,
            Kind::OutIter | Kind::InIter => 3,
            Kind::Regs => count,
            Kind::Window | Kind::WindowThis => i64::from(crate::FRAME_HEADER) + 1 + count,
            _ => 1,
        };
        if value + span > i64::from(self.record.registers) {
            return self
                .fail(at, format!("R12: register {value} (with {span}) of {}", self.record.registers));
        }
        Ok(())
    }

    fn check_constants(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        for (&(name, kind), &value) in insn.op.row().operands.iter().zip(insn.operands()) {
            if kind != Kind::Const {
                continue;
            }
            let Some(constant) = self.unit.constant(&self.record, value as u32) else {
                return self.fail(at, "R13: constant out of range");
            };
            let fits = match (insn.op, name, constant) {
                (Op::LoadConst, _, c) => matches!(
                    c,
                    Constant::Number(_) | Constant::String(_) | Constant::BigInt(_) | Constant::Symbol(_)
                ),
                (Op::NewScope | Op::NewRootScope, _, c) => matches!(c, Constant::Scope(_)),
                (Op::DeclareGlobals, _, c) => matches!(c, Constant::Globals(_)),
                (Op::Switch, _, c) => matches!(c, Constant::JumpTable(_)),
                (Op::ObjectFromRegs, _, Constant::Keys(list)) => {
                    insn.operand(Kind::Count) == Some(self.unit.list(list).len() as i64)
                }
                (Op::ObjectFromRegs, _, _) => false,
                (Op::GetTemplate, _, c) => matches!(c, Constant::Template(_)),
                (Op::Closure | Op::ClosureRoot, _, c) => matches!(c, Constant::Function(_)),
                (Op::NewMappedArguments, _, c) => matches!(c, Constant::Slots(_)),
                (Op::DirectEval, _, c) => matches!(c, Constant::Eval(_)),
                (Op::GetProp | Op::SetProp | Op::InitProp | Op::DeleteProp, _, c) => {
                    matches!(c, Constant::String(_) | Constant::Symbol(_))
                }
                (_, _, c) => matches!(c, Constant::String(_)),
            };
            if !fits {
                return self.fail(at, format!("R13: operand {name} takes another kind of constant"));
            }
        }
        Ok(())
    }

    fn check_immediates(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        let Some(value) = insn.operand(Kind::Imm) else { return Ok(()) };
        let value = u32::try_from(value).unwrap_or(NONE);
        let known = match insn.op {
            Op::DefineMethod => value < 8 && MethodKind::from_u32(value & 3).is_some(),
            Op::SetFunctionName => NamePrefix::from_u32(value).is_some(),
            Op::DefinePrivate => PrivateKind::from_u32(value).is_some(),
            Op::ThrowError => ErrorKind::from_u32(value).is_some(),
            Op::CheckObject => CheckMessage::from_u32(value).is_some(),
            Op::Suspend => SuspendKind::from_u32(value).is_some(),
            Op::IteratorClose | Op::DefineGlobalFunction => value < 2,
            _ => true,
        };
        if known { Ok(()) } else { self.fail(at, "R15: unknown value of an enumeration") }
    }

    fn check_place(&self, at: u32, insn: &Insn) -> Result<(), LoadError> {
        use FunctionKind as F;
        let kind = F::from_u32(self.record.kind).unwrap_or(F::Normal);
        let generator = matches!(kind, F::Generator | F::GeneratorMethod);
        let async_generator = matches!(kind, F::AsyncGenerator | F::AsyncGeneratorMethod);
        let is_async = matches!(kind, F::Async | F::AsyncArrow | F::AsyncMethod | F::Module);
        let allowed = match insn.op {
            Op::InitialYield => generator || async_generator,
            Op::Yield => generator,
            Op::Suspend => match insn.operand(Kind::Imm).and_then(|i| SuspendKind::from_u32(i as u32)) {
                Some(SuspendKind::Delegate) => generator,
                _ => async_generator,
            },
            Op::AsyncStart | Op::Await | Op::AsyncReturn | Op::AsyncReject => is_async,
            Op::CallIntrinsic | Op::GetIntrinsic | Op::GetSelfHosted => {
                if self.record.flags & function_flag::SELF_HOSTED == 0 {
                    return self.fail(at, "R16: an intrinsic outside tvm's library");
                }
                true
            }
            _ => true,
        };
        if allowed {
            Ok(())
        } else {
            self.fail(at, format!("R17: {} in a function of kind {}", insn.op.row().name, kind.name()))
        }
    }

    fn check_targets(&self, at: u32, insn: &Insn, layout: &Layout) -> Result<(), LoadError> {
        for target in targets(self.unit, &self.record, at, insn) {
            let start =
                target.and_then(|t| layout.index_of.get(t as usize)).is_some_and(|&index| index != NONE);
            if !start {
                return self.fail(at, "R11: a jump to no instruction");
            }
        }
        Ok(())
    }

    fn check_prologue(&self, layout: &Layout) -> Result<(), LoadError> {
        let reads = |op| matches!(op, Op::NewArguments | Op::NewMappedArguments | Op::NewRest);
        let Some(&(last, _)) = layout.insns.iter().rev().find(|(_, insn)| reads(insn.op)) else {
            return Ok(());
        };
        if self.record.flags & function_flag::KEEPS_ARGUMENTS == 0 {
            return self.fail(last, "R18: reads extra arguments without KEEPS_ARGUMENTS");
        }
        let suspends = |op| matches!(op, Op::InitialYield | Op::Yield | Op::Suspend | Op::Await);
        let mut leads_back =
            layout.insns.iter().flat_map(|(at, insn)| targets(self.unit, &self.record, *at, insn));
        let handled = self.unit.handlers(&self.record).any(|h| h.target <= last);
        if layout.insns.iter().any(|(at, insn)| *at < last && suspends(insn.op))
            || handled
            || leads_back.any(|target| target.is_some_and(|t| t <= last))
        {
            return self.fail(last, "R18: reads extra arguments behind the prologue");
        }
        Ok(())
    }
}

/// Code offsets that an instruction may jump to; `None` for one outside `u32`.
pub(super) fn targets(unit: &Unit, record: &FunctionRecord, at: u32, insn: &Insn) -> Vec<Option<u32>> {
    let mut found = Vec::new();
    if let Some(delta) = insn.operand(Kind::Jump) {
        found.push(u32::try_from(i64::from(at) + delta).ok());
    }
    if insn.op == Op::Switch
        && let Some(index) = insn.operand(Kind::Const)
        && let Some(Constant::JumpTable(list)) = unit.constant(record, index as u32)
        && in_range(list, unit.list_count())
    {
        found.extend(unit.list(list).skip(1).map(Some));
    }
    found
}
