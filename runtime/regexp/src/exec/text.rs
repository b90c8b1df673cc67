//! The three ways a text is read: Latin-1, UTF-16 by units, UTF-16 by points.
//!
//! The matcher is generic over them, so that each has its own code: Latin-1
//! never asks for units above 255, units never ask for surrogates.

use memchr::{memchr, memchr2, memchr3, memrchr, memrchr2, memrchr3};

use crate::program::literals::Literal;
use crate::program::scan::Needle;
use crate::program::sets::Few;

/// How a text is stored and read.
pub(super) trait Text {
    /// One stored unit.
    type Unit: Copy + Into<u32> + PartialEq + 'static;
    /// Whether a surrogate pair is one character.
    const PAIRS: bool;

    /// Whether `text` has the literal at `position`.
    fn has_literal(text: &[Self::Unit], position: usize, literal: &Literal) -> bool;

    /// The first place from `from` on where `text` has the needle.
    fn find_needle(text: &[Self::Unit], needle: &Needle, from: usize) -> Option<usize>;

    /// The first place in `text` with one of few bytes, for sets that hold
    /// nothing else (`wanted`) or nothing else below 256 (`bytes`). `None` in
    /// the outer option if this reading cannot search for them.
    fn find_few(text: &[Self::Unit], wanted: Few, bytes: Few) -> Option<Option<usize>>;

    /// As `find_few`, for the last place.
    fn rfind_few(text: &[Self::Unit], wanted: Few, bytes: Few) -> Option<Option<usize>>;
}

/// One byte a character.
pub(super) struct Latin1;

/// UTF-16 read by code units.
pub(super) struct Units;

/// UTF-16 read by code points.
pub(super) struct Points;

impl Text for Latin1 {
    type Unit = u8;
    const PAIRS: bool = false;

    #[inline(always)]
    fn has_literal(text: &[u8], position: usize, literal: &Literal) -> bool {
        match (&literal.bytes, text.get(position..)) {
            (Some(bytes), Some(rest)) => rest.starts_with(bytes),
            _ => false,
        }
    }

    fn find_needle(text: &[u8], needle: &Needle, from: usize) -> Option<usize> {
        needle.finder.as_ref()?.find(text.get(from..)?).map(|place| from + place)
    }

    fn find_few(text: &[u8], _: Few, bytes: Few) -> Option<Option<usize>> {
        match bytes {
            Few::None => Some(None),
            Few::One(a) => Some(memchr(a, text)),
            Few::Two(a, b) => Some(memchr2(a, b, text)),
            Few::Three(a, b, c) => Some(memchr3(a, b, c, text)),
            Few::Many => None,
        }
    }

    fn rfind_few(text: &[u8], _: Few, bytes: Few) -> Option<Option<usize>> {
        match bytes {
            Few::None => Some(None),
            Few::One(a) => Some(memrchr(a, text)),
            Few::Two(a, b) => Some(memrchr2(a, b, text)),
            Few::Three(a, b, c) => Some(memrchr3(a, b, c, text)),
            Few::Many => None,
        }
    }
}

impl Text for Units {
    type Unit = u16;
    const PAIRS: bool = false;

    #[inline(always)]
    fn has_literal(text: &[u16], position: usize, literal: &Literal) -> bool {
        text.get(position..).is_some_and(|rest| rest.starts_with(&literal.units))
    }

    fn find_needle(text: &[u16], needle: &Needle, from: usize) -> Option<usize> {
        super::scan::find_needle_in_units(text, needle, from)
    }

    fn find_few(text: &[u16], wanted: Few, _: Few) -> Option<Option<usize>> {
        let wide = u16::from;
        match wanted {
            Few::None => Some(None),
            Few::One(a) => Some(find_unit(text, |unit| unit == wide(a))),
            Few::Two(a, b) => Some(find_unit(text, |unit| (unit == wide(a)) | (unit == wide(b)))),
            Few::Three(a, b, c) => {
                Some(find_unit(text, |unit| (unit == wide(a)) | (unit == wide(b)) | (unit == wide(c))))
            }
            Few::Many => None,
        }
    }

    fn rfind_few(text: &[u16], wanted: Few, _: Few) -> Option<Option<usize>> {
        let wide = u16::from;
        match wanted {
            Few::None => Some(None),
            Few::One(a) => Some(text.iter().rposition(|&unit| unit == wide(a))),
            Few::Two(a, b) => Some(text.iter().rposition(|&unit| unit == wide(a) || unit == wide(b))),
            Few::Three(..) | Few::Many => None,
        }
    }
}

impl Text for Points {
    type Unit = u16;
    const PAIRS: bool = true;

    #[inline(always)]
    fn has_literal(text: &[u16], position: usize, literal: &Literal) -> bool {
        Units::has_literal(text, position, literal)
    }

    fn find_needle(text: &[u16], needle: &Needle, from: usize) -> Option<usize> {
        Units::find_needle(text, needle, from)
    }

    fn find_few(text: &[u16], wanted: Few, bytes: Few) -> Option<Option<usize>> {
        Units::find_few(text, wanted, bytes)
    }

    fn rfind_few(text: &[u16], wanted: Few, bytes: Few) -> Option<Option<usize>> {
        Units::rfind_few(text, wanted, bytes)
    }
}

/// The first unit for which `wanted` holds. Blocks without one are passed over
/// by comparisons the compiler turns into vector instructions.
pub(super) fn find_unit(text: &[u16], wanted: impl Fn(u16) -> bool) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut passed = 0;
    for block in text.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &unit| found | wanted(unit)) {
            break;
        }
        passed += BLOCK;
    }
    text[passed..].iter().position(|&unit| wanted(unit)).map(|place| passed + place)
}

/// Whether a unit is the first half of a pair.
#[inline(always)]
pub(super) fn is_lead(unit: u32) -> bool {
    unit & 0xFC00 == 0xD800
}

/// Whether a unit is the second half of a pair.
#[inline(always)]
pub(super) fn is_trail(unit: u32) -> bool {
    unit & 0xFC00 == 0xDC00
}

/// The code point of a pair.
#[inline(always)]
pub(super) fn joined(lead: u32, trail: u32) -> u32 {
    0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF)
}

/// Whether `position` is between the two halves of a pair.
#[inline(always)]
pub(super) fn splits_pair<T: Text>(text: &[T::Unit], position: usize) -> bool {
    T::PAIRS
        && position > 0
        && position < text.len()
        && is_trail(text[position].into())
        && is_lead(text[position - 1].into())
}

/// The character at a position and where the next one begins.
#[inline(always)]
pub(super) fn point_after<T: Text>(text: &[T::Unit], position: usize) -> Option<(u32, usize)> {
    let unit: u32 = (*text.get(position)?).into();
    if T::PAIRS
        && is_lead(unit)
        && let Some(&next) = text.get(position + 1)
        && is_trail(next.into())
    {
        return Some((joined(unit, next.into()), position + 2));
    }
    Some((unit, position + 1))
}

/// The character before a position and where it begins.
#[inline(always)]
pub(super) fn point_before<T: Text>(text: &[T::Unit], position: usize) -> Option<(u32, usize)> {
    let before = position.checked_sub(1)?;
    let unit: u32 = text[before].into();
    if T::PAIRS && is_trail(unit) && before > 0 {
        let lead: u32 = text[before - 1].into();
        if is_lead(lead) {
            return Some((joined(lead, unit), before - 1));
        }
    }
    Some((unit, before))
}
