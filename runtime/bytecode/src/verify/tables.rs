//! Rules R1 to R7: what the tables say.

use super::{in_range, in_range_or_none, limit};
use crate::data::*;
use crate::layout::Section;
use crate::lines;
use crate::unit::{FunctionRecord, LoadError, ModuleRecord, Unit};

pub(super) fn check(unit: &Unit) -> Result<(), LoadError> {
    check_entry(unit)?;
    for index in 0..unit.meta_count() {
        let (key, value) = unit.meta(index);
        let known = in_range(key, unit.string_count()) && in_range(value, unit.string_count());
        ensure(known, || unit.error(Section::Meta, index, "R2: string out of range"))?;
    }
    for id in 0..unit.scope_count() {
        check_scope(unit, id)?;
    }
    for id in 0..unit.function_count() {
        check_function(unit, id)?;
    }
    for index in 0..unit.module_count() {
        check_module(unit, index)?;
    }
    for index in 0..unit.source_count() {
        let known = in_range(unit.source_name(index), unit.string_count());
        ensure(known, || unit.error(Section::Sources, index, "R2: string out of range"))?;
        ensure(std::str::from_utf8(unit.source_bytes(index)).is_ok(), || {
            unit.error(Section::Sources, index, "R4: source is not UTF-8")
        })?;
    }
    Ok(())
}

fn ensure(holds: bool, error: impl FnOnce() -> LoadError) -> Result<(), LoadError> {
    if holds { Ok(()) } else { Err(error()) }
}

fn check_entry(unit: &Unit) -> Result<(), LoadError> {
    let kind_of = |id| FunctionKind::from_u32(unit.function(id).kind);
    let exists = in_range(unit.entry(), unit.function_count());
    let sound = match unit.entry_kind() {
        None => false,
        Some(EntryKind::None) => unit.entry() == NONE,
        Some(EntryKind::Script) => exists && kind_of(unit.entry()) == Some(FunctionKind::Script),
        Some(EntryKind::Module) => unit.entry() == NONE && unit.module_count() > 0,
        Some(EntryKind::Eval) => exists,
    };
    ensure(sound, || LoadError {
        section: "Header",
        offset: 36,
        reason: "R1: bad entry kind or function".into(),
    })
}

fn check_scope(unit: &Unit, id: ScopeId) -> Result<(), LoadError> {
    let fail = |reason: &str| Err(unit.error(Section::Scopes, id, reason));
    let parent = unit.scope_parent(id);
    if parent != NONE && parent >= id {
        return fail("R3: the parent does not stand before its child");
    }
    let (Some(kind), _) = unit.scope_kind(id) else { return fail("R3: unknown scope kind") };
    if unit.slot_count(id) > limit::SLOTS {
        return fail("R3: too many slots");
    }
    for index in 0..unit.slot_count(id) {
        let Some(slot) = unit.slot(id, index) else { return fail("R3: unknown slot kind") };
        if !in_range(slot.name, unit.string_count()) {
            return fail("R2: string out of range");
        }
        if slot.kind == SlotKind::Import && kind != ScopeKind::Module {
            return fail("R3: an import outside a module scope");
        }
    }
    Ok(())
}

fn check_function(unit: &Unit, id: FunctionId) -> Result<(), LoadError> {
    let r = unit.function(id);
    let fail = |reason: &str| Err(unit.error(Section::Functions, id, reason));
    if FunctionKind::from_u32(r.kind).is_none() || r.flags & !function_flag::ALL != 0 || r.reserved != 0 {
        return fail("R4: unknown kind or flag");
    }
    if !in_range(r.name, unit.string_count()) || !in_range_or_none(r.outer_scope, unit.scope_count()) {
        return fail("R2: name or scope out of range");
    }
    if r.registers > limit::REGISTERS || r.params >= r.registers {
        return fail("R4: registers do not hold the parameters, or are too many");
    }
    if !in_range(r.source, unit.source_count()) {
        return fail("R2: source out of range");
    }
    if !is_source_range(unit.source_bytes(r.source), r.source_start as usize, r.source_end as usize) {
        return fail("R4: source range out of bounds");
    }
    for index in 0..r.constant_count {
        check_constant(unit, &r, index)?;
    }
    if unit.feedback(&r).iter().any(|&kind| usize::from(kind) >= FEEDBACK_KINDS.len()) {
        return fail("R4: unknown feedback kind");
    }
    let mut before = None;
    for entry in lines::Entries::new(unit.lines(&r)) {
        let Ok(entry) = entry else { return fail("R7: malformed line table") };
        if before.is_some_and(|pc| pc >= entry.pc) {
            return fail("R7: line table out of order");
        }
        before = Some(entry.pc);
    }
    Ok(())
}

/// A range on character boundaries, or anything in a stripped source.
fn is_source_range(text: &[u8], start: usize, end: usize) -> bool {
    let boundary = |at: usize| text.get(at).is_none_or(|&byte| byte & 0xC0 != 0x80);
    text.is_empty() || (start <= end && end <= text.len() && boundary(start) && boundary(end))
}

fn check_constant(unit: &Unit, r: &FunctionRecord, index: u32) -> Result<(), LoadError> {
    let at = r.constant_first + index;
    let fail = |reason: &str| Err(unit.error(Section::Constants, at, reason));
    let Some(constant) = unit.constant(r, index) else { return fail("R5: unknown constant kind") };
    let string = |id| in_range(id, unit.string_count());
    let sound = match constant {
        Constant::Number(_) => true,
        Constant::String(id) => string(id),
        Constant::BigInt(id) => string(id) && is_decimal(unit, id),
        Constant::Symbol(id) => WellKnownSymbol::from_u32(id).is_some(),
        Constant::Function(id) => in_range(id, unit.function_count()),
        Constant::Scope(id) => in_range(id, unit.scope_count()),
        Constant::Keys(id) => in_range(id, unit.list_count()) && unit.list(id).all(string),
        Constant::Template(id) => is_template(unit, id),
        Constant::JumpTable(id) => in_range(id, unit.list_count()) && unit.list(id).len() >= 2,
        Constant::Slots(id) => in_range(id, unit.list_count()),
        Constant::Globals(id) => is_globals(unit, id),
        Constant::Eval(id) => is_eval(unit, id),
    };
    if sound { Ok(()) } else { fail("R5: malformed constant, or a list, string or function out of range") }
}

fn is_decimal(unit: &Unit, id: StringId) -> bool {
    match unit.text(id) {
        crate::unit::TextRef::Latin1(bytes) => {
            let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        crate::unit::TextRef::Utf16(_) => false,
    }
}

fn is_template(unit: &Unit, id: ListId) -> bool {
    if !in_range(id, unit.list_count()) {
        return false;
    }
    let entries = unit.list(id);
    entries.len() % 2 == 0
        && entries.enumerate().all(|(i, string)| match i % 2 {
            0 => in_range_or_none(string, unit.string_count()),
            _ => in_range(string, unit.string_count()),
        })
}

fn is_globals(unit: &Unit, id: ListId) -> bool {
    if !in_range(id, unit.list_count()) {
        return false;
    }
    let entries = unit.list(id);
    entries.len() % 2 == 0
        && entries.enumerate().all(|(i, entry)| match i % 2 {
            0 => GlobalKind::from_u32(entry).is_some(),
            _ => in_range(entry, unit.string_count()),
        })
}

fn is_eval(unit: &Unit, id: ListId) -> bool {
    in_range(id, unit.list_count())
        && unit.list(id).len() == 2
        && unit.list(id).next().is_some_and(|scope| in_range_or_none(scope, unit.scope_count()))
}

fn check_module(unit: &Unit, index: u32) -> Result<(), LoadError> {
    let m = unit.module(index);
    let fail = |reason: &str| Err(unit.error(Section::Modules, index, reason));
    let Some(kind) = ModuleKind::from_u32(m.kind) else { return fail("R6: unknown module kind") };
    if !in_range(m.name, unit.string_count()) || m.is_async > 1 || m.reserved != 0 {
        return fail("R6: bad name or flag");
    }
    let strings = unit.string_count();
    let sound = match kind {
        ModuleKind::Script => m.text == NONE && is_script_module(unit, &m),
        ModuleKind::Json | ModuleKind::Text => {
            let counts = m.request_count + m.import_count + m.export_count;
            in_range(m.text, strings) && [m.init, m.body, m.scope] == [NONE; 3] && counts == 0
        }
    };
    if !sound {
        return fail("R6: its functions, scope or text do not fit its kind");
    }
    for request in unit.requests(&m) {
        let known = in_range(request.specifier, strings)
            && in_range_or_none(request.attribute, strings)
            && in_range_or_none(request.resolved, unit.module_count());
        ensure(known, || unit.error(Section::Modules, index, "R6: bad request"))?;
    }
    for import in unit.imports(&m) {
        let slot = unit.slot(m.scope, import.slot);
        let known = in_range(import.request, m.request_count)
            && in_range_or_none(import.name, strings)
            && slot.is_some_and(|slot| slot.kind == SlotKind::Import);
        ensure(known, || unit.error(Section::Modules, index, "R6: bad import"))?;
    }
    for export in unit.exports(&m) {
        ensure(is_export(unit, &m, export), || unit.error(Section::Modules, index, "R6: bad export"))?;
    }
    Ok(())
}

fn is_script_module(unit: &Unit, m: &ModuleRecord) -> bool {
    if !in_range(m.body, unit.function_count()) || !in_range(m.scope, unit.scope_count()) {
        return false;
    }
    let in_scope = |id| unit.function(id).outer_scope == m.scope && unit.function(id).params == 0;
    let is_module = |id| unit.function(id).kind == FunctionKind::Module as u32;
    let scope_is_module =
        unit.scope_kind(m.scope).0 == Some(ScopeKind::Module) && unit.scope_parent(m.scope) == NONE;
    let init_fits =
        m.init == NONE || in_range(m.init, unit.function_count()) && in_scope(m.init) && is_module(m.init);
    scope_is_module && init_fits && in_scope(m.body) && is_module(m.body)
}

fn is_export(unit: &Unit, m: &ModuleRecord, export: Option<ExportData>) -> bool {
    let string = |id| in_range(id, unit.string_count());
    match export {
        None => false,
        Some(ExportData::Local { name, slot }) => string(name) && unit.slot(m.scope, slot).is_some(),
        Some(ExportData::Indirect { name, request, import_name }) => {
            string(name) && in_range(request, m.request_count) && (import_name == NONE || string(import_name))
        }
        Some(ExportData::Star { request }) => in_range(request, m.request_count),
    }
}
