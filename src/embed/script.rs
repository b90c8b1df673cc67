//! Code that is compiled once and run anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tvm_bytecode::Verified;
use tvm_bytecode::data::EntryKind;
use tvm_runtime::base::vm::{CompileFailure, CompileGoal, CompileRequest, SourceCompiler};

use super::error::{CompileError, Error, Result};
use crate::compiler::Compiler;
use crate::program::unit_of_bytes;

/// What a source text is called, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompileOptions {
    /// What errors and stack traces call it; modules are known by it.
    pub name: String,
    /// Whether it is TypeScript.
    pub typescript: bool,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions::named("script.js")
    }
}

impl CompileOptions {
    /// JavaScript by a name; TypeScript, where the name says so (`.ts`, `.mts`, `.cts`).
    pub fn named(name: impl Into<String>) -> CompileOptions {
        let name = name.into();
        let typescript = crate::host::is_typescript(name.as_ref());
        CompileOptions { name, typescript }
    }
}

pub(crate) fn compile(
    source: &str,
    options: &CompileOptions,
    goal: CompileGoal<'_>,
    stop: Option<&dyn Fn() -> bool>,
) -> Result<Verified, CompileFailure> {
    let is_module = matches!(goal, CompileGoal::Module);
    let plain = CompileRequest::new(source, &options.name, goal);
    let typescript = options.typescript;
    Compiler.compile(&CompileRequest {
        typescript,
        strict: is_module,
        completion_value: !is_module,
        stop,
        ..plain
    })
}

/// A unit of code with a name, shared by its clones.
#[derive(Clone)]
struct Code {
    unit: Verified,
    name: Arc<str>,
    /// By which an isolate knows it again.
    id: u64,
}

impl Code {
    fn new(unit: Verified, name: &str) -> Code {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Code { unit, name: name.into(), id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    fn of_bytes(bytes: Vec<u8>, kind: EntryKind, name: &str) -> Result<Code> {
        let unit = unit_of_bytes(bytes).map_err(Error::Bytecode)?;
        match unit.entry_kind() == Some(kind) {
            true => Ok(Code::new(unit, name)),
            false => Err(Error::Bytecode(format!("{name} holds no {kind:?}").to_lowercase())),
        }
    }
}

fn refused(options: &CompileOptions, failure: CompileFailure) -> Error {
    Error::Compile(Box::new(CompileError::new(&options.name, failure)))
}

/// A script: compiled and verified once, run in any number of contexts and isolates, on any thread.
///
/// ```
/// # fn main() -> tvm::Result<()> {
/// let engine = tvm::Engine::new()?;
/// let script = tvm::Script::compile("count = (globalThis.count ?? 0) + 1")?;
/// let (mut one, mut other) = (engine.new_isolate()?, engine.new_isolate()?);
/// assert_eq!(one.context().run_script(&script)?.as_f64(), Some(1.0));
/// assert_eq!(one.context().run_script(&script)?.as_f64(), Some(2.0));
/// // As the bytes of a .tvm file, which are verified when they are read.
/// let script = tvm::Script::from_bytes(script.to_bytes())?;
/// assert_eq!(other.context().run_script(&script)?.as_f64(), Some(1.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Script(Code);

impl Script {
    pub(crate) fn new(unit: Verified, name: &str) -> Script {
        Script(Code::new(unit, name))
    }

    /// Compiles JavaScript.
    pub fn compile(source: &str) -> Result<Script> {
        Script::compile_with(source, &CompileOptions::default())
    }

    /// Compiles a text by a name, or TypeScript.
    pub fn compile_with(source: &str, options: &CompileOptions) -> Result<Script> {
        let unit = compile(source, options, CompileGoal::Script, None);
        Ok(Script::new(unit.map_err(|failure| refused(options, failure))?, &options.name))
    }

    /// A script of the bytes of a `.tvm` file. Whatever they are, what is not valid is refused.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Script> {
        Code::of_bytes(bytes, EntryKind::Script, "script").map(Script)
    }

    /// The script as the bytes of a `.tvm` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.unit.bytes().to_vec()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn unit(&self) -> &Verified {
        &self.0.unit
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Script({})", self.name())
    }
}

/// An ECMAScript module: compiled and verified once, as a [`Script`] is. What it imports is for the isolate's
/// [`ModuleLoader`](crate::ModuleLoader).
///
/// ```
/// # fn main() -> tvm::Result<()> {
/// use tvm::{CompileOptions, Engine, MemoryModules, Module};
/// let modules = MemoryModules::new().with("/lib/area.js", "export default (r) => Math.PI * r * r;");
/// let mut isolate = Engine::new()?.isolate().modules(modules).build()?;
/// let mut context = isolate.context();
/// let main = Module::compile(
///     "import area from './lib/area.js'; export const areas: number[] = [1, 2].map(area);",
///     &CompileOptions::named("/main.ts"),
/// )?;
/// let exports = context.evaluate_module(&main)?;
/// let areas = exports.get(&mut context, "areas")?;
/// assert_eq!(context.from_value::<Vec<f64>>(&areas)?[0], std::f64::consts::PI);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Module(Code);

impl Module {
    /// Compiles a module. Its name says where it stands for what it imports.
    pub fn compile(source: &str, options: &CompileOptions) -> Result<Module> {
        let unit = compile(source, options, CompileGoal::Module, None);
        Ok(Module(Code::new(unit.map_err(|failure| refused(options, failure))?, &options.name)))
    }

    /// A module of the bytes of a `.tvm` file, by a name.
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Module> {
        Code::of_bytes(bytes, EntryKind::Module, name).map(Module)
    }

    /// The module as the bytes of a `.tvm` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.unit.bytes().to_vec()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn unit(&self) -> &Verified {
        &self.0.unit
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Module({})", self.name())
    }
}
