//! Statements other than loops, `try` and modules.

use oxc_ast::ast::*;
use oxc_span::GetSpan;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::control::Control;
use super::core::{Label, Reg};
use super::expr::immediate;
use super::function::{is_async_generator, table_entry};
use crate::scope::ScopeId as AstScope;

/// A switch gets a jump table where it has at least this many integer cases.
const TABLE_CASES: usize = 4;
/// ... and its table at most this many entries for each of them.
const TABLE_SPREAD: i64 = 4;

impl<'a> Emitter<'_, 'a> {
    pub(super) fn plain_statements(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    pub(crate) fn statement(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::BlockStatement(block) => self.labeled_block(|f| f.block(block)),
            Statement::ExpressionStatement(statement) => self.expression_statement(statement),
            Statement::IfStatement(statement) => self.labeled_block(|f| f.if_statement(statement)),
            Statement::ForStatement(statement) => self.for_statement(statement),
            Statement::ForInStatement(statement) => self.for_in_statement(statement),
            Statement::ForOfStatement(statement) => self.for_of_statement(statement),
            Statement::WhileStatement(statement) => self.while_statement(statement),
            Statement::DoWhileStatement(statement) => self.do_while_statement(statement),
            Statement::ReturnStatement(statement) => self.return_statement(statement),
            Statement::BreakStatement(s) => {
                self.break_or_continue(s.label.as_ref().map(|l| l.name.as_str()), false, s.span);
            }
            Statement::ContinueStatement(s) => {
                self.break_or_continue(s.label.as_ref().map(|l| l.name.as_str()), true, s.span);
            }
            Statement::ThrowStatement(statement) => self.scratch(|f| {
                let value = f.expr(&statement.argument);
                f.at(statement.span);
                f.op(Op::Throw, &[value.into()]);
            }),
            Statement::TryStatement(statement) => self.labeled_block(|f| f.try_statement(statement)),
            Statement::SwitchStatement(statement) => self.switch_statement(statement),
            Statement::LabeledStatement(statement) => {
                self.pending_labels.push(statement.label.name.as_str());
                self.statement(&statement.body);
                self.pending_labels.clear();
            }
            Statement::WithStatement(statement) => self.labeled_block(|f| f.with_statement(statement)),
            Statement::DebuggerStatement(_) => self.op(Op::Debugger, &[]),
            Statement::EmptyStatement(_) => {}
            Statement::VariableDeclaration(declaration) => self.variable_declaration(declaration),
            Statement::FunctionDeclaration(function) => self.annex_b_function(function),
            Statement::ClassDeclaration(class) => self.class_declaration(class),
            Statement::ImportDeclaration(_)
            | Statement::ExportAllDeclaration(_)
            | Statement::ExportNamedDeclaration(_)
            | Statement::ExportFromDeclaration(_) => {}
            Statement::ExportDeclaration(export) => self.declaration(&export.declaration),
            Statement::ExportDefaultDeclaration(export) => self.export_default(export),
            other => self.typescript_statement(other),
        }
    }

    pub(crate) fn declaration(&mut self, declaration: &Declaration<'a>) {
        match declaration {
            Declaration::VariableDeclaration(declaration) => self.variable_declaration(declaration),
            Declaration::FunctionDeclaration(function) => self.annex_b_function(function),
            Declaration::ClassDeclaration(class) => self.class_declaration(class),
            other => self.typescript_declaration(other),
        }
    }

    /// Runs a statement that only labels make a target of `break`.
    fn labeled_block(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.pending_labels.is_empty() {
            return inside(self);
        }
        let labels = std::mem::take(&mut self.pending_labels);
        let break_label = self.code.label();
        let depth = self.control.len();
        self.control.push(Control::Block { labels, break_label, is_switch: false });
        inside(self);
        self.control.truncate(depth);
        self.code.bind(break_label);
    }

    /// Statements with a value of their own start from undefined (8.1, UpdateEmpty).
    pub(crate) fn reset_completion(&mut self) {
        if let Some(completion) = self.completion {
            self.load_undefined(completion);
        }
    }

    fn expression_statement(&mut self, statement: &ExpressionStatement<'a>) {
        self.pending_labels.clear();
        match self.completion {
            Some(completion) => self.scratch(|f| f.expr_to(&statement.expression, completion)),
            None => self.effect(&statement.expression),
        }
    }

    pub(crate) fn block(&mut self, block: &BlockStatement<'a>) {
        let scope = AstScope::of(&block.scope_id);
        self.in_scope(scope, |f| {
            f.hoist_functions(&block.body);
            f.statements(&block.body);
        });
    }

    fn if_statement(&mut self, statement: &IfStatement<'a>) {
        self.reset_completion();
        let end = self.code.label();
        let mut statement = statement;
        // `else if` chains are followed in a loop: they may be long.
        loop {
            let other = self.code.label();
            self.branch(&statement.test, other, false);
            self.branch_statement(&statement.consequent);
            let Some(alternate) = &statement.alternate else {
                self.code.bind(other);
                break;
            };
            if !self.code.is_unreachable() {
                self.code.jump(end);
            }
            self.code.bind(other);
            match alternate {
                Statement::IfStatement(next) => statement = next,
                alternate => {
                    self.branch_statement(alternate);
                    break;
                }
            }
        }
        self.code.bind(end);
    }

    fn branch_statement(&mut self, statement: &Statement<'a>) {
        let Statement::FunctionDeclaration(function) = statement else { return self.statement(statement) };
        let Some(&scope) = self.unit.analysis.branch_scopes.get(&function.span.start) else { return };
        self.in_scope(scope, |f| {
            f.hoist_functions(std::slice::from_ref(statement));
            f.statement(statement);
        });
    }

    fn return_statement(&mut self, statement: &ReturnStatement<'a>) {
        self.scratch(|f| {
            let value = match &statement.argument {
                Some(argument) => f.expr(argument),
                None => {
                    let undefined = f.temp();
                    f.load_undefined(undefined);
                    undefined
                }
            };
            f.at(statement.span);
            let value = if is_async_generator(f.kind) && statement.argument.is_some() {
                let awaited = f.temp();
                f.await_value(awaited, value);
                awaited
            } else {
                value
            };
            f.return_value(value);
        });
    }

    fn with_statement(&mut self, statement: &WithStatement<'a>) {
        self.reset_completion();
        let scope = AstScope::of(&statement.scope_id);
        self.scratch(|f| {
            let object = f.temp();
            f.scratch(|f| {
                let value = f.expr(&statement.object);
                f.at(statement.object.span());
                f.op(Op::ToObject, &[object.into(), value.into()]);
            });
            f.in_scope(scope, |f| {
                f.initialize(".with", object, statement.span);
                f.statement(&statement.body);
            });
        });
    }

    // ---- declarations

    pub(crate) fn variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.declare {
            return;
        }
        let is_var = declaration.kind == VariableDeclarationKind::Var;
        let is_using = Self::head_using(Some(declaration)).is_some();
        for declarator in &declaration.declarations {
            self.scratch(|f| match is_using {
                true => f.resource_declarator(declaration, declarator),
                false => f.declarator(declarator, is_var),
            });
        }
    }

    fn resource_declarator(
        &mut self,
        declaration: &VariableDeclaration<'a>,
        declarator: &VariableDeclarator<'a>,
    ) {
        let (Some(init), Some(name)) = (&declarator.init, super::function::pattern_name(&declarator.id))
        else {
            return;
        };
        let value = self.temp();
        self.named_expr_to(init, name, true, value);
        self.add_resource(declaration, value);
        match self.local_register(name) {
            Some(register) => self.move_to(register, value),
            None => self.initialize(name, value, declarator.span),
        }
    }

    fn declarator(&mut self, declarator: &VariableDeclarator<'a>, is_var: bool) {
        let name = super::function::pattern_name(&declarator.id);
        let Some(init) = &declarator.init else {
            // `let x;` is initialised to undefined; `var x;` does nothing.
            if let (false, Some(name)) = (is_var, name) {
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
            return;
        };
        match name {
            Some(name) if is_var => self.assign_var(name, init, declarator),
            Some(name) => match self.local_register(name) {
                Some(register) => self.named_expr_to(init, name, true, register),
                None => {
                    let value = self.named_value(init, name);
                    self.initialize(name, value, declarator.span);
                }
            },
            None => {
                if let BindingPattern::ArrayPattern(pattern) = &declarator.id
                    && self.bind_values(pattern, init, !is_var)
                {
                    return;
                }
                let value = self.expr(init);
                self.bind_pattern(&declarator.id, value, !is_var);
            }
        }
    }

    fn named_value(&mut self, init: &Expression<'a>, name: &str) -> Reg {
        if super::expr::is_anonymous_function(init) {
            return self.anonymous_function(init, name, None, None);
        }
        self.expr(init)
    }

    fn assign_var(&mut self, name: &'a str, init: &Expression<'a>, declarator: &VariableDeclarator<'a>) {
        let resolved = self.resolve(name);
        if resolved.dynamic.is_empty()
            && let super::names::Target::Local(_, register) = resolved.target
        {
            return self.named_expr_to(init, name, true, register);
        }
        self.scratch(|f| {
            let asked = f.ask_all(&resolved, name, false);
            let value = f.named_value(init, name);
            f.write_resolved(&resolved, &asked, name, value, declarator.id.span());
        });
    }

    fn class_declaration(&mut self, class: &Class<'a>) {
        if class.declare {
            return;
        }
        let Some(id) = &class.id else { return };
        self.scratch(|f| {
            let value = f.class(class, id.name.as_str(), None, None);
            f.initialize(id.name.as_str(), value, class.span);
        });
    }

    /// A function declared in a block is also assigned to a `var` when the declaration is reached (B.3.2).
    fn annex_b_function(&mut self, function: &Function<'a>) {
        if !self.unit.analysis.annex_b.contains(&function.span.start) {
            return;
        }
        let Some(id) = &function.id else { return };
        let name = id.name.as_str();
        self.scratch(|f| {
            let value = f.read_name(name, id.span, None);
            f.write_outer_var(name, value, id.span);
        });
    }

    /// Assigns to the `var` of that name outside the blocks around.
    fn write_outer_var(&mut self, name: &'a str, value: Reg, span: Span) {
        let current = self.scope;
        let mut scope = self.scope;
        while !self.unit.analysis.scope(scope).is_var_scope {
            match self.unit.analysis.scope(scope).parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        self.scope = scope;
        let resolved = self.resolve(name);
        self.scratch(|f| {
            let asked = f.ask_all(&resolved, name, false);
            f.write_resolved(&resolved, &asked, name, value, span);
        });
        self.scope = current;
    }

    // ---- switch

    fn switch_statement(&mut self, statement: &SwitchStatement<'a>) {
        self.reset_completion();
        let labels = std::mem::take(&mut self.pending_labels);
        let scope = AstScope::of(&statement.scope_id);
        self.scratch(|f| {
            let value = f.expr_copy(&statement.discriminant);
            let break_label = f.code.label();
            let depth = f.control.len();
            f.control.push(Control::Block { labels, break_label, is_switch: true });
            f.in_scope(scope, |f| {
                for case in &statement.cases {
                    f.hoist_functions(&case.consequent);
                }
                let bodies: Vec<Label> = statement.cases.iter().map(|_| f.code.label()).collect();
                f.switch_tests(statement, value, &bodies);
                let default = statement.cases.iter().position(|case| case.test.is_none());
                f.code.jump(default.map_or(break_label, |i| bodies[i]));
                for (case, &body) in statement.cases.iter().zip(&bodies) {
                    f.code.bind(body);
                    f.statements(&case.consequent);
                }
            });
            f.control.truncate(depth);
            f.code.bind(break_label);
        });
    }

    fn switch_tests(&mut self, statement: &SwitchStatement<'a>, value: Reg, bodies: &[Label]) {
        let ints: Vec<(usize, i32)> = statement
            .cases
            .iter()
            .enumerate()
            .filter_map(|(i, case)| case.test.as_ref().map(|test| (i, test)))
            .map_while(|(i, test)| immediate(test).map(|int| (i, int)))
            .collect();
        let tests = statement.cases.iter().filter(|case| case.test.is_some()).count();
        if ints.len() == tests {
            // A number that is no int32 (1.0 as a double) falls through to the comparisons.
            self.switch_table(&ints, value, bodies);
        }
        for (case, &body) in statement.cases.iter().zip(bodies) {
            let Some(test) = &case.test else { continue };
            self.scratch(|f| match immediate(test) {
                Some(int) => f.code.jump_if(Op::JumpIfStrictEqualI, &[value.into(), int.into()], body),
                None => {
                    let right = f.expr(test);
                    f.code.jump_if(Op::JumpIfStrictEqual, &[value.into(), right.into()], body);
                }
            });
        }
    }

    /// A jump table over int32 cases, where they lie close together.
    fn switch_table(&mut self, cases: &[(usize, i32)], value: Reg, bodies: &[Label]) {
        let (Some(low), Some(high)) = (cases.iter().map(|c| c.1).min(), cases.iter().map(|c| c.1).max())
        else {
            return;
        };
        let span = i64::from(high) - i64::from(low) + 1;
        if cases.len() < TABLE_CASES || span > TABLE_SPREAD * cases.len() as i64 {
            return;
        }
        let miss = self.code.label();
        let mut entries = vec![table_entry(miss); span as usize];
        for &(index, int) in cases.iter().rev() {
            entries[(i64::from(int) - i64::from(low)) as usize] = table_entry(bodies[index]);
        }
        entries.insert(0, low as u32);
        let list = self.unit.list(entries);
        let table = self.code.own_constant(Constant::JumpTable(list));
        self.op(Op::Switch, &[value.into(), table]);
        self.code.bind(miss);
    }
}
