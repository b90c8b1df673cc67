//! Runs every program under `tests/fixtures`: plain, with a hostile collector, cut and resumed, built, and with all
//! that is hot compiled: at once, without speculation, with guards that fail on purpose, hostile and cut again.
//!
//! What a program must print stands in it as `// => text` comments, in the order of the file. Its head may say more:
//!
//! ```text
//! // flags: --max-fuel 1000     flags of `tvm run`
//! // exit: 124                  exit status
//! // throws NAME: message       part of standard error; exit status 1 unless told otherwise
//! // modes: plain zeal          the modes it runs in (plain, zeal, cut, built); all by default. The modes of the
//!                               compiler follow: `plain` stands for jit, generic and deopt as well
//! // part                       not a program: a module that others import
//! ```
//! `known-failures.txt` lists `path mode` pairs that fail. It may only shrink: what passes unexpectedly is an error.
//! `TVM_FIXTURES=word` runs only those whose path holds the word.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Fixture, Outcome};

/// Cuts of each program under the mode `cut`.
const CUTS: u64 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Zeal,
    Cut,
    Built,
    Jit,
    Generic,
    Deopt,
    JitZeal,
    JitCut,
}

/// The modes, and the name under which a program's head asks for each.
const MODES: &[(Mode, &str, &str)] = &[
    (Mode::Plain, "plain", "plain"),
    (Mode::Zeal, "zeal", "zeal"),
    (Mode::Cut, "cut", "cut"),
    (Mode::Built, "built", "built"),
    (Mode::Jit, "jit", "plain"),
    (Mode::Generic, "generic", "plain"),
    (Mode::Deopt, "deopt", "plain"),
    (Mode::JitZeal, "jit-zeal", "zeal"),
    (Mode::JitCut, "jit-cut", "cut"),
];

/// Compiles whatever is run twice.
const EAGER: &str = "--jit-threshold=1";

#[test]
fn fixtures_print_what_they_say() {
    let filter = std::env::var("TVM_FIXTURES").unwrap_or_default();
    let fixtures: Vec<Fixture> =
        Fixture::all().into_iter().filter(|fixture| fixture.name.contains(&filter)).collect();
    assert!(!fixtures.is_empty(), "there are no fixtures");
    let known = known_failures();
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    let ran = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for &(mode, name, like) in MODES {
                        if !fixture.runs_in(like) {
                            continue;
                        }
                        ran.fetch_add(1, Ordering::Relaxed);
                        let key = format!("{} {name}", fixture.name);
                        let failure = run(fixture, mode).err();
                        let complaint = match (failure, known.contains(&key)) {
                            (Some(text), false) => format!("{key}\n{text}"),
                            (None, true) => {
                                format!("{key}: passes, but stands in known-failures.txt: take it out")
                            }
                            _ => continue,
                        };
                        complaints.lock().expect("no thread panics with it").push(complaint);
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().expect("all threads are done");
    complaints.sort();
    let ran = ran.into_inner();
    println!("{} programs, {ran} runs, {} known failures", fixtures.len(), known.len());
    assert!(
        complaints.is_empty(),
        "{} of {ran} runs failed:\n\n{}",
        complaints.len(),
        complaints.join("\n\n")
    );
}

fn known_failures() -> BTreeSet<String> {
    let list = std::fs::read_to_string(common::fixtures().join("known-failures.txt")).unwrap_or_default();
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn run(fixture: &Fixture, mode: Mode) -> Result<(), String> {
    match mode {
        Mode::Plain => fixture.compare(&fixture.run(&[])),
        Mode::Zeal => fixture.compare(&fixture.run(&["--zeal=move"])),
        Mode::Built => {
            let directory = common::Scratch::new();
            let built = directory.path("program.tvm");
            let script = fixture.flags.iter().filter(|flag| *flag == "--script").map(String::as_str);
            let build = ["build", fixture.path_text(), "-o", path_text(&built)].into_iter().chain(script);
            let status = common::tvm(&build.collect::<Vec<_>>());
            if status.code != 0 {
                // What does not compile says so in either way.
                return fixture.compare(&status);
            }
            fixture.compare(&fixture.run_file(&built, &[]))
        }
        Mode::Cut => cut(fixture, &[]),
        Mode::Jit => fixture.compare(&fixture.run(&[EAGER])),
        Mode::Generic => fixture.compare(&fixture.run(&[EAGER, "--jit=generic"])),
        Mode::Deopt => fixture.compare(&fixture.run(&[EAGER, "--zeal=deopt:3"])),
        Mode::JitZeal => fixture.compare(&fixture.run(&[EAGER, "--zeal=move"])),
        Mode::JitCut => cut(fixture, &[EAGER]),
    }
}

/// Cuts a program at several places, and resumes it.
fn cut(fixture: &Fixture, flags: &[&str]) -> Result<(), String> {
    let fuel = fixture.fuel();
    for part in 1..=CUTS {
        let at = fuel * part / (CUTS + 1);
        fixture
            .cut_at(at, flags)
            .and_then(|outcome| fixture.compare(&outcome))
            .map_err(|e| format!("cut at {at}: {e}"))?;
    }
    Ok(())
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are Unicode")
}

#[test]
fn expectations_are_read_in_order() {
    let fixture = Fixture::parse(
        "f(); // => one\n// => two\n// flags: --max-fuel 5\n// exit: 124\ng(); // throws E: m\n",
    );
    assert_eq!(fixture.expected, ["one", "two"]);
    assert_eq!(fixture.flags, ["--max-fuel", "5"]);
    assert_eq!((fixture.exit, fixture.throws.as_deref()), (124, Some("E: m")));
    let outcome = Outcome { code: 124, stdout: "one\ntwo\n".into(), stderr: "Uncaught E: m\n".into() };
    assert_eq!(fixture.compare(&outcome), Ok(()));
}
