//! Realm set-up: from the rows to objects.
//!
//! Order: the two prototypes that everything inherits from, objects without constructors, classes with their prototype
//! objects, functions that the engine compares with, shapes that it uses often. Properties come later, object by object:
//! `properties.rs`.

use tvm_bytecode::Verified;
use tvm_bytecode::data::FunctionKind;

use super::properties;
use super::recipe::{KEPT, Kept};
use super::table::{Class, Code, Group, Singleton};
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::{Cx, Isolate, Local, Value, Zeal};
use crate::object::function::{Entry, template_flag};
use crate::object::lazy;
use crate::object::realm::Intrinsic;
use crate::object::shape::{ObjectLayout, info, shape_flag};
use crate::semantics::JsResult;
use crate::semantics::args::NativeFn;
use crate::semantics::natives::{self, Natives};

/// Native functions that are no rows: made by the engine at run time.
pub(super) const LOOSE: &[NativeFn] = &[
    super::function::empty,
    super::function::throw_type_error,
    super::proxy::revoke,
    super::test262::print,
    super::test262::create_realm,
    super::test262::eval_script,
    super::test262::detach_array_buffer,
    super::test262::gc,
    super::test262::html_dda,
    super::test262::agent,
    super::contexts::guarded_constructor,
    super::contexts::set_guarded_constructor,
    super::contexts::blocked,
    super::embedding::host_function,
];

/// First slot of the stack that is used.
const BASE_TOP: u32 = 8;

/// Numbers of the loose native functions.
pub mod loose {
    /// %Function.prototype%.
    pub const EMPTY: u32 = 0;
    /// %ThrowTypeError%.
    pub const THROW_TYPE_ERROR: u32 = 1;
    /// What `Proxy.revocable` returns.
    pub const REVOKE: u32 = 2;
    /// First function of the conformance suite's host.
    pub const TEST262: u32 = 3;
    /// The accessor that %Function.prototype% and its kin have for `constructor` once there are contexts.
    pub const GUARDED_CONSTRUCTOR: u32 = 10;
    /// Its setter.
    pub const SET_GUARDED_CONSTRUCTOR: u32 = 11;
    /// %Function% in front of less trusted code.
    pub const BLOCKED: u32 = 12;
    /// A function of the embedder's.
    pub const HOST_FUNCTION: u32 = 13;
}

/// All native functions, in the order of their numbers: loose ones, classes, rows of groups.
fn all_natives() -> Vec<NativeFn> {
    let classes = super::classes().flat_map(|class| class.code.native);
    let rows = super::groups()
        .flat_map(|group| group.rows)
        .filter_map(|row| row.code())
        .filter_map(|code| code.native);
    let later_classes = super::program::classes().flat_map(|class| class.code.native);
    let later = super::program::groups()
        .flat_map(|group| group.rows)
        .filter_map(|row| row.code())
        .filter_map(|code| code.native);
    LOOSE.iter().copied().chain(classes).chain(rows).chain(later_classes).chain(later).collect()
}

/// Installs the tables of native functions, once for the process.
pub fn install_natives() {
    lazy::install(properties::make);
    natives::install(|| Natives {
        builtins: all_natives(),
        intrinsics: super::intrinsics::INTRINSICS,
        intrinsic_names: super::intrinsics::INTRINSIC_NAMES,
        names: native_names,
    });
}

/// Names of the native functions in the order of their numbers: part of a snapshot's format.
pub fn native_names() -> Vec<String> {
    let mut names: Vec<String> = (0..LOOSE.len()).map(|i| format!("loose {i}")).collect();
    push_names(&mut names, super::classes(), super::groups());
    push_names(&mut names, super::program::classes(), super::program::groups());
    names
}

fn push_names(
    names: &mut Vec<String>,
    classes: impl Iterator<Item = &'static Class>,
    groups: impl Iterator<Item = &'static Group>,
) {
    names.extend(classes.filter(|class| class.code.native.is_some()).map(|class| class.name.to_owned()));
    for group in groups {
        let rows = group.rows.iter().filter(|row| row.code().is_some_and(|code| code.native.is_some()));
        names.extend(rows.map(|row| format!("{:?}.{}", group.on, row.name)));
    }
}

/// Makes the objects and properties of [`super::program`] in a realm that is set up otherwise.
pub(super) fn install<'s>(cx: &mut Cx<'s>, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
    let classes = super::classes().filter(|class| class.code.native.is_some()).count();
    let rows = super::groups()
        .flat_map(|group| group.rows)
        .filter(|row| row.code().is_some_and(|code| code.native.is_some()));
    let mut numbers = Numbers { next: (LOOSE.len() + classes + rows.count()) as u32 };
    cx.setting_up(realm, |cx| cx.fill_program(realm, &mut numbers))
}

impl Isolate {
    /// Makes everything that an isolate needs before it runs code: roots, names, symbols, the library, a first realm.
    pub fn set_up(&mut self, library: Verified) -> Result<(), Exit> {
        install_natives();
        self.vm.units.push(library);
        // Slot 0 is never a frame.
        self.vm.base_top = BASE_TOP;
        self.heap.set_top(BASE_TOP);
        self.make_roots()?;
        self.enter(|cx| cx.make_well_known())?;
        self.enter(|cx| cx.new_realm().map(drop))
    }
}

/// Native functions are numbered in the order in which set-up comes to them.
pub(super) struct Numbers {
    /// The next one.
    pub next: u32,
}

impl Numbers {
    pub fn take(&mut self, code: Code) -> Option<u32> {
        code.native.map(|_| {
            self.next += 1;
            self.next - 1
        })
    }
}

impl<'s> Cx<'s> {
    /// Fills the isolate's roots.
    fn make_well_known(&mut self) -> Result<(), Exit> {
        for root in Root::ALL {
            self.set_root(*root, Value::UNDEFINED);
        }
        self.make_atom_table()?;
        let empty = self.alloc_old::<Elements>(kind::Elements, Elements::BYTES)?;
        self.set_root(Root::EmptyElements, empty.value(self));
        for (i, text) in Name::TEXTS.iter().enumerate() {
            self.scope(|cx| {
                let atom = cx.atom(text)?;
                cx.set_name(i, atom.value(cx));
                Ok(())
            })?;
        }
        let characters = self.new_tuple(256)?;
        for byte in 0..=255u8 {
            self.scope(|cx| {
                let atom = cx.atom_of(crate::object::string::Chars::Latin1(&[byte]))?;
                characters.get(cx).put(cx, usize::from(byte), atom.value(cx));
                Ok(())
            })?;
        }
        self.set_root(Root::Characters, characters.value(self));
        self.make_symbols()?;
        for list in [
            Root::NullShapes,
            Root::Realms,
            Root::Jobs,
            Root::Ticks,
            Root::Tasks,
            Root::Timers,
            Root::KeptAlive,
            Root::Finalize,
            Root::Registries,
            Root::Rejections,
            Root::Units,
            Root::Host,
        ] {
            let value = self.new_list()?;
            self.set_root(list, value.value(self));
        }
        for map in [Root::SymbolRegistry, Root::Modules] {
            let value = self.new_map_table()?;
            self.set_root(map, value.value(self));
        }
        Ok(())
    }

    /// A new realm with all builtins, in the domain of the running one.
    pub fn new_realm(&mut self) -> JsResult<'s, Local<'s, Realm>> {
        let domain = match self.root_cell::<List>(Root::Realms).length() {
            0 => 0,
            _ => self.realm().intrinsic(self, Intrinsic::Domain).as_int().unwrap_or(0),
        };
        let realm = self.make_realm(domain)?;
        Ok(realm)
    }

    /// A new realm that is trusted less than the one that makes it. Nothing holds it but what it is used for.
    pub fn new_context(&mut self, creator: Local<'_, Realm>) -> JsResult<'s, Local<'s, Realm>> {
        self.vm.contexts = true;
        let domain = self.vm.next_domain;
        self.vm.next_domain += 1;
        // As with the first realm, what is hostile in tests begins behind the set-up.
        let zeal = self.heap.zeal();
        let count = self.root_cell::<List>(Root::Realms).length() as usize;
        self.heap.set_zeal(Zeal::None);
        let realm = self.make_realm(domain as i32);
        self.heap.set_zeal(zeal);
        self.root_cell::<List>(Root::Realms).truncate(self, count);
        let realm = realm?;
        self.set_intrinsic(realm, Intrinsic::Creator, creator.value(self));
        Ok(realm)
    }

    fn make_realm(&mut self, domain: i32) -> JsResult<'s, Local<'s, Realm>> {
        let number = self.root_cell::<List>(Root::Realms).length();
        let realm = self.alloc_realm(number)?;
        let realms = self.root_cell::<List>(Root::Realms).root(self);
        self.list_push(realms, realm.any())?;
        self.set_intrinsic(realm, Intrinsic::Domain, Value::int(domain));
        self.setting_up(realm, |cx| cx.fill_realm(realm))?;
        Ok(realm)
    }

    /// Does `f` so that functions which it calls find `realm` as the running one.
    pub(super) fn setting_up(
        &mut self,
        realm: Local<'_, Realm>,
        f: impl for<'i> FnOnce(&mut Cx<'i>) -> JsResult<'i, ()>,
    ) -> JsResult<'s, ()> {
        let realms = self.root_cell::<List>(Root::Realms).root(self);
        let count = realms.get(self).length() as usize;
        let known = (0..count).rev().find(|&i| realms.get(self).item(self, i) == realm.value(self));
        if known.is_none() {
            self.list_push(realms, realm.any())?;
        }
        let outer = self.vm.setting_up.replace(known.unwrap_or(count) as u32);
        let result = self.scope(f);
        self.vm.setting_up = outer;
        if known.is_none() {
            realms.get(self).truncate(self, count);
        }
        result
    }

    fn fill_realm(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let mut numbers = Numbers { next: LOOSE.len() as u32 };
        self.make_first_objects(realm)?;
        for plain in super::objects() {
            self.scope(|cx| cx.make_plain(realm, plain))?;
        }
        for class in super::classes() {
            self.scope(|cx| cx.make_class(realm, class, &mut numbers))?;
        }
        for &Kept { row, number } in KEPT.iter() {
            self.scope(|cx| cx.row_function(realm, row, &mut Numbers { next: number }).map(drop))?;
        }
        for first in [Intrinsic::ObjectPrototype, Intrinsic::FunctionPrototype] {
            let object = self.realm_value(realm, first).as_object(self).expect("made above");
            self.scope(|cx| cx.make_rows(realm, object, first))?;
        }
        self.make_shapes(realm)
    }

    /// Makes all that a realm makes when it is asked for first.
    pub fn make_everything(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        self.library_of(realm)?;
        for &intrinsic in Intrinsic::ALL {
            self.make_intrinsic(realm, intrinsic)?;
        }
        Ok(())
    }

    fn fill_program(&mut self, realm: Local<'_, Realm>, numbers: &mut Numbers) -> JsResult<'s, ()> {
        for plain in super::program::objects() {
            self.scope(|cx| {
                cx.make_plain(realm, plain)?;
                cx.define_global(realm, plain.global, plain.on)
            })?;
        }
        for class in super::program::classes() {
            self.scope(|cx| {
                cx.make_class(realm, class, numbers)?;
                cx.define_global(realm, class.global.then_some(class.name), class.constructor)
            })?;
        }
        for group in super::program::groups() {
            self.scope(|cx| {
                let Some(object) = cx.realm_value(realm, group.on).as_object(cx) else {
                    return Err(cx.bug("a group of builtins on an object that was not made"));
                };
                cx.make_own(object)?;
                cx.make_group(realm, object, group, numbers)
            })?;
        }
        Ok(())
    }

    /// %Object.prototype%, %Function.prototype%, the global object.
    fn make_first_objects(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let null = self.local(Value::NULL);
        let object_prototype = self.new_kind_with(kind::Plain, 0, null)?;
        self.replace_shape(object_prototype, shape_flag::IMMUTABLE_PROTOTYPE | shape_flag::GUARDED, 0)?;
        object_prototype.get(self).shape(self).set_owner(self, Some(realm.get(self)));
        self.set_intrinsic(realm, Intrinsic::ObjectPrototype, object_prototype.value(self));
        let layout = ObjectLayout { kind: kind::Function, inline: 0 };
        let shape = self.root_shape(object_prototype.any(), layout, shape_flag::LAZY_FUNCTION)?;
        let template = self.native_template(realm, loose::EMPTY, "", 0)?;
        template.get(self).set_shape(self, Some(shape.get(self)));
        let function_prototype = self.new_closure(template, None)?;
        self.set_intrinsic(realm, Intrinsic::FunctionPrototype, function_prototype.value(self));
        let global = self.new_unmade(realm, kind::Plain, object_prototype.any(), 0)?;
        self.set_intrinsic(realm, Intrinsic::Global, global.value(self));
        self.set_intrinsic(realm, Intrinsic::GlobalThis, global.value(self));
        let lexicals = self.new_kind_with(kind::Plain, 0, null)?;
        self.set_intrinsic(realm, Intrinsic::Lexicals, lexicals.value(self));
        let thrower = self.native_template(realm, loose::THROW_TYPE_ERROR, "", 0)?;
        let thrower = self.new_closure(thrower, None)?;
        self.materialize(thrower.into())?;
        self.set_integrity(thrower.into(), true)?;
        self.set_intrinsic(realm, Intrinsic::ThrowTypeError, thrower.value(self));
        Ok(())
    }

    pub(super) fn realm_value(&self, realm: Local<'_, Realm>, intrinsic: Intrinsic) -> Local<'s> {
        realm.get(self).intrinsic(self, intrinsic).root(self)
    }

    fn make_plain(&mut self, realm: Local<'_, Realm>, plain: &Singleton) -> JsResult<'s, ()> {
        let parent = self.realm_value(realm, plain.parent);
        let object = self.new_unmade(realm, kind::Plain, parent, shape_flag::GUARDED)?;
        self.set_intrinsic(realm, plain.on, object.value(self));
        Ok(())
    }

    /// Makes an intrinsic a property of the global object, where it has a name there.
    fn define_global(
        &mut self,
        realm: Local<'_, Realm>,
        name: Option<&str>,
        value: Intrinsic,
    ) -> JsResult<'s, ()> {
        let Some(name) = name else { return Ok(()) };
        let global = self.realm_value(realm, Intrinsic::Global).as_object(self).expect("the global object");
        let value = self.realm_value(realm, value);
        let key = self.text_key(name)?;
        self.put_own(global, key, value, info::METHOD)
    }

    /// A template for a native function.
    pub(crate) fn native_template(
        &mut self,
        realm: Local<'_, Realm>,
        number: u32,
        name: &str,
        length: u8,
    ) -> JsResult<'s, Local<'s, Template>> {
        let template = self.alloc_old::<Template>(kind::Template, Template::BYTES)?;
        let name = self.atom(name)?;
        let cell = template.get(self);
        cell.set_kind_and_entry(FunctionKind::Method, Entry::Native);
        cell.set_flags(template_flag::STRICT | template_flag::NO_SOURCE);
        cell.set_code(number);
        cell.set_realm(self, realm.get(self));
        cell.set_name(self, name.value(self));
        cell.set_length(u32::from(length));
        cell.set_module(self, Value::UNDEFINED);
        Ok(template)
    }

    /// A template for a row's or class's code.
    pub(super) fn code_template(
        &mut self,
        realm: Local<'_, Realm>,
        code: Code,
        name: &str,
        numbers: &mut Numbers,
    ) -> JsResult<'s, Local<'s, Template>> {
        if let Some(number) = numbers.take(code) {
            let template = self.native_template(realm, number, name, code.length)?;
            template.get(self).set_fallback(code.library);
            return Ok(template);
        }
        let function = self.vm.units[0].list_entry(0, code.library - 1).expect("a library function");
        let template = self.new_template(0, function, realm)?;
        let name = self.atom(name)?;
        let cell = template.get(self);
        cell.set_name(self, name.value(self));
        cell.set_length(u32::from(code.length));
        cell.set_flags(cell.flags() | template_flag::NO_SOURCE);
        Ok(template)
    }

    /// A template for a function that the first realm keeps too, and which tells all but the realm; none where this is
    /// the first.
    pub(super) fn template_like(
        &mut self,
        realm: Local<'_, Realm>,
        which: Intrinsic,
    ) -> JsResult<'s, Option<Local<'s, Template>>> {
        let Some(function) = self.first_realm().intrinsic(self, which).cast::<Function>(self) else {
            return Ok(None);
        };
        let known = function.template(self).root(self);
        let template = self.alloc_old::<Template>(kind::Template, Template::BYTES)?;
        let (from, to) = (known.get(self), template.get(self));
        let native = from.entry() == Entry::Native;
        to.set_kind_and_entry(from.function_kind(), if native { Entry::Native } else { Entry::Unlinked });
        to.set_flags(from.flags());
        to.set_code(if native { from.code() } else { 0 });
        to.set_registers(from.registers());
        to.set_params(from.params());
        to.set_unit(from.unit());
        to.set_function(from.function());
        to.set_length(from.length());
        to.set_inline_hint(from.inline_hint());
        to.set_fallback(from.fallback());
        to.set_name(self, from.name());
        to.set_module(self, Value::UNDEFINED);
        to.set_realm(self, realm.get(self));
        Ok(Some(template))
    }

    fn make_class(
        &mut self,
        realm: Local<'_, Realm>,
        class: &Class,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        let template = match self.template_like(realm, class.constructor)? {
            Some(template) => {
                numbers.take(class.code);
                template
            }
            None => self.code_template(realm, class.code, class.name, numbers)?,
        };
        let native = class.code.native.is_some();
        let cell = template.get(self);
        let flags = template_flag::CONSTRUCTOR
            | if native { template_flag::NATIVE_CONSTRUCTOR } else { template_flag::DERIVED };
        cell.set_flags(cell.flags() | flags);
        let parent = self.realm_value(realm, class.parent);
        let shape = self.unmade_shape(realm, kind::Function, parent, 0)?;
        template.get(self).set_shape(self, Some(shape.get(self)));
        let constructor = self.new_closure(template, None)?;
        self.set_intrinsic(realm, class.constructor, constructor.value(self));
        if class.prototype != class.constructor { self.make_class_prototype(realm, class) } else { Ok(()) }
    }

    /// A class's prototype object, where it does not exist already.
    fn make_class_prototype(&mut self, realm: Local<'_, Realm>, class: &Class) -> JsResult<'s, ()> {
        if self.realm_value(realm, class.prototype).value(self).is_object() {
            return Ok(());
        }
        let parent = self.realm_value(realm, class.prototype_parent);
        let object = self.new_unmade(realm, class.prototype_kind, parent, shape_flag::GUARDED)?;
        if let Some(wrapper) = object.get(self).cast::<Wrapper>() {
            let primitive = match class.prototype {
                Intrinsic::StringPrototype => self.name(Name::empty),
                Intrinsic::NumberPrototype => Value::int(0),
                _ => Value::FALSE,
            };
            wrapper.set_primitive(self, primitive);
        }
        self.set_intrinsic(realm, class.prototype, object.value(self));
        Ok(())
    }

    /// An object that less trusted code cannot change.
    pub(super) fn new_guarded(
        &mut self,
        realm: Local<'_, Realm>,
        kind: u8,
        proto: Local<'_>,
    ) -> JsResult<'s, Local<'s, Object>> {
        if let Some(proto) = proto.as_object(self) {
            self.make_prototype(proto)?;
        }
        let layout = ObjectLayout { kind, inline: 0 };
        let shape = self.new_unique_shape(layout, proto, shape_flag::GUARDED)?;
        shape.get(self).set_owner(self, Some(realm.get(self)));
        self.alloc_object(shape)
    }

    /// Shapes that the engine uses often.
    fn make_shapes(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let object = self.realm_value(realm, Intrinsic::ObjectPrototype);
        let plain = self.root_shape(object, ObjectLayout { kind: kind::Plain, inline: 4 }, 0)?;
        self.set_intrinsic(realm, Intrinsic::PlainShape, plain.value(self));
        let array = self.realm_value(realm, Intrinsic::ArrayPrototype);
        let shape = self.root_shape(array, ObjectLayout { kind: kind::Array, inline: 0 }, 0)?;
        self.set_intrinsic(realm, Intrinsic::ArrayShape, shape.value(self));
        let result = self.new_kind_with(kind::Plain, 2, object)?;
        let undefined = self.undefined();
        for name in [Name::value, Name::done] {
            let name = self.local(self.name(name));
            self.add_property(result, name, undefined, info::DEFAULT)?;
        }
        let shape = result.get(self).shape(self).root(self);
        self.set_intrinsic(realm, Intrinsic::IterResultShape, shape.value(self));
        // What caches name as the holder of properties that nobody has. No program sees it.
        let absent = self.new_kind_with(kind::Plain, 1, object)?;
        self.set_intrinsic(realm, Intrinsic::Absent, absent.value(self));
        // Slots in the order in which matches are filled (22.2.7.2).
        let matched = self.root_shape(array, ObjectLayout { kind: kind::Array, inline: 3 }, 0)?;
        let matched = self.alloc_object(matched)?;
        for name in [Name::index, Name::input, Name::groups] {
            let name = self.local(self.name(name));
            self.add_property(matched, name, undefined, info::DEFAULT)?;
        }
        let shape = matched.get(self).shape(self).root(self);
        self.set_intrinsic(realm, Intrinsic::MatchShape, shape.value(self));
        Ok(())
    }
}
