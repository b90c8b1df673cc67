//! Realms: the intrinsic objects of one global environment, by number.

use crate::base::exit::Exit;
use crate::frame::Frames;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Gc, Local, Value};

macro_rules! intrinsics {
    ($($name:ident),* $(,)?) => {
        /// An intrinsic object (6.1.7.4), or another thing that a realm has one of.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        #[allow(missing_docs)]
        pub enum Intrinsic { $($name),* }

        impl Intrinsic {
            /// Every intrinsic, in order.
            pub const ALL: &[Intrinsic] = &[$(Intrinsic::$name),*];
            /// Their names, as the library's `%realm("...")` takes them.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        }
    };
}

include!("realm.in");

impl Gc<'_, Realm> {
    /// An intrinsic.
    #[inline(always)]
    pub fn intrinsic<'a>(self, cx: &'a Cx<'_>, intrinsic: Intrinsic) -> Value<'a> {
        let value = self.at(cx, intrinsic as usize);
        // SAFETY: nothing is allocated while `cx` is borrowed for 'a.
        #[allow(unsafe_code)]
        unsafe {
            Value::from_bits(value.bits())
        }
    }
}

impl<'s> Cx<'s> {
    /// The realm of the running function; the first realm where nothing runs.
    pub fn realm(&self) -> Gc<'_, Realm> {
        if let Some(number) = self.vm.setting_up.or(self.vm.entered) {
            let realms = self.root_cell::<List>(Root::Realms);
            return realms.item(self, number as usize).cast(self).expect("a realm in the list");
        }
        if self.vm.frame != 0
            && let Some(template) = crate::frame::Frame(self.vm.frame).template(self)
        {
            return template.realm(self);
        }
        let running = Frames::new(self).find_map(|frame| frame.template(self));
        match running {
            Some(template) => template.realm(self),
            None => self.first_realm(),
        }
    }

    /// The realm that was made first.
    pub fn first_realm(&self) -> Gc<'_, Realm> {
        self.root_cell::<List>(Root::Realms).item(self, 0).cast(self).expect("an isolate has a realm")
    }

    /// An intrinsic of the running function's realm.
    pub fn intrinsic(&self, intrinsic: Intrinsic) -> Local<'s> {
        self.realm().intrinsic(self, intrinsic).root(self)
    }

    /// An intrinsic that is an object.
    ///
    /// # Panics
    /// Where it is none: the realm is not set up yet.
    pub fn intrinsic_object(&self, intrinsic: Intrinsic) -> Local<'s, Object> {
        self.intrinsic(intrinsic).as_object(self).expect("intrinsics are objects")
    }

    /// Sets an intrinsic of a realm.
    pub fn set_intrinsic(&self, realm: Local<'_, Realm>, intrinsic: Intrinsic, value: Value<'_>) {
        realm.get(self).put(self, intrinsic as usize, value);
    }

    /// Whether a value is that intrinsic of the running realm.
    pub fn is_intrinsic(&self, value: Value<'_>, intrinsic: Intrinsic) -> bool {
        self.realm().intrinsic(self, intrinsic) == value
    }

    /// An empty realm.
    pub(crate) fn alloc_realm(&mut self, number: u32) -> Result<Local<'s, Realm>, Exit> {
        let count = Intrinsic::ALL.len();
        let realm = self.alloc_old::<Realm>(kind::Realm, Realm::BYTES + 8 * count)?;
        realm.get(self).set_number(number);
        realm.get(self).fill(self, 0, Value::UNDEFINED);
        Ok(realm)
    }
}
