//! Calls by the embedder: each runs until it has returned, on top of what stands still.
//!
//! In: a callee and arguments. Out: what it returned, or why it stopped. An isolate that stands still at a safepoint,
//! for an answer of the embedder's, can be called again: its frames stay where they are on the fiber's stack, and the
//! new ones stand above them. Jobs do not run in a turn: that is for when the stack is empty again.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tvm_bytecode::Verified;

use super::Stop;
use crate::base::exit::{Exit, PreparedCall, Termination};
use crate::base::vm::Deadline;
use crate::heap::cells::Template;
use crate::heap::roots::{Persistent, Root};
use crate::heap::{Cx, Isolate, Local, Value};
use crate::interp::{Start, execute};
use crate::semantics::JsResult;

/// What stands still while a turn runs above it; handed back at its end.
pub struct Outer {
    frame: u32,
    base_top: u32,
    job: Persistent,
    deadlines: Vec<Deadline>,
}

/// What is called.
#[derive(Clone, Copy)]
pub enum Callee<'a> {
    /// A function.
    Value(Held<'a>),
    /// A function of tvm's own library, by number.
    Library(u32),
    /// A script, by what [`Cx::script_template`] gave.
    Script(Held<'a>),
}

/// A value as the embedder holds it.
#[derive(Clone, Copy)]
pub enum Held<'a> {
    /// One that is no reference.
    Plain(Value<'static>),
    /// One that is kept.
    Kept(&'a Persistent),
}

impl<'s> Cx<'s> {
    /// A value that the embedder holds.
    pub fn held(&self, held: Held<'_>) -> Local<'s> {
        match held {
            Held::Plain(value) => self.local(value),
            Held::Kept(kept) => self.persistent(kept),
        }
    }

    /// Takes a script's unit into the isolate, for the running realm: what [`Callee::Script`] calls any number of times.
    pub fn script_template(&mut self, unit: Verified) -> JsResult<'s> {
        let (realm, entry) = (self.realm().root(self), unit.entry());
        let number = self.add_given_unit(unit)?;
        Ok(self.new_template(number, entry, realm)?.any())
    }

    fn prepare_turn(
        &mut self,
        callee: Callee<'_>,
        receiver: Held<'_>,
        arguments: &[Held<'_>],
    ) -> JsResult<'s, PreparedCall> {
        let function = match callee {
            Callee::Value(held) => self.held(held),
            Callee::Library(number) => {
                let realm = self.realm().root(self);
                self.library_function_of(realm, number)?.any()
            }
            Callee::Script(held) => {
                let Some(template) = self.held(held).cast::<Template>(self) else {
                    return Err(self.bug("no template of a script"));
                };
                self.new_closure(template, None)?.any()
            }
        };
        let receiver = self.held(receiver);
        let arguments: Vec<Local<'_>> = arguments.iter().map(|&held| self.held(held)).collect();
        match self.call(function, receiver, &arguments) {
            Exit::Call(call) => Ok(call),
            exit => Err(exit),
        }
    }
}

impl Isolate {
    /// Begins a turn: what runs then stands above what stands still.
    pub fn begin_turn(&mut self) -> Outer {
        let (frame, base_top) = (self.vm.frame, self.vm.base_top);
        let job = self.enter(|cx| {
            let job = cx.root(Root::Job).root(cx);
            cx.persist(job)
        });
        if frame == 0 {
            self.heap.set_top(base_top);
            self.vm.turn_ms = None;
        }
        self.vm.frame = 0;
        self.vm.base_top = self.heap.top();
        self.enter(|cx| cx.set_root(Root::Job, Value::UNDEFINED));
        Outer { frame, base_top, job, deadlines: std::mem::take(&mut self.vm.deadlines) }
    }

    /// Ends it, however it ended.
    pub fn end_turn(&mut self, outer: Outer) {
        self.heap.set_top(self.vm.base_top);
        self.vm.frame = outer.frame;
        self.vm.base_top = outer.base_top;
        self.vm.deadlines = outer.deadlines;
        self.enter(|cx| {
            let job = cx.persistent(&outer.job);
            cx.set_root(Root::Job, job.value(cx));
            cx.release(outer.job);
        });
    }

    /// Calls something in a turn, for a realm by its number. A stop for an answer is [`Termination::Snapshot`].
    pub fn turn_call(
        &mut self,
        realm: u32,
        callee: Callee<'_>,
        receiver: Held<'_>,
        arguments: &[Held<'_>],
    ) -> Result<Persistent, Stop> {
        let outer = self.vm.entered.replace(realm);
        // SAFETY: the top of the stack is set at the turn's end, and no local is used afterwards.
        #[allow(unsafe_code)]
        let cx = unsafe { self.cx() };
        let prepared = cx.prepare_turn(callee, receiver, arguments);
        self.vm.entered = outer;
        match prepared {
            Ok(call) => self.turn_on(Start::Call(call)),
            Err(exit) => Err(self.stop_of(exit)),
        }
    }

    /// Goes on where a turn stopped.
    pub fn turn_resume(&mut self) -> Result<Persistent, Stop> {
        self.turn_on(Start::Resume)
    }

    fn turn_on(&mut self, start: Start) -> Result<Persistent, Stop> {
        let mut result = execute(self, start);
        while result == Err(Exit::Terminate)
            && let Some(frame) = self.vm.take_overdue()
        {
            result = self.leave_overdue(frame);
        }
        match result {
            Ok(bits) => {
                // SAFETY: nothing was allocated since the interpreter returned.
                #[allow(unsafe_code)]
                let kept = self.enter(|cx| unsafe { cx.persist_bits(bits) });
                self.heap.set_top(self.vm.base_top);
                Ok(kept)
            }
            Err(exit) => {
                if exit == Exit::Throw {
                    self.heap.set_top(self.vm.base_top);
                }
                Err(self.stop_of(exit))
            }
        }
    }

    /// Does something for a realm, by its number, while nothing runs. `work` may panic: that is passed on, and the
    /// isolate is as it was, but for what was made.
    pub fn enter_for<R>(&mut self, realm: u32, work: impl for<'i> FnOnce(&mut Cx<'i>) -> R) -> R {
        let (outer, top) = (self.vm.entered.replace(realm), self.heap.top());
        let result = catch_unwind(AssertUnwindSafe(|| self.enter(work)));
        self.vm.entered = outer;
        result.unwrap_or_else(|panic| {
            self.heap.set_top(top);
            resume_unwind(panic)
        })
    }

    /// Whether a stop is one for an answer of the embedder's.
    pub fn is_pause(stop: &Stop) -> bool {
        matches!(stop, Stop::Ended(Termination::Snapshot))
    }
}
