//! Code that all functions share: stubs that keep all registers, for what happens rarely in the middle of fast code, and
//! those that go from one calling convention to the other.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, Signature};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;
use tvm_runtime::frame::{CALLEE, CODE, LINK};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};
use tvm_runtime::object::function::{Entry, template_flag};

use super::{Abi, Backend, address, unit_signature};
use crate::code::Piece;
use crate::listing::Stub;

/// Their addresses.
pub struct Stubs {
    /// `(isolate)`: the budget is used up.
    pub poll: *const u8,
    /// `(isolate, cell, offset)`: the write barrier.
    pub barrier: *const u8,
    /// `(isolate, function, four arguments)`: asks the runtime, whose answer is in the isolate then.
    pub ask: *const u8,
    /// `extern "C" fn(isolate, frame, entry) -> bits`: enters compiled code.
    pub enter: *const u8,
    /// `(frame, window, arguments)`: calls whatever function is in a window.
    pub call: *const u8,
    /// What stands where a function's code would: interprets the frame.
    pub interpret: *const u8,
    /// All of them.
    pub made: Vec<Stub>,
    /// Their code.
    pub pieces: Vec<Piece>,
}

impl Default for Stubs {
    fn default() -> Self {
        let none = std::ptr::null();
        Stubs {
            poll: none,
            barrier: none,
            ask: none,
            enter: none,
            call: none,
            interpret: none,
            made: Vec::new(),
            pieces: Vec::new(),
        }
    }
}

// Addresses of code that is never freed.
#[allow(unsafe_code)]
// SAFETY: the stubs' addresses are only handed to the code generator.
unsafe impl Send for Stubs {}

impl Stubs {
    /// Names of addresses that compiled code calls: fields of [`Abi`], and stubs.
    pub fn names(&self, abi: &Abi) -> FxHashMap<u64, String> {
        let fields = format!("{abi:?}");
        let field = |text: &str| {
            let (name, value) = text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).split_once(": ")?;
            Some((value.parse().ok()?, name.to_owned()))
        };
        let fields = fields.split(['{', ',']).filter_map(field);
        // Small numbers are offsets.
        let mut names: FxHashMap<u64, String> =
            fields.filter(|&(value, _)| value > u64::from(u32::MAX)).collect();
        let functions = tvm_runtime::base::math::FUNCTIONS.iter();
        names.extend(functions.map(|&(name, at)| (at as usize as u64, format!("Math.{name}"))));
        names.extend(self.made.iter().map(|stub| (stub.entry as u64, stub.name.to_owned())));
        names
    }
}

/// Of words.
fn signature(convention: CallConv, arguments: usize, results: usize) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend((0..arguments).map(|_| AbiParam::new(I64)));
    signature.returns.extend((0..results).map(|_| AbiParam::new(I64)));
    signature
}

/// Of [`Stubs::call`].
pub(super) fn call_signature() -> Signature {
    let mut signature = unit_signature();
    signature.params.extend([AbiParam::new(I64), AbiParam::new(I32)]);
    signature
}

impl Backend {
    pub(super) fn make_stubs(&mut self) -> Result<(), String> {
        self.stubs.poll = self.keeping("poll", self.abi.poll, 1)?;
        self.stubs.barrier = self.keeping("barrier", self.abi.barrier, 3)?;
        let answer = self.abi.answer;
        self.stubs.ask = self.stub("ask", signature(CallConv::PreserveAll, 6, 0), |b, args| {
            let (isolate, function) = (args[0], args[1]);
            let called = b.import_signature(signature(CallConv::SystemV, 5, 1));
            let call =
                b.ins().call_indirect(called, function, &[isolate, args[2], args[3], args[4], args[5]]);
            let result = b.inst_results(call)[0];
            b.ins().store(MemFlagsData::trusted(), result, isolate, answer);
            b.ins().return_(&[]);
        })?;
        let c = signature(CallConv::SystemV, 3, 1);
        self.stubs.enter = self.stub("enter", c, |b, args| {
            let caller = b.ins().get_pinned_reg(I64);
            b.ins().set_pinned_reg(args[0]);
            let called = b.import_signature(unit_signature());
            let call = b.ins().call_indirect(called, args[2], &args[1..2]);
            let result = b.inst_results(call)[0];
            b.ins().set_pinned_reg(caller);
            b.ins().return_(&[result]);
        })?;
        let interpret = self.abi.interpret;
        self.stubs.interpret = self.stub("interpret", unit_signature(), |b, args| {
            let isolate = b.ins().get_pinned_reg(I64);
            let called = b.import_signature(signature(CallConv::SystemV, 2, 1));
            let function = b.ins().iconst(I64, address(interpret));
            let call = b.ins().call_indirect(called, function, &[isolate, args[0]]);
            let result = b.inst_results(call)[0];
            b.ins().return_(&[result]);
        })?;
        self.make_call()
    }

    /// Functions of bytecode are entered here, all else is the runtime's.
    fn make_call(&mut self) -> Result<(), String> {
        let (abi, interpret) = (self.abi, address(self.stubs.interpret as usize));
        self.stubs.call = self.stub("call", call_signature(), |b, args| {
            let trusted = MemFlagsData::trusted();
            let (fp, window, argc) = (args[0], args[1], args[2]);
            let isolate = b.ins().get_pinned_reg(I64);
            let others = b.create_block();
            b.set_cold_block(others);
            let go_if = |b: &mut FunctionBuilder<'_>, condition| {
                let go = b.create_block();
                b.ins().brif(condition, go, &[], others, &[]);
                b.switch_to_block(go);
            };
            let base = b.ins().load(I64, trusted, isolate, abi.base);
            let cell = |b: &mut FunctionBuilder<'_>, reference| {
                let offset = b.ins().ishl_imm_u(reference, 3);
                b.ins().iadd(base, offset)
            };
            let callee = b.ins().load(I64, trusted, window, CALLEE as i32 * 8);
            let tag = b.ins().ushr_imm_u(callee, i64::from(bits::TAG_SHIFT));
            let is_object = b.ins().icmp_imm_s(IntCC::Equal, tag, bits::TAG_OBJECT as i64);
            go_if(b, is_object);
            let reference = b.ins().ireduce(I32, callee);
            let reference = b.ins().uextend(I64, reference);
            let function = cell(b, reference);
            let found = b.ins().uload8(I32, trusted, function, 0);
            let is_function = b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(kind::Function));
            go_if(b, is_function);
            let template = b.ins().uload32(trusted, function, offset::Function::template as i32);
            let template = cell(b, template);
            let field =
                |b: &mut FunctionBuilder<'_>, at: u32| b.ins().load(I32, trusted, template, at as i32);
            let entry = b.ins().uload8(I32, trusted, template, offset::Template::kinds as i32 + 1);
            let is_bytecode = b.ins().icmp_imm_s(IntCC::Equal, entry, Entry::Bytecode as i64);
            go_if(b, is_bytecode);
            // Arguments beyond the parameters are dropped where nobody can ask for them.
            let params = field(b, offset::Template::params);
            let (more, fitting, go) = (b.create_block(), b.create_block(), b.create_block());
            let is_more = b.ins().icmp(IntCC::UnsignedGreaterThan, argc, params);
            b.ins().brif(is_more, more, &[], fitting, &[argc.into()]);
            b.switch_to_block(more);
            let flags = field(b, offset::Template::flags);
            let keeps = b.ins().band_imm_u(flags, i64::from(template_flag::KEEPS_ARGUMENTS));
            b.ins().brif(keeps, others, &[], go, &[]);
            let given = b.append_block_param(fitting, I32);
            b.switch_to_block(fitting);
            let fill = b.create_block();
            let is_less = b.ins().icmp(IntCC::UnsignedLessThan, given, params);
            b.ins().brif(is_less, fill, &[], go, &[]);
            b.switch_to_block(fill);
            let wide = b.ins().uextend(I64, given);
            let at = b.ins().ishl_imm_u(wide, 3);
            let at = b.ins().iadd(window, at);
            let undefined = b.ins().iconst(I64, bits::UNDEFINED as i64);
            b.ins().store(trusted, undefined, at, 8);
            let next = b.ins().iadd_imm_s(given, 1);
            b.ins().jump(fitting, &[next.into()]);
            b.switch_to_block(go);
            let linked = b.ins().uload32(trusted, template, offset::Template::linked as i32);
            let code = b.ins().uload32(trusted, template, offset::Template::code as i32);
            let number = b.ins().ishl_imm_u(code, 32);
            let word = b.ins().bor(linked, number);
            b.ins().store(trusted, word, window, CODE as i32 * 8);
            let bytes = b.ins().isub(window, fp);
            let delta = b.ins().ushr_imm_u(bytes, 3);
            let argc_wide = b.ins().uextend(I64, argc);
            let argc_wide = b.ins().ishl_imm_u(argc_wide, 32);
            let link = b.ins().bor(delta, argc_wide);
            b.ins().store(trusted, link, window, LINK as i32 * 8);
            let codes = b.ins().load(I64, trusted, isolate, abi.codes);
            let at = b.ins().imul_imm_s(code, i64::from(abi.code_bytes));
            let at = b.ins().iadd(codes, at);
            let compiled = b.ins().load(I64, trusted, at, abi.code_entry);
            let interpret = b.ins().iconst(I64, interpret);
            let is_compiled = b.ins().icmp_imm_s(IntCC::NotEqual, compiled, 0);
            let entry = b.ins().select(is_compiled, compiled, interpret);
            let called = b.import_signature(unit_signature());
            let call = b.ins().call_indirect(called, entry, &[window]);
            let result = b.inst_results(call)[0];
            b.ins().return_(&[result]);
            b.switch_to_block(others);
            let mut c = signature(CallConv::SystemV, 3, 1);
            c.params.push(AbiParam::new(I32));
            let called = b.import_signature(c);
            let function = b.ins().iconst(I64, address(abi.call));
            let call = b.ins().call_indirect(called, function, &[isolate, fp, window, argc]);
            let result = b.inst_results(call)[0];
            b.ins().return_(&[result]);
        })?;
        Ok(())
    }

    /// A stub that passes its arguments on to a function of the runtime and keeps all registers.
    fn keeping(
        &mut self,
        name: &'static str,
        function: usize,
        arguments: usize,
    ) -> Result<*const u8, String> {
        self.stub(name, signature(CallConv::PreserveAll, arguments, 0), |b, args| {
            let called = b.import_signature(signature(CallConv::SystemV, arguments, 0));
            let function = b.ins().iconst(I64, address(function));
            b.ins().call_indirect(called, function, args);
            b.ins().return_(&[]);
        })
    }

    fn stub(
        &mut self,
        name: &'static str,
        signature: Signature,
        body: impl FnOnce(&mut FunctionBuilder<'_>, &[ir::Value]),
    ) -> Result<*const u8, String> {
        self.context.clear();
        self.context.func.signature = signature;
        {
            let mut b = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
            let entry = b.create_block();
            b.append_block_params_for_function_params(entry);
            b.switch_to_block(entry);
            let args = b.block_params(entry).to_vec();
            body(&mut b, &args);
            b.seal_all_blocks();
            b.finalize(self.isa.frontend_config());
        }
        let (entry, _, piece) = self.finish()?;
        self.stubs.pieces.push(piece);
        let code = self.context.compiled_code().map_or(&[][..], |compiled| compiled.code_buffer()).to_vec();
        self.stubs.made.push(Stub { name, entry, code });
        Ok(entry)
    }
}
