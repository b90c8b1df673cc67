//! What programs have beside ECMA-262: `console` and its kin. A realm gets it by a second set-up, so that the
//! conformance suite's realms stay clean.

use super::table::{Class, Group, Singleton};
use super::{console, encoding, process, setup};
use crate::heap::cells::Realm;
use crate::heap::{Cx, Local};
use crate::object::realm::Intrinsic;
use crate::object::symbol::symbol_flag;
use crate::semantics::JsResult;

/// Objects without constructors.
pub fn objects() -> impl Iterator<Item = &'static Singleton> {
    [console::OBJECTS, process::OBJECTS].into_iter().flatten()
}

/// Constructors.
pub fn classes() -> impl Iterator<Item = &'static Class> {
    [encoding::CLASSES, process::CLASSES].into_iter().flatten()
}

/// Properties.
pub fn groups() -> impl Iterator<Item = &'static Group> {
    [console::GROUPS, process::GROUPS, encoding::GROUPS].into_iter().flatten()
}

impl<'s> Cx<'s> {
    /// Gives a realm what programs have beside ECMA-262.
    pub fn install_program_globals(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let symbol = self.registered_symbol("nodejs.util.inspect.custom")?;
        self.set_intrinsic(realm, Intrinsic::InspectSymbol, symbol.value(self));
        console::make_state(self, realm)?;
        setup::install(self, realm)?;
        process::fill(self, realm)
    }

    /// `Symbol.for` of a text.
    fn registered_symbol(&mut self, text: &str) -> JsResult<'s> {
        use crate::heap::cells::MapTable;
        use crate::heap::roots::Root;
        let key = self.string(text)?;
        let registry = self.root_cell::<MapTable>(Root::SymbolRegistry).root(self);
        if let Some(entry) = self.map_find(registry, key.any())? {
            return Ok(registry.get(self).entry_value(entry).root(self));
        }
        let symbol = self.new_symbol(key.any(), symbol_flag::REGISTERED)?;
        let registry = self.map_set(registry, key.any(), symbol.any())?;
        self.set_root(Root::SymbolRegistry, registry.value(self));
        Ok(symbol.any())
    }
}
