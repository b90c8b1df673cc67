//! Rule R6: modules.

use super::scopes::Scopes;
use super::{ensure, in_range, in_range_or_none};
use crate::data::*;
use crate::layout::Section;
use crate::unit::{LoadError, ModuleRecord, Unit};

/// What a module uses a function for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Role {
    /// No module does.
    #[default]
    None,
    /// Hoisting, or a body that does not await: runs to its end at once.
    Synchronous,
    /// A body that awaits: the evaluator takes the promise that its coroutine has.
    Asynchronous,
}

struct Modules<'a> {
    unit: &'a Unit,
    scopes: &'a Scopes,
    roles: Vec<Role>,
    /// For each scope, whether it is a module's: its slots are one module's imports and exports.
    taken: Vec<bool>,
}

/// Gives every function's role.
pub(super) fn check(unit: &Unit, scopes: &Scopes) -> Result<Vec<Role>, LoadError> {
    let roles = vec![Role::None; unit.function_count() as usize];
    let mut modules = Modules { unit, scopes, roles, taken: vec![false; unit.scope_count() as usize] };
    for index in 0..unit.module_count() {
        modules.check(index)?;
    }
    Ok(modules.roles)
}

impl Modules<'_> {
    fn check(&mut self, index: u32) -> Result<(), LoadError> {
        let unit = self.unit;
        let m = unit.module(index);
        let error = |reason: &str| unit.error(Section::Modules, index, reason);
        let kind = ModuleKind::from_u32(m.kind).ok_or_else(|| error("R6: unknown module kind"))?;
        let named = in_range(m.name, unit.string_count()) && m.is_async <= 1 && m.reserved == 0;
        ensure(named, || error("R6: bad name or flag"))?;
        let sound = match kind {
            ModuleKind::Script => m.text == NONE && self.is_script_module(&m),
            ModuleKind::CommonJs => m.text == NONE && self.is_common_js(&m),
            ModuleKind::Json | ModuleKind::Text => {
                let empty = [m.request_count, m.import_count, m.export_count, m.is_async] == [0; 4];
                let functions = [m.init, m.body, m.scope] == [NONE; 3];
                in_range(m.text, unit.string_count()) && functions && empty
            }
        };
        ensure(sound, || error("R6: its functions, scope or text do not fit its kind"))?;
        let mut requests = unit.requests(&m);
        ensure(requests.all(|r| self.is_request(r)), || error("R6: bad request"))?;
        ensure(self.are_imports(&m), || error("R6: bad import, or an import slot without its one import"))?;
        let mut exports = unit.exports(&m);
        ensure(exports.all(|export| self.is_export(&m, export)), || error("R6: bad export"))
    }

    /// A CommonJS body is an ordinary function of five parameters that stands in no scope.
    fn is_common_js(&self, m: &ModuleRecord) -> bool {
        if m.body >= self.unit.function_count() {
            return false;
        }
        let body = self.unit.function(m.body);
        [m.init, m.scope] == [NONE; 2]
            && [m.import_count, m.is_async] == [0; 2]
            && body.outer_scope == NONE
            && body.params == COMMON_JS_PARAMETERS
            && body.kind == FunctionKind::Normal as u32
    }

    fn is_script_module(&mut self, m: &ModuleRecord) -> bool {
        let own_scope = self.taken.get_mut(m.scope as usize).map(|taken| std::mem::replace(taken, true));
        let is_module_scope = self.scopes.kind(m.scope) == Some(ScopeKind::Module);
        let body = if m.is_async == 1 { Role::Asynchronous } else { Role::Synchronous };
        own_scope == Some(false)
            && is_module_scope
            && self.scopes.parent(m.scope) == NONE
            && self.take_function(m, m.body, body)
            && (m.init == NONE || self.take_function(m, m.init, Role::Synchronous))
    }

    /// Gives a function of the module's scope its role, where it has none yet.
    fn take_function(&mut self, m: &ModuleRecord, id: FunctionId, role: Role) -> bool {
        let Some(known) = self.roles.get_mut(id as usize) else { return false };
        let f = self.unit.function(id);
        let fits = f.outer_scope == m.scope && f.params == 0 && f.kind == FunctionKind::Module as u32;
        fits && std::mem::replace(known, role) == Role::None
    }

    fn is_request(&self, request: RequestData) -> bool {
        let strings = self.unit.string_count();
        in_range(request.specifier, strings)
            && in_range_or_none(request.attribute, strings)
            && in_range_or_none(request.resolved, self.unit.module_count())
    }

    /// Whether the imports are sound and bind each import slot once: an unbound one refers to nothing.
    fn are_imports(&self, m: &ModuleRecord) -> bool {
        let slots = self.scopes.slots(m.scope);
        let mut unbound: Vec<bool> = slots.iter().map(|&kind| kind == SlotKind::Import).collect();
        let sound = self.unit.imports(m).all(|import| {
            let slot = unbound.get_mut(import.slot as usize).map(std::mem::take);
            in_range(import.request, m.request_count)
                && in_range_or_none(import.name, self.unit.string_count())
                && slot == Some(true)
        });
        sound && !unbound.contains(&true)
    }

    fn is_export(&self, m: &ModuleRecord, export: Option<ExportData>) -> bool {
        let string = |id| in_range(id, self.unit.string_count());
        match export {
            None => false,
            // An import is exported as Indirect: the slot holds no value of its own.
            Some(ExportData::Local { name, slot }) if m.kind == ModuleKind::CommonJs as u32 => {
                string(name) && slot == 0
            }
            Some(ExportData::Indirect { .. }) if m.kind == ModuleKind::CommonJs as u32 => false,
            Some(ExportData::Local { name, slot }) => {
                string(name) && self.scopes.slot(m.scope, slot).is_some_and(|kind| kind != SlotKind::Import)
            }
            Some(ExportData::Indirect { name, request, import_name }) => {
                string(name)
                    && in_range(request, m.request_count)
                    && (import_name == NONE || string(import_name))
            }
            Some(ExportData::Star { request }) => in_range(request, m.request_count),
        }
    }
}
