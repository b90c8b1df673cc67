//! %ArrayIteratorPrototype% (23.1.5.2).

use super::table::*;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// Properties of %ArrayIteratorPrototype%.
const ARRAY_ITERATOR_PROTOTYPE: Group = Group {
    on: Intrinsic::ArrayIteratorPrototype,
    rows: &[
        both("next", 0, next, lib::arrayIteratorNext).named(Intrinsic::ArrayIteratorNext),
        tag("Array Iterator"),
    ],
};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[Singleton {
    on: Intrinsic::ArrayIteratorPrototype,
    parent: Intrinsic::IteratorPrototype,
    global: None,
}];

/// The groups of this file.
pub static GROUPS: &[Group] = &[ARRAY_ITERATOR_PROTOTYPE];

/// %ArrayIteratorPrototype%.next
fn next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(iterator) = args.this().cast::<ArrayIterator>(cx) else {
        let shown = cx.describe(args.this());
        return Err(cx.type_error(&format!("next method called on incompatible receiver {shown}")));
    };
    match cx.array_iterator_next(iterator) {
        Ok(Some(Some(value))) => cx.iter_result(value, false),
        Ok(Some(None)) => {
            let undefined = cx.undefined();
            cx.iter_result(undefined, true)
        }
        Ok(None) => Err(Exit::Fallback),
        Err(exit) => {
            iterator.get(cx).set_target(cx, Value::UNDEFINED);
            Err(exit)
        }
    }
}

fn of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, ArrayIterator>> {
    match args.get(cx, 0).cast::<ArrayIterator>(cx) {
        Some(iterator) => Ok(iterator),
        None => Err(cx.bug("an array iterator")),
    }
}

/// %arrayIteratorTarget%
pub fn target<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(of(cx, args)?.get(cx).target().root(cx))
}

/// %arrayIteratorIndex%
pub fn index<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let index = of(cx, args)?.get(cx).index();
    Ok(cx.number(index as f64))
}

/// %arrayIteratorMode%
pub fn mode<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let mode = of(cx, args)?.get(cx).mode();
    Ok(cx.number(f64::from(mode)))
}

/// %arrayIteratorEnd%
pub fn end<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    of(cx, args)?.get(cx).set_target(cx, Value::UNDEFINED);
    Ok(cx.undefined())
}

/// %arrayIteratorAdvance%
pub fn advance<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let iterator = of(cx, args)?;
    let cell = iterator.get(cx);
    cell.set_index(cell.index() + 1);
    Ok(cx.undefined())
}
