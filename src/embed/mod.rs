//! The interface for Rust programs that run others: engines, isolates, contexts, values.
//!
//! In: source text, bytecode, values of the embedder's, closures. Out: values, errors, and calls of those closures. No
//! misuse of it is undefined behaviour, and nobody needs `unsafe`: handles are looked at through the isolate only, and
//! belong to one. Ranks: `error`, `shared`, `value`, `function`, `completer`, `core`, `event_loop`, `context`, `isolate`.

mod completer;
mod context;
mod core;
mod de;
mod engine;
mod error;
mod event_loop;
mod function;
mod isolate;
mod outside;
mod script;
mod ser;
mod shared;
mod value;

pub use completer::Completer;
pub use context::Context;
pub use engine::{Engine, EngineBuilder};
pub use error::{CompileError, Error, LimitError, LimitKind, Result, Thrown};
pub use function::{Arguments, ErrorClass, HostError, TypedFunction};
pub use isolate::{ContextHandle, Isolate, IsolateBuilder, Usage};
pub use outside::{MemoryModules, ModuleError, ModuleLoader, ModuleSource, Stream};
pub use script::{CompileOptions, Module, Script};
pub use shared::InterruptHandle;
pub use value::{Kind, PropertyKey, Value};
