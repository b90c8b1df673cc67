//! Programs made at random do the same in every tier: they print the same, end the same, and use the same fuel.
//!
//! `tests/tiers` makes the same programs from seeds and runs them in processes of their own, without a fuzzer. A
//! program that differs is printed whole; its statements stand on lines of their own, for whoever cuts it down.
#![no_main]

include!("../src_common.rs");

#[path = "../../tests/tiers/generate/mod.rs"]
mod generate;

use libfuzzer_sys::fuzz_target;
use tvm::program::{SourceKind, compile};
use tvm_runtime::base::tier::TierOptions;

/// Calls and loop iterations of a program, at most; where a longer one would end is not told to the unit.
const FUEL: u64 = 150_000;

/// How compiled code is to run.
struct Tier {
    name: &'static str,
    options: TierOptions,
    zeal: Zeal,
}

/// Two of them at a time: compiling is what takes the time.
fn tiers(how: u8) -> [Tier; 2] {
    let eager = TierOptions { threshold: 1, background: false, ..TierOptions::default() };
    let (generic, deopt) =
        (TierOptions { speculate: false, ..eager }, TierOptions { fail_guards: 3, ..eager });
    [
        match how & 1 {
            0 => Tier { name: "--jit-threshold=1", options: eager, zeal: Zeal::None },
            _ => Tier { name: "--jit-threshold=1 --zeal=move", options: eager, zeal: Zeal::Move },
        },
        match how & 2 {
            0 => Tier { name: "--jit-threshold=1 --zeal=deopt:3", options: deopt, zeal: Zeal::None },
            _ => Tier { name: "--jit-threshold=1 --jit=generic", options: generic, zeal: Zeal::None },
        },
    ]
}

/// What a run came to.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    printed: String,
    end: String,
    fuel: u64,
}

fn run_in(unit: &tvm_bytecode::Verified, tier: Option<&Tier>) -> Outcome {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let options = ProgramOptions {
        limits: Limits { heap_bytes: 64 << 20, stack_bytes: 256 << 10, time: None, fuel: Some(FUEL) },
        zeal: tier.map_or(Zeal::None, |tier| tier.zeal),
        test262: false,
        host: Box::new(Nothing { printed: Some(Rc::clone(&printed)), ..Nothing::default() }),
        tiers: tier.map(|tier| tier.options),
        arguments: Vec::new(),
    };
    let mut program = Program::new(options).unwrap_or_else(|_| panic!("a program can be made"));
    let end = match program.add_script(unit.clone()).map(|()| program.run()) {
        Ok(Ok(())) => "done".to_owned(),
        Ok(Err(tvm::Stop::Ended(termination))) => termination.to_string(),
        Ok(Err(stop)) => program.report(&stop).map(|report| report.headline).unwrap_or_default(),
        Err(_) => "not started".to_owned(),
    };
    let refusals = program.isolate.vm.tiers.iter().flat_map(|tiers| &tiers.refusals);
    for (_, _, reason) in refusals {
        assert!(!reason.contains("defect") && !reason.contains("bad graph"), "{reason}");
    }
    let fuel = program.isolate.vm.meter.used();
    let printed = String::from_utf8_lossy(&printed.borrow()).into_owned();
    Outcome { printed, end, fuel }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let text = generate::program(generate::Choices::from_bytes(rest));
    if std::env::var_os("TVM_TIERS_SHOW").is_some() {
        println!("{text}");
    }
    let unit = match compile(&text, Path::new("tiers.js"), SourceKind::Script, false) {
        Ok(unit) => unit,
        Err(tvm::program::StartError::Compile { failure, .. }) => {
            panic!("{text}\nit does not compile: {}", failure.message)
        }
        Err(_) => return,
    };
    let wanted = run_in(&unit, None);
    assert!(!wanted.end.contains("defect of tvm"), "{text}\n{}", wanted.end);
    if wanted.end != "done" && wanted.fuel >= FUEL {
        return;
    }
    for tier in tiers(how) {
        let got = run_in(&unit, Some(&tier));
        if got != wanted {
            let line = wanted.printed.lines().zip(got.printed.lines()).position(|(a, b)| a != b);
            let line_of = |outcome: &Outcome| {
                line.and_then(|at| outcome.printed.lines().nth(at)).unwrap_or("the end").to_owned()
            };
            panic!(
                "{text}\n{}: line {line:?} '{}' for '{}'; end '{}' for '{}'; fuel {} for {}",
                tier.name,
                line_of(&got),
                line_of(&wanted),
                got.end,
                wanted.end,
                got.fuel,
                wanted.fuel
            );
        }
    }
});
