//! The walk that builds the [`Analysis`].
//!
//! Scopes are opened and closed in source order. A use is noted in the scope where it stands; when a scope closes,
//! the uses that it binds are settled and the others move to its parent, so that hoisted and later declarations
//! are found without a second pass.

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_ast_visit::VisitJs;
use tvm_bytecode::data::ScopeKind;

use super::declare::has_expression;
use super::*;

/// What is analysed, and in which mode.
pub(crate) struct Root {
    pub strict: bool,
    pub kind: RootKind,
}

/// What a program is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RootKind {
    Script,
    Module,
    Eval,
    /// tvm's own library: top-level functions are found by name.
    Library,
}

pub(super) struct Builder<'a> {
    pub(super) names: &'a Allocator,
    pub(super) out: Analysis<'a>,
    pub(super) scope: ScopeId,
    pub(super) function: FunctionId,
    pub(super) strict: bool,
    /// The next function visited is a method (`super.x` allowed), a derived constructor, hoisted.
    pub(super) next: NextFunction,
    /// Names that a module exports.
    pub(super) exported: Vec<&'a str>,
    /// What blocks of a namespace export, by the scope that it stands in and its name: later blocks see it.
    pub(super) merged: FxHashMap<(ScopeId, &'a str), Vec<&'a str>>,
    /// The next member expression is assigned to, deleted or called.
    pub(super) in_target: bool,
}

#[derive(Default, Clone, Copy)]
pub(super) struct NextFunction {
    pub(super) is_method: bool,
    pub(super) is_derived: bool,
    pub(super) hoisted: bool,
}

/// Analyses a whole program.
pub(crate) fn analyze<'a>(names: &'a Allocator, program: &Program<'a>, root: &Root) -> Analysis<'a> {
    let strict = root.strict || root.kind == RootKind::Module || has_use_strict(&program.directives);
    let mut builder = Builder {
        names,
        out: Analysis::default(),
        scope: ScopeId(0),
        function: FunctionId(0),
        strict,
        next: NextFunction::default(),
        exported: Vec::new(),
        merged: Default::default(),
        in_target: false,
    };
    builder.root(program, root.kind);
    builder.out
}

pub(crate) fn has_use_strict(directives: &[Directive<'_>]) -> bool {
    directives.iter().any(|directive| directive.directive == "use strict")
}

impl<'a> Builder<'a> {
    pub(super) fn root(&mut self, program: &Program<'a>, kind: RootKind) {
        self.out.functions.push(FunctionInfo {
            parent: None,
            is_arrow: true,
            strict: self.strict,
            hoisted: false,
            start: 0,
            scope: ScopeId(0),
            body: ScopeId(0),
            has_param_expressions: false,
            simple_params: true,
            is_method: false,
            is_derived: false,
            is_field_init: false,
            mapped_arguments: false,
            has_eval: false,
        });
        let scope_kind = match kind {
            RootKind::Script | RootKind::Library => ScopeKind::Function,
            RootKind::Module => ScopeKind::Module,
            RootKind::Eval => ScopeKind::Eval,
        };
        let id = self.new_scope(scope_kind, None);
        self.scope = id;
        program.scope_id.set(Some(id.to_oxc()));
        let scope = &mut self.out.scopes[0];
        scope.is_global = matches!(kind, RootKind::Script | RootKind::Library);
        scope.is_var_scope = true;
        self.declare_lexical(&program.body, true);
        self.visit_statements(&program.body);
        if kind == RootKind::Module {
            self.exported.push("*default*");
            for name in std::mem::take(&mut self.exported) {
                if let Some(&binding) = self.out.scope(id).names.get(name) {
                    let binding = &mut self.out.bindings[binding.0 as usize];
                    (binding.captured, binding.used) = (true, true);
                }
            }
        }
        self.close();
    }

    fn new_scope(&mut self, kind: ScopeKind, parent: Option<ScopeId>) -> ScopeId {
        let id = ScopeId(self.out.scopes.len() as u32);
        self.out.scopes.push(Scope {
            parent,
            kind,
            function: self.function,
            strict: self.strict,
            names: FxHashMap::default(),
            order: Vec::new(),
            is_global: false,
            has_eval: false,
            is_switch: false,
            is_var_scope: false,
            binds_this: false,
            uses: FxHashMap::default(),
        });
        id
    }

    pub(super) fn open(&mut self, kind: ScopeKind) -> ScopeId {
        let id = self.new_scope(kind, Some(self.scope));
        self.scope = id;
        id
    }

    pub(super) fn always_captured(&self, scope: ScopeId, kind: BindingKind) -> bool {
        let scope = self.out.scope(scope);
        let hoisted = matches!(kind, BindingKind::Import | BindingKind::Function);
        scope.kind == ScopeKind::Module && scope.parent.is_none() && hoisted
    }

    /// Settles the scope's uses and returns to its parent.
    pub(super) fn close(&mut self) {
        let id = self.scope;
        let uses = std::mem::take(&mut self.out.scopes[id.0 as usize].uses);
        let mut through = Vec::new();
        for ((name, user), used) in uses {
            if !self.settle(id, name, user, used) {
                through.push(((name, user), used));
            }
        }
        self.capture_for_eval(id);
        self.capture_mapped_parameters(id);
        self.capture_with_object(id, &through);
        let Some(parent) = self.out.scope(id).parent else { return };
        self.scope = parent;
        for ((name, user), used) in through {
            self.note_use(parent, name, user, used);
        }
    }

    pub(super) fn visit_scoped_block(
        &mut self,
        statements: &[Statement<'a>],
        cell: &std::cell::Cell<Option<OxcScopeId>>,
    ) {
        let id = self.open(ScopeKind::Block);
        cell.set(Some(id.to_oxc()));
        self.declare_lexical(statements, false);
        for statement in statements {
            self.visit_statement(statement);
        }
        self.close();
    }

    /// Opens a function, runs `inside` and closes it.
    pub(super) fn with_function(&mut self, info: FunctionInfo, inside: impl FnOnce(&mut Self)) -> FunctionId {
        let id = FunctionId(self.out.functions.len() as u32);
        let (outer, strict) = (self.function, self.strict);
        self.strict = info.strict;
        self.out.functions.push(info);
        self.function = id;
        self.next = NextFunction::default();
        inside(self);
        self.function = outer;
        self.strict = strict;
        id
    }

    pub(super) fn info(&mut self, is_arrow: bool, strict: bool, start: u32) -> FunctionInfo {
        let next = std::mem::take(&mut self.next);
        FunctionInfo {
            parent: Some(self.function),
            is_arrow,
            strict: self.strict || strict,
            hoisted: next.hoisted,
            start,
            scope: ScopeId(0),
            body: ScopeId(0),
            has_param_expressions: false,
            simple_params: true,
            is_method: next.is_method,
            is_derived: next.is_derived,
            is_field_init: false,
            mapped_arguments: false,
            has_eval: false,
        }
    }

    /// Parameters and body, in one scope or in two.
    pub(super) fn function_scopes(
        &mut self,
        params: &FormalParameters<'a>,
        cell: &std::cell::Cell<Option<OxcScopeId>>,
        body: impl FnOnce(&mut Self),
    ) {
        let has_expressions =
            params.items.iter().any(|p| p.initializer.is_some() || has_expression(&p.pattern))
                || params.rest.as_ref().is_some_and(|rest| has_expression(&rest.rest.argument));
        let kind = if has_expressions { ScopeKind::Parameters } else { ScopeKind::Function };
        let outer = self.open(kind);
        cell.set(Some(outer.to_oxc()));
        let function = self.function.0 as usize;
        self.out.scopes[outer.0 as usize].binds_this = !self.out.functions[function].is_arrow;
        self.out.scopes[outer.0 as usize].is_var_scope = true;
        let kind = if has_expressions { BindingKind::LateParam } else { BindingKind::Param };
        for param in &params.items {
            self.declare_pattern(&param.pattern, kind, param.span.end);
        }
        if let Some(rest) = &params.rest {
            self.declare_pattern(&rest.rest.argument, kind, rest.span.end);
        }
        for param in &params.items {
            self.visit_formal_parameter(param);
        }
        if let Some(rest) = &params.rest {
            self.visit_binding_pattern(&rest.rest.argument);
        }
        let inner = if has_expressions { self.open(ScopeKind::Body) } else { outer };
        self.out.scopes[inner.0 as usize].is_var_scope = true;
        let info = &mut self.out.functions[function];
        (info.scope, info.body, info.has_param_expressions) = (outer, inner, has_expressions);
        info.simple_params = !has_expressions
            && params.rest.is_none()
            && params.items.iter().all(|p| matches!(p.pattern, BindingPattern::BindingIdentifier(_)));
        body(self);
        if inner != outer {
            self.close();
        }
        self.close();
    }

    pub(super) fn function_body(&mut self, body: &FunctionBody<'a>) {
        self.declare_lexical(&body.statements, true);
        self.visit_statements(&body.statements);
    }

    pub(super) fn visit_statements(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            self.visit_statement(statement);
        }
    }
}
