//! Isolates: heaps of their own with limits of their own, and how they are set up.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tvm_runtime::base::vm::{Host, Limits};
use tvm_runtime::heap::Zeal;
use tvm_runtime::heap::cells::List;
use tvm_runtime::heap::parcel::Parcel;
use tvm_runtime::heap::roots::Root;
use tvm_runtime::snapshot::{self, Trust};

use super::completer::Completer;
use super::context::Context;
use super::core::Core;
use super::engine::Engine;
use super::error::{Error, Result};
use super::function::{Arguments, HostError, HostFunction};
use super::outside::{ModuleLoader, Output, Outside, Stream};
use super::shared::{InterruptHandle, Shared};
use super::value::Value;
use crate::compiler::Compiler;
use crate::{Grants, SystemHost};

/// Bytes of heap where no limit is given.
const HEAP_BYTES: usize = 512 << 20;
/// Number of the realm that an isolate has from the start.
const MAIN: u32 = 0;

/// Options for an isolate. By default a program computes: it has clocks, randomness and timers, 512 MiB of heap, and
/// nothing of files, environment or modules; what it writes to its console is dropped.
pub struct IsolateBuilder {
    engine: Engine,
    limits: Limits,
    output_bytes: Option<usize>,
    grants: Option<Grants>,
    host: Option<Box<dyn Host + Send>>,
    modules: Option<Box<dyn ModuleLoader>>,
    output: Option<Output>,
    directory: Option<PathBuf>,
    reports_rejections: bool,
    moves: bool,
}

impl IsolateBuilder {
    pub(crate) fn new(engine: Engine) -> IsolateBuilder {
        IsolateBuilder {
            engine,
            limits: Limits { heap_bytes: HEAP_BYTES, ..Limits::default() },
            output_bytes: None,
            grants: None,
            host: None,
            modules: None,
            output: None,
            directory: None,
            reports_rejections: false,
            moves: false,
        }
    }

    /// All limits but that of output at once. The time is that of each call from outside.
    pub fn limits(mut self, limits: Limits) -> IsolateBuilder {
        self.limits = limits;
        self
    }

    /// Most bytes of memory, at least 4 MiB: heap, buffers and machine code.
    pub fn heap_bytes(mut self, bytes: usize) -> IsolateBuilder {
        self.limits.heap_bytes = bytes;
        self
    }

    /// Most bytes of stack; passing it is a RangeError that the program can catch.
    pub fn stack_bytes(mut self, bytes: usize) -> IsolateBuilder {
        self.limits.stack_bytes = bytes;
        self
    }

    /// Most fuel over the isolate's life: loop iterations, calls, and builtin work. The same program uses the same on
    /// every machine. See [`Isolate::set_fuel`].
    pub fn fuel(mut self, units: u64) -> IsolateBuilder {
        self.limits.fuel = Some(units);
        self
    }

    /// Most wall time of each call from outside, waiting included.
    pub fn time(mut self, time: Duration) -> IsolateBuilder {
        self.limits.time = Some(time);
        self
    }

    /// Most bytes that the program may write to its console, over the isolate's life.
    pub fn output_bytes(mut self, bytes: usize) -> IsolateBuilder {
        self.output_bytes = Some(bytes);
        self
    }

    /// What the program may reach of files and environment, by `node:fs` and the like.
    pub fn grants(mut self, grants: Grants) -> IsolateBuilder {
        self.grants = Some(grants);
        self
    }

    /// An outside of one's own: clocks, randomness, files. What the program writes goes there, unless it is said to go
    /// elsewhere. Takes the place of grants.
    pub fn host(mut self, host: impl Host + Send + 'static) -> IsolateBuilder {
        self.host = Some(Box::new(host));
        self
    }

    /// What `import` means, instead of what the host says.
    pub fn modules(mut self, modules: impl ModuleLoader + 'static) -> IsolateBuilder {
        self.modules = Some(Box::new(modules));
        self
    }

    /// The directory that the program lies in: where there are grants, modules of its package are its own and need no
    /// right.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> IsolateBuilder {
        self.directory = Some(directory.into());
        self
    }

    /// What becomes of what the program writes to its console.
    pub fn output(mut self, output: impl FnMut(Stream, &[u8]) + Send + 'static) -> IsolateBuilder {
        self.output = Some(Output::Closure(Box::new(output)));
        self
    }

    /// It goes to the streams of this process.
    pub fn inherit_output(mut self) -> IsolateBuilder {
        self.output = Some(Output::Closure(Box::new(|stream, bytes| {
            // A reader that went away is no reason to stop.
            let _ = match stream {
                Stream::Stdout => std::io::stdout().write_all(bytes),
                Stream::Stderr => std::io::stderr().write_all(bytes),
            };
        })));
        self
    }

    /// Whether a rejection that the program does not handle comes out of the call behind which it is found, as an
    /// exception (it does not). Promises that are given out and waited for later count as not handled.
    pub fn report_rejections(mut self, report: bool) -> IsolateBuilder {
        self.reports_rejections = report;
        self
    }

    /// For tests: collects, and moves what is young, at every allocation.
    #[doc(hidden)]
    pub fn collect_always(mut self, moves: bool) -> IsolateBuilder {
        self.moves = moves;
        self
    }

    /// Makes the isolate.
    pub fn build(mut self) -> Result<Isolate> {
        let (limits, outside) = (self.limits, self.outside()?);
        let parcel = tvm_runtime::tenants::boot(limits, Box::new(outside), Some(Arc::new(Compiler)))
            .map_err(Error::System)?;
        Ok(self.finish(parcel))
    }

    /// Makes an isolate that goes on where a snapshot was taken: with all its globals, promises and timers, but without
    /// what was outside. Functions of the embedder are attached again by their names, by
    /// [`attach_function`](Isolate::attach_function). The snapshot must be signed with the engine's key, and was written
    /// by this build of tvm.
    pub fn restore(mut self, snapshot: &[u8]) -> Result<Isolate> {
        let told = |error: std::io::Error| Error::Snapshot(error.to_string());
        let mut file = memory_file().map_err(told)?;
        file.write_all(snapshot).map_err(told)?;
        let (limits, outside) = (self.limits, self.outside()?);
        let trust = Trust::Signed(self.engine.key());
        let compiler = Some(Arc::new(Compiler) as Arc<_>);
        let parcel = snapshot::restore_parcel(&file, trust, Some(limits), Box::new(outside), compiler)?;
        let mut isolate = self.finish(parcel);
        let names = isolate.core.with(MAIN, |cx| cx.host_function_names())?;
        isolate.core.functions = names.into_iter().map(HostFunction::Missing).collect();
        Ok(isolate)
    }

    fn outside(&mut self) -> Result<Outside> {
        let own = self.host.is_some();
        let host: Box<dyn Host + Send> = match (self.host.take(), &self.grants) {
            (Some(host), _) => host,
            (None, Some(grants)) => Box::new(
                SystemHost::granting(grants)
                    .map_err(|error| Error::System(format!("cannot grant: {error}")))?,
            ),
            (None, None) => Box::new(crate::host::TenantHost::default()),
        };
        let output = self.output.take().unwrap_or(if own { Output::Host } else { Output::Dropped });
        Ok(Outside { host, modules: self.modules.take(), output })
    }

    fn finish(self, mut parcel: Parcel) -> Isolate {
        let isolate = parcel.isolate();
        let vm = &mut isolate.vm;
        vm.ignore_rejections = !self.reports_rejections;
        vm.output_left = self.output_bytes.map(|bytes| (bytes, bytes));
        if let Some(directory) = &self.directory {
            let directory = crate::program::full_path(directory).to_string_lossy().into_owned();
            vm.host.begin_program(&directory);
            vm.directory = directory;
        }
        vm.tenants = Some(Box::new(tvm_runtime::tenants::Tenancy::default()));
        if let Some((jit, options)) = self.engine.jit() {
            isolate.set_tiers(jit, options);
        }
        if self.moves {
            isolate.heap.set_zeal(Zeal::Move);
        }
        Isolate { core: Core::new(parcel, self.engine, self.limits) }
    }
}

fn memory_file() -> std::io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create("tvm-snapshot", rustix::fs::MemfdFlags::CLOEXEC)?))
}

/// What an isolate has used.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes of heap, buffers among them.
    pub heap_bytes: usize,
    /// Bytes outside the heap that count as its own: code, for one.
    pub external_bytes: usize,
    /// Units of fuel, over its life.
    pub fuel: u64,
    /// Calls of asynchronous functions of the embedder's that are to be answered yet.
    pub pending_calls: usize,
    /// Collections so far.
    pub collections: u64,
    /// Longest time that one stopped the program.
    pub longest_pause: Duration,
}

/// One of the sets of globals of an isolate: [`Isolate::enter`] enters it.
#[derive(Clone)]
pub struct ContextHandle {
    realm: u32,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for ContextHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContextHandle({})", self.realm)
    }
}

/// A heap of its own, with limits of its own: the boundary for code that is not trusted. Nothing of one isolate can
/// refer to another.
///
/// One thread at a time runs it, and it may go from thread to thread.
pub struct Isolate {
    pub(crate) core: Core,
}

impl Isolate {
    /// Its first context.
    pub fn context(&mut self) -> Context<'_> {
        Context { core: &mut self.core, realm: MAIN }
    }

    /// Makes one more set of globals. Contexts of one isolate trust each other: they can exchange objects, and what
    /// limits them are the isolate's limits. It lives as long as the isolate.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let other = isolate.new_context()?;
    /// let object = isolate.context().eval("globalThis.x = 1; ({ shared: true })")?;
    /// let mut context = isolate.enter(&other)?;
    /// context.set_global_value("object", &object)?;
    /// assert!(context.eval("typeof x === 'undefined' && object.shared && !(object instanceof Object)")?.as_bool().unwrap());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_context(&mut self) -> Result<ContextHandle> {
        let realm = self.core.with(MAIN, |cx| {
            let realm = cx.new_embedded_realm()?;
            Ok(realm.get(cx).number())
        })?;
        Ok(ContextHandle { realm, shared: Arc::clone(&self.core.shared) })
    }

    /// All its contexts in the order in which they were made, the first included: for an isolate that was resumed.
    pub fn contexts(&mut self) -> Result<Vec<ContextHandle>> {
        let count = self.core.with(MAIN, |cx| Ok(cx.root_cell::<List>(Root::Realms).length()))?;
        let shared = &self.core.shared;
        Ok((0..count).map(|realm| ContextHandle { realm, shared: Arc::clone(shared) }).collect())
    }

    /// Enters a context.
    pub fn enter(&mut self, context: &ContextHandle) -> Result<Context<'_>> {
        if !Arc::ptr_eq(&context.shared, &self.core.shared) {
            return Err(Error::WrongIsolate);
        }
        Ok(Context { core: &mut self.core, realm: context.realm })
    }

    /// Runs jobs, timers and answers from elsewhere until nothing is left to do.
    pub fn run(&mut self) -> Result<()> {
        self.core.run_until(None).map(drop)
    }

    /// Runs them until a promise is settled: see [`Context::run_until_settled`].
    pub fn run_until_settled(&mut self, promise: &Value) -> Result<Value> {
        self.context().run_until_settled(promise)
    }

    /// What stops it from another thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.core.shared))
    }

    /// What it has used.
    pub fn usage(&mut self) -> Usage {
        let pending_calls = self.core.calls.len();
        let isolate = self.core.isolate();
        let external_bytes = isolate.heap.charged();
        let stats = isolate.heap.stats;
        Usage {
            heap_bytes: isolate.heap.bytes_used() - external_bytes,
            external_bytes,
            fuel: isolate.vm.meter.used(),
            pending_calls,
            collections: stats.minor + stats.major,
            longest_pause: Duration::from_nanos(stats.pause_ns_max),
        }
    }

    /// Allows so much fuel from now on; without a number any amount.
    pub fn set_fuel(&mut self, units: Option<u64>) {
        let used = self.core.isolate().vm.meter.used();
        self.core.limits.fuel = units.map(|units| used.saturating_add(units));
    }

    /// Allows so much time for each call from outside from now on.
    pub fn set_time(&mut self, time: Option<Duration>) {
        self.core.limits.time = time;
    }

    /// Has an isolate that passed a limit of time, fuel or output, was interrupted or ended itself go on: what was
    /// under way and what was about to run is forgotten; globals and timers stay as they are. State of the program's
    /// that it was about to change may be half changed.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// use std::time::Duration;
    /// let mut isolate = tvm::Engine::new()?.isolate().time(Duration::from_millis(20)).build()?;
    /// isolate.context().eval("globalThis.kept = 1")?;
    /// assert!(isolate.context().eval("for (;;);").unwrap_err().as_limit().is_some());
    /// assert!(isolate.context().eval("kept").is_err());
    /// isolate.recover()?;
    /// assert_eq!(isolate.context().eval("kept")?.as_f64(), Some(1.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn recover(&mut self) -> Result<()> {
        self.core.recover()
    }

    /// Collects what can be collected. The isolate does so by itself when it needs to.
    pub fn collect_garbage(&mut self) -> Result<()> {
        self.core.with(MAIN, |cx| {
            cx.heap.collect_all();
            Ok(())
        })
    }

    /// The isolate as bytes, which [`IsolateBuilder::restore`] makes an isolate of that goes on: here, or in another
    /// process of the same build. Not while calls are to be completed: what answers them is outside.
    ///
    /// Values that the embedder holds are no part of it. What is to be found again is best a global.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let engine = tvm::Engine::new()?;
    /// let mut isolate = engine.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.set_typed_function("rate", |country: String| Ok(if country == "at" { 0.2 } else { 0.0 }))?;
    /// context.eval("const tax = (price, country) => price * rate(country)")?;
    /// let snapshot = isolate.snapshot()?;
    ///
    /// let mut resumed = engine.isolate().restore(&snapshot)?;
    /// resumed.attach_typed_function("rate", |_: String| Ok(0.5))?;
    /// assert_eq!(resumed.context().call_global::<f64>("tax", &(10, "at"))?, 5.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot(&mut self) -> Result<Vec<u8>> {
        let told = |error: std::io::Error| Error::Snapshot(error.to_string());
        let mut file = memory_file().map_err(told)?;
        self.write_snapshot(&mut file)?;
        file.rewind().map_err(told)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(told)?;
        Ok(bytes)
    }

    /// Writes the same to a file.
    pub fn write_snapshot(&mut self, file: &mut File) -> Result<()> {
        if let Some(ended) = &self.core.ended {
            return Err(ended.clone());
        }
        if !self.core.is_idle() {
            return Err(Error::Busy("a snapshot cannot be taken"));
        }
        if !self.core.calls.is_empty() {
            let count = self.core.calls.len();
            return Err(Error::Snapshot(format!("{count} calls of the host are to be completed yet")));
        }
        let key = *self.core.engine.key();
        let written = self.core.isolate().write_snapshot(file, &key);
        written.map_err(|error| Error::Snapshot(error.to_string()))
    }

    /// Names of functions of the embedder's that nothing stands behind yet, in an isolate that was resumed.
    pub fn missing_functions(&self) -> Vec<String> {
        let missing = self.core.functions.iter().filter_map(|function| match function {
            HostFunction::Missing(name) => Some(name.clone()),
            _ => None,
        });
        missing.collect()
    }

    /// Puts a closure behind the functions of a name in an isolate that was resumed. Whether there are any.
    pub fn attach_function(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value, HostError> + Send + Sync + 'static,
    ) -> Result<bool> {
        Ok(self.attach(name, &HostFunction::Sync(Arc::new(function))))
    }

    /// The same of a closure whose arguments and result pass through serde.
    pub fn attach_typed_function<Args>(
        &mut self,
        name: &str,
        function: impl super::function::TypedFunction<Args>,
    ) -> Result<bool> {
        self.attach_function(name, move |context, arguments| function.call_typed(context, arguments))
    }

    /// The same of one that gives a promise.
    pub fn attach_async_function(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments, Completer) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<bool> {
        Ok(self.attach(name, &HostFunction::Async(Arc::new(function))))
    }

    fn attach(&mut self, name: &str, function: &HostFunction) -> bool {
        let mut found = false;
        for known in &mut self.core.functions {
            if matches!(known, HostFunction::Missing(missing) if missing == name) {
                *known = function.clone();
                found = true;
            }
        }
        found
    }
}

impl std::fmt::Debug for Isolate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Isolate").field("ended", &self.core.ended).finish_non_exhaustive()
    }
}

/// An isolate goes from thread to thread.
const _: fn() = || {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_send::<Isolate>();
    is_shared::<Engine>();
    is_shared::<Value>();
    is_shared::<Error>();
    is_shared::<InterruptHandle>();
    is_shared::<super::script::Script>();
    is_shared::<super::script::Module>();
    is_send::<Completer>();
};
