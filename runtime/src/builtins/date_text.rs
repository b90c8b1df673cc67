//! Dates as text (21.4.4.41).

use super::date::{Fields, fields};
use crate::heap::Cx;
use crate::semantics::{Args, JsResult};

/// Names of days, from Sunday.
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/// Names of months.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn day_name(fields: &Fields) -> &'static str {
    DAYS[fields.day as usize % 7]
}

fn month_name(fields: &Fields) -> &'static str {
    MONTHS[fields.month as usize % 12]
}

/// A year with at least four digits.
fn year_text(year: f64) -> String {
    if year < 0.0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

/// DateString.
fn date_string(f: &Fields) -> String {
    format!("{} {} {:02} {}", day_name(f), month_name(f), f.date, year_text(f.year))
}

/// TimeString.
fn time_string(f: &Fields) -> String {
    format!("{:02}:{:02}:{:02} GMT", f.hour, f.minute, f.second)
}

/// TimeZoneString of a finite time.
fn zone_string(cx: &mut Cx<'_>, time: f64) -> String {
    let offset = cx.vm.host.local_offset_ms(time, true) / 60_000.0;
    let sign = if offset < 0.0 { '-' } else { '+' };
    let minutes = offset.abs().trunc();
    let name = cx.vm.host.time_zone();
    let name =
        if matches!(&name[..], "UTC" | "Etc/UTC" | "GMT") { "Coordinated Universal Time" } else { &name };
    format!("{sign}{:02}{:02} ({name})", (minutes / 60.0).trunc(), minutes % 60.0)
}

/// ToDateString (21.4.4.41.4).
pub fn date_and_time(cx: &mut Cx<'_>, time: f64) -> String {
    if time.is_nan() {
        return "Invalid Date".into();
    }
    let f = fields(cx.local_time(time));
    let zone = zone_string(cx, time);
    format!("{} {}{zone}", date_string(&f), time_string(&f))
}

/// The receiver's time; an invalid one has a text of its own.
fn shown<'s>(cx: &mut Cx<'s>, args: Args<'s>, show: impl FnOnce(&mut Cx<'s>, f64) -> String) -> JsResult<'s> {
    let time = cx.this_time(args)?;
    let text = if time.is_nan() { "Invalid Date".into() } else { show(cx, time) };
    cx.text_value(&text)
}

/// Date.prototype.toString
pub fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| date_and_time(cx, time))
}

/// Date.prototype.toDateString
pub fn to_date_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| date_string(&fields(cx.local_time(time))))
}

/// Date.prototype.toTimeString
pub fn to_time_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| {
        let f = fields(cx.local_time(time));
        let zone = zone_string(cx, time);
        format!("{}{zone}", time_string(&f))
    })
}

/// Date.prototype.toUTCString
pub fn to_utc_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |_, time| {
        let f = fields(time);
        let date = format!("{}, {:02} {} {}", day_name(&f), f.date, month_name(&f), year_text(f.year));
        format!("{date} {}", time_string(&f))
    })
}

/// Date.prototype.toISOString
pub fn to_iso_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let time = cx.this_time(args)?;
    if time.is_nan() {
        return Err(cx.range_error("Invalid time value"));
    }
    cx.text_value(&iso_text(time))
}

/// A time in ISO 8601 form.
pub fn iso_text(time: f64) -> String {
    if time.is_nan() {
        return "Invalid Date".into();
    }
    let f = fields(time);
    let year = match f.year {
        year if (0.0..=9999.0).contains(&year) => format!("{year:04}"),
        year if year < 0.0 => format!("-{:06}", -year),
        year => format!("+{year:06}"),
    };
    let date = format!("{year}-{:02}-{:02}", f.month + 1.0, f.date);
    format!("{date}T{:02}:{:02}:{:02}.{:03}Z", f.hour, f.minute, f.second, f.milli)
}

fn locale_date(f: &Fields) -> String {
    format!("{}/{}/{}", f.month + 1.0, f.date, f.year)
}

fn locale_time(f: &Fields) -> String {
    let hour = if f.hour % 12.0 == 0.0 { 12.0 } else { f.hour % 12.0 };
    let half = if f.hour < 12.0 { "AM" } else { "PM" };
    format!("{hour}:{:02}:{:02} {half}", f.minute, f.second)
}

/// Date.prototype.toLocaleString
pub fn to_locale_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| {
        let f = fields(cx.local_time(time));
        format!("{}, {}", locale_date(&f), locale_time(&f))
    })
}

/// Date.prototype.toLocaleDateString
pub fn to_locale_date_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| locale_date(&fields(cx.local_time(time))))
}

/// Date.prototype.toLocaleTimeString
pub fn to_locale_time_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args, |cx, time| locale_time(&fields(cx.local_time(time))))
}
