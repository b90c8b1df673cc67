//! `tvm bench`: runs programs in several engines, each in a process of its own, and compares them.
//!
//! A program defines `run()`, which does a fixed amount of work and returns a checksum. A driver is
//! put behind its text; what the driver prints is all that is known of a run (`measure`). Results are
//! shown as a table or JSON (`report`) or as a page (`page`).

mod measure;
mod page;
mod report;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::tell;
use measure::{Engine, Measured, Scratch};

const EXAMPLES: &str = "\
A program defines run(), which does a fixed amount of work and returns a number or a string, or a
promise of one. The result has to be the same in every iteration and engine; a line `// => RESULT`
at the head of the program says what it has to be.

Examples:
  tvm bench sort.js                         compiled code, 20 iterations
  tvm bench --tiers sort.js                 interpreter, generic code, optimised code
  tvm bench --tiers --peers benches/programs/*.js
  tvm bench --tiers --iterations 50 --json sort.js > sort.json
  tvm bench --tiers --html report.html benches/programs/*.js";

/// Arguments of `tvm bench`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Bench {
    /// Programs that define run()
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Run the interpreter and generic code as well
    #[arg(long)]
    tiers: bool,
    /// Run node, bun, deno and qjs as well, where they are on PATH
    #[arg(long)]
    peers: bool,
    /// How often run() is called in each process
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    iterations: u32,
    /// Print JSON to standard output instead of a table
    #[arg(long)]
    json: bool,
    /// Write a page with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A program with what its runs gave.
struct Compared {
    /// Its name for readers.
    name: String,
    /// What the program says it returns, as JSON.
    expected: Option<String>,
    /// Its runs, in the order of the engines.
    runs: Vec<(String, Result<Measured, String>)>,
    /// Where results differ, and runs that failed.
    complaints: Vec<String>,
}

/// Carries out `tvm bench`.
pub fn run(arguments: &Bench) -> ExitCode {
    match execute(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(tell::STATUS_UNCAUGHT),
        Err(message) => {
            eprintln!("tvm: {message}");
            ExitCode::from(tell::STATUS_USAGE)
        }
    }
}

/// Whether all results agreed.
fn execute(arguments: &Bench) -> Result<bool, String> {
    // All are read first: a name mistyped at the end shall not cost the minutes before it.
    let mut programs = Vec::new();
    for file in &arguments.files {
        let source = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        programs.push((file, source));
    }
    let page = match &arguments.html {
        Some(path) => Some(
            std::fs::File::create(path)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?,
        ),
        None => None,
    };
    let engines = engines(arguments)?;
    let scratch = Scratch::new()?;
    let mut all = Vec::new();
    for (file, source) in programs {
        let compared = compare(file, &source, &engines, &scratch, arguments.iterations)?;
        if !arguments.json {
            print!("{}", report::table(&compared));
        }
        for complaint in &compared.complaints {
            eprintln!("tvm: {}: {complaint}", compared.name);
        }
        all.push(compared);
    }
    if arguments.json {
        println!("{}", report::json(&all, arguments.iterations));
    } else if all.len() > 1 {
        print!("{}", report::means(&all));
    }
    if let (Some(mut file), Some(path)) = (page, &arguments.html) {
        std::io::Write::write_all(&mut file, page::page(&all, arguments.iterations).as_bytes())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(all.iter().all(|compared| compared.complaints.is_empty()))
}

fn compare(
    file: &std::path::Path,
    source: &str,
    engines: &[Engine],
    scratch: &Scratch,
    iterations: u32,
) -> Result<Compared, String> {
    let expected = source
        .lines()
        .take_while(|line| line.starts_with("//"))
        .find_map(|line| line.strip_prefix("// => "))
        .map(report::quoted);
    let path = scratch.program(file, source, iterations)?;
    let runs: Vec<_> =
        engines.iter().map(|engine| (engine.name.clone(), engine.measure(&path, iterations))).collect();
    let complaints = complaints(expected.as_deref(), &runs);
    Ok(Compared { name: file.display().to_string(), expected, runs, complaints })
}

/// What is wrong with the runs: failures, and results that are not as expected or as the first one's.
fn complaints(expected: Option<&str>, runs: &[(String, Result<Measured, String>)]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut told = expected.map(|sum| (sum, "the head of the program says"));
    for (name, run) in runs {
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                complaints.push(format!("{name}: {error}"));
                continue;
            }
        };
        match told {
            Some((sum, who)) if sum != run.checksum => {
                complaints.push(format!("{name} returns {}, {who} {sum}", run.checksum));
            }
            Some(_) => {}
            None => told = Some((&run.checksum, "the first engine")),
        }
        if let Some((iteration, sum)) = &run.differs {
            complaints
                .push(format!("{name} returns {sum} in iteration {iteration}, {} before", run.checksum));
        }
    }
    complaints
}

/// The engines asked for; `optimised` is always among them.
fn engines(arguments: &Bench) -> Result<Vec<Engine>, String> {
    let tvm = std::env::current_exe().map_err(|error| format!("cannot find tvm itself: {error}"))?;
    let own = |name: &str, flags: &[&str]| Engine {
        name: name.to_owned(),
        program: tvm.clone(),
        arguments: std::iter::once(&"run").chain(flags).map(OsString::from).collect(),
    };
    let mut engines = Vec::new();
    if arguments.tiers {
        engines.push(own("interpreter", &["--no-jit"]));
        engines.push(own("generic", &["--jit=generic", "--jit-stats=json"]));
    }
    engines.push(own("optimised", &["--jit", "--jit-stats=json"]));
    if arguments.peers {
        const PEERS: &[(&str, &[&str])] =
            &[("node", &[]), ("bun", &["run"]), ("deno", &["run", "--quiet"]), ("qjs", &[])];
        for (name, flags) in PEERS {
            match on_path(name) {
                Some(program) => engines.push(Engine {
                    name: (*name).to_owned(),
                    program,
                    arguments: flags.iter().map(OsString::from).collect(),
                }),
                None => eprintln!("tvm: {name} is not on PATH and is left out"),
            }
        }
    }
    Ok(engines)
}

/// A program on PATH.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}
