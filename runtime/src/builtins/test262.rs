//! What the conformance suite asks of its host: `print` and `$262` (test262's INTERPRETING.md).

use tvm_bytecode::data::ErrorKind;

use super::setup::loose;
use crate::base::vm::{CompileGoal, CompileRequest};
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::shape::{info, shape_flag};
use crate::semantics::{Args, JsResult};

/// Gives a realm `print` and `$262`.
pub fn install<'s>(cx: &mut Cx<'s>, realm: Local<'s, Realm>) -> JsResult<'s> {
    let global = cx.global_of(realm);
    let host = cx.new_object()?;
    let print = cx.loose_function(realm, loose::TEST262, "print", 1)?;
    put(cx, global, "print", print.any(), info::METHOD)?;
    let methods = [("createRealm", 0), ("evalScript", 1), ("detachArrayBuffer", 1), ("gc", 0)];
    for (i, (name, length)) in methods.into_iter().enumerate() {
        let function = cx.loose_function(realm, loose::TEST262 + 1 + i as u32, name, length)?;
        put(cx, host, name, function.any(), info::METHOD)?;
    }
    let dda = cx.loose_function(realm, loose::TEST262 + 5, "IsHTMLDDA", 0)?;
    let object: Local<'_, Object> = dda.into();
    cx.materialize(object)?;
    cx.replace_shape(object, shape_flag::HTML_DDA, 0)?;
    put(cx, host, "IsHTMLDDA", dda.any(), info::METHOD)?;
    let agent = cx.new_object()?;
    for name in ["start", "broadcast", "getReport", "sleep", "monotonicNow"] {
        let function = cx.loose_function(realm, loose::TEST262 + 6, name, 0)?;
        put(cx, agent, name, function.any(), info::METHOD)?;
    }
    put(cx, host, "agent", agent.any(), info::METHOD)?;
    put(cx, host, "global", global.any(), info::METHOD)?;
    put(cx, global, "$262", host.any(), info::METHOD)?;
    Ok(host.any())
}

fn put<'s>(
    cx: &mut Cx<'s>,
    object: Local<'s, Object>,
    name: &str,
    value: Local<'s>,
    attributes: u32,
) -> JsResult<'s, ()> {
    let key = cx.text_key(name)?;
    cx.put_own(object, key, value, attributes)
}

/// print: a line on standard output.
pub fn print<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = args.string(cx, 0)?;
    let mut line = cx.text(text)?;
    line.push('\n');
    cx.vm.host.write_stdout(line.as_bytes());
    Ok(cx.undefined())
}

/// $262.createRealm: the new realm's `$262`.
pub fn create_realm<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let realm = cx.new_realm()?;
    install(cx, realm)
}

/// $262.evalScript: a script in the function's realm.
pub fn eval_script<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let text = args.string(cx, 0)?;
    let (texts, surrogates) = cx.source_texts(&[text])?;
    let realm = cx.realm().root(cx);
    let Some(compiler) = cx.vm.compiler.clone() else {
        return Err(cx.throw(ErrorKind::EvalError, "this isolate has no source compiler"));
    };
    let plain = CompileRequest::new(&texts[0], "<evalScript>", CompileGoal::Script);
    let request = CompileRequest { completion_value: true, surrogates: &surrogates.pairs(), ..plain };
    let unit = match compiler.compile(&request) {
        Ok(unit) => unit,
        Err(failure) => return Err(cx.compile_error(&failure)),
    };
    let function = cx.script_function(unit, realm)?;
    let this = cx.undefined();
    Err(cx.call(function.any(), this, &[]))
}

/// $262.detachArrayBuffer
pub fn detach_array_buffer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    use crate::object::typed::buffer_flag;
    let Some(buffer) = args.get(cx, 0).value(cx).cast::<Buffer>(cx) else {
        return Err(cx.type_error("detachArrayBuffer needs an ArrayBuffer"));
    };
    if buffer.flags() & buffer_flag::SHARED != 0 {
        return Err(cx.type_error("a SharedArrayBuffer cannot be detached"));
    }
    buffer.set_data(cx, None);
    buffer.set_length(0);
    buffer.set_max_length(0);
    buffer.set_flags(buffer.flags() | buffer_flag::DETACHED);
    Ok(cx.local(Value::NULL))
}

/// $262.gc
pub fn gc<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    cx.heap.collect_all();
    Ok(cx.undefined())
}

/// $262.IsHTMLDDA called
pub fn html_dda<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.local(Value::NULL))
}

/// Agents need threads that share memory, which isolates do not have yet.
pub fn agent<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let name = args
        .frame()
        .template(cx)
        .and_then(|template| template.name().flat_chars(cx))
        .map(|name| name.to_text());
    if name.as_deref() == Some("monotonicNow") {
        let now = cx.vm.monotonic_ms();
        return Ok(cx.number(now));
    }
    Err(cx.type_error("$262.agent is not available: isolates do not share memory"))
}

impl<'s> Cx<'s> {
    /// A script of a unit as a function of a realm.
    pub fn script_function(
        &mut self,
        unit: tvm_bytecode::Verified,
        realm: Local<'_, Realm>,
    ) -> JsResult<'s, Local<'s, Function>> {
        let entry = unit.entry();
        let number = self.add_unit(unit);
        let template = self.new_template(number, entry, realm)?;
        self.new_closure(template, None)
    }
}
