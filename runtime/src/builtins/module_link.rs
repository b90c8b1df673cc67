//! Linking of modules: scopes, imports bound to the slots they mean, exports resolved, namespace objects.

use tvm_bytecode::data::{ErrorKind, ExportData, NONE};

use super::modules::{field, form, node_module, status};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::interp::link::scope_word;
use crate::object::function::template_flag;
use crate::semantics::JsResult;

/// Levels of re-exports that resolving a name follows.
const INDIRECTIONS: u32 = 2000;

/// What says of a namespace that `require` gives that its `default` is an export like others.
const MARK: &str = "__esModule";

/// What a name that a module exports leads to.
enum Resolution<'s> {
    /// A slot of a module's scope.
    Slot(Local<'s, Module>, u32),
    /// A module's namespace.
    Namespace(Local<'s, Module>),
    /// Nothing.
    Missing,
    /// Different things by different stars.
    Ambiguous,
}

impl<'s> Cx<'s> {
    /// A module that a module requests.
    fn requested(&self, module: Local<'_, Module>, request: u32) -> Local<'s, Module> {
        let requests =
            module.get(self).at(self, field::REQUESTS).cast::<Tuple>(self).expect("a loaded module");
        requests.at(self, request as usize).cast::<Module>(self).expect("a tuple of modules").root(self)
    }

    /// Links a module and all that it leads to: scopes first, then imports.
    pub(super) fn link_modules(&mut self, module: Local<'_, Module>) -> JsResult<'s, ()> {
        let all = self.new_list()?;
        self.list_push(all, module.any())?;
        let mut next = 0;
        while next < all.get(self).length() as usize {
            self.scope(|cx| {
                let module =
                    all.get(cx).item(cx, next).root(cx).cast::<Module>(cx).expect("a list of modules");
                cx.make_module_scope(module)?;
                if cx.module_form(module) != form::MODULE {
                    return Ok(());
                }
                let Some((_, unit, index)) = cx.module_unit(module) else { return Ok(()) };
                let count = unit.requests(&unit.module(index)).len() as u32;
                for request in 0..count {
                    cx.scope(|cx| {
                        let other = cx.requested(module, request);
                        if other.get(cx).status() != status::LINKED && !cx.listed(all, other) {
                            cx.list_push(all, other.any())?;
                        }
                        Ok(())
                    })?;
                }
                Ok(())
            })?;
            next += 1;
        }
        for i in 0..all.get(self).length() as usize {
            self.scope(|cx| {
                let module = all.get(cx).item(cx, i).root(cx).cast::<Module>(cx).expect("a list of modules");
                cx.check_exports(module)
            })?;
        }
        for i in 0..all.get(self).length() as usize {
            self.scope(|cx| {
                let module = all.get(cx).item(cx, i).root(cx).cast::<Module>(cx).expect("a list of modules");
                cx.bind_imports(module)
            })?;
        }
        for i in 0..all.get(self).length() as usize {
            let module = all.get(self).item(self, i).cast::<Module>(self).expect("a list of modules");
            module.set_status(status::LINKED);
        }
        Ok(())
    }

    fn listed(&self, list: Local<'_, List>, module: Local<'_, Module>) -> bool {
        let cell = list.get(self);
        (0..cell.length() as usize).any(|i| cell.item(self, i) == module.value(self))
    }

    fn make_module_scope(&mut self, module: Local<'s, Module>) -> JsResult<'s, ()> {
        if !module.get(self).at(self, field::SCOPE).is_undefined() {
            return Ok(());
        }
        if matches!(self.module_form(module), form::COMMON_JS | form::BUILTIN) {
            return self.make_values_scope(module);
        }
        let (slots, holes) = match self.module_unit(module) {
            None => (1, 1),
            Some((_, unit, index)) => {
                let layout = unit.module(index).scope;
                if layout == NONE {
                    (0, 0)
                } else {
                    let slots = unit.slot_count(layout);
                    let holes = (0..slots)
                        .take_while(|&i| unit.slot(layout, i).is_some_and(|s| s.kind.has_dead_zone()));
                    (slots, holes.count() as u32)
                }
            }
        };
        let scope = self.new_scope(None, scope_word(slots, holes))?;
        module.get(self).put(self, field::SCOPE, scope.value(self));
        Ok(())
    }

    /// The scope of a module whose exports are values that are known when it has run.
    fn make_values_scope(&mut self, module: Local<'s, Module>) -> JsResult<'s, ()> {
        let names = self.value_names(module)?;
        let tuple = self.new_tuple(names.len())?;
        for (i, name) in names.iter().enumerate() {
            self.scope(|cx| {
                let name = cx.text_value(name)?;
                tuple.get(cx).put(cx, i, name.value(cx));
                Ok(())
            })?;
        }
        module.get(self).put(self, field::EXPORTS, tuple.value(self));
        let slots = names.len() as u32 + 1;
        let scope = self.new_scope(None, scope_word(slots, slots))?;
        module.get(self).put(self, field::SCOPE, scope.value(self));
        Ok(())
    }

    /// Names that a CommonJS or builtin module exports besides `default`: its own, and those of modules whose exports
    /// it takes over.
    fn value_names(&mut self, module: Local<'s, Module>) -> JsResult<'s, Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut known = rustc_hash::FxHashSet::default();
        let mut all = vec![module];
        let mut next = 0;
        while next < all.len() {
            let module = all[next];
            next += 1;
            for name in self.own_value_names(module)? {
                self.vm.spend(1)?;
                if name != "default" && known.insert(name.clone()) {
                    names.push(name);
                }
            }
            let Some(requests) = module.get(self).at(self, field::REQUESTS).cast::<Tuple>(self) else {
                continue;
            };
            let requests = requests.root(self);
            for i in 0..requests.get(self).count(self) {
                let other = requests.get(self).at(self, i).cast::<Module>(self).expect("a tuple of modules");
                let other = other.root(self);
                let is_known = all.iter().any(|module| module.value(self) == other.value(self));
                if !is_known && self.module_form(other) != form::MODULE {
                    all.push(other);
                }
            }
        }
        Ok(names)
    }

    fn own_value_names(&mut self, module: Local<'_, Module>) -> JsResult<'s, Vec<String>> {
        if self.module_form(module) == form::BUILTIN {
            let name = self.module_name(module)?;
            let builtin = node_module(&name).map_or(&[][..], |builtin| builtin.exports);
            return Ok(builtin.iter().map(|name| (*name).to_owned()).collect());
        }
        let Some((_, unit, index)) = self.module_unit(module) else { return Ok(Vec::new()) };
        let name = |export: Option<ExportData>| match export {
            Some(ExportData::Local { name, .. }) => Some(unit.text(name).to_text().to_string()),
            _ => None,
        };
        Ok(unit.exports(&unit.module(index)).filter_map(name).collect())
    }

    /// The slot of a name that a CommonJS or builtin module exports.
    fn value_slot(&mut self, module: Local<'_, Module>, name: &str) -> JsResult<'s, Option<u32>> {
        if name == "default" {
            return Ok(Some(0));
        }
        let Some(names) = module.get(self).at(self, field::EXPORTS).cast::<Tuple>(self) else {
            return Err(self.bug("a module of values that is not linked"));
        };
        let names = names.root(self);
        let wanted = self.atom(name)?;
        for i in 0..names.get(self).count(self) {
            let found = self.scope(|cx| {
                let known = names.get(cx).at(cx, i).root(cx);
                cx.same_value(known, wanted.any())
            })?;
            if found {
                return Ok(Some(i as u32 + 1));
            }
        }
        Ok(None)
    }

    /// Names of a CommonJS or builtin module's slots behind the first.
    pub(super) fn value_exports(&mut self, module: Local<'_, Module>) -> JsResult<'s, Vec<String>> {
        let Some(names) = module.get(self).at(self, field::EXPORTS).cast::<Tuple>(self) else {
            return Ok(Vec::new());
        };
        let names = names.root(self);
        let mut texts = Vec::new();
        for i in 0..names.get(self).count(self) {
            let text = self.scope(|cx| {
                let name = names.get(cx).at(cx, i).root(cx);
                name.cast::<Str>(cx).map_or(Ok(String::new()), |name| cx.text(name))
            })?;
            texts.push(text);
        }
        Ok(texts)
    }

    /// Every indirect export must lead somewhere (16.2.1.7.3.1 step 1).
    fn check_exports(&mut self, module: Local<'s, Module>) -> JsResult<'s, ()> {
        if module.get(self).status() == status::LINKED {
            return Ok(());
        }
        let Some((_, unit, index)) = self.module_unit(module) else { return Ok(()) };
        let record = unit.module(index);
        for export in unit.exports(&record).flatten() {
            if let ExportData::Indirect { name, request, .. } = export {
                let name = unit.text(name).to_text().to_string();
                let resolution = self.resolve_export(module, &name, &mut Vec::new(), 0)?;
                let other = self.requested(module, request);
                self.require(&resolution, other, &name)?;
            }
        }
        Ok(())
    }

    fn require(
        &mut self,
        resolution: &Resolution<'_>,
        other: Local<'_, Module>,
        name: &str,
    ) -> JsResult<'s, ()> {
        let what = match resolution {
            Resolution::Missing => "does not provide an export named",
            Resolution::Ambiguous => "contains conflicting star exports for name",
            _ => return Ok(()),
        };
        let text = self.module_name(other)?;
        if self.module_form(other) == form::COMMON_JS {
            let message = format!(
                "Named export '{name}' not found. The requested module '{text}' is a CommonJS module, which may not \
                 support all module.exports as named exports."
            );
            return Err(self.throw(ErrorKind::SyntaxError, &message));
        }
        Err(self.throw(ErrorKind::SyntaxError, &format!("The requested module '{text}' {what} '{name}'")))
    }

    fn bind_imports(&mut self, module: Local<'s, Module>) -> JsResult<'s, ()> {
        if module.get(self).status() == status::LINKED {
            return Ok(());
        }
        let Some((_, unit, index)) = self.module_unit(module) else { return Ok(()) };
        let record = unit.module(index);
        for import in unit.imports(&record) {
            self.scope(|cx| {
                let other = cx.requested(module, import.request);
                let value = if import.name == NONE {
                    cx.module_namespace(other)?
                } else {
                    let name = unit.text(import.name).to_text().to_string();
                    let resolution = cx.resolve_export(other, &name, &mut Vec::new(), 0)?;
                    cx.require(&resolution, other, &name)?;
                    cx.binding_of(resolution)?
                };
                let scope =
                    module.get(cx).at(cx, field::SCOPE).cast::<Scope>(cx).expect("a linked module's scope");
                scope.put(cx, import.slot as usize, value.value(cx));
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What an import slot holds for a resolution: an ImportRef, or a namespace.
    fn binding_of(&mut self, resolution: Resolution<'s>) -> JsResult<'s> {
        match resolution {
            Resolution::Slot(module, slot) => {
                let import = self.alloc_old::<ImportRef>(kind::ImportRef, ImportRef::BYTES)?;
                let scope = module.get(self).at(self, field::SCOPE).cast::<Scope>(self);
                import.get(self).set_slot(slot);
                import.get(self).set_scope(self, scope);
                Ok(import.any())
            }
            Resolution::Namespace(module) => self.module_namespace(module),
            _ => Err(self.bug("an unresolved import was to be bound")),
        }
    }

    /// ResolveExport (16.2.1.7.2.2).
    fn resolve_export(
        &mut self,
        module: Local<'s, Module>,
        name: &str,
        seen: &mut Vec<(u64, String)>,
        depth: u32,
    ) -> JsResult<'s, Resolution<'s>> {
        if depth > INDIRECTIONS {
            return Err(self.range_error("Modules re-export through too many others"));
        }
        self.vm.spend(1)?;
        // Modules do not move: they live outside the nursery.
        let place = (module.value(self).bits(), name.to_owned());
        if seen.contains(&place) {
            return Ok(Resolution::Missing);
        }
        seen.push(place);
        if matches!(self.module_form(module), form::COMMON_JS | form::BUILTIN) {
            self.make_module_scope(module)?;
            let slot = self.value_slot(module, name)?;
            return Ok(slot.map_or(Resolution::Missing, |slot| Resolution::Slot(module, slot)));
        }
        let Some((_, unit, index)) = self.module_unit(module) else {
            return Ok(if name == "default" { Resolution::Slot(module, 0) } else { Resolution::Missing });
        };
        let record = unit.module(index);
        let is = |id: u32| unit.text(id).to_text().to_string() == name;
        for export in unit.exports(&record).flatten() {
            match export {
                ExportData::Local { name: own, slot } if is(own) => {
                    return Ok(Resolution::Slot(module, slot));
                }
                ExportData::Indirect { name: own, request, import_name } if is(own) => {
                    let other = self.requested(module, request);
                    if import_name == NONE {
                        return Ok(Resolution::Namespace(other));
                    }
                    let inner = unit.text(import_name).to_text().to_string();
                    return self.resolve_export(other, &inner, seen, depth + 1);
                }
                _ => {}
            }
        }
        if name == "default" {
            return Ok(Resolution::Missing);
        }
        let mut found = Resolution::Missing;
        for export in unit.exports(&record).flatten() {
            let ExportData::Star { request } = export else { continue };
            let other = self.requested(module, request);
            let next = self.resolve_export(other, name, seen, depth + 1)?;
            match (&found, &next) {
                (_, Resolution::Ambiguous) => return Ok(Resolution::Ambiguous),
                (_, Resolution::Missing) => {}
                (Resolution::Missing, _) => found = next,
                (Resolution::Slot(a, i), Resolution::Slot(b, j))
                    if i == j && a.value(self) == b.value(self) => {}
                (Resolution::Namespace(a), Resolution::Namespace(b)) if a.value(self) == b.value(self) => {}
                _ => return Ok(Resolution::Ambiguous),
            }
        }
        Ok(found)
    }

    /// GetExportedNames (16.2.1.7.2.1).
    fn exported_names(
        &mut self,
        module: Local<'s, Module>,
        seen: &mut Vec<u64>,
        depth: u32,
    ) -> JsResult<'s, Vec<Vec<u16>>> {
        if depth > INDIRECTIONS {
            return Err(self.range_error("Modules re-export through too many others"));
        }
        let bits = module.value(self).bits();
        if seen.contains(&bits) {
            return Ok(Vec::new());
        }
        seen.push(bits);
        if matches!(self.module_form(module), form::COMMON_JS | form::BUILTIN) {
            self.make_module_scope(module)?;
            let mut names = self.value_exports(module)?;
            names.push("default".to_owned());
            return Ok(names.iter().map(|name| name.encode_utf16().collect()).collect());
        }
        let Some((_, unit, index)) = self.module_unit(module) else {
            return Ok(vec!["default".encode_utf16().collect()]);
        };
        let record = unit.module(index);
        let default: Vec<u16> = "default".encode_utf16().collect();
        let mut names: Vec<Vec<u16>> = Vec::new();
        for export in unit.exports(&record).flatten() {
            match export {
                ExportData::Local { name, .. } | ExportData::Indirect { name, .. } => {
                    names.push(unit.text(name).to_text().units());
                }
                ExportData::Star { request } => {
                    let other = self.requested(module, request);
                    for name in self.exported_names(other, seen, depth + 1)? {
                        if name != default && !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
        Ok(names)
    }

    /// GetModuleNamespace (16.2.1.10).
    pub fn module_namespace(&mut self, module: Local<'s, Module>) -> JsResult<'s> {
        let known = module.get(self).at(self, field::NAMESPACE).root(self);
        if known.value(self).is_object() {
            return Ok(known);
        }
        self.make_module_scope(module)?;
        self.make_namespace(module, false)
    }

    /// A namespace of a module with `__esModule: true` besides: what `require` gives for one that exports `default`.
    pub(super) fn marked_namespace(&mut self, module: Local<'s, Module>) -> JsResult<'s> {
        self.make_namespace(module, true)
    }

    fn make_namespace(&mut self, module: Local<'s, Module>, marked: bool) -> JsResult<'s> {
        let null = self.local(Value::NULL);
        let object = self.new_kind_with(kind::Namespace, 0, null)?;
        // Cycles may lead back here while the names are resolved.
        if !marked {
            module.get(self).put(self, field::NAMESPACE, object.value(self));
        }
        let empty = self.new_tuple(0)?;
        let cell = object.get(self).cast::<Namespace>().expect("just made");
        cell.set_names(self, empty.get(self));
        cell.set_bindings(self, empty.get(self));
        let mut names = self.exported_names(module, &mut Vec::new(), 0)?;
        if marked {
            names.push(MARK.encode_utf16().collect());
        }
        names.sort();
        names.dedup();
        let mut bound = Vec::new();
        for name in names {
            let text = String::from_utf16_lossy(&name);
            if marked && text == MARK {
                let atom = self.atom(MARK)?;
                let value = self.boolean(true);
                bound.push((atom, self.constant_binding(value)?));
                continue;
            }
            let resolution = self.resolve_export(module, &text, &mut Vec::new(), 0)?;
            if matches!(resolution, Resolution::Missing | Resolution::Ambiguous) {
                continue;
            }
            let atom = self.atom_of(crate::object::string::Chars::Utf16(&name))?;
            let binding = self.namespace_binding(resolution)?;
            bound.push((atom, binding));
        }
        let (names, bindings) = (self.new_tuple(bound.len())?, self.new_tuple(bound.len())?);
        for (i, (name, binding)) in bound.iter().enumerate() {
            names.get(self).put(self, i, name.value(self));
            bindings.get(self).put(self, i, binding.value(self));
        }
        let cell = object.get(self).cast::<Namespace>().expect("just made");
        cell.set_names(self, names.get(self));
        cell.set_bindings(self, bindings.get(self));
        let tag = self.local(self.well_known(tvm_bytecode::data::WellKnownSymbol::ToStringTag));
        let text = self.text_value("Module")?;
        self.add_property(object, tag, text, 0)?;
        self.replace_shape(object, crate::object::shape::shape_flag::NON_EXTENSIBLE, 0)?;
        Ok(object.any())
    }

    /// A namespace's binding: always an ImportRef; another namespace is kept in a scope of its own.
    fn namespace_binding(&mut self, resolution: Resolution<'s>) -> JsResult<'s> {
        let Resolution::Namespace(module) = resolution else { return self.binding_of(resolution) };
        let value = self.module_namespace(module)?;
        self.constant_binding(value)
    }

    fn constant_binding(&mut self, value: Local<'_>) -> JsResult<'s> {
        let scope = self.new_scope(None, scope_word(1, 0))?;
        let scope = scope.cast::<Scope>(self).expect("just made");
        scope.get(self).put(self, 0, value.value(self));
        let import = self.alloc_old::<ImportRef>(kind::ImportRef, ImportRef::BYTES)?;
        import.get(self).set_scope(self, Some(scope.get(self)));
        Ok(import.any())
    }

    /// A function of a module, as a closure in its scope.
    pub(super) fn module_closure(&mut self, module: Local<'s, Module>, body: bool) -> JsResult<'s> {
        let Some((number, unit, index)) = self.module_unit(module) else { return Ok(self.undefined()) };
        let record = unit.module(index);
        let id = if body { record.body } else { record.init };
        if id == NONE {
            return Ok(self.undefined());
        }
        let realm = self.realm().root(self);
        let template = self.new_template(number, id, realm)?;
        template.get(self).set_module(self, module.value(self));
        if body {
            let cell = template.get(self);
            cell.set_flags(cell.flags() | template_flag::MODULE_BODY);
        }
        let scope = module.get(self).at(self, field::SCOPE).root(self).cast::<Scope>(self);
        // CommonJS code stands in no scope: that of its module holds what others import.
        let scope = scope.filter(|_| self.module_form(module) == form::MODULE);
        Ok(self.new_closure(template, scope)?.any())
    }
}
