//! Facts about strings: each occurs once, and which of them are array indices.

use std::collections::HashSet;

use super::ensure;
use crate::layout::Section;
use crate::unit::{LoadError, TextRef, Unit};

/// For each string, whether it is a canonical array index (7.1.21, 6.1.7): such names are elements, not properties
/// with a place in a shape.
pub(super) fn check(unit: &Unit) -> Result<Vec<bool>, LoadError> {
    let count = unit.string_count();
    let mut seen = HashSet::with_capacity(count as usize);
    let mut indices = Vec::with_capacity(count as usize);
    for id in 0..count {
        let text = unit.text(id);
        ensure(seen.insert(text), || unit.error(Section::Strings, id, "R2: a string that occurs twice"))?;
        indices.push(is_array_index(text));
    }
    Ok(indices)
}

fn is_array_index(text: TextRef) -> bool {
    let TextRef::Latin1(digits) = text else { return false };
    if digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    match digits {
        [] => false,
        [b'0'] => true,
        [b'0', ..] => false,
        _ => digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')) < u64::from(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_indices_end_below_the_longest_length() {
        let index = |text: &str| is_array_index(TextRef::Latin1(text.as_bytes()));
        assert!(index("0") && index("10") && index("4294967294"));
        assert!(!index("") && !index("01") && !index("-1") && !index("1.5"));
        assert!(!index("4294967295") && !index("9999999999") && !index("10000000000"));
        assert!(!is_array_index(TextRef::Utf16(&[0x30, 0x01])));
    }
}
