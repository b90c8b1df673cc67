//! Classes (15.7.14): constructor, prototype, elements in order, field initialisers, static blocks.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use rustc_hash::FxHashSet;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::Reg;
use super::function::{Body, ConstructorOf, Shape, method_kind};
use super::literal::{Key, literal_text, static_name};
use crate::scope::{
    ClassInfo, ScopeId as AstScope, computed_key_name, is_abstract, is_private_method, private_method_name,
    private_name,
};

impl<'a> Emitter<'_, 'a> {
    /// Evaluates a class; `name` is its name property, replaced at run time by `key` where that is given.
    pub(crate) fn class(&mut self, class: &Class<'a>, name: &str, key: Option<Reg>, dst: Option<Reg>) -> Reg {
        if !class.decorators.is_empty() || class.body.body.iter().any(has_decorators) {
            self.fail(class.span, "decorators are not supported");
        }
        let own = self.own_register(dst);
        let name = class.id.as_ref().map_or(name, |id| id.name.as_str());
        let strict = std::mem::replace(&mut self.strict, true);
        let scope = AstScope::of(&class.scope_id);
        self.in_scope(scope, |f| {
            let pair = f.code.alloc_many(2);
            f.class_in_scope(class, name, key, pair);
            f.move_to(own, pair);
        });
        self.strict = strict;
        own
    }

    fn class_in_scope(&mut self, class: &Class<'a>, name: &str, key: Option<Reg>, pair: Reg) {
        let (constructor, prototype) = (pair, pair + 1);
        let info = self.unit.analysis.classes.get(&class.body.span.start).cloned().unwrap_or_default();
        self.scratch(|f| {
            let heritage = f.temp();
            match &class.heritage {
                Some(h) => f.expr_to(&h.expression, heritage),
                None => f.op(Op::LoadHole, &[heritage.into()]),
            }
            let function = f.constructor(class, name, &info);
            f.at(class.heritage.as_ref().map_or(class.span, |h| h.expression.span()));
            f.op(Op::NewClass, &[pair.into(), heritage.into(), function.into()]);
        });
        if let Some(key) = key {
            self.op(Op::SetFunctionName, &[constructor.into(), key.into(), NamePrefix::None as i64]);
        }
        self.new_private_names(class);
        for element in &class.body.body {
            self.scratch(|f| f.class_element(element, constructor, prototype));
        }
        if let Some(id) = &class.id {
            self.initialize(id.name.as_str(), constructor, id.span);
        }
        if let Some(function) = info.instance {
            self.scratch(|f| {
                let init = f.class_init(class, function, false, prototype);
                f.op(Op::SetFieldInit, &[constructor.into(), init.into()]);
            });
        }
        if let Some(function) = info.statics {
            self.scratch(|f| {
                let init = f.class_init(class, function, true, constructor);
                let result = f.temp();
                f.call_with(result, init, constructor, &[]);
            });
        }
    }

    /// The constructor's closure: the class's own or the default one.
    fn constructor(&mut self, class: &Class<'a>, name: &str, info: &ClassInfo) -> Reg {
        let derived = class.heritage.is_some();
        let kind = if derived { FunctionKind::DerivedConstructor } else { FunctionKind::BaseConstructor };
        let fields = class.body.body.iter().filter(|e| is_field(e)).count() as u32;
        let facts =
            ConstructorOf { has_fields: info.instance.is_some(), field_count: fields, span: class.span };
        let name = self.unit.intern_str(name);
        let own = class.body.body.iter().find_map(|element| match element {
            ClassElement::MethodDefinition(m)
                if m.kind == MethodDefinitionKind::Constructor && m.value.body.is_some() =>
            {
                Some(&m.value)
            }
            _ => None,
        });
        let template = match own {
            Some(function) => self.template(&Body::Function(function), kind, name, class.span, facts),
            None => self.default_constructor(kind, name, facts),
        };
        self.load_closure(template, None)
    }

    fn default_constructor(
        &mut self,
        kind: FunctionKind,
        name: StringId,
        class: ConstructorOf,
    ) -> FunctionId {
        let derived = kind == FunctionKind::DerivedConstructor;
        let mut flags = function_flag::STRICT;
        flags |= if derived { function_flag::KEEPS_ARGUMENTS } else { 0 };
        flags |= if class.has_fields { function_flag::HAS_FIELDS } else { 0 };
        flags |= if self.is_library { function_flag::SELF_HOSTED } else { 0 };
        let shape = Shape { name, kind, flags, length: 0, inline_hint: class.field_count, span: class.span };
        // It uses no name, so that any analysis number does; it stands in no scope.
        self.synthesized(self.id, shape, 0, |f| {
            let result = f.temp();
            if derived {
                let (rest, function, target) = (f.temp(), f.temp(), f.temp());
                f.op(Op::NewRest, &[rest.into(), 0]);
                f.op(Op::LoadCallee, &[function.into()]);
                f.op(Op::LoadNewTarget, &[target.into()]);
                f.op(Op::SuperCallSpread, &[result.into(), function.into(), target.into(), rest.into()]);
                f.op(Op::RunFieldInit, &[result.into(), function.into()]);
                f.op(Op::ReturnDerived, &[result.into(), result.into()]);
            } else {
                if class.has_fields {
                    f.op(Op::LoadCallee, &[result.into()]);
                    f.op(Op::RunFieldInit, &[0, result.into()]);
                }
                f.load_undefined(result);
                f.op(Op::Return, &[result.into()]);
            }
        })
    }

    fn new_private_names(&mut self, class: &Class<'a>) {
        let mut made = FxHashSet::default();
        for element in &class.body.body {
            let key = match element {
                ClassElement::MethodDefinition(m) => &m.key,
                ClassElement::PropertyDefinition(p) => &p.key,
                _ => continue,
            };
            let PropertyKey::PrivateIdentifier(id) = key else { continue };
            let name = private_name(id);
            if made.contains(&name) {
                continue;
            }
            let binding = self.unit.arena_text(&name);
            let constant = self.string_constant(&name);
            self.initialize_with(binding, |f, dst| f.op(Op::NewPrivateName, &[dst.into(), constant]));
            made.insert(name);
        }
    }

    fn class_element(&mut self, element: &ClassElement<'a>, constructor: Reg, prototype: Reg) {
        match element {
            ClassElement::MethodDefinition(m) => {
                if m.kind == MethodDefinitionKind::Constructor || m.value.body.is_none() {
                    return;
                }
                let home = if m.r#static { constructor } else { prototype };
                self.method_definition(m, home);
            }
            ClassElement::PropertyDefinition(field)
                if field.computed && !field.declare && !is_abstract(field) =>
            {
                let name = self.unit.arena_text(&computed_key_name(field));
                let key = self.property_key(&field.key, true);
                let register = self.key_register(key);
                self.initialize(name, register, field.span);
            }
            ClassElement::AccessorProperty(accessor) => {
                self.fail(
                    accessor.span,
                    "accessor fields are part of the decorators proposal and not supported",
                );
            }
            _ => {}
        }
    }

    fn method_definition(&mut self, m: &MethodDefinition<'a>, home: Reg) {
        let kind = match m.kind {
            MethodDefinitionKind::Get => MethodKind::Get,
            MethodDefinitionKind::Set => MethodKind::Set,
            _ => MethodKind::Method,
        };
        if let PropertyKey::PrivateIdentifier(key) = &m.key {
            let prefix = match kind {
                MethodKind::Get => "get ",
                MethodKind::Set => "set ",
                MethodKind::Method => "",
            };
            let name = self.unit.intern_str(&format!("{prefix}#{}", key.name));
            let template = self.template(
                &Body::Function(&m.value),
                method_kind(&m.value),
                name,
                m.span,
                ConstructorOf::default(),
            );
            let closure = self.load_closure(template, None);
            self.op(Op::SetHome, &[closure.into(), home.into()]);
            let binding = self.unit.arena_text(&private_method_name(key, m.kind));
            return self.initialize(binding, closure, m.span);
        }
        let key = self.property_key(&m.key, m.computed);
        self.define_method(home, key, &m.key, &m.value, m.span, kind, false);
    }

    /// The closure that initialises instance fields, or static fields and blocks, with `this`.
    fn class_init(
        &mut self,
        class: &Class<'a>,
        id: crate::scope::FunctionId,
        is_static: bool,
        home: Reg,
    ) -> Reg {
        let name = self.unit.intern_str(if is_static {
            "<static_initializer>"
        } else {
            "<instance_members_initializer>"
        });
        let flags = function_flag::STRICT
            | function_flag::NO_SOURCE
            | if self.is_library { function_flag::SELF_HOSTED } else { 0 };
        let shape = Shape {
            name,
            kind: FunctionKind::ClassInit,
            flags,
            length: 0,
            inline_hint: 0,
            span: class.body.span,
        };
        let template = self.synthesized(id, shape, 0, |f| {
            f.enter_synthesized();
            for element in &class.body.body {
                f.private_method_of(element, is_static);
            }
            for element in &class.body.body {
                f.scratch(|f| f.init_element(element, is_static));
            }
            let undefined = f.temp();
            f.load_undefined(undefined);
            f.op(Op::Return, &[undefined.into()]);
        });
        let closure = self.load_closure(template, None);
        self.op(Op::SetHome, &[closure.into(), home.into()]);
        closure
    }

    fn private_method_of(&mut self, element: &ClassElement<'a>, is_static: bool) {
        if !is_private_method(element, is_static) {
            return;
        }
        let ClassElement::MethodDefinition(m) = element else { return };
        let PropertyKey::PrivateIdentifier(key) = &m.key else { return };
        let kind = match m.kind {
            MethodDefinitionKind::Get => PrivateKind::Get,
            MethodDefinitionKind::Set => PrivateKind::Set,
            _ => PrivateKind::Method,
        };
        self.scratch(|f| {
            let this = f.this(m.span, None);
            let name = f.private_key(key);
            let binding = f.unit.arena_text(&private_method_name(key, m.kind));
            let function = f.read_name(binding, m.span, None);
            f.at(m.span);
            f.op(Op::DefinePrivate, &[this.into(), name.into(), function.into(), kind as i64]);
        });
    }

    fn init_element(&mut self, element: &ClassElement<'a>, is_static: bool) {
        match element {
            ClassElement::PropertyDefinition(field)
                if field.r#static == is_static && !field.declare && !is_abstract(field) =>
            {
                self.init_field(field);
            }
            ClassElement::StaticBlock(block) if is_static => {
                let scope = AstScope::of(&block.scope_id);
                self.in_scope(scope, |f| {
                    f.initialize_block_vars(scope);
                    f.hoist_functions(&block.body);
                    f.statements(&block.body);
                });
            }
            _ => {}
        }
    }

    fn initialize_block_vars(&mut self, scope: AstScope) {
        for id in self.unit.analysis.scope(scope).order.clone() {
            let binding = self.unit.analysis.binding(id);
            if binding.kind == crate::scope::BindingKind::Var && !binding.captured {
                let name = binding.name;
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
        }
    }

    fn init_field(&mut self, field: &PropertyDefinition<'a>) {
        let this = self.this(field.span, None);
        let private = match &field.key {
            PropertyKey::PrivateIdentifier(key) => Some(self.private_key(key)),
            _ => None,
        };
        let key = match private {
            Some(register) => Key::Register(register),
            None if field.computed => {
                let binding = self.unit.arena_text(&computed_key_name(field));
                Key::Register(self.read_name(binding, Span::default(), None))
            }
            None => self.property_key(&field.key, false),
        };
        let value = self.temp();
        match &field.value {
            None => self.load_undefined(value),
            Some(e) if private.is_some() => {
                let name = static_name(&field.key).unwrap_or_else(|| literal_text("", false)).to_string();
                self.named_expr_to(e, &name, true, value);
            }
            Some(e) => self.keyed_value(e, &field.key, key, value),
        }
        self.at(field.span);
        match (private, key) {
            (Some(name), _) => {
                self.op(
                    Op::DefinePrivate,
                    &[this.into(), name.into(), value.into(), PrivateKind::Field as i64],
                );
            }
            (None, key) => self.define_own(this, key, value),
        }
    }
}

fn is_field(element: &ClassElement<'_>) -> bool {
    matches!(element, ClassElement::PropertyDefinition(p)
        if !p.r#static && !p.declare && !is_abstract(p) && !matches!(p.key, PropertyKey::PrivateIdentifier(_)))
}

fn has_decorators(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::MethodDefinition(m) => {
            !m.decorators.is_empty() || m.value.params.items.iter().any(|p| !p.decorators.is_empty())
        }
        ClassElement::PropertyDefinition(p) => !p.decorators.is_empty(),
        ClassElement::AccessorProperty(p) => !p.decorators.is_empty(),
        _ => false,
    }
}
