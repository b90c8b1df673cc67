//! Map (24.1), its iterators, and the walk that `forEach` and the library use.

use super::array::this_value;
use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %Map%.
const MAP_CLASS: Class = Class::new("Map", 0, Intrinsic::Map, Intrinsic::MapPrototype, by_native(construct));

/// Properties of %Map%.
const MAP: Group = Group {
    on: Intrinsic::Map,
    rows: &[library("groupBy", 2, lib::mapGroupBy), getter("@@species", this_value)],
};

/// Properties of %Map.prototype%.
const MAP_PROTOTYPE: Group = Group {
    on: Intrinsic::MapPrototype,
    rows: &[
        native("clear", 0, clear),
        native("delete", 1, delete),
        native("entries", 0, entries).named(Intrinsic::MapEntries),
        library("forEach", 1, lib::mapForEach),
        native("get", 1, get),
        native("getOrInsert", 2, get_or_insert),
        library("getOrInsertComputed", 2, lib::mapGetOrInsertComputed),
        native("has", 1, has),
        native("keys", 0, keys),
        native("set", 2, set),
        getter("size", size),
        native("values", 0, values),
        alias("@@iterator", "entries"),
        tag("Map"),
    ],
};

/// Properties of %MapIteratorPrototype%.
const MAP_ITERATOR_PROTOTYPE: Group = Group {
    on: Intrinsic::MapIteratorPrototype,
    rows: &[native("next", 0, next).named(Intrinsic::MapIteratorNext), tag("Map Iterator")],
};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[
    Singleton { on: Intrinsic::MapIteratorPrototype, parent: Intrinsic::IteratorPrototype, global: None },
    Singleton { on: Intrinsic::SetIteratorPrototype, parent: Intrinsic::IteratorPrototype, global: None },
];

/// The groups of this file.
pub static GROUPS: &[Group] = &[MAP, MAP_PROTOTYPE, MAP_ITERATOR_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[MAP_CLASS];

/// Map
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor Map requires 'new'"));
    }
    let proto = cx.prototype_for(args, Intrinsic::MapPrototype)?;
    let map = empty_map(cx, proto)?;
    let entries = args.get(cx, 0);
    if entries.value(cx).is_nullish() {
        return Ok(map);
    }
    Err(cx.call_library(lib::fillMap, &[map, entries]))
}

/// An empty Map of the running realm's.
pub fn fresh<'s>(cx: &mut Cx<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::MapPrototype);
    empty_map(cx, proto)
}

fn empty_map<'s>(cx: &mut Cx<'s>, proto: Local<'s>) -> JsResult<'s> {
    let table = cx.new_map_table()?;
    let object = cx.new_kind_with(kind::Map, 0, proto)?;
    let map = object.downcast::<Map>(cx).expect("just made");
    map.get(cx).set_table(cx, table.get(cx));
    Ok(object.any())
}

/// The receiver, which must be a Map.
fn this_map<'s>(cx: &mut Cx<'s>, value: Local<'s>, method: &str) -> JsResult<'s, Local<'s, Map>> {
    match value.cast::<Map>(cx) {
        Some(map) => Ok(map),
        None => {
            let shown = cx.describe(value);
            Err(cx.type_error(&format!(
                "Method Map.prototype.{method} called on incompatible receiver {shown}"
            )))
        }
    }
}

fn table<'s>(cx: &Cx<'s>, map: Local<'s, Map>) -> Local<'s, MapTable> {
    map.get(cx).table(cx).root(cx)
}

fn find<'s>(cx: &mut Cx<'s>, map: Local<'s, Map>, key: Local<'s>) -> JsResult<'s, Option<Local<'s>>> {
    let table = table(cx, map);
    let entry = cx.map_find(table, key)?;
    Ok(entry.map(|entry| table.get(cx).entry_value(entry).root(cx)))
}

pub(super) fn put<'s>(
    cx: &mut Cx<'s>,
    map: Local<'s, Map>,
    key: Local<'s>,
    value: Local<'s>,
) -> JsResult<'s, ()> {
    let table = table(cx, map);
    let now = cx.map_set(table, key, value)?;
    map.get(cx).set_table(cx, now.get(cx));
    Ok(())
}

fn clear<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "clear")?;
    let old = table(cx, map);
    let used = old.get(cx).used();
    cx.vm.spend(u64::from(used) / 32)?;
    let fresh: Local<'s, MapTable> = cx.map_clear(old)?;
    map.get(cx).set_table(cx, fresh.get(cx));
    Ok(cx.undefined())
}

fn delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "delete")?;
    let key = args.get(cx, 0);
    let table = table(cx, map);
    let found = cx.map_delete(table, key)?;
    Ok(cx.boolean(found))
}

fn get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "get")?;
    let key = args.get(cx, 0);
    let found = find(cx, map, key)?;
    Ok(found.unwrap_or_else(|| cx.undefined()))
}

fn get_or_insert<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "getOrInsert")?;
    let (key, value) = (args.get(cx, 0), args.get(cx, 1));
    if let Some(found) = find(cx, map, key)? {
        return Ok(found);
    }
    put(cx, map, key, value)?;
    Ok(value)
}

fn has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "has")?;
    let key = args.get(cx, 0);
    let found = find(cx, map, key)?;
    Ok(cx.boolean(found.is_some()))
}

fn set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "set")?;
    let (key, value) = (args.get(cx, 0), args.get(cx, 1));
    put(cx, map, key, value)?;
    Ok(args.this())
}

fn size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = this_map(cx, args.this(), "size")?;
    let live = map.get(cx).table(cx).live();
    Ok(cx.number(f64::from(live)))
}

// ---- iterators

/// A Map or Set iterator; modes: 0 keys, 1 values, 2 entries.
pub fn new_iterator<'s>(
    cx: &mut Cx<'s>,
    table: Local<'s, MapTable>,
    mode: u32,
    is_set: bool,
) -> JsResult<'s> {
    let proto = if is_set { Intrinsic::SetIteratorPrototype } else { Intrinsic::MapIteratorPrototype };
    let object = cx.new_kind(kind::MapIterator, proto)?;
    let iterator = object.downcast::<MapIterator>(cx).expect("just made");
    let cell = iterator.get(cx);
    cell.set_table(cx, Some(table.get(cx)));
    cell.set_mode(mode);
    cell.set_is_set(is_set.into());
    Ok(object.any())
}

fn iterator<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str, mode: u32) -> JsResult<'s> {
    let map = this_map(cx, args.this(), method)?;
    let table = table(cx, map);
    new_iterator(cx, table, mode, false)
}

fn keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, "keys", 0)
}

fn values<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, "values", 1)
}

fn entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    iterator(cx, args, "entries", 2)
}

/// `next` of Map or Set iterators.
pub fn next_of<'s>(cx: &mut Cx<'s>, args: Args<'s>, is_set: bool) -> JsResult<'s> {
    let iterator = match args.this().cast::<MapIterator>(cx) {
        Some(iterator) if (iterator.get(cx).is_set() != 0) == is_set => iterator,
        _ => {
            let shown = cx.describe(args.this());
            let name = if is_set { "Set" } else { "Map" };
            let message =
                format!("Method {name} Iterator.prototype.next called on incompatible receiver {shown}");
            return Err(cx.type_error(&message));
        }
    };
    match cx.map_iterator_next(iterator)? {
        Some(value) => cx.iter_result(value, false),
        None => {
            let undefined = cx.undefined();
            cx.iter_result(undefined, true)
        }
    }
}

fn next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    next_of(cx, args, false)
}

// ---- intrinsics

fn map_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Map>> {
    let value = args.get(cx, 0);
    this_map(cx, value, "method")
}

/// %checkMap%
pub fn check_map<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    map_argument(cx, args)?;
    Ok(cx.undefined())
}

/// %newMap%
pub fn new_map<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    fresh(cx)
}

/// %mapGet%
pub fn map_get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = map_argument(cx, args)?;
    let key = args.get(cx, 1);
    let found = find(cx, map, key)?;
    Ok(found.unwrap_or_else(|| cx.undefined()))
}

/// %mapHas%
pub fn map_has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = map_argument(cx, args)?;
    let key = args.get(cx, 1);
    let found = find(cx, map, key)?;
    Ok(cx.boolean(found.is_some()))
}

/// %mapSet%
pub fn map_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = map_argument(cx, args)?;
    let (key, value) = (args.get(cx, 1), args.get(cx, 2));
    put(cx, map, key, value)?;
    Ok(cx.undefined())
}

/// %mapWalk%: a walk over a Map or Set that sees what is added meanwhile.
pub fn walk<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let table = if let Some(map) = value.cast::<Map>(cx) {
        table(cx, map)
    } else if let Some(set) = value.cast::<Set>(cx) {
        set.get(cx).table(cx).root(cx)
    } else {
        return Err(cx.bug("a walk over neither Map nor Set"));
    };
    new_iterator(cx, table, 0, true)
}

fn walk_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, MapIterator>> {
    match args.get(cx, 0).cast::<MapIterator>(cx) {
        Some(walk) => Ok(walk),
        None => Err(cx.bug("a walk")),
    }
}

/// %walkNext%: goes on to the next entry; false at the end.
pub fn walk_next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let walk = walk_argument(cx, args)?;
    let found = cx.map_iterator_next(walk)?;
    Ok(cx.boolean(found.is_some()))
}

fn walk_entry<'s>(cx: &mut Cx<'s>, args: Args<'s>, value: bool) -> JsResult<'s> {
    let walk = walk_argument(cx, args)?;
    let cell = walk.get(cx);
    let Some(table) = cell.table(cx) else { return Ok(cx.undefined()) };
    let Some(entry) = cell.index().checked_sub(1) else { return Ok(cx.undefined()) };
    let found = if value { table.entry_value(entry) } else { table.key(entry) };
    let found = if found.is_hole() { Value::UNDEFINED } else { found };
    Ok(found.root(cx))
}

/// %walkKey%: the key of the entry that the walk is at.
pub fn walk_key<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    walk_entry(cx, args, false)
}

/// %walkValue%
pub fn walk_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    walk_entry(cx, args, true)
}
