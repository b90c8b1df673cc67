//! A tenant's own side: how requests begin, and what `library/tenant.js` asks of the engine.

use super::message::Refusal;
use crate::base::exit::Exit;
use crate::base::tenants::{Event, Order, Reply};
use crate::base::vm::{CompileGoal, CompileRequest};
use crate::heap::cells::*;
use crate::heap::roots::Persistent;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::semantics::{Args, JsResult};
use tvm_bytecode::Verified;

impl<'s> Cx<'s> {
    /// Queues what a request asks for as a task. Nothing is running.
    pub(crate) fn begin_order(&mut self, number: u32, order: Order) -> JsResult<'s, ()> {
        let told = self.local(Value::int(number as i32));
        match order {
            Order::Evaluate { text, name } => {
                let text = self.read_message(&text)?;
                let unit = self.compile_given(text, &name)?;
                let number = self.add_given_unit(unit)?;
                let script = self.tenant_script(number)?;
                self.queue_library(lib::tenantRun, &[told, script])
            }
            Order::Run { unit, key } => {
                let number = self.tenant_unit(unit, key)?;
                let script = self.tenant_script(number)?;
                self.queue_library(lib::tenantRun, &[told, script])
            }
            Order::Call { name, arguments } => {
                let (name, arguments) = (self.text_value(&name)?, self.read_message(&arguments)?);
                self.queue_library(lib::tenantInvoke, &[told, name, arguments])
            }
            Order::Set { name, value } => {
                let (name, value) = (self.text_value(&name)?, self.read_message(&value)?);
                self.queue_library(lib::tenantSet, &[name, value])
            }
            Order::Define { name, function } => {
                let (name, function) = (self.text_value(&name)?, self.local(Value::int(function as i32)));
                self.queue_library(lib::tenantDefine, &[name, function])
            }
            Order::Settle { call, failed, value } => {
                let (call, failed) = (self.local(Value::int(call as i32)), self.boolean(failed));
                let value = self.read_message(&value)?;
                self.queue_library(lib::tenantResolve, &[call, failed, value])
            }
        }
    }

    /// Queues the answer that a request could not begin.
    pub(crate) fn fail_order(&mut self, number: u32, error: Persistent) -> JsResult<'s, ()> {
        let value = self.persistent(&error);
        self.release(error);
        let told = self.local(Value::int(number as i32));
        self.queue_library(lib::tenantFail, &[told, value])
    }

    fn queue_library(&mut self, function: u32, arguments: &[Local<'_>]) -> JsResult<'s, ()> {
        let realm = self.first_realm().root(self);
        let function = self.library_function_of(realm, function)?;
        self.queue_task(function.any(), arguments)
    }

    fn compile_given(&mut self, text: Local<'s>, name: &str) -> JsResult<'s, Verified> {
        let Some(text) = text.cast::<Str>(self) else { return Err(self.bug("a script without a text")) };
        let (texts, surrogates) = self.source_texts(&[text])?;
        let plain = CompileRequest::new(&texts[0], name, CompileGoal::Script);
        let request = CompileRequest { completion_value: true, ..plain };
        let mut failed = None;
        let compiled = self.generate(request, &surrogates, |compiler, request| {
            compiler.compile(request).inspect_err(|failure| failed = Some(failure.clone()))
        });
        match (compiled, failed) {
            (Err(Exit::Throw), Some(failure)) => Err(self.tell_place(&failure, &texts[0], name, 0)?),
            (compiled, _) => compiled,
        }
    }

    /// The tenant's own number of a unit of its maker's.
    fn tenant_unit(&mut self, unit: Verified, key: u32) -> JsResult<'s, u32> {
        let known = self.vm.seat.as_ref().and_then(|seat| seat.units.get(&key).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let number = self.add_given_unit(unit)?;
        if let Some(seat) = &mut self.vm.seat {
            seat.units.insert(key, number);
        }
        Ok(number)
    }

    fn tenant_script(&mut self, number: u32) -> JsResult<'s> {
        let realm = self.first_realm().root(self);
        let entry = self.vm.units[number as usize].entry();
        let template = self.new_template(number, entry, realm)?;
        Ok(self.new_closure(template, None)?.any())
    }
}

/// Writes a value; none where it is not plain.
pub(super) fn plain_message<'s>(
    cx: &mut Cx<'s>,
    value: Local<'_>,
    is_copy: bool,
) -> JsResult<'s, Option<Vec<u8>>> {
    match cx.write_message(value, is_copy)? {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refusal::NotPlain) if !is_copy => Ok(None),
        Err(refusal) => Err(cx.message_refused(refusal)),
    }
}

/// %tenantAnswer%: a request's number, whether it failed, the value, whether that is a copy. False where the value must
/// be copied first.
pub fn answer<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.integer(cx, 0)? as u32;
    let (failed, is_copy) = (args.get(cx, 1).value(cx).is_true(), args.get(cx, 3).value(cx).is_true());
    let value = args.get(cx, 2);
    let Some(value) = plain_message(cx, value, is_copy)? else { return Ok(cx.boolean(false)) };
    if let Some(seat) = cx.vm.seat.as_mut().filter(|_| number != 0) {
        seat.outbox.push_back(Event::Answer { number, failed, value });
    }
    Ok(cx.boolean(true))
}

/// %tenantAsk%: a function's number, an array of arguments, whether that is a copy. False as above; otherwise the
/// isolate stops at the next safepoint.
pub fn ask<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.integer(cx, 0)? as u32;
    let is_copy = args.get(cx, 2).value(cx).is_true();
    let arguments = args.get(cx, 1);
    let Some(arguments) = plain_message(cx, arguments, is_copy)? else { return Ok(cx.boolean(false)) };
    if let Some(seat) = &mut cx.vm.seat {
        seat.outbox.push_back(Event::Call { function, arguments });
        seat.waits = true;
        cx.vm.meter.pause_soon();
    }
    Ok(cx.boolean(true))
}

/// %tenantWaits%: whether the answer is still to come.
pub fn waits<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let waits = cx.vm.seat.as_ref().is_some_and(|seat| seat.waits && seat.reply.is_none());
    if waits {
        cx.vm.meter.pause_soon();
    }
    Ok(cx.boolean(waits))
}

/// %tenantReply%: an array of the answer's kind and value.
pub fn reply<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let reply = cx.vm.seat.as_mut().and_then(|seat| {
        seat.waits = false;
        seat.reply.take()
    });
    let Some(Reply { kind, value }) = reply else { return Err(cx.bug("an answer that did not come")) };
    let kind = cx.local(Value::int(kind as i32));
    let value = cx.read_message(&value)?;
    Ok(cx.array_of(&[kind, value])?.any())
}

/// %tenantGlobal%: what a script declared by `let`, `const` or `class` under a name; undefined where it did not.
pub fn global<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let key = args.key(cx, 0)?;
    let Some(lexicals) = cx.intrinsic(Intrinsic::Lexicals).as_object(cx) else { return Ok(cx.undefined()) };
    Ok(match cx.own(lexicals, key)? {
        Own::Data(value, _) if !value.value(cx).is_hole() => value,
        _ => cx.undefined(),
    })
}
