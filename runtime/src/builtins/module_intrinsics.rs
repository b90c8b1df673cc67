//! Intrinsics by which `library/module.js` evaluates modules and makes `import.meta`.

use super::modules::{field, form, joined, node_module};
use crate::base::vm::{ModuleText, ModuleUse};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

fn module_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Module>> {
    match args.get(cx, 0).cast::<Module>(cx) {
        Some(module) => Ok(module),
        None => Err(cx.type_error("a module was asked for where there is none")),
    }
}

/// %loadModule%: referrer (a module or a file name), specifier, attribute or undefined. A linked module.
pub fn load_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let referrer = args.get(cx, 0);
    let by = referrer.cast::<Module>(cx);
    let referrer = match (by, referrer.cast::<Str>(cx)) {
        (Some(module), _) => cx.module_name(module)?,
        (None, Some(name)) => cx.text(name)?,
        (None, None) => String::new(),
    };
    let specifier = args.string(cx, 1)?;
    let specifier = cx.text(specifier)?;
    let attribute = match args.get(cx, 2).cast::<Str>(cx) {
        Some(attribute) => Some(cx.text(attribute)?),
        None => None,
    };
    let attribute = attribute.as_deref();
    let built_in = by.map_or(Ok(None), |module| cx.built_in_module(module, &specifier, attribute))?;
    let module = match built_in {
        Some(module) => module,
        None => cx.load_module(&specifier, attribute, &referrer, ModuleUse::Import)?,
    };
    cx.load_requests(module)?;
    cx.link_modules(module)?;
    Ok(module.any())
}

/// %moduleRecord%: what the library keeps of a module, or undefined.
pub fn module_record<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    Ok(module.get(cx).at(cx, field::RECORD).root(cx))
}

/// %setModuleRecord%
pub fn set_module_record<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let record = args.get(cx, 1);
    module.get(cx).put(cx, field::RECORD, record.value(cx));
    Ok(cx.undefined())
}

/// %moduleRequests%: an array of modules.
pub fn module_requests<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let mut all = Vec::new();
    if cx.module_form(module) != form::MODULE {
        return Ok(cx.array_of(&all)?.any());
    }
    if let Some(requests) = module.get(cx).at(cx, field::REQUESTS).cast::<Tuple>(cx) {
        let requests = requests.root(cx);
        for i in 0..requests.get(cx).count(cx) {
            all.push(requests.get(cx).at(cx, i).root(cx));
        }
    }
    Ok(cx.array_of(&all)?.any())
}

/// %moduleInit%: the function that hoists its declarations, or undefined.
pub fn module_init<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_closure(module, false)
}

/// %moduleBody%: its body as a function, or undefined.
pub fn module_body<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_closure(module, true)
}

/// %moduleIsAsync%: whether its body awaits at top level.
pub fn module_is_async<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let answer = cx.module_unit(module).is_some_and(|(_, unit, index)| unit.module(index).is_async != 0);
    Ok(cx.boolean(answer))
}

/// %moduleText%: the text of a JSON or text module, or undefined.
pub fn module_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    Ok(module.get(cx).at(cx, field::VALUE).root(cx))
}

/// %moduleIsJson%
pub fn module_is_json<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let answer = module.get(cx).at(cx, field::INDEX).is_true();
    Ok(cx.boolean(answer))
}

/// %setModuleDefault%: the value of a JSON or text module.
pub fn set_module_default<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let value = args.get(cx, 1);
    if let Some(scope) = module.get(cx).at(cx, field::SCOPE).cast::<Scope>(cx) {
        scope.put(cx, 0, value.value(cx));
    }
    Ok(cx.undefined())
}

/// %moduleNamespace%
pub fn namespace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.module_namespace(module)
}

/// %moduleMeta%: `import.meta` of a module; made with its `resolve` where there is none. Undefined without that.
pub fn module_meta<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let known = module.get(cx).at(cx, field::META).root(cx);
    let resolve = args.get(cx, 1);
    if known.value(cx).is_object() || resolve.value(cx).is_undefined() {
        return Ok(known);
    }
    let null = cx.local(Value::NULL);
    let meta = cx.new_object_with(null)?;
    let name = cx.module_name(module)?;
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let (directory, file) = (cx.text_value(&directory)?, cx.text_value(&name)?);
    let url = cx.text_value(&file_url(&name))?;
    for (key, value) in [("dirname", directory), ("filename", file), ("resolve", resolve), ("url", url)] {
        let key = cx.text_key(key)?;
        cx.put_own(meta, key, value, info::DEFAULT)?;
    }
    module.get(cx).put(cx, field::META, meta.value(cx));
    Ok(meta.any())
}

/// %resolveModule%: what a specifier in a module leads to, as a URL. A path need not be that of a file.
pub fn resolve_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let specifier = args.string(cx, 1)?;
    let specifier = cx.text(specifier)?;
    let name = cx.module_name(module)?;
    if let Some(builtin) = node_module(&specifier) {
        return cx.text_value(&builtin.full_name());
    }
    let failure = match cx.vm.host.resolve_module(&specifier, &name, ModuleUse::Import) {
        Ok(found) => return cx.text_value(&file_url(&found)),
        Err(failure) => failure,
    };
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
    let url = if specifier.starts_with('/') || specifier.starts_with("./") || specifier.starts_with("../") {
        file_url(&joined(directory, specifier.strip_prefix("./").unwrap_or(&specifier)))
    } else if specifier.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        specifier
    } else {
        return Err(cx.module_failure(&failure)?);
    };
    cx.text_value(&url)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// A path as a URL.
fn file_url(path: &str) -> String {
    let mut url = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"#%<>?\\^`{|}".contains(&byte) {
            url.push(byte.into());
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

// ---- CommonJS and builtin modules: for `node/internal_loader.js`

fn text_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, String> {
    let text = args.string(cx, index)?;
    cx.text(text)
}

/// %moduleForm%: what a module is; see [`form`].
pub fn module_form<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let form = cx.module_form(module);
    Ok(cx.local(Value::int(form)))
}

/// %moduleName%
pub fn module_name<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    Ok(module.get(cx).at(cx, field::NAME).root(cx))
}

/// %moduleValueNames%: names that a CommonJS or builtin module exports besides `default`.
pub fn module_value_names<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let mut all = Vec::new();
    for name in cx.value_exports(module)? {
        all.push(cx.text_value(&name)?);
    }
    Ok(cx.array_of(&all)?.any())
}

/// %setModuleValue%: module, number of the slot, value.
pub fn set_module_value<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let (slot, value) = (args.integer(cx, 1)? as usize, args.get(cx, 2));
    if let Some(scope) = module.get(cx).at(cx, field::SCOPE).cast::<Scope>(cx) {
        scope.put(cx, slot, value.value(cx));
    }
    Ok(cx.undefined())
}

/// %resolveRequired%: what a specifier of `require` means as seen from a file.
pub fn resolve_required<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (specifier, referrer) = (text_argument(cx, args, 0)?, text_argument(cx, args, 1)?);
    let name = cx.resolve_module(&specifier, &referrer, ModuleUse::Require)?;
    cx.text_value(&name)
}

/// %requiredOfUnit%: the module that a CommonJS module's unit holds for a specifier, or undefined.
pub fn required_of_unit<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    let specifier = text_argument(cx, args, 1)?;
    let found = cx.required_of_unit(module, &specifier)?;
    Ok(found.map_or_else(|| cx.undefined(), |module| module.any()))
}

/// %loadRequired%: the module with a full name. One of ECMAScript is linked.
pub fn load_required<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = text_argument(cx, args, 0)?;
    let attribute = name.ends_with(".json").then_some("json");
    let module = cx.load_named_module(&name, attribute, ModuleUse::Require)?;
    link_required(cx, module)?;
    Ok(module.any())
}

/// %linkRequired%: links a module of ECMAScript that a unit holds.
pub fn link_required_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    link_required(cx, module)?;
    Ok(cx.undefined())
}

fn link_required<'s>(cx: &mut Cx<'s>, module: Local<'s, Module>) -> JsResult<'s, ()> {
    if cx.module_form(module) == form::MODULE {
        cx.load_requests(module)?;
        cx.link_modules(module)?;
    }
    Ok(())
}

/// %requiredText%: the text of a JSON file that is required, read anew.
pub fn required_text<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = text_argument(cx, args, 0)?;
    match cx.vm.host.load_module(&name, Some("json"), ModuleUse::Require) {
        Ok(ModuleText::Json(text)) => {
            cx.vm.spend(text.len() as u64 / 64)?;
            cx.text_value(&text)
        }
        Ok(_) => Err(cx.type_error(&format!("{name} holds no JSON"))),
        Err(failure) => Err(cx.module_failure(&failure)?),
    }
}

/// %requiredNamespace%: a module's namespace with `__esModule: true` besides.
pub fn required_namespace<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let module = module_argument(cx, args)?;
    cx.marked_namespace(module)
}

/// %builtinModule%: the function of a builtin module by its name without `node:`, or undefined. Internal ones are
/// found by their full name only.
pub fn builtin_module<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = text_argument(cx, args, 0)?;
    let Some(found) = crate::library::NODE_MODULES.iter().find(|module| module.name == name) else {
        return Ok(cx.undefined());
    };
    Ok(cx.library_function(found.function)?.any())
}

/// %builtinNames%: names of all builtin modules.
pub fn builtin_names<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let mut all = Vec::new();
    for module in crate::library::NODE_MODULES.iter().filter(|module| !module.is_internal()) {
        let name = if module.name.starts_with("tvm/") { module.full_name() } else { module.name.to_owned() };
        all.push(cx.text_value(&name)?);
    }
    Ok(cx.array_of(&all)?.any())
}

/// %setLoader%: keeps the realm's loader of CommonJS modules.
pub fn set_loader<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let loader = args.get(cx, 0);
    let realm = cx.realm().root(cx);
    cx.set_intrinsic(realm, crate::object::realm::Intrinsic::CommonJs, loader.value(cx));
    Ok(cx.undefined())
}

/// %loader%: what `%setLoader%` kept, or undefined.
pub fn loader<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let realm = cx.realm().root(cx);
    let loader = realm.get(cx).intrinsic(cx, crate::object::realm::Intrinsic::CommonJs).root(cx);
    Ok(if loader.value(cx).is_object() { loader } else { cx.undefined() })
}

/// %callText%: the source text of the program's call that led here, or undefined.
pub fn call_text<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    match cx.call_text() {
        Some(text) => cx.text_value(&text),
        None => Ok(cx.undefined()),
    }
}

/// %fileUrl%: a path as a URL.
pub fn path_to_url<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let path = text_argument(cx, args, 0)?;
    cx.text_value(&file_url(&path))
}
