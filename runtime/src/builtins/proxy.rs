//! Proxy (28.2): making and revoking; what proxies do is in `library/proxy.js`.

use super::table::*;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::semantics::{Args, JsResult};

/// The constructor.
pub static CLASSES: &[Class] =
    &[Class::new("Proxy", 2, Intrinsic::Proxy, Intrinsic::Proxy, by_native(constructor))];

/// Properties of %Proxy%.
pub static GROUPS: &[Group] = &[Group { on: Intrinsic::Proxy, rows: &[native("revocable", 2, revocable)] }];

/// Proxy (28.2.1.1)
fn constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    if !args.is_construct(cx) {
        return Err(cx.type_error("Constructor Proxy requires 'new'"));
    }
    create(cx, args)
}

/// ProxyCreate (10.5.14)
fn create<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (target, handler) = (args.get(cx, 0), args.get(cx, 1));
    if !target.value(cx).is_object() || !handler.value(cx).is_object() {
        return Err(cx.type_error("Cannot create proxy with a non-object as target or handler"));
    }
    cx.new_proxy(target, handler)
}

impl<'s> Cx<'s> {
    /// A proxy, made for the least trusted code that is running.
    fn new_proxy(&mut self, target: Local<'s>, handler: Local<'s>) -> JsResult<'s> {
        let null = self.local(Value::NULL);
        let object = self.new_kind_with(kind::Proxy, 0, null)?;
        let (calls, constructs) =
            (self.is_callable(target.value(self)), self.is_constructor(target.value(self)));
        let realm = if self.vm.contexts { self.least_trusted() } else { self.realm().root(self) };
        let proxy = object.get(self).cast::<Proxy>().expect("just made");
        proxy.set_target(self, target.value(self));
        proxy.set_handler(self, handler.value(self));
        proxy.set_calls(calls.into());
        proxy.set_constructs(constructs.into());
        proxy.set_realm(self, Some(realm.get(self)));
        Ok(object.any())
    }

    /// A function that less trusted code keeps for later: where it is a more trusted one, it is called through a proxy
    /// of that code's, so that the stack will tell for whom it runs.
    pub fn relayed(&mut self, function: Local<'s>) -> JsResult<'s> {
        if !self.vm.contexts || !self.is_callable(function.value(self)) {
            return Ok(function);
        }
        let realm = self.function_realm(function)?;
        if self.code_dominates(realm.get(self)) {
            return Ok(function);
        }
        let handler = self.new_object()?;
        self.new_proxy(function, handler.any())
    }
}

/// %relayed%: a function as it is kept for later, see [`Cx::relayed`].
pub fn relayed<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let function = args.get(cx, 0);
    cx.relayed(function)
}

/// Proxy.revocable
fn revocable<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proxy = create(cx, args)?;
    let realm = cx.realm().root(cx);
    let template = cx.native_template(realm, super::setup::loose::REVOKE, "", 0)?;
    let revoke = cx.native_closure(template, &[proxy])?;
    let result = cx.new_object()?;
    for (name, value) in [("proxy", proxy), ("revoke", revoke.any())] {
        let key = cx.text_key(name)?;
        cx.put_own(result, key, value, info::DEFAULT)?;
    }
    Ok(result.any())
}

/// The function that revokes a proxy, once.
pub fn revoke<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let proxy: Local<'_> = args.data(cx, 0);
    args.set_data(cx, 0, Value::NULL);
    if let Some(proxy) = proxy.value(cx).cast::<Proxy>(cx) {
        proxy.set_target(cx, Value::NULL);
        proxy.set_handler(cx, Value::NULL);
    }
    Ok(cx.undefined())
}
