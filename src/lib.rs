//! tvm: a tiered virtual machine for JavaScript and TypeScript, to run code you did not write inside your program.
//!
//! ```
//! # fn main() -> tvm::Result<()> {
//! use tvm::{Engine, HostError};
//!
//! let engine = Engine::new()?;
//! let mut isolate = engine.isolate().heap_bytes(64 << 20).fuel(10_000_000).build()?;
//! let mut context = isolate.context();
//! context.set_global("order", serde_json::json!({ "items": 3, "price": 9.95 }))?;
//! context.set_typed_function("discount", |items: u32| {
//!     if items > 100 { Err(HostError::range_error("too many")) } else { Ok(f64::from(items) / 100.0) }
//! })?;
//! let total: f64 = context.eval_as(
//!     "const { items, price } = order;
//!      Math.round(items * price * (1 - discount(items)) * 100) / 100",
//! )?;
//! assert_eq!(total, 28.95);
//! # Ok(())
//! # }
//! ```
//!
//! # Parts
//!
//! - An [`Engine`] has what a process shares: how hot code is compiled, compiled scripts, the key of snapshots.
//! - An [`Isolate`] is a heap with limits and an outside of its own, made by an engine's
//!   [builder](Engine::isolate). It is the boundary for code that is not trusted: by default a program in it computes,
//!   and reaches nothing. It is [`Send`]: one thread at a time runs it.
//! - A [`Context`] is one set of globals of an isolate, entered: it evaluates, calls, makes and reads values. An isolate
//!   has one from the start, and [as many as are made](Isolate::new_context).
//! - A [`Value`] is a handle to a value of a program's, which the collector knows. It does nothing by itself; its methods
//!   take the context.
//! - [`Script`] and [`Module`] are code that was compiled and verified once, to be run anywhere, or kept as bytes.
//!
//! # Functions of the host
//!
//! [`Context::set_function`] takes a closure that gets live values and the context; with
//! [`set_typed_function`](Context::set_typed_function) arguments and result pass through serde. What they throw is a
//! [`HostError`], which becomes an error of a class in the program's realm. Answers that come later are promises to the
//! program: [`set_async_function`](Context::set_async_function) hands out a [`Completer`], which any thread may settle,
//! [`set_future_function`](Context::set_future_function) takes a future. [`Context::run_until_settled`] runs the event
//! loop.
//!
//! A program that calls such a function stands still at a safepoint meanwhile; the closure may call it again, up to a
//! depth. A panic of a closure becomes an Error; nothing unwinds through the engine.
//!
//! # Errors and limits
//!
//! Whatever goes wrong is an [`Error`]: source that is refused with its place, an exception with its name, message,
//! stack and value, a limit that was passed, an [interrupt](InterruptHandle) from another thread. Limits and interrupts
//! end what runs, whatever it catches; so does one that is passed within a call of the host's. The isolate does nothing
//! then until [`Isolate::recover`] is called; isolates are cheap, so the surest is to make another.
//!
//! # serde
//!
//! [`Context::to_value`] and [`Context::from_value`] (and all that is built on them) map, in both directions where not
//! said otherwise:
//!
//! | Rust | JavaScript |
//! |---|---|
//! | `bool`, strings, `char` | booleans, strings |
//! | integers up to 64 bits, `f32`, `f64` | numbers; integers beyond ±(2^53 - 1) are BigInts, as those of 128 bits are there |
//! | `Option` | `null` for `None`; `null` and `undefined` read as `None`, and so does a property that is not there |
//! | `()` | `undefined` by itself, `null` within something else |
//! | sequences, tuples | arrays; typed arrays and Sets are read as well |
//! | structs, maps | objects of string keys; Maps are read as well. Properties that are `undefined` or not enumerable count as absent |
//! | enums | externally tagged, as serde_json has them: `"Name"`, `{ Name: ... }` |
//! | bytes (`serialize_bytes`, as `serde_bytes` does) | `Uint8Array`; any typed array or ArrayBuffer is read |
//! | [`Value`] | itself: functions and all that serde does not know pass this way |
//! | `f64` | Dates are read, as milliseconds |
//!
//! Reading runs no code of the program, but where there are getters or proxies, which are asked first. Cycles, functions
//! and symbols are errors, and like all that does not fit they [say where](Error::Convert). 128 levels are read at most.
//!
//! # Where things are limited
//!
//! - [`Isolate`]s of one process are one process: against flaws of the processor and of tvm, processes are the wall.
//! - A thread that runs isolates should have 1 MiB of stack at least; 2 MiB, the default, is fine.
//! - Memory of code that was evaluated is not given back before the isolate goes; it counts as the program's. Texts that
//!   differ each time are better functions that are called.
//! - Closures given to functions live as long as their isolate, and so do contexts.
//!
//! `docs/embedding.md` has more of the how and why, [`program`] the interface that the command line is made of.

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
