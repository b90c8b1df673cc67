//! Modules (16.2): loading and linking; evaluation is in `library/module.js`.
//!
//! A Module cell's values are named by [`field`]. The graph is loaded by a work list, never by recursion. Linking makes
//! a scope for each module, whose import slots hold `ImportRef`s to other modules' slots.

use tvm_bytecode::Verified;
use tvm_bytecode::data::{EntryKind, ErrorKind, ExportData, ModuleKind, NONE};

use crate::base::exit::Exit;
use crate::base::vm::{CompileGoal, CompileRequest, ModuleText};
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::interp::link::scope_word;
use crate::object::function::template_flag;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// Values of a Module cell.
pub mod field {
    /// Its full name: a string.
    pub const NAME: usize = 0;
    /// Number of its unit; undefined for a JSON or text module.
    pub const UNIT: usize = 1;
    /// Its index in the unit.
    pub const INDEX: usize = 2;
    /// Its scope, once linked.
    pub const SCOPE: usize = 3;
    /// What it requests: a tuple of modules.
    pub const REQUESTS: usize = 4;
    /// Its namespace object, once asked for.
    pub const NAMESPACE: usize = 5;
    /// `import.meta`, once asked for.
    pub const META: usize = 6;
    /// What the library keeps while it evaluates: an object.
    pub const RECORD: usize = 7;
    /// The value of a JSON or text module.
    pub const VALUE: usize = 8;
    /// The directory that names in its unit are relative to: a string.
    pub const ROOT: usize = 9;
    /// How many there are.
    pub const COUNT: usize = 10;
}

/// States of a module, in the cell's `status`.
mod status {
    /// Its requests are not all loaded.
    pub const NEW: u32 = 0;
    /// Everything it requests is loaded.
    pub const LOADED: u32 = 1;
    /// It has its scope and imports.
    pub const LINKED: u32 = 2;
}

/// Levels of re-exports that resolving a name follows.
const INDIRECTIONS: u32 = 2000;

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
    fn new_module(&mut self, name: &str) -> JsResult<'s, Local<'s, Module>> {
        let module = self.alloc_old::<Module>(kind::Module, Module::BYTES + 8 * field::COUNT)?;
        module.get(self).fill(self, 0, Value::UNDEFINED);
        let name = self.text_value(name)?;
        module.get(self).put(self, field::NAME, name.value(self));
        Ok(module)
    }

    fn module_name(&mut self, module: Local<'_, Module>) -> JsResult<'s, String> {
        let name = module.get(self).at(self, field::NAME).root(self);
        match name.cast::<Str>(self) {
            Some(name) => self.text(name),
            None => Ok(String::new()),
        }
    }

    /// The unit of a module and its record's number; `None` for JSON and text.
    fn module_unit(&self, module: Local<'_, Module>) -> Option<(u32, Verified, u32)> {
        let cell = module.get(self);
        let unit = cell.at(self, field::UNIT).as_int()? as u32;
        let index = cell.at(self, field::INDEX).as_int()? as u32;
        Some((unit, self.vm.units[unit as usize].clone(), index))
    }

    /// The module with a key in the isolate's map, made by `make` where there is none.
    fn known_module(&mut self, key: &str) -> JsResult<'s, Option<Local<'s, Module>>> {
        let table = self.root_cell::<MapTable>(Root::Modules).root(self);
        let key = self.text_value(key)?;
        let Some(entry) = self.map_find(table, key)? else { return Ok(None) };
        let module = table.get(self).entry_value(self, entry).root(self);
        Ok(module.cast::<Module>(self))
    }

    fn register_module(&mut self, key: &str, module: Local<'_, Module>) -> JsResult<'s, ()> {
        let table = self.root_cell::<MapTable>(Root::Modules).root(self);
        let key = self.text_value(key)?;
        let table = self.map_set(table, key, module.any())?;
        self.set_root(Root::Modules, table.value(self));
        Ok(())
    }

    /// Takes module 0 of a unit into the isolate, with everything it requests, and links it.
    pub fn load_unit_module(&mut self, unit: Verified, name: &str) -> JsResult<'s, Local<'s, Module>> {
        let number = self.add_unit(unit);
        let module = self.main_module_of_unit(number, name)?;
        self.load_requests(module)?;
        self.link_modules(module)?;
        Ok(module)
    }

    /// Module 0 of a unit, by its full name. Those that the unit holds besides stand where their names say as seen
    /// from there.
    fn main_module_of_unit(&mut self, unit: u32, name: &str) -> JsResult<'s, Local<'s, Module>> {
        let root = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.module_of_unit(unit, 0, name, root)
    }

    /// A module that a module requests of its own unit.
    fn other_module_of_unit(
        &mut self,
        module: Local<'_, Module>,
        unit: u32,
        index: u32,
    ) -> JsResult<'s, Local<'s, Module>> {
        let root = module.get(self).at(self, field::ROOT).root(self);
        let root = match root.cast::<Str>(self) {
            Some(root) => self.text(root)?,
            None => String::new(),
        };
        let record = self.vm.units[unit as usize].module(index);
        let name = self.vm.units[unit as usize].text(record.name).to_text().to_string();
        self.module_of_unit(unit, index, &joined(&root, &name), &root)
    }

    fn module_of_unit(
        &mut self,
        unit: u32,
        index: u32,
        name: &str,
        root: &str,
    ) -> JsResult<'s, Local<'s, Module>> {
        let record = self.vm.units[unit as usize].module(index);
        let key = if index == 0 { name.to_owned() } else { format!("{name}\0{unit}:{index}") };
        if let Some(known) = self.known_module(&key)? {
            return Ok(known);
        }
        let module = self.new_module(name)?;
        let root = self.text_value(root)?;
        module.get(self).put(self, field::ROOT, root.value(self));
        if ModuleKind::from_u32(record.kind) == Some(ModuleKind::Script) {
            let cell = module.get(self);
            cell.put(self, field::UNIT, Value::int(unit as i32));
            cell.put(self, field::INDEX, Value::int(index as i32));
        } else {
            let text = self.vm.units[unit as usize].text(record.text).to_text().to_string();
            let json = ModuleKind::from_u32(record.kind) == Some(ModuleKind::Json);
            self.fill_synthetic(module, &text, json)?;
        }
        self.register_module(&key, module)?;
        Ok(module)
    }

    /// Gives a JSON or text module its value: a string, parsed by the library when it is evaluated.
    fn fill_synthetic(&mut self, module: Local<'_, Module>, text: &str, json: bool) -> JsResult<'s, ()> {
        let text = self.text_value(text)?;
        module.get(self).put(self, field::VALUE, text.value(self));
        if json {
            module.get(self).put(self, field::INDEX, Value::TRUE);
        }
        Ok(())
    }

    /// Throws that there is no such module, with the code that node gives it.
    fn module_not_found(&mut self, message: &str) -> JsResult<'s, Exit> {
        let error = self.new_error(ErrorKind::Error, message)?;
        let name = self.atom("code")?;
        let code = self.string("ERR_MODULE_NOT_FOUND")?;
        self.add_property(error, name.any(), code.any(), info::DEFAULT)?;
        Ok(self.throw_value(error.any()))
    }

    /// Loads one module by its specifier, as seen from a referrer.
    fn load_module(
        &mut self,
        specifier: &str,
        attribute: Option<&str>,
        referrer: &str,
    ) -> JsResult<'s, Local<'s, Module>> {
        let name = match self.vm.host.resolve_module(specifier, referrer) {
            Ok(name) => name,
            Err(message) => return Err(self.module_not_found(&message)?),
        };
        let key = match attribute {
            Some(attribute) => format!("{name}\0{attribute}"),
            None => name.clone(),
        };
        if let Some(known) = self.known_module(&key)? {
            return Ok(known);
        }
        let text = match self.vm.host.load_module(&name, attribute) {
            Ok(text) => text,
            Err(message) => return Err(self.type_error(&message)),
        };
        let module = match text {
            ModuleText::Source { text, typescript } => {
                let Some(compiler) = self.vm.compiler.clone() else {
                    return Err(self
                        .type_error(&format!("Cannot compile {name}: this isolate has no source compiler")));
                };
                self.vm.spend(text.len() as u64 / 16)?;
                let plain = CompileRequest::new(&text, &name, CompileGoal::Module);
                let stop = self.vm.stop_condition();
                let request = CompileRequest { strict: true, typescript, stop: Some(&stop), ..plain };
                let unit = match compiler.compile(&request) {
                    Ok(unit) => unit,
                    Err(failure) => return Err(self.compile_error_in(&failure, &name)),
                };
                let number = self.add_unit(unit);
                return self.main_module_of_unit(number, &name);
            }
            ModuleText::Unit(unit) => {
                if unit.entry_kind() != Some(EntryKind::Module) {
                    return Err(self.type_error(&format!("{name} holds a script, not a module")));
                }
                let number = self.add_unit(unit);
                return self.main_module_of_unit(number, &name);
            }
            ModuleText::Json(text) => {
                let module = self.new_module(&name)?;
                self.fill_synthetic(module, &text, true)?;
                module
            }
            ModuleText::Text(text) => {
                let module = self.new_module(&name)?;
                self.fill_synthetic(module, &text, false)?;
                module
            }
        };
        self.register_module(&key, module)?;
        Ok(module)
    }

    /// Loads everything that a module requests, in depth.
    fn load_requests(&mut self, module: Local<'_, Module>) -> JsResult<'s, ()> {
        let pending = self.new_list()?;
        self.list_push(pending, module.any())?;
        let mut next = 0;
        while next < pending.get(self).length() as usize {
            self.scope(|cx| {
                let module = pending.get(cx).item(cx, next).root(cx);
                let module = module.cast::<Module>(cx).expect("a list of modules");
                cx.load_requests_of(module, pending)
            })?;
            next += 1;
        }
        Ok(())
    }

    fn load_requests_of(&mut self, module: Local<'s, Module>, pending: Local<'_, List>) -> JsResult<'s, ()> {
        if module.get(self).status() != status::NEW {
            return Ok(());
        }
        let Some((number, unit, index)) = self.module_unit(module) else {
            module.get(self).set_status(status::LOADED);
            return Ok(());
        };
        let record = unit.module(index);
        let referrer = self.module_name(module)?;
        let requests: Vec<_> = unit.requests(&record).collect();
        let loaded = self.new_tuple(requests.len())?;
        for (i, request) in requests.iter().enumerate() {
            self.scope(|cx| {
                let other = if request.resolved != NONE {
                    cx.other_module_of_unit(module, number, request.resolved)?
                } else {
                    let specifier = unit.text(request.specifier).to_text().to_string();
                    let attribute = (request.attribute != NONE)
                        .then(|| unit.text(request.attribute).to_text().to_string());
                    cx.load_module(&specifier, attribute.as_deref(), &referrer)?
                };
                loaded.get(cx).put(cx, i, other.value(cx));
                cx.list_push(pending, other.any())
            })?;
        }
        module.get(self).put(self, field::REQUESTS, loaded.value(self));
        module.get(self).set_status(status::LOADED);
        Ok(())
    }

    /// A module that a module requests.
    fn requested(&self, module: Local<'_, Module>, request: u32) -> Local<'s, Module> {
        let requests =
            module.get(self).at(self, field::REQUESTS).cast::<Tuple>(self).expect("a loaded module");
        requests.at(self, request as usize).cast::<Module>(self).expect("a tuple of modules").root(self)
    }

    /// Links a module and all that it leads to: scopes first, then imports.
    fn link_modules(&mut self, module: Local<'_, Module>) -> JsResult<'s, ()> {
        let all = self.new_list()?;
        self.list_push(all, module.any())?;
        let mut next = 0;
        while next < all.get(self).length() as usize {
            self.scope(|cx| {
                let module =
                    all.get(cx).item(cx, next).root(cx).cast::<Module>(cx).expect("a list of modules");
                cx.make_module_scope(module)?;
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
        let other = self.module_name(other)?;
        Err(self.throw(ErrorKind::SyntaxError, &format!("The requested module '{other}' {what} '{name}'")))
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
        let null = self.local(Value::NULL);
        let object = self.new_kind_with(kind::Namespace, 0, null)?;
        // Cycles may lead back here while the names are resolved.
        module.get(self).put(self, field::NAMESPACE, object.value(self));
        let empty = self.new_tuple(0)?;
        let cell = object.get(self).cast::<Namespace>().expect("just made");
        cell.set_names(self, empty.get(self));
        cell.set_bindings(self, empty.get(self));
        let mut names = self.exported_names(module, &mut Vec::new(), 0)?;
        names.sort();
        names.dedup();
        let mut bound = Vec::new();
        for name in names {
            let text = String::from_utf16_lossy(&name);
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
        let scope = self.new_scope(None, scope_word(1, 0))?;
        let scope = scope.cast::<Scope>(self).expect("just made");
        scope.get(self).put(self, 0, value.value(self));
        let import = self.alloc_old::<ImportRef>(kind::ImportRef, ImportRef::BYTES)?;
        import.get(self).set_scope(self, Some(scope.get(self)));
        Ok(import.any())
    }

    /// A function of a module, as a closure in its scope.
    fn module_closure(&mut self, module: Local<'s, Module>, body: bool) -> JsResult<'s> {
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
        Ok(self.new_closure(template, scope)?.any())
    }
}

/// A path as seen from a directory, without `.` and `..` where that can be told from the text.
fn joined(directory: &str, path: &str) -> String {
    if path.starts_with('/') || directory.is_empty() {
        return path.to_owned();
    }
    let mut whole = directory;
    let mut rest = path;
    while let Some(after) = rest.strip_prefix("../")
        && let Some((parent, _)) = whole.rsplit_once('/')
    {
        (whole, rest) = (parent, after);
    }
    format!("{whole}/{rest}")
}

impl<'s> Cx<'s> {
    /// Where modules wait at top-level awaits while the program's main module is not done: file, line, column.
    /// For a program that has nothing left to do.
    pub fn unsettled_awaits(&mut self) -> JsResult<'s, Vec<(String, u32, u32)>> {
        let table = self.root_cell::<MapTable>(Root::Modules).root(self);
        let mut places = Vec::new();
        let mut is_main = false;
        for entry in 0..table.get(self).used() {
            let Some(module) = table.get(self).entry_value(self, entry).cast::<Module>(self) else {
                continue;
            };
            let module = module.root(self);
            is_main |= self.is_unfinished_main(module)?;
            let Some((_, unit, index)) = self.module_unit(module) else { continue };
            let saved = module.get(self).waiting(self).and_then(|coroutine| coroutine.frame(self));
            let Some(pc) = saved.map(|saved| saved.pc()) else { continue };
            let body = unit.function(unit.module(index).body);
            let Some(position) = unit.position(&body, pc) else { continue };
            let file = unit.text(unit.source_name(body.source)).to_text().to_string();
            places.push((file, position.line, position.column));
        }
        Ok(if is_main { places } else { Vec::new() })
    }

    fn is_unfinished_main(&mut self, module: Local<'_, Module>) -> JsResult<'s, bool> {
        let record = module.get(self).at(self, field::RECORD).root(self);
        let Some(record) = record.as_object(self) else { return Ok(false) };
        let mut field = |name: &str| {
            let key = self.text_key(name)?;
            Ok(self.plain_get(record, key)?.and_then(|value| value.value(self).as_int()))
        };
        // Its states are those of library/module.js.
        Ok(field("main")? == Some(1) && field("status")? != Some(3))
    }
}

fn module_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Module>> {
    match args.get(cx, 0).cast::<Module>(cx) {
        Some(module) => Ok(module),
        None => Err(cx.bug("no module")),
    }
}

/// %loadModule%: referrer (a module or a file name), specifier, attribute or undefined. A linked module.
pub fn load_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let referrer = args.get(cx, 0);
    let referrer = match referrer.cast::<Module>(cx) {
        Some(module) => cx.module_name(module)?,
        None => match referrer.cast::<Str>(cx) {
            Some(name) => cx.text(name)?,
            None => String::new(),
        },
    };
    let specifier = args.string(cx, 1)?;
    let specifier = cx.text(specifier)?;
    let attribute = match args.get(cx, 2).cast::<Str>(cx) {
        Some(attribute) => Some(cx.text(attribute)?),
        None => None,
    };
    let module = cx.load_module(&specifier, attribute.as_deref(), &referrer)?;
    cx.load_requests(module)?;
    cx.link_modules(module)?;
    Ok(module.any())
}

/// %moduleRecord%: what the library keeps of a module, or undefined.
pub fn module_record<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    Ok(module.get(cx).at(cx, field::RECORD).root(cx))
}

/// %setModuleRecord%
pub fn set_module_record<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let record = args.get(cx, 1);
    module.get(cx).put(cx, field::RECORD, record.value(cx));
    Ok(cx.undefined())
}

/// %moduleRequests%: an array of modules.
pub fn module_requests<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let mut all = Vec::new();
    if let Some(requests) = module.get(cx).at(cx, field::REQUESTS).cast::<Tuple>(cx) {
        let requests = requests.root(cx);
        for i in 0..requests.get(cx).count(cx) {
            all.push(requests.get(cx).at(cx, i).root(cx));
        }
    }
    Ok(cx.array_of(&all)?.any())
}

/// %moduleInit%: the function that hoists its declarations, or undefined.
pub fn module_init<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_closure(module, false)
}

/// %moduleBody%: its body as a function, or undefined.
pub fn module_body<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_closure(module, true)
}

/// %moduleIsAsync%: whether its body awaits at top level.
pub fn module_is_async<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let answer = cx.module_unit(module).is_some_and(|(_, unit, index)| unit.module(index).is_async != 0);
    Ok(cx.boolean(answer))
}

/// %moduleText%: the text of a JSON or text module, or undefined.
pub fn module_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    Ok(module.get(cx).at(cx, field::VALUE).root(cx))
}

/// %moduleIsJson%
pub fn module_is_json<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let answer = module.get(cx).at(cx, field::INDEX).is_true();
    Ok(cx.boolean(answer))
}

/// %setModuleDefault%: the value of a JSON or text module.
pub fn set_module_default<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let value = args.get(cx, 1);
    if let Some(scope) = module.get(cx).at(cx, field::SCOPE).cast::<Scope>(cx) {
        scope.put(cx, 0, value.value(cx));
    }
    Ok(cx.undefined())
}

/// %moduleNamespace%
pub fn namespace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_namespace(module)
}

/// %moduleMeta%: `import.meta` of a module; made with its `resolve` where there is none. Undefined without that.
pub fn module_meta<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let known = module.get(cx).at(cx, field::META).root(cx);
    let resolve = args.get(cx, 1);
    if known.value(cx).is_object() || resolve.value(cx).is_undefined() {
        return Ok(known);
    }
    let null = cx.local(Value::NULL);
    let meta = cx.new_object_with(null)?;
    let name = cx.module_name(module)?;
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let (directory, file) = (cx.text_value(&directory)?, cx.text_value(&name)?);
    let url = cx.text_value(&file_url(&name))?;
    for (key, value) in [("dirname", directory), ("filename", file), ("resolve", resolve), ("url", url)] {
        let key = cx.text_key(key)?;
        cx.put_own(meta, key, value, info::DEFAULT)?;
    }
    module.get(cx).put(cx, field::META, meta.value(cx));
    Ok(meta.any())
}

/// %resolveModule%: what a specifier in a module leads to, as a URL. A path need not be that of a file.
pub fn resolve_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let specifier = args.string(cx, 1)?;
    let specifier = cx.text(specifier)?;
    let name = cx.module_name(module)?;
    let message = match cx.vm.host.resolve_module(&specifier, &name) {
        Ok(found) => return cx.text_value(&file_url(&found)),
        Err(message) => message,
    };
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
    let url = if specifier.starts_with('/') || specifier.starts_with("./") || specifier.starts_with("../") {
        file_url(&joined(directory, specifier.strip_prefix("./").unwrap_or(&specifier)))
    } else if specifier.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        specifier
    } else {
        return Err(cx.module_not_found(&message)?);
    };
    cx.text_value(&url)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// A path as a URL.
fn file_url(path: &str) -> String {
    let mut url = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"#%<>?\\^`{|}".contains(&byte) {
            url.push(byte.into());
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}
