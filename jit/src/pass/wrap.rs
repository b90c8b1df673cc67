//! Doubles of which only the low 32 bits are asked, as in `(hash * 31 + i) | 0` or in a checksum that goes round in an
//! uint32: int arithmetic that wraps gives the same, where no intermediate result can be beyond the integers that
//! doubles hold exactly.

use rustc_hash::FxHashMap;

use super::clean;
use crate::mir::{BlockId, DoubleOp, Element, Graph, IntOp, Op, Type, Value};

/// All integers up to here are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Operations that are looked through.
const DEPTH: u32 = 8;

/// Runs the pass.
pub fn wrap(graph: &mut Graph) {
    let mut pass = Wrap::new(graph);
    for block in pass.graph.order() {
        for value in pass.graph.at(block).insts.clone() {
            if pass.graph.inst(value).op == Op::Truncate {
                pass.truncate(value);
            }
        }
    }
    pass.finish();
}

/// Where an int form is put.
#[derive(Clone, Copy)]
enum Place {
    /// Directly behind this value.
    Behind(Value),
    /// In front of this one.
    Before(Value),
    /// At the end of a block.
    End(BlockId),
}

struct Wrap<'a> {
    graph: &'a mut Graph,
    /// Blocks of values.
    home: Vec<Option<BlockId>>,
    /// What has the low 32 bits of a double that is read or chosen.
    low: FxHashMap<Value, Value>,
    /// Truncations that were replaced.
    to: FxHashMap<Value, Value>,
    wrapped: u32,
}

impl Wrap<'_> {
    fn new(graph: &mut Graph) -> Wrap<'_> {
        let mut home = vec![None; graph.insts.len()];
        for block in graph.order() {
            for &value in &graph.at(block).insts {
                home[value.0 as usize] = Some(block);
            }
        }
        Wrap { graph, home, low: FxHashMap::default(), to: FxHashMap::default(), wrapped: 0 }
    }

    fn finish(self) {
        let to = self.to;
        if !to.is_empty() {
            clean::substitute(self.graph, |value| {
                let mut value = value;
                while let Some(&next) = to.get(&value) {
                    value = next;
                }
                value
            });
            for block in &mut self.graph.blocks {
                block.insts.retain(|value| !to.contains_key(value));
            }
        }
        self.graph.count("double operations made int", self.wrapped);
    }

    fn truncate(&mut self, value: Value) {
        let of = self.graph.inst(value).args[0];
        match self.graph.inst(of).op {
            Op::Double2(_) if self.greatest(of, DEPTH).is_some() => {}
            Op::LoadTyped(Element::U32) | Op::UShrDouble => {}
            Op::Phi if self.is_whole(of, &mut Vec::new()) => {}
            _ => return,
        }
        let low = self.in_ints(of, Place::Before(value));
        self.to.insert(value, low);
        self.wrapped += 1;
    }

    /// Whether a phi chooses among integers whose low bits are at hand.
    fn is_whole(&self, phi: Value, seen: &mut Vec<Value>) -> bool {
        if seen.contains(&phi) {
            return true;
        }
        seen.push(phi);
        seen.len() <= DEPTH as usize
            && self.graph.inst(phi).args.iter().all(|&arg| match self.graph.inst(arg).op {
                Op::Phi => self.is_whole(arg, seen),
                Op::Double2(_) => false,
                _ => self.greatest(arg, 0).is_some(),
            })
    }

    /// The greatest magnitude that an integer computed with doubles can have; `None` where it is none, or not exact.
    fn greatest(&self, value: Value, depth: u32) -> Option<f64> {
        let inst = self.graph.inst(value);
        let of = |i: usize| self.greatest(inst.args[i], depth.checked_sub(1)?);
        let bound = match inst.op {
            Op::IntToDouble => match self.graph.inst(inst.args[0]).op {
                Op::Int(int) => f64::from(int).abs(),
                _ => 2_147_483_648.0,
            },
            Op::LoadTyped(Element::U32) | Op::UShrDouble => 4_294_967_296.0,
            Op::Double(word) => {
                let double = f64::from_bits(word);
                (double.fract() == 0.0).then_some(double.abs())?
            }
            Op::Double2(DoubleOp::Add | DoubleOp::Sub) => of(0)? + of(1)?,
            Op::Double2(DoubleOp::Mul) => of(0)? * of(1)?,
            _ => return None,
        };
        (bound <= EXACT).then_some(bound)
    }

    /// The low 32 bits of such an integer. What reads memory is read again where it was read, and what chooses chooses
    /// in the same place; the rest is computed where it is asked for.
    fn in_ints(&mut self, value: Value, place: Place) -> Value {
        if let Some(&low) = self.low.get(&value) {
            return low;
        }
        let inst = self.graph.inst(value).clone();
        match inst.op {
            Op::IntToDouble => inst.args[0],
            Op::Double(word) => {
                let low = f64::from_bits(word) as i64 as i32;
                self.put(Op::Int(low), &[], place)
            }
            Op::Double2(op) => {
                let args = [0, 1].map(|i| self.in_ints(inst.args[i], place));
                self.put(Op::Int2Free(int_op(op)), &args, place)
            }
            Op::UShrDouble => self.put(Op::Int2Free(IntOp::UShr), &inst.args, place),
            Op::LoadTyped(_) => {
                let low = self.put(Op::LoadTyped(Element::I32), &inst.args, Place::Behind(value));
                self.low.insert(value, low);
                low
            }
            Op::Phi => {
                let low = self.put(Op::Phi, &[], Place::Behind(value));
                self.low.insert(value, low);
                let preds = self.home[value.0 as usize].map(|block| self.graph.at(block).preds.clone());
                for (&arg, pred) in inst.args.iter().zip(preds.unwrap_or_default()) {
                    let part = self.in_ints(arg, Place::End(pred));
                    self.graph.inst_mut(low).args.push(part);
                }
                low
            }
            _ => unreachable!("callers know what it is made of"),
        }
    }

    fn put(&mut self, op: Op, args: &[Value], place: Place) -> Value {
        let made = self.graph.make(op, args, Type::Int, None);
        let block = match place {
            Place::Behind(value) | Place::Before(value) => self.home[value.0 as usize],
            Place::End(block) => Some(block),
        };
        self.home.push(block);
        let Some(block) = block else { return made };
        if let Place::Behind(value) | Place::Before(value) = place {
            self.graph.inst_mut(made).site = self.graph.inst(value).site;
        }
        let insts = &mut self.graph.at_mut(block).insts;
        let find = |value: Value| insts.iter().position(|&other| other == value).unwrap_or(0);
        let at = match place {
            Place::Behind(value) => find(value) + 1,
            Place::Before(value) => find(value),
            Place::End(_) => insts.len(),
        };
        insts.insert(at, made);
        made
    }
}

fn int_op(op: DoubleOp) -> IntOp {
    match op {
        DoubleOp::Add => IntOp::Add,
        DoubleOp::Sub => IntOp::Sub,
        _ => IntOp::Mul,
    }
}
