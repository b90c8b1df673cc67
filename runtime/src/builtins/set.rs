//! Set (24.2) and its iterators. What asks another set-like object is `library/collection.js`.

use super::array::this_value;
use super::map::{new_iterator, next_of};
use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::map::canonical;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %Set%.
const SET_CLASS: Class = Class::new("Set", 0, Intrinsic::Set, Intrinsic::SetPrototype, by_native(construct));

/// Properties of %Set%.
const SET: Group = Group { on: Intrinsic::Set, rows: &[getter("@@species", this_value)] };

/// Properties of %Set.prototype%.
const SET_PROTOTYPE: Group = Group {
    on: Intrinsic::SetPrototype,
    rows: &[
        native("add", 1, add),
        native("clear", 0, clear),
        native("delete", 1, delete),
        library("difference", 1, lib::setDifference),
        native("entries", 0, entries),
        library("forEach", 1, lib::setForEach),
        native("has", 1, has),
        library("intersection", 1, lib::setIntersection),
        library("isDisjointFrom", 1, lib::setIsDisjointFrom),
        library("isSubsetOf", 1, lib::setIsSubsetOf),
        library("isSupersetOf", 1, lib::setIsSupersetOf),
        getter("size", size),
        library("symmetricDifference", 1, lib::setSymmetricDifference),
        library("union", 1, lib::setUnion),
        native("values", 0, values).named(Intrinsic::SetValues),
        alias("keys", "values"),
        alias("@@iterator", "values"),
        tag("Set"),
    ],
};

/// Properties of %SetIteratorPrototype%.
const SET_ITERATOR_PROTOTYPE: Group = Group {
    on: Intrinsic::SetIteratorPrototype,
    rows: &[native("next", 0, next).named(Intrinsic::SetIteratorNext), tag("Set Iterator")],
};

/// The groups of this file.
pub static GROUPS: &[Group] = &[SET, SET_PROTOTYPE, SET_ITERATOR_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[SET_CLASS];

/// Set
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor Set requires 'new'"));
    }
    let proto = cx.prototype_for(args, Intrinsic::SetPrototype)?;
    let set = empty_set(cx, proto)?;
    let values = args.get(cx, 0);
    if values.value(cx).is_nullish() {
        return Ok(set.value(cx).root(cx));
    }
    Err(cx.call_library(lib::fillSet, &[set.any(), values]))
}

pub(super) fn empty_set<'s>(cx: &mut Cx<'s>, proto: Local<'s>) -> JsResult<'s, Local<'s, Set>> {
    let table = cx.new_map_table()?;
    let object = cx.new_kind_with(kind::Set, 0, proto)?;
    let set = object.downcast::<Set>(cx).expect("just made");
    set.get(cx).set_table(cx, table.get(cx));
    Ok(set)
}

fn this_set<'s>(cx: &mut Cx<'s>, value: Local<'s>, method: &str) -> JsResult<'s, Local<'s, Set>> {
    match value.cast::<Set>(cx) {
        Some(set) => Ok(set),
        None => {
            let shown = cx.describe(value);
            Err(cx.type_error(&format!(
                "Method Set.prototype.{method} called on incompatible receiver {shown}"
            )))
        }
    }
}

fn table<'s>(cx: &Cx<'s>, set: Local<'s, Set>) -> Local<'s, MapTable> {
    set.get(cx).table(cx).root(cx)
}

pub(super) fn put<'s>(cx: &mut Cx<'s>, set: Local<'s, Set>, value: Local<'s>) -> JsResult<'s, ()> {
    let table = table(cx, set);
    let value = canonical(value.value(cx)).root(cx);
    let now = cx.map_set(table, value, value)?;
    set.get(cx).set_table(cx, now.get(cx));
    Ok(())
}

fn add<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "add")?;
    let value = args.get(cx, 0);
    put(cx, set, value)?;
    Ok(args.this())
}

fn clear<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "clear")?;
    let old = table(cx, set);
    let used = old.get(cx).used();
    cx.vm.spend(u64::from(used) / 32)?;
    let fresh: Local<'s, MapTable> = cx.map_clear(old)?;
    set.get(cx).set_table(cx, fresh.get(cx));
    Ok(cx.undefined())
}

fn delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "delete")?;
    let (table, value) = (table(cx, set), args.get(cx, 0));
    let found = cx.map_delete(table, value)?;
    Ok(cx.boolean(found))
}

fn has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "has")?;
    let (table, value) = (table(cx, set), args.get(cx, 0));
    let found = cx.map_find(table, value)?;
    Ok(cx.boolean(found.is_some()))
}

fn size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "size")?;
    let live = set.get(cx).table(cx).live();
    Ok(cx.number(f64::from(live)))
}

fn values<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "values")?;
    let table = table(cx, set);
    new_iterator(cx, table, 1, true)
}

fn entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = this_set(cx, args.this(), "entries")?;
    let table = table(cx, set);
    new_iterator(cx, table, 2, true)
}

fn next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    next_of(cx, args, true)
}

// ---- intrinsics

fn set_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Set>> {
    let value = args.get(cx, 0);
    this_set(cx, value, "method")
}

/// %checkSet%: a value, and the method that wants it to be a Set.
pub fn check_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = args.string(cx, 1)?;
    let name = cx.text(name)?;
    let value = args.get(cx, 0);
    this_set(cx, value, &name)?;
    Ok(cx.undefined())
}

/// %newSet%
pub fn new_set<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::SetPrototype);
    Ok(empty_set(cx, proto)?.any())
}

/// %copySet%: a plain Set with the values of another one.
pub fn copy_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let source = set_argument(cx, args)?;
    let proto = cx.intrinsic(Intrinsic::SetPrototype);
    let copy = empty_set(cx, proto)?;
    let table = table(cx, source);
    for entry in 0..table.get(cx).used() {
        cx.vm.spend(1)?;
        cx.scope(|cx| {
            let value = table.get(cx).key(entry);
            if value.is_hole() {
                return Ok(());
            }
            let value = value.root(cx);
            let to = copy.get(cx).table(cx).root(cx);
            let now = cx.map_set(to, value, value)?;
            copy.get(cx).set_table(cx, now.get(cx));
            Ok(())
        })?;
    }
    Ok(copy.any())
}

/// %setAdd%
pub fn set_add<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = set_argument(cx, args)?;
    let value = args.get(cx, 1);
    put(cx, set, value)?;
    Ok(cx.undefined())
}

/// %setHas%
pub fn set_has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = set_argument(cx, args)?;
    let (table, value) = (table(cx, set), args.get(cx, 1));
    let found = cx.map_find(table, value)?;
    Ok(cx.boolean(found.is_some()))
}

/// %setDelete%
pub fn set_delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = set_argument(cx, args)?;
    let (table, value) = (table(cx, set), args.get(cx, 1));
    let found = cx.map_delete(table, value)?;
    Ok(cx.boolean(found))
}

/// %setSize%
pub fn set_size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = set_argument(cx, args)?;
    let live = set.get(cx).table(cx).live();
    Ok(cx.number(f64::from(live)))
}
