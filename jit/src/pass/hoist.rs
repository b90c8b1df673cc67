//! Loop-invariant code motion: guards and loads whose operands are made in front of a loop, and whose memory the loop
//! does not write, move in front of it.
//!
//! A guard that is moved leaves with the state in front of the header. It may leave although the program would never
//! have come to it, since the loop makes no round or ends in the middle of one; then the next code leaves it where it
//! stands. Only what every round does is moved: blocks that dominate the loop's ways back.

use super::escape::leaves;
use crate::mir::{BlockId, End, Graph, Op, StateId, Type, Value, alias};
use rustc_hash::FxHashSet;

/// Runs the pass: inner loops first.
pub fn hoist(graph: &mut Graph) {
    let order = graph.order();
    let idom = super::dominators(graph, &order);
    let (mut moved, mut elements) = (0, 0);
    for &header in order.iter().rev() {
        if !graph.at(header).is_loop {
            continue;
        }
        let Some(state) = graph.at(header).state else { continue };
        let front = graph.at(header).preds[0];
        if !matches!(graph.at(front).end, End::Jump(_)) {
            continue;
        }
        if !graph.at(header).preds[1..].iter().all(|&back| super::dominates(&idom, header, back)) {
            continue;
        }
        let blocks: Vec<BlockId> = super::loop_blocks(graph, header);
        let mut inside: FxHashSet<Value> = FxHashSet::default();
        let mut written = 0;
        for &block in &blocks {
            for &value in &graph.at(block).insts {
                inside.insert(value);
                written |= graph.inst(value).op.writes();
            }
        }
        // Code before the first thing that the loop does to the world can be done again by leaving to the header.
        let backs: Vec<BlockId> = graph.at(header).preds[1..].to_vec();
        let always: Vec<BlockId> = order
            .iter()
            .copied()
            .filter(|block| {
                blocks.contains(block) && backs.iter().all(|&back| super::dominates(&idom, *block, back))
            })
            .collect();
        for block in always {
            let insts = graph.at(block).insts.clone();
            for value in insts {
                let inst = graph.inst(value).clone();
                let op = inst.op;
                if !op.is_repeatable() || op.is_call() || op.writes() != 0 {
                    continue;
                }
                if matches!(op, Op::Const(_) | Op::Int(_) | Op::Double(_) | Op::Bool(_)) {
                    // Operands of what moves follow it.
                    if written & alias::MOVES != 0 {
                        continue;
                    }
                }
                let mut reads = op.reads();
                // What gives its operand back keeps nothing else alive.
                if matches!(inst.ty, Type::Any | Type::Raw) && !op.is_identity() {
                    reads |= alias::MOVES;
                }
                if reads & written != 0 || inst.args.iter().any(|arg| inside.contains(arg)) {
                    continue;
                }
                if op.is_guard() && state_needs(graph, state, &inside) {
                    continue;
                }
                if op.is_guard() {
                    if graph.unmoved.contains(&inst.site) {
                        continue;
                    }
                    let guard = graph.inst_mut(value);
                    guard.state = Some(state);
                    guard.hoisted = true;
                    elements += u32::from(op == Op::LoadElement);
                }
                graph.at_mut(block).insts.retain(|&other| other != value);
                graph.at_mut(front).insts.push(value);
                inside.remove(&value);
                moved += 1;
            }
        }
    }
    graph.count("hoisted out of loops", moved);
    graph.count("elements hoisted out of loops", elements);
}

/// Whether a state takes something that is made in a loop.
fn state_needs(graph: &Graph, state: StateId, inside: &FxHashSet<Value>) -> bool {
    let mut needs = false;
    for &(_, value) in &graph.states[state.0 as usize].slots {
        leaves(graph, value, &mut |leaf| needs |= inside.contains(&leaf));
    }
    needs
}
