//! The `.tvm` container's layout: header, section table and record fields, shared by reader and writer.
//!
//! ```text
//!  0  magic  89 't' 'v' 'm' 0D 0A 1A 0A
//!  8  u64    format id: a hash of the tables below and of the instruction table
//! 16  16     the first half of BLAKE3 over everything from byte 32 on
//! 32  u32    length of the file, bytes
//! 36  u32    entry kind (EntryKind)
//! 40  u32    entry function
//! 44  u32    reserved, 0
//! 48  (u32 offset, u32 length) for each section, in the order of `Section`
//! ```
//! All numbers are little endian. Sections follow each other in that order, each at the next multiple of 8, the
//! gaps zero. Records are rows of u32 fields. Ranges within a section (a function's code, a string's bytes) lie
//! one behind the other without gaps, so that a unit has exactly one file form.

use crate::ops::TABLE_TEXT;

/// First bytes of a file: like PNG's, so that text transfers show.
pub const MAGIC: [u8; 8] = *b"\x89tvm\r\n\x1a\n";
pub(crate) const HEADER_FIXED: usize = 48;
pub(crate) const CHECKSUM: std::ops::Range<usize> = 16..32;
/// Longest file, bytes: sums of offsets and counts stay within `u32`.
pub(crate) const MAX_FILE: usize = u32::MAX as usize / 2;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $record:literal),* $(,)?) => {
        /// A section, with the bytes of one of its records (1 for plain bytes).
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Section { $($(#[$doc])* $name),* }

        impl Section {
            pub(crate) const ALL: &[Section] = &[$(Section::$name),*];
            pub(crate) const COUNT: usize = Section::ALL.len();

            pub(crate) fn record_bytes(self) -> usize {
                match self { $(Section::$name => $record),* }
            }

            pub(crate) fn name(self) -> &'static str {
                match self { $(Section::$name => stringify!($name)),* }
            }
        }

        const SECTIONS_TEXT: &str = concat!($(stringify!($name), "=", stringify!($record), ";"),*);
    };
}

sections! {
    /// Pairs of strings.
    Meta = 8,
    /// Offset into StringData; length in code units, with bit 31 set for UTF-16.
    Strings = 8,
    /// UTF-16 strings start at even offsets.
    StringData = 1,
    /// First entry in ListData, number of entries.
    Lists = 8,
    ListData = 4,
    /// Parent, kind with bit 8 for strict, first slot, number of slots.
    Scopes = 16,
    /// Name, kind.
    Slots = 8,
    Functions = 88,
    /// Kind, payload low, payload high.
    Constants = 12,
    /// Start, end, target, register.
    Handlers = 16,
    Feedback = 1,
    Lines = 1,
    Code = 1,
    Modules = 56,
    /// Specifier, attribute, resolved.
    Requests = 12,
    /// Request, name, slot.
    Imports = 12,
    /// Kind (0 local, 1 indirect, 2 star), name, request or slot, import name.
    Exports = 16,
    /// Name, offset into SourceText, length.
    Sources = 12,
    SourceText = 1,
}

/// Bytes of header and section table.
pub(crate) const HEADER: usize = HEADER_FIXED + 8 * Section::COUNT;

macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $name { $($(#[$fdoc])* pub $field: u32),* }

        impl $name {
            pub(crate) const BYTES: usize = 4 * [$(stringify!($field)),*].len();

            pub(crate) fn read(bytes: &[u8]) -> Self {
                let mut fields = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
                $name { $($field: fields.next().unwrap_or_default()),* }
            }

            pub(crate) fn write(&self, out: &mut Vec<u8>) {
                $(out.extend_from_slice(&self.$field.to_le_bytes());)*
            }
        }
    };
}

record! {
    /// A function as a file holds it; see [`crate::data::FunctionData`] for the fields' meaning.
    FunctionRecord {
        /// Its `name`.
        name,
        /// [`crate::data::FunctionKind`].
        kind,
        /// [`crate::data::function_flag`].
        flags,
        /// Parameters in registers.
        params,
        /// Its `length`.
        length,
        /// Registers in its frame.
        registers,
        /// Scope layout that its closures need.
        outer_scope,
        /// Properties a constructor's objects are likely to get.
        inline_hint,
        /// Its source.
        source,
        /// Start in the source text.
        source_start,
        /// End in the source text.
        source_end,
        /// First constant.
        constant_first,
        /// Number of constants.
        constant_count,
        /// First byte in Feedback.
        feedback_first,
        /// Number of feedback slots.
        feedback_count,
        /// First handler.
        handler_first,
        /// Number of handlers.
        handler_count,
        /// First byte in Lines.
        lines_first,
        /// Bytes in Lines.
        lines_count,
        /// First byte in Code.
        code_first,
        /// Bytes in Code.
        code_count,
        /// Zero.
        reserved,
    }
}

record! {
    /// A module as a file holds it; see [`crate::data::ModuleData`].
    ModuleRecord {
        /// Name or URL.
        name,
        /// [`crate::data::ModuleKind`].
        kind,
        /// Hoisting function.
        init,
        /// Body.
        body,
        /// Scope layout.
        scope,
        /// Text of a JSON or text module.
        text,
        /// 1 where its body awaits.
        is_async,
        /// First request.
        request_first,
        /// Number of requests.
        request_count,
        /// First import.
        import_first,
        /// Number of imports.
        import_count,
        /// First export.
        export_first,
        /// Number of exports.
        export_count,
        /// Zero.
        reserved,
    }
}

const _: () = assert!(FunctionRecord::BYTES == 88 && ModuleRecord::BYTES == 56);

/// Names the format: files of another id are refused. Derived, never bumped by hand.
///
/// History: 2026-11 first form.
pub const FORMAT_ID: u64 = {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let texts = [TABLE_TEXT.as_bytes(), SECTIONS_TEXT.as_bytes()];
    let mut which = 0;
    while which < texts.len() {
        let mut i = 0;
        while i < texts[which].len() {
            hash = (hash ^ texts[which][i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        which += 1;
    }
    hash
};

pub(crate) fn align8(offset: usize) -> usize {
    offset.next_multiple_of(8)
}

pub(crate) fn checksum(bytes: &[u8]) -> [u8; 16] {
    let hash = blake3::hash(&bytes[CHECKSUM.end..]);
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}
