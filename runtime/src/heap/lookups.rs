//! Where objects of a shape have a property, remembered for computed keys: a table that forgets what hashes to the same
//! entry. Compiled code looks into it by itself. A marking that ends empties it, since shapes may go then.

use std::cell::Cell;

use super::YOUNG_END_REF;

/// Entries.
pub const LOOKUPS: usize = 1024;
/// What is added to a name's reference, shifted right by this, for an entry's number.
pub const NAME_SHIFT: u32 = 5;

/// The table: each entry is the shape's reference, the name's above it; then the byte offset of the property in such
/// objects, and above it whether it can be written to.
pub type Lookups = Box<[[Cell<u64>; 2]; LOOKUPS]>;

/// An empty table. Its pages come as they are used: an isolate that asks for no computed names has none.
pub fn empty() -> Lookups {
    // SAFETY: cells of zeros are cells.
    #[allow(unsafe_code)]
    unsafe {
        Lookups::new_zeroed().assume_init()
    }
}

/// The entry for a shape and a name.
#[inline(always)]
pub fn entry_of(shape: u32, name: u32) -> usize {
    (shape ^ name ^ name >> NAME_SHIFT) as usize % LOOKUPS
}

/// The byte offset of a property in objects of a shape and whether it can be written to, where it is remembered.
#[inline(always)]
pub fn find(lookups: &Lookups, shape: u32, name: u32) -> Option<(usize, bool)> {
    let [known, place] = &lookups[entry_of(shape, name)];
    let place = place.get();
    (known.get() == u64::from(shape) | u64::from(name) << 32)
        .then_some((place as u32 as usize, place >> 32 != 0))
}

/// Remembers it, where neither shape nor name is young: those move.
pub fn remember(lookups: &Lookups, shape: u32, name: u32, offset: usize, is_writable: bool) {
    if shape >= YOUNG_END_REF && name >= YOUNG_END_REF {
        let [known, place] = &lookups[entry_of(shape, name)];
        known.set(u64::from(shape) | u64::from(name) << 32);
        place.set(offset as u64 | u64::from(is_writable) << 32);
    }
}

/// Forgets all.
pub fn clear(lookups: &Lookups) {
    lookups.iter().for_each(|[known, _]| known.set(0));
}
