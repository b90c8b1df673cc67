//! `process`, `performance`, and the functions of the global object that come with them.

use super::table::*;
use crate::base::exit::{Exit, Termination};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[
    Singleton { on: Intrinsic::Process, parent: Intrinsic::ObjectPrototype, global: Some("process") },
    Singleton { on: Intrinsic::ProcessEnv, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::ProcessVersions, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::ProcessStdout, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::ProcessStderr, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::Performance, parent: Intrinsic::ObjectPrototype, global: Some("performance") },
];

/// %DOMException%.
pub static CLASSES: &[Class] = &[Class::new(
    "DOMException",
    0,
    Intrinsic::DOMException,
    Intrinsic::DOMExceptionPrototype,
    by_library(lib::domException),
)
.inherits(Intrinsic::FunctionPrototype, Intrinsic::ErrorPrototype)];

/// The operating system as Node names it.
const PLATFORM: &str = match std::env::consts::OS.as_bytes() {
    b"macos" => "darwin",
    b"windows" => "win32",
    _ => std::env::consts::OS,
};

/// The processor as Node names it.
const ARCH: &str = match std::env::consts::ARCH.as_bytes() {
    b"x86_64" => "x64",
    b"aarch64" => "arm64",
    _ => std::env::consts::ARCH,
};

/// Properties.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::Process,
        rows: &[
            text("title", "tvm").with(info::DEFAULT),
            text("platform", PLATFORM).with(info::DEFAULT),
            text("arch", ARCH).with(info::DEFAULT),
            object("versions", Intrinsic::ProcessVersions).with(info::DEFAULT),
            object("env", Intrinsic::ProcessEnv).with(info::DEFAULT),
            object("stdout", Intrinsic::ProcessStdout).with(info::DEFAULT),
            object("stderr", Intrinsic::ProcessStderr).with(info::DEFAULT),
            text("version", concat!("v", "22.12.0")).with(info::DEFAULT),
            text("execPath", "tvm").with(info::DEFAULT),
            text("argv0", "tvm").with(info::DEFAULT),
            library("cwd", 0, lib::processCwd).with(info::DEFAULT),
            library("on", 2, lib::processOn).with(info::DEFAULT),
            library("once", 2, lib::processOnce).with(info::DEFAULT),
            library("off", 2, lib::processOff).with(info::DEFAULT),
            library("emit", 1, lib::processEmitEvent).with(info::DEFAULT),
            library("addListener", 2, lib::processAddListener).with(info::DEFAULT),
            library("removeListener", 2, lib::processRemoveListener).with(info::DEFAULT),
            library("removeAllListeners", 1, lib::processRemoveAllListeners).with(info::DEFAULT),
            library("prependListener", 2, lib::processPrependListener).with(info::DEFAULT),
            library("prependOnceListener", 2, lib::processPrependOnceListener).with(info::DEFAULT),
            library("listeners", 1, lib::processListeners).with(info::DEFAULT),
            library("rawListeners", 1, lib::processRawListeners).with(info::DEFAULT),
            library("listenerCount", 1, lib::processListenerCount).with(info::DEFAULT),
            library("eventNames", 0, lib::processEventNames).with(info::DEFAULT),
            library("setMaxListeners", 1, lib::processSetMaxListeners).with(info::DEFAULT),
            library("getMaxListeners", 0, lib::processGetMaxListeners).with(info::DEFAULT),
            library("emitWarning", 1, lib::processEmitWarning).with(info::DEFAULT),
            library("exit", 1, lib::processExit).with(info::DEFAULT),
            getter("exitCode", exit_code),
            library_setter("exitCode", lib::setProcessExitCode),
            native("nextTick", 1, next_tick).with(info::DEFAULT),
            library("hrtime", 1, lib::processHrtime).with(info::DEFAULT).named(Intrinsic::ProcessHrtime),
            native("uptime", 0, uptime).with(info::DEFAULT),
            native("memoryUsage", 0, memory_usage).with(info::DEFAULT),
            tag("process"),
        ],
    },
    Group { on: Intrinsic::ProcessHrtime, rows: &[native("bigint", 0, hrtime_bigint).with(info::DEFAULT)] },
    Group {
        on: Intrinsic::ProcessVersions,
        rows: &[
            text("node", "22.12.0").with(info::DEFAULT),
            text("tvm", env!("CARGO_PKG_VERSION")).with(info::DEFAULT),
        ],
    },
    Group { on: Intrinsic::ProcessStdout, rows: &[native("write", 1, write_stdout).with(info::DEFAULT)] },
    Group { on: Intrinsic::ProcessStderr, rows: &[native("write", 1, write_stderr).with(info::DEFAULT)] },
    Group {
        on: Intrinsic::Performance,
        rows: &[native("now", 0, super::console::monotonic_time).with(info::DEFAULT), tag("Performance")],
    },
    Group {
        on: Intrinsic::DOMExceptionPrototype,
        rows: &[text("name", "Error"), number("code", 0.0), tag("DOMException")],
    },
    Group { on: Intrinsic::DOMExceptionPrototype, rows: EXCEPTION_CODES },
    Group { on: Intrinsic::DOMException, rows: EXCEPTION_CODES },
    Group {
        on: Intrinsic::Global,
        rows: &[
            library("structuredClone", 1, lib::structuredClone).with(info::DEFAULT),
            library("reportError", 1, lib::reportError).with(info::DEFAULT),
            library("setTimeout", 2, lib::programSetTimeout).with(info::DEFAULT),
            library("setInterval", 2, lib::programSetInterval).with(info::DEFAULT),
            library("setImmediate", 1, lib::programSetImmediate).with(info::DEFAULT),
            library("clearTimeout", 1, lib::programClearTimer).with(info::DEFAULT),
            library("clearInterval", 1, lib::programClearTimer).with(info::DEFAULT),
            library("clearImmediate", 1, lib::programClearTimer).with(info::DEFAULT),
            library_getter("Buffer", lib::getBuffer),
            library_setter("Buffer", lib::setBuffer),
            library_getter("EventTarget", lib::getEventTarget),
            library_setter("EventTarget", lib::setEventTarget),
            library_getter("Event", lib::getEvent),
            library_setter("Event", lib::setEvent),
            library_getter("AbortController", lib::getAbortController),
            library_setter("AbortController", lib::setAbortController),
            library_getter("AbortSignal", lib::getAbortSignal),
            library_setter("AbortSignal", lib::setAbortSignal),
        ],
    },
];

macro_rules! exception_codes {
    ($($name:literal $code:literal),*) => { &[$( number($name, $code as f64).with(info::ENUMERABLE) ),*] };
}

/// The codes that exceptions had before they had names.
const EXCEPTION_CODES: &[Row] = exception_codes! {
    "INDEX_SIZE_ERR" 1, "DOMSTRING_SIZE_ERR" 2, "HIERARCHY_REQUEST_ERR" 3, "WRONG_DOCUMENT_ERR" 4, "INVALID_CHARACTER_ERR" 5, "NO_DATA_ALLOWED_ERR" 6, "NO_MODIFICATION_ALLOWED_ERR" 7, "NOT_FOUND_ERR" 8, "NOT_SUPPORTED_ERR" 9, "INUSE_ATTRIBUTE_ERR" 10, "INVALID_STATE_ERR" 11, "SYNTAX_ERR" 12, "INVALID_MODIFICATION_ERR" 13, "NAMESPACE_ERR" 14, "INVALID_ACCESS_ERR" 15, "VALIDATION_ERR" 16, "TYPE_MISMATCH_ERR" 17, "SECURITY_ERR" 18, "NETWORK_ERR" 19, "ABORT_ERR" 20, "URL_MISMATCH_ERR" 21, "QUOTA_EXCEEDED_ERR" 22, "TIMEOUT_ERR" 23, "INVALID_NODE_TYPE_ERR" 24, "DATA_CLONE_ERR" 25
};

/// What differs from program to program.
pub(super) fn fill(cx: &mut Cx<'_>, realm: Local<'_, Realm>) -> Result<(), Exit> {
    let origin = cx.vm.host.now_ms() - cx.vm.monotonic_ms();
    let origin = cx.number(origin);
    let performance = realm.get(cx).intrinsic(cx, Intrinsic::Performance).root(cx);
    put(cx, performance, "timeOrigin", origin)?;
    let argv = cx.new_array(0, 0)?;
    let arguments = cx.vm.arguments.clone();
    for argument in std::iter::once("tvm").chain(arguments.iter().map(String::as_str)) {
        cx.scope(|cx| {
            let argument = cx.string(argument)?;
            cx.array_push(argv, argument.any())
        })?;
    }
    let global = cx.global_of(realm).any();
    put(cx, global, "global", global)?;
    let process = realm.get(cx).intrinsic(cx, Intrinsic::Process).root(cx);
    put(cx, process, "argv", argv.any())?;
    let flags = cx.new_array(0, 0)?;
    put(cx, process, "execArgv", flags.any())?;
    let env = realm.get(cx).intrinsic(cx, Intrinsic::ProcessEnv).root(cx);
    for (name, value) in cx.vm.host.environment() {
        let value = cx.text_value(&value)?;
        put(cx, env, &name, value)?;
    }
    Ok(())
}

/// Events of `process` that the engine emits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProcessEvent {
    /// Nothing is left to do.
    BeforeExit,
    /// The program ends.
    Exit,
    /// An exception that nobody caught.
    Uncaught,
    /// A rejection that nobody handles.
    Unhandled,
}

impl ProcessEvent {
    fn name(self) -> &'static str {
        match self {
            ProcessEvent::BeforeExit => "beforeExit",
            ProcessEvent::Exit => "exit",
            ProcessEvent::Uncaught => "uncaughtException",
            ProcessEvent::Unhandled => "unhandledRejection",
        }
    }

    /// The library function that emits it.
    pub(crate) fn function(self) -> u32 {
        match self {
            ProcessEvent::BeforeExit => lib::processBeforeExit,
            ProcessEvent::Exit => lib::processAtExit,
            ProcessEvent::Uncaught => lib::processUncaught,
            ProcessEvent::Unhandled => lib::processUnhandled,
        }
    }
}

impl<'s> Cx<'s> {
    /// Whether the program listens to an event of `process`. Runs none of its code.
    pub fn hears(&mut self, event: ProcessEvent) -> bool {
        let realm = self.first_realm().root(self);
        let process = realm.get(self).intrinsic(self, Intrinsic::Process).root(self);
        self.scope(|cx| {
            let mut own = |object: Local<'_>, name: &str| -> Result<Option<Local<'_>>, Exit> {
                let Some(object) = object.as_object(cx) else { return Ok(None) };
                let key = cx.text_key(name)?;
                Ok(match cx.ordinary_own(object.get(cx), key) {
                    crate::object::lookup::Own::Data(value, _) => Some(value),
                    _ => None,
                })
            };
            let events = own(process, "_events")?;
            let listeners = events.map_or(Ok(None), |events| own(events, event.name()))?;
            Ok::<bool, Exit>(listeners.is_some_and(|listeners| listeners.value(cx).is_object()))
        })
        .unwrap_or(false)
    }
}

fn put<'s>(cx: &mut Cx<'s>, object: Local<'s>, name: &str, value: Local<'s>) -> Result<(), Exit> {
    let Some(object) = object.as_object(cx) else { return Err(cx.bug("an object of the program's globals")) };
    let key = cx.text_key(name)?;
    cx.put_own(object, key, value, info::DEFAULT)
}

fn exit_code<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let code = cx.vm.exit_code;
    Ok(if code == 0 { cx.undefined() } else { cx.local(Value::int(code)) })
}

/// process.nextTick
fn next_tick<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = super::timers::callback(cx, args)?;
    let arguments: Vec<Local<'_>> = args.rest(1).collect();
    cx.queue_tick(function, &arguments)?;
    Ok(cx.undefined())
}

fn hrtime_bigint<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let now = cx.vm.monotonic_ms();
    let nanoseconds = num_bigint::BigInt::from((now * 1e6) as u64);
    Ok(cx.bigint(&nanoseconds)?.any())
}

fn uptime<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let now = cx.vm.monotonic_ms();
    Ok(cx.number(now / 1000.0))
}

fn memory_usage<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let used = cx.heap.bytes_used() as f64;
    let result = cx.new_object()?.any();
    // The heap is most of the process; the rest is about as large as an empty isolate.
    for (name, value) in [
        ("rss", used + 8e6),
        ("heapTotal", used),
        ("heapUsed", used),
        ("external", 0.0),
        ("arrayBuffers", 0.0),
    ] {
        let value = cx.number(value);
        put(cx, result, name, value)?;
    }
    Ok(result)
}

fn write<'s>(cx: &mut Cx<'s>, args: Args<'s>, stream: u32) -> JsResult<'s> {
    let value = args.get(cx, 0);
    if let Some(array) = value.cast::<TypedArray>(cx) {
        let bytes = super::encoding::bytes_of(cx, array.any())?;
        super::console::write(cx, stream, &bytes)?;
        return Ok(cx.boolean(true));
    }
    if !value.value(cx).is_string() {
        let shown = cx.describe(value);
        let message = format!(
            "The \"chunk\" argument must be of type string or an instance of Uint8Array. Received {shown}"
        );
        return Err(cx.type_error(&message));
    }
    let text = args.flat_string(cx, 0)?;
    cx.spend_on(text, 64)?;
    let text = text.get(cx).to_text(cx);
    super::console::write(cx, stream, text.as_bytes())?;
    Ok(cx.boolean(true))
}

fn write_stdout<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    write(cx, args, 1)
}

fn write_stderr<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    write(cx, args, 2)
}

// ---- intrinsics

/// %setExitCode%
pub fn set_exit_code<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    cx.vm.exit_code = args.integer(cx, 0)? as i32;
    Ok(cx.undefined())
}

/// %exit%: ends the program with the exit code set.
pub fn exit<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let code = cx.vm.exit_code;
    Err(cx.vm.terminate(Termination::Exit(code)))
}

/// %setInJobs%: whether callbacks of `process.nextTick` wait for the jobs that there are.
pub fn set_in_jobs<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    cx.vm.in_jobs = args.get(cx, 0).value(cx).is_true();
    Ok(cx.undefined())
}

/// %currentDirectory%
pub fn current_directory<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let directory = cx.vm.host.current_directory();
    cx.text_value(&directory)
}

/// %environment%: names and values in turn.
pub fn environment<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let list = cx.new_array(0, 0)?;
    for (name, value) in cx.vm.host.environment() {
        cx.scope(|cx| {
            let name = cx.text_value(&name)?;
            cx.array_push(list, name)?;
            let value = cx.text_value(&value)?;
            cx.array_push(list, value)
        })?;
    }
    Ok(list.any())
}

/// %isOrdinary%: whether an object is an ordinary one.
pub fn is_ordinary<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<Plain>(cx)))
}

/// %bufferMost%: what a buffer may grow to; undefined where it may not.
pub fn buffer_most<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    use crate::object::typed::buffer_flag;
    let Some(buffer) = args.get(cx, 0).value(cx).cast::<Buffer>(cx) else {
        return Err(cx.bug("bufferMost of no buffer"));
    };
    let resizable = buffer.flags() & buffer_flag::RESIZABLE != 0;
    Ok(if resizable { cx.number(buffer.max_length() as f64) } else { cx.undefined() })
}

/// %detachBuffer%
pub fn detach_buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if let Some(buffer) = args.get(cx, 0).cast::<Buffer>(cx) {
        cx.detach_buffer(buffer);
    }
    Ok(cx.undefined())
}
