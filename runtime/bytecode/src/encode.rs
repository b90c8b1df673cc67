//! Unit data to file bytes. The same data gives the same bytes.

use crate::data::*;
use crate::layout::{self, FORMAT_ID, FunctionRecord, HEADER, HEADER_FIXED, MAGIC, ModuleRecord, Section};
use crate::lines;

/// Why data cannot be written: it exceeds what the format's fields hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TooLarge(pub &'static str);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the program is too large for one unit: {} (split it into modules)", self.0)
    }
}

impl std::error::Error for TooLarge {}

#[derive(Default)]
struct Sections {
    bytes: [Vec<u8>; Section::COUNT],
}

impl Sections {
    fn at(&mut self, section: Section) -> &mut Vec<u8> {
        &mut self.bytes[section as usize]
    }

    /// Index of the section's next record.
    fn next(&self, section: Section) -> u32 {
        (self.bytes[section as usize].len() / section.record_bytes()) as u32
    }

    fn row(&mut self, section: Section, fields: &[u32]) {
        let out = self.at(section);
        for field in fields {
            out.extend_from_slice(&field.to_le_bytes());
        }
    }
}

impl UnitData {
    /// The file form.
    pub fn encode(&self) -> Result<Vec<u8>, TooLarge> {
        let mut s = Sections::default();
        for &(key, value) in &self.meta {
            s.row(Section::Meta, &[key, value]);
        }
        self.strings.iter().for_each(|text| put_string(&mut s, text));
        for list in &self.lists {
            let first = s.next(Section::ListData);
            s.row(Section::Lists, &[first, list.len() as u32]);
            s.row(Section::ListData, list);
        }
        self.scopes.iter().for_each(|scope| put_scope(&mut s, scope));
        for function in &self.functions {
            put_function(&mut s, function)?;
        }
        self.modules.iter().for_each(|module| put_module(&mut s, module));
        for source in &self.sources {
            let first = s.next(Section::SourceText);
            s.row(Section::Sources, &[source.name, first, source.text.len() as u32]);
            s.at(Section::SourceText).extend_from_slice(source.text.as_bytes());
        }
        assemble(self, &s)
    }
}

fn assemble(unit: &UnitData, s: &Sections) -> Result<Vec<u8>, TooLarge> {
    let body: usize = s.bytes.iter().map(|bytes| layout::align8(bytes.len())).sum();
    let total = layout::align8(HEADER) + body;
    if total > layout::MAX_FILE {
        return Err(TooLarge("its file would exceed 2 GiB"));
    }
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT_ID.to_le_bytes());
    out.extend_from_slice(&[0; 16]);
    for field in [total as u32, unit.entry_kind as u32, unit.entry, 0] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    debug_assert_eq!(out.len(), HEADER_FIXED);
    let mut offset = layout::align8(HEADER);
    for bytes in &s.bytes {
        out.extend_from_slice(&(offset as u32).to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        offset += layout::align8(bytes.len());
    }
    out.resize(layout::align8(HEADER), 0);
    for bytes in &s.bytes {
        out.extend_from_slice(bytes);
        out.resize(layout::align8(out.len()), 0);
    }
    let sum = layout::checksum(&out);
    out[layout::CHECKSUM].copy_from_slice(&sum);
    Ok(out)
}

fn put_string(s: &mut Sections, text: &Text) {
    let data = s.at(Section::StringData);
    if matches!(text, Text::Utf16(_)) && data.len() % 2 == 1 {
        data.push(0);
    }
    let first = data.len() as u32;
    let length = match text {
        Text::Latin1(bytes) => {
            data.extend_from_slice(bytes);
            bytes.len() as u32
        }
        Text::Utf16(units) => {
            data.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            units.len() as u32 | 1 << 31
        }
    };
    s.row(Section::Strings, &[first, length]);
}

fn put_scope(s: &mut Sections, scope: &ScopeData) {
    let first = s.next(Section::Slots);
    let kind = scope.kind as u32 | u32::from(scope.strict) << 8;
    s.row(Section::Scopes, &[scope.parent, kind, first, scope.slots.len() as u32]);
    for slot in &scope.slots {
        s.row(Section::Slots, &[slot.name, slot.kind as u32]);
    }
}

fn put_function(s: &mut Sections, function: &FunctionData) -> Result<(), TooLarge> {
    let mut record = FunctionRecord {
        name: function.name,
        kind: function.kind as u32,
        flags: function.flags,
        params: function.params,
        length: function.length,
        registers: function.registers,
        outer_scope: function.outer_scope,
        inline_hint: function.inline_hint,
        source: function.source,
        source_start: function.source_range.0,
        source_end: function.source_range.1,
        constant_first: s.next(Section::Constants),
        constant_count: function.constants.len() as u32,
        feedback_first: s.next(Section::Feedback),
        feedback_count: function.feedback.len() as u32,
        handler_first: s.next(Section::Handlers),
        handler_count: function.handlers.len() as u32,
        lines_first: s.next(Section::Lines),
        code_first: s.next(Section::Code),
        ..FunctionRecord::default()
    };
    for constant in &function.constants {
        let (kind, payload) = constant.parts();
        s.row(Section::Constants, &[kind, payload as u32, (payload >> 32) as u32]);
    }
    s.at(Section::Feedback).extend_from_slice(&function.feedback);
    for h in &function.handlers {
        s.row(Section::Handlers, &[h.start, h.end, h.target, h.register]);
    }
    lines::encode(&function.lines, s.at(Section::Lines));
    record.lines_count = s.next(Section::Lines) - record.lines_first;
    for insn in &function.code {
        if !insn.fits(insn.wide) {
            return Err(TooLarge("a function has too many registers, constants or jumps too far"));
        }
        insn.encode(s.at(Section::Code));
    }
    record.code_count = s.next(Section::Code) - record.code_first;
    record.write(s.at(Section::Functions));
    Ok(())
}

fn put_module(s: &mut Sections, module: &ModuleData) {
    let record = ModuleRecord {
        name: module.name,
        kind: module.kind as u32,
        init: module.init,
        body: module.body,
        scope: module.scope,
        text: module.text,
        is_async: module.is_async.into(),
        request_first: s.next(Section::Requests),
        request_count: module.requests.len() as u32,
        import_first: s.next(Section::Imports),
        import_count: module.imports.len() as u32,
        export_first: s.next(Section::Exports),
        export_count: module.exports.len() as u32,
        reserved: 0,
    };
    record.write(s.at(Section::Modules));
    for r in &module.requests {
        s.row(Section::Requests, &[r.specifier, r.attribute, r.resolved]);
    }
    for i in &module.imports {
        s.row(Section::Imports, &[i.request, i.name, i.slot]);
    }
    for export in &module.exports {
        let fields = match *export {
            ExportData::Local { name, slot } => [0, name, slot, NONE],
            ExportData::Indirect { name, request, import_name } => [1, name, request, import_name],
            ExportData::Star { request } => [2, NONE, request, NONE],
        };
        s.row(Section::Exports, &fields);
    }
}
