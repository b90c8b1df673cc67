//! Arrays (10.4.2) and ordinary objects: making them, and an array's `length`.

use super::realm::Intrinsic;
use super::shape::{ObjectLayout, info};
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value};

impl<'s> Cx<'s> {
    /// An object of a shape: slots undefined, no elements.
    pub fn alloc_object(&mut self, shape: Local<'_, Shape>) -> Result<Local<'s, Object>, Exit> {
        let layout = shape.get(self).object_layout();
        let object = self.alloc::<Object>(layout.kind, layout.bytes())?;
        let cell = object.get(self);
        let fixed = usize::from(LAYOUTS[usize::from(layout.kind)].fixed);
        for slot in 0..usize::from(layout.inline) {
            cell.set_inline_slot(self, fixed + 8 * slot, Value::UNDEFINED);
        }
        cell.set_shape(self, shape.get(self));
        cell.set_elements(self, Some(self.empty_elements()));
        if shape.get(self).slots_used() > u32::from(layout.inline) {
            self.ensure_slot(object, shape.get(self).slots_used() - 1)?;
        }
        Ok(object)
    }

    /// An ordinary object with %Object.prototype%.
    pub fn new_object(&mut self) -> Result<Local<'s, Object>, Exit> {
        let shape = self.intrinsic(Intrinsic::PlainShape).cast::<Shape>(self).expect("the realm's shape");
        self.alloc_object(shape)
    }

    /// An ordinary object with a prototype: an object or null.
    pub fn new_object_with(&mut self, proto: Local<'_>) -> Result<Local<'s, Object>, Exit> {
        self.new_kind_with(kind::Plain, 4, proto)
    }

    /// An object of a kind with a prototype.
    pub fn new_kind_with(
        &mut self,
        kind: u8,
        inline: u8,
        proto: Local<'_>,
    ) -> Result<Local<'s, Object>, Exit> {
        let shape = self.root_shape(proto, ObjectLayout { kind, inline }, 0)?;
        self.alloc_object(shape)
    }

    /// An object of a kind with one of the realm's prototypes.
    pub fn new_kind(&mut self, kind: u8, proto: Intrinsic) -> Result<Local<'s, Object>, Exit> {
        let proto = self.intrinsic(proto);
        self.new_kind_with(kind, 0, proto)
    }

    /// An array of `length` holes with room for `capacity`.
    pub fn new_array(&mut self, length: u32, capacity: usize) -> Result<Local<'s, Array>, Exit> {
        let shape = self.intrinsic(Intrinsic::ArrayShape).cast::<Shape>(self).expect("the realm's shape");
        self.new_array_of_shape(shape, length, capacity)
    }

    /// An array of a shape, for another prototype.
    pub fn new_array_of_shape(
        &mut self,
        shape: Local<'_, Shape>,
        length: u32,
        capacity: usize,
    ) -> Result<Local<'s, Array>, Exit> {
        let object = self.alloc_object(shape)?;
        if capacity > 0 {
            self.set_capacity(object, capacity)?;
        }
        let array = object.downcast::<Array>(self).expect("an array shape makes arrays");
        array.get(self).set_length(length);
        Ok(array)
    }

    /// An array of these values.
    pub fn array_of(&mut self, values: &[Local<'_>]) -> Result<Local<'s, Array>, Exit> {
        let array = self.new_array(values.len() as u32, values.len())?;
        let object: Local<'_, Object> = array.into();
        for (i, value) in values.iter().enumerate() {
            if let Some(elements) = object.get(self).elements(self) {
                let value = value.value(self);
                self.note_element(elements, value);
                elements.put(self, i, value);
            }
        }
        Ok(array)
    }

    /// An array of a list's values.
    pub fn list_array(&mut self, list: Local<'_, List>) -> Result<Local<'s, Array>, Exit> {
        let count = list.get(self).length() as usize;
        let array = self.new_array(count as u32, count)?;
        let object: Local<'_, Object> = array.into();
        for i in 0..count {
            let value = list.get(self).item(self, i);
            if let Some(elements) = object.get(self).elements(self) {
                self.note_element(elements, value);
                elements.put(self, i, value);
            }
        }
        Ok(array)
    }

    /// Appends to an array that nothing stands against: literals, results of builtins.
    pub fn array_push(&mut self, array: Local<'_, Array>, value: Local<'_>) -> Result<(), Exit> {
        let object: Local<'_, Object> = array.into();
        let length = array.get(self).length();
        if self.fits_dense(object.get(self), length) {
            self.store_dense(object, length, value)?;
        } else {
            self.scope(|cx| {
                let sparse = cx.make_sparse(object)?;
                cx.insert_sparse(sparse, length, value, info::DEFAULT)
            })?;
        }
        array.get(self).set_length(length + 1);
        Ok(())
    }

    /// Sets an array's length, deleting elements from the end; false where one of them cannot be deleted, with the
    /// length set behind it (10.4.2.4 from step 15 on).
    pub fn set_array_length(&mut self, array: Local<'_, Array>, length: u32) -> Result<bool, Exit> {
        let old = array.get(self).length();
        if length >= old {
            array.get(self).set_length(length);
            return Ok(true);
        }
        let object: Gc<'_, Object> = array.get(self).into();
        let Some(elements) = object.elements(self) else {
            array.get(self).set_length(length);
            return Ok(true);
        };
        if let Some(sparse) = elements.as_sparse() {
            for index in sparse.indices(self).into_iter().rev().take_while(|&index| index >= length) {
                if let Some(entry) = sparse.find(self, index) {
                    if sparse.entry(self, entry).attributes & info::CONFIGURABLE == 0 {
                        array.get(self).set_length(index + 1);
                        return Ok(false);
                    }
                    sparse.remove(self, entry);
                }
            }
        } else if elements.has(flag::FROZEN) || elements.has(flag::SEALED) {
            let last =
                (length..old.min(elements.capacity())).rev().find(|&i| !elements.at(i as usize).is_hole());
            if let Some(last) = last {
                array.get(self).set_length(last + 1);
                return Ok(false);
            }
        } else {
            elements.clear(length as usize, old as usize);
            if length == 0 && elements.capacity() > 64 {
                object.set_elements(self, Some(self.empty_elements()));
            }
        }
        array.get(self).set_length(length);
        Ok(true)
    }
}
