//! Symbols, well-known symbols, and private names, which are symbols that no guest can hold.

use tvm_bytecode::data::WellKnownSymbol;

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Gc, Local, Value};

/// Bits of a symbol's flags.
pub mod symbol_flag {
    /// A private name.
    pub const PRIVATE: u32 = 1;
    /// Made by `Symbol.for`.
    pub const REGISTERED: u32 = 2;
}

impl<'s> Cx<'s> {
    /// A new symbol. Symbols are property names, so they live outside the nursery.
    pub fn new_symbol(&mut self, description: Local<'_>, flags: u32) -> Result<Local<'s, Symbol>, Exit> {
        let symbol = self.alloc_old::<Symbol>(kind::Symbol, Symbol::BYTES)?;
        let hash = self.new_hash();
        let cell = symbol.get(self);
        cell.set_flags(flags);
        cell.set_hash(hash);
        cell.set_description(self, description.value(self));
        Ok(symbol)
    }

    /// A hash for a new identity: well spread, and the same in every run.
    pub fn new_hash(&mut self) -> u32 {
        let number = self.vm.next_hash;
        self.vm.next_hash = number.wrapping_add(1);
        let hash = number.wrapping_mul(0x9E37_79B1);
        (hash ^ hash >> 15).max(1)
    }

    /// A well-known symbol.
    pub fn well_known(&self, symbol: WellKnownSymbol) -> Value<'_> {
        self.root_cell::<Tuple>(Root::Symbols).at(self, symbol as usize)
    }

    /// Makes the well-known symbols.
    pub(crate) fn make_symbols(&mut self) -> Result<(), Exit> {
        let all = self.new_tuple(WellKnownSymbol::ALL.len())?;
        for (i, symbol) in WellKnownSymbol::ALL.iter().enumerate() {
            let name = symbol.name();
            let camel = format!("Symbol.{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
            let description = self.atom(&camel)?;
            let symbol = self.new_symbol(description.any(), 0)?;
            all.get(self).put(self, i, symbol.value(self));
        }
        self.set_root(Root::Symbols, all.value(self));
        Ok(())
    }
}

impl Value<'_> {
    /// Whether it is a private name.
    pub fn is_private_name(self, cx: &Cx<'_>) -> bool {
        self.cast::<Symbol>(cx).is_some_and(Gc::is_private)
    }
}

impl Gc<'_, Symbol> {
    /// Whether it is a private name.
    pub fn is_private(self) -> bool {
        self.flags() & symbol_flag::PRIVATE != 0
    }

    /// `Symbol(description)`.
    pub fn to_text(self, cx: &Cx<'_>) -> String {
        let description = self.description();
        let text = description.flat_chars(cx).map(|chars| chars.to_text()).unwrap_or_default();
        format!("Symbol({text})")
    }
}
