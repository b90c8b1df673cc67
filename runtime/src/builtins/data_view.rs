//! DataView (25.3).

use super::buffer::to_index;
use super::table::*;
use crate::base::exit::Hint;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::object::typed::{AUTO_LENGTH, ElementType, buffer_flag};
use crate::semantics::{Args, JsResult};

/// %DataView%.
const DATA_VIEW_CLASS: Class =
    Class::new("DataView", 1, Intrinsic::DataView, Intrinsic::DataViewPrototype, by_native(construct));

macro_rules! data_view {
    ($($element:ident $get_name:literal $set_name:literal $get:ident $set:ident;)*) => {
        /// Properties of %DataView.prototype%.
        const DATA_VIEW_PROTOTYPE: Group = Group {
            on: Intrinsic::DataViewPrototype,
            rows: &[
                getter("buffer", buffer),
                getter("byteLength", byte_length),
                getter("byteOffset", byte_offset),
                $(native($get_name, 1, $get), native($set_name, 2, $set),)*
                tag("DataView"),
            ],
        };

        $(
            fn $get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                get_value(cx, args, ElementType::$element, $get_name)
            }

            fn $set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                set_value(cx, args, ElementType::$element, $set_name)
            }
        )*
    };
}

data_view! {
    BigInt64 "getBigInt64" "setBigInt64" get_big_int64 set_big_int64;
    BigUint64 "getBigUint64" "setBigUint64" get_big_uint64 set_big_uint64;
    Float16 "getFloat16" "setFloat16" get_float16 set_float16;
    Float32 "getFloat32" "setFloat32" get_float32 set_float32;
    Float64 "getFloat64" "setFloat64" get_float64 set_float64;
    Int8 "getInt8" "setInt8" get_int8 set_int8;
    Int16 "getInt16" "setInt16" get_int16 set_int16;
    Int32 "getInt32" "setInt32" get_int32 set_int32;
    Uint8 "getUint8" "setUint8" get_uint8 set_uint8;
    Uint16 "getUint16" "setUint16" get_uint16 set_uint16;
    Uint32 "getUint32" "setUint32" get_uint32 set_uint32;
}

/// The groups of this file.
pub static GROUPS: &[Group] = &[DATA_VIEW_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[DATA_VIEW_CLASS];

/// DataView (25.3.2.1)
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor DataView requires 'new'"));
    }
    let Some(buffer) = args.get(cx, 0).cast::<Buffer>(cx) else {
        return Err(cx.type_error("First argument to DataView constructor must be an ArrayBuffer"));
    };
    let offset = to_index(cx, args, 1, "Start offset is outside the bounds of the buffer")?;
    if cx.is_detached(buffer) {
        return Err(cx.detached_error("DataView"));
    }
    let bytes = buffer.get(cx).length();
    if offset > bytes {
        return Err(cx.range_error(&format!("Start offset {offset} is outside the bounds of the buffer")));
    }
    let given = match args.get(cx, 2).value(cx).is_undefined() {
        true => None,
        false => Some(to_index(cx, args, 2, "Invalid DataView length")?),
    };
    let bytes = buffer.get(cx).length();
    if given.is_some_and(|given| offset.saturating_add(given) > bytes) {
        return Err(cx.range_error(&format!("Invalid DataView length {}", given.unwrap_or(0))));
    }
    let proto = cx.prototype_for(args, Intrinsic::DataViewPrototype)?;
    if cx.is_detached(buffer) {
        return Err(cx.detached_error("DataView"));
    }
    let bytes = buffer.get(cx).length();
    if offset.saturating_add(given.unwrap_or(0)) > bytes {
        return Err(cx.range_error("Invalid DataView length"));
    }
    let follows = buffer.get(cx).flags() & buffer_flag::RESIZABLE != 0;
    let length = match given {
        Some(given) => given,
        None if follows => AUTO_LENGTH,
        None => bytes - offset,
    };
    let object = cx.new_kind_with(kind::DataView, 0, proto)?;
    let view = object.downcast::<DataView>(cx).expect("just made");
    let cell = view.get(cx);
    cell.set_buffer(cx, buffer.get(cx));
    cell.set_offset(offset);
    cell.set_length(length);
    Ok(object.any())
}

fn this_view<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Local<'s, DataView>> {
    match args.this().cast::<DataView>(cx) {
        Some(view) => Ok(view),
        None => {
            let shown = cx.describe(args.this());
            let text = format!("Method DataView.prototype.{method} called on incompatible receiver {shown}");
            Err(cx.type_error(&text))
        }
    }
}

/// Bytes of a view; `None` out of bounds or detached.
fn view_length(cx: &Cx<'_>, view: Local<'_, DataView>) -> Option<u64> {
    let cell = view.get(cx);
    let buffer = cell.buffer(cx);
    if buffer.flags() & buffer_flag::DETACHED != 0 {
        return None;
    }
    let bytes = buffer.length();
    if cell.length() == AUTO_LENGTH {
        return bytes.checked_sub(cell.offset());
    }
    (cell.offset() + cell.length() <= bytes).then(|| cell.length())
}

fn valid_length<'s>(cx: &mut Cx<'s>, view: Local<'s, DataView>, method: &str) -> JsResult<'s, u64> {
    match view_length(cx, view) {
        Some(length) => Ok(length),
        None => Err(cx.detached_error(&format!("DataView.prototype.{method}"))),
    }
}

fn buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(this_view(cx, args, "buffer")?.get(cx).buffer(cx).root(cx).any())
}

fn byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let view = this_view(cx, args, "byteLength")?;
    let length = valid_length(cx, view, "byteLength")?;
    Ok(cx.number(length as f64))
}

fn byte_offset<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let view = this_view(cx, args, "byteOffset")?;
    valid_length(cx, view, "byteOffset")?;
    let offset = view.get(cx).offset();
    Ok(cx.number(offset as f64))
}

const OUTSIDE: &str = "Offset is outside the bounds of the DataView";

/// Where in the buffer the element is that an access is about.
fn place<'s>(
    cx: &mut Cx<'s>,
    view: Local<'s, DataView>,
    index: u64,
    element: ElementType,
    method: &str,
) -> JsResult<'s, usize> {
    let length = valid_length(cx, view, method)?;
    if index.saturating_add(element.size() as u64) > length {
        return Err(cx.range_error(OUTSIDE));
    }
    Ok((view.get(cx).offset() + index) as usize)
}

/// GetViewValue (25.3.1.5)
fn get_value<'s>(cx: &mut Cx<'s>, args: Args<'s>, element: ElementType, method: &str) -> JsResult<'s> {
    let view = this_view(cx, args, method)?;
    let index = to_index(cx, args, 0, OUTSIDE)?;
    let little = cx.to_boolean(args.get(cx, 1).value(cx));
    let at = place(cx, view, index, element, method)?;
    let size = element.size();
    let mut bytes = [0; 8];
    if let Some(data) = view.get(cx).buffer(cx).data(cx) {
        bytes[..size].copy_from_slice(&data.bytes(cx)[at..at + size]);
    }
    if !little {
        bytes[..size].reverse();
    }
    cx.decode(element, bytes)
}

/// SetViewValue (25.3.1.6)
fn set_value<'s>(cx: &mut Cx<'s>, args: Args<'s>, element: ElementType, method: &str) -> JsResult<'s> {
    let view = this_view(cx, args, method)?;
    let index = to_index(cx, args, 0, OUTSIDE)?;
    let value = args.primitive(cx, 1, Hint::Number)?;
    let mut bytes = cx.encode(element, value)?;
    let little = cx.to_boolean(args.get(cx, 2).value(cx));
    let at = place(cx, view, index, element, method)?;
    let size = element.size();
    if !little {
        bytes[..size].reverse();
    }
    if let Some(data) = view.get(cx).buffer(cx).data(cx) {
        data.with_mut(cx, |all| all[at..at + size].copy_from_slice(&bytes[..size]));
    }
    Ok(cx.undefined())
}
