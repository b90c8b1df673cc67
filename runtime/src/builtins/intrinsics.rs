//! Intrinsics of library code: what self-hosted functions ask of the engine.

use num_bigint::BigInt as Big;
use tvm_bytecode::data::ErrorKind;

use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::store::Stored;
use crate::object::typed::ElementType;
use crate::semantics::args::NativeFn;
use crate::semantics::{Args, JsResult};

macro_rules! intrinsics {
    ($($name:ident => $($path:ident)::+),* $(,)?) => {
        /// The functions by number: the build script numbers their names in the same order.
        pub static INTRINSICS: &[NativeFn] = &[$($($path)::+),*];

        /// Their names.
        pub static INTRINSIC_NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

include!("intrinsics.in");

/// An argument that the library always gives as text.
fn message<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, String> {
    let text = args.string(cx, index)?;
    cx.text(text)
}

fn throw_type_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Err(cx.type_error(&text))
}

fn throw_range_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Err(cx.range_error(&text))
}

fn throw_reference_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Err(cx.throw(ErrorKind::ReferenceError, &text))
}

fn throw_syntax_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Err(cx.throw(ErrorKind::SyntaxError, &text))
}

fn new_type_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Ok(cx.new_error(ErrorKind::TypeError, &text)?.any())
}

fn new_aggregate_error<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = message(cx, args, 0)?;
    Ok(cx.new_error(ErrorKind::AggregateError, &text)?.any())
}

/// A value as messages show it.
fn describe<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let text = cx.describe(value);
    cx.text_value(&text)
}

/// A property key as messages show it.
fn key_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.key(cx, 0)?;
    let text = key.describe(cx);
    cx.text_value(&text)
}

/// A property key in the form that `ownKeys` lists: a string or symbol.
fn to_property_key_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.get(cx, 0);
    if key.value(cx).is_symbol() {
        return Ok(key);
    }
    Ok(cx.primitive_string(key)?.any())
}

fn is_object<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is_object()))
}

fn is_callable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(cx.is_callable(args.get(cx, 0).value(cx))))
}

fn is_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(cx.is_constructor(args.get(cx, 0).value(cx))))
}

/// IsArray (7.2.2); throws on a revoked proxy.
fn is_array<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let answer = cx.is_array(value)?;
    Ok(cx.boolean(answer))
}

fn is_promise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<Promise>(cx)))
}

fn is_proxy<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.boolean(args.get(cx, 0).value(cx).is::<Proxy>(cx)))
}

fn same_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (a, b) = (args.get(cx, 0), args.get(cx, 1));
    let same = cx.same_value(a, b)?;
    Ok(cx.boolean(same))
}

fn same_value_zero<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (a, b) = (args.get(cx, 0), args.get(cx, 1));
    if let (Some(a), Some(b)) = (a.value(cx).as_number(), b.value(cx).as_number()) {
        return Ok(cx.boolean(a == b || (a.is_nan() && b.is_nan())));
    }
    let same = cx.same_value(a, b)?;
    Ok(cx.boolean(same))
}

/// ToLength (7.1.20) of a number.
fn clamp_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = args.integer(cx, 0)?.clamp(0.0, 9_007_199_254_740_991.0);
    Ok(cx.number(length))
}

/// ToIntegerOrInfinity (7.1.5) of a number.
fn to_integer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let integer = args.integer(cx, 0)?;
    Ok(cx.number(integer))
}

/// `{ value, done }`.
fn iter_result<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (value, done) = (args.get(cx, 0), args.get(cx, 1).value(cx).is_true());
    cx.iter_result(value, done)
}

/// Number of arguments that the running library function was called with.
fn argument_count<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let argc = crate::frame::Frame(cx.vm.frame).argc(&cx.heap);
    Ok(cx.local(Value::int(argc as i32)))
}

/// The mark that an iteration is over.
fn done<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.local(Value::DONE))
}

/// An ordinary object with a prototype.
fn new_object<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = args.get(cx, 0);
    Ok(cx.new_object_with(proto)?.any())
}

/// Whether an ordinary object has an own property.
fn has_own_plain<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.key(cx, 1)?;
    let Some(object) = args.get(cx, 0).as_object(cx) else { return Ok(cx.boolean(false)) };
    cx.make_own(object)?;
    let found = !matches!(cx.ordinary_own(object.get(cx), key), crate::object::lookup::Own::None);
    Ok(cx.boolean(found))
}

/// Defines a property that is not enumerable.
fn define_hidden<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.key(cx, 1)?;
    let value = args.get(cx, 2);
    if let Some(object) = args.get(cx, 0).as_object(cx) {
        cx.put_own(object, key, value, info::METHOD)?;
    }
    Ok(cx.undefined())
}

/// Assignment by sloppy code: refusals are ignored.
fn set_sloppy<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (target, key, value) = (args.get(cx, 0), args.key(cx, 1)?, args.get(cx, 2));
    let object = cx.to_object(target)?;
    let sloppy = cx.boolean(false);
    match cx.set(object, key, value, target)? {
        Stored::Done | Stored::Refused(_) => Ok(cx.undefined()),
        Stored::Setter(setter) => Err(cx.call(setter, target, &[value])),
        Stored::Proxy(holder) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::setSlow, &[holder.any(), key, value, target, sloppy]))
        }
        Stored::Receiver(receiver) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::assignOnReceiver, &[receiver.any(), key, value, sloppy]))
        }
        Stored::Convert(holder) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::setConverted, &[holder.any(), key, value, target, sloppy]))
        }
    }
}

/// Whether a descriptor object of the library's has a getter or setter.
fn is_accessor_descriptor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(desc) = args.get(cx, 0).as_object(cx) else { return Ok(cx.boolean(false)) };
    for name in [crate::heap::roots::Name::get, crate::heap::roots::Name::set] {
        let key = cx.key(name);
        if !matches!(cx.ordinary_own(desc.get(cx), key), crate::object::lookup::Own::None) {
            return Ok(cx.boolean(true));
        }
    }
    Ok(cx.boolean(false))
}

/// The number or BigInt that a typed array would hold for a value.
fn typed_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 1);
    let Some(array) = args.get(cx, 0).cast::<TypedArray>(cx) else { return Ok(value) };
    let big = ElementType::from_u32(array.get(cx).element_type()).is_bigint();
    if value.value(cx).is_object() {
        let function = if big { lib::objectToBigInt } else { lib::objectToNumber };
        return Err(cx.call_library(function, &[value]));
    }
    if big {
        let big: Big = cx.primitive_to_bigint(value)?;
        return Ok(cx.bigint(&big)?.any());
    }
    let number = cx.primitive_to_number(value)?;
    Ok(cx.number(number))
}

/// What a bound function calls, or undefined.
fn bound_target<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let target = args.get(cx, 0).value(cx).cast::<Bound>(cx).map_or(Value::UNDEFINED, |bound| bound.target());
    Ok(target.root(cx))
}

fn proxy_handler<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let handler = args.get(cx, 0).value(cx).cast::<Proxy>(cx).map_or(Value::NULL, |proxy| proxy.handler());
    Ok(handler.root(cx))
}

fn proxy_target<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let target = args.get(cx, 0).value(cx).cast::<Proxy>(cx).map_or(Value::NULL, |proxy| proxy.target());
    Ok(target.root(cx))
}

/// Whether a property of a proxy's target may forbid an answer that its handler gave (10.5): where there is none, or a
/// configurable one of an extensible object, every answer holds. Asking a target that is a proxy runs code, so that
/// one may always.
fn binds_proxy<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    use crate::object::lookup::{Own, Seen};
    if let (Some(target), Some(name)) = (args.get(cx, 0).as_object(cx), args.get(cx, 1).value(cx).as_name(cx))
    {
        let target = target.get(cx);
        match cx.plain_own(target, name) {
            Seen::Missing => return Ok(cx.boolean(false)),
            Seen::Data(_, description) => {
                let free = target.shape(cx).flags() & shape_flag::NON_EXTENSIBLE == 0;
                let binds = description & info::CONFIGURABLE == 0 || !free;
                return Ok(cx.boolean(binds));
            }
            Seen::Accessor | Seen::More => {}
        }
    }
    let key = args.key(cx, 1)?;
    let Some(target) = args.get(cx, 0).as_object(cx) else { return Ok(cx.boolean(true)) };
    let binds = match cx.own(target, key)? {
        Own::None => false,
        Own::Data(_, attributes) | Own::Accessor(_, attributes) => {
            attributes & info::CONFIGURABLE == 0 || !cx.is_extensible(target)
        }
        Own::Proxy | Own::Uninitialized => true,
    };
    Ok(cx.boolean(binds))
}

/// An intrinsic, by name, of the realm of a function.
fn realm_intrinsic<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = message(cx, args, 1)?;
    let Some(index) = Intrinsic::NAMES.iter().position(|&known| known == name) else {
        return Err(cx.bug("the realm has no intrinsic of that name"));
    };
    let function = args.get(cx, 0);
    let realm = cx.function_realm(function)?;
    Ok(realm.get(cx).intrinsic(cx, Intrinsic::ALL[index]).root(cx))
}

/// The rest of a class definition: constructor, the parent's prototype, the parent.
fn finish_class<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (constructor, proto, parent) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    let Some(constructor) = constructor.cast::<Function>(cx) else {
        return Err(cx.type_error("a class constructor that is no function"));
    };
    Ok(cx.finish_class(constructor, proto, Some(parent))?.any())
}

/// Adds a key to a `for in` under way.
fn enumerator_add<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.get(cx, 1);
    if let Some(enumerator) = args.get(cx, 0).cast::<Enumerator>(cx) {
        let keys = enumerator.get(cx).keys(cx).root(cx);
        cx.list_push(keys, key)?;
    }
    Ok(cx.undefined())
}

/// A pending promise, with a prototype where one is given.
fn new_promise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.has(0) {
        return cx.new_promise();
    }
    let proto = args.get(cx, 0);
    let object = cx.new_kind_with(kind::Promise, 0, proto)?;
    cx.init_promise(object);
    Ok(object.any())
}

fn fulfill_promise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (promise, value) = (args.get(cx, 0), args.get(cx, 1));
    cx.fulfill_promise(promise, value)?;
    Ok(cx.undefined())
}

fn reject_promise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (promise, reason) = (args.get(cx, 0), args.get(cx, 1));
    cx.reject_promise(promise, reason)?;
    Ok(cx.undefined())
}

/// PerformPromiseThen: promise, handlers, and the capability's three parts.
fn promise_then<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let capability = [3, 4, 5].map(|i| args.get(cx, i));
    let promise = args.get(cx, 0);
    let [fulfilled, rejected] = [1, 2].map(|i| args.get(cx, i));
    let (fulfilled, rejected) = (later(cx, fulfilled)?, later(cx, rejected)?);
    cx.promise_then(promise, fulfilled, rejected, capability)?;
    Ok(cx.undefined())
}

/// A handler as a reaction keeps it: what is no builtin, through [`Cx::relayed`].
fn later<'s>(cx: &mut Cx<'s>, handler: Local<'s>) -> JsResult<'s> {
    let builtin = handler.value(cx).cast::<Function>(cx).is_some_and(|f| f.template(cx).is_hidden());
    if builtin { Ok(handler) } else { cx.relayed(handler) }
}

/// A promise takes over another one's fate.
fn adopt_promise<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (promise, other) = (args.get(cx, 0), args.get(cx, 1));
    let undefined = cx.undefined();
    cx.promise_then(other, undefined, undefined, [promise, undefined, undefined])?;
    Ok(cx.undefined())
}

/// NewPromiseResolveThenableJob (27.2.2.2), queued.
fn queue_thenable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = cx.library_function(lib::thenableJob)?;
    let arguments = [0, 1, 2].map(|i| args.get(cx, i));
    cx.queue_job(function.any(), &arguments)?;
    Ok(cx.undefined())
}

/// CreateAsyncFromSyncIterator (27.1.6.1): a slotted object with iterator and next method.
fn new_async_from_sync<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = cx.intrinsic(Intrinsic::AsyncFromSyncIteratorPrototype);
    let fields = [args.get(cx, 0), args.get(cx, 1)];
    super::slotted::new_slotted(cx, proto, super::slotted::class::ASYNC_FROM_SYNC, &fields)
}

impl<'s> Cx<'s> {
    /// IsArray (7.2.2); throws on a revoked proxy.
    pub fn is_array(&mut self, value: Local<'_>) -> JsResult<'s, bool> {
        let current = value.value(self).root(self);
        for _ in 0..crate::base::limits::CHAIN {
            let Some(proxy) = current.value(self).cast::<Proxy>(self) else {
                return Ok(current.value(self).is::<Array>(self));
            };
            if proxy.handler().is_null() {
                return Err(self.type_error("Cannot perform 'IsArray' on a proxy that has been revoked"));
            }
            current.set(self, proxy.target());
        }
        Ok(false)
    }
}

/// ToBigInt (7.1.13) of a primitive.
fn to_bigint<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let big = cx.primitive_to_bigint(value)?;
    Ok(cx.bigint(&big)?.any())
}

/// A number for a module that becomes asynchronous, in ascending order.
fn next_module_order<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let hash = cx.vm.next_order;
    cx.vm.next_order += 1;
    Ok(cx.number(hash as f64))
}

/// Queues a job: a function, then its arguments.
fn queue_import<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    let arguments: Vec<Local<'_>> = args.rest(1).collect();
    cx.queue_job(function, &arguments)?;
    Ok(cx.undefined())
}

/// Queues a task: a function, then its arguments.
fn queue_task<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    let arguments: Vec<Local<'_>> = args.rest(1).collect();
    cx.queue_task(function, &arguments)?;
    Ok(cx.undefined())
}
