//! Programs made at random do the same in every tier, for the same fuel. The fuzz target `tiers` compares the same
//! programs within one process.
//!
//! `TVM_TIER_PROGRAMS` is their number (20), `TVM_TIER_SEED` the first seed (1). A program that differs is printed with
//! its seed.

#[path = "../common/mod.rs"]
mod common;
mod generate;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Outcome, Scratch, number};
use generate::Choices;

/// What a program is run with; the first is what the others must equal.
const TIERS: [&[&str]; 7] = [
    &["--no-jit"],
    &["--jit-threshold=1"],
    &["--jit-threshold=40"],
    &["--jit-threshold=1", "--jit=generic"],
    &["--jit-threshold=10", "--jit-wait=false"],
    &["--jit-threshold=20", "--zeal=deopt:5"],
    &["--jit-threshold=30", "--zeal=move"],
];

/// Seeds whose programs differ: defects of the compiler that are not mended yet. May only shrink.
const KNOWN: &[u64] = &[];

fn run(file: &str, flags: &[&str]) -> Outcome {
    common::tvm(&[&["run"], flags, &["--max-fuel=3000000", "--stats", file]].concat())
}

fn fuel(outcome: &Outcome) -> Option<&str> {
    outcome.stderr.lines().find_map(|line| line.strip_prefix("tvm: fuel ")?.split(',').next())
}

#[test]
fn programs_do_the_same_in_every_tier() {
    let (count, first) = (number("TVM_TIER_PROGRAMS", 20), number("TVM_TIER_SEED", 1));
    let (next, complaints) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    if KNOWN.contains(&seed) {
                        continue;
                    }
                    if let Err(complaint) = compare(seed) {
                        complaints.lock().expect("no thread panics with it").push(complaint);
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("all threads are done");
    assert!(
        complaints.is_empty(),
        "{} of {count} programs differ:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

fn compare(seed: u64) -> Result<(), String> {
    let directory = Scratch::new();
    let file = directory.write("program.js", &generate::program(Choices::from_seed(seed)));
    let wanted = run(&file, TIERS[0]);
    if wanted.code == 124 {
        // Where fuel ends is not told to the unit.
        return Ok(());
    }
    for flags in &TIERS[1..] {
        let got = run(&file, flags);
        if got.code != wanted.code || got.stdout != wanted.stdout || fuel(&got) != fuel(&wanted) {
            let place = wanted.stdout.lines().zip(got.stdout.lines()).position(|(a, b)| a != b);
            let line = |outcome: &Outcome| {
                place.and_then(|at| outcome.stdout.lines().nth(at)).unwrap_or("the end").to_owned()
            };
            // The program stays for whoever looks into it.
            std::mem::forget(directory);
            return Err(format!(
                "seed {seed} with {flags:?}: {file}: status {} for {}, fuel {:?} for {:?}, line {place:?}: '{}' for '{}'\n{}",
                got.code,
                wanted.code,
                fuel(&got),
                fuel(&wanted),
                line(&got),
                line(&wanted),
                got.stderr
            ));
        }
    }
    Ok(())
}

/// Programs that used other amounts of fuel in other tiers once.
const FUEL: &[&str] = &[
    // What an iteration calls itself is not booked.
    "const it = { [Symbol.iterator]() { let i = 0; return { next: () => ({ value: i, done: i++ > 4 }) }; } };
     function run() { let s = 0; for (const v of it) s += v; return s; }
     for (let i = 0; i < 20; i++) run();",
    // A getter's frame stands where compiled code puts it, so that as many fit on the stack.
    "class Base { step(x) { this.n++; return this.v + x; } } class P extends Base {}
     for (let n = 0; n < 3; n++) {
       const o = new P();
       Object.defineProperty(o, 'v', { get() { return o.step(n); } });
       try { o.step(2); } catch {}
     }",
    // Putting a rope together is booked.
    "function sum(text) { let h = 0; for (let i = 0; i < text.length; i++) h ^= text.charCodeAt(i); return h; }
     for (let r = 0; r < 9; r++) { let t = ''; for (let i = 0; i < 300; i++) t += 'ab' + i; sum(t); }",
    // Where some prototype has indices, library code pops.
    "const object = { __proto__: [1] };
     function run(list) { return list.pop(); }
     for (let i = 0; i < 20; i++) run([i, 1]);",
    // A call that is left out is booked.
    "class A { constructor(v) { this.v = v; } } class B extends A { x = 2; } class C extends B {}
     function run(i) { const c = new C(i); return c.v + c.x; }
     for (let i = 0; i < 20; i++) run(i);",
];

#[test]
fn every_tier_uses_the_same_fuel() {
    let directory = Scratch::new();
    for (number, text) in FUEL.iter().enumerate() {
        let file = directory.write("program.js", text);
        let used = TIERS.map(|flags| {
            let outcome = run(&file, flags);
            assert_eq!(outcome.code, 0, "program {number} with {flags:?}: {}", outcome.stderr);
            fuel(&outcome).expect("--stats says it").to_owned()
        });
        assert!(used.iter().all(|fuel| *fuel == used[0]), "program {number}: {used:?}");
    }
}

#[test]
fn generated_programs_run_to_their_end() {
    let directory = Scratch::new();
    let seeds = (1..=8).map(Choices::from_seed);
    let inputs: [&[u8]; 3] = [b"", b"some bytes", &[7; 900]];
    for (number, choices) in seeds.chain(inputs.map(Choices::from_bytes)).enumerate() {
        let file = directory.write("program.js", &generate::program(choices));
        let outcome = run(&file, TIERS[0]);
        assert!(outcome.code == 0 || outcome.code == 124, "program {number}: {}", outcome.stderr);
        let lines = outcome.stdout.lines().count();
        assert!(outcome.code == 124 || lines > 100, "program {number} prints too little");
    }
}
