//! Constants: data that instructions refer to, by kind number in files and by kind name in the text form.

use crate::data::{FunctionId, ListId, ScopeId, StringId};
use crate::numbered::numbered;

/// Defines [`Constant`] and all that goes by its kinds. A number is kind 0; the others hold one index.
macro_rules! constants {
    ($($(#[$doc:meta])* $variant:ident($id:ident) = $number:literal $bit:ident $name:literal),* $(,)?) => {
        /// Data that instructions refer to.
        #[derive(Clone, Copy, Debug)]
        pub enum Constant {
            /// A number.
            Number(f64),
            $($(#[$doc])* $variant($id)),*
        }

        impl Constant {
            /// Kind number and payload; numbers by their bits.
            pub(crate) fn parts(&self) -> (u32, u64) {
                match *self {
                    Constant::Number(value) => (0, value.to_bits()),
                    $(Constant::$variant(id) => ($number, id.into())),*
                }
            }

            /// The inverse of [`Constant::parts`].
            pub(crate) fn from_parts(kind: u32, payload: u64) -> Option<Constant> {
                if kind == 0 {
                    return Some(Constant::Number(f64::from_bits(payload)));
                }
                let id = u32::try_from(payload).ok()?;
                Some(match kind {
                    $($number => Constant::$variant(id),)*
                    _ => return None,
                })
            }

            /// Names of the kinds in the text form, by kind number.
            pub(crate) const KIND_NAMES: &[&str] = &["number", $($name),*];
        }

        /// Sets of constant kinds: one bit for each.
        pub mod constant_kind {
            /// A number.
            pub const NUMBER: u16 = 1;
            $($(#[$doc])* pub const $bit: u16 = 1 << $number;)*
        }
    };
}

constants! {
    /// A string; also property names.
    String(StringId) = 1 STRING "string",
    /// A BigInt, its value in decimal digits with an optional `-`.
    BigInt(StringId) = 2 BIGINT "bigint",
    /// A [`crate::data::WellKnownSymbol`].
    Symbol(u32) = 3 SYMBOL "symbol",
    /// A function template.
    Function(FunctionId) = 4 FUNCTION "function",
    /// A scope layout.
    Scope(ScopeId) = 5 SCOPE "scope",
    /// The keys of an object literal: a list of strings.
    Keys(ListId) = 6 KEYS "keys",
    /// A tagged template: pairs of cooked (or [`crate::data::NONE`]) and raw strings.
    Template(ListId) = 7 TEMPLATE "template",
    /// A jump table: the first int32 (as u32 bits), then targets relative to the function's start.
    JumpTable(ListId) = 8 JUMP_TABLE "jump_table",
    /// Scope slots of the mapped parameters ([`crate::data::NONE`] for one that is shadowed by a later one).
    Slots(ListId) = 9 SLOTS "slots",
    /// A script's global declarations: pairs of [`crate::data::GlobalKind`] and name.
    Globals(ListId) = 10 GLOBALS "globals",
    /// What compiling a direct eval here needs: see [`crate::data::EvalContext`].
    Eval(ListId) = 11 EVAL "eval",
}

impl Constant {
    /// The constant's bit in a set of [`constant_kind`].
    pub fn kind_bit(&self) -> u16 {
        1 << self.parts().0
    }
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
        /// The same in eval code: deletable.
        EvalAnnexBFunction = 7,
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
    /// All bits that have a meaning.
    pub const ALL: u32 = 63;
}
