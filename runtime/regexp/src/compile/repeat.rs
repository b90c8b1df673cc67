//! Quantifiers.
//!
//! A repeated character is one instruction, whatever its count. Other bodies
//! become loops: written out while short, counted if the count matters, and
//! otherwise plain, with a check that an iteration which took nothing fails
//! (clause 22.2.2.3.1, step 2.b) where the body can take nothing.

use crate::charset::{CharSet, LAST, LAST_UNIT, SURROGATES};
use crate::error::SyntaxError;
use crate::first::{First, leading_units};
use crate::limits::UNROLL_NODES_MAX;
use crate::node::{Kind, Node, Repeat};
use crate::program::op::Op;

use super::Compiler;
use super::characters::Element;
use super::choice::RunSets;
use super::follow::Follow;

/// A count without bound.
const NO_BOUND: u32 = u32::MAX;
/// A mark that no position equals.
const NO_MARK: u32 = u32::MAX;

/// A character that is repeated.
struct RunOf {
    set: CharSet,
    /// Whether it must be read by code points.
    points: bool,
}

impl RunOf {
    fn new(element: Element) -> Self {
        let (set, points) = match element {
            Element::Never => (CharSet::empty(), false),
            Element::Unit(unit) => (CharSet::single(u32::from(unit)), false),
            Element::Folded(unit, bits) => {
                let both = [unit & !bits, unit].map(|unit| (u32::from(unit), u32::from(unit)));
                (CharSet::from_ranges(both.into()), false)
            }
            Element::Set(set) => (set, false),
            Element::Any => (CharSet::range(0, LAST_UNIT), false),
            Element::Pair(lead, trail) => {
                let point = 0x10000 + ((u32::from(lead) - 0xD800) << 10) + (u32::from(trail) - 0xDC00);
                (CharSet::single(point), true)
            }
            Element::Point(set) => (set, true),
        };
        Self { set, points }
    }

    /// Whether a run of any length may be taken unit by unit, because every
    /// half of a pair is in the set just as every pair is.
    fn is_whole_in_units(&self) -> bool {
        !self.points
            || (self.set.contains_range(SURROGATES) && self.set.contains_range((LAST_UNIT + 1, LAST)))
    }
}

impl Compiler {
    pub(super) fn repeat(&mut self, repeat: &Repeat, follow: &Follow) -> Result<(), SyntaxError> {
        let optional = (repeat.min, repeat.max) == (0, Some(1));
        if let (Some(element), false, false) = (self.element(&repeat.body), self.backward, optional) {
            return self.run(&RunOf::new(element), repeat, follow);
        }
        let nullable = repeat.body.info.min == 0;
        let copies = repeat.max.unwrap_or(repeat.min.saturating_add(1));
        let short = repeat.body.info.size.saturating_mul(copies) <= UNROLL_NODES_MAX;
        match (repeat.min, repeat.max) {
            _ if optional => self.optional(repeat, follow),
            (0 | 1, None) => self.unbounded(&repeat.body, repeat.min, repeat.greedy, follow),
            _ if short && !nullable => self.unrolled(repeat, follow),
            _ => self.counted(repeat, follow),
        }
    }

    /// A repeated character.
    fn run(&mut self, run: &RunOf, repeat: &Repeat, follow: &Follow) -> Result<(), SyntaxError> {
        let (min, max) = (repeat.min, repeat.max.unwrap_or(NO_BOUND));
        let units = leading_units(&run.set);
        let decided = follow.first.units.is_disjoint(&units);
        if !repeat.greedy && follow.infallible && !decided {
            return self.run_without_choice(run, min, min);
        }
        if decided || min == max || (repeat.greedy && follow.infallible) {
            return self.run_without_choice(run, min, max);
        }
        let set = self.run_set(run);
        let by_units = !run.points || (run.is_whole_in_units() && max == NO_BOUND && min <= 1);
        let next = self.filter_set(&follow.first.units);
        let stop = follow.first.units.union(&CharSet::range(0, LAST_UNIT).subtract(&run.set));
        let stop = self.filter_set(&stop);
        self.emit(match (repeat.greedy, by_units) {
            (true, true) => Op::RunFork { set, min, max, next },
            (true, false) => Op::PointRunFork { set, min, max, next },
            (false, _) if run.points => Op::PointRunLazy { set, min, max },
            (false, _) => Op::RunLazy { set, min, max, stop },
        })
    }

    fn run_without_choice(&mut self, run: &RunOf, min: u32, max: u32) -> Result<(), SyntaxError> {
        let set = self.run_set(run);
        let by_units = !run.points || (run.is_whole_in_units() && max == NO_BOUND && min <= 1);
        self.emit(match by_units {
            true if min == max => Op::Times { set, count: min },
            true => Op::Run { set, min, max },
            false => Op::PointRun { set, min, max },
        })
    }

    fn run_set(&mut self, run: &RunOf) -> u32 {
        if run.points { self.sets.number(&run.set) } else { self.unit_set(&run.set) }
    }

    /// `B?`
    fn optional(&mut self, repeat: &Repeat, follow: &Follow) -> Result<(), SyntaxError> {
        let body = &repeat.body;
        let first = body.info.first.clone().then(&follow.first);
        let nullable = body.info.min == 0;
        let greedy = repeat.greedy || (!nullable && first.excludes(&follow.first));
        let mark = nullable.then(|| self.take_registers(1));
        let inner = Follow { infallible: follow.infallible && !nullable, ..follow.clone() };
        let (entry, end) = (self.label(), self.label());
        if greedy {
            self.branch(&first, &follow.first, entry)?;
            self.checked_body(body, &inner, mark)?;
            let clears = !body.info.captures.is_empty() && self.loops == 0;
            if clears {
                self.emit(Op::Jump { target: end.0 })?;
            }
            self.place(entry);
            self.clear_skipped(body.info.captures.clone())?;
        } else {
            self.branch(&follow.first, &first, entry)?;
            self.clear_skipped(body.info.captures.clone())?;
            self.emit(Op::Jump { target: end.0 })?;
            self.place(entry);
            self.checked_body(body, &inner, mark)?;
        }
        self.place(end);
        Ok(())
    }

    /// A body; with a mark, one that must take something.
    fn checked_body(&mut self, body: &Node, follow: &Follow, mark: Option<u32>) -> Result<(), SyntaxError> {
        let Some(register) = mark else { return self.node(body, follow) };
        self.emit(Op::Mark { register })?;
        self.node(body, follow)?;
        self.emit(Op::Progress { register })
    }

    /// `B*` and `B+`.
    fn unbounded(&mut self, body: &Node, min: u32, greedy: bool, follow: &Follow) -> Result<(), SyntaxError> {
        let nullable = body.info.min == 0;
        let first = body.info.first.clone().then(&follow.first);
        let greedy = greedy || (!nullable && first.excludes(&follow.first));
        let inner = Follow {
            first: First::of_choice([&first, &follow.first].into_iter()),
            infallible: follow.infallible && !nullable,
        };
        let runs = if greedy && !nullable { self.runs_in_loop(body, follow) } else { RunSets::new() };
        let (again, exit, start) = (self.label(), self.label(), self.label());
        let mark = nullable.then(|| self.take_registers(1));
        if let (1, Some(register)) = (min, mark) {
            // The first iteration may take nothing.
            self.emit(Op::Store { register, value: NO_MARK })?;
            self.emit(Op::Jump { target: start.0 })?;
        }
        let test_first = min == 0 || nullable;
        let head = self.label_here();
        if test_first {
            self.loop_choice(greedy, &first, &follow.first, again, exit)?;
        }
        if let Some(register) = mark {
            self.emit(Op::Mark { register })?;
        }
        self.place(start);
        self.loops += 1;
        self.iteration(body, &inner, &runs)?;
        self.loops -= 1;
        if let Some(register) = mark {
            self.emit(Op::Progress { register })?;
        }
        if !test_first {
            self.loop_choice(greedy, &first, &follow.first, again, exit)?;
        }
        self.emit(Op::Loop { target: head.0 })?;
        self.place(exit);
        Ok(())
    }

    /// Falls through for another iteration; leaves at `exit`.
    fn loop_choice(
        &mut self,
        greedy: bool,
        body: &First,
        after: &First,
        again: super::Label,
        exit: super::Label,
    ) -> Result<(), SyntaxError> {
        if greedy {
            self.place(again);
            return self.branch(body, after, exit);
        }
        self.branch(after, body, again)?;
        self.emit(Op::Jump { target: exit.0 })?;
        self.place(again);
        Ok(())
    }

    /// One iteration of a loop, beginning with empty groups.
    fn iteration(&mut self, body: &Node, follow: &Follow, runs: &RunSets) -> Result<(), SyntaxError> {
        let groups = body.info.captures.clone();
        let stale =
            !body.info.sets_all_captures || groups.clone().any(|group| self.referenced.contains(&group));
        if !groups.is_empty() && stale {
            self.emit(Op::ClearUndo { first: 2 * groups.start, end: 2 * groups.end })?;
        }
        match (&body.kind, runs.get(&0)) {
            (Kind::Alternation(alternatives), _) => self.alternatives(alternatives, follow, runs),
            (_, Some(&set)) => self.emit(Op::Run { set, min: 1, max: NO_BOUND }),
            (_, None) => self.node(body, follow),
        }
    }

    /// The alternatives of a loop body which can be emitted as runs that never
    /// give back, with their sets: `X` and `X+` in `(?:X|B)*K`, if neither `B`
    /// nor `K` begins with a character of `X`. Stopping inside a run of `X`
    /// leads nowhere then but into the same run again.
    fn runs_in_loop(&mut self, body: &Node, follow: &Follow) -> RunSets {
        const MOST: usize = 32;
        let alternatives = match &body.kind {
            Kind::Alternation(alternatives) => &alternatives[..],
            _ => std::slice::from_ref(body),
        };
        if alternatives.len() > MOST {
            return RunSets::new();
        }
        let mut runs = RunSets::new();
        for (index, alternative) in alternatives.iter().enumerate() {
            let Some(run) = self.unbounded_run(alternative) else { continue };
            let units = leading_units(&run.set);
            let others = alternatives.iter().enumerate().filter(|(other, _)| *other != index);
            let mut after = others.map(|(_, other)| &other.info.first).chain([&follow.first]);
            if after.all(|first| !first.empty && first.units.is_disjoint(&units)) {
                let set = self.run_set(&run);
                runs.insert(index, set);
            }
        }
        runs
    }

    /// `X` or `X+`, as it stands in a loop.
    fn unbounded_run(&self, node: &Node) -> Option<RunOf> {
        let character = match &node.kind {
            Kind::Repeat(repeat) if (repeat.min, repeat.max, repeat.greedy) == (1, None, true) => {
                &repeat.body
            }
            _ => node,
        };
        let run = RunOf::new(self.element(character)?);
        run.is_whole_in_units().then_some(run)
    }

    /// A short body, written out as often as it is repeated.
    fn unrolled(&mut self, repeat: &Repeat, follow: &Follow) -> Result<(), SyntaxError> {
        let body = &repeat.body;
        let first = &body.info.first;
        let greedy = repeat.greedy || first.excludes(&follow.first);
        let inner = Follow { first: First::of_choice([first, &follow.first].into_iter()), infallible: false };
        self.loops += 1;
        for _ in 0..repeat.min {
            self.iteration(body, &inner, &RunSets::new())?;
        }
        match repeat.max {
            None => self.unbounded(body, 0, greedy, follow)?,
            Some(max) => {
                let exit = self.label();
                for _ in repeat.min..max {
                    let again = self.label();
                    self.loop_choice(greedy, first, &follow.first, again, exit)?;
                    self.iteration(body, &inner, &RunSets::new())?;
                }
                self.place(exit);
            }
        }
        self.loops -= 1;
        Ok(())
    }

    /// A body whose iterations are counted in a register.
    fn counted(&mut self, repeat: &Repeat, follow: &Follow) -> Result<(), SyntaxError> {
        let body = &repeat.body;
        let (min, max) = (repeat.min, repeat.max.unwrap_or(NO_BOUND));
        let counter = self.take_registers(1);
        let mark = (body.info.min == 0).then(|| self.take_registers(1));
        let inner = Follow {
            first: First::of_choice(
                [&body.info.first.clone().then(&follow.first), &follow.first].into_iter(),
            ),
            infallible: false,
        };
        self.emit(Op::Store { register: counter, value: 0 })?;
        let (head, exit) = (self.label_here(), self.label());
        self.emit(if repeat.greedy {
            Op::Count { counter, min, max, exit: exit.0 }
        } else {
            Op::CountLazy { counter, min, max, exit: exit.0 }
        })?;
        self.emit(Op::Increment { counter })?;
        if let Some(register) = mark {
            self.emit(Op::Mark { register })?;
        }
        self.loops += 1;
        self.iteration(body, &inner, &RunSets::new())?;
        self.loops -= 1;
        if let Some(register) = mark {
            self.emit(Op::ProgressAfter { register, counter, min })?;
        }
        self.emit(Op::Loop { target: head.0 })?;
        self.place(exit);
        Ok(())
    }
}
