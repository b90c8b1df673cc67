//! The command line: one file per command.

mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs JavaScript and TypeScript in a box that holds.
#[derive(Parser)]
#[command(name = "tvm", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program: JavaScript, TypeScript or a .tvm file
    Run(run::Run),
}

/// Parses the arguments and carries out the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        Command::Run(run) => run::run(&run),
    }
}
