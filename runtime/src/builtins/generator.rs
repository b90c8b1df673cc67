//! Generator and AsyncGenerator objects (27.5, 27.6).

use tvm_bytecode::data::ResumeMode;

use super::table::*;
use crate::base::exit::Exit;
use crate::frame;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::interp::generator::{handing, state};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// Objects without constructors.
pub static OBJECTS: &[Singleton] = &[
    Singleton { on: Intrinsic::IteratorPrototype, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::AsyncIteratorPrototype, parent: Intrinsic::ObjectPrototype, global: None },
    Singleton { on: Intrinsic::GeneratorPrototype, parent: Intrinsic::IteratorPrototype, global: None },
    Singleton {
        on: Intrinsic::AsyncGeneratorPrototype,
        parent: Intrinsic::AsyncIteratorPrototype,
        global: None,
    },
    Singleton {
        on: Intrinsic::AsyncFromSyncIteratorPrototype,
        parent: Intrinsic::AsyncIteratorPrototype,
        global: None,
    },
];

/// Properties of the prototype objects.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::GeneratorPrototype,
        rows: &[
            object("constructor", Intrinsic::GeneratorFunctionPrototype).with(info::CONFIGURABLE),
            native("next", 1, next).named(Intrinsic::GeneratorNext),
            native("return", 1, return_),
            native("throw", 1, throw),
            tag("Generator"),
        ],
    },
    Group {
        on: Intrinsic::AsyncGeneratorPrototype,
        rows: &[
            object("constructor", Intrinsic::AsyncGeneratorFunctionPrototype).with(info::CONFIGURABLE),
            library("next", 1, lib::asyncGeneratorNext),
            library("return", 1, lib::asyncGeneratorReturn),
            library("throw", 1, lib::asyncGeneratorThrow),
            tag("AsyncGenerator"),
        ],
    },
    Group {
        on: Intrinsic::AsyncFromSyncIteratorPrototype,
        rows: &[
            library("next", 1, lib::asyncFromSyncNext),
            library("return", 1, lib::asyncFromSyncReturn),
            library("throw", 1, lib::asyncFromSyncThrow),
        ],
    },
];

fn resume<'s>(cx: &mut Cx<'s>, args: Args<'s>, mode: ResumeMode, method: &str) -> JsResult<'s> {
    let this = args.this();
    let generator = this.cast::<Generator>(cx).filter(|generator| generator.get(cx).is_async() == 0);
    let Some(generator) = generator else {
        let shown = cx.describe(this);
        return Err(cx.type_error(&format!("{method} method called on incompatible receiver {shown}")));
    };
    let value = args.get(cx, 0);
    cx.resume_generator(generator, value, mode, handing::RESULT)
}

/// %GeneratorPrototype%.next
fn next<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    resume(cx, args, ResumeMode::Next, "next")
}

/// %GeneratorPrototype%.return
fn return_<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    resume(cx, args, ResumeMode::Return, "return")
}

/// %GeneratorPrototype%.throw
fn throw<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    resume(cx, args, ResumeMode::Throw, "throw")
}

fn async_generator<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> Option<Local<'s, Generator>> {
    value.cast::<Generator>(cx).filter(|generator| generator.get(cx).is_async() != 0)
}

/// %isAsyncGenerator%
pub fn is_async_generator<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let answer = async_generator(cx, value).is_some();
    Ok(cx.boolean(answer))
}

/// %isGenerator%: whether a value is a generator's object, an async one or not.
pub fn is_generator<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<Generator>(cx)))
}

/// %generatorState%: a number, as in `interp::generator::state`.
pub fn generator_state<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let state = args.get(cx, 0).value(cx).cast::<Generator>(cx).map_or(state::COMPLETED, |cell| cell.state());
    Ok(cx.local(Value::int(state as i32)))
}

/// %setGeneratorState%
pub fn set_generator_state<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 1).value(cx).as_int().unwrap_or(0) as u32;
    if let Some(generator) = args.get(cx, 0).value(cx).cast::<Generator>(cx) {
        generator.set_state(number);
        if number == state::COMPLETED {
            generator.set_frame(cx, None);
        }
    }
    Ok(cx.undefined())
}

/// %generatorQueue%: an async generator's array of requests, made when there is none.
pub fn generator_queue<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let Some(generator) = value.cast::<Generator>(cx) else { return Err(cx.bug("a queue of no generator")) };
    let queue = generator.get(cx).queue();
    if queue.is_object() {
        return Ok(queue.root(cx));
    }
    let queue = cx.new_array(0, 2)?;
    generator.get(cx).set_queue(cx, queue.value(cx));
    Ok(queue.any())
}

/// %resumeGenerator%: enters an async generator's frame; the result is what it awaits, yields or returns, and its
/// state says which.
pub fn resume_async<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (value, mode) = (args.get(cx, 1), args.get(cx, 2).value(cx).as_int().unwrap_or(0));
    let Some(generator) = args.get(cx, 0).cast::<Generator>(cx) else { return Err(cx.bug("no generator")) };
    let mode = ResumeMode::from_u32(mode as u32).unwrap_or(ResumeMode::Next);
    let at = cx.heap.top() + frame::HEADER;
    cx.restore_generator(generator, value, mode, at, 0, handing::RAW)?;
    Err(Exit::Switch)
}

/// %slot%: field `index` of a slotted object of a class, or undefined where it is none.
pub fn slot<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (class, index) = (args.get(cx, 1).value(cx).as_int(), args.get(cx, 2).value(cx).as_int());
    let slotted = args.get(cx, 0).value(cx).cast::<Slotted>(cx);
    match (slotted, class, index) {
        (Some(slotted), Some(class), Some(index)) if slotted.class() == class as u32 => {
            Ok(slotted.fields(cx).at(cx, index as usize).root(cx))
        }
        _ => Ok(cx.undefined()),
    }
}
