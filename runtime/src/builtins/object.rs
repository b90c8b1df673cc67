//! Object (20.1).

use super::reflect::{change_prototype, descriptor_object, plain_descriptor};
use super::table::*;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::{Found, Own};
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// The constructor.
pub static CLASSES: &[Class] =
    &[Class::new("Object", 1, Intrinsic::Object, Intrinsic::ObjectPrototype, by_native(constructor))];

/// Properties of %Object% and its prototype object.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::Object,
        rows: &[
            both("assign", 2, assign, lib::objectAssign),
            native("create", 2, create),
            both("defineProperty", 3, define_property, lib::objectDefineProperty),
            library("defineProperties", 2, lib::objectDefineProperties),
            both("entries", 1, entries, lib::objectEntries),
            both("freeze", 1, freeze, lib::objectFreeze),
            library("fromEntries", 1, lib::objectFromEntries),
            both("getOwnPropertyDescriptor", 2, get_own_descriptor, lib::objectGetOwnDescriptor),
            library("getOwnPropertyDescriptors", 1, lib::objectGetOwnDescriptors),
            both("getOwnPropertyNames", 1, own_names, lib::objectOwnNames),
            both("getOwnPropertySymbols", 1, own_symbols, lib::objectOwnSymbols),
            native("getPrototypeOf", 1, get_prototype_of),
            library("groupBy", 2, lib::objectGroupBy),
            both("hasOwn", 2, has_own, lib::objectHasOwn),
            native("is", 2, is),
            native("isExtensible", 1, is_extensible),
            both("isFrozen", 1, is_frozen, lib::objectIsFrozen),
            both("isSealed", 1, is_sealed, lib::objectIsSealed),
            both("keys", 1, keys, lib::objectKeys),
            both("preventExtensions", 1, prevent_extensions, lib::objectPreventExtensions),
            both("seal", 1, seal, lib::objectSeal),
            both("setPrototypeOf", 2, set_prototype_of, lib::objectSetPrototypeOf),
            both("values", 1, values, lib::objectValues),
        ],
    },
    Group {
        on: Intrinsic::ObjectPrototype,
        rows: &[
            library("__defineGetter__", 2, lib::objectDefineGetter),
            library("__defineSetter__", 2, lib::objectDefineSetter),
            both("hasOwnProperty", 1, has_own_property, lib::objectHasOwnProperty),
            library("__lookupGetter__", 1, lib::objectLookupGetter),
            library("__lookupSetter__", 1, lib::objectLookupSetter),
            library("isPrototypeOf", 1, lib::objectIsPrototypeOf),
            library("propertyIsEnumerable", 1, lib::objectPropertyIsEnumerable),
            both("toString", 0, to_string, lib::objectToStringSlow).named(Intrinsic::ObjectToString),
            native("valueOf", 0, value_of).named(Intrinsic::ObjectValueOf),
            getter("__proto__", get_proto).named(Intrinsic::ObjectProtoGetter),
            library_setter("__proto__", lib::objectSetProto),
            library("toLocaleString", 0, lib::objectToLocaleString),
        ],
    },
];

/// Object (20.1.1.1)
fn constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let target = args.new_target(cx);
    let own = args.frame().callee(cx).map(|callee| callee.value(cx).bits());
    if args.is_construct(cx) && Some(target.value(cx).bits()) != own {
        let proto = cx.prototype_for(args, Intrinsic::ObjectPrototype)?;
        return Ok(cx.new_object_with(proto)?.any());
    }
    let value = args.get(cx, 0);
    if value.value(cx).is_nullish() {
        return Ok(cx.new_object()?.any());
    }
    Ok(cx.to_object(value)?.any())
}

/// The first argument as an object of which everything can be read without running code.
fn plain_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Object>> {
    let value = args.get(cx, 0);
    let object = cx.to_object(value)?;
    if object.get(cx).is::<Proxy>() {
        return Err(Exit::Fallback);
    }
    Ok(object)
}

/// Object.assign, where sources are plain and the target takes what comes.
fn assign<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let target = args.get(cx, 0);
    let object = cx.to_object(target)?;
    // Anything but data properties on plain objects is the library's business, which starts over: nothing was done.
    if object.get(cx).kind() != kind::Plain || !cx.is_extensible(object) || args.count() > 16 {
        return Err(Exit::Fallback);
    }
    let mut sources = Vec::new();
    for source in args.rest(1) {
        if source.value(cx).is_nullish() {
            continue;
        }
        let Some(source) = source.as_object(cx) else { return Err(Exit::Fallback) };
        if source.get(cx).kind() != kind::Plain
            || source.value(cx) == object.value(cx)
            || !cx.all_data(source)?
        {
            return Err(Exit::Fallback);
        }
        sources.push(source);
    }
    if !cx.sets_plainly(object)? {
        return Err(Exit::Fallback);
    }
    for source in sources {
        let keys = cx.own_keys(source)?;
        for i in 0..keys.get(cx).length() as usize {
            cx.vm.spend(1)?;
            cx.scope(|cx| {
                let name = keys.get(cx).item(cx, i).root(cx);
                let key = cx.primitive_key(name)?.expect("keys are keys");
                if let Own::Data(value, attributes) = cx.own(source, key)?
                    && attributes & info::ENUMERABLE != 0
                {
                    cx.set(object, key, value, object.any())?;
                }
                Ok(())
            })?;
        }
    }
    Ok(object.any())
}

impl<'s> Cx<'s> {
    /// Whether all own properties of a plain object are data properties.
    pub fn all_data(&mut self, object: Local<'_, Object>) -> JsResult<'s, bool> {
        self.make_own(object)?;
        let cell = object.get(self);
        if cell.elements(self).is_some_and(|elements| elements.as_sparse().is_some()) {
            return Ok(false);
        }
        let shape = cell.shape(self);
        let Some(table) = shape.table(self) else { return Ok(true) };
        Ok((0..shape.count()).all(|i| {
            let (name, description) = table.entry(i);
            name == 0 || description & info::ACCESSOR == 0
        }))
    }

    /// Whether assigning to a plain object can meet no setter, proxy or read-only property: its own properties are
    /// writable data and its prototype is the realm's own, unchanged in that respect.
    fn sets_plainly(&mut self, object: Local<'_, Object>) -> JsResult<'s, bool> {
        let shape = object.get(self).shape(self);
        if let Some(table) = shape.table(self) {
            let writable = (0..shape.count()).all(|i| {
                let (name, description) = table.entry(i);
                name == 0 || description & info::ACCESSOR == 0 && description & info::WRITABLE != 0
            });
            if !writable {
                return Ok(false);
            }
        }
        if object.get(self).elements(self).is_some_and(|elements| elements.has(flag::FROZEN)) {
            return Ok(false);
        }
        Ok(shape.proto().is_null())
    }
}

/// Object.create
fn create<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proto = args.get(cx, 0);
    if !proto.value(cx).is_object() && !proto.value(cx).is_null() {
        let shown = cx.describe(proto);
        return Err(cx.type_error(&format!("Object prototype may only be an Object or null: {shown}")));
    }
    let object = cx.new_object_with(proto)?;
    let properties = args.get(cx, 1);
    if properties.value(cx).is_undefined() {
        return Ok(object.any());
    }
    Err(cx.call_library(lib::definePropertiesOf, &[object.any(), properties]))
}

/// Object.defineProperty
fn define_property<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = args.get(cx, 0).as_object(cx) else {
        return Err(cx.type_error("Object.defineProperty called on non-object"));
    };
    let key = args.primitive(cx, 1, crate::base::exit::Hint::String)?;
    if object.get(cx).is::<Proxy>() {
        return Err(Exit::Fallback);
    }
    let attributes = args.get(cx, 2);
    let Some(desc) = plain_descriptor(cx, attributes)? else { return Err(Exit::Fallback) };
    let name = cx.primitive_key(key)?.expect("a primitive is a key");
    if let Some(value) = desc.value
        && super::reflect::needs_conversion(cx, object, name, value)
    {
        return Err(Exit::Fallback);
    }
    if !cx.define(object, name, &desc)? {
        return Err(cannot_define(cx, object, name));
    }
    Ok(object.any())
}

/// The error of a definition that was refused.
fn cannot_define<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, key: Key<'s>) -> Exit {
    let name = key.describe(cx);
    let missing = matches!(cx.own(object, key), Ok(Own::None));
    cx.type_error(&match missing {
        true => format!("Cannot define property {name}, object is not extensible"),
        false => format!("Cannot redefine property: {name}"),
    })
}

/// What a listing of properties gives.
#[derive(Clone, Copy, PartialEq)]
enum List {
    Keys,
    Values,
    Entries,
}

fn list<'s>(cx: &mut Cx<'s>, args: Args<'s>, what: List) -> JsResult<'s> {
    let object = plain_argument(cx, args)?;
    if object.get(cx).has_names_only(cx) && (what == List::Keys || cx.all_data(object)?) {
        return list_names(cx, object, what);
    }
    let plain = matches!(object.get(cx).kind(), kind::Plain | kind::Array | kind::Function | kind::Error);
    if what != List::Keys && !(plain && cx.all_data(object)?) {
        return Err(Exit::Fallback);
    }
    let keys = cx.own_keys(object)?;
    let count = keys.get(cx).length() as usize;
    cx.vm.spend(count as u64)?;
    let array = cx.new_array(0, count)?;
    for i in 0..count {
        cx.scope(|cx| {
            let name = keys.get(cx).item(cx, i).root(cx);
            if name.value(cx).is_symbol() {
                return Ok(());
            }
            let key = cx.primitive_key(name)?.expect("keys are keys");
            let (value, attributes) = match cx.own(object, key)? {
                Own::Data(value, attributes) => (value, attributes),
                Own::Accessor(pair, attributes) => (pair.any(), attributes),
                Own::Uninitialized => {
                    let name = key.describe(cx);
                    let message = format!("Cannot access '{name}' before initialization");
                    return Err(cx.throw(tvm_bytecode::data::ErrorKind::ReferenceError, &message));
                }
                _ => return Ok(()),
            };
            if attributes & info::ENUMERABLE == 0 {
                return Ok(());
            }
            let item = match what {
                List::Keys => name,
                List::Values => value,
                List::Entries => cx.array_of(&[name, value])?.any(),
            };
            cx.array_push(array, item)
        })?;
    }
    Ok(array.any())
}

/// The listing of an object that has names only, and data where that is asked for.
fn list_names<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, what: List) -> JsResult<'s> {
    let count = object.get(cx).shape(cx).count();
    cx.vm.spend(u64::from(count))?;
    let array = cx.new_array(0, count as usize)?;
    let mut length = 0;
    for i in 0..count {
        cx.scope(|cx| {
            let Some(table) = object.get(cx).shape(cx).table(cx) else { return Ok(()) };
            let Some(name) = table.name(cx, i).filter(|name| name.is_string()) else { return Ok(()) };
            let description = table.entry(i).1;
            if description & info::ENUMERABLE == 0 {
                return Ok(());
            }
            let value = object.get(cx).slot(cx, description & info::SLOT);
            let item = match what {
                List::Keys => name.root(cx),
                List::Values => value.root(cx),
                List::Entries => {
                    let pair = [name.root(cx), value.root(cx)];
                    cx.array_of(&pair)?.any()
                }
            };
            let list: Local<'_, Object> = array.into();
            if let Some(elements) = list.get(cx).elements(cx) {
                let item = item.value(cx);
                cx.note_element(elements, item);
                elements.put(cx, length, item);
            }
            length += 1;
            Ok(())
        })?;
    }
    array.get(cx).set_length(length as u32);
    Ok(array.any())
}

/// Object.keys
fn keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    list(cx, args, List::Keys)
}

/// Object.values
fn values<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    list(cx, args, List::Values)
}

/// Object.entries
fn entries<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    list(cx, args, List::Entries)
}

fn names<'s>(cx: &mut Cx<'s>, args: Args<'s>, symbols: bool) -> JsResult<'s> {
    let object = plain_argument(cx, args)?;
    let keys = cx.own_keys(object)?;
    let count = keys.get(cx).length() as usize;
    cx.vm.spend(count as u64 / 8)?;
    let array = cx.new_array(0, count)?;
    for i in 0..count {
        cx.scope(|cx| {
            let name = keys.get(cx).item(cx, i).root(cx);
            if name.value(cx).is_symbol() == symbols { cx.array_push(array, name) } else { Ok(()) }
        })?;
    }
    Ok(array.any())
}

/// Object.getOwnPropertyNames
fn own_names<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    names(cx, args, false)
}

/// Object.getOwnPropertySymbols
fn own_symbols<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    names(cx, args, true)
}

/// Object.getOwnPropertyDescriptor
fn get_own_descriptor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = plain_argument(cx, args)?;
    let key = args.key(cx, 1)?;
    let own = cx.own(object, key)?;
    descriptor_object(cx, own)
}

/// Object.getPrototypeOf
fn get_prototype_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    let object = cx.to_object(value)?;
    prototype_of(cx, object)
}

fn prototype_of<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>) -> JsResult<'s> {
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyGetPrototypeOf, &[object.any()]));
    }
    Ok(object.get(cx).shape(cx).proto().root(cx))
}

/// Object.hasOwn
fn has_own<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = plain_argument(cx, args)?;
    let key = args.key(cx, 1)?;
    owns(cx, object, key)
}

fn owns<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, key: Key<'s>) -> JsResult<'s> {
    if object.get(cx).kind() == kind::Proxy {
        return Err(Exit::Fallback);
    }
    match cx.own(object, key)? {
        Own::Uninitialized => {
            let name = key.describe(cx);
            let message = format!("Cannot access '{name}' before initialization");
            Err(cx.throw(tvm_bytecode::data::ErrorKind::ReferenceError, &message))
        }
        own => Ok(cx.boolean(!matches!(own, Own::None))),
    }
}

/// Object.prototype.hasOwnProperty
fn has_own_property<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.key(cx, 0)?;
    let object = cx.to_object(args.this())?;
    owns(cx, object, key)
}

/// Object.is
fn is<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (a, b) = (args.get(cx, 0), args.get(cx, 1));
    let same = cx.same_value(a, b)?;
    Ok(cx.boolean(same))
}

/// Object.isExtensible
fn is_extensible<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = args.get(cx, 0).as_object(cx) else { return Ok(cx.boolean(false)) };
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyIsExtensible, &[object.any()]));
    }
    Ok(cx.boolean(cx.is_extensible(object)))
}

/// The first argument, to be changed in its integrity; `Err` with the result where it is no object.
fn integrity_target<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Option<Local<'s, Object>>> {
    let Some(object) = args.get(cx, 0).as_object(cx) else { return Ok(None) };
    if object.get(cx).is::<Proxy>() || object.get(cx).kind() == kind::Namespace {
        return Err(Exit::Fallback);
    }
    Ok(Some(object))
}

/// Object.freeze
fn freeze<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = integrity_target(cx, args)? else { return Ok(args.get(cx, 0)) };
    if object.get(cx).is::<Arguments>() {
        return Err(Exit::Fallback);
    }
    if !cx.set_integrity(object, true)? {
        let typed = object.get(cx).is::<TypedArray>();
        let message = if typed { "Cannot freeze array buffer views with elements" } else { "Cannot freeze" };
        return Err(cx.type_error(message));
    }
    Ok(object.any())
}

/// Object.seal
fn seal<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = integrity_target(cx, args)? else { return Ok(args.get(cx, 0)) };
    if object.get(cx).is::<TypedArray>() {
        return Err(Exit::Fallback);
    }
    if !cx.set_integrity(object, false)? {
        return Err(cx.type_error("Cannot seal"));
    }
    Ok(object.any())
}

/// Object.preventExtensions
fn prevent_extensions<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let Some(object) = integrity_target(cx, args)? else { return Ok(args.get(cx, 0)) };
    if !cx.prevent_extensions(object)? {
        return Err(cx.type_error("Cannot prevent extensions"));
    }
    Ok(object.any())
}

fn test_integrity<'s>(cx: &mut Cx<'s>, args: Args<'s>, frozen: bool) -> JsResult<'s> {
    let Some(object) = integrity_target(cx, args)? else { return Ok(cx.boolean(true)) };
    if cx.is_extensible(object) {
        return Ok(cx.boolean(false));
    }
    let keys = cx.own_keys(object)?;
    for i in 0..keys.get(cx).length() as usize {
        cx.vm.spend(1)?;
        let loose = cx.scope(|cx| {
            let name = keys.get(cx).item(cx, i).root(cx);
            let key = cx.primitive_key(name)?.expect("keys are keys");
            Ok(match cx.own(object, key)? {
                Own::Data(_, attributes) => {
                    attributes & info::CONFIGURABLE != 0 || frozen && attributes & info::WRITABLE != 0
                }
                Own::Accessor(_, attributes) => attributes & info::CONFIGURABLE != 0,
                _ => false,
            })
        })?;
        if loose {
            return Ok(cx.boolean(false));
        }
    }
    Ok(cx.boolean(true))
}

/// Object.isFrozen
fn is_frozen<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    test_integrity(cx, args, true)
}

/// Object.isSealed
fn is_sealed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    test_integrity(cx, args, false)
}

/// Object.setPrototypeOf
fn set_prototype_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (target, proto) = (args.get(cx, 0), args.get(cx, 1));
    if target.value(cx).is_nullish() {
        return Err(cx.type_error("Object.setPrototypeOf called on null or undefined"));
    }
    if !proto.value(cx).is_object() && !proto.value(cx).is_null() {
        let shown = cx.describe(proto);
        return Err(cx.type_error(&format!("Object prototype may only be an Object or null: {shown}")));
    }
    let Some(object) = target.as_object(cx) else { return Ok(target) };
    if object.get(cx).is::<Proxy>() {
        return Err(Exit::Fallback);
    }
    let done = change_prototype(cx, object, proto)?;
    if !done.value(cx).is_true() {
        return Err(cannot_change_prototype(cx, object, proto));
    }
    Ok(target)
}

fn cannot_change_prototype<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, proto: Local<'s>) -> Exit {
    let _ = proto;
    let shown = cx.describe(object.any());
    cx.type_error(&match cx.is_extensible(object) {
        true => format!("Cyclic __proto__ value or immutable prototype object '{shown}'"),
        false => format!("{shown} is not extensible"),
    })
}

/// get Object.prototype.__proto__
fn get_proto<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = cx.to_object(args.this())?;
    prototype_of(cx, object)
}

/// Object.prototype.valueOf
fn value_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    Ok(cx.to_object(args.this())?.any())
}

/// Object.prototype.toString, where the tag is found without running code.
fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let this = args.this();
    if this.value(cx).is_undefined() {
        return cx.text_value("[object Undefined]");
    }
    if this.value(cx).is_null() {
        return cx.text_value("[object Null]");
    }
    let object = cx.to_object(this)?;
    if object.get(cx).is::<Proxy>() {
        return Err(Exit::Fallback);
    }
    let builtin = builtin_tag(cx, object);
    let symbol = cx.well_known(tvm_bytecode::data::WellKnownSymbol::ToStringTag).root(cx);
    match cx.find(object, Key::Name(symbol))? {
        Found::Value(tag) => match tag.cast::<Str>(cx) {
            Some(tag) => {
                let tag = cx.text(tag)?;
                cx.text_value(&format!("[object {tag}]"))
            }
            None => cx.text_value(&format!("[object {builtin}]")),
        },
        Found::Missing => cx.text_value(&format!("[object {builtin}]")),
        _ => Err(Exit::Fallback),
    }
}

/// The tag of an object that has no `Symbol.toStringTag` (20.1.3.6).
pub fn builtin_tag<'s>(cx: &Cx<'s>, object: Local<'s, Object>) -> &'static str {
    let cell = object.get(cx);
    match cell.kind() {
        kind::Array => "Array",
        kind::Arguments => "Arguments",
        kind::Function | kind::Bound => "Function",
        kind::Proxy if cx.is_callable(object.value(cx)) => "Function",
        kind::Error => "Error",
        kind::Date => "Date",
        kind::RegExp => "RegExp",
        kind::Wrapper => {
            let primitive = cell.cast::<Wrapper>().map_or(Value::UNDEFINED, |wrapper| wrapper.primitive());
            match cx.type_of(primitive) {
                Name::string => "String",
                Name::number => "Number",
                Name::boolean => "Boolean",
                _ => "Object",
            }
        }
        _ => "Object",
    }
}

/// %builtinTag%: what `Object.prototype.toString` calls an object without a tag of its own.
pub fn tag_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let value = args.get(cx, 0);
    if cx.is_array(value)? {
        return cx.text_value("Array");
    }
    let tag = match value.as_object(cx) {
        Some(object) => builtin_tag(cx, object),
        None => "Object",
    };
    cx.text_value(tag)
}
