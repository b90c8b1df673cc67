//! What compiled code calls, by the addresses in [`Abi`](super::Abi).

use super::super::dispatch::{self, Nested, run_nested};
use super::super::enter::Entered;
use super::super::resumption::call_next;
use smallvec::SmallVec;

use super::ENTRIES_BOOKED;
use crate::base::exit::{Exit, PreparedCall};
use crate::base::tier::{LEFT, MAX_DEOPTS, NEVER_RUN, NEW_WAYS, PATIENCE};
use crate::base::vm::Vm;
use crate::frame::{self, CODE, Frame, LINK, ReturnKind, STATE, link_flag};
use crate::heap::bits;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Gc, Isolate, Local, Value};
use crate::object::string::EQUAL_UNITS;

/// The slot of a frame.
pub(in crate::interp) unsafe fn slot_of(isolate: *mut Isolate, fp: *mut u64) -> u32 {
    // SAFETY: compiled code passes frames on the isolate's stack.
    unsafe { fp.offset_from((*isolate).heap.stack_base()) as u32 }
}

/// Leaves with something for the interpreter to carry out.
pub(in crate::interp) unsafe fn leave(isolate: *mut Isolate, exit: Exit) -> u64 {
    // SAFETY: compiled code passes the running isolate.
    if let Some(tiers) = unsafe { &mut (*isolate).vm.tiers } {
        tiers.pending = Some(exit);
    }
    LEFT
}

pub(super) unsafe extern "C" fn tier_step(isolate: *mut Isolate, fp: *mut u64, pc: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it and an instruction of its function.
    unsafe {
        if let Some(tiers) = &mut (*isolate).vm.tiers
            && tiers.options.count_steps
        {
            let code = (fp.offset(CODE).read() >> 32) as u32;
            *tiers.steps.entry((code, pc)).or_default() += 1;
        }
        match dispatch::step(&mut *isolate, slot_of(isolate, fp), pc) {
            Ok(next) => u64::from(next),
            Err(()) => LEFT,
        }
    }
}

/// What a caller's waiting register holds now.
pub(in crate::interp) unsafe fn received(fp: *mut u64) -> u64 {
    // SAFETY: the frame's state names one of its registers.
    unsafe { fp.add((fp.offset(STATE).read() >> 32) as usize & 0xFFFF).read() }
}

pub(super) unsafe extern "C" fn tier_call(
    isolate: *mut Isolate,
    fp: *mut u64,
    window: *mut u64,
    argc: u32,
) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and a window above it.
    unsafe {
        let (frame, slot) = (slot_of(isolate, fp), slot_of(isolate, window));
        let (construct, argc) = (argc >> 31 != 0, argc & 0x7FFF_FFFF);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(slot + 1 + argc);
        let call = PreparedCall { frame: slot, argc, construct };
        run_call(isolate, fp, call, 1, || received(fp))
    }
}

/// Carries out a call that a frame waits for, in machine code where there is some. It is to be booked with `units`: none
/// where it is how an instruction does its work. `received` looks for the result where the interpreter has put it.
pub(in crate::interp) unsafe fn run_call(
    isolate: *mut Isolate,
    fp: *mut u64,
    call: PreparedCall,
    units: i64,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: the callers pass the running isolate and a frame of it, which is the current one.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        finish(isolate, frame, cx.enter(call, 0), units, received)
    }
}

/// Carries out what a call came to: runs the frame that was made for it, in machine code where there is some.
unsafe fn finish(
    isolate: *mut Isolate,
    frame: u32,
    entered: Result<Entered<'_>, Exit>,
    units: i64,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: as in `run_call`.
    unsafe {
        let cx = (*isolate).cx();
        let pending = match entered {
            Ok(Entered::Value(value)) => return value.value(cx).bits(),
            Ok(Entered::Frame) => {
                cx.vm.meter.budget -= units;
                if cx.vm.meter.budget < 0
                    && let Err(exit) = cx.vm.poll(true)
                {
                    return leave(isolate, exit);
                }
                let entered = cx.heap.stack_base().add(cx.vm.frame as usize);
                let word = entered.offset(CODE).read();
                let entry = cx.vm.codes[(word >> 32) as usize].compiled;
                // Not where it converts an argument of a native function, which is to run again after it.
                let caller = cx.vm.frame - frame::link_delta(entered.offset(LINK).read());
                if !entry.is_null() && caller == frame && entered.offset(STATE).read() as u32 == 0 {
                    cx.vm.meter.budget += 1;
                    return run_entry(isolate, entered, entry);
                }
                cx.note_interpreted_entry(0, ENTRIES_BOOKED);
                Ok(())
            }
            Err(exit) => Err(exit),
        };
        run_above(isolate, frame, pending, received)
    }
}

/// Has the interpreter run what is above a frame, until that goes on.
pub(in crate::interp) unsafe fn run_above(
    isolate: *mut Isolate,
    frame: u32,
    pending: Result<(), Exit>,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: as in `run_call`.
    match run_nested(unsafe { &mut *isolate }, frame, pending) {
        Nested::Done => received(),
        Nested::Left => LEFT,
    }
}

pub(super) unsafe extern "C" fn tier_next_key(isolate: *mut Isolate, fp: *mut u64, keys: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and the register of an
    // enumeration.
    unsafe {
        let cx = above(isolate, fp);
        match cx.for_in_next(Local::from_slot(slot_of(isolate, fp) + keys)) {
            Ok(key) => key.map_or(bits::DONE, |key| key.value(cx).bits()),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_intrinsic(isolate: *mut Isolate, fp: *mut u64, what: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and an intrinsic with its
    // arguments' registers.
    unsafe {
        let frame = slot_of(isolate, fp);
        let [start, count] = [32, 48].map(|shift| (what >> shift) as u32 & 0xFFFF);
        let cx = above(isolate, fp);
        let pending = match cx.call_intrinsic(what as i32, Local::from_slot(frame + start), count as i32) {
            Ok(value) => return value.value(cx).bits(),
            Err(Exit::Call(call)) => return run_call(isolate, fp, call, 0, || received(fp)),
            Err(exit) => Err(exit),
        };
        run_above(isolate, frame, pending, || received(fp))
    }
}

/// Runs a frame's machine code, with the rule for what constructors return.
pub(in crate::interp) unsafe fn run_entry(isolate: *mut Isolate, fp: *mut u64, entry: *const u8) -> u64 {
    // SAFETY: the entry is that of the frame's function.
    unsafe {
        let value = ((*isolate).vm.enter_code)(isolate, fp, entry);
        let constructs = frame::link_flags(fp.offset(LINK).read()) & link_flag::CONSTRUCT != 0;
        if value != LEFT && constructs && !bits::is_object(value) { fp.read() } else { value }
    }
}

pub(super) unsafe extern "C" fn tier_interpret(isolate: *mut Isolate, fp: *mut u64) -> u64 {
    // SAFETY: compiled code made the frame of a linked function, and the caller's state is set.
    unsafe {
        let caller = fp.sub(frame::link_delta(fp.offset(LINK).read()) as usize);
        let registers = {
            let cx = (*isolate).cx();
            Frame(slot_of(isolate, fp)).template(cx).map_or(0, |template| template.registers())
        };
        if tier_stack(isolate, fp, registers) == LEFT {
            return LEFT;
        }
        fp.offset(STATE).write(frame::state(0, 0, ReturnKind::Resume));
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(frame + registers);
        cx.vm.meter.budget -= 1;
        if cx.vm.meter.budget < 0 {
            if let Err(exit) = cx.vm.poll(true) {
                return leave(isolate, exit);
            }
            cx.warm_entry();
        }
        cx.note_interpreted_entry(0, ENTRIES_BOOKED);
        run_above(isolate, slot_of(isolate, caller), Ok(()), || received(caller))
    }
}

pub(super) unsafe extern "C" fn tier_stack(isolate: *mut Isolate, fp: *mut u64, registers: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        let end = frame + registers;
        if end < cx.heap.guest_limit() || cx.heap.raise_stack(end) {
            return 0;
        }
        // It is the caller that overflows.
        cx.vm.frame = frame - frame::link_delta(fp.offset(LINK).read());
        cx.heap.set_top(frame);
        let exit = cx.throw(tvm_bytecode::data::ErrorKind::RangeError, "Maximum call stack size exceeded");
        leave(isolate, exit)
    }
}

pub(super) unsafe extern "C" fn tier_room(isolate: *mut Isolate, fp: *mut u64, slots: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered.
    unsafe { u64::from((*isolate).heap.raise_stack(slot_of(isolate, fp) + slots)) }
}

pub(super) unsafe extern "C" fn tier_deep(isolate: *mut Isolate, fp: *mut u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered, whose header is complete.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        let registers = Frame(frame).template(cx).map_or(0, |template| template.registers());
        if tier_stack(isolate, fp, registers) == LEFT {
            return LEFT;
        }
        fp.offset(STATE).write(frame::state(0, 0, ReturnKind::Resume));
        cx.vm.frame = frame;
        cx.heap.set_top(frame + registers);
        cx.vm.meter.budget -= 1;
        if cx.vm.meter.budget < 0
            && let Err(exit) = cx.vm.poll(true)
        {
            return leave(isolate, exit);
        }
        LEFT
    }
}

pub(super) unsafe extern "C" fn tier_poll(isolate: *mut Isolate) {
    // SAFETY: compiled code passes the running isolate.
    unsafe {
        (*isolate).vm.poll_status = match (*isolate).vm.poll(true) {
            Ok(()) => 0,
            Err(exit) => {
                leave(isolate, exit);
                1
            }
        };
    }
}

pub(super) unsafe extern "C" fn tier_exit(isolate: *mut Isolate, fp: *mut u64, place: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and the innermost frame, which is complete.
    unsafe {
        // A snapshot may be what it is left for: that holds the stack up to its top.
        above(isolate, fp);
        let (unit, exit) = ((place >> 32) as u32, place as u32 as usize);
        if place as u32 == u32::MAX {
            return LEFT;
        }
        let Vm { tiers, codes, .. } = &mut (*isolate).vm;
        let Some(tiers) = tiers else { return LEFT };
        let Some(record) = tiers.units.get_mut(&unit) else { return LEFT };
        record.exit_counts[exit] += 1;
        // A guard that failed on purpose teaches nothing.
        if tiers.options.fail_guards > 0 && *tiers.guards_left == 0 {
            *tiers.guards_left = u64::from(tiers.options.fail_guards);
            return LEFT;
        }
        record.deopts += 1;
        let key = (record.code, record.entry_pc);
        let compiles = tiers.heat.get(&key).map_or(0, |heat| heat.compiles);
        // What is now run for the first time is better known soon: the code is made anew. Once is no reason: the end of a
        // long loop may be all that was seen.
        let never_run = record.compiled.exits[exit].reason == NEVER_RUN && compiles < PATIENCE;
        if never_run {
            if record.exit_counts[exit] == NEW_WAYS {
                record.deopts = record.deopts.max(MAX_DEOPTS);
            }
        } else if record.exit_counts[exit] == 2 {
            let place = record.compiled.exits[exit];
            tiers.note_failure(unit, place);
        }
        let Some(record) = tiers.units.get_mut(&unit) else { return LEFT };
        if record.deopts >= MAX_DEOPTS && record.live {
            record.live = false;
            tiers.dropped.push(unit);
            if record.entry_pc == 0 {
                codes[record.code as usize].compiled = std::ptr::null();
                if let Some(cell) = tiers.cells.get_mut(&record.code) {
                    cell.entry = tiers.interpret;
                }
            } else {
                tiers.inner.remove(key.0, key.1);
            }
            // Soon again, with what was learned.
            let units = tiers.options.threshold / 2;
            tiers.heat.entry(key).or_default().units = units;
        }
        LEFT
    }
}

pub(super) unsafe extern "C" fn tier_barrier(isolate: *mut Isolate, cell: *mut u8, offset: usize) {
    // SAFETY: compiled code passes a live cell.
    unsafe { (*isolate).heap.barrier(cell, offset) }
}

/// Room for a cell in the nursery; collects. `top` is the first stack slot that holds nothing alive.
pub(super) unsafe extern "C" fn tier_allocate(
    isolate: *mut Isolate,
    fp: *mut u64,
    top: *mut u64,
    bytes: usize,
) -> u64 {
    // SAFETY: compiled code passes the running isolate, and frames that are complete up to `top`.
    unsafe {
        let frame = slot_of(isolate, fp);
        let top = slot_of(isolate, top);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(top);
        match cx.heap.allocate(kind::Plain, bytes) {
            Some(reference) => u64::from(reference) << 3,
            None => {
                let exit = cx.out_of_memory();
                leave(isolate, exit)
            }
        }
    }
}

/// Puts the stack's top above a frame that waits in compiled code.
pub(in crate::interp) unsafe fn above<'s>(isolate: *mut Isolate, fp: *mut u64) -> &'s mut Cx<'s> {
    // SAFETY: compiled code passes the running isolate and a frame of it whose header is complete.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        let registers = Frame(frame).template(cx).map_or(0, |template| template.registers());
        cx.heap.set_top(frame + registers);
        cx
    }
}

pub(super) unsafe extern "C" fn tier_get_index(
    isolate: *mut Isolate,
    fp: *mut u64,
    object: u64,
    index: u32,
) -> u64 {
    // SAFETY: compiled code passes a live value, with its frames complete.
    unsafe {
        if let Some(character) = character_of((*isolate).cx(), object, index) {
            return character;
        }
        let cx = above(isolate, fp);
        let object = Value::from_bits(object).root(cx);
        match cx.get_index(object, index) {
            Ok(Some(value)) => value.value(cx).bits(),
            Ok(None) => bits::HOLE,
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_set_index(
    isolate: *mut Isolate,
    fp: *mut u64,
    object: u64,
    index: u32,
    value: u64,
) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let (object, value) = (Value::from_bits(object).root(cx), Value::from_bits(value).root(cx));
        let Some(object) = object.as_object(cx) else { return 1 };
        match cx.append_element(object, index, value) {
            Ok(done) => u64::from(!done),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_native(
    isolate: *mut Isolate,
    fp: *mut u64,
    window: *mut u64,
    what: u64,
) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and a window above it.
    unsafe {
        let (frame, slot) = (slot_of(isolate, fp), slot_of(isolate, window));
        let (argc, code) = (what as u32, (what >> 32) as u32);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        if cx.vm.tiers.as_ref().is_some_and(|tiers| tiers.natives.generator_next == code)
            && let Some(result) = call_next(isolate, fp, window, argc)
        {
            return result;
        }
        let cx = (*isolate).cx();
        cx.heap.set_top(slot + 1 + argc);
        window.offset(LINK).write(frame::link(slot - frame, argc, 0));
        finish(isolate, frame, cx.call_native(code, slot, argc), 1, || received(fp))
    }
}

pub(super) unsafe extern "C" fn tier_make(isolate: *mut Isolate, what: u32, shape: u32, slots: u32) -> u64 {
    // SAFETY: compiled code passes a kind, a live shape of such objects, and writes the content at once.
    unsafe {
        let cx = (*isolate).cx();
        let what = what as u8;
        let (bytes, tag) = match what {
            kind::Scope => (Scope::BYTES, bits::TAG_CELL),
            kind::Function => (Function::BYTES, bits::TAG_OBJECT),
            _ => (Plain::BYTES, bits::TAG_OBJECT),
        };
        let Some(reference) = cx.heap.allocate_anyhow(what, bytes + 8 * slots as usize) else {
            let exit = cx.out_of_memory();
            leave(isolate, exit);
            return bits::UNDEFINED;
        };
        if tag == bits::TAG_OBJECT {
            let object = Gc::<Object>::from_ref(cx, reference);
            object.set_shape(cx, Gc::from_ref(cx, shape));
            object.set_elements(cx, Some(cx.root_cell::<Elements>(Root::EmptyElements)));
        }
        bits::reference(tag, reference)
    }
}

pub(super) unsafe extern "C" fn tier_push(
    isolate: *mut Isolate,
    fp: *mut u64,
    array: u64,
    value: u64,
    again: u32,
) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let (array, value) = (Value::from_bits(array).root(cx), Value::from_bits(value).root(cx));
        let pushed =
            if again == 0 { cx.push_one(array, value) } else { cx.push_more(array, value).map(Some) };
        match pushed {
            Ok(length) => length.map_or(bits::HOLE, u64::from),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_new_array(isolate: *mut Isolate, fp: *mut u64, length: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let capacity = if length <= 65536 { length as usize } else { 0 };
        match cx.new_array(length, capacity) {
            Ok(array) => array.value(cx).bits(),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_char_code(isolate: *mut Isolate, string: u64, index: u32) -> i32 {
    // SAFETY: compiled code passes a live string; nothing moves.
    unsafe {
        let cx = (*isolate).cx();
        let string = Value::from_bits(string);
        if string.cast::<Str>(cx).is_some_and(|string| !string.is_flat(cx)) && !cx.flatten_quietly(string) {
            return -1;
        }
        match string.cast::<Str>(cx) {
            Some(string) => string.chars(cx).at(index as usize).map_or(-1, i32::from),
            None => -1,
        }
    }
}

/// One Latin-1 character of a flat string.
pub(super) unsafe extern "C" fn tier_character(
    isolate: *mut Isolate,
    string: u64,
    start: u32,
    end: u32,
) -> u64 {
    if end.wrapping_sub(start) != 1 {
        return LEFT;
    }
    // SAFETY: compiled code passes a live string.
    unsafe { character_of((*isolate).cx(), string, start).unwrap_or(LEFT) }
}

/// The character at an index of a flat string, where it is a Latin-1 one; `None` too for what is no string.
///
/// # Safety
/// The value is alive.
unsafe fn character_of(cx: &Cx<'_>, value: u64, index: u32) -> Option<u64> {
    // SAFETY: the caller's; nothing is allocated.
    let string = unsafe { Value::from_bits(value) }.cast::<Str>(cx).filter(|string| string.is_flat(cx))?;
    let unit = string.chars(cx).at(index as usize)?;
    u8::try_from(unit).ok().map(|byte| cx.character_bits(byte))
}

/// String.prototype.substring (22.1.3.25).
pub(super) unsafe extern "C" fn tier_substring(
    isolate: *mut Isolate,
    fp: *mut u64,
    string: u64,
    start: i32,
    end: i32,
) -> u64 {
    // SAFETY: compiled code passes a live string, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let string = Value::from_bits(string).cast::<Str>(cx).expect("a guarded string").root(cx);
        let length = string.get(cx).length() as usize;
        let (start, end) = (start.max(0) as usize, end.max(0) as usize);
        match cx.substring(string, start.min(end).min(length), start.max(end).min(length)) {
            Ok(part) => part.value(cx).bits(),
            Err(exit) => leave(isolate, exit),
        }
    }
}

/// The values but holes as strings, one behind the other.
pub(super) unsafe extern "C" fn tier_join(
    isolate: *mut Isolate,
    fp: *mut u64,
    a: u64,
    b: u64,
    c: u64,
) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let parts = [a, b, c].into_iter().filter(|&word| word != bits::HOLE);
        let parts: SmallVec<[Local<'_>; 3]> = parts.map(|word| Value::from_bits(word).root(cx)).collect();
        match cx.join_primitives(&parts) {
            Ok(Some(joined)) => joined.value(cx).bits(),
            Ok(None) => bits::HOLE,
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(in crate::interp) unsafe extern "C" fn tier_strict_equal(isolate: *mut Isolate, a: u64, b: u64) -> u64 {
    // SAFETY: compiled code passes live values; nothing is allocated.
    unsafe {
        let cx = (*isolate).cx();
        if !bits::is_string(a) || !bits::is_string(b) {
            return 2;
        }
        let (a, b) = (Value::from_bits(a), Value::from_bits(b));
        match (a.cast::<Str>(cx), b.cast::<Str>(cx)) {
            (Some(a), Some(b)) if a.length() != b.length() => 0,
            // Long ones cost fuel.
            (Some(a), Some(_)) if a.length() >= EQUAL_UNITS => 2,
            (Some(a), Some(b)) => match a.is_flat(cx) && b.is_flat(cx) {
                true => u64::from(a.chars(cx).equals(b.chars(cx))),
                false => 2,
            },
            _ => 2,
        }
    }
}

pub(super) unsafe extern "C" fn tier_truth(isolate: *mut Isolate, value: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and a live value.
    unsafe {
        let cx = (*isolate).cx();
        u64::from(cx.to_boolean(Value::from_bits(value)))
    }
}

pub(super) extern "C" fn tier_fmod(a: f64, b: f64) -> f64 {
    crate::semantics::operators::Binary::Mod.apply(a, b)
}

pub(super) extern "C" fn tier_pow(a: f64, b: f64) -> f64 {
    crate::semantics::operators::Binary::Exp.apply(a, b)
}

pub(super) extern "C" fn tier_to_int32(_: *mut Isolate, word: u64) -> u64 {
    u64::from(crate::base::num::to_int32(f64::from_bits(word)) as u32)
}
