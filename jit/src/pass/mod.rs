//! The passes over [`Graph`], one file each, in one ordered list.

mod clean;
pub mod escape;
mod gvn;
mod hoist;
mod narrow;
mod ranges;
mod types;
mod wrap;

use crate::mir::{BlockId, Graph};
use rustc_hash::FxHashMap;

/// A pass by name.
pub type Pass = (&'static str, fn(&mut Graph));

/// All passes, in order.
pub const PASSES: &[Pass] = &[
    ("prune", clean::prune),
    ("narrow", narrow::narrow),
    ("types", types::types),
    ("escape", escape::escape),
    ("gvn", gvn::gvn),
    ("types again", types::types),
    ("hoist", hoist::hoist),
    ("gvn again", gvn::gvn),
    ("ranges", ranges::ranges),
    // Behind the ranges, which take what is left unchecked for what does not overflow.
    ("wrap", wrap::wrap),
    ("clean", clean::clean),
];

/// Runs all passes, and shows the graph after each; in debug builds the verifier looks at it too.
pub fn run(graph: &mut Graph, mut show: impl FnMut(&'static str, &Graph)) {
    for (name, pass) in PASSES {
        pass(graph);
        show(name, graph);
        if cfg!(debug_assertions)
            && let Err(problem) = crate::mir::verify::verify(graph)
        {
            panic!("after pass {name}: {problem}\n{graph}");
        }
    }
}

/// The immediate dominator of every block in `order`; the entry's is itself.
pub fn dominators(graph: &Graph, order: &[BlockId]) -> FxHashMap<BlockId, BlockId> {
    let number: FxHashMap<BlockId, usize> = order.iter().enumerate().map(|(i, &block)| (block, i)).collect();
    let mut idom: Vec<Option<usize>> = vec![None; order.len()];
    idom[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for (i, &block) in order.iter().enumerate().skip(1) {
            let mut new: Option<usize> = None;
            for pred in &graph.at(block).preds {
                let Some(&pred) = number.get(pred) else { continue };
                if idom[pred].is_none() {
                    continue;
                }
                new = Some(match new {
                    None => pred,
                    Some(mut a) => {
                        let mut b = pred;
                        while a != b {
                            if a > b {
                                a = idom[a].unwrap_or(0);
                            } else {
                                b = idom[b].unwrap_or(0);
                            }
                        }
                        a
                    }
                });
            }
            if new.is_some() && idom[i] != new {
                idom[i] = new;
                changed = true;
            }
        }
    }
    order
        .iter()
        .enumerate()
        .filter_map(|(i, &block)| idom[i].map(|dominator| (block, order[dominator])))
        .collect()
}

/// Whether `a` is on every path to `b`.
pub fn dominates(idom: &FxHashMap<BlockId, BlockId>, a: BlockId, b: BlockId) -> bool {
    let mut at = b;
    loop {
        if at == a {
            return true;
        }
        match idom.get(&at) {
            Some(&up) if up != at => at = up,
            _ => return false,
        }
    }
}

/// Blocks of the loop with this header, the header included.
pub fn loop_blocks(graph: &Graph, header: BlockId) -> Vec<BlockId> {
    let mut blocks = vec![header];
    let mut waiting: Vec<BlockId> = graph.at(header).preds.iter().skip(1).copied().collect();
    while let Some(block) = waiting.pop() {
        if blocks.contains(&block) {
            continue;
        }
        blocks.push(block);
        waiting.extend(graph.at(block).preds.iter().copied());
    }
    blocks
}
