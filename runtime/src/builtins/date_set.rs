//! Date's setters. Natively where all arguments are primitives; else the library reads the time value first, then
//! converts, then sets: an argument's conversion may change the date.

use super::date::{Fields, fields, make_date, make_day, make_full_year, make_time, time_clip};
use crate::base::num;
use crate::heap::Cx;
use crate::heap::cells::*;
use crate::semantics::{Args, Exit, JsResult};

/// What a setter sets first; the parts behind it may follow.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    FullYear,
    Month,
    Date,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Year,
}

const PARTS: [Part; 8] = [
    Part::FullYear,
    Part::Month,
    Part::Date,
    Part::Hours,
    Part::Minutes,
    Part::Seconds,
    Part::Milliseconds,
    Part::Year,
];

impl Part {
    /// How many arguments the setter takes.
    fn limit(self) -> usize {
        match self {
            Part::FullYear | Part::Minutes => 3,
            Part::Month | Part::Seconds => 2,
            Part::Hours => 4,
            Part::Date | Part::Milliseconds | Part::Year => 1,
        }
    }
}

macro_rules! setters {
    ($($local:ident $utc:ident $part:ident;)*) => {
        $(
            /// A setter of local time.
            pub fn $local<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                set(cx, args, Part::$part, true)
            }

            /// A setter of universal time.
            pub fn $utc<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
                set(cx, args, Part::$part, false)
            }
        )*
    };
}

setters! {
    full_year utc_full_year FullYear;
    month utc_month Month;
    date utc_date Date;
    hours utc_hours Hours;
    minutes utc_minutes Minutes;
    seconds utc_seconds Seconds;
    milliseconds utc_milliseconds Milliseconds;
}

/// Date.prototype.setYear (B.2.3.2)
pub fn year<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    set(cx, args, Part::Year, true)
}

/// Date.prototype.setTime
pub fn time<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    cx.this_time(args)?;
    let time = time_clip(args.number(cx, 0)?);
    if let Some(date) = args.this().value(cx).cast::<Date>(cx) {
        date.set_time(time);
    }
    Ok(cx.number(time))
}

fn set<'s>(cx: &mut Cx<'s>, args: Args<'s>, part: Part, local: bool) -> JsResult<'s> {
    let time = cx.this_time(args)?;
    let count = args.count().min(part.limit()).max(1);
    if (0..count).any(|i| args.get(cx, i).value(cx).is_object()) {
        return Err(Exit::Fallback);
    }
    let mut values = [0.0; 4];
    for (i, value) in values.iter_mut().enumerate().take(count) {
        *value = args.number(cx, i)?;
    }
    let new = changed(cx, part, local, time, &values[..count]);
    if let (Some(new), Some(date)) = (new, args.this().value(cx).cast::<Date>(cx)) {
        date.set_time(new);
        return Ok(cx.number(new));
    }
    Ok(cx.number(f64::NAN))
}

/// %dateSet%: a Date, the part's number, whether in local time, the time value as it was, the numbers.
pub fn intrinsic_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let part = PARTS[args.number(cx, 1)? as usize % PARTS.len()];
    let local = args.get(cx, 2).value(cx).is_true();
    let time = args.number(cx, 3)?;
    let mut values = [0.0; 4];
    let count = args.count().saturating_sub(4).clamp(1, 4);
    for (i, value) in values.iter_mut().enumerate().take(count) {
        *value = args.number(cx, 4 + i)?;
    }
    let new = changed(cx, part, local, time, &values[..count]);
    if let (Some(new), Some(date)) = (new, args.get(cx, 0).value(cx).cast::<Date>(cx)) {
        date.set_time(new);
        return Ok(cx.number(new));
    }
    Ok(cx.number(f64::NAN))
}

/// The time value with parts changed; `None` where the date stays as it is.
fn changed(cx: &mut Cx<'_>, part: Part, local: bool, time: f64, values: &[f64]) -> Option<f64> {
    let base = match part {
        Part::FullYear | Part::Year if time.is_nan() => 0.0,
        _ if time.is_nan() => return None,
        _ if local => cx.local_time(time),
        _ => time,
    };
    let old: Fields = fields(base);
    let within = base.rem_euclid(super::date::DAY);
    let at = |index: usize, default: f64| values.get(index).copied().unwrap_or(default);
    let day = |year: f64, month: f64, date: f64| make_date(make_day(year, month, date), within);
    let clock = |hour: f64, minute: f64, second: f64, milli: f64| {
        make_date((base / super::date::DAY).floor(), make_time(hour, minute, second, milli))
    };
    let new = match part {
        Part::FullYear => day(at(0, 0.0), at(1, old.month), at(2, old.date)),
        Part::Year if values[0].is_nan() => return Some(f64::NAN),
        Part::Year => day(make_full_year(num::to_integer(values[0])), old.month, old.date),
        Part::Month => day(old.year, at(0, 0.0), at(1, old.date)),
        Part::Date => day(old.year, old.month, at(0, 0.0)),
        Part::Hours => clock(at(0, 0.0), at(1, old.minute), at(2, old.second), at(3, old.milli)),
        Part::Minutes => clock(old.hour, at(0, 0.0), at(1, old.second), at(2, old.milli)),
        Part::Seconds => clock(old.hour, old.minute, at(0, 0.0), at(1, old.milli)),
        Part::Milliseconds => clock(old.hour, old.minute, old.second, at(0, 0.0)),
    };
    let new = if local { cx.utc_time(new) } else { new };
    Some(time_clip(new))
}
