//! Messages: values as bytes that no heap is needed for, and back. What passes between isolates is this and nothing
//! else.
//!
//! ```text
//! message := value
//! value   := tag, then what the tag says; numbers are varints of 7 bits, least significant first
//! ```
//! Objects and long strings are numbered in the order in which they begin; `SEEN` names one by its number, which is how
//! cycles and shared references come through. A container ends with `END`. Names of properties are `KEY_INDEX` or a
//! string's tag.
//!
//! `write` takes plain data only: what has getters, or is otherwise to be asked, `library/clone.js` copies first, as
//! `structuredClone` does; the copy is plain. `read` believes nothing: any bytes give a value or an Error, within the
//! limits of the isolate. Neither recurses.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub use write::Refusal;

/// First bytes of values. They are no file format: both sides are of one build.
mod tag {
    pub const UNDEFINED: u8 = 0;
    pub const NULL: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const TRUE: u8 = 3;
    /// A zigzag varint.
    pub const INT: u8 = 4;
    /// 8 bytes.
    pub const DOUBLE: u8 = 5;
    /// Length, bytes.
    pub const LATIN1: u8 = 6;
    /// Length, 2 bytes for each unit.
    pub const UTF16: u8 = 7;
    /// The same of strings that are numbered.
    pub const LONG_LATIN1: u8 = 8;
    pub const LONG_UTF16: u8 = 9;
    /// Whether negative, number of digits, 8 bytes for each.
    pub const BIGINT: u8 = 10;
    /// A number.
    pub const SEEN: u8 = 11;
    /// Properties.
    pub const OBJECT: u8 = 12;
    /// Length, number of elements that follow, they, properties.
    pub const ARRAY: u8 = 13;
    /// 8 bytes.
    pub const DATE: u8 = 14;
    /// Two strings.
    pub const REGEXP: u8 = 15;
    /// A primitive.
    pub const BOXED: u8 = 16;
    /// Keys and values in turn.
    pub const MAP: u8 = 17;
    pub const SET: u8 = 18;
    /// Kind, bits of `error_part`, those parts.
    pub const ERROR: u8 = 19;
    /// Length, 0 or 1 more than the greatest length, bytes.
    pub const BUFFER: u8 = 20;
    /// A buffer, element type, offset, 0 where it follows the buffer or 1 more than the length.
    pub const TYPED: u8 = 21;
    /// A buffer, offset, the same.
    pub const VIEW: u8 = 22;
    /// In an array: nothing here.
    pub const HOLE: u8 = 23;
    /// The name of a property: a number.
    pub const KEY_INDEX: u8 = 24;
    pub const END: u8 = 25;
}

/// What an error has.
mod error_part {
    pub const MESSAGE: u8 = 1;
    pub const STACK: u8 = 2;
    pub const CAUSE: u8 = 4;
}

/// Units of a string from which it is written once only.
const LONG: usize = 32;
