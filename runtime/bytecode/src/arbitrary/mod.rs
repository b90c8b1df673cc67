//! Random units for tests and fuzzing: most of them obey the bytecode law, on request some do not.
//!
//! In: [`Choices`] and a [`Size`]. Out: a [`UnitData`] that encodes. Instructions are drawn from the whole table, and
//! operands by their kind, so that a new row is covered without a change here; only what needs its surroundings (calls,
//! loops, handlers, iteration, scopes, coroutines) is put together by hand in `statements.rs`. Validity comes from a
//! discipline of registers: each has one use for the whole function, and every value register is set at its start.

mod body;
mod choices;
mod operands;
mod statements;

pub use choices::Choices;

use crate::data::*;

/// How large, and how wild.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Functions, beside those of modules.
    pub functions: u32,
    /// Most statements of a function; one makes one to ten instructions.
    pub statements: u32,
    /// Modules.
    pub modules: u32,
    /// Instructions of a thousand that get some operand changed at random: the unit then hardly ever verifies.
    pub wild: u32,
}

impl Size {
    /// A few functions: fast to make and to check.
    pub const SMALL: Size = Size { functions: 5, statements: 12, modules: 2, wild: 0 };
}

/// Fixed strings: what the rules ask for by content.
mod string {
    pub const EMPTY: u32 = 0;
    pub const LENGTH: u32 = 1;
    /// Texts of BigInts.
    pub const BIGINTS: std::ops::Range<u32> = 2..4;
    /// Names, none of them an array index; all further strings.
    pub const NAMES: u32 = 4;
}

const TEXTS: &[&str] = &["", "length", "12345678901234567890", "-7", "é", "日本", "😀", "a\n\"\\\u{0}", "01"];

/// What is settled of a function before its body is made.
#[derive(Clone, Copy)]
struct Plan {
    kind: FunctionKind,
    outer_scope: ScopeId,
    params: u32,
    /// Whether a module starts it, and it awaits there.
    is_async: bool,
}

struct Generator<'c, 'b> {
    choices: &'c mut Choices<'b>,
    size: Size,
    unit: UnitData,
    plans: Vec<Plan>,
}

/// A unit; valid where `size.wild` is 0.
pub fn unit(choices: &mut Choices, size: Size) -> UnitData {
    let mut generator = Generator { choices, size, unit: UnitData::default(), plans: Vec::new() };
    generator.strings();
    generator.scopes();
    generator.plan_functions();
    generator.modules();
    for id in 0..generator.plans.len() {
        let function = body::function(&mut generator, id);
        generator.unit.functions.push(function);
    }
    generator.entry();
    generator.unit
}

impl Generator<'_, '_> {
    fn strings(&mut self) {
        let unit = &mut self.unit;
        unit.strings = TEXTS.iter().map(|text| Text::from_utf8(text)).collect();
        unit.strings.push(Text::from_utf16(&[0xD800, 0x78]));
        let more = 8 + self.size.functions * self.size.statements / 32;
        unit.strings.extend((0..more).map(|index| Text::from_utf8(&format!("name{index}"))));
        for _ in 0..self.choices.below(3) {
            let text =
                "let x = 1;\nfunction f(日本) { return x.y }\n".repeat(1 + self.choices.below(3) as usize);
            unit.sources.push(SourceData { name: string::NAMES, text });
        }
        unit.sources.push(SourceData { name: string::EMPTY, text: String::new() });
        unit.meta.push((string::LENGTH, string::EMPTY));
    }

    fn name(&mut self) -> StringId {
        self.choices.between(string::NAMES, self.unit.strings.len() as u32)
    }

    fn scopes(&mut self) {
        const KINDS: &[ScopeKind] = ScopeKind::ALL;
        for id in 0..2 + self.size.functions / 2 {
            let kind = self.choices.pick(KINDS).filter(|&kind| kind != ScopeKind::Module);
            let parent = if self.choices.chance(600) { self.choices.below(id) } else { NONE };
            let slots = (0..self.choices.below(7)).map(|_| self.slot()).collect();
            self.unit.scopes.push(ScopeData {
                parent: if id == 0 { NONE } else { parent },
                kind: kind.unwrap_or(ScopeKind::Block),
                strict: self.choices.chance(500),
                slots,
            });
        }
    }

    /// A slot of any kind but an import.
    fn slot(&mut self) -> SlotData {
        let kind = self.choices.pick(SlotKind::ALL).filter(|&kind| kind != SlotKind::Import);
        SlotData { name: self.name(), kind: kind.unwrap_or(SlotKind::Var) }
    }

    fn plan_functions(&mut self) {
        let scopes = self.unit.scopes.len() as u32;
        for id in 0..self.size.functions {
            let kind = self.choices.pick(FunctionKind::ALL).unwrap_or(FunctionKind::Normal);
            let kind = if kind == FunctionKind::Module { FunctionKind::Normal } else { kind };
            let scoped = id > 0 && self.choices.chance(600);
            self.plans.push(Plan {
                kind: if id == 0 { FunctionKind::Script } else { kind },
                outer_scope: if scoped { self.choices.below(scopes) } else { NONE },
                params: if id == 0 { 0 } else { self.choices.below(4) },
                is_async: false,
            });
        }
    }

    fn modules(&mut self) {
        for index in 0..self.size.modules {
            let module = match self.choices.below(4) {
                0..3 => self.script_module(),
                _ => self.text_module(),
            };
            self.unit.modules.push(ModuleData { name: index % string::NAMES, ..module });
        }
    }

    fn text_module(&mut self) -> ModuleData {
        let kind = if self.choices.chance(500) { ModuleKind::Json } else { ModuleKind::Text };
        ModuleData {
            name: string::EMPTY,
            kind,
            init: NONE,
            body: NONE,
            scope: NONE,
            text: self.name(),
            is_async: false,
            requests: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
        }
    }

    fn script_module(&mut self) -> ModuleData {
        let scope = self.unit.scopes.len() as u32;
        let mut slots: Vec<SlotData> = (0..self.choices.below(5)).map(|_| self.slot()).collect();
        let own = slots.len() as u32;
        slots.extend((0..self.choices.below(3)).map(|i| SlotData { name: i, kind: SlotKind::Import }));
        let imports = own..slots.len() as u32;
        self.unit.scopes.push(ScopeData { parent: NONE, kind: ScopeKind::Module, strict: true, slots });
        let is_async = self.choices.chance(300);
        let init = self.choices.chance(500);
        let body = self.plan_module_function(scope, is_async);
        ModuleData {
            kind: ModuleKind::Script,
            text: NONE,
            init: if init { self.plan_module_function(scope, false) } else { NONE },
            body,
            scope,
            is_async,
            requests: vec![RequestData { specifier: self.name(), attribute: NONE, resolved: NONE }],
            imports: imports
                .map(|slot| ImportData { request: 0, name: if slot % 2 == 0 { NONE } else { slot }, slot })
                .collect(),
            exports: self.exports(own),
            ..self.text_module()
        }
    }

    fn plan_module_function(&mut self, scope: ScopeId, is_async: bool) -> FunctionId {
        self.plans.push(Plan { kind: FunctionKind::Module, outer_scope: scope, params: 0, is_async });
        self.plans.len() as u32 - 1
    }

    fn exports(&mut self, own_slots: u32) -> Vec<ExportData> {
        let mut exports: Vec<ExportData> =
            (0..own_slots).map(|slot| ExportData::Local { name: self.name(), slot }).collect();
        if self.choices.chance(500) {
            exports.push(ExportData::Star { request: 0 });
            exports.push(ExportData::Indirect { name: self.name(), request: 0, import_name: NONE });
        }
        exports
    }

    fn entry(&mut self) {
        (self.unit.entry_kind, self.unit.entry) = match self.choices.below(4) {
            1 if !self.unit.modules.is_empty() => (EntryKind::Module, NONE),
            2 if !self.plans.is_empty() => (EntryKind::Eval, 0),
            3 => (EntryKind::None, NONE),
            _ if self.size.functions > 0 => (EntryKind::Script, 0),
            _ => (EntryKind::None, NONE),
        };
    }
}
