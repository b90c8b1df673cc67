//! Destructuring: binding patterns (14.3.3) and assignment patterns (13.15.5).

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use tvm_bytecode::Op;

use super::Function as Emitter;
use super::assign::{Purpose, Reference};
use super::core::Reg;
use super::function::pattern_name;
use super::literal::{Key, static_name};

/// An array pattern's iteration under way.
struct Iteration {
    record: Reg,
    /// True once the iterator is exhausted or failed: it must not be closed then.
    done: Reg,
}

impl<'a> Emitter<'_, 'a> {
    /// Binds a pattern to a value. `initialize` for declarations, else the names are assigned (`var`).
    pub(crate) fn bind_pattern(&mut self, pattern: &BindingPattern<'a>, value: Reg, initialize: bool) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => {
                if initialize {
                    self.initialize(id.name.as_str(), value, id.span);
                } else {
                    self.write_name(id.name.as_str(), value, id.span);
                }
            }
            BindingPattern::AssignmentPattern(assignment) => self.scratch(|f| {
                let own = f.temp();
                f.move_to(own, value);
                f.default_value(own, &assignment.right, pattern_name(&assignment.left));
                f.bind_pattern(&assignment.left, own, initialize);
            }),
            BindingPattern::ObjectPattern(object) => self.bind_object(object, value, initialize),
            BindingPattern::ArrayPattern(array) => self.bind_array(array, value, initialize),
        }
    }

    fn check_coercible(&mut self, value: Reg, span: Span, what: &str) {
        self.at(span);
        let what = self.string_constant(what);
        self.op(Op::CheckCoercible, &[value.into(), what]);
    }

    fn bind_object(&mut self, object: &ObjectPattern<'a>, value: Reg, initialize: bool) {
        let first = object.properties.first().and_then(|p| static_name(&p.key)).map(|name| name.to_string());
        self.check_coercible(value, object.span, first.as_deref().unwrap_or(""));
        self.scratch(|f| {
            let keys =
                f.code.alloc_many(if object.rest.is_some() { object.properties.len() as u32 } else { 0 });
            for (i, property) in object.properties.iter().enumerate() {
                f.scratch(|f| {
                    let key = f.property_key(&property.key, property.computed);
                    if object.rest.is_some() {
                        f.keep_key(key, keys + i as u32);
                    }
                    f.bind_property(property, value, key, initialize);
                });
            }
            if let Some(rest) = &object.rest {
                let own = f.rest_object(value, keys, object.properties.len(), rest.span);
                f.bind_pattern(&rest.argument, own, initialize);
            }
        });
    }

    fn keep_key(&mut self, key: Key, dst: Reg) {
        match key {
            Key::Register(register) => self.move_to(dst, register),
            Key::Name(constant) => self.op(Op::LoadConst, &[dst.into(), constant]),
        }
    }

    fn bind_property(&mut self, property: &BindingProperty<'a>, value: Reg, key: Key, initialize: bool) {
        let (target, default) = match &property.value {
            BindingPattern::AssignmentPattern(a) => (&a.left, Some(&a.right)),
            pattern => (pattern, None),
        };
        let local = match target {
            BindingPattern::BindingIdentifier(id) if initialize => self.local_register(id.name.as_str()),
            _ => None,
        };
        let own = local.unwrap_or_else(|| self.code.alloc());
        self.get_key(own, value, key, property.key.span());
        if let Some(default) = default {
            self.default_value(own, default, pattern_name(target));
        }
        if local.is_none() {
            self.bind_pattern(target, own, initialize);
        }
    }

    fn get_key(&mut self, dst: Reg, object: Reg, key: Key, span: Span) {
        self.at(span);
        match key {
            Key::Name(name) => self.op(Op::GetProp, &[dst.into(), object.into(), name]),
            Key::Register(key) => self.op(Op::GetElem, &[dst.into(), object.into(), key.into()]),
        }
    }

    fn rest_object(&mut self, value: Reg, keys: Reg, count: usize, span: Span) -> Reg {
        let own = self.temp();
        self.op(Op::NewObject, &[own.into(), 0]);
        self.at(span);
        self.op(Op::CopyDataProps, &[own.into(), value.into(), keys.into(), count as i64]);
        own
    }

    fn start_iteration(&mut self, value: Reg, span: Span) -> Iteration {
        let record = self.code.alloc_many(3);
        let done = self.temp();
        self.at(span);
        self.quote(span);
        self.op(Op::GetIterator, &[record.into(), value.into()]);
        self.op(Op::IteratorMethod, &[record.into()]);
        self.op(Op::LoadFalse, &[done.into()]);
        Iteration { record, done }
    }

    /// `dst` = the next value, undefined behind the end.
    fn next_value(&mut self, iteration: &Iteration, dst: Reg) {
        let (exhausted, end) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::JumpIfTrue, &[iteration.done.into()], exhausted);
        // While the iterator runs it counts as done: what it throws does not close it.
        self.op(Op::LoadTrue, &[iteration.done.into()]);
        self.code.jump_if(Op::IteratorNext, &[dst.into(), iteration.record.into()], exhausted);
        self.op(Op::LoadFalse, &[iteration.done.into()]);
        self.code.jump(end);
        self.code.bind(exhausted);
        self.load_undefined(dst);
        self.code.bind(end);
    }

    /// `dst` = an array of all that is left.
    fn rest_values(&mut self, iteration: &Iteration, dst: Reg) {
        self.op(Op::NewArray, &[dst.into(), 0]);
        let (again, end) = (self.code.label(), self.code.label());
        self.code.jump_if(Op::JumpIfTrue, &[iteration.done.into()], end);
        self.op(Op::LoadTrue, &[iteration.done.into()]);
        self.code.bind(again);
        self.scratch(|f| {
            let value = f.temp();
            f.code.jump_if(Op::IteratorNext, &[value.into(), iteration.record.into()], end);
            f.op(Op::ArrayPush, &[dst.into(), value.into()]);
        });
        self.code.jump(again);
        self.code.bind(end);
    }

    /// Runs `inside` with the iterator closed afterwards: quietly where it throws, unless it is done.
    fn with_iteration(&mut self, value: Reg, span: Span, inside: impl FnOnce(&mut Self, &Iteration)) {
        self.scratch(|f| {
            let iteration = f.start_iteration(value, span);
            let exception = f.temp();
            let (handler, end) = (f.code.label(), f.code.label());
            let iterator = f.push_iterator_cleanup(iteration.record, Some(iteration.done));
            let region = f.open_region(handler, exception);
            inside(f, &iteration);
            f.close_region(region);
            f.pop_control(iterator);
            f.code.jump_if(Op::JumpIfTrue, &[iteration.done.into()], end);
            f.at(span);
            f.op(Op::IteratorClose, &[iteration.record.into(), 0]);
            f.code.jump(end);
            f.code.bind(handler);
            let rethrow = f.code.label();
            f.code.jump_if(Op::JumpIfTrue, &[iteration.done.into()], rethrow);
            f.op(Op::IteratorClose, &[iteration.record.into(), 1]);
            f.code.bind(rethrow);
            f.op(Op::Throw, &[exception.into()]);
            f.code.bind(end);
        });
    }

    fn bind_array(&mut self, array: &ArrayPattern<'a>, value: Reg, initialize: bool) {
        self.with_iteration(value, array.span, |f, iteration| {
            for element in &array.elements {
                f.scratch(|f| {
                    let own = f.temp();
                    f.next_value(iteration, own);
                    match element {
                        Some(BindingPattern::AssignmentPattern(a)) => {
                            f.default_value(own, &a.right, pattern_name(&a.left));
                            f.bind_pattern(&a.left, own, initialize);
                        }
                        Some(pattern) => f.bind_pattern(pattern, own, initialize),
                        None => {}
                    }
                });
            }
            if let Some(rest) = &array.rest {
                f.scratch(|f| {
                    let own = f.temp();
                    f.rest_values(iteration, own);
                    f.bind_pattern(&rest.argument, own, initialize);
                });
            }
        });
    }

    // ---- assignment patterns

    /// Assigns a value to a target: a simple one or a pattern.
    pub(crate) fn assign_pattern(&mut self, target: &AssignmentTarget<'a>, value: Reg) {
        match target {
            AssignmentTarget::ArrayAssignmentTarget(array) => self.assign_array(array, value),
            AssignmentTarget::ObjectAssignmentTarget(object) => self.assign_object(object, value),
            _ => {
                if let Some(simple) = target.as_simple_assignment_target() {
                    let reference = self.target_reference(simple, Purpose::WriteNow);
                    self.store_reference(&reference, value);
                }
            }
        }
    }

    fn assign_object(&mut self, object: &ObjectAssignmentTarget<'a>, value: Reg) {
        self.check_coercible(value, object.span, "");
        self.scratch(|f| {
            let keys =
                f.code.alloc_many(if object.rest.is_some() { object.properties.len() as u32 } else { 0 });
            for (i, property) in object.properties.iter().enumerate() {
                let kept = object.rest.is_some().then_some(keys + i as u32);
                f.scratch(|f| f.assign_property(property, value, kept));
            }
            if let Some(rest) = &object.rest {
                let simple = rest.target.as_simple_assignment_target();
                let reference = simple.map(|target| f.target_reference(target, Purpose::WriteLater));
                let own = f.rest_object(value, keys, object.properties.len(), rest.span);
                if let Some(reference) = reference {
                    f.store_reference(&reference, own);
                }
            }
        });
    }

    fn assign_property(&mut self, property: &AssignmentTargetProperty<'a>, value: Reg, kept: Option<Reg>) {
        match property {
            AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(p) => {
                let name = p.binding.name.as_str();
                let key = Key::Name(self.name_constant(name));
                if let Some(kept) = kept {
                    self.keep_key(key, kept);
                }
                let resolved = self.resolve(name);
                let asked = self.ask_all(&resolved, name, true);
                let own = self.temp();
                self.get_key(own, value, key, p.span);
                if let Some(init) = &p.init {
                    self.default_value(own, init, Some(name));
                }
                self.write_resolved(&resolved, &asked, name, own, p.binding.span);
            }
            AssignmentTargetProperty::AssignmentTargetPropertyProperty(p) => {
                let key = self.property_key(&p.name, p.computed);
                if let Some(kept) = kept {
                    self.keep_key(key, kept);
                }
                let (target, default) = split_default(&p.binding);
                let reference = self.reference_of(target);
                let own = self.temp();
                self.get_key(own, value, key, p.name.span());
                self.assign_element(target, reference, default, own);
            }
        }
    }

    /// The reference of a simple target, evaluated before its value; `None` for a pattern.
    fn reference_of(&mut self, target: Option<&AssignmentTarget<'a>>) -> Option<Reference<'a>> {
        let simple = target?.as_simple_assignment_target()?;
        Some(self.target_reference(simple, Purpose::WriteLater))
    }

    fn assign_element(
        &mut self,
        target: Option<&AssignmentTarget<'a>>,
        reference: Option<Reference<'a>>,
        default: Option<&Expression<'a>>,
        value: Reg,
    ) {
        if let Some(default) = default {
            let name = match target {
                Some(AssignmentTarget::AssignmentTargetIdentifier(id)) => Some(id.name.as_str()),
                _ => None,
            };
            self.default_value(value, default, name);
        }
        match (reference, target) {
            (Some(reference), _) => self.store_reference(&reference, value),
            (None, Some(target)) => self.assign_pattern(target, value),
            (None, None) => {}
        }
    }

    /// `[a, b] = [b, a]` without the array, while iterating over arrays only walks their elements. False, with nothing
    /// emitted, where it is not of that form.
    pub(crate) fn assign_values(
        &mut self,
        pattern: &ArrayAssignmentTarget<'a>,
        right: &Expression<'a>,
    ) -> bool {
        let targets: Option<Vec<_>> = pattern
            .elements
            .iter()
            .map(|element| {
                let target = element.as_ref()?.as_assignment_target()?.as_simple_assignment_target()?;
                is_simple_target(target).then_some(target)
            })
            .collect();
        let (Some(targets), Some(values), None) = (targets, plain_values(right), &pattern.rest) else {
            return false;
        };
        if targets.len() > values.len() {
            return false;
        }
        self.without_array(
            &values,
            |f, first| {
                for (i, &target) in targets.iter().enumerate() {
                    f.scratch(|f| {
                        let reference = f.target_reference(target, Purpose::WriteNow);
                        f.store_reference(&reference, first + i as u32);
                    });
                }
            },
            |f, array| f.assign_array(pattern, array),
        );
        true
    }

    /// The same for declarations.
    pub(crate) fn bind_values(
        &mut self,
        pattern: &ArrayPattern<'a>,
        init: &Expression<'a>,
        initialize: bool,
    ) -> bool {
        let is_name = |element: &Option<BindingPattern<'a>>| {
            matches!(element, Some(BindingPattern::BindingIdentifier(_)))
        };
        let Some(values) = plain_values(init) else { return false };
        if !pattern.elements.iter().all(is_name)
            || pattern.rest.is_some()
            || pattern.elements.len() > values.len()
        {
            return false;
        }
        self.without_array(
            &values,
            |f, first| {
                for (i, element) in pattern.elements.iter().enumerate() {
                    if let Some(element) = element {
                        f.bind_pattern(element, first + i as u32, initialize);
                    }
                }
            },
            |f, array| f.bind_array(pattern, array, initialize),
        );
        true
    }

    /// Evaluates values, and gives them to `plainly` one behind the other, or as an array to `iterating`.
    fn without_array(
        &mut self,
        values: &[&Expression<'a>],
        plainly: impl FnOnce(&mut Self, Reg),
        iterating: impl FnOnce(&mut Self, Reg),
    ) {
        self.scratch(|f| {
            let first = f.code.alloc_many(values.len() as u32);
            for (i, value) in values.iter().enumerate() {
                f.scratch(|f| f.expr_to(value, first + i as u32));
            }
            let (iterate, end) = (f.code.label(), f.code.label());
            let asked = f.temp();
            f.op(Op::ArraysIteratePlainly, &[asked.into()]);
            f.code.jump_if(Op::JumpIfFalse, &[asked.into()], iterate);
            plainly(f, first);
            f.code.jump(end);
            f.code.bind(iterate);
            let array = f.temp();
            f.op(Op::ArrayFromRegs, &[array.into(), first.into(), values.len() as i64]);
            iterating(f, array);
            f.code.bind(end);
        });
    }

    fn assign_array(&mut self, array: &ArrayAssignmentTarget<'a>, value: Reg) {
        self.with_iteration(value, array.span, |f, iteration| {
            for element in &array.elements {
                f.scratch(|f| {
                    let (target, default) = element.as_ref().map_or((None, None), split_default);
                    let reference = f.reference_of(target);
                    let own = f.temp();
                    f.next_value(iteration, own);
                    f.assign_element(target, reference, default, own);
                });
            }
            if let Some(rest) = &array.rest {
                f.scratch(|f| {
                    let reference = f.reference_of(Some(&rest.target));
                    let own = f.temp();
                    f.rest_values(iteration, own);
                    f.assign_element(Some(&rest.target), reference, None, own);
                });
            }
        });
    }
}

fn split_default<'b, 'a>(
    element: &'b AssignmentTargetMaybeDefault<'a>,
) -> (Option<&'b AssignmentTarget<'a>>, Option<&'b Expression<'a>>) {
    match element {
        AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => (Some(&d.binding), Some(&d.init)),
        other => (other.as_assignment_target(), None),
    }
}

/// Values of an array literal that are given to a pattern without it.
const PLAIN_VALUES: usize = 8;

/// The values of a short array literal that has nothing but values.
fn plain_values<'b, 'a>(e: &'b Expression<'a>) -> Option<Vec<&'b Expression<'a>>> {
    let Expression::ArrayExpression(array) = e else { return None };
    let short = (1..=PLAIN_VALUES).contains(&array.elements.len());
    short.then(|| array.elements.iter().map(|element| element.as_expression()).collect())?
}

/// Whether code for a target may stand twice without growing much: names, and members of names.
fn is_simple_target(target: &SimpleAssignmentTarget<'_>) -> bool {
    let is_name = |e: &Expression<'_>| matches!(e, Expression::Identifier(_) | Expression::ThisExpression(_));
    let is_key = |e: &Expression<'_>| match e {
        Expression::Identifier(_) | Expression::NumericLiteral(_) | Expression::StringLiteral(_) => true,
        Expression::BinaryExpression(e) => {
            let is_part =
                |e: &Expression<'_>| matches!(e, Expression::Identifier(_) | Expression::NumericLiteral(_));
            is_part(&e.left) && is_part(&e.right)
        }
        _ => false,
    };
    match target {
        SimpleAssignmentTarget::AssignmentTargetIdentifier(_) => true,
        SimpleAssignmentTarget::StaticMemberExpression(e) => is_name(&e.object),
        SimpleAssignmentTarget::ComputedMemberExpression(e) => is_name(&e.object) && is_key(&e.expression),
        _ => false,
    }
}
