//! Measures loading of a generated unit:
//! `cargo run --release -p tvm-bytecode --example verify_speed [MB of code [rounds [statements a function]]]`.

use std::sync::Arc;
use std::time::Instant;

use tvm_bytecode::Unit;
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::verify::{Origin, verify};

fn argument(index: usize, default: u32) -> u32 {
    std::env::args().nth(index).and_then(|number| number.parse().ok()).unwrap_or(default)
}

fn main() {
    let statements = argument(3, 400);
    // A statement comes to some nine bytes, and functions have three quarters of the most on average.
    let functions = argument(1, 10) * 156_000 / statements;
    let size = Size { functions, statements, modules: 10, wild: 0 };
    let data = arbitrary::unit(&mut Choices::from_seed(1), size);
    let insns: usize = data.functions.iter().map(|f| f.code.len()).sum();
    let bytes = data.encode().expect("the unit fits a file");
    let file = bytes.len();
    let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(bytes);
    let mut parsing = Vec::new();
    let mut verifying = Vec::new();
    let mut code = 0;
    for _ in 0..argument(2, 15) {
        let start = Instant::now();
        let unit = Unit::parse(Arc::clone(&bytes)).expect("a sound container");
        parsing.push(start.elapsed().as_secs_f64() * 1e3);
        code = unit.code_bytes();
        let start = Instant::now();
        verify(unit, Origin::Guest).expect("a valid unit");
        verifying.push(start.elapsed().as_secs_f64() * 1e3);
    }
    parsing.sort_by(f64::total_cmp);
    verifying.sort_by(f64::total_cmp);
    let middle = verifying.len() / 2;
    println!(
        "{} functions, {insns} instructions, {:.2} MB of code, {:.2} MB file",
        data.functions.len(),
        code as f64 / 1e6,
        file as f64 / 1e6
    );
    println!("parse: best {:.1} ms, median {:.1} ms", parsing[0], parsing[middle]);
    println!(
        "verify: best {:.1} ms, median {:.1} ms; {:.0} MB/s, {:.1} ns an instruction",
        verifying[0],
        verifying[middle],
        code as f64 / 1e3 / verifying[0],
        verifying[0] * 1e6 / insns as f64
    );
}
