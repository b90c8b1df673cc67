//! tvm's front end: JavaScript and TypeScript source to bytecode.
//!
//! In: source text and what it is to be ([`Options`]). Out: a [`UnitData`], or a [`CompileError`] with a position.
//! oxc parses and reports early errors; scope analysis ([`scope`]) and bytecode generation ([`emit`]) are ours.
//! Deep nesting and giant or crafted files are errors, never a crash: see [`guard`].

mod commonjs;
mod emit;
mod error;
mod guard;
mod nesting;
mod parse;
mod positions;
pub mod repl;
mod scope;

use std::sync::atomic::{AtomicBool, Ordering};

use tvm_bytecode::data::{NONE, ScopeId, ScopeKind, SlotKind, UnitData};
use tvm_bytecode::unit::Unit;

pub use error::{CompileError, CompileErrorKind};
pub use guard::limit;

/// What a source text is compiled to.
pub enum Goal<'a> {
    /// A classic script.
    Script,
    /// A module.
    Module,
    /// A CommonJS module: the body of a function.
    CommonJs,
    /// Eval code, or a text whose completion value is wanted (`new Function`).
    Eval(EvalContext),
    /// tvm's own library.
    Library(&'a LibraryNames),
}

/// What surrounds eval code.
#[derive(Clone, Default, Debug)]
pub struct EvalContext {
    /// Scopes that the code sees, innermost first; none for indirect eval.
    pub scopes: Vec<ExternalScope>,
    /// Bits of [`tvm_bytecode::data::eval_flag`].
    pub flags: u32,
}

/// A scope object around eval code, as its own unit describes it.
#[derive(Clone, Debug)]
pub struct ExternalScope {
    /// What it belongs to.
    pub kind: ScopeKind,
    /// Whether it belongs to strict code.
    pub strict: bool,
    /// Names and kinds of its slots.
    pub slots: Vec<(String, SlotKind)>,
    /// Its layout in the unit being compiled.
    layout: ScopeId,
}

impl ExternalScope {
    /// The chain of scopes from `scope` of `unit` outwards.
    pub fn chain(unit: &Unit, scope: ScopeId) -> Vec<ExternalScope> {
        let mut chain = Vec::new();
        let mut id = scope;
        while id != NONE {
            let (kind, strict) = unit.scope_kind(id);
            let slots = (0..unit.slot_count(id))
                .filter_map(|slot| unit.slot(id, slot))
                .map(|slot| (unit.text(slot.name).to_text().to_string(), slot.kind))
                .collect();
            chain.push(ExternalScope { kind: kind.unwrap_or(ScopeKind::Block), strict, slots, layout: NONE });
            id = unit.scope_parent(id);
        }
        chain
    }

    fn find(&self, name: &str) -> Option<(u32, SlotKind)> {
        let at = self.slots.iter().position(|(n, kind)| n == name && *kind != SlotKind::EvalVars)?;
        Some((at as u32, self.slots[at].1))
    }

    fn slot_of(&self, kind: SlotKind) -> Option<u32> {
        self.slots.iter().position(|slot| slot.1 == kind).map(|at| at as u32)
    }
}

/// Names that library code refers to; a name's place is its number.
#[derive(Clone, Default, Debug)]
pub struct LibraryNames {
    /// Library functions.
    pub functions: Vec<String>,
    /// Runtime intrinsics.
    pub intrinsics: Vec<String>,
    /// Objects of the realm.
    pub realm: Vec<String>,
}

/// How to compile.
pub struct Options<'a> {
    /// File name or URL, as stack traces show it.
    pub name: &'a str,
    /// What to compile to.
    pub goal: Goal<'a>,
    /// Treat the text as strict code.
    pub strict: bool,
    /// The text is TypeScript.
    pub typescript: bool,
    /// Keep the source text in the unit (`Function.prototype.toString`, code frames).
    pub keep_source: bool,
    /// A script returns its completion value.
    pub completion_value: bool,
    /// What is added to the lines, and to the columns of the first line, that positions in the text have.
    pub offset: [i32; 2],
    /// Private-use characters of the text, each of one unit, and the lone surrogates that they stand for; ascending.
    pub surrogates: &'a [(char, u16)],
    /// Set from another thread when the result is wanted no longer; looked at between the passes.
    pub cancelled: Option<&'a AtomicBool>,
}

impl<'a> Options<'a> {
    /// Plain JavaScript, source kept.
    pub fn new(name: &'a str, goal: Goal<'a>) -> Self {
        Options {
            name,
            goal,
            strict: false,
            typescript: false,
            keep_source: true,
            completion_value: false,
            offset: [0, 0],
            surrogates: &[],
            cancelled: None,
        }
    }

    /// An error once the result is wanted no longer.
    pub(crate) fn go_on(&self) -> Result<(), CompileError> {
        match self.cancelled {
            Some(cancelled) if cancelled.load(Ordering::Relaxed) => Err(CompileError::cancelled()),
            _ => Ok(()),
        }
    }
}

/// Compiles a source text.
pub fn compile(source: &str, options: &Options<'_>) -> Result<UnitData, CompileError> {
    guard::with_stack(source, dialect(options), |source| parse::compile(source, options))?
        .map_err(|error| error.without_stand_ins(options.surrogates))
}

/// Whether a source text can be parsed; early errors that need an analysis are not looked for.
pub fn check(source: &str, options: &Options<'_>) -> Result<(), CompileError> {
    guard::with_stack(source, dialect(options), |source| parse::check_syntax(source, options))?
        .map_err(|error| error.without_stand_ins(options.surrogates))
}

fn dialect(options: &Options<'_>) -> nesting::Dialect {
    let html_comments = !matches!(options.goal, Goal::Module);
    nesting::Dialect { typescript: options.typescript, html_comments }
}

/// What the names of library functions begin with that are whole modules: functions in them are constructors.
pub const NODE_PREFIX: &str = "node_";

/// Names that the text of a CommonJS module seems to export; `%name()` may occur in it.
pub fn common_js_exports(source: &str) -> Result<Vec<String>, CompileError> {
    parse::common_js_exports(source)
}

/// Names of the functions that a library source declares at top level.
pub fn library_functions(source: &str) -> Result<Vec<String>, CompileError> {
    parse::library_functions(source)
}

/// Number::toString (6.1.6.1.20) for property keys.
pub(crate) fn number_to_string(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    dragonbox_ecma::Buffer::new().format(value).to_owned()
}
