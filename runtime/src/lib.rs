//! tvm's runtime: everything that runs, but machine code.

pub mod base;
pub mod frame;
pub mod heap;
pub mod object;
