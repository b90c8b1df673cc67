//! Throwing the engine's own errors, with the stack they were thrown at.

use tvm_bytecode::data::ErrorKind;

use super::realm::Intrinsic;
use super::shape::{ObjectLayout, info};
use crate::base::exit::Exit;
use crate::frame::Skip;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};

/// The prototype of errors of a kind.
pub fn error_prototype(kind: ErrorKind) -> Intrinsic {
    match kind {
        ErrorKind::Error => Intrinsic::ErrorPrototype,
        ErrorKind::TypeError => Intrinsic::TypeErrorPrototype,
        ErrorKind::ReferenceError => Intrinsic::ReferenceErrorPrototype,
        ErrorKind::SyntaxError => Intrinsic::SyntaxErrorPrototype,
        ErrorKind::RangeError => Intrinsic::RangeErrorPrototype,
        ErrorKind::EvalError => Intrinsic::EvalErrorPrototype,
        ErrorKind::URIError => Intrinsic::URIErrorPrototype,
        ErrorKind::AggregateError => Intrinsic::AggregateErrorPrototype,
        ErrorKind::SuppressedError => Intrinsic::SuppressedErrorPrototype,
    }
}

/// The constructor of errors of a kind.
pub fn error_constructor(kind: ErrorKind) -> Intrinsic {
    match kind {
        ErrorKind::Error => Intrinsic::Error,
        ErrorKind::TypeError => Intrinsic::TypeError,
        ErrorKind::ReferenceError => Intrinsic::ReferenceError,
        ErrorKind::SyntaxError => Intrinsic::SyntaxError,
        ErrorKind::RangeError => Intrinsic::RangeError,
        ErrorKind::EvalError => Intrinsic::EvalError,
        ErrorKind::URIError => Intrinsic::URIError,
        ErrorKind::AggregateError => Intrinsic::AggregateError,
        ErrorKind::SuppressedError => Intrinsic::SuppressedError,
    }
}

impl<'s> Cx<'s> {
    /// Throws a new error of a kind.
    #[cold]
    pub fn throw(&mut self, kind: ErrorKind, message: &str) -> Exit {
        match self.new_error(kind, message) {
            Ok(error) => self.throw_value(error.any()),
            Err(exit) => exit,
        }
    }

    /// Throws a TypeError.
    #[cold]
    pub fn type_error(&mut self, message: &str) -> Exit {
        self.throw(ErrorKind::TypeError, message)
    }

    /// Throws a RangeError.
    #[cold]
    pub fn range_error(&mut self, message: &str) -> Exit {
        self.throw(ErrorKind::RangeError, message)
    }

    /// Throws a value.
    pub fn throw_value(&mut self, value: Local<'_>) -> Exit {
        self.heap.set_exception(value.value(self).bits());
        Exit::Throw
    }

    /// Takes the exception that was thrown.
    pub fn take_exception(&mut self) -> Local<'s> {
        // SAFETY: the exception is a live value, a root of the collector.
        #[allow(unsafe_code)]
        let value = unsafe { Value::from_bits(self.heap.exception()) }.root(self);
        self.heap.set_exception(crate::heap::bits::UNDEFINED);
        value
    }

    /// A new error of a kind.
    pub fn new_error(&mut self, kind: ErrorKind, message: &str) -> Result<Local<'s, Object>, Exit> {
        let realm = if self.vm.contexts { self.realm_of_errors() } else { self.realm().root(self) };
        let proto = realm.get(self).intrinsic(self, error_prototype(kind)).root(self);
        let error = self.new_error_with(proto)?;
        let text = self.string(message)?;
        let name = self.local(self.name(Name::message));
        self.add_property(error, name, text.any(), info::METHOD)?;
        Ok(error)
    }

    /// An error object with a prototype, its stack captured, without a message.
    pub fn new_error_with(&mut self, proto: Local<'_>) -> Result<Local<'s, Object>, Exit> {
        self.new_error_skipping(proto, Skip::Nothing)
    }

    /// The same, and its stack leaves frames out.
    pub fn new_error_skipping(
        &mut self,
        proto: Local<'_>,
        skip: Skip<'_>,
    ) -> Result<Local<'s, Object>, Exit> {
        let shape = self.root_shape(proto, ObjectLayout { kind: kind::Error, inline: 2 }, 0)?;
        let error = self.alloc_object(shape)?;
        let frames = self.capture_stack(skip)?;
        let cell = error.downcast::<Error>(self).expect("an error's layout makes errors");
        cell.get(self).set_frames(self, frames.value(self));
        // `stack` comes first, as in V8; its text is made when it is first looked at.
        let name = self.local(self.name(Name::stack));
        let nothing = self.local(Value::UNDEFINED);
        self.add_property(error, name, nothing, info::METHOD)?;
        Ok(error)
    }

    /// Makes the text of an error's `stack`, where nobody has set or read it yet.
    pub fn materialize_stack(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        let Some(error) = object.downcast::<Error>(self) else { return Ok(()) };
        if error.get(self).frames().is_undefined() {
            return Ok(());
        }
        self.scope(|cx| {
            let Some(frames) = error.get(cx).frames().cast::<Tuple>(cx) else { return Ok(()) };
            let frames = frames.root(cx);
            if frames.get(cx).count(cx) == 0 && cx.stack_trace_limit()?.is_none() {
                // V8 gives no text then.
                error.get(cx).set_frames(cx, Value::UNDEFINED);
                return Ok(());
            }
            error.get(cx).set_frames(cx, Value::UNDEFINED);
            let head = cx.error_head(object)?;
            let text = cx.stack_text(&head, frames)?;
            let text = cx.string(&text)?;
            let key = cx.key(Name::stack);
            let found = key.name_ref(cx).and_then(|name| object.get(cx).shape(cx).find(cx, name));
            if let Some((_, description)) = found
                && object.get(cx).slot(cx, description & info::SLOT).is_undefined()
            {
                object.get(cx).set_slot(cx, description & info::SLOT, text.value(cx));
            }
            Ok(())
        })
    }

    /// `name: message` of an error, as far as that runs no code.
    pub fn error_head(&mut self, object: Local<'_, Object>) -> Result<String, Exit> {
        let mut parts = Vec::new();
        for which in [Name::name_, Name::message] {
            let value = self.plain_get_name(object, which)?;
            parts.push(match value.and_then(|value| value.cast::<Str>(self)) {
                Some(text) => self.text(text)?,
                None if which == Name::name_ => "Error".into(),
                None => String::new(),
            });
        }
        let [name, message] = [&parts[0], &parts[1]];
        Ok(match (name.is_empty(), message.is_empty()) {
            (_, true) => name.clone(),
            (true, false) => message.clone(),
            (false, false) => format!("{name}: {message}"),
        })
    }
}
