//! `try`, `catch`, `finally`.

use oxc_ast::ast::*;
use tvm_bytecode::Op;

use super::Function as Emitter;
use super::control::{Exit, FINALLY_THROW};
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

    /// Behind a `finally` block: goes on to where the control flow was on its way.
    pub(super) fn dispatch_exits(&mut self, kind: Reg, value: Reg, exits: &[Exit]) {
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
