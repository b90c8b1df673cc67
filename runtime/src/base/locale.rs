//! Numbers as `toLocaleString` shows them, in the one locale that there is (en-US): groups of three digits, and at most
//! three behind the point.

use super::num;

/// Digits behind the point.
const FRACTION_DIGITS: usize = 3;

/// Number.prototype.toLocaleString
pub fn number(value: f64) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() { "-" } else { "" };
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return format!("{sign}\u{221E}");
    }
    let (digits, point) = shortest_digits(value.abs());
    let at =
        |place: i32| usize::try_from(place).ok().and_then(|place| digits.get(place)).map_or(0, |d| d - b'0');
    let end = point + FRACTION_DIGITS as i32;
    // All places that are shown, one before the point at least.
    let mut shown: Vec<u8> = (point.min(1) - 1..end).map(at).collect();
    if at(end) >= 5 {
        add_one(&mut shown);
    }
    let (integer, fraction) = shown.split_at(shown.len() - FRACTION_DIGITS);
    let mut text = format!("{sign}{}", grouped(integer));
    let kept = fraction.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    if kept > 0 {
        text.push('.');
        text.extend(fraction[..kept].iter().map(|digit| char::from(b'0' + digit)));
    }
    text
}

/// BigInt.prototype.toLocaleString, of the decimal digits.
pub fn bigint(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    format!("{sign}{}", grouped(&digits))
}

/// The shortest digits that tell a number, and the place behind them or among them where the point is.
fn shortest_digits(value: f64) -> (Vec<u8>, i32) {
    let text = num::to_string(value);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (integer.bytes().chain(fraction.bytes()).collect(), integer.len() as i32 + exponent)
}

fn add_one(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        *digit = (*digit + 1) % 10;
        if *digit != 0 {
            return;
        }
    }
    digits.insert(0, 1);
}

fn grouped(digits: &[u8]) -> String {
    let mut text = String::new();
    for (i, digit) in digits.iter().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(char::from(b'0' + digit));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_rounded() {
        let shown = [0.0, -0.0005, 999.9995, 1234.5, 1e-7, 5e-324, 1e21, 123456789012345680000.0].map(number);
        let wanted = [
            "0",
            "-0.001",
            "1,000",
            "1,234.5",
            "0",
            "0",
            "1,000,000,000,000,000,000,000",
            "123,456,789,012,345,680,000",
        ];
        assert_eq!(shown, wanted);
        assert_eq!(["0", "-1", "123", "-1234567"].map(bigint), ["0", "-1", "123", "-1,234,567"]);
    }
}
