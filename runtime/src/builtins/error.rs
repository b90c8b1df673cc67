//! Error and its kin (20.5), with the stack as V8 gives it.

use tvm_bytecode::data::ErrorKind;

use super::table::*;
use crate::frame::Skip;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::error::{error_constructor, error_prototype};
use crate::object::lookup::Found;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

const fn native_error(name: &'static str, constructor: Intrinsic, prototype: Intrinsic, code: Code) -> Class {
    Class::new(name, 1, constructor, prototype, code).inherits(Intrinsic::Error, Intrinsic::ErrorPrototype)
}

macro_rules! constructors {
    ($($function:ident $kind:ident),*) => { $(
        fn $function<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
            construct(cx, args, ErrorKind::$kind)
        }
    )* };
}

constructors! {
    error Error, type_error TypeError, reference_error ReferenceError, syntax_error SyntaxError,
    range_error RangeError, eval_error EvalError, uri_error URIError
}

/// The constructors.
pub static CLASSES: &[Class] = &[
    Class::new("Error", 1, Intrinsic::Error, Intrinsic::ErrorPrototype, by_native(error)),
    native_error("TypeError", Intrinsic::TypeError, Intrinsic::TypeErrorPrototype, by_native(type_error)),
    native_error(
        "ReferenceError",
        Intrinsic::ReferenceError,
        Intrinsic::ReferenceErrorPrototype,
        by_native(reference_error),
    ),
    native_error(
        "SyntaxError",
        Intrinsic::SyntaxError,
        Intrinsic::SyntaxErrorPrototype,
        by_native(syntax_error),
    ),
    native_error("RangeError", Intrinsic::RangeError, Intrinsic::RangeErrorPrototype, by_native(range_error)),
    native_error("EvalError", Intrinsic::EvalError, Intrinsic::EvalErrorPrototype, by_native(eval_error)),
    native_error("URIError", Intrinsic::URIError, Intrinsic::URIErrorPrototype, by_native(uri_error)),
    Class::new(
        "AggregateError",
        2,
        Intrinsic::AggregateError,
        Intrinsic::AggregateErrorPrototype,
        by_library(lib::aggregateError),
    )
    .inherits(Intrinsic::Error, Intrinsic::ErrorPrototype),
    Class::new(
        "SuppressedError",
        3,
        Intrinsic::SuppressedError,
        Intrinsic::SuppressedErrorPrototype,
        by_library(lib::suppressedError),
    )
    .inherits(Intrinsic::Error, Intrinsic::ErrorPrototype),
];

macro_rules! prototypes {
    ($($prototype:ident $name:literal),*) => {
        &[
            Group {
                on: Intrinsic::Error,
                rows: &[
                    native("captureStackTrace", 2, capture_stack_trace),
                    native("isError", 1, is_error),
                    number("stackTraceLimit", 10.0).with(info::DEFAULT),
                ],
            },
            Group {
                on: Intrinsic::ErrorPrototype,
                rows: &[text("name", "Error"), text("message", ""), library("toString", 0, lib::errorToString)],
            },
            $( Group { on: Intrinsic::$prototype, rows: &[text("name", $name), text("message", "")] } ),*
        ]
    };
}

/// Properties of %Error% and the prototype objects.
pub static GROUPS: &[Group] = prototypes! {
    TypeErrorPrototype "TypeError", ReferenceErrorPrototype "ReferenceError", SyntaxErrorPrototype "SyntaxError",
    RangeErrorPrototype "RangeError", EvalErrorPrototype "EvalError", URIErrorPrototype "URIError",
    AggregateErrorPrototype "AggregateError", SuppressedErrorPrototype "SuppressedError"
};

/// Error (20.5.1.1) and NativeError (20.5.6.1.1).
fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>, kind: ErrorKind) -> JsResult<'s> {
    let proto = cx.prototype_for(args, error_prototype(kind))?;
    let message = args.get(cx, 0);
    let message = if message.value(cx).is_undefined() { None } else { Some(args.string(cx, 0)?) };
    let options = args.get(cx, 1);
    // The constructors of classes that extend this one are left out.
    let target = args.new_target(cx);
    let own = cx.intrinsic(error_constructor(kind));
    let derived = target.value(cx).is::<Function>(cx) && target.value(cx) != own.value(cx);
    let error = cx.new_error_skipping(proto, if derived { Skip::UpTo(target) } else { Skip::Builtins })?;
    if let Some(message) = message {
        let name = cx.local(cx.name(Name::message));
        cx.add_property(error, name, message.any(), info::METHOD)?;
    }
    let Some(options) = options.as_object(cx) else { return Ok(error.any()) };
    let key = cx.key(Name::cause);
    match cx.find(options, key)? {
        Found::Missing => {}
        Found::Value(cause) => {
            let name = cx.local(cx.name(Name::cause));
            cx.add_property(error, name, cause, info::METHOD)?;
        }
        _ => return Err(cx.call_library(lib::installCause, &[error.any(), options.any()])),
    }
    Ok(error.any())
}

/// %newErrorFor%: new.target, name of the default prototype, message or undefined. For self-hosted constructors.
pub fn new_error_for<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (proto, message) = (args.get(cx, 0), args.get(cx, 1));
    let error = cx.new_error_skipping(proto, Skip::Builtins)?;
    if !message.value(cx).is_undefined() {
        let name = cx.local(cx.name(Name::message));
        cx.add_property(error, name, message, info::METHOD)?;
    }
    Ok(error.any())
}

/// Error.isError
fn is_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<Error>(cx)))
}

/// Error.captureStackTrace, as V8 has it: gives any object a `stack` property.
fn capture_stack_trace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = args.get(cx, 0).as_object(cx) else {
        let shown = args.get(cx, 0);
        let shown = cx.describe(shown);
        return Err(cx.type_error(&format!("Invalid argument: {shown}")));
    };
    if object.get(cx).is::<Proxy>() {
        return Ok(cx.undefined());
    }
    let above = args.get(cx, 1);
    let skip = if cx.is_callable(above.value(cx)) { Skip::UpTo(above) } else { Skip::Builtins };
    let frames = cx.capture_stack(skip)?;
    if let Some(error) = object.get(cx).cast::<Error>() {
        error.set_frames(cx, Value::UNDEFINED);
    }
    let head = cx.error_head(object)?;
    let text = cx.stack_text(&head, frames)?;
    let text = cx.text_value(&text)?;
    let key = cx.key(Name::stack);
    let desc = crate::object::define::Descriptor::data(text, info::METHOD);
    if !cx.define(object, key, &desc)? {
        return Err(cx.type_error("Cannot define property stack, object is not extensible"));
    }
    match cx.prepare_stack_trace()? {
        Some(prepare) => cx.prepare_stack(lib::captureStack, object, prepare, frames),
        None => Ok(cx.undefined()),
    }
}

impl<'s> Cx<'s> {
    /// Where an error's `stack` was not looked at yet and `Error.prepareStackTrace` is to make it: an exit that has it
    /// made. The result is the value of the property.
    pub(crate) fn prepare_error(&mut self, object: Local<'_, Object>) -> JsResult<'s, ()> {
        let Some(error) = object.downcast::<Error>(self) else { return Ok(()) };
        let Some(frames) = error.get(self).frames().cast::<Tuple>(self) else { return Ok(()) };
        let frames = frames.root(self);
        let Some(prepare) = self.prepare_stack_trace()? else { return Ok(()) };
        // What the function itself reads is the usual text.
        self.materialize_stack(object)?;
        self.prepare_stack(lib::prepareStack, object, prepare, frames).map(drop)
    }
}
