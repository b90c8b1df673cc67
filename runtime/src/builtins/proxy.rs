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
    let null = cx.local(Value::NULL);
    let object = cx.new_kind_with(kind::Proxy, 0, null)?;
    let (calls, constructs) = (cx.is_callable(target.value(cx)), cx.is_constructor(target.value(cx)));
    let proxy = object.get(cx).cast::<Proxy>().expect("just made");
    proxy.set_target(cx, target.value(cx));
    proxy.set_handler(cx, handler.value(cx));
    proxy.set_calls(calls.into());
    proxy.set_constructs(constructs.into());
    Ok(object.any())
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
