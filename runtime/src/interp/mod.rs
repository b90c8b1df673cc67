//! The interpreter: bytecode on the fiber's stack.
//!
//! In: a frame to enter or to go on with. Out: the value that the entry frame returned, an exception, or a reason to
//! stop. Guest calls do not grow the native stack. Fast paths are in `dispatch`; everything else is in the safe
//! modules beside it, reached with the frame's state saved, so that it may allocate, throw or prepare a call.

mod copy;
mod dispatch;
mod element;
mod enter;
mod eval;
pub mod feedback;
pub mod generator;
mod global;
mod iterate;
pub mod leaf;
pub mod link;
mod literal;
mod operands;
mod property;
mod resumption;
mod scope_names;
mod slow;
pub mod tier;
mod unwind;

pub use dispatch::{Start, execute};
