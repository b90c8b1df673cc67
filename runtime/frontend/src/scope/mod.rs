//! Scope analysis: which names there are, which function each use is in, and what must live in a heap scope.
//!
//! In: the AST. Out: an [`Analysis`], and in each scope-making node's `scope_id` cell the number of its [`Scope`].
//! oxc's own tables are not used: they keep one symbol where ECMAScript has two (catch parameters against `var`,
//! annex B functions, parameters against body variables, a class's inner name) and know neither captures of `this`
//! nor dead zones.
//!
//! Pseudo bindings stand for what is not a name in the source: `this`, `new.target`, `.home`, `.callee`,
//! `arguments` where it is implicit, `.with` for a `with` statement's object, `.evalvars` for the variables that
//! sloppy direct eval declares, `#x` for private names. They are captured like any other binding, so arrow
//! functions and eval code need no special path.

mod build;
mod class;
mod declare;
mod uses;
mod visit;

pub(crate) use build::{Root, RootKind, analyze};
pub(crate) use class::{
    computed_key_name, is_abstract, is_abstract_accessor, is_private_method, private_method_name,
    private_name, storage_name,
};
pub(crate) use declare::for_each_name;

use oxc_syntax::scope::ScopeId as OxcScopeId;
use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::data::{ScopeKind, SlotKind};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub(crate) struct $name(pub u32);
    };
}

index! {
    /// Number of a [`Scope`].
    ScopeId
}
index! {
    /// Number of a [`Binding`].
    BindingId
}
index! {
    /// Number of a [`FunctionInfo`].
    FunctionId
}

impl ScopeId {
    /// As an AST node keeps it.
    pub(crate) fn to_oxc(self) -> OxcScopeId {
        OxcScopeId::from_usize(self.0 as usize)
    }

    /// From an AST node's cell; every scope-making node was given one by the analysis.
    pub(crate) fn of(cell: &std::cell::Cell<Option<OxcScopeId>>) -> ScopeId {
        ScopeId(cell.get().map_or(0, |id| id.index() as u32))
    }
}

/// What declared a binding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BindingKind {
    Var,
    Param,
    /// A parameter of a list with expressions: in its dead zone until its turn.
    LateParam,
    /// A function declaration at function level: initialised on entry.
    Function,
    /// A function declaration in a block: initialised on entry of the block.
    BlockFunction,
    Let,
    Const,
    Class,
    /// `using`: a constant that is disposed of at the end of its block.
    Using,
    /// A plain identifier in a catch clause.
    CatchParam,
    /// A name bound by a destructuring catch clause.
    CatchPattern,
    Import,
    FunctionName,
    This,
    DerivedThis,
    NewTarget,
    Home,
    Callee,
    Arguments,
    With,
    EvalVars,
    Private,
    Internal,
    /// A member of a TypeScript enum, seen from its initialisers.
    EnumMember,
    /// An exported variable of a TypeScript namespace: lives on the namespace object.
    NamespaceExport,
}

impl BindingKind {
    /// Whether it is a hole until its declaration is evaluated.
    pub(crate) fn has_dead_zone(self) -> bool {
        use BindingKind::*;
        matches!(self, Let | Const | Class | Using | DerivedThis | LateParam)
    }

    /// Whether it stands against a `var` of the same name in an enclosed block.
    pub(crate) fn is_lexical(self) -> bool {
        use BindingKind::*;
        matches!(self, Let | Const | Class | Using | BlockFunction | CatchPattern | Import)
    }

    /// Whether it is a parameter.
    pub(crate) fn is_param(self) -> bool {
        matches!(self, BindingKind::Param | BindingKind::LateParam)
    }

    /// Whether assigning to it is an error.
    pub(crate) fn is_constant(self) -> bool {
        use BindingKind::*;
        matches!(self, Const | Using | Import)
    }

    /// The kind of slot that holds it when captured.
    pub(crate) fn slot_kind(self) -> SlotKind {
        use BindingKind::*;
        match self {
            Var | Param | Function | BlockFunction | CatchParam | CatchPattern => SlotKind::Var,
            EnumMember | NamespaceExport => SlotKind::Var,
            Let | Class | LateParam => SlotKind::Let,
            Const | Using => SlotKind::Const,
            Import => SlotKind::Import,
            FunctionName => SlotKind::FunctionName,
            This => SlotKind::This,
            DerivedThis => SlotKind::DerivedThis,
            NewTarget => SlotKind::NewTarget,
            Home => SlotKind::Home,
            Callee => SlotKind::Callee,
            Arguments => SlotKind::Arguments,
            With => SlotKind::WithObject,
            EvalVars => SlotKind::EvalVars,
            Private => SlotKind::Private,
            Internal => SlotKind::Internal,
        }
    }
}

/// One name in one scope.
#[derive(Debug)]
pub(crate) struct Binding<'a> {
    pub name: &'a str,
    pub kind: BindingKind,
    pub scope: ScopeId,
    /// Used by an inner function, or visible to eval code: lives in a heap scope.
    pub captured: bool,
    /// Assigned to other than by its declaration.
    pub reassigned: bool,
    /// Read or written at all, by value (a TypeScript import without is elided).
    pub used: bool,
    /// Source offset behind which straight-line code finds it initialised.
    pub initialized_at: u32,
    /// Source offset of the first use within the binding's own function.
    pub first_use: u32,
}

/// One scope.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub parent: Option<ScopeId>,
    pub kind: ScopeKind,
    pub function: FunctionId,
    pub strict: bool,
    pub names: FxHashMap<&'a str, BindingId>,
    /// Bindings in the order of their declaration.
    pub order: Vec<BindingId>,
    /// The global scope of a script: its bindings are properties and entries of the realm.
    pub is_global: bool,
    /// Direct eval occurs inside, inner functions included.
    pub has_eval: bool,
    /// A switch body: its declarations may be jumped over.
    pub is_switch: bool,
    /// A statement list in a loop head's own scope.
    pub is_var_scope: bool,
    /// The outermost scope of a non-arrow function: where `this` and its kin are bound.
    pub binds_this: bool,
    /// Uses not resolved in this scope so far.
    pub(super) uses: FxHashMap<(&'a str, FunctionId), Use>,
}

/// How a name is used.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Use {
    pub written: bool,
    /// `arguments` used as more than `arguments[i]` or `arguments.length`.
    pub escapes: bool,
    /// Source offset of the first such use.
    pub first: u32,
}

/// What the analysis learns of a function.
#[derive(Debug)]
pub(crate) struct FunctionInfo {
    pub parent: Option<FunctionId>,
    pub is_arrow: bool,
    pub strict: bool,
    /// Its closures are made when its block is entered, before textually earlier initialisers ran.
    pub hoisted: bool,
    pub start: u32,
    /// Outermost scope that the function owns: holds parameters.
    pub scope: ScopeId,
    /// The body's scope; the same as `scope` unless parameters have expressions.
    pub body: ScopeId,
    pub has_param_expressions: bool,
    /// Plain identifiers only: no default, pattern or rest.
    pub simple_params: bool,
    /// `super.x` is allowed: methods, accessors, field initialisers.
    pub is_method: bool,
    /// The constructor of a class with `extends`.
    pub is_derived: bool,
    /// A class's field initialiser.
    pub is_field_init: bool,
    /// Needs an arguments object that is mapped to the parameters (10.4.4).
    pub mapped_arguments: bool,
    /// Contains a direct eval, in itself or in an arrow function.
    pub has_eval: bool,
}

/// The functions that the front end makes for a class, by where the class body starts.
#[derive(Debug, Default, Clone)]
pub(crate) struct ClassInfo {
    /// Initialises instance fields.
    pub instance: Option<FunctionId>,
    /// Initialises static fields and runs static blocks.
    pub statics: Option<FunctionId>,
    /// The getter and the setter of each `accessor` field, in order.
    pub accessors: Vec<(FunctionId, FunctionId)>,
}

/// Everything that the analysis found.
#[derive(Debug, Default)]
pub(crate) struct Analysis<'a> {
    pub scopes: Vec<Scope<'a>>,
    pub bindings: Vec<Binding<'a>>,
    pub functions: Vec<FunctionInfo>,
    pub classes: FxHashMap<u32, ClassInfo>,
    /// Function declarations in blocks, by offset, that annex B.3.2 also assigns to a `var`.
    pub annex_b: FxHashSet<u32>,
    /// Scopes of function declarations that are a branch of `if`, by the declaration's offset.
    pub branch_scopes: FxHashMap<u32, ScopeId>,
    /// Global names that annex B functions of a script want as `var`.
    pub annex_b_globals: Vec<&'a str>,
}

impl<'a> Analysis<'a> {
    pub(crate) fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    pub(crate) fn binding(&self, id: BindingId) -> &Binding<'a> {
        &self.bindings[id.0 as usize]
    }

    /// Whether a variable of sloppy eval code, which belongs to the function around it or to the global object.
    pub(crate) fn is_declared_elsewhere(&self, id: BindingId) -> bool {
        let binding = self.binding(id);
        let scope = self.scope(binding.scope);
        let sloppy_eval_root = scope.kind == ScopeKind::Eval && scope.parent.is_none() && !scope.strict;
        sloppy_eval_root && matches!(binding.kind, BindingKind::Var | BindingKind::Function)
    }

    pub(crate) fn function(&self, id: FunctionId) -> &FunctionInfo {
        &self.functions[id.0 as usize]
    }

    /// Whether a use at `at` within `user` must check for the binding's dead zone.
    pub(crate) fn needs_check(&self, id: BindingId, user: FunctionId, at: u32) -> bool {
        let binding = self.binding(id);
        if !binding.kind.has_dead_zone() {
            return false;
        }
        let scope = self.scope(binding.scope);
        if scope.is_switch || scope.has_eval || binding.kind == BindingKind::DerivedThis {
            return true;
        }
        if user == scope.function {
            return at < binding.initialized_at;
        }
        // The closure through which the use is reached is made at its own place, unless it is hoisted.
        let mut inner = user;
        while let Some(parent) = self.function(inner).parent {
            if parent == scope.function {
                let function = self.function(inner);
                return function.hoisted || function.start < binding.initialized_at;
            }
            inner = parent;
        }
        true
    }
}
