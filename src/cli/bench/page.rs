//! Results as one page that needs nothing else: bars of the medians, curves of the warm-up.

use std::fmt::Write;

use super::super::html::escaped;
use super::Compared;
use super::measure::Measured;
use super::report;

const COLOURS: &[&str] = &["#8a8f98", "#c98500", "#2a78d6", "#3f9b54", "#b0508e", "#3aa6a6", "#d4552f"];
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 220.0;
/// Room for the curves' labels.
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 24.0;

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>tvm bench</title>
<style>
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #6a6f78; --line: #d9dce1; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa0a9; --line: #3a3f47; --paper: #17191c; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 1120px; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
.wrong { color: #c0392b; }
p, th, figcaption { color: var(--soft); }
figure { margin: .5rem 0; }
svg { max-width: 100%; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .axis { stroke: var(--line); }
svg .soft { fill: var(--soft); }
</style>
";

/// The page.
pub fn page(all: &[Compared], iterations: u32) -> String {
    let mut html = HEAD.to_owned();
    let _ = write!(
        html,
        "<h1>tvm bench</h1>\n<p>{iterations} iterations in each process. Medians are of the later half, in \
         milliseconds; ratios are to optimised code.</p>\n{}",
        summary(all)
    );
    for compared in all {
        let _ = writeln!(html, "<h2>{}</h2>", escaped(&compared.name));
        for complaint in &compared.complaints {
            let _ = writeln!(html, "<p class=\"wrong\">{}</p>", escaped(complaint));
        }
        let _ = writeln!(html, "<div class=\"charts\">{}{}</div>", bars(compared), curves(compared));
    }
    html + "</html>\n"
}

/// The runs that went well, with their colours.
fn good(compared: &Compared) -> impl Iterator<Item = (&'static str, &str, &Measured)> {
    compared
        .runs
        .iter()
        .enumerate()
        .filter_map(|(i, (name, run))| Some((COLOURS[i % COLOURS.len()], name.as_str(), run.as_ref().ok()?)))
}

fn summary(all: &[Compared]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let mut html = "<table><tr><th>program</th>".to_owned();
    for (name, _) in &first.runs {
        let _ = write!(html, "<th>{name}</th><th>ratio</th>");
    }
    html.push_str("<th>compile ms</th><th>code KiB</th><th>deopts</th></tr>\n");
    for compared in all {
        let _ = write!(html, "<tr><td>{}</td>", escaped(&compared.name));
        for (name, run) in &compared.runs {
            let ratio = report::ratio(compared, name).map_or(String::new(), |ratio| format!("{ratio:.2}"));
            match run {
                Ok(run) => {
                    let _ = write!(html, "<td>{:.2}</td><td>{ratio}</td>", run.median());
                }
                Err(_) => html.push_str("<td class=\"wrong\">failed</td><td></td>"),
            }
        }
        let compiled =
            good(compared).find(|(_, name, _)| *name == report::BASE).and_then(|run| run.2.compiled.as_ref());
        let _ = match compiled {
            Some(it) => writeln!(
                html,
                "<td>{:.1}</td><td>{:.1}</td><td>{}</td></tr>",
                it.compile_ms,
                it.code_bytes as f64 / 1024.0,
                it.deopts
            ),
            None => writeln!(html, "<td></td><td></td><td></td></tr>"),
        };
    }
    html + "</table>\n"
}

/// One bar for each engine's median.
fn bars(compared: &Compared) -> String {
    let most = good(compared).map(|(.., run)| run.median()).fold(0.0, f64::max).max(1e-6);
    let mut svg = String::new();
    let mut y = 4.0;
    for (colour, name, run) in good(compared) {
        let width = run.median() / most * (WIDTH - 190.0);
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.0}\">{name}</text><rect x=\"90\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"20\" \
             fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.0}\">{:.2} ms</text>",
            y + 15.0,
            96.0 + width,
            y + 15.0,
            run.median()
        );
        y += 28.0;
    }
    figure(WIDTH, y, &svg, "median of the warm iterations")
}

/// Each engine's iterations in order, on a logarithmic scale.
fn curves(compared: &Compared) -> String {
    let all = || good(compared).flat_map(|(.., run)| run.times.iter().map(|&time| time.max(1e-3)));
    let low = all().fold(f64::INFINITY, f64::min).log10();
    let high = all().fold(0.0, f64::max).log10();
    if !low.is_finite() {
        return String::new();
    }
    let (low, high) = (low - 0.05, high.max(low + 0.1) + 0.05);
    let y =
        |time: f64| HEIGHT - BOTTOM - (time.max(1e-3).log10() - low) / (high - low) * (HEIGHT - BOTTOM - 8.0);
    let mut svg = String::new();
    for exponent in -3..7 {
        for digit in [1.0, 2.0, 5.0] {
            let time = digit * 10f64.powi(exponent);
            if (low..=high).contains(&time.log10()) {
                let _ = writeln!(
                    svg,
                    "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
                     <text class=\"soft\" x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{time}</text>",
                    y(time),
                    LEFT - 6.0,
                    y(time) + 4.0
                );
            }
        }
    }
    for (colour, name, run) in good(compared) {
        let step = (WIDTH - LEFT - 10.0) / (run.times.len().max(2) - 1) as f64;
        let points: Vec<String> = run
            .times
            .iter()
            .enumerate()
            .map(|(i, &time)| format!("{:.1},{:.1}", LEFT + 4.0 + i as f64 * step, y(time)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"><title>{name}</title></polyline>",
            points.join(" ")
        );
    }
    let _ =
        write!(svg, "<text class=\"soft\" x=\"{LEFT}\" y=\"{}\">iterations in order</text>", HEIGHT - 6.0);
    figure(WIDTH, HEIGHT, &svg, "milliseconds per iteration, logarithmic; colours as in the bars")
}

fn figure(width: f64, height: f64, svg: &str, caption: &str) -> String {
    format!(
        "<figure><svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{caption}\">{svg}</svg><figcaption>{caption}</figcaption></figure>\n"
    )
}
