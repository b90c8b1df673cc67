//! Searching for the units of a set, forwards and backwards.
//!
//! Short distances are walked through the table of bits, which has no start-up
//! cost; a search that goes on is handed to `memchr` if the set allows it.

use crate::program::sets::{ANY, Sets};

use super::text::Text;

/// How far to walk before calling `memchr`, which costs about as much as this
/// many steps to start.
const WALK: usize = 16;

/// The first place from `from` up to `to` with a unit in `set`, or `to`.
#[inline]
pub(super) fn find_in<T: Text>(sets: &Sets, set: u32, text: &[T::Unit], from: usize, to: usize) -> usize {
    let text = &text[..to];
    if set == ANY {
        return from;
    }
    let near = to.min(from + WALK);
    match text[from..near].iter().position(|&unit| sets.contains(set, unit.into())) {
        Some(place) => from + place,
        None if near == to => to,
        None => find_far::<T>(sets, set, text, near),
    }
}

#[inline(never)]
fn find_far<T: Text>(sets: &Sets, set: u32, text: &[T::Unit], from: usize) -> usize {
    let info = sets.info(set);
    let rest = &text[from..];
    let found = match T::find_few(rest, info.members, info.member_bytes) {
        Some(found) => found,
        None => rest.iter().position(|&unit| sets.contains(set, unit.into())),
    };
    found.map_or(text.len(), |place| from + place)
}

/// The first place from `from` up to `to` with a unit not in `set`, or `to`.
#[inline]
pub(super) fn find_not_in<T: Text>(sets: &Sets, set: u32, text: &[T::Unit], from: usize, to: usize) -> usize {
    let text = &text[..to];
    if set == ANY {
        return to;
    }
    let near = to.min(from + WALK);
    match text[from..near].iter().position(|&unit| !sets.contains(set, unit.into())) {
        Some(place) => from + place,
        None if near == to => to,
        None => find_not_far::<T>(sets, set, text, near),
    }
}

#[inline(never)]
fn find_not_far<T: Text>(sets: &Sets, set: u32, text: &[T::Unit], from: usize) -> usize {
    let info = sets.info(set);
    let rest = &text[from..];
    let found = match T::find_few(rest, info.missing, info.missing_bytes) {
        Some(found) => found,
        None => rest.iter().position(|&unit| !sets.contains(set, unit.into())),
    };
    found.map_or(text.len(), |place| from + place)
}

/// The last place in `from..to` with a unit in `set`.
#[inline]
pub(super) fn rfind_in<T: Text>(
    sets: &Sets,
    set: u32,
    text: &[T::Unit],
    from: usize,
    to: usize,
) -> Option<usize> {
    let near = to.saturating_sub(WALK).max(from);
    for position in (near..to).rev() {
        if sets.contains(set, text[position].into()) {
            return Some(position);
        }
    }
    if near == from {
        return None;
    }
    let info = sets.info(set);
    let rest = &text[from..near];
    let found = match T::rfind_few(rest, info.members, info.member_bytes) {
        Some(found) => found,
        None => rest.iter().rposition(|&unit| sets.contains(set, unit.into())),
    };
    found.map(|place| from + place)
}
