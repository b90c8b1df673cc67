//! `tvm dis --tiers`: runs a program and shows what became of its hot functions.
//!
//! A [`Recorder`] looks on at the compiler. When the program has ended, each function's last code is put into a
//! [`Listing`]: sections whose lines know their place in the source. It is printed here, or made a page (`page`).

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tvm::jit::listing::{Compilation, Site, Stage, Watcher};
use tvm::program::{Program, ProgramOptions, SourceKind, StartError};
use tvm::{Limits, SystemHost, program};
use tvm_bytecode::{UnitData, Verified, text};
use tvm_runtime::base::tier::{CompiledUnit, Request, TierOptions};
use tvm_runtime::heap::Zeal;
use tvm_runtime::library;

use super::super::tiers::{name, name_in, place, unit_notes};
use super::super::{run, tell};

/// What is to be shown of which program.
pub struct Asked<'a> {
    /// The program.
    pub file: &'a Path,
    /// Its arguments.
    pub arguments: &'a [String],
    /// What it may use.
    pub limits: Limits,
    /// When and how it is compiled.
    pub options: TierOptions,
    /// Only functions of this name.
    pub function: Option<&'a str>,
}

/// A line of source: unit, source in the unit, and number.
pub type SourceLine = (u32, u32, u32);

/// A line with its place.
pub struct Line {
    /// Its text.
    pub text: String,
    /// The line of source that it belongs to.
    pub source: Option<SourceLine>,
    /// The place for people: line and column, with the file's name where that is not the function's.
    pub place: String,
}

/// One form of a function.
pub struct Section {
    /// What is shown.
    pub name: &'static str,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Code with all that it was made from.
pub struct Listing {
    /// Function, place, tier and entry.
    pub title: String,
    /// What is known of the code.
    pub notes: Vec<String>,
    /// Source, bytecode, and the stages of compiling.
    pub sections: Vec<Section>,
}

/// What is shown of a program.
pub struct Shown {
    /// Its code, in the order in which it was compiled first.
    pub listings: Vec<Listing>,
    /// What was not shown, and why.
    pub remarks: Vec<String>,
}

/// Runs the program and collects what is to be shown.
pub fn show(asked: &Asked<'_>) -> Result<Shown, StartError> {
    let recorder =
        Arc::new(Recorder { function: asked.function.map(str::to_owned), seen: Mutex::new(Vec::new()) });
    let program = execute(asked, &recorder)?;
    let mut seen = std::mem::take(&mut *recorder.seen.lock().unwrap_or_else(PoisonError::into_inner));
    // Functions in the order in which they were compiled first, and the function's start before its loops.
    let mut first: HashMap<u32, u32> = HashMap::new();
    for recorded in &seen {
        first.entry(recorded.site.0).or_insert(recorded.number);
    }
    seen.sort_by_key(|recorded| (first[&recorded.site.0], recorded.site));
    let mut shower = Shower { program: &program, data: HashMap::new() };
    let shown = |recorded: &&Recorded| !recorded.stages.is_empty();
    let listings: Vec<Listing> =
        seen.iter().filter(shown).map(|recorded| shower.listing(recorded, asked.options.speculate)).collect();
    match asked.function {
        Some(wanted) if listings.is_empty() => {
            Err(StartError::Other(why_not(&program, wanted, &seen, asked)))
        }
        Some(_) => Ok(Shown { listings, remarks: Vec::new() }),
        None => Ok(Shown { listings, remarks: remarks(&program, &seen) }),
    }
}

fn execute(asked: &Asked<'_>, recorder: &Arc<Recorder>) -> Result<Program, StartError> {
    let path = program::full_path(asked.file);
    let shown = path.to_string_lossy().into_owned();
    let mut program = Program::new(ProgramOptions {
        limits: asked.limits,
        zeal: Zeal::None,
        test262: false,
        host: Box::new(SystemHost::quiet()),
        tiers: None,
        arguments: std::iter::once(shown).chain(asked.arguments.iter().cloned()).collect(),
    })?;
    let watcher = Arc::<Recorder>::clone(recorder);
    program.compile_hot_watched(asked.options, watcher)?;
    program.stop_at_interrupt();
    let unit = run::read_unit(&mut program, asked.file, SourceKind::Guess, false)?;
    let outcome = run::queue(&mut program, unit, &path)?.and_then(|()| program.run());
    if let Err(stop) = outcome {
        // What was compiled until then is worth a look, whatever ended the program.
        tell::stop(&mut program, &stop);
    }
    Ok(program)
}

/// Keeps what the compiler says of the last code of every entry.
struct Recorder {
    /// Only stages of functions of this name are kept; otherwise those of all that are not the library's.
    function: Option<String>,
    seen: Mutex<Vec<Recorded>>,
}

struct Recorded {
    /// Number of the function's code, and code offset of the entry.
    site: Site,
    /// Number among the units.
    number: u32,
    /// How often this entry was compiled.
    times: u32,
    /// Functions whose code it holds.
    functions: Vec<u32>,
    stages: Vec<Stage>,
    refused: Option<String>,
    /// It is of the library.
    is_own: bool,
}

impl Watcher for Recorder {
    fn wants_text(&self, request: &Request) -> bool {
        let Some(root) = request.functions.first() else { return false };
        match &self.function {
            Some(wanted) => name_in(&root.unit, root.function) == *wanted,
            None => !is_library(&root.unit),
        }
    }

    fn compiled(&self, request: &Request, seen: &Compilation, outcome: Result<&CompiledUnit, &str>) {
        let Some(root) = request.functions.first() else { return };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let site = (root.code, request.entry);
        let before = all.iter().position(|recorded| recorded.site == site);
        let times = before.map_or(0, |index| all[index].times);
        if outcome.is_err() && before.is_some() {
            return;
        }
        let recorded = Recorded {
            site,
            number: request.number,
            times: times + 1,
            functions: seen.functions.clone(),
            stages: seen.stages.clone(),
            refused: outcome.err().map(str::to_owned),
            is_own: is_library(&root.unit),
        };
        match before {
            Some(index) => all[index] = recorded,
            None => all.push(recorded),
        }
    }
}

fn is_library(unit: &Verified) -> bool {
    std::ptr::eq(unit.bytes().as_ptr(), library::UNIT.as_ptr())
}

/// Makes listings.
struct Shower<'p> {
    program: &'p Program,
    /// Units that were looked into, by number.
    data: HashMap<u32, Option<UnitData>>,
}

impl Shower<'_> {
    fn listing(&mut self, recorded: &Recorded, speculate: bool) -> Listing {
        let (code, entry) = recorded.site;
        let tier = if speculate { "optimised" } else { "generic" };
        let from = match entry {
            0 => String::new(),
            entry => format!(", entered in the loop at {}", place(self.program, code, entry)),
        };
        let home = self.file_and_line(code);
        let title = format!("{} {home}, {tier}{from}", name(self.program, code));
        let mut notes = Vec::new();
        match &recorded.refused {
            Some(reason) => notes.push(format!("not compiled: {reason}")),
            None => {
                let tiers = self.program.isolate.vm.tiers.as_ref();
                let unit = tiers.and_then(|tiers| tiers.units.get(&recorded.number));
                notes.extend(unit.map(|unit| unit_notes(self.program, unit)).unwrap_or_default());
            }
        }
        if recorded.times > 1 {
            notes.push(format!("compiled {} times; this is what was made last", recorded.times));
        }
        let root = [code];
        let functions = if recorded.functions.is_empty() { &root[..] } else { &recorded.functions };
        let mut sections = vec![self.source(functions), self.bytecode(functions)];
        sections.extend(recorded.stages.iter().map(|stage| self.stage(stage, code)));
        Listing { title, notes, sections }
    }

    fn file_and_line(&self, code: u32) -> String {
        let (unit, function, _) = self.function(code);
        let record = unit.function(function);
        let file = unit.text(unit.source_name(record.source)).to_text().to_string();
        let before = unit.source_slice(record.source, 0, record.source_start);
        format!("{}:{}", short(&file), 1 + before.matches('\n').count())
    }

    /// A function's unit, its number in there, and the unit's number.
    fn function(&self, code: u32) -> (&Verified, u32, u32) {
        let vm = &self.program.isolate.vm;
        let entry = &vm.codes[code as usize];
        (&vm.units[entry.unit as usize], entry.function, entry.unit)
    }

    /// The text of the function and of those built into it.
    fn source(&self, functions: &[u32]) -> Section {
        let mut lines = Vec::new();
        let mut shown: Vec<(u32, u32, u32, u32)> = Vec::new();
        for &code in functions {
            let (unit, function, number) = self.function(code);
            let record = unit.function(function);
            let range = (number, record.source, record.source_start, record.source_end);
            let holds = |of: &(u32, u32, u32, u32)| {
                (of.0, of.1) == (range.0, range.1) && of.2 <= range.2 && range.3 <= of.3
            };
            if shown.iter().any(holds) {
                continue;
            }
            shown.push(range);
            lines.push(heading(format!("{} {}", name(self.program, code), self.file_and_line(code))));
            let text = unit.source_slice(record.source, 0, record.source_end);
            if text.is_empty() {
                lines.push(heading("(the file does not hold its source text)".to_owned()));
                continue;
            }
            let first = text[..record.source_start as usize].matches('\n').count();
            for (index, line) in text.lines().enumerate().skip(first) {
                let at = index as u32 + 1;
                lines.push(Line {
                    text: format!("{at:5}  {line}"),
                    source: Some((number, record.source, at)),
                    place: String::new(),
                });
            }
        }
        Section { name: "source", lines }
    }

    /// The bytecode of the function and of those built into it.
    fn bytecode(&mut self, functions: &[u32]) -> Section {
        let mut lines = Vec::new();
        for &code in functions {
            lines.push(heading(format!("{} {}", name(self.program, code), self.file_and_line(code))));
            let (unit, function, number) = self.function(code);
            let unit = unit.clone();
            let data = self.data.entry(number).or_insert_with(|| unit.to_data().ok());
            let Some(data) = data else { continue };
            for (pc, line) in text::print_function(data, function) {
                // The source stands beside it.
                if line.trim_start().starts_with(';') {
                    continue;
                }
                lines.push(match pc {
                    Some(pc) => {
                        self.line(format!("{pc:5}  {}", line.trim_start()), Some((code, pc)), functions[0])
                    }
                    None => heading(line),
                });
            }
        }
        Section { name: "bytecode", lines }
    }

    fn stage(&self, stage: &Stage, root: u32) -> Section {
        let lines = stage.lines.iter().map(|line| self.line(line.text.clone(), line.site, root));
        Section { name: stage.name, lines: lines.collect() }
    }

    fn line(&self, text: String, site: Option<Site>, root: u32) -> Line {
        let known = site.filter(|site| (site.0 as usize) < self.program.isolate.vm.codes.len());
        let found = known.and_then(|(code, pc)| {
            let (unit, function, number) = self.function(code);
            let record = unit.function(function);
            let position = unit.position(&record, pc)?;
            let (_, root_function, root_number) = self.function(root);
            let home = self.program.isolate.vm.units[root_number as usize].function(root_function).source;
            let file = match (number, record.source) == (root_number, home) {
                true => String::new(),
                false => {
                    format!("{}:", short(&unit.text(unit.source_name(record.source)).to_text().to_string()))
                }
            };
            let place = format!("{file}{}:{}", position.line, position.column);
            Some(((number, record.source, position.line), place))
        });
        match found {
            Some((source, place)) => Line { text, source: Some(source), place },
            None => heading(text),
        }
    }
}

/// A line that belongs to no place.
fn heading(text: String) -> Line {
    Line { text, source: None, place: String::new() }
}

fn short(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or_default()
}

/// What was compiled or refused beside what is shown.
fn remarks(program: &Program, seen: &[Recorded]) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut own: Vec<String> =
        seen.iter().filter(|it| it.is_own).map(|it| name(program, it.site.0)).collect();
    own.dedup();
    if !own.is_empty() {
        remarks.push(format!("of tvm's library, not shown (use --function): {}", own.join(", ")));
    }
    let Some(tiers) = &program.isolate.vm.tiers else { return remarks };
    for (code, pc, reason) in &tiers.refusals {
        let at = place(program, *code, *pc);
        remarks.push(format!("{} at {at}: not compiled: {reason}", name(program, *code)));
    }
    if seen.is_empty() {
        remarks.push(not_hot(tiers.options.threshold));
    }
    remarks
}

fn not_hot(threshold: u32) -> String {
    format!(
        "no function made the {threshold} calls and loop iterations that compiling takes (see --jit-threshold)"
    )
}

/// Why there is no code of a function to be shown.
fn why_not(program: &Program, wanted: &str, seen: &[Recorded], asked: &Asked<'_>) -> String {
    let vm = &program.isolate.vm;
    let file = asked.file.display();
    let mut names: Vec<String> = Vec::new();
    for unit in vm.units.iter().skip(1) {
        names.extend((0..unit.function_count()).map(|function| name_in(unit, function)));
    }
    names.sort_unstable();
    names.dedup();
    let of_library = || (0..vm.units[0].function_count()).any(|it| name_in(&vm.units[0], it) == wanted);
    if !names.iter().any(|name| name == wanted) && !of_library() {
        let near: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_near(name, wanted)).collect();
        let mut message = format!("{file} has no function named {wanted}");
        if !near.is_empty() {
            let _ = write!(message, "; near to it: {}", near.join(", "));
        }
        return message + &compiled_names(program, seen);
    }
    let refusals = vm.tiers.iter().flat_map(|tiers| &tiers.refusals);
    if let Some((_, _, reason)) = refusals.into_iter().find(|(code, ..)| name(program, *code) == wanted) {
        return format!("{wanted} was not compiled: {reason}");
    }
    let holds = |it: &&Recorded| it.functions.iter().skip(1).any(|&code| name(program, code) == wanted);
    let mut holders: Vec<String> = seen.iter().filter(holds).map(|it| name(program, it.site.0)).collect();
    holders.dedup();
    if !holders.is_empty() {
        return format!("{wanted} has no code of its own; it was built into {}", holders.join(", "));
    }
    let threshold = asked.options.threshold;
    format!(
        "{wanted} was not compiled: it did not make the {threshold} calls and loop iterations that this takes \
         (see --jit-threshold)"
    ) + &compiled_names(program, seen)
}

fn compiled_names(program: &Program, seen: &[Recorded]) -> String {
    let compiled = seen.iter().filter(|it| it.refused.is_none() && !it.is_own);
    let mut names: Vec<String> = compiled.map(|it| name(program, it.site.0)).collect();
    names.dedup();
    if names.is_empty() {
        return "; nothing was compiled".to_owned();
    }
    format!("; compiled were: {}", names.join(", "))
}

/// Whether one of two names may be the other mistyped.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let part = |whole: &str, part: &str| part.len() > 2 && whole.contains(part);
    part(&a, &b) || part(&b, &a) || distance(&a, &b) <= 2
}

/// Characters to put in, take out or change to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// The listings one below the other.
pub fn print(shown: &Shown) -> String {
    let mut out = String::new();
    for listing in &shown.listings {
        let _ = writeln!(out, "==== {}", listing.title);
        for note in &listing.notes {
            let _ = writeln!(out, "  {note}");
        }
        for section in &listing.sections {
            let _ = writeln!(out, "\n---- {}", section.name);
            print_section(section, &mut out);
        }
        out.push('\n');
    }
    for remark in &shown.remarks {
        let _ = writeln!(out, "{remark}");
    }
    out
}

/// Lines with their places in a margin, each place where it begins.
fn print_section(section: &Section, out: &mut String) {
    let width = section.lines.iter().map(|line| line.place.len()).max().unwrap_or(0);
    let mut before = "";
    for line in &section.lines {
        let place = if line.place == before { "" } else { &line.place };
        before = &line.place;
        let text = &line.text;
        let _ = if width == 0 { writeln!(out, "{text}") } else { writeln!(out, "{place:>width$} | {text}") };
    }
}
