//! Redundancy elimination: a computation, guard or load whose like was done on every way here goes, as long as nobody
//! wrote to the memory that it reads.
//!
//! Memory is versioned by alias class. Down the dominator tree a block starts with the versions of its dominator, and
//! takes new ones for what is written on ways between the two. Guest values are not kept beyond a collection, where
//! only their stack slots are.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::clean;
use crate::mir::{BlockId, Graph, Op, Type, Value, alias};

/// Operation, operands, type, and the newest version among those of the memory that it reads. Versions are given out in
/// order, so that down a way the newest one tells whether any of them changed.
type Key = (Op, SmallVec<[Value; 3]>, Type, u32);
type Versions = [u32; alias::COUNT];

/// Runs the pass.
pub fn gvn(graph: &mut Graph) {
    let order = graph.order();
    let idom = super::dominators(graph, &order);
    let mut children: FxHashMap<BlockId, Vec<BlockId>> = FxHashMap::default();
    for &block in order.iter().skip(1) {
        if let Some(&up) = idom.get(&block) {
            children.entry(up).or_default().push(block);
        }
    }
    let writes: FxHashMap<BlockId, u32> = order
        .iter()
        .map(|&block| {
            let all = graph.at(block).insts.iter().fold(0, |all, &value| all | graph.inst(value).op.writes());
            (block, all)
        })
        .collect();
    let mut to: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    let mut next_version = 1u32;
    let (mut removed, mut forwarded) = (0, 0);
    // Depth first; leaving a block forgets what it learned.
    let mut known: FxHashMap<Key, Vec<Value>> = FxHashMap::default();
    enum Work {
        Enter(BlockId, Versions),
        Leave(Vec<Key>),
    }
    let mut work = vec![Work::Enter(BlockId(0), [0; alias::COUNT])];
    while let Some(item) = work.pop() {
        let (block, mut versions) = match item {
            Work::Leave(keys) => {
                for key in keys {
                    if let Some(values) = known.get_mut(&key) {
                        values.pop();
                    }
                }
                continue;
            }
            Work::Enter(block, versions) => (block, versions),
        };
        if let Some(&up) = idom.get(&block)
            && up != block
        {
            bump(&mut versions, between(graph, &writes, up, block), &mut next_version);
        }
        let mut learned = Vec::new();
        let insts = std::mem::take(&mut graph.at_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for value in insts {
            let mut args = graph.inst(value).args.clone();
            if graph.inst(value).op != Op::Phi {
                for arg in &mut args {
                    *arg = find(&to, *arg);
                }
                graph.inst_mut(value).args.clone_from(&args);
            }
            if graph.inst(value).op == Op::SameBits && args[0] == args[1] {
                let inst = graph.inst_mut(value);
                (inst.op, inst.args) = (Op::Bool(true), SmallVec::new());
                args.clear();
            }
            let (op, ty) = (graph.inst(value).op, graph.ty(value));
            if let Op::GuardRaw(expected) = op
                && graph.inst(args[0]).op == Op::Word32(expected)
            {
                removed += 1;
                continue;
            }
            if let Op::GuardBool(expected) = op
                && graph.inst(args[0]).op == Op::Bool(expected)
            {
                removed += 1;
                continue;
            }
            if op.is_repeatable() && !op.is_call() {
                let key = key(graph, op, &args, ty, &versions);
                if let Some(&same) = known.get(&key).and_then(|values| values.last()) {
                    to[value.0 as usize] = same;
                    // What is no load itself was stored.
                    match graph.inst(same).op == op {
                        true => removed += 1,
                        false => forwarded += 1,
                    }
                    continue;
                }
                known.entry(key.clone()).or_default().push(value);
                learned.push(key);
            }
            bump(&mut versions, op.writes(), &mut next_version);
            kept.push(value);
            if let Some((load, from, stored)) = load_again(op, &args) {
                let key = key(graph, load, from, Type::Any, &versions);
                known.entry(key.clone()).or_default().push(stored);
                learned.push(key);
            }
        }
        graph.at_mut(block).insts = kept;
        work.push(Work::Leave(learned));
        for &child in children.get(&block).into_iter().flatten() {
            work.push(Work::Enter(child, versions));
        }
    }
    clean::substitute(graph, |value| find(&to, value));
    graph.count("redundancies removed", removed);
    graph.count("loads forwarded", forwarded);
}

fn key(graph: &Graph, op: Op, args: &[Value], ty: Type, versions: &Versions) -> Key {
    let mut reads = op.reads();
    // A guest value or an address made from one is good until things move; what gives its operand back makes none.
    let makes_none = matches!(op, Op::Const(_) | Op::Box) || op.is_identity();
    if matches!(ty, Type::Any | Type::Raw) && !makes_none {
        reads |= alias::MOVES;
    }
    let newest =
        versions.iter().enumerate().filter(|(class, _)| reads & 1 << class != 0).map(|(_, &v)| v).max();
    // What guards give back is what they were given.
    let args = args.iter().map(|&arg| graph.root(arg)).collect();
    (op, args, ty, newest.unwrap_or(0))
}

/// The load that would give what an operation has just stored: the load, its operands, and what was stored.
fn load_again(op: Op, args: &[Value]) -> Option<(Op, &[Value], Value)> {
    Some(match op {
        Op::StoreField(at) => (Op::LoadField(at), &args[..1], args[1]),
        Op::StoreAt(at) => (Op::LoadAt(at), &args[..1], args[1]),
        Op::StoreScope(at) => (Op::LoadScope(at), &args[..1], args[1]),
        Op::StoreOf(reference, at) => (Op::LoadOf(reference, at), &[], args[0]),
        _ => return None,
    })
}

fn find(to: &[Value], value: Value) -> Value {
    let mut value = value;
    while to[value.0 as usize] != value {
        value = to[value.0 as usize];
    }
    value
}

fn bump(versions: &mut Versions, written: u32, next: &mut u32) {
    for (class, version) in versions.iter_mut().enumerate() {
        if written & 1 << class != 0 {
            *version = *next;
            *next += 1;
        }
    }
}

/// What is written on ways from a block's dominator to it, both ends apart.
fn between(graph: &Graph, writes: &FxHashMap<BlockId, u32>, up: BlockId, block: BlockId) -> u32 {
    if graph.at(block).preds == [up] {
        return 0;
    }
    let mut all = 0;
    let mut seen = vec![up];
    let mut waiting: Vec<BlockId> = graph.at(block).preds.clone();
    while let Some(at) = waiting.pop() {
        if seen.contains(&at) {
            continue;
        }
        seen.push(at);
        all |= writes.get(&at).copied().unwrap_or(0);
        if all == alias::ALL {
            break;
        }
        waiting.extend(graph.at(at).preds.iter().copied());
    }
    all
}
