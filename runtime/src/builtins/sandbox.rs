//! What `node/tvm_sandbox.js` asks of the engine: making tenants, and talking to them.

use std::time::Duration;

use super::tenant::plain_message;
use crate::base::exit::Termination;
use crate::base::tenants::{Event, Order, Reply, Request, TenantSettings, Tenants};
use crate::base::vm::{Limits, Vm};
use crate::heap::{Cx, Local, Value, Zeal};
use crate::library::lib;
use crate::semantics::{Args, JsResult};

/// Kinds of events as the library knows them.
mod event {
    pub const IDLE: i32 = 0;
    pub const ANSWER: i32 = 1;
    pub const FAILURE: i32 = 2;
    pub const CALL: i32 = 3;
    pub const ENDED: i32 = 4;
    pub const BUSY: i32 = 5;
}

/// Does something with the program's tenants and the rest of its isolate; none where it may not have any.
fn with_tenants<R>(cx: &mut Cx<'_>, work: impl FnOnce(&mut dyn Tenants, &mut Vm) -> R) -> Option<R> {
    let mut tenants = cx.vm.tenants.take()?;
    let result = work(&mut *tenants, &mut cx.vm);
    cx.vm.tenants = Some(tenants);
    Some(result)
}

fn id_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, u64> {
    Ok(args.integer(cx, 0)?.max(0.0) as u64)
}

/// A number argument; none where it is not given.
fn bound<'s>(cx: &Cx<'s>, args: Args<'s>, index: usize) -> Option<f64> {
    args.get(cx, index).value(cx).as_number()
}

fn milliseconds(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.clamp(0.0, 1e12) / 1000.0)
}

fn text<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, String> {
    let text = args.string(cx, index)?;
    cx.text(text)
}

/// %sandboxCreate%: bytes of heap, bytes of stack, fuel, milliseconds, bytes of output, whether output is kept. Gives
/// its number, or a text that says why there is none.
pub fn create<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let own = cx.vm.limits;
    let bytes = |index, most: usize| bound(cx, args, index).map_or(most, |bytes| (bytes as usize).min(most));
    let limits = Limits {
        heap_bytes: bytes(0, own.heap_bytes),
        stack_bytes: bytes(1, own.stack_bytes),
        fuel: bound(cx, args, 2).map(|fuel| fuel as u64),
        time: bound(cx, args, 3).map(milliseconds),
    };
    let settings = TenantSettings {
        limits,
        output_bytes: bytes(4, usize::MAX),
        keeps_output: args.get(cx, 5).value(cx).is_true(),
        moves: cx.heap.zeal() == Zeal::Move,
    };
    cx.vm.spend(1000)?;
    match with_tenants(cx, |tenants, vm| tenants.create(vm, &settings)) {
        Some(Ok(id)) => Ok(cx.number(id as f64)),
        Some(Err(reason)) => cx.text_value(&reason),
        None => cx.text_value("a sandbox makes no sandboxes"),
    }
}

fn post<'s>(cx: &mut Cx<'s>, id: u64, request: Request) -> JsResult<'s> {
    let posted = with_tenants(cx, |tenants, _| tenants.post(id, request));
    Ok(cx.boolean(posted == Some(true)))
}

/// %sandboxEvaluate%: sandbox, request, text, name, milliseconds, fuel.
pub fn evaluate<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (id, number) = (id_of(cx, args)?, args.integer(cx, 1)? as u32);
    let source = args.string(cx, 2)?.any();
    let Some(source) = plain_message(cx, source, true)? else { return Err(cx.bug("a text is plain")) };
    let name = text(cx, args, 3)?;
    let order = Order::Evaluate { text: source, name };
    let request = bounded(cx, args, number, order);
    post(cx, id, request)
}

/// A request with the bounds that are the fifth and sixth argument.
fn bounded<'s>(cx: &Cx<'s>, args: Args<'s>, number: u32, order: Order) -> Request {
    let (time, fuel) = (bound(cx, args, 4).map(milliseconds), bound(cx, args, 5).map(|fuel| fuel as u64));
    Request { number, order, time, fuel }
}

/// %sandboxRunScript%: sandbox, request, unit, nothing, milliseconds, fuel.
pub fn run_script<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (id, number) = (id_of(cx, args)?, args.integer(cx, 1)? as u32);
    let key = args.integer(cx, 2)? as u32;
    let Some(unit) = cx.vm.units.get(key as usize).filter(|_| key > 0).cloned() else {
        return Err(cx.bug("no unit of a script"));
    };
    let request = bounded(cx, args, number, Order::Run { unit, key });
    post(cx, id, request)
}

/// %sandboxCall%: sandbox, request, name, an array of arguments, milliseconds, fuel, whether the array is a copy.
/// Undefined where it must be copied first.
pub fn call<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (id, number) = (id_of(cx, args)?, args.integer(cx, 1)? as u32);
    let (arguments, is_copy) = (args.get(cx, 3), args.get(cx, 6).value(cx).is_true());
    let Some(arguments) = plain_message(cx, arguments, is_copy)? else { return Ok(cx.undefined()) };
    let name = text(cx, args, 2)?;
    let request = bounded(cx, args, number, Order::Call { name, arguments });
    post(cx, id, request)
}

/// %sandboxSet%: sandbox, name, value, whether that is a copy. Undefined where it must be copied first.
pub fn set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let (value, is_copy) = (args.get(cx, 2), args.get(cx, 3).value(cx).is_true());
    let Some(value) = plain_message(cx, value, is_copy)? else { return Ok(cx.undefined()) };
    let order = Order::Set { name: text(cx, args, 1)?, value };
    post(cx, id, Request { number: 0, order, time: None, fuel: None })
}

/// %sandboxDefine%: sandbox, name, number of a function.
pub fn define<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let order = Order::Define { name: text(cx, args, 1)?, function: args.integer(cx, 2)? as u32 };
    post(cx, id, Request { number: 0, order, time: None, fuel: None })
}

/// %sandboxReply%: sandbox, kind, value, whether that is a copy. False where it must be copied first.
pub fn reply<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (id, kind) = (id_of(cx, args)?, args.integer(cx, 1)? as u32);
    let (value, is_copy) = (args.get(cx, 2), args.get(cx, 3).value(cx).is_true());
    let Some(value) = plain_message(cx, value, is_copy)? else { return Ok(cx.boolean(false)) };
    with_tenants(cx, |tenants, _| tenants.reply(id, Reply { kind, value }));
    Ok(cx.boolean(true))
}

/// %sandboxSettle%: sandbox, number of a call, whether it failed, value, whether that is a copy. False as above.
pub fn settle<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (id, call) = (id_of(cx, args)?, args.integer(cx, 1)? as u32);
    let failed = args.get(cx, 2).value(cx).is_true();
    let (value, is_copy) = (args.get(cx, 3), args.get(cx, 4).value(cx).is_true());
    let Some(value) = plain_message(cx, value, is_copy)? else { return Ok(cx.boolean(false)) };
    let order = Order::Settle { call, failed, value };
    post(cx, id, Request { number: 0, order, time: None, fuel: None })?;
    Ok(cx.boolean(true))
}

/// %sandboxRun%: runs a sandbox until it has something to tell: an array of kind, number and value.
pub fn run<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let event = with_tenants(cx, |tenants, vm| tenants.run(vm, id)).unwrap_or(Event::Idle);
    // What the sandbox used is this program's too, and what ended it may be what ends this.
    if matches!(event, Event::Ended(_)) {
        cx.vm.poll(false)?;
    }
    cx.vm.spend(1)?;
    let parts = cx.event_parts(event)?;
    Ok(cx.array_of(&parts)?.any())
}

/// %sandboxStart%: has it run on another thread.
pub fn start<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    with_tenants(cx, |tenants, _| tenants.start(id));
    Ok(cx.undefined())
}

/// %sandboxRelease%: it was run here, and is not to be any more.
pub fn release<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    with_tenants(cx, |tenants, _| tenants.release(id));
    Ok(cx.undefined())
}

/// %sandboxUsage%: an array of bytes of heap, bytes outside, fuel, nanoseconds, jobs; undefined where it was disposed of.
pub fn usage<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let usage = with_tenants(cx, |tenants, _| tenants.usage(id)).flatten();
    let Some(usage) = usage else { return Ok(cx.undefined()) };
    let numbers = [
        usage.heap_bytes as f64,
        usage.external_bytes as f64,
        usage.fuel as f64,
        usage.cpu_ns as f64,
        usage.jobs as f64,
    ];
    let numbers = numbers.map(|number| cx.number(number));
    Ok(cx.array_of(&numbers)?.any())
}

/// %sandboxOutput%: streams and texts in turn, of what it has written since it was asked last.
pub fn output<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let output = with_tenants(cx, |tenants, _| tenants.output(id)).unwrap_or_default();
    let list = cx.new_array(0, 0)?;
    for (stream, bytes) in output {
        cx.vm.spend(1 + bytes.len() as u64 / 64)?;
        cx.scope(|cx| {
            let stream = cx.local(Value::int(stream as i32));
            cx.array_push(list, stream)?;
            let text = cx.text_value(&String::from_utf8_lossy(&bytes))?;
            cx.array_push(list, text)
        })?;
    }
    Ok(list.any())
}

/// %sandboxForward%: writes what it has written to the streams of this program.
pub fn forward<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    let output = with_tenants(cx, |tenants, _| tenants.output(id)).unwrap_or_default();
    for (stream, bytes) in output {
        super::console::write(cx, stream, &bytes)?;
    }
    Ok(cx.undefined())
}

/// %sandboxDispose%
pub fn dispose<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let id = id_of(cx, args)?;
    with_tenants(cx, |tenants, _| tenants.dispose(id));
    Ok(cx.undefined())
}

/// What ended a sandbox, as a code and what it says.
fn told(reason: &Termination) -> (&'static str, String) {
    match reason {
        Termination::Heap { used, limit } => {
            ("ERR_SANDBOX_MEMORY", format!("The memory limit passed: {used} bytes in use of {limit} allowed"))
        }
        Termination::Time { limit_ms } => {
            ("ERR_SANDBOX_TIME", format!("The time limit passed: {limit_ms} ms allowed"))
        }
        Termination::Fuel { limit } => {
            ("ERR_SANDBOX_FUEL", format!("The fuel limit passed: {limit} units allowed"))
        }
        Termination::Output { limit } => {
            ("ERR_SANDBOX_OUTPUT", format!("The output limit passed: {limit} bytes allowed"))
        }
        Termination::Exit(code) => {
            ("ERR_SANDBOX_EXIT", format!("The sandbox ended itself with status {code}"))
        }
        Termination::Bug(what) => ("ERR_SANDBOX_INTERNAL", format!("A defect of tvm: {what}")),
        Termination::Interrupted | Termination::Overdue { .. } | Termination::Snapshot => {
            ("ERR_SANDBOX_INTERRUPTED", "The sandbox was interrupted".to_owned())
        }
    }
}

impl<'s> Cx<'s> {
    fn event_parts(&mut self, event: Event) -> JsResult<'s, [Local<'s>; 3]> {
        let nothing = self.undefined();
        let kind = |cx: &Cx<'s>, kind| cx.local(Value::int(kind));
        Ok(match event {
            Event::Idle => [kind(self, event::IDLE), nothing, nothing],
            Event::Busy => [kind(self, event::BUSY), nothing, nothing],
            Event::Answer { number, failed, value } => {
                let kind = kind(self, if failed { event::FAILURE } else { event::ANSWER });
                let number = self.local(Value::int(number as i32));
                [kind, number, self.read_message(&value)?]
            }
            Event::Call { function, arguments } => {
                let (kind, function) = (kind(self, event::CALL), self.local(Value::int(function as i32)));
                [kind, function, self.read_message(&arguments)?]
            }
            Event::Ended(reason) => {
                let (code, message) = told(&reason);
                let kind = kind(self, event::ENDED);
                [kind, self.text_value(code)?, self.text_value(&message)?]
            }
        })
    }

    /// Queues a task that hears of an event.
    pub(crate) fn queue_arrival(&mut self, id: u64, event: Event) -> JsResult<'s, ()> {
        let realm = self.first_realm().root(self);
        let hear = self.library_function_of(realm, lib::sandboxArrival)?;
        let [kind, number, value] = self.event_parts(event)?;
        let id = self.number(id as f64);
        self.queue_task(hear.any(), &[id, kind, number, value])
    }
}
