//! From [`Graph`] to machine code, through Cranelift.
//!
//! Compiled code has the signature `fn(fp) -> bits` in the convention in which a callee keeps no register, with the
//! isolate in the pinned one. Guest values are Cranelift variables: after everything
//! that can collect, those that are still alive are read again from their stack slots. A guard jumps to the exit of its
//! state, one for all guards that share it, with its number.

mod floats;
mod leaf;
mod loops;
mod map;
mod memory;
mod number;
mod roots;
mod stubs;
mod typed;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I32, I64};
use cranelift_codegen::ir::{
    self, AbiParam, AliasRegionData, BlockArg, InstBuilder, MemFlagsData, Signature, SourceLoc,
};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use rustc_hash::FxHashMap;
use tvm_runtime::base::tier::{CompiledUnit, Entries, ExitPlace, LEFT, Request};
use tvm_runtime::frame::HEADER;
use tvm_runtime::heap::bits;
use tvm_runtime::interp::tier::Abi;
use tvm_runtime::object::function::template_flag;

use crate::code::{CodeMemory, Piece};
use crate::listing::{Compilation, Stub};
use crate::mir::{BlockId, End, Graph, Op, StateId, Type, Value};

/// The code generator with what it has made.
pub struct Backend {
    abi: Abi,
    isa: OwnedTargetIsa,
    context: Context,
    builder: FunctionBuilderContext,
    memory: CodeMemory,
    stubs: stubs::Stubs,
}

/// Makes an address known to compiled code by value.
fn address(value: usize) -> i64 {
    value as i64
}

impl Backend {
    /// For this machine.
    pub fn new(abi: Abi, memory: CodeMemory) -> Result<Backend, String> {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "speed"),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
            ("unwind_info", "false"),
            ("is_pic", "false"),
            ("enable_pinned_reg", "true"),
        ] {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let isa = cranelift_native::builder()?
            .finish(settings::Flags::new(flags))
            .map_err(|error| error.to_string())?;
        let mut backend = Backend {
            abi,
            isa,
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            memory,
            stubs: stubs::Stubs::default(),
        };
        backend.make_stubs()?;
        Ok(backend)
    }

    /// Compiles what the context holds and installs it.
    fn finish(&mut self) -> Result<(*const u8, usize, Piece), String> {
        self.context
            .compile(&*self.isa, &mut ControlPlane::default())
            .map_err(|error| format!("{:?}", error.inner))?;
        let compiled = self.context.compiled_code().ok_or("no code")?;
        if let Some(reloc) = compiled.buffer.relocs().first() {
            return Err(format!("a relocation of kind {:?} at {}", reloc.kind, reloc.offset));
        }
        let code = compiled.code_buffer();
        let (entry, piece) = self.memory.install(code).ok_or("the code memory is full")?;
        Ok((entry, code.len(), piece))
    }

    /// How compiled code is entered from the interpreter, and the interpreter from compiled code.
    fn entries(&self) -> Entries {
        Entries { enter: self.stubs.enter as usize, interpret: self.stubs.interpret as usize }
    }

    /// Code that all functions share.
    pub fn stubs(&self) -> impl Iterator<Item = &Stub> {
        self.stubs.made.iter()
    }

    /// Lowers a graph and installs its code.
    pub fn compile(
        &mut self,
        request: &Request,
        graph: &Graph,
        mut seen: Option<&mut Compilation>,
    ) -> Result<CompiledUnit, String> {
        self.context.clear();
        self.context.func.signature = unit_signature();
        let mut exits = Vec::new();
        let rotated;
        // A function that is given up half way leaves its remains in here: the next begins with none.
        let mut scratch = std::mem::take(&mut self.builder);
        {
            let builder = FunctionBuilder::new(&mut self.context.func, &mut scratch);
            let mut lower = Lower::new(builder, request, graph, &self.abi, &self.stubs);
            lower.is_watched = seen.is_some();
            lower.function()?;
            rotated = lower.rotated.len() as u32;
            std::mem::swap(&mut exits, &mut lower.exits);
            lower.b.seal_all_blocks();
            lower.b.finalize(self.isa.frontend_config());
        }
        self.builder = scratch;
        if let Some(seen) = &mut seen {
            seen.lowered(request, graph, &self.context.func);
        }
        let (entry, bytes, piece) = self.finish()?;
        if let (Some(seen), Some(compiled)) = (seen, self.context.compiled_code()) {
            seen.finished(graph, compiled, &*self.isa, || self.stubs.names(&self.abi));
        }
        Ok(CompiledUnit {
            entry: entry as usize,
            entries: self.entries(),
            bytes,
            owner: Box::new(piece),
            exits,
            counters: graph.counters.iter().copied().chain([("loops rotated", rotated)]).collect(),
            stepped: graph.stepped.clone(),
        })
    }
}

/// Of compiled code. Most values are in their slots anyway where it calls; so no function keeps registers for another.
fn unit_signature() -> Signature {
    let mut signature = Signature::new(CallConv::Winch);
    signature.params.push(AbiParam::new(I64));
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// Parts of memory that never overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Region {
    Stack = 1,
    Heap,
    Isolate,
    Code,
}

/// What a block off the straight way does.
enum Cold {
    /// Tells the exit of an instruction's state why.
    Fail(Value, &'static str),
    /// Leaves with a state; the place is the block's parameter.
    Leave(StateId),
    /// Leaves with a state where nothing failed: to poll, or for what the interpreter does.
    GoOn(StateId),
    /// Returns [`LEFT`].
    Left,
}

struct Lower<'a> {
    b: FunctionBuilder<'a>,
    request: &'a Request,
    graph: &'a Graph,
    abi: &'a Abi,
    stubs: &'a stubs::Stubs,
    flags: [MemFlagsData; 5],
    fp: ir::Value,
    base: ir::Value,
    budget: Option<Variable>,
    blocks: FxHashMap<BlockId, ir::Block>,
    /// What values are that do not change.
    values: FxHashMap<Value, ir::Value>,
    /// What values are that collections may change, and phis.
    variables: FxHashMap<Value, Variable>,
    /// Exit blocks by state.
    leaving: FxHashMap<StateId, ir::Block>,
    /// Objects that were made for the state that is about to be flushed, in place of those that were not.
    made: FxHashMap<Value, ir::Value>,
    /// Those that leave to poll.
    polls: FxHashMap<StateId, ir::Block>,
    exits: Vec<ExitPlace>,
    /// Returns [`LEFT`].
    left: Option<ir::Block>,
    /// Blocks that are filled when all others are: one that is being filled may not be left before its end.
    waiting: Vec<(ir::Block, Cold)>,
    alive: roots::Alive,
    /// Doubles whose NaN may be of any kind, since typed arrays had it: guest values have one.
    foreign: rustc_hash::FxHashSet<Value>,
    /// Loads of what is needed as a double only.
    float_loads: rustc_hash::FxHashSet<Value>,
    /// Addresses that loops take from outside.
    carried: rustc_hash::FxHashSet<Value>,
    /// The address that is being computed is one of them.
    is_carried: bool,
    /// Headers whose test is repeated at the ends of their loops.
    rotated: rustc_hash::FxHashSet<BlockId>,
    /// Slots that only ever hold what they held at the start.
    untouched: rustc_hash::FxHashSet<i32>,
    /// Instructions are marked with what they were made for.
    is_watched: bool,
}

impl<'a> Lower<'a> {
    fn new(
        mut b: FunctionBuilder<'a>,
        request: &'a Request,
        graph: &'a Graph,
        abi: &'a Abi,
        stubs: &'a stubs::Stubs,
    ) -> Lower<'a> {
        let mut flags = [MemFlagsData::trusted(); 5];
        for (number, flag) in flags.iter_mut().enumerate().skip(1) {
            let region = b
                .func
                .dfg
                .alias_regions
                .insert(AliasRegionData { user_id: number as u32, description: "region".into() });
            *flag = MemFlagsData::trusted().with_alias_region(Some(region));
        }
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let fp = b.block_params(entry)[0];
        let base = b.ins().iconst(I64, address(request.base));
        let has_loops = graph.order().iter().any(|&block| graph.at(block).is_loop);
        let budget = has_loops.then(|| b.declare_var(I64));
        Lower {
            b,
            request,
            graph,
            abi,
            stubs,
            flags,
            fp,
            base,
            budget,
            blocks: FxHashMap::default(),
            values: FxHashMap::default(),
            variables: FxHashMap::default(),
            leaving: FxHashMap::default(),
            made: FxHashMap::default(),
            polls: FxHashMap::default(),
            exits: Vec::new(),
            left: None,
            waiting: Vec::new(),
            alive: roots::Alive::new(graph),
            foreign: typed::foreign_doubles(graph),
            float_loads: floats::float_loads(graph),
            carried: loops::carried(graph),
            is_carried: false,
            rotated: loops::rotated(graph),
            untouched: roots::untouched_slots(graph),
            is_watched: false,
        }
    }

    fn function(&mut self) -> Result<(), String> {
        self.prologue();
        let graph = self.graph;
        let order = graph.order();
        for &block in &order {
            let made = self.warm();
            self.blocks.insert(block, made);
        }
        let first = self.blocks[&order[0]];
        self.b.ins().jump(first, &[]);
        for &block in &order {
            for &value in &self.graph.at(block).insts {
                let inst = self.graph.inst(value);
                if inst.op == Op::Phi {
                    let ty = clif_type(inst.ty);
                    let variable = self.b.declare_var(ty);
                    self.variables.insert(value, variable);
                }
            }
        }
        for value in loops::made_again(graph, &self.rotated) {
            let variable = self.b.declare_var(clif_type(graph.ty(value)));
            self.variables.insert(value, variable);
        }
        for &block in &order {
            let at = self.blocks[&block];
            self.b.switch_to_block(at);
            self.content(block, |_| true)?;
        }
        while let Some((block, cold)) = self.waiting.pop() {
            self.b.switch_to_block(block);
            self.fill(block, cold);
        }
        Ok(())
    }

    /// A block's instructions, of which some may be left out, and its end.
    fn content(&mut self, block: BlockId, includes: impl Fn(Op) -> bool) -> Result<(), String> {
        let graph = self.graph;
        for &value in &graph.at(block).insts {
            if !includes(graph.inst(value).op) {
                continue;
            }
            if self.is_watched {
                self.b.set_srcloc(SourceLoc::new(value.0));
            }
            self.inst(value)?;
        }
        self.end(block)
    }

    /// Room on both stacks, and the budget.
    fn prologue(&mut self) {
        let slots = self
            .graph
            .states
            .iter()
            .map(|state| state.frame + state.registers as i32)
            .max()
            .unwrap_or(0)
            .max(1);
        if self.request.entry == 0 {
            let limit = self.isolate_load(I64, self.abi.guest_limit);
            let end = self.slot_address(slots);
            let full = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, end, limit);
            let (room, go) = (self.cold(), self.warm());
            self.b.ins().brif(full, room, &[], go, &[]);
            self.b.switch_to_block(room);
            let slots = self.b.ins().iconst(I32, i64::from(slots));
            let made = self.ask(self.abi.stack, &[self.fp, slots], I64);
            let interpret = self.cold();
            self.b.ins().brif(made, go, &[], interpret, &[]);
            self.b.switch_to_block(interpret);
            let result = self.ask(self.abi.interpret, &[self.fp], I64);
            self.b.ins().return_(&[result]);
            self.b.switch_to_block(go);
        }
        if self.graph.insts.iter().any(|inst| inst.op.runs_code()) {
            self.check_native_stack();
        }
        self.load_budget();
    }

    /// Leaves where the native stack is used up. What calls nobody has room enough in what its caller was left.
    fn check_native_stack(&mut self) {
        let here = self.b.ins().get_stack_pointer(I64);
        let limit = self.isolate_load(I64, self.abi.native_limit);
        let deep = self.b.ins().icmp(IntCC::UnsignedLessThan, here, limit);
        let (leave, go) = (self.cold(), self.warm());
        self.b.ins().brif(deep, leave, &[], go, &[]);
        self.b.switch_to_block(leave);
        let result = match self.request.entry {
            0 => self.ask(self.abi.deep, &[self.fp], I64),
            // A loop's frame is complete.
            _ => self.word(LEFT),
        };
        self.b.ins().return_(&[result]);
        self.b.switch_to_block(go);
    }

    // ---- small things

    /// A block as warm as the one that is being written: what follows a test in a cold block is cold too.
    fn warm(&mut self) -> ir::Block {
        let block = self.b.create_block();
        if self.b.current_block().is_some_and(|current| self.b.func.layout.is_cold(current)) {
            self.b.set_cold_block(block);
        }
        block
    }

    fn cold(&mut self) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    fn load(&mut self, region: Region, ty: ir::Type, from: ir::Value, offset: i32) -> ir::Value {
        self.b.ins().load(ty, self.flags[region as usize], from, offset)
    }

    fn store(&mut self, region: Region, value: ir::Value, to: ir::Value, offset: i32) {
        self.b.ins().store(self.flags[region as usize], value, to, offset);
    }

    fn isolate_load(&mut self, ty: ir::Type, offset: i32) -> ir::Value {
        let isolate = self.b.ins().get_pinned_reg(I64);
        self.load(Region::Isolate, ty, isolate, offset)
    }

    fn isolate_store(&mut self, value: ir::Value, offset: i32) {
        let isolate = self.b.ins().get_pinned_reg(I64);
        self.store(Region::Isolate, value, isolate, offset);
    }

    fn word(&mut self, value: u64) -> ir::Value {
        self.b.ins().iconst(I64, value as i64)
    }

    /// Where a function has loops the budget is in a register between calls. Without loops it stays in memory: there
    /// each unit is one read and one write, and not also one of each around every call, one waiting for the other.
    fn load_budget(&mut self) {
        if let Some(variable) = self.budget {
            let budget = self.isolate_load(I64, self.abi.budget);
            self.b.def_var(variable, budget);
        }
    }

    fn store_budget(&mut self) {
        if let Some(variable) = self.budget {
            let budget = self.b.use_var(variable);
            self.isolate_store(budget, self.abi.budget);
        }
    }

    /// Takes a unit of the budget; gives what is left.
    fn take_unit(&mut self) -> ir::Value {
        match self.budget {
            Some(variable) => {
                let budget = self.b.use_var(variable);
                let less = self.b.ins().iadd_imm_s(budget, -1);
                self.b.def_var(variable, less);
                less
            }
            None => {
                let budget = self.isolate_load(I64, self.abi.budget);
                let less = self.b.ins().iadd_imm_s(budget, -1);
                self.isolate_store(less, self.abi.budget);
                less
            }
        }
    }

    /// Calls a function of the runtime.
    fn call(&mut self, function: usize, args: &[ir::Value], result: Option<ir::Type>) -> ir::Value {
        let mut signature = Signature::new(CallConv::SystemV);
        for &arg in args {
            let ty = self.b.func.dfg.value_type(arg);
            signature.params.push(AbiParam::new(ty));
        }
        if let Some(result) = result {
            signature.returns.push(AbiParam::new(result));
        }
        let signature = self.b.import_signature(signature);
        let function = self.b.ins().iconst(I64, address(function));
        let call = self.b.ins().call_indirect(signature, function, args);
        match result {
            Some(_) => self.b.inst_results(call)[0],
            None => function,
        }
    }

    fn with_isolate(&mut self, args: &[ir::Value]) -> Vec<ir::Value> {
        let isolate = self.b.ins().get_pinned_reg(I64);
        std::iter::once(isolate).chain(args.iter().copied()).collect()
    }

    /// Calls a function of the runtime that takes the isolate first.
    fn ask(&mut self, function: usize, args: &[ir::Value], result: ir::Type) -> ir::Value {
        let args = self.with_isolate(args);
        self.call(function, &args, Some(result))
    }

    /// Goes on where `condition` is not 0, leaves otherwise.
    fn leave_unless(&mut self, value: Value, condition: ir::Value, reason: &'static str) {
        let go = self.warm();
        let fail = self.failure(value, reason);
        self.fail_on_purpose(fail);
        self.b.ins().brif(condition, go, &[], fail, &[]);
        self.b.switch_to_block(go);
    }

    fn leave_if(&mut self, value: Value, condition: ir::Value, reason: &'static str) {
        let fail = self.failure(value, reason);
        self.fail_on_purpose(fail);
        self.go_unless(condition, fail);
    }

    /// As [`Lower::leave_if`], of what the runtime was asked to do and did not: where it did, nothing may leave.
    fn refuse_if(&mut self, value: Value, condition: ir::Value, reason: &'static str) {
        let fail = self.failure(value, reason);
        self.go_unless(condition, fail);
    }

    fn go_unless(&mut self, condition: ir::Value, fail: ir::Block) {
        let go = self.warm();
        self.b.ins().brif(condition, fail, &[], go, &[]);
        self.b.switch_to_block(go);
    }

    /// Where guards are to fail for a test: counts this one, and fails when its turn has come.
    fn fail_on_purpose(&mut self, fail: ir::Block) {
        let Some(count) = self.request.fail_guards else { return };
        let count = self.b.ins().iconst(I64, address(count));
        let left = self.load(Region::Isolate, I64, count, 0);
        let left = self.b.ins().iadd_imm_s(left, -1);
        self.b.ins().store(self.flags[Region::Isolate as usize], left, count, 0);
        let go = self.warm();
        self.b.ins().brif(left, go, &[], fail, &[]);
        self.b.switch_to_block(go);
    }

    /// A block that is filled at the end.
    fn later(&mut self, cold: Cold) -> ir::Block {
        let block = self.cold();
        self.waiting.push((block, cold));
        block
    }

    fn fill(&mut self, block: ir::Block, cold: Cold) {
        match cold {
            Cold::Fail(value, reason) => {
                let (exit, args) = self.exit_of(value, reason);
                self.b.ins().jump(exit, &args);
            }
            Cold::Leave(state) => {
                let place = self.b.block_params(block)[0];
                self.leave(state, place);
            }
            Cold::GoOn(state) => {
                let place = self.word(u64::from(u32::MAX));
                self.leave(state, place);
            }
            Cold::Left => {
                let result = self.word(LEFT);
                self.b.ins().return_(&[result]);
            }
        }
    }

    /// A block of a guard's own that goes to its exit: so that its number is no concern of the way on.
    fn failure(&mut self, value: Value, reason: &'static str) -> ir::Block {
        self.later(Cold::Fail(value, reason))
    }

    /// The exit of an instruction's state, and what it is to be given.
    fn exit_of(&mut self, value: Value, reason: &'static str) -> (ir::Block, [BlockArg; 1]) {
        let inst = self.graph.inst(value);
        let state = inst.state.expect("the verifier asks for states of guards");
        let number = self.exits.len();
        let narrow = matches!(inst.op, Op::GuardInt | Op::DoubleToInt | Op::Int2(_));
        let ((code, pc), hoisted) = (inst.site, inst.hoisted);
        self.exits.push(ExitPlace { code, pc, reason, hoisted, narrow });
        let place = (u64::from(self.request.number) << 32) | number as u64;
        let place = self.word(place);
        let exit = match self.leaving.get(&state) {
            Some(&exit) => exit,
            None => {
                let exit = self.later(Cold::Leave(state));
                self.b.append_block_param(exit, I64);
                self.leaving.insert(state, exit);
                exit
            }
        };
        (exit, [BlockArg::Value(place)])
    }

    /// Leaves with a state.
    fn leave(&mut self, state: StateId, place: ir::Value) {
        self.make_unmade(state);
        self.flush(state);
        self.store_budget();
        let frame = self.graph.states[state.0 as usize].frame;
        let fp = self.slot_address(frame);
        let result = self.ask(self.abi.exit, &[fp, place], I64);
        self.b.ins().return_(&[result]);
    }

    /// The block that returns [`LEFT`].
    fn left(&mut self) -> ir::Block {
        match self.left {
            Some(left) => left,
            None => {
                let left = self.later(Cold::Left);
                *self.left.insert(left)
            }
        }
    }

    fn slot_address(&mut self, slot: i32) -> ir::Value {
        if slot == 0 { self.fp } else { self.b.ins().iadd_imm_s(self.fp, i64::from(slot) * 8) }
    }

    /// Writes all that a state says to the stack.
    fn flush(&mut self, state: StateId) {
        let graph = self.graph;
        let state = &graph.states[state.0 as usize];
        for &(slot, value) in &state.slots {
            if self.untouched.contains(&slot) {
                continue;
            }
            let value = match self.made.get(&graph.root(value)) {
                Some(&made) => made,
                None => self.boxed(value),
            };
            self.store(Region::Stack, value, self.fp, slot * 8);
        }
        self.made.clear();
        for &(slot, word) in &state.words {
            let word = self.word(word);
            self.store(Region::Stack, word, self.fp, slot * 8);
        }
    }

    /// After something that may have collected: what is alive is read again.
    fn reload(&mut self, value: Value) -> Result<(), String> {
        let graph = self.graph;
        let Some(state) = graph.inst(value).state else { return Ok(()) };
        let state = &graph.states[state.0 as usize];
        let alive = self.alive.after(value);
        let mut derived = Vec::new();
        for &root in &alive {
            match graph.inst(root).op {
                Op::Word(..) | Op::LoadCell(_) => {
                    derived.push(root);
                    continue;
                }
                _ => {}
            }
            let home = match graph.inst(root).op {
                Op::Home(slot) if slot < 0 => Some(slot),
                _ => {
                    let holds = |&&(slot, held): &&(i32, Value)| {
                        graph.root(held) == root && !state.overwritten.contains(&slot)
                    };
                    state.slots.iter().find(holds).map(|&(slot, _)| slot)
                }
            };
            let Some(home) = home else {
                return Err(format!("v{} has no slot while v{} runs", root.0, value.0));
            };
            let now = self.load(Region::Stack, I64, self.fp, home * 8);
            let variable = self.variables[&root];
            self.b.def_var(variable, now);
        }
        for root in derived {
            let now = self.derived(root);
            let variable = self.variables[&root];
            self.b.def_var(variable, now);
        }
        Ok(())
    }

    // ---- values

    fn def(&mut self, value: Value, is: ir::Value) {
        let inst = self.graph.inst(value);
        if let Some(&variable) = self.variables.get(&value) {
            self.b.def_var(variable, is);
        } else if inst.ty == Type::Any
            && !matches!(inst.op, Op::Const(_) | Op::Box)
            && !self.float_loads.contains(&value)
        {
            let variable = self.b.declare_var(I64);
            self.variables.insert(value, variable);
            self.b.def_var(variable, is);
        } else {
            self.values.insert(value, is);
        }
    }

    fn get(&mut self, value: Value) -> ir::Value {
        let value = self.graph.root(value);
        if let Some(&variable) = self.variables.get(&value) {
            return self.b.use_var(variable);
        }
        self.values[&value]
    }

    fn arg(&mut self, value: Value, position: usize) -> ir::Value {
        let arg = self.graph.inst(value).args[position];
        self.get(arg)
    }

    /// A value as guest values have it, in its own type: a NaN is the one that they have.
    fn get_guest(&mut self, value: Value) -> ir::Value {
        let is = self.get(value);
        if self.foreign.contains(&self.graph.root(value)) { self.quiet(is) } else { is }
    }

    /// A value in its 64 bits.
    fn boxed(&mut self, value: Value) -> ir::Value {
        let is = self.get_guest(value);
        let root = self.graph.root(value);
        if self.graph.inst(root).op.gives_ints_where_it_can() {
            return self.box_number(is);
        }
        self.box_as(is, self.graph.ty(root))
    }

    /// A double in its 64 bits, as an int32 where that loses nothing.
    fn box_number(&mut self, value: ir::Value) -> ir::Value {
        let int = self.b.ins().fcvt_to_sint_sat(I32, value);
        let back = self.b.ins().fcvt_from_sint(F64, int);
        let bits = self.box_as(value, Type::Double);
        let again = self.box_as(back, Type::Double);
        let same = self.b.ins().icmp(IntCC::Equal, bits, again);
        let int = self.box_as(int, Type::Int);
        self.b.ins().select(same, int, bits)
    }

    fn box_as(&mut self, value: ir::Value, ty: Type) -> ir::Value {
        match ty {
            Type::Int => {
                let wide = self.b.ins().uextend(I64, value);
                let tag = self.word(bits::FIRST_TAGGED);
                self.b.ins().bor(wide, tag)
            }
            Type::Double => self.b.ins().bitcast(I64, MemFlagsData::new(), value),
            Type::Bool => {
                let wide = self.b.ins().uextend(I64, value);
                let no = self.word(bits::FALSE);
                self.b.ins().iadd(wide, no)
            }
            _ => value,
        }
    }

    fn end(&mut self, block: BlockId) -> Result<(), String> {
        let graph = self.graph;
        match &graph.at(block).end {
            End::Jump(to) => {
                let position = graph.at(*to).preds.iter().position(|pred| pred == &block);
                let position = position.ok_or("a jump to a block that does not know it")?;
                let mut moves = Vec::new();
                for &phi in &graph.at(*to).insts {
                    let inst = graph.inst(phi);
                    if inst.op != Op::Phi {
                        break;
                    }
                    let value = self.get(inst.args[position]);
                    moves.push((phi, value));
                }
                for (phi, value) in moves {
                    let variable = self.variables[&phi];
                    self.b.def_var(variable, value);
                }
                if position > 0 && self.rotated.contains(to) {
                    return self.content(*to, loops::changes);
                }
                let to = self.blocks[to];
                self.b.ins().jump(to, &[]);
            }
            End::Branch(on, yes, no) => {
                // The negation of a comparison is the other way: so that machine code compares and jumps.
                let (on, holds) = graph.condition(*on);
                let (yes, no) = if holds { (yes, no) } else { (no, yes) };
                let (on, yes, no) = (self.get(on), self.blocks[yes], self.blocks[no]);
                self.b.ins().brif(on, yes, &[], no, &[]);
            }
            End::Switch(on, low, targets, otherwise) => {
                let on = self.get(*on);
                let index = self.b.ins().iadd_imm_s(on, -i64::from(*low));
                let otherwise = self.blocks[otherwise];
                let mut switch = cranelift_frontend::Switch::new();
                for (i, target) in targets.iter().enumerate() {
                    switch.set_entry(i as u128, self.blocks[target]);
                }
                switch.emit(&mut self.b, index, otherwise);
            }
            End::Return(value) => {
                self.store_budget();
                let value = self.boxed(*value);
                self.b.ins().return_(&[value]);
            }
            End::Unreachable | End::Open => {
                // Something before it has left; nothing comes here.
                let result = self.word(LEFT);
                self.b.ins().return_(&[result]);
            }
        }
        Ok(())
    }

    fn inst(&mut self, value: Value) -> Result<(), String> {
        let op = self.graph.inst(value).op;
        self.is_carried = self.carried.contains(&value);
        match op {
            Op::Phi => return Ok(()),
            Op::Home(slot) => {
                let is = self.load(Region::Stack, I64, self.fp, slot * 8);
                self.def(value, is);
            }
            Op::Poll => self.poll(value),
            Op::Spend => {
                self.take_unit();
            }
            Op::NewScope(slots, holes) => return self.new_scope(value, slots, holes),
            Op::Closure(template, shape) => return self.closure(value, template, shape),
            Op::NewArray => return self.new_array(value),
            Op::ArrayOf(capacity, length) => return self.array_of(value, capacity, length),
            Op::Push(again) => return self.push(value, again),
            Op::Pop => self.pop(value),
            Op::CharCode => self.char_code(value),
            Op::MapFind => self.map_find(value),
            Op::MapValue => self.map_value(value),
            Op::MapSet => return self.map_set(value),
            Op::Substring => return self.substring(value),
            Op::Join => return self.join(value),
            Op::Step { .. }
            | Op::NextOf { .. }
            | Op::NextKey { .. }
            | Op::PutAway { .. }
            | Op::CallIntrinsic { .. }
            | Op::Call { .. }
            | Op::CallNative { .. }
            | Op::CallDirect { .. } => {
                return self.call_op(value);
            }
            Op::Leaf { .. } => return self.leaf(value),
            Op::NewObject(..) => return self.new_object(value),
            Op::GetIndex => return self.get_index(value),
            Op::SetIndex => return self.set_index(value),
            _ if self.number_op(value) => {}
            _ => self.memory_op(value)?,
        }
        Ok(())
    }

    fn poll(&mut self, value: Value) {
        let state = self.graph.inst(value).state.expect("a poll has a state");
        let less = self.take_unit();
        let used_up = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, less, 0);
        let (slow, go) = (self.cold(), self.warm());
        self.b.ins().brif(used_up, slow, &[], go, &[]);
        self.b.switch_to_block(slow);
        self.store_budget();
        self.call_stub(self.stubs.poll, &[]);
        self.load_budget();
        let status = self.isolate_load(I64, self.abi.poll_status);
        let exit = match self.polls.get(&state) {
            Some(&exit) => exit,
            None => {
                let exit = self.later(Cold::GoOn(state));
                self.polls.insert(state, exit);
                exit
            }
        };
        self.b.ins().brif(status, exit, &[], go, &[]);
        self.b.switch_to_block(go);
    }

    /// Checks what a call gave, and reads again what may have moved.
    fn after_call(&mut self, value: Value, result: ir::Value) -> Result<(), String> {
        let is_left = self.b.ins().icmp_imm_s(IntCC::Equal, result, LEFT as i64);
        let (left, go) = (self.left(), self.warm());
        self.b.ins().brif(is_left, left, &[], go, &[]);
        self.b.switch_to_block(go);
        self.load_budget();
        self.reload(value)
    }

    /// Calls the runtime with the frames complete, from the cold side of an instruction and with all registers kept, so
    /// that the fast side does not pay for it; what may have moved is read again.
    fn slow_call(&mut self, value: Value, function: usize, args: &[ir::Value]) -> Result<ir::Value, String> {
        let state = self.graph.inst(value).state.ok_or("a call without state")?;
        self.flush(state);
        self.store_budget();
        let result = self.ask_aside(function, args);
        self.after_call(value, result)?;
        Ok(result)
    }

    /// As [`Lower::ask`], of a word, with all registers kept: for cold ways, so that others need not spill for them.
    fn ask_aside(&mut self, function: usize, args: &[ir::Value]) -> ir::Value {
        let function = self.b.ins().iconst(I64, address(function));
        // The function looks at as many as it takes.
        let mut all = [function, self.fp, self.fp, self.fp, self.fp];
        for (place, &arg) in all[1..].iter_mut().zip(args) {
            let narrow = self.b.func.dfg.value_type(arg) != I64;
            *place = if narrow { self.b.ins().uextend(I64, arg) } else { arg };
        }
        self.call_stub(self.stubs.ask, &all);
        self.isolate_load(I64, self.abi.answer)
    }

    fn call_op(&mut self, value: Value) -> Result<(), String> {
        let inst = self.graph.inst(value);
        let state = inst.state.expect("a call has a state");
        self.flush(state);
        let result = match inst.op {
            Op::Step { frame, pc } => {
                self.store_budget();
                let fp = self.slot_address(frame);
                let pc = self.b.ins().iconst(I32, i64::from(pc));
                self.ask(self.abi.step, &[fp, pc], I64)
            }
            Op::NextOf { frame, iterator, next } => {
                self.store_budget();
                let fp = self.slot_address(frame);
                let [iterator, next] = [iterator, next].map(|n| self.b.ins().iconst(I32, i64::from(n)));
                self.ask(self.abi.next, &[fp, iterator, next], I64)
            }
            Op::NextKey { frame, keys } => {
                self.store_budget();
                let fp = self.slot_address(frame);
                let keys = self.b.ins().iconst(I32, i64::from(keys));
                self.ask(self.abi.next_key, &[fp, keys], I64)
            }
            Op::PutAway { pc, yielded } => {
                self.store_budget();
                let pc = self.b.ins().iconst(I32, i64::from(pc));
                match yielded {
                    Some(register) => {
                        let register = self.b.ins().iconst(I32, i64::from(register));
                        self.ask(self.abi.yields, &[self.fp, pc, register], I64)
                    }
                    None => self.ask(self.abi.put_away, &[self.fp, pc], I64),
                }
            }
            Op::CallIntrinsic { frame, intrinsic, start, count } => {
                self.store_budget();
                let fp = self.slot_address(frame);
                let what = u64::from(intrinsic) | u64::from(start) << 32 | u64::from(count) << 48;
                let what = self.word(what);
                self.ask(self.abi.intrinsic, &[fp, what], I64)
            }
            Op::Call { frame, window, construct } => {
                self.window(value, window);
                self.store_budget();
                let callee = self.arg(value, 0);
                if construct {
                    self.store(Region::Stack, callee, self.fp, (window - 1) * 8);
                } else {
                    let undefined = self.word(bits::UNDEFINED);
                    self.store(Region::Stack, undefined, self.fp, (window - 1) * 8);
                }
                let (fp, at) = (self.slot_address(frame), self.slot_address(window));
                let argc = inst.args.len() as i64 - 2;
                let argc = self.b.ins().iconst(I32, argc | (i64::from(construct) << 31));
                if construct {
                    self.ask(self.abi.call, &[fp, at, argc], I64)
                } else {
                    let signature = self.b.import_signature(stubs::call_signature());
                    let stub = self.b.ins().iconst(I64, address(self.stubs.call as usize));
                    let call = self.b.ins().call_indirect(signature, stub, &[fp, at, argc]);
                    self.b.inst_results(call)[0]
                }
            }
            Op::CallNative { frame, window, code } => {
                self.window(value, window);
                self.store_budget();
                let undefined = self.word(bits::UNDEFINED);
                self.store(Region::Stack, undefined, self.fp, (window - 1) * 8);
                let (fp, at) = (self.slot_address(frame), self.slot_address(window));
                let what = self.word((inst.args.len() as u64 - 2) | (u64::from(code) << 32));
                self.ask(self.abi.native, &[fp, at, what], I64)
            }
            Op::CallDirect { frame, window, function, argc, construct } => {
                self.window(value, window);
                self.store_budget();
                let profile = &self.request.functions[function as usize];
                let (linked, code, cell) = (profile.linked, profile.code, profile.cell);
                let at = self.frame_at(window, function, argc);
                if at != window {
                    // The frame stands above the arguments, of which it repeats those with a parameter.
                    let params = profile.params();
                    for (i, &arg) in self.graph.inst(value).args.iter().enumerate().take(2 + params) {
                        let is = self.boxed(arg);
                        let slot = if i == 0 { at - 3 } else { at + i as i32 - 1 };
                        self.store(Region::Stack, is, self.fp, slot * 8);
                    }
                }
                let window = at;
                let word = self.word(u64::from(linked) | u64::from(code) << 32);
                self.store(Region::Stack, word, self.fp, (window - 4) * 8);
                let flags = u64::from(construct);
                let link = tvm_runtime::frame::link((window - frame) as u32, argc, flags);
                let link = self.word(link);
                self.store(Region::Stack, link, self.fp, (window - 2) * 8);
                if construct {
                    let callee = self.arg(value, 0);
                    self.store(Region::Stack, callee, self.fp, (window - 1) * 8);
                } else {
                    let undefined = self.word(bits::UNDEFINED);
                    self.store(Region::Stack, undefined, self.fp, (window - 1) * 8);
                }
                let at = self.slot_address(window);
                let cell = self.b.ins().iconst(I64, address(cell));
                let entry = self.load(Region::Code, I64, cell, 0);
                let signature = self.b.import_signature(unit_signature());
                let call = self.b.ins().call_indirect(signature, entry, &[at]);
                self.b.inst_results(call)[0]
            }
            _ => return Err("no call".to_owned()),
        };
        self.after_call(value, result)?;
        let result = match inst.op {
            Op::CallDirect { window, function, argc, construct: true, .. } => {
                // A constructor's result is its receiver unless it returns an object.
                let window = self.frame_at(window, function, argc);
                let this = self.load(Region::Stack, I64, self.fp, window * 8);
                let tag = self.b.ins().ushr_imm_u(result, 48);
                let object = self.b.ins().icmp_imm_s(IntCC::Equal, tag, bits::TAG_OBJECT as i64);
                self.b.ins().select(object, result, this)
            }
            _ => result,
        };
        self.def(value, result);
        Ok(())
    }

    /// Where the frame of a direct call is: at its window, or above the arguments where those without a parameter count.
    fn frame_at(&self, window: i32, function: u32, argc: u32) -> i32 {
        let profile = &self.request.functions[function as usize];
        let keeps = profile.flags & template_flag::KEEPS_ARGUMENTS != 0;
        if keeps && argc as usize > profile.params() { window + (argc + 1 + HEADER) as i32 } else { window }
    }

    /// Writes a call's callee, receiver and arguments to its window.
    fn window(&mut self, value: Value, window: i32) {
        let graph = self.graph;
        for (i, &arg) in graph.inst(value).args.iter().enumerate() {
            let is = self.boxed(arg);
            let slot = if i == 0 { window - 3 } else { window + i as i32 - 1 };
            self.store(Region::Stack, is, self.fp, slot * 8);
        }
    }

    /// Calls a stub that takes the isolate first and keeps all registers.
    fn call_stub(&mut self, stub: *const u8, args: &[ir::Value]) {
        let mut signature = Signature::new(CallConv::PreserveAll);
        let args = self.with_isolate(args);
        signature.params.extend(args.iter().map(|_| AbiParam::new(I64)));
        let signature = self.b.import_signature(signature);
        let stub = self.b.ins().iconst(I64, address(stub as usize));
        self.b.ins().call_indirect(signature, stub, &args);
    }
}

/// The machine type of a value.
fn clif_type(ty: Type) -> ir::Type {
    match ty {
        Type::Int => I32,
        Type::Double => F64,
        Type::Bool => I8,
        _ => I64,
    }
}
