//! CopyDataProperties: object spread and rest.

use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::Own;
use crate::object::shape::{info, shape_flag};
use crate::semantics::JsResult;

/// Shapes whose table tells all that objects have besides elements, and whose objects may get another shape.
const ODD: u32 = shape_flag::DICTIONARY
    | shape_flag::UNIQUE
    | shape_flag::NON_EXTENSIBLE
    | shape_flag::PROTOTYPE
    | shape_flag::LAZY_FUNCTION;

impl<'s> Cx<'s> {
    /// `CopyDataProps` (7.3.25).
    pub(super) fn copy_data_properties(
        &mut self,
        target: Local<'s>,
        source: Local<'s>,
        start: Local<'s>,
        count: i32,
    ) -> JsResult<'s, ()> {
        if source.value(self).is_nullish() {
            return Ok(());
        }
        // SAFETY: the registers of the keys are live slots, one behind the other.
        #[allow(unsafe_code)]
        let excluded: Vec<Local<'_>> =
            (0..count as u32).map(|i| unsafe { Local::from_slot(start.slot() + i) }).collect();
        let from = self.to_object(source)?;
        if let Some(target) = target.as_object(self)
            && self.copy_plain(target, from, &excluded)?
        {
            return Ok(());
        }
        let excluded = self.array_of(&excluded)?;
        Err(self.call_library(lib::copyDataProperties, &[target, from.any(), excluded.any()]))
    }

    /// Copies properties where nothing runs code; false, with nothing done, where something might.
    fn copy_plain(
        &mut self,
        target: Local<'s, Object>,
        from: Local<'s, Object>,
        excluded: &[Local<'_>],
    ) -> JsResult<'s, bool> {
        if from.get(self).is::<Proxy>() || from.get(self).kind() == kind::Namespace {
            return Ok(false);
        }
        let shape = from.get(self).shape(self);
        let has_elements = from.get(self).elements(self).is_some_and(|elements| elements.capacity() > 0);
        if from.get(self).kind() == kind::Plain && shape.flags() & ODD == 0 && !has_elements {
            return self.copy_by_shape(target, from, excluded);
        }
        let keys = self.own_keys(from)?;
        let count = keys.get(self).length() as usize;
        for i in 0..count {
            let plain = self.scope(|cx| {
                let key = keys.get(cx).item(cx, i).root(cx);
                let key = cx.primitive_key(key)?.expect("keys are keys");
                Ok(!matches!(cx.own(from, key)?, Own::Accessor(..)))
            })?;
            if !plain {
                return Ok(false);
            }
        }
        for i in 0..count {
            self.scope(|cx| {
                let name = keys.get(cx).item(cx, i).root(cx);
                if cx.is_excluded(name, excluded)? {
                    return Ok(());
                }
                let key = cx.primitive_key(name)?.expect("keys are keys");
                if let Own::Data(value, attributes) = cx.own(from, key)?
                    && attributes & info::ENUMERABLE != 0
                {
                    cx.put_own(target, key, value, info::DEFAULT)?;
                }
                Ok(())
            })?;
        }
        Ok(true)
    }

    /// Whether a name is among keys, which may be numbers.
    fn is_excluded(&mut self, name: Local<'s>, excluded: &[Local<'_>]) -> JsResult<'s, bool> {
        for &key in excluded {
            let key = self.local(key.value(self));
            let key = if key.value(self).is_number() { self.primitive_string(key)?.any() } else { key };
            if self.strictly_equal(key, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same from a plain object without elements, whose shape tells all that it has.
    fn copy_by_shape(
        &mut self,
        target: Local<'s, Object>,
        from: Local<'s, Object>,
        excluded: &[Local<'_>],
    ) -> JsResult<'s, bool> {
        let shape = from.get(self).shape(self).root(self);
        let count = shape.get(self).count();
        let (mut all_default, mut has_symbols) = (true, false);
        if let Some(table) = shape.get(self).table(self) {
            for i in 0..count {
                let (_, description) = table.entry(i);
                if description & info::ACCESSOR != 0 {
                    return Ok(false);
                }
                all_default &= description & info::ATTRIBUTES == info::DEFAULT;
                has_symbols |= table.name(self, i).is_some_and(|name| name.is_symbol());
            }
        }
        if all_default && !has_symbols && excluded.is_empty() && self.may_take_shape(target, shape) {
            if count > 0 {
                let room = usize::from(shape.get(self).object_layout().inline);
                if count as usize > room {
                    self.ensure_slot(target, count - 1)?;
                }
                let (to, from) = (target.get(self), from.get(self));
                to.set_shape(self, shape.get(self));
                for slot in 0..count {
                    to.set_slot(self, slot, from.slot(self, slot));
                }
            }
            return Ok(true);
        }
        for symbols in [false, true] {
            if symbols && !has_symbols {
                break;
            }
            for i in 0..count {
                self.scope(|cx| cx.copy_entry(target, from, shape, i, symbols, excluded))?;
            }
        }
        Ok(true)
    }

    /// Whether an object without properties may get the shape of another one with all that is in it.
    fn may_take_shape(&self, target: Local<'_, Object>, shape: Local<'_, Shape>) -> bool {
        let (to, from) = (target.get(self).shape(self), shape.get(self));
        to.count() == 0
            && to.slots_used() == 0
            && to.layout() == from.layout()
            && to.flags() == from.flags()
            && to.flags() & ODD == 0
            && to.proto() == from.proto()
            && from.slots_used() == from.count()
    }

    /// Copies the property of an entry of the source's table, where it is one of those that are copied now.
    fn copy_entry(
        &mut self,
        target: Local<'_, Object>,
        from: Local<'_, Object>,
        shape: Local<'_, Shape>,
        entry: u32,
        symbols: bool,
        excluded: &[Local<'_>],
    ) -> JsResult<'s, ()> {
        let Some(table) = shape.get(self).table(self) else { return Ok(()) };
        let Some(name) = table.name(self, entry) else { return Ok(()) };
        let (_, description) = table.entry(entry);
        let private = name.cast::<Symbol>(self).is_some_and(|symbol| symbol.is_private());
        if name.is_symbol() != symbols || private || description & info::ENUMERABLE == 0 {
            return Ok(());
        }
        let value = from.get(self).slot(self, description & info::SLOT).root(self);
        let name = name.root(self);
        if self.is_excluded(name, excluded)? {
            return Ok(());
        }
        let to = target.get(self);
        let key = Key::Name(name);
        let is_new = key.name_ref(self).is_some_and(|name| to.shape(self).find(self, name).is_none());
        if is_new && self.add_known_property(to, name.value(self), value.value(self), info::DEFAULT) {
            return Ok(());
        }
        self.put_own(target, key, value, info::DEFAULT)
    }
}
