//! Exceptions: finding the handler, leaving frames on the way.

use tvm_bytecode::{Insn, Op};

use crate::frame::{self, Frame, Frames, ReturnKind, link_flag};
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Value, bits};
use crate::object::function::Entry;

/// Where an exception went.
pub(super) enum Unwound {
    /// A handler: the current frame goes on there.
    Caught,
    /// Out of the entry frame, to the host.
    Uncaught,
    /// To a frame that waits in compiled code.
    Floor,
}

impl Cx<'_> {
    /// Unwinds from the current frame to the innermost handler, or to the frame at `floor`.
    pub(super) fn unwind(&mut self, floor: u32) -> Unwound {
        let mut current = Frame(self.vm.frame);
        if self.vm.thrown_at.is_none() {
            self.vm.thrown_at = self.guest_place();
        }
        loop {
            if current.0 <= floor {
                self.vm.frame = current.0;
                return Unwound::Floor;
            }
            if self.catch(current) {
                return Unwound::Caught;
            }
            self.leave_frame(current);
            match current.caller(&self.heap) {
                Some(caller) => current = caller,
                None => {
                    self.vm.frame = current.0 - frame::link_delta(current.link(&self.heap));
                    return Unwound::Uncaught;
                }
            }
        }
    }

    /// Leaves all frames above one, whatever they catch. That one is the current frame then, with `undefined` as the
    /// exception.
    pub(crate) fn leave_to(&mut self, frame: u32) {
        let mut current = Frame(self.vm.frame);
        while current.0 > frame {
            self.leave_frame(current);
            match current.caller(&self.heap) {
                Some(caller) => current = caller,
                None => break,
            }
        }
        self.vm.frame = current.0;
        if let Some(template) = current.template(self) {
            let top = current.0 + template.registers();
            self.heap.set_top(top);
        }
        self.vm.thrown_at = None;
        self.heap.set_exception(bits::UNDEFINED);
    }

    /// Where the innermost function of the program's stands.
    fn guest_place(&self) -> Option<(u32, u32, u32)> {
        let frame = Frames::new(self)
            .find(|frame| frame.template(self).is_some_and(|template| !template.is_hidden()))?;
        let template = frame.template(self)?;
        Some((template.unit(), template.function(), frame.lookup_pc(&self.heap)))
    }

    /// Goes to the frame's handler, where it has one for where it stands.
    fn catch(&mut self, current: Frame) -> bool {
        let Some(template) = current.template(self) else { return false };
        if template.entry() == Entry::Native || !self.vm.codes[template.code() as usize].has_handlers {
            return false;
        }
        let unit = &self.vm.units[template.unit() as usize];
        let record = unit.function(template.function());
        let Some(handler) = unit.handler_at(&record, current.lookup_pc(&self.heap)) else { return false };
        let registers = template.registers();
        let rejects = || {
            Insn::decode(unit.code(&record), handler.target as usize)
                .is_ok_and(|insn| insn.op == Op::AsyncReject)
        };
        let goes_on = template.is_hidden() || template.is_suspendable() && rejects();
        self.keep_place(goes_on);
        self.heap.set_slot(current.0 + handler.register, self.heap.exception());
        self.heap.set_exception(bits::UNDEFINED);
        self.heap.set_slot(current.0 - 5, frame::state(handler.target, 0, ReturnKind::Resume));
        self.heap.set_top(current.0 + registers);
        self.vm.frame = current.0;
        true
    }

    /// The exception is caught: keeps where it was thrown, if it goes on as a promise's rejection.
    fn keep_place(&mut self, becomes_rejection: bool) {
        // SAFETY: the exception is a live value, a root of the collector.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(self.heap.exception()) };
        let kept = becomes_rejection && !value.is::<Error>(self);
        // What the library throws on was thrown before.
        let place = self.vm.thrown_at.or_else(|| self.place_of_rejection(value));
        self.set_root(Root::Rejected, if kept { value } else { Value::UNDEFINED });
        self.vm.rejected_at = place.filter(|_| kept);
        self.vm.thrown_at = None;
    }

    /// A frame is left by an exception: a generator's is over.
    fn leave_frame(&self, current: Frame) {
        if frame::link_flags(current.link(&self.heap)) & link_flag::RESUMED == 0 {
            return;
        }
        if let Some(generator) = self.resumed_generator(current) {
            generator.set_state(super::generator::state::COMPLETED);
            generator.set_frame(self, None);
        }
    }
}

impl<'s> Cx<'s> {
    /// Where a value was thrown that is a promise's rejection now, as far as that is known.
    pub(crate) fn place_of_rejection(&self, reason: Value<'_>) -> Option<(u32, u32, u32)> {
        self.vm.rejected_at.filter(|_| self.root(Root::Rejected) == reason)
    }

    /// The generator that a resumed frame belongs to.
    pub(super) fn resumed_generator<'a>(&'a self, current: Frame) -> Option<crate::heap::Gc<'a, Generator>> {
        // SAFETY: a frame's slot holds a live value.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(self.heap.slot(current.0 - 1)) };
        value.cast(self)
    }
}
