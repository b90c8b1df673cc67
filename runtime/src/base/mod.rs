//! What everything else stands on: limits, exits, numbers, the parts of an isolate that are no heap.

pub mod exit;
pub mod files;
pub mod limits;
pub mod locale;
pub mod math;
pub mod module_path;
pub(crate) mod nowhere;
pub mod num;
pub mod tenants;
pub mod threads;
pub mod tier;
pub mod vm;
pub mod workers;
