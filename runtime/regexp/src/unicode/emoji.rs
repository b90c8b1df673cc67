//! Properties of strings (`v` only): the emoji sequences of UTS #51.
//!
//! The data crate knows properties of characters only. Keycaps, flags and
//! skin tones follow from those by rule; the sequences joined by U+200D are a
//! closed list (Unicode 17) that is kept here as the rules which produce it.

use icu_properties::CodePointSetData;
use icu_properties::props::{Emoji, EmojiModifierBase, EmojiPresentation, RegionalIndicator};

use crate::charset::CharSet;

/// Code points of one string.
pub(crate) type Sequence = Vec<u32>;

const MAN: u32 = 0x1F468;
const WOMAN: u32 = 0x1F469;
const ADULT: u32 = 0x1F9D1;
const JOINER: u32 = 0x200D;
/// Asks for the colourful form of the character before it.
const SELECTOR: u32 = 0xFE0F;
const RIGHTWARDS: u32 = 0x27A1;
const TONES: std::ops::RangeInclusive<u32> = 0x1F3FB..=0x1F3FF;

/// The single characters and the longer strings of a property of strings.
pub(crate) fn strings(name: &str) -> Option<(CharSet, Vec<Sequence>)> {
    let sequences = match name {
        "Basic_Emoji" => return Some((basic_characters(), basic_strings())),
        "Emoji_Keycap_Sequence" => keycaps(),
        "RGI_Emoji_Modifier_Sequence" => toned_characters(),
        "RGI_Emoji_Flag_Sequence" => flags(),
        "RGI_Emoji_Tag_Sequence" => tagged_flags(),
        "RGI_Emoji_ZWJ_Sequence" => joined(),
        "RGI_Emoji" => {
            let all = [basic_strings(), keycaps(), toned_characters(), flags(), tagged_flags(), joined()];
            return Some((basic_characters(), all.concat()));
        }
        _ => return None,
    };
    Some((CharSet::empty(), sequences))
}

/// Characters shown as emoji of themselves, but no halves of flags.
fn basic_characters() -> CharSet {
    let shown = collect(CodePointSetData::new::<EmojiPresentation>().iter_ranges());
    shown.subtract(&collect(CodePointSetData::new::<RegionalIndicator>().iter_ranges()))
}

/// Characters shown as emoji after a selector, but no bases of keycaps.
fn basic_strings() -> Vec<Sequence> {
    let shown = collect(CodePointSetData::new::<EmojiPresentation>().iter_ranges());
    let emoji = collect(CodePointSetData::new::<Emoji>().iter_ranges());
    emoji
        .subtract(&shown)
        .members()
        .filter(|&point| point >= 0x80)
        .map(|point| vec![point, SELECTOR])
        .collect()
}

fn collect(ranges: impl Iterator<Item = std::ops::RangeInclusive<u32>>) -> CharSet {
    CharSet::from_ranges(ranges.map(|range| (*range.start(), *range.end())).collect())
}

fn keycaps() -> Vec<Sequence> {
    "#*0123456789".chars().map(|key| vec![key as u32, SELECTOR, 0x20E3]).collect()
}

fn toned_characters() -> Vec<Sequence> {
    let bases = CodePointSetData::new::<EmojiModifierBase>();
    bases.iter_ranges().flatten().flat_map(|base| TONES.map(move |tone| vec![base, tone])).collect()
}

/// Regions with a flag: the first letter of a code, then its second letters.
const REGIONS: &str = "ACDEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNOPQRUVWXYZ DEGJKMOZ \
    EACEGHRSTU FIJKMOR GABDEFGHILMNPQRSTUWY HKMNRTU ICDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY \
    MACDEFGHKLMNOPQRSTUVWXYZ NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ \
    TACDFGHJKLMNORTVWZ UAGMNSYZ VACEGINU WFS XK YET ZAMW";

fn flags() -> Vec<Sequence> {
    let indicator = |letter: u8| 0x1F1E6 + u32::from(letter - b'A');
    let groups = REGIONS.split_ascii_whitespace().map(str::as_bytes);
    groups
        .flat_map(|group| group[1..].iter().map(move |&second| vec![indicator(group[0]), indicator(second)]))
        .collect()
}

/// England, Scotland and Wales: a black flag, a region in tags, an end tag.
fn tagged_flags() -> Vec<Sequence> {
    let tagged = |region: &str| {
        let tags = region.bytes().map(|letter| 0xE0000 + u32::from(letter));
        std::iter::once(0x1F3F4).chain(tags).chain([0xE007F]).collect()
    };
    ["gbeng", "gbsct", "gbwls"].map(tagged).into()
}

/// All sequences joined by U+200D.
fn joined() -> Vec<Sequence> {
    let mut list = Vec::new();
    families(&mut list);
    couples(&mut list);
    roles(&mut list);
    activities(&mut list);
    for parts in OTHERS {
        list.push(join(parts));
    }
    list
}

/// Joins parts, each a few code points, by U+200D.
fn join<Part: AsRef<[u32]>>(parts: &[Part]) -> Sequence {
    let parts: Vec<&[u32]> = parts.iter().map(AsRef::as_ref).collect();
    parts.join(&JOINER)
}

fn families(list: &mut Vec<Sequence>) {
    let (boy, girl, child) = (0x1F466, 0x1F467, 0x1F9D2);
    let parents: [&[u32]; 5] = [&[MAN], &[WOMAN], &[MAN, MAN], &[MAN, WOMAN], &[WOMAN, WOMAN]];
    let children: [&[u32]; 5] = [&[boy], &[boy, boy], &[girl], &[girl, boy], &[girl, girl]];
    let mut add = |parents: &[u32], children: &[u32]| {
        let members: Vec<[u32; 1]> = parents.iter().chain(children).map(|&member| [member]).collect();
        list.push(join(&members));
    };
    for parents in parents {
        children.iter().for_each(|children| add(parents, children));
    }
    for parents in [&[ADULT][..], &[ADULT, ADULT]] {
        [&[child][..], &[child, child]].iter().for_each(|children| add(parents, children));
    }
}

/// Which tones two people linked together may have.
#[derive(Clone, Copy, PartialEq)]
enum Tones {
    /// Both none, or both any.
    NoneOrAny,
    /// Both any, never the same.
    Different,
}

fn couples(list: &mut Vec<Sequence>) {
    let (heart, kiss, hands): (&[u32], &[u32], &[u32]) =
        (&[0x2764, SELECTOR], &[0x2764, SELECTOR, JOINER, 0x1F48B], &[0x1F91D]);
    let (dance, fight): (&[u32], &[u32]) = (&[0x1F430], &[0x1FAEF]);
    for (first, second) in [(MAN, MAN), (WOMAN, MAN), (WOMAN, WOMAN)] {
        linked(list, first, heart, second, Tones::NoneOrAny);
        linked(list, first, kiss, second, Tones::NoneOrAny);
        linked(list, first, hands, second, Tones::Different);
    }
    for person in [MAN, WOMAN, ADULT] {
        linked(list, person, dance, person, Tones::Different);
        linked(list, person, fight, person, Tones::Different);
    }
    linked(list, ADULT, heart, ADULT, Tones::Different);
    linked(list, ADULT, kiss, ADULT, Tones::Different);
    linked(list, ADULT, hands, ADULT, Tones::NoneOrAny);
    // Two hands shaking, which are joined without a link.
    for (left, right) in tone_pairs().filter(|(left, right)| left != right) {
        list.push(join(&[[0x1FAF1, left], [0x1FAF2, right]]));
    }
}

fn linked(list: &mut Vec<Sequence>, first: u32, link: &[u32], second: u32, tones: Tones) {
    if tones == Tones::NoneOrAny {
        list.push(join(&[&[first][..], link, &[second]]));
    }
    for (left, right) in tone_pairs().filter(|(left, right)| tones == Tones::NoneOrAny || left != right) {
        list.push(join(&[&[first, left][..], link, &[second, right]]));
    }
}

fn tone_pairs() -> impl Iterator<Item = (u32, u32)> {
    TONES.flat_map(|left| TONES.map(move |right| (left, right)))
}

/// A character alone and in every tone.
fn in_all_tones(base: u32) -> Vec<Sequence> {
    std::iter::once(vec![base]).chain(TONES.map(|tone| vec![base, tone])).collect()
}

/// Trades and hair; a selector follows those that are no emoji by themselves.
const OBJECTS: [&[u32]; 26] = [
    &[0x2695, SELECTOR],
    &[0x2696, SELECTOR],
    &[0x2708, SELECTOR],
    &[0x1F33E],
    &[0x1F373],
    &[0x1F37C],
    &[0x1F393],
    &[0x1F3A4],
    &[0x1F3A8],
    &[0x1F3EB],
    &[0x1F3ED],
    &[0x1F4BB],
    &[0x1F4BC],
    &[0x1F527],
    &[0x1F52C],
    &[0x1F680],
    &[0x1F692],
    &[0x1F9AF],
    &[0x1F9BC],
    &[0x1F9BD],
    &[0x1F9AF, JOINER, RIGHTWARDS, SELECTOR],
    &[0x1F9BC, JOINER, RIGHTWARDS, SELECTOR],
    &[0x1F9BD, JOINER, RIGHTWARDS, SELECTOR],
    &[0x1F9B0],
    &[0x1F9B1],
    &[0x1F9B2],
];

fn roles(list: &mut Vec<Sequence>) {
    for person in [MAN, WOMAN, ADULT].into_iter().flat_map(in_all_tones) {
        list.extend(OBJECTS.iter().map(|object| join(&[&person[..], object])));
        list.push(join(&[&person[..], &[0x1F9B3]]));
    }
    for person in in_all_tones(ADULT) {
        list.extend([0x1F384, 0x1FA70].map(|object| join(&[&person[..], &[object]])));
    }
}

/// Characters that come as a woman and as a man, in all tones.
const ACTIVITIES: [u32; 45] = [
    0x1F3C3, 0x1F3C4, 0x1F3CA, 0x1F46E, 0x1F46F, 0x1F470, 0x1F471, 0x1F473, 0x1F477, 0x1F481, 0x1F482,
    0x1F486, 0x1F487, 0x1F645, 0x1F646, 0x1F647, 0x1F64B, 0x1F64D, 0x1F64E, 0x1F6A3, 0x1F6B4, 0x1F6B5,
    0x1F6B6, 0x1F926, 0x1F935, 0x1F937, 0x1F938, 0x1F939, 0x1F93C, 0x1F93D, 0x1F93E, 0x1F9B8, 0x1F9B9,
    0x1F9CD, 0x1F9CE, 0x1F9CF, 0x1F9D4, 0x1F9D6, 0x1F9D7, 0x1F9D8, 0x1F9D9, 0x1F9DA, 0x1F9DB, 0x1F9DC,
    0x1F9DD,
];
/// The same for those which need a selector while they have no tone.
const ACTIVITIES_SELECTED: [u32; 4] = [0x26F9, 0x1F3CB, 0x1F3CC, 0x1F575];
/// The same without tones.
const ACTIVITIES_PLAIN: [u32; 2] = [0x1F9DE, 0x1F9DF];
/// Those which may also face the other way, with or without a sex.
const TURNING: [u32; 3] = [0x1F3C3, 0x1F6B6, 0x1F9CE];

fn activities(list: &mut Vec<Sequence>) {
    let sexes = [[0x2640, SELECTOR], [0x2642, SELECTOR]];
    let right = [RIGHTWARDS, SELECTOR];
    let mut people: Vec<Sequence> = ACTIVITIES.into_iter().flat_map(in_all_tones).collect();
    people.extend(ACTIVITIES_PLAIN.map(|base| vec![base]));
    for base in ACTIVITIES_SELECTED {
        people.push(vec![base, SELECTOR]);
        people.extend(TONES.map(|tone| vec![base, tone]));
    }
    for person in people {
        list.extend(sexes.iter().map(|sex| join(&[&person[..], sex])));
        if TURNING.contains(&person[0]) {
            list.push(join(&[&person[..], &right]));
            list.extend(sexes.iter().map(|sex| join(&[&person[..], sex, &right])));
        }
    }
}

/// Sequences that follow no rule.
const OTHERS: &[[&[u32]; 2]] = &[
    [&[0x26D3, SELECTOR], &[0x1F4A5]],
    [&[0x2764, SELECTOR], &[0x1F525]],
    [&[0x2764, SELECTOR], &[0x1FA79]],
    [&[0x1F344], &[0x1F7EB]],
    [&[0x1F34B], &[0x1F7E9]],
    [&[0x1F3F3, SELECTOR], &[0x26A7, SELECTOR]],
    [&[0x1F3F3, SELECTOR], &[0x1F308]],
    [&[0x1F3F4], &[0x2620, SELECTOR]],
    [&[0x1F408], &[0x2B1B]],
    [&[0x1F415], &[0x1F9BA]],
    [&[0x1F426], &[0x2B1B]],
    [&[0x1F426], &[0x1F525]],
    [&[0x1F43B], &[0x2744, SELECTOR]],
    [&[0x1F441, SELECTOR], &[0x1F5E8, SELECTOR]],
    [&[0x1F62E], &[0x1F4A8]],
    [&[0x1F635], &[0x1F4AB]],
    [&[0x1F636], &[0x1F32B, SELECTOR]],
    [&[0x1F642], &[0x2194, SELECTOR]],
    [&[0x1F642], &[0x2195, SELECTOR]],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts of Unicode 17.
    #[test]
    fn counts() {
        let count = |name| strings(name).map(|(_, list)| list.len());
        assert_eq!(count("Emoji_Keycap_Sequence"), Some(12));
        assert_eq!(count("RGI_Emoji_Flag_Sequence"), Some(259));
        assert_eq!(count("RGI_Emoji_Tag_Sequence"), Some(3));
        assert!(count("RGI_Emoji_Modifier_Sequence") >= Some(665));
        assert_eq!(count("RGI_Emoji_ZWJ_Sequence"), Some(1614));
        assert_eq!(count("Emoji"), None);
    }

    #[test]
    fn no_sequence_twice() {
        let (_, mut list) = strings("RGI_Emoji").unwrap();
        let before = list.len();
        list.sort();
        list.dedup();
        assert_eq!(list.len(), before);
    }
}
