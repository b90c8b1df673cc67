//! A unit as plain data: what the front end fills and the assembler parses, and what a file decodes to.
//!
//! A unit is one script, one piece of eval code, or a graph of modules. Tables refer to each other by index;
//! the index types below are plain numbers so that text and file forms stay simple.

use crate::insn::Insn;
use crate::lines::LineEntry;

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
        f.write_str(&String::from_utf16_lossy(&self.units()))
    }
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $number),* }

        impl $name {
            /// Every variant.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The variant with this number.
            pub fn from_u32(number: u32) -> Option<$name> {
                Self::ALL.iter().copied().find(|v| *v as u32 == number)
            }

            /// The variant's name, as the text form has it.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => stringify!($variant)),* }
            }

            /// The variant with this name.
            pub fn from_name(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|v| v.name() == name)
            }
        }
    };
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
    /// All bits that have a meaning.
    pub const ALL: u32 = 63;
    /// Bits with their names in the text form.
    pub const NAMES: &[(u32, &str)] = &[
        (STRICT, "strict"),
        (KEEPS_ARGUMENTS, "keeps_arguments"),
        (SELF_HOSTED, "self_hosted"),
        (NO_SOURCE, "no_source"),
        (HAS_FIELDS, "has_fields"),
        (ACCESSOR, "accessor"),
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

/// Data that instructions refer to.
#[derive(Clone, Copy, Debug)]
pub enum Constant {
    /// A number.
    Number(f64),
    /// A string; also property names.
    String(StringId),
    /// A BigInt, its value in decimal digits with an optional `-`.
    BigInt(StringId),
    /// A [`WellKnownSymbol`].
    Symbol(u32),
    /// A function template.
    Function(FunctionId),
    /// A scope layout.
    Scope(ScopeId),
    /// The keys of an object literal: a list of strings.
    Keys(ListId),
    /// A tagged template: pairs of cooked (or [`NONE`]) and raw strings.
    Template(ListId),
    /// A jump table: the first int32 (as u32 bits), then targets relative to the function's start.
    JumpTable(ListId),
    /// Scope slots of the mapped parameters ([`NONE`] for one that is shadowed by a later one).
    Slots(ListId),
    /// A script's global declarations: pairs of [`GlobalKind`] and name.
    Globals(ListId),
    /// What compiling a direct eval here needs: see [`EvalContext`].
    Eval(ListId),
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Constant {
    /// Kind number and payload; numbers by their bits.
    pub(crate) fn parts(&self) -> (u32, u64) {
        match *self {
            Constant::Number(value) => (0, value.to_bits()),
            Constant::String(id) => (1, id.into()),
            Constant::BigInt(id) => (2, id.into()),
            Constant::Symbol(id) => (3, id.into()),
            Constant::Function(id) => (4, id.into()),
            Constant::Scope(id) => (5, id.into()),
            Constant::Keys(id) => (6, id.into()),
            Constant::Template(id) => (7, id.into()),
            Constant::JumpTable(id) => (8, id.into()),
            Constant::Slots(id) => (9, id.into()),
            Constant::Globals(id) => (10, id.into()),
            Constant::Eval(id) => (11, id.into()),
        }
    }

    /// The inverse of [`Constant::parts`].
    pub(crate) fn from_parts(kind: u32, payload: u64) -> Option<Constant> {
        if kind == 0 {
            return Some(Constant::Number(f64::from_bits(payload)));
        }
        let id = u32::try_from(payload).ok()?;
        Some(match kind {
            1 => Constant::String(id),
            2 => Constant::BigInt(id),
            3 => Constant::Symbol(id),
            4 => Constant::Function(id),
            5 => Constant::Scope(id),
            6 => Constant::Keys(id),
            7 => Constant::Template(id),
            8 => Constant::JumpTable(id),
            9 => Constant::Slots(id),
            10 => Constant::Globals(id),
            11 => Constant::Eval(id),
            _ => return None,
        })
    }

    /// Names of the kinds in the text form, by kind number.
    pub(crate) const KIND_NAMES: &[&str] = &[
        "number",
        "string",
        "bigint",
        "symbol",
        "function",
        "scope",
        "keys",
        "template",
        "jump_table",
        "slots",
        "globals",
        "eval",
    ];
}

numbered! {
    /// The well-known symbols (6.1.5.1).
    WellKnownSymbol {
        /// `Symbol.iterator`
        Iterator = 0,
        /// `Symbol.asyncIterator`
        AsyncIterator = 1,
        /// `Symbol.hasInstance`
        HasInstance = 2,
        /// `Symbol.toPrimitive`
        ToPrimitive = 3,
        /// `Symbol.toStringTag`
        ToStringTag = 4,
        /// `Symbol.species`
        Species = 5,
        /// `Symbol.isConcatSpreadable`
        IsConcatSpreadable = 6,
        /// `Symbol.unscopables`
        Unscopables = 7,
        /// `Symbol.match`
        Match = 8,
        /// `Symbol.matchAll`
        MatchAll = 9,
        /// `Symbol.replace`
        Replace = 10,
        /// `Symbol.search`
        Search = 11,
        /// `Symbol.split`
        Split = 12,
        /// `Symbol.dispose`
        Dispose = 13,
        /// `Symbol.asyncDispose`
        AsyncDispose = 14,
    }
}

numbered! {
    /// How a script declares a global name.
    GlobalKind {
        /// `var`.
        Var = 0,
        /// A function declaration.
        Function = 1,
        /// `let` or class.
        Let = 2,
        /// `const`.
        Const = 3,
        /// `var` by eval code: deletable.
        EvalVar = 4,
        /// A function by eval code: deletable.
        EvalFunction = 5,
        /// A function in a block that annex B.3.2.2 also makes a `var`, where nothing stands against it.
        AnnexBFunction = 6,
    }
}

/// What a list is for in [`Constant::Eval`]: `[scope, flags]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EvalContext {
    /// Layout of the scope that the eval code sees.
    pub scope: ScopeId,
    /// Bits of [`eval_flag`].
    pub flags: u32,
}

/// Bits of [`EvalContext::flags`].
pub mod eval_flag {
    /// The calling code is strict.
    pub const STRICT: u32 = 1;
    /// Inside a non-arrow function: `new.target` is allowed.
    pub const FUNCTION: u32 = 2;
    /// Inside a method: `super.x` is allowed.
    pub const SUPER_PROPERTY: u32 = 4;
    /// Inside a derived constructor: `super()` is allowed.
    pub const SUPER_CALL: u32 = 8;
    /// Inside a class field initialiser: `arguments` is not allowed.
    pub const FIELD: u32 = 16;
    /// Inside a parameter list: `var arguments` is not allowed where `arguments` is bound.
    pub const PARAMETERS: u32 = 32;
}

numbered! {
    /// Operand of `DefineMethod`, with 4 added where the property is enumerable.
    MethodKind {
        /// A method.
        Method = 0,
        /// A getter.
        Get = 1,
        /// A setter.
        Set = 2,
    }
}

numbered! {
    /// Operand of `SetFunctionName`.
    NamePrefix {
        /// None.
        None = 0,
        /// `get `.
        Get = 1,
        /// `set `.
        Set = 2,
    }
}

numbered! {
    /// Operand of `DefinePrivate`.
    PrivateKind {
        /// A field.
        Field = 0,
        /// A method: not writable.
        Method = 1,
        /// A getter.
        Get = 2,
        /// A setter.
        Set = 3,
    }
}

numbered! {
    /// Operand of `ThrowError`.
    ErrorKind {
        /// `Error`
        Error = 0,
        /// `TypeError`
        TypeError = 1,
        /// `ReferenceError`
        ReferenceError = 2,
        /// `SyntaxError`
        SyntaxError = 3,
        /// `RangeError`
        RangeError = 4,
        /// `EvalError`
        EvalError = 5,
        /// `URIError`
        URIError = 6,
        /// `AggregateError`
        AggregateError = 7,
        /// `SuppressedError`
        SuppressedError = 8,
    }
}

numbered! {
    /// Operand of `CheckObject`: which message its TypeError has.
    CheckMessage {
        /// "Iterator result x is not an object"
        IteratorResult = 0,
        /// "x is not an object"
        Plain = 1,
    }
}

numbered! {
    /// Operand of `Suspend`: why the frame is put away.
    SuspendKind {
        /// `yield` in an async generator.
        Yield = 0,
        /// `await` in an async generator.
        Await = 1,
        /// `yield*` in a generator: the inner result object is handed out as it is.
        Delegate = 2,
    }
}

numbered! {
    /// How a suspended frame is resumed: the second register of `Suspend`.
    ResumeMode {
        /// `next(value)`
        Next = 0,
        /// `throw(value)`
        Throw = 1,
        /// `return(value)`
        Return = 2,
    }
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
    }
}

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

/// A whole unit.
#[derive(Clone, PartialEq, Debug)]
pub struct UnitData {
    /// Key and value pairs: `name`, `version`, `source-hash`, `capability` (repeatable), `producer`.
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
