//! tvm's bytecode: the instruction table, the `.tvm` container, the verifier and the text form.
//!
//! In: what the front end generated ([`data::UnitData`]), or the bytes of a file. Out: a [`Verified`] unit, the
//! only form in which the runtime takes code. This crate knows no heap and runs nothing.
//!
//! Ranks, each importing only what stands before it: `ops`, `insn`, `settle`, `operands`, `constant`, `data`, `lines`,
//! `layout`, `unit` (reading), `encode` (writing), `merge`, `verify`, `text`, `arbitrary` (random units, behind a feature).

#[cfg(feature = "arbitrary-units")]
pub mod arbitrary;
pub mod constant;
pub mod data;
pub mod encode;
pub mod insn;
mod layout;
pub mod lines;
pub mod merge;
mod numbered;
pub mod operands;
pub mod ops;
pub mod settle;
pub mod text;
pub mod unit;
pub mod verify;

pub use data::UnitData;
pub use insn::{Insn, Insns};
pub use layout::{FORMAT_ID, MAGIC};
pub use ops::{Kind, Op};
pub use unit::{LoadError, Unit};
pub use verify::Verified;

/// Registers at the start of a call window that become the callee's frame header.
pub const FRAME_HEADER: u32 = 5;
