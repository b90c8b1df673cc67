//! Expressions: values, operators, conditions.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::{BinaryOperator, LogicalOperator, UnaryOperator};
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::core::{Label, Reg};
use super::function::{Body, plain_kind};

impl<'a> Emitter<'_, 'a> {
    /// Computes `e` into `dst`.
    pub(crate) fn expr_to(&mut self, e: &Expression<'a>, dst: Reg) {
        let result = self.expr_opt(e, Some(dst));
        self.move_to(dst, result);
    }

    /// Computes `e` into a register: a variable's own where it is one.
    pub(crate) fn expr(&mut self, e: &Expression<'a>) -> Reg {
        self.expr_opt(e, None)
    }

    /// Computes `e` into a temporary of its own, safe from later assignments.
    pub(crate) fn expr_copy(&mut self, e: &Expression<'a>) -> Reg {
        let dst = self.temp();
        self.expr_to(e, dst);
        dst
    }

    /// As [`Function::expr`], where `later` is evaluated before the result is used.
    pub(crate) fn expr_before(&mut self, e: &Expression<'a>, later: &Expression<'a>) -> Reg {
        let register = self.expr(e);
        if self.is_local(register) && may_assign(later, 8) {
            let copy = self.temp();
            self.move_to(copy, register);
            return copy;
        }
        register
    }

    /// Evaluates `e` for its effects.
    pub(crate) fn effect(&mut self, e: &Expression<'a>) {
        self.scratch(|f| match e {
            Expression::UpdateExpression(update) => f.update(update, None, false),
            Expression::AssignmentExpression(assignment) => {
                f.assignment(assignment, None, false);
            }
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.iter().for_each(|e| f.effect(e));
            }
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Void => {
                f.effect(&unary.argument)
            }
            Expression::LogicalExpression(logical) if logical.operator != LogicalOperator::Coalesce => {
                let end = f.code.label();
                f.branch(&logical.left, end, logical.operator == LogicalOperator::Or);
                f.effect(&logical.right);
                f.code.bind(end);
            }
            Expression::ConditionalExpression(conditional) => {
                let (other, end) = (f.code.label(), f.code.label());
                f.branch(&conditional.test, other, false);
                f.effect(&conditional.consequent);
                f.code.jump(end);
                f.code.bind(other);
                f.effect(&conditional.alternate);
                f.code.bind(end);
            }
            _ => {
                f.expr(e);
            }
        });
    }

    /// Computes `e`, an anonymous function taking `name`.
    pub(crate) fn named_expr_to(&mut self, e: &Expression<'a>, name: &str, has_name: bool, dst: Reg) {
        if has_name && is_anonymous_function(e) {
            let result = self.anonymous_function(e, name, None, Some(dst));
            self.move_to(dst, result);
        } else {
            self.expr_to(e, dst);
        }
    }

    /// A function or class expression without a name of its own; `key` names it at run time.
    pub(crate) fn anonymous_function(
        &mut self,
        e: &Expression<'a>,
        name: &str,
        key: Option<(Reg, NamePrefix)>,
        dst: Option<Reg>,
    ) -> Reg {
        let result = match strip(e) {
            Expression::FunctionExpression(f) => {
                self.closure(&Body::Function(f), plain_kind(f), name, f.span, dst)
            }
            Expression::ArrowFunctionExpression(f) => self.arrow(f, name, dst),
            Expression::ClassExpression(class) => return self.class(class, name, key.map(|k| k.0), dst),
            other => return self.expr_opt(other, dst),
        };
        if let Some((key, prefix)) = key {
            self.op(Op::SetFunctionName, &[result.into(), key.into(), prefix as i64]);
        }
        result
    }

    fn arrow(&mut self, arrow: &ArrowFunctionExpression<'a>, name: &str, dst: Option<Reg>) -> Reg {
        let kind = if arrow.r#async { FunctionKind::AsyncArrow } else { FunctionKind::Arrow };
        self.closure(&Body::Arrow(arrow), kind, name, arrow.span, dst)
    }

    pub(crate) fn expr_opt(&mut self, e: &Expression<'a>, dst: Option<Reg>) -> Reg {
        match e {
            Expression::Identifier(id) => self.identifier(id, dst),
            Expression::NumericLiteral(literal) => self.number(literal.value, dst),
            Expression::StringLiteral(literal) => self.string(literal, dst),
            Expression::BooleanLiteral(literal) => {
                let op = if literal.value { Op::LoadTrue } else { Op::LoadFalse };
                self.simple(op, dst)
            }
            Expression::NullLiteral(_) => self.simple(Op::LoadNull, dst),
            Expression::BigIntLiteral(literal) => self.bigint(literal, dst),
            Expression::RegExpLiteral(literal) => self.regexp(literal, dst),
            Expression::TemplateLiteral(template) => self.template_literal(template, dst),
            Expression::TaggedTemplateExpression(tagged) => self.tagged_template(tagged, dst),
            Expression::ThisExpression(this) => self.this(this.span, dst),
            Expression::ArrayExpression(array) => self.array(array, dst),
            Expression::ObjectExpression(object) => self.object(object, dst),
            Expression::FunctionExpression(f) => {
                let name = f.id.as_ref().map_or("", |id| id.name.as_str());
                self.closure(&Body::Function(f), plain_kind(f), name, f.span, dst)
            }
            Expression::ArrowFunctionExpression(f) => self.arrow(f, "", dst),
            Expression::ClassExpression(class) => self.class(class, "", None, dst),
            Expression::UnaryExpression(unary) => self.unary(unary, dst),
            Expression::UpdateExpression(update) => {
                let dst = self.dst(dst);
                self.update(update, Some(dst), true);
                dst
            }
            Expression::BinaryExpression(binary) => self.binary(binary, dst),
            Expression::PrivateInExpression(test) => self.private_in(test, dst),
            Expression::LogicalExpression(logical) => self.logical(logical, dst),
            Expression::ConditionalExpression(conditional) => self.conditional(conditional, dst),
            Expression::AssignmentExpression(assignment) => self.assignment(assignment, dst, true),
            Expression::SequenceExpression(sequence) => self.sequence(sequence, dst),
            Expression::CallExpression(call) => self.call(call, dst),
            Expression::NewExpression(new) => self.new_expression(new, dst),
            Expression::ComputedMemberExpression(_)
            | Expression::StaticMemberExpression(_)
            | Expression::PrivateFieldExpression(_) => self.member(e.to_member_expression(), dst),
            Expression::ChainExpression(chain) => self.chain(chain, dst),
            Expression::AwaitExpression(await_) => self.await_expression(await_, dst),
            Expression::YieldExpression(yield_) => self.yield_expression(yield_, dst),
            Expression::ImportExpression(import) => self.import_expression(import, dst),
            Expression::ImportMeta(_) => self.simple(Op::ImportMeta, dst),
            Expression::NewTarget(target) => self.new_target(target.span, dst),
            Expression::ParenthesizedExpression(inner) => self.expr_opt(&inner.expression, dst),
            Expression::TSAsExpression(inner) => self.expr_opt(&inner.expression, dst),
            Expression::TSSatisfiesExpression(inner) => self.expr_opt(&inner.expression, dst),
            Expression::TSTypeAssertion(inner) => self.expr_opt(&inner.expression, dst),
            Expression::TSNonNullExpression(inner) => self.expr_opt(&inner.expression, dst),
            Expression::TSInstantiationExpression(inner) => self.expr_opt(&inner.expression, dst),
            Expression::V8IntrinsicExpression(call) => self.intrinsic(call, dst),
            Expression::Super(s) => self.unsupported(s.span, "'super' keyword unexpected here", dst),
            Expression::JSXElement(_) | Expression::JSXFragment(_) => {
                self.unsupported(e.span(), "JSX is not supported: compile it to calls first", dst)
            }
        }
    }

    fn unsupported(&mut self, span: Span, message: &str, dst: Option<Reg>) -> Reg {
        self.fail(span, message);
        self.dst(dst)
    }

    fn simple(&mut self, op: Op, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        self.op(op, &[dst.into()]);
        dst
    }

    fn identifier(&mut self, id: &IdentifierReference<'a>, dst: Option<Reg>) -> Reg {
        if id.name == "undefined" && self.is_library {
            return self.simple(Op::LoadUndefined, dst);
        }
        if self.is_library
            && let Some(result) = self.library_name(id, dst)
        {
            return result;
        }
        let name = id.name.as_str();
        if matches!(name, "undefined" | "NaN" | "Infinity") && self.is_plain_global(name) {
            // Neither writable nor configurable (19.1), and no script can declare over it.
            return match name {
                "undefined" => self.simple(Op::LoadUndefined, dst),
                "NaN" => self.number(f64::NAN, dst),
                _ => self.number(f64::INFINITY, dst),
            };
        }
        self.read_name(name, id.span, dst)
    }

    fn is_plain_global(&mut self, name: &str) -> bool {
        let resolved = self.resolve(name);
        resolved.dynamic.is_empty() && matches!(resolved.target, super::names::Target::Global)
    }

    /// `this`, wherever it is bound.
    pub(crate) fn this(&mut self, span: Span, dst: Option<Reg>) -> Reg {
        let resolved = self.resolve("this");
        self.at(span);
        match resolved.target {
            super::names::Target::Global => {
                let op = if self.is_module() { Op::LoadUndefined } else { Op::LoadGlobalThis };
                self.simple(op, dst)
            }
            target => self.read_target(target, "this", span, dst, false),
        }
    }

    /// A derived constructor's `this` for its return, perhaps still a hole.
    pub(crate) fn this_or_hole(&mut self) -> Reg {
        match self.resolve("this").target {
            super::names::Target::Local(_, register) => register,
            super::names::Target::Slot { env, depth, slot, .. } => {
                let dst = self.temp();
                self.op(Op::GetSlot, &[dst.into(), env.into(), depth.into(), slot.into()]);
                dst
            }
            _ => 0,
        }
    }

    fn new_target(&mut self, span: Span, dst: Option<Reg>) -> Reg {
        let resolved = self.resolve("new.target");
        match resolved.target {
            super::names::Target::Global => self.simple(Op::LoadUndefined, dst),
            target => self.read_target(target, "new.target", span, dst, false),
        }
    }

    // ---- operators

    fn unary(&mut self, unary: &UnaryExpression<'a>, dst: Option<Reg>) -> Reg {
        let op = match unary.operator {
            UnaryOperator::UnaryNegation => {
                if let Expression::NumericLiteral(literal) = &unary.argument {
                    return self.number(-literal.value, dst);
                }
                Op::Neg
            }
            UnaryOperator::UnaryPlus => Op::ToNumber,
            UnaryOperator::BitwiseNot => Op::BitNot,
            UnaryOperator::LogicalNot => Op::Not,
            UnaryOperator::Typeof => return self.typeof_expression(unary, dst),
            UnaryOperator::Void => {
                self.effect(&unary.argument);
                return self.simple(Op::LoadUndefined, dst);
            }
            UnaryOperator::Delete => return self.delete(&unary.argument, unary.span, dst),
        };
        let mark = self.code.mark();
        let src = self.expr(&unary.argument);
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(unary.span);
        self.op(op, &[dst.into(), src.into()]);
        dst
    }

    fn typeof_expression(&mut self, unary: &UnaryExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let src = match strip(&unary.argument) {
            Expression::Identifier(id) if !self.is_library => {
                let name = id.name.as_str();
                self.read_name_for_typeof(name, id.span)
            }
            argument => self.expr(argument),
        };
        self.code.release(mark);
        let dst = self.dst(dst);
        self.op(Op::Typeof, &[dst.into(), src.into()]);
        dst
    }

    fn binary(&mut self, binary: &BinaryExpression<'a>, dst: Option<Reg>) -> Reg {
        // A chain of left operands is followed in a loop, not by recursion: `a + b + c + ...` may be long.
        let mut chain = vec![binary];
        let mut left = &binary.left;
        while let Expression::BinaryExpression(inner) = left {
            chain.push(inner);
            left = &inner.left;
        }
        let mark = self.code.mark();
        let last = chain.len() - 1;
        let innermost = chain[last];
        let mut value = self.expr_before(left, &innermost.right);
        for (i, link) in chain.iter().rev().enumerate() {
            let result = if i == last {
                let right = self.operand(link);
                self.code.release(mark);
                let dst = self.dst(dst);
                self.binary_op(link, dst, value, right);
                dst
            } else {
                let right = self.operand(link);
                self.code.release(mark);
                let temp = self.temp();
                self.binary_op(link, temp, value, right);
                temp
            };
            value = result;
        }
        value
    }

    /// A binary operation's right operand: an immediate or a register.
    fn operand(&mut self, binary: &BinaryExpression<'a>) -> Operand {
        if let Some(value) = immediate(&binary.right)
            && immediate_op(binary.operator).is_some()
        {
            return Operand::Immediate(value);
        }
        Operand::Register(self.expr(&binary.right))
    }

    fn binary_op(&mut self, binary: &BinaryExpression<'a>, dst: Reg, left: Reg, right: Operand) {
        self.at(binary.span);
        match right {
            Operand::Immediate(value) => {
                let op = immediate_op(binary.operator).unwrap_or(Op::AddI);
                self.op(op, &[dst.into(), left.into(), value.into()]);
            }
            Operand::Register(right) if binary.operator == BinaryOperator::In => {
                self.op(Op::In, &[dst.into(), left.into(), right.into()]);
            }
            Operand::Register(right) => {
                if binary.operator == BinaryOperator::Instanceof {
                    self.quote(binary.right.span());
                }
                self.op(binary_operation(binary.operator), &[dst.into(), left.into(), right.into()]);
            }
        }
    }

    fn private_in(&mut self, test: &PrivateInExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let object = self.expr(&test.right);
        let key = self.private_key(&test.left);
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(test.span);
        self.op(Op::PrivateIn, &[dst.into(), key.into(), object.into()]);
        dst
    }

    fn logical(&mut self, logical: &LogicalExpression<'a>, dst: Option<Reg>) -> Reg {
        // The left value is kept in the result's register while the right one is computed.
        let own = match dst {
            Some(register) if !self.is_local(register) => register,
            _ => self.temp(),
        };
        let end = self.code.label();
        let mut chain = vec![logical];
        let mut left = &logical.left;
        while let Expression::LogicalExpression(inner) = left {
            if inner.operator != logical.operator {
                break;
            }
            chain.push(inner);
            left = &inner.left;
        }
        self.expr_to(left, own);
        for link in chain.iter().rev() {
            self.code.jump_if(short_circuit(link.operator), &[own.into()], end);
            self.scratch(|f| f.expr_to(&link.right, own));
        }
        self.code.bind(end);
        own
    }

    fn conditional(&mut self, conditional: &ConditionalExpression<'a>, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let (other, end) = (self.code.label(), self.code.label());
        self.branch(&conditional.test, other, false);
        self.scratch(|f| f.expr_to(&conditional.consequent, dst));
        self.code.jump(end);
        self.code.bind(other);
        self.scratch(|f| f.expr_to(&conditional.alternate, dst));
        self.code.bind(end);
        dst
    }

    fn sequence(&mut self, sequence: &SequenceExpression<'a>, dst: Option<Reg>) -> Reg {
        let Some((last, first)) = sequence.expressions.split_last() else { return self.dst(dst) };
        first.iter().for_each(|e| self.effect(e));
        self.expr_opt(last, dst)
    }

    // ---- conditions

    /// Jumps to `target` where the truth of `e` is `when`; falls through otherwise.
    pub(crate) fn branch(&mut self, e: &Expression<'a>, target: Label, when: bool) {
        match strip(e) {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                self.branch(&unary.argument, target, !when);
            }
            Expression::LogicalExpression(logical) if logical.operator != LogicalOperator::Coalesce => {
                self.branch_logical(logical, target, when);
            }
            Expression::BooleanLiteral(literal) => {
                if literal.value == when {
                    self.code.jump(target);
                }
            }
            Expression::BinaryExpression(binary) if compare_jump(binary.operator, when).is_some() => {
                self.scratch(|f| f.branch_compare(binary, target, when));
            }
            e => self.scratch(|f| {
                let value = f.expr(e);
                let op = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
                f.code.jump_if(op, &[value.into()], target);
            }),
        }
    }

    fn branch_logical(&mut self, logical: &LogicalExpression<'a>, target: Label, when: bool) {
        let is_or = logical.operator == LogicalOperator::Or;
        if is_or == when {
            self.branch(&logical.left, target, when);
            self.branch(&logical.right, target, when);
        } else {
            let skip = self.code.label();
            self.branch(&logical.left, skip, !when);
            self.branch(&logical.right, target, when);
            self.code.bind(skip);
        }
    }

    fn branch_compare(&mut self, binary: &BinaryExpression<'a>, target: Label, when: bool) {
        let nullish_test = matches!(binary.operator, BinaryOperator::Equality | BinaryOperator::Inequality)
            && matches!(binary.right, Expression::NullLiteral(_));
        if nullish_test {
            // `x == null` holds for undefined and null, and for what claims to be undefined (document.all).
            let value = self.expr(&binary.left);
            let jump_when_null = (binary.operator == BinaryOperator::Equality) == when;
            let op = if jump_when_null { Op::JumpIfNull } else { Op::JumpIfNotNull };
            return self.code.jump_if(op, &[value.into()], target);
        }
        let (plain, immediate_form) = compare_jump(binary.operator, when).unwrap_or((Op::JumpIfEqual, None));
        let left = self.expr_before(&binary.left, &binary.right);
        if let (Some(op), Some(value)) = (immediate_form, immediate(&binary.right)) {
            self.at(binary.span);
            return self.code.jump_if(op, &[left.into(), value.into()], target);
        }
        let right = self.expr(&binary.right);
        self.at(binary.span);
        self.code.jump_if(plain, &[left.into(), right.into()], target);
    }
}

enum Operand {
    Register(Reg),
    Immediate(i32),
}

/// Parentheses and type annotations around an expression, taken away.
pub(crate) fn strip<'b, 'a>(e: &'b Expression<'a>) -> &'b Expression<'a> {
    let mut e = e;
    loop {
        e = match e {
            Expression::ParenthesizedExpression(inner) => &inner.expression,
            Expression::TSAsExpression(inner) => &inner.expression,
            Expression::TSSatisfiesExpression(inner) => &inner.expression,
            Expression::TSTypeAssertion(inner) => &inner.expression,
            Expression::TSNonNullExpression(inner) => &inner.expression,
            Expression::TSInstantiationExpression(inner) => &inner.expression,
            _ => return e,
        };
    }
}

/// IsAnonymousFunctionDefinition (8.4.5).
pub(crate) fn is_anonymous_function(e: &Expression<'_>) -> bool {
    match strip(e) {
        Expression::FunctionExpression(f) => f.id.is_none(),
        Expression::ArrowFunctionExpression(_) => true,
        Expression::ClassExpression(class) => class.id.is_none(),
        _ => false,
    }
}

/// Whether an expression is its own value: nothing runs where it is evaluated.
fn is_literal_or_function(e: &Expression<'_>) -> bool {
    matches!(
        e,
        Expression::NumericLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::FunctionExpression(_)
            | Expression::ArrowFunctionExpression(_)
    )
}

/// Whether evaluating `e` could assign to a variable; looked into a few levels deep.
pub(crate) fn may_assign(e: &Expression<'_>, depth: u32) -> bool {
    if depth == 0 {
        return true;
    }
    let deep = |e: &Expression<'_>| may_assign(e, depth - 1);
    match strip(e) {
        Expression::Identifier(_) | Expression::ThisExpression(_) => false,
        e if is_literal_or_function(e) => false,
        // Calls, accessors and conversions run other functions: those reach captured variables only, never a register.
        Expression::StaticMemberExpression(m) => deep(&m.object),
        Expression::ComputedMemberExpression(m) => deep(&m.object) || deep(&m.expression),
        Expression::UnaryExpression(u) => deep(&u.argument),
        Expression::BinaryExpression(b) => deep(&b.left) || deep(&b.right),
        Expression::CallExpression(c) => {
            deep(&c.callee) || c.arguments.iter().any(|a| a.as_expression().is_none_or(deep))
        }
        Expression::NewExpression(c) => {
            deep(&c.callee) || c.arguments.iter().any(|a| a.as_expression().is_none_or(deep))
        }
        _ => true,
    }
}

/// Whether evaluating an expression runs no code of the guest and defines nothing: literals of inert parts.
pub(crate) fn is_inert(e: &Expression<'_>, depth: u32) -> bool {
    let inert = |e: &Expression<'_>| depth > 0 && is_inert(e, depth - 1);
    match strip(e) {
        e if is_literal_or_function(e) => true,
        Expression::ArrayExpression(array) => {
            array.elements.iter().all(|element| element.as_expression().is_some_and(inert))
        }
        Expression::ObjectExpression(object) => object.properties.iter().all(|property| match property {
            ObjectPropertyKind::ObjectProperty(p) => !p.computed && inert(&p.value),
            ObjectPropertyKind::SpreadProperty(_) => false,
        }),
        e => immediate(e).is_some(),
    }
}

/// An int32 literal that an instruction can hold.
pub(crate) fn immediate(e: &Expression<'_>) -> Option<i32> {
    let value = match strip(e) {
        Expression::NumericLiteral(literal) => literal.value,
        Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::UnaryNegation => {
            match &unary.argument {
                Expression::NumericLiteral(literal) if literal.value != 0.0 => -literal.value,
                _ => return None,
            }
        }
        _ => return None,
    };
    let int = value as i32;
    (f64::from(int) == value && !(int == 0 && value.is_sign_negative())).then_some(int)
}

fn short_circuit(operator: LogicalOperator) -> Op {
    match operator {
        LogicalOperator::Or => Op::JumpIfTrue,
        LogicalOperator::And => Op::JumpIfFalse,
        LogicalOperator::Coalesce => Op::JumpIfNotNullish,
    }
}

pub(crate) fn binary_operation(operator: BinaryOperator) -> Op {
    match operator {
        BinaryOperator::Equality => Op::Equal,
        BinaryOperator::Inequality => Op::NotEqual,
        BinaryOperator::StrictEquality => Op::StrictEqual,
        BinaryOperator::StrictInequality => Op::StrictNotEqual,
        BinaryOperator::LessThan => Op::Less,
        BinaryOperator::LessEqualThan => Op::LessEqual,
        BinaryOperator::GreaterThan => Op::Greater,
        BinaryOperator::GreaterEqualThan => Op::GreaterEqual,
        BinaryOperator::Addition => Op::Add,
        BinaryOperator::Subtraction => Op::Sub,
        BinaryOperator::Multiplication => Op::Mul,
        BinaryOperator::Division => Op::Div,
        BinaryOperator::Remainder => Op::Mod,
        BinaryOperator::Exponential => Op::Exp,
        BinaryOperator::ShiftLeft => Op::Shl,
        BinaryOperator::ShiftRight => Op::Shr,
        BinaryOperator::ShiftRightZeroFill => Op::UShr,
        BinaryOperator::BitwiseOR => Op::BitOr,
        BinaryOperator::BitwiseXOR => Op::BitXor,
        BinaryOperator::BitwiseAnd => Op::BitAnd,
        BinaryOperator::In => Op::In,
        BinaryOperator::Instanceof => Op::InstanceOf,
    }
}

pub(crate) fn immediate_op(operator: BinaryOperator) -> Option<Op> {
    Some(match operator {
        BinaryOperator::Addition => Op::AddI,
        BinaryOperator::Subtraction => Op::SubI,
        BinaryOperator::Multiplication => Op::MulI,
        BinaryOperator::Division => Op::DivI,
        BinaryOperator::Remainder => Op::ModI,
        BinaryOperator::ShiftLeft => Op::ShlI,
        BinaryOperator::ShiftRight => Op::ShrI,
        BinaryOperator::ShiftRightZeroFill => Op::UShrI,
        BinaryOperator::BitwiseOR => Op::BitOrI,
        BinaryOperator::BitwiseXOR => Op::BitXorI,
        BinaryOperator::BitwiseAnd => Op::BitAndI,
        _ => return None,
    })
}

/// The jump that a comparison in a condition becomes, and its form with an immediate.
fn compare_jump(operator: BinaryOperator, when: bool) -> Option<(Op, Option<Op>)> {
    use BinaryOperator as B;
    Some(match (operator, when) {
        (B::LessThan, true) => (Op::JumpIfLess, Some(Op::JumpIfLessI)),
        (B::LessThan, false) => (Op::JumpIfNotLess, Some(Op::JumpIfNotLessI)),
        (B::LessEqualThan, true) => (Op::JumpIfLessEqual, Some(Op::JumpIfLessEqualI)),
        (B::LessEqualThan, false) => (Op::JumpIfNotLessEqual, Some(Op::JumpIfNotLessEqualI)),
        (B::GreaterThan, true) => (Op::JumpIfGreater, Some(Op::JumpIfGreaterI)),
        (B::GreaterThan, false) => (Op::JumpIfNotGreater, Some(Op::JumpIfNotGreaterI)),
        (B::GreaterEqualThan, true) => (Op::JumpIfGreaterEqual, Some(Op::JumpIfGreaterEqualI)),
        (B::GreaterEqualThan, false) => (Op::JumpIfNotGreaterEqual, Some(Op::JumpIfNotGreaterEqualI)),
        (B::Equality, true) | (B::Inequality, false) => (Op::JumpIfEqual, None),
        (B::Equality, false) | (B::Inequality, true) => (Op::JumpIfNotEqual, None),
        (B::StrictEquality, true) | (B::StrictInequality, false) => {
            (Op::JumpIfStrictEqual, Some(Op::JumpIfStrictEqualI))
        }
        (B::StrictEquality, false) | (B::StrictInequality, true) => {
            (Op::JumpIfStrictNotEqual, Some(Op::JumpIfStrictNotEqualI))
        }
        _ => return None,
    })
}
