//! Benchmarks of the Rust API: isolates, calls in both directions, values by serde.
//!
//! `cargo bench --bench embedding`. Figures are for comparing two builds on one machine.

#![allow(missing_docs)]

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tvm::Engine;

fn embedding(c: &mut Criterion) {
    let engine = Engine::new().expect("an engine");
    let mut isolate = engine.new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let mut group = c.benchmark_group("embedding");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    group.bench_function("isolate", |b| b.iter(|| engine.new_isolate().is_ok()));
    // Contexts last as long as their isolate: a new one for each hundred.
    group.bench_function("context", |b| {
        let isolate = || engine.new_isolate().expect("an isolate");
        b.iter_batched_ref(
            isolate,
            |isolate| (0..100).all(|_| isolate.new_context().is_ok()),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("eval", |b| b.iter(|| context.eval("1 + 1").is_ok()));
    let function = context.eval("(x) => x + 1").expect("it runs");
    group.bench_function("call", |b| b.iter(|| context.call(&function, &[1.into()]).is_ok()));
    let object = context.eval("({ a: 1, b: 'x', c: [1, 2, 3] })").expect("it runs");
    group.bench_function("get", |b| b.iter(|| object.get(&mut context, "a").is_ok()));
    group.bench_function("from_value", |b| {
        b.iter(|| context.from_value::<serde_json::Value>(&object).is_ok());
    });
    let json = serde_json::json!({ "a": 1, "b": "x", "c": [1, 2, 3] });
    group.bench_function("to_value", |b| b.iter(|| context.to_value(&json).is_ok()));
    context.set_typed_function("add", |a: f64, b: f64| Ok(a + b)).expect("a function");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("host_call", |b| {
        b.iter(|| context.eval("{ let s = 0; for (let i = 0; i < 1000; i++) s = add(s, i) }").is_ok());
    });
    group.finish();
}

criterion_group!(benches, embedding);
criterion_main!(benches);
