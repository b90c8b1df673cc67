//! DisposableStack and AsyncDisposableStack: rows; the code is the library's.

use super::table::*;
use crate::heap::cells::Slotted;
use crate::heap::{Cx, Local};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};

/// The constructors.
pub static CLASSES: &[Class] = &[
    Class::new(
        "DisposableStack",
        0,
        Intrinsic::DisposableStack,
        Intrinsic::DisposableStackPrototype,
        by_library(lib::disposableStack),
    ),
    Class::new(
        "AsyncDisposableStack",
        0,
        Intrinsic::AsyncDisposableStack,
        Intrinsic::AsyncDisposableStackPrototype,
        by_library(lib::asyncDisposableStack),
    ),
];

/// Properties of the prototype objects.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::DisposableStackPrototype,
        rows: &[
            library("adopt", 2, lib::stackAdopt),
            library("defer", 1, lib::stackDefer),
            library("dispose", 0, lib::stackDispose),
            library_getter("disposed", lib::stackDisposed),
            library("move", 0, lib::stackMove),
            library("use", 1, lib::stackUse),
            alias("@@dispose", "dispose"),
            tag("DisposableStack"),
        ],
    },
    Group {
        on: Intrinsic::AsyncDisposableStackPrototype,
        rows: &[
            library("adopt", 2, lib::asyncStackAdopt),
            library("defer", 1, lib::asyncStackDefer),
            library("disposeAsync", 0, lib::asyncStackDispose),
            library_getter("disposed", lib::asyncStackDisposed),
            library("move", 0, lib::asyncStackMove),
            library("use", 1, lib::asyncStackUse),
            alias("@@asyncDispose", "disposeAsync"),
            tag("AsyncDisposableStack"),
        ],
    },
];

/// %newSlotted%: prototype, class, then the fields.
pub fn new_slotted<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (proto, class) = (args.get(cx, 0), args.get(cx, 1).value(cx).as_int().unwrap_or(0));
    let fields: Vec<Local<'_>> = args.rest(2).collect();
    super::slotted::new_slotted(cx, proto, class as u32, &fields)
}

/// %setSlot%: object, class, index, value.
pub fn set_slot<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (class, index) = (args.get(cx, 1).value(cx).as_int(), args.get(cx, 2).value(cx).as_int());
    let value = args.get(cx, 3);
    if let (Some(slotted), Some(class), Some(index)) =
        (args.get(cx, 0).value(cx).cast::<Slotted>(cx), class, index)
        && slotted.class() == class as u32
    {
        slotted.fields(cx).put(cx, index as usize, value.value(cx));
    }
    Ok(cx.undefined())
}
