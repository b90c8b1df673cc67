//! One run of one program in one engine: the driver, the child process, and what it told.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the driver's lines begin with.
const MARK: &str = "@tvm-bench ";

/// Stands behind the program. The timer at its end keeps the process for a moment, in which its
/// memory is looked at.
const DRIVER: &str = r#"
;(async () => {
  const mark = '@tvm-bench ';
  if (typeof run !== 'function') return console.log(mark + 'missing');
  const text = (sum) => JSON.stringify(String(sum));
  const times = [];
  let first;
  let differs;
  for (let i = 0; i < ITERATIONS; i++) {
    const start = performance.now();
    let sum = run();
    if (sum !== null && typeof sum === 'object' && typeof sum.then === 'function') sum = await sum;
    times.push(performance.now() - start);
    if (i === 0) first = sum;
    else if (differs === undefined && !Object.is(sum, first)) differs = `${i} ${text(sum)}`;
  }
  for (const time of times) console.log(mark + 'time ' + time);
  console.log(mark + 'sum ' + text(first));
  if (differs !== undefined) console.log(mark + 'differs ' + differs);
  if (typeof setTimeout === 'function') setTimeout(() => {}, 50);
  console.log(mark + 'done');
})();
"#;

/// How a program is run.
pub struct Engine {
    /// Its name for readers.
    pub name: String,
    /// The executable.
    pub program: PathBuf,
    /// What stands before the program's file.
    pub arguments: Vec<OsString>,
}

/// What one process told.
pub struct Measured {
    /// Milliseconds of each iteration, in order.
    pub times: Vec<f64>,
    /// The result of the first iteration, as a JSON string.
    pub checksum: String,
    /// The first iteration with another result, and that result.
    pub differs: Option<(u32, String)>,
    /// What tvm's tiers did.
    pub compiled: Option<Compiled>,
    /// The most memory the process held, where the system tells.
    pub peak_bytes: Option<u64>,
}

/// What `--jit-stats=json` tells.
pub struct Compiled {
    /// Milliseconds spent compiling.
    pub compile_ms: f64,
    /// Bytes of machine code.
    pub code_bytes: u64,
    /// How often compiled code was left because it expected otherwise.
    pub deopts: u64,
    /// How many units were compiled.
    pub units: u64,
}

impl Measured {
    /// The iterations that count as warm: the later half.
    fn warm(&self) -> Vec<f64> {
        let mut warm = self.times[self.times.len() / 2..].to_vec();
        warm.sort_unstable_by(f64::total_cmp);
        warm
    }

    /// The median of the warm iterations, in milliseconds.
    pub fn median(&self) -> f64 {
        let warm = self.warm();
        (warm[(warm.len() - 1) / 2] + warm[warm.len() / 2]) / 2.0
    }

    /// The fastest iteration, in milliseconds.
    pub fn min(&self) -> f64 {
        self.times.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The distance of the warm iterations' quartiles, in percent of the median.
    pub fn spread(&self) -> f64 {
        let warm = self.warm();
        let last = warm.len() - 1;
        let median = self.median();
        if median > 0.0 { (warm[(last * 3).div_ceil(4)] - warm[last / 4]) / median * 100.0 } else { 0.0 }
    }
}

impl Engine {
    /// Runs a program that the driver stands behind.
    pub fn measure(&self, program: &Path, iterations: u32) -> Result<Measured, String> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.program.display()))?;
        let mut stderr = child.stderr.take().expect("it is piped");
        // Read beside standard output: neither pipe may fill while the other is waited for.
        let errors = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let mut told = Measured {
            times: Vec::new(),
            checksum: String::new(),
            differs: None,
            compiled: None,
            peak_bytes: None,
        };
        let mut missing = false;
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(|error| format!("cannot be read: {error}"))? > 0 {
            let text = String::from_utf8_lossy(&line);
            match text.trim_end().strip_prefix(MARK) {
                Some("missing") => missing = true,
                Some("done") => told.peak_bytes = peak_bytes(child.id()),
                Some(fact) => told.take(fact),
                None => {}
            }
            line.clear();
        }
        let status = child.wait().map_err(|error| format!("cannot be waited for: {error}"))?;
        let errors = errors.join().unwrap_or_default();
        if missing {
            return Err("the program defines no function run()".to_owned());
        }
        if !status.success() {
            return Err(format!("failed ({status}): {}", headline(&errors)));
        }
        if told.times.len() != iterations as usize || told.checksum.is_empty() {
            return Err(format!("ended after {} of {iterations} iterations", told.times.len()));
        }
        told.compiled = errors.lines().rev().find_map(Compiled::parse);
        Ok(told)
    }
}

impl Measured {
    /// Takes a line of the driver in.
    fn take(&mut self, fact: &str) {
        match fact.split_once(' ') {
            Some(("time", time)) => self.times.extend(time.parse::<f64>().ok().filter(|ms| ms.is_finite())),
            Some(("sum", sum)) => self.checksum = sum.to_owned(),
            Some(("differs", rest)) => {
                self.differs = rest
                    .split_once(' ')
                    .and_then(|(iteration, sum)| Some((iteration.parse().ok()?, sum.to_owned())));
            }
            _ => {}
        }
    }
}

impl Compiled {
    /// Reads the line of `--jit-stats=json`.
    fn parse(line: &str) -> Option<Compiled> {
        let field = |name: &str| {
            let rest = line.strip_prefix('{')?.split_once(&format!("\"{name}\":"))?.1;
            rest[..rest.find([',', '}'])?].parse::<f64>().ok()
        };
        Some(Compiled {
            compile_ms: field("compile_ms")?,
            code_bytes: field("code_bytes")? as u64,
            deopts: field("deopts")? as u64,
            units: field("units")? as u64,
        })
    }
}

/// The most memory a process has held so far. Linux tells it in `/proc`; elsewhere it is not known.
fn peak_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What a process said of its failure, on one line.
fn headline(errors: &str) -> String {
    let lines: Vec<&str> =
        errors.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('{')).collect();
    // Engines show the source first, then `Uncaught TypeError: ...` or `TypeError: ...`.
    let is_headline = |line: &&&str| {
        line.starts_with("Uncaught ") || line.split_once(':').is_some_and(|(kind, _)| kind.ends_with("Error"))
    };
    let said = lines.iter().find(is_headline).or(lines.last());
    said.map_or_else(|| "nothing was said".to_owned(), |line| (*line).to_owned())
}

/// A directory for programs with the driver; it goes when it is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the directory.
    pub fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("tvm-bench-{}", std::process::id()));
        std::fs::create_dir(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// Writes a program with the driver behind it.
    pub fn program(&self, file: &Path, source: &str, iterations: u32) -> Result<PathBuf, String> {
        let path = self.0.join(file.file_name().unwrap_or("program.js".as_ref()));
        let text = source.to_owned() + &DRIVER.replace("ITERATIONS", &iterations.to_string());
        std::fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
