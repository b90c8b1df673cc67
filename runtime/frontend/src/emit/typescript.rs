//! TypeScript constructs that leave something at run time: enums, namespaces, parameter properties,
//! `import x = require(...)`, `export =`. Types are simply not looked at.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::Reg;
use super::function::Shape;
use super::literal::literal_text;
use crate::scope::{BindingKind, ScopeId as AstScope};

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn typescript_statement(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::TSExportAssignment(export) => {
                self.fail(export.span, "'export =' needs a CommonJS module; use 'export default'");
            }
            Statement::TSNamespaceExportDeclaration(_) => {}
            other => {
                if let Some(declaration) = other.as_declaration() {
                    self.typescript_declaration(declaration);
                }
            }
        }
    }

    pub(crate) fn typescript_declaration(&mut self, declaration: &Declaration<'a>) {
        match declaration {
            Declaration::TSEnumDeclaration(e) if !e.declare => self.enum_declaration(e),
            Declaration::TSNamespaceDeclaration(n) if !n.declare && has_values(n) => self.namespace(n, None),
            Declaration::TSImportEqualsDeclaration(import) => self.import_equals(import),
            _ => {}
        }
    }

    /// The object that an enum's or namespace's members live on.
    pub(crate) fn read_holder(&mut self, scope: AstScope, span: Span) -> Reg {
        if let Some(&register) = self.enum_objects.get(&scope) {
            return register;
        }
        if let Some(&name) = self.unit.enum_names.get(&scope) {
            return self.read_name(name, span, None);
        }
        // A namespace's object is the parameter of the function that its body is.
        let first = self.unit.analysis.scope(scope).order.first().copied();
        let name = first.map_or("", |id| self.unit.analysis.binding(id).name);
        let current = std::mem::replace(&mut self.scope, scope);
        let register = self.read_name(name, span, None);
        self.scope = current;
        register
    }

    // ---- enums

    fn enum_declaration(&mut self, e: &TSEnumDeclaration<'a>) {
        let name = e.id.name.as_str();
        let scope = AstScope::of(&e.body.scope_id);
        self.unit.enum_names.insert(scope, name);
        self.scratch(|f| {
            let object = f.existing_or_new_object(name, e.id.span);
            let outer = std::mem::replace(&mut f.scope, scope);
            f.enum_objects.insert(scope, object);
            let mut previous = Some(-1.0);
            for member in &e.body.members {
                previous = f.scratch(|f| f.enum_member(member, object, previous));
            }
            f.enum_objects.remove(&scope);
            f.scope = outer;
        });
    }

    /// `name` where an earlier declaration made it already, else a new object that it is set to.
    fn existing_or_new_object(&mut self, name: &'a str, span: Span) -> Reg {
        let object = self.temp();
        let known = self.code.label();
        self.scratch(|f| {
            let value = f.read_name(name, span, None);
            f.move_to(object, value);
        });
        self.code.jump_if(Op::JumpIfNotUndefined, &[object.into()], known);
        self.op(Op::NewObject, &[object.into(), 4]);
        self.write_name(name, object, span);
        self.code.bind(known);
        object
    }

    /// Sets a member; gives its value where it is a number known here.
    fn enum_member(&mut self, member: &TSEnumMember<'a>, object: Reg, previous: Option<f64>) -> Option<f64> {
        let name = match &member.id {
            TSEnumMemberName::Identifier(id) => Text::from_utf8(id.name.as_str()),
            TSEnumMemberName::String(s) | TSEnumMemberName::ComputedString(s) => {
                literal_text(&s.value, s.lone_surrogates)
            }
            TSEnumMemberName::ComputedTemplateString(t) => {
                Text::from_utf8(t.quasis.first().and_then(|q| q.value.cooked.as_deref()).unwrap_or(""))
            }
        };
        let key = self.unit.intern(name);
        let key = self.code.constant(Constant::String(key));
        let name_register = self.temp();
        self.op(Op::LoadConst, &[name_register.into(), key]);
        let value = self.temp();
        let known = match &member.initializer {
            None => {
                let Some(previous) = previous else {
                    self.fail(member.span, "Enum member must have initializer.");
                    return None;
                };
                self.number(previous + 1.0, Some(value));
                Some(previous + 1.0)
            }
            Some(e) => {
                self.expr_to(e, value);
                constant_number(e)
            }
        };
        self.op(Op::InitElem, &[object.into(), name_register.into(), value.into()]);
        let is_string = matches!(
            &member.initializer,
            Some(Expression::StringLiteral(_) | Expression::TemplateLiteral(_))
        );
        if !is_string {
            self.reverse_mapping(object, value, name_register, known.is_some());
        }
        known
    }

    /// `E[E.A] = "A"`, for numbers only.
    fn reverse_mapping(&mut self, object: Reg, value: Reg, name: Reg, is_number: bool) {
        if is_number {
            return self.op(Op::SetElem, &[object.into(), value.into(), name.into()]);
        }
        let skip = self.code.label();
        self.scratch(|f| {
            let (kind, string) = (f.temp(), f.temp());
            f.op(Op::Typeof, &[kind.into(), value.into()]);
            f.load_string("string", Some(string));
            f.code.jump_if(Op::JumpIfStrictEqual, &[kind.into(), string.into()], skip);
            f.op(Op::SetElem, &[object.into(), value.into(), name.into()]);
        });
        self.code.bind(skip);
    }

    // ---- namespaces

    /// Runs a namespace's body on its object; `holder` is the object of the namespace around it.
    fn namespace(&mut self, n: &TSNamespaceDeclaration<'a>, holder: Option<Reg>) {
        let name = n.id.name.as_str();
        self.scratch(|f| {
            let object = f.existing_or_new_object(name, n.id.span);
            if let Some(holder) = holder {
                let constant = f.name_constant(name);
                f.op(Op::SetProp, &[holder.into(), constant, object.into()]);
            }
            let scope = AstScope::of(&n.scope_id);
            let id = f.unit.analysis.scope(scope).function;
            let flags = function_flag::NO_SOURCE | if f.strict { function_flag::STRICT } else { 0 };
            let shape = Shape {
                name: f.unit.intern_str(name),
                kind: FunctionKind::Arrow,
                flags,
                length: 1,
                inline_hint: 0,
                span: n.span,
            };
            let template = f.synthesized(id, shape, 1, |f| f.namespace_body(n, scope));
            let closure = f.load_closure(template, None);
            let (undefined, result) = (f.temp(), f.temp());
            f.load_undefined(undefined);
            f.call_with(result, closure, undefined, &[object]);
        });
    }

    fn namespace_body(&mut self, n: &TSNamespaceDeclaration<'a>, scope: AstScope) {
        let parameter = self.unit.analysis.scope(scope).order.first().copied();
        if let Some(id) = parameter
            && !self.unit.analysis.binding(id).captured
        {
            self.adopt(id, 1);
        }
        self.enter(scope);
        if let Some(id) = parameter
            && self.unit.analysis.binding(id).captured
        {
            let name = self.unit.analysis.binding(id).name;
            self.initialize(name, 1, n.span);
        }
        for id in self.unit.analysis.scope(scope).order.clone() {
            let binding = self.unit.analysis.binding(id);
            if binding.kind == BindingKind::Var && !binding.captured {
                let name = binding.name;
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
        }
        match &n.body {
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => self.namespace(inner, Some(1)),
            TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                self.hoist_functions(&block.body);
                self.export_hoisted(&block.body);
                for statement in &block.body {
                    self.namespace_statement(statement);
                }
            }
        }
        self.scratch(|f| {
            let undefined = f.temp();
            f.load_undefined(undefined);
            f.emit_return(undefined);
        });
    }

    fn export_hoisted(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            if let Statement::ExportDeclaration(export) = statement
                && let Declaration::FunctionDeclaration(function) = &export.declaration
                && let Some(id) = &function.id
                && function.body.is_some()
            {
                self.export_to_namespace(id.name.as_str(), id.span);
            }
        }
    }

    fn export_to_namespace(&mut self, name: &'a str, span: Span) {
        self.scratch(|f| {
            let value = f.read_name(name, span, None);
            let constant = f.name_constant(name);
            f.op(Op::SetProp, &[1, constant, value.into()]);
        });
    }

    fn namespace_statement(&mut self, statement: &Statement<'a>) {
        let Statement::ExportDeclaration(export) = statement else { return self.statement(statement) };
        match &export.declaration {
            Declaration::TSNamespaceDeclaration(n) if !n.declare && has_values(n) => {
                self.namespace(n, Some(1))
            }
            Declaration::ClassDeclaration(class) if !class.declare => {
                self.declaration(&export.declaration);
                if let Some(id) = &class.id {
                    self.export_to_namespace(id.name.as_str(), id.span);
                }
            }
            Declaration::TSEnumDeclaration(e) if !e.declare => {
                self.declaration(&export.declaration);
                self.export_to_namespace(e.id.name.as_str(), e.id.span);
            }
            Declaration::TSImportEqualsDeclaration(i) => {
                self.declaration(&export.declaration);
                self.export_to_namespace(i.id.name.as_str(), i.span);
            }
            _ => self.declaration(&export.declaration),
        }
    }

    fn import_equals(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        if import.import_kind.is_type() {
            return;
        }
        let name = import.id.name.as_str();
        let used = self.unit.analysis.scope(self.scope).names.get(name).is_some_and(|&id| {
            let binding = self.unit.analysis.binding(id);
            binding.used || binding.captured
        });
        if !used {
            return;
        }
        self.scratch(|f| {
            let value = match &import.module_reference {
                TSModuleReference::ExternalModuleReference(reference) => {
                    f.fail(
                        reference.span,
                        "'import x = require(...)' needs CommonJS; use 'import x from ...'",
                    );
                    return;
                }
                TSModuleReference::IdentifierReference(id) => f.read_name(id.name.as_str(), id.span, None),
                TSModuleReference::QualifiedName(name) => f.qualified_name(name),
            };
            f.initialize(name, value, import.span);
        });
    }

    fn qualified_name(&mut self, name: &TSQualifiedName<'a>) -> Reg {
        let object = match &name.left {
            TSTypeName::IdentifierReference(id) => self.read_name(id.name.as_str(), id.span, None),
            TSTypeName::QualifiedName(inner) => self.qualified_name(inner),
            TSTypeName::ThisExpression(this) => self.this(this.span, None),
        };
        let dst = self.temp();
        let constant = self.name_constant(name.right.name.as_str());
        self.at(name.span());
        self.op(Op::GetProp, &[dst.into(), object.into(), constant]);
        dst
    }

    // ---- parameter properties

    /// `constructor(private x)` assigns `this.x`.
    pub(crate) fn parameter_properties(&mut self, params: &FormalParameters<'a>) {
        for (i, name) in property_parameters(params) {
            self.scratch(|f| {
                let this = f.this(Span::default(), None);
                f.assign_parameter_property(this, i, name);
            });
        }
    }

    fn assign_parameter_property(&mut self, this: Reg, _index: usize, name: &'a str) {
        let value = self.read_name(name, Span::default(), None);
        let constant = self.name_constant(name);
        self.op(Op::InitProp, &[this.into(), constant, value.into()]);
    }

    /// As [`Function::parameter_properties`] once `super()` has bound `this`.
    pub(crate) fn parameter_properties_after_super(&mut self, this: Reg) {
        for name in self.property_params.clone() {
            self.scratch(|f| f.assign_parameter_property(this, 0, name));
        }
    }
}

/// Parameters that are also properties.
pub(crate) fn property_parameters<'a>(params: &FormalParameters<'a>) -> Vec<(usize, &'a str)> {
    let is_property = |p: &FormalParameter<'a>| p.accessibility.is_some() || p.readonly || p.r#override;
    params
        .items
        .iter()
        .enumerate()
        .filter(|(_, p)| is_property(p))
        .filter_map(|(i, p)| super::function::pattern_name(&p.pattern).map(|name| (i, name)))
        .collect()
}

/// Whether a namespace holds more than types.
fn has_values(n: &TSNamespaceDeclaration<'_>) -> bool {
    match &n.body {
        TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => has_values(inner),
        TSNamespaceDeclarationBody::TSModuleBlock(block) => block.body.iter().any(|statement| {
            let declaration = match statement {
                Statement::ExportDeclaration(export) => Some(&export.declaration),
                other => other.as_declaration(),
            };
            match declaration {
                Some(Declaration::TSInterfaceDeclaration(_) | Declaration::TSTypeAliasDeclaration(_)) => {
                    false
                }
                Some(Declaration::TSNamespaceDeclaration(inner)) => has_values(inner),
                _ => true,
            }
        }),
    }
}

/// The value of a numeric initialiser that needs no evaluation.
fn constant_number(e: &Expression<'_>) -> Option<f64> {
    use oxc_syntax::operator::{BinaryOperator as B, UnaryOperator as U};
    match super::expr::strip(e) {
        Expression::NumericLiteral(literal) => Some(literal.value),
        Expression::UnaryExpression(unary) => {
            let value = constant_number(&unary.argument)?;
            match unary.operator {
                U::UnaryNegation => Some(-value),
                U::UnaryPlus => Some(value),
                U::BitwiseNot => Some(f64::from(!to_int32(value))),
                _ => None,
            }
        }
        Expression::BinaryExpression(binary) => {
            let (left, right) = (constant_number(&binary.left)?, constant_number(&binary.right)?);
            let (a, b) = (to_int32(left), to_int32(right));
            Some(match binary.operator {
                B::Addition => left + right,
                B::Subtraction => left - right,
                B::Multiplication => left * right,
                B::Division => left / right,
                B::ShiftLeft => f64::from(a.wrapping_shl(b as u32 & 31)),
                B::ShiftRight => f64::from(a.wrapping_shr(b as u32 & 31)),
                B::ShiftRightZeroFill => f64::from((a as u32).wrapping_shr(b as u32 & 31)),
                B::BitwiseOR => f64::from(a | b),
                B::BitwiseAnd => f64::from(a & b),
                B::BitwiseXOR => f64::from(a ^ b),
                _ => return None,
            })
        }
        _ => None,
    }
}

fn to_int32(value: f64) -> i32 {
    if value.is_finite() { (value % 4_294_967_296.0) as i64 as u32 as i32 } else { 0 }
}
