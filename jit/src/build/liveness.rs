//! What the builder knows of a function's bytecode: instructions, blocks, loops, and which registers are read again.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tvm_bytecode::data::HandlerData;
use tvm_bytecode::operands::span;
use tvm_bytecode::{FRAME_HEADER, Insn, Kind, Op, Verified};
use tvm_runtime::base::tier::FunctionProfile;

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Registers(Vec<u64>);

impl Registers {
    fn new(count: usize) -> Registers {
        Registers(vec![0; count.div_ceil(64)])
    }

    pub fn insert(&mut self, register: usize) {
        if let Some(word) = self.0.get_mut(register / 64) {
            *word |= 1 << (register % 64);
        }
    }

    pub fn remove(&mut self, register: usize) {
        if let Some(word) = self.0.get_mut(register / 64) {
            *word &= !(1 << (register % 64));
        }
    }

    /// Adds another set; whether that changed anything.
    pub fn add(&mut self, other: &Registers) -> bool {
        let mut changed = false;
        for (word, &more) in self.0.iter_mut().zip(&other.0) {
            changed |= *word | more != *word;
            *word |= more;
        }
        changed
    }

    pub fn contains(&self, register: usize) -> bool {
        self.0.get(register / 64).is_some_and(|word| word >> (register % 64) & 1 == 1)
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| i * 64 + bit)
        })
    }
}

/// The receiver's register. Stack traces name methods by it, whether anybody reads it again or not.
const THIS: usize = 0;

/// A function's bytecode, looked through.
pub struct Analysis {
    /// Instructions with their code offsets.
    pub insns: Vec<(u32, Insn)>,
    /// Index of the instruction at a code offset.
    pub index: FxHashMap<u32, usize>,
    /// Registers read later, before each instruction.
    pub live: Vec<Registers>,
    /// Code offsets where blocks start.
    pub leaders: BTreeSet<u32>,
    /// Loop headers: the end of the last instruction that leads back.
    pub loops: FxHashMap<u32, u32>,
    pub handlers: Vec<HandlerData>,
    pub registers: u32,
    pub params: u32,
    pub bytes: u32,
}

/// Registers that an instruction reads, beyond what its frame holds.
pub fn uses(insn: &Insn, params: u32, mut each: impl FnMut(usize)) {
    let count = insn.operand(Kind::Count).unwrap_or(0);
    for (kind, value) in insn.typed() {
        let first = value as usize;
        match kind {
            Kind::In | Kind::InAny | Kind::Unhole | Kind::InEnv | Kind::InKeys | Kind::InCoroutine => {
                each(first)
            }
            Kind::InIter => (first..first + 3).for_each(&mut each),
            Kind::Regs => (first..first + count.max(0) as usize).for_each(&mut each),
            Kind::Window | Kind::WindowThis => {
                let this = first + FRAME_HEADER as usize;
                let from = if kind == Kind::Window { this + 1 } else { this };
                (from..this + 1 + count as usize).for_each(&mut each);
            }
            _ => {}
        }
    }
    match insn.op {
        Op::CoerceThis => each(0),
        Op::NewArguments | Op::NewMappedArguments | Op::NewRest => (0..=params as usize).for_each(each),
        _ => {}
    }
}

/// Registers that an instruction writes.
pub fn defs(insn: &Insn, mut each: impl FnMut(usize)) {
    for (kind, value) in insn.typed() {
        if matches!(
            kind,
            Kind::Out
                | Kind::OutAny
                | Kind::OutHole
                | Kind::OutSlot
                | Kind::OutEnv
                | Kind::OutPair
                | Kind::OutIter
                | Kind::OutKeys
                | Kind::OutCoroutine
        ) {
            let first = value as usize;
            (first..first + span(kind, 0) as usize).for_each(&mut each);
        }
    }
}

impl Analysis {
    /// Looks through a function.
    pub fn new(profile: &FunctionProfile) -> Analysis {
        let unit = &profile.unit;
        let record = unit.function(profile.function);
        let insns = profile.insns.clone();
        let index = insns.iter().enumerate().map(|(i, &(pc, _))| (pc, i)).collect();
        let mut analysis = Analysis {
            live: vec![Registers::new(record.registers as usize); insns.len()],
            insns,
            index,
            leaders: BTreeSet::new(),
            loops: FxHashMap::default(),
            handlers: unit.handlers(&record).collect(),
            registers: record.registers,
            params: record.params,
            bytes: unit.code(&record).len() as u32,
        };
        analysis.find_blocks(unit, &record);
        analysis.find_live(unit, &record);
        analysis
    }

    /// Code offsets that an instruction leads to besides the next one.
    pub fn targets(
        unit: &Verified,
        record: &tvm_bytecode::unit::FunctionRecord,
        pc: u32,
        insn: &Insn,
    ) -> Vec<u32> {
        let mut targets = Vec::new();
        if let Some(delta) = insn.operand(Kind::Jump) {
            targets.push((i64::from(pc) + delta) as u32);
        }
        if insn.op == Op::Switch
            && let Some(tvm_bytecode::data::Constant::JumpTable(id)) =
                unit.constant(record, insn.operand(Kind::Const).unwrap_or(0) as u32)
        {
            targets.extend(unit.list(id).skip(1));
        }
        targets
    }

    fn find_blocks(&mut self, unit: &Verified, record: &tvm_bytecode::unit::FunctionRecord) {
        self.leaders.insert(0);
        for (pc, insn) in &self.insns {
            let end = pc + insn.length() as u32;
            let targets = Self::targets(unit, record, *pc, insn);
            if !targets.is_empty() || insn.op.has(tvm_bytecode::ops::effect::ends) {
                self.leaders.insert(end);
            }
            for target in targets {
                self.leaders.insert(target);
                if target <= *pc {
                    let last = self.loops.entry(target).or_insert(end);
                    *last = (*last).max(end);
                }
            }
        }
        for handler in &self.handlers {
            self.leaders.insert(handler.target);
        }
    }

    fn find_live(&mut self, unit: &Verified, record: &tvm_bytecode::unit::FunctionRecord) {
        let targets: Vec<Vec<usize>> = self
            .insns
            .iter()
            .map(|(pc, insn)| {
                Self::targets(unit, record, *pc, insn)
                    .iter()
                    .filter_map(|target| self.index.get(target).copied())
                    .collect()
            })
            .collect();
        let mut changed = true;
        while changed {
            changed = false;
            for i in (0..self.insns.len()).rev() {
                let (_, insn) = self.insns[i];
                let mut live = Registers::new(self.registers as usize);
                if !insn.op.has(tvm_bytecode::ops::effect::ends)
                    && let Some(next) = self.live.get(i + 1)
                {
                    live.add(next);
                }
                for &target in &targets[i] {
                    live.add(&self.live[target]);
                }
                if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
                    (window as usize..self.registers as usize).for_each(|register| live.remove(register));
                }
                defs(&insn, |register| live.remove(register));
                uses(&insn, self.params, |register| live.insert(register));
                live.add(&self.handler_live(i));
                live.insert(THIS);
                changed |= self.live[i].add(&live);
            }
        }
    }

    /// Registers that the innermost loop around a place writes. A loop that tests at its end is entered there, and not
    /// where its code begins.
    pub fn written_around(&self, pc: u32) -> Registers {
        let around = self.loops.iter().filter(|&(&header, &end)| (header..end).contains(&pc));
        let innermost = around.min_by_key(|&(header, end)| end - header);
        let (start, end) = innermost.map_or((0, u32::MAX), |(&header, &end)| (header, end));
        let mut written = Registers::new(self.registers as usize);
        for (_, insn) in self.insns.iter().filter(|(pc, _)| (start..end).contains(pc)) {
            defs(insn, |register| written.insert(register));
            if let Some(first) = insn.operand(Kind::InIter) {
                (first as usize..first as usize + 3).for_each(|register| written.insert(register));
            }
        }
        for handler in self.handlers.iter().filter(|handler| (start..end).contains(&handler.target)) {
            written.insert(handler.register as usize);
        }
        written
    }

    /// Registers that the handler around an instruction reads.
    pub fn handler_live(&self, index: usize) -> Registers {
        let pc = self.insns[index].0;
        let mut live = Registers::new(self.registers as usize);
        // Handlers are innermost first; what the inner one does not catch does not exist.
        if let Some(handler) = self.handlers.iter().find(|handler| (handler.start..handler.end).contains(&pc))
            && let Some(&target) = self.index.get(&handler.target)
        {
            live.add(&self.live[target]);
            live.remove(handler.register as usize);
        }
        live
    }

    /// Registers that must be in their slots while an instruction calls: read afterwards, or by its handler.
    pub fn live_across(&self, index: usize) -> Registers {
        let (_, insn) = &self.insns[index];
        let mut live = Registers::new(self.registers as usize);
        if !insn.op.has(tvm_bytecode::ops::effect::ends)
            && let Some(next) = self.live.get(index + 1)
        {
            live.add(next);
        }
        if let Some(delta) = insn.operand(Kind::Jump)
            && let Some(&target) = self.index.get(&((i64::from(self.insns[index].0) + delta) as u32))
        {
            live.add(&self.live[target]);
        }
        if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
            (window as usize..self.registers as usize).for_each(|register| live.remove(register));
        }
        defs(insn, |register| live.remove(register));
        live.add(&self.handler_live(index));
        live.insert(THIS);
        live
    }
}
