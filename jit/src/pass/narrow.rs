//! Loops that count in int32s from a double: `for (let j = i * i; j <= n; j += i)`, where the product may be above int32.
//!
//! Where the loop goes on only while its counter is below a bound, a first value that is not below needs no number of its
//! own: any int32 that is not below either does, since nothing sees the counter behind the loop. So the counter is an
//! int32, and so is all that the loop makes of it.

use rustc_hash::FxHashMap;

use super::clean;
use crate::mir::{BlockId, Cmp, End, Graph, Op, StateId, Type, Value};

/// A counter that may be an int32.
struct Counter {
    header: BlockId,
    phi: Value,
    /// What it begins with, a double.
    first: Value,
    /// What the loop compares it with, as it is in front of the loop, and as the loop has it.
    bound: Value,
    converted: Value,
    cmp: Cmp,
}

/// Runs the pass.
pub fn narrow(graph: &mut Graph) {
    clean::replace_single_phis(graph);
    let order = graph.order();
    let headers: Vec<BlockId> =
        order.iter().copied().filter(|&block| ends_by_doubles(graph, block)).collect();
    if headers.is_empty() {
        return;
    }
    let idom = super::dominators(graph, &order);
    let counters = headers.into_iter().filter_map(|header| counter(graph, &order, &idom, header));
    let counters: Vec<Counter> = counters.collect();
    for counter in counters {
        let (front, state) = (graph.at(counter.header).preds[0], graph.at(counter.header).state);
        let op = graph.inst(counter.converted).op;
        let bound = match (graph.inst(counter.bound).op, graph.ty(counter.bound)) {
            (_, Type::Double) => counter.bound,
            (Op::Int(bound), _) => {
                let bound = graph.make(Op::Double(f64::from(bound).to_bits()), &[], Type::Double, None);
                graph.at_mut(front).insts.push(bound);
                bound
            }
            _ => {
                let state = if op == Op::IntToDouble { None } else { state };
                let bound = graph.make(op, &[counter.bound], Type::Double, state);
                graph.at_mut(front).insts.push(bound);
                bound
            }
        };
        let first = graph.make(Op::IntBelow(counter.cmp), &[counter.first, bound], Type::Int, state);
        graph.at_mut(front).insts.push(first);
        let boxed = graph.make(Op::Box, &[first], Type::Any, None);
        graph.at_mut(front).insts.push(boxed);
        graph.inst_mut(counter.phi).args[0] = boxed;
        if counter.converted != counter.bound {
            graph.at_mut(counter.header).insts.retain(|&value| value != counter.converted);
            clean::substitute(graph, |value| if value == counter.converted { bound } else { value });
        }
        graph.count("counters narrowed", 1);
    }
}

/// Whether a block is the header of a loop that goes on while a double is below another.
fn ends_by_doubles(graph: &Graph, block: BlockId) -> bool {
    let block = graph.at(block);
    let End::Branch(condition, ..) = block.end else { return false };
    let condition = graph.condition(condition).0;
    block.is_loop && matches!(graph.inst(condition).op, Op::CmpDouble(Cmp::Lt | Cmp::Le))
}

/// The counter that a loop ends by, where it is one that may be an int32.
fn counter(
    graph: &Graph,
    order: &[BlockId],
    idom: &FxHashMap<BlockId, BlockId>,
    header: BlockId,
) -> Option<Counter> {
    let block = graph.at(header);
    block.state?;
    let End::Branch(condition, first, second) = block.end else { return None };
    let (condition, holds) = graph.condition(condition);
    let inside = if holds { first } else { second };
    let Op::CmpDouble(cmp @ (Cmp::Lt | Cmp::Le)) = graph.inst(condition).op else { return None };
    let (left, converted) = (graph.inst(condition).args[0], graph.inst(condition).args[1]);
    let phi = match graph.inst(left).op {
        Op::GuardNumber => graph.inst(left).args[0],
        _ => return None,
    };
    let (is_phi, args) = (graph.inst(phi).op == Op::Phi && block.insts.contains(&phi), &graph.inst(phi).args);
    if !is_phi || args.len() < 2 || !matches!(graph.at(block.preds[0]).end, End::Jump(_)) {
        return None;
    }
    let first = graph.unboxed(args[0]);
    let counts = args[1..].iter().all(|&arg| graph.ty(graph.unboxed(arg)) == Type::Int);
    if graph.ty(first) != Type::Double || matches!(graph.inst(first).op, Op::Double(_)) || !counts {
        return None;
    }
    // Nothing but the comparison stands before the way into the loop.
    let made_here = |value: Value| block.insts.contains(&value);
    let bound = match graph.inst(converted).op {
        Op::GuardNumber | Op::IntToDouble if made_here(converted) => graph.inst(converted).args[0],
        _ => converted,
    };
    let others = block.insts.iter().filter(|&&value| value != left && value != converted);
    let plain = |value: Value| graph.inst(value).op == Op::Phi || graph.inst(value).state.is_none();
    let is_constant = matches!(graph.inst(bound).op, Op::Int(_));
    if (made_here(bound) && !is_constant) || !others.copied().all(plain) {
        return None;
    }
    // Nothing sees it but what has been let in.
    if graph.at(inside).preds.len() != 1 {
        return None;
    }
    let sees = |state: StateId| {
        graph.states[state.0 as usize].slots.iter().any(|&(_, value)| graph.unboxed(value) == phi)
    };
    for &at in order {
        if super::dominates(idom, inside, at) {
            continue;
        }
        let content = graph.at(at);
        let seen =
            content.insts.iter().any(|&value| {
                let inst = graph.inst(value);
                match inst.op {
                    _ if value == left => false,
                    Op::Phi => inst.args.iter().zip(&content.preds).any(|(&arg, &pred)| {
                        graph.unboxed(arg) == phi && !super::dominates(idom, inside, pred)
                    }),
                    _ => {
                        let own = at == header && (value == converted || value == condition);
                        inst.args.contains(&phi) || (!own && inst.state.is_some_and(sees))
                    }
                }
            });
        let left_seen =
            at != header && content.insts.iter().any(|&value| graph.inst(value).args.contains(&left));
        let ends = match content.end {
            End::Return(value) | End::Branch(value, ..) | End::Switch(value, ..) => {
                graph.unboxed(value) == phi
            }
            _ => false,
        };
        if seen || left_seen || ends || content.state.is_some_and(sees) {
            return None;
        }
    }
    Some(Counter { header, phi, first, bound, converted, cmp })
}
