//! Functions of the host's that answer later, and the event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tvm::{Completer, Error, HostError};

use crate::{engine, isolates, thrown};

#[test]
fn completers_answer_from_other_threads() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context
            .set_async_function("fetch", |context, arguments, completer| {
                let path: String = arguments.parse(context, 0)?;
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(10));
                    match path.as_str() {
                        "/gone" => completer.reject(HostError::range_error("gone").with_code("E_GONE")),
                        "/lost" => drop(completer),
                        "/made" => completer.settle_with(|context| Ok(context.eval("({ made: here })")?)),
                        path => completer.resolve(vec![path.to_owned(), "body".to_owned()]),
                    }
                });
                Ok(())
            })
            .expect("a function");
        let source = "globalThis.here = 'here';
            const told = (p) => p.then((v) => JSON.stringify(v), (e) => `${e.name} ${e.message} ${e.code}`);
            Promise.all(['/a', '/b', '/gone', '/lost', '/made'].map((p) => told(fetch(p)))).then((all) => all.join('; '))";
        let promise = context.eval(source).expect("it runs");
        assert!(promise.is_promise());
        let text =
            context.run_until_settled(&promise).expect("it settles").to_text(&mut context).expect("a text");
        let wanted = r#"["/a","body"]; ["/b","body"]; RangeError gone E_GONE; Error the call was dropped unanswered undefined; {"made":"here"}"#;
        assert_eq!(text, wanted);
        assert!(
            thrown(context.eval("fetch(1)").and_then(|p| context.run_until_settled(&p)))
                .starts_with("TypeError: argument 1")
        );
        assert_eq!(isolate.usage().pending_calls, 0);
    }
}

/// The loop waits for answers and timers, in whatever order they come.
#[test]
fn the_loop_waits_for_what_comes_first() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let waiting: Arc<Mutex<Vec<Completer>>> = Arc::default();
    let store = Arc::clone(&waiting);
    context
        .set_async_function("ask", move |_, _, completer| {
            store.lock().expect("nobody panics").push(completer);
            Ok(())
        })
        .expect("a function");
    let source = "globalThis.log = []; ask().then((v) => log.push(v));
        setTimeout(() => log.push('timer'), 5); setTimeout(() => log.push('late'), 60); 0";
    context.eval(source).expect("it runs");
    let answer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        let completer = waiting.lock().expect("nobody panics").pop().expect("a call");
        completer.resolve("answer");
    });
    context.run().expect("it runs");
    answer.join().expect("no panic");
    assert_eq!(context.eval_as::<Vec<String>>("log").expect("a list"), ["timer", "answer", "late"]);
}

#[test]
fn promises_are_made_by_the_host() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let (promise, completer) = context.promise().expect("a promise");
    context.set_global_value("promise", &promise).expect("a global");
    let chained = context.eval("promise.then((v) => v + 1)").expect("it runs");
    // Thenables are taken over, as by resolve.
    completer.settle_with(|context| Ok(context.eval("({ then(resolve) { resolve(41) } })")?));
    assert_eq!(context.run_until_settled(&chained).expect("it settles").as_f64(), Some(42.0));
}

#[test]
fn promises_that_nothing_settles_are_errors() {
    let mut isolate = engine().new_isolate().expect("an isolate");
    let mut context = isolate.context();
    let never = context.eval("new Promise(() => {})").expect("it runs");
    assert!(matches!(context.run_until_settled(&never), Err(Error::Unsettled)));
    let settled = context.eval("'no promise'").expect("it runs");
    let same = context.run_until_settled(&settled).expect("it is given");
    assert_eq!(same.to_text(&mut context).expect("a text"), "no promise");
    let rejected = context.eval("Promise.reject(new RangeError('r'))").expect("it runs");
    assert_eq!(thrown(context.run_until_settled(&rejected)), "RangeError: r");
    // Rejections that nobody looks at are reported where that is asked for.
    let mut isolate = engine().isolate().report_rejections(true).build().expect("an isolate");
    assert_eq!(thrown(isolate.context().eval("Promise.reject(new RangeError('r')); 1")), "RangeError: r");
}

/// A future that somebody else wakes.
#[derive(Default)]
struct Gate {
    state: Arc<Mutex<(Option<f64>, Option<Waker>)>>,
}

impl Future for Gate {
    type Output = f64;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<f64> {
        let mut state = self.state.lock().expect("nobody panics");
        match state.0 {
            Some(value) => Poll::Ready(value),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[test]
fn futures_are_polled_by_the_loop() {
    for mut isolate in isolates() {
        let mut context = isolate.context();
        context
            .set_future_function("slow", |context, arguments| {
                let number: f64 = arguments.parse(context, 0)?;
                let gate = Gate::default();
                let state = Arc::clone(&gate.state);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(5));
                    let mut state = state.lock().expect("nobody panics");
                    state.0 = Some(number);
                    if let Some(waker) = state.1.take() {
                        waker.wake();
                    }
                });
                Ok(async move {
                    match gate.await {
                        bad if bad < 0.0 => Err(HostError::range_error("negative")),
                        good => Ok(good * 2.0),
                    }
                })
            })
            .expect("a function");
        let promise = context.eval("(async () => await slow(1) + await slow(20))()").expect("it runs");
        assert_eq!(context.run_until_settled(&promise).expect("it settles").as_f64(), Some(42.0));
        let promise = context.eval("slow(-1)").expect("it runs");
        assert_eq!(thrown(context.run_until_settled(&promise)), "RangeError: negative");
    }
}

#[test]
fn waiting_is_bounded_and_interrupted() {
    let mut isolate = engine().isolate().time(Duration::from_millis(60)).build().expect("an isolate");
    let mut context = isolate.context();
    let (send, receive) = mpsc::channel();
    context
        .set_async_function("ask", move |_, _, completer| {
            send.send(completer).map_err(HostError::from_display)
        })
        .expect("a function");
    let promise = context.eval("ask()").expect("it runs");
    let start = Instant::now();
    assert!(matches!(context.run_until_settled(&promise), Err(Error::Limit(_))));
    assert!(start.elapsed() >= Duration::from_millis(55) && start.elapsed() < Duration::from_secs(5));
    isolate.recover().expect("it recovers");
    isolate.set_time(None);
    // The call is still to be answered.
    let handle = isolate.interrupt_handle();
    let waker = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        handle.interrupt();
    });
    assert!(matches!(isolate.run(), Err(Error::Interrupted)));
    waker.join().expect("no panic");
    isolate.recover().expect("it recovers");
    receive.recv().expect("a call").resolve(7);
    assert_eq!(isolate.run_until_settled(&promise).expect("it settles").as_f64(), Some(7.0));
    // Where the isolate has gone, an answer does no harm.
    isolate.context().eval("ask(); ask()").expect("it runs");
    drop(isolate);
    receive.recv().expect("a call").resolve(8);
    drop(receive.recv().expect("a call"));
}
