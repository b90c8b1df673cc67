//! `tvm check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::bundle::{BundleOptions, bundle};
use tvm::program::{self, SourceKind, StartError};
use tvm_bytecode::Verified;
use tvm_bytecode::data::EntryKind;

use super::tell;

/// Arguments of `tvm check`.
#[derive(Args)]
pub struct Check {
    /// A .tvm file, or source
    file: PathBuf,
}

/// Carries out `tvm check`.
pub fn run(arguments: &Check) -> ExitCode {
    match unit(arguments) {
        Ok(unit) => {
            describe(arguments, &unit);
            ExitCode::SUCCESS
        }
        Err(error) => ExitCode::from(tell::start_error(&error)),
    }
}

fn unit(arguments: &Check) -> Result<Verified, StartError> {
    let path = &arguments.file;
    let other = |error: String| StartError::Other(format!("{}: {error}", path.display()));
    if program::is_bytecode(path).map_err(|error| other(error.to_string()))? {
        return program::map_unit(path).map_err(other);
    }
    let data = bundle(path, SourceKind::Guess, &BundleOptions::default())?;
    let bytes = data.encode().map_err(|error| other(error.to_string()))?;
    program::unit_of_bytes(bytes).map_err(other)
}

fn describe(arguments: &Check, unit: &Verified) {
    let kind = match unit.entry_kind() {
        Some(EntryKind::Module) => "module",
        Some(EntryKind::Script) => "script",
        Some(EntryKind::Eval) => "eval code",
        _ => "library",
    };
    println!("{}: valid", arguments.file.display());
    println!("kind: {kind}");
    for index in 0..unit.meta_count() {
        let (key, value) = unit.meta(index);
        println!("{}: {}", unit.text(key).to_text(), unit.text(value).to_text());
    }
    println!(
        "functions: {}, code: {} bytes, file: {} bytes",
        unit.function_count(),
        unit.code_bytes(),
        unit.bytes().len()
    );
    for index in 0..unit.module_count() {
        let module = unit.module(index);
        println!("module: {}", unit.text(module.name).to_text());
        for request in unit.requests(&module) {
            if request.resolved == tvm_bytecode::data::NONE {
                println!("  wants: {}", unit.text(request.specifier).to_text());
            }
        }
    }
}
