//! Function objects: closures, native functions, and their `length`, `name` and `prototype`.
//!
//! A closure starts without real properties: its shape is flagged LAZY_FUNCTION, and the three become properties when
//! one of them is first looked at. `prototype` itself may exist earlier, where `new` needed it.

use tvm_bytecode::data::FunctionKind;

use super::key::Key;
use super::realm::Intrinsic;
use super::shape::{ObjectLayout, info, shape_flag};
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Gc, Local, Value};

/// How a function is entered: bits 8 to 16 of `Template::kinds`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Entry {
    /// Bytecode that is linked, run on a plain call.
    Bytecode = 0,
    /// Bytecode that is not linked yet.
    Unlinked = 1,
    /// A native function.
    Native = 2,
    /// A class constructor: throws unless it is constructed.
    Class = 3,
}

/// Bits of a template's flags.
pub mod template_flag {
    /// Strict code.
    pub const STRICT: u32 = 1;
    /// Reads arguments beyond its parameters.
    pub const KEEPS_ARGUMENTS: u32 = 2;
    /// Part of tvm's library: hidden in stack traces.
    pub const LIBRARY: u32 = 4;
    /// Can be constructed.
    pub const CONSTRUCTOR: u32 = 16;
    /// A native function that makes `this` itself when constructed, and must know `new.target`.
    pub const NATIVE_CONSTRUCTOR: u32 = 32;
    /// A derived class constructor: `this` starts as a hole.
    pub const DERIVED: u32 = 64;
    /// Closures have a `prototype` property.
    pub const HAS_PROTOTYPE: u32 = 128;
    /// `toString` shows no source.
    pub const NO_SOURCE: u32 = 256;
    /// Needs more than a plain frame: the caller enters it through the slow path.
    pub const SPECIAL: u32 = 512;
    /// The constructor of a derived class that has none in its source, nor fields: it only calls the one above.
    pub const PASSES_ON: u32 = 1024;
    /// The same, perhaps with fields, which it initialises then.
    pub const DEFAULT_CONSTRUCTOR: u32 = 4096;
    /// The body of a module.
    pub const MODULE_BODY: u32 = 2048;
}

/// Properties that functions get when they are asked for first.
pub const LAZY_NAMES: [Name; 3] = [Name::length, Name::name_, Name::prototype];

/// Bits of a function's own flags.
pub mod function_bit {
    /// `length`, `name` and `prototype` are real properties.
    pub const MATERIALIZED: u32 = 1;
}

impl<'a> Gc<'a, Template> {
    /// Whether a flag is set.
    #[inline(always)]
    pub fn is_flagged(self, flag: u32) -> bool {
        self.flags() & flag != 0
    }

    /// What kind of function it is.
    pub fn function_kind(self) -> FunctionKind {
        FunctionKind::from_u32(self.kinds() & 0xFF).unwrap_or(FunctionKind::Normal)
    }

    /// Whether its frames may be put away and taken out again.
    pub fn is_suspendable(self) -> bool {
        use FunctionKind as F;
        matches!(
            self.function_kind(),
            F::Generator
                | F::GeneratorMethod
                | F::Async
                | F::AsyncArrow
                | F::AsyncMethod
                | F::AsyncGenerator
                | F::AsyncGeneratorMethod
                | F::Module
        )
    }

    /// How it is entered.
    #[inline(always)]
    pub fn entry(self) -> Entry {
        match (self.kinds() >> 8) as u8 {
            0 => Entry::Bytecode,
            1 => Entry::Unlinked,
            2 => Entry::Native,
            _ => Entry::Class,
        }
    }

    /// Sets kind and entry.
    pub fn set_kind_and_entry(self, kind: FunctionKind, entry: Entry) {
        self.set_kinds(kind as u32 | (entry as u32) << 8);
    }

    /// Whether it is the engine's own: it has no place in a source text that a program's author knows.
    pub fn is_hidden(self) -> bool {
        self.is_flagged(template_flag::LIBRARY) || self.entry() == Entry::Native
    }

    /// Whether stack traces leave it out.
    pub fn leaves_no_trace(self) -> bool {
        // What the library calls within itself shows its source, were it asked for it; builtins do not.
        let is_inner = self.is_hidden() && !self.is_flagged(template_flag::NO_SOURCE);
        is_inner || self.is_flagged(template_flag::PASSES_ON)
    }
}

impl<'s> Cx<'s> {
    /// A closure of `template` in a scope.
    pub fn new_closure(
        &mut self,
        template: Local<'_, Template>,
        scope: Option<Local<'_, Scope>>,
    ) -> Result<Local<'s, Function>, Exit> {
        let shape = match template.get(self).shape(self) {
            Some(shape) => shape.root(self),
            None => self.function_shape(template)?,
        };
        let function = self.alloc::<Function>(kind::Function, Function::BYTES)?;
        let cell = function.get(self);
        let object: Gc<'_, Object> = cell.into();
        object.set_shape(self, shape.get(self));
        object.set_elements(self, Some(self.empty_elements()));
        cell.set_template(self, template.get(self));
        cell.set_scope(self, scope.map(|scope| scope.get(self)));
        Ok(function)
    }

    /// The shape of a template's closures: by the prototype that its kind of function has.
    fn function_shape(&mut self, template: Local<'_, Template>) -> Result<Local<'s, Shape>, Exit> {
        use FunctionKind as F;
        let proto = match template.get(self).function_kind() {
            F::Generator | F::GeneratorMethod => Intrinsic::GeneratorFunctionPrototype,
            F::Async | F::AsyncArrow | F::AsyncMethod => Intrinsic::AsyncFunctionPrototype,
            F::AsyncGenerator | F::AsyncGeneratorMethod => Intrinsic::AsyncGeneratorFunctionPrototype,
            _ => Intrinsic::FunctionPrototype,
        };
        let realm = template.get(self).realm(self);
        let proto = realm.intrinsic(self, proto).root(self);
        let layout = ObjectLayout { kind: kind::Function, inline: 0 };
        let shape = self.root_shape(proto, layout, shape_flag::LAZY_FUNCTION)?;
        template.get(self).set_shape(self, Some(shape.get(self)));
        Ok(shape)
    }

    /// What few functions need, made where there is none.
    pub fn function_extra(
        &mut self,
        function: Local<'_, Function>,
    ) -> Result<Local<'s, FunctionExtra>, Exit> {
        if let Some(extra) = function.get(self).extra(self) {
            return Ok(extra.root(self));
        }
        let extra = self.alloc::<FunctionExtra>(kind::FunctionExtra, FunctionExtra::BYTES)?;
        let cell = extra.get(self);
        cell.set_home(self, Value::UNDEFINED);
        cell.set_fields(self, Value::UNDEFINED);
        cell.set_prototype(self, Value::HOLE);
        cell.set_shape_proto(self, Value::UNDEFINED);
        function.get(self).set_extra(self, Some(cell));
        Ok(extra)
    }

    /// Makes the lazy properties real where `key` is one of them.
    pub(super) fn materialize_for(&mut self, object: Local<'_, Object>, key: Key<'_>) -> Result<(), Exit> {
        if !object.get(self).shape(self).is_flagged(shape_flag::LAZY_FUNCTION) {
            return Ok(());
        }
        if LAZY_NAMES.iter().any(|&name| key.is(self, name)) { self.materialize(object) } else { Ok(()) }
    }

    /// Makes an object's lazy properties real.
    pub fn materialize(&mut self, object: Local<'_, Object>) -> Result<(), Exit> {
        self.make_own(object)?;
        if object.get(self).kind() == kind::Error {
            return self.materialize_stack(object);
        }
        if !object.get(self).shape(self).is_flagged(shape_flag::LAZY_FUNCTION) {
            return Ok(());
        }
        self.scope(|cx| {
            let Some(function) = object.downcast::<Function>(cx) else { return Ok(()) };
            let lazy = object.get(cx).shape(cx).root(cx);
            // Properties that were added meanwhile come behind the three.
            let added = cx.take_added(object, lazy)?;
            let proto = cx.local(lazy.get(cx).proto());
            let flags = lazy.get(cx).flags()
                & !(shape_flag::LAZY_FUNCTION | shape_flag::UNIQUE | shape_flag::PROTOTYPE);
            let layout = lazy.get(cx).object_layout();
            let shape = cx.root_shape(proto, layout, flags)?;
            object.get(cx).set_shape(cx, shape.get(cx));
            // The cell of the slots stays: it has the object's identity hash.
            if let Some(slots) = object.get(cx).slots(cx) {
                slots.fill(cx, 0, Value::UNDEFINED);
            }
            cx.invalidate(lazy.get(cx));
            cx.define_lazy(object, function)?;
            for (name, value, attributes) in added {
                cx.add_property(object, name, value, attributes)?;
            }
            if lazy.get(cx).is_flagged(shape_flag::PROTOTYPE) {
                cx.make_prototype(object)?;
                let info = lazy.get(cx).proto_info(cx);
                object.get(cx).shape(cx).set_proto_info(cx, info);
            }
            if lazy.get(cx).is_flagged(shape_flag::NON_EXTENSIBLE) {
                cx.replace_shape(object, shape_flag::NON_EXTENSIBLE, 0)?;
            }
            Ok(())
        })
    }

    /// Properties that a function got before its lazy ones were made real.
    fn take_added(
        &mut self,
        object: Local<'_, Object>,
        shape: Local<'_, Shape>,
    ) -> Result<Vec<(Local<'s>, Local<'s>, u32)>, Exit> {
        let mut added = Vec::new();
        for i in 0..shape.get(self).count() {
            let Some(table) = shape.get(self).table(self) else { break };
            let Some(name) = table.name(self, i) else { continue };
            let description = table.entry(i).1;
            let name = name.root(self);
            let value = object.get(self).slot(self, description & info::SLOT).root(self);
            added.push((name, value, description & info::ATTRIBUTES));
        }
        Ok(added)
    }

    fn define_lazy(&mut self, object: Local<'_, Object>, function: Local<'_, Function>) -> Result<(), Exit> {
        let template = function.get(self).template(self).root(self);
        let length = self.local(Value::number(f64::from(template.get(self).length())));
        let name = self.local(self.name(Name::length));
        self.add_property(object, name, length, info::CONFIGURABLE)?;
        let text = self.local(template.get(self).name());
        let name = self.local(self.name(Name::name_));
        self.add_property(object, name, text, info::CONFIGURABLE)?;
        if template.get(self).is_flagged(template_flag::HAS_PROTOTYPE) {
            let prototype = self.function_prototype(function)?;
            let name = self.local(self.name(Name::prototype));
            let class = matches!(
                template.get(self).function_kind(),
                FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor
            );
            self.add_property(object, name, prototype, if class { 0 } else { info::WRITABLE })?;
        }
        Ok(())
    }

    /// The object that a function's `prototype` property starts with.
    fn function_prototype(&mut self, function: Local<'_, Function>) -> Result<Local<'s>, Exit> {
        if let Some(extra) = function.get(self).extra(self)
            && !extra.prototype().is_hole()
        {
            return Ok(extra.prototype().root(self));
        }
        use FunctionKind as F;
        let template = function.get(self).template(self);
        let (proto, plain) = match template.function_kind() {
            F::Generator | F::GeneratorMethod => (Intrinsic::GeneratorPrototype, false),
            F::AsyncGenerator | F::AsyncGeneratorMethod => (Intrinsic::AsyncGeneratorPrototype, false),
            _ => (Intrinsic::ObjectPrototype, true),
        };
        let proto = template.realm(self).intrinsic(self, proto).root(self);
        let prototype = self.new_object_with(proto)?;
        if plain {
            let name = self.local(self.name(Name::constructor));
            self.add_property(prototype, name, function.any(), info::METHOD)?;
        }
        let extra = self.function_extra(function)?;
        extra.get(self).set_prototype(self, prototype.value(self));
        Ok(prototype.any())
    }

    /// The value of a function's `prototype` property, found without running anything; `None` where it is no own data
    /// property.
    pub fn prototype_of(&mut self, function: Local<'_, Function>) -> Result<Option<Local<'s>>, Exit> {
        let object: Local<'_, Object> = function.into();
        self.make_own(object)?;
        if object.get(self).shape(self).is_flagged(shape_flag::LAZY_FUNCTION) {
            if !function.get(self).template(self).is_flagged(template_flag::HAS_PROTOTYPE) {
                return Ok(None);
            }
            return self.function_prototype(function).map(Some);
        }
        let key = self.key(Name::prototype);
        Ok(match self.ordinary_own(object.get(self), key) {
            super::lookup::Own::Data(value, _) => Some(value),
            _ => None,
        })
    }

    /// Makes a value the real `name` property of a function (SetFunctionName, 10.2.9).
    pub fn set_function_name(&mut self, function: Local<'_, Object>, name: Local<'_>) -> Result<(), Exit> {
        let key = self.key(Name::name_);
        self.materialize(function)?;
        self.put_own(function, key, name, info::CONFIGURABLE)
    }

    /// A native function that is no builtin of the table: `data` is kept in its scope.
    pub fn native_closure(
        &mut self,
        template: Local<'_, Template>,
        data: &[Local<'_>],
    ) -> Result<Local<'s, Function>, Exit> {
        let scope = self.alloc::<Scope>(kind::Scope, Scope::BYTES + 8 * data.len())?;
        for (i, value) in data.iter().enumerate() {
            scope.get(self).put(self, i, value.value(self));
        }
        self.new_closure(template, Some(scope))
    }
}
