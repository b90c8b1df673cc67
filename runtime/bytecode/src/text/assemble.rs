//! A parsed function body to final code: forms, offsets, labels and feedback words.
//!
//! An instruction without the `wide` mark is narrow if all its operands fit. Distances depend on forms and forms on
//! distances; two passes settle it: where every labelled jump fits while all unmarked jumps are narrow, that is the
//! layout (and it always is for printed text). Otherwise a jump is narrow if it fits while all of them are wide: the
//! final distances are no longer than those.

use std::collections::HashMap;

use super::TextError;
use super::cursor::Parser;
use super::function::{Interned, Target};
use super::lexer::Place;
use crate::data::*;
use crate::lines::LineEntry;
use crate::ops::{Kind, Op};

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

/// First word of every feedback slot, ascending.
pub(super) fn slot_words(constants: usize, feedback: &[u8]) -> Vec<i64> {
    let mut word = constants as i64;
    let slot = |&kind: &u8| {
        let first = word;
        word += FEEDBACK_KINDS.get(usize::from(kind)).map_or(0, |kind| i64::from(kind.feedback_words()));
        first
    };
    feedback.iter().map(slot).collect()
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

    pub(super) fn add_jump(&mut self, operand: usize, label: u32, place: Place) {
        self.jumps.push(self.pending(operand, label, place));
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
        let targets = self.jump_targets(parser)?;
        self.choose_forms(&targets);
        let offsets = self.offsets();
        if offsets.last().is_some_and(|&end| end > i64::from(i32::MAX)) {
            return parser.error(parser.place, "the function's code exceeds 2 GiB");
        }
        for (jump, &target) in self.jumps.iter().zip(&targets) {
            let distance = offsets[target] - offsets[jump.insn];
            self.function.code[jump.insn].set_operand(jump.operand, distance);
        }
        self.resolve_tables(parser, &offsets)?;
        Ok(self.function)
    }

    fn resolve_feedback(&mut self, parser: &Parser) -> Result<(), TextError> {
        let words = slot_words(self.function.constants.len(), &self.function.feedback);
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

    /// Index of the instruction that each labelled jump leads to.
    fn jump_targets(&self, parser: &Parser) -> Result<Vec<usize>, TextError> {
        self.jumps.iter().map(|jump| self.labelled(parser, jump.number, jump.place)).collect()
    }

    fn labelled(&self, parser: &Parser, label: u32, place: Place) -> Result<usize, TextError> {
        match self.labels.get(&label) {
            Some(&index) => Ok(index),
            None => parser.error(place, format!("label L{label} is not defined in this function")),
        }
    }

    /// Start of every instruction, then the end of the code.
    fn offsets(&self) -> Vec<i64> {
        let mut offset = 0;
        let mut offsets = Vec::with_capacity(self.function.code.len() + 1);
        for insn in &self.function.code {
            offsets.push(offset);
            offset += insn.length() as i64;
        }
        offsets.push(offset);
        offsets
    }

    /// Makes instructions wide that need it.
    fn choose_forms(&mut self, targets: &[usize]) {
        let code = &mut self.function.code;
        code.iter_mut().for_each(|insn| insn.wide |= !insn.fits(false));
        let free: Vec<bool> = self.jumps.iter().map(|jump| !code[jump.insn].wide).collect();
        let (low, high) = Kind::Jump.range(false);
        let fits = |offsets: &[i64], jump: &Pending, target: usize| {
            (low..=high).contains(&(offsets[target] - offsets[jump.insn]))
        };
        let narrow = self.offsets();
        let mut jumps = self.jumps.iter().zip(targets).zip(&free);
        if jumps.all(|((jump, &target), free)| !free || fits(&narrow, jump, target)) {
            return;
        }
        for (jump, _) in self.jumps.iter().zip(&free).filter(|(_, free)| **free) {
            self.function.code[jump.insn].wide = true;
        }
        let wide = self.offsets();
        for ((jump, &target), _) in self.jumps.iter().zip(targets).zip(&free).filter(|(_, free)| **free) {
            self.function.code[jump.insn].wide = !fits(&wide, jump, target);
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
