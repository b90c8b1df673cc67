//! A unit as plain data.

use super::{LoadError, Unit};
use crate::data::*;
use crate::insn::Insns;
use crate::layout::Section;
use crate::lines;

impl Unit {
    /// A copy as plain data. `Err` where the content is not even readable.
    pub fn to_data(&self) -> Result<UnitData, LoadError> {
        let mut functions = Vec::new();
        for id in 0..self.function_count() {
            functions.push(self.function_data(id)?);
        }
        let mut modules = Vec::new();
        for index in 0..self.module_count() {
            modules.push(self.module_data(index)?);
        }
        let mut scopes = Vec::new();
        for id in 0..self.scope_count() {
            scopes.push(self.scope_data(id)?);
        }
        let header = |reason: &str| LoadError { section: "Header", offset: 36, reason: reason.into() };
        Ok(UnitData {
            meta: (0..self.meta_count()).map(|i| self.meta(i)).collect(),
            entry_kind: self.entry_kind().ok_or_else(|| header("unknown entry kind"))?,
            entry: self.entry(),
            strings: (0..self.string_count()).map(|id| self.text(id).to_text()).collect(),
            lists: (0..self.list_count()).map(|id| self.list(id).collect()).collect(),
            scopes,
            functions,
            modules,
            sources: (0..self.source_count())
                .map(|i| SourceData {
                    name: self.source_name(i),
                    text: String::from_utf8_lossy(self.source_bytes(i)).into_owned(),
                })
                .collect(),
        })
    }

    fn scope_data(&self, id: ScopeId) -> Result<ScopeData, LoadError> {
        let (kind, strict) = self.scope_kind(id);
        let unknown = || self.error(Section::Scopes, id, "unknown scope or slot kind");
        let slots = (0..self.slot_count(id)).map(|slot| self.slot(id, slot).ok_or_else(unknown));
        Ok(ScopeData {
            parent: self.scope_parent(id),
            kind: kind.ok_or_else(unknown)?,
            strict,
            slots: slots.collect::<Result<_, _>>()?,
        })
    }

    fn function_data(&self, id: FunctionId) -> Result<FunctionData, LoadError> {
        let r = self.function(id);
        let bad = |reason: &str| self.error(Section::Functions, id, reason);
        let constants =
            (0..r.constant_count).map(|i| self.constant(&r, i).ok_or_else(|| bad("unknown constant kind")));
        let code = Insns::new(self.code(&r)).map(|insn| {
            insn.map(|(_, insn)| insn)
                .map_err(|(at, reason)| self.error(Section::Code, r.code_first + at as u32, reason))
        });
        let lines =
            lines::Entries::new(self.lines(&r)).map(|entry| entry.map_err(|()| bad("malformed line table")));
        Ok(FunctionData {
            name: r.name,
            kind: FunctionKind::from_u32(r.kind).ok_or_else(|| bad("unknown function kind"))?,
            flags: r.flags,
            params: r.params,
            length: r.length,
            registers: r.registers,
            outer_scope: r.outer_scope,
            inline_hint: r.inline_hint,
            source: r.source,
            source_range: (r.source_start, r.source_end),
            constants: constants.collect::<Result<_, _>>()?,
            feedback: self.feedback(&r).to_vec(),
            handlers: self.handlers(&r).collect(),
            lines: lines.collect::<Result<_, _>>()?,
            code: code.collect::<Result<_, _>>()?,
        })
    }

    fn module_data(&self, index: u32) -> Result<ModuleData, LoadError> {
        let r = self.module(index);
        let bad = |reason: &str| self.error(Section::Modules, index, reason);
        Ok(ModuleData {
            name: r.name,
            kind: ModuleKind::from_u32(r.kind).ok_or_else(|| bad("unknown module kind"))?,
            init: r.init,
            body: r.body,
            scope: r.scope,
            text: r.text,
            is_async: r.is_async == 1,
            requests: self.requests(&r).collect(),
            imports: self.imports(&r).collect(),
            exports: self
                .exports(&r)
                .map(|e| e.ok_or_else(|| bad("unknown export kind")))
                .collect::<Result<_, _>>()?,
        })
    }
}
