//! The outside as the operating system has it: standard streams, clocks, randomness, files of modules.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tvm_runtime::base::module_path;
use tvm_runtime::base::vm::{Host, ModuleText};

/// Bytes of output that are kept before they are written.
const BUFFER: usize = 16 << 10;

/// The operating system's streams, clocks and files.
pub struct SystemHost {
    started: Instant,
    out: Vec<u8>,
    interactive: bool,
    quiet: bool,
}

impl Default for SystemHost {
    fn default() -> Self {
        SystemHost {
            started: Instant::now(),
            out: Vec::new(),
            interactive: std::io::stdout().is_terminal(),
            quiet: false,
        }
    }
}

impl SystemHost {
    /// The same, but what the program writes to standard output is dropped.
    pub fn quiet() -> SystemHost {
        let mut host = SystemHost::default();
        host.quiet = true;
        host
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        // A reader that went away is no reason to stop the program.
        let _ = stdout.write_all(&self.out);
        let _ = stdout.flush();
        self.out.clear();
    }
}

impl Drop for SystemHost {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Host for SystemHost {
    fn write_stdout(&mut self, bytes: &[u8]) {
        if self.quiet {
            return;
        }
        self.out.extend_from_slice(bytes);
        if self.interactive || self.out.len() >= BUFFER {
            self.flush();
        }
    }

    fn write_stderr(&mut self, bytes: &[u8]) {
        self.flush();
        let _ = std::io::stderr().lock().write_all(bytes);
    }

    fn has_colors(&mut self, error: bool) -> bool {
        let terminal = if error { std::io::stderr().is_terminal() } else { self.interactive };
        let unwanted = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        terminal && !unwanted("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    fn now_ms(&mut self) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn monotonic_ms(&mut self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        let mut filled = 0;
        while filled < bytes.len() {
            match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
                Ok(count) => filled += count,
                Err(_) => break,
            }
        }
    }

    fn sleep(&mut self, time: Duration) {
        self.flush();
        std::thread::sleep(time);
    }

    fn local_offset_ms(&mut self, time_ms: f64, is_utc: bool) -> f64 {
        local_offset_ms(time_ms, is_utc).unwrap_or(0.0)
    }

    fn time_zone(&mut self) -> String {
        jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
    }

    fn resolve_module(&mut self, specifier: &str, referrer: &str) -> Result<String, String> {
        resolve(specifier, referrer)
    }

    fn load_module(&mut self, name: &str, attribute: Option<&str>) -> Result<ModuleText, String> {
        let bytes = std::fs::read(name).map_err(|error| format!("Cannot read module '{name}': {error}"))?;
        if bytes.starts_with(&tvm_bytecode::MAGIC) {
            return crate::program::unit_of_bytes(bytes)
                .map(ModuleText::Unit)
                .map_err(|e| format!("{name}: {e}"));
        }
        if attribute.is_none() {
            crate::program::refuse_binary(&bytes)
                .map_err(|what| format!("Cannot read module '{name}': {what}"))?;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match attribute {
            Some("json") => Ok(ModuleText::Json(text)),
            Some("text") => Ok(ModuleText::Text(text)),
            Some(other) => {
                Err(format!("Import attribute type '{other}' is not supported (known: json, text)"))
            }
            None if name.ends_with(".json") => {
                Err(format!("Module '{name}' needs an import attribute of \"type: json\""))
            }
            None => Ok(ModuleText::Source { text, typescript: is_typescript(Path::new(name)) }),
        }
    }
}

/// Whether a file's name says that it is TypeScript.
pub fn is_typescript(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("ts" | "mts" | "cts"))
}

/// A module's full path: relative to the referrer, or absolute. Extensions `.ts`, `.js`, ... are tried where there is
/// no such file.
fn resolve(specifier: &str, referrer: &str) -> Result<String, String> {
    let decoded = specifier.strip_prefix("file://").map(decoded);
    let path = decoded.as_deref().unwrap_or(specifier);
    if !module_path::is_path(path) {
        return Err(format!(
            "Cannot find package '{specifier}' imported from {referrer}: write a path (./{specifier})"
        ));
    }
    let full = module_path::full(path, referrer);
    for candidate in module_path::candidates(&full) {
        if candidate.is_file() {
            let canonical = std::fs::canonicalize(&candidate).unwrap_or(candidate);
            return Ok(canonical.to_string_lossy().into_owned());
        }
    }
    Err(format!("Cannot find module '{}' imported from {referrer}", full.display()))
}

/// A URL's path with `%20` and the like undone.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Offset of local time from UTC, in milliseconds.
fn local_offset_ms(time_ms: f64, is_utc: bool) -> Option<f64> {
    let zone = jiff::tz::TimeZone::system();
    // Beyond what the library's years hold, the nearest year with the same offsets is good enough.
    let clamped = time_ms.clamp(-377_705_023_201_000.0 / 2.0, 253_402_207_200_000.0 - 86_400_000.0);
    let timestamp = jiff::Timestamp::from_millisecond(clamped as i64).ok()?;
    if is_utc {
        return Some(f64::from(zone.to_offset(timestamp).seconds()) * 1000.0);
    }
    let local = jiff::tz::TimeZone::UTC.to_datetime(timestamp);
    let offset = zone.to_ambiguous_timestamp(local).offset();
    let seconds = match offset {
        jiff::tz::AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
        jiff::tz::AmbiguousOffset::Gap { before, .. } | jiff::tz::AmbiguousOffset::Fold { before, .. } => {
            before.seconds()
        }
    };
    Some(f64::from(seconds) * 1000.0)
}
