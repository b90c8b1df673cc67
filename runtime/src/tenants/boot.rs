//! The image that tenants start from: an isolate that was set up once for the process and lies in memory as a file.
//! Each tenant maps it private, so that its pages are shared until they are written to.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};

use tvm_bytecode::Verified;

use super::child::Child;
use crate::base::exit::Exit;
use crate::base::nowhere::Nowhere;
use crate::base::tenants::{Order, Request, TenantSettings};
use crate::base::vm::{CodeEntry, Host, Limits, SourceCompiler, Vm};
use crate::builtins::setup::install_natives;
use crate::heap::image::HeapImage;
use crate::heap::parcel::Parcel;
use crate::heap::{Cx, Heap, HeapOptions, Isolate, Zeal};
use crate::library;

/// Bytes of heap for setting up.
const BOOT_BYTES: usize = 64 << 20;

/// What programs have as globals and tenants do not: they are no process.
const NOT_IN_TENANTS: [&str; 2] = ["process", "global"];

struct Boot {
    file: File,
    image: HeapImage,
    library: Verified,
    codes: Vec<(u32, u32)>,
    base_top: u32,
    next_hash: u32,
    next_order: u64,
    regexp_generation: u32,
    indexed_prototypes: bool,
    instance_checks: bool,
}

static BOOT: OnceLock<Result<Boot, String>> = OnceLock::new();

/// Pages that every tenant writes to when it runs its first script.
static WRITTEN: OnceLock<Vec<Range<usize>>> = OnceLock::new();

/// What compiles source for an isolate.
type Compiler = Option<Arc<dyn SourceCompiler + Send + Sync>>;

/// A new isolate with all builtins but those that only a process has.
pub fn boot(limits: Limits, host: Box<dyn Host + Send>, compiler: Compiler) -> Result<Parcel, String> {
    let pages = match WRITTEN.get() {
        Some(pages) => pages,
        None => {
            let pages = try_out(compiler.clone())?;
            WRITTEN.get_or_init(|| pages)
        }
    };
    let mut parcel = from_image(limits, host, compiler)?;
    parcel.isolate().heap.populate(pages);
    Ok(parcel)
}

/// Has a tenant run a script, and gives the pages that it wrote to.
fn try_out(compiler: Compiler) -> Result<Vec<Range<usize>>, String> {
    let limits = Limits { heap_bytes: BOOT_BYTES, ..Limits::default() };
    let settings = TenantSettings { limits, output_bytes: 0, keeps_output: false, moves: false };
    let mut child = Child::new(from_image(limits, Box::new(Nowhere), compiler)?, &settings);
    // A message by hand: the text `0`.
    let order = Order::Evaluate { text: vec![6, 1, b'0'], name: "sandbox.js".to_owned() };
    child.post(Request { number: 1, order, time: None, fuel: None });
    child.advance(None, Some(100_000), false, None);
    Ok(child.isolate().heap.written_pages())
}

fn from_image(limits: Limits, host: Box<dyn Host + Send>, compiler: Compiler) -> Result<Parcel, String> {
    let boot = BOOT.get_or_init(make).as_ref().map_err(Clone::clone)?;
    let options = HeapOptions {
        limit_bytes: limits.heap_bytes,
        stack_slots: (limits.stack_bytes / 8) as u32,
        zeal: Zeal::None,
    };
    let heap = Heap::from_image(options, &boot.image, boot.file.as_fd(), 0)
        .map_err(|error| format!("cannot make a heap: {error}"))?;
    let mut parcel = Parcel::new(heap, limits, host, compiler);
    let vm = &mut parcel.isolate().vm;
    vm.units.push(boot.library.clone());
    for &(unit, function) in &boot.codes {
        vm.add_code(CodeEntry::new(&boot.library, unit, function));
    }
    vm.base_top = boot.base_top;
    vm.next_hash = boot.next_hash;
    vm.next_order = boot.next_order;
    vm.regexps.generation = boot.regexp_generation + 1;
    vm.indexed_prototypes = boot.indexed_prototypes;
    vm.instance_checks = boot.instance_checks;
    // Nobody is there to hear of a rejection that is not handled.
    vm.ignore_rejections = true;
    let mut seed = [0; 16];
    vm.host.random(&mut seed);
    vm.random = [
        u64::from_le_bytes(seed[..8].try_into().expect("8 bytes")) | 1,
        u64::from_le_bytes(seed[8..].try_into().expect("8 bytes")),
    ];
    Ok(parcel)
}

fn make() -> Result<Boot, String> {
    let told = |error: &dyn std::fmt::Display| format!("cannot set up isolates: {error}");
    let options = HeapOptions { limit_bytes: BOOT_BYTES, stack_slots: 1 << 16, zeal: Zeal::None };
    let heap = Heap::new(options).map_err(|error| told(&error))?;
    let library = Verified::embedded_library(library::UNIT).map_err(|error| told(&error))?;
    let mut isolate = Isolate { heap, vm: Vm::new(Limits::default(), Box::new(Nowhere), None) };
    install_natives();
    isolate
        .set_up(library.clone())
        .and_then(|()| isolate.enter(install))
        .map_err(|exit| format!("cannot set up isolates: {:?}", isolate.stop_of(exit)))?;
    let image = isolate.heap.take_image();
    let memory = rustix::fs::memfd_create("tvm-boot", rustix::fs::MemfdFlags::CLOEXEC);
    let mut file = File::from(memory.map_err(|error| told(&error))?);
    file.write_all(isolate.heap.old_bytes()).map_err(|error| told(&error))?;
    let vm = &isolate.vm;
    Ok(Boot {
        file,
        image,
        library,
        codes: vm.codes.iter().map(|code| (code.unit, code.function)).collect(),
        base_top: vm.base_top,
        next_hash: vm.next_hash,
        next_order: vm.next_order,
        regexp_generation: vm.regexps.generation,
        indexed_prototypes: vm.indexed_prototypes,
        instance_checks: vm.instance_checks,
    })
}

fn install(cx: &mut Cx<'_>) -> Result<(), Exit> {
    let realm = cx.first_realm().root(cx);
    cx.install_program_globals(realm)?;
    let global = cx.global_of(realm);
    for name in NOT_IN_TENANTS {
        let key = cx.text_key(name)?;
        cx.delete(global, key)?;
    }
    // Here once, and not in each tenant's own pages.
    cx.make_everything(realm)
}
