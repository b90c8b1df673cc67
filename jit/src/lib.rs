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

use std::sync::Mutex;

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
    fn compile(&self, request: &Request) -> Result<CompiledUnit, String> {
        if let Some(limit) = std::env::var("TVM_JIT_LIMIT").ok().and_then(|limit| limit.parse::<u32>().ok())
            && request.number >= limit
        {
            return Err("beyond the limit that was set".to_owned());
        }
        let mut graph = build::build(request)?;
        let show = std::env::var_os("TVM_JIT_SHOW").is_some();
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
        let mut backend = self.state.lock().map_err(|_| "the code generator failed before".to_owned())?;
        let unit = backend.compile(request, &graph)?;
        if std::env::var_os("TVM_JIT_PERF").is_some() {
            perf_map(request, &unit);
        }
        Ok(unit)
    }
}

/// Tells `perf` what a range of code is (tools/perf/Documentation/jit-interface.txt).
fn perf_map(request: &Request, unit: &CompiledUnit) {
    use std::io::Write;
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let root = &request.functions[0];
    let name = root.unit.text(root.unit.function(root.function).name).to_text();
    if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path) {
        let line = format!("{:x} {:x} js:{name}+{}\n", unit.entry as usize, unit.bytes, request.entry);
        let _ = file.write_all(line.as_bytes());
    }
}
