//! What the verifier promises, held against random walks: accepted functions are followed along random paths with
//! what each register really holds, and no instruction may read anything else than its row says.
//!
//! This knows nothing of states that meet; it is the plain reading of the rules that the verifier approximates.

mod common;

use std::collections::HashMap;

use common::{encode, load};
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::data::*;
use tvm_bytecode::operands::span;
use tvm_bytecode::ops::effect;
use tvm_bytecode::{FRAME_HEADER, Insn, Kind, Op};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    Nothing,
    Value,
    Hole,
    Scope(ScopeId),
    /// Part of the record that was made at this step.
    Record(u32, u32),
    Keys,
    Coroutine,
}

struct Walk<'a, 'c> {
    unit: &'a UnitData,
    f: &'a FunctionData,
    choices: &'a mut Choices<'c>,
    /// Offset of every instruction.
    starts: Vec<u32>,
    index_of: HashMap<u32, usize>,
    registers: Vec<Held>,
    started: bool,
    step: u32,
}

impl<'a, 'c> Walk<'a, 'c> {
    fn new(unit: &'a UnitData, f: &'a FunctionData, choices: &'a mut Choices<'c>) -> Self {
        let lengths = f.code.iter().map(|insn| insn.length() as u32);
        let ends = lengths.scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        let starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let index_of = starts.iter().enumerate().map(|(index, &at)| (at, index)).collect();
        let mut registers = vec![Held::Nothing; f.registers as usize];
        registers[..=f.params as usize].fill(Held::Value);
        if f.kind == FunctionKind::DerivedConstructor {
            registers[0] = Held::Hole;
        }
        Walk { unit, f, choices, starts, index_of, registers, started: false, step: 0 }
    }

    /// Follows one path; the number of steps.
    fn run(&mut self) -> u32 {
        let mut index = 0;
        while self.step < 400 {
            self.step += 1;
            match self.go(index) {
                Some(next) => index = next,
                None => break,
            }
        }
        self.step
    }

    /// Carries out an instruction; `None` where the function ends.
    fn go(&mut self, index: usize) -> Option<usize> {
        let insn = self.f.code[index];
        self.read(&insn);
        self.check_scopes(&insn);
        if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
            self.registers[window as usize..].fill(Held::Nothing);
        }
        if insn.op.has(effect::throws | effect::calls | effect::allocs) && self.choices.chance(150) {
            let at = self.starts[index];
            let handler = self.f.handlers.iter().find(|h| (h.start..h.end).contains(&at))?;
            self.registers[handler.register as usize] = Held::Value;
            return Some(self.index_of[&handler.target]);
        }
        let jumps = self.target(index, &insn);
        let unwritten = matches!(insn.op, Op::IteratorNext | Op::ForInNext) && jumps.is_some();
        if !unwritten {
            self.write(&insn);
        }
        self.settle(&insn);
        match jumps {
            Some(target) => Some(self.index_of[&target]),
            None if insn.op.has(effect::ends) => None,
            None => Some(index + 1),
        }
    }

    fn target(&mut self, index: usize, insn: &Insn) -> Option<u32> {
        if !insn.op.has(effect::ends) && self.choices.chance(400) {
            return None;
        }
        if let Some(distance) = insn.operand(Kind::Jump) {
            return Some((i64::from(self.starts[index]) + distance) as u32);
        }
        if insn.op == Op::Switch
            && let Constant::JumpTable(list) = self.constant(insn)
        {
            return self.choices.pick(&self.unit.lists[list as usize][1..]);
        }
        None
    }

    fn constant(&self, insn: &Insn) -> Constant {
        self.f.constants[insn.operand(Kind::Const).expect("a constant operand") as usize]
    }

    fn read(&self, insn: &Insn) {
        let count = insn.operand(Kind::Count).unwrap_or(0);
        for (kind, first) in insn.typed() {
            let held = |more: i64| self.registers[(first + more) as usize];
            let sound = match kind {
                Kind::In => held(0) == Held::Value,
                Kind::InAny if insn.op == Op::Move => {
                    matches!(held(0), Held::Value | Held::Hole | Held::Scope(_))
                }
                Kind::InAny | Kind::Unhole => matches!(held(0), Held::Value | Held::Hole),
                Kind::InEnv => matches!(held(0), Held::Scope(_)),
                Kind::InIter => match held(0) {
                    Held::Record(made, 0) => (1..3).all(|part| held(part) == Held::Record(made, part as u32)),
                    _ => false,
                },
                Kind::InKeys => held(0) == Held::Keys,
                Kind::InCoroutine => held(0) == Held::Coroutine,
                Kind::Regs => (0..count).all(|more| held(more) == Held::Value),
                Kind::Window | Kind::WindowThis => {
                    let this = i64::from(FRAME_HEADER);
                    let from = if kind == Kind::Window { this + 1 } else { this };
                    (from..=this + count).all(|more| held(more) == Held::Value)
                }
                _ => true,
            };
            assert!(sound, "{insn:?} reads r{first} as {kind:?}, but it holds {:?}", held(0));
            let last = first + span(kind, count) - 1;
            assert!(!kind.is_register() || last < i64::from(self.f.registers), "{insn:?}");
        }
    }

    fn env(&self, insn: &Insn) -> ScopeId {
        match insn.operand(Kind::InEnv).map(|register| self.registers[register as usize]) {
            Some(Held::Scope(id)) => id,
            None => NONE,
            held => panic!("{insn:?} finds {held:?}"),
        }
    }

    fn slot(&self, insn: &Insn) -> SlotKind {
        let mut scope = self.env(insn);
        for _ in 0..insn.operand(Kind::Depth).expect("a depth") {
            scope = self.unit.scopes[scope as usize].parent;
        }
        self.unit.scopes[scope as usize].slots[insn.operand(Kind::Slot).expect("a slot") as usize].kind
    }

    fn check_scopes(&mut self, insn: &Insn) {
        let source = insn.operand(Kind::InAny).map(|register| self.registers[register as usize]);
        match insn.op {
            Op::GetSlot | Op::GetSlotChecked => assert_ne!(self.slot(insn), SlotKind::Import),
            Op::GetImport => assert_eq!(self.slot(insn), SlotKind::Import),
            Op::SetSlot => {
                let holes = self.slot(insn).has_dead_zone();
                assert!(source == Some(Held::Value) || holes && source == Some(Held::Hole), "{insn:?}");
            }
            Op::SetSlotChecked => assert_ne!(self.slot(insn), SlotKind::Import),
            Op::NewScope | Op::NewRootScope => match self.constant(insn) {
                Constant::Scope(id) => assert_eq!(self.unit.scopes[id as usize].parent, self.env(insn)),
                other => panic!("{other:?}"),
            },
            Op::Closure | Op::ClosureRoot => match self.constant(insn) {
                Constant::Function(id) => {
                    assert_eq!(self.unit.functions[id as usize].outer_scope, self.env(insn));
                }
                other => panic!("{other:?}"),
            },
            Op::InitialYield | Op::AsyncStart => {
                assert!(!std::mem::replace(&mut self.started, true), "started twice");
            }
            Op::Yield | Op::Suspend | Op::Await => assert!(self.started, "{insn:?} before the start"),
            _ => {}
        }
    }

    fn write(&mut self, insn: &Insn) {
        for (kind, register) in insn.typed() {
            let register = register as usize;
            match kind {
                Kind::Out => self.registers[register] = Held::Value,
                Kind::OutHole => self.registers[register] = Held::Hole,
                Kind::OutPair => self.registers[register..register + 2].fill(Held::Value),
                Kind::OutIter => (0..3).for_each(|part| {
                    self.registers[register + part] = Held::Record(self.step, part as u32);
                }),
                Kind::OutKeys => self.registers[register] = Held::Keys,
                Kind::OutCoroutine => self.registers[register] = Held::Coroutine,
                Kind::OutAny | Kind::OutSlot | Kind::OutEnv => self.registers[register] = self.made(insn),
                _ => {}
            }
        }
    }

    fn made(&mut self, insn: &Insn) -> Held {
        match insn.op {
            Op::Move => self.registers[insn.operand(Kind::InAny).expect("a source") as usize],
            Op::GetSlot if self.slot(insn).has_dead_zone() && self.choices.chance(500) => Held::Hole,
            Op::GetSlot => Held::Value,
            Op::LoadScope => Held::Scope(self.f.outer_scope),
            Op::CopyScope => Held::Scope(self.env(insn)),
            _ => match self.constant(insn) {
                Constant::Scope(id) => Held::Scope(id),
                other => panic!("{insn:?} of {other:?}"),
            },
        }
    }

    /// A checked register holds no hole where execution goes on.
    fn settle(&mut self, insn: &Insn) {
        if let Some(register) = insn.operand(Kind::Unhole) {
            self.registers[register as usize] = Held::Value;
        }
    }
}

/// Walks through all functions of an accepted unit; the number of steps.
fn walk(data: &UnitData, choices: &mut Choices) -> u32 {
    let walks = |f| (0..12).map(|_| Walk::new(data, f, choices).run()).sum::<u32>();
    data.functions.iter().map(walks).sum()
}

#[test]
fn valid_units_keep_what_the_verifier_promises() {
    let mut steps = 0;
    for seed in 0..150 {
        let mut choices = Choices::from_seed(seed);
        let size = Size { statements: 40, ..Size::SMALL };
        let data = arbitrary::unit(&mut choices, size);
        load(&encode(&data)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        steps += walk(&data, &mut choices);
    }
    assert!(steps > 40_000, "{steps}");
}

#[test]
fn altered_units_that_are_accepted_keep_it_too() {
    let (mut accepted, mut steps) = (0, 0);
    for seed in 0..1500 {
        let mut choices = Choices::from_seed(seed);
        let size = Size { functions: 2, statements: 25, modules: 0, wild: 15 };
        let data = arbitrary::unit(&mut choices, size);
        if load(&encode(&data)).is_ok() {
            accepted += 1;
            steps += walk(&data, &mut choices);
        }
    }
    assert!(accepted > 50 && steps > 5_000, "{accepted} {steps}");
}
