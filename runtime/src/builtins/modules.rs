//! Modules (16.2): their records, and loading; linking is in [`super::module_link`], evaluation in `library/module.js`.
//!
//! A Module cell's values are named by [`field`]. The graph is loaded by a work list, never by recursion. Linking makes
//! a scope for each module, whose import slots hold `ImportRef`s to other modules' slots.

use tvm_bytecode::Verified;
use tvm_bytecode::data::{EntryKind, ErrorKind, ExportData, ModuleKind, NONE, meta_key};

use crate::base::exit::Exit;
use crate::base::module_path;
use crate::base::vm::{CompileGoal, CompileRequest, ModuleFailure, ModuleText, ModuleUse, SourceForm};
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::library::NODE_MODULES;
use crate::object::shape::info;
use crate::semantics::JsResult;

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
    /// What it is where it is no ECMAScript module: one of [`super::form`].
    pub const FORM: usize = 10;
    /// Names that a CommonJS module or a builtin one exports besides `default`, once linked: a tuple of strings. Their
    /// slots follow that of `default` in this order.
    pub const EXPORTS: usize = 11;
    /// How many there are.
    pub const COUNT: usize = 12;
}

/// What a module is: numbers that `node/internal_loader.js` knows too.
pub mod form {
    /// An ECMAScript module.
    pub const MODULE: i32 = 0;
    /// CommonJS.
    pub const COMMON_JS: i32 = 1;
    /// One of Node's modules, in tvm's own library.
    pub const BUILTIN: i32 = 2;
    /// JSON or text.
    pub const TEXT: i32 = 3;
}

/// A module of tvm's own library.
pub struct NodeModule {
    /// Its name, without `node:`.
    pub name: &'static str,
    /// Its function in the library.
    pub function: u32,
    /// What it exports.
    pub exports: &'static [&'static str],
}

impl NodeModule {
    /// The name that it is known by: `node:x`, or `tvm:x`, which has no other.
    pub fn full_name(&self) -> String {
        match self.name.strip_prefix("tvm/") {
            Some(name) => format!("tvm:{name}"),
            None => format!("node:{}", self.name),
        }
    }

    /// Whether only the library itself may ask for it.
    pub fn is_internal(&self) -> bool {
        self.name.starts_with("internal/")
    }
}

/// Finds a module of the library by a program's specifier.
pub fn node_module(specifier: &str) -> Option<&'static NodeModule> {
    if let Some(name) = specifier.strip_prefix("tvm:") {
        return NODE_MODULES.iter().find(|module| module.name.strip_prefix("tvm/") == Some(name));
    }
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    let is_ours = |module: &NodeModule| module.is_internal() || module.name.starts_with("tvm/");
    NODE_MODULES.iter().find(|module| module.name == name && !is_ours(module))
}

/// States of a module, in the cell's `status`.
pub(super) mod status {
    /// Its requests are not all loaded.
    pub const NEW: u32 = 0;
    /// Everything it requests is loaded.
    pub const LOADED: u32 = 1;
    /// It has its scope and imports.
    pub const LINKED: u32 = 2;
}

impl<'s> Cx<'s> {
    fn new_module(&mut self, name: &str) -> JsResult<'s, Local<'s, Module>> {
        let module = self.alloc_old::<Module>(kind::Module, Module::BYTES + 8 * field::COUNT)?;
        module.get(self).fill(self, 0, Value::UNDEFINED);
        let name = self.text_value(name)?;
        module.get(self).put(self, field::NAME, name.value(self));
        Ok(module)
    }

    pub(super) fn module_name(&mut self, module: Local<'_, Module>) -> JsResult<'s, String> {
        let name = module.get(self).at(self, field::NAME).root(self);
        match name.cast::<Str>(self) {
            Some(name) => self.text(name),
            None => Ok(String::new()),
        }
    }

    /// The unit of a module and its record's number; `None` for JSON and text.
    pub(super) fn module_unit(&self, module: Local<'_, Module>) -> Option<(u32, Verified, u32)> {
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
        let module = table.get(self).entry_value(entry).root(self);
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
        // The main one is known by the file's name.
        if index == 0
            && let Some(main) = self.main_of_unit(unit)
        {
            return Ok(main);
        }
        let root = self.root_of(module)?;
        let record = self.vm.units[unit as usize].module(index);
        let name = self.vm.units[unit as usize].text(record.name).to_text().to_string();
        self.module_of_unit(unit, index, &joined(&root, &name), &root)
    }

    /// The directory that names in a module's unit are relative to.
    fn root_of(&mut self, module: Local<'_, Module>) -> JsResult<'s, String> {
        let root = module.get(self).at(self, field::ROOT).root(self);
        root.cast::<Str>(self).map_or(Ok(String::new()), |root| self.text(root))
    }

    /// Module 0 of a unit that was taken into the isolate.
    fn main_of_unit(&self, unit: u32) -> Option<Local<'s, Module>> {
        let table = self.root_cell::<MapTable>(Root::Modules).root(self);
        (0..table.get(self).used()).find_map(|entry| {
            let module = table.get(self).entry_value(entry).cast::<Module>(self)?;
            let is_it = module.at(self, field::UNIT).as_int() == Some(unit as i32)
                && module.at(self, field::INDEX).as_int() == Some(0);
            is_it.then(|| module.root(self))
        })
    }

    /// What `import()` means in a program that was built, where the file holds it: the files need not be there.
    pub(super) fn built_in_module(
        &mut self,
        referrer: Local<'_, Module>,
        specifier: &str,
        attribute: Option<&str>,
    ) -> JsResult<'s, Option<Local<'s, Module>>> {
        let Some((number, unit, _)) = self.module_unit(referrer) else { return Ok(None) };
        if !module_path::is_path(specifier) || unit.meta_value(meta_key::PRODUCER).is_none() {
            return Ok(None);
        }
        let is_kind = |kind: u32| {
            matches!(
                (attribute, ModuleKind::from_u32(kind)),
                (None, Some(ModuleKind::Script | ModuleKind::CommonJs))
                    | (Some("json"), Some(ModuleKind::Json))
                    | (Some("text"), Some(ModuleKind::Text))
            )
        };
        let root = self.root_of(referrer)?;
        let full = module_path::full(specifier, &self.module_name(referrer)?);
        for candidate in module_path::candidates(&full) {
            let wanted = candidate.to_string_lossy();
            let found = (0..unit.module_count()).find(|&index| {
                let record = unit.module(index);
                let name = joined(&root, &unit.text(record.name).to_text().to_string());
                is_kind(record.kind) && name == wanted
            });
            if let Some(index) = found {
                return self.other_module_of_unit(referrer, number, index).map(Some);
            }
        }
        Ok(None)
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
        let kind = ModuleKind::from_u32(record.kind);
        if kind == Some(ModuleKind::CommonJs) {
            module.get(self).put(self, field::FORM, Value::int(form::COMMON_JS));
        }
        if matches!(kind, Some(ModuleKind::Script | ModuleKind::CommonJs)) {
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

    /// Throws what became of a module, with the code that Node gives it.
    pub(super) fn module_failure(&mut self, failure: &ModuleFailure) -> JsResult<'s, Exit> {
        let kind = if failure.is_type_error { ErrorKind::TypeError } else { ErrorKind::Error };
        let error = self.new_error(kind, &failure.message)?;
        if let Some(code) = failure.code {
            let name = self.atom("code")?;
            let code = self.string(code)?;
            self.add_property(error, name.any(), code.any(), info::DEFAULT)?;
        }
        Ok(self.throw_value(error.any()))
    }

    /// What a specifier means as seen from a referrer: the name of a builtin module, or the host's answer.
    pub(super) fn resolve_module(
        &mut self,
        specifier: &str,
        referrer: &str,
        by: ModuleUse,
    ) -> JsResult<'s, String> {
        if let Some(builtin) = node_module(specifier) {
            return Ok(builtin.full_name());
        }
        if specifier.starts_with("node:") || specifier.starts_with("tvm:") {
            let message = format!("No such built-in module: {specifier}");
            return Err(self.module_failure(&ModuleFailure::new("ERR_UNKNOWN_BUILTIN_MODULE", message))?);
        }
        self.vm.spend(1 + specifier.len() as u64 / 16)?;
        let failure = match self.vm.host.resolve_module(specifier, referrer, by) {
            Ok(name) => return Ok(name),
            Err(failure) => failure,
        };
        Err(self.module_failure(&failure)?)
    }

    /// Loads one module by its specifier, as seen from a referrer.
    pub(super) fn load_module(
        &mut self,
        specifier: &str,
        attribute: Option<&str>,
        referrer: &str,
        by: ModuleUse,
    ) -> JsResult<'s, Local<'s, Module>> {
        let name = self.resolve_module(specifier, referrer, by)?;
        self.load_named_module(&name, attribute, by)
    }

    /// Loads one module by its full name.
    pub(super) fn load_named_module(
        &mut self,
        name: &str,
        attribute: Option<&str>,
        by: ModuleUse,
    ) -> JsResult<'s, Local<'s, Module>> {
        let key = match attribute {
            Some(attribute) => format!("{name}\0{attribute}"),
            None => name.to_owned(),
        };
        if let Some(known) = self.known_module(&key)? {
            return Ok(known);
        }
        if (name.starts_with("node:") || name.starts_with("tvm:")) && node_module(name).is_some() {
            let module = self.new_module(name)?;
            module.get(self).put(self, field::FORM, Value::int(form::BUILTIN));
            self.register_module(&key, module)?;
            return Ok(module);
        }
        let text = match self.vm.host.load_module(name, attribute, by) {
            Ok(text) => text,
            Err(failure) => return Err(self.module_failure(&failure)?),
        };
        let module = match text {
            ModuleText::Source { text, typescript, form } => {
                let unit = self.compile_module(name, &text, typescript, form)?;
                let number = self.add_given_unit(unit)?;
                return self.main_module_of_unit(number, name);
            }
            ModuleText::Unit(unit) => {
                if unit.entry_kind() != Some(EntryKind::Module) {
                    return Err(self.type_error(&format!("{name} holds a script, not a module")));
                }
                let number = self.add_given_unit(unit)?;
                return self.main_module_of_unit(number, name);
            }
            ModuleText::Json(text) => {
                let module = self.new_module(name)?;
                self.fill_synthetic(module, &text, true)?;
                module
            }
            ModuleText::Text(text) => {
                let module = self.new_module(name)?;
                self.fill_synthetic(module, &text, false)?;
                module
            }
        };
        self.register_module(&key, module)?;
        Ok(module)
    }

    fn compile_module(
        &mut self,
        name: &str,
        text: &str,
        typescript: bool,
        form: SourceForm,
    ) -> JsResult<'s, Verified> {
        let Some(compiler) = self.vm.compiler.clone() else {
            return Err(
                self.type_error(&format!("Cannot compile {name}: this isolate has no source compiler"))
            );
        };
        self.vm.spend(text.len() as u64 / 16)?;
        let goal = match form {
            SourceForm::Module => CompileGoal::Module,
            SourceForm::CommonJs => CompileGoal::CommonJs,
            SourceForm::Detect => CompileGoal::CommonJsOrModule,
        };
        let plain = CompileRequest::new(text, name, goal);
        let stop = self.vm.stop_condition();
        let strict = form == SourceForm::Module;
        let request = CompileRequest { strict, typescript, stop: Some(&stop), ..plain };
        compiler.compile(&request).map_err(|failure| self.compile_error_in(&failure, name))
    }

    /// Loads everything that a module requests, in depth.
    pub(super) fn load_requests(&mut self, module: Local<'_, Module>) -> JsResult<'s, ()> {
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
        if self.module_form(module) == form::COMMON_JS {
            return self.load_reexports_of(module, pending);
        }
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
                    cx.load_module(&specifier, attribute.as_deref(), &referrer, ModuleUse::Import)?
                };
                loaded.get(cx).put(cx, i, other.value(cx));
                cx.list_push(pending, other.any())
            })?;
        }
        module.get(self).put(self, field::REQUESTS, loaded.value(self));
        module.get(self).set_status(status::LOADED);
        Ok(())
    }

    /// Loads the modules whose exports a CommonJS module seems to take over, for their names. What cannot be had is
    /// left out: whether it matters shows when it is required.
    fn load_reexports_of(&mut self, module: Local<'s, Module>, pending: Local<'_, List>) -> JsResult<'s, ()> {
        let Some((number, unit, index)) = self.module_unit(module) else { return Ok(()) };
        let record = unit.module(index);
        let referrer = self.module_name(module)?;
        let requests: Vec<_> = unit.requests(&record).collect();
        module.get(self).set_status(status::LOADED);
        let found = self.new_list()?;
        for export in unit.exports(&record).flatten() {
            let ExportData::Star { request } = export else { continue };
            let request = requests[request as usize];
            self.scope(|cx| {
                let other = if request.resolved != NONE {
                    cx.other_module_of_unit(module, number, request.resolved)
                } else {
                    let specifier = unit.text(request.specifier).to_text().to_string();
                    cx.load_module(&specifier, None, &referrer, ModuleUse::Require)
                };
                match other {
                    Ok(other) => {
                        cx.list_push(found, other.any())?;
                        cx.list_push(pending, other.any())
                    }
                    Err(Exit::Throw) => {
                        cx.take_exception();
                        Ok(())
                    }
                    Err(exit) => Err(exit),
                }
            })?;
        }
        let count = found.get(self).length() as usize;
        let loaded = self.new_tuple(count)?;
        for i in 0..count {
            loaded.get(self).put(self, i, found.get(self).item(self, i));
        }
        module.get(self).put(self, field::REQUESTS, loaded.value(self));
        Ok(())
    }

    /// What a CommonJS module asks for by a literal specifier, where its own unit holds it.
    pub(super) fn required_of_unit(
        &mut self,
        module: Local<'_, Module>,
        specifier: &str,
    ) -> JsResult<'s, Option<Local<'s, Module>>> {
        let Some((number, unit, index)) = self.module_unit(module) else { return Ok(None) };
        let record = unit.module(index);
        let found = unit.requests(&record).find(|request| {
            request.resolved != NONE && unit.text(request.specifier).to_text().to_string() == specifier
        });
        match found {
            Some(request) => self.other_module_of_unit(module, number, request.resolved).map(Some),
            None => Ok(None),
        }
    }

    /// What a module is: one of [`form`].
    pub(super) fn module_form(&self, module: Local<'_, Module>) -> i32 {
        let cell = module.get(self);
        match cell.at(self, field::FORM).as_int() {
            Some(form) => form,
            None if cell.at(self, field::UNIT).is_undefined() => form::TEXT,
            None => form::MODULE,
        }
    }
}

/// A path as seen from a directory, without `.` and `..` where that can be told from the text.
pub(super) fn joined(directory: &str, path: &str) -> String {
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
            let Some(module) = table.get(self).entry_value(entry).cast::<Module>(self) else {
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
