// Shared by the targets that run programs (`include!`).

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tvm::{Host, Limits, Program, ProgramOptions};
use tvm_runtime::base::vm::{ModuleFailure, ModuleText, ModuleUse};
use tvm_runtime::heap::Zeal;

/// A world in which nothing happens, and time passes only while it is waited for.
#[derive(Default)]
struct Nothing {
    now_ms: f64,
    /// What was printed, for those who want to know.
    printed: Option<Rc<RefCell<Vec<u8>>>>,
}

impl Host for Nothing {
    fn write_stdout(&mut self, bytes: &[u8]) {
        if let Some(printed) = &self.printed {
            printed.borrow_mut().extend_from_slice(bytes);
        }
    }
    fn write_stderr(&mut self, _: &[u8]) {}
    fn now_ms(&mut self) -> f64 {
        self.now_ms
    }
    fn monotonic_ms(&mut self) -> f64 {
        self.now_ms
    }
    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
    fn sleep(&mut self, time: Duration) {
        self.now_ms += time.as_secs_f64() * 1e3;
    }
    fn local_offset_ms(&mut self, _: f64, _: bool) -> f64 {
        0.0
    }
    fn time_zone(&mut self) -> String {
        "UTC".into()
    }
    fn resolve_module(&mut self, specifier: &str, _: &str, _: ModuleUse) -> Result<String, ModuleFailure> {
        Err(ModuleFailure::plain(format!("no {specifier}")))
    }
    fn load_module(&mut self, name: &str, _: Option<&str>, _: ModuleUse) -> Result<ModuleText, ModuleFailure> {
        Err(ModuleFailure::plain(format!("no {name}")))
    }
}

/// Runs a verified unit within small limits. Whatever it does, the process goes on.
fn run(unit: tvm_bytecode::Verified, zeal: bool) {
    let options = ProgramOptions {
        limits: Limits { heap_bytes: 32 << 20, stack_bytes: 256 << 10, time: None, fuel: Some(if zeal { 500 } else { 200_000 }) },
        zeal: if zeal { Zeal::Move } else { Zeal::None },
        test262: false,
        host: Box::new(Nothing::default()),
        tiers: None,
        arguments: Vec::new(),
    };
    let Ok(mut program) = Program::new(options) else { return };
    let started = if tvm::program::is_module(&unit) {
        program.add_module(unit, &Path::new("/fuzz.mjs").to_string_lossy()).is_ok()
    } else {
        program.add_script(unit).is_ok()
    };
    if started && let Err(stop) = program.run() {
        let told = match &stop {
            tvm::Stop::Ended(termination) => termination.to_string(),
            _ => program.report(&stop).map(|report| report.headline).unwrap_or_default(),
        };
        assert!(!told.contains("defect of tvm"), "{told}");
    }
}
