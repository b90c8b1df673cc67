//! A program that is given its text piece by piece: what the REPL runs.
//!
//! Each piece is a script in the same realm. Its value is printed by the program's own inspector; declarations may be
//! repeated; `await` may stand at the top.

use tvm_bytecode::Verified;
use tvm_frontend::repl::async_text;
use tvm_runtime::base::exit::{Exit, Termination};
use tvm_runtime::base::vm::{CompileFailure, CompileGoal, CompileRequest, SourceCompiler};
use tvm_runtime::builtins::console::repl_is_busy;
use tvm_runtime::fiber::Stop;
use tvm_runtime::heap::Isolate;
use tvm_runtime::library::lib;

use crate::compiler::Compiler;
use crate::program::Program;

/// A program under conversation.
pub struct Session {
    /// The program.
    pub program: Program,
    /// Pieces so far: they are numbered in stack traces.
    count: u32,
}

/// How the evaluation of a piece ended.
#[derive(Debug)]
pub enum Evaluated {
    /// Its value was printed.
    Done,
    /// It was refused.
    Refused(CompileFailure),
    /// It threw, or was ended.
    Stopped(Stop),
}

/// A piece that was compiled.
struct Piece {
    unit: Verified,
    is_async: bool,
}

impl Session {
    /// Begins a conversation with a program that has run nothing yet.
    pub fn new(mut program: Program) -> Session {
        program.isolate.vm.redeclares = true;
        Session { program, count: 0 }
    }

    /// Compiles and runs a piece, waits for what it awaits, and prints its value.
    pub fn evaluate(&mut self, text: &str) -> Evaluated {
        self.count += 1;
        let piece = match compile(text, &format!("REPL{}", self.count)) {
            Ok(piece) => piece,
            Err(failure) => return Evaluated::Refused(failure),
        };
        let outcome = self.start(piece).and_then(|()| self.finish());
        match outcome {
            Ok(()) => Evaluated::Done,
            Err(stop) => {
                self.recover(&stop);
                Evaluated::Stopped(stop)
            }
        }
    }

    /// Runs timers until none is left.
    pub fn run_timers(&mut self) -> Result<(), Stop> {
        let outcome = self.program.run();
        if let Err(stop) = &outcome {
            self.recover(stop);
        }
        outcome
    }

    /// Whether timers wait.
    pub fn has_timers(&mut self) -> bool {
        self.program.isolate.enter(|cx| cx.next_timer_due().is_some())
    }

    /// Names that complete a path.
    pub fn completions(&mut self, path: &[String]) -> Vec<String> {
        self.program.isolate.enter(|cx| cx.completions(path).unwrap_or_default())
    }

    fn start(&mut self, piece: Piece) -> Result<(), Stop> {
        let isolate = &mut self.program.isolate;
        let queued: Result<(), Exit> = isolate.enter(|cx| {
            let realm = cx.first_realm().root(cx);
            let script = cx.script_function(piece.unit, realm)?;
            let run = cx.library_function(if piece.is_async { lib::replRunAsync } else { lib::replRun })?;
            cx.queue_task(run.any(), &[script.any()])
        });
        queued.map_err(|exit| isolate.stop_of(exit))
    }

    fn finish(&mut self) -> Result<(), Stop> {
        let isolate = &mut self.program.isolate;
        let outcome = wait(isolate);
        // What the piece itself awaited threw here, not in some promise.
        outcome.map_err(|stop| match stop {
            Stop::Threw { value, in_promise } => {
                let in_promise = in_promise && !isolate.enter(repl_is_busy);
                Stop::Threw { value, in_promise }
            }
            ended => ended,
        })
    }

    /// Makes the program ready for the next piece.
    fn recover(&mut self, stop: &Stop) {
        if matches!(stop, Stop::Ended(Termination::Exit(_))) {
            return;
        }
        self.program.isolate.abandon();
        let limits = self.program.isolate.vm.limits;
        self.program.isolate.vm.restart_meter(&limits);
    }
}

/// Runs until nothing is under way, or what is waits for nothing that will come.
fn wait(isolate: &mut Isolate) -> Result<(), Stop> {
    isolate.run_ready()?;
    while isolate.enter(repl_is_busy) && isolate.wait_for_timer()? {}
    Ok(())
}

/// Whether a text may go on on the next line.
pub fn is_incomplete(text: &str) -> bool {
    match compile(text, "REPL") {
        Ok(_) => false,
        Err(failure) => stops_early(text, &failure),
    }
}

/// Whether a text was refused because it ended too soon.
fn stops_early(text: &str, failure: &CompileFailure) -> bool {
    if failure.message.contains("`EOF`") || failure.message.contains("Unterminated multiline comment") {
        return true;
    }
    if failure.message.contains("Unterminated string") {
        let line = text.lines().nth(failure.line.saturating_sub(1) as usize).unwrap_or("");
        let opening = line.chars().nth(failure.column.saturating_sub(1) as usize);
        return opening == Some('`') || text.trim_end_matches('\n').ends_with('\\');
    }
    let text = text.trim_end();
    let last = text.lines().last().unwrap_or("");
    let end = (text.lines().count() as u32, last.encode_utf16().count() as u32 + 1);
    failure.message.contains("Unexpected token") && (failure.line, failure.column) >= end
}

/// Compiles a piece: as an expression where it may be an object literal, as JavaScript, with `await`, as TypeScript.
fn compile(text: &str, name: &str) -> Result<Piece, CompileFailure> {
    let script = |source: &str, typescript: bool, is_async: bool| {
        let plain = CompileRequest::new(source, name, CompileGoal::Script);
        let request = CompileRequest { typescript, completion_value: true, ..plain };
        Compiler.compile(&request).map(|unit| Piece { unit, is_async })
    };
    let trimmed = text.trim();
    if trimmed.starts_with('{')
        && !trimmed.ends_with(';')
        && let Ok(piece) = script(&format!("({trimmed}\n)"), false, false)
    {
        return Ok(piece);
    }
    let failure = match script(text, false, false) {
        Ok(piece) => return Ok(piece),
        Err(failure) => failure,
    };
    if let Ok(piece) = script(text, true, false) {
        return Ok(piece);
    }
    if !text.contains("await") {
        return Err(failure);
    }
    for typescript in [false, true] {
        if let Some(text) = async_text(text, typescript)
            && let Ok(piece) = script(&text, typescript, true)
        {
            return Ok(piece);
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::is_incomplete;

    #[test]
    fn texts_that_go_on() {
        for text in [
            "function f() {",
            "a +",
            "`abc",
            "[1,",
            "foo(",
            "/* c",
            "if (a)",
            "({a:1",
            "await (",
            "'x\\",
            "x = {\n",
        ] {
            assert!(is_incomplete(text), "{text}");
        }
        for text in [
            "",
            "1",
            ")",
            "import a from 'b'",
            "a b",
            "'abc",
            "/re",
            "let y: number = 4",
            "await 1",
            "{a: 1}",
            "return 1",
        ] {
            assert!(!is_incomplete(text), "{text}");
        }
    }
}
