//! Measures loading of a generated unit: `cargo run --release -p tvm-bytecode --example verify_speed [MB]`.

use std::sync::Arc;
use std::time::Instant;

use tvm_bytecode::Unit;
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::verify::{Origin, verify};

fn main() {
    let megabytes: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10);
    let size = Size { functions: megabytes * 1000, statements: 400, modules: 10, wild: 0 };
    let data = arbitrary::unit(&mut Choices::from_seed(1), size);
    let insns: usize = data.functions.iter().map(|f| f.code.len()).sum();
    let bytes = data.encode().expect("the unit fits a file");
    let file = bytes.len();
    let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(bytes);
    for round in 0..7 {
        let start = Instant::now();
        let unit = Unit::parse(Arc::clone(&bytes)).expect("a sound container");
        let parsed = start.elapsed();
        let code = unit.code_bytes();
        let start = Instant::now();
        let verified = verify(unit, Origin::Guest).expect("a valid unit");
        let took = start.elapsed();
        println!(
            "round {round}: {} functions, {insns} instructions, {:.2} MB code, {:.2} MB file: parse {:.1} ms, verify {:.1} ms ({:.0} MB/s of code, {:.1} ns an instruction)",
            verified.function_count(),
            code as f64 / 1e6,
            file as f64 / 1e6,
            parsed.as_secs_f64() * 1e3,
            took.as_secs_f64() * 1e3,
            code as f64 / 1e6 / took.as_secs_f64(),
            took.as_secs_f64() * 1e9 / insns as f64,
        );
    }
}
