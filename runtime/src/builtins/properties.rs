//! Makes the properties of one intrinsic object of a realm from its recipe, when one of them is asked for first: what
//! `object/lazy.rs` calls. In: the object, unmade or of a realm that is being set up. Out: its properties, in the order
//! in which going through all rows would define them. No code runs.

use tvm_bytecode::data::WellKnownSymbol;

use super::recipe::recipe;
use super::setup::Numbers;
use super::table::{Group, Row, What};
use crate::heap::cells::*;
use crate::heap::roots::Name;
use crate::heap::{Cx, Local};
use crate::object::Key;
use crate::object::define::Descriptor;
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::semantics::JsResult;

/// Globals of every realm that a context has only where it is given them.
const NOT_IN_CONTEXTS: [&str; 7] = [
    "queueMicrotask",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
];

/// What [`lazy::install`] is given.
pub(super) fn make<'s>(
    cx: &mut Cx<'s>,
    realm: Local<'_, Realm>,
    object: Local<'_, Object>,
    which: Intrinsic,
) -> JsResult<'s, ()> {
    cx.make_properties(realm, object, which)
}

impl<'s> Cx<'s> {
    /// Makes the properties of an intrinsic that has none yet.
    fn make_properties(
        &mut self,
        realm: Local<'_, Realm>,
        object: Local<'_, Object>,
        which: Intrinsic,
    ) -> JsResult<'s, ()> {
        self.setting_up(realm, |cx| {
            cx.take_made_shape(object)?;
            if which == Intrinsic::Global {
                cx.make_globals(realm, object)?;
            }
            cx.make_rows(realm, object, which)
        })?;
        for &companion in recipe(which).companions {
            self.make_intrinsic(realm, companion)?;
        }
        Ok(())
    }

    /// Makes the properties of a realm's intrinsic where that was not done yet.
    pub(super) fn make_intrinsic(&mut self, realm: Local<'_, Realm>, which: Intrinsic) -> JsResult<'s, ()> {
        self.scope(|cx| match cx.realm_value(realm, which).as_object(cx) {
            Some(object) => cx.make_own(object),
            None => Ok(()),
        })
    }

    /// Gives an unmade object the shape that its properties are added to.
    fn take_made_shape(&mut self, object: Local<'_, Object>) -> JsResult<'s, ()> {
        let unmade = object.get(self).shape(self).root(self);
        let proto = self.local(unmade.get(self).proto());
        let (layout, flags) = (unmade.get(self).object_layout(), unmade.get(self).flags());
        let kept = flags & !(shape_flag::UNMADE | shape_flag::DICTIONARY);
        if layout.kind != kind::Function {
            let shape = self.new_unique_shape(layout, proto, kept)?;
            let info = unmade.get(self).proto_info(self);
            shape.get(self).set_proto_info(self, info);
            let owner = unmade.get(self).owner(self);
            shape.get(self).set_owner(self, owner);
            object.get(self).set_shape(self, shape.get(self));
            return Ok(());
        }
        let shape = self.root_shape(proto, layout, shape_flag::LAZY_FUNCTION)?;
        object.get(self).set_shape(self, shape.get(self));
        self.materialize(object)?;
        if kept & shape_flag::PROTOTYPE != 0 {
            self.make_prototype(object)?;
            let info = unmade.get(self).proto_info(self);
            object.get(self).shape(self).set_proto_info(self, info);
        }
        Ok(())
    }

    /// Properties of a global object that are no rows: itself, objects, constructors.
    fn make_globals(&mut self, realm: Local<'_, Realm>, global: Local<'_, Object>) -> JsResult<'s, ()> {
        let itself = [("globalThis", Intrinsic::GlobalThis)];
        let objects = super::objects().filter_map(|plain| Some((plain.global?, plain.on)));
        let classes = super::classes().filter(|class| class.global);
        let classes = classes.map(|class| (class.name, class.constructor));
        for (name, value) in itself.into_iter().chain(objects).chain(classes) {
            self.scope(|cx| {
                let key = cx.text_key(name)?;
                let value = cx.realm_value(realm, value);
                cx.put_own(global, key, value, info::METHOD)
            })?;
        }
        Ok(())
    }

    /// Makes the properties that an intrinsic object has as a constructor or prototype, then those of its rows.
    pub(super) fn make_rows(
        &mut self,
        realm: Local<'_, Realm>,
        object: Local<'_, Object>,
        which: Intrinsic,
    ) -> JsResult<'s, ()> {
        self.materialize(object)?;
        let recipe = recipe(which);
        if let Some(class) = recipe.constructor
            && class.prototype != class.constructor
        {
            let prototype = self.realm_value(realm, class.prototype);
            let key = self.key(Name::prototype);
            self.put_own(object, key, prototype, 0)?;
        }
        // The accessor of %Iterator.prototype% takes the place of its constructor property.
        if let Some(class) = recipe.prototype
            && class.constructor != Intrinsic::Iterator
        {
            let constructor = self.realm_value(realm, class.constructor);
            let key = self.key(Name::constructor);
            self.put_own(object, key, constructor, class.constructor_attributes)?;
        }
        for &(group, number) in &recipe.groups {
            self.make_group(realm, object, group, &mut Numbers { next: number })?;
        }
        if which == Intrinsic::ArrayPrototype {
            super::array::define_unscopables(self, realm, object)?;
        }
        Ok(())
    }

    pub(super) fn make_group(
        &mut self,
        realm: Local<'_, Realm>,
        object: Local<'_, Object>,
        group: &Group,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        if group.rows.len() > 2 && !object.get(self).shape(self).is_flagged(shape_flag::UNIQUE) {
            // It grows in place then.
            self.replace_shape(object, 0, 0)?;
        }
        let is_context = !self.realm_value(realm, Intrinsic::Creator).value(self).is_undefined();
        for row in group.rows {
            if is_context && group.on == Intrinsic::Global && NOT_IN_CONTEXTS.contains(&row.name) {
                row.code().and_then(|code| numbers.take(code));
                continue;
            }
            self.scope(|cx| cx.make_row(realm, object, row, numbers))?;
        }
        Ok(())
    }

    fn row_key(&mut self, name: &str) -> JsResult<'s, Key<'s>> {
        match name.strip_prefix("@@") {
            Some(symbol) => {
                let pascal = symbol[..1].to_ascii_uppercase() + &symbol[1..];
                let Some(symbol) = WellKnownSymbol::from_name(&pascal) else {
                    return Err(self.bug("a builtin named by an unknown symbol"));
                };
                Ok(Key::Name(self.local(self.well_known(symbol))))
            }
            None => self.text_key(name),
        }
    }

    fn make_row(
        &mut self,
        realm: Local<'_, Realm>,
        object: Local<'_, Object>,
        row: &Row,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        let key = self.row_key(row.name)?;
        let value = match row.what {
            What::Function(_) => self.row_function(realm, row, numbers)?,
            What::Getter(_) | What::Setter(_) => {
                let getter = matches!(row.what, What::Getter(_));
                let function = self.row_function(realm, row, numbers)?;
                let mut desc = Descriptor {
                    enumerable: Some(false),
                    configurable: Some(row.attributes & info::CONFIGURABLE != 0),
                    ..Descriptor::default()
                };
                *(if getter { &mut desc.getter } else { &mut desc.setter }) = Some(function);
                self.define(object, key, &desc)?;
                return Ok(());
            }
            What::ThrowingGetter | What::ThrowingSetter => {
                let thrower = self.realm_value(realm, Intrinsic::ThrowTypeError);
                let getter = matches!(row.what, What::ThrowingGetter);
                let mut desc =
                    Descriptor { enumerable: Some(false), configurable: Some(true), ..Descriptor::default() };
                *(if getter { &mut desc.getter } else { &mut desc.setter }) = Some(thrower);
                self.define(object, key, &desc)?;
                return Ok(());
            }
            What::Alias(of) => {
                let of = self.row_key(of)?;
                match self.ordinary_own(object.get(self), of) {
                    crate::object::lookup::Own::Data(value, _) => value,
                    _ => return Err(self.bug("an alias of a builtin that is not there")),
                }
            }
            What::Object(intrinsic) => self.realm_value(realm, intrinsic),
            What::Undefined => self.undefined(),
            What::Number(number) => self.number(number),
            What::Text(text) => self.atom(text)?.any(),
            What::Symbol(name) => self.row_key(name)?.to_value(self)?,
        };
        self.put_own(object, key, value, row.attributes)
    }

    /// The function of a row: one that the realm keeps is made once.
    pub(super) fn row_function(
        &mut self,
        realm: Local<'_, Realm>,
        row: &Row,
        numbers: &mut Numbers,
    ) -> JsResult<'s, Local<'s>> {
        let code = row.code().expect("the row of a function");
        if let Some(intrinsic) = row.intrinsic {
            let kept = self.realm_value(realm, intrinsic);
            if kept.value(self).is_object() {
                numbers.take(code);
                return Ok(kept);
            }
            if let Some(template) = self.template_like(realm, intrinsic)? {
                numbers.take(code);
                let function = self.new_closure(template, None)?.any();
                self.set_intrinsic(realm, intrinsic, function.value(self));
                return Ok(function);
            }
        }
        let shown = match row.name.strip_prefix("@@") {
            Some(symbol) => format!("[Symbol.{symbol}]"),
            None => row.name.to_owned(),
        };
        let shown = match row.what {
            What::Getter(_) => format!("get {shown}"),
            What::Setter(_) => format!("set {shown}"),
            _ => shown,
        };
        let template = self.code_template(realm, code, &shown, numbers)?;
        let function = self.new_closure(template, None)?.any();
        if let Some(intrinsic) = row.intrinsic {
            self.set_intrinsic(realm, intrinsic, function.value(self));
        }
        Ok(function)
    }
}
