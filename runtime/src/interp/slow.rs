//! Slow paths that belong to no larger topic: receivers, spread calls, `super`, checks that failed.

use tvm_bytecode::data::{ErrorKind, meta_key};

use smallvec::SmallVec;

use crate::base::exit::{Exit, PreparedCall};
use crate::base::limits;
use crate::frame::{self, Frames};
use crate::heap::bits::{is_reference, is_string};
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::Key;
use crate::object::define::Descriptor;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::JsResult;

use super::generator::{handing, state};

#[allow(unsafe_code)]
fn register<'s>(slot: u32) -> Local<'s> {
    // SAFETY: callers name registers of the running frame.
    unsafe { Local::from_slot(slot) }
}

impl<'s> Cx<'s> {
    /// `CoerceThis` (10.2.1.2) of what is no object.
    pub(super) fn coerce_this(&mut self, this: Local<'s>) -> JsResult<'s> {
        if this.value(self).is_nullish() {
            if self.vm.contexts && !self.stack_dominates(self.realm()) {
                // The callee's global object is not for those who called it.
                let caller = self.least_trusted();
                return Ok(caller.get(self).intrinsic(self, Intrinsic::GlobalThis).root(self));
            }
            return Ok(self.intrinsic(Intrinsic::GlobalThis));
        }
        Ok(self.to_object(this)?.any())
    }

    /// Throws that a scope's slot is used before its initialisation.
    pub(super) fn slot_in_dead_zone(&mut self, depth: i32, slot: i32, pc: u32) -> Exit {
        let name = self.slot_name(depth, slot, pc);
        if name == "this" {
            let message = "Must call super constructor in derived class before accessing 'this' or returning from derived constructor";
            return self.throw(ErrorKind::ReferenceError, message);
        }
        self.throw(ErrorKind::ReferenceError, &format!("Cannot access '{name}' before initialization"))
    }

    /// `Concat`: strings in consecutive registers.
    pub(super) fn concat_registers(&mut self, start: Local<'s>, count: i32) -> JsResult<'s> {
        let mut result = match register(start.slot()).cast::<Str>(self) {
            Some(first) => first,
            None => return Err(self.type_error("a template part that is no string")),
        };
        for i in 1..count as u32 {
            let Some(next) = register(start.slot() + i).cast::<Str>(self) else {
                return Err(self.type_error("a template part that is no string"));
            };
            result = self.concat(result, next)?;
        }
        Ok(result.any())
    }

    /// Primitives as strings, one behind the other; none where one takes more than to be written down, or the string
    /// would be too long.
    pub(super) fn join_primitives(&mut self, parts: &[Local<'s>]) -> JsResult<'s, Option<Local<'s, Str>>> {
        let is_simple = |part: &Local<'s>| {
            let bits = part.value(self).bits();
            is_string(bits) || !is_reference(bits)
        };
        if !parts.iter().all(is_simple) {
            return Ok(None);
        }
        let mut length = 0;
        let mut texts = SmallVec::<[Local<'s, Str>; 3]>::new();
        for &part in parts {
            let text = self.to_string_primitive(part)?;
            length += text.get(self).length() as usize;
            texts.push(text);
        }
        let mut texts = texts.into_iter();
        let Some(mut joined) = texts.next().filter(|_| length <= limits::STRING_LENGTH) else {
            return Ok(None);
        };
        for text in texts {
            joined = self.concat(joined, text)?;
        }
        Ok(Some(joined))
    }

    /// A call of the library's `==` becomes one of its `!=`.
    pub(super) fn negated(&mut self, call: PreparedCall) -> Exit {
        match self.library_function(lib::opNotEqual) {
            Ok(function) => {
                let bits = function.value(self).bits();
                self.heap.set_slot(call.frame - 3, bits);
                // The local lies behind the arguments: the window ends where it did.
                self.heap.set_top(call.frame + 1 + call.argc);
                Exit::Call(call)
            }
            Err(exit) => exit,
        }
    }

    /// `InstanceOf`: plain where the constructor's `Symbol.hasInstance` is the builtin one.
    pub(super) fn fast_instance_of(&mut self, left: Local<'s>, right: Local<'s>) -> JsResult<'s> {
        if let Some(function) = right.cast::<Function>(self) {
            let plain = self.checks_instances_plainly(function.get(self).into()) || {
                let symbol = self.well_known(tvm_bytecode::data::WellKnownSymbol::HasInstance).root(self);
                let found = self.find(function.into(), Key::Name(symbol))?;
                let crate::object::lookup::Found::Value(method) = found else {
                    return self.op_instance_of(left, right);
                };
                self.is_intrinsic(method.value(self), Intrinsic::FunctionHasInstance)
            };
            if plain && let Some(answer) = self.plain_instance_of(left, function)? {
                return Ok(self.boolean(answer));
            }
        }
        self.op_instance_of(left, right)
    }

    /// `PrivateIn` (13.10.1).
    pub(super) fn private_in(&mut self, key: Local<'s>, object: Local<'s>) -> JsResult<'s> {
        self.check_private(key)?;
        let Some(holder) = object.as_object(self) else {
            let shown = self.describe(object);
            return Err(
                self.type_error(&format!("Cannot use 'in' operator to search for '#field' in {shown}"))
            );
        };
        let found = !matches!(self.ordinary_own(holder.get(self), Key::Name(key)), Own::None);
        Ok(self.boolean(found))
    }

    /// `InitElem`: CreateDataPropertyOrThrow (7.3.7) with a computed key.
    pub(super) fn init_elem(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        value: Local<'s>,
    ) -> JsResult<'s, ()> {
        let Some(holder) = object.as_object(self) else {
            return Err(self.type_error("a property of a primitive"));
        };
        if holder.get(self).is::<Proxy>() {
            return Err(self.call_library(lib::defineField, &[object, key, value]));
        }
        let Some(name) = self.primitive_key(key)? else {
            return Err(self.type_error("a property key that is an object"));
        };
        if let (Key::Index(index), kind::Plain | kind::Array) = (name, holder.get(self).kind())
            && self.is_extensible(holder)
            && holder.get(self).element(self, index).is_none_or(|e| e.attributes == info::DEFAULT)
            && holder.get(self).cast::<Array>().is_none_or(|array| array.frozen_length() == 0)
        {
            self.put_own(holder, name, value, info::DEFAULT)?;
            if let Some(array) = holder.get(self).cast::<Array>()
                && index >= array.length()
            {
                array.set_length(index + 1);
            }
            return Ok(());
        }
        let desc = Descriptor::data(value, info::DEFAULT);
        if !self.define(holder, name, &desc)? {
            let name = name.describe(self);
            return Err(self.type_error(&format!("Cannot redefine property: {name}")));
        }
        Ok(())
    }

    /// `CallSpread`: an exit that calls with an array's elements.
    pub(super) fn spread_call(&mut self, callee: Local<'s>, this: Local<'s>, array: Local<'s>) -> Exit {
        let Some(array) = array.cast::<Array>(self) else {
            return self.type_error("spread arguments are no array");
        };
        match self.call_with_array(callee, this, array) {
            Ok(exit) | Err(exit) => exit,
        }
    }

    /// An exit that constructs with an array's elements.
    pub fn spread_construct(&mut self, callee: Local<'s>, target: Local<'s>, array: Local<'s>) -> Exit {
        let hole = self.local(crate::heap::Value::HOLE);
        self.construct_on(callee, target, hole, array)
    }

    /// An exit that constructs with a receiver: a hole where the constructor is to make it.
    pub fn construct_on(
        &mut self,
        callee: Local<'s>,
        target: Local<'s>,
        receiver: Local<'s>,
        array: Local<'s>,
    ) -> Exit {
        let Some(array) = array.cast::<Array>(self) else {
            return self.type_error("spread arguments are no array");
        };
        match self.call_with_array(callee, receiver, array) {
            Ok(Exit::Call(call)) => Exit::Call(self.as_construct(call, target)),
            Ok(exit) | Err(exit) => exit,
        }
    }

    /// GetSuperConstructor (13.3.7.2).
    pub(super) fn super_constructor(&mut self, function: Local<'s>) -> JsResult<'s> {
        // Only bytecode that no compiler made asks it of anything else.
        let Some(object) = function.as_object(self) else {
            return Err(self.type_error("super() outside of a class"));
        };
        let parent = object.get(self).shape(self).proto().root(self);
        if !self.is_constructor(parent.value(self)) {
            let shown = self.describe(parent);
            let name = function.cast::<Function>(self).map(|f| f.get(self).template(self).name().root(self));
            let name = match name.and_then(|name| name.cast::<Str>(self)) {
                Some(name) => self.text(name)?,
                None => String::new(),
            };
            let message = format!("Super constructor {shown} of class '{name}' is not a constructor");
            return Err(self.type_error(&message));
        }
        Ok(parent)
    }

    /// `ThrowError`.
    pub(super) fn throw_constant(&mut self, kind: i32, message: i32) -> Exit {
        let kind = ErrorKind::from_u32(kind as u32).unwrap_or(ErrorKind::Error);
        let text = match self.constant(message).cast::<Str>(self).map(|text| self.text(text)) {
            Some(Ok(text)) => text,
            _ => String::new(),
        };
        self.throw(kind, &text)
    }

    /// `CheckCoercible` of undefined or null.
    pub(super) fn not_coercible(&mut self, value: Local<'s>, what: i32) -> Exit {
        let what = match self.constant(what).cast::<Str>(self).map(|text| self.text(text)) {
            Some(Ok(text)) => text,
            _ => String::new(),
        };
        let shown = if value.value(self).is_null() { "null" } else { "undefined" };
        self.type_error(&match what.is_empty() {
            true => format!("Cannot destructure '{shown}' as it is {shown}."),
            false => format!("Cannot destructure {what} of '{shown}' as it is {shown}."),
        })
    }

    /// `DynamicImport` (13.3.10): the library loads and links.
    pub(super) fn dynamic_import(&mut self, specifier: Local<'s>, options: Local<'s>) -> JsResult<'s> {
        let referrer = self.running_module();
        Err(self.call_library(lib::dynamicImport, &[referrer, specifier, options]))
    }

    /// `ImportMeta` (13.3.12).
    pub(super) fn import_meta(&mut self) -> JsResult<'s> {
        let module = self.running_module();
        Err(self.call_library(lib::importMeta, &[module]))
    }

    /// The module of the innermost function that is not the engine's own; the file name of a script.
    pub(super) fn running_module(&mut self) -> Local<'s> {
        let running = Frames::new(self).filter_map(|frame| frame.template(self)).find(|t| !t.is_hidden());
        let Some(template) = running else { return self.undefined() };
        let module = template.module();
        if !module.is_undefined() {
            return module.root(self);
        }
        let unit = &self.vm.units[template.unit() as usize];
        let record = unit.function(template.function());
        let mut name = unit.text(unit.source_name(record.source)).to_text().to_string();
        if unit.meta_value(meta_key::PRODUCER).is_some()
            && let Some((directory, _)) = self.vm.arguments.first().and_then(|path| path.rsplit_once('/'))
        {
            // A built script stands where its file does: its name says only what it was called.
            name = format!("{directory}/{name}");
        }
        match self.text_value(&name) {
            Ok(name) => name,
            Err(_) => self.undefined(),
        }
    }

    /// `IteratorNext` of a generator whose `next` was not changed: its frame is entered without a result object.
    /// `None` where it is not such.
    pub(super) fn step_generator(
        &mut self,
        iterator: Local<'s>,
        method: Local<'s>,
    ) -> Option<Result<(), Exit>> {
        let generator = iterator.cast::<Generator>(self)?;
        if !self.is_intrinsic(method.value(self), Intrinsic::GeneratorNext) {
            return None;
        }
        let cell = generator.get(self);
        if cell.is_async() != 0 || !matches!(cell.state(), state::START | state::YIELDED) {
            return None;
        }
        let at = self.heap.top() + frame::HEADER;
        let value = self.undefined();
        let mode = tvm_bytecode::data::ResumeMode::Next;
        Some(self.restore_generator(generator, value, mode, at, 0, handing::ITERATE))
    }
}
