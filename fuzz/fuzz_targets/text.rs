//! Any text as bytecode's text form: refused, or it goes round.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tvm_bytecode::text;

fuzz_target!(|source: &str| {
    let Ok(data) = text::parse(source) else { return };
    let printed = text::print(&data);
    let again = text::parse(&printed).expect("what was printed is read");
    assert_eq!(text::print(&again), printed);
    assert_eq!(data.encode().ok(), again.encode().ok());
});
