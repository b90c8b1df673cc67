//! What the commands say of errors, and exit with.

use std::path::Path;

use tvm::program::{Program, StartError};
use tvm::{Report, Stop, Termination};

/// Exit status of a usage error or a file that cannot be read.
pub const STATUS_USAGE: u8 = 2;
/// Exit status of an uncaught error.
pub const STATUS_UNCAUGHT: u8 = 1;
/// Exit status of a time or fuel limit.
const STATUS_TIME: u8 = 124;
/// Exit status of a program that waits for what will not come; as node has it.
const STATUS_UNSETTLED: u8 = 13;
/// Exit status of the heap limit.
const STATUS_HEAP: u8 = 137;
/// Exit status of an interrupt.
const STATUS_INTERRUPTED: u8 = 130;

/// Says why a program could not be started; gives the exit status.
pub fn start_error(error: &StartError) -> u8 {
    match error {
        StartError::Compile { name, failure, source } => {
            let kind = failure.kind.error_kind();
            let frame = code_frame(name, source, failure.line, failure.column);
            eprintln!("{frame}Uncaught {kind:?}: {}", failure.message);
            STATUS_UNCAUGHT
        }
        StartError::Ended(termination) => {
            eprintln!("tvm: {termination}");
            status_of(termination)
        }
        StartError::Other(message) => {
            eprintln!("tvm: {message}");
            STATUS_USAGE
        }
    }
}

/// An error where the output of a command would replace its input.
pub fn refuse_overwriting(input: &Path, output: &Path) -> Result<(), String> {
    match (std::fs::canonicalize(input), std::fs::canonicalize(output)) {
        (Ok(input), Ok(output)) if input == output => {
            Err(format!("{} would be overwritten: name another file with -o", output.display()))
        }
        _ => Ok(()),
    }
}

/// The exit status of a program that a limit, an interrupt or itself ended.
fn status_of(termination: &Termination) -> u8 {
    match termination {
        Termination::Exit(status) => *status as u8,
        Termination::Heap { .. } => STATUS_HEAP,
        Termination::Time { .. } | Termination::Fuel { .. } => STATUS_TIME,
        Termination::Interrupted => STATUS_INTERRUPTED,
        _ => STATUS_USAGE,
    }
}

/// The exit status of a program that ran to its end; warns where it waits still.
pub fn end(program: &mut Program) -> u8 {
    let status = program.exit_status();
    if status != 0 || program.isolate.vm.ignore_rejections {
        return status;
    }
    let places = program.unsettled_awaits();
    for (file, line, column) in &places {
        let frame = program.source_of(file).map(|source| code_frame(file, &source, *line, *column));
        let lines = frame.as_deref().and_then(|frame| frame.split_once('\n')).map_or("", |(_, lines)| lines);
        let text = format!("Warning: Detected unsettled top-level await at {file}:{line}\n{lines}");
        program.isolate.vm.host.write_stderr(text.as_bytes());
    }
    if places.is_empty() { status } else { STATUS_UNSETTLED }
}

/// Says why a program stopped; gives the exit status.
pub fn stop(program: &mut Program, stop: &Stop) -> u8 {
    match stop {
        Stop::Threw { in_promise, .. } => {
            let report = program.report(stop).unwrap_or_default();
            let text = render(program, &report, *in_promise);
            program.isolate.vm.host.write_stderr(text.as_bytes());
            STATUS_UNCAUGHT
        }
        Stop::Ended(Termination::Exit(status)) => *status as u8,
        Stop::Ended(termination) => {
            program.isolate.vm.host.write_stderr(format!("tvm: {termination}\n").as_bytes());
            status_of(termination)
        }
    }
}

/// As [`stop`]; the program's handlers of its exit run behind an exception, and may choose the status.
pub fn stop_and_exit(program: &mut Program, reason: &Stop) -> u8 {
    let status = stop(program, reason);
    if !matches!(reason, Stop::Threw { .. }) {
        return status;
    }
    match program.exit_after_error() {
        Ok(()) => program.exit_status(),
        Err(reason) => stop(program, &reason),
    }
}

/// An uncaught exception with its place in the source, as the terminal shows it.
pub fn render(program: &Program, report: &Report, in_promise: bool) -> String {
    let frame = match &report.place {
        Some((file, line, column)) => match program.source_of(file) {
            Some(source) => code_frame(file, &source, *line, *column),
            None => String::new(),
        },
        None => String::new(),
    };
    let promise = if in_promise { "(in promise) " } else { "" };
    let mut text = format!("{frame}Uncaught {promise}{}\n", report.headline);
    if !report.stack.is_empty() {
        text.push_str(&report.stack);
        text.push('\n');
    }
    if let Some(instead) = instead_of_commonjs(&report.headline) {
        text.push_str(&format!("hint: this is an ECMAScript module: {instead}\n"));
    }
    text
}

/// What to write in a module instead of the name that an error does not find, where that is one of CommonJS.
fn instead_of_commonjs(headline: &str) -> Option<&'static str> {
    let name = headline.strip_prefix("ReferenceError: ")?.strip_suffix(" is not defined")?;
    match name {
        "require" => Some(
            "write `import name from \"./file.js\"`, or name the file `.cjs`; `createRequire` of `node:module` \
             makes a `require`",
        ),
        "module" | "exports" => Some("write `export default value` or `export const name = value`"),
        "__filename" => Some("write `import.meta.filename`"),
        "__dirname" => Some("write `import.meta.dirname`"),
        _ => None,
    }
}

/// A line of source with its place and a caret.
fn code_frame(file: &str, source: &str, line: u32, column: u32) -> String {
    let Some(index) = line.checked_sub(1) else { return String::new() };
    // The end of a text may be behind its last line.
    let text = source.lines().nth(index as usize).unwrap_or("");
    // Long lines (bundles) are cut around the place.
    let characters: Vec<char> = text.chars().collect();
    let at = (column.max(1) as usize - 1).min(characters.len());
    let start = at.saturating_sub(60);
    // What would steer the terminal is shown as a symbol.
    let plain = |&c: &char| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c };
    let shown: String = characters[start..characters.len().min(start + 120)].iter().map(plain).collect();
    let lead: String = characters[start..at].iter().map(|&c| if c == '\t' { '\t' } else { ' ' }).collect();
    format!("{file}:{line}:{column}\n{shown}\n{lead}^\n")
}
