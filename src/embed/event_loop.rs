//! The event loop: jobs, timers, and answers from elsewhere, until nothing is left or a promise is settled.

use std::time::Duration;

use tvm_runtime::heap::{Isolate, cells};
use tvm_runtime::semantics::promise::promise_state;

use super::core::Core;
use super::error::{Error, Result};
use super::value::{Raw, Value};

/// How long the loop waits at most before it looks whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What became of a promise.
pub(crate) enum Settled {
    Pending,
    Fulfilled(Value),
    Rejected(Value),
}

impl Core {
    /// Runs until nothing is left to do, or until a promise is settled; whether that is so.
    pub fn run_until(&mut self, promise: Option<&Value>) -> Result<bool> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        if !self.is_idle() {
            return Err(Error::Busy("the event loop cannot be run"));
        }
        self.set_bounds();
        self.in_loop = true;
        let result = self.turn_around(promise);
        self.in_loop = false;
        result
    }

    fn turn_around(&mut self, promise: Option<&Value>) -> Result<bool> {
        loop {
            self.run_ready()?;
            if let Some(promise) = promise
                && !matches!(self.state_of(promise)?, Settled::Pending)
            {
                return Ok(true);
            }
            if !self.take_mail()? && !self.wait()? {
                return Ok(promise.is_none());
            }
        }
    }

    /// Takes what has arrived; false where nothing has.
    fn take_mail(&mut self) -> Result<bool> {
        let mail = self.shared.take_mail();
        let any = !mail.completed.is_empty() || !mail.woken.is_empty();
        for (call, outcome) in mail.completed {
            self.complete(call, outcome)?;
        }
        for call in mail.woken {
            self.poll_call(call)?;
        }
        Ok(any)
    }

    /// Waits for what comes next, and runs it; false where nothing will come.
    fn wait(&mut self) -> Result<bool> {
        if self.calls.is_empty() {
            return self.wait_for_engine();
        }
        let isolate = self.isolate();
        let busy = isolate.vm.tenants.as_ref().is_some_and(|tenants| tenants.is_busy());
        let due = isolate.enter(|cx| cx.next_timer_due());
        let left = due.map(|due| due - isolate.vm.monotonic_ms());
        if busy || left.is_some_and(|left| left <= 0.0) {
            return self.wait_for_engine();
        }
        let left = left.map_or(LOOK_EVERY, |left| Duration::from_secs_f64(left.min(1000.0) / 1000.0));
        self.shared.wait(left.min(LOOK_EVERY));
        let polled = self.isolate().vm.poll(false);
        polled.map_err(|exit| self.error_of_exit(exit))?;
        Ok(true)
    }

    /// Waits for timers and tenants.
    fn wait_for_engine(&mut self) -> Result<bool> {
        match self.guarded(|isolate| isolate.wait_for_timer())? {
            Ok(came) => Ok(came),
            Err(stop) if Isolate::is_pause(&stop) => self.serve_in_job().map(|()| true),
            Err(stop) => Err(self.error_of(stop)),
        }
    }

    /// What became of a promise; what is none counts as fulfilled.
    pub fn state_of(&mut self, promise: &Value) -> Result<Settled> {
        let held = self.check(promise)?;
        let (state, raw) = self.isolate().enter(|cx| {
            let value = cx.held(held);
            let Some(promise) = value.cast::<cells::Promise>(cx) else {
                return (promise_state::FULFILLED, Raw::keep(cx, value));
            };
            let (state, result) = (promise.get(cx).state(), promise.get(cx).result().root(cx));
            if state == promise_state::REJECTED {
                // Whoever asks handles it.
                promise.get(cx).set_handled(1);
            }
            (state, Raw::keep(cx, result))
        });
        let result = raw.bind(&self.shared);
        Ok(match state {
            promise_state::PENDING => Settled::Pending,
            promise_state::FULFILLED => Settled::Fulfilled(result),
            _ => Settled::Rejected(result),
        })
    }
}
