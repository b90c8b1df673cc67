//! The walk that builds the [`Analysis`].
//!
//! Scopes are opened and closed in source order. A use is noted in the scope where it stands; when a scope closes,
//! the uses that it binds are settled and the others move to its parent, so that hoisted and later declarations
//! are found without a second pass.

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_ast_visit::{VisitJs, walk_js};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;
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
    names: &'a Allocator,
    pub(super) out: Analysis<'a>,
    pub(super) scope: ScopeId,
    function: FunctionId,
    strict: bool,
    /// The next function visited is a method (`super.x` allowed), a derived constructor, hoisted.
    next: NextFunction,
    /// Names that a module exports.
    exported: Vec<&'a str>,
    /// What blocks of a namespace export, by the scope that it stands in and its name: later blocks see it.
    merged: FxHashMap<(ScopeId, &'a str), Vec<&'a str>>,
    /// The next member expression is assigned to, deleted or called.
    in_target: bool,
}

#[derive(Default, Clone, Copy)]
struct NextFunction {
    is_method: bool,
    is_derived: bool,
    hoisted: bool,
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
    fn root(&mut self, program: &Program<'a>, kind: RootKind) {
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

    fn open(&mut self, kind: ScopeKind) -> ScopeId {
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
    fn close(&mut self) {
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

    fn note_use(&mut self, scope: ScopeId, name: &'a str, user: FunctionId, used: Use) {
        let entry = self.out.scopes[scope.0 as usize].uses.entry((name, user)).or_insert(used);
        entry.written |= used.written;
        entry.escapes |= used.escapes;
        entry.first = entry.first.min(used.first);
    }

    /// Marks the binding of a use, where this scope has it.
    fn settle(&mut self, id: ScopeId, name: &'a str, user: FunctionId, used: Use) -> bool {
        let scope = self.out.scope(id);
        let function = scope.function;
        let binding = match scope.names.get(name) {
            Some(&binding) => binding,
            None => match self.implicit(id, name) {
                Some(binding) => binding,
                None => return false,
            },
        };
        let binding = &mut self.out.bindings[binding.0 as usize];
        binding.used = true;
        binding.reassigned |= used.written;
        binding.captured |= user != function;
        if user == function {
            binding.first_use = binding.first_use.min(used.first);
        }
        let is_arguments = name == "arguments" && !binding.kind.is_param();
        if binding.kind == BindingKind::NamespaceExport && user != function {
            // It is read from the namespace's object, which is the parameter.
            let object = self.out.scope(id).order[0];
            self.out.bindings[object.0 as usize].captured = true;
            self.out.bindings[object.0 as usize].used = true;
        }
        if is_arguments && (used.escapes || used.written || user != function) {
            self.out.functions[function.0 as usize].mapped_arguments = true;
        }
        true
    }

    /// Declares a pseudo binding in a function's outermost scope, where its name asks for one.
    fn implicit(&mut self, id: ScopeId, name: &'a str) -> Option<BindingId> {
        let scope = self.out.scope(id);
        if !scope.binds_this {
            return None;
        }
        let function = self.out.function(scope.function);
        let kind = match name {
            "this" if function.is_derived => BindingKind::DerivedThis,
            "this" => BindingKind::This,
            "new.target" => BindingKind::NewTarget,
            ".home" => BindingKind::Home,
            ".callee" => BindingKind::Callee,
            "arguments" if !function.is_field_init => BindingKind::Arguments,
            _ => return None,
        };
        Some(self.declare_in(id, name, kind, 0))
    }

    /// Eval code may use any name around it.
    fn capture_for_eval(&mut self, id: ScopeId) {
        if !self.out.scope(id).has_eval {
            return;
        }
        if self.out.scope(id).binds_this {
            let function = self.out.function(self.out.scope(id).function);
            let (is_method, is_derived) = (function.is_method, function.is_derived);
            for name in ["this", "new.target", "arguments"] {
                if !self.out.scope(id).names.contains_key(name) {
                    self.implicit(id, name);
                }
            }
            if is_method {
                self.implicit(id, ".home");
            }
            if is_derived {
                self.implicit(id, ".callee");
            }
        }
        for index in 0..self.out.scope(id).order.len() {
            let binding = self.out.scope(id).order[index];
            let binding = &mut self.out.bindings[binding.0 as usize];
            binding.captured = true;
            binding.used = true;
            binding.reassigned = true;
        }
    }

    /// Parameters that a mapped arguments object aliases live in the scope that it refers to.
    fn capture_mapped_parameters(&mut self, id: ScopeId) {
        let scope = self.out.scope(id);
        let function = scope.function.0 as usize;
        let arguments = scope.names.get("arguments").map(|&b| self.out.binding(b).kind);
        let has_object = matches!(arguments, Some(BindingKind::Arguments | BindingKind::Var));
        let info = &self.out.functions[function];
        if !scope.binds_this || info.strict || info.scope != id || info.has_param_expressions || !has_object {
            self.clear_mapped(id);
            return;
        }
        let params: Vec<BindingId> =
            scope.order.iter().copied().filter(|&b| self.out.binding(b).kind == BindingKind::Param).collect();
        let reassigned = params.iter().any(|&b| self.out.binding(b).reassigned);
        if !(info.mapped_arguments || reassigned || info.has_eval) || !info.simple_params || params.is_empty()
        {
            self.out.functions[function].mapped_arguments = false;
            return;
        }
        self.out.functions[function].mapped_arguments = true;
        for binding in params {
            self.out.bindings[binding.0 as usize].captured = true;
        }
    }

    fn clear_mapped(&mut self, id: ScopeId) {
        let scope = self.out.scope(id);
        if scope.binds_this {
            let function = scope.function.0 as usize;
            self.out.functions[function].mapped_arguments = false;
        }
    }

    /// A `with` object is looked at by every name used inside that no inner scope binds.
    fn capture_with_object(&mut self, id: ScopeId, through: &[((&'a str, FunctionId), Use)]) {
        let scope = self.out.scope(id);
        if scope.kind != ScopeKind::With {
            return;
        }
        if through.iter().any(|((_, user), _)| *user != scope.function)
            && let Some(&binding) = scope.names.get(".with")
        {
            self.out.bindings[binding.0 as usize].captured = true;
        }
    }

    fn use_name(&mut self, name: &'a str, written: bool, at: u32) {
        self.note_use(self.scope, name, self.function, Use { written, escapes: true, first: at });
    }

    /// `arguments[i]` and `arguments.length` where they are only read.
    fn use_member_of_arguments(&mut self, object: &Expression<'a>) -> bool {
        let target = std::mem::take(&mut self.in_target);
        match object {
            Expression::Identifier(id) if id.name == "arguments" && !target => {
                let used = Use { written: false, escapes: false, first: id.span.start };
                self.note_use(self.scope, "arguments", self.function, used);
                true
            }
            _ => false,
        }
    }

    fn direct_eval(&mut self) {
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let s = &mut self.out.scopes[id.0 as usize];
            s.has_eval = true;
            scope = s.parent;
        }
        let mut function = self.function;
        loop {
            let info = &mut self.out.functions[function.0 as usize];
            info.has_eval = true;
            match info.parent {
                Some(parent) if info.is_arrow => function = parent,
                _ => break,
            }
        }
        if !self.strict {
            let scope = self.var_scope();
            if !self.out.scope(scope).is_global && self.out.scope(scope).kind != ScopeKind::Eval {
                self.declare_in(scope, ".evalvars", BindingKind::EvalVars, 0);
            }
        }
    }

    fn visit_scoped_block(
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
    fn with_function(&mut self, info: FunctionInfo, inside: impl FnOnce(&mut Self)) -> FunctionId {
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

    fn info(&mut self, is_arrow: bool, strict: bool, start: u32) -> FunctionInfo {
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
    fn function_scopes(
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

    fn function_body(&mut self, body: &FunctionBody<'a>) {
        self.declare_lexical(&body.statements, true);
        self.visit_statements(&body.statements);
    }

    fn visit_statements(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            self.visit_statement(statement);
        }
    }

    /// A function that initialises class elements; `this` is the instance or the class.
    fn class_init(&mut self, start: u32, visit: impl FnOnce(&mut Self)) -> FunctionId {
        let info = FunctionInfo { is_method: true, is_field_init: true, ..self.info(false, true, start) };
        self.with_function(info, |b| {
            let scope = b.open(ScopeKind::Function);
            let function = b.function.0 as usize;
            b.out.scopes[scope.0 as usize].binds_this = true;
            b.out.scopes[scope.0 as usize].is_var_scope = true;
            (b.out.functions[function].scope, b.out.functions[function].body) = (scope, scope);
            visit(b);
            b.close();
        })
    }

    fn class_elements(&mut self, class: &Class<'a>) {
        let mut info = ClassInfo::default();
        let is_derived = class.heritage.is_some();
        for element in &class.body.body {
            match element {
                ClassElement::MethodDefinition(method) => {
                    self.visit_class_key(&method.key, method.computed);
                    let constructor = method.kind == MethodDefinitionKind::Constructor;
                    self.next = NextFunction {
                        is_method: true,
                        is_derived: constructor && is_derived,
                        hoisted: false,
                    };
                    self.visit_function(&method.value, ScopeFlags::Function);
                }
                ClassElement::PropertyDefinition(field) if !field.declare => {
                    self.visit_class_key(&field.key, field.computed);
                    if field.computed && !is_abstract(field) {
                        let name = self.text(&computed_key_name(&field.key));
                        self.declare(name, BindingKind::Internal, 0);
                    }
                }
                ClassElement::AccessorProperty(accessor) if !is_abstract_accessor(accessor) => {
                    self.visit_class_key(&accessor.key, accessor.computed);
                    if accessor.computed {
                        let name = self.text(&computed_key_name(&accessor.key));
                        self.declare(name, BindingKind::Internal, 0);
                    }
                    info.accessors.push(self.accessor_functions(accessor));
                }
                _ => {}
            }
        }
        let start = class.body.span.start;
        if class.body.body.iter().any(|e| is_instance_field(e) || is_private_method(e, false)) {
            info.instance = Some(self.class_init(start, |b| b.field_values(class, false)));
        }
        if class.body.body.iter().any(|e| is_static_init(e) || is_private_method(e, true)) {
            info.statics = Some(self.class_init(start, |b| b.field_values(class, true)));
        }
        self.out.classes.insert(start, info);
    }

    /// The getter and the setter of an `accessor` field.
    fn accessor_functions(&mut self, accessor: &AccessorProperty<'a>) -> (FunctionId, FunctionId) {
        let storage = self.text(&storage_name(accessor));
        let mut function = || {
            self.class_init(accessor.span.start, |b| {
                b.use_name("this", false, 0);
                b.use_name(storage, false, 0);
            })
        };
        (function(), function())
    }

    fn visit_class_key(&mut self, key: &PropertyKey<'a>, computed: bool) {
        if computed {
            self.visit_property_key(key);
        }
    }

    fn field_values(&mut self, class: &Class<'a>, is_static: bool) {
        // The initialiser reads `this`, private names with their methods, and kept computed keys.
        self.use_name("this", false, 0);
        for element in &class.body.body {
            match element {
                ClassElement::MethodDefinition(method) if is_private_method(element, is_static) => {
                    if let PropertyKey::PrivateIdentifier(key) = &method.key {
                        let (name, function) = (
                            self.text(&private_name(key)),
                            self.text(&private_method_name(key, method.kind)),
                        );
                        self.use_name(name, false, 0);
                        self.use_name(function, false, 0);
                    }
                }
                ClassElement::PropertyDefinition(field)
                    if field.r#static == is_static && !field.declare && !is_abstract(field) =>
                {
                    self.field_value(&field.key, field.computed, field.value.as_ref());
                }
                ClassElement::AccessorProperty(accessor)
                    if accessor.r#static == is_static && !is_abstract_accessor(accessor) =>
                {
                    self.accessor_value(accessor);
                }
                ClassElement::StaticBlock(block) if is_static => self.static_block(block),
                _ => {}
            }
        }
    }

    fn field_value(&mut self, key: &PropertyKey<'a>, computed: bool, value: Option<&Expression<'a>>) {
        if let PropertyKey::PrivateIdentifier(key) = key {
            let name = self.text(&private_name(key));
            self.use_name(name, false, 0);
        }
        if computed {
            let name = self.text(&computed_key_name(key));
            self.use_name(name, false, 0);
        }
        if let Some(value) = value {
            self.visit_expression(value);
        }
    }

    fn accessor_value(&mut self, accessor: &AccessorProperty<'a>) {
        let storage = self.text(&storage_name(accessor));
        self.use_name(storage, false, 0);
        if let PropertyKey::PrivateIdentifier(key) = &accessor.key {
            for kind in [MethodDefinitionKind::Get, MethodDefinitionKind::Set] {
                let function = self.text(&private_method_name(key, kind));
                self.use_name(function, false, 0);
            }
        }
        self.field_value(&accessor.key, accessor.computed, accessor.value.as_ref());
    }

    fn text(&self, text: &str) -> &'a str {
        self.names.alloc_str(text)
    }

    fn static_block(&mut self, block: &StaticBlock<'a>) {
        let id = self.open(ScopeKind::Body);
        block.scope_id.set(Some(id.to_oxc()));
        self.out.scopes[id.0 as usize].is_var_scope = true;
        self.declare_lexical(&block.body, true);
        for statement in &block.body {
            self.visit_statement(statement);
        }
        self.close();
    }

    fn declare_private_names(&mut self, class: &Class<'a>) {
        for element in &class.body.body {
            let (key, methods) = match element {
                ClassElement::MethodDefinition(m) => (&m.key, &[m.kind][..]),
                ClassElement::PropertyDefinition(p) => (&p.key, &[][..]),
                ClassElement::AccessorProperty(p) => {
                    let storage = self.text(&storage_name(p));
                    self.declare(storage, BindingKind::Private, 0);
                    (&p.key, &[MethodDefinitionKind::Get, MethodDefinitionKind::Set][..])
                }
                _ => continue,
            };
            if let PropertyKey::PrivateIdentifier(id) = key {
                let name = self.text(&private_name(id));
                self.declare(name, BindingKind::Private, 0);
                for &kind in methods {
                    let name = self.text(&private_method_name(id, kind));
                    self.declare(name, BindingKind::Internal, 0);
                }
            }
        }
    }

    fn visit_loop_head(&mut self, left: &ForStatementLeft<'a>) {
        match left {
            ForStatementLeft::VariableDeclaration(declaration) => {
                self.visit_variable_declaration(declaration)
            }
            _ => {
                if let Some(target) = left.as_assignment_target() {
                    self.visit_assignment_target(target);
                }
            }
        }
    }

    fn declare_loop_head(&mut self, left: &ForStatementLeft<'a>) {
        if let ForStatementLeft::VariableDeclaration(declaration) = left {
            // Behind the right-hand side, which sees the names in their dead zone.
            self.declare_head_names(declaration, u32::MAX);
        }
    }

    fn declare_head_names(&mut self, declaration: &VariableDeclaration<'a>, at: u32) {
        let kind = match declaration.kind {
            VariableDeclarationKind::Var => return,
            VariableDeclarationKind::Let => BindingKind::Let,
            VariableDeclarationKind::Const => BindingKind::Const,
            VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing => BindingKind::Using,
        };
        for declarator in &declaration.declarations {
            let at = if at == u32::MAX { declarator.span.end } else { at };
            self.declare_pattern(&declarator.id, kind, at);
        }
    }

    fn for_in_of(
        &mut self,
        cell: &std::cell::Cell<Option<OxcScopeId>>,
        left: &ForStatementLeft<'a>,
        right: &Expression<'a>,
        body: &Statement<'a>,
    ) {
        let id = self.open(ScopeKind::Block);
        cell.set(Some(id.to_oxc()));
        self.declare_loop_head(left);
        // The head's names are initialised behind the right-hand side.
        let end = right.span().end;
        for index in 0..self.out.scope(id).order.len() {
            let binding = self.out.scope(id).order[index];
            self.out.bindings[binding.0 as usize].initialized_at = end;
        }
        self.visit_loop_head(left);
        self.visit_expression(right);
        self.visit_statement(body);
        self.close();
    }
}

/// `#x` as it names a binding.
pub(crate) fn private_name(key: &PrivateIdentifier<'_>) -> String {
    format!("#{}", key.name)
}

/// The binding that keeps a private method's function until instances get it.
pub(crate) fn private_method_name(key: &PrivateIdentifier<'_>, kind: MethodDefinitionKind) -> String {
    let suffix = match kind {
        MethodDefinitionKind::Get => "get",
        MethodDefinitionKind::Set => "set",
        _ => "method",
    };
    format!(".{suffix} #{}", key.name)
}

/// The binding that keeps a field's computed key.
pub(crate) fn computed_key_name(key: &PropertyKey<'_>) -> String {
    format!(".key {}", key.span().start)
}

/// The private name under which an `accessor` field keeps its value.
pub(crate) fn storage_name(accessor: &AccessorProperty<'_>) -> String {
    format!("#.storage {}", accessor.span.start)
}

pub(crate) fn is_abstract_accessor(accessor: &AccessorProperty<'_>) -> bool {
    accessor.r#type == AccessorPropertyType::TSAbstractAccessorProperty
}

pub(crate) fn is_abstract(field: &PropertyDefinition<'_>) -> bool {
    field.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
}

fn is_instance_field(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::PropertyDefinition(p) => !p.r#static && !p.declare && !is_abstract(p),
        ClassElement::AccessorProperty(p) => !p.r#static && !is_abstract_accessor(p),
        _ => false,
    }
}

fn is_static_init(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::PropertyDefinition(p) => p.r#static && !p.declare && !is_abstract(p),
        ClassElement::AccessorProperty(p) => p.r#static && !is_abstract_accessor(p),
        ClassElement::StaticBlock(_) => true,
        _ => false,
    }
}

pub(crate) fn is_private_method(element: &ClassElement<'_>, is_static: bool) -> bool {
    matches!(element, ClassElement::MethodDefinition(m)
        if m.r#static == is_static && m.value.body.is_some() && matches!(m.key, PropertyKey::PrivateIdentifier(_)))
}

impl<'a> VisitJs<'a> for Builder<'a> {
    fn visit_function(&mut self, function: &Function<'a>, _: ScopeFlags) {
        let Some(body) = &function.body else { return };
        let info = self.info(false, has_use_strict(&body.directives), function.span.start);
        self.with_function(info, |b| {
            let own_name = match (&function.id, function.r#type) {
                (Some(id), FunctionType::FunctionExpression) => Some(id.name.as_str()),
                _ => None,
            };
            if let Some(name) = own_name {
                b.open(ScopeKind::FunctionName);
                b.declare(name, BindingKind::FunctionName, 0);
            }
            b.function_scopes(&function.params, &function.scope_id, |b| {
                if function
                    .params
                    .items
                    .iter()
                    .any(|p| p.accessibility.is_some() || p.readonly || p.r#override)
                {
                    // What they assign to.
                    b.use_name("this", false, function.span.start);
                }
                b.function_body(body);
            });
            if own_name.is_some() {
                b.close();
            }
        });
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        let strict = match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => has_use_strict(&body.directives),
            _ => false,
        };
        let info =
            FunctionInfo { is_method: false, is_derived: false, ..self.info(true, strict, arrow.span.start) };
        self.with_function(info, |b| {
            b.function_scopes(&arrow.params, &arrow.scope_id, |b| match &arrow.body {
                ArrowFunctionBody::FunctionBody(body) => b.function_body(body),
                body => {
                    if let Some(expression) = body.as_expression() {
                        b.visit_expression(expression);
                    }
                }
            });
        });
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        if class.declare {
            return;
        }
        let strict = std::mem::replace(&mut self.strict, true);
        let id = self.open(ScopeKind::Class);
        class.scope_id.set(Some(id.to_oxc()));
        if let Some(name) = &class.id {
            self.declare(name.name.as_str(), BindingKind::Const, class.span.end);
        }
        self.declare_private_names(class);
        if let Some(heritage) = &class.heritage {
            self.visit_expression(&heritage.expression);
        }
        self.class_elements(class);
        self.close();
        self.strict = strict;
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        self.visit_property_key(&property.key);
        let method = property.method || property.kind != PropertyKind::Init;
        if method && let Expression::FunctionExpression(function) = &property.value {
            self.next = NextFunction { is_method: true, ..NextFunction::default() };
            self.visit_function(function, ScopeFlags::Function);
        } else {
            self.visit_expression(&property.value);
        }
    }

    fn visit_statement(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::FunctionDeclaration(function) => self.visit_function_statement(function),
            Statement::VariableDeclaration(variables) if variables.declare => {}
            _ => walk_js::walk_statement(self, statement),
        }
    }

    fn visit_declaration(&mut self, declaration: &Declaration<'a>) {
        match declaration {
            Declaration::FunctionDeclaration(function) => self.visit_function_statement(function),
            Declaration::VariableDeclaration(variables) if variables.declare => {}
            _ => walk_js::walk_declaration(self, declaration),
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                self.next = NextFunction { hoisted: true, ..NextFunction::default() };
                self.visit_function(function, ScopeFlags::Function);
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                self.exported.extend(class.id.as_ref().map(|id| id.name.as_str()));
                self.visit_class(class);
            }
            _ => walk_js::walk_export_default_declaration(self, export),
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        if export.export_kind.is_type() {
            return;
        }
        for specifier in &export.specifiers {
            if !specifier.export_kind.is_type()
                && let ModuleExportName::IdentifierReference(local) = &specifier.local
            {
                self.use_name(local.name.as_str(), false, local.span.start);
                self.exported.push(local.name.as_str());
            }
        }
    }

    fn visit_export_from_declaration(&mut self, _: &ExportFromDeclaration<'a>) {}

    fn visit_export_declaration(&mut self, export: &ExportDeclaration<'a>) {
        self.visit_declaration(&export.declaration);
        let exported = &mut self.exported;
        match &export.declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    for_each_name(&declarator.id, &mut |id| exported.push(id.name.as_str()));
                }
            }
            Declaration::ClassDeclaration(class) => {
                exported.extend(class.id.as_ref().map(|id| id.name.as_str()))
            }
            Declaration::FunctionDeclaration(f) => exported.extend(f.id.as_ref().map(|id| id.name.as_str())),
            Declaration::TSEnumDeclaration(e) => exported.push(e.id.name.as_str()),
            Declaration::TSNamespaceDeclaration(n) => exported.push(n.id.name.as_str()),
            Declaration::TSImportEqualsDeclaration(i) => exported.push(i.id.name.as_str()),
            _ => {}
        }
    }

    fn visit_block_statement(&mut self, block: &BlockStatement<'a>) {
        self.visit_scoped_block(&block.body, &block.scope_id);
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'a>) {
        self.visit_expression(&statement.test);
        self.visit_branch(&statement.consequent);
        if let Some(alternate) = &statement.alternate {
            self.visit_branch(alternate);
        }
    }

    fn visit_for_statement(&mut self, statement: &ForStatement<'a>) {
        let id = self.open(ScopeKind::Block);
        statement.scope_id.set(Some(id.to_oxc()));
        if let Some(ForStatementInit::VariableDeclaration(declaration)) = &statement.init {
            self.declare_head_names(declaration, u32::MAX);
        }
        walk_js::walk_for_statement(self, statement);
        // The walk has its own idea of scope cells; ours stands.
        statement.scope_id.set(Some(id.to_oxc()));
        self.close();
    }

    fn visit_for_in_statement(&mut self, statement: &ForInStatement<'a>) {
        self.for_in_of(&statement.scope_id, &statement.left, &statement.right, &statement.body);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        self.for_in_of(&statement.scope_id, &statement.left, &statement.right, &statement.body);
    }

    fn visit_switch_statement(&mut self, statement: &SwitchStatement<'a>) {
        self.visit_expression(&statement.discriminant);
        let id = self.open(ScopeKind::Block);
        statement.scope_id.set(Some(id.to_oxc()));
        self.out.scopes[id.0 as usize].is_switch = true;
        for case in &statement.cases {
            self.declare_lexical(&case.consequent, false);
        }
        for case in &statement.cases {
            if let Some(test) = &case.test {
                self.visit_expression(test);
            }
            self.visit_statements(&case.consequent);
        }
        self.close();
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause<'a>) {
        let id = self.open(ScopeKind::Catch);
        clause.scope_id.set(Some(id.to_oxc()));
        if let Some(parameter) = &clause.param {
            let simple = matches!(parameter.pattern, BindingPattern::BindingIdentifier(_));
            let kind = if simple { BindingKind::CatchParam } else { BindingKind::CatchPattern };
            self.declare_pattern(&parameter.pattern, kind, 0);
            self.visit_binding_pattern(&parameter.pattern);
        }
        self.visit_block_statement(&clause.body);
        self.close();
    }

    fn visit_with_statement(&mut self, statement: &WithStatement<'a>) {
        self.visit_expression(&statement.object);
        let id = self.open(ScopeKind::With);
        statement.scope_id.set(Some(id.to_oxc()));
        self.declare(".with", BindingKind::With, 0);
        self.visit_statement(&statement.body);
        self.close();
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.declare {
            return;
        }
        if declaration.kind == VariableDeclarationKind::Var {
            for declarator in &declaration.declarations {
                self.declare_pattern(&declarator.id, BindingKind::Var, declarator.span.end);
            }
        }
        walk_js::walk_variable_declaration(self, declaration);
    }

    fn visit_identifier_reference(&mut self, reference: &IdentifierReference<'a>) {
        self.use_name(reference.name.as_str(), false, reference.span.start);
    }

    fn visit_simple_assignment_target(&mut self, target: &SimpleAssignmentTarget<'a>) {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.use_name(id.name.as_str(), true, id.span.start);
            }
            _ => {
                self.in_target = true;
                walk_js::walk_simple_assignment_target(self, target);
                self.in_target = false;
            }
        }
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        property: &AssignmentTargetPropertyIdentifier<'a>,
    ) {
        self.use_name(property.binding.name.as_str(), true, property.span.start);
        if let Some(init) = &property.init {
            self.visit_expression(init);
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        match &call.callee {
            Expression::Super(_) => {
                for name in [".callee", "new.target", "this"] {
                    self.use_name(name, true, call.span.start);
                }
            }
            callee => {
                if !call.optional && matches!(callee, Expression::Identifier(id) if id.name == "eval") {
                    self.direct_eval();
                }
                self.in_target = callee.is_member_expression();
                self.visit_expression(callee);
                self.in_target = false;
            }
        }
        self.visit_arguments(&call.arguments);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if member.property.name == "length" && self.use_member_of_arguments(&member.object) {
            return;
        }
        self.in_target = false;
        self.visit_expression(&member.object);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        if !self.use_member_of_arguments(&member.object) {
            self.visit_expression(&member.object);
        }
        self.visit_expression(&member.expression);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        self.in_target = unary.operator == UnaryOperator::Delete && unary.argument.is_member_expression();
        self.visit_expression(&unary.argument);
        self.in_target = false;
    }

    fn visit_this_expression(&mut self, this: &ThisExpression) {
        self.use_name("this", false, this.span.start);
    }

    fn visit_super(&mut self, s: &Super) {
        self.use_name(".home", false, s.span.start);
        self.use_name("this", false, s.span.start);
    }

    fn visit_new_target(&mut self, target: &NewTarget) {
        self.use_name("new.target", false, target.span.start);
    }

    fn visit_private_identifier(&mut self, key: &PrivateIdentifier<'a>) {
        let name = self.text(&private_name(key));
        self.use_name(name, false, 0);
    }

    fn visit_ts_enum_declaration(&mut self, declaration: &TSEnumDeclaration<'a>) {
        if declaration.declare {
            return;
        }
        self.use_name(declaration.id.name.as_str(), true, declaration.span.start);
        let id = self.open(ScopeKind::Block);
        declaration.body.scope_id.set(Some(id.to_oxc()));
        for member in &declaration.body.members {
            let name = match &member.id {
                TSEnumMemberName::Identifier(id) => id.name.as_str(),
                TSEnumMemberName::String(text) | TSEnumMemberName::ComputedString(text) => {
                    text.value.as_str()
                }
                TSEnumMemberName::ComputedTemplateString(_) => continue,
            };
            self.declare(name, BindingKind::EnumMember, 0);
        }
        for member in &declaration.body.members {
            if let Some(initializer) = &member.initializer {
                self.use_name(declaration.id.name.as_str(), false, declaration.span.start);
                self.visit_expression(initializer);
            }
        }
        self.close();
    }

    fn visit_ts_namespace_declaration(&mut self, declaration: &TSNamespaceDeclaration<'a>) {
        if declaration.declare {
            return;
        }
        self.use_name(declaration.id.name.as_str(), true, declaration.span.start);
        let info = self.info(true, false, declaration.span.start);
        let key = (self.scope, declaration.id.name.as_str());
        self.with_function(info, |b| {
            let id = b.open(ScopeKind::Function);
            declaration.scope_id.set(Some(id.to_oxc()));
            b.out.scopes[id.0 as usize].is_var_scope = true;
            let function = &mut b.out.functions[b.function.0 as usize];
            (function.scope, function.body) = (id, id);
            b.declare(declaration.id.name.as_str(), BindingKind::Param, 0);
            match &declaration.body {
                TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                    b.declare(inner.id.name.as_str(), BindingKind::Var, 0);
                    b.visit_ts_namespace_declaration(inner);
                }
                TSNamespaceDeclarationBody::TSModuleBlock(block) => b.namespace_block(block, key),
            }
            b.close();
        });
    }

    fn visit_ts_external_module_declaration(&mut self, _: &TSExternalModuleDeclaration<'a>) {}

    fn visit_ts_global_declaration(&mut self, _: &TSGlobalDeclaration<'a>) {}
}

impl<'a> Builder<'a> {
    fn visit_function_statement(&mut self, function: &Function<'a>) {
        if function.declare || function.body.is_none() {
            return;
        }
        let plain = !function.generator && !function.r#async;
        if let Some(id) = &function.id
            && !self.strict
            && plain
            && !self.out.scope(self.scope).is_var_scope
            && self.hoists_to_var(id.name.as_str())
        {
            self.annex_b(id.name.as_str(), function.span.start);
        }
        self.next = NextFunction { hoisted: true, ..NextFunction::default() };
        self.visit_function(function, ScopeFlags::Function);
    }

    fn annex_b(&mut self, name: &'a str, at: u32) {
        self.out.annex_b.insert(at);
        let scope = self.var_scope();
        let root = self.out.scope(scope).parent.is_none();
        if root && !self.out.scope(scope).names.contains_key(name) {
            self.out.annex_b_globals.push(name);
        } else {
            self.declare_in(scope, name, BindingKind::Var, at);
        }
    }

    /// A branch of `if`: a function declaration there stands as if in a block of its own (B.3.3).
    fn visit_branch(&mut self, branch: &Statement<'a>) {
        let Statement::FunctionDeclaration(function) = branch else { return self.visit_statement(branch) };
        let id = self.open(ScopeKind::Block);
        self.out.branch_scopes.insert(function.span.start, id);
        self.declare_lexical(std::slice::from_ref(branch), false);
        self.visit_statement(branch);
        self.close();
    }

    fn namespace_block(&mut self, block: &TSModuleBlock<'a>, key: (ScopeId, &'a str)) {
        let exported = std::mem::take(&mut self.exported);
        for statement in &block.body {
            if let Statement::ExportDeclaration(export) = statement
                && let Declaration::VariableDeclaration(variables) = &export.declaration
            {
                for declarator in &variables.declarations {
                    for_each_name(&declarator.id, &mut |id| {
                        self.declare(id.name.as_str(), BindingKind::NamespaceExport, 0);
                    });
                }
            }
        }
        self.declare_lexical(&block.body, true);
        for name in self.merged.get(&key).cloned().unwrap_or_default() {
            if !self.out.scope(self.scope).names.contains_key(name) {
                self.declare(name, BindingKind::NamespaceExport, 0);
            }
        }
        self.visit_statements(&block.body);
        let names = std::mem::replace(&mut self.exported, exported);
        self.merged.entry(key).or_default().extend(names);
    }
}
