//! Intrinsic objects whose properties are made when one of them is first asked for.
//!
//! A realm starts with its intrinsic objects, but most of them have no properties yet: their shape is flagged UNMADE.
//! Whoever looks for properties makes them first, by [`Cx::make_own`]; a look that cannot allocate says that it takes
//! more. The object is the same before and after, and it becomes what its realm's rows say, whoever looks.
//!
//! An unmade shape is a DICTIONARY too, so that no cache remembers it and no validity holds for a chain through it. It
//! may be shared by several objects, and is never changed. What the properties are, the builtins know: they install the
//! function that makes them.

use std::sync::OnceLock;

use super::realm::Intrinsic;
use super::shape::{ObjectLayout, shape_flag};
use crate::base::exit::{Exit, Termination};
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local};

/// Makes the properties of an unmade object, which is an intrinsic of a realm.
pub type Maker = for<'s> fn(&mut Cx<'s>, Local<'_, Realm>, Local<'_, Object>, Intrinsic) -> Result<(), Exit>;

static MAKER: OnceLock<Maker> = OnceLock::new();

/// Sets what makes properties: once for the process, before there are isolates.
pub fn install(maker: Maker) {
    MAKER.get_or_init(|| maker);
}

impl Gc<'_, Object> {
    /// Whether its properties are still to be made.
    #[inline(always)]
    pub fn is_unmade(self, cx: &Cx<'_>) -> bool {
        self.shape(cx).is_flagged(shape_flag::UNMADE)
    }
}

impl<'s> Cx<'s> {
    /// A new intrinsic object of a realm without its properties. May allocate.
    pub fn new_unmade(
        &mut self,
        realm: Local<'_, Realm>,
        kind: u8,
        proto: Local<'_>,
        flags: u32,
    ) -> Result<Local<'s, Object>, Exit> {
        let shape = self.unmade_shape(realm, kind, proto, flags)?;
        self.alloc_object(shape)
    }

    /// The shape of unmade objects of a kind with a prototype, which is of the same realm.
    pub fn unmade_shape(
        &mut self,
        realm: Local<'_, Realm>,
        kind: u8,
        proto: Local<'_>,
        flags: u32,
    ) -> Result<Local<'s, Shape>, Exit> {
        // Shapes without prototype are everyone's.
        assert!(
            proto.value(self).is_object(),
            "an intrinsic that is made later inherits from one of its realm"
        );
        let layout = ObjectLayout { kind, inline: 0 };
        let shape = self.root_shape(proto, layout, flags | shape_flag::UNMADE | shape_flag::DICTIONARY)?;
        shape.get(self).set_owner(self, Some(realm.get(self)));
        Ok(shape)
    }

    /// Makes an object's properties where that was not done yet. May allocate; runs no code.
    #[inline(always)]
    pub fn make_own(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        if object.get(self).is_unmade(self) { self.make_unmade(object) } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn make_unmade(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        self.scope(|cx| {
            let unmade = object.get(cx).shape(cx).root(cx);
            let owner = unmade.get(cx).owner(cx).map(|realm| realm.root(cx));
            let known = owner.and_then(|realm| Some((realm, cx.intrinsic_number(realm, object)?)));
            let (Some((realm, which)), Some(make)) = (known, MAKER.get()) else {
                let what = "an unmade object that is no intrinsic".to_owned();
                return Err(cx.vm.terminate(Termination::Bug(what)));
            };
            let made = make(cx, realm, object, which);
            if made.is_err() {
                // As if nobody had asked.
                object.get(cx).set_shape(cx, unmade.get(cx));
            }
            made
        })
    }

    /// Which intrinsic of a realm an object is.
    fn intrinsic_number(&self, realm: Local<'_, Realm>, object: Local<'_, Object>) -> Option<Intrinsic> {
        let (realm, object) = (realm.get(self), object.value(self));
        let found = Intrinsic::ALL.iter().find(|&&which| realm.intrinsic(self, which) == object);
        found.copied().or_else(|| {
            // A context's global object stands behind the one that programs see.
            let global = realm.intrinsic(self, Intrinsic::Global).cast::<Proxy>(self)?;
            (global.target() == object).then_some(Intrinsic::Global)
        })
    }
}
