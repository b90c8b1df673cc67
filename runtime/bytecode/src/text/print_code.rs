//! Function bodies to text: constants, feedback, handlers, code with labels and line entries.

use std::fmt::Write;

use super::print::{Printer, id, put};
use crate::data::*;
use crate::insn::Insn;
use crate::lines::LineEntry;
use crate::operands::{Meaning, immediate};
use crate::ops::Kind;

/// Where instructions start, and which of these places have labels.
struct Labels {
    /// Start of every instruction, then the end of the code.
    starts: Vec<i64>,
    /// Places with a label, ascending; a place's index is its label's number.
    targets: Vec<i64>,
}

impl Labels {
    fn new(printer: &mut Printer, f: &FunctionData) -> Labels {
        let mut starts = Vec::with_capacity(f.code.len() + 1);
        let mut end = 0;
        for insn in &f.code {
            starts.push(end);
            end += insn.length() as i64;
        }
        starts.push(end);
        let mut targets: Vec<i64> = Vec::new();
        for (insn, at) in f.code.iter().zip(&starts) {
            targets.extend(insn.operand(Kind::Jump).map(|distance| at + distance));
        }
        for h in &f.handlers {
            targets.extend([h.start, h.end, h.target].map(i64::from));
        }
        for constant in &f.constants {
            if let Some(table) = jump_table(printer.unit, constant, printer.table_entries) {
                printer.table_entries -= table.len();
                targets.extend(table.iter().skip(1).map(|&target| i64::from(target)));
            }
        }
        targets.sort_unstable();
        targets.dedup();
        targets.retain(|target| starts.binary_search(target).is_ok());
        Labels { starts, targets }
    }

    fn name(&self, offset: i64) -> Option<String> {
        self.targets.binary_search(&offset).ok().map(|number| format!("L{number}"))
    }

    /// A label, or the offset.
    fn place(&self, offset: u32) -> String {
        self.name(offset.into()).unwrap_or_else(|| offset.to_string())
    }
}

/// A number so that its bits can be read back.
fn number(value: f64) -> String {
    if value.is_nan() && value.to_bits() != f64::NAN.to_bits() {
        return format!("{:#018x}", value.to_bits());
    }
    match value {
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        _ => format!("{value:?}"),
    }
}

fn constant(constant: &Constant) -> String {
    let kind = Constant::KIND_NAMES[constant.parts().0 as usize];
    let value = match *constant {
        Constant::Number(value) => number(value),
        Constant::String(string) | Constant::BigInt(string) => id("s", string),
        Constant::Symbol(symbol) => match WellKnownSymbol::from_u32(symbol) {
            Some(known) => known.name().into(),
            None => id("", symbol),
        },
        Constant::Function(function) => id("fn", function),
        Constant::Scope(scope) => id("scope", scope),
        Constant::Keys(list)
        | Constant::Template(list)
        | Constant::JumpTable(list)
        | Constant::Slots(list)
        | Constant::Globals(list)
        | Constant::Eval(list) => id("list", list),
    };
    format!("{kind} {value}")
}

fn position(entry: &LineEntry) -> String {
    let mut text = format!("@{}:{}", entry.line, entry.column);
    if (entry.text_start, entry.text_length) != (0, 0) {
        let _ = write!(text, " text {}+{}", entry.text_start, entry.text_length);
    }
    text
}

impl Printer<'_> {
    pub(super) fn body(&mut self, f: &FunctionData) {
        let labels = Labels::new(self, f);
        for (index, value) in f.constants.iter().enumerate() {
            put!(self, "  const k{index} {}", constant(value));
            let meaning = self.meaning(value, Some(&labels));
            self.end_line(meaning.into_iter().collect());
        }
        for kinds in f.feedback.chunks(12) {
            let names: Vec<String> = kinds.iter().map(|&kind| feedback_name(kind)).collect();
            put!(self, "  feedback {}\n", names.join(", "));
        }
        for h in &f.handlers {
            let [start, end, target] = [h.start, h.end, h.target].map(|offset| labels.place(offset));
            put!(self, "  handler {start}..{end} -> {target} r{}\n", h.register);
        }
        self.code(f, &labels);
    }

    fn code(&mut self, f: &FunctionData, labels: &Labels) {
        let words = f.slot_words();
        let mut lines = f.lines.iter().peekable();
        let mut shown = 0;
        for (insn, &at) in f.code.iter().zip(&labels.starts) {
            self.label(labels, at);
            let mut here = None;
            while let Some(entry) = lines.next_if(|entry| here.is_none() && i64::from(entry.pc) <= at) {
                if i64::from(entry.pc) == at {
                    here = Some(entry);
                } else {
                    put!(self, "  pc {} {}\n", entry.pc, position(entry));
                }
            }
            if let Some(entry) = here.filter(|entry| entry.line != shown) {
                shown = entry.line;
                self.source_line(f, entry.line);
            }
            self.insns.push((self.out.len(), at as u32));
            put!(self, "    {}", self.insn(f, insn, at, labels, &words));
            if let Some(entry) = here {
                put!(self, "  {}", position(entry));
            }
            let meanings = self.meanings(f, insn);
            self.end_line(meanings);
        }
        self.label(labels, labels.starts[f.code.len()]);
        for entry in lines {
            put!(self, "  pc {} {}\n", entry.pc, position(entry));
        }
    }

    fn label(&mut self, labels: &Labels, at: i64) {
        if let Some(name) = labels.name(at) {
            put!(self, "  {name}:\n");
        }
    }

    fn insn(&self, f: &FunctionData, insn: &Insn, at: i64, labels: &Labels, words: &[i64]) -> String {
        let mut text = String::from(if insn.wide { "wide " } else { "" });
        text.push_str(insn.op.row().name);
        for (index, (kind, value)) in insn.typed().enumerate() {
            text.push_str(if index == 0 { " " } else { ", " });
            let _ = match kind {
                _ if kind.is_register() => write!(text, "r{value}"),
                Kind::Const => write!(text, "k{value}"),
                Kind::Jump => match labels.name(at + value) {
                    Some(label) => write!(text, "{label}"),
                    None => write!(text, "{value:+}"),
                },
                _ if kind.is_feedback() => match words.binary_search(&value) {
                    Ok(slot) if is_slot(f, slot) => write!(text, "f{slot}"),
                    _ => write!(text, "w{value}"),
                },
                _ => write!(text, "{value}"),
            };
        }
        text
    }

    /// What an instruction's operands stand for.
    fn meanings(&self, f: &FunctionData, insn: &Insn) -> Vec<String> {
        if !self.comments {
            return Vec::new();
        }
        let meaning = |(kind, value): (Kind, i64)| match kind {
            Kind::Const => {
                let index = usize::try_from(value).ok()?;
                f.constants.get(index).and_then(|found| self.meaning(found, None))
            }
            Kind::Imm => match immediate(insn.op, value) {
                Meaning::Member(name) => Some(name.to_string()),
                _ => None,
            },
            _ => None,
        };
        insn.typed().filter_map(meaning).collect()
    }

    /// What a constant stands for, where that is not plain from its text.
    fn meaning(&self, value: &Constant, labels: Option<&Labels>) -> Option<String> {
        Some(match *value {
            Constant::String(string) | Constant::BigInt(string) => self.quoted(string),
            Constant::Function(function) => self.quoted(self.unit.functions.get(function as usize)?.name),
            Constant::JumpTable(_) => {
                let table = jump_table(self.unit, value, self.table_entries)?;
                let (first, targets) = table.split_first()?;
                let labels = labels?;
                let shown: Vec<String> =
                    targets.iter().take(16).map(|&target| labels.place(target)).collect();
                let more = if targets.len() > 16 { ", ..." } else { "" };
                format!("from {}: {}{more}", *first as i32, shown.join(", "))
            }
            Constant::Keys(list) => {
                let keys = self.unit.lists.get(list as usize)?;
                let shown: Vec<String> = keys.iter().take(16).map(|&key| self.quoted(key)).collect();
                shown.join(" ")
            }
            _ if labels.is_none() => constant(value),
            _ => return None,
        })
    }

    fn end_line(&mut self, meanings: Vec<String>) {
        if self.comments && !meanings.is_empty() {
            put!(self, "  ; {}", meanings.join(", "));
        }
        self.out.push('\n');
    }

    fn source_line(&mut self, f: &FunctionData, line: u32) {
        if let Some(text) = self.source_text(f.source, line) {
            let shown: String = text.trim().chars().filter(|c| !c.is_control()).take(100).collect();
            put!(self, "    ; {line} | {shown}\n");
        }
    }

    /// A line of a source; `None` where comments are not asked for.
    fn source_text(&self, source: u32, line: u32) -> Option<&str> {
        let starts = self.line_starts.get(source as usize)?;
        let index = (line as usize).checked_sub(1)?;
        let text = &self.unit.sources[source as usize].text;
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        text.get(*starts.get(index)?..end)
    }
}

/// A jump table's list, unless it is longer than what may still be looked at.
fn jump_table<'a>(unit: &'a UnitData, value: &Constant, limit: usize) -> Option<&'a [u32]> {
    let Constant::JumpTable(list) = *value else { return None };
    unit.lists.get(list as usize).filter(|list| list.len() <= limit).map(Vec::as_slice)
}

fn feedback_name(kind: u8) -> String {
    FEEDBACK_KINDS.get(usize::from(kind)).map_or_else(|| kind.to_string(), |kind| format!("{kind:?}"))
}

/// Whether slot `slot` is the one that a search for its first word finds: slots of unknown kinds have no words.
fn is_slot(f: &FunctionData, slot: usize) -> bool {
    f.feedback.get(slot).is_some_and(|&kind| usize::from(kind) < FEEDBACK_KINDS.len())
}
