//! Reading a unit's file form in place.
//!
//! [`Unit::parse`] checks the container: magic, format id, checksum, section bounds, and that every table is laid
//! out in the one canonical way. It does not check what the tables say; that is the verifier's work, and only a
//! [`crate::Verified`] unit is run. Nothing is copied: accessors read from the bytes, which may be a mapped file.

mod container;
mod copy;

use std::sync::Arc;

use crate::data::*;
use crate::layout::{self, Section};
pub use crate::layout::{FunctionRecord, ModuleRecord};
use crate::lines::{self, LineEntry};

/// Where a unit's bytes live: a vector, a mapped file, a static.
pub type UnitBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Why a file was refused: which section, which byte of the file, and the reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadError {
    /// The section's name, or `Header`.
    pub section: &'static str,
    /// Offset in the file, bytes.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "section {}, byte {:#x}: {}", self.section, self.offset, self.reason)
    }
}

impl std::error::Error for LoadError {}

/// A unit whose container is sound, but whose content is not yet verified.
#[derive(Clone)]
pub struct Unit {
    bytes: UnitBytes,
    sections: [(u32, u32); Section::COUNT],
}

/// A string of a unit, in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TextRef<'a> {
    /// One byte a code unit.
    Latin1(&'a [u8]),
    /// Two bytes a code unit, little endian.
    Utf16(&'a [u8]),
}

impl TextRef<'_> {
    /// A copy.
    pub fn to_text(self) -> Text {
        match self {
            TextRef::Latin1(bytes) => Text::Latin1(bytes.into()),
            TextRef::Utf16(bytes) => {
                Text::Utf16(bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect())
            }
        }
    }
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..offset + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn read_constant(record: &[u8]) -> Option<Constant> {
    let payload = u64::from(u32_at(record, 4)) | u64::from(u32_at(record, 8)) << 32;
    Constant::from_parts(u32_at(record, 0), payload)
}

impl Unit {
    /// Checks the container around `bytes`.
    pub fn parse(bytes: UnitBytes) -> Result<Unit, LoadError> {
        let sections = {
            let all: &[u8] = (*bytes).as_ref();
            container::check_header(all)?;
            container::read_sections(all)?
        };
        let unit = Unit { bytes, sections };
        unit.check_ranges()?;
        Ok(unit)
    }

    /// As [`Unit::parse`] for bytes embedded in the program: the checksum is not computed again.
    pub(crate) fn parse_embedded(bytes: &'static [u8]) -> Result<Unit, LoadError> {
        container::check_magic(bytes)?;
        let sections = container::read_sections(bytes)?;
        Ok(Unit { bytes: Arc::new(bytes), sections })
    }

    /// Makes an altered file's checksum right again; for tests and fuzzing, which look behind it.
    #[doc(hidden)]
    pub fn fix_checksum(bytes: &mut [u8]) {
        if bytes.len() >= layout::HEADER_FIXED {
            let sum = layout::checksum(bytes);
            bytes[layout::CHECKSUM].copy_from_slice(&sum);
        }
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// The owner of the bytes.
    pub fn shared_bytes(&self) -> UnitBytes {
        Arc::clone(&self.bytes)
    }

    /// What runs first.
    pub fn entry_kind(&self) -> Option<EntryKind> {
        EntryKind::from_u32(u32_at(self.bytes(), 36))
    }

    /// The entry function, or [`NONE`].
    pub fn entry(&self) -> FunctionId {
        u32_at(self.bytes(), 40)
    }

    fn section(&self, section: Section) -> &[u8] {
        let (offset, length) = self.sections[section as usize];
        &self.bytes()[offset as usize..(offset + length) as usize]
    }

    fn count(&self, section: Section) -> u32 {
        self.sections[section as usize].1 / section.record_bytes() as u32
    }

    /// Field `field` of record `index`; 0 behind the end.
    fn field(&self, section: Section, index: u32, field: usize) -> u32 {
        u32_at(self.section(section), index as usize * section.record_bytes() + 4 * field)
    }

    /// The first fields of record `index`; 0 behind the end.
    fn fields<const N: usize>(&self, section: Section, index: u32) -> [u32; N] {
        let record = self.record(section, index);
        std::array::from_fn(|i| u32_at(record, 4 * i))
    }

    fn record(&self, section: Section, index: u32) -> &[u8] {
        let size = section.record_bytes();
        self.section(section).get(index as usize * size..(index as usize + 1) * size).unwrap_or(&[])
    }

    /// An error about record `index` of `section`.
    pub(crate) fn error(&self, section: Section, index: u32, reason: impl Into<String>) -> LoadError {
        let at = self.sections[section as usize].0 as usize + index as usize * section.record_bytes();
        LoadError { section: section.name(), offset: at, reason: reason.into() }
    }

    /// Number of metadata pairs.
    pub fn meta_count(&self) -> u32 {
        self.count(Section::Meta)
    }

    /// A metadata pair's string ids.
    pub fn meta(&self, index: u32) -> (StringId, StringId) {
        let [key, value] = self.fields(Section::Meta, index);
        (key, value)
    }

    /// The first metadata value under `key`.
    pub fn meta_value(&self, key: &str) -> Option<Text> {
        (0..self.meta_count())
            .map(|i| self.meta(i))
            .find(|&(k, _)| self.text(k).to_text().to_string() == key)
            .map(|(_, value)| self.text(value).to_text())
    }

    /// Number of strings.
    pub fn string_count(&self) -> u32 {
        self.count(Section::Strings)
    }

    /// A string; empty where the id is out of range.
    pub fn text(&self, id: StringId) -> TextRef<'_> {
        let [first, length] = self.fields(Section::Strings, id);
        let data = self.section(Section::StringData);
        let units = (length & !(1 << 31)) as usize;
        let wide = length >> 31 == 1;
        let end = first as usize + units * (1 + usize::from(wide));
        let bytes = data.get(first as usize..end).unwrap_or(&[]);
        if wide { TextRef::Utf16(bytes) } else { TextRef::Latin1(bytes) }
    }

    /// Number of lists.
    pub fn list_count(&self) -> u32 {
        self.count(Section::Lists)
    }

    /// A list's entries.
    pub fn list(&self, id: ListId) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
        let [first, count] = self.fields(Section::Lists, id);
        let entries = self.section(Section::ListData).get(4 * first as usize..4 * (first + count) as usize);
        let entries = entries.unwrap_or(&[]).chunks_exact(4);
        entries.map(|entry| u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]))
    }

    /// One number of a list, without walking to it.
    pub fn list_entry(&self, id: ListId, index: u32) -> Option<u32> {
        let [first, count] = self.fields(Section::Lists, id);
        let at = 4 * (first as usize + index as usize);
        let entry = self.section(Section::ListData).get(at..at + 4).filter(|_| index < count)?;
        Some(u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]))
    }

    /// Number of scope layouts.
    pub fn scope_count(&self) -> u32 {
        self.count(Section::Scopes)
    }

    /// A scope layout's parent.
    pub fn scope_parent(&self, id: ScopeId) -> ScopeId {
        self.field(Section::Scopes, id, 0)
    }

    /// A scope layout's kind, `None` for an unknown kind or flag, and strictness.
    pub fn scope_kind(&self, id: ScopeId) -> (Option<ScopeKind>, bool) {
        let field = self.field(Section::Scopes, id, 1);
        let known = ScopeKind::from_u32(field & 0xFF).filter(|_| field < 1 << 9);
        (known, field >> 8 & 1 == 1)
    }

    /// Number of slots of a scope layout.
    pub fn slot_count(&self, id: ScopeId) -> u32 {
        self.field(Section::Scopes, id, 3)
    }

    /// One slot of a scope layout.
    pub fn slot(&self, id: ScopeId, slot: u32) -> Option<SlotData> {
        let [_, _, first, count] = self.fields(Section::Scopes, id);
        if slot >= count {
            return None;
        }
        let [name, kind] = self.fields(Section::Slots, first + slot);
        Some(SlotData { name, kind: SlotKind::from_u32(kind)? })
    }

    /// Number of functions.
    pub fn function_count(&self) -> u32 {
        self.count(Section::Functions)
    }

    /// A function's record.
    pub fn function(&self, id: FunctionId) -> FunctionRecord {
        FunctionRecord::read(self.record(Section::Functions, id))
    }

    /// Bytes of all functions' code together.
    pub fn code_bytes(&self) -> usize {
        self.section(Section::Code).len()
    }

    /// A function's code.
    pub fn code(&self, function: &FunctionRecord) -> &[u8] {
        self.part(Section::Code, function.code_first, function.code_count)
    }

    /// A function's feedback slot kinds.
    pub fn feedback(&self, function: &FunctionRecord) -> &[u8] {
        self.part(Section::Feedback, function.feedback_first, function.feedback_count)
    }

    /// A function's coded line table.
    pub fn lines(&self, function: &FunctionRecord) -> &[u8] {
        self.part(Section::Lines, function.lines_first, function.lines_count)
    }

    /// The source position that holds at a code offset.
    pub fn position(&self, function: &FunctionRecord, pc: u32) -> Option<LineEntry> {
        let mut position = lines::find(self.lines(function), pc)?;
        if self.meta_count() > 0
            && let Some([line, column]) = self.position_offset()
        {
            let moved = |number: u32, by: i32| number.saturating_add_signed(by).max(1);
            if position.line == 1 {
                position.column = moved(position.column, column);
            }
            position.line = moved(position.line, line);
        }
        Some(position)
    }

    /// What is added to lines, and to columns of the first line.
    fn position_offset(&self) -> Option<[i32; 2]> {
        let text = self.meta_value(meta_key::POSITION_OFFSET)?.to_string();
        let (line, column) = text.split_once(',')?;
        Some([line.parse().ok()?, column.parse().ok()?])
    }

    fn part(&self, section: Section, first: u32, count: u32) -> &[u8] {
        self.section(section).get(first as usize..first as usize + count as usize).unwrap_or(&[])
    }

    /// A function's constant.
    pub fn constant(&self, function: &FunctionRecord, index: u32) -> Option<Constant> {
        if index >= function.constant_count {
            return None;
        }
        read_constant(self.record(Section::Constants, function.constant_first + index))
    }

    /// A function's constants; `None` for one of an unknown kind.
    pub fn constants(&self, function: &FunctionRecord) -> impl Iterator<Item = Option<Constant>> + '_ {
        let size = Section::Constants.record_bytes();
        let first = function.constant_first as usize * size;
        let bytes = self.section(Section::Constants).get(first..).unwrap_or(&[]);
        bytes.chunks_exact(size).take(function.constant_count as usize).map(read_constant)
    }

    /// A function's exception handlers, innermost first.
    pub fn handlers(&self, function: &FunctionRecord) -> impl Iterator<Item = HandlerData> + '_ {
        (function.handler_first..function.handler_first + function.handler_count).map(|i| {
            let [start, end, target, register] = self.fields(Section::Handlers, i);
            HandlerData { start, end, target, register }
        })
    }

    /// The handler that catches exceptions at a code offset.
    pub fn handler_at(&self, function: &FunctionRecord, pc: u32) -> Option<HandlerData> {
        self.handlers(function).find(|h| (h.start..h.end).contains(&pc))
    }

    /// Number of modules.
    pub fn module_count(&self) -> u32 {
        self.count(Section::Modules)
    }

    /// A module's record.
    pub fn module(&self, index: u32) -> ModuleRecord {
        ModuleRecord::read(self.record(Section::Modules, index))
    }

    /// A module's requests.
    pub fn requests(&self, module: &ModuleRecord) -> impl ExactSizeIterator<Item = RequestData> + '_ {
        (module.request_first..module.request_first + module.request_count).map(|i| {
            let [specifier, attribute, resolved] = self.fields(Section::Requests, i);
            RequestData { specifier, attribute, resolved }
        })
    }

    /// A module's imports.
    pub fn imports(&self, module: &ModuleRecord) -> impl ExactSizeIterator<Item = ImportData> + '_ {
        (module.import_first..module.import_first + module.import_count).map(|i| {
            let [request, name, slot] = self.fields(Section::Imports, i);
            ImportData { request, name, slot }
        })
    }

    /// A module's exports; `None` for one of an unknown kind.
    pub fn exports(&self, module: &ModuleRecord) -> impl ExactSizeIterator<Item = Option<ExportData>> + '_ {
        (module.export_first..module.export_first + module.export_count).map(|i| {
            match self.fields(Section::Exports, i) {
                [0, name, slot, NONE] => Some(ExportData::Local { name, slot }),
                [1, name, request, import_name] => Some(ExportData::Indirect { name, request, import_name }),
                [2, NONE, request, NONE] => Some(ExportData::Star { request }),
                _ => None,
            }
        })
    }

    /// Number of source texts.
    pub fn source_count(&self) -> u32 {
        self.count(Section::Sources)
    }

    /// Name of a source.
    pub fn source_name(&self, index: u32) -> StringId {
        self.field(Section::Sources, index, 0)
    }

    /// Text of a source, UTF-8 (rule R4); empty where it was stripped.
    pub fn source_bytes(&self, index: u32) -> &[u8] {
        let [_, first, count] = self.fields(Section::Sources, index);
        self.part(Section::SourceText, first, count)
    }

    /// A part of a source's text; empty where it was stripped or the range is no text.
    pub fn source_slice(&self, index: u32, start: u32, end: u32) -> &str {
        let bytes = self.source_bytes(index).get(start as usize..end as usize).unwrap_or(&[]);
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// The units of a part of a source's text that had lone surrogates.
    pub fn source_units(&self, index: u32, start: u32, end: u32) -> Option<Vec<u16>> {
        let is_replaced = |c: char| c == char::REPLACEMENT_CHARACTER;
        let replaced = self.meta_value(meta_key::REPLACED_UNITS)?.units();
        let before = self.source_slice(index, 0, start).matches(is_replaced).count();
        let mut replaced = replaced.into_iter().skip(before);
        let mut units = Vec::new();
        for c in self.source_slice(index, start, end).chars() {
            match is_replaced(c).then(|| replaced.next()).flatten() {
                Some(unit) => units.push(unit),
                None => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
        Some(units)
    }
}
