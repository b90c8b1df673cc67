//! One tenant: its isolate, what it was asked for, and how it goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::base::exit::{Exit, Termination};
use crate::base::tenants::{Event, Order, Reply, Request, Seat, TenantSettings, Usage};
use crate::base::vm::{Limits, OuterStop};
use crate::fiber::Stop;
use crate::heap::Isolate;
use crate::heap::cells::List;
use crate::heap::parcel::Parcel;
use crate::heap::roots::Root;

/// A tenant while it lives.
pub(super) struct Child {
    parcel: Parcel,
    limits: Limits,
    /// Requests that are not begun.
    inbox: VecDeque<Request>,
    /// Bounds of those that are.
    open: Vec<Bounds>,
    cpu: Duration,
}

/// Until when a request must be done.
struct Bounds {
    number: u32,
    deadline: Option<(Instant, Duration)>,
    /// Where it ends, and how much that was; none until the request begins.
    fuel: Option<(u64, u64)>,
}

/// Why a tenant does not go on.
pub(super) enum Halt {
    /// It has something to tell.
    Told(Event),
    /// It has run long enough.
    Slice,
    /// Nothing is to be done before that time, if ever.
    Parked(Option<Instant>),
}

impl Child {
    pub(super) fn new(mut parcel: Parcel, settings: &TenantSettings) -> Child {
        let seat = Seat {
            output_limit: settings.output_bytes,
            keeps_output: settings.keeps_output,
            ..Seat::default()
        };
        let isolate = parcel.isolate();
        isolate.vm.seat = Some(Box::new(seat));
        Child {
            parcel,
            limits: settings.limits,
            inbox: VecDeque::new(),
            open: Vec::new(),
            cpu: Duration::ZERO,
        }
    }

    pub(super) fn isolate(&mut self) -> &mut Isolate {
        self.parcel.isolate()
    }

    fn seat(&mut self) -> &mut Seat {
        self.isolate().vm.seat.get_or_insert_default()
    }

    pub(super) fn interrupt_flag(&mut self) -> Arc<AtomicBool> {
        self.isolate().vm.interrupt_flag()
    }

    /// Takes a request. Its time counts from now on, whatever is to be done before.
    pub(super) fn post(&mut self, request: Request) {
        if request.number != 0 {
            let time = request.time.or(self.limits.time);
            let deadline = time.map(|time| (Instant::now() + time, time));
            self.open.push(Bounds { number: request.number, deadline, fuel: None });
        }
        self.inbox.push_back(request);
    }

    pub(super) fn reply(&mut self, reply: Reply) {
        self.seat().reply = Some(reply);
    }

    /// Whether it stands still until it is replied to.
    pub(super) fn waits(&mut self) -> bool {
        let seat = self.seat();
        seat.waits
            && seat.reply.is_none()
            && !seat.outbox.iter().any(|event| matches!(event, Event::Call { .. }))
    }

    pub(super) fn take_output(&mut self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.seat().output)
    }

    pub(super) fn usage(&mut self) -> Usage {
        let cpu_ns = self.cpu.as_nanos() as u64;
        let isolate = self.isolate();
        let external_bytes = isolate.heap.charged();
        let jobs = waiting(isolate, &READY) + waiting(isolate, &[Root::Timers]);
        Usage {
            heap_bytes: isolate.heap.bytes_used() - external_bytes,
            external_bytes,
            fuel: isolate.vm.meter.used(),
            cpu_ns,
            jobs,
        }
    }

    /// Goes on until there is something to tell, for at most `slice` units of fuel. `fuel` bounds it besides; timers
    /// run where `timers`.
    pub(super) fn advance(
        &mut self,
        slice: Option<u64>,
        fuel: Option<u64>,
        timers: bool,
        stop: Option<OuterStop>,
    ) -> Halt {
        // On its maker's thread a call is short, and asking the system for processor time would take as long.
        let clock = if stop.is_some() { monotonic_time } else { cpu_time };
        let started = clock();
        self.isolate().vm.outer_stop = stop;
        let halt = self.go_on(slice, fuel, timers);
        self.isolate().vm.outer_stop = None;
        self.cpu += clock().saturating_sub(started);
        halt
    }

    fn go_on(&mut self, slice: Option<u64>, fuel: Option<u64>, timers: bool) -> Halt {
        let begun = self.isolate().vm.meter.used();
        loop {
            if let Some(event) = self.next_event() {
                if let Event::Answer { number, .. } = event {
                    self.open.retain(|bounds| bounds.number != number);
                }
                return Halt::Told(event);
            }
            if let Some(reason) = self.overdue() {
                return Halt::Told(Event::Ended(reason));
            }
            // What is left without a request would have no bounds: it waits for the next one.
            if self.waits() || !self.has_requests() {
                return Halt::Parked(self.next_deadline());
            }
            if let Err(event) = self.begin_requests() {
                return Halt::Told(event);
            }
            let used = self.isolate().vm.meter.used();
            let left = slice.map(|slice| slice.saturating_sub(used - begun));
            if left == Some(0) {
                return Halt::Slice;
            }
            self.set_bounds(fuel.map(|fuel| begun.saturating_add(fuel)), left.map(|left| used + left));
            let ran = self.run(timers);
            match ran {
                Ok(None) => {}
                Ok(Some(due)) if self.seat().outbox.is_empty() => return Halt::Parked(due),
                Ok(Some(_)) => {}
                Err(Stop::Ended(Termination::Snapshot)) => {}
                Err(Stop::Ended(reason)) => return Halt::Told(Event::Ended(self.as_asked(reason))),
                Err(Stop::Threw { value, .. }) => {
                    let report = self.isolate().report(&value);
                    self.isolate().enter(|cx| cx.release(value));
                    let text = format!("Uncaught {}\n{}", report.headline, report.stack);
                    let limit = self.seat().output_limit;
                    if !self.seat().write(2, format!("{}\n", text.trim_end()).as_bytes()) {
                        return Halt::Told(Event::Ended(Termination::Output { limit }));
                    }
                }
            }
        }
    }

    /// What is to be told now. An answer waits until the jobs that there are have run: they belong to its request.
    fn next_event(&mut self) -> Option<Event> {
        let isolate = self.parcel.isolate();
        let outbox = isolate.vm.seat.as_ref().map(|seat| &seat.outbox)?;
        let calls = outbox.iter().any(|event| matches!(event, Event::Call { .. }));
        if outbox.is_empty() || !calls && (isolate.vm.frame != 0 || waiting(isolate, &READY) > 0) {
            return None;
        }
        self.seat().outbox.pop_front()
    }

    /// The time limit that has passed, where one has.
    fn overdue(&self) -> Option<Termination> {
        let now = Instant::now();
        let late = self.open.iter().filter_map(|bounds| bounds.deadline).find(|(at, _)| *at <= now);
        late.map(|(_, time)| Termination::Time { limit_ms: time.as_millis() as u64 })
    }

    /// A request's limit as it was given, not as where it ends.
    fn as_asked(&self, reason: Termination) -> Termination {
        let Termination::Fuel { limit } = reason else { return reason };
        let given = self.open.iter().filter_map(|bounds| bounds.fuel).find(|(end, _)| *end == limit);
        Termination::Fuel { limit: given.map_or(limit, |(_, given)| given) }
    }

    /// Runs what can be run now. Gives when there is more, where nothing is left.
    fn run(&mut self, timers: bool) -> Result<Option<Option<Instant>>, Stop> {
        let isolate = self.parcel.isolate();
        isolate.run_ready()?;
        if !self.inbox.is_empty() {
            return Ok(None);
        }
        let isolate = self.parcel.isolate();
        if !timers || !isolate.vm.seat.as_ref().is_none_or(|seat| seat.outbox.is_empty()) {
            return Ok(Some(None));
        }
        let mut wake = self.next_deadline();
        let isolate = self.parcel.isolate();
        if let Some(due) = isolate.enter(|cx| cx.next_timer_due()) {
            let wait = due - isolate.vm.monotonic_ms();
            if wait <= 0.0 {
                isolate.wait_for_timer()?;
                return Ok(None);
            }
            let at = Instant::now() + Duration::from_secs_f64(wait.min(1e9) / 1000.0);
            wake = Some(wake.map_or(at, |wake| wake.min(at)));
        }
        if let Err(exit) = isolate.vm.poll(false) {
            return Err(isolate.stop_of(exit));
        }
        Ok(Some(wake))
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.open.iter().filter_map(|bounds| bounds.deadline.map(|(at, _)| at)).min()
    }

    /// Whether a request is under way that is to be waited for.
    pub(super) fn has_requests(&self) -> bool {
        !self.open.is_empty() || !self.inbox.is_empty()
    }

    fn set_bounds(&mut self, fuel: Option<u64>, pause_at: Option<u64>) {
        let own = self.open.iter().filter_map(|bounds| bounds.fuel.map(|(end, _)| end));
        let fuel = own.chain(self.limits.fuel).chain(fuel).min();
        let deadline = self.open.iter().filter_map(|bounds| bounds.deadline).min_by_key(|(at, _)| *at);
        let meter = &mut self.isolate().vm.meter;
        meter.snapshot_after = pause_at;
        meter.set_bounds(fuel, deadline);
    }

    /// Begins what was asked for, unless something is under way: that goes on first.
    fn begin_requests(&mut self) -> Result<(), Event> {
        while self.isolate().vm.frame == 0
            && let Some(request) = self.inbox.pop_front()
        {
            let used = self.isolate().vm.meter.used();
            let bounds = self.open.iter_mut().find(|bounds| bounds.number == request.number);
            if let (Some(bounds), Some(fuel)) = (bounds, request.fuel) {
                bounds.fuel = Some((used.saturating_add(fuel), fuel));
            }
            self.set_bounds(None, None);
            self.begin(request.number, request.order)?;
        }
        Ok(())
    }

    fn begin(&mut self, number: u32, order: Order) -> Result<(), Event> {
        let isolate = self.isolate();
        match isolate.enter(|cx| cx.begin_order(number, order)) {
            Ok(()) => Ok(()),
            Err(exit) => match isolate.stop_of(exit) {
                Stop::Ended(reason) => Err(Event::Ended(reason)),
                Stop::Threw { value, .. } => {
                    let queued = isolate.enter(|cx| cx.fail_order(number, value));
                    queued.map_err(|exit: Exit| match isolate.stop_of(exit) {
                        Stop::Ended(reason) => Event::Ended(reason),
                        Stop::Threw { .. } => {
                            Event::Ended(Termination::Bug("an order without an end".into()))
                        }
                    })
                }
            },
        }
    }
}

/// Lists of what can run now.
const READY: [Root; 3] = [Root::Jobs, Root::Ticks, Root::Tasks];

/// How many wait in lists.
fn waiting(isolate: &mut Isolate, lists: &[Root]) -> usize {
    isolate.enter(|cx| {
        let length = |&root: &Root| {
            let list = cx.root_cell::<List>(root);
            (list.length() - list.head()) as usize
        };
        lists.iter().map(length).sum()
    })
}

/// Time of the clock on the wall, which costs little to read.
fn monotonic_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Processor time of this thread.
fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
