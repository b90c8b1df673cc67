//! What the inspector (library/inspect.js) asks of objects and text. Nothing here runs guest code.

use super::inspect_text::symbol_text;
use super::text::Builder;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::object::Key;
use crate::object::function::Entry;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::typed::{ElementType, buffer_flag};
use crate::semantics::{Args, JsResult};

/// Bits of `%ownFlags%`.
mod own_flag {
    pub const EXISTS: i32 = 1;
    pub const ENUMERABLE: i32 = 2;
    pub const GETTER: i32 = 4;
    pub const SETTER: i32 = 8;
    pub const UNINITIALIZED: i32 = 16;
}

fn int<'s>(cx: &Cx<'s>, value: i32) -> JsResult<'s> {
    Ok(cx.local(Value::int(value)))
}

/// The object that a value is; library code has checked.
fn object<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Object>> {
    match args.get(cx, 0).as_object(cx) {
        Some(object) => Ok(object),
        None => Err(cx.bug("the inspector takes a primitive for an object")),
    }
}

/// %objectKind%: what the inspector distinguishes.
pub fn object_kind<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    let kind = kind_of(cx, object);
    Ok(cx.atom(kind)?.any())
}

fn kind_of(cx: &Cx<'_>, object: Local<'_, Object>) -> &'static str {
    let cell = object.get(cx);
    match cell.kind() {
        kind::Array => "Array",
        kind::TypedArray => "TypedArray",
        kind::Set => "Set",
        kind::Map => "Map",
        kind::MapIterator if cell.cast::<MapIterator>().is_some_and(|it| it.is_set() != 0) => "Set Iterator",
        kind::MapIterator => "Map Iterator",
        kind::Function | kind::Bound => "Function",
        kind::Arguments => "Arguments",
        kind::RegExp => "RegExp",
        kind::Date => "Date",
        kind::Error => "Error",
        kind::Buffer if cell.cast::<Buffer>().is_some_and(|b| b.flags() & buffer_flag::SHARED != 0) => {
            "SharedArrayBuffer"
        }
        kind::Buffer => "ArrayBuffer",
        kind::DataView => "DataView",
        kind::Promise => "Promise",
        kind::WeakMap if cell.cast::<WeakMap>().is_some_and(|map| map.is_set() != 0) => "WeakSet",
        kind::WeakMap => "WeakMap",
        kind::Namespace => "Module",
        kind::Wrapper => "Boxed",
        kind::Plain if inherits_error(cx, object) => "Error",
        _ => "Object",
    }
}

/// Whether %Error.prototype% is on the prototype chain.
fn inherits_error(cx: &Cx<'_>, object: Local<'_, Object>) -> bool {
    let mut link = proto_of(cx, object);
    for _ in 0..crate::base::limits::CHAIN {
        let Some(object) = link else { break };
        if cx.is_intrinsic(object.value(cx), Intrinsic::ErrorPrototype) {
            return true;
        }
        link = proto_of(cx, object);
    }
    false
}

/// %className%: the name of the builtin class that an object belongs to, whatever its prototype is.
pub fn class_name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    if let Some(array) = object.downcast::<TypedArray>(cx) {
        let name = ElementType::from_u32(array.get(cx).element_type()).name();
        return cx.text_value(name);
    }
    let name = match kind_of(cx, object) {
        "Boxed" => super::object::builtin_tag(cx, object),
        "Arguments" => "Object",
        "Object" => match object.get(cx).kind() {
            kind::WeakRef => "WeakRef",
            kind::Registry => "FinalizationRegistry",
            _ => "Object",
        },
        name => name,
    };
    cx.text_value(name)
}

/// The prototype of an object; null behind a proxy.
fn proto_of<'s>(cx: &Cx<'s>, object: Local<'_, Object>) -> Option<Local<'s, Object>> {
    if object.get(cx).is::<Proxy>() {
        return None;
    }
    object.get(cx).shape(cx).proto().root(cx).as_object(cx)
}

/// %protoOf%
pub fn proto<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    Ok(proto_of(cx, object).map_or_else(|| cx.local(Value::NULL), Local::any))
}

/// The `constructor` of an object on a prototype chain, where the chain is that of its instance.
fn constructor_on<'s>(
    cx: &mut Cx<'s>,
    holder: Local<'s, Object>,
    instance: Local<'s, Object>,
) -> JsResult<'s, Option<Local<'s, Object>>> {
    let key = cx.key(Name::constructor);
    let constructor = match cx.own(holder, key)? {
        Own::Data(constructor, _) => Some(constructor),
        Own::Accessor(pair, _) => cx.behind_guard(pair.get(cx).getter()),
        _ => None,
    };
    let Some(constructor) = constructor.and_then(|constructor| constructor.as_object(cx)) else {
        return Ok(None);
    };
    if !cx.is_callable(constructor.value(cx)) {
        return Ok(None);
    }
    let prototype = match cx.plain_get_name(constructor, Name::prototype)?.and_then(|p| p.as_object(cx)) {
        Some(prototype) => prototype,
        None => return Ok(None),
    };
    let mut link = proto_of(cx, instance);
    for _ in 0..crate::base::limits::CHAIN {
        let Some(object) = link else { break };
        if object.get(cx) == prototype.get(cx) {
            return Ok(Some(constructor));
        }
        link = proto_of(cx, object);
    }
    Ok(None)
}

/// %constructorName%: of the class that an object is an instance of: null where its prototype is null, undefined where
/// there is no class.
pub fn constructor_name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let instance = object(cx, args)?;
    let mut link = Some(instance);
    for _ in 0..crate::base::limits::CHAIN {
        let Some(holder) = link else { break };
        if let Some(constructor) = constructor_on(cx, holder, instance)? {
            let name = cx.plain_get_name(constructor, Name::name_)?.and_then(|name| name.cast::<Str>(cx));
            if let Some(name) = name
                && name.get(cx).length() > 0
            {
                return Ok(name.any());
            }
        }
        link = proto_of(cx, holder);
    }
    Ok(if proto_of(cx, instance).is_none() { cx.local(Value::NULL) } else { cx.undefined() })
}

/// %isBuiltinPrototype%: whether an object's class is one of the engine's.
pub fn is_builtin_prototype<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    let key = cx.key(Name::constructor);
    let Own::Data(constructor, _) = cx.own(object, key)? else { return Ok(cx.boolean(false)) };
    let builtin = constructor.value(cx).cast::<Function>(cx).is_some_and(|f| f.template(cx).is_hidden());
    Ok(cx.boolean(builtin))
}

/// %visibleKeys%: enumerable own keys, or all of them; without indices where asked.
pub fn visible_keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    let (all, names_only) = (args.get(cx, 1).value(cx).is_true(), args.get(cx, 2).value(cx).is_true());
    let keys = if names_only { cx.own_names(object)? } else { cx.own_keys(object)? };
    let count = keys.get(cx).length() as usize;
    cx.vm.spend(count as u64 / 16)?;
    let result = cx.new_array(0, count)?;
    for i in 0..count {
        cx.scope(|cx| {
            let value = keys.get(cx).item(cx, i).root(cx);
            let Some(key) = cx.primitive_key(value)? else { return Ok(()) };
            let shown = all || flags_of(cx, object, key)? & own_flag::ENUMERABLE != 0;
            if shown { cx.array_push(result, value) } else { Ok(()) }
        })?;
    }
    Ok(result.any())
}

fn flags_of<'s>(cx: &mut Cx<'s>, object: Local<'_, Object>, key: Key<'_>) -> JsResult<'s, i32> {
    let enumerable =
        |attributes: u32| if attributes & info::ENUMERABLE != 0 { own_flag::ENUMERABLE } else { 0 };
    Ok(match cx.own(object, key)? {
        Own::None | Own::Proxy => 0,
        Own::Uninitialized => own_flag::EXISTS | own_flag::ENUMERABLE | own_flag::UNINITIALIZED,
        Own::Data(_, attributes) => own_flag::EXISTS | enumerable(attributes),
        Own::Accessor(pair, attributes) => {
            let pair = pair.get(cx);
            let part = |value: Value<'_>, flag: i32| if value.is_undefined() { 0 } else { flag };
            own_flag::EXISTS
                | enumerable(attributes)
                | part(pair.getter(), own_flag::GETTER)
                | part(pair.setter(), own_flag::SETTER)
        }
    })
}

/// %ownFlags%: an object and a key.
pub fn own_flags<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    let key = args.key(cx, 1)?;
    let flags = flags_of(cx, object, key)?;
    int(cx, flags)
}

/// %ownData%: the value of an own data property.
pub fn own_data<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = object(cx, args)?;
    let key = args.key(cx, 1)?;
    Ok(match cx.own(object, key)? {
        Own::Data(value, _) => value,
        _ => cx.undefined(),
    })
}

/// %arrayLength%
pub fn array_length<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let length = args.get(cx, 0).value(cx).cast::<Array>(cx).map_or(0, |array| array.length());
    Ok(cx.number(f64::from(length)))
}

/// %nextElement%: the first index from a given one on where an array has an element, or its length.
pub fn next_element<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let start = args.integer(cx, 1)? as u32;
    let Some(array) = args.get(cx, 0).cast::<Array>(cx) else {
        return Err(cx.bug("nextElement of no array"));
    };
    let length = array.get(cx).length();
    let object: Local<'s, Object> = array.into();
    if start >= length || object.get(cx).element(cx, start).is_some() {
        return Ok(cx.number(f64::from(start)));
    }
    let indices = cx.element_indices(object.get(cx));
    cx.vm.spend(indices.len() as u64 / 64)?;
    let next = indices.into_iter().filter(|&index| index >= start).min().unwrap_or(length);
    Ok(cx.number(f64::from(next)))
}

/// %isArrayQuietly%: whether a value is an array, or a proxy of one that is not revoked.
pub fn is_array_quietly<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let innermost = innermost(cx, value);
    Ok(cx.boolean(innermost.value(cx).is::<Array>(cx)))
}

fn innermost<'s>(cx: &Cx<'s>, value: Local<'s>) -> Local<'s> {
    let current = value.value(cx).root(cx);
    for _ in 0..crate::base::limits::CHAIN {
        let Some(proxy) = current.value(cx).cast::<Proxy>(cx) else { break };
        if proxy.context() != 0 {
            current.set(cx, proxy.handler());
            continue;
        }
        current.set(cx, proxy.target());
    }
    current
}

/// %proxyInnermost%: what a proxy stands for in the end; null where one is revoked.
pub fn proxy_innermost<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    Ok(innermost(cx, value))
}

/// %functionType%: `class`, `Function`, `AsyncFunction` and so on.
pub fn function_type<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    use tvm_bytecode::data::FunctionKind as F;
    let name = match args.get(cx, 0).value(cx).cast::<Function>(cx) {
        None => "Function",
        Some(function) => {
            let template = function.template(cx);
            match template.function_kind() {
                _ if template.is_hidden() => "Function",
                _ if template.entry() == Entry::Class => "class",
                F::BaseConstructor | F::DerivedConstructor => "class",
                F::Generator | F::GeneratorMethod => "GeneratorFunction",
                F::Async | F::AsyncArrow | F::AsyncMethod => "AsyncFunction",
                F::AsyncGenerator | F::AsyncGeneratorMethod => "AsyncGeneratorFunction",
                _ => "Function",
            }
        }
    };
    Ok(cx.atom(name)?.any())
}

/// %collectionSize%: of a Map or Set.
pub fn collection_size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0).value(cx);
    let table = match value.cast::<Map>(cx) {
        Some(map) => Some(map.table(cx)),
        None => value.cast::<Set>(cx).map(|set| set.table(cx)),
    };
    let size = table.map_or(0, |table| table.live());
    Ok(cx.number(f64::from(size)))
}

/// %iteratorGivesEntries%: whether a Map or Set iterator gives pairs.
pub fn iterator_gives_entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let pairs =
        args.get(cx, 0).value(cx).cast::<MapIterator>(cx).is_some_and(|iterator| iterator.mode() == 2);
    Ok(cx.boolean(pairs))
}

/// %iteratorRest%: what a Map or Set iterator has yet to give, pairs one behind the other.
pub fn iterator_rest<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(iterator) = args.get(cx, 0).cast::<MapIterator>(cx) else { return Err(cx.bug("iteratorRest")) };
    let result = cx.new_array(0, 0)?;
    let Some(table) = iterator.get(cx).table(cx) else { return Ok(result.any()) };
    let mode = iterator.get(cx).mode();
    let is_set = iterator.get(cx).is_set() != 0;
    let (table, start) = cx.map_catch_up(table, iterator.get(cx).index());
    let table = table.root(cx);
    let used = table.get(cx).used();
    cx.vm.spend(u64::from(used - start.min(used)) / 16)?;
    for entry in start..used {
        cx.scope(|cx| {
            let key = table.get(cx).key(entry).root(cx);
            if key.value(cx).is_hole() {
                return Ok(());
            }
            let value = table.get(cx).entry_value(entry).root(cx);
            if mode != 1 || is_set {
                cx.array_push(result, key)?;
            }
            match mode {
                2 if is_set => cx.array_push(result, key),
                0 => Ok(()),
                1 if is_set => Ok(()),
                _ => cx.array_push(result, value),
            }
        })?;
    }
    Ok(result.any())
}

/// %promiseState%: 0 pending, 1 fulfilled, 2 rejected.
pub fn promise_state<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let state = args.get(cx, 0).value(cx).cast::<Promise>(cx).map_or(0, |promise| promise.state());
    int(cx, state as i32)
}

/// %promiseResult%
pub fn promise_result<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let result =
        args.get(cx, 0).value(cx).cast::<Promise>(cx).map_or(Value::UNDEFINED, |promise| promise.result());
    Ok(result.root(cx))
}

/// %bufferSize%: bytes of a buffer, -1 where it is detached.
pub fn buffer_size<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(buffer) = args.get(cx, 0).cast::<Buffer>(cx) else {
        return Err(cx.bug("bufferSize of no buffer"));
    };
    if cx.is_detached(buffer) {
        return int(cx, -1);
    }
    let length = buffer.get(cx).length();
    Ok(cx.number(length as f64))
}

/// %bufferHex%: the first bytes of a buffer, two digits each.
pub fn buffer_hex<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let most = args.integer(cx, 1)?.clamp(0.0, 1e6) as usize;
    let Some(buffer) = args.get(cx, 0).cast::<Buffer>(cx) else {
        return Err(cx.bug("bufferHex of no buffer"));
    };
    let length = (buffer.get(cx).length() as usize).min(most);
    let bytes = buffer.get(cx).data(cx).map_or_else(Vec::new, |data| data.bytes(cx)[..length].to_vec());
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    cx.text_value(&digits.join(" "))
}

/// %viewPart%: a DataView's length in bytes (0), offset (1), buffer (2).
pub fn view_part<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let part = args.integer(cx, 1)? as u32;
    let Some(view) = args.get(cx, 0).cast::<DataView>(cx) else {
        return Err(cx.bug("viewPart of no DataView"));
    };
    let cell = view.get(cx);
    let number = match part {
        0 if cell.length() == u64::MAX => cell.buffer(cx).length().saturating_sub(cell.offset()),
        0 => cell.length(),
        1 => cell.offset(),
        _ => return Ok(cell.buffer(cx).value(cx).root(cx)),
    };
    Ok(cx.number(number as f64))
}

/// %dateText%: a Date in ISO 8601 form.
pub fn date_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let time = args.get(cx, 0).value(cx).cast::<Date>(cx).map_or(f64::NAN, |date| date.time());
    cx.text_value(&super::date_text::iso_text(time))
}

/// %regexpText%: `/source/flags`.
pub fn regexp_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(regexp) = args.get(cx, 0).cast::<RegExp>(cx) else {
        return Err(cx.bug("regexpText of no RegExp"));
    };
    let source = super::regexp_text::source_of(cx, regexp)?;
    let Some(source) = source.cast::<Str>(cx) else { return Err(cx.bug("a pattern that is no string")) };
    let flags = regexp.get(cx).flags().root(cx);
    let mut text = Builder::new();
    text.push_unit(u16::from(b'/'));
    let source = cx.flatten(source)?;
    text.push(source.get(cx).chars(cx));
    text.push_unit(u16::from(b'/'));
    if let Some(flags) = flags.cast::<Str>(cx) {
        let flags = cx.flatten(flags)?;
        text.push(flags.get(cx).chars(cx));
    }
    Ok(text.finish(cx)?.any())
}

/// %symbolText%: `Symbol(description)`.
pub fn symbol<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    symbol_text(cx, value)
}
