//! Generators and async functions: `yield`, `await`, coroutines, asynchronous iteration.

use oxc_ast::ast::*;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::{Label, Reg};
use super::function::{is_async, is_async_generator, is_generator};

/// An async function's coroutine and the handler that rejects its promise.
pub(crate) struct Coroutine {
    region: usize,
    handler: Label,
    exception: Reg,
}

impl<'a> Emitter<'_, 'a> {
    /// An async function starts by making its promise; whatever its code throws rejects it.
    pub(crate) fn start_coroutine(&mut self) -> Option<Coroutine> {
        if !is_async(self.kind) {
            return None;
        }
        Some(self.open_coroutine())
    }

    pub(crate) fn open_coroutine(&mut self) -> Coroutine {
        let coroutine = self.temp();
        let exception = self.temp();
        self.op(Op::AsyncStart, &[coroutine.into()]);
        self.coroutine = Some(coroutine);
        let handler = self.code.label();
        let region = self.open_region(handler, exception);
        Coroutine { region, handler, exception }
    }

    pub(crate) fn end_coroutine(&mut self, coroutine: Option<Coroutine>) {
        let Some(Coroutine { region, handler, exception }) = coroutine else { return };
        self.close_region(region);
        self.code.bind(handler);
        if let Some(coroutine) = self.coroutine {
            self.op(Op::AsyncReject, &[coroutine.into(), exception.into()]);
        }
    }

    /// A generator returns its generator object once parameters are bound.
    pub(crate) fn generator_start(&mut self) {
        if is_generator(self.kind) || is_async_generator(self.kind) {
            self.scratch(|f| {
                let ignored = f.temp();
                f.op(Op::InitialYield, &[ignored.into()]);
            });
        }
    }

    pub(crate) fn await_expression(&mut self, e: &AwaitExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let value = self.expr(&e.argument);
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(e.span);
        self.await_value(dst, value);
        dst
    }

    /// `dst = await src`.
    pub(crate) fn await_value(&mut self, dst: Reg, src: Reg) {
        match self.coroutine {
            Some(coroutine) => self.scratch(|f| {
                // `src` may lie where the next temporary would be.
                f.code.reserve_registers(src + 1);
                let promise = f.temp();
                f.op(Op::ToPromise, &[promise.into(), src.into()]);
                f.op(Op::Await, &[dst.into(), coroutine.into(), promise.into()]);
            }),
            None => self.scratch(|f| {
                f.code.reserve_registers(src + 1);
                let pair = f.code.alloc_many(2);
                f.op(Op::Suspend, &[pair.into(), src.into(), SuspendKind::Await as i64]);
                f.move_to(dst, pair);
            }),
        }
    }

    pub(crate) fn yield_expression(&mut self, e: &YieldExpression<'a>, dst: Option<Reg>) -> Reg {
        if e.delegate {
            return self.yield_delegate(e, dst);
        }
        let own = self.own_register(dst);
        self.scratch(|f| {
            let value = match &e.argument {
                Some(argument) => f.expr(argument),
                None => {
                    let undefined = f.temp();
                    f.load_undefined(undefined);
                    undefined
                }
            };
            f.at(e.span);
            if is_async_generator(f.kind) {
                let awaited = f.temp();
                f.await_value(awaited, value);
                f.async_yield(own, awaited);
            } else {
                f.plain_yield(own, value);
            }
        });
        own
    }

    /// Yields; resumed by `return`, leaves the function through everything in force.
    fn plain_yield(&mut self, dst: Reg, value: Reg) {
        let (returns, end) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::Yield, &[dst.into(), value.into()], returns);
        self.code.jump(end);
        self.code.bind(returns);
        self.return_value(dst);
        self.code.bind(end);
    }

    /// AsyncGeneratorYield (27.6.3.8): a `return` resumption is awaited first.
    fn async_yield(&mut self, dst: Reg, value: Reg) {
        self.scratch(|f| {
            let pair = f.code.alloc_many(2);
            f.op(Op::Suspend, &[pair.into(), value.into(), SuspendKind::Yield as i64]);
            f.finish_async_yield(pair, dst);
        });
    }

    fn finish_async_yield(&mut self, pair: Reg, dst: Reg) {
        let (not_return, not_throw) = (self.code.label(), self.code.label());
        let mode = pair + 1;
        let is = |m: ResumeMode| [i64::from(mode), m as i64];
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &is(ResumeMode::Return), not_return);
        self.await_value(dst, pair);
        self.return_value(dst);
        self.code.bind(not_return);
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &is(ResumeMode::Throw), not_throw);
        self.op(Op::Throw, &[pair.into()]);
        self.code.bind(not_throw);
        self.move_to(dst, pair);
    }

    /// `yield*` (15.5.5).
    fn yield_delegate(&mut self, e: &YieldExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        let is_async = is_async_generator(self.kind);
        self.scratch(|f| {
            let (parts, received) = (f.code.alloc_many(2), f.code.alloc_many(2));
            let (iterator, next, mode) = (parts, parts + 1, received + 1);
            f.scratch(|f| {
                let record = f.code.alloc_many(3);
                let iterable = match &e.argument {
                    Some(argument) => f.expr(argument),
                    None => return,
                };
                f.at(e.span);
                let op = if is_async { Op::GetAsyncIterator } else { Op::GetIterator };
                f.op(op, &[record.into(), iterable.into()]);
                f.op(Op::IteratorMethod, &[record.into()]);
                f.op(Op::IteratorParts, &[parts.into(), record.into()]);
            });
            f.load_undefined(received);
            f.op(Op::LoadInt, &[mode.into(), ResumeMode::Next as i64]);
            let result = f.temp();
            let (again, got, finished) = (f.code.label(), f.code.label(), f.code.label());
            f.code.bind(again);
            f.delegate_call(iterator, next, received, result, got, is_async);
            f.code.bind(got);
            if is_async {
                f.await_value(result, result);
            }
            f.op(Op::CheckObject, &[result.into(), CheckMessage::IteratorResult as i64]);
            f.delegate_step(result, received, own, again, finished, is_async);
            f.code.bind(finished);
        });
        own
    }

    /// Forwards a resumption to the inner iterator's method of the same name.
    fn delegate_call(
        &mut self,
        iterator: Reg,
        next: Reg,
        received: Reg,
        result: Reg,
        got: Label,
        is_async: bool,
    ) {
        let mode = i64::from(received + 1);
        let (not_next, not_throw) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[mode, ResumeMode::Next as i64], not_next);
        self.call_with(result, next, iterator, &[received]);
        self.code.jump(got);
        self.code.bind(not_next);
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[mode, ResumeMode::Throw as i64], not_throw);
        self.scratch(|f| {
            let (method, missing) = (f.temp(), f.code.label());
            let name = f.string_constant("throw");
            f.op(Op::GetProp, &[method.into(), iterator.into(), name]);
            f.code.jump_if(Op::JumpIfNullish, &[method.into()], missing);
            f.call_with(result, method, iterator, &[received]);
            f.code.jump(got);
            f.code.bind(missing);
            // An iterator without `throw` is closed before the error.
            if is_async {
                f.close_async_iterator(iterator);
            } else {
                f.close_by_method(iterator, false);
            }
            f.throw_error(ErrorKind::TypeError, "The iterator does not provide a 'throw' method");
        });
        self.code.bind(not_throw);
        self.scratch(|f| {
            let (method, call) = (f.temp(), f.code.label());
            let name = f.string_constant("return");
            f.op(Op::GetProp, &[method.into(), iterator.into(), name]);
            f.code.jump_if(Op::JumpIfNotNullish, &[method.into()], call);
            if is_async {
                f.await_value(received, received);
            }
            f.return_value(received);
            f.code.bind(call);
            f.call_with(result, method, iterator, &[received]);
        });
    }

    /// Looks at the inner result: done ends the delegation, else it is yielded.
    fn delegate_step(
        &mut self,
        result: Reg,
        received: Reg,
        dst: Reg,
        again: Label,
        finished: Label,
        is_async: bool,
    ) {
        let mode = received + 1;
        let (done_name, value_name) = (self.string_constant("done"), self.string_constant("value"));
        let not_done = self.code.label();
        self.scratch(|f| {
            let done = f.temp();
            f.op(Op::GetProp, &[done.into(), result.into(), done_name]);
            f.code.jump_if(Op::JumpIfFalse, &[done.into()], not_done);
        });
        self.op(Op::GetProp, &[dst.into(), result.into(), value_name]);
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[mode.into(), ResumeMode::Return as i64], finished);
        self.return_value(dst);
        self.code.bind(not_done);
        if is_async {
            self.scratch(|f| {
                let value = f.temp();
                f.op(Op::GetProp, &[value.into(), result.into(), value_name]);
                f.op(Op::Suspend, &[received.into(), value.into(), SuspendKind::Yield as i64]);
                f.await_delegated_return(received);
            });
        } else {
            self.op(Op::Suspend, &[received.into(), result.into(), SuspendKind::Delegate as i64]);
        }
        self.code.jump(again);
    }

    /// In an async generator a `return` resumption is awaited before it is forwarded; a rejection becomes a throw.
    fn await_delegated_return(&mut self, received: Reg) {
        let mode = received + 1;
        let (end, handler) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::JumpIfStrictNotEqualI, &[mode.into(), ResumeMode::Return as i64], end);
        self.scratch(|f| {
            let exception = f.temp();
            let region = f.open_region(handler, exception);
            f.await_value(received, received);
            f.close_region(region);
            f.code.jump(end);
            f.code.bind(handler);
            f.move_to(received, exception);
            f.op(Op::LoadInt, &[mode.into(), ResumeMode::Throw as i64]);
        });
        self.code.bind(end);
    }

    /// One step of `for await`: `dst` = the next value, or goes to `end`.
    pub(crate) fn async_next(&mut self, parts: Reg, dst: Reg, end: Label) {
        self.scratch(|f| {
            let (result, done) = (f.temp(), f.temp());
            f.call_with(result, parts + 1, parts, &[]);
            f.await_value(result, result);
            f.op(Op::CheckObject, &[result.into(), CheckMessage::IteratorResult as i64]);
            let (done_name, value_name) = (f.string_constant("done"), f.string_constant("value"));
            f.op(Op::GetProp, &[done.into(), result.into(), done_name]);
            f.code.jump_if(Op::JumpIfTrue, &[done.into()], end);
            f.op(Op::GetProp, &[dst.into(), result.into(), value_name]);
        });
    }

    /// AsyncIteratorClose (7.4.13) for a completion that is no throw.
    pub(crate) fn close_async_iterator(&mut self, iterator: Reg) {
        self.close_by_method(iterator, true);
    }

    fn close_by_method(&mut self, iterator: Reg, is_async: bool) {
        self.scratch(|f| {
            let (method, result, end) = (f.temp(), f.temp(), f.code.label());
            let name = f.string_constant("return");
            f.op(Op::GetProp, &[method.into(), iterator.into(), name]);
            f.code.jump_if(Op::JumpIfNullish, &[method.into()], end);
            f.call_with(result, method, iterator, &[]);
            if is_async {
                f.await_value(result, result);
            }
            f.op(Op::CheckObject, &[result.into(), CheckMessage::IteratorResult as i64]);
            f.code.bind(end);
        });
    }

    /// AsyncIteratorClose for a throw completion: what closing throws is dropped.
    pub(crate) fn close_async_iterator_quietly(&mut self, iterator: Reg) {
        self.scratch(|f| {
            let (ignored, handler, end) = (f.temp(), f.code.label(), f.code.label());
            let region = f.open_region(handler, ignored);
            f.scratch(|f| {
                let (method, result) = (f.temp(), f.temp());
                let name = f.string_constant("return");
                f.op(Op::GetProp, &[method.into(), iterator.into(), name]);
                f.code.jump_if(Op::JumpIfNullish, &[method.into()], end);
                f.call_with(result, method, iterator, &[]);
                f.await_value(result, result);
            });
            f.close_region(region);
            f.code.bind(handler);
            f.code.bind(end);
        });
    }
}
