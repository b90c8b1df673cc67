//! Functions: prologue, body, epilogue, and the closure in the enclosing function.

use oxc_ast::ast::*;
use oxc_span::Span;
use rustc_hash::FxHashMap;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::core::{Code, Reg};
use super::{Function as Emitter, Unit};
use crate::scope::{BindingId, BindingKind, FunctionId as AstFunction, ScopeId as AstScope};

/// What is compiled into a function template.
pub(crate) enum Body<'b, 'a> {
    Function(&'b Function<'a>),
    Arrow(&'b ArrowFunctionExpression<'a>),
}

/// What a function template gets besides its code.
pub(crate) struct Shape {
    pub name: StringId,
    pub kind: FunctionKind,
    pub flags: u32,
    pub length: u32,
    pub inline_hint: u32,
    pub span: Span,
}

/// Facts about the class that a constructor belongs to.
#[derive(Clone, Copy, Default)]
pub(crate) struct ConstructorOf {
    pub has_fields: bool,
    pub field_count: u32,
    pub span: Span,
}

/// The kind of a function that is no method.
pub(crate) fn plain_kind(function: &Function<'_>) -> FunctionKind {
    match (function.r#async, function.generator) {
        (false, false) => FunctionKind::Normal,
        (false, true) => FunctionKind::Generator,
        (true, false) => FunctionKind::Async,
        (true, true) => FunctionKind::AsyncGenerator,
    }
}

/// The kind of a method or accessor.
pub(crate) fn method_kind(function: &Function<'_>) -> FunctionKind {
    match (function.r#async, function.generator) {
        (false, false) => FunctionKind::Method,
        (false, true) => FunctionKind::GeneratorMethod,
        (true, false) => FunctionKind::AsyncMethod,
        (true, true) => FunctionKind::AsyncGeneratorMethod,
    }
}

pub(crate) fn is_async(kind: FunctionKind) -> bool {
    matches!(kind, FunctionKind::Async | FunctionKind::AsyncArrow | FunctionKind::AsyncMethod)
}

pub(crate) fn is_async_generator(kind: FunctionKind) -> bool {
    matches!(kind, FunctionKind::AsyncGenerator | FunctionKind::AsyncGeneratorMethod)
}

pub(crate) fn is_generator(kind: FunctionKind) -> bool {
    matches!(kind, FunctionKind::Generator | FunctionKind::GeneratorMethod)
}

impl<'a> Emitter<'_, 'a> {
    /// Compiles a function and loads its closure. `span` is what `toString` shows.
    pub(crate) fn closure(
        &mut self,
        body: &Body<'_, 'a>,
        kind: FunctionKind,
        name: &str,
        span: Span,
        dst: Option<Reg>,
    ) -> Reg {
        let name = self.unit.intern_str(name);
        let template = self.template(body, kind, name, span, ConstructorOf::default());
        self.load_closure(template, dst)
    }

    /// Loads a closure of `template`, which is compiled for the scope in force here.
    pub(crate) fn load_closure(&mut self, template: FunctionId, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let constant = self.code.constant(Constant::Function(template));
        let needs_env = self.unit.data.functions[template as usize].outer_scope != NONE;
        match self.env() {
            Some(env) if needs_env => self.op(Op::Closure, &[dst.into(), constant, env.into()]),
            _ => self.op(Op::ClosureRoot, &[dst.into(), constant]),
        }
        dst
    }

    /// Compiles a function to a template.
    pub(crate) fn template(
        &mut self,
        body: &Body<'_, 'a>,
        kind: FunctionKind,
        name: StringId,
        span: Span,
        class: ConstructorOf,
    ) -> FunctionId {
        let (cell, params) = match body {
            Body::Function(f) => (&f.scope_id, &f.params),
            Body::Arrow(f) => (&f.scope_id, &f.params),
        };
        let id = self.unit.analysis.scope(AstScope::of(cell)).function;
        let outer = self.unit.enclosing_layout(Some(self.scope));
        let mut inner = Emitter::new(self.unit, id, kind);
        inner.begin(outer, params.items.len() as u32);
        inner.param_names = params.items.iter().map(|p| pattern_name(&p.pattern).unwrap_or("")).collect();
        if kind == FunctionKind::DerivedConstructor {
            inner.property_params =
                super::typescript::property_parameters(params).into_iter().map(|p| p.1).collect();
        }
        let handler = inner.start_coroutine();
        inner.parameters(params, class);
        match body {
            Body::Function(f) => {
                if let Some(body) = &f.body {
                    inner.function_body(body, params);
                }
            }
            Body::Arrow(f) => inner.arrow_body(f),
        }
        inner.end_coroutine(handler);
        let flags = inner.flags(params);
        let length = params.items.iter().take_while(|p| p.initializer.is_none()).count() as u32;
        let inline_hint = match body {
            Body::Function(f) => class.field_count + this_assignments(f),
            Body::Arrow(_) => 0,
        };
        let flags = flags | if class.has_fields { function_flag::HAS_FIELDS } else { 0 };
        let shape = Shape { name, kind, flags, length, inline_hint, span };
        inner.finish(shape)
    }

    /// Reserves `this`, the parameters and the outer scope's register.
    pub(crate) fn begin(&mut self, outer: Option<ScopeId>, params: u32) {
        self.code.reserve_registers(1 + params);
        self.last_param = params;
        self.code.position = u32::MAX;
        self.outer_layout = outer;
        if outer.is_some() {
            let register = self.code.alloc();
            let at = self.code.emit(Op::LoadScope, &[register.into()]);
            self.outer_env = Some((register, at));
        }
    }

    fn flags(&self, params: &FormalParameters<'a>) -> u32 {
        let mut flags = 0;
        if self.strict {
            flags |= function_flag::STRICT;
        }
        if self.is_library {
            flags |= function_flag::SELF_HOSTED;
        }
        if self.unit.library_constructs {
            flags |= function_flag::CONSTRUCTS;
        }
        if params.rest.is_some() || self.arguments_binding().is_some() {
            flags |= function_flag::KEEPS_ARGUMENTS;
        }
        flags
    }

    /// Drops an unused LoadScope and lays the code out.
    pub(crate) fn finish(mut self, shape: Shape) -> FunctionId {
        if let Some((_, at)) = self.outer_env
            && !self.outer_env_used
        {
            self.code.kill(at);
        }
        let outer_scope = if self.outer_env.is_some() && self.needs_outer_scope() {
            self.outer_layout.unwrap_or(NONE)
        } else {
            NONE
        };
        let params = self.last_param;
        let finished = self.code.finish(&self.unit.index);
        self.unit.fix_jump_tables(&finished.constants, &finished.label_offsets);
        self.unit.data.functions.push(FunctionData {
            name: shape.name,
            kind: shape.kind,
            flags: shape.flags,
            params,
            length: shape.length,
            registers: finished.registers.max(1 + params),
            outer_scope,
            inline_hint: shape.inline_hint,
            source: 0,
            source_range: (shape.span.start, shape.span.end),
            constants: finished.constants,
            feedback: finished.feedback,
            handlers: finished.handlers,
            lines: finished.lines,
            code: finished.code,
        });
        self.unit.data.functions.len() as u32 - 1
    }

    fn needs_outer_scope(&self) -> bool {
        self.outer_env_used
    }

    fn arguments_binding(&self) -> Option<BindingId> {
        let info = self.unit.analysis.function(self.id);
        if info.is_arrow || info.is_field_init {
            return None;
        }
        let id = *self.unit.analysis.scope(info.scope).names.get("arguments")?;
        let kind = self.unit.analysis.binding(id).kind;
        matches!(kind, BindingKind::Arguments | BindingKind::Var).then_some(id)
    }

    /// Binds pseudo names and parameters.
    fn parameters(&mut self, params: &FormalParameters<'a>, class: ConstructorOf) {
        let info = self.unit.analysis.function(self.id);
        let (scope, simple) = (info.scope, info.simple_params);
        self.enter_own_name(scope);
        self.adopt_parameters(scope, params);
        self.enter(scope);
        self.bind_pseudo_names(scope);
        let rest = params.rest.as_ref().map(|rest| {
            let register = self.local_of_pattern(&rest.rest.argument).unwrap_or_else(|| self.code.alloc());
            self.op(Op::NewRest, &[register.into(), params.items.len() as i64]);
            (register, &rest.rest.argument)
        });
        if class.has_fields && self.kind == FunctionKind::BaseConstructor {
            self.scratch(|f| {
                let callee = f.temp();
                f.op(Op::LoadCallee, &[callee.into()]);
                f.op(Op::RunFieldInit, &[0, callee.into()]);
            });
        }
        self.in_parameters = !simple;
        for (i, param) in params.items.iter().enumerate() {
            let register = i as u32 + 1;
            if let Some(initializer) = &param.initializer {
                self.default_value(register, initializer, pattern_name(&param.pattern));
            }
            self.bind_parameter(&param.pattern, register, simple);
        }
        if let Some((register, pattern)) = rest {
            self.bind_parameter(pattern, register, false);
        }
        self.in_parameters = false;
    }

    fn local_of_pattern(&self, pattern: &BindingPattern<'a>) -> Option<Reg> {
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.local_register(id.name.as_str()),
            _ => None,
        }
    }

    /// A named function expression's own name (15.2.5).
    fn enter_own_name(&mut self, scope: AstScope) {
        let Some(parent) = self.unit.analysis.scope(scope).parent else { return };
        let owner = self.unit.analysis.scope(parent);
        if owner.kind != ScopeKind::FunctionName || owner.function != self.id {
            return;
        }
        let Some(&binding) = owner.order.first() else { return };
        if !self.unit.analysis.binding(binding).used {
            return;
        }
        self.enter(parent);
        let name = self.unit.analysis.binding(binding).name;
        self.initialize_with(name, |f, dst| f.op(Op::LoadCallee, &[dst.into()]));
    }

    /// Computes a binding's initial value straight into its register, or into its slot by way of a temporary.
    pub(crate) fn initialize_with(&mut self, name: &'a str, load: impl FnOnce(&mut Self, Reg)) {
        match self.local_register(name) {
            Some(register) => load(self, register),
            None => self.scratch(|f| {
                let register = f.temp();
                load(f, register);
                f.initialize(name, register, Span::default());
            }),
        }
    }

    /// Uncaptured parameters stay in the registers that they arrive in.
    fn adopt_parameters(&mut self, scope: AstScope, params: &FormalParameters<'a>) {
        for (i, param) in params.items.iter().enumerate() {
            let BindingPattern::BindingIdentifier(id) = &param.pattern else { continue };
            let Some(&binding) = self.unit.analysis.scope(scope).names.get(id.name.as_str()) else {
                continue;
            };
            let b = self.unit.analysis.binding(binding);
            let early = b.kind == BindingKind::LateParam && b.first_use < b.initialized_at;
            if !b.captured && !early {
                self.adopt(binding, i as u32 + 1);
            }
        }
        if let Some(&this) = self.unit.analysis.scope(scope).names.get("this")
            && !self.unit.analysis.binding(this).captured
        {
            self.adopt(this, 0);
        }
    }

    fn bind_pseudo_names(&mut self, scope: AstScope) {
        let order = self.unit.analysis.scope(scope).order.clone();
        let arguments = self.arguments_binding();
        if let Some(id) = arguments {
            let name = self.unit.analysis.binding(id).name;
            self.initialize_with(name, |f, dst| f.new_arguments(dst));
        }
        for id in order {
            let binding = self.unit.analysis.binding(id);
            let (name, captured) = (binding.name, binding.captured);
            match binding.kind {
                BindingKind::This => {
                    if !self.strict {
                        self.op(Op::CoerceThis, &[0]);
                    }
                    if captured {
                        self.initialize(name, 0, Span::default());
                    }
                }
                BindingKind::NewTarget => {
                    self.initialize_with(name, |f, dst| f.op(Op::LoadNewTarget, &[dst.into()]))
                }
                BindingKind::Home => self.initialize_with(name, |f, dst| f.op(Op::LoadHome, &[dst.into()])),
                BindingKind::Callee => {
                    self.initialize_with(name, |f, dst| f.op(Op::LoadCallee, &[dst.into()]))
                }
                BindingKind::EvalVars => self.initialize_with(name, |f, dst| f.new_variable_object(dst)),
                _ => {}
            }
        }
    }

    /// An object without a prototype, for the variables of sloppy eval code.
    fn new_variable_object(&mut self, dst: Reg) {
        self.op(Op::NewObject, &[dst.into(), 0]);
        self.scratch(|f| {
            let null = f.temp();
            f.op(Op::LoadNull, &[null.into()]);
            f.op(Op::InitProto, &[dst.into(), null.into()]);
        });
    }

    fn new_arguments(&mut self, dst: Reg) {
        let info = self.unit.analysis.function(self.id);
        if !info.mapped_arguments {
            return self.op(Op::NewArguments, &[dst.into()]);
        }
        let scope = info.scope;
        let slots = self.mapped_slots(scope);
        let list = self.unit.list(slots);
        let constant = self.code.constant(Constant::Slots(list));
        match self.env() {
            Some(env) => self.op(Op::NewMappedArguments, &[dst.into(), env.into(), constant]),
            None => self.op(Op::NewArguments, &[dst.into()]),
        }
    }

    /// Slots of the parameters in order; a name that occurs twice belongs to its last place.
    fn mapped_slots(&self, scope: AstScope) -> Vec<u32> {
        let names = self.param_names.clone();
        (0..names.len())
            .map(|i| {
                let again = names[i + 1..].contains(&names[i]);
                let binding = self.unit.analysis.scope(scope).names.get(names[i]);
                match binding.and_then(|id| self.unit.slots.get(id)) {
                    Some(&slot) if !again => slot,
                    _ => NONE,
                }
            })
            .collect()
    }

    /// `register = register === undefined ? initializer : register`.
    pub(crate) fn default_value(&mut self, register: Reg, initializer: &Expression<'a>, name: Option<&str>) {
        let given = self.code.label();
        self.code.jump_if(Op::JumpIfNotUndefined, &[register.into()], given);
        self.named_expr_to(initializer, name.unwrap_or(""), name.is_some(), register);
        self.code.bind(given);
    }

    fn bind_parameter(&mut self, pattern: &BindingPattern<'a>, register: Reg, simple: bool) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => {
                let name = id.name.as_str();
                let arrives_here = self.local_register(name) == Some(register);
                let shadowed = simple
                    && self.param_names.iter().rposition(|n| *n == name) != Some(register as usize - 1);
                if !arrives_here && !shadowed {
                    self.initialize(name, register, id.span);
                }
            }
            _ => self.bind_pattern(pattern, register, true),
        }
    }

    /// Variables, hoisted functions, generator start, statements.
    fn function_body(&mut self, body: &FunctionBody<'a>, params: &FormalParameters<'a>) {
        self.enter_body(&body.statements);
        self.generator_start();
        if self.kind == FunctionKind::BaseConstructor {
            self.parameter_properties(params);
        }
        self.statements(&body.statements);
        self.end_of_body();
    }

    fn end_of_body(&mut self) {
        if !self.code.is_unreachable() {
            self.scratch(|f| {
                let undefined = f.temp();
                f.load_undefined(undefined);
                f.emit_return(undefined);
            });
        }
    }

    fn arrow_body(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => {
                self.enter_body(&body.statements);
                self.statements(&body.statements);
                self.end_of_body();
            }
            body => {
                self.enter_body(&[]);
                if let Some(expression) = body.as_expression() {
                    self.scratch(|f| {
                        let value = f.expr(expression);
                        f.emit_return(value);
                    });
                }
            }
        }
    }

    /// Enters the body's scope, initialises variables and hoists functions (10.2.11).
    pub(crate) fn enter_body(&mut self, statements: &[Statement<'a>]) {
        let info = self.unit.analysis.function(self.id);
        let (outer, inner) = (info.scope, info.body);
        if inner != outer {
            self.enter(inner);
            let order = self.unit.analysis.scope(inner).order.clone();
            for id in order {
                if self.unit.analysis.binding(id).kind == BindingKind::EvalVars {
                    let name = self.unit.analysis.binding(id).name;
                    self.initialize_with(name, |f, dst| f.new_variable_object(dst));
                }
            }
        }
        self.initialize_vars(inner, outer, statements);
        self.hoist_functions(statements);
    }

    fn initialize_vars(&mut self, scope: AstScope, params: AstScope, statements: &[Statement<'a>]) {
        let order = self.unit.analysis.scope(scope).order.clone();
        let set_by = straight_line_vars(statements);
        for id in order {
            let binding = self.unit.analysis.binding(id);
            if binding.kind != BindingKind::Var || Some(id) == self.arguments_binding() {
                continue;
            }
            let (name, captured) = (binding.name, binding.captured);
            let same_param = scope != params && self.unit.analysis.scope(params).names.contains_key(name);
            if same_param {
                self.scratch(|f| {
                    let value = f.in_parent_scope(params, |f| f.read_name(name, Span::default(), None));
                    f.initialize(name, value, Span::default());
                });
                continue;
            }
            // Nothing is needed where straight-line code of the body sets it before anything else uses it.
            let set_first = set_by.get(name).is_some_and(|&end| binding.first_use >= end);
            if !captured && !set_first {
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
        }
    }

    fn in_parent_scope<T>(&mut self, scope: AstScope, f: impl FnOnce(&mut Self) -> T) -> T {
        let current = std::mem::replace(&mut self.scope, scope);
        let result = f(self);
        self.scope = current;
        result
    }

    /// Creates the closures of a statement list's function declarations.
    pub(crate) fn hoist_functions(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            let mut statement = statement;
            while let Statement::LabeledStatement(labeled) = statement {
                statement = &labeled.body;
            }
            let function = match statement {
                Statement::FunctionDeclaration(function) => function,
                Statement::ExportDeclaration(export) => match &export.declaration {
                    Declaration::FunctionDeclaration(function) => function,
                    _ => continue,
                },
                Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => function,
                    _ => continue,
                },
                _ => continue,
            };
            if function.body.is_some() && !function.declare {
                self.hoist_function(function);
            }
        }
    }

    fn hoist_function(&mut self, function: &Function<'a>) {
        let name = function.id.as_ref().map_or("*default*", |id| id.name.as_str());
        let shown = if function.id.is_some() { name } else { "default" };
        self.initialize_with(name, |f, dst| {
            f.closure(&Body::Function(function), plain_kind(function), shown, function.span, Some(dst));
        });
    }

    /// Returns `value` from the function: what the kind of function asks for.
    pub(crate) fn emit_return(&mut self, value: Reg) {
        match self.kind {
            FunctionKind::DerivedConstructor => self.scratch(|f| {
                let this = f.this_or_hole();
                f.op(Op::ReturnDerived, &[value.into(), this.into()]);
            }),
            _ => match self.coroutine {
                Some(coroutine) => self.op(Op::AsyncReturn, &[coroutine.into(), value.into()]),
                None => self.op(Op::Return, &[value.into()]),
            },
        }
    }

    /// A function that the front end makes itself: its analysis number is `id`, `build` emits its body.
    pub(crate) fn synthesized(
        &mut self,
        id: AstFunction,
        shape: Shape,
        params: u32,
        build: impl FnOnce(&mut Emitter<'_, 'a>),
    ) -> FunctionId {
        let outer = self.unit.enclosing_layout(Some(self.scope));
        let mut inner = Emitter::new(self.unit, id, shape.kind);
        inner.begin(outer, params);
        build(&mut inner);
        inner.finish(shape)
    }

    /// Enters the scope of a synthesised function and binds its pseudo names.
    pub(crate) fn enter_synthesized(&mut self) {
        let scope = self.unit.analysis.function(self.id).scope;
        if let Some(&this) = self.unit.analysis.scope(scope).names.get("this")
            && !self.unit.analysis.binding(this).captured
        {
            self.adopt(this, 0);
        }
        self.enter(scope);
        self.bind_pseudo_names(scope);
    }
}

impl Unit<'_> {
    /// Replaces label numbers in a finished function's jump tables by code offsets.
    fn fix_jump_tables(&mut self, constants: &[Constant], offsets: &[u32]) {
        for constant in constants {
            if let Constant::JumpTable(list) = constant {
                for entry in self.data.lists[*list as usize].iter_mut().skip(1) {
                    *entry = offsets[*entry as usize];
                }
            }
        }
    }
}

/// The `var`s that a body's straight-line code initialises, and where the first such declarator ends.
fn straight_line_vars<'a>(statements: &[Statement<'a>]) -> FxHashMap<&'a str, u32> {
    let mut set_by = FxHashMap::default();
    for statement in statements {
        let declaration = match statement {
            Statement::VariableDeclaration(declaration) => declaration,
            Statement::ForStatement(statement) => match &statement.init {
                Some(ForStatementInit::VariableDeclaration(declaration)) => declaration,
                _ => continue,
            },
            _ => continue,
        };
        if declaration.kind != VariableDeclarationKind::Var {
            continue;
        }
        for declarator in declaration.declarations.iter().filter(|declarator| declarator.init.is_some()) {
            if let Some(name) = pattern_name(&declarator.id) {
                set_by.entry(name).or_insert(declarator.span.end);
            }
        }
    }
    set_by
}

/// The name that a pattern gives to an anonymous function assigned to it.
pub(crate) fn pattern_name<'a>(pattern: &BindingPattern<'a>) -> Option<&'a str> {
    match pattern {
        BindingPattern::BindingIdentifier(id) => Some(id.name.as_str()),
        _ => None,
    }
}

/// How many `this.name = value` statements stand directly in a body: room to leave in the objects it constructs.
fn this_assignments(function: &Function<'_>) -> u32 {
    let Some(body) = &function.body else { return 0 };
    let assigns = |statement: &&Statement<'_>| {
        let Statement::ExpressionStatement(statement) = statement else { return false };
        let Expression::AssignmentExpression(assignment) = &statement.expression else { return false };
        matches!(&assignment.left, AssignmentTarget::StaticMemberExpression(m)
            if matches!(m.object, Expression::ThisExpression(_)))
    };
    let parameter_properties =
        function.params.items.iter().filter(|p| p.accessibility.is_some() || p.readonly);
    (body.statements.iter().filter(assigns).count() + parameter_properties.count()) as u32
}

/// A label's number as a jump table holds it until its function is finished.
pub(crate) fn table_entry(label: super::core::Label) -> u32 {
    Code::label_index(label) as u32
}
