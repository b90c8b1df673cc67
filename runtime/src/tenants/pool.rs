//! Threads that run tenants while their makers do something else: one set for the process. Each takes the tenant that
//! has waited longest and runs it for a slice of fuel, so that none starves another.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::child::{Child, Halt};
use crate::base::exit::Termination;
use crate::base::tenants::{Event, Reply, Request, Usage};
use crate::base::threads::{Crew, locked};

/// Fuel of a turn: a few milliseconds.
const SLICE: u64 = 400_000;
/// Threads at most.
const MAX_THREADS: usize = 8;

/// What tenants of one program have told, until it looks.
#[derive(Default)]
pub(super) struct Arrivals {
    events: Mutex<VecDeque<(u64, Event)>>,
    more: Condvar,
    /// Tenants that run, or will run, without anything being done here.
    busy: AtomicUsize,
}

impl Arrivals {
    pub(super) fn take(&self) -> Option<(u64, Event)> {
        locked(&self.events).pop_front()
    }

    pub(super) fn is_busy(&self) -> bool {
        // In this order: a tenant tells first and is idle then.
        self.busy.load(Ordering::SeqCst) > 0 || !locked(&self.events).is_empty()
    }

    pub(super) fn wait(&self, time: Duration) {
        let events = locked(&self.events);
        if events.is_empty() {
            let _ = self.more.wait_timeout(events, time);
        }
    }

    fn put(&self, id: u64, event: Event) {
        locked(&self.events).push_back((id, event));
        self.more.notify_all();
    }
}

/// A tenant and where it is.
pub(super) struct Slot {
    id: u64,
    state: Mutex<State>,
    /// The tenant came back from a thread.
    back: Condvar,
    arrivals: Arc<Arrivals>,
    interrupt: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// None while a thread has it, and once it has ended.
    child: Option<Box<Child>>,
    /// A thread has it.
    away: bool,
    /// It waits for a thread, or a thread has it.
    queued: bool,
    /// Its maker runs it, or waits for it: no thread takes it.
    held: bool,
    /// Something came for it since it last ran.
    nudged: bool,
    closed: bool,
    /// What ended it.
    ended: Option<Termination>,
    /// What came while it was away.
    requests: Vec<Request>,
    replies: Vec<Reply>,
    output: Vec<(u32, Vec<u8>)>,
    usage: Usage,
}

impl Slot {
    pub(super) fn new(id: u64, mut child: Child, arrivals: Arc<Arrivals>) -> Slot {
        let interrupt = child.interrupt_flag();
        let state = Mutex::new(State { child: Some(Box::new(child)), ..State::default() });
        Slot { id, state, back: Condvar::new(), arrivals, interrupt }
    }

    pub(super) fn post(&self, request: Request) -> bool {
        let state = &mut *locked(&self.state);
        match &mut state.child {
            Some(child) => child.post(request),
            None if state.away => state.requests.push(request),
            None => return false,
        }
        true
    }

    pub(super) fn reply(self: &Arc<Slot>, reply: Reply) {
        let state = &mut *locked(&self.state);
        match &mut state.child {
            Some(child) => child.reply(reply),
            None => state.replies.push(reply),
        }
    }

    /// Takes the tenant for its maker's thread, once no other has it.
    pub(super) fn take(&self) -> Option<Box<Child>> {
        let mut state = locked(&self.state);
        state.held = true;
        while state.away {
            state = self.back.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.child.take()
    }

    /// Puts it back; it stays with its maker.
    pub(super) fn put(&self, mut child: Box<Child>) {
        let mut state = locked(&self.state);
        for request in std::mem::take(&mut state.requests) {
            child.post(request);
        }
        for reply in std::mem::take(&mut state.replies) {
            child.reply(reply);
        }
        state.child = Some(child);
    }

    /// Threads may have it again; whether there is something to do for them.
    pub(super) fn release(&self) -> bool {
        let mut state = locked(&self.state);
        state.held = false;
        state.child.as_ref().is_some_and(|child| child.has_requests())
    }

    /// The tenant has ended.
    pub(super) fn end(&self, mut child: Box<Child>, reason: &Termination) {
        let mut state = locked(&self.state);
        state.ended = Some(reason.clone());
        state.usage = child.usage();
        let output = child.take_output();
        state.output.extend(output);
        drop(state);
        drop(child);
    }

    pub(super) fn usage(&self) -> Usage {
        let mut state = locked(&self.state);
        let now = state.child.as_mut().map(|child| child.usage());
        state.usage = now.unwrap_or(state.usage);
        state.usage
    }

    pub(super) fn output(&self) -> Vec<(u32, Vec<u8>)> {
        let mut state = locked(&self.state);
        let mut output = std::mem::take(&mut state.output);
        if let Some(child) = &mut state.child {
            output.extend(child.take_output());
        }
        output
    }

    /// The tenant is wanted no more: it is freed now, or by the thread that has it, which is told to stop.
    pub(super) fn close(&self) {
        self.interrupt.store(true, Ordering::Relaxed);
        let mut state = locked(&self.state);
        state.closed = true;
        let child = state.child.take();
        drop(state);
        drop(child);
    }

    /// What ended the tenant, where something has.
    pub(super) fn ended(&self) -> Option<Termination> {
        locked(&self.state).ended.clone()
    }

    fn tell(&self, event: Event) {
        self.arrivals.put(self.id, event);
    }
}

/// Tenants that wait for a thread, and those that sleep.
#[derive(Default)]
struct Queue {
    ready: VecDeque<Arc<Slot>>,
    /// By the time at which they wake, and their address.
    asleep: BTreeMap<(Instant, usize), Arc<Slot>>,
    crew: Crew,
}

#[derive(Default)]
struct Pool {
    queue: Mutex<Queue>,
    more: Condvar,
}

static POOL: OnceLock<Arc<Pool>> = OnceLock::new();

/// Has a tenant run, unless it does already.
pub(super) fn start(slot: &Arc<Slot>) {
    {
        let mut state = locked(&slot.state);
        state.nudged = true;
        if state.queued || state.closed {
            // One that sleeps must look at what came.
            drop(state);
            wake(slot);
            return;
        }
        state.queued = true;
    }
    slot.arrivals.busy.fetch_add(1, Ordering::SeqCst);
    let pool = POOL.get_or_init(Arc::default);
    let mut queue = locked(&pool.queue);
    queue.ready.push_back(Arc::clone(slot));
    let (waiting, theirs) = (queue.ready.len(), Arc::clone(pool));
    if !queue.crew.hire(waiting, most_threads(), "tvm-tenant", move || theirs.work()) {
        queue.ready.clear();
        drop(queue);
        over(slot, Some(Event::Ended(Termination::Bug("no thread could be started".into()))));
        return;
    }
    drop(queue);
    pool.more.notify_one();
}

fn wake(slot: &Arc<Slot>) {
    let Some(pool) = POOL.get() else { return };
    let mut queue = locked(&pool.queue);
    let place = queue.asleep.iter().find(|(_, asleep)| Arc::ptr_eq(asleep, slot)).map(|(place, _)| *place);
    if let Some(slot) = place.and_then(|place| queue.asleep.remove(&place)) {
        queue.ready.push_back(slot);
        drop(queue);
        pool.more.notify_one();
    }
}

fn most_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_THREADS)))
}

impl Pool {
    fn work(&self) {
        loop {
            let slot = self.next();
            match turn(&slot) {
                Turn::Again => {
                    locked(&self.queue).ready.push_back(slot);
                    self.more.notify_one();
                }
                Turn::At(at) => {
                    let place = (at, Arc::as_ptr(&slot) as usize);
                    locked(&self.queue).asleep.insert(place, Arc::clone(&slot));
                    self.more.notify_one();
                    if locked(&slot.state).nudged {
                        wake(&slot);
                    }
                }
                Turn::Over => {}
            }
        }
    }

    /// Waits for a tenant that can go on.
    fn next(&self) -> Arc<Slot> {
        let mut queue = locked(&self.queue);
        loop {
            let now = Instant::now();
            while let Some(next) = queue.asleep.first_entry().filter(|next| next.key().0 <= now) {
                let slot = next.remove();
                queue.ready.push_back(slot);
            }
            if let Some(slot) = queue.ready.pop_front() {
                return slot;
            }
            let wake = queue.asleep.keys().next().map(|(at, _)| *at);
            queue.crew.idle += 1;
            queue = match wake {
                None => self.more.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let time = at.saturating_duration_since(now);
                    self.more.wait_timeout(queue, time).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            queue.crew.idle -= 1;
        }
    }
}

/// What becomes of a tenant that had its turn.
enum Turn {
    Again,
    At(Instant),
    Over,
}

/// Runs a tenant for a slice.
fn turn(slot: &Arc<Slot>) -> Turn {
    let mut state = locked(&slot.state);
    state.nudged = false;
    let child = if state.held { None } else { state.child.take() };
    let Some(mut child) = child else {
        // It was closed, or its maker has it and starts it again.
        state.queued = false;
        drop(state);
        slot.arrivals.busy.fetch_sub(1, Ordering::SeqCst);
        return Turn::Over;
    };
    state.away = true;
    drop(state);
    // A panic is a defect, and ends the tenant that it happened in, not this thread.
    let attempt = AssertUnwindSafe(|| child.advance(Some(SLICE), None, true, None));
    let halt = catch_unwind(attempt)
        .unwrap_or_else(|_| Halt::Told(Event::Ended(Termination::Bug("a panic".into()))));
    let usage = child.usage();
    let output = child.take_output();
    let mut state = locked(&slot.state);
    state.usage = usage;
    state.output.extend(output);
    state.away = false;
    let turn = match halt {
        _ if state.closed => {
            drop(state);
            drop(child);
            return over(slot, None);
        }
        Halt::Told(Event::Ended(reason)) => {
            state.ended = Some(reason.clone());
            drop(state);
            drop(child);
            slot.back.notify_all();
            return over(slot, Some(Event::Ended(reason)));
        }
        Halt::Told(event) => {
            slot.tell(event);
            Turn::Again
        }
        Halt::Slice => Turn::Again,
        Halt::Parked(Some(at)) if child.has_requests() => Turn::At(at),
        Halt::Parked(_) => Turn::Over,
    };
    let more = !state.replies.is_empty() || !state.requests.is_empty();
    for request in std::mem::take(&mut state.requests) {
        child.post(request);
    }
    for reply in std::mem::take(&mut state.replies) {
        child.reply(reply);
    }
    let turn = if more { Turn::Again } else { turn };
    state.child = Some(child);
    if matches!(turn, Turn::Over) {
        state.queued = false;
    }
    drop(state);
    slot.back.notify_all();
    match turn {
        Turn::Over => over(slot, None),
        turn => turn,
    }
}

fn over(slot: &Slot, event: Option<Event>) -> Turn {
    locked(&slot.state).queued = false;
    if let Some(event) = event {
        slot.tell(event);
    }
    slot.arrivals.busy.fetch_sub(1, Ordering::SeqCst);
    Turn::Over
}
