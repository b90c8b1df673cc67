//! Strings that grow at their ends, a piece at a time: `text += piece`.
//!
//! A rope of many small pieces is put together in a buffer: a Latin-1 cell with `flag::BUFFER` that has more room than
//! the string needs, which is a slice of it. How much of it is in use is in the place of its hash. A string that ends
//! where the free room begins is appended to in place, and the new string is a slice of the same buffer; any other
//! string becomes part of a rope, as ever. What strings have of a buffer never changes, and no value refers to a buffer
//! itself.

use super::string::{Chars, fill_from_rope};
use crate::base::exit::Exit;
use crate::base::limits;
use crate::heap::cells::*;
use crate::heap::tails::FLAT_HEADER;
use crate::heap::{Cx, Gc, Local};

/// Levels of a rope that may become a buffer.
const DEPTH: u32 = 32;
/// Units for each level that it may have at most, so that putting it together costs little for each piece.
const UNITS: u32 = 64;
/// Longer pieces are not copied.
const PIECE: u32 = 256;

/// What is to be done about a concatenation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// It stays a rope.
    Rope,
    /// It becomes a slice of a buffer with room for more.
    Buffer,
    /// It becomes a flat string.
    Flat,
}

/// What becomes of a rope.
#[inline]
pub(crate) fn plan(depth: u32, length: u32, wide: bool) -> Plan {
    if depth >= DEPTH && !wide && (length / UNITS <= depth || depth > limits::ROPE_DEPTH) {
        Plan::Buffer
    } else if depth > limits::ROPE_DEPTH {
        Plan::Flat
    } else {
        Plan::Rope
    }
}

/// Free room right behind a string.
#[derive(Clone, Copy)]
pub(crate) struct Room<'a> {
    buffer: Gc<'a, Str>,
    /// First unit of the string in the buffer.
    start: u32,
    /// Where the room begins.
    end: u32,
}

impl<'a> Gc<'a, Str> {
    /// The room behind it for so many units.
    #[inline]
    pub(crate) fn room_behind(self, cx: &'a Cx<'_>, units: usize) -> Option<Room<'a>> {
        let slice = self.cast::<Slice>()?;
        let buffer = slice.parent(cx);
        if !buffer.has(flag::BUFFER) {
            return None;
        }
        let (start, end) = (slice.offset(), slice.offset() + slice.length());
        let fits = buffer.stored_hash() == end && end as usize + units <= buffer.length() as usize;
        fits.then_some(Room { buffer, start, end })
    }

    /// Whether it may be copied to the end of a buffer.
    #[inline]
    pub(crate) fn is_piece(self, cx: &Cx<'_>) -> bool {
        self.length() <= PIECE && !self.is_wide(cx)
    }
}

impl Room<'_> {
    /// Appends bytes, and makes `slice` the longer string.
    #[inline]
    pub(crate) fn append_bytes(self, cx: &Cx<'_>, slice: Gc<'_, Slice>, bytes: &[u8]) {
        self.buffer.copy_latin1(self.end as usize, bytes);
        self.take(cx, slice, bytes.len() as u32);
    }

    /// Appends a string that is a piece, and makes `slice` the longer string.
    #[inline]
    pub(crate) fn append(self, cx: &Cx<'_>, slice: Gc<'_, Slice>, piece: Gc<'_, Str>) {
        if piece.is_flat(cx)
            && let Chars::Latin1(bytes) = piece.chars(cx)
        {
            return self.append_bytes(cx, slice, bytes);
        }
        fill_from_rope(cx, piece, self.buffer, self.end as usize, false);
        self.take(cx, slice, piece.length());
    }

    fn take(self, cx: &Cx<'_>, slice: Gc<'_, Slice>, units: u32) {
        self.buffer.store_hash(self.end + units);
        slice.set_length(self.end + units - self.start);
        slice.set_parent(cx, self.buffer);
        slice.set_offset(self.start);
    }
}

impl<'s> Cx<'s> {
    /// `left + right` in the buffer that `left` ends, where it does.
    pub(super) fn append_in_place(
        &mut self,
        left: Local<'_, Str>,
        right: Local<'_, Str>,
    ) -> Result<Option<Local<'s, Str>>, Exit> {
        let piece = right.get(self);
        let units = piece.length() as usize;
        if !piece.is_piece(self) || left.get(self).room_behind(self, units).is_none() {
            return Ok(None);
        }
        let slice = self.alloc::<Slice>(kind::Slice, Slice::BYTES)?;
        let room = left.get(self).room_behind(self, units).expect("nothing is appended while a cell is made");
        room.append(self, slice.get(self), right.get(self));
        Ok(Some(slice.get(self).cast::<Str>().expect("a slice is a string").root(self)))
    }

    /// A rope of Latin-1 strings as a slice of a buffer with as much room again.
    pub(super) fn put_in_buffer(&mut self, rope: Local<'_, Str>) -> Result<Local<'s, Str>, Exit> {
        let length = rope.get(self).length() as usize;
        self.vm.spend(length as u64 / 64)?;
        let capacity = (2 * length).min(limits::STRING_LENGTH);
        let buffer = self.alloc::<Latin1>(kind::Latin1, FLAT_HEADER + capacity)?;
        buffer.get(self).set_length(capacity as u32);
        let slice = self.alloc::<Slice>(kind::Slice, Slice::BYTES)?;
        let (cell, slice) = (buffer.get(self), slice.get(self));
        cell.change_flags(flag::BUFFER, 0);
        let buffer = cell.cast::<Str>().expect("a Latin1 cell is a string");
        fill_from_rope(self, rope.get(self), buffer, 0, false);
        buffer.store_hash(length as u32);
        slice.set_length(length as u32);
        slice.set_parent(self, buffer);
        Ok(slice.cast::<Str>().expect("a slice is a string").root(self))
    }
}
