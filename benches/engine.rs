//! Benchmarks of the engine: single operations, small programs, start-up, allocation, snapshots.
//!
//! `cargo bench` runs all, `cargo bench -- ops` some. Figures are for comparing two builds on one machine.

#![allow(missing_docs)]

use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tvm::program::{SourceKind, compile};
use tvm::{Limits, Program, ProgramOptions, SystemHost};
use tvm_runtime::heap::Zeal;

fn program() -> Program {
    let options = ProgramOptions {
        limits: Limits::default(),
        zeal: Zeal::None,
        test262: false,
        host: Box::new(SystemHost::default()),
        tiers: None,
        arguments: Vec::new(),
    };
    Program::new(options).unwrap_or_else(|_| panic!("a program can be made"))
}

fn run(program: &mut Program, source: &str) {
    let unit = compile(source, Path::new("bench.js"), SourceKind::Script, false);
    let unit = unit.unwrap_or_else(|_| panic!("benchmarks compile"));
    program.add_script(unit).unwrap_or_else(|_| panic!("it can be queued"));
    program.run().unwrap_or_else(|_| panic!("benchmarks run"));
}

/// Runs of the loop in one measurement of an operation.
const OPS: u64 = 100_000;

/// One operation in a loop; the empty loop tells what the loop takes.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("empty", "", ""),
    ("add_int", "let a = 1, b = 2, c;", "c = a + b;"),
    ("add_double", "let a = 1.5, b = 2.5, c;", "c = a + b;"),
    ("property_get", "const o = { x: 1, y: 2 }; let c;", "c = o.y;"),
    ("property_set", "const o = { x: 1, y: 2 };", "o.y = i;"),
    ("element_get", "const a = [1, 2, 3, 4]; let c;", "c = a[i & 3];"),
    ("call", "const f = x => x; let c;", "c = f(i);"),
    ("method", "class C { m() { return this; } } const o = new C(); let c;", "c = o.m();"),
    ("closure", "let c;", "c = () => i;"),
    ("object_literal", "let c;", "c = { a: i, b: 2 };"),
    ("concatenate", "let s = '';", "s = 'n' + i;"),
    ("map_get", "const m = new Map([[1, 2]]); let c;", "c = m.get(1);"),
    ("try_catch", "let c;", "try { c = i; } finally { c++; }"),
];

fn ops(c: &mut Criterion) {
    let mut group = c.benchmark_group("ops");
    group.throughput(Throughput::Elements(OPS)).sample_size(20).measurement_time(Duration::from_secs(2));
    for (name, before, body) in OPERATIONS {
        let source = format!("(function () {{ {before} for (let i = 0; i < {OPS}; i++) {{ {body} }} }})();");
        let mut program = program();
        group.bench_function(*name, |b| b.iter(|| run(&mut program, &source)));
    }
    group.finish();
}

const PROGRAMS: &[(&str, &str)] = &[
    ("fibonacci", "(function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2); })(20);"),
    (
        "sieve",
        "(() => { const n = 50000, a = new Uint8Array(n); for (let i = 2; i * i < n; i++) if (!a[i]) for (let j = i * i; j < n; j += i) a[j] = 1; return a; })();",
    ),
    (
        "matrix",
        "(() => { const n = 40, m = () => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i + j * 0.5)); const a = m(), b = m(), c = m(); for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let s = 0; for (let k = 0; k < n; k++) s += a[i][k] * b[k][j]; c[i][j] = s; } return c; })();",
    ),
    (
        "words",
        "(() => { const text = 'the quick brown fox jumps over the lazy dog '.repeat(200), m = new Map(); for (const w of text.split(' ')) m.set(w, (m.get(w) ?? 0) + 1); return [...m].sort((x, y) => y[1] - x[1]); })();",
    ),
    (
        "json",
        "(() => { const d = Array.from({ length: 500 }, (_, i) => ({ id: i, name: 'n' + i, tags: ['a', 'b'] })); return JSON.parse(JSON.stringify(d)).length; })();",
    ),
    (
        "regexp",
        "(() => { const t = 'key=value; other=thing; '.repeat(200); let n = 0; for (const m of t.matchAll(/(\\w+)=(\\w+);/g)) n += m[1].length; return n; })();",
    ),
    (
        "generators",
        "(() => { function* g(n) { for (let i = 0; i < n; i++) yield i; } let s = 0; for (const x of g(10000)) s += x; return s; })();",
    ),
    ("promises", "(async () => { let s = 0; for (let i = 0; i < 5000; i++) s += await i; return s; })();"),
    (
        "sort",
        "(() => { let x = 1; const a = Array.from({ length: 5000 }, () => (x = (x * 16807) % 2147483647)); return a.sort((p, q) => p - q); })();",
    ),
    (
        "classes",
        "(() => { class A { #v = 0; add(n) { this.#v += n; return this; } get v() { return this.#v; } } class B extends A { add(n) { return super.add(n * 2); } } const b = new B(); for (let i = 0; i < 10000; i++) b.add(i); return b.v; })();",
    ),
];

fn programs(c: &mut Criterion) {
    let mut group = c.benchmark_group("programs");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for (name, source) in PROGRAMS {
        let mut program = program();
        group.bench_function(*name, |b| b.iter(|| run(&mut program, source)));
    }
    group.finish();
}

fn start_up(c: &mut Criterion) {
    let mut group = c.benchmark_group("start_up");
    group.sample_size(20);
    group.bench_function("isolate", |b| b.iter(program));
    group.bench_function("empty_script", |b| b.iter(|| run(&mut program(), "")));
    let source = "function f(a, b) { return a.x + b[1] * 2; }\n".repeat(2000);
    group.throughput(Throughput::Bytes(source.len() as u64));
    group.bench_function("compile", |b| {
        b.iter(|| compile(&source, Path::new("bench.js"), SourceKind::Script, false).is_ok());
    });
    group.finish();
}

const ALLOCATION: &[(&str, &str)] = &[
    ("short_lived", "for (let i = 0; i < 100000; i++) ({ i });"),
    ("kept", "globalThis.kept = []; for (let i = 0; i < 50000; i++) kept.push({ i });"),
    ("tree", "(function t(d) { return d ? { l: t(d - 1), r: t(d - 1) } : null; })(14);"),
    ("strings", "let s = ''; for (let i = 0; i < 50000; i++) s += i; s.indexOf('x');"),
    ("large", "for (let i = 0; i < 20; i++) new Array(100000).fill(i);"),
];

fn allocation(c: &mut Criterion) {
    let mut group = c.benchmark_group("allocation");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for (name, source) in ALLOCATION {
        let source = format!("{{ {source} }}");
        let mut program = program();
        group.bench_function(*name, |b| b.iter(|| run(&mut program, &source)));
    }
    group.finish();
}

fn snapshots(c: &mut Criterion) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-snapshots");
    std::fs::create_dir_all(&directory).expect("the target directory can be written");
    let file = directory.join("bench.tvms");
    let key = [3; 32];
    let mut group = c.benchmark_group("snapshots");
    group.sample_size(10);
    for (name, objects) in [("small", 0), ("16_MiB", 200_000)] {
        let prepared = || {
            let mut program = program();
            run(
                &mut program,
                &format!("globalThis.a = []; for (let i = 0; i < {objects}; i++) a.push({{ i, t: [i] }});"),
            );
            program
        };
        let write = |program: &mut Program| {
            let options =
                std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&file);
            let mut out = options.expect("the target directory can be written");
            program.isolate.write_snapshot(&mut out, &key).expect("it can be written");
        };
        group.bench_function(format!("write_{name}"), |b| {
            b.iter_batched_ref(prepared, write, BatchSize::PerIteration);
        });
        write(&mut prepared());
        group.bench_function(format!("resume_{name}"), |b| {
            b.iter(|| {
                let file = std::fs::File::open(&file).expect("it was written");
                let trust = tvm_runtime::snapshot::Trust::Unchanged(&key);
                tvm_runtime::snapshot::restore(&file, trust, None, Box::new(SystemHost::default()), None)
                    .is_ok()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ops, programs, start_up, allocation, snapshots);
criterion_main!(benches);
