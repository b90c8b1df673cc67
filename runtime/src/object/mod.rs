//! The object model: strings, symbols, shapes, properties, elements, and the tables behind Map and Set.
//!
//! Nothing here runs guest code. Where a getter, setter or proxy stands in the way, functions say so and leave the
//! call to the ranks above.

pub mod append;
pub mod array;
pub mod atom;
pub mod bigint;
pub mod define;
pub mod elements;
pub mod error;
pub mod function;
pub mod key;
pub mod lazy;
pub mod list;
pub mod lookup;
pub mod map;
pub mod realm;
pub mod shape;
pub mod slotted;
pub mod store;
pub mod string;
pub mod surrogates;
pub mod symbol;
pub mod trust;
pub mod typed;

pub use key::Key;
