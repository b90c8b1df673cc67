//! What registers hold at one place of a function, and how two such states meet.
//!
//! Types are numbers so that meeting two states is a loop without branches over plain words. Registers from
//! `top` on are dead and not stored: killing all registers from a call window on is one comparison.

use crate::data::ScopeId;

/// What a register holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Type(u32);

/// First number of a scope type; the layout's id is added.
const SCOPE: u32 = 16;

impl Type {
    pub const DEAD: Type = Type(0);
    pub const VALUE: Type = Type(1);
    /// A value or a hole.
    pub const MAYBE_HOLE: Type = Type(3);
    pub const KEYS: Type = Type(7);
    pub const COROUTINE: Type = Type(8);

    /// Part 0, 1 or 2 of an iteration record.
    pub fn iteration(part: u32) -> Type {
        Type(4 + part)
    }

    /// A scope object of this layout. A file holds fewer than `u32::MAX / 16` layouts.
    pub fn scope(id: ScopeId) -> Type {
        Type(SCOPE + id)
    }

    pub fn as_scope(self) -> Option<ScopeId> {
        self.0.checked_sub(SCOPE)
    }

    /// What is certain where paths meet: equal types stay, a value and a hole make "value or hole".
    fn meet(self, other: Type) -> Type {
        let holes = self.0 & other.0 == Type::VALUE.0 && self.0 | other.0 == Type::MAYBE_HOLE.0;
        let met = if holes { Type::MAYBE_HOLE } else { Type::DEAD };
        if self == other { self } else { met }
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::DEAD => "nothing",
            Type::VALUE => "a value",
            Type::MAYBE_HOLE => "perhaps a hole",
            Type::KEYS => "a key enumeration",
            Type::COROUTINE => "a coroutine",
            _ if self.as_scope().is_some() => "a scope",
            _ => "an iteration record",
        }
    }
}

/// Whether the function has become a coroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Phase {
    #[default]
    Before,
    After,
    /// On some paths only.
    Unclear,
}

impl Phase {
    fn meet(self, other: Phase) -> Phase {
        if self == other { self } else { Phase::Unclear }
    }
}

/// The state along the path that is being followed.
#[derive(Default)]
pub(super) struct State {
    /// Whatever stands from `top` on is meaningless.
    types: Vec<Type>,
    top: usize,
    pub phase: Phase,
    /// Registers looked at so far: what R23 bounds.
    pub work: u64,
}

/// The state at a label.
pub(super) struct Stored {
    /// Registers behind the last are dead.
    pub types: Vec<Type>,
    phase: Phase,
}

impl State {
    /// The state at a function's start: `this` and the parameters are values.
    pub fn start(&mut self, registers: u32, params: u32, this: Type) {
        self.types.resize(registers as usize, Type::DEAD);
        self.top = params as usize + 1;
        self.types[..self.top].fill(Type::VALUE);
        self.types[0] = this;
        self.phase = Phase::Before;
        self.work += self.top as u64;
    }

    pub fn top(&self) -> usize {
        self.top
    }

    pub fn get(&self, register: usize) -> Type {
        if register < self.top { self.types[register] } else { Type::DEAD }
    }

    /// Whether the registers that the named operands hold are values: without branches on them.
    pub fn are_values<const N: usize, const M: usize>(&self, operands: &[i64; N], named: &[u8; M]) -> bool {
        named.iter().fold(true, |all, &index| {
            let register = operands[index as usize] as usize;
            let live = register < self.top;
            all & live & (self.types[if live { register } else { 0 }] == Type::VALUE)
        })
    }

    /// Whether `count` registers from `first` on are values.
    pub fn is_value_range(&mut self, first: usize, count: usize) -> bool {
        self.work += count as u64;
        let live = first + count <= self.top;
        live && self.types[first..first + count].iter().fold(true, |all, &held| all & (held == Type::VALUE))
    }

    pub fn set(&mut self, register: usize, to: Type) {
        if register >= self.top {
            self.types[self.top..register].fill(Type::DEAD);
            self.work += (register - self.top) as u64;
            self.top = register + 1;
        }
        self.types[register] = to;
    }

    /// Makes all registers from `register` on dead.
    pub fn kill_from(&mut self, register: usize) {
        self.top = self.top.min(register);
    }

    /// Runs `then` with a register changed for its time.
    pub fn with<T>(&mut self, register: usize, to: Type, then: impl FnOnce(&mut State) -> T) -> T {
        let (top, before) = (self.top, self.get(register));
        self.set(register, to);
        let result = then(self);
        if register < top {
            self.types[register] = before;
        }
        self.top = top;
        result
    }

    /// Replaces the state by a label's.
    pub fn load(&mut self, stored: &Stored) {
        self.top = stored.types.len();
        self.types[..self.top].copy_from_slice(&stored.types);
        self.phase = stored.phase;
        self.work += self.top as u64;
    }

    /// Lets this state, at its label, meet the one that was stored there.
    pub fn meet(&mut self, stored: &Stored) {
        self.top = self.top.min(stored.types.len());
        meet_types(&mut self.types[..self.top], &stored.types);
        self.phase = self.phase.meet(stored.phase);
        self.work += self.top as u64;
    }

    /// A copy for a label, in a vector that is used again.
    pub fn store(&mut self, mut types: Vec<Type>) -> Stored {
        types.clear();
        types.extend_from_slice(&self.types[..self.top]);
        self.work += self.top as u64;
        Stored { types, phase: self.phase }
    }
}

impl Stored {
    /// Lets the label's state meet one that leads to it; whether it changed.
    pub fn meet(&mut self, state: &mut State) -> bool {
        self.meet_parts(state, 0, &[])
    }

    /// The same where only registers from `from` on, and `others`, can differ from what was met before.
    pub fn meet_parts(&mut self, state: &mut State, from: usize, others: &[u32]) -> bool {
        let top = state.top.min(self.types.len());
        let mut changed = self.types[top..].iter().any(|&lost| lost != Type::DEAD);
        state.work += (self.types.len() - from.min(top) + others.len()) as u64;
        self.types.truncate(top);
        for &register in others.iter().filter(|&&register| (register as usize) < from.min(top)) {
            let register = register as usize;
            let known = &mut self.types[register..=register];
            changed |= meet_types(known, &state.types[register..=register]);
        }
        let from = from.min(top);
        changed |= meet_types(&mut self.types[from..], &state.types[from..top]);
        let phase = self.phase.meet(state.phase);
        changed |= phase != self.phase;
        self.phase = phase;
        changed
    }
}

/// Meets two states register by register; whether `known` changed.
fn meet_types(known: &mut [Type], other: &[Type]) -> bool {
    let mut changed = 0;
    for (known, other) in known.iter_mut().zip(other) {
        let met = known.meet(*other);
        changed |= met.0 ^ known.0;
        *known = met;
    }
    changed != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_types_stay_and_holes_spread() {
        let scope = Type::scope(2);
        let all = [
            Type::DEAD,
            Type::VALUE,
            Type::MAYBE_HOLE,
            Type::iteration(0),
            Type::iteration(1),
            Type::iteration(2),
            Type::KEYS,
            Type::COROUTINE,
            scope,
            Type::scope(3),
        ];
        for a in all {
            for b in all {
                let holes = [a, b].iter().all(|t| [Type::VALUE, Type::MAYBE_HOLE].contains(t));
                let expected = if a == b {
                    a
                } else if holes {
                    Type::MAYBE_HOLE
                } else {
                    Type::DEAD
                };
                assert_eq!(a.meet(b), expected, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_lies_above_the_top_is_dead() {
        let mut state = State::default();
        state.start(8, 5, Type::VALUE);
        state.kill_from(2);
        state.set(4, Type::KEYS);
        let held: Vec<Type> = (0..8).map(|register| state.get(register)).collect();
        let (v, d) = (Type::VALUE, Type::DEAD);
        assert_eq!(held, [v, v, d, d, Type::KEYS, d, d, d]);
        state.with(6, v, |state| assert_eq!(state.get(6), v));
        assert_eq!((state.get(6), state.top()), (d, 5));
    }

    #[test]
    fn meeting_tells_whether_something_was_lost() {
        let mut state = State::default();
        state.start(8, 5, Type::VALUE);
        let mut stored = state.store(Vec::new());
        assert!(!stored.meet(&mut state));
        state.set(3, Type::MAYBE_HOLE);
        assert!(!stored.meet_parts(&mut state, 4, &[]));
        assert!(stored.meet_parts(&mut state, 4, &[3]));
        state.kill_from(1);
        assert!(stored.meet(&mut state) && !stored.meet(&mut state));
        state.load(&stored);
        assert_eq!((state.get(0), state.get(1)), (Type::VALUE, Type::DEAD));
    }
}
