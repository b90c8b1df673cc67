//! Calls whose answer comes later: by a [`Completer`], from any thread, or by a future.

use std::sync::Arc;
use std::task::Wake;

use serde::Serialize;

use super::context::Context;
use super::error::Result;
use super::function::HostError;
use super::shared::Shared;
use super::value::Value;

/// How a call ended: what gives the value, on the isolate's thread.
pub(crate) type Outcome = Box<dyn FnOnce(&mut Context<'_>) -> Result<Value, HostError> + Send + 'static>;

pub(crate) fn outcome<T: Serialize + Send + 'static>(result: Result<T, HostError>) -> Outcome {
    Box::new(move |context| Ok(context.to_value(&result?)?))
}

/// Settles the promise that a call of an asynchronous function of the embedder's has given: once, from any thread,
/// without an executor. The isolate hears of it when its event loop runs, which waits for it.
///
/// Dropped without an answer, it rejects the promise with an Error. Where the isolate has gone, nothing happens.
///
/// ```
/// # fn main() -> tvm::Result<()> {
/// let mut isolate = tvm::Engine::new()?.new_isolate()?;
/// let mut context = isolate.context();
/// context.set_async_function("slowly", |context, arguments, completer| {
///     let number: f64 = arguments.parse(context, 0)?;
///     std::thread::spawn(move || completer.resolve(number * 2.0));
///     Ok(())
/// })?;
/// let promise = context.eval("(async () => await slowly(20) + 2)()")?;
/// assert_eq!(context.run_until_settled(&promise)?.as_f64(), Some(42.0));
/// # Ok(())
/// # }
/// ```
pub struct Completer {
    call: u64,
    /// Until it has answered.
    shared: Option<Arc<Shared>>,
}

impl Completer {
    pub(crate) fn new(call: u64, shared: Arc<Shared>) -> Completer {
        Completer { call, shared: Some(shared) }
    }

    /// Fulfils the promise with what serde makes of a value.
    pub fn resolve<T: Serialize + Send + 'static>(self, value: T) {
        self.complete(outcome(Ok(value)));
    }

    /// Rejects it.
    pub fn reject(self, error: impl Into<HostError>) {
        let error = error.into();
        self.complete(Box::new(move |_| Err(error)));
    }

    /// Settles it as a result says.
    pub fn settle<T: Serialize + Send + 'static>(self, result: Result<T, HostError>) {
        self.complete(outcome(result));
    }

    /// Settles it with what a closure gives, which is called on the isolate's thread: it can make values.
    pub fn settle_with(
        self,
        make: impl FnOnce(&mut Context<'_>) -> Result<Value, HostError> + Send + 'static,
    ) {
        self.complete(Box::new(make));
    }

    fn complete(mut self, outcome: Outcome) {
        if let Some(shared) = self.shared.take() {
            shared.complete(self.call, outcome);
        }
    }
}

impl Drop for Completer {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared
                .complete(self.call, Box::new(|_| Err(HostError::error("the call was dropped unanswered"))));
        }
    }
}

impl std::fmt::Debug for Completer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Completer({})", self.call)
    }
}

/// Wakes the isolate's event loop for a call's future.
pub(crate) struct FutureWaker {
    pub call: u64,
    pub shared: Arc<Shared>,
}

impl Wake for FutureWaker {
    fn wake(self: Arc<Self>) {
        self.shared.wake(self.call);
    }
}
