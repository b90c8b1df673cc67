//! The command line: one file per command.

mod asm;
mod bench;
mod build;
mod check;
mod dis;
mod grants;
mod html;
mod limits;
mod repl;
mod resume;
mod run;
mod tell;
mod tiers;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  tvm run app.ts                            run a program (`tvm app.ts` is the same)
  tvm run app.ts -- --verbose in.txt        arguments for the program
  tvm -e 'console.log(6 * 7)'               run a text
  echo 'console.log(1)' | tvm               run standard input; so does `tvm -`
  tvm run --max-time 200ms --max-heap 64M rule.ts
  tvm run --allow-read=data --allow-env=HOME app.js
  tvm build app.ts -o app.tvm               the whole module graph as one verified file
  tvm check app.tvm                         is it valid, what does it want
  tvm dis app.tvm                           its text form; `tvm asm` is the way back
  tvm dis --tiers --html sort.html sort.js  what the compiler made of its hot functions
  tvm run --perf sort.js                    under `perf record -k mono`: guest functions have names
  tvm bench --tiers sort.js                 how fast it is: interpreted, compiled, optimised
  tvm run --snapshot-after 100000 --snapshot app.tvms app.ts
  tvm resume app.tvms                       go on where it stopped";

/// Runs JavaScript and TypeScript in a box that holds.
#[derive(Parser)]
#[command(name = "tvm", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program: JavaScript, TypeScript or a .tvm file
    Run(run::Run),
    /// Compile a program with all its modules to one .tvm file
    Build(build::Build),
    /// Print the text form of a program's bytecode, or all forms of its compiled functions
    Dis(dis::Dis),
    /// Make a .tvm file of its text form
    Asm(asm::Asm),
    /// Check a program without running it
    Check(check::Check),
    /// Measure programs, in every tier and in other engines
    Bench(bench::Bench),
    /// Run what is typed, line by line; so does `tvm` without arguments on a terminal
    Repl(repl::Repl),
    /// Go on with a program from a snapshot
    Resume(resume::Resume),
}

/// Names of commands, and flags that belong to no command.
const KNOWN: &[&str] = &[
    "run",
    "build",
    "dis",
    "asm",
    "check",
    "bench",
    "repl",
    "resume",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
];

/// Parses the arguments and carries out the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse_from(with_command(std::env::args_os().collect()));
    match cli.command {
        Command::Run(run) => run::run(&run),
        Command::Build(build) => build::run(&build),
        Command::Dis(dis) => dis::run(&dis),
        Command::Asm(asm) => asm::run(&asm),
        Command::Check(check) => check::run(&check),
        Command::Bench(bench) => bench::run(&bench),
        Command::Repl(repl) => repl::run(&repl),
        Command::Resume(resume) => resume::run(&resume),
    }
}

/// `tvm app.ts`, `tvm -e CODE` and `tvm --max-heap 64M app.ts` mean `tvm run ...`, and `tvm` alone what its input asks for.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.len() == 1 {
        arguments.push(if std::io::stdin().is_terminal() { "repl" } else { "-" }.into());
    }
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    let is_program = match first {
        Some(word) if KNOWN.contains(&word) => false,
        // A word that is no file may be a command mistyped: clap knows what was meant.
        Some(word) => word.starts_with('-') || word.contains('.') || std::path::Path::new(word).exists(),
        None => false,
    };
    if is_program {
        arguments.insert(1, "run".into());
    }
    arguments
}
