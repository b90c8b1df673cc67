//! Functions of the host's that answer at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tvm::{Error, ErrorClass, HostError, Value};

use crate::{engine, isolates, thrown};

#[test]
fn live_values_pass_both_ways() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context
            .set_function("tag", |context, arguments| {
                let object = arguments.get(0);
                object.set(context, "tagged", &Value::from(arguments.len() as u32))?;
                Ok(object.clone())
            })
            .expect("a function");
        let source = "const o = {}; const same = tag(o, 1, 2) === o; same && o.tagged === 3";
        assert_eq!(context.eval(source).expect("it runs").as_bool(), Some(true));
        context.set_function("self", |_, arguments| Ok(arguments.this().clone())).expect("a function");
        let source = "const holder = { self }; holder.self() === holder && self() === undefined && self.name === 'self'";
        assert_eq!(context.eval(source).expect("it runs").as_bool(), Some(true));
        assert!(thrown(context.eval("new self()")).starts_with("TypeError: "));
        let made = context.function("made", |context, _| context.string("made").map_err(Into::into));
        let made = made.expect("a function");
        assert_eq!(
            made.call(&mut context, &[]).and_then(|v| v.to_text(&mut context)).expect("a text"),
            "made"
        );
        // In a loop that is compiled, and where builtins call it.
        context.set_typed_function("add", |a: f64, b: f64| Ok(a + b)).expect("a function");
        let source = "let sum = 0; for (let i = 0; i < 500; i++) sum = add(sum, i); sum";
        assert_eq!(context.eval(source).expect("it runs").as_f64(), Some(124_750.0));
        let source = "[3, 1, 2].sort((a, b) => add(a, -b)).map((x) => add(x, 1)).join() + JSON.stringify({ toJSON: () => add(1, 1) })";
        assert_eq!(context.eval_as::<String>(source).expect("a text"), "2,3,42");
        // From generators, getters, async functions and destructors of the program's.
        let source = "function* g() { yield add(1, 2); yield add(3, 4) }
            const p = { get x() { return add(5, 6) } };
            (async () => [...g(), p.x, await add(7, 8)].join())()";
        let promise = context.eval(source).expect("it runs");
        let text = context.run_until_settled(&promise).expect("it settles");
        assert_eq!(text.to_text(&mut context).expect("a text"), "3,7,11,15");
    }
}

#[test]
fn errors_are_thrown_in_the_realm_of_the_function() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context
            .set_function("fail", |context, arguments| {
                Err(match arguments.parse::<String>(context, 0)?.as_str() {
                    "type" => HostError::type_error("a type").with_code("ERR_TYPE"),
                    "range" => HostError::range_error("a range"),
                    "syntax" => HostError::new(ErrorClass::SyntaxError, "a syntax"),
                    "value" => HostError::value(Value::from(42)),
                    _ => "an error".into(),
                })
            })
            .expect("a function");
        let source = "const told = (what) => { try { fail(what) } catch (e) {
                return e instanceof Error ? `${e.constructor === globalThis[e.name]} ${e.name} ${e.message} ${e.code}` : typeof e } };
            ['type', 'range', 'syntax', 'value', 'other'].map(told).join('; ')";
        let wanted = "true TypeError a type ERR_TYPE; true RangeError a range undefined; \
            true SyntaxError a syntax undefined; number; true Error an error undefined";
        assert_eq!(context.eval_as::<String>(source).expect("a text"), wanted);
        assert_eq!(
            thrown(context.eval("fail(1)")),
            "TypeError: argument 1: invalid type: integer `1`, expected a string"
        );
        // What a call of the program's threw goes on as it is.
        context
            .set_function("pass", |context, arguments| Ok(arguments.get(0).call(context, &[])?))
            .expect("a function");
        let source = "const mine = {}; try { pass(() => { throw mine }) } catch (e) { e === mine }";
        assert_eq!(context.eval(source).expect("it runs").as_bool(), Some(true));
        // The stack of an error shows who called.
        let Err(Error::Thrown(error)) = context.eval("function caller() { fail('range') } caller()") else {
            panic!("it throws")
        };
        assert!(error.stack.contains("at caller (script.js:1:"), "{}", error.stack);
    }
}

#[test]
fn panics_become_errors() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context.set_function("panics", |_, _| panic!("no {}", "way")).expect("a function");
        context
            .set_function("nested", |context, _| {
                context.eval("panics()").expect("this panics in turn");
                Ok(Value::UNDEFINED)
            })
            .expect("a function");
        let source = "let told; try { panics() } catch (e) { told = e.message } finally { told += '!' } told";
        assert_eq!(
            context.eval_as::<String>(source).expect("a text"),
            "the host's function panicked: no way!"
        );
        assert!(thrown(context.eval("nested()")).contains("this panics in turn"));
        context.set_async_function("later", |_, _, _| panic!("later")).expect("a function");
        let promise = context.eval("later()").expect("it runs");
        assert_eq!(thrown(context.run_until_settled(&promise)), "Error: the host's function panicked: later");
        assert_eq!(context.eval_as::<u32>("1 + 1").expect("it goes on"), 2);
    }
    std::panic::set_hook(hook);
}

/// Functions of the host and of the program call each other; how deep is bounded, and nothing is left behind.
#[test]
fn calls_nest_up_to_a_limit() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let deepest = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&deepest);
        context
            .set_function("down", move |context, arguments| {
                let depth = arguments.parse::<u32>(context, 0)?;
                seen.fetch_max(depth, Ordering::Relaxed);
                Ok(context.call_global::<Value>("step", &(depth + 1,))?)
            })
            .expect("a function");
        context.eval("function step(n) { return down(n) + n }").expect("it runs");
        assert_eq!(thrown(context.eval("step(0)")), "RangeError: Maximum call stack size exceeded");
        assert!(deepest.load(Ordering::Relaxed) > 10);
        let source = "function step(n) { return n < 9 ? down(n) + n : 0 } step(0)";
        assert_eq!(context.eval(source).expect("it runs").as_f64(), Some(36.0));
        // Jobs wait until the outermost call is done.
        context
            .set_function("jobs", |context, _| {
                Ok(context.eval("Promise.resolve().then(() => order.push('job')); 0")?)
            })
            .expect("a function");
        let source = "globalThis.order = []; jobs(); order.push('script'); order";
        let order = context.eval(source).expect("it runs");
        assert_eq!(context.from_value::<Vec<String>>(&order).expect("a list"), ["script", "job"]);
    }
}

#[test]
fn what_cannot_be_done_from_within_is_said_so() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    context
        .set_function("within", move |context, arguments| {
            let mut seen = seen.lock().expect("nobody panics");
            seen.push(format!("{:?}", context.run()));
            seen.push(format!("{:?}", context.run_until_settled(arguments.get(0))));
            seen.push(format!("{:?}", context.import("node:path").err()));
            Ok(Value::UNDEFINED)
        })
        .expect("a function");
    context.eval("within(Promise.resolve())").expect("it runs");
    let told = told.lock().expect("nobody panics");
    assert!(told.iter().all(|text| text.contains("Busy(\"the event loop cannot be run\")")), "{told:?}");
}

/// A limit that is passed by what a function of the host calls ends the whole, whatever that function makes of it.
#[test]
fn limits_within_calls_of_the_host_end_everything() {
    for jit in [false, true] {
        let engine = tvm::Engine::builder().jit(jit).build().expect("an engine");
        let mut isolate = engine.isolate().fuel(200_000).build().expect("an isolate");
        let mut context = isolate.context();
        context
            .set_function("swallow", |context, arguments| {
                let result = arguments.get(0).call(context, &[]);
                assert!(matches!(result, Err(Error::Limit(_))));
                Ok(Value::from(1))
            })
            .expect("a function");
        let source = "try { swallow(() => { for (;;); }) } catch { } finally { globalThis.after = 1 }";
        assert!(matches!(context.eval(source), Err(Error::Limit(_))));
        assert!(matches!(context.eval("1"), Err(Error::Limit(_))));
        isolate.set_fuel(Some(100_000));
        isolate.recover().expect("it recovers");
        assert_eq!(isolate.context().eval_as::<String>("typeof after").expect("a text"), "undefined");
        let swallows = isolate.context().eval("swallow((() => 1).bind())");
        assert!(thrown(swallows).contains("assertion failed"));
    }
}

/// Places from which a program's function is called; `f` gives twice its first argument as a number, `g` does the same.
const PLACES: &[&str] = &[
    "[3, 1, 2].map(h).join()",
    "[3, 1, 2].sort((a, b) => h(a) - h(b)).join() + [1, 2, 3].sort(h).length",
    "[1, 2, 3].reduce((a, b) => a + h(b), 0) + [5].flatMap(h).length + [1].findLast(h)",
    "Array.from({ length: 4 }, (_, i) => h(i)).join() + Array.from([1, 2], h)",
    "Math.max({ valueOf: () => h(4) }, { [Symbol.toPrimitive]: h })",
    "`${{ toString: h }}` + ({ valueOf: () => h(1) } + 1)",
    "'a1b2'.replace(/[0-9]/g, (d) => h(d)) + 'xx'.replaceAll('x', h)",
    "JSON.stringify({ a: { toJSON: () => h(3) } }) + JSON.parse('[1, 2]', (k, v) => typeof v === 'number' ? h(v) : v)",
    "Reflect.apply(h, null, [2]) + h.call(null, 3) + h.apply(undefined, [4]) + h.bind(null, 5)()",
    "Object.defineProperty({}, 'x', { get: () => h(6) }).x + ({ get y() { return h(7) } }).y",
    "new Proxy({}, { get: (t, k) => h(k.length) }).four + new Proxy(h, {})(8)",
    "[...(function* () { yield h(1); yield* [h(2)] })()].join()",
    "[...{ [Symbol.iterator]: () => ({ n: 0, next() { return { value: h(this.n), done: this.n++ > 2 } } }) }].join()",
    "(() => { const o = { a: 1 }; for (const k in o) o[k] = h(9); const { a = 0, b = h(2) } = o; return a + b })()",
    "(() => { class A { #x = h(1); static s = h(2); x = h(3); get v() { return this.#x + A.s + this.x } } return new A().v })()",
    "(() => { let s = 0; for (let i = 0; i < 200; i++) { try { s += h(i); if (i % 7 === 0) throw i } catch (e) { s += h(e) } finally { s++ } } return s })()",
    "structuredClone({ get z() { return h(5) } }).z + h`x`.constructor.name",
    "eval('h(3)') + new Function('h', 'return h(4)')(h) + (0, eval)('(x) => x')(h(1))",
    "(async () => { let s = await h(1); for await (const x of [h(2), h(3)]) s += x; return s })()",
    "Promise.all([Promise.resolve(1).then(h), new Promise((r) => setTimeout(() => r(h(2)), 1)), { then: (r) => r(h(3)) }]).then(String)",
    "new Promise((r) => queueMicrotask(() => setTimeout((x) => r(h(x)), 1, 21)))",
    "(async function* () { yield h(1); yield await h(2) })().next().then((x) => x.value)",
    "(() => { using x = { [Symbol.dispose]: () => h(1) }; return h(2) })()",
    "new Map([[1, 2]]).forEach((v) => h(v)) ?? Object.groupBy([1, 2], h)[2].length",
    "[1, 2, 3].values().map(h).toArray().join() + new Uint8Array([1, 2]).map(h)",
    "new (class extends (h, Object) { constructor() { super(); this.v = h(2) } })().v",
];

#[test]
fn functions_are_called_from_everywhere() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context
            .set_function("f", |context, arguments| {
                // Something is made and run in between.
                context.eval("({ junk: [1, 2, 3].map(String) })")?;
                let number: f64 = arguments.get(0).to_text(context)?.parse().unwrap_or(f64::NAN);
                Ok(Value::from(number * 2.0))
            })
            .expect("a function");
        context.eval("function g(x) { return Number(String(x)) * 2 }").expect("it runs");
        for place in PLACES {
            let mut run = |function: &str| {
                let source = format!("((h) => {place})({function})");
                let value = context.eval(&source).and_then(|value| context.run_until_settled(&value));
                let value = value.unwrap_or_else(|error| panic!("{place} of {function}: {error}"));
                value.to_text(&mut context).expect("a text")
            };
            assert_eq!(run("f"), run("g"), "{place}");
        }
    }
}

/// Contexts of node:vm and sandboxes that the program makes call them too; time limits of scripts hold.
#[test]
fn functions_are_called_from_contexts_of_the_program() {
    let engine = engine();
    let mut isolate = engine.isolate().grants(tvm::Grants::default()).build().expect("an isolate");
    let mut context = isolate.context();
    context.set_typed_function("double", |x: f64| Ok(x * 2.0)).expect("a function");
    context
        .set_function("call", |context, arguments| Ok(arguments.get(0).call(context, &[])?))
        .expect("a function");
    let source = "Promise.all([import('node:vm'), import('tvm:sandbox')]).then(async ([vm, { Sandbox }]) => {
        const told = [];
        const inside = vm.createContext({ double, call, told });
        told.push(vm.runInContext('double(double(1)) + call(() => double(2))', inside));
        try { vm.runInContext('for (;;) call(() => double(1))', inside, { timeout: 30 }) } catch (e) { told.push(e.code) }
        try { call(() => vm.runInContext('for (;;);', inside, { timeout: 30 })) } catch (e) { told.push(e.code) }
        using box = new Sandbox({ functions: { double } });
        told.push(box.evalSync('double(10)'), await box.eval('double(11)'));
        return told.join();
    })";
    let promise = context.eval(source).expect("it runs");
    let text = context.run_until_settled(&promise).and_then(|v| v.to_text(&mut context)).expect("a text");
    assert_eq!(text, "8,ERR_SCRIPT_EXECUTION_TIMEOUT,ERR_SCRIPT_EXECUTION_TIMEOUT,20,22");
}

#[test]
fn what_calls_the_host_is_interrupted() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let handle = isolate.interrupt_handle();
    let mut context = isolate.context();
    context
        .set_function("stop", move |context, _| {
            handle.interrupt();
            let inner = context.eval("for (;;);");
            assert!(matches!(inner, Err(Error::Interrupted)), "{inner:?}");
            Ok(Value::UNDEFINED)
        })
        .expect("a function");
    assert!(matches!(context.eval("try { stop() } catch { } for (;;);"), Err(Error::Interrupted)));
    isolate.recover().expect("it recovers");
    assert_eq!(isolate.context().eval_as::<u32>("1 + 1").expect("a number"), 2);
}

/// Wherever calls are cut, the next one gets its own answer.
#[test]
fn calls_that_are_cut_leave_nothing_behind() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context.set_function("same", |_, arguments| Ok(arguments.get(0).clone())).expect("a function");
        context.eval("const same3 = (n) => [same(n), same(n), same(n)].join()").expect("it runs");
        for round in 0..200 {
            isolate.set_fuel(Some(1 + round * 7 % 60));
            let cut = isolate.context().eval("for (;;) { same(-1); [1].map((n) => same(-2)) }");
            assert!(matches!(cut, Err(Error::Limit(_))), "{cut:?}");
            isolate.set_fuel(None);
            isolate.recover().expect("it recovers");
            let text: String = isolate.context().eval_as(&format!("same3({round})")).expect("a text");
            assert_eq!(text, format!("{round},{round},{round}"));
        }
    }
}

#[test]
fn data_of_the_embedder_goes_with_the_isolate() {
    #[derive(Default)]
    struct Log(Vec<String>);

    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    context
        .set_function("log", |context, arguments| {
            let text = arguments.get(0).to_text(context)?;
            context.data::<Log>().0.push(text);
            Ok(Value::UNDEFINED)
        })
        .expect("a function");
    context.eval("log(1); log({ toString: () => { log('inner'); return 'outer' } })").expect("it runs");
    assert_eq!(context.data::<Log>().0, ["1", "inner", "outer"]);
}
