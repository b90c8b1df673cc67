//! The compiler's own form of a function: typed SSA with frame states.
//!
//! A [`Graph`] holds instructions in blocks. A value is the instruction that makes it. Instructions that may leave
//! (guards) or that other frames can see through (calls, allocations) carry a [`State`]: what every stack slot must
//! hold for the interpreter to go on. Values of type [`Type::Any`] may be references, which a collection moves: they
//! are in their stack slots whenever one can happen, and are read again afterwards.

mod print;
pub mod verify;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use tvm_runtime::interp::feedback::OUT_OF_LINE;
use tvm_runtime::interp::leaf::Leaf;
use tvm_runtime::object::typed::ElementType;

/// A value: the number of the instruction that makes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Value(pub u32);

/// A block's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlockId(pub u32);

/// A state's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StateId(pub u32);

/// How a value is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// No value.
    None,
    /// A guest value in its 64 bits.
    Any,
    /// An int32.
    Int,
    /// A double.
    Double,
    /// A truth value, 0 or 1.
    Bool,
    /// A word that is no guest value: a cell's address, a shape's reference. Never alive across a collection.
    Raw,
}

/// Integer operations and comparisons by name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IntOp {
    /// `a + b`; leaves on overflow.
    Add,
    /// `a - b`; leaves on overflow.
    Sub,
    /// `a * b`; leaves on overflow, and where the result is -0.
    Mul,
    /// `a % b`; leaves where `b` is not positive or `a` negative.
    Mod,
    /// `a & b`
    And,
    /// `a | b`
    Or,
    /// `a ^ b`
    Xor,
    /// `a << b`
    Shl,
    /// `a >> b`
    Shr,
    /// `a >>> b`; leaves where the result is no int32.
    UShr,
}

impl IntOp {
    /// Whether it leaves for some operands.
    pub fn may_leave(self) -> bool {
        matches!(self, IntOp::Add | IntOp::Sub | IntOp::Mul | IntOp::Mod | IntOp::UShr)
    }
}

/// Operations on doubles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DoubleOp {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a % b`
    Mod,
    /// `a ** b`
    Pow,
}

/// Functions of one double.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MathOp {
    /// The square root.
    Sqrt,
    /// The absolute value.
    Abs,
    /// Rounds down.
    Floor,
    /// Rounds up.
    Ceil,
    /// Rounds towards zero.
    Trunc,
    /// `-a`
    Neg,
    /// Rounds to single precision.
    Fround,
    /// Rounds to the nearest integer, ties up; zero keeps the sign.
    Round,
    /// The function with this number in [`FUNCTIONS`](tvm_runtime::base::math::FUNCTIONS).
    Function(u32),
}

/// Comparisons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cmp {
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
}

impl Cmp {
    /// The comparison that holds where this one does not; for ints only.
    pub fn negated(self) -> Cmp {
        match self {
            Cmp::Eq => Cmp::Ne,
            Cmp::Ne => Cmp::Eq,
            Cmp::Lt => Cmp::Ge,
            Cmp::Le => Cmp::Gt,
            Cmp::Gt => Cmp::Le,
            Cmp::Ge => Cmp::Lt,
        }
    }
}

/// Element types of typed arrays that compiled code knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Element {
    /// Int8
    I8,
    /// Uint8
    U8,
    /// Uint8Clamped
    Clamped,
    /// Int16
    I16,
    /// Uint16
    U16,
    /// Int32
    I32,
    /// Uint32
    U32,
    /// Float32
    F32,
    /// Float64
    F64,
}

impl Element {
    /// Its number in the heap's typed arrays.
    pub fn number(self) -> u32 {
        match self {
            Element::I8 => ElementType::Int8 as u32,
            Element::U8 => ElementType::Uint8 as u32,
            Element::Clamped => ElementType::Uint8Clamped as u32,
            Element::I16 => ElementType::Int16 as u32,
            Element::U16 => ElementType::Uint16 as u32,
            Element::I32 => ElementType::Int32 as u32,
            Element::U32 => ElementType::Uint32 as u32,
            Element::F32 => ElementType::Float32 as u32,
            Element::F64 => ElementType::Float64 as u32,
        }
    }

    /// Bytes, as a power of two.
    pub fn shift(self) -> i64 {
        match self {
            Element::I8 | Element::U8 | Element::Clamped => 0,
            Element::I16 | Element::U16 => 1,
            Element::I32 | Element::U32 | Element::F32 => 2,
            Element::F64 => 3,
        }
    }

    /// The type of the values that are read.
    pub fn read_type(self) -> Type {
        match self {
            Element::U32 | Element::F32 | Element::F64 => Type::Double,
            _ => Type::Int,
        }
    }

    /// The type with a number, where compiled code knows it.
    pub fn of(number: u32) -> Option<Element> {
        use Element::*;
        [I8, U8, Clamped, I16, U16, I32, U32, F32, F64].into_iter().find(|element| element.number() == number)
    }
}

/// What an instruction does. Operands are in [`Inst::args`], in the order that the text says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// A guest value that is no reference.
    Const(u64),
    /// An int32.
    Int(i32),
    /// A double, by its bits.
    Double(u64),
    /// A truth value.
    Bool(bool),
    /// What a stack slot holds, counted from the frame's `this`.
    Home(i32),
    /// A constant of a function: the address of the word that holds it.
    Word(u32, u32),
    /// One value per predecessor.
    Phi,
    /// A guest value of an int, double or truth value.
    Box,
    /// Leaves unless an Any is an int32.
    GuardInt,
    /// Leaves unless an Any is a number; gives a double.
    GuardNumber,
    /// Leaves unless an Any is an object; gives the same value.
    GuardObject,
    /// Leaves unless an Any is a string; gives the same value.
    GuardString,
    /// Leaves unless a double is an int32, and not -0.
    DoubleToInt,
    /// An int as a double.
    IntToDouble,
    /// A double that compares so with a bound (value, bound), as an int32; 2^31 - 1 for one that does not. Leaves where
    /// it is no int32, or the bound is above all of them.
    IntBelow(Cmp),
    /// ToInt32 of a double.
    Truncate,
    /// Arithmetic on ints.
    Int2(IntOp),
    /// As `Int2`, where ranges say that it cannot leave, or only the low 32 bits are asked for.
    Int2Free(IntOp),
    /// `>>>` of two ints as a double.
    UShrDouble,
    /// Arithmetic on doubles.
    Double2(DoubleOp),
    /// A function of one double.
    Math(MathOp),
    /// Compares ints.
    CmpInt(Cmp),
    /// Compares doubles.
    CmpDouble(Cmp),
    /// Compares two Anys as `===` does; leaves where that takes more than their bits.
    StrictEqual,
    /// Whether two Anys have the same bits.
    SameBits,
    /// Truth of an Any.
    Truth,
    /// Negates a truth value.
    Not,
    /// Whether an Any is undefined or null.
    IsNullish,
    /// Whether an Any is `== null`.
    IsNull,
    /// Leaves unless an Any is a number; gives the same value.
    GuardIsNumber,
    /// Compares two Anys as `==` does; leaves where that takes more than their bits.
    LooseEqual,
    /// Leaves where an Any is a hole; gives the same value.
    GuardNotHole,
    /// Leaves unless the truth value is this.
    GuardBool(bool),
    /// Leaves always.
    Leave,

    /// Leaves unless the object has the shape; gives the same value.
    GuardShape(u32),
    /// The reference of an object's shape.
    Shape,
    /// Whether a value is this word.
    IsWord(u64),
    /// Whether a Raw is this number.
    IsRaw(u32),
    /// Leaves unless the validity cell holds.
    GuardValid(u32),
    /// The value at a byte offset of an object.
    LoadField(u32),
    /// The value at a byte offset of the cell with this reference.
    LoadOf(u32, u32),
    /// Stores a value at a byte offset of the cell with this reference, with the barrier.
    StoreOf(u32, u32),
    /// The cell that the u32 at a byte offset of an object refers to, as an internal reference.
    LoadCell(u32),
    /// Stores a value at a byte offset of an object, with the barrier.
    StoreField(u32),
    /// Sets an object's shape.
    StoreShape(u32),
    /// The address of the cell at a byte offset of an object: out-of-line slots, elements.
    Part(u32),
    /// As `Part`, of the cell with this reference.
    PartOf(u32, u32),
    /// Leaves unless the object with the first reference has the shape with the second.
    GuardShapeOf(u32, u32),
    /// Leaves unless the object with this reference has a word at a place.
    GuardWordOf(u32, u32, u64),
    /// The address of a cell.
    Address,
    /// The address of a scope's parent.
    Parent,
    /// The value at a byte offset of a scope's address.
    LoadScope(u32),
    /// Stores a value at a byte offset of a scope's address, with the barrier.
    StoreScope(u32),
    /// The value at a byte offset from an address.
    LoadAt(u32),
    /// Stores a value at a byte offset from an address of a cell, with the barrier.
    StoreAt(u32),
    /// The u32 at a byte offset of an object, as a Raw.
    LoadWord(u32),
    /// The u32 at a byte offset from an address, as a Raw.
    LoadWordAt(u32),
    /// Leaves unless the Raw is this.
    GuardRaw(u32),
    /// Leaves unless the object is of the kind; gives the same value.
    GuardKind(u8),

    /// Length of an array or a string as an int; leaves where it is neither.
    Length,
    /// The element of an elements cell (address, index, capacity); leaves where it is out of range or a hole.
    LoadElement,
    /// Stores to an elements cell (address, index, value, limit), whose kind was noted or is to be; leaves where the
    /// index is out of range.
    StoreElement(bool),
    /// Leaves unless elements of an array below its length can be stored to without asking; gives the same value.
    GuardStores,
    /// Elements (address) may hold ints (`flag::NOT_DOUBLE`), doubles, or both flags: other values.
    NoteKind(u8),
    /// The smaller of an array's length and the capacity of its elements (array, elements), as a Raw.
    StoreLimit,
    /// Leaves unless an object is a typed array of the type, on a plain buffer; gives the same value.
    GuardTyped(Element),
    /// The address of a typed array's first element.
    TypedData,
    /// The number of a typed array's elements, as a Raw.
    TypedCount,
    /// The `length` of an object, which leaves unless it is a typed array on a plain buffer with an int32 of elements.
    TypedLength,
    /// An Int or Double as Uint8ClampedArray keeps it: 0 to 255, ties to even (ToUint8Clamp).
    ClampByte,
    /// Leaves unless an Any has these bits; gives the same value.
    GuardIs(u64),
    /// The element of any value at an index, as the runtime finds it (object, index); leaves where that takes more.
    GetIndex,
    /// Stores an element, also a new one (object, index, value); leaves where that takes more.
    SetIndex,
    /// Leaves unless an index is below a count (index, count); gives the index.
    InBounds,
    /// The element of a typed array (address, index in bounds).
    LoadTyped(Element),
    /// Stores to a typed array (address, index in bounds, Int or Double).
    StoreTyped(Element),
    /// Leaves unless an object is a DataView on a buffer that is neither shared, resizable nor detached; gives it.
    /// [`Op::TypedData`] and [`Op::TypedCount`] of it are of bytes.
    GuardView,
    /// What a view has at a byte, little-endian or not (data, byte, count of bytes); where that is not known, a truth value
    /// behind the others tells.
    LoadView(Element, Option<bool>),
    /// Stores in a view (data, byte, value as [`Op::StoreTyped`] takes it, count of bytes), as [`Op::LoadView`] loads.
    StoreView(Element, Option<bool>),
    /// Code unit of a flat Latin-1 string (string, index); leaves otherwise.
    CharCode,

    /// The string of one code unit, below 256 (unit); leaves otherwise.
    Character,

    /// The entry of a Map or Set that has a key, -1 where none has (Map or Set, key); leaves where that takes more.
    MapFind,
    /// The value in an entry of a Map, undefined for -1 (Map, entry).
    MapValue,
    /// Sets a key's value in a Map, or adds the key to a Set (Map or Set, key, value).
    MapSet,

    /// The part of a string between two places in either order, both clamped (string, start, end).
    Substring,
    /// Whether an object has a dense element at an index (elements, index, capacity): leaves where it has none.
    HasElement,
    /// Whether an Any is an object.
    IsObject,
    /// The first operand where it is an object, otherwise the second.
    OrReceiver,
    /// A new object of a shape with these inline slots: values follow, the rest is undefined.
    NewObject(u32, u32),

    /// What was not made, of these contents. It stands in states alone; who leaves makes it.
    Unmade(Unmade),
    /// A number, as a Raw.
    Word32(u32),

    /// A new scope with these slots, the first of them holes (parent, or nothing).
    NewScope(u32, u32),
    /// A closure of the function with this template and shape (scope, or nothing).
    Closure(u32, u32),
    /// An array of these values, with room for so many; holes follow up to its length.
    ArrayOf(u32, u32),
    /// An array of holes (length); leaves where the length is negative.
    NewArray,
    /// Takes a unit of the budget; leaves to poll where it is used up.
    Poll,
    /// Takes a unit of the budget for work that is polled later.
    Spend,
    /// Primitives as strings, one behind the other: of one or two or three; of two, one is a string. Leaves where one is
    /// an object or a symbol.
    Join,
    /// Pushes onto an array (array, value). Gives the length. Leaves where that takes more than to store an element; but
    /// not where the same call has pushed onto the array before.
    Push(bool),
    /// Takes the last element from an array of the realm's plain shape; leaves where that takes more.
    Pop,
    /// The smaller or the greater of two doubles.
    MinMax(bool),
    /// The smaller or the greater of two ints.
    MinMaxInt(bool),
    /// Executes the instruction at `pc` of the frame at `slot`; gives the next code offset as a Raw.
    Step {
        /// Slot of the frame.
        frame: i32,
        /// Code offset.
        pc: u32,
    },
    /// The next value of the iteration whose record begins with a register of the frame at `slot`, or the mark of its end.
    NextOf {
        /// Slot of the frame.
        frame: i32,
        /// The register.
        iterator: u32,
        /// Code offset that the frame goes on at with a value.
        next: u32,
    },
    /// The next key of the enumeration in a register of the frame at `slot`, or the mark of its end.
    NextKey {
        /// Slot of the frame.
        frame: i32,
        /// The register.
        keys: u32,
    },
    /// Carries out the instruction at `pc` by which the unit's own frame is put away, or ends: gives what it returns. For
    /// a `yield` also the register that it yields.
    PutAway {
        /// Code offset.
        pc: u32,
        /// The register.
        yielded: Option<u32>,
    },
    /// Calls an intrinsic of library code on consecutive registers of the frame at `slot`.
    CallIntrinsic {
        /// Slot of the frame.
        frame: i32,
        /// Its number.
        intrinsic: u32,
        /// First register.
        start: u32,
        /// Registers.
        count: u32,
    },
    /// Asks the runtime with up to three values; where it takes more, has the interpreter execute the instruction at
    /// `pc` of the frame at `slot`.
    Leaf {
        /// What to ask.
        leaf: Leaf,
        /// Slot of the frame.
        frame: i32,
        /// Code offset.
        pc: u32,
        /// Where the interpreter leaves the result.
        to: Result,
        /// The cache that is given along: code number and word.
        cache: Option<(u32, u32)>,
    },
    /// Leaves unless the runtime says that an Any is an array that is walked by index (value, running function). Where
    /// nothing of the protocol of arrays was changed, those of a shape are known to be.
    GuardIterable(Option<u32>),
    /// Leaves unless a value is one that is walked by index (value, running function).
    GuardWalked(Walked),
    /// Leaves unless an Any is an int that is not negative, a string or a symbol; gives the same value.
    GuardKey,
    /// Calls (callee, receiver, arguments...) through the runtime.
    Call {
        /// Slot of the calling frame.
        frame: i32,
        /// Slot of the callee's frame.
        window: i32,
        /// Whether it constructs.
        construct: bool,
    },
    /// Calls a native function (callee, receiver, arguments...).
    CallNative {
        /// Slot of the calling frame.
        frame: i32,
        /// Slot of the callee's frame.
        window: i32,
        /// Its number.
        code: u32,
    },
    /// Calls a function of bytecode whose template is known (callee, receiver, arguments...).
    CallDirect {
        /// Slot of the calling frame.
        frame: i32,
        /// Slot of the callee's frame.
        window: i32,
        /// The function's index in the request.
        function: u32,
        /// Arguments that it was given; the operands are padded to its parameters.
        argc: u32,
        /// Whether it constructs.
        construct: bool,
    },
}

/// Where the interpreter leaves the result of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Result {
    /// In a slot.
    Slot(i32),
    /// There is none.
    None,
    /// As a truth value in a slot; the flag says that it is the opposite of what is asked.
    Truth(i32, bool),
    /// By jumping to a code offset; the flag says that it jumps where what is asked does not hold.
    Jump(u32, bool),
}

/// Kinds of memory, as a set.
pub mod alias {
    /// Shapes of objects.
    pub const SHAPE: u32 = 1;
    /// Elements of arrays, and which elements an object has.
    pub const ELEMENT: u32 = 2;
    /// Scopes' slots.
    pub const SCOPE: u32 = 4;
    /// Content of typed arrays.
    pub const TYPED: u32 = 8;
    /// Validity cells, constants, feedback.
    pub const GLOBAL: u32 = 16;
    /// Lengths of arrays.
    pub const LENGTH: u32 = 32;
    /// References may be moved.
    pub const MOVES: u32 = 64;
    /// Entries of Maps and Sets.
    pub const MAP: u32 = 128;
    /// Everything.
    pub const ALL: u32 = u32::MAX;
    /// Number of kinds.
    pub const COUNT: usize = 32;

    /// Words of objects at a byte offset: those at different offsets are different words.
    pub const fn field(offset: u32) -> u32 {
        1 << (8 + offset / 8 % 12)
    }

    /// The same of cells that belong to objects.
    pub const fn part(offset: u32) -> u32 {
        1 << (20 + offset / 8 % 12)
    }
}

impl Op {
    /// The memory that it reads.
    pub fn reads(self) -> u32 {
        match self {
            Op::GuardShape(_) | Op::Shape => alias::SHAPE,
            Op::GuardKind(_) => 0,
            Op::GuardValid(_) | Op::Word(..) => alias::GLOBAL,
            Op::LoadField(at) | Op::LoadOf(_, at) => alias::field(at),
            Op::LoadCell(_) | Op::Address | Op::Parent => alias::MOVES,
            Op::LoadScope(_) => alias::SCOPE,
            // Which slots and elements an object has changes only where lengths may.
            Op::Part(_) | Op::PartOf(..) => alias::LENGTH,
            Op::GuardShapeOf(..) => alias::SHAPE,
            Op::GuardWordOf(_, place, _) if place < OUT_OF_LINE => alias::field(8 * place),
            Op::GuardWordOf(_, place, _) => alias::SHAPE | alias::part(8 + 8 * (place - OUT_OF_LINE)),
            Op::LoadAt(at) => alias::part(at),
            Op::LoadWord(_) => alias::LENGTH,
            Op::LoadWordAt(_) | Op::TypedData | Op::TypedCount => alias::LENGTH,
            Op::GuardTyped(_)
            | Op::GuardView
            | Op::GuardStores
            | Op::NoteKind(_)
            | Op::GuardIterable(Some(_)) => alias::LENGTH | alias::SHAPE,
            Op::GuardIterable(None) | Op::GuardWalked(_) => alias::ALL,
            Op::Length | Op::TypedLength | Op::StoreLimit => alias::LENGTH,
            Op::LoadElement | Op::HasElement => alias::ELEMENT,
            Op::LoadTyped(_) | Op::LoadView(..) => alias::TYPED,
            Op::MapFind | Op::MapValue => alias::MAP,
            _ => 0,
        }
    }

    /// The memory that it writes.
    pub fn writes(self) -> u32 {
        match self {
            Op::StoreField(at) | Op::StoreOf(_, at) => alias::field(at),
            Op::StoreScope(_) => alias::SCOPE,
            Op::StoreShape(_) => alias::SHAPE,
            Op::StoreAt(at) => alias::part(at),
            Op::StoreElement(_) => alias::ELEMENT,
            Op::Pop => alias::ELEMENT | alias::LENGTH,
            Op::StoreTyped(_) | Op::StoreView(..) => alias::TYPED,
            Op::NewObject(..) | Op::NewScope(..) | Op::Closure(..) | Op::NewArray | Op::ArrayOf(..) => {
                alias::MOVES
            }
            Op::GetIndex | Op::Substring | Op::Join => alias::MOVES,
            Op::Push(_) => alias::MOVES | alias::ELEMENT | alias::LENGTH,
            Op::SetIndex => alias::MOVES | alias::ELEMENT | alias::LENGTH,
            Op::MapSet => alias::MOVES | alias::MAP,
            op if op.runs_code() => alias::ALL,
            _ => 0,
        }
    }

    /// Whether it may leave to the interpreter before it did anything.
    pub fn is_guard(self) -> bool {
        match self {
            Op::Int2(op) => op.may_leave(),
            Op::GuardInt
            | Op::GuardNumber
            | Op::GuardObject
            | Op::GuardString
            | Op::DoubleToInt
            | Op::IntBelow(_)
            | Op::StrictEqual
            | Op::GuardNotHole
            | Op::GuardBool(_)
            | Op::Leave
            | Op::GuardShape(_)
            | Op::GuardValid(_)
            | Op::GuardRaw(_)
            | Op::GuardKind(_)
            | Op::GuardShapeOf(..)
            | Op::GuardWordOf(..)
            | Op::Length
            | Op::TypedLength
            | Op::GuardIsNumber
            | Op::LooseEqual
            | Op::LoadElement
            | Op::HasElement
            | Op::StoreElement(_)
            | Op::InBounds
            | Op::LoadView(..)
            | Op::StoreView(..)
            | Op::CharCode
            | Op::Character
            | Op::MapFind
            | Op::GuardStores
            | Op::GuardTyped(_)
            | Op::GuardView
            | Op::GuardIs(_)
            | Op::GuardIterable(_)
            | Op::GuardWalked(_)
            | Op::GuardKey
            | Op::GetIndex
            | Op::SetIndex
            | Op::Join
            | Op::Push(_)
            | Op::Pop
            | Op::NewArray
            | Op::Poll => true,
            _ => false,
        }
    }

    /// Whether it may run code of the guest: what a leaf does not do the interpreter does.
    pub fn runs_code(self) -> bool {
        matches!(
            self,
            Op::Step { .. }
                | Op::NextOf { .. }
                | Op::NextKey { .. }
                | Op::PutAway { .. }
                | Op::CallIntrinsic { .. }
                | Op::Leaf { .. }
                | Op::Call { .. }
                | Op::CallDirect { .. }
                | Op::CallNative { .. }
        )
    }

    /// Whether frames must be complete while it runs.
    pub fn is_call(self) -> bool {
        self.runs_code()
            || matches!(
                self,
                Op::Push(_)
                    | Op::NewScope(..)
                    | Op::Closure(..)
                    | Op::NewArray
                    | Op::ArrayOf(..)
                    | Op::NewObject(..)
                    | Op::GetIndex
                    | Op::SetIndex
                    | Op::MapSet
                    | Op::Substring
                    | Op::Join
            )
    }

    /// Whether it must stay although nobody uses its value.
    pub fn has_effect(self) -> bool {
        matches!(self, Op::Spend | Op::NoteKind(_))
            || self.is_guard()
            || (self.writes() != 0
                && !matches!(self, Op::NewObject(..) | Op::NewScope(..) | Op::Closure(..) | Op::ArrayOf(..)))
    }

    /// Whether the same operands give the same value while the memory that it reads is not written.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Op::Phi | Op::Home(_) | Op::Poll | Op::Spend | Op::Leave) && self.writes() == 0
    }

    /// Whether it makes doubles that become int32s, where they can, when they are boxed: as the interpreter has it.
    pub fn gives_ints_where_it_can(self) -> bool {
        matches!(
            self,
            Op::Double2(DoubleOp::Div | DoubleOp::Mod | DoubleOp::Pow) | Op::Math(_) | Op::MinMax(_)
        )
    }

    /// Whether its result is its first operand.
    pub fn is_identity(self) -> bool {
        matches!(
            self,
            Op::GuardObject
                | Op::GuardString
                | Op::GuardShape(_)
                | Op::GuardKind(_)
                | Op::GuardNotHole
                | Op::GuardIsNumber
                | Op::GuardStores
                | Op::GuardTyped(_)
                | Op::GuardView
                | Op::GuardIs(_)
                | Op::GuardIterable(_)
                | Op::GuardWalked(_)
                | Op::GuardKey
                | Op::InBounds
        )
    }
}

/// What [`Op::GuardWalked`] asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Walked {
    /// The runtime is asked about a typed array.
    Typed,
    /// The runtime is asked about a string, which is in one piece then.
    String,
    /// Strings are known to be walked: this one is to be in one piece.
    InOnePiece,
}

/// What [`Op::Unmade`] is; its operands are what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unmade {
    /// A plain object of a shape, with its inline slots.
    Object(u32, u32),
    /// A scope with so many slots, and behind them the scope around, where there is one.
    Scope(u32),
    /// A closure of the function with this template and shape, with its scope, where it has one.
    Closure(u32, u32),
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Operands.
    pub args: SmallVec<[Value; 3]>,
    /// Type of its value.
    pub ty: Type,
    /// The state that it leaves with, or that holds while it runs.
    pub state: Option<StateId>,
    /// The instruction of bytecode that it was made for: code number and code offset; zeros where there is none.
    pub site: (u32, u32),
    /// It was moved in front of a loop.
    pub hoisted: bool,
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum End {
    /// Not set yet.
    Open,
    /// Goes on in a block.
    Jump(BlockId),
    /// Goes on by a truth value.
    Branch(Value, BlockId, BlockId),
    /// Goes on by an int: (value, lowest, targets, otherwise).
    Switch(Value, i32, Vec<BlockId>, BlockId),
    /// Returns an Any.
    Return(Value),
    /// Never reached: an instruction before it leaves.
    Unreachable,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Instructions, phis first.
    pub insts: Vec<Value>,
    /// How it ends.
    pub end: End,
    /// Where control comes from, in the order of the phis' operands.
    pub preds: Vec<BlockId>,
    /// It is the header of a loop: the first predecessor is outside.
    pub is_loop: bool,
    /// The state at its start, for loop headers.
    pub state: Option<StateId>,
}

/// What the stack must hold for the interpreter to go on.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Values by slot, counted from the outermost frame's `this`.
    pub slots: Vec<(i32, Value)>,
    /// Header words by slot.
    pub words: Vec<(i32, u64)>,
    /// Slot of the innermost frame.
    pub frame: i32,
    /// Number of its code.
    pub code: u32,
    /// Code offset that it stands at.
    pub pc: u32,
    /// Registers of the innermost frame.
    pub registers: u32,
    /// Slots that the instruction itself overwrites: none of these holds afterwards what the state says.
    pub overwritten: Vec<i32>,
}

/// A function.
#[derive(Clone, Default)]
pub struct Graph {
    /// Instructions; a value is an index.
    pub insts: Vec<Inst>,
    /// Blocks; the first is the entry.
    pub blocks: Vec<Block>,
    /// States.
    pub states: Vec<State>,
    /// What optimisations did.
    pub counters: Vec<(&'static str, u32)>,
    /// Instructions left to the interpreter: name, code number, code offset.
    pub stepped: Vec<(&'static str, u32, u32)>,
    /// Slots that the interpreter or a callee writes: results.
    pub touched: Vec<i32>,
    /// Slots from this one on are written by callees.
    pub touched_from: Option<i32>,
    /// Sites whose guards failed in front of a loop before: they are not moved there.
    pub unmoved: FxHashSet<(u32, u32)>,
    /// Site of new instructions that have no state.
    pub site: (u32, u32),
}

impl Graph {
    /// A new block.
    pub fn block(&mut self) -> BlockId {
        self.blocks.push(Block {
            insts: Vec::new(),
            end: End::Open,
            preds: Vec::new(),
            is_loop: false,
            state: None,
        });
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// A new instruction that is in no block yet.
    pub fn make(&mut self, op: Op, args: &[Value], ty: Type, state: Option<StateId>) -> Value {
        let site = state.map_or(self.site, |state| {
            let state = &self.states[state.0 as usize];
            (state.code, state.pc)
        });
        self.insts.push(Inst { op, args: SmallVec::from_slice(args), ty, state, site, hoisted: false });
        Value(self.insts.len() as u32 - 1)
    }

    /// An instruction by its value.
    pub fn inst(&self, value: Value) -> &Inst {
        &self.insts[value.0 as usize]
    }

    /// An instruction by its value.
    pub fn inst_mut(&mut self, value: Value) -> &mut Inst {
        &mut self.insts[value.0 as usize]
    }

    /// A value's type.
    pub fn ty(&self, value: Value) -> Type {
        self.insts[value.0 as usize].ty
    }

    /// A block by its number.
    pub fn at(&self, block: BlockId) -> &Block {
        &self.blocks[block.0 as usize]
    }

    /// A block by its number.
    pub fn at_mut(&mut self, block: BlockId) -> &mut Block {
        &mut self.blocks[block.0 as usize]
    }

    /// The operand of a box; any other value itself.
    pub fn unboxed(&self, value: Value) -> Value {
        let inst = self.inst(value);
        if inst.op == Op::Box { inst.args[0] } else { value }
    }

    /// The value behind instructions that give their operand back.
    pub fn root(&self, value: Value) -> Value {
        let mut value = value;
        while self.inst(value).op.is_identity() {
            value = self.inst(value).args[0];
        }
        value
    }

    /// A condition without its negations, and whether it is to hold where the given one does.
    pub fn condition(&self, value: Value) -> (Value, bool) {
        let (mut value, mut holds) = (value, true);
        while self.inst(value).op == Op::Not {
            value = self.inst(value).args[0];
            holds = !holds;
        }
        (value, holds)
    }

    /// Calls write to slots from this one on.
    pub fn touch_from(&mut self, slot: i32) {
        self.touched_from = Some(self.touched_from.map_or(slot, |known| known.min(slot)));
    }

    /// Counts what an optimisation did.
    pub fn count(&mut self, name: &'static str, times: u32) {
        if times == 0 {
            return;
        }
        match self.counters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += times,
            None => self.counters.push((name, times)),
        }
    }

    /// Blocks that control goes to from a block.
    pub fn successors(&self, block: BlockId) -> SmallVec<[BlockId; 2]> {
        match &self.at(block).end {
            End::Jump(to) => SmallVec::from_slice(&[*to]),
            End::Branch(_, yes, no) => SmallVec::from_slice(&[*yes, *no]),
            End::Switch(_, _, targets, otherwise) => {
                let mut all: SmallVec<[BlockId; 2]> = targets.iter().copied().collect();
                all.push(*otherwise);
                all
            }
            End::Open | End::Return(_) | End::Unreachable => SmallVec::new(),
        }
    }

    /// Blocks that can be reached, each before those that it leads to, loops apart.
    pub fn order(&self) -> Vec<BlockId> {
        let mut seen = vec![false; self.blocks.len()];
        let mut order = Vec::new();
        let mut stack = vec![(BlockId(0), 0)];
        seen[0] = true;
        while let Some((block, next)) = stack.pop() {
            let successors = self.successors(block);
            match successors.get(next) {
                Some(&to) => {
                    stack.push((block, next + 1));
                    if !seen[to.0 as usize] {
                        seen[to.0 as usize] = true;
                        stack.push((to, 0));
                    }
                }
                None => order.push(block),
            }
        }
        order.reverse();
        order
    }
}
