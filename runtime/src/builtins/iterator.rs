//! Iterator (27.1.3), its helpers, and the prototypes of iterators. Steps are `library/iterator.js`.

use super::slotted::{class, new_slotted};
use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local};
use crate::interp::generator::{handing, state};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};
use tvm_bytecode::data::ResumeMode;

/// %Iterator%.
const ITERATOR_CLASS: Class = Class::new(
    "Iterator",
    0,
    Intrinsic::Iterator,
    Intrinsic::IteratorPrototype,
    by_library(lib::iteratorConstructor),
);

/// Properties of %Iterator%.
const ITERATOR: Group = Group {
    on: Intrinsic::Iterator,
    rows: &[
        library("concat", 0, lib::iteratorConcat),
        library("from", 1, lib::iteratorStaticFrom),
        library("zip", 1, lib::iteratorZip),
        library("zipKeyed", 1, lib::iteratorZipKeyed),
    ],
};

/// Properties of %Iterator.prototype%.
const ITERATOR_PROTOTYPE: Group = Group {
    on: Intrinsic::IteratorPrototype,
    rows: &[
        library_getter("constructor", lib::iteratorGetConstructor),
        library_setter("constructor", lib::iteratorSetConstructor),
        library("chunks", 1, lib::iteratorChunks),
        library("drop", 1, lib::iteratorDrop),
        library("every", 1, lib::iteratorEvery),
        library("filter", 1, lib::iteratorFilter),
        library("find", 1, lib::iteratorFind),
        library("flatMap", 1, lib::iteratorFlatMap),
        library("forEach", 1, lib::iteratorForEach),
        library("includes", 1, lib::iteratorIncludes),
        library("join", 1, lib::iteratorJoin),
        library("map", 1, lib::iteratorMap),
        library("reduce", 1, lib::iteratorReduce),
        library("some", 1, lib::iteratorSome),
        library("take", 1, lib::iteratorTake),
        library("toArray", 0, lib::iteratorToArray),
        library("windows", 1, lib::iteratorWindows),
        native("@@iterator", 0, super::array::this_value),
        library("@@dispose", 0, lib::iteratorDispose),
        library_getter("@@toStringTag", lib::iteratorGetTag),
        library_setter("@@toStringTag", lib::iteratorSetTag),
    ],
};

/// Properties of %AsyncIteratorPrototype%.
const ASYNC_ITERATOR_PROTOTYPE: Group = Group {
    on: Intrinsic::AsyncIteratorPrototype,
    rows: &[
        native("@@asyncIterator", 0, super::array::this_value),
        library("@@asyncDispose", 0, lib::asyncIteratorDispose),
    ],
};

/// Properties of %IteratorHelperPrototype%.
const ITERATOR_HELPER_PROTOTYPE: Group = Group {
    on: Intrinsic::IteratorHelperPrototype,
    rows: &[native("next", 0, helper_next), native("return", 0, helper_return), tag("Iterator Helper")],
};

/// Properties of %WrapForValidIteratorPrototype%.
const WRAP_PROTOTYPE: Group = Group {
    on: Intrinsic::WrapForValidIteratorPrototype,
    rows: &[library("next", 0, lib::wrapNext), library("return", 0, lib::wrapReturn)],
};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[
    Singleton { on: Intrinsic::IteratorHelperPrototype, parent: Intrinsic::IteratorPrototype, global: None },
    Singleton {
        on: Intrinsic::WrapForValidIteratorPrototype,
        parent: Intrinsic::IteratorPrototype,
        global: None,
    },
];

/// The groups of this file.
pub static GROUPS: &[Group] =
    &[ITERATOR, ITERATOR_PROTOTYPE, ASYNC_ITERATOR_PROTOTYPE, ITERATOR_HELPER_PROTOTYPE, WRAP_PROTOTYPE];

/// The classes of this file.
pub static CLASSES: &[Class] = &[ITERATOR_CLASS];

/// The internal slots of a slotted object of a class.
fn slots<'s>(cx: &mut Cx<'s>, value: Local<'s>, wanted: u32, what: &str) -> JsResult<'s, Local<'s, Tuple>> {
    match value.cast::<Slotted>(cx) {
        Some(slotted) if slotted.get(cx).class() == wanted => Ok(slotted.get(cx).fields(cx).root(cx)),
        _ => {
            let shown = cx.describe(value);
            Err(cx.type_error(&format!("{what} called on incompatible receiver {shown}")))
        }
    }
}

fn helper<'s>(
    cx: &mut Cx<'s>,
    args: Args<'s>,
    what: &str,
) -> JsResult<'s, (Local<'s, Generator>, Local<'s, Tuple>)> {
    let fields = slots(cx, args.this(), class::ITERATOR_HELPER, what)?;
    let generator = fields.get(cx).at(cx, 0).root(cx);
    match generator.cast::<Generator>(cx) {
        Some(generator) => Ok((generator, fields)),
        None => Err(cx.bug("an iterator helper without generator")),
    }
}

/// %IteratorHelperPrototype%.next (27.1.2.1.1)
fn helper_next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (generator, _) = helper(cx, args, "Iterator Helper.prototype.next")?;
    let undefined = cx.undefined();
    cx.resume_generator(generator, undefined, ResumeMode::Next, handing::RESULT)
}

/// %IteratorHelperPrototype%.return (27.1.2.1.2)
fn helper_return<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (generator, fields) = helper(cx, args, "Iterator Helper.prototype.return")?;
    if generator.get(cx).state() == state::START {
        generator.get(cx).set_state(state::COMPLETED);
        generator.get(cx).set_frame(cx, None);
        let parts = [1, 2].map(|i| fields.get(cx).at(cx, i).root(cx));
        return Err(cx.call_library(lib::helperClose, &parts));
    }
    let undefined = cx.undefined();
    cx.resume_generator(generator, undefined, ResumeMode::Return, handing::RESULT)
}

/// %newIteratorHelper%: generator, what it closes, whether that is a list.
pub fn new_helper<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::IteratorHelperPrototype);
    let is_list = cx.boolean(args.get(cx, 2).value(cx).is_true());
    let fields = [args.get(cx, 0), args.get(cx, 1), is_list];
    new_slotted(cx, proto, class::ITERATOR_HELPER, &fields)
}

/// %newWrapIterator%: iterator and next method.
pub fn new_wrap<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::WrapForValidIteratorPrototype);
    let fields = [args.get(cx, 0), args.get(cx, 1)];
    new_slotted(cx, proto, class::WRAP_ITERATOR, &fields)
}

/// %wrapIterated%
pub fn wrap_iterated<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let fields = slots(cx, value, class::WRAP_ITERATOR, "%WrapForValidIteratorPrototype% method")?;
    Ok(fields.get(cx).at(cx, 0).root(cx))
}

/// %wrapMethod%
pub fn wrap_method<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let fields = slots(cx, value, class::WRAP_ITERATOR, "%WrapForValidIteratorPrototype% method")?;
    Ok(fields.get(cx).at(cx, 1).root(cx))
}
