//! Loops.

use oxc_ast::ast::*;
use oxc_span::GetSpan;
use tvm_bytecode::Op;

use super::Function as Emitter;
use super::control::Control;
use super::core::{Label, Reg};
use crate::scope::ScopeId as AstScope;

impl<'a> Emitter<'_, 'a> {
    /// Compiles a loop's body as the target of `break` and `continue`. `break` leaves everything above `depth`.
    fn loop_body(&mut self, body: &Statement<'a>, break_label: Label, continue_label: Label, depth: usize) {
        let labels = std::mem::take(&mut self.pending_labels);
        self.loop_body_with(labels, body, break_label, continue_label, depth);
    }

    fn loop_body_with(
        &mut self,
        labels: Vec<&'a str>,
        body: &Statement<'a>,
        break_label: Label,
        continue_label: Label,
        break_depth: usize,
    ) {
        let depth = self.control.len();
        self.control.push(Control::Loop { labels, break_label, continue_label, break_depth });
        self.statement(body);
        self.control.truncate(depth);
    }

    pub(crate) fn while_statement(&mut self, statement: &WhileStatement<'a>) {
        self.reset_completion();
        let (body, next, end) = (self.code.label(), self.code.label(), self.code.label());
        let depth = self.control.len();
        // The test stands at the end: one jump an iteration.
        self.code.jump(next);
        self.code.bind(body);
        self.loop_body(&statement.body, end, next, depth);
        self.code.bind(next);
        self.branch(&statement.test, body, true);
        self.code.bind(end);
    }

    pub(crate) fn do_while_statement(&mut self, statement: &DoWhileStatement<'a>) {
        self.reset_completion();
        let (next, end) = (self.code.label(), self.code.label());
        let depth = self.control.len();
        let body = self.code.label_here();
        self.loop_body(&statement.body, end, next, depth);
        self.code.bind(next);
        self.branch(&statement.test, body, true);
        self.code.bind(end);
    }

    pub(crate) fn for_statement(&mut self, statement: &ForStatement<'a>) {
        let labels = std::mem::take(&mut self.pending_labels);
        let scope = AstScope::of(&statement.scope_id);
        let declaration = match &statement.init {
            Some(ForStatementInit::VariableDeclaration(declaration)) => Some(&**declaration),
            _ => None,
        };
        let resources = Self::head_using(declaration);
        self.in_scope(scope, |f| match resources {
            Some(is_async) => f.with_resources(is_async, |f| f.for_in_scope(statement, scope, labels)),
            None => f.for_in_scope(statement, scope, labels),
        });
    }

    fn for_in_scope(&mut self, statement: &ForStatement<'a>, scope: AstScope, labels: Vec<&'a str>) {
        match &statement.init {
            Some(ForStatementInit::VariableDeclaration(declaration)) => {
                self.variable_declaration(declaration)
            }
            Some(init) => {
                if let Some(e) = init.as_expression() {
                    self.effect(e);
                }
            }
            None => {}
        }
        self.reset_completion();
        let (body, next, test, end) =
            (self.code.label(), self.code.label(), self.code.label(), self.code.label());
        let depth = self.control.len();
        self.copy_iteration(scope);
        if statement.test.is_some() {
            self.code.jump(test);
        }
        self.code.bind(body);
        self.loop_body_with(labels, &statement.body, end, next, depth);
        self.code.bind(next);
        self.copy_iteration(scope);
        if let Some(update) = &statement.update {
            self.effect(update);
        }
        self.code.bind(test);
        match &statement.test {
            Some(condition) => self.branch(condition, body, true),
            None => self.code.jump(body),
        }
        self.code.bind(end);
    }

    /// Gives the next iteration its own copy of captured loop variables (CreatePerIterationEnvironment, 14.7.4.4).
    fn copy_iteration(&mut self, scope: AstScope) {
        if let Some(register) = self.envs.iter().find(|env| env.0 == scope).map(|env| env.1) {
            self.op(Op::CopyScope, &[register.into(), register.into()]);
        }
    }

    pub(crate) fn for_in_statement(&mut self, statement: &ForInStatement<'a>) {
        let labels = std::mem::take(&mut self.pending_labels);
        let scope = AstScope::of(&statement.scope_id);
        self.in_scope(scope, |f| {
            f.annex_b_initializer(&statement.left);
            let keys = f.temp();
            f.scratch(|f| {
                let object = f.expr(&statement.right);
                f.at(statement.right.span());
                f.op(Op::ForInStart, &[keys.into(), object.into()]);
            });
            f.reset_completion();
            let (next, end) = (f.code.label(), f.code.label());
            let depth = f.control.len();
            f.code.bind(next);
            f.fresh_iteration(scope);
            f.scratch(|f| {
                let key = f.head_register(&statement.left);
                f.code.jump_if(Op::ForInNext, &[key.into(), keys.into()], end);
                f.bind_head(&statement.left, key);
            });
            f.loop_body_with(labels, &statement.body, end, next, depth);
            f.code.jump(next);
            f.code.bind(end);
        });
    }

    /// `for (var x = 1 in o)`, sloppy code only (B.3.5).
    fn annex_b_initializer(&mut self, left: &ForStatementLeft<'a>) {
        if let ForStatementLeft::VariableDeclaration(declaration) = left
            && declaration.declarations.iter().any(|d| d.init.is_some())
        {
            self.variable_declaration(declaration);
        }
    }

    /// A new scope object for the next iteration, its names in their dead zone.
    fn fresh_iteration(&mut self, scope: AstScope) {
        if self.envs.iter().any(|env| env.0 == scope) {
            self.make_env(scope);
        }
    }

    /// Where an iteration's value goes: straight into a plain variable's register, else into a temporary.
    fn head_register(&mut self, left: &ForStatementLeft<'a>) -> Reg {
        if let ForStatementLeft::VariableDeclaration(declaration) = left
            && let Some(BindingPattern::BindingIdentifier(id)) =
                declaration.declarations.first().map(|d| &d.id)
        {
            let name = id.name.as_str();
            if declaration.kind == VariableDeclarationKind::Var {
                let resolved = self.resolve(name);
                if let (true, super::names::Target::Local(_, register)) =
                    (resolved.dynamic.is_empty(), resolved.target)
                {
                    return register;
                }
            } else if let Some(register) = self.local_register(name) {
                return register;
            }
        }
        self.temp()
    }

    fn bind_head(&mut self, left: &ForStatementLeft<'a>, value: Reg) {
        match left {
            ForStatementLeft::VariableDeclaration(declaration) => {
                let Some(declarator) = declaration.declarations.first() else { return };
                let is_var = declaration.kind == VariableDeclarationKind::Var;
                let bound =
                    matches!(declarator.id, BindingPattern::BindingIdentifier(_)) && self.is_local(value);
                if !bound {
                    self.bind_pattern(&declarator.id, value, !is_var);
                }
            }
            left => {
                if let Some(target) = left.as_assignment_target() {
                    self.scratch(|f| f.assign_pattern(target, value));
                }
            }
        }
    }

    pub(crate) fn for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        if statement.r#await {
            return self.for_await_statement(statement);
        }
        let labels = std::mem::take(&mut self.pending_labels);
        let scope = AstScope::of(&statement.scope_id);
        self.in_scope(scope, |f| {
            let record = f.code.alloc_many(3);
            f.scratch(|f| {
                let iterable = f.expr(&statement.right);
                f.at(statement.right.span());
                f.quote(statement.right.span());
                f.op(Op::GetIterator, &[record.into(), iterable.into()]);
                f.op(Op::IteratorMethod, &[record.into()]);
            });
            f.reset_completion();
            let (next, end, handler) = (f.code.label(), f.code.label(), f.code.label());
            let depth = f.control.len();
            f.code.bind(next);
            f.fresh_iteration(scope);
            f.scratch(|f| {
                let value = f.head_register(&statement.left);
                let exception = f.temp();
                f.code.jump_if(Op::IteratorNext, &[value.into(), record.into()], end);
                f.push_iterator_cleanup(record, None);
                let region = f.open_region(handler, exception);
                f.of_body(statement, labels, value, (end, next, depth));
                f.close_region(region);
                f.pop_control(depth);
                f.code.jump(next);
                f.code.bind(handler);
                f.op(Op::IteratorClose, &[record.into(), 1]);
                f.op(Op::Throw, &[exception.into()]);
            });
            f.code.bind(end);
        });
    }

    /// One iteration: binds the value and runs the body; a resource in the head is disposed of behind it.
    fn of_body(
        &mut self,
        statement: &ForOfStatement<'a>,
        labels: Vec<&'a str>,
        value: Reg,
        (break_label, continue_label, break_depth): (Label, Label, usize),
    ) {
        let declaration = match &statement.left {
            ForStatementLeft::VariableDeclaration(declaration) => Some(&**declaration),
            _ => None,
        };
        let (Some(is_async), Some(declaration)) = (Self::head_using(declaration), declaration) else {
            self.bind_head(&statement.left, value);
            return self.loop_body_with(labels, &statement.body, break_label, continue_label, break_depth);
        };
        // `continue` leaves the iteration, and so its resource: the loop stands outside.
        let depth = self.control.len();
        self.control.push(Control::Loop { labels, break_label, continue_label, break_depth });
        self.with_resources(is_async, |f| {
            f.add_resource(declaration, value);
            f.bind_head(&statement.left, value);
            f.statement(&statement.body);
        });
        self.control.truncate(depth);
    }

    fn for_await_statement(&mut self, statement: &ForOfStatement<'a>) {
        let labels = std::mem::take(&mut self.pending_labels);
        let scope = AstScope::of(&statement.scope_id);
        self.in_scope(scope, |f| {
            let parts = f.code.alloc_many(2);
            f.scratch(|f| {
                let record = f.code.alloc_many(3);
                let iterable = f.expr(&statement.right);
                f.at(statement.right.span());
                f.quote(statement.right.span());
                f.op(Op::GetAsyncIterator, &[record.into(), iterable.into()]);
                f.op(Op::IteratorMethod, &[record.into()]);
                f.op(Op::IteratorParts, &[parts.into(), record.into()]);
            });
            f.reset_completion();
            let (next, end, handler) = (f.code.label(), f.code.label(), f.code.label());
            let depth = f.control.len();
            f.code.bind(next);
            f.fresh_iteration(scope);
            f.scratch(|f| {
                let value = f.head_register(&statement.left);
                let exception = f.temp();
                f.async_next(parts, value, end);
                f.control.push(Control::AsyncIterator { parts });
                let region = f.open_region(handler, exception);
                f.of_body(statement, labels, value, (end, next, depth));
                f.close_region(region);
                f.pop_control(depth);
                f.code.jump(next);
                f.code.bind(handler);
                f.close_async_iterator_quietly(parts);
                f.op(Op::Throw, &[exception.into()]);
            });
            f.code.bind(end);
        });
    }
}
