//! Atoms: strings that are unique among equal ones, so that property names compare by identity.
//!
//! The intern table is a cell of weak references with open addressing; the collector takes dead atoms out. Atoms live
//! outside the nursery and do not move.

use super::string::Chars;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::tails::FLAT_HEADER;
use crate::heap::{Cx, Gc, Local};

/// Code units of strings whose atoms are looked for without asking the budget.
const SHORT: u32 = 256;
/// Places of a new table.
const FIRST_PLACES: u32 = 4096;

impl<'s> Cx<'s> {
    /// Makes the intern table.
    pub(crate) fn make_atom_table(&mut self) -> Result<(), Exit> {
        let table = self.alloc_old::<AtomTable>(kind::AtomTable, 8 + 4 * FIRST_PLACES as usize)?;
        self.set_root(Root::Atoms, table.value(self));
        Ok(())
    }

    /// The atom equal to `string`.
    pub fn intern(&mut self, string: Local<'_, Str>) -> Result<Local<'s, Str>, Exit> {
        let cell = string.get(self);
        if cell.is_atom() {
            return Ok(cell.root(self));
        }
        let flat = self.flatten(string)?;
        let chars = flat.get(self).chars(self);
        if let Some(atom) = self.find_atom(chars, chars.hash()) {
            return Ok(atom.root(self));
        }
        let units = match chars {
            Chars::Latin1(bytes) => Units::Latin1(bytes.to_vec()),
            Chars::Utf16(units) if chars.fits_latin1() => {
                Units::Latin1(units.iter().map(|&u| u as u8).collect())
            }
            Chars::Utf16(units) => Units::Utf16(units.to_vec()),
        };
        self.add_atom(&units)
    }

    /// The atom equal to a string, where there is one and the string is short and flat.
    pub fn known_atom(&self, string: Gc<'_, Str>) -> Option<Gc<'_, Str>> {
        if string.length() > SHORT || !string.is_flat(self) {
            return None;
        }
        let chars = string.chars(self);
        self.find_atom(chars, chars.hash())
    }

    /// The atom of a text.
    pub fn atom(&mut self, text: &str) -> Result<Local<'s, Str>, Exit> {
        if text.is_ascii() {
            return self.atom_of(Chars::Latin1(text.as_bytes()));
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        self.atom_of(Chars::Utf16(&units))
    }

    /// The atom of some units.
    pub fn atom_of(&mut self, chars: Chars<'_>) -> Result<Local<'s, Str>, Exit> {
        if let Some(atom) = self.find_atom(chars, chars.hash()) {
            return Ok(atom.root(self));
        }
        match chars {
            Chars::Latin1(bytes) => self.add_atom(&Units::Latin1(bytes.to_vec())),
            Chars::Utf16(units) if chars.fits_latin1() => {
                self.add_atom(&Units::Latin1(units.iter().map(|&unit| unit as u8).collect()))
            }
            Chars::Utf16(units) => self.add_atom(&Units::Utf16(units.to_vec())),
        }
    }

    fn find_atom(&self, chars: Chars<'_>, hash: u32) -> Option<Gc<'_, Str>> {
        let table = self.root_cell::<AtomTable>(Root::Atoms);
        let mask = table.places(self) - 1;
        let mut place = hash & mask;
        loop {
            match table.place(place) {
                0 => return None,
                1 => {}
                _ => {
                    let atom = table.atom(self, place);
                    if atom.stored_hash() == hash && atom.chars(self).equals(chars) {
                        return Some(atom);
                    }
                }
            }
            place = (place + 1) & mask;
        }
    }

    fn add_atom(&mut self, units: &Units) -> Result<Local<'s, Str>, Exit> {
        self.grow_atoms()?;
        let atom = match units {
            Units::Latin1(bytes) => {
                let atom = self.alloc_old::<Str>(kind::Latin1, FLAT_HEADER + bytes.len())?;
                atom.get(self).set_length(bytes.len() as u32);
                atom.get(self).copy_latin1(0, bytes);
                atom
            }
            Units::Utf16(units) => {
                let atom = self.alloc_old::<Str>(kind::Utf16, FLAT_HEADER + 2 * units.len())?;
                atom.get(self).set_length(units.len() as u32);
                atom.get(self).write_utf16(0, units.iter().copied());
                atom
            }
        };
        let cell = atom.get(self);
        let chars = cell.chars(self);
        cell.store_hash(chars.hash());
        let index = if chars.as_index().is_some() { flag::INDEX } else { 0 };
        cell.change_flags(flag::ATOM | index, 0);
        self.place_atom(cell);
        Ok(atom)
    }

    fn place_atom(&self, atom: Gc<'_, Str>) {
        let table = self.root_cell::<AtomTable>(Root::Atoms);
        let mask = table.places(self) - 1;
        let mut place = atom.stored_hash() & mask;
        while table.place(place) > 1 {
            place = (place + 1) & mask;
        }
        table.set_place(self, place, atom);
        table.set_count(table.count() + 1);
    }

    /// Keeps the table at most half full. Deleted entries count only through probing, and growing drops them.
    fn grow_atoms(&mut self) -> Result<(), Exit> {
        let table = self.root_cell::<AtomTable>(Root::Atoms);
        let places = table.places(self);
        if table.count() < places / 2 {
            return Ok(());
        }
        self.scope(|cx| {
            let larger = cx.alloc_old::<AtomTable>(kind::AtomTable, 8 + 8 * places as usize)?;
            let old = cx.root_cell::<AtomTable>(Root::Atoms).root(cx);
            cx.set_root(Root::Atoms, larger.value(cx));
            for place in 0..places {
                if old.get(cx).place(place) > 1 {
                    cx.place_atom(old.get(cx).atom(cx, place));
                }
            }
            Ok(())
        })
    }
}

enum Units {
    Latin1(Vec<u8>),
    Utf16(Vec<u16>),
}
