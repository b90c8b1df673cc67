//! Source text to verified units: what the runtime asks of the front end.
//!
//! The parser cannot be interrupted. A large text is therefore compiled on a thread of its own while the isolate's
//! looks whether to stop; where it does, it leaves that thread behind, which ends at the end of its pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};
use tvm_frontend::{CompileError, CompileErrorKind, EvalContext, ExternalScope, Goal, Options};
use tvm_runtime::base::limits::LARGE_SOURCE;
use tvm_runtime::base::vm::{
    CompileFailure, CompileFailureKind, CompileGoal, CompileRequest, SourceCompiler,
};

/// How often the isolate's thread looks whether to stop while a large text is compiled.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Native stack of the thread that compiles a large text, bytes.
const STACK_BYTES: usize = 8 << 20;

/// The front end, the encoder and the verifier, one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compiler;

impl SourceCompiler for Compiler {
    fn compile(&self, request: &CompileRequest<'_>) -> Result<Verified, CompileFailure> {
        if matches!(request.goal, CompileGoal::CommonJsOrModule) {
            let attempt = |goal: CompileGoal<'_>| {
                let strict = request.strict || matches!(goal, CompileGoal::Module);
                self.compile(&CompileRequest { goal, strict, ..*request })
            };
            let common_js = || attempt(CompileGoal::CommonJs);
            return crate::program::guess(request.source, common_js, || attempt(CompileGoal::Module));
        }
        carry_out(request, |source, options| {
            let data = tvm_frontend::compile(source, options).map_err(|error| failure(&error))?;
            let bytes = data.encode().map_err(|error| too_large(&error.to_string()))?;
            checked(bytes).map_err(|error| too_large(&error))
        })
    }

    fn check(&self, request: &CompileRequest<'_>) -> Result<(), CompileFailure> {
        carry_out(request, |source, options| {
            tvm_frontend::check(source, options).map_err(|error| failure(&error))
        })
    }
}

/// Does `work` here, or where the text is large and the request may be stopped, on another thread.
fn carry_out<T: Send + 'static>(
    request: &CompileRequest<'_>,
    work: fn(&str, &Options<'_>) -> Result<T, CompileFailure>,
) -> Result<T, CompileFailure> {
    match request.stop {
        Some(stop) if request.source.len() >= LARGE_SOURCE => aside(request, stop, work),
        _ => {
            let options = Mode::of(request).options(request.name, goal(&request.goal), request.surrogates);
            work(request.source, &options)
        }
    }
}

fn aside<T: Send + 'static>(
    request: &CompileRequest<'_>,
    stop: &dyn Fn() -> bool,
    work: fn(&str, &Options<'_>) -> Result<T, CompileFailure>,
) -> Result<T, CompileFailure> {
    let (source, name) = (request.source.to_owned(), request.name.to_owned());
    let (surrogates, goal, mode) = (request.surrogates.to_vec(), goal(&request.goal), Mode::of(request));
    let cancelled = Arc::new(AtomicBool::new(false));
    let (send, receive) = channel();
    let thread = std::thread::Builder::new().name("tvm-compile".into()).stack_size(STACK_BYTES).spawn({
        let cancelled = Arc::clone(&cancelled);
        move || {
            let options = mode.options(&name, goal, &surrogates);
            let options = Options { cancelled: Some(&cancelled), ..options };
            // Nobody listens where the isolate did not wait.
            let _ = send.send(work(&source, &options));
        }
    });
    if let Err(error) = thread {
        return Err(too_large(&format!("no thread for compiling: {error}")));
    }
    loop {
        match receive.recv_timeout(LOOK_EVERY) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) if stop() => {
                cancelled.store(true, Ordering::Relaxed);
                return Err(failure_without_place(CompileFailureKind::Stopped, "stopped while compiling"));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(too_large("the compiler failed on this source text"));
            }
        }
    }
}

/// What of a request can go to another thread as it is.
#[derive(Clone, Copy)]
struct Mode {
    strict: bool,
    typescript: bool,
    completion_value: bool,
    offset: [i32; 2],
}

impl Mode {
    fn of(request: &CompileRequest<'_>) -> Mode {
        let &CompileRequest { strict, typescript, completion_value, offset, .. } = request;
        Mode { strict, typescript, completion_value, offset }
    }

    fn options<'a>(self, name: &'a str, goal: Goal<'a>, surrogates: &'a [(char, u16)]) -> Options<'a> {
        let Mode { strict, typescript, completion_value, offset } = self;
        Options { strict, typescript, completion_value, offset, surrogates, ..Options::new(name, goal) }
    }
}

fn goal(goal: &CompileGoal<'_>) -> Goal<'static> {
    match goal {
        CompileGoal::Script | CompileGoal::Function => Goal::Script,
        CompileGoal::Module => Goal::Module,
        CompileGoal::CommonJs | CompileGoal::CommonJsOrModule => Goal::CommonJs,
        CompileGoal::Indirect => Goal::Eval(EvalContext::default()),
        CompileGoal::Eval { unit, scope, flags } => {
            Goal::Eval(EvalContext { scopes: ExternalScope::chain(unit, *scope), flags: *flags })
        }
    }
}

/// Verifies what the encoder wrote.
fn checked(bytes: Vec<u8>) -> Result<Verified, String> {
    let unit = Unit::parse(Arc::new(bytes)).map_err(|error| error.to_string())?;
    verify(unit, Origin::Guest).map_err(|error| error.to_string())
}

fn too_large(message: &str) -> CompileFailure {
    failure_without_place(CompileFailureKind::Limit, message)
}

fn failure_without_place(kind: CompileFailureKind, message: &str) -> CompileFailure {
    CompileFailure { message: message.to_owned(), line: 0, column: 0, kind }
}

/// A front end's error as the runtime knows it.
pub fn failure(error: &CompileError) -> CompileFailure {
    CompileFailure {
        message: error.message.clone(),
        line: error.line,
        column: error.column,
        kind: match error.kind {
            CompileErrorKind::Syntax => CompileFailureKind::Syntax,
            CompileErrorKind::Limit => CompileFailureKind::Limit,
            CompileErrorKind::Cancelled => CompileFailureKind::Stopped,
        },
    }
}
