//! Inline caches of named property access.
//!
//! A property slot is three words. `w0` holds the shape that was seen and where its property is; `w1` the holder and
//! place for a property found on the prototype chain, or the next shape for one that is added; `w2` the validity of
//! that chain. A place is a 16-bit number: below 0x4000 an inline slot (in words from the object's start), from
//! 0x4000 an out-of-line slot; 0x8000 in `w0` says that `w1` is to be looked at, 0x8003 that an accessor is there.
//! For private names `w1` holds the name.

use super::feedback::*;
use crate::base::exit::{Exit, PreparedCall};
use crate::frame::{CALLEE, Frame, HEADER, NEW_TARGET};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Gc, Local, Value, bits};
use crate::library::lib;
use crate::object::Key;
use crate::object::function::Entry;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::semantics::JsResult;

/// Entries of a polymorphic cache.
const POLYMORPHISM: usize = 4;

/// A cache word: a cell reference with a place.
pub(super) fn word(reference: u32, place: u32) -> u64 {
    bits::reference(bits::TAG_CELL, reference) | u64::from(place) << 32
}

/// Where a slot of objects with a shape is; `None` where caches cannot say.
pub(super) fn place_of(shape: Gc<'_, Shape>, slot: u32) -> Option<u32> {
    let layout = shape.object_layout();
    let inline = u32::from(layout.inline);
    let place = if slot < inline {
        u32::from(LAYOUTS[usize::from(layout.kind)].fixed) / 8 + slot
    } else {
        OUT_OF_LINE + (slot - inline)
    };
    (place < if slot < inline { OUT_OF_LINE } else { ELSEWHERE }).then_some(place)
}

/// Reads the slot at a place.
fn read_place<'a>(cx: &'a Cx<'_>, object: Gc<'a, Object>, place: u32) -> Value<'a> {
    if place < OUT_OF_LINE {
        return object.inline_slot(cx, place as usize * 8);
    }
    object.slots(cx).map_or(Value::UNDEFINED, |slots| slots.at(cx, (place - OUT_OF_LINE) as usize))
}

impl<'s> Cx<'s> {
    /// The running function's constants and feedback.
    pub(super) fn linked(&self) -> Gc<'_, Linked> {
        let template = Frame(self.vm.frame).template(self).expect("a frame has a function");
        template.linked(self).expect("a running function is linked")
    }

    /// A constant of the running function.
    pub(super) fn constant(&self, index: i32) -> Local<'s> {
        self.linked().at(self, index as usize).root(self)
    }

    /// A constant name as a key.
    pub(super) fn constant_key(&self, index: i32) -> Key<'s> {
        let name = self.constant(index);
        match name.cast::<Str>(self) {
            Some(atom) => self.atom_key(atom),
            None => Key::Name(name),
        }
    }

    fn feedback(&self, slot: i32, word: usize) -> u64 {
        self.linked().at(self, slot as usize + word).bits()
    }

    pub(super) fn set_feedback(&self, slot: i32, word: usize, value: u64) {
        // SAFETY: cache words refer to live cells, or are no references.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(value) };
        self.linked().put(self, slot as usize + word, value);
    }

    /// `object.name` where the inline fast path missed. A getter costs what a call does.
    pub(super) fn get_prop(&mut self, value: Local<'s>, name: i32, slot: i32) -> JsResult<'s> {
        let found = self.get_prop_by_cache(value, name, slot);
        self.booked(found)
    }

    /// Moves a prepared call down to the end of the running frame, where compiled code makes it: so that as many calls
    /// fit on the stack in every tier.
    fn settled(&self, call: PreparedCall) -> PreparedCall {
        let current = Frame(self.vm.frame);
        let registers = current.template(self).map_or(0, |template| template.registers());
        let to = current.0 + registers + HEADER;
        if to >= call.frame {
            return call;
        }
        for offset in [CALLEE, NEW_TARGET].into_iter().chain(0..=call.argc as isize) {
            let word = self.heap.slot((call.frame as isize + offset) as u32);
            self.heap.set_slot((to as isize + offset) as u32, word);
        }
        self.heap.set_top(to + 1 + call.argc);
        PreparedCall { frame: to, ..call }
    }

    /// Books the call that an instruction ends with; it is polled where it is entered.
    pub(super) fn booked<T>(&mut self, found: Result<T, Exit>) -> Result<T, Exit> {
        let Err(Exit::Call(call)) = found else { return found };
        let call = self.settled(call);
        // SAFETY: the header of a prepared call is complete.
        #[allow(unsafe_code)]
        let callee = unsafe { Value::from_bits(self.heap.slot((call.frame as isize + CALLEE) as u32)) };
        let room = self.heap.stack_slots();
        let is_booked = |function: Gc<'_, Function>| {
            let template = function.template(self);
            // Where its frame does not fit, it does not come to be called.
            template.entry() != Entry::Native && call.frame + template.registers() <= room
        };
        if callee.cast::<Function>(self).is_none_or(is_booked) {
            self.vm.meter.budget -= 1;
        }
        Err(Exit::Call(call))
    }

    /// Notes that a cache was asked, for where there is nothing that it could remember.
    fn note_asked(&self, slot: i32) {
        if self.feedback(slot, 0) == bits::COLD {
            self.set_feedback(slot, 1, bits::UNDEFINED);
        }
    }

    fn get_prop_by_cache(&mut self, value: Local<'s>, name: i32, slot: i32) -> JsResult<'s> {
        self.note_asked(slot);
        if let Some(object) = value.as_object(self) {
            // Nothing about a proxy can be remembered.
            if object.get(self).kind() == kind::Proxy {
                let key = self.constant_key(name).to_value(self)?;
                return Err(self.call_library(lib::proxyGet, &[value, key, value]));
            }
            if self.feedback(slot, 0) == bits::POLYMORPHIC
                && let Some(found) = self.poly_get(object, slot)
            {
                return Ok(found);
            }
            if let Some(pair) = self.cached_accessor(object, slot) {
                let getter = pair.getter().root(self);
                return match getter.value(self).is_undefined() {
                    true => Ok(getter),
                    false => Err(self.call(getter, value, &[])),
                };
            }
            let key = self.constant_key(name);
            self.record_get(object, key, slot)?;
            return self.get(object, key, value);
        }
        let key = self.constant_key(name);
        self.record_primitive(value, key, slot)?;
        self.get_value(value, key)
    }

    /// Remembers a method of %String.prototype% or %Number.prototype% that was asked of a primitive. The prototype's
    /// shape says where its properties are.
    fn record_primitive(&mut self, value: Local<'s>, key: Key<'s>, slot: i32) -> JsResult<'s, ()> {
        if self.feedback(slot, 0) != bits::COLD || key.is(self, Name::length) {
            return Ok(());
        }
        let (proto, mark) = match value.value(self) {
            v if v.is_string() => (Intrinsic::StringPrototype, ON_STRING),
            v if v.is_number() => (Intrinsic::NumberPrototype, ON_NUMBER),
            _ => return Ok(()),
        };
        let proto = self.intrinsic_object(proto);
        self.make_own(proto)?;
        let shape = proto.get(self).shape(self);
        if !shape.is_cacheable() {
            return Ok(());
        }
        let Some((_, description)) = key.name_ref(self).and_then(|name| shape.find(self, name)) else {
            return Ok(());
        };
        if description & info::ACCESSOR != 0 {
            return Ok(());
        }
        let Some(place) = place_of(shape, description & info::SLOT) else { return Ok(()) };
        let words = [
            word(shape.reference(self), mark),
            word(proto.get(self).reference(self), place),
            bits::UNDEFINED,
        ];
        for (i, word) in words.into_iter().enumerate() {
            self.set_feedback(slot, i, word);
        }
        Ok(())
    }

    /// Tries the entries of a polymorphic cache.
    fn poly_get(&self, object: Local<'_, Object>, slot: i32) -> Option<Local<'s>> {
        let cache = self.linked().at(self, slot as usize + 1).cast::<PolyCache>(self)?;
        let shape = object.get(self).shape(self).reference(self);
        for entry in 0..cache.entries() as usize {
            let w0 = cache.at(self, 3 * entry).bits();
            if w0 as u32 != shape {
                continue;
            }
            let place = place(w0);
            if place == ACCESSOR {
                return None;
            }
            if place != ELSEWHERE {
                return Some(read_place(self, object.get(self), place).root(self));
            }
            if !self.is_valid(cache.at(self, 3 * entry + 2).bits()) {
                return None;
            }
            let w1 = cache.at(self, 3 * entry + 1);
            let holder_place = super::feedback::place(w1.bits());
            let holder = self.cached_object(w1.bits());
            return Some(read_place(self, holder, holder_place).root(self));
        }
        None
    }

    /// The accessor that a cache has for objects of this shape.
    fn cached_accessor(&self, object: Local<'_, Object>, slot: i32) -> Option<Gc<'_, Accessor>> {
        let shape = object.get(self).shape(self).reference(self);
        let entry = self.entry_of_shape(slot, shape)?;
        self.accessor_of(object.get(self), entry)
    }

    /// The words that a cache has for a shape.
    fn entry_of_shape(&self, slot: i32, shape: u32) -> Option<[u64; 3]> {
        let words = std::array::from_fn(|i| self.feedback(slot, i));
        if words[0] == bits::POLYMORPHIC {
            let cache = self.linked().at(self, slot as usize + 1).cast::<PolyCache>(self)?;
            let place =
                (0..cache.entries() as usize).find(|&i| cache.at(self, 3 * i).bits() as u32 == shape)?;
            return Some(std::array::from_fn(|i| cache.at(self, 3 * place + i).bits()));
        }
        (bits::tag(words[0]) == bits::TAG_CELL && words[0] as u32 == shape).then_some(words)
    }

    /// The accessor that a cache entry says an object of its shape has.
    fn accessor_of<'a>(&'a self, object: Gc<'a, Object>, words: [u64; 3]) -> Option<Gc<'a, Accessor>> {
        if place(words[0]) != ACCESSOR {
            return None;
        }
        match words[2] {
            bits::UNDEFINED => read_place(self, object, place(words[1])).cast::<Accessor>(self),
            _ => self.inherited_accessor(words),
        }
    }

    /// The accessor of a cache entry that found it on the prototype chain.
    fn inherited_accessor(&self, words: [u64; 3]) -> Option<Gc<'_, Accessor>> {
        let pair = self.is_valid(words[2]).then(|| self.cached_value(words[1], place(words[1])))?;
        pair.cast::<Accessor>(self)
    }

    /// The accessor that a cache entry saw.
    pub(super) fn cached_pair(&self, words: [u64; 3]) -> Option<Gc<'_, Accessor>> {
        if bits::tag(words[0]) != bits::TAG_CELL || place(words[0]) != ACCESSOR {
            return None;
        }
        if words[2] != bits::UNDEFINED {
            return self.inherited_accessor(words);
        }
        // SAFETY: the words of a cache are live values; the place is no part of the reference.
        #[allow(unsafe_code)]
        let pair = unsafe { Value::from_bits(bits::reference(bits::TAG_CELL, words[1] as u32)) };
        pair.cast::<Accessor>(self)
    }

    /// Whether the validity cell in a cache word holds.
    pub(super) fn is_valid(&self, word: u64) -> bool {
        // SAFETY: the words of a cache are live values.
        #[allow(unsafe_code)]
        let validity = unsafe { Value::from_bits(word) };
        validity.cast::<Validity>(self).is_some_and(|validity| validity.valid() == 1)
    }

    /// What the object in a cache word has at a place.
    pub(super) fn cached_value(&self, word: u64, place: u32) -> Value<'_> {
        read_place(self, self.cached_object(word), place)
    }

    /// The object in a cache word.
    pub(super) fn cached_object(&self, word: u64) -> Gc<'_, Object> {
        // SAFETY: cache words with a place hold a reference to the holder, which they keep alive.
        #[allow(unsafe_code)]
        unsafe {
            Gc::from_ref(self, word as u32)
        }
    }

    /// Remembers where a property was found.
    fn record_get(&mut self, object: Local<'s, Object>, key: Key<'s>, slot: i32) -> JsResult<'s, ()> {
        if self.feedback(slot, 0) == bits::MEGAMORPHIC || matches!(key, Key::Index(_)) {
            return Ok(());
        }
        let Some(entry) = self.entry_for_get(object, key)? else { return Ok(()) };
        self.record(slot, entry)
    }

    /// The cache words that find a property next time.
    fn entry_for_get(&mut self, object: Local<'s, Object>, key: Key<'s>) -> JsResult<'s, Option<[u64; 3]>> {
        let kind = object.get(self).kind();
        // Objects whose own properties are not all in their shape.
        let exotic = match kind {
            kind::Proxy | kind::Namespace | kind::TypedArray => true,
            kind::Array => key.is(self, Name::length),
            kind::Wrapper => key.is(self, Name::length),
            kind::Error => key.is(self, Name::stack),
            _ => false,
        };
        if exotic {
            return Ok(None);
        }
        let own = self.own(object, key)?;
        let shape = object.get(self).shape(self);
        if !shape.is_cacheable() {
            return Ok(None);
        }
        let reference = shape.reference(self);
        match own {
            Own::Data(..) | Own::Accessor(..) => {
                let pair = match own {
                    Own::Accessor(pair, _) => Some(pair.get(self).reference(self)),
                    _ => None,
                };
                let Some(name) = key.name_ref(self) else { return Ok(None) };
                let Some((_, description)) = shape.find(self, name) else { return Ok(None) };
                let Some(place) = place_of(shape, description & info::SLOT) else { return Ok(None) };
                Ok(Some(match pair {
                    None => [word(reference, place), bits::UNDEFINED, bits::UNDEFINED],
                    Some(pair) => [word(reference, ACCESSOR), word(pair, place), bits::UNDEFINED],
                }))
            }
            Own::None => self.entry_for_inherited(object, key),
            _ => Ok(None),
        }
    }

    fn entry_for_inherited(
        &mut self,
        object: Local<'s, Object>,
        key: Key<'s>,
    ) -> JsResult<'s, Option<[u64; 3]>> {
        let shape = object.get(self).shape(self).root(self);
        let holder = self.local(shape.get(self).proto());
        let how = loop {
            let Some(proto) = holder.as_object(self) else {
                // Nobody has it: as if an object at the chain's end had it as undefined.
                let absent = self.intrinsic(Intrinsic::Absent);
                holder.set(self, absent.value(self));
                break ELSEWHERE;
            };
            if matches!(proto.get(self).kind(), kind::Proxy | kind::TypedArray | kind::Namespace) {
                return Ok(None);
            }
            match self.own(proto, key)? {
                Own::None => {}
                Own::Data(..) if proto.get(self).shape(self).is_cacheable() => break ELSEWHERE,
                Own::Accessor(..) if proto.get(self).shape(self).is_cacheable() => break ACCESSOR,
                _ => return Ok(None),
            }
            holder.set(self, proto.get(self).shape(self).proto());
        };
        let Some(validity) = self.chain_validity(shape)? else { return Ok(None) };
        let proto = holder.as_object(self).expect("the loop ended at an object");
        let cell = proto.get(self);
        let slot = match self.is_intrinsic(cell.value(self), Intrinsic::Absent) {
            true => 0,
            false => {
                let found = key.name_ref(self).and_then(|name| cell.shape(self).find(self, name));
                let Some((_, description)) = found else { return Ok(None) };
                description & info::SLOT
            }
        };
        let Some(place) = place_of(cell.shape(self), slot) else { return Ok(None) };
        Ok(Some([
            word(shape.get(self).reference(self), how),
            word(cell.reference(self), place),
            word(validity.get(self).reference(self), 0),
        ]))
    }

    /// Remembers where an object has a private field or method: its shape with the place, and the name, which the same
    /// code has another one of in every class that it makes.
    pub(super) fn record_private(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        if self.feedback(slot, 0) == bits::MEGAMORPHIC {
            return Ok(());
        }
        let Some(object) = object.as_object(self) else { return Ok(()) };
        let shape = object.get(self).shape(self);
        let found = Key::Name(key).name_ref(self).and_then(|name| shape.find(self, name));
        let Some((_, description)) = found.filter(|_| shape.is_cacheable()) else { return Ok(()) };
        let Some(place) = place_of(shape, description & info::SLOT) else { return Ok(()) };
        let entry = [word(shape.reference(self), place), key.value(self).bits(), bits::UNDEFINED];
        self.record(slot, entry)
    }

    /// Adds an entry to a cache: mono-, poly-, then megamorphic.
    fn record(&mut self, slot: i32, entry: [u64; 3]) -> JsResult<'s, ()> {
        let w0 = self.feedback(slot, 0);
        let same_shape = w0 as u32 == entry[0] as u32;
        if w0 == bits::COLD || (same_shape && w0 != bits::POLYMORPHIC) {
            for (i, &word) in entry.iter().enumerate() {
                self.set_feedback(slot, i, word);
            }
            return Ok(());
        }
        // Making room may move what the words refer to.
        // SAFETY: cache words refer to live cells, or are no references.
        #[allow(unsafe_code)]
        let entry = entry.map(|word| unsafe { Value::from_bits(word) }.root(self));
        if w0 != bits::POLYMORPHIC {
            self.make_polymorphic(slot)?;
        }
        let entry = entry.map(|word| word.value(self).bits());
        let linked = self.linked();
        let Some(cache) = linked.at(self, slot as usize + 1).cast::<PolyCache>(self) else { return Ok(()) };
        let count = cache.entries() as usize;
        let place =
            (0..count).find(|&i| cache.at(self, 3 * i).bits() as u32 == entry[0] as u32).unwrap_or(count);
        if place == POLYMORPHISM {
            for i in 0..3 {
                self.set_feedback(slot, i, bits::MEGAMORPHIC);
            }
            return Ok(());
        }
        for (i, &word) in entry.iter().enumerate() {
            // SAFETY: cache words refer to live cells, or are no references.
            #[allow(unsafe_code)]
            cache.put(self, 3 * place + i, unsafe { Value::from_bits(word) });
        }
        cache.set_entries(count.max(place + 1) as u32);
        Ok(())
    }

    fn make_polymorphic(&mut self, slot: i32) -> JsResult<'s, ()> {
        let bytes = PolyCache::BYTES + 8 * 3 * POLYMORPHISM;
        let cache = self.alloc_old::<PolyCache>(kind::PolyCache, bytes)?;
        cache.get(self).fill(self, 0, Value::UNDEFINED);
        for i in 0..3 {
            let word = self.linked().at(self, slot as usize + i);
            cache.get(self).put(self, i, word);
        }
        cache.get(self).set_entries(1);
        self.set_feedback(slot, 0, bits::POLYMORPHIC);
        let reference = cache.value(self).bits();
        self.set_feedback(slot, 1, reference);
        Ok(())
    }

    /// `object.name = new` where the inline fast path missed. A setter costs what a call does.
    pub(super) fn set_prop(
        &mut self,
        value: Local<'s>,
        name: i32,
        new: Local<'s>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        let done = self.set_prop_by_cache(value, name, new, slot);
        self.booked(done)
    }

    fn set_prop_by_cache(
        &mut self,
        value: Local<'s>,
        name: i32,
        new: Local<'s>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        self.note_asked(slot);
        let key = self.constant_key(name);
        let Some(object) = value.as_object(self) else { return self.set_value(value, key, new) };
        if object.get(self).kind() == kind::Proxy {
            return self.put(object, key, new, value);
        }
        if self.feedback(slot, 0) == bits::POLYMORPHIC && self.poly_set(object, new, slot) {
            return Ok(());
        }
        if let Some(pair) = self.cached_accessor(object, slot) {
            let setter = pair.setter();
            if !setter.is_undefined() {
                let setter = setter.root(self);
                return Err(self.call(setter, value, &[new]));
            }
        }
        let before = object.get(self).shape(self).root(self);
        let own = match key {
            Key::Index(_) => None,
            Key::Name(_) => key.name_ref(self).and_then(|name| before.get(self).find(self, name)),
        };
        if own.is_none_or(|(_, description)| description & info::ACCESSOR != 0) {
            self.record_setter(object, key, slot)?;
        }
        self.put(object, key, new, value)?;
        self.record_set(object, key, before, own.map(|(_, description)| description), slot)
    }

    fn poly_set(&self, object: Local<'_, Object>, new: Local<'_>, slot: i32) -> bool {
        let Some(cache) = self.linked().at(self, slot as usize + 1).cast::<PolyCache>(self) else {
            return false;
        };
        let shape = object.get(self).shape(self).reference(self);
        for entry in 0..cache.entries() as usize {
            let w0 = cache.at(self, 3 * entry).bits();
            let place = place(w0);
            if w0 as u32 != shape || place >= ELSEWHERE {
                continue;
            }
            let (cell, new) = (object.get(self), new.value(self));
            if place < OUT_OF_LINE {
                cell.set_inline_slot(self, place as usize * 8, new);
            } else if let Some(slots) = cell.slots(self) {
                slots.put(self, (place - OUT_OF_LINE) as usize, new);
            }
            return true;
        }
        false
    }

    /// Remembers a setter that an assignment is about to call.
    fn record_setter(&mut self, object: Local<'s, Object>, key: Key<'s>, slot: i32) -> JsResult<'s, ()> {
        if self.feedback(slot, 0) == bits::MEGAMORPHIC || matches!(key, Key::Index(_)) {
            return Ok(());
        }
        match self.entry_for_get(object, key)? {
            Some(entry) if place(entry[0]) == ACCESSOR => self.record(slot, entry),
            _ => Ok(()),
        }
    }

    /// Remembers an assignment that changed an own data property, or added one.
    fn record_set(
        &mut self,
        object: Local<'s, Object>,
        key: Key<'s>,
        before: Local<'s, Shape>,
        own: Option<u32>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        let kind = object.get(self).kind();
        let plain =
            matches!(kind, kind::Plain | kind::Function | kind::Error | kind::Array | kind::Map | kind::Set);
        if !plain
            || matches!(key, Key::Index(_))
            || self.feedback(slot, 0) == bits::MEGAMORPHIC
            || (kind == kind::Array && key.is(self, Name::length))
            || (kind == kind::Error && key.is(self, Name::stack))
        {
            return Ok(());
        }
        let old = before.get(self);
        // Whether an intrinsic may be changed is asked each time.
        let builtin = object.get(self).cast::<Function>().is_some_and(|f| f.template(self).is_hidden());
        if builtin || old.is_flagged(shape_flag::GUARDED) {
            return Ok(());
        }
        if !old.is_cacheable() || own.is_none() && old.is_flagged(shape_flag::LAZY_FUNCTION) {
            return Ok(());
        }
        if let Some(description) = own {
            if description & (info::WRITABLE | info::ACCESSOR) != info::WRITABLE {
                return Ok(());
            }
            let Some(place) = place_of(old, description & info::SLOT) else { return Ok(()) };
            let entry = [word(old.reference(self), place), bits::UNDEFINED, bits::UNDEFINED];
            return self.record(slot, entry);
        }
        self.record_add(object, key, before, slot)
    }

    /// Remembers a transition: old shape, new shape with the place, validity of the chain.
    fn record_add(
        &mut self,
        object: Local<'s, Object>,
        key: Key<'s>,
        before: Local<'s, Shape>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        let after = object.get(self).shape(self).root(self);
        let (old, new) = (before.get(self), after.get(self));
        let shared = shape_flag::UNIQUE | shape_flag::DICTIONARY | shape_flag::PROTOTYPE;
        if old == new
            || new.count() != old.count() + 1
            || new.flags() & shared != 0
            || old.flags() & shared != 0
        {
            return Ok(());
        }
        let Some((_, description)) = key.name_ref(self).and_then(|name| new.find(self, name)) else {
            return Ok(());
        };
        let Some(place) = place_of(new, description & info::SLOT) else { return Ok(()) };
        if description & info::ATTRIBUTES != info::DEFAULT {
            return Ok(());
        }
        let Some(validity) = self.chain_validity(before)? else { return Ok(()) };
        let entry = [
            word(before.get(self).reference(self), ELSEWHERE),
            word(after.get(self).reference(self), place),
            word(validity.get(self).reference(self), 0),
        ];
        self.record(slot, entry)
    }

    /// `InitProp`: defines an own data property, remembering transitions.
    pub(super) fn init_prop(
        &mut self,
        object: Local<'s>,
        name: i32,
        value: Local<'s>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        let key = self.constant_key(name);
        let Some(object) = object.as_object(self) else {
            return Err(self.type_error("InitProp on a primitive"));
        };
        if object.get(self).is::<Proxy>() {
            let key = key.to_value(self)?;
            return Err(self.call_library(lib::defineField, &[object.any(), key, value]));
        }
        let before = object.get(self).shape(self).root(self);
        let own = key.name_ref(self).and_then(|name| before.get(self).find(self, name));
        self.create_data_property(object, key, value)?;
        // Other attributes would change.
        let own = own.map(|(_, description)| description);
        match own {
            Some(description) if description & info::ATTRIBUTES != info::DEFAULT => Ok(()),
            own => self.record_set(object, key, before, own, slot),
        }
    }

    /// Remembers for a compiler where a typed array's `length` was found: as an accessor of a prototype.
    fn record_typed_length(&mut self, array: Local<'s, Object>, slot: i32) -> JsResult<'s, ()> {
        let shape = array.get(self).shape(self).reference(self);
        let first = self.feedback(slot, 0);
        if first == bits::MEGAMORPHIC || self.entry_of_shape(slot, shape).is_some() {
            return Ok(());
        }
        match self.entry_for_inherited(array, self.key(Name::length))? {
            Some(entry) => self.record(slot, entry),
            None => Ok(()),
        }
    }

    /// `object.length` where the inline fast path missed.
    pub(super) fn get_length(&mut self, value: Local<'s>, name: i32, slot: i32) -> JsResult<'s> {
        if let Some(string) = value.cast::<Str>(self) {
            return Ok(self.number(f64::from(string.get(self).length())));
        }
        if let Some(array) = value.value(self).cast::<Array>(self) {
            return Ok(self.number(f64::from(array.length())));
        }
        if let Some(array) = value.cast::<TypedArray>(self)
            && super::leaf::is_length_plain(self, array.get(self).into())
        {
            self.record_typed_length(array.into(), slot)?;
            let length = self.typed_length(array).unwrap_or(0);
            return Ok(self.number(length as f64));
        }
        self.get_prop(value, name, slot)
    }
}
