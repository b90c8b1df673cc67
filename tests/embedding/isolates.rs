//! Isolates: limits, interrupts, usage, output, modules, snapshots.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tvm::grants::Reach;
use tvm::{
    CompileOptions, Engine, Error, Grants, LimitKind, MemoryModules, Module, ModuleError, ModuleLoader,
    ModuleSource, Stream,
};

use crate::{engine, thrown};

fn limit<T: std::fmt::Debug>(result: Result<T, Error>) -> LimitKind {
    match result {
        Err(Error::Limit(limit)) => limit.which,
        other => panic!("no limit was passed: {other:?}"),
    }
}

#[test]
fn limits_end_the_isolate() {
    for jit in [false, true] {
        let engine = Engine::builder().jit(jit).build().expect("an engine");
        let mut isolate = engine.isolate().heap_bytes(16 << 20).build().expect("an isolate");
        let source = "const all = []; try { for (;;) all.push(new Array(100).fill(0)) } catch { } 1";
        assert_eq!(limit(isolate.context().eval(source)), LimitKind::Heap);
        assert_eq!(limit(isolate.context().eval("1")), LimitKind::Heap);
        assert_eq!(limit(isolate.recover()), LimitKind::Heap);

        let mut isolate = engine.isolate().time(Duration::from_millis(50)).build().expect("an isolate");
        for _ in 0..3 {
            // Each call has that time.
            isolate
                .context()
                .eval("const t = Date.now(); while (Date.now() - t < 25); 1; { }")
                .map(drop)
                .unwrap_or_default();
            let start = Instant::now();
            assert_eq!(
                limit(
                    isolate.context().eval("(() => { for (;;) { try { null.x } finally { continue } } })()")
                ),
                LimitKind::Time
            );
            assert!(start.elapsed() < Duration::from_secs(5));
            isolate.recover().expect("it recovers");
        }

        let mut isolate = engine.isolate().fuel(1_000_000).build().expect("an isolate");
        assert_eq!(
            isolate.context().eval_as::<u32>("let n = 0; while (n < 1000) n++; n").expect("a number"),
            1000
        );
        assert_eq!(limit(isolate.context().eval("for (;;);")), LimitKind::Fuel);
        isolate.recover().expect("it recovers");
        assert_eq!(limit(isolate.context().eval("for (let i = 0; i < 1e6; i++);")), LimitKind::Fuel);
        isolate.set_fuel(None);
        isolate.recover().expect("it recovers");
        isolate.context().eval("for (let i = 0; i < 1e6; i++);").expect("it may");

        let mut isolate = engine.isolate().stack_bytes(256 << 10).build().expect("an isolate");
        let source = "(function f() { return f() + 1 })()";
        assert_eq!(thrown(isolate.context().eval(source)), "RangeError: Maximum call stack size exceeded");

        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let output = move |stream, bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            sink.lock().expect("nobody panics").push((stream, text));
        };
        let mut isolate = engine.isolate().output_bytes(30).output(output).build().expect("an isolate");
        isolate.context().eval("console.log('out'); console.error('err')").expect("it runs");
        assert_eq!(limit(isolate.context().eval("for (;;) console.log('0123456789')")), LimitKind::Output);
        let written = written.lock().expect("nobody panics");
        assert_eq!(
            written[..2],
            [(Stream::Stdout, "out\n".to_owned()), (Stream::Stderr, "err\n".to_owned())]
        );
        assert_eq!(written.len(), 4);
    }
}

#[test]
fn programs_are_interrupted_from_other_threads() {
    for jit in [false, true] {
        let engine = Engine::builder().jit(jit).build().expect("an engine");
        let mut isolate = engine.new_isolate().expect("an isolate");
        let handle = isolate.interrupt_handle();
        let interrupt = handle.clone();
        let stopper = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            interrupt.interrupt();
        });
        let source = "globalThis.n = 0; for (;;) { try { n++ } finally { } }";
        assert!(matches!(isolate.context().eval(source), Err(Error::Interrupted)));
        stopper.join().expect("no panic");
        assert!(matches!(isolate.context().eval("n"), Err(Error::Interrupted)));
        isolate.recover().expect("it recovers");
        assert!(isolate.context().eval_as::<f64>("n").expect("a number") > 0.0);
        // One that does not run is interrupted when it next does.
        handle.interrupt();
        assert!(matches!(isolate.context().eval("for (;;);"), Err(Error::Interrupted)));
        drop(isolate);
        handle.interrupt();
    }
}

#[test]
fn usage_is_told_and_memory_comes_back() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let before = isolate.usage();
    isolate
        .context()
        .eval("globalThis.kept = new Array(1e5).fill().map((_, i) => ({ i }))")
        .expect("it runs");
    let during = isolate.usage();
    assert!(
        during.heap_bytes > before.heap_bytes + (2 << 20) && during.fuel > before.fuel + 100_000,
        "{during:?}"
    );
    isolate.context().eval("kept = null").expect("it runs");
    isolate.collect_garbage().expect("it collects");
    let after = isolate.usage();
    assert!(
        after.heap_bytes < during.heap_bytes - (2 << 20) && after.collections > before.collections,
        "{after:?}"
    );
}

#[test]
fn isolates_go_from_thread_to_thread() {
    let engine = engine();
    let mut isolates: Vec<_> = (0..8).map(|_| engine.new_isolate().expect("an isolate")).collect();
    for round in 1..=3 {
        let threads: Vec<_> = isolates
            .into_iter()
            .map(|mut isolate| {
                thread::spawn(move || {
                    let source = "globalThis.n = (globalThis.n ?? 0) + 1; for (let i = 0; i < 5000; i++) Math.hypot(i, 1); n";
                    assert_eq!(isolate.context().eval_as::<u32>(source).expect("a number"), round);
                    isolate
                })
            })
            .collect();
        isolates = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    }
}

/// Says what it was asked for, and makes modules up.
struct Inventive(Arc<Mutex<Vec<String>>>);

impl ModuleLoader for Inventive {
    fn resolve(&mut self, specifier: &str, referrer: &str) -> Result<String, ModuleError> {
        self.0.lock().expect("nobody panics").push(format!("{specifier} from {referrer:?}"));
        match specifier {
            "panic" => panic!("as asked"),
            "missing" => Err(ModuleError("there is no such thing".into())),
            name => Ok(format!("made:{name}")),
        }
    }

    fn load(&mut self, name: &str, kind: Option<&str>) -> Result<ModuleSource, ModuleError> {
        let number = name.trim_start_matches("made:");
        Ok(match kind {
            Some("json") => ModuleSource::Json("{\"j\": [1]}".into()),
            Some(_) => ModuleSource::Text("a text".into()),
            None if number == "ts" => ModuleSource::TypeScript("export const t: number = 5 as number".into()),
            None if number == "cjs" => ModuleSource::CommonJs("exports.c = typeof module".into()),
            None if number == "slow" => ModuleSource::JavaScript(
                "export const s = await new Promise((r) => setTimeout(r, 5, 's'))".into(),
            ),
            None => ModuleSource::JavaScript(format!("export default {number:?}")),
        })
    }
}

#[test]
fn modules_come_from_a_loader() {
    let hook = std::panic::take_hook();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let mut isolate = engine().isolate().modules(Inventive(Arc::clone(&asked))).build().expect("an isolate");
    let mut context = isolate.context();
    let source =
        "import x from 'x'; import { t } from 'ts'; import { c } from 'cjs'; import { s } from 'slow';
        import j from 'j' with { type: 'json' }; import text from 'text' with { type: 'text' };
        import { join } from 'node:path'; export default [x, t, c, s, j.j[0], text, join('a', 'b')].join();
        export const later = () => import('dynamic').then((m) => m.default);
        export const fails = (what) => import(what).catch((e) => `${e.name}: ${e.message}`)";
    let main = Module::compile(source, &CompileOptions::named("/app/main.mjs")).expect("it compiles");
    let main = Module::from_bytes(main.to_bytes(), "/app/main.mjs").expect("valid bytes");
    let exports = context.evaluate_module(&main).expect("it is evaluated");
    let text = exports.get(&mut context, "default").and_then(|v| v.to_text(&mut context)).expect("a text");
    assert_eq!(text, "x,5,object,s,1,a text,a/b");
    assert_eq!(exports.keys(&mut context).expect("names"), ["default", "fails", "later"]);
    let promise = exports.call_method(&mut context, "later", &[]).expect("a promise");
    assert_eq!(
        context.run_until_settled(&promise).and_then(|v| v.to_text(&mut context)).expect("a text"),
        "dynamic"
    );
    let mut fails = |what: &str| {
        let what = context.string(what)?;
        let promise = exports.call_method(&mut context, "fails", &[what])?;
        let value = context.run_until_settled(&promise)?;
        value.to_text(&mut context)
    };
    assert_eq!(fails("missing").expect("a text"), "TypeError: there is no such thing");
    std::panic::set_hook(Box::new(|_| {}));
    assert_eq!(fails("panic").expect("a text"), "TypeError: the host's module loader panicked");
    std::panic::set_hook(hook);
    let imported = context.import("x").expect("it is imported");
    assert_eq!(
        imported.get(&mut context, "default").and_then(|v| v.to_text(&mut context)).expect("a text"),
        "x"
    );
    let asked = asked.lock().expect("nobody panics");
    assert!(
        asked.contains(&"x from \"/app/main.mjs\"".to_owned()) && asked.contains(&"x from \"\"".to_owned()),
        "{asked:?}"
    );
}

#[test]
fn modules_lie_in_memory() {
    let modules = MemoryModules::new()
        .with("/app/a.js", "import b from './lib/b.ts'; import { c } from '../c.cjs'; export default b + c")
        .with(
            "/app/lib/b.ts",
            "import data from './data.json' with { type: 'json' }; export default data.n as number",
        )
        .with("/app/lib/data.json", "{ \"n\": 40 }")
        .with("/c.cjs", "exports.c = 2")
        .with("throws", "export const x = 1; throw new RangeError('while evaluated')");
    let mut isolate = engine().isolate().modules(modules).build().expect("an isolate");
    let mut context = isolate.context();
    let exports = context.import("/app/a.js").expect("it is imported");
    assert_eq!(exports.get(&mut context, "default").expect("a number").as_f64(), Some(42.0));
    assert_eq!(thrown(context.import("throws")), "RangeError: while evaluated");
    assert_eq!(thrown(context.import("./nothing.js")), "TypeError: Cannot find module './nothing.js'");
    let bad = Module::compile(
        "import { nothing } from '/c.js'; export { nothing }",
        &CompileOptions::named("/bad.js"),
    );
    assert!(thrown(context.evaluate_module(&bad.expect("it compiles"))).contains("Cannot find module"));
    // What a script imports is asked for the same way.
    let promise = context.eval("import('/app/lib/b.ts').then((m) => m.default)").expect("it runs");
    assert_eq!(context.run_until_settled(&promise).expect("it settles").as_f64(), Some(40.0));
}

#[test]
fn grants_open_what_they_name() {
    let base = std::env::temp_dir().join(format!("tvm-embedded-{}", std::process::id()));
    std::fs::create_dir_all(&base).expect("a directory");
    std::fs::write(base.join("in.txt"), "text").expect("a file");
    let grants = Grants { read: Reach::Beneath(vec![base.clone()]), ..Grants::default() };
    let mut isolate = engine().isolate().grants(grants).build().expect("an isolate");
    let mut context = isolate.context();
    context.set_global("base", base.to_string_lossy()).expect("a global");
    let source = "import('node:fs').then((fs) => {
        try { fs.writeFileSync(base + '/out.txt', 'x') } catch (e) { return fs.readFileSync(base + '/in.txt', 'utf8') + ' ' + e.code } })";
    let promise = context.eval(source).expect("it runs");
    let text = context.run_until_settled(&promise).and_then(|v| v.to_text(&mut context)).expect("a text");
    assert_eq!(text, "text ERR_ACCESS_DENIED");
    // Modules of the program's own directory need no right, here and in what is resumed.
    std::fs::write(base.join("own.mjs"), "export default 'own'").expect("a file");
    let name = base.join("own.mjs").to_string_lossy().into_owned();
    let engine = engine();
    let build = || engine.isolate().grants(Grants::default());
    let refused = |result| assert!(thrown::<tvm::Value>(result).contains("requires read access"));
    refused(build().build().expect("an isolate").context().import(&name));
    let mut isolate = build().directory(&base).build().expect("an isolate");
    isolate.context().import(&name).expect("it is its own");
    let snapshot = isolate.snapshot().expect("it is written");
    let mut resumed = build().restore(&snapshot).expect("it is resumed");
    resumed.context().import(&name).expect("it is its own");
    // Where there was none, there is none.
    let snapshot = build().build().expect("an isolate").snapshot().expect("it is written");
    let mut resumed = build().restore(&snapshot).expect("it is resumed");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    refused(resumed.context().import(manifest));
    std::fs::remove_dir_all(&base).expect("it was made");
}

#[test]
fn snapshots_go_on_elsewhere() {
    for jit in [false, true] {
        let key = [7; 32];
        let engine = Engine::builder().jit(jit).snapshot_key(key).build().expect("an engine");
        let mut isolate = engine.isolate().collect_always(jit).build().expect("an isolate");
        let other = isolate.new_context().expect("a context");
        isolate
            .enter(&other)
            .and_then(|mut context| context.eval("globalThis.where = 'other'"))
            .expect("it runs");
        let mut context = isolate.context();
        context.set_typed_function("price", |n: u32| Ok(f64::from(n) * 2.0)).expect("a function");
        context
            .set_async_function("ask", |_, _, completer| {
                completer.resolve(1);
                Ok(())
            })
            .expect("a function");
        let source = "class Cart { #items = []; add(n) { this.#items.push(price(n)); return this } get sum() { return this.#items.reduce((a, b) => a + b, 0) } }
            globalThis.cart = new Cart().add(1).add(2); setTimeout(() => cart.add(10), 10);
            globalThis.asks = () => ask(); 0";
        context.eval(source).expect("it runs");
        let held = context.eval("cart").expect("it runs");
        let snapshot = isolate.snapshot().expect("it is written");
        // The isolate itself goes on.
        assert_eq!(held.get(&mut isolate.context(), "sum").expect("a number").as_f64(), Some(6.0));

        // Another engine with the key resumes it, on another thread.
        let resume = move || {
            let engine = Engine::builder().jit(jit).snapshot_key(key).build().expect("an engine");
            let mut resumed = engine.isolate().restore(&snapshot).expect("it is resumed");
            assert_eq!(resumed.missing_functions(), ["price", "ask"]);
            assert_eq!(
                thrown(resumed.context().eval("cart.add(1)")),
                "Error: the host's function 'price' is not attached"
            );
            assert!(
                resumed
                    .attach_typed_function("price", |n: u32| Ok(f64::from(n) * 100.0))
                    .expect("it is attached")
            );
            assert!(!resumed.attach_typed_function("nothing", |n: u32| Ok(n)).expect("no error"));
            resumed
                .attach_async_function("ask", |_, _, completer| {
                    completer.resolve(2);
                    Ok(())
                })
                .expect("it is attached");
            resumed.run().expect("it runs");
            assert_eq!(resumed.context().eval_as::<f64>("cart.sum").expect("a number"), 1006.0);
            let mut context = resumed.context();
            let promise = context.eval("asks()").expect("it runs");
            assert_eq!(context.run_until_settled(&promise).expect("it settles").as_f64(), Some(2.0));
            // New functions count on.
            context.set_typed_function("more", || Ok(3)).expect("a function");
            assert_eq!(context.eval_as::<f64>("more()").expect("a number"), 3.0);
            let contexts = resumed.contexts().expect("contexts");
            let mut context = resumed.enter(&contexts[1]).expect("a context");
            assert_eq!(context.eval_as::<String>("where").expect("a text"), "other");
            assert!(matches!(held.get(&mut context, "sum"), Err(Error::WrongIsolate)));
            snapshot
        };
        let mut snapshot = thread::spawn(resume).join().expect("no panic");
        // Others do not, nor is anything resumed that was changed.
        assert!(matches!(
            Engine::new().expect("an engine").isolate().restore(&snapshot),
            Err(Error::Snapshot(_))
        ));
        let at = snapshot.len() / 2;
        snapshot[at] ^= 1;
        assert!(matches!(engine.isolate().restore(&snapshot), Err(Error::Snapshot(_))));
        assert!(matches!(engine.isolate().restore(b"nothing"), Err(Error::Snapshot(_))));
        // Not while something outside is to answer.
        isolate
            .context()
            .set_async_function("never", |context, _, completer| {
                context.data::<Vec<tvm::Completer>>().push(completer);
                Ok(())
            })
            .expect("a function");
        isolate.context().eval("never()").expect("it runs");
        assert!(matches!(isolate.snapshot(), Err(Error::Snapshot(_))));
    }
}

/// Many isolates of one engine, of which each is small.
#[test]
fn isolates_are_cheap() {
    let engine = Engine::new().expect("an engine");
    let script = tvm::Script::compile("[1, 2, 3].map((x) => x * n).join()").expect("it compiles");
    let mut all: Vec<_> =
        (0..200).map(|_| engine.isolate().heap_bytes(8 << 20).build().expect("an isolate")).collect();
    for (n, isolate) in all.iter_mut().enumerate() {
        let mut context = isolate.context();
        context.set_global("n", n).expect("a global");
        let text = context.run_script(&script).and_then(|v| v.to_text(&mut context)).expect("a text");
        assert_eq!(text, format!("{},{},{}", n, 2 * n, 3 * n));
    }
}
