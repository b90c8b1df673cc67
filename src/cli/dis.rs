//! `tvm dis`.

mod page;
mod tiers;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::bundle::{BundleOptions, bundle};
use tvm::program::{self, SourceKind, StartError};
use tvm_bytecode::{Unit, UnitData, text};

use tvm_runtime::base::tier::TierOptions;

use super::limits::LimitArguments;
use super::tell;
use super::tiers::Mode;

const EXAMPLES: &str = "\
--tiers runs the program, since code is optimised for what was seen. What the program writes to standard
output is dropped, standard error is not; what was compiled until a limit or an error ended it is shown.

Examples:
  tvm dis app.tvm                                 the text form, which `tvm asm` reads
  tvm dis --function area shapes.ts               one function of it
  tvm dis --tiers sort.js                         what became of the hot functions
  tvm dis --tiers --function partition sort.js    of one: source, bytecode, MIR, CLIF, machine code
  tvm dis --tiers --jit=generic sort.js           compiled without speculation
  tvm dis --tiers --html sort.html sort.js -- 1000
  tvm dis --tiers --jit-threshold 1 --max-time 1s server.js";

/// Arguments of `tvm dis`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Dis {
    /// A .tvm file, or source that is compiled first
    file: PathBuf,
    /// Only functions of this name
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Where the text goes; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Without comments
    #[arg(long)]
    plain: bool,
    /// Run the program, and show compiled functions in every form: source, bytecode, MIR, CLIF, machine code
    #[arg(long, conflicts_with = "plain")]
    tiers: bool,
    /// Write a page with the forms beside each other
    #[arg(long, value_name = "FILE", requires = "tiers", conflicts_with = "output")]
    html: Option<PathBuf>,
    /// How functions are compiled
    #[arg(long, value_name = "MODE", require_equals = true, default_value = "optimised", requires = "tiers")]
    jit: Mode,
    /// Calls and loop iterations that a function makes before it is compiled
    #[arg(long, value_name = "UNITS", requires = "tiers")]
    jit_threshold: Option<u32>,
    #[command(flatten, next_help_heading = "Limits of the program that --tiers runs")]
    limits: LimitArguments,
    /// Arguments for the program that --tiers runs
    #[arg(last = true, requires = "tiers")]
    arguments: Vec<String>,
}

/// Carries out `tvm dis`.
pub fn run(arguments: &Dis) -> ExitCode {
    let done = if arguments.tiers { show_tiers(arguments) } else { disassemble(arguments) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(tell::start_error(&error)),
    }
}

fn disassemble(arguments: &Dis) -> Result<(), StartError> {
    let data = read(arguments)?;
    let shown = if arguments.plain { text::print(&data) } else { text::print_annotated(&data) };
    let shown = match &arguments.function {
        Some(name) => functions_named(&shown, name, &arguments.file)?,
        None => shown,
    };
    write(&shown, arguments)
}

fn show_tiers(arguments: &Dis) -> Result<(), StartError> {
    let defaults = TierOptions::default();
    let shown = tiers::show(&tiers::Asked {
        file: &arguments.file,
        arguments: &arguments.arguments,
        limits: arguments.limits.limits(),
        options: TierOptions {
            threshold: arguments.jit_threshold.map_or(defaults.threshold, |units| units.max(1)),
            speculate: arguments.jit == Mode::Optimised,
            background: false,
            ..defaults
        },
        function: arguments.function.as_deref(),
    })?;
    match &arguments.html {
        Some(path) => write_file(path, &page::page(&shown, &arguments.file.display().to_string())),
        None => write(&tiers::print(&shown), arguments),
    }
}

fn write_file(path: &std::path::Path, text: &str) -> Result<(), StartError> {
    std::fs::write(path, text)
        .map_err(|error| StartError::Other(format!("cannot write {}: {error}", path.display())))
}

/// Writes to where the arguments say.
fn write(shown: &str, arguments: &Dis) -> Result<(), StartError> {
    match &arguments.output {
        Some(path) => write_file(path, shown),
        None => {
            // A reader that went away (`| head`) is no error.
            let _ = std::io::stdout().lock().write_all(shown.as_bytes());
            Ok(())
        }
    }
}

/// A file's unit: read, or compiled.
fn read(arguments: &Dis) -> Result<UnitData, StartError> {
    let path = &arguments.file;
    let other = |error: String| StartError::Other(format!("{}: {error}", path.display()));
    if !program::is_bytecode(path).map_err(|error| other(error.to_string()))? {
        return bundle(path, SourceKind::Guess, &BundleOptions::default());
    }
    let bytes = std::fs::read(path).map_err(|error| other(error.to_string()))?;
    // Not verified: what is broken is looked at too.
    let unit = Unit::parse(std::sync::Arc::new(bytes)).map_err(|error| other(error.to_string()))?;
    unit.to_data().map_err(|error| other(error.to_string()))
}

/// The blocks of a text form that are functions of a name.
fn functions_named(shown: &str, name: &str, file: &std::path::Path) -> Result<String, StartError> {
    let quoted = format!("\"{name}\"");
    let mut found = String::new();
    let mut inside = false;
    for line in shown.lines() {
        if line.starts_with("function ") {
            inside = line.contains(&quoted);
        }
        if inside {
            found.push_str(line);
            found.push('\n');
        }
        if line == "}" {
            inside = false;
        }
    }
    if found.is_empty() {
        return Err(StartError::Other(format!("{} has no function named {name}", file.display())));
    }
    Ok(found)
}
