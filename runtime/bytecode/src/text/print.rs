//! Units to text.

use std::fmt::Write;

use super::lexer::write_literal;
use crate::data::*;

/// The unit's text, in the one canonical form.
pub fn print(unit: &UnitData) -> String {
    Printer::new(unit, false).unit()
}

/// The same text with comments: names and constants that indices stand for, jump tables, and source lines.
pub fn print_annotated(unit: &UnitData) -> String {
    Printer::new(unit, true).unit()
}

/// The lines of one function's body with comments, each with the code offset of the instruction that it shows.
pub fn print_function(unit: &UnitData, function: FunctionId) -> Vec<(Option<u32>, String)> {
    let mut printer = Printer::new(unit, true);
    let Some(data) = unit.functions.get(function as usize) else { return Vec::new() };
    printer.body(data);
    let mut at = 0;
    let mut lines = Vec::new();
    for line in printer.out.split_inclusive('\n') {
        let found = printer.insns.binary_search_by_key(&at, |&(start, _)| start);
        lines.push((found.ok().map(|index| printer.insns[index].1), line.trim_end().to_owned()));
        at += line.len();
    }
    lines
}

pub(super) struct Printer<'a> {
    pub unit: &'a UnitData,
    pub out: String,
    /// Whether to add comments.
    pub comments: bool,
    /// Starts of each source's lines, where there are comments.
    pub line_starts: Vec<Vec<usize>>,
    /// Jump table entries that may still be looked at for labels: unverified data may repeat a long one.
    pub table_entries: usize,
    /// Where instructions stand in the output, with their code offsets.
    pub insns: Vec<(usize, u32)>,
}

/// Appends formatted text to the printer's output; writing to a string cannot fail.
macro_rules! put {
    ($printer:expr, $($argument:tt)*) => {{ let _ = write!($printer.out, $($argument)*); }};
}
pub(super) use put;

/// An id as text.
pub(super) fn id(prefix: &str, number: u32) -> String {
    if number == NONE { "none".into() } else { format!("{prefix}{number}") }
}

impl<'a> Printer<'a> {
    fn new(unit: &'a UnitData, comments: bool) -> Printer<'a> {
        let starts = |source: &SourceData| {
            let behind = source.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(behind).collect()
        };
        let line_starts = if comments { unit.sources.iter().map(starts).collect() } else { Vec::new() };
        Printer { unit, out: String::new(), comments, line_starts, table_entries: 1 << 20, insns: Vec::new() }
    }

    fn unit(mut self) -> String {
        let unit = self.unit;
        put!(self, "unit {}", unit.entry_kind.name());
        if unit.entry != NONE {
            put!(self, " entry fn{}", unit.entry);
        }
        self.out.push('\n');
        for &(key, value) in &unit.meta {
            put!(self, "meta {} {}", id("s", key), id("s", value));
            self.note(&[key, value]);
        }
        self.strings_and_lists();
        for (index, source) in unit.sources.iter().enumerate() {
            self.source(index, source);
        }
        for (index, scope) in unit.scopes.iter().enumerate() {
            self.scope(index, scope);
        }
        for (index, function) in unit.functions.iter().enumerate() {
            self.function(index, function);
        }
        for (index, module) in unit.modules.iter().enumerate() {
            self.module(index, module);
        }
        self.out
    }

    fn strings_and_lists(&mut self) {
        for (index, text) in self.unit.strings.iter().enumerate() {
            put!(self, "string s{index} ");
            write_literal(&mut self.out, text.units().into_iter());
            self.out.push('\n');
        }
        for (index, list) in self.unit.lists.iter().enumerate() {
            let entries: Vec<String> = list.iter().map(|&entry| id("", entry)).collect();
            put!(self, "list list{index} [{}]\n", entries.join(", "));
        }
    }

    /// Ends a line with a comment that resolves string ids.
    pub(super) fn note(&mut self, strings: &[StringId]) {
        if self.comments {
            let texts: Vec<String> = strings.iter().map(|&id| self.quoted(id)).collect();
            put!(self, "  ; {}", texts.join(" "));
        }
        self.out.push('\n');
    }

    /// A string for a comment, cut where it is long.
    pub(super) fn quoted(&self, string: StringId) -> String {
        let mut text = String::new();
        match self.unit.strings.get(string as usize) {
            Some(found) => {
                let units = found.units();
                write_literal(&mut text, units.iter().copied().take(40));
                text.push_str(if units.len() > 40 { "..." } else { "" });
            }
            None => text.push('-'),
        }
        text
    }

    fn source(&mut self, index: usize, source: &SourceData) {
        put!(self, "source source{index} {} {{", id("s", source.name));
        self.note(&[source.name]);
        for line in source.text.split_inclusive('\n') {
            self.out.push_str("  ");
            write_literal(&mut self.out, line.encode_utf16());
            self.out.push('\n');
        }
        self.out.push_str("}\n");
    }

    fn scope(&mut self, index: usize, scope: &ScopeData) {
        put!(self, "scope scope{index} {}", scope.kind.name());
        if scope.parent != NONE {
            put!(self, " parent scope{}", scope.parent);
        }
        self.out.push_str(if scope.strict { " strict {\n" } else { " {\n" });
        for slot in &scope.slots {
            put!(self, "  slot {} {}", id("s", slot.name), slot.kind.name());
            self.note(&[slot.name]);
        }
        self.out.push_str("}\n");
    }

    fn function(&mut self, index: usize, f: &FunctionData) {
        put!(self, "function fn{index} {} {}", id("s", f.name), f.kind.name());
        for &(bit, name) in function_flag::NAMES.iter().filter(|&&(bit, _)| f.flags & bit != 0) {
            debug_assert!(bit.is_power_of_two());
            put!(self, " {name}");
        }
        if f.flags & !function_flag::ALL != 0 {
            put!(self, " flags {}", f.flags & !function_flag::ALL);
        }
        put!(self, " params {} length {} registers {}", f.params, f.length, f.registers);
        if f.outer_scope != NONE {
            put!(self, " scope scope{}", f.outer_scope);
        }
        if f.inline_hint != 0 {
            put!(self, " hint {}", f.inline_hint);
        }
        let (start, end) = f.source_range;
        put!(self, " source {} {start}..{end} {{", id("source", f.source));
        self.note(&[f.name]);
        self.body(f);
        self.out.push_str("}\n");
    }

    fn module(&mut self, index: usize, m: &ModuleData) {
        put!(self, "module module{index} {} {}", id("s", m.name), m.kind.name());
        let fields = [("body fn", m.body), ("init fn", m.init), ("scope scope", m.scope), ("text s", m.text)];
        for (field, value) in fields.into_iter().filter(|&(_, value)| value != NONE) {
            put!(self, " {field}{value}");
        }
        self.out.push_str(if m.is_async { " async {" } else { " {" });
        self.note(&[m.name]);
        for r in &m.requests {
            let (attribute, resolved) = (id("s", r.attribute), id("module", r.resolved));
            put!(self, "  request {} attribute {attribute} resolved {resolved}", id("s", r.specifier));
            self.note(&[r.specifier]);
        }
        for import in &m.imports {
            put!(
                self,
                "  import request {} name {} slot {}",
                import.request,
                id("s", import.name),
                import.slot
            );
            self.note(&[import.name]);
        }
        for export in &m.exports {
            self.export(export);
        }
        self.out.push_str("}\n");
    }

    fn export(&mut self, export: &ExportData) {
        match *export {
            ExportData::Local { name, slot } => {
                put!(self, "  export {} slot {slot}", id("s", name));
                self.note(&[name]);
            }
            ExportData::Indirect { name, request, import_name } => {
                put!(self, "  export {} request {request} name {}", id("s", name), id("s", import_name));
                self.note(&[name, import_name]);
            }
            ExportData::Star { request } => put!(self, "  export star request {request}\n"),
        }
    }
}
