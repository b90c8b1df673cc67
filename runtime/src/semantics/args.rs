//! How native functions get their arguments.

use crate::base::exit::{Exit, Hint};
use crate::frame::Frame;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};

/// What native functions return.
pub type JsResult<'s, T = Local<'s>> = Result<T, Exit>;

/// A native function.
pub type NativeFn = for<'s> fn(&mut Cx<'s>, Args<'s>) -> JsResult<'s>;

/// The arguments of a native call: slots of its frame.
#[derive(Clone, Copy)]
pub struct Args<'s> {
    frame: u32,
    argc: u32,
    _scope: std::marker::PhantomData<&'s ()>,
}

impl<'s> Args<'s> {
    /// The arguments of the frame at a slot.
    ///
    /// # Safety
    /// The frame is that of the native call under way, and `'s` ends with it.
    #[allow(unsafe_code)]
    pub unsafe fn new(frame: u32, argc: u32) -> Self {
        Args { frame, argc, _scope: std::marker::PhantomData }
    }

    /// Number of arguments.
    pub fn count(self) -> usize {
        self.argc as usize
    }

    /// The frame.
    pub fn frame(self) -> Frame {
        Frame(self.frame)
    }

    #[allow(unsafe_code)]
    fn slot(self, slot: u32) -> Local<'s> {
        // SAFETY: slots of the native call's frame hold values for as long as it runs.
        unsafe { Local::from_slot(slot) }
    }

    /// The receiver.
    pub fn this(self) -> Local<'s> {
        self.slot(self.frame)
    }

    /// An argument, undefined where it was not given.
    pub fn get(self, cx: &Cx<'s>, index: usize) -> Local<'s> {
        if index < self.argc as usize {
            self.slot(self.frame + 1 + index as u32)
        } else {
            cx.local(Value::UNDEFINED)
        }
    }

    /// Whether an argument was given at all.
    pub fn has(self, index: usize) -> bool {
        index < self.argc as usize
    }

    /// All arguments from `from` on.
    pub fn rest(self, from: usize) -> impl ExactSizeIterator<Item = Local<'s>> {
        (from.min(self.argc as usize)..self.argc as usize).map(move |i| self.slot(self.frame + 1 + i as u32))
    }

    /// `new.target`, undefined in a plain call.
    pub fn new_target(self, cx: &Cx<'s>) -> Local<'s> {
        self.frame().new_target(cx).root(cx)
    }

    /// Whether it is a construct call.
    pub fn is_construct(self, cx: &Cx<'_>) -> bool {
        self.frame().is_construct(&cx.heap)
    }

    /// What the function object keeps: value `index` of its data.
    pub fn data(self, cx: &Cx<'s>, index: usize) -> Local<'s> {
        let scope = self.frame().callee(cx).and_then(|callee| callee.scope(cx));
        scope.map_or(Value::UNDEFINED, |scope| scope.at(cx, index)).root(cx)
    }

    /// Changes what the function object keeps.
    pub fn set_data(self, cx: &Cx<'s>, index: usize, value: Value<'_>) {
        if let Some(scope) = self.frame().callee(cx).and_then(|callee| callee.scope(cx)) {
            scope.put(cx, index, value);
        }
    }

    /// The argument as a primitive: an object is converted first, and the native function run again.
    pub fn primitive(self, cx: &Cx<'s>, index: usize, hint: Hint) -> JsResult<'s> {
        let value = self.get(cx, index);
        primitive_in_place(cx, value, hint)
    }

    /// ToNumber of an argument.
    pub fn number(self, cx: &mut Cx<'s>, index: usize) -> JsResult<'s, f64> {
        let value = self.primitive(cx, index, Hint::Number)?;
        cx.primitive_to_number(value)
    }

    /// ToIntegerOrInfinity of an argument.
    pub fn integer(self, cx: &mut Cx<'s>, index: usize) -> JsResult<'s, f64> {
        if let Some(int) = self.get(cx, index).value(cx).as_int() {
            return Ok(f64::from(int));
        }
        self.number(cx, index).map(crate::base::num::to_integer)
    }

    /// ToString of an argument.
    pub fn string(self, cx: &mut Cx<'s>, index: usize) -> JsResult<'s, Local<'s, Str>> {
        let value = self.primitive(cx, index, Hint::String)?;
        cx.to_string_primitive(value)
    }

    /// ToString of an argument, flat.
    pub fn flat_string(self, cx: &mut Cx<'s>, index: usize) -> JsResult<'s, Local<'s, Str>> {
        let string = self.string(cx, index)?;
        cx.flatten(string)
    }

    /// ToPropertyKey of an argument.
    pub fn key(self, cx: &mut Cx<'s>, index: usize) -> JsResult<'s, crate::object::Key<'s>> {
        let value = self.primitive(cx, index, Hint::String)?;
        Ok(cx.primitive_key(value)?.expect("a primitive is a property key"))
    }

    /// The receiver as a string (RequireObjectCoercible and ToString), for methods of %String.prototype%.
    pub fn this_string(self, cx: &mut Cx<'s>, method: &str) -> JsResult<'s, Local<'s, Str>> {
        let this = self.this();
        if let Some(string) = this.cast::<Str>(cx) {
            return Ok(string);
        }
        if this.value(cx).is_nullish() {
            return Err(cx.type_error(&format!("String.prototype.{method} called on null or undefined")));
        }
        let value = primitive_in_place(cx, this, Hint::String)?;
        cx.to_string_primitive(value)
    }
}

/// A value that lies in an argument slot as a primitive; an object asks for conversion.
pub fn primitive_in_place<'s>(cx: &Cx<'s>, value: Local<'s>, hint: Hint) -> JsResult<'s> {
    if value.value(cx).is_object() {
        return Err(Exit::Coerce { slot: value.slot(), hint });
    }
    Ok(value)
}

impl<'s> Cx<'s> {
    /// ToString (7.1.17) of a primitive.
    pub fn to_string_primitive(&mut self, value: Local<'s>) -> JsResult<'s, Local<'s, Str>> {
        if let Some(string) = value.cast::<Str>(self) {
            return Ok(string);
        }
        if value.value(self).is_symbol() {
            return Err(self.type_error("Cannot convert a Symbol value to a string"));
        }
        self.primitive_string(value)
    }

    /// A number as a local.
    pub fn number(&self, value: f64) -> Local<'s> {
        self.local(Value::number(value))
    }

    /// A boolean as a local.
    pub fn boolean(&self, value: bool) -> Local<'s> {
        self.local(Value::boolean(value))
    }

    /// Undefined as a local.
    pub fn undefined(&self) -> Local<'s> {
        self.local(Value::UNDEFINED)
    }

    /// A string of text as a local value.
    pub fn text_value(&mut self, text: &str) -> JsResult<'s> {
        Ok(self.string(text)?.any())
    }
}
