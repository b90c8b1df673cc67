//! Tuples and lists: the engine's own sequences of values.

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value};

impl<'s> Cx<'s> {
    /// A tuple of `count` undefined values.
    pub fn new_tuple(&mut self, count: usize) -> Result<Local<'s, Tuple>, Exit> {
        let tuple = self.alloc::<Tuple>(kind::Tuple, Tuple::BYTES + 8 * count)?;
        let cell = tuple.get(self);
        for i in 0..count {
            cell.put(self, i, Value::UNDEFINED);
        }
        Ok(tuple)
    }

    /// A tuple of these values.
    pub fn tuple(&mut self, values: &[Local<'_>]) -> Result<Local<'s, Tuple>, Exit> {
        let tuple = self.new_tuple(values.len())?;
        for (i, value) in values.iter().enumerate() {
            tuple.get(self).put(self, i, value.value(self));
        }
        Ok(tuple)
    }

    /// An empty list.
    pub fn new_list(&mut self) -> Result<Local<'s, List>, Exit> {
        self.alloc::<List>(kind::List, List::BYTES)
    }

    /// Appends to a list.
    pub fn list_push(&mut self, list: Local<'_, List>, value: Local<'_>) -> Result<(), Exit> {
        let length = list.get(self).length() as usize;
        let room = list.get(self).storage(self).map_or(0, |storage| storage.count(self));
        if length == room {
            self.scope(|cx| {
                let larger = cx.new_tuple((room * 2).max(4))?;
                if let Some(storage) = list.get(cx).storage(cx) {
                    for i in 0..length {
                        larger.get(cx).put(cx, i, storage.at(cx, i));
                    }
                }
                list.get(cx).set_storage(cx, Some(larger.get(cx)));
                Ok(())
            })?;
        }
        let cell = list.get(self);
        if let Some(storage) = cell.storage(self) {
            storage.put(self, length, value.value(self));
        }
        cell.set_length(length as u32 + 1);
        Ok(())
    }

    /// Takes the first value of a list used as a queue.
    pub fn list_shift(&mut self, list: Local<'_, List>) -> Option<Local<'s>> {
        let cell = list.get(self);
        let head = cell.head() as usize;
        if head >= cell.length() as usize {
            return None;
        }
        let storage = cell.storage(self)?;
        let value = storage.at(self, head).root(self);
        storage.put(self, head, Value::UNDEFINED);
        cell.set_head(head as u32 + 1);
        // Move what is left to the front before the dead part gets large.
        let length = cell.length() as usize;
        if head + 1 == length {
            cell.set_head(0);
            cell.set_length(0);
        } else if head >= 64 && head * 2 >= length {
            for i in head + 1..length {
                storage.put(self, i - head - 1, storage.at(self, i));
            }
            for i in length - head - 1..length {
                storage.put(self, i, Value::UNDEFINED);
            }
            cell.set_head(0);
            cell.set_length((length - head - 1) as u32);
        }
        Some(value)
    }
}

impl<'a> Gc<'a, List> {
    /// A value of the list.
    pub fn item(self, cx: &'a Cx<'_>, index: usize) -> Value<'a> {
        match self.storage(cx) {
            Some(storage) if index < self.length() as usize => storage.at(cx, index),
            _ => Value::UNDEFINED,
        }
    }

    /// Sets a value of the list.
    pub fn set_item(self, cx: &Cx<'_>, index: usize, value: Value<'_>) {
        if let Some(storage) = self.storage(cx)
            && index < self.length() as usize
        {
            storage.put(cx, index, value);
        }
    }

    /// Drops values from `length` on.
    pub fn truncate(self, cx: &Cx<'_>, length: usize) {
        if let Some(storage) = self.storage(cx) {
            for i in length..self.length() as usize {
                storage.put(cx, i, Value::UNDEFINED);
            }
        }
        self.set_length((self.length() as usize).min(length) as u32);
    }
}
