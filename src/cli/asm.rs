//! `tvm asm`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::program;
use tvm_bytecode::text;

use super::tell;

/// Arguments of `tvm asm`.
#[derive(Args)]
pub struct Asm {
    /// The text form, .tvma
    file: PathBuf,
    /// Where the bytecode goes; by default beside the text, with the extension .tvm
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Carries out `tvm asm`.
pub fn run(arguments: &Asm) -> ExitCode {
    match assemble(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("tvm: {message}");
            ExitCode::from(tell::STATUS_USAGE)
        }
    }
}

fn assemble(arguments: &Asm) -> Result<(), String> {
    let path = arguments.file.display();
    let output = arguments.output.clone().unwrap_or_else(|| arguments.file.with_extension("tvm"));
    tell::refuse_overwriting(&arguments.file, &output)?;
    let source =
        std::fs::read_to_string(&arguments.file).map_err(|error| format!("cannot read {path}: {error}"))?;
    let data = text::parse(&source).map_err(|error| format!("{path}:{error}"))?;
    let bytes = data.encode().map_err(|error| format!("{path}: {error}"))?;
    let unit = program::unit_of_bytes(bytes).map_err(|error| format!("{path}: {error}"))?;
    std::fs::write(&output, unit.bytes())
        .map_err(|error| format!("cannot write {}: {error}", output.display()))
}
