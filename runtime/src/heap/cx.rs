//! The isolate and the context through which everything reaches it.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::Heap;
use super::gc::{Gc, Local, Value};
use crate::base::exit::{Exit, Termination};
use crate::base::vm::Vm;
use crate::heap::cells::Cell;

/// One isolate: a heap with the fiber's stack, and what lies outside the heap.
pub struct Isolate {
    /// Heap and stack.
    pub heap: Heap,
    /// Everything else: code tables, limits, the host.
    pub vm: Vm,
}

/// The context of running code: an isolate, and the brand `'s` of the innermost open handle scope.
///
/// Functions that may allocate take `&mut Cx`; functions that only look take `&Cx`.
#[repr(transparent)]
pub struct Cx<'s> {
    isolate: Isolate,
    _scope: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl Deref for Cx<'_> {
    type Target = Isolate;

    #[inline(always)]
    fn deref(&self) -> &Isolate {
        &self.isolate
    }
}

impl DerefMut for Cx<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Isolate {
        &mut self.isolate
    }
}

impl Isolate {
    /// Runs `f` with a context whose locals live until it returns.
    pub fn enter<R>(&mut self, f: impl for<'i> FnOnce(&mut Cx<'i>) -> R) -> R {
        let top = self.heap.top();
        // SAFETY: `Cx` is a transparent wrapper of `Isolate`, and the borrow is passed on.
        let cx = unsafe { &mut *std::ptr::from_mut(self).cast::<Cx<'_>>() };
        let result = f(cx);
        self.heap.set_top(top);
        result
    }

    /// A context without a scope of its own, for the interpreter's calls into slow paths: locals that these make are
    /// dropped by the interpreter, which sets the stack's top before each.
    ///
    /// # Safety
    /// The caller sets the stack's top before and does not use locals made during the call afterwards.
    #[inline(always)]
    pub(crate) unsafe fn cx<'s>(&mut self) -> &mut Cx<'s> {
        // SAFETY: `Cx` is a transparent wrapper of `Isolate`, and the borrow is passed on.
        unsafe { &mut *std::ptr::from_mut(self).cast::<Cx<'s>>() }
    }
}

impl<'s> Cx<'s> {
    /// Runs `f` in an inner scope: its locals are dropped at the end. For loops that make locals.
    #[inline]
    pub fn scope<R>(&mut self, f: impl for<'i> FnOnce(&mut Cx<'i>) -> R) -> R {
        self.isolate.enter(f)
    }

    /// As [`Cx::scope`], handing one local out.
    pub fn scope_local(
        &mut self,
        f: impl for<'i> FnOnce(&mut Cx<'i>) -> Result<Local<'i>, Exit>,
    ) -> Result<Local<'s>, Exit> {
        let top = self.heap.top();
        let bits = self.isolate.enter(|cx| f(cx).map(|local| local.value(cx).bits()));
        self.heap.set_top(top);
        // SAFETY: nothing was allocated since the inner scope's local was read.
        bits.map(|bits| unsafe { Value::from_bits(bits) }.root(self))
    }

    /// Puts a value on the stack.
    #[inline(always)]
    pub fn local(&self, value: Value<'_>) -> Local<'s> {
        value.root(self)
    }

    /// Puts an undefined variable on the stack, to be set later.
    #[inline(always)]
    pub fn variable(&self) -> Local<'s> {
        Value::UNDEFINED.root(self)
    }

    /// Allocates a cell of `bytes`, zeroed but for its header.
    #[inline]
    pub fn alloc<T: Cell>(&mut self, kind: u8, bytes: usize) -> Result<Local<'s, T>, Exit> {
        debug_assert!(T::matches(kind));
        let reference = self.allocate(kind, bytes)?;
        // SAFETY: the cell was just made, of that kind.
        Ok(unsafe { Gc::<T>::from_ref(self, reference) }.root(self))
    }

    /// As [`Cx::alloc`], outside the nursery: for cells that live long and must not move.
    pub fn alloc_old<T: Cell>(&mut self, kind: u8, bytes: usize) -> Result<Local<'s, T>, Exit> {
        debug_assert!(T::matches(kind));
        match self.heap.allocate_old(kind, bytes) {
            // SAFETY: the cell was just made, of that kind.
            Some(reference) => Ok(unsafe { Gc::<T>::from_ref(self, reference) }.root(self)),
            None => Err(self.out_of_memory()),
        }
    }

    fn allocate(&mut self, kind: u8, bytes: usize) -> Result<u32, Exit> {
        match self.heap.allocate(kind, bytes) {
            Some(reference) => Ok(reference),
            None => Err(self.out_of_memory()),
        }
    }

    /// Ends the program where the heap has no room for what is to be made elsewhere.
    pub fn require_room(&mut self, bytes: usize) -> Result<(), Exit> {
        if self.heap.bytes_used().saturating_add(bytes) <= self.heap.limit() || self.heap.has_room(bytes) {
            return Ok(());
        }
        Err(self.out_of_memory())
    }

    /// The heap is full: the program ends.
    #[cold]
    pub fn out_of_memory(&mut self) -> Exit {
        let (used, limit) = (self.heap.bytes_used(), self.heap.limit());
        self.vm.terminate(Termination::Heap { used, limit })
    }
}
