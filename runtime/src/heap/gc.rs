//! Three ways to hold a heap value, and the context that goes with them.
//!
//! - [`Gc`] and [`Value`] point into the heap and are borrowed from `&Cx`: the next allocation, which takes
//!   `&mut Cx`, ends the borrow. A stale one does not compile.
//! - [`Local`] is a slot of the fiber's stack. The collector updates it; it lives as long as its scope, whose brand
//!   `'s` it carries, and cannot leave it.
//! - [`super::roots::Persistent`] outlives scopes and is released by hand.
//!
//! What keeps a [`Gc`] across an allocation does not compile:
//!
//! ```compile_fail,E0502
//! # use tvm_runtime::heap::{Cx, Local, cells::Object};
//! fn stale<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>) -> u8 {
//!     let held = object.get(cx);
//!     let _ = cx.new_object();
//!     held.kind()
//! }
//! ```
//!
//! Read again after the allocation, it does:
//!
//! ```
//! # use tvm_runtime::heap::{Cx, Local, cells::Object};
//! fn fresh<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>) -> u8 {
//!     let _ = cx.new_object();
//!     object.get(cx).kind()
//! }
//! ```
//!
//! `docs/gc-safe-code.md` opens with a function that gets this wrong.

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::bits;
use super::cells::*;
use super::cx::Cx;

/// A pointer to a cell, good until the next allocation.
pub struct Gc<'a, T> {
    pointer: NonNull<u8>,
    _borrow: PhantomData<(&'a (), *const T)>,
}

impl<T> Clone for Gc<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<'_, T> {}

impl<T> PartialEq for Gc<'_, T> {
    /// Identity.
    fn eq(&self, other: &Self) -> bool {
        self.pointer == other.pointer
    }
}

impl<T> Eq for Gc<'_, T> {}

impl<'a, T> Gc<'a, T> {
    /// From an untagged reference.
    ///
    /// # Safety
    /// `reference` names a live cell of type `T`.
    #[inline(always)]
    pub unsafe fn from_ref(cx: &'a Cx<'_>, reference: u32) -> Self {
        // SAFETY: by this function's contract; the cage's base is never null.
        unsafe { Gc::from_ptr(cx.heap.base().add((reference as usize) << 3)) }
    }

    /// From a cell's address.
    ///
    /// # Safety
    /// `pointer` is the address of a live cell of type `T`, and `'a` ends before the next allocation.
    #[inline(always)]
    pub unsafe fn from_ptr(pointer: *mut u8) -> Self {
        // SAFETY: by this function's contract.
        Gc { pointer: unsafe { NonNull::new_unchecked(pointer) }, _borrow: PhantomData }
    }

    /// The cell's address.
    #[inline(always)]
    pub fn ptr(self) -> *mut u8 {
        self.pointer.as_ptr()
    }

    /// The untagged reference.
    #[inline(always)]
    pub fn reference(self, cx: &Cx<'_>) -> u32 {
        ((self.ptr() as usize - cx.heap.base() as usize) >> 3) as u32
    }

    /// The cell's kind.
    #[inline(always)]
    pub fn kind(self) -> u8 {
        // SAFETY: every cell starts with its kind.
        unsafe { self.ptr().read() }
    }

    /// Bits of [`flag`].
    #[inline(always)]
    pub fn cell_flags(self) -> u8 {
        // SAFETY: every cell has its flags in byte 1.
        unsafe { self.ptr().add(1).read() }
    }

    /// Sets flags, and clears others.
    #[inline(always)]
    pub fn change_flags(self, set: u8, clear: u8) {
        // SAFETY: every cell has its flags in byte 1.
        unsafe { self.ptr().add(1).write(self.cell_flags() & !clear | set) }
    }

    /// Whether a flag is set.
    #[inline(always)]
    pub fn has(self, flag: u8) -> bool {
        self.cell_flags() & flag != 0
    }

    /// Sees the cell as another type.
    ///
    /// # Safety
    /// The cell is of type `U`.
    #[inline(always)]
    pub unsafe fn cast_unchecked<U>(self) -> Gc<'a, U> {
        Gc { pointer: self.pointer, _borrow: PhantomData }
    }

    /// Stores a value field and tells the barrier.
    ///
    /// # Safety
    /// `offset` is that of a value within the cell.
    #[inline(always)]
    pub(super) unsafe fn store_value(self, cx: &Cx<'_>, offset: usize, value: u64) {
        // SAFETY: by this function's contract.
        unsafe {
            self.ptr().add(offset).cast::<u64>().write(value);
            if bits::is_reference(value) {
                cx.heap.barrier(self.ptr(), offset);
            }
        }
    }

    /// Stores an untagged reference and tells the barrier.
    ///
    /// # Safety
    /// `offset` is that of a reference within the cell.
    #[inline(always)]
    pub(super) unsafe fn store_ref(self, cx: &Cx<'_>, offset: usize, reference: u32) {
        // SAFETY: by this function's contract.
        unsafe {
            self.ptr().add(offset).cast::<u32>().write(reference);
            cx.heap.barrier(self.ptr(), offset);
        }
    }
}

impl<'a, T: Cell> Gc<'a, T> {
    /// As a value.
    #[inline(always)]
    pub fn value(self, cx: &'a Cx<'_>) -> Value<'a> {
        Value::raw(bits::reference(T::TAG, self.reference(cx)))
    }

    /// Sees the cell as another type, where it is of that type.
    #[inline(always)]
    pub fn cast<U: Cell>(self) -> Option<Gc<'a, U>> {
        // SAFETY: the kind was checked.
        U::matches(self.kind()).then(|| unsafe { self.cast_unchecked() })
    }

    /// Whether the cell is of another type too.
    #[inline(always)]
    pub fn is<U: Cell>(self) -> bool {
        U::matches(self.kind())
    }

    /// Puts it on the stack.
    #[inline(always)]
    pub fn root<'s>(self, cx: &Cx<'s>) -> Local<'s, T> {
        let slot = cx.heap.push(bits::reference(T::TAG, self.reference(cx)));
        // SAFETY: the slot was just filled with a reference to a `T`, and `'s` is the open scope's brand.
        unsafe { Local::from_slot(slot) }
    }
}

impl<'a> Gc<'a, Plain> {
    /// As any object.
    #[inline(always)]
    pub fn object(self) -> Gc<'a, Object> {
        // SAFETY: a plain object is an object.
        unsafe { self.cast_unchecked() }
    }
}

/// A value, good until the next allocation where it is a reference.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value<'a> {
    bits: u64,
    _borrow: PhantomData<&'a ()>,
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:#018x})", self.bits)
    }
}

impl<'a> Value<'a> {
    /// `undefined`.
    pub const UNDEFINED: Value<'static> = Value::raw(bits::UNDEFINED);
    /// `null`.
    pub const NULL: Value<'static> = Value::raw(bits::NULL);
    /// `true`.
    pub const TRUE: Value<'static> = Value::raw(bits::TRUE);
    /// `false`.
    pub const FALSE: Value<'static> = Value::raw(bits::FALSE);
    /// A hole.
    pub const HOLE: Value<'static> = Value::raw(bits::HOLE);
    /// What a self-hosted iterator step returns at the end.
    pub const DONE: Value<'static> = Value::raw(bits::DONE);

    #[inline(always)]
    pub(super) const fn raw(bits: u64) -> Value<'a> {
        Value { bits, _borrow: PhantomData }
    }

    /// From bits.
    ///
    /// # Safety
    /// Bits that are a reference name a live cell of the tag's kind, and `'a` ends before the next allocation.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Value<'a> {
        Value::raw(bits)
    }

    /// The bits.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.bits
    }

    /// An int32.
    #[inline(always)]
    pub const fn int(value: i32) -> Value<'static> {
        Value::raw(bits::int(value))
    }

    /// A number, as an int32 where that loses nothing.
    #[inline]
    pub fn number(value: f64) -> Value<'static> {
        Value::raw(bits::number(value))
    }

    /// A boolean.
    #[inline(always)]
    pub const fn boolean(value: bool) -> Value<'static> {
        Value::raw(bits::boolean(value))
    }

    /// Whether it is undefined.
    #[inline(always)]
    pub const fn is_undefined(self) -> bool {
        self.bits == bits::UNDEFINED
    }

    /// Whether it is null.
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.bits == bits::NULL
    }

    /// Whether it is undefined or null.
    #[inline(always)]
    pub const fn is_nullish(self) -> bool {
        bits::is_nullish(self.bits)
    }

    /// Whether it is a hole.
    #[inline(always)]
    pub const fn is_hole(self) -> bool {
        self.bits == bits::HOLE
    }

    /// Whether it is a boolean.
    #[inline(always)]
    pub const fn is_boolean(self) -> bool {
        self.bits == bits::TRUE || self.bits == bits::FALSE
    }

    /// Whether it is `true`.
    #[inline(always)]
    pub const fn is_true(self) -> bool {
        self.bits == bits::TRUE
    }

    /// Whether it is a number.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        bits::is_number(self.bits)
    }

    /// Whether it is an object.
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        bits::is_object(self.bits)
    }

    /// Whether it is a string.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        bits::is_string(self.bits)
    }

    /// Whether it is a symbol.
    #[inline(always)]
    pub const fn is_symbol(self) -> bool {
        bits::tag(self.bits) == bits::TAG_SYMBOL
    }

    /// Whether it is a BigInt.
    #[inline(always)]
    pub const fn is_bigint(self) -> bool {
        bits::tag(self.bits) == bits::TAG_BIGINT
    }

    /// The int32, where it is one in int32 form.
    #[inline(always)]
    pub const fn as_int(self) -> Option<i32> {
        if bits::is_int(self.bits) { Some(bits::as_int(self.bits)) } else { None }
    }

    /// The number, where it is one.
    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        if self.is_number() { Some(bits::as_number(self.bits)) } else { None }
    }

    /// An array index (6.1.7) from 0 to 2^32 - 2, where it is a number that is one.
    #[inline]
    pub fn as_index(self) -> Option<u32> {
        if let Some(int) = self.as_int() {
            return u32::try_from(int).ok();
        }
        let number = self.as_number()?;
        let index = number as u32;
        (f64::from(index) == number && index != u32::MAX && (index != 0 || !number.is_sign_negative()))
            .then_some(index)
    }

    /// The cell, where the value refers to one of type `T`.
    #[inline(always)]
    pub fn cast<T: Cell>(self, cx: &'a Cx<'_>) -> Option<Gc<'a, T>> {
        if bits::tag(self.bits) != T::TAG {
            return None;
        }
        // SAFETY: the tag says that it is a reference; the kind is checked before the type is claimed.
        unsafe {
            let cell: Gc<'a, T> = Gc::from_ref(cx, self.bits as u32);
            T::matches(cell.kind()).then_some(cell)
        }
    }

    /// Whether it refers to a cell of type `T`.
    #[inline(always)]
    pub fn is<T: Cell>(self, cx: &Cx<'_>) -> bool {
        self.cast::<T>(cx).is_some()
    }

    /// The object, where it is one.
    #[inline(always)]
    pub fn as_object(self, cx: &'a Cx<'_>) -> Option<Gc<'a, Object>> {
        self.cast(cx)
    }

    /// The string, where it is one.
    #[inline(always)]
    pub fn as_string(self, cx: &'a Cx<'_>) -> Option<Gc<'a, Str>> {
        self.cast(cx)
    }

    /// Puts it on the stack.
    #[inline(always)]
    pub fn root<'s>(self, cx: &Cx<'s>) -> Local<'s> {
        // SAFETY: the slot was just filled, and `'s` is the open scope's brand.
        unsafe { Local::from_slot(cx.heap.push(self.bits)) }
    }
}

/// Marks a [`Local`] that may hold any value.
pub enum Any {}

/// A slot of the fiber's stack that holds a value: rooted for the scope `'s`.
pub struct Local<'s, T = Any> {
    slot: u32,
    _scope: PhantomData<(&'s (), *const T)>,
}

impl<T> Clone for Local<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Local<'_, T> {}

impl<'s, T> Local<'s, T> {
    /// From a slot's number.
    ///
    /// # Safety
    /// The slot holds a value of type `T` for as long as `'s`.
    #[inline(always)]
    pub unsafe fn from_slot(slot: u32) -> Self {
        Local { slot, _scope: PhantomData }
    }

    /// The slot's number.
    #[inline(always)]
    pub fn slot(self) -> u32 {
        self.slot
    }

    /// As a local of any value.
    #[inline(always)]
    pub fn any(self) -> Local<'s> {
        Local { slot: self.slot, _scope: PhantomData }
    }

    /// The value.
    #[inline(always)]
    pub fn value<'a>(self, cx: &'a Cx<'_>) -> Value<'a> {
        // SAFETY: a live local's slot holds a live value, updated by every collection.
        unsafe { Value::from_bits(cx.heap.slot(self.slot)) }
    }
}

impl<'s, T: Cell> Local<'s, T> {
    /// The cell.
    #[inline(always)]
    pub fn get<'a>(self, cx: &'a Cx<'_>) -> Gc<'a, T> {
        // SAFETY: the slot holds a reference to a `T`; only typed constructors make such a local.
        unsafe { Gc::from_ref(cx, cx.heap.slot(self.slot) as u32) }
    }
}

impl<'s> Local<'s> {
    /// The same slot as a local of type `T`, where its value is one.
    #[inline(always)]
    pub fn cast<T: Cell>(self, cx: &Cx<'_>) -> Option<Local<'s, T>> {
        self.value(cx).is::<T>(cx).then_some(Local { slot: self.slot, _scope: PhantomData })
    }

    /// The same slot as a local of an object, where its value is one.
    #[inline(always)]
    pub fn as_object(self, cx: &Cx<'_>) -> Option<Local<'s, Object>> {
        self.cast(cx)
    }

    /// Replaces the value: for locals that a function keeps as variables.
    #[inline(always)]
    pub fn set(self, cx: &Cx<'_>, value: Value<'_>) {
        cx.heap.set_slot(self.slot, value.bits());
    }
}

impl<'s, T: Cell> Local<'s, T> {
    /// Replaces the cell: for locals that a function keeps as variables.
    #[inline(always)]
    pub fn set_cell(self, cx: &Cx<'_>, cell: Gc<'_, T>) {
        cx.heap.set_slot(self.slot, bits::reference(T::TAG, cell.reference(cx)));
    }

    /// Sees it as another type, where its cell is of that type.
    #[inline(always)]
    pub fn downcast<U: Cell>(self, cx: &Cx<'_>) -> Option<Local<'s, U>> {
        self.get(cx).is::<U>().then_some(Local { slot: self.slot, _scope: PhantomData })
    }
}

macro_rules! upcasts {
    ($($cell:ident),*) => { $(
        impl<'s> From<Local<'s, $cell>> for Local<'s, Object> {
            fn from(local: Local<'s, $cell>) -> Self {
                Local { slot: local.slot, _scope: PhantomData }
            }
        }

        impl<'a> From<Gc<'a, $cell>> for Gc<'a, Object> {
            fn from(cell: Gc<'a, $cell>) -> Self {
                // SAFETY: the cell is an object.
                unsafe { cell.cast_unchecked() }
            }
        }
    )* };
}

upcasts!(
    Plain,
    Array,
    Function,
    Bound,
    Wrapper,
    Date,
    RegExp,
    Map,
    Set,
    WeakMap,
    WeakRef,
    Registry,
    Promise,
    Generator,
    Arguments,
    Buffer,
    TypedArray,
    DataView,
    Proxy,
    Namespace,
    Error,
    Slotted,
    ArrayIterator,
    MapIterator
);

impl<'s, T> From<Local<'s, T>> for Local<'s>
where
    T: Cell,
{
    fn from(local: Local<'s, T>) -> Self {
        local.any()
    }
}
