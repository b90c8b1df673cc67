//! Objects, elements, scopes: checks, loads, stores with the barrier, allocation.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder};
use tvm_runtime::base::tier::LEFT;
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{flag, kind, offset};
use tvm_runtime::interp::feedback::OUT_OF_LINE;
use tvm_runtime::interp::leaf::Leaf;

use super::typed::ByteOrder;
use super::{Lower, Region, address};
use crate::mir::{Op, StateId, Type, Unmade, Value, Walked};

/// Offsets that every object has (`heap/cells.rs`).
const SHAPE: i32 = offset::Object::shape as i32;
const ELEMENTS: i32 = offset::Object::elements as i32;
/// Of an array.
const LENGTH: i32 = offset::Array::length as i32;

/// Arrays of fewer holes than this are made in place.
const SHORT: i64 = 129;

impl Lower<'_> {
    /// The address of the cell with a reference.
    pub(super) fn cell(&mut self, reference: ir::Value) -> ir::Value {
        let offset = self.b.ins().ishl_imm_u(reference, 3);
        // Cranelift adds constants again in each block that asks for the sum, and all that is made of it: in a loop,
        // each round. What it does not know for a constant it keeps.
        let base = if self.is_carried { self.isolate_load(I64, self.abi.base) } else { self.base };
        self.b.ins().iadd(base, offset)
    }

    /// The address of the cell that a guest value refers to.
    pub(super) fn address_of(&mut self, value: ir::Value) -> ir::Value {
        let low = self.b.ins().ireduce(I32, value);
        let reference = self.b.ins().uextend(I64, low);
        self.cell(reference)
    }

    pub(super) fn word32(&mut self, from: ir::Value, offset: i32) -> ir::Value {
        self.b.ins().uload32(self.flags[Region::Heap as usize], from, offset)
    }

    pub(super) fn byte(&mut self, from: ir::Value, offset: i32) -> ir::Value {
        self.load(Region::Heap, I8, from, offset)
    }

    /// The address of a cell whose reference is known.
    fn fixed(&mut self, reference: u32) -> ir::Value {
        self.b.ins().iconst(I64, address(self.request.base + ((reference as usize) << 3)))
    }

    /// The write barrier for a value stored at an offset of a cell.
    fn barrier(&mut self, cell: ir::Value, offset: ir::Value, stored: Value) {
        let root = self.graph.root(stored);
        let inst = self.graph.inst(root);
        if matches!(inst.op, Op::Const(_) | Op::Box) || inst.ty != Type::Any {
            return;
        }
        let value = self.get(stored);
        let done = self.warm();
        let old = self.b.ins().iconst(I64, address(self.request.base + self.abi.old_start));
        let is_old = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, cell, old);
        let check = self.warm();
        self.b.ins().brif(is_old, check, &[], done, &[]);
        self.b.switch_to_block(check);
        let first = self.word(bits::FIRST_REFERENCE);
        let refers = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, value, first);
        let check = self.warm();
        self.b.ins().brif(refers, check, &[], done, &[]);
        self.b.switch_to_block(check);
        let flags = self.byte(cell, 1);
        let dirty = self.b.ins().band_imm_u(flags, i64::from(flag::DIRTY));
        let slow = self.cold();
        self.b.ins().brif(dirty, done, &[], slow, &[]);
        self.b.switch_to_block(slow);
        self.call_stub(self.stubs.barrier, &[cell, offset]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Stores a guest value at a fixed offset of a cell, with the barrier.
    fn store_value(&mut self, cell: ir::Value, offset: u32, stored: Value) {
        let is = self.stored_form(stored);
        self.store(Region::Heap, is, cell, offset as i32);
        let offset = self.word(u64::from(offset));
        self.barrier(cell, offset, stored);
    }

    /// A value that is made anew after collections.
    pub(super) fn derived(&mut self, value: Value) -> ir::Value {
        match self.graph.inst(value).op {
            Op::Word(function, index) => {
                let linked = self.request.functions[function as usize].linked;
                let cell = self.fixed(linked);
                self.load(Region::Heap, I64, cell, 8 + 8 * index as i32)
            }
            Op::LoadCell(offset) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                let reference = self.word32(object, offset as i32);
                let tag = self.word(bits::TAG_CELL << bits::TAG_SHIFT);
                self.b.ins().bor(reference, tag)
            }
            _ => self.word(bits::UNDEFINED),
        }
    }

    pub(super) fn memory_op(&mut self, value: Value) -> Result<(), String> {
        let graph = self.graph;
        let inst = graph.inst(value);
        let is = match inst.op {
            Op::Word(..) | Op::LoadCell(_) => self.derived(value),
            Op::HasElement => {
                self.load_element(value);
                self.b.ins().iconst(I8, 1)
            }
            Op::IsObject => {
                let arg = self.arg(value, 0);
                self.has_tag(arg, bits::TAG_OBJECT)
            }
            Op::OrReceiver => {
                let (result, this) = (self.arg(value, 0), self.arg(value, 1));
                let object = self.has_tag(result, bits::TAG_OBJECT);
                self.b.ins().select(object, result, this)
            }
            Op::Truth => self.truth(value),
            Op::IsNull => self.is_null(value),
            Op::GuardObject => {
                let arg = self.arg(value, 0);
                let object = self.has_tag(arg, bits::TAG_OBJECT);
                self.leave_unless(value, object, "not an object");
                return Ok(());
            }
            Op::GuardString => {
                let arg = self.arg(value, 0);
                let string = self.has_tag(arg, bits::TAG_STRING);
                self.leave_unless(value, string, "not a string");
                return Ok(());
            }
            Op::GuardIs(word) => {
                let arg = self.arg(value, 0);
                let word = self.word(word);
                let same = self.b.ins().icmp(IntCC::Equal, arg, word);
                self.leave_unless(value, same, "another function");
                return Ok(());
            }
            Op::GuardIterable(plain) => {
                self.guard_iterable(value, plain);
                return Ok(());
            }
            Op::GuardWalked(what) => {
                self.guard_walked(value, what);
                return Ok(());
            }
            Op::Character => self.character(value),
            Op::GuardKey => {
                self.guard_key(value);
                return Ok(());
            }
            Op::InBounds => {
                self.in_bounds(value);
                return Ok(());
            }
            Op::GuardStores => {
                self.guard_stores(value);
                return Ok(());
            }
            Op::NoteKind(set) => {
                self.note_kind(value, set);
                return Ok(());
            }
            Op::StoreLimit => {
                let (array, elements) = (self.arg(value, 0), self.arg(value, 1));
                let array = self.address_of(array);
                let length = self.word32(array, LENGTH);
                let capacity = self.word32(elements, 4);
                self.b.ins().umin(length, capacity)
            }
            Op::GuardView => {
                self.plain_view(value, kind::DataView, "no DataView");
                return Ok(());
            }
            Op::GuardTyped(element) => {
                self.guard_typed(value, element);
                return Ok(());
            }
            Op::TypedData => self.typed_data(value),
            Op::TypedCount => self.typed_count(value),
            Op::GuardNotHole => {
                let arg = self.arg(value, 0);
                let hole = self.b.ins().icmp_imm_s(IntCC::Equal, arg, bits::HOLE as i64);
                self.leave_if(value, hole, "a hole");
                return Ok(());
            }
            Op::GuardBool(expected) => {
                let (on, holds) = self.graph.condition(self.graph.inst(value).args[0]);
                let arg = self.get(on);
                if expected == holds {
                    self.leave_unless(value, arg, "a condition that did not hold");
                } else {
                    self.leave_if(value, arg, "a condition that held");
                }
                return Ok(());
            }
            Op::Leave => {
                let always = self.b.ins().iconst(I8, 1);
                self.leave_if(value, always, tvm_runtime::base::tier::NEVER_RUN);
                return Ok(());
            }
            Op::GuardShape(shape) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                let found = self.load(Region::Heap, I32, object, SHAPE);
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as i32));
                self.leave_unless(value, same, "another shape");
                return Ok(());
            }
            Op::GuardShapeOf(reference, shape) => {
                let object = self.fixed(reference);
                let found = self.load(Region::Heap, I32, object, SHAPE);
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as i32));
                self.leave_unless(value, same, "another shape");
                return Ok(());
            }
            Op::GuardWordOf(reference, place, word) => {
                let object = self.fixed(reference);
                let found = if place < OUT_OF_LINE {
                    self.load(Region::Heap, I64, object, 8 * place as i32)
                } else {
                    let slots = self.word32(object, offset::Object::slots as i32);
                    let slots = self.cell(slots);
                    self.load(Region::Heap, I64, slots, 8 + 8 * (place - OUT_OF_LINE) as i32)
                };
                let word = self.word(word);
                let same = self.b.ins().icmp(IntCC::Equal, found, word);
                self.leave_unless(value, same, "another function");
                return Ok(());
            }
            Op::GuardKind(kind) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                let found = self.byte(object, 0);
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind as i8));
                self.leave_unless(value, same, "another kind of object");
                return Ok(());
            }
            Op::GuardValid(reference) => {
                let cell = self.fixed(reference);
                let valid = self.load(Region::Heap, I32, cell, 4);
                let valid = self.b.ins().icmp_imm_s(IntCC::Equal, valid, 1);
                self.leave_unless(value, valid, "a prototype changed");
                return Ok(());
            }
            Op::GuardRaw(expected) => {
                let arg = self.arg(value, 0);
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, arg, i64::from(expected));
                self.leave_unless(value, same, "another function");
                return Ok(());
            }
            Op::Shape => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                self.word32(object, SHAPE)
            }
            Op::LoadWord(offset) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                self.word32(object, offset as i32)
            }
            Op::Word32(word) => self.word(u64::from(word)),
            Op::LoadWordAt(offset) => {
                let cell = self.arg(value, 0);
                self.word32(cell, offset as i32)
            }
            Op::LoadField(offset) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                self.load_number(value, object, offset as i32)
            }
            Op::LoadOf(reference, offset) => {
                let object = self.fixed(reference);
                self.load_number(value, object, offset as i32)
            }
            Op::StoreField(offset) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                self.store_value(object, offset, inst.args[1]);
                return Ok(());
            }
            Op::StoreOf(reference, offset) => {
                let object = self.fixed(reference);
                self.store_value(object, offset, inst.args[0]);
                return Ok(());
            }
            Op::StoreShape(shape) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                let shape = self.b.ins().iconst(I32, i64::from(shape));
                self.store(Region::Heap, shape, object, SHAPE);
                return Ok(());
            }
            Op::Part(offset) => {
                let object = self.arg(value, 0);
                let object = self.address_of(object);
                let part = self.word32(object, offset as i32);
                self.cell(part)
            }
            Op::PartOf(reference, offset) => {
                let object = self.fixed(reference);
                let part = self.word32(object, offset as i32);
                self.cell(part)
            }
            Op::Address => {
                let arg = self.arg(value, 0);
                self.address_of(arg)
            }
            Op::Parent => {
                let scope = self.arg(value, 0);
                let parent = self.word32(scope, 4);
                self.cell(parent)
            }
            Op::LoadAt(offset) | Op::LoadScope(offset) => {
                let cell = self.arg(value, 0);
                self.load_number(value, cell, offset as i32)
            }
            Op::StoreAt(offset) | Op::StoreScope(offset) => {
                let cell = self.arg(value, 0);
                self.store_value(cell, offset, inst.args[1]);
                return Ok(());
            }
            Op::Length => self.length(value),
            Op::TypedLength => self.typed_length(value),
            Op::LoadElement => self.load_element(value),
            Op::StoreElement(noted) => {
                self.store_element(value, noted);
                return Ok(());
            }
            Op::LoadTyped(element) => {
                let at = self.typed_element(value, element);
                self.load_typed(element, at, ByteOrder::Little)
            }
            Op::StoreTyped(element) => {
                let at = self.typed_element(value, element);
                self.store_typed(value, element, at, ByteOrder::Little);
                return Ok(());
            }
            Op::LoadView(element, little) => {
                let at = self.view_place(value, element, 2);
                let order = self.byte_order(value, little);
                self.load_typed(element, at, order)
            }
            Op::StoreView(element, little) => {
                let at = self.view_place(value, element, 3);
                let order = self.byte_order(value, little);
                self.store_typed(value, element, at, order);
                return Ok(());
            }
            other => return Err(format!("{other:?} cannot be lowered")),
        };
        self.def(value, is);
        Ok(())
    }

    /// Whether two strings or BigInts are both atoms; only strings are.
    pub(super) fn both_atoms(&mut self, a: ir::Value, b: ir::Value) -> ir::Value {
        let (a, b) = (self.address_of(a), self.address_of(b));
        let (a, b) = (self.byte(a, 1), self.byte(b, 1));
        let both = self.b.ins().band(a, b);
        self.b.ins().band_imm_u(both, i64::from(flag::ATOM))
    }

    fn truth(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        let done = self.warm();
        self.b.append_block_param(done, I8);
        // true and false are neighbours.
        let from = self.b.ins().iadd_imm_s(arg, (bits::FALSE as i64).wrapping_neg());
        let truth = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, from, 1);
        let low = self.b.ins().ireduce(I8, from);
        let other = self.warm();
        self.b.ins().brif(truth, done, &[low.into()], other, &[]);
        self.b.switch_to_block(other);
        let (object, other) = (self.warm(), self.warm());
        let is_object = self.has_tag(arg, bits::TAG_OBJECT);
        self.b.ins().brif(is_object, object, &[], other, &[]);
        self.b.switch_to_block(object);
        // An object may claim to be undefined (B.3.6): its shape says so.
        let cell = self.address_of(arg);
        let shape = self.word32(cell, SHAPE);
        let shape = self.cell(shape);
        let flags = self.load(Region::Heap, I32, shape, 4);
        let claims = i64::from(tvm_runtime::object::shape::shape_flag::HTML_DDA);
        let claims = self.b.ins().band_imm_u(flags, claims);
        let truth = self.b.ins().icmp_imm_s(IntCC::Equal, claims, 0);
        self.b.ins().jump(done, &[truth.into()]);
        self.b.switch_to_block(other);
        let special = self.has_tag(arg, bits::TAG_SPECIAL);
        let no = self.b.ins().iconst(I8, 0);
        let other = self.warm();
        self.b.ins().brif(special, done, &[no.into()], other, &[]);
        self.b.switch_to_block(other);
        let (string, other) = (self.warm(), self.warm());
        let is_string = self.has_tag(arg, bits::TAG_STRING);
        self.b.ins().brif(is_string, string, &[], other, &[]);
        self.b.switch_to_block(string);
        let cell = self.address_of(arg);
        // All kinds of strings have it there.
        let length = self.load(Region::Heap, I32, cell, offset::Rope::length as i32);
        let truth = self.b.ins().icmp_imm_s(IntCC::NotEqual, length, 0);
        self.b.ins().jump(done, &[truth.into()]);
        self.b.switch_to_block(other);
        let rest = self.cold();
        let int = self.warm();
        let is_int = self.has_tag(arg, bits::TAG_INT);
        self.b.ins().brif(is_int, int, &[], rest, &[]);
        self.b.switch_to_block(int);
        let low = self.b.ins().ireduce(I32, arg);
        let truth = self.b.ins().icmp_imm_s(IntCC::NotEqual, low, 0);
        self.b.ins().jump(done, &[truth.into()]);
        self.b.switch_to_block(rest);
        let result = self.ask_aside(self.abi.truth, &[arg]);
        let low = self.b.ins().ireduce(I8, result);
        self.b.ins().jump(done, &[low.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    fn is_null(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        let done = self.warm();
        self.b.append_block_param(done, I8);
        let pair = self.b.ins().band_imm_s(arg, !1);
        let nullish = self.b.ins().icmp_imm_s(IntCC::Equal, pair, bits::UNDEFINED as i64);
        let object = self.has_tag(arg, bits::TAG_OBJECT);
        let look = self.warm();
        self.b.ins().brif(object, look, &[], done, &[nullish.into()]);
        self.b.switch_to_block(look);
        // An object may claim to be undefined (B.3.6): its shape says so.
        let cell = self.address_of(arg);
        let shape = self.word32(cell, SHAPE);
        let shape = self.cell(shape);
        let flags = self.load(Region::Heap, I32, shape, 4);
        let claims = i64::from(tvm_runtime::object::shape::shape_flag::HTML_DDA);
        let claims = self.b.ins().band_imm_u(flags, claims);
        let claims = self.b.ins().icmp_imm_s(IntCC::NotEqual, claims, 0);
        self.b.ins().jump(done, &[claims.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    fn length(&mut self, value: Value) -> ir::Value {
        let arg = self.arg(value, 0);
        let done = self.warm();
        self.b.append_block_param(done, I32);
        let cell = self.address_of(arg);
        let object = self.has_tag(arg, bits::TAG_OBJECT);
        let (is_object, other) = (self.warm(), self.warm());
        self.b.ins().brif(object, is_object, &[], other, &[]);
        self.b.switch_to_block(is_object);
        let found = self.byte(cell, 0);
        let array = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Array as i8));
        self.leave_unless(value, array, "not an array");
        let length = self.load(Region::Heap, I32, cell, LENGTH);
        let big = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, length, 0);
        self.leave_if(value, big, "a length above int32");
        self.b.ins().jump(done, &[length.into()]);
        self.b.switch_to_block(other);
        let string = self.has_tag(arg, bits::TAG_STRING);
        self.leave_unless(value, string, "neither an array nor a string");
        let length = self.load(Region::Heap, I32, cell, 4);
        self.b.ins().jump(done, &[length.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    /// The offset of an element, which is below the limit.
    fn element(&mut self, value: Value, limit: usize) -> (ir::Value, ir::Value) {
        let (elements, index, limit) = (self.arg(value, 0), self.arg(value, 1), self.arg(value, limit));
        let wide = self.b.ins().uextend(I64, index);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, wide, limit);
        self.leave_unless(value, inside, "an index out of range");
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        (elements, offset)
    }

    fn load_element(&mut self, value: Value) -> ir::Value {
        let (elements, offset) = self.element(value, 2);
        let at = self.b.ins().iadd(elements, offset);
        let found = self.load_number(value, at, 8);
        // A hole is no number.
        if !self.float_loads.contains(&value) {
            let hole = self.b.ins().icmp_imm_s(IntCC::Equal, found, bits::HOLE as i64);
            self.leave_if(value, hole, "a hole");
        }
        found
    }

    fn store_element(&mut self, value: Value, noted: bool) {
        let stored = self.graph.inst(value).args[2];
        let (elements, offset) = self.element(value, 3);
        let at = self.b.ins().iadd(elements, offset);
        if noted {
            // As the type that was noted: a double stays one, although it could be an int32.
            let inner = match self.graph.inst(stored).op {
                Op::Box => self.graph.inst(stored).args[0],
                _ => stored,
            };
            let mut is = self.get_guest(inner);
            if self.graph.ty(inner) != Type::Double {
                is = self.box_as(is, self.graph.ty(inner));
            }
            self.store(Region::Heap, is, at, 8);
            let offset = self.b.ins().iadd_imm_s(offset, 8);
            self.barrier(elements, offset, stored);
            return;
        }
        let origin = self.graph.inst(self.graph.root(stored));
        if origin.op == Op::LoadElement && origin.args[0] == self.graph.inst(value).args[0] {
            // What came from these elements changes nothing about their kind.
            let is = self.get(stored);
            self.store(Region::Heap, is, at, 8);
            let offset = self.b.ins().iadd_imm_s(offset, 8);
            self.barrier(elements, offset, stored);
            return;
        }
        let flags = self.byte(elements, 1);
        self.put_element(elements, offset, at, flags, stored);
    }

    /// Whether elements below an array's length can be stored to without asking.
    fn guard_stores(&mut self, value: Value) {
        let array = self.arg(value, 0);
        let array = self.address_of(array);
        let odd = self.takes_no_elements(array);
        let elements = self.word32(array, ELEMENTS);
        let elements = self.cell(elements);
        let fixed = self.fixed_elements(elements);
        let odd = self.b.ins().bor(odd, fixed);
        self.leave_if(value, odd, "elements that are not simply stored");
    }

    /// Leaves unless iterating over a value walks an array by index: at once for those of a shape of which that is known.
    fn guard_iterable(&mut self, value: Value, plain: Option<u32>) {
        let (arg, callee) = (self.arg(value, 0), self.arg(value, 1));
        let done = self.warm();
        if let Some(shape) = plain {
            let ask = self.cold();
            self.unless(ask, |lower| lower.has_tag(arg, bits::TAG_OBJECT));
            let cell = self.address_of(arg);
            let found = self.load(Region::Heap, I32, cell, SHAPE);
            let same = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as i32));
            let elements = self.word32(cell, ELEMENTS);
            let elements = self.cell(elements);
            let form = self.byte(elements, 0);
            let dense = self.b.ins().icmp_imm_s(IntCC::NotEqual, form, i64::from(kind::Sparse as i8));
            let indexed = self.isolate_load(I8, self.abi.indexed_prototypes);
            let none = self.b.ins().icmp_imm_s(IntCC::Equal, indexed, 0);
            let plain = self.b.ins().band(same, dense);
            let plain = self.b.ins().band(plain, none);
            self.b.ins().brif(plain, done, &[], ask, &[]);
            self.b.switch_to_block(ask);
        }
        let walked = self.ask_aside(Leaf::Iterable.address(), &[arg, callee, callee]);
        self.leave_unless(value, walked, "no plain array to walk");
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn guard_walked(&mut self, value: Value, what: Walked) {
        let args = [self.arg(value, 0), self.arg(value, 1)];
        let (leaf, done) = match what {
            Walked::Typed => (Leaf::IterableTyped, None),
            Walked::String => (Leaf::IterableString, None),
            Walked::InOnePiece => {
                let (ask, done) = (self.cold(), self.warm());
                let cell = self.address_of(args[0]);
                let found = self.byte(cell, 0);
                let flat = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Latin1));
                self.b.ins().brif(flat, done, &[], ask, &[]);
                self.b.switch_to_block(ask);
                (Leaf::IterableString, Some(done))
            }
        };
        // Strings are put together, which is booked.
        self.store_budget();
        let walked = self.ask_aside(leaf.address(), &args);
        self.load_budget();
        self.leave_unless(value, walked, "nothing plain to walk");
        if let Some(done) = done {
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(done);
        }
    }

    /// Not 0 where an array's shape says that it is not extensible, or a prototype.
    fn takes_no_elements(&mut self, array: ir::Value) -> ir::Value {
        use tvm_runtime::object::shape::shape_flag;
        let shape = self.word32(array, SHAPE);
        let shape = self.cell(shape);
        let flags = self.load(Region::Heap, I32, shape, 4);
        self.b.ins().band_imm_u(flags, i64::from(shape_flag::NON_EXTENSIBLE | shape_flag::PROTOTYPE))
    }

    /// Not 0 where elements are frozen or sealed, or some prototype may have elements.
    fn fixed_elements(&mut self, elements: ir::Value) -> ir::Value {
        let flags = self.byte(elements, 1);
        let fixed = self.b.ins().band_imm_u(flags, i64::from(flag::FROZEN | flag::SEALED));
        let fixed = self.b.ins().uextend(I32, fixed);
        let indexed = self.isolate_load(I8, self.abi.indexed_prototypes);
        let indexed = self.b.ins().uextend(I32, indexed);
        self.b.ins().bor(fixed, indexed)
    }

    /// Elements may hold values of a kind from now on.
    fn note_kind(&mut self, value: Value, set: u8) {
        let elements = self.arg(value, 0);
        let flags = self.byte(elements, 1);
        let joined = self.b.ins().bor_imm_u(flags, i64::from(set));
        let same = self.b.ins().icmp(IntCC::Equal, joined, flags);
        let (note, done) = (self.cold(), self.warm());
        self.b.ins().brif(same, done, &[], note, &[]);
        self.b.switch_to_block(note);
        self.store(Region::Heap, joined, elements, 1);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Stores an element that is there, and keeps what is known of all of them.
    fn put_element(
        &mut self,
        elements: ir::Value,
        offset: ir::Value,
        at: ir::Value,
        flags: ir::Value,
        stored: Value,
    ) {
        let is = self.stored_form(stored);
        self.store(Region::Heap, is, at, 8);
        // The kind flags of elements stay true.
        let inner = match self.graph.inst(stored).op {
            Op::Box if !self.graph.inst(self.graph.inst(stored).args[0]).op.gives_ints_where_it_can() => {
                self.graph.ty(self.graph.inst(stored).args[0])
            }
            _ => Type::Any,
        };
        let both = i64::from(flag::NOT_INT | flag::NOT_DOUBLE);
        let set = match inner {
            Type::Int => self.b.ins().iconst(I8, i64::from(flag::NOT_DOUBLE)),
            Type::Double => self.b.ins().iconst(I8, i64::from(flag::NOT_INT)),
            Type::Bool => self.b.ins().iconst(I8, both),
            _ => {
                let int = self.has_tag(is, bits::TAG_INT);
                let first = self.word(bits::FIRST_TAGGED);
                let double = self.b.ins().icmp(IntCC::UnsignedLessThan, is, first);
                let not_double = self.b.ins().iconst(I8, i64::from(flag::NOT_DOUBLE));
                let not_int = self.b.ins().iconst(I8, i64::from(flag::NOT_INT));
                let neither = self.b.ins().iconst(I8, both);
                let rest = self.b.ins().select(double, not_int, neither);
                self.b.ins().select(int, not_double, rest)
            }
        };
        let joined = self.b.ins().bor(flags, set);
        let same = self.b.ins().icmp(IntCC::Equal, joined, flags);
        let (note, done) = (self.cold(), self.warm());
        self.b.ins().brif(same, done, &[], note, &[]);
        self.b.switch_to_block(note);
        self.store(Region::Heap, joined, elements, 1);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        let offset = self.b.ins().iadd_imm_s(offset, 8);
        self.barrier(elements, offset, stored);
    }

    /// Whether a guest value is an int that is not negative.
    pub(super) fn is_index(&mut self, value: ir::Value) -> ir::Value {
        // The sign of an int above its tag.
        let above = self.b.ins().ushr_imm_u(value, 31);
        self.b.ins().icmp_imm_s(IntCC::Equal, above, (bits::TAG_INT << 17) as i64)
    }

    fn guard_key(&mut self, value: Value) {
        let arg = self.arg(value, 0);
        let (look, go) = (self.warm(), self.warm());
        let index = self.is_index(arg);
        self.b.ins().brif(index, go, &[], look, &[]);
        self.b.switch_to_block(look);
        let key = self.ask_leaf(Leaf::ToPropertyKey, &[arg]);
        let more = self.b.ins().icmp_imm_s(IntCC::Equal, key, LEFT as i64);
        self.leave_if(value, more, "no property key");
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(go);
    }

    /// The frame of an instruction's state.
    pub(super) fn frame_of(&mut self, value: Value) -> ir::Value {
        let frame = self.graph.inst(value).state.map_or(0, |state| self.graph.states[state.0 as usize].frame);
        self.slot_address(frame)
    }

    /// An element: of dense elements at once, otherwise as the runtime finds it.
    pub(super) fn get_index(&mut self, value: Value) -> Result<(), String> {
        let (object, index) = (self.arg(value, 0), self.arg(value, 1));
        let (slow, done) = (self.warm(), self.warm());
        self.b.append_block_param(done, I64);
        let is_object = self.has_tag(object, bits::TAG_OBJECT);
        let look = self.warm();
        self.b.ins().brif(is_object, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let cell = self.address_of(object);
        let elements = self.word32(cell, ELEMENTS);
        let elements = self.cell(elements);
        let capacity = self.load(Region::Heap, I32, elements, 4);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, capacity);
        let look = self.warm();
        self.b.ins().brif(inside, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let wide = self.b.ins().uextend(I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(elements, offset);
        let found = self.load(Region::Heap, I64, at, 8);
        let hole = self.b.ins().icmp_imm_s(IntCC::Equal, found, bits::HOLE as i64);
        self.b.ins().brif(hole, slow, &[], done, &[found.into()]);
        self.b.switch_to_block(slow);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        self.leave_if(value, negative, "a negative index");
        let fp = self.frame_of(value);
        let found = self.slow_call(value, self.abi.get_index, &[fp, object, index])?;
        let hole = self.b.ins().icmp_imm_s(IntCC::Equal, found, bits::HOLE as i64);
        self.leave_if(value, hole, "no plain element");
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
        Ok(())
    }

    /// Takes the last element from an array of plain shape, as the runtime does.
    pub(super) fn pop(&mut self, value: Value) {
        let array = self.arg(value, 0);
        let array = self.address_of(array);
        let length = self.load(Region::Heap, I32, array, LENGTH);
        let length_fixed = self.load(Region::Heap, I32, array, offset::Array::frozen_length as i32);
        let elements = self.word32(array, ELEMENTS);
        let elements = self.cell(elements);
        let capacity = self.load(Region::Heap, I32, elements, 4);
        let index = self.b.ins().iadd_imm_s(length, -1);
        // An empty array's index is beyond all capacities.
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, capacity);
        self.leave_unless(value, inside, "no element to take");
        let odd = self.fixed_elements(elements);
        let odd = self.b.ins().bor(odd, length_fixed);
        self.leave_if(value, odd, "an array that is not simply changed");
        let wide = self.b.ins().uextend(I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(elements, offset);
        let last = self.load(Region::Heap, I64, at, 8);
        let hole = self.b.ins().icmp_imm_s(IntCC::Equal, last, bits::HOLE as i64);
        self.leave_if(value, hole, "a hole");
        let hole = self.word(bits::HOLE);
        self.store(Region::Heap, hole, at, 8);
        self.store(Region::Heap, index, array, LENGTH);
        self.def(value, last);
    }

    /// Pushes onto an array, as the runtime does; `again` where the same call did before.
    pub(super) fn push(&mut self, value: Value, again: bool) -> Result<(), String> {
        let object = self.arg(value, 0);
        let stored = self.graph.inst(value).args[1];
        let (slow, done) = (self.warm(), self.warm());
        self.b.append_block_param(done, I32);
        let cell = self.address_of(object);
        let found = self.byte(cell, 0);
        let array = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Array as i8));
        let look = self.warm();
        self.b.ins().brif(array, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let index = self.load(Region::Heap, I32, cell, LENGTH);
        let elements = self.word32(cell, ELEMENTS);
        let elements = self.cell(elements);
        let capacity = self.load(Region::Heap, I32, elements, 4);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, capacity);
        let look = self.warm();
        self.b.ins().brif(inside, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let flags = self.byte(elements, 1);
        let frozen = self.b.ins().band_imm_u(flags, i64::from(flag::FROZEN));
        let (fill, store) = (self.warm(), self.warm());
        self.b.ins().brif(frozen, slow, &[], fill, &[]);
        self.b.switch_to_block(fill);
        self.fill_hole(cell, index, flags, slow, store);
        self.b.switch_to_block(store);
        let wide = self.b.ins().uextend(I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(elements, offset);
        self.put_element(elements, offset, at, flags, stored);
        let longer = self.b.ins().iadd_imm_s(index, 1);
        self.b.ins().jump(done, &[longer.into()]);
        self.b.switch_to_block(slow);
        let pushed = self.boxed(stored);
        let fp = self.frame_of(value);
        let told = self.b.ins().iconst(I32, i64::from(again));
        let result = self.slow_call(value, self.abi.push, &[fp, object, pushed, told])?;
        if !again {
            let more = self.b.ins().icmp_imm_s(IntCC::Equal, result, bits::HOLE as i64);
            self.refuse_if(value, more, "no plain array");
        }
        let length = self.b.ins().ireduce(I32, result);
        self.b.ins().jump(done, &[length.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
        Ok(())
    }

    /// The code unit at an index: of Latin-1 strings at once, also where they were put together from a rope, or are part
    /// of another.
    pub(super) fn char_code(&mut self, value: Value) {
        let (string, index) = (self.arg(value, 0), self.arg(value, 1));
        let done = self.warm();
        self.b.append_block_param(done, I32);
        let cell = self.address_of(string);
        let found = self.byte(cell, 0);
        let latin = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Latin1));
        let length = self.load(Region::Heap, I32, cell, 4);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
        self.leave_unless(value, inside, "an index out of range");
        let (fast, slow) = (self.warm(), self.cold());
        self.b.append_block_param(fast, I64);
        let (other, rope, flat) = (self.warm(), self.warm(), self.warm());
        self.b.ins().brif(latin, fast, &[cell.into()], other, &[]);
        self.b.switch_to_block(other);
        let (wide_units, narrow) = (self.warm(), self.warm());
        let wide = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Utf16));
        self.b.ins().brif(wide, wide_units, &[], narrow, &[]);
        self.b.switch_to_block(wide_units);
        let place = self.b.ins().uextend(I64, index);
        let place = self.b.ins().ishl_imm_u(place, 1);
        let at = self.b.ins().iadd(cell, place);
        let unit = self.load(Region::Heap, I16, at, 12);
        let unit = self.b.ins().uextend(I32, unit);
        self.b.ins().jump(done, &[unit.into()]);
        self.b.switch_to_block(narrow);
        let (slice, no_rope) = (self.warm(), self.warm());
        let is_rope = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Rope));
        self.b.ins().brif(is_rope, rope, &[], no_rope, &[]);
        self.b.switch_to_block(no_rope);
        let is_slice = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Slice));
        self.b.ins().brif(is_slice, slice, &[], slow, &[]);
        self.b.switch_to_block(slice);
        let parent = self.word32(cell, offset::Slice::parent as i32);
        let parent = self.cell(parent);
        let first = self.load(Region::Heap, I32, cell, offset::Slice::offset as i32);
        let first = self.b.ins().uextend(I64, first);
        let before = self.b.ins().iadd(parent, first);
        let found = self.byte(parent, 0);
        let latin = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Latin1));
        self.b.ins().brif(latin, fast, &[before.into()], slow, &[]);
        self.b.switch_to_block(rope);
        let right = self.word32(cell, offset::Rope::right as i32);
        self.b.ins().brif(right, slow, &[], flat, &[]);
        self.b.switch_to_block(flat);
        let left = self.word32(cell, offset::Rope::left as i32);
        let left = self.cell(left);
        let found = self.byte(left, 0);
        let latin = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Latin1));
        self.b.ins().brif(latin, fast, &[left.into()], slow, &[]);
        self.b.switch_to_block(fast);
        let cell = self.b.block_params(fast)[0];
        let wide = self.b.ins().uextend(I64, index);
        let at = self.b.ins().iadd(cell, wide);
        let byte = self.byte(at, 12);
        let unit = self.b.ins().uextend(I32, byte);
        self.b.ins().jump(done, &[unit.into()]);
        self.b.switch_to_block(slow);
        // It puts ropes together, which is booked.
        self.store_budget();
        let unit = self.ask_aside(self.abi.char_code, &[string, index]);
        let unit = self.b.ins().ireduce(I32, unit);
        self.load_budget();
        let more = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, unit, 0);
        self.leave_if(value, more, "a string in pieces");
        self.b.ins().jump(done, &[unit.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
    }

    /// Strings of one code unit exist already.
    fn character(&mut self, value: Value) -> ir::Value {
        let unit = self.arg(value, 0);
        let known = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, unit, 256);
        self.leave_unless(value, known, "a code unit above 255");
        let root = self.b.ins().iconst(I64, address(self.request.base + self.abi.characters_at));
        let all = self.word32(root, 0);
        let all = self.cell(all);
        let wide = self.b.ins().uextend(I64, unit);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(all, offset);
        self.load(Region::Heap, I64, at, 8)
    }

    /// One character of a flat string exists already; any other part is made.
    pub(super) fn substring(&mut self, value: Value) -> Result<(), String> {
        let (string, start, end) = (self.arg(value, 0), self.arg(value, 1), self.arg(value, 2));
        let (slow, done) = (self.cold(), self.warm());
        self.b.append_block_param(done, I64);
        let found = self.ask(self.abi.character, &[string, start, end], I64);
        let more = self.b.ins().icmp_imm_s(IntCC::Equal, found, LEFT as i64);
        self.b.ins().brif(more, slow, &[], done, &[found.into()]);
        self.b.switch_to_block(slow);
        let fp = self.frame_of(value);
        let found = self.slow_call(value, self.abi.substring, &[fp, string, start, end])?;
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
        Ok(())
    }

    /// Goes to `store` where a hole of an array's dense elements may become an element, at or behind its end too.
    fn fill_hole(
        &mut self,
        array: ir::Value,
        index: ir::Value,
        flags: ir::Value,
        slow: ir::Block,
        store: ir::Block,
    ) {
        let odd = self.takes_no_elements(array);
        let sealed = self.b.ins().band_imm_u(flags, i64::from(flag::SEALED));
        let sealed = self.b.ins().uextend(I32, sealed);
        let odd = self.b.ins().bor(odd, sealed);
        let indexed = self.isolate_load(I8, self.abi.indexed_prototypes);
        let indexed = self.b.ins().uextend(I32, indexed);
        let odd = self.b.ins().bor(odd, indexed);
        let frozen = self.load(Region::Heap, I32, array, LENGTH + 4);
        let odd = self.b.ins().bor(odd, frozen);
        let look = self.warm();
        self.b.ins().brif(odd, slow, &[], look, &[]);
        self.b.switch_to_block(look);
        let length = self.load(Region::Heap, I32, array, LENGTH);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
        let look = self.warm();
        self.b.ins().brif(inside, store, &[], look, &[]);
        self.b.switch_to_block(look);
        let at_end = self.b.ins().icmp(IntCC::Equal, index, length);
        let append = self.warm();
        self.b.ins().brif(at_end, append, &[], slow, &[]);
        self.b.switch_to_block(append);
        let longer = self.b.ins().iadd_imm_s(length, 1);
        self.store(Region::Heap, longer, array, LENGTH);
        self.b.ins().jump(store, &[]);
    }

    /// Defines an element for which an array has room, and goes on to `done` with 0.
    pub(super) fn init_elem(&mut self, value: Value, done: ir::Block) {
        let [object, key, stored] = [0, 1, 2].map(|at| self.graph.inst(value).args[at]);
        let other = self.warm();
        let Some(index) = self.an_int(key, other) else { return };
        let object = self.boxed(object);
        self.unless(other, |lower| lower.has_tag(object, bits::TAG_OBJECT));
        let array = self.address_of(object);
        let form = self.byte(array, 0);
        self.unless(other, |lower| {
            lower.b.ins().icmp_imm_s(IntCC::Equal, form, i64::from(kind::Array as i8))
        });
        let elements = self.word32(array, ELEMENTS);
        let elements = self.cell(elements);
        let capacity = self.load(Region::Heap, I32, elements, 4);
        self.unless(other, |lower| lower.b.ins().icmp(IntCC::UnsignedLessThan, index, capacity));
        let odd = self.takes_no_elements(array);
        let flags = self.byte(elements, 1);
        let fixed = self.b.ins().band_imm_u(flags, i64::from(flag::FROZEN | flag::SEALED));
        let fixed = self.b.ins().uextend(I32, fixed);
        let odd = self.b.ins().bor(odd, fixed);
        let frozen = self.load(Region::Heap, I32, array, LENGTH + 4);
        let odd = self.b.ins().bor(odd, frozen);
        self.unless(other, |lower| lower.b.ins().icmp_imm_s(IntCC::Equal, odd, 0));
        let wide = self.b.ins().uextend(I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(elements, offset);
        self.put_element(elements, offset, at, flags, stored);
        let length = self.load(Region::Heap, I32, array, LENGTH);
        let longer = self.b.ins().iadd_imm_s(index, 1);
        let length = self.b.ins().umax(length, longer);
        self.store(Region::Heap, length, array, LENGTH);
        let nothing = self.b.ins().iconst(I64, 0);
        self.b.ins().jump(done, &[nothing.into()]);
        self.b.switch_to_block(other);
    }

    /// Stores an element: over a dense one at once, otherwise as the runtime does.
    pub(super) fn set_index(&mut self, value: Value) -> Result<(), String> {
        let (object, index) = (self.arg(value, 0), self.arg(value, 1));
        let stored = self.graph.inst(value).args[2];
        let (slow, done) = (self.warm(), self.warm());
        let cell = self.address_of(object);
        let found = self.byte(cell, 0);
        let array = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Array as i8));
        let look = self.warm();
        self.b.ins().brif(array, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let elements = self.word32(cell, ELEMENTS);
        let elements = self.cell(elements);
        let capacity = self.load(Region::Heap, I32, elements, 4);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, capacity);
        let look = self.warm();
        self.b.ins().brif(inside, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        let flags = self.byte(elements, 1);
        let frozen = self.b.ins().band_imm_u(flags, i64::from(flag::FROZEN));
        let wide = self.b.ins().uextend(I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let at = self.b.ins().iadd(elements, offset);
        let old = self.load(Region::Heap, I64, at, 8);
        let hole = self.b.ins().icmp_imm_s(IntCC::Equal, old, bits::HOLE as i64);
        let (store, fill, look) = (self.warm(), self.warm(), self.warm());
        self.b.ins().brif(frozen, slow, &[], look, &[]);
        self.b.switch_to_block(look);
        self.b.ins().brif(hole, fill, &[], store, &[]);
        self.b.switch_to_block(fill);
        self.fill_hole(cell, index, flags, slow, store);
        self.b.switch_to_block(store);
        self.put_element(elements, offset, at, flags, stored);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        self.leave_if(value, negative, "a negative index");
        let stored = self.boxed(stored);
        let fp = self.frame_of(value);
        let result = self.slow_call(value, self.abi.set_index, &[fp, object, index, stored])?;
        self.refuse_if(value, result, "no plain element");
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }

    /// Room for a cell in the nursery, its address and its offset in the cage; collects where there is none.
    fn allocate(&mut self, value: Value, bytes: usize) -> Result<(ir::Value, ir::Value), String> {
        let graph = self.graph;
        let state = graph.inst(value).state.ok_or("an allocation without state")?;
        let top = self.isolate_load(I64, self.abi.young_top);
        let end = self.b.ins().iadd_imm_s(top, bytes as i64);
        let limit = self.isolate_load(I64, self.abi.young_limit);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
        let (slow, fast, done) = (self.cold(), self.warm(), self.warm());
        self.b.append_block_param(done, I64);
        self.b.ins().brif(full, slow, &[], fast, &[]);
        self.b.switch_to_block(fast);
        self.isolate_store(end, self.abi.young_top);
        self.b.ins().jump(done, &[top.into()]);
        self.b.switch_to_block(slow);
        let place = &graph.states[state.0 as usize];
        let (frame, registers) = (place.frame, place.registers as i32);
        let fp = self.slot_address(frame);
        let above = self.slot_address(frame + registers);
        let size = self.word(bytes as u64);
        let made = self.slow_call(value, self.abi.allocate, &[fp, above, size])?;
        self.b.ins().jump(done, &[made.into()]);
        self.b.switch_to_block(done);
        let offset = self.b.block_params(done)[0];
        Ok((self.b.ins().iadd(self.base, offset), offset))
    }

    /// The first word of a cell.
    fn header(&mut self, cell: ir::Value, kind: u8, bytes: usize, field: u32) {
        let header = self.word(u64::from(kind) | (bytes as u64 / 8) << 16 | u64::from(field) << 32);
        self.store(Region::Heap, header, cell, 0);
    }

    /// An object without out-of-line slots and elements.
    fn plain_parts(&mut self, cell: ir::Value) {
        let empty = self.b.ins().iconst(I64, address(self.request.base + self.abi.empty_elements_at));
        let empty = self.word32(empty, 0);
        let empty = self.b.ins().ishl_imm_u(empty, 32);
        // Slots at 8, elements at 12.
        self.store(Region::Heap, empty, cell, ELEMENTS - 4);
    }

    /// The guest value that refers to a cell.
    fn reference(&mut self, offset: ir::Value, tag: u64) -> ir::Value {
        let reference = self.b.ins().ushr_imm_u(offset, 3);
        let tag = self.word(tag << bits::TAG_SHIFT);
        self.b.ins().bor(reference, tag)
    }

    /// The reference in a guest value, 0 where there is none.
    fn optional_reference(&mut self, value: Value, position: usize) -> ir::Value {
        match self.graph.inst(value).args.get(position) {
            Some(&arg) => {
                let is = self.get(arg);
                self.b.ins().ireduce(I32, is)
            }
            None => self.b.ins().iconst(I32, 0),
        }
    }

    pub(super) fn new_object(&mut self, value: Value) -> Result<(), String> {
        let inst = self.graph.inst(value);
        let Op::NewObject(shape, slots) = inst.op else { return Err("no object".to_owned()) };
        let bytes = 16 + 8 * slots as usize;
        let (cell, offset) = self.allocate(value, bytes)?;
        self.header(cell, kind::Plain, bytes, shape);
        self.plain_parts(cell);
        for i in 0..slots {
            let is = match inst.args.get(i as usize) {
                Some(&arg) => self.boxed(arg),
                None => self.word(bits::UNDEFINED),
            };
            self.store(Region::Heap, is, cell, 16 + 8 * i as i32);
        }
        let is = self.reference(offset, bits::TAG_OBJECT);
        self.def(value, is);
        Ok(())
    }

    /// Makes the objects of a state that were not made, for [`Lower::flush`]: nothing is collected.
    pub(super) fn make_unmade(&mut self, state: StateId) {
        let graph = self.graph;
        for &(_, value) in &graph.states[state.0 as usize].slots {
            self.made_of(graph.root(value));
        }
    }

    /// The object that is made in place of one that was not, or the value itself.
    fn made_of(&mut self, value: Value) -> ir::Value {
        let inst = self.graph.inst(value);
        let Op::Unmade(unmade) = inst.op else { return self.boxed(value) };
        if let Some(&made) = self.made.get(&value) {
            return made;
        }
        let fields: Vec<ir::Value> =
            inst.args.clone().into_iter().map(|arg| self.made_of(self.graph.root(arg))).collect();
        let what = match unmade {
            Unmade::Object(shape, slots) => [u32::from(kind::Plain), shape, slots],
            Unmade::Scope(slots) => [u32::from(kind::Scope), 0, slots],
            Unmade::Closure(_, shape) => [u32::from(kind::Function), shape, 0],
        };
        let what = what.map(|word| self.b.ins().iconst(I32, i64::from(word)));
        let made = self.ask_aside(self.abi.make, &what);
        let (fill, done) = (self.cold(), self.cold());
        // Where there is no room at all the program ends.
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, made, bits::UNDEFINED as i64);
        self.b.ins().brif(none, done, &[], fill, &[]);
        self.b.switch_to_block(fill);
        let cell = self.address_of(made);
        match unmade {
            Unmade::Object(..) => self.fill_slots(cell, 16, &fields),
            Unmade::Scope(slots) => {
                self.fill_slots(cell, 8, &fields[..slots as usize]);
                if let Some(&around) = fields.get(slots as usize) {
                    self.store_reference(cell, offset::Scope::parent, around);
                }
            }
            Unmade::Closure(template, _) => {
                let template = self.b.ins().iconst(I32, i64::from(template));
                self.store(Region::Heap, template, cell, offset::Function::template as i32);
                if let Some(&scope) = fields.first() {
                    self.store_reference(cell, offset::Function::scope, scope);
                }
            }
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        self.made.insert(value, made);
        made
    }

    fn fill_slots(&mut self, cell: ir::Value, first: i32, values: &[ir::Value]) {
        for (i, &value) in (0..).zip(values) {
            self.store(Region::Heap, value, cell, first + 8 * i);
        }
    }

    fn store_reference(&mut self, cell: ir::Value, offset: u32, value: ir::Value) {
        let reference = self.b.ins().ireduce(I32, value);
        self.store(Region::Heap, reference, cell, offset as i32);
    }

    pub(super) fn new_scope(&mut self, value: Value, slots: u32, holes: u32) -> Result<(), String> {
        let bytes = 8 + 8 * slots as usize;
        let (cell, offset) = self.allocate(value, bytes)?;
        self.header(cell, kind::Scope, bytes, 0);
        let parent = self.optional_reference(value, 0);
        self.store(Region::Heap, parent, cell, 4);
        for i in 0..slots {
            let is = self.word(if i < holes { bits::HOLE } else { bits::UNDEFINED });
            self.store(Region::Heap, is, cell, 8 + 8 * i as i32);
        }
        let is = self.reference(offset, bits::TAG_CELL);
        self.def(value, is);
        Ok(())
    }

    pub(super) fn closure(&mut self, value: Value, template: u32, shape: u32) -> Result<(), String> {
        let bytes = tvm_runtime::heap::cells::Function::BYTES;
        let (cell, offset) = self.allocate(value, bytes)?;
        self.header(cell, kind::Function, bytes, shape);
        self.plain_parts(cell);
        let template = self.b.ins().iconst(I32, i64::from(template));
        self.store(Region::Heap, template, cell, 16);
        let scope = self.optional_reference(value, 0);
        self.store(Region::Heap, scope, cell, 20);
        let none = self.word(0);
        self.store(Region::Heap, none, cell, 24);
        let is = self.reference(offset, bits::TAG_OBJECT);
        self.def(value, is);
        Ok(())
    }

    /// An array with its elements behind it.
    pub(super) fn array_of(&mut self, value: Value, capacity: u32, length: u32) -> Result<(), String> {
        let (shape, inline) = self.request.array_shape;
        let args = self.graph.inst(value).args.clone();
        let array_bytes = 24 + 8 * usize::from(inline);
        let elements_bytes = if capacity == 0 { 0 } else { 8 + 8 * capacity as usize };
        let (cell, offset) = self.allocate(value, array_bytes + elements_bytes)?;
        self.header(cell, kind::Array, array_bytes, shape);
        self.plain_parts(cell);
        let length = self.word(u64::from(length));
        // The length at 16, and 0 at 20: it may be changed.
        self.store(Region::Heap, length, cell, LENGTH);
        for i in 0..i32::from(inline) {
            let undefined = self.word(bits::UNDEFINED);
            self.store(Region::Heap, undefined, cell, 24 + 8 * i);
        }
        if capacity > 0 {
            let at = self.b.ins().iadd_imm_s(cell, array_bytes as i64);
            let mut set = 0;
            for &arg in &args {
                let inner = match self.graph.inst(arg).op {
                    Op::Box => self.graph.ty(self.graph.inst(arg).args[0]),
                    _ => Type::Any,
                };
                set |= match inner {
                    Type::Int => flag::NOT_DOUBLE,
                    _ => flag::NOT_INT | flag::NOT_DOUBLE,
                };
            }
            let header = u64::from(kind::Elements)
                | u64::from(set) << 8
                | (elements_bytes as u64 / 8) << 16
                | u64::from(capacity) << 32;
            let header = self.word(header);
            self.store(Region::Heap, header, at, 0);
            for i in 0..capacity {
                let is = match args.get(i as usize) {
                    Some(&arg) => self.boxed(arg),
                    None => self.word(bits::HOLE),
                };
                self.store(Region::Heap, is, at, 8 + 8 * i as i32);
            }
            let start = self.b.ins().iadd_imm_s(offset, array_bytes as i64);
            let elements = self.b.ins().ushr_imm_u(start, 3);
            let elements = self.b.ins().ireduce(I32, elements);
            self.store(Region::Heap, elements, cell, ELEMENTS);
        }
        let is = self.reference(offset, bits::TAG_OBJECT);
        self.def(value, is);
        Ok(())
    }

    pub(super) fn new_array(&mut self, value: Value) -> Result<(), String> {
        let length = self.arg(value, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, length, 0);
        self.leave_if(value, negative, "a negative length");
        let (slow, done) = (self.warm(), self.warm());
        self.b.append_block_param(done, I64);
        self.short_array(length, slow, done);
        self.b.switch_to_block(slow);
        let fp = self.frame_of(value);
        let is = self.slow_call(value, self.abi.new_array, &[fp, length])?;
        self.b.ins().jump(done, &[is.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
        Ok(())
    }

    /// An array of holes with its elements behind it, where it is short and the nursery has room.
    fn short_array(&mut self, length: ir::Value, slow: ir::Block, done: ir::Block) {
        let (shape, inline) = self.request.array_shape;
        let array_bytes = 24 + 8 * usize::from(inline);
        let before = self.b.ins().iadd_imm_s(length, -1);
        let short = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, before, SHORT);
        let take = self.warm();
        self.b.ins().brif(short, take, &[], slow, &[]);
        self.b.switch_to_block(take);
        let count = self.b.ins().uextend(I64, length);
        let words = self.b.ins().iadd_imm_s(count, 1);
        let elements_bytes = self.b.ins().ishl_imm_u(words, 3);
        let offset = self.isolate_load(I64, self.abi.young_top);
        let start = self.b.ins().iadd_imm_s(offset, array_bytes as i64);
        let end = self.b.ins().iadd(start, elements_bytes);
        let limit = self.isolate_load(I64, self.abi.young_limit);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
        let make = self.warm();
        self.b.ins().brif(full, slow, &[], make, &[]);
        self.b.switch_to_block(make);
        self.isolate_store(end, self.abi.young_top);
        let cell = self.b.ins().iadd(self.base, offset);
        self.header(cell, kind::Array, array_bytes, shape);
        let elements = self.b.ins().ushr_imm_u(start, 3);
        // Slots at 8, elements at 12.
        let parts = self.b.ins().ishl_imm_u(elements, 32);
        self.store(Region::Heap, parts, cell, ELEMENTS - 4);
        // The length at 16, and 0 at 20: it may be changed.
        self.store(Region::Heap, count, cell, LENGTH);
        for i in 0..i32::from(inline) {
            let undefined = self.word(bits::UNDEFINED);
            self.store(Region::Heap, undefined, cell, 24 + 8 * i);
        }
        let at = self.b.ins().iadd(self.base, start);
        let size = self.b.ins().ishl_imm_u(words, 16);
        let capacity = self.b.ins().ishl_imm_u(count, 32);
        let header = self.b.ins().bor(size, capacity);
        let header = self.b.ins().bor_imm_u(header, i64::from(kind::Elements));
        self.store(Region::Heap, header, at, 0);
        let (fill, filled) = (self.warm(), self.warm());
        self.b.append_block_param(fill, I64);
        let stop = self.b.ins().iadd(at, elements_bytes);
        let first = self.b.ins().iadd_imm_s(at, 8);
        self.b.ins().jump(fill, &[first.into()]);
        self.b.switch_to_block(fill);
        let to = self.b.block_params(fill)[0];
        let hole = self.word(bits::HOLE);
        self.store(Region::Heap, hole, to, 0);
        let next = self.b.ins().iadd_imm_s(to, 8);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, next, stop);
        self.b.ins().brif(more, fill, &[next.into()], filled, &[]);
        self.b.switch_to_block(filled);
        let is = self.reference(offset, bits::TAG_OBJECT);
        self.b.ins().jump(done, &[is.into()]);
    }
}
