//! Builtins: what ECMA-262 (clauses 19 to 28) puts into a realm, declared as rows beside their code.

pub mod error;
pub mod function;
pub mod generator;
pub mod intrinsics;
pub mod modules;
pub mod object;
pub mod promise;
pub mod proxy;
pub mod reflect;
pub mod setup;
pub mod slotted;
pub mod table;
pub mod test262;
pub mod timers;

use crate::object::realm::Intrinsic;
use table::{Class, Group, Singleton, native};

/// Properties of the global object.
static GLOBAL: &[Group] =
    &[Group { on: Intrinsic::Global, rows: &[native("eval", 1, function::eval).named(Intrinsic::Eval)] }];

/// Objects without constructors, parents first.
fn objects() -> impl Iterator<Item = &'static Singleton> {
    [generator::OBJECTS, reflect::OBJECTS].into_iter().flatten()
}

/// Constructors, parents first.
fn classes() -> impl Iterator<Item = &'static Class> {
    [object::CLASSES, function::CLASSES, error::CLASSES, promise::CLASSES, proxy::CLASSES].into_iter().flatten()
}

/// Properties of objects.
fn groups() -> impl Iterator<Item = &'static Group> {
    [
        GLOBAL,
        object::GROUPS,
        function::GROUPS,
        error::GROUPS,
        promise::GROUPS,
        generator::GROUPS,
        proxy::GROUPS,
        reflect::GROUPS,
        timers::GROUPS,
    ]
    .into_iter()
    .flatten()
}
