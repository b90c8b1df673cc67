//! `try`, `catch`, `finally`.

use oxc_ast::ast::*;
use tvm_bytecode::Op;

use super::Function as Emitter;
use super::control::{Control, Exit, FINALLY_NORMAL, FINALLY_THROW};
use super::core::Reg;
use crate::scope::ScopeId as AstScope;

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn try_statement(&mut self, statement: &TryStatement<'a>) {
        self.reset_completion();
        match (&statement.handler, &statement.finalizer) {
            (Some(handler), None) => self.try_catch(&statement.block, handler),
            (handler, Some(finalizer)) => {
                self.try_finally(
                    |f| match handler {
                        Some(handler) => f.try_catch(&statement.block, handler),
                        None => f.block(&statement.block),
                    },
                    |f| f.finalizer(finalizer),
                );
            }
            (None, None) => self.block(&statement.block),
        }
    }

    fn try_catch(&mut self, block: &BlockStatement<'a>, clause: &CatchClause<'a>) {
        self.scratch(|f| {
            let exception = f.temp();
            let (handler, end) = (f.code.label(), f.code.label());
            let region = f.open_region(handler, exception);
            f.block(block);
            f.close_region(region);
            f.code.jump(end);
            f.code.bind(handler);
            f.reset_completion();
            let scope = AstScope::of(&clause.scope_id);
            f.in_scope(scope, |f| {
                if let Some(parameter) = &clause.param {
                    f.bind_pattern(&parameter.pattern, exception, true);
                }
                f.block(&clause.body);
            });
            f.code.bind(end);
        });
    }

    /// The finally block's own completion value counts only where it completes abruptly.
    fn finalizer(&mut self, block: &BlockStatement<'a>) {
        match self.completion {
            Some(completion) => self.scratch(|f| {
                let kept = f.temp();
                f.move_to(kept, completion);
                f.load_undefined(completion);
                f.block(block);
                f.move_to(completion, kept);
            }),
            None => self.block(block),
        }
    }

    /// Compiles `body`, and `finalizer` on every way out of it.
    pub(crate) fn try_finally(&mut self, body: impl FnOnce(&mut Self), finalizer: impl FnOnce(&mut Self)) {
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
            finalizer(f);
            f.control.truncate(depth);
            f.dispatch_exits(kind, value, &exits);
        });
    }

    /// Behind a `finally` block: goes on to where the control flow was on its way.
    fn dispatch_exits(&mut self, kind: Reg, value: Reg, exits: &[Exit]) {
        let next = self.code.label();
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[kind.into(), FINALLY_THROW.into()], next);
        self.op(Op::Throw, &[value.into()]);
        self.code.bind(next);
        for (number, &exit) in exits.iter().enumerate() {
            let next = self.code.label();
            self.code.jump_if(Op::JumpIfStrictNotEqualI, &[kind.into(), number as i64], next);
            self.exit(exit, (exit == Exit::Return).then_some(value));
            self.code.bind(next);
        }
    }
}
