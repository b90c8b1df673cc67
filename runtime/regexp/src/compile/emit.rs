//! The walk over the tree: sequences, groups, conditions, lookarounds.

use std::ops::Range;

use crate::error::SyntaxError;
use crate::node::{Assertion, Kind, Look, Node};
use crate::program::op::{Comparison, Op};
use crate::unicode::case::Folding;
use crate::unicode::words;

use super::Compiler;
use super::follow::Follow;

impl Compiler {
    /// Emits a node that is followed by `follow`.
    pub(super) fn node(&mut self, node: &Node, follow: &Follow) -> Result<(), SyntaxError> {
        match &node.kind {
            Kind::Empty => Ok(()),
            Kind::Set(_) | Kind::Unit(_) => {
                let element = self.element(node);
                self.characters(element.as_slice())
            }
            Kind::Concat(parts) if self.backward => self.concat_back(parts),
            Kind::Concat(parts) => self.concat(parts, follow),
            Kind::Alternation(alternatives) => self.alternation(alternatives, follow),
            Kind::Repeat(repeat) => self.repeat(repeat, follow),
            Kind::Capture(group, body) => self.capture(*group, body, follow),
            Kind::BackReference { group, folding } => self.back_reference(*group, *folding),
            Kind::Assertion(assertion) => self.assertion(*assertion),
            Kind::Look(look) => self.look(look),
        }
    }

    fn concat(&mut self, parts: &[Node], follow: &Follow) -> Result<(), SyntaxError> {
        let mut index = 0;
        while index < parts.len() {
            let elements: Vec<_> = parts[index..].iter().map_while(|part| self.element(part)).collect();
            if elements.is_empty() {
                let rest = &parts[index + 1..];
                let mut after = follow.after(rest);
                self.narrow_before_boundary(&parts[index], rest, &mut after);
                self.node(&parts[index], &after)?;
                index += 1;
            } else {
                self.characters(&elements)?;
                index += elements.len();
            }
        }
        Ok(())
    }

    fn concat_back(&mut self, parts: &[Node]) -> Result<(), SyntaxError> {
        parts.iter().rev().try_for_each(|part| self.node(part, &Follow::unknown()))
    }

    /// `\w+\b`: between two characters of the run there is no boundary, so
    /// what follows never begins with a character of the run. Before the first
    /// character there may be one, so the run must not be empty.
    fn narrow_before_boundary(&self, node: &Node, rest: &[Node], after: &mut Follow) {
        let (Kind::Repeat(repeat), Some(next)) = (&node.kind, rest.first()) else { return };
        let (Kind::Set(set), Kind::Assertion(Assertion::WordBoundary { folded })) =
            (&repeat.body.kind, &next.kind)
        else {
            return;
        };
        let word = words::word(*folded);
        if repeat.min > 0 && (word.contains_all(set) || word.is_disjoint(set)) {
            after.first.units = after.first.units.subtract(&crate::first::leading_units(set));
            after.infallible = false;
        }
    }

    fn capture(&mut self, group: u32, body: &Node, follow: &Follow) -> Result<(), SyntaxError> {
        let undo = self.loops > 0 || self.referenced.contains(&group);
        self.direct += u32::from(!undo);
        let (start, end) = (2 * group, 2 * group + 1);
        if let (Some(length), false) = (body.info.fixed_length(), self.backward) {
            self.node(body, follow)?;
            return self.emit(if undo {
                Op::SaveSpanUndo { slot: start, length }
            } else {
                Op::SaveSpan { slot: start, length }
            });
        }
        let save = |slot: u32| if undo { Op::SaveUndo { slot } } else { Op::Save { slot } };
        let (opening, closing) = if self.backward { (end, start) } else { (start, end) };
        self.emit(save(opening))?;
        self.node(body, follow)?;
        if let [.., Op::Save { slot }, Op::Run { set, min, max: u32::MAX }] = self.ops[..]
            && slot == start
            && !undo
        {
            self.ops.truncate(self.ops.len() - 2);
            return self.emit(Op::RunSave { set, min, slot });
        }
        self.emit(save(closing))
    }

    /// Clears groups that the way emitted next goes around. In loops their
    /// stores are undone on failure, so there is nothing to clear.
    pub(super) fn clear_skipped(&mut self, groups: Range<u32>) -> Result<(), SyntaxError> {
        if groups.is_empty() || self.loops > 0 {
            return Ok(());
        }
        self.emit(Op::Clear { first: 2 * groups.start, end: 2 * groups.end })
    }

    fn back_reference(&mut self, group: u32, folding: Option<Folding>) -> Result<(), SyntaxError> {
        let fold = match folding {
            None => 0,
            Some(Folding::Units) => Comparison::FOLD_UNITS,
            Some(Folding::Points) => Comparison::FOLD_POINTS,
        };
        let direction = if self.backward { Comparison::BACKWARD } else { 0 };
        self.emit(Op::BackReference { group, comparison: fold | direction })
    }

    fn assertion(&mut self, assertion: Assertion) -> Result<(), SyntaxError> {
        let op = match assertion {
            Assertion::TextStart => Op::TextStart {},
            Assertion::TextEnd => Op::TextEnd {},
            Assertion::LineStart => Op::LineStart {},
            Assertion::LineEnd => Op::LineEnd {},
            Assertion::WordBoundary { folded } => Op::WordBoundary { word: self.word_set(folded) },
            Assertion::NotWordBoundary { folded } => Op::NotWordBoundary { word: self.word_set(folded) },
        };
        self.emit(op)
    }

    fn look(&mut self, look: &Look) -> Result<(), SyntaxError> {
        if self.short_look(&look.body, look.behind, look.negative)? {
            return Ok(());
        }
        let register = self.take_registers(2);
        let outer = std::mem::replace(&mut self.backward, look.behind);
        let other = self.label();
        self.emit(if look.negative {
            Op::NotLook { register, other: other.0 }
        } else {
            Op::Look { register }
        })?;
        self.node(&look.body, &if look.behind { Follow::unknown() } else { Follow::accept() })?;
        self.emit(if look.negative { Op::NotLookEnd { register } } else { Op::LookEnd { register } })?;
        self.place(other);
        self.backward = outer;
        if look.negative {
            self.clear_skipped(look.body.info.captures.clone())?;
        }
        Ok(())
    }
}
