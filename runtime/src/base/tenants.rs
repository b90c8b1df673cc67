//! Isolates that a program makes, as the isolate that makes them and the isolates themselves see it. What passes
//! between them are messages (`builtins/message`), which are bytes.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;
use tvm_bytecode::Verified;

use super::exit::Termination;
use super::vm::{Limits, Vm};

/// How a tenant is set up.
#[derive(Clone, Copy, Debug)]
pub struct TenantSettings {
    /// What it may use, over all that it does. The time is that of one request.
    pub limits: Limits,
    /// Bytes that it may write to its console.
    pub output_bytes: usize,
    /// What it writes is kept for [`Tenants::output`]; otherwise it is dropped.
    pub keeps_output: bool,
    /// For tests: collect and move at every allocation.
    pub moves: bool,
}

/// What a tenant is to do.
pub enum Order {
    /// Run a script's text, which is a message.
    Evaluate {
        /// The text.
        text: Vec<u8>,
        /// What stack traces call it.
        name: String,
    },
    /// Run a script that is compiled.
    Run {
        /// The script.
        unit: Verified,
        /// Its number with the maker, by which the tenant knows it again.
        key: u32,
    },
    /// Call a global function.
    Call {
        /// Its name.
        name: String,
        /// An array.
        arguments: Vec<u8>,
    },
    /// Set a global variable.
    Set {
        /// Its name.
        name: String,
        /// Its value.
        value: Vec<u8>,
    },
    /// Make a global function that asks the maker.
    Define {
        /// Its name.
        name: String,
        /// Its number with the maker.
        function: u32,
    },
    /// Settle the promise that a call of such a function gave.
    Settle {
        /// Number of the call.
        call: u32,
        /// Whether it is rejected.
        failed: bool,
        /// With what.
        value: Vec<u8>,
    },
}

/// An order with its bounds.
pub struct Request {
    /// Names it in the answer; 0 where none is wanted.
    pub number: u32,
    /// What to do.
    pub order: Order,
    /// Wall time.
    pub time: Option<Duration>,
    /// Fuel.
    pub fuel: Option<u64>,
}

/// What a tenant has to tell.
pub enum Event {
    /// A request is done.
    Answer {
        /// Its number.
        number: u32,
        /// Whether `value` tells of an exception.
        failed: bool,
        /// The result.
        value: Vec<u8>,
    },
    /// It calls a function of its maker's, and stands still until [`Tenants::reply`].
    Call {
        /// The function's number.
        function: u32,
        /// An array of arguments.
        arguments: Vec<u8>,
    },
    /// It has nothing to do.
    Idle,
    /// It cannot run here now: it runs elsewhere and waits for a reply.
    Busy,
    /// It is no more.
    Ended(Termination),
}

/// The answer to [`Event::Call`].
pub struct Reply {
    /// A value (0), what tells of an exception (1), or the number of a call whose promise is settled later (2).
    pub kind: u32,
    /// The message.
    pub value: Vec<u8>,
}

/// What a tenant has used.
#[derive(Clone, Copy, Default, Debug)]
pub struct Usage {
    /// Bytes of heap.
    pub heap_bytes: usize,
    /// Bytes outside the heap that count as its own.
    pub external_bytes: usize,
    /// Units of fuel.
    pub fuel: u64,
    /// Nanoseconds of processor time.
    pub cpu_ns: u64,
    /// Jobs, tasks and timers that wait.
    pub jobs: usize,
}

/// A program's tenants. Numbers that name none are no errors: the tenant has gone.
pub trait Tenants {
    /// Makes one.
    fn create(&mut self, parent: &mut Vm, settings: &TenantSettings) -> Result<u64, String>;
    /// Hands a request over, to be begun when the tenant next runs; false where there is no such tenant.
    fn post(&mut self, id: u64, request: Request) -> bool;
    /// Answers a call.
    fn reply(&mut self, id: u64, reply: Reply);
    /// Runs one on this thread until it has something to tell. Its fuel is the parent's too.
    fn run(&mut self, parent: &mut Vm, id: u64) -> Event;
    /// Has one run elsewhere; what it has to tell arrives.
    fn start(&mut self, id: u64);
    /// It may run elsewhere again, after [`Tenants::run`].
    fn release(&mut self, id: u64);
    /// What arrived first.
    fn arrival(&mut self) -> Option<(u64, Event)>;
    /// Whether something may arrive without anything being done here.
    fn is_busy(&self) -> bool;
    /// Waits until something has arrived, at most so long.
    fn wait(&mut self, time: Duration);
    /// What one has used.
    fn usage(&mut self, id: u64) -> Option<Usage>;
    /// What one has written since it was asked last: streams and bytes.
    fn output(&mut self, id: u64) -> Vec<(u32, Vec<u8>)>;
    /// Ends one and frees all it has.
    fn dispose(&mut self, id: u64);
    /// How many there are.
    fn count(&self) -> usize;
    /// The number that the next one gets: numbers are not used again.
    fn next_id(&self) -> u64;
    /// Counts on from a number.
    fn set_next_id(&mut self, id: u64);
}

/// A tenant's own side.
#[derive(Default)]
pub struct Seat {
    /// What it has to tell, first things first.
    pub outbox: VecDeque<Event>,
    /// It stands still for an answer.
    pub waits: bool,
    /// The answer.
    pub reply: Option<Reply>,
    /// What it wrote.
    pub output: Vec<(u32, Vec<u8>)>,
    /// Bytes that it has written.
    pub output_bytes: usize,
    /// Bytes that it may write.
    pub output_limit: usize,
    /// Whether that is kept.
    pub keeps_output: bool,
    /// Its numbers of units that are compiled, by their numbers with the maker.
    pub units: FxHashMap<u32, u32>,
}

impl Seat {
    /// The call that the tenant was to stand still for is left, by a time limit of its own.
    pub fn forget_call(&mut self) {
        self.outbox.retain(|event| !matches!(event, Event::Call { .. }));
        self.waits = false;
        self.reply = None;
    }

    /// Takes what the tenant writes; false where it is too much.
    pub fn write(&mut self, stream: u32, bytes: &[u8]) -> bool {
        self.output_bytes = self.output_bytes.saturating_add(bytes.len());
        if self.output_bytes > self.output_limit {
            return false;
        }
        if self.keeps_output {
            match self.output.last_mut() {
                Some((last, text)) if *last == stream && text.last() != Some(&b'\n') => {
                    text.extend_from_slice(bytes)
                }
                _ => self.output.push((stream, bytes.to_vec())),
            }
        }
        true
    }
}
