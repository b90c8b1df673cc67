//! What feedback words say: written by the interpreter, read by it and by a compiler.
//!
//! Arithmetic, comparisons and element accesses gather bits of what they saw in the low half of their word. A property
//! access keeps places (see `property`): 16-bit numbers that say where a property is.

use crate::heap::bits::{COLD, is_reference, is_string};

/// Arithmetic and comparisons: a double was seen.
pub const SAW_DOUBLE: u64 = 1;
/// Arithmetic and comparisons: something that is no number was seen.
pub const SAW_OTHER: u64 = 2;
/// Additions that saw something other than numbers: two strings.
pub const SAW_TEXTS: u64 = 4;
/// The same: a string and a primitive of another type.
pub const SAW_TEXT_AND_MORE: u64 = 8;
/// The same: anything else.
pub const SAW_STRANGE: u64 = 32;

/// What an addition saw that is none of numbers.
pub(super) fn seen_by_add(a: u64, b: u64) -> u64 {
    SAW_OTHER
        | match (is_string(a), is_string(b)) {
            (true, true) => SAW_TEXTS,
            (true, false) if !is_reference(b) => SAW_TEXT_AND_MORE,
            (false, true) if !is_reference(a) => SAW_TEXT_AND_MORE,
            _ => SAW_STRANGE,
        }
}

/// Element accesses: an element that is there.
pub const SAW_DENSE: u64 = 1;
/// Element accesses: a character of a string.
pub const SAW_STRING: u64 = 2;
/// Element accesses: something that took the slow path.
pub const SAW_ELSEWHERE: u64 = 4;
/// Element accesses: first of the bits that stand for element types of typed arrays.
pub const SAW_TYPED_SHIFT: u32 = 8;

/// First place that is out of line; below it, a place is a word of the object.
pub const OUT_OF_LINE: u32 = 0x4000;
/// Place in a property's first word that refers to its second.
pub const ELSEWHERE: u32 = 0x8000;
/// Place in a property's first word that says: of a string, a property of the holder in the second, whose shape the
/// first has.
pub const ON_STRING: u32 = 0x8001;
/// The same of a number.
pub const ON_NUMBER: u32 = 0x8002;

/// Place in a property's first word that says: an accessor is at the place in the second, which also refers to its
/// holder; where the third is undefined, it is the object's own, and the second refers to the `Accessor` that was seen.
pub const ACCESSOR: u32 = 0x8003;

/// Whether a property's cache was never asked. One that was, and found nothing that it could remember, has its second
/// word undefined.
#[inline(always)]
pub const fn was_never_asked(w0: u64, w1: u64) -> bool {
    w0 == COLD && w1 == COLD
}

/// The place that a property's word keeps.
#[inline(always)]
pub const fn place(word: u64) -> u32 {
    (word >> 32) as u32 & 0xFFFF
}
