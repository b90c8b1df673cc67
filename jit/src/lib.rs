//! tvm-jit: machine code for hot functions.
//!
//! [`Jit`] is the [`Compiler`] that the runtime is given. A request becomes a [`mir::Graph`] (`build`), passes improve
//! it (`pass`), and what is left is lowered to Cranelift's form (`lower`) and installed (`code`). Nothing here looks
//! into a heap: a request is a copy of all that is known.

mod build;
mod code;
pub mod listing;
mod lower;
pub mod mir;
mod pass;
pub mod perf;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use tvm_runtime::base::threads::locked;
use tvm_runtime::base::tier::{CompiledUnit, Compiler, Request};
use tvm_runtime::interp::tier::Abi;

use code::CodeMemory;
use listing::{Compilation, Watcher};

/// The compiler.
pub struct Jit {
    memory: CodeMemory,
    /// Made when it is needed: most programs are too short for it.
    state: Mutex<Option<lower::Backend>>,
    watcher: Option<Arc<dyn Watcher>>,
}

impl Jit {
    /// Sets up code memory. The code generator for this machine is made when something is to be compiled.
    pub fn new() -> Result<Jit, String> {
        let memory = CodeMemory::new().map_err(|error| error.to_string())?;
        Ok(Jit { memory, state: Mutex::default(), watcher: None })
    }

    /// The same; `watcher` is told of all that is compiled.
    pub fn watched(watcher: Arc<dyn Watcher>) -> Result<Jit, String> {
        Ok(Jit { watcher: Some(watcher), ..Jit::new()? })
    }
}

impl Compiler for Jit {
    /// A defect of the compiler refuses the function; it does not end the process that runs a stranger's program.
    fn compile(&self, request: &Request) -> Result<CompiledUnit, String> {
        let mut seen = self.watcher.as_ref().map(|watcher| Compilation::new(&**watcher, request));
        let attempt = AssertUnwindSafe(|| self.attempt(request, seen.as_mut()));
        let outcome = std::panic::catch_unwind(attempt)
            .unwrap_or_else(|_| Err("a defect of the compiler, not of the program".to_owned()));
        if let (Some(watcher), Some(seen)) = (&self.watcher, &seen) {
            watcher.compiled(request, seen, outcome.as_ref().map_err(String::as_str));
        }
        outcome
    }
}

impl Jit {
    fn attempt(&self, request: &Request, mut seen: Option<&mut Compilation>) -> Result<CompiledUnit, String> {
        let mut graph = build::build(request)?;
        if let Some(seen) = &mut seen {
            seen.graph("MIR, as built", &graph);
        }
        if cfg!(debug_assertions)
            && let Err(problem) = mir::verify::verify(&graph)
        {
            return Err(format!("the builder made a bad graph: {problem}"));
        }
        pass::run(&mut graph, |name, graph| {
            if let Some(seen) = &mut seen {
                seen.pass(name, graph);
            }
        });
        if let Some(seen) = &mut seen {
            seen.graph("MIR, after the passes", &graph);
        }
        // Each compilation begins with a state of its own: what one that failed left behind is of no concern.
        let mut state = locked(&self.state);
        let backend = match &mut *state {
            Some(backend) => backend,
            none => {
                let backend = lower::Backend::new(Abi::current(), self.memory.clone())?;
                if let Some(watcher) = &self.watcher {
                    backend.stubs().for_each(|stub| watcher.made_stub(stub));
                }
                none.insert(backend)
            }
        };
        backend.compile(request, &graph, seen)
    }
}
