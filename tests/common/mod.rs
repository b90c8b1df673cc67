//! What the integration tests share: running the binary, and the fixture programs.

#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Seconds after which a program is taken to hang. Debug builds under a hostile collector are slow.
const PATIENCE_S: u64 = 120;

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the `tvm` binary.
pub fn tvm(arguments: &[&str]) -> Outcome {
    tvm_with(arguments, "")
}

/// Runs the `tvm` binary with a text on standard input.
pub fn tvm_with(arguments: &[&str], input: &str) -> Outcome {
    tvm_in(&fixtures(), arguments, input)
}

/// Runs the `tvm` binary in a directory.
pub fn tvm_in(directory: &Path, arguments: &[&str], input: &str) -> Outcome {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_tvm"))
        .args(arguments)
        .current_dir(directory)
        .env("TVM_STATE_DIR", state_directory())
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that does not read its input is no failure of the test.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let (done, stop) = std::sync::mpsc::channel::<()>();
    let pid = child.id();
    let watch = std::thread::spawn(move || {
        let late = stop.recv_timeout(Duration::from_secs(PATIENCE_S))
            == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        if late {
            let _ = Command::new("kill").arg("-9").arg(pid.to_string()).status();
        }
        late
    });
    let output = child.wait_with_output().expect("the child is waited for once");
    drop(done);
    let late = watch.join().expect("the watch does not panic");
    let mut outcome = outcome(&output);
    if late {
        outcome.stderr.push_str("\n(killed: it took too long)");
    }
    outcome
}

fn outcome(output: &Output) -> Outcome {
    use std::os::unix::process::ExitStatusExt;
    Outcome {
        code: output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0)),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Where the tests' installation keeps its key.
fn state_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("state")
}

/// The directory of the fixture programs.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A directory that goes away with the value.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scratch-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the target directory can be written");
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("paths of tests are Unicode").to_owned()
    }

    pub fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).expect("the scratch directory can be written");
        self.text(name)
    }

    pub fn directory(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program with its expectation.
#[derive(Clone, Debug, Default)]
pub struct Fixture {
    /// Its path under the fixtures' directory.
    pub name: String,
    pub path: PathBuf,
    pub expected: Vec<String>,
    pub flags: Vec<String>,
    pub exit: i32,
    pub throws: Option<String>,
    modes: Option<Vec<String>>,
    is_part: bool,
}

impl Fixture {
    /// All programs under `tests/fixtures`, by name.
    pub fn all() -> Vec<Fixture> {
        let mut found = Vec::new();
        let mut pending = vec![fixtures()];
        while let Some(directory) = pending.pop() {
            for entry in std::fs::read_dir(&directory).expect("the fixtures can be read") {
                let path = entry.expect("the fixtures can be read").path();
                if path.is_dir() {
                    pending.push(path);
                } else if path
                    .extension()
                    .is_some_and(|e| ["js", "mjs", "cjs", "ts", "mts"].iter().any(|&x| e == x))
                {
                    found.push(Fixture::read(&path));
                }
            }
        }
        found.retain(|fixture| !fixture.is_part);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    fn read(path: &Path) -> Fixture {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.strip_prefix(fixtures()).unwrap_or(path).to_string_lossy().into_owned();
        Fixture { name, path: path.to_owned(), ..Fixture::parse(&text) }
    }

    /// The comments of a program's text.
    pub fn parse(text: &str) -> Fixture {
        let mut fixture = Fixture::default();
        let mut exit = None;
        for line in text.lines() {
            if let Some((_, expected)) = line.split_once("// =>") {
                fixture.expected.push(expected.strip_prefix(' ').unwrap_or(expected).trim_end().to_owned());
            } else if let Some((_, thrown)) = line.split_once("// throws ") {
                fixture.throws = Some(thrown.trim().to_owned());
            } else if let Some(flags) = line.strip_prefix("// flags: ") {
                fixture.flags = flags.split_whitespace().map(str::to_owned).collect();
            } else if let Some(status) = line.strip_prefix("// exit: ") {
                exit = Some(status.trim().parse().expect("an exit status is a number"));
            } else if let Some(modes) = line.strip_prefix("// modes: ") {
                fixture.modes = Some(modes.split_whitespace().map(str::to_owned).collect());
            } else if line == "// part" {
                fixture.is_part = true;
            }
        }
        fixture.exit = exit.unwrap_or(i32::from(fixture.throws.is_some()));
        fixture
    }

    pub fn runs_in(&self, mode: &str) -> bool {
        self.modes.as_ref().is_none_or(|modes| modes.iter().any(|m| m == mode))
    }

    pub fn path_text(&self) -> &str {
        self.path.to_str().expect("paths of tests are Unicode")
    }

    /// Runs the program with its own flags and more.
    pub fn run(&self, more: &[&str]) -> Outcome {
        self.run_file(&self.path, more)
    }

    /// Runs another form of the program with its flags and more.
    pub fn run_file(&self, file: &Path, more: &[&str]) -> Outcome {
        let mut arguments = vec!["run"];
        arguments.extend(self.flags.iter().map(String::as_str));
        arguments.extend(more);
        arguments.push(file.to_str().expect("paths of tests are Unicode"));
        tvm(&arguments)
    }

    /// The fuel that the program uses.
    pub fn fuel(&self) -> u64 {
        let outcome = self.run(&["--stats"]);
        let fuel = |line: &str| line.strip_prefix("tvm: fuel ")?.split(',').next()?.parse().ok();
        // A program that does not start uses none.
        outcome.stderr.lines().find_map(fuel).unwrap_or(0)
    }

    /// Runs the program up to a snapshot after `fuel`, and the rest in another process: both with the flags.
    pub fn cut_at(&self, fuel: u64, flags: &[&str]) -> Result<Outcome, String> {
        let directory = Scratch::new();
        let file = directory.text("cut.tvms");
        let fuel = fuel.to_string();
        let first = self.run(&[flags, &["--snapshot-after", &fuel, "--snapshot", &file]].concat());
        if !Path::new(&file).exists() {
            // It ended before.
            return Ok(first);
        }
        if first.code != 0 {
            return Err(format!("writing the snapshot ended with {}: {}", first.code, first.stderr));
        }
        let mut arguments = vec!["resume"];
        arguments.extend(self.flags_of_resume());
        arguments.extend(flags);
        arguments.push(&file);
        let mut rest = tvm(&arguments);
        rest.stdout.insert_str(0, &first.stdout);
        Ok(rest)
    }

    /// Limits hold for the rest too; other flags are in the snapshot.
    fn flags_of_resume(&self) -> Vec<&str> {
        let mut kept = Vec::new();
        let mut flags = self.flags.iter();
        while let Some(flag) = flags.next() {
            if flag.starts_with("--max-") {
                kept.push(flag.as_str());
                kept.extend(flags.next().map(String::as_str));
            }
        }
        kept
    }

    /// Compares how the program ended with what it says.
    pub fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        let printed: Vec<&str> = outcome.stdout.lines().map(str::trim_end).collect();
        if let Some(at) = (0..printed.len().max(self.expected.len()))
            .find(|&i| printed.get(i).copied() != self.expected.get(i).map(String::as_str))
        {
            let show = |line: Option<&str>| line.map_or("the end".to_owned(), |line| format!("'{line}'"));
            let wanted = show(self.expected.get(at).map(String::as_str));
            let got = show(printed.get(at).copied());
            return Err(format!(
                "line {} of the output: wanted {wanted}\n  got {got}\n{}",
                at + 1,
                outcome.stderr
            ));
        }
        if outcome.code != self.exit {
            return Err(format!("exit status {}, wanted {}\n{}", outcome.code, self.exit, outcome.stderr));
        }
        match &self.throws {
            Some(wanted) if !outcome.stderr.contains(wanted.as_str()) => {
                Err(format!("standard error lacks '{wanted}':\n{}", outcome.stderr))
            }
            _ => Ok(()),
        }
    }
}

/// Waits until something holds, or fails.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(PATIENCE_S), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Numbers from a seed (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: a number is wanted")))
}
