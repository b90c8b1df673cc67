//! Stubs that keep all registers, for what happens rarely in the middle of fast code.

use std::collections::HashMap;

use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;

use super::{Abi, Backend, address};
use crate::listing::Stub;

/// Their addresses.
pub struct Stubs {
    /// `(isolate)`: the budget is used up.
    pub poll: *const u8,
    /// `(isolate, cell, offset)`: the write barrier.
    pub barrier: *const u8,
    /// All of them.
    pub made: Vec<Stub>,
}

impl Default for Stubs {
    fn default() -> Self {
        Stubs { poll: std::ptr::null(), barrier: std::ptr::null(), made: Vec::new() }
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
        names.extend(
            self.made.iter().map(|stub| (stub.entry as u64, format!("{}, registers kept", stub.name))),
        );
        names
    }
}

impl Backend {
    pub(super) fn make_stubs(&mut self) -> Result<(), String> {
        self.stubs.poll = self.stub("poll", self.abi.poll, 1)?;
        self.stubs.barrier = self.stub("barrier", self.abi.barrier, 3)?;
        Ok(())
    }

    /// A stub that passes its arguments on to a function of the runtime.
    fn stub(&mut self, name: &'static str, function: usize, arguments: usize) -> Result<*const u8, String> {
        self.context.clear();
        let signature = |convention| {
            let mut signature = Signature::new(convention);
            signature.params.extend((0..arguments).map(|_| AbiParam::new(I64)));
            signature
        };
        self.context.func.signature = signature(CallConv::PreserveAll);
        {
            let mut b = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
            let entry = b.create_block();
            b.append_block_params_for_function_params(entry);
            b.switch_to_block(entry);
            let args = b.block_params(entry).to_vec();
            let called = b.import_signature(signature(CallConv::SystemV));
            let function = b.ins().iconst(I64, address(function));
            b.ins().call_indirect(called, function, &args);
            b.ins().return_(&[]);
            b.seal_all_blocks();
            b.finalize(self.isa.frontend_config());
        }
        let (entry, _) = self.finish()?;
        let code = self.context.compiled_code().map_or(&[][..], |compiled| compiled.code_buffer()).to_vec();
        self.stubs.made.push(Stub { name, entry, code });
        Ok(entry)
    }
}
