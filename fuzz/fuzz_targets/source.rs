//! Any text as a program: refused, or it compiles to what verifies, and runs in the box.
#![no_main]

include!("../src_common.rs");

use libfuzzer_sys::fuzz_target;
use tvm::program::{SourceKind, StartError, compile};

fuzz_target!(|text: &str| {
    let Some(first) = text.chars().next() else { return };
    let (name, kind) = match first as u32 % 4 {
        0 => ("a.js", SourceKind::Script),
        1 => ("a.mjs", SourceKind::Module),
        2 => ("a.ts", SourceKind::Guess),
        _ => ("a.js", SourceKind::Guess),
    };
    match compile(text, Path::new(name), kind, false) {
        Ok(unit) => run(unit, text.len() % 8 == 7),
        // What the front end makes must verify.
        Err(StartError::Compile { failure, .. }) => {
            assert!(!failure.message.starts_with("section "), "{}", failure.message);
        }
        Err(StartError::Ended(_) | StartError::Other(_)) => {}
    }
});
