//! What isolates of a process share: how hot code is compiled, scripts that were compiled, the key of snapshots.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tvm_jit::Jit;
use tvm_runtime::base::tier::TierOptions;

use super::error::{Error, Result};
use super::isolate::{Isolate, IsolateBuilder};
use super::script::{CompileOptions, Script};

/// Scripts that the cache of one engine holds.
const CACHED: usize = 256;
/// Bytes of source text from which a script is not kept.
const CACHED_BYTES: usize = 64 << 10;

/// Makes isolates, and has what they share. Cheap to clone; clones are the same engine. Any thread may use it.
///
/// All isolates of a process start from one image, which the first makes: making another takes a tenth of a millisecond.
///
/// ```
/// # fn main() -> tvm::Result<()> {
/// let engine = tvm::Engine::new()?;
/// let threads: Vec<_> = (1..=3)
///     .map(|n| {
///         let engine = engine.clone();
///         std::thread::spawn(move || {
///             let mut isolate = engine.new_isolate()?;
///             isolate.context().eval_as::<u32>(&format!("{n} * 100"))
///         })
///     })
///     .collect();
/// let results: Vec<u32> = threads.into_iter().map(|t| t.join().unwrap()).collect::<tvm::Result<_>>()?;
/// assert_eq!(results, [100, 200, 300]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    jit: Option<(Arc<Jit>, TierOptions)>,
    key: [u8; 32],
    /// By a hash of text, name and language.
    scripts: Mutex<HashMap<[u8; 32], Script>>,
}

impl Engine {
    /// An engine as it is by default: hot code is compiled to machine code.
    pub fn new() -> Result<Engine> {
        Engine::builder().build()
    }

    /// Options for an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder { jit: true, options: None, key: None }
    }

    /// Options for an isolate.
    pub fn isolate(&self) -> IsolateBuilder {
        IsolateBuilder::new(self.clone())
    }

    /// An isolate with default limits and no grants.
    pub fn new_isolate(&self) -> Result<Isolate> {
        self.isolate().build()
    }

    pub(crate) fn jit(&self) -> Option<(Arc<Jit>, TierOptions)> {
        self.0.jit.clone()
    }

    pub(crate) fn key(&self) -> &[u8; 32] {
        &self.0.key
    }

    /// A script of a text that was compiled before.
    pub(crate) fn cached(&self, source: &str, options: &CompileOptions) -> Option<Script> {
        if source.len() > CACHED_BYTES {
            return None;
        }
        let scripts = self.0.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.get(&script_key(source, options)).cloned()
    }

    /// Keeps it for the next.
    pub(crate) fn cache(&self, source: &str, options: &CompileOptions, script: &Script) {
        if source.len() > CACHED_BYTES {
            return;
        }
        let mut scripts = self.0.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        if scripts.len() >= CACHED {
            scripts.clear();
        }
        scripts.insert(script_key(source, options), script.clone());
    }
}

fn script_key(source: &str, options: &CompileOptions) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(options.typescript)]);
    hasher.update(&(options.name.len() as u64).to_le_bytes()).update(options.name.as_bytes());
    *hasher.update(source.as_bytes()).finalize().as_bytes()
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// Options for an engine.
#[derive(Clone)]
pub struct EngineBuilder {
    jit: bool,
    options: Option<TierOptions>,
    key: Option<[u8; 32]>,
}

impl EngineBuilder {
    /// Whether hot code is compiled to machine code (it is).
    pub fn jit(mut self, jit: bool) -> EngineBuilder {
        self.jit = jit;
        self
    }

    /// Calls and loop iterations that a function makes before it is compiled. The program waits for the compiler then,
    /// so that runs repeat.
    pub fn jit_threshold(mut self, units: u32) -> EngineBuilder {
        let options = TierOptions { threshold: units.max(1), background: false, ..TierOptions::default() };
        self.options = Some(options);
        self
    }

    /// The key that signs snapshots, and that those which are resumed must be signed with. By default a random one, so
    /// that an engine resumes only what it wrote itself. Who has the key can make a snapshot that does anything.
    pub fn snapshot_key(mut self, key: [u8; 32]) -> EngineBuilder {
        self.key = Some(key);
        self
    }

    /// Makes the engine. Fails where the system gives no memory for machine code.
    pub fn build(self) -> Result<Engine> {
        let jit = match self.jit {
            true => {
                let jit = Jit::new()
                    .map_err(|error| Error::System(format!("cannot set up the compiler: {error}")))?;
                Some((Arc::new(jit), self.options.unwrap_or_default()))
            }
            false => None,
        };
        let key = self.key.unwrap_or_else(|| {
            let mut key = [0; 32];
            crate::host::fill_random(&mut key);
            key
        });
        Ok(Engine(Arc::new(Parts { jit, key, scripts: Mutex::default() })))
    }
}
