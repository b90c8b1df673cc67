//! The loop: one arm per instruction, fast paths inline, everything else a call into a slow path.
//!
//! Registers of the machine while it runs: `pc` (the instruction's opcode), `fp` (r0 of the frame), `k` (the
//! function's constants and feedback), `code` (its first instruction), `base` (the cage). Nothing that they point to
//! moves: code lies outside the heap, linked cells in old space, and the stack stays where it is. Before a slow path
//! the frame's state is saved; what a slow path changes is read again afterwards.
//!
//! The loop exists twice: narrow, and wide for the one instruction behind a `Wide` prefix.
#![allow(unsafe_code)]

use tvm_bytecode::data::{CheckMessage, ErrorKind, SuspendKind};
use tvm_bytecode::{FRAME_HEADER, Op};

use super::enter::Entered;
use super::feedback::*;
use super::generator::{handing, state as generator_state};
use super::iterate::Step;
use super::operands as ops;
use super::resumption::is_plain_yield;
use super::unwind::Unwound;
use crate::base::exit::{Exit, PreparedCall};
use crate::base::tier::{EnterCode, Entries, LEFT};
use crate::frame::{self, CALLEE, CODE, Frame, LINK, NEW_TARGET, ReturnKind, STATE, link_flag};
use crate::heap::bits::*;
use crate::heap::cells::{flag, kind};
use crate::heap::{Cx, Isolate, Local, OLD_START, Value};
use crate::library::lib;
use crate::object::function::template_flag;
use crate::object::typed::{one_nan, to_uint8_clamp};
use crate::semantics::JsResult;
use crate::semantics::compare::Order;
use crate::semantics::operators::{Binary, Unary};

/// What to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// Enters a call as the host's.
    Call(PreparedCall),
    /// Goes on with the current frame, where its state says.
    Resume,
    /// Throws the exception that is set within the current frame.
    Throw,
}

/// Runs until the entry frame returns, throws, or the program is to end. Gives the result's bits.
pub fn execute(isolate: &mut Isolate, start: Start) -> Result<u64, Exit> {
    // SAFETY: the interpreter sets the stack's top before each slow path and keeps no locals.
    let cx = unsafe { isolate.cx() };
    let outer_limit = cx.vm.native_limit;
    cx.vm.native_limit = native_limit();
    let mut machine = Machine::new(cx);
    let result = execute_in(&mut machine, start);
    cx_of(&mut machine).vm.native_limit = outer_limit;
    result
}

/// How deep compiled code may go on the native stack from here.
fn native_limit() -> u64 {
    let here = 0u8;
    (std::ptr::from_ref(&here) as u64).saturating_sub(NATIVE_BYTES)
}

/// Bytes of the native stack that compiled code may take before it leaves to the interpreter.
const NATIVE_BYTES: u64 = 768 << 10;

fn execute_in(machine: &mut Machine, start: Start) -> Result<u64, Exit> {
    let mut pending = match start {
        Start::Resume => {
            machine.came = Came::Resumed;
            Ok(())
        }
        Start::Throw => Err(Exit::Throw),
        Start::Call(call) => {
            let cx = cx_of(machine);
            match cx.enter(call, link_flag::ENTRY) {
                Ok(Entered::Frame) => {
                    machine.came = Came::Called;
                    Ok(())
                }
                Ok(Entered::Value(value)) => return Ok(value.value(cx).bits()),
                Err(exit) => Err(exit),
            }
        }
    };
    loop {
        if let Err(exit) = pending {
            match machine.after_exit(exit) {
                Next::Go => {}
                Next::Finished(result) => return result,
            }
        }
        match machine.go_on() {
            Flow::Exit(exit) => pending = Err(exit),
            Flow::Finished(value) => return Ok(value),
            Flow::Reload | Flow::Next => pending = Ok(()),
            Flow::Left => pending = machine.take_pending(),
        }
    }
}

/// What the loop gives back.
enum Flow {
    /// The wide instruction is done.
    Next,
    /// Another frame is current: go on with it.
    Reload,
    /// A slow path ended otherwise than with a value.
    Exit(Exit),
    /// The entry frame returned.
    Finished(u64),
    /// Compiled code left: the current frame goes on, or what it left with is carried out.
    Left,
}

enum Next {
    Go,
    Finished(Result<u64, Exit>),
}

/// The machine's registers, where they outlive one run of the loop.
struct Machine {
    isolate: *mut Isolate,
    pc: *const u8,
    fp: *mut u64,
    k: *mut u64,
    code: *const u8,
    base: *mut u8,
    stack: *mut u64,
    /// The frame that compiled code waits in: the loop ends when it is current again. Null where there is none.
    floor: *mut u64,
    /// How the current frame came to be so.
    came: Came,
}

/// How a frame became the current one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Came {
    /// It goes on, also where compiled code left it, be that at its first instruction.
    Back,
    /// A call has just made it.
    Called,
    /// It was taken out of the heap.
    Resumed,
}

fn cx_of<'m>(machine: &'m mut Machine) -> &'m mut Cx<'m> {
    // SAFETY: the machine exists only within `execute`, which borrows the isolate.
    unsafe { (*machine.isolate).cx() }
}

impl Machine {
    fn new(cx: &mut Cx<'_>) -> Machine {
        let isolate: &mut Isolate = cx;
        let (base, stack) = (isolate.heap.base(), isolate.heap.stack_base());
        let isolate = std::ptr::from_mut(isolate);
        let null = std::ptr::null_mut();
        Machine {
            isolate,
            pc: null,
            fp: null.cast(),
            k: null.cast(),
            code: null,
            base,
            stack,
            floor: null.cast(),
            came: Came::Back,
        }
    }

    /// What compiled code left with.
    fn take_pending(&mut self) -> Result<(), Exit> {
        match cx_of(self).vm.tiers.as_mut().and_then(|tiers| tiers.pending.take()) {
            Some(exit) => Err(exit),
            None => Ok(()),
        }
    }

    /// Points the machine at the current frame, where its state says to go on.
    fn load_frame(&mut self) {
        // SAFETY: the current frame is a bytecode function's: its header is complete.
        unsafe {
            self.fp = self.stack.add((*self.isolate).vm.frame as usize);
            let word = self.fp.offset(CODE).read();
            self.k = self.base.add(((word as u32) as usize) << 3).add(8).cast();
            self.code = (&(*self.isolate).vm.codes)[(word >> 32) as usize].start;
            let state = self.fp.offset(STATE).read();
            self.pc = self.code.add(state as u32 as usize);
        }
    }

    /// Goes on with the current frame: in machine code where a call has just made it, or it was taken out of the heap,
    /// and there is some.
    fn go_on(&mut self) -> Flow {
        self.load_frame();
        let came = std::mem::replace(&mut self.came, Came::Back);
        // SAFETY: the frame is a verified function's, and the machine points into it; the machine code is that function's.
        unsafe {
            let entry = match came {
                Came::Back => None,
                Came::Called => {
                    let code = (self.fp.offset(CODE).read() >> 32) as usize;
                    let entry = (&(*self.isolate).vm.codes)[code].compiled;
                    (!entry.is_null() && self.pc == self.code).then(|| {
                        // The call was booked by whoever entered it; compiled code books it itself.
                        (*self.isolate).vm.meter.budget += 1;
                        entry
                    })
                }
                Came::Resumed => cx_of(self).resumption(),
            };
            match entry {
                Some(entry) => run_code(self, entry, self.fp),
                None => run::<false, false>(self),
            }
        }
    }

    /// Carries out what a slow path or native function left with.
    fn after_exit(&mut self, exit: Exit) -> Next {
        let cx = cx_of(self);
        let mut exit = exit;
        loop {
            match exit {
                Exit::Switch => {
                    self.came = Came::Resumed;
                    return Next::Go;
                }
                Exit::Throw => match cx.unwind(0) {
                    Unwound::Caught => return Next::Go,
                    Unwound::Uncaught | Unwound::Floor => return Next::Finished(Err(Exit::Throw)),
                },
                Exit::Terminate => return Next::Finished(Err(Exit::Terminate)),
                Exit::Call(call) => match enter_polled(cx, call) {
                    Ok(Entered::Frame) => {
                        self.came = Came::Called;
                        return Next::Go;
                    }
                    Ok(Entered::Value(value)) => {
                        let value = value.value(cx).bits();
                        match deliver(cx, value) {
                            Delivered::Go => return Next::Go,
                            Delivered::Exit(next) => exit = next,
                            Delivered::Finished(value) => return Next::Finished(Ok(value)),
                        }
                    }
                    Err(next) => exit = next,
                },
                Exit::Fallback | Exit::Coerce { .. } => {
                    exit = cx.bug("an exit of native functions reached the interpreter");
                }
            }
        }
    }
}

/// Enters a prepared call. It was booked; code that calls in no other way is stopped here.
fn enter_polled<'s>(cx: &mut Cx<'s>, call: PreparedCall) -> Result<Entered<'s>, Exit> {
    let entered = cx.enter(call, 0)?;
    if matches!(entered, Entered::Frame) && cx.vm.meter.budget < 0 {
        cx.vm.poll(true)?;
        cx.warm_entry();
    }
    Ok(entered)
}

enum Delivered {
    Go,
    Exit(Exit),
    Finished(u64),
}

/// Hands a result to the current frame, as its state says.
fn deliver(cx: &mut Cx<'_>, value: u64) -> Delivered {
    let mut value = value;
    loop {
        if cx.vm.frame == 0 {
            return Delivered::Finished(value);
        }
        let current = Frame(cx.vm.frame);
        let state = current.state(&cx.heap);
        let (pc, register) = (state as u32, (state >> 32) as u32 & 0xFFFF);
        let at = current.0;
        match ReturnKind::of(state) {
            ReturnKind::Value => cx.heap.set_slot(at + register, value),
            ReturnKind::Discard | ReturnKind::Resume => {}
            ReturnKind::IterateResult => match cx.step_of_result(value) {
                Ok(step) => {
                    let next = after_jump(cx, current, step, pc, register);
                    cx.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Resume));
                }
                Err(exit) => return Delivered::Exit(exit),
            },
            ReturnKind::Branch | ReturnKind::Iterate => {
                let next = after_jump(cx, current, value, pc, register);
                cx.heap.set_slot(at - 5, frame::state(next, 0, ReturnKind::Resume));
            }
            ReturnKind::Restart | ReturnKind::Forward => match restart(cx, current, value) {
                Ok(Some(result)) => {
                    value = result;
                    continue;
                }
                Ok(None) => return Delivered::Go,
                Err(exit) => return Delivered::Exit(exit),
            },
        }
        return Delivered::Go;
    }
}

/// Where a frame goes on whose jumping instruction got its answer from a call.
fn after_jump(cx: &mut Cx<'_>, current: Frame, value: u64, pc: u32, register: u32) -> u32 {
    let insn = cx.instruction_at(pc);
    let next = pc + insn.length() as u32;
    let target = (i64::from(pc) + insn.operand(tvm_bytecode::Kind::Jump).unwrap_or(0)) as u32;
    if insn.op == Op::IteratorNext {
        if value == DONE {
            return target;
        }
        cx.heap.set_slot(current.0 + register, value);
        return next;
    }
    // A comparison's answer is a boolean; the instructions that ask "unless" have the odd register.
    let truth = value == TRUE;
    if truth != (register == 1) { target } else { next }
}

/// Runs a native function again, one of whose arguments was converted. `Ok(None)` where another frame is current.
fn restart(cx: &mut Cx<'_>, native: Frame, value: u64) -> Result<Option<u64>, Exit> {
    let state = native.state(&cx.heap);
    let register = (state >> 32) as u32 & 0xFFFF;
    let value =
        if register == 0 && !is_object(value) && native.is_construct(&cx.heap) { NULL } else { value };
    cx.heap.set_slot(native.0 + register, value);
    let caller = native.0 - frame::link_delta(native.link(&cx.heap));
    let entry = frame::link_flags(native.link(&cx.heap)) & link_flag::ENTRY != 0;
    match cx.run_native(native, caller)? {
        Entered::Value(value) => {
            let bits = value.value(cx).bits();
            if entry {
                cx.vm.frame = 0;
            }
            Ok(Some(bits))
        }
        Entered::Frame => Ok(None),
    }
}

/// Makes the slot of a register a local.
#[inline(always)]
unsafe fn reg<'s>(fp: *mut u64, stack: *mut u64, register: i32) -> Local<'s> {
    // SAFETY: by the verifier the register lies in the frame.
    unsafe { Local::from_slot(fp.add(register as usize).offset_from(stack) as u32) }
}

/// The loop.
///
/// # Safety
/// The machine points at a frame of a verified, linked function.
#[allow(clippy::too_many_lines, clippy::cognitive_complexity)]
unsafe fn run<const WIDE: bool, const SINGLE: bool>(machine: &mut Machine) -> Flow {
    let isolate = machine.isolate;
    let base = machine.base;
    let stack = machine.stack;
    let mut pc = machine.pc;
    let mut fp = machine.fp;
    let mut k = machine.k;
    let mut code = machine.code;

    // Where the instruction starts: in front of the prefix in the wide loop.
    macro_rules! start {
        () => {
            if WIDE { pc.sub(1) } else { pc }
        };
    }
    macro_rules! length {
        ($op:ident) => {
            if WIDE { ops::$op::WIDE } else { ops::$op::NARROW }
        };
    }
    macro_rules! read {
        ($op:ident) => {
            ops::$op::read::<WIDE>(pc)
        };
    }
    // Goes on at another place.
    macro_rules! go {
        ($to:expr) => {{
            pc = $to;
            if SINGLE {
                machine.pc = pc;
                machine.fp = fp;
                machine.k = k;
                machine.code = code;
                return Flow::Next;
            }
            continue;
        }};
    }
    macro_rules! next {
        ($op:ident) => {
            go!(pc.add(length!($op)))
        };
    }
    macro_rules! r {
        ($register:expr) => {
            *fp.add($register as usize)
        };
    }
    macro_rules! local {
        ($register:expr) => {
            reg(fp, stack, $register)
        };
    }
    // The context, with the stack's top above the frame's registers.
    macro_rules! cx {
        () => {{
            let cx = (*isolate).cx();
            let word = fp.offset(CALLEE).read();
            let template =
                base.add((base.add((word as u32 as usize) << 3).add(16).cast::<u32>().read() as usize) << 3);
            let registers = template.add(20).cast::<u32>().read();
            cx.heap.set_top(fp.offset_from(stack) as u32 + registers);
            cx
        }};
    }
    // Saves where the frame stands before a slow path.
    macro_rules! save {
        ($op:ident, $register:expr, $kind:expr) => {{
            let at = pc.add(length!($op)).offset_from(code) as u32;
            *fp.offset(STATE) = frame::state(at, $register as u32, $kind);
        }};
    }
    macro_rules! save_start {
        ($register:expr, $kind:expr) => {{
            let at = start!().offset_from(code) as u32;
            *fp.offset(STATE) = frame::state(at, $register as u32, $kind);
        }};
    }
    // A slow path whose result goes to a register.
    macro_rules! slow {
        ($op:ident, $dst:expr, |$cx:ident| $call:expr) => {{
            save!($op, $dst, ReturnKind::Value);
            let $cx = cx!();
            let result: JsResult<'_> = $call;
            match result {
                Ok(value) => {
                    let bits = value.value($cx).bits();
                    r!($dst) = bits;
                    next!($op)
                }
                Err(exit) => return Flow::Exit(exit),
            }
        }};
    }
    // A slow path without result.
    macro_rules! slow_unit {
        ($op:ident, |$cx:ident| $call:expr) => {{
            save!($op, 0, ReturnKind::Discard);
            let $cx = cx!();
            let result: JsResult<'_, ()> = $call;
            match result {
                Ok(()) => next!($op),
                Err(exit) => return Flow::Exit(exit),
            }
        }};
    }
    // Books a backward jump.
    macro_rules! jump {
        ($delta:expr) => {{
            let delta = $delta;
            let to = start!().offset(delta as isize);
            // 0 is an empty loop: the jump to itself.
            if delta <= 0 {
                (*isolate).vm.meter.budget -= 1;
                if (*isolate).vm.meter.budget < 0 {
                    let at = to.offset_from(code) as u32;
                    *fp.offset(STATE) = frame::state(at, 0, ReturnKind::Resume);
                    let cx = cx!();
                    if let Err(exit) = cx.vm.poll(true) {
                        return Flow::Exit(exit);
                    }
                    // Not in an instruction that compiled code has executed: its frame waits.
                    if (WIDE || !SINGLE)
                        && fp != machine.floor
                        && let Some(entry) = cx.warm_loop(at)
                    {
                        return run_code(machine, entry, fp);
                    }
                }
            }
            go!(to)
        }};
    }
    // Records what kinds of operands an operation saw.
    macro_rules! feedback {
        ($slot:expr, $flag:expr) => {{
            let slot = k.add($slot as usize);
            let seen = *slot;
            if seen & $flag == 0 {
                *slot = seen | $flag;
            }
        }};
    }
    // Records who was called.
    macro_rules! callee_feedback {
        ($slot:expr, $callee:expr) => {{
            let slot = k.add($slot as usize);
            if *slot != $callee && *slot != MEGAMORPHIC {
                note_callee(isolate, slot, $callee, k);
            }
        }};
    }
    macro_rules! arithmetic {
        ($op:ident, $checked:ident, $float:tt, $binary:expr) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            if is_int(a) && is_int(b) {
                if let Some(result) = as_int(a).$checked(as_int(b)) {
                    r!(o.dst) = int(result);
                    next!($op)
                }
            }
            if is_double(a) && is_double(b) {
                feedback!(o.feedback, SAW_DOUBLE);
                r!(o.dst) = (f64::from_bits(a) $float f64::from_bits(b)).to_bits();
                next!($op)
            }
            if is_number(a) && is_number(b) {
                feedback!(o.feedback, SAW_DOUBLE);
                r!(o.dst) = (as_number(a) $float as_number(b)).to_bits();
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| cx.op_binary($binary, local!(o.left), local!(o.right)))
        }};
    }
    macro_rules! arithmetic_imm {
        ($op:ident, $checked:ident, $float:tt, $binary:expr) => {{
            let o = read!($op);
            let a = r!(o.left);
            if is_int(a) {
                if let Some(result) = as_int(a).$checked(o.right) {
                    r!(o.dst) = int(result);
                    next!($op)
                }
            }
            if is_number(a) {
                feedback!(o.feedback, SAW_DOUBLE);
                r!(o.dst) = (as_number(a) $float f64::from(o.right)).to_bits();
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| { let right = cx.local(Value::int(o.right)); cx.op_binary($binary, local!(o.left), right) })
        }};
    }
    macro_rules! bitwise {
        ($op:ident, $binary:expr, |$a:ident, $b:ident| $result:expr) => {{
            let o = read!($op);
            let (left, right) = (r!(o.left), r!(o.right));
            if is_int(left) && is_int(right) {
                let ($a, $b) = (as_int(left), as_int(right));
                r!(o.dst) = $result;
                next!($op)
            }
            if is_number(left) && is_number(right) {
                feedback!(o.feedback, SAW_DOUBLE);
                let ($a, $b) = (int_of(left), int_of(right));
                r!(o.dst) = $result;
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| cx.op_binary($binary, local!(o.left), local!(o.right)))
        }};
    }
    macro_rules! bitwise_imm {
        ($op:ident, $binary:expr, |$a:ident, $b:ident| $result:expr) => {{
            let o = read!($op);
            let left = r!(o.left);
            if is_int(left) {
                let ($a, $b) = (as_int(left), o.right);
                r!(o.dst) = $result;
                next!($op)
            }
            if is_number(left) {
                feedback!(o.feedback, SAW_DOUBLE);
                let ($a, $b) = (int_of(left), o.right);
                r!(o.dst) = $result;
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| {
                let right = cx.local(Value::int(o.right));
                cx.op_binary($binary, local!(o.left), right)
            })
        }};
    }
    macro_rules! unary {
        ($op:ident, $unary:expr, |$value:ident| $int:expr, |$number:ident| $double:expr) => {{
            let o = read!($op);
            let v = r!(o.src);
            if is_int(v) {
                let $value = as_int(v);
                if let Some(result) = $int {
                    r!(o.dst) = int(result);
                    next!($op)
                }
            }
            if is_number(v) {
                feedback!(o.feedback, SAW_DOUBLE);
                let $number = as_number(v);
                r!(o.dst) = $double;
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| cx.op_unary($unary, local!(o.src)))
        }};
    }
    macro_rules! order {
        ($op:ident, $cmp:tt, $order:expr) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            if is_int(a) && is_int(b) {
                r!(o.dst) = boolean(as_int(a) $cmp as_int(b));
                next!($op)
            }
            if is_number(a) && is_number(b) {
                feedback!(o.feedback, SAW_DOUBLE);
                r!(o.dst) = boolean(as_number(a) $cmp as_number(b));
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| cx.op_order($order, local!(o.left), local!(o.right)).map(|b| cx.boolean(b)))
        }};
    }
    // A comparison that jumps. `$unless` is 1 for the forms that jump where it does not hold.
    macro_rules! jump_order {
        ($op:ident, $cmp:tt, $order:expr, $unless:literal) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            let holds = if is_int(a) && is_int(b) {
                as_int(a) $cmp as_int(b)
            } else if is_number(a) && is_number(b) {
                feedback!(o.feedback, SAW_DOUBLE);
                as_number(a) $cmp as_number(b)
            } else {
                feedback!(o.feedback, SAW_OTHER);
                save_start!($unless, ReturnKind::Branch);
                let cx = cx!();
                match cx.op_order($order, local!(o.left), local!(o.right)) {
                    Ok(holds) => holds,
                    Err(exit) => return Flow::Exit(exit),
                }
            };
            if holds != ($unless == 1) {
                jump!(o.target)
            }
            next!($op)
        }};
    }
    macro_rules! jump_order_imm {
        ($op:ident, $cmp:tt, $order:expr, $unless:literal) => {{
            let o = read!($op);
            let a = r!(o.left);
            let holds = if is_int(a) {
                as_int(a) $cmp o.right
            } else if is_number(a) {
                feedback!(o.feedback, SAW_DOUBLE);
                as_number(a) $cmp f64::from(o.right)
            } else {
                feedback!(o.feedback, SAW_OTHER);
                save_start!($unless, ReturnKind::Branch);
                let cx = cx!();
                let right = cx.local(Value::int(o.right));
                match cx.op_order($order, local!(o.left), right) {
                    Ok(holds) => holds,
                    Err(exit) => return Flow::Exit(exit),
                }
            };
            if holds != ($unless == 1) {
                jump!(o.target)
            }
            next!($op)
        }};
    }
    macro_rules! equality {
        ($op:ident, $method:ident, $negate:literal) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            if is_int(a) && is_int(b) {
                r!(o.dst) = boolean((a == b) != $negate);
                next!($op)
            }
            if is_object(a) || is_string(a) && is_string(b) && both_atoms(base, a, b) {
                r!(o.dst) = boolean((a == b) != $negate);
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| cx
                .$method(local!(o.left), local!(o.right))
                .map(|b| cx.boolean(b != $negate)))
        }};
    }
    // `==` of objects may run guest code: the negation is that of the answer.
    macro_rules! loose_equality {
        ($op:ident, $negate:literal) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            if is_int(a) && is_int(b) {
                r!(o.dst) = boolean((a == b) != $negate);
                next!($op)
            }
            feedback!(o.feedback, SAW_OTHER);
            slow!($op, o.dst, |cx| {
                match cx.op_equal(local!(o.left), local!(o.right)) {
                    Ok(b) => Ok(cx.boolean(b != $negate)),
                    Err(Exit::Call(call)) if $negate => Err(cx.negated(call)),
                    Err(exit) => Err(exit),
                }
            })
        }};
    }
    macro_rules! jump_equal {
        ($op:ident, $loose:literal, $unless:literal) => {{
            let o = read!($op);
            let (a, b) = (r!(o.left), r!(o.right));
            let equal = if is_int(a) && is_int(b) {
                a == b
            } else if is_number(a) && is_number(b) {
                as_number(a) == as_number(b)
            } else if a == b {
                true
            } else if !$loose
                && (is_object(a) || is_object(b) || tag(a) == TAG_SPECIAL || tag(b) == TAG_SPECIAL)
            {
                false
            } else if is_string(a) && is_string(b) && both_atoms(base, a, b) {
                false
            } else {
                feedback!(o.feedback, SAW_OTHER);
                save_start!($unless, ReturnKind::Branch);
                let cx = cx!();
                let result = if $loose {
                    cx.op_equal(local!(o.left), local!(o.right))
                } else {
                    cx.strictly_equal(local!(o.left), local!(o.right))
                };
                match result {
                    Ok(equal) => equal,
                    Err(exit) => return Flow::Exit(exit),
                }
            };
            if equal != ($unless == 1) {
                jump!(o.target)
            }
            next!($op)
        }};
    }
    // A comparison with an immediate: only numbers can be equal to it.
    macro_rules! jump_equal_imm {
        ($op:ident, $unless:literal) => {{
            let o = read!($op);
            let a = r!(o.left);
            let equal = if is_int(a) {
                as_int(a) == o.right
            } else {
                feedback!(o.feedback, SAW_OTHER);
                is_double(a) && f64::from_bits(a) == f64::from(o.right)
            };
            if equal != ($unless == 1) {
                jump!(o.target)
            }
            next!($op)
        }};
    }
    macro_rules! cell {
        ($bits:expr) => {
            base.add(($bits as u32 as usize) << 3)
        };
    }
    // Whether a store into a cell needs the write barrier.
    macro_rules! barrier {
        ($cell:expr, $offset:expr, $value:expr) => {{
            if is_reference($value) {
                let cell = $cell;
                if cell.offset_from(base) as usize >= OLD_START && cell.add(1).read() & flag::DIRTY == 0 {
                    (*isolate).heap.barrier(cell, $offset);
                }
            }
        }};
    }
    // Truth of a value: `Some` where it is told by its bits.
    macro_rules! truth {
        ($value:expr) => {{
            let v = $value;
            if v == TRUE || v == FALSE {
                v == TRUE
            } else if is_int(v) {
                as_int(v) != 0
            } else if is_nullish(v) {
                false
            } else {
                let cx = cx!();
                cx.to_boolean(Value::from_bits(v))
            }
        }};
    }
    // The scope `depth` levels above the one in a register.
    macro_rules! scope {
        ($env:expr, $depth:expr) => {{
            let mut scope = cell!(r!($env));
            for _ in 0..$depth {
                scope = cell!(scope.add(4).cast::<u32>().read());
            }
            scope
        }};
    }
    // Makes a caller in the interpreter the current frame, and gives the register that its state names a value.
    macro_rules! back_to {
        ($caller:expr, $state:expr, $value:expr) => {{
            let value: u64 = $value;
            fp = $caller;
            let word = *fp.offset(CODE);
            k = cell!(word).add(8).cast();
            code = (*(*isolate).vm.codes.as_ptr().add((word >> 32) as usize)).start;
            *fp.add(($state >> 32) as usize & 0xFFFF) = value;
            (*isolate).vm.frame = fp.offset_from(stack) as u32;
        }};
    }
    // Gives a value to the caller of the current frame.
    macro_rules! give_back {
        ($value:expr) => {{
            let mut value: u64 = $value;
            let link = *fp.offset(LINK);
            if link >> 56 <= link_flag::CONSTRUCT {
                if link >> 56 != 0 && !is_object(value) {
                    value = r!(0);
                }
                let caller = fp.sub(link as u32 as usize);
                let state = *caller.offset(STATE);
                if state >> 48 == 0 && caller > machine.floor {
                    back_to!(caller, state, value);
                    go!(code.add(state as u32 as usize))
                }
            }
            machine.fp = fp;
            return return_slow(machine, value);
        }};
    }
    // Runs the current frame's machine code.
    macro_rules! run_compiled {
        ($entry:expr) => {{
            let value = ((*isolate).vm.enter_code)(isolate, fp, $entry);
            if value == LEFT {
                return Flow::Left;
            }
            (*isolate).vm.frame = fp.offset_from(stack) as u32;
            give_back!(value)
        }};
    }
    // Goes on with the frame that is current now, where its state says.
    macro_rules! enter_frame {
        () => {{
            fp = stack.add((*isolate).vm.frame as usize);
            let word = *fp.offset(CODE);
            k = cell!(word).add(8).cast();
            let entry = *(*isolate).vm.codes.as_ptr().add((word >> 32) as usize);
            code = entry.start;
            let state = *fp.offset(STATE);
            if !entry.compiled.is_null() && state as u32 == 0 {
                // The call was booked by whoever entered it; compiled code books it itself.
                (*isolate).vm.meter.budget += 1;
                run_compiled!(entry.compiled)
            }
            go!(code.add(state as u32 as usize))
        }};
    }
    // Goes on in a linked function whose receiver and arguments are in a window; the caller's state is saved.
    macro_rules! enter_function {
        ($window:ident, $slot:ident, $template:ident, $callee:ident, $params:ident, $argc:ident, $flags:expr, $new_target:expr) => {{
            let linked = $template.add(16).cast::<u32>().read();
            let number = $template.add(12).cast::<u32>().read();
            *$window.offset(CODE) = u64::from(linked) | u64::from(number) << 32;
            *$window.offset(CALLEE) = $callee;
            *$window.offset(LINK) = frame::link($window.offset_from(fp) as u32, $argc, $flags);
            *$window.offset(NEW_TARGET) = $new_target;
            for i in $argc..$params {
                *$window.add(1 + i as usize) = UNDEFINED;
            }
            fp = $window;
            (*isolate).vm.frame = $slot;
            k = cell!(linked).add(8).cast();
            let entry = *(*isolate).vm.codes.as_ptr().add(number as usize);
            code = entry.start;
            if !entry.compiled.is_null() {
                run_compiled!(entry.compiled)
            }
            (*isolate).vm.meter.budget -= 1;
            if (*isolate).vm.meter.budget < 0 {
                *fp.offset(STATE) = frame::state(0, 0, ReturnKind::Resume);
                let cx = cx!();
                if let Err(exit) = cx.vm.poll(true) {
                    return Flow::Exit(exit);
                }
                cx.warm_entry();
            }
            go!(code)
        }};
    }
    // SAFETY: the code is verified, its registers lie on the fiber's stack and its cells in the cage.
    unsafe {
        loop {
            let op = pc.read();
            // SAFETY: verified code holds opcodes only.
            match std::mem::transmute::<u8, Op>(op) {
                Op::Wide => {
                    machine.pc = pc.add(1);
                    machine.fp = fp;
                    machine.k = k;
                    machine.code = code;
                    match run::<true, true>(machine) {
                        Flow::Next if SINGLE => return Flow::Next,
                        Flow::Next => {
                            pc = machine.pc;
                            fp = machine.fp;
                            k = machine.k;
                            code = machine.code;
                            continue;
                        }
                        other => return other,
                    }
                }

                // ---- moves and constants
                Op::Move => {
                    let o = read!(Move);
                    r!(o.dst) = r!(o.src);
                    next!(Move)
                }
                Op::LoadInt => {
                    let o = read!(LoadInt);
                    r!(o.dst) = int(o.value);
                    next!(LoadInt)
                }
                Op::LoadConst => {
                    let o = read!(LoadConst);
                    r!(o.dst) = *k.add(o.value as usize);
                    next!(LoadConst)
                }
                Op::LoadUndefined => {
                    let o = read!(LoadUndefined);
                    r!(o.dst) = UNDEFINED;
                    next!(LoadUndefined)
                }
                Op::LoadNull => {
                    let o = read!(LoadNull);
                    r!(o.dst) = NULL;
                    next!(LoadNull)
                }
                Op::LoadTrue => {
                    let o = read!(LoadTrue);
                    r!(o.dst) = TRUE;
                    next!(LoadTrue)
                }
                Op::LoadFalse => {
                    let o = read!(LoadFalse);
                    r!(o.dst) = FALSE;
                    next!(LoadFalse)
                }
                Op::LoadHole => {
                    let o = read!(LoadHole);
                    r!(o.dst) = HOLE;
                    next!(LoadHole)
                }
                Op::LoadCallee => {
                    let o = read!(LoadCallee);
                    r!(o.dst) = *fp.offset(CALLEE);
                    next!(LoadCallee)
                }
                Op::LoadHome => {
                    let o = read!(LoadHome);
                    let extra = cell!(*fp.offset(CALLEE)).add(24).cast::<u32>().read();
                    r!(o.dst) = if extra == 0 { UNDEFINED } else { cell!(extra).add(8).cast::<u64>().read() };
                    next!(LoadHome)
                }
                Op::LoadNewTarget => {
                    let o = read!(LoadNewTarget);
                    let constructs = *fp.offset(LINK) >> 56 & link_flag::CONSTRUCT != 0;
                    r!(o.dst) = if constructs { *fp.offset(NEW_TARGET) } else { UNDEFINED };
                    next!(LoadNewTarget)
                }
                Op::LoadGlobalThis => {
                    let o = read!(LoadGlobalThis);
                    let cx = cx!();
                    let this = cx.intrinsic(crate::object::realm::Intrinsic::GlobalThis);
                    let bits = this.value(cx).bits();
                    r!(o.dst) = bits;
                    next!(LoadGlobalThis)
                }
                Op::CoerceThis => {
                    let o = read!(CoerceThis);
                    let this = r!(0);
                    if is_object(this) {
                        r!(o.dst) = this;
                        next!(CoerceThis)
                    }
                    slow!(CoerceThis, o.dst, |cx| cx.coerce_this(local!(0)))
                }
                Op::CheckThis => {
                    let o = read!(CheckThis);
                    if r!(o.src) != HOLE {
                        next!(CheckThis)
                    }
                    slow_unit!(CheckThis, |cx| {
                        let message = "Must call super constructor in derived class before accessing 'this' or returning from derived constructor";
                        Err(cx.throw(ErrorKind::ReferenceError, message))
                    })
                }
                Op::CheckSuperOnce => {
                    let o = read!(CheckSuperOnce);
                    if r!(o.src) == HOLE {
                        next!(CheckSuperOnce)
                    }
                    slow_unit!(CheckSuperOnce, |cx| {
                        Err(cx.throw(ErrorKind::ReferenceError, "Super constructor may only be called once"))
                    })
                }
                Op::CheckHole => {
                    let o = read!(CheckHole);
                    if r!(o.src) != HOLE {
                        next!(CheckHole)
                    }
                    slow_unit!(CheckHole, |cx| {
                        let key = cx.constant_key(o.name);
                        Err(cx.in_dead_zone(key))
                    })
                }

                // ---- scopes
                Op::LoadScope => {
                    let o = read!(LoadScope);
                    let scope = cell!(*fp.offset(CALLEE)).add(20).cast::<u32>().read();
                    r!(o.dst) = reference(TAG_CELL, scope);
                    next!(LoadScope)
                }
                Op::NewScope => {
                    let o = read!(NewScope);
                    let word = f64_of(*k.add(o.scope as usize));
                    slow!(NewScope, o.dst, |cx| cx.new_scope(Some(local!(o.parent)), word))
                }
                Op::NewRootScope => {
                    let o = read!(NewRootScope);
                    let word = f64_of(*k.add(o.scope as usize));
                    slow!(NewRootScope, o.dst, |cx| cx.new_scope(None, word))
                }
                Op::CopyScope => {
                    let o = read!(CopyScope);
                    slow!(CopyScope, o.dst, |cx| cx.copy_scope(local!(o.src)))
                }
                Op::GetSlot => {
                    let o = read!(GetSlot);
                    let scope = scope!(o.env, o.depth);
                    r!(o.dst) = scope.add(8 + 8 * o.slot as usize).cast::<u64>().read();
                    next!(GetSlot)
                }
                Op::GetSlotChecked => {
                    let o = read!(GetSlotChecked);
                    let scope = scope!(o.env, o.depth);
                    let value = scope.add(8 + 8 * o.slot as usize).cast::<u64>().read();
                    if value != HOLE {
                        r!(o.dst) = value;
                        next!(GetSlotChecked)
                    }
                    let at = start!().offset_from(code) as u32;
                    slow_unit!(GetSlotChecked, |cx| Err(cx.slot_in_dead_zone(o.depth, o.slot, at)))
                }
                Op::SetSlot => {
                    let o = read!(SetSlot);
                    let scope = scope!(o.env, o.depth);
                    let offset = 8 + 8 * o.slot as usize;
                    let value = r!(o.src);
                    scope.add(offset).cast::<u64>().write(value);
                    barrier!(scope, offset, value);
                    next!(SetSlot)
                }
                Op::SetSlotChecked => {
                    let o = read!(SetSlotChecked);
                    let scope = scope!(o.env, o.depth);
                    let offset = 8 + 8 * o.slot as usize;
                    if scope.add(offset).cast::<u64>().read() != HOLE {
                        let value = r!(o.src);
                        scope.add(offset).cast::<u64>().write(value);
                        barrier!(scope, offset, value);
                        next!(SetSlotChecked)
                    }
                    let at = start!().offset_from(code) as u32;
                    slow_unit!(SetSlotChecked, |cx| Err(cx.slot_in_dead_zone(o.depth, o.slot, at)))
                }
                Op::GetImport => {
                    let o = read!(GetImport);
                    let scope = scope!(o.env, o.depth);
                    let import = scope.add(8 + 8 * o.slot as usize).cast::<u64>().read();
                    if tag(import) != TAG_CELL {
                        // A namespace, or not linked.
                        if import != HOLE && import != UNDEFINED {
                            r!(o.dst) = import;
                            next!(GetImport)
                        }
                    } else {
                        let import = cell!(import);
                        let slot = import.add(4).cast::<u32>().read() as usize;
                        let target = cell!(import.add(8).cast::<u32>().read());
                        let value = target.add(8 + 8 * slot).cast::<u64>().read();
                        if value != HOLE {
                            r!(o.dst) = value;
                            next!(GetImport)
                        }
                    }
                    let at = start!().offset_from(code) as u32;
                    slow_unit!(GetImport, |cx| Err(cx.slot_in_dead_zone(o.depth, o.slot, at)))
                }

                // ---- globals
                Op::DeclareGlobals => {
                    let o = read!(DeclareGlobals);
                    slow_unit!(DeclareGlobals, |cx| cx.declare_globals(o.declarations))
                }
                Op::GetGlobal => {
                    let o = read!(GetGlobal);
                    let words = k.add(o.feedback as usize);
                    let w0 = *words;
                    if tag(w0) == TAG_CELL {
                        let holder = cell!(*words.add(1));
                        let validity = *words.add(2);
                        let valid = validity == UNDEFINED || cell!(validity).add(4).cast::<u32>().read() == 1;
                        if valid && holder.add(4).cast::<u32>().read() == w0 as u32 {
                            let value = read_place(base, holder, (w0 >> 32) as u32 & (ELSEWHERE - 1));
                            if value != HOLE {
                                r!(o.dst) = value;
                                next!(GetGlobal)
                            }
                        }
                    }
                    slow!(GetGlobal, o.dst, |cx| {
                        match cx.get_global(o.name, false) {
                            Ok(value) => cx.record_global(o.name, o.feedback).map(|()| value),
                            Err(exit) => Err(exit),
                        }
                    })
                }
                Op::GetGlobalOrUndefined => {
                    let o = read!(GetGlobalOrUndefined);
                    slow!(GetGlobalOrUndefined, o.dst, |cx| cx.get_global(o.name, true))
                }
                Op::SetGlobal => {
                    let o = read!(SetGlobal);
                    let words = k.add(o.feedback as usize);
                    let w0 = *words;
                    let place = (w0 >> 32) as u32 & 0xFFFF;
                    if tag(w0) == TAG_CELL && place & ELSEWHERE == 0 {
                        let holder = cell!(*words.add(1));
                        let validity = *words.add(2);
                        let valid = validity == UNDEFINED || cell!(validity).add(4).cast::<u32>().read() == 1;
                        if valid
                            && holder.add(4).cast::<u32>().read() == w0 as u32
                            && read_place(base, holder, place) != HOLE
                        {
                            let value = r!(o.src);
                            let (cell, offset) = place_address(base, holder, place);
                            cell.add(offset).cast::<u64>().write(value);
                            barrier!(cell, offset, value);
                            next!(SetGlobal)
                        }
                    }
                    slow_unit!(SetGlobal, |cx| {
                        match cx.set_global(o.name, local!(o.src)) {
                            Ok(()) => cx.record_global(o.name, o.feedback),
                            Err(exit) => Err(exit),
                        }
                    })
                }
                Op::InitGlobal => {
                    let o = read!(InitGlobal);
                    slow_unit!(InitGlobal, |cx| cx.init_global(o.name, local!(o.src)))
                }
                Op::HasGlobal => {
                    let o = read!(HasGlobal);
                    slow!(HasGlobal, o.dst, |cx| cx.has_global(o.name))
                }
                Op::DeleteGlobal => {
                    let o = read!(DeleteGlobal);
                    slow!(DeleteGlobal, o.dst, |cx| cx.delete_global(o.name))
                }
                Op::DefineGlobalFunction => {
                    let o = read!(DefineGlobalFunction);
                    slow_unit!(DefineGlobalFunction, |cx| {
                        cx.define_global_function(o.name, local!(o.src), o.deletable != 0)
                    })
                }

                // ---- arithmetic
                Op::Add => {
                    let o = read!(Add);
                    let (a, b) = (r!(o.left), r!(o.right));
                    if is_int(a)
                        && is_int(b)
                        && let Some(result) = as_int(a).checked_add(as_int(b))
                    {
                        r!(o.dst) = int(result);
                        next!(Add)
                    }
                    if is_double(a) && is_double(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (f64::from_bits(a) + f64::from_bits(b)).to_bits();
                        next!(Add)
                    }
                    if is_number(a) && is_number(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (as_number(a) + as_number(b)).to_bits();
                        next!(Add)
                    }
                    *k.add(o.feedback as usize) |= seen_by_add(a, b);
                    slow!(Add, o.dst, |cx| cx.op_add(local!(o.left), local!(o.right)))
                }
                Op::Sub => arithmetic!(Sub, checked_sub, -, Binary::Sub),
                Op::Mul => {
                    let o = read!(Mul);
                    let (a, b) = (r!(o.left), r!(o.right));
                    if is_int(a)
                        && is_int(b)
                        && let Some(result) = as_int(a).checked_mul(as_int(b))
                        && (result != 0 || (as_int(a) | as_int(b)) >= 0)
                    {
                        r!(o.dst) = int(result);
                        next!(Mul)
                    }
                    if is_double(a) && is_double(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (f64::from_bits(a) * f64::from_bits(b)).to_bits();
                        next!(Mul)
                    }
                    if is_number(a) && is_number(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (as_number(a) * as_number(b)).to_bits();
                        next!(Mul)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(Mul, o.dst, |cx| cx.op_binary(Binary::Mul, local!(o.left), local!(o.right)))
                }
                Op::Div => {
                    let o = read!(Div);
                    let (a, b) = (r!(o.left), r!(o.right));
                    if is_number(a) && is_number(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = number(as_number(a) / as_number(b));
                        next!(Div)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(Div, o.dst, |cx| cx.op_binary(Binary::Div, local!(o.left), local!(o.right)))
                }
                Op::Mod => {
                    let o = read!(Mod);
                    let (a, b) = (r!(o.left), r!(o.right));
                    if is_int(a) && is_int(b) && as_int(a) >= 0 && as_int(b) > 0 {
                        r!(o.dst) = int((as_int(a) as u32 % as_int(b) as u32) as i32);
                        next!(Mod)
                    }
                    if is_number(a) && is_number(b) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = number(Binary::Mod.apply(as_number(a), as_number(b)));
                        next!(Mod)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(Mod, o.dst, |cx| cx.op_binary(Binary::Mod, local!(o.left), local!(o.right)))
                }
                Op::Exp => {
                    let o = read!(Exp);
                    slow!(Exp, o.dst, |cx| cx.op_binary(Binary::Exp, local!(o.left), local!(o.right)))
                }
                Op::BitAnd => bitwise!(BitAnd, Binary::BitAnd, |a, b| int(a & b)),
                Op::BitOr => bitwise!(BitOr, Binary::BitOr, |a, b| int(a | b)),
                Op::BitXor => bitwise!(BitXor, Binary::BitXor, |a, b| int(a ^ b)),
                Op::Shl => bitwise!(Shl, Binary::Shl, |a, b| int(a.wrapping_shl(b as u32))),
                Op::Shr => bitwise!(Shr, Binary::Shr, |a, b| int(a.wrapping_shr(b as u32))),
                Op::UShr => bitwise!(UShr, Binary::UShr, |a, b| unsigned((a as u32).wrapping_shr(b as u32))),
                Op::AddI => {
                    let o = read!(AddI);
                    let a = r!(o.left);
                    if is_int(a)
                        && let Some(result) = as_int(a).checked_add(o.right)
                    {
                        r!(o.dst) = int(result);
                        next!(AddI)
                    }
                    if is_number(a) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (as_number(a) + f64::from(o.right)).to_bits();
                        next!(AddI)
                    }
                    *k.add(o.feedback as usize) |= seen_by_add(a, int(o.right));
                    slow!(AddI, o.dst, |cx| {
                        let right = cx.local(Value::int(o.right));
                        cx.op_add(local!(o.left), right)
                    })
                }
                Op::SubI => arithmetic_imm!(SubI, checked_sub, -, Binary::Sub),
                Op::MulI => {
                    let o = read!(MulI);
                    let a = r!(o.left);
                    if is_int(a)
                        && let Some(result) = as_int(a).checked_mul(o.right)
                        && (result != 0 || (as_int(a) | o.right) >= 0)
                    {
                        r!(o.dst) = int(result);
                        next!(MulI)
                    }
                    if is_number(a) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = (as_number(a) * f64::from(o.right)).to_bits();
                        next!(MulI)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(MulI, o.dst, |cx| {
                        let right = cx.local(Value::int(o.right));
                        cx.op_binary(Binary::Mul, local!(o.left), right)
                    })
                }
                Op::DivI => {
                    let o = read!(DivI);
                    let a = r!(o.left);
                    if is_number(a) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = number(as_number(a) / f64::from(o.right));
                        next!(DivI)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(DivI, o.dst, |cx| {
                        let right = cx.local(Value::int(o.right));
                        cx.op_binary(Binary::Div, local!(o.left), right)
                    })
                }
                Op::ModI => {
                    let o = read!(ModI);
                    let a = r!(o.left);
                    if is_int(a) && as_int(a) >= 0 && o.right > 0 {
                        r!(o.dst) = int((as_int(a) as u32 % o.right as u32) as i32);
                        next!(ModI)
                    }
                    if is_number(a) {
                        feedback!(o.feedback, SAW_DOUBLE);
                        r!(o.dst) = number(Binary::Mod.apply(as_number(a), f64::from(o.right)));
                        next!(ModI)
                    }
                    feedback!(o.feedback, SAW_OTHER);
                    slow!(ModI, o.dst, |cx| {
                        let right = cx.local(Value::int(o.right));
                        cx.op_binary(Binary::Mod, local!(o.left), right)
                    })
                }
                Op::BitAndI => bitwise_imm!(BitAndI, Binary::BitAnd, |a, b| int(a & b)),
                Op::BitOrI => bitwise_imm!(BitOrI, Binary::BitOr, |a, b| int(a | b)),
                Op::BitXorI => bitwise_imm!(BitXorI, Binary::BitXor, |a, b| int(a ^ b)),
                Op::ShlI => bitwise_imm!(ShlI, Binary::Shl, |a, b| int(a.wrapping_shl(b as u32))),
                Op::ShrI => bitwise_imm!(ShrI, Binary::Shr, |a, b| int(a.wrapping_shr(b as u32))),
                Op::UShrI => {
                    bitwise_imm!(UShrI, Binary::UShr, |a, b| unsigned((a as u32).wrapping_shr(b as u32)))
                }
                Op::Neg => unary!(Neg, Unary::Neg, |v| if v == 0 { None } else { v.checked_neg() }, |n| (-n)
                    .to_bits()),
                Op::BitNot => {
                    unary!(BitNot, Unary::BitNot, |v| Some(!v), |n| int(!crate::base::num::to_int32(n)))
                }
                Op::Inc => unary!(Inc, Unary::Inc, |v| v.checked_add(1), |n| (n + 1.0).to_bits()),
                Op::Dec => unary!(Dec, Unary::Dec, |v| v.checked_sub(1), |n| (n - 1.0).to_bits()),
                Op::ToNumeric => {
                    let o = read!(ToNumeric);
                    let v = r!(o.src);
                    if is_number(v) {
                        r!(o.dst) = v;
                        next!(ToNumeric)
                    }
                    slow!(ToNumeric, o.dst, |cx| cx.to_numeric(local!(o.src)))
                }
                Op::ToNumber => {
                    let o = read!(ToNumber);
                    let v = r!(o.src);
                    if is_number(v) {
                        r!(o.dst) = v;
                        next!(ToNumber)
                    }
                    slow!(ToNumber, o.dst, |cx| cx.to_number(local!(o.src)))
                }
                Op::Not => {
                    let o = read!(Not);
                    let truth = truth!(r!(o.src));
                    r!(o.dst) = boolean(!truth);
                    next!(Not)
                }
                Op::Typeof => {
                    let o = read!(Typeof);
                    let cx = cx!();
                    let name = cx.type_of(Value::from_bits(r!(o.src)));
                    r!(o.dst) = cx.name(name).bits();
                    next!(Typeof)
                }
                Op::ToString => {
                    let o = read!(ToString);
                    let v = r!(o.src);
                    if is_string(v) {
                        r!(o.dst) = v;
                        next!(ToString)
                    }
                    slow!(ToString, o.dst, |cx| cx.to_string(local!(o.src)))
                }
                Op::Concat => {
                    let o = read!(Concat);
                    slow!(Concat, o.dst, |cx| cx.concat_registers(local!(o.start), o.count))
                }
                Op::ToPropertyKey => {
                    let o = read!(ToPropertyKey);
                    slow!(ToPropertyKey, o.dst, |cx| cx.to_property_key(local!(o.src)))
                }
                Op::ToElementKey => {
                    let o = read!(ToElementKey);
                    let key = r!(o.key);
                    if is_int(key) && as_int(key) >= 0 {
                        r!(o.dst) = key;
                        next!(ToElementKey)
                    }
                    slow!(ToElementKey, o.dst, |cx| cx.key_of_update(local!(o.object), local!(o.key)))
                }
                Op::ToObject => {
                    let o = read!(ToObject);
                    slow!(ToObject, o.dst, |cx| cx.to_object(local!(o.src)).map(|object| object.any()))
                }

                // ---- comparisons
                Op::Equal => loose_equality!(Equal, false),
                Op::NotEqual => loose_equality!(NotEqual, true),
                Op::StrictEqual => equality!(StrictEqual, strictly_equal, false),
                Op::StrictNotEqual => equality!(StrictNotEqual, strictly_equal, true),
                Op::Less => order!(Less, <, Order::Less),
                Op::LessEqual => order!(LessEqual, <=, Order::LessEqual),
                Op::Greater => order!(Greater, >, Order::Greater),
                Op::GreaterEqual => order!(GreaterEqual, >=, Order::GreaterEqual),
                Op::InstanceOf => {
                    let o = read!(InstanceOf);
                    slow!(InstanceOf, o.dst, |cx| cx.fast_instance_of(local!(o.left), local!(o.right)))
                }
                Op::In => {
                    let o = read!(In);
                    slow!(In, o.dst, |cx| cx.op_in(local!(o.key), local!(o.object)))
                }
                Op::PrivateIn => {
                    let o = read!(PrivateIn);
                    slow!(PrivateIn, o.dst, |cx| cx.private_in(local!(o.key), local!(o.object)))
                }

                // ---- jumps
                Op::Jump => {
                    let o = read!(Jump);
                    jump!(o.target)
                }
                Op::JumpIfTrue => {
                    let o = read!(JumpIfTrue);
                    if truth!(r!(o.src)) {
                        jump!(o.target)
                    }
                    next!(JumpIfTrue)
                }
                Op::JumpIfFalse => {
                    let o = read!(JumpIfFalse);
                    if !truth!(r!(o.src)) {
                        jump!(o.target)
                    }
                    next!(JumpIfFalse)
                }
                Op::JumpIfNullish => {
                    let o = read!(JumpIfNullish);
                    if is_nullish(r!(o.src)) {
                        jump!(o.target)
                    }
                    next!(JumpIfNullish)
                }
                Op::JumpIfNotNullish => {
                    let o = read!(JumpIfNotNullish);
                    if !is_nullish(r!(o.src)) {
                        jump!(o.target)
                    }
                    next!(JumpIfNotNullish)
                }
                Op::JumpIfNull => {
                    let o = read!(JumpIfNull);
                    let v = r!(o.src);
                    if is_nullish(v) || (is_object(v) && cx!().is_html_dda(Value::from_bits(v))) {
                        jump!(o.target)
                    }
                    next!(JumpIfNull)
                }
                Op::JumpIfNotNull => {
                    let o = read!(JumpIfNotNull);
                    let v = r!(o.src);
                    if !is_nullish(v) && (!is_object(v) || !cx!().is_html_dda(Value::from_bits(v))) {
                        jump!(o.target)
                    }
                    next!(JumpIfNotNull)
                }
                Op::JumpIfUndefined => {
                    let o = read!(JumpIfUndefined);
                    if r!(o.src) == UNDEFINED {
                        jump!(o.target)
                    }
                    next!(JumpIfUndefined)
                }
                Op::JumpIfNotUndefined => {
                    let o = read!(JumpIfNotUndefined);
                    if r!(o.src) != UNDEFINED {
                        jump!(o.target)
                    }
                    next!(JumpIfNotUndefined)
                }
                Op::JumpIfLess => jump_order!(JumpIfLess, <, Order::Less, 0),
                Op::JumpIfLessEqual => jump_order!(JumpIfLessEqual, <=, Order::LessEqual, 0),
                Op::JumpIfGreater => jump_order!(JumpIfGreater, >, Order::Greater, 0),
                Op::JumpIfGreaterEqual => jump_order!(JumpIfGreaterEqual, >=, Order::GreaterEqual, 0),
                Op::JumpIfNotLess => jump_order!(JumpIfNotLess, <, Order::Less, 1),
                Op::JumpIfNotLessEqual => jump_order!(JumpIfNotLessEqual, <=, Order::LessEqual, 1),
                Op::JumpIfNotGreater => jump_order!(JumpIfNotGreater, >, Order::Greater, 1),
                Op::JumpIfNotGreaterEqual => jump_order!(JumpIfNotGreaterEqual, >=, Order::GreaterEqual, 1),
                Op::JumpIfEqual => jump_equal!(JumpIfEqual, true, 0),
                Op::JumpIfNotEqual => jump_equal!(JumpIfNotEqual, true, 1),
                Op::JumpIfStrictEqual => jump_equal!(JumpIfStrictEqual, false, 0),
                Op::JumpIfStrictNotEqual => jump_equal!(JumpIfStrictNotEqual, false, 1),
                Op::JumpIfLessI => jump_order_imm!(JumpIfLessI, <, Order::Less, 0),
                Op::JumpIfLessEqualI => jump_order_imm!(JumpIfLessEqualI, <=, Order::LessEqual, 0),
                Op::JumpIfGreaterI => jump_order_imm!(JumpIfGreaterI, >, Order::Greater, 0),
                Op::JumpIfGreaterEqualI => jump_order_imm!(JumpIfGreaterEqualI, >=, Order::GreaterEqual, 0),
                Op::JumpIfNotLessI => jump_order_imm!(JumpIfNotLessI, <, Order::Less, 1),
                Op::JumpIfNotLessEqualI => jump_order_imm!(JumpIfNotLessEqualI, <=, Order::LessEqual, 1),
                Op::JumpIfNotGreaterI => jump_order_imm!(JumpIfNotGreaterI, >, Order::Greater, 1),
                Op::JumpIfNotGreaterEqualI => {
                    jump_order_imm!(JumpIfNotGreaterEqualI, >=, Order::GreaterEqual, 1)
                }
                Op::JumpIfStrictEqualI => jump_equal_imm!(JumpIfStrictEqualI, 0),
                Op::JumpIfStrictNotEqualI => jump_equal_imm!(JumpIfStrictNotEqualI, 1),
                Op::Switch => {
                    let o = read!(Switch);
                    let v = r!(o.src);
                    if is_int(v) {
                        let table = cell!(*k.add(o.table as usize));
                        let entries = table.add(4).cast::<u32>().read() / 4;
                        let words = table.add(8).cast::<u32>();
                        let low = words.read() as i32;
                        let index = i64::from(as_int(v)) - i64::from(low);
                        if index >= 0 && index < i64::from(entries) - 1 {
                            let target = words.add(1 + index as usize).read();
                            let delta = i64::from(target) - start!().offset_from(code) as i64;
                            jump!(delta as i32)
                        }
                    }
                    next!(Switch)
                }

                // ---- properties
                Op::GetProp => {
                    let o = read!(GetProp);
                    let v = r!(o.object);
                    if is_object(v) {
                        let object = cell!(v);
                        let words = k.add(o.feedback as usize);
                        let w0 = *words;
                        if object.add(4).cast::<u32>().read() == w0 as u32 {
                            let place = (w0 >> 32) as u32 & 0xFFFF;
                            if place < OUT_OF_LINE {
                                r!(o.dst) = object.add(place as usize * 8).cast::<u64>().read();
                                next!(GetProp)
                            }
                            if place < ELSEWHERE {
                                r!(o.dst) = read_place(base, object, place);
                                next!(GetProp)
                            }
                            if place == ELSEWHERE && cell!(*words.add(2)).add(4).cast::<u32>().read() == 1 {
                                let w1 = *words.add(1);
                                r!(o.dst) = read_place(base, cell!(w1), (w1 >> 32) as u32 & 0xFFFF);
                                next!(GetProp)
                            }
                        } else if w0 == POLYMORPHIC
                            && let Some(value) = poly_get(base, *words.add(1), object)
                        {
                            r!(o.dst) = value;
                            next!(GetProp)
                        }
                    } else {
                        let words = k.add(o.feedback as usize);
                        let (w0, w1) = (*words, *words.add(1));
                        let place = (w0 >> 32) as u32 & 0xFFFF;
                        let fits = place == ON_STRING && is_string(v) || place == ON_NUMBER && is_number(v);
                        if fits && cell!(w1).add(4).cast::<u32>().read() == w0 as u32 && tag(w0) == TAG_CELL {
                            r!(o.dst) = read_place(base, cell!(w1), (w1 >> 32) as u32 & 0xFFFF);
                            next!(GetProp)
                        }
                    }
                    slow!(GetProp, o.dst, |cx| cx.get_prop(local!(o.object), o.name, o.feedback))
                }
                Op::GetLength => {
                    let o = read!(GetLength);
                    let v = r!(o.object);
                    if is_object(v) {
                        let object = cell!(v);
                        if object.read() == kind::Array {
                            let length = object.add(16).cast::<u32>().read();
                            r!(o.dst) = unsigned(length);
                            next!(GetLength)
                        }
                    } else if is_string(v) {
                        r!(o.dst) = int(cell!(v).add(4).cast::<u32>().read() as i32);
                        next!(GetLength)
                    }
                    slow!(GetLength, o.dst, |cx| cx.get_length(local!(o.object), o.name, o.feedback))
                }
                Op::SetProp => {
                    let o = read!(SetProp);
                    let v = r!(o.object);
                    if is_object(v) {
                        let object = cell!(v);
                        let words = k.add(o.feedback as usize);
                        let w0 = *words;
                        if object.add(4).cast::<u32>().read() == w0 as u32 {
                            let place = (w0 >> 32) as u32 & 0xFFFF;
                            let value = r!(o.src);
                            if place < OUT_OF_LINE {
                                let offset = place as usize * 8;
                                object.add(offset).cast::<u64>().write(value);
                                barrier!(object, offset, value);
                                next!(SetProp)
                            }
                            if place < ELSEWHERE {
                                let (cell, offset) = place_address(base, object, place);
                                cell.add(offset).cast::<u64>().write(value);
                                barrier!(cell, offset, value);
                                next!(SetProp)
                            }
                            // A transition, to an inline slot.
                            let is_transition = place == ELSEWHERE;
                            let w1 = *words.add(1);
                            let place = (w1 >> 32) as u32 & 0xFFFF;
                            if is_transition
                                && place < OUT_OF_LINE
                                && cell!(*words.add(2)).add(4).cast::<u32>().read() == 1
                            {
                                object.add(4).cast::<u32>().write(w1 as u32);
                                let offset = place as usize * 8;
                                object.add(offset).cast::<u64>().write(value);
                                barrier!(object, offset, value);
                                next!(SetProp)
                            }
                        }
                    }
                    slow_unit!(SetProp, |cx| cx.set_prop(local!(o.object), o.name, local!(o.src), o.feedback))
                }
                Op::GetElem => {
                    let o = read!(GetElem);
                    let (v, key) = (r!(o.object), r!(o.key));
                    if is_object(v) && is_int(key) {
                        let object = cell!(v);
                        let elements = cell!(object.add(12).cast::<u32>().read());
                        let index = as_int(key) as u32;
                        if index < elements.add(4).cast::<u32>().read() {
                            let value = elements.add(8 + 8 * index as usize).cast::<u64>().read();
                            if value != HOLE {
                                feedback!(o.feedback, SAW_DENSE);
                                r!(o.dst) = value;
                                next!(GetElem)
                            }
                        }
                        if object.read() == kind::TypedArray
                            && let Some(value) = typed_load(base, object, index)
                        {
                            feedback!(o.feedback, saw_typed(object));
                            r!(o.dst) = value;
                            next!(GetElem)
                        }
                    } else if is_string(v) && is_int(key) {
                        let string = cell!(v);
                        let index = as_int(key) as u32;
                        if string.read() == kind::Latin1 && index < string.add(4).cast::<u32>().read() {
                            feedback!(o.feedback, SAW_STRING);
                            let byte = string.add(12 + index as usize).read();
                            let cx = cx!();
                            let character = cx.character(byte);
                            let bits = character.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(GetElem)
                        }
                    }
                    feedback!(o.feedback, SAW_ELSEWHERE);
                    slow!(GetElem, o.dst, |cx| cx.get_elem(local!(o.object), local!(o.key)))
                }
                Op::SetElem => {
                    let o = read!(SetElem);
                    let (v, key) = (r!(o.object), r!(o.key));
                    if is_object(v) && is_int(key) {
                        let object = cell!(v);
                        let elements = cell!(object.add(12).cast::<u32>().read());
                        let index = as_int(key) as u32;
                        if index < elements.add(4).cast::<u32>().read()
                            && elements.add(1).read() & flag::FROZEN == 0
                            && object.read() != kind::Arguments
                        {
                            let offset = 8 + 8 * index as usize;
                            if elements.add(offset).cast::<u64>().read() != HOLE {
                                feedback!(o.feedback, SAW_DENSE);
                                let value = r!(o.src);
                                elements.add(offset).cast::<u64>().write(value);
                                note_kind(elements, value);
                                barrier!(elements, offset, value);
                                next!(SetElem)
                            }
                        }
                        if object.read() == kind::TypedArray && typed_store(base, object, index, r!(o.src)) {
                            feedback!(o.feedback, saw_typed(object));
                            next!(SetElem)
                        }
                    }
                    feedback!(o.feedback, SAW_ELSEWHERE);
                    slow_unit!(SetElem, |cx| cx.set_elem(local!(o.object), local!(o.key), local!(o.src)))
                }
                Op::DeleteProp => {
                    let o = read!(DeleteProp);
                    slow!(DeleteProp, o.dst, |cx| {
                        let key = cx.constant_key(o.name);
                        cx.delete_value(local!(o.object), key)
                    })
                }
                Op::DeleteElem => {
                    let o = read!(DeleteElem);
                    slow!(DeleteElem, o.dst, |cx| cx.delete_elem(local!(o.object), local!(o.key)))
                }
                Op::GetSuper => {
                    let o = read!(GetSuper);
                    slow!(GetSuper, o.dst, |cx| cx.get_super(local!(o.home), local!(o.key), local!(o.this)))
                }
                Op::SuperBase => {
                    let o = read!(SuperBase);
                    slow!(SuperBase, o.dst, |cx| Ok(cx.super_base(local!(o.home))))
                }
                Op::GetSuperFrom => {
                    let o = read!(GetSuperFrom);
                    slow!(GetSuperFrom, o.dst, |cx| {
                        cx.get_super_from(local!(o.base), local!(o.key), local!(o.this))
                    })
                }
                Op::SetSuper => {
                    let o = read!(SetSuper);
                    slow_unit!(SetSuper, |cx| {
                        cx.set_super(local!(o.base), local!(o.key), local!(o.src), local!(o.this))
                    })
                }
                Op::InitProp => {
                    let o = read!(InitProp);
                    let v = r!(o.object);
                    if is_object(v) {
                        let object = cell!(v);
                        let words = k.add(o.feedback as usize);
                        let w0 = *words;
                        if object.add(4).cast::<u32>().read() == w0 as u32
                            && (w0 >> 32) as u32 & 0xFFFF == ELSEWHERE
                        {
                            let w1 = *words.add(1);
                            let place = (w1 >> 32) as u32 & 0xFFFF;
                            if place < OUT_OF_LINE {
                                let value = r!(o.src);
                                object.add(4).cast::<u32>().write(w1 as u32);
                                let offset = place as usize * 8;
                                object.add(offset).cast::<u64>().write(value);
                                barrier!(object, offset, value);
                                next!(InitProp)
                            }
                        }
                    }
                    slow_unit!(InitProp, |cx| cx.init_prop(
                        local!(o.object),
                        o.name,
                        local!(o.src),
                        o.feedback
                    ))
                }
                Op::InitElem => {
                    let o = read!(InitElem);
                    slow_unit!(InitElem, |cx| cx.init_elem(local!(o.object), local!(o.key), local!(o.src)))
                }
                Op::InitProto => {
                    let o = read!(InitProto);
                    slow_unit!(InitProto, |cx| cx.init_proto(local!(o.object), local!(o.src)))
                }
                Op::DefineMethod => {
                    let o = read!(DefineMethod);
                    slow_unit!(DefineMethod, |cx| {
                        cx.define_method(local!(o.object), local!(o.key), local!(o.function), o.kind)
                    })
                }
                Op::SetFunctionName => {
                    let o = read!(SetFunctionName);
                    slow_unit!(SetFunctionName, |cx| cx.name_function(
                        local!(o.function),
                        local!(o.key),
                        o.prefix
                    ))
                }
                Op::SetHome => {
                    let o = read!(SetHome);
                    slow_unit!(SetHome, |cx| cx.set_home(local!(o.function), local!(o.home)))
                }
                Op::NewPrivateName => {
                    let o = read!(NewPrivateName);
                    slow!(NewPrivateName, o.dst, |cx| {
                        let description = cx.constant(o.name);
                        cx.new_symbol(description, crate::object::symbol::symbol_flag::PRIVATE)
                            .map(|s| s.any())
                    })
                }
                Op::GetPrivate => {
                    let o = read!(GetPrivate);
                    let (v, words) = (r!(o.object), k.add(o.feedback as usize));
                    let w0 = *words;
                    if is_object(v) && tag(w0) == TAG_CELL && *words.add(1) == r!(o.key) {
                        let object = cell!(v);
                        if object.add(4).cast::<u32>().read() == w0 as u32 {
                            r!(o.dst) = read_place(base, object, (w0 >> 32) as u32 & 0xFFFF);
                            next!(GetPrivate)
                        }
                    }
                    slow!(GetPrivate, o.dst, |cx| cx.get_private(local!(o.object), local!(o.key), o.feedback))
                }
                Op::SetPrivate => {
                    let o = read!(SetPrivate);
                    let (v, words) = (r!(o.object), k.add(o.feedback as usize));
                    let w0 = *words;
                    if is_object(v) && tag(w0) == TAG_CELL && *words.add(1) == r!(o.key) {
                        let object = cell!(v);
                        if object.add(4).cast::<u32>().read() == w0 as u32 {
                            let value = r!(o.src);
                            let (cell, offset) = place_address(base, object, (w0 >> 32) as u32 & 0xFFFF);
                            cell.add(offset).cast::<u64>().write(value);
                            barrier!(cell, offset, value);
                            next!(SetPrivate)
                        }
                    }
                    slow_unit!(SetPrivate, |cx| cx.set_private(
                        local!(o.object),
                        local!(o.key),
                        local!(o.src),
                        o.feedback
                    ))
                }
                Op::DefinePrivate => {
                    let o = read!(DefinePrivate);
                    slow_unit!(DefinePrivate, |cx| {
                        cx.define_private(local!(o.object), local!(o.key), local!(o.src), o.kind)
                    })
                }
                Op::CopyDataProps => {
                    let o = read!(CopyDataProps);
                    slow_unit!(CopyDataProps, |cx| {
                        cx.copy_data_properties(local!(o.object), local!(o.src), local!(o.start), o.count)
                    })
                }

                // ---- objects
                Op::NewObject => {
                    let o = read!(NewObject);
                    slow!(NewObject, o.dst, |cx| cx.new_object_literal(o.capacity))
                }
                Op::ObjectFromRegs => {
                    let o = read!(ObjectFromRegs);
                    let shape = *k.add(o.feedback as usize);
                    if tag(shape) == TAG_CELL {
                        let bytes = 16 + 8 * o.count as usize;
                        if let Some(object) = bump(isolate, base, bytes) {
                            let empty = empty_elements(base);
                            object.cast::<u32>().write(u32::from(kind::Plain) | ((bytes / 8) as u32) << 16);
                            object.add(4).cast::<u32>().write(shape as u32);
                            object.add(8).cast::<u32>().write(0);
                            object.add(12).cast::<u32>().write(empty);
                            for i in 0..o.count as usize {
                                object.add(16 + 8 * i).cast::<u64>().write(*fp.add(o.start as usize + i));
                            }
                            r!(o.dst) = reference(TAG_OBJECT, (object.offset_from(base) >> 3) as u32);
                            next!(ObjectFromRegs)
                        }
                    }
                    slow!(ObjectFromRegs, o.dst, |cx| {
                        cx.object_from_registers(o.keys, local!(o.start), o.feedback)
                    })
                }
                Op::NewArray => {
                    let o = read!(NewArray);
                    slow!(NewArray, o.dst, |cx| cx.new_array_literal(o.capacity))
                }
                Op::ArrayFromRegs => {
                    let o = read!(ArrayFromRegs);
                    slow!(ArrayFromRegs, o.dst, |cx| cx.array_from_registers(local!(o.start), o.count))
                }
                Op::ArrayPush => {
                    let o = read!(ArrayPush);
                    slow_unit!(ArrayPush, |cx| cx.array_literal_push(local!(o.array), Some(local!(o.src))))
                }
                Op::ArrayPushHole => {
                    let o = read!(ArrayPushHole);
                    slow_unit!(ArrayPushHole, |cx| cx.array_literal_push(local!(o.array), None))
                }
                Op::ArraySpread => {
                    let o = read!(ArraySpread);
                    slow_unit!(ArraySpread, |cx| cx.array_spread(local!(o.array), local!(o.src)))
                }
                Op::NewRegExp => {
                    let o = read!(NewRegExp);
                    slow!(NewRegExp, o.dst, |cx| {
                        let (pattern, flags) = (cx.constant(o.pattern), cx.constant(o.flags));
                        cx.new_regexp(pattern, flags)
                    })
                }
                Op::GetTemplate => {
                    let o = read!(GetTemplate);
                    let v = *k.add(o.template as usize);
                    if is_object(v) {
                        r!(o.dst) = v;
                        next!(GetTemplate)
                    }
                    slow!(GetTemplate, o.dst, |cx| cx.template_object(o.template))
                }
                Op::Closure => {
                    let o = read!(Closure);
                    slow!(Closure, o.dst, |cx| cx.closure(o.function, Some(local!(o.env))))
                }
                Op::ClosureRoot => {
                    let o = read!(ClosureRoot);
                    slow!(ClosureRoot, o.dst, |cx| cx.closure(o.function, None))
                }
                Op::NewClass => {
                    let o = read!(NewClass);
                    let constructor = r!(o.constructor);
                    save!(NewClass, o.dst + 1, ReturnKind::Value);
                    let cx = cx!();
                    let result = cx.new_class(local!(o.heritage), local!(o.constructor));
                    match result {
                        Ok(prototype) => {
                            let bits = prototype.value(cx).bits();
                            // The class may have moved.
                            r!(o.dst) = r!(o.constructor);
                            r!(o.dst + 1) = bits;
                            next!(NewClass)
                        }
                        Err(exit) => {
                            r!(o.dst) =
                                if matches!(exit, Exit::Call(_)) { r!(o.constructor) } else { constructor };
                            return Flow::Exit(exit);
                        }
                    }
                }
                Op::SetFieldInit => {
                    let o = read!(SetFieldInit);
                    slow_unit!(SetFieldInit, |cx| cx
                        .set_field_init(local!(o.constructor), local!(o.function)))
                }
                Op::RunFieldInit => {
                    let o = read!(RunFieldInit);
                    slow_unit!(RunFieldInit, |cx| cx.run_field_init(local!(o.this), local!(o.function)))
                }
                Op::NewArguments => {
                    let o = read!(NewArguments);
                    slow!(NewArguments, o.dst, |cx| cx.new_arguments())
                }
                Op::NewMappedArguments => {
                    let o = read!(NewMappedArguments);
                    slow!(NewMappedArguments, o.dst, |cx| cx.new_mapped_arguments(local!(o.env), o.slots))
                }
                Op::NewRest => {
                    let o = read!(NewRest);
                    slow!(NewRest, o.dst, |cx| cx.new_rest(o.from))
                }

                // ---- calls
                Op::Call | Op::CallMethod => {
                    // Both have the same operands; Call's receiver is undefined.
                    let o = read!(CallMethod);
                    let window = fp.add((o.window as u32 + FRAME_HEADER) as usize);
                    if op == Op::Call as u8 {
                        *window = UNDEFINED;
                    }
                    let callee = r!(o.callee);
                    if is_object(callee) {
                        let function = cell!(callee);
                        if function.read() == kind::Function {
                            let template = cell!(function.add(16).cast::<u32>().read());
                            let flags = template.add(4).cast::<u32>().read();
                            let entry = template.add(9).read();
                            let (params, argc) = (template.add(24).cast::<u32>().read(), o.count as u32);
                            let plain =
                                entry == 0 && (argc <= params || flags & template_flag::KEEPS_ARGUMENTS == 0);
                            let slot = window.offset_from(stack) as u32;
                            let registers = template.add(20).cast::<u32>().read();
                            if plain && slot + registers < (*isolate).heap.guest_limit() {
                                callee_feedback!(o.feedback, callee);
                                save!(CallMethod, o.dst, ReturnKind::Value);
                                enter_function!(window, slot, template, callee, params, argc, 0, UNDEFINED)
                            }
                        }
                    }
                    save!(CallMethod, o.dst, ReturnKind::Value);
                    *window.offset(CALLEE) = callee;
                    *window.offset(NEW_TARGET) = UNDEFINED;
                    let cx = (*isolate).cx();
                    let slot = window.offset_from(stack) as u32;
                    cx.heap.set_top(slot + 1 + o.count as u32);
                    if let Some(code) = native_code(base, callee) {
                        callee_feedback!(o.feedback, callee);
                        *window.offset(LINK) = frame::link(window.offset_from(fp) as u32, o.count as u32, 0);
                        match cx.call_native(code, slot, o.count as u32) {
                            Ok(Entered::Value(value)) => {
                                let bits = value.value(cx).bits();
                                r!(o.dst) = bits;
                                next!(CallMethod)
                            }
                            Ok(Entered::Frame) => {
                                if let Err(exit) = poll_entry(cx) {
                                    return Flow::Exit(exit);
                                }
                                enter_frame!()
                            }
                            Err(exit) => return Flow::Exit(exit),
                        }
                    }
                    if is_object(callee) {
                        callee_feedback!(o.feedback, callee);
                    }
                    let call = PreparedCall { frame: slot, argc: o.count as u32, construct: false };
                    match cx.enter(call, 0) {
                        Ok(Entered::Value(value)) => {
                            let bits = value.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(CallMethod)
                        }
                        Ok(Entered::Frame) => {
                            if let Err(exit) = poll_entry(cx) {
                                return Flow::Exit(exit);
                            }
                            enter_frame!()
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::New => {
                    let o = read!(New);
                    let window = fp.add((o.window as u32 + FRAME_HEADER) as usize);
                    let callee = r!(o.callee);
                    // A constructor of bytecode whose objects' shape is known: the object is made here.
                    let seen = *k.add(o.feedback as usize + 1);
                    if is_object(callee) && tag(seen) == TAG_CELL {
                        let function = cell!(callee);
                        let extra = cell!(function.add(24).cast::<u32>().read());
                        let template = cell!(function.add(16).cast::<u32>().read());
                        let (params, argc) = (template.add(24).cast::<u32>().read(), o.count as u32);
                        let flags = template.add(4).cast::<u32>().read();
                        let keeps = flags & template_flag::KEEPS_ARGUMENTS != 0;
                        let constructs = flags & (template_flag::CONSTRUCTOR | template_flag::DERIVED);
                        let slot = window.offset_from(stack) as u32;
                        let room =
                            slot + template.add(20).cast::<u32>().read() < (*isolate).heap.guest_limit();
                        // Functions share shapes: what else is taken for granted below is asked for. Offset 0 of the
                        // cage reads as zero.
                        if function.add(4).cast::<u32>().read() == seen as u32
                            && function.read() == kind::Function
                            && constructs == template_flag::CONSTRUCTOR
                            && template.add(16).cast::<u32>().read() != 0
                            && extra.add(4).cast::<u32>().read() != 0
                            && (argc <= params || !keeps)
                            && room
                        {
                            let place = (seen >> 32) as u32 & 0xFFFF;
                            let proto = if place == NEW_LAZY {
                                extra.add(24).cast::<u64>().read()
                            } else {
                                read_place(base, function, place)
                            };
                            let shape = extra.add(4).cast::<u32>().read();
                            let inline = cell!(shape).add(29).read() as usize;
                            if proto == extra.add(32).cast::<u64>().read()
                                && let Some(object) = bump(isolate, base, 16 + 8 * inline)
                            {
                                let empty = empty_elements(base);
                                object
                                    .cast::<u32>()
                                    .write(u32::from(kind::Plain) | ((2 + inline) as u32) << 16);
                                object.add(4).cast::<u32>().write(shape);
                                object.add(8).cast::<u32>().write(0);
                                object.add(12).cast::<u32>().write(empty);
                                for i in 0..inline {
                                    object.add(16 + 8 * i).cast::<u64>().write(UNDEFINED);
                                }
                                callee_feedback!(o.feedback, callee);
                                save!(New, o.dst, ReturnKind::Value);
                                *window = reference(TAG_OBJECT, (object.offset_from(base) >> 3) as u32);
                                enter_function!(
                                    window,
                                    slot,
                                    template,
                                    callee,
                                    params,
                                    argc,
                                    link_flag::CONSTRUCT,
                                    callee
                                )
                            }
                        }
                    }
                    if is_object(callee) {
                        callee_feedback!(o.feedback, callee);
                    }
                    *window = HOLE;
                    *window.offset(CALLEE) = callee;
                    *window.offset(NEW_TARGET) = callee;
                    save!(New, o.dst, ReturnKind::Value);
                    let cx = (*isolate).cx();
                    let slot = window.offset_from(stack) as u32;
                    cx.heap.set_top(slot + 1 + o.count as u32);
                    let call = PreparedCall { frame: slot, argc: o.count as u32, construct: true };
                    match cx.enter(call, 0) {
                        Ok(Entered::Value(value)) => {
                            let bits = value.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(New)
                        }
                        Ok(Entered::Frame) => {
                            if let Err(exit) = poll_entry(cx) {
                                return Flow::Exit(exit);
                            }
                            record_new(cx, k, o.feedback as usize + 1);
                            enter_frame!()
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::CallSpread => {
                    let o = read!(CallSpread);
                    slow!(CallSpread, o.dst, |cx| {
                        let exit = cx.spread_call(local!(o.callee), local!(o.this), local!(o.array));
                        cx.booked(Err(exit))
                    })
                }
                Op::NewSpread => {
                    let o = read!(NewSpread);
                    slow!(NewSpread, o.dst, |cx| {
                        let exit = cx.spread_construct(local!(o.callee), local!(o.callee), local!(o.array));
                        cx.booked(Err(exit))
                    })
                }
                Op::SuperCall => {
                    let o = read!(SuperCall);
                    save!(SuperCall, o.dst, ReturnKind::Value);
                    let cx = (*isolate).cx();
                    let window = fp.add((o.window as u32 + FRAME_HEADER) as usize);
                    let slot = window.offset_from(stack) as u32;
                    cx.heap.set_top(slot + 1 + o.count as u32);
                    *window = HOLE;
                    *window.offset(NEW_TARGET) = r!(o.target);
                    match cx.super_constructor(local!(o.function)) {
                        Ok(parent) => {
                            let bits = parent.value(cx).bits();
                            *window.offset(CALLEE) = bits;
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                    cx.heap.set_top(slot + 1 + o.count as u32);
                    let call = PreparedCall { frame: slot, argc: o.count as u32, construct: true };
                    match cx.enter(call, 0) {
                        Ok(Entered::Value(value)) => {
                            let bits = value.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(SuperCall)
                        }
                        Ok(Entered::Frame) => {
                            if let Err(exit) = poll_entry(cx) {
                                return Flow::Exit(exit);
                            }
                            enter_frame!()
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::SuperCallSpread => {
                    let o = read!(SuperCallSpread);
                    slow!(SuperCallSpread, o.dst, |cx| {
                        match cx.super_constructor(local!(o.function)) {
                            Ok(parent) => {
                                let exit = cx.spread_construct(parent, local!(o.target), local!(o.array));
                                cx.booked(Err(exit))
                            }
                            Err(exit) => Err(exit),
                        }
                    })
                }
                Op::DirectEval => {
                    let o = read!(DirectEval);
                    let window = o.window + FRAME_HEADER as i32;
                    slow!(DirectEval, o.dst, |cx| {
                        cx.direct_eval(local!(o.callee), local!(window), o.count, local!(o.env), o.context)
                    })
                }
                Op::DirectEvalSpread => {
                    let o = read!(DirectEvalSpread);
                    slow!(DirectEvalSpread, o.dst, |cx| {
                        let (callee, this, array) = (local!(o.callee), local!(o.this), local!(o.array));
                        cx.direct_eval_spread(callee, this, array, local!(o.env), o.context)
                    })
                }
                Op::CallIntrinsic => {
                    let o = read!(CallIntrinsic);
                    save!(CallIntrinsic, o.dst, ReturnKind::Value);
                    let cx = cx!();
                    match cx.call_intrinsic(o.intrinsic, local!(o.start), o.count) {
                        Ok(value) => {
                            let bits = value.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(CallIntrinsic)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::GetIntrinsic => {
                    let o = read!(GetIntrinsic);
                    let cx = cx!();
                    let value = cx.realm().at(cx, o.intrinsic as usize).bits();
                    r!(o.dst) = value;
                    next!(GetIntrinsic)
                }
                Op::GetSelfHosted => {
                    let o = read!(GetSelfHosted);
                    slow!(GetSelfHosted, o.dst, |cx| cx.library_function(o.function as u32).map(|f| f.any()))
                }
                Op::Return => {
                    let o = read!(Return);
                    give_back!(r!(o.src))
                }
                Op::ReturnDerived => {
                    let o = read!(ReturnDerived);
                    let v = r!(o.src);
                    if is_object(v) {
                        give_back!(v)
                    }
                    save!(ReturnDerived, 0, ReturnKind::Discard);
                    if v != UNDEFINED {
                        let cx = cx!();
                        let message = "Derived constructors may only return object or undefined";
                        return Flow::Exit(cx.type_error(message));
                    }
                    let this = r!(o.this);
                    if this == HOLE {
                        let cx = cx!();
                        let message = "Must call super constructor in derived class before accessing 'this' or returning from derived constructor";
                        return Flow::Exit(cx.throw(ErrorKind::ReferenceError, message));
                    }
                    give_back!(this)
                }
                Op::Throw => {
                    let o = read!(Throw);
                    save!(Throw, 0, ReturnKind::Discard);
                    let cx = cx!();
                    return Flow::Exit(cx.throw_value(local!(o.src)));
                }
                Op::ThrowError => {
                    let o = read!(ThrowError);
                    save!(ThrowError, 0, ReturnKind::Discard);
                    let cx = cx!();
                    return Flow::Exit(cx.throw_constant(o.kind, o.message));
                }
                Op::CheckCoercible => {
                    let o = read!(CheckCoercible);
                    if !is_nullish(r!(o.src)) {
                        next!(CheckCoercible)
                    }
                    slow_unit!(CheckCoercible, |cx| Err(cx.not_coercible(local!(o.src), o.what)))
                }
                Op::CheckObject => {
                    let o = read!(CheckObject);
                    if is_object(r!(o.src)) {
                        next!(CheckObject)
                    }
                    slow_unit!(CheckObject, |cx| {
                        let shown = cx.describe(local!(o.src));
                        let iterator = o.message == CheckMessage::IteratorResult as i32;
                        let prefix = if iterator { "Iterator result " } else { "" };
                        Err(cx.type_error(&format!("{prefix}{shown} is not an object")))
                    })
                }
                Op::DynamicImport => {
                    let o = read!(DynamicImport);
                    slow!(DynamicImport, o.dst, |cx| cx
                        .dynamic_import(local!(o.specifier), local!(o.options)))
                }
                Op::ImportMeta => {
                    let o = read!(ImportMeta);
                    slow!(ImportMeta, o.dst, |cx| cx.import_meta())
                }

                // ---- iteration
                Op::ArraysIteratePlainly => {
                    let o = read!(ArraysIteratePlainly);
                    let cx = cx!();
                    let plain = cx.arrays_iterate_plainly(cx.realm());
                    r!(o.dst) = if plain { TRUE } else { FALSE };
                    next!(ArraysIteratePlainly)
                }
                Op::GetIterator => {
                    let o = read!(GetIterator);
                    r!(o.iterator + 1) = UNDEFINED;
                    r!(o.iterator + 2) = UNDEFINED;
                    save!(GetIterator, o.iterator, ReturnKind::Value);
                    let cx = cx!();
                    match cx.get_iterator(local!(o.iterator), local!(o.object)) {
                        Ok(()) => {
                            let seen = match r!(o.iterator + 1) {
                                FAST_ARRAY => SAW_DENSE,
                                FAST_TYPED => saw_typed(cell!(r!(o.iterator))),
                                FAST_STRING => SAW_STRING,
                                _ => SAW_ELSEWHERE,
                            };
                            feedback!(o.feedback, seen);
                            next!(GetIterator)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::IteratorMethod => {
                    let o = read!(IteratorMethod);
                    if r!(o.iterator + 1) != UNDEFINED {
                        next!(IteratorMethod)
                    }
                    slow!(IteratorMethod, o.iterator + 1, |cx| cx.iterator_method(local!(o.iterator)))
                }
                Op::IteratorNext => {
                    let o = read!(IteratorNext);
                    let method = r!(o.iterator + 1);
                    if method == FAST_ARRAY {
                        let array = cell!(r!(o.iterator));
                        let index = as_int(r!(o.iterator + 2)) as u32;
                        if index < array.add(16).cast::<u32>().read() {
                            let elements = cell!(array.add(12).cast::<u32>().read());
                            if index < elements.add(4).cast::<u32>().read() {
                                let value = elements.add(8 + 8 * index as usize).cast::<u64>().read();
                                if value != HOLE {
                                    r!(o.iterator + 2) = int(index as i32 + 1);
                                    r!(o.dst) = value;
                                    next!(IteratorNext)
                                }
                            }
                        }
                    }
                    if method == FAST_TYPED {
                        let (array, index) = (cell!(r!(o.iterator)), as_int(r!(o.iterator + 2)));
                        if let Some(value) = typed_load(base, array, index as u32) {
                            r!(o.iterator + 2) = int(index + 1);
                            r!(o.dst) = value;
                            next!(IteratorNext)
                        }
                    }
                    if method == FAST_STRING {
                        let (string, index) = (cell!(r!(o.iterator)), as_int(r!(o.iterator + 2)) as u32);
                        if string.read() == kind::Latin1 && index < string.add(4).cast::<u32>().read() {
                            r!(o.iterator + 2) = int(index as i32 + 1);
                            r!(o.dst) = cx!().character_bits(string.add(12 + index as usize).read());
                            next!(IteratorNext)
                        }
                    }
                    save_start!(o.dst, ReturnKind::Iterate);
                    let cx = cx!();
                    match cx.step_generator(local!(o.iterator), local!(o.iterator + 1)) {
                        Some(Ok(())) => match cx.resumption() {
                            Some(entry) => {
                                return run_code(machine, entry, stack.add((*isolate).vm.frame as usize));
                            }
                            None => enter_frame!(),
                        },
                        Some(Err(exit)) => return Flow::Exit(exit),
                        None => {}
                    }
                    match cx.iterator_next(local!(o.iterator), local!(o.iterator + 1)) {
                        Ok(Step::Value(value)) => {
                            let bits = value.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(IteratorNext)
                        }
                        Ok(Step::Done) => jump!(o.target),
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::IteratorClose => {
                    let o = read!(IteratorClose);
                    slow_unit!(IteratorClose, |cx| {
                        cx.iterator_close(local!(o.iterator), local!(o.iterator + 1), o.quiet != 0)
                    })
                }
                Op::GetAsyncIterator => {
                    let o = read!(GetAsyncIterator);
                    r!(o.iterator + 1) = UNDEFINED;
                    r!(o.iterator + 2) = UNDEFINED;
                    slow!(GetAsyncIterator, o.iterator, |cx| cx.get_async_iterator(local!(o.object)))
                }
                Op::IteratorParts => {
                    let o = read!(IteratorParts);
                    save!(IteratorParts, o.dst, ReturnKind::Discard);
                    let cx = cx!();
                    match cx.iterator_parts(local!(o.iterator), local!(o.iterator + 1)) {
                        Ok((iterator, method)) => {
                            let (a, b) = (iterator.value(cx).bits(), method.value(cx).bits());
                            r!(o.dst) = a;
                            r!(o.dst + 1) = b;
                            next!(IteratorParts)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::ForInStart => {
                    let o = read!(ForInStart);
                    slow!(ForInStart, o.keys, |cx| cx.for_in_start(local!(o.object)))
                }
                Op::ForInNext => {
                    let o = read!(ForInNext);
                    save_start!(o.dst, ReturnKind::Iterate);
                    let cx = cx!();
                    match cx.for_in_next(local!(o.keys)) {
                        Ok(Some(key)) => {
                            let bits = key.value(cx).bits();
                            r!(o.dst) = bits;
                            next!(ForInNext)
                        }
                        Ok(None) => jump!(o.target),
                        Err(exit) => return Flow::Exit(exit),
                    }
                }

                // ---- generators and async functions
                Op::InitialYield => {
                    let at = start!().offset_from(code) as u32;
                    save!(InitialYield, 0, ReturnKind::Discard);
                    let cx = cx!();
                    match cx.initial_yield(at) {
                        Ok(generator) => {
                            let bits = generator.value(cx).bits();
                            give_back!(bits)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::Yield => {
                    let o = read!(Yield);
                    let at = start!().offset_from(code) as u32;
                    let value = r!(o.src);
                    save!(Yield, 0, ReturnKind::Discard);
                    let cx = cx!();
                    let value = Value::from_bits(value).root(cx);
                    if let Err(exit) = cx.suspend_generator(at, generator_state::YIELDED) {
                        return Flow::Exit(exit);
                    }
                    let link = *fp.offset(LINK);
                    let caller = fp.sub(link as u32 as usize);
                    let waiting = *caller.offset(STATE);
                    // To a loop in the interpreter, which goes on behind its instruction.
                    if link >> 56 == link_flag::RESUMED
                        && frame::link_argc(link) == handing::ITERATE
                        && waiting >> 48 == ReturnKind::Iterate as u64
                        && caller > machine.floor
                    {
                        back_to!(caller, waiting, value.value(cx).bits());
                        let at = code.add(waiting as u32 as usize);
                        let is_wide = at.read() == Op::Wide as u8;
                        go!(at.add(if is_wide {
                            ops::IteratorNext::WIDE + 1
                        } else {
                            ops::IteratorNext::NARROW
                        }))
                    }
                    return hand_out(cx, value, false);
                }
                Op::Suspend => {
                    let o = read!(Suspend);
                    let at = start!().offset_from(code) as u32;
                    let value = r!(o.src);
                    save!(Suspend, 0, ReturnKind::Discard);
                    let cx = cx!();
                    let value = Value::from_bits(value).root(cx);
                    let awaits = o.kind == SuspendKind::Await as i32;
                    let state = if awaits { generator_state::AWAITING } else { generator_state::YIELDED };
                    if let Err(exit) = cx.suspend_generator(at, state) {
                        return Flow::Exit(exit);
                    }
                    return hand_out(cx, value, o.kind == SuspendKind::Delegate as i32);
                }
                Op::AsyncStart => {
                    let o = read!(AsyncStart);
                    slow!(AsyncStart, o.dst, |cx| cx.new_coroutine())
                }
                Op::ToPromise => {
                    let o = read!(ToPromise);
                    slow!(ToPromise, o.dst, |cx| cx.op_to_promise(local!(o.src)))
                }
                Op::Await => {
                    let o = read!(Await);
                    let at = start!().offset_from(code) as u32;
                    save!(Await, o.dst, ReturnKind::Value);
                    let cx = cx!();
                    match cx.await_promise(local!(o.coroutine), local!(o.src), at) {
                        Ok(result) => {
                            let bits = result.value(cx).bits();
                            give_back!(bits)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::AsyncReturn => {
                    let o = read!(AsyncReturn);
                    save!(AsyncReturn, 0, ReturnKind::Discard);
                    let cx = cx!();
                    match cx.async_return(local!(o.coroutine), local!(o.src)) {
                        Ok(result) => {
                            let bits = result.value(cx).bits();
                            give_back!(bits)
                        }
                        Err(Exit::Call(call)) => return tail_call(cx, call),
                        Err(exit) => return Flow::Exit(exit),
                    }
                }
                Op::AsyncReject => {
                    let o = read!(AsyncReject);
                    save!(AsyncReject, 0, ReturnKind::Discard);
                    let cx = cx!();
                    match cx.async_reject(local!(o.coroutine), local!(o.src)) {
                        Ok(result) => {
                            let bits = result.value(cx).bits();
                            give_back!(bits)
                        }
                        Err(exit) => return Flow::Exit(exit),
                    }
                }

                // ---- dynamic scoping
                Op::WithHas => {
                    let o = read!(WithHas);
                    slow!(WithHas, o.dst, |cx| cx.with_has(local!(o.object), o.name))
                }
                Op::Dispose => {
                    let o = read!(Dispose);
                    slow!(Dispose, o.dst, |cx| {
                        let action = cx.local(Value::int(o.action));
                        Err(cx.call_library(lib::disposal, &[local!(o.list), local!(o.value), action]))
                    })
                }
                Op::Debugger => next!(Debugger),
            }
        }
    }
}

/// Feedback of element accesses: a typed array of this one's element type.
#[inline(always)]
unsafe fn saw_typed(array: *mut u8) -> u64 {
    // SAFETY: offset as the row of TypedArray has it.
    unsafe { 1 << (SAW_TYPED_SHIFT + array.add(20).cast::<u32>().read()) }
}

/// A compiler's way into its code.
pub(super) fn enter_by(entries: Entries) -> EnterCode {
    // SAFETY: the compiler says that it has this signature.
    unsafe { std::mem::transmute::<usize, EnterCode>(entries.enter) }
}

/// Goes on with the current frame in machine code.
#[cold]
#[inline(never)]
unsafe fn run_code(machine: &mut Machine, entry: *const u8, fp: *mut u64) -> Flow {
    // SAFETY: the entry is that of the frame's function, for where it stands.
    let value = unsafe { ((*machine.isolate).vm.enter_code)(machine.isolate, fp, entry) };
    if value == LEFT {
        return Flow::Left;
    }
    // SAFETY: the frame lies on the stack.
    let frame = unsafe { fp.offset_from(machine.stack) } as u32;
    cx_of(machine).vm.frame = frame;
    return_slow(machine, value)
}

/// How a run on behalf of compiled code ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nested {
    /// The waiting frame has its result.
    Done,
    /// Compiled code must leave: the frames say everything.
    Left,
}

/// Runs until the frame at `floor`, which waits in compiled code, is current again.
pub(super) fn run_nested(isolate: &mut Isolate, floor: u32, start: Result<(), Exit>) -> Nested {
    // SAFETY: the interpreter sets the stack's top before each slow path and keeps no locals.
    let cx = unsafe { isolate.cx() };
    let mut machine = Machine::new(cx);
    // SAFETY: the floor is a frame on the stack.
    machine.floor = unsafe { machine.stack.add(floor as usize) };
    settle(&mut machine, floor, start)
}

/// Hands what the machine code of a resumed generator gave to the frame at `floor`, which waits for it in compiled code.
pub(super) fn hand_back(isolate: &mut Isolate, floor: u32, value: u64) -> Nested {
    // SAFETY: the interpreter sets the stack's top before each slow path and keeps no locals.
    let cx = unsafe { isolate.cx() };
    let mut machine = Machine::new(cx);
    // SAFETY: the floor is a frame on the stack.
    machine.floor = unsafe { machine.stack.add(floor as usize) };
    let start = match return_slow(&mut machine, value) {
        Flow::Exit(exit) => Err(exit),
        Flow::Left => machine.take_pending(),
        Flow::Reload | Flow::Next | Flow::Finished(_) => Ok(()),
    };
    settle(&mut machine, floor, start)
}

/// Executes the instruction at `pc` of a frame that waits in compiled code. `Ok` has the code offset to go on at.
pub(super) fn step(isolate: &mut Isolate, frame: u32, pc: u32) -> Result<u32, ()> {
    isolate.vm.frame = frame;
    // SAFETY: the interpreter sets the stack's top before each slow path and keeps no locals.
    let cx = unsafe { isolate.cx() };
    let mut machine = Machine::new(cx);
    // SAFETY: the frame is a verified function's, its header is complete, and `pc` is one of its instructions.
    let flow = unsafe {
        let fp = machine.stack.add(frame as usize);
        machine.floor = fp;
        machine.fp = fp;
        let word = fp.offset(CODE).read();
        machine.k = machine.base.add(((word as u32) as usize) << 3).add(8).cast();
        machine.code = (&(*machine.isolate).vm.codes)[(word >> 32) as usize].start;
        machine.pc = machine.code.add(pc as usize);
        let flow = run::<false, true>(&mut machine);
        if matches!(flow, Flow::Next) && machine.fp == fp {
            return Ok(machine.pc.offset_from(machine.code) as u32);
        }
        flow
    };
    let nested = match flow {
        // Another frame was entered: its registers are the machine's.
        // SAFETY: the machine was left in a frame of a verified function.
        Flow::Next => match unsafe { run::<false, false>(&mut machine) } {
            Flow::Exit(exit) => settle(&mut machine, frame, Err(exit)),
            Flow::Left => {
                let pending = machine.take_pending();
                settle(&mut machine, frame, pending)
            }
            _ => settle(&mut machine, frame, Ok(())),
        },
        Flow::Exit(exit) => settle(&mut machine, frame, Err(exit)),
        Flow::Left => {
            let pending = machine.take_pending();
            settle(&mut machine, frame, pending)
        }
        Flow::Reload | Flow::Finished(_) => settle(&mut machine, frame, Ok(())),
    };
    match nested {
        Nested::Done => Ok(Frame(frame).pc(&isolate.heap)),
        Nested::Left => Err(()),
    }
}

/// Runs what is above the frame at `floor`.
fn settle(machine: &mut Machine, floor: u32, start: Result<(), Exit>) -> Nested {
    let mut pending = start;
    loop {
        match pending {
            Ok(()) => {}
            Err(Exit::Throw) => match cx_of(machine).unwind(floor) {
                Unwound::Caught => {}
                Unwound::Uncaught | Unwound::Floor => return machine.leave_with(Exit::Throw),
            },
            Err(Exit::Terminate) => return machine.leave_with(Exit::Terminate),
            Err(exit) => match machine.after_exit_above(exit) {
                Ok(()) => {}
                Err(exit) => {
                    pending = Err(exit);
                    continue;
                }
            },
        }
        let frame = cx_of(machine).vm.frame;
        if frame == floor {
            return Nested::Done;
        }
        if frame < floor {
            return Nested::Left;
        }
        pending = match machine.go_on() {
            Flow::Exit(exit) => Err(exit),
            Flow::Reload | Flow::Next | Flow::Finished(_) => Ok(()),
            Flow::Left => machine.take_pending(),
        };
    }
}

impl Machine {
    /// Compiled code is to leave with an exit that the loop outside it carries out.
    fn leave_with(&mut self, exit: Exit) -> Nested {
        if let Some(tiers) = &mut cx_of(self).vm.tiers {
            tiers.pending = Some(exit);
        }
        Nested::Left
    }

    /// As [`Machine::after_exit`] for exits other than exceptions and the end: gives one that follows.
    fn after_exit_above(&mut self, exit: Exit) -> Result<(), Exit> {
        let cx = cx_of(self);
        let Exit::Call(call) = exit else {
            if exit != Exit::Switch {
                return Err(cx.bug("an exit of native functions reached the interpreter"));
            }
            self.came = Came::Resumed;
            return Ok(());
        };
        match enter_polled(cx, call)? {
            Entered::Frame => {
                self.came = Came::Called;
                Ok(())
            }
            Entered::Value(value) => {
                let value = value.value(cx).bits();
                match deliver(cx, value) {
                    Delivered::Go | Delivered::Finished(_) => Ok(()),
                    Delivered::Exit(next) => Err(next),
                }
            }
        }
    }
}

#[inline(always)]
fn int_of(value: u64) -> i32 {
    if is_int(value) { as_int(value) } else { crate::base::num::to_int32(f64::from_bits(value)) }
}

#[inline(always)]
fn unsigned(value: u32) -> u64 {
    if value <= i32::MAX as u32 { int(value as i32) } else { double(f64::from(value)) }
}

#[inline(always)]
fn f64_of(value: u64) -> f64 {
    as_number(value)
}

/// Cell and byte offset of a property place.
#[inline(always)]
pub(super) unsafe fn place_address(base: *mut u8, object: *mut u8, place: u32) -> (*mut u8, usize) {
    // SAFETY: caches hold places that objects of their shape have.
    unsafe {
        if place < OUT_OF_LINE {
            return (object, place as usize * 8);
        }
        let slots = base.add((object.add(8).cast::<u32>().read() as usize) << 3);
        (slots, 8 + 8 * (place - OUT_OF_LINE) as usize)
    }
}

/// Reads a property place.
#[inline(always)]
pub(super) unsafe fn read_place(base: *mut u8, object: *mut u8, place: u32) -> u64 {
    // SAFETY: passed on from the caller.
    unsafe {
        let (cell, offset) = place_address(base, object, place);
        cell.add(offset).cast::<u64>().read()
    }
}

/// The number of a native function, where a callee is one.
#[inline(always)]
unsafe fn native_code(base: *mut u8, callee: u64) -> Option<u32> {
    // SAFETY: offsets as the rows of Function and Template have them.
    unsafe {
        let function = base.add((callee as u32 as usize) << 3);
        if !is_object(callee) || function.read() != kind::Function {
            return None;
        }
        let template = base.add((function.add(16).cast::<u32>().read() as usize) << 3);
        let native = template.add(9).read() == crate::object::function::Entry::Native as u8;
        native.then(|| template.add(12).cast::<u32>().read())
    }
}

/// Whether two strings are both unique among equal ones: then they are equal only where they are the same.
#[inline(always)]
unsafe fn both_atoms(base: *mut u8, a: u64, b: u64) -> bool {
    // SAFETY: strings are cells, with their flags in byte 1.
    unsafe {
        let flags = |bits: u64| base.add((bits as u32 as usize) << 3).add(1).read();
        flags(a) & flags(b) & flag::ATOM != 0
    }
}

/// Reads a property by the entries of a polymorphic cache; `None` where none fits.
#[inline(never)]
pub(super) unsafe fn poly_get(base: *mut u8, cache: u64, object: *mut u8) -> Option<u64> {
    // SAFETY: a polymorphic cache's word refers to its cell: triples of words from offset 8 on, so many of them used as
    // the field at 4 says.
    unsafe {
        let cache = base.add((cache as u32 as usize) << 3);
        let shape = object.add(4).cast::<u32>().read();
        for entry in 0..cache.add(4).cast::<u32>().read() as usize {
            let words = cache.add(8 + 24 * entry).cast::<u64>();
            let w0 = words.read();
            if w0 as u32 != shape {
                continue;
            }
            let place = (w0 >> 32) as u32 & 0xFFFF;
            if place < ELSEWHERE {
                return Some(read_place(base, object, place));
            }
            let validity = base.add((words.add(2).read() as u32 as usize) << 3);
            if place != ELSEWHERE || validity.add(4).cast::<u32>().read() != 1 {
                return None;
            }
            let w1 = words.add(1).read();
            let holder = base.add((w1 as u32 as usize) << 3);
            return Some(read_place(base, holder, (w1 >> 32) as u32 & 0xFFFF));
        }
        None
    }
}

/// Takes room in the nursery; `None` where it is full.
#[inline(always)]
unsafe fn bump(isolate: *mut Isolate, base: *mut u8, bytes: usize) -> Option<*mut u8> {
    // SAFETY: the isolate is the running one; the range is free.
    unsafe {
        let heap = &mut (*isolate).heap;
        let at = heap.young_top;
        if at + bytes > heap.young_limit {
            return None;
        }
        heap.young_top = at + bytes;
        Some(base.add(at))
    }
}

/// Reference of the elements with room for nothing.
#[inline(always)]
unsafe fn empty_elements(base: *mut u8) -> u32 {
    // SAFETY: the roots are the first cell of old space, and this is their second value.
    unsafe {
        base.add(OLD_START + 8 + 8 * crate::heap::roots::Root::EmptyElements as usize).cast::<u64>().read()
            as u32
    }
}

/// Keeps the kind flags of elements true.
#[inline(always)]
pub(super) unsafe fn note_kind(elements: *mut u8, value: u64) {
    let set = if is_int(value) {
        flag::NOT_DOUBLE
    } else if is_double(value) {
        flag::NOT_INT
    } else {
        flag::NOT_INT | flag::NOT_DOUBLE
    };
    // SAFETY: every cell has its flags in byte 1.
    unsafe {
        let flags = elements.add(1).read();
        if flags & set != set {
            elements.add(1).write(flags | set);
        }
    }
}

/// First byte and length of a typed array that is in bounds and not BigInt; also its element type.
#[inline(always)]
unsafe fn typed_parts(base: *mut u8, array: *mut u8) -> Option<(*mut u8, u64, u32)> {
    // SAFETY: offsets as the rows of TypedArray and Buffer have them.
    unsafe {
        let buffer = base.add((array.add(16).cast::<u32>().read() as usize) << 3);
        // Flags 0: neither shared, resizable nor detached, so that the length was checked when it was made.
        if buffer.add(20).cast::<u32>().read() != 0 {
            return None;
        }
        let data = base.add((buffer.add(16).cast::<u32>().read() as usize) << 3).add(8);
        let offset = array.add(24).cast::<u64>().read() as usize;
        Some((data.add(offset), array.add(32).cast::<u64>().read(), array.add(20).cast::<u32>().read()))
    }
}

/// Loads an element of a typed array.
#[inline(always)]
pub(super) unsafe fn typed_load(base: *mut u8, array: *mut u8, index: u32) -> Option<u64> {
    // SAFETY: the index is below the length.
    unsafe {
        let (data, length, element) = typed_parts(base, array)?;
        if u64::from(index) >= length {
            return None;
        }
        let i = index as usize;
        Some(match element {
            0 => int(i32::from(data.add(i).cast::<i8>().read())),
            1 | 2 => int(i32::from(data.add(i).read())),
            3 => int(i32::from(data.cast::<i16>().add(i).read_unaligned())),
            4 => int(i32::from(data.cast::<u16>().add(i).read_unaligned())),
            5 => int(data.cast::<i32>().add(i).read_unaligned()),
            6 => unsigned(data.cast::<u32>().add(i).read_unaligned()),
            8 => foreign_double(f64::from(data.cast::<f32>().add(i).read_unaligned())),
            9 => foreign_double(data.cast::<f64>().add(i).read_unaligned()),
            _ => return None,
        })
    }
}

/// Stores a number to an element of a typed array; false where that is not simple.
#[inline(always)]
pub(super) unsafe fn typed_store(base: *mut u8, array: *mut u8, index: u32, value: u64) -> bool {
    if !is_number(value) {
        return false;
    }
    // SAFETY: the index is below the length.
    unsafe {
        let Some((data, length, element)) = typed_parts(base, array) else { return false };
        if u64::from(index) >= length {
            return false;
        }
        let i = index as usize;
        match element {
            0 | 1 => data.add(i).write(int_of(value) as u8),
            2 => data.add(i).write(to_uint8_clamp(as_number(value))),
            3 | 4 => data.cast::<u16>().add(i).write_unaligned(int_of(value) as u16),
            5 | 6 => data.cast::<i32>().add(i).write_unaligned(int_of(value)),
            8 => data.cast::<f32>().add(i).write_unaligned(one_nan(as_number(value)) as f32),
            9 => data.cast::<f64>().add(i).write_unaligned(one_nan(as_number(value))),
            _ => return false,
        }
        true
    }
}

/// Records a callee in a call's feedback: the function, the template of all that were called, or that there are several.
#[cold]
#[inline(never)]
unsafe fn note_callee(isolate: *mut Isolate, slot: *mut u64, callee: u64, k: *mut u64) {
    // SAFETY: the slot is a word of the running function's linked cell.
    unsafe {
        let old = *slot;
        let base = (*isolate).heap.base();
        let template_of = |word: u64| {
            let function = base.add((word as u32 as usize) << 3);
            (is_object(word) && function.read() == kind::Function)
                .then(|| function.add(16).cast::<u32>().read())
        };
        let of_old = if tag(old) == TAG_CELL { Some(old as u32) } else { template_of(old) };
        let new = match template_of(callee) {
            _ if old == COLD => callee,
            Some(template) if of_old == Some(template) => reference(TAG_CELL, template),
            _ => MEGAMORPHIC,
        };
        if new == old {
            return;
        }
        *slot = new;
        let linked = k.cast::<u8>().sub(8);
        let offset = slot.cast::<u8>().offset_from(linked) as usize;
        (*isolate).heap.barrier(linked, offset);
    }
}

/// Place in a `New` cache that stands for a function whose `prototype` is no real property yet.
const NEW_LAZY: u32 = 0xFFFF;

/// Records what the constructor that was just entered makes, in the second word of the call's feedback: the
/// function's shape and the place of its `prototype`.
#[cold]
#[inline(never)]
unsafe fn record_new(cx: &mut Cx<'_>, k: *mut u64, word: usize) {
    let current = Frame(cx.vm.frame);
    let Some(function) = current.callee(cx) else { return };
    let template = function.template(cx);
    let (Some(extra), false) = (function.extra(cx), template.is_flagged(template_flag::DERIVED)) else {
        return;
    };
    // `new.target` may be another function, whose objects are made otherwise.
    if extra.initial_shape(cx).is_none() || current.new_target(cx) != function.value(cx) {
        return;
    }
    let object: crate::heap::Gc<'_, crate::heap::cells::Object> = function.into();
    let shape = object.shape(cx);
    if !shape.is_cacheable() {
        return;
    }
    let place = if shape.is_flagged(crate::object::shape::shape_flag::LAZY_FUNCTION) {
        NEW_LAZY
    } else {
        let key = cx.key(crate::heap::roots::Name::prototype);
        let found = key.name_ref(cx).and_then(|name| shape.find(cx, name));
        match found
            .and_then(|(_, info)| super::property::place_of(shape, info & crate::object::shape::info::SLOT))
        {
            Some(place) => place,
            None => return,
        }
    };
    let seen = super::property::word(shape.reference(cx), place);
    // SAFETY: the word is one of the caller's linked cell, which lies outside the nursery.
    unsafe {
        let linked = k.cast::<u8>().sub(8);
        k.add(word).write(seen);
        cx.heap.barrier(linked, 8 + 8 * word);
    }
}

/// Books a call that was entered the slow way.
fn poll_entry(cx: &mut Cx<'_>) -> Result<(), Exit> {
    cx.vm.meter.budget -= 1;
    if cx.vm.meter.budget < 0 { cx.vm.poll(true) } else { Ok(()) }
}

/// A return that is not plain: from a constructor, to the host, from a generator, or to a frame that wants something
/// done with the value.
#[cold]
#[inline(never)]
fn return_slow(machine: &mut Machine, value: u64) -> Flow {
    let cx = cx_of(machine);
    let current = Frame(cx.vm.frame);
    let link = current.link(&cx.heap);
    let flags = frame::link_flags(link);
    let mut value = value;
    if flags & link_flag::CONSTRUCT != 0 && !is_object(value) {
        value = cx.heap.slot(current.0);
    }
    let generator = match flags & link_flag::RESUMED {
        0 => None,
        _ => cx.resumed_generator(current).map(|generator| generator.state()),
    };
    if let Some(state) = generator {
        if state != generator_state::RUNNING {
            // Compiled code has put it away.
            // SAFETY: the value was read from the frame, and nothing was allocated since.
            let value = unsafe { Value::from_bits(value) }.root(cx);
            let as_it_is = !is_plain_yield(current.state(&cx.heap)) && cx.delegates(current.pc(&cx.heap));
            return hand_out(cx, value, as_it_is);
        }
        cx.complete_generator();
        let handing = frame::link_argc(link);
        if handing == handing::ITERATE {
            value = DONE;
        } else if handing == handing::RESULT {
            // SAFETY: nothing was allocated since the value was read from the frame.
            let local = unsafe { Value::from_bits(value) }.root(cx);
            match cx.iter_result(local, true) {
                Ok(result) => value = result.value(cx).bits(),
                Err(exit) => return Flow::Exit(exit),
            }
        }
    }
    leave_to_caller(cx, current, value)
}

/// Makes the caller current and hands it a value.
fn leave_to_caller(cx: &mut Cx<'_>, current: Frame, value: u64) -> Flow {
    let link = current.link(&cx.heap);
    cx.vm.frame = current.0 - frame::link_delta(link);
    if frame::link_flags(link) & link_flag::ENTRY != 0 {
        return Flow::Finished(value);
    }
    match deliver(cx, value) {
        Delivered::Go => Flow::Reload,
        Delivered::Exit(exit) => Flow::Exit(exit),
        Delivered::Finished(value) => Flow::Finished(value),
    }
}

/// A generator hands out a value to whoever resumed it.
fn hand_out<'s>(cx: &mut Cx<'s>, value: Local<'s>, as_it_is: bool) -> Flow {
    let current = Frame(cx.vm.frame);
    let handing = frame::link_argc(current.link(&cx.heap));
    if as_it_is && handing == handing::ITERATE {
        if let Some(bits) = cx.value_of_result(value.value(cx)) {
            return leave_to_caller(cx, current, bits);
        }
        // The inner iterator's own result object: the loop wants what is in it, which may run guest code.
        return match cx.call_library(lib::resultStep, &[value]) {
            Exit::Call(call) => tail_call(cx, call),
            exit => Flow::Exit(exit),
        };
    }
    let bits = if handing == handing::RESULT && !as_it_is {
        match cx.iter_result(value, false) {
            Ok(result) => result.value(cx).bits(),
            Err(exit) => return Flow::Exit(exit),
        }
    } else {
        value.value(cx).bits()
    };
    leave_to_caller(cx, current, bits)
}

/// A frame ends in a call whose result is its own.
fn tail_call(cx: &mut Cx<'_>, call: PreparedCall) -> Flow {
    let current = Frame(cx.vm.frame);
    let link = current.link(&cx.heap);
    let flags = frame::link_flags(link) & link_flag::ENTRY;
    cx.vm.frame = current.0 - frame::link_delta(link);
    match cx.enter(call, flags) {
        Ok(Entered::Frame) => Flow::Reload,
        Ok(Entered::Value(value)) => {
            let bits = value.value(cx).bits();
            if flags != 0 {
                return Flow::Finished(bits);
            }
            match deliver(cx, bits) {
                Delivered::Go => Flow::Reload,
                Delivered::Exit(exit) => Flow::Exit(exit),
                Delivered::Finished(value) => Flow::Finished(value),
            }
        }
        Err(exit) => Flow::Exit(exit),
    }
}
