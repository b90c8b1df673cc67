//! Boolean (20.3).

use super::table::*;
use crate::heap::Cx;
use crate::heap::cells::*;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %Boolean%
pub const BOOLEAN_CLASS: Class =
    Class::new("Boolean", 1, Intrinsic::Boolean, Intrinsic::BooleanPrototype, by_native(construct))
        .prototype_kind(kind::Wrapper);

/// Properties of %Boolean.prototype%.
pub const BOOLEAN_PROTOTYPE: Group = Group {
    on: Intrinsic::BooleanPrototype,
    rows: &[native("toString", 0, to_string), native("valueOf", 0, value_of)],
};

/// Boolean
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let truth = cx.to_boolean(args.get(cx, 0).value(cx));
    let truth = cx.boolean(truth);
    if !args.is_construct(cx) {
        return Ok(truth);
    }
    let proto = cx.prototype_for(args, Intrinsic::BooleanPrototype)?;
    Ok(cx.new_wrapper(truth, proto)?.any())
}

/// ThisBooleanValue (20.3.3.3.1).
fn this_boolean(cx: &mut Cx<'_>, args: Args<'_>, method: &str) -> JsResult<'static, bool> {
    let this = args.this().value(cx);
    if this.is_boolean() {
        return Ok(this.is_true());
    }
    if let Some(wrapper) = this.cast::<Wrapper>(cx)
        && wrapper.primitive().is_boolean()
    {
        return Ok(wrapper.primitive().is_true());
    }
    Err(cx.type_error(&format!("Boolean.prototype.{method} requires that 'this' be a Boolean")))
}

fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let truth = this_boolean(cx, args, "toString")?;
    cx.text_value(if truth { "true" } else { "false" })
}

fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let truth = this_boolean(cx, args, "valueOf")?;
    Ok(cx.boolean(truth))
}
