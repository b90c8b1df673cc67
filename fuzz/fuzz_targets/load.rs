//! Any bytes as a `.tvm` file: refused, or verified; never a panic.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tvm_bytecode::Unit;
use tvm_bytecode::verify::{Origin, verify};

fuzz_target!(|bytes: &[u8]| {
    for fixed in [false, true] {
        let mut bytes = bytes.to_vec();
        if fixed {
            // Behind the checksum.
            Unit::fix_checksum(&mut bytes);
        }
        if let Ok(unit) = Unit::parse(Arc::new(bytes)) {
            let _ = unit.to_data();
            let _ = verify(unit, Origin::Guest);
        }
    }
});
