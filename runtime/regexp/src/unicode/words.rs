//! The sets behind `.`, `\d`, `\s`, `\w` and the line terminators.

use crate::charset::CharSet;

/// `\d`.
pub(crate) fn digits() -> CharSet {
    CharSet::range(0x30, 0x39)
}

/// `\s`: WhiteSpace and LineTerminator, clauses 12.2 and 12.3.
pub(crate) fn spaces() -> CharSet {
    CharSet::from_ranges(vec![
        (0x09, 0x0D),
        (0x20, 0x20),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    ])
}

/// `\w`. With `case_folded` (that is, `i` together with `u` or `v`) it also
/// holds the two characters that fold into ASCII letters (clause 22.2.2.9.3).
pub(crate) fn word(case_folded: bool) -> CharSet {
    let mut ranges = vec![(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
    if case_folded {
        ranges.extend([(0x17F, 0x17F), (0x212A, 0x212A)]);
    }
    CharSet::from_ranges(ranges)
}

/// What `.` leaves out and `^` and `$` look for.
pub(crate) fn line_terminators() -> CharSet {
    CharSet::from_ranges(vec![(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)])
}
