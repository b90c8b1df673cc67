//! Removes what cannot be reached and what nobody uses, and phis that are no choice.

use crate::mir::{BlockId, End, Graph, Op, Value};

/// Branches by what is known go one way; predecessors that cannot be reached are no predecessors.
pub fn prune(graph: &mut Graph) {
    let mut folded = 0;
    loop {
        let now = fold_branches(graph);
        drop_unreached(graph);
        folded += now;
        if now == 0 {
            break;
        }
    }
    graph.count("branches known", folded);
}

/// Branches by truth values that are known become jumps.
fn fold_branches(graph: &mut Graph) -> u32 {
    let mut folded = 0;
    for block in graph.order() {
        let End::Branch(on, yes, no) = graph.at(block).end else { continue };
        let (on, holds) = graph.condition(on);
        let Op::Bool(truth) = graph.inst(on).op else { continue };
        let (to, never) = if truth == holds { (yes, no) } else { (no, yes) };
        graph.at_mut(block).end = End::Jump(to);
        folded += 1;
        if to != never {
            let keep: Vec<bool> = graph.at(never).preds.iter().map(|&pred| pred != block).collect();
            keep_preds(graph, never, &keep);
        }
    }
    folded
}

fn drop_unreached(graph: &mut Graph) {
    let mut reached = vec![false; graph.blocks.len()];
    for block in graph.order() {
        reached[block.0 as usize] = true;
    }
    for index in 0..graph.blocks.len() {
        if !reached[index] {
            continue;
        }
        let keep: Vec<bool> = graph.blocks[index].preds.iter().map(|pred| reached[pred.0 as usize]).collect();
        if keep.iter().all(|&keep| keep) {
            continue;
        }
        keep_preds(graph, BlockId(index as u32), &keep);
    }
    replace_single_phis(graph);
}

/// Drops some of a block's predecessors.
fn keep_preds(graph: &mut Graph, block: BlockId, keep: &[bool]) {
    for value in graph.at(block).insts.clone() {
        let inst = graph.inst_mut(value);
        if inst.op == Op::Phi {
            let mut kept = keep.iter();
            inst.args.retain(|_| *kept.next().unwrap_or(&true));
        }
    }
    let block = graph.at_mut(block);
    let mut kept = keep.iter();
    block.preds.retain(|_| *kept.next().unwrap_or(&true));
    if block.preds.len() < 2 {
        block.is_loop = false;
    }
}

/// A phi whose operands are all one value, or itself, is that value.
pub fn replace_single_phis(graph: &mut Graph) {
    let mut to: Vec<Option<Value>> = vec![None; graph.insts.len()];
    let find = |to: &[Option<Value>], value: Value| {
        let mut value = value;
        while let Some(next) = to[value.0 as usize] {
            value = next;
        }
        value
    };
    let order = graph.order();
    let mut changed = true;
    let mut gone = 0;
    while changed {
        changed = false;
        for &block in &order {
            for &value in &graph.at(block).insts {
                if graph.inst(value).op != Op::Phi || to[value.0 as usize].is_some() {
                    continue;
                }
                let mut only = None;
                let mut single = true;
                for &arg in &graph.inst(value).args {
                    let arg = find(&to, arg);
                    if arg == value {
                        continue;
                    }
                    match only {
                        None => only = Some(arg),
                        Some(known) if known == arg => {}
                        Some(_) => single = false,
                    }
                }
                if let (true, Some(only)) = (single, only) {
                    to[value.0 as usize] = Some(only);
                    changed = true;
                    gone += 1;
                }
            }
        }
    }
    graph.count("phis removed", gone);
    if gone > 0 {
        substitute(graph, |value| find(&to, value));
        for block in &mut graph.blocks {
            block.insts.retain(|value| to[value.0 as usize].is_none());
        }
    }
}

/// Replaces every use.
pub fn substitute(graph: &mut Graph, to: impl Fn(Value) -> Value) {
    for inst in &mut graph.insts {
        for arg in &mut inst.args {
            *arg = to(*arg);
        }
    }
    for state in &mut graph.states {
        for (_, value) in &mut state.slots {
            *value = to(*value);
        }
    }
    for block in &mut graph.blocks {
        match &mut block.end {
            End::Branch(value, ..) | End::Switch(value, ..) | End::Return(value) => *value = to(*value),
            _ => {}
        }
    }
}

/// Removes instructions without effect whose value nobody uses, and the headers' states: for the end.
pub fn clean(graph: &mut Graph) {
    for block in &mut graph.blocks {
        block.state = None;
    }
    clean_uses(graph);
}

/// Removes instructions without effect whose value nobody uses. What headers' states say counts as used: guards may
/// still come to leave with them.
pub fn clean_uses(graph: &mut Graph) {
    replace_single_phis(graph);
    let order = graph.order();
    let mut used = vec![false; graph.insts.len()];
    let mut waiting: Vec<Value> = Vec::new();
    let mut use_it = |value: Value, waiting: &mut Vec<Value>| {
        if !std::mem::replace(&mut used[value.0 as usize], true) {
            waiting.push(value);
        }
    };
    for &block in &order {
        for &value in &graph.at(block).insts {
            if graph.inst(value).op.has_effect() {
                use_it(value, &mut waiting);
            }
        }
        if let Some(state) = graph.at(block).state {
            for &(_, value) in &graph.states[state.0 as usize].slots {
                use_it(value, &mut waiting);
            }
        }
        match &graph.at(block).end {
            End::Branch(value, ..) | End::Switch(value, ..) | End::Return(value) => {
                use_it(*value, &mut waiting);
            }
            _ => {}
        }
    }
    while let Some(value) = waiting.pop() {
        let inst = graph.inst(value);
        for &arg in &inst.args {
            use_it(arg, &mut waiting);
        }
        if let Some(state) = inst.state {
            for &(_, arg) in &graph.states[state.0 as usize].slots {
                use_it(arg, &mut waiting);
            }
        }
    }
    let mut unused = 0;
    for block in &mut graph.blocks {
        block.insts.retain(|value| {
            unused += u32::from(!used[value.0 as usize]);
            used[value.0 as usize]
        });
    }
    graph.count("unused removed", unused);
}
