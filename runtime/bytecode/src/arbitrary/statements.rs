//! Statements: what instructions need around them.

use super::body::{Body, DEEPEST, MOST_VALUES};
use crate::FRAME_HEADER;
use crate::data::*;
use crate::ops::{Kind, Op, effect};

impl Body<'_, '_> {
    pub fn prologue(&mut self) {
        if self.choices.chance(200) {
            let dst = self.local().into();
            match self.choices.below(2) {
                0 => self.emit(Op::NewRest, &[dst, 1]),
                _ => self.emit(Op::NewArguments, &[dst]),
            }
        }
        for register in self.registers.locals..self.registers.hole {
            self.emit(Op::LoadUndefined, &[register.into()]);
        }
        self.emit(Op::LoadHole, &[self.registers.hole.into()]);
        if self.plan.outer_scope != NONE {
            self.emit(Op::LoadScope, &[self.registers.env.into()]);
            self.env.push((self.registers.env, self.plan.outer_scope));
        }
        if self.is_async() {
            self.emit(Op::AsyncStart, &[self.registers.coroutine.into()]);
        } else if self.is_generator() {
            let dst = self.local().into();
            self.emit(Op::InitialYield, &[dst]);
        }
    }

    fn is_async(&self) -> bool {
        use FunctionKind as F;
        self.plan.is_async || matches!(self.plan.kind, F::Async | F::AsyncArrow | F::AsyncMethod)
    }

    pub fn is_plain_generator(&self) -> bool {
        matches!(self.plan.kind, FunctionKind::Generator | FunctionKind::GeneratorMethod)
    }

    fn is_generator(&self) -> bool {
        use FunctionKind as F;
        self.is_plain_generator() || matches!(self.plan.kind, F::AsyncGenerator | F::AsyncGeneratorMethod)
    }

    pub fn statement(&mut self) {
        self.left = self.left.saturating_sub(1);
        let choice = self.choices.below(if self.depth < DEEPEST { 24 } else { 17 });
        self.depth += 1;
        match choice {
            0..13 => self.straight(),
            13..16 => self.call(),
            16 => self.leave_sometimes(),
            17 | 18 => self.condition(),
            19 => self.repeat(),
            20 => self.choose(),
            21 => self.attempt(),
            22 => self.iterate(),
            _ => self.scope(),
        }
        self.depth -= 1;
    }

    fn block(&mut self) {
        for _ in 0..self.choices.below(6).min(self.left) {
            self.statement();
        }
    }

    /// One instruction that needs nothing around it.
    fn straight(&mut self) {
        let op = self.draw(Self::stands_alone);
        if !op.is_some_and(|op| self.try_emit(op)) {
            let (dst, value) = (self.local().into(), self.choices.below(300).into());
            self.emit(Op::LoadInt, &[dst, value]);
        }
    }

    fn stands_alone(&self, op: Op) -> bool {
        use Kind::*;
        let surrounded = [Jump, InIter, OutIter, InKeys, OutKeys, OutCoroutine, Window, WindowThis]
            .iter()
            .any(|&kind| op.position(kind).is_some());
        let here = match op {
            Op::Await => self.is_async(),
            Op::Suspend => self.is_generator(),
            Op::ImportMeta => !self.unit.modules.is_empty(),
            Op::Wide | Op::Switch | Op::NewScope | Op::NewRootScope | Op::InitialYield => false,
            Op::NewArguments | Op::NewMappedArguments | Op::NewRest => false,
            Op::CallIntrinsic | Op::GetIntrinsic | Op::GetSelfHosted => false,
            _ => true,
        };
        here && !surrounded && !op.has(effect::ends)
    }

    /// Arguments into the window, then some call.
    fn call(&mut self) {
        let is_call =
            |_: &Self, op: Op| [Kind::Window, Kind::WindowThis].iter().any(|&k| op.position(k).is_some());
        for register in 0..=MOST_VALUES {
            let argument = i64::from(self.registers.window + FRAME_HEADER + register);
            let value = self.value().into();
            self.emit(Op::Move, &[argument, value]);
        }
        if let Some(op) = self.draw(is_call) {
            self.try_emit(op);
        }
    }

    /// Ends the function on this path.
    pub fn leave(&mut self) {
        let (value, message) = (self.value().into(), self.name());
        match self.choices.below(8) {
            6 => self.emit(Op::Throw, &[value]),
            7 => {
                let message = self.constant(Constant::String(message)).into();
                self.emit(Op::ThrowError, &[1, message]);
            }
            _ if self.is_async() => self.emit(Op::AsyncReturn, &[self.registers.coroutine.into(), value]),
            _ if self.plan.kind == FunctionKind::DerivedConstructor => {
                self.emit(Op::ReturnDerived, &[value, 0]);
            }
            _ => self.emit(Op::Return, &[value]),
        }
    }

    fn leave_sometimes(&mut self) {
        let over = self.label();
        self.branch(over);
        self.leave();
        self.place(over);
    }

    fn condition(&mut self) {
        let (otherwise, end) = (self.label(), self.label());
        self.branch(otherwise);
        self.block();
        self.jump(end);
        self.place(otherwise);
        self.block();
        self.place(end);
    }

    fn repeat(&mut self) {
        let (head, end) = (self.label(), self.label());
        self.place(head);
        self.branch(end);
        self.block();
        self.jump(head);
        self.place(end);
    }

    /// One or two switches over the same cases.
    fn choose(&mut self) {
        let cases: Vec<usize> = (0..self.choices.between(1, 6)).map(|_| self.label()).collect();
        let end = self.label();
        for _ in 0..self.choices.between(1, 3) {
            let length = self.choices.between(1, 8) as usize;
            let first = self.choices.below(3);
            let list = self.list(vec![first; 1 + length]);
            for entry in 1..=length {
                let case = self.choices.pick(&cases).unwrap_or(end);
                self.tables.push((list, entry, case));
            }
            let table = self.constant(Constant::JumpTable(list)).into();
            let value = self.value().into();
            self.emit(Op::Switch, &[value, table]);
            self.block();
        }
        for case in cases {
            self.place(case);
            self.block();
            self.jump(end);
        }
        self.place(end);
    }

    fn attempt(&mut self) {
        let [start, behind, target, end] = [(); 4].map(|()| self.label());
        self.place(start);
        self.straight();
        self.block();
        self.place(behind);
        self.jump(end);
        self.place(target);
        self.block();
        self.place(end);
        let register = self.local();
        self.handlers.push(([start, behind, target], register));
    }

    fn iterate(&mut self) {
        let (head, end) = (self.label(), self.label());
        let keys = self.choices.chance(300);
        let (start, next) =
            if keys { (Op::ForInStart, Op::ForInNext) } else { (Op::GetIterator, Op::IteratorNext) };
        self.try_emit(start);
        if !keys {
            self.emit(Op::IteratorMethod, &[self.iterator().into()]);
        }
        self.place(head);
        self.jumps.push((self.f.code.len(), end));
        self.try_emit(next);
        let record = self.iterator();
        self.block();
        self.jump(head);
        self.place(end);
        if !keys && self.choices.chance(500) {
            self.emit(Op::IteratorClose, &[record.into(), 0]);
        }
    }

    /// A scope within the innermost one at hand, for a block.
    fn scope(&mut self) {
        let around = self.env.last().map_or(NONE, |&(_, scope)| scope);
        let scopes = &self.unit.scopes;
        let fits = |id: &u32| {
            let scope = &scopes[*id as usize];
            scope.parent == around && scope.kind != ScopeKind::Module
        };
        let fitting: Vec<u32> = (0..scopes.len() as u32).filter(fits).take(20).collect();
        let Some(id) = self.choices.pick(&fitting) else { return self.straight() };
        let register = self.registers.env + self.env.len() as u32;
        if register == self.registers.iterators {
            return self.straight();
        }
        let layout = self.constant(Constant::Scope(id)).into();
        match self.env.last() {
            Some(&(parent, _)) => self.emit(Op::NewScope, &[register.into(), parent.into(), layout]),
            None => self.emit(Op::NewRootScope, &[register.into(), layout]),
        }
        self.env.push((register, id));
        self.block();
        self.env.pop();
    }
}
