//! Functions of the embedder's that programs call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tvm_bytecode::data::ErrorKind;

use super::completer::{Completer, Outcome};
use super::context::Context;
use super::error::{Error, Result};
use super::value::Value;

/// Classes of errors that a function of the embedder's throws.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum ErrorClass {
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
}

impl ErrorClass {
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            ErrorClass::Error => ErrorKind::Error,
            ErrorClass::TypeError => ErrorKind::TypeError,
            ErrorClass::RangeError => ErrorKind::RangeError,
            ErrorClass::SyntaxError => ErrorKind::SyntaxError,
            ErrorClass::ReferenceError => ErrorKind::ReferenceError,
        }
    }
}

/// What a function of the embedder's throws into the program: an error of a class in the realm of the function, or a
/// value as it is.
///
/// Made of an [`Error`], it throws on what a call of the program's threw, and otherwise an Error that says what was
/// wrong. Limits that a call passed, and interrupts, end the program whatever becomes of this.
#[derive(Clone, Debug)]
pub struct HostError(pub(crate) Fault);

#[derive(Clone, Debug)]
pub(crate) enum Fault {
    New { class: ErrorClass, message: String, code: Option<String> },
    Value(Value),
}

impl HostError {
    /// An error of a class.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> HostError {
        HostError(Fault::New { class, message: message.into(), code: None })
    }

    /// An Error.
    pub fn error(message: impl Into<String>) -> HostError {
        HostError::new(ErrorClass::Error, message)
    }

    /// A TypeError.
    pub fn type_error(message: impl Into<String>) -> HostError {
        HostError::new(ErrorClass::TypeError, message)
    }

    /// A RangeError.
    pub fn range_error(message: impl Into<String>) -> HostError {
        HostError::new(ErrorClass::RangeError, message)
    }

    /// A value of the program's, of whatever kind.
    pub fn value(value: Value) -> HostError {
        HostError(Fault::Value(value))
    }

    /// An Error with the text of another error.
    pub fn from_display(error: impl std::fmt::Display) -> HostError {
        HostError::error(error.to_string())
    }

    /// The same error with a `code`, as those of Node have one. A value stays as it is.
    pub fn with_code(mut self, told: impl Into<String>) -> HostError {
        if let Fault::New { code, .. } = &mut self.0 {
            *code = Some(told.into());
        }
        self
    }
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Fault::New { message, .. } => f.write_str(message),
            Fault::Value(value) => write!(f, "{value:?}"),
        }
    }
}

impl std::error::Error for HostError {}

impl From<Error> for HostError {
    fn from(error: Error) -> HostError {
        match error {
            Error::Thrown(thrown) => HostError::value(thrown.value),
            Error::Convert { .. } | Error::WrongIsolate => HostError::type_error(error.to_string()),
            Error::TooDeep => HostError::range_error("Maximum call stack size exceeded"),
            Error::Compile(error) => HostError::new(ErrorClass::SyntaxError, error.message.clone()),
            other => HostError::error(other.to_string()),
        }
    }
}

impl From<&str> for HostError {
    fn from(message: &str) -> HostError {
        HostError::error(message)
    }
}

impl From<String> for HostError {
    fn from(message: String) -> HostError {
        HostError::error(message)
    }
}

/// What a function of the embedder's was called with.
#[derive(Clone, Debug)]
pub struct Arguments {
    pub(crate) receiver: Value,
    pub(crate) values: Vec<Value>,
}

impl Arguments {
    /// The receiver: `this`.
    pub fn this(&self) -> &Value {
        &self.receiver
    }

    /// An argument; undefined where it was not given.
    pub fn get(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::UNDEFINED)
    }

    /// All that were given.
    pub fn all(&self) -> &[Value] {
        &self.values
    }

    /// How many were given.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// An argument as a Rust value; a TypeError that names it where it is no such value.
    pub fn parse<T: DeserializeOwned>(
        &self,
        context: &mut Context<'_>,
        index: usize,
    ) -> Result<T, HostError> {
        context.from_value(self.get(index)).map_err(|error| match error {
            Error::Convert { path, message } => {
                HostError::type_error(format!("argument {}{path}: {message}", index + 1))
            }
            other => other.into(),
        })
    }
}

/// A function that is called while the program stands still.
pub(crate) type Closure =
    dyn Fn(&mut Context<'_>, &Arguments) -> Result<Value, HostError> + Send + Sync + 'static;
/// A function that says later what came of it.
pub(crate) type AsyncClosure =
    dyn Fn(&mut Context<'_>, &Arguments, Completer) -> Result<(), HostError> + Send + Sync + 'static;
/// A function that gives a future.
pub(crate) type FutureClosure =
    dyn Fn(&mut Context<'_>, &Arguments) -> Result<BoxFuture, HostError> + Send + Sync + 'static;
pub(crate) type BoxFuture = Pin<Box<dyn Future<Output = Outcome> + Send + 'static>>;

/// What stands behind a function object, by its number.
#[derive(Clone)]
pub(crate) enum HostFunction {
    /// Nothing yet: the isolate was resumed.
    Missing(String),
    Sync(Arc<Closure>),
    Async(Arc<AsyncClosure>),
    Future(Arc<FutureClosure>),
}

/// Closures of up to eight arguments that can be read by serde, giving `Result<R, HostError>` of what can be written.
///
/// A missing argument reads as `undefined`, which an `Option` takes. An argument may be a [`Value`] as well.
pub trait TypedFunction<Args>: Send + Sync + 'static {
    /// Reads the arguments, calls it, and writes what it gives.
    fn call_typed(&self, context: &mut Context<'_>, arguments: &Arguments) -> Result<Value, HostError>;
}

macro_rules! typed_functions {
    ($(($($argument:ident $index:literal),*);)*) => {$(
        impl<F, R, $($argument,)*> TypedFunction<(R, $($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Result<R, HostError> + Send + Sync + 'static,
            R: Serialize,
            $($argument: DeserializeOwned,)*
        {
            #[allow(unused_variables)]
            fn call_typed(&self, context: &mut Context<'_>, arguments: &Arguments) -> Result<Value, HostError> {
                let result = self($(arguments.parse::<$argument>(context, $index)?),*)?;
                Ok(context.to_value(&result)?)
            }
        }
    )*};
}

typed_functions! {
    ();
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, G 5);
    (A 0, B 1, C 2, D 3, E 4, G 5, H 6);
    (A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
}
