//! `using` and `await using`: resources that are disposed of on every way out of a block.
//!
//! A statement list with such declarations keeps its resources in a list (an array that no guest code sees) and runs
//! within a `finally` that disposes of them, last first. What that does is the library's (`disposal` in
//! `library/disposable.js`), a step at a time, so that an asynchronous disposal is awaited here.

use oxc_ast::ast::*;
use tvm_bytecode::Op;
use tvm_bytecode::data::DisposeAction;

use super::Function as Emitter;
use super::control::{Control, FINALLY_NORMAL, FINALLY_THROW};
use super::core::Reg;

/// Whether a declaration is one of the two kinds.
fn is_using(declaration: &VariableDeclaration<'_>) -> bool {
    matches!(declaration.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing)
}

/// Whether a statement list has such declarations, and whether one of them is asynchronous.
fn using_in(statements: &[Statement<'_>]) -> Option<bool> {
    let kinds = statements.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(declaration) if is_using(declaration) => Some(declaration.kind),
        _ => None,
    });
    kinds.fold(None, |found, kind| Some(found == Some(true) || kind == VariableDeclarationKind::AwaitUsing))
}

impl<'a> Emitter<'_, 'a> {
    /// Compiles a statement list, and what disposes of its resources.
    pub(crate) fn statements(&mut self, statements: &[Statement<'a>]) {
        match using_in(statements) {
            None => self.plain_statements(statements),
            Some(is_async) => self.with_resources(is_async, |f| f.plain_statements(statements)),
        }
    }

    /// What a loop's head declares, if it is a resource; true where it is asynchronous.
    pub(crate) fn head_using(declaration: Option<&VariableDeclaration<'a>>) -> Option<bool> {
        declaration
            .filter(|declaration| is_using(declaration))
            .map(|declaration| declaration.kind == VariableDeclarationKind::AwaitUsing)
    }

    /// Runs `body` with a list of resources that are disposed of behind it.
    pub(crate) fn with_resources(&mut self, is_async: bool, body: impl FnOnce(&mut Self)) {
        self.scratch(|f| {
            let list = f.temp();
            f.op(Op::NewArray, &[list.into(), 0]);
            f.resources.push(list);
            f.try_finally_with(body, |f, kind, value| f.dispose(list, kind, value, is_async));
            f.resources.pop();
        });
    }

    /// Adds a declared value to the innermost list.
    pub(crate) fn add_resource(&mut self, declaration: &VariableDeclaration<'a>, value: Reg) {
        let Some(&list) = self.resources.last() else {
            return self.fail(declaration.span, "'using' declarations are not allowed here");
        };
        let is_async = declaration.kind == VariableDeclarationKind::AwaitUsing;
        let action = if is_async { DisposeAction::AddAsync } else { DisposeAction::Add };
        self.at(declaration.span);
        self.disposal(list, value, action, None);
    }

    fn disposal(&mut self, list: Reg, value: Reg, action: DisposeAction, dst: Option<Reg>) {
        self.scratch(|f| {
            let dst = dst.unwrap_or_else(|| f.temp());
            f.op(Op::Dispose, &[dst.into(), list.into(), value.into(), action as i64]);
        });
    }

    /// The body of the `finally`: `kind` and `value` are how the statements were left.
    fn dispose(&mut self, list: Reg, kind: Reg, value: Reg, is_async: bool) {
        let (normal, start) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[kind.into(), FINALLY_THROW.into()], normal);
        self.disposal(list, value, DisposeAction::StartFailed, None);
        self.code.jump(start);
        self.code.bind(normal);
        self.disposal(list, list, DisposeAction::Start, None);
        self.code.bind(start);
        if is_async {
            self.dispose_awaiting(list);
        } else {
            self.disposal(list, list, DisposeAction::All, None);
        }
        self.disposal(list, list, DisposeAction::Finish, None);
    }

    /// Disposes step by step: a step that must be waited for gives an array with what to await.
    fn dispose_awaiting(&mut self, list: Reg) {
        self.scratch(|f| {
            let (step, index, exception) = (f.temp(), f.temp(), f.temp());
            let (end, handler) = (f.code.label(), f.code.label());
            let again = f.code.label_here();
            f.disposal(list, list, DisposeAction::Next, Some(step));
            f.code.jump_if(Op::JumpIfUndefined, &[step.into()], end);
            f.op(Op::LoadInt, &[index.into(), 0]);
            f.op(Op::GetElem, &[step.into(), step.into(), index.into()]);
            let region = f.open_region(handler, exception);
            f.await_value(step, step);
            f.close_region(region);
            f.code.jump(again);
            f.code.bind(handler);
            f.disposal(list, exception, DisposeAction::Failed, None);
            f.code.jump(again);
            f.code.bind(end);
        });
    }

    /// As `try_finally`, for a finalizer that looks at how the body was left.
    fn try_finally_with(
        &mut self,
        body: impl FnOnce(&mut Self),
        finalizer: impl FnOnce(&mut Self, Reg, Reg),
    ) {
        self.scratch(|f| {
            let (kind, value) = (f.temp(), f.temp());
            let (entry, handler) = (f.code.label(), f.code.label());
            f.load_undefined(value);
            let depth = f.control.len();
            f.control.push(Control::Finally { entry, kind, value, exits: Vec::new() });
            let region = f.open_region(handler, value);
            body(f);
            f.close_region(region);
            f.op(Op::LoadInt, &[kind.into(), FINALLY_NORMAL.into()]);
            f.code.jump(entry);
            f.code.bind(handler);
            f.op(Op::LoadInt, &[kind.into(), FINALLY_THROW.into()]);
            f.code.bind(entry);
            let exits = match f.control.pop() {
                Some(Control::Finally { exits, .. }) => exits,
                _ => Vec::new(),
            };
            f.control.push(Control::FinallyBody);
            finalizer(f, kind, value);
            f.control.truncate(depth);
            f.dispatch_exits(kind, value, &exits);
        });
    }

    /// Compiles `body`, and `finalizer` on every way out of it.
    pub(crate) fn try_finally(&mut self, body: impl FnOnce(&mut Self), finalizer: impl FnOnce(&mut Self)) {
        self.try_finally_with(body, |f, _, _| finalizer(f));
    }
}
