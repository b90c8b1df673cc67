//! Functions of the embedder's: what a program calls, and how the embedder hears of it.
//!
//! In: calls by the program. Out: [`HostCall`]s, which whoever runs the isolate takes at a safepoint, and answers. The
//! isolate stands still meanwhile, as a tenant does that calls its maker; no frame of it is on the native stack. Values
//! pass as they are. What the closures are, and which of them a number means, is the embedder's: the isolate keeps
//! their names, so that they can be found again for one that is resumed from a snapshot.

use super::setup::loose;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Persistent, Root};
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::semantics::{Args, JsResult};

/// What the isolate keeps for its embedder: places in the tuple that is [`Root::Embedder`].
mod kept {
    /// Names of its functions by number: a list of strings.
    pub const NAMES: usize = 0;
    /// The call that waits to be taken: a tuple of `request`, or undefined.
    pub const REQUEST: usize = 1;
    /// The answer that waits to be taken: a tuple of `reply`, or undefined.
    pub const REPLY: usize = 2;
    /// How many there are.
    pub const COUNT: usize = 3;
}

/// Places in a request.
mod request {
    pub const FUNCTION: usize = 0;
    pub const REALM: usize = 1;
    pub const RECEIVER: usize = 2;
    /// An array.
    pub const ARGUMENTS: usize = 3;
}

/// Places in a reply.
mod reply {
    pub const FAILED: usize = 0;
    pub const VALUE: usize = 1;
}

/// A call of one of the embedder's functions, for which the isolate stands still.
pub struct HostCall {
    /// The function's number.
    pub function: u32,
    /// Number of the realm that the function belongs to.
    pub realm: u32,
    /// The receiver.
    pub receiver: Persistent,
    /// The arguments.
    pub arguments: Vec<Persistent>,
}

/// What there is to tell of an exception without running code.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The error's class by its name; empty for what is no error.
    pub name: String,
    /// Its message, or what the value looks like.
    pub message: String,
    /// Its stack; empty where it has none.
    pub stack: String,
}

/// A function of the embedder's is called: its number is what the function object keeps.
pub fn host_function<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.data(cx, 0);
    let all: Vec<Local<'_>> = args.rest(0).collect();
    let all = cx.array_of(&all)?;
    Err(cx.call_library(lib::hostCall, &[number, args.this(), all.any()]))
}

/// %hostAsk%: function, receiver, an array of arguments. The isolate stops at the next safepoint.
pub fn ask<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let realm = cx.realm().number();
    let realm = cx.local(Value::int(realm as i32));
    let parts = [args.get(cx, 0), realm, args.get(cx, 1), args.get(cx, 2)];
    let request = cx.tuple(&parts)?;
    let nothing = cx.undefined();
    cx.set_kept(kept::REPLY, nothing)?;
    cx.set_kept(kept::REQUEST, request.any())?;
    cx.vm.meter.pause_soon();
    Ok(cx.undefined())
}

/// %hostWaits%: whether the answer is still to come.
pub fn waits<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let waits = cx.kept(kept::REPLY)?.value(cx).is_undefined();
    if waits {
        cx.vm.meter.pause_soon();
    }
    Ok(cx.boolean(waits))
}

/// %hostReply%: the answer, which may be an exception.
pub fn reply<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let Some(told) = cx.kept(kept::REPLY)?.cast::<Tuple>(cx) else {
        return Err(cx.bug("an answer that did not come"));
    };
    let nothing = cx.undefined();
    cx.set_kept(kept::REPLY, nothing)?;
    let [failed, value] = [reply::FAILED, reply::VALUE].map(|at| told.get(cx).at(cx, at).root(cx));
    if failed.value(cx).is_true() { Err(cx.throw_value(value)) } else { Ok(value) }
}

impl<'s> Cx<'s> {
    fn embedder_tuple(&mut self) -> JsResult<'s, Local<'s, Tuple>> {
        if let Some(tuple) = self.root(Root::Embedder).cast::<Tuple>(self) {
            return Ok(tuple.root(self));
        }
        let names = self.new_list()?;
        let tuple = self.new_tuple(kept::COUNT)?;
        tuple.get(self).fill(self, 0, Value::UNDEFINED);
        tuple.get(self).put(self, kept::NAMES, names.value(self));
        self.set_root(Root::Embedder, tuple.value(self));
        Ok(tuple)
    }

    fn kept(&mut self, index: usize) -> JsResult<'s> {
        let tuple = self.embedder_tuple()?;
        Ok(tuple.get(self).at(self, index).root(self))
    }

    fn set_kept(&mut self, index: usize, value: Local<'_>) -> JsResult<'s, ()> {
        let tuple = self.embedder_tuple()?;
        tuple.get(self).put(self, index, value.value(self));
        Ok(())
    }

    /// A new function of the running realm that calls the embedder, and its number: numbers count from 0. May allocate.
    pub fn new_host_function(&mut self, name: &str) -> JsResult<'s, (Local<'s>, u32)> {
        let Some(names) = self.kept(kept::NAMES)?.cast::<List>(self) else {
            return Err(self.bug("no list of the embedder's functions"));
        };
        let number = names.get(self).length();
        let text = self.text_value(name)?;
        self.list_push(names, text)?;
        let realm = self.realm().root(self);
        let template = self.native_template(realm, loose::HOST_FUNCTION, name, 0)?;
        let told = self.local(Value::int(number as i32));
        Ok((self.native_closure(template, &[told])?.any(), number))
    }

    /// Names of the embedder's functions, by number.
    pub fn host_function_names(&mut self) -> JsResult<'s, Vec<String>> {
        let Some(names) = self.kept(kept::NAMES)?.cast::<List>(self) else { return Ok(Vec::new()) };
        let count = names.get(self).length() as usize;
        Ok((0..count)
            .map(|i| {
                names.get(self).item(self, i).as_string(self).map_or_else(String::new, |s| s.to_text(self))
            })
            .collect())
    }

    /// The call for which the isolate stands still, once.
    pub fn take_host_call(&mut self) -> JsResult<'s, Option<HostCall>> {
        let Some(request) = self.kept(kept::REQUEST)?.cast::<Tuple>(self) else { return Ok(None) };
        let nothing = self.undefined();
        self.set_kept(kept::REQUEST, nothing)?;
        let number = |cx: &Cx<'_>, at| request.get(cx).at(cx, at).as_int().unwrap_or(0) as u32;
        let (function, realm) = (number(self, request::FUNCTION), number(self, request::REALM));
        let receiver = request.get(self).at(self, request::RECEIVER).root(self);
        let receiver = self.persist(receiver);
        let mut arguments = Vec::new();
        let array = request.get(self).at(self, request::ARGUMENTS).root(self);
        if let Some(array) = array.as_object(self) {
            let count = array.downcast::<Array>(self).map_or(0, |array| array.get(self).length());
            for index in 0..count {
                let value = self.scope(|cx| {
                    let value = array.get(cx).element(cx, index).map_or(Value::UNDEFINED, |e| e.value);
                    let value = value.root(cx);
                    cx.persist(value)
                });
                arguments.push(value);
            }
        }
        Ok(Some(HostCall { function, realm, receiver, arguments }))
    }

    /// The call for which the isolate was to stand still is left, by a time limit of the program's own.
    pub fn forget_host_call(&mut self) -> JsResult<'s, ()> {
        if self.root(Root::Embedder).is_undefined() {
            return Ok(());
        }
        let nothing = self.undefined();
        self.set_kept(kept::REQUEST, nothing)?;
        self.set_kept(kept::REPLY, nothing)
    }

    /// Answers such a call: with a value, or with an exception.
    pub fn answer_host_call(&mut self, failed: bool, value: Local<'_>) -> JsResult<'s, ()> {
        let failed = self.boolean(failed);
        let told = self.tuple(&[failed, value])?;
        self.set_kept(kept::REPLY, told.any())
    }

    /// What a value that was thrown has to tell, without running code. May allocate.
    pub fn told_of(&mut self, value: Local<'s>) -> JsResult<'s, Told> {
        let Some(object) = value.as_object(self).filter(|object| object.get(self).is::<Error>()) else {
            return Ok(Told { message: self.describe(value), ..Told::default() });
        };
        Ok(Told {
            name: self.text_of(object, Name::name_)?.unwrap_or_else(|| "Error".to_owned()),
            message: self.text_of(object, Name::message)?.unwrap_or_default(),
            stack: self.text_of(object, Name::stack)?.unwrap_or_default(),
        })
    }

    fn text_of(&mut self, object: Local<'s, Object>, name: Name) -> JsResult<'s, Option<String>> {
        let value = self.plain_get_name(object, name)?;
        value.and_then(|value| value.cast::<Str>(self)).map(|text| self.text(text)).transpose()
    }

    /// Defines a global variable, whatever was there. May allocate.
    pub fn define_embedded(&mut self, name: &str, value: Local<'_>) -> JsResult<'s, ()> {
        let realm = self.realm().root(self);
        let global = self.global_of(realm);
        let key = self.text_key(name)?;
        self.put_own(global, key, value, crate::object::shape::info::DEFAULT)
    }

    /// Makes a realm of one more set of globals for the embedder: what programs have, but for what only a process has.
    pub fn new_embedded_realm(&mut self) -> JsResult<'s, Local<'s, Realm>> {
        // As with the first realm, what is hostile in tests begins behind the set-up.
        let zeal = self.heap.zeal();
        self.heap.set_zeal(crate::heap::Zeal::None);
        let realm = self.new_realm().and_then(|realm| {
            self.install_program_globals(realm)?;
            let global = self.global_of(realm);
            for name in ["process", "global"] {
                let key: Key<'_> = self.text_key(name)?;
                self.delete(global, key)?;
            }
            Ok(realm)
        });
        self.heap.set_zeal(zeal);
        realm
    }

    /// Loads and links a module by a specifier, or a unit's first module by its full name. May call the host.
    pub fn embedded_module(&mut self, unit: tvm_bytecode::Verified, name: &str) -> Result<Local<'s>, Exit> {
        Ok(self.load_unit_module(unit, name)?.any())
    }
}
