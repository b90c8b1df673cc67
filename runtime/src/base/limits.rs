//! Named bounds of the runtime. Each has a fixture under `tests/fixtures/limits` that reaches it.

/// Code units of a string (2^29 - 24, as V8 has it).
pub const STRING_LENGTH: usize = (1 << 29) - 24;
/// Levels of a rope before it is flattened.
pub const ROPE_DEPTH: u32 = 4000;
/// Bits of a BigInt.
pub const BIGINT_BITS: usize = 1 << 24;
/// Bytes of an ArrayBuffer.
pub const BUFFER_BYTES: usize = 4 << 30;
/// Elements that a dense array may have beyond what it uses.
pub const DENSE_GAP: u32 = 4096;
/// Elements that may be dense however few of them are used.
pub const SURELY_DENSE: u32 = 1 << 16;
/// Own properties added by computed key before an object becomes a dictionary.
pub const FAST_PROPERTIES: u32 = 512;
/// Properties of an object in shape mode.
pub const SHAPE_PROPERTIES: u32 = 4096;
/// Shapes reached from one by adding a property; further objects become dictionaries. They are searched one by one.
pub const SHAPE_TRANSITIONS: u32 = 1024;
/// Arguments of a call made from an array.
pub const SPREAD_ARGUMENTS: u32 = 1 << 19;
/// Default slots of a fiber's stack.
pub const STACK_SLOTS: u32 = 1 << 20;
/// Default bytes of heap.
pub const HEAP_BYTES: usize = 4 << 30;
/// Frames that a stack trace keeps; `Error.stackTraceLimit` may say less or more.
pub const STACK_TRACE: usize = 10;
/// Frames that a stack trace keeps at most.
pub const STACK_TRACE_MAX: usize = 10_000;
/// Polls between two looks at interrupts and clocks.
pub const POLL_SLICE: i64 = 4096;
/// Nested proxies, bound functions and the like that one operation follows.
pub const CHAIN: u32 = 100_000;
/// Containers within containers of a JSON text.
pub const JSON_DEPTH: usize = 50_000;
/// Bytes of a message between isolates.
pub const MESSAGE_BYTES: usize = 16 << 20;
/// Objects and long strings in one.
pub const MESSAGE_OBJECTS: usize = 1 << 20;
/// Containers within containers in one.
pub const MESSAGE_DEPTH: usize = 1 << 17;
/// Bytes of source text from which compiling it takes so long that the clock is looked at meanwhile.
pub const LARGE_SOURCE: usize = 64 << 10;
