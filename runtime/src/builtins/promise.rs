//! Promise (27.2): rows; the code is the library's.

use super::table::*;
use crate::heap::Cx;
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// The constructor.
pub static CLASSES: &[Class] = &[Class::new(
    "Promise",
    1,
    Intrinsic::Promise,
    Intrinsic::PromisePrototype,
    by_library(lib::promiseConstructor),
)];

/// Properties of %Promise% and its prototype object.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::Promise,
        rows: &[
            library("all", 1, lib::promiseAll),
            library("allSettled", 1, lib::promiseAllSettled),
            library("any", 1, lib::promiseAny),
            library("race", 1, lib::promiseRace),
            library("reject", 1, lib::promiseReject),
            library("resolve", 1, lib::promiseResolve).named(Intrinsic::PromiseResolve),
            library("try", 1, lib::promiseTry),
            library("withResolvers", 0, lib::promiseWithResolvers),
            getter("@@species", this),
        ],
    },
    Group {
        on: Intrinsic::PromisePrototype,
        rows: &[
            library("catch", 1, lib::promiseCatch),
            library("finally", 1, lib::promiseFinally),
            library("then", 2, lib::promiseThen).named(Intrinsic::PromiseThen),
            tag("Promise"),
        ],
    },
];

/// A getter that gives its receiver: `Symbol.species` and the like.
pub fn this<'s>(_: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(args.this())
}
