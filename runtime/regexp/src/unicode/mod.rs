//! Unicode as patterns see it: case equivalence, property escapes, properties
//! of strings. All tables are built on first use.

pub(crate) mod case;
pub(crate) mod emoji;
pub(crate) mod property;
pub(crate) mod words;
