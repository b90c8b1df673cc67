//! Work on many elements of typed arrays at once.

use std::cmp::Ordering;

use super::typed_array::element_of;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::object::typed::{ElementType, decode_number, encode_number};
use crate::semantics::{Args, JsResult};

/// Elements handled between two looks at the limits.
const PIECE: usize = 1 << 16;
/// Elements sorted at once; more are parted first.
const SORTED_AT_ONCE: usize = 1 << 19;

/// Elements that are converted between two looks at the clock.
const ELEMENTS_AT_ONCE: usize = 1 << 16;

/// First byte of an element in the buffer.
fn byte_of(cx: &Cx<'_>, array: Local<'_, TypedArray>, index: usize) -> usize {
    array.get(cx).offset() as usize + index * element_of(cx, array).size()
}

/// Copies elements between typed arrays of one content type, in bounds, as if by way of a copy.
pub fn copy_elements<'s>(
    cx: &mut Cx<'s>,
    source: Local<'s, TypedArray>,
    from: usize,
    target: Local<'s, TypedArray>,
    to: usize,
    count: usize,
) -> JsResult<'s, ()> {
    let (read, write) = (element_of(cx, source), element_of(cx, target));
    let (at, put) = (byte_of(cx, source, from), byte_of(cx, target, to));
    let (source, target) = (source.get(cx).buffer(cx).root(cx), target.get(cx).buffer(cx).root(cx));
    let same = read == write || (read.is_bigint() && write.is_bigint());
    if same {
        return super::buffer::copy(cx, source, at, target, put, count * read.size());
    }
    // Within one buffer everything is read before anything is written.
    let together = source.get(cx) == target.get(cx);
    let mut converted = Vec::new();
    let mut done = 0;
    for start in (0..count).step_by(ELEMENTS_AT_ONCE) {
        let elements = ELEMENTS_AT_ONCE.min(count - start);
        cx.vm.spend(elements as u64 / 32)?;
        let (Some(from), Some(to)) = (source.get(cx).data(cx), target.get(cx).data(cx)) else {
            return Ok(());
        };
        let bytes = &from.bytes(cx)[at + start * read.size()..][..elements * read.size()];
        for chunk in bytes.chunks_exact(read.size()) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            let number = decode_number(read, bytes).unwrap_or(f64::NAN);
            converted.extend_from_slice(&encode_number(write, number)[..write.size()]);
        }
        if !together || start + elements == count {
            to.with_mut(cx, |all| all[put + done..][..converted.len()].copy_from_slice(&converted));
            done += converted.len();
            converted.clear();
        }
    }
    Ok(())
}

fn array<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, Local<'s, TypedArray>> {
    match args.get(cx, index).cast::<TypedArray>(cx) {
        Some(array) => Ok(array),
        None => Err(cx.bug("a typed array")),
    }
}

/// %typedMove%: array, from, to, count; in bounds.
pub fn typed_move<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let numbers = [args.number(cx, 1)?, args.number(cx, 2)?, args.number(cx, 3)?].map(|n| n as usize);
    let array = array(cx, args, 0)?;
    copy_elements(cx, array, numbers[0], array, numbers[1], numbers[2])?;
    Ok(cx.undefined())
}

/// %typedFillRange%: array, converted value, first, end; in bounds.
pub fn typed_fill_range<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = array(cx, args, 0)?;
    let element = element_of(cx, array);
    let value = args.get(cx, 1);
    let bytes = cx.encode(element, value)?;
    let (first, end) = (args.number(cx, 2)? as usize, args.number(cx, 3)? as usize);
    if end <= first {
        return Ok(cx.undefined());
    }
    let size = element.size();
    for piece in (first..end).step_by(PIECE) {
        let last = end.min(piece + PIECE);
        cx.vm.spend((last - piece) as u64 / 128)?;
        let (from, to) = (byte_of(cx, array, piece), byte_of(cx, array, last));
        let Some(data) = array.get(cx).buffer(cx).data(cx) else { break };
        data.with_mut(cx, |all| {
            for chunk in all[from..to].chunks_exact_mut(size) {
                chunk.copy_from_slice(&bytes[..size]);
            }
        });
    }
    Ok(cx.undefined())
}

/// %typedSetTyped%: SetTypedArrayFromTypedArray (23.2.3.26.1): target, source, offset.
pub fn typed_set_typed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (target, source) = (array(cx, args, 0)?, array(cx, args, 1)?);
    let offset = args.number(cx, 2)?;
    let (Some(room), Some(count)) = (cx.typed_length(target), cx.typed_length(source)) else {
        return Err(cx.detached_error("%TypedArray%.prototype.set"));
    };
    if element_of(cx, target).is_bigint() != element_of(cx, source).is_bigint() {
        return Err(cx.type_error("Cannot mix BigInt and other types, use explicit conversions"));
    }
    if count as f64 + offset > room as f64 {
        return Err(cx.range_error("offset is out of bounds"));
    }
    copy_elements(cx, source, 0, target, offset as usize, count as usize)?;
    Ok(cx.undefined())
}

/// %typedCopyBytes%: source, from, target, count, of one element type: byte by byte upwards, as far as both go.
pub fn typed_copy_bytes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (source, target) = (array(cx, args, 0)?, array(cx, args, 2)?);
    let (from, count) = (args.number(cx, 1)? as u64, args.number(cx, 3)? as u64);
    let room = cx.typed_length(target).unwrap_or(0);
    let there = cx.typed_length(source).unwrap_or(0).saturating_sub(from);
    let size = element_of(cx, source).size();
    let count = count.min(room).min(there) as usize * size;
    let (at, put) = (byte_of(cx, source, from as usize), byte_of(cx, target, 0));
    let (source, target) = (source.get(cx).buffer(cx).root(cx), target.get(cx).buffer(cx).root(cx));
    let overlaps = source.get(cx) == target.get(cx) && at < put && put < at + count;
    if !overlaps {
        super::buffer::copy(cx, source, at, target, put, count)?;
        return Ok(cx.undefined());
    }
    cx.vm.spend(count as u64 / 64)?;
    if let Some(data) = target.get(cx).data(cx) {
        data.with_mut(cx, |all| {
            for i in 0..count {
                all[put + i] = all[at + i];
            }
        });
    }
    Ok(cx.undefined())
}

/// %typedSortPlain%: sorts by numeric order; minus zero before zero, NaN last.
pub fn typed_sort_plain<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let array = array(cx, args, 0)?;
    let count = cx.typed_length(array).unwrap_or(0) as usize;
    let element = element_of(cx, array);
    let (from, size) = (byte_of(cx, array, 0), element.size());
    let Some(data) = array.get(cx).buffer(cx).data(cx).map(|data| data.root(cx)) else {
        return Ok(cx.undefined());
    };
    let mut words: Vec<u64> = Vec::with_capacity(count);
    for piece in (0..count).step_by(PIECE) {
        let last = count.min(piece + PIECE);
        cx.vm.spend((last - piece) as u64 / 64)?;
        let bytes = &data.get(cx).bytes(cx)[from + piece * size..from + last * size];
        words.extend(bytes.chunks_exact(size).map(|chunk| {
            let mut wide = [0; 8];
            wide[..size].copy_from_slice(chunk);
            u64::from_le_bytes(wide)
        }));
    }
    sort_words(cx, element, &mut words)?;
    for piece in (0..count).step_by(PIECE) {
        let last = count.min(piece + PIECE);
        cx.vm.spend((last - piece) as u64 / 64)?;
        data.get(cx).with_mut(cx, |all| {
            let bytes = &mut all[from + piece * size..from + last * size];
            for (chunk, word) in bytes.chunks_exact_mut(size).zip(&words[piece..last]) {
                chunk.copy_from_slice(&word.to_le_bytes()[..size]);
            }
        });
    }
    Ok(cx.undefined())
}

/// Sorts elements; many are parted at the median until few are left, with a look at the limits between.
fn sort_words(cx: &mut Cx<'_>, element: ElementType, words: &mut [u64]) -> JsResult<'static, ()> {
    let mut parts = vec![words];
    while let Some(part) = parts.pop() {
        let count = part.len();
        if count <= SORTED_AT_ONCE {
            cx.vm.spend(count as u64 * u64::from(usize::BITS - count.leading_zeros()) / 16)?;
            part.sort_unstable_by(|&a, &b| compare_words(element, a, b));
            continue;
        }
        cx.vm.spend(count as u64 / 16)?;
        let (low, _, high) = part.select_nth_unstable_by(count / 2, |&a, &b| compare_words(element, a, b));
        parts.extend([high, low]);
    }
    Ok(())
}

fn compare_words(element: ElementType, a: u64, b: u64) -> Ordering {
    match element {
        ElementType::BigInt64 => (a as i64).cmp(&(b as i64)),
        ElementType::BigUint64 => a.cmp(&b),
        _ => {
            let number = |word: u64| decode_number(element, word.to_le_bytes()).unwrap_or(f64::NAN);
            let (a, b) = (number(a), number(b));
            match (a.is_nan(), b.is_nan()) {
                (false, false) => a.total_cmp(&b),
                (a, b) => a.cmp(&b),
            }
        }
    }
}
