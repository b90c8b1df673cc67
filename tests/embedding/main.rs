//! The Rust API.

mod examples;
mod functions;
mod isolates;
mod later;
mod programs;
mod serde;
mod values;

use tvm::{Engine, Error, Isolate};

/// An engine that is hostile to what it makes: code is compiled early.
fn engine() -> Engine {
    Engine::builder().jit_threshold(50).build().expect("an engine")
}

/// One after the other: plain, compiled early, and with everything moved at every allocation.
fn isolates() -> Vec<Isolate> {
    let plain = Engine::builder().jit(false).build().expect("an engine");
    vec![
        plain.new_isolate().expect("an isolate"),
        engine().new_isolate().expect("an isolate"),
        plain.isolate().collect_always(true).build().expect("an isolate"),
    ]
}

/// What was thrown, as `Name: message`.
fn thrown<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Thrown(thrown)) => format!("{}: {}", thrown.name, thrown.message),
        other => panic!("nothing was thrown: {other:?}"),
    }
}
