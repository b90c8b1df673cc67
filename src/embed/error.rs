//! What can go wrong, and what there is to know of it.

use std::fmt;

use tvm_runtime::base::vm::CompileFailure;
use tvm_runtime::snapshot::RestoreError;

use super::value::Value;

/// What results of this interface fail with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something that was asked of an isolate was not done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Source text was refused.
    Compile(Box<CompileError>),
    /// The program threw, and nobody caught it. The isolate goes on.
    Thrown(Box<Thrown>),
    /// The program passed a limit. The isolate has ended; [`Isolate::recover`](crate::Isolate::recover) may help.
    Limit(LimitError),
    /// Somebody stopped it by an [`InterruptHandle`](crate::InterruptHandle). The isolate has ended, as above.
    Interrupted,
    /// The program ended itself by `process.exit` or the like.
    Exited(i32),
    /// A value could not be converted. The text says what was there and what was wanted.
    Convert {
        /// Where in the value, as `.orders[3].price`; empty for the value itself.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A value, context or function of another isolate.
    WrongIsolate,
    /// This cannot be done from within a function that the program has called, or by a future.
    Busy(&'static str),
    /// Functions of the embedder and of the program call each other too deep.
    TooDeep,
    /// A promise was to be waited for that nothing is left to settle.
    Unsettled,
    /// Bytes are no bytecode, or not valid bytecode.
    Bytecode(String),
    /// A snapshot could not be written or resumed.
    Snapshot(String),
    /// The system refused something: memory, files, threads.
    System(String),
    /// A defect of tvm. The isolate has ended, and cannot be recovered.
    Defect(String),
}

/// A source text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileError {
    /// What the text is called.
    pub name: String,
    /// What is wrong.
    pub message: String,
    /// Line from 1, 0 for none.
    pub line: u32,
    /// Column from 1.
    pub column: u32,
}

impl CompileError {
    pub(crate) fn new(name: &str, failure: CompileFailure) -> CompileError {
        let CompileFailure { message, line, column, .. } = failure;
        CompileError { name: name.to_owned(), message, line, column }
    }
}

/// An exception that nobody caught.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Thrown {
    /// The value thrown, of whatever kind.
    pub value: Value,
    /// The error's class as it names itself (`TypeError`); empty for what is no Error.
    pub name: String,
    /// Its message; for what is no Error what the value looks like.
    pub message: String,
    /// Its stack trace; empty where it has none.
    pub stack: String,
    /// Where it was thrown, as far as that is known: file, line, column.
    pub place: Option<(String, u32, u32)>,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            f.write_str(&self.name)?;
            f.write_str(if self.message.is_empty() { "" } else { ": " })?;
        }
        f.write_str(&self.message)?;
        match &self.place {
            Some((file, line, column)) => write!(f, " ({file}:{line}:{column})"),
            None => Ok(()),
        }
    }
}

/// A limit that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitError {
    /// Which.
    pub which: LimitKind,
    /// How much was used, in the limit's unit.
    pub used: u64,
    /// How much was allowed.
    pub limit: u64,
}

/// Kinds of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// Memory, in bytes. An isolate that passed it cannot be recovered.
    Heap,
    /// Wall time, in milliseconds.
    Time,
    /// Fuel, in units.
    Fuel,
    /// Output, in bytes.
    Output,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = match self.which {
            LimitKind::Heap => ("memory", "bytes"),
            LimitKind::Time => ("time", "ms"),
            LimitKind::Fuel => ("fuel", "units"),
            LimitKind::Output => ("output", "bytes"),
        };
        write!(f, "{name} limit passed: {} {unit} of {} allowed", self.used, self.limit)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Compile(error) => {
                let CompileError { name, message, line, column } = &**error;
                write!(f, "{message} ({name}:{line}:{column})")
            }
            Error::Thrown(thrown) => thrown.fmt(f),
            Error::Limit(limit) => limit.fmt(f),
            Error::Interrupted => f.write_str("interrupted"),
            Error::Exited(status) => write!(f, "the program ended itself with status {status}"),
            Error::Convert { path, message } if path.is_empty() => f.write_str(message),
            Error::Convert { path, message } => write!(f, "at {path}: {message}"),
            Error::WrongIsolate => f.write_str("a value of another isolate"),
            Error::Busy(what) => write!(f, "{what} while the isolate is at work"),
            Error::TooDeep => {
                f.write_str("functions of the embedder and of the program call each other too deep")
            }
            Error::Unsettled => f.write_str("nothing is left to settle the promise"),
            Error::Bytecode(what) => write!(f, "not valid bytecode: {what}"),
            Error::Snapshot(what) | Error::System(what) => f.write_str(what),
            Error::Defect(what) => write!(f, "a defect of tvm: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<RestoreError> for Error {
    fn from(error: RestoreError) -> Error {
        Error::Snapshot(error.to_string())
    }
}

impl Error {
    pub(crate) fn convert(message: impl Into<String>) -> Error {
        Error::Convert { path: String::new(), message: message.into() }
    }

    /// The exception, where this is one.
    pub fn as_thrown(&self) -> Option<&Thrown> {
        match self {
            Error::Thrown(thrown) => Some(thrown),
            _ => None,
        }
    }

    /// The limit, where one was passed.
    pub fn as_limit(&self) -> Option<LimitError> {
        match self {
            Error::Limit(limit) => Some(*limit),
            _ => None,
        }
    }
}
