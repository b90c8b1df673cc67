//! Bytecode of small programs, and what the compiler's passes make of them, as text. `TVM_BLESS=1` writes it anew; the
//! diff is to be read.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tvm::jit::listing::{Compilation, Line, Watcher};
use tvm::program::{Program, ProgramOptions, SourceKind};
use tvm::{Limits, SystemHost};
use tvm_bytecode::text;
use tvm_frontend::{Goal, Options};
use tvm_runtime::base::tier::{CompiledUnit, Request, TierOptions};
use tvm_runtime::heap::{Zeal, bits};

#[test]
fn bytecode_is_as_it_was() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bytecode");
    let bless = std::env::var_os("TVM_BLESS").is_some();
    let mut count = 0;
    for entry in std::fs::read_dir(&directory).expect("the goldens can be read") {
        let path = entry.expect("the goldens can be read").path();
        let goal = match path.extension().and_then(|e| e.to_str()) {
            Some("js") => Goal::Script,
            Some("mjs") => Goal::Module,
            _ => continue,
        };
        let source = std::fs::read_to_string(&path).expect("goldens are texts");
        let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
        let options = Options { keep_source: false, ..Options::new(&name, goal) };
        let unit =
            tvm_frontend::compile(&source, &options).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let printed = text::print(&unit);
        compare(&path.with_extension("tvma"), &printed, bless);
        count += 1;
    }
    assert!(count >= 5);
}

/// Compares a text with the golden one, or writes that anew.
fn compare(golden: &Path, printed: &str, bless: bool) {
    if bless {
        std::fs::write(golden, printed).expect("the golden can be written");
    }
    let name = golden.file_name().expect("it is a file").display();
    let wanted = std::fs::read_to_string(golden).unwrap_or_default();
    let differs = (1..).zip(printed.lines().zip(wanted.lines())).find(|(_, (a, b))| a != b);
    if let Some((line, (now, before))) = differs {
        panic!("{name}, line {line}:\n  was {before}\n  is  {now}\nTVM_BLESS=1 takes it over");
    }
    assert_eq!(printed, wanted, "{name}: one is longer");
}

/// What is before and after each pass of the compiler: `tests/golden/mir` has one program for each, named like it. Of
/// each program the function `f` is shown, as it was compiled first.
#[test]
fn passes_do_what_they_did() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mir");
    let bless = std::env::var_os("TVM_BLESS").is_some();
    let mut shown = BTreeSet::new();
    let mut passes = BTreeSet::new();
    for entry in std::fs::read_dir(&directory).expect("the goldens can be read") {
        let path = entry.expect("the goldens can be read").path();
        if path.extension().is_none_or(|e| e != "js") {
            continue;
        }
        let name = path.file_stem().expect("it is a file").to_string_lossy().replace('-', " ");
        let stages = stages_of(&path);
        let at = stages.iter().position(|(stage, _)| *stage == name);
        let at = at.unwrap_or_else(|| panic!("{}: no pass has this name", path.display()));
        assert_ne!(stages[at - 1].1, stages[at].1, "{name} does nothing to {}", path.display());
        let printed = format!("before {name}\n{}\nafter {name}\n{}", stages[at - 1].1, stages[at].1);
        compare(&path.with_extension("mir"), &named(&printed), bless);
        passes.extend(stages[1..].iter().map(|(stage, _)| stage.to_string()));
        shown.insert(name);
    }
    assert_eq!(shown, passes, "every pass has a program");
}

/// The form of `f` as built, and after each pass.
fn stages_of(path: &Path) -> Vec<(&'static str, String)> {
    let recorder = Arc::new(Recorder::default());
    let mut program = Program::new(ProgramOptions {
        limits: Limits::default(),
        zeal: Zeal::None,
        test262: false,
        host: Box::new(SystemHost::quiet()),
        tiers: None,
        arguments: Vec::new(),
    })
    .expect("a program can be made");
    let options = TierOptions { threshold: 200, background: false, ..TierOptions::default() };
    let watcher = Arc::<Recorder>::clone(&recorder);
    program.compile_hot_watched(options, watcher).expect("the compiler can be set up");
    let source = std::fs::read_to_string(path).expect("goldens are texts");
    let unit = tvm::program::compile(&source, path, SourceKind::Script, false).expect("it compiles");
    program.add_script(unit).expect("it can be queued");
    assert!(program.run().is_ok(), "{} throws", path.display());
    let mut stages = std::mem::take(&mut *recorder.stages.lock().expect("no thread panics with it"));
    assert!(!stages.is_empty(), "{}: f was not compiled", path.display());
    // The last one of MIR is the same as after the last pass.
    let end = stages.iter().position(|(name, _)| *name == "MIR, after the passes");
    stages.truncate(end.expect("it was compiled to its end"));
    stages
}

/// Keeps the stages of the first code of `f`.
#[derive(Default)]
struct Recorder {
    stages: Mutex<Vec<(&'static str, String)>>,
}

impl Watcher for Recorder {
    fn wants_text(&self, request: &Request) -> bool {
        let root = &request.functions[0];
        let name = root.unit.text(root.unit.function(root.function).name).to_text().to_string();
        name == "f" && request.entry == 0
    }

    fn wants_passes(&self) -> bool {
        true
    }

    fn compiled(&self, _: &Request, seen: &Compilation, _: Result<&CompiledUnit, &str>) {
        let mut stages = self.stages.lock().expect("no thread panics with it");
        if stages.is_empty() {
            let text = |lines: &[Line]| lines.iter().map(|line| format!("{}\n", line.text)).collect();
            stages.extend(seen.stages.iter().map(|stage| (stage.name, text(&stage.lines))));
        }
    }
}

/// The text with names for references and for numbers of functions, which change with the library, in their order.
fn named(text: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, behind) = from.split_at(end);
        out += before;
        let number: u64 = digits.parse().expect("digits are a number");
        let is_reference = (0x1000..1 << 32).contains(&number) || bits::is_object(number);
        let is_function = out.ends_with(" code ") || out.ends_with("code: ");
        if is_reference || is_function {
            let index = names.iter().position(|&name| name == digits).unwrap_or_else(|| {
                names.push(digits);
                names.len() - 1
            });
            out += &format!("#{index}");
        } else {
            out += digits;
        }
        rest = behind;
    }
    out + rest
}
