//! Snapshots: a program as a file, taken at a safepoint, resumed in another process.
//!
//! ```text
//! 0     magic "\x89tvms\r\n\x1a"             8 bytes
//! 8     format id: hash of everything that gives the bytes their meaning   32
//! 40    bytes of the description, of the whole file                        8 + 8
//! 56    offset of the pages                                                8
//! 64    checksum: BLAKE3 of everything but this field and the next          32
//! 96    tag: keyed BLAKE3 of the first 96 bytes, by the key of the writer   32
//! 128   the description: postcard of `Description`
//! ...   zeros up to a multiple of 4096, then the pages of old space
//! ```
//! Numbers are little endian. Pages hold no addresses: native functions, compiled code and units are named by number,
//! and numbers are part of what the format id is a hash of.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};

use crate::base::tenants::Tenants;
use crate::base::vm::{CodeEntry, Deadline, Host, Limits, SourceCompiler, Vm};
use crate::heap::image::HeapImage;
use crate::heap::parcel::Parcel;
use crate::heap::{BlockRecord, Heap, HeapOptions, Isolate, Zeal};

/// What snapshot files start with.
pub const MAGIC: [u8; 8] = *b"\x89tvms\r\n\x1a";
const PAGE: usize = 4096;
const HEADER: usize = 128;
const CHECKSUM: std::ops::Range<usize> = 64..96;
const TAG: std::ops::Range<usize> = 96..128;

/// Everything about an isolate that is not in its pages.
#[derive(Serialize, Deserialize)]
struct Description {
    blocks: Vec<(u64, u64, u64, u64)>,
    stack: Vec<u64>,
    exception: u64,
    finalized: bool,
    frame: u32,
    base_top: u32,
    random: [u64; 2],
    next_hash: u32,
    next_order: u64,
    next_timer: u64,
    directory: String,
    in_jobs: bool,
    indexed_prototypes: bool,
    instance_checks: bool,
    ignore_rejections: bool,
    contexts: bool,
    deadlines: Vec<(u32, f64, bool)>,
    next_domain: u32,
    next_tenant: u64,
    regexp_generation: u32,
    used: u64,
    monotonic_ms: f64,
    codes: Vec<(u32, u32)>,
    units: Vec<Vec<u8>>,
    heap_limit: u64,
    charged: u64,
}

/// Why a snapshot cannot be resumed.
#[derive(Debug)]
pub enum RestoreError {
    /// The file cannot be read or mapped.
    Io(std::io::Error),
    /// It is no snapshot, or not one that this build can go on with.
    Refused(String),
}

impl std::fmt::Display for RestoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RestoreError::Io(error) => error.fmt(f),
            RestoreError::Refused(reason) => f.write_str(reason),
        }
    }
}

fn refused<T>(reason: impl Into<String>) -> Result<T, RestoreError> {
    Err(RestoreError::Refused(reason.into()))
}

/// Hash of all that gives a snapshot's bytes their meaning: cells, opcodes, the library, intrinsics, this build's
/// version.
pub fn format_id() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(crate::heap::cells::TABLE_TEXT.as_bytes());
    for marker in crate::heap::bits::MARKERS {
        hasher.update(&marker.to_le_bytes());
    }
    hasher.update(&tvm_bytecode::FORMAT_ID.to_le_bytes());
    hasher.update(blake3::hash(crate::library::UNIT).as_bytes());
    for name in crate::object::realm::Intrinsic::NAMES {
        hasher.update(name.as_bytes());
    }
    for name in crate::heap::roots::Name::TEXTS {
        hasher.update(name.as_bytes());
    }
    for name in crate::builtins::setup::native_names() {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
    }
    *hasher.finalize().as_bytes()
}

impl Isolate {
    /// Writes the isolate, which stands at a safepoint or has nothing to do, as a snapshot signed with a key.
    pub fn write_snapshot(&mut self, out: &mut File, key: &[u8; 32]) -> std::io::Result<()> {
        let image = self.heap.take_image();
        let vm = &mut self.vm;
        let description = Description {
            blocks: image.blocks.iter().map(|b| (b.state, b.lines[0], b.lines[1], b.large)).collect(),
            stack: image.stack,
            exception: image.exception,
            finalized: image.finalized,
            frame: vm.frame,
            base_top: vm.base_top,
            random: vm.random,
            next_hash: vm.next_hash,
            next_order: vm.next_order,
            next_timer: vm.next_timer,
            directory: vm.directory.clone(),
            in_jobs: vm.in_jobs,
            indexed_prototypes: vm.indexed_prototypes,
            instance_checks: vm.instance_checks,
            ignore_rejections: vm.ignore_rejections,
            contexts: vm.contexts,
            deadlines: vm.deadlines.iter().map(|d| (d.frame, d.at_ms, d.over)).collect(),
            next_domain: vm.next_domain,
            next_tenant: vm.tenants.as_ref().map_or(1, |tenants| tenants.next_id()),
            regexp_generation: vm.regexps.generation,
            used: vm.meter.used(),
            monotonic_ms: vm.monotonic_ms(),
            codes: vm.codes.iter().map(|code| (code.unit, code.function)).collect(),
            // Unit 0 is tvm's own library.
            units: vm.units.iter().skip(1).map(|unit| unit.bytes().to_vec()).collect(),
            heap_limit: self.heap.limit() as u64,
            charged: self.heap.charged() as u64,
        };
        let description = postcard::to_allocvec(&description).map_err(std::io::Error::other)?;
        let pages_at = (HEADER + description.len()).next_multiple_of(PAGE);
        let pages = self.heap.old_bytes();
        let mut header = [0u8; HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..40].copy_from_slice(&format_id());
        header[40..48].copy_from_slice(&(description.len() as u64).to_le_bytes());
        header[48..56].copy_from_slice(&((pages_at + pages.len()) as u64).to_le_bytes());
        header[56..64].copy_from_slice(&(pages_at as u64).to_le_bytes());
        let padding = vec![0u8; pages_at - HEADER - description.len()];
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header[..CHECKSUM.start]);
        for part in [&description[..], &padding, pages] {
            hasher.update(part);
        }
        header[CHECKSUM].copy_from_slice(hasher.finalize().as_bytes());
        let tag = blake3::keyed_hash(key, &header[..TAG.start]);
        header[TAG].copy_from_slice(tag.as_bytes());
        for part in [&header[..], &description, &padding, pages] {
            out.write_all(part)?;
        }
        out.flush()
    }
}

/// How far a snapshot file is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust<'k> {
    /// The file was written with this key and has not changed since, as the caller knows: its content is not read.
    Unchanged(&'k [u8; 32]),
    /// It must have been written with this key: the whole content is checked.
    Signed(&'k [u8; 32]),
}

/// Resumes a snapshot: an isolate that goes on where it stopped when it is run.
pub fn restore(
    file: &File,
    trust: Trust<'_>,
    limits: Option<Limits>,
    host: Box<dyn Host>,
    compiler: Option<Arc<dyn SourceCompiler + Send + Sync>>,
) -> Result<Isolate, RestoreError> {
    let opened = Opened::new(file, trust, limits)?;
    let mut isolate = Isolate { heap: opened.heap, vm: Vm::new(opened.limits, host, compiler) };
    go_on(&mut isolate, opened.description)?;
    Ok(isolate)
}

/// The same, as an isolate that any thread may run.
pub fn restore_parcel(
    file: &File,
    trust: Trust<'_>,
    limits: Option<Limits>,
    host: Box<dyn Host + Send>,
    compiler: Option<Arc<dyn SourceCompiler + Send + Sync>>,
) -> Result<Parcel, RestoreError> {
    let opened = Opened::new(file, trust, limits)?;
    let mut parcel = Parcel::new(opened.heap, opened.limits, host, compiler);
    go_on(parcel.isolate(), opened.description)?;
    Ok(parcel)
}

/// A snapshot's heap, with what else is known of it.
struct Opened {
    heap: Heap,
    limits: Limits,
    description: Description,
}

impl Opened {
    fn new(file: &File, trust: Trust<'_>, limits: Option<Limits>) -> Result<Opened, RestoreError> {
        let (mut description, pages_at) = read(file, trust)?;
        let mut limits = limits.unwrap_or_default();
        limits.heap_bytes = limits.heap_bytes.max(description.heap_limit as usize);
        let image = HeapImage {
            blocks: description
                .blocks
                .iter()
                .map(|&(state, low, high, large)| BlockRecord { state, lines: [low, high], large })
                .collect(),
            stack: std::mem::take(&mut description.stack),
            exception: description.exception,
            finalized: description.finalized,
        };
        let options = HeapOptions {
            limit_bytes: limits.heap_bytes,
            stack_slots: (limits.stack_bytes / 8) as u32,
            zeal: Zeal::None,
        };
        let mut heap = Heap::from_image(options, &image, file.as_fd(), pages_at).map_err(RestoreError::Io)?;
        heap.set_charged(description.charged as usize);
        Ok(Opened { heap, limits, description })
    }
}

/// Gives an isolate over a snapshot's heap what else it had.
fn go_on(isolate: &mut Isolate, description: Description) -> Result<(), RestoreError> {
    crate::builtins::setup::install_natives();
    let vm = &mut isolate.vm;
    let library = Verified::embedded_library(crate::library::UNIT)
        .map_err(|error| RestoreError::Refused(format!("tvm's own library does not load: {error}")))?;
    vm.units.push(library);
    for bytes in description.units {
        let unit = Unit::parse(Arc::new(bytes)).and_then(|unit| verify(unit, Origin::Guest));
        match unit {
            Ok(unit) => vm.units.push(unit),
            Err(error) => return refused(format!("a unit in the snapshot is not valid: {error}")),
        }
    }
    for (unit, function) in description.codes {
        let Some(owner) = vm.units.get(unit as usize).filter(|owner| function < owner.function_count())
        else {
            return refused("the snapshot names code that it does not hold");
        };
        let entry = CodeEntry::new(owner, unit, function);
        vm.add_code(entry);
    }
    vm.frame = description.frame;
    vm.base_top = description.base_top;
    vm.random = description.random;
    vm.next_hash = description.next_hash;
    vm.next_order = description.next_order;
    if !description.directory.is_empty() {
        vm.host.begin_program(&description.directory);
    }
    vm.directory = description.directory;
    vm.in_jobs = description.in_jobs;
    vm.next_timer = description.next_timer;
    vm.indexed_prototypes = description.indexed_prototypes;
    vm.instance_checks = description.instance_checks;
    vm.ignore_rejections = description.ignore_rejections;
    vm.contexts = description.contexts;
    let deadline = |(frame, at_ms, over)| Deadline { frame, at_ms, over };
    vm.deadlines = description.deadlines.into_iter().map(deadline).collect();
    vm.next_domain = description.next_domain;
    // The tenants that there were are gone.
    let mut tenancy = crate::tenants::Tenancy::default();
    tenancy.set_next_id(description.next_tenant);
    vm.tenants = Some(Box::new(tenancy));
    // Numbers of programs in the pages belong to the process that wrote them.
    vm.regexps.generation = description.regexp_generation + 1;
    vm.meter.set_used(description.used);
    vm.set_monotonic_ms(description.monotonic_ms);
    Ok(())
}

/// Reads and checks header and description.
fn read(file: &File, trust: Trust<'_>) -> Result<(Description, u64), RestoreError> {
    use std::os::unix::fs::FileExt;
    let length = file.metadata().map_err(RestoreError::Io)?.len();
    let mut header = [0u8; HEADER];
    if length < HEADER as u64 {
        return refused(format!("the file is no snapshot: it has {length} bytes, a header takes {HEADER}"));
    }
    file.read_exact_at(&mut header, 0).map_err(RestoreError::Io)?;
    if header[..8] != MAGIC {
        return refused("the file is no snapshot: it does not start with the magic bytes");
    }
    if header[8..40] != format_id() {
        return refused("the snapshot has another format: it was written by another build of tvm");
    }
    let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("8 bytes"));
    let (description_bytes, file_bytes, pages_at) = (number(40), number(48), number(56));
    if file_bytes != length {
        return refused(format!(
            "the snapshot is cut or has grown: {length} bytes, its header says {file_bytes}"
        ));
    }
    let sound = pages_at % PAGE as u64 == 0
        && pages_at <= length
        && description_bytes.checked_add(HEADER as u64).is_some_and(|end| end <= pages_at);
    if !sound {
        return refused("the snapshot's header is inconsistent");
    }
    let (Trust::Unchanged(key) | Trust::Signed(key)) = trust;
    if blake3::keyed_hash(key, &header[..TAG.start]).as_bytes()[..] != header[TAG] {
        return refused("the snapshot was not written by this installation, or was altered");
    }
    if matches!(trust, Trust::Signed(_)) {
        check_content(file, &header, length)?;
    }
    let mut bytes = vec![0u8; description_bytes as usize];
    file.read_exact_at(&mut bytes, HEADER as u64).map_err(RestoreError::Io)?;
    let description: Description = match postcard::from_bytes(&bytes) {
        Ok(description) => description,
        Err(error) => return refused(format!("the snapshot's description does not read: {error}")),
    };
    let pages = length - pages_at;
    if description.blocks.len() as u64 * crate::heap::BLOCK_BYTES as u64 != pages {
        return refused("the snapshot's pages are not as many as its blocks");
    }
    Ok((description, pages_at))
}

/// Computes the checksum of the whole file.
fn check_content(file: &File, header: &[u8; HEADER], length: u64) -> Result<(), RestoreError> {
    use std::os::unix::fs::FileExt;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header[..CHECKSUM.start]);
    let mut at = HEADER as u64;
    let mut buffer = vec![0u8; 1 << 20];
    while at < length {
        let count = buffer.len().min((length - at) as usize);
        file.read_exact_at(&mut buffer[..count], at).map_err(RestoreError::Io)?;
        hasher.update(&buffer[..count]);
        at += count as u64;
    }
    if hasher.finalize().as_bytes()[..] != header[CHECKSUM] {
        return refused("the snapshot was altered: its checksum does not fit");
    }
    Ok(())
}
