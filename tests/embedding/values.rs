//! Values: handles, what they say, what can be done with them.

use std::time::Duration;

use tvm::{CompileOptions, Engine, Error, Kind, Script, Value};

use crate::{engine, isolates, thrown};

#[test]
fn handles_say_what_they_are() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    for (source, kind, type_of) in [
        ("undefined", Kind::Undefined, "undefined"),
        ("null", Kind::Null, "object"),
        ("true", Kind::Boolean, "boolean"),
        ("-0.5", Kind::Number, "number"),
        ("'text'", Kind::String, "string"),
        ("Symbol('s')", Kind::Symbol, "symbol"),
        ("2n ** 80n", Kind::BigInt, "bigint"),
        ("(() => 1)", Kind::Function, "function"),
        ("(class A {})", Kind::Function, "function"),
        ("Math.max.bind(null)", Kind::Function, "function"),
        ("[1]", Kind::Array, "object"),
        ("Promise.resolve()", Kind::Promise, "object"),
        ("new RangeError('x')", Kind::Error, "object"),
        ("new Date(0)", Kind::Date, "object"),
        ("/a/", Kind::RegExp, "object"),
        ("new Map", Kind::Map, "object"),
        ("new Set", Kind::Set, "object"),
        ("new ArrayBuffer(8)", Kind::ArrayBuffer, "object"),
        ("new Float64Array(2)", Kind::TypedArray, "object"),
        ("new Proxy({}, {})", Kind::Proxy, "object"),
        ("({})", Kind::Object, "object"),
        ("new WeakMap", Kind::Object, "object"),
    ] {
        let value = context.eval(source).expect(source);
        assert_eq!((value.kind(), value.type_of()), (kind, type_of), "{source}");
    }
    assert_eq!(context.eval("1.5").expect("it runs").as_i32(), None);
    assert_eq!(context.eval("-7").expect("it runs").as_i32(), Some(-7));
    assert!(f64::try_from(&context.eval("'7'").expect("it runs")).is_err());
    assert!(bool::try_from(&context.eval("1 < 2").expect("it runs")).expect("a boolean"));
    let text = context.eval("'a\\ud800b\\u{1F600}'").expect("it runs");
    assert_eq!(text.as_str(&mut context).expect("it is read").as_deref(), Some("a\u{FFFD}b\u{1F600}"));
    assert_eq!(Value::from(3).as_str(&mut context).expect("no error"), None);
}

#[test]
fn properties_methods_and_constructors() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let object = context.eval("({ a: 1, get b() { return this.a + 1 }, 7: 'seven' })").expect("it runs");
        assert_eq!(object.get(&mut context, "b").expect("a getter").as_f64(), Some(2.0));
        let seven = object.get(&mut context, 7).expect("an index");
        assert_eq!(seven.to_text(&mut context).expect("a text"), "seven");
        object.set(&mut context, "a", &Value::from(40)).expect("it is set");
        assert_eq!(object.get(&mut context, "b").expect("a getter").as_f64(), Some(41.0));
        assert!(object.has(&mut context, "toString").expect("no error"));
        object.delete(&mut context, "a").expect("it is deleted");
        assert_eq!(object.keys(&mut context).expect("keys"), ["7", "b"]);
        let symbol = context.eval("Symbol.iterator").expect("it runs");
        let list = context.array(&[1.into(), true.into(), object.clone()]).expect("an array");
        assert!(list.get(&mut context, &symbol).expect("a symbol").is_function());
        let text = list.call_method(&mut context, "join", &[]).expect("a method");
        assert_eq!(text.to_text(&mut context).expect("a text"), "1,true,[object Object]");
        let class = context.eval("(class P { constructor(x) { this.x = x } })").expect("it runs");
        let made = class.construct(&mut context, &[Value::from(5)]).expect("an object");
        assert_eq!(made.get(&mut context, "x").expect("a property").as_f64(), Some(5.0));
        assert_eq!(made.inspect(&mut context).expect("a text"), "P { x: 5 }");
        let frozen = context.eval("Object.freeze({})").expect("it runs");
        assert!(thrown(frozen.set(&mut context, "x", &Value::NULL)).starts_with("TypeError: "));
        assert!(thrown(Value::UNDEFINED.get(&mut context, "x")).starts_with("TypeError: "));
        assert!(thrown(Value::from(1).call(&mut context, &[])).starts_with("TypeError: "));
        assert!(made.is_same(&mut context, &made.clone()).expect("no error"));
        assert!(!made.is_same(&mut context, &class).expect("no error"));
    }
}

#[test]
fn bytes_pass_as_typed_arrays() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let bytes: Vec<u8> = (0..100).collect();
        let value = context.bytes(&bytes).expect("an array");
        assert_eq!(value.as_bytes(&mut context).expect("no error"), Some(bytes));
        context.set_global_value("bytes", &value).expect("a global");
        assert_eq!(context.eval_as::<u32>("bytes.reduce((a, b) => a + b)").expect("a number"), 4950);
        let view = context.eval("new Uint16Array(bytes.buffer, 2, 2)").expect("it runs");
        assert_eq!(view.as_bytes(&mut context).expect("no error"), Some(vec![2, 3, 4, 5]));
        let detached = context.eval("structuredClone(bytes.buffer, { transfer: [bytes.buffer] }), bytes");
        let detached = detached.expect("it runs").as_bytes(&mut context).expect("no error");
        assert!(detached.is_none_or(|bytes| bytes.is_empty()));
        assert_eq!(
            context.bytes(&[]).and_then(|v| v.as_bytes(&mut context)).expect("no error"),
            Some(vec![])
        );
        assert_eq!(Value::from(1).as_bytes(&mut context).expect("no error"), None);
    }
}

/// What handles refer to stays alive and is found wherever it is moved; what they let go is collected.
#[test]
fn handles_are_roots() {
    let engine = engine();
    let mut isolate = engine.isolate().collect_always(true).build().expect("an isolate");
    let mut context = isolate.context();
    let objects: Vec<Value> = (0..50)
        .map(|n| context.eval(&format!("({{ n: {n}, text: 'number ' + {n} }})")).expect("it runs"))
        .collect();
    context
        .eval("let junk = []; for (let i = 0; i < 300; i++) junk.push({ i, s: `${i}` })")
        .expect("it runs");
    for (n, object) in objects.iter().enumerate() {
        assert_eq!(object.get(&mut context, "n").expect("a property").as_f64(), Some(n as f64));
        let text = object.get(&mut context, "text").expect("a property");
        assert_eq!(text.as_str(&mut context).expect("it is read"), Some(format!("number {n}")));
    }

    let mut isolate = engine.new_isolate().expect("an isolate");
    isolate
        .context()
        .eval("globalThis.dead = 0; const r = new FinalizationRegistry(() => dead++)")
        .expect("it runs");
    let mut context = isolate.context();
    let kept =
        context.eval("(() => { const o = { big: [1] }; r.register(o); return o })()").expect("it runs");
    isolate.collect_garbage().expect("it collects");
    isolate.run().expect("it runs");
    assert_eq!(isolate.context().eval_as::<u32>("dead").expect("a number"), 0);
    let clone = kept.clone();
    drop(kept);
    isolate.collect_garbage().expect("it collects");
    isolate.run().expect("it runs");
    assert_eq!(isolate.context().eval_as::<u32>("dead").expect("a number"), 0);
    // Handles may be dropped on other threads.
    std::thread::spawn(move || drop(clone)).join().expect("no panic");
    isolate.collect_garbage().expect("it collects");
    isolate.run().expect("it runs");
    assert_eq!(isolate.context().eval_as::<u32>("dead").expect("a number"), 1);
}

#[test]
fn values_of_another_isolate_are_refused() {
    let engine = engine();
    let (mut one, mut other) = (engine.new_isolate().expect("one"), engine.new_isolate().expect("two"));
    let foreign = one.context().eval("({ f() {} })").expect("it runs");
    let context_of_one = one.new_context().expect("a context");
    let mut context = other.context();
    assert!(matches!(foreign.get(&mut context, "f"), Err(Error::WrongIsolate)));
    assert!(matches!(context.set_global_value("x", &foreign), Err(Error::WrongIsolate)));
    assert!(matches!(context.call(&foreign, &[]), Err(Error::WrongIsolate)));
    assert!(matches!(context.array(std::slice::from_ref(&foreign)), Err(Error::WrongIsolate)));
    assert!(matches!(context.run_until_settled(&foreign), Err(Error::WrongIsolate)));
    assert!(matches!(context.from_value::<f64>(&foreign), Err(Error::WrongIsolate)));
    assert!(matches!(context.to_value(std::slice::from_ref(&foreign)), Err(Error::Convert { .. })));
    // What is no reference belongs to all.
    context.set_global_value("x", &Value::from(3)).expect("a number");
    let own = context.eval("(f) => f()").expect("it runs");
    assert!(matches!(context.call(&own, std::slice::from_ref(&foreign)), Err(Error::WrongIsolate)));
    // A function that gives one throws.
    let given = foreign.clone();
    context.set_function("give", move |_, _| Ok(given.clone())).expect("a function");
    assert_eq!(thrown(context.eval("give()")), "TypeError: a value of another isolate");
    assert!(matches!(other.enter(&context_of_one), Err(Error::WrongIsolate)));
    // And handles may outlive their isolate.
    drop(one);
    assert_eq!(foreign.type_of(), "object");
    assert!(matches!(foreign.get(&mut other.context(), "f"), Err(Error::WrongIsolate)));
}

#[test]
fn exceptions_come_with_all_there_is_to_know() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        let options = CompileOptions::named("rules/check.js");
        let source = "function check(x) {\n  if (!x) throw new RangeError('no x');\n}\ncheck(0);";
        let Err(Error::Thrown(error)) = context.eval_with(source, &options) else { panic!("it throws") };
        assert_eq!((error.name.as_str(), error.message.as_str()), ("RangeError", "no x"));
        assert!(error.stack.contains("at check (rules/check.js:2:"), "{}", error.stack);
        assert_eq!(
            error.place.as_ref().map(|(file, line, _)| (file.as_str(), *line)),
            Some(("rules/check.js", 2))
        );
        assert_eq!(error.value.kind(), Kind::Error);
        let message = error.value.get(&mut context, "message").expect("a property");
        assert_eq!(message.as_str(&mut context).expect("it is read").as_deref(), Some("no x"));
        let Err(Error::Thrown(error)) = context.eval("throw { code: 7 }") else { panic!("it throws") };
        assert_eq!((error.name.as_str(), error.value.kind()), ("", Kind::Object));
        assert_eq!(error.value.get(&mut context, "code").expect("a property").as_f64(), Some(7.0));
        // The isolate goes on.
        assert_eq!(
            context.eval("typeof check").and_then(|v| v.to_text(&mut context)).expect("a text"),
            "function"
        );
        let Err(Error::Compile(error)) = context.eval("let a = 1;\nlet = ;") else { panic!("it is refused") };
        assert_eq!((error.line, error.name.as_str()), (2, "script.js"));
        // What a job throws comes out of the call behind which it runs.
        assert_eq!(
            thrown(context.eval("queueMicrotask(() => { throw new TypeError('job') }); 1")),
            "TypeError: job"
        );
    }
}

#[test]
fn scripts_run_anywhere_and_bytes_are_verified() {
    let options = CompileOptions::named("sum.ts");
    let script = Script::compile_with("const numbers: number[] = [1, 2]; numbers.length + step", &options);
    let script = script.expect("it compiles");
    let bytes = script.to_bytes();
    for isolate in isolates() {
        // On another thread.
        let (script, bytes) = (script.clone(), bytes.clone());
        let run = move || {
            let mut isolate = isolate;
            let other = isolate.new_context().expect("a context");
            let mut context = isolate.context();
            context.set_global("step", 40).expect("a global");
            assert_eq!(context.run_script(&script).expect("it runs").as_f64(), Some(42.0));
            let mut context = isolate.enter(&other).expect("a context");
            context.set_global("step", 5).expect("a global");
            assert_eq!(context.run_script(&script).expect("it runs").as_f64(), Some(7.0));
            let again = Script::from_bytes(bytes).expect("valid bytes");
            assert_eq!(thrown(context.run_script(&again)).split(':').next(), Some("SyntaxError"));
        };
        std::thread::spawn(run).join().expect("no panic");
    }
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x55;
        // Whatever it is, it is refused or it is a program.
        drop(Script::from_bytes(bad));
    }
    assert!(matches!(Script::from_bytes(b"nothing of the kind".to_vec()), Err(Error::Bytecode(_))));
    assert!(matches!(tvm::Module::from_bytes(bytes, "m.js"), Err(Error::Bytecode(_))));
}

#[test]
fn contexts_have_globals_of_their_own() {
    for mut isolate in isolates() {
        let other = isolate.new_context().expect("a context");
        let array =
            isolate.context().eval("var shared = 'one'; globalThis.list = [1]; list").expect("it runs");
        let mut context = isolate.enter(&other).expect("a context");
        assert_eq!(thrown(context.get_global("shared")), "ReferenceError: shared is not defined");
        context.set_global_value("list", &array).expect("a global");
        // One array, of the other context's making; what is made here is of this one.
        let text = "list.push(2); `${list instanceof Array} ${[] instanceof Array} ${Array.isArray(list)}`";
        assert_eq!(context.eval_as::<String>(text).expect("a text"), "false true true");
        let made = context.to_value(&vec![1, 2]).expect("an array");
        context.set_global_value("made", &made).expect("a global");
        assert_eq!(context.eval("made instanceof Array").expect("it runs").as_bool(), Some(true));
        let error = context.error(&tvm::HostError::range_error("x")).expect("an error");
        context.set_global_value("error", &error).expect("a global");
        assert_eq!(context.eval("error instanceof RangeError").expect("it runs").as_bool(), Some(true));
        assert_eq!(isolate.context().eval_as::<Vec<u32>>("list").expect("a list"), [1, 2]);
        // Functions of the host belong to where they were made, and say so.
        let mut context = isolate.enter(&other).expect("a context");
        context.set_function("where", |context, _| Ok(context.get_global("here")?)).expect("a function");
        context.eval("var here = 'there'").expect("it runs");
        let function = context.get_global("where").expect("a function");
        let mut main = isolate.context();
        main.eval("var here = 'main'").expect("it runs");
        main.set_global_value("where", &function).expect("a global");
        assert_eq!(main.eval_as::<String>("where()").expect("a text"), "there");
        assert_eq!(isolate.contexts().expect("contexts").len(), 2);
    }
}

#[test]
fn an_isolate_computes_and_reaches_nothing() {
    let mut isolate = Engine::new().expect("an engine").new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let source = "`${typeof process} ${typeof require} ${typeof console.log} ${Date.now() > 1e12} ${typeof setTimeout}`";
    assert_eq!(
        context.eval_as::<String>(source).expect("a text"),
        "undefined undefined function true function"
    );
    assert!(thrown(context.import("./x.js")).contains("Cannot find module"));
    context
        .import("node:fs")
        .and_then(|fs| {
            let read = fs.get(&mut context, "readFileSync")?;
            let path = context.string("/etc/hostname")?;
            assert!(thrown(read.call(&mut context, &[path])).contains("without access to files"));
            Ok(())
        })
        .expect("it has the module");
    let start = std::time::Instant::now();
    context.eval("setTimeout(() => { globalThis.later = 1 }, 30)").expect("it runs");
    context.run().expect("it runs");
    assert!(start.elapsed() >= Duration::from_millis(25));
    assert_eq!(context.eval("later").expect("it runs").as_f64(), Some(1.0));
}
