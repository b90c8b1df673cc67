//! Equality and order (7.2.13 to 7.2.15), `instanceof` and `in`.

use num_bigint::BigInt as Big;

use super::args::JsResult;
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value};
use crate::library::lib;

/// An order comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Order {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Order {
    fn library(self) -> u32 {
        match self {
            Order::Less => lib::opLess,
            Order::LessEqual => lib::opLessEqual,
            Order::Greater => lib::opGreater,
            Order::GreaterEqual => lib::opGreaterEqual,
        }
    }

    /// Whether it holds of what a comparison gave; an unordered one is false.
    pub fn holds(self, order: Option<std::cmp::Ordering>) -> bool {
        use std::cmp::Ordering::*;
        match (self, order) {
            (_, None) => false,
            (Order::Less, Some(o)) => o == Less,
            (Order::LessEqual, Some(o)) => o != Greater,
            (Order::Greater, Some(o)) => o == Greater,
            (Order::GreaterEqual, Some(o)) => o != Less,
        }
    }
}

impl<'s> Cx<'s> {
    /// An order comparison of any values, whose result is the caller's own: a boolean.
    pub fn op_order(&mut self, op: Order, left: Local<'s>, right: Local<'s>) -> JsResult<'s, bool> {
        let (a, b) = (left.value(self), right.value(self));
        if a.is_object() || b.is_object() {
            return Err(self.call_library(op.library(), &[left, right]));
        }
        if let (Some(a), Some(b)) = (left.cast::<Str>(self), right.cast::<Str>(self)) {
            return Ok(op.holds(Some(self.compare_strings(a, b)?)));
        }
        if a.is_bigint() || b.is_bigint() {
            let order = self.compare_bigint(left, right)?;
            return Ok(op.holds(order));
        }
        let (a, b) = (self.primitive_to_number(left)?, self.primitive_to_number(right)?);
        Ok(op.holds(a.partial_cmp(&b)))
    }

    /// Order of two primitives, one of them a BigInt.
    fn compare_bigint(
        &mut self,
        left: Local<'_>,
        right: Local<'_>,
    ) -> Result<Option<std::cmp::Ordering>, Exit> {
        let (a, b) = (self.big_or_number(left)?, self.big_or_number(right)?);
        Ok(match (a, b) {
            (Numeric::Big(a), Numeric::Big(b)) => Some(a.cmp(&b)),
            (Numeric::Big(a), Numeric::Number(b)) => compare_big(&a, b),
            (Numeric::Number(a), Numeric::Big(b)) => compare_big(&b, a).map(std::cmp::Ordering::reverse),
            (Numeric::Number(a), Numeric::Number(b)) => a.partial_cmp(&b),
            (Numeric::None, _) | (_, Numeric::None) => None,
        })
    }

    /// A primitive for comparison with a BigInt: strings are parsed as BigInts.
    fn big_or_number(&mut self, value: Local<'_>) -> Result<Numeric, Exit> {
        if let Some(big) = value.value(self).cast::<BigInt>(self) {
            return Ok(Numeric::Big(big.to_big()));
        }
        if let Some(string) = value.cast::<Str>(self) {
            let text = self.text(string)?;
            return Ok(self.parse_bigint(&text)?.map_or(Numeric::None, Numeric::Big));
        }
        self.primitive_to_number(value).map(Numeric::Number)
    }

    /// IsLooselyEqual (7.2.13), whose result is the caller's own: a boolean.
    pub fn op_equal(&mut self, left: Local<'s>, right: Local<'s>) -> JsResult<'s, bool> {
        let (a, b) = (left.value(self), right.value(self));
        let nullish = |cx: &Self, v: Value<'_>| v.is_nullish() || cx.is_html_dda(v);
        if a.is_nullish() || b.is_nullish() {
            return Ok(nullish(self, a) && nullish(self, b));
        }
        let same_type = (a.is_number() && b.is_number())
            || (a.is_string() && b.is_string())
            || (a.is_object() && b.is_object())
            || (a.is_boolean() && b.is_boolean())
            || (a.is_symbol() && b.is_symbol())
            || (a.is_bigint() && b.is_bigint());
        if same_type {
            return self.strictly_equal(left, right);
        }
        if a.is_object() || b.is_object() {
            // Booleans become numbers before objects become primitives; the library's code starts over.
            return Err(self.call_library(lib::opEqual, &[left, right]));
        }
        if a.is_symbol() || b.is_symbol() {
            return Ok(false);
        }
        if a.is_bigint() || b.is_bigint() {
            let order = self.compare_bigint(left, right)?;
            return Ok(order == Some(std::cmp::Ordering::Equal));
        }
        let (a, b) = (self.primitive_to_number(left)?, self.primitive_to_number(right)?);
        Ok(a == b)
    }

    /// `left instanceof right` (13.10.2), whose result is the caller's own.
    pub fn op_instance_of(&mut self, left: Local<'s>, right: Local<'s>) -> JsResult<'s> {
        if !right.value(self).is_object() {
            let message = "Right-hand side of 'instanceof' is not an object";
            return Err(self.type_error(message));
        }
        Err(self.call_library(lib::opInstanceOf, &[left, right]))
    }

    /// Whether what a function inherits as `Symbol.hasInstance` can only be the builtin method, or nothing, which comes to
    /// the same (13.10.2).
    pub fn checks_instances_plainly(&self, constructor: Gc<'_, Object>) -> bool {
        if self.vm.instance_checks {
            return false;
        }
        if !self.vm.indexed_prototypes {
            // Then no proxy is a prototype either.
            return true;
        }
        let mut current = constructor;
        while let Some(next) = current.shape(self).proto().as_object(self) {
            if next.is::<Proxy>() {
                return false;
            }
            current = next;
        }
        true
    }

    /// OrdinaryHasInstance (7.3.21) where that runs no code; `None` elsewhere.
    pub fn plain_instance_of(
        &mut self,
        value: Local<'_>,
        constructor: Local<'_, Function>,
    ) -> JsResult<'s, Option<bool>> {
        let Some(proto) = self.prototype_of(constructor)? else { return Ok(None) };
        if !proto.value(self).is_object() {
            return Ok(None);
        }
        let Some(object) = value.value(self).as_object(self) else { return Ok(Some(false)) };
        let mut current = object;
        loop {
            if current.is::<Proxy>() {
                return Ok(None);
            }
            match current.shape(self).proto().as_object(self) {
                None => return Ok(Some(false)),
                Some(next) if next.value(self) == proto.value(self) => return Ok(Some(true)),
                Some(next) => current = next,
            }
        }
    }

    /// `key in object` (13.10.1), whose result is the caller's own.
    pub fn op_in(&mut self, key: Local<'s>, object: Local<'s>) -> JsResult<'s> {
        let Some(holder) = object.as_object(self) else {
            let (key, object) = (self.describe(key), self.describe(object));
            let message =
                format!("Cannot use 'in' operator to search for '{}' in {object}", key.trim_matches('"'));
            return Err(self.type_error(&message));
        };
        match self.primitive_key(key)? {
            Some(key) => self.has_property(holder, key),
            None => Err(self.call_library(lib::opIn, &[key, object])),
        }
    }
}

enum Numeric {
    Big(Big),
    Number(f64),
    None,
}

/// Order of a BigInt and a number.
fn compare_big(big: &Big, number: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering::*;
    if number.is_nan() {
        return None;
    }
    if number.is_infinite() {
        return Some(if number > 0.0 { Less } else { Greater });
    }
    let whole = number.floor();
    let other = big_of(whole);
    Some(match big.cmp(&other) {
        Equal if number > whole => Less,
        order => order,
    })
}

/// An integral double as a BigInt, exactly.
pub fn big_of(number: f64) -> Big {
    let bits = number.to_bits();
    let exponent = ((bits >> 52) & 0x7FF) as i32 - 1075;
    if number == 0.0 {
        return Big::default();
    }
    let mantissa = Big::from(bits & ((1 << 52) - 1) | 1 << 52);
    let magnitude = if exponent >= 0 { mantissa << exponent } else { mantissa >> -exponent };
    if number < 0.0 { -magnitude } else { magnitude }
}
