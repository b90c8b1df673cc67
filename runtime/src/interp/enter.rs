//! Entering calls: what a callee is decides how its frame is made.

use tvm_bytecode::data::ErrorKind;

use crate::base::exit::{Exit, PreparedCall};
use crate::frame::{self, Frame, HEADER, NEW_TARGET, ReturnKind, link_flag};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value, bits};
use crate::library::lib;
use crate::object::function::{Entry, template_flag};
use crate::object::shape::ObjectLayout;
use crate::semantics::{Args, JsResult};

/// What became of a call that was entered.
pub(super) enum Entered<'s> {
    /// A frame is ready: the interpreter goes on with it.
    Frame,
    /// A native function returned a value.
    Value(Local<'s>),
}

/// Inline slots of objects made by `new` beyond what the constructor is seen to assign.
const SPARE_SLOTS: u32 = 2;
/// Most inline slots of an object.
const MAX_INLINE: u32 = 48;

#[allow(unsafe_code)]
pub(super) fn slot_local<'s>(slot: u32) -> Local<'s> {
    // SAFETY: callers name slots of frames that are live.
    unsafe { Local::from_slot(slot) }
}

impl<'s> Cx<'s> {
    /// Enters a prepared call from the current frame (the host, where there is none). On success the current frame is
    /// the callee's, or the native result is given.
    pub(super) fn enter(&mut self, call: PreparedCall, flags: u64) -> JsResult<'s, Entered<'s>> {
        let mut call = call;
        for _ in 0..crate::base::limits::CHAIN {
            let callee = slot_local(call.frame - 3);
            let value = callee.value(self);
            let construct = if call.construct { link_flag::CONSTRUCT } else { 0 };
            if let Some(function) = callee.cast::<Function>(self) {
                let template = function.get(self).template(self);
                if call.construct && !template.is_flagged(template_flag::CONSTRUCTOR) {
                    return Err(self.not_a_constructor(callee));
                }
                let entry = template.entry();
                if call.construct && entry != Entry::Native && self.asks_prototype(function, call)? {
                    call = self.ask_prototype(call)?;
                    continue;
                }
                let delta = call.frame - self.vm.frame;
                let link = frame::link(delta, call.argc, flags | construct);
                self.heap.set_slot(call.frame - 2, link);
                return match entry {
                    Entry::Native => self.enter_native(call),
                    _ => self.enter_bytecode(function, call).map(|()| Entered::Frame),
                };
            }
            if value.is::<Bound>(self) {
                call = self.unbind(call)?;
                continue;
            }
            if let Some(proxy) = value.cast::<Proxy>(self) {
                call = self.call_proxy(call, proxy.calls() != 0, proxy.constructs() != 0)?;
                continue;
            }
            return Err(if call.construct {
                self.not_a_constructor(callee)
            } else {
                self.not_callable(callee)
            });
        }
        Err(self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded"))
    }

    /// Throws that something is not a function, quoting the source where it is known.
    #[cold]
    pub fn not_callable(&mut self, callee: Local<'_>) -> Exit {
        let shown = match self.quoted() {
            Some(text) => text,
            None => self.describe(callee),
        };
        self.type_error(&format!("{shown} is not a function"))
    }

    /// Throws that something is not a constructor.
    #[cold]
    pub fn not_a_constructor(&mut self, callee: Local<'_>) -> Exit {
        let shown = match self.quoted() {
            Some(text) => text,
            None => self.describe(callee),
        };
        self.type_error(&format!("{shown} is not a constructor"))
    }

    /// The source text that the running instruction's error messages quote.
    pub fn quoted(&self) -> Option<String> {
        let running = Frame(self.vm.frame);
        if self.vm.frame == 0 {
            return None;
        }
        let template = running.template(self)?;
        if template.entry() == Entry::Native || template.is_flagged(template_flag::LIBRARY) {
            return None;
        }
        let unit = self.vm.units.get(template.unit() as usize)?;
        let record = unit.function(template.function());
        let position = unit.position(&record, running.lookup_pc(&self.heap))?;
        if position.text_length == 0 || position.text_length > 200 {
            return None;
        }
        let text =
            unit.source_slice(record.source, position.text_start, position.text_start + position.text_length);
        let short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!short.is_empty()).then_some(short)
    }

    /// Calls a native function. What it wants instead of returning is carried out.
    fn enter_native(&mut self, call: PreparedCall) -> JsResult<'s, Entered<'s>> {
        let caller = self.vm.frame;
        self.vm.frame = call.frame;
        self.vm.spend(1)?;
        self.run_native(Frame(call.frame), caller)
    }

    /// Runs the native function of a frame; also again, after one of its arguments was converted.
    pub(super) fn run_native(&mut self, native: Frame, caller: u32) -> JsResult<'s, Entered<'s>> {
        let argc = native.argc(&self.heap);
        self.heap.set_top(native.0 + 1 + argc);
        let Some(template) = native.template(self) else {
            return Err(self.bug("a native frame without function"));
        };
        let code = template.code();
        self.run_code(code, native, argc, caller)
    }

    /// A plain call of a native function by its number; header, receiver and arguments are in place.
    #[inline]
    pub(super) fn call_native(&mut self, code: u32, frame: u32, argc: u32) -> JsResult<'s, Entered<'s>> {
        let caller = self.vm.frame;
        self.vm.frame = frame;
        self.vm.spend(1)?;
        self.run_code(code, Frame(frame), argc, caller)
    }

    #[inline]
    fn run_code(&mut self, code: u32, native: Frame, argc: u32, caller: u32) -> JsResult<'s, Entered<'s>> {
        let function = crate::semantics::natives::builtin(code);
        // SAFETY: the frame is that of this call.
        #[allow(unsafe_code)]
        let args = unsafe { Args::new(native.0, argc) };
        match function(self, args) {
            Ok(value) => {
                self.vm.frame = caller;
                Ok(Entered::Value(value))
            }
            Err(exit) => self.leave_native(native, argc, caller, exit),
        }
    }

    /// Carries out what a native function wants instead of returning.
    fn leave_native(
        &mut self,
        native: Frame,
        argc: u32,
        caller: u32,
        exit: Exit,
    ) -> JsResult<'s, Entered<'s>> {
        match exit {
            Exit::Call(inner) => {
                // The result is the native function's own: the call takes its frame's place.
                self.vm.frame = caller;
                let link = native.link(&self.heap);
                let moved = self.move_call(inner, native.0);
                let flags = frame::link_flags(link) & !link_flag::CONSTRUCT;
                self.enter(moved, flags)
            }
            Exit::Fallback => {
                let fallback = native.template(self).map_or(0, |template| template.fallback());
                if fallback == 0 {
                    return Err(self.bug("a native function has no other half"));
                }
                self.vm.frame = caller;
                let link = native.link(&self.heap);
                let library = self.library_function(fallback - 1)?;
                let (half, name) =
                    (library.get(self).template(self), native.template(self).map(|t| t.name()));
                if let Some(name) = name.filter(|_| !half.is_flagged(template_flag::NO_SOURCE)) {
                    // Stack traces show it as the builtin that it is half of.
                    half.set_name(self, name);
                    half.set_flags(half.flags() | template_flag::NO_SOURCE);
                }
                self.heap.set_slot(native.0 - 3, library.value(self).bits());
                let call = PreparedCall { frame: native.0, argc, construct: false };
                self.enter(call, frame::link_flags(link) & !link_flag::CONSTRUCT)
            }
            Exit::Coerce { slot, hint } => self.coerce(native, slot, hint),
            exit => Err(exit),
        }
    }

    /// Converts an argument of a native frame; its function is run again when that is done.
    fn coerce(
        &mut self,
        native: Frame,
        slot: u32,
        hint: crate::base::exit::Hint,
    ) -> JsResult<'s, Entered<'s>> {
        let register = slot.wrapping_sub(native.0);
        self.heap.set_slot(native.0 - 5, frame::state(0, register, ReturnKind::Restart));
        self.heap.set_slot(native.0 - 4, 0);
        let exit = if hint == crate::base::exit::Hint::Prototype {
            let target = native.new_target(self).root(self);
            self.call_library(lib::prototypeOrNull, &[target])
        } else {
            let hint = self.hint_value(hint);
            self.call_library(lib::argumentPrimitive, &[slot_local(slot), hint])
        };
        match exit {
            Exit::Call(call) => self.enter(call, 0),
            other => Err(other),
        }
    }

    /// Moves a prepared call down to a frame that it replaces.
    fn move_call(&mut self, call: PreparedCall, to: u32) -> PreparedCall {
        if call.frame == to {
            return call;
        }
        // Downwards: header words first, since the arguments come to lie over those of the other window.
        let (callee, new_target) = (self.heap.slot(call.frame - 3), self.heap.slot(call.frame - 1));
        self.heap.set_slot(to - 3, callee);
        self.heap.set_slot(to - 1, new_target);
        for i in 0..=call.argc {
            let word = self.heap.slot(call.frame + i);
            self.heap.set_slot(to + i, word);
        }
        self.heap.set_top(to + call.argc + 1);
        PreparedCall { frame: to, ..call }
    }

    /// Makes a bytecode function's frame.
    fn enter_bytecode(&mut self, function: Local<'s, Function>, call: PreparedCall) -> JsResult<'s, ()> {
        let template = function.get(self).template(self);
        if template.linked(self).is_none() {
            let template = template.root(self);
            self.link(template)?;
        }
        let template = function.get(self).template(self);
        if template.entry() == Entry::Class && !call.construct {
            let name = template.name().root(self);
            let shown = name.cast::<Str>(self).map(|n| self.text(n)).transpose()?.unwrap_or_default();
            return Err(
                self.type_error(&format!("Class constructor {shown} cannot be invoked without 'new'"))
            );
        }
        let (registers, params) = (template.registers(), template.params());
        template.set_calls(template.calls().saturating_add(1));
        let keeps = template.is_flagged(template_flag::KEEPS_ARGUMENTS) && call.argc > params;
        let at = if keeps { call.frame + call.argc + 1 + HEADER } else { call.frame };
        if at + registers >= self.heap.guest_limit() && !self.heap.raise_stack(at + registers) {
            return Err(self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded"));
        }
        if keeps {
            self.split_frame(call, at, params);
        }
        for i in call.argc..params {
            self.heap.set_slot(at + 1 + i, bits::UNDEFINED);
        }
        let template = function.get(self).template(self);
        let linked = template.linked(self).map_or(0, |linked| linked.reference(self));
        self.heap.set_slot(at - 4, u64::from(linked) | u64::from(template.code()) << 32);
        self.heap.set_slot(at - 5, frame::state(0, 0, ReturnKind::Resume));
        if !call.construct {
            self.heap.set_slot((at as isize + NEW_TARGET) as u32, bits::UNDEFINED);
        }
        self.heap.set_top(at + registers);
        if call.construct {
            self.prepare_this(function, at)?;
        }
        self.vm.frame = at;
        Ok(())
    }

    /// Gives a function that reads all its arguments a frame above them: header, receiver and parameters are copied.
    fn split_frame(&mut self, call: PreparedCall, at: u32, params: u32) {
        for offset in [-3, NEW_TARGET] {
            let word = self.heap.slot((call.frame as isize + offset) as u32);
            self.heap.set_slot((at as isize + offset) as u32, word);
        }
        let link = self.heap.slot(call.frame - 2);
        let delta = frame::link_delta(link) + (at - call.frame);
        self.heap.set_slot(at - 2, frame::link(delta, call.argc, frame::link_flags(link)));
        for i in 0..=params {
            let word = self.heap.slot(call.frame + i);
            self.heap.set_slot(at + i, word);
        }
    }

    /// `this` of a construct call: a new object, or a hole in a derived constructor (10.2.2).
    fn prepare_this(&mut self, function: Local<'s, Function>, at: u32) -> JsResult<'s, ()> {
        if function.get(self).template(self).is_flagged(template_flag::DERIVED) {
            self.heap.set_slot(at, bits::HOLE);
            return Ok(());
        }
        // A receiver that is an object was made by whoever prepared the call.
        if bits::is_object(self.heap.slot(at)) {
            return Ok(());
        }
        let new_target = slot_local((at as isize + NEW_TARGET) as u32);
        let this = self.allocate_this(new_target)?;
        self.heap.set_slot(at, this.value(self).bits());
        Ok(())
    }

    /// OrdinaryCreateFromConstructor for a base constructor, with a shape remembered in new.target.
    fn allocate_this(&mut self, new_target: Local<'s>) -> JsResult<'s, Local<'s, Object>> {
        if let Some(target) = new_target.cast::<Function>(self) {
            let proto = self.prototype_of(target)?;
            if let Some(proto) = proto.filter(|proto| proto.value(self).is_object()) {
                let extra = self.function_extra(target)?;
                if let Some(shape) = extra.get(self).initial_shape(self)
                    && extra.get(self).shape_proto() == proto.value(self)
                {
                    let shape = shape.root(self);
                    return self.alloc_object(shape);
                }
                let inline = self.inline_slots(target);
                let shape = self.root_shape(proto, ObjectLayout { kind: kind::Plain, inline }, 0)?;
                let extra = extra.get(self);
                extra.set_initial_shape(self, Some(shape.get(self)));
                extra.set_shape_proto(self, proto.value(self));
                return self.alloc_object(shape);
            }
        }
        let realm = self.function_realm(new_target)?;
        let proto =
            realm.get(self).intrinsic(self, crate::object::realm::Intrinsic::ObjectPrototype).root(self);
        self.new_object_with(proto)
    }

    /// Whether a base constructor's call must ask new.target for its prototype in a way that may run code: a proxy's
    /// or a bound function's, or that of a native without one.
    fn asks_prototype(&mut self, function: Local<'s, Function>, call: PreparedCall) -> JsResult<'s, bool> {
        let new_target: Local<'_> = slot_local((call.frame as isize + NEW_TARGET) as u32);
        if new_target.value(self) == function.value(self)
            || function.get(self).template(self).is_flagged(template_flag::DERIVED)
            || bits::is_object(self.heap.slot(call.frame))
        {
            return Ok(false);
        }
        match new_target.cast::<Function>(self) {
            Some(target) => Ok(self.prototype_of(target)?.is_none()),
            None => Ok(true),
        }
    }

    /// The call as one of the library function that reads new.target's prototype and comes back with a receiver.
    fn ask_prototype(&mut self, call: PreparedCall) -> JsResult<'s, PreparedCall> {
        let array = self.arguments_of(call)?;
        let callee: Local<'_> = slot_local(call.frame - 3);
        let new_target: Local<'_> = slot_local((call.frame as isize + NEW_TARGET) as u32);
        let exit = self.call_library(lib::constructAsked, &[callee, new_target, array]);
        self.in_place_of(call, exit)
    }

    /// A prepared call's arguments as an array.
    fn arguments_of(&mut self, call: PreparedCall) -> JsResult<'s> {
        self.heap.set_top(self.heap.top().max(call.frame + 1 + call.argc));
        let values: Vec<Local<'_>> = (0..call.argc).map(|i| slot_local(call.frame + 1 + i)).collect();
        Ok(self.array_of(&values)?.any())
    }

    /// The call that an exit asks for, moved to where the one stands that it replaces.
    fn in_place_of(&mut self, call: PreparedCall, exit: Exit) -> JsResult<'s, PreparedCall> {
        match exit {
            Exit::Call(inner) => Ok(self.move_call(inner, call.frame)),
            other => Err(other),
        }
    }

    /// Room for what the constructors of a class hierarchy assign.
    fn inline_slots(&self, constructor: Local<'_, Function>) -> u8 {
        let mut total = 0;
        let mut current = Some(constructor.get(self));
        while let Some(function) = current {
            total += function.template(self).inline_hint();
            let object: crate::heap::Gc<'_, Object> = function.into();
            let derived = function.template(self).is_flagged(template_flag::DERIVED);
            current = object.shape(self).proto().cast::<Function>(self).filter(|_| derived);
        }
        (total + SPARE_SLOTS).clamp(4, MAX_INLINE) as u8
    }

    /// A bound function's call as its target's: bound arguments move in front.
    fn unbind(&mut self, call: PreparedCall) -> JsResult<'s, PreparedCall> {
        let callee: Local<'_> = slot_local(call.frame - 3);
        let bound = callee.cast::<Bound>(self).expect("the caller checked");
        if call.construct && bound.get(self).constructs() == 0 {
            return Err(self.not_a_constructor(callee));
        }
        let count = bound.get(self).arguments(self).map_or(0, |arguments| arguments.count(self)) as u32;
        let end = call.frame + 1 + call.argc + count;
        if end >= self.heap.guest_limit() && !self.heap.raise_stack(end) {
            return Err(self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded"));
        }
        for i in (0..call.argc).rev() {
            let word = self.heap.slot(call.frame + 1 + i);
            self.heap.set_slot(call.frame + 1 + i + count, word);
        }
        let cell = bound.get(self);
        for i in 0..count {
            let value =
                cell.arguments(self).map_or(Value::UNDEFINED, |arguments| arguments.at(self, i as usize));
            self.heap.set_slot(call.frame + 1 + i, value.bits());
        }
        if call.construct {
            // new.target follows to the target where it was the bound function itself (10.4.1.2).
            let new_target = (call.frame as isize + NEW_TARGET) as u32;
            if self.heap.slot(new_target) == callee.value(self).bits() {
                self.heap.set_slot(new_target, cell.target().bits());
            }
        } else {
            self.heap.set_slot(call.frame, cell.this().bits());
        }
        self.heap.set_slot(call.frame - 3, cell.target().bits());
        self.heap.set_top(self.heap.top().max(end));
        Ok(PreparedCall { argc: call.argc + count, ..call })
    }

    /// A proxy's call as one of the library function that asks its handler.
    fn call_proxy(
        &mut self,
        call: PreparedCall,
        calls: bool,
        constructs: bool,
    ) -> JsResult<'s, PreparedCall> {
        let callee: Local<'_> = slot_local(call.frame - 3);
        if call.construct && !constructs {
            return Err(self.not_a_constructor(callee));
        }
        if !call.construct && !calls {
            return Err(self.not_callable(callee));
        }
        let array = self.arguments_of(call)?;
        let exit = if call.construct {
            let new_target = slot_local((call.frame as isize + NEW_TARGET) as u32);
            self.call_library(lib::proxyConstruct, &[callee, array, new_target])
        } else {
            self.call_library(lib::proxyCall, &[callee, slot_local(call.frame), array])
        };
        self.in_place_of(call, exit)
    }
}
