//! Choices: which way to go, and which to keep for later.
//!
//! Keeping a way costs a stack entry and, worse, lets a hopeless match be
//! tried again. So wherever the next code unit rules a way out, it is not kept.

use std::collections::HashMap;

use crate::error::SyntaxError;
use crate::first::First;
use crate::limits::{SWITCH_ENTRIES_MAX, SWITCH_HIGH_MAX};
use crate::node::Node;
use crate::program::literals::Switch;
use crate::program::op::Op;

use super::follow::Follow;
use super::{Compiler, Label};

/// How some alternatives of a loop body are emitted, by index.
pub(super) type RunSets = HashMap<usize, u32>;

impl Compiler {
    /// Emits a choice: falls through to what begins with `first`, and keeps or
    /// takes `other`, which begins with `second`.
    pub(super) fn branch(&mut self, first: &First, second: &First, other: Label) -> Result<(), SyntaxError> {
        let other = other.0;
        if self.backward {
            return self.emit(Op::Fork { other });
        }
        let telling = |first: &First| !first.end && !first.empty && !first.is_any_unit();
        let op = if !telling(first) {
            if telling(second) {
                Op::ForkIf { set: self.unit_set(&second.units), other }
            } else {
                Op::Fork { other }
            }
        } else if first.units.is_disjoint(&second.units) {
            Op::Peek { set: self.unit_set(&first.units), other }
        } else if second.is_any_unit() || second.units.contains_all(&first.units) {
            Op::PeekFork { set: self.unit_set(&first.units), other }
        } else {
            Op::Choose { first: self.unit_set(&first.units), second: self.unit_set(&second.units), other }
        };
        self.emit(op)
    }

    pub(super) fn alternation(&mut self, alternatives: &[Node], follow: &Follow) -> Result<(), SyntaxError> {
        self.alternatives(alternatives, follow, &RunSets::new())
    }

    /// Emits alternatives; those in `runs` as runs over a set that never give
    /// back.
    pub(super) fn alternatives(
        &mut self,
        alternatives: &[Node],
        follow: &Follow,
        runs: &RunSets,
    ) -> Result<(), SyntaxError> {
        if self.backward {
            let unknown = vec![First::anything(); alternatives.len()];
            return self.chain(alternatives, &unknown, follow, runs);
        }
        let firsts: Vec<First> =
            alternatives.iter().map(|node| node.info.first.clone().then(&follow.first)).collect();
        match candidates(&firsts) {
            Some(candidates) => self.switch(alternatives, candidates, follow, runs),
            None => self.chain(alternatives, &firsts, follow, runs),
        }
    }

    /// One alternative after another.
    fn chain(
        &mut self,
        alternatives: &[Node],
        firsts: &[First],
        follow: &Follow,
        runs: &RunSets,
    ) -> Result<(), SyntaxError> {
        let end = self.label();
        // What all alternatives from each on may begin with.
        let mut rests: Vec<First> = Vec::with_capacity(firsts.len());
        for first in firsts.iter().rev() {
            let rest = rests
                .last()
                .map_or_else(|| first.clone(), |rest| First::of_choice([first, rest].into_iter()));
            rests.push(rest);
        }
        for (index, first) in firsts.iter().enumerate() {
            let rest = rests.len().checked_sub(index + 2).map(|rest| &rests[rest]);
            let Some(rest) = rest else {
                self.alternative(alternatives, index, follow, runs)?;
                break;
            };
            let other = self.label();
            self.branch(first, rest, other)?;
            self.alternative(alternatives, index, follow, runs)?;
            self.emit(Op::Jump { target: end.0 })?;
            self.place(other);
        }
        self.place(end);
        Ok(())
    }

    /// One alternative, after clearing the groups of the others.
    fn alternative(
        &mut self,
        alternatives: &[Node],
        index: usize,
        follow: &Follow,
        runs: &RunSets,
    ) -> Result<(), SyntaxError> {
        let node = &alternatives[index];
        for range in skipped_groups(alternatives, index) {
            self.clear_skipped(range)?;
        }
        match runs.get(&index) {
            Some(&set) => self.emit(Op::Run { set, min: 1, max: u32::MAX }),
            None => self.node(node, follow),
        }
    }

    /// Alternatives told apart by a table of next units.
    fn switch(
        &mut self,
        alternatives: &[Node],
        candidates: Candidates,
        follow: &Follow,
        runs: &RunSets,
    ) -> Result<(), SyntaxError> {
        let table = self.switches.len() as u32;
        let bodies: Vec<Label> = alternatives.iter().map(|_| self.label()).collect();
        let end = self.label();
        self.emit(Op::Switch { table })?;
        // Reserve the place: alternatives may hold switches of their own.
        let fail = self.label_here();
        self.emit(Op::Fail {})?;
        let blank =
            Switch { bytes: Box::new([fail.0; 256]), high: Box::default(), other: fail.0, end: fail.0 };
        self.switches.push(blank);
        let mut known: HashMap<Vec<u32>, Label> = HashMap::from([(Vec::new(), fail)]);
        let mut target = |compiler: &mut Self, list: &Vec<u32>| -> Result<u32, SyntaxError> {
            if let Some(label) = known.get(list) {
                return Ok(label.0);
            }
            let label = compiler.candidate_list(list, &bodies)?;
            known.insert(list.clone(), label);
            Ok(label.0)
        };
        let mut switch = self.switches[table as usize].clone();
        for (unit, list) in candidates.low.iter().enumerate() {
            switch.bytes[unit] = target(self, list)?;
        }
        let mut high = Vec::with_capacity(candidates.high.len());
        for (first, last, list) in &candidates.high {
            high.push((*first, *last, target(self, list)?));
        }
        switch.high = high.into();
        switch.end = target(self, &candidates.end)?;
        self.switches[table as usize] = switch;
        for (index, body) in bodies.iter().enumerate() {
            self.place(*body);
            self.alternative(alternatives, index, follow, runs)?;
            self.emit(Op::Jump { target: end.0 })?;
        }
        self.place(end);
        Ok(())
    }

    /// Code that tries some alternatives in order.
    fn candidate_list(&mut self, list: &[u32], bodies: &[Label]) -> Result<Label, SyntaxError> {
        if let [only] = list {
            return Ok(bodies[*only as usize]);
        }
        let label = self.label_here();
        for (index, &alternative) in list.iter().enumerate() {
            let other = self.label();
            if index + 1 < list.len() {
                self.emit(Op::Fork { other: other.0 })?;
            }
            self.emit(Op::Jump { target: bodies[alternative as usize].0 })?;
            self.place(other);
        }
        Ok(label)
    }
}

/// The groups of all alternatives but one, as at most two ranges.
fn skipped_groups(alternatives: &[Node], index: usize) -> Vec<std::ops::Range<u32>> {
    let groups = alternatives.iter().map(|node| &node.info.captures).filter(|range| !range.is_empty());
    let Some(start) = groups.clone().map(|range| range.start).min() else { return Vec::new() };
    let end = groups.map(|range| range.end).max().unwrap_or(start);
    let own = &alternatives[index].info.captures;
    if own.is_empty() { std::iter::once(start..end).collect() } else { vec![start..own.start, own.end..end] }
}

/// Which alternatives are worth trying, by next unit.
struct Candidates {
    low: Vec<Vec<u32>>,
    high: Vec<(u32, u32, Vec<u32>)>,
    end: Vec<u32>,
}

/// Sorts alternatives by next unit, if that tells enough of them apart.
fn candidates(firsts: &[First]) -> Option<Candidates> {
    let telling = firsts.iter().filter(|first| !first.is_any_unit()).count();
    let entries: u32 =
        firsts.iter().map(|first| low_units(first).map(|range| range.1 - range.0 + 1).sum::<u32>()).sum();
    if firsts.len() < 3 || telling * 2 < firsts.len() || entries > SWITCH_ENTRIES_MAX {
        return None;
    }
    let mut low = vec![Vec::new(); 256];
    let mut end = Vec::new();
    for (index, first) in (0..).zip(firsts) {
        for unit in low_units(first).flat_map(|(low, high)| low..=high) {
            low[unit as usize].push(index);
        }
        if first.end {
            end.push(index);
        }
    }
    Some(Candidates { low, high: high_candidates(firsts), end })
}

/// The ranges of a first set below 256.
fn low_units(first: &First) -> impl Iterator<Item = (u32, u32)> + '_ {
    let ranges = first.units.ranges().iter().take_while(|range| range.0 < 256);
    ranges.map(|&(low, high)| (low, high.min(255)))
}

/// The alternatives by ranges of units from 256 on: a sweep over where their
/// ranges begin and end, or one range for all if there are too many.
fn high_candidates(firsts: &[First]) -> Vec<(u32, u32, Vec<u32>)> {
    let mut edges: Vec<(u32, u32, bool)> = Vec::new();
    for (index, first) in (0..).zip(firsts) {
        for &(low, high) in first.units.ranges().iter().filter(|range| range.1 >= 256) {
            edges.push((low.max(256), index, true));
            edges.push((high + 1, index, false));
        }
    }
    edges.sort_unstable();
    let mut active = std::collections::BTreeSet::new();
    let mut ranges: Vec<(u32, u32, Vec<u32>)> = Vec::new();
    let mut entries = 0;
    for at_edge in edges.chunk_by(|left, right| left.0 == right.0) {
        if let Some(range) = ranges.last_mut() {
            range.1 = at_edge[0].0 - 1;
        }
        // An alternative may end and begin again at one edge.
        at_edge.iter().filter(|edge| !edge.2).for_each(|edge| _ = active.remove(&edge.1));
        at_edge.iter().filter(|edge| edge.2).for_each(|edge| _ = active.insert(edge.1));
        entries += active.len();
        if entries > SWITCH_HIGH_MAX {
            let all: std::collections::BTreeSet<u32> = edges.iter().map(|edge| edge.1).collect();
            return vec![(256, 0xFFFF, all.into_iter().collect())];
        }
        ranges.push((at_edge[0].0, 0xFFFF, active.iter().copied().collect()));
    }
    ranges
}
