//! ArrayBuffer (25.1) and SharedArrayBuffer (25.2).

use super::array::this_value;
use super::table::*;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::ObjectLayout;
use crate::object::typed::buffer_flag;
use crate::semantics::{Args, JsResult};

/// %ArrayBuffer%.
const ARRAY_BUFFER_CLASS: Class = Class::new(
    "ArrayBuffer",
    1,
    Intrinsic::ArrayBuffer,
    Intrinsic::ArrayBufferPrototype,
    by_library(lib::arrayBufferConstructor),
);
/// %SharedArrayBuffer%.
const SHARED_ARRAY_BUFFER_CLASS: Class = Class::new(
    "SharedArrayBuffer",
    1,
    Intrinsic::SharedArrayBuffer,
    Intrinsic::SharedArrayBufferPrototype,
    by_library(lib::sharedArrayBufferConstructor),
);

/// Properties of %ArrayBuffer%.
const ARRAY_BUFFER: Group = Group {
    on: Intrinsic::ArrayBuffer,
    rows: &[native("isView", 1, is_view), getter("@@species", this_value)],
};

/// Properties of %ArrayBuffer.prototype%.
const ARRAY_BUFFER_PROTOTYPE: Group = Group {
    on: Intrinsic::ArrayBufferPrototype,
    rows: &[
        getter("byteLength", byte_length),
        getter("detached", detached),
        getter("maxByteLength", max_byte_length),
        getter("resizable", resizable),
        native("resize", 1, resize),
        library("slice", 2, lib::arrayBufferSlice),
        native("transfer", 0, transfer),
        native("transferToFixedLength", 0, transfer_to_fixed),
        tag("ArrayBuffer"),
    ],
};

/// Properties of %SharedArrayBuffer%.
const SHARED_ARRAY_BUFFER: Group =
    Group { on: Intrinsic::SharedArrayBuffer, rows: &[getter("@@species", this_value)] };

/// Properties of %SharedArrayBuffer.prototype%.
const SHARED_ARRAY_BUFFER_PROTOTYPE: Group = Group {
    on: Intrinsic::SharedArrayBufferPrototype,
    rows: &[
        getter("byteLength", shared_byte_length),
        native("grow", 1, grow),
        getter("growable", growable),
        getter("maxByteLength", shared_max_byte_length),
        library("slice", 2, lib::sharedArrayBufferSlice),
        tag("SharedArrayBuffer"),
    ],
};

/// The groups of this file.
pub static GROUPS: &[Group] =
    &[ARRAY_BUFFER, ARRAY_BUFFER_PROTOTYPE, SHARED_ARRAY_BUFFER, SHARED_ARRAY_BUFFER_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[ARRAY_BUFFER_CLASS, SHARED_ARRAY_BUFFER_CLASS];

impl<'s> Cx<'s> {
    /// A buffer of zeros with a prototype.
    pub fn new_buffer_with(
        &mut self,
        proto: Local<'_>,
        length: u64,
        max_length: Option<u64>,
        flags: u32,
    ) -> JsResult<'s, Local<'s, Buffer>> {
        let shape = self.root_shape(proto, ObjectLayout { kind: kind::Buffer, inline: 0 }, 0)?;
        self.vm.spend(max_length.unwrap_or(length) / 4096)?;
        self.new_buffer(shape, length, max_length, flags)
    }

    /// An ArrayBuffer of zeros.
    pub fn new_array_buffer(&mut self, length: u64) -> JsResult<'s, Local<'s, Buffer>> {
        let proto = self.intrinsic(Intrinsic::ArrayBufferPrototype);
        self.new_buffer_with(proto, length, None, 0)
    }

    /// DetachArrayBuffer (25.1.3.5).
    pub fn detach_buffer(&self, buffer: Local<'_, Buffer>) {
        let cell = buffer.get(self);
        cell.set_data(self, None);
        cell.set_length(0);
        cell.set_max_length(0);
        cell.set_flags(cell.flags() | buffer_flag::DETACHED);
    }

    /// Whether a buffer is detached.
    pub fn is_detached(&self, buffer: Local<'_, Buffer>) -> bool {
        buffer.get(self).flags() & buffer_flag::DETACHED != 0
    }

    /// The error of using a detached buffer.
    pub fn detached_error(&mut self, method: &str) -> crate::base::exit::Exit {
        self.type_error(&format!("Cannot perform {method} on a detached ArrayBuffer"))
    }
}

/// A value that must be a buffer, shared or not.
fn buffer<'s>(
    cx: &mut Cx<'s>,
    value: Local<'s>,
    shared: bool,
    method: &str,
) -> JsResult<'s, Local<'s, Buffer>> {
    match value.cast::<Buffer>(cx) {
        Some(buffer) if (buffer.get(cx).flags() & buffer_flag::SHARED != 0) == shared => Ok(buffer),
        _ => {
            let shown = cx.describe(value);
            let name = if shared { "SharedArrayBuffer" } else { "ArrayBuffer" };
            Err(cx.type_error(&format!(
                "Method {name}.prototype.{method} called on incompatible receiver {shown}"
            )))
        }
    }
}

/// ArrayBuffer.isView
fn is_view<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0).value(cx);
    Ok(cx.boolean(value.is::<TypedArray>(cx) || value.is::<DataView>(cx)))
}

fn byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = buffer(cx, args.this(), false, "byteLength")?.get(cx).length();
    Ok(cx.number(length as f64))
}

fn shared_byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = buffer(cx, args.this(), true, "byteLength")?.get(cx).length();
    Ok(cx.number(length as f64))
}

fn detached<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let buffer = buffer(cx, args.this(), false, "detached")?;
    Ok(cx.boolean(cx.is_detached(buffer)))
}

fn max_byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = buffer(cx, args.this(), false, "maxByteLength")?.get(cx).max_length();
    Ok(cx.number(length as f64))
}

fn shared_max_byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = buffer(cx, args.this(), true, "maxByteLength")?.get(cx).max_length();
    Ok(cx.number(length as f64))
}

fn is_resizable(cx: &Cx<'_>, buffer: Local<'_, Buffer>) -> bool {
    buffer.get(cx).flags() & buffer_flag::RESIZABLE != 0
}

fn resizable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let buffer = buffer(cx, args.this(), false, "resizable")?;
    Ok(cx.boolean(is_resizable(cx, buffer)))
}

fn growable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let buffer = buffer(cx, args.this(), true, "growable")?;
    Ok(cx.boolean(is_resizable(cx, buffer)))
}

/// ToIndex (7.1.22) of an argument.
pub fn to_index<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize, message: &str) -> JsResult<'s, u64> {
    let integer = args.integer(cx, index)?;
    if !(0.0..=9_007_199_254_740_991.0).contains(&integer) {
        return Err(cx.range_error(message));
    }
    Ok(integer as u64)
}

/// A buffer that can be resized or grown.
fn resizable_buffer<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    shared: bool,
    method: &str,
) -> JsResult<'s, Local<'s, Buffer>> {
    let buffer = buffer(cx, args.this(), shared, method)?;
    if !is_resizable(cx, buffer) {
        let shown = cx.describe(args.this());
        let name = if shared { "SharedArrayBuffer" } else { "ArrayBuffer" };
        let message = format!("Method {name}.prototype.{method} called on incompatible receiver {shown}");
        return Err(cx.type_error(&message));
    }
    Ok(buffer)
}

/// ArrayBuffer.prototype.resize (25.1.6.6)
fn resize<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let buffer = resizable_buffer(cx, args, false, "resize")?;
    let length = to_index(cx, args, 0, "ArrayBuffer.prototype.resize: Invalid length parameter")?;
    if cx.is_detached(buffer) {
        return Err(cx.detached_error("ArrayBuffer.prototype.resize"));
    }
    if length > buffer.get(cx).max_length() {
        return Err(cx.range_error("ArrayBuffer.prototype.resize: Invalid length parameter"));
    }
    let cell = buffer.get(cx);
    let old = cell.length();
    if length < old
        && let Some(data) = cell.data(cx)
    {
        data.with_mut(cx, |bytes| bytes[length as usize..old as usize].fill(0));
    }
    cell.set_length(length);
    Ok(cx.undefined())
}

/// SharedArrayBuffer.prototype.grow (25.2.5.3)
fn grow<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let buffer = resizable_buffer(cx, args, true, "grow")?;
    let length = to_index(cx, args, 0, "SharedArrayBuffer.prototype.grow: Invalid length parameter")?;
    let cell = buffer.get(cx);
    if length < cell.length() || length > cell.max_length() {
        return Err(cx.range_error("SharedArrayBuffer.prototype.grow: Invalid length parameter"));
    }
    cell.set_length(length);
    Ok(cx.undefined())
}

/// ArrayBufferCopyAndDetach (25.1.3.1)
fn move_out<'s>(cx: &mut Cx<'s>, args: Args<'s>, fixed: bool, method: &str) -> JsResult<'s> {
    let source = buffer(cx, args.this(), false, method)?;
    let message = "Invalid array buffer length";
    let length = match args.get(cx, 0).value(cx).is_undefined() {
        true => source.get(cx).length(),
        false => to_index(cx, args, 0, message)?,
    };
    if cx.is_detached(source) {
        return Err(cx.detached_error(&format!("ArrayBuffer.prototype.{method}")));
    }
    let keeps = !fixed && is_resizable(cx, source);
    let max = keeps.then(|| source.get(cx).max_length());
    if max.is_some_and(|max| length > max) {
        return Err(cx.range_error(message));
    }
    let proto = cx.intrinsic(Intrinsic::ArrayBufferPrototype);
    let target = cx.new_buffer_with(proto, length, max, 0)?;
    let count = length.min(source.get(cx).length()) as usize;
    copy(cx, source, 0, target, 0, count)?;
    cx.detach_buffer(source);
    Ok(target.any())
}

fn transfer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    move_out(cx, args, false, "transfer")
}

fn transfer_to_fixed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    move_out(cx, args, true, "transferToFixedLength")
}

/// Bytes copied between two looks at the limits.
const COPY_BYTES: usize = 1 << 20;

/// Copies bytes from one buffer to another, or within one, as if by way of a copy.
pub fn copy<'s>(
    cx: &mut Cx<'s>,
    source: Local<'s, Buffer>,
    from: usize,
    target: Local<'s, Buffer>,
    to: usize,
    count: usize,
) -> JsResult<'s, ()> {
    // Piece by piece, from the end that the copy does not write over.
    let backwards = to > from;
    let pieces = count.div_ceil(COPY_BYTES);
    for number in 0..pieces {
        let at = if backwards { pieces - 1 - number } else { number } * COPY_BYTES;
        let size = COPY_BYTES.min(count - at);
        cx.vm.spend(size as u64 / 1024)?;
        let (Some(source_data), Some(target_data)) = (source.get(cx).data(cx), target.get(cx).data(cx))
        else {
            return Ok(());
        };
        let (from, to) = (from + at, to + at);
        if source_data == target_data {
            target_data.with_mut(cx, |bytes| bytes.copy_within(from..from + size, to));
        } else {
            let bytes = &source_data.bytes(cx)[from..from + size];
            target_data.with_mut(cx, |all| all[to..to + size].copy_from_slice(bytes));
        }
    }
    Ok(())
}

// ---- intrinsics

/// %newBuffer%: prototype, length, greatest length or undefined, whether shared.
pub fn new_buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = args.number(cx, 1)?;
    let max = args.get(cx, 2).value(cx).as_number();
    if max.unwrap_or(length) > limits::BUFFER_BYTES as f64 {
        return Err(cx.range_error("Array buffer allocation failed"));
    }
    let flags = if args.get(cx, 3).value(cx).is_true() { buffer_flag::SHARED } else { 0 };
    let proto = args.get(cx, 0);
    Ok(cx.new_buffer_with(proto, length as u64, max.map(|max| max as u64), flags)?.any())
}

/// %bufferLength%: of a buffer that is shared or not, and not detached.
pub fn buffer_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let shared = args.get(cx, 1).value(cx).is_true();
    let value = args.get(cx, 0);
    let buffer = buffer(cx, value, shared, "slice")?;
    if cx.is_detached(buffer) {
        return Err(cx.detached_error("ArrayBuffer.prototype.slice"));
    }
    let length = buffer.get(cx).length();
    Ok(cx.number(length as f64))
}

/// %copyBytes%: source, from, target, to, count; within both.
pub fn copy_bytes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let numbers = [args.number(cx, 1)?, args.number(cx, 3)?, args.number(cx, 4)?].map(|n| n as usize);
    let (source, target) = (args.get(cx, 0).cast::<Buffer>(cx), args.get(cx, 2).cast::<Buffer>(cx));
    let (Some(source), Some(target)) = (source, target) else {
        return Err(cx.bug("copyBytes of no buffers"));
    };
    copy(cx, source, numbers[0], target, numbers[1], numbers[2])?;
    Ok(cx.undefined())
}
