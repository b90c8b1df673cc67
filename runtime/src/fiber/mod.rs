//! Running a program: its tasks, the jobs between them, timers, and how it ends.
//!
//! Everything that is still to be done lies in the heap: jobs (microtasks), tasks and timers are lists among the roots,
//! frames are on the stack. So a program can be stopped at any safepoint and goes on by running [`Isolate::run`] again,
//! in this process or another.

pub mod turn;

use std::time::Duration;

use tvm_bytecode::data::ResumeMode;

use crate::base::exit::{Exit, Termination};
use crate::builtins::console::told_text;
use crate::builtins::process::ProcessEvent;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Persistent, Root};
use crate::heap::{Cx, Isolate, Local, Value};
use crate::interp::{Start, execute};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::JsResult;
use crate::semantics::promise::{COROUTINE, promise_state};

/// How long the program waits at most before it looks whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How running a program ended before its end.
#[derive(Debug)]
pub enum Stop {
    /// An exception that nobody caught; the value, kept until it is released.
    Threw {
        /// The value thrown.
        value: Persistent,
        /// Whether it is the reason of a rejected promise.
        in_promise: bool,
    },
    /// A limit, an interrupt, a request to exit or to be saved.
    Ended(Termination),
}

impl Isolate {
    /// Runs until nothing is left to do.
    pub fn run(&mut self) -> Result<(), Stop> {
        loop {
            if self.vm.frame != 0 {
                self.go_on(Start::Resume)?;
                continue;
            }
            if self.run_job()? {
                continue;
            }
            self.end_of_turn()?;
            if self.run_task()? || self.take_arrival()? || self.run_timer()? || self.wait_for_tenants()? {
                continue;
            }
            return Ok(());
        }
    }

    /// Queues what a tenant has told as a task; false where nothing has arrived.
    fn take_arrival(&mut self) -> Result<bool, Stop> {
        let arrival = self.vm.tenants.as_mut().and_then(|tenants| tenants.arrival());
        let Some((id, event)) = arrival else { return Ok(false) };
        let queued = self.enter(|cx| cx.queue_arrival(id, event));
        queued.map(|()| true).map_err(|exit| self.stop_of(exit))
    }

    /// Waits for what tenants tell that run elsewhere; false where there are none.
    fn wait_for_tenants(&mut self) -> Result<bool, Stop> {
        let Some(tenants) = self.vm.tenants.as_mut().filter(|tenants| tenants.is_busy()) else {
            return Ok(false);
        };
        tenants.wait(LOOK_EVERY);
        self.vm.poll(false).map_err(|exit| self.stop_of(exit))?;
        Ok(true)
    }

    /// Runs what can be run without waiting.
    pub fn run_ready(&mut self) -> Result<(), Stop> {
        loop {
            if self.vm.frame != 0 {
                self.go_on(Start::Resume)?;
                continue;
            }
            if self.run_job()? {
                continue;
            }
            self.end_of_turn()?;
            if !self.run_task()? {
                return Ok(());
            }
        }
    }

    /// Waits for the next timer, or for what a tenant tells, and runs it; false where nothing will come.
    pub fn wait_for_timer(&mut self) -> Result<bool, Stop> {
        let came = self.take_arrival()? || self.run_timer()? || self.wait_for_tenants()?;
        Ok(came && self.run_ready().map(|()| true)?)
    }

    /// Whether there is something that will go on by itself.
    pub fn waits(&mut self) -> bool {
        self.vm.tenants.as_ref().is_some_and(|tenants| tenants.is_busy()) || self.enter(|cx| cx.has_timers())
    }

    /// Forgets what was running and what was about to run; timers stay. For a program that goes on after it was
    /// interrupted.
    pub fn abandon(&mut self) {
        self.vm.frame = 0;
        self.vm.deadlines.clear();
        let top = self.vm.base_top;
        self.heap.set_top(top);
        self.vm.interrupt_flag().store(false, std::sync::atomic::Ordering::Relaxed);
        self.enter(|cx| {
            for list in [Root::Jobs, Root::Ticks, Root::Tasks] {
                let list = cx.root_cell::<List>(list).root(cx);
                while cx.list_shift(list).is_some() {}
            }
        });
    }

    /// Enters the interpreter and turns what comes out into a result.
    fn go_on(&mut self, start: Start) -> Result<(), Stop> {
        let top = self.heap.top();
        // No frame of machine code is on the native stack.
        if let Some(tiers) = &mut self.vm.tiers {
            tiers.free_dropped();
        }
        let mut result = execute(self, start);
        while result == Err(Exit::Terminate)
            && let Some(frame) = self.vm.take_overdue()
        {
            result = self.leave_overdue(frame);
        }
        if result != Err(Exit::Terminate) {
            // No frame is left.
            self.vm.deadlines.clear();
        }
        match result {
            Ok(_) => {
                self.heap.set_top(self.vm.base_top);
                Ok(())
            }
            Err(exit) => {
                if exit == Exit::Throw {
                    self.heap.set_top(self.vm.base_top.min(top));
                }
                Err(self.stop_of(exit))
            }
        }
    }

    /// The time of what a frame called is over: it goes on, as if that had thrown. What was asked of others is of no
    /// interest any more.
    fn leave_overdue(&mut self, frame: u32) -> Result<u64, Exit> {
        if let Some(seat) = &mut self.vm.seat {
            seat.forget_call();
        }
        self.enter(|cx| {
            cx.leave_to(frame);
            cx.forget_host_call()
        })?;
        execute(self, Start::Throw)
    }

    /// Where an exception that came out of the last turn was thrown, as far as that is known: file, line, column.
    pub fn thrown_place(&mut self, value: &Persistent) -> Option<(String, u32, u32)> {
        let thrown_at = self.vm.thrown_at.take();
        let told = self.enter(|cx| {
            let value = cx.persistent(value);
            value.as_object(cx).and_then(|object| cx.error_place(object))
        });
        told.or_else(|| self.place_of(thrown_at?))
    }

    /// What an exit of a function of the runtime means to the host.
    pub fn stop_of(&mut self, exit: Exit) -> Stop {
        match exit {
            Exit::Throw => Stop::Threw { value: self.enter(|cx| cx.keep_exception()), in_promise: false },
            _ => Stop::Ended(
                self.vm.take_termination().unwrap_or(Termination::Bug("ended without a reason".into())),
            ),
        }
    }

    /// Runs the next job or tick; false where there is none. Ticks come first, jobs then until there are none.
    fn run_job(&mut self) -> Result<bool, Stop> {
        if !self.vm.in_jobs && self.run_tick()? {
            return Ok(true);
        }
        if self.run_promise_job()? {
            self.vm.in_jobs = true;
            return Ok(true);
        }
        self.vm.in_jobs = false;
        self.run_tick()
    }

    /// Runs the next callback of `process.nextTick`; false where there is none.
    fn run_tick(&mut self) -> Result<bool, Stop> {
        // SAFETY: as in `run_promise_job`.
        #[allow(unsafe_code)]
        let cx = unsafe { self.cx() };
        let Some(tick) = next_of(cx, Root::Ticks) else { return Ok(false) };
        let start = start_call(cx, tick);
        self.go_on(start).map(|()| true)
    }

    fn run_promise_job(&mut self) -> Result<bool, Stop> {
        // SAFETY: locals made here are dropped when the top is set below; the prepared call lies above them.
        #[allow(unsafe_code)]
        let cx = unsafe { self.cx() };
        let Some(job) = next_of(cx, Root::Jobs) else { return Ok(false) };
        let start =
            if job.get(cx).word() == COROUTINE { start_coroutine(cx, job) } else { Ok(start_call(cx, job)) };
        let start = match start {
            Ok(start) => start,
            Err(Exit::Throw) => Start::Throw,
            Err(exit) => return Err(self.stop_of(exit)),
        };
        self.go_on(start).map(|()| true)
    }

    /// Runs the next task; false where there is none.
    fn run_task(&mut self) -> Result<bool, Stop> {
        // SAFETY: as in `run_promise_job`.
        #[allow(unsafe_code)]
        let cx = unsafe { self.cx() };
        let Some(job) = next_of(cx, Root::Tasks) else { return Ok(false) };
        cx.vm.turn_ms = None;
        let start = start_call(cx, job);
        self.go_on(start).map(|()| true)
    }

    /// Waits for the next timer and runs it; false where there is none.
    fn run_timer(&mut self) -> Result<bool, Stop> {
        if !self.enter(|cx| cx.has_timers()) {
            return Ok(false);
        }
        let Some(due) = self.enter(|cx| cx.next_timer_due()) else { return Ok(false) };
        loop {
            let wait = due - self.vm.monotonic_ms();
            if wait <= 0.0 {
                break;
            }
            let wait = Duration::from_secs_f64(wait.min(50.0) / 1000.0);
            match self.vm.tenants.as_mut().filter(|tenants| tenants.is_busy()) {
                Some(tenants) => {
                    tenants.wait(wait);
                    if self.take_arrival()? {
                        return Ok(true);
                    }
                }
                None => self.vm.host.sleep(wait),
            }
            if let Err(exit) = self.vm.poll(false) {
                return Err(self.stop_of(exit));
            }
        }
        match self.enter(|cx| cx.fire_timer()) {
            Ok(()) => Ok(true),
            Err(exit) => Err(self.stop_of(exit)),
        }
    }

    /// All jobs are done: what WeakRefs kept is let go, due finalisers become tasks, and rejections that nobody
    /// handled end the program.
    fn end_of_turn(&mut self) -> Result<(), Stop> {
        match self.enter(|cx| cx.finish_turn()) {
            Ok(None) => Ok(()),
            Ok(Some(reason)) => Err(Stop::Threw { value: reason, in_promise: true }),
            Err(exit) => Err(self.stop_of(exit)),
        }
    }
}

impl Isolate {
    /// Whether the program listens to an event of `process`.
    pub fn hears(&mut self, event: ProcessEvent) -> bool {
        self.enter(|cx| cx.hears(event))
    }

    /// Queues the emission of an event of `process`.
    pub fn emit(&mut self, event: ProcessEvent) -> Result<(), Stop> {
        let queued = self.enter(|cx| {
            let function = cx.library_function(event.function())?;
            cx.queue_task(function.any(), &[])
        });
        queued.map_err(|exit| self.stop_of(exit))
    }

    /// Hands an exception that nobody caught to the program's own handlers, which run now. What they throw ends it.
    pub fn emit_uncaught(&mut self, value: &Persistent, in_promise: bool) -> Result<(), Stop> {
        let queued = self.enter(|cx| {
            let value = cx.persistent(value);
            let in_promise = cx.boolean(in_promise);
            let function = cx.library_function(lib::processUncaught)?;
            cx.queue_task_first(function.any(), &[value, in_promise])
        });
        queued.map_err(|exit| self.stop_of(exit))?;
        self.run_task().map(drop)
    }
}

fn start_coroutine(cx: &mut Cx<'_>, job: Local<'_, Tuple>) -> Result<Start, Exit> {
    let cell = job.get(cx);
    let [coroutine, value, mode] = [0, 1, 2].map(|i| cell.at(cx, i).root(cx));
    let mode = mode.value(cx).as_int().unwrap_or(0) as u32;
    cx.set_root(Root::Job, coroutine.value(cx));
    let Some(coroutine) = coroutine.cast::<Coroutine>(cx) else {
        return Err(cx.bug("a job without its coroutine"));
    };
    cx.resume_coroutine(coroutine, value, ResumeMode::from_u32(mode).unwrap_or(ResumeMode::Next))?;
    Ok(Start::Resume)
}

/// Takes the next job or task from its queue. Where there is none, the locals of the attempt are dropped.
fn next_of<'s>(cx: &mut Cx<'s>, queue: Root) -> Option<Local<'s, Tuple>> {
    let list = cx.root_cell::<List>(queue).root(cx);
    let Some(next) = cx.list_shift(list) else {
        let top = cx.vm.base_top;
        cx.heap.set_top(top);
        return None;
    };
    Some(next.cast::<Tuple>(cx).expect("jobs and tasks are tuples"))
}

fn start_call(cx: &mut Cx<'_>, job: Local<'_, Tuple>) -> Start {
    cx.set_root(Root::Job, Value::UNDEFINED);
    let count = job.get(cx).count(cx);
    let all: Vec<Local<'_>> = (0..count).map(|i| job.get(cx).at(cx, i).root(cx)).collect();
    let this = cx.undefined();
    Start::Call(cx.prepare(all[0], this, &all[1..]))
}

impl<'s> Cx<'s> {
    /// Keeps the exception that was thrown.
    fn keep_exception(&mut self) -> Persistent {
        let value = self.take_exception();
        self.persist(value)
    }

    fn finish_turn(&mut self) -> JsResult<'s, Option<Persistent>> {
        let kept = self.root_cell::<List>(Root::KeptAlive);
        if kept.length() > 0 {
            kept.truncate(self, 0);
        }
        self.queue_finalizers()?;
        let rejections = self.root_cell::<List>(Root::Rejections).root(self);
        let count = rejections.get(self).length() as usize;
        let mut unhandled = None;
        let heard = count > 0 && self.hears(ProcessEvent::Unhandled);
        for i in 0..count {
            let promise = rejections.get(self).item(self, i).root(self);
            if let Some(promise) = promise.cast::<Promise>(self)
                && promise.get(self).handled() == 0
                && promise.get(self).state() == promise_state::REJECTED
                && unhandled.is_none()
            {
                let reason = promise.get(self).result().root(self);
                if heard {
                    let function = self.library_function(lib::processUnhandled)?;
                    self.queue_task(function.any(), &[reason, promise.any()])?;
                } else {
                    unhandled = Some(reason);
                }
            }
        }
        rejections.get(self).truncate(self, 0);
        match unhandled {
            Some(reason) if !self.vm.ignore_rejections => Ok(Some(self.persist(reason))),
            _ => Ok(None),
        }
    }

    /// Turns registrations whose targets died into tasks that call the clean-up functions.
    fn queue_finalizers(&mut self) -> JsResult<'s, ()> {
        if !std::mem::take(&mut self.heap.finalized) {
            return Ok(());
        }
        let registries = self.root_cell::<List>(Root::Registries).root(self);
        for i in 0..registries.get(self).length() as usize {
            self.scope(|cx| {
                let registry = registries.get(cx).item(cx, i).root(cx);
                let Some(registry) = registry.cast::<Registry>(cx) else { return Ok(()) };
                cx.queue_finalizers_of(registry)
            })?;
        }
        Ok(())
    }

    fn queue_finalizers_of(&mut self, registry: Local<'_, Registry>) -> JsResult<'s, ()> {
        let Some(records) = registry.get(self).records(self) else { return Ok(()) };
        let records = records.root(self);
        let cleanup = registry.get(self).cleanup().root(self);
        let mut kept = 0;
        for i in 0..records.get(self).length() as usize {
            self.scope(|cx| {
                let Some(cell) = records.get(cx).item(cx, i).cast::<WeakCell>(cx) else { return Ok(()) };
                let cell = cell.root(cx);
                if cell.get(cx).due() == 0 {
                    records.get(cx).set_item(cx, kept, cell.value(cx));
                    kept += 1;
                    return Ok(());
                }
                let held = cell.get(cx).held().root(cx);
                cx.queue_task(cleanup, &[held])
            })?;
        }
        records.get(self).truncate(self, kept);
        Ok(())
    }
}

/// An uncaught exception.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `TypeError: message`, or the value.
    pub headline: String,
    /// The lines of the stack behind the headline, and the error's own properties.
    pub stack: String,
    /// Where it was thrown: file, line, column.
    pub place: Option<(String, u32, u32)>,
}

impl Isolate {
    /// What to tell of an uncaught exception: what the program's inspector makes of it, or, where that fails, what can
    /// be told without running code.
    pub fn report(&mut self, value: &Persistent) -> Report {
        let thrown_at = self.vm.thrown_at.take();
        let (is_object, is_error, rejected_at) = self.enter(|cx| {
            let value = cx.persistent(value).value(cx);
            (value.is_object(), value.is::<Error>(cx), cx.place_of_rejection(value))
        });
        let mut report = self.enter(|cx| {
            let value = cx.persistent(value);
            cx.report_of(value).unwrap_or_default()
        });
        if is_object
            && !self.vm.ignore_rejections
            && let Some(text) = self.inspected(value)
        {
            (report.headline, report.stack) = match text.find("\n    at ") {
                Some(at) if is_error => (text[..at].to_owned(), text[at + 1..].to_owned()),
                _ => (text, String::new()),
            };
        }
        report.place = report.place.or_else(|| self.place_of(thrown_at.or(rejected_at)?));
        report
    }

    /// The text of a value by the library's inspector, which may run the program's code, within its limits.
    fn inspected(&mut self, value: &Persistent) -> Option<String> {
        self.vm.meter.snapshot_after = None;
        // Nothing else that waits is to run.
        let waiting = self.enter(|cx| {
            let waiting = cx.root_cell::<List>(Root::Tasks).root(cx);
            let waiting = cx.persist(waiting.any());
            let tasks = cx.new_list().ok()?;
            cx.set_root(Root::Tasks, tasks.value(cx));
            let value = cx.persistent(value);
            let tell = cx.library_function(lib::tellUncaught).ok()?;
            cx.queue_task(tell.any(), &[value]).ok()?;
            Some(waiting)
        })?;
        let done = self.run_task();
        if done.is_err() {
            self.vm.frame = 0;
            let top = self.vm.base_top;
            self.heap.set_top(top);
        }
        self.enter(|cx| {
            let tasks = cx.persistent(&waiting);
            cx.set_root(Root::Tasks, tasks.value(cx));
            cx.release(waiting);
            if let Err(Stop::Threw { value, .. }) = done {
                cx.release(value);
                return None;
            }
            done.ok()?;
            told_text(cx).ok()?
        })
    }

    /// A code offset of a function as file, line and column.
    fn place_of(&self, (unit, function, pc): (u32, u32, u32)) -> Option<(String, u32, u32)> {
        let unit = self.vm.units.get(unit as usize)?;
        let record = unit.function(function);
        let file = unit.text(unit.source_name(record.source)).to_text().to_string();
        unit.position(&record, pc).map(|position| (file, position.line, position.column))
    }
}

impl<'s> Cx<'s> {
    fn report_of(&mut self, value: Local<'s>) -> JsResult<'s, Report> {
        let Some(object) = value.as_object(self) else {
            let headline = match value.cast::<Str>(self) {
                Some(text) => self.text(text)?,
                None => self.describe(value),
            };
            return Ok(Report { headline, ..Report::default() });
        };
        if !object.get(self).is::<Error>() {
            return Ok(Report { headline: self.plain_error_head(object)?, ..Report::default() });
        }
        let place = self.error_place(object);
        let mut headline = self.error_head(object)?;
        let stack = match self.plain_get_name(object, Name::stack)?.and_then(|stack| stack.cast::<Str>(self))
        {
            Some(stack) => self.text(stack)?,
            None => String::new(),
        };
        let stack = match stack.find("\n    at ") {
            Some(at) => {
                if stack[..at].starts_with(&headline) {
                    headline = stack[..at].to_owned();
                }
                stack[at + 1..].to_owned()
            }
            None => String::new(),
        };
        Ok(Report { headline, stack, place })
    }

    /// `Name: message` of an object that is no Error: by its constructor's name.
    fn plain_error_head(&mut self, object: Local<'s, Object>) -> JsResult<'s, String> {
        let constructor = self.plain_get_name(object, Name::constructor)?;
        let name = match constructor.and_then(|c| c.as_object(self)) {
            Some(constructor) => self.plain_get_name(constructor, Name::name_)?,
            None => None,
        };
        let name = match name.and_then(|name| name.cast::<Str>(self)) {
            Some(name) => self.text(name)?,
            None => "Object".into(),
        };
        let message = self.plain_get_name(object, Name::message)?;
        Ok(match message.and_then(|message| message.cast::<Str>(self)) {
            Some(message) => format!("{name}: {}", self.text(message)?),
            None => match name.as_str() {
                "Object" => "#<Object>".into(),
                _ => name,
            },
        })
    }

    /// The innermost place of an error that is not in the library.
    fn error_place(&mut self, object: Local<'s, Object>) -> Option<(String, u32, u32)> {
        let stack = self.plain_get_name(object, Name::stack).ok()??;
        let stack = stack.cast::<Str>(self)?;
        let stack = self.text(stack).ok()?;
        stack.lines().filter_map(|line| line.strip_prefix("    at ")).find_map(place_in)
    }

    /// A native function's template by its number among the engine's own.
    pub(crate) fn loose_function(
        &mut self,
        realm: Local<'_, Realm>,
        number: u32,
        name: &str,
        length: u8,
    ) -> JsResult<'s, Local<'s, Function>> {
        let template = self.native_template(realm, number, name, length)?;
        self.new_closure(template, None)
    }

    /// The global object of a realm.
    pub fn global_of(&self, realm: Local<'_, Realm>) -> Local<'s, Object> {
        let global = realm.get(self).intrinsic(self, Intrinsic::Global).root(self);
        global.as_object(self).expect("a realm has a global object")
    }
}

/// Where a line of a stack trace says that it stands.
fn place_in(line: &str) -> Option<(String, u32, u32)> {
    let place =
        line.strip_suffix(')').and_then(|line| line.split_once(" (")).map_or(line, |(_, place)| place);
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), line, column))
}
