//! What compiled code asks of the runtime in the middle of an instruction: functions that take values and give one,
//! that neither collect nor run guest code nor make handles, and so need no frame. Where an instruction takes more,
//! they answer [`LEFT`], and compiled code has the interpreter execute it.
//!
//! What they do first is what the interpreter's loop does in its arms. The two do not share functions for it: tried, and
//! the loop took 5 to 7 % more instructions (callgrind, a sieve of array stores).
#![allow(unsafe_code)]

mod make;

use super::dispatch::{note_kind, place_address, poly_get, read_place, typed_load, typed_store};
use super::feedback::*;
use super::property::place_of;
use super::tier::tier_strict_equal;
use crate::base::num::to_int32;
use crate::base::tier::LEFT;
use crate::heap::bits::*;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::tails::NameRef;
use crate::heap::{Cx, Gc, Isolate, OLD_START, Value, lookups};
use crate::object::function::Entry;
use crate::object::lookup::Seen;
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::string::ORDER_UNITS;

type Function3 = unsafe extern "C" fn(*mut Isolate, u64, u64, u64) -> u64;

macro_rules! leaves {
    ($($(#[$doc:meta])* $name:ident = $function:path,)*) => {
        /// Which function: `fn(isolate, a, b, c) -> result or LEFT`, of guest values unless said otherwise.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Leaf {
            $($(#[$doc])* $name,)*
        }

        impl Leaf {
            /// Whether its last argument is the address of the frame.
            pub fn takes_frame(self) -> bool {
                matches!(self, Leaf::NewRest | Leaf::NewArguments)
            }

            /// Its address.
            pub fn address(self) -> usize {
                let function: Function3 = match self {
                    $(Leaf::$name => $function,)*
                };
                function as *const () as usize
            }
        }
    };
}

leaves! {
    /// (object, name, address of the cache)
    GetProp = get_prop,
    /// (address of the cache)
    GetGlobal = get_global,
    /// (object, value, address of the cache, and in its upper 16 bits how many words in front of it the name is; 0 for
    /// too many)
    SetProp = set_prop,
    /// (object)
    GetLength = get_length,
    /// (object, key)
    GetElem = get_elem,
    /// (object, key, value)
    SetElem = set_elem,
    /// (object, private name)
    GetPrivate = get_private,
    /// (object, private name, value)
    SetPrivate = set_private,
    /// As `SetProp`: defines an own property of an object literal or a field
    InitProp = init_prop,
    /// (object, private name, value): defines a field
    DefinePrivate = define_private,
    /// (private name, object)
    PrivateIn = private_in,
    /// (home object, key)
    GetSuper = get_super,
    /// (function): its home object
    Home = home,
    /// (the frame's link word, its new.target)
    NewTarget = new_target,
    /// (receiver, running function): as a sloppy function sees it
    CoerceThis = coerce_this,
    /// (number, running function): an intrinsic object
    Intrinsic = intrinsic,
    /// (value): the name of its type
    Typeof = type_of,
    /// (value, constructor, running function)
    InstanceOf = instance_of,
    /// (key, object)
    In = is_in,
    /// (value, running function): whether it is an array walked by index; 0 or 1, never LEFT
    Iterable = iterable,
    /// (value, running function): whether it is a typed array that is walked; 0 or 1, never LEFT
    IterableTyped = iterable_typed,
    /// (value, running function): whether it is a string that is walked, in one piece from now on; 0 or 1, never LEFT
    IterableString = iterable_string,
    /// (value): of what is no object, symbol or double
    ToString = make::to_string,
    /// (a, b, c): strings one behind the other, the third or a hole
    Concat = make::concat,
    /// (first, running function, address of the frame): the arguments from the first on
    NewRest = make::new_rest,
    /// (nothing, running function, address of the frame): the unmapped arguments object of a sloppy function
    NewArguments = make::new_arguments,
    /// (scope): a copy
    CopyScope = make::copy_scope,
    /// (array, key, value): defines an element
    InitElem = make::init_elem,
    /// (value): where that is a number
    ToNumeric = to_numeric,
    /// (value): where it is a key
    ToPropertyKey = to_property_key,
    /// (a, b)
    Add = add,
    /// (a, b)
    Sub = sub,
    /// (a, b)
    Mul = mul,
    /// (a, b)
    Div = div,
    /// (a, b)
    Mod = modulo,
    /// (a, b)
    BitAnd = bit_and,
    /// (a, b)
    BitOr = bit_or,
    /// (a, b)
    BitXor = bit_xor,
    /// (a, b)
    Shl = shl,
    /// (a, b)
    Shr = shr,
    /// (a, b)
    UShr = ushr,
    /// (a)
    Neg = neg,
    /// (a, b): 0 or 1
    Less = less,
    /// (a, b): 0 or 1
    LessEqual = less_equal,
    /// (a, b): 0 or 1
    StrictEqual = strict_equal,
    /// (a, b): 0 or 1
    LooseEqual = loose_equal,
}

/// The cell that a word refers to.
unsafe fn cell(isolate: *mut Isolate, word: u64) -> *mut u8 {
    // SAFETY: passed on from the caller: the word is a reference.
    unsafe { (*isolate).heap.base().add((word as u32 as usize) << 3) }
}

unsafe fn barrier(isolate: *mut Isolate, at: *mut u8, offset: usize, value: u64) {
    // SAFETY: the cell is alive.
    unsafe {
        let heap = &mut (*isolate).heap;
        if is_reference(value)
            && at.offset_from(heap.base()) as usize >= OLD_START
            && at.add(1).read() & flag::DIRTY == 0
        {
            heap.barrier(at, offset);
        }
    }
}

unsafe fn as_object<'a>(cx: &'a Cx<'_>, word: u64) -> Option<Gc<'a, Object>> {
    // SAFETY: compiled code passes live values.
    unsafe { Value::from_bits(word) }.as_object(cx)
}

/// What a word names: an atom that is no index, or a symbol.
unsafe fn name_of<'a>(cx: &'a Cx<'_>, word: u64) -> Option<NameRef<'a>> {
    // SAFETY: compiled code passes live values.
    unsafe { Value::from_bits(word) }.as_name(cx)
}

/// A private name; None for what is none, as a compiler's code never has it.
unsafe fn private_name<'a>(cx: &'a Cx<'_>, word: u64) -> Option<NameRef<'a>> {
    // SAFETY: compiled code passes live values.
    let value = unsafe { Value::from_bits(word) };
    if value.is_private_name(cx) { value.as_name(cx) } else { None }
}

/// A computed key, as the atom where it is a string that there is one of.
unsafe fn known_key(cx: &Cx<'_>, word: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    let value = unsafe { Value::from_bits(word) };
    match value.as_string(cx).filter(|string| !string.is_atom()) {
        Some(string) => cx.known_atom(string).map_or(word, |atom| atom.value(cx).bits()),
        None => word,
    }
}

unsafe extern "C" fn get_prop(isolate: *mut Isolate, object: u64, name: u64, words: u64) -> u64 {
    // SAFETY: the words are a cache of property accesses; caches hold places that objects of their shape have.
    unsafe {
        let words = words as *const u64;
        let base = (*isolate).heap.base();
        let (w0, w1) = (words.read(), words.add(1).read());
        if !is_object(object) {
            let fits = match place(w0) {
                ON_STRING => is_string(object),
                ON_NUMBER => is_number(object),
                _ => false,
            };
            if fits && tag(w0) == TAG_CELL && cell(isolate, w1).add(4).cast::<u32>().read() == w0 as u32 {
                return read_place(base, cell(isolate, w1), place(w1));
            }
            return LEFT;
        }
        let at = cell(isolate, object);
        if w0 == POLYMORPHIC {
            if let Some(value) = poly_get(base, w1, at) {
                return value;
            }
        } else if tag(w0) == TAG_CELL && at.add(4).cast::<u32>().read() == w0 as u32 {
            match place(w0) {
                ELSEWHERE if cell(isolate, words.add(2).read()).add(4).cast::<u32>().read() == 1 => {
                    return read_place(base, cell(isolate, w1), place(w1));
                }
                place if place < ELSEWHERE => return read_place(base, at, place),
                ACCESSOR => return LEFT,
                _ => {}
            }
        }
        let cx = (*isolate).cx();
        match (as_object(cx, object), name_of(cx, name)) {
            // The interpreter fills the cache with what is there.
            (Some(object), Some(name)) => match data_property(cx, object, name) {
                found if was_never_asked(w0, w1) && found != UNDEFINED => LEFT,
                found => found,
            },
            _ => LEFT,
        }
    }
}

unsafe extern "C" fn get_global(isolate: *mut Isolate, words: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the words are a cache of a global.
    unsafe {
        let words = words as *const u64;
        let (w0, w1, w2) = (words.read(), words.add(1).read(), words.add(2).read());
        if tag(w0) != TAG_CELL {
            return LEFT;
        }
        let holder = cell(isolate, w1);
        let valid = w2 == UNDEFINED || cell(isolate, w2).add(4).cast::<u32>().read() == 1;
        if !valid || holder.add(4).cast::<u32>().read() != w0 as u32 {
            return LEFT;
        }
        match read_place((*isolate).heap.base(), holder, (w0 >> 32) as u32 & (ELSEWHERE - 1)) {
            HOLE => LEFT,
            value => value,
        }
    }
}

unsafe extern "C" fn set_prop(isolate: *mut Isolate, object: u64, value: u64, words: u64) -> u64 {
    // SAFETY: as in `get_prop`.
    unsafe {
        let to_name = words >> 48;
        let words = (words & ((1 << 48) - 1)) as *const u64;
        if !is_object(object) {
            return LEFT;
        }
        if matches!(words.read(), COLD | MEGAMORPHIC) && to_name > 0 {
            let name = words.sub(to_name as usize).read();
            let is_cold = was_never_asked(words.read(), words.add(1).read());
            return set_or_add((*isolate).cx(), object, name, value, is_cold);
        }
        let base = (*isolate).heap.base();
        let object = cell(isolate, object);
        let shape = object.add(4).cast::<u32>().read();
        let (mut w0, mut w1, mut w2) = (words.read(), words.add(1).read(), words.add(2).read());
        if w0 == POLYMORPHIC {
            let cache = cell(isolate, w1);
            let entries = cache.add(4).cast::<u32>().read() as usize;
            let all = cache.add(8).cast::<u64>();
            let Some(i) = (0..entries).find(|i| all.add(3 * i).read() as u32 == shape) else { return LEFT };
            (w0, w1, w2) = (all.add(3 * i).read(), all.add(3 * i + 1).read(), all.add(3 * i + 2).read());
        }
        if tag(w0) != TAG_CELL || shape != w0 as u32 {
            return LEFT;
        }
        let at = match place(w0) {
            at if at < ELSEWHERE => at,
            // A transition, to an inline slot.
            ELSEWHERE if place(w1) < OUT_OF_LINE && cell(isolate, w2).add(4).cast::<u32>().read() == 1 => {
                object.add(4).cast::<u32>().write(w1 as u32);
                place(w1)
            }
            _ => return LEFT,
        };
        let (holder, offset) = place_address(base, object, at);
        holder.add(offset).cast::<u64>().write(value);
        barrier(isolate, holder, offset, value);
        0
    }
}

unsafe extern "C" fn init_prop(isolate: *mut Isolate, object: u64, value: u64, words: u64) -> u64 {
    // SAFETY: as in `get_prop`; the name stands in front of the cache.
    unsafe {
        let (to_name, words) = (words >> 48, (words & ((1 << 48) - 1)) as *const u64);
        let cx = (*isolate).cx();
        if to_name == 0 || was_never_asked(words.read(), words.add(1).read()) {
            return LEFT;
        }
        init_name(cx, object, words.sub(to_name as usize).read(), value)
    }
}

/// Defines an own data property that is there already, or adds one that a shape is known for.
unsafe fn init_name(cx: &Cx<'_>, object: u64, name: u64, value: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let (Some(object), Some(key)) = (as_object(cx, object), name_of(cx, name)) else { return LEFT };
        if cx.may_be_guarded(object) {
            return LEFT;
        }
        let (name, value) = (Value::from_bits(name), Value::from_bits(value));
        match cx.plain_own(object, key) {
            Seen::Data(_, description) if description & info::ATTRIBUTES == info::DEFAULT => {
                object.set_slot(cx, description & info::SLOT, value);
                0
            }
            Seen::Missing if cx.add_known_property(object, name, value, info::DEFAULT) => 0,
            _ => LEFT,
        }
    }
}

/// Sets an own data property, or adds one that a shape is known for. What a cache that is cold can remember is left to
/// the interpreter, which fills it.
unsafe fn set_or_add(cx: &Cx<'_>, object: u64, name: u64, value: u64, is_cold: bool) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let (Some(object), Some(key)) = (as_object(cx, object), name_of(cx, name)) else { return LEFT };
        if is_cold && object.shape(cx).is_cacheable() || cx.may_be_guarded(object) {
            return LEFT;
        }
        let value = Value::from_bits(value);
        let shape = object.shape(cx).reference(cx);
        if let Some((offset, true)) = lookups::find(&cx.heap.lookups, shape, key.reference)
            && !object.inline_slot(cx, offset).is_hole()
        {
            object.set_inline_slot(cx, offset, value);
            return 0;
        }
        match cx.plain_own(object, key) {
            Seen::Data(_, description) if description & info::WRITABLE != 0 => {
                object.set_slot(cx, description & info::SLOT, value);
                return 0;
            }
            Seen::Missing => {}
            _ => return LEFT,
        }
        let proto = object.shape(cx).proto();
        let inherited = proto.as_object(cx).map_or(Seen::Missing, |proto| cx.plain_find(proto, key));
        let free = match inherited {
            Seen::Missing => true,
            Seen::Data(_, description) => description & info::WRITABLE != 0,
            Seen::Accessor | Seen::More => false,
        };
        let added = free && cx.add_known_property(object, Value::from_bits(name), value, info::DEFAULT);
        if added { 0 } else { LEFT }
    }
}

unsafe extern "C" fn define_private(isolate: *mut Isolate, object: u64, key: u64, value: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(holder), Some(name)) = (as_object(cx, object), private_name(cx, key)) else { return LEFT };
        let (key, value) = (Value::from_bits(key), Value::from_bits(value));
        let is_new = matches!(cx.plain_own(holder, name), Seen::Missing);
        if is_new && cx.add_known_property(holder, key, value, info::WRITABLE) { 0 } else { LEFT }
    }
}

unsafe extern "C" fn private_in(isolate: *mut Isolate, key: u64, object: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(object), Some(name)) = (as_object(cx, object), private_name(cx, key)) else { return LEFT };
        match cx.plain_own(object, name) {
            Seen::Data(..) | Seen::Accessor => TRUE,
            Seen::Missing => FALSE,
            Seen::More => LEFT,
        }
    }
}

unsafe extern "C" fn get_length(isolate: *mut Isolate, object: u64, _: u64, _: u64) -> u64 {
    // SAFETY: offsets as the rows of Array and Str have them.
    unsafe {
        if is_string(object) {
            return int(cell(isolate, object).add(4).cast::<u32>().read() as i32);
        }
        if is_object(object) && cell(isolate, object).read() == kind::Array {
            return number(f64::from(cell(isolate, object).add(16).cast::<u32>().read()));
        }
        let cx = (*isolate).cx();
        match Value::from_bits(object).cast::<TypedArray>(cx) {
            Some(array) if is_length_plain(cx, array.into()) && array.buffer(cx).flags() == 0 => {
                number(array.length() as f64)
            }
            Some(_) => LEFT,
            None => match as_object(cx, object) {
                Some(object) => data_property(cx, object, NameRef::new(cx, cx.name(Name::length))),
                None => LEFT,
            },
        }
    }
}

/// Whether a typed array's `length` is found where it was at the start: two prototypes up.
pub(super) fn is_length_plain(cx: &Cx<'_>, array: Gc<'_, Object>) -> bool {
    let name = NameRef::new(cx, cx.name(Name::length));
    let mut holder = array;
    for _ in 0..2 {
        if holder.shape(cx).find(cx, name).is_some() {
            return false;
        }
        match holder.shape(cx).proto().as_object(cx) {
            Some(next) => holder = next,
            None => return false,
        }
    }
    let Some((_, description)) = holder.shape(cx).find(cx, name) else { return false };
    let getter = holder.slot(cx, description & info::SLOT).cast::<Accessor>(cx).map(|pair| pair.getter());
    let template = getter.and_then(|getter| getter.cast::<Function>(cx)).map(|getter| getter.template(cx));
    let expected = crate::builtins::typed_array::length as *const ();
    template.is_some_and(|template| {
        template.entry() == Entry::Native
            && crate::semantics::natives::builtin(template.code()) as *const () == expected
    })
}

unsafe extern "C" fn get_elem(isolate: *mut Isolate, object: u64, key: u64, _: u64) -> u64 {
    // SAFETY: offsets as the rows of Object, Elements and Str have them.
    unsafe {
        let base = (*isolate).heap.base();
        if is_object(object) && is_int(key) {
            let object = cell(isolate, object);
            let elements = cell(isolate, u64::from(object.add(12).cast::<u32>().read()));
            let index = as_int(key) as u32;
            if index < elements.add(4).cast::<u32>().read() {
                let value = elements.add(8 + 8 * index as usize).cast::<u64>().read();
                if value != HOLE {
                    return value;
                }
            }
            return match object.read() {
                kind::TypedArray => typed_load(base, object, index).unwrap_or(LEFT),
                // Negative ones are names.
                kind::Array | kind::Plain
                    if index <= i32::MAX as u32
                        && elements.read() == kind::Elements
                        && !(*isolate).vm.indexed_prototypes =>
                {
                    UNDEFINED
                }
                _ => LEFT,
            };
        }
        if is_string(object) && is_int(key) {
            let string = cell(isolate, object);
            let index = as_int(key) as u32;
            if string.read() == kind::Latin1 && index < string.add(4).cast::<u32>().read() {
                return (*isolate).cx().character_bits(string.add(12 + index as usize).read());
            }
            return LEFT;
        }
        let cx = (*isolate).cx();
        let Some(object) = as_object(cx, object) else { return LEFT };
        match name_of(cx, known_key(cx, key)) {
            Some(name) => remembered_property(cx, object, name),
            None => LEFT,
        }
    }
}

/// The realm of a function.
unsafe fn realm_of<'a>(cx: &'a Cx<'_>, function: u64) -> Option<Gc<'a, Realm>> {
    // SAFETY: compiled code passes live values.
    let function = unsafe { Value::from_bits(function) };
    Some(function.cast::<Function>(cx)?.template(cx).realm(cx))
}

/// An intrinsic of a function's realm.
unsafe fn intrinsic_of(cx: &Cx<'_>, function: u64, number: usize) -> u64 {
    // SAFETY: passed on from the caller.
    unsafe { realm_of(cx, function) }.map_or(LEFT, |realm| realm.at(cx, number).bits())
}

/// As [`data_property`], with a look first at where such objects had it before.
fn remembered_property(cx: &Cx<'_>, object: Gc<'_, Object>, name: NameRef<'_>) -> u64 {
    let shape = object.shape(cx);
    let (of, named) = (shape.reference(cx), name.reference);
    if let Some((offset, _)) = lookups::find(&cx.heap.lookups, of, named) {
        let value = object.inline_slot(cx, offset);
        if !value.is_hole() {
            return value.bits();
        }
    }
    let Seen::Data(value, description) = cx.plain_own(object, name) else {
        return data_property(cx, object, name);
    };
    let place = place_of(shape, description & info::SLOT).filter(|&place| place < OUT_OF_LINE);
    let value = value.bits();
    if let Some(place) = place.filter(|_| shape.is_cacheable()) {
        let is_writable = description & info::WRITABLE != 0;
        lookups::remember(&cx.heap.lookups, of, named, 8 * place as usize, is_writable);
    }
    value
}

/// A data property of an object or of those that it inherits from; LEFT where it takes more.
fn data_property(cx: &Cx<'_>, object: Gc<'_, Object>, name: NameRef<'_>) -> u64 {
    match cx.plain_find(object, name) {
        Seen::Data(value, _) => value.bits(),
        Seen::Missing => UNDEFINED,
        Seen::Accessor | Seen::More => LEFT,
    }
}

unsafe extern "C" fn set_elem(isolate: *mut Isolate, object: u64, key: u64, value: u64) -> u64 {
    // SAFETY: as in `get_elem`.
    unsafe {
        if !is_object(object) {
            return LEFT;
        }
        if !is_int(key) {
            let cx = (*isolate).cx();
            return set_or_add(cx, object, known_key(cx, key), value, false);
        }
        let object = cell(isolate, object);
        let elements = cell(isolate, u64::from(object.add(12).cast::<u32>().read()));
        let index = as_int(key) as u32;
        if index < elements.add(4).cast::<u32>().read()
            && elements.add(1).read() & flag::FROZEN == 0
            && object.read() != kind::Arguments
        {
            let offset = 8 + 8 * index as usize;
            if elements.add(offset).cast::<u64>().read() != HOLE {
                elements.add(offset).cast::<u64>().write(value);
                note_kind(elements, value);
                barrier(isolate, elements, offset, value);
                return 0;
            }
        }
        let typed = object.read() == kind::TypedArray;
        if typed && typed_store((*isolate).heap.base(), object, index, value) { 0 } else { LEFT }
    }
}

unsafe extern "C" fn get_private(isolate: *mut Isolate, object: u64, key: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(object), Some(name)) = (as_object(cx, object), private_name(cx, key)) else { return LEFT };
        match cx.plain_own(object, name) {
            Seen::Data(value, _) => value.bits(),
            _ => LEFT,
        }
    }
}

unsafe extern "C" fn set_private(isolate: *mut Isolate, object: u64, key: u64, value: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(holder), Some(name)) = (as_object(cx, object), private_name(cx, key)) else { return LEFT };
        let at = match cx.plain_own(holder, name) {
            Seen::Data(_, description) if description & info::WRITABLE != 0 => {
                place_of(holder.shape(cx), description & info::SLOT)
            }
            _ => None,
        };
        let Some(at) = at else { return LEFT };
        let (holder, offset) = place_address((*isolate).heap.base(), cell(isolate, object), at);
        holder.add(offset).cast::<u64>().write(value);
        barrier(isolate, holder, offset, value);
        0
    }
}

unsafe extern "C" fn get_super(isolate: *mut Isolate, home: u64, key: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(home), Some(name)) = (as_object(cx, home), name_of(cx, key)) else { return LEFT };
        if home.kind() == kind::Proxy {
            return LEFT;
        }
        match home.shape(cx).proto().as_object(cx) {
            Some(proto) => data_property(cx, proto, name),
            None => LEFT,
        }
    }
}

unsafe extern "C" fn home(isolate: *mut Isolate, function: u64, _: u64, _: u64) -> u64 {
    // SAFETY: offsets as the rows of Function and its extra cell have them.
    unsafe {
        let extra = cell(isolate, function).add(24).cast::<u32>().read();
        if extra == 0 { UNDEFINED } else { cell(isolate, u64::from(extra)).add(8).cast::<u64>().read() }
    }
}

unsafe extern "C" fn new_target(_: *mut Isolate, link: u64, target: u64, _: u64) -> u64 {
    if crate::frame::link_flags(link) & crate::frame::link_flag::CONSTRUCT != 0 { target } else { UNDEFINED }
}

unsafe extern "C" fn coerce_this(isolate: *mut Isolate, this: u64, function: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate.
    unsafe {
        match this {
            this if is_object(this) => this,
            // Whose global object it is depends on the callers.
            _ if (*isolate).vm.contexts => LEFT,
            this if is_nullish(this) => {
                intrinsic_of((*isolate).cx(), function, Intrinsic::GlobalThis as usize)
            }
            _ => LEFT,
        }
    }
}

unsafe extern "C" fn intrinsic(isolate: *mut Isolate, number: u64, function: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate.
    unsafe { intrinsic_of((*isolate).cx(), function, number as usize) }
}

unsafe extern "C" fn type_of(isolate: *mut Isolate, value: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let name = cx.type_of(Value::from_bits(value));
        cx.name(name).bits()
    }
}

unsafe extern "C" fn instance_of(isolate: *mut Isolate, value: u64, constructor: u64, running: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let Some(function) = as_object(cx, constructor).filter(|object| object.kind() == kind::Function)
        else {
            return LEFT;
        };
        if !cx.checks_instances_plainly(function) {
            let symbol = cx.well_known(tvm_bytecode::data::WellKnownSymbol::HasInstance);
            let method = data_property(cx, function, NameRef::new(cx, symbol));
            if method != intrinsic_of(cx, running, Intrinsic::FunctionHasInstance as usize) {
                return LEFT;
            }
        }
        let cell = function.cast::<Function>();
        let extra = cell.and_then(|function| function.extra(cx));
        let is_class = cell.is_some_and(|function| function.template(cx).entry() == Entry::Class);
        let proto = if function.shape(cx).is_flagged(shape_flag::LAZY_FUNCTION) {
            // A hole where nobody asked for it.
            extra.map_or(HOLE, |extra| extra.prototype().bits())
        } else if let Some(extra) = extra.filter(|extra| is_class && extra.initial_shape(cx).is_some()) {
            // A class keeps its prototype.
            extra.shape_proto().bits()
        } else {
            match cx.plain_own(function, NameRef::new(cx, cx.name(Name::prototype))) {
                Seen::Data(value, _) => value.bits(),
                _ => return LEFT,
            }
        };
        if !is_object(proto) {
            return LEFT;
        }
        let Some(mut current) = as_object(cx, value) else { return FALSE };
        loop {
            if current.kind() == kind::Proxy {
                return LEFT;
            }
            match current.shape(cx).proto().as_object(cx) {
                None => return FALSE,
                Some(next) if next.value(cx).bits() == proto => return TRUE,
                Some(next) => current = next,
            }
        }
    }
}

unsafe extern "C" fn is_in(isolate: *mut Isolate, key: u64, object: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (Some(object), Some(name)) = (as_object(cx, object), name_of(cx, key)) else { return LEFT };
        match cx.plain_find(object, name) {
            Seen::Data(..) | Seen::Accessor => TRUE,
            Seen::Missing => FALSE,
            Seen::More => LEFT,
        }
    }
}

unsafe extern "C" fn iterable(isolate: *mut Isolate, value: u64, function: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let Some(realm) = realm_of(cx, function) else { return 0 };
        u64::from(cx.walks_by_index(Value::from_bits(value), realm))
    }
}

unsafe extern "C" fn iterable_typed(isolate: *mut Isolate, value: u64, function: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let Some(realm) = realm_of(cx, function) else { return 0 };
        u64::from(cx.walks_typed(Value::from_bits(value), realm))
    }
}

unsafe extern "C" fn iterable_string(isolate: *mut Isolate, value: u64, function: u64, _: u64) -> u64 {
    // SAFETY: compiled code passes live values; nothing moves.
    unsafe {
        let cx = (*isolate).cx();
        let value = Value::from_bits(value);
        let walks = realm_of(cx, function).is_some_and(|realm| cx.walks_strings(realm));
        let is_whole = value.cast::<Str>(cx).filter(|_| walks).map(|string| string.is_flat(cx));
        u64::from(is_whole.is_some_and(|is_whole| is_whole || cx.flatten_quietly(value)))
    }
}

unsafe extern "C" fn to_numeric(_: *mut Isolate, value: u64, _: u64, _: u64) -> u64 {
    if is_number(value) { value } else { LEFT }
}

unsafe extern "C" fn to_property_key(_: *mut Isolate, value: u64, _: u64, _: u64) -> u64 {
    let is_key = is_string(value) || tag(value) == TAG_SYMBOL || is_int(value) && as_int(value) >= 0;
    if is_key { value } else { LEFT }
}

macro_rules! binary {
    ($name:ident, |$a:ident, $b:ident| $ints:expr, |$c:ident, $d:ident| $doubles:expr) => {
        unsafe extern "C" fn $name(_: *mut Isolate, a: u64, b: u64, _: u64) -> u64 {
            if is_int(a) && is_int(b) {
                let ($a, $b) = (as_int(a), as_int(b));
                if let Some(result) = $ints {
                    return int(result);
                }
            }
            if !is_number(a) || !is_number(b) {
                return LEFT;
            }
            let ($c, $d) = (as_number(a), as_number(b));
            $doubles
        }
    };
}

unsafe extern "C" fn add(isolate: *mut Isolate, a: u64, b: u64, unused: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and live values.
    unsafe {
        match add_numbers(isolate, a, b, unused) {
            LEFT => make::add(isolate, a, b, unused),
            sum => sum,
        }
    }
}

binary!(add_numbers, |a, b| a.checked_add(b), |a, b| double(a + b));
binary!(sub, |a, b| a.checked_sub(b), |a, b| double(a - b));
binary!(mul, |a, b| a.checked_mul(b).filter(|&product| product != 0 || (a | b) >= 0), |a, b| double(a * b));
binary!(div, |a, b| (b > 0 && a >= 0 && a % b == 0).then(|| a / b), |a, b| number(a / b));
binary!(modulo, |a, b| (a >= 0 && b > 0).then(|| a % b), |a, b| number(a % b));
binary!(bit_and, |a, b| Some(a & b), |a, b| int(to_int32(a) & to_int32(b)));
binary!(bit_or, |a, b| Some(a | b), |a, b| int(to_int32(a) | to_int32(b)));
binary!(bit_xor, |a, b| Some(a ^ b), |a, b| int(to_int32(a) ^ to_int32(b)));
binary!(shl, |a, b| Some(a.wrapping_shl(b as u32)), |a, b| int(to_int32(a).wrapping_shl(to_int32(b) as u32)));
binary!(shr, |a, b| Some(a.wrapping_shr(b as u32)), |a, b| int(to_int32(a).wrapping_shr(to_int32(b) as u32)));
binary!(ushr, |a, b| i32::try_from((a as u32).wrapping_shr(b as u32)).ok(), |a, b| number(f64::from(
    (to_int32(a) as u32).wrapping_shr(to_int32(b) as u32)
)));

unsafe extern "C" fn neg(_: *mut Isolate, value: u64, _: u64, _: u64) -> u64 {
    if is_int(value) && as_int(value) != 0 && as_int(value) != i32::MIN {
        int(-as_int(value))
    } else if is_number(value) {
        double(-as_number(value))
    } else {
        LEFT
    }
}

unsafe extern "C" fn less(isolate: *mut Isolate, a: u64, b: u64, _: u64) -> u64 {
    if is_number(a) && is_number(b) {
        return u64::from(as_number(a) < as_number(b));
    }
    // SAFETY: passed on from the caller.
    unsafe { text_order(isolate, a, b) }.map_or(LEFT, |order| u64::from(order.is_lt()))
}

unsafe extern "C" fn less_equal(isolate: *mut Isolate, a: u64, b: u64, _: u64) -> u64 {
    if is_number(a) && is_number(b) {
        return u64::from(as_number(a) <= as_number(b));
    }
    // SAFETY: passed on from the caller.
    unsafe { text_order(isolate, a, b) }.map_or(LEFT, |order| u64::from(order.is_le()))
}

/// How two flat strings compare.
unsafe fn text_order(isolate: *mut Isolate, a: u64, b: u64) -> Option<std::cmp::Ordering> {
    // SAFETY: compiled code passes live values.
    unsafe {
        let cx = (*isolate).cx();
        let (a, b) = (Value::from_bits(a).cast::<Str>(cx)?, Value::from_bits(b).cast::<Str>(cx)?);
        // Long ones cost fuel.
        let short = a.length().min(b.length()) < ORDER_UNITS;
        (short && a.is_flat(cx) && b.is_flat(cx)).then(|| a.chars(cx).compare(b.chars(cx)))
    }
}

unsafe extern "C" fn strict_equal(isolate: *mut Isolate, a: u64, b: u64, _: u64) -> u64 {
    if is_number(a) && is_number(b) {
        return u64::from(as_number(a) == as_number(b));
    }
    if a == b {
        return 1;
    }
    if is_string(a) && is_string(b) {
        // SAFETY: passed on from the caller.
        return match unsafe { tier_strict_equal(isolate, a, b) } {
            2 => LEFT,
            equal => equal,
        };
    }
    if tag(a) == TAG_BIGINT && tag(b) == TAG_BIGINT { LEFT } else { 0 }
}

unsafe extern "C" fn loose_equal(isolate: *mut Isolate, a: u64, b: u64, c: u64) -> u64 {
    let alike = (is_number(a) && is_number(b))
        || (is_object(a) && is_object(b))
        || (is_string(a) && is_string(b))
        || (is_nullish(a) && is_nullish(b));
    if !alike {
        return LEFT;
    }
    // SAFETY: passed on from the caller.
    if is_nullish(a) { 1 } else { unsafe { strict_equal(isolate, a, b, c) } }
}
