//! The layouts of everything in the heap: one row per kind of cell.
//!
//! Every cell starts with the same eight bytes:
//! ```text
//! 0  u8   kind
//! 1  u8   flags (see `flag`)
//! 2  u16  size in words of 8 bytes, header included; 0 in a large object, whose size its block knows
//! 4  u32  the shape of an object; a field of its own in other cells
//! ```
//! A row gives the fields behind them by offset, in bytes. From it come the accessors of [`Gc`], what the collector
//! traces, what a heap audit checks, and the offsets that compiled code uses. Field kinds: `u8 u16 u32 u64 f64` are
//! raw; `value` is a tagged value; `cell T` a reference to a `T`, `maybe T` one that may be 0; `tail values @n` says
//! that values fill the cell from offset n on, `tail cells @n` that untagged references do, `tail entries @n` that
//! pairs (reference, u32) do, up to the `u32` number of entries in the field at `counted by @m`.

use super::bits;
use super::cx::Cx;
use super::gc::{Gc, Value};
pub use super::layout::{Cell, Layout, Tail};
use super::layout::{UNUSED, collect};

/// Bits of a cell's flags byte.
pub mod flag {
    /// Old, and written to since the last minor collection: in the remembered set.
    pub const DIRTY: u8 = 1;
    /// Has a block run of its own; dirtiness is kept by card.
    pub const LARGE: u8 = 2;
    /// A string that is unique among equal strings: can be a property key.
    pub const ATOM: u8 = 4;
    /// An atom that is an array index (its `hash` field's use is as for others).
    pub const INDEX: u8 = 8;
    /// A rope or slice whose content is UTF-16.
    pub const WIDE: u8 = 16;
    /// A Latin-1 cell with free room behind what slices have of it (`object/append.rs`): its hash is how much they have.
    pub const BUFFER: u8 = 32;
    /// Elements: may hold something other than int32s.
    pub const NOT_INT: u8 = 16;
    /// Elements: may hold something other than doubles.
    pub const NOT_DOUBLE: u8 = 32;
    /// Elements: not writable (frozen), or shared with others until written.
    pub const FROZEN: u8 = 64;
    /// Elements: not deletable (sealed).
    pub const SEALED: u8 = 128;
}

cells! {
    // ---- primitives
    /// A string of Latin-1 bytes, which start at offset 12.
    string Latin1 = 1, 16 bytes {
        /// Code units.
        length/set_length: u32 @4,
        /// Hash of the content, 0 where it is not computed yet.
        hash/set_hash: u32 @8,
    };
    /// A string of UTF-16 code units, which start at offset 12; at least one is above 0xFF.
    string Utf16 = 2, 16 bytes {
        /// Code units.
        length/set_length: u32 @4,
        /// Hash of the content, 0 where it is not computed yet.
        hash/set_hash: u32 @8,
    };
    /// A concatenation that was not carried out yet; once it is, `right` is 0 and `left` the flat string.
    string Rope = 3, 24 bytes {
        /// Code units.
        length/set_length: u32 @4,
        /// First part, or the flat string.
        left/set_left: cell Str @12,
        /// Second part, or none.
        right/set_right: maybe Str @16,
        /// Levels of ropes below.
        depth/set_depth: u32 @20,
    };
    /// A part of a flat string.
    string Slice = 4, 24 bytes {
        /// Code units.
        length/set_length: u32 @4,
        /// The flat string.
        parent/set_parent: cell Str @12,
        /// First code unit.
        offset/set_offset: u32 @16,
    };
    /// A symbol.
    symbol Symbol = 5, 24 bytes {
        /// Bits of `symbol_flag`.
        flags/set_flags: u32 @4,
        /// Hash, by order of creation.
        hash/set_hash: u32 @8,
        /// A string or undefined.
        description/set_description: value @16,
    };
    /// A BigInt: digits of 64 bits from offset 8, least significant first.
    bigint BigInt = 6, 8 bytes {
        /// Number of digits, with bit 31 set where it is negative.
        size/set_size: u32 @4,
    };

    // ---- objects: shape, out-of-line slots, elements, then the kind's own fields, then inline slots
    /// An ordinary object.
    object Plain = 16, 16 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
    } tail values @16;
    /// An array (10.4.2).
    object Array = 17, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// `length`.
        length/set_length: u32 @16,
        /// 1 where `length` is not writable.
        frozen_length/set_frozen_length: u32 @20,
    } tail values @24;
    /// A function object: bytecode or native.
    object Function = 18, 32 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// What it runs.
        template/set_template: cell Template @16,
        /// The scope it was created in; a native function's data.
        scope/set_scope: maybe Scope @20,
        /// What few functions need.
        extra/set_extra: maybe FunctionExtra @24,
        /// Bits of `function_bit`.
        bits/set_bits: u32 @28,
    } tail values @32;
    /// A bound function (10.4.1).
    object Bound = 19, 40 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// The function called.
        target/set_target: value @16,
        /// Its receiver.
        this/set_this: value @24,
        /// Its first arguments.
        arguments/set_arguments: maybe Tuple @32,
        /// 1 where the target is a constructor.
        constructs/set_constructs: u32 @36,
    } tail values @40;
    /// A Boolean, Number, String, Symbol or BigInt object.
    object Wrapper = 20, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// The primitive.
        primitive/set_primitive: value @16,
    } tail values @24;
    /// A Date.
    object Date = 21, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Milliseconds since the epoch, or NaN.
        time/set_time: f64 @16,
    } tail values @24;
    /// A regular expression; its first inline slot is `lastIndex`.
    object RegExp = 22, 40 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Pattern text.
        source/set_source: value @16,
        /// Flags text.
        flags/set_flags: value @24,
        /// Number of the compiled program in this process, 0 for none.
        program/set_program: u32 @32,
        /// 1 where it was made by %RegExp% itself with no legacy restrictions.
        legacy/set_legacy: u32 @36,
    } tail values @40;
    /// A Map.
    object Map = 23, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its entries.
        table/set_table: cell MapTable @16,
        /// Unused.
        pad/set_pad: u32 @20,
    } tail values @24;
    /// A Set.
    object Set = 24, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its entries.
        table/set_table: cell MapTable @16,
        /// Unused.
        pad/set_pad: u32 @20,
    } tail values @24;
    /// A WeakMap or WeakSet.
    object WeakMap = 25, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its entries.
        table/set_table: cell WeakTable @16,
        /// 1 for a WeakSet.
        is_set/set_is_set: u32 @20,
    } tail values @24;
    /// A WeakRef; its target is not traced.
    object WeakRef = 27, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Bits of the target, a value the collector treats as weak.
        target/set_target: u64 @16,
    } tail values @24;
    /// A FinalizationRegistry.
    object Registry = 28, 32 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// The clean-up function.
        cleanup/set_cleanup: value @16,
        /// Registrations: tuples of weak target, held value, weak token.
        records/set_records: maybe List @24,
        /// Unused.
        pad/set_pad: u32 @28,
    } tail values @32;
    /// A Promise (27.2).
    object Promise = 29, 40 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// A `PromiseState`.
        state/set_state: u32 @16,
        /// 1 where somebody handles its rejection.
        handled/set_handled: u32 @20,
        /// What it was settled with.
        result/set_result: value @24,
        /// Reactions while pending: a list, or undefined.
        reactions/set_reactions: value @32,
    } tail values @40;
    /// A generator or async generator.
    object Generator = 30, 40 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its frame while suspended.
        frame/set_frame: maybe SavedFrame @16,
        /// A `GeneratorState`.
        state/set_state: u32 @20,
        /// Async generators: requests waiting, a list or undefined.
        queue/set_queue: value @24,
        /// 1 for an async generator.
        is_async/set_is_async: u32 @32,
        /// Unused.
        pad/set_pad: u32 @36,
    } tail values @40;
    /// An arguments object mapped to parameters (10.4.4); plain ones are ordinary objects.
    object Arguments = 32, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Where the parameters live; none for an unmapped arguments object.
        scope/set_scope: maybe Scope @16,
        /// Slot of each mapped argument, or a hole.
        map/set_map: maybe Tuple @20,
    } tail values @24;
    /// An ArrayBuffer or SharedArrayBuffer.
    object Buffer = 33, 48 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// The bytes; none when detached.
        data/set_data: maybe Bytes @16,
        /// Bits of `buffer_flag`.
        flags/set_flags: u32 @20,
        /// Bytes in use.
        length/set_length: u64 @24,
        /// Bytes it may grow to.
        max_length/set_max_length: u64 @32,
        /// Unused.
        pad/set_pad: u64 @40,
    } tail values @48;
    /// A typed array.
    object TypedArray = 34, 48 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its buffer.
        buffer/set_buffer: cell Buffer @16,
        /// An `ElementType`.
        element_type/set_element_type: u32 @20,
        /// First byte in the buffer.
        offset/set_offset: u64 @24,
        /// Elements; `u64::MAX` where it follows a resizable buffer.
        length/set_length: u64 @32,
        /// Unused.
        pad/set_pad: u64 @40,
    } tail values @48;
    /// A DataView.
    object DataView = 35, 48 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its buffer.
        buffer/set_buffer: cell Buffer @16,
        /// Unused.
        pad/set_pad: u32 @20,
        /// First byte in the buffer.
        offset/set_offset: u64 @24,
        /// Bytes; `u64::MAX` where it follows a resizable buffer.
        length/set_length: u64 @32,
        /// Unused.
        pad2/set_pad2: u64 @40,
    } tail values @48;
    /// A Proxy (10.5).
    object Proxy = 36, 48 bytes {
        /// Always none.
        slots/set_slots: maybe Slots @8,
        /// Always none.
        elements/set_elements: maybe Elements @12,
        /// The target, or null when revoked.
        target/set_target: value @16,
        /// The handler, or null when revoked.
        handler/set_handler: value @24,
        /// 1 where the target is callable.
        calls/set_calls: u32 @32,
        /// 1 where the target is a constructor.
        constructs/set_constructs: u32 @36,
        /// The realm whose code made it.
        realm/set_realm: maybe Realm @40,
        /// 1 for the global object of a context, which the engine itself answers for: the target is the realm's own
        /// global object, the handler the object that the program gave.
        context/set_context: u32 @44,
    } tail values @48;
    /// A module namespace (10.4.6).
    object Namespace = 37, 32 bytes {
        /// Out-of-line property slots (`Symbol.toStringTag`).
        slots/set_slots: maybe Slots @8,
        /// Always none.
        elements/set_elements: maybe Elements @12,
        /// Exported names, sorted: a tuple of strings.
        names/set_names: cell Tuple @16,
        /// For each name its binding: a tuple of `ImportRef`s.
        bindings/set_bindings: cell Tuple @20,
        /// Unused.
        pad/set_pad: u64 @24,
    } tail values @32;
    /// An Error: marks [[ErrorData]]; keeps the stack until somebody asks for its text.
    object Error = 38, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Captured frames: a tuple, undefined for none.
        frames/set_frames: value @16,
    } tail values @24;
    /// An object with internal slots of its own, made by self-hosted code.
    object Slotted = 39, 24 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// Its internal slots.
        fields/set_fields: cell Tuple @16,
        /// A `SlottedClass`.
        class/set_class: u32 @20,
    } tail values @24;
    /// An array iterator (23.1.5).
    object ArrayIterator = 40, 40 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// What it iterates over, undefined at the end.
        target/set_target: value @16,
        /// Next index.
        index/set_index: u64 @24,
        /// 0 keys, 1 values, 2 entries.
        mode/set_mode: u32 @32,
        /// Unused.
        pad/set_pad: u32 @36,
    } tail values @40;
    /// A Map or Set iterator (24.1.5, 24.2.6).
    object MapIterator = 41, 32 bytes {
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
        /// The table it walks, none at the end.
        table/set_table: maybe MapTable @16,
        /// Next entry.
        index/set_index: u32 @20,
        /// 0 keys, 1 values, 2 entries.
        mode/set_mode: u32 @24,
        /// 1 for a Set's.
        is_set/set_is_set: u32 @28,
    } tail values @32;

    // ---- the engine's own
    /// A hidden class: what an object's properties are and where.
    internal Shape = 64, 56 bytes {
        /// Bits of `shape_flag`.
        flags/set_flags: u32 @4,
        /// Property names with slots and attributes; shared along a lineage.
        table/set_table: maybe PropertyTable @8,
        /// How many of the table's entries belong to this shape.
        count/set_count: u32 @12,
        /// The prototype: an object or null.
        proto/set_proto: value @16,
        /// Shapes reached by adding a property: one shape, a table of them, or none.
        transitions/set_transitions: maybe AnyCell @24,
        /// Kind of the objects, and how many property slots lie in them (upper half).
        layout/set_layout: u32 @28,
        /// Stays valid while no object on the prototype chain changes.
        validity/set_validity: maybe Validity @32,
        /// What depends on the object that owns this shape as a prototype.
        proto_info/set_proto_info: maybe ProtoInfo @36,
        /// Property slots in use.
        slots_used/set_slots_used: u32 @40,
        /// The shape it came from by a transition.
        parent/set_parent: maybe Shape @44,
        /// Of a shape that is flagged GUARDED: the realm that its object is an intrinsic of.
        owner/set_owner: maybe Realm @48,
        /// Unused.
        pad/set_pad: u32 @52,
    };
    /// Property names in order of their addition, and a hash index over them.
    internal PropertyTable = 65, 16 bytes {
        /// Entries there is room for.
        capacity/set_capacity: u32 @4,
        /// Entries in use.
        count/set_count: u32 @8,
        /// Entries that were deleted.
        deleted/set_deleted: u32 @12,
    } tail entries @16 counted by @8;
    /// Transitions of a shape that has several.
    internal Transitions = 66, 8 bytes {
        /// Entries in use.
        count/set_count: u32 @4,
    } tail cells @8;
    /// Out-of-line property slots.
    internal Slots = 67, 8 bytes {
        /// The object's identity hash, 0 for none.
        hash/set_hash: u32 @4,
    } tail values @8;
    /// Indexed properties, dense; absent ones are holes.
    internal Elements = 68, 8 bytes {
        /// Room, in elements.
        capacity/set_capacity: u32 @4,
    } tail values @8;
    /// Indexed properties with attributes, or far apart: a hash table, seen through an `elements` field.
    internal Sparse = 69, 24 bytes {
        /// Always 0, so that a dense access finds nothing.
        zero/set_zero: u32 @4,
        /// Triples of index, attributes and value: a list.
        entries/set_entries: value @8,
        /// Entries that are not deleted.
        live/set_live: u32 @16,
        /// 1 where no index may be added.
        closed/set_closed: u32 @20,
    };
    /// Variables of a scope that closures or eval code reach; native functions keep their data in one.
    internal Scope = 70, 8 bytes {
        /// The enclosing scope.
        parent/set_parent: maybe Scope @4,
    } tail values @8;
    /// What a function runs, shared by its closures in one realm.
    internal Template = 71, 88 bytes {
        /// Bits of `template_flag`.
        flags/set_flags: u32 @4,
        /// A `FunctionKind`, `Entry` in bits 8..16.
        kinds/set_kinds: u32 @8,
        /// Number in the isolate's code table; of a native function its number.
        code/set_code: u32 @12,
        /// Its constants and feedback, once it has run.
        linked/set_linked: maybe Linked @16,
        /// Registers of its frame.
        registers/set_registers: u32 @20,
        /// Parameters in registers.
        params/set_params: u32 @24,
        /// Unit in the isolate's list.
        unit/set_unit: u32 @28,
        /// Function in the unit.
        function/set_function: u32 @32,
        /// The realm that its closures belong to.
        realm/set_realm: cell Realm @36,
        /// Its `name` property.
        name/set_name: value @40,
        /// Its `length` property.
        length/set_length: u32 @48,
        /// How often it was called.
        calls/set_calls: u32 @52,
        /// Properties that its constructed objects are likely to get.
        inline_hint/set_inline_hint: u32 @56,
        /// A native function's self-hosted other half, as a library number plus 1; 0 for none.
        fallback/set_fallback: u32 @60,
        /// Import metadata of the module that it belongs to, or undefined.
        module/set_module: value @64,
        /// Shape of its closures.
        shape/set_shape: maybe Shape @72,
        /// Unused.
        pad/set_pad: u32 @76,
        /// Unused.
        pad2/set_pad2: u64 @80,
    };
    /// A function's constants, then its feedback words.
    internal Linked = 72, 8 bytes {
        /// Number of constants.
        constants/set_constants: u32 @4,
    } tail values @8;
    /// Entries of a polymorphic inline cache.
    internal PolyCache = 73, 8 bytes {
        /// Entries in use.
        entries/set_entries: u32 @4,
    } tail values @8;
    /// Says whether what was learnt of a prototype chain still holds.
    internal Validity = 74, 8 bytes {
        /// 1 while it holds.
        valid/set_valid: u32 @4,
    };
    /// A module binding seen from elsewhere: a slot of another module's scope.
    internal ImportRef = 75, 16 bytes {
        /// Slot number.
        slot/set_slot: u32 @4,
        /// The scope; none for a namespace import, whose object is in `namespace`.
        scope/set_scope: maybe Scope @8,
        /// Unused.
        pad/set_pad: u32 @12,
    };
    /// A getter and setter.
    internal Accessor = 76, 24 bytes {
        /// Unused.
        pad/set_pad: u32 @4,
        /// A function or undefined.
        getter/set_getter: value @8,
        /// A function or undefined.
        setter/set_setter: value @16,
    };
    /// Entries of a Map or Set in order of insertion, with a hash index: see `object::map`.
    internal MapTable = 77, 32 bytes {
        /// Live entries.
        live/set_live: u32 @4,
        /// Entries used, deleted ones included.
        used/set_used: u32 @8,
        /// Room for entries.
        capacity/set_capacity: u32 @12,
        /// Buckets and chains: raw u32 numbers.
        index/set_index: cell Bytes @16,
        /// The table that replaced it, for iterators that are under way.
        next/set_next: maybe MapTable @20,
        /// Entries removed by clearing, so that iterators start again.
        cleared/set_cleared: u32 @24,
        /// Number of buckets less one: a mask.
        mask/set_mask: u32 @28,
    } tail values @32;
    /// Entries of a WeakMap: keys are weak, values held by their keys.
    internal WeakTable = 78, 16 bytes {
        /// Live entries.
        live/set_live: u32 @4,
        /// Entries used, deleted ones included.
        used/set_used: u32 @8,
        /// Room for entries, a power of two.
        capacity/set_capacity: u32 @12,
    };
    /// Raw bytes, from offset 8.
    internal Bytes = 79, 8 bytes {
        /// Their number; of a larger one, the cell's size tells.
        length/set_length: u32 @4,
    };
    /// A frame put away: its header words, then its registers.
    internal SavedFrame = 80, 16 bytes {
        /// Code offset to resume at.
        pc/set_pc: u32 @4,
        /// Register that receives what it is resumed with.
        register/set_register: u32 @8,
        /// Number of arguments it was called with.
        argc/set_argc: u32 @12,
    } tail values @16;
    /// A module being loaded, linked or evaluated.
    internal Module = 81, 16 bytes {
        /// A `ModuleStatus`.
        status/set_status: u32 @4,
        /// Its body, once it has waited at a top-level await.
        waiting/set_waiting: maybe Coroutine @8,
        /// Unused.
        pad/set_pad: u32 @12,
    } tail values @16;
    /// A realm's intrinsics by number.
    internal Realm = 82, 8 bytes {
        /// Number of the realm.
        number/set_number: u32 @4,
    } tail values @8;
    /// A fixed number of values.
    internal Tuple = 84, 8 bytes {
        /// Free for the owner.
        word/set_word: u32 @4,
    } tail values @8;
    /// What few functions need.
    internal FunctionExtra = 85, 40 bytes {
        /// Shape of the objects that it constructs.
        initial_shape/set_initial_shape: maybe Shape @4,
        /// The home object, for `super`.
        home/set_home: value @8,
        /// The function that initialises a class's fields.
        fields/set_fields: value @16,
        /// The `prototype` object, a hole while nobody asked for it.
        prototype/set_prototype: value @24,
        /// The prototype that `initial_shape` was made for.
        shape_proto/set_shape_proto: value @32,
    };
    /// What depends on an object as a prototype.
    internal ProtoInfo = 86, 24 bytes {
        /// Shapes of objects with this prototype and no property: by kind and inline slots.
        roots/set_roots: maybe List @4,
        /// Validity cells of chains that lead through it.
        dependents/set_dependents: maybe List @8,
        /// Unused.
        pad/set_pad: u32 @12,
        /// Unused.
        pad2/set_pad2: u64 @16,
    };
    /// Keys of a `for in` under way.
    internal Enumerator = 87, 32 bytes {
        /// Next key.
        index/set_index: u32 @4,
        /// The object, or undefined.
        object/set_object: value @8,
        /// Its keys: a list.
        keys/set_keys: cell List @16,
        /// The object's shape when the keys were collected, while that makes them certain.
        shape/set_shape: maybe Shape @20,
        /// Unused.
        pad/set_pad: u64 @24,
    };
    /// The intern table: weak references to atoms, open addressing.
    internal AtomTable = 88, 8 bytes {
        /// Atoms in it.
        count/set_count: u32 @4,
    };
    /// The isolate's roots.
    internal Roots = 89, 8 bytes {
        /// Unused.
        pad/set_pad: u32 @4,
    } tail values @8;
    /// An async function under way.
    internal Coroutine = 90, 24 bytes {
        /// Its frame while it waits.
        frame/set_frame: maybe SavedFrame @4,
        /// Its promise.
        promise/set_promise: value @8,
        /// 1 once the promise was handed to the caller.
        started/set_started: u32 @16,
        /// Unused.
        pad/set_pad: u32 @20,
    };
    /// A growable list of values.
    internal List = 91, 16 bytes {
        /// Values in use.
        length/set_length: u32 @4,
        /// The values.
        storage/set_storage: maybe Tuple @8,
        /// Position of the first one, where the list is used as a queue.
        head/set_head: u32 @12,
    };
    /// A registration of a FinalizationRegistry; target and token are weak.
    internal WeakCell = 92, 32 bytes {
        /// 1 once the target died and the clean-up is due.
        due/set_due: u32 @4,
        /// Bits of the target.
        target/set_target: u64 @8,
        /// What the clean-up function gets.
        held/set_held: value @16,
        /// Bits of the unregister token, undefined for none.
        token/set_token: u64 @24,
    };
}

/// Any string.
pub enum Str {}

impl Cell for Str {
    #[inline(always)]
    fn matches(kind: u8) -> bool {
        matches!(kind, kind::Latin1 | kind::Utf16 | kind::Rope | kind::Slice)
    }

    const TAG: u64 = bits::TAG_STRING;
}

/// Any object.
pub enum Object {}

impl Cell for Object {
    #[inline(always)]
    fn matches(kind: u8) -> bool {
        (kind::Plain..kind::Shape).contains(&kind)
    }

    const TAG: u64 = bits::TAG_OBJECT;
}

/// Any internal cell.
pub enum AnyCell {}

impl Cell for AnyCell {
    #[inline(always)]
    fn matches(kind: u8) -> bool {
        kind >= kind::Shape
    }

    const TAG: u64 = bits::TAG_CELL;
}

impl<'a> Gc<'a, Object> {
    accessors! {
        /// Its hidden class.
        shape/set_shape: cell Shape @4,
        /// Out-of-line property slots.
        slots/set_slots: maybe Slots @8,
        /// Indexed properties.
        elements/set_elements: maybe Elements @12,
    }
}

impl<'a> Gc<'a, Str> {
    accessors! {
        /// Code units.
        length/set_length: u32 @4,
    }
}

/// Every kind's objects start alike.
const _: () = {
    let mut i = 0;
    while i < 256 {
        let layout = &LAYOUTS[i];
        assert!(!layout.object || (layout.fixed >= 16 && layout.cells.len() >= 2));
        i += 1;
    }
};
