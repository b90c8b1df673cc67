//! Range analysis: overflow checks, and checks for -0, that can never fail go.
//!
//! Every int has a range that holds wherever it is known. Phis take up what flows into them; what still grows after a
//! few rounds grows to the end of the type. Where an operation stands, branches on the way there say more: below the
//! true side of `a < b`, `a` is below the greatest `b`.

use super::dominators;
use crate::mir::{BlockId, Cmp, Element, End, Graph, IntOp, Op, Type, Value};
use rustc_hash::FxHashMap;

/// Smallest and greatest value.
type Range = (i64, i64);

const FULL: Range = (i32::MIN as i64, i32::MAX as i64);

/// Rounds before a range grows to the end.
const ROUNDS: usize = 4;

/// Runs the pass.
pub fn ranges(graph: &mut Graph) {
    let order = graph.order();
    let idom = dominators(graph, &order);
    let mut ranges: FxHashMap<Value, Range> = FxHashMap::default();
    for round in 0..ROUNDS + 3 {
        let mut changed = false;
        for &block in &order {
            for &value in &graph.at(block).insts {
                if graph.ty(value) != Type::Int {
                    continue;
                }
                let new = evaluate(graph, &idom, &ranges, block, value);
                let Some(new) = new else { continue };
                let old = ranges.get(&value).copied();
                let new = match old {
                    Some(old) if round >= ROUNDS => (
                        if new.0 < old.0 { FULL.0 } else { old.0 },
                        if new.1 > old.1 { FULL.1 } else { old.1 },
                    ),
                    Some(old) => (new.0.min(old.0), new.1.max(old.1)),
                    None => new,
                };
                if old != Some(new) {
                    ranges.insert(value, new);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    // What did not settle is not known.
    for &block in &order {
        for &value in &graph.at(block).insts {
            if graph.ty(value) == Type::Int
                && let Some(new) = evaluate(graph, &idom, &ranges, block, value)
                && let Some(old) = ranges.get(&value).copied()
                && (new.0 < old.0 || new.1 > old.1)
            {
                return;
            }
        }
    }
    let mut removed = 0;
    for &block in &order {
        for value in graph.at(block).insts.clone() {
            let inst = graph.inst(value);
            let Op::Int2(op) = inst.op else { continue };
            if !op.may_leave() {
                continue;
            }
            let [a, b] = [0, 1].map(|i| at(graph, &idom, &ranges, block, inst.args[i]));
            let safe = match op {
                IntOp::Add | IntOp::Sub => fits(exact(op, a, b)),
                IntOp::Mul => {
                    // -0 needs a zero and a negative.
                    let zero = (a.0 <= 0 && a.1 >= 0 && b.0 < 0) || (b.0 <= 0 && b.1 >= 0 && a.0 < 0);
                    fits(exact(op, a, b)) && !zero
                }
                IntOp::Mod => a.0 >= 0 && b.0 > 0,
                _ => false,
            };
            if safe {
                let inst = graph.inst_mut(value);
                inst.op = Op::Int2Free(op);
                inst.state = None;
                removed += 1;
            }
        }
    }
    graph.count("checks removed by range", removed);
}

fn fits(range: Range) -> bool {
    range.0 >= FULL.0 && range.1 <= FULL.1
}

/// The range of a result, however large.
fn exact(op: IntOp, a: Range, b: Range) -> Range {
    match op {
        IntOp::Add => (a.0 + b.0, a.1 + b.1),
        IntOp::Sub => (a.0 - b.1, a.1 - b.0),
        _ => {
            let all = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            (all.into_iter().min().unwrap_or(0), all.into_iter().max().unwrap_or(0))
        }
    }
}

fn clamp(range: Range) -> Range {
    (range.0.clamp(FULL.0, FULL.1), range.1.clamp(FULL.0, FULL.1))
}

/// A value's range where a block starts.
fn at(
    graph: &Graph,
    idom: &FxHashMap<BlockId, BlockId>,
    ranges: &FxHashMap<Value, Range>,
    block: BlockId,
    value: Value,
) -> Range {
    let mut range = ranges.get(&value).copied().unwrap_or(FULL);
    let mut here = block;
    for _ in 0..64 {
        let Some(&up) = idom.get(&here) else { break };
        if up == here {
            break;
        }
        if let End::Branch(on, yes, no) = graph.at(up).end
            && yes != no
            && graph.at(here).preds == [up]
        {
            refine(graph, ranges, &mut range, on, here == yes, value);
        }
        here = up;
    }
    range
}

/// What a condition says of a value.
fn refine(
    graph: &Graph,
    ranges: &FxHashMap<Value, Range>,
    range: &mut Range,
    on: Value,
    holds: bool,
    value: Value,
) {
    let inst = graph.inst(on);
    match inst.op {
        Op::Not => refine(graph, ranges, range, inst.args[0], !holds, value),
        Op::CmpInt(cmp) => {
            let cmp = if holds { cmp } else { cmp.negated() };
            let (a, b) = (inst.args[0], inst.args[1]);
            let (cmp, other) = if a == value {
                (cmp, b)
            } else if b == value {
                let turned = match cmp {
                    Cmp::Lt => Cmp::Gt,
                    Cmp::Le => Cmp::Ge,
                    Cmp::Gt => Cmp::Lt,
                    Cmp::Ge => Cmp::Le,
                    same => same,
                };
                (turned, a)
            } else {
                return;
            };
            let other = ranges.get(&other).copied().unwrap_or(FULL);
            match cmp {
                Cmp::Lt => range.1 = range.1.min(other.1 - 1),
                Cmp::Le => range.1 = range.1.min(other.1),
                Cmp::Gt => range.0 = range.0.max(other.0 + 1),
                Cmp::Ge => range.0 = range.0.max(other.0),
                Cmp::Eq => *range = (range.0.max(other.0), range.1.min(other.1)),
                Cmp::Ne => {}
            }
            if range.0 > range.1 {
                // Never reached: anything holds, but nothing is to be read into it.
                *range = FULL;
            }
        }
        _ => {}
    }
}

/// A value's range by its operands'. `None` while nothing is known of a phi's.
fn evaluate(
    graph: &Graph,
    idom: &FxHashMap<BlockId, BlockId>,
    ranges: &FxHashMap<Value, Range>,
    block: BlockId,
    value: Value,
) -> Option<Range> {
    let inst = graph.inst(value);
    let arg = |i: usize| at(graph, idom, ranges, block, inst.args[i]);
    Some(match inst.op {
        Op::Int(int) => (i64::from(int), i64::from(int)),
        Op::Phi => {
            let mut all: Option<Range> = None;
            for (&arg, &pred) in inst.args.iter().zip(&graph.at(block).preds) {
                if !ranges.contains_key(&arg) && !idom.contains_key(&pred) {
                    continue;
                }
                let Some(&known) = ranges.get(&arg) else {
                    // Not met yet on the first round.
                    if graph.at(block).is_loop { continue } else { return Some(FULL) }
                };
                let refined = at(graph, idom, ranges, pred, arg);
                let range = if refined.0 > refined.1 { known } else { refined };
                all = Some(all.map_or(range, |all| (all.0.min(range.0), all.1.max(range.1))));
            }
            return all;
        }
        Op::Int2(op) | Op::Int2Free(op) => match op {
            IntOp::Add | IntOp::Sub => clamp(exact(op, arg(0), arg(1))),
            IntOp::Mul if matches!(inst.op, Op::Int2(_)) => clamp(exact(op, arg(0), arg(1))),
            IntOp::Mod => (0, (arg(1).1 - 1).max(0)),
            IntOp::And => {
                let (a, b) = (arg(0), arg(1));
                match (a.0 >= 0, b.0 >= 0) {
                    (true, true) => (0, a.1.min(b.1)),
                    (true, false) => (0, a.1),
                    (false, true) => (0, b.1),
                    _ => FULL,
                }
            }
            IntOp::UShr if matches!(inst.op, Op::Int2(_)) => (0, FULL.1),
            IntOp::Shr => {
                let (a, b) = (arg(0), arg(1));
                match b {
                    (low, high) if low == high && (0..32).contains(&low) => (a.0 >> low, a.1 >> low),
                    _ => (a.0.min(0), a.1.max(0)),
                }
            }
            _ => FULL,
        },
        Op::InBounds => {
            let (low, high) = arg(0);
            (low.max(0), high.max(0))
        }
        Op::Length | Op::TypedLength | Op::CharCode | Op::Push(_) => (0, FULL.1),
        Op::LoadTyped(Element::I8) | Op::LoadView(Element::I8, _) => (-128, 127),
        Op::LoadTyped(Element::U8 | Element::Clamped) | Op::LoadView(Element::U8, _) | Op::ClampByte => {
            (0, 255)
        }
        Op::LoadTyped(Element::I16) | Op::LoadView(Element::I16, _) => (-32768, 32767),
        Op::LoadTyped(Element::U16) | Op::LoadView(Element::U16, _) => (0, 65535),
        _ => FULL,
    })
}
