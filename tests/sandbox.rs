//! `tvm:sandbox`: what the programs in `tests/sandbox` print is what the lines at their ends say, on every tier; and how
//! a program's own limits hold for its sandboxes.

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{Outcome, Scratch, tvm_in};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox")
}

/// Every way of running.
const ALL: &[&[&str]] = &[&[], &["--no-jit"], &["--jit-threshold=1"], &["--zeal=move"], &["--zeal=deopt"]];
/// Without a hostile collector, for programs that have much.
const PLAIN: &[&[&str]] = &[&[], &["--no-jit"], &["--jit-threshold=1"]];

fn prints_what_it_says(name: &str, ways: &[&[&str]]) {
    let text = std::fs::read_to_string(directory().join(name)).expect("a program");
    let wanted: String =
        text.lines().filter_map(|line| line.strip_prefix("// => ")).map(|line| format!("{line}\n")).collect();
    assert!(!wanted.is_empty(), "{name} says what it prints");
    for flags in ways {
        let outcome = tvm_in(&directory(), &[&["run"], *flags, &[name]].concat(), "");
        assert_eq!(outcome.stdout, wanted, "{name} {flags:?}: {}", outcome.stderr);
        assert_eq!(outcome.code, 0, "{name} {flags:?}: {}", outcome.stderr);
    }
}

#[test]
fn api() {
    prints_what_it_says("api.mjs", ALL);
}

#[test]
fn values() {
    prints_what_it_says("values.mjs", ALL);
}

#[test]
fn timeouts() {
    prints_what_it_says("timeouts.mjs", ALL);
}

#[test]
fn sizes() {
    prints_what_it_says("sizes.mjs", PLAIN);
}

#[test]
fn pools() {
    prints_what_it_says("pool.mjs", ALL);
}

#[test]
fn vm2() {
    prints_what_it_says("vm2.mjs", ALL);
}

/// Threads, host calls, limits and ends in all orders.
#[test]
fn many_at_once() {
    let text = std::fs::read_to_string(directory().join("stress.mjs")).expect("a program");
    let wanted = text.lines().find_map(|line| line.strip_prefix("// => ")).expect("it says what it prints");
    for flags in [&[][..], &["--no-jit"], &["--jit-threshold=1"]] {
        for _ in 0..3 {
            let outcome = tvm_in(&directory(), &[&["run"], flags, &["stress.mjs"]].concat(), "");
            assert_eq!(outcome.stdout.trim_end(), wanted, "{flags:?}: {}", outcome.stderr);
        }
    }
}

fn run(code: &str, flags: &[&str]) -> (Outcome, Duration) {
    let code = format!("const {{ Sandbox }} = require('tvm:sandbox'); const box = new Sandbox(); {code}");
    let started = Instant::now();
    let outcome = tvm_in(&directory(), &[&["run"], flags, &["-e", &code]].concat(), "");
    (outcome, started.elapsed())
}

/// What runs in a sandbox is the program's own time and work.
#[test]
fn a_program_s_limits_end_its_sandboxes() {
    let late = Duration::from_secs(20);
    for code in [
        "try { box.evalSync('for (;;);') } finally { console.log('never') }",
        "box.eval('for (;;);').finally(() => console.log('never'))",
        "box.eval('new Promise((r) => setTimeout(r, 1e6))')",
    ] {
        let (outcome, took) = run(code, &["--max-time=300ms"]);
        assert!(outcome.stderr.contains("time limit passed: 300 ms"), "{code}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{code}");
        assert!(took < late, "{code}: {took:?}");
    }
    let (outcome, _) = run("box.evalSync('for (;;);')", &["--max-fuel=1000000"]);
    assert!(outcome.stderr.contains("fuel limit passed: 1000000"), "{outcome:?}");
    let (outcome, _) = run(
        "try { require('vm').runInThisContext('(f) => f', {})(0); require('vm').runInNewContext('f()', \
         { f: () => box.evalSync('for (;;);') }, { timeout: 100 }) } catch (e) { console.log(e.code) }",
        &["--max-time=20s"],
    );
    assert_eq!(outcome.stdout, "ERR_SCRIPT_EXECUTION_TIMEOUT\n", "{outcome:?}");
}

/// A snapshot holds no sandboxes: they are gone when it is resumed.
#[test]
fn sandboxes_are_not_in_snapshots() {
    let scratch = Scratch::new();
    let (file, program) = (scratch.text("cut.tvms"), scratch.text("program.js"));
    let code = "const { Sandbox } = require('tvm:sandbox');
        const box = new Sandbox();
        console.log(box.evalSync('1'));
        for (let i = 0; i < 1e6; i++);
        try { box.evalSync('2') } catch (e) { console.log(e.code) }
        console.log(new Sandbox().evalSync('3'));";
    std::fs::write(&program, code).expect("a program");
    let run = ["run", "--snapshot-after", "500000", "--snapshot", &file, &program];
    let first = tvm_in(&directory(), &run, "");
    assert_eq!((first.code, &first.stdout[..]), (0, "1\n"), "{first:?}");
    let rest = tvm_in(&directory(), &["resume", &file], "");
    assert_eq!(rest.stdout, "ERR_SANDBOX_DISPOSED\n3\n", "{rest:?}");
}

/// Memory of sandboxes that are disposed of, or that nobody has any more, is free again.
#[test]
fn sandboxes_are_freed() {
    let code = "let n = 0;
        for (let i = 0; i < 3000; i++) { const b = new Sandbox({ memory: 8 << 20 }); n += b.evalSync('1'); if (i % 2) b.dispose(); }
        const fs = require('fs');
        const kib = +/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
        setTimeout(() => {
          for (let i = 0; i < 100; i++) new Array(1e5).fill({});
          setTimeout(() => { const now = +/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]; console.log(n, now < kib / 2 || [kib, now]); }, 10);
        }, 1);";
    let (outcome, _) = run(code, &["-A"]);
    assert_eq!(outcome.stdout, "3000 true\n", "{outcome:?}");
}
