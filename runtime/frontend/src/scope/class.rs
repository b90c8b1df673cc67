//! Classes: their elements in the order that they are evaluated in, private names, and the names of the bindings that
//! keep what only the class itself reaches.

use oxc_ast::ast::*;
use oxc_ast_visit::VisitJs;
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;

use super::build::{Builder, NextFunction};
use super::*;

impl<'a> Builder<'a> {
    /// A function that initialises class elements; `this` is the instance or the class.
    fn class_init(&mut self, start: u32, visit: impl FnOnce(&mut Self)) -> FunctionId {
        let info = FunctionInfo { is_method: true, is_field_init: true, ..self.info(false, true, start) };
        self.with_function(info, |b| {
            let scope = b.open(ScopeKind::Function);
            let function = b.function.0 as usize;
            b.out.scopes[scope.0 as usize].binds_this = true;
            b.out.scopes[scope.0 as usize].is_var_scope = true;
            (b.out.functions[function].scope, b.out.functions[function].body) = (scope, scope);
            visit(b);
            b.close();
        })
    }

    pub(super) fn class_elements(&mut self, class: &Class<'a>) {
        let mut info = ClassInfo::default();
        let is_derived = class.heritage.is_some();
        for element in &class.body.body {
            match element {
                ClassElement::MethodDefinition(method) => {
                    self.visit_class_key(&method.key, method.computed);
                    let constructor = method.kind == MethodDefinitionKind::Constructor;
                    self.next = NextFunction {
                        is_method: true,
                        is_derived: constructor && is_derived,
                        hoisted: false,
                    };
                    self.visit_function(&method.value, ScopeFlags::Function);
                }
                ClassElement::PropertyDefinition(field) if !field.declare => {
                    self.visit_class_key(&field.key, field.computed);
                    if field.computed && !is_abstract(field) {
                        let name = self.text(&computed_key_name(&field.key));
                        self.declare(name, BindingKind::Internal, 0);
                    }
                }
                ClassElement::AccessorProperty(accessor) if !is_abstract_accessor(accessor) => {
                    self.visit_class_key(&accessor.key, accessor.computed);
                    if accessor.computed {
                        let name = self.text(&computed_key_name(&accessor.key));
                        self.declare(name, BindingKind::Internal, 0);
                    }
                    info.accessors.push(self.accessor_functions(accessor));
                }
                _ => {}
            }
        }
        let start = class.body.span.start;
        if class.body.body.iter().any(|e| is_instance_field(e) || is_private_method(e, false)) {
            info.instance = Some(self.class_init(start, |b| b.field_values(class, false)));
        }
        if class.body.body.iter().any(|e| is_static_init(e) || is_private_method(e, true)) {
            info.statics = Some(self.class_init(start, |b| b.field_values(class, true)));
        }
        self.out.classes.insert(start, info);
    }

    /// The getter and the setter of an `accessor` field.
    fn accessor_functions(&mut self, accessor: &AccessorProperty<'a>) -> (FunctionId, FunctionId) {
        let storage = self.text(&storage_name(accessor));
        let mut function = || {
            self.class_init(accessor.span.start, |b| {
                b.use_name("this", false, 0);
                b.use_name(storage, false, 0);
            })
        };
        (function(), function())
    }

    fn visit_class_key(&mut self, key: &PropertyKey<'a>, computed: bool) {
        if computed {
            self.visit_property_key(key);
        }
    }

    fn field_values(&mut self, class: &Class<'a>, is_static: bool) {
        // The initialiser reads `this`, private names with their methods, and kept computed keys.
        self.use_name("this", false, 0);
        for element in &class.body.body {
            match element {
                ClassElement::MethodDefinition(method) if is_private_method(element, is_static) => {
                    if let PropertyKey::PrivateIdentifier(key) = &method.key {
                        let (name, function) = (
                            self.text(&private_name(key)),
                            self.text(&private_method_name(key, method.kind)),
                        );
                        self.use_name(name, false, 0);
                        self.use_name(function, false, 0);
                    }
                }
                ClassElement::PropertyDefinition(field)
                    if field.r#static == is_static && !field.declare && !is_abstract(field) =>
                {
                    self.field_value(&field.key, field.computed, field.value.as_ref());
                }
                ClassElement::AccessorProperty(accessor)
                    if accessor.r#static == is_static && !is_abstract_accessor(accessor) =>
                {
                    self.accessor_value(accessor);
                }
                ClassElement::StaticBlock(block) if is_static => self.static_block(block),
                _ => {}
            }
        }
    }

    fn field_value(&mut self, key: &PropertyKey<'a>, computed: bool, value: Option<&Expression<'a>>) {
        if let PropertyKey::PrivateIdentifier(key) = key {
            let name = self.text(&private_name(key));
            self.use_name(name, false, 0);
        }
        if computed {
            let name = self.text(&computed_key_name(key));
            self.use_name(name, false, 0);
        }
        if let Some(value) = value {
            self.visit_expression(value);
        }
    }

    fn accessor_value(&mut self, accessor: &AccessorProperty<'a>) {
        let storage = self.text(&storage_name(accessor));
        self.use_name(storage, false, 0);
        if let PropertyKey::PrivateIdentifier(key) = &accessor.key {
            for kind in [MethodDefinitionKind::Get, MethodDefinitionKind::Set] {
                let function = self.text(&private_method_name(key, kind));
                self.use_name(function, false, 0);
            }
        }
        self.field_value(&accessor.key, accessor.computed, accessor.value.as_ref());
    }

    pub(super) fn text(&self, text: &str) -> &'a str {
        self.names.alloc_str(text)
    }

    fn static_block(&mut self, block: &StaticBlock<'a>) {
        let id = self.open(ScopeKind::Body);
        block.scope_id.set(Some(id.to_oxc()));
        self.out.scopes[id.0 as usize].is_var_scope = true;
        self.declare_lexical(&block.body, true);
        for statement in &block.body {
            self.visit_statement(statement);
        }
        self.close();
    }

    pub(super) fn declare_private_names(&mut self, class: &Class<'a>) {
        for element in &class.body.body {
            let (key, methods) = match element {
                ClassElement::MethodDefinition(m) => (&m.key, &[m.kind][..]),
                ClassElement::PropertyDefinition(p) => (&p.key, &[][..]),
                ClassElement::AccessorProperty(p) => {
                    let storage = self.text(&storage_name(p));
                    self.declare(storage, BindingKind::Private, 0);
                    (&p.key, &[MethodDefinitionKind::Get, MethodDefinitionKind::Set][..])
                }
                _ => continue,
            };
            if let PropertyKey::PrivateIdentifier(id) = key {
                let name = self.text(&private_name(id));
                self.declare(name, BindingKind::Private, 0);
                for &kind in methods {
                    let name = self.text(&private_method_name(id, kind));
                    self.declare(name, BindingKind::Internal, 0);
                }
            }
        }
    }
}

/// `#x` as it names a binding.
pub(crate) fn private_name(key: &PrivateIdentifier<'_>) -> String {
    format!("#{}", key.name)
}

/// The binding that keeps a private method's function until instances get it.
pub(crate) fn private_method_name(key: &PrivateIdentifier<'_>, kind: MethodDefinitionKind) -> String {
    let suffix = match kind {
        MethodDefinitionKind::Get => "get",
        MethodDefinitionKind::Set => "set",
        _ => "method",
    };
    format!(".{suffix} #{}", key.name)
}

/// The binding that keeps a field's computed key.
pub(crate) fn computed_key_name(key: &PropertyKey<'_>) -> String {
    format!(".key {}", key.span().start)
}

/// The private name under which an `accessor` field keeps its value.
pub(crate) fn storage_name(accessor: &AccessorProperty<'_>) -> String {
    format!("#.storage {}", accessor.span.start)
}

pub(crate) fn is_abstract_accessor(accessor: &AccessorProperty<'_>) -> bool {
    accessor.r#type == AccessorPropertyType::TSAbstractAccessorProperty
}

pub(crate) fn is_abstract(field: &PropertyDefinition<'_>) -> bool {
    field.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
}

fn is_instance_field(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::PropertyDefinition(p) => !p.r#static && !p.declare && !is_abstract(p),
        ClassElement::AccessorProperty(p) => !p.r#static && !is_abstract_accessor(p),
        _ => false,
    }
}

fn is_static_init(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::PropertyDefinition(p) => p.r#static && !p.declare && !is_abstract(p),
        ClassElement::AccessorProperty(p) => p.r#static && !is_abstract_accessor(p),
        ClassElement::StaticBlock(_) => true,
        _ => false,
    }
}

pub(crate) fn is_private_method(element: &ClassElement<'_>, is_static: bool) -> bool {
    matches!(element, ClassElement::MethodDefinition(m)
        if m.r#static == is_static && m.value.body.is_some() && matches!(m.key, PropertyKey::PrivateIdentifier(_)))
}
