//! Flags that say what a program may use.

use std::time::Duration;

use clap::Args;
use tvm::Limits;

/// What a program may use.
#[derive(Args, Default)]
pub struct LimitArguments {
    /// Most bytes of heap (512M, 2G)
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_heap: Option<usize>,
    /// Most bytes of stack
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_stack: Option<usize>,
    /// Most wall time (200ms, 5s, 2m)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    max_time: Option<Duration>,
    /// Most fuel: loop iterations, calls, and builtin work
    #[arg(long, value_name = "UNITS")]
    max_fuel: Option<u64>,
}

impl LimitArguments {
    /// The limits, with defaults where none were given.
    pub fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            heap_bytes: self.max_heap.unwrap_or(defaults.heap_bytes),
            stack_bytes: self.max_stack.unwrap_or(defaults.stack_bytes),
            time: self.max_time,
            fuel: self.max_fuel,
        }
    }
}

/// A number of bytes with an optional unit.
fn parse_size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "B" => 1,
        "K" | "k" | "KB" | "KiB" => 1 << 10,
        "M" | "m" | "MB" | "MiB" => 1 << 20,
        "G" | "g" | "GB" | "GiB" => 1 << 30,
        other => return Err(format!("unknown unit '{other}' (use K, M or G)")),
    };
    let number: usize = digits.parse().map_err(|_| format!("'{digits}' is no number of bytes"))?;
    let bytes = number.checked_mul(unit).ok_or_else(|| "too large".to_owned())?;
    if bytes < 64 << 10 {
        return Err(format!("{bytes} bytes are less than the smallest limit, 64K"));
    }
    Ok(bytes)
}

/// A duration with a unit; milliseconds where there is none.
fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| format!("'{digits}' is no number"))?;
    let seconds = match &text[digits.len()..] {
        "" | "ms" => number / 1e3,
        "us" => number / 1e6,
        "s" => number,
        "m" | "min" => number * 60.0,
        other => return Err(format!("unknown unit '{other}' (use ms, s or m)")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(parse_size("64K"), Ok(64 << 10));
        assert_eq!(parse_size("2G"), Ok(2 << 30));
        assert!(parse_size("12").is_err() && parse_size("1T").is_err() && parse_size("x").is_err());
        assert_eq!(parse_time("200"), Ok(Duration::from_millis(200)));
        assert_eq!(parse_time("1.5s"), Ok(Duration::from_millis(1500)));
        assert!(parse_time("1h").is_err() && parse_time("-1s").is_err());
    }
}
