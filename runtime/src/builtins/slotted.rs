//! Objects with internal slots of their own, made and used by self-hosted code.

use crate::heap::cells::*;
use crate::heap::{Cx, Local};
pub use crate::object::slotted::class;
use crate::semantics::JsResult;

/// A slotted object.
pub fn new_slotted<'s>(cx: &mut Cx<'s>, proto: Local<'s>, class: u32, fields: &[Local<'s>]) -> JsResult<'s> {
    let tuple = cx.tuple(fields)?;
    let object = cx.new_kind_with(kind::Slotted, 0, proto)?;
    if let Some(slotted) = object.get(cx).cast::<Slotted>() {
        slotted.set_fields(cx, tuple.get(cx));
        slotted.set_class(class);
    }
    Ok(object.any())
}
