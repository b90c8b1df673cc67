//! How common code units are in the texts programs match.
//!
//! Only the order of magnitude matters: it decides between searching for a
//! unit and looking at several places at once. The figures are rough shares of
//! source text, logs, JSON and prose, in 1/1000.

use crate::charset::CharSet;

use super::ahead::UnitBits;

/// The share of text above which a set is too common to search for.
pub(super) const COMMON: u32 = 60;

/// The share of one code unit.
pub(super) fn of_unit(unit: u16) -> u32 {
    match u8::try_from(unit).unwrap_or(0xFF) {
        b' ' => 130,
        b'e' => 75,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 50,
        b'd' | b'h' | b'l' | b'c' | b'u' | b'm' => 25,
        b'f' | b'p' | b'g' | b'w' | b'y' | b'b' | b'v' | b'0' | b'1' | b'\n' => 15,
        b'2'..=b'9' | b',' | b'.' | b'"' | b'-' | b'/' | b':' | b'_' => 10,
        b'k' | b'x' | b'(' | b')' | b'=' | b';' | b'{' | b'}' | b'<' | b'>' => 7,
        b'A'..=b'Z' | b'j' | b'q' | b'z' | b'\'' | b'\t' | b'[' | b']' => 4,
        0x21..=0x7E => 3,
        _ => 1,
    }
}

/// The share of a set of code units. All units above Latin-1 together count
/// little, as if most texts had none.
pub(super) fn of_set(units: &CharSet) -> u32 {
    let latin1 = units.intersect(&CharSet::range(0, 0xFF));
    let high = if units.touches_range((0x100, 0xFFFF)) { 5 } else { 0 };
    latin1.members().map(|unit| of_unit(unit as u16)).sum::<u32>() + high
}

/// The share of a set of bits.
pub(super) fn of_bits(bits: &UnitBits) -> u32 {
    let high = if bits.high == [0; 4] { 0 } else { 5 };
    (0..=255_u8)
        .filter(|&byte| UnitBits::has(&bits.low, byte))
        .map(|byte| of_unit(u16::from(byte)))
        .sum::<u32>()
        + high
}
