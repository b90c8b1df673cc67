//! The parts of an isolate that are no heap: code tables, limits, the host, flags from other threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tvm_bytecode::Verified;
use tvm_bytecode::data::ErrorKind;

use super::exit::{Exit, Termination};
use super::files::{FileFailure, FileReply, FileRequest};
use super::limits;
use super::tenants::{Seat, Tenants};
use super::tier::{EnterCode, Tiers, no_code};

/// A function's code, as the interpreter enters it.
#[derive(Clone, Copy)]
pub struct CodeEntry {
    /// First instruction.
    pub start: *const u8,
    /// Bytes of code.
    pub bytes: u32,
    /// It catches exceptions somewhere.
    pub has_handlers: bool,
    /// Unit in [`Vm::units`].
    pub unit: u32,
    /// Function in the unit.
    pub function: u32,
    /// Machine code that is entered instead; null where there is none.
    pub compiled: *const u8,
    /// Calls that compiled code made to it while it had none.
    pub calls: u32,
}

impl CodeEntry {
    /// Of a function of the unit with a number.
    pub fn new(unit: &Verified, number: u32, function: u32) -> CodeEntry {
        let record = unit.function(function);
        let code = unit.code(&record);
        CodeEntry {
            start: code.as_ptr(),
            bytes: code.len() as u32,
            has_handlers: record.handler_count > 0,
            unit: number,
            function,
            compiled: std::ptr::null(),
            calls: 0,
        }
    }
}

/// What the guest may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of heap.
    pub heap_bytes: usize,
    /// Bytes of stack.
    pub stack_bytes: usize,
    /// Wall time.
    pub time: Option<Duration>,
    /// Fuel: loop iterations, calls, and builtin work.
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            heap_bytes: limits::HEAP_BYTES,
            stack_bytes: limits::STACK_SLOTS as usize * 8,
            time: None,
            fuel: None,
        }
    }
}

/// Counts work, and says when to stop.
///
/// `budget` is what is left of the current slice; the interpreter takes one unit for each backward jump and call, and
/// asks [`Vm::poll`] when it is used up.
pub struct Meter {
    /// Units left in the slice.
    pub budget: i64,
    /// Units of the slice when it began.
    slice: i64,
    /// Units used in earlier slices.
    used: u64,
    fuel_limit: Option<u64>,
    deadline: Option<Instant>,
    time_limit: Duration,
    /// Stop for a snapshot after this many units.
    pub snapshot_after: Option<u64>,
    /// Units of a slice where nothing else bounds it.
    pub slice_units: i64,
}

impl Meter {
    fn new(limits: &Limits) -> Meter {
        let mut meter = Meter {
            budget: 0,
            slice: 0,
            used: 0,
            fuel_limit: limits.fuel,
            deadline: limits.time.map(|time| Instant::now() + time),
            time_limit: limits.time.unwrap_or_default(),
            snapshot_after: None,
            slice_units: limits::POLL_SLICE,
        };
        meter.next_slice();
        meter
    }

    /// Units used so far.
    pub fn used(&self) -> u64 {
        self.used + (self.slice - self.budget).max(0) as u64
    }

    /// Whether the limit leaves so many units.
    pub fn allows(&self, units: u64) -> bool {
        self.fuel_limit.is_none_or(|limit| units <= limit.saturating_sub(self.used()))
    }

    /// Sets the units used so far: for a resumed snapshot.
    pub fn set_used(&mut self, used: u64) {
        self.used = used;
        self.slice = self.budget;
        self.next_slice();
    }

    /// Units that the limit leaves.
    pub fn left(&self) -> Option<u64> {
        self.fuel_limit.map(|limit| limit.saturating_sub(self.used()))
    }

    /// Sets other bounds; what was used stays.
    pub fn set_bounds(&mut self, fuel: Option<u64>, deadline: Option<(Instant, Duration)>) {
        self.fuel_limit = fuel;
        self.deadline = deadline.map(|(at, _)| at);
        self.time_limit = deadline.map(|(_, time)| time).unwrap_or_default();
        self.next_slice();
    }

    /// Has the next safepoint stop the program, which can go on then.
    pub fn pause_soon(&mut self) {
        self.snapshot_after = Some(0);
        self.next_slice();
    }

    /// Books the slice and begins the next.
    pub fn next_slice(&mut self) {
        self.used = self.used();
        let mut slice = self.slice_units;
        for bound in [self.fuel_limit, self.snapshot_after].into_iter().flatten() {
            let left = i64::try_from(bound.saturating_sub(self.used)).unwrap_or(i64::MAX);
            slice = slice.min(left);
        }
        self.slice = slice;
        self.budget = slice;
    }
}

/// Where files, clocks and the like come from: the only way out.
pub trait Host {
    /// Writes to standard output.
    fn write_stdout(&mut self, bytes: &[u8]);
    /// Writes to standard error.
    fn write_stderr(&mut self, bytes: &[u8]);
    /// Whether standard output, or standard error, is a terminal that shows colours.
    fn has_colors(&mut self, error: bool) -> bool {
        let _ = error;
        false
    }
    /// Milliseconds since the Unix epoch.
    fn now_ms(&mut self) -> f64;
    /// Milliseconds since the program started.
    fn monotonic_ms(&mut self) -> f64;
    /// Fills with randomness.
    fn random(&mut self, bytes: &mut [u8]);
    /// Waits.
    fn sleep(&mut self, time: Duration);
    /// Offset of local time from UTC at a time of the epoch, in milliseconds; `is_utc` where the time is UTC.
    fn local_offset_ms(&mut self, time_ms: f64, is_utc: bool) -> f64;
    /// Name of the local time zone.
    fn time_zone(&mut self) -> String;
    /// Finds a module: gives its full name.
    fn resolve_module(
        &mut self,
        specifier: &str,
        referrer: &str,
        by: ModuleUse,
    ) -> Result<String, ModuleFailure>;
    /// Reads a module's text.
    fn load_module(
        &mut self,
        name: &str,
        attribute: Option<&str>,
        by: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure>;
    /// Is told where the program that is about to run lies: modules in its package are its own.
    fn begin_program(&mut self, directory: &str) {
        let _ = directory;
    }
    /// Reads, writes or changes files.
    fn file(&mut self, request: FileRequest<'_>) -> Result<FileReply, FileFailure> {
        let _ = request;
        Err(FileFailure::Denied("this program runs without access to files".to_owned()))
    }
    /// The variables of the environment that the program may see.
    fn environment(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// A host for an isolate that the program makes: it has clocks and randomness, and nothing of what is granted. None
    /// where there are to be no such isolates.
    fn for_tenant(&mut self) -> Option<Box<dyn Host + Send>> {
        None
    }
    /// The directory that relative paths start from.
    fn current_directory(&mut self) -> String {
        "/".to_owned()
    }
}

/// How a module is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleUse {
    /// By `import`.
    Import,
    /// By `require`.
    Require,
}

/// Why a module could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFailure {
    /// Node's code for it; none where it has none.
    pub code: Option<&'static str>,
    /// Whether it is a TypeError.
    pub is_type_error: bool,
    /// What is wrong.
    pub message: String,
}

impl ModuleFailure {
    /// An Error with a code.
    pub fn new(code: &'static str, message: impl Into<String>) -> ModuleFailure {
        ModuleFailure { code: Some(code), is_type_error: false, message: message.into() }
    }

    /// A TypeError with a code.
    pub fn type_error(code: &'static str, message: impl Into<String>) -> ModuleFailure {
        ModuleFailure { is_type_error: true, ..ModuleFailure::new(code, message) }
    }

    /// A TypeError without a code.
    pub fn plain(message: impl Into<String>) -> ModuleFailure {
        ModuleFailure { code: None, is_type_error: true, message: message.into() }
    }
}

/// What a source text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceForm {
    /// An ECMAScript module.
    Module,
    /// CommonJS.
    CommonJs,
    /// CommonJS, unless only a module has such syntax.
    Detect,
}

/// A module's content.
pub enum ModuleText {
    /// ECMAScript or TypeScript source.
    Source {
        /// The text.
        text: String,
        /// Whether it is TypeScript.
        typescript: bool,
        /// What it is.
        form: SourceForm,
    },
    /// JSON.
    Json(String),
    /// Plain text.
    Text(String),
    /// Bytecode.
    Unit(Verified),
}

/// What is to be compiled at run time.
pub enum CompileGoal<'a> {
    /// A script.
    Script,
    /// A module.
    Module,
    /// A CommonJS module.
    CommonJs,
    /// A CommonJS module, or a module where only that has such syntax.
    CommonJsOrModule,
    /// Direct eval in a scope of a unit.
    Eval {
        /// The calling unit.
        unit: &'a Verified,
        /// Layout of the scope.
        scope: u32,
        /// Flags of the context.
        flags: u32,
    },
    /// Indirect eval.
    Indirect,
    /// The text of one dynamic function, as a script's only declaration.
    Function,
}

/// A request to compile source text.
pub struct CompileRequest<'a> {
    /// The text.
    pub source: &'a str,
    /// What stack traces call it.
    pub name: &'a str,
    /// What to make of it.
    pub goal: CompileGoal<'a>,
    /// Strict from the start.
    pub strict: bool,
    /// The text is TypeScript.
    pub typescript: bool,
    /// A script returns its completion value.
    pub completion_value: bool,
    /// What is added to the lines, and to the columns of the first line, that positions in the text have.
    pub offset: [i32; 2],
    /// Characters of the text that stand for lone surrogates.
    pub surrogates: &'a [(char, u16)],
    /// Whether to give up: asked now and then while a large text is compiled.
    pub stop: Option<&'a dyn Fn() -> bool>,
}

impl<'a> CompileRequest<'a> {
    /// Plain sloppy JavaScript.
    pub fn new(source: &'a str, name: &'a str, goal: CompileGoal<'a>) -> Self {
        CompileRequest {
            source,
            name,
            goal,
            strict: false,
            typescript: false,
            completion_value: false,
            offset: [0, 0],
            surrogates: &[],
            stop: None,
        }
    }
}

/// Why source text was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileFailure {
    /// What is wrong.
    pub message: String,
    /// Line from 1, 0 for none.
    pub line: u32,
    /// Column from 1.
    pub column: u32,
    /// What kind of refusal it is.
    pub kind: CompileFailureKind,
}

/// What kind of refusal a [`CompileFailure`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompileFailureKind {
    /// A SyntaxError.
    Syntax,
    /// A limit of the compiler: a RangeError.
    Limit,
    /// [`CompileRequest::stop`] said so.
    Stopped,
}

impl CompileFailureKind {
    /// The kind of error that the program sees.
    pub fn error_kind(self) -> ErrorKind {
        match self {
            CompileFailureKind::Syntax => ErrorKind::SyntaxError,
            CompileFailureKind::Limit | CompileFailureKind::Stopped => ErrorKind::RangeError,
        }
    }
}

/// Compiles source text; an isolate without one runs bytecode only.
pub trait SourceCompiler {
    /// Source to a verified unit.
    fn compile(&self, request: &CompileRequest<'_>) -> Result<Verified, CompileFailure>;

    /// Whether a text is syntax of its kind; what only an analysis would find may pass.
    fn check(&self, request: &CompileRequest<'_>) -> Result<(), CompileFailure> {
        self.compile(request).map(drop)
    }
}

/// The parts of an isolate that are no heap.
pub struct Vm {
    /// Units whose functions may be called; number 0 is tvm's own library.
    pub units: Vec<Verified>,
    /// Functions that were linked, by number.
    pub codes: Vec<CodeEntry>,
    /// Numbers in `codes` whose functions are gone.
    pub free_codes: Vec<u32>,
    /// Compiled regular expressions by number; 0 is never used.
    pub regexps: RegExps,
    /// Counts work.
    pub meter: Meter,
    /// Limits in force.
    pub limits: Limits,
    /// The outside.
    pub host: Box<dyn Host>,
    /// Compiles source.
    pub compiler: Option<Arc<dyn SourceCompiler + Send + Sync>>,
    /// Set from other threads to stop the program.
    interrupt: Arc<AtomicBool>,
    termination: Option<Termination>,
    /// Slot of the innermost frame's receiver, as of the last call into a slow path.
    pub frame: u32,
    /// State of `Math.random`.
    pub random: [u64; 2],
    /// Hash of the next symbol or object that needs one.
    pub next_hash: u32,
    /// What the host's clock is behind the program's, after a resumption.
    clock_offset_ms: f64,
    /// Where the exception under way was thrown: unit, function, code offset.
    pub thrown_at: Option<(u32, u32, u32)>,
    /// The same of the last exception that became a promise's rejection and is no Error, which knows by itself.
    pub rejected_at: Option<(u32, u32, u32)>,
    /// The program's name, and its arguments.
    pub arguments: Vec<String>,
    /// The directory that the program's main file lies in.
    pub directory: String,
    /// When the first timer of the running task was set: those of one task count from one time, as in Node, so that
    /// their order is that of their delays.
    pub turn_ms: Option<f64>,
    /// Promise jobs are being run: callbacks of `process.nextTick` wait until there are none.
    pub in_jobs: bool,
    /// Exit status of a program that runs to its end.
    pub exit_code: i32,
    /// Number of the next timer.
    pub next_timer: u64,
    /// Number of the next module that becomes asynchronous.
    pub next_order: u64,
    /// Native frames that stand between guest frames: suspension waits while there are any.
    pub native_depth: u32,
    /// Whether some prototype may have indexed properties: reads of holes must look.
    pub indexed_prototypes: bool,
    /// Whether some object got a `Symbol.hasInstance` of its own: then `instanceof` must look for it.
    pub instance_checks: bool,
    /// First free slot of the stack while no frame is on it.
    pub base_top: u32,
    /// Rejections that nobody handles are no errors: for the conformance suite.
    pub ignore_rejections: bool,
    /// Scripts may declare global names again, as in a REPL.
    pub redeclares: bool,
    /// Contexts were made: there may be code that is trusted less than other code.
    pub contexts: bool,
    /// Units of scripts that were compiled at run time, by hash of text, name and place.
    pub scripts: rustc_hash::FxHashMap<[u8; 32], u32>,
    /// Time limits of parts of the program, outermost first: see [`Deadline`].
    pub deadlines: Vec<Deadline>,
    /// Number of the next domain of trust.
    pub next_domain: u32,
    /// Number of a realm that is being set up: it counts as the running one.
    pub setting_up: Option<u32>,
    /// Number of the realm for which the embedder does something while nothing runs: it counts as the running one.
    pub entered: Option<u32>,
    /// Bytes that may still be written to the console, and how many that were; none where there is no limit.
    pub output_left: Option<(usize, usize)>,
    /// Compiled code's last poll: 1 where it must leave.
    pub poll_status: u64,
    /// What the runtime answered last to compiled code that asked with all its registers kept.
    pub answer: u64,
    /// Address of `codes`, for compiled code.
    pub codes_at: *const CodeEntry,
    /// The compiler's way into its code.
    pub enter_code: EnterCode,
    /// Native stack pointers below this one are too deep for compiled code.
    pub native_limit: u64,
    /// The tiers above the interpreter, where there are any.
    pub tiers: Option<Box<Tiers>>,
    /// Isolates that the program makes; none where it may not.
    pub tenants: Option<Box<dyn Tenants>>,
    /// The isolate is one of those.
    pub seat: Option<Box<Seat>>,
    /// Says that the isolate for which this one runs is to stop.
    pub outer_stop: Option<OuterStop>,
}

/// Asked whether to stop.
pub type OuterStop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Until when what a frame calls may run. Passing it leaves all frames above that one, whatever they catch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Deadline {
    /// Slot of the frame's receiver.
    pub frame: u32,
    /// By [`Vm::monotonic_ms`].
    pub at_ms: f64,
    /// It was passed.
    pub over: bool,
}

/// A regular expression that was asked for.
#[derive(Clone)]
pub struct RecentRegExp {
    /// Its pattern.
    pub pattern: Vec<u16>,
    /// Its flags.
    pub flags: Vec<u16>,
    /// Number of its program.
    pub number: u32,
}

/// Compiled regular expressions, rebuilt as needed.
#[derive(Default)]
pub struct RegExps {
    /// Programs by number.
    pub programs: Vec<Option<Arc<tvm_regexp::Program>>>,
    /// Numbers by pattern and flags.
    pub known: rustc_hash::FxHashMap<(Vec<u16>, String), u32>,
    /// Some of those that were asked for last, by hash.
    pub recent: Vec<Option<RecentRegExp>>,
    /// Code units of all these patterns.
    pub pattern_units: usize,
    /// Counts how often the programs were dropped to make room; numbers carry it in their upper half.
    pub generation: u32,
    /// Memory of matches, kept between them.
    pub scratch: Option<Box<tvm_regexp::Scratch>>,
}

impl Vm {
    /// Adds a function's code to the table.
    pub fn add_code(&mut self, entry: CodeEntry) {
        self.codes.push(entry);
        self.codes_at = self.codes.as_ptr();
    }

    /// A new isolate's.
    pub fn new(
        limits: Limits,
        host: Box<dyn Host>,
        compiler: Option<Arc<dyn SourceCompiler + Send + Sync>>,
    ) -> Vm {
        let meter = Meter::new(&limits);
        Vm {
            units: Vec::new(),
            codes: Vec::new(),
            free_codes: Vec::new(),
            regexps: RegExps { programs: vec![None], ..RegExps::default() },
            meter,
            limits,
            host,
            compiler,
            interrupt: Arc::default(),
            termination: None,
            frame: 0,
            random: [0; 2],
            next_hash: 1,
            clock_offset_ms: 0.0,
            thrown_at: None,
            rejected_at: None,
            arguments: Vec::new(),
            directory: String::new(),
            turn_ms: None,
            in_jobs: false,
            exit_code: 0,
            next_timer: 1,
            next_order: 1,
            native_depth: 0,
            indexed_prototypes: false,
            instance_checks: false,
            base_top: 0,
            ignore_rejections: false,
            redeclares: false,
            contexts: false,
            scripts: rustc_hash::FxHashMap::default(),
            deadlines: Vec::new(),
            next_domain: 1,
            setting_up: None,
            entered: None,
            output_left: None,
            poll_status: 0,
            answer: 0,
            codes_at: std::ptr::null(),
            enter_code: no_code,
            native_limit: 0,
            tiers: None,
            tenants: None,
            seat: None,
            outer_stop: None,
        }
    }

    /// A flag that stops the program when it is set, from any thread.
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupt)
    }

    /// Starts the clocks again: for a program that was set up before its time should count.
    pub fn restart_meter(&mut self, limits: &Limits) {
        let (snapshot_after, slice_units) = (self.meter.snapshot_after, self.meter.slice_units);
        self.limits = *limits;
        self.meter = Meter::new(limits);
        self.meter.snapshot_after = snapshot_after;
        self.meter.slice_units = slice_units;
        self.meter.next_slice();
    }

    /// Bounds the time of what a frame calls.
    pub fn arm_deadline(&mut self, frame: u32, at_ms: f64) {
        // Those of frames that are gone.
        self.deadlines.retain(|deadline| deadline.frame < frame);
        self.deadlines.push(Deadline { frame, at_ms, over: false });
    }

    /// Ends that; whether the time was over.
    pub fn disarm_deadline(&mut self, frame: u32) -> bool {
        let over = self.deadlines.iter().any(|deadline| deadline.frame == frame && deadline.over);
        self.deadlines.retain(|deadline| deadline.frame < frame);
        over
    }

    /// The outermost frame whose time is over.
    fn overdue(&mut self) -> Option<u32> {
        if self.deadlines.is_empty() {
            return None;
        }
        let now = self.monotonic_ms();
        let late = self.deadlines.iter_mut().find(|deadline| now >= deadline.at_ms)?;
        late.over = true;
        Some(late.frame)
    }

    /// Ends the program.
    pub fn terminate(&mut self, reason: Termination) -> Exit {
        if self.termination.is_none() {
            self.termination = Some(reason);
        }
        Exit::Terminate
    }

    /// The frame whose time is over, where that is why the program was ended.
    pub fn take_overdue(&mut self) -> Option<u32> {
        let Some(Termination::Overdue { frame }) = self.termination else { return None };
        self.termination = None;
        Some(frame)
    }

    /// Why the program was ended, once.
    pub fn take_termination(&mut self) -> Option<Termination> {
        self.termination.take()
    }

    /// Milliseconds since the program started, those before it was resumed from a snapshot included.
    pub fn monotonic_ms(&mut self) -> f64 {
        self.host.monotonic_ms() + self.clock_offset_ms
    }

    /// Sets what [`Vm::monotonic_ms`] counts on from.
    pub fn set_monotonic_ms(&mut self, now: f64) {
        self.clock_offset_ms = now - self.host.monotonic_ms();
    }

    /// Whether [`Vm::poll`] would end the program for its time or by request, for where the isolate is out of reach.
    pub fn stop_condition(&mut self) -> impl Fn() -> bool + use<> {
        let (interrupt, deadline) = (Arc::clone(&self.interrupt), self.meter.deadline);
        let now = self.monotonic_ms();
        let left = self.deadlines.iter().map(|deadline| deadline.at_ms - now).reduce(f64::min);
        let outer = self.outer_stop.clone();
        let own = left.map(|left| Instant::now() + Duration::from_secs_f64(left.clamp(0.0, 1e9) / 1000.0));
        let deadline = [deadline, own].into_iter().flatten().min();
        move || {
            interrupt.load(Ordering::Relaxed)
                || deadline.is_some_and(|deadline| Instant::now() >= deadline)
                || outer.as_ref().is_some_and(|stop| stop())
        }
    }

    /// Takes `units` of work done by a builtin.
    #[inline]
    pub fn spend(&mut self, units: u64) -> Result<(), Exit> {
        self.meter.budget -= units as i64;
        if self.meter.budget < 0 { self.poll(false) } else { Ok(()) }
    }

    /// The slice is used up: looks at limits and interrupts, and begins the next slice. At a safepoint, where frames
    /// say everything, it also stops for a snapshot; elsewhere that waits for the next safepoint.
    #[cold]
    pub fn poll(&mut self, safepoint: bool) -> Result<(), Exit> {
        let used = self.meter.used();
        let outer_stops = self.outer_stop.as_ref().is_some_and(|stop| stop());
        if outer_stops || self.interrupt.load(Ordering::Relaxed) {
            return Err(self.terminate(Termination::Interrupted));
        }
        if let Some(limit) = self.meter.fuel_limit
            && used > limit
        {
            return Err(self.terminate(Termination::Fuel { limit }));
        }
        if self.meter.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let limit_ms = self.meter.time_limit.as_millis() as u64;
            return Err(self.terminate(Termination::Time { limit_ms }));
        }
        if let Some(frame) = self.overdue() {
            return Err(self.terminate(Termination::Overdue { frame }));
        }
        let snapshot = self.meter.snapshot_after.is_some_and(|after| used >= after);
        if snapshot && safepoint && self.native_depth == 0 {
            self.meter.snapshot_after = None;
            self.meter.next_slice();
            return Err(self.terminate(Termination::Snapshot));
        }
        if let Some(tiers) = &mut self.tiers {
            self.meter.slice_units = tiers.slice();
        }
        self.meter.next_slice();
        if snapshot {
            self.meter.budget = 0;
        }
        Ok(())
    }
}
