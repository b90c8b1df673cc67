//! Atomics (25.4). An isolate is one agent, and shared memory is not shared beyond it: plain reads and writes are
//! atomic, and nobody but the agent itself can wake what waits.

use super::buffer::to_index;
use super::table::*;
use crate::base::exit::Hint;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::typed::{ElementType, buffer_flag};
use crate::semantics::{Args, JsResult};

/// Properties of %Atomics%.
const ATOMICS: Group = Group {
    on: Intrinsic::Atomics,
    rows: &[
        native("add", 3, add),
        native("and", 3, and),
        native("compareExchange", 4, compare_exchange),
        native("exchange", 3, exchange),
        native("isLockFree", 1, is_lock_free),
        native("load", 2, load),
        native("notify", 3, notify),
        native("or", 3, or),
        native("pause", 0, pause),
        native("store", 3, store),
        native("sub", 3, sub),
        native("wait", 4, wait),
        native("waitAsync", 4, wait_async),
        native("xor", 3, xor),
        tag("Atomics"),
    ],
};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] =
    &[Singleton { on: Intrinsic::Atomics, parent: Intrinsic::ObjectPrototype, global: Some("Atomics") }];

/// The groups of this file.
pub static GROUPS: &[Group] = &[ATOMICS];

/// ValidateIntegerTypedArray (25.4.3.1)
fn integer_array<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    waitable: bool,
) -> JsResult<'s, (Local<'s, TypedArray>, u64)> {
    let Some(array) = args.get(cx, 0).cast::<TypedArray>(cx) else {
        return Err(cx.type_error("[object Array] is not an integer typed array."));
    };
    let Some(length) = cx.typed_length(array) else { return Err(cx.detached_error("Atomics operation")) };
    use ElementType::*;
    let element = super::typed_array::element_of(cx, array);
    let fits = match element {
        Int32 | BigInt64 => true,
        Uint8Clamped | Float16 | Float32 | Float64 => false,
        _ => !waitable,
    };
    if !fits {
        let kind = if waitable { "an int32 or BigInt64" } else { "an integer" };
        return Err(cx.type_error(&format!("[object Array] is not {kind} typed array.")));
    }
    Ok((array, length))
}

/// ValidateAtomicAccess (25.4.3.2)
fn access<'s>(cx: &mut Cx<'s>, args: Args<'s>, length: u64) -> JsResult<'s, u64> {
    let index = args.get(cx, 1);
    if index.value(cx).is_object() {
        // The conversion may change the length, which is the one from before that counts.
        let Some(method) = args.frame().callee(cx).map(|callee| callee.root(cx)) else {
            return Err(cx.bug("a native call without function"));
        };
        let mut all = vec![method.any(), cx.number(length as f64)];
        all.extend(args.rest(0));
        return Err(cx.call_library(lib::atomicsWithIndex, &all));
    }
    let index = to_index(cx, args, 1, "Invalid atomic access index")?;
    if index >= length {
        return Err(cx.range_error("Invalid atomic access index"));
    }
    Ok(index)
}

/// An argument as an element's bytes, and as the value that `store` returns.
fn operand<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    index: usize,
    element: ElementType,
) -> JsResult<'s, ([u8; 8], Local<'s>)> {
    if element.is_bigint() {
        let value = args.primitive(cx, index, Hint::Number)?;
        let big = cx.primitive_to_bigint(value)?;
        let big = cx.bigint(&big)?.any();
        return Ok((cx.encode(element, big)?, big));
    }
    let integer = args.integer(cx, index)?;
    let value = cx.number(integer);
    Ok((cx.encode(element, value)?, value))
}

/// Byte position of an element that is still there (25.4.3.4 RevalidateAtomicAccess).
fn position<'s>(cx: &mut Cx<'s>, array: Local<'s, TypedArray>, index: u64) -> JsResult<'s, usize> {
    let Some(length) = cx.typed_length(array) else { return Err(cx.detached_error("Atomics operation")) };
    if index >= length {
        return Err(cx.range_error("Invalid atomic access index"));
    }
    let size = super::typed_array::element_of(cx, array).size();
    Ok(array.get(cx).offset() as usize + index as usize * size)
}

fn read<'s>(cx: &Cx<'s>, array: Local<'s, TypedArray>, at: usize) -> [u8; 8] {
    let size = super::typed_array::element_of(cx, array).size();
    let mut bytes = [0; 8];
    if let Some(data) = array.get(cx).buffer(cx).data(cx) {
        bytes[..size].copy_from_slice(&data.bytes(cx)[at..at + size]);
    }
    bytes
}

fn write<'s>(cx: &Cx<'s>, array: Local<'s, TypedArray>, at: usize, bytes: [u8; 8]) {
    let size = super::typed_array::element_of(cx, array).size();
    if let Some(data) = array.get(cx).buffer(cx).data(cx) {
        data.with_mut(cx, |all| all[at..at + size].copy_from_slice(&bytes[..size]));
    }
}

/// AtomicReadModifyWrite (25.4.3.3)
fn modify<'s>(cx: &mut Cx<'s>, args: Args<'s>, change: impl Fn(u64, u64) -> u64) -> JsResult<'s> {
    let (array, length) = integer_array(cx, args, false)?;
    let index = access(cx, args, length)?;
    let element = super::typed_array::element_of(cx, array);
    let (bytes, _) = operand(cx, args, 2, element)?;
    let at = position(cx, array, index)?;
    let old = read(cx, array, at);
    let new = change(u64::from_le_bytes(old), u64::from_le_bytes(bytes));
    write(cx, array, at, new.to_le_bytes());
    cx.decode(element, old)
}

fn add<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, u64::wrapping_add)
}

fn and<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, |old, new| old & new)
}

fn exchange<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, |_, new| new)
}

fn or<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, |old, new| old | new)
}

fn sub<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, u64::wrapping_sub)
}

fn xor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    modify(cx, args, |old, new| old ^ new)
}

/// Atomics.compareExchange (25.4.6)
fn compare_exchange<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (array, length) = integer_array(cx, args, false)?;
    let index = access(cx, args, length)?;
    let element = super::typed_array::element_of(cx, array);
    let (expected, _) = operand(cx, args, 2, element)?;
    let (replacement, _) = operand(cx, args, 3, element)?;
    let at = position(cx, array, index)?;
    let old = read(cx, array, at);
    let size = element.size();
    if old[..size] == expected[..size] {
        write(cx, array, at, replacement);
    }
    cx.decode(element, old)
}

/// Atomics.isLockFree (25.4.8)
fn is_lock_free<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let size = args.integer(cx, 0)?;
    Ok(cx.boolean([1.0, 2.0, 4.0, 8.0].contains(&size)))
}

/// Atomics.load (25.4.9)
fn load<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (array, length) = integer_array(cx, args, false)?;
    let index = access(cx, args, length)?;
    let at = position(cx, array, index)?;
    let bytes = read(cx, array, at);
    let element = super::typed_array::element_of(cx, array);
    cx.decode(element, bytes)
}

/// Atomics.store (25.4.12)
fn store<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (array, length) = integer_array(cx, args, false)?;
    let index = access(cx, args, length)?;
    let element = super::typed_array::element_of(cx, array);
    let (bytes, value) = operand(cx, args, 2, element)?;
    let at = position(cx, array, index)?;
    write(cx, array, at, bytes);
    Ok(value)
}

/// Atomics.pause
fn pause<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let hint = args.get(cx, 0).value(cx);
    let whole = hint.as_number().is_some_and(|number| number.is_finite() && number.fract() == 0.0);
    if !hint.is_undefined() && !whole {
        return Err(cx.type_error("Atomics.pause: the hint must be an integer"));
    }
    std::hint::spin_loop();
    Ok(cx.undefined())
}

// ---- waiting

/// What DoWait (25.4.3.14) finds before it waits: the answer that is known, or where and how long to wait.
enum Wait<'s> {
    Answer(&'static str),
    Wait { buffer: Local<'s, Buffer>, at: usize, timeout: f64 },
}

fn prepare<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Wait<'s>> {
    let (array, length) = integer_array(cx, args, true)?;
    let buffer = array.get(cx).buffer(cx).root(cx);
    if buffer.get(cx).flags() & buffer_flag::SHARED == 0 {
        return Err(cx.type_error(&format!("{method} needs a typed array over a SharedArrayBuffer")));
    }
    let index = access(cx, args, length)?;
    let element = super::typed_array::element_of(cx, array);
    let expected = if element.is_bigint() {
        operand(cx, args, 2, element)?.0
    } else {
        let number = args.number(cx, 2)?;
        crate::object::typed::encode_number(element, number)
    };
    let timeout = args.number(cx, 3)?;
    let timeout = if timeout.is_nan() { f64::INFINITY } else { timeout.max(0.0) };
    let at = position(cx, array, index)?;
    let size = element.size();
    if read(cx, array, at)[..size] != expected[..size] {
        return Ok(Wait::Answer("not-equal"));
    }
    Ok(Wait::Wait { buffer, at, timeout })
}

/// Atomics.wait (25.4.14)
fn wait<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    match prepare(cx, args, "Atomics.wait")? {
        Wait::Answer(answer) => cx.text_value(answer),
        Wait::Wait { timeout, .. } if timeout.is_infinite() => {
            Err(cx.type_error("Atomics.wait cannot be called in this context"))
        }
        Wait::Wait { timeout, .. } => {
            let mut left = timeout;
            while left > 0.0 {
                let slice = left.min(5.0);
                cx.vm.host.sleep(std::time::Duration::from_secs_f64(slice / 1000.0));
                left -= slice;
                cx.vm.poll(false)?;
            }
            cx.text_value("timed-out")
        }
    }
}

/// Atomics.waitAsync (25.4.15)
fn wait_async<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (is_async, value) = match prepare(cx, args, "Atomics.waitAsync")? {
        Wait::Answer(answer) => (false, cx.text_value(answer)?),
        Wait::Wait { timeout: 0.0, .. } => (false, cx.text_value("timed-out")?),
        Wait::Wait { buffer, at, timeout } => {
            let promise = cx.new_promise()?;
            let at = cx.number(at as f64);
            let undefined = cx.undefined();
            let waiter = cx.tuple(&[buffer.any(), at, promise, undefined])?;
            if timeout.is_finite() {
                let function = cx.library_function(lib::atomicsTimeOut)?;
                let timer = cx.add_timer(function.any(), timeout, false, &[waiter.any()])?;
                waiter.get(cx).put(cx, 3, timer.value(cx));
            }
            let waiters = waiters(cx)?;
            cx.list_push(waiters, waiter.any())?;
            (true, promise)
        }
    };
    let result = cx.new_object()?;
    let is_async = cx.boolean(is_async);
    for (name, value) in [("async", is_async), ("value", value)] {
        let key = cx.text_key(name)?;
        cx.put_own(result, key, value, crate::object::shape::info::DEFAULT)?;
    }
    Ok(result.any())
}

/// What waits by `waitAsync`: tuples of buffer, byte, promise, and number of the timer or undefined.
fn waiters<'s>(cx: &mut Cx<'s>) -> JsResult<'s, Local<'s, List>> {
    if let Some(list) = cx.intrinsic(Intrinsic::AtomicsWaiters).cast::<List>(cx) {
        return Ok(list);
    }
    let list = cx.new_list()?;
    let realm = cx.realm().root(cx);
    cx.set_intrinsic(realm, Intrinsic::AtomicsWaiters, list.value(cx));
    Ok(list)
}

/// Atomics.notify (25.4.11)
fn notify<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (array, length) = integer_array(cx, args, true)?;
    let index = access(cx, args, length)?;
    let count = match args.get(cx, 2).value(cx).is_undefined() {
        true => f64::INFINITY,
        false => args.integer(cx, 2)?.max(0.0),
    };
    let buffer = array.get(cx).buffer(cx).root(cx);
    if buffer.get(cx).flags() & buffer_flag::SHARED == 0 {
        return Ok(cx.number(0.0));
    }
    let size = super::typed_array::element_of(cx, array).size() as u64;
    let at = (array.get(cx).offset() + index * size) as f64;
    let list = waiters(cx)?;
    let mut woken = 0.0;
    let mut kept = 0;
    let total = list.get(cx).length() as usize;
    for i in 0..total {
        cx.vm.spend(1)?;
        cx.scope(|cx| {
            let waiter = list.get(cx).item(cx, i).root(cx);
            let Some(tuple) = waiter.cast::<Tuple>(cx) else { return Ok(()) };
            let cell = tuple.get(cx);
            let here = cell.at(cx, 0) == buffer.value(cx) && cell.at(cx, 1).as_number() == Some(at);
            if here && woken < count {
                woken += 1.0;
                let promise = cell.at(cx, 2).root(cx);
                if let Some(timer) = cell.at(cx, 3).as_number() {
                    cx.cancel_timer(timer);
                }
                let ok = cx.text_value("ok")?;
                return cx.fulfill_promise(promise, ok);
            }
            list.get(cx).set_item(cx, kept, waiter.value(cx));
            kept += 1;
            Ok(())
        })?;
    }
    list.get(cx).truncate(cx, kept);
    Ok(cx.number(woken))
}

/// %atomicsTimeOut%: a waiter's time is over.
pub fn time_out<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(waiter) = args.get(cx, 0).cast::<Tuple>(cx) else { return Err(cx.bug("a waiter")) };
    let list = waiters(cx)?;
    let cell = list.get(cx);
    let total = cell.length() as usize;
    let mut kept = 0;
    for i in 0..total {
        let other = cell.item(cx, i);
        if other != waiter.value(cx) {
            cell.set_item(cx, kept, other);
            kept += 1;
        }
    }
    cell.truncate(cx, kept);
    let promise = waiter.get(cx).at(cx, 2).root(cx);
    let text = cx.text_value("timed-out")?;
    cx.fulfill_promise(promise, text)?;
    Ok(cx.undefined())
}
