//! Whole programs: scripts, eval code, modules, tvm's own library.

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_span::Span;
use rustc_hash::FxHashMap;
use tvm_bytecode::data::*;
use tvm_bytecode::{Op, UnitData};

use super::Unit;
use super::core::Reg;
use super::function::{Body, ConstructorOf, Shape, plain_kind};
use super::{Function as Emitter, names::Target};
use crate::commonjs;
use crate::error::CompileError;
use crate::positions::LineIndex;
use crate::scope::{self, BindingKind, FunctionId as AstFunction, Root, RootKind, ScopeId as AstScope};
use crate::{ExternalScope, Goal, Options};

/// Generates a unit from a parsed program.
pub(crate) fn compile_program<'a>(
    names: &'a Allocator,
    program: &Program<'a>,
    source: &'a str,
    options: &'a Options<'a>,
) -> Result<UnitData, CompileError> {
    let root = match &options.goal {
        Goal::Script | Goal::CommonJs => RootKind::Script,
        Goal::Module => RootKind::Module,
        Goal::Eval(_) => RootKind::Eval,
        Goal::Library(_) => RootKind::Library,
    };
    let analysis = scope::analyze(names, program, &Root { strict: options.strict, kind: root });
    let mut unit = Unit {
        data: UnitData::default(),
        analysis,
        index: LineIndex::new(source),
        source,
        surrogates: options.surrogates,
        strings: FxHashMap::default(),
        by_name: FxHashMap::default(),
        layouts: Vec::new(),
        slots: FxHashMap::default(),
        external: Vec::new(),
        names,
        enum_names: FxHashMap::default(),
        library: match &options.goal {
            Goal::Library(names) => Some(*names),
            _ => None,
        },
        library_constructs: false,
        typescript: options.typescript,
        eval_flags: 0,
        empty_scope: None,
        error: None,
    };
    unit.start(options);
    unit.lay_out_scopes();
    match &options.goal {
        Goal::Script => unit.script(program, options.completion_value),
        Goal::Module => unit.module(program, options.name),
        Goal::CommonJs => unit.common_js(program, options.name),
        Goal::Eval(_) => unit.eval(program),
        Goal::Library(_) => unit.library(program),
    }
    match unit.error {
        Some(error) => Err(error),
        None => Ok(unit.data),
    }
}

impl<'a> Unit<'a> {
    fn start(&mut self, options: &'a Options<'a>) {
        let name = self.intern_str(options.name);
        let mut text = if options.keep_source { self.source.to_owned() } else { String::new() };
        if !options.surrogates.is_empty() {
            text = self.without_stand_ins(&text);
        }
        self.data.sources.push(SourceData { name, text });
        self.note_offset(options.offset);
        if let Goal::Eval(context) = &options.goal {
            self.eval_flags = context.flags;
            self.add_external(&context.scopes);
        }
    }

    /// Says in the unit where its text begins in the one that it is part of.
    fn note_offset(&mut self, [line, column]: [i32; 2]) {
        if [line, column] != [0, 0] {
            let place = self.intern_str(&format!("{line},{column}"));
            let pair = (self.intern_str(meta_key::POSITION_OFFSET), place);
            self.data.meta.push(pair);
        }
    }

    /// A text with U+FFFD for each lone surrogate: as many bytes, so that positions stay. The units that all its U+FFFD
    /// stand for become metadata.
    fn without_stand_ins(&mut self, text: &str) -> String {
        let mut units = Vec::new();
        let replaced = text
            .chars()
            .map(|c| {
                let found = self.surrogates.binary_search_by_key(&c, |pair| pair.0);
                match found {
                    Ok(at) => units.push(self.surrogates[at].1),
                    Err(_) if c == char::REPLACEMENT_CHARACTER => units.push(c as u16),
                    Err(_) => return c,
                }
                char::REPLACEMENT_CHARACTER
            })
            .collect();
        let pair = (self.intern_str(meta_key::REPLACED_UNITS), self.intern(Text::from_utf16(&units)));
        self.data.meta.push(pair);
        replaced
    }

    /// Repeats the layouts of the scopes around eval code, outermost first.
    fn add_external(&mut self, scopes: &[ExternalScope]) {
        let mut parent = NONE;
        let mut added = Vec::new();
        for scope in scopes.iter().rev() {
            let slots = scope
                .slots
                .iter()
                .map(|(name, kind)| SlotData { name: self.intern_str(name), kind: *kind })
                .collect();
            self.data.scopes.push(ScopeData { parent, kind: scope.kind, strict: scope.strict, slots });
            parent = self.data.scopes.len() as u32 - 1;
            added.push(ExternalScope { layout: parent, ..scope.clone() });
        }
        added.reverse();
        self.external = added;
    }

    fn root_shape(&mut self, kind: FunctionKind, strict: bool, name: &str) -> Shape {
        Shape {
            name: self.intern_str(name),
            kind,
            flags: if strict { function_flag::STRICT } else { 0 },
            length: 0,
            inline_hint: 0,
            span: Span::new(0, self.source.len() as u32),
        }
    }

    fn script(&mut self, program: &Program<'a>, completion_value: bool) {
        let strict = self.analysis.function(AstFunction(0)).strict;
        let shape = self.root_shape(FunctionKind::Script, strict, "");
        let mut f = Emitter::new(self, AstFunction(0), FunctionKind::Script);
        f.begin(None, 0);
        if completion_value {
            f.start_completion();
        }
        f.enter(AstScope(0));
        f.declare_globals(false);
        f.global_functions(&program.body, false);
        f.directive_completion(program);
        f.statements(&program.body);
        f.end_of_script();
        self.data.entry = f.finish(shape);
        self.data.entry_kind = EntryKind::Script;
    }

    /// A CommonJS file: a module whose body is the function around it.
    fn common_js(&mut self, program: &Program<'a>, name: &str) {
        let scan = commonjs::scan(program);
        let name = self.intern_str(name);
        let empty = self.intern_str("");
        let Some(function) = commonjs::wrapper(program) else { return };
        let mut f = Emitter::new(self, AstFunction(0), FunctionKind::Script);
        f.begin(None, 0);
        let body = Body::Function(function);
        let body = f.template(&body, FunctionKind::Normal, empty, function.span, ConstructorOf::default());
        drop(f);
        let requests: Vec<RequestData> = scan
            .requires
            .iter()
            .map(|text| RequestData { specifier: self.intern_str(text), attribute: NONE, resolved: NONE })
            .collect();
        let exports =
            scan.exports.iter().map(|name| ExportData::Local { name: self.intern_str(name), slot: 0 });
        let mut exports: Vec<ExportData> = exports.collect();
        for specifier in &scan.reexports {
            if let Some(request) = scan.requires.iter().position(|known| known == specifier) {
                exports.push(ExportData::Star { request: request as u32 });
            }
        }
        self.data.modules.push(ModuleData {
            name,
            kind: tvm_bytecode::data::ModuleKind::CommonJs,
            init: NONE,
            body,
            scope: NONE,
            text: NONE,
            is_async: false,
            requests,
            imports: Vec::new(),
            exports,
        });
        self.data.entry_kind = EntryKind::Module;
    }

    fn eval(&mut self, program: &Program<'a>) {
        let strict = self.analysis.function(AstFunction(0)).strict;
        let shape = self.root_shape(FunctionKind::Eval, strict, "eval");
        let outer = self.external.first().map(|scope| scope.layout);
        let mut f = Emitter::new(self, AstFunction(0), FunctionKind::Eval);
        f.begin(outer, 0);
        f.start_completion();
        if strict {
            f.enter(AstScope(0));
            f.initialize_strict_eval_vars();
            f.hoist_functions(&program.body);
        } else {
            f.enter_sloppy_eval(&program.body);
        }
        f.directive_completion(program);
        f.statements(&program.body);
        f.end_of_script();
        self.data.entry = f.finish(shape);
        self.data.entry_kind = EntryKind::Eval;
    }
}

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn is_module(&self) -> bool {
        self.unit.analysis.scope(AstScope(0)).kind == ScopeKind::Module
    }

    fn start_completion(&mut self) {
        let completion = self.temp();
        self.load_undefined(completion);
        self.completion = Some(completion);
    }

    /// Directives are statements too: the last one's string is a completion value.
    fn directive_completion(&mut self, program: &Program<'a>) {
        if let (Some(completion), Some(last)) = (self.completion, program.directives.last()) {
            self.string(&last.expression, Some(completion));
        }
    }

    fn end_of_script(&mut self) {
        if self.code.is_unreachable() {
            return;
        }
        let value = match self.completion {
            Some(completion) => completion,
            None => {
                let undefined = self.temp();
                self.load_undefined(undefined);
                undefined
            }
        };
        self.op(Op::Return, &[value.into()]);
    }

    /// GlobalDeclarationInstantiation (16.1.7), or its eval counterpart (19.2.1.3) where variables are global.
    fn declare_globals(&mut self, eval: bool) {
        let mut entries = Vec::new();
        for id in self.unit.analysis.scope(AstScope(0)).order.clone() {
            let binding = self.unit.analysis.binding(id);
            let kind = match (binding.kind, eval) {
                (BindingKind::Var, false) => GlobalKind::Var,
                (BindingKind::Var, true) => GlobalKind::EvalVar,
                (BindingKind::Function, false) => GlobalKind::Function,
                (BindingKind::Function, true) => GlobalKind::EvalFunction,
                (BindingKind::Let | BindingKind::Class, false) => GlobalKind::Let,
                (BindingKind::Const | BindingKind::Using, false) => GlobalKind::Const,
                _ => continue,
            };
            let name = binding.name;
            entries.extend([kind as u32, self.unit.intern_name(name)]);
        }
        for name in self.unit.analysis.annex_b_globals.clone() {
            let kind = if eval { GlobalKind::EvalAnnexBFunction } else { GlobalKind::AnnexBFunction };
            entries.extend([kind as u32, self.unit.intern_name(name)]);
        }
        if !entries.is_empty() {
            let list = self.unit.list(entries);
            let constant = self.code.constant(Constant::Globals(list));
            self.code.position = 0;
            self.op(Op::DeclareGlobals, &[constant]);
        }
    }

    /// Defines a script's functions on the global object; of several with one name the last one counts.
    fn global_functions(&mut self, statements: &[Statement<'a>], deletable: bool) {
        for (name, function) in last_functions(statements) {
            self.scratch(|f| {
                let value =
                    f.closure(&Body::Function(function), plain_kind(function), name, function.span, None);
                let constant = f.name_constant(name);
                f.op(Op::DefineGlobalFunction, &[constant, value.into(), deletable.into()]);
            });
        }
    }

    fn initialize_strict_eval_vars(&mut self) {
        for id in self.unit.analysis.scope(AstScope(0)).order.clone() {
            let binding = self.unit.analysis.binding(id);
            if binding.kind == BindingKind::Var && !binding.captured {
                let name = binding.name;
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
        }
    }

    /// Sloppy eval code declares its variables in the function around it, or globally (19.2.1.3).
    fn enter_sloppy_eval(&mut self, statements: &[Statement<'a>]) {
        self.enter(AstScope(0));
        let vars = self.unit.external.iter().position(|scope| scope.slot_of(SlotKind::EvalVars).is_some());
        self.check_eval_conflicts(vars);
        let Some(vars) = vars else {
            self.declare_globals(true);
            return self.global_functions(statements, true);
        };
        let mut names: Vec<&'a str> = Vec::new();
        for id in self.unit.analysis.scope(AstScope(0)).order.clone() {
            let binding = self.unit.analysis.binding(id);
            if binding.kind == BindingKind::Var {
                names.push(binding.name);
            }
        }
        names.extend(self.unit.analysis.annex_b_globals.clone());
        for name in names {
            self.scratch(|f| f.declare_eval_var(name, vars, None));
        }
        for (name, function) in last_functions(statements) {
            self.scratch(|f| {
                let value =
                    f.closure(&Body::Function(function), plain_kind(function), name, function.span, None);
                f.declare_eval_var(name, vars, Some(value));
            });
        }
    }

    /// A `var` of eval code must not pass a lexical declaration on its way up (19.2.1.3 step 3).
    fn check_eval_conflicts(&mut self, vars: Option<usize>) {
        let root = self.unit.analysis.scope(AstScope(0));
        let vars_of_eval: Vec<&'a str> = root
            .order
            .iter()
            .map(|&id| self.unit.analysis.binding(id))
            .filter(|b| matches!(b.kind, BindingKind::Var | BindingKind::Function))
            .map(|b| b.name)
            .collect();
        let upto = vars.map_or(self.unit.external.len(), |index| index + 1);
        for name in vars_of_eval {
            for scope in &self.unit.external[..upto] {
                let parameters = self.unit.eval_flags & eval_flag::PARAMETERS != 0
                    && matches!(scope.kind, ScopeKind::Function | ScopeKind::Parameters);
                let lexical = scope.find(name).is_some_and(|(_, kind)| {
                    let parameter = parameters && matches!(kind, SlotKind::Var | SlotKind::Arguments);
                    kind.has_dead_zone() || kind == SlotKind::Import || parameter
                });
                if lexical && scope.kind != ScopeKind::Catch {
                    let message = format!("Identifier '{name}' has already been declared");
                    return self.fail(Span::default(), message);
                }
            }
        }
    }

    /// Creates a variable of eval code in the function's variable object, unless the function has it already.
    fn declare_eval_var(&mut self, name: &'a str, vars: usize, value: Option<Reg>) {
        let existing = (0..=vars).any(|index| {
            let scope = &self.unit.external[index];
            let found =
                scope.find(name).is_some_and(|(_, kind)| matches!(kind, SlotKind::Var | SlotKind::Arguments));
            found
                && (index == vars
                    || matches!(scope.kind, ScopeKind::Function | ScopeKind::Body | ScopeKind::Parameters))
        });
        if existing {
            if let Some(value) = value {
                self.write_name(name, value, Span::default());
            }
            return;
        }
        let object = self.external_slot(vars, SlotKind::EvalVars);
        let constant = self.name_constant(name);
        let end = self.code.label();
        if value.is_none() {
            let (key, has) = (self.temp(), self.temp());
            self.op(Op::LoadConst, &[key.into(), constant]);
            self.op(Op::In, &[has.into(), key.into(), object.into()]);
            self.code.jump_if(Op::JumpIfTrue, &[has.into()], end);
        }
        let value = value.unwrap_or_else(|| {
            let undefined = self.temp();
            self.load_undefined(undefined);
            undefined
        });
        self.op(Op::InitProp, &[object.into(), constant, value.into()]);
        self.code.bind(end);
    }
}

/// Top-level function declarations, of each name the last.
fn last_functions<'b, 'a>(statements: &'b [Statement<'a>]) -> Vec<(&'a str, &'b Function<'a>)> {
    let mut found: Vec<(&'a str, &'b Function<'a>)> = Vec::new();
    let mut places: FxHashMap<&'a str, usize> = FxHashMap::default();
    for statement in statements {
        let mut statement = statement;
        while let Statement::LabeledStatement(labeled) = statement {
            statement = &labeled.body;
        }
        if let Statement::FunctionDeclaration(function) = statement
            && let Some(id) = &function.id
            && function.body.is_some()
            && !function.declare
        {
            let name = id.name.as_str();
            match places.get(name) {
                Some(&place) => found[place].1 = function,
                None => {
                    places.insert(name, found.len());
                    found.push((name, function));
                }
            }
        }
    }
    found
}

/// Whether a resolved name leads outside every scope that is known here.
pub(crate) fn is_global(target: Target) -> bool {
    matches!(target, Target::Global)
}
