//! What each node of the AST does to scopes and names.

use oxc_ast::ast::*;
use oxc_ast_visit::{VisitJs, walk_js};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;
use tvm_bytecode::data::ScopeKind;

use super::build::{Builder, NextFunction, has_use_strict};

use super::*;

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

    pub(super) fn annex_b(&mut self, name: &'a str, at: u32) {
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
