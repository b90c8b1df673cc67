//! Function bodies: statements, and the registers that they use.

use std::collections::HashMap;

use super::{Choices, Generator, Plan, Size, string};
use crate::FRAME_HEADER;
use crate::data::*;
use crate::insn::Insn;
use crate::lines::LineEntry;
use crate::ops::{ALL, Kind, Op, effect};
use crate::settle::{JumpTo, settle};

/// Bound of a Count operand that stands for values.
pub(super) const MOST_VALUES: u32 = 4;
/// Statements within statements.
const DEEPEST: u32 = 3;
/// Scopes made within each other.
const MOST_SCOPES: u32 = 4;

/// Which register is for what, ascending: `this`, parameters, locals, then these.
pub(super) struct Registers {
    /// First local; locals and what stands before them hold values everywhere.
    pub locals: u32,
    /// Holds a value or a hole; behind the last local.
    pub hole: u32,
    /// First of the scopes: the outer one, and those that the function makes.
    pub env: u32,
    /// First of the iteration records and enumerations, three for each level.
    iterators: u32,
    pub coroutine: u32,
    /// The call window; nothing lives behind it.
    pub window: u32,
}

impl Registers {
    fn new(params: u32, locals: u32) -> Registers {
        let hole = 1 + params + locals;
        let env = hole + 1;
        let iterators = env + 1 + MOST_SCOPES;
        let coroutine = iterators + 3 * (DEEPEST + 1);
        Registers { locals: 1 + params, hole, env, iterators, coroutine, window: coroutine + 1 }
    }

    fn count(&self) -> u32 {
        self.window + FRAME_HEADER + 1 + MOST_VALUES
    }
}

pub(super) struct Body<'g, 'b> {
    pub choices: &'g mut Choices<'b>,
    pub unit: &'g mut UnitData,
    pub plans: &'g [Plan],
    plan: Plan,
    size: Size,
    pub f: FunctionData,
    pub registers: Registers,
    pub interned: HashMap<Constant, u32>,
    /// Scopes at hand, with their registers.
    pub env: Vec<(u32, ScopeId)>,
    /// Instruction, operand and slot.
    pub feedback: Vec<(usize, usize, usize)>,
    /// Instruction behind each label.
    labels: Vec<usize>,
    /// Instruction and label.
    jumps: Vec<(usize, usize)>,
    /// Labels of start, end and target, and the register.
    handlers: Vec<([usize; 3], u32)>,
    /// List, entry and label.
    tables: Vec<(ListId, usize, usize)>,
    depth: u32,
    left: u32,
}

pub(super) fn function(generator: &mut Generator, id: usize) -> FunctionData {
    let Generator { choices, size, unit, plans } = generator;
    let plan = plans[id];
    let locals = choices.between(MOST_VALUES + 1, 12);
    let registers = Registers::new(plan.params, locals);
    let f = header(choices, unit, plan, registers.count());
    let left = size.statements / 2 + choices.below(size.statements / 2 + 1);
    let mut body = Body {
        choices,
        unit,
        plans,
        plan,
        size: *size,
        f,
        registers,
        interned: HashMap::new(),
        env: Vec::new(),
        feedback: Vec::new(),
        labels: Vec::new(),
        jumps: Vec::new(),
        handlers: Vec::new(),
        tables: Vec::new(),
        depth: 0,
        left,
    };
    body.prologue();
    while body.left > 0 {
        body.statement();
    }
    body.leave();
    body.finish()
}

fn header(choices: &mut Choices, unit: &UnitData, plan: Plan, registers: u32) -> FunctionData {
    let source = choices.below(unit.sources.len() as u32);
    let text = &unit.sources[source as usize].text;
    let mut end = choices.below(text.len() as u32 + 1);
    while !text.is_char_boundary(end as usize) {
        end -= 1;
    }
    FunctionData {
        name: choices.between(string::NAMES, unit.strings.len() as u32),
        kind: plan.kind,
        flags: function_flag::KEEPS_ARGUMENTS | if choices.chance(500) { function_flag::STRICT } else { 0 },
        params: plan.params,
        length: choices.below(plan.params + 1),
        registers,
        outer_scope: plan.outer_scope,
        inline_hint: choices.below(4),
        source,
        source_range: (0, end),
        constants: Vec::new(),
        feedback: Vec::new(),
        handlers: Vec::new(),
        lines: Vec::new(),
        code: Vec::new(),
    }
}

impl Body<'_, '_> {
    pub fn name(&mut self) -> StringId {
        self.choices.between(string::NAMES, self.unit.strings.len() as u32)
    }

    /// The record for the current level of iteration.
    pub fn iterator(&self) -> u32 {
        self.registers.iterators + 3 * self.depth.min(DEEPEST)
    }

    // ---- code with labels

    fn emit(&mut self, op: Op, operands: &[i64]) {
        let mut insn = Insn::new(op, operands);
        insn.wide = self.choices.chance(10);
        self.f.code.push(insn);
        if self.choices.chance(250) {
            self.line();
        }
    }

    /// A line entry for the last instruction; its index stands for its offset until the end.
    fn line(&mut self) {
        let text_length = self.choices.below(2) * self.f.source_range.1.min(3);
        let text = &self.unit.sources[self.f.source as usize].text;
        let sound = text.is_char_boundary(text_length as usize);
        self.f.lines.push(LineEntry {
            pc: self.f.code.len() as u32 - 1,
            line: self.choices.between(1, 400),
            column: self.choices.between(1, 90),
            text_start: 0,
            text_length: if sound { text_length } else { 0 },
        });
    }

    fn label(&mut self) -> usize {
        self.labels.push(usize::MAX);
        self.labels.len() - 1
    }

    fn place(&mut self, label: usize) {
        self.labels[label] = self.f.code.len();
    }

    fn jump(&mut self, label: usize) {
        self.jumps.push((self.f.code.len(), label));
        self.emit(Op::Jump, &[0]);
    }

    /// An instruction that goes to a label or falls through.
    fn branch(&mut self, label: usize) {
        let op = self.draw(|_, op| {
            let fits = op.position(Kind::Jump).is_some() && !op.has(effect::ends);
            let surrounded = [Kind::InIter, Kind::InKeys].iter().any(|&kind| op.position(kind).is_some());
            fits && !surrounded && op != Op::Yield
        });
        self.jumps.push((self.f.code.len(), label));
        if !op.is_some_and(|op| self.try_emit(op)) {
            let value = self.value().into();
            self.emit(Op::JumpIfTrue, &[value, 0]);
        }
    }

    fn try_emit(&mut self, op: Op) -> bool {
        let slots = (self.feedback.len(), self.f.feedback.len());
        match self.operands(op) {
            Some(operands) => self.emit(op, &operands),
            None => {
                self.feedback.truncate(slots.0);
                self.f.feedback.truncate(slots.1);
                return false;
            }
        }
        true
    }

    /// Some instruction that `fits`.
    fn draw(&mut self, fits: impl Fn(&Self, Op) -> bool) -> Option<Op> {
        let all: Vec<Op> = ALL.iter().copied().filter(|&op| fits(self, op)).collect();
        self.choices.pick(&all)
    }

    // ---- statements

    fn prologue(&mut self) {
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

    fn statement(&mut self) {
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
    fn leave(&mut self) {
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

    fn choose(&mut self) {
        let cases: Vec<usize> = (0..self.choices.between(1, 6)).map(|_| self.label()).collect();
        let end = self.label();
        let first = self.choices.below(3);
        let list = self.list(vec![first; 1 + cases.len()]);
        self.tables.extend(cases.iter().enumerate().map(|(index, &label)| (list, 1 + index, label)));
        let table = self.constant(Constant::JumpTable(list)).into();
        let value = self.value().into();
        self.emit(Op::Switch, &[value, table]);
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

    // ---- the end

    fn finish(mut self) -> FunctionData {
        let words = self.f.slot_words();
        for &(insn, operand, slot) in &self.feedback {
            self.f.code[insn].set_operand(operand, words[slot]);
        }
        if self.size.wild > 0 {
            self.go_wild();
        }
        let target = |&(insn, label): &(usize, usize)| JumpTo { insn, target: self.labels[label] };
        let jumps: Vec<JumpTo> = self.jumps.iter().map(target).collect();
        let offsets = settle(&mut self.f.code, &jumps);
        let offset = |label: usize| offsets[self.labels[label]] as u32;
        for &([start, end, target], register) in &self.handlers {
            let (start, end, target) = (offset(start), offset(end), offset(target));
            self.f.handlers.push(HandlerData { start, end, target, register });
        }
        for &(list, entry, label) in &self.tables {
            self.unit.lists[list as usize][entry] = offset(label);
        }
        self.f.lines.iter_mut().for_each(|entry| entry.pc = offsets[entry.pc as usize] as u32);
        self.f
    }

    /// Changes some operands to anything that can be encoded.
    fn go_wild(&mut self) {
        for index in 0..self.f.code.len() {
            let kinds = self.f.code[index].op.row().operands;
            if kinds.is_empty() || !self.choices.chance(self.size.wild) {
                continue;
            }
            let operand = self.choices.below(kinds.len() as u32) as usize;
            let (low, high) = kinds[operand].1.range(self.choices.chance(100));
            let near = self.choices.below(40).into();
            let any = low + (self.choices.any() % (high - low + 1) as u64) as i64;
            let value = if self.choices.chance(700) { near } else { any };
            self.f.code[index].set_operand(operand, value);
        }
    }
}
