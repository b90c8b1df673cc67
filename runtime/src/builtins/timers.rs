//! Timers and `queueMicrotask`: what HTML (8.6, 8.7) and Node give every program.
//!
//! The isolate's list of timers holds tuples: due time in milliseconds of the host's monotonic clock, number, interval
//! or undefined, function, arguments. The list is short; the next one due is searched for.

use super::table::*;
use crate::base::vm::ModuleFailure;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// Properties of the global object.
pub static GROUPS: &[Group] = &[Group {
    on: Intrinsic::Global,
    rows: &[
        native("queueMicrotask", 1, queue_microtask).with(info::DEFAULT),
        native("setTimeout", 2, set_timeout).with(info::DEFAULT),
        native("setInterval", 2, set_interval).with(info::DEFAULT),
        native("setImmediate", 1, set_immediate).with(info::DEFAULT),
        native("clearTimeout", 1, clear_timer).with(info::DEFAULT),
        alias("clearInterval", "clearTimeout").with(info::DEFAULT),
        alias("clearImmediate", "clearTimeout").with(info::DEFAULT),
    ],
}];

/// Longest delay, as in every browser: larger ones count as 1.
const DELAY_MAX: f64 = 2_147_483_647.0;

mod part {
    pub const DUE: usize = 0;
    pub const NUMBER: usize = 1;
    pub const INTERVAL: usize = 2;
    pub const FUNCTION: usize = 3;
    /// Whether the program goes on for it.
    pub const REF: usize = 4;
    pub const ARGUMENTS: usize = 5;
}

/// queueMicrotask
fn queue_microtask<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = callback(cx, args)?;
    cx.queue_job(function, &[])?;
    Ok(cx.undefined())
}

/// The first argument, which must be a function.
pub(super) fn callback<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    check_callback(cx, function)?;
    Ok(function)
}

fn check_callback<'s>(cx: &mut Cx<'s>, function: Local<'s>) -> JsResult<'s, ()> {
    if !cx.is_callable(function.value(cx)) {
        let shown = cx.describe(function);
        let kind = cx.type_of(function.value(cx));
        let shown = match cx.name(kind).cast::<Str>(cx).map(|kind| kind.to_text(cx).to_string()) {
            Some(kind) if !function.value(cx).is_object() && !function.value(cx).is_undefined() => {
                format!("type {kind} ({shown})")
            }
            _ => shown,
        };
        let message = format!("The \"callback\" argument must be of type function. Received {shown}");
        return Err(cx.module_failure(&ModuleFailure::type_error("ERR_INVALID_ARG_TYPE", message))?);
    }
    Ok(())
}

/// setTimeout
fn set_timeout<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    start(cx, args, false)
}

/// setInterval
fn set_interval<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    start(cx, args, true)
}

fn start<'s>(cx: &mut Cx<'s>, args: Args<'s>, repeats: bool) -> JsResult<'s> {
    let function = callback(cx, args)?;
    let delay = args.number(cx, 1)?;
    let delay = if (1.0..=DELAY_MAX).contains(&delay) { delay.trunc() } else { 1.0 };
    let arguments: Vec<Local<'_>> = args.rest(2).collect();
    cx.add_timer(function, delay, repeats, &arguments)
}

/// setImmediate: a timer that is due at once.
fn set_immediate<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = callback(cx, args)?;
    let arguments: Vec<Local<'_>> = args.rest(1).collect();
    cx.add_timer(function, 0.0, false, &arguments)
}

/// clearTimeout and its kin
fn clear_timer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = args.get(cx, 0);
    if id.value(cx).is_object() || id.value(cx).is_symbol() || id.value(cx).is_bigint() {
        return Ok(cx.undefined());
    }
    let number = args.number(cx, 0)?;
    cx.cancel_timer(number);
    Ok(cx.undefined())
}

// ---- intrinsics

/// %addTimer%: whether it repeats, function, delay, an array of arguments. The timer's number.
pub fn add_timer_intrinsic<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let repeats = args.get(cx, 0).value(cx).is_true();
    let function = args.get(cx, 1);
    check_callback(cx, function)?;
    let delay = args.number(cx, 2)?;
    let delay = if (1.0..=DELAY_MAX).contains(&delay) { delay.trunc() } else { 1.0 };
    let arguments = listed(cx, args, 3)?;
    cx.add_timer(function, delay, repeats, &arguments)
}

/// %addImmediate%: function, an array of arguments.
pub fn add_immediate_intrinsic<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    check_callback(cx, function)?;
    let arguments = listed(cx, args, 1)?;
    cx.add_timer(function, 0.0, false, &arguments)
}

/// The elements of an array that the library made.
fn listed<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, Vec<Local<'s>>> {
    let Some(list) = args.get(cx, index).as_object(cx) else { return Ok(Vec::new()) };
    let length = list.get(cx).cast::<Array>().map_or(0, |array| array.length());
    let mut all = Vec::new();
    for i in 0..length {
        let key = crate::object::Key::Index(i);
        all.push(match cx.ordinary_own(list.get(cx), key) {
            crate::object::lookup::Own::Data(value, _) => value,
            _ => cx.undefined(),
        });
    }
    Ok(all)
}

/// %cancelTimer%
pub fn cancel_timer_intrinsic<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.number(cx, 0)?;
    cx.cancel_timer(number);
    Ok(cx.undefined())
}

/// %setTimerRef%: a timer's number, and whether the program goes on for it.
pub fn set_timer_ref<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.number(cx, 0)?;
    let held = if args.get(cx, 1).value(cx).is_true() { Value::TRUE } else { Value::FALSE };
    let timers = cx.root_cell::<List>(Root::Timers).root(cx);
    if let Some(index) =
        cx.find_timer(timers, |cx, timer| timer.at(cx, part::NUMBER).as_number() == Some(number))
        && let Some(timer) = timers.get(cx).item(cx, index).cast::<Tuple>(cx)
    {
        timer.put(cx, part::REF, held);
    }
    Ok(cx.undefined())
}

/// %timerHasRef%: whether the program goes on for a timer; undefined where it does not wait.
pub fn timer_has_ref<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.number(cx, 0)?;
    let timers = cx.root_cell::<List>(Root::Timers).root(cx);
    let found = cx.find_timer(timers, |cx, timer| timer.at(cx, part::NUMBER).as_number() == Some(number));
    let Some(index) = found else { return Ok(cx.undefined()) };
    let timer = timers.get(cx).item(cx, index).cast::<Tuple>(cx).expect("timers are tuples");
    let held = timer.at(cx, part::REF).is_true();
    Ok(cx.boolean(held))
}

impl<'s> Cx<'s> {
    /// Whether some timer waits that the program goes on for.
    pub fn has_timers(&mut self) -> bool {
        let timers = self.root_cell::<List>(Root::Timers).root(self);
        self.find_timer(timers, |cx, timer| timer.at(cx, part::REF).is_true()).is_some()
    }

    /// Removes the timer with a number, where it still waits.
    pub(super) fn cancel_timer(&mut self, number: f64) {
        let timers = self.root_cell::<List>(Root::Timers).root(self);
        let is_it = |cx: &Cx<'_>, timer: crate::heap::Gc<'_, Tuple>| {
            timer.at(cx, part::NUMBER).as_number() == Some(number)
        };
        if let Some(index) = self.find_timer(timers, is_it) {
            self.remove_timer(timers, index);
        }
    }

    pub(super) fn add_timer(
        &mut self,
        function: Local<'_>,
        delay: f64,
        repeats: bool,
        arguments: &[Local<'_>],
    ) -> JsResult<'s> {
        let now = match self.vm.turn_ms {
            Some(now) => now,
            None => self.vm.monotonic_ms(),
        };
        self.vm.turn_ms = Some(now);
        let due = now + delay;
        let timer = self.new_tuple(part::ARGUMENTS + arguments.len())?;
        let number = self.vm.next_timer;
        self.vm.next_timer += 1;
        let cell = timer.get(self);
        cell.put(self, part::DUE, Value::number(due));
        cell.put(self, part::NUMBER, Value::number(number as f64));
        cell.put(self, part::INTERVAL, if repeats { Value::number(delay) } else { Value::UNDEFINED });
        cell.put(self, part::FUNCTION, function.value(self));
        cell.put(self, part::REF, Value::TRUE);
        for (i, argument) in arguments.iter().enumerate() {
            cell.put(self, part::ARGUMENTS + i, argument.value(self));
        }
        let timers = self.root_cell::<List>(Root::Timers).root(self);
        self.list_push(timers, timer.any())?;
        Ok(self.number(number as f64))
    }

    fn find_timer(
        &self,
        timers: Local<'_, List>,
        wanted: impl Fn(&Cx<'_>, crate::heap::Gc<'_, Tuple>) -> bool,
    ) -> Option<usize> {
        let list = timers.get(self);
        (0..list.length() as usize)
            .find(|&i| list.item(self, i).cast::<Tuple>(self).is_some_and(|t| wanted(self, t)))
    }

    fn remove_timer(&mut self, timers: Local<'_, List>, index: usize) {
        let list = timers.get(self);
        let length = list.length() as usize;
        for i in index..length - 1 {
            list.set_item(self, i, list.item(self, i + 1));
        }
        list.truncate(self, length - 1);
    }

    /// When the next timer is due, in milliseconds of the monotonic clock; timers of one time in order of their making.
    pub fn next_timer_due(&mut self) -> Option<f64> {
        let timers = self.root_cell::<List>(Root::Timers).root(self);
        self.next_timer(timers).map(|(_, due)| due)
    }

    fn next_timer(&self, timers: Local<'_, List>) -> Option<(usize, f64)> {
        let list = timers.get(self);
        let mut best: Option<(usize, f64)> = None;
        for i in 0..list.length() as usize {
            let Some(timer) = list.item(self, i).cast::<Tuple>(self) else { continue };
            let due = timer.at(self, part::DUE).as_number().unwrap_or(0.0);
            if best.is_none_or(|(_, earliest)| due < earliest) {
                best = Some((i, due));
            }
        }
        best
    }

    /// Makes a task of the timer that is due next.
    pub fn fire_timer(&mut self) -> JsResult<'s, ()> {
        let timers = self.root_cell::<List>(Root::Timers).root(self);
        let Some((index, _)) = self.next_timer(timers) else { return Ok(()) };
        let timer =
            timers.get(self).item(self, index).cast::<Tuple>(self).expect("timers are tuples").root(self);
        let interval = timer.get(self).at(self, part::INTERVAL).as_number();
        self.remove_timer(timers, index);
        let function = timer.get(self).at(self, part::FUNCTION).root(self);
        let count = timer.get(self).count(self);
        let arguments: Vec<Local<'_>> =
            (part::ARGUMENTS..count).map(|i| timer.get(self).at(self, i).root(self)).collect();
        self.queue_task(function, &arguments)?;
        if let Some(interval) = interval {
            let due = self.vm.monotonic_ms() + interval;
            timer.get(self).put(self, part::DUE, Value::number(due));
            self.list_push(timers, timer.any())?;
        }
        Ok(())
    }
}
