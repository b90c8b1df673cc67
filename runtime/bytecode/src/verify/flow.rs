//! Rules R20 to R23: what registers hold along every path.
//!
//! A forward analysis over join points (jump and handler targets). The state gives each register a [`Type`];
//! where paths meet, equal types stay, a value meeting a hole becomes "value or hole", all else becomes dead.
//! Types only fall, so the analysis ends.

use super::code::{Layout, targets};
use super::limit;
use crate::data::*;
use crate::insn::Insn;
use crate::layout::Section;
use crate::ops::{Kind, Op, effect};
use crate::unit::{FunctionRecord, LoadError, Unit};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Type {
    Dead,
    Value,
    /// A value or a hole.
    MaybeHole,
    /// A scope object of this layout.
    Scope(ScopeId),
    /// Part 0, 1 or 2 of an iteration record.
    Iteration(u8),
    Keys,
    Coroutine,
}

impl Type {
    fn meet(self, other: Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a,
            (Type::Value, Type::MaybeHole) | (Type::MaybeHole, Type::Value) => Type::MaybeHole,
            _ => Type::Dead,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Type::Dead => "nothing",
            Type::Value => "a value",
            Type::MaybeHole => "perhaps a hole",
            Type::Scope(_) => "a scope",
            Type::Iteration(_) => "an iteration record",
            Type::Keys => "a key enumeration",
            Type::Coroutine => "a coroutine",
        }
    }
}

type State = Vec<Type>;

struct Flow<'a> {
    unit: &'a Unit,
    record: FunctionRecord,
    id: FunctionId,
    layout: &'a Layout,
    /// State at each join point, by instruction index.
    joins: Vec<Option<State>>,
    is_join: Vec<bool>,
    work: Vec<u32>,
}

pub(super) fn check(unit: &Unit, id: FunctionId, layout: &Layout) -> Result<(), LoadError> {
    let record = unit.function(id);
    let mut is_join = vec![false; layout.insns.len()];
    for (at, insn) in &layout.insns {
        for target in targets(unit, &record, *at, insn).into_iter().flatten() {
            is_join[layout.index_of[target as usize] as usize] = true;
        }
    }
    for handler in unit.handlers(&record) {
        is_join[layout.index_of[handler.target as usize] as usize] = true;
    }
    let joins = is_join.iter().filter(|&&join| join).count();
    let mut flow =
        Flow { unit, record, id, layout, joins: vec![None; layout.insns.len()], is_join, work: Vec::new() };
    if joins * record.registers as usize > limit::FLOW_STATE {
        return flow.fail(0, "R23: the function is too complex (registers times join points)");
    }
    flow.run()
}

impl Flow<'_> {
    fn fail<T>(&self, at: u32, reason: impl Into<String>) -> Result<T, LoadError> {
        let reason = format!("function {}: {}", self.id, reason.into());
        Err(self.unit.error(Section::Code, self.record.code_first + at, reason))
    }

    fn run(&mut self) -> Result<(), LoadError> {
        let mut entry = vec![Type::Dead; self.record.registers as usize];
        entry[..=self.record.params as usize].fill(Type::Value);
        if self.record.kind == FunctionKind::DerivedConstructor as u32 {
            entry[0] = Type::MaybeHole;
        }
        self.walk(0, entry)?;
        while let Some(index) = self.work.pop() {
            if let Some(state) = self.joins[index as usize].clone() {
                self.walk(index as usize, state)?;
            }
        }
        Ok(())
    }

    /// Follows straight-line code from `index` until it ends or reaches a join point.
    fn walk(&mut self, mut index: usize, mut state: State) -> Result<(), LoadError> {
        let mut first = true;
        loop {
            if self.is_join[index] && !first {
                self.merge(index, &state);
                return Ok(());
            }
            if self.is_join[index] && self.joins[index].is_none() {
                self.joins[index] = Some(state.clone());
            }
            first = false;
            let (at, insn) = self.layout.insns[index];
            self.step(index, at, &insn, &mut state)?;
            if insn.op.has(effect::ends) {
                return Ok(());
            }
            index += 1;
        }
    }

    fn merge(&mut self, index: usize, state: &State) {
        match &mut self.joins[index] {
            None => {
                self.joins[index] = Some(state.clone());
                self.work.push(index as u32);
            }
            Some(known) => {
                let mut changed = false;
                for (old, new) in known.iter_mut().zip(state) {
                    let met = old.meet(*new);
                    changed |= met != *old;
                    *old = met;
                }
                if changed {
                    self.work.push(index as u32);
                }
            }
        }
    }

    /// Reads, exceptional edges, writes and jumps of one instruction.
    fn step(&mut self, index: usize, at: u32, insn: &Insn, state: &mut State) -> Result<(), LoadError> {
        self.check_reads(at, insn, state)?;
        if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
            state[window as usize..].fill(Type::Dead);
        }
        if insn.op.has(effect::throws | effect::allocs | effect::calls)
            && let Some(handler) = self.layout.handlers[index]
        {
            let mut caught = state.clone();
            caught[handler.register as usize] = Type::Value;
            self.merge(self.layout.index_of[handler.target as usize] as usize, &caught);
        }
        let before_writes = matches!(insn.op, Op::IteratorNext | Op::ForInNext).then(|| state.clone());
        self.write(at, insn, state)?;
        let leaving = before_writes.as_ref().unwrap_or(state);
        for target in targets(self.unit, &self.record, at, insn).into_iter().flatten() {
            self.merge(self.layout.index_of[target as usize] as usize, leaving);
        }
        Ok(())
    }

    fn expect(&self, at: u32, state: &State, register: i64, wanted: Type) -> Result<(), LoadError> {
        let held = state[register as usize];
        let fits = held == wanted || (wanted == Type::MaybeHole && held == Type::Value);
        if fits {
            return Ok(());
        }
        self.fail(at, format!("R20: r{register} holds {}, not {}", held.name(), wanted.name()))
    }

    fn check_reads(&self, at: u32, insn: &Insn, state: &State) -> Result<(), LoadError> {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        for (kind, register) in insn.typed() {
            match kind {
                Kind::In => self.expect(at, state, register, Type::Value)?,
                Kind::Unhole => self.expect(at, state, register, Type::MaybeHole)?,
                Kind::InAny if insn.op == Op::Move => {
                    let held = state[register as usize];
                    if !matches!(held, Type::Value | Type::MaybeHole | Type::Scope(_)) {
                        return self.fail(at, format!("R20: r{register} holds {}", held.name()));
                    }
                }
                Kind::InAny => self.expect(at, state, register, Type::MaybeHole)?,
                Kind::InEnv => self.env(at, state, register).map(|_| ())?,
                Kind::InIter => {
                    for part in 0..3 {
                        self.expect(at, state, register + part, Type::Iteration(part as u8))?;
                    }
                }
                Kind::InKeys => self.expect(at, state, register, Type::Keys)?,
                Kind::InCoroutine => self.expect(at, state, register, Type::Coroutine)?,
                Kind::Regs => {
                    for i in 0..count {
                        self.expect(at, state, register + i, Type::Value)?;
                    }
                }
                Kind::Window | Kind::WindowThis => {
                    let this = register + i64::from(crate::FRAME_HEADER);
                    let first = if kind == Kind::WindowThis { this } else { this + 1 };
                    for argument in first..=this + count {
                        self.expect(at, state, argument, Type::Value)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn env(&self, at: u32, state: &State, register: i64) -> Result<ScopeId, LoadError> {
        match state[register as usize] {
            Type::Scope(id) => Ok(id),
            other => self.fail(at, format!("R20: r{register} holds {}, not a scope", other.name())),
        }
    }

    /// The slot that a scope instruction names.
    fn slot(&self, at: u32, insn: &Insn, state: &State) -> Result<SlotData, LoadError> {
        let operand = |kind| insn.operand(kind).unwrap_or(0);
        let mut scope = self.env(at, state, operand(Kind::InEnv))?;
        for _ in 0..operand(Kind::Depth) {
            scope = self.unit.scope_parent(scope);
            if scope == NONE {
                return self.fail(at, "R21: deeper than the scope chain");
            }
        }
        match self.unit.slot(scope, operand(Kind::Slot) as u32) {
            Some(slot) => Ok(slot),
            None => self.fail(at, "R21: no such slot"),
        }
    }

    fn constant(&self, insn: &Insn) -> Option<Constant> {
        self.unit.constant(&self.record, insn.operand(Kind::Const)? as u32)
    }

    fn write(&self, at: u32, insn: &Insn, state: &mut State) -> Result<(), LoadError> {
        let special = self.special(at, insn, state)?;
        for (kind, register) in insn.typed() {
            let register = register as usize;
            match kind {
                Kind::Out => state[register] = Type::Value,
                Kind::Unhole => state[register] = Type::Value,
                Kind::OutHole => state[register] = Type::MaybeHole,
                Kind::OutPair => state[register..register + 2].fill(Type::Value),
                Kind::OutKeys => state[register] = Type::Keys,
                Kind::OutCoroutine => state[register] = Type::Coroutine,
                Kind::OutIter => {
                    for part in 0..3 {
                        state[register + part] = Type::Iteration(part as u8);
                    }
                }
                Kind::OutAny | Kind::OutSlot | Kind::OutEnv => state[register] = special,
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks of instructions that move or make scopes; gives the type of an OutAny, OutSlot or OutEnv operand.
    fn special(&self, at: u32, insn: &Insn, state: &State) -> Result<Type, LoadError> {
        let register = |kind| insn.operand(kind).unwrap_or(0);
        Ok(match insn.op {
            Op::Move => state[register(Kind::InAny) as usize],
            Op::LoadScope => match self.record.outer_scope {
                NONE => return self.fail(at, "R22: the function has no outer scope"),
                scope => Type::Scope(scope),
            },
            Op::NewScope | Op::NewRootScope => self.new_scope(at, insn, state)?,
            Op::CopyScope => Type::Scope(self.env(at, state, register(Kind::InEnv))?),
            Op::GetSlot => match self.slot(at, insn, state)?.kind {
                SlotKind::Import => return self.fail(at, "R21: an import needs GetImport"),
                kind if kind.has_dead_zone() => Type::MaybeHole,
                _ => Type::Value,
            },
            Op::GetSlotChecked => match self.slot(at, insn, state)?.kind {
                SlotKind::Import => return self.fail(at, "R21: an import needs GetImport"),
                _ => Type::Value,
            },
            Op::GetImport => match self.slot(at, insn, state)?.kind {
                SlotKind::Import => Type::Value,
                _ => return self.fail(at, "R21: the slot is no import"),
            },
            Op::SetSlot | Op::SetSlotChecked => {
                let kind = self.slot(at, insn, state)?.kind;
                let src = register(if insn.op == Op::SetSlot { Kind::InAny } else { Kind::In });
                let wanted = if kind.has_dead_zone() { Type::MaybeHole } else { Type::Value };
                if kind == SlotKind::Import {
                    return self.fail(at, "R21: an import cannot be set");
                }
                self.expect(at, state, src, wanted)?;
                Type::Value
            }
            Op::Closure | Op::ClosureRoot => self.closure(at, insn, state)?,
            Op::NewMappedArguments => self.mapped_arguments(at, insn, state)?,
            Op::DirectEval => self.eval_context(at, insn, state)?,
            _ => Type::Value,
        })
    }

    fn new_scope(&self, at: u32, insn: &Insn, state: &State) -> Result<Type, LoadError> {
        let Some(Constant::Scope(id)) = self.constant(insn) else { return self.fail(at, "R13: not a scope") };
        let parent = match insn.operand(Kind::InEnv) {
            Some(register) => self.env(at, state, register)?,
            None => NONE,
        };
        if self.unit.scope_parent(id) != parent {
            return self.fail(at, "R22: the scope expects another parent");
        }
        if self.unit.scope_kind(id).0 == Some(ScopeKind::Module) {
            return self.fail(at, "R22: a module's scope is made by the linker");
        }
        Ok(Type::Scope(id))
    }

    fn closure(&self, at: u32, insn: &Insn, state: &State) -> Result<Type, LoadError> {
        let Some(Constant::Function(id)) = self.constant(insn) else {
            return self.fail(at, "R13: not a function");
        };
        let scope = match insn.operand(Kind::InEnv) {
            Some(register) => self.env(at, state, register)?,
            None => NONE,
        };
        let callee = self.unit.function(id);
        if callee.outer_scope != scope {
            return self.fail(at, "R22: the function expects another scope");
        }
        if callee.kind == FunctionKind::Module as u32 {
            return self.fail(at, "R22: a module's functions are made by the linker");
        }
        Ok(Type::Value)
    }

    fn mapped_arguments(&self, at: u32, insn: &Insn, state: &State) -> Result<Type, LoadError> {
        let scope = self.env(at, state, insn.operand(Kind::InEnv).unwrap_or(0))?;
        let Some(Constant::Slots(list)) = self.constant(insn) else {
            return self.fail(at, "R13: not a slot list");
        };
        let fits =
            |slot| slot == NONE || self.unit.slot(scope, slot).is_some_and(|s| s.kind == SlotKind::Var);
        if self.unit.list(list).len() > self.record.params as usize || !self.unit.list(list).all(fits) {
            return self.fail(at, "R21: bad slots of mapped arguments");
        }
        Ok(Type::Value)
    }

    fn eval_context(&self, at: u32, insn: &Insn, state: &State) -> Result<Type, LoadError> {
        let scope = self.env(at, state, insn.operand(Kind::InEnv).unwrap_or(0))?;
        let Some(Constant::Eval(list)) = self.constant(insn) else {
            return self.fail(at, "R13: not a context");
        };
        if self.unit.list(list).next() != Some(scope) {
            return self.fail(at, "R22: the eval context names another scope");
        }
        Ok(Type::Value)
    }
}
