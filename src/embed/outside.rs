//! The outside of an embedded isolate: a host, and what the embedder put in front of it. What panics there is an error
//! here: below are frames of the engine, through which nothing unwinds.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tvm_runtime::base::files::{FileFailure, FileReply, FileRequest};
use tvm_runtime::base::module_path;
use tvm_runtime::base::vm::{Host, ModuleFailure, ModuleText, ModuleUse, SourceForm};

use super::script::Module;

/// A stream that programs write to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    /// `console.log` and its kin.
    Stdout,
    /// `console.error` and its kin.
    Stderr,
}

/// Says what `import` means, and gives modules.
///
/// Modules of tvm's own library (`node:path`, for one) do not come here. Calls come while the isolate is at work; a
/// panic of an implementation becomes an error of the import.
pub trait ModuleLoader: Send {
    /// The full name of what a specifier means in the module with the full name `referrer`, which is empty for scripts
    /// and for [`Context::import`](crate::Context::import). Modules of one name are one module.
    fn resolve(&mut self, specifier: &str, referrer: &str) -> Result<String, ModuleError>;

    /// The module of a full name. `kind` is what `with { type }` says.
    fn load(&mut self, name: &str, kind: Option<&str>) -> Result<ModuleSource, ModuleError>;
}

/// What a module is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ModuleSource {
    /// An ECMAScript module.
    JavaScript(String),
    /// The same in TypeScript.
    TypeScript(String),
    /// CommonJS.
    CommonJs(String),
    /// A JSON text, whose value is the default export.
    Json(String),
    /// A text, which is the default export.
    Text(String),
    /// One that is compiled.
    Compiled(Module),
}

/// Why there is no such module: the import throws a TypeError of this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleError(pub String);

impl std::fmt::Display for ModuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModuleError {}

/// Modules that lie in memory, by absolute paths. Paths in specifiers are relative to the module that imports; other
/// specifiers are names as they are.
#[derive(Clone, Debug, Default)]
pub struct MemoryModules {
    modules: HashMap<String, ModuleSource>,
}

impl MemoryModules {
    /// None.
    pub fn new() -> MemoryModules {
        MemoryModules::default()
    }

    /// Adds a source text by its name, whose ending says what it is: `.ts`, `.mts` and `.cts`, `.json`, `.txt`, `.cjs`;
    /// everything else is JavaScript.
    pub fn with(self, name: &str, text: impl Into<String>) -> MemoryModules {
        let text = text.into();
        let source = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("ts" | "mts" | "cts") => ModuleSource::TypeScript(text),
            Some("json") => ModuleSource::Json(text),
            Some("txt") => ModuleSource::Text(text),
            Some("cjs") => ModuleSource::CommonJs(text),
            _ => ModuleSource::JavaScript(text),
        };
        self.with_source(name, source)
    }

    /// Adds a module by its name.
    pub fn with_source(mut self, name: &str, source: ModuleSource) -> MemoryModules {
        self.modules.insert(name.to_owned(), source);
        self
    }
}

impl ModuleLoader for MemoryModules {
    fn resolve(&mut self, specifier: &str, referrer: &str) -> Result<String, ModuleError> {
        let name = match module_path::is_path(specifier) {
            true => module_path::full(specifier, referrer).to_string_lossy().into_owned(),
            false => specifier.to_owned(),
        };
        match self.modules.contains_key(&name) {
            true => Ok(name),
            false => Err(ModuleError(format!("Cannot find module '{specifier}'"))),
        }
    }

    fn load(&mut self, name: &str, _: Option<&str>) -> Result<ModuleSource, ModuleError> {
        let source = self.modules.get(name).cloned();
        source.ok_or_else(|| ModuleError(format!("Cannot find module '{name}'")))
    }
}

/// Hears what programs write.
type Listener = dyn FnMut(Stream, &[u8]) + Send;

/// Where output goes.
pub(crate) enum Output {
    /// Nowhere.
    Dropped,
    /// To the host.
    Host,
    /// To a closure.
    Closure(Box<Listener>),
}

/// A host with what the embedder put in front of it.
pub(crate) struct Outside {
    pub host: Box<dyn Host + Send>,
    pub modules: Option<Box<dyn ModuleLoader>>,
    pub output: Output,
}

fn calmly<R>(otherwise: impl FnOnce() -> R, work: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| otherwise())
}

fn panicked<T>() -> Result<T, ModuleFailure> {
    Err(ModuleFailure::plain("the host's module loader panicked"))
}

impl Outside {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let (output, host) = (&mut self.output, &mut self.host);
        let write = || match (output, stream) {
            (Output::Dropped, _) => {}
            (Output::Host, Stream::Stdout) => host.write_stdout(bytes),
            (Output::Host, Stream::Stderr) => host.write_stderr(bytes),
            (Output::Closure(closure), _) => closure(stream, bytes),
        };
        calmly(|| (), write);
    }
}

fn module_text(
    name: &str,
    kind: Option<&str>,
    by: ModuleUse,
    source: ModuleSource,
) -> Result<ModuleText, ModuleFailure> {
    let code = |text, typescript, form| Ok(ModuleText::Source { text, typescript, form });
    let source = match (kind, source) {
        (None, source @ ModuleSource::Json(_)) if by == ModuleUse::Import => {
            let message = format!("Module '{name}' needs an import attribute of \"type: json\"");
            drop(source);
            return Err(ModuleFailure::type_error("ERR_IMPORT_ATTRIBUTE_MISSING", message));
        }
        (Some("json"), ModuleSource::JavaScript(text) | ModuleSource::Text(text)) => ModuleSource::Json(text),
        (Some("text"), ModuleSource::JavaScript(text) | ModuleSource::Json(text)) => ModuleSource::Text(text),
        (_, source) => source,
    };
    match source {
        ModuleSource::JavaScript(text) => code(text, false, SourceForm::Module),
        ModuleSource::TypeScript(text) => code(text, true, SourceForm::Module),
        ModuleSource::CommonJs(text) => code(text, false, SourceForm::CommonJs),
        ModuleSource::Json(text) => Ok(ModuleText::Json(text)),
        ModuleSource::Text(text) => Ok(ModuleText::Text(text)),
        ModuleSource::Compiled(module) => Ok(ModuleText::Unit(module.unit().clone())),
    }
}

impl Host for Outside {
    fn write_stdout(&mut self, bytes: &[u8]) {
        self.write(Stream::Stdout, bytes);
    }

    fn write_stderr(&mut self, bytes: &[u8]) {
        self.write(Stream::Stderr, bytes);
    }

    fn has_colors(&mut self, error: bool) -> bool {
        matches!(self.output, Output::Host) && calmly(|| false, || self.host.has_colors(error))
    }

    fn now_ms(&mut self) -> f64 {
        calmly(|| 0.0, || self.host.now_ms())
    }

    fn monotonic_ms(&mut self) -> f64 {
        calmly(|| 0.0, || self.host.monotonic_ms())
    }

    fn random(&mut self, bytes: &mut [u8]) {
        calmly(|| (), || self.host.random(bytes));
    }

    fn sleep(&mut self, time: Duration) {
        calmly(|| (), || self.host.sleep(time));
    }

    fn local_offset_ms(&mut self, time_ms: f64, is_utc: bool) -> f64 {
        calmly(|| 0.0, || self.host.local_offset_ms(time_ms, is_utc))
    }

    fn time_zone(&mut self) -> String {
        calmly(|| "UTC".to_owned(), || self.host.time_zone())
    }

    fn resolve_module(
        &mut self,
        specifier: &str,
        referrer: &str,
        by: ModuleUse,
    ) -> Result<String, ModuleFailure> {
        let (modules, host) = (&mut self.modules, &mut self.host);
        calmly(panicked, || match modules {
            Some(modules) => {
                modules.resolve(specifier, referrer).map_err(|error| ModuleFailure::plain(error.0))
            }
            None => host.resolve_module(specifier, referrer, by),
        })
    }

    fn load_module(
        &mut self,
        name: &str,
        attribute: Option<&str>,
        by: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure> {
        let (modules, host) = (&mut self.modules, &mut self.host);
        calmly(panicked, || match modules {
            Some(modules) => {
                let source = modules.load(name, attribute).map_err(|error| ModuleFailure::plain(error.0))?;
                module_text(name, attribute, by, source)
            }
            None => host.load_module(name, attribute, by),
        })
    }

    fn begin_program(&mut self, directory: &str) {
        calmly(|| (), || self.host.begin_program(directory));
    }

    fn file(&mut self, request: FileRequest<'_>) -> Result<FileReply, FileFailure> {
        let denied = || Err(FileFailure::Denied("the host failed".to_owned()));
        calmly(denied, || self.host.file(request))
    }

    fn environment(&mut self) -> Vec<(String, String)> {
        calmly(Vec::new, || self.host.environment())
    }

    fn for_tenant(&mut self) -> Option<Box<dyn Host + Send>> {
        calmly(|| None, || self.host.for_tenant())
    }

    fn current_directory(&mut self) -> String {
        calmly(|| "/".to_owned(), || self.host.current_directory())
    }
}
