//! Builtins: what ECMA-262 (clauses 19 to 28) puts into a realm, declared as rows beside their code.

pub mod array;
pub mod array_iterator;
pub mod array_text;
pub mod atomics;
pub mod base64;
pub mod bigint;
pub mod boolean;
pub mod buffer;
pub mod call_site;
pub mod completion;
pub mod console;
pub mod contexts;
pub mod data_view;
pub mod date;
pub mod date_parse;
pub mod date_set;
pub mod date_text;
pub mod disposable;
pub mod embedding;
pub mod encoding;
pub mod error;
pub mod files;
pub mod function;
pub mod generator;
pub mod globals;
pub mod inspect;
pub mod inspect_text;
pub mod intrinsics;
pub mod iterator;
pub mod json;
pub mod json_parse;
pub mod map;
pub mod math;
pub mod message;
mod module_intrinsics;
mod module_link;
pub mod modules;
pub mod number;
pub mod object;
pub mod process;
pub mod program;
pub mod promise;
mod properties;
pub mod proxy;
mod recipe;
pub mod reflect;
pub mod regexp;
pub mod regexp_replace;
pub mod regexp_text;
pub mod sandbox;
pub mod set;
pub mod setup;
pub mod slotted;
pub mod string;
pub mod string_case;
mod string_html;
mod string_part;
mod string_replace;
mod string_search;
pub mod symbol;
pub mod table;
pub mod tenant;
pub mod test262;
pub mod text;
pub mod timers;
pub mod typed_array;
pub mod typed_bulk;
pub mod values;
pub mod weak;

use crate::object::realm::Intrinsic;
use table::{Class, Group, Singleton, native};

/// Properties of the global object.
static GLOBAL: &[Group] =
    &[Group { on: Intrinsic::Global, rows: &[native("eval", 1, function::eval).named(Intrinsic::Eval)] }];

/// Objects without constructors, parents first.
fn objects() -> impl Iterator<Item = &'static Singleton> {
    [
        generator::OBJECTS,
        reflect::OBJECTS,
        array_iterator::OBJECTS,
        iterator::OBJECTS,
        map::OBJECTS,
        atomics::OBJECTS,
        values::OBJECTS,
    ]
    .into_iter()
    .flatten()
}

/// Constructors, parents first.
fn classes() -> impl Iterator<Item = &'static Class> {
    [
        object::CLASSES,
        function::CLASSES,
        error::CLASSES,
        call_site::CLASSES,
        promise::CLASSES,
        proxy::CLASSES,
        array::CLASSES,
        iterator::CLASSES,
        map::CLASSES,
        set::CLASSES,
        weak::CLASSES,
        buffer::CLASSES,
        typed_array::CLASSES,
        data_view::CLASSES,
        disposable::CLASSES,
        values::CLASSES,
    ]
    .into_iter()
    .flatten()
}

/// Properties of objects.
fn groups() -> impl Iterator<Item = &'static Group> {
    [
        GLOBAL,
        object::GROUPS,
        function::GROUPS,
        error::GROUPS,
        call_site::GROUPS,
        promise::GROUPS,
        generator::GROUPS,
        proxy::GROUPS,
        reflect::GROUPS,
        timers::GROUPS,
        values::GROUPS,
        array::GROUPS,
        array_iterator::GROUPS,
        iterator::GROUPS,
        map::GROUPS,
        set::GROUPS,
        weak::GROUPS,
        buffer::GROUPS,
        typed_array::GROUPS,
        base64::GROUPS,
        data_view::GROUPS,
        disposable::GROUPS,
        atomics::GROUPS,
    ]
    .into_iter()
    .flatten()
}
