//! tvm-jit: machine code for hot functions.
//!
//! [`Jit`] is the [`Compiler`] that the runtime is given. A request becomes a [`mir::Graph`] (`build`), passes improve
//! it (`pass`), and what is left is lowered to Cranelift's form (`lower`) and installed (`code`). Nothing here looks
//! into a heap: a request is a copy of all that is known.

mod build;
mod code;
mod lower;
pub mod mir;
mod pass;

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use tvm_runtime::base::tier::{CompiledUnit, Compiler, Request};
use tvm_runtime::interp::tier::Abi;

/// The compiler.
pub struct Jit {
    state: Mutex<lower::Backend>,
}

impl Jit {
    /// Sets up code memory and the code generator for this machine.
    pub fn new() -> Result<Jit, String> {
        Ok(Jit { state: Mutex::new(lower::Backend::new(Abi::current())?) })
    }
}

impl Compiler for Jit {
    /// A defect of the compiler refuses the function; it does not end the process that runs a stranger's program.
    fn compile(&self, request: &Request) -> Result<CompiledUnit, String> {
        let attempt = AssertUnwindSafe(|| self.attempt(request));
        std::panic::catch_unwind(attempt)
            .unwrap_or_else(|_| Err("a defect of the compiler, not of the program".to_owned()))
    }
}

impl Jit {
    /// `TVM_JIT_SHOW` prints every stage to standard error.
    fn attempt(&self, request: &Request) -> Result<CompiledUnit, String> {
        let show = std::env::var_os("TVM_JIT_SHOW").is_some();
        let mut graph = build::build(request)?;
        if show {
            eprintln!("---- built\n{graph}");
        }
        if cfg!(debug_assertions)
            && let Err(problem) = mir::verify::verify(&graph)
        {
            return Err(format!("the builder made a bad graph: {problem}"));
        }
        pass::run(&mut graph);
        if show {
            eprintln!("---- after passes\n{graph}");
        }
        // Each compilation begins with a state of its own: what one that failed left behind is of no concern.
        let mut backend = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        backend.compile(request, &graph, show)
    }
}
