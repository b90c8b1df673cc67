//! From bytecode and feedback to [`Graph`].
//!
//! The builder executes each function abstractly, block by block, with a value for every register. Where feedback is
//! of one kind it emits a guard and the fast operation; where it is not, where speculation failed before, and for all
//! that is not worth more, it emits [`Op::Step`], which has the interpreter execute the instruction. Calls of known
//! small functions are built in place, in frames that exist only when somebody must see them.

mod access;
mod arith;
mod call;
mod general;
mod iterate;
mod liveness;

use std::rc::Rc;

use iterate::Walk;
use liveness::{Analysis, Registers};
use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::data::SuspendKind;
use tvm_bytecode::{FRAME_HEADER, Insn, Kind, Op as B};
use tvm_runtime::base::tier::{Failed, PlainHolder, Request};
use tvm_runtime::frame::{self, ReturnKind, link_flag};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};
use tvm_runtime::interp::feedback::was_never_asked;

use crate::mir::{BlockId, Cmp, End, Graph, IntOp, Op, State, StateId, Type, Value};

/// Most instructions of a graph.
const MAX_INSTS: usize = 12_000;

/// A function being built in place.
struct Frame {
    /// Index in the request.
    function: usize,
    analysis: Rc<Analysis>,
    /// Slot of its `this`, from the outermost frame's.
    base: i32,
    regs: Vec<Option<Value>>,
    callee: Value,
    new_target: Value,
    /// What its callers' states hold, flattened.
    outer: Rc<Outer>,
    construct: bool,
    depth: u32,
    /// Loops around the place where it is entered, innermost first: (header, end).
    around: Vec<(u32, u32)>,
}

/// A block of bytecode, and how many of the loops around the entry have begun anew: code that is entered in the middle
/// of loops goes on in a copy of each loop that is entered at its header.
type Node = (u32, usize);

impl Frame {
    /// Where a jump from a node leads.
    fn target(&self, from: Node, to: u32) -> Node {
        let left = self.around.iter().take_while(|&&(header, end)| !(header..end).contains(&to)).count();
        let begun = match self.around.get(from.1) {
            Some(&(header, _)) if header == to && to <= from.0 => from.1 + 1,
            _ => from.1,
        };
        (to, begun.max(left))
    }
}

/// What the frames around an inlined one need in a state.
#[derive(Default)]
struct Outer {
    slots: Vec<(i32, Value)>,
    words: Vec<(i32, u64)>,
    /// Functions under construction around it, to see recursion.
    functions: Vec<usize>,
}

/// Why a function cannot be built.
pub type Refusal = String;

struct Builder<'r> {
    request: &'r Request,
    graph: Graph,
    block: BlockId,
    /// The state of the effect-free region that is being built.
    checkpoint: Option<StateId>,
    analyses: FxHashMap<usize, Rc<Analysis>>,
    inlined_bytes: u32,
    /// Index of the instruction that is being built.
    at: usize,
}

/// A way into a block of bytecode.
struct Incoming {
    from: BlockId,
    regs: Vec<Option<Value>>,
}

/// Builds a request's root function.
pub fn build(request: &Request) -> Result<Graph, Refusal> {
    let mut builder = Builder {
        request,
        graph: Graph { unmoved: request.unmoved.clone(), ..Graph::default() },
        block: BlockId(0),
        checkpoint: None,
        analyses: FxHashMap::default(),
        inlined_bytes: 0,
        at: 0,
    };
    builder.block = builder.graph.block();
    let analysis = builder.analysis(0);
    let start = *analysis.index.get(&request.entry).ok_or("the entry is no instruction")?;
    let callee = builder.emit(Op::Home(-3), &[], Type::Any);
    let new_target = builder.emit(Op::Home(frame::NEW_TARGET as i32), &[], Type::Any);
    let mut regs = vec![None; analysis.registers as usize];
    for register in analysis.live[start].iter() {
        regs[register] = Some(builder.emit(Op::Home(register as i32), &[], Type::Any));
    }
    let mut outer = Outer::default();
    outer.functions.push(0);
    let mut root = Frame {
        function: 0,
        analysis,
        base: 0,
        regs,
        callee,
        new_target,
        outer: Rc::new(outer),
        construct: false,
        depth: 0,
        around: Vec::new(),
    };
    root.around = root
        .analysis
        .loops
        .iter()
        .map(|(&header, &end)| (header, end))
        .filter(|&(header, end)| header < request.entry && request.entry < end)
        .collect();
    root.around.sort_unstable_by(|a, b| b.cmp(a));
    if request.entry == 0 {
        let state = builder.state_at(&root, start);
        builder.emit_with(Op::Poll, &[], Type::None, Some(state));
        builder.checkpoint = None;
    }
    let returns = builder.run(&mut root, request.entry)?;
    for (block, value) in returns {
        builder.graph.at_mut(block).end = End::Return(value);
    }
    builder.graph.site = (0, 0);
    Ok(builder.graph)
}

impl Builder<'_> {
    fn analysis(&mut self, function: usize) -> Rc<Analysis> {
        let profile = &self.request.functions[function];
        Rc::clone(self.analyses.entry(function).or_insert_with(|| Rc::new(Analysis::new(profile))))
    }

    /// Goes on with an instruction of bytecode: what is emitted from here on is made for it.
    fn stand_at(&mut self, frame: &Frame, index: usize) {
        self.at = index;
        self.graph.site = (self.request.functions[frame.function].code, frame.analysis.insns[index].0);
    }

    // ---- emitting

    fn emit_with(&mut self, op: Op, args: &[Value], ty: Type, state: Option<StateId>) -> Value {
        let value = self.graph.make(op, args, ty, state);
        self.graph.at_mut(self.block).insts.push(value);
        value
    }

    fn emit(&mut self, op: Op, args: &[Value], ty: Type) -> Value {
        self.emit_with(op, args, ty, None)
    }

    /// Emits a guard, or an operation that may leave; what is known of a constant is not asked.
    fn guard(&mut self, frame: &Frame, op: Op, args: &[Value], ty: Type) -> Value {
        if let Some(&value) = args.first()
            && let Op::Const(word) = self.graph.inst(value).op
        {
            let is_known = match op {
                Op::GuardObject => bits::is_object(word),
                Op::GuardIs(other) => word == other,
                Op::GuardNotHole => word != bits::HOLE,
                Op::GuardShape(shape) if bits::is_object(word) && self.stays(word) => {
                    self.guard(frame, Op::GuardShapeOf(word as u32, shape), &[], Type::None);
                    true
                }
                _ => false,
            };
            if is_known {
                return value;
            }
        }
        let state = match self.checkpoint {
            Some(state) => state,
            None => {
                let state = self.state_at(frame, self.at);
                self.checkpoint = Some(state);
                state
            }
        };
        let value = self.emit_with(op, args, ty, Some(state));
        let code = self.request.functions[frame.function].code;
        self.graph.inst_mut(value).site = (code, frame.analysis.insns[self.at].0);
        value
    }

    /// Emits an effect: nothing before it may be done again.
    fn effect(&mut self, op: Op, args: &[Value], ty: Type, state: Option<StateId>) -> Value {
        self.checkpoint = None;
        self.emit_with(op, args, ty, state)
    }

    fn int(&mut self, value: i32) -> Value {
        self.emit(Op::Int(value), &[], Type::Int)
    }

    fn constant(&mut self, value: u64) -> Value {
        self.emit(Op::Const(value), &[], Type::Any)
    }

    /// A value in its 64 bits.
    fn any(&mut self, value: Value) -> Value {
        match self.graph.ty(value) {
            Type::Any => value,
            _ => self.emit(Op::Box, &[value], Type::Any),
        }
    }

    fn as_int(&mut self, frame: &Frame, value: Value) -> Value {
        match self.graph.ty(value) {
            Type::Int => value,
            Type::Double => self.guard(frame, Op::DoubleToInt, &[value], Type::Int),
            _ => {
                let value = self.any(value);
                self.guard(frame, Op::GuardInt, &[value], Type::Int)
            }
        }
    }

    fn as_double(&mut self, frame: &Frame, value: Value) -> Value {
        match self.graph.ty(value) {
            Type::Double => value,
            Type::Int => self.emit(Op::IntToDouble, &[value], Type::Double),
            _ => {
                let value = self.any(value);
                self.guard(frame, Op::GuardNumber, &[value], Type::Double)
            }
        }
    }

    fn truth(&mut self, value: Value) -> Value {
        match self.graph.ty(value) {
            Type::Bool => value,
            Type::Int => {
                let zero = self.int(0);
                self.emit(Op::CmpInt(Cmp::Ne), &[value, zero], Type::Bool)
            }
            _ => {
                let value = self.any(value);
                self.emit(Op::Truth, &[value], Type::Bool)
            }
        }
    }

    fn not(&mut self, value: Value) -> Value {
        self.emit(Op::Not, &[value], Type::Bool)
    }

    // ---- states

    fn state_of(&mut self, frame: &Frame, live: &Registers, pc: u32, word: u64) -> StateId {
        let mut state = State {
            slots: frame.outer.slots.clone(),
            words: frame.outer.words.clone(),
            frame: frame.base,
            code: self.request.functions[frame.function].code,
            pc,
            registers: frame.analysis.registers,
            overwritten: Vec::new(),
        };
        for register in live.iter() {
            if let Some(value) = frame.regs[register] {
                state.slots.push((frame.base + register as i32, value));
            }
        }
        state.words.push((frame.base + frame::STATE as i32, word));
        self.graph.states.push(state);
        StateId(self.graph.states.len() as u32 - 1)
    }

    /// The state before an instruction.
    fn state_at(&mut self, frame: &Frame, index: usize) -> StateId {
        let analysis = Rc::clone(&frame.analysis);
        let pc = analysis.insns[index].0;
        self.state_of(frame, &analysis.live[index], pc, frame::state(pc, 0, ReturnKind::Resume))
    }

    /// The state while an instruction calls: its result goes to `dst`.
    fn state_across(&mut self, frame: &Frame, index: usize, dst: Option<i64>) -> StateId {
        let (register, kind) = match dst {
            Some(dst) => {
                self.graph.touched.push(frame.base + dst as i32);
                (dst as u32, ReturnKind::Value)
            }
            None => (0, ReturnKind::Discard),
        };
        let analysis = Rc::clone(&frame.analysis);
        let (pc, insn) = analysis.insns[index];
        let next = pc + insn.length() as u32;
        let word = frame::state(next, register, kind);
        let live = analysis.live_across(index);
        self.state_of(frame, &live, pc, word)
    }

    /// In how many units of code speculation on an instruction failed.
    fn failed(&self, frame: &Frame, index: usize) -> Failed {
        let code = self.request.functions[frame.function].code;
        self.request.blocked.get(&(code, frame.analysis.insns[index].0)).copied().unwrap_or_default()
    }

    fn failures(&self, frame: &Frame, index: usize) -> u8 {
        self.failed(frame, index).count
    }

    fn is_blocked(&self, frame: &Frame, index: usize) -> bool {
        self.failures(frame, index) > 0
    }

    /// A feedback or constant word of the function.
    fn word(&self, frame: &Frame, index: i64) -> u64 {
        self.request.functions[frame.function].words[index as usize]
    }

    // ---- walking

    /// Builds a frame's bytecode from `start` on. Gives the blocks that return, with what they return.
    fn run(&mut self, frame: &mut Frame, start: u32) -> Result<Vec<(BlockId, Value)>, Refusal> {
        let analysis = Rc::clone(&frame.analysis);
        let mut incoming: Edges = FxHashMap::default();
        let mut headers: Headers = FxHashMap::default();
        let mut returns = Vec::new();
        let (order, heads) = bytecode_order(&analysis, self.request, frame, start);
        incoming.insert((start, 0), vec![Incoming { from: self.block, regs: frame.regs.clone() }]);
        for node in order {
            let Some(ways) = incoming.remove(&node) else { continue };
            let is_loop = heads.contains(&node);
            self.enter_block(frame, node, ways, is_loop, &mut headers)?;
            self.block_body(frame, node, &mut incoming, &headers, &mut returns)?;
            if self.graph.insts.len() > MAX_INSTS {
                return Err("it is too big".to_owned());
            }
        }
        Ok(returns)
    }

    /// Starts the graph's block for a block of bytecode.
    fn enter_block(
        &mut self,
        frame: &mut Frame,
        node: Node,
        ways: Vec<Incoming>,
        is_loop: bool,
        headers: &mut Headers,
    ) -> Result<(), Refusal> {
        let analysis = Rc::clone(&frame.analysis);
        let index = *analysis.index.get(&node.0).ok_or("a jump leads nowhere")?;
        let block = self.graph.block();
        let live = analysis.live[index].clone();
        let mut regs = vec![None; frame.regs.len()];
        for register in live.iter() {
            let first = ways[0].regs[register];
            if ways.iter().all(|way| way.regs[register] == first) {
                regs[register] = first;
                continue;
            }
            let mut inputs = Vec::with_capacity(ways.len());
            for way in &ways {
                let Some(value) = way.regs[register] else { break };
                inputs.push(value);
            }
            if inputs.len() < ways.len() {
                continue;
            }
            let ty = self.graph.ty(inputs[0]);
            let ty = if inputs.iter().all(|&input| self.graph.ty(input) == ty) { ty } else { Type::Any };
            for (input, way) in inputs.iter_mut().zip(&ways) {
                if ty == Type::Any {
                    self.block = way.from;
                    *input = self.any(*input);
                }
            }
            let phi = self.graph.make(Op::Phi, &inputs, ty, None);
            self.graph.at_mut(block).insts.push(phi);
            regs[register] = Some(phi);
        }
        for way in &ways {
            self.graph.at_mut(way.from).end = End::Jump(block);
            self.graph.at_mut(block).preds.push(way.from);
        }
        self.block = block;
        self.checkpoint = None;
        frame.regs = regs;
        if is_loop {
            // The state is that of the block in front of the header.
            let state = self.state_at(frame, index);
            let header = self.graph.block();
            let mut phis = Vec::new();
            let mut kept = Vec::new();
            let written = analysis.written_around(node.0);
            for register in live.iter() {
                let Some(value) = frame.regs[register] else { continue };
                if !written.contains(register) {
                    kept.push((register, value));
                    continue;
                }
                let value = self.any(value);
                let phi = self.graph.make(Op::Phi, &[value], Type::Any, None);
                self.graph.at_mut(header).insts.push(phi);
                phis.push((register, phi));
            }
            self.graph.at_mut(block).end = End::Jump(header);
            let blocked = self.is_blocked(frame, index);
            let content = self.graph.at_mut(header);
            content.preds.push(block);
            content.is_loop = true;
            content.state = (!blocked).then_some(state);
            for &(register, phi) in &phis {
                frame.regs[register] = Some(phi);
            }
            self.block = header;
            headers.insert(node, Header { block: header, phis, kept });
        }
        Ok(())
    }

    /// Goes to a block of bytecode from the end of the current one.
    fn leave_to(
        &mut self,
        frame: &Frame,
        from: Node,
        to: u32,
        incoming: &mut Edges,
        headers: &Headers,
    ) -> Result<(), Refusal> {
        let node = frame.target(from, to);
        if to <= from.0 {
            let index = frame.analysis.index[&to];
            self.checkpoint = None;
            let state = self.state_at(frame, index);
            self.emit_with(Op::Poll, &[], Type::None, Some(state));
        }
        if !headers.contains_key(&node) {
            let way = Incoming { from: self.block, regs: frame.regs.clone() };
            incoming.entry(node).or_default().push(way);
            return Ok(());
        }
        // The header is built already: this way leads back.
        let Header { block: header, phis, kept } = &headers[&node];
        for &(register, value) in kept {
            let now = frame.regs[register].map(|now| self.graph.root(now));
            if now != Some(self.graph.root(value)) {
                return Err("a loop writes a register outside of its code".to_owned());
            }
        }
        for &(register, phi) in phis {
            let value = frame.regs[register].ok_or("a register of a loop has no value")?;
            let value = self.any(value);
            self.graph.inst_mut(phi).args.push(value);
        }
        self.graph.at_mut(self.block).end = End::Jump(*header);
        let from = self.block;
        self.graph.at_mut(*header).preds.push(from);
        Ok(())
    }

    /// A block of its own for one way out of the current block.
    fn arm(&mut self) -> BlockId {
        let from = self.block;
        let arm = self.graph.block();
        self.graph.at_mut(arm).preds.push(from);
        arm
    }

    fn block_body(
        &mut self,
        frame: &mut Frame,
        node: Node,
        incoming: &mut Edges,
        headers: &Headers,
        returns: &mut Vec<(BlockId, Value)>,
    ) -> Result<(), Refusal> {
        let analysis = Rc::clone(&frame.analysis);
        let mut index = analysis.index[&node.0];
        loop {
            let (pc, insn) = analysis.insns[index];
            let from = (pc, node.1);
            self.stand_at(frame, index);
            let next = pc + insn.length() as u32;
            match self.instruction(frame, index, &insn)? {
                Flow::Next => {}
                Flow::Ends => {
                    if matches!(self.graph.at(self.block).end, End::Open) {
                        self.graph.at_mut(self.block).end = End::Unreachable;
                    }
                    return Ok(());
                }
                Flow::Returns(value) => {
                    let value = self.any(value);
                    returns.push((self.block, value));
                    return Ok(());
                }
                Flow::Jump => {
                    let to = (i64::from(pc) + insn.operand(Kind::Jump).unwrap_or(0)) as u32;
                    return self.leave_to(frame, from, to, incoming, headers);
                }
                Flow::Branch(on, result) => {
                    let to = (i64::from(pc) + insn.operand(Kind::Jump).unwrap_or(0)) as u32;
                    let (yes, no) = (self.arm(), self.arm());
                    self.graph.at_mut(self.block).end = End::Branch(on, yes, no);
                    // A result is there on one way only.
                    let without = frame.regs.clone();
                    self.block = yes;
                    self.checkpoint = None;
                    self.leave_to(frame, from, to, incoming, headers)?;
                    frame.regs = without;
                    self.block = no;
                    self.checkpoint = None;
                    if let Some((dst, value)) = result {
                        let value = match value {
                            Some(value) => value,
                            None => self.emit(Op::Home(frame.base + dst as i32), &[], Type::Any),
                        };
                        frame.regs[dst] = Some(value);
                    }
                    return self.leave_to(frame, from, next, incoming, headers);
                }
                Flow::Iterate { over, walked, at, walk } => {
                    let o = insn.operands();
                    let to = (i64::from(pc) + insn.operand(Kind::Jump).unwrap_or(0)) as u32;
                    let (yes, no) = (self.arm(), self.arm());
                    self.graph.at_mut(self.block).end = End::Branch(over, yes, no);
                    let before = frame.regs.clone();
                    let checkpoint = self.checkpoint;
                    self.block = yes;
                    // The end is for good, even if the array grows.
                    frame.regs[o[1] as usize + 2] = Some(self.int(i32::MAX));
                    self.leave_to(frame, from, to, incoming, headers)?;
                    frame.regs = before;
                    self.block = no;
                    self.checkpoint = checkpoint;
                    let value = self.load_walked(frame, walk, walked, at);
                    let one = self.int(1);
                    let next_at = self.emit(Op::Int2Free(IntOp::Add), &[at, one], Type::Int);
                    frame.regs[o[0] as usize] = Some(value);
                    frame.regs[o[1] as usize + 2] = Some(next_at);
                    return self.leave_to(frame, from, next, incoming, headers);
                }
                Flow::Switch(on, low, targets) => {
                    let block = self.block;
                    let mut arms = Vec::with_capacity(targets.len());
                    for &target in &targets {
                        self.block = block;
                        let arm = self.arm();
                        arms.push(arm);
                        self.block = arm;
                        self.checkpoint = None;
                        self.leave_to(frame, from, target, incoming, headers)?;
                    }
                    self.block = block;
                    let otherwise = self.arm();
                    self.graph.at_mut(block).end = End::Switch(on, low, arms, otherwise);
                    self.block = otherwise;
                    self.checkpoint = None;
                    return self.leave_to(frame, from, next, incoming, headers);
                }
            }
            index += 1;
            if analysis.leaders.contains(&next) {
                return self.leave_to(frame, from, next, incoming, headers);
            }
        }
    }

    fn reg(&self, frame: &Frame, register: i64) -> Result<Value, Refusal> {
        frame.regs[register as usize].ok_or_else(|| "a register is read that holds nothing".to_owned())
    }

    /// Has the interpreter execute an instruction.
    fn step(&mut self, frame: &mut Frame, index: usize) -> Result<Value, Refusal> {
        let analysis = Rc::clone(&frame.analysis);
        let (pc, insn) = analysis.insns[index];
        let state = self.while_interpreted(frame, index);
        self.graph.stepped.push((insn.op.row().name, self.request.functions[frame.function].code, pc));
        let next = self.effect(Op::Step { frame: frame.base, pc }, &[], Type::Raw, Some(state));
        let jumps = insn.operand(Kind::Jump).is_some();
        let mut overwritten = Vec::new();
        if let Some(window) = insn.operand(Kind::Window).or(insn.operand(Kind::WindowThis)) {
            self.graph.touch_from(frame.base + window as i32);
            overwritten.extend(frame.base + window as i32..frame.base + analysis.registers as i32);
        }
        if let Some(first) = insn.operand(Kind::InIter) {
            for register in first as usize..first as usize + 3 {
                overwritten.push(frame.base + register as i32);
                self.graph.touched.push(frame.base + register as i32);
                frame.regs[register] =
                    Some(self.emit(Op::Home(frame.base + register as i32), &[], Type::Any));
            }
        }
        let mut written = Vec::new();
        liveness::defs(&insn, |register| written.push(register));
        for register in written {
            overwritten.push(frame.base + register as i32);
            self.graph.touched.push(frame.base + register as i32);
            frame.regs[register] = if jumps {
                None
            } else {
                Some(self.emit(Op::Home(frame.base + register as i32), &[], Type::Any))
            };
        }
        self.graph.states[state.0 as usize].overwritten = overwritten;
        Ok(next)
    }

    /// As `step`, for an instruction that jumps: whether it does.
    fn step_branch(&mut self, frame: &mut Frame, index: usize) -> Result<Flow, Refusal> {
        let analysis = Rc::clone(&frame.analysis);
        let (pc, insn) = analysis.insns[index];
        let to = (i64::from(pc) + insn.operand(Kind::Jump).unwrap_or(0)) as u32;
        let mut dst = None;
        liveness::defs(&insn, |register| dst = Some((register, None)));
        let next = self.step(frame, index)?;
        let jumps = self.emit(Op::IsRaw(to), &[next], Type::Bool);
        Ok(Flow::Branch(jumps, dst))
    }

    fn set(&mut self, frame: &mut Frame, register: i64, value: Value) -> Flow {
        frame.regs[register as usize] = Some(value);
        Flow::Next
    }

    fn instruction(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        // The interpreter widens the caches of an access where speculation failed: they are believed again.
        let patience = match insn.op {
            B::GetProp | B::SetProp | B::InitProp | B::GetElem | B::SetElem | B::GetLength => 3,
            _ => 1,
        };
        let blocked = !self.request.speculate || self.failures(frame, index) >= patience;
        Ok(match insn.op {
            B::Move => {
                let value = self.reg(frame, o[1])?;
                self.set(frame, o[0], value)
            }
            B::LoadInt => {
                let value = self.int(o[1] as i32);
                self.set(frame, o[0], value)
            }
            B::LoadConst => {
                let word = self.word(frame, o[1]);
                let value = if bits::is_int(word) {
                    self.int(bits::as_int(word))
                } else if bits::is_double(word) {
                    self.emit(Op::Double(word), &[], Type::Double)
                } else {
                    self.emit(Op::Word(frame.function as u32, o[1] as u32), &[], Type::Any)
                };
                self.set(frame, o[0], value)
            }
            B::LoadUndefined => self.load(frame, o[0], bits::UNDEFINED),
            B::LoadNull => self.load(frame, o[0], bits::NULL),
            B::LoadHole => self.load(frame, o[0], bits::HOLE),
            B::LoadTrue | B::LoadFalse => {
                let value = self.emit(Op::Bool(insn.op == B::LoadTrue), &[], Type::Bool);
                self.set(frame, o[0], value)
            }
            B::LoadCallee => {
                let value = frame.callee;
                self.set(frame, o[0], value)
            }
            B::LoadNewTarget if self.is_class(frame.function) || frame.construct => {
                let value = frame.new_target;
                self.set(frame, o[0], value)
            }
            B::CheckSuperOnce if !blocked => {
                let value = self.reg(frame, o[0])?;
                let (value, hole) = (self.any(value), self.constant(bits::HOLE));
                let is = self.emit(Op::SameBits, &[value, hole], Type::Bool);
                self.guard(frame, Op::GuardBool(true), &[is], Type::None);
                Flow::Next
            }
            B::RunFieldInit if !blocked => {
                let function = self.reg(frame, o[1])?;
                let function = self.any(function);
                let class = match self.graph.inst(function).op {
                    Op::GuardIs(word) | Op::Const(word) => word as u32,
                    _ if frame.depth == 0 => self.request.callee,
                    _ => 0,
                };
                let function = self.guard(frame, Op::GuardObject, &[function], Type::Any);
                let function = self.guard(frame, Op::GuardKind(kind::Function), &[function], Type::Any);
                let Some(&fields) = self.request.fields.get(&class) else {
                    self.no_fields(frame, function);
                    return Ok(Flow::Next);
                };
                let this = self.reg(frame, o[0])?;
                let this = self.any(this);
                let found = self.fields(function);
                match self.call_within(frame, index, fields, found, this, &[], None)? {
                    Some(_) => Flow::Next,
                    None => Flow::Ends,
                }
            }
            B::LoadNewTarget if frame.depth > 0 => self.load(frame, o[0], bits::UNDEFINED),
            B::SuperCall if !blocked => return self.super_call(frame, index, insn),
            // A constructor's is an object.
            B::CoerceThis if frame.construct => {
                let this = self.reg(frame, 0)?;
                self.set(frame, o[0], this)
            }
            B::CoerceThis if !blocked => {
                let this = self.reg(frame, 0)?;
                let this = self.any(this);
                let value = self.guard(frame, Op::GuardObject, &[this], Type::Any);
                self.set(frame, o[0], value)
            }
            B::CheckThis | B::CheckHole => {
                let value = self.reg(frame, o[0])?;
                if self.graph.ty(value) == Type::Any {
                    let value = self.guard(frame, Op::GuardNotHole, &[value], Type::Any);
                    frame.regs[o[0] as usize] = Some(value);
                }
                Flow::Next
            }
            B::LoadScope => {
                let callee = frame.callee;
                let value = self.emit(Op::LoadCell(20), &[callee], Type::Any);
                self.set(frame, o[0], value)
            }
            B::GetSlot | B::GetSlotChecked => {
                let scope = self.scope(frame, o[1], o[2])?;
                let mut value = self.emit(Op::LoadScope(8 + 8 * o[3] as u32), &[scope], Type::Any);
                if insn.op == B::GetSlotChecked {
                    value = self.guard(frame, Op::GuardNotHole, &[value], Type::Any);
                }
                self.set(frame, o[0], value)
            }
            B::SetSlot | B::SetSlotChecked => {
                let scope = self.scope(frame, o[0], o[1])?;
                let offset = 8 + 8 * o[2] as u32;
                if insn.op == B::SetSlotChecked {
                    let old = self.emit(Op::LoadScope(offset), &[scope], Type::Any);
                    self.guard(frame, Op::GuardNotHole, &[old], Type::Any);
                }
                let value = self.reg(frame, o[3])?;
                let value = self.any(value);
                self.effect(Op::StoreScope(offset), &[scope, value], Type::None, None);
                Flow::Next
            }
            B::GetGlobal | B::SetGlobal if !blocked && self.word(frame, o[2]) == bits::COLD => {
                self.guard(frame, Op::Leave, &[], Type::None);
                Flow::Ends
            }
            B::GetGlobal if !blocked => return self.get_global(frame, index, insn),
            B::SetGlobal if !blocked => return self.set_global(frame, index, insn),
            B::GetProp | B::SetProp
                if self.failures(frame, index) == 0
                    && !blocked
                    && was_never_asked(self.word(frame, o[3]), self.word(frame, o[3] + 1)) =>
            {
                self.guard(frame, Op::Leave, &[], Type::None);
                Flow::Ends
            }
            B::NewScope | B::NewRootScope => return self.new_scope(frame, index, insn),
            B::Closure | B::ClosureRoot => return self.closure(frame, index, insn),
            B::GetProp if !blocked => return self.get_prop(frame, index, insn),
            B::SetProp if !blocked => return self.set_prop(frame, index, insn),
            B::GetPrivate if !blocked => return self.get_private(frame, index, insn),
            B::SetPrivate if !blocked => return self.set_private(frame, index, insn),
            B::InitProp if !blocked => return self.init_prop(frame, index, insn),
            B::GetLength if !blocked => return self.get_length(frame, insn),
            B::GetElem if !blocked => return self.get_elem(frame, index, insn),
            B::SetElem if !blocked => return self.set_elem(frame, index, insn),
            B::NewArray if (0..=32).contains(&o[1]) => {
                let state = self.state_at(frame, index);
                let value = self.effect(Op::ArrayOf(o[1] as u32, 0), &[], Type::Any, Some(state));
                self.set(frame, o[0], value)
            }
            B::ArrayFromRegs if o[2] <= 64 => {
                let mut values = Vec::new();
                for register in o[1]..o[1] + o[2] {
                    let value = self.reg(frame, register)?;
                    values.push(self.any(value));
                }
                let state = self.state_at(frame, index);
                let op = Op::ArrayOf(values.len() as u32, values.len() as u32);
                let value = self.effect(op, &values, Type::Any, Some(state));
                self.set(frame, o[0], value)
            }
            B::Concat if o[2] == 1 => {
                let value = self.reg(frame, o[1])?;
                self.set(frame, o[0], value)
            }
            B::ArrayPush if !blocked => {
                let (array, value) = (self.reg(frame, o[0])?, self.reg(frame, o[1])?);
                let (array, value) = (self.any(array), self.any(value));
                let state = self.state_at(frame, index);
                self.effect(Op::Push(false), &[array, value], Type::Int, Some(state));
                Flow::Next
            }
            B::NewObject if o[1] <= 4 => {
                let (shape, inline) = self.request.plain_shape;
                let state = self.state_at(frame, index);
                let op = Op::NewObject(shape, u32::from(inline));
                let value = self.effect(op, &[], Type::Any, Some(state));
                self.set(frame, o[0], value)
            }
            B::ObjectFromRegs if !blocked => return self.object_from_regs(frame, index, insn),
            B::Call | B::CallMethod | B::New => return self.call(frame, index, insn, blocked),
            B::Return => {
                let value = self.reg(frame, o[0])?;
                Flow::Returns(value)
            }
            B::ReturnDerived if !blocked => {
                let (value, this) = (self.reg(frame, o[0])?, self.reg(frame, o[1])?);
                let returned = match self.graph.inst(value).op {
                    Op::Const(bits::UNDEFINED) => self.guard(frame, Op::GuardNotHole, &[this], Type::Any),
                    _ => {
                        let value = self.any(value);
                        self.guard(frame, Op::GuardObject, &[value], Type::Any)
                    }
                };
                Flow::Returns(returned)
            }
            B::Throw | B::ThrowError | B::ReturnDerived => {
                self.step(frame, index)?;
                self.guard(frame, Op::Leave, &[], Type::None);
                Flow::Ends
            }
            B::CheckCoercible if !blocked => {
                let value = self.reg(frame, o[0])?;
                if self.graph.ty(value) == Type::Any {
                    let nullish = self.emit(Op::IsNullish, &[value], Type::Bool);
                    self.guard(frame, Op::GuardBool(false), &[nullish], Type::None);
                }
                Flow::Next
            }
            B::ToObject if !blocked => {
                let value = self.reg(frame, o[1])?;
                let value = self.any(value);
                let value = self.guard(frame, Op::GuardObject, &[value], Type::Any);
                self.set(frame, o[0], value)
            }
            B::In if !blocked => {
                let (key, object) = (self.reg(frame, o[1])?, self.reg(frame, o[2])?);
                let key = self.as_int(frame, key);
                let object = self.any(object);
                let object = self.guard(frame, Op::GuardObject, &[object], Type::Any);
                let elements = self.emit(Op::Part(12), &[object], Type::Raw);
                let capacity = self.emit(Op::LoadWordAt(4), &[elements], Type::Raw);
                let value = self.guard(frame, Op::HasElement, &[elements, key, capacity], Type::Bool);
                self.set(frame, o[0], value)
            }
            B::GetSelfHosted if self.request.library.contains_key(&(o[1] as u32)) => {
                let function = self.request.library[&(o[1] as u32)];
                self.load(frame, o[0], function)
            }
            B::CallIntrinsic if !blocked => return self.intrinsic(frame, index, insn),
            B::CallIntrinsic => self.call_intrinsic(frame, index, insn),
            B::CheckObject if !blocked => {
                let value = self.reg(frame, o[0])?;
                let value = self.any(value);
                self.guard(frame, Op::GuardObject, &[value], Type::Any);
                Flow::Next
            }
            B::Debugger => Flow::Next,
            B::Jump => Flow::Jump,
            B::JumpIfTrue | B::JumpIfFalse => {
                let value = self.reg(frame, o[0])?;
                let mut on = self.truth(value);
                if insn.op == B::JumpIfFalse {
                    on = self.not(on);
                }
                Flow::Branch(on, None)
            }
            B::JumpIfNullish | B::JumpIfNotNullish => {
                let value = self.reg(frame, o[0])?;
                let value = self.any(value);
                let mut on = self.emit(Op::IsNullish, &[value], Type::Bool);
                if insn.op == B::JumpIfNotNullish {
                    on = self.not(on);
                }
                Flow::Branch(on, None)
            }
            B::JumpIfNull | B::JumpIfNotNull => {
                let value = self.reg(frame, o[0])?;
                let value = self.any(value);
                let mut on = self.emit(Op::IsNull, &[value], Type::Bool);
                if insn.op == B::JumpIfNotNull {
                    on = self.not(on);
                }
                Flow::Branch(on, None)
            }
            B::JumpIfUndefined | B::JumpIfNotUndefined => {
                let value = self.reg(frame, o[0])?;
                let (value, undefined) = (self.any(value), self.constant(bits::UNDEFINED));
                let mut on = self.emit(Op::SameBits, &[value, undefined], Type::Bool);
                if insn.op == B::JumpIfNotUndefined {
                    on = self.not(on);
                }
                Flow::Branch(on, None)
            }
            B::Switch if !blocked => {
                let value = self.reg(frame, o[0])?;
                let on = self.as_int(frame, value);
                let profile = &self.request.functions[frame.function];
                let record = profile.unit.function(profile.function);
                let Some(tvm_bytecode::data::Constant::JumpTable(id)) =
                    profile.unit.constant(&record, o[1] as u32)
                else {
                    return Err("a switch without table".to_owned());
                };
                let mut list = profile.unit.list(id);
                let low = list.next().unwrap_or(0) as i32;
                Flow::Switch(on, low, list.collect())
            }
            B::Switch => return Err("a switch on other than ints".to_owned()),
            B::ToPropertyKey | B::ToElementKey if !blocked => {
                let value = self.reg(frame, o[if insn.op == B::ToElementKey { 2 } else { 1 }])?;
                let value = match self.graph.ty(value) {
                    // Ints stay what they are as keys.
                    Type::Int | Type::Double => self.as_int(frame, value),
                    _ => {
                        let value = self.any(value);
                        self.guard(frame, Op::GuardKey, &[value], Type::Any)
                    }
                };
                self.set(frame, o[0], value)
            }
            B::GetIterator if !blocked => return self.get_iterator(frame, index, insn),
            B::ArraysIteratePlainly if !blocked && !self.request.array_iteration.is_empty() => {
                self.holders_hold(frame, &self.request.array_iteration);
                let value = self.emit(Op::Bool(true), &[], Type::Bool);
                self.set(frame, o[0], value)
            }
            B::IteratorMethod | B::IteratorClose if !blocked => {
                self.walked_by_index(frame, index, o[0])?;
                Flow::Next
            }
            B::IteratorNext if !blocked => return self.iterator_next(frame, index, insn),
            B::IteratorNext => self.next_of(frame, index, insn),
            B::ForInNext => self.next_key(frame, index, insn),
            op if puts_away(op) => self.put_away(frame, index, insn),
            _ => return self.arithmetic(frame, index, insn, blocked),
        })
    }

    /// What library code asks of the engine, where that is simple.
    fn intrinsic(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let name = self.request.intrinsics.get(o[1] as usize).copied().unwrap_or("");
        let value = match (name, o[3]) {
            ("isCallable", 1) => {
                // Most that are asked are functions.
                let value = self.reg(frame, o[2])?;
                let value = self.any(value);
                let value = self.guard(frame, Op::GuardObject, &[value], Type::Any);
                self.guard(frame, Op::GuardKind(kind::Function), &[value], Type::Any);
                self.emit(Op::Bool(true), &[], Type::Bool)
            }
            ("proxyTarget" | "proxyHandler", 1) => {
                let proxy = self.reg(frame, o[2])?;
                let proxy = self.any(proxy);
                let proxy = self.guard(frame, Op::GuardObject, &[proxy], Type::Any);
                let proxy = self.guard(frame, Op::GuardKind(kind::Proxy), &[proxy], Type::Any);
                let at = if name == "proxyTarget" { offset::Proxy::target } else { offset::Proxy::handler };
                self.emit(Op::LoadField(at), &[proxy], Type::Any)
            }
            ("isObject", 1) => {
                let value = self.reg(frame, o[2])?;
                let value = self.any(value);
                self.emit(Op::IsObject, &[value], Type::Bool)
            }
            ("hasPlainSpecies", 1) if !self.request.array_species.is_empty() => {
                self.graph.count("species of arrays known", 1);
                self.holders_hold(frame, &self.request.array_species);
                let value = self.reg(frame, o[2])?;
                let value = self.any(value);
                let value = self.guard(frame, Op::GuardObject, &[value], Type::Any);
                self.guard(frame, Op::GuardShape(self.request.array_shape.0), &[value], Type::Any);
                self.emit(Op::Bool(true), &[], Type::Bool)
            }
            ("newArray", 1) => {
                let length = self.reg(frame, o[2])?;
                let length = self.as_int(frame, length);
                let state = self.state_at(frame, index);
                self.effect(Op::NewArray, &[length], Type::Any, Some(state))
            }
            ("clampLength", 1) => {
                let value = self.reg(frame, o[2])?;
                let value = self.as_int(frame, value);
                let zero = self.int(0);
                self.emit(Op::MinMaxInt(true), &[value, zero], Type::Int)
            }
            _ => return Ok(self.call_intrinsic(frame, index, insn)),
        };
        Ok(self.set(frame, o[0], value))
    }

    /// The state, with a word for its frame, while an instruction works on registers that are in their slots, and writes
    /// to others.
    fn state_with(
        &mut self,
        frame: &Frame,
        index: usize,
        word: u64,
        given: std::ops::Range<i64>,
        written: &[i64],
    ) -> StateId {
        let mut live = frame.analysis.live_across(index);
        given.for_each(|register| live.insert(register as usize));
        let state = self.state_of(frame, &live, frame.analysis.insns[index].0, word);
        let written: Vec<i32> = written.iter().map(|&register| frame.base + register as i32).collect();
        self.graph.touched.extend(&written);
        self.graph.states[state.0 as usize].overwritten = written;
        state
    }

    /// Calls an intrinsic on registers that are in their slots.
    fn call_intrinsic(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Flow {
        let o = insn.operands();
        let pc = frame.analysis.insns[index].0;
        let word = frame::state(pc + insn.length() as u32, o[0] as u32, ReturnKind::Value);
        let state = self.state_with(frame, index, word, o[2]..o[2] + o[3], &[o[0]]);
        let [intrinsic, start, count] = [o[1], o[2], o[3]].map(|operand| operand as u32);
        let op = Op::CallIntrinsic { frame: frame.base, intrinsic, start, count };
        let value = self.effect(op, &[], Type::Any, Some(state));
        self.set(frame, o[0], value)
    }

    fn new_scope(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let (parent, word) = match insn.op {
            B::NewScope => (Some(self.reg(frame, o[1])?), self.word(frame, o[2])),
            _ => (None, self.word(frame, o[1])),
        };
        // As the runtime's linker codes it (`interp/link.rs`).
        let number = bits::as_number(word);
        let (slots, holes) = ((number / 65536.0) as u32, (number % 65536.0) as u32);
        if slots > 64 {
            return self.general(frame, index);
        }
        let state = self.state_at(frame, index);
        let value = self.effect(Op::NewScope(slots, holes), parent.as_slice(), Type::Any, Some(state));
        Ok(self.set(frame, o[0], value))
    }

    fn closure(&mut self, frame: &mut Frame, index: usize, insn: &Insn) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let word = self.word(frame, o[1]);
        let template = word as u32;
        let shape = self.request.closures.get(&template).filter(|_| bits::tag(word) == bits::TAG_CELL);
        let Some(&shape) = shape else {
            return self.general(frame, index);
        };
        let scope = match insn.op {
            B::Closure => Some(self.reg(frame, o[2])?),
            _ => None,
        };
        let state = self.state_at(frame, index);
        let value = self.effect(Op::Closure(template, shape), scope.as_slice(), Type::Any, Some(state));
        Ok(self.set(frame, o[0], value))
    }

    /// Puts the frame away, or ends it: returns what the runtime says. Such functions are not built in place.
    fn put_away(&mut self, frame: &Frame, index: usize, insn: &Insn) -> Flow {
        let pc = frame.analysis.insns[index].0;
        let mut live = frame.analysis.live_across(index);
        liveness::uses(insn, frame.analysis.params, |register| live.insert(register));
        let word = match insn.op {
            B::Yield => frame::state(pc + insn.length() as u32, 0, ReturnKind::Discard),
            // The interpreter does it where the runtime refuses.
            _ => frame::state(pc, 0, ReturnKind::Resume),
        };
        let state = self.state_of(frame, &live, pc, word);
        let o = insn.operands();
        let yielded = match insn.op {
            B::Yield => Some(o[1] as u32),
            B::Suspend if o[2] != SuspendKind::Await as i64 => Some(o[1] as u32),
            _ => None,
        };
        Flow::Returns(self.effect(Op::PutAway { pc, yielded }, &[], Type::Any, Some(state)))
    }

    /// What initialises the fields of a class.
    fn fields(&mut self, function: Value) -> Value {
        let extra = self.emit(Op::Part(offset::Function::extra), &[function], Type::Raw);
        self.emit(Op::LoadAt(offset::FunctionExtra::fields), &[extra], Type::Any)
    }

    /// Leaves unless a class has no fields to run.
    fn no_fields(&mut self, frame: &Frame, function: Value) {
        let fields = self.fields(function);
        let undefined = self.constant(bits::UNDEFINED);
        let none = self.emit(Op::SameBits, &[fields, undefined], Type::Bool);
        self.guard(frame, Op::GuardBool(true), &[none], Type::None);
    }

    /// Leaves unless objects are what they were, and what they hold.
    fn holders_hold(&mut self, frame: &Frame, holders: &[PlainHolder]) {
        for holder in holders {
            self.guard(frame, Op::GuardShapeOf(holder.object, holder.shape), &[], Type::None);
            if let Some((place, method)) = holder.method {
                let found = self.load_of(holder.object, place);
                self.guard(frame, Op::GuardIs(method), &[found], Type::Any);
            }
        }
    }

    fn load(&mut self, frame: &mut Frame, register: i64, value: u64) -> Flow {
        let value = self.constant(value);
        self.set(frame, register, value)
    }

    /// The address of a scope above the one in a register.
    fn scope(&mut self, frame: &Frame, register: i64, depth: i64) -> Result<Value, Refusal> {
        let scope = self.reg(frame, register)?;
        let mut address = self.emit(Op::Address, &[scope], Type::Raw);
        for _ in 0..depth {
            address = self.emit(Op::Parent, &[address], Type::Raw);
        }
        Ok(address)
    }
}

/// Whether an instruction puts its frame away, or ends it, and code goes on elsewhere.
fn puts_away(op: B) -> bool {
    matches!(op, B::Yield | B::Suspend | B::InitialYield | B::Await | B::AsyncReturn | B::AsyncReject)
}

/// What follows an instruction.
enum Flow {
    /// The next one.
    Next,
    /// Nothing: it ended the block.
    Ends,
    /// The frame returns.
    Returns(Value),
    /// Its target.
    Jump,
    /// Its target where the value is true; otherwise the next one, where a register may get a value: its slot's, where
    /// none is given.
    Branch(Value, Option<(usize, Option<Value>)>),
    /// The end of an iteration over an array, or its next element.
    Iterate { over: Value, walked: Value, at: Value, walk: Walk },
    /// One of the targets by an int.
    Switch(Value, i32, Vec<u32>),
}

/// Blocks of bytecode that can be reached from `start`, each before those that it leads to, loops apart.
/// Also those that a way leads back to.
fn bytecode_order(
    analysis: &Analysis,
    request: &Request,
    frame: &Frame,
    start: u32,
) -> (Vec<Node>, FxHashSet<Node>) {
    let profile = &request.functions[frame.function];
    let record = profile.unit.function(profile.function);
    let successors = |node: Node| {
        let mut index = analysis.index[&node.0];
        loop {
            let (pc, insn) = analysis.insns[index];
            let next = pc + insn.length() as u32;
            let mut targets = Analysis::targets(&profile.unit, &record, pc, &insn);
            let ends = insn.op.has(tvm_bytecode::ops::effect::ends) || puts_away(insn.op);
            if ends || !targets.is_empty() || analysis.leaders.contains(&next) {
                if puts_away(insn.op) {
                    targets.clear();
                } else if !ends {
                    targets.push(next);
                }
                let from = (pc, node.1);
                let mut nodes: Vec<Node> = targets
                    .iter()
                    .map(|&to| frame.target(from, to))
                    .filter(|&to| analysis.index.contains_key(&to.0))
                    .collect();
                // What is popped first comes last.
                nodes.sort_unstable();
                nodes.dedup();
                return nodes;
            }
            index += 1;
        }
    };
    let mut seen = FxHashSet::default();
    let mut order = Vec::new();
    seen.insert((start, 0));
    let mut stack = vec![((start, 0), successors((start, 0)))];
    while let Some((node, rest)) = stack.last_mut() {
        match rest.pop() {
            Some(to) => {
                if seen.insert(to) {
                    stack.push((to, successors(to)));
                }
            }
            None => {
                order.push(*node);
                stack.pop();
            }
        }
    }
    order.reverse();
    let position: FxHashMap<Node, usize> = order.iter().enumerate().map(|(i, &node)| (node, i)).collect();
    let heads = order
        .iter()
        .flat_map(|&node| successors(node).into_iter().map(move |to| (node, to)))
        .filter(|(from, to)| position[to] <= position[from])
        .map(|(_, to)| to)
        .collect();
    (order, heads)
}

/// Ways into blocks that are not built yet.
type Edges = FxHashMap<Node, Vec<Incoming>>;
/// Headers of loops that are being built.
type Headers = FxHashMap<Node, Header>;

/// The header of a loop.
struct Header {
    block: BlockId,
    /// Registers that the loop writes, with their phis.
    phis: Vec<(usize, Value)>,
    /// Registers that it does not write, with their values.
    kept: Vec<(usize, Value)>,
}

const _: () = assert!(FRAME_HEADER == 5 && link_flag::CONSTRUCT == 1);
