//! A program: an isolate with something to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tvm_bytecode::data::EntryKind;
use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};
use tvm_runtime::base::exit::Exit;
use tvm_runtime::base::vm::{CompileFailure, CompileGoal, CompileRequest, Host, Limits, SourceCompiler, Vm};
use tvm_runtime::fiber::{Report, Stop};
use tvm_runtime::heap::cells::Realm;
use tvm_runtime::heap::{Cx, Heap, HeapOptions, Isolate, Local, Zeal};
use tvm_runtime::library;

use crate::compiler::Compiler;
use crate::host::is_typescript;

/// How a program is set up.
pub struct ProgramOptions {
    /// What it may use.
    pub limits: Limits,
    /// Hostile modes of the collector, for tests.
    pub zeal: Zeal,
    /// The conformance suite's host: `print`, `$262`, no complaints about unhandled rejections.
    pub test262: bool,
    /// The outside.
    pub host: Box<dyn Host>,
}

/// An isolate with what it runs.
pub struct Program {
    /// The isolate.
    pub isolate: Isolate,
}

/// Why a program could not be started.
#[derive(Clone, Debug)]
pub enum StartError {
    /// The source text was refused.
    Compile {
        /// The file's name.
        name: String,
        /// What is wrong, and where.
        failure: CompileFailure,
        /// The source text.
        source: String,
    },
    /// Anything else, as it is to be told.
    Other(String),
}

/// What a source text is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceKind {
    /// A script, unless its text or name says that it is a module.
    Guess,
    /// A script.
    Script,
    /// A module.
    Module,
}

impl Program {
    /// A new isolate with all builtins.
    pub fn new(options: ProgramOptions) -> Result<Program, StartError> {
        let heap = Heap::new(HeapOptions {
            limit_bytes: options.limits.heap_bytes,
            stack_slots: (options.limits.stack_bytes / 8) as u32,
            zeal: Zeal::None,
        })
        .map_err(|error| StartError::Other(format!("cannot reserve memory for the heap: {error}")))?;
        let mut vm = Vm::new(options.limits, options.host, Some(Arc::new(Compiler)));
        vm.ignore_rejections = options.test262;
        let mut seed = [0; 16];
        vm.host.random(&mut seed);
        vm.random = [u64::from_le_bytes(seed[..8].try_into().expect("8 bytes")) | 1, u64::from_le_bytes(seed[8..].try_into().expect("8 bytes"))];
        let mut isolate = Isolate { heap, vm };
        let unit = Verified::embedded_library(library::UNIT)
            .map_err(|error| StartError::Other(format!("tvm's own library does not load: {error}")))?;
        let done = isolate.set_up(unit).and_then(|()| {
            if options.test262 { isolate.enter(|cx| install_test262(cx)) } else { Ok(()) }
        });
        if let Err(exit) = done {
            return Err(StartError::Other(format!("setting up the realm failed: {}", describe_exit(&mut isolate, exit))));
        }
        isolate.heap.set_zeal(options.zeal);
        let limits = isolate.vm.limits;
        isolate.vm.restart_meter(&limits);
        Ok(Program { isolate })
    }

    /// Queues a script to be run.
    pub fn add_script(&mut self, unit: Verified) -> Result<(), StartError> {
        let queued = self.isolate.enter(|cx| {
            let realm = cx.first_realm().root(cx);
            let function = cx.script_function(unit, realm)?;
            cx.queue_task(function.any(), &[])
        });
        queued.map_err(|exit| StartError::Other(describe_exit(&mut self.isolate, exit)))
    }

    /// Queues a module to be evaluated.
    pub fn add_module(&mut self, unit: Verified, name: &str) -> Result<(), Stop> {
        let queued = self.isolate.enter(|cx| {
            let module = cx.load_unit_module(unit, name)?;
            let run = cx.library_function(library::lib::runMainModule)?;
            cx.queue_task(run.any(), &[module.any()])
        });
        queued.map_err(|exit| self.isolate.stop_of(exit))
    }

    /// Runs until nothing is left to do.
    pub fn run(&mut self) -> Result<(), Stop> {
        self.isolate.run()
    }

    /// What to tell of an uncaught exception.
    pub fn report(&mut self, stop: &Stop) -> Option<Report> {
        match stop {
            Stop::Threw { value, .. } => Some(self.isolate.report(value)),
            Stop::Ended(_) => None,
        }
    }
}

fn install_test262(cx: &mut Cx<'_>) -> Result<(), Exit> {
    let realm: Local<'_, Realm> = cx.first_realm().root(cx);
    tvm_runtime::builtins::test262::install(cx, realm).map(drop)
}

fn describe_exit(isolate: &mut Isolate, exit: Exit) -> String {
    match isolate.stop_of(exit) {
        Stop::Threw { value, .. } => isolate.report(&value).headline,
        Stop::Ended(termination) => termination.to_string(),
    }
}

/// A unit from the bytes of a `.tvm` file.
pub fn unit_of_bytes(bytes: Vec<u8>) -> Result<Verified, String> {
    let unit = Unit::parse(Arc::new(bytes)).map_err(|error| error.to_string())?;
    verify(unit, Origin::Guest).map_err(|error| error.to_string())
}

/// Compiles a source text as what it is: the unit says whether it is a script or a module.
pub fn compile(source: &str, path: &Path, kind: SourceKind, strict: bool) -> Result<Verified, StartError> {
    let name = path.to_string_lossy().into_owned();
    let typescript = is_typescript(path);
    let attempt = |goal: CompileGoal<'_>| {
        let request =
            CompileRequest { source, name: &name, goal, strict, typescript, completion_value: false };
        Compiler.compile(&request)
    };
    let refused =
        |failure: CompileFailure| StartError::Compile { name: name.clone(), failure, source: source.to_owned() };
    match kind {
        SourceKind::Script => attempt(CompileGoal::Script).map_err(refused),
        SourceKind::Module => attempt(CompileGoal::Module).map_err(refused),
        SourceKind::Guess => match path.extension().and_then(|e| e.to_str()) {
            Some("mjs" | "mts") => attempt(CompileGoal::Module).map_err(refused),
            Some("cjs" | "cts") => attempt(CompileGoal::Script).map_err(refused),
            _ => guess(source, attempt).map_err(refused),
        },
    }
}

/// A text that is no script but a module is a module; the error is that of what it looks like.
fn guess(
    source: &str,
    attempt: impl Fn(CompileGoal<'_>) -> Result<Verified, CompileFailure>,
) -> Result<Verified, CompileFailure> {
    let looks = |word: &str| source.lines().any(|line| line.trim_start().starts_with(word));
    let statement = looks("import ") || looks("import{") || looks("import\"") || looks("export ") || looks("export{");
    if statement {
        return attempt(CompileGoal::Module).or_else(|failure| attempt(CompileGoal::Script).map_err(|_| failure));
    }
    let may_be_module = ["import", "export", "await"].iter().any(|word| source.contains(word));
    attempt(CompileGoal::Script).or_else(|failure| {
        if may_be_module { attempt(CompileGoal::Module).map_err(|_| failure) } else { Err(failure) }
    })
}

/// Whether a unit holds a module.
pub fn is_module(unit: &Verified) -> bool {
    unit.entry_kind() == Some(EntryKind::Module)
}

/// The absolute path of a file, as modules are named.
pub fn full_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
