//! What stands behind isolates and contexts: the isolate itself, and how it is entered, called, answered and ended.
//!
//! Every call is a turn (`fiber/turn.rs`). A program that calls a function of the embedder's stops at a safepoint; the
//! turn comes out here, the closure is called with a context that leads back to the isolate, and the turn goes on with
//! the answer. Such a closure may begin turns of its own, which stand above; only these nest on the native stack, and
//! their depth is bounded.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tvm_runtime::base::exit::{Exit, Termination};
use tvm_runtime::base::vm::Limits;
use tvm_runtime::builtins::embedding::HostCall;
use tvm_runtime::fiber::Stop;
use tvm_runtime::fiber::turn::{Callee, Held};
use tvm_runtime::heap::parcel::Parcel;
use tvm_runtime::heap::roots::Persistent;
use tvm_runtime::heap::{self, Cx};

use super::completer::{Completer, FutureWaker};
use super::context::Context;
use super::engine::Engine;
use super::error::{Error, LimitError, LimitKind, Result, Thrown};
use super::function::{Arguments, BoxFuture, Fault, HostError, HostFunction};
use super::shared::Shared;
use super::value::{Raw, Value};

/// How deep turns may nest: each takes native stack.
pub(crate) const NESTING: u32 = 32;

/// An isolate with all that its embedder gave it.
pub(crate) struct Core {
    pub parcel: Parcel,
    pub shared: Arc<Shared>,
    pub engine: Engine,
    /// Behind function objects, by number.
    pub functions: Vec<HostFunction>,
    /// Templates of scripts that were taken into the isolate, by the numbers of script and realm.
    pub scripts: HashMap<(u64, u32), Value>,
    /// Calls that are to be completed: their promises and realms.
    pub calls: HashMap<u64, (Value, u32)>,
    pub futures: HashMap<u64, BoxFuture>,
    pub data: HashMap<TypeId, Box<dyn Any + Send>>,
    /// What it may use; the time is that of each call from outside.
    pub limits: Limits,
    /// Turns that are open.
    pub depth: u32,
    /// The event loop runs.
    pub in_loop: bool,
    /// Why it does nothing any more.
    pub ended: Option<Error>,
    next_call: u64,
}

impl Drop for Core {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Core {
    pub fn new(mut parcel: Parcel, engine: Engine, limits: Limits) -> Core {
        let shared = Arc::new(Shared::new(parcel.isolate().vm.interrupt_flag()));
        Core {
            parcel,
            shared,
            engine,
            functions: Vec::new(),
            scripts: HashMap::new(),
            calls: HashMap::new(),
            futures: HashMap::new(),
            data: HashMap::new(),
            limits,
            depth: 0,
            in_loop: false,
            ended: None,
            next_call: 1,
        }
    }

    pub fn isolate(&mut self) -> &mut heap::Isolate {
        self.parcel.isolate()
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.depth == 0 && !self.in_loop
    }

    fn release_dropped(&mut self) {
        let dropped = self.shared.take_dropped();
        if !dropped.is_empty() {
            self.isolate().enter(|cx| dropped.into_iter().for_each(|kept| cx.release(kept)));
        }
    }

    /// Does something for a realm that runs no code of the program.
    pub fn with<R>(
        &mut self,
        realm: u32,
        work: impl for<'s> FnOnce(&mut Cx<'s>) -> Result<R, Exit>,
    ) -> Result<R> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        self.release_dropped();
        if self.is_idle() {
            self.set_bounds();
        }
        let done = self.isolate().enter_for(realm, work);
        done.map_err(|exit| self.error_of_exit(exit))
    }

    /// As [`Core::with`], giving a value.
    pub fn make(
        &mut self,
        realm: u32,
        work: impl for<'s> FnOnce(&mut Cx<'s>) -> Result<heap::Local<'s>, Exit>,
    ) -> Result<Value> {
        let raw = self.with(realm, |cx| work(cx).map(|local| Raw::keep(cx, local)))?;
        Ok(raw.bind(&self.shared))
    }

    pub fn export(&mut self, kept: Persistent) -> Value {
        self.isolate().enter(|cx| Raw::adopt(cx, kept)).bind(&self.shared)
    }

    /// Begins to count the time of a call from outside.
    pub fn set_bounds(&mut self) {
        let Limits { fuel, time, .. } = self.limits;
        let deadline = time.map(|time| (Instant::now() + time, time));
        self.isolate().vm.meter.set_bounds(fuel, deadline);
    }

    // ---- turns

    /// Calls something, and runs the jobs behind it where it is called from outside.
    pub fn call(
        &mut self,
        realm: u32,
        callee: Callee<'_>,
        receiver: Held<'_>,
        arguments: &[Held<'_>],
    ) -> Result<Value> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        if self.depth >= NESTING {
            return Err(Error::TooDeep);
        }
        self.release_dropped();
        if self.is_idle() {
            self.set_bounds();
        }
        self.depth += 1;
        let outer = self.isolate().begin_turn();
        let result = self.run_turn(realm, callee, receiver, arguments);
        self.isolate().end_turn(outer);
        self.depth -= 1;
        let result = result.map(|kept| self.export(kept));
        if self.depth == 0 && self.ended.is_none() {
            let jobs = self.run_ready();
            return result.and_then(|value| jobs.map(|()| value));
        }
        result
    }

    fn run_turn(
        &mut self,
        realm: u32,
        callee: Callee<'_>,
        receiver: Held<'_>,
        arguments: &[Held<'_>],
    ) -> Result<Persistent> {
        let mut result = self.guarded(|isolate| isolate.turn_call(realm, callee, receiver, arguments));
        loop {
            match result? {
                Ok(kept) => return Ok(kept),
                Err(stop) if heap::Isolate::is_pause(&stop) => self.serve()?,
                Err(stop) => return Err(self.error_of(stop)),
            }
            result = self.guarded(|isolate| isolate.turn_resume());
        }
    }

    /// Has the engine work. A panic is a defect of it: closures of the embedder's are not called from here.
    pub fn guarded<R>(&mut self, work: impl FnOnce(&mut heap::Isolate) -> R) -> Result<R> {
        let isolate = self.parcel.isolate();
        catch_unwind(AssertUnwindSafe(|| work(isolate))).map_err(|panic| {
            let error = Error::Defect(panic_text(&*panic));
            self.ended = Some(error.clone());
            error
        })
    }

    /// Runs jobs and tasks until there are none.
    pub fn run_ready(&mut self) -> Result<()> {
        loop {
            match self.guarded(|isolate| isolate.run_ready())? {
                Ok(()) => return Ok(()),
                Err(stop) if heap::Isolate::is_pause(&stop) => self.serve_in_job()?,
                Err(stop) => return Err(self.error_of(stop)),
            }
        }
    }

    /// Answers a call that a job or timer made: its frames count as a turn.
    pub fn serve_in_job(&mut self) -> Result<()> {
        self.depth += 1;
        let served = self.serve();
        self.depth -= 1;
        served
    }

    // ---- calls by the program

    /// Answers the call for which the isolate stands still.
    fn serve(&mut self) -> Result<()> {
        let taken = self.isolate().enter(|cx| cx.take_host_call());
        let call = match taken {
            Ok(Some(call)) => call,
            Ok(None) => return Ok(()),
            Err(exit) => return Err(self.error_of_exit(exit)),
        };
        let HostCall { function, realm, receiver, arguments } = call;
        let receiver = self.export(receiver);
        let values = arguments.into_iter().map(|kept| self.export(kept)).collect();
        let arguments = Arguments { receiver, values };
        let result = match self.functions.get(function as usize).cloned() {
            Some(function) => self.call_host(realm, function, &arguments),
            None => Err(HostError::error("a function of the host that is not there")),
        };
        // What ended the isolate meanwhile cannot be caught.
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        let (failed, answer) = match result.and_then(|value| {
            self.check(&value)?;
            Ok(value)
        }) {
            Ok(value) => (false, value),
            Err(error) => (true, self.error_value(realm, error)?),
        };
        let held = answer.held(&self.shared)?;
        self.isolate()
            .enter(|cx| {
                let answer = cx.held(held);
                cx.answer_host_call(failed, answer)
            })
            .map_err(|exit| self.error_of_exit(exit))
    }

    fn call_host(
        &mut self,
        realm: u32,
        function: HostFunction,
        arguments: &Arguments,
    ) -> Result<Value, HostError> {
        match function {
            HostFunction::Missing(name) => {
                Err(HostError::error(format!("the host's function '{name}' is not attached")))
            }
            HostFunction::Sync(closure) => self.outside(realm, |context| closure(context, arguments)),
            HostFunction::Async(closure) => {
                let (call, promise) = self.open_call(realm)?;
                let completer = Completer::new(call, Arc::clone(&self.shared));
                if let Err(error) = self.outside(realm, |context| closure(context, arguments, completer)) {
                    self.settle(call, Err(error))?;
                }
                Ok(promise)
            }
            HostFunction::Future(closure) => {
                let (call, promise) = self.open_call(realm)?;
                match self.outside(realm, |context| closure(context, arguments)) {
                    Ok(future) => {
                        self.futures.insert(call, future);
                        self.shared.wake(call);
                    }
                    Err(error) => self.settle(call, Err(error))?,
                }
                Ok(promise)
            }
        }
    }

    /// Calls a closure of the embedder's, whose panics become errors.
    pub fn outside<R>(
        &mut self,
        realm: u32,
        work: impl FnOnce(&mut Context<'_>) -> Result<R, HostError>,
    ) -> Result<R, HostError> {
        let mut context = Context { core: self, realm };
        catch_unwind(AssertUnwindSafe(|| work(&mut context))).unwrap_or_else(|panic| {
            Err(HostError::error(format!("the host's function panicked: {}", panic_text(&*panic))))
        })
    }

    /// Makes the promise of a call that is to be completed.
    pub fn open_call(&mut self, realm: u32) -> Result<(u64, Value)> {
        let promise = self.make(realm, |cx| cx.new_promise())?;
        let call = self.next_call;
        self.next_call += 1;
        self.calls.insert(call, (promise.clone(), realm));
        Ok((call, promise))
    }

    /// Settles the promise of a call.
    pub fn settle(&mut self, call: u64, result: Result<Value, HostError>) -> Result<()> {
        let Some((promise, realm)) = self.calls.remove(&call) else { return Ok(()) };
        let result = result.and_then(|value| {
            self.check(&value)?;
            Ok(value)
        });
        match result {
            Ok(value) => {
                let arguments = [promise.held(&self.shared)?, value.held(&self.shared)?];
                let resolve = Callee::Library(tvm_runtime::library::lib::resolvePromise);
                self.call(realm, resolve, Held::Plain(heap::Value::UNDEFINED), &arguments).map(drop)
            }
            Err(error) => {
                let reason = self.error_value(realm, error)?;
                let (promise, reason) = (promise.held(&self.shared)?, reason.held(&self.shared)?);
                self.with(realm, |cx| {
                    let (promise, reason) = (cx.held(promise), cx.held(reason));
                    cx.reject_promise(promise, reason)
                })
            }
        }
    }

    /// Polls a call's future.
    pub fn poll_call(&mut self, call: u64) -> Result<()> {
        let Some(mut future) = self.futures.remove(&call) else { return Ok(()) };
        let waker = Arc::new(FutureWaker { call, shared: Arc::clone(&self.shared) }).into();
        let mut task = std::task::Context::from_waker(&waker);
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut task))) {
            Ok(std::task::Poll::Pending) => {
                self.futures.insert(call, future);
                Ok(())
            }
            Ok(std::task::Poll::Ready(outcome)) => self.complete(call, outcome),
            Err(panic) => {
                let text = panic_text(&*panic);
                self.settle(call, Err(HostError::error(format!("the host's future panicked: {text}"))))
            }
        }
    }

    /// Settles the promise of a call as it ended.
    pub fn complete(&mut self, call: u64, outcome: super::completer::Outcome) -> Result<()> {
        let Some(&(_, realm)) = self.calls.get(&call) else { return Ok(()) };
        let result = self.outside(realm, outcome);
        self.settle(call, result)
    }

    /// What a function of the embedder's throws, as a value.
    fn error_value(&mut self, realm: u32, error: HostError) -> Result<Value> {
        match error.0 {
            Fault::Value(value) if self.check(&value).is_ok() => Ok(value),
            Fault::Value(_) => self.make(realm, |cx| {
                Ok(cx.new_error(tvm_bytecode::data::ErrorKind::Error, "a value of another isolate")?.any())
            }),
            Fault::New { class, message, code } => self.make(realm, |cx| {
                let error = cx.new_error(class.kind(), &message)?;
                if let Some(code) = code {
                    let (key, code) = (cx.text_key("code")?, cx.text_value(&code)?);
                    cx.put_own(error, key, code, tvm_runtime::object::shape::info::DEFAULT)?;
                }
                Ok(error.any())
            }),
        }
    }

    // ---- errors

    pub fn error_of_exit(&mut self, exit: Exit) -> Error {
        let stop = self.isolate().stop_of(exit);
        self.error_of(stop)
    }

    /// What a stop means to the embedder. What cannot be gone on from ends the isolate.
    pub fn error_of(&mut self, stop: Stop) -> Error {
        match stop {
            Stop::Threw { value, .. } => self.thrown(value),
            Stop::Ended(reason) => {
                let error = self.termination(reason);
                self.ended = Some(error.clone());
                error
            }
        }
    }

    fn thrown(&mut self, value: Persistent) -> Error {
        let isolate = self.isolate();
        let place = isolate.thrown_place(&value);
        // Where telling it takes more memory than there is, there is nothing to tell.
        let told = isolate.enter(|cx| {
            let value = cx.persistent(&value);
            cx.told_of(value).unwrap_or_default()
        });
        if let Some(reason) = isolate.vm.take_termination() {
            let error = self.termination(reason);
            self.ended = Some(error.clone());
            return error;
        }
        let value = self.export(value);
        Error::Thrown(Box::new(Thrown {
            value,
            name: told.name,
            message: told.message,
            stack: told.stack,
            place,
        }))
    }

    fn termination(&mut self, reason: Termination) -> Error {
        let limit = |which, used, limit| Error::Limit(LimitError { which, used, limit });
        match reason {
            Termination::Heap { used, limit: most } => limit(LimitKind::Heap, used as u64, most as u64),
            Termination::Time { limit_ms } => limit(LimitKind::Time, limit_ms, limit_ms),
            Termination::Fuel { limit: most } => {
                let used = self.isolate().vm.meter.used();
                limit(LimitKind::Fuel, used, most)
            }
            Termination::Output { limit: most } => limit(LimitKind::Output, most as u64, most as u64),
            Termination::Exit(status) => Error::Exited(status),
            Termination::Bug(what) => Error::Defect(what),
            Termination::Interrupted | Termination::Overdue { .. } | Termination::Snapshot => {
                Error::Interrupted
            }
        }
    }

    /// Makes an isolate that was stopped ready to go on, without what was under way.
    pub fn recover(&mut self) -> Result<()> {
        if !self.is_idle() {
            return Err(Error::Busy("an isolate cannot be recovered"));
        }
        if let Some(ended) = &self.ended
            && matches!(ended, Error::Limit(LimitError { which: LimitKind::Heap, .. }) | Error::Defect(_))
        {
            return Err(ended.clone());
        }
        self.ended = None;
        self.isolate().abandon();
        // What was asked or answered when it stopped is of no interest any more.
        self.with(0, |cx| cx.forget_host_call())
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
