//! The parser's tree to ours.
//!
//! Everything that depends on flags and modifiers is decided here: sets are
//! closed under case, `.` becomes a set, anchors choose between text and line.
//! Annex B needs nothing: the parser has resolved it.

mod class;
mod strings;

use std::collections::HashMap;
use std::rc::Rc;

use oxc_regular_expression::ast;

use crate::charset::{CharSet, LAST_UNIT};
use crate::error::SyntaxError;
use crate::flags::Flags;
use crate::limits::{CLASS_STRINGS_MAX, SET_WORK_MAX};
use crate::node::{Assertion, Node};
use crate::unicode::case::Folding;
use crate::unicode::{property, words};

/// Turns a parsed pattern into a tree.
pub(crate) fn lower(pattern: &ast::Pattern<'_>, flags: Flags) -> Result<Node, SyntaxError> {
    let modes = Modes {
        ignore_case: flags.contains(Flags::IGNORE_CASE),
        multiline: flags.contains(Flags::MULTILINE),
        dot_all: flags.contains(Flags::DOT_ALL),
    };
    let mut lowering = Lowering {
        modes,
        unicode: flags.is_unicode(),
        sets: flags.contains(Flags::UNICODE_SETS),
        behind: false,
        captures: 0,
        work: 0,
        strings: 0,
        properties: HashMap::new(),
    };
    lowering.disjunction(&pattern.body)
}

/// The flags that modifiers change.
#[derive(Clone, Copy)]
struct Modes {
    ignore_case: bool,
    multiline: bool,
    dot_all: bool,
}

struct Lowering {
    modes: Modes,
    unicode: bool,
    /// The `v` flag.
    sets: bool,
    /// Whether the innermost lookaround is a lookbehind.
    behind: bool,
    /// Capturing groups so far.
    captures: u32,
    /// Ranges of sets handled so far, see [`SET_WORK_MAX`].
    work: usize,
    /// Strings of classes so far, see [`CLASS_STRINGS_MAX`].
    strings: usize,
    properties: HashMap<String, Rc<CharSet>>,
}

impl Lowering {
    fn disjunction(&mut self, disjunction: &ast::Disjunction<'_>) -> Result<Node, SyntaxError> {
        let alternatives = disjunction.body.iter().map(|alternative| self.alternative(alternative));
        Ok(Node::alternation(alternatives.collect::<Result<_, _>>()?))
    }

    fn alternative(&mut self, alternative: &ast::Alternative<'_>) -> Result<Node, SyntaxError> {
        let terms = alternative.body.iter().map(|term| self.term(term));
        Ok(Node::concat(terms.collect::<Result<_, _>>()?))
    }

    fn term(&mut self, term: &ast::Term<'_>) -> Result<Node, SyntaxError> {
        match term {
            ast::Term::BoundaryAssertion(assertion) => Ok(self.boundary(assertion.kind)),
            ast::Term::LookAroundAssertion(look) => self.look(look),
            ast::Term::Quantifier(quantifier) => self.quantifier(quantifier),
            ast::Term::Character(character) => self.character(character.value),
            ast::Term::Dot(_) => Ok(self.dot()),
            ast::Term::CharacterClassEscape(escape) => Ok(self.set_node(self.escape_set(escape.kind))),
            ast::Term::UnicodePropertyEscape(escape) if escape.strings => self.property_of_strings(escape),
            ast::Term::UnicodePropertyEscape(escape) => {
                let set = self.property(escape)?;
                self.work(&set, escape.span.end)?;
                Ok(self.set_node(set))
            }
            ast::Term::CharacterClass(class) => self.class(class),
            ast::Term::CapturingGroup(group) => {
                self.captures += 1;
                let index = self.captures;
                Ok(Node::capture(index, self.disjunction(&group.body)?))
            }
            ast::Term::IgnoreGroup(group) => self.ignore_group(group),
            ast::Term::IndexedReference(reference) => {
                Ok(Node::back_reference(reference.index, self.folding()))
            }
            // The rewriter has replaced all of these.
            ast::Term::NamedReference(reference) => Err(invalid(reference.span.start)),
        }
    }

    fn boundary(&self, kind: ast::BoundaryAssertionKind) -> Node {
        let folded = self.unicode && self.modes.ignore_case;
        Node::assertion(match (kind, self.modes.multiline) {
            (ast::BoundaryAssertionKind::Start, false) => Assertion::TextStart,
            (ast::BoundaryAssertionKind::Start, true) => Assertion::LineStart,
            (ast::BoundaryAssertionKind::End, false) => Assertion::TextEnd,
            (ast::BoundaryAssertionKind::End, true) => Assertion::LineEnd,
            (ast::BoundaryAssertionKind::Boundary, _) => Assertion::WordBoundary { folded },
            (ast::BoundaryAssertionKind::NegativeBoundary, _) => Assertion::NotWordBoundary { folded },
        })
    }

    fn look(&mut self, look: &ast::LookAroundAssertion<'_>) -> Result<Node, SyntaxError> {
        use ast::LookAroundAssertionKind as LookKind;
        let behind = matches!(look.kind, LookKind::Lookbehind | LookKind::NegativeLookbehind);
        let negative = matches!(look.kind, LookKind::NegativeLookahead | LookKind::NegativeLookbehind);
        let outer = std::mem::replace(&mut self.behind, behind);
        let body = self.disjunction(&look.body)?;
        self.behind = outer;
        Ok(Node::look(body, behind, negative))
    }

    fn quantifier(&mut self, quantifier: &ast::Quantifier<'_>) -> Result<Node, SyntaxError> {
        // No text is long enough to tell larger counts from these.
        let clamp = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let max = quantifier.max.map(clamp).filter(|&max| max < u32::MAX);
        let body = self.term(&quantifier.body)?;
        Ok(Node::repeat(body, clamp(quantifier.min), max, quantifier.greedy))
    }

    fn ignore_group(&mut self, group: &ast::IgnoreGroup<'_>) -> Result<Node, SyntaxError> {
        let outer = self.modes;
        if let Some(modifiers) = &group.modifiers {
            let changed = |mode: bool, modifier: ast::Modifier| {
                (mode || modifiers.enabling.contains(modifier)) && !modifiers.disabling.contains(modifier)
            };
            self.modes = Modes {
                ignore_case: changed(outer.ignore_case, ast::Modifier::I),
                multiline: changed(outer.multiline, ast::Modifier::M),
                dot_all: changed(outer.dot_all, ast::Modifier::S),
            };
        }
        let body = self.disjunction(&group.body);
        self.modes = outer;
        body
    }

    fn character(&mut self, value: u32) -> Result<Node, SyntaxError> {
        Ok(self.set_node(self.closed(CharSet::single(value))))
    }

    fn dot(&self) -> Node {
        let excluded = if self.modes.dot_all { CharSet::empty() } else { words::line_terminators() };
        self.set_node(excluded.complement())
    }

    /// The relation that applies, if case is ignored.
    fn folding(&self) -> Option<Folding> {
        let folding = if self.unicode { Folding::Points } else { Folding::Units };
        self.modes.ignore_case.then_some(folding)
    }

    /// All characters that match a member of `set` under the current modes.
    fn closed(&self, set: CharSet) -> CharSet {
        match self.folding() {
            Some(folding) => folding.closure(&set),
            None => set,
        }
    }

    /// A node for a set of code points or, without `u` and `v`, code units.
    fn set_node(&self, set: CharSet) -> Node {
        if self.unicode || set.last().is_none_or(|last| last <= LAST_UNIT) {
            return Node::set(Rc::new(set));
        }
        Node::set(Rc::new(set.intersect(&CharSet::range(0, LAST_UNIT))))
    }

    /// The set of `\d` and its kin. These are closed under case as they are.
    fn escape_set(&self, kind: ast::CharacterClassEscapeKind) -> CharSet {
        use ast::CharacterClassEscapeKind as EscapeKind;
        let word = || words::word(self.unicode && self.modes.ignore_case);
        match kind {
            EscapeKind::D => words::digits(),
            EscapeKind::NegativeD => words::digits().complement(),
            EscapeKind::S => words::spaces(),
            EscapeKind::NegativeS => words::spaces().complement(),
            EscapeKind::W => word(),
            EscapeKind::NegativeW => word().complement(),
        }
    }

    /// The set of a property escape, closed under case. With `v` a negated
    /// escape is the complement of the closed set (the clause complements
    /// after folding), with `u` it is closed after it was complemented.
    fn property(&mut self, escape: &ast::UnicodePropertyEscape<'_>) -> Result<CharSet, SyntaxError> {
        let value = escape.value.as_ref().map(|value| value.as_str());
        let key = format!("{}={}", escape.name.as_str(), value.unwrap_or_default());
        let set = match self.properties.get(&key) {
            Some(set) => Rc::clone(set),
            None => {
                let set = property::set(escape.name.as_str(), value);
                let set = Rc::new(
                    set.ok_or(SyntaxError::new("Invalid property name", escape.span.start as usize))?,
                );
                self.properties.insert(key, Rc::clone(&set));
                set
            }
        };
        Ok(match (escape.negative, self.sets) {
            (false, _) => self.closed((*set).clone()),
            (true, false) => self.closed(set.complement()),
            (true, true) => self.closed((*set).clone()).complement(),
        })
    }

    /// Accounts for the handling of a set.
    fn work(&mut self, set: &CharSet, offset: u32) -> Result<(), SyntaxError> {
        let closing = self.modes.ignore_case && set.last().is_some_and(|last| last >= 0x80);
        self.work += set.ranges().len() + if closing { 1000 } else { 0 };
        if self.work > SET_WORK_MAX || self.strings > CLASS_STRINGS_MAX {
            return Err(SyntaxError::new("Regular expression too large", offset as usize));
        }
        Ok(())
    }
}

fn invalid(offset: u32) -> SyntaxError {
    SyntaxError::new("Invalid group", offset as usize)
}
