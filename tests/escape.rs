//! The containment suite: code in a context of `node:vm` that tries to get hold of its host, by every way that is known.
//! A case has escaped where it ran code in the host's realm, read the host's secret or changed a host's intrinsic:
//! `tests/escape/host.js` looks. Each case runs interpreted, compiled at once, and with a hostile collector.

mod common;

use std::path::{Path, PathBuf};

use common::tvm_in;

/// Cases that try to get out of something.
struct Suite {
    /// Below `tests/escape`.
    directory: &'static str,
    /// Runs the cases of a file.
    host: &'static str,
    files: &'static [&'static str],
    /// How many cases there are at least: a file that is read wrongly must not pass.
    least: usize,
}

const CONTEXTS: Suite = Suite {
    directory: "",
    host: "host.js",
    files: &["constructors.js", "errors.js", "functions.js", "intrinsics.js", "modules.js", "promises.js"],
    least: 210,
};

const SANDBOXES: Suite = Suite {
    directory: "sandbox",
    host: "host.mjs",
    files: &["walking.js", "errors.js", "values.js", "limits.js"],
    least: 140,
};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape")
}

/// Names of cases or programs, each of which begins with a line of its own.
fn names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("//# ")).collect()
}

impl Suite {
    fn holds(&self, flags: &[&str]) {
        let directory = directory().join(self.directory);
        let mut held = 0;
        for file in self.files {
            let text = std::fs::read_to_string(directory.join(file)).expect("a file of cases");
            let names = names(&text);
            let outcome = tvm_in(&directory, &[&["run", "-A"], flags, &[self.host, "--", file]].concat(), "");
            let wanted: String = names.iter().map(|name| format!("{name}: held\n")).collect();
            let odd: Vec<&str> = outcome.stdout.lines().filter(|line| !line.ends_with(": held")).collect();
            assert_eq!(odd, Vec::<&str>::new(), "{file} {flags:?}: {}", outcome.stderr);
            assert_eq!(outcome.stdout, wanted, "{file} {flags:?}: {}", outcome.stderr);
            held += names.len();
        }
        assert!(held >= self.least, "{held} cases");
    }
}

#[test]
fn contexts_hold_interpreted() {
    CONTEXTS.holds(&["--no-jit"]);
}

#[test]
fn contexts_hold_compiled() {
    CONTEXTS.holds(&["--jit", "--jit-threshold=1"]);
}

#[test]
fn contexts_hold_while_everything_moves() {
    CONTEXTS.holds(&["--zeal=move"]);
}

/// Programs that would take the time or the memory of their host end by an error, in time and within the memory that they
/// may have.
#[test]
fn sandboxes_end_what_would_not() {
    let directory = directory().join("sandbox");
    let read = |file: &str| std::fs::read_to_string(directory.join(file)).expect("a file of programs");
    let texts = [read("dos.txt"), read("../limits.txt")].concat();
    let names = names(&texts);
    assert!(names.len() >= 140, "{} programs", names.len());
    let late = if cfg!(debug_assertions) { "--late=5000" } else { "--late=1500" };
    for (flags, more) in [(&["--no-jit"][..], "--"), (&[], "--threads")] {
        let words = ["dos.mjs", "--", late, more, "dos.txt", "../limits.txt"];
        let outcome = tvm_in(&directory, &[&["run", "-A"], flags, &words].concat(), "");
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(lines.len(), names.len(), "{flags:?}: {}\n{}", outcome.stdout, outcome.stderr);
        for (line, name) in lines.into_iter().zip(&names) {
            let ended = line.strip_prefix(&format!("{name}: ")).unwrap_or(line);
            let odd = [" late: ", " large: ", "came to an end", "INTERNAL"];
            assert!(!odd.iter().any(|odd| ended.contains(odd)), "{flags:?}: {line}");
        }
    }
}

#[test]
fn sandboxes_hold_interpreted() {
    SANDBOXES.holds(&["--no-jit"]);
}

#[test]
fn sandboxes_hold_compiled() {
    SANDBOXES.holds(&["--jit", "--jit-threshold=1"]);
}

#[test]
fn sandboxes_hold_while_everything_moves() {
    SANDBOXES.holds(&["--zeal=move"]);
}

/// Programs that would take the host's time end by their limit, or by an error that comes earlier.
#[test]
fn time_limits_hold() {
    let directory = directory();
    let text = std::fs::read_to_string(directory.join("limits.txt")).expect("a file of programs");
    let names = names(&text);
    assert!(names.len() >= 40, "{} programs", names.len());
    for flags in [&["--no-jit"][..], &["--jit", "--jit-threshold=1"]] {
        let outcome = tvm_in(&directory, &[&["run", "-A"], flags, &["limits.js"]].concat(), "");
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(lines.len(), names.len(), "{flags:?}: {}\n{}", outcome.stdout, outcome.stderr);
        for (line, name) in lines.into_iter().zip(&names) {
            let ended = line.strip_prefix(&format!("{name}: ")).unwrap_or(line);
            let early = ["RangeError", "TypeError"].contains(&ended);
            assert!(early || ended == "ERR_SCRIPT_EXECUTION_TIMEOUT", "{flags:?}: {line}");
        }
    }
}
