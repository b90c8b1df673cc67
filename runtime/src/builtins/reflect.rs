//! Reflect (28.1): the essential internal methods of objects, also as intrinsics of library code.

use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::define::Descriptor;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::store::Stored;
use crate::semantics::{Args, JsResult};

/// Properties of %Reflect%.
pub static GROUPS: &[Group] = &[Group {
    on: Intrinsic::Reflect,
    rows: &[
        native("apply", 3, apply),
        native("construct", 2, construct),
        both("defineProperty", 3, define_property, lib::reflectDefineProperty),
        native("deleteProperty", 2, delete),
        native("get", 2, get),
        native("getOwnPropertyDescriptor", 2, get_own_descriptor),
        native("getPrototypeOf", 1, get_prototype_of),
        native("has", 2, has),
        native("isExtensible", 1, is_extensible),
        native("ownKeys", 1, own_keys),
        native("preventExtensions", 1, prevent_extensions),
        native("set", 3, set),
        native("setPrototypeOf", 2, set_prototype_of),
        tag("Reflect"),
    ],
}];

/// %Reflect%.
pub static OBJECTS: &[Singleton] =
    &[Singleton { on: Intrinsic::Reflect, parent: Intrinsic::ObjectPrototype, global: Some("Reflect") }];

/// The first argument, which must be an object.
fn target<'s>(cx: &mut Cx<'s>, args: Args<'s>, method: &str) -> JsResult<'s, Local<'s, Object>> {
    let target = args.get(cx, 0);
    match target.as_object(cx) {
        Some(object) => Ok(object),
        None => Err(cx.type_error(&format!("Reflect.{method} called on non-object"))),
    }
}

/// Reflect.apply
fn apply<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (callee, this, list) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    if !cx.is_callable(callee.value(cx)) {
        return Err(cx.not_callable(callee));
    }
    match cx.plain_list(list)? {
        Some(array) => Err(cx.call_with_array(callee, this, array)?),
        None => Err(cx.call_library(lib::applyList, &[callee, this, list])),
    }
}

/// Reflect.construct
pub fn construct<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (callee, list) = (args.get(cx, 0), args.get(cx, 1));
    if !cx.is_constructor(callee.value(cx)) {
        return Err(cx.not_a_constructor(callee));
    }
    let new_target = if args.has(2) { args.get(cx, 2) } else { callee };
    if !cx.is_constructor(new_target.value(cx)) {
        return Err(cx.not_a_constructor(new_target));
    }
    match cx.plain_list(list)? {
        Some(array) => Err(cx.spread_construct(callee, new_target, array.any())),
        None => Err(cx.call_library(lib::constructList, &[callee, list, new_target])),
    }
}

/// Constructs with a receiver made before: constructor, new.target, receiver, an array of arguments.
pub fn construct_on<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (callee, new_target, receiver) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    let list = args.get(cx, 3);
    Err(cx.construct_on(callee, new_target, receiver, list))
}

/// [[DefineOwnProperty]] with a descriptor object of the library's: fields are its own properties.
pub fn define_own<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (object, key, desc) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    let Some(object) = object.as_object(cx) else { return Err(cx.bug("defineOwn on a primitive")) };
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyDefineOwn, &[object.any(), key, desc]));
    }
    let desc = own_descriptor(cx, desc)?;
    define_converted(cx, object, key, &desc)
}

/// Defines, asking the library first to convert what an array's length is set to.
fn define_converted<'s>(
    cx: &mut Cx<'s>,
    object: Local<'s, Object>,
    key: Local<'s>,
    desc: &Descriptor<'s>,
) -> JsResult<'s> {
    let Some(name) = cx.primitive_key(key)? else { return Err(cx.bug("a property key that is an object")) };
    if let Some(value) = desc.value
        && needs_conversion(cx, object, name, value)
    {
        let attributes = [desc.writable, desc.enumerable, desc.configurable];
        if object.get(cx).is::<TypedArray>() && (attributes.contains(&Some(false)) || desc.is_accessor()) {
            return Ok(cx.boolean(false));
        }
        let desc = describe(cx, desc)?;
        return Err(cx.call_library(lib::defineConverted, &[object.any(), key, value, desc]));
    }
    let done = cx.define(object, name, desc)?;
    Ok(cx.boolean(done))
}

/// Whether defining a value runs code or may fail: an array's length, or an element of a typed array.
pub fn needs_conversion(cx: &Cx<'_>, object: Local<'_, Object>, key: Key<'_>, value: Local<'_>) -> bool {
    use crate::object::lookup::TypedKey;
    match object.get(cx).kind() {
        kind::Array if key.is(cx, crate::heap::roots::Name::length) => {
            let number = value.value(cx).as_number();
            number.is_none_or(|number| f64::from(number as u32) != number)
        }
        kind::TypedArray => match (cx.typed_key(key), object.downcast::<TypedArray>(cx)) {
            (TypedKey::Index(index), Some(array)) => {
                value.value(cx).is_object() && cx.typed_has_index(array, index)
            }
            _ => false,
        },
        _ => false,
    }
}

/// A descriptor's fields that are own data properties of an object.
fn own_descriptor<'s>(cx: &mut Cx<'s>, fields: Local<'s>) -> JsResult<'s, Descriptor<'s>> {
    let Some(fields) = fields.as_object(cx) else { return Err(cx.bug("a descriptor that is no object")) };
    read_descriptor(cx, |cx, name| {
        let key = cx.text_key(name)?;
        Ok(match cx.ordinary_own(fields.get(cx), key) {
            Own::Data(value, _) => Some(value),
            _ => None,
        })
    })
}

/// Reads the six fields.
fn read_descriptor<'s>(
    cx: &mut Cx<'s>,
    mut field: impl FnMut(&mut Cx<'s>, &str) -> JsResult<'s, Option<Local<'s>>>,
) -> JsResult<'s, Descriptor<'s>> {
    let truth = |cx: &Cx<'s>, value: Option<Local<'s>>| value.map(|value| cx.to_boolean(value.value(cx)));
    let enumerable = field(cx, "enumerable")?;
    let configurable = field(cx, "configurable")?;
    let value = field(cx, "value")?;
    let writable = field(cx, "writable")?;
    let getter = field(cx, "get")?;
    let setter = field(cx, "set")?;
    Ok(Descriptor {
        value,
        getter,
        setter,
        writable: truth(cx, writable),
        enumerable: truth(cx, enumerable),
        configurable: truth(cx, configurable),
    })
}

/// ToPropertyDescriptor (6.2.6.5) where reading the fields runs no code; `None` elsewhere.
pub fn plain_descriptor<'s>(cx: &mut Cx<'s>, value: Local<'s>) -> JsResult<'s, Option<Descriptor<'s>>> {
    let Some(object) = value.as_object(cx) else {
        let shown = cx.describe(value);
        return Err(cx.type_error(&format!("Property description must be an object: {shown}")));
    };
    let mut plain = true;
    let desc = read_descriptor(cx, |cx, name| {
        use crate::object::lookup::Found;
        let key = cx.text_key(name)?;
        Ok(match cx.find(object, key)? {
            Found::Value(value) => Some(value),
            Found::Missing => None,
            _ => {
                plain = false;
                None
            }
        })
    })?;
    if !plain {
        return Ok(None);
    }
    for (accessor, what) in [(desc.getter, "Getter"), (desc.setter, "Setter")] {
        if let Some(function) = accessor
            && !function.value(cx).is_undefined()
            && !cx.is_callable(function.value(cx))
        {
            let shown = cx.describe(function);
            return Err(cx.type_error(&format!("{what} must be a function: {shown}")));
        }
    }
    if desc.is_accessor() && desc.is_data() {
        let message =
            "Invalid property descriptor. Cannot both specify accessors and a value or writable attribute";
        return Err(cx.type_error(message));
    }
    Ok(Some(desc))
}

/// A descriptor as an object without prototype that has the given fields only.
pub(super) fn describe<'s>(cx: &mut Cx<'s>, desc: &Descriptor<'s>) -> JsResult<'s> {
    let null = cx.local(Value::NULL);
    let object = cx.new_object_with(null)?;
    put_fields(cx, object, desc)?;
    Ok(object.any())
}

fn put_fields<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, desc: &Descriptor<'s>) -> JsResult<'s, ()> {
    let flag = |cx: &Cx<'s>, value: Option<bool>| value.map(|value| cx.boolean(value));
    let fields = [
        ("value", desc.value),
        ("writable", flag(cx, desc.writable)),
        ("get", desc.getter),
        ("set", desc.setter),
        ("enumerable", flag(cx, desc.enumerable)),
        ("configurable", flag(cx, desc.configurable)),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            let key = cx.text_key(name)?;
            cx.put_own(object, key, value, info::DEFAULT)?;
        }
    }
    Ok(())
}

/// FromPropertyDescriptor (6.2.6.4) of an own property; undefined for none.
pub fn descriptor_object<'s>(cx: &mut Cx<'s>, own: Own<'s>) -> JsResult<'s> {
    let desc = match own {
        Own::None | Own::Proxy => return Ok(cx.undefined()),
        Own::Uninitialized => {
            return Err(cx.throw(
                tvm_bytecode::data::ErrorKind::ReferenceError,
                "Cannot access binding before initialization",
            ));
        }
        Own::Data(value, attributes) => Descriptor::data(value, attributes),
        Own::Accessor(pair, attributes) => Descriptor {
            getter: Some(pair.get(cx).getter().root(cx)),
            setter: Some(pair.get(cx).setter().root(cx)),
            enumerable: Some(attributes & info::ENUMERABLE != 0),
            configurable: Some(attributes & info::CONFIGURABLE != 0),
            ..Descriptor::default()
        },
    };
    let object = cx.new_object()?;
    put_fields(cx, object, &desc)?;
    Ok(object.any())
}

/// Reflect.defineProperty
fn define_property<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "defineProperty")?;
    let key = args.primitive(cx, 1, crate::base::exit::Hint::String)?;
    if object.get(cx).is::<Proxy>() {
        return Err(crate::base::exit::Exit::Fallback);
    }
    let attributes = args.get(cx, 2);
    match plain_descriptor(cx, attributes)? {
        Some(desc) => define_converted(cx, object, key, &desc),
        None => Err(crate::base::exit::Exit::Fallback),
    }
}

/// Reflect.deleteProperty
pub fn delete<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "deleteProperty")?;
    let key = args.key(cx, 1)?;
    if object.get(cx).is::<Proxy>() {
        let key = key.to_value(cx)?;
        return Err(cx.call_library(lib::proxyDeleteProperty, &[object.any(), key]));
    }
    let done = cx.delete(object, key)?;
    Ok(cx.boolean(done))
}

/// Reflect.get
pub fn get<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "get")?;
    let key = args.key(cx, 1)?;
    let receiver = if args.has(2) { args.get(cx, 2) } else { object.any() };
    cx.get(object, key, receiver)
}

/// Reflect.getOwnPropertyDescriptor
pub fn get_own_descriptor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "getOwnPropertyDescriptor")?;
    let key = args.key(cx, 1)?;
    match cx.own(object, key)? {
        Own::Proxy => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::proxyGetOwnDescriptor, &[object.any(), key]))
        }
        own => descriptor_object(cx, own),
    }
}

/// Reflect.getPrototypeOf
pub fn get_prototype_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "getPrototypeOf")?;
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyGetPrototypeOf, &[object.any()]));
    }
    Ok(object.get(cx).shape(cx).proto().root(cx))
}

/// Reflect.has
pub fn has<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "has")?;
    let key = args.key(cx, 1)?;
    cx.has_property(object, key)
}

/// Reflect.isExtensible
pub fn is_extensible<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "isExtensible")?;
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyIsExtensible, &[object.any()]));
    }
    Ok(cx.boolean(cx.is_extensible(object)))
}

/// Reflect.ownKeys
pub fn own_keys<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "ownKeys")?;
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyOwnKeys, &[object.any()]));
    }
    let keys = cx.own_keys(object)?;
    Ok(cx.list_array(keys)?.any())
}

/// Reflect.preventExtensions
pub fn prevent_extensions<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "preventExtensions")?;
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxyPreventExtensions, &[object.any()]));
    }
    let done = cx.prevent_extensions(object)?;
    Ok(cx.boolean(done))
}

/// Reflect.set
pub fn set<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "set")?;
    let key = args.key(cx, 1)?;
    let value = args.get(cx, 2);
    let receiver = if args.has(3) { args.get(cx, 3) } else { object.any() };
    match cx.set(object, key, value, receiver)? {
        Stored::Done => Ok(cx.boolean(true)),
        Stored::Refused(_) => Ok(cx.boolean(false)),
        Stored::Setter(setter) => Err(cx.call_library(lib::callSetter, &[setter, receiver, value])),
        Stored::Proxy(proxy) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::proxySet, &[proxy.any(), key, value, receiver]))
        }
        Stored::Receiver(proxy) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::setOnReceiver, &[proxy.any(), key, value]))
        }
        Stored::Convert(holder) => {
            let key = key.to_value(cx)?;
            Err(cx.call_library(lib::setConvertedResult, &[holder.any(), key, value, receiver]))
        }
    }
}

/// Reflect.setPrototypeOf
fn set_prototype_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "setPrototypeOf")?;
    let proto = args.get(cx, 1);
    if !proto.value(cx).is_object() && !proto.value(cx).is_null() {
        let shown = cx.describe(proto);
        return Err(cx.type_error(&format!("Object prototype may only be an Object or null: {shown}")));
    }
    change_prototype(cx, object, proto)
}

/// [[SetPrototypeOf]] (10.1.2), whose result is the caller's own: a boolean.
pub fn change_prototype<'s>(cx: &mut Cx<'s>, object: Local<'s, Object>, proto: Local<'s>) -> JsResult<'s> {
    use crate::object::shape::shape_flag;
    if object.get(cx).is::<Proxy>() {
        return Err(cx.call_library(lib::proxySetPrototypeOf, &[object.any(), proto]));
    }
    let shape = object.get(cx).shape(cx);
    if shape.proto() == proto.value(cx) {
        return Ok(cx.boolean(true));
    }
    let fixed = shape.is_flagged(shape_flag::IMMUTABLE_PROTOTYPE) || object.get(cx).kind() == kind::Namespace;
    if fixed || !cx.is_extensible(object) {
        return Ok(cx.boolean(false));
    }
    // A cycle is refused, as far as it can be seen: behind a proxy anything may be.
    let mut next = proto.value(cx).as_object(cx);
    while let Some(holder) = next {
        if holder == object.get(cx) {
            return Ok(cx.boolean(false));
        }
        if holder.is::<Proxy>() {
            break;
        }
        next = holder.shape(cx).proto().as_object(cx);
    }
    cx.check_change(object)?;
    cx.replace_prototype(object, proto)?;
    Ok(cx.boolean(true))
}

/// %setPrototypeOf%: a boolean.
pub fn set_prototype<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let object = target(cx, args, "setPrototypeOf")?;
    let proto = args.get(cx, 1);
    change_prototype(cx, object, proto)
}

/// CreateDataProperty (7.3.5), whose result is the caller's own: a boolean.
pub fn create_data_property<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (object, key, value) = (args.get(cx, 0), args.get(cx, 1), args.get(cx, 2));
    let Some(object) = object.as_object(cx) else { return Err(cx.bug("createDataProperty on a primitive")) };
    let desc = Descriptor::data(value, info::DEFAULT);
    if object.get(cx).is::<Proxy>() {
        let desc = describe(cx, &desc)?;
        let key = match cx.primitive_key(key)? {
            Some(name) => name.to_value(cx)?,
            None => key,
        };
        return Err(cx.call_library(lib::proxyDefineOwn, &[object.any(), key, desc]));
    }
    define_converted(cx, object, key, &desc)
}

/// IsCompatiblePropertyDescriptor (10.1.6.2) of library descriptors: extensible, new, current.
pub fn is_compatible<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let extensible = args.get(cx, 0).value(cx).is_true();
    let (new, current) = (args.get(cx, 1), args.get(cx, 2));
    let desc = own_descriptor(cx, new)?;
    let own = if current.value(cx).is_undefined() {
        Own::None
    } else {
        let current = own_descriptor(cx, current)?;
        let bit = |flag: Option<bool>, bit: u32| if flag == Some(true) { bit } else { 0 };
        let attributes =
            bit(current.enumerable, info::ENUMERABLE) | bit(current.configurable, info::CONFIGURABLE);
        if current.is_accessor() {
            let pair = cx.alloc::<Accessor>(kind::Accessor, Accessor::BYTES)?;
            let value = |field: Option<Local<'s>>| field.map_or(Value::UNDEFINED, |field| field.value(cx));
            pair.get(cx).set_getter(cx, value(current.getter));
            pair.get(cx).set_setter(cx, value(current.setter));
            Own::Accessor(pair, attributes | info::ACCESSOR)
        } else {
            let value = current.value.unwrap_or_else(|| cx.undefined());
            Own::Data(value, attributes | bit(current.writable, info::WRITABLE))
        }
    };
    let compatible = cx.validate(own, extensible, &desc)?.is_some();
    Ok(cx.boolean(compatible))
}

impl<'s> Cx<'s> {
    /// A value as an array whose elements can be read without running code; `None` where it is none.
    pub fn plain_list(&mut self, list: Local<'s>) -> JsResult<'s, Option<Local<'s, Array>>> {
        let Some(array) = list.cast::<Array>(self) else { return Ok(None) };
        let length = array.get(self).length();
        let object: Local<'s, Object> = array.into();
        let dense = match object.get(self).elements(self) {
            Some(elements) => (0..length as usize).all(|i| !elements.at(i).is_hole()),
            None => length == 0,
        };
        Ok(dense.then_some(array))
    }
}
