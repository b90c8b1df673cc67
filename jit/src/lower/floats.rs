//! Loads whose value nobody needs but as a double: they load one, and that is asked whether it is a number by what sets
//! tagged values apart, that they are NaNs.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use rustc_hash::{FxHashMap, FxHashSet};
use tvm_runtime::heap::bits;

use super::Lower;
use crate::mir::{End, Graph, Op, Type, Value};

/// Such loads: used by [`Op::GuardNumber`] alone, in the same block and with no call between.
pub(super) fn float_loads(graph: &Graph) -> FxHashSet<Value> {
    let mut found = FxHashMap::default();
    let order = graph.order();
    for &block in &order {
        let mut open = FxHashMap::default();
        for &value in &graph.at(block).insts {
            let inst = graph.inst(value);
            match inst.op {
                Op::GuardNumber => {
                    if let Some(uses) = open.get_mut(&inst.args[0]) {
                        *uses += 1usize;
                    }
                }
                op if op.is_call() || op == Op::Poll => found.extend(open.drain()),
                _ => {}
            }
            if matches!(
                inst.op,
                Op::LoadField(_) | Op::LoadOf(..) | Op::LoadAt(_) | Op::LoadScope(_) | Op::LoadElement
            ) {
                open.insert(value, 0);
            }
        }
        found.extend(open);
    }
    let mut seen = |value: Value| {
        if let Some(left) = found.get_mut(&value) {
            *left = left.wrapping_sub(1);
        }
    };
    for &block in &order {
        let content = graph.at(block);
        for &value in &content.insts {
            let inst = graph.inst(value);
            inst.args.iter().for_each(|&arg| seen(arg));
            let slots = inst.state.map(|state| &graph.states[state.0 as usize].slots);
            slots.into_iter().flatten().for_each(|&(_, value)| seen(value));
        }
        if let End::Return(value) | End::Branch(value, ..) | End::Switch(value, ..) = content.end {
            seen(value);
        }
    }
    found.into_iter().filter(|&(_, left)| left == 0).map(|(value, _)| value).collect()
}

impl Lower<'_> {
    /// Loads a word as what its users take.
    pub(super) fn load_number(&mut self, value: Value, from: ir::Value, offset: i32) -> ir::Value {
        let ty = if self.float_loads.contains(&value) { F64 } else { I64 };
        self.load(super::Region::Heap, ty, from, offset)
    }

    /// A value as a store takes it: a double as such, anything else in its 64 bits.
    pub(super) fn stored_form(&mut self, stored: Value) -> ir::Value {
        let inst = self.graph.inst(stored);
        if inst.op == Op::Box {
            let inner = self.graph.root(inst.args[0]);
            if self.graph.ty(inner) == Type::Double && !self.graph.inst(inner).op.gives_ints_where_it_can() {
                return self.get_guest(inner);
            }
        }
        self.boxed(stored)
    }

    /// Lowers [`Op::GuardNumber`].
    pub(super) fn guard_number(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        let (other, done) = (self.cold(), self.warm());
        self.b.append_block_param(done, F64);
        if self.b.func.dfg.value_type(arg) == F64 {
            let is_double = self.b.ins().fcmp(FloatCC::Ordered, arg, arg);
            self.b.ins().brif(is_double, done, &[arg.into()], other, &[]);
            self.b.switch_to_block(other);
            let word = self.b.ins().bitcast(I64, MemFlagsData::new(), arg);
            let is_nan = self.is_double(word);
            let tagged = self.cold();
            self.b.ins().brif(is_nan, done, &[arg.into()], tagged, &[]);
            self.b.switch_to_block(tagged);
            self.double_of_int(value, word, done);
        } else {
            let is_double = self.is_double(arg);
            let double = self.as_float(arg);
            self.b.ins().brif(is_double, done, &[double.into()], other, &[]);
            self.b.switch_to_block(other);
            self.double_of_int(value, arg, done);
        }
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    fn is_double(&mut self, word: ir::Value) -> ir::Value {
        let first = self.word(bits::FIRST_TAGGED);
        self.b.ins().icmp(IntCC::UnsignedLessThan, word, first)
    }

    /// Goes to `done` with the double of a word that is an int32, and leaves with any other.
    fn double_of_int(&mut self, value: Value, word: ir::Value, done: ir::Block) {
        let int = self.has_tag(word, bits::TAG_INT);
        self.leave_unless(value, int, "not a number");
        let low = self.low(word);
        let double = self.b.ins().fcvt_from_sint(F64, low);
        self.b.ins().jump(done, &[double.into()]);
    }
}
