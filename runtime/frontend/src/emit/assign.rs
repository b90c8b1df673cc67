//! References: member access, assignment in all its forms, update, delete.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::{AssignmentOperator, BinaryOperator, LogicalOperator, UpdateOperator};
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::Reg;
use super::expr::{
    binary_operation, immediate, immediate_op, is_anonymous_function, is_inert, may_assign, strip,
};
use super::literal::is_index;
use super::names::{Asked, Resolved};

/// A place that can be read and assigned, its parts evaluated.
pub(crate) enum Reference<'a> {
    Name { name: &'a str, span: Span, resolved: Resolved, asked: Asked },
    Named { object: Reg, name: i64, span: Span },
    Keyed { object: Reg, key: Reg, span: Span },
    Super { holder: Holder, key: Reg, this: Reg, span: Span },
    Private { object: Reg, key: Reg, span: Span },
}

/// Where `super[key]` looks a property up.
#[derive(Clone, Copy)]
pub(crate) enum Holder {
    /// The prototype that this home object has when it is read.
    PrototypeOf(Reg),
    /// The prototype that the home object had when the reference was evaluated.
    Base(Reg),
}

/// What a reference is evaluated for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Purpose {
    Read,
    /// It is written with nothing run before.
    WriteNow,
    /// It is written after other code ran.
    WriteLater,
    /// It is read, other code runs, and it is written: its key is converted once.
    Update,
}

impl<'a> Emitter<'_, 'a> {
    /// Reads a member.
    pub(crate) fn member(&mut self, member: &MemberExpression<'a>, dst: Option<Reg>) -> Reg {
        if let MemberExpression::StaticMemberExpression(m) = member
            && let Some(result) = self.enum_or_length(m, dst)
        {
            return result;
        }
        let mark = self.code.mark();
        let reference = self.member_reference(member, Purpose::Read);
        self.code.release(mark);
        let dst = self.dst(dst);
        self.load_reference(&reference, dst);
        dst
    }

    /// `x.length` has an instruction of its own.
    fn enum_or_length(&mut self, m: &StaticMemberExpression<'a>, dst: Option<Reg>) -> Option<Reg> {
        if m.property.name != "length" || matches!(m.object, Expression::Super(_)) {
            return None;
        }
        let mark = self.code.mark();
        let object = self.chained_object(&m.object, m.optional);
        self.code.release(mark);
        let dst = self.dst(dst);
        let name = self.name_constant("length");
        self.code.position = m.property.span.start;
        self.quote(m.object.span());
        self.op(Op::GetLength, &[dst.into(), object.into(), name]);
        Some(dst)
    }

    /// Evaluates a base object; where the access is optional, leaves the chain on undefined and null.
    pub(crate) fn chained_object(&mut self, object: &Expression<'a>, optional: bool) -> Reg {
        let register = self.expr(object);
        if optional {
            self.exit_chain(register);
        }
        register
    }

    pub(crate) fn exit_chain(&mut self, register: Reg) {
        if let Some(&exit) = self.chain_exits.last() {
            self.code.jump_if(Op::JumpIfNullish, &[register.into()], exit);
        }
    }

    pub(crate) fn chain(&mut self, chain: &ChainExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        let (exit, end) = (self.code.label(), self.code.label());
        self.chain_exits.push(exit);
        self.scratch(|f| {
            let value = match &chain.expression {
                ChainElement::CallExpression(call) => f.call(call, Some(own)),
                ChainElement::TSNonNullExpression(inner) => f.expr_opt(&inner.expression, Some(own)),
                element => f.member(element.to_member_expression(), Some(own)),
            };
            f.move_to(own, value);
        });
        self.chain_exits.pop();
        self.code.jump(end);
        self.code.bind(exit);
        self.load_undefined(own);
        self.code.bind(end);
        own
    }

    /// Evaluates a member's object and key.
    pub(crate) fn member_reference(
        &mut self,
        member: &MemberExpression<'a>,
        purpose: Purpose,
    ) -> Reference<'a> {
        let span = member.span();
        match member {
            MemberExpression::StaticMemberExpression(m) => {
                let property = m.property.span;
                if matches!(m.object, Expression::Super(_)) {
                    let key = self.load_string(m.property.name.as_str(), None);
                    return self.super_reference(key, property, purpose);
                }
                let object = self.chained_object(&m.object, m.optional);
                let name = self.name_constant(m.property.name.as_str());
                Reference::Named { object, name, span: Span::new(property.start, m.object.span().end) }
            }
            MemberExpression::ComputedMemberExpression(m) => self.computed_reference(m, span, purpose),
            MemberExpression::PrivateFieldExpression(m) => {
                let object = self.chained_object(&m.object, m.optional);
                let key = self.private_key(&m.field);
                Reference::Private { object, key, span: m.field.span }
            }
        }
    }

    fn computed_reference(
        &mut self,
        m: &ComputedMemberExpression<'a>,
        span: Span,
        purpose: Purpose,
    ) -> Reference<'a> {
        if matches!(m.object, Expression::Super(_)) {
            let this = self.this(m.span, None);
            let key = self.expr_copy(&m.expression);
            let holder = self.super_holder(span, purpose);
            if let Holder::Base(base) = holder
                && purpose == Purpose::Update
            {
                self.at(m.expression.span());
                self.op(Op::ToElementKey, &[key.into(), base.into(), key.into()]);
            }
            return Reference::Super { holder, key, this, span };
        }
        let object = if may_assign(&m.expression, 8) {
            let register = self.expr_copy(&m.object);
            if m.optional {
                self.exit_chain(register);
            }
            register
        } else {
            self.chained_object(&m.object, m.optional)
        };
        if let Expression::StringLiteral(literal) = strip(&m.expression)
            && !literal.lone_surrogates
            && !is_index(&literal.value)
        {
            let name = self.string_constant(&literal.value);
            return Reference::Named {
                object,
                name,
                span: Span::new(m.expression.span().start, m.object.span().end),
            };
        }
        let mut key = self.expr(&m.expression);
        if purpose == Purpose::Update && immediate(&m.expression).is_none() {
            let converted = self.temp();
            self.at(m.expression.span());
            self.op(Op::ToElementKey, &[converted.into(), object.into(), key.into()]);
            key = converted;
        }
        Reference::Keyed { object, key, span: Span::new(m.expression.span().start, m.object.span().end) }
    }

    fn super_reference(&mut self, key: Reg, span: Span, purpose: Purpose) -> Reference<'a> {
        let this = self.this(span, None);
        let holder = self.super_holder(span, purpose);
        Reference::Super { holder, key, this, span }
    }

    /// MakeSuperPropertyReference (13.3.7.3) asks for the prototype at once: where it is written, code may run that
    /// changes it.
    fn super_holder(&mut self, span: Span, purpose: Purpose) -> Holder {
        let home = self.super_home(span);
        if purpose == Purpose::Read {
            return Holder::PrototypeOf(home);
        }
        let base = self.temp();
        self.op(Op::SuperBase, &[base.into(), home.into()]);
        Holder::Base(base)
    }

    fn super_home(&mut self, span: Span) -> Reg {
        match self.resolve(".home").target {
            super::names::Target::Global => {
                self.fail(span, "'super' keyword unexpected here");
                0
            }
            target => self.read_target(target, ".home", span, None, false),
        }
    }

    /// The register of a private name.
    pub(crate) fn private_key(&mut self, key: &PrivateIdentifier<'a>) -> Reg {
        let name = crate::scope::private_name(key);
        let resolved = self.resolve(&name);
        if matches!(resolved.target, super::names::Target::Global) {
            let message = format!("Private field '{name}' must be declared in an enclosing class");
            self.fail(key.span, message);
            return 0;
        }
        let name = self.unit.arena_text(&name);
        self.read_target(resolved.target, name, key.span, None, false)
    }

    pub(crate) fn load_reference(&mut self, reference: &Reference<'a>, dst: Reg) {
        match reference {
            Reference::Name { name, span, resolved, asked } => {
                self.read_resolved(resolved, asked, name, *span, dst);
            }
            Reference::Named { object, name, span } => {
                self.code.position = span.start;
                self.quote_object(*span);
                self.op(Op::GetProp, &[dst.into(), (*object).into(), *name]);
            }
            Reference::Keyed { object, key, span } => {
                self.code.position = span.start;
                self.quote_object(*span);
                self.op(Op::GetElem, &[dst.into(), (*object).into(), (*key).into()]);
            }
            Reference::Super { holder, key, this, span } => {
                self.at(*span);
                let (op, object) = match *holder {
                    Holder::PrototypeOf(home) => (Op::GetSuper, home),
                    Holder::Base(base) => (Op::GetSuperFrom, base),
                };
                self.op(op, &[dst.into(), object.into(), (*key).into(), (*this).into()]);
            }
            Reference::Private { object, key, span } => {
                self.at(*span);
                self.op(Op::GetPrivate, &[dst.into(), (*object).into(), (*key).into()]);
            }
        }
    }

    /// Error messages about members quote nothing: they name the key.
    fn quote_object(&mut self, _: Span) {}

    pub(crate) fn store_reference(&mut self, reference: &Reference<'a>, src: Reg) {
        match reference {
            Reference::Name { name, span, resolved, asked } => {
                self.write_resolved(resolved, asked, name, src, *span);
            }
            Reference::Named { object, name, span } => {
                self.code.position = span.start;
                self.op(Op::SetProp, &[(*object).into(), *name, src.into()]);
            }
            Reference::Keyed { object, key, span } => {
                self.code.position = span.start;
                self.op(Op::SetElem, &[(*object).into(), (*key).into(), src.into()]);
            }
            Reference::Super { holder, key, this, span } => {
                self.at(*span);
                let (Holder::PrototypeOf(base) | Holder::Base(base)) = *holder;
                self.op(Op::SetSuper, &[base.into(), (*key).into(), src.into(), (*this).into()]);
            }
            Reference::Private { object, key, span } => {
                self.at(*span);
                self.op(Op::SetPrivate, &[(*object).into(), (*key).into(), src.into()]);
            }
        }
    }

    /// Evaluates the parts of a simple assignment target.
    pub(crate) fn target_reference(
        &mut self,
        target: &SimpleAssignmentTarget<'a>,
        purpose: Purpose,
    ) -> Reference<'a> {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                let name = id.name.as_str();
                let resolved = self.resolve(name);
                let asked = self.ask_all(&resolved, name, purpose == Purpose::WriteLater);
                Reference::Name { name, span: id.span, resolved, asked }
            }
            SimpleAssignmentTarget::TSAsExpression(e) => self.expression_reference(&e.expression, purpose),
            SimpleAssignmentTarget::TSSatisfiesExpression(e) => {
                self.expression_reference(&e.expression, purpose)
            }
            SimpleAssignmentTarget::TSNonNullExpression(e) => {
                self.expression_reference(&e.expression, purpose)
            }
            SimpleAssignmentTarget::TSTypeAssertion(e) => self.expression_reference(&e.expression, purpose),
            _ => self.member_reference(target.to_member_expression(), purpose),
        }
    }

    fn expression_reference(&mut self, e: &Expression<'a>, purpose: Purpose) -> Reference<'a> {
        match strip(e) {
            Expression::Identifier(id) => {
                let name = id.name.as_str();
                let resolved = self.resolve(name);
                let asked = self.ask_all(&resolved, name, purpose == Purpose::WriteLater);
                Reference::Name { name, span: id.span, resolved, asked }
            }
            other if other.is_member_expression() => {
                self.member_reference(other.to_member_expression(), purpose)
            }
            other => {
                self.fail(other.span(), "Invalid left-hand side in assignment");
                Reference::Keyed { object: 0, key: 0, span: other.span() }
            }
        }
    }

    // ---- assignment

    /// `wanted` tells whether the value of the whole expression is used.
    pub(crate) fn assignment(&mut self, e: &AssignmentExpression<'a>, dst: Option<Reg>, wanted: bool) -> Reg {
        if e.operator != AssignmentOperator::Assign {
            return self.compound_assignment(e, dst, wanted);
        }
        match &e.left {
            AssignmentTarget::ArrayAssignmentTarget(pattern)
                if !wanted && self.assign_values(pattern, &e.right) =>
            {
                self.dst(dst)
            }
            AssignmentTarget::ArrayAssignmentTarget(_) | AssignmentTarget::ObjectAssignmentTarget(_) => {
                let value = self.expr(&e.right);
                self.scratch(|f| f.assign_pattern(&e.left, value));
                value
            }
            AssignmentTarget::AssignmentTargetIdentifier(id) => self.assign_name(id, e, dst),
            left => {
                let Some(target) = left.as_simple_assignment_target() else { return self.dst(dst) };
                let result = self.dst(dst);
                self.scratch(|f| {
                    let reference = f.target_reference_before(target, &e.right);
                    let value = f.expr(&e.right);
                    f.store_reference(&reference, value);
                    if wanted {
                        f.move_to(result, value);
                    }
                });
                result
            }
        }
    }

    /// A reference whose registers stay as they are while `later` is evaluated.
    fn target_reference_before(
        &mut self,
        target: &SimpleAssignmentTarget<'a>,
        later: &Expression<'a>,
    ) -> Reference<'a> {
        let mut reference = self.target_reference(target, Purpose::WriteLater);
        if may_assign(later, 8) {
            let registers: Vec<&mut Reg> = match &mut reference {
                Reference::Name { .. } => Vec::new(),
                Reference::Named { object, .. } => vec![object],
                Reference::Keyed { object, key, .. } => vec![object, key],
                Reference::Super { key, .. } => vec![key],
                Reference::Private { object, .. } => vec![object],
            };
            for register in registers {
                if self.is_local(*register) {
                    let copy = self.temp();
                    self.move_to(copy, *register);
                    *register = copy;
                }
            }
        }
        reference
    }

    fn assign_name(
        &mut self,
        id: &IdentifierReference<'a>,
        e: &AssignmentExpression<'a>,
        dst: Option<Reg>,
    ) -> Reg {
        let name = id.name.as_str();
        let resolved = self.resolve(name);
        // `(x) = function () {}` names nothing: the target is parenthesised (13.15.2).
        let bare = e.span.start == id.span.start;
        if resolved.dynamic.is_empty()
            && let super::names::Target::Local(binding, register) = resolved.target
        {
            let b = self.unit.analysis.binding(binding);
            let plain = !b.kind.is_constant() && b.kind != crate::scope::BindingKind::FunctionName;
            if plain && !self.unit.analysis.needs_check(binding, self.id, id.span.start) {
                self.named_expr_to(&e.right, name, bare, register);
                return register;
            }
        }
        let asked = self.ask_all(&resolved, name, !is_inert(&e.right, 4));
        let value = if bare && is_anonymous_function(&e.right) {
            self.anonymous_function(&e.right, name, None, dst.filter(|&d| !self.is_local(d)))
        } else {
            self.expr_opt(&e.right, dst.filter(|&d| !self.is_local(d)))
        };
        self.write_resolved(&resolved, &asked, name, value, id.span);
        value
    }

    fn compound_assignment(&mut self, e: &AssignmentExpression<'a>, dst: Option<Reg>, wanted: bool) -> Reg {
        let Some(target) = e.left.as_simple_assignment_target() else { return self.dst(dst) };
        if let Some(operator) = e.operator.to_logical_operator() {
            return self.logical_assignment(e, target, operator, dst, wanted);
        }
        let Some(operator) = e.operator.to_binary_operator() else { return self.dst(dst) };
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = target
            && let Some(register) = self.plain_local(id)
            && !may_assign(&e.right, 8)
        {
            self.operate(operator, register, register, &e.right, e.span);
            return register;
        }
        let result = self.own_register(dst);
        self.scratch(|f| {
            let reference = f.stable_reference(target, &e.right);
            let value = f.temp();
            f.load_reference(&reference, value);
            f.operate(operator, result, value, &e.right, e.span);
            f.store_reference(&reference, result);
        });
        result
    }

    /// A reference that is read, and written after `later` was evaluated.
    fn stable_reference(
        &mut self,
        target: &SimpleAssignmentTarget<'a>,
        later: &Expression<'a>,
    ) -> Reference<'a> {
        let mut reference = self.target_reference(target, Purpose::Update);
        if may_assign(later, 8)
            && let Reference::Named { object, .. }
            | Reference::Keyed { object, .. }
            | Reference::Private { object, .. } = &mut reference
            && self.is_local(*object)
        {
            let copy = self.temp();
            self.move_to(copy, *object);
            *object = copy;
        }
        reference
    }

    /// The register of a local variable that can be assigned without any check.
    fn plain_local(&mut self, id: &IdentifierReference<'a>) -> Option<Reg> {
        let resolved = self.resolve(id.name.as_str());
        match resolved.target {
            super::names::Target::Local(binding, register) if resolved.dynamic.is_empty() => {
                let b = self.unit.analysis.binding(binding);
                let plain = !b.kind.is_constant() && b.kind != crate::scope::BindingKind::FunctionName;
                let checked = self.unit.analysis.needs_check(binding, self.id, id.span.start);
                (plain && !checked).then_some(register)
            }
            _ => None,
        }
    }

    /// `dst = left operator right`.
    fn operate(&mut self, operator: BinaryOperator, dst: Reg, left: Reg, right: &Expression<'a>, span: Span) {
        if let (Some(op), Some(value)) = (immediate_op(operator), immediate(right)) {
            self.at(span);
            return self.op(op, &[dst.into(), left.into(), value.into()]);
        }
        self.scratch(|f| {
            let right = f.expr(right);
            f.at(span);
            f.op(binary_operation(operator), &[dst.into(), left.into(), right.into()]);
        });
    }

    fn logical_assignment(
        &mut self,
        e: &AssignmentExpression<'a>,
        target: &SimpleAssignmentTarget<'a>,
        operator: LogicalOperator,
        dst: Option<Reg>,
        _wanted: bool,
    ) -> Reg {
        let result = self.own_register(dst);
        let end = self.code.label();
        self.scratch(|f| {
            let reference = f.stable_reference(target, &e.right);
            f.load_reference(&reference, result);
            let op = match operator {
                LogicalOperator::Or => Op::JumpIfTrue,
                LogicalOperator::And => Op::JumpIfFalse,
                LogicalOperator::Coalesce => Op::JumpIfNotNullish,
            };
            f.code.jump_if(op, &[result.into()], end);
            let name = match target {
                SimpleAssignmentTarget::AssignmentTargetIdentifier(id) if e.span.start == id.span.start => {
                    Some(id.name.as_str())
                }
                _ => None,
            };
            f.named_expr_to(&e.right, name.unwrap_or(""), name.is_some(), result);
            f.store_reference(&reference, result);
        });
        self.code.bind(end);
        result
    }

    // ---- update and delete

    /// `++` and `--`; `dst` receives the value where it is wanted.
    pub(crate) fn update(&mut self, e: &UpdateExpression<'a>, dst: Option<Reg>, wanted: bool) {
        let op = if e.operator == UpdateOperator::Increment { Op::Inc } else { Op::Dec };
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = &e.argument
            && let Some(register) = self.plain_local(id)
        {
            self.at(e.span);
            match dst {
                Some(dst) if wanted && !e.prefix => self.scratch(|f| {
                    // `x = x++` keeps the old value: it is written last.
                    let old = if dst == register { f.temp() } else { dst };
                    f.op(Op::ToNumeric, &[old.into(), register.into()]);
                    f.op(op, &[register.into(), old.into()]);
                    f.move_to(dst, old);
                }),
                _ => {
                    self.op(op, &[register.into(), register.into()]);
                    if let Some(dst) = dst.filter(|_| wanted) {
                        self.move_to(dst, register);
                    }
                }
            }
            return;
        }
        self.scratch(|f| {
            let reference = f.target_reference(&e.argument, Purpose::Update);
            let old = f.temp();
            f.load_reference(&reference, old);
            f.at(e.span);
            if wanted && !e.prefix {
                f.op(Op::ToNumeric, &[old.into(), old.into()]);
            }
            let new = f.temp();
            f.op(op, &[new.into(), old.into()]);
            f.store_reference(&reference, new);
            if let Some(dst) = dst.filter(|_| wanted) {
                f.move_to(dst, if e.prefix { new } else { old });
            }
        });
    }

    pub(crate) fn delete(&mut self, e: &Expression<'a>, span: Span, dst: Option<Reg>) -> Reg {
        match strip(e) {
            Expression::Identifier(id) => self.delete_name(id, dst),
            Expression::ChainExpression(chain) => self.delete_chain(chain, span, dst),
            other if other.is_member_expression() => {
                let mark = self.code.mark();
                let own = self.own_register(dst);
                self.delete_member(other.to_member_expression(), span, own);
                if dst.is_some_and(|d| d == own) {
                    self.code.release(mark);
                }
                own
            }
            other => {
                self.effect(other);
                let dst = self.dst(dst);
                self.op(Op::LoadTrue, &[dst.into()]);
                dst
            }
        }
    }

    fn delete_member(&mut self, member: &MemberExpression<'a>, span: Span, dst: Reg) {
        self.scratch(|f| {
            let reference = f.member_reference(member, Purpose::Read);
            f.at(span);
            match reference {
                Reference::Named { object, name, .. } => {
                    f.op(Op::DeleteProp, &[dst.into(), object.into(), name]);
                }
                Reference::Keyed { object, key, .. } => {
                    f.op(Op::DeleteElem, &[dst.into(), object.into(), key.into()]);
                }
                _ => {
                    f.throw_error(ErrorKind::ReferenceError, "Unsupported reference to 'super'");
                    f.load_undefined(dst);
                }
            }
        });
    }

    fn delete_chain(&mut self, chain: &ChainExpression<'a>, span: Span, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        let (exit, end) = (self.code.label(), self.code.label());
        self.chain_exits.push(exit);
        match chain.expression.as_member_expression() {
            Some(member) => self.delete_member(member, span, own),
            None => {
                self.scratch(|f| {
                    if let ChainElement::CallExpression(call) = &chain.expression {
                        f.call(call, None);
                    }
                });
                self.op(Op::LoadTrue, &[own.into()]);
            }
        }
        self.chain_exits.pop();
        self.code.jump(end);
        self.code.bind(exit);
        self.op(Op::LoadTrue, &[own.into()]);
        self.code.bind(end);
        own
    }

    fn delete_name(&mut self, id: &IdentifierReference<'a>, dst: Option<Reg>) -> Reg {
        let name = id.name.as_str();
        let resolved = self.resolve(name);
        let own = self.own_register(dst);
        let constant = self.name_constant(name);
        let end = self.code.label();
        self.scratch(|f| {
            let asked = f.ask_all(&resolved, name, false);
            for (dynamic, has) in asked.answers(&resolved) {
                let next = f.code.label();
                f.code.jump_if(Op::JumpIfFalse, &[has.into()], next);
                let object = f.dynamic_object(dynamic);
                f.at(id.span);
                f.op(Op::DeleteProp, &[own.into(), object.into(), constant]);
                f.code.jump(end);
                f.code.bind(next);
            }
        });
        match resolved.target {
            super::names::Target::Global => {
                self.at(id.span);
                self.op(Op::DeleteGlobal, &[own.into(), constant]);
            }
            _ => self.op(Op::LoadFalse, &[own.into()]),
        }
        self.code.bind(end);
        own
    }
}
