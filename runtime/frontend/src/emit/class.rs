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
    ClassInfo, FunctionId as AstFunction, ScopeId as AstScope, computed_key_name, is_abstract,
    is_abstract_accessor, is_private_method, private_method_name, private_name, storage_name,
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
        let mut accessors = info.accessors.iter();
        for element in &class.body.body {
            match element {
                ClassElement::AccessorProperty(accessor) if !is_abstract_accessor(accessor) => {
                    let functions = accessors.next().expect("the scope pass made them");
                    let home = if accessor.r#static { constructor } else { prototype };
                    self.scratch(|f| f.accessor(accessor, *functions, home));
                }
                _ => self.scratch(|f| f.class_element(element, constructor, prototype)),
            }
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
            f.at(class.span);
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
                ClassElement::AccessorProperty(p) if !is_abstract_accessor(p) => {
                    // Errors name the field: nobody has written the storage's name.
                    let shown =
                        static_name(&p.key).map_or_else(|| "accessor".to_owned(), |name| name.to_string());
                    self.new_private_name(&storage_name(p), &format!("#{}", shown.trim_start_matches('#')));
                    &p.key
                }
                _ => continue,
            };
            let PropertyKey::PrivateIdentifier(id) = key else { continue };
            let name = private_name(id);
            if made.contains(&name) {
                continue;
            }
            self.new_private_name(&name, &name);
            made.insert(name);
        }
    }

    fn new_private_name(&mut self, binding: &str, shown: &str) {
        let binding = self.unit.arena_text(binding);
        let constant = self.string_constant(shown);
        self.initialize_with(binding, |f, dst| f.op(Op::NewPrivateName, &[dst.into(), constant]));
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
                let name = self.unit.arena_text(&computed_key_name(&field.key));
                let key = self.property_key(&field.key, true);
                let register = self.key_register(key);
                self.initialize(name, register, field.span);
            }
            _ => {}
        }
    }

    /// An `accessor` field: a getter and a setter for a private field that the initialiser makes.
    fn accessor(
        &mut self,
        accessor: &AccessorProperty<'a>,
        (getter, setter): (AstFunction, AstFunction),
        home: Reg,
    ) {
        // The parser lets it pass.
        if accessor.r#static && !accessor.computed && accessor.key.is_specific_static_name("prototype") {
            self.fail(accessor.span, "Classes may not have a static property named 'prototype'");
        }
        let key = match &accessor.key {
            PropertyKey::PrivateIdentifier(_) => None,
            key => Some(self.property_key(key, accessor.computed)),
        };
        let register = key.map(|key| self.key_register(key));
        if let (true, Some(register)) = (accessor.computed, register) {
            let name = self.unit.arena_text(&computed_key_name(&accessor.key));
            self.initialize(name, register, accessor.span);
        }
        for (kind, id) in [(MethodDefinitionKind::Get, getter), (MethodDefinitionKind::Set, setter)] {
            let (method, prefix, word) = match kind {
                MethodDefinitionKind::Get => (MethodKind::Get, NamePrefix::Get, "get"),
                _ => (MethodKind::Set, NamePrefix::Set, "set"),
            };
            let static_text = match key {
                Some(Key::Register(_)) => None,
                _ => static_name(&accessor.key).map(|name| format!("{word} {name}")),
            };
            let closure =
                self.accessor_function(accessor, id, kind, static_text.as_deref().unwrap_or_default());
            self.at(accessor.span);
            match (&accessor.key, register) {
                (PropertyKey::PrivateIdentifier(key), _) => {
                    let binding = self.unit.arena_text(&private_method_name(key, kind));
                    self.initialize(binding, closure, accessor.span);
                }
                (_, Some(key)) => {
                    if static_text.is_none() {
                        self.op(Op::SetFunctionName, &[closure.into(), key.into(), prefix as i64]);
                    }
                    self.op(Op::DefineMethod, &[home.into(), key.into(), closure.into(), method as i64]);
                }
                _ => {}
            }
        }
    }

    /// What reads or writes the private field behind an `accessor` field.
    fn accessor_function(
        &mut self,
        accessor: &AccessorProperty<'a>,
        id: AstFunction,
        kind: MethodDefinitionKind,
        name: &str,
    ) -> Reg {
        let writes = kind == MethodDefinitionKind::Set;
        let flags = function_flag::STRICT
            | function_flag::ACCESSOR
            | if self.is_library { function_flag::SELF_HOSTED } else { 0 };
        let shape = Shape {
            name: self.unit.intern_str(name),
            kind: FunctionKind::Method,
            flags,
            length: writes.into(),
            inline_hint: 0,
            span: accessor.span,
        };
        let storage = self.unit.arena_text(&storage_name(accessor));
        let template = self.synthesized(id, shape, writes.into(), |f| {
            f.enter_synthesized();
            let this = f.this(accessor.span, None);
            let name = f.read_name(storage, accessor.span, None);
            f.at(accessor.span);
            let result = f.temp();
            if writes {
                f.op(Op::SetPrivate, &[this.into(), name.into(), 1]);
                f.load_undefined(result);
            } else {
                f.op(Op::GetPrivate, &[result.into(), this.into(), name.into()]);
            }
            f.op(Op::Return, &[result.into()]);
        });
        self.load_closure(template, None)
    }

    fn method_definition(&mut self, m: &MethodDefinition<'a>, home: Reg) {
        let kind = match m.kind {
            MethodDefinitionKind::Get => MethodKind::Get,
            MethodDefinitionKind::Set => MethodKind::Set,
            _ => MethodKind::Method,
        };
        let text = match m.r#static {
            true => without_static(self.unit.source, m.span),
            false => m.span,
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
                text,
                ConstructorOf::default(),
            );
            let closure = self.load_closure(template, None);
            self.op(Op::SetHome, &[closure.into(), home.into()]);
            let binding = self.unit.arena_text(&private_method_name(key, m.kind));
            return self.initialize(binding, closure, m.span);
        }
        let key = self.property_key(&m.key, m.computed);
        self.define_method(home, key, &m.key, &m.value, text, kind, false);
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
        match element {
            ClassElement::MethodDefinition(m) if is_private_method(element, is_static) => {
                self.define_private_method(&m.key, m.kind, m.span);
            }
            ClassElement::AccessorProperty(p) if p.r#static == is_static && !is_abstract_accessor(p) => {
                self.define_private_method(&p.key, MethodDefinitionKind::Get, p.span);
                self.define_private_method(&p.key, MethodDefinitionKind::Set, p.span);
            }
            _ => {}
        }
    }

    fn define_private_method(&mut self, key: &PropertyKey<'a>, kind: MethodDefinitionKind, span: Span) {
        let PropertyKey::PrivateIdentifier(key) = key else { return };
        self.scratch(|f| {
            let this = f.this(span, None);
            let name = f.private_key(key);
            let binding = f.unit.arena_text(&private_method_name(key, kind));
            let function = f.read_name(binding, span, None);
            f.at(span);
            let kind = match kind {
                MethodDefinitionKind::Get => PrivateKind::Get,
                MethodDefinitionKind::Set => PrivateKind::Set,
                _ => PrivateKind::Method,
            };
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
            ClassElement::AccessorProperty(accessor)
                if accessor.r#static == is_static && !is_abstract_accessor(accessor) =>
            {
                self.init_accessor(accessor);
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
            None => self.field_key(&field.key, field.computed),
        };
        let value = self.field_value(&field.key, key, field.value.as_ref());
        self.at(field.span);
        match private {
            Some(name) => self.define_private_field(this, name, value),
            None => self.define_own(this, key, value),
        }
    }

    fn init_accessor(&mut self, accessor: &AccessorProperty<'a>) {
        let this = self.this(accessor.span, None);
        let storage = self.unit.arena_text(&storage_name(accessor));
        let name = self.read_name(storage, accessor.span, None);
        let key = match &accessor.key {
            PropertyKey::PrivateIdentifier(_) => Key::Register(name),
            key => self.field_key(key, accessor.computed),
        };
        let value = self.field_value(&accessor.key, key, accessor.value.as_ref());
        self.at(accessor.span);
        self.define_private_field(this, name, value);
    }

    /// The key of a field that is not private.
    fn field_key(&mut self, key: &PropertyKey<'a>, computed: bool) -> Key {
        if !computed {
            return self.property_key(key, false);
        }
        let binding = self.unit.arena_text(&computed_key_name(key));
        Key::Register(self.read_name(binding, Span::default(), None))
    }

    fn field_value(&mut self, ast_key: &PropertyKey<'a>, key: Key, value: Option<&Expression<'a>>) -> Reg {
        let dst = self.temp();
        match value {
            None => self.load_undefined(dst),
            Some(e) if matches!(ast_key, PropertyKey::PrivateIdentifier(_)) => {
                let name = static_name(ast_key).unwrap_or_else(|| literal_text("", false)).to_string();
                self.named_expr_to(e, &name, true, dst);
            }
            Some(e) => self.keyed_value(e, ast_key, key, dst),
        }
        dst
    }

    fn define_private_field(&mut self, object: Reg, name: Reg, value: Reg) {
        self.op(Op::DefinePrivate, &[object.into(), name.into(), value.into(), PrivateKind::Field as i64]);
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

/// A static method's text without the `static` before it, which is no part of its MethodDefinition (15.4.4, 15.7).
fn without_static(source: &str, span: Span) -> Span {
    let text = &source[span.start as usize..span.end as usize];
    let Some(mut rest) = text.strip_prefix("static") else { return span };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        rest = if rest.starts_with("//") {
            rest.trim_start_matches(|c| !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}'))
        } else if rest.starts_with("/*")
            && let Some(end) = rest[2..].find("*/")
        {
            &rest[2 + end + 2..]
        } else {
            return Span::new(span.end - rest.len() as u32, span.end);
        };
    }
}
