//! Trust between the contexts (realms) of one isolate.
//!
//! A context is trusted less than the realm that made it. A realm *dominates* itself, realms of its own domain, and
//! what they made, however far down; contexts that are made side by side do not dominate each other. Every frame
//! says which realm its function belongs to, so what is running is known without marks on values: an action on a
//! realm is refused where a frame stands on the stack whose realm does not dominate it.
//!
//! This holds for generating code and for changing an intrinsic object, and for the whole stack: what trusted code
//! does because less trusted code called it is refused as well. Where a builtin that programs can name runs alone (as a
//! job), both are refused: who asked for it is not known.
//!
//! While no context was made, all of this is one test of a flag.

use super::realm::Intrinsic;
use super::shape::shape_flag;
use tvm_bytecode::data::ErrorKind;

use crate::base::exit::Exit;
use crate::frame::Frames;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value};
use crate::object::function::{Entry, template_flag};

impl<'s> Cx<'s> {
    fn domain(&self, realm: Gc<'_, Realm>) -> u64 {
        realm.intrinsic(self, Intrinsic::Domain).bits()
    }

    /// Whether code of a realm may do what it likes with another realm.
    pub fn dominates(&self, realm: Gc<'_, Realm>, other: Gc<'_, Realm>) -> bool {
        let domain = self.domain(realm);
        let mut next = Some(other);
        while let Some(current) = next {
            if self.domain(current) == domain {
                return true;
            }
            next = current.intrinsic(self, Intrinsic::Creator).cast::<Realm>(self);
        }
        false
    }

    /// Whether all that is on the stack dominates a realm.
    pub fn stack_dominates(&self, realm: Gc<'_, Realm>) -> bool {
        if !self.vm.contexts {
            return true;
        }
        let mut last = None;
        for frame in Frames::new(self) {
            let Some(template) = frame.template(self) else { continue };
            let running = template.realm(self);
            if last == Some(running) {
                continue;
            }
            if !self.dominates(running, realm) {
                return false;
            }
            last = Some(running);
        }
        true
    }

    /// Whether the innermost code of a program, and the builtins that it called, dominate a realm. Where a builtin that
    /// programs can name runs as a job it is not known for whom: it does not.
    pub fn code_dominates(&self, realm: Gc<'_, Realm>) -> bool {
        if !self.vm.contexts || self.vm.setting_up.is_some() {
            return true;
        }
        let mut named = false;
        for frame in Frames::new(self) {
            let Some(template) = frame.template(self) else { continue };
            if !self.dominates(template.realm(self), realm) {
                return false;
            }
            if !template.is_hidden() {
                return true;
            }
            named |= template.entry() == Entry::Native || template.is_flagged(template_flag::NO_SOURCE);
        }
        !named
    }

    /// Whether what is running may generate code in a realm and change its intrinsics.
    pub fn may_act_on(&self, realm: Gc<'_, Realm>) -> bool {
        self.code_dominates(realm) && self.stack_dominates(realm)
    }

    /// Whether code of a program is on the stack, where that matters: there are contexts.
    pub fn runs_program_code(&self) -> bool {
        !self.vm.contexts
            || Frames::new(self)
                .filter_map(|frame| frame.template(self))
                .any(|template| !template.is_hidden())
    }

    /// The least trusted of the realms that the stack tells of; the running one where they form no line.
    pub fn least_trusted(&self) -> Local<'s, Realm> {
        let mut least = self.realm();
        let mut last = least;
        for frame in Frames::new(self) {
            let Some(template) = frame.template(self) else { continue };
            let running = template.realm(self);
            if running != last && !self.dominates(running, least) {
                least = running;
            }
            last = running;
        }
        least.root(self)
    }

    /// Throws unless all that is running may generate code in a realm.
    pub fn check_generation(&mut self, realm: Local<'_, Realm>) -> Result<(), Exit> {
        let allowed = realm.get(self).intrinsic(self, Intrinsic::CodeGeneration) != Value::FALSE;
        if allowed && (!self.vm.contexts || self.may_act_on(realm.get(self))) {
            return Ok(());
        }
        Err(self.generation_refused())
    }

    /// Throws that code cannot be generated.
    pub fn generation_refused(&mut self) -> Exit {
        self.throw(ErrorKind::EvalError, "Code generation from strings disallowed for this context")
    }

    /// The realm that made a proxy, where that is trusted less than the running one.
    pub fn less_trusted_maker(&self, value: Local<'_>) -> Option<Local<'s, Realm>> {
        let maker = value.value(self).cast::<Proxy>(self)?.realm(self)?;
        (!self.dominates(maker, self.realm())).then(|| maker.root(self))
    }

    /// The realm that errors of the engine belong to: the running one, or for a builtin that less trusted code called,
    /// that code's.
    pub fn realm_of_errors(&self) -> Local<'s, Realm> {
        let running = self.realm();
        if self.vm.setting_up.is_some() {
            return running.root(self);
        }
        let caller = Frames::new(self).filter_map(|frame| frame.template(self)).find(|t| !t.is_hidden());
        let caller = caller.map(|template| template.realm(self));
        caller.filter(|&caller| !self.dominates(caller, running)).unwrap_or(running).root(self)
    }

    /// Whether [`Cx::check_change`] has to be asked before an object is changed.
    pub fn may_be_guarded(&self, object: Gc<'_, Object>) -> bool {
        self.vm.contexts && (object.is::<Function>() || object.shape(self).is_flagged(shape_flag::GUARDED))
    }

    /// Refuses a change of an object that is an intrinsic of a realm which is trusted more than what is running.
    #[inline(always)]
    pub fn check_change(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        if !self.vm.contexts { Ok(()) } else { self.check_guarded(object) }
    }

    #[cold]
    fn check_guarded(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        if self.vm.setting_up.is_some() || self.may_change(object.get(self)) {
            return Ok(());
        }
        Err(self.type_error("Cannot change an intrinsic object of a context that is trusted more"))
    }

    fn may_change(&self, object: Gc<'_, Object>) -> bool {
        if let Some(function) = object.cast::<Function>() {
            let template = function.template(self);
            return !template.is_hidden() || self.may_act_on(template.realm(self));
        }
        if !object.shape(self).is_flagged(shape_flag::GUARDED) {
            return true;
        }
        object.shape(self).owner(self).is_none_or(|owner| self.may_act_on(owner))
    }
}
