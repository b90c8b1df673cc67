//! How a program finds the places where a match may begin.
//!
//! Chosen once per program (`compile/prefix.rs`); carried out in
//! `exec/scan.rs`. Every strategy may name places where no match begins, and
//! misses none.

use std::fmt;

use memchr::memmem::Finder;

/// Where to try, and what to skip.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) start: Start,
    /// No match is shorter than this many code units.
    pub(crate) min_length: u32,
    /// Matches begin at a boundary of this set of word characters, or, if
    /// false, never begin at one.
    pub(crate) boundary: Option<(u32, bool)>,
    /// The pattern begins with an unbounded run over this set. A failed try
    /// rules out all places up to the end of the run and one further, because
    /// everything after the run was tried at each place already.
    pub(crate) leading_run: Option<u32>,
}

/// Where a match may begin.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    /// Anywhere.
    Everywhere,
    /// Only at the start of the text.
    Text,
    /// After line terminators (the members of the set) and at the start.
    Line { terminators: u32 },
    /// At one of these units.
    Set { set: u32 },
    /// At this literal of two or more units.
    Literal(Box<Needle>),
    /// At sequences of units, each of its own set.
    Sequence(Box<Sequence>),
}

/// A literal to search for.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    pub(crate) units: Box<[u16]>,
    /// Which unit is rarest in usual text.
    pub(crate) rarest: usize,
    /// For Latin-1; `None` if a unit is above 255.
    pub(crate) finder: Option<Finder<'static>>,
}

/// Sets for the first units of a match, as bits: bit `i` of a unit's byte says
/// that it may be the `i`-th. Searched by shifting, one step per unit.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// How many units; at most 8.
    pub(crate) length: u32,
    /// Bits of the units below 256.
    pub(crate) low: [u8; 256],
    /// Bits of the units above, by their low byte; units share entries.
    pub(crate) high: [u8; 256],
}

impl fmt::Display for Scan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.start {
            Start::Everywhere => formatter.write_str("everywhere")?,
            Start::Text => formatter.write_str("text start")?,
            Start::Line { .. } => formatter.write_str("line starts")?,
            Start::Set { set } => write!(formatter, "set {set}")?,
            Start::Literal(needle) => {
                write!(formatter, "literal {:?}", String::from_utf16_lossy(&needle.units))?
            }
            Start::Sequence(sequence) => write!(formatter, "sequence of {}", sequence.length)?,
        }
        write!(formatter, ", at least {} units", self.min_length)?;
        if let Some((_, wanted)) = self.boundary {
            formatter.write_str(if wanted { ", at word boundaries" } else { ", inside words" })?;
        }
        match self.leading_run {
            Some(set) => write!(formatter, ", leading run of set {set}"),
            None => Ok(()),
        }
    }
}
