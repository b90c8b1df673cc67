//! The 64 bits of a value.
//!
//! ```text
//! doubles      as they are: every pattern below FFF9_0000_0000_0000 (NaN is canonical)
//! FFF9         int32 in the low 32 bits, bits 32..48 zero
//! FFFA         undefined, null, false, true, and the engine's own markers
//! FFFB         object      |
//! FFFC         string      |  a 32-bit reference in the low bits: the cell's offset in the cage, in units of 8
//! FFFD         symbol      |  bytes; bits 32..48 zero
//! FFFE         BigInt      |
//! FFFF         a cell that guests never see; bits 32..48 free for its owner (inline caches)
//! ```
//! So that "is a number" and "is a reference" are one comparison each.

/// Shift of the tag.
pub const TAG_SHIFT: u32 = 48;
/// Tag of an int32.
pub const TAG_INT: u64 = 0xFFF9;
/// Tag of undefined, null, booleans and markers.
pub const TAG_SPECIAL: u64 = 0xFFFA;
/// Tag of an object reference.
pub const TAG_OBJECT: u64 = 0xFFFB;
/// Tag of a string reference.
pub const TAG_STRING: u64 = 0xFFFC;
/// Tag of a symbol reference.
pub const TAG_SYMBOL: u64 = 0xFFFD;
/// Tag of a BigInt reference.
pub const TAG_BIGINT: u64 = 0xFFFE;
/// Tag of a reference to an internal cell.
pub const TAG_CELL: u64 = 0xFFFF;

/// First bit pattern that is no double.
pub const FIRST_TAGGED: u64 = TAG_INT << TAG_SHIFT;
/// First bit pattern that is a reference.
pub const FIRST_REFERENCE: u64 = TAG_OBJECT << TAG_SHIFT;

const SPECIAL: u64 = TAG_SPECIAL << TAG_SHIFT;
/// `undefined`; with `null` it differs in the lowest bit only.
pub const UNDEFINED: u64 = SPECIAL;
/// `null`.
pub const NULL: u64 = SPECIAL | 1;
/// `false`.
pub const FALSE: u64 = SPECIAL | 2;
/// `true`.
pub const TRUE: u64 = SPECIAL | 3;
/// An absent array element, or a binding in its dead zone.
pub const HOLE: u64 = SPECIAL | 4;
/// Second part of an iteration record that walks an array by index.
pub const FAST_ARRAY: u64 = SPECIAL | 5;
/// The same of one that walks a typed array.
pub const FAST_TYPED: u64 = SPECIAL | 7;
/// The same of one that walks a string.
pub const FAST_STRING: u64 = SPECIAL | 10;
/// What a self-hosted iterator step returns at the end.
pub const DONE: u64 = SPECIAL | 6;
/// Feedback that has never been used. Its low bits are clear: arithmetic sets what it saw in them.
pub const COLD: u64 = SPECIAL | 16;
/// An inline cache that has seen too much.
pub const MEGAMORPHIC: u64 = SPECIAL | 8;
/// An inline cache whose entries are in a cell.
pub const POLYMORPHIC: u64 = SPECIAL | 9;

/// The special values that lie in heaps, in no order that matters; snapshots of a build with others are refused.
pub const MARKERS: [u64; 12] = [
    UNDEFINED,
    NULL,
    FALSE,
    TRUE,
    HOLE,
    FAST_ARRAY,
    FAST_TYPED,
    FAST_STRING,
    DONE,
    COLD,
    MEGAMORPHIC,
    POLYMORPHIC,
];

/// The NaN that conversions give. Arithmetic of the machine gives it with either sign.
pub const NAN: u64 = 0x7FF8_0000_0000_0000;

/// An int32.
#[inline(always)]
pub const fn int(value: i32) -> u64 {
    FIRST_TAGGED | value as u32 as u64
}

/// A double that is known not to be a stray NaN.
#[inline(always)]
pub fn double(value: f64) -> u64 {
    value.to_bits()
}

/// A double from outside, whose NaN may have any payload.
#[inline]
pub fn foreign_double(value: f64) -> u64 {
    if value.is_nan() { NAN } else { value.to_bits() }
}

/// A number: int32 where that loses nothing.
#[inline]
pub fn number(value: f64) -> u64 {
    let int = value as i32;
    if f64::from(int).to_bits() == value.to_bits() { self::int(int) } else { foreign_double(value) }
}

/// A boolean.
#[inline(always)]
pub const fn boolean(value: bool) -> u64 {
    FALSE + value as u64
}

/// A tagged reference.
#[inline(always)]
pub const fn reference(tag: u64, reference: u32) -> u64 {
    tag << TAG_SHIFT | reference as u64
}

/// The tag.
#[inline(always)]
pub const fn tag(bits: u64) -> u64 {
    bits >> TAG_SHIFT
}

/// Whether it is an int32.
#[inline(always)]
pub const fn is_int(bits: u64) -> bool {
    tag(bits) == TAG_INT
}

/// Whether it is a double.
#[inline(always)]
pub const fn is_double(bits: u64) -> bool {
    bits < FIRST_TAGGED
}

/// Whether it is an int32 or a double.
#[inline(always)]
pub const fn is_number(bits: u64) -> bool {
    bits < SPECIAL
}

/// Whether it refers to a cell.
#[inline(always)]
pub const fn is_reference(bits: u64) -> bool {
    bits >= FIRST_REFERENCE
}

/// Whether it is an object.
#[inline(always)]
pub const fn is_object(bits: u64) -> bool {
    tag(bits) == TAG_OBJECT
}

/// Whether it is a string.
#[inline(always)]
pub const fn is_string(bits: u64) -> bool {
    tag(bits) == TAG_STRING
}

/// Whether it is undefined or null.
#[inline(always)]
pub const fn is_nullish(bits: u64) -> bool {
    bits & !1 == UNDEFINED
}

/// The int32 of a value that is one.
#[inline(always)]
pub const fn as_int(bits: u64) -> i32 {
    bits as u32 as i32
}

/// The number of a value that is one.
#[inline(always)]
pub fn as_number(bits: u64) -> f64 {
    if is_int(bits) { f64::from(as_int(bits)) } else { f64::from_bits(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value_and_take_the_int_form_where_they_can() {
        for value in [0.0, 1.0, -1.0, 2147483647.0, -2147483648.0] {
            assert!(is_int(number(value)));
            assert_eq!(as_number(number(value)), value);
        }
        for value in [-0.0, 0.5, 2147483648.0, f64::INFINITY, 1e300] {
            assert!(is_double(number(value)));
            assert_eq!(as_number(number(value)).to_bits(), value.to_bits());
        }
        assert_eq!(number(f64::from_bits(0xFFFF_0000_0000_0001)), NAN);
    }

    #[test]
    fn classes_do_not_overlap() {
        let all = [double(-f64::NAN), int(-1), UNDEFINED, NULL, TRUE, HOLE, reference(TAG_OBJECT, 7)];
        let classes = |bits| {
            [is_double(bits), is_int(bits), tag(bits) == TAG_SPECIAL, is_reference(bits)]
                .iter()
                .filter(|&&c| c)
                .count()
        };
        assert!(all.iter().all(|&bits| classes(bits) == 1));
        assert!(is_nullish(UNDEFINED) && is_nullish(NULL) && !is_nullish(FALSE) && !is_nullish(HOLE));
    }
}
