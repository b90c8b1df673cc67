//! What the tests of files share.

#![allow(dead_code)]

use std::sync::Arc;

use tvm_bytecode::data::*;
use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Insn, LoadError, Op, Unit, text};

/// Reads and verifies a file.
pub fn load(bytes: &[u8]) -> Result<Unit, LoadError> {
    let unit = Unit::parse(Arc::new(bytes.to_vec()))?;
    verify(unit, Origin::Guest).map(|verified| Unit::clone(&verified))
}

/// Loads a file that may hold anything; whatever is accepted must be the one file form of what it says. Tells
/// whether it was accepted.
pub fn load_anything(bytes: &[u8]) -> bool {
    match load(bytes) {
        Ok(unit) => {
            let data = unit.to_data().expect("a verified unit is readable");
            assert_eq!(data.encode().expect("and can be written"), bytes, "a second form of the same unit");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

pub fn encode(data: &UnitData) -> Vec<u8> {
    data.encode().expect("the unit fits a file")
}

/// All tables in one small file: modules, scopes, handlers, lists, line tables, each kind of string.
pub fn sample() -> Vec<u8> {
    encode(&text::parse(include_str!("sample.tvma")).expect("a well-formed sample"))
}

/// A unit of one function, to be filled.
pub fn unit_of(code: Vec<Insn>, params: u32, registers: u32) -> UnitData {
    let mut unit = text::parse("function fn0 \"\" Normal { Return r0 }").expect("a plain unit");
    let f = &mut unit.functions[0];
    (f.code, f.params, f.registers) = (code, params, registers);
    unit
}

pub fn insn(op: Op, operands: &[i64]) -> Insn {
    let mut insn = Insn::new(op, operands);
    insn.wide = !insn.fits(false);
    insn
}
