//! Literals: numbers, strings, templates, regular expressions, arrays, objects.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::Reg;
use super::expr::{is_anonymous_function, strip};
use super::function::{Body, ConstructorOf, method_kind};

/// Values of an array or object literal that are kept in registers at once.
const CHUNK: usize = 32;

/// A property's key, evaluated.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    /// A name that is no array index: a constant.
    Name(i64),
    /// A property key in a register.
    Register(Reg),
}

/// Decodes a string literal: where it has lone surrogates, oxc writes them as U+FFFD and four hex digits.
pub(crate) fn literal_text(value: &str, lone_surrogates: bool) -> Text {
    if !lone_surrogates {
        return Text::from_utf8(value);
    }
    let mut units = Vec::new();
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        if c == '\u{FFFD}' {
            let digits: String = rest.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xFFFD));
        } else {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    Text::from_utf16(&units)
}

/// Whether a property name is an array index (or could be taken for one): kept out of shapes.
pub(crate) fn is_index(name: &str) -> bool {
    let bytes = name.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= 10
        && bytes.iter().all(u8::is_ascii_digit)
        && (bytes[0] != b'0' || bytes.len() == 1)
}

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn number(&mut self, value: f64, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let int = value as i32;
        if f64::from(int) == value && !(int == 0 && value.is_sign_negative()) {
            self.op(Op::LoadInt, &[dst.into(), int.into()]);
        } else {
            let constant = self.code.constant(Constant::Number(value));
            self.op(Op::LoadConst, &[dst.into(), constant]);
        }
        dst
    }

    pub(crate) fn string(&mut self, literal: &StringLiteral<'a>, dst: Option<Reg>) -> Reg {
        let id = self.unit.intern(literal_text(&literal.value, literal.lone_surrogates));
        self.load(Constant::String(id), dst)
    }

    fn load(&mut self, constant: Constant, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let constant = self.code.constant(constant);
        self.op(Op::LoadConst, &[dst.into(), constant]);
        dst
    }

    pub(crate) fn load_string(&mut self, text: &str, dst: Option<Reg>) -> Reg {
        let id = self.unit.intern_str(text);
        self.load(Constant::String(id), dst)
    }

    pub(crate) fn bigint(&mut self, literal: &BigIntLiteral<'a>, dst: Option<Reg>) -> Reg {
        // oxc gives the value in decimal digits.
        let id = self.unit.intern_str(literal.value.as_str());
        self.load(Constant::BigInt(id), dst)
    }

    pub(crate) fn regexp(&mut self, literal: &RegExpLiteral<'a>, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let pattern = self.string_constant(&literal.regex.pattern.text);
        let flags = self.string_constant(&literal.regex.flags.to_string());
        self.at(literal.span);
        self.op(Op::NewRegExp, &[dst.into(), pattern, flags]);
        dst
    }

    pub(crate) fn template_literal(&mut self, template: &TemplateLiteral<'a>, dst: Option<Reg>) -> Reg {
        let cooked = |quasi: &TemplateElement<'a>| {
            literal_text(quasi.value.cooked.as_deref().unwrap_or(""), quasi.lone_surrogates)
        };
        if template.expressions.is_empty() {
            let text = template.quasis.first().map_or(Text::from_utf8(""), cooked);
            let id = self.unit.intern(text);
            return self.load(Constant::String(id), dst);
        }
        let mark = self.code.mark();
        let first = self.code.alloc_many(0);
        let mut count = 0;
        for (i, quasi) in template.quasis.iter().enumerate() {
            let text = cooked(quasi);
            if text != Text::from_utf8("") {
                self.join_parts(template.span, first, &mut count);
                let id = self.unit.intern(text);
                let register = self.temp();
                self.load(Constant::String(id), Some(register));
                count += 1;
            }
            if let Some(expression) = template.expressions.get(i) {
                self.join_parts(template.span, first, &mut count);
                let register = self.temp();
                self.scratch(|f| {
                    let value = f.expr(expression);
                    f.at(expression.span());
                    f.op(Op::ToString, &[register.into(), value.into()]);
                });
                count += 1;
            }
        }
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(template.span);
        self.op(Op::Concat, &[dst.into(), first.into(), count]);
        dst
    }

    /// Joins three parts of a template to one, before another one comes: compiled code has three at once.
    fn join_parts(&mut self, span: Span, first: Reg, count: &mut i64) {
        if *count == 3 {
            self.code.release(first);
            let joined = self.temp();
            self.at(span);
            self.op(Op::Concat, &[joined.into(), first.into(), *count]);
            *count = 1;
        }
    }

    pub(crate) fn template_object(&mut self, template: &TemplateLiteral<'a>, dst: Reg) {
        let mut entries = Vec::new();
        for quasi in &template.quasis {
            let cooked = quasi.value.cooked.as_deref();
            entries.push(
                cooked.map_or(NONE, |text| self.unit.intern(literal_text(text, quasi.lone_surrogates))),
            );
            entries.push(self.unit.intern_str(&quasi.value.raw));
        }
        let list = self.unit.list(entries);
        let constant = self.code.own_constant(Constant::Template(list));
        self.op(Op::GetTemplate, &[dst.into(), constant]);
    }

    // ---- arrays

    pub(crate) fn array(&mut self, array: &ArrayExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        let is_plain = |e: &ArrayExpressionElement<'a>| e.is_expression();
        let plain = array.elements.iter().take(CHUNK).take_while(|e| is_plain(e)).count();
        self.scratch(|f| {
            let first = f.code.alloc_many(plain as u32);
            for (i, element) in array.elements.iter().take(plain).enumerate() {
                if let Some(e) = element.as_expression() {
                    f.scratch(|f| f.expr_to(e, first + i as u32));
                }
            }
            if plain == 0 {
                f.op(Op::NewArray, &[own.into(), array.elements.len().min(4096) as i64]);
            } else {
                f.op(Op::ArrayFromRegs, &[own.into(), first.into(), plain as i64]);
            }
        });
        for element in array.elements.iter().skip(plain) {
            self.scratch(|f| f.array_element(own, element));
        }
        own
    }

    fn array_element(&mut self, array: Reg, element: &ArrayExpressionElement<'a>) {
        match element {
            ArrayExpressionElement::SpreadElement(spread) => {
                let value = self.expr(&spread.argument);
                self.at(spread.argument.span());
                self.quote(spread.argument.span());
                self.op(Op::ArraySpread, &[array.into(), value.into()]);
            }
            ArrayExpressionElement::Elision(_) => self.op(Op::ArrayPushHole, &[array.into()]),
            _ => {
                if let Some(e) = element.as_expression() {
                    let value = self.expr(e);
                    self.op(Op::ArrayPush, &[array.into(), value.into()]);
                }
            }
        }
    }

    /// `dst` where nothing can see it before it is complete, else a temporary.
    pub(crate) fn own_register(&mut self, dst: Option<Reg>) -> Reg {
        match dst {
            Some(register) if !self.is_local(register) => register,
            _ => self.temp(),
        }
    }

    // ---- objects

    pub(crate) fn object(&mut self, object: &ObjectExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        let simple = self.simple_prefix(object);
        self.scratch(|f| {
            if simple == 0 {
                let capacity = object.properties.len().min(64) as i64;
                return f.op(Op::NewObject, &[own.into(), capacity]);
            }
            let first = f.code.alloc_many(simple as u32);
            let mut keys = Vec::new();
            for (i, property) in object.properties.iter().take(simple).enumerate() {
                if let ObjectPropertyKind::ObjectProperty(p) = property {
                    let name = static_name(&p.key).unwrap_or_else(|| Text::from_utf8(""));
                    f.scratch(|f| f.property_value(p, &name, first + i as u32));
                    keys.push(f.unit.intern(name));
                }
            }
            let list = f.unit.list(keys);
            let keys = f.code.constant(Constant::Keys(list));
            f.op(Op::ObjectFromRegs, &[own.into(), keys, first.into(), simple as i64]);
        });
        for property in object.properties.iter().skip(simple) {
            self.scratch(|f| f.object_property(own, property));
        }
        own
    }

    /// How many leading properties can be made with the object in one instruction.
    fn simple_prefix(&mut self, object: &ObjectExpression<'a>) -> usize {
        let mut seen: Vec<Text> = Vec::new();
        for property in object.properties.iter().take(CHUNK) {
            let ObjectPropertyKind::ObjectProperty(p) = property else { break };
            let Some(name) = static_name(&p.key).filter(|_| !p.computed) else { break };
            let text = name.to_string();
            let is_proto = text == "__proto__" && !p.shorthand && !p.method;
            if p.kind != PropertyKind::Init || is_proto || is_index(&text) || seen.contains(&name) {
                break;
            }
            if p.method && self.uses_home(&p.value) {
                break;
            }
            seen.push(name);
        }
        seen.len()
    }

    /// Whether a method refers to its home object (`super`).
    fn uses_home(&self, value: &Expression<'a>) -> bool {
        let Expression::FunctionExpression(function) = value else { return true };
        let scope = self.unit.analysis.scope(crate::scope::ScopeId::of(&function.scope_id));
        scope.names.contains_key(".home") || scope.has_eval
    }

    fn property_value(&mut self, p: &ObjectProperty<'a>, name: &Text, dst: Reg) {
        let name = name.to_string();
        match &p.value {
            Expression::FunctionExpression(f) if p.method => {
                self.closure(&Body::Function(f), method_kind(f), &name, p.span, Some(dst));
            }
            value => self.named_expr_to(value, &name, true, dst),
        }
    }

    fn object_property(&mut self, object: Reg, property: &ObjectPropertyKind<'a>) {
        match property {
            ObjectPropertyKind::SpreadProperty(spread) => {
                let value = self.expr(&spread.argument);
                self.at(spread.span);
                self.op(Op::CopyDataProps, &[object.into(), value.into(), 0, 0]);
            }
            ObjectPropertyKind::ObjectProperty(p) => self.object_entry(object, p),
        }
    }

    fn object_entry(&mut self, object: Reg, p: &ObjectProperty<'a>) {
        let is_proto = !p.computed
            && !p.method
            && !p.shorthand
            && p.kind == PropertyKind::Init
            && static_name(&p.key).is_some_and(|name| name == Text::from_utf8("__proto__"));
        if is_proto {
            let value = self.expr(&p.value);
            return self.op(Op::InitProto, &[object.into(), value.into()]);
        }
        if p.method || p.kind != PropertyKind::Init {
            let kind = match p.kind {
                PropertyKind::Get => MethodKind::Get,
                PropertyKind::Set => MethodKind::Set,
                PropertyKind::Init => MethodKind::Method,
            };
            if let Expression::FunctionExpression(function) = &p.value {
                let key = self.property_key(&p.key, p.computed);
                self.define_method(object, key, &p.key, function, p.span, kind, true);
            }
            return;
        }
        let key = self.property_key(&p.key, p.computed);
        let value = self.temp();
        self.keyed_value(&p.value, &p.key, key, value);
        self.at(p.span);
        self.define_own(object, key, value);
    }

    /// Computes a value, an anonymous function named after its key.
    pub(crate) fn keyed_value(
        &mut self,
        value: &Expression<'a>,
        ast_key: &PropertyKey<'a>,
        key: Key,
        dst: Reg,
    ) {
        match (static_name(ast_key), key) {
            (Some(name), Key::Name(_)) => self.named_expr_to(value, &name.to_string(), true, dst),
            (_, Key::Register(register)) if is_anonymous_function(value) => {
                let result =
                    self.anonymous_function(value, "", Some((register, NamePrefix::None)), Some(dst));
                self.move_to(dst, result);
            }
            _ => self.expr_to(value, dst),
        }
    }

    /// CreateDataPropertyOrThrow.
    pub(crate) fn define_own(&mut self, object: Reg, key: Key, value: Reg) {
        match key {
            Key::Name(name) => self.op(Op::InitProp, &[object.into(), name, value.into()]),
            Key::Register(key) => self.op(Op::InitElem, &[object.into(), key.into(), value.into()]),
        }
    }

    /// Evaluates a property key.
    pub(crate) fn property_key(&mut self, key: &PropertyKey<'a>, computed: bool) -> Key {
        if let Some(name) = static_name(key).filter(|_| !computed || is_literal_key(key)) {
            if !is_index(&name.to_string()) {
                let id = self.unit.intern(name);
                return Key::Name(self.code.constant(Constant::String(id)));
            }
            let register = self.temp();
            match name.to_string().parse::<u32>() {
                Ok(index) => self.number(index.into(), Some(register)),
                Err(_) => {
                    let id = self.unit.intern(name);
                    self.load(Constant::String(id), Some(register))
                }
            };
            return Key::Register(register);
        }
        let register = self.temp();
        if let Some(e) = key.as_expression() {
            self.scratch(|f| {
                let value = f.expr(e);
                f.at(e.span());
                f.op(Op::ToPropertyKey, &[register.into(), value.into()]);
            });
        }
        Key::Register(register)
    }

    /// A key's register, for instructions that take one.
    pub(crate) fn key_register(&mut self, key: Key) -> Reg {
        match key {
            Key::Register(register) => register,
            Key::Name(constant) => {
                let register = self.temp();
                self.op(Op::LoadConst, &[register.into(), constant]);
                register
            }
        }
    }

    /// Defines a method, getter or setter on `object`, its home.
    #[expect(clippy::too_many_arguments)]
    pub(crate) fn define_method(
        &mut self,
        object: Reg,
        key: Key,
        ast_key: &PropertyKey<'a>,
        function: &Function<'a>,
        span: Span,
        kind: MethodKind,
        enumerable: bool,
    ) {
        let prefix = match kind {
            MethodKind::Get => "get ",
            MethodKind::Set => "set ",
            MethodKind::Method => "",
        };
        let static_text = match key {
            Key::Name(_) => static_name(ast_key).map(|name| format!("{prefix}{name}")),
            Key::Register(_) => None,
        };
        let name = self.unit.intern_str(static_text.as_deref().unwrap_or(""));
        let template = self.template(
            &Body::Function(function),
            method_kind(function),
            name,
            span,
            ConstructorOf::default(),
        );
        if kind != MethodKind::Method {
            self.unit.data.functions[template as usize].flags |= function_flag::ACCESSOR;
        }
        let closure = self.load_closure(template, None);
        let key = self.key_register(key);
        if static_text.is_none() {
            let prefix = match kind {
                MethodKind::Get => NamePrefix::Get,
                MethodKind::Set => NamePrefix::Set,
                MethodKind::Method => NamePrefix::None,
            };
            self.op(Op::SetFunctionName, &[closure.into(), key.into(), prefix as i64]);
        }
        let kind = kind as i64 + if enumerable { 4 } else { 0 };
        self.at(span);
        self.op(Op::DefineMethod, &[object.into(), key.into(), closure.into(), kind]);
    }
}

/// The name that a key has without evaluating anything.
pub(crate) fn static_name(key: &PropertyKey<'_>) -> Option<Text> {
    match key {
        PropertyKey::StaticIdentifier(id) => Some(Text::from_utf8(id.name.as_str())),
        PropertyKey::PrivateIdentifier(id) => Some(Text::from_utf8(&format!("#{}", id.name))),
        PropertyKey::StringLiteral(literal) => Some(literal_text(&literal.value, literal.lone_surrogates)),
        PropertyKey::NumericLiteral(literal) => {
            Some(Text::from_utf8(&crate::number_to_string(literal.value)))
        }
        PropertyKey::BigIntLiteral(literal) => Some(Text::from_utf8(literal.value.as_str())),
        _ => None,
    }
}

fn is_literal_key(key: &PropertyKey<'_>) -> bool {
    matches!(
        key.as_expression().map(strip),
        Some(Expression::StringLiteral(_) | Expression::NumericLiteral(_))
    )
}
