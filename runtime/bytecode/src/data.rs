//! A unit as plain data: what the front end fills and the assembler parses, and what a file decodes to.
//!
//! A unit is one script, one piece of eval code, or a graph of modules. Tables refer to each other by index;
//! the index types below are plain numbers so that text and file forms stay simple.

pub use crate::constant::*;
use crate::insn::Insn;
use crate::lines::LineEntry;
use crate::numbered::numbered;
pub use crate::operands::{
    CheckMessage, DisposeAction, ErrorKind, MethodKind, NamePrefix, PrivateKind, ResumeMode, SuspendKind,
};

/// Index into [`UnitData::strings`].
pub type StringId = u32;
/// Index into [`UnitData::functions`].
pub type FunctionId = u32;
/// Index into [`UnitData::scopes`].
pub type ScopeId = u32;
/// Index into [`UnitData::lists`].
pub type ListId = u32;

/// "No entry" in a field that otherwise holds an index.
pub const NONE: u32 = u32::MAX;

/// A JavaScript string: Latin-1 where every code unit fits, else UTF-16 with lone surrogates kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Text {
    /// One byte a code unit.
    Latin1(Box<[u8]>),
    /// Two bytes a code unit; at least one unit is above 0xFF.
    Utf16(Box<[u16]>),
}

impl Text {
    /// From UTF-8.
    pub fn from_utf8(text: &str) -> Text {
        if text.is_ascii() {
            return Text::Latin1(text.as_bytes().into());
        }
        Text::from_utf16(&text.encode_utf16().collect::<Vec<_>>())
    }

    /// From code units, in the canonical representation.
    pub fn from_utf16(units: &[u16]) -> Text {
        if units.iter().all(|&unit| unit <= 0xFF) {
            Text::Latin1(units.iter().map(|&unit| unit as u8).collect())
        } else {
            Text::Utf16(units.into())
        }
    }

    /// Code units.
    pub fn units(&self) -> Vec<u16> {
        match self {
            Text::Latin1(bytes) => bytes.iter().map(|&byte| u16::from(byte)).collect(),
            Text::Utf16(units) => units.to_vec(),
        }
    }
}

impl std::fmt::Display for Text {
    /// Lone surrogates become U+FFFD.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Text::Latin1(bytes) if bytes.is_ascii() => {
                f.write_str(std::str::from_utf8(bytes).expect("ASCII is UTF-8"))
            }
            _ => f.write_str(&String::from_utf16_lossy(&self.units())),
        }
    }
}

numbered! {
    /// What a function is, which decides how it is called and what its closures look like.
    FunctionKind {
        /// A classic function: callable and constructible.
        Normal = 0,
        /// An arrow function: no `this`, not constructible.
        Arrow = 1,
        /// A method or accessor: not constructible.
        Method = 2,
        /// The constructor of a class without `extends`.
        BaseConstructor = 3,
        /// The constructor of a class with `extends`.
        DerivedConstructor = 4,
        /// Runs a class's instance field initialisers, or its static ones.
        ClassInit = 5,
        /// The body of a script.
        Script = 6,
        /// The body of a module.
        Module = 7,
        /// Eval code.
        Eval = 8,
        /// A generator function.
        Generator = 9,
        /// An async function.
        Async = 10,
        /// An async generator function.
        AsyncGenerator = 11,
        /// An async arrow function.
        AsyncArrow = 12,
        /// A generator method.
        GeneratorMethod = 13,
        /// An async method.
        AsyncMethod = 14,
        /// An async generator method.
        AsyncGeneratorMethod = 15,
    }
}

/// Bits of [`FunctionData::flags`].
pub mod function_flag {
    /// Strict mode code.
    pub const STRICT: u32 = 1;
    /// Reads its arguments beyond the declared parameters (`arguments`, rest).
    pub const KEEPS_ARGUMENTS: u32 = 2;
    /// Part of the self-hosted library: may use intrinsics, hidden in stack traces.
    pub const SELF_HOSTED: u32 = 4;
    /// `toString` shows no source (synthesised by the front end, or stripped).
    pub const NO_SOURCE: u32 = 8;
    /// The class whose constructor this is initialises fields.
    pub const HAS_FIELDS: u32 = 16;
    /// A getter or setter (its closures have no `prototype`; text form only).
    pub const ACCESSOR: u32 = 32;
    /// Of the self-hosted library, and yet a constructor as functions of programs are.
    pub const CONSTRUCTS: u32 = 64;
    /// All bits that have a meaning.
    pub const ALL: u32 = 127;
    /// Bits with their names in the text form.
    pub const NAMES: &[(u32, &str)] = &[
        (STRICT, "strict"),
        (KEEPS_ARGUMENTS, "keeps_arguments"),
        (SELF_HOSTED, "self_hosted"),
        (NO_SOURCE, "no_source"),
        (HAS_FIELDS, "has_fields"),
        (ACCESSOR, "accessor"),
        (CONSTRUCTS, "constructs"),
    ];
}

numbered! {
    /// What a scope belongs to; eval code compiled inside it asks.
    ScopeKind {
        /// A block, loop or switch.
        Block = 0,
        /// A function's parameters and `var` names.
        Function = 1,
        /// A function's body, apart from parameters with expressions.
        Body = 2,
        /// A catch clause with a plain identifier.
        Catch = 3,
        /// A class: its inner name and private names.
        Class = 4,
        /// A module.
        Module = 5,
        /// A `with` statement's object.
        With = 6,
        /// Names declared by strict eval code.
        Eval = 7,
        /// A named function expression's own name.
        FunctionName = 8,
        /// A parameter list with expressions that holds `arguments`, apart from the body.
        Parameters = 9,
    }
}

numbered! {
    /// What a scope's slot holds; decides what the verifier lets pass and how eval code binds the name.
    SlotKind {
        /// A `var`, parameter or sloppy function: no dead zone.
        Var = 0,
        /// A `let` or class, hole until initialised.
        Let = 1,
        /// A `const`, hole until initialised.
        Const = 2,
        /// An import: refers to another module's slot.
        Import = 3,
        /// A derived constructor's `this`, hole until `super()` returned.
        DerivedThis = 4,
        /// `this`.
        This = 5,
        /// `new.target`.
        NewTarget = 6,
        /// The home object, for `super`.
        Home = 7,
        /// The function that is running, for `super()`.
        Callee = 8,
        /// The `arguments` object.
        Arguments = 9,
        /// The object of a `with` statement.
        WithObject = 10,
        /// The object that holds the `var` names of sloppy eval code.
        EvalVars = 11,
        /// A class's private name.
        Private = 12,
        /// A named function expression's own name: assigning to it throws in strict code only.
        FunctionName = 13,
        /// A value of the compiler's own, without a name in the source.
        Internal = 14,
    }
}

impl SlotKind {
    /// Whether the slot starts as a hole and reading it must check for that.
    pub fn has_dead_zone(self) -> bool {
        matches!(self, SlotKind::Let | SlotKind::Const | SlotKind::DerivedThis)
    }
}

/// One slot of a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotData {
    /// The binding's name.
    pub name: StringId,
    /// What it holds.
    pub kind: SlotKind,
}

/// The layout of one kind of scope object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeData {
    /// The layout of the enclosing scope object, or [`NONE`].
    pub parent: ScopeId,
    /// What the scope belongs to.
    pub kind: ScopeKind,
    /// Whether it belongs to strict code.
    pub strict: bool,
    /// The slots, in order.
    pub slots: Vec<SlotData>,
}

/// A range of code whose exceptions are caught.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandlerData {
    /// First byte of the range.
    pub start: u32,
    /// First byte behind the range.
    pub end: u32,
    /// Where execution goes on.
    pub target: u32,
    /// Register that receives the exception.
    pub register: u32,
}

/// One function.
#[derive(Clone, PartialEq, Debug)]
pub struct FunctionData {
    /// Its `name` property, and what stack traces show; the empty string where it has none.
    pub name: StringId,
    /// What it is.
    pub kind: FunctionKind,
    /// Bits of [`function_flag`].
    pub flags: u32,
    /// Parameters that arrive in registers, from `r1` on.
    pub params: u32,
    /// Its `length` property.
    pub length: u32,
    /// Registers in its frame, `r0` and the parameters included.
    pub registers: u32,
    /// Layout of the scope that its closures are created in, or [`NONE`].
    pub outer_scope: ScopeId,
    /// Properties that a constructor's objects are likely to get.
    pub inline_hint: u32,
    /// Index into [`UnitData::sources`].
    pub source: u32,
    /// Its text in the source, in bytes of UTF-8.
    pub source_range: (u32, u32),
    /// What instructions refer to.
    pub constants: Vec<Constant>,
    /// Kinds of its feedback slots, in order; numbers of [`crate::ops::Kind`]s as [`FEEDBACK_KINDS`] has them.
    pub feedback: Vec<u8>,
    /// Innermost handlers first.
    pub handlers: Vec<HandlerData>,
    /// Source positions by code offset.
    pub lines: Vec<LineEntry>,
    /// The code. Feedback operands count words behind the constants.
    pub code: Vec<Insn>,
}

/// Feedback slot kinds by their number in [`FunctionData::feedback`].
pub const FEEDBACK_KINDS: &[crate::Kind] = &[
    crate::Kind::Arith,
    crate::Kind::Compare,
    crate::Kind::Property,
    crate::Kind::Element,
    crate::Kind::Call,
    crate::Kind::Global,
    crate::Kind::Literal,
    crate::Kind::Iteration,
];

impl FunctionData {
    /// First word of every feedback slot, as operands have it; slots of unknown kinds take no words.
    pub fn slot_words(&self) -> Vec<i64> {
        let mut word = self.constants.len() as i64;
        let slot = |&kind: &u8| {
            let first = word;
            word += FEEDBACK_KINDS.get(usize::from(kind)).map_or(0, |kind| i64::from(kind.feedback_words()));
            first
        };
        self.feedback.iter().map(slot).collect()
    }
}

/// A source text that functions came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceData {
    /// The file's name or URL, as stack traces show it.
    pub name: StringId,
    /// The text, empty where it was stripped.
    pub text: String,
}

numbered! {
    /// What a module's text was.
    ModuleKind {
        /// ECMAScript.
        Script = 0,
        /// JSON, exported as default.
        Json = 1,
        /// Text, exported as default.
        Text = 2,
        /// CommonJS: its body is a function of `exports, require, module, __filename, __dirname`. What it exports are
        /// names that its text seems to give to `exports`; a star request is one that it seems to export as its own.
        CommonJs = 3,
    }
}

/// Parameters of a CommonJS module's body.
pub const COMMON_JS_PARAMETERS: u32 = 5;

/// One `import ... from` or `export ... from` request of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestData {
    /// The specifier.
    pub specifier: StringId,
    /// The value of the `type` import attribute, or [`NONE`].
    pub attribute: StringId,
    /// Index into [`UnitData::modules`], or [`NONE`] where it is left to the loader.
    pub resolved: u32,
}

/// An import: `name` of request `request` (or its namespace) is bound to `slot` of the module's scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportData {
    /// Index into [`ModuleData::requests`].
    pub request: u32,
    /// The exported name, or [`NONE`] for the namespace object.
    pub name: StringId,
    /// Slot of the module's scope.
    pub slot: u32,
}

/// An export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportData {
    /// A slot of the module's own scope.
    Local {
        /// Exported name.
        name: StringId,
        /// Slot of the module's scope.
        slot: u32,
    },
    /// Another module's export, or its namespace (`import_name` [`NONE`]).
    Indirect {
        /// Exported name.
        name: StringId,
        /// Index into [`ModuleData::requests`].
        request: u32,
        /// The name over there.
        import_name: StringId,
    },
    /// All of another module's exports but `default`.
    Star {
        /// Index into [`ModuleData::requests`].
        request: u32,
    },
}

/// One module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleData {
    /// Its name or URL.
    pub name: StringId,
    /// What its text was.
    pub kind: ModuleKind,
    /// Creates its hoisted functions at link time, or [`NONE`].
    pub init: FunctionId,
    /// Its body, or [`NONE`] where it is not a script.
    pub body: FunctionId,
    /// Layout of its scope, or [`NONE`] where it is not a script.
    pub scope: ScopeId,
    /// The text of a JSON or text module, else [`NONE`].
    pub text: StringId,
    /// Whether its body awaits at top level.
    pub is_async: bool,
    /// What it requests, in source order.
    pub requests: Vec<RequestData>,
    /// What it imports.
    pub imports: Vec<ImportData>,
    /// What it exports.
    pub exports: Vec<ExportData>,
}

numbered! {
    /// What a unit runs first.
    EntryKind {
        /// Nothing: a library of functions.
        None = 0,
        /// A script; the entry is a function.
        Script = 1,
        /// Module 0; the entry is unused.
        Module = 2,
        /// Eval code or a dynamic function; the entry is a function.
        Eval = 3,
    }
}

/// Keys of metadata that the engine itself reads.
pub mod meta_key {
    /// Who wrote a file: every unit that was built has it.
    pub const PRODUCER: &str = "producer";
    /// For a source text that had lone surrogates: the units that its U+FFFD stand for, in order.
    pub const REPLACED_UNITS: &str = "replaced-units";
    /// For a text that is part of another one: what is added to its lines, and to the columns of its first line, as two
    /// decimal numbers with a comma between them.
    pub const POSITION_OFFSET: &str = "position-offset";
}

/// A whole unit.
#[derive(Clone, PartialEq, Debug)]
pub struct UnitData {
    /// Key and value pairs: `name`, `version`, `source-hash`, `capability` (repeatable), and those of [`meta_key`].
    pub meta: Vec<(StringId, StringId)>,
    /// What it runs first.
    pub entry_kind: EntryKind,
    /// The entry function, or [`NONE`].
    pub entry: FunctionId,
    /// Strings, each once.
    pub strings: Vec<Text>,
    /// Lists of numbers and indices, by their use in [`Constant`].
    pub lists: Vec<Vec<u32>>,
    /// Scope layouts; a parent stands before its children.
    pub scopes: Vec<ScopeData>,
    /// Functions.
    pub functions: Vec<FunctionData>,
    /// Modules.
    pub modules: Vec<ModuleData>,
    /// Source texts.
    pub sources: Vec<SourceData>,
}

impl Default for UnitData {
    fn default() -> Self {
        UnitData {
            meta: Vec::new(),
            entry_kind: EntryKind::None,
            entry: NONE,
            strings: Vec::new(),
            lists: Vec::new(),
            scopes: Vec::new(),
            functions: Vec::new(),
            modules: Vec::new(),
            sources: Vec::new(),
        }
    }
}
