//! What sets of threads that serve the whole process have in common.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Bytes of native stack of each thread: parser and code generator recurse.
const STACK_BYTES: usize = 8 << 20;

/// Locks; a panic elsewhere leaves nothing half-done behind.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads that take work from one queue.
#[derive(Default)]
pub(crate) struct Crew {
    threads: usize,
    /// Those of them with nothing to do, as they say themselves.
    pub idle: usize,
}

impl Crew {
    /// Starts a thread where more work waits than there are idle ones, and fewer than `most` run. False where none runs.
    pub fn hire(
        &mut self,
        waiting: usize,
        most: usize,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> bool {
        if waiting > self.idle && self.threads < most {
            let builder = thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
            self.threads += usize::from(builder.spawn(work).is_ok());
        }
        self.threads > 0
    }
}
