//! Indexed properties: dense elements with holes, and sparse ones with attributes.
//!
//! An object's `elements` field refers to an `Elements` cell, or to a `Sparse` cell, which looks like an empty one to
//! anybody who does not ask. Elements beyond an array's `length` are holes. Frozen and sealed objects keep dense
//! elements, flagged; other attributes and far indices make them sparse.

use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Gc, Local, Value, bits};
use crate::object::shape::info;

/// An indexed property found.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Value, or `Accessor` cell.
    pub value: Value<'a>,
    /// Attributes, as in [`info`].
    pub attributes: u32,
}

impl<'a> Gc<'a, Elements> {
    /// As sparse elements, where they are.
    pub fn as_sparse(self) -> Option<Gc<'a, Sparse>> {
        self.cast::<Sparse>()
    }

    /// What attributes dense elements have.
    pub fn attributes(self) -> u32 {
        if self.has(flag::FROZEN) {
            info::ENUMERABLE
        } else if self.has(flag::SEALED) {
            info::ENUMERABLE | info::WRITABLE
        } else {
            info::DEFAULT
        }
    }
}

impl<'a> Gc<'a, Object> {
    /// Finds an indexed property among the elements.
    #[inline]
    pub fn element(self, cx: &'a Cx<'_>, index: u32) -> Option<Element<'a>> {
        let elements = self.elements(cx)?;
        let value = elements.at(index as usize);
        if !value.is_hole() {
            return Some(Element { value, attributes: elements.attributes() });
        }
        let sparse = elements.as_sparse()?;
        sparse.find(cx, index).map(|entry| sparse.entry(cx, entry))
    }
}

/// Values of a sparse entry: index, attributes, value.
const SPARSE_ENTRY: usize = 3;

impl<'a> Gc<'a, Sparse> {
    fn list(self, cx: &'a Cx<'_>) -> Gc<'a, List> {
        self.entries().cast(cx).expect("sparse elements have a list")
    }

    fn count(self, cx: &Cx<'_>) -> usize {
        self.list(cx).length() as usize / SPARSE_ENTRY
    }

    fn index_of(self, cx: &Cx<'_>, entry: usize) -> u32 {
        self.list(cx).item(cx, entry * SPARSE_ENTRY).as_number().unwrap_or(0.0) as u32
    }

    /// Finds an index by binary search: entries are kept in order.
    fn search(self, cx: &Cx<'_>, index: u32) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.count(cx));
        while low < high {
            let middle = (low + high) / 2;
            match self.index_of(cx, middle).cmp(&index) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// Entry number of an index.
    pub fn find(self, cx: &Cx<'_>, index: u32) -> Option<usize> {
        self.search(cx, index).ok()
    }

    /// An entry.
    pub fn entry(self, cx: &'a Cx<'_>, entry: usize) -> Element<'a> {
        let list = self.list(cx);
        let attributes = list.item(cx, entry * SPARSE_ENTRY + 1).as_int().unwrap_or(0) as u32;
        Element { value: list.item(cx, entry * SPARSE_ENTRY + 2), attributes }
    }

    /// All indices in order.
    pub fn indices(self, cx: &Cx<'_>) -> Vec<u32> {
        (0..self.count(cx)).map(|entry| self.index_of(cx, entry)).collect()
    }

    /// Changes an entry.
    pub fn set(self, cx: &Cx<'_>, entry: usize, value: Value<'_>, attributes: u32) {
        let list = self.list(cx);
        list.set_item(cx, entry * SPARSE_ENTRY + 1, Value::int(attributes as i32));
        list.set_item(cx, entry * SPARSE_ENTRY + 2, value);
    }

    /// Removes an entry.
    pub fn remove(self, cx: &Cx<'_>, entry: usize) {
        let list = self.list(cx);
        let length = list.length() as usize;
        for i in entry * SPARSE_ENTRY..length - SPARSE_ENTRY {
            list.set_item(cx, i, list.item(cx, i + SPARSE_ENTRY));
        }
        list.truncate(cx, length - SPARSE_ENTRY);
        self.set_live(self.count(cx) as u32);
    }
}

impl<'s> Cx<'s> {
    /// Elements with room for nothing.
    pub fn empty_elements(&self) -> Gc<'_, Elements> {
        self.root_cell(Root::EmptyElements)
    }

    /// Elements with room for `capacity`, all holes.
    pub fn new_elements(&mut self, capacity: usize) -> Result<Local<'s, Elements>, Exit> {
        if capacity > u32::MAX as usize / 2 {
            return Err(self.out_of_memory());
        }
        let elements = self.alloc::<Elements>(kind::Elements, Elements::BYTES + 8 * capacity)?;
        let cell = elements.get(self);
        cell.set_capacity(capacity as u32);
        cell.clear(0, capacity);
        Ok(elements)
    }

    /// Makes room for `needed` dense elements.
    pub fn grow_elements(&mut self, object: Local<'_, Object>, needed: usize) -> Result<(), Exit> {
        let room = object.get(self).elements(self).map_or(0, |e| e.capacity() as usize);
        if needed <= room {
            return Ok(());
        }
        let capacity = if room == 0 { needed.max(4) } else { needed.max(room + room / 2 + 4) };
        self.set_capacity(object, capacity)
    }

    /// Gives an object dense elements with exactly this much room.
    pub fn set_capacity(&mut self, object: Local<'_, Object>, capacity: usize) -> Result<(), Exit> {
        self.scope(|cx| {
            let larger = cx.new_elements(capacity)?;
            let cell = larger.get(cx);
            if let Some(old) = object.get(cx).elements(cx) {
                let count = (old.capacity() as usize).min(capacity);
                cell.copy_from(cx, 0, old, 0, count);
                let keep =
                    old.cell_flags() & (flag::NOT_INT | flag::NOT_DOUBLE | flag::FROZEN | flag::SEALED);
                cell.change_flags(keep, 0);
            }
            object.get(cx).set_elements(cx, Some(cell));
            Ok(())
        })
    }

    /// Notes the kind of a value stored into dense elements, so that kind flags stay true.
    #[inline]
    pub fn note_element(&self, elements: Gc<'_, Elements>, value: Value<'_>) {
        let set = element_flags(value);
        if elements.cell_flags() & set != set {
            elements.change_flags(set, 0);
        }
    }

    /// Whether index `index` may become a dense element of `object`.
    pub fn fits_dense(&self, object: Gc<'_, Object>, index: u32) -> bool {
        let elements = object.elements(self);
        if elements.is_some_and(|e| e.as_sparse().is_some()) {
            return false;
        }
        let capacity = elements.map_or(0, |e| e.capacity());
        let used = object.cast::<Array>().map_or(capacity, |array| array.length().min(capacity.max(1)));
        if index < capacity {
            return true;
        }
        if index > used.saturating_mul(3).saturating_add(limits::DENSE_GAP) {
            return false;
        }
        // Large elements must be filled to an eighth before they grow.
        let there = |words: &[u64]| words.iter().filter(|&&word| word != bits::HOLE).count();
        index < limits::SURELY_DENSE || elements.map_or(0, |e| there(e.words())) >= index as usize / 8
    }

    /// Stores a dense element with default attributes. The caller has checked that it may.
    pub fn store_dense(
        &mut self,
        object: Local<'_, Object>,
        index: u32,
        value: Local<'_>,
    ) -> Result<(), Exit> {
        self.grow_elements(object, index as usize + 1)?;
        if let Some(elements) = object.get(self).elements(self) {
            let value = value.value(self);
            self.note_element(elements, value);
            elements.put(self, index as usize, value);
        }
        Ok(())
    }

    /// Turns dense elements into sparse ones.
    pub fn make_sparse(&mut self, object: Local<'_, Object>) -> Result<Local<'s, Sparse>, Exit> {
        if let Some(sparse) = object.get(self).elements(self).and_then(|e| e.as_sparse()) {
            return Ok(sparse.root(self));
        }
        let sparse = self.alloc::<Sparse>(kind::Sparse, Sparse::BYTES)?;
        let list = self.new_list()?;
        sparse.get(self).set_entries(self, list.value(self));
        if let Some(elements) = object.get(self).elements(self) {
            let elements = elements.root(self);
            let attributes = elements.get(self).attributes();
            for index in 0..elements.get(self).capacity() {
                if elements.get(self).at(index as usize).is_hole() {
                    continue;
                }
                self.scope(|cx| {
                    let value = elements.get(cx).at(index as usize).root(cx);
                    cx.insert_sparse(sparse, index, value, attributes)
                })?;
            }
        }
        let as_elements = sparse.get(self).cast_elements();
        object.get(self).set_elements(self, Some(as_elements));
        Ok(sparse)
    }

    /// Sets a sparse element.
    pub fn insert_sparse(
        &mut self,
        sparse: Local<'_, Sparse>,
        index: u32,
        value: Local<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        let place = match sparse.get(self).search(self, index) {
            Ok(entry) => {
                sparse.get(self).set(self, entry, value.value(self), attributes);
                return Ok(());
            }
            Err(place) => place,
        };
        self.scope(|cx| {
            let list = sparse.get(cx).list(cx).root(cx);
            for _ in 0..SPARSE_ENTRY {
                let undefined = cx.local(Value::UNDEFINED);
                cx.list_push(list, undefined)?;
            }
            let cell = list.get(cx);
            let length = cell.length() as usize;
            for i in (place * SPARSE_ENTRY..length - SPARSE_ENTRY).rev() {
                cell.set_item(cx, i + SPARSE_ENTRY, cell.item(cx, i));
            }
            cell.set_item(cx, place * SPARSE_ENTRY, Value::number(f64::from(index)));
            sparse.get(cx).set(cx, place, value.value(cx), attributes);
            sparse.get(cx).set_live((length / SPARSE_ENTRY) as u32);
            Ok(())
        })
    }

    /// Indices of an object's elements, in order.
    pub fn element_indices(&self, object: Gc<'_, Object>) -> Vec<u32> {
        let Some(elements) = object.elements(self) else { return Vec::new() };
        if let Some(sparse) = elements.as_sparse() {
            return sparse.indices(self);
        }
        let words = elements.words().iter().enumerate();
        words.filter(|&(_, &word)| word != bits::HOLE).map(|(i, _)| i as u32).collect()
    }
}

/// Flags that elements holding a value must have.
#[inline(always)]
pub fn element_flags(value: Value<'_>) -> u8 {
    if bits::is_int(value.bits()) {
        flag::NOT_DOUBLE
    } else if bits::is_double(value.bits()) {
        flag::NOT_INT
    } else {
        flag::NOT_INT | flag::NOT_DOUBLE
    }
}

impl<'a> Gc<'a, Sparse> {
    /// As the `elements` field holds it.
    #[allow(unsafe_code)]
    pub fn cast_elements(self) -> Gc<'a, Elements> {
        // SAFETY: a Sparse cell has a zero where an Elements cell has its capacity, and checked access sees nothing.
        unsafe { self.cast_unchecked() }
    }
}
