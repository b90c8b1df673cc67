//! A program: an isolate with something to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tvm_bytecode::data::EntryKind;
use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};
use tvm_jit::Jit;
use tvm_jit::listing::Watcher;
use tvm_runtime::base::exit::{Exit, Termination};
use tvm_runtime::base::tier::TierOptions;
use tvm_runtime::base::vm::{
    CompileFailure, CompileFailureKind, CompileGoal, CompileRequest, Host, Limits, SourceCompiler,
    SourceForm, Vm,
};
use tvm_runtime::builtins::process::ProcessEvent;
use tvm_runtime::fiber::{Report, Stop};
use tvm_runtime::heap::{Heap, HeapOptions, Isolate, Zeal};
use tvm_runtime::library;

use crate::compiler::Compiler;
use crate::host::is_typescript;
use crate::modules::form_of;

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
    /// The program's name, and its arguments.
    pub arguments: Vec<String>,
    /// How hot functions are compiled; `None` interprets only.
    pub tiers: Option<TierOptions>,
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
    /// A limit was passed before the program ran.
    Ended(Termination),
    /// Anything else, as it is to be told.
    Other(String),
}

/// What a source text is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceKind {
    /// What its name, its package or its text says: CommonJS, unless it is a module.
    Guess,
    /// A script, unless its text says that it is a module: code that is no file.
    GuessScript,
    /// A script.
    Script,
    /// CommonJS.
    CommonJs,
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
        vm.arguments = options.arguments;
        let mut seed = [0; 16];
        vm.host.random(&mut seed);
        vm.random = [
            u64::from_le_bytes(seed[..8].try_into().expect("8 bytes")) | 1,
            u64::from_le_bytes(seed[8..].try_into().expect("8 bytes")),
        ];
        vm.tenants = Some(Box::new(tvm_runtime::tenants::Tenancy::default()));
        let mut isolate = Isolate { heap, vm };
        let unit = Verified::embedded_library(library::UNIT)
            .map_err(|error| StartError::Other(format!("tvm's own library does not load: {error}")))?;
        let done = isolate.set_up(unit).and_then(|()| {
            isolate.enter(|cx| {
                let realm = cx.first_realm().root(cx);
                match options.test262 {
                    true => tvm_runtime::builtins::test262::install(cx, realm).map(drop),
                    false => cx.install_program_globals(realm),
                }
            })
        });
        if let Err(exit) = done {
            return Err(not_started(&mut isolate, exit));
        }
        let mut program = Program { isolate };
        if let Some(tiers) = options.tiers {
            program.compile_hot(tiers)?;
        }
        let isolate = &mut program.isolate;
        isolate.heap.set_zeal(options.zeal);
        let limits = isolate.vm.limits;
        isolate.vm.restart_meter(&limits);
        Ok(program)
    }

    /// Compiles hot functions to machine code from now on. A snapshot holds none: what is resumed is told anew.
    pub fn compile_hot(&mut self, options: TierOptions) -> Result<(), StartError> {
        self.compile_hot_by(Jit::new(), options)
    }

    /// The same, and `watcher` is told of all that is compiled: [`tvm_jit::perf::Profiler`] is one.
    pub fn compile_hot_watched(
        &mut self,
        options: TierOptions,
        watcher: Arc<dyn Watcher>,
    ) -> Result<(), StartError> {
        self.compile_hot_by(Jit::watched(watcher), options)
    }

    fn compile_hot_by(&mut self, jit: Result<Jit, String>, options: TierOptions) -> Result<(), StartError> {
        let jit = jit.map_err(|error| StartError::Other(format!("cannot set up the compiler: {error}")))?;
        self.isolate.set_tiers(Arc::new(jit), options);
        Ok(())
    }

    /// As [`compile`], within this program's limit of time, and until it is interrupted.
    pub fn compile(
        &mut self,
        source: &str,
        path: &Path,
        kind: SourceKind,
        strict: bool,
    ) -> Result<Verified, StartError> {
        let stop = self.isolate.vm.stop_condition();
        let compiled = compile_until(Some(&stop), source, path, kind, strict);
        match compiled {
            Err(StartError::Compile { failure, .. }) if failure.kind == CompileFailureKind::Stopped => {
                self.isolate.vm.poll(false).map_err(|exit| not_started(&mut self.isolate, exit))?;
                Err(StartError::Other(failure.message))
            }
            compiled => compiled,
        }
    }

    /// Queues a script to be run.
    pub fn add_script(&mut self, unit: Verified) -> Result<(), StartError> {
        if unit.entry_kind() != Some(EntryKind::Script) {
            return Err(StartError::Other(
                "the unit holds neither a script nor a module: there is nothing to run".to_owned(),
            ));
        }
        let queued = self.isolate.enter(|cx| {
            let realm = cx.first_realm().root(cx);
            let function = cx.script_function(unit, realm)?;
            cx.queue_task(function.any(), &[])
        });
        queued.map_err(|exit| not_started(&mut self.isolate, exit))
    }

    /// Queues a module to be evaluated.
    pub fn add_module(&mut self, unit: Verified, name: &str) -> Result<(), Stop> {
        if self.isolate.vm.directory.is_empty() {
            self.begin_in(Path::new(name).parent().unwrap_or(Path::new(".")));
        }
        let queued = self.isolate.enter(|cx| {
            let module = cx.load_unit_module(unit, name)?;
            let run = cx.library_function(library::lib::runMainModule)?;
            cx.queue_task(run.any(), &[module.any()])
        });
        queued.map_err(|exit| self.isolate.stop_of(exit))
    }

    /// Says which directory the program's main file lies in: modules in its package are its own, which it may load.
    pub fn begin_in(&mut self, directory: &Path) {
        let directory = full_path(directory).to_string_lossy().into_owned();
        self.isolate.vm.host.begin_program(&directory);
        self.isolate.vm.directory = directory;
    }

    /// Gives scripts that are no files `require`, `module`, `exports`, `__filename` and `__dirname` as globals.
    pub fn install_require(&mut self, name: &str) -> Result<(), StartError> {
        let queued = self.isolate.enter(|cx| {
            let install = cx.library_function(library::lib::installEvalGlobals)?;
            let name = cx.text_value(name)?;
            cx.queue_task(install.any(), &[name])
        });
        queued.map_err(|exit| not_started(&mut self.isolate, exit))?;
        self.isolate.run_ready().map_err(|stop| match stop {
            Stop::Ended(termination) => StartError::Ended(termination),
            Stop::Threw { value, .. } => StartError::Other(self.isolate.report(&value).headline),
        })
    }

    /// Runs until nothing is left to do. What nobody caught goes to the program's own handlers, where it has some.
    pub fn run(&mut self) -> Result<(), Stop> {
        loop {
            match self.isolate.run() {
                Ok(()) if !self.tell(ProcessEvent::BeforeExit)? => break,
                Ok(()) => {}
                Err(Stop::Threw { value, in_promise }) if self.isolate.hears(ProcessEvent::Uncaught) => {
                    self.isolate.emit_uncaught(&value, in_promise)?;
                }
                Err(stop) => return Err(stop),
            }
        }
        self.tell(ProcessEvent::Exit).map(drop)
    }

    /// Runs the program's handlers of its exit, behind an exception that nobody caught.
    pub fn exit_after_error(&mut self) -> Result<(), Stop> {
        self.isolate.vm.exit_code = 1;
        self.tell(ProcessEvent::Exit).map(drop)
    }

    /// Emits an event of `process` and runs what follows at once; whether there is more to do then.
    fn tell(&mut self, event: ProcessEvent) -> Result<bool, Stop> {
        if !self.isolate.hears(event) {
            return Ok(false);
        }
        self.isolate.emit(event)?;
        self.isolate.run_ready()?;
        Ok(self.isolate.waits())
    }

    /// Makes Ctrl-C stop the program at its next poll; a second one ends the process at once.
    pub fn stop_at_interrupt(&self) {
        let flag = self.isolate.vm.interrupt_flag();
        let signal = signal_hook::consts::SIGINT;
        // Without the handlers Ctrl-C still ends the process: that is what signals do.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag));
        let _ = signal_hook::flag::register(signal, flag);
    }

    /// The exit status of a program that ran to its end.
    pub fn exit_status(&self) -> u8 {
        self.isolate.vm.exit_code as u8
    }

    /// Where a program that ran to its end waits still, at top-level awaits for what will not come: file, line, column.
    pub fn unsettled_awaits(&mut self) -> Vec<(String, u32, u32)> {
        self.isolate.enter(|cx| cx.unsettled_awaits().unwrap_or_default())
    }

    /// The source text of a file that stack traces name, as its unit keeps it; none where different texts go by that
    /// name, as scripts of `vm` may.
    pub fn source_of(&self, name: &str) -> Option<String> {
        let mut found: Option<&[u8]> = None;
        for unit in &self.isolate.vm.units {
            for index in 0..unit.source_count() {
                if unit.text(unit.source_name(index)).to_text().to_string() != name {
                    continue;
                }
                let text = unit.source_bytes(index);
                if found.is_some_and(|found| found != text) {
                    return None;
                }
                found = Some(text);
            }
        }
        found.filter(|text| !text.is_empty()).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// What to tell of an uncaught exception.
    pub fn report(&mut self, stop: &Stop) -> Option<Report> {
        match stop {
            Stop::Threw { value, .. } => Some(self.isolate.report(value)),
            Stop::Ended(_) => None,
        }
    }
}

fn not_started(isolate: &mut Isolate, exit: Exit) -> StartError {
    match isolate.stop_of(exit) {
        Stop::Threw { value, .. } => StartError::Other(isolate.report(&value).headline),
        Stop::Ended(termination) => StartError::Ended(termination),
    }
}

/// A unit from the bytes of a `.tvm` file.
pub fn unit_of_bytes(bytes: Vec<u8>) -> Result<Verified, String> {
    let unit = Unit::parse(Arc::new(bytes)).map_err(|error| error.to_string())?;
    verify(unit, Origin::Guest).map_err(|error| error.to_string())
}

/// Bytes of a file by which it is told what it is.
const START_BYTES: u64 = 512;

/// Whether a file holds bytecode. What is neither that nor source text is an error that says so: a snapshot, a file
/// that is named as bytecode and is none, something binary.
pub fn is_bytecode(path: &Path) -> std::io::Result<bool> {
    use std::io::Read;
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(START_BYTES).read_to_end(&mut start)?;
    refuse_snapshot(&start).map_err(std::io::Error::other)?;
    if start.starts_with(&tvm_bytecode::MAGIC) {
        return Ok(true);
    }
    if path.extension().is_some_and(|extension| extension == "tvm") {
        return Err(std::io::Error::other("it does not begin as a .tvm file does"));
    }
    refuse_binary(&start).map_err(std::io::Error::other)?;
    Ok(false)
}

/// Says of bytes that are no source text what they are.
pub fn refuse_binary(bytes: &[u8]) -> Result<(), &'static str> {
    refuse_snapshot(bytes)?;
    let start = &bytes[..bytes.len().min(START_BYTES as usize)];
    let is_text = std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true);
    match !is_text && start.contains(&0) {
        true => Err("it is binary: neither source text in UTF-8 nor bytecode"),
        false => Ok(()),
    }
}

/// Says of a snapshot's bytes what they are.
fn refuse_snapshot(bytes: &[u8]) -> Result<(), &'static str> {
    match bytes.starts_with(&tvm_runtime::snapshot::MAGIC) {
        true => Err("it is a snapshot: `tvm resume` goes on with it"),
        false => Ok(()),
    }
}

/// A `.tvm` file as a unit, mapped: its code is not copied.
pub fn map_unit(path: &Path) -> Result<Verified, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // SAFETY: the mapping is private and read-only. Whoever changes the file while it runs can make the program fail:
    // such files belong to the one who starts the program, as its executable does.
    #[allow(unsafe_code)]
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|error| error.to_string())?;
    let unit = Unit::parse(Arc::new(map)).map_err(|error| error.to_string())?;
    verify(unit, Origin::Guest).map_err(|error| error.to_string())
}

/// Compiles a source text as what it is: the unit says whether it is a script or a module.
pub fn compile(source: &str, path: &Path, kind: SourceKind, strict: bool) -> Result<Verified, StartError> {
    compile_until(None, source, path, kind, strict)
}

fn compile_until(
    stop: Option<&dyn Fn() -> bool>,
    source: &str,
    path: &Path,
    kind: SourceKind,
    strict: bool,
) -> Result<Verified, StartError> {
    let name = path.to_string_lossy().into_owned();
    let typescript = is_typescript(path);
    let attempt = |goal: CompileGoal<'_>| {
        let request = CompileRequest { strict, typescript, stop, ..CompileRequest::new(source, &name, goal) };
        Compiler.compile(&request)
    };
    let refused = |failure: CompileFailure| StartError::Compile {
        name: name.clone(),
        failure,
        source: source.to_owned(),
    };
    by_kind(source, path, kind, |kind| {
        attempt(match kind {
            SourceKind::Module => CompileGoal::Module,
            SourceKind::CommonJs => CompileGoal::CommonJs,
            _ => CompileGoal::Script,
        })
    })
    .map_err(refused)
}

/// Compiles a text as what it is said to be, or by its name, its package and its text. `compile` is given no guesses.
pub fn by_kind<T>(
    source: &str,
    path: &Path,
    kind: SourceKind,
    compile: impl Fn(SourceKind) -> Result<T, CompileFailure>,
) -> Result<T, CompileFailure> {
    let module = || compile(SourceKind::Module);
    match kind {
        SourceKind::Guess => match form_of(path) {
            SourceForm::Module => module(),
            SourceForm::CommonJs => compile(SourceKind::CommonJs),
            SourceForm::Detect => guess(source, || compile(SourceKind::CommonJs), module),
        },
        SourceKind::GuessScript => guess(source, || compile(SourceKind::Script), module),
        kind => compile(kind),
    }
}

/// A text that is no script but a module is a module; the error is that of what it looks like.
pub(crate) fn guess<T>(
    source: &str,
    script: impl Fn() -> Result<T, CompileFailure>,
    module: impl Fn() -> Result<T, CompileFailure>,
) -> Result<T, CompileFailure> {
    const STARTS: [&str; 7] = ["import ", "import{", "import\"", "import'", "export ", "export{", "export*"];
    if source.lines().any(|line| STARTS.iter().any(|start| line.starts_with(start))) {
        return module().or_else(|failure| script().map_err(|_| failure));
    }
    let may_be_module = ["import", "export", "await"].iter().any(|word| source.contains(word));
    script().or_else(|failure| if may_be_module { module().map_err(|_| failure) } else { Err(failure) })
}

/// Whether a unit holds a module.
pub fn is_module(unit: &Verified) -> bool {
    unit.entry_kind() == Some(EntryKind::Module)
}

/// The absolute path of a file, as modules are named.
pub fn full_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
