//! Case equivalence: the `Canonicalize` of ECMA-262 (clause 22.2.2.7.3).
//!
//! Two characters match each other under `i` when they canonicalize to the
//! same one. With `u` or `v` that is simple case folding, without them it is
//! upper-casing of single code units, with two exceptions the clause names.
//! Sets are closed under this relation when they are compiled, so that the
//! matcher canonicalizes only for back references.
//!
//! The relation is kept as the list of its classes that have more than one
//! member, about 1,400 of them, built on the first pattern that needs more
//! than ASCII.

use std::sync::OnceLock;

use icu_casemap::CaseMapper;
use icu_properties::CodePointSetData;
use icu_properties::props::{ChangesWhenCasefolded, ChangesWhenCasemapped, ChangesWhenUppercased};

use crate::charset::{CharSet, LAST_UNIT};

/// Which relation applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Folding {
    /// Without `u` and `v`: upper-casing of code units.
    Units,
    /// With `u` or `v`: simple case folding of code points.
    Points,
}

/// The classes of one relation.
struct Classes {
    /// (member, representative) by member; representatives are members too.
    members: Vec<(u32, u32)>,
    /// (representative, member) by representative.
    groups: Vec<(u32, u32)>,
}

impl Classes {
    fn new(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut members: Vec<_> = pairs.filter(|(member, folded)| member != folded).collect();
        let representatives: Vec<_> = members.iter().map(|&(_, folded)| (folded, folded)).collect();
        members.extend(representatives);
        members.sort_unstable();
        members.dedup();
        let mut groups: Vec<_> = members.iter().map(|&(member, folded)| (folded, member)).collect();
        groups.sort_unstable();
        Self { members, groups }
    }

    fn canonicalize(&self, point: u32) -> u32 {
        match self.members.binary_search_by_key(&point, |pair| pair.0) {
            Ok(index) => self.members[index].1,
            Err(_) => point,
        }
    }

    /// The class of a representative, or nothing if it stands alone.
    fn group(&self, representative: u32) -> &[(u32, u32)] {
        let start = self.groups.partition_point(|pair| pair.0 < representative);
        let length = self.groups[start..].partition_point(|pair| pair.0 == representative);
        &self.groups[start..start + length]
    }
}

impl Folding {
    fn classes(self) -> &'static Classes {
        static UNITS: OnceLock<Classes> = OnceLock::new();
        static POINTS: OnceLock<Classes> = OnceLock::new();
        match self {
            Self::Units => UNITS.get_or_init(unit_classes),
            Self::Points => POINTS.get_or_init(point_classes),
        }
    }

    /// The representative of `point`'s class.
    pub(crate) fn canonicalize(self, point: u32) -> u32 {
        match self {
            Self::Units if point < 0x80 => u32::from((point as u8).to_ascii_uppercase()),
            Self::Points if point < 0x80 => u32::from((point as u8).to_ascii_lowercase()),
            _ => self.classes().canonicalize(point),
        }
    }

    /// All characters that match some member of `set`.
    pub(crate) fn closure(self, set: &CharSet) -> CharSet {
        if set.last().is_none_or(|last| last < 0x80) {
            return self.ascii_closure(set);
        }
        let mut ranges = set.ranges().to_vec();
        if set.count() <= 8 {
            for member in set.members() {
                let group = self.classes().group(self.canonicalize(member));
                ranges.extend(group.iter().map(|pair| (pair.1, pair.1)));
            }
        } else {
            let groups = self.classes().groups.chunk_by(|left, right| left.0 == right.0);
            for group in groups.filter(|group| group.iter().any(|pair| set.contains(pair.1))) {
                ranges.extend(group.iter().map(|pair| (pair.1, pair.1)));
            }
        }
        CharSet::from_ranges(ranges)
    }

    /// As `closure`, for a set within ASCII; needs no table.
    fn ascii_closure(self, set: &CharSet) -> CharSet {
        let mut ranges = set.ranges().to_vec();
        for (letters, shift) in [((0x41, 0x5A), 0x20), ((0x61, 0x7A), -0x20)] {
            for range in set.intersect(&CharSet::range(letters.0, letters.1)).ranges() {
                ranges.push((range.0.wrapping_add_signed(shift), range.1.wrapping_add_signed(shift)));
            }
        }
        if self == Self::Points {
            for (letter, outside) in [('k', 0x212A), ('s', 0x17F)] {
                if [letter, letter.to_ascii_uppercase()].iter().any(|&case| set.contains(case as u32)) {
                    ranges.push((outside, outside));
                }
            }
        }
        CharSet::from_ranges(ranges)
    }
}

/// Clause 22.2.2.7.3, steps 3 to 9: the upper case of a code unit, unless it
/// is longer than one code unit or would bring a character into ASCII.
fn unit_classes() -> Classes {
    let changing = CodePointSetData::new::<ChangesWhenUppercased>();
    let units = changing.iter_ranges().flatten().take_while(|&unit| unit <= LAST_UNIT);
    Classes::new(units.map(|unit| (unit, upper_unit(unit))))
}

fn upper_unit(unit: u32) -> u32 {
    let Some(character) = char::from_u32(unit) else { return unit };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => {
            let single = single as u32;
            let leaves_the_plane = single > LAST_UNIT;
            let enters_ascii = unit >= 0x80 && single < 0x80;
            if leaves_the_plane || enters_ascii { unit } else { single }
        }
        _ => unit,
    }
}

/// Clause 22.2.2.7.3, step 2: simple case folding (scf).
fn point_classes() -> Classes {
    let mapper = CaseMapper::new();
    // The first property is judged after decomposition, which hides U+1FBE.
    let folded = CodePointSetData::new::<ChangesWhenCasefolded>();
    let mapped = CodePointSetData::new::<ChangesWhenCasemapped>();
    let changing = folded.iter_ranges().chain(mapped.iter_ranges());
    let points = changing.flatten().filter_map(char::from_u32);
    Classes::new(points.map(|point| (point as u32, mapper.simple_fold(point) as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(folding: Folding, text: &str) -> Vec<u32> {
        let ranges = text.chars().map(|c| (c as u32, c as u32)).collect();
        folding.closure(&CharSet::from_ranges(ranges)).members().collect()
    }

    #[test]
    fn ascii_letters_have_partners_outside_only_with_unicode() {
        assert_eq!(closed(Folding::Units, "kS1"), [0x31, 0x4B, 0x53, 0x6B, 0x73]);
        assert_eq!(closed(Folding::Points, "kS"), [0x4B, 0x53, 0x6B, 0x73, 0x17F, 0x212A]);
    }

    #[test]
    fn the_two_relations_differ_where_the_clause_says() {
        // Long s upper-cases to S, which is ASCII: excluded without `u`.
        assert_eq!(closed(Folding::Units, "\u{17F}"), [0x17F]);
        assert_eq!(closed(Folding::Points, "\u{17F}"), [0x53, 0x73, 0x17F]);
        // Sharp s upper-cases to two characters, but folds with its capital.
        assert_eq!(closed(Folding::Units, "\u{DF}"), [0xDF]);
        assert!(closed(Folding::Points, "\u{DF}").starts_with(&[0xDF, 0x1E9E]));
        // Micro sign.
        assert_eq!(closed(Folding::Units, "\u{B5}"), [0xB5, 0x39C, 0x3BC]);
        // Deseret, outside the basic plane.
        assert_eq!(closed(Folding::Points, "\u{10400}"), [0x10400, 0x10428]);
        assert_eq!(closed(Folding::Units, "\u{10400}"), [0x10400]);
    }

    #[test]
    fn large_sets_close_like_small_ones() {
        let greek = CharSet::range(0x3B1, 0x3C9);
        for folding in [Folding::Units, Folding::Points] {
            let mut singly = CharSet::empty();
            for member in greek.members() {
                singly = singly.union(&folding.closure(&CharSet::single(member)));
            }
            assert_eq!(folding.closure(&greek), singly);
        }
    }

    #[test]
    fn candidates_cover_every_changing_character() {
        for unit in 0..=LAST_UNIT {
            assert_eq!(Folding::Units.canonicalize(unit), upper_unit(unit), "{unit:x}");
        }
        let mapper = CaseMapper::new();
        for point in ('\0'..=char::MAX).filter(|&point| mapper.simple_fold(point) != point) {
            let folded = mapper.simple_fold(point) as u32;
            assert_eq!(Folding::Points.canonicalize(point as u32), folded, "{point:?}");
        }
    }
}
