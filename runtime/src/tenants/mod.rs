//! Isolates that a program makes: tenants. Each is a heap, a realm and limits of its own, without any grant, and runs on
//! one thread at a time: on its maker's, which waits for it, or on those of [`pool`].
//!
//! What enters are requests and replies, what leaves are events; both hold messages, which are bytes. A tenant that calls
//! a function of its maker's stops at a safepoint, as for a snapshot, and goes on when it is replied to: no native frame
//! of one isolate ever stands on those of another for longer than a turn.
//!
//! The image that tenants start from is [`boot`]'s.

mod boot;
mod child;
mod pool;

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::base::tenants::{Event, Reply, Request, TenantSettings, Tenants, Usage};
use crate::base::vm::Vm;
use crate::heap::Zeal;
pub use boot::boot;
use child::{Child, Halt};
use pool::{Arrivals, Slot};

/// Most tenants of one program.
pub const MOST: usize = 20_000;

// An isolate that goes from thread to thread takes its tenants along.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Tenancy>();
};

/// The tenants of an isolate.
pub struct Tenancy {
    next: u64,
    slots: FxHashMap<u64, Arc<Slot>>,
    arrivals: Arc<Arrivals>,
}

impl Default for Tenancy {
    fn default() -> Self {
        Tenancy { next: 1, slots: FxHashMap::default(), arrivals: Arc::default() }
    }
}

impl Tenants for Tenancy {
    fn create(&mut self, parent: &mut Vm, settings: &TenantSettings) -> Result<u64, String> {
        if self.slots.len() >= MOST {
            return Err(format!("there are {MOST} sandboxes already"));
        }
        let Some(host) = parent.host.for_tenant() else {
            return Err("this program may not make isolates".to_owned());
        };
        let parcel = boot(settings.limits, host, parent.compiler.clone())?;
        let mut child = Child::new(parcel, settings);
        let isolate = child.isolate();
        if let Some(tiers) = &parent.tiers {
            isolate.set_tiers(Arc::clone(&tiers.compiler), tiers.options);
        }
        if settings.moves {
            isolate.heap.set_zeal(Zeal::Move);
        }
        let id = self.next;
        self.next += 1;
        self.slots.insert(id, Arc::new(Slot::new(id, child, Arc::clone(&self.arrivals))));
        Ok(id)
    }

    fn post(&mut self, id: u64, request: Request) -> bool {
        match self.slots.get(&id) {
            Some(slot) => slot.post(request),
            None => false,
        }
    }

    fn reply(&mut self, id: u64, reply: Reply) {
        if let Some(slot) = self.slots.get(&id) {
            slot.reply(reply);
        }
    }

    fn run(&mut self, parent: &mut Vm, id: u64) -> Event {
        let Some(slot) = self.slots.get(&id) else { return Event::Idle };
        let Some(mut child) = slot.take() else {
            return slot.ended().map_or(Event::Busy, Event::Ended);
        };
        if child.waits() {
            slot.put(child);
            return Event::Busy;
        }
        let before = child.isolate().vm.meter.used();
        let halt = child.advance(None, parent.meter.left(), false, Some(Arc::new(parent.stop_condition())));
        parent.meter.budget -= (child.isolate().vm.meter.used() - before) as i64;
        match halt {
            Halt::Told(Event::Ended(reason)) => {
                slot.end(child, &reason);
                Event::Ended(reason)
            }
            Halt::Told(event) => {
                slot.put(child);
                event
            }
            Halt::Slice | Halt::Parked(_) => {
                slot.put(child);
                Event::Idle
            }
        }
    }

    fn start(&mut self, id: u64) {
        if let Some(slot) = self.slots.get(&id) {
            pool::start(slot);
        }
    }

    fn release(&mut self, id: u64) {
        if let Some(slot) = self.slots.get(&id)
            && slot.release()
        {
            pool::start(slot);
        }
    }

    fn arrival(&mut self) -> Option<(u64, Event)> {
        self.arrivals.take()
    }

    fn is_busy(&self) -> bool {
        self.arrivals.is_busy()
    }

    fn wait(&mut self, time: Duration) {
        self.arrivals.wait(time);
    }

    fn usage(&mut self, id: u64) -> Option<Usage> {
        self.slots.get(&id).map(|slot| slot.usage())
    }

    fn output(&mut self, id: u64) -> Vec<(u32, Vec<u8>)> {
        self.slots.get(&id).map_or_else(Vec::new, |slot| slot.output())
    }

    fn dispose(&mut self, id: u64) {
        if let Some(slot) = self.slots.remove(&id) {
            slot.close();
        }
    }

    fn count(&self) -> usize {
        self.slots.len()
    }

    fn next_id(&self) -> u64 {
        self.next
    }

    fn set_next_id(&mut self, id: u64) {
        self.next = self.next.max(id);
    }
}

impl Drop for Tenancy {
    fn drop(&mut self) {
        self.slots.values().for_each(|slot| slot.close());
    }
}
