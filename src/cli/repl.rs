//! `tvm repl`: a conversation with a program.

use std::cell::RefCell;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};
use tvm::program::{Program, ProgramOptions, StartError};
use tvm::session::{Evaluated, Session, is_incomplete};
use tvm::{Stop, Termination};

use super::grants::GrantArguments;
use super::limits::LimitArguments;
use super::tell;

/// How long timers are waited for at once.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Lines of history that are kept.
const HISTORY: usize = 1000;

const HELP: &str = "\
.break       forget the text begun
.exit        leave; so does Ctrl-D
.help        this list
.load FILE   run a file's text here
.save FILE   write what was entered so far to a file
Ctrl-C stops what runs; _ is the last value.";

/// Arguments of `tvm repl`.
#[derive(Args, Default)]
pub struct Repl {
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    grants: GrantArguments,
}

/// What goes on.
enum Step {
    Next,
    End(u8),
}

/// Carries out `tvm repl`.
pub fn run(arguments: &Repl) -> ExitCode {
    let status = talk(arguments).unwrap_or_else(|error| tell::start_error(&error));
    ExitCode::from(status)
}

fn talk(arguments: &Repl) -> Result<u8, StartError> {
    let mut program = Program::new(ProgramOptions {
        limits: arguments.limits.limits(),
        zeal: Default::default(),
        test262: false,
        host: Box::new(arguments.grants.host()?),
        tiers: None,
        arguments: vec!["[repl]".to_owned()],
    })?;
    program.stop_at_interrupt();
    program.begin_in(Path::new("."));
    program.install_require("[repl]")?;
    let mut talk = Talk { session: Rc::new(RefCell::new(Session::new(program))), entered: Vec::new() };
    if std::io::stdin().is_terminal() {
        return talk.with_terminal();
    }
    let mut pending = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| StartError::Other(format!("cannot read standard input: {error}")))?;
        if let Step::End(status) = talk.line(&mut pending, &line) {
            return Ok(status);
        }
    }
    Ok(talk.end(&pending))
}

/// The conversation.
struct Talk {
    session: Rc<RefCell<Session>>,
    /// What was entered, for `.save`.
    entered: Vec<String>,
}

impl Talk {
    fn with_terminal(&mut self) -> Result<u8, StartError> {
        let failed = |error: ReadlineError| StartError::Other(format!("cannot use the terminal: {error}"));
        let config = rustyline::Config::builder()
            .max_history_size(HISTORY)
            .map_err(failed)?
            .auto_add_history(true)
            .build();
        let mut editor: Editor<Names, DefaultHistory> = Editor::with_config(config).map_err(failed)?;
        editor.set_helper(Some(Names { session: Rc::clone(&self.session) }));
        let history = history_file();
        if let Some(history) = &history {
            // There is none the first time.
            let _ = editor.load_history(history);
        }
        println!("tvm {}: .help tells more", env!("CARGO_PKG_VERSION"));
        let status = self.read_lines(&mut editor)?;
        if let Some(history) = &history {
            let _ = editor.save_history(history);
        }
        Ok(status)
    }

    fn read_lines(&mut self, editor: &mut Editor<Names, DefaultHistory>) -> Result<u8, StartError> {
        let mut interrupted = false;
        loop {
            match editor.readline("> ") {
                Ok(text) => {
                    interrupted = false;
                    let step = if text.starts_with('.') && is_command(&text) {
                        self.command(&text)
                    } else {
                        self.evaluate(&text)
                    };
                    if let Step::End(status) = step {
                        return Ok(status);
                    }
                    if let Step::End(status) = self.timers(line_is_typed) {
                        return Ok(status);
                    }
                }
                Err(ReadlineError::Interrupted) if !interrupted => {
                    interrupted = true;
                    println!("(Ctrl-C once more, Ctrl-D or .exit ends)");
                }
                Err(ReadlineError::Interrupted | ReadlineError::Eof) => {
                    return Ok(self.session.borrow().program.exit_status());
                }
                Err(error) => return Err(StartError::Other(format!("cannot read the line: {error}"))),
            }
        }
    }

    /// Takes a line that may continue the text begun.
    fn line(&mut self, pending: &mut String, line: &str) -> Step {
        if is_command(line) {
            if line.trim() == ".break" {
                pending.clear();
                return Step::Next;
            }
            return self.command(line);
        }
        pending.push_str(line);
        pending.push('\n');
        if is_incomplete(pending) {
            return Step::Next;
        }
        let text = std::mem::take(pending);
        self.evaluate(&text)
    }

    /// The end of the input: what was begun is told to be incomplete, timers run out.
    fn end(&mut self, pending: &str) -> u8 {
        if !pending.trim().is_empty()
            && let Step::End(status) = self.evaluate(pending)
        {
            return status;
        }
        match self.timers(|wait| {
            std::thread::sleep(wait);
            false
        }) {
            Step::End(status) => status,
            Step::Next => self.session.borrow().program.exit_status(),
        }
    }

    fn evaluate(&mut self, text: &str) -> Step {
        if text.trim().is_empty() {
            return Step::Next;
        }
        self.entered.push(text.trim_end().to_owned());
        let mut session = self.session.borrow_mut();
        match session.evaluate(text) {
            Evaluated::Done => Step::Next,
            Evaluated::Refused(failure) => {
                let kind = failure.kind.error_kind();
                say(&mut session, &format!("Uncaught {kind:?}: {}\n", failure.message));
                Step::Next
            }
            Evaluated::Stopped(stop) => tell_stop(&mut session, &stop),
        }
    }

    /// Lets timers run until a line is there, as `waits` says, which waits for one; Ctrl-C comes back to the prompt.
    fn timers(&mut self, waits: impl Fn(Duration) -> bool) -> Step {
        let mut session = self.session.borrow_mut();
        while let Some(wait) = session.next_timer() {
            if !wait.is_zero() && waits(wait.min(LOOK_EVERY)) {
                break;
            }
            match session.run_due_timer() {
                Ok(()) => {}
                Err(Stop::Ended(Termination::Interrupted)) => break,
                Err(stop) => {
                    if let Step::End(status) = tell_stop(&mut session, &stop) {
                        return Step::End(status);
                    }
                }
            }
        }
        Step::Next
    }

    fn command(&mut self, line: &str) -> Step {
        let (name, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let file = Path::new(rest.trim());
        match name {
            ".exit" => return Step::End(self.session.borrow().program.exit_status()),
            ".help" => self.print(HELP),
            ".load" => return self.load(file),
            ".save" => match std::fs::write(file, self.entered.join("\n") + "\n") {
                Ok(()) => self.print(&format!("Saved to {}", file.display())),
                Err(error) => eprintln!("tvm: cannot write {}: {error}", file.display()),
            },
            _ => {}
        }
        Step::Next
    }

    /// A line among the program's own output.
    fn print(&self, text: &str) {
        let line = format!("{text}\n");
        self.session.borrow_mut().program.isolate.vm.host.write_stdout(line.as_bytes());
    }

    fn load(&mut self, file: &Path) -> Step {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("tvm: cannot read {}: {error}", file.display());
                return Step::Next;
            }
        };
        let mut pending = String::new();
        for line in text.lines() {
            if let Step::End(status) = self.line(&mut pending, line) {
                return Step::End(status);
            }
        }
        self.evaluate(&pending)
    }
}

/// Waits for a line on standard input; false where none came.
fn line_is_typed(wait: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let input = std::io::stdin();
    let time = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() };
    // A signal ends the wait as well: the program is asked whether it was interrupted.
    poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&time)).is_ok_and(|ready| ready > 0)
}

/// Whether a line is one of the REPL's own commands.
fn is_command(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or("");
    [".break", ".exit", ".help", ".load", ".save"].contains(&name)
}

fn say(session: &mut Session, text: &str) {
    session.program.isolate.vm.host.write_stderr(text.as_bytes());
}

/// Says why an evaluation ended; only `process.exit` ends the conversation.
fn tell_stop(session: &mut Session, stop: &Stop) -> Step {
    match stop {
        Stop::Ended(Termination::Exit(status)) => return Step::End(*status as u8),
        // The terminal has just shown ^C.
        Stop::Ended(Termination::Interrupted) if std::io::stdin().is_terminal() => {
            say(session, "\ntvm: interrupted\n")
        }
        Stop::Ended(termination) => say(session, &format!("tvm: {termination}\n")),
        Stop::Threw { in_promise, .. } => {
            let report = session.program.report(stop).unwrap_or_default();
            let promise = if *in_promise { "(in promise) " } else { "" };
            let mut text = format!("Uncaught {promise}{}\n", report.headline);
            if report.stack.lines().count() > 1 {
                text.push_str(&report.stack);
                text.push('\n');
            }
            say(session, &text);
        }
    }
    Step::Next
}

/// `$XDG_STATE_HOME/tvm/repl_history`, by default below `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    let directory = state.join("tvm");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join("repl_history"))
}

/// Completes names, and says whether a text goes on.
struct Names {
    session: Rc<RefCell<Session>>,
}

/// Words that may begin an expression or statement.
const WORDS: &[&str] = &[
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "let",
    "new",
    "null",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The path of names that ends a text, and the beginning of the last one.
fn path_before(text: &str) -> Option<(Vec<String>, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '.';
    let start =
        text.rfind(|c| !part(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let mut names: Vec<&str> = text[start..].split('.').collect();
    let prefix = names.pop()?;
    if names.iter().any(|name| name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    Some((names.into_iter().map(str::to_owned).collect(), prefix))
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let Some((path, prefix)) = path_before(&line[..position]) else { return Ok((position, Vec::new())) };
        let mut names = self.session.borrow_mut().completions(&path);
        if path.is_empty() {
            names.extend(WORDS.iter().map(|&word| word.to_owned()));
        }
        let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        names.retain(|name| name.starts_with(prefix) && !name.is_empty() && is_name(name));
        names.sort();
        names.dedup();
        Ok((position - prefix.len(), names))
    }
}

impl Validator for Names {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let open = !is_command(text) && is_incomplete(text);
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::path_before;

    #[test]
    fn paths_end_at_the_cursor() {
        let path = |text| path_before(text).map(|(path, prefix)| (path.join("."), prefix.to_owned()));
        assert_eq!(path("Ma"), Some((String::new(), "Ma".into())));
        assert_eq!(path("x = Math.a"), Some(("Math".into(), "a".into())));
        assert_eq!(path("f(a.b."), Some(("a.b".into(), String::new())));
        assert_eq!(path("f()."), None);
        assert_eq!(path("1."), None);
    }
}
