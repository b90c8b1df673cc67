//! Literals, closures, classes, arguments objects.

use tvm_bytecode::data::{FunctionKind, MethodKind, NONE, NamePrefix};

use crate::frame::{Frame, HEADER};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::define::Descriptor;
use crate::object::realm::Intrinsic;
use crate::object::shape::{ObjectLayout, info};
use crate::semantics::JsResult;

impl<'s> Cx<'s> {
    /// The template behind a function constant, made at its first use.
    pub(super) fn function_constant(&mut self, index: i32) -> JsResult<'s, Local<'s, Template>> {
        let value = self.constant(index);
        if let Some(template) = value.cast::<Template>(self) {
            return Ok(template);
        }
        let id = value.value(self).as_number().unwrap_or(0.0) as u32;
        let running = Frame(self.vm.frame).template(self).expect("a frame has a function").root(self);
        let unit = running.get(self).unit();
        let realm = running.get(self).realm(self).root(self);
        let template = self.new_template(unit, id, realm)?;
        let module = running.get(self).module().root(self);
        template.get(self).set_module(self, module.value(self));
        self.linked().put(self, index as usize, template.value(self));
        Ok(template)
    }

    /// `Closure`.
    pub(super) fn closure(&mut self, index: i32, scope: Option<Local<'s>>) -> JsResult<'s> {
        let template = self.function_constant(index)?;
        let scope = scope.and_then(|scope| scope.cast::<Scope>(self));
        Ok(self.new_closure(template, scope)?.any())
    }

    /// `NewObject`.
    pub(super) fn new_object_literal(&mut self, capacity: i32) -> JsResult<'s> {
        if capacity <= 4 {
            return Ok(self.new_object()?.any());
        }
        let proto = self.intrinsic(Intrinsic::ObjectPrototype);
        Ok(self.new_kind_with(kind::Plain, capacity.min(48) as u8, proto)?.any())
    }

    /// `ObjectFromRegs` where its shape is not known yet: builds the object step by step and remembers the shape.
    pub(super) fn object_from_registers(&mut self, keys: i32, start: Local<'s>, slot: i32) -> JsResult<'s> {
        let Some(keys) = self.constant(keys).cast::<Tuple>(self) else {
            return Err(self.bug("an object's keys"));
        };
        let count = keys.get(self).count(self);
        let proto = self.intrinsic(Intrinsic::ObjectPrototype);
        let layout = ObjectLayout { kind: kind::Plain, inline: count.clamp(1, 48) as u8 };
        let shape = self.root_shape(proto, layout, 0)?;
        let object = self.alloc_object(shape)?;
        let mut plain = true;
        for i in 0..count {
            self.scope(|cx| {
                let name = keys.get(cx).at(cx, i).root(cx);
                let key = match name.cast::<Str>(cx) {
                    Some(atom) => cx.atom_key(atom),
                    None => Key::Name(name),
                };
                plain &= matches!(key, Key::Name(_));
                // SAFETY: the registers of the literal's values are live slots, one behind the other.
                #[allow(unsafe_code)]
                let value: Local<'_> = unsafe { Local::from_slot(start.slot() + i as u32) };
                cx.put_own(object, key, value, info::DEFAULT)
            })?;
        }
        let shape = object.get(self).shape(self);
        if plain && shape.is_cacheable() && shape.count() as usize == count && count <= 48 {
            let shape = shape.value(self).bits();
            self.set_feedback(slot, 0, shape);
        }
        Ok(object.any())
    }

    /// `NewArray`.
    pub(super) fn new_array_literal(&mut self, capacity: i32) -> JsResult<'s> {
        Ok(self.new_array(0, capacity.max(0) as usize)?.any())
    }

    /// `ArrayFromRegs`.
    pub(super) fn array_from_registers(&mut self, start: Local<'s>, count: i32) -> JsResult<'s> {
        // SAFETY: the registers of the literal's values are live slots, one behind the other.
        #[allow(unsafe_code)]
        let values: Vec<Local<'_>> =
            (0..count as u32).map(|i| unsafe { Local::from_slot(start.slot() + i) }).collect();
        Ok(self.array_of(&values)?.any())
    }

    /// `ArrayPush` and `ArrayPushHole`.
    pub(super) fn array_literal_push(
        &mut self,
        array: Local<'s>,
        value: Option<Local<'s>>,
    ) -> JsResult<'s, ()> {
        let Some(array) = array.cast::<Array>(self) else {
            return Err(self.type_error("ArrayPush on no array"));
        };
        match value {
            Some(value) => self.array_push(array, value),
            None => {
                let length = array.get(self).length();
                array.get(self).set_length(length + 1);
                Ok(())
            }
        }
    }

    /// `ArraySpread`.
    pub(super) fn array_spread(&mut self, array: Local<'s>, value: Local<'s>) -> JsResult<'s, ()> {
        if self.is_plain_iterable(value)?
            && let (Some(target), Some(source)) = (array.cast::<Array>(self), value.cast::<Array>(self))
        {
            return self.append_array(target, source);
        }
        Err(self.call_library(lib::spreadInto, &[array, value]))
    }

    /// Appends the elements of a plain array to another, holes as undefined.
    fn append_array(&mut self, target: Local<'s, Array>, source: Local<'s, Array>) -> JsResult<'s, ()> {
        let count = source.get(self).length();
        self.vm.spend(u64::from(count) / 16)?;
        let length = target.get(self).length();
        let object: Local<'s, Object> = target.into();
        let from: Local<'s, Object> = source.into();
        self.grow_elements(object, length as usize + count as usize)?;
        for i in 0..count {
            let value = from.get(self).element(self, i).map_or(Value::UNDEFINED, |element| element.value);
            if let Some(elements) = object.get(self).elements(self) {
                self.note_element(elements, value);
                elements.put(self, (length + i) as usize, value);
            }
        }
        target.get(self).set_length(length + count);
        Ok(())
    }

    /// `GetTemplate` (13.2.8.4): one frozen object for each place in the source.
    pub(super) fn template_object(&mut self, index: i32) -> JsResult<'s> {
        let value = self.constant(index);
        if value.value(self).is_object() {
            return Ok(value);
        }
        let id = value.value(self).as_number().unwrap_or(0.0) as u32;
        let unit = Frame(self.vm.frame).template(self).expect("a frame has a function").unit();
        let entries: Vec<u32> = self.vm.units[unit as usize].list(id).collect();
        let (cooked, raw) = (self.new_array(0, entries.len() / 2)?, self.new_array(0, entries.len() / 2)?);
        for pair in entries.chunks_exact(2) {
            let text = if pair[0] == NONE { self.undefined() } else { self.unit_atom(unit, pair[0])?.any() };
            self.array_push(cooked, text)?;
            let text = self.unit_atom(unit, pair[1])?;
            self.array_push(raw, text.any())?;
        }
        self.set_integrity(raw.into(), true)?;
        let key = self.key(Name::raw);
        self.put_own(cooked.into(), key, raw.any(), 0)?;
        self.set_integrity(cooked.into(), true)?;
        self.linked().put(self, index as usize, cooked.value(self));
        Ok(cooked.any())
    }

    /// `InitProto`.
    pub(super) fn init_proto(&mut self, object: Local<'s>, proto: Local<'s>) -> JsResult<'s, ()> {
        let value = proto.value(self);
        if let Some(object) = object.as_object(self)
            && (value.is_object() || value.is_null())
        {
            self.replace_prototype(object, proto)?;
        }
        Ok(())
    }

    /// `DefineMethod`.
    pub(super) fn define_method(
        &mut self,
        object: Local<'s>,
        key: Local<'s>,
        function: Local<'s>,
        kind: i32,
    ) -> JsResult<'s, ()> {
        let Some(holder) = object.as_object(self) else {
            return Err(self.type_error("a method on a primitive"));
        };
        self.set_home(function, object)?;
        let Some(key) = self.primitive_key(key)? else {
            return Err(self.type_error("a method's key is no key"));
        };
        let enumerable = kind & 4 != 0;
        let mut desc =
            Descriptor { enumerable: Some(enumerable), configurable: Some(true), ..Descriptor::default() };
        match MethodKind::from_u32(kind as u32 & 3) {
            Some(MethodKind::Get) => desc.getter = Some(function),
            Some(MethodKind::Set) => desc.setter = Some(function),
            _ => (desc.value, desc.writable) = (Some(function), Some(true)),
        }
        if !self.define(holder, key, &desc)? {
            let name = key.describe(self);
            return Err(self.type_error(&format!("Cannot redefine property: {name}")));
        }
        Ok(())
    }

    /// `SetHome`.
    pub(super) fn set_home(&mut self, function: Local<'s>, home: Local<'s>) -> JsResult<'s, ()> {
        if let Some(function) = function.cast::<Function>(self) {
            let extra = self.function_extra(function)?;
            extra.get(self).set_home(self, home.value(self));
        }
        Ok(())
    }

    /// `SetFunctionName` (10.2.9).
    pub(super) fn name_function(
        &mut self,
        function: Local<'s>,
        key: Local<'s>,
        prefix: i32,
    ) -> JsResult<'s, ()> {
        let Some(object) = function.as_object(self) else { return Ok(()) };
        // A class with a static member called `name` keeps that.
        let own = self.key(Name::name_);
        if let Some(class) = function.cast::<Function>(self)
            && !object.get(self).shape(self).is_flagged(crate::object::shape::shape_flag::LAZY_FUNCTION)
            && matches!(
                class.get(self).template(self).function_kind(),
                FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor
            )
        {
            let current = self.own(object, own)?;
            if !matches!(current, crate::object::lookup::Own::Data(value, _) if value.value(self).is_string())
            {
                return Ok(());
            }
        }
        let value = key.value(self);
        let text = if let Some(symbol) = value.cast::<Symbol>(self) {
            let description = symbol.description().root(self);
            let private = symbol.is_private();
            match description.cast::<Str>(self) {
                Some(text) if private => self.text(text)?,
                Some(text) => format!("[{}]", self.text(text)?),
                None => String::new(),
            }
        } else {
            let string = self.primitive_string(key)?;
            self.text(string)?
        };
        let text = match NamePrefix::from_u32(prefix as u32) {
            Some(NamePrefix::Get) => format!("get {text}"),
            Some(NamePrefix::Set) => format!("set {text}"),
            _ => text,
        };
        let name = self.text_value(&text)?;
        self.set_function_name(object, name)
    }

    /// `NewClass` (15.7.14): prototype object, and how the constructor inherits. Gives the prototype.
    pub(super) fn new_class(
        &mut self,
        heritage: Local<'s>,
        constructor: Local<'s>,
    ) -> JsResult<'s, Local<'s, Object>> {
        let Some(function) = constructor.cast::<Function>(self) else {
            return Err(self.type_error("a class constructor that is no function"));
        };
        let object_prototype = self.intrinsic(Intrinsic::ObjectPrototype);
        let (proto_parent, constructor_parent) = match () {
            () if heritage.value(self).is_hole() => (object_prototype, None),
            () if heritage.value(self).is_null() => {
                let null = self.local(Value::NULL);
                (null, None)
            }
            () => {
                if !self.is_constructor(heritage.value(self)) {
                    let shown = self.quoted().unwrap_or_else(|| self.describe(heritage));
                    let message = format!("Class extends value {shown} is not a constructor or null");
                    return Err(self.type_error(&message));
                }
                match self.plain_prototype(heritage)? {
                    Some(proto) => (proto, Some(heritage)),
                    None => return Err(self.call_library(lib::classHeritage, &[heritage, constructor])),
                }
            }
        };
        self.finish_class(function, proto_parent, constructor_parent)
    }

    /// The rest of `NewClass`, once the parent's prototype is known.
    pub fn finish_class(
        &mut self,
        function: Local<'s, Function>,
        proto_parent: Local<'s>,
        constructor_parent: Option<Local<'s>>,
    ) -> JsResult<'s, Local<'s, Object>> {
        let value = proto_parent.value(self);
        if !value.is_object() && !value.is_null() {
            let shown = self.describe(proto_parent);
            let message = format!("Class extends value does not have valid prototype property {shown}");
            return Err(self.type_error(&message));
        }
        let prototype = self.new_object_with(proto_parent)?;
        let extra = self.function_extra(function)?;
        extra.get(self).set_prototype(self, prototype.value(self));
        extra.get(self).set_home(self, prototype.value(self));
        if let Some(parent) = constructor_parent {
            self.replace_prototype(function.into(), parent)?;
        }
        let key = self.key(Name::constructor);
        self.put_own(prototype, key, function.any(), info::METHOD)?;
        Ok(prototype)
    }

    /// Whether a value is a constructor.
    pub fn is_constructor(&self, value: Value<'_>) -> bool {
        use crate::object::function::template_flag;
        if let Some(function) = value.cast::<Function>(self) {
            return function.template(self).is_flagged(template_flag::CONSTRUCTOR);
        }
        if let Some(bound) = value.cast::<Bound>(self) {
            return bound.constructs() != 0;
        }
        value.cast::<Proxy>(self).is_some_and(|proxy| proxy.constructs() != 0)
    }

    /// `SetFieldInit`.
    pub(super) fn set_field_init(&mut self, constructor: Local<'s>, function: Local<'s>) -> JsResult<'s, ()> {
        if let Some(constructor) = constructor.cast::<Function>(self) {
            let extra = self.function_extra(constructor)?;
            extra.get(self).set_fields(self, function.value(self));
        }
        Ok(())
    }

    /// `RunFieldInit`: an exit where there is something to call. It costs what a call does.
    pub(super) fn run_field_init(&mut self, this: Local<'s>, function: Local<'s>) -> JsResult<'s, ()> {
        let fields =
            function.cast::<Function>(self).and_then(|f| f.get(self).extra(self)).map(|e| e.fields());
        match fields {
            Some(fields) if fields.is_object() => {
                let fields = fields.root(self);
                let exit = self.call(fields, this, &[]);
                self.booked(Err(exit))
            }
            _ => Ok(()),
        }
    }

    /// Values of all arguments of the running function.
    fn argument_slots(&self) -> (u32, u32) {
        let current = Frame(self.vm.frame);
        let argc = current.argc(&self.heap);
        let params = current.template(self).map_or(0, |template| template.params());
        // A frame with more arguments than parameters stands above them.
        let first = if argc > params { current.0 - HEADER - argc } else { current.0 + 1 };
        (first, argc)
    }

    fn arguments_from(&mut self, from: u32) -> JsResult<'s, Local<'s, Array>> {
        let (first, argc) = self.argument_slots();
        // SAFETY: the arguments are live slots in front of or within the frame.
        #[allow(unsafe_code)]
        let values: Vec<Local<'_>> =
            (from.min(argc)..argc).map(|i| unsafe { Local::from_slot(first + i) }).collect();
        self.array_of(&values)
    }

    /// `NewRest`.
    pub(super) fn new_rest(&mut self, from: i32) -> JsResult<'s> {
        Ok(self.arguments_from(from as u32)?.any())
    }

    /// `NewArguments` (10.4.4.6).
    pub(super) fn new_arguments(&mut self) -> JsResult<'s> {
        let object = self.arguments_object()?;
        let strict = self.is_strict();
        let name = self.local(self.name(Name::callee));
        if strict {
            let thrower = self.intrinsic(Intrinsic::ThrowTypeError);
            let pair = self.alloc::<Accessor>(kind::Accessor, Accessor::BYTES)?;
            pair.get(self).set_getter(self, thrower.value(self));
            pair.get(self).set_setter(self, thrower.value(self));
            self.add_property(object, name, pair.any(), info::ACCESSOR)?;
        } else {
            let callee = Frame(self.vm.frame).callee(self).expect("a frame has a function").root(self);
            self.add_property(object, name, callee.any(), info::METHOD)?;
        }
        Ok(object.any())
    }

    /// An arguments object with elements, length and iterator.
    fn arguments_object(&mut self) -> JsResult<'s, Local<'s, Object>> {
        let array = self.arguments_from(0)?;
        if let Some(shape) = self.intrinsic(Intrinsic::ArgumentsShape).cast::<Shape>(self) {
            let object = self.alloc_object(shape)?;
            let elements: Local<'_, Object> = array.into();
            let cell = object.get(self);
            cell.set_elements(self, elements.get(self).elements(self));
            cell.set_slot(self, 0, Value::number(f64::from(array.get(self).length())));
            cell.set_slot(self, 1, self.intrinsic(Intrinsic::ArrayValues).value(self));
            return Ok(object);
        }
        let proto = self.intrinsic(Intrinsic::ObjectPrototype);
        // The third is `callee`.
        let object = self.new_kind_with(kind::Arguments, 3, proto)?;
        let elements: Local<'_, Object> = array.into();
        let elements = elements.get(self).elements(self);
        object.get(self).set_elements(self, elements);
        let length = self.number(f64::from(array.get(self).length()));
        let name = self.local(self.name(Name::length));
        self.add_property(object, name, length, info::METHOD)?;
        let iterator = self.well_known(tvm_bytecode::data::WellKnownSymbol::Iterator).root(self);
        let values = self.intrinsic(Intrinsic::ArrayValues);
        self.add_property(object, iterator, values, info::METHOD)?;
        let (realm, shape) = (self.realm().root(self), object.get(self).shape(self).root(self));
        self.set_intrinsic(realm, Intrinsic::ArgumentsShape, shape.value(self));
        Ok(object)
    }

    /// `NewMappedArguments` (10.4.4.7).
    pub(super) fn new_mapped_arguments(&mut self, scope: Local<'s>, slots: i32) -> JsResult<'s> {
        let object = self.arguments_object()?;
        let callee = Frame(self.vm.frame).callee(self).expect("a frame has a function").root(self);
        let name = self.local(self.name(Name::callee));
        self.add_property(object, name, callee.any(), info::METHOD)?;
        let Some(wanted) = self.constant(slots).cast::<Tuple>(self) else {
            return Err(self.bug("mapped slots"));
        };
        let argc = Frame(self.vm.frame).argc(&self.heap) as usize;
        let count = wanted.get(self).count(self).min(argc);
        let map = self.new_tuple(count)?;
        for i in 0..count {
            map.get(self).put(self, i, wanted.get(self).at(self, i));
        }
        if let (Some(arguments), Some(scope)) =
            (object.get(self).cast::<Arguments>(), scope.cast::<Scope>(self))
        {
            arguments.set_map(self, Some(map.get(self)));
            arguments.set_scope(self, Some(scope.get(self)));
            // The parameters' values move into the scope as the prologue goes on.
        }
        if count > 0 {
            // Fast paths read dense elements without asking the map: these have none.
            self.make_sparse(object)?;
        }
        Ok(object.any())
    }

    /// `NewScope`.
    pub fn new_scope(&mut self, parent: Option<Local<'s>>, word: f64) -> JsResult<'s> {
        let (slots, holes) = ((word / 65536.0) as usize, (word % 65536.0) as usize);
        let scope = self.alloc::<Scope>(kind::Scope, Scope::BYTES + 8 * slots)?;
        let cell = scope.get(self);
        let parent = parent.and_then(|parent| parent.value(self).cast::<Scope>(self));
        cell.set_parent(self, parent);
        for i in 0..slots {
            cell.put(self, i, if i < holes { Value::HOLE } else { Value::UNDEFINED });
        }
        Ok(scope.any())
    }

    /// `CopyScope`.
    pub(super) fn copy_scope(&mut self, scope: Local<'s>) -> JsResult<'s> {
        let Some(old) = scope.cast::<Scope>(self) else { return Err(self.bug("CopyScope on no scope")) };
        let slots = old.get(self).count(self);
        let copy = self.alloc::<Scope>(kind::Scope, Scope::BYTES + 8 * slots)?;
        let (from, to) = (old.get(self), copy.get(self));
        to.set_parent(self, from.parent(self));
        for i in 0..slots {
            to.put(self, i, from.at(self, i));
        }
        Ok(copy.any())
    }

    /// The name of a scope's slot, for messages about its dead zone.
    pub(super) fn slot_name(&self, depth: i32, slot: i32, pc: u32) -> String {
        let _ = (depth, pc);
        let template = Frame(self.vm.frame).template(self).expect("a frame has a function");
        let unit = &self.vm.units[template.unit() as usize];
        let record = unit.function(template.function());
        super::scope_names::slot_name(unit, &record, pc, depth, slot).unwrap_or_else(|| "variable".into())
    }
}
