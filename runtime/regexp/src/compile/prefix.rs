//! Where may a match begin? The choice of a [`Scan`].

use memchr::memmem::Finder;

use crate::charset::CharSet;
use crate::first::{First, leading_units};
use crate::node::{Assertion, Kind, Node};
use crate::program::scan::{Needle, Scan, Sequence, Start};
use crate::unicode::words;

use super::ahead::{PLACES, UnitBits, ahead};
use super::characters::Element;
use super::{Compiler, frequency};

/// How long a literal may get.
const LITERAL_MAX: usize = 32;

/// Sets for the first units of all matches of a node.
struct Prefix {
    sets: Vec<CharSet>,
    /// Whether every match has exactly these units, so that the prefix of what
    /// follows continues it.
    whole: bool,
}

impl Prefix {
    fn nothing() -> Self {
        Self { sets: Vec::new(), whole: false }
    }

    fn transparent() -> Self {
        Self { sets: Vec::new(), whole: true }
    }
}

impl Compiler {
    /// Chooses how to find the beginnings of matches.
    pub(super) fn scan(&mut self, tree: &Node) -> Scan {
        let boundary = match leading_assertion(tree) {
            Some(Assertion::WordBoundary { folded }) => Some((self.word_set(folded), true)),
            Some(Assertion::NotWordBoundary { folded }) => Some((self.word_set(folded), false)),
            _ => None,
        };
        Scan {
            start: self.start(tree),
            min_length: tree.info.min,
            boundary,
            leading_run: self.leading_run(tree),
        }
    }

    fn start(&mut self, tree: &Node) -> Start {
        match leading_assertion(tree) {
            Some(Assertion::TextStart) => return Start::Text,
            Some(Assertion::LineStart) => {
                return Start::Line { terminators: self.unit_set(&words::line_terminators()) };
            }
            _ => {}
        }
        let first = &tree.info.first;
        if first.empty || first.end || first.is_any_unit() {
            return Start::Everywhere;
        }
        let prefix = self.prefix(tree, LITERAL_MAX);
        let literal: Vec<u16> =
            prefix.sets.iter().map_while(|set| set.as_single()).map(|unit| unit as u16).collect();
        if literal.len() >= 2 {
            return Start::Literal(Box::new(needle(literal)));
        }
        self.start_of_sets(first, &ahead(self, tree)[..(tree.info.min as usize).min(PLACES)])
    }

    /// A single unit or, if that is too common, several in a row.
    fn start_of_sets(&mut self, first: &First, places: &[UnitBits]) -> Start {
        let share = frequency::of_set(&first.units);
        // Up to the last place that tells something.
        let useful =
            places.iter().rposition(|bits| frequency::of_bits(bits) < 600).map_or(0, |last| last + 1);
        if share > frequency::COMMON && useful >= 2 {
            return Start::Sequence(Box::new(sequence(&places[..useful])));
        }
        Start::Set { set: self.unit_set(&first.units) }
    }

    /// See [`Scan::leading_run`].
    fn leading_run(&mut self, tree: &Node) -> Option<u32> {
        if !self.referenced.is_empty() {
            return None;
        }
        match &tree.kind {
            Kind::Concat(parts) => self.leading_run(parts.first()?),
            Kind::Capture(_, body) => self.leading_run(body),
            Kind::Repeat(repeat) if repeat.max.is_none() => match self.element(&repeat.body)? {
                Element::Unit(unit) => Some(self.unit_set(&CharSet::single(u32::from(unit)))),
                Element::Set(set) => Some(self.unit_set(&set)),
                _ => None,
            },
            _ => None,
        }
    }

    fn prefix(&self, node: &Node, most: usize) -> Prefix {
        match &node.kind {
            Kind::Empty | Kind::Assertion(_) | Kind::Look(_) => Prefix::transparent(),
            Kind::Set(_) | Kind::Unit(_) => self.character_prefix(node),
            Kind::Capture(_, body) => self.prefix(body, most),
            Kind::Concat(parts) => self.sequence_prefix(parts, most),
            Kind::Repeat(repeat) if repeat.min == 0 => Prefix::nothing(),
            Kind::Repeat(repeat) => {
                let Prefix { sets, whole } = self.prefix(&repeat.body, most);
                let copies = if whole { repeat.min.min(most as u32) as usize } else { 1 };
                let all = copies == repeat.min as usize && repeat.max == Some(repeat.min);
                let sets: Vec<_> = std::iter::repeat_n(sets, copies).flatten().take(most).collect();
                Prefix { whole: whole && all && sets.len() < most, sets }
            }
            Kind::Alternation(alternatives) => self.choice_prefix(alternatives, most),
            Kind::BackReference { .. } => Prefix::nothing(),
        }
    }

    fn character_prefix(&self, node: &Node) -> Prefix {
        let units = |list: &[u16]| list.iter().map(|&unit| CharSet::single(u32::from(unit))).collect();
        match self.element(node) {
            Some(Element::Unit(unit)) => Prefix { sets: units(&[unit]), whole: true },
            Some(Element::Pair(lead, trail)) => Prefix { sets: units(&[lead, trail]), whole: true },
            Some(Element::Point(set)) => Prefix { sets: vec![leading_units(&set)], whole: false },
            _ => Prefix { sets: vec![node.info.first.units.clone()], whole: true },
        }
    }

    fn sequence_prefix(&self, parts: &[Node], most: usize) -> Prefix {
        let mut sum = Prefix::transparent();
        for part in parts {
            let prefix = self.prefix(part, most - sum.sets.len());
            sum.sets.extend(prefix.sets);
            sum.whole = prefix.whole && sum.sets.len() < most;
            if !sum.whole {
                break;
            }
        }
        sum.sets.truncate(most);
        sum
    }

    fn choice_prefix(&self, alternatives: &[Node], most: usize) -> Prefix {
        let mut sum: Option<Prefix> = None;
        for alternative in alternatives {
            let prefix = self.prefix(alternative, most);
            sum = Some(match sum {
                None => prefix,
                Some(sum) => {
                    let whole = sum.whole && prefix.whole && sum.sets.len() == prefix.sets.len();
                    let sets =
                        sum.sets.iter().zip(&prefix.sets).map(|(left, right)| left.union(right)).collect();
                    Prefix { sets, whole }
                }
            });
        }
        sum.unwrap_or_else(Prefix::nothing)
    }
}

/// The assertion every match begins with.
fn leading_assertion(node: &Node) -> Option<Assertion> {
    match &node.kind {
        Kind::Assertion(assertion) => Some(*assertion),
        Kind::Concat(parts) => leading_assertion(parts.first()?),
        Kind::Capture(_, body) => leading_assertion(body),
        Kind::Alternation(alternatives) => {
            let (first, rest) = alternatives.split_first()?;
            let assertion = leading_assertion(first)?;
            rest.iter().all(|other| leading_assertion(other) == Some(assertion)).then_some(assertion)
        }
        _ => None,
    }
}

fn needle(units: Vec<u16>) -> Needle {
    let rarest = (0..units.len()).min_by_key(|&index| frequency::of_unit(units[index])).unwrap_or(0);
    let bytes: Result<Vec<u8>, _> = units.iter().map(|&unit| u8::try_from(unit)).collect();
    let finder = bytes.ok().map(|bytes| Finder::new(&bytes).into_owned());
    Needle { units: units.into(), rarest, finder }
}

fn sequence(places: &[UnitBits]) -> Sequence {
    let mut sequence = Sequence { length: places.len() as u32, low: [0; 256], high: [0; 256] };
    for (index, bits) in places.iter().enumerate() {
        for byte in 0..=255_u8 {
            let at = usize::from(byte);
            sequence.low[at] |= u8::from(UnitBits::has(&bits.low, byte)) << index;
            sequence.high[at] |= u8::from(UnitBits::has(&bits.high, byte)) << index;
        }
    }
    sequence
}
