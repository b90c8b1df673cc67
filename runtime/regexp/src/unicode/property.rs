//! Property escapes: `\p{…}` to a set.
//!
//! The parser has already refused names ECMA-262 does not list, by its own
//! tables; a name it lets through and the data do not know (a newer script,
//! say) is refused here too. Names are compared exactly, as the clause asks.

use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData, PropertyParser};

use crate::charset::CharSet;

/// The members of `\p{name}` or `\p{name=value}`.
pub(crate) fn set(name: &str, value: Option<&str>) -> Option<CharSet> {
    match (name, value) {
        ("General_Category" | "gc", Some(value)) => general_category(value),
        ("Script" | "sc", Some(value)) => Some(script(parse_script(value)?)),
        ("Script_Extensions" | "scx", Some(value)) => Some(script_extensions(parse_script(value)?)),
        (_, Some(_)) => None,
        ("Any", None) => Some(CharSet::all()),
        ("ASCII", None) => Some(CharSet::range(0, 0x7F)),
        ("Assigned", None) => general_category("Unassigned").map(|set| set.complement()),
        (name, None) => {
            // The data of ICU 2.2 lack this alias of White_Space.
            let name = if name == "space" { "White_Space" } else { name };
            let data = CodePointSetData::new_for_ecma262(name.as_bytes())?;
            Some(collect(data.iter_ranges()))
        }
    }
}

fn general_category(value: &str) -> Option<CharSet> {
    let group = PropertyParser::<GeneralCategoryGroup>::new().get_strict(value)?;
    let data = CodePointMapData::<GeneralCategory>::new();
    Some(collect(data.iter_ranges_for_group(group)))
}

fn parse_script(value: &str) -> Option<Script> {
    PropertyParser::<Script>::new().get_strict(value)
}

fn script(script: Script) -> CharSet {
    collect(CodePointMapData::<Script>::new().iter_ranges_for_value(script))
}

fn script_extensions(script: Script) -> CharSet {
    collect(ScriptWithExtensions::new().get_script_extensions_ranges(script))
}

fn collect(ranges: impl Iterator<Item = std::ops::RangeInclusive<u32>>) -> CharSet {
    CharSet::from_ranges(ranges.map(|range| (*range.start(), *range.end())).collect())
}

/// ID_Start, `$` and `_`: what a group name may begin with.
pub(crate) fn is_name_start(point: u32) -> bool {
    let data = CodePointSetData::new::<icu_properties::props::IdStart>();
    matches!(char::from_u32(point), Some('$' | '_')) || data.contains32(point)
}

/// ID_Continue, `$` and the two joiners: what a group name may go on with.
pub(crate) fn is_name_part(point: u32) -> bool {
    let data = CodePointSetData::new::<icu_properties::props::IdContinue>();
    matches!(char::from_u32(point), Some('$' | '\u{200C}' | '\u{200D}')) || data.contains32(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_names() {
        assert!(set("gc", Some("Lu")).is_some_and(|set| set.contains(0x41) && !set.contains(0x61)));
        assert!(set("Script", Some("Greek")).is_some_and(|set| set.contains(0x3B1)));
        assert!(set("scx", Some("Deva")).is_some_and(|set| set.contains(0x964)));
        assert!(set("sc", Some("Deva")).is_some_and(|set| !set.contains(0x964)));
        assert!(set("Assigned", None).is_some_and(|set| set.contains(0x41) && !set.contains(0x378)));
        assert!(set("ID_Start", None).is_some());
        assert!(set("space", None).is_some_and(|set| set.contains(0x20)));
        assert_eq!(set("id_start", None), None);
        assert_eq!(set("gc", Some("uppercaseletter")), None);
        assert_eq!(set("Block", Some("Latin")), None);
    }
}
