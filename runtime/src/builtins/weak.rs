//! WeakMap (24.3), WeakSet (24.4), WeakRef (26.1) and FinalizationRegistry (26.2).

use super::table::*;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// %WeakMap%.
const WEAK_MAP_CLASS: Class =
    Class::new("WeakMap", 0, Intrinsic::WeakMap, Intrinsic::WeakMapPrototype, by_native(construct_map));
/// %WeakSet%.
const WEAK_SET_CLASS: Class =
    Class::new("WeakSet", 0, Intrinsic::WeakSet, Intrinsic::WeakSetPrototype, by_native(construct_set));
/// %WeakRef%.
const WEAK_REF_CLASS: Class =
    Class::new("WeakRef", 1, Intrinsic::WeakRef, Intrinsic::WeakRefPrototype, by_native(construct_ref));
/// %FinalizationRegistry%.
const REGISTRY_CLASS: Class = Class::new(
    "FinalizationRegistry",
    1,
    Intrinsic::FinalizationRegistry,
    Intrinsic::FinalizationRegistryPrototype,
    by_native(construct_registry),
);

/// Properties of %WeakMap.prototype%.
const WEAK_MAP_PROTOTYPE: Group = Group {
    on: Intrinsic::WeakMapPrototype,
    rows: &[
        native("delete", 1, map_delete),
        native("get", 1, map_get),
        native("getOrInsert", 2, map_get_or_insert),
        library("getOrInsertComputed", 2, lib::weakMapGetOrInsertComputed),
        native("has", 1, map_has),
        native("set", 2, map_set),
        tag("WeakMap"),
    ],
};

/// Properties of %WeakSet.prototype%.
const WEAK_SET_PROTOTYPE: Group = Group {
    on: Intrinsic::WeakSetPrototype,
    rows: &[
        native("add", 1, set_add),
        native("delete", 1, set_delete),
        native("has", 1, set_has),
        tag("WeakSet"),
    ],
};

/// Properties of %WeakRef.prototype%.
const WEAK_REF_PROTOTYPE: Group =
    Group { on: Intrinsic::WeakRefPrototype, rows: &[native("deref", 0, deref), tag("WeakRef")] };

/// Properties of %FinalizationRegistry.prototype%.
const REGISTRY_PROTOTYPE: Group = Group {
    on: Intrinsic::FinalizationRegistryPrototype,
    rows: &[
        native("register", 2, register),
        native("unregister", 1, unregister),
        tag("FinalizationRegistry"),
    ],
};

/// The groups of this file.
pub static GROUPS: &[Group] =
    &[WEAK_MAP_PROTOTYPE, WEAK_SET_PROTOTYPE, WEAK_REF_PROTOTYPE, REGISTRY_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[WEAK_MAP_CLASS, WEAK_SET_CLASS, WEAK_REF_CLASS, REGISTRY_CLASS];

// ---- tables

fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>, is_set: bool) -> JsResult<'s> {
    let name = if is_set { "WeakSet" } else { "WeakMap" };
    if !args.is_construct(cx) {
        return Err(cx.type_error(&format!("Constructor {name} requires 'new'")));
    }
    let default = if is_set { Intrinsic::WeakSetPrototype } else { Intrinsic::WeakMapPrototype };
    let proto = cx.prototype_for(args, default)?;
    let table = cx.new_weak_table()?;
    let object = cx.new_kind_with(kind::WeakMap, 0, proto)?;
    let map = object.downcast::<WeakMap>(cx).expect("just made");
    map.get(cx).set_table(cx, table.get(cx));
    map.get(cx).set_is_set(is_set.into());
    let entries = args.get(cx, 0);
    if entries.value(cx).is_nullish() {
        return Ok(object.any());
    }
    let fill = if is_set { lib::fillWeakSet } else { lib::fillWeakMap };
    Err(cx.call_library(fill, &[object.any(), entries]))
}

fn construct_map<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    construct(cx, args, false)
}

fn construct_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    construct(cx, args, true)
}

/// A WeakMap or WeakSet.
fn weak<'s>(
    cx: &mut Cx<'s>,
    value: Local<'s>,
    is_set: bool,
    method: &str,
) -> JsResult<'s, Local<'s, WeakMap>> {
    match value.cast::<WeakMap>(cx) {
        Some(map) if (map.get(cx).is_set() != 0) == is_set => Ok(map),
        _ => {
            let shown = cx.describe(value);
            let name = if is_set { "WeakSet" } else { "WeakMap" };
            Err(cx.type_error(&format!(
                "Method {name}.prototype.{method} called on incompatible receiver {shown}"
            )))
        }
    }
}

/// The value of a key, where it is there.
fn find<'s>(cx: &mut Cx<'s>, map: Local<'s, WeakMap>, key: Local<'s>) -> JsResult<'s, Option<Local<'s>>> {
    if !cx.can_be_weak(key.value(cx)) {
        return Ok(None);
    }
    let table = map.get(cx).table(cx).root(cx);
    let found = cx.weak_find(table, key)?;
    Ok(found.map(|place| table.get(cx).entry(place).1.root(cx)))
}

fn put<'s>(cx: &mut Cx<'s>, map: Local<'s, WeakMap>, key: Local<'s>, value: Local<'s>) -> JsResult<'s, ()> {
    check_key(cx, key, map.get(cx).is_set() != 0)?;
    let table = map.get(cx).table(cx).root(cx);
    let now = cx.weak_set(table, key, value)?;
    map.get(cx).set_table(cx, now.get(cx));
    Ok(())
}

fn check_key<'s>(cx: &mut Cx<'s>, key: Local<'s>, is_set: bool) -> JsResult<'s, ()> {
    if cx.can_be_weak(key.value(cx)) {
        return Ok(());
    }
    Err(cx.type_error(if is_set {
        "Invalid value used in weak set"
    } else {
        "Invalid value used as weak map key"
    }))
}

fn remove<'s>(cx: &mut Cx<'s>, map: Local<'s, WeakMap>, key: Local<'s>) -> JsResult<'s> {
    if !cx.can_be_weak(key.value(cx)) {
        return Ok(cx.boolean(false));
    }
    let table = map.get(cx).table(cx).root(cx);
    let found = cx.weak_delete(table, key)?;
    Ok(cx.boolean(found))
}

fn map_delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak(cx, args.this(), false, "delete")?;
    let key = args.get(cx, 0);
    remove(cx, map, key)
}

fn map_get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak(cx, args.this(), false, "get")?;
    let key = args.get(cx, 0);
    let found = find(cx, map, key)?;
    Ok(found.unwrap_or_else(|| cx.undefined()))
}

fn map_get_or_insert<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak(cx, args.this(), false, "getOrInsert")?;
    let (key, value) = (args.get(cx, 0), args.get(cx, 1));
    check_key(cx, key, false)?;
    if let Some(found) = find(cx, map, key)? {
        return Ok(found);
    }
    put(cx, map, key, value)?;
    Ok(value)
}

fn map_has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak(cx, args.this(), false, "has")?;
    let key = args.get(cx, 0);
    let found = find(cx, map, key)?;
    Ok(cx.boolean(found.is_some()))
}

fn map_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak(cx, args.this(), false, "set")?;
    let (key, value) = (args.get(cx, 0), args.get(cx, 1));
    put(cx, map, key, value)?;
    Ok(args.this())
}

fn set_add<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = weak(cx, args.this(), true, "add")?;
    let (key, value) = (args.get(cx, 0), cx.boolean(true));
    put(cx, set, key, value)?;
    Ok(args.this())
}

fn set_delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = weak(cx, args.this(), true, "delete")?;
    let key = args.get(cx, 0);
    remove(cx, set, key)
}

fn set_has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let set = weak(cx, args.this(), true, "has")?;
    let key = args.get(cx, 0);
    let found = find(cx, set, key)?;
    Ok(cx.boolean(found.is_some()))
}

// ---- references and registries

/// WeakRef
fn construct_ref<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor WeakRef requires 'new'"));
    }
    let target = args.get(cx, 0);
    if !cx.can_be_weak(target.value(cx)) {
        return Err(cx.type_error("WeakRef: target must be an object"));
    }
    let proto = cx.prototype_for(args, Intrinsic::WeakRefPrototype)?;
    let object = cx.new_kind_with(kind::WeakRef, 0, proto)?;
    let weak = object.downcast::<WeakRef>(cx).expect("just made");
    weak.get(cx).set_weak_target(cx, target.value(cx));
    keep(cx, target)?;
    Ok(object.any())
}

/// AddToKeptObjects (9.12)
fn keep<'s>(cx: &mut Cx<'s>, target: Local<'s>) -> JsResult<'s, ()> {
    let kept = cx.root_cell::<List>(Root::KeptAlive).root(cx);
    cx.list_push(kept, target)
}

/// WeakRef.prototype.deref
fn deref<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(weak) = args.this().cast::<WeakRef>(cx) else {
        let shown = cx.describe(args.this());
        return Err(
            cx.type_error(&format!("Method WeakRef.prototype.deref called on incompatible receiver {shown}"))
        );
    };
    let target = Value::from_weak(cx, weak.get(cx).target()).root(cx);
    if !target.value(cx).is_undefined() {
        keep(cx, target)?;
    }
    Ok(target)
}

/// FinalizationRegistry
fn construct_registry<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor FinalizationRegistry requires 'new'"));
    }
    let cleanup = args.get(cx, 0);
    if !cx.is_callable(cleanup.value(cx)) {
        return Err(cx.type_error("FinalizationRegistry: cleanup must be callable"));
    }
    let proto = cx.prototype_for(args, Intrinsic::FinalizationRegistryPrototype)?;
    let object = cx.new_kind_with(kind::Registry, 0, proto)?;
    let registry = object.downcast::<Registry>(cx).expect("just made");
    registry.get(cx).set_cleanup(cx, cleanup.value(cx));
    Ok(object.any())
}

fn this_registry<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Local<'s, Registry>> {
    match args.this().cast::<Registry>(cx) {
        Some(registry) => Ok(registry),
        None => {
            let shown = cx.describe(args.this());
            let text = format!(
                "Method FinalizationRegistry.prototype.{method} called on incompatible receiver {shown}"
            );
            Err(cx.type_error(&text))
        }
    }
}

/// FinalizationRegistry.prototype.register
fn register<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let registry = this_registry(cx, args, "register")?;
    let (target, held, token) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    if !cx.can_be_weak(target.value(cx)) {
        return Err(cx.type_error("FinalizationRegistry.prototype.register: invalid target"));
    }
    if cx.same_value(target, held)? {
        let message = "FinalizationRegistry.prototype.register: target and holdings must not be same";
        return Err(cx.type_error(message));
    }
    if !cx.can_be_weak(token.value(cx)) && !token.value(cx).is_undefined() {
        let shown = cx.describe(token);
        return Err(cx.type_error(&format!("Invalid unregisterToken ('{shown}')")));
    }
    let cell = cx.alloc::<WeakCell>(kind::WeakCell, WeakCell::BYTES)?;
    cell.get(cx).set_held(cx, held.value(cx));
    cell.get(cx).set_weak_parts(cx, target.value(cx), token.value(cx));
    let records = match registry.get(cx).records(cx) {
        Some(records) => records.root(cx),
        None => {
            let records = cx.new_list()?;
            registry.get(cx).set_records(cx, Some(records.get(cx)));
            let all = cx.root_cell::<List>(Root::Registries).root(cx);
            cx.list_push(all, registry.any())?;
            records
        }
    };
    cx.list_push(records, cell.any())?;
    Ok(cx.undefined())
}

/// FinalizationRegistry.prototype.unregister
fn unregister<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let registry = this_registry(cx, args, "unregister")?;
    let token = args.get(cx, 0);
    if !cx.can_be_weak(token.value(cx)) {
        let shown = cx.describe(token);
        return Err(cx.type_error(&format!("Invalid unregisterToken ('{shown}')")));
    }
    let Some(records) = registry.get(cx).records(cx) else { return Ok(cx.boolean(false)) };
    let records = records.root(cx);
    let cell = records.get(cx);
    let count = cell.length() as usize;
    cx.vm.spend(count as u64 / 16)?;
    let cell = records.get(cx);
    let mut kept = 0;
    for index in 0..count {
        let record = cell.item(cx, index);
        let bits = record.cast::<WeakCell>(cx).map(|weak| weak.token());
        if bits == Some(token.value(cx).bits()) {
            continue;
        }
        cell.set_item(cx, kept, record);
        kept += 1;
    }
    cell.truncate(cx, kept);
    Ok(cx.boolean(kept < count))
}

// ---- intrinsics

/// %checkWeakMap%: a value, a key, and whether the key is checked.
pub fn check_weak_map<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (value, key) = (args.get(cx, 0), args.get(cx, 1));
    weak(cx, value, false, "getOrInsertComputed")?;
    if args.get(cx, 2).value(cx).is_true() {
        check_key(cx, key, false)?;
    }
    Ok(cx.undefined())
}

fn weak_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, WeakMap>> {
    let value = args.get(cx, 0);
    weak(cx, value, false, "method")
}

/// %weakMapHas%
pub fn weak_map_has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak_argument(cx, args)?;
    let key = args.get(cx, 1);
    let found = find(cx, map, key)?;
    Ok(cx.boolean(found.is_some()))
}

/// %weakMapGet%
pub fn weak_map_get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak_argument(cx, args)?;
    let key = args.get(cx, 1);
    let found = find(cx, map, key)?;
    Ok(found.unwrap_or_else(|| cx.undefined()))
}

/// %weakMapSet%
pub fn weak_map_set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let map = weak_argument(cx, args)?;
    let (key, value) = (args.get(cx, 1), args.get(cx, 2));
    put(cx, map, key, value)?;
    Ok(cx.undefined())
}
