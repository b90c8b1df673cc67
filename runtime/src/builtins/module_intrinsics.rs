//! Intrinsics by which `library/module.js` evaluates modules and makes `import.meta`.

use super::modules::{field, joined};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

fn module_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s, Local<'s, Module>> {
    match args.get(cx, 0).cast::<Module>(cx) {
        Some(module) => Ok(module),
        None => Err(cx.bug("no module")),
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
        None => cx.load_module(&specifier, attribute, &referrer)?,
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
    let message = match cx.vm.host.resolve_module(&specifier, &name) {
        Ok(found) => return cx.text_value(&file_url(&found)),
        Err(message) => message,
    };
    let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
    let url = if specifier.starts_with('/') || specifier.starts_with("./") || specifier.starts_with("../") {
        file_url(&joined(directory, specifier.strip_prefix("./").unwrap_or(&specifier)))
    } else if specifier.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        specifier
    } else {
        return Err(cx.module_not_found(&message)?);
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
