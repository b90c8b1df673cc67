//! Suspended frames that go on in machine code, and machine code that suspends its frame.
//!
//! A place behind a suspending instruction is an entry like a loop's header: the unit entered there reads the registers
//! from the frame, which was just taken out of the heap, and its next suspending instruction has the frame put away and
//! returns what is handed out. Whoever entered the unit sees by the generator's state that it is not over.
#![allow(unsafe_code)]

use tvm_bytecode::Op;
use tvm_bytecode::data::ResumeMode;

use super::dispatch::{self, Nested};
use super::generator::{handing, state};
use super::iterate::Step;
use super::operands as ops;
use super::tier::{
    ENTRIES_BOOKED, ENTRY_UNITS, above, leave, received, run_above, run_call, run_entry, slot_of,
};
use crate::base::exit::Exit;
use crate::base::tier::LEFT;
use crate::frame::{self, CALLEE, CODE, Frame, LINK, NEW_TARGET, ReturnKind, SAVED_HEADER, STATE, link_flag};
use crate::heap::cells::*;
use crate::heap::{Cx, Isolate, Local, Value, bits};
use crate::object::function::Entry;
use crate::object::realm::Intrinsic;

impl Cx<'_> {
    /// Machine code for the current frame, which was taken out of the heap, to go on in; there is some soon where it is
    /// taken out often.
    pub(super) fn resumption(&mut self) -> Option<*const u8> {
        let tiers = self.vm.tiers.as_ref()?;
        let running = Frame(self.vm.frame);
        let (code, pc) = ((self.heap.slot(running.0 - 4) >> 32) as u32, running.pc(&self.heap));
        if let Some(entry) = tiers.inner.at(code, pc) {
            return Some(entry);
        }
        let together = ENTRIES_BOOKED.min(tiers.options.threshold / ENTRY_UNITS + 1);
        self.note_interpreted_entry(pc, together);
        None
    }

    /// Whether a value is some realm's %GeneratorPrototype%.next.
    fn is_generator_next(&self, method: u64) -> bool {
        // SAFETY: the value is alive, and nothing is allocated.
        let function = unsafe { Value::from_bits(method) }.cast::<Function>(self);
        let (Some(function), Some(tiers)) = (function, &self.vm.tiers) else { return false };
        let template = function.template(self);
        template.entry() == Entry::Native && template.code() == tiers.natives.generator_next
    }

    /// Makes the frame of a suspended generator, behind whose instruction there is machine code, the current one with its
    /// receiver at slot `at`: gives the code. `None`, and nothing is done, where that takes more.
    unsafe fn resume_compiled(
        &mut self,
        target: u64,
        at: u32,
        value: u64,
        handing: u32,
    ) -> Option<*const u8> {
        // SAFETY: the values are alive, nothing is allocated, and the frame is made above all that is alive, of a linked
        // function, in room that was checked.
        unsafe {
            let tiers = self.vm.tiers.as_ref()?;
            let generator = Value::from_bits(target).cast::<Generator>(self)?;
            if !matches!(generator.state(), state::START | state::YIELDED) || generator.is_async() != 0 {
                return None;
            }
            let saved = generator.frame(self)?;
            let callee = saved.at(self, 0);
            let template = callee.cast::<Function>(self)?.template(self);
            let code = template.code();
            let suspended = self.vm.codes[code as usize].start.add(saved.pc() as usize);
            let op = suspended.read();
            let length = match op {
                YIELD => ops::Yield::NARROW,
                SUSPEND => ops::Suspend::NARROW,
                INITIAL_YIELD => ops::InitialYield::NARROW,
                _ => return None,
            };
            let pc = saved.pc() + length as u32;
            let entry = tiers.inner.at(code, pc)?;
            let linked = template.linked(self)?.reference(self);
            let end = at + template.registers();
            if end >= self.heap.guest_limit() {
                return None;
            }
            let fp = self.heap.stack_base().add(at as usize);
            saved.copy_out(self, SAVED_HEADER, fp);
            fp.offset(STATE).write(frame::state(pc, 0, ReturnKind::Resume));
            fp.offset(CODE).write(u64::from(linked) | u64::from(code) << 32);
            fp.offset(CALLEE).write(callee.bits());
            fp.offset(LINK).write(frame::link(at - self.vm.frame, handing, link_flag::RESUMED));
            fp.offset(NEW_TARGET).write(target);
            match op {
                YIELD => fp.add(ops::Yield::read::<false>(suspended).dst as usize).write(value),
                SUSPEND => {
                    let dst = ops::Suspend::read::<false>(suspended).dst as usize;
                    fp.add(dst).write(value);
                    fp.add(dst + 1).write(bits::int(ResumeMode::Next as i32));
                }
                // The value sent first goes nowhere.
                _ => {}
            }
            generator.set_state(state::RUNNING);
            self.heap.set_top(end);
            self.vm.frame = at;
            Some(entry)
        }
    }

    /// Makes the frame of an iterator's `next` for the current frame, which waits at an iteration, where that is a function
    /// with machine code: gives the code, which books the call. `None`, and nothing is done, where that takes more.
    unsafe fn enter_next(&mut self, iterator: u64, method: u64) -> Option<*const u8> {
        // SAFETY: the values are alive, nothing is allocated, and the frame is made above all that is alive, of a linked
        // function, in room that was checked.
        unsafe {
            let function = Value::from_bits(method).cast::<Function>(self)?;
            let template = function.template(self);
            if template.entry() != Entry::Bytecode {
                return None;
            }
            let code = template.code();
            let entry = self.vm.codes[code as usize].compiled;
            let linked = template.linked(self)?.reference(self);
            let at = self.heap.top() + frame::HEADER;
            if entry.is_null() || at + template.registers() >= self.heap.guest_limit() {
                return None;
            }
            let fp = self.heap.stack_base().add(at as usize);
            fp.offset(CODE).write(u64::from(linked) | u64::from(code) << 32);
            fp.offset(CALLEE).write(method);
            fp.offset(LINK).write(frame::link(at - self.vm.frame, 0, 0));
            fp.offset(NEW_TARGET).write(bits::UNDEFINED);
            fp.write(iterator);
            for parameter in 1..=template.params() {
                fp.add(parameter as usize).write(bits::UNDEFINED);
            }
            self.set_waiting(ReturnKind::IterateResult);
            self.vm.frame = at;
            Some(entry)
        }
    }

    /// What a `{ value, done: false }` that the engine made holds: nothing runs when it is asked.
    pub(super) fn value_of_result(&self, result: Value<'_>) -> Option<u64> {
        let object = result.as_object(self)?;
        let plain = self.intrinsic(Intrinsic::IterResultShape).value(self);
        let holds = object.shape(self).value(self) == plain && object.slot(self, 1).bits() == bits::FALSE;
        holds.then(|| object.slot(self, 0).bits())
    }
}

const YIELD: u8 = Op::Yield as u8;
const SUSPEND: u8 = Op::Suspend as u8;
const INITIAL_YIELD: u8 = Op::InitialYield as u8;

pub(super) unsafe extern "C" fn tier_put_away(isolate: *mut Isolate, fp: *mut u64, pc: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, and a frame of it that stands at the instruction.
    unsafe {
        let cx = above(isolate, fp);
        match cx.put_away(pc) {
            Ok(Some(value)) => value.value(cx).bits(),
            Ok(None) => LEFT,
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_yield(
    isolate: *mut Isolate,
    fp: *mut u64,
    pc: u32,
    register: u32,
) -> u64 {
    // SAFETY: as in `tier_put_away`; the register is one of the frame, and nothing is allocated where a saved frame of
    // its size is there already.
    unsafe {
        let cx = (*isolate).cx();
        if let Some(generator) = Value::from_bits(fp.offset(NEW_TARGET).read()).cast::<Generator>(cx)
            && let Some(saved) = generator.frame(cx)
        {
            saved.set_pc(pc);
            saved.copy_in(cx, SAVED_HEADER, fp);
            generator.set_state(state::YIELDED);
            return fp.add(register as usize).read();
        }
        match above(isolate, fp).suspend_generator(pc, state::YIELDED) {
            Ok(()) => fp.add(register as usize).read(),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_next(
    isolate: *mut Isolate,
    fp: *mut u64,
    iterator: u32,
    next: u32,
) -> u64 {
    // SAFETY: compiled code passes the running isolate and a frame of it with its state set, which waits for the next
    // value of an iteration, the first register of its record, and where it goes on with a value.
    unsafe {
        let frame = slot_of(isolate, fp);
        let dst = (fp.offset(STATE).read() >> 32) as usize & 0xFFFF;
        let given = || match fp.offset(STATE).read() as u32 == next {
            true => fp.add(dst).read(),
            false => bits::DONE,
        };
        let cx = above(isolate, fp);
        let [record, method] = [0, 1].map(|i| fp.add((iterator + i) as usize).read());
        if cx.is_generator_next(method) {
            let at = cx.heap.top() + frame::HEADER;
            if let Some(entry) = cx.resume_compiled(record, at, bits::UNDEFINED, handing::ITERATE) {
                return run_resumed(isolate, frame, entry, given);
            }
        }
        if let Some(entry) = cx.enter_next(record, method) {
            let result =
                run_entry(isolate, (*isolate).heap.stack_base().add((*isolate).vm.frame as usize), entry);
            return step_of(isolate, fp, result, &given);
        }
        let [record, method] = [0, 1].map(|i| Local::from_slot(frame + iterator + i));
        let pending = match cx.step_generator(record, method) {
            Some(Ok(())) => match cx.resumption() {
                Some(entry) => return run_resumed(isolate, frame, entry, given),
                None => Ok(()),
            },
            Some(exit) => exit,
            None => match cx.iterator_next(record, method) {
                Ok(Step::Value(value)) => return value.value(cx).bits(),
                Ok(Step::Done) => return bits::DONE,
                Err(Exit::Call(call)) => {
                    let result = run_call(isolate, fp, call, 0, given);
                    return step_of(isolate, fp, result, &given);
                }
                Err(exit) => Err(exit),
            },
        };
        run_above(isolate, frame, pending, given)
    }
}

/// What a call's result means to the frame that waits for it at an iteration.
unsafe fn step_of(isolate: *mut Isolate, fp: *mut u64, result: u64, given: &dyn Fn() -> u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and a frame of it with its state set.
    unsafe {
        if result == LEFT {
            return LEFT;
        }
        match ReturnKind::of(fp.offset(STATE).read()) {
            ReturnKind::IterateResult => {}
            // The interpreter ran the end of it, and has delivered what it gave.
            ReturnKind::Resume => return given(),
            _ => return result,
        }
        let cx = above(isolate, fp);
        match cx.step_of_result(result) {
            Ok(step) => step,
            Err(Exit::Call(call)) => {
                let step = run_call(isolate, fp, call, 0, given);
                step_of(isolate, fp, step, given)
            }
            Err(exit) => run_above(isolate, slot_of(isolate, fp), Err(exit), given),
        }
    }
}

/// Has a generator's frame, which is the current one, go on in machine code. Gives what it hands out to the frame that
/// waits for it: its next value or the mark of the end, or a result object. `received` looks where the interpreter put it.
unsafe fn run_resumed(
    isolate: *mut Isolate,
    frame: u32,
    entry: *const u8,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: the entry is one of the frame's function, for where it stands.
    unsafe {
        let resumed = (*isolate).vm.frame;
        let fp = (*isolate).heap.stack_base().add(resumed as usize);
        let value = ((*isolate).vm.enter_code)(isolate, fp, entry);
        if value == LEFT {
            return LEFT;
        }
        let cx = (*isolate).cx();
        cx.vm.frame = resumed;
        let iterates = frame::link_argc(fp.offset(LINK).read()) == handing::ITERATE;
        let generator = Value::from_bits(fp.offset(NEW_TARGET).read()).cast::<Generator>(cx);
        let as_it_is = !is_plain_yield(fp.offset(STATE).read());
        let handed = match generator.map(|generator| generator.state()) {
            Some(state::RUNNING) if iterates => {
                cx.complete_generator();
                Some(bits::DONE)
            }
            Some(state::YIELDED) if iterates && as_it_is => cx.value_of_result(Value::from_bits(value)),
            Some(state::YIELDED) if iterates || as_it_is => Some(value),
            _ => None,
        };
        if let Some(value) = handed {
            cx.vm.frame = frame;
            return value;
        }
        match dispatch::hand_back(&mut *isolate, frame, value) {
            Nested::Done => received(),
            Nested::Left => LEFT,
        }
    }
}

/// Resumes a generator for a call of its `next` from compiled code, whose window is complete. `None` where the native
/// function is to do it.
pub(super) unsafe fn call_next(
    isolate: *mut Isolate,
    fp: *mut u64,
    window: *mut u64,
    argc: u32,
) -> Option<u64> {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and a window above it.
    unsafe {
        let (frame, at) = (slot_of(isolate, fp), slot_of(isolate, window));
        let cx = (*isolate).cx();
        let value = if argc == 0 { bits::UNDEFINED } else { window.add(1).read() };
        let entry = cx.resume_compiled(window.read(), at, value, handing::RESULT)?;
        // The call is booked as any of a native function.
        if let Err(exit) = cx.vm.spend(1) {
            return Some(leave(isolate, exit));
        }
        Some(run_resumed(isolate, frame, entry, || received(fp)))
    }
}

/// Whether compiled code has put a frame away at a `yield`, by its state word: other instructions are done again where
/// the runtime refuses them, and have the state before them.
pub(super) fn is_plain_yield(state: u64) -> bool {
    ReturnKind::of(state) == ReturnKind::Discard
}
