//! Several units as one: how a whole module graph becomes one file.
//!
//! [`Merger::add`] appends a unit's modules with everything that they name, numbered on; strings are kept once.

use std::collections::HashMap;

use crate::constant::Constant;
use crate::data::*;

/// A unit that grows by others.
#[derive(Default)]
pub struct Merger {
    unit: UnitData,
    strings: HashMap<Text, StringId>,
}

/// How the ids of a unit that is added move.
struct Moves {
    strings: Vec<StringId>,
    lists: u32,
    scopes: u32,
    functions: u32,
    sources: u32,
}

/// What a list's numbers are, by the constants that name it.
#[derive(Clone, Copy, PartialEq)]
enum ListUse {
    Plain,
    Strings,
    SecondStrings,
    FirstScope,
}

impl Merger {
    /// The id of a string.
    pub fn string(&mut self, text: &Text) -> StringId {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.unit.strings.len() as u32;
        self.unit.strings.push(text.clone());
        self.strings.insert(text.clone(), id);
        id
    }

    /// Appends a unit. Gives the number of its first module.
    pub fn add(&mut self, other: UnitData) -> u32 {
        let moves = Moves {
            strings: other.strings.iter().map(|text| self.string(text)).collect(),
            lists: self.unit.lists.len() as u32,
            scopes: self.unit.scopes.len() as u32,
            functions: self.unit.functions.len() as u32,
            sources: self.unit.sources.len() as u32,
        };
        let uses = list_uses(&other);
        let first_module = self.unit.modules.len() as u32;
        for (list, of) in other.lists.into_iter().zip(uses) {
            self.unit.lists.push(moved_list(list, of, &moves));
        }
        self.unit.scopes.extend(other.scopes.into_iter().map(|scope| moved_scope(scope, &moves)));
        self.unit
            .functions
            .extend(other.functions.into_iter().map(|function| moved_function(function, &moves)));
        self.unit.sources.extend(
            other.sources.into_iter().map(|source| SourceData { name: moves.string(source.name), ..source }),
        );
        self.unit.modules.extend(other.modules.into_iter().map(|module| moved_module(module, &moves)));
        if first_module == 0 {
            self.unit.entry_kind = other.entry_kind;
            self.unit.entry = moves.id(other.entry, moves.functions);
        }
        first_module
    }

    /// Adds a JSON or text module; gives its number.
    pub fn add_text_module(&mut self, name: &str, kind: ModuleKind, text: &str) -> u32 {
        let (name, text) = (self.string(&Text::from_utf8(name)), self.string(&Text::from_utf8(text)));
        self.unit.modules.push(ModuleData {
            name,
            kind,
            init: NONE,
            body: NONE,
            scope: NONE,
            text,
            is_async: false,
            requests: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
        });
        self.unit.modules.len() as u32 - 1
    }

    /// Says which module a request of a module leads to.
    pub fn resolve(&mut self, module: u32, request: usize, to: u32) {
        if let Some(request) = self.unit.modules[module as usize].requests.get_mut(request) {
            request.resolved = to;
        }
    }

    /// Adds a pair to the metadata.
    pub fn meta(&mut self, key: &str, value: &str) {
        let pair = (self.string(&Text::from_utf8(key)), self.string(&Text::from_utf8(value)));
        self.unit.meta.push(pair);
    }

    /// The whole unit.
    pub fn finish(self) -> UnitData {
        self.unit
    }
}

impl Moves {
    fn string(&self, id: StringId) -> StringId {
        if id == NONE { NONE } else { self.strings[id as usize] }
    }

    fn id(&self, id: u32, by: u32) -> u32 {
        if id == NONE { NONE } else { id + by }
    }
}

fn list_uses(unit: &UnitData) -> Vec<ListUse> {
    let mut uses = vec![ListUse::Plain; unit.lists.len()];
    for constant in unit.functions.iter().flat_map(|function| &function.constants) {
        let (id, of) = match *constant {
            Constant::Keys(id) | Constant::Template(id) => (id, ListUse::Strings),
            Constant::Globals(id) => (id, ListUse::SecondStrings),
            Constant::Eval(id) => (id, ListUse::FirstScope),
            _ => continue,
        };
        uses[id as usize] = of;
    }
    uses
}

fn moved_list(list: Vec<u32>, of: ListUse, moves: &Moves) -> Vec<u32> {
    let moved = |(i, id): (usize, u32)| match of {
        ListUse::Strings => moves.string(id),
        ListUse::SecondStrings if i % 2 == 1 => moves.string(id),
        ListUse::FirstScope if i == 0 => moves.id(id, moves.scopes),
        _ => id,
    };
    list.into_iter().enumerate().map(moved).collect()
}

fn moved_scope(scope: ScopeData, moves: &Moves) -> ScopeData {
    let slot = |slot: SlotData| SlotData { name: moves.string(slot.name), ..slot };
    ScopeData {
        parent: moves.id(scope.parent, moves.scopes),
        slots: scope.slots.into_iter().map(slot).collect(),
        ..scope
    }
}

fn moved_function(function: FunctionData, moves: &Moves) -> FunctionData {
    let constant = |constant: Constant| match constant {
        Constant::String(id) => Constant::String(moves.string(id)),
        Constant::BigInt(id) => Constant::BigInt(moves.string(id)),
        Constant::Function(id) => Constant::Function(moves.id(id, moves.functions)),
        Constant::Scope(id) => Constant::Scope(moves.id(id, moves.scopes)),
        Constant::Keys(id) => Constant::Keys(moves.id(id, moves.lists)),
        Constant::Template(id) => Constant::Template(moves.id(id, moves.lists)),
        Constant::JumpTable(id) => Constant::JumpTable(moves.id(id, moves.lists)),
        Constant::Slots(id) => Constant::Slots(moves.id(id, moves.lists)),
        Constant::Globals(id) => Constant::Globals(moves.id(id, moves.lists)),
        Constant::Eval(id) => Constant::Eval(moves.id(id, moves.lists)),
        Constant::Number(_) | Constant::Symbol(_) => constant,
    };
    FunctionData {
        name: moves.string(function.name),
        outer_scope: moves.id(function.outer_scope, moves.scopes),
        source: function.source + moves.sources,
        constants: function.constants.into_iter().map(constant).collect(),
        ..function
    }
}

fn moved_module(module: ModuleData, moves: &Moves) -> ModuleData {
    let request = |request: RequestData| RequestData {
        specifier: moves.string(request.specifier),
        attribute: moves.string(request.attribute),
        ..request
    };
    let import = |import: ImportData| ImportData { name: moves.string(import.name), ..import };
    let export = |export: ExportData| match export {
        ExportData::Local { name, slot } => ExportData::Local { name: moves.string(name), slot },
        ExportData::Indirect { name, request, import_name } => {
            ExportData::Indirect { name: moves.string(name), request, import_name: moves.string(import_name) }
        }
        ExportData::Star { .. } => export,
    };
    ModuleData {
        name: moves.string(module.name),
        init: moves.id(module.init, moves.functions),
        body: moves.id(module.body, moves.functions),
        scope: moves.id(module.scope, moves.scopes),
        text: moves.string(module.text),
        requests: module.requests.into_iter().map(request).collect(),
        imports: module.imports.into_iter().map(import).collect(),
        exports: module.exports.into_iter().map(export).collect(),
        ..module
    }
}
