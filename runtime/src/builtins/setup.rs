//! Realm set-up: from the rows to objects.
//!
//! Order: the two prototypes that everything inherits from, objects without constructors, classes with their prototype
//! objects, properties, shapes that the engine uses often.

use tvm_bytecode::Verified;
use tvm_bytecode::data::{FunctionKind, WellKnownSymbol};

use super::table::{Class, Code, Group, Singleton, What};
use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::{Cx, Isolate, Local, Value, Zeal};
use crate::object::Key;
use crate::object::define::Descriptor;
use crate::object::function::{Entry, template_flag};
use crate::object::realm::Intrinsic;
use crate::object::shape::{ObjectLayout, info, shape_flag};
use crate::semantics::JsResult;
use crate::semantics::args::NativeFn;
use crate::semantics::natives::{self, Natives};

/// Native functions that are no rows: made by the engine at run time.
const LOOSE: &[NativeFn] = &[
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
    let number = realm.get(cx).number();
    let outer = cx.vm.setting_up.replace(number);
    let result = cx.scope(|cx| cx.fill_program(realm, &mut numbers));
    cx.vm.setting_up = outer;
    result
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
struct Numbers {
    next: u32,
}

impl Numbers {
    fn take(&mut self, code: Code) -> Option<u32> {
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
        self.heap.set_zeal(Zeal::None);
        let realm = self.make_realm(domain as i32);
        self.heap.set_zeal(zeal);
        let realms = self.root_cell::<List>(Root::Realms);
        realms.truncate(self, realms.length() as usize - 1);
        let realm = realm?;
        self.set_intrinsic(realm, Intrinsic::Creator, creator.value(self));
        let global = self.realm_value(realm, Intrinsic::Global).as_object(self).expect("the global object");
        for name in NOT_IN_CONTEXTS {
            let key = self.text_key(name)?;
            if let Some((place, _)) =
                key.name_ref(self).and_then(|name| global.get(self).shape(self).find(self, name))
            {
                self.delete_property(global, place)?;
            }
        }
        Ok(realm)
    }

    fn make_realm(&mut self, domain: i32) -> JsResult<'s, Local<'s, Realm>> {
        let number = self.root_cell::<List>(Root::Realms).length();
        let realm = self.alloc_realm(number)?;
        let realms = self.root_cell::<List>(Root::Realms).root(self);
        self.list_push(realms, realm.any())?;
        self.set_intrinsic(realm, Intrinsic::Domain, Value::int(domain));
        // Functions that set-up itself calls for find the new realm as the running one.
        let outer = self.vm.setting_up.replace(number);
        let result = self.scope(|cx| cx.fill_realm(realm));
        self.vm.setting_up = outer;
        result?;
        Ok(realm)
    }

    fn fill_realm(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let functions = self.vm.units[0].list(0).len();
        let library = self.new_tuple(functions)?;
        self.set_intrinsic(realm, Intrinsic::Library, library.value(self));
        let mut numbers = Numbers { next: LOOSE.len() as u32 };
        self.make_first_objects(realm)?;
        for plain in super::objects() {
            self.scope(|cx| cx.make_plain(realm, plain))?;
        }
        for class in super::classes() {
            self.scope(|cx| cx.make_class(realm, class, &mut numbers))?;
        }
        for group in super::groups() {
            self.scope(|cx| cx.make_group(realm, group, &mut numbers))?;
        }
        super::array::define_unscopables(self, realm)?;
        self.make_shapes(realm)
    }

    fn fill_program(&mut self, realm: Local<'_, Realm>, numbers: &mut Numbers) -> JsResult<'s, ()> {
        for plain in super::program::objects() {
            self.scope(|cx| cx.make_plain(realm, plain))?;
        }
        for class in super::program::classes() {
            self.scope(|cx| cx.make_class(realm, class, numbers))?;
        }
        for group in super::program::groups() {
            self.scope(|cx| cx.make_group(realm, group, numbers))?;
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
        let global = self.new_kind_with(kind::Plain, 0, object_prototype.any())?;
        self.set_intrinsic(realm, Intrinsic::Global, global.value(self));
        self.set_intrinsic(realm, Intrinsic::GlobalThis, global.value(self));
        let lexicals = self.new_kind_with(kind::Plain, 0, null)?;
        self.set_intrinsic(realm, Intrinsic::Lexicals, lexicals.value(self));
        let thrower = self.native_template(realm, loose::THROW_TYPE_ERROR, "", 0)?;
        let thrower = self.new_closure(thrower, None)?;
        self.materialize(thrower.into())?;
        self.set_integrity(thrower.into(), true)?;
        self.set_intrinsic(realm, Intrinsic::ThrowTypeError, thrower.value(self));
        let key = self.key(Name::globalThis);
        self.put_own(global, key, global.any(), info::METHOD)
    }

    fn realm_value(&self, realm: Local<'_, Realm>, intrinsic: Intrinsic) -> Local<'s> {
        realm.get(self).intrinsic(self, intrinsic).root(self)
    }

    fn make_plain(&mut self, realm: Local<'_, Realm>, plain: &Singleton) -> JsResult<'s, ()> {
        let parent = self.realm_value(realm, plain.parent);
        let object = self.new_guarded(realm, kind::Plain, parent)?;
        self.set_intrinsic(realm, plain.on, object.value(self));
        if let Some(name) = plain.global {
            self.define_global_object(realm, name, object.any())?;
        }
        Ok(())
    }

    fn define_global_object(
        &mut self,
        realm: Local<'_, Realm>,
        name: &str,
        value: Local<'_>,
    ) -> JsResult<'s, ()> {
        let global = self.realm_value(realm, Intrinsic::Global).as_object(self).expect("the global object");
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
    fn code_template(
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

    fn make_class(
        &mut self,
        realm: Local<'_, Realm>,
        class: &Class,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        let template = self.code_template(realm, class.code, class.name, numbers)?;
        let native = class.code.native.is_some();
        let cell = template.get(self);
        let flags = template_flag::CONSTRUCTOR
            | if native { template_flag::NATIVE_CONSTRUCTOR } else { template_flag::DERIVED };
        cell.set_flags(cell.flags() | flags);
        let parent = self.realm_value(realm, class.parent);
        let layout = ObjectLayout { kind: kind::Function, inline: 0 };
        let shape = self.root_shape(parent, layout, shape_flag::LAZY_FUNCTION)?;
        template.get(self).set_shape(self, Some(shape.get(self)));
        let constructor = self.new_closure(template, None)?;
        self.set_intrinsic(realm, class.constructor, constructor.value(self));
        self.materialize(constructor.into())?;
        if class.prototype != class.constructor {
            let prototype = self.class_prototype(realm, class)?;
            let key = self.key(Name::prototype);
            self.put_own(constructor.into(), key, prototype.any(), 0)?;
            let key = self.key(Name::constructor);
            // The accessor of %Iterator.prototype% takes the place of its constructor property.
            if class.constructor != Intrinsic::Iterator {
                let attributes = class.constructor_attributes;
                self.put_own(prototype, key, constructor.any(), attributes)?;
            }
        }
        if class.global {
            self.define_global_object(realm, class.name, constructor.any())?;
        }
        Ok(())
    }

    /// A class's prototype object: one that exists already, or a new one of its kind.
    fn class_prototype(&mut self, realm: Local<'_, Realm>, class: &Class) -> JsResult<'s, Local<'s, Object>> {
        if let Some(known) = self.realm_value(realm, class.prototype).as_object(self) {
            return Ok(known);
        }
        let parent = self.realm_value(realm, class.prototype_parent);
        let object = self.new_guarded(realm, class.prototype_kind, parent)?;
        if let Some(wrapper) = object.get(self).cast::<Wrapper>() {
            let primitive = match class.prototype {
                Intrinsic::StringPrototype => self.name(Name::empty),
                Intrinsic::NumberPrototype => Value::int(0),
                _ => Value::FALSE,
            };
            wrapper.set_primitive(self, primitive);
        }
        self.set_intrinsic(realm, class.prototype, object.value(self));
        Ok(object)
    }

    fn make_group(
        &mut self,
        realm: Local<'_, Realm>,
        group: &Group,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        let on = self.realm_value(realm, group.on).as_object(self);
        let Some(object) = on else {
            return Err(self.bug("a group of builtins on an object that was not made"));
        };
        self.materialize(object)?;
        if group.rows.len() > 2 && !object.get(self).shape(self).is_flagged(shape_flag::UNIQUE) {
            // It grows in place then.
            self.replace_shape(object, 0, 0)?;
        }
        for row in group.rows {
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
        row: &super::table::Row,
        numbers: &mut Numbers,
    ) -> JsResult<'s, ()> {
        let key = self.row_key(row.name)?;
        let shown = match row.name.strip_prefix("@@") {
            Some(symbol) => format!("[Symbol.{symbol}]"),
            None => row.name.to_owned(),
        };
        let value = match row.what {
            What::Function(code) => {
                let template = self.code_template(realm, code, &shown, numbers)?;
                self.new_closure(template, None)?.any()
            }
            What::Getter(code) | What::Setter(code) => {
                let getter = matches!(row.what, What::Getter(_));
                let name = format!("{} {shown}", if getter { "get" } else { "set" });
                let template = self.code_template(realm, code, &name, numbers)?;
                let function = self.new_closure(template, None)?.any();
                let mut desc = Descriptor {
                    enumerable: Some(false),
                    configurable: Some(row.attributes & info::CONFIGURABLE != 0),
                    ..Descriptor::default()
                };
                *(if getter { &mut desc.getter } else { &mut desc.setter }) = Some(function);
                self.define(object, key, &desc)?;
                if let Some(intrinsic) = row.intrinsic {
                    self.set_intrinsic(realm, intrinsic, function.value(self));
                }
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
        if let Some(intrinsic) = row.intrinsic {
            self.set_intrinsic(realm, intrinsic, value.value(self));
        }
        self.put_own(object, key, value, row.attributes)
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
