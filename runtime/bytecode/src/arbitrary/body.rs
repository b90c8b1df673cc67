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
pub(super) const DEEPEST: u32 = 3;
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
    pub iterators: u32,
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
    pub plan: Plan,
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
    pub jumps: Vec<(usize, usize)>,
    /// Labels of start, end and target, and the register.
    pub handlers: Vec<([usize; 3], u32)>,
    /// List, entry and label.
    pub tables: Vec<(ListId, usize, usize)>,
    pub depth: u32,
    pub left: u32,
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

    pub fn emit(&mut self, op: Op, operands: &[i64]) {
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

    pub fn label(&mut self) -> usize {
        self.labels.push(usize::MAX);
        self.labels.len() - 1
    }

    pub fn place(&mut self, label: usize) {
        self.labels[label] = self.f.code.len();
    }

    pub fn jump(&mut self, label: usize) {
        self.jumps.push((self.f.code.len(), label));
        self.emit(Op::Jump, &[0]);
    }

    /// An instruction that goes to a label or falls through.
    pub fn branch(&mut self, label: usize) {
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

    pub fn try_emit(&mut self, op: Op) -> bool {
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
    pub fn draw(&mut self, fits: impl Fn(&Self, Op) -> bool) -> Option<Op> {
        let all: Vec<Op> = ALL.iter().copied().filter(|&op| fits(self, op)).collect();
        self.choices.pick(&all)
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
