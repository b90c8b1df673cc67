//! `tvm run`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use tvm::program::{self, Program, ProgramOptions, SourceKind, StartError};
use tvm::{Stop, Termination};
use tvm_bytecode::Verified;
use tvm_runtime::heap::Zeal;

use super::grants::GrantArguments;
use super::limits::LimitArguments;
use super::tell;
use super::tiers::TierArguments;

/// What surrounds the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum HostKind {
    /// `print` and `$262`, as test262 asks of its host
    Test262,
}

/// Arguments of `tvm run`.
#[derive(Args)]
pub struct Run {
    /// The program; `-` reads standard input
    #[arg(required_unless_present = "eval")]
    file: Option<PathBuf>,
    /// Run this text instead of a file
    #[arg(short, long, value_name = "CODE", conflicts_with = "file")]
    eval: Option<String>,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    grants: GrantArguments,
    /// Treat the program as a module
    #[arg(long, conflicts_with = "script")]
    module: bool,
    /// Treat the program as a script
    #[arg(long)]
    script: bool,
    /// Treat the program as strict code
    #[arg(long)]
    strict: bool,
    /// Scripts to run in the realm first
    #[arg(long, value_name = "FILE")]
    prelude: Vec<PathBuf>,
    /// Give the program another host
    #[arg(long, value_name = "HOST")]
    host: Option<HostKind>,
    /// Be hostile, for tests: `move` collects and moves at every allocation, `oom:N` fails the Nth; `deopt` fails every
    /// guard of compiled code, `deopt:N` every Nth. May be given more than once
    #[arg(long, value_name = "MODE", value_parser = parse_zeal)]
    zeal: Vec<Hostile>,
    /// Stop at the first safepoint after this much fuel and write a snapshot
    #[arg(long, value_name = "UNITS", requires = "snapshot")]
    snapshot_after: Option<u64>,
    /// The snapshot's file
    #[arg(long, value_name = "FILE", requires = "snapshot_after")]
    snapshot: Option<PathBuf>,
    /// Print what the program used to standard error
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    tiers: TierArguments,
    /// Arguments for the program
    #[arg(value_name = "ARGUMENTS", requires = "file")]
    words: Vec<String>,
    /// The same, options too
    #[arg(last = true, value_name = "MORE ARGUMENTS")]
    arguments: Vec<String>,
}

/// What `--zeal` makes hostile.
#[derive(Clone, Copy, Debug)]
enum Hostile {
    /// The collector.
    Heap(Zeal),
    /// The guards of compiled code: every nth fails.
    Guards(u32),
}

fn parse_zeal(text: &str) -> Result<Hostile, String> {
    match text.split_once(':') {
        None if text == "move" => Ok(Hostile::Heap(Zeal::Move)),
        None if text == "deopt" => Ok(Hostile::Guards(1)),
        Some(("oom", count)) => {
            let count = count.parse().map_err(|_| format!("'{count}' is no number of allocations"))?;
            Ok(Hostile::Heap(Zeal::OutOfMemory(count)))
        }
        Some(("deopt", count)) => match count.parse() {
            Ok(count) if count > 0 => Ok(Hostile::Guards(count)),
            _ => Err(format!("'{count}' is no number of guards")),
        },
        _ => Err("known modes: move, oom:N, deopt, deopt:N".to_owned()),
    }
}

/// What the hostile modes come to: the collector's, and every how many guards one is to fail.
fn hostility(modes: &[Hostile]) -> (Zeal, u32) {
    modes.iter().fold((Zeal::None, 0), |(zeal, guards), &mode| match mode {
        Hostile::Heap(zeal) => (zeal, guards),
        Hostile::Guards(guards) => (zeal, guards),
    })
}

/// Carries out `tvm run`.
pub fn run(arguments: &Run) -> ExitCode {
    let status = execute(arguments).unwrap_or_else(|error| tell::start_error(&error));
    ExitCode::from(status)
}

fn execute(arguments: &Run) -> Result<u8, StartError> {
    let shown = match &arguments.file {
        Some(file) => program::full_path(file).to_string_lossy().into_owned(),
        None => "[eval]".to_owned(),
    };
    let (zeal, fail_guards) = hostility(&arguments.zeal);
    let options = ProgramOptions {
        limits: arguments.limits.limits(),
        zeal,
        test262: arguments.host == Some(HostKind::Test262),
        host: Box::new(arguments.grants.host()?),
        tiers: None,
        arguments: std::iter::once(shown)
            .chain(arguments.words.iter().chain(&arguments.arguments).cloned())
            .collect(),
    };
    let mut program = Program::new(options)?;
    let profiler = arguments.tiers.set_up(&mut program, fail_guards)?;
    program.stop_at_interrupt();
    program.begin_in(&match &arguments.file {
        Some(file) if file.as_os_str() != "-" => {
            program::full_path(file).parent().unwrap_or(Path::new("/")).to_owned()
        }
        _ => PathBuf::from("."),
    });
    for prelude in &arguments.prelude {
        let source = read_source(prelude)?;
        let unit = program.compile(&source, prelude, SourceKind::Script, false)?;
        program.add_script(unit)?;
    }
    if !arguments.prelude.is_empty()
        && let Err(stop) = program.run()
    {
        return Ok(tell::stop(&mut program, &stop));
    }
    program.isolate.vm.meter.snapshot_after = arguments.snapshot_after;
    program.isolate.vm.meter.next_slice();
    let outcome = start(&mut program, arguments).map(|started| match started {
        Ok(()) => program.run(),
        Err(stop) => Err(stop),
    })?;
    let status = finish(&mut program, outcome, arguments.snapshot.as_deref());
    if arguments.stats {
        print_stats(&mut program);
    }
    arguments.tiers.finish(&program, profiler.as_deref());
    Ok(status)
}

/// What to do at the end of a run, its snapshot included.
pub fn finish(program: &mut Program, outcome: Result<(), Stop>, snapshot: Option<&Path>) -> u8 {
    match (outcome, snapshot) {
        (Err(Stop::Ended(Termination::Snapshot)), Some(path)) => write_snapshot(program, path),
        (Ok(()), Some(path)) => {
            eprintln!(
                "tvm: the program ended before the snapshot was due; {} was not written",
                path.display()
            );
            0
        }
        (Ok(()), None) => tell::end(program),
        (Err(stop), _) => tell::stop_and_exit(program, &stop),
    }
}

fn write_snapshot(program: &mut Program, path: &Path) -> u8 {
    match tvm::snapshot::write(&mut program.isolate, path) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("tvm: cannot write {}: {error}", path.display());
            tell::STATUS_USAGE
        }
    }
}

fn start(program: &mut Program, arguments: &Run) -> Result<Result<(), Stop>, StartError> {
    let kind = match () {
        () if arguments.module => SourceKind::Module,
        () if arguments.script || arguments.host.is_some() => SourceKind::Script,
        () if arguments.file.as_deref().is_none_or(|file| file.as_os_str() == "-") => SourceKind::GuessScript,
        () => SourceKind::Guess,
    };
    let (unit, name) = match (&arguments.eval, &arguments.file) {
        (Some(code), _) => {
            (program.compile(code, Path::new("[eval]"), kind, arguments.strict)?, PathBuf::from("[eval]"))
        }
        (None, Some(file)) if file.as_os_str() == "-" => {
            let mut code = String::new();
            std::io::stdin()
                .read_to_string(&mut code)
                .map_err(|error| StartError::Other(format!("cannot read standard input: {error}")))?;
            (program.compile(&code, Path::new("[stdin]"), kind, arguments.strict)?, PathBuf::from("[stdin]"))
        }
        (None, Some(file)) => (read_unit(program, file, kind, arguments.strict)?, program::full_path(file)),
        (None, None) => return Err(StartError::Other("there is no program to run".to_owned())),
    };
    if kind == SourceKind::GuessScript && !program::is_module(&unit) {
        program.install_require(&name.to_string_lossy())?;
    }
    queue(program, unit, &name)
}

/// Queues a unit for what it is.
pub fn queue(program: &mut Program, unit: Verified, name: &Path) -> Result<Result<(), Stop>, StartError> {
    if program::is_module(&unit) {
        return Ok(program.add_module(unit, &name.to_string_lossy()));
    }
    program.add_script(unit).map(Ok)
}

fn read_source(path: &Path) -> Result<String, StartError> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cannot_read(path: &Path, error: &std::io::Error) -> StartError {
    StartError::Other(format!("cannot read {}: {error}", path.display()))
}

/// A unit from a file: bytecode, or source text.
pub fn read_unit(
    program: &mut Program,
    path: &Path,
    kind: SourceKind,
    strict: bool,
) -> Result<Verified, StartError> {
    if program::is_bytecode(path).map_err(|error| cannot_read(path, &error))? {
        return program::map_unit(path)
            .map_err(|error| StartError::Other(format!("{}: {error}", path.display())));
    }
    let source = read_source(path)?;
    let name = if kind == SourceKind::Module { program::full_path(path) } else { path.to_owned() };
    program.compile(&source, &name, kind, strict)
}

fn print_stats(program: &mut Program) {
    let isolate = &mut program.isolate;
    let stats = isolate.heap.stats;
    eprintln!(
        "tvm: fuel {}, heap {} bytes, {} minor and {} major collections, longest pause {:.3} ms",
        isolate.vm.meter.used(),
        isolate.heap.bytes_used(),
        stats.minor,
        stats.major,
        stats.pause_ns_max as f64 / 1e6
    );
}
