//! Classes of objects with internal slots of their own, which self-hosted code makes and uses: what the slots hold.

/// Classes of slotted objects.
pub mod class {
    /// %AsyncFromSyncIteratorPrototype% objects: iterator, next method.
    pub const ASYNC_FROM_SYNC: u32 = 1;
    /// %StringIteratorPrototype% objects: string or undefined, position.
    pub const STRING_ITERATOR: u32 = 20;
    /// %RegExpStringIteratorPrototype% objects: matcher, string, global, unicode, done.
    pub const REGEXP_STRING_ITERATOR: u32 = 21;
    /// Raw JSON: its text.
    pub const RAW_JSON: u32 = 22;
    /// A TextEncoder.
    pub const TEXT_ENCODER: u32 = 30;
    /// A TextDecoder: see encoding.rs.
    pub const TEXT_DECODER: u32 = 31;
    /// %IteratorHelperPrototype% objects: generator, what it closes, whether that is a list.
    pub const ITERATOR_HELPER: u32 = 2;
    /// %WrapForValidIteratorPrototype% objects: iterator, next method.
    pub const WRAP_ITERATOR: u32 = 3;
    /// DisposableStacks: list of resources, whether it is disposed of.
    pub const DISPOSABLE_STACK: u32 = 4;
    /// AsyncDisposableStacks: likewise.
    pub const ASYNC_DISPOSABLE_STACK: u32 = 5;
    /// CallSites: see call_site.rs.
    pub const CALL_SITE: u32 = 6;
}
