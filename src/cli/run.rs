//! `tvm run`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tvm::program::{self, Program, ProgramOptions, SourceKind, StartError};
use tvm::{Limits, Report, Stop, SystemHost, Termination};
use tvm_runtime::heap::Zeal;

/// What surrounds the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum HostKind {
    /// `print` and `$262`, as test262 asks of its host
    Test262,
}

/// Arguments of `tvm run`.
#[derive(Args)]
pub struct Run {
    /// The program
    file: PathBuf,
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
    /// Treat the file as a module
    #[arg(long, conflicts_with = "script")]
    module: bool,
    /// Treat the file as a script
    #[arg(long)]
    script: bool,
    /// Treat the file as strict code
    #[arg(long)]
    strict: bool,
    /// Scripts to run in the realm first
    #[arg(long, value_name = "FILE")]
    prelude: Vec<PathBuf>,
    /// Give the program another host
    #[arg(long, value_name = "HOST")]
    host: Option<HostKind>,
    /// Be hostile: `move` collects and moves at every allocation, `oom:N` fails the Nth
    #[arg(long, value_name = "MODE", value_parser = parse_zeal)]
    zeal: Option<Zeal>,
    /// Compile hot functions (this build interprets only)
    #[arg(long, hide = true, overrides_with = "no_jit")]
    jit: bool,
    /// Interpret only
    #[arg(long)]
    no_jit: bool,
    /// Arguments for the program
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// A number of bytes with an optional unit.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "B" => 1,
        "K" | "k" | "KB" | "KiB" => 1 << 10,
        "M" | "m" | "MB" | "MiB" => 1 << 20,
        "G" | "g" | "GB" | "GiB" => 1 << 30,
        other => return Err(format!("unknown unit '{other}' (use K, M or G)")),
    };
    let number: usize = digits.parse().map_err(|_| format!("'{digits}' is no number of bytes"))?;
    number.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

/// A duration with a unit; milliseconds where there is none.
pub fn parse_time(text: &str) -> Result<Duration, String> {
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

fn parse_zeal(text: &str) -> Result<Zeal, String> {
    match text.split_once(':') {
        None if text == "move" => Ok(Zeal::Move),
        Some(("oom", count)) => {
            let count = count.parse().map_err(|_| format!("'{count}' is no number of allocations"))?;
            Ok(Zeal::OutOfMemory(count))
        }
        _ => Err("known modes: move, oom:N".to_owned()),
    }
}

/// Exit status of a usage error or a file that cannot be read.
const STATUS_USAGE: u8 = 2;
/// Exit status of an uncaught error.
const STATUS_UNCAUGHT: u8 = 1;
/// Exit status of a time or fuel limit.
const STATUS_TIME: u8 = 124;
/// Exit status of the heap limit.
const STATUS_HEAP: u8 = 137;
/// Exit status of an interrupt.
const STATUS_INTERRUPTED: u8 = 130;

/// Carries out `tvm run`.
pub fn run(arguments: &Run) -> ExitCode {
    let status = match execute(arguments) {
        Ok(status) => status,
        Err(error) => tell_start_error(&error),
    };
    ExitCode::from(status)
}

fn execute(arguments: &Run) -> Result<u8, StartError> {
    let defaults = Limits::default();
    let limits = Limits {
        heap_bytes: arguments.max_heap.unwrap_or(defaults.heap_bytes),
        stack_bytes: arguments.max_stack.unwrap_or(defaults.stack_bytes),
        time: arguments.max_time,
        fuel: arguments.max_fuel,
    };
    let options = ProgramOptions {
        limits,
        zeal: arguments.zeal.unwrap_or_default(),
        test262: arguments.host == Some(HostKind::Test262),
        host: Box::new(SystemHost::default()),
    };
    let mut program = Program::new(options)?;
    for prelude in &arguments.prelude {
        let source = read_source(prelude)?;
        let unit = program::compile(&source, prelude, SourceKind::Script, false)?;
        program.add_script(unit)?;
    }
    if !arguments.prelude.is_empty()
        && let Err(stop) = program.run()
    {
        return Ok(tell_stop(&mut program, &stop));
    }
    let unit = read_unit(arguments)?;
    if program::is_module(&unit) {
        let name = program::full_path(&arguments.file);
        if let Err(stop) = program.add_module(unit, &name.to_string_lossy()) {
            return Ok(tell_stop(&mut program, &stop));
        }
    } else {
        program.add_script(unit)?;
    }
    match program.run() {
        Ok(()) => Ok(0),
        Err(stop) => Ok(tell_stop(&mut program, &stop)),
    }
}

fn read_source(path: &Path) -> Result<String, StartError> {
    let bytes = read(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| StartError::Other(format!("cannot read {}: {error}", path.display())))
}

fn read_unit(arguments: &Run) -> Result<tvm_bytecode::Verified, StartError> {
    let path = &arguments.file;
    let bytes = read(path)?;
    if bytes.starts_with(&tvm_bytecode::MAGIC) {
        return program::unit_of_bytes(bytes).map_err(|e| StartError::Other(format!("{}: {e}", path.display())));
    }
    let source = String::from_utf8_lossy(&bytes);
    let kind = match () {
        () if arguments.module => SourceKind::Module,
        () if arguments.script || arguments.host.is_some() => SourceKind::Script,
        () => SourceKind::Guess,
    };
    let name = if kind == SourceKind::Module { program::full_path(path) } else { path.clone() };
    program::compile(&source, &name, kind, arguments.strict)
}

fn tell_start_error(error: &StartError) -> u8 {
    match error {
        StartError::Compile { name, failure, source } => {
            let kind = if failure.limit { "RangeError" } else { "SyntaxError" };
            let frame = code_frame(name, source, failure.line, failure.column);
            eprintln!("{frame}Uncaught {kind}: {}", failure.message);
            STATUS_UNCAUGHT
        }
        StartError::Other(message) => {
            eprintln!("tvm: {message}");
            STATUS_USAGE
        }
    }
}

/// Says why a program stopped; gives the exit status.
fn tell_stop(program: &mut Program, stop: &Stop) -> u8 {
    match stop {
        Stop::Threw { in_promise, .. } => {
            let report = program.report(stop).unwrap_or_default();
            let text = render(&report, *in_promise);
            program.isolate.vm.host.write_stderr(text.as_bytes());
            STATUS_UNCAUGHT
        }
        Stop::Ended(Termination::Exit(status)) => *status as u8,
        Stop::Ended(termination) => {
            program.isolate.vm.host.write_stderr(format!("tvm: {termination}\n").as_bytes());
            match termination {
                Termination::Heap { .. } => STATUS_HEAP,
                Termination::Time { .. } | Termination::Fuel { .. } => STATUS_TIME,
                Termination::Interrupted => STATUS_INTERRUPTED,
                _ => STATUS_USAGE,
            }
        }
    }
}

fn render(report: &Report, in_promise: bool) -> String {
    let frame = match &report.place {
        Some((file, line, column)) => match std::fs::read_to_string(file) {
            Ok(source) => code_frame(file, &source, *line, *column),
            Err(_) => String::new(),
        },
        None => String::new(),
    };
    let promise = if in_promise { "(in promise) " } else { "" };
    let mut text = format!("{frame}Uncaught {promise}{}\n", report.headline);
    if !report.stack.is_empty() {
        text.push_str(&report.stack);
        text.push('\n');
    }
    text
}

/// A line of source with its place and a caret.
fn code_frame(file: &str, source: &str, line: u32, column: u32) -> String {
    let Some(text) = line.checked_sub(1).and_then(|index| source.lines().nth(index as usize)) else {
        return String::new();
    };
    // Long lines (bundles) are cut around the place.
    let units: Vec<char> = text.chars().collect();
    let at = (column.max(1) as usize - 1).min(units.len());
    let start = at.saturating_sub(60);
    let shown: String = units[start..units.len().min(start + 120)].iter().collect();
    let lead: String = units[start..at].iter().map(|&c| if c == '\t' { '\t' } else { ' ' }).collect();
    format!("{file}:{line}:{column}\n{shown}\n{lead}^\n")
}
