//! Declarations: which names a statement list, a pattern or a parameter list binds, and in which scope.

use oxc_ast::ast::*;
use oxc_span::GetSpan;

use super::build::Builder;
use super::{BindingId, BindingKind, ScopeId};

impl<'a> Builder<'a> {
    /// Declares `name` in `scope`; a name that is there already keeps its binding, a function replaces a `var`.
    pub(super) fn declare_in(
        &mut self,
        scope: ScopeId,
        name: &'a str,
        kind: BindingKind,
        at: u32,
    ) -> BindingId {
        if let Some(&known) = self.out.scope(scope).names.get(name) {
            let binding = &mut self.out.bindings[known.0 as usize];
            if let (BindingKind::Var, BindingKind::Function) = (binding.kind, kind) {
                binding.kind = kind
            }
            return known;
        }
        let id = BindingId(self.out.bindings.len() as u32);
        let captured = self.always_captured(scope, kind);
        self.out.bindings.push(super::Binding {
            name,
            kind,
            scope,
            captured,
            reassigned: false,
            used: false,
            initialized_at: at,
            first_use: u32::MAX,
        });
        let scope = &mut self.out.scopes[scope.0 as usize];
        scope.names.insert(name, id);
        scope.order.push(id);
        id
    }

    /// Declares in the scope being visited.
    pub(super) fn declare(&mut self, name: &'a str, kind: BindingKind, at: u32) -> BindingId {
        self.declare_in(self.scope, name, kind, at)
    }

    /// Declares a `var` in the nearest variable scope, and nowhere between.
    pub(super) fn declare_var(&mut self, name: &'a str, at: u32) {
        let scope = self.var_scope();
        self.declare_in(scope, name, BindingKind::Var, at);
    }

    pub(super) fn var_scope(&self) -> ScopeId {
        let mut scope = self.scope;
        while !self.out.scope(scope).is_var_scope {
            match self.out.scope(scope).parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        scope
    }

    /// Declares every name of a pattern.
    pub(super) fn declare_pattern(&mut self, pattern: &BindingPattern<'a>, kind: BindingKind, at: u32) {
        for_each_name(pattern, &mut |id| {
            if kind == BindingKind::Var {
                self.declare_var(id.name.as_str(), at);
            } else {
                self.declare(id.name.as_str(), kind, at);
            }
        });
    }

    /// Declares what a statement list binds lexically, before the list is visited.
    pub(super) fn declare_lexical(&mut self, statements: &[Statement<'a>], function_level: bool) {
        for statement in statements {
            self.declare_lexical_statement(statement, function_level);
        }
    }

    fn declare_lexical_statement(&mut self, statement: &Statement<'a>, function_level: bool) {
        match statement {
            Statement::LabeledStatement(labeled) => {
                let mut body = &labeled.body;
                while let Statement::LabeledStatement(inner) = body {
                    body = &inner.body;
                }
                if let Statement::FunctionDeclaration(function) = body {
                    self.declare_function(function, function_level);
                }
            }
            Statement::ExportDeclaration(export) => {
                self.declare_lexical_declaration(&export.declaration, function_level)
            }
            Statement::ExportDefaultDeclaration(export) => self.declare_default_export(export),
            Statement::ImportDeclaration(import) => self.declare_import(import),
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declare_lexical_declaration(declaration, function_level);
                }
            }
        }
    }

    fn declare_lexical_declaration(&mut self, declaration: &Declaration<'a>, function_level: bool) {
        match declaration {
            Declaration::FunctionDeclaration(function) => self.declare_function(function, function_level),
            Declaration::ClassDeclaration(class) if !class.declare => {
                if let Some(id) = &class.id {
                    self.declare(id.name.as_str(), BindingKind::Class, class.span.end);
                }
            }
            Declaration::VariableDeclaration(variables) if !variables.declare => {
                let kind = match variables.kind {
                    VariableDeclarationKind::Var => return,
                    VariableDeclarationKind::Let => BindingKind::Let,
                    VariableDeclarationKind::Const => BindingKind::Const,
                    VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing => {
                        BindingKind::Using
                    }
                };
                for declarator in &variables.declarations {
                    self.declare_pattern(&declarator.id, kind, declarator.span.end);
                }
            }
            Declaration::TSEnumDeclaration(declaration) if !declaration.declare => {
                self.declare(declaration.id.name.as_str(), BindingKind::Var, declaration.span.start);
            }
            Declaration::TSNamespaceDeclaration(declaration) if !declaration.declare => {
                self.declare(declaration.id.name.as_str(), BindingKind::Var, declaration.span.start);
            }
            Declaration::TSImportEqualsDeclaration(import) => {
                self.declare(import.id.name.as_str(), BindingKind::Const, import.span.end);
            }
            _ => {}
        }
    }

    fn declare_function(&mut self, function: &Function<'a>, function_level: bool) {
        let Some(id) = &function.id else { return };
        if function.body.is_none() || function.declare {
            return;
        }
        let kind = if function_level { BindingKind::Function } else { BindingKind::BlockFunction };
        self.declare(id.name.as_str(), kind, function.span.start);
    }

    fn declare_default_export(&mut self, export: &ExportDefaultDeclaration<'a>) {
        match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) if function.body.is_some() => {
                let name = function.id.as_ref().map_or("*default*", |id| id.name.as_str());
                self.declare(name, BindingKind::Function, function.span.start);
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let name = class.id.as_ref().map_or("*default*", |id| id.name.as_str());
                self.declare(name, BindingKind::Class, class.span.end);
            }
            ExportDefaultDeclarationKind::FunctionDeclaration(_)
            | ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {}
            expression => {
                self.declare("*default*", BindingKind::Let, expression.span().end);
            }
        }
    }

    fn declare_import(&mut self, import: &ImportDeclaration<'a>) {
        if import.import_kind.is_type() {
            return;
        }
        for specifier in import.specifiers.iter().flatten() {
            let local = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(s) if s.import_kind.is_type() => continue,
                ImportDeclarationSpecifier::ImportSpecifier(s) => &s.local,
                ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => &s.local,
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => &s.local,
            };
            self.declare(local.name.as_str(), BindingKind::Import, 0);
        }
    }

    /// Whether annex B.3.2 also makes a `var` of a function declared in the block being visited.
    pub(super) fn hoists_to_var(&self, name: &str) -> bool {
        let mut scope = self.out.scope(self.scope).parent;
        while let Some(id) = scope {
            let s = self.out.scope(id);
            if let Some(&binding) = s.names.get(name) {
                let kind = self.out.binding(binding).kind;
                if s.is_var_scope {
                    return matches!(kind, BindingKind::Var | BindingKind::Function);
                }
                if kind.is_lexical() {
                    return false;
                }
            }
            if s.is_var_scope {
                return !self.shadows_parameter(id, name);
            }
            scope = s.parent;
        }
        true
    }

    /// Whether a body scope's function has a parameter of that name.
    fn shadows_parameter(&self, body: ScopeId, name: &str) -> bool {
        let function = self.out.function(self.out.scope(body).function);
        let parameters = self.out.scope(function.scope);
        function.scope != body
            && parameters.names.get(name).is_some_and(|&b| self.out.binding(b).kind.is_param())
    }
}

/// Calls `visit` for every identifier that a pattern binds.
pub(crate) fn for_each_name<'p, 'a>(
    pattern: &'p BindingPattern<'a>,
    visit: &mut dyn FnMut(&'p BindingIdentifier<'a>),
) {
    match pattern {
        BindingPattern::BindingIdentifier(id) => visit(id),
        BindingPattern::ObjectPattern(object) => {
            object.properties.iter().for_each(|property| for_each_name(&property.value, visit));
            if let Some(rest) = &object.rest {
                for_each_name(&rest.argument, visit);
            }
        }
        BindingPattern::ArrayPattern(array) => {
            array.elements.iter().flatten().for_each(|element| for_each_name(element, visit));
            if let Some(rest) = &array.rest {
                for_each_name(&rest.argument, visit);
            }
        }
        BindingPattern::AssignmentPattern(assignment) => for_each_name(&assignment.left, visit),
    }
}

/// Whether a pattern contains an expression: a default value or a computed key.
pub(crate) fn has_expression(pattern: &BindingPattern<'_>) -> bool {
    match pattern {
        BindingPattern::BindingIdentifier(_) => false,
        BindingPattern::AssignmentPattern(_) => true,
        BindingPattern::ObjectPattern(object) => {
            object.properties.iter().any(|p| p.computed || has_expression(&p.value))
                || object.rest.as_ref().is_some_and(|rest| has_expression(&rest.argument))
        }
        BindingPattern::ArrayPattern(array) => {
            array.elements.iter().flatten().any(has_expression)
                || array.rest.as_ref().is_some_and(|rest| has_expression(&rest.argument))
        }
    }
}
