//! Threads that compile while programs go on: one set for the process, however many isolates it has.
//!
//! An isolate hands over a request and looks into its mailbox when the interpreter samples next. A request is a copy of
//! all that the compiler needs, and what an answer relies on is guarded by the code itself, as it is for code that was
//! installed long ago; so it does not matter what the program did in between.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use super::threads::{Crew, locked};
use super::tier::{Answer, Compiler, Request};

/// Requests of one isolate that wait at once; a function that finds no room asks again when it is as hot once more.
pub const MAX_WAITING: usize = 32;
/// Threads at most.
const MAX_THREADS: usize = 4;

/// Where an isolate finds its answers.
#[derive(Default)]
pub struct Mailbox {
    answers: Mutex<Vec<Answer>>,
    any: AtomicBool,
    closed: AtomicBool,
}

impl Mailbox {
    /// Takes what has come; empty, at the cost of one load, where nothing has.
    pub fn take(&self) -> Vec<Answer> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut answers = locked(&self.answers);
        self.any.store(false, Ordering::Release);
        std::mem::take(&mut answers)
    }

    /// Nobody will look any more: what waits for this mailbox is not compiled.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    fn put(&self, answer: Answer) {
        let mut answers = locked(&self.answers);
        answers.push(answer);
        self.any.store(true, Ordering::Release);
    }
}

struct Job {
    compiler: Arc<dyn Compiler>,
    request: Box<Request>,
    mailbox: Arc<Mailbox>,
}

#[derive(Default)]
struct Queue {
    /// Loops that a program is in: it leaves them at once for machine code, so they come first.
    loops: VecDeque<Job>,
    functions: VecDeque<Job>,
    crew: Crew,
}

#[derive(Default)]
struct Pool {
    queue: Mutex<Queue>,
    more: Condvar,
}

static POOL: OnceLock<Arc<Pool>> = OnceLock::new();

/// Has a request compiled on another thread; the answer comes to the mailbox. Gives it back where there is no thread.
pub fn submit(
    compiler: Arc<dyn Compiler>,
    request: Box<Request>,
    mailbox: Arc<Mailbox>,
) -> Result<(), Box<Request>> {
    let pool = POOL.get_or_init(Arc::default);
    let mut queue = locked(&pool.queue);
    let waiting = queue.loops.len() + queue.functions.len() + 1;
    let theirs = Arc::clone(pool);
    if !queue.crew.hire(waiting, most_threads(), "tvm-compile", move || theirs.work()) {
        return Err(request);
    }
    let jobs = if request.entry == 0 { &mut queue.functions } else { &mut queue.loops };
    jobs.push_back(Job { compiler, request, mailbox });
    drop(queue);
    pool.more.notify_one();
    Ok(())
}

/// One core is the program's.
fn most_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, MAX_THREADS))
    })
}

impl Pool {
    fn work(&self) {
        let mut queue = locked(&self.queue);
        loop {
            let Some(job) = queue.loops.pop_front().or_else(|| queue.functions.pop_front()) else {
                queue.crew.idle += 1;
                queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.crew.idle -= 1;
                continue;
            };
            drop(queue);
            if !job.mailbox.closed.load(Ordering::Relaxed) {
                job.mailbox.put(Answer::to(&job.request, &*job.compiler));
            }
            // The last owner of a compiler unmaps its code: outside the lock.
            drop(job);
            queue = locked(&self.queue);
        }
    }
}
