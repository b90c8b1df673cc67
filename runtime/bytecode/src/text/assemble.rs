//! A parsed function body to final code: forms, offsets, labels and feedback words.
//!
//! An instruction without the `wide` mark is narrow if all its operands fit; see [`crate::settle`] for jumps. In
//! printed text all unmarked instructions fit, so that the layout is the one that was printed.

use std::collections::HashMap;

use super::TextError;
use super::cursor::Parser;
use super::function::{Interned, Target};
use super::lexer::Place;
use crate::data::*;
use crate::lines::LineEntry;
use crate::ops::{Kind, Op};
use crate::settle::{JumpTo, settle};

/// An operand that waits for something further on.
pub(super) struct Pending {
    /// Index of the instruction.
    insn: usize,
    operand: usize,
    /// Number of the label or feedback slot.
    number: u32,
    place: Place,
}

/// A function while its statements are read.
pub(super) struct Draft {
    pub function: FunctionData,
    pub interned: Interned,
    /// Index of the instruction behind each label.
    pub labels: HashMap<u32, usize>,
    /// Start, end and target, and the register.
    pub handlers: Vec<([Target; 3], u32)>,
    /// Line entries; with an instruction, they hold from its start.
    pub lines: Vec<(Option<usize>, LineEntry)>,
    /// The operation of the instruction that is being read.
    pub op: Op,
    jumps: Vec<Pending>,
    feedback: Vec<Pending>,
}

impl Draft {
    pub(super) fn new(function: FunctionData) -> Draft {
        Draft {
            function,
            interned: HashMap::new(),
            labels: HashMap::new(),
            handlers: Vec::new(),
            lines: Vec::new(),
            op: Op::Debugger,
            jumps: Vec::new(),
            feedback: Vec::new(),
        }
    }

    /// What the instruction that is being read waits for.
    fn pending(&self, operand: usize, number: u32, place: Place) -> Pending {
        Pending { insn: self.function.code.len(), operand, number, place }
    }

    pub(super) fn add_jump(&mut self, label: u32, place: Place) {
        self.jumps.push(self.pending(0, label, place));
    }

    pub(super) fn use_feedback(&mut self, operand: usize, slot: u32, place: Place) {
        self.feedback.push(self.pending(operand, slot, place));
    }

    /// Gives the instruction that is being read a feedback slot of its own.
    pub(super) fn new_feedback(&mut self, operand: usize, kind: Kind, place: Place) {
        let number = FEEDBACK_KINDS.iter().position(|&known| known == kind).unwrap_or(0);
        self.use_feedback(operand, self.function.feedback.len() as u32, place);
        self.function.feedback.push(number as u8);
    }

    /// Resolves all that was left open.
    pub(super) fn finish(mut self, parser: &mut Parser) -> Result<FunctionData, TextError> {
        self.resolve_feedback(parser)?;
        let jumps = self.jump_targets(parser)?;
        let offsets = settle(&mut self.function.code, &jumps);
        if offsets.last().is_some_and(|&end| end > i64::from(i32::MAX)) {
            return parser.error(parser.place, "the function's code exceeds 2 GiB");
        }
        self.resolve_tables(parser, &offsets)?;
        Ok(self.function)
    }

    fn resolve_feedback(&mut self, parser: &Parser) -> Result<(), TextError> {
        let words = self.function.slot_words();
        for slot in &self.feedback {
            let word = words.get(slot.number as usize).filter(|&&word| word <= i64::from(u32::MAX));
            let Some(&word) = word else {
                return parser
                    .error(slot.place, format!("no feedback slot f{} in this function", slot.number));
            };
            self.function.code[slot.insn].set_operand(slot.operand, word);
        }
        Ok(())
    }

    /// The instructions that labelled jumps lead to.
    fn jump_targets(&self, parser: &Parser) -> Result<Vec<JumpTo>, TextError> {
        let target = |jump: &Pending| {
            let target = self.labelled(parser, jump.number, jump.place)?;
            Ok(JumpTo { insn: jump.insn, target })
        };
        self.jumps.iter().map(target).collect()
    }

    fn labelled(&self, parser: &Parser, label: u32, place: Place) -> Result<usize, TextError> {
        match self.labels.get(&label) {
            Some(&index) => Ok(index),
            None => parser.error(place, format!("label L{label} is not defined in this function")),
        }
    }

    /// Handlers, line entries and lists that name labels.
    fn resolve_tables(&mut self, parser: &mut Parser, offsets: &[i64]) -> Result<(), TextError> {
        let offset = |target: Target| match target {
            Target::Offset(offset) => Ok(offset),
            Target::Label(label, place) => Ok(offsets[self.labelled(parser, label, place)?] as u32),
        };
        let mut handlers = Vec::with_capacity(self.handlers.len());
        for &([start, end, target], register) in &self.handlers {
            let (start, end, target) = (offset(start)?, offset(end)?, offset(target)?);
            handlers.push(HandlerData { start, end, target, register });
        }
        self.function.handlers = handlers;
        let at = |&(insn, entry): &(Option<usize>, LineEntry)| match insn {
            Some(insn) => LineEntry { pc: offsets[insn] as u32, ..entry },
            None => entry,
        };
        self.function.lines = self.lines.iter().map(at).collect();
        for waiting in std::mem::take(&mut parser.list_labels) {
            let target = self.labelled(parser, waiting.label, waiting.place)?;
            if let Some(list) = parser.unit.lists.get_mut(waiting.list as usize) {
                list[waiting.entry] = offsets[target] as u32;
            }
        }
        Ok(())
    }
}
