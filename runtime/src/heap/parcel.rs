//! Isolates that go from thread to thread.

use std::sync::Arc;

use super::{Heap, Isolate};
use crate::base::vm::{Host, Limits, SourceCompiler, Vm};

/// An isolate that any thread may run, one at a time.
pub struct Parcel(Isolate);

// SAFETY: an isolate's pointers lead into its own cage, its own tables, units that it shares ownership of, and code that
// its compiler, which is `Sync`, keeps. Nothing of it is bound to a thread, and `new` takes a host that is `Send`; whoever
// replaces parts later keeps to that.
unsafe impl Send for Parcel {}

impl Parcel {
    /// An isolate over a heap, with a host that can go along.
    pub fn new(
        heap: Heap,
        limits: Limits,
        host: Box<dyn Host + Send>,
        compiler: Option<Arc<dyn SourceCompiler + Send + Sync>>,
    ) -> Parcel {
        Parcel(Isolate { heap, vm: Vm::new(limits, host, compiler) })
    }

    /// The isolate, for the thread that has it now.
    pub fn isolate(&mut self) -> &mut Isolate {
        &mut self.0
    }
}
