//! What compilations went through, for those who look on.
//!
//! A [`Watcher`] is told of every compilation with a [`Compilation`]: the stages as text where it asked for them, the
//! machine code, and the instructions of bytecode that its parts were made for. Without a watcher nothing of this is
//! made. Watching changes no code.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::TargetIsa;
use rustc_hash::FxHashMap;
use tvm_runtime::base::tier::{CompiledUnit, Request};

use crate::mir::{Graph, Value};

/// An instruction of bytecode: code number and code offset.
pub type Site = (u32, u32);

/// Looks on at compilations.
pub trait Watcher: Send + Sync {
    /// Whether the stages of this compilation are to be written down.
    fn wants_text(&self, request: &Request) -> bool;

    /// Whether there is to be a stage after each pass, with the pass's name.
    fn wants_passes(&self) -> bool {
        false
    }

    /// A compilation ended, with a unit or with the reason why there is none.
    fn compiled(&self, request: &Request, seen: &Compilation, outcome: Result<&CompiledUnit, &str>);

    /// Code that no function owns was made, which others call.
    fn made_stub(&self, _stub: &Stub) {}
}

/// Code that no function owns.
pub struct Stub {
    /// What it does.
    pub name: &'static str,
    /// Where it is entered.
    pub entry: *const u8,
    /// Its bytes.
    pub code: Vec<u8>,
}

/// A line of a stage.
#[derive(Clone)]
pub struct Line {
    /// The line.
    pub text: String,
    /// What it was made for, where that is known.
    pub site: Option<Site>,
}

/// One form that a function had on its way.
#[derive(Clone)]
pub struct Stage {
    /// What is shown.
    pub name: &'static str,
    /// Its text.
    pub lines: Vec<Line>,
}

/// What is known of a compilation.
#[derive(Default)]
pub struct Compilation {
    /// Whether stages are written down.
    wants_text: bool,
    /// Whether the graph is written down after each pass.
    wants_passes: bool,
    /// The stages that it came through, in order; none where nobody asked for them.
    pub stages: Vec<Stage>,
    /// Numbers of the functions whose code it holds, its own first.
    pub functions: Vec<u32>,
    /// The machine code; empty where there is none.
    pub code: Vec<u8>,
    /// What the machine code was made for: from this byte on, up to the next entry's.
    pub places: Vec<(u32, Site)>,
}

impl Compilation {
    pub(crate) fn new(watcher: &dyn Watcher, request: &Request) -> Compilation {
        let wants_text = watcher.wants_text(request);
        Compilation { wants_text, wants_passes: watcher.wants_passes(), ..Compilation::default() }
    }

    fn push(&mut self, name: &'static str, lines: impl Iterator<Item = (String, Option<Site>)>) {
        let lines = lines.map(|(text, site)| Line { text, site }).collect();
        self.stages.push(Stage { name, lines });
    }

    /// The graph as it is now.
    pub(crate) fn graph(&mut self, name: &'static str, graph: &Graph) {
        if self.wants_text {
            let line = |(text, value): (String, Option<Value>)| (text, value.and_then(|it| site(graph, it)));
            self.push(name, graph.lines().into_iter().map(line));
        }
    }

    /// The graph after a pass, for those who look at each.
    pub(crate) fn pass(&mut self, name: &'static str, graph: &Graph) {
        if self.wants_passes {
            self.graph(name, graph);
        }
    }

    /// What is given to Cranelift. Its source locations are values of the graph.
    pub(crate) fn lowered(&mut self, request: &Request, graph: &Graph, function: &Function) {
        self.functions = functions(request, graph);
        if self.wants_text {
            let text = function.display().to_string();
            self.push("CLIF", text.lines().map(|line| clif_line(graph, line)));
        }
    }

    /// What Cranelift made of it. `names`: of addresses that the code may hold.
    pub(crate) fn finished(
        &mut self,
        graph: &Graph,
        compiled: &CompiledCode,
        isa: &dyn TargetIsa,
        names: impl FnOnce() -> FxHashMap<u64, String>,
    ) {
        self.code = compiled.code_buffer().to_vec();
        for range in compiled.buffer.get_srclocs_sorted() {
            let known = (!range.loc.is_default()).then(|| Value(range.loc.bits()));
            let Some(site) = known.and_then(|value| site(graph, value)) else { continue };
            if self.places.last().is_none_or(|&(_, last)| last != site) {
                self.places.push((range.start, site));
            }
        }
        if self.wants_text {
            let lines = disassembly(&self.code, isa, &names());
            let lines: Vec<_> = lines.into_iter().map(|(at, text)| (text, self.site_at(at))).collect();
            self.push("machine code", lines.into_iter());
        }
    }

    /// What the byte of machine code at an offset was made for.
    fn site_at(&self, offset: u32) -> Option<Site> {
        let behind = self.places.partition_point(|&(start, _)| start <= offset);
        behind.checked_sub(1).map(|index| self.places[index].1)
    }
}

fn site(graph: &Graph, value: Value) -> Option<Site> {
    graph.insts.get(value.0 as usize).map(|inst| inst.site).filter(|&site| site != (0, 0))
}

/// Whose instructions are in a graph.
fn functions(request: &Request, graph: &Graph) -> Vec<u32> {
    let mut functions: Vec<u32> = request.functions.iter().take(1).map(|root| root.code).collect();
    for block in graph.order() {
        for &value in &graph.at(block).insts {
            match site(graph, value) {
                Some((code, _)) if !functions.contains(&code) => functions.push(code),
                _ => {}
            }
        }
    }
    functions
}

/// A line of Cranelift's text: `@` and a source location stand before the instruction, in a margin.
fn clif_line(graph: &Graph, line: &str) -> (String, Option<Site>) {
    const MARGIN: usize = 32;
    let Some((margin, text)) = line.split_at_checked(MARGIN) else { return (line.to_owned(), None) };
    match margin.trim() {
        "" => (text.to_owned(), None),
        marked => {
            let number = marked.strip_prefix('@').and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let Some(number) = number else { return (line.to_owned(), None) };
            (text.to_owned(), site(graph, Value(number)))
        }
    }
}

/// Instructions with their offsets.
fn disassembly(code: &[u8], isa: &dyn TargetIsa, names: &FxHashMap<u64, String>) -> Vec<(u32, String)> {
    let told = |problem: String| vec![(0, format!("it cannot be disassembled: {problem}"))];
    let capstone = match isa.to_capstone() {
        Ok(capstone) => capstone,
        Err(error) => return told(error.to_string()),
    };
    let instructions = match capstone.disasm_all(code, 0) {
        Ok(instructions) => instructions,
        Err(error) => return told(error.to_string()),
    };
    let line = |at: u64, mnemonic: Option<&str>, operands: Option<&str>| {
        let (mnemonic, operands) = (mnemonic.unwrap_or("?"), operands.unwrap_or(""));
        let name = named_address(operands, names).map_or(String::new(), |name| format!("  ; {name}"));
        (at as u32, format!("{at:5x}  {mnemonic} {operands}{name}"))
    };
    instructions.iter().map(|it| line(it.address(), it.mnemonic(), it.op_str())).collect()
}

/// What an operand is the address of.
fn named_address<'n>(operands: &str, names: &'n FxHashMap<u64, String>) -> Option<&'n str> {
    let (_, digits) = operands.split_once("0x")?;
    let digits: String = digits.chars().take_while(char::is_ascii_hexdigit).collect();
    names.get(&u64::from_str_radix(&digits, 16).ok()?).map(String::as_str)
}
