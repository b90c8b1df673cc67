//! Programs cut at random points: the rest, in another process, ends as the whole does.
//!
//! `TVM_SNAPSHOT_CUTS` is the number of cuts (60), `TVM_SNAPSHOT_SEED` makes a run again.

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Fixture, Random, number};

#[test]
fn programs_go_on_wherever_they_are_cut() {
    let (cuts, seed) = (number("TVM_SNAPSHOT_CUTS", 60), number("TVM_SNAPSHOT_SEED", 1));
    let known = std::fs::read_to_string(common::fixtures().join("known-failures.txt")).unwrap_or_default();
    let fixtures: Vec<(Fixture, u64)> = Fixture::all()
        .into_iter()
        .filter(|fixture| fixture.runs_in("cut") && !known.contains(&fixture.name))
        .map(|fixture| (fixture.fuel(), fixture))
        .filter(|(fuel, _)| *fuel > 0)
        .map(|(fuel, fixture)| (fixture, fuel))
        .collect();
    let mut random = Random(seed);
    let plan: Vec<(usize, u64)> = (0..cuts)
        .map(|_| {
            let program = (random.next() % fixtures.len() as u64) as usize;
            (program, random.next() % (fixtures[program].1 + 1))
        })
        .collect();
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&(program, at)) = plan.get(turn) else { break };
                    let fixture = &fixtures[program].0;
                    // Every other cut is through compiled code.
                    let flags: &[&str] = if turn % 2 == 0 { &[] } else { &["--jit-threshold=1"] };
                    if let Err(text) = fixture.cut_at(at, flags).and_then(|outcome| fixture.compare(&outcome))
                    {
                        let mut complaints = complaints.lock().expect("no thread panics with it");
                        complaints.push(format!("{} {flags:?} cut at {at}: {text}", fixture.name));
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("all threads are done");
    println!("{cuts} cuts of {} programs, seed {seed}", fixtures.len());
    assert!(
        complaints.is_empty(),
        "{} of {cuts} (seed {seed}) failed:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}
