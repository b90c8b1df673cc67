//! Characters, literals and lookarounds of one character.

use crate::charset::{CharSet, LAST_UNIT, SURROGATES};
use crate::error::SyntaxError;
use crate::node::{Kind, Node};
use crate::program::literals::Literal;
use crate::program::op::Op;
use crate::program::sets::ANY;

use super::Compiler;

/// How a character is matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Nothing matches.
    Never,
    /// This code unit.
    Unit(u16),
    /// The unit which equals the first once the bits are set in it.
    Folded(u16, u16),
    /// A code point that is always two units.
    Pair(u16, u16),
    /// A code unit of a set.
    Set(CharSet),
    /// Any code unit.
    Any,
    /// A code point of a set that cannot be tested unit by unit.
    Point(CharSet),
}

impl Element {
    /// The element of a set. `unicode` tells whether surrogates pair up.
    pub(super) fn of_set(set: &CharSet, unicode: bool) -> Self {
        if set.is_empty() {
            return Self::Never;
        }
        let halves = unicode && set.touches_range(SURROGATES);
        match set.as_single() {
            Some(point) if point > LAST_UNIT => {
                let beyond = point - 0x10000;
                return Self::Pair(0xD800 + (beyond >> 10) as u16, 0xDC00 + (beyond & 0x3FF) as u16);
            }
            Some(unit) if !halves => return Self::Unit(unit as u16),
            _ => {}
        }
        if halves || set.last() > Some(LAST_UNIT) {
            return Self::Point(set.clone());
        }
        if set.contains_range((0, LAST_UNIT)) {
            return Self::Any;
        }
        match set.ranges() {
            &[(low, end), (high, last)] if low == end && high == last && (low ^ high).is_power_of_two() => {
                Self::Folded(high as u16, (low ^ high) as u16)
            }
            _ => Self::Set(set.clone()),
        }
    }
}

impl Compiler {
    /// The element of a node that is one character.
    pub(super) fn element(&self, node: &Node) -> Option<Element> {
        match &node.kind {
            Kind::Set(set) => Some(Element::of_set(set, self.unicode)),
            Kind::Unit(unit) => Some(Element::Unit(*unit)),
            _ => None,
        }
    }

    /// Emits consecutive characters in the direction of matching.
    pub(super) fn characters(&mut self, elements: &[Element]) -> Result<(), SyntaxError> {
        if self.backward {
            return elements.iter().rev().try_for_each(|element| self.character_back(element));
        }
        let mut rest = elements;
        while let Some(first) = rest.first() {
            let length = literal_length(rest);
            if length > 0 {
                self.literal(&rest[..length])?;
                rest = &rest[length..];
            } else {
                self.character(first)?;
                rest = &rest[1..];
            }
        }
        Ok(())
    }

    /// Emits a character that is no part of a literal.
    fn character(&mut self, element: &Element) -> Result<(), SyntaxError> {
        let op = match element {
            Element::Any => Op::Any {},
            Element::Set(set) => Op::Set { set: self.sets.number(set) },
            Element::Point(set) => Op::Point { set: self.sets.number(set) },
            Element::Never | Element::Unit(_) | Element::Folded(..) | Element::Pair(..) => Op::Fail {},
        };
        self.emit(op)
    }

    fn character_back(&mut self, element: &Element) -> Result<(), SyntaxError> {
        let op = match element {
            Element::Never => Op::Fail {},
            Element::Unit(unit) => Op::UnitBack { unit: u32::from(*unit) },
            Element::Pair(lead, trail) => {
                self.emit(Op::UnitBack { unit: u32::from(*trail) })?;
                Op::UnitBack { unit: u32::from(*lead) }
            }
            Element::Folded(unit, bits) => {
                let low = u32::from(unit & !bits);
                let both = [low, u32::from(*unit)].map(|unit| (unit, unit));
                Op::SetBack { set: self.sets.number(&CharSet::from_ranges(both.into())) }
            }
            Element::Set(set) => Op::SetBack { set: self.sets.number(set) },
            Element::Any => Op::AnyBack {},
            Element::Point(set) => Op::PointBack { set: self.sets.number(set) },
        };
        self.emit(op)
    }

    /// Emits units, of which each may come with bits.
    fn literal(&mut self, elements: &[Element]) -> Result<(), SyntaxError> {
        let pairs: Vec<(u16, u16)> = elements
            .iter()
            .flat_map(|element| match *element {
                Element::Folded(unit, bits) => vec![(unit, bits)],
                Element::Pair(lead, trail) => vec![(lead, 0), (trail, 0)],
                Element::Unit(unit) => vec![(unit, 0)],
                _ => vec![],
            })
            .collect();
        let exact = pairs.iter().all(|pair| pair.1 == 0);
        let op = match pairs[..] {
            [(unit, bits)] if !exact => Op::Folded { unit: u32::from(unit), bits: u32::from(bits) },
            [(unit, _)] => Op::Unit { unit: u32::from(unit) },
            [(first, _), (second, _)] if exact => {
                Op::Unit2 { first: u32::from(first), second: u32::from(second) }
            }
            [(first, _), (second, _), (third, _)] if exact => {
                Op::Unit3 { first: u32::from(first), second: u32::from(second), third: u32::from(third) }
            }
            _ => {
                let (units, bits): (Vec<u16>, Vec<u16>) = pairs.into_iter().unzip();
                let literal = self.literals.len() as u32;
                self.literals.push(Literal::new(&units, &bits));
                if exact { Op::Literal { literal } } else { Op::FoldedLiteral { literal } }
            }
        };
        self.emit(op)
    }

    /// Emits a lookaround of one code unit; false if it is none.
    pub(super) fn short_look(
        &mut self,
        body: &Node,
        behind: bool,
        negative: bool,
    ) -> Result<bool, SyntaxError> {
        let set = match self.element(body) {
            Some(Element::Unit(unit)) => CharSet::single(u32::from(unit)),
            Some(Element::Folded(unit, bits)) => CharSet::from_ranges(
                [unit & !bits, unit].map(|unit| (u32::from(unit), u32::from(unit))).into(),
            ),
            Some(Element::Set(set)) => set,
            Some(Element::Any) => CharSet::range(0, LAST_UNIT),
            _ => return Ok(false),
        };
        let set = self.unit_set(&set);
        self.emit(match (behind, negative) {
            (false, false) => Op::Ahead { set },
            (false, true) => Op::NotAhead { set },
            (true, false) => Op::Behind { set },
            (true, true) => Op::NotBehind { set },
        })?;
        Ok(true)
    }

    /// The set of word characters for a boundary.
    pub(super) fn word_set(&mut self, folded: bool) -> u32 {
        self.sets.number(&crate::unicode::words::word(folded))
    }

    /// The number of a set for filtering places; [`ANY`] if it filters none.
    pub(super) fn filter_set(&mut self, units: &CharSet) -> u32 {
        let set = self.unit_set(units);
        // The operand has 24 bits, and there are fewer sets than that.
        if set < 1 << 24 { set } else { ANY }
    }
}

/// How many elements from the first on make one literal.
fn literal_length(elements: &[Element]) -> usize {
    let is_part =
        |element: &&Element| matches!(element, Element::Unit(_) | Element::Folded(..) | Element::Pair(..));
    elements.iter().take_while(is_part).count()
}
