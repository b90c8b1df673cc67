//! The flow rules (R20 to R24) in their plainest form, against the verifier: on units with a few altered operands both
//! must say the same.
//!
//! Here every instruction has a full state, every edge meets full states, and rules are checked once nothing changes
//! any more. The verifier does none of this; what it saves must not show.

mod common;

use std::collections::HashMap;

use common::{encode, load};
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::data::*;
use tvm_bytecode::operands::span;
use tvm_bytecode::ops::effect;
use tvm_bytecode::{FRAME_HEADER, Insn, Kind, Op};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Type {
    Dead,
    Value,
    MaybeHole,
    Scope(ScopeId),
    Record(i64),
    Keys,
    Coroutine,
}

impl Type {
    fn meet(self, other: Type) -> Type {
        let holes = |t| matches!(t, Type::Value | Type::MaybeHole);
        match (self, other) {
            _ if self == other => self,
            _ if holes(self) && holes(other) => Type::MaybeHole,
            _ => Type::Dead,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct State {
    registers: Vec<Type>,
    /// Whether the coroutine may not have started, and whether it may.
    phases: (bool, bool),
}

struct Reference<'a> {
    unit: &'a UnitData,
    f: &'a FunctionData,
    starts: Vec<u32>,
    index_of: HashMap<u32, usize>,
    states: Vec<Option<State>>,
    work: Vec<usize>,
}

impl<'a> Reference<'a> {
    fn new(unit: &'a UnitData, f: &'a FunctionData) -> Self {
        let mut starts = vec![0];
        for insn in &f.code {
            starts.push(starts[starts.len() - 1] + insn.length() as u32);
        }
        let index_of = starts.iter().enumerate().map(|(index, &at)| (at, index)).collect();
        Reference { unit, f, starts, index_of, states: vec![None; f.code.len()], work: Vec::new() }
    }

    fn is_sound(&mut self) -> bool {
        let mut registers = vec![Type::Dead; self.f.registers as usize];
        registers[..=self.f.params as usize].fill(Type::Value);
        if self.f.kind == FunctionKind::DerivedConstructor {
            registers[0] = Type::MaybeHole;
        }
        self.meet(0, State { registers, phases: (true, false) });
        while let Some(index) = self.work.pop() {
            let state = self.states[index].clone().expect("it was met");
            self.follow(index, state);
        }
        (0..self.f.code.len()).all(|index| match &self.states[index] {
            Some(state) => self.obeys(&self.f.code[index], state),
            None => true,
        })
    }

    fn meet(&mut self, index: usize, state: State) {
        let met = match &self.states[index] {
            None => state,
            Some(known) => State {
                registers: known.registers.iter().zip(&state.registers).map(|(a, b)| a.meet(*b)).collect(),
                phases: (known.phases.0 | state.phases.0, known.phases.1 | state.phases.1),
            },
        };
        if self.states[index].as_ref() != Some(&met) {
            self.states[index] = Some(met);
            self.work.push(index);
        }
    }

    fn follow(&mut self, index: usize, mut state: State) {
        let insn = self.f.code[index];
        let at = self.starts[index];
        let before = state.clone();
        if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
            state.registers[window as usize..].fill(Type::Dead);
        }
        let handler = self.f.handlers.iter().find(|h| (h.start..h.end).contains(&at));
        if let Some(handler) =
            handler.filter(|_| insn.op.has(effect::throws | effect::calls | effect::allocs))
        {
            let mut caught = state.clone();
            caught.registers[handler.register as usize] = Type::Value;
            self.meet(self.index_of[&handler.target], caught);
        }
        let unwritten = state.clone();
        self.write(&insn, &before, &mut state);
        let leaving = if matches!(insn.op, Op::IteratorNext | Op::ForInNext) { &unwritten } else { &state };
        let leaving = leaving.clone();
        for target in self.targets(at, &insn) {
            self.meet(self.index_of[&target], leaving.clone());
        }
        if !insn.op.has(effect::ends) {
            self.meet(index + 1, state);
        }
    }

    fn targets(&self, at: u32, insn: &Insn) -> Vec<u32> {
        match (insn.operand(Kind::Jump), insn.op) {
            (Some(distance), _) => vec![(i64::from(at) + distance) as u32],
            (None, Op::Switch) => match self.constant(insn) {
                Constant::JumpTable(list) => self.unit.lists[list as usize][1..].to_vec(),
                other => panic!("{other:?}"),
            },
            _ => Vec::new(),
        }
    }

    fn constant(&self, insn: &Insn) -> Constant {
        self.f.constants[insn.operand(Kind::Const).expect("a constant operand") as usize]
    }

    fn held(&self, insn: &Insn, kind: Kind, state: &State) -> Type {
        state.registers[insn.operand(kind).expect("such an operand") as usize]
    }

    /// The scope in InEnv; none where there is no such operand, nothing where it holds no scope.
    fn env(&self, insn: &Insn, state: &State) -> Option<ScopeId> {
        match insn.operand(Kind::InEnv).map(|register| state.registers[register as usize]) {
            None => Some(NONE),
            Some(Type::Scope(id)) => Some(id),
            Some(_) => None,
        }
    }

    fn slot(&self, insn: &Insn, state: &State) -> Option<SlotKind> {
        let mut scope = self.env(insn, state)?;
        for _ in 0..insn.operand(Kind::Depth)? {
            scope = self.unit.scopes.get(scope as usize)?.parent;
        }
        let slots = &self.unit.scopes.get(scope as usize)?.slots;
        slots.get(insn.operand(Kind::Slot)? as usize).map(|slot| slot.kind)
    }

    fn write(&self, insn: &Insn, before: &State, state: &mut State) {
        let made = match insn.op {
            Op::Move => self.held(insn, Kind::InAny, before),
            Op::GetSlot => match self.slot(insn, before) {
                Some(kind) if kind.has_dead_zone() => Type::MaybeHole,
                _ => Type::Value,
            },
            Op::LoadScope => Type::Scope(self.f.outer_scope),
            Op::CopyScope => self.held(insn, Kind::InEnv, before),
            Op::NewScope | Op::NewRootScope => match self.constant(insn) {
                Constant::Scope(id) => Type::Scope(id),
                _ => Type::Dead,
            },
            _ => Type::Dead,
        };
        for (kind, register) in insn.typed().filter(|(kind, _)| kind.is_register()) {
            let registers = &mut state.registers[register as usize..];
            match kind {
                Kind::Out | Kind::Unhole => registers[0] = Type::Value,
                Kind::OutHole => registers[0] = Type::MaybeHole,
                Kind::OutPair => registers[..2].fill(Type::Value),
                Kind::OutIter => (0..3).for_each(|part| registers[part] = Type::Record(part as i64)),
                Kind::OutKeys => registers[0] = Type::Keys,
                Kind::OutCoroutine => registers[0] = Type::Coroutine,
                Kind::OutAny | Kind::OutSlot | Kind::OutEnv => registers[0] = made,
                _ => {}
            }
        }
        if matches!(insn.op, Op::InitialYield | Op::AsyncStart) {
            state.phases = (false, true);
        }
    }

    fn obeys(&self, insn: &Insn, state: &State) -> bool {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        let reads = insn.typed().all(|(kind, register)| {
            let held = |more: i64| state.registers[(register + more) as usize];
            match kind {
                Kind::In => held(0) == Type::Value,
                Kind::InAny if insn.op == Op::Move => {
                    matches!(held(0), Type::Value | Type::MaybeHole | Type::Scope(_))
                }
                Kind::InAny | Kind::Unhole => matches!(held(0), Type::Value | Type::MaybeHole),
                Kind::InEnv => matches!(held(0), Type::Scope(_)),
                Kind::InIter => (0..span(kind, 0)).all(|part| held(part) == Type::Record(part)),
                Kind::InKeys => held(0) == Type::Keys,
                Kind::InCoroutine => held(0) == Type::Coroutine,
                Kind::Regs => (0..count).all(|more| held(more) == Type::Value),
                Kind::Window | Kind::WindowThis => {
                    let this = i64::from(FRAME_HEADER) + i64::from(kind == Kind::Window);
                    (this..=i64::from(FRAME_HEADER) + count).all(|more| held(more) == Type::Value)
                }
                _ => true,
            }
        });
        reads && self.obeys_scopes(insn, state) && self.obeys_phases(insn, state)
    }

    fn obeys_scopes(&self, insn: &Insn, state: &State) -> bool {
        let Some(env) = self.env(insn, state) else { return false };
        let slot = self.slot(insn, state);
        match insn.op {
            Op::LoadScope => self.f.outer_scope != NONE,
            Op::GetSlot | Op::GetSlotChecked | Op::SetSlotChecked => {
                slot.is_some_and(|s| s != SlotKind::Import)
            }
            Op::GetImport => slot == Some(SlotKind::Import),
            Op::SetSlot => slot.is_some_and(|kind| {
                let value = self.held(insn, Kind::InAny, state) == Type::Value;
                kind != SlotKind::Import && (value || kind.has_dead_zone())
            }),
            Op::NewScope | Op::NewRootScope => match self.constant(insn) {
                Constant::Scope(id) => {
                    let scope = &self.unit.scopes[id as usize];
                    scope.parent == env && scope.kind != ScopeKind::Module
                }
                _ => false,
            },
            Op::Closure | Op::ClosureRoot => match self.constant(insn) {
                Constant::Function(id) => self.unit.functions[id as usize].outer_scope == env,
                _ => false,
            },
            Op::DirectEval | Op::DirectEvalSpread => match self.constant(insn) {
                Constant::Eval(list) => self.unit.lists[list as usize][0] == env,
                _ => false,
            },
            _ => true,
        }
    }

    fn obeys_phases(&self, insn: &Insn, state: &State) -> bool {
        use FunctionKind as F;
        let generators = [F::Generator, F::GeneratorMethod, F::AsyncGenerator, F::AsyncGeneratorMethod];
        match insn.op {
            Op::InitialYield | Op::AsyncStart => !state.phases.1,
            Op::Yield | Op::Suspend | Op::Return => !generators.contains(&self.f.kind) || !state.phases.0,
            _ => true,
        }
    }
}

/// Changes one operand or opcode without changing the instruction's length.
fn alter(f: &mut FunctionData, choices: &mut Choices) {
    let index = choices.below(f.code.len() as u32) as usize;
    let starts: Vec<i64> = tvm_bytecode::settle::offsets(&f.code);
    let insn = &mut f.code[index];
    let kinds = insn.op.row().operands;
    let swaps = [Op::LoadHole, Op::LoadUndefined, Op::LoadNull];
    if swaps.contains(&insn.op) {
        let wide = insn.wide;
        *insn = Insn::new(choices.pick(&swaps).unwrap_or(Op::LoadHole), insn.operands());
        insn.wide = wide;
    } else if !kinds.is_empty() {
        let operand = choices.below(kinds.len() as u32) as usize;
        let value = match kinds[operand].1 {
            Kind::Jump => {
                let target = starts[choices.below(starts.len() as u32 - 1) as usize];
                target - starts[index]
            }
            kind if kind.is_register() => choices.below(f.registers).into(),
            Kind::Depth | Kind::Slot => choices.below(4).into(),
            _ => return,
        };
        let before = insn.operands()[operand];
        insn.set_operand(operand, value);
        if !insn.fits(insn.wide) {
            insn.set_operand(operand, before);
        }
    }
}

#[test]
fn the_verifier_says_what_the_rules_say() {
    let (mut sound, mut unsound) = (0, 0);
    for seed in 0..4000 {
        let mut choices = Choices::from_seed(seed);
        let size = Size { functions: 2, statements: 16, modules: 0, wild: 0 };
        let mut data = arbitrary::unit(&mut choices, size);
        for _ in 0..choices.between(1, 4) {
            let function = choices.below(data.functions.len() as u32) as usize;
            alter(&mut data.functions[function], &mut choices);
        }
        let verdict = load(&encode(&data)).map(drop).map_err(|error| error.reason);
        let flow_rules = ["R20", "R21", "R22", "R24"];
        if verdict.as_ref().is_err_and(|reason| !flow_rules.iter().any(|rule| reason.contains(rule))) {
            continue;
        }
        let expected = data.functions.iter().all(|f| Reference::new(&data, f).is_sound());
        assert_eq!(verdict.is_ok(), expected, "seed {seed}: {verdict:?}\n{data}");
        *(if expected { &mut sound } else { &mut unsound }) += 1;
    }
    assert!(sound > 500 && unsound > 500, "{sound} sound, {unsound} unsound");
}
