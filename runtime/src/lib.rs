//! tvm's runtime: everything that runs, but machine code.
//!
//! Ranks, each importing only what stands before it: `base`, `heap`, `frame`, `object`, `semantics`, `interp`,
//! `builtins`,
//! `fiber`, `snapshot` and `tenants`.

pub mod base;
pub mod builtins;
pub mod fiber;
pub mod frame;
pub mod heap;
pub mod interp;
pub mod object;
pub mod semantics;
pub mod snapshot;
pub mod tenants;

/// Numbers of the functions of tvm's own library, compiled by the build script.
pub mod library {
    include!(concat!(env!("OUT_DIR"), "/library.rs"));

    /// The compiled library.
    pub static UNIT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.tvm"));
}
