//! What an operand means beyond its [`Kind`]: the registers it stands for, the constants it takes and the
//! enumeration it names.
//!
//! The verifier, the text form's comments and the unit generator ask here; nothing else says it again.

use crate::constant::constant_kind as kind;
use crate::numbered::numbered;
use crate::ops::{Kind, Op};

/// Registers that a register operand stands for, from its own on; `count` is the instruction's Count operand.
pub const fn span(kind: Kind, count: i64) -> i64 {
    match kind {
        Kind::OutPair => 2,
        Kind::OutIter | Kind::InIter => 3,
        Kind::Regs if count < 1 => 1,
        Kind::Regs => count,
        Kind::Window | Kind::WindowThis => crate::FRAME_HEADER as i64 + 1 + count,
        _ => 1,
    }
}

/// Kinds of constants, as a set of [`kind`] bits, that an instruction's Const operands take.
pub const fn constants_of(op: Op) -> u16 {
    match op {
        Op::LoadConst => kind::NUMBER | kind::STRING | kind::BIGINT | kind::SYMBOL,
        Op::NewScope | Op::NewRootScope => kind::SCOPE,
        Op::DeclareGlobals => kind::GLOBALS,
        Op::Switch => kind::JUMP_TABLE,
        Op::ObjectFromRegs => kind::KEYS,
        Op::GetTemplate => kind::TEMPLATE,
        Op::Closure | Op::ClosureRoot => kind::FUNCTION,
        Op::NewMappedArguments => kind::SLOTS,
        Op::DirectEval | Op::DirectEvalSpread => kind::EVAL,
        Op::GetProp | Op::SetProp | Op::InitProp | Op::DeleteProp => kind::STRING | kind::SYMBOL,
        _ => kind::STRING,
    }
}

/// Whether an instruction's Const operand names a property of an object, which must be no array index: elements
/// do not live among named properties.
pub const fn names_property(op: Op) -> bool {
    matches!(op, Op::GetProp | Op::SetProp | Op::InitProp | Op::DeleteProp)
}

/// What an immediate stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Itself.
    Number,
    /// A member of an enumeration.
    Member(&'static str),
    /// No member of the enumeration that it should name.
    Unknown,
}

/// What the immediate `value` of an instruction stands for.
pub fn immediate(op: Op, value: i64) -> Meaning {
    let Ok(number) = u32::try_from(value) else {
        return if immediate(op, 0) == Meaning::Number { Meaning::Number } else { Meaning::Unknown };
    };
    let name = match op {
        Op::DefineMethod if number < 8 => MethodKind::from_u32(number & 3).map(MethodKind::name),
        Op::DefineMethod => None,
        Op::SetFunctionName => NamePrefix::from_u32(number).map(NamePrefix::name),
        Op::DefinePrivate => PrivateKind::from_u32(number).map(PrivateKind::name),
        Op::ThrowError => ErrorKind::from_u32(number).map(ErrorKind::name),
        Op::CheckObject => CheckMessage::from_u32(number).map(CheckMessage::name),
        Op::Dispose => DisposeAction::from_u32(number).map(DisposeAction::name),
        Op::Suspend => SuspendKind::from_u32(number).map(SuspendKind::name),
        Op::IteratorClose | Op::DefineGlobalFunction => ["false", "true"].get(number as usize).copied(),
        _ => return Meaning::Number,
    };
    name.map_or(Meaning::Unknown, Meaning::Member)
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
    /// Operand of `Dispose`: what to do with a list of resources.
    DisposeAction {
        /// Adds a resource.
        Add = 0,
        /// Adds a resource that is disposed of asynchronously.
        AddAsync = 1,
        /// Begins disposing; the statements ended normally.
        Start = 2,
        /// Begins disposing; the statements threw `value`.
        StartFailed = 3,
        /// Disposes of all of them.
        All = 4,
        /// Disposes of one, or of some; an array with what to await, undefined at the end.
        Next = 5,
        /// What was awaited was rejected with `value`.
        Failed = 6,
        /// Throws what the statements or the disposal threw, if anything.
        Finish = 7,
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
