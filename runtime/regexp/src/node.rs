//! The tree between parsing and code: what a pattern means, with everything
//! about modes already decided.
//!
//! Case is folded into the sets, `.` and the escapes are sets, classes with
//! strings are alternations. The constructors put the tree into a normal form
//! (sets merged, common beginnings shared) and attach to each node what code
//! generation asks of it: lengths, captures, first characters. A tree is at
//! most a few times as deep as the pattern is nested, which the survey bounds,
//! so recursion over it is safe.

use std::ops::Range;
use std::rc::Rc;

use crate::charset::CharSet;
use crate::first::First;
use crate::unicode::case::Folding;

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) info: Info,
}

/// What a part matches.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Nothing, anywhere.
    Empty,
    /// One character of a set.
    Set(Rc<CharSet>),
    /// One code unit, even if it is half of a code point.
    Unit(u16),
    Concat(Vec<Node>),
    Alternation(Vec<Node>),
    Repeat(Box<Repeat>),
    Capture(u32, Box<Node>),
    BackReference {
        group: u32,
        folding: Option<Folding>,
    },
    Assertion(Assertion),
    Look(Box<Look>),
}

/// A quantified part; `max` of `None` is without bound.
#[derive(Debug, Clone)]
pub(crate) struct Repeat {
    pub(crate) body: Node,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
    pub(crate) greedy: bool,
}

/// A lookahead or lookbehind.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) body: Node,
    pub(crate) behind: bool,
    pub(crate) negative: bool,
}

/// A condition on a position. `folded` is for `i` with `u` or `v`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary { folded: bool },
    NotWordBoundary { folded: bool },
}

/// What is known about all matches of a node.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    /// Least length in code units, saturating.
    pub(crate) min: u32,
    /// Greatest length in code units; `None` if unbounded or very large.
    pub(crate) max: Option<u32>,
    /// What a forward match may begin with.
    pub(crate) first: First,
    /// Groups inside, which are always consecutive.
    pub(crate) captures: Range<u32>,
    /// Whether every match sets all groups inside.
    pub(crate) sets_all_captures: bool,
    /// Number of nodes, saturating.
    pub(crate) size: u32,
    /// Height of the tree.
    pub(crate) depth: u32,
}

impl Info {
    fn leaf(min: u32, max: Option<u32>, first: First) -> Self {
        Self { min, max, first, captures: 0..0, sets_all_captures: true, size: 1, depth: 1 }
    }

    /// The length, if all matches have the same.
    pub(crate) fn fixed_length(&self) -> Option<u32> {
        self.max.filter(|&max| max == self.min)
    }
}

/// The smallest range around two ranges, of which either may be empty.
fn cover(left: &Range<u32>, right: &Range<u32>) -> Range<u32> {
    match (left.is_empty(), right.is_empty()) {
        (true, _) => right.clone(),
        (_, true) => left.clone(),
        _ => left.start.min(right.start)..left.end.max(right.end),
    }
}

impl Node {
    pub(crate) fn empty() -> Self {
        Self { kind: Kind::Empty, info: Info::leaf(0, Some(0), First::transparent()) }
    }

    pub(crate) fn set(set: Rc<CharSet>) -> Self {
        let has_unit = set.touches_range((0, 0xFFFF));
        let has_pair = set.touches_range((0x10000, 0x10_FFFF));
        let min = if has_pair && !has_unit { 2 } else { 1 };
        let info = Info::leaf(min, Some(if has_pair { 2 } else { 1 }), First::of_set(&set));
        Self { kind: Kind::Set(set), info }
    }

    pub(crate) fn unit(unit: u16) -> Self {
        let first = First::of_set(&CharSet::single(u32::from(unit)));
        Self { kind: Kind::Unit(unit), info: Info::leaf(1, Some(1), first) }
    }

    pub(crate) fn assertion(assertion: Assertion) -> Self {
        let first = match assertion {
            Assertion::TextEnd => First::at_end(CharSet::empty()),
            Assertion::LineEnd => First::at_end(crate::unicode::words::line_terminators()),
            _ => First::transparent(),
        };
        Self { kind: Kind::Assertion(assertion), info: Info::leaf(0, Some(0), first) }
    }

    pub(crate) fn back_reference(group: u32, folding: Option<Folding>) -> Self {
        Self { kind: Kind::BackReference { group, folding }, info: Info::leaf(0, None, First::anything()) }
    }

    pub(crate) fn capture(group: u32, body: Self) -> Self {
        let captures = cover(&(group..group + 1), &body.info.captures);
        let info = Info {
            captures,
            depth: body.info.depth + 1,
            size: body.info.size.saturating_add(1),
            ..body.info.clone()
        };
        Self { kind: Kind::Capture(group, Box::new(body)), info }
    }

    pub(crate) fn look(body: Self, behind: bool, negative: bool) -> Self {
        // A lookahead tells what the rest begins with, if it takes anything.
        let telling = !behind && !negative && !body.info.first.empty;
        let info = Info {
            min: 0,
            max: Some(0),
            first: if telling { body.info.first.clone() } else { First::transparent() },
            captures: body.info.captures.clone(),
            sets_all_captures: body.info.captures.is_empty() || (!negative && body.info.sets_all_captures),
            size: body.info.size.saturating_add(1),
            depth: body.info.depth + 1,
        };
        Self { kind: Kind::Look(Box::new(Look { body, behind, negative })), info }
    }

    pub(crate) fn repeat(body: Self, min: u32, max: Option<u32>, greedy: bool) -> Self {
        if max == Some(0) || matches!(body.kind, Kind::Empty) {
            let captures = body.info.captures;
            let sets_all_captures = captures.is_empty();
            let mut empty = Self::empty();
            empty.info = Info { captures, sets_all_captures, ..empty.info };
            return empty;
        }
        if min == 1 && max == Some(1) {
            return body;
        }
        let inner = &body.info;
        let info = Info {
            min: inner.min.saturating_mul(min),
            max: inner.max.zip(max).and_then(|(length, count)| length.checked_mul(count)),
            first: if min == 0 { inner.first.clone().or_nothing() } else { inner.first.clone() },
            captures: inner.captures.clone(),
            sets_all_captures: inner.captures.is_empty() || (min > 0 && inner.sets_all_captures),
            size: inner.size.saturating_add(1),
            depth: inner.depth + 1,
        };
        Self { kind: Kind::Repeat(Box::new(Repeat { body, min, max, greedy })), info }
    }

    /// One part after another. Equal neighbouring sets become a repetition.
    pub(crate) fn concat(parts: Vec<Self>) -> Self {
        let mut flat: Vec<Self> = Vec::with_capacity(parts.len());
        for part in parts {
            match part.kind {
                Kind::Empty if part.info.captures.is_empty() => {}
                Kind::Concat(inner) => inner.into_iter().for_each(|part| push_part(&mut flat, part)),
                _ => push_part(&mut flat, part),
            }
        }
        if flat.len() == 1 {
            return flat.remove(0);
        }
        if flat.is_empty() {
            return Self::empty();
        }
        let mut info = Info::leaf(0, Some(0), First::of_sequence(flat.iter().map(|part| &part.info.first)));
        for part in &flat {
            info.min = info.min.saturating_add(part.info.min);
            info.max = info.max.zip(part.info.max).and_then(|(sum, length)| sum.checked_add(length));
            info.absorb(&part.info);
            info.sets_all_captures &= part.info.sets_all_captures;
        }
        Self { kind: Kind::Concat(flat), info }
    }

    /// One of several parts, the earlier preferred.
    pub(crate) fn alternation(parts: Vec<Self>) -> Self {
        Self::alternation_factored(parts, crate::limits::FACTOR_LEVELS_MAX)
    }

    fn alternation_factored(parts: Vec<Self>, levels: u32) -> Self {
        let mut flat: Vec<Self> = Vec::with_capacity(parts.len());
        for part in parts {
            match part.kind {
                Kind::Alternation(inner) => {
                    inner.into_iter().for_each(|part| push_alternative(&mut flat, part))
                }
                _ => push_alternative(&mut flat, part),
            }
        }
        let shallow = flat.iter().all(|part| part.info.depth <= crate::limits::FACTOR_DEPTH_MAX);
        if levels > 0 && shallow {
            flat = factor(flat, levels - 1);
        }
        if flat.len() == 1 {
            return flat.remove(0);
        }
        let first = First::of_choice(flat.iter().map(|part| &part.info.first));
        let mut info = Info::leaf(u32::MAX, Some(0), first);
        for part in &flat {
            info.min = info.min.min(part.info.min);
            info.max = info.max.zip(part.info.max).map(|(a, b)| a.max(b));
            info.absorb(&part.info);
        }
        info.sets_all_captures = info.captures.is_empty();
        Self { kind: Kind::Alternation(flat), info }
    }
}

impl Info {
    /// Adds what every composite adds of its parts.
    fn absorb(&mut self, part: &Self) {
        self.captures = cover(&self.captures, &part.captures);
        self.size = self.size.saturating_add(part.size);
        self.depth = self.depth.max(part.depth + 1);
    }
}

/// Appends to a sequence, joining `X` with a following `X` or `X{n,m}` where
/// `X` is a set of several characters. Single characters stay apart: they
/// become literals.
fn push_part(parts: &mut Vec<Node>, part: Node) {
    let joined = parts.last().and_then(|last| {
        let (left, min, max, left_greedy) = as_repeated_set(last)?;
        let (right, more_min, more_max, greedy) = as_repeated_set(&part)?;
        // Repetitions may trade characters only if one of them is fixed.
        let fixed = max == Some(min) && (greedy || more_max == Some(more_min)) && left_greedy;
        if !fixed || left != right || left.as_single().is_some() {
            return None;
        }
        let max = max.zip(more_max).map(|(a, b)| a.saturating_add(b));
        Some(Node::repeat(Node::set(left.clone()), min.saturating_add(more_min), max, true))
    });
    match joined {
        Some(joined) => {
            parts.pop();
            parts.push(joined);
        }
        None => parts.push(part),
    }
}

fn as_repeated_set(node: &Node) -> Option<(&Rc<CharSet>, u32, Option<u32>, bool)> {
    match &node.kind {
        Kind::Set(set) => Some((set, 1, Some(1), true)),
        Kind::Repeat(repeat) => match &repeat.body.kind {
            Kind::Set(set) => Some((set, repeat.min, repeat.max, repeat.greedy)),
            _ => None,
        },
        _ => None,
    }
}

/// Appends an alternative; neighbouring single characters become one set.
fn push_alternative(alternatives: &mut Vec<Node>, alternative: Node) {
    if let (Some(Node { kind: Kind::Set(left), .. }), Kind::Set(right)) =
        (alternatives.last(), &alternative.kind)
    {
        let union = Node::set(Rc::new(left.union(right)));
        alternatives.pop();
        alternatives.push(union);
    } else {
        alternatives.push(alternative);
    }
}

/// Turns `ab|ac` into `a(?:b|c)`, for neighbours only, so that the order of
/// trying stays the same.
fn factor(alternatives: Vec<Node>, levels: u32) -> Vec<Node> {
    let mut factored: Vec<Node> = Vec::with_capacity(alternatives.len());
    let mut group: Vec<Vec<Node>> = Vec::new();
    let mut flush = |group: &mut Vec<Vec<Node>>| {
        let shared = shared_length(group);
        let mut members = std::mem::take(group);
        match members.len() {
            0 => {}
            1 => factored.extend(members.drain(..).map(Node::concat)),
            _ => {
                let tails = members.iter_mut().map(|parts| Node::concat(parts.split_off(shared))).collect();
                let mut parts = members.swap_remove(0);
                parts.push(Node::alternation_factored(tails, levels));
                factored.push(Node::concat(parts));
            }
        }
    };
    for alternative in alternatives {
        let parts = match alternative.kind {
            Kind::Concat(parts) => parts,
            _ => vec![alternative],
        };
        let same = group.first().is_some_and(|first| same_character(&first[0], &parts[0]));
        if !same {
            flush(&mut group);
        }
        group.push(parts);
    }
    flush(&mut group);
    factored
}

/// How many characters all sequences begin with.
fn shared_length(sequences: &[Vec<Node>]) -> usize {
    let Some((first, others)) = sequences.split_first() else { return 0 };
    let agrees = |index: usize, node: &Node| {
        others.iter().all(|parts| parts.get(index).is_some_and(|part| same_character(part, node)))
    };
    first.iter().enumerate().take_while(|(index, node)| agrees(*index, node)).count()
}

fn same_character(left: &Node, right: &Node) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Set(left), Kind::Set(right)) => left == right,
        (Kind::Unit(left), Kind::Unit(right)) => left == right,
        _ => false,
    }
}
