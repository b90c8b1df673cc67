//! Maps and Sets: `runtime/src/object/map.rs` has the layout of their tables.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{self, InstBuilder};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::offset;
use tvm_runtime::object::map::{ENTRIES, ENTRY_BYTES, INT_HASH};

use super::{Lower, Region};
use crate::mir::{Type, Value};

/// First number of a Bytes cell.
const NUMBERS: i32 = 8;

impl Lower<'_> {
    fn table_of(&mut self, map: ir::Value) -> ir::Value {
        let map = self.address_of(map);
        let table = self.word32(map, offset::Map::table as i32);
        self.cell(table)
    }

    /// The address of an entry.
    fn entry_at(&mut self, table: ir::Value, entry: ir::Value) -> ir::Value {
        let wide = self.b.ins().uextend(I64, entry);
        let bytes = self.b.ins().imul_imm_s(wide, i64::from(ENTRY_BYTES));
        self.b.ins().iadd(table, bytes)
    }

    /// Int32 keys are looked for here, others by the runtime.
    pub(super) fn map_find(&mut self, value: Value) {
        let (map, key) = (self.arg(value, 0), self.graph.inst(value).args[1]);
        let done = self.warm();
        self.b.append_block_param(done, I32);
        if self.graph.ty(key) == Type::Int {
            let low = self.get(key);
            self.find_int(map, low, done);
        } else {
            let key = self.boxed(key);
            let (int, other) = (self.warm(), self.warm());
            let is_int = self.has_tag(key, bits::TAG_INT);
            self.b.ins().brif(is_int, int, &[], other, &[]);
            self.b.switch_to_block(int);
            let low = self.b.ins().ireduce(I32, key);
            self.find_int(map, low, done);
            self.b.switch_to_block(other);
            // It puts ropes together, which is booked.
            self.store_budget();
            let entry = self.ask(self.abi.map_find, &[map, key], I32);
            self.load_budget();
            let more = self.b.ins().icmp_imm_s(IntCC::Equal, entry, -2);
            self.leave_if(value, more, "a key in pieces");
            self.b.ins().jump(done, &[entry.into()]);
        }
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
    }

    /// Goes to `done` with the entry of an int32, or -1.
    fn find_int(&mut self, map: ir::Value, low: ir::Value, done: ir::Block) {
        let table = self.table_of(map);
        let high = self.b.ins().iconst(I32, i64::from((bits::TAG_INT << 16) as u32));
        let mixed = self.b.ins().bxor(low, high);
        let factor = self.b.ins().iconst(I32, i64::from(INT_HASH));
        let product = self.b.ins().imul(mixed, factor);
        let shifted = self.b.ins().ushr_imm_u(mixed, 13);
        let hash = self.b.ins().bxor(product, shifted);
        let mask = self.load(Region::Heap, I32, table, offset::MapTable::mask as i32);
        let bucket = self.b.ins().band(hash, mask);
        let index = self.word32(table, offset::MapTable::index as i32);
        let index = self.cell(index);
        let bucket = self.b.ins().uextend(I64, bucket);
        let bucket = self.b.ins().ishl_imm_u(bucket, 2);
        let at = self.b.ins().iadd(index, bucket);
        let first = self.load(Region::Heap, I32, at, NUMBERS);
        let first = self.b.ins().iadd_imm_s(first, -1);
        let wanted = self.box_as(low, Type::Int);
        let (walk, look, next) = (self.warm(), self.warm(), self.warm());
        self.b.append_block_param(walk, I32);
        self.b.ins().jump(walk, &[first.into()]);
        self.b.switch_to_block(walk);
        let entry = self.b.block_params(walk)[0];
        let over = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, entry, 0);
        self.b.ins().brif(over, done, &[entry.into()], look, &[]);
        self.b.switch_to_block(look);
        let at = self.entry_at(table, entry);
        let key = self.load(Region::Heap, I64, at, ENTRIES as i32);
        let same = self.b.ins().icmp(IntCC::Equal, key, wanted);
        self.b.ins().brif(same, done, &[entry.into()], next, &[]);
        self.b.switch_to_block(next);
        let following = self.load(Region::Heap, I32, at, ENTRIES as i32 + 16);
        self.b.ins().jump(walk, &[following.into()]);
    }

    pub(super) fn map_value(&mut self, value: Value) {
        let (map, entry) = (self.arg(value, 0), self.arg(value, 1));
        let (look, done) = (self.warm(), self.warm());
        self.b.append_block_param(done, I64);
        let none = self.word(bits::UNDEFINED);
        let absent = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, entry, 0);
        self.b.ins().brif(absent, done, &[none.into()], look, &[]);
        self.b.switch_to_block(look);
        let table = self.table_of(map);
        let at = self.entry_at(table, entry);
        let found = self.load(Region::Heap, I64, at, ENTRIES as i32 + 8);
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(done);
        let is = self.b.block_params(done)[0];
        self.def(value, is);
    }

    pub(super) fn map_set(&mut self, value: Value) -> Result<(), String> {
        let map = self.arg(value, 0);
        let [key, stored] = [1, 2].map(|i| self.graph.inst(value).args[i]);
        let (key, stored) = (self.boxed(key), self.boxed(stored));
        let (slow, done) = (self.cold(), self.warm());
        let put = self.ask(self.abi.map_put, &[map, key, stored], I32);
        self.b.ins().brif(put, done, &[], slow, &[]);
        self.b.switch_to_block(slow);
        let fp = self.frame_of(value);
        self.slow_call(value, self.abi.map_set, &[fp, map, key, stored])?;
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }
}
