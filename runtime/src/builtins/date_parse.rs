//! Dates from text: the format of 21.4.1.32, and the older ones that V8 reads too.

use super::date::{make_date, make_day, make_time, time_clip};
use super::date_text::MONTHS;
use crate::heap::Cx;

/// Date.parse: NaN where the text is no date.
pub fn parse(cx: &mut Cx<'_>, text: &str) -> f64 {
    if let Some((time, local)) = iso(text.trim_matches(crate::base::num::is_space)) {
        return time_clip(if local { cx.utc_time(time) } else { time });
    }
    match Legacy::default().parse(text) {
        Some((time, Some(offset))) => time_clip(time - offset),
        Some((time, None)) => time_clip(cx.utc_time(time)),
        None => f64::NAN,
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
}

impl Scanner<'_> {
    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<f64> {
        let digits = self.bytes.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        self.bytes = &self.bytes[count..];
        Some(digits.iter().fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0')))
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.bytes.first() == Some(&wanted);
        if found {
            self.bytes = &self.bytes[1..];
        }
        found
    }
}

/// The date time string format: the time, and whether it is local.
fn iso(text: &str) -> Option<(f64, bool)> {
    let mut scanner = Scanner { bytes: text.as_bytes() };
    let year = match text.as_bytes().first()? {
        sign @ (b'+' | b'-') => {
            scanner.bytes = &scanner.bytes[1..];
            let year = scanner.digits(6)?;
            match (sign, year) {
                (b'-', 0.0) => return None,
                (b'-', year) => -year,
                (_, year) => year,
            }
        }
        _ => scanner.digits(4)?,
    };
    let (mut month, mut date) = (1.0, 1.0);
    if scanner.eat(b'-') {
        month = scanner.digits(2)?;
        if scanner.eat(b'-') {
            date = scanner.digits(2)?;
        }
    }
    let mut time = 0.0;
    let mut offset = Some(0.0);
    if scanner.eat(b'T') || scanner.eat(b't') {
        time = iso_time(&mut scanner)?;
        offset = iso_offset(&mut scanner)?;
    }
    let valid = (1.0..=12.0).contains(&month) && (1.0..=31.0).contains(&date) && scanner.bytes.is_empty();
    let day = make_day(year, month - 1.0, date);
    // The day must be one of the month.
    if !valid || make_day(year, month, 1.0) <= day {
        return None;
    }
    Some((make_date(day, time) - offset.unwrap_or(0.0), offset.is_none()))
}

fn iso_time(scanner: &mut Scanner<'_>) -> Option<f64> {
    let hour = scanner.digits(2)?;
    if !scanner.eat(b':') {
        return None;
    }
    let minute = scanner.digits(2)?;
    let (mut second, mut milli) = (0.0, 0.0);
    if scanner.eat(b':') {
        second = scanner.digits(2)?;
        if scanner.eat(b'.') {
            let mut scale = 100.0;
            scanner.bytes.first().filter(|digit| digit.is_ascii_digit())?;
            while let Some(digit) = scanner.digits(1) {
                milli += digit * scale;
                scale = if scale >= 1.0 { (scale / 10.0).floor() } else { 0.0 };
            }
        }
    }
    let midnight = hour == 24.0 && minute == 0.0 && second == 0.0 && milli == 0.0;
    if (hour > 23.0 && !midnight) || minute > 59.0 || second > 59.0 {
        return None;
    }
    Some(make_time(hour, minute, second, milli))
}

/// The offset from universal time; `Some(None)` for local time.
fn iso_offset(scanner: &mut Scanner<'_>) -> Option<Option<f64>> {
    if scanner.bytes.is_empty() {
        return Some(None);
    }
    if scanner.eat(b'Z') || scanner.eat(b'z') {
        return Some(Some(0.0));
    }
    let sign = if scanner.eat(b'-') { -1.0 } else { scanner.eat(b'+').then_some(1.0)? };
    let hour = scanner.digits(2)?;
    if !scanner.eat(b':') {
        return None;
    }
    let minute = scanner.digits(2)?;
    (hour <= 23.0 && minute <= 59.0).then_some(Some(sign * (hour * 60.0 + minute) * 60_000.0))
}

/// V8's legacy parser, in its main lines: words, numbers and signs in any order that makes sense. Unknown words are
/// ignored before the first number, text in parentheses everywhere.
#[derive(Default)]
struct Legacy {
    /// Day, month and year in the order they came.
    day: Vec<f64>,
    month: Option<f64>,
    time: Vec<f64>,
    time_done: bool,
    hour_offset: Option<f64>,
    sign: Option<f64>,
    zone_hour: Option<f64>,
    zone_minute: f64,
}

enum Token {
    Number(f64, usize),
    Word(String),
    Sign(u8),
    Space,
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let run = |test: fn(&u8) -> bool| bytes[start..].iter().take_while(|byte| test(byte)).count();
        match bytes[at] {
            b'0'..=b'9' => {
                at += run(u8::is_ascii_digit);
                let value =
                    bytes[start..at].iter().fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'));
                tokens.push(Token::Number(value, at - start));
            }
            byte if byte.is_ascii_alphabetic() => {
                at += run(u8::is_ascii_alphabetic);
                tokens.push(Token::Word(text[start..at].to_ascii_lowercase()));
            }
            b'(' => {
                let mut depth = 0;
                while at < bytes.len() {
                    match bytes[at] {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        break;
                    }
                }
                tokens.push(Token::Space);
            }
            byte if byte.is_ascii_whitespace() || !byte.is_ascii() => {
                at += 1;
                tokens.push(Token::Space);
            }
            byte => {
                at += 1;
                tokens.push(Token::Sign(byte));
            }
        }
    }
    tokens
}

impl Legacy {
    /// The time, and the offset from universal time where one was given.
    fn parse(mut self, text: &str) -> Option<(f64, Option<f64>)> {
        let tokens = tokens(text);
        let mut has_number = false;
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                Token::Space => {}
                Token::Number(value, length) => {
                    has_number = true;
                    let next = tokens.get(at + 1);
                    at += self.number(*value, *length, next)?;
                }
                Token::Word(word) => self.word(word, has_number)?,
                Token::Sign(sign) => self.punctuation(*sign, tokens.get(at + 1))?,
            }
            at += 1;
        }
        self.finish()
    }

    /// Handles a number; how many further tokens it took.
    fn number(&mut self, value: f64, length: usize, next: Option<&Token>) -> Option<usize> {
        if let (Some(_), None) = (self.sign, self.zone_hour) {
            // An offset: hh, hhmm or hh:mm.
            if length > 2 {
                self.zone_hour = Some((value / 100.0).floor());
                self.zone_minute = value % 100.0;
            } else {
                self.zone_hour = Some(value);
                if matches!(next, Some(Token::Sign(b':'))) {
                    self.zone_minute = f64::NAN;
                    return Some(1);
                }
            }
            return Some(0);
        }
        if self.zone_hour.is_some() && self.zone_minute.is_nan() {
            self.zone_minute = value;
            return Some(0);
        }
        let in_time = !self.time.is_empty() && !self.time_done;
        match next {
            Some(Token::Sign(b':')) if !self.time_done => {
                self.time.push(value);
                return (self.time.len() <= 3).then_some(1);
            }
            Some(Token::Sign(b'.')) if in_time => {
                self.time.push(value);
                return (self.time.len() <= 3).then_some(1);
            }
            _ if in_time => {
                let value = if self.time.len() == 3 { value / 10f64.powi(length as i32 - 3) } else { value };
                self.time.push(value.floor());
                self.time_done = true;
                return (self.time.len() <= 4).then_some(0);
            }
            _ => {}
        }
        self.day.push(value);
        (self.day.len() <= 3).then_some(usize::from(matches!(next, Some(Token::Sign(b'-' | b'/')))))
    }

    fn word(&mut self, word: &str, has_number: bool) -> Option<()> {
        let prefix = word.get(..3).unwrap_or(word);
        if word == "am" || word == "pm" {
            if self.time.is_empty() {
                let hour = self.day.pop()?;
                self.time.push(hour);
            }
            self.time_done = true;
            self.hour_offset = Some(if word == "pm" { 12.0 } else { 0.0 });
            return Some(());
        }
        if let Some(month) = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(prefix)) {
            self.month = Some(month as f64);
            return Some(());
        }
        let zone = match word {
            "z" | "ut" | "utc" | "gmt" => 0.0,
            "est" => -5.0,
            "edt" | "cdt" => {
                if word == "edt" {
                    -4.0
                } else {
                    -5.0
                }
            }
            "cst" | "mdt" => -6.0,
            "mst" | "pdt" => -7.0,
            "pst" => -8.0,
            "t" if has_number => return Some(()),
            _ => {
                return (!has_number || ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].contains(&prefix))
                    .then_some(());
            }
        };
        if has_number {
            self.sign = Some(if zone < 0.0 { -1.0 } else { 1.0 });
            self.zone_hour = Some(f64::abs(zone));
            self.zone_minute = 0.0;
        }
        Some(())
    }

    fn punctuation(&mut self, sign: u8, next: Option<&Token>) -> Option<()> {
        match sign {
            b'+' | b'-' if !self.time.is_empty() || self.zone_hour == Some(0.0) => {
                // A sign behind a time, or behind UTC or GMT, begins an offset.
                if matches!(next, Some(Token::Number(..))) {
                    self.sign = Some(if sign == b'-' { -1.0 } else { 1.0 });
                    self.zone_hour = None;
                    self.time_done = !self.time.is_empty();
                }
                Some(())
            }
            b'-' | b'/' | b',' | b'.' => Some(()),
            _ => None,
        }
    }

    fn finish(self) -> Option<(f64, Option<f64>)> {
        let (year, month, day) = match (self.month, &self.day[..]) {
            (Some(month), [day]) => (2001.0, month, *day),
            (Some(month), [first, second]) if *first > 31.0 => (*first, month, *second),
            (Some(month), [first, second]) => (*second, month, *first),
            (None, [month, day]) => (2001.0, month - 1.0, *day),
            (None, [first, second, third]) if *first > 31.0 => (*first, second - 1.0, *third),
            (None, [first, second, third]) => (*third, first - 1.0, *second),
            _ => return None,
        };
        let year = match year {
            year if year < 50.0 => year + 2000.0,
            year if year < 100.0 => year + 1900.0,
            year => year,
        };
        if !(0.0..12.0).contains(&month) || !(1.0..=31.0).contains(&day) {
            return None;
        }
        let part = |index: usize| self.time.get(index).copied().unwrap_or(0.0);
        let (mut hour, minute, second, milli) = (part(0), part(1), part(2), part(3));
        if let Some(offset) = self.hour_offset {
            if !(1.0..=12.0).contains(&hour) {
                return None;
            }
            hour = hour % 12.0 + offset;
        }
        let midnight = hour == 24.0 && minute == 0.0 && second == 0.0;
        if (hour > 23.0 && !midnight) || minute > 59.0 || second > 59.0 {
            return None;
        }
        let time = make_date(make_day(year, month, day), make_time(hour, minute, second, milli));
        let minute = if self.zone_minute.is_nan() { 0.0 } else { self.zone_minute };
        let offset = self.zone_hour.map(|hour| self.sign.unwrap_or(1.0) * (hour * 60.0 + minute) * 60_000.0);
        Some((time, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_texts() {
        assert_eq!(iso("1970"), Some((0.0, false)));
        assert_eq!(iso("1970-01-01T00:00"), Some((0.0, true)));
        assert_eq!(iso("1970-01-01T00:00:00.001Z"), Some((1.0, false)));
        assert_eq!(iso("1970-01-01T24:00Z"), Some((86_400_000.0, false)));
        assert_eq!(iso("1970-01-01T01:00+01:00"), Some((0.0, false)));
        assert_eq!(iso("-000000"), None);
        assert_eq!(iso("1970-02-30"), None);
    }

    #[test]
    fn legacy_texts() {
        let parse = |text| Legacy::default().parse(text);
        assert_eq!(parse("Thu Jan 01 1970 00:00:00 GMT+0100 (CET)"), Some((0.0, Some(3_600_000.0))));
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some((0.0, Some(0.0))));
        assert_eq!(parse("1/2/1970 1:30 PM"), Some((86_400_000.0 + 13.5 * 3_600_000.0, None)));
        assert_eq!(parse("Jan 1, 1970"), Some((0.0, None)));
        assert_eq!(parse("nonsense"), None);
    }
}
