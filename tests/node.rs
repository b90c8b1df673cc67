//! Programs for Node: what they print under tvm is what they print under Node 20, as the file beside each says.
//!
//! To make an expectation anew: `node tests/node/NAME.js > tests/node/NAME.txt` (for `fs` with a directory as argument).

mod common;

use std::path::{Path, PathBuf};

use common::{Outcome, Scratch, tvm_in};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

fn expected(name: &str) -> String {
    let path = directory().join(name).with_extension("txt");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn compare(name: &str, flags: &[&str], outcome: &Outcome) {
    let wanted = expected(name);
    let different = wanted.lines().zip(outcome.stdout.lines()).find(|(wanted, got)| wanted != got);
    assert_eq!(different, None, "{name} {flags:?}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, wanted, "{name} {flags:?}: {}", outcome.stderr);
}

/// Runs a program plain, compiled at once, and with a hostile collector.
fn runs_as_under_node(name: &str) {
    for flags in [&[][..], &["--jit-threshold=1"], &["--zeal=move"]] {
        let outcome = tvm_in(&directory(), &[&["run", "-A"], flags, &[name]].concat(), "");
        compare(name, flags, &outcome);
    }
}

/// Cuts a program at several places and resumes it.
fn survives_cuts(name: &str) {
    let stats = tvm_in(&directory(), &["run", "-A", "--stats", name], "").stderr;
    let fuel = |line: &str| line.strip_prefix("tvm: fuel ")?.split(',').next()?.parse::<u64>().ok();
    let fuel = stats.lines().find_map(fuel).expect("--stats tells the fuel");
    for part in 1..6 {
        let scratch = Scratch::new();
        let file = scratch.text("cut.tvms");
        let at = (fuel * part / 6).to_string();
        let run = ["run", "-A", "--snapshot-after", &at, "--snapshot", &file, name];
        let first = tvm_in(&directory(), &run, "");
        assert_eq!(first.code, 0, "{name} cut at {at}: {}", first.stderr);
        let mut rest = tvm_in(&directory(), &["resume", "-A", &file], "");
        rest.stdout.insert_str(0, &first.stdout);
        compare(name, &["cut at", &at], &rest);
    }
}

/// Builds a program and runs it from elsewhere.
fn runs_built(name: &str) {
    let scratch = Scratch::new();
    let built = scratch.text("program.tvm");
    let outcome = tvm_in(&directory(), &["build", name, "-o", &built], "");
    assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
    compare(name, &["built"], &tvm_in(scratch.directory(), &["run", "-A", &built], ""));
}

#[test]
fn path() {
    runs_as_under_node("path.js");
    runs_built("path.js");
}

#[test]
fn events() {
    runs_as_under_node("events.js");
    survives_cuts("events.js");
    runs_built("events.js");
}

#[test]
fn util() {
    runs_as_under_node("util.js");
    survives_cuts("util.js");
}

#[test]
fn assert() {
    runs_as_under_node("assert.js");
    runs_built("assert.js");
}

#[test]
fn buffer() {
    runs_as_under_node("buffer.js");
}

#[test]
fn timers_and_ticks() {
    runs_as_under_node("timers.js");
    runs_as_under_node("ticks.mjs");
    survives_cuts("ticks.mjs");
}

#[test]
fn contexts() {
    runs_as_under_node("vm.js");
    survives_cuts("vm.js");
    runs_built("vm.js");
}

#[test]
fn contexts_as_tutorials_have_them() {
    runs_as_under_node("vm_examples.js");
    runs_built("vm_examples.js");
}

/// Node has this behind a flag only.
#[test]
fn scripts_say_what_import_means() {
    let text = "const vm = require('vm');
        const told = (p) => p.then((m) => typeof m.join, (e) => e.code);
        const options = (f) => ({ importModuleDynamically: f });
        (async () => {
          const seen = [];
          const script = new vm.Script(\"import('./x', { with: { type: 'json' } })\", options((s, by, attributes) => {
            seen.push(s, by === script, JSON.stringify(attributes));
            return import('node:path');
          }));
          console.log(await told(script.runInNewContext({})), seen.join());
          console.log(await told(vm.runInNewContext(\"eval('import(1)')\", {}, options(() => import('node:path')))));
          console.log(await told(vm.runInNewContext(\"import('x')\", {}, options(() => ({})))));
          console.log(await told(vm.runInNewContext(\"import('x')\", {}, options(() => { throw { code: 'own' }; }))));
          const made = vm.compileFunction(\"return import('x')\", [], options((s, by) => by === made && import('node:path')));
          console.log(await told(made()));
          const plain = vm.createContext(vm.constants.DONT_CONTEXTIFY);
          vm.runInContext('x = 1', plain);
          console.log(plain.x, vm.isContext(plain), vm.runInContext('globalThis', plain) === plain, typeof plain.Array);
        })();";
    let wanted = "function ./x,true,{\"type\":\"json\"}\nfunction\nERR_VM_MODULE_NOT_MODULE\nown\nfunction\n1 true true function\n";
    for flags in [&[][..], &["--jit-threshold=1"], &["--zeal=move"]] {
        let scratch = Scratch::new();
        let program = scratch.text("program.js");
        std::fs::write(&program, text).expect("it can be written");
        let outcome = tvm_in(&directory(), &[&["run", "-A"], flags, &[&program]].concat(), "");
        assert_eq!(outcome.stdout, wanted, "{flags:?}: {}", outcome.stderr);
    }
}

/// 20,000 contexts, used or not, in a heap that would hold a few hundred.
#[test]
fn contexts_leave_nothing_behind() {
    let text = "const vm = require('vm');
        let sum = 0;
        for (let i = 0; i < 20_000; i++) {
          const context = vm.createContext({ i });
          if (i % 4 === 0) sum += vm.runInContext('var own = [i, 1].map((x) => x * 2); new Map([[1, own]]).get(1)[1]', context);
        }
        console.log(sum);";
    for flags in [&["--no-jit"][..], &["--jit"]] {
        let scratch = Scratch::new();
        let program = scratch.text("program.js");
        std::fs::write(&program, text).expect("it can be written");
        let run = [&["run", "-A", "--max-heap", "32M"], flags, &[&program]].concat();
        let outcome = tvm_in(&directory(), &run, "");
        assert_eq!(outcome.stdout, "10000\n", "{flags:?}: {}", outcome.stderr);
    }
}

#[test]
fn contexts_under_limits() {
    runs_as_under_node("vm_limits.js");
}

/// A program that is cut within a script under a time limit goes on under what is left of it.
#[test]
fn limits_of_scripts_survive_a_cut() {
    let scratch = Scratch::new();
    let (program, file) = (scratch.text("program.js"), scratch.text("cut.tvms"));
    let text = "const vm = require('vm'); const context = vm.createContext({ n: 0 });
        try { vm.runInContext('try { for (;;) n++; } finally { n = -1; }', context, { timeout: 1000 }); }
        catch (error) { console.log(error.code, context.n > 0, vm.runInContext('typeof n + n', context) === 'number' + context.n); }";
    std::fs::write(&program, text).expect("it can be written");
    for flags in [&[][..], &["--jit-threshold=1"]] {
        let run =
            [&["run", "-A"], flags, &["--snapshot-after", "60000", "--snapshot", &file, &program]].concat();
        let first = tvm_in(&directory(), &run, "");
        assert_eq!((first.code, first.stdout.as_str()), (0, ""), "{flags:?}: {}", first.stderr);
        let rest = tvm_in(&directory(), &[&["resume", "-A"], flags, &[&file]].concat(), "");
        assert_eq!(rest.stdout, "ERR_SCRIPT_EXECUTION_TIMEOUT true true\n", "{flags:?}: {}", rest.stderr);
    }
}

#[test]
fn process() {
    runs_as_under_node("process.js");
    survives_cuts("process.js");
}

#[test]
fn packages_by_require() {
    runs_as_under_node("packages/require.js");
    survives_cuts("packages/require.js");
}

#[test]
fn packages_by_import() {
    runs_as_under_node("packages/import.mjs");
    survives_cuts("packages/import.mjs");
}

#[test]
fn files() {
    for flags in [&["-A"][..], &["-A", "--jit-threshold=1"]] {
        let scratch = Scratch::new();
        let inner = scratch.text("files");
        std::fs::create_dir(&inner).expect("it can be made");
        let outcome = tvm_in(&directory(), &[&["run"], flags, &["fs.js", "--", &inner]].concat(), "");
        compare("fs.js", flags, &outcome);
    }
    // The same beneath a granted directory: no wider right is needed.
    let scratch = Scratch::new();
    let inner = scratch.text("files");
    std::fs::create_dir(&inner).expect("it can be made");
    let (read, write) =
        (format!("--allow-read={}", scratch.text("")), format!("--allow-write={}", scratch.text("")));
    let outcome = tvm_in(&directory(), &["run", &read, &write, "fs.js", "--", &inner], "");
    compare("fs.js", &[&read, &write], &outcome);
}

fn fails_with(arguments: &[&str], scratch: &Scratch, what: &str) {
    let outcome = tvm_in(scratch.directory(), arguments, "");
    assert_eq!(outcome.code, 1, "{arguments:?}: {}", outcome.stdout);
    assert!(outcome.stderr.contains(what), "{arguments:?}: {what}\n{}", outcome.stderr);
}

#[test]
fn denials_name_the_flag() {
    let scratch = Scratch::new();
    scratch.write("a.txt", "content");
    let read = "console.log(require('fs').readFileSync('a.txt', 'utf8'))";
    fails_with(
        &["-e", read],
        &scratch,
        "requires read access to \"a.txt\": run again with --allow-read=a.txt",
    );
    fails_with(&["--allow-write", "-e", read], &scratch, "--allow-read=a.txt");
    fails_with(&["-e", read], &scratch, "ERR_ACCESS_DENIED");
    for flag in ["--allow-read", "--allow-read=a.txt", "--allow-read=.", "--allow-read=x,a.txt", "-A"] {
        let outcome = tvm_in(scratch.directory(), &["run", flag, "-e", read], "");
        assert_eq!(outcome.stdout, "content\n", "{flag}: {}", outcome.stderr);
    }
    let write = "require('fs').writeFileSync('b.txt', 'x')";
    fails_with(&["--allow-read", "-e", write], &scratch, "run again with --allow-write=b.txt");
    assert_eq!(tvm_in(scratch.directory(), &["--allow-write=b.txt", "-e", write], "").code, 0);
    assert!(scratch.path("b.txt").exists());
    for call in ["existsSync", "statSync", "readdirSync", "realpathSync", "readlinkSync", "accessSync"] {
        fails_with(&["-e", &format!("require('fs').{call}('a.txt')")], &scratch, "--allow-read=a.txt");
    }
    for call in ["mkdirSync", "unlinkSync", "rmdirSync", "rmSync"] {
        let code = format!("require('fs').{call}('a.txt')");
        fails_with(&["-e", &code], &scratch, "requires ");
        fails_with(&["--allow-read", "-e", &code], &scratch, "--allow-write=a.txt");
    }
    fails_with(
        &["--allow-read", "-e", "require('fs').renameSync('a.txt', 'c.txt')"],
        &scratch,
        "--allow-write=a.txt",
    );
    fails_with(
        &["--allow-read", "--allow-write=a.txt", "-e", "require('fs').renameSync('a.txt', 'c.txt')"],
        &scratch,
        "--allow-write=c.txt",
    );
    let outcome = tvm_in(scratch.directory(), &["--allow-read=missing/x", "-e", "1"], "");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("cannot grant missing/x"), "{}", outcome.stderr);
}

#[test]
fn grants_hold_against_dots_and_links() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path("in/deep")).expect("directories");
    std::fs::write(scratch.path("secret"), "secret").expect("a file");
    std::fs::write(scratch.path("in/open"), "open").expect("a file");
    std::os::unix::fs::symlink("../secret", scratch.path("in/out")).expect("a link");
    std::os::unix::fs::symlink(scratch.path("secret"), scratch.path("in/absolute")).expect("a link");
    std::os::unix::fs::symlink("..", scratch.path("in/up")).expect("a link");
    std::os::unix::fs::symlink("../open", scratch.path("in/deep/within")).expect("a link");
    let read = |path: &str| {
        let code = format!("console.log(require('fs').readFileSync('{path}', 'utf8'))");
        tvm_in(scratch.directory(), &["run", "--allow-read=in", "-e", &code], "")
    };
    for path in ["in/open", "./in/deep/../open", "in/deep/within", &scratch.text("in/open")] {
        let outcome = read(path);
        assert_eq!(outcome.stdout, "open\n", "{path}: {}", outcome.stderr);
    }
    for path in ["secret", "in/../secret", "in/out", "in/absolute", "in/up/secret", "in/deep/../../secret"] {
        let outcome = read(path);
        assert!(!outcome.stdout.contains("secret"), "{path}");
        assert!(outcome.stderr.contains("ERR_ACCESS_DENIED"), "{path}: {}", outcome.stderr);
    }
    // Nothing is written through a link that leads out, either.
    let write = "require('fs').writeFileSync('in/out', 'changed')";
    let outcome = tvm_in(scratch.directory(), &["run", "--allow-write=in", "-e", write], "");
    assert!(outcome.stderr.contains("ERR_ACCESS_DENIED"), "{}", outcome.stderr);
    assert_eq!(std::fs::read_to_string(scratch.path("secret")).expect("it is there"), "secret");
}

#[test]
fn the_environment_is_empty_but_for_what_is_granted() {
    let scratch = Scratch::new();
    let keys = |flags: &[&str]| {
        let code = "console.log(process.env.NO_COLOR, process.env.TZ, Object.keys(process.env).length > 1)";
        tvm_in(scratch.directory(), &[&["run"], flags, &["-e", code]].concat(), "").stdout
    };
    assert_eq!(keys(&[]), "undefined undefined false\n");
    assert_eq!(keys(&["--allow-env=TZ"]), "undefined UTC false\n");
    assert_eq!(keys(&["--allow-env"]), "1 UTC true\n");
}

#[test]
fn modules_of_others_need_a_right() {
    let scratch = Scratch::new();
    for directory in ["app/src", "app/node_modules/own", "node_modules/shared", "other"] {
        std::fs::create_dir_all(scratch.path(directory)).expect("directories");
    }
    scratch.write("app/package.json", "{}");
    scratch.write("app/lib.js", "module.exports = 'lib'");
    scratch.write("app/node_modules/own/index.js", "module.exports = 'own'");
    scratch.write("node_modules/shared/index.js", "module.exports = 'shared'");
    scratch.write("other/index.js", "module.exports = 'other'");
    scratch.write("other/m.mjs", "export default 'other module'");
    scratch.write("app/src/main.js", "console.log(require('../lib'), require('own'), require('shared'))");
    scratch.write("app/src/out.js", "console.log(require('../../other'))");
    scratch.write("app/src/out.mjs", "import x from '../../other/m.mjs'; console.log(x)");
    let run = |arguments: &[&str]| tvm_in(scratch.directory(), arguments, "");
    assert_eq!(run(&["app/src/main.js"]).stdout, "lib own shared\n");
    for program in ["app/src/out.js", "app/src/out.mjs"] {
        let denied = run(&[program]);
        assert_eq!(denied.code, 1, "{program}");
        assert!(denied.stderr.contains("ERR_ACCESS_DENIED"), "{program}: {}", denied.stderr);
        assert!(denied.stderr.contains("--allow-read="), "{program}: {}", denied.stderr);
        assert!(run(&["run", "--allow-read=other", program]).stdout.starts_with("other"), "{program}");
    }
    // Whether a file is there does not show either.
    let probe = |path: &str| {
        run(&["-e", &format!("try {{ require.resolve('{path}') }} catch (e) {{ console.log(e.code) }}")])
            .stdout
    };
    for path in ["/etc/passwd", "/etc/there-is-none", "../", "../../.."] {
        assert_eq!(probe(path), "ERR_ACCESS_DENIED\n", "{path}");
    }
    std::os::unix::fs::symlink("../../other", scratch.path("app/node_modules/linked")).expect("a link");
    scratch.write("app/src/linked.js", "console.log(require('linked'))");
    let denied = run(&["app/src/linked.js"]);
    assert!(denied.stderr.contains("requires read access to"), "{}", denied.stderr);
    assert!(denied.stderr.contains("other"), "{}", denied.stderr);
    assert_eq!(run(&["run", "--allow-read=other", "app/src/linked.js"]).stdout, "other\n");
}

#[test]
fn built_programs_hold_what_they_require() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path("app/node_modules/dep")).expect("directories");
    scratch
        .write("app/node_modules/dep/index.js", "exports.dep = 'dep'; exports.parent = require('./other');");
    scratch.write("app/node_modules/dep/other.js", "module.exports = 'other';");
    scratch.write("app/data.json", "{\"json\": true}");
    scratch.write("app/esm.mjs", "export const esm = 'esm';");
    scratch.write(
        "app/main.js",
        "let missing; try { missing = require('not-there'); } catch (e) { missing = e.code; }\n\
         console.log(require('./data.json'), require('dep'), require('./esm.mjs').esm, require('fs').existsSync !== undefined, missing, require.main === module);",
    );
    scratch.write(
        "app/main.mjs",
        "import { dep } from 'dep'; import main from './main.js'; console.log(dep, typeof main);",
    );
    let outcome = tvm_in(scratch.directory(), &["build", "app/main.js"], "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let outcome = tvm_in(scratch.directory(), &["build", "app/main.mjs", "-o", "m.tvm"], "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    std::fs::rename(scratch.path("app/main.tvm"), scratch.path("main.tvm")).expect("it was built");
    std::fs::remove_dir_all(scratch.path("app")).expect("it is there");
    let line = "{ json: true } { dep: 'dep', parent: 'other' } esm true MODULE_NOT_FOUND";
    let run = tvm_in(scratch.directory(), &["main.tvm"], "");
    assert_eq!(run.stdout, format!("{line} true\n"), "{}", run.stderr);
    let run = tvm_in(scratch.directory(), &["m.tvm"], "");
    assert_eq!(run.stdout, format!("{line} false\ndep object\n"), "{}", run.stderr);
}

#[test]
fn code_that_is_no_file_can_require() {
    let scratch = Scratch::new();
    scratch.write("m.js", "module.exports = 'm'");
    let run = |arguments: &[&str], input: &str| tvm_in(scratch.directory(), arguments, input);
    let code = "var x = 1; console.log(require('./m'), require('path').sep, typeof module, exports === module.exports, __filename, __dirname, globalThis.x)";
    assert_eq!(run(&["-e", code], "").stdout, "m / object true [eval] . 1\n");
    assert_eq!(run(&["run", "-"], code).stdout, "m / object true [stdin] . 1\n");
    assert_eq!(run(&["-e", "const require = 5, fs = 1; console.log(require)"], "").stdout, "5\n");
    let module = "import { sep } from 'node:path'; console.log(sep, typeof require)";
    assert_eq!(run(&["-e", module], "").stdout, "/ undefined\n");
}

#[test]
fn a_file_is_what_its_name_its_package_or_its_text_says() {
    let scratch = Scratch::new();
    for directory in ["esm", "cjs", "none"] {
        std::fs::create_dir_all(scratch.path(directory)).expect("a directory");
    }
    scratch.write("esm/package.json", "{\"type\": \"module\"}");
    scratch.write("cjs/package.json", "{\"type\": \"commonjs\"}");
    scratch.write("none/package.json", "{}");
    let kind = "console.log(typeof require, typeof this)";
    for (file, text, wanted) in [
        ("esm/a.js", kind, "undefined undefined\n"),
        ("esm/a.cjs", kind, "function object\n"),
        ("esm/a.ts", kind, "undefined undefined\n"),
        ("cjs/a.js", kind, "function object\n"),
        ("cjs/a.mjs", kind, "undefined undefined\n"),
        ("none/a.js", kind, "function object\n"),
        ("none/b.js", "export {}; console.log(typeof require, typeof this)", "undefined undefined\n"),
        ("none/c.js", "await 1; console.log(typeof require)", "undefined\n"),
        ("none/d.js", "console.log(import.meta.url !== undefined)", "true\n"),
        ("none/e.cts", "const x: number = 1; console.log(typeof require, x)", "function 1\n"),
        ("none/f.js", "const require = 1; export default require; console.log(require)", "1\n"),
        ("none/g.js", "return console.log('returned')", "returned\n"),
    ] {
        scratch.write(file, text);
        let outcome = tvm_in(scratch.directory(), &[file], "");
        assert_eq!(outcome.stdout, wanted, "{file}: {}", outcome.stderr);
    }
    scratch.write("cjs/bad.js", "import 'fs'");
    assert!(tvm_in(scratch.directory(), &["cjs/bad.js"], "").stderr.contains("SyntaxError"));
}

#[test]
fn what_is_missing_says_so() {
    let scratch = Scratch::new();
    for (code, what) in [
        ("require('http')", "tvm does not have this module of Node yet"),
        ("require('fs').openSync('x')", "fs.openSync is not part of tvm yet"),
        ("require('fs').createReadStream('x')", "fs.createReadStream is not part of tvm yet"),
        ("process.chdir('/')", "process.chdir is not"),
        ("require('util').parseArgs()", "util.parseArgs is not part of tvm yet"),
        ("new (require('util').MIMEType)('a/b')", "util.MIMEType is not part of tvm yet"),
        ("new (require('events').EventEmitterAsyncResource)()", "events.EventEmitterAsyncResource is not"),
        ("await import('node:http')", "No such built-in module: node:http"),
    ] {
        fails_with(&["-e", code], &scratch, what);
    }
}

#[test]
fn limits_hold_in_required_modules() {
    let scratch = Scratch::new();
    scratch.write("loop.js", "for (;;);");
    scratch.write("self.js", "require('./self.js'); module.exports = 1");
    scratch.write("main.js", "try { require('./loop') } finally { console.log('never') }");
    let outcome = tvm_in(scratch.directory(), &["run", "--max-fuel", "100000", "main.js"], "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (124, ""), "{}", outcome.stderr);
    // A chain that is too deep is an error like others.
    for i in 0..1500 {
        scratch.write(&format!("c{i}.js"), &format!("module.exports = require('./c{}.js') + 1", i + 1));
    }
    scratch.write("c1500.js", "module.exports = 0");
    scratch.write("chain.js", "try { console.log(require('./c0.js')) } catch (e) { console.log(e.name) }");
    let outcome = tvm_in(scratch.directory(), &["run", "--max-stack", "256K", "chain.js"], "");
    assert_eq!(outcome.stdout, "RangeError\n", "{}", outcome.stderr);
    let outcome = tvm_in(scratch.directory(), &["run", "chain.js"], "");
    assert_eq!(outcome.stdout, "1500\n", "{}", outcome.stderr);
    // What is read counts as the program's memory, and what would not fit is not read.
    std::fs::File::create(scratch.path("large"))
        .and_then(|file| file.set_len(8 << 30))
        .expect("a large file");
    let read = "try { require('fs').readFileSync('large') } catch (e) { console.log(e.code) }";
    let outcome = tvm_in(scratch.directory(), &["run", "-A", "--max-heap", "64M", "-e", read], "");
    assert_eq!(outcome.stdout, "EFBIG\n", "{}", outcome.stderr);
    let pipe = "try { require('fs').readFileSync('/dev/zero') } catch (e) { console.log(e.code) }";
    let outcome = tvm_in(scratch.directory(), &["run", "-A", "-e", pipe], "");
    assert_eq!(outcome.stdout, "EINVAL\n", "{}", outcome.stderr);
}

#[test]
fn programs_that_tamper_with_modules_harm_themselves_only() {
    let scratch = Scratch::new();
    scratch.write("m.js", "module.exports = 'm'");
    scratch.write("j.json", "{}");
    scratch.write("cycle.mjs", "import './cycle.cjs'; export default 1");
    scratch.write("cycle.cjs", "try { require('./cycle.mjs') } catch (e) { console.log(e.code) }");
    scratch.write(
        "main.js",
        "const tries = [
           () => { module.children = 5; require('./m'); },
           () => { module.filename = Symbol('x'); try { require('./j.json') } finally { module.filename = __filename } },
           () => new (require('module'))('x', { children: 1 }),
           () => { require.cache[require.resolve('./m')] = 5; require('./m'); },
           () => { require.cache[require.resolve('./m')] = null; require('./m'); },
           () => { Array.prototype.push = () => { throw 1 }; require('./j.json'); },
           () => require('module')._load('./m', { filename: 5, children: new Proxy([], {}) }),
           () => require('module').prototype.require.call(5, 'fs'),
           () => require.resolve('./m', { paths: [Symbol('x')] }),
           () => { process._events = 5; process.emit('x'); },
           () => { process._events = { exit: 5 }; },
           () => clearTimeout(new Proxy({}, {})),
           () => setTimeout(() => {}, { valueOf() { throw 1 } }),
           () => setTimeout(() => {}, 1n),
           () => { Object.prototype.denied = 'x'; try { require('fs').existsSync('/') } finally { delete Object.prototype.denied } },
           () => { Object.getPrototypeOf = () => null; require('fs').statSync('/nope'); },
           () => require('./cycle.mjs'),
           () => { Object.freeze(require.cache); require('./cycle.cjs'); },
         ];
         for (const attempt of tries) { try { attempt() } catch {} }
         console.log('done', tries.length);",
    );
    let outcome = tvm_in(scratch.directory(), &["run", "-A", "main.js"], "");
    assert_eq!(outcome.stdout, "ERR_REQUIRE_CYCLE_MODULE\ndone 18\n", "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("defect"), "{}", outcome.stderr);
}
