//! Iteration: `for of`, `for in`, spread and destructuring.
//!
//! A record is three registers. Walking a plain array: the array, a mark, the next index. Else: the iterator, its
//! `next` method, and nothing.

use tvm_bytecode::data::WellKnownSymbol;

use crate::base::exit::Exit;
use crate::base::tier::PlainHolder;
use crate::frame::{self, ReturnKind};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::tails::NameRef;
use crate::heap::{Cx, Gc, Local, Value, bits};
use crate::interp::property::place_of;
use crate::library::lib;
use crate::object::Key;
use crate::object::function::Entry;
use crate::object::lookup::{Found, Own, Seen};
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::slotted::class;
use crate::semantics::JsResult;
use crate::semantics::args::NativeFn;

/// What `IteratorNext` found.
pub(super) enum Step<'s> {
    /// A value.
    Value(Local<'s>),
    /// The end.
    Done,
}

/// What iterating over a typed array without its buffer throws.
const DETACHED: &str = "Cannot perform Array Iterator.prototype.next on a detached ArrayBuffer";

/// Objects of a prototype chain whose names are compared with one another.
const SHORT_CHAIN: usize = 8;

/// How a builtin method gives an iterator.
enum Iteration {
    /// It is the value itself.
    Itself,
    /// It is made.
    New,
}

/// Whether an iteration's method says that elements are walked by index.
fn is_walk(method: u64) -> bool {
    matches!(method, bits::FAST_ARRAY | bits::FAST_TYPED | bits::FAST_STRING)
}

impl<'s> Cx<'s> {
    /// Whether iterating over a value can only walk an array's elements: nothing of the protocol was changed.
    pub fn is_plain_iterable(&mut self, value: Local<'s>) -> JsResult<'s, bool> {
        self.make_iterable(value)?;
        Ok(self.walks_by_index(value.value(self), self.realm()))
    }

    /// The same, as code of a realm sees it.
    pub(super) fn walks_by_index(&self, value: Value<'_>, realm: Gc<'_, Realm>) -> bool {
        let Some(array) = value.cast::<Array>(self) else { return false };
        let array: Gc<'_, Object> = array.into();
        let iterator = NameRef::new(self, self.well_known(WellKnownSymbol::Iterator));
        !self.vm.indexed_prototypes
            && array.elements(self).is_none_or(|elements| elements.as_sparse().is_none())
            && array.shape(self).proto() == realm.intrinsic(self, Intrinsic::ArrayPrototype)
            && matches!(self.plain_own(array, iterator), Seen::Missing)
            && self.arrays_iterate_plainly(realm)
    }

    /// Whether iterating over a value, as code of a realm sees it, can only walk a typed array's elements, of a buffer
    /// that stays as long as it is.
    pub(super) fn walks_typed(&self, value: Value<'_>, realm: Gc<'_, Realm>) -> bool {
        let Some(array) = value.cast::<TypedArray>(self) else { return false };
        let known = array.buffer(self).flags() == 0 && array.length() < i32::MAX as u64;
        let object: Gc<'_, Object> = array.into();
        let iterator = NameRef::new(self, self.well_known(WellKnownSymbol::Iterator));
        let Some(proto) = object.shape(self).proto().as_object(self) else { return false };
        let all = realm.intrinsic(self, Intrinsic::TypedArrayPrototype);
        known
            && object.shape(self).find(self, iterator).is_none()
            && matches!(self.plain_own(proto, iterator), Seen::Missing)
            && proto.shape(self).proto() == all
            && all.as_object(self).is_some_and(|all| {
                let values = realm.intrinsic(self, Intrinsic::TypedArrayValues);
                matches!(self.plain_own(all, iterator), Seen::Data(value, _) if value == values)
            })
            && self.array_iterators_are_plain(realm)
    }

    /// Whether iterating over strings, as code of a realm sees it, can only walk their code points.
    pub(super) fn walks_strings(&self, realm: Gc<'_, Realm>) -> bool {
        let iterator = NameRef::new(self, self.well_known(WellKnownSymbol::Iterator));
        let values = realm.intrinsic(self, Intrinsic::StringValues);
        // The prototype is a string itself; a symbol is none of its own keys as such.
        let is_builtin = |proto: Gc<'_, Object>| {
            let found = proto.shape(self).find(self, iterator);
            found.is_some_and(|(_, description)| {
                description & info::ACCESSOR == 0 && proto.slot(self, description & info::SLOT) == values
            })
        };
        realm.intrinsic(self, Intrinsic::StringPrototype).as_object(self).is_some_and(is_builtin)
            && self.iterators_are_plain(
                realm,
                Intrinsic::StringIteratorPrototype,
                Intrinsic::StringIteratorNext,
            )
    }

    /// `ArraysIteratePlainly`, as code of a realm sees it: the builtin methods are where they were, and nothing happens
    /// where an iteration is closed early.
    pub(super) fn arrays_iterate_plainly(&self, realm: Gc<'_, Realm>) -> bool {
        let iterator = NameRef::new(self, self.well_known(WellKnownSymbol::Iterator));
        let Some(proto) = realm.intrinsic(self, Intrinsic::ArrayPrototype).as_object(self) else {
            return false;
        };
        let values = realm.intrinsic(self, Intrinsic::ArrayValues);
        matches!(self.plain_own(proto, iterator), Seen::Data(value, _) if value == values)
            && self.array_iterators_are_plain(realm)
    }

    fn array_iterators_are_plain(&self, realm: Gc<'_, Realm>) -> bool {
        self.iterators_are_plain(realm, Intrinsic::ArrayIteratorPrototype, Intrinsic::ArrayIteratorNext)
    }

    /// Whether builtin iterators have the builtin `next`, and nothing that is called where they are closed.
    fn iterators_are_plain(&self, realm: Gc<'_, Realm>, proto: Intrinsic, builtin: Intrinsic) -> bool {
        let [next, end] = [Name::next, Name::return_].map(|name| NameRef::new(self, self.name(name)));
        let builtin = realm.intrinsic(self, builtin);
        realm.intrinsic(self, proto).as_object(self).is_some_and(|iterators| {
            matches!(self.plain_own(iterators, next), Seen::Data(value, _) if value == builtin)
                && matches!(self.plain_find(iterators, end), Seen::Missing)
        })
    }

    /// The objects that `arrays_iterate_plainly` rests on, where it holds and their shapes say so.
    pub(super) fn array_iteration(&self, realm: Gc<'_, Realm>) -> Vec<PlainHolder> {
        let holders = |proto, iterators| self.iteration_holders(realm, proto, iterators);
        let all = || holders(Intrinsic::ArrayPrototype, Intrinsic::ArrayIteratorPrototype);
        if self.arrays_iterate_plainly(realm) { all().unwrap_or_default() } else { Vec::new() }
    }

    /// The objects that `walks_strings` rests on, where it holds and their shapes say so.
    pub(super) fn string_iteration(&self, realm: Gc<'_, Realm>) -> Vec<PlainHolder> {
        let holders = |proto, iterators| self.iteration_holders(realm, proto, iterators);
        let all = || holders(Intrinsic::StringPrototype, Intrinsic::StringIteratorPrototype);
        if self.walks_strings(realm) { all().unwrap_or_default() } else { Vec::new() }
    }

    /// A prototype with its @@iterator, builtin iterators with their `next`, and what these inherit from.
    fn iteration_holders(
        &self,
        realm: Gc<'_, Realm>,
        proto: Intrinsic,
        iterators: Intrinsic,
    ) -> Option<Vec<PlainHolder>> {
        let proto = realm.intrinsic(self, proto).as_object(self)?;
        let iterator = NameRef::new(self, self.well_known(WellKnownSymbol::Iterator));
        let mut all = vec![self.plain_holder(proto, Some(iterator))?];
        let mut next = Some(NameRef::new(self, self.name(Name::next)));
        let mut link = realm.intrinsic(self, iterators).as_object(self);
        while let Some(object) = link {
            all.push(self.plain_holder(object, next.take())?);
            link = object.shape(self).proto().as_object(self);
        }
        Some(all)
    }

    /// The objects on which it rests that ArraySpeciesCreate (10.4.2.2) makes a plain array of a plain array, where it
    /// does and their shapes say so.
    pub(super) fn array_species(&self, realm: Gc<'_, Realm>) -> Vec<PlainHolder> {
        let all = || {
            let proto = realm.intrinsic(self, Intrinsic::ArrayPrototype).as_object(self)?;
            let name = NameRef::new(self, self.name(Name::constructor));
            let array = realm.intrinsic(self, Intrinsic::Array);
            let plain = matches!(self.plain_own(proto, name), Seen::Data(value, _) if value == array);
            let of_proto = self.plain_holder(proto, Some(name)).filter(|_| plain)?;
            let array = array.as_object(self)?;
            let name = NameRef::new(self, self.well_known(WellKnownSymbol::Species));
            let (_, description) = array.shape(self).find(self, name)?;
            let pair = array.slot(self, description & info::SLOT).cast::<Accessor>(self)?;
            let plain = pair.getter() == realm.intrinsic(self, Intrinsic::ArraySpecies);
            Some(vec![of_proto, self.plain_holder(array, Some(name)).filter(|_| plain)?])
        };
        all().unwrap_or_default()
    }

    /// An object, and what it has under a name, where its shape says so.
    fn plain_holder(&self, object: Gc<'_, Object>, name: Option<NameRef<'_>>) -> Option<PlainHolder> {
        let shape = object.shape(self);
        let method = match name {
            Some(name) => {
                let slot = shape.find(self, name)?.1 & info::SLOT;
                Some((place_of(shape, slot)?, object.slot(self, slot).bits()))
            }
            None => None,
        };
        let holder = PlainHolder { object: object.reference(self), shape: shape.reference(self), method };
        shape.is_cacheable().then_some(holder)
    }

    /// Makes what the running realm says of iterations over a value, so that it can be asked for what is plain.
    fn make_iterable(&mut self, value: Local<'s>) -> JsResult<'s, ()> {
        let proto = match value.as_object(self).map(|object| object.get(self).kind()) {
            Some(kind::Array) => Intrinsic::ArrayPrototype,
            Some(kind::TypedArray) => Intrinsic::TypedArrayPrototype,
            None if value.value(self).is_string() => Intrinsic::StringPrototype,
            _ => return Ok(()),
        };
        let proto = self.intrinsic_object(proto);
        self.make_own(proto)?;
        let own =
            value.as_object(self).and_then(|object| object.get(self).shape(self).proto().as_object(self));
        match own.map(|own| own.root(self)) {
            Some(own) => self.make_own(own),
            None => Ok(()),
        }
    }

    /// The mark of an iteration that only walks a value by index, where it does: a string is put together for that.
    fn walk_of(&mut self, value: Local<'s>) -> JsResult<'s, Option<u64>> {
        self.make_iterable(value)?;
        if self.walks_by_index(value.value(self), self.realm()) {
            return Ok(Some(bits::FAST_ARRAY));
        }
        if self.walks_typed(value.value(self), self.realm()) {
            return Ok(Some(bits::FAST_TYPED));
        }
        match value.cast::<Str>(self) {
            Some(string) if self.walks_strings(self.realm()) => {
                self.flatten(string)?;
                Ok(Some(bits::FAST_STRING))
            }
            _ => Ok(None),
        }
    }

    /// `GetIterator`: fills the record, with the method too where that needs no asking, or prepares the call whose
    /// result is the iterator.
    pub(super) fn get_iterator(&mut self, record: Local<'s>, value: Local<'s>) -> JsResult<'s, ()> {
        if let Some(mark) = self.walk_of(value)? {
            let slot = record.slot();
            let walked = value.value(self).bits();
            self.heap.set_slot(slot, walked);
            self.heap.set_slot(slot + 1, mark);
            self.heap.set_slot(slot + 2, bits::int(0));
            return Ok(());
        }
        let key = Key::Name(self.well_known(WellKnownSymbol::Iterator).root(self));
        if value.value(self).is_nullish() {
            return Err(self.not_iterable(value));
        }
        // The method is asked for here; where that runs code, or the method is no function, the library goes on.
        let object = self.to_object(value)?;
        if let Found::Value(method) = self.find(object, key)? {
            if let Some(string) = value.cast::<Str>(self)
                && self.is_intrinsic(method.value(self), Intrinsic::StringValues)
            {
                return self.start_string(record, string);
            }
            if !self.is_callable(method.value(self)) {
                return Err(self.not_iterable(value));
            }
            match self.known_iteration(value, method) {
                Some(Iteration::Itself) => {
                    let iterator = value.value(self).bits();
                    self.heap.set_slot(record.slot(), iterator);
                    return Ok(());
                }
                Some(Iteration::New) => return Err(self.call(method, value, &[])),
                None => return Err(self.call_library(lib::iteratorFrom, &[value, method])),
            }
        }
        let missing = matches!(self.find(object, key)?, Found::Missing);
        if missing {
            return Err(self.not_iterable(value));
        }
        Err(self.call_library(lib::getIterator, &[value]))
    }

    /// What a method of the engine's own gives for a value's iterator: always an object.
    fn known_iteration(&self, value: Local<'_>, method: Local<'_>) -> Option<Iteration> {
        let function = method.value(self).cast::<Function>(self)?;
        let template = function.template(self);
        if template.entry() != Entry::Native {
            return None;
        }
        let native = crate::semantics::natives::builtin(template.code());
        if std::ptr::fn_addr_eq(native, crate::builtins::array::this_value as NativeFn) {
            return value.value(self).is_object().then_some(Iteration::Itself);
        }
        let made =
            [Intrinsic::ArrayValues, Intrinsic::SetValues, Intrinsic::MapEntries, Intrinsic::StringValues];
        let realm = self.realm();
        let is_known = made.iter().any(|&known| realm.intrinsic(self, known) == method.value(self));
        is_known.then_some(Iteration::New)
    }

    /// Fills the record of an iteration over a string; with its method too where that is the builtin one.
    fn start_string(&mut self, record: Local<'s>, string: Local<'s, Str>) -> JsResult<'s, ()> {
        let iterator = self.new_string_iterator(string)?;
        record.set(self, iterator.value(self));
        let name = NameRef::new(self, self.name(Name::next));
        let proto = self.intrinsic_object(Intrinsic::StringIteratorPrototype);
        if let Seen::Data(method, _) = self.plain_own(proto.get(self), name)
            && self.is_intrinsic(method, Intrinsic::StringIteratorNext)
        {
            let method = method.bits();
            self.heap.set_slot(record.slot() + 1, method);
        }
        Ok(())
    }

    /// Throws that a value is not iterable.
    pub(super) fn not_iterable(&mut self, value: Local<'_>) -> Exit {
        let shown = match self.quoted() {
            Some(text) => text,
            None => self.describe(value),
        };
        self.type_error(&format!("{shown} is not iterable"))
    }

    /// `IteratorMethod`: reads `next` of the iterator in a record.
    pub(super) fn iterator_method(&mut self, record: Local<'s>) -> JsResult<'s> {
        let key = self.key(Name::next);
        self.get_value(record, key)
    }

    /// `IteratorNext` where the inline fast path missed.
    pub(super) fn iterator_next(&mut self, record: Local<'s>, method: Local<'s>) -> JsResult<'s, Step<'s>> {
        match method.value(self).bits() {
            bits::FAST_ARRAY => return self.next_of_array(record),
            bits::FAST_TYPED => return self.next_of_typed(record),
            bits::FAST_STRING => return self.next_of_string(record),
            _ => {}
        }
        if let Some(step) = self.next_of_builtin(record, method)? {
            return Ok(step);
        }
        if !self.is_callable(method.value(self)) {
            return Err(self.call_library(lib::iteratorStep, &[record, method]));
        }
        self.set_waiting(ReturnKind::IterateResult);
        let call = self.call(method, record, &[]);
        self.booked(Err(call))
    }

    /// The same where the object has `done` and `value` as its first properties, which are data.
    fn step_of_pair(&self, object: Gc<'_, Object>) -> Option<u64> {
        let shape = object.shape(self);
        let table = shape.table(self).filter(|_| shape.count() >= 2 && shape.is_cacheable())?;
        if !matches!(object.kind(), kind::Plain) {
            return None;
        }
        let [first, second] = [0, 1].map(|entry| table.entry(entry));
        let [done, value] = [Name::done, Name::value].map(|name| self.name(name).bits() as u32);
        let (done, value) = match (first.0, second.0) {
            (a, b) if (a, b) == (done, value) => (first.1, second.1),
            (a, b) if (a, b) == (value, done) => (second.1, first.1),
            _ => return None,
        };
        if (done | value) & info::ACCESSOR != 0 {
            return None;
        }
        Some(match self.to_boolean(object.slot(self, done & info::SLOT)) {
            true => bits::DONE,
            false => object.slot(self, value & info::SLOT).bits(),
        })
    }

    /// Sets what the current frame, which waits at an iteration, waits for.
    pub(super) fn set_waiting(&self, kind: ReturnKind) {
        let current = self.vm.frame;
        let state = self.heap.slot(current - 5);
        self.heap.set_slot(current - 5, frame::state(state as u32, (state >> 32) as u32 & 0xFFFF, kind));
    }

    /// What the object that an iterator gave means to the iteration that the current frame waits at: its value, or the
    /// mark of the end (7.4.8). An exit asks it by calling code of the library, whose result means that.
    pub(super) fn step_of_result(&mut self, result: u64) -> Result<u64, Exit> {
        // SAFETY: the value has just been returned, and nothing was allocated since.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(result) };
        if let Some(step) = self.value_of_result(value) {
            return Ok(step);
        }
        let Some(object) = value.as_object(self) else {
            let value = value.root(self);
            let shown = self.describe(value);
            return Err(self.type_error(&format!("Iterator result {shown} is not an object")));
        };
        if let Some(step) = self.step_of_pair(object) {
            return Ok(step);
        }
        let part = |name| match self.plain_find(object, NameRef::new(self, self.name(name))) {
            Seen::Data(value, _) => Some(value),
            Seen::Missing => Some(Value::UNDEFINED),
            _ => None,
        };
        match (part(Name::done), part(Name::value)) {
            (Some(done), _) if self.to_boolean(done) => return Ok(bits::DONE),
            (Some(_), Some(value)) => return Ok(value.bits()),
            _ => {}
        }
        let value = value.root(self);
        self.set_waiting(ReturnKind::Iterate);
        Err(self.call_library(lib::resultStep, &[value]))
    }

    /// The next element of an array walked by index.
    fn next_of_array(&mut self, record: Local<'s>) -> JsResult<'s, Step<'s>> {
        let index_slot = record.slot() + 2;
        let index = bits::as_int(self.heap.slot(index_slot)) as u32;
        let Some(array) = record.cast::<Array>(self) else {
            return Err(self.bug("a record without its array"));
        };
        if index >= array.get(self).length() {
            // The end is for good, even if the array grows.
            self.heap.set_slot(index_slot, bits::int(i32::MAX));
            return Ok(Step::Done);
        }
        self.heap.set_slot(index_slot, bits::int(index as i32 + 1));
        let object: Local<'s, Object> = array.into();
        if let Some(element) = object.get(self).element(self, index)
            && element.attributes & info::ACCESSOR == 0
        {
            return Ok(Step::Value(element.value.root(self)));
        }
        let value = self.get(object, Key::Index(index), record)?;
        Ok(Step::Value(value))
    }

    /// The next element of a typed array that is walked.
    fn next_of_typed(&mut self, record: Local<'s>) -> JsResult<'s, Step<'s>> {
        let index_slot = record.slot() + 2;
        let index = bits::as_int(self.heap.slot(index_slot));
        let Some(array) = record.cast::<TypedArray>(self) else {
            return Err(self.bug("a record without its typed array"));
        };
        // The end is for good.
        if index == i32::MAX {
            return Ok(Step::Done);
        }
        if self.typed_length(array).is_none() {
            return Err(self.type_error(DETACHED));
        }
        match self.typed_get(array, index as u64)? {
            Some(value) => {
                self.heap.set_slot(index_slot, bits::int(index + 1));
                Ok(Step::Value(value))
            }
            None => {
                self.heap.set_slot(index_slot, bits::int(i32::MAX));
                Ok(Step::Done)
            }
        }
    }

    /// The next code point of a string that is walked.
    fn next_of_string(&mut self, record: Local<'s>) -> JsResult<'s, Step<'s>> {
        let index_slot = record.slot() + 2;
        let at = bits::as_int(self.heap.slot(index_slot)) as usize;
        let Some(string) = record.cast::<Str>(self) else {
            return Err(self.bug("a record without its string"));
        };
        if at >= string.get(self).length() as usize {
            self.heap.set_slot(index_slot, bits::int(i32::MAX));
            return Ok(Step::Done);
        }
        let flat = self.flatten(string)?;
        let (_, width) = flat.get(self).chars(self).code_point(at);
        self.heap.set_slot(index_slot, bits::int((at + width) as i32));
        let part = self.substring(flat, at, at + width)?;
        Ok(Step::Value(part.any()))
    }

    /// One step of a builtin iterator whose `next` was not changed, without a result object.
    fn next_of_builtin(&mut self, record: Local<'s>, method: Local<'s>) -> JsResult<'s, Option<Step<'s>>> {
        let iterator = record.value(self);
        if iterator.is::<MapIterator>(self) {
            let map = self.intrinsic(Intrinsic::MapIteratorNext);
            let set = self.intrinsic(Intrinsic::SetIteratorNext);
            let method = method.value(self);
            if method == map.value(self) || method == set.value(self) {
                let iterator = record.cast::<MapIterator>(self).expect("checked");
                return Ok(Some(match self.map_iterator_next(iterator)? {
                    Some(value) => Step::Value(value),
                    None => Step::Done,
                }));
            }
        }
        if iterator.is::<ArrayIterator>(self) {
            let next = self.intrinsic(Intrinsic::ArrayIteratorNext);
            if method.value(self) == next.value(self) {
                let iterator = record.cast::<ArrayIterator>(self).expect("checked");
                return Ok(match self.array_iterator_next(iterator)? {
                    Some(Some(value)) => Some(Step::Value(value)),
                    Some(None) => Some(Step::Done),
                    None => None,
                });
            }
        }
        if let Some(slotted) = record.cast::<Slotted>(self)
            && slotted.get(self).class() == class::STRING_ITERATOR
            && self.is_intrinsic(method.value(self), Intrinsic::StringIteratorNext)
        {
            return Ok(Some(self.string_iterator_next(slotted)?.map_or(Step::Done, Step::Value)));
        }
        Ok(None)
    }

    /// CreateStringIterator (22.1.5.1).
    pub fn new_string_iterator(&mut self, string: Local<'s, Str>) -> JsResult<'s> {
        let string = self.flatten(string)?;
        let start = self.local(Value::int(0));
        let fields = self.tuple(&[string.any(), start])?;
        let object = self.new_kind(kind::Slotted, Intrinsic::StringIteratorPrototype)?;
        let iterator = object.get(self).cast::<Slotted>().expect("just made");
        iterator.set_fields(self, fields.get(self));
        iterator.set_class(class::STRING_ITERATOR);
        Ok(object.any())
    }

    /// The next code point of a string iterator, as a string; `None` at the end, which is for good.
    pub fn string_iterator_next(&mut self, iterator: Local<'s, Slotted>) -> JsResult<'s, Option<Local<'s>>> {
        let fields = iterator.get(self).fields(self);
        let Some(string) = fields.at(self, 0).as_string(self) else { return Ok(None) };
        let at = fields.at(self, 1).as_int().unwrap_or(0) as usize;
        if at >= string.length() as usize {
            fields.put(self, 0, Value::UNDEFINED);
            return Ok(None);
        }
        let string = string.root(self);
        let flat = self.flatten(string)?;
        let (_, width) = flat.get(self).chars(self).code_point(at);
        let part = self.substring(flat, at, at + width)?;
        iterator.get(self).fields(self).put(self, 1, Value::int((at + width) as i32));
        Ok(Some(part.any()))
    }

    /// The next value of a Map or Set iterator; `None` at the end.
    pub fn map_iterator_next(&mut self, iterator: Local<'s, MapIterator>) -> JsResult<'s, Option<Local<'s>>> {
        loop {
            let cell = iterator.get(self);
            let Some(table) = cell.table(self) else { return Ok(None) };
            let (table, position) = self.map_catch_up(table, cell.index());
            cell.set_table(self, Some(table));
            if position >= table.used() {
                cell.set_table(self, None);
                return Ok(None);
            }
            cell.set_index(position + 1);
            let key = table.key(position);
            if key.is_hole() {
                continue;
            }
            let (key, value) = (key.root(self), table.entry_value(position).root(self));
            return Ok(Some(match iterator.get(self).mode() {
                0 => key,
                1 => value,
                _ => self.array_of(&[key, value])?.any(),
            }));
        }
    }

    /// The next value of an array iterator where nothing runs: the outer `None` where something would.
    pub fn array_iterator_next(
        &mut self,
        iterator: Local<'s, ArrayIterator>,
    ) -> JsResult<'s, Option<Option<Local<'s>>>> {
        let cell = iterator.get(self);
        let target = cell.target().root(self);
        if target.value(self).is_undefined() {
            return Ok(Some(None));
        }
        let index = cell.index();
        let length = if let Some(array) = target.value(self).cast::<Array>(self) {
            u64::from(array.length())
        } else if let Some(array) = target.cast::<TypedArray>(self) {
            match self.typed_length(array) {
                Some(length) => length,
                None => return Err(self.type_error(DETACHED)),
            }
        } else {
            return Ok(None);
        };
        if index >= length {
            iterator.get(self).set_target(self, Value::UNDEFINED);
            return Ok(Some(None));
        }
        let mode = iterator.get(self).mode();
        if mode == 0 {
            iterator.get(self).set_index(index + 1);
            return Ok(Some(Some(self.number(index as f64))));
        }
        // A hole, or something that runs.
        let Some(value) = self.element_at(target, index)? else { return Ok(None) };
        iterator.get(self).set_index(index + 1);
        if mode == 1 {
            return Ok(Some(Some(value)));
        }
        let number = self.number(index as f64);
        Ok(Some(Some(self.array_of(&[number, value])?.any())))
    }

    /// An element of an array or typed array, where it has one and nothing runs.
    fn element_at(&mut self, target: Local<'s>, index: u64) -> JsResult<'s, Option<Local<'s>>> {
        if let Some(array) = target.cast::<TypedArray>(self) {
            return self.typed_get(array, index);
        }
        let Some(object) = target.as_object(self) else { return Ok(None) };
        match self.find(object, Key::Index(index as u32))? {
            Found::Value(value) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// `IteratorClose`.
    pub(super) fn iterator_close(
        &mut self,
        record: Local<'s>,
        method: Local<'s>,
        quiet: bool,
    ) -> JsResult<'s, ()> {
        if is_walk(method.value(self).bits()) {
            return Ok(());
        }
        let function = if quiet { lib::iteratorCloseQuietly } else { lib::iteratorClose };
        Err(self.call_library(function, &[record]))
    }

    /// `IteratorParts`: an array walked by index gets a real iterator.
    pub(super) fn iterator_parts(
        &mut self,
        record: Local<'s>,
        method: Local<'s>,
    ) -> JsResult<'s, (Local<'s>, Local<'s>)> {
        if !is_walk(method.value(self).bits()) {
            return Ok((record, method));
        }
        let index = bits::as_int(self.heap.slot(record.slot() + 2)) as u64;
        if let Some(string) = record.cast::<Str>(self) {
            let iterator = self.new_string_iterator(string)?;
            if let Some(cell) = iterator.value(self).cast::<Slotted>(self) {
                cell.fields(self).put(self, 1, Value::int(index as i32));
            }
            return Ok((iterator, self.intrinsic(Intrinsic::StringIteratorNext)));
        }
        let iterator = self.new_array_iterator(record, 1)?;
        if let Some(cell) = iterator.value(self).cast::<ArrayIterator>(self) {
            cell.set_index(index);
        }
        let next = self.intrinsic(Intrinsic::ArrayIteratorNext);
        Ok((iterator, next))
    }

    /// CreateArrayIterator (23.1.5.1).
    pub fn new_array_iterator(&mut self, target: Local<'s>, mode: u32) -> JsResult<'s> {
        let object = self.new_kind(kind::ArrayIterator, Intrinsic::ArrayIteratorPrototype)?;
        let iterator = object.get(self).cast::<ArrayIterator>().expect("just made");
        iterator.set_target(self, target.value(self));
        iterator.set_mode(mode);
        Ok(object.any())
    }

    // ---- for in

    /// `ForInStart` (14.7.5.9): the enumerable string keys of an object and its prototypes.
    pub(super) fn for_in_start(&mut self, value: Local<'s>) -> JsResult<'s> {
        let enumerator = self.alloc::<Enumerator>(kind::Enumerator, Enumerator::BYTES)?;
        let list = self.new_list()?;
        let cell = enumerator.get(self);
        cell.set_keys(self, list.get(self));
        cell.set_object(self, Value::UNDEFINED);
        if value.value(self).is_nullish() {
            return Ok(enumerator.any());
        }
        let object = self.to_object(value)?;
        enumerator.get(self).set_object(self, object.value(self));
        if self.collect_keys(object, list)? {
            return Ok(enumerator.any());
        }
        // A proxy in the chain: the library lists the keys into an array.
        Err(self.call_library(lib::forInStart, &[enumerator.any(), object.any()]))
    }

    /// Lists keys where no proxy stands in the chain.
    fn collect_keys(&mut self, object: Local<'s, Object>, list: Local<'s, List>) -> JsResult<'s, bool> {
        if self.is_chain_of_names(object.get(self)) {
            self.collect_names(object, list)?;
            return Ok(true);
        }
        let holder = object.get(self).root(self);
        let mut first = true;
        let seen = self.new_map_table()?;
        let seen = self.local(seen.value(self));
        loop {
            if holder.get(self).is::<Proxy>() {
                return Ok(false);
            }
            self.collect_own_keys(holder, list, seen, first)?;
            first = false;
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => return Ok(true),
            }
            // Most prototypes have nothing enumerable: then nothing can be shadowed either.
            if !self.has_enumerable(holder) && holder.get(self).shape(self).proto().is_null() {
                return Ok(true);
            }
        }
    }

    /// Whether an object and its prototypes, a few, have no properties but those of their shapes.
    fn is_chain_of_names(&self, object: Gc<'_, Object>) -> bool {
        let mut holder = object;
        for _ in 0..SHORT_CHAIN {
            if !holder.has_names_only(self) {
                return false;
            }
            match holder.shape(self).proto().as_object(self) {
                Some(proto) => holder = proto,
                None => return true,
            }
        }
        false
    }

    /// Lists the keys of such a chain: of each holder the enumerable names that none before it has.
    fn collect_names(&mut self, object: Local<'s, Object>, list: Local<'s, List>) -> JsResult<'s, ()> {
        let holder = object.get(self).root(self);
        for before in 0.. {
            let count = holder.get(self).shape(self).count();
            self.vm.spend(u64::from(count) / 16)?;
            for i in 0..count {
                self.scope(|cx| {
                    let Some(table) = holder.get(cx).shape(cx).table(cx) else { return Ok(()) };
                    let Some(name) = table.name(cx, i).filter(|name| name.is_string()) else { return Ok(()) };
                    let is_listed = table.entry(i).1 & info::ENUMERABLE != 0;
                    if !is_listed || cx.is_shadowed(object.get(cx), before, NameRef::new(cx, name)) {
                        return Ok(());
                    }
                    let name = name.root(cx);
                    cx.list_push(list, name)
                })?;
            }
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => break,
            }
        }
        Ok(())
    }

    /// Whether one of the first `count` objects of a prototype chain has a name.
    fn is_shadowed(&self, object: Gc<'_, Object>, count: usize, name: NameRef<'_>) -> bool {
        let mut holder = Some(object);
        for _ in 0..count {
            let Some(current) = holder else { return false };
            if current.shape(self).find(self, name).is_some() {
                return true;
            }
            holder = current.shape(self).proto().as_object(self);
        }
        false
    }

    fn has_enumerable(&self, object: Local<'_, Object>) -> bool {
        let cell = object.get(self);
        if cell.is::<Proxy>()
            || cell.is_unmade(self)
            || !self.element_indices(cell).is_empty()
            || !matches!(cell.kind(), kind::Plain | kind::Array | kind::Function)
        {
            return true;
        }
        let shape = cell.shape(self);
        let Some(table) = shape.table(self) else { return false };
        (0..shape.count()).any(|i| {
            let (name, description) = table.entry(i);
            name != 0 && description & info::ENUMERABLE != 0
        })
    }

    fn collect_own_keys(
        &mut self,
        object: Local<'s, Object>,
        list: Local<'s, List>,
        seen: Local<'s>,
        first: bool,
    ) -> JsResult<'s, ()> {
        let keys = self.own_keys(object)?;
        for i in 0..keys.get(self).length() as usize {
            self.scope(|cx| {
                let name = keys.get(cx).item(cx, i).root(cx);
                if name.value(cx).is_symbol() {
                    return Ok(());
                }
                let table = seen.cast::<MapTable>(cx).expect("a map table");
                if !first && cx.map_find(table, name)?.is_some() {
                    return Ok(());
                }
                let marker = cx.undefined();
                let table = cx.map_set(table, name, marker)?;
                seen.set(cx, table.value(cx));
                let key = cx.primitive_key(name)?.expect("keys are keys");
                let enumerable = match cx.own(object, key)? {
                    Own::Data(_, attributes) | Own::Accessor(_, attributes) => {
                        attributes & info::ENUMERABLE != 0
                    }
                    Own::Uninitialized => {
                        let name = key.describe(cx);
                        let message = format!("Cannot access '{name}' before initialization");
                        return Err(cx.throw(tvm_bytecode::data::ErrorKind::ReferenceError, &message));
                    }
                    _ => false,
                };
                if enumerable {
                    cx.list_push(list, name)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// `ForInNext`: the next key that is still there; `None` at the end.
    pub(super) fn for_in_next(&mut self, enumerator: Local<'s>) -> JsResult<'s, Option<Local<'s>>> {
        let Some(enumerator) = enumerator.cast::<Enumerator>(self) else { return Err(self.bug("ForInNext")) };
        loop {
            let cell = enumerator.get(self);
            let index = cell.index();
            let keys = cell.keys(self);
            if index >= keys.length() {
                return Ok(None);
            }
            let key = keys.item(self, index as usize).root(self);
            cell.set_index(index + 1);
            let object = enumerator.get(self).object().root(self);
            let Some(object) = object.as_object(self) else { return Ok(Some(key)) };
            // Most are names of plain objects.
            if let Some(name) = key.value(self).as_name(self)
                && let Seen::Data(..) | Seen::Accessor = self.plain_find(object.get(self), name)
            {
                return Ok(Some(key));
            }
            let name = self.primitive_key(key)?.expect("keys are keys");
            let present = match self.find(object, name)? {
                Found::Missing => false,
                Found::Proxy(_) => true,
                _ => true,
            };
            if present {
                return Ok(Some(key));
            }
        }
    }

    /// `GetAsyncIterator`.
    pub(super) fn get_async_iterator(&mut self, value: Local<'s>) -> JsResult<'s> {
        Err(self.call_library(lib::getAsyncIterator, &[value]))
    }

    /// `WithHas` (9.1.1.2.1).
    pub(super) fn with_has(&mut self, object: Local<'s>, name: i32) -> JsResult<'s> {
        let key = self.constant_key(name);
        if let Some(holder) = object.as_object(self) {
            let unscopables = Key::Name(self.well_known(WellKnownSymbol::Unscopables).root(self));
            match self.find(holder, key)? {
                Found::Missing => return Ok(self.boolean(false)),
                Found::Proxy(_) => {}
                _ => {
                    if matches!(self.find(holder, unscopables)?, Found::Missing) {
                        return Ok(self.boolean(true));
                    }
                }
            }
        }
        let key = key.to_value(self)?;
        Err(self.call_library(lib::withHas, &[object, key]))
    }

    /// Whether an object's shape says that it is a dictionary: for assertions.
    pub fn is_dictionary(&self, object: Local<'_, Object>) -> bool {
        object.get(self).shape(self).is_flagged(shape_flag::DICTIONARY)
    }
}
