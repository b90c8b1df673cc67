//! Classes that hold strings (`v`): the longest matching string wins.
//!
//! Going forward, strings become a trie, in which longest-first comes of
//! itself: of the strings that match at one place each is a beginning of the
//! next, and a trie node tries to go on before it stops. Characters beyond the
//! basic plane are split into code units there, because most of them share
//! their first half and the second tells them apart. Lookbehinds and very long
//! strings take a plain list sorted by length.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Lowering;
use super::class::Members;
use crate::charset::{CharSet, LAST_UNIT, SURROGATES};
use crate::error::SyntaxError;
use crate::limits::TRIE_LENGTH_MAX;
use crate::node::Node;

/// One step of a string.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A code unit.
    Unit(u16),
    /// All characters that match this folded one.
    Point(u32),
}

#[derive(Default)]
struct Trie {
    children: BTreeMap<Step, Trie>,
    /// Whether a string ends here.
    terminal: bool,
}

impl Lowering {
    /// A node for the members of a class.
    pub(super) fn members_node(&mut self, members: Members) -> Result<Node, SyntaxError> {
        if members.strings.is_empty() {
            return Ok(self.set_node(members.set));
        }
        let longest = members.strings.iter().map(Vec::len).max().unwrap_or(0);
        let mut strings: Vec<Vec<u32>> = members.strings.into_iter().collect();
        if longest <= TRIE_LENGTH_MAX && !self.behind {
            return Ok(self.trie_node(members.set, &strings));
        }
        strings.sort_by_key(|string| std::cmp::Reverse(string.len()));
        let has_empty = strings.pop_if(|string| string.is_empty()).is_some();
        let mut alternatives: Vec<Node> = Vec::with_capacity(strings.len() + 2);
        for string in strings {
            let characters = string.into_iter().map(|point| self.character(point));
            alternatives.push(Node::concat(characters.collect::<Result<_, _>>()?));
        }
        alternatives.push(self.set_node(members.set));
        if has_empty {
            alternatives.push(Node::empty());
        }
        Ok(Node::alternation(alternatives))
    }

    /// Single characters come after the strings; a character that begins a
    /// string is found there only after the string has failed.
    fn trie_node(&mut self, set: CharSet, strings: &[Vec<u32>]) -> Node {
        let mut trie = Trie::default();
        let mut has_empty = false;
        for string in strings {
            has_empty |= string.is_empty();
            let mut at = &mut trie;
            for &point in string {
                for step in self.steps(point) {
                    at = at.children.entry(step).or_default();
                }
            }
            at.terminal = true;
        }
        trie.terminal = false;
        let mut alternatives = vec![self.trie_alternatives(&trie), self.set_node(set)];
        if has_empty {
            alternatives.push(Node::empty());
        }
        Node::alternation(alternatives)
    }

    fn steps(&self, point: u32) -> Vec<Step> {
        let surrogate = (SURROGATES.0..=SURROGATES.1).contains(&point);
        let alone = self.closed(CharSet::single(point)).as_single().is_some();
        match char::from_u32(point) {
            Some(character) if alone && !surrogate && point > LAST_UNIT => {
                character.encode_utf16(&mut [0; 2]).iter().map(|&unit| Step::Unit(unit)).collect()
            }
            _ => vec![Step::Point(point)],
        }
    }

    fn trie_alternatives(&self, trie: &Trie) -> Node {
        let branches = trie.children.iter().map(|(step, child)| {
            let head = match step {
                Step::Unit(unit) => Node::unit(*unit),
                Step::Point(point) => Node::set(Rc::new(self.closed(CharSet::single(*point)))),
            };
            let mut tails = Vec::new();
            if !child.children.is_empty() {
                tails.push(self.trie_alternatives(child));
            }
            if child.terminal {
                tails.push(Node::empty());
            }
            Node::concat(vec![head, Node::alternation(tails)])
        });
        Node::alternation(branches.collect())
    }
}
