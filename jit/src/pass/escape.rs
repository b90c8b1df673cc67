//! Escape analysis: objects, scopes and closures that nobody sees but the function itself are not made. What they hold
//! becomes values, and states say of what they are to be made where the code leaves.
//!
//! Something stays within where all that is done with it is to read and write its slots, to give it its next shape, and
//! to ask what it is; and where no call happens while it is alive, because during calls frames are complete. What is in
//! another thing goes after that one. Making something is such a call too, unless it is not made either: that is hoped
//! for at first, and where it fails all is done again without hope.

use rustc_hash::{FxHashMap, FxHashSet};

use super::clean;
use crate::mir::{BlockId, End, Graph, Op, StateId, Type, Unmade, Value};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};

/// Byte offset of an object's first inline slot.
const SLOTS: u32 = 16;
/// Byte offset of a scope's first slot.
const SCOPE_SLOTS: u32 = 8;
/// What has more slots is made.
const MOST_SLOTS: u32 = 16;

/// Runs the pass.
pub fn escape(graph: &mut Graph) {
    let is_thing = |value: &Value| Thing::of(graph, *value).is_some();
    if !graph.order().iter().any(|&block| graph.at(block).insts.iter().any(is_thing)) {
        return;
    }
    let before = graph.clone();
    if !keep_inside(graph, true) {
        *graph = before;
        keep_inside(graph, false);
    }
}

/// Does without what does not escape. With `hopeful`, what is still to be looked at is no call: false where one of them
/// turned out to be made after all while others, which then have to be there, are not.
fn keep_inside(graph: &mut Graph, hopeful: bool) -> bool {
    let mut refused: FxHashSet<Value> = FxHashSet::default();
    let mut unmade = 0;
    while let Some(object) = candidate(graph, &refused, hopeful) {
        match Replacement::plan(graph, object) {
            Some(plan) => {
                plan.carry_out(graph);
                unmade += 1;
            }
            None => drop(refused.insert(object)),
        }
    }
    if unmade > 0 {
        graph.count("objects never made", unmade);
        clean::clean_uses(graph);
    }
    !hopeful || unmade == 0 || calls_have_all(graph)
}

/// Whether all is made that calls need.
fn calls_have_all(graph: &Graph) -> bool {
    graph.order().iter().flat_map(|&block| &graph.at(block).insts).all(|&value| {
        let inst = graph.inst(value);
        let is_unmade =
            |&(_, value): &(i32, Value)| matches!(graph.inst(behind(graph, value)).op, Op::Unmade(_));
        !inst.op.is_call()
            || !inst.state.is_some_and(|state| graph.states[state.0 as usize].slots.iter().any(is_unmade))
    })
}

/// Calls `each` with the values that a state's value stands on: its own, or those that an object is to be made of.
pub fn leaves(graph: &Graph, value: Value, each: &mut impl FnMut(Value)) {
    let root = behind(graph, value);
    match graph.inst(root).op {
        Op::Unmade(..) => graph.inst(root).args.iter().for_each(|&arg| leaves(graph, arg, each)),
        _ => each(value),
    }
}

fn in_state(graph: &Graph, state: StateId, mut each: impl FnMut(Value)) {
    for &(_, value) in &graph.states[state.0 as usize].slots {
        leaves(graph, value, &mut |leaf| each(behind(graph, leaf)));
    }
}

/// The first thing that does not escape and is in no other.
fn candidate(graph: &Graph, refused: &FxHashSet<Value>, hopeful: bool) -> Option<Value> {
    let order = graph.order();
    let insts = || order.iter().flat_map(|&block| graph.at(block).insts.iter().copied());
    let mut inside: FxHashSet<Value> =
        insts().filter(|value| !refused.contains(value) && Thing::of(graph, *value).is_some()).collect();
    loop {
        let before = inside.len();
        if before == 0 {
            return None;
        }
        let mut stored: FxHashSet<Value> = FxHashSet::default();
        for value in insts() {
            let inst = graph.inst(value);
            for (position, &arg) in inst.args.iter().enumerate() {
                let (root, by_address) = base(graph, arg);
                if !inside.contains(&root) {
                    continue;
                }
                let Some(thing) = Thing::of(graph, root) else { continue };
                let within = match inst.op {
                    // In another that stays within: it is that one's turn first.
                    Op::StoreField(_) | Op::StoreScope(_) if position == 1 => {
                        stored.insert(root);
                        inside.contains(&base(graph, inst.args[0]).0)
                    }
                    Op::NewObject(..) | Op::NewScope(..) | Op::Closure(..) => {
                        stored.insert(root);
                        inside.contains(&value)
                    }
                    Op::SameBits | Op::StrictEqual => !by_address,
                    op => position == 0 && thing.takes(op, by_address),
                };
                if !within {
                    inside.remove(&root);
                }
            }
            if inst.op.is_call()
                && !(hopeful && inside.contains(&value))
                && let Some(state) = inst.state
            {
                in_state(graph, state, |root| {
                    inside.remove(&root);
                });
            }
        }
        for &block in &order {
            if let End::Return(value) | End::Branch(value, ..) | End::Switch(value, ..) = graph.at(block).end
            {
                inside.remove(&behind(graph, value));
            }
        }
        if inside.len() == before {
            return inside.into_iter().filter(|value| !stored.contains(value)).min();
        }
    }
}

/// The value behind instructions that give their operand back, among them the choice of what a constructor returns,
/// where that was made here and is an object.
fn behind(graph: &Graph, value: Value) -> Value {
    let root = graph.root(value);
    let inst = graph.inst(root);
    if inst.op == Op::OrReceiver {
        let first = behind(graph, inst.args[0]);
        if matches!(graph.inst(first).op, Op::NewObject(..) | Op::Closure(..)) {
            return first;
        }
    }
    root
}

/// The same, and whether the value is an address of it.
fn base(graph: &Graph, value: Value) -> (Value, bool) {
    let root = behind(graph, value);
    match graph.inst(root).op {
        Op::Address => (behind(graph, graph.inst(root).args[0]), true),
        _ => (root, false),
    }
}

/// What may be done without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    /// A plain object (shape, inline slots).
    Object(u32, u32),
    /// A scope (slots, holes).
    Scope(u32, u32),
    /// A closure (template, shape).
    Closure(u32, u32),
}

impl Thing {
    fn of(graph: &Graph, value: Value) -> Option<Thing> {
        match graph.inst(value).op {
            Op::NewObject(shape, slots) if slots <= MOST_SLOTS => Some(Thing::Object(shape, slots)),
            Op::NewScope(slots, holes) if slots <= MOST_SLOTS => Some(Thing::Scope(slots, holes)),
            Op::Closure(template, shape) => Some(Thing::Closure(template, shape)),
            _ => None,
        }
    }

    /// Whether an operation of which it is the first operand, or its address is, lets it stay within.
    fn takes(self, op: Op, by_address: bool) -> bool {
        if by_address {
            return match (self, op) {
                (Thing::Scope(slots, _), Op::LoadScope(at) | Op::StoreScope(at)) => {
                    is_slot(at, SCOPE_SLOTS, slots)
                }
                (Thing::Scope(..), Op::Parent) => true,
                _ => false,
            };
        }
        match (self, op) {
            (Thing::Scope(..), Op::Address) => true,
            (Thing::Scope(..), _) => false,
            (_, Op::GuardObject | Op::GuardNotHole | Op::GuardShape(_) | Op::OrReceiver) => true,
            (_, Op::IsObject | Op::Truth | Op::IsNullish | Op::IsNull) => true,
            (Thing::Object(_, slots), Op::LoadField(at) | Op::StoreField(at)) => is_slot(at, SLOTS, slots),
            (Thing::Object(..), Op::StoreShape(_)) => true,
            (Thing::Object(..), Op::GuardKind(found)) => found == kind::Plain,
            (Thing::Closure(..), Op::GuardKind(found)) => found == kind::Function,
            (Thing::Closure(..), Op::LoadWord(at)) => at == offset::Function::template,
            (Thing::Closure(..), Op::LoadCell(at)) => at == offset::Function::scope,
            _ => false,
        }
    }

    /// Its shape when it is made; a scope has none.
    fn shape(self) -> u32 {
        match self {
            Thing::Object(shape, _) | Thing::Closure(_, shape) => shape,
            Thing::Scope(..) => 0,
        }
    }

    /// What is to be made of it when it has a shape.
    fn unmade(self, shape: u32) -> Unmade {
        match self {
            Thing::Object(_, slots) => Unmade::Object(shape, slots),
            Thing::Scope(slots, _) => Unmade::Scope(slots),
            Thing::Closure(template, shape) => Unmade::Closure(template, shape),
        }
    }
}

fn is_slot(at: u32, first: u32, slots: u32) -> bool {
    at >= first && at.is_multiple_of(8) && (at - first) / 8 < slots
}

/// How an object is done without.
struct Replacement {
    object: Value,
    thing: Thing,
    /// Where it is made.
    home: BlockId,
    /// Blocks at whose start it is alive, each before those that it leads to, loops apart.
    alive: Vec<BlockId>,
    /// Its shape at the start of these.
    shapes: FxHashMap<BlockId, u32>,
}

/// An object at some place.
#[derive(Clone, PartialEq)]
struct Content {
    shape: u32,
    fields: Vec<Value>,
}

impl Replacement {
    /// Whether it can be: every check of its shape holds, and where ways meet its shape is one.
    fn plan(graph: &Graph, object: Value) -> Option<Replacement> {
        let thing = Thing::of(graph, object)?;
        let order = graph.order();
        let home = order.iter().copied().find(|&block| graph.at(block).insts.contains(&object))?;
        let mut live: FxHashSet<BlockId> = FxHashSet::default();
        let mut waiting: Vec<BlockId> =
            order.iter().copied().filter(|&block| block != home && uses(graph, block, object)).collect();
        // What a loop's header says is of the end of the block in front.
        for &block in &order {
            if graph.at(block).state.is_some_and(|state| mentions(graph, state, object))
                && let Some(&front) = graph.at(block).preds.first()
            {
                waiting.push(front);
            }
        }
        while let Some(block) = waiting.pop() {
            if block != home && live.insert(block) {
                waiting.extend(graph.at(block).preds.iter().copied());
            }
        }
        let alive: Vec<BlockId> = order.iter().copied().filter(|block| live.contains(block)).collect();
        let mut plan = Replacement { object, thing, home, alive, shapes: FxHashMap::default() };
        let mut ends: FxHashMap<BlockId, u32> = FxHashMap::default();
        ends.insert(home, plan.shape_behind(graph, home, thing.shape())?);
        for &block in &plan.alive {
            let start = graph.at(block).preds.iter().find_map(|pred| ends.get(pred).copied())?;
            plan.shapes.insert(block, start);
            let end = plan.shape_behind(graph, block, start)?;
            ends.insert(block, end);
        }
        let agree = |&block: &BlockId| {
            graph.at(block).preds.iter().all(|pred| ends.get(pred) == plan.shapes.get(&block))
        };
        plan.alive.iter().all(agree).then_some(plan)
    }

    fn shape_behind(&self, graph: &Graph, block: BlockId, mut shape: u32) -> Option<u32> {
        for &value in &graph.at(block).insts {
            let inst = graph.inst(value);
            if inst.args.first().is_none_or(|&arg| behind(graph, arg) != self.object) {
                continue;
            }
            match inst.op {
                Op::StoreShape(next) => shape = next,
                Op::GuardShape(expected) if expected != shape => return None,
                Op::LoadCell(_) if graph.inst(self.object).args.is_empty() => return None,
                _ => {}
            }
        }
        Some(shape)
    }

    fn carry_out(&self, graph: &mut Graph) {
        let mut to: FxHashMap<Value, Value> = FxHashMap::default();
        let mut states: Vec<(StateId, Content, StateId)> = Vec::new();
        let mut ends: FxHashMap<BlockId, Content> = FxHashMap::default();
        let mut phis: Vec<(BlockId, Vec<Value>)> = Vec::new();
        self.rewrite(graph, self.home, None, &mut to, &mut states, &mut ends);
        for &block in &self.alive {
            let preds = graph.at(block).preds.clone();
            let start = if let [only] = preds[..] {
                ends[&only].clone()
            } else {
                let count = ends[&self.home].fields.len();
                let made: Vec<Value> =
                    (0..count).map(|_| graph.make(Op::Phi, &[], Type::Any, None)).collect();
                let insts = &mut graph.at_mut(block).insts;
                insts.splice(0..0, made.iter().copied());
                phis.push((block, made.clone()));
                Content { shape: self.shapes[&block], fields: made }
            };
            self.rewrite(graph, block, Some(start), &mut to, &mut states, &mut ends);
        }
        for (block, made) in phis {
            for pred in graph.at(block).preds.clone() {
                for (&phi, &field) in made.iter().zip(&ends[&pred].fields) {
                    graph.inst_mut(phi).args.push(field);
                }
            }
        }
        for index in 0..graph.blocks.len() {
            let block = &graph.blocks[index];
            if let (Some(state), Some(front)) = (block.state, block.preds.first().copied())
                && mentions(graph, state, self.object)
            {
                let content = ends[&front].clone();
                graph.blocks[index].state = Some(self.state_with(graph, state, &content, &mut states));
            }
        }
        clean::substitute(graph, |value| {
            let mut value = value;
            while let Some(&next) = to.get(&value) {
                value = next;
            }
            value
        });
        clean::replace_single_phis(graph);
    }

    fn rewrite(
        &self,
        graph: &mut Graph,
        block: BlockId,
        mut content: Option<Content>,
        to: &mut FxHashMap<Value, Value>,
        states: &mut Vec<(StateId, Content, StateId)>,
        ends: &mut FxHashMap<BlockId, Content>,
    ) {
        let insts = std::mem::take(&mut graph.at_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for value in insts {
            let inst = graph.inst(value).clone();
            if value == self.object {
                content = Some(self.content(graph, &inst.args, &mut kept));
                continue;
            }
            let Some(now) = &mut content else {
                kept.push(value);
                continue;
            };
            let is_it = |&arg: &Value| base(graph, arg).0 == self.object;
            if inst.args.iter().any(is_it) && self.does(graph, value, now, &mut kept, to) {
                continue;
            }
            if inst.op != Op::Phi
                && let Some(state) = inst.state
                && mentions(graph, state, self.object)
            {
                let now = now.clone();
                graph.inst_mut(value).state = Some(self.state_with(graph, state, &now, states));
            }
            kept.push(value);
        }
        graph.at_mut(block).insts = kept;
        if let Some(content) = content {
            ends.insert(block, content);
        }
    }

    /// What it holds when it is made.
    fn content(&self, graph: &mut Graph, given: &[Value], kept: &mut Vec<Value>) -> Content {
        let word = |graph: &mut Graph, word: u64, kept: &mut Vec<Value>| {
            let value = graph.make(Op::Const(word), &[], Type::Any, None);
            kept.push(value);
            value
        };
        let fields = match self.thing {
            Thing::Object(_, slots) => {
                let undefined = word(graph, bits::UNDEFINED, kept);
                let all = given.iter().copied().chain(std::iter::repeat(undefined));
                all.take(slots as usize).map(|field| boxed(graph, field, kept)).collect()
            }
            Thing::Scope(slots, holes) => {
                let [hole, undefined] = [bits::HOLE, bits::UNDEFINED].map(|bits| word(graph, bits, kept));
                let own = (0..slots).map(|slot| if slot < holes { hole } else { undefined });
                own.chain(given.iter().copied()).collect()
            }
            Thing::Closure(..) => given.to_vec(),
        };
        Content { shape: self.thing.shape(), fields }
    }

    /// Does without an instruction that takes the object, or its address; false where it stays.
    fn does(
        &self,
        graph: &mut Graph,
        value: Value,
        now: &mut Content,
        kept: &mut Vec<Value>,
        to: &mut FxHashMap<Value, Value>,
    ) -> bool {
        let inst = graph.inst(value).clone();
        let mut becomes = |graph: &mut Graph, op: Op| {
            let known = graph.inst_mut(value);
            (known.op, known.state) = (op, None);
            known.args.clear();
            kept.push(value);
        };
        let place = |at: u32| match self.thing {
            Thing::Scope(..) => ((at - SCOPE_SLOTS) / 8) as usize,
            _ => ((at - SLOTS) / 8) as usize,
        };
        match inst.op {
            Op::LoadField(at) | Op::LoadScope(at) => drop(to.insert(value, now.fields[place(at)])),
            Op::StoreField(at) | Op::StoreScope(at) => {
                now.fields[place(at)] = boxed(graph, inst.args[1], kept);
            }
            Op::StoreShape(shape) => now.shape = shape,
            Op::LoadWord(_) => match self.thing {
                Thing::Closure(template, _) => becomes(graph, Op::Word32(template)),
                _ => return false,
            },
            Op::IsObject | Op::Truth => becomes(graph, Op::Bool(true)),
            Op::IsNullish | Op::IsNull => becomes(graph, Op::Bool(false)),
            // An object that nobody else has is the same as itself alone.
            Op::SameBits | Op::StrictEqual => {
                let same = behind(graph, inst.args[0]) == behind(graph, inst.args[1]);
                becomes(graph, Op::Bool(same));
            }
            Op::LoadCell(_) => drop(to.insert(value, now.fields[0])),
            // The scope around is the last that a scope holds.
            Op::Parent => {
                let around = now.fields[now.fields.len() - 1];
                let known = graph.inst_mut(value);
                known.op = Op::Address;
                known.args[0] = around;
                kept.push(value);
            }
            Op::Address => {}
            // Guards that hold, and what gives the object itself.
            op if op.is_identity() || op == Op::OrReceiver => drop(to.insert(value, self.object)),
            _ => return false,
        }
        true
    }

    /// A state that says of what the object is to be made.
    fn state_with(
        &self,
        graph: &mut Graph,
        state: StateId,
        content: &Content,
        states: &mut Vec<(StateId, Content, StateId)>,
    ) -> StateId {
        if let Some((.., made)) = states.iter().find(|(of, with, _)| *of == state && with == content) {
            return *made;
        }
        let op = Op::Unmade(self.thing.unmade(content.shape));
        let object = graph.make(op, &content.fields, Type::Any, None);
        let mut copy = graph.states[state.0 as usize].clone();
        for (_, value) in &mut copy.slots {
            *value = self.within(graph, *value, object);
        }
        graph.states.push(copy);
        let made = StateId(graph.states.len() as u32 - 1);
        states.push((state, content.clone(), made));
        made
    }

    /// A state's value with `unmade` in place of the object.
    fn within(&self, graph: &mut Graph, value: Value, unmade: Value) -> Value {
        let root = behind(graph, value);
        if root == self.object {
            return unmade;
        }
        let Op::Unmade(..) = graph.inst(root).op else { return value };
        let args = graph.inst(root).args.clone();
        let changed: Vec<Value> = args.iter().map(|&arg| self.within(graph, arg, unmade)).collect();
        if changed[..] == args[..] {
            return value;
        }
        let op = graph.inst(root).op;
        graph.make(op, &changed, Type::Any, None)
    }
}

fn boxed(graph: &mut Graph, value: Value, kept: &mut Vec<Value>) -> Value {
    if graph.ty(value) == Type::Any {
        return value;
    }
    let boxed = graph.make(Op::Box, &[value], Type::Any, None);
    kept.push(boxed);
    boxed
}

fn mentions(graph: &Graph, state: StateId, object: Value) -> bool {
    let mut found = false;
    in_state(graph, state, |root| found |= root == object);
    found
}

fn uses(graph: &Graph, block: BlockId, object: Value) -> bool {
    graph.at(block).insts.iter().any(|&value| {
        let inst = graph.inst(value);
        inst.op != Op::Phi
            && (inst.args.iter().any(|&arg| base(graph, arg).0 == object)
                || inst.state.is_some_and(|state| mentions(graph, state, object)))
    })
}
