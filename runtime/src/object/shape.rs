//! Shapes: what properties an object has, where they are, and how it gets from one set of them to the next.
//!
//! Objects made alike share a shape; adding a property follows a transition. Shapes of one lineage share a property
//! table, of which each owns the first `count` entries. An object that serves as a prototype has a shape of its own
//! (`UNIQUE`), replaced at every change, so that inline caches can trust it; an object used as a hash map has a
//! `DICTIONARY` shape, changed in place, which nobody caches.
//!
//! What was learnt of a whole prototype chain (a method found, a name absent) hangs on a `Validity` cell: it is
//! registered with every object of the chain and falls when one of them changes its shape.

use tvm_bytecode::data::WellKnownSymbol;

use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::tails::NameRef;
use crate::heap::{Cx, Gc, Local, Value};

/// Bits of a shape's flags.
pub mod shape_flag {
    /// Changed in place; never cached.
    pub const DICTIONARY: u32 = 1;
    /// Belongs to one object; replaced when it changes.
    pub const UNIQUE: u32 = 2;
    /// No property may be added.
    pub const NON_EXTENSIBLE: u32 = 4;
    /// Its object is a prototype of others.
    pub const PROTOTYPE: u32 = 8;
    /// A function whose `length`, `name` and `prototype` are not real properties yet.
    pub const LAZY_FUNCTION: u32 = 16;
    /// Its objects claim to be undefined (B.3.6).
    pub const HTML_DDA: u32 = 32;
    /// Its object's prototype cannot be changed (10.4.7).
    pub const IMMUTABLE_PROTOTYPE: u32 = 64;
    /// Its object is an intrinsic: less trusted code may not change it (`object/trust.rs`). No cache of assignments
    /// remembers it.
    pub const GUARDED: u32 = 128;
    /// Its objects are intrinsics whose properties are not made yet (`object/lazy.rs`). Always with DICTIONARY.
    pub const UNMADE: u32 = 256;
}

/// A property's description as tables keep it: slot number and attributes.
pub mod info {
    /// Mask of the slot number.
    pub const SLOT: u32 = 0xF_FFFF;
    /// [[Writable]]
    pub const WRITABLE: u32 = 1 << 24;
    /// [[Enumerable]]
    pub const ENUMERABLE: u32 = 1 << 25;
    /// [[Configurable]]
    pub const CONFIGURABLE: u32 = 1 << 26;
    /// The slot holds an `Accessor`.
    pub const ACCESSOR: u32 = 1 << 27;
    /// All attributes.
    pub const ATTRIBUTES: u32 = WRITABLE | ENUMERABLE | CONFIGURABLE | ACCESSOR;
    /// What assignment creates.
    pub const DEFAULT: u32 = WRITABLE | ENUMERABLE | CONFIGURABLE;
    /// What builtins' methods have.
    pub const METHOD: u32 = WRITABLE | CONFIGURABLE;
}

/// Kind and inline slots of objects with a shape, as `Shape::layout` keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObjectLayout {
    /// Kind of cell.
    pub kind: u8,
    /// Property slots in the object itself.
    pub inline: u8,
}

impl ObjectLayout {
    /// From the field.
    pub fn from_word(word: u32) -> ObjectLayout {
        ObjectLayout { kind: word as u8, inline: (word >> 8) as u8 }
    }

    /// To the field.
    pub fn to_word(self) -> u32 {
        u32::from(self.kind) | u32::from(self.inline) << 8
    }

    /// Bytes of such an object.
    pub fn bytes(self) -> usize {
        usize::from(LAYOUTS[usize::from(self.kind)].fixed) + 8 * usize::from(self.inline)
    }
}

impl<'a> Gc<'a, Shape> {
    /// Whether a flag is set.
    #[inline(always)]
    pub fn is_flagged(self, flag: u32) -> bool {
        self.flags() & flag != 0
    }

    /// Finds an own property: its index and description.
    #[inline]
    pub fn find(self, cx: &Cx<'_>, name: NameRef<'_>) -> Option<(u32, u32)> {
        self.table(cx)?.find(name, self.count())
    }

    /// Whether inline caches may remember it.
    pub fn is_cacheable(self) -> bool {
        !self.is_flagged(shape_flag::DICTIONARY)
    }

    /// The layout of its objects.
    #[inline(always)]
    pub fn object_layout(self) -> ObjectLayout {
        ObjectLayout::from_word(self.layout())
    }
}

impl<'a> Gc<'a, Object> {
    /// Reads a property slot.
    #[inline]
    pub fn slot(self, cx: &'a Cx<'_>, slot: u32) -> Value<'a> {
        let layout = self.shape(cx).object_layout();
        let inline = u32::from(layout.inline);
        if slot < inline {
            let fixed = usize::from(LAYOUTS[usize::from(layout.kind)].fixed);
            return self.inline_slot(cx, fixed + 8 * slot as usize);
        }
        match self.slots(cx) {
            Some(slots) => slots.at(cx, (slot - inline) as usize),
            None => Value::UNDEFINED,
        }
    }

    /// Writes a property slot that exists.
    #[inline]
    pub fn set_slot(self, cx: &Cx<'_>, slot: u32, value: Value<'_>) {
        let layout = self.shape(cx).object_layout();
        let inline = u32::from(layout.inline);
        if slot < inline {
            let fixed = usize::from(LAYOUTS[usize::from(layout.kind)].fixed);
            self.set_inline_slot(cx, fixed + 8 * slot as usize, value);
        } else if let Some(slots) = self.slots(cx) {
            slots.put(cx, (slot - inline) as usize, value);
        }
    }
}

impl<'s> Cx<'s> {
    fn new_shape(
        &mut self,
        layout: ObjectLayout,
        proto: Local<'_>,
        flags: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        let shape = self.alloc_old::<Shape>(kind::Shape, Shape::BYTES)?;
        let cell = shape.get(self);
        cell.set_flags(flags);
        cell.set_layout(layout.to_word());
        cell.set_proto(self, proto.value(self));
        Ok(shape)
    }

    /// A shape without properties of its own that no one else shares.
    pub fn new_unique_shape(
        &mut self,
        layout: ObjectLayout,
        proto: Local<'_>,
        flags: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        self.new_shape(layout, proto, flags | shape_flag::UNIQUE)
    }

    /// The shape of objects of `layout` with prototype `proto` (an object or null) and no properties.
    pub fn root_shape(
        &mut self,
        proto: Local<'_>,
        layout: ObjectLayout,
        flags: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        let roots = match proto.as_object(self) {
            Some(object) => {
                self.make_prototype(object)?;
                let info = self.proto_info(object)?;
                match info.get(self).roots(self) {
                    Some(list) => list.root(self),
                    None => {
                        let list = self.new_list()?;
                        info.get(self).set_roots(self, Some(list.get(self)));
                        list
                    }
                }
            }
            None => self.root_cell::<List>(Root::NullShapes).root(self),
        };
        let cell = roots.get(self);
        for i in 0..cell.length() as usize {
            if let Some(shape) = cell.item(self, i).cast::<Shape>(self)
                && shape.layout() == layout.to_word()
                && shape.flags() == flags
            {
                return Ok(shape.root(self));
            }
        }
        let shape = self.new_shape(layout, proto, flags)?;
        self.list_push(roots, shape.any())?;
        Ok(shape)
    }

    /// Gives an object that becomes a prototype a shape of its own.
    pub fn make_prototype(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        let shape = object.get(self).shape(self);
        if shape.is_flagged(shape_flag::PROTOTYPE) {
            return Ok(());
        }
        if object.get(self).is::<Proxy>() {
            // Nothing about it can be cached.
            shape.set_flags(shape.flags() | shape_flag::PROTOTYPE | shape_flag::DICTIONARY);
            self.vm.indexed_prototypes = true;
            return Ok(());
        }
        if object.get(self).elements(self).is_some_and(|e| e.capacity() > 0 || e.is::<Sparse>())
            || object.get(self).kind() != kind::Plain
        {
            self.vm.indexed_prototypes |= self.may_have_indices(object);
        }
        self.scope(|cx| {
            let shape = object.get(cx).shape(cx).root(cx);
            // A dictionary's table is its own already; as a prototype it is replaced at changes, and so cacheable.
            let unmade = shape.get(cx).is_flagged(shape_flag::UNMADE);
            let cleared = if unmade { 0 } else { shape_flag::DICTIONARY };
            let copy = cx.copy_shape(shape, shape_flag::PROTOTYPE, cleared)?;
            object.get(cx).set_shape(cx, copy.get(cx));
            Ok(())
        })
    }

    fn may_have_indices(&self, object: Local<'_, Object>) -> bool {
        let cell = object.get(self);
        let has_elements = || {
            cell.elements(self).is_some_and(|elements| {
                elements.kind() == kind::Sparse
                    || elements.words().iter().any(|&word| word != crate::heap::bits::HOLE)
            })
        };
        match cell.kind() {
            kind::Array | kind::Plain | kind::Function | kind::Error => has_elements(),
            // The characters of a string are indexed; %String.prototype% has none.
            kind::Wrapper => {
                let primitive =
                    cell.cast::<Wrapper>().and_then(|wrapper| wrapper.primitive().as_string(self));
                primitive.is_some_and(|string| string.length() > 0) || has_elements()
            }
            kind::TypedArray | kind::Arguments | kind::Namespace | kind::Proxy => true,
            _ => false,
        }
    }

    /// A copy of a shape for one object alone, with flags set and cleared. The property table is shared until either
    /// changes it.
    pub fn copy_shape(
        &mut self,
        shape: Local<'_, Shape>,
        set: u32,
        clear: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        let copy = self.alloc_old::<Shape>(kind::Shape, Shape::BYTES)?;
        let (from, to) = (shape.get(self), copy.get(self));
        to.set_flags(from.flags() & !clear | set | shape_flag::UNIQUE);
        to.set_layout(from.layout());
        to.set_count(from.count());
        to.set_slots_used(from.slots_used());
        to.set_proto(self, from.proto());
        to.set_table(self, from.table(self));
        to.set_proto_info(self, from.proto_info(self));
        to.set_owner(self, from.owner(self));
        Ok(copy)
    }

    fn proto_info(&mut self, object: Local<'_, Object>) -> Result<Local<'s, ProtoInfo>, Exit> {
        let shape = object.get(self).shape(self).root(self);
        if let Some(info) = shape.get(self).proto_info(self) {
            return Ok(info.root(self));
        }
        let info = self.alloc_old::<ProtoInfo>(kind::ProtoInfo, ProtoInfo::BYTES)?;
        shape.get(self).set_proto_info(self, Some(info.get(self)));
        Ok(info)
    }

    /// A cell that is valid until an object on the shape's prototype chain changes. `None` where that cannot be told.
    pub fn chain_validity(&mut self, shape: Local<'_, Shape>) -> Result<Option<Local<'s, Validity>>, Exit> {
        if let Some(validity) = shape.get(self).validity(self)
            && validity.valid() == 1
        {
            return Ok(Some(validity.root(self)));
        }
        let validity = self.alloc_old::<Validity>(kind::Validity, Validity::BYTES)?;
        validity.get(self).set_valid(1);
        let mut holder = self.local(shape.get(self).proto());
        while let Some(object) = holder.as_object(self) {
            let own = object.get(self).shape(self);
            if !own.is_flagged(shape_flag::PROTOTYPE) || own.is_flagged(shape_flag::DICTIONARY) {
                return Ok(None);
            }
            let next = self.local(own.proto());
            self.scope(|cx| {
                let info = cx.proto_info(object)?;
                let list = match info.get(cx).dependents(cx) {
                    Some(list) => list.root(cx),
                    None => {
                        let list = cx.new_list()?;
                        info.get(cx).set_dependents(cx, Some(list.get(cx)));
                        list
                    }
                };
                cx.list_push(list, validity.any())
            })?;
            holder = next;
        }
        shape.get(self).set_validity(self, Some(validity.get(self)));
        Ok(Some(validity))
    }

    /// A prototype changed: what was learnt of chains through it no longer holds.
    pub fn invalidate(&self, shape: Gc<'_, Shape>) {
        let Some(list) = shape.proto_info(self).and_then(|info| info.dependents(self)) else { return };
        for i in 0..list.length() as usize {
            if let Some(validity) = list.item(self, i).cast::<Validity>(self) {
                validity.set_valid(0);
            }
        }
        list.truncate(self, 0);
    }

    // ---- adding properties

    /// The shape that an object gets with property `name`; the table entry is made.
    fn shape_with(
        &mut self,
        shape: Local<'s, Shape>,
        name: Local<'_>,
        attributes: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        let flags = shape.get(self).flags();
        if flags & shape_flag::DICTIONARY != 0 {
            self.append_entry(shape, name, attributes)?;
            return Ok(shape);
        }
        if flags & shape_flag::UNIQUE != 0 {
            if self.vm.setting_up.is_some() {
                // No code has seen an object of the realm that is being made: no cache knows the shape.
                self.append_entry(shape, name, attributes)?;
                return Ok(shape);
            }
            let next = self.copy_shape(shape, 0, 0)?;
            self.append_entry(next, name, attributes)?;
            self.invalidate(shape.get(self));
            return Ok(next);
        }
        if let Some(next) = self.find_transition(shape.get(self), name.value(self), attributes) {
            return Ok(next.root(self));
        }
        let all = shape.get(self).transitions(self).and_then(|all| all.cast::<Transitions>());
        let is_crowded = all.is_some_and(|all| all.count() >= limits::SHAPE_TRANSITIONS);
        if is_crowded || shape.get(self).count() >= limits::SHAPE_PROPERTIES {
            let next = self.copy_shape(shape, shape_flag::DICTIONARY, 0)?;
            self.own_table(next)?;
            self.append_entry(next, name, attributes)?;
            return Ok(next);
        }
        let proto = self.local(shape.get(self).proto());
        let layout = shape.get(self).object_layout();
        let next = self.new_shape(layout, proto, flags)?;
        let (from, to) = (shape.get(self), next.get(self));
        to.set_count(from.count());
        to.set_slots_used(from.slots_used());
        to.set_table(self, from.table(self));
        to.set_parent(self, Some(from));
        self.append_entry(next, name, attributes)?;
        self.add_transition(shape, next)?;
        Ok(next)
    }

    /// Adds an entry behind those of the shape, in a table of its own where the shared one went another way.
    fn append_entry(
        &mut self,
        shape: Local<'_, Shape>,
        name: Local<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        if self.vm.setting_up.is_none() && name.value(self) == self.well_known(WellKnownSymbol::HasInstance) {
            self.vm.instance_checks = true;
        }
        let count = shape.get(self).count();
        let slot = shape.get(self).slots_used();
        let fits = shape
            .get(self)
            .table(self)
            .is_some_and(|table| table.count() == count && count < table.capacity());
        if !fits {
            self.scope(|cx| {
                let capacity = if count < 4 { 4 } else { count + count / 2 + 2 };
                let larger = cx.copy_table(shape, capacity)?;
                let cell = shape.get(cx);
                // The lineage goes on in the larger table.
                if let (Some(parent), Some(old)) = (cell.parent(cx), cell.table(cx))
                    && old.count() == count
                    && parent.table(cx) == Some(old)
                {
                    parent.set_table(cx, Some(larger.get(cx)));
                }
                cell.set_table(cx, Some(larger.get(cx)));
                Ok(())
            })?;
        }
        let cell = shape.get(self);
        if let Some(table) = cell.table(self) {
            table.append(self, NameRef::new(self, name.value(self)), slot | attributes);
        }
        cell.set_count(count + 1);
        cell.set_slots_used(slot + 1);
        Ok(())
    }

    /// A copy of the shape's part of its table, deleted entries included.
    fn copy_table(
        &mut self,
        shape: Local<'_, Shape>,
        capacity: u32,
    ) -> Result<Local<'s, PropertyTable>, Exit> {
        let bytes = Gc::<PropertyTable>::bytes_for(capacity);
        let copy = self.alloc_old::<PropertyTable>(kind::PropertyTable, bytes)?;
        let to = copy.get(self);
        to.set_capacity(capacity);
        if let Some(from) = shape.get(self).table(self) {
            for i in 0..shape.get(self).count() {
                let info = from.entry(i).1;
                match from.name(self, i) {
                    Some(name) => to.append(self, NameRef::new(self, name), info),
                    None => {
                        // A deleted entry keeps its place, so that numbers stay what they are.
                        to.append(self, NameRef::new(self, self.name(Name::empty)), info);
                        to.delete(i);
                    }
                }
            }
        }
        Ok(copy)
    }

    /// Gives a shape its own copy of the table, so that entries can be changed in place.
    pub fn own_table(&mut self, shape: Local<'_, Shape>) -> Result<(), Exit> {
        let capacity = (shape.get(self).count() + 4).max(8);
        self.scope(|cx| {
            let table = cx.copy_table(shape, capacity)?;
            shape.get(cx).set_table(cx, Some(table.get(cx)));
            Ok(())
        })
    }

    fn find_transition<'a>(
        &'a self,
        shape: Gc<'a, Shape>,
        name: Value<'_>,
        attributes: u32,
    ) -> Option<Gc<'a, Shape>> {
        let all = shape.transitions(self)?;
        let matches = |next: Gc<'a, Shape>| {
            let last = next.count().checked_sub(1)?;
            let (reference, info) = next.table(self)?.entry(last);
            (reference == name.bits() as u32 && info & info::ATTRIBUTES == attributes).then_some(next)
        };
        if let Some(single) = all.cast::<Shape>() {
            return matches(single);
        }
        let table = all.cast::<Transitions>()?;
        (0..table.count()).rev().find_map(|i| matches(table.shape(self, i)))
    }

    /// Adds a named property where a shape with it is there already and the object has room for its value; says whether
    /// it did. Nothing is allocated.
    pub fn add_known_property(
        &self,
        object: Gc<'_, Object>,
        name: Value<'_>,
        value: Value<'_>,
        attributes: u32,
    ) -> bool {
        let shape = object.shape(self);
        let odd = shape_flag::DICTIONARY
            | shape_flag::UNIQUE
            | shape_flag::NON_EXTENSIBLE
            | shape_flag::PROTOTYPE
            | shape_flag::LAZY_FUNCTION;
        if shape.flags() & odd != 0 {
            return false;
        }
        let Some(next) = self.find_transition(shape, name, attributes) else { return false };
        let (slot, inline) = (shape.slots_used(), u32::from(shape.object_layout().inline));
        let room = object.slots(self).map_or(0, |slots| slots.count(self));
        if slot >= inline && (slot - inline) as usize >= room {
            return false;
        }
        object.set_shape(self, next);
        object.set_slot(self, slot, value);
        true
    }

    fn add_transition(&mut self, shape: Local<'_, Shape>, next: Local<'_, Shape>) -> Result<(), Exit> {
        self.scope(|cx| {
            let Some(all) = shape.get(cx).transitions(cx) else {
                let next = next.get(cx).cast::<AnyCell>();
                shape.get(cx).set_transitions(cx, next);
                return Ok(());
            };
            if let Some(table) = all.cast::<Transitions>()
                && table.count() < table.capacity(cx)
            {
                table.append(cx, next.get(cx));
                return Ok(());
            }
            let count = all.cast::<Transitions>().map_or(1, |table| table.count());
            let larger = cx.alloc_old::<Transitions>(kind::Transitions, 8 + 4 * (count as usize * 2 + 2))?;
            let all = shape.get(cx).transitions(cx);
            if let Some(single) = all.and_then(|all| all.cast::<Shape>()) {
                larger.get(cx).append(cx, single);
            } else if let Some(table) = all.and_then(|all| all.cast::<Transitions>()) {
                for i in 0..count {
                    larger.get(cx).append(cx, table.shape(cx, i));
                }
            }
            larger.get(cx).append(cx, next.get(cx));
            shape.get(cx).set_transitions(cx, larger.get(cx).cast::<AnyCell>());
            Ok(())
        })
    }

    /// Makes room for property slot `slot` of an object whose shape has `inline` slots in the object.
    pub fn ensure_slot(&mut self, object: Local<'_, Object>, slot: u32) -> Result<(), Exit> {
        let inline = u32::from(object.get(self).shape(self).object_layout().inline);
        if slot < inline {
            return Ok(());
        }
        let needed = (slot - inline) as usize + 1;
        let room = object.get(self).slots(self).map_or(0, |slots| slots.count(self));
        if needed <= room {
            return Ok(());
        }
        self.scope(|cx| {
            let count = needed.max(room + room / 2).next_multiple_of(2).max(2);
            let larger = cx.alloc::<Slots>(kind::Slots, Slots::BYTES + 8 * count)?;
            let cell = larger.get(cx);
            if let Some(old) = object.get(cx).slots(cx) {
                cell.set_hash(old.hash());
                for i in 0..room {
                    cell.put(cx, i, old.at(cx, i));
                }
            }
            cell.fill(cx, room, Value::UNDEFINED);
            object.get(cx).set_slots(cx, Some(cell));
            Ok(())
        })
    }

    /// Adds a property that the object does not have.
    pub fn add_property(
        &mut self,
        object: Local<'_, Object>,
        name: Local<'_>,
        value: Local<'_>,
        attributes: u32,
    ) -> Result<(), Exit> {
        self.make_own(object)?;
        self.scope(|cx| {
            let slot = object.get(cx).shape(cx).slots_used();
            cx.ensure_slot(object, slot)?;
            let shape = object.get(cx).shape(cx).root(cx);
            let next = cx.shape_with(shape, name, attributes)?;
            object.get(cx).set_shape(cx, next.get(cx));
            object.get(cx).set_slot(cx, slot, value.value(cx));
            Ok(())
        })
    }

    /// Turns the object into a dictionary with a table of its own.
    pub fn make_dictionary(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        if object.get(self).shape(self).is_flagged(shape_flag::DICTIONARY) {
            return Ok(());
        }
        self.scope(|cx| {
            let shape = object.get(cx).shape(cx).root(cx);
            let own = cx.copy_shape(shape, shape_flag::DICTIONARY, 0)?;
            cx.own_table(own)?;
            cx.invalidate(shape.get(cx));
            object.get(cx).set_shape(cx, own.get(cx));
            Ok(())
        })
    }

    /// Deletes an own property by its table index.
    pub fn delete_property(&mut self, object: Local<'_, Object>, index: u32) -> Result<(), Exit> {
        let shape = object.get(self).shape(self);
        if shape.is_flagged(shape_flag::PROTOTYPE) && !shape.is_flagged(shape_flag::DICTIONARY) {
            // A prototype stays cacheable: it gets a new shape with the entry deleted.
            self.replace_shape(object, 0, 0)?;
        } else {
            self.make_dictionary(object)?;
        }
        let shape = object.get(self).shape(self);
        if let Some(table) = shape.table(self) {
            let slot = table.entry(index).1 & info::SLOT;
            object.get(self).set_slot(self, slot, Value::UNDEFINED);
            table.delete(index);
            if table.deleted() > 32 && table.deleted() > table.count() / 2 {
                self.compact(object)?;
            }
        }
        Ok(())
    }

    /// Drops deleted entries of a dictionary, renumbering slots.
    fn compact(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        self.scope(|cx| {
            let shape = object.get(cx).shape(cx).root(cx);
            let Some(old) = shape.get(cx).table(cx) else { return Ok(()) };
            let live = old.count() - old.deleted();
            let capacity = (live + live / 2).max(8);
            let old = old.root(cx);
            let bytes = Gc::<PropertyTable>::bytes_for(capacity);
            let table = cx.alloc_old::<PropertyTable>(kind::PropertyTable, bytes)?;
            let values = cx.new_tuple(live as usize)?;
            let (from, to) = (old.get(cx), table.get(cx));
            to.set_capacity(capacity);
            let mut slot = 0;
            for i in 0..from.count() {
                let Some(name) = from.name(cx, i) else { continue };
                let info = from.entry(i).1;
                values.get(cx).put(cx, slot as usize, object.get(cx).slot(cx, info & info::SLOT));
                to.append(cx, NameRef::new(cx, name), info & !info::SLOT | slot);
                slot += 1;
            }
            for i in 0..slot {
                object.get(cx).set_slot(cx, i, values.get(cx).at(cx, i as usize));
            }
            let shape = shape.get(cx);
            shape.set_table(cx, Some(to));
            shape.set_count(slot);
            shape.set_slots_used(slot);
            Ok(())
        })
    }

    /// Changes a property's attributes.
    pub fn set_attributes(
        &mut self,
        object: Local<'_, Object>,
        index: u32,
        attributes: u32,
    ) -> Result<(), Exit> {
        let shape = object.get(self).shape(self);
        if let Some(table) = shape.table(self)
            && table.entry(index).1 & info::ATTRIBUTES == attributes
        {
            return Ok(());
        }
        if !object.get(self).shape(self).is_flagged(shape_flag::DICTIONARY) {
            self.replace_shape(object, 0, 0)?;
        }
        let shape = object.get(self).shape(self);
        if let Some(table) = shape.table(self) {
            let info = table.entry(index).1;
            table.set_info(index, info & !info::ATTRIBUTES | attributes);
        }
        self.invalidate(shape);
        Ok(())
    }

    /// Gives the object a shape of its own with a table of its own, flags set and cleared.
    pub fn replace_shape(&mut self, object: Local<'_, Object>, set: u32, clear: u32) -> Result<(), Exit> {
        self.make_own(object)?;
        self.scope(|cx| {
            let shape = object.get(cx).shape(cx).root(cx);
            if shape.get(cx).is_flagged(shape_flag::DICTIONARY) {
                let cell = shape.get(cx);
                cell.set_flags(cell.flags() & !clear | set);
                return Ok(());
            }
            let own = cx.copy_shape(shape, set, clear)?;
            cx.own_table(own)?;
            cx.invalidate(shape.get(cx));
            object.get(cx).set_shape(cx, own.get(cx));
            Ok(())
        })
    }

    /// Replaces an object's prototype. The caller has checked that it may.
    pub fn replace_prototype(&mut self, object: Local<'_, Object>, proto: Local<'_>) -> Result<(), Exit> {
        self.make_own(object)?;
        if let Some(proto) = proto.as_object(self) {
            self.make_prototype(proto)?;
        }
        let shape = object.get(self).shape(self);
        let fresh = shape.count() == 0 && shape.flags() & !shape_flag::LAZY_FUNCTION == 0;
        if fresh {
            // An object without properties joins those that were born with this prototype.
            let (layout, flags) = (shape.object_layout(), shape.flags());
            return self.scope(|cx| {
                let shape = cx.root_shape(proto, layout, flags)?;
                object.get(cx).set_shape(cx, shape.get(cx));
                Ok(())
            });
        }
        if !shape.is_flagged(shape_flag::DICTIONARY) {
            self.replace_shape(object, 0, 0)?;
        }
        let shape = object.get(self).shape(self);
        self.invalidate(shape);
        shape.set_proto(self, proto.value(self));
        shape.set_validity(self, None);
        Ok(())
    }
}
