//! Typed arrays and DataViews: checks, places, loads and stores in either byte order.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I8, I16, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use rustc_hash::FxHashSet;
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};

use super::{Lower, Region};
use crate::mir::{Element, Graph, Op, Type, Value};

/// Of a typed array.
const BUFFER: i32 = offset::TypedArray::buffer as i32;
const ELEMENT_TYPE: i32 = offset::TypedArray::element_type as i32;
const START: i32 = offset::TypedArray::offset as i32;
const COUNT: i32 = offset::TypedArray::length as i32;
/// Of a buffer.
const DATA: i32 = offset::Buffer::data as i32;
const BUFFER_FLAGS: i32 = offset::Buffer::flags as i32;

/// How a word is laid out.
#[derive(Clone, Copy)]
pub(super) enum ByteOrder {
    Little,
    Big,
    /// Little where this is not 0.
    LittleWhere(ir::Value),
}

impl Lower<'_> {
    /// Whether an object is a typed array of a type on a buffer that is neither shared, resizable nor detached.
    pub(super) fn guard_typed(&mut self, value: Value, element: Element) {
        let array = self.plain_view(value, kind::TypedArray, "no typed array");
        let found = self.load(Region::Heap, I32, array, ELEMENT_TYPE);
        let same = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(element.number()));
        self.leave_unless(value, same, "another element type");
    }

    /// The address of an object of a kind, on a buffer that is neither shared, resizable nor detached.
    pub(super) fn plain_view(&mut self, value: Value, kind: u8, otherwise: &'static str) -> ir::Value {
        let array = self.arg(value, 0);
        let array = self.address_of(array);
        let found = self.byte(array, 0);
        let view = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind as i8));
        self.leave_unless(value, view, otherwise);
        let buffer = self.word32(array, BUFFER);
        let buffer = self.cell(buffer);
        let flags = self.load(Region::Heap, I32, buffer, BUFFER_FLAGS);
        self.leave_if(value, flags, "an unusual buffer");
        array
    }

    pub(super) fn typed_length(&mut self, value: Value) -> ir::Value {
        let array = self.plain_view(value, kind::TypedArray, "no typed array");
        let count = self.load(Region::Heap, I64, array, COUNT);
        let above = self.b.ins().ushr_imm_u(count, 31);
        self.leave_if(value, above, "a length above int32");
        self.b.ins().ireduce(I32, count)
    }

    pub(super) fn in_bounds(&mut self, value: Value) {
        let (index, count) = (self.arg(value, 0), self.arg(value, 1));
        // A negative index is beyond all counts.
        let wide = self.b.ins().uextend(I64, index);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, wide, count);
        self.leave_unless(value, inside, "an index out of range");
    }

    /// The address of a typed array's element.
    pub(super) fn typed_element(&mut self, value: Value, element: Element) -> ir::Value {
        let (data, index) = (self.arg(value, 0), self.arg(value, 1));
        let wide = self.b.ins().uextend(I64, index);
        let shift = element.shift();
        let offset = if shift == 0 { wide } else { self.b.ins().ishl_imm_u(wide, shift) };
        self.b.ins().iadd(data, offset)
    }

    /// The address of a view's bytes, which are in range.
    pub(super) fn view_place(&mut self, value: Value, element: Element, count: usize) -> ir::Value {
        let (data, index, count) = (self.arg(value, 0), self.arg(value, 1), self.arg(value, count));
        // A negative index is beyond all counts.
        let wide = self.b.ins().uextend(I64, index);
        let end = self.b.ins().iadd_imm_s(wide, 1 << element.shift());
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, count);
        self.leave_unless(value, inside, "an offset out of range");
        self.b.ins().iadd(data, wide)
    }

    /// The byte order of an access to a view.
    pub(super) fn byte_order(&mut self, value: Value, little: Option<bool>) -> ByteOrder {
        match little {
            Some(true) => ByteOrder::Little,
            Some(false) => ByteOrder::Big,
            None => {
                let last = self.graph.inst(value).args.len() - 1;
                ByteOrder::LittleWhere(self.arg(value, last))
            }
        }
    }

    /// A word of an order, from or to memory.
    fn in_order(&mut self, word: ir::Value, order: ByteOrder) -> ir::Value {
        if self.b.func.dfg.value_type(word) == I8 {
            return word;
        }
        match order {
            ByteOrder::Little => word,
            ByteOrder::Big => self.b.ins().bswap(word),
            ByteOrder::LittleWhere(little) => {
                let swapped = self.b.ins().bswap(word);
                self.b.ins().select(little, word, swapped)
            }
        }
    }

    /// Bytes of a buffer, as a word of their length.
    fn load_bytes(&mut self, ty: ir::Type, at: ir::Value, order: ByteOrder) -> ir::Value {
        let word = self.load(Region::Heap, ty, at, 8);
        self.in_order(word, order)
    }

    pub(super) fn load_typed(&mut self, element: Element, at: ir::Value, order: ByteOrder) -> ir::Value {
        match element {
            Element::I8 | Element::I16 => {
                let part = self.load_bytes(if element == Element::I8 { I8 } else { I16 }, at, order);
                self.b.ins().sextend(I32, part)
            }
            Element::U8 | Element::Clamped | Element::U16 => {
                let part = self.load_bytes(if element == Element::U16 { I16 } else { I8 }, at, order);
                self.b.ins().uextend(I32, part)
            }
            Element::I32 => self.load_bytes(I32, at, order),
            Element::U32 => {
                let word = self.load_bytes(I32, at, order);
                self.b.ins().fcvt_from_uint(F64, word)
            }
            Element::F32 => {
                let single = self.load_float(F32, at, order);
                self.b.ins().fpromote(F64, single)
            }
            Element::F64 => self.load_float(F64, at, order),
        }
    }

    fn load_float(&mut self, ty: ir::Type, at: ir::Value, order: ByteOrder) -> ir::Value {
        if matches!(order, ByteOrder::Little) {
            return self.load(Region::Heap, ty, at, 8);
        }
        let word = self.load_bytes(ty.as_int(), at, order);
        self.b.ins().bitcast(ty, MemFlagsData::new(), word)
    }

    /// A double as the one NaN, where it is any.
    pub(super) fn quiet(&mut self, value: ir::Value) -> ir::Value {
        let nan = self.b.ins().fcmp(FloatCC::Unordered, value, value);
        let (other, done) = (self.cold(), self.warm());
        self.b.append_block_param(done, F64);
        self.b.ins().brif(nan, other, &[], done, &[value.into()]);
        self.b.switch_to_block(other);
        let one = self.b.ins().f64const(f64::from_bits(bits::NAN));
        self.b.ins().jump(done, &[one.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    pub(super) fn store_typed(&mut self, value: Value, element: Element, at: ir::Value, order: ByteOrder) {
        let mut stored = self.arg(value, 2);
        // Bytes tell one NaN from another: there is one.
        let number = self.graph.inst(self.graph.inst(value).args[2]).op;
        if matches!(element, Element::F32 | Element::F64)
            && !matches!(number, Op::IntToDouble | Op::Double(_))
        {
            stored = self.quiet(stored);
        }
        stored = match element {
            Element::I8 | Element::U8 | Element::Clamped => self.b.ins().ireduce(I8, stored),
            Element::I16 | Element::U16 => self.b.ins().ireduce(I16, stored),
            Element::F32 => self.b.ins().fdemote(F32, stored),
            _ => stored,
        };
        let ty = self.b.func.dfg.value_type(stored);
        if !matches!(order, ByteOrder::Little) {
            if ty.is_float() {
                stored = self.b.ins().bitcast(ty.as_int(), MemFlagsData::new(), stored);
            }
            stored = self.in_order(stored, order);
        }
        self.store(Region::Heap, stored, at, 8);
    }

    /// The address that elements are counted from, without the header of the buffer's data.
    pub(super) fn typed_data(&mut self, value: Value) -> ir::Value {
        let array = self.arg(value, 0);
        let array = self.address_of(array);
        let buffer = self.word32(array, BUFFER);
        let buffer = self.cell(buffer);
        let data = self.word32(buffer, DATA);
        let data = self.cell(data);
        let start = self.load(Region::Heap, I64, array, START);
        self.b.ins().iadd(data, start)
    }

    pub(super) fn typed_count(&mut self, value: Value) -> ir::Value {
        let array = self.arg(value, 0);
        let array = self.address_of(array);
        self.load(Region::Heap, I64, array, COUNT)
    }
}

/// Doubles that come from typed arrays and views, and what is computed of them.
pub(super) fn foreign_doubles(graph: &Graph) -> FxHashSet<Value> {
    let mut all = FxHashSet::default();
    let order = graph.order();
    loop {
        let before = all.len();
        for &value in order.iter().flat_map(|&block| &graph.at(block).insts) {
            let inst = graph.inst(value);
            let is_foreign = match inst.op {
                Op::LoadTyped(Element::F32 | Element::F64) | Op::LoadView(Element::F32 | Element::F64, _) => {
                    true
                }
                Op::Phi | Op::Double2(_) | Op::Math(_) | Op::MinMax(_) => {
                    inst.ty == Type::Double && inst.args.iter().any(|arg| all.contains(arg))
                }
                _ => false,
            };
            if is_foreign {
                all.insert(value);
            }
        }
        if all.len() == before {
            return all;
        }
    }
}
