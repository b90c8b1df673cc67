//! Intrinsics of module code.

use crate::heap::Cx;
use crate::semantics::{Args, JsResult};

/// Loads, links and evaluates a module, and settles a promise with its namespace.
pub fn import_module<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Err(cx.type_error("import() is not available"))
}

/// `import.meta` of a module.
pub fn module_meta<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Err(cx.type_error("import.meta is not available"))
}
