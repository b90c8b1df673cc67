//! Source text to verified units: what the runtime asks of the front end.

use std::sync::Arc;

use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};
use tvm_frontend::{CompileError, CompileErrorKind, EvalContext, ExternalScope, Goal, Options};
use tvm_runtime::base::vm::{CompileFailure, CompileGoal, CompileRequest, SourceCompiler};

/// The front end, the encoder and the verifier, one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compiler;

impl SourceCompiler for Compiler {
    fn compile(&self, request: &CompileRequest<'_>) -> Result<Verified, CompileFailure> {
        let data =
            tvm_frontend::compile(request.source, &options(request)).map_err(|error| failure(&error))?;
        let bytes = data.encode().map_err(|error| too_large(&error.to_string()))?;
        checked(bytes).map_err(|error| too_large(&error))
    }

    fn check(&self, request: &CompileRequest<'_>) -> Result<(), CompileFailure> {
        tvm_frontend::check(request.source, &options(request)).map_err(|error| failure(&error))
    }
}

fn options<'a>(request: &CompileRequest<'a>) -> Options<'a> {
    let goal = match &request.goal {
        CompileGoal::Script | CompileGoal::Function => Goal::Script,
        CompileGoal::Module => Goal::Module,
        CompileGoal::Indirect => Goal::Eval(EvalContext::default()),
        CompileGoal::Eval { unit, scope, flags } => {
            Goal::Eval(EvalContext { scopes: ExternalScope::chain(unit, *scope), flags: *flags })
        }
    };
    Options {
        strict: request.strict,
        typescript: request.typescript,
        completion_value: request.completion_value,
        surrogates: request.surrogates,
        ..Options::new(request.name, goal)
    }
}

/// Verifies what the encoder wrote.
fn checked(bytes: Vec<u8>) -> Result<Verified, String> {
    let unit = Unit::parse(Arc::new(bytes)).map_err(|error| error.to_string())?;
    verify(unit, Origin::Guest).map_err(|error| error.to_string())
}

fn too_large(message: &str) -> CompileFailure {
    CompileFailure { message: message.to_owned(), line: 0, column: 0, limit: true }
}

/// A front end's error as the runtime knows it.
pub fn failure(error: &CompileError) -> CompileFailure {
    CompileFailure {
        message: error.message.clone(),
        line: error.line,
        column: error.column,
        limit: error.kind == CompileErrorKind::Limit,
    }
}
