//! What operations mean (ECMA-262 clauses 7 and 13), for the interpreter and for builtins.
//!
//! Functions return a value, or an [`Exit`]: `Exit::Call` says that guest or library code must run to get it, and
//! that its result is theirs. Only callers whose own result that is may pass it on.

pub mod args;
pub mod call;
pub mod compare;
pub mod convert;
pub mod natives;
pub mod operators;
pub mod promise;
pub mod property;
pub mod regexp;
pub mod trace;

pub use crate::base::exit::{Exit, Hint};
pub use args::{Args, JsResult};
