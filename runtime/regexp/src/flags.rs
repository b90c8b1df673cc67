//! The flags of a regular expression.
//!
//! Only `i`, `m`, `s`, `u` and `v` change what is compiled. `g`, `y` and `d`
//! concern the caller's loop over matches and are kept so that one value can
//! carry everything written after the second slash.

use std::fmt;

bitflags::bitflags! {
    /// A set of flags, each named by its letter in JavaScript.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Flags: u8 {
        /// `d`: results carry the positions of the captures.
        const HAS_INDICES = 1 << 0;
        /// `g`: successive matches.
        const GLOBAL = 1 << 1;
        /// `i`: letters match in either case.
        const IGNORE_CASE = 1 << 2;
        /// `m`: `^` and `$` match at line ends.
        const MULTILINE = 1 << 3;
        /// `s`: `.` matches line ends.
        const DOT_ALL = 1 << 4;
        /// `u`: the pattern and the text are read as code points.
        const UNICODE = 1 << 5;
        /// `v`: as `u`, with set notation in classes.
        const UNICODE_SETS = 1 << 6;
        /// `y`: matches begin exactly at `lastIndex`.
        const STICKY = 1 << 7;
    }
}

/// Each flag with its letter, in the order of `RegExp.prototype.flags`.
const LETTERS: [(char, Flags); 8] = [
    ('d', Flags::HAS_INDICES),
    ('g', Flags::GLOBAL),
    ('i', Flags::IGNORE_CASE),
    ('m', Flags::MULTILINE),
    ('s', Flags::DOT_ALL),
    ('u', Flags::UNICODE),
    ('v', Flags::UNICODE_SETS),
    ('y', Flags::STICKY),
];

impl Flags {
    /// Reads the letters after the second slash. `None` if a letter is
    /// unknown or repeated, or if `u` and `v` are both given.
    pub fn parse(letters: impl IntoIterator<Item = char>) -> Option<Self> {
        let mut flags = Self::empty();
        for letter in letters {
            let (_, flag) = LETTERS.iter().find(|row| row.0 == letter)?;
            if flags.contains(*flag) {
                return None;
            }
            flags |= *flag;
        }
        (!flags.contains(Self::UNICODE | Self::UNICODE_SETS)).then_some(flags)
    }

    /// Whether pattern and text are read as code points (`u` or `v`).
    pub fn is_unicode(self) -> bool {
        self.intersects(Self::UNICODE | Self::UNICODE_SETS)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        LETTERS.iter().filter(|row| self.contains(row.1)).try_for_each(|row| write!(formatter, "{}", row.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_round_trip_in_order() {
        assert_eq!(Flags::parse("yvsmigd".chars()).map(|flags| flags.to_string()), Some("dgimsvy".into()));
        assert_eq!(Flags::parse("".chars()), Some(Flags::empty()));
    }

    #[test]
    fn bad_letters_are_refused() {
        for letters in ["gg", "x", "uv", "G", "i\u{301}"] {
            assert_eq!(Flags::parse(letters.chars()), None, "{letters}");
        }
    }
}
