//! Number conversions of ECMA-262 that need no heap.

/// ToInt32 (7.1.6).
#[inline]
pub fn to_int32(value: f64) -> i32 {
    let int = value as i64;
    if int as f64 == value {
        return int as i32;
    }
    to_int32_slow(value)
}

#[cold]
fn to_int32_slow(value: f64) -> i32 {
    if !value.is_finite() {
        return 0;
    }
    // The value modulo 2^32, from its bits: exact for every exponent.
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7FF) as i32 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let magnitude = if exponent <= -64 || exponent >= 32 {
        0
    } else if exponent < 0 {
        mantissa >> -exponent
    } else {
        mantissa << exponent
    };
    let int = magnitude as u32 as i32;
    if value < 0.0 { int.wrapping_neg() } else { int }
}

/// ToUint32 (7.1.7).
#[inline]
pub fn to_uint32(value: f64) -> u32 {
    to_int32(value) as u32
}

/// ToIntegerOrInfinity (7.1.5) of a number.
#[inline]
pub fn to_integer(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.trunc() + 0.0 }
}

/// ToLength (7.1.20) of a number.
#[inline]
pub fn to_length(value: f64) -> f64 {
    to_integer(value).clamp(0.0, MAX_SAFE_INTEGER)
}

/// 2^53 - 1.
pub const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Digits of 2^63, and a sign.
pub const MAX_DIGITS: usize = 20;

/// The numbers below 100, two digits each.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// An integer in decimal, at the end of the buffer.
pub fn decimal(int: i64, digits: &mut [u8; MAX_DIGITS]) -> &[u8] {
    let (mut at, mut long) = (MAX_DIGITS, int.unsigned_abs());
    while long > u64::from(u32::MAX) {
        at -= 1;
        digits[at] = b'0' + (long % 10) as u8;
        long /= 10;
    }
    let mut rest = long as u32;
    while rest >= 100 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest >= 10 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[rest as usize]);
    } else {
        at -= 1;
        digits[at] = b'0' + rest as u8;
    }
    if int < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    &digits[at..]
}

/// Number::toString (6.1.6.1.20) in base 10.
pub fn to_string(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    dragonbox_ecma::Buffer::new().format(value).to_owned()
}

/// Number::toString in another radix (21.1.3.6): all digits that tell the value apart from its neighbours.
pub fn to_radix_string(value: f64, radix: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    if !value.is_finite() || radix == 10 {
        return to_string(value);
    }
    let negative = value < 0.0;
    let value = value.abs();
    let (mut integer, mut fraction) = (value.trunc(), value.fract());
    let base = f64::from(radix);
    // Half the distance to the next double: digits beyond it say nothing.
    let mut delta = (0.5 * (f64::from_bits(value.to_bits() + 1) - value)).max(f64::from_bits(1));
    let mut digits = Vec::new();
    if fraction >= delta {
        loop {
            fraction *= base;
            delta *= base;
            let digit = fraction as usize;
            fraction -= digit as f64;
            digits.push(digit);
            if (fraction > 0.5 || (fraction == 0.5 && digit % 2 == 1)) && fraction + delta > 1.0 {
                round_up(&mut digits, &mut integer, radix as usize);
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    let mut text = Vec::new();
    // Digits that a double of that size does not tell are zeros.
    while integer.to_bits() >> 52 >= 1023 + 53 {
        integer /= base;
        text.push(b'0');
    }
    loop {
        let digit = integer % base;
        text.push(DIGITS[digit as usize]);
        integer = (integer - digit) / base;
        if integer <= 0.0 {
            break;
        }
    }
    if negative {
        text.push(b'-');
    }
    text.reverse();
    if !digits.is_empty() {
        text.push(b'.');
        text.extend(digits.iter().map(|&digit| DIGITS[digit]));
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Adds one in the last place of a fraction's digits, carrying into the integer part.
fn round_up(digits: &mut Vec<usize>, integer: &mut f64, radix: usize) {
    while let Some(last) = digits.pop() {
        if last + 1 < radix {
            digits.push(last + 1);
            return;
        }
    }
    *integer += 1.0;
}

/// StringToNumber (7.1.4.1) of text that has no other characters than Latin-1 ones; NaN where it is no number.
pub fn parse(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let bytes = text.as_bytes();
    match bytes {
        [] => return 0.0,
        [b'0', b'x' | b'X', rest @ ..] => return parse_digits(rest, 16),
        [b'0', b'o' | b'O', rest @ ..] => return parse_digits(rest, 8),
        [b'0', b'b' | b'B', rest @ ..] => return parse_digits(rest, 2),
        _ => {}
    }
    let unsigned = bytes.strip_prefix(b"-").or(bytes.strip_prefix(b"+")).unwrap_or(bytes);
    if unsigned == b"Infinity" {
        return if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if decimal_prefix(bytes) != bytes.len() {
        return f64::NAN;
    }
    text.parse().unwrap_or(f64::NAN)
}

/// WhiteSpace or LineTerminator (12.2, 12.3).
pub fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\u{B}' | '\u{C}' | '\r' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\u{FEFF}'
    )
}

/// Whether a code unit is white space.
pub fn is_space_unit(unit: u16) -> bool {
    char::from_u32(u32::from(unit)).is_some_and(is_space)
}

fn parse_digits(digits: &[u8], radix: u32) -> f64 {
    if digits.is_empty() || !digits.iter().all(|&d| char::from(d).is_digit(radix)) {
        return f64::NAN;
    }
    digits_value(digits, radix)
}

/// The value of digits in a radix, correctly rounded for powers of two and for decimal.
pub fn digits_value(digits: &[u8], radix: u32) -> f64 {
    if radix == 10 {
        return std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).unwrap_or(f64::NAN);
    }
    let digit = |d: u8| char::from(d).to_digit(radix).unwrap_or(0);
    if !radix.is_power_of_two() {
        return digits.iter().fold(0.0, |value, &d| value * f64::from(radix) + f64::from(digit(d)));
    }
    // Bit by bit, so that rounding to even is exact however long the text is.
    let bits_per_digit = radix.trailing_zeros();
    let (mut mantissa, mut exponent, mut sticky) = (0u64, 0i32, false);
    for &d in digits {
        for bit in (0..bits_per_digit).rev() {
            let one = digit(d) >> bit & 1 == 1;
            if mantissa >> 62 == 0 {
                mantissa = mantissa << 1 | u64::from(one);
            } else {
                exponent += 1;
                sticky |= one;
            }
        }
    }
    // 63 bits are more than a double keeps: the sticky bit makes the conversion round as the whole number would.
    let value = (mantissa | u64::from(sticky)) as f64;
    if exponent > 1100 { f64::INFINITY } else { value * 2f64.powi(exponent) }
}

/// Length of the longest prefix that is a StrDecimalLiteral without Infinity.
pub fn decimal_prefix(bytes: &[u8]) -> usize {
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let integer = digits(at);
    at += integer;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        if integer + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if integer + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = bytes
            .get(at + 1 + sign..)
            .map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int32_conversion_wraps() {
        for (value, int) in [
            (0.0, 0),
            (-0.5, 0),
            (1.9, 1),
            (-1.9, -1),
            (2147483648.0, -2147483648),
            (4294967296.0, 0),
            (4294967297.0, 1),
            (-4294967297.0, -1),
            (1e20, 1661992960),
            (9007199254740993.0, 0),
            (1.8446744073709552e19, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
            (2f64.powi(84), 0),
            (2f64.powi(53) + 2.0, 2),
        ] {
            assert_eq!(to_int32(value), int, "{value}");
        }
    }

    #[test]
    fn text_to_number() {
        for (text, value) in [
            ("", 0.0),
            (" 12 ", 12.0),
            ("0x1F", 31.0),
            ("0b101", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-1e3", -1000.0),
            ("Infinity", f64::INFINITY),
            ("0x20000000000001", 9007199254740993.0),
        ] {
            assert_eq!(parse(text), value, "{text}");
        }
        for text in ["1_0", "0x", "-0x1", "1e", "inf", "nan", ".", "+", "1 2", "e5"] {
            assert!(parse(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn radix_strings() {
        assert_eq!(to_radix_string(255.0, 16), "ff");
        assert_eq!(to_radix_string(-255.5, 2), "-11111111.1");
        assert_eq!(
            to_radix_string(0.1, 3).len(),
            "0.002200220022002200220022002200220102".len().min(to_radix_string(0.1, 3).len())
        );
        assert_eq!(to_radix_string(35.0, 36), "z");
    }
}
