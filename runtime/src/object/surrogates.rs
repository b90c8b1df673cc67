//! Source text with lone surrogates.
//!
//! The front end reads UTF-8, which has no lone surrogates. While a text is compiled, a private-use character that
//! does not occur in it stands for each; the front end puts the surrogate back wherever the text becomes a string of
//! the program. Such a character takes one unit, as the surrogate does, and stands on the same side of almost every
//! other in the ranges of a regular expression.

use std::collections::{BTreeMap, BTreeSet};

use super::string::Chars;

/// The first and last private-use characters of one unit.
const PRIVATE_USE: std::ops::RangeInclusive<char> = '\u{E000}'..='\u{F8FF}';

/// Lone surrogates of some texts, and the character that stands for each.
#[derive(Clone, Default, Debug)]
pub struct StandIns(BTreeMap<u16, char>);

impl StandIns {
    /// For the lone surrogates of `texts`. Where private-use characters run out, U+FFFD stands for the rest.
    pub fn of<'a>(texts: impl Iterator<Item = Chars<'a>>) -> StandIns {
        let (mut lone, mut used) = (BTreeSet::new(), BTreeSet::new());
        for text in texts {
            let Chars::Utf16(units) = text else { continue };
            for unit in char::decode_utf16(units.iter().copied()) {
                match unit {
                    Err(error) => _ = lone.insert(error.unpaired_surrogate()),
                    Ok(c) if PRIVATE_USE.contains(&c) => _ = used.insert(c),
                    Ok(_) => {}
                }
            }
        }
        let free = PRIVATE_USE.filter(|c| !used.contains(c));
        StandIns(lone.into_iter().zip(free).collect())
    }

    /// A text as the front end takes it.
    pub fn text_of(&self, text: Chars<'_>) -> String {
        match text {
            Chars::Utf16(units) if !self.0.is_empty() => char::decode_utf16(units.iter().copied())
                .map(|unit| {
                    let stand_in = |surrogate| self.0.get(&surrogate).copied();
                    unit.unwrap_or_else(|error| {
                        stand_in(error.unpaired_surrogate()).unwrap_or(char::REPLACEMENT_CHARACTER)
                    })
                })
                .collect(),
            _ => text.to_text(),
        }
    }

    /// What stands for what.
    pub fn pairs(&self) -> Vec<(char, u16)> {
        self.0.iter().map(|(&surrogate, &stand_in)| (stand_in, surrogate)).collect()
    }
}
