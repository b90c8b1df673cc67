//! What may stand at the first few places of a match, whichever way it goes.
//!
//! Where [`prefix`](super::prefix) stops at the first part of varying length,
//! this goes on: `\d{1,3}\.` has a digit first, then a digit or a dot, then a
//! digit, a dot or anything. Sets are kept as bits and may hold too much.

use crate::charset::CharSet;
use crate::first::leading_units;
use crate::node::{Kind, Node};

use super::Compiler;
use super::characters::Element;

/// How many places are looked at.
pub(super) const PLACES: usize = 8;

/// Nodes visited before giving up; loops visit their bodies several times.
const VISITS_MAX: u32 = 4000;

/// Code units: exact below 256, by their low byte above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitBits {
    pub(super) low: [u64; 4],
    pub(super) high: [u64; 4],
}

impl UnitBits {
    const NONE: Self = Self { low: [0; 4], high: [0; 4] };
    const ALL: Self = Self { low: [u64::MAX; 4], high: [u64::MAX; 4] };

    fn of_set(units: &CharSet) -> Self {
        let mut bits = Self::NONE;
        for &(low, high) in units.ranges() {
            for unit in low..=high.min(0xFF) {
                bits.low[(unit >> 6) as usize] |= 1 << (unit & 63);
            }
            // 256 units in a row have every low byte.
            let above = low.max(0x100);
            for unit in above..=high.min(above + 0xFF) {
                bits.high[((unit >> 6) & 3) as usize] |= 1 << (unit & 63);
            }
        }
        bits
    }

    fn add(&mut self, other: &Self) {
        for (mine, other) in self.low.iter_mut().zip(other.low) {
            *mine |= other;
        }
        for (mine, other) in self.high.iter_mut().zip(other.high) {
            *mine |= other;
        }
    }

    /// Whether a byte is in a half.
    pub(super) fn has(half: &[u64; 4], byte: u8) -> bool {
        (half[usize::from(byte >> 6)] >> (byte & 63)) & 1 != 0
    }
}

/// One set for each place.
pub(super) type Ahead = [UnitBits; PLACES];

/// The sets of the first places of all matches of a tree.
pub(super) fn ahead(compiler: &Compiler, tree: &Node) -> Ahead {
    let mut walk = Walk { compiler, visits: 0 };
    walk.node(tree, &[UnitBits::ALL; PLACES])
}

struct Walk<'a> {
    compiler: &'a Compiler,
    visits: u32,
}

impl Walk<'_> {
    /// The places of a node that is followed by what has the places `follow`.
    fn node(&mut self, node: &Node, follow: &Ahead) -> Ahead {
        self.visits += 1;
        if self.visits > VISITS_MAX {
            return [UnitBits::ALL; PLACES];
        }
        match &node.kind {
            Kind::Empty | Kind::Assertion(_) | Kind::Look(_) => *follow,
            Kind::Set(_) | Kind::Unit(_) => self.character(node, follow),
            Kind::Capture(_, body) => self.node(body, follow),
            Kind::Concat(parts) => parts.iter().rev().fold(*follow, |follow, part| self.node(part, &follow)),
            Kind::Alternation(alternatives) => {
                let mut sum = [UnitBits::NONE; PLACES];
                for alternative in alternatives {
                    add(&mut sum, &self.node(alternative, follow));
                }
                sum
            }
            Kind::Repeat(repeat) => {
                let least = repeat.min.min(PLACES as u32);
                let more = repeat.max.map_or(PLACES as u32, |max| (max - repeat.min).min(PLACES as u32));
                let mut sum = *follow;
                for _ in 0..more {
                    let mut longer = self.node(&repeat.body, &sum);
                    add(&mut longer, follow);
                    if longer == sum {
                        break;
                    }
                    sum = longer;
                }
                (0..least).fold(sum, |follow, _| self.node(&repeat.body, &follow))
            }
            Kind::BackReference { .. } => [UnitBits::ALL; PLACES],
        }
    }

    fn character(&self, node: &Node, follow: &Ahead) -> Ahead {
        let single = |unit: u16| UnitBits::of_set(&CharSet::single(u32::from(unit)));
        match self.compiler.element(node) {
            Some(Element::Pair(lead, trail)) => shifted(single(lead), &shifted(single(trail), follow)),
            Some(Element::Point(set)) => {
                // What follows begins one or two units later.
                shifted(UnitBits::of_set(&leading_units(&set)), &[UnitBits::ALL; PLACES])
            }
            _ => shifted(UnitBits::of_set(&node.info.first.units), follow),
        }
    }
}

fn add(sum: &mut Ahead, other: &Ahead) {
    for (mine, other) in sum.iter_mut().zip(other) {
        mine.add(other);
    }
}

/// `first`, then `rest`.
fn shifted(first: UnitBits, rest: &Ahead) -> Ahead {
    let mut ahead = *rest;
    ahead.rotate_right(1);
    ahead[0] = first;
    ahead
}
