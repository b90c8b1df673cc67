//! Rules R1 to R4 and R7: what the tables say. Constants (R5) and modules (R6) have files of their own.

use super::constants::Constants;
use super::modules::{self, Role};
use super::scopes::Scopes;
use super::{ensure, in_range, in_range_or_none, limit, strings};
use crate::data::*;
use crate::layout::Section;
use crate::lines::{self, LineEntry};
use crate::unit::{FunctionRecord, LoadError, Unit};

/// What the checks of code need to know of the tables.
pub(super) struct Facts {
    pub scopes: Scopes,
    /// For each string, whether it is an array index.
    pub indices: Vec<bool>,
    /// For each function, its place in a module.
    pub roles: Vec<Role>,
}

pub(super) fn check(unit: &Unit) -> Result<Facts, LoadError> {
    check_entry(unit)?;
    let indices = strings::check(unit)?;
    for index in 0..unit.meta_count() {
        let (key, value) = unit.meta(index);
        let known = in_range(key, unit.string_count()) && in_range(value, unit.string_count());
        ensure(known, || unit.error(Section::Meta, index, "R2: string out of range"))?;
    }
    let mut scopes = Scopes::default();
    for id in 0..unit.scope_count() {
        check_scope(unit, id, &mut scopes)?;
    }
    for index in 0..unit.source_count() {
        check_source(unit, index)?;
    }
    let mut constants = Constants::new(unit, &indices);
    for id in 0..unit.function_count() {
        let record = unit.function(id);
        check_function(unit, id, &record)?;
        constants.check(&record)?;
        check_lines(unit, id, &record)?;
    }
    let roles = modules::check(unit, &scopes)?;
    Ok(Facts { scopes, indices, roles })
}

fn check_entry(unit: &Unit) -> Result<(), LoadError> {
    let entry = unit.function(unit.entry());
    let kind = FunctionKind::from_u32(entry.kind);
    let exists = in_range(unit.entry(), unit.function_count());
    let sound = match unit.entry_kind() {
        None => false,
        Some(EntryKind::None) => unit.entry() == NONE,
        Some(EntryKind::Script) => {
            let is_script = kind == Some(FunctionKind::Script);
            exists && is_script && entry.outer_scope == NONE && entry.params == 0
        }
        Some(EntryKind::Module) => unit.entry() == NONE && unit.module_count() > 0,
        Some(EntryKind::Eval) => exists && kind != Some(FunctionKind::Module),
    };
    ensure(sound, || LoadError {
        section: "Header",
        offset: 36,
        reason: "R1: bad entry kind or function".into(),
    })
}

fn check_scope(unit: &Unit, id: ScopeId, scopes: &mut Scopes) -> Result<(), LoadError> {
    let fail = |reason: &str| Err(unit.error(Section::Scopes, id, reason));
    let Some(kind) = unit.scope_kind(id).0 else { return fail("R3: unknown scope kind or flag") };
    if unit.slot_count(id) > limit::SLOTS {
        return fail("R3: too many slots");
    }
    let mut kinds = Vec::with_capacity(unit.slot_count(id) as usize);
    for index in 0..unit.slot_count(id) {
        let Some(slot) = unit.slot(id, index) else { return fail("R3: unknown slot kind") };
        if !in_range(slot.name, unit.string_count()) {
            return fail("R2: string out of range");
        }
        if slot.kind == SlotKind::Import && kind != ScopeKind::Module {
            return fail("R3: an import outside a module scope");
        }
        kinds.push(slot.kind);
    }
    if scopes.push(unit, id, kind, kinds) {
        return Ok(());
    }
    fail("R3: the parent does not stand before its child, or the chain is too deep")
}

fn check_source(unit: &Unit, index: u32) -> Result<(), LoadError> {
    let known = in_range(unit.source_name(index), unit.string_count());
    ensure(known, || unit.error(Section::Sources, index, "R2: string out of range"))?;
    let is_text = std::str::from_utf8(unit.source_bytes(index)).is_ok();
    ensure(is_text, || unit.error(Section::Sources, index, "R4: source is not UTF-8"))
}

fn check_function(unit: &Unit, id: FunctionId, r: &FunctionRecord) -> Result<(), LoadError> {
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
    if r.inline_hint > limit::INLINE_HINT {
        return fail("R4: the inline hint is too large");
    }
    if !in_range(r.source, unit.source_count()) {
        return fail("R2: source out of range");
    }
    if !is_source_range(unit.source_bytes(r.source), r.source_start, r.source_end) {
        return fail("R4: source range out of bounds");
    }
    check_words(unit, id, r)
}

/// Constants and feedback words share one array at run time.
fn check_words(unit: &Unit, id: FunctionId, r: &FunctionRecord) -> Result<(), LoadError> {
    let mut words = u64::from(r.constant_count);
    for &kind in unit.feedback(r) {
        let Some(kind) = FEEDBACK_KINDS.get(usize::from(kind)) else {
            return Err(unit.error(Section::Functions, id, "R4: unknown feedback kind"));
        };
        words += u64::from(kind.feedback_words());
    }
    ensure(words <= limit::WORDS, || {
        unit.error(Section::Functions, id, "R4: too many constants and feedback slots")
    })
}

/// A range on character boundaries, or anything in a stripped source.
fn is_source_range(text: &[u8], start: u32, end: u32) -> bool {
    let boundary = |at: u32| text.get(at as usize).is_none_or(|&byte| byte & 0xC0 != 0x80);
    text.is_empty() || (start <= end && end as usize <= text.len() && boundary(start) && boundary(end))
}

fn check_lines(unit: &Unit, id: FunctionId, r: &FunctionRecord) -> Result<(), LoadError> {
    let text = unit.source_bytes(r.source);
    let mut next = 0;
    for entry in lines::Entries::new(unit.lines(r)) {
        let sound = entry.is_ok_and(|entry| {
            let sound = entry.pc >= next && entry.pc < r.code_count && is_position(text, &entry);
            next = entry.pc.saturating_add(1);
            sound
        });
        ensure(sound, || unit.error(Section::Functions, id, "R7: malformed or misplaced line entry"))?;
    }
    Ok(())
}

fn is_position(text: &[u8], entry: &LineEntry) -> bool {
    let end = entry.text_start.checked_add(entry.text_length);
    entry.line > 0 && entry.column > 0 && end.is_some_and(|end| is_source_range(text, entry.text_start, end))
}
