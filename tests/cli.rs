//! The command line: what it prints, what it exits with, what it refuses.

mod common;

use std::time::Instant;

use common::{Outcome, Scratch, tvm, tvm_in, tvm_with};

fn ok(outcome: &Outcome) -> &str {
    assert_eq!(outcome.code, 0, "standard error: {}", outcome.stderr);
    &outcome.stdout
}

#[test]
fn help_and_version() {
    let help = tvm(&["--help"]);
    for command in ["run", "build", "dis", "asm", "check", "bench", "resume", "Examples:", "tvm run app.ts"] {
        assert!(ok(&help).contains(command), "help lacks {command}");
    }
    assert!(ok(&tvm(&["--version"])).starts_with(concat!("tvm ", env!("CARGO_PKG_VERSION"))));
    assert!(ok(&tvm(&["run", "--help"])).contains("--max-heap"));
}

#[test]
fn mistyped_commands_and_flags_are_told() {
    let command = tvm(&["chekc", "x"]);
    assert_eq!(command.code, 2);
    assert!(command.stderr.contains("'check'"), "{}", command.stderr);
    let flag = tvm(&["run", "--max-haep", "1M", "x.js"]);
    assert_eq!(flag.code, 2);
    assert!(flag.stderr.contains("--max-heap"), "{}", flag.stderr);
    let unit = tvm(&["run", "--max-heap", "5T", "x.js"]);
    assert_eq!(unit.code, 2);
    assert!(unit.stderr.contains("unknown unit 'T'"), "{}", unit.stderr);
}

#[test]
fn files_that_are_missing() {
    for arguments in [
        &["run", "missing.js"][..],
        &["missing.js"],
        &["build", "missing.ts"],
        &["check", "missing.tvm"],
        &["dis", "missing.js"],
        &["asm", "missing.tvma"],
        &["resume", "missing.tvms"],
    ] {
        let outcome = tvm(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("missing."), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn code_comes_from_flags_files_and_standard_input() {
    assert_eq!(ok(&tvm(&["-e", "console.log(6 * 7)"])), "42\n");
    assert_eq!(ok(&tvm(&["run", "-e", "console.log(await 5)"])), "5\n");
    assert_eq!(ok(&tvm(&["--max-heap", "64M", "-e", "console.log(6 * 7)"])), "42\n");
    assert_eq!(ok(&tvm_with(&["-"], "console.log('from stdin')")), "from stdin\n");
    assert_eq!(ok(&tvm_with(&[], "console.log('from stdin')")), "from stdin\n");
    assert_eq!(ok(&tvm_with(&[], "")), "");
    assert_eq!(ok(&tvm_with(&["run", "-"], "import.meta; console.log(typeof this)")), "undefined\n");
    let scratch = Scratch::new();
    scratch.write("app.ts", "const x: number = 3; console.log(x)");
    assert_eq!(ok(&tvm_in(scratch.directory(), &["app.ts"], "")), "3\n");
    assert_eq!(ok(&tvm_in(scratch.directory(), &["run", "app.ts"], "")), "3\n");
}

#[test]
fn scripts_and_modules_are_told_apart() {
    let scratch = Scratch::new();
    let this = "console.log(typeof this)";
    scratch.write("a.js", this);
    scratch.write("a.mjs", this);
    scratch.write("b.js", "export {}; console.log(typeof this)");
    scratch.write("c.js", "with ({ x: 1 }) console.log(x)");
    let run = |arguments: &[&str]| ok(&tvm_in(scratch.directory(), arguments, "")).to_owned();
    assert_eq!(run(&["a.js"]), "object\n");
    assert_eq!(run(&["a.mjs"]), "undefined\n");
    assert_eq!(run(&["b.js"]), "undefined\n");
    assert_eq!(run(&["run", "--module", "a.js"]), "undefined\n");
    assert_eq!(run(&["run", "--script", "a.mjs"]), "object\n");
    assert_eq!(run(&["c.js"]), "1\n");
    scratch.write("d.js", "#!/usr/bin/env tvm\nconsole.log(1)");
    assert_eq!(run(&["run", "--strict", "d.js"]), "1\n");
    scratch.write("e.ts", "let one: number = 1;\n  import x from './d.js';\nconsole.log(x, one)");
    let script = tvm_in(scratch.directory(), &["run", "--script", "e.ts"], "");
    assert!(
        script.stderr.contains("e.ts:2:3\n") && script.stderr.contains("outside a module"),
        "{}",
        script.stderr
    );
    let strict = tvm_in(scratch.directory(), &["run", "--strict", "c.js"], "");
    assert_eq!(strict.code, 1);
    assert!(strict.stderr.contains("SyntaxError"), "{}", strict.stderr);
}

#[test]
fn exit_statuses() {
    let code = |arguments: &[&str]| tvm(arguments).code;
    assert_eq!(code(&["-e", "1"]), 0);
    assert_eq!(code(&["-e", "throw 1"]), 1);
    assert_eq!(code(&["-e", "let let"]), 1);
    assert!(tvm(&["-e", "let x = (\n"]).stderr.starts_with("[eval]:2:1\n\n^\nUncaught SyntaxError"));
    assert_eq!(code(&["-e", "Promise.reject(1)"]), 1);
    assert_eq!(code(&["-e", "Promise.reject(1).catch(() => {})"]), 0);
    assert_eq!(code(&["run", "--max-fuel", "1000", "-e", "for (;;);"]), 124);
    assert_eq!(code(&["run", "--max-time", "50ms", "-e", "for (;;);"]), 124);
    assert_eq!(code(&["run", "--max-heap", "32M", "-e", "const a = []; for (;;) a.push({})"]), 137);
}

#[test]
fn limits_name_themselves() {
    for (flag, value, code, word) in [
        ("--max-fuel", "1000", "for (;;);", "fuel limit"),
        ("--max-time", "50ms", "for (;;);", "time limit"),
        ("--max-heap", "32M", "const a = []; for (;;) a.push({})", "heap limit"),
    ] {
        let outcome = tvm(&["run", flag, value, "-e", code]);
        assert!(outcome.stderr.contains(word) && outcome.stderr.contains(flag), "{}", outcome.stderr);
    }
}

#[test]
fn what_is_no_program_is_told() {
    let scratch = Scratch::new();
    let binary = scratch.text("binary");
    std::fs::write(&binary, b"\x7fELF\x02\x01\x01\0\0\xff").expect("it is written");
    let empty = scratch.write("empty.tvm", "");
    for (file, reason) in [(&binary, "it is binary"), (&empty, "it does not begin as a .tvm file")] {
        for command in ["run", "check", "dis"] {
            let outcome = tvm(&[command, file]);
            assert_eq!(outcome.code, 2, "{command} {file}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(reason), "{command} {file}: {}", outcome.stderr);
        }
    }
    let scripts = scratch.write("imports.js", "import './binary';");
    for command in [&["build", &binary][..], &["run", &scripts], &["build", &scripts]] {
        let outcome = tvm(command);
        assert!(matches!(outcome.code, 1 | 2), "{command:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("it is binary"), "{command:?}: {}", outcome.stderr);
    }
    // A valid unit need not be a program; what eval code needs around it is not there.
    let nothing = scratch.write("nothing.tvma", "");
    let eval = scratch.write(
        "eval.tvma",
        "unit Eval entry fn0\nscope scope0 Function { slot \"x\" Var }\n\
         function fn0 \"\" Normal scope scope0 {\n    LoadScope r1\n    GetSlot r2, r1, 0, 0\n    Return r2\n}\n",
    );
    for text in [nothing, eval] {
        let built = text.replace(".tvma", ".tvm");
        ok(&tvm(&["asm", &text]));
        let outcome = tvm(&["run", &built]);
        assert_eq!(outcome.code, 2, "{built}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("neither a script nor a module"), "{built}: {}", outcome.stderr);
    }
}

#[test]
fn modules_get_a_hint_what_to_write_instead_of_require() {
    let scratch = Scratch::new();
    for (code, hint) in [
        ("require('fs')", "hint: this is an ECMAScript module: write `import name from"),
        ("module.exports = 1", "write `export default value`"),
        ("Promise.reject(1).catch(() => exports.x = 1)", "`export const name = value`"),
        ("console.log(__dirname)", "`import.meta.dirname`"),
    ] {
        let file = scratch.write("module.mjs", code);
        let outcome = tvm(&["run", &file]);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(hint), "{code}: {}", outcome.stderr);
    }
    scratch.write("caught.mjs", "try { require('fs') } catch (error) { console.log(error.message) }");
    let caught = tvm_in(scratch.directory(), &["caught.mjs"], "");
    assert_eq!((caught.stdout.trim(), caught.stderr.as_str()), ("require is not defined", ""));
}

#[test]
fn commands_do_not_overwrite_what_they_read() {
    let scratch = Scratch::new();
    let source = scratch.write("a.js", "console.log(1)");
    let text = scratch.write("a.tvma", ok(&tvm(&["dis", &source])));
    for (command, file) in [("build", &source), ("asm", &text)] {
        let before = std::fs::read(file).expect("it is there");
        let outcome = tvm(&[command, file, "-o", file]);
        assert_eq!(outcome.code, 2, "{command}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("would be overwritten"), "{command}: {}", outcome.stderr);
        assert_eq!(std::fs::read(file).expect("it is there"), before);
    }
}

#[test]
fn code_frames_do_not_steer_the_terminal() {
    let scratch = Scratch::new();
    let outcome = tvm(&["run", &scratch.write("a.js", "x = '\x1b[31m'; null.y")]);
    assert!(outcome.stderr.contains("null.y") && !outcome.stderr.contains('\x1b'), "{}", outcome.stderr);
}

#[test]
fn large_scripts_declare_any_number_of_globals() {
    let scratch = Scratch::new();
    let mut text: String = (0..250_000).map(|i| format!("var v{i};\n")).collect();
    text.push_str("console.log(Object.keys(globalThis).filter(name => /^v\\d/.test(name)).length)");
    assert_eq!(ok(&tvm(&["run", "--script", &scratch.write("large.js", &text)])), "250000\n");
}

#[test]
fn limits_hold_while_a_large_text_is_compiled() {
    let scratch = Scratch::new();
    let code = "x = [];".repeat(1_000_000);
    let program = scratch.write("program.js", &code);
    let eval = scratch.write("eval.js", "(0, eval)('x = [];'.repeat(1_000_000))");
    let dynamic = scratch.write("dynamic.js", "new Function('x = [];'.repeat(1_000_000))");
    let started = Instant::now();
    assert_eq!(tvm(&["check", &program]).code, 0);
    let whole = started.elapsed();
    for file in [&program, &eval, &dynamic] {
        let started = Instant::now();
        let outcome = tvm(&["run", "--max-time", "100ms", file]);
        assert_eq!(outcome.code, 124, "{file}: {}", outcome.stderr);
        let took = started.elapsed();
        assert!(took < whole / 2, "{file}: {took:?} of {whole:?}");
    }
}

#[test]
fn zeal_fails_the_allocation_it_is_told() {
    let outcome = tvm(&["run", "--zeal=oom:50", "-e", "const a = []; for (;;) a.push({})"]);
    assert_eq!(outcome.code, 137, "{}", outcome.stderr);
    assert_eq!(tvm(&["run", "--zeal=none", "-e", "1"]).code, 2);
}

#[test]
fn uncaught_errors_show_where() {
    let scratch = Scratch::new();
    let file = scratch.write("bad.js", "function f() {\n\tnull.x;\n}\nf();\n");
    let outcome = tvm(&["run", &file]);
    assert_eq!(outcome.code, 1);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[0].ends_with("bad.js:2:7"), "{}", outcome.stderr);
    assert_eq!(lines[1], "\tnull.x;");
    assert_eq!(lines[2].trim_end().len(), lines[2].find('^').map_or(0, |at| at + 1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("Uncaught TypeError: Cannot read properties of null (reading 'x')"));
    assert!(outcome.stderr.contains("at f (") && outcome.stderr.contains("bad.js:4:"), "{}", outcome.stderr);
}

#[test]
fn syntax_errors_show_where() {
    let scratch = Scratch::new();
    let file = scratch.write("bad.ts", "let a: number = 1;\nlet b = (2;\n");
    for command in ["run", "build", "check", "dis"] {
        let outcome = tvm(&[command, &file]);
        assert_eq!(outcome.code, 1, "{command}");
        assert!(outcome.stderr.contains("bad.ts:2:"), "{command}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("let b = (2;\n") && outcome.stderr.contains('^'),
            "{command}: {}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains("SyntaxError"), "{command}: {}", outcome.stderr);
    }
}

#[test]
fn uncaught_values_are_shown_as_by_the_console() {
    let scratch = Scratch::new();
    let thrown = |name: &str, text: &str| {
        let file = scratch.write(name, text);
        let outcome = tvm(&["run", &file]);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        outcome.stderr.replace(&file, name)
    };
    assert_eq!(
        thrown("a.js", "\n  throw { a: [1] }"),
        "a.js:2:3\n  throw { a: [1] }\n  ^\nUncaught { a: [ 1 ] }\n"
    );
    assert_eq!(thrown("a.js", "throw 'text'"), "a.js:1:1\nthrow 'text'\n^\nUncaught text\n");
    assert_eq!(thrown("b.js", "Promise.reject([1])"), "Uncaught (in promise) [ 1 ]\n");
    assert_eq!(
        thrown(
            "c.js",
            "class Bad extends Error {}\nthrow Object.assign(new Bad('m', { cause: 1 }), { code: 'X' })"
        ),
        "c.js:2:21\nthrow Object.assign(new Bad('m', { cause: 1 }), { code: 'X' })\n                    ^\n\
         Uncaught Bad [Error]: m\n    at Object.<anonymous> (c.js:2:21) {\n  code: 'X',\n  [cause]: 1\n}\n"
    );
    assert_eq!(
        thrown("d.js", "throw new AggregateError([1, 2], 'both')"),
        "d.js:1:7\nthrow new AggregateError([1, 2], 'both')\n      ^\n\
         Uncaught AggregateError: both\n    at Object.<anonymous> (d.js:1:7) {\n  [errors]: [ 1, 2 ]\n}\n"
    );
    // In modules, async functions, reactions and executors as well; a rejection without a throw has no place.
    assert_eq!(thrown("m.mjs", "\nthrow 'text'"), "m.mjs:2:1\nthrow 'text'\n^\nUncaught text\n");
    assert_eq!(
        thrown("n.mjs", "await (async () => { await 1; throw 5 })();"),
        "n.mjs:1:31\nawait (async () => { await 1; throw 5 })();\n                              ^\nUncaught 5\n"
    );
    for code in [
        "const f = async () => { throw 1 }; (async () => await f())()",
        "async function* f() { throw 1 }; (async () => { for await (const x of f()); })()",
        "Promise.resolve().then(() => { throw 1 })",
        "new Promise(() => { throw 1 }).finally(() => {})",
    ] {
        let caret = " ".repeat(code.find("throw").expect("it throws"));
        let wanted = format!("p.js:1:{}\n{code}\n{caret}^\nUncaught (in promise) 1\n", caret.len() + 1);
        assert_eq!(thrown("p.js", code), wanted);
    }
    let other =
        "try { throw 1 } catch {}\n(async () => { await 1; try { throw 1 } catch { Promise.reject(1) } })()";
    assert_eq!(thrown("q.js", other), "Uncaught (in promise) 1\n");
    // An inspection that throws itself, or never ends, is done without.
    let inspect = "[Symbol.for('nodejs.util.inspect.custom')]";
    let failing = thrown("e.js", &format!("throw {{ {inspect}() {{ throw 1 }} }}"));
    assert!(failing.ends_with("Uncaught #<Object>\n"), "{failing}");
    let endless = scratch.write("f.js", &format!("throw {{ {inspect}() {{ for (;;); }} }}"));
    let outcome = tvm(&["run", "--max-fuel", "100000", &endless]);
    assert!(outcome.stderr.ends_with("Uncaught #<Object>\n"), "{}", outcome.stderr);
}

#[test]
fn building_gives_the_same_bytes_twice() {
    let scratch = Scratch::new();
    scratch.write("part.ts", "export enum E { A = 1 } export const f = (x: E): number => x + 1;");
    scratch.write("data.json", "{\"k\":[1,2]}");
    let main = scratch.write(
        "app.ts",
        "import { E, f } from './part'; import data from './data.json' with { type: 'json' };\nconsole.log(f(E.A), data.k.length);",
    );
    let (one, two) = (scratch.text("one.tvm"), scratch.text("two.tvm"));
    ok(&tvm(&[
        "build",
        &main,
        "-o",
        &one,
        "--name",
        "app",
        "--program-version",
        "1.2.3",
        "--capability",
        "net",
    ]));
    ok(&tvm(&[
        "build",
        &main,
        "-o",
        &two,
        "--name",
        "app",
        "--program-version",
        "1.2.3",
        "--capability",
        "net",
    ]));
    let bytes = std::fs::read(&one).expect("it was built");
    assert_eq!(bytes, std::fs::read(&two).expect("it was built"));
    // The parts are in it.
    std::fs::remove_file(scratch.path("part.ts")).expect("it is there");
    std::fs::remove_file(scratch.path("data.json")).expect("it is there");
    assert_eq!(ok(&tvm(&["run", &one])), "2 2\n");
    assert_eq!(ok(&tvm(&[&one])), "2 2\n");
    let told = tvm(&["check", &one]);
    for word in ["valid", "kind: module", "name: app", "version: 1.2.3", "capability: net", "source-hash: "] {
        assert!(ok(&told).contains(word), "no '{word}' in {}", told.stdout);
    }
}

#[test]
fn built_files_do_not_say_where_they_were_built() {
    let texts = [
        (
            "main/app.ts",
            "import { f } from './lib/a.ts'; import b from '../b.json' with { type: 'json' };\nconsole.log(f(), b.length, import.meta.filename, (await import('./late.mjs')).late); null.x",
        ),
        (
            "main/lib/a.ts",
            "import { c } from '../../c.ts'; export const f = () => [c, import.meta.dirname].join();",
        ),
        ("c.ts", "export const c: string = import.meta.url;"),
        ("b.json", "[1]"),
        ("main/script.js", "import('./late.mjs').then((m) => console.log(m.late))"),
    ];
    let scratches = [Scratch::new(), Scratch::new()];
    let mut files = Vec::new();
    for scratch in &scratches {
        std::fs::create_dir_all(scratch.path("main/lib")).expect("it can be made");
        for (name, text) in texts {
            scratch.write(name, text);
        }
        for main in ["main/app.ts", "main/script.js"] {
            ok(&tvm(&["build", &scratch.text(main)]));
        }
        files.push(
            ["main/app.tvm", "main/script.tvm"].map(|file| std::fs::read(scratch.path(file)).expect("built")),
        );
    }
    assert_eq!(files[0], files[1]);
    // Its modules stand around it, wherever it is.
    let place = Scratch::new();
    std::fs::create_dir_all(place.path("x/y")).expect("it can be made");
    let [app, script] = ["x/y/app.tvm", "x/y/script.tvm"];
    place.write("x/y/late.mjs", "export const late = 'late'");
    std::fs::write(place.path(app), &files[0][0]).expect("it can be written");
    std::fs::write(place.path(script), &files[0][1]).expect("it can be written");
    let outcome = tvm(&["run", &place.text(app)]);
    let root = std::fs::canonicalize(place.directory()).expect("it is there").to_string_lossy().into_owned();
    assert_eq!(outcome.stdout, format!("file://{root}/x/c.ts,{root}/x/y/lib 1 {root}/x/y/app.tvm late\n"));
    assert!(outcome.stderr.contains("\n    at app.ts:2:"), "{}", outcome.stderr);
    assert_eq!(ok(&tvm(&["run", &place.text(script)])), "late\n");
}

#[test]
fn stripped_files_hold_no_source() {
    let scratch = Scratch::new();
    let main = scratch.write(
        "app.js",
        "function secretName() { return 1; }\nconsole.log(secretName());\nnull.x // remark\n",
    );
    let (full, bare) = (scratch.text("full.tvm"), scratch.text("bare.tvm"));
    ok(&tvm(&["build", &main, "-o", &full]));
    ok(&tvm(&["build", &main, "-o", &bare, "--strip"]));
    let holds =
        |file: &str| String::from_utf8_lossy(&std::fs::read(file).expect("it was built")).contains("remark");
    assert!(holds(&full) && !holds(&bare));
    let outcome = tvm(&["run", &bare]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, "1\n"));
    assert!(outcome.stderr.contains("app.js:3:"), "lines are known still: {}", outcome.stderr);
}

#[test]
fn text_form_goes_both_ways() {
    let scratch = Scratch::new();
    for fixture in common::Fixture::all().iter().filter(|f| f.runs_in("built") && f.exit == 0) {
        let (built, text, again) = (scratch.text("a.tvm"), scratch.text("a.tvma"), scratch.text("b.tvm"));
        ok(&tvm(&["build", fixture.path_text(), "-o", &built]));
        for plain in [true, false] {
            let mut arguments = vec!["dis", &built, "-o", &text];
            arguments.extend(plain.then_some("--plain"));
            ok(&tvm(&arguments));
            ok(&tvm(&["asm", &text, "-o", &again]));
            let (a, b) = (std::fs::read(&built).expect("built"), std::fs::read(&again).expect("assembled"));
            assert_eq!(a, b, "{}: the text form loses something (plain: {plain})", fixture.name);
        }
    }
}

#[test]
fn disassembly_of_one_function() {
    let scratch = Scratch::new();
    let file = scratch.write("a.js", "function one() { return 1 }\nfunction two() { return 2 }\n");
    let shown = tvm(&["dis", "--function", "two", &file]);
    assert!(
        ok(&shown).contains("LoadInt") && shown.stdout.matches("function fn").count() == 1,
        "{}",
        shown.stdout
    );
    assert_eq!(tvm(&["dis", "--function", "three", &file]).code, 2);
}

#[test]
fn bytecode_that_was_changed_is_refused() {
    let scratch = Scratch::new();
    let source = scratch.write("a.js", "console.log('runs')");
    let built = scratch.text("a.tvm");
    ok(&tvm(&["build", &source, "-o", &built]));
    let good = std::fs::read(&built).expect("built");
    for at in [8, 20, 60, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        std::fs::write(&built, &bad).expect("it can be written");
        let outcome = tvm(&["run", &built]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "byte {at}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("a.tvm: "), "{}", outcome.stderr);
    }
    for length in [9, 100, good.len() - 1] {
        std::fs::write(&built, &good[..length]).expect("it can be written");
        assert_eq!(tvm(&["check", &built]).code, 2, "{length} bytes");
    }
}

#[test]
fn programs_that_wait_for_what_will_not_come() {
    let scratch = Scratch::new();
    let waits =
        scratch.write("waits.mjs", "console.log(1);\n  await new Promise(() => {});\nconsole.log(2);");
    let main = scratch.write("main.mjs", "import './waits.mjs'; console.log('never');");
    let built = scratch.text("main.tvm");
    ok(&tvm(&["build", &main, "-o", &built]));
    for file in [&waits, &main, &built] {
        let outcome = tvm(&["run", file]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (13, "1\n"));
        assert!(
            outcome.stderr.starts_with("Warning: Detected unsettled top-level await at ")
                && outcome.stderr.ends_with("waits.mjs:2\n  await new Promise(() => {});\n  ^\n"),
            "{}",
            outcome.stderr
        );
    }
    let chosen = scratch.write("chosen.mjs", "process.exitCode = 3; await new Promise(() => {});");
    assert_eq!(tvm(&["run", &chosen]).code, 3);
    // Others than the main module may wait.
    let script = scratch
        .write("script.js", "import('./waits.mjs'); (async () => { await new Promise(() => {}); })();");
    assert_eq!(ok(&tvm(&["run", &script])), "1\n");
}

#[test]
fn snapshots_are_told_from_programs() {
    let scratch = Scratch::new();
    let source = scratch.write("a.js", "for (let i = 0; i < 5000; i++);");
    let file = scratch.text("a.tvms");
    ok(&tvm(&["run", "--snapshot-after", "2000", "--snapshot", &file, &source]));
    for command in ["run", "build", "check", "dis"] {
        let outcome = tvm(&[command, &file]);
        assert_eq!(outcome.code, 2, "{command}");
        assert!(outcome.stderr.contains("tvm resume"), "{command}: {}", outcome.stderr);
    }
}

#[test]
fn snapshots_that_were_changed_are_refused() {
    let scratch = Scratch::new();
    let source = scratch.write("a.js", "let n = 0; for (let i = 0; i < 5000; i++) n += i; console.log(n)");
    let file = scratch.text("a.tvms");
    ok(&tvm(&["run", "--snapshot-after", "2000", "--snapshot", &file, &source]));
    assert_eq!(ok(&tvm(&["resume", &file])), "12497500\n");
    // It can be resumed more than once.
    assert_eq!(ok(&tvm(&["resume", &file])), "12497500\n");
    let good = std::fs::read(&file).expect("written");
    let refused = |bytes: &[u8], what: &str| {
        let bad = scratch.text("bad.tvms");
        std::fs::write(&bad, bytes).expect("it can be written");
        let outcome = tvm(&["resume", &bad]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{what}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("tvm: cannot resume "), "{what}: {}", outcome.stderr);
        outcome.stderr
    };
    for length in [0, 7, 8, 100, 128, 4096, good.len() / 2, good.len() - 1] {
        refused(&good[..length], &format!("{length} bytes"));
    }
    let mut longer = good.clone();
    longer.push(0);
    refused(&longer, "a byte more");
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        refused(&bad, &format!("byte {at} altered"));
    }
    let mut magic = good.clone();
    magic[..4].copy_from_slice(b"tvmx");
    refused(&magic, "another magic");
    let mut format = good.clone();
    format[10] ^= 0xff;
    refused(&format, "another format");
    refused(b"console.log(1)", "a program");
    // An unchanged copy is as good as the file.
    let copy = scratch.text("copy.tvms");
    std::fs::copy(&file, &copy).expect("it can be copied");
    assert_eq!(ok(&tvm(&["resume", &copy])), "12497500\n");
}

#[test]
fn snapshots_that_are_not_due() {
    let scratch = Scratch::new();
    let file = scratch.text("never.tvms");
    let outcome = tvm(&["run", "--snapshot-after", "1000000", "--snapshot", &file, "-e", "console.log(1)"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "1\n"));
    assert!(outcome.stderr.contains("ended before the snapshot was due"), "{}", outcome.stderr);
    assert!(!std::path::Path::new(&file).exists());
    assert_eq!(tvm(&["run", "--snapshot", &file, "-e", "1"]).code, 2);
    let nowhere = scratch.text("no/such/directory.tvms");
    assert_eq!(
        tvm(&[
            "run",
            "--snapshot-after",
            "10",
            "--snapshot",
            &nowhere,
            "-e",
            "for (let i = 0; i < 99; i++);"
        ])
        .code,
        2
    );
}

#[test]
fn a_program_can_be_cut_again_and_again() {
    let scratch = Scratch::new();
    let source = scratch.write("a.js", "let s = ''; for (let i = 0; i < 50; i++) { s += i; console.log(i) }");
    let file = scratch.text("a.tvms");
    let mut out = ok(&tvm(&["run", "--snapshot-after", "10", "--snapshot", &file, &source])).to_owned();
    for at in [20, 30, 40, 60, 80] {
        if !std::path::Path::new(&file).exists() {
            break;
        }
        let next = scratch.text(&format!("{at}.tvms"));
        let outcome = tvm(&["resume", &file, "--snapshot-after", &at.to_string(), "--snapshot", &next]);
        out.push_str(ok(&outcome));
        std::fs::remove_file(&file).expect("it is there");
        if std::path::Path::new(&next).exists() {
            std::fs::rename(&next, &file).expect("they are in one directory");
        }
    }
    if std::path::Path::new(&file).exists() {
        out.push_str(ok(&tvm(&["resume", &file])));
    }
    let wanted: String = (0..50).map(|i| format!("{i}\n")).collect();
    assert_eq!(out, wanted);
}

#[test]
fn preludes_and_the_host_of_the_conformance_suite() {
    let scratch = Scratch::new();
    let prelude = scratch.write("prelude.js", "var given = 5; function helper() { return given; }");
    let main = scratch.write("main.js", "print(helper() + typeof $262.createRealm);");
    assert_eq!(ok(&tvm(&["run", "--host", "test262", "--prelude", &prelude, &main])), "5function\n");
    assert_eq!(ok(&tvm(&["-e", "console.log(typeof print, typeof $262)"])), "undefined undefined\n");
}

#[test]
fn bench_compares_the_tiers() {
    let scratch = Scratch::new();
    scratch.write(
        "sum.js",
        "// Adds.\n// => 4950\nfunction run() { let sum = 0; for (let i = 0; i < 100; i++) sum += i; return sum; }",
    );
    let outcome = tvm_in(
        scratch.directory(),
        &["bench", "--tiers", "--iterations", "3", "--json", "--html", "page.html", "sum.js"],
        "",
    );
    let json = ok(&outcome);
    assert!(
        json.starts_with(r#"{"iterations":3,"programs":[{"file":"sum.js","expected":"4950","agrees":true,"#)
    );
    for engine in ["interpreter", "generic", "optimised"] {
        assert!(json.contains(&format!(r#"{{"name":"{engine}","checksum":"4950","times_ms":["#)), "{json}");
    }
    for field in ["first_ms", "min_ms", "median_ms", "spread_percent", "compile_ms", "code_bytes"] {
        assert_eq!(json.matches(&format!("\"{field}\":")).count(), 3, "{field} in {json}");
    }
    assert_eq!(json.matches(r#""deopts":null"#).count(), 1, "the interpreter compiles nothing: {json}");
    let times = json.split("\"times_ms\":[").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or("");
    assert_eq!(times.split(',').filter(|time| time.parse::<f64>().is_ok()).count(), 3, "{times}");
    let page = std::fs::read_to_string(scratch.path("page.html")).unwrap();
    assert!(page.contains("<polyline") && page.contains("<rect") && page.ends_with("</html>\n"));
}

#[test]
fn bench_tells_what_is_wrong() {
    let scratch = Scratch::new();
    scratch.write("none.js", "const x = 1;");
    scratch.write("wrong.js", "// => 2\nfunction run() { return 1; }");
    scratch.write("changes.js", "let n = 0;\nfunction run() { return n++; }");
    scratch.write("throws.js", "function run() { throw new TypeError('not today'); }");
    let bench = |file: &str| tvm_in(scratch.directory(), &["bench", "--iterations", "2", file], "");
    for (file, code, text) in [
        ("missing.js", 2, "cannot read missing.js"),
        ("none.js", 1, "none.js: optimised: the program defines no function run()"),
        ("wrong.js", 1, "optimised returns \"1\", the head of the program says \"2\""),
        ("changes.js", 1, "optimised returns \"1\" in iteration 1, \"0\" before"),
        ("throws.js", 1, "TypeError: not today"),
    ] {
        let outcome = bench(file);
        assert_eq!(outcome.code, code, "{file}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(text), "{file}: {}", outcome.stderr);
    }
    assert_eq!(tvm(&["bench"]).code, 2);
    assert!(tvm(&["bench", "--iterations", "0", "x.js"]).stderr.contains("not in 1..=100000"));
}

/// `sum` is hot, `half` is built into it, `cold` never runs, `walk` is hot but a generator.
const HOT: &str = "\
function half(x) { return x / 2; }
function cold() { return 1; }
function* walk(n) { for (let i = 0; i < n; i++) yield i; }
function sum(n) {
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += half(i);
  }
  return total;
}
let all = typeof cold === 'function' ? 1 : cold();
for (let k = 0; k < 400; k++) all += sum(200);
for (const x of walk(30000)) all += x;
console.log('noise', all);
";

#[test]
fn dis_tiers_shows_every_form() {
    let scratch = Scratch::new();
    scratch.write("hot.js", HOT);
    let dis = |arguments: &[&str]| {
        let all: Vec<&str> = ["dis", "--tiers"].iter().chain(arguments).copied().collect();
        tvm_in(scratch.directory(), &all, "")
    };
    let shown = dis(&["--function", "sum", "hot.js"]);
    let text = ok(&shown);
    for part in [
        "==== sum hot.js:4, optimised",
        "---- source",
        "    7      total += half(i);",
        "---- bytecode",
        "Call",
        "---- MIR, as built",
        "---- MIR, after the passes",
        "---- CLIF",
        "function u0:0",
        "---- machine code",
        "ret",
        "1 calls inlined",
        "half hot.js:1",
    ] {
        assert!(text.contains(part), "it lacks {part}:\n{text}");
    }
    assert!(!text.contains("noise") && !text.contains("==== half"));
    let generic = dis(&["--jit=generic", "--function", "sum", "hot.js"]);
    assert!(ok(&generic).contains("==== sum hot.js:4, generic"), "{}", generic.stdout);
    let everything = dis(&["hot.js"]);
    let text = ok(&everything);
    assert!(text.contains("==== sum") && text.contains("==== walk hot.js:3"), "{text}");
}

#[test]
fn dis_tiers_says_why_there_is_nothing_to_show() {
    let scratch = Scratch::new();
    scratch.write("hot.js", HOT);
    let why = |name: &str| {
        let outcome = tvm_in(scratch.directory(), &["dis", "--tiers", "--function", name, "hot.js"], "");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
        outcome.stderr
    };
    let unknown = why("summ");
    assert!(unknown.contains("no function named summ; near to it: sum; compiled were: "), "{unknown}");
    let cold = why("cold");
    assert!(cold.contains("cold was not compiled: it did not make the 6000 calls"), "{cold}");
    // A program that a limit ends is shown as far as it came.
    scratch.write("endless.js", &HOT.replace("console.log", "for (;;) sum(10);"));
    let flags = ["dis", "--tiers", "--max-fuel", "3000000", "--function", "sum", "endless.js"];
    let ended = tvm_in(scratch.directory(), &flags, "");
    assert!(ok(&ended).contains("==== sum"), "{}", ended.stderr);
    assert!(ended.stderr.contains("fuel"), "{}", ended.stderr);
    assert_eq!(tvm_in(scratch.directory(), &["dis", "--html", "x.html", "hot.js"], "").code, 2);
}

#[test]
fn dis_tiers_writes_a_page() {
    let scratch = Scratch::new();
    scratch.write("hot.js", HOT);
    let flags = ["dis", "--tiers", "--html", "hot.html", "hot.js"];
    assert_eq!(ok(&tvm_in(scratch.directory(), &flags, "")), "");
    let page = std::fs::read_to_string(scratch.directory().join("hot.html")).expect("it was written");
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    // The same line of source is named in all six columns.
    let (_, sum) = page.split_once("<h2>sum hot.js:4, optimised</h2>").expect("sum was compiled");
    let sum = sum.split("</section>").next().expect("there is a first part");
    let columns: Vec<&str> = sum.split("class=\"column\"").skip(1).collect();
    assert_eq!(columns.len(), 6);
    for column in columns {
        assert!(column.contains("data-line=\"1.0.7\""), "{column}");
    }
    assert!(page.contains("i &lt; n") && !page.contains("http"));
}

#[test]
fn perf_is_told_of_compiled_code() {
    let scratch = Scratch::new();
    scratch.write("hot.js", HOT);
    assert_eq!(
        ok(&tvm_in(scratch.directory(), &["run", "--jit-wait", "--perf=jitdump", "hot.js"], ""))
            .lines()
            .count(),
        1
    );
    let files = std::fs::read_dir(scratch.directory()).expect("it is there");
    let names = files.map(|file| file.expect("it is read").file_name().to_string_lossy().into_owned());
    let dump = names.filter(|name| name.starts_with("jit-")).collect::<Vec<_>>();
    let [dump] = dump.as_slice() else { panic!("one jitdump, not {dump:?}") };
    let id = dump.trim_start_matches("jit-").trim_end_matches(".dump");
    assert!(!std::path::Path::new(&format!("/tmp/perf-{id}.map")).exists());
    let bytes = std::fs::read(scratch.directory().join(dump)).expect("it is read");
    let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    assert_eq!((word(0), word(4), word(8)), (0x4A69_5444, 1, 40));
    // Records end where the file does; lines stand before the code that they are of.
    let (mut at, mut kinds) = (40, Vec::new());
    while at < bytes.len() {
        kinds.push(word(at));
        at += word(at + 4) as usize;
    }
    assert_eq!((at, kinds.last()), (bytes.len(), Some(&3)));
    assert!(kinds.windows(2).any(|pair| pair == [2, 0]), "{kinds:?}");
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("sum hot.js:4 (optimised)\0") && holds("tvm barrier stub\0"));

    let before = perf_maps();
    assert_eq!(tvm_in(scratch.directory(), &["run", "--jit-wait", "--perf=map", "hot.js"], "").code, 0);
    let new: Vec<_> = perf_maps().into_iter().filter(|path| !before.contains(path)).collect();
    let texts = new.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    assert!(texts.into_iter().any(|text| text.contains(" sum hot.js:4 (optimised)\n")), "{new:?}");
    new.iter().for_each(|path| drop(std::fs::remove_file(path)));
    assert_eq!(tvm_in(scratch.directory(), &["run", "--perf", "--no-jit", "hot.js"], "").code, 2);
}

fn perf_maps() -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir("/tmp").expect("there is /tmp");
    let paths = files.filter_map(|file| file.ok().map(|file| file.path()));
    paths.filter(|path| path.to_string_lossy().starts_with("/tmp/perf-")).collect()
}

#[test]
fn words_behind_the_file_are_the_programs() {
    let scratch = Scratch::new();
    let file = scratch.write("args.js", "console.log(process.argv.slice(2).join())");
    for (words, told) in [
        (&["a", "b"][..], "a,b\n"),
        (&["a", "--", "--x", "b"], "a,--x,b\n"),
        (&["--", "--x"], "--x\n"),
        (&["--max-time", "5s", "z"], "z\n"),
    ] {
        assert_eq!(ok(&tvm(&[&["run", &file], words].concat())), told);
        assert_eq!(ok(&tvm(&[&[&file[..]], words].concat())), told);
    }
    let refused = tvm(&["run", &file, "--nonsense"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("use '-- --nonsense'"), "{}", refused.stderr);
}

/// Bytecode that no compiler would make is run as it is: what its operands are not is a TypeError, no defect of ours.
#[test]
fn strange_operands_are_errors_of_the_program() {
    let directory = Scratch::new();
    let source = "class A {} class B extends A { constructor() { super(); } }
        class C { #x = 1; static get(o) { return #x in o ? o.#x : 'none'; } }
        for (const g of [() => new B(), () => f(...[1]), () => C.get(new C())]) try { console.log(typeof g()); } catch (e) { console.log(e.name, e.message); }
        function f(x) { return x; }";
    let file = directory.write("program.js", source);
    let (text, unit) = (directory.text("program.tvma"), directory.text("program.tvm"));
    ok(&tvm(&["dis", &file, "--plain", "-o", &text]));
    let plain = std::fs::read_to_string(&text).expect("a text");
    let run = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from} is in\n{plain}");
        std::fs::write(&text, plain.replace(from, to)).expect("a text");
        ok(&tvm(&["asm", &text, "-o", &unit]));
        let printed = [&["run"][..], &["run", "--jit-threshold=1"]]
            .map(|run| ok(&tvm(&[run, &[&unit]].concat())).to_owned());
        assert_eq!(printed[0], printed[1]);
        printed[0].clone()
    };
    assert_eq!(run("SuperCall", "SuperCall"), "object\nnumber\nnumber\n");
    let (before, _) = plain.split_once("LoadNewTarget").expect("a derived constructor");
    let callee = &before[before.rfind("LoadCallee").expect("its callee")..];
    let with_target = format!("{callee}LoadNewTarget");
    assert_eq!(
        run(&with_target, &with_target.replace("LoadCallee", "LoadUndefined")),
        "TypeError super() outside of a class\nnumber\nnumber\n"
    );
    let spread = plain.lines().find(|line| line.contains("CallSpread")).expect("a spread").trim();
    let operands = spread.split_once(" @").map_or(spread, |(operands, _)| operands);
    let (rest, _) = operands.rsplit_once(", ").expect("operands");
    let this = rest.rsplit_once(", ").expect("operands").1;
    assert_eq!(
        run(operands, &format!("{rest}, {this}")),
        "object\nTypeError spread arguments are no array\nnumber\n"
    );
    let made = plain.lines().find(|line| line.contains("NewPrivateName")).expect("a private name").trim();
    let register =
        made.strip_prefix("NewPrivateName ").and_then(|rest| rest.split(',').next()).expect("a register");
    assert_eq!(
        run(made, &format!("LoadInt {register}, 7")),
        "object\nnumber\nTypeError a private name that is none\n"
    );
}
