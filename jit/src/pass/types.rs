//! Type specialisation: phis of numbers and truth values lose their boxes, and conversions between what is known
//! already go.
//!
//! Phis start as nothing and take up what flows into them. Where numbers that are made inside a loop meet a value of
//! unknown kind from outside, that value is guarded in front of the loop.

use super::clean;
use crate::mir::{Graph, Op, StateId, Type, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Nothing,
    Int,
    Double,
    Bool,
    Any,
}

fn join(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Nothing, other) | (other, Kind::Nothing) => other,
        (a, b) if a == b => a,
        (Kind::Int, Kind::Double) | (Kind::Double, Kind::Int) => Kind::Double,
        _ => Kind::Any,
    }
}

fn kind_of(ty: Type) -> Kind {
    match ty {
        Type::Int => Kind::Int,
        Type::Double => Kind::Double,
        Type::Bool => Kind::Bool,
        _ => Kind::Any,
    }
}

/// Runs the pass.
pub fn types(graph: &mut Graph) {
    clean::replace_single_phis(graph);
    unbox_phis(graph);
    simplify(graph);
    clean::clean_uses(graph);
}

/// A value as it is before boxing, through guards that change nothing.
fn unboxed(graph: &Graph, value: Value) -> Value {
    let mut value = value;
    loop {
        let inst = graph.inst(value);
        if inst.op == Op::Box || inst.op.is_identity() {
            value = inst.args[0];
        } else {
            return value;
        }
    }
}

fn unbox_phis(graph: &mut Graph) {
    let order = graph.order();
    let mut kinds = vec![Kind::Nothing; graph.insts.len()];
    let mut phis = Vec::new();
    let mut place = vec![None; graph.insts.len()];
    for &block in &order {
        for &value in &graph.at(block).insts {
            let inst = graph.inst(value);
            if inst.op == Op::Phi && inst.ty == Type::Any {
                phis.push((block, value));
            }
            place[value.0 as usize] = Some(block);
        }
    }
    // What is known of phis by how they are used: a number that comes in from outside is worth a guard.
    let mut wanted = vec![false; graph.insts.len()];
    for inst in &graph.insts {
        if matches!(inst.op, Op::GuardInt | Op::GuardNumber | Op::GuardIsNumber) {
            wanted[inst.args[0].0 as usize] = true;
        }
    }
    let speculated = |graph: &Graph, block, value: Value, position: usize| {
        position == 0
            && graph.at(block).is_loop
            && graph.at(block).state.is_some()
            && wanted[value.0 as usize]
            && graph.inst(value).args.len() > 1
    };
    let round = |graph: &Graph, kinds: &mut Vec<Kind>| {
        let mut changed = false;
        for &(block, value) in &phis {
            let mut kind = kinds[value.0 as usize];
            for (position, &arg) in graph.inst(value).args.iter().enumerate() {
                let source = unboxed(graph, arg);
                let inst = graph.inst(source);
                let this = if inst.op == Op::Phi && inst.ty == Type::Any {
                    kinds[source.0 as usize]
                } else {
                    kind_of(inst.ty)
                };
                let special = matches!(inst.op, Op::Const(_) | Op::Word(..));
                if this == Kind::Any && !special && speculated(graph, block, value, position) {
                    // Worth a guard where what the loop makes is a number. A truth value it never is.
                    if kind == Kind::Bool {
                        kind = Kind::Any;
                    }
                    continue;
                }
                kind = join(kind, this);
            }
            changed |= kind != kinds[value.0 as usize];
            kinds[value.0 as usize] = kind;
        }
        changed
    };
    loop {
        while round(graph, &mut kinds) {}
        // Of which nothing says that they are numbers may be anything; and so may what they flow into.
        let nothing = phis.iter().find(|(_, value)| kinds[value.0 as usize] == Kind::Nothing);
        let Some(&(_, value)) = nothing else { break };
        kinds[value.0 as usize] = Kind::Any;
    }
    let mut made = 0;
    for &(_, value) in &phis {
        let ty = match kinds[value.0 as usize] {
            Kind::Int => Type::Int,
            Kind::Double => Type::Double,
            Kind::Bool => Type::Bool,
            Kind::Nothing | Kind::Any => continue,
        };
        graph.inst_mut(value).ty = ty;
        made += 1;
    }
    // Operands in the new types, at the ends of the blocks that they come from.
    for &(block, value) in &phis {
        let ty = graph.ty(value);
        let args = graph.inst(value).args.clone();
        let preds = graph.at(block).preds.clone();
        let state = graph.at(block).state;
        for (position, (&arg, &pred)) in args.iter().zip(&preds).enumerate() {
            let converted = if ty == Type::Any {
                if graph.ty(arg) == Type::Any {
                    continue;
                }
                graph.make(Op::Box, &[arg], Type::Any, None)
            } else {
                let source = unboxed(graph, arg);
                match convert(graph, source, ty, state) {
                    Some((op, source, ty, state)) => graph.make(op, &[source], ty, state),
                    None => {
                        graph.inst_mut(value).args[position] = source;
                        continue;
                    }
                }
            };
            graph.at_mut(pred).insts.push(converted);
            graph.inst_mut(value).args[position] = converted;
        }
    }
    graph.count("phis unboxed", made);
}

/// How a value comes to a type; `None` where it has it.
fn convert(
    graph: &Graph,
    source: Value,
    ty: Type,
    state: Option<StateId>,
) -> Option<(Op, Value, Type, Option<StateId>)> {
    match (graph.ty(source), ty) {
        (from, to) if from == to => None,
        (Type::Int, Type::Double) => Some((Op::IntToDouble, source, ty, None)),
        (_, Type::Int) => Some((Op::GuardInt, source, ty, state)),
        (_, Type::Double) => Some((Op::GuardNumber, source, ty, state)),
        _ => None,
    }
}

/// Conversions of what is known go; what is unboxed and used as a guest value is boxed.
fn simplify(graph: &mut Graph) {
    let order = graph.order();
    let mut to: Vec<Value> = (0..graph.insts.len() as u32).map(Value).collect();
    let find = |to: &[Value], value: Value| {
        let mut value = value;
        while value.0 < to.len() as u32 && to[value.0 as usize] != value {
            value = to[value.0 as usize];
        }
        value
    };
    let mut gone = 0;
    for &block in &order {
        let insts = std::mem::take(&mut graph.at_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for value in insts {
            if graph.inst(value).op == Op::Phi {
                kept.push(value);
                continue;
            }
            let mut args = graph.inst(value).args.clone();
            for arg in &mut args {
                *arg = find(&to, *arg);
            }
            graph.inst_mut(value).args = args.clone();
            let inst = graph.inst(value).clone();
            let first = args.first().copied();
            let source = first.map(|first| graph.unboxed(first));
            let ty = source.map(|source| graph.ty(source));
            let replace = |to: &mut Vec<Value>, with: Value| {
                to[value.0 as usize] = with;
            };
            match (inst.op, ty, source) {
                (Op::GuardInt, Some(Type::Int), Some(source)) => {
                    replace(&mut to, source);
                    gone += 1;
                    continue;
                }
                (Op::GuardInt, Some(Type::Double), Some(source)) => {
                    let inst = graph.inst_mut(value);
                    inst.op = Op::DoubleToInt;
                    inst.args[0] = source;
                    kept.push(value);
                    continue;
                }
                (Op::GuardNumber, Some(Type::Double), Some(source)) => {
                    replace(&mut to, source);
                    gone += 1;
                    continue;
                }
                (Op::GuardNumber, Some(Type::Int), Some(source)) => {
                    let inst = graph.inst_mut(value);
                    inst.op = Op::IntToDouble;
                    inst.args[0] = source;
                    inst.state = None;
                    kept.push(value);
                    continue;
                }
                // What asked for a guest value is given one.
                (Op::GuardIsNumber, Some(Type::Int | Type::Double), Some(source))
                | (Op::GuardKey, Some(Type::Int), Some(source))
                | (Op::GuardNotHole, Some(Type::Int | Type::Double | Type::Bool), Some(source)) => {
                    become_box(graph, value, source);
                    gone += 1;
                    kept.push(value);
                    continue;
                }
                (Op::Truth, Some(Type::Bool), Some(source)) => {
                    replace(&mut to, source);
                    continue;
                }
                (Op::Truth, Some(Type::Int), Some(source)) => {
                    let zero = graph.make(Op::Int(0), &[], Type::Int, None);
                    to.push(zero);
                    kept.push(zero);
                    let inst = graph.inst_mut(value);
                    inst.op = Op::CmpInt(crate::mir::Cmp::Ne);
                    inst.args = [source, zero].into_iter().collect();
                    kept.push(value);
                    continue;
                }
                (Op::Truncate, _, Some(source)) if graph.inst(source).op == Op::IntToDouble => {
                    let int = graph.inst(source).args[0];
                    replace(&mut to, int);
                    continue;
                }
                (Op::DoubleToInt, _, Some(source)) if graph.inst(source).op == Op::IntToDouble => {
                    let int = graph.inst(source).args[0];
                    replace(&mut to, int);
                    continue;
                }
                (Op::StrictEqual | Op::LooseEqual, _, _) => {
                    let (a, b) = (graph.unboxed(args[0]), graph.unboxed(args[1]));
                    let (ta, tb) = (graph.ty(a), graph.ty(b));
                    let number = |ty| matches!(ty, Type::Int | Type::Double);
                    if ta == Type::Int && tb == Type::Int {
                        let inst = graph.inst_mut(value);
                        inst.op = Op::CmpInt(crate::mir::Cmp::Eq);
                        inst.args = [a, b].into_iter().collect();
                        inst.state = None;
                    } else if number(ta) && number(tb) {
                        let mut operands = [a, b];
                        for operand in &mut operands {
                            if graph.ty(*operand) == Type::Int {
                                let double = graph.make(Op::IntToDouble, &[*operand], Type::Double, None);
                                to.push(double);
                                kept.push(double);
                                *operand = double;
                            }
                        }
                        let inst = graph.inst_mut(value);
                        inst.op = Op::CmpDouble(crate::mir::Cmp::Eq);
                        inst.args = operands.into_iter().collect();
                        inst.state = None;
                    } else {
                        box_operands(graph, &mut to, &mut kept, value);
                    }
                    kept.push(value);
                    continue;
                }
                _ => {}
            }
            if wants_any(inst.op) {
                box_operands(graph, &mut to, &mut kept, value);
            }
            kept.push(value);
        }
        // What returns is a guest value.
        if let crate::mir::End::Return(result) = graph.at(block).end {
            let result = find(&to, result);
            let result = if graph.ty(result) == Type::Any {
                result
            } else {
                let boxed = graph.make(Op::Box, &[result], Type::Any, None);
                to.push(boxed);
                kept.push(boxed);
                boxed
            };
            graph.at_mut(block).end = crate::mir::End::Return(result);
        }
        graph.at_mut(block).insts = kept;
    }
    // Phis' operands, states and ends.
    clean::substitute(graph, |value| find(&to, value));
    // What leaves boxes what it has to.
    for state in 0..graph.states.len() {
        for slot in 0..graph.states[state].slots.len() {
            let value = graph.states[state].slots[slot].1;
            graph.states[state].slots[slot].1 = graph.unboxed(value);
        }
    }
    graph.count("conversions removed", gone);
}

/// Makes a box of an instruction.
fn become_box(graph: &mut Graph, value: Value, source: Value) {
    let inst = graph.inst_mut(value);
    inst.op = Op::Box;
    inst.args[0] = source;
    inst.state = None;
}

/// Whether the operands must be guest values.
fn wants_any(op: Op) -> bool {
    !matches!(
        op,
        Op::Box
            | Op::DoubleToInt
            | Op::IntBelow(_)
            | Op::IntToDouble
            | Op::Truncate
            | Op::ClampByte
            | Op::Int2(_)
            | Op::Int2Free(_)
            | Op::UShrDouble
            | Op::Double2(_)
            | Op::Math(_)
            | Op::MinMax(_)
            | Op::MinMaxInt(_)
            | Op::CmpInt(_)
            | Op::CmpDouble(_)
            | Op::Not
            | Op::GuardBool(_)
            | Op::IsRaw(_)
            | Op::GuardRaw(_)
            | Op::Parent
            | Op::NewArray
            | Op::LoadScope(_)
            | Op::LoadAt(_)
            | Op::LoadWordAt(_)
            | Op::LoadElement
            | Op::HasElement
            | Op::NoteKind(_)
            | Op::TypedData
            | Op::Character
            | Op::InBounds
            | Op::LoadTyped(_)
            | Op::StoreTyped(_)
    )
}

fn box_operands(graph: &mut Graph, to: &mut Vec<Value>, kept: &mut Vec<Value>, value: Value) {
    let op = graph.inst(value).op;
    let args = graph.inst(value).args.clone();
    for (position, &arg) in args.iter().enumerate() {
        let typed = matches!(graph.ty(arg), Type::Int | Type::Double | Type::Bool);
        let raw_place = match op {
            Op::StoreElement(_) => position != 2,
            Op::LoadView(..) => true,
            Op::CharCode | Op::GetIndex | Op::SetIndex => position == 1,
            Op::Substring => position != 0,
            Op::MapFind => graph.ty(arg) == Type::Int,
            Op::MapValue => position == 1,
            Op::StoreView(..) => true,
            _ => false,
        };
        if typed && !raw_place {
            let boxed = graph.make(Op::Box, &[arg], Type::Any, None);
            to.push(boxed);
            kept.push(boxed);
            graph.inst_mut(value).args[position] = boxed;
        }
    }
}
