//! The verifier: what every pass must leave true.

use super::{End, Graph, Op, Type, Value};

/// The first rule that is broken, if any.
///
/// - Every operand's definition comes before it on every path.
/// - A phi has one operand per predecessor and stands before other instructions; its operands have its type.
/// - Blocks that lead somewhere are among the predecessors there, and end.
/// - Guards and calls have a state.
pub fn verify(graph: &Graph) -> Result<(), String> {
    let order = graph.order();
    let idom = crate::pass::dominators(graph, &order);
    let mut place = vec![None; graph.insts.len()];
    for &block in &order {
        for (index, &value) in graph.at(block).insts.iter().enumerate() {
            if place[value.0 as usize].is_some() {
                return Err(format!("v{} stands twice", value.0));
            }
            place[value.0 as usize] = Some((block, index));
        }
    }
    let comes_before = |value: Value, block, index: usize| match place[value.0 as usize] {
        Some((b, i)) if b == block => i < index,
        Some((b, _)) => crate::pass::dominates(&idom, b, block),
        None => false,
    };
    for &block in &order {
        let content = graph.at(block);
        for to in graph.successors(block) {
            if !graph.at(to).preds.contains(&block) {
                return Err(format!("b{} leads to b{}, which does not know it", block.0, to.0));
            }
        }
        let mut phis_over = false;
        for (index, &value) in content.insts.iter().enumerate() {
            let inst = graph.inst(value);
            if inst.op == Op::Phi {
                if phis_over {
                    return Err(format!("v{}: a phi behind other instructions", value.0));
                }
                if inst.args.len() != content.preds.len() {
                    return Err(format!("v{}: {} operands", value.0, inst.args.len()));
                }
                for (&arg, &pred) in inst.args.iter().zip(&content.preds) {
                    if graph.ty(arg) != inst.ty {
                        return Err(format!("v{}: operand v{} of another type", value.0, arg.0));
                    }
                    if idom.contains_key(&pred) && !comes_before(arg, pred, usize::MAX) {
                        return Err(format!(
                            "v{}: v{} is not known at the end of b{}",
                            value.0, arg.0, pred.0
                        ));
                    }
                }
                continue;
            }
            phis_over = true;
            for &arg in &inst.args {
                if !comes_before(arg, block, index) {
                    return Err(format!("v{}: v{} is not known yet", value.0, arg.0));
                }
            }
            if (inst.op.is_guard() || inst.op.is_call()) && inst.state.is_none() {
                return Err(format!("v{}: no state", value.0));
            }
            if let Some(state) = inst.state {
                for &(_, arg) in &graph.states[state.0 as usize].slots {
                    let mut unknown = None;
                    crate::pass::escape::leaves(graph, arg, &mut |leaf| {
                        if !comes_before(leaf, block, index) {
                            unknown = Some(leaf);
                        }
                    });
                    if let Some(leaf) = unknown {
                        return Err(format!("v{}: v{} of its state is not known yet", value.0, leaf.0));
                    }
                }
            }
        }
        let end = content.insts.len();
        match &content.end {
            End::Open => return Err(format!("b{} does not end", block.0)),
            End::Branch(on, ..) if graph.ty(*on) != Type::Bool => {
                return Err(format!("b{}: a branch on v{}", block.0, on.0));
            }
            End::Branch(on, ..) | End::Return(on) | End::Switch(on, ..) if !comes_before(*on, block, end) => {
                return Err(format!("b{}: v{} is not known at its end", block.0, on.0));
            }
            End::Return(on) if graph.ty(*on) != Type::Any => {
                return Err(format!("b{}: v{} is no guest value", block.0, on.0));
            }
            _ => {}
        }
    }
    Ok(())
}
