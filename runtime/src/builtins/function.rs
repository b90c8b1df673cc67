//! Function (20.2), and the constructors of the other kinds of function.

use tvm_bytecode::data::FunctionKind;

use super::table::*;
use crate::base::exit::Exit;
use crate::base::vm::{CompileGoal, CompileRequest};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::function::{Entry, template_flag};
use crate::object::lookup::Found;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// The constructors.
pub static CLASSES: &[Class] = &[
    Class::new("Function", 1, Intrinsic::Function, Intrinsic::FunctionPrototype, by_native(constructor)),
    Class::new(
        "GeneratorFunction",
        1,
        Intrinsic::GeneratorFunction,
        Intrinsic::GeneratorFunctionPrototype,
        by_native(generator_constructor),
    )
    .inherits(Intrinsic::Function, Intrinsic::FunctionPrototype)
    .fixed_constructor()
    .hidden(),
    Class::new(
        "AsyncFunction",
        1,
        Intrinsic::AsyncFunction,
        Intrinsic::AsyncFunctionPrototype,
        by_native(async_constructor),
    )
    .inherits(Intrinsic::Function, Intrinsic::FunctionPrototype)
    .fixed_constructor()
    .hidden(),
    Class::new(
        "AsyncGeneratorFunction",
        1,
        Intrinsic::AsyncGeneratorFunction,
        Intrinsic::AsyncGeneratorFunctionPrototype,
        by_native(async_generator_constructor),
    )
    .inherits(Intrinsic::Function, Intrinsic::FunctionPrototype)
    .fixed_constructor()
    .hidden(),
];

/// Properties of the prototype objects.
pub static GROUPS: &[Group] = &[
    Group {
        on: Intrinsic::FunctionPrototype,
        rows: &[
            both("apply", 2, apply, lib::functionApply).named(Intrinsic::FunctionApply),
            both("bind", 1, bind, lib::functionBind),
            native("call", 1, call).named(Intrinsic::FunctionCall),
            native("toString", 0, to_string),
            library("@@hasInstance", 1, lib::functionHasInstance)
                .with(0)
                .named(Intrinsic::FunctionHasInstance),
            thrower_getter("caller"),
            thrower_setter("caller"),
            thrower_getter("arguments"),
            thrower_setter("arguments"),
        ],
    },
    Group {
        on: Intrinsic::GeneratorFunctionPrototype,
        rows: &[
            object("prototype", Intrinsic::GeneratorPrototype).with(info::CONFIGURABLE),
            tag("GeneratorFunction"),
        ],
    },
    Group { on: Intrinsic::AsyncFunctionPrototype, rows: &[tag("AsyncFunction")] },
    Group {
        on: Intrinsic::AsyncGeneratorFunctionPrototype,
        rows: &[
            object("prototype", Intrinsic::AsyncGeneratorPrototype).with(info::CONFIGURABLE),
            tag("AsyncGeneratorFunction"),
        ],
    },
];

const fn thrower_getter(name: &'static str) -> Row {
    Row { name, what: What::ThrowingGetter, attributes: info::CONFIGURABLE, intrinsic: None }
}

const fn thrower_setter(name: &'static str) -> Row {
    Row { name, what: What::ThrowingSetter, attributes: info::CONFIGURABLE, intrinsic: None }
}

/// %Function.prototype% called.
pub fn empty<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.undefined())
}

/// %ThrowTypeError% (10.2.4.1)
pub fn throw_type_error<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let message = "'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them";
    Err(cx.type_error(message))
}

/// Function.prototype.apply
fn apply<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (callee, this, list) = (args.this(), args.get(cx, 0), args.get(cx, 1));
    if !cx.is_callable(callee.value(cx)) {
        return Err(cx.type_error("Function.prototype.apply was called on a value that is not a function"));
    }
    if list.value(cx).is_nullish() {
        return Err(cx.call(callee, this, &[]));
    }
    match cx.plain_list(list)? {
        Some(array) => Err(cx.call_with_array(callee, this, array)?),
        None => Err(Exit::Fallback),
    }
}

/// Function.prototype.call
fn call<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (callee, this) = (args.this(), args.get(cx, 0));
    if !cx.is_callable(callee.value(cx)) {
        return Err(cx.type_error("Function.prototype.call was called on a value that is not a function"));
    }
    let rest: Vec<Local<'_>> = args.rest(1).collect();
    Err(cx.call(callee, this, &rest))
}

/// Function.prototype.bind, where the target's `length` and `name` are read without running code.
fn bind<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let target = args.this();
    if !cx.is_callable(target.value(cx)) {
        return Err(cx.type_error("Bind must be called on a function"));
    }
    let object = target.as_object(cx).expect("callables are objects");
    if object.get(cx).is::<Proxy>() {
        return Err(Exit::Fallback);
    }
    let (length_key, name_key) = (cx.key(Name::length), cx.key(Name::name_));
    let length = match cx.own(object, length_key)? {
        crate::object::lookup::Own::None => 0.0,
        crate::object::lookup::Own::Data(value, _) => match value.value(cx).as_number() {
            Some(number) => crate::base::num::to_integer(number),
            None => 0.0,
        },
        _ => return Err(Exit::Fallback),
    };
    let name = match cx.find(object, name_key)? {
        Found::Value(name) => name,
        Found::Missing => cx.undefined(),
        _ => return Err(Exit::Fallback),
    };
    let length = (length - (args.count().max(1) - 1) as f64).max(0.0);
    let bound = make_bound(cx, args)?;
    name_bound(cx, bound, length, name)?;
    Ok(bound.any())
}

/// BoundFunctionCreate (10.4.1.3) from the arguments of `bind`.
fn make_bound<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Object>> {
    let (target, this) = (cx.relayed(args.this())?, args.get(cx, 0));
    let rest: Vec<Local<'_>> = args.rest(1).collect();
    let object = target.as_object(cx).expect("the caller checked");
    let proto = object.get(cx).shape(cx).proto().root(cx);
    let bound = cx.new_kind_with(kind::Bound, 2, proto)?;
    let arguments = cx.tuple(&rest)?;
    let constructs = cx.is_constructor(target.value(cx));
    let cell = bound.get(cx).cast::<Bound>().expect("just made");
    cell.set_target(cx, target.value(cx));
    cell.set_this(cx, this.value(cx));
    cell.set_arguments(cx, Some(arguments.get(cx)));
    cell.set_constructs(constructs.into());
    Ok(bound)
}

fn name_bound<'s>(
    cx: &mut Cx<'s>,
    bound: Local<'s, Object>,
    length: f64,
    name: Local<'s>,
) -> JsResult<'s, ()> {
    let (length_name, name_name) = (cx.local(cx.name(Name::length)), cx.local(cx.name(Name::name_)));
    let length = cx.number(length);
    cx.add_property(bound, length_name, length, info::CONFIGURABLE)?;
    let prefix = cx.string("bound ")?;
    let text = match name.cast::<Str>(cx) {
        Some(name) => cx.concat(prefix, name)?,
        None => prefix,
    };
    cx.add_property(bound, name_name, text.any(), info::CONFIGURABLE)
}

/// %makeBound%: target, receiver, arguments, length, name. For targets that are proxies or have strange properties.
pub fn make_bound_slow<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let [target, this, list, length, name] = [0, 1, 2, 3, 4].map(|i| args.get(cx, i));
    let target = cx.relayed(target)?;
    let Some(list) = list.cast::<Array>(cx) else { return Err(cx.bug("a bound function's arguments")) };
    let proto = args.get(cx, 5);
    let list: Local<'_, Object> = list.into();
    let mut values = Vec::new();
    let count = list.downcast::<Array>(cx).map_or(0, |array| array.get(cx).length());
    for i in 0..count {
        let value = list.get(cx).element(cx, i).map_or(Value::UNDEFINED, |element| element.value).root(cx);
        values.push(value);
    }
    let bound = cx.new_kind_with(kind::Bound, 2, proto)?;
    let arguments = cx.tuple(&values)?;
    let constructs = cx.is_constructor(target.value(cx));
    let cell = bound.get(cx).cast::<Bound>().expect("just made");
    cell.set_target(cx, target.value(cx));
    cell.set_this(cx, this.value(cx));
    cell.set_arguments(cx, Some(arguments.get(cx)));
    cell.set_constructs(constructs.into());
    let length = length.value(cx).as_number().unwrap_or(0.0);
    name_bound(cx, bound, length, name)?;
    Ok(bound.any())
}

/// Function.prototype.toString
fn to_string<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    shown(cx, args.this())
}

/// %functionText%: a function as `toString` shows it.
pub fn text_of<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    shown(cx, function)
}

fn shown<'s>(cx: &mut Cx<'s>, this: Local<'s>) -> JsResult<'s> {
    let Some(function) = this.cast::<Function>(cx) else {
        if cx.is_callable(this.value(cx)) {
            return cx.text_value("function () { [native code] }");
        }
        return Err(cx.type_error("Function.prototype.toString requires that 'this' be a Function"));
    };
    let template = function.get(cx).template(cx);
    let hidden = template.entry() == Entry::Native || template.is_flagged(template_flag::NO_SOURCE);
    if !hidden {
        let unit = &cx.vm.units[template.unit() as usize];
        let record = unit.function(template.function());
        let (source, start, end) = (record.source, record.source_start, record.source_end);
        if let Some(units) = unit.source_units(source, start, end) {
            cx.vm.spend(u64::from(end) / 64)?;
            return Ok(cx.utf16_string(&units)?.any());
        }
        let text = unit.source_slice(source, start, end).to_owned();
        if !text.is_empty() {
            cx.vm.spend(text.len() as u64 / 64)?;
            return cx.text_value(&text);
        }
    }
    let name = template.name().root(cx);
    let name = match name.cast::<Str>(cx) {
        Some(name) => cx.text(name)?,
        None => String::new(),
    };
    cx.text_value(&format!("function {name}() {{ [native code] }}"))
}

/// Function (20.2.1.1)
fn constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    dynamic_function(cx, args, FunctionKind::Normal)
}

/// GeneratorFunction (27.3.1.1)
fn generator_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    dynamic_function(cx, args, FunctionKind::Generator)
}

/// AsyncFunction (27.7.1.1)
fn async_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    dynamic_function(cx, args, FunctionKind::Async)
}

/// AsyncGeneratorFunction (27.4.1.1)
fn async_generator_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    dynamic_function(cx, args, FunctionKind::AsyncGenerator)
}

/// CreateDynamicFunction (20.2.1.1.1): parameters and body are checked apart, so that neither can leave its place.
fn dynamic_function<'s>(cx: &mut Cx<'s>, args: Args<'s>, kind: FunctionKind) -> JsResult<'s> {
    let realm = cx.realm().root(cx);
    cx.check_generation(realm)?;
    let mut strings = Vec::new();
    for i in 0..args.count() {
        strings.push(args.string(cx, i)?);
    }
    let (mut parts, surrogates) = cx.source_texts(&strings)?;
    let body = parts.pop().unwrap_or_default();
    let parameters = parts.join(",");
    let (prefix, default) = match kind {
        FunctionKind::Generator => ("function*", Intrinsic::GeneratorFunctionPrototype),
        FunctionKind::Async => ("async function", Intrinsic::AsyncFunctionPrototype),
        FunctionKind::AsyncGenerator => ("async function*", Intrinsic::AsyncGeneratorFunctionPrototype),
        _ => ("function", Intrinsic::FunctionPrototype),
    };
    let callee = args.frame().callee(cx).map(|callee| callee.value(cx).bits());
    let target = args.new_target(cx);
    let other = args.is_construct(cx) && callee != Some(target.value(cx).bits());
    let proto = if other { Some(cx.prototype_for(args, default)?) } else { None };
    for probe in [
        format!("({prefix} anonymous({parameters}\n) {{\n}})"),
        format!("({prefix} anonymous(\n) {{\n{body}\n}})"),
    ] {
        let plain = CompileRequest::new(&probe, "<anonymous>", CompileGoal::Indirect);
        let request = CompileRequest { completion_value: true, ..plain };
        cx.generate(request, &surrogates, |compiler, request| compiler.check(request))?;
    }
    let source = format!("{prefix} anonymous({parameters}\n) {{\n{body}\n}}");
    let function = cx.compile_dynamic_function(&source, &surrogates, realm)?;
    if let Some(proto) = proto {
        cx.replace_prototype(function.into(), proto)?;
    }
    Ok(function.any())
}

/// eval (19.2.1)
pub fn eval<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let source = args.get(cx, 0);
    cx.indirect_eval(source)
}
