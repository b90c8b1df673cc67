//! Maps and Sets for compiled code.

use super::calls::{above, leave};
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Isolate, Value, bits};
use crate::object::map::{Sought, canonical};

const _: () = assert!(offset::Map::table == offset::Set::table, "compiled code takes a Set for a Map");

/// The table of a Map or a Set.
///
/// # Safety
/// The value is one of the two, and alive.
unsafe fn table_of<'a>(cx: &'a Cx<'_>, value: u64) -> (Gc<'a, MapTable>, bool) {
    // SAFETY: the caller's.
    let value = unsafe { Value::from_bits(value) };
    match value.cast::<Set>(cx) {
        Some(set) => (set.table(cx), true),
        None => (value.cast::<Map>(cx).expect("a guarded Map").table(cx), false),
    }
}

pub(super) unsafe extern "C" fn tier_map_find(isolate: *mut Isolate, map: u64, key: u64) -> i32 {
    // SAFETY: compiled code passes a live Map or Set, and a live key; nothing moves.
    unsafe {
        let cx = (*isolate).cx();
        let key = Value::from_bits(key);
        let mut sought = cx.map_seek(table_of(cx, map).0, key);
        if sought == Sought::Unknown && cx.flatten_quietly(key) {
            sought = cx.map_seek(table_of(cx, map).0, key);
        }
        match sought {
            Sought::Entry(entry) => entry as i32,
            Sought::Absent => -1,
            Sought::Unknown => -2,
        }
    }
}

pub(super) unsafe extern "C" fn tier_map_put(isolate: *mut Isolate, map: u64, key: u64, value: u64) -> u32 {
    // SAFETY: as above.
    unsafe {
        let cx = (*isolate).cx();
        let (table, is_set) = table_of(cx, map);
        let (key, value) = (Value::from_bits(key), Value::from_bits(value));
        let value = if is_set { canonical(key) } else { value };
        u32::from(cx.map_put_quietly(table, key, value))
    }
}

/// Map.prototype.set (24.1.3.9), Set.prototype.add (24.2.3.1).
pub(super) unsafe extern "C" fn tier_map_set(
    isolate: *mut Isolate,
    fp: *mut u64,
    map: u64,
    key: u64,
    value: u64,
) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let (table, is_set) = table_of(cx, map);
        let table = table.root(cx);
        let key = canonical(Value::from_bits(key)).root(cx);
        let value = if is_set { key } else { Value::from_bits(value).root(cx) };
        let map = Value::from_bits(map).root(cx);
        let now = match cx.map_set(table, key, value) {
            Ok(now) => now,
            Err(exit) => return leave(isolate, exit),
        };
        if let Some(set) = map.cast::<Set>(cx) {
            set.get(cx).set_table(cx, now.get(cx));
        } else if let Some(map) = map.cast::<Map>(cx) {
            map.get(cx).set_table(cx, now.get(cx));
        }
        bits::UNDEFINED
    }
}
