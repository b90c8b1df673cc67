//! Builtins: what ECMA-262 (clauses 19 to 28) puts into a realm, declared as rows beside their code.

pub mod array;
pub mod array_iterator;
pub mod array_text;
pub mod atomics;
pub mod base64;
pub mod buffer;
pub mod data_view;
pub mod intrinsics;
pub mod iterator;
pub mod map;
pub mod modules;
pub mod reflect;
pub mod set;
pub mod slotted;
pub mod table;
pub mod typed_array;
pub mod typed_bulk;
pub mod weak;
