//! What the isolate always needs: well-known cells by number, names, and values that Rust code holds on to.

use super::bits;
use super::cells::*;
use super::cx::{Cx, Isolate};
use super::gc::{Gc, Local, Value};
use super::{Heap, OLD_START};
use crate::base::exit::Exit;

macro_rules! roots {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A well-known cell or value of the isolate.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub enum Root { $($(#[$doc])* $name),* }

        impl Root {
            /// Every root, in order.
            pub const ALL: &[Root] = &[$(Root::$name),*];
        }

        const ROOT_COUNT: usize = Root::ALL.len();
    };
}

roots! {
    /// The intern table.
    Atoms,
    /// Elements with room for nothing.
    EmptyElements,
    /// Strings of one Latin-1 character: a tuple of 256 atoms.
    Characters,
    /// Well-known symbols: a tuple.
    Symbols,
    /// Symbols of `Symbol.for`: a Map table from key to symbol.
    SymbolRegistry,
    /// All realms: a list.
    Realms,
    /// Jobs that run when the stack is empty: a list used as a queue.
    Jobs,
    /// Callbacks of `process.nextTick`: a list used as a queue.
    Ticks,
    /// Things that run when there are no jobs: a list used as a queue.
    Tasks,
    /// Timers by due time: a list.
    Timers,
    /// Modules by name: a Map table.
    Modules,
    /// Targets that WeakRefs keep until the end of the job: a list.
    KeptAlive,
    /// FinalizationRegistries with something due: a list.
    Finalize,
    /// All FinalizationRegistries that were ever used: a list.
    Registries,
    /// Promises that were rejected with nobody to handle it: a list.
    Rejections,
    /// The coroutine that the running job resumed, or undefined.
    Job,
    /// What was last thrown into a promise: the value at [`Vm::rejected_at`](crate::base::vm::Vm::rejected_at).
    Rejected,
    /// Units' templates and the like, by unit number: a list.
    Units,
    /// Strings of small numbers: a tuple.
    NumberStrings,
    /// Shapes of objects without prototype and properties: a list.
    NullShapes,
    /// Free for the embedder.
    Embedder,
    /// What the program's host keeps between its turns: a list.
    Host,
    /// Cache of recent number-to-string conversions.
    NumberCache,
    /// Cache of recently used regular expressions.
    RegExpCache,
}

macro_rules! names {
    ($($name:ident $(= $text:literal)?),* $(,)?) => {
        /// A name that the engine itself uses.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum Name { $($name),* }

        impl Name {
            /// Every name's text.
            pub const TEXTS: &[&str] = &[$(name_text!($name $(= $text)?)),*];

            /// The text.
            pub fn text(self) -> &'static str {
                Self::TEXTS[self as usize]
            }
        }
    };
}

macro_rules! name_text {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident = $text:literal) => {
        $text
    };
}

names! {
    empty = "", length, prototype, constructor, name_ = "name", message, stack, cause, errors, error, suppressed, undefined, null,
    true_ = "true", false_ = "false", object, function, string, number, boolean, symbol, bigint, value, done, next,
    return_ = "return", throw, get, set, enumerable, configurable, writable, then, resolve, promise, reject, index,
    input, groups, indices, lastIndex, source, flags, callee, caller, arguments, eval, default, toString, valueOf,
    toJSON, raw, proxy, revoke, status, fulfilled, rejected, reason, size, has, keys, add, NaN, Infinity,
    NegativeInfinity = "-Infinity", proto = "__proto__", global, globalThis, hasIndices, ignoreCase, multiline, dotAll,
    unicode, unicodeSets, sticky, exec, async_ = "async", Object, Array, Function, Error, anonymous,
    description, byteLength, type_ = "type", with, json, text, module_default = "*default*", buffer, join,
    deref, detached, maxByteLength, negative_zero = "-0", at, concat, copyWithin, entries, fill, find, findIndex,
    findLast, findLastIndex, flat, flatMap, includes, toReversed, toSorted, toSpliced, values,
    stackTraceLimit, prepareStackTrace,
}

/// Offset of the roots' first value.
const ROOTS_AT: usize = OLD_START + 8;

impl Heap {
    /// Reference of the intern table, 0 before there is one.
    pub(super) fn atom_table(&self) -> u32 {
        if self.old.end() <= OLD_START { 0 } else { self.root_bits(Root::Atoms as usize) as u32 }
    }

    #[inline(always)]
    fn root_bits(&self, index: usize) -> u64 {
        // SAFETY: the roots cell is the first in old space and holds this many values.
        unsafe { self.at(ROOTS_AT + 8 * index).cast::<u64>().read() }
    }
}

impl Isolate {
    /// Makes the roots cell: the first thing in a new heap.
    pub(crate) fn make_roots(&mut self) -> Result<(), Exit> {
        let bytes = Roots::BYTES + 8 * (ROOT_COUNT + Name::TEXTS.len());
        self.enter(|cx| {
            let roots = cx.alloc_old::<Roots>(kind::Roots, bytes)?;
            assert_eq!(roots.get(cx).ptr(), cx.heap.at(OLD_START), "the roots come first");
            Ok(())
        })
    }
}

impl<'s> Cx<'s> {
    /// A root's value.
    #[inline(always)]
    pub fn root(&self, root: Root) -> Value<'_> {
        // SAFETY: roots are live values.
        unsafe { Value::from_bits(self.heap.root_bits(root as usize)) }
    }

    /// Sets a root.
    pub fn set_root(&self, root: Root, value: Value<'_>) {
        self.set_root_at(root as usize, value);
    }

    fn set_root_at(&self, index: usize, value: Value<'_>) {
        // SAFETY: the roots cell is the first in old space and holds this many values.
        unsafe {
            let cell: Gc<'_, Roots> = Gc::from_ptr(self.heap.at(OLD_START));
            cell.store_value(self, 8 + 8 * index, value.bits());
        }
    }

    /// A root that is a cell of a known type.
    ///
    /// # Panics
    /// Where it is not: the isolate is not set up yet.
    #[inline(always)]
    pub fn root_cell<T: Cell>(&self, root: Root) -> Gc<'_, T> {
        self.root(root).cast(self).expect("the root was set when the isolate was made")
    }

    /// An engine name's atom.
    #[inline(always)]
    pub fn name(&self, which: Name) -> Value<'_> {
        // SAFETY: roots are live values.
        unsafe { Value::from_bits(self.heap.root_bits(ROOT_COUNT + which as usize)) }
    }

    /// Sets an engine name's atom, once.
    pub(crate) fn set_name(&self, index: usize, atom: Value<'_>) {
        self.set_root_at(ROOT_COUNT + index, atom);
    }
}

/// Values that outlive scopes.
#[derive(Default)]
pub(super) struct Persistents {
    slots: Vec<u64>,
    free: Vec<u32>,
}

impl Persistents {
    pub fn for_each(&mut self, mut visit: impl FnMut(*mut u64)) {
        for slot in &mut self.slots {
            if bits::is_reference(*slot) {
                visit(slot);
            }
        }
    }
}

impl Heap {
    /// Keeps a value alive for good: for what machine code names.
    pub(crate) fn keep(&mut self, bits: u64) {
        self.persistents.slots.push(bits);
    }
}

/// A value that outlives scopes: rare, and released by hand.
#[derive(Debug)]
pub struct Persistent(u32);

impl<'s> Cx<'s> {
    /// Keeps a value beyond the scope.
    pub fn persist(&mut self, value: Local<'_>) -> Persistent {
        let bits = value.value(self).bits();
        let persistents = &mut self.heap.persistents;
        match persistents.free.pop() {
            Some(index) => {
                persistents.slots[index as usize] = bits;
                Persistent(index)
            }
            None => {
                persistents.slots.push(bits);
                Persistent(persistents.slots.len() as u32 - 1)
            }
        }
    }

    /// Keeps what the interpreter returned.
    ///
    /// # Safety
    /// The bits are those of a live value: nothing was allocated since.
    pub(crate) unsafe fn persist_bits(&mut self, bits: u64) -> Persistent {
        // SAFETY: passed on from the caller.
        let value = unsafe { Value::from_bits(bits) }.root(self);
        self.persist(value)
    }

    /// The value kept.
    pub fn persistent(&self, persistent: &Persistent) -> Local<'s> {
        let bits = self.heap.persistents.slots[persistent.0 as usize];
        // SAFETY: persistents are live values.
        unsafe { Value::from_bits(bits) }.root(self)
    }

    /// Lets go of it.
    pub fn release(&mut self, persistent: Persistent) {
        let persistents = &mut self.heap.persistents;
        persistents.slots[persistent.0 as usize] = bits::UNDEFINED;
        persistents.free.push(persistent.0);
    }
}
