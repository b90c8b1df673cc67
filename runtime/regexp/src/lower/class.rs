//! Character classes, with the set notation of `v` (clauses 22.2.2.9 and on).
//!
//! The clauses fold the members of a class under `i` and fold the text when
//! matching. Here sets are closed under case instead, which is the same: a
//! folded set stands for all characters that fold into it. Without `v` a class
//! is closed once, before it is negated.

use std::collections::BTreeSet;

use oxc_regular_expression::ast;

use super::Lowering;
use crate::charset::CharSet;
use crate::error::SyntaxError;
use crate::node::Node;
use crate::unicode::emoji;

/// What a class matches.
#[derive(Default)]
pub(super) struct Members {
    /// Single characters, closed under case.
    pub(super) set: CharSet,
    /// Strings that are not one character long, folded under `i`.
    pub(super) strings: BTreeSet<Vec<u32>>,
}

impl Members {
    fn of_set(set: CharSet) -> Self {
        Self { set, strings: BTreeSet::new() }
    }
}

impl Lowering {
    pub(super) fn class(&mut self, class: &ast::CharacterClass<'_>) -> Result<Node, SyntaxError> {
        let members = self.class_members(class)?;
        self.members_node(members)
    }

    pub(super) fn property_of_strings(
        &mut self,
        escape: &ast::UnicodePropertyEscape<'_>,
    ) -> Result<Node, SyntaxError> {
        let members = self.string_property_members(escape)?;
        self.members_node(members)
    }

    fn class_members(&mut self, class: &ast::CharacterClass<'_>) -> Result<Members, SyntaxError> {
        if !self.sets {
            let set = self.plain_class(class)?;
            return Ok(Members::of_set(if class.negative { set.complement() } else { set }));
        }
        let mut members = match class.kind {
            ast::CharacterClassContentsKind::Union => self.union(&class.body)?,
            kind => self.operation(&class.body, kind)?,
        };
        if class.negative {
            members.set = members.set.complement();
        }
        self.work(&members.set, class.span.start)?;
        Ok(members)
    }

    /// A class without set notation, closed under case, not yet negated.
    fn plain_class(&mut self, class: &ast::CharacterClass<'_>) -> Result<CharSet, SyntaxError> {
        let mut ranges = Vec::new();
        for item in &class.body {
            match item {
                ast::CharacterClassContents::Character(character) => {
                    ranges.push((character.value, character.value))
                }
                ast::CharacterClassContents::CharacterClassRange(range) => {
                    ranges.push((range.min.value, range.max.value));
                }
                ast::CharacterClassContents::CharacterClassEscape(escape) => {
                    ranges.extend_from_slice(self.escape_set(escape.kind).ranges());
                }
                ast::CharacterClassContents::UnicodePropertyEscape(escape) => {
                    let set = self.property(escape)?;
                    self.work(&set, escape.span.start)?;
                    ranges.extend_from_slice(set.ranges());
                }
                // Only with `v`.
                ast::CharacterClassContents::NestedCharacterClass(_)
                | ast::CharacterClassContents::ClassStringDisjunction(_) => {
                    return Err(super::invalid(class.span.start));
                }
            }
        }
        let set = CharSet::from_ranges(ranges);
        self.work(&set, class.span.start)?;
        Ok(self.closed(set))
    }

    fn union(&mut self, items: &[ast::CharacterClassContents<'_>]) -> Result<Members, SyntaxError> {
        let mut ranges = Vec::new();
        let mut strings = BTreeSet::new();
        for item in items {
            let mut members = self.item(item)?;
            ranges.extend_from_slice(members.set.ranges());
            strings.append(&mut members.strings);
        }
        Ok(Members { set: CharSet::from_ranges(ranges), strings })
    }

    fn operation(
        &mut self,
        items: &[ast::CharacterClassContents<'_>],
        kind: ast::CharacterClassContentsKind,
    ) -> Result<Members, SyntaxError> {
        let mut sum: Option<Members> = None;
        for item in items {
            let members = self.item(item)?;
            let Some(left) = sum.take() else {
                sum = Some(members);
                continue;
            };
            self.work(&left.set, 0)?;
            sum = Some(if kind == ast::CharacterClassContentsKind::Intersection {
                Members {
                    set: left.set.intersect(&members.set),
                    strings: left.strings.intersection(&members.strings).cloned().collect(),
                }
            } else {
                Members {
                    set: left.set.subtract(&members.set),
                    strings: left.strings.difference(&members.strings).cloned().collect(),
                }
            });
        }
        Ok(sum.unwrap_or_default())
    }

    /// One operand of set notation.
    fn item(&mut self, item: &ast::CharacterClassContents<'_>) -> Result<Members, SyntaxError> {
        let set = match item {
            ast::CharacterClassContents::Character(character) => CharSet::single(character.value),
            ast::CharacterClassContents::CharacterClassRange(range) => {
                CharSet::range(range.min.value, range.max.value)
            }
            ast::CharacterClassContents::CharacterClassEscape(escape) => {
                return Ok(Members::of_set(self.escape_set(escape.kind)));
            }
            ast::CharacterClassContents::UnicodePropertyEscape(escape) if escape.strings => {
                return self.string_property_members(escape);
            }
            ast::CharacterClassContents::UnicodePropertyEscape(escape) => {
                let set = self.property(escape)?;
                self.work(&set, escape.span.start)?;
                return Ok(Members::of_set(set));
            }
            ast::CharacterClassContents::NestedCharacterClass(class) => return self.class_members(class),
            ast::CharacterClassContents::ClassStringDisjunction(strings) => {
                return self.string_disjunction(strings);
            }
        };
        self.work(&set, 0)?;
        Ok(Members::of_set(self.closed(set)))
    }

    /// `\q{…|…}`.
    fn string_disjunction(
        &mut self,
        strings: &ast::ClassStringDisjunction<'_>,
    ) -> Result<Members, SyntaxError> {
        let lists =
            strings.body.iter().map(|string| string.body.iter().map(|character| character.value).collect());
        let lists: Vec<Vec<u32>> = lists.collect();
        self.string_members(CharSet::empty(), lists, strings.span.start)
    }

    fn string_property_members(
        &mut self,
        escape: &ast::UnicodePropertyEscape<'_>,
    ) -> Result<Members, SyntaxError> {
        let (set, strings) = emoji::strings(escape.name.as_str())
            .ok_or(SyntaxError::new("Invalid property name", escape.span.start as usize))?;
        self.string_members(set, strings, escape.span.start)
    }

    /// Members from characters and strings; strings of one character count as
    /// that character.
    fn string_members(
        &mut self,
        set: CharSet,
        strings: Vec<Vec<u32>>,
        offset: u32,
    ) -> Result<Members, SyntaxError> {
        self.strings += strings.len();
        let folding = self.folding();
        let fold = |point: u32| folding.map_or(point, |folding| folding.canonicalize(point));
        let (single, longer): (Vec<_>, Vec<_>) = strings.into_iter().partition(|string| string.len() == 1);
        let mut ranges = set.ranges().to_vec();
        ranges.extend(single.iter().map(|string| (string[0], string[0])));
        let set = CharSet::from_ranges(ranges);
        self.work(&set, offset)?;
        let strings = longer.into_iter().map(|string| string.into_iter().map(fold).collect()).collect();
        Ok(Members { set: self.closed(set), strings })
    }
}
