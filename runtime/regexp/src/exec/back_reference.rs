//! Back references: clause 22.2.2.7.2.

use std::ops::Range;

use crate::program::op::Comparison;
use crate::unicode::case::Folding;

use super::text::{Text, point_after, point_before};

/// Where the text at `position` has again what `group` took, in the direction
/// and under the relation that `comparison` asks for: the position after it
/// (before it, going backwards).
pub(super) fn back_reference<T: Text>(
    text: &[T::Unit],
    group: Range<usize>,
    position: usize,
    comparison: u32,
) -> Option<usize> {
    let folding = if comparison & Comparison::FOLD_UNITS != 0 {
        Some(Folding::Units)
    } else if comparison & Comparison::FOLD_POINTS != 0 {
        Some(Folding::Points)
    } else {
        None
    };
    let same = |left: u32, right: u32| {
        left == right
            || folding.is_some_and(|folding| folding.canonicalize(left) == folding.canonicalize(right))
    };
    if comparison & Comparison::BACKWARD != 0 {
        backward::<T>(text, group, position, same)
    } else {
        forward::<T>(text, group, position, same)
    }
}

fn forward<T: Text>(
    text: &[T::Unit],
    group: Range<usize>,
    position: usize,
    same: impl Fn(u32, u32) -> bool,
) -> Option<usize> {
    let (mut expected, mut at) = (group.start, position);
    while expected < group.end {
        let (left, after_expected) = point_after::<T>(text, expected)?;
        let (right, after) = point_after::<T>(text, at)?;
        if !same(left, right) {
            return None;
        }
        (expected, at) = (after_expected, after);
    }
    Some(at)
}

fn backward<T: Text>(
    text: &[T::Unit],
    group: Range<usize>,
    position: usize,
    same: impl Fn(u32, u32) -> bool,
) -> Option<usize> {
    let (mut expected, mut at) = (group.end, position);
    while expected > group.start {
        let (left, before_expected) = point_before::<T>(text, expected)?;
        let (right, before) = point_before::<T>(text, at)?;
        if !same(left, right) {
            return None;
        }
        (expected, at) = (before_expected, before);
    }
    Some(at)
}
