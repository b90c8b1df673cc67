//! What code makes of loops.
//!
//! Rotation: a way back to a loop's header repeats what the header asks and goes on in the body or behind the loop, so
//! that a round has one jump that is taken and not two. The header itself is left for those who come from outside. The
//! graph keeps its form, in which passes find a loop's header, and states; only the code is rotated.
//!
//! Addresses that loops take from outside are told from others.

use rustc_hash::FxHashSet;

use crate::mir::{BlockId, End, Graph, Inst, Op, Type, Value};
use crate::pass::escape::leaves;

/// Most instructions that are repeated.
const MOST: usize = 12;

/// Whether an instruction can differ from round to round: constants stand in the header alone.
pub fn changes(op: Op) -> bool {
    !matches!(op, Op::Phi | Op::Const(_) | Op::Int(_) | Op::Double(_) | Op::Bool(_) | Op::Word32(_))
}

/// Headers of loops that are left from there, and that hold little besides.
pub fn rotated(graph: &Graph) -> FxHashSet<BlockId> {
    let mut all = FxHashSet::default();
    for header in graph.order() {
        let block = graph.at(header);
        let End::Branch(_, yes, no) = block.end else { continue };
        if !block.is_loop {
            continue;
        }
        let again = || block.insts.iter().map(|&value| graph.inst(value)).filter(|inst| changes(inst.op));
        let simple = |inst: &Inst| {
            !inst.op.is_call() && !matches!(inst.op, Op::Poll | Op::Spend) && inst.ty != Type::Raw
        };
        let joins = |to: BlockId| graph.at(to).preds.len() != 1;
        if again().count() > MOST || !again().all(simple) || joins(yes) || joins(no) {
            continue;
        }
        let inside = crate::pass::loop_blocks(graph, header);
        if inside.contains(&yes) != inside.contains(&no) {
            all.insert(header);
        }
    }
    all
}

/// What these headers make anew for others to use, phis apart.
pub fn made_again(graph: &Graph, headers: &FxHashSet<BlockId>) -> Vec<Value> {
    let mut home = vec![None; graph.insts.len()];
    for &header in headers {
        for &value in &graph.at(header).insts {
            if changes(graph.inst(value).op) {
                home[value.0 as usize] = Some(header);
            }
        }
    }
    let mut all = FxHashSet::default();
    let mut meet = |value: Value, from: Option<BlockId>| {
        let value = graph.root(value);
        if home[value.0 as usize].is_some_and(|header| from != Some(header)) {
            all.insert(value);
        }
    };
    for block in graph.order() {
        for &value in &graph.at(block).insts {
            let inst = graph.inst(value);
            // Operands of phis are read where control comes from.
            let from = (inst.op != Op::Phi).then_some(block);
            inst.args.iter().for_each(|&arg| meet(arg, from));
            // Exits are written once for both copies.
            if let Some(state) = inst.state {
                for &(_, value) in &graph.states[state.0 as usize].slots {
                    leaves(graph, value, &mut |leaf| meet(leaf, None));
                }
            }
        }
        if let End::Branch(value, ..) | End::Switch(value, ..) | End::Return(value) = graph.at(block).end {
            meet(graph.condition(value).0, Some(block));
            meet(value, Some(block));
        }
    }
    let mut all: Vec<Value> = all.into_iter().collect();
    all.sort_unstable();
    all
}

/// Addresses that are made outside of a loop in which they are used.
pub fn carried(graph: &Graph) -> FxHashSet<Value> {
    let order = graph.order();
    let mut depth = vec![0u32; graph.blocks.len()];
    for &header in order.iter().filter(|&&block| graph.at(block).is_loop) {
        for block in crate::pass::loop_blocks(graph, header) {
            depth[block.0 as usize] += 1;
        }
    }
    let mut made = vec![u32::MAX; graph.insts.len()];
    let mut all = FxHashSet::default();
    for &block in &order {
        let here = depth[block.0 as usize];
        for &value in &graph.at(block).insts {
            let inst = graph.inst(value);
            if inst.ty == Type::Raw {
                made[value.0 as usize] = here;
            }
            all.extend(inst.args.iter().filter(|arg| made[arg.0 as usize] < here));
        }
    }
    all
}
