//! tvm: a tiered virtual machine for JavaScript and TypeScript.
//!
//! This crate is the embedding API and the command line; it is the only place that names all others.

pub mod bundle;
pub mod compiler;
mod embed;
mod files;
pub mod grants;
pub mod host;
mod modules;
pub mod program;
pub mod session;
pub mod snapshot;

pub use compiler::Compiler;
pub use embed::*;
pub use grants::Grants;
pub use host::SystemHost;
pub use program::{Program, ProgramOptions};
pub use tvm_jit as jit;
pub use tvm_runtime::base::exit::Termination;
pub use tvm_runtime::base::vm::{Host, Limits};
pub use tvm_runtime::fiber::{Report, Stop};
