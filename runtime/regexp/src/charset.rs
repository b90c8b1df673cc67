//! Sets of code points.
//!
//! A [`CharSet`] is a list of inclusive ranges, sorted, disjoint and never
//! adjacent, so that equal sets have equal lists. Everything the compiler asks
//! of a set (union, complement, "do these two share a member") is a linear walk
//! over such lists. The matcher never sees this type: sets are turned into
//! tables when a program is built (`program/sets.rs`).

/// The last code point.
pub(crate) const LAST: u32 = 0x10_FFFF;
/// The last value of one code unit.
pub(crate) const LAST_UNIT: u32 = 0xFFFF;
/// The code units that stand for half of a code point.
pub(crate) const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

/// A set of code points (or of code units, which are their own numbers).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CharSet {
    ranges: Vec<(u32, u32)>,
}

impl CharSet {
    /// The set without members.
    pub(crate) const fn empty() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Every code point.
    pub(crate) fn all() -> Self {
        Self::range(0, LAST)
    }

    /// The set of one member.
    pub(crate) fn single(member: u32) -> Self {
        Self::range(member, member)
    }

    /// All members from `low` to `high`, both included.
    pub(crate) fn range(low: u32, high: u32) -> Self {
        Self { ranges: vec![(low, high)] }
    }

    /// The union of any ranges, in any order.
    pub(crate) fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        let ordered = ranges.windows(2).all(|pair| pair[0].1 < pair[1].0 && pair[1].0 - pair[0].1 > 1);
        if ordered {
            return Self { ranges };
        }
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self { ranges: merged }
    }

    /// The ranges, in order.
    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Whether the set has no member.
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The number of members.
    pub(crate) fn count(&self) -> u32 {
        self.ranges.iter().map(|(low, high)| high - low + 1).sum()
    }

    /// The only member of a set of one.
    pub(crate) fn as_single(&self) -> Option<u32> {
        match self.ranges[..] {
            [(low, high)] if low == high => Some(low),
            _ => None,
        }
    }

    /// The greatest member.
    pub(crate) fn last(&self) -> Option<u32> {
        self.ranges.last().map(|range| range.1)
    }

    /// All members in ascending order.
    pub(crate) fn members(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().flat_map(|&(low, high)| low..=high)
    }

    /// Whether `member` is in the set.
    pub(crate) fn contains(&self, member: u32) -> bool {
        let after = self.ranges.partition_point(|range| range.0 <= member);
        after > 0 && self.ranges[after - 1].1 >= member
    }

    /// Whether every member of `low..=high` is in the set.
    pub(crate) fn contains_range(&self, (low, high): (u32, u32)) -> bool {
        let after = self.ranges.partition_point(|range| range.0 <= low);
        after > 0 && self.ranges[after - 1].1 >= high
    }

    /// Whether some member of `low..=high` is in the set.
    pub(crate) fn touches_range(&self, (low, high): (u32, u32)) -> bool {
        let index = self.ranges.partition_point(|range| range.1 < low);
        self.ranges.get(index).is_some_and(|range| range.0 <= high)
    }

    /// Members of either set.
    pub(crate) fn union(&self, other: &Self) -> Self {
        if self.is_empty() || other.contains_all(self) {
            return other.clone();
        }
        if other.is_empty() || self.contains_all(other) {
            return self.clone();
        }
        let mut ranges = Vec::with_capacity(self.ranges.len() + other.ranges.len());
        ranges.extend_from_slice(&self.ranges);
        ranges.extend_from_slice(&other.ranges);
        Self::from_ranges(ranges)
    }

    /// Code points that are not members.
    pub(crate) fn complement(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(low, high) in &self.ranges {
            if low > next {
                ranges.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Self { ranges }
    }

    /// Members of both sets.
    pub(crate) fn intersect(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        self.overlaps(other, |low, high| {
            ranges.push((low, high));
            true
        });
        Self { ranges }
    }

    /// Members of this set that are not in `other`.
    pub(crate) fn subtract(&self, other: &Self) -> Self {
        self.intersect(&other.complement())
    }

    /// Whether no member is shared.
    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        let mut disjoint = true;
        self.overlaps(other, |_, _| {
            disjoint = false;
            false
        });
        disjoint
    }

    /// Whether every member of `other` is in this set.
    pub(crate) fn contains_all(&self, other: &Self) -> bool {
        let mut mine = self.ranges.iter();
        let mut current = mine.next();
        other.ranges.iter().all(|&(low, high)| {
            while current.is_some_and(|range| range.1 < low) {
                current = mine.next();
            }
            current.is_some_and(|range| range.0 <= low && high <= range.1)
        })
    }

    /// Calls `found` with each shared range, in order, until it answers false.
    fn overlaps(&self, other: &Self, mut found: impl FnMut(u32, u32) -> bool) {
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high && !found(low, high) {
                return;
            }
            if a.1 <= b.1 {
                left.next()
            } else {
                right.next()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(u32, u32)]) -> CharSet {
        CharSet::from_ranges(ranges.to_vec())
    }

    #[test]
    fn ranges_are_merged_and_sorted() {
        assert_eq!(set(&[(5, 9), (1, 4), (20, 30), (8, 12)]).ranges(), &[(1, 12), (20, 30)]);
        assert_eq!(set(&[(1, 2), (3, 4)]).ranges(), &[(1, 4)]);
    }

    #[test]
    fn algebra() {
        let a = set(&[(10, 20), (30, 40)]);
        let b = set(&[(15, 35)]);
        assert_eq!(a.union(&b), set(&[(10, 40)]));
        assert_eq!(a.intersect(&b), set(&[(15, 20), (30, 35)]));
        assert_eq!(a.subtract(&b), set(&[(10, 14), (36, 40)]));
        assert_eq!(a.complement().complement(), a);
        assert!(!a.is_disjoint(&b));
        assert!(a.is_disjoint(&a.complement()));
        assert!(a.contains_all(&set(&[(11, 12), (40, 40)])));
        assert!(!a.contains_all(&set(&[(11, 31)])));
        assert_eq!(CharSet::all().complement(), CharSet::empty());
    }

    #[test]
    fn membership() {
        let a = set(&[(10, 20), (30, 40)]);
        assert!(a.contains(10) && a.contains(20) && !a.contains(21) && !a.contains(9));
        assert!(a.touches_range((21, 30)) && !a.touches_range((21, 29)));
        assert!(a.contains_range((30, 40)) && !a.contains_range((30, 41)));
        assert_eq!(CharSet::single(7).as_single(), Some(7));
        assert_eq!(a.count(), 22);
    }
}
