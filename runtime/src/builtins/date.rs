//! Date (21.4): constructor, static functions and getters.

use super::date_set;
use super::date_text;
use super::table::*;
use crate::base::exit::Hint;
use crate::base::num;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// %Date%
pub const DATE_CLASS: Class =
    Class::new("Date", 7, Intrinsic::Date, Intrinsic::DatePrototype, by_native(construct));

/// Properties of %Date%.
pub const DATE: Group = Group {
    on: Intrinsic::Date,
    rows: &[native("now", 0, now), native("parse", 1, parse), native("UTC", 7, utc)],
};

/// Properties of %Date.prototype%.
pub const DATE_PROTOTYPE: Group = Group {
    on: Intrinsic::DatePrototype,
    rows: &[
        native("toString", 0, date_text::to_string),
        native("toDateString", 0, date_text::to_date_string),
        native("toTimeString", 0, date_text::to_time_string),
        native("toISOString", 0, date_text::to_iso_string),
        native("toUTCString", 0, date_text::to_utc_string),
        alias("toGMTString", "toUTCString"),
        native("getDate", 0, get::date),
        both("setDate", 1, date_set::date, lib::dateSetDate),
        native("getDay", 0, get::day),
        native("getFullYear", 0, get::full_year),
        both("setFullYear", 3, date_set::full_year, lib::dateSetFullYear),
        native("getHours", 0, get::hours),
        both("setHours", 4, date_set::hours, lib::dateSetHours),
        native("getMilliseconds", 0, get::milliseconds),
        both("setMilliseconds", 1, date_set::milliseconds, lib::dateSetMilliseconds),
        native("getMinutes", 0, get::minutes),
        both("setMinutes", 3, date_set::minutes, lib::dateSetMinutes),
        native("getMonth", 0, get::month),
        both("setMonth", 2, date_set::month, lib::dateSetMonth),
        native("getSeconds", 0, get::seconds),
        both("setSeconds", 2, date_set::seconds, lib::dateSetSeconds),
        native("getTime", 0, value_of),
        native("setTime", 1, date_set::time),
        native("getTimezoneOffset", 0, get::timezone_offset),
        native("getYear", 0, get::year),
        both("setYear", 1, date_set::year, lib::dateSetYear),
        native("getUTCDate", 0, get::utc_date),
        both("setUTCDate", 1, date_set::utc_date, lib::dateSetUTCDate),
        native("getUTCDay", 0, get::utc_day),
        native("getUTCFullYear", 0, get::utc_full_year),
        both("setUTCFullYear", 3, date_set::utc_full_year, lib::dateSetUTCFullYear),
        native("getUTCHours", 0, get::utc_hours),
        both("setUTCHours", 4, date_set::utc_hours, lib::dateSetUTCHours),
        native("getUTCMilliseconds", 0, get::utc_milliseconds),
        both("setUTCMilliseconds", 1, date_set::utc_milliseconds, lib::dateSetUTCMilliseconds),
        native("getUTCMinutes", 0, get::utc_minutes),
        both("setUTCMinutes", 3, date_set::utc_minutes, lib::dateSetUTCMinutes),
        native("getUTCMonth", 0, get::utc_month),
        both("setUTCMonth", 2, date_set::utc_month, lib::dateSetUTCMonth),
        native("getUTCSeconds", 0, get::utc_seconds),
        both("setUTCSeconds", 2, date_set::utc_seconds, lib::dateSetUTCSeconds),
        native("valueOf", 0, value_of),
        library("toJSON", 1, lib::dateToJSON),
        native("toLocaleString", 0, date_text::to_locale_string),
        native("toLocaleDateString", 0, date_text::to_locale_date_string),
        native("toLocaleTimeString", 0, date_text::to_locale_time_string),
        library("@@toPrimitive", 1, lib::dateToPrimitive)
            .with(info::CONFIGURABLE)
            .named(Intrinsic::DateToPrimitive),
    ],
};

/// Milliseconds of a day.
pub const DAY: f64 = 86_400_000.0;

/// A time taken apart (21.4.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fields {
    /// Year, month from 0, day of the month from 1.
    pub year: f64,
    /// Month from 0.
    pub month: f64,
    /// Day of the month from 1.
    pub date: f64,
    /// Day of the week from Sunday.
    pub day: f64,
    /// Hour.
    pub hour: f64,
    /// Minute.
    pub minute: f64,
    /// Second.
    pub second: f64,
    /// Millisecond.
    pub milli: f64,
}

/// Takes a finite time apart.
pub fn fields(time: f64) -> Fields {
    let days = (time / DAY).floor();
    let within = time - days * DAY;
    let (year, month, date) = civil(days as i64);
    Fields {
        year: year as f64,
        month: month as f64,
        date: date as f64,
        day: (days + 4.0).rem_euclid(7.0),
        hour: (within / 3_600_000.0).floor(),
        minute: (within / 60_000.0).floor() % 60.0,
        second: (within / 1000.0).floor() % 60.0,
        milli: within % 1000.0,
    }
}

/// Year, month from 0 and day from 1 of a day number (Hinnant's algorithm: eras of 400 years from March on).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 2 } else { from_march - 10 };
    (year + era * 400 + i64::from(month <= 1), month, date)
}

/// Day number of the first day of a month from 0.
fn days_of(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month <= 1);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 10) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// MakeDay (21.4.1.28).
pub fn make_day(year: f64, month: f64, date: f64) -> f64 {
    if !year.is_finite() || !month.is_finite() || !date.is_finite() {
        return f64::NAN;
    }
    let (year, month, date) = (year.trunc(), month.trunc(), date.trunc());
    let full = year + (month / 12.0).floor();
    if full.abs() > 400_000.0 {
        return f64::NAN;
    }
    days_of(full as i64, month.rem_euclid(12.0) as i64) as f64 + date - 1.0
}

/// MakeTime (21.4.1.27).
pub fn make_time(hour: f64, minute: f64, second: f64, milli: f64) -> f64 {
    if !hour.is_finite() || !minute.is_finite() || !second.is_finite() || !milli.is_finite() {
        return f64::NAN;
    }
    hour.trunc() * 3_600_000.0 + minute.trunc() * 60_000.0 + second.trunc() * 1000.0 + milli.trunc()
}

/// MakeDate (21.4.1.29).
pub fn make_date(day: f64, time: f64) -> f64 {
    let result = day * DAY + time;
    if result.is_finite() { result } else { f64::NAN }
}

/// TimeClip (21.4.1.31).
pub fn time_clip(time: f64) -> f64 {
    if time.abs() <= 8.64e15 { num::to_integer(time) } else { f64::NAN }
}

/// MakeFullYear (21.4.1.30).
pub fn make_full_year(year: f64) -> f64 {
    let whole = num::to_integer(year);
    if year.is_nan() {
        f64::NAN
    } else if (0.0..=99.0).contains(&whole) {
        1900.0 + whole
    } else {
        whole
    }
}

impl<'s> Cx<'s> {
    /// LocalTime (21.4.1.25).
    pub fn local_time(&mut self, time: f64) -> f64 {
        if time.is_finite() { time + self.vm.host.local_offset_ms(time, true) } else { f64::NAN }
    }

    /// UTC (21.4.1.26).
    pub fn utc_time(&mut self, time: f64) -> f64 {
        // Beyond these the result is no time value whatever the offset is.
        if time.abs() <= 8.65e15 { time - self.vm.host.local_offset_ms(time, false) } else { f64::NAN }
    }

    /// The time value of a receiver that must be a Date.
    pub fn this_time(&mut self, args: Args<'s>) -> JsResult<'s, f64> {
        match args.this().value(self).cast::<Date>(self) {
            Some(date) => Ok(date.time()),
            None => Err(self.type_error("this is not a Date object.")),
        }
    }

    /// The current time, in whole milliseconds.
    fn current_time(&mut self) -> f64 {
        self.vm.host.now_ms().floor()
    }
}

/// Date
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        let now = cx.current_time();
        let text = date_text::date_and_time(cx, now);
        return cx.text_value(&text);
    }
    let time = match args.count() {
        0 => cx.current_time(),
        1 => one_argument(cx, args)?,
        _ => {
            let time = from_parts(cx, args)?;
            time_clip(cx.utc_time(time))
        }
    };
    let proto = cx.prototype_for(args, Intrinsic::DatePrototype)?;
    let object = cx.new_kind_with(kind::Date, 0, proto)?;
    if let Some(date) = object.get(cx).cast::<Date>() {
        date.set_time(time);
    }
    Ok(object.any())
}

fn one_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, f64> {
    if let Some(date) = args.get(cx, 0).value(cx).cast::<Date>(cx) {
        return Ok(date.time());
    }
    let value = args.primitive(cx, 0, Hint::Default)?;
    match value.cast::<Str>(cx) {
        Some(text) => parse_string(cx, text),
        None => Ok(time_clip(cx.primitive_to_number(value)?)),
    }
}

/// Year, month and what else the arguments give, as a time in the zone that they are meant in.
fn from_parts<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, f64> {
    let mut parts = [f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    for (i, part) in parts.iter_mut().enumerate() {
        if args.has(i) || i == 0 {
            *part = args.number(cx, i)?;
        }
    }
    let [year, month, date, hour, minute, second, milli] = parts;
    let day = make_day(make_full_year(year), month, date);
    Ok(make_date(day, make_time(hour, minute, second, milli)))
}

fn parse_string<'s>(cx: &mut Cx<'s>, text: Local<'s, Str>) -> JsResult<'s, f64> {
    let text = cx.text(text)?;
    cx.vm.spend(text.len() as u64 / 16)?;
    Ok(super::date_parse::parse(cx, &text))
}

/// Date.now
fn now<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let now = cx.current_time();
    Ok(cx.number(now))
}

/// Date.parse
fn parse<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = args.string(cx, 0)?;
    let time = parse_string(cx, text)?;
    Ok(cx.number(time))
}

/// Date.UTC
fn utc<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let time = time_clip(from_parts(cx, args)?);
    Ok(cx.number(time))
}

/// Date.prototype.valueOf and getTime
fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let time = cx.this_time(args)?;
    Ok(cx.number(time))
}

/// %dateValue%: the time value of a Date, else a TypeError.
pub fn intrinsic_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    match args.get(cx, 0).value(cx).cast::<Date>(cx).map(|date| date.time()) {
        Some(time) => Ok(cx.number(time)),
        None => Err(cx.type_error("this is not a Date object.")),
    }
}

/// The getters of parts.
mod get {
    use super::*;

    fn part<'s>(cx: &mut Cx<'s>, args: Args<'s>, local: bool, pick: fn(&Fields) -> f64) -> JsResult<'s> {
        let time = cx.this_time(args)?;
        if time.is_nan() {
            return Ok(cx.number(f64::NAN));
        }
        let time = if local { cx.local_time(time) } else { time };
        let fields = fields(time);
        Ok(cx.number(pick(&fields)))
    }

    macro_rules! getters {
        ($($local:ident $utc:ident: $pick:expr;)*) => {
            $(
                pub fn $local<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                    part(cx, args, true, $pick)
                }

                pub fn $utc<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                    part(cx, args, false, $pick)
                }
            )*
        };
    }

    getters! {
        date utc_date: |f| f.date;
        day utc_day: |f| f.day;
        full_year utc_full_year: |f| f.year;
        hours utc_hours: |f| f.hour;
        milliseconds utc_milliseconds: |f| f.milli;
        minutes utc_minutes: |f| f.minute;
        month utc_month: |f| f.month;
        seconds utc_seconds: |f| f.second;
    }

    /// Date.prototype.getYear (B.2.3.1)
    pub fn year<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
        part(cx, args, true, |f| f.year - 1900.0)
    }

    /// Date.prototype.getTimezoneOffset
    pub fn timezone_offset<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
        let time = cx.this_time(args)?;
        let offset = (time - cx.local_time(time)) / 60_000.0;
        Ok(cx.number(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_parts_agree() {
        for days in [-100_000_000i64, -719_528, -1, 0, 58, 59, 60, 365, 11_016, 20_000, 100_000_000] {
            let (year, month, date) = civil(days);
            assert_eq!(make_day(year as f64, month as f64, date as f64), days as f64);
        }
        assert_eq!(civil(0), (1970, 0, 1));
        assert_eq!(civil(11_016), (2000, 1, 29));
        assert_eq!(fields(-1.0).milli, 999.0);
        assert_eq!(fields(0.0).day, 4.0);
    }
}
