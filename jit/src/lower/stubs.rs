//! Code that all functions share: stubs that keep all registers, for what happens rarely in the middle of fast code, and
//! those that go from one calling convention to the other.

use std::collections::HashMap;

use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;

use super::{Abi, Backend, address, unit_signature};
use crate::listing::Stub;

/// Their addresses.
pub struct Stubs {
    /// `(isolate)`: the budget is used up.
    pub poll: *const u8,
    /// `(isolate, cell, offset)`: the write barrier.
    pub barrier: *const u8,
    /// `extern "C" fn(isolate, frame, entry) -> bits`: enters compiled code.
    pub enter: *const u8,
    /// What stands where a function's code would: interprets the frame.
    pub interpret: *const u8,
    /// All of them.
    pub made: Vec<Stub>,
}

impl Default for Stubs {
    fn default() -> Self {
        let none = std::ptr::null();
        Stubs { poll: none, barrier: none, enter: none, interpret: none, made: Vec::new() }
    }
}

// Addresses of code that is never freed.
#[allow(unsafe_code)]
// SAFETY: the stubs' addresses are only handed to the code generator.
unsafe impl Send for Stubs {}

impl Stubs {
    /// Names of addresses that compiled code calls: fields of [`Abi`], and stubs.
    pub fn names(&self, abi: &Abi) -> HashMap<u64, String> {
        let fields = format!("{abi:?}");
        let field = |text: &str| {
            let (name, value) = text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).split_once(": ")?;
            Some((value.parse().ok()?, name.to_owned()))
        };
        let fields = fields.split(['{', ',']).filter_map(field);
        // Small numbers are offsets.
        let mut names: HashMap<u64, String> =
            fields.filter(|&(value, _)| value > u64::from(u32::MAX)).collect();
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

impl Backend {
    pub(super) fn make_stubs(&mut self) -> Result<(), String> {
        self.stubs.poll = self.keeping("poll", self.abi.poll, 1)?;
        self.stubs.barrier = self.keeping("barrier", self.abi.barrier, 3)?;
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
        let (entry, _) = self.finish()?;
        let code = self.context.compiled_code().map_or(&[][..], |compiled| compiled.code_buffer()).to_vec();
        self.stubs.made.push(Stub { name, entry, code });
        Ok(entry)
    }
}
