//! Functions from text: header and statements, in the order they stand. `assemble.rs` resolves labels afterwards.

use std::collections::HashMap;

use super::assemble::Draft;
use super::cursor::{Parsed, Parser, parse_index};
use super::lexer::{Place, Token};
use crate::data::*;
use crate::insn::Insn;
use crate::lines::LineEntry;
use crate::operands::{Meaning, immediate, span};
use crate::ops::{Kind, MAX_OPERANDS, Op};

/// A code offset: given, or that of a label.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Offset(u32),
    Label(u32, Place),
}

/// Immediates below this number may be written by name.
const IMMEDIATES: i64 = 32;

/// Names of [`FEEDBACK_KINDS`].
fn feedback_kind(word: &str) -> Option<u8> {
    FEEDBACK_KINDS.iter().position(|kind| format!("{kind:?}") == word).map(|index| index as u8)
}

impl<'a> Parser<'a> {
    /// `fnN STR KIND field... { statement... }`
    pub(super) fn function(&mut self) -> Parsed<()> {
        self.define("fn", self.unit.functions.len())?;
        let name = self.string()?;
        let kind = self.named("the kind of function", FunctionKind::from_name)?;
        let mut f = FunctionData {
            name,
            kind,
            flags: 0,
            params: 0,
            length: 0,
            registers: 0,
            outer_scope: NONE,
            inline_hint: 0,
            source: 0,
            source_range: (0, 0),
            constants: Vec::new(),
            feedback: Vec::new(),
            handlers: Vec::new(),
            lines: Vec::new(),
            code: Vec::new(),
        };
        let given = self.header(&mut f)?;
        let mut draft = Draft::new(f);
        self.block(|p| p.statement(&mut draft))?;
        let mut f = draft.finish(self)?;
        if !given.length {
            f.length = f.params;
        }
        if !given.registers {
            f.registers = registers_used(&f);
        }
        self.needs_source |= !given.source;
        self.unit.functions.push(f);
        Ok(())
    }

    fn header(&mut self, f: &mut FunctionData) -> Parsed<Given> {
        let mut given = Given::default();
        while let Token::Word(field) = self.token {
            if let Some(&(bit, _)) = function_flag::NAMES.iter().find(|(_, name)| *name == field) {
                f.flags |= bit;
                self.take()?;
                continue;
            }
            let place = self.place;
            self.take()?;
            match field {
                "flags" => f.flags |= self.number()?,
                "params" => f.params = self.number()?,
                "length" => (f.length, given.length) = (self.number()?, true),
                "registers" => (f.registers, given.registers) = (self.number()?, true),
                "scope" => f.outer_scope = self.id("scope")?,
                "hint" => f.inline_hint = self.number()?,
                "source" => {
                    f.source = self.id("source")?;
                    given.source = true;
                    f.source_range.0 = self.number()?;
                    self.mark("..")?;
                    f.source_range.1 = self.number()?;
                }
                _ => return self.error(place, "expected a flag or field of the function, or `{`"),
            }
        }
        Ok(given)
    }

    fn statement(&mut self, draft: &mut Draft) -> Parsed<()> {
        let Token::Word(word) = self.token else { return self.expected("an instruction or label") };
        let place = self.place;
        self.take()?;
        match word {
            "const" => {
                self.define("k", draft.function.constants.len())?;
                let constant = self.constant()?;
                draft.add_constant(constant);
            }
            "feedback" => self.feedback(draft)?,
            "handler" => self.handler(draft)?,
            "pc" => {
                let pc = self.number()?;
                let entry = self.position()?;
                draft.lines.push((None, LineEntry { pc, ..entry }));
            }
            _ => match parse_index("L", word) {
                Some(label) => self.label(draft, label, place)?,
                None => self.instruction(draft, word, place)?,
            },
        }
        Ok(())
    }

    fn feedback(&mut self, draft: &mut Draft) -> Parsed<()> {
        loop {
            let kind = match self.token {
                Token::Number(digits) if let Ok(kind) = digits.parse() => {
                    self.take()?;
                    kind
                }
                _ => self.named("a kind of feedback", feedback_kind)?,
            };
            draft.function.feedback.push(kind);
            if !self.try_mark(",")? {
                return Ok(());
            }
        }
    }

    fn handler(&mut self, draft: &mut Draft) -> Parsed<()> {
        let start = self.target()?;
        self.mark("..")?;
        let end = self.target()?;
        self.mark("->")?;
        let target = self.target()?;
        let register = self.index("r")?;
        draft.handlers.push(([start, end, target], register));
        Ok(())
    }

    /// A label or a code offset.
    fn target(&mut self) -> Parsed<Target> {
        if matches!(self.token, Token::Number(_)) {
            return self.number().map(Target::Offset);
        }
        let place = self.place;
        self.index("L").map(|label| Target::Label(label, place))
    }

    /// A label, behind its name; the next statement may stand on the same line.
    fn label(&mut self, draft: &mut Draft, label: u32, place: Place) -> Parsed<()> {
        self.mark(":")?;
        if draft.labels.insert(label, draft.function.code.len()).is_some() {
            return self.error(place, format!("label L{label} is defined twice"));
        }
        let Token::Word(word) = self.token else { return Ok(()) };
        let place = self.place;
        self.take()?;
        self.instruction(draft, word, place)
    }

    /// An instruction, behind its first word.
    fn instruction(&mut self, draft: &mut Draft, mut word: &'a str, mut place: Place) -> Parsed<()> {
        let wide = word == "wide";
        if wide {
            let Token::Word(next) = self.token else { return self.expected("an instruction") };
            (word, place) = (next, self.place);
            self.take()?;
        }
        let Some(op) = Op::from_name(word).filter(|&op| op != Op::Wide) else {
            let shown: String = word.chars().take(40).collect();
            return self.error(place, format!("expected an instruction, label or `}}`, found `{shown}`"));
        };
        draft.op = op;
        let mut operands = [0; MAX_OPERANDS];
        let kinds = op.row().operands;
        for (index, &(name, kind)) in kinds.iter().enumerate() {
            let absent = matches!(self.token, Token::Newline | Token::Mark("@" | "}") | Token::End);
            if absent && index + 1 == kinds.len() && kind.is_feedback() {
                draft.new_feedback(index, kind, place);
                break;
            }
            if index > 0 {
                self.mark(",")?;
            }
            operands[index] = self.operand(draft, index, name, kind)?;
        }
        let pc = draft.function.code.len();
        let mut insn = Insn::new(op, &operands[..kinds.len()]);
        insn.wide = wide;
        draft.function.code.push(insn);
        if self.token == Token::Mark("@") {
            let entry = self.position()?;
            draft.lines.push((Some(pc), entry));
        }
        Ok(())
    }

    fn operand(&mut self, draft: &mut Draft, index: usize, name: &str, kind: Kind) -> Parsed<i64> {
        let place = self.place;
        let value = if kind.is_register() {
            i64::from(self.index("r")?)
        } else if kind == Kind::Const {
            i64::from(self.constant_operand(draft)?)
        } else if kind == Kind::Jump {
            self.jump_operand(draft)?
        } else if kind.is_feedback() {
            self.feedback_operand(draft, index)?
        } else {
            self.number_operand(draft.op, kind)?
        };
        let (low, high) = kind.range(true);
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        self.error(place, format!("operand {name} takes {low} to {high}"))
    }

    /// A number, or the name of what an immediate stands for.
    fn number_operand(&mut self, op: Op, kind: Kind) -> Parsed<i64> {
        match self.token {
            Token::Word(word) if kind == Kind::Imm => {
                let named = |value| matches!(immediate(op, value), Meaning::Member(name) if name == word);
                let value = (0..IMMEDIATES).find(|&value| named(value));
                let Some(value) = value else { return self.expected("a number") };
                self.take()?;
                Ok(value)
            }
            _ => self.signed(),
        }
    }

    fn constant_operand(&mut self, draft: &mut Draft) -> Parsed<u32> {
        if let Token::Word(word) = self.token
            && let Some(index) = parse_index("k", word)
        {
            self.take()?;
            return Ok(index);
        }
        let constant = self.constant()?;
        Ok(draft.intern_constant(constant))
    }

    fn jump_operand(&mut self, draft: &mut Draft) -> Parsed<i64> {
        let place = self.place;
        if let Token::Word(word) = self.token
            && let Some(label) = parse_index("L", word)
        {
            self.take()?;
            draft.add_jump(label, place);
            return Ok(0);
        }
        if matches!(self.token, Token::Word(_)) {
            return self.expected("a label (L0, L1, ...) or a distance");
        }
        self.signed()
    }

    fn feedback_operand(&mut self, draft: &mut Draft, operand: usize) -> Parsed<i64> {
        let Token::Word(word) = self.token else { return self.expected("f0, f1, ... or w0, w1, ...") };
        if let Some(slot) = parse_index("f", word) {
            draft.use_feedback(operand, slot, self.place);
            self.take()?;
            return Ok(0);
        }
        self.index("w").map(i64::from)
    }

    /// `@LINE:COLUMN [text START+LENGTH]`
    fn position(&mut self) -> Parsed<LineEntry> {
        self.mark("@")?;
        let mut entry = LineEntry { line: self.number()?, ..LineEntry::default() };
        self.mark(":")?;
        entry.column = self.number()?;
        if self.try_word("text")? {
            entry.text_start = self.number()?;
            self.mark("+")?;
            entry.text_length = self.number()?;
        }
        Ok(entry)
    }
}

/// Which fields a header gave.
#[derive(Default)]
struct Given {
    length: bool,
    registers: bool,
    source: bool,
}

/// Registers that parameters, code and handlers need.
fn registers_used(f: &FunctionData) -> u32 {
    let mut used = i64::from(f.params) + 1;
    for insn in &f.code {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        for (kind, register) in insn.typed().filter(|(kind, _)| kind.is_register()) {
            used = used.max(register + span(kind, count));
        }
    }
    for handler in &f.handlers {
        used = used.max(i64::from(handler.register) + 1);
    }
    u32::try_from(used).unwrap_or(u32::MAX)
}

impl Draft {
    fn add_constant(&mut self, constant: Constant) {
        let index = self.function.constants.len() as u32;
        self.interned.entry(constant).or_insert(index);
        self.function.constants.push(constant);
    }

    fn intern_constant(&mut self, constant: Constant) -> u32 {
        if let Some(&known) = self.interned.get(&constant) {
            return known;
        }
        self.add_constant(constant);
        self.function.constants.len() as u32 - 1
    }
}

/// Constants by value.
pub(super) type Interned = HashMap<Constant, u32>;
