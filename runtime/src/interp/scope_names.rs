//! Names of scope slots, worked out from a function's code when an error message needs one.
//!
//! A verified function's registers hold scopes of known layouts, but the layouts are not kept after verification. The
//! instruction that made the register's scope is found by following the code in order; that is exact for what the
//! front end generates, and good enough for a message elsewhere.

use tvm_bytecode::data::{Constant, NONE};
use tvm_bytecode::unit::FunctionRecord;
use tvm_bytecode::{Insns, Kind, Op, Unit};

/// The name of the slot that the scope instruction at `pc` names.
pub(super) fn slot_name(
    unit: &Unit,
    record: &FunctionRecord,
    pc: u32,
    depth: i32,
    slot: i32,
) -> Option<String> {
    let mut layouts: Vec<Option<u32>> = vec![None; record.registers as usize];
    for step in Insns::new(unit.code(record)) {
        let (at, insn) = step.ok()?;
        if at as u32 >= pc {
            let register = insn.operand(Kind::InEnv)?;
            let mut layout = layouts[register as usize]?;
            for _ in 0..depth {
                layout = unit.scope_parent(layout);
            }
            let name = unit.slot(layout, slot as u32)?.name;
            return Some(unit.text(name).to_text().to_string());
        }
        let made = match insn.op {
            Op::LoadScope => Some(record.outer_scope).filter(|&scope| scope != NONE),
            Op::NewScope | Op::NewRootScope => match unit.constant(record, insn.operand(Kind::Const)? as u32)
            {
                Some(Constant::Scope(layout)) => Some(layout),
                _ => None,
            },
            Op::CopyScope => layouts[insn.operand(Kind::InEnv)? as usize],
            _ => continue,
        };
        layouts[insn.operand(Kind::OutEnv)? as usize] = made;
    }
    None
}
