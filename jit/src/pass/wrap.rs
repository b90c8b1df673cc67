//! Arithmetic on doubles of which only the low 32 bits are asked, as in `(hash * 31 + i) | 0`: int arithmetic that
//! wraps gives the same, where no intermediate result can be beyond the integers that doubles hold exactly.

use crate::mir::{DoubleOp, Graph, IntOp, Op, Type, Value};

/// All integers up to here are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Operations that are looked through.
const DEPTH: u32 = 8;

/// Runs the pass.
pub fn wrap(graph: &mut Graph) {
    let mut wrapped = 0;
    for block in graph.order() {
        let mut insts = Vec::new();
        for value in graph.at(block).insts.clone() {
            if graph.inst(value).op == Op::Truncate {
                let of = graph.inst(value).args[0];
                if let Op::Double2(op) = graph.inst(of).op
                    && greatest(graph, of, DEPTH).is_some()
                {
                    let [a, b] = [0, 1].map(|i| graph.inst(of).args[i]);
                    let args = [in_ints(graph, a, &mut insts), in_ints(graph, b, &mut insts)];
                    let inst = graph.inst_mut(value);
                    inst.op = Op::Int2Free(int_op(op));
                    inst.args.clear();
                    inst.args.extend(args);
                    wrapped += 1;
                }
            }
            insts.push(value);
        }
        graph.at_mut(block).insts = insts;
    }
    graph.count("double operations made int", wrapped);
}

/// The greatest magnitude that an integer computed with doubles can have; `None` where it is none, or not exact.
fn greatest(graph: &Graph, value: Value, depth: u32) -> Option<f64> {
    let inst = graph.inst(value);
    let of = |i: usize| greatest(graph, inst.args[i], depth.checked_sub(1)?);
    let bound = match inst.op {
        Op::IntToDouble => match graph.inst(inst.args[0]).op {
            Op::Int(int) => f64::from(int).abs(),
            _ => 2_147_483_648.0,
        },
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

/// The low 32 bits of such an integer.
fn in_ints(graph: &mut Graph, value: Value, to: &mut Vec<Value>) -> Value {
    let inst = graph.inst(value);
    let made = match inst.op {
        Op::IntToDouble => return inst.args[0],
        Op::Double(word) => {
            let low = f64::from_bits(word) as i64 as i32;
            graph.make(Op::Int(low), &[], Type::Int, None)
        }
        Op::Double2(op) => {
            let [a, b] = [inst.args[0], inst.args[1]];
            let args = [in_ints(graph, a, to), in_ints(graph, b, to)];
            graph.make(Op::Int2Free(int_op(op)), &args, Type::Int, None)
        }
        _ => unreachable!("`greatest` knows what it is made of"),
    };
    to.push(made);
    made
}

fn int_op(op: DoubleOp) -> IntOp {
    match op {
        DoubleOp::Add => IntOp::Add,
        DoubleOp::Sub => IntOp::Sub,
        _ => IntOp::Mul,
    }
}
