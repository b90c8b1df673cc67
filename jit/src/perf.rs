//! Files that tell `perf` of compiled code: a map of names, and a jitdump with code and source lines.
//!
//! The map (`/tmp/perf-PID.map`, linux/tools/perf/Documentation/jit-interface.txt) is read by `perf report` as it is; it
//! names functions. The jitdump (`jit-PID.dump`, jitdump-specification.txt, version 1) is turned into ELF files by `perf
//! inject --jit`; it brings code and lines too. perf finds it because this process maps it executable once, and orders
//! it by its clock: `perf record -k mono`. Numbers are written in the machine's byte order, as both ask.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::time::{ClockId, clock_gettime};
use tvm_bytecode::lines::Entries;
use tvm_runtime::base::threads::locked;
use tvm_runtime::base::tier::{CompiledUnit, FunctionProfile, Request};

use crate::code::map_executable;
use crate::listing::{Compilation, Site, Stub, Watcher};

/// Writes down where compiled code is, and what.
pub struct Profiler {
    files: Mutex<Files>,
}

struct Files {
    map: Option<File>,
    dump: Option<Dump>,
    /// Code that was written down.
    count: u64,
    /// The first thing that went wrong: nothing is written behind it.
    problem: Option<io::Error>,
}

/// Code as both files have it.
struct Described<'a> {
    name: String,
    entry: u64,
    code: &'a [u8],
    /// From this byte on: file and line.
    lines: Vec<(u32, String, u32)>,
}

impl Profiler {
    /// Creates the files that are asked for, a map and a jitdump in a directory.
    pub fn new(map: bool, dump_in: Option<&Path>) -> io::Result<Profiler> {
        let told = |path: PathBuf| {
            create(&path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        };
        let id = std::process::id();
        let map = map.then(|| told(format!("/tmp/perf-{id}.map").into())).transpose()?;
        let dump = dump_in.map(|directory| told(directory.join(format!("jit-{id}.dump")))).transpose()?;
        let dump = dump.map(Dump::new).transpose()?;
        Ok(Profiler { files: Mutex::new(Files { map, dump, count: 0, problem: None }) })
    }

    /// Completes the files; the first error that writing to them gave.
    pub fn finish(&self) -> io::Result<()> {
        let mut files = locked(&self.files);
        if let Some(problem) = files.problem.take() {
            return Err(problem);
        }
        files.dump.as_mut().map_or(Ok(()), Dump::close)
    }

    fn write(&self, described: &Described<'_>) {
        let mut files = locked(&self.files);
        if files.problem.is_none() {
            files.problem = files.write(described).err();
        }
    }
}

/// A new file, whatever had its name: a process before this one, or somebody who waits for it in `/tmp`.
fn create(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // perf maps the jitdump, and so does this process: it has to be readable.
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

impl Files {
    fn write(&mut self, described: &Described<'_>) -> io::Result<()> {
        if let Some(map) = &mut self.map {
            let line = format!("{:x} {:x} {}\n", described.entry, described.code.len(), described.name);
            map.write_all(line.as_bytes())?;
        }
        if let Some(dump) = &mut self.dump {
            dump.lines(described)?;
            dump.load(described, self.count)?;
        }
        self.count += 1;
        Ok(())
    }
}

impl Watcher for Profiler {
    fn wants_text(&self, _: &Request) -> bool {
        false
    }

    fn compiled(&self, request: &Request, seen: &Compilation, outcome: Result<&CompiledUnit, &str>) {
        let (Ok(unit), Some(root)) = (outcome, request.functions.first()) else { return };
        let code = &seen.code;
        let lines = seen.places.iter().filter_map(|&(at, site)| {
            let (file, line) = position(request, site)?;
            Some((at, file, line))
        });
        self.write(&Described {
            name: name(request, root),
            entry: unit.entry as u64,
            code,
            lines: lines.collect(),
        });
    }

    fn made_stub(&self, stub: &Stub) {
        let name = format!("tvm {} stub", stub.name);
        self.write(&Described { name, entry: stub.entry as u64, code: &stub.code, lines: Vec::new() });
    }
}

/// The function with its place, its tier, and where it is entered.
fn name(request: &Request, root: &FunctionProfile) -> String {
    let record = root.unit.function(root.function);
    let name = root.unit.text(record.name).to_text().to_string();
    let name = if name.is_empty() { "(anonymous)" } else { &name };
    let file = root.unit.text(root.unit.source_name(record.source)).to_text().to_string();
    let text = root.unit.source_slice(record.source, 0, record.source_start);
    let line = 1 + text.bytes().filter(|&byte| byte == b'\n').count();
    let file = file.rsplit('/').next().unwrap_or_default();
    let tier = if request.speculate { "optimised" } else { "generic" };
    let entry = match request.entry {
        0 => String::new(),
        entry => {
            // What stands before the first position belongs to it.
            let first = || Entries::new(root.unit.lines(&record)).flatten().next();
            let line = root.unit.position(&record, entry).or_else(first).map_or(0, |place| place.line);
            format!(", from the loop in line {line}")
        }
    };
    // A line of the map ends with the name.
    format!("{name} {file}:{line} ({tier}{entry})").replace(char::is_control, " ")
}

/// File and line of an instruction of bytecode.
fn position(request: &Request, site: Site) -> Option<(String, u32)> {
    let profile = request.functions.iter().find(|profile| profile.code == site.0)?;
    let record = profile.unit.function(profile.function);
    let place = profile.unit.position(&record, site.1)?;
    let file = profile.unit.text(profile.unit.source_name(record.source)).to_text().to_string();
    Some((file.replace(char::is_control, " "), place.line))
}

/// A jitdump.
struct Dump {
    file: File,
}

/// Kinds of its records.
mod record {
    pub const LOAD: u32 = 0;
    pub const LINES: u32 = 2;
    pub const CLOSE: u32 = 3;
}

/// "JiTD" as a number.
const MAGIC: u32 = 0x4A69_5444;
const VERSION: u32 = 1;
const HEADER_BYTES: u32 = 40;
/// Kind, length, time.
const PREFIX_BYTES: usize = 16;
/// `e_machine` of an ELF file for this machine.
const MACHINE: u32 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };
/// Addresses of lines count from the start of the ELF file that `perf inject` makes; the code stands behind its header.
const ELF_HEADER_BYTES: u64 = 64;

impl Dump {
    fn new(file: File) -> io::Result<Dump> {
        let mut dump = Dump { file };
        let mut header = Vec::new();
        for word in [MAGIC, VERSION, HEADER_BYTES, MACHINE, 0, std::process::id()] {
            header.extend(word.to_ne_bytes());
        }
        header.extend(now_ns().to_ne_bytes());
        header.extend(0u64.to_ne_bytes());
        dump.file.write_all(&header)?;
        map_executable(&dump.file, header.len())?;
        Ok(dump)
    }

    /// Which lines code is for: stands before the code itself.
    fn lines(&mut self, described: &Described<'_>) -> io::Result<()> {
        if described.lines.is_empty() {
            return Ok(());
        }
        let mut body = Vec::new();
        body.extend(described.entry.to_ne_bytes());
        body.extend((described.lines.len() as u64).to_ne_bytes());
        for (at, file, line) in &described.lines {
            body.extend((described.entry + u64::from(*at) + ELF_HEADER_BYTES).to_ne_bytes());
            body.extend(line.to_ne_bytes());
            body.extend(0u32.to_ne_bytes());
            body.extend(file.as_bytes());
            body.push(0);
        }
        self.record(record::LINES, &body)
    }

    fn load(&mut self, described: &Described<'_>, index: u64) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend(std::process::id().to_ne_bytes());
        body.extend(rustix::thread::gettid().as_raw_nonzero().get().to_ne_bytes());
        for word in [described.entry, described.entry, described.code.len() as u64, index] {
            body.extend(word.to_ne_bytes());
        }
        body.extend(described.name.as_bytes());
        body.push(0);
        body.extend(described.code);
        self.record(record::LOAD, &body)
    }

    fn close(&mut self) -> io::Result<()> {
        self.record(record::CLOSE, &[])
    }

    fn record(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let padding = body.len().next_multiple_of(8) - body.len();
        let mut record = Vec::with_capacity(PREFIX_BYTES + body.len() + padding);
        record.extend(kind.to_ne_bytes());
        record.extend(((PREFIX_BYTES + body.len() + padding) as u32).to_ne_bytes());
        record.extend(now_ns().to_ne_bytes());
        record.extend(body);
        record.resize(record.len() + padding, 0);
        self.file.write_all(&record)
    }
}

/// The clock of `perf record -k mono`.
fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
