//! Which guest values are alive after everything that can collect.

use crate::mir::{BlockId, End, Graph, Op, Type, Value};
use crate::pass::escape::leaves;
use rustc_hash::{FxHashMap, FxHashSet};

/// Guest values alive after calls.
pub struct Alive {
    after: FxHashMap<Value, Vec<Value>>,
}

/// The value to keep track of behind a use, where it may be a reference.
fn tracked(graph: &Graph, value: Value) -> Option<Value> {
    let root = graph.root(value);
    let inst = graph.inst(root);
    (inst.ty == Type::Any && !matches!(inst.op, Op::Const(_) | Op::Box)).then_some(root)
}

fn uses(graph: &Graph, value: Value, mut each: impl FnMut(Value)) {
    let inst = graph.inst(value);
    for &arg in &inst.args {
        if let Some(root) = tracked(graph, arg) {
            each(root);
        }
    }
    if let Some(state) = inst.state {
        for &(_, arg) in &graph.states[state.0 as usize].slots {
            leaves(graph, arg, &mut |leaf| {
                if let Some(root) = tracked(graph, leaf) {
                    each(root);
                }
            });
        }
    }
}

impl Alive {
    pub fn new(graph: &Graph) -> Alive {
        let order = graph.order();
        let mut live_in: FxHashMap<BlockId, FxHashSet<Value>> = FxHashMap::default();
        let mut after: FxHashMap<Value, Vec<Value>> = FxHashMap::default();
        let mut changed = true;
        while changed {
            changed = false;
            for &block in order.iter().rev() {
                let live = Self::live_out(graph, block, &live_in);
                let live = Self::walk(graph, block, live, &mut |_, _| {});
                if live_in.get(&block) != Some(&live) {
                    live_in.insert(block, live);
                    changed = true;
                }
            }
        }
        for &block in &order {
            let live = Self::live_out(graph, block, &live_in);
            Self::walk(graph, block, live, &mut |value, live| {
                let mut all: Vec<Value> = live.iter().copied().collect();
                all.sort_unstable();
                after.insert(value, all);
            });
        }
        // What is derived is read again too, so what it is derived from must be.
        for all in after.values_mut() {
            let mut i = 0;
            while i < all.len() {
                if let Op::LoadCell(_) = graph.inst(all[i]).op
                    && let Some(from) = tracked(graph, graph.inst(all[i]).args[0])
                    && !all.contains(&from)
                {
                    all.push(from);
                }
                i += 1;
            }
        }
        Alive { after }
    }

    fn live_out(
        graph: &Graph,
        block: BlockId,
        live_in: &FxHashMap<BlockId, FxHashSet<Value>>,
    ) -> FxHashSet<Value> {
        let mut live = FxHashSet::default();
        for to in graph.successors(block) {
            let position = graph.at(to).preds.iter().position(|pred| *pred == block);
            if let Some(known) = live_in.get(&to) {
                live.extend(known.iter().copied());
            }
            for &phi in &graph.at(to).insts {
                if graph.inst(phi).op != Op::Phi {
                    break;
                }
                live.remove(&phi);
            }
            for &phi in &graph.at(to).insts {
                let inst = graph.inst(phi);
                if inst.op != Op::Phi {
                    break;
                }
                if let Some(arg) = position.and_then(|position| tracked(graph, inst.args[position])) {
                    live.insert(arg);
                }
            }
        }
        if let End::Return(value) | End::Branch(value, ..) | End::Switch(value, ..) = &graph.at(block).end
            && let Some(root) = tracked(graph, *value)
        {
            live.insert(root);
        }
        live
    }

    fn walk(
        graph: &Graph,
        block: BlockId,
        mut live: FxHashSet<Value>,
        at_call: &mut dyn FnMut(Value, &FxHashSet<Value>),
    ) -> FxHashSet<Value> {
        for &value in graph.at(block).insts.iter().rev() {
            let op = graph.inst(value).op;
            if op == Op::Phi {
                // Its operands are used where control comes from.
                continue;
            }
            live.remove(&value);
            if matches!(
                op,
                Op::NewObject(..)
                    | Op::NewScope(..)
                    | Op::Closure(..)
                    | Op::ArrayOf(..)
                    | Op::SetIndex
                    | Op::GetIndex
                    | Op::Substring
                    | Op::Join
                    | Op::MapSet
                    | Op::Push(_)
            ) {
                // Its operands are stored after the collection.
                uses(graph, value, |root| {
                    live.insert(root);
                });
            }
            if op.is_call() {
                at_call(value, &live);
            }
            uses(graph, value, |root| {
                live.insert(root);
            });
        }
        live
    }

    /// Those alive after a call.
    pub fn after(&self, value: Value) -> Vec<Value> {
        self.after.get(&value).cloned().unwrap_or_default()
    }
}

/// Slots that no state gives another value than what they held when the code was entered.
pub fn untouched_slots(graph: &Graph) -> FxHashSet<i32> {
    let mut same = FxHashSet::default();
    let mut other = FxHashSet::default();
    for state in &graph.states {
        for &(slot, value) in &state.slots {
            match graph.inst(graph.root(value)).op {
                Op::Home(from) if from == slot && is_first(graph, graph.root(value)) => same.insert(slot),
                _ => other.insert(slot),
            };
        }
    }
    other.extend(graph.touched.iter().copied());
    let from = graph.touched_from.unwrap_or(i32::MAX);
    same.retain(|slot| !other.contains(slot) && *slot < from);
    same
}

/// Whether a slot's value is read in the entry block: later reads follow a write by the interpreter.
fn is_first(graph: &Graph, value: Value) -> bool {
    let mut stepped = false;
    for &at in &graph.at(BlockId(0)).insts {
        if at == value {
            return !stepped;
        }
        stepped |= graph.inst(at).op.is_call();
    }
    false
}
