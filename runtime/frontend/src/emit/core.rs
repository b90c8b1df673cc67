//! The function under construction: instructions, labels, registers, constants, feedback slots, handlers.
//!
//! Registers are a stack: `this`, the parameters, then locals and temporaries of the scopes and expressions being
//! compiled. Jump operands hold label numbers until [`Code::finish`] lays the code out.

use rustc_hash::FxHashMap;
use tvm_bytecode::data::{Constant, FEEDBACK_KINDS, HandlerData};
use tvm_bytecode::lines::LineEntry;
use tvm_bytecode::ops::Kind;
use tvm_bytecode::{Insn, Op};

use crate::positions::LineIndex;

/// A register's number.
pub(crate) type Reg = u32;

/// A place in the code, perhaps not reached yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label(u32);

struct Pending {
    insn: Insn,
    /// Source offset, `u32::MAX` for none.
    position: u32,
    /// What an error message quotes.
    text: (u32, u32),
    /// Dropped from the code.
    dead: bool,
}

struct Handler {
    start: usize,
    end: usize,
    target: Label,
    register: Reg,
}

/// Code under construction.
#[derive(Default)]
pub(crate) struct Code {
    insns: Vec<Pending>,
    labels: Vec<Option<usize>>,
    /// Where the last label was put.
    last_bound: usize,
    constants: FxHashMap<Constant, u32>,
    constant_list: Vec<Constant>,
    feedback: Vec<u8>,
    feedback_words: u32,
    handlers: Vec<Handler>,
    next_register: Reg,
    max_register: Reg,
    /// Source offset that the next instructions come from.
    pub(crate) position: u32,
    /// Text that the next instruction's error message quotes.
    pub(crate) quote: (u32, u32),
}

/// What [`Code::finish`] gives.
pub(crate) struct Finished {
    pub code: Vec<Insn>,
    pub constants: Vec<Constant>,
    pub feedback: Vec<u8>,
    pub handlers: Vec<HandlerData>,
    pub lines: Vec<LineEntry>,
    pub registers: u32,
    /// Byte offset of each label.
    pub label_offsets: Vec<u32>,
}

impl Code {
    /// Appends an instruction; feedback operands are left out of `operands` and allotted here.
    pub(crate) fn emit(&mut self, op: Op, operands: &[i64]) -> usize {
        let row = op.row().operands;
        let mut all = [0i64; tvm_bytecode::ops::MAX_OPERANDS];
        let mut given = operands.iter();
        for (slot, &(name, kind)) in all.iter_mut().zip(row) {
            *slot = if kind.is_feedback() {
                self.feedback_slot(kind)
            } else {
                *given.next().unwrap_or_else(|| panic!("{}: operand {name} is missing", op.row().name))
            };
        }
        assert!(given.next().is_none(), "{}: too many operands", op.row().name);
        self.insns.push(Pending {
            insn: Insn::new(op, &all[..row.len()]),
            position: self.position,
            text: std::mem::take(&mut self.quote),
            dead: false,
        });
        self.insns.len() - 1
    }

    fn feedback_slot(&mut self, kind: Kind) -> i64 {
        let number = FEEDBACK_KINDS.iter().position(|&k| k == kind).unwrap_or(0);
        let word = self.feedback_words;
        self.feedback.push(number as u8);
        self.feedback_words += kind.feedback_words();
        i64::from(word)
    }

    /// Drops an instruction that turned out not to be needed.
    pub(crate) fn kill(&mut self, index: usize) {
        self.insns[index].dead = true;
    }

    /// Index that the next instruction will have.
    pub(crate) fn here(&self) -> usize {
        self.insns.len()
    }

    /// Whether the code so far ends in an instruction that never falls through, with no label behind it.
    pub(crate) fn is_unreachable(&self) -> bool {
        let ends = self.insns.last().is_some_and(|p| p.insn.op.has(tvm_bytecode::ops::effect::ends));
        ends && self.last_bound != self.insns.len()
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts `label` here.
    pub(crate) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.insns.len());
        self.last_bound = self.insns.len();
    }

    /// A label at this place.
    pub(crate) fn label_here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    pub(crate) fn jump(&mut self, target: Label) {
        self.emit(Op::Jump, &[target.0.into()]);
    }

    /// A jump instruction whose other operands are `operands`, target last.
    pub(crate) fn jump_if(&mut self, op: Op, operands: &[i64], target: Label) {
        let mut all = operands.to_vec();
        all.push(target.0.into());
        self.emit(op, &all);
    }

    /// Index of a label into [`Finished::label_offsets`].
    pub(crate) fn label_index(label: Label) -> usize {
        label.0 as usize
    }

    pub(crate) fn constant(&mut self, constant: Constant) -> i64 {
        let list = &mut self.constant_list;
        let index = *self.constants.entry(constant).or_insert_with(|| {
            list.push(constant);
            list.len() as u32 - 1
        });
        index.into()
    }

    /// A constant that gets a slot of its own (a tagged template's object).
    pub(crate) fn own_constant(&mut self, constant: Constant) -> i64 {
        self.constant_list.push(constant);
        self.constant_list.len() as i64 - 1
    }

    /// Adds a handler over `[start, end)`, by instruction index. Inner handlers must be added first.
    pub(crate) fn handler(&mut self, start: usize, end: usize, target: Label, register: Reg) {
        if start < end {
            self.handlers.push(Handler { start, end, target, register });
        }
    }

    // ---- registers

    pub(crate) fn reserve_registers(&mut self, count: u32) {
        self.next_register = self.next_register.max(count);
        self.max_register = self.max_register.max(self.next_register);
    }

    pub(crate) fn alloc(&mut self) -> Reg {
        self.alloc_many(1)
    }

    pub(crate) fn alloc_many(&mut self, count: u32) -> Reg {
        let first = self.next_register;
        self.next_register += count;
        self.max_register = self.max_register.max(self.next_register);
        first
    }

    /// The next free register: give it to [`Code::release`] to free all allotted since.
    pub(crate) fn mark(&self) -> Reg {
        self.next_register
    }

    pub(crate) fn release(&mut self, mark: Reg) {
        self.next_register = mark;
    }

    // ---- layout

    /// Lays the code out: chooses forms, resolves labels, codes positions.
    pub(crate) fn finish(mut self, index: &LineIndex<'_>) -> Finished {
        let base = self.constant_list.len() as i64;
        for pending in &mut self.insns {
            for (i, &(_, kind)) in pending.insn.op.row().operands.iter().enumerate() {
                if kind.is_feedback() {
                    let word = pending.insn.operands()[i];
                    pending.insn.set_operand(i, word + base);
                }
            }
        }
        let offsets = self.resolve();
        let at = |insn: usize| offsets[insn];
        let label_offsets = self.labels.iter().map(|l| l.map_or(0, at)).collect();
        let handlers = self
            .handlers
            .iter()
            .map(|h| HandlerData {
                start: at(h.start),
                end: at(h.end),
                target: self.labels[h.target.0 as usize].map_or(0, at),
                register: h.register,
            })
            .filter(|h| h.start < h.end)
            .collect();
        Finished {
            lines: self.lines(&offsets, index),
            code: self.insns.iter().filter(|p| !p.dead).map(|p| p.insn).collect(),
            constants: self.constant_list,
            feedback: self.feedback,
            handlers,
            registers: self.max_register,
            label_offsets,
        }
    }

    /// Byte offset of each instruction, with one more for the end; jump operands become deltas.
    fn resolve(&mut self) -> Vec<u32> {
        let jump_operand =
            |insn: &Insn| insn.op.row().operands.iter().position(|&(_, kind)| kind == Kind::Jump);
        for p in &mut self.insns {
            let jump = jump_operand(&p.insn);
            let wide = p.insn.typed().enumerate().any(|(i, (kind, value))| {
                let (low, high) = kind.range(false);
                Some(i) != jump && !(low..=high).contains(&value)
            });
            p.insn.wide = wide;
        }
        loop {
            let offsets = self.offsets();
            let mut grew = false;
            for i in 0..self.insns.len() {
                let Some(slot) = jump_operand(&self.insns[i].insn) else { continue };
                let label = self.insns[i].insn.operands()[slot];
                let target = self.labels[label as usize].expect("a jump's label is bound");
                let delta = i64::from(offsets[target]) - i64::from(offsets[i]);
                let (low, high) = Kind::Jump.range(false);
                if !self.insns[i].insn.wide && !(low..=high).contains(&delta) {
                    self.insns[i].insn.wide = true;
                    grew = true;
                }
            }
            if !grew {
                for i in 0..self.insns.len() {
                    let Some(slot) = jump_operand(&self.insns[i].insn) else { continue };
                    let label = self.insns[i].insn.operands()[slot];
                    let target = self.labels[label as usize].expect("a jump's label is bound");
                    self.insns[i].insn.set_operand(slot, i64::from(offsets[target]) - i64::from(offsets[i]));
                }
                return offsets;
            }
        }
    }

    fn offsets(&self) -> Vec<u32> {
        let mut offsets = Vec::with_capacity(self.insns.len() + 1);
        let mut at = 0u32;
        for p in &self.insns {
            offsets.push(at);
            if !p.dead {
                at += p.insn.length() as u32;
            }
        }
        offsets.push(at);
        offsets
    }

    fn lines(&self, offsets: &[u32], index: &LineIndex<'_>) -> Vec<LineEntry> {
        let mut lines: Vec<LineEntry> = Vec::new();
        let mut last = (u32::MAX, (0, 0));
        for (p, &pc) in self.insns.iter().zip(offsets) {
            let quiet = !p.insn.op.has(tvm_bytecode::ops::effect::throws | tvm_bytecode::ops::effect::calls);
            if p.dead || p.position == u32::MAX || quiet || last == (p.position, p.text) {
                continue;
            }
            last = (p.position, p.text);
            let (line, column) = index.position(p.position);
            let entry =
                LineEntry { pc, line, column, text_start: p.text.0, text_length: p.text.1 - p.text.0 };
            let entry = if entry.text_length == 0 { LineEntry { text_start: 0, ..entry } } else { entry };
            lines.push(entry);
        }
        lines
    }
}
