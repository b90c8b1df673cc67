//! Instructions that are asked of the runtime: the commonest case in place, then a function without a frame, and at
//! last the interpreter.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder};
use tvm_bytecode::{Insn, Kind};
use tvm_runtime::base::tier::LEFT;
use tvm_runtime::heap::bits;
use tvm_runtime::heap::lookups::{LOOKUPS, NAME_SHIFT};
use tvm_runtime::interp::feedback::OUT_OF_LINE;
use tvm_runtime::interp::leaf::Leaf;

use super::{Lower, Region, address};
use crate::mir::{Op, Result as To, Type, Value};

impl Lower<'_> {
    /// Asks a leaf, which takes three values; those that it does not look at are anything.
    pub(super) fn ask_leaf(&mut self, leaf: Leaf, args: &[ir::Value]) -> ir::Value {
        let all: [ir::Value; 3] = std::array::from_fn(|i| args.get(i).copied().unwrap_or(self.fp));
        self.ask(leaf.address(), &all, I64)
    }

    /// Lowers [`Op::Leaf`].
    pub(super) fn leaf(&mut self, value: Value) -> Result<(), String> {
        let inst = self.graph.inst(value);
        let Op::Leaf { leaf, frame, pc, to, cache } = inst.op else { return Err("no leaf".to_owned()) };
        let name = match leaf {
            Leaf::SetProp | Leaf::InitProp => self.name_before(pc, cache).unwrap_or(0),
            _ => 0,
        };
        let cache = cache.map(|(code, word)| self.cache_word(code, word, name)).transpose()?;
        let done = self.warm();
        self.b.append_block_param(done, I64);
        self.in_place(value, leaf, cache, done);
        let mut args = Vec::new();
        for position in 0..inst.args.len() {
            let arg = inst.args[position];
            args.push(self.boxed(arg));
        }
        args.extend(cache);
        if leaf.takes_frame() {
            args.push(self.slot_address(frame));
        }
        let found = self.ask_leaf(leaf, &args);
        let more = self.b.ins().icmp_imm_s(IntCC::Equal, found, LEFT as i64);
        let slow = self.cold();
        self.b.ins().brif(more, slow, &[], done, &[found.into()]);
        self.b.switch_to_block(slow);
        self.flush(inst.state.ok_or("a leaf without state")?);
        self.store_budget();
        let fp = self.slot_address(frame);
        let at = self.b.ins().iconst(I32, i64::from(pc));
        let next = self.ask(self.abi.step, &[fp, at], I64);
        self.after_call(value, next)?;
        let result = match to {
            To::Slot(slot) => self.load(Region::Stack, I64, self.fp, slot * 8),
            To::None => next,
            To::Truth(slot, negated) => {
                let truth = self.load(Region::Stack, I64, self.fp, slot * 8);
                let wanted = if negated { bits::FALSE } else { bits::TRUE };
                let holds = self.b.ins().icmp_imm_s(IntCC::Equal, truth, wanted as i64);
                self.b.ins().uextend(I64, holds)
            }
            To::Jump(to, negated) => {
                let how = if negated { IntCC::NotEqual } else { IntCC::Equal };
                let holds = self.b.ins().icmp_imm_s(how, next, i64::from(to));
                self.b.ins().uextend(I64, holds)
            }
        };
        self.b.ins().jump(done, &[result.into()]);
        self.b.switch_to_block(done);
        let result = self.b.block_params(done)[0];
        match inst.ty {
            Type::None => {}
            Type::Bool => {
                let result = self.b.ins().ireduce(I8, result);
                self.def(value, result);
            }
            _ => self.def(value, result),
        }
        Ok(())
    }

    /// Lowers [`Op::Join`].
    pub(super) fn join(&mut self, value: Value) -> Result<(), String> {
        let count = self.graph.inst(value).args.len();
        let hole = self.word(bits::HOLE);
        let mut parts = [hole; 3];
        for (position, part) in parts[..count].iter_mut().enumerate() {
            let arg = self.graph.inst(value).args[position];
            *part = self.boxed(arg);
        }
        let leaf = match count {
            1 => Leaf::ToString,
            2 => Leaf::Add,
            _ => Leaf::Concat,
        };
        let done = self.warm();
        self.b.append_block_param(done, I64);
        let found = self.ask_leaf(leaf, &parts);
        let more = self.b.ins().icmp_imm_s(IntCC::Equal, found, LEFT as i64);
        let slow = self.cold();
        self.b.ins().brif(more, slow, &[], done, &[found.into()]);
        self.b.switch_to_block(slow);
        let fp = self.frame_of(value);
        let found = self.slow_call(value, self.abi.join, &[fp, parts[0], parts[1], parts[2]])?;
        let more = self.b.ins().icmp_imm_s(IntCC::Equal, found, bits::HOLE as i64);
        self.refuse_if(value, more, "no string to be made of it");
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(done);
        let joined = self.b.block_params(done)[0];
        self.def(value, joined);
        Ok(())
    }

    /// How many words in front of an instruction's cache the name stands that it accesses.
    fn name_before(&self, pc: u32, cache: Option<(u32, u32)>) -> Option<u64> {
        let (function, word) = cache?;
        let profile = self.request.functions.get(function as usize)?;
        let record = profile.unit.function(profile.function);
        let insn = Insn::decode(profile.unit.code(&record), pc as usize).ok()?;
        let words = u32::try_from(insn.operand(Kind::Const)?).ok().and_then(|name| word.checked_sub(name))?;
        u16::try_from(words).ok().map(u64::from)
    }

    /// The address of a cache in the feedback of a function; above it, how many words in front the name is.
    fn cache_word(&mut self, function: u32, word: u32, name: u64) -> Result<ir::Value, String> {
        let profile = self.request.functions.get(function as usize).ok_or("a function that is not there")?;
        let at = self.request.base + ((profile.linked as usize) << 3) + 8 + 8 * word as usize;
        Ok(self.word(address(at) as u64 | (name << 48)))
    }

    /// The commonest case of an instruction, ending in `done`; the code goes on where it is another.
    fn in_place(&mut self, value: Value, leaf: Leaf, cache: Option<ir::Value>, done: ir::Block) {
        match leaf {
            Leaf::Add | Leaf::Sub => {
                let Some((a, b, other)) = self.two_ints(value) else { return };
                let (result, over) = match leaf {
                    Leaf::Add => self.b.ins().sadd_overflow(a, b),
                    _ => self.b.ins().ssub_overflow(a, b),
                };
                let result = self.box_as(result, Type::Int);
                self.b.ins().brif(over, other, &[], done, &[result.into()]);
                self.b.switch_to_block(other);
            }
            Leaf::BitAnd | Leaf::BitOr | Leaf::BitXor | Leaf::Shl | Leaf::Shr => {
                let Some((a, b, other)) = self.two_ints(value) else { return };
                let result = match leaf {
                    Leaf::BitAnd => self.b.ins().band(a, b),
                    Leaf::BitOr => self.b.ins().bor(a, b),
                    Leaf::BitXor => self.b.ins().bxor(a, b),
                    Leaf::Shl => self.b.ins().ishl(a, b),
                    _ => self.b.ins().sshr(a, b),
                };
                let result = self.box_as(result, Type::Int);
                self.b.ins().jump(done, &[result.into()]);
                self.b.switch_to_block(other);
            }
            Leaf::Less | Leaf::LessEqual | Leaf::StrictEqual | Leaf::LooseEqual => {
                let Some((a, b, other)) = self.two_ints(value) else { return };
                let how = match leaf {
                    Leaf::Less => IntCC::SignedLessThan,
                    Leaf::LessEqual => IntCC::SignedLessThanOrEqual,
                    _ => IntCC::Equal,
                };
                let result = self.b.ins().icmp(how, a, b);
                let result = self.b.ins().uextend(I64, result);
                self.b.ins().jump(done, &[result.into()]);
                self.b.switch_to_block(other);
            }
            Leaf::GetProp => {
                let Some(cache) = cache else { return };
                let other = self.warm();
                let object = self.arg(value, 0);
                self.unless(other, |lower| lower.has_tag(object, bits::TAG_OBJECT));
                let cell = self.address_of(object);
                let shape = self.load(Region::Heap, I32, cell, 4);
                let word = self.load(Region::Heap, I64, cache, 0);
                let cached = self.b.ins().ireduce(I32, word);
                self.unless(other, |lower| lower.b.ins().icmp(IntCC::Equal, shape, cached));
                let place = self.b.ins().ushr_imm_u(word, 32);
                let place = self.b.ins().band_imm_u(place, 0xFFFF);
                self.unless(other, |lower| {
                    lower.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, place, i64::from(OUT_OF_LINE))
                });
                let offset = self.b.ins().ishl_imm_u(place, 3);
                let at = self.b.ins().iadd(cell, offset);
                let found = self.load(Region::Heap, I64, at, 0);
                self.b.ins().jump(done, &[found.into()]);
                self.b.switch_to_block(other);
            }
            Leaf::InitElem => self.init_elem(value, done),
            Leaf::GetElem => self.remembered(value, done),
            Leaf::ToNumeric | Leaf::ToPropertyKey => {
                let arg = self.arg(value, 0);
                let other = self.warm();
                self.unless(other, |lower| match leaf {
                    Leaf::ToNumeric => lower.has_tag(arg, bits::TAG_INT),
                    _ => lower.is_index(arg),
                });
                self.b.ins().jump(done, &[arg.into()]);
                self.b.switch_to_block(other);
            }
            _ => {}
        }
    }

    /// A property by a computed name, where objects of the shape were asked for it before.
    fn remembered(&mut self, value: Value, done: ir::Block) {
        let [object, key] = [0, 1].map(|at| self.graph.inst(value).args[at]);
        if [object, key].iter().any(|&arg| self.graph.inst(arg).op == Op::Box) {
            return;
        }
        let other = self.warm();
        let (object, key) = (self.get(object), self.get(key));
        self.unless(other, |lower| lower.has_tag(object, bits::TAG_OBJECT));
        // A number may look like a name.
        self.unless(other, |lower| lower.has_tag(key, bits::TAG_STRING));
        let cell = self.address_of(object);
        let shape = self.word32(cell, 4);
        let name = self.b.ins().ireduce(I32, key);
        let name = self.b.ins().uextend(I64, name);
        let shifted = self.b.ins().ushr_imm_u(name, i64::from(NAME_SHIFT));
        let mixed = self.b.ins().bxor(shape, name);
        let mixed = self.b.ins().bxor(mixed, shifted);
        let number = self.b.ins().band_imm_u(mixed, LOOKUPS as i64 - 1);
        let bytes = self.b.ins().ishl_imm_u(number, 4);
        let table = self.isolate_load(I64, self.abi.lookups);
        let entry = self.b.ins().iadd(table, bytes);
        let known = self.load(Region::Isolate, I64, entry, 0);
        let high = self.b.ins().ishl_imm_u(name, 32);
        let wanted = self.b.ins().bor(shape, high);
        self.unless(other, |lower| lower.b.ins().icmp(IntCC::Equal, known, wanted));
        let offset = self.load(Region::Isolate, I32, entry, 8);
        let offset = self.b.ins().uextend(I64, offset);
        let at = self.b.ins().iadd(cell, offset);
        let found = self.load(Region::Heap, I64, at, 0);
        let hole = self.word(bits::HOLE);
        self.unless(other, |lower| lower.b.ins().icmp(IntCC::NotEqual, found, hole));
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(other);
    }

    /// Goes on where a condition holds, to `other` elsewhere.
    pub(super) fn unless(&mut self, other: ir::Block, condition: impl FnOnce(&mut Self) -> ir::Value) {
        let condition = condition(self);
        let go = self.warm();
        self.b.ins().brif(condition, go, &[], other, &[]);
        self.b.switch_to_block(go);
    }

    /// Both operands where they are ints, and the block for other ones; nothing where they never are.
    fn two_ints(&mut self, value: Value) -> Option<(ir::Value, ir::Value, ir::Block)> {
        let [a, b] = [0, 1].map(|at| self.graph.inst(value).args[at]);
        let other = self.warm();
        Some((self.an_int(a, other)?, self.an_int(b, other)?, other))
    }

    /// An operand where it is an int, `other` elsewhere; nothing, and code goes on at `other`, where it never is.
    pub(super) fn an_int(&mut self, arg: Value, other: ir::Block) -> Option<ir::Value> {
        // Behind a box is what it was made of.
        let source = match self.graph.inst(arg).op {
            Op::Box => self.graph.inst(arg).args[0],
            _ => arg,
        };
        match self.graph.ty(source) {
            Type::Int => Some(self.get(source)),
            Type::Any => {
                let is = self.get(source);
                self.unless(other, |lower| lower.has_tag(is, bits::TAG_INT));
                Some(self.b.ins().ireduce(I32, is))
            }
            _ => {
                self.b.ins().jump(other, &[]);
                self.b.switch_to_block(other);
                None
            }
        }
    }
}
