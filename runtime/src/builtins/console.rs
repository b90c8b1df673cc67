//! `console`: rows, and what its self-hosted half (library/console.js) asks of the engine.

use super::table::*;
use crate::base::exit::{Exit, Termination};
use crate::frame::Skip;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

const fn method(name: &'static str, length: u8, function: u32) -> Row {
    library(name, length, function).with(info::DEFAULT)
}

/// `console`.
pub static OBJECTS: &[Singleton] =
    &[Singleton { on: Intrinsic::Console, parent: Intrinsic::ObjectPrototype, global: Some("console") }];

/// Methods of `console`.
pub static GROUPS: &[Group] = &[Group {
    on: Intrinsic::Console,
    rows: &[
        both("log", 0, log, lib::consoleLog).with(info::DEFAULT),
        method("warn", 0, lib::consoleError),
        method("dir", 2, lib::consoleDir),
        method("time", 0, lib::consoleTime),
        method("timeEnd", 0, lib::consoleTimeEnd),
        method("timeLog", 0, lib::consoleTimeLog),
        method("trace", 0, lib::consoleTrace),
        method("assert", 0, lib::consoleAssert),
        method("count", 0, lib::consoleCount),
        method("countReset", 0, lib::consoleCountReset),
        method("group", 0, lib::consoleGroup),
        method("groupEnd", 0, lib::consoleGroupEnd),
        method("table", 2, lib::consoleTable),
        method("clear", 0, lib::consoleClear),
        both("debug", 0, log, lib::consoleLog).with(info::DEFAULT),
        both("info", 0, log, lib::consoleLog).with(info::DEFAULT),
        method("dirxml", 0, lib::consoleLog),
        method("error", 0, lib::consoleError),
        method("groupCollapsed", 0, lib::consoleGroup),
        tag("console"),
    ],
}];

/// Makes what `console` keeps between calls.
pub(super) fn make_state(cx: &mut Cx<'_>, realm: Local<'_, Realm>) -> Result<(), Exit> {
    let null = cx.local(Value::NULL);
    let state = cx.new_object_with(null)?;
    let indent = cx.local(Value::int(0));
    put(cx, state, "indent", indent)?;
    let no = cx.boolean(false);
    let undefined = cx.undefined();
    // What the REPL keeps: whether an evaluation is under way, the last value, whether the program took `_` over. And
    // the text of an uncaught exception.
    for (name, value) in [("busy", no), ("last", undefined), ("taken", no), ("told", undefined)] {
        put(cx, state, name, value)?;
    }
    // And the promises that a sandbox's host has still to settle.
    for name in ["counts", "timers", "calls"] {
        let map = super::map::fresh(cx)?;
        put(cx, state, name, map)?;
    }
    cx.set_intrinsic(realm, Intrinsic::ConsoleState, state.value(cx));
    Ok(())
}

fn put<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, name: &str, value: Local<'s>) -> Result<(), Exit> {
    let key = cx.text_key(name)?;
    cx.put_own(object, key, value, info::DEFAULT)
}

/// A field of the state.
fn state_field<'s>(cx: &mut Cx<'s>, name: &str) -> Result<Option<Local<'s>>, Exit> {
    let state = cx.intrinsic(Intrinsic::ConsoleState);
    let Some(state) = state.as_object(cx) else { return Ok(None) };
    let key = cx.text_key(name)?;
    Ok(match cx.ordinary_own(state.get(cx), key) {
        Own::Data(value, _) => Some(value),
        _ => None,
    })
}

/// Columns that groups move lines to the right.
fn group_indent(cx: &mut Cx<'_>) -> Result<usize, Exit> {
    let indent = state_field(cx, "indent")?;
    Ok(indent.and_then(|indent| indent.value(cx).as_number()).unwrap_or(0.0) as usize)
}

/// Whether an evaluation of the REPL's is under way.
pub fn repl_is_busy(cx: &mut Cx<'_>) -> bool {
    let busy = state_field(cx, "busy").ok().flatten();
    busy.is_some_and(|busy| busy.value(cx).is_true())
}

/// What the library made of an uncaught exception.
pub fn told_text(cx: &mut Cx<'_>) -> Result<Option<String>, Exit> {
    match state_field(cx, "told")?.and_then(|told| told.cast::<Str>(cx)) {
        Some(told) => cx.text(told).map(Some),
        None => Ok(None),
    }
}

/// console.log of one string or of no object at all, where the library has nothing to do.
fn log<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    match args.get(cx, 0).cast::<Str>(cx) {
        Some(text) if args.count() == 1 => write_line(cx, 1, text)?,
        _ => return Err(Exit::Fallback),
    }
    Ok(cx.undefined())
}

fn write_line<'s>(cx: &mut Cx<'s>, stream: u32, text: Local<'s, Str>) -> JsResult<'s, ()> {
    let text = cx.flatten(text)?;
    cx.spend_on(text, 64)?;
    let mut line = text.get(cx).to_text(cx);
    let indent = group_indent(cx)?;
    if indent > 0 {
        let spaces = " ".repeat(indent.min(1000));
        line = format!("{spaces}{}", line.replace('\n', &format!("\n{spaces}")));
    }
    line.push('\n');
    write(cx, stream, line.as_bytes())
}

/// Writes to standard output (1) or standard error.
pub(super) fn write(cx: &mut Cx<'_>, stream: u32, bytes: &[u8]) -> Result<(), Exit> {
    if let Some(seat) = &mut cx.vm.seat {
        let limit = seat.output_limit;
        return match seat.write(stream, bytes) {
            true => Ok(()),
            false => Err(cx.vm.terminate(Termination::Output { limit })),
        };
    }
    if let Some((left, limit)) = &mut cx.vm.output_left {
        let limit = *limit;
        match left.checked_sub(bytes.len()) {
            Some(rest) => *left = rest,
            None => return Err(cx.vm.terminate(Termination::Output { limit })),
        }
    }
    match stream {
        1 => cx.vm.host.write_stdout(bytes),
        _ => cx.vm.host.write_stderr(bytes),
    }
    Ok(())
}

// ---- intrinsics

/// %writeLine%: a stream and text, moved to the right by groups.
pub fn write_line_intrinsic<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let stream = args.integer(cx, 0)? as u32;
    let text = args.flat_string(cx, 1)?;
    write_line(cx, stream, text)?;
    Ok(cx.undefined())
}

/// %hasColors%: whether what is written to a stream may be coloured.
pub fn has_colors<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let error = args.integer(cx, 0)? == 2.0;
    let colors = cx.vm.host.has_colors(error);
    Ok(cx.boolean(colors))
}

/// %clearTerminal%: nothing where standard output is none.
pub fn clear_terminal<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    if cx.vm.host.has_colors(false) {
        write(cx, 1, b"\x1b[1;1H\x1b[0J")?;
    }
    Ok(cx.undefined())
}

/// %traceText%: a headline with the stack below it.
pub fn trace_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let head = args.flat_string(cx, 0)?;
    let head = cx.text(head)?;
    let frames = cx.capture_stack(Skip::Builtins)?;
    let text = cx.stack_text(&head, frames)?;
    cx.text_value(&text)
}

/// %monotonicTime%: milliseconds since the program started.
pub fn monotonic_time<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let now = cx.vm.monotonic_ms();
    Ok(cx.number(now))
}

/// %durationText%: milliseconds as Node's timers show them.
pub fn duration_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let ms = args.number(cx, 0)?;
    let text = duration(ms);
    cx.text_value(&text)
}

fn duration(ms: f64) -> String {
    let (hours, rest) = ((ms / 3_600_000.0).floor(), ms % 3_600_000.0);
    let (minutes, seconds) = ((rest / 60_000.0).floor(), rest % 60_000.0 / 1000.0);
    match ms {
        ms if ms >= 3_600_000.0 => format!("{hours}:{minutes:02}:{seconds:06.3} (h:mm:ss.mmm)"),
        ms if ms >= 60_000.0 => format!("{minutes}:{seconds:06.3} (m:ss.mmm)"),
        ms if ms >= 1000.0 => format!("{:.3}s", ms / 1000.0),
        ms => {
            let text = format!("{ms:.3}");
            format!("{}ms", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

/// %objectKeyCount%: enumerable own string keys of an object, those of a proxy's target.
pub fn object_key_count<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let Some(object) = value.as_object(cx) else { return Ok(cx.number(0.0)) };
    if object.get(cx).is::<Proxy>() {
        return Ok(cx.number(0.0));
    }
    let keys = cx.own_keys(object)?;
    let mut count = 0;
    for i in 0..keys.get(cx).length() as usize {
        cx.scope(|cx| {
            let key = keys.get(cx).item(cx, i).root(cx);
            let is_text = key.value(cx).is_string();
            let Some(key) = cx.primitive_key(key)? else { return Ok(()) };
            let attributes = match cx.own(object, key)? {
                Own::Data(_, attributes) | Own::Accessor(_, attributes) => attributes,
                _ => 0,
            };
            count += u32::from(is_text && attributes & info::ENUMERABLE != 0);
            Ok(())
        })?;
    }
    Ok(cx.number(f64::from(count)))
}
