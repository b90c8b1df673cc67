//! Promises (27.2): states, reactions and jobs, as far as no guest code runs.
//!
//! A pending promise keeps its reactions in a list. A reaction is a tuple: handlers for both outcomes and the promise
//! (or its resolving functions) that the handler's result goes to; or, with word 1, the coroutine of an async
//! function, which is resumed. Jobs are tuples in the queue of the isolate: a function and its arguments; with
//! word 1 a coroutine, a value and a mode.

use tvm_bytecode::data::ResumeMode;

use super::args::JsResult;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;

/// States of a promise.
pub mod promise_state {
    /// Not settled.
    pub const PENDING: u32 = 0;
    /// Fulfilled with its result.
    pub const FULFILLED: u32 = 1;
    /// Rejected with its result.
    pub const REJECTED: u32 = 2;
}

/// Word of a reaction or job that resumes a coroutine.
pub const COROUTINE: u32 = 1;

impl<'s> Cx<'s> {
    /// The queue that jobs of a function, or of a coroutine, go to.
    pub fn jobs_for(&self, runs: Value<'_>) -> Local<'s, List> {
        if self.vm.contexts {
            let function = match runs.cast::<Coroutine>(self) {
                Some(coroutine) => {
                    coroutine.frame(self).and_then(|saved| saved.at(self, 0).cast::<Function>(self))
                }
                None => runs.cast::<Function>(self),
            };
            let own = function.map(|f| f.template(self).realm(self).intrinsic(self, Intrinsic::ContextJobs));
            if let Some(jobs) = own.and_then(|jobs| jobs.cast::<List>(self)) {
                return jobs.root(self);
            }
        }
        self.root_cell::<List>(Root::Jobs).root(self)
    }

    /// A pending promise of the running realm.
    pub fn new_promise(&mut self) -> JsResult<'s> {
        let object = self.new_kind(kind::Promise, Intrinsic::PromisePrototype)?;
        self.init_promise(object);
        Ok(object.any())
    }

    /// Makes the fields of a new promise object.
    pub fn init_promise(&mut self, object: Local<'_, Object>) {
        if let Some(promise) = object.get(self).cast::<Promise>() {
            promise.set_result(self, Value::UNDEFINED);
            promise.set_reactions(self, Value::UNDEFINED);
        }
    }

    /// FulfillPromise (27.2.1.4); nothing where it is settled already.
    pub fn fulfill_promise(&mut self, promise: Local<'_>, value: Local<'_>) -> JsResult<'s, ()> {
        self.settle(promise, value, promise_state::FULFILLED)
    }

    /// RejectPromise (27.2.1.7).
    pub fn reject_promise(&mut self, promise: Local<'_>, reason: Local<'_>) -> JsResult<'s, ()> {
        let Some(cell) = promise.value(self).cast::<Promise>(self) else { return Ok(()) };
        if cell.state() != promise_state::PENDING {
            return Ok(());
        }
        if cell.handled() == 0 {
            let rejections = self.root_cell::<List>(Root::Rejections).root(self);
            self.list_push(rejections, promise)?;
        }
        self.settle(promise, reason, promise_state::REJECTED)
    }

    fn settle(&mut self, promise: Local<'_>, value: Local<'_>, state: u32) -> JsResult<'s, ()> {
        let Some(cell) = promise.value(self).cast::<Promise>(self) else { return Ok(()) };
        if cell.state() != promise_state::PENDING {
            return Ok(());
        }
        let reactions = cell.reactions().root(self);
        cell.set_state(state);
        cell.set_result(self, value.value(self));
        cell.set_reactions(self, Value::UNDEFINED);
        let Some(list) = reactions.cast::<List>(self) else { return Ok(()) };
        for i in 0..list.get(self).length() as usize {
            self.scope(|cx| {
                let Some(reaction) = list.get(cx).item(cx, i).cast::<Tuple>(cx) else { return Ok(()) };
                let reaction = reaction.root(cx);
                cx.queue_reaction(reaction, value, state)
            })?;
        }
        Ok(())
    }

    /// NewPromiseReactionJob (27.2.2.1), queued.
    fn queue_reaction(
        &mut self,
        reaction: Local<'_, Tuple>,
        value: Local<'_>,
        state: u32,
    ) -> JsResult<'s, ()> {
        let fulfilled = state == promise_state::FULFILLED;
        if reaction.get(self).word() == COROUTINE {
            let jobs = self.jobs_for(reaction.get(self).at(self, 0));
            let mode = if fulfilled { ResumeMode::Next } else { ResumeMode::Throw };
            let coroutine = reaction.get(self).at(self, 0).root(self);
            let mode = self.local(Value::int(mode as i32));
            let job = self.tuple(&[coroutine, value, mode])?;
            job.get(self).set_word(COROUTINE);
            return self.list_push(jobs, job.any());
        }
        let cell = reaction.get(self);
        let handler = cell.at(self, if fulfilled { 0 } else { 1 }).root(self);
        let jobs = self.jobs_for(handler.value(self));
        let [promise, resolve, reject] = [2, 3, 4].map(|i| reaction.get(self).at(self, i).root(self));
        let failed = self.boolean(!fulfilled);
        let function = self.library_function(lib::reactionJob)?;
        let job = self.tuple(&[function.any(), handler, value, failed, promise, resolve, reject])?;
        self.list_push(jobs, job.any())
    }

    /// PerformPromiseThen (27.2.5.4.1): handlers may be undefined; the result goes to `promise`, or by the resolving
    /// functions where those are given.
    pub fn promise_then(
        &mut self,
        promise: Local<'_>,
        on_fulfilled: Local<'_>,
        on_rejected: Local<'_>,
        capability: [Local<'_>; 3],
    ) -> JsResult<'s, ()> {
        let [result, resolve, reject] = capability;
        let reaction = self.tuple(&[on_fulfilled, on_rejected, result, resolve, reject])?;
        self.add_reaction(promise, reaction)
    }

    /// Has a coroutine resumed when a promise settles.
    pub fn promise_await(&mut self, promise: Local<'_>, coroutine: Local<'_>) -> JsResult<'s, ()> {
        let reaction = self.tuple(&[coroutine])?;
        reaction.get(self).set_word(COROUTINE);
        self.add_reaction(promise, reaction)
    }

    fn add_reaction(&mut self, promise: Local<'_>, reaction: Local<'_, Tuple>) -> JsResult<'s, ()> {
        let Some(cell) = promise.value(self).cast::<Promise>(self) else {
            return Err(self.bug("a reaction to what is no promise"));
        };
        cell.set_handled(1);
        let state = cell.state();
        if state != promise_state::PENDING {
            let value = cell.result().root(self);
            return self.queue_reaction(reaction, value, state);
        }
        let list = match cell.reactions().cast::<List>(self) {
            Some(list) => list.root(self),
            None => {
                let list = self.new_list()?;
                if let Some(cell) = promise.value(self).cast::<Promise>(self) {
                    cell.set_reactions(self, list.value(self));
                }
                list
            }
        };
        self.list_push(list, reaction.any())
    }
}
