//! Results as a table and as JSON.

use std::fmt::Write;

use super::Compared;
use super::measure::Measured;

/// The tier that the others are measured by.
pub const BASE: &str = "optimised";

/// A program's results for the terminal.
pub fn table(compared: &Compared) -> String {
    let mut text = format!(
        "{}\n  {:<12} {:>9} {:>9} {:>9} {:>7} {:>7} {:>10} {:>9} {:>7} {:>8}\n",
        compared.name,
        "engine",
        "first ms",
        "min ms",
        "median",
        "spread",
        "ratio",
        "compile ms",
        "code KiB",
        "deopts",
        "peak MiB"
    );
    for (name, run) in &compared.runs {
        let Ok(run) = run else {
            let _ = writeln!(text, "  {name:<12} failed");
            continue;
        };
        let ratio = ratio(compared, name).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let (compile, code, deopts) = match &run.compiled {
            Some(it) => (
                format!("{:.1}", it.compile_ms),
                format!("{:.1}", it.code_bytes as f64 / 1024.0),
                it.deopts.to_string(),
            ),
            None => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
        };
        let peak =
            run.peak_bytes.map_or("-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1024.0 / 1024.0));
        let _ = writeln!(
            text,
            "  {name:<12} {:>9.2} {:>9.2} {:>9.2} {:>6.1}% {ratio:>7} {compile:>10} {code:>9} {deopts:>7} {peak:>8}",
            run.times[0],
            run.min(),
            run.median(),
            run.spread()
        );
    }
    text
}

/// Every engine's geometric mean over the programs, as a table for the terminal.
pub fn means(all: &[Compared]) -> String {
    let mut text = "geometric mean of the ratios to optimised code (above 1: slower)\n".to_owned();
    let names: Vec<&String> = all.first().map_or(Vec::new(), |it| it.runs.iter().map(|run| &run.0).collect());
    for name in names {
        let ratios: Vec<f64> = all.iter().filter_map(|compared| ratio(compared, name)).collect();
        if ratios.is_empty() {
            continue;
        }
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let _ = writeln!(text, "  {name:<12} {mean:>7.2}  of {} programs", ratios.len());
    }
    text
}

/// How many times as long as optimised code an engine takes.
pub fn ratio(compared: &Compared, name: &str) -> Option<f64> {
    let median = |name: &str| {
        let (_, run) = compared.runs.iter().find(|(other, _)| other == name)?;
        run.as_ref().ok().map(Measured::median).filter(|&median| median > 0.0)
    };
    Some(median(name)? / median(BASE)?)
}

/// All results as one JSON value.
pub fn json(all: &[Compared], iterations: u32) -> String {
    let programs: Vec<String> = all.iter().map(program).collect();
    format!("{{\"iterations\":{iterations},\"programs\":[{}]}}", programs.join(","))
}

fn program(compared: &Compared) -> String {
    let runs: Vec<String> = compared.runs.iter().map(|(name, run)| engine(name, run)).collect();
    let complaints: Vec<String> = compared.complaints.iter().map(|text| quoted(text)).collect();
    format!(
        "{{\"file\":{},\"expected\":{},\"agrees\":{},\"complaints\":[{}],\"engines\":[{}]}}",
        quoted(&compared.name),
        compared.expected.as_deref().unwrap_or("null"),
        compared.complaints.is_empty(),
        complaints.join(","),
        runs.join(",")
    )
}

fn engine(name: &str, run: &Result<Measured, String>) -> String {
    let run = match run {
        Ok(run) => run,
        Err(error) => return format!("{{\"name\":{},\"error\":{}}}", quoted(name), quoted(error)),
    };
    let times: Vec<String> = run.times.iter().map(|time| format!("{time:.4}")).collect();
    let compiled = match &run.compiled {
        Some(it) => format!(
            "\"compile_ms\":{:.3},\"code_bytes\":{},\"deopts\":{},\"units\":{}",
            it.compile_ms, it.code_bytes, it.deopts, it.units
        ),
        None => "\"compile_ms\":null,\"code_bytes\":null,\"deopts\":null,\"units\":null".to_owned(),
    };
    format!(
        "{{\"name\":{},\"checksum\":{},\"times_ms\":[{}],\"first_ms\":{:.4},\"min_ms\":{:.4},\"median_ms\":{:.4},\
         \"spread_percent\":{:.2},{compiled},\"peak_rss_bytes\":{}}}",
        quoted(name),
        run.checksum,
        times.join(","),
        run.times[0],
        run.min(),
        run.median(),
        run.spread(),
        run.peak_bytes.map_or("null".to_owned(), |bytes| bytes.to_string())
    )
}

/// A text as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out + "\""
}
