//! What a row of the table of cells says, and what is expanded from it: see [`super::cells`].

/// What follows a cell's fixed fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Nothing, or raw bytes.
    None,
    /// Values up to the end of the cell.
    Values(u16),
    /// References (u32) up to the end of the cell.
    Cells(u16),
    /// Pairs (reference, u32) from the first offset; their number is the u32 at the second.
    Entries(u16, u16),
}

/// What the collector and the audit know of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The kind's name.
    pub name: &'static str,
    /// Bytes of the fixed part.
    pub fixed: u16,
    /// Offsets of untagged references.
    pub cells: &'static [u16],
    /// Offsets of values.
    pub values: &'static [u16],
    /// What follows.
    pub tail: Tail,
    /// Whether it is an object (the header's second half is its shape, properties follow the fixed part).
    pub object: bool,
}

pub(super) const UNUSED: Layout =
    Layout { name: "unused", fixed: 8, cells: &[], values: &[], tail: Tail::None, object: false };

/// Marker types name the kinds of cells in handles.
pub trait Cell: 'static {
    /// Whether a cell of this kind may be seen as `Self`.
    fn matches(kind: u8) -> bool;
    /// Tag of values that refer to such a cell.
    const TAG: u64;
}

macro_rules! read_field {
    ($ptr:expr, value @ $at:expr) => {{
        // SAFETY: the table gives the field's place within the cell.
        Value::raw(unsafe { $ptr.add($at).cast::<u64>().read() })
    }};
    ($ptr:expr, $raw:ident @ $at:expr) => {{
        // SAFETY: as above.
        unsafe { $ptr.add($at).cast::<$raw>().read() }
    }};
}

macro_rules! accessors {
    ($($(#[$doc:meta])* $get:ident / $set:ident : $kind:ident $($target:ident)? @ $at:literal),* $(,)?) => {
        $( accessor! { $(#[$doc])* $get / $set : $kind $($target)? @ $at } )*
    };
}

macro_rules! accessor {
    ($(#[$doc:meta])* $get:ident / $set:ident : value @ $at:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $get(self) -> Value<'a> {
            // SAFETY: the row's offset lies within every cell of this kind (asserted by the table), and it is a value.
            read_field!(self.ptr(), value @ $at)
        }

        /// Stores the field, with the write barrier.
        #[inline(always)]
        pub fn $set(self, cx: &Cx<'_>, value: Value<'_>) {
            // SAFETY: as for reading; the barrier is told.
            unsafe { self.store_value(cx, $at, value.bits()) }
        }
    };
    ($(#[$doc:meta])* $get:ident / $set:ident : cell $target:ident @ $at:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $get(self, cx: &'a Cx<'_>) -> Gc<'a, $target> {
            // SAFETY: the row says that the field holds a reference to such a cell, and it is set before use.
            unsafe { Gc::from_ref(cx, self.ptr().add($at).cast::<u32>().read()) }
        }

        /// Stores the field, with the write barrier.
        #[inline(always)]
        pub fn $set(self, cx: &Cx<'_>, value: Gc<'_, $target>) {
            // SAFETY: as for reading; the barrier is told.
            unsafe { self.store_ref(cx, $at, value.reference(cx)) }
        }
    };
    ($(#[$doc:meta])* $get:ident / $set:ident : maybe $target:ident @ $at:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $get(self, cx: &'a Cx<'_>) -> Option<Gc<'a, $target>> {
            // SAFETY: the row says that the field holds 0 or a reference to such a cell.
            unsafe {
                match self.ptr().add($at).cast::<u32>().read() {
                    0 => None,
                    reference => Some(Gc::from_ref(cx, reference)),
                }
            }
        }

        /// Stores the field, with the write barrier.
        #[inline(always)]
        pub fn $set(self, cx: &Cx<'_>, value: Option<Gc<'_, $target>>) {
            // SAFETY: as for reading; the barrier is told.
            unsafe { self.store_ref(cx, $at, value.map_or(0, |v| v.reference(cx))) }
        }
    };
    ($(#[$doc:meta])* $get:ident / $set:ident : $raw:ident @ $at:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $get(self) -> $raw {
            // SAFETY: the row's offset lies within every cell of this kind (asserted by the table).
            read_field!(self.ptr(), $raw @ $at)
        }

        /// Stores the field.
        #[inline(always)]
        pub fn $set(self, value: $raw) {
            // SAFETY: as for reading; raw fields need no barrier.
            unsafe { self.ptr().add($at).cast::<$raw>().write(value) }
        }
    };
}

macro_rules! pick_cells {
    ($($kind:ident $($target:ident)? @ $at:literal),*) => { { const N: usize = 0 $(+ is_cell!($kind))*; const ALL: [u16; N] = collect::<N>(&[$((is_cell!($kind), $at)),*]); &ALL } };
}

macro_rules! pick_values {
    ($($kind:ident $($target:ident)? @ $at:literal),*) => { { const N: usize = 0 $(+ is_value!($kind))*; const ALL: [u16; N] = collect::<N>(&[$((is_value!($kind), $at)),*]); &ALL } };
}

macro_rules! is_cell {
    (cell) => {
        1
    };
    (maybe) => {
        1
    };
    ($other:ident) => {
        0
    };
}

macro_rules! is_value {
    (value) => {
        1
    };
    ($other:ident) => {
        0
    };
}

/// The offsets of the fields that were picked.
pub(super) const fn collect<const N: usize>(fields: &[(usize, u16)]) -> [u16; N] {
    let mut found = [0; N];
    let (mut i, mut n) = (0, 0);
    while i < fields.len() {
        if fields[i].0 == 1 {
            found[n] = fields[i].1;
            n += 1;
        }
        i += 1;
    }
    found
}

macro_rules! tail_of {
    () => {
        Tail::None
    };
    (values @ $at:literal) => {
        Tail::Values($at)
    };
    (cells @ $at:literal) => {
        Tail::Cells($at)
    };
    (entries @ $at:literal counted by @ $count:literal) => {
        Tail::Entries($at, $count)
    };
}

macro_rules! cells {
    ($(
        $(#[$doc:meta])*
        $class:ident $name:ident = $number:literal, $size:literal bytes {
            $($(#[$fdoc:meta])* $get:ident / $set:ident : $kind:ident $($target:ident)? @ $at:literal),* $(,)?
        } $(tail $tail_kind:ident @ $tail_at:literal $(counted by @ $count_at:literal)?)?;
    )*) => {
        /// Kinds of cells by number.
        #[allow(non_upper_case_globals)]
        pub mod kind {
            $( $(#[$doc])* pub const $name: u8 = $number; )*
        }

        /// Offsets of the rows' fields in bytes, by the names of row and field: for compiled code.
        #[allow(non_upper_case_globals, non_snake_case)]
        pub mod offset {
            $(
                $(#[$doc])*
                pub mod $name {
                    $( $(#[$fdoc])* pub const $get: u32 = $at; )*
                }
            )*

            /// What every object has.
            pub mod Object {
                /// Its hidden class.
                pub const shape: u32 = 4;
                /// Out-of-line property slots.
                pub const slots: u32 = 8;
                /// Indexed properties.
                pub const elements: u32 = 12;
            }
        }

        /// The rows by kind number.
        pub static LAYOUTS: [Layout; 256] = {
            let mut all = [UNUSED; 256];
            $(
                all[$number as usize] = Layout {
                    name: stringify!($name),
                    fixed: $size,
                    cells: pick_cells!($($kind $($target)? @ $at),*),
                    values: pick_values!($($kind $($target)? @ $at),*),
                    tail: tail_of!($($tail_kind @ $tail_at $(counted by @ $count_at)?)?),
                    object: is_object_class!($class),
                };
            )*
            all
        };

        /// The table as text, part of the snapshot format's id.
        pub const TABLE_TEXT: &str = concat!($(
            stringify!($class), stringify!($name), stringify!($number), stringify!($size),
            $( stringify!($get), stringify!($kind), stringify!($at), )*
            $( stringify!($tail_kind), stringify!($tail_at), )?
        )*);

        $(
            $(#[$doc])*
            pub enum $name {}

            impl Cell for $name {
                #[inline(always)]
                fn matches(kind: u8) -> bool {
                    kind == $number
                }

                const TAG: u64 = class_tag!($class);
            }

            impl $name {
                /// Bytes of the fixed part.
                pub const BYTES: usize = $size;
                /// The kind's number.
                pub const KIND: u8 = $number;
            }

            const _: () = assert!($size % 8 == 0 && $( $at + 4 <= $size && )* true);

            impl<'a> Gc<'a, $name> {
                accessors! { $($(#[$fdoc])* $get / $set : $kind $($target)? @ $at),* }
            }
        )*
    };
}

macro_rules! class_tag {
    (object) => {
        bits::TAG_OBJECT
    };
    (string) => {
        bits::TAG_STRING
    };
    (symbol) => {
        bits::TAG_SYMBOL
    };
    (bigint) => {
        bits::TAG_BIGINT
    };
    (internal) => {
        bits::TAG_CELL
    };
}

macro_rules! is_object_class {
    (object) => {
        true
    };
    ($other:ident) => {
        false
    };
}
