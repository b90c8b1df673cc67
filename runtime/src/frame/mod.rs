//! Frames on the fiber's stack: the one layout that every tier keeps.
//!
//! ```text
//! r0 - 5   state    pc u32 | register u16 << 32 | return kind << 48      where to go on when a callee returns
//! r0 - 4   code     reference of the linked cell u32 | number in the code table << 32
//! r0 - 3   callee   the function object
//! r0 - 2   link     slots down to the caller's r0 u32 | arguments u24 << 32 | link flags << 56
//! r0 - 1   new.target, or undefined
//! r0       this
//! r0 + 1   parameters, then the other registers
//! ```
//! The three raw words have their top bits clear, so that they read as doubles and the collector passes over them. A
//! native function's frame has the same header; its arguments follow `this`, its locals follow them. `state` says
//! everything only while the frame waits for a callee or stands at a safepoint.

use crate::heap::cells::{Function, Template};
use crate::heap::{Cx, Gc, Heap, Local, Value};

/// Slots of the header below `this`.
pub const HEADER: u32 = tvm_bytecode::FRAME_HEADER;
/// `state`, from `this`.
pub const STATE: isize = -5;
/// `code`, from `this`.
pub const CODE: isize = -4;
/// `callee`, from `this`.
pub const CALLEE: isize = -3;
/// `link`, from `this`.
pub const LINK: isize = -2;
/// `new.target`, from `this`.
pub const NEW_TARGET: isize = -1;

const _: () = assert!(-STATE == HEADER as isize);

/// Values of a saved frame in front of its registers: callee, new.target.
pub const SAVED_HEADER: usize = 2;

/// What happens to a callee's result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum ReturnKind {
    /// It goes to the register.
    Value = 0,
    /// It is dropped.
    Discard = 1,
    /// It decides the jump of the instruction at `pc`.
    Branch = 2,
    /// It is the next value of the iteration at `pc`, or the mark of its end.
    Iterate = 3,
    /// It replaces the argument in slot `register` of the native frame, whose function is then run again.
    Restart = 4,
    /// It is the result of the native frame itself, passed on to its caller.
    Forward = 5,
    /// Nothing is waited for: the frame goes on at `pc`.
    Resume = 6,
    /// It is the object that holds the next value of the iteration at `pc`, or says that there is none.
    IterateResult = 7,
}

impl ReturnKind {
    /// From a state word.
    #[inline(always)]
    pub fn of(state: u64) -> ReturnKind {
        match state >> 48 {
            0 => ReturnKind::Value,
            1 => ReturnKind::Discard,
            2 => ReturnKind::Branch,
            3 => ReturnKind::Iterate,
            4 => ReturnKind::Restart,
            5 => ReturnKind::Forward,
            7 => ReturnKind::IterateResult,
            _ => ReturnKind::Resume,
        }
    }
}

/// Bits of a link word's flags.
pub mod link_flag {
    /// The call constructs: `new.target` counts, and a primitive result becomes `this`.
    pub const CONSTRUCT: u64 = 1;
    /// The caller is the host: the interpreter stops when this frame returns.
    pub const ENTRY: u64 = 2;
    /// The frame belongs to a generator or coroutine that was resumed.
    pub const RESUMED: u64 = 4;
}

/// A state word.
#[inline(always)]
pub const fn state(pc: u32, register: u32, kind: ReturnKind) -> u64 {
    pc as u64 | (register as u64) << 32 | (kind as u64) << 48
}

/// A link word.
#[inline(always)]
pub const fn link(delta: u32, argc: u32, flags: u64) -> u64 {
    delta as u64 | (argc as u64) << 32 | flags << 56
}

/// A link word's distance to the caller.
#[inline(always)]
pub const fn link_delta(link: u64) -> u32 {
    link as u32
}

/// A link word's argument count.
#[inline(always)]
pub const fn link_argc(link: u64) -> u32 {
    (link >> 32) as u32 & 0xFF_FFFF
}

/// A link word's flags.
#[inline(always)]
pub const fn link_flags(link: u64) -> u64 {
    link >> 56
}

/// One frame, by the slot of its `this`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame(pub u32);

impl Frame {
    fn word(self, heap: &Heap, at: isize) -> u64 {
        heap.slot((self.0 as isize + at) as u32)
    }

    /// Its state word.
    pub fn state(self, heap: &Heap) -> u64 {
        self.word(heap, STATE)
    }

    /// Code offset that it waits at.
    pub fn pc(self, heap: &Heap) -> u32 {
        self.state(heap) as u32
    }

    /// The code offset by which its instruction is looked up in tables: within the instruction that runs.
    pub fn lookup_pc(self, heap: &Heap) -> u32 {
        let state = self.state(heap);
        match ReturnKind::of(state) {
            ReturnKind::Branch | ReturnKind::Iterate | ReturnKind::IterateResult | ReturnKind::Resume => {
                state as u32
            }
            _ => (state as u32).saturating_sub(1),
        }
    }

    /// Its link word.
    pub fn link(self, heap: &Heap) -> u64 {
        self.word(heap, LINK)
    }

    /// Arguments that it was called with.
    pub fn argc(self, heap: &Heap) -> u32 {
        link_argc(self.link(heap))
    }

    /// Whether it is under construction by `new`.
    pub fn is_construct(self, heap: &Heap) -> bool {
        link_flags(self.link(heap)) & link_flag::CONSTRUCT != 0
    }

    /// The frame that called it; none where the host did.
    pub fn caller(self, heap: &Heap) -> Option<Frame> {
        let link = self.link(heap);
        if link_flags(link) & link_flag::ENTRY != 0 { None } else { Some(Frame(self.0 - link_delta(link))) }
    }

    /// The function that runs in it.
    pub fn callee<'a>(self, cx: &'a Cx<'_>) -> Option<Gc<'a, Function>> {
        // SAFETY: a frame's callee slot holds a live value.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(self.word(&cx.heap, CALLEE)) };
        value.cast(cx)
    }

    /// The template of that function.
    pub fn template<'a>(self, cx: &'a Cx<'_>) -> Option<Gc<'a, Template>> {
        self.callee(cx).map(|function| function.template(cx))
    }

    /// `new.target`, undefined where it does not construct.
    pub fn new_target<'a>(self, cx: &'a Cx<'_>) -> Value<'a> {
        if !self.is_construct(&cx.heap) {
            return Value::UNDEFINED;
        }
        // SAFETY: a frame's slot holds a live value.
        #[allow(unsafe_code)]
        unsafe {
            Value::from_bits(self.word(&cx.heap, NEW_TARGET))
        }
    }
}

/// Which frames a stack trace leaves out, innermost first.
#[derive(Clone, Copy)]
pub enum Skip<'l> {
    /// None.
    Nothing,
    /// Those up to the innermost one of this function.
    UpTo(Local<'l>),
    /// Those of builtins: a constructor that makes an error.
    Builtins,
}

/// Walks from a frame outwards up to the host.
pub struct Frames<'a> {
    heap: &'a Heap,
    next: Option<Frame>,
}

impl<'a> Frames<'a> {
    /// Starts at the innermost frame.
    pub fn new(cx: &'a Cx<'_>) -> Self {
        Frames { heap: &cx.heap, next: (cx.vm.frame != 0).then_some(Frame(cx.vm.frame)) }
    }
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let frame = self.next?;
        self.next = frame.caller(self.heap);
        Some(frame)
    }
}
