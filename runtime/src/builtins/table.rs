//! Rows: how builtins are declared. Each builtin function, constant and alias is one row of the group of the object
//! that it is a property of; realm set-up, native numbers and documentation go by the rows.

use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::args::NativeFn;

/// Builtin properties of one object.
pub struct Group {
    /// The object.
    pub on: Intrinsic,
    /// Its rows, in the order of definition.
    pub rows: &'static [Row],
}

/// One builtin property.
pub struct Row {
    /// Its key: `@@name` is a well-known symbol.
    pub name: &'static str,
    /// What it is.
    pub what: What,
    /// [[Writable]] and the like; accessors ignore [[Writable]].
    pub attributes: u32,
    /// Where the realm keeps the function too.
    pub intrinsic: Option<Intrinsic>,
}

/// What a row defines.
#[derive(Clone, Copy)]
pub enum What {
    /// A function.
    Function(Code),
    /// A getter.
    Getter(Code),
    /// A setter.
    Setter(Code),
    /// %ThrowTypeError% as getter.
    ThrowingGetter,
    /// %ThrowTypeError% as setter.
    ThrowingSetter,
    /// The value of another property of the object.
    Alias(&'static str),
    /// An object of the realm.
    Object(Intrinsic),
    /// Undefined.
    Undefined,
    /// A number.
    Number(f64),
    /// A string.
    Text(&'static str),
    /// A well-known symbol, `@@name`.
    Symbol(&'static str),
}

/// A function's code.
#[derive(Clone, Copy)]
pub struct Code {
    /// Its `length`.
    pub length: u8,
    /// The native function.
    pub native: Option<NativeFn>,
    /// The library function: all of it, or the half that the native one falls back to. A number plus 1, 0 for none.
    pub library: u32,
}

impl Row {
    const fn new(name: &'static str, what: What, attributes: u32) -> Row {
        Row { name, what, attributes, intrinsic: None }
    }

    /// Keeps the function as an intrinsic of the realm too.
    pub const fn named(mut self, intrinsic: Intrinsic) -> Row {
        self.intrinsic = Some(intrinsic);
        self
    }

    /// Gives the property other attributes.
    pub const fn with(mut self, attributes: u32) -> Row {
        self.attributes = attributes;
        self
    }

    /// Its code, where it is a function.
    pub fn code(&self) -> Option<Code> {
        match self.what {
            What::Function(code) | What::Getter(code) | What::Setter(code) => Some(code),
            _ => None,
        }
    }
}

/// A native method.
pub const fn native(name: &'static str, length: u8, native: NativeFn) -> Row {
    Row::new(name, What::Function(Code { length, native: Some(native), library: 0 }), info::METHOD)
}

/// A self-hosted method.
pub const fn library(name: &'static str, length: u8, function: u32) -> Row {
    Row::new(name, What::Function(Code { length, native: None, library: function + 1 }), info::METHOD)
}

/// A native method whose self-hosted half does what runs guest code.
pub const fn both(name: &'static str, length: u8, native: NativeFn, function: u32) -> Row {
    Row::new(name, What::Function(Code { length, native: Some(native), library: function + 1 }), info::METHOD)
}

/// A native getter.
pub const fn getter(name: &'static str, native: NativeFn) -> Row {
    Row::new(name, What::Getter(Code { length: 0, native: Some(native), library: 0 }), info::CONFIGURABLE)
}

/// A self-hosted getter.
pub const fn library_getter(name: &'static str, function: u32) -> Row {
    Row::new(name, What::Getter(Code { length: 0, native: None, library: function + 1 }), info::CONFIGURABLE)
}

/// A native setter.
pub const fn setter(name: &'static str, native: NativeFn) -> Row {
    Row::new(name, What::Setter(Code { length: 1, native: Some(native), library: 0 }), info::CONFIGURABLE)
}

/// A self-hosted setter.
pub const fn library_setter(name: &'static str, function: u32) -> Row {
    Row::new(name, What::Setter(Code { length: 1, native: None, library: function + 1 }), info::CONFIGURABLE)
}

/// Another name for a property defined above.
pub const fn alias(name: &'static str, of: &'static str) -> Row {
    Row::new(name, What::Alias(of), info::METHOD)
}

/// An object of the realm as a property.
pub const fn object(name: &'static str, object: Intrinsic) -> Row {
    Row::new(name, What::Object(object), info::METHOD)
}

/// A constant number.
pub const fn number(name: &'static str, value: f64) -> Row {
    Row::new(name, What::Number(value), 0)
}

/// A well-known symbol, `@@name`, as a constant.
pub const fn well_known(name: &'static str, symbol: &'static str) -> Row {
    Row::new(name, What::Symbol(symbol), 0)
}

/// A constant string that can be assigned.
pub const fn text(name: &'static str, value: &'static str) -> Row {
    Row::new(name, What::Text(value), info::METHOD)
}

/// `Symbol.toStringTag`.
pub const fn tag(text: &'static str) -> Row {
    Row::new("@@toStringTag", What::Text(text), info::CONFIGURABLE)
}

/// A constructor with its prototype object.
pub struct Class {
    /// The constructor's name.
    pub name: &'static str,
    /// Its `length`.
    pub length: u8,
    /// Where the realm keeps the constructor.
    pub constructor: Intrinsic,
    /// Where the realm keeps the prototype object; the same number where there is none.
    pub prototype: Intrinsic,
    /// Its code.
    pub code: Code,
    /// What the constructor inherits from.
    pub parent: Intrinsic,
    /// What the prototype object inherits from.
    pub prototype_parent: Intrinsic,
    /// Kind of cell of the prototype object.
    pub prototype_kind: u8,
    /// Whether it is a property of the global object.
    pub global: bool,
    /// Attributes of the prototype's `constructor` property.
    pub constructor_attributes: u32,
}

/// An object without constructor.
pub struct Singleton {
    /// The object.
    pub on: Intrinsic,
    /// What it inherits from.
    pub parent: Intrinsic,
    /// Its name as a property of the global object.
    pub global: Option<&'static str>,
}

impl Class {
    /// A global class that inherits from %Object.prototype%.
    pub const fn new(
        name: &'static str,
        length: u8,
        constructor: Intrinsic,
        prototype: Intrinsic,
        code: Code,
    ) -> Class {
        Class {
            name,
            length,
            constructor,
            prototype,
            code: Code { length, ..code },
            parent: Intrinsic::FunctionPrototype,
            prototype_parent: Intrinsic::ObjectPrototype,
            prototype_kind: crate::heap::cells::kind::Plain,
            global: true,
            constructor_attributes: info::METHOD,
        }
    }

    /// With other parents.
    pub const fn inherits(mut self, parent: Intrinsic, prototype_parent: Intrinsic) -> Class {
        self.parent = parent;
        self.prototype_parent = prototype_parent;
        self
    }

    /// With a prototype object of another kind.
    pub const fn prototype_kind(mut self, kind: u8) -> Class {
        self.prototype_kind = kind;
        self
    }

    /// With a `constructor` property that cannot be assigned.
    pub const fn fixed_constructor(mut self) -> Class {
        self.constructor_attributes = info::CONFIGURABLE;
        self
    }

    /// Not a property of the global object.
    pub const fn hidden(mut self) -> Class {
        self.global = false;
        self
    }
}

/// A native constructor.
pub const fn by_native(native: NativeFn) -> Code {
    Code { length: 0, native: Some(native), library: 0 }
}

/// A self-hosted constructor.
pub const fn by_library(function: u32) -> Code {
    Code { length: 0, native: None, library: function + 1 }
}

/// A constructor whose self-hosted half does what runs guest code.
pub const fn by_both(native: NativeFn, function: u32) -> Code {
    Code { length: 0, native: Some(native), library: function + 1 }
}
