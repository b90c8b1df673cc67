//! %TypedArray% (23.2) and its twelve constructors. Most methods are `library/typed_array.js`.

use super::array::this_value;
use super::buffer::to_index;
use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::typed::{AUTO_LENGTH, ElementType, buffer_flag};
use crate::semantics::{Args, JsResult};

/// %TypedArray%.
const TYPED_ARRAY_CLASS: Class = Class::new(
    "TypedArray",
    0,
    Intrinsic::TypedArray,
    Intrinsic::TypedArrayPrototype,
    by_library(lib::typedArrayAbstract),
)
.hidden();

/// Properties of %TypedArray%.
const TYPED_ARRAY: Group = Group {
    on: Intrinsic::TypedArray,
    rows: &[
        library("from", 1, lib::typedFrom),
        library("of", 0, lib::typedOf),
        getter("@@species", this_value),
    ],
};

/// Properties of %TypedArray.prototype%.
const TYPED_ARRAY_PROTOTYPE: Group = Group {
    on: Intrinsic::TypedArrayPrototype,
    rows: &[
        library("at", 1, lib::typedAt),
        getter("buffer", buffer),
        getter("byteLength", byte_length),
        getter("byteOffset", byte_offset),
        library("copyWithin", 2, lib::typedCopyWithin),
        native("entries", 0, entries),
        library("every", 1, lib::typedEvery),
        library("fill", 1, lib::typedFill),
        library("filter", 1, lib::typedFilter),
        library("find", 1, lib::typedFind),
        library("findIndex", 1, lib::typedFindIndex),
        library("findLast", 1, lib::typedFindLast),
        library("findLastIndex", 1, lib::typedFindLastIndex),
        library("forEach", 1, lib::typedForEach),
        library("includes", 1, lib::typedIncludes),
        library("indexOf", 1, lib::typedIndexOf),
        library("join", 1, lib::typedJoin),
        native("keys", 0, keys),
        library("lastIndexOf", 1, lib::typedLastIndexOf),
        getter("length", length),
        library("map", 1, lib::typedMap),
        library("reduce", 1, lib::typedReduce),
        library("reduceRight", 1, lib::typedReduceRight),
        library("reverse", 0, lib::typedReverse),
        library("set", 1, lib::typedSet),
        library("slice", 2, lib::typedSlice),
        library("some", 1, lib::typedSome),
        library("sort", 1, lib::typedSort),
        library("subarray", 2, lib::typedSubarray),
        library("toLocaleString", 0, lib::typedToLocaleString),
        library("toReversed", 0, lib::typedToReversed),
        library("toSorted", 1, lib::typedToSorted),
        object("toString", Intrinsic::ArrayToString),
        native("values", 0, values).named(Intrinsic::TypedArrayValues),
        alias("@@iterator", "values"),
        library("with", 2, lib::typedWith),
        getter("@@toStringTag", type_name),
    ],
};

macro_rules! typed_arrays {
    ($($class:ident $constructor:ident $prototype:ident $statics:ident $methods:ident
        $construct:ident = $number:literal, $bytes:literal;)*) => {
        $(
            fn $construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                construct(cx, args, ElementType::ALL[$number])
            }

            const $class: Class = Class::new(
                stringify!($constructor),
                3,
                Intrinsic::$constructor,
                Intrinsic::$prototype,
                by_native($construct),
            )
            .inherits(Intrinsic::TypedArray, Intrinsic::TypedArrayPrototype);
            const $statics: Group =
                Group { on: Intrinsic::$constructor, rows: &[number("BYTES_PER_ELEMENT", $bytes)] };
            const $methods: Group =
                Group { on: Intrinsic::$prototype, rows: &[number("BYTES_PER_ELEMENT", $bytes)] };
        )*

        /// The groups of this file.
        pub static GROUPS: &[Group] = &[TYPED_ARRAY, TYPED_ARRAY_PROTOTYPE, $($statics, $methods),*];

        /// The classes of this file.
        pub static CLASSES: &[Class] = &[TYPED_ARRAY_CLASS, $($class),*];

        /// Constructor and prototype of each element type, in the types' order.
        const INTRINSICS: &[(Intrinsic, Intrinsic)] = &[$((Intrinsic::$constructor, Intrinsic::$prototype)),*];
    };
}

typed_arrays! {
    INT8 Int8Array Int8ArrayPrototype INT8_STATICS INT8_METHODS construct_int8 = 0, 1.0;
    UINT8 Uint8Array Uint8ArrayPrototype UINT8_STATICS UINT8_METHODS construct_uint8 = 1, 1.0;
    CLAMPED Uint8ClampedArray Uint8ClampedArrayPrototype CLAMPED_STATICS CLAMPED_METHODS construct_clamped = 2, 1.0;
    INT16 Int16Array Int16ArrayPrototype INT16_STATICS INT16_METHODS construct_int16 = 3, 2.0;
    UINT16 Uint16Array Uint16ArrayPrototype UINT16_STATICS UINT16_METHODS construct_uint16 = 4, 2.0;
    INT32 Int32Array Int32ArrayPrototype INT32_STATICS INT32_METHODS construct_int32 = 5, 4.0;
    UINT32 Uint32Array Uint32ArrayPrototype UINT32_STATICS UINT32_METHODS construct_uint32 = 6, 4.0;
    FLOAT16 Float16Array Float16ArrayPrototype FLOAT16_STATICS FLOAT16_METHODS construct_float16 = 7, 2.0;
    FLOAT32 Float32Array Float32ArrayPrototype FLOAT32_STATICS FLOAT32_METHODS construct_float32 = 8, 4.0;
    FLOAT64 Float64Array Float64ArrayPrototype FLOAT64_STATICS FLOAT64_METHODS construct_float64 = 9, 8.0;
    INT64 BigInt64Array BigInt64ArrayPrototype INT64_STATICS INT64_METHODS construct_int64 = 10, 8.0;
    UINT64 BigUint64Array BigUint64ArrayPrototype UINT64_STATICS UINT64_METHODS construct_uint64 = 11, 8.0;
}

/// The prototype of arrays of an element type.
pub(super) fn typed_prototype<'s>(cx: &Cx<'s>, element: ElementType) -> Local<'s> {
    cx.intrinsic(INTRINSICS[element as usize].1)
}

impl<'s> Cx<'s> {
    /// A typed array over a buffer.
    pub fn new_typed_view(
        &mut self,
        element: ElementType,
        proto: Local<'_>,
        buffer: Local<'_, Buffer>,
        offset: u64,
        length: u64,
    ) -> JsResult<'s, Local<'s, TypedArray>> {
        let object = self.new_kind_with(kind::TypedArray, 0, proto)?;
        let array = object.downcast::<TypedArray>(self).expect("just made");
        let cell = array.get(self);
        cell.set_buffer(self, buffer.get(self));
        cell.set_element_type(element as u32);
        cell.set_offset(offset);
        cell.set_length(length);
        Ok(array)
    }

    /// A typed array of zeros; the prototype is that of the realm where none is given.
    pub fn new_typed_array(
        &mut self,
        element: ElementType,
        proto: Option<Local<'_>>,
        length: u64,
    ) -> JsResult<'s, Local<'s, TypedArray>> {
        let default = self.intrinsic(INTRINSICS[element as usize].1);
        let proto = proto.map_or(default, |proto| proto.value(self).root(self));
        let bytes = length.saturating_mul(element.size() as u64);
        if bytes > crate::base::limits::BUFFER_BYTES as u64 {
            return Err(self.range_error(&format!("Invalid typed array length: {length}")));
        }
        let buffer = self.new_array_buffer(bytes)?;
        self.new_typed_view(element, proto, buffer, 0, length)
    }

    /// A value that must be a typed array, in bounds: it and its length (23.2.4.4).
    pub fn valid_typed(&mut self, value: Local<'s>) -> JsResult<'s, (Local<'s, TypedArray>, u64)> {
        let array = typed(self, value)?;
        match self.typed_length(array) {
            Some(length) => Ok((array, length)),
            None => Err(self.detached_error("%TypedArray%.prototype method")),
        }
    }
}

/// A value that must be a typed array.
fn typed<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Local<'s, TypedArray>> {
    match value.cast::<TypedArray>(cx) {
        Some(array) => Ok(array),
        None => Err(cx.type_error("this is not a typed array.")),
    }
}

/// The element type of a typed array.
pub fn element_of(cx: &Cx<'_>, array: Local<'_, TypedArray>) -> ElementType {
    ElementType::from_u32(array.get(cx).element_type())
}

// ---- constructors (23.2.5.1)

fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>, element: ElementType) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error(&format!("Constructor {} requires 'new'", element.name())));
    }
    let first = args.get(cx, 0);
    if !first.value(cx).is_object() {
        let length = to_index(cx, args, 0, &format!("Invalid typed array length: {}", cx_text(cx, first)))?;
        let proto = cx.prototype_for(args, INTRINSICS[element as usize].1)?;
        return Ok(cx.new_typed_array(element, Some(proto), length)?.any());
    }
    let proto = cx.prototype_for(args, INTRINSICS[element as usize].1)?;
    if let Some(source) = first.cast::<TypedArray>(cx) {
        return copy_of(cx, element, proto, source);
    }
    if let Some(buffer) = first.cast::<Buffer>(cx) {
        return view_of(cx, args, element, proto, buffer);
    }
    let number = cx.number(f64::from(element as u32));
    Err(cx.call_library(lib::typedFromObject, &[first, proto, number]))
}

fn cx_text(cx: &Cx<'_>, value: Local<'_>) -> String {
    value.value(cx).as_number().map_or_else(String::new, crate::base::num::to_string)
}

/// InitializeTypedArrayFromTypedArray (23.2.5.1.2)
fn copy_of<'s>(
    cx: &mut Cx<'s>,
    element: ElementType,
    proto: Local<'s>,
    source: Local<'s, TypedArray>,
) -> JsResult<'s> {
    let Some(length) = cx.typed_length(source) else { return Err(cx.detached_error("Construct")) };
    if element_of(cx, source).is_bigint() != element.is_bigint() {
        return Err(cx.type_error("Cannot mix BigInt and other types, use explicit conversions"));
    }
    let target = cx.new_typed_array(element, Some(proto), length)?;
    super::typed_bulk::copy_elements(cx, source, 0, target, 0, length as usize)?;
    Ok(target.any())
}

/// InitializeTypedArrayFromArrayBuffer (23.2.5.1.3)
fn view_of<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    element: ElementType,
    proto: Local<'s>,
    buffer: Local<'s, Buffer>,
) -> JsResult<'s> {
    let (name, size) = (element.name(), element.size() as u64);
    let offset = to_index(cx, args, 1, "Start offset is too large:")?;
    if offset % size != 0 {
        return Err(cx.range_error(&format!("start offset of {name} should be a multiple of {size}")));
    }
    let given = match args.get(cx, 2).value(cx).is_undefined() {
        true => None,
        false => Some(to_index(cx, args, 2, "Invalid typed array length")?),
    };
    if cx.is_detached(buffer) {
        return Err(cx.detached_error("Construct"));
    }
    let bytes = buffer.get(cx).length();
    let follows = buffer.get(cx).flags() & buffer_flag::RESIZABLE != 0;
    let length = match given {
        Some(length) => {
            if offset.saturating_add(length.saturating_mul(size)) > bytes {
                return Err(cx.range_error(&format!("Invalid typed array length: {length}")));
            }
            length
        }
        None if offset > bytes => {
            return Err(cx.range_error(&format!("Start offset {offset} is outside the bounds of the buffer")));
        }
        None if follows => AUTO_LENGTH,
        None => {
            if bytes % size != 0 {
                return Err(cx.range_error(&format!("byte length of {name} should be a multiple of {size}")));
            }
            (bytes - offset) / size
        }
    };
    Ok(cx.new_typed_view(element, proto, buffer, offset, length)?.any())
}

// ---- getters

fn this_typed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, TypedArray>> {
    typed(cx, args.this())
}

fn buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(this_typed(cx, args)?.get(cx).buffer(cx).root(cx).any())
}

fn byte_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = this_typed(cx, args)?;
    let size = element_of(cx, array).size() as f64;
    Ok(cx.number(cx.typed_length(array).map_or(0.0, |length| length as f64 * size)))
}

fn byte_offset<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = this_typed(cx, args)?;
    let offset = if cx.typed_length(array).is_some() { array.get(cx).offset() } else { 0 };
    Ok(cx.number(offset as f64))
}

pub(crate) fn length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = this_typed(cx, args)?;
    Ok(cx.number(cx.typed_length(array).unwrap_or(0) as f64))
}

fn type_name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    match args.this().cast::<TypedArray>(cx) {
        Some(array) => cx.text_value(element_of(cx, array).name()),
        None => Ok(cx.undefined()),
    }
}

fn iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>, mode: u32) -> JsResult<'s> {
    let (array, _) = cx.valid_typed(args.this())?;
    cx.new_array_iterator(array.any(), mode)
}

fn keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 0)
}

fn values<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 1)
}

fn entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, 2)
}

// ---- intrinsics

/// %newTyped%: element type, prototype or undefined, length.
pub fn new_typed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let element = ElementType::from_u32(args.number(cx, 0)? as u32);
    let length = args.number(cx, 2)?;
    let proto = args.get(cx, 1);
    let proto = (!proto.value(cx).is_undefined()).then_some(proto);
    Ok(cx.new_typed_array(element, proto, length as u64)?.any())
}

fn argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, TypedArray>> {
    let value = args.get(cx, 0);
    typed(cx, value)
}

/// %isTypedArray%
pub fn is_typed_array<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<TypedArray>(cx)))
}

/// %typedLength%: of what must be a typed array in bounds.
pub fn typed_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let (_, length) = cx.valid_typed(value)?;
    Ok(cx.number(length as f64))
}

/// %typedLengthNow%: 0 out of bounds.
pub fn typed_length_now<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    Ok(cx.number(cx.typed_length(array).unwrap_or(0) as f64))
}

/// %typedType%: the element type's number.
pub fn typed_type<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    Ok(cx.number(f64::from(element_of(cx, array) as u32)))
}

/// %typedIsBig%
pub fn typed_is_big<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    Ok(cx.boolean(element_of(cx, array).is_bigint()))
}

/// %typedConstructor%: the realm's constructor of the element type.
pub fn typed_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    Ok(cx.intrinsic(INTRINSICS[element_of(cx, array) as usize].0))
}

/// %typedBuffer%
pub fn typed_buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(argument(cx, args)?.get(cx).buffer(cx).root(cx).any())
}

/// %typedOffset%
pub fn typed_offset<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let offset = argument(cx, args)?.get(cx).offset();
    Ok(cx.number(offset as f64))
}

/// %typedElementSize%
pub fn typed_element_size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    Ok(cx.number(element_of(cx, array).size() as f64))
}

/// %typedTracks%: whether it follows its buffer's length.
pub fn typed_tracks<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = argument(cx, args)?;
    let tracks = array.get(cx).length() == AUTO_LENGTH;
    Ok(cx.local(Value::boolean(tracks)))
}
