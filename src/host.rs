//! The outside as the operating system has it: standard streams, clocks, randomness, files of modules.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tvm_runtime::base::files::{FileFailure, FileReply, FileRequest};
use tvm_runtime::base::vm::{Host, ModuleFailure, ModuleText, ModuleUse};

use crate::files::Files;
use crate::grants::{Grants, Names};
use crate::modules::{self, Modules};

/// Bytes of output that are kept before they are written.
const BUFFER: usize = 16 << 10;
/// Time after which output is no longer kept back, so that who reads from a pipe sees how a program goes on.
const FLUSH_AFTER: Duration = Duration::from_millis(2);

/// The operating system's streams, clocks and files.
pub struct SystemHost {
    started: Instant,
    out: Vec<u8>,
    /// When something was written last: what comes soon after waits for more.
    flushed: Option<Instant>,
    interactive: bool,
    quiet: bool,
    files: Files,
    modules: Modules,
    names: Names,
}

impl Default for SystemHost {
    fn default() -> Self {
        SystemHost::with(Files::new(&Grants::default()).unwrap_or_default(), Names::Nothing)
    }
}

impl SystemHost {
    fn with(files: Files, names: Names) -> SystemHost {
        SystemHost {
            started: Instant::now(),
            out: Vec::new(),
            flushed: None,
            interactive: std::io::stdout().is_terminal(),
            quiet: false,
            files,
            modules: Modules::default(),
            names,
        }
    }

    /// The operating system's, with what a program is granted of it.
    pub fn granting(grants: &Grants) -> std::io::Result<SystemHost> {
        Ok(SystemHost::with(Files::new(grants)?, grants.env.clone()))
    }

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
        self.flushed = Some(Instant::now());
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
        let is_due = |flushed: Instant| flushed.elapsed() >= FLUSH_AFTER;
        if self.interactive || self.out.len() >= BUFFER || self.flushed.is_none_or(is_due) {
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
        now_ms()
    }

    fn monotonic_ms(&mut self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        fill_random(bytes);
    }

    fn sleep(&mut self, time: Duration) {
        self.flush();
        std::thread::sleep(time);
    }

    fn local_offset_ms(&mut self, time_ms: f64, is_utc: bool) -> f64 {
        local_offset_ms(time_ms, is_utc).unwrap_or(0.0)
    }

    fn time_zone(&mut self) -> String {
        time_zone()
    }

    fn resolve_module(
        &mut self,
        specifier: &str,
        referrer: &str,
        by: ModuleUse,
    ) -> Result<String, ModuleFailure> {
        // Code that is no file stands in the working directory.
        let standing = self.files.working().join(referrer);
        self.modules.resolve(specifier, &standing.to_string_lossy(), by)
    }

    fn load_module(
        &mut self,
        name: &str,
        attribute: Option<&str>,
        by: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure> {
        let bytes = self.modules.read(name, self.files.read_door())?;
        if bytes.starts_with(&tvm_bytecode::MAGIC) {
            return crate::program::unit_of_bytes(bytes)
                .map(ModuleText::Unit)
                .map_err(|e| ModuleFailure::plain(format!("{name}: {e}")));
        }
        if name.ends_with(".node") {
            let message = format!("{name} is a native addon: tvm runs none");
            return Err(ModuleFailure::new("ERR_DLOPEN_DISABLED", message));
        }
        if attribute.is_none() {
            crate::program::refuse_binary(&bytes)
                .map_err(|what| ModuleFailure::plain(format!("Cannot read module '{name}': {what}")))?;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match attribute {
            Some("json") => Ok(ModuleText::Json(text)),
            Some("text") => Ok(ModuleText::Text(text)),
            Some(other) => Err(ModuleFailure::type_error(
                "ERR_IMPORT_ATTRIBUTE_UNSUPPORTED",
                format!("Import attribute type '{other}' is not supported (known: json, text)"),
            )),
            None if name.ends_with(".json") && by == ModuleUse::Import => Err(ModuleFailure::type_error(
                "ERR_IMPORT_ATTRIBUTE_MISSING",
                format!("Module '{name}' needs an import attribute of \"type: json\""),
            )),
            None => {
                let path = Path::new(name);
                Ok(ModuleText::Source { text, typescript: is_typescript(path), form: modules::form_of(path) })
            }
        }
    }

    fn begin_program(&mut self, directory: &str) {
        let directory = self.files.working().join(directory);
        self.modules.begin(&directory, self.files.read_door());
    }

    fn file(&mut self, request: FileRequest<'_>) -> Result<FileReply, FileFailure> {
        let reply = self.files.carry_out(request)?;
        if !matches!(request, FileRequest::Read { .. } | FileRequest::Stat { .. } | FileRequest::List { .. })
        {
            self.modules.forget();
        }
        Ok(reply)
    }

    fn environment(&mut self) -> Vec<(String, String)> {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let is_granted = |name: &str| match &self.names {
            Names::Nothing => false,
            Names::Only(names) => names.iter().any(|known| known == name),
            Names::Everything => true,
        };
        if self.names == Names::Nothing {
            return Vec::new();
        }
        let all = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        all.filter(|(name, _)| is_granted(name)).collect()
    }

    fn for_tenant(&mut self) -> Option<Box<dyn Host + Send>> {
        Some(Box::new(TenantHost::default()))
    }

    fn current_directory(&mut self) -> String {
        self.files.working().to_string_lossy().into_owned()
    }
}

/// What an isolate has that a program makes: clocks and randomness. What it writes does not come here.
pub(crate) struct TenantHost {
    started: Instant,
}

impl Default for TenantHost {
    fn default() -> Self {
        TenantHost { started: Instant::now() }
    }
}

impl Host for TenantHost {
    fn write_stdout(&mut self, _: &[u8]) {}

    fn write_stderr(&mut self, _: &[u8]) {}

    fn now_ms(&mut self) -> f64 {
        now_ms()
    }

    fn monotonic_ms(&mut self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        fill_random(bytes);
    }

    fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn local_offset_ms(&mut self, time_ms: f64, is_utc: bool) -> f64 {
        local_offset_ms(time_ms, is_utc).unwrap_or(0.0)
    }

    fn time_zone(&mut self) -> String {
        time_zone()
    }

    fn resolve_module(&mut self, specifier: &str, _: &str, _: ModuleUse) -> Result<String, ModuleFailure> {
        Err(ModuleFailure::plain(format!("Cannot find module '{specifier}': a sandbox has none")))
    }

    fn load_module(
        &mut self,
        name: &str,
        _: Option<&str>,
        _: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure> {
        Err(ModuleFailure::plain(format!("Cannot find module '{name}': a sandbox has none")))
    }
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

fn time_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

pub(crate) fn fill_random(bytes: &mut [u8]) {
    let mut filled = 0;
    while filled < bytes.len() {
        match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(_) => break,
        }
    }
}

/// Whether a file's name says that it is TypeScript.
pub fn is_typescript(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("ts" | "mts" | "cts"))
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
