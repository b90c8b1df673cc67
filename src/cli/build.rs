//! `tvm build`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::bundle::{BundleOptions, bundle};
use tvm::program::{self, SourceKind, StartError};

use super::tell;

/// Arguments of `tvm build`.
#[derive(Args)]
pub struct Build {
    /// The program's main file
    file: PathBuf,
    /// Where the bytecode goes; by default beside the source, with the extension .tvm
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The program's name, for `tvm check`
    #[arg(long)]
    name: Option<String>,
    /// The program's version (1.2.3)
    #[arg(long = "program-version", value_name = "VERSION")]
    version: Option<String>,
    /// A capability that the program wants (repeatable)
    #[arg(long, value_name = "CAPABILITY")]
    capability: Vec<String>,
    /// Leave the source texts out
    #[arg(long)]
    strip: bool,
    /// Treat the file as a module
    #[arg(long, conflicts_with = "script")]
    module: bool,
    /// Treat the file as a script
    #[arg(long)]
    script: bool,
}

/// Carries out `tvm build`.
pub fn run(arguments: &Build) -> ExitCode {
    match build(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(tell::start_error(&error)),
    }
}

fn build(arguments: &Build) -> Result<(), StartError> {
    let kind = match () {
        () if arguments.module => SourceKind::Module,
        () if arguments.script => SourceKind::Script,
        () => SourceKind::Guess,
    };
    let options = BundleOptions {
        name: arguments.name.clone(),
        version: arguments.version.clone(),
        strip: arguments.strip,
        capabilities: arguments.capability.clone(),
    };
    let output = arguments.output.clone().unwrap_or_else(|| arguments.file.with_extension("tvm"));
    tell::refuse_overwriting(&arguments.file, &output).map_err(StartError::Other)?;
    let data = bundle(&arguments.file, kind, &options)?;
    let bytes = data.encode().map_err(|error| StartError::Other(error.to_string()))?;
    // What is written is valid: otherwise that is a defect to be told here, not where it is run.
    let unit = program::unit_of_bytes(bytes).map_err(|error| {
        StartError::Other(format!("a defect of tvm: what it compiled is not valid: {error}"))
    })?;
    std::fs::write(&output, unit.bytes())
        .map_err(|error| StartError::Other(format!("cannot write {}: {error}", output.display())))
}
