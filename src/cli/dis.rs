//! `tvm dis`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::bundle::{BundleOptions, bundle};
use tvm::program::{self, SourceKind, StartError};
use tvm_bytecode::{Unit, UnitData, text};

use super::tell;

/// Arguments of `tvm dis`.
#[derive(Args)]
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
}

/// Carries out `tvm dis`.
pub fn run(arguments: &Dis) -> ExitCode {
    match disassemble(arguments) {
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
    match &arguments.output {
        Some(path) => std::fs::write(path, shown)
            .map_err(|error| StartError::Other(format!("cannot write {}: {error}", path.display()))),
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
