//! Rows of the primitives' classes, of text, regular expressions, JSON, Math and Date.

use super::table::{Class, Group, Singleton};
use super::{bigint, boolean, date, globals, json, math, number, regexp, string, symbol};
use crate::object::realm::Intrinsic;

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[
    Singleton { on: Intrinsic::Math, parent: Intrinsic::ObjectPrototype, global: Some("Math") },
    Singleton { on: Intrinsic::JSON, parent: Intrinsic::ObjectPrototype, global: Some("JSON") },
    Singleton { on: Intrinsic::StringIteratorPrototype, parent: Intrinsic::IteratorPrototype, global: None },
    Singleton {
        on: Intrinsic::RegExpStringIteratorPrototype,
        parent: Intrinsic::IteratorPrototype,
        global: None,
    },
];

/// Constructors.
pub static CLASSES: &[Class] = &[
    string::STRING_CLASS,
    number::NUMBER_CLASS,
    boolean::BOOLEAN_CLASS,
    symbol::SYMBOL_CLASS,
    bigint::BIGINT_CLASS,
    regexp::REGEXP_CLASS,
    date::DATE_CLASS,
];

/// Properties; what others refer to comes first.
pub static GROUPS: &[Group] = &[
    globals::GLOBALS,
    string::STRING,
    string::STRING_PROTOTYPE,
    string::STRING_ITERATOR,
    number::NUMBER,
    number::NUMBER_PROTOTYPE,
    boolean::BOOLEAN_PROTOTYPE,
    symbol::SYMBOL,
    symbol::SYMBOL_PROTOTYPE,
    bigint::BIGINT,
    bigint::BIGINT_PROTOTYPE,
    math::MATH,
    regexp::REGEXP,
    regexp::REGEXP_PROTOTYPE,
    regexp::REGEXP_STRING_ITERATOR,
    json::JSON,
    date::DATE,
    date::DATE_PROTOTYPE,
];
