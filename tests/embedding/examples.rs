//! Whole programs around the Rust API, as embedders write them.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tvm::{Completer, Engine, Error, HostError, Isolate, Script, Value};

/// A rule engine: rules are scripts, facts and verdicts are Rust structures, and rules ask the host for more.
#[test]
fn a_rule_engine() -> tvm::Result<()> {
    #[derive(Serialize)]
    struct Application {
        name: String,
        income: f64,
        amount: f64,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    enum Verdict {
        Accept { rate: f64 },
        Reject(String),
    }

    let scores = HashMap::from([("ann".to_owned(), 720), ("bob".to_owned(), 510)]);
    let rule = Script::compile(
        "const score = creditScore(application.name);
         application.amount > 10 * application.income ? { Reject: 'too much' }
           : score < 600 ? { Reject: `score ${score}` }
           : { Accept: { rate: score > 700 ? 0.03 : 0.05 } }",
    )?;
    let engine = Engine::new()?;
    let decide = |application: &Application| -> tvm::Result<Verdict> {
        // An isolate for each: nothing of one application is there for the next.
        let mut isolate = engine.isolate().heap_bytes(16 << 20).fuel(1_000_000).build()?;
        let mut context = isolate.context();
        let scores = scores.clone();
        context.set_typed_function("creditScore", move |name: String| {
            scores.get(&name).copied().ok_or_else(|| HostError::range_error(format!("nobody knows {name}")))
        })?;
        context.set_global("application", application)?;
        let verdict = context.run_script(&rule)?;
        context.from_value(&verdict)
    };
    let application = |name: &str, amount| Application { name: name.to_owned(), income: 50.0, amount };
    assert_eq!(decide(&application("ann", 100.0))?, Verdict::Accept { rate: 0.03 });
    assert_eq!(decide(&application("ann", 1000.0))?, Verdict::Reject("too much".into()));
    assert_eq!(decide(&application("bob", 100.0))?, Verdict::Reject("score 510".into()));
    let error = decide(&application("eve", 100.0)).expect_err("nobody knows her");
    assert_eq!(error.as_thrown().map(|thrown| thrown.message.as_str()), Some("nobody knows eve"));
    Ok(())
}

/// Plugins that register handlers; one that does not end is stopped and the others go on.
#[test]
fn plugins_with_limits() -> tvm::Result<()> {
    struct Plugin {
        name: &'static str,
        isolate: Isolate,
        handlers: Vec<Value>,
    }

    #[derive(Default)]
    struct Registered(Vec<Value>);

    let engine = Engine::new()?;
    let load = |name, source: &str| -> tvm::Result<Plugin> {
        let mut isolate = engine.isolate().heap_bytes(32 << 20).time(Duration::from_millis(100)).build()?;
        let mut context = isolate.context();
        context.set_function("on", |context, arguments| match arguments.get(0) {
            handler if handler.is_function() => {
                let handler = handler.clone();
                context.data::<Registered>().0.push(handler);
                Ok(Value::UNDEFINED)
            }
            _ => Err(HostError::type_error("on() takes a function")),
        })?;
        context.eval(source)?;
        let handlers = std::mem::take(&mut context.data::<Registered>().0);
        Ok(Plugin { name, isolate, handlers })
    };
    let mut plugins = vec![
        load("shout", "on((text) => text.toUpperCase())")?,
        load("hang", "on((text) => { while (text) ; })")?,
        load("count", "let n = 0; on((text) => `${++n}: ${text}`)")?,
        load("break", "on((text) => { throw new Error(`cannot ${text}`) })")?,
    ];
    let mut told = Vec::new();
    for round in ["one", "two"] {
        plugins.retain_mut(|plugin| {
            let mut context = plugin.isolate.context();
            let answer = context.string(round).and_then(|text| {
                let answer = plugin.handlers[0].call(&mut context, &[text])?;
                context.from_value::<String>(&answer)
            });
            told.push(match &answer {
                Ok(text) => text.clone(),
                Err(error) => {
                    format!("{}: {}", plugin.name, error.as_limit().map_or("threw", |_| "took too long"))
                }
            });
            !matches!(answer, Err(Error::Limit(_)))
        });
    }
    assert_eq!(
        told,
        ["ONE", "hang: took too long", "1: one", "break: threw", "TWO", "2: two", "break: threw"]
    );
    Ok(())
}

/// A pool of threads that each run whatever isolate has something to do; isolates keep their state between requests.
#[test]
fn a_pool_of_tenants() -> tvm::Result<()> {
    type Job = (usize, Isolate);

    let engine = Engine::new()?;
    let (to_workers, jobs) = mpsc::channel::<Job>();
    let jobs = std::sync::Arc::new(std::sync::Mutex::new(jobs));
    let (to_main, done) = mpsc::channel::<(usize, Isolate, tvm::Result<f64>)>();
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (jobs, to_main) = (std::sync::Arc::clone(&jobs), to_main.clone());
            thread::spawn(move || {
                loop {
                    let job = jobs.lock().expect("nobody panics").recv();
                    let Ok((tenant, mut isolate)) = job else { break };
                    let mut context = isolate.context();
                    let result =
                        context.eval("serve()").and_then(|promise| context.run_until_settled(&promise));
                    let result = result.and_then(|value| f64::try_from(&value));
                    to_main.send((tenant, isolate, result)).expect("somebody listens");
                }
            })
        })
        .collect();

    // One thread looks things up for all of them.
    let (to_database, queries) = mpsc::channel::<(u32, Completer)>();
    let database = thread::spawn(move || {
        for (key, completer) in queries {
            completer.resolve(key * 10);
        }
    });
    let make = |tenant: u32| -> tvm::Result<Isolate> {
        let mut isolate = engine.isolate().heap_bytes(16 << 20).build()?;
        let mut context = isolate.context();
        let queries = to_database.clone();
        context.set_async_function("query", move |context, arguments, completer| {
            let key = arguments.parse(context, 0)?;
            queries.send((key, completer)).map_err(HostError::from_display)
        })?;
        context.set_global("tenant", tenant)?;
        context.eval("let served = 0; const serve = async () => await query(tenant) + ++served")?;
        Ok(isolate)
    };
    const TENANTS: usize = 5;
    const ROUNDS: f64 = 4.0;
    for tenant in 0..TENANTS {
        to_workers.send((tenant, make(tenant as u32)?)).expect("workers listen");
    }
    let mut finished = 0;
    while finished < TENANTS {
        let (tenant, isolate, result) = done.recv().expect("workers answer");
        let served = result? - tenant as f64 * 10.0;
        match served < ROUNDS {
            true => to_workers.send((tenant, isolate)).expect("workers listen"),
            false => finished += 1,
        }
    }
    drop((to_workers, to_database));
    workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
    drop(engine);
    database.join().expect("no panic");
    Ok(())
}
