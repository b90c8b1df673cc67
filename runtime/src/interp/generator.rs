//! Generators and coroutines: frames put away in the heap, and taken out again.

use tvm_bytecode::Op;
use tvm_bytecode::data::{FunctionKind, ResumeMode, SuspendKind};

use crate::base::exit::Exit;
use crate::frame::{self, Frame, ReturnKind, SAVED_HEADER, link_flag};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value, bits};
use crate::interp::enter::slot_local;
use crate::interp::operands as ops;
use crate::library::lib;
use crate::object::function::template_flag;
use crate::object::realm::Intrinsic;
use crate::object::shape::ObjectLayout;
use crate::semantics::JsResult;

/// States of a generator.
pub mod state {
    /// Made, not started.
    pub const START: u32 = 0;
    /// Waiting at a `yield`.
    pub const YIELDED: u32 = 1;
    /// Async generators: waiting at an `await`.
    pub const AWAITING: u32 = 2;
    /// Running.
    pub const RUNNING: u32 = 3;
    /// Over.
    pub const COMPLETED: u32 = 4;
}

/// How a resumed frame hands out what it yields: in the arguments field of its link.
pub mod handing {
    /// As `{ value, done }`.
    pub const RESULT: u32 = 0;
    /// Values as they are, the end as the mark: to a loop.
    pub const ITERATE: u32 = 1;
    /// Values as they are, the end too: to library code that looks at the state.
    pub const RAW: u32 = 2;
}

impl<'s> Cx<'s> {
    /// Copies the current frame's registers into the heap.
    fn save_frame(&mut self, pc: u32, register: u32) -> JsResult<'s, Local<'s, SavedFrame>> {
        let current = Frame(self.vm.frame);
        let registers = current.template(self).map_or(0, |template| template.registers()) as usize;
        let bytes = SavedFrame::BYTES + 8 * (SAVED_HEADER + registers);
        let saved = self.alloc::<SavedFrame>(kind::SavedFrame, bytes)?;
        self.fill_saved(saved, pc, register);
        Ok(saved)
    }

    /// Copies the current frame into a saved one of its size.
    fn fill_saved(&mut self, saved: Local<'_, SavedFrame>, pc: u32, register: u32) {
        let current = self.vm.frame;
        let cell = saved.get(self);
        cell.set_pc(pc);
        cell.set_register(register);
        cell.set_argc(frame::link_argc(Frame(current).link(&self.heap)));
        // SAFETY: slots of the current frame hold live values.
        #[allow(unsafe_code)]
        unsafe {
            cell.put(self, 0, Value::from_bits(self.heap.slot(current - 3)));
            cell.put(self, 1, Value::from_bits(self.heap.slot(current - 1)));
            cell.copy_in(self, SAVED_HEADER, self.heap.stack_base().add(current as usize));
        }
    }

    /// `InitialYield`: the generator object of the running function, whose frame it keeps.
    pub(super) fn initial_yield(&mut self, pc: u32) -> JsResult<'s> {
        let current = Frame(self.vm.frame);
        let callee = current.callee(self).expect("a frame has a function").root(self);
        let template = callee.get(self).template(self);
        let is_async = matches!(
            template.function_kind(),
            FunctionKind::AsyncGenerator | FunctionKind::AsyncGeneratorMethod
        );
        let default =
            if is_async { Intrinsic::AsyncGeneratorPrototype } else { Intrinsic::GeneratorPrototype };
        let default = template.realm(self).intrinsic(self, default).root(self);
        let proto = match self.prototype_of(callee)? {
            Some(proto) if proto.value(self).is_object() => proto,
            _ => default,
        };
        let object = self.new_generator_object(callee, proto)?;
        let generator = object.downcast::<Generator>(self).expect("just made");
        let saved = self.save_frame(pc, 0)?;
        let cell = generator.get(self);
        cell.set_frame(self, Some(saved.get(self)));
        cell.set_state(state::START);
        cell.set_is_async(is_async.into());
        cell.set_queue(self, Value::UNDEFINED);
        Ok(generator.any())
    }

    /// An object for a generator of a function, whose shape is remembered in the function.
    fn new_generator_object(
        &mut self,
        function: Local<'s, Function>,
        proto: Local<'_>,
    ) -> JsResult<'s, Local<'s, Object>> {
        let extra = self.function_extra(function)?;
        if let Some(shape) = extra.get(self).initial_shape(self)
            && extra.get(self).shape_proto() == proto.value(self)
        {
            let shape = shape.root(self);
            return self.alloc_object(shape);
        }
        let shape = self.root_shape(proto, ObjectLayout { kind: kind::Generator, inline: 0 }, 0)?;
        let extra = extra.get(self);
        extra.set_initial_shape(self, Some(shape.get(self)));
        extra.set_shape_proto(self, proto.value(self));
        self.alloc_object(shape)
    }

    /// Puts the current frame away in its generator, in a given state.
    pub(super) fn suspend_generator(&mut self, pc: u32, new_state: u32) -> JsResult<'s, ()> {
        let current = Frame(self.vm.frame);
        let generator =
            self.resumed_generator(current).expect("a resumed frame has its generator").root(self);
        match generator.get(self).frame(self) {
            Some(saved) => {
                let saved = saved.root(self);
                self.fill_saved(saved, pc, 0);
            }
            None => {
                let saved = self.save_frame(pc, 0)?;
                generator.get(self).set_frame(self, Some(saved.get(self)));
            }
        }
        generator.get(self).set_state(new_state);
        Ok(())
    }

    /// The running generator is over.
    pub(super) fn complete_generator(&mut self) {
        let current = Frame(self.vm.frame);
        if let Some(generator) = self.resumed_generator(current) {
            generator.set_state(state::COMPLETED);
            generator.set_frame(self, None);
        }
    }

    /// Carries out an instruction of compiled code by which the current frame is put away, or ends: gives what it returns
    /// to whoever runs it. `None` where the interpreter is to do it: nothing was done then.
    pub(super) fn put_away(&mut self, pc: u32) -> JsResult<'s, Option<Local<'s>>> {
        let insn = self.instruction_at(pc);
        let operands = insn.operands();
        let frame = self.vm.frame;
        let register = |operand: usize| slot_local(frame + operands[operand] as u32);
        Ok(Some(match insn.op {
            Op::InitialYield => self.initial_yield(pc)?,
            Op::Yield => {
                self.suspend_generator(pc, state::YIELDED)?;
                register(1)
            }
            Op::Suspend => {
                let awaits = operands[2] == SuspendKind::Await as i64;
                self.suspend_generator(pc, if awaits { state::AWAITING } else { state::YIELDED })?;
                register(1)
            }
            Op::Await => {
                let (coroutine, promise) = (register(1), register(2));
                self.await_promise(coroutine, promise, pc)?
            }
            // The promise of an object is resolved by code of the library.
            Op::AsyncReturn if !register(1).value(self).is_object() => {
                let (coroutine, value) = (register(0), register(1));
                self.async_return(coroutine, value)?
            }
            Op::AsyncReject => {
                let (coroutine, error) = (register(0), register(1));
                self.async_reject(coroutine, error)?
            }
            _ => return Ok(None),
        }))
    }

    /// Whether the current frame's instruction at a code offset hands out the result object of an inner iterator.
    pub(super) fn delegates(&self, pc: u32) -> bool {
        let insn = self.instruction_at(pc);
        insn.op == Op::Suspend && insn.operands()[2] == SuspendKind::Delegate as i64
    }

    /// `{ value, done }` (7.4.14).
    pub fn iter_result(&mut self, value: Local<'_>, done: bool) -> JsResult<'s> {
        let shape = match self.intrinsic(Intrinsic::IterResultShape).cast::<Shape>(self) {
            Some(shape) => shape,
            None => return Err(self.bug("the realm has no result shape")),
        };
        let object = self.alloc_object(shape)?;
        let cell = object.get(self);
        cell.set_slot(self, 0, value.value(self));
        cell.set_slot(self, 1, Value::boolean(done));
        Ok(object.any())
    }

    /// Resumes a generator from the native function that runs now: its frame takes the native one's place. `Ok` is
    /// the result where there is nothing to resume.
    pub fn resume_generator(
        &mut self,
        generator: Local<'s, Generator>,
        value: Local<'s>,
        mode: ResumeMode,
        handing: u32,
    ) -> JsResult<'s> {
        match generator.get(self).state() {
            state::RUNNING => return Err(self.type_error("Generator is already running")),
            state::COMPLETED => return self.resume_completed(value, mode, handing),
            state::START if mode != ResumeMode::Next => {
                generator.get(self).set_state(state::COMPLETED);
                generator.get(self).set_frame(self, None);
                return self.resume_completed(value, mode, handing);
            }
            _ => {}
        }
        let native = Frame(self.vm.frame);
        let link = native.link(&self.heap);
        let at = native.0;
        let flags = frame::link_flags(link) & link_flag::ENTRY;
        self.vm.frame = at - frame::link_delta(link);
        self.restore_generator(generator, value, mode, at, flags, handing)?;
        Err(Exit::Switch)
    }

    fn resume_completed(&mut self, value: Local<'s>, mode: ResumeMode, handing: u32) -> JsResult<'s> {
        match mode {
            ResumeMode::Throw => Err(self.throw_value(value)),
            _ => {
                let value = if mode == ResumeMode::Next { self.undefined() } else { value };
                match handing {
                    handing::RESULT => self.iter_result(value, true),
                    handing::ITERATE => Ok(self.local(Value::DONE)),
                    _ => Ok(value),
                }
            }
        }
    }

    /// Rebuilds a generator's frame with `this` at slot `at`, called by the current frame. It goes on as `mode` says.
    pub fn restore_generator(
        &mut self,
        generator: Local<'_, Generator>,
        value: Local<'_>,
        mode: ResumeMode,
        at: u32,
        flags: u64,
        handing: u32,
    ) -> JsResult<'s, ()> {
        // The frame may come to lie over the locals used here: everything is read first.
        let cell = generator.get(self);
        let (started, target) = (cell.state() != state::START, cell.value(self).bits());
        let value = value.value(self).bits();
        let Some(saved) = cell.frame(self) else {
            return Err(self.bug("a suspended generator without frame"));
        };
        let pc = saved.pc();
        let saved = saved.root(self);
        self.check_room(saved, at)?;
        generator.get(self).set_state(state::RUNNING);
        self.restore_frame(saved, at, flags | link_flag::RESUMED, handing)?;
        self.heap.set_slot(at - 1, target);
        if !started {
            // The value sent first goes nowhere.
            let next = self.after_instruction(pc);
            self.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Resume));
            return Ok(());
        }
        self.resume_at(at, pc, value, mode)
    }

    fn check_room(&mut self, saved: Local<'_, SavedFrame>, at: u32) -> JsResult<'s, ()> {
        let end = at + saved.get(self).count(self) as u32;
        if end >= self.heap.guest_limit() && !self.heap.raise_stack(end) {
            return Err(self.range_error("Maximum call stack size exceeded"));
        }
        Ok(())
    }

    /// Sets a restored frame going at the suspending instruction at `pc`.
    fn resume_at(&mut self, at: u32, pc: u32, value: u64, mode: ResumeMode) -> JsResult<'s, ()> {
        if mode == ResumeMode::Next
            && let Some(dst) = self.narrow_yield(pc)
        {
            let next = pc + ops::Yield::NARROW as u32;
            self.heap.set_slot(at + dst, value);
            self.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Resume));
            return Ok(());
        }
        let insn = self.instruction_at(pc);
        let next = pc + insn.length() as u32;
        let dst = insn.operands()[0] as u32;
        let throws = mode == ResumeMode::Throw;
        match insn.op {
            Op::Suspend => {
                let kind = SuspendKind::from_u32(insn.operands()[2] as u32).unwrap_or(SuspendKind::Yield);
                if kind == SuspendKind::Await && throws {
                    return self.throw_at(at, next, value);
                }
                self.heap.set_slot(at + dst, value);
                self.heap.set_slot(at + dst + 1, bits::int(mode as i32));
            }
            _ if throws => return self.throw_at(at, next, value),
            Op::Yield if mode == ResumeMode::Return => {
                self.heap.set_slot(at + dst, value);
                let target = (i64::from(pc) + insn.operands()[2]) as u32;
                self.heap.set_slot(at - 5, frame::state(target, 0, ReturnKind::Resume));
                return Ok(());
            }
            _ => self.heap.set_slot(at + dst, value),
        }
        self.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Resume));
        Ok(())
    }

    /// Throws within a restored frame.
    fn throw_at(&mut self, at: u32, next: u32, value: u64) -> JsResult<'s, ()> {
        self.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Discard));
        self.heap.set_exception(value);
        Err(Exit::Throw)
    }

    /// Copies a saved frame onto the stack and makes it the current one.
    fn restore_frame(
        &mut self,
        saved: Local<'_, SavedFrame>,
        at: u32,
        flags: u64,
        handing: u32,
    ) -> JsResult<'s, ()> {
        let cell = saved.get(self);
        let Some(callee) = cell.at(self, 0).cast::<Function>(self) else {
            return Err(self.bug("a saved frame without function"));
        };
        let template = callee.template(self);
        let linked = template.linked(self).map_or(0, |linked| linked.reference(self));
        let code = template.code();
        self.heap.set_slot(at - 4, u64::from(linked) | u64::from(code) << 32);
        self.heap.set_slot(at - 3, callee.value(self).bits());
        self.heap.set_slot(at - 2, frame::link(at - self.vm.frame, handing, flags));
        self.heap.set_slot(at - 1, cell.at(self, 1).bits());
        // SAFETY: the caller made room.
        #[allow(unsafe_code)]
        let count = unsafe { cell.copy_out(self, SAVED_HEADER, self.heap.stack_base().add(at as usize)) };
        self.heap.set_top(at + count as u32);
        self.vm.frame = at;
        Ok(())
    }

    /// The instruction of the current frame at a code offset.
    pub(super) fn instruction_at(&self, pc: u32) -> tvm_bytecode::Insn {
        let entry = &self.vm.codes[(self.heap.slot(self.vm.frame - 4) >> 32) as usize];
        // SAFETY: units stay as they are while the isolate lives.
        #[allow(unsafe_code)]
        let code = unsafe { std::slice::from_raw_parts(entry.start, entry.bytes as usize) };
        tvm_bytecode::Insn::decode(code, pc as usize).expect("verified code")
    }

    /// The register of the `Yield` at a code offset of the current frame, where that is one in its narrow form.
    fn narrow_yield(&self, pc: u32) -> Option<u32> {
        let entry = &self.vm.codes[(self.heap.slot(self.vm.frame - 4) >> 32) as usize];
        // SAFETY: the frame waits at this offset of its code.
        #[allow(unsafe_code)]
        unsafe {
            let at = entry.start.add(pc as usize);
            (at.read() == Op::Yield as u8).then(|| ops::Yield::read::<false>(at).dst as u32)
        }
    }

    fn after_instruction(&self, pc: u32) -> u32 {
        pc + self.instruction_at(pc).length() as u32
    }

    // ---- async functions

    /// `AsyncStart`: a coroutine with a new promise.
    pub(super) fn new_coroutine(&mut self) -> JsResult<'s> {
        let promise = self.new_promise()?;
        let coroutine = self.alloc::<Coroutine>(kind::Coroutine, Coroutine::BYTES)?;
        coroutine.get(self).set_promise(self, promise.value(self));
        Ok(coroutine.any())
    }

    /// `Await`: keeps the frame and waits for the promise. Gives what the frame returns to whoever runs it.
    pub(super) fn await_promise(
        &mut self,
        coroutine: Local<'s>,
        promise: Local<'s>,
        pc: u32,
    ) -> JsResult<'s> {
        let Some(coroutine) = coroutine.cast::<Coroutine>(self) else {
            return Err(self.bug("await without a coroutine"));
        };
        match coroutine.get(self).frame(self) {
            Some(saved) => {
                let saved = saved.root(self);
                self.fill_saved(saved, pc, 0);
            }
            None => {
                let saved = self.save_frame(pc, 0)?;
                coroutine.get(self).set_frame(self, Some(saved.get(self)));
                let template = Frame(self.vm.frame).template(self);
                if let Some(template) = template.filter(|t| t.is_flagged(template_flag::MODULE_BODY))
                    && let Some(module) = template.module().cast::<Module>(self)
                {
                    module.set_waiting(self, Some(coroutine.get(self)));
                }
            }
        }
        self.promise_await(promise, coroutine.any())?;
        Ok(self.coroutine_result(coroutine))
    }

    /// What an async function's frame returns when it stops: its promise the first time.
    pub(super) fn coroutine_result(&mut self, coroutine: Local<'s, Coroutine>) -> Local<'s> {
        let cell = coroutine.get(self);
        if cell.started() != 0 {
            return self.undefined();
        }
        cell.set_started(1);
        cell.promise().root(self)
    }

    /// Resumes a coroutine as the host's entry: its frame takes the place of nothing.
    pub fn resume_coroutine(
        &mut self,
        coroutine: Local<'_, Coroutine>,
        value: Local<'_>,
        mode: ResumeMode,
    ) -> JsResult<'s, ()> {
        self.resume_coroutine_as(coroutine, value, mode, link_flag::RESUMED | link_flag::ENTRY, 0)
    }

    /// Resumes a coroutine on top of the running frame, which its frame then returns to.
    pub fn resume_coroutine_here(
        &mut self,
        coroutine: Local<'_, Coroutine>,
        value: Local<'_>,
        mode: u32,
    ) -> JsResult<'s, ()> {
        let mode = ResumeMode::from_u32(mode).unwrap_or(ResumeMode::Next);
        self.resume_coroutine_as(coroutine, value, mode, link_flag::RESUMED, handing::RAW)
    }

    fn resume_coroutine_as(
        &mut self,
        coroutine: Local<'_, Coroutine>,
        value: Local<'_>,
        mode: ResumeMode,
        flags: u64,
        handing: u32,
    ) -> JsResult<'s, ()> {
        let Some(saved) = coroutine.get(self).frame(self) else {
            return Err(self.bug("a coroutine without frame"));
        };
        let (saved, pc) = (saved.root(self), saved.pc());
        if mode == ResumeMode::Throw {
            self.vm.thrown_at = self.place_of_rejection(value.value(self));
        }
        let value = value.value(self).bits();
        let at = self.heap.top() + frame::HEADER;
        self.check_room(saved, at)?;
        self.restore_frame(saved, at, flags, handing)?;
        self.resume_at(at, pc, value, mode)
    }

    /// `AsyncReturn`: resolves the promise, which may call guest code.
    pub(super) fn async_return(&mut self, coroutine: Local<'s>, value: Local<'s>) -> JsResult<'s> {
        let Some(coroutine) = coroutine.cast::<Coroutine>(self) else {
            return Err(self.bug("an async function without a coroutine"));
        };
        coroutine.get(self).set_frame(self, None);
        let promise = coroutine.get(self).promise().root(self);
        if value.value(self).is_object() {
            let result = self.coroutine_result(coroutine);
            return Err(self.call_library(lib::resolveAndReturn, &[promise, value, result]));
        }
        self.fulfill_promise(promise, value)?;
        Ok(self.coroutine_result(coroutine))
    }

    /// `AsyncReject`: rejects the promise.
    pub(super) fn async_reject(&mut self, coroutine: Local<'s>, error: Local<'s>) -> JsResult<'s> {
        let Some(coroutine) = coroutine.cast::<Coroutine>(self) else {
            return Err(self.bug("an async function without a coroutine"));
        };
        coroutine.get(self).set_frame(self, None);
        let promise = coroutine.get(self).promise().root(self);
        self.reject_promise(promise, error)?;
        Ok(self.coroutine_result(coroutine))
    }

    /// `ToPromise` (27.2.4.7.1 with %Promise%), whose result is the caller's own.
    pub(super) fn op_to_promise(&mut self, value: Local<'s>) -> JsResult<'s> {
        if let Some(object) = value.as_object(self) {
            if object.get(self).is::<Promise>() {
                match self.plain_get_name(object, Name::constructor)? {
                    Some(c) if self.is_intrinsic(c.value(self), Intrinsic::Promise) => return Ok(value),
                    Some(_) => {}
                    None => return Err(self.call_library(lib::promiseResolveSlow, &[value])),
                }
            }
            return Err(self.call_library(lib::promiseResolveSlow, &[value]));
        }
        let promise = self.new_promise()?;
        self.fulfill_promise(promise, value)?;
        Ok(promise)
    }
}
