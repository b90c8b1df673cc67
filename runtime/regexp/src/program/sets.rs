//! Sets as the matcher reads them.
//!
//! Membership below 256 is one bit of a byte in a table shared by eight sets,
//! so that a test is one load and one mask. Above 255 there are more such
//! tables, one for each page of 256 units that differs from the others; they
//! are made when a text first asks for them, because most texts are Latin-1.
//! Beyond the basic plane ranges are searched. Each set also knows whether few
//! enough bytes are in it, or outside of it, to be searched for with `memchr`.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::charset::{CharSet, LAST, LAST_UNIT};

/// The set of all code points, which is the first of every program.
pub(crate) const ANY: u32 = 0;

/// All sets of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sets {
    /// Bit `set % 8` of byte `unit` of table `set / 8`.
    tables: Vec<[u8; 256]>,
    /// The tables of the other pages of the basic plane.
    pages: Vec<OnceLock<Box<Pages>>>,
    infos: Vec<SetInfo>,
}

/// What is kept of one set besides its bits.
#[derive(Clone, Debug)]
pub(crate) struct SetInfo {
    /// The members, if they are few and all below 256.
    pub(crate) members: Few,
    /// What is missing, if it is little and all below 256.
    pub(crate) missing: Few,
    /// The bytes that are members, if they are few, whatever is above 255.
    pub(crate) member_bytes: Few,
    /// The bytes that are missing, if they are few, whatever is above 255.
    pub(crate) missing_bytes: Few,
    /// Members from 256 to the end of the basic plane.
    plane: Box<[(u32, u32)]>,
    /// Members beyond.
    beyond: Box<[(u32, u32)]>,
}

/// Up to three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Few {
    None,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many,
}

/// Bits of eight sets for the basic plane; equal pages are shared.
#[derive(Clone, Debug)]
struct Pages {
    /// The table of each page, by the upper byte of a unit.
    index: [u8; 256],
    tables: Vec<[u8; 256]>,
}

impl Sets {
    /// Whether `set` has `point`, which is a code unit or a code point.
    #[inline(always)]
    pub(crate) fn contains(&self, set: u32, point: u32) -> bool {
        if point < 256 {
            (self.table(set)[point as usize] >> (set & 7)) & 1 != 0
        } else {
            self.contains_high(set, point)
        }
    }

    /// The table that holds the bits of `set`, at bit `set % 8`.
    #[inline(always)]
    pub(crate) fn table(&self, set: u32) -> &[u8; 256] {
        &self.tables[(set >> 3) as usize]
    }

    pub(crate) fn info(&self, set: u32) -> &SetInfo {
        &self.infos[set as usize]
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let pages = self.pages.iter().filter_map(OnceLock::get);
        let pages = pages.map(|pages| size_of::<Pages>() + pages.tables.len() * 256).sum::<usize>();
        let ranges = self.infos.iter().map(|info| size_of_val(&*info.plane) + size_of_val(&*info.beyond));
        self.tables.len() * 256 + self.infos.len() * size_of::<SetInfo>() + pages + ranges.sum::<usize>()
    }

    #[inline]
    fn contains_high(&self, set: u32, point: u32) -> bool {
        if point > LAST_UNIT {
            return self.contains_beyond(set, point);
        }
        let group = (set >> 3) as usize;
        let pages = self.pages[group].get().map_or_else(|| self.make_pages(group), |pages| &**pages);
        let table = pages.index[(point >> 8) as usize];
        (pages.tables[table as usize][(point & 0xFF) as usize] >> (set & 7)) & 1 != 0
    }

    #[inline(never)]
    fn contains_beyond(&self, set: u32, point: u32) -> bool {
        let ranges = &self.infos[set as usize].beyond;
        let after = ranges.partition_point(|range| range.0 <= point);
        after > 0 && ranges[after - 1].1 >= point
    }

    #[cold]
    #[inline(never)]
    fn make_pages(&self, group: usize) -> &Pages {
        let infos = self.infos.iter().skip(8 * group).take(8);
        self.pages[group].get_or_init(|| Box::new(Pages::new(infos)))
    }
}

/// Collects the sets of a program, each once.
#[derive(Debug)]
pub(crate) struct SetsBuilder {
    numbers: HashMap<CharSet, u32>,
    sets: Sets,
}

impl SetsBuilder {
    pub(crate) fn new() -> Self {
        let mut builder = Self { numbers: HashMap::new(), sets: Sets::default() };
        builder.number(&CharSet::all());
        builder
    }

    /// How many different sets there are.
    pub(crate) fn len(&self) -> usize {
        self.sets.infos.len()
    }

    /// The number of a set that is only tested against code units.
    pub(crate) fn number_of_units(&mut self, set: &CharSet) -> u32 {
        if set.contains_range((0, LAST_UNIT)) { ANY } else { self.number(set) }
    }

    /// The number of a set.
    pub(crate) fn number(&mut self, set: &CharSet) -> u32 {
        if let Some(&number) = self.numbers.get(set) {
            return number;
        }
        let number = self.sets.infos.len() as u32;
        if number.is_multiple_of(8) {
            self.sets.tables.push([0; 256]);
            self.sets.pages.push(OnceLock::new());
        }
        let latin1 = set.intersect(&CharSet::range(0, 0xFF));
        for member in latin1.members() {
            self.sets.tables[(number >> 3) as usize][member as usize] |= 1 << (number & 7);
        }
        self.sets.infos.push(SetInfo::new(set, &latin1));
        self.numbers.insert(set.clone(), number);
        number
    }

    pub(crate) fn finish(self) -> Sets {
        self.sets
    }
}

impl SetInfo {
    fn new(set: &CharSet, latin1: &CharSet) -> Self {
        let above = set.intersect(&CharSet::range(0x100, LAST));
        let member_bytes = Few::new(latin1);
        let missing_bytes = Few::new(&CharSet::range(0, 0xFF).subtract(latin1));
        let whole_plane = above.contains_range((0x100, LAST_UNIT));
        Self {
            members: if above.is_empty() { member_bytes } else { Few::Many },
            missing: if whole_plane { missing_bytes } else { Few::Many },
            member_bytes,
            missing_bytes,
            plane: above.intersect(&CharSet::range(0, LAST_UNIT)).ranges().into(),
            beyond: above.intersect(&CharSet::range(LAST_UNIT + 1, LAST)).ranges().into(),
        }
    }
}

impl Few {
    fn new(set: &CharSet) -> Self {
        if set.count() > 3 {
            return Self::Many;
        }
        let bytes: Vec<u8> = set.members().map(|member| member as u8).collect();
        match bytes[..] {
            [] => Self::None,
            [a] => Self::One(a),
            [a, b] => Self::Two(a, b),
            [a, b, c] => Self::Three(a, b, c),
            _ => Self::Many,
        }
    }
}

impl Pages {
    fn new<'a>(infos: impl Iterator<Item = &'a SetInfo>) -> Self {
        let mut plane = vec![0_u8; LAST_UNIT as usize + 1];
        for (bit, info) in infos.enumerate() {
            for &(low, high) in &info.plane {
                plane[low as usize..=high as usize].iter_mut().for_each(|bits| *bits |= 1 << bit);
            }
        }
        let mut pages = Self { index: [0; 256], tables: Vec::new() };
        let mut known: HashMap<&[u8], u8> = HashMap::new();
        for (index, bits) in pages.index.iter_mut().zip(plane.chunks_exact(256)) {
            *index = *known.entry(bits).or_insert_with(|| {
                let mut table = [0; 256];
                table.copy_from_slice(bits);
                pages.tables.push(table);
                (pages.tables.len() - 1) as u8
            });
        }
        pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::property;

    #[test]
    fn tables_agree_with_sets() {
        let mut builder = SetsBuilder::new();
        let examples = [
            CharSet::range(0x61, 0x7A),
            CharSet::range(0x61, 0x7A).complement(),
            CharSet::from_ranges((0..9).map(|n| (n * 500, n * 500 + 7)).collect()),
            property::set("gc", Some("L")).unwrap(),
            property::set("Assigned", None).unwrap(),
            CharSet::empty(),
        ];
        let numbers: Vec<u32> = examples.iter().map(|set| builder.number(set)).collect();
        let sets = builder.finish();
        for (set, &number) in examples.iter().zip(&numbers) {
            for point in (0..0x3000).chain(0xD700..0xE100).chain(0xFF00..0x10500).chain([LAST]) {
                assert_eq!(sets.contains(number, point), set.contains(point), "{number} {point:x}");
            }
        }
    }

    #[test]
    fn equal_sets_share_a_number_and_any_is_first() {
        let mut builder = SetsBuilder::new();
        assert_eq!(builder.number(&CharSet::all()), ANY);
        assert_eq!(builder.number_of_units(&CharSet::range(0, LAST_UNIT)), ANY);
        assert_ne!(builder.number(&CharSet::range(0, LAST_UNIT)), ANY);
        let a = builder.number(&CharSet::single(0x41));
        assert_eq!(builder.number(&CharSet::single(0x41)), a);
        assert_ne!(builder.number(&CharSet::single(0x42)), a);
    }

    #[test]
    fn few_bytes_are_noticed() {
        let info = |set: CharSet| SetInfo::new(&set, &set.intersect(&CharSet::range(0, 0xFF)));
        assert_eq!(info(CharSet::single(0x22).complement()).missing, Few::One(0x22));
        assert_eq!(
            info(CharSet::from_ranges(vec![(0x41, 0x41), (0x61, 0x61)])).members,
            Few::Two(0x41, 0x61)
        );
        let with_high = info(CharSet::from_ranges(vec![(0x41, 0x41), (0x400, 0x401)]));
        assert_eq!((with_high.members, with_high.member_bytes), (Few::Many, Few::One(0x41)));
    }
}
