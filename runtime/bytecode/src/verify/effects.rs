//! Rules R20 to R24, second half: what an instruction reads and writes.

use super::Rejection;
use super::flow::Flow;
use super::shape::{Read, Shape, Special, Write};
use super::state::{Phase, Type};
use crate::data::*;
use crate::insn::Insn;
use crate::ops::{Kind, Op};

impl Flow<'_> {
    #[inline]
    fn expect(&self, at: u32, register: i64, wanted: Type) -> Result<(), Rejection> {
        let held = self.state.get(register as usize);
        if held == wanted || (wanted == Type::MAYBE_HOLE && held == Type::VALUE) {
            return Ok(());
        }
        self.mismatch(at, register, held, wanted.name())
    }

    #[cold]
    fn mismatch<T>(&self, at: u32, register: i64, held: Type, wanted: &str) -> Result<T, Rejection> {
        self.fail(at, format_args!("R20: r{register} holds {}, not {wanted}", held.name()))
    }

    fn expect_values(&mut self, at: u32, first: i64, count: i64) -> Result<(), Rejection> {
        if count == 0 || self.state.is_value_range(first as usize, count as usize) {
            return Ok(());
        }
        (first..first + count).try_for_each(|register| self.expect(at, register, Type::VALUE))
    }

    /// The operands that are read as values.
    #[inline]
    pub(super) fn check_values(&self, at: u32, insn: &Insn, shape: &Shape) -> Result<(), Rejection> {
        if shape.value_count == 0 || self.state.are_values(insn.places(), &shape.values) {
            return Ok(());
        }
        self.fail_value(at, insn, shape)
    }

    /// The others.
    pub(super) fn check_reads(&mut self, at: u32, insn: &Insn, shape: &Shape) -> Result<(), Rejection> {
        let operands = insn.places();
        for &(index, read) in shape.reads.entries() {
            let register = operands[index as usize];
            match read {
                Read::Value => self.expect(at, register, Type::VALUE)?,
                Read::MaybeHole => self.expect(at, register, Type::MAYBE_HOLE)?,
                Read::Scope => self.env(at, register).map(drop)?,
                Read::Iteration => {
                    for part in 0..3 {
                        self.expect(at, register + i64::from(part), Type::iteration(part))?;
                    }
                }
                Read::Keys => self.expect(at, register, Type::KEYS)?,
                Read::Coroutine => self.expect(at, register, Type::COROUTINE)?,
                Read::Values => self.expect_values(at, register, insn.operand(Kind::Count).unwrap_or(0))?,
                Read::Window | Read::WindowThis => {
                    let this = register + i64::from(crate::FRAME_HEADER);
                    if read == Read::WindowThis {
                        self.expect(at, this, Type::VALUE)?;
                    }
                    self.expect_values(at, this + 1, insn.operand(Kind::Count).unwrap_or(0))?;
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn fail_value(&self, at: u32, insn: &Insn, shape: &Shape) -> Result<(), Rejection> {
        let mut reads = shape.values.iter().map(|&index| insn.places()[index as usize]);
        reads.try_for_each(|register| self.expect(at, register, Type::VALUE))
    }

    /// Move: a value, a hole or a scope.
    pub(super) fn copy(&mut self, at: u32, insn: &Insn) -> Result<(), Rejection> {
        let (to, from) = (insn.places()[0], insn.places()[1]);
        let held = self.state.get(from as usize);
        if held != Type::VALUE && held != Type::MAYBE_HOLE && held.as_scope().is_none() {
            return self.mismatch(at, from, held, "a value");
        }
        self.set(to as usize, held);
        Ok(())
    }

    fn env(&self, at: u32, register: i64) -> Result<ScopeId, Rejection> {
        let held = self.state.get(register as usize);
        held.as_scope().map_or_else(|| self.mismatch(at, register, held, "a scope"), Ok)
    }

    /// The layout in the instruction's InEnv operand, or [`NONE`] where it has no such operand.
    fn env_operand(&self, at: u32, insn: &Insn) -> Result<ScopeId, Rejection> {
        insn.operand(Kind::InEnv).map_or(Ok(NONE), |register| self.env(at, register))
    }

    pub(super) fn write(&mut self, insn: &Insn, shape: &Shape, made: Type) {
        let operands = insn.places();
        for &(index, write) in shape.writes.entries() {
            let register = operands[index as usize] as usize;
            match write {
                Write::Value => self.set(register, Type::VALUE),
                Write::Hole => self.set(register, Type::MAYBE_HOLE),
                Write::Pair => {
                    self.set(register, Type::VALUE);
                    self.set(register + 1, Type::VALUE);
                }
                Write::Keys => self.set(register, Type::KEYS),
                Write::Coroutine => self.set(register, Type::COROUTINE),
                Write::Iteration => (0..3).for_each(|part| {
                    self.set(register + part as usize, Type::iteration(part));
                }),
                Write::Made => self.set(register, made),
            }
        }
    }

    /// Checks of instructions that work on scopes or start a coroutine; gives the type of an OutAny, OutSlot or
    /// OutEnv operand.
    pub(super) fn check_special(
        &mut self,
        at: u32,
        insn: &Insn,
        special: Special,
    ) -> Result<Type, Rejection> {
        Ok(match special {
            Special::None => Type::VALUE,
            // Never asked: Move is followed on a path of its own.
            Special::Move => Type::DEAD,
            Special::LoadScope => match self.code.record.outer_scope {
                NONE => return self.fail(at, "R22: the function has no outer scope"),
                scope => Type::scope(scope),
            },
            Special::NewScope => self.new_scope(at, insn)?,
            Special::CopyScope => Type::scope(self.env_operand(at, insn)?),
            Special::Slot => self.slot_access(at, insn)?,
            Special::Closure => self.closure(at, insn)?,
            Special::MappedArguments => self.mapped_arguments(at, insn)?,
            Special::Eval => self.eval_context(at, insn)?,
            Special::Start => self.start_coroutine(at)?,
            Special::Started => self.expect_started(at)?,
        })
    }

    /// R24: becoming a coroutine happens once.
    fn start_coroutine(&mut self, at: u32) -> Result<Type, Rejection> {
        if self.state.phase != Phase::Before {
            return self.fail(at, "R24: the coroutine starts twice");
        }
        self.state.phase = Phase::After;
        Ok(Type::VALUE)
    }

    /// R24: it happens before what only a generator can do, and before its end.
    fn expect_started(&self, at: u32) -> Result<Type, Rejection> {
        use FunctionKind as F;
        let generators = [F::Generator, F::GeneratorMethod, F::AsyncGenerator, F::AsyncGeneratorMethod];
        let is_generator = generators.iter().any(|&kind| self.code.record.kind == kind as u32);
        if is_generator && self.state.phase != Phase::After {
            return self.fail(at, "R24: the generator has not started on every path");
        }
        Ok(Type::VALUE)
    }

    /// The kind of the slot that a scope instruction names.
    fn slot(&self, at: u32, insn: &Insn) -> Result<SlotKind, Rejection> {
        let operand = |kind| insn.operand(kind).unwrap_or(0) as u32;
        let scope = self.env_operand(at, insn)?;
        let Some(scope) = self.facts.scopes.ancestor(scope, operand(Kind::Depth)) else {
            return self.fail(at, "R21: deeper than the scope chain");
        };
        let slot = self.facts.scopes.slot(scope, operand(Kind::Slot));
        slot.map_or_else(|| self.fail(at, "R21: no such slot"), Ok)
    }

    fn slot_access(&mut self, at: u32, insn: &Insn) -> Result<Type, Rejection> {
        let kind = self.slot(at, insn)?;
        if (kind == SlotKind::Import) != (insn.op == Op::GetImport) {
            return self.fail(at, "R21: GetImport, and nothing else, takes an import's slot");
        }
        let content = if kind.has_dead_zone() { Type::MAYBE_HOLE } else { Type::VALUE };
        if insn.op == Op::SetSlot {
            self.expect(at, insn.operand(Kind::InAny).unwrap_or(0), content)?;
        }
        Ok(content)
    }

    fn constant(&self, insn: &Insn) -> Option<Constant> {
        self.unit.constant(&self.code.record, insn.operand(Kind::Const)? as u32)
    }

    fn new_scope(&self, at: u32, insn: &Insn) -> Result<Type, Rejection> {
        let Some(Constant::Scope(id)) = self.constant(insn) else { return self.fail(at, "R13: not a scope") };
        if self.facts.scopes.parent(id) != self.env_operand(at, insn)? {
            return self.fail(at, "R22: the scope expects another parent");
        }
        if self.facts.scopes.kind(id) == Some(ScopeKind::Module) {
            return self.fail(at, "R22: a module's scope is made by the linker");
        }
        Ok(Type::scope(id))
    }

    fn closure(&self, at: u32, insn: &Insn) -> Result<Type, Rejection> {
        let Some(Constant::Function(id)) = self.constant(insn) else {
            return self.fail(at, "R13: not a function");
        };
        let callee = self.unit.function(id);
        if callee.outer_scope != self.env_operand(at, insn)? {
            return self.fail(at, "R22: the function expects another scope");
        }
        let kind = FunctionKind::from_u32(callee.kind);
        if matches!(kind, Some(FunctionKind::Module | FunctionKind::Script | FunctionKind::Eval)) {
            return self.fail(at, "R22: a closure of code that only the runtime starts");
        }
        Ok(Type::VALUE)
    }

    fn mapped_arguments(&mut self, at: u32, insn: &Insn) -> Result<Type, Rejection> {
        let slots = self.facts.scopes.slots(self.env_operand(at, insn)?);
        let Some(Constant::Slots(list)) = self.constant(insn) else {
            return self.fail(at, "R13: not a slot list");
        };
        let mut list = self.unit.list(list);
        let count = list.len();
        let fits = |slot| slot == NONE || slots.get(slot as usize) == Some(&SlotKind::Var);
        if count > self.code.record.params as usize || !list.all(fits) {
            return self.fail(at, "R21: bad slots of mapped arguments");
        }
        self.state.work += limit_work(count);
        Ok(Type::VALUE)
    }

    fn eval_context(&self, at: u32, insn: &Insn) -> Result<Type, Rejection> {
        let scope = self.env_operand(at, insn)?;
        let Some(Constant::Eval(list)) = self.constant(insn) else {
            return self.fail(at, "R13: not a context");
        };
        if self.unit.list(list).next() != Some(scope) {
            return self.fail(at, "R22: the eval context names another scope");
        }
        Ok(Type::VALUE)
    }
}

/// List entries are read from the file, which costs more than a register.
fn limit_work(entries: usize) -> u64 {
    16 * entries as u64
}
