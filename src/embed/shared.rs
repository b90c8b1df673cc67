//! What an isolate shares with the handles that its embedder holds, on whatever thread: which values were let go, what
//! has arrived from elsewhere, and that it is to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tvm_runtime::heap::roots::Persistent;

use super::completer::Outcome;

/// What has arrived and not been looked at.
#[derive(Default)]
pub(crate) struct Mail {
    /// Calls that were completed, by number.
    pub completed: Vec<(u64, Outcome)>,
    /// Calls whose futures want to be polled.
    pub woken: Vec<u64>,
    /// The isolate has gone: nobody looks any more.
    closed: bool,
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.completed.is_empty() && self.woken.is_empty()
    }
}

/// One isolate's.
pub(crate) struct Shared {
    dropped: Mutex<Vec<Persistent>>,
    any_dropped: AtomicBool,
    mail: Mutex<Mail>,
    arrived: Condvar,
    interrupt: Arc<AtomicBool>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between two states of what is behind these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(interrupt: Arc<AtomicBool>) -> Shared {
        Shared {
            dropped: Mutex::default(),
            any_dropped: AtomicBool::new(false),
            mail: Mutex::default(),
            arrived: Condvar::new(),
            interrupt,
        }
    }

    /// Lets go of a value: the isolate does so when it is next entered.
    pub fn let_go(&self, kept: Persistent) {
        locked(&self.dropped).push(kept);
        self.any_dropped.store(true, Ordering::Release);
    }

    /// The values that were let go since this was asked last.
    pub fn take_dropped(&self) -> Vec<Persistent> {
        if !self.any_dropped.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *locked(&self.dropped))
    }

    /// Says how a call ended.
    pub fn complete(&self, call: u64, outcome: Outcome) {
        let mut mail = locked(&self.mail);
        if mail.closed {
            // What it holds may want the lock.
            drop(mail);
            return;
        }
        mail.completed.push((call, outcome));
        drop(mail);
        self.arrived.notify_all();
    }

    /// The isolate goes. What has arrived may hold values, which hold this.
    pub fn close(&self) {
        let mail = std::mem::replace(&mut *locked(&self.mail), Mail { closed: true, ..Mail::default() });
        drop(mail);
    }

    /// Says that a call's future wants to be polled.
    pub fn wake(&self, call: u64) {
        locked(&self.mail).woken.push(call);
        self.arrived.notify_all();
    }

    pub fn take_mail(&self) -> Mail {
        std::mem::take(&mut *locked(&self.mail))
    }

    /// Waits until something has arrived or is to stop, at most so long.
    pub fn wait(&self, time: Duration) {
        let mail = locked(&self.mail);
        let idle = |mail: &mut Mail| mail.is_empty() && !self.interrupt.load(Ordering::Relaxed);
        drop(self.arrived.wait_timeout_while(mail, time, idle));
    }

    pub fn interrupt(&self) {
        self.interrupt.store(true, Ordering::Relaxed);
        // Whoever is about to wait has looked already, or is seen to wait.
        drop(locked(&self.mail));
        self.arrived.notify_all();
    }
}

/// Stops what an isolate runs, from any thread.
///
/// The isolate stops at its next safepoint with [`Error::Interrupted`](crate::Error::Interrupted), whatever it catches;
/// where it does not run, when it next does. Handles do not keep the isolate alive.
#[derive(Clone)]
pub struct InterruptHandle(pub(crate) Arc<Shared>);

impl InterruptHandle {
    /// Has the isolate stop. Does not wait for it.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for InterruptHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InterruptHandle")
    }
}
