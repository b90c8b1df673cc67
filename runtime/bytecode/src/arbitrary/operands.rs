//! Operands by kind, and the constants behind them.

use super::body::Body;
use super::string;
use crate::data::*;
use crate::operands::{Meaning, constants_of, immediate};
use crate::ops::{Kind, Op};

/// A slot that a scope instruction reaches.
struct Reached {
    register: u32,
    depth: u32,
    slot: u32,
}

impl Body<'_, '_> {
    /// Operands for an instruction; `None` where this place has none that fit.
    pub fn operands(&mut self, op: Op) -> Option<Vec<i64>> {
        let count = self.choose_count(op);
        let env = self.env.last().copied();
        let has = |kind| op.position(kind).is_some();
        let reached = if has(Kind::Slot) && has(Kind::InEnv) { Some(self.reach(op)?) } else { None };
        let mut operands = Vec::new();
        for &(_, kind) in op.row().operands {
            let value = match kind {
                Kind::Depth => reached.as_ref()?.depth,
                Kind::Slot => reached.as_ref()?.slot,
                Kind::InEnv => {
                    reached.as_ref().map_or(env.map(|(register, _)| register), |r| Some(r.register))?
                }
                Kind::OutEnv => match op {
                    Op::LoadScope if self.f.outer_scope != NONE => self.registers.env,
                    Op::CopyScope => env?.0,
                    _ => return None,
                },
                Kind::Count => count,
                Kind::Regs => self.choices.between(1, self.registers.hole - count),
                Kind::Window | Kind::WindowThis => self.registers.window,
                Kind::Imm => {
                    operands.push(self.immediate(op));
                    continue;
                }
                Kind::Const => self.constant_for(op, count)?,
                Kind::Jump => 0,
                _ if kind.is_feedback() => self.feedback_slot(operands.len(), kind),
                _ => self.register(op, kind),
            };
            operands.push(value.into());
        }
        Some(operands)
    }

    /// The Count operand: values to read where registers follow, else a capacity or the like.
    fn choose_count(&mut self, op: Op) -> u32 {
        match op {
            Op::NewObject | Op::NewArray => self.choices.below(3),
            _ => self.choices.below(super::body::MOST_VALUES),
        }
    }

    fn register(&mut self, op: Op, kind: Kind) -> u32 {
        match kind {
            Kind::OutAny if op == Op::Move => self.local(),
            Kind::OutHole | Kind::OutSlot | Kind::Unhole => self.registers.hole,
            Kind::InAny if op != Op::Move && op != Op::SetSlot && self.choices.chance(300) => {
                self.registers.hole
            }
            Kind::InCoroutine | Kind::OutCoroutine => self.registers.coroutine,
            Kind::InIter | Kind::OutIter | Kind::InKeys | Kind::OutKeys => self.iterator(),
            Kind::OutPair => self.choices.between(self.registers.locals, self.registers.hole - 1),
            Kind::Out | Kind::OutAny | Kind::OutEnv => self.local(),
            _ => self.value(),
        }
    }

    /// A register that holds a value everywhere.
    pub fn value(&mut self) -> u32 {
        self.choices.between(u32::from(self.f.kind == FunctionKind::DerivedConstructor), self.registers.hole)
    }

    /// Such a register beside `this` and the parameters.
    pub fn local(&mut self) -> u32 {
        self.choices.between(self.registers.locals, self.registers.hole)
    }

    fn immediate(&mut self, op: Op) -> i64 {
        if op == Op::Suspend {
            let kinds = [SuspendKind::Yield, SuspendKind::Await];
            let kind = self.choices.pick(&kinds).filter(|_| !self.is_plain_generator());
            return kind.unwrap_or(SuspendKind::Delegate) as i64;
        }
        let value = i64::from(self.choices.below(9));
        match immediate(op, value) {
            Meaning::Number if self.choices.chance(100) => i64::from(self.choices.any() as i32),
            Meaning::Number | Meaning::Member(_) => value,
            Meaning::Unknown => 0,
        }
    }

    /// A slot that the instruction may access, in a scope at hand or one around it.
    fn reach(&mut self, op: Op) -> Option<Reached> {
        let (register, mut scope) = self.choices.pick(&self.env)?;
        let mut depth = 0;
        while self.choices.chance(400) && self.unit.scopes[scope as usize].parent != NONE {
            scope = self.unit.scopes[scope as usize].parent;
            depth += 1;
        }
        let slots = &self.unit.scopes[scope as usize].slots;
        let fits = |slot: &SlotData| (slot.kind == SlotKind::Import) == (op == Op::GetImport);
        let fitting: Vec<u32> = (0..slots.len() as u32).filter(|&i| fits(&slots[i as usize])).collect();
        Some(Reached { register, depth, slot: self.choices.pick(&fitting)? })
    }

    /// A new feedback slot; the operand is set when all constants are known.
    fn feedback_slot(&mut self, operand: usize, kind: Kind) -> u32 {
        let number = FEEDBACK_KINDS.iter().position(|&known| known == kind).unwrap_or(0);
        self.feedback.push((self.f.code.len(), operand, self.f.feedback.len()));
        self.f.feedback.push(number as u8);
        0
    }

    fn constant_for(&mut self, op: Op, count: u32) -> Option<u32> {
        let kinds = constants_of(op);
        let wanted = self.choices.below(kinds.count_ones());
        let number = (0..16).filter(|bit| kinds >> bit & 1 == 1).nth(wanted as usize)?;
        let constant = match Constant::from_parts(number, 0)? {
            Constant::Number(_) => Constant::Number(self.number()),
            Constant::String(_) if op == Op::GetLength => Constant::String(string::LENGTH),
            Constant::String(_) => Constant::String(self.name()),
            Constant::BigInt(_) => {
                Constant::BigInt(self.choices.between(string::BIGINTS.start, string::BIGINTS.end))
            }
            Constant::Symbol(_) => Constant::Symbol(self.choices.below(WellKnownSymbol::ALL.len() as u32)),
            Constant::Function(_) => Constant::Function(self.callee(op)?),
            Constant::Keys(_) => {
                let first = self.choices.between(string::NAMES, self.unit.strings.len() as u32 - count);
                Constant::Keys(self.list((first..first + count).collect()))
            }
            Constant::Template(_) => {
                let pair = [NONE, self.name(), self.name(), string::EMPTY];
                Constant::Template(self.list(pair.to_vec()))
            }
            Constant::Globals(_) => {
                let kind = self.choices.below(GlobalKind::ALL.len() as u32);
                let list = vec![kind, self.name()];
                Constant::Globals(self.list(list))
            }
            Constant::Eval(_) => {
                let list = vec![self.env.last()?.1, self.choices.below(eval_flag::ALL + 1)];
                Constant::Eval(self.list(list))
            }
            Constant::Scope(_) | Constant::JumpTable(_) | Constant::Slots(_) => return None,
        };
        Some(self.constant(constant))
    }

    fn number(&mut self) -> f64 {
        match self.choices.below(4) {
            0 => f64::from(self.choices.below(100)),
            1 => f64::from_bits(self.choices.any()),
            2 => f64::from(self.choices.any() as i32) / 8.0,
            _ => -0.0,
        }
    }

    /// A function that a closure can be made of here.
    fn callee(&mut self, op: Op) -> Option<FunctionId> {
        use FunctionKind as F;
        let scope = if op == Op::Closure { self.env.last()?.1 } else { NONE };
        let plans = self.plans;
        let start = self.choices.below(plans.len() as u32);
        let from_start = (start..plans.len() as u32).chain(0..start);
        from_start.take(50).find(|&id| {
            let plan = &plans[id as usize];
            plan.outer_scope == scope && !matches!(plan.kind, F::Module | F::Script | F::Eval)
        })
    }

    pub fn list(&mut self, entries: Vec<u32>) -> ListId {
        self.unit.lists.push(entries);
        self.unit.lists.len() as u32 - 1
    }

    /// The index of a constant, added where it is new.
    pub fn constant(&mut self, constant: Constant) -> u32 {
        let next = self.f.constants.len() as u32;
        *self.interned.entry(constant).or_insert_with(|| {
            self.f.constants.push(constant);
            next
        })
    }
}
