//! The Rust API: programs run inside another process, with a host of its own.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tvm::grants::{Grants, Reach};
use tvm::program::{self, SourceKind, StartError};
use tvm::{Host, Limits, Program, ProgramOptions, Stop, SystemHost, Termination};
use tvm_runtime::base::vm::{CompileFailureKind, ModuleFailure, ModuleText, ModuleUse, SourceForm};
use tvm_runtime::heap::Zeal;

/// Keeps what is printed, stands at one time, and knows one module.
#[derive(Default)]
struct TestHost {
    out: Arc<Mutex<Vec<u8>>>,
    slept: Duration,
}

impl Host for TestHost {
    fn write_stdout(&mut self, bytes: &[u8]) {
        self.out.lock().expect("no panics with it").extend_from_slice(bytes);
    }

    fn write_stderr(&mut self, _: &[u8]) {}

    fn now_ms(&mut self) -> f64 {
        86_400_000.0
    }

    fn monotonic_ms(&mut self) -> f64 {
        self.slept.as_secs_f64() * 1000.0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn sleep(&mut self, time: Duration) {
        self.slept += time;
    }

    fn local_offset_ms(&mut self, _: f64, _: bool) -> f64 {
        0.0
    }

    fn time_zone(&mut self) -> String {
        "UTC".into()
    }

    fn resolve_module(&mut self, specifier: &str, _: &str, _: ModuleUse) -> Result<String, ModuleFailure> {
        Ok(format!("memory:{specifier}"))
    }

    fn load_module(
        &mut self,
        name: &str,
        _: Option<&str>,
        _: ModuleUse,
    ) -> Result<ModuleText, ModuleFailure> {
        match name {
            "memory:answer" => Ok(ModuleText::Source {
                text: "export default 42".into(),
                typescript: false,
                form: SourceForm::Module,
            }),
            "memory:old" => Ok(ModuleText::Source {
                text: "exports.old = typeof require".into(),
                typescript: false,
                form: SourceForm::Detect,
            }),
            other => Err(ModuleFailure::plain(format!("there is no {other}"))),
        }
    }
}

fn program(limits: Limits) -> (Program, Arc<Mutex<Vec<u8>>>) {
    let host = TestHost::default();
    let out = Arc::clone(&host.out);
    let options = ProgramOptions {
        limits,
        zeal: Zeal::None,
        test262: false,
        host: Box::new(host),
        tiers: None,
        arguments: vec!["embedded".into()],
    };
    (Program::new(options).expect("a program can be made"), out)
}

fn text(out: &Arc<Mutex<Vec<u8>>>) -> String {
    String::from_utf8(out.lock().expect("no panics with it").clone()).expect("it is UTF-8")
}

#[test]
fn scripts_run_on_a_host_of_ones_own() {
    let (mut program, out) = program(Limits::default());
    let source = "globalThis.kept = 1; console.log(new Date().toISOString()); setTimeout(() => console.log('later'), 5000);";
    let unit = program::compile(source, Path::new("a.js"), SourceKind::Script, false).expect("it compiles");
    program.add_script(unit).expect("it can be queued");
    program.run().expect("it runs");
    assert_eq!(text(&out), "1970-01-02T00:00:00.000Z\nlater\n");
    // The realm stays: another script sees what the first left.
    let unit = program::compile("console.log(kept)", Path::new("b.js"), SourceKind::Script, false)
        .expect("it compiles");
    program.add_script(unit).expect("it can be queued");
    program.run().expect("it runs");
    assert!(text(&out).ends_with("later\n1\n"));
    assert_eq!(program.exit_status(), 0);
}

#[test]
fn modules_come_from_the_host() {
    let (mut program, out) = program(Limits::default());
    let source = "import answer from 'answer'; console.log(answer); await import('nothing').catch(e => console.log(e.message));";
    let unit =
        program::compile(source, Path::new("main.mjs"), SourceKind::Guess, false).expect("it compiles");
    assert!(program::is_module(&unit));
    program.add_module(unit, "memory:main").expect("its imports are found");
    program.run().expect("it runs");
    let text = text(&out);
    assert!(text.starts_with("42\n") && text.contains("there is no memory:nothing"), "{text}");
}

/// Isolates that a program makes have what the host says, and without a word there are none.
#[test]
fn sandboxes_are_the_host_s_to_allow() {
    let (mut program, out) = program(Limits::default());
    let source = "import { Sandbox } from 'tvm:sandbox';
        try { new Sandbox() } catch (error) { console.log(error.code, error.message) }";
    let unit =
        program::compile(source, Path::new("main.mjs"), SourceKind::Guess, false).expect("it compiles");
    program.add_module(unit, "memory:main").expect("its imports are found");
    program.run().expect("it runs");
    let wanted = "ERR_SANDBOX_UNAVAILABLE Cannot make a sandbox: this program may not make isolates\n";
    assert_eq!(text(&out), wanted);
}

#[test]
fn exceptions_and_limits_come_back() {
    let (mut thrower, _) = program(Limits::default());
    let unit =
        program::compile("\nnull.x", Path::new("bad.js"), SourceKind::Script, false).expect("it compiles");
    thrower.add_script(unit).expect("it can be queued");
    let stop = thrower.run().expect_err("it throws");
    let report = thrower.report(&stop).expect("it is an exception");
    assert!(report.headline.starts_with("TypeError: "), "{}", report.headline);
    assert_eq!(report.place.map(|(file, line, _)| (file, line)), Some(("bad.js".to_owned(), 2)));

    let (mut endless, _) = program(Limits { fuel: Some(10_000), ..Limits::default() });
    let unit = program::compile("for (;;);", Path::new("endless.js"), SourceKind::Script, false)
        .expect("it compiles");
    endless.add_script(unit).expect("it can be queued");
    assert!(matches!(endless.run(), Err(Stop::Ended(Termination::Fuel { .. }))));
}

#[test]
fn source_that_is_refused_says_where() {
    match program::compile("let x = ;", Path::new("x.js"), SourceKind::Guess, false) {
        Err(StartError::Compile { name, failure, .. }) => {
            assert_eq!((name.as_str(), failure.line, failure.kind), ("x.js", 1, CompileFailureKind::Syntax));
        }
        other => panic!("it compiles, or fails otherwise: {}", other.is_ok()),
    }
    assert!(program::unit_of_bytes(b"not bytecode".to_vec()).is_err());
}

#[test]
fn many_programs_live_in_one_process() {
    let programs: Vec<_> = (0..20)
        .map(|number| {
            let (mut program, out) = program(Limits { heap_bytes: 64 << 20, ..Limits::default() });
            let source = format!("globalThis.n = {number}; console.log(n)");
            let unit =
                program::compile(&source, Path::new("n.js"), SourceKind::Script, false).expect("it compiles");
            program.add_script(unit).expect("it can be queued");
            program.run().expect("it runs");
            (program, out)
        })
        .collect();
    for (number, (_, out)) in programs.iter().enumerate() {
        assert_eq!(text(out), format!("{number}\n"));
    }
    // Each on a thread of its own, too.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (mut program, out) = program(Limits::default());
                let source = "let s = 0; for (let i = 0; i < 1000; i++) s += i; console.log(s)";
                let unit = program::compile(source, Path::new("t.js"), SourceKind::Script, false)
                    .expect("it compiles");
                program.add_script(unit).expect("it can be queued");
                program.run().expect("it runs");
                assert_eq!(text(&out), "499500\n");
            });
        }
    });
}

#[test]
fn the_host_of_the_system_is_ready_made() {
    let mut host = SystemHost::default();
    assert!(host.now_ms() > 1.6e12);
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    assert_ne!(bytes, [0; 16]);
    assert!(host.resolve_module("package", "/a.js", ModuleUse::Import).is_err());
}

#[test]
fn a_host_gives_modules_of_both_kinds_and_no_files() {
    let source = "import answer from 'answer'; import { old } from 'old'; import fs from 'fs'; let denied;
        try { fs.readFileSync('/etc/hostname') } catch (error) { denied = error.code }
        console.log(answer, old, denied, Object.keys(process.env).length, process.cwd())";
    let (mut program, out) = program(Limits::default());
    let unit =
        program::compile(source, Path::new("main.mjs"), SourceKind::Guess, false).expect("it compiles");
    program.add_module(unit, "memory:main").expect("it links");
    program.run().expect("it runs");
    assert_eq!(text(&out), "42 function ERR_ACCESS_DENIED 0 /\n");
}

#[test]
fn grants_are_given_by_code() {
    let base = std::env::temp_dir().join(format!("tvm-embedding-{}", std::process::id()));
    std::fs::create_dir_all(&base).expect("a directory");
    let source = format!(
        "const fs = require('fs'); fs.writeFileSync('{0}/x', 'y'); console.error(fs.readFileSync('{0}/x', 'utf8'))",
        base.display()
    );
    for (grants, succeeds) in [
        (Grants::default(), false),
        (Grants { read: Reach::Everything, ..Grants::default() }, false),
        (
            Grants {
                read: Reach::Everything,
                write: Reach::Beneath(vec![base.clone()]),
                ..Grants::default()
            },
            true,
        ),
        (Grants::all(), true),
    ] {
        let host = SystemHost::granting(&grants).expect("what is granted is there");
        let options = ProgramOptions {
            limits: Limits::default(),
            zeal: Zeal::None,
            test262: false,
            host: Box::new(host),
            arguments: Vec::new(),
            tiers: None,
        };
        let mut program = Program::new(options).expect("it starts");
        let unit =
            program::compile(&source, Path::new("main.cjs"), SourceKind::Guess, false).expect("it compiles");
        program.add_module(unit, "/main.cjs").expect("it links");
        assert_eq!(program.run().is_ok(), succeeds, "{grants:?}");
    }
    std::fs::remove_dir_all(&base).expect("it was made");
}
