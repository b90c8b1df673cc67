//! What a match may begin with.
//!
//! Code generation compares these to see which of two ways a single code unit
//! decides, so that no choice need be kept for backtracking. A [`First`] is
//! always an over-estimate: it may name units a match cannot begin with, never
//! miss one. Units, not code points: a code point beyond the basic plane is
//! represented by its leading surrogate.

use crate::charset::{CharSet, LAST, LAST_UNIT};
use crate::limits::{FIRST_RANGES_MAX, FOLLOW_TERMS_MAX};

/// The beginnings of the matches of a node, or of all that follows a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct First {
    /// Code units a match may begin with.
    pub(crate) units: CharSet,
    /// Whether a match is possible at the end of the text.
    pub(crate) end: bool,
    /// Whether a match may take nothing and go on with what follows.
    pub(crate) empty: bool,
}

impl First {
    /// Of something that takes nothing and only goes on.
    pub(crate) fn transparent() -> Self {
        Self { units: CharSet::empty(), end: false, empty: true }
    }

    /// Of something nothing is known about.
    pub(crate) fn anything() -> Self {
        Self { units: CharSet::range(0, LAST_UNIT), end: true, empty: true }
    }

    /// Of a condition that holds at the end of the text and before `units`.
    pub(crate) fn at_end(units: CharSet) -> Self {
        Self { units, end: true, empty: false }
    }

    /// Of one character of a set of code points.
    pub(crate) fn of_set(set: &CharSet) -> Self {
        Self { units: widened(leading_units(set)), end: false, empty: false }
    }

    /// Of something that may also be left out.
    pub(crate) fn or_nothing(self) -> Self {
        Self { empty: true, ..self }
    }

    /// Of one part after another.
    pub(crate) fn of_sequence<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::transparent();
        for (index, part) in parts.enumerate() {
            if index == FOLLOW_TERMS_MAX {
                return Self::anything();
            }
            sum = sum.then(part);
            if !sum.empty {
                break;
            }
        }
        sum
    }

    /// Of one of several parts.
    pub(crate) fn of_choice<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self { units: CharSet::empty(), end: false, empty: false };
        let mut ranges = Vec::new();
        for part in parts {
            ranges.extend_from_slice(part.units.ranges());
            sum.end |= part.end;
            sum.empty |= part.empty;
        }
        sum.units = widened(CharSet::from_ranges(ranges));
        sum
    }

    /// Of this with `next` after it.
    pub(crate) fn then(self, next: &Self) -> Self {
        if !self.empty {
            return self;
        }
        Self { units: widened(self.units.union(&next.units)), end: self.end || next.end, empty: next.empty }
    }

    /// Whether no text can begin both this and `other`.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        !(self.end && other.end) && self.units.is_disjoint(&other.units)
    }

    /// Whether every unit may begin it, so that looking at one is no use.
    pub(crate) fn is_any_unit(&self) -> bool {
        self.units.contains_range((0, LAST_UNIT))
    }
}

/// The first code units of the members of a set.
pub(crate) fn leading_units(set: &CharSet) -> CharSet {
    if set.last().is_none_or(|last| last <= LAST_UNIT) {
        return set.clone();
    }
    let lead = |point: u32| 0xD800 + ((point - 0x10000) >> 10);
    let mut ranges = set.intersect(&CharSet::range(0, LAST_UNIT)).ranges().to_vec();
    let beyond = set.intersect(&CharSet::range(0x10000, LAST));
    ranges.extend(beyond.ranges().iter().map(|&(low, high)| (lead(low), lead(high))));
    CharSet::from_ranges(ranges)
}

/// Keeps sets small: with too many ranges, everything beyond Latin-1 counts.
fn widened(units: CharSet) -> CharSet {
    if units.ranges().len() <= FIRST_RANGES_MAX {
        return units;
    }
    units.union(&CharSet::range(0x100, LAST_UNIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> First {
        First::of_set(&CharSet::from_ranges(text.chars().map(|c| (c as u32, c as u32)).collect()))
    }

    #[test]
    fn sequences_look_through_what_may_be_empty() {
        let first = First::of_sequence([of("a").or_nothing(), of("b")].iter());
        assert_eq!(first, of("ab"));
        assert!(First::of_sequence([of("a").or_nothing()].iter()).empty);
    }

    #[test]
    fn points_beyond_the_basic_plane_lead_with_a_surrogate() {
        assert_eq!(of("a😀").units, CharSet::from_ranges(vec![(0x61, 0x61), (0xD83D, 0xD83D)]));
    }

    #[test]
    fn the_end_is_a_beginning_too() {
        let end = First::at_end(CharSet::empty());
        assert!(end.excludes(&of("a")));
        assert!(!end.excludes(&First::anything()));
        assert!(!end.excludes(&end));
    }
}
