//! Builtins: what ECMA-262 (clauses 19 to 28) puts into a realm, declared as rows beside their code.

pub mod intrinsics;
pub mod modules;
pub mod reflect;
pub mod slotted;
pub mod table;
