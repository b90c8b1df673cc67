//! Verified bytecode of any shape runs in the box: no panic, no invariant of ours broken.
#![no_main]

include!("../src_common.rs");

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tvm_bytecode::Unit;
use tvm_bytecode::arbitrary::{Choices, Size, unit};
use tvm_bytecode::verify::{Origin, verify};

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let encoded = if how & 1 == 0 {
        let size = Size { wild: if how & 2 == 0 { 0 } else { 5 }, ..Size::SMALL };
        match unit(&mut Choices::from_bytes(rest), size).encode() {
            Ok(encoded) => encoded,
            Err(_) => return,
        }
    } else {
        let mut file = rest.to_vec();
        Unit::fix_checksum(&mut file);
        file
    };
    let Ok(parsed) = Unit::parse(Arc::new(encoded)) else { return };
    if let Ok(verified) = verify(parsed, Origin::Guest) {
        run(verified, how & 4 != 0);
    }
});
