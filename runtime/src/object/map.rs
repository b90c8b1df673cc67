//! The tables behind Map, Set, WeakMap and WeakSet.
//!
//! A `MapTable` keeps entries in order of insertion, three values each: key, value, and the next entry of its bucket
//! (an int32, -1 at the end). Deleted entries have a hole for a key and stay until the table is rebuilt. Iterators
//! hold a table and a position; a table that was rebuilt refers to its successor.

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value, bits};

/// Values of an entry.
const ENTRY: usize = 3;
/// Entries of a new table.
const FIRST_CAPACITY: u32 = 4;

impl<'a> Gc<'a, MapTable> {
    fn buckets(self, cx: &Cx<'_>) -> usize {
        self.index(cx).len(cx) / 4
    }

    /// Key of an entry, a hole where it was deleted.
    pub fn key(self, cx: &Cx<'_>, entry: u32) -> Value<'a> {
        self.at(cx, entry as usize * ENTRY)
    }

    /// Value of an entry.
    pub fn entry_value(self, cx: &Cx<'_>, entry: u32) -> Value<'a> {
        self.at(cx, entry as usize * ENTRY + 1)
    }

    /// Changes an entry's value.
    pub fn set_entry_value(self, cx: &Cx<'_>, entry: u32, value: Value<'_>) {
        self.put(cx, entry as usize * ENTRY + 1, value);
    }
}

impl<'s> Cx<'s> {
    /// An empty table.
    pub fn new_map_table(&mut self) -> Result<Local<'s, MapTable>, Exit> {
        self.map_table_with(FIRST_CAPACITY)
    }

    fn map_table_with(&mut self, capacity: u32) -> Result<Local<'s, MapTable>, Exit> {
        let buckets = (capacity as usize).next_power_of_two();
        let index = self.alloc::<Bytes>(kind::Bytes, Bytes::BYTES + 4 * buckets)?;
        let table =
            self.alloc::<MapTable>(kind::MapTable, MapTable::BYTES + 8 * ENTRY * capacity as usize)?;
        let cell = table.get(self);
        cell.set_capacity(capacity);
        cell.set_index(self, index.get(self));
        cell.fill(self, 0, Value::HOLE);
        Ok(table)
    }

    /// Hash of a key, by SameValueZero: equal keys have equal hashes. Strings are flattened; objects get an identity.
    pub fn hash_key(&mut self, key: Local<'_>) -> Result<u32, Exit> {
        let value = key.value(self);
        if let Some(number) = value.as_number() {
            let bits = if number == 0.0 { 0 } else { bits::number(number) };
            let mixed = (bits ^ bits >> 32) as u32;
            return Ok(mixed.wrapping_mul(0x9E37_79B1) ^ mixed >> 13);
        }
        if let Some(string) = key.cast::<Str>(self) {
            let cell = string.get(self);
            if matches!(cell.kind(), kind::Latin1 | kind::Utf16) && cell.stored_hash() != 0 {
                return Ok(cell.stored_hash());
            }
            let flat = self.flatten(string)?;
            let cell = flat.get(self);
            let hash = cell.chars(self).hash();
            if matches!(cell.kind(), kind::Latin1 | kind::Utf16) {
                cell.store_hash(hash);
            }
            return Ok(hash);
        }
        if let Some(symbol) = value.cast::<Symbol>(self) {
            return Ok(symbol.hash());
        }
        if let Some(big) = value.cast::<BigInt>(self) {
            return Ok(big.digits().iter().fold(17u32, |h, &d| h.wrapping_mul(31) ^ (d ^ d >> 32) as u32));
        }
        if let Some(object) = key.as_object(self) {
            return self.identity_hash(object);
        }
        Ok(value.bits() as u32)
    }

    /// An object's identity hash: kept with its out-of-line slots.
    pub fn identity_hash(&mut self, object: Local<'_, Object>) -> Result<u32, Exit> {
        if let Some(slots) = object.get(self).slots(self)
            && slots.hash() != 0
        {
            return Ok(slots.hash());
        }
        let hash = self.new_hash();
        if object.get(self).slots(self).is_none() {
            self.scope(|cx| {
                let slots = cx.alloc::<Slots>(kind::Slots, Slots::BYTES)?;
                object.get(cx).set_slots(cx, Some(slots.get(cx)));
                Ok(())
            })?;
        }
        if let Some(slots) = object.get(self).slots(self) {
            slots.set_hash(hash);
        }
        Ok(hash)
    }

    fn same_key(&self, a: Value<'_>, b: Value<'_>) -> bool {
        if a == b {
            return true;
        }
        if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            return a == b || (a.is_nan() && b.is_nan());
        }
        if let (Some(a), Some(b)) = (a.as_string(self), b.as_string(self)) {
            // The key looked for was flattened; keys in the table were when they came.
            return a.length() == b.length() && a.chars(self).equals(b.chars(self));
        }
        match (a.cast::<BigInt>(self), b.cast::<BigInt>(self)) {
            (Some(a), Some(b)) => a.size() == b.size() && a.digits() == b.digits(),
            _ => false,
        }
    }

    /// Finds a key's entry.
    pub fn map_find(&mut self, table: Local<'_, MapTable>, key: Local<'_>) -> Result<Option<u32>, Exit> {
        let hash = self.hash_key(key)?;
        let cell = table.get(self);
        let bucket = hash as usize & (cell.buckets(self) - 1);
        let mut entry = cell.index(self).u32_at(self, bucket) as i32 - 1;
        let wanted = key.value(self);
        while entry >= 0 {
            let at = entry as usize * ENTRY;
            if self.same_key(cell.at(self, at), wanted) {
                return Ok(Some(entry as u32));
            }
            entry = cell.at(self, at + 2).as_int().unwrap_or(-1);
        }
        Ok(None)
    }

    /// Sets a key's value; gives the table that holds it now.
    pub fn map_set(
        &mut self,
        table: Local<'_, MapTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<Local<'s, MapTable>, Exit> {
        if let Some(entry) = self.map_find(table, key)? {
            table.get(self).set_entry_value(self, entry, value.value(self));
            return Ok(table.get(self).root(self));
        }
        let cell = table.get(self);
        let table = if cell.used() == cell.capacity() { self.rebuild(table)? } else { cell.root(self) };
        let hash = self.hash_key(key)?;
        let cell = table.get(self);
        let entry = cell.used();
        let bucket = hash as usize & (cell.buckets(self) - 1);
        let index = cell.index(self);
        let at = entry as usize * ENTRY;
        // Minus zero is kept as zero (24.1.3.9 step 4).
        let stored = match key.value(self).as_number() {
            Some(0.0) => Value::int(0),
            _ => key.value(self),
        };
        cell.put(self, at, stored);
        cell.put(self, at + 1, value.value(self));
        cell.put(self, at + 2, Value::int(index.u32_at(self, bucket) as i32 - 1));
        index.set_u32(self, bucket, entry + 1);
        cell.set_used(entry + 1);
        cell.set_live(cell.live() + 1);
        Ok(table)
    }

    /// A table with the live entries of another, with room for more.
    fn rebuild(&mut self, table: Local<'_, MapTable>) -> Result<Local<'s, MapTable>, Exit> {
        let live = table.get(self).live();
        let capacity = (live * 2).max(FIRST_CAPACITY);
        self.vm.spend(u64::from(live) / 16)?;
        let larger = self.map_table_with(capacity)?;
        for entry in 0..table.get(self).used() {
            self.scope(|cx| {
                let key = table.get(cx).key(cx, entry);
                if key.is_hole() {
                    return Ok(());
                }
                let key = key.root(cx);
                let value = table.get(cx).entry_value(cx, entry).root(cx);
                let hash = cx.hash_key(key)?;
                let cell = larger.get(cx);
                let place = cell.used();
                let index = cell.index(cx);
                let bucket = hash as usize & (cell.buckets(cx) - 1);
                let at = place as usize * ENTRY;
                cell.put(cx, at, key.value(cx));
                cell.put(cx, at + 1, value.value(cx));
                cell.put(cx, at + 2, Value::int(index.u32_at(cx, bucket) as i32 - 1));
                index.set_u32(cx, bucket, place + 1);
                cell.set_used(place + 1);
                cell.set_live(place + 1);
                Ok(())
            })?;
        }
        table.get(self).set_next(self, Some(larger.get(self)));
        Ok(larger)
    }

    /// Deletes a key; true where it was there.
    pub fn map_delete(&mut self, table: Local<'_, MapTable>, key: Local<'_>) -> Result<bool, Exit> {
        let Some(entry) = self.map_find(table, key)? else { return Ok(false) };
        let hash = self.hash_key(key)?;
        let cell = table.get(self);
        let at = entry as usize * ENTRY;
        let next = cell.at(self, at + 2).as_int().unwrap_or(-1);
        // Out of its bucket's chain.
        let bucket = hash as usize & (cell.buckets(self) - 1);
        let index = cell.index(self);
        let mut before = index.u32_at(self, bucket) as i32 - 1;
        if before == entry as i32 {
            index.set_u32(self, bucket, (next + 1) as u32);
        } else {
            while before >= 0 {
                let link = before as usize * ENTRY + 2;
                let after = cell.at(self, link).as_int().unwrap_or(-1);
                if after == entry as i32 {
                    cell.put(self, link, Value::int(next));
                    break;
                }
                before = after;
            }
        }
        cell.put(self, at, Value::HOLE);
        cell.put(self, at + 1, Value::UNDEFINED);
        cell.set_live(cell.live() - 1);
        Ok(true)
    }

    /// An empty table in place of another; iterators under way start again in it.
    pub fn map_clear(&mut self, table: Local<'_, MapTable>) -> Result<Local<'s, MapTable>, Exit> {
        let fresh = self.new_map_table()?;
        let cell = table.get(self);
        for entry in 0..cell.used() {
            cell.put(self, entry as usize * ENTRY, Value::HOLE);
            cell.put(self, entry as usize * ENTRY + 1, Value::UNDEFINED);
        }
        cell.set_live(0);
        cell.set_cleared(1);
        cell.set_next(self, Some(fresh.get(self)));
        Ok(fresh)
    }

    /// Where an iterator that stood at `position` of `table` goes on: the newest table, and its position there.
    pub fn map_catch_up<'a>(&'a self, table: Gc<'a, MapTable>, position: u32) -> (Gc<'a, MapTable>, u32) {
        let (mut table, mut position) = (table, position);
        while let Some(next) = table.next(self) {
            position = if table.cleared() != 0 {
                0
            } else {
                (0..position.min(table.used())).filter(|&e| self.was_live(table, e)).count() as u32
            };
            table = next;
        }
        (table, position)
    }

    /// Whether an entry moved on when its table was rebuilt: it was live then.
    fn was_live(&self, table: Gc<'_, MapTable>, entry: u32) -> bool {
        !table.key(self, entry).is_hole()
    }

    // ---- weak tables

    /// An empty weak table.
    pub fn new_weak_table(&mut self) -> Result<Local<'s, WeakTable>, Exit> {
        self.weak_table_with(8)
    }

    fn weak_table_with(&mut self, capacity: u32) -> Result<Local<'s, WeakTable>, Exit> {
        let bytes = WeakTable::BYTES + 16 * capacity as usize;
        let table = self.alloc::<WeakTable>(kind::WeakTable, bytes)?;
        table.get(self).set_capacity(capacity);
        for i in 0..capacity {
            table.get(self).set_entry(self, i, Value::UNDEFINED, Value::UNDEFINED);
        }
        Ok(table)
    }

    /// Hash of a weak key: an object or symbol.
    fn weak_hash(&mut self, key: Local<'_>) -> Result<u32, Exit> {
        self.hash_key(key)
    }

    /// Finds a weak key's entry. Free entries are undefined, deleted ones holes.
    pub fn weak_find(&mut self, table: Local<'_, WeakTable>, key: Local<'_>) -> Result<Option<u32>, Exit> {
        let hash = self.weak_hash(key)?;
        let cell = table.get(self);
        let mask = cell.capacity() - 1;
        let mut place = hash & mask;
        loop {
            let (found, _) = cell.entry(place);
            if found == key.value(self) {
                return Ok(Some(place));
            }
            if found.is_undefined() {
                return Ok(None);
            }
            place = (place + 1) & mask;
        }
    }

    /// Sets a weak key's value; gives the table that holds it now.
    pub fn weak_set(
        &mut self,
        table: Local<'_, WeakTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<Local<'s, WeakTable>, Exit> {
        if let Some(place) = self.weak_find(table, key)? {
            let key = key.value(self);
            table.get(self).set_entry(self, place, key, value.value(self));
            return Ok(table.get(self).root(self));
        }
        let cell = table.get(self);
        let table =
            if cell.used() * 4 >= cell.capacity() * 3 { self.weak_rebuild(table)? } else { cell.root(self) };
        self.weak_insert(table, key, value)?;
        Ok(table)
    }

    fn weak_insert(
        &mut self,
        table: Local<'_, WeakTable>,
        key: Local<'_>,
        value: Local<'_>,
    ) -> Result<(), Exit> {
        let hash = self.weak_hash(key)?;
        let cell = table.get(self);
        let mask = cell.capacity() - 1;
        let mut place = hash & mask;
        while !cell.entry(place).0.is_undefined() {
            place = (place + 1) & mask;
        }
        cell.set_entry(self, place, key.value(self), value.value(self));
        cell.set_used(cell.used() + 1);
        cell.set_live(cell.live() + 1);
        Ok(())
    }

    fn weak_rebuild(&mut self, table: Local<'_, WeakTable>) -> Result<Local<'s, WeakTable>, Exit> {
        let capacity = (table.get(self).live() * 2 + 8).next_power_of_two();
        let larger = self.weak_table_with(capacity)?;
        for place in 0..table.get(self).capacity() {
            self.scope(|cx| {
                let (key, value) = table.get(cx).entry(place);
                if key.is_undefined() || key.is_hole() {
                    return Ok(());
                }
                let (key, value) = (key.root(cx), value.root(cx));
                cx.weak_insert(larger, key, value)
            })?;
        }
        Ok(larger)
    }

    /// Deletes a weak key; true where it was there.
    pub fn weak_delete(&mut self, table: Local<'_, WeakTable>, key: Local<'_>) -> Result<bool, Exit> {
        let Some(place) = self.weak_find(table, key)? else { return Ok(false) };
        let cell = table.get(self);
        cell.set_entry(self, place, Value::HOLE, Value::HOLE);
        cell.set_live(cell.live() - 1);
        Ok(true)
    }

    /// CanBeHeldWeakly (9.13): an object, or a symbol that is not registered.
    pub fn can_be_weak(&self, value: Value<'_>) -> bool {
        match value.cast::<Symbol>(self) {
            Some(symbol) => symbol.flags() & super::symbol::symbol_flag::REGISTERED == 0,
            None => value.is_object(),
        }
    }
}
