//! Bytecode generation: AST and scope analysis to [`UnitData`].
//!
//! One [`Function`] per function under construction; nested functions are compiled where they occur. Expressions
//! are compiled into a wanted register ([`Function::expr_to`]) or wherever they are ([`Function::expr`]): a local
//! variable in a register is then no instruction at all. A wanted register is written by the last instruction of
//! the expression, after everything that could read or observe it.

mod assign;
mod call;
mod class;
mod control;
mod core;
mod expr;
mod function;
mod generator;
mod library;
mod literal;
mod loops;
mod module;
mod names;
mod pattern;
mod program;
mod statement;
mod try_statement;
mod typescript;
mod using;

pub(crate) use program::compile_program;

use oxc_span::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::data::*;
use tvm_bytecode::{Op, UnitData};

use crate::error::CompileError;
use crate::positions::LineIndex;
use crate::scope::{Analysis, BindingId, ScopeId as AstScope};
use crate::{ExternalScope, LibraryNames};
use control::{Control, Region};
use core::{Code, Label, Reg};

/// What all functions of a unit share while it is generated.
pub(crate) struct Unit<'a> {
    pub data: UnitData,
    pub analysis: Analysis<'a>,
    pub index: LineIndex<'a>,
    pub source: &'a str,
    /// What stands for lone surrogates in the text.
    surrogates: &'a [(char, u16)],
    strings: FxHashMap<Text, StringId>,
    by_name: FxHashMap<&'a str, StringId>,
    /// Layout of each scope that has captured bindings, by scope number.
    layouts: Vec<Option<ScopeId>>,
    /// Slot of each captured binding.
    slots: FxHashMap<BindingId, u32>,
    /// Scopes around eval code, innermost first.
    pub external: Vec<ExternalScope>,
    /// Names of the TypeScript enums whose bodies were entered.
    pub enum_names: FxHashMap<AstScope, &'a str>,
    pub names: &'a oxc_allocator::Allocator,
    pub library: Option<&'a LibraryNames>,
    /// Functions of the library that are compiled now are constructors, as those of programs are.
    pub library_constructs: bool,
    pub typescript: bool,
    /// Flags of the eval context that the unit is compiled for.
    pub eval_flags: u32,
    empty_scope: Option<ScopeId>,
    /// The first error; generation goes on only to leave the recursion.
    pub error: Option<CompileError>,
}

impl<'a> Unit<'a> {
    pub(crate) fn intern(&mut self, mut text: Text) -> StringId {
        if let (Text::Utf16(units), false) = (&mut text, self.surrogates.is_empty()) {
            for unit in units.iter_mut() {
                let found = self.surrogates.binary_search_by_key(&u32::from(*unit), |pair| pair.0.into());
                *unit = found.map_or(*unit, |at| self.surrogates[at].1);
            }
        }
        let strings = &mut self.data.strings;
        *self.strings.entry(text).or_insert_with_key(|text| {
            strings.push(text.clone());
            strings.len() as u32 - 1
        })
    }

    pub(crate) fn intern_str(&mut self, text: &str) -> StringId {
        self.intern(Text::from_utf8(text))
    }

    /// As [`Unit::intern_str`] for names that live as long as the AST: looked up without a copy.
    pub(crate) fn intern_name(&mut self, name: &'a str) -> StringId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let id = self.intern_str(name);
        self.by_name.insert(name, id);
        id
    }

    /// A copy of `text` that lives as long as the AST.
    pub(crate) fn arena_text(&self, text: &str) -> &'a str {
        self.names.alloc_str(text)
    }

    pub(crate) fn list(&mut self, entries: Vec<u32>) -> ListId {
        self.data.lists.push(entries);
        self.data.lists.len() as u32 - 1
    }

    /// A scope layout without slots or parent.
    pub(crate) fn empty_scope(&mut self, strict: bool) -> ScopeId {
        let scopes = &mut self.data.scopes;
        *self.empty_scope.get_or_insert_with(|| {
            scopes.push(ScopeData { parent: NONE, kind: ScopeKind::Block, strict, slots: Vec::new() });
            scopes.len() as u32 - 1
        })
    }

    pub(crate) fn layout(&self, scope: AstScope) -> Option<ScopeId> {
        self.layouts[scope.0 as usize]
    }

    /// Notes an error about source code; the first one is reported.
    pub(crate) fn fail(&mut self, span: Span, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(CompileError::syntax(&self.index, span.start, span.end, message));
        }
    }
}

/// Where an uncaptured binding lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local(Reg);

/// One function under construction.
pub(crate) struct Function<'u, 'a> {
    pub unit: &'u mut Unit<'a>,
    pub code: Code,
    /// Number in the analysis.
    pub id: crate::scope::FunctionId,
    pub kind: FunctionKind,
    /// Innermost scope at this point.
    scope: AstScope,
    locals: FxHashMap<BindingId, Local>,
    /// Registers of variables, now or earlier.
    variables: FxHashSet<Reg>,
    /// Register of the last parameter.
    last_param: Reg,
    /// Scope objects made by this function and still in force, innermost last.
    envs: Vec<(AstScope, Reg)>,
    /// The scope object the function was created in: register, and the instruction that loads it.
    outer_env: Option<(Reg, usize)>,
    outer_env_used: bool,
    /// Lists of the resources that statements around keep, innermost last.
    resources: Vec<Reg>,
    /// Within the parameter list: eval code there cannot declare a parameter's name, or `arguments`.
    in_parameters: bool,
    /// Layout of the scope that closures of this function are created in.
    outer_layout: Option<ScopeId>,
    control: Vec<Control<'a>>,
    regions: Vec<Region>,
    /// Labels of the statement about to be compiled.
    pending_labels: Vec<&'a str>,
    /// Completion value of a script or eval code.
    completion: Option<Reg>,
    /// Where an optional chain goes when its base is undefined or null.
    chain_exits: Vec<Label>,
    /// The coroutine of an async function.
    coroutine: Option<Reg>,
    strict: bool,
    /// Objects of the TypeScript enums being compiled, by the enum body's scope.
    enum_objects: FxHashMap<AstScope, Reg>,
    is_library: bool,
    /// Names of simple parameters in order, "" for patterns.
    param_names: Vec<&'a str>,
    /// TypeScript parameter properties of a derived constructor, assigned behind `super()`.
    property_params: Vec<&'a str>,
}

impl<'u, 'a> Function<'u, 'a> {
    pub(crate) fn new(unit: &'u mut Unit<'a>, id: crate::scope::FunctionId, kind: FunctionKind) -> Self {
        let info = unit.analysis.function(id);
        let (scope, strict) = (info.scope, info.strict);
        let is_library = unit.library.is_some();
        Function {
            unit,
            code: Code::default(),
            id,
            kind,
            scope,
            locals: FxHashMap::default(),
            variables: FxHashSet::default(),
            last_param: 0,
            envs: Vec::new(),
            outer_env: None,
            outer_env_used: false,
            resources: Vec::new(),
            in_parameters: false,
            outer_layout: None,
            control: Vec::new(),
            regions: Vec::new(),
            pending_labels: Vec::new(),
            completion: None,
            chain_exits: Vec::new(),
            coroutine: None,
            strict,
            enum_objects: FxHashMap::default(),
            is_library,
            param_names: Vec::new(),
            property_params: Vec::new(),
        }
    }

    pub(crate) fn op(&mut self, op: Op, operands: &[i64]) {
        self.code.emit(op, operands);
    }

    /// Sets the position of what is emitted next.
    pub(crate) fn at(&mut self, span: Span) {
        self.code.position = span.start;
    }

    /// Gives the next instruction's error message a text to quote.
    pub(crate) fn quote(&mut self, span: Span) {
        self.code.quote = (span.start, span.end);
    }

    pub(crate) fn string_constant(&mut self, text: &str) -> i64 {
        let id = self.unit.intern_str(text);
        self.code.constant(Constant::String(id))
    }

    pub(crate) fn name_constant(&mut self, name: &'a str) -> i64 {
        let id = self.unit.intern_name(name);
        self.code.constant(Constant::String(id))
    }

    pub(crate) fn symbol_constant(&mut self, symbol: WellKnownSymbol) -> i64 {
        self.code.constant(Constant::Symbol(symbol as u32))
    }

    pub(crate) fn move_to(&mut self, dst: Reg, src: Reg) {
        if dst != src {
            self.op(Op::Move, &[dst.into(), src.into()]);
        }
    }

    pub(crate) fn load_undefined(&mut self, dst: Reg) {
        self.op(Op::LoadUndefined, &[dst.into()]);
    }

    /// A temporary.
    pub(crate) fn temp(&mut self) -> Reg {
        self.code.alloc()
    }

    /// `dst`, or a new temporary.
    pub(crate) fn dst(&mut self, dst: Option<Reg>) -> Reg {
        dst.unwrap_or_else(|| self.code.alloc())
    }

    /// Runs `f` and frees the temporaries that it took.
    pub(crate) fn scratch<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.code.mark();
        let result = f(self);
        self.code.release(mark);
        result
    }

    pub(crate) fn fail(&mut self, span: Span, message: impl Into<String>) {
        self.unit.fail(span, message);
    }

    /// Throws an error of `kind`.
    pub(crate) fn throw_error(&mut self, kind: ErrorKind, message: &str) {
        let message = self.string_constant(message);
        self.op(Op::ThrowError, &[kind as i64, message]);
    }
}
