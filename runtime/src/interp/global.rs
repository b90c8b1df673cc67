//! Global names: a script's lexical bindings first, then properties of the global object.
//!
//! Lexical bindings are properties of an object of the realm that no guest sees: holes while uninitialised, constants
//! not writable. Caches hold the holder's shape and the place; one of the global object also holds the validity of
//! there being no lexical binding of the name.

use tvm_bytecode::data::{ErrorKind, GlobalKind};

use crate::base::exit::Exit;
use crate::heap::cells::*;
use crate::heap::{Cx, Gc, Local, Value};
use crate::library::lib;
use crate::object::Key;
use crate::object::lookup::{Found, Own};
use crate::object::realm::Intrinsic;
use crate::object::shape::{info, shape_flag};
use crate::object::store::Stored;
use crate::semantics::JsResult;

impl<'s> Cx<'s> {
    fn lexicals(&self) -> Local<'s, Object> {
        self.intrinsic_object(Intrinsic::Lexicals)
    }

    fn global(&self) -> Local<'s, Object> {
        self.intrinsic_object(Intrinsic::Global)
    }

    /// The object that declarations are made on: behind what a context puts in front of it.
    fn declared_on(&self) -> Local<'s, Object> {
        let global = self.global();
        match self.context_global(global) {
            Some(proxy) => proxy.target().as_object(self).expect("a context's global object").root(self),
            None => global,
        }
    }

    /// A global object that is one of a context's.
    fn context_global(&self, global: Local<'_, Object>) -> Option<Gc<'_, Proxy>> {
        global.get(self).cast::<Proxy>().filter(|proxy| proxy.context() != 0)
    }

    /// `GetGlobal` where the global object is that of a context, as `library/context.js` says; here without running
    /// code, as far as that goes.
    fn get_context_global(
        &mut self,
        global: Local<'s, Object>,
        key: Key<'s>,
        missing_ok: bool,
    ) -> JsResult<'s> {
        let proxy = global.get(self).cast::<Proxy>().expect("the caller checked");
        let objects = [proxy.handler(), proxy.target()].map(|object| object.root(self).as_object(self));
        let [Some(sandbox), Some(inner)] = objects else { return Err(self.bug("a context's objects")) };
        for object in [sandbox, inner] {
            match self.find(object, key)? {
                Found::Value(value) if value.value(self) == sandbox.value(self) => return Ok(global.any()),
                Found::Value(value) => return Ok(value),
                Found::Missing => {}
                Found::Getter(getter) => {
                    let receiver = if object.value(self) == inner.value(self) { global } else { object };
                    return self.call_getter(getter, receiver.any());
                }
                Found::Proxy(_) | Found::Uninitialized => {
                    let key = key.to_value(self)?;
                    let missing_ok = self.boolean(missing_ok);
                    return Err(self.call_library(lib::contextGetGlobal, &[global.any(), key, missing_ok]));
                }
            }
        }
        if missing_ok { Ok(self.undefined()) } else { Err(self.not_defined(key)) }
    }

    fn not_defined(&mut self, key: Key<'_>) -> Exit {
        let name = key.describe(self);
        self.throw(ErrorKind::ReferenceError, &format!("{name} is not defined"))
    }

    /// `GetGlobal`; `missing_ok` for `typeof`.
    pub(super) fn get_global(&mut self, name: i32, missing_ok: bool) -> JsResult<'s> {
        let key = self.constant_key(name);
        let lexicals = self.lexicals();
        if let Own::Data(value, _) = self.ordinary_own(lexicals.get(self), key) {
            if value.value(self).is_hole() {
                return Err(self.in_dead_zone(key));
            }
            return Ok(value);
        }
        let global = self.global();
        if self.context_global(global).is_some() {
            return self.get_context_global(global, key, missing_ok);
        }
        match self.find(global, key)? {
            Found::Value(value) => Ok(value),
            Found::Missing if missing_ok => Ok(self.undefined()),
            Found::Missing => Err(self.not_defined(key)),
            Found::Getter(getter) => self.call_getter(getter, global.any()),
            Found::Proxy(_) => {
                let key = key.to_value(self)?;
                let missing_ok = self.boolean(missing_ok);
                Err(self.call_library(lib::getGlobalSlow, &[global.any(), key, missing_ok]))
            }
            Found::Uninitialized => Err(self.in_dead_zone(key)),
        }
    }

    /// Throws that a binding is used before its initialisation.
    pub(super) fn in_dead_zone(&mut self, key: Key<'_>) -> Exit {
        let name = key.describe(self);
        self.throw(ErrorKind::ReferenceError, &format!("Cannot access '{name}' before initialization"))
    }

    /// Whether a script declared a name by `let`, `const` or `class`.
    fn has_lexical(&mut self, key: Key<'_>) -> bool {
        let lexicals = self.lexicals();
        !matches!(self.ordinary_own(lexicals.get(self), key), Own::None)
    }

    /// `HasGlobal`.
    pub(super) fn has_global(&mut self, name: i32) -> JsResult<'s> {
        let key = self.constant_key(name);
        if self.has_lexical(key) {
            return Ok(self.boolean(true));
        }
        let global = self.global();
        self.has_property(global, key)
    }

    /// `SetGlobal`.
    pub(super) fn set_global(&mut self, name: i32, value: Local<'s>) -> JsResult<'s, ()> {
        let key = self.constant_key(name);
        let lexicals = self.lexicals();
        if let Own::Data(old, attributes) = self.ordinary_own(lexicals.get(self), key) {
            if old.value(self).is_hole() {
                return Err(self.in_dead_zone(key));
            }
            if attributes & info::WRITABLE == 0 {
                return Err(self.type_error("Assignment to constant variable."));
            }
            return self.put_own(lexicals, key, value, attributes);
        }
        let global = self.global();
        if self.context_global(global).is_some() {
            let strict = self.boolean(self.is_strict());
            let key = key.to_value(self)?;
            return Err(self.call_library(lib::contextSetGlobal, &[global.any(), key, value, strict]));
        }
        if self.is_strict() {
            match self.find(global, key)? {
                Found::Missing => return Err(self.not_defined(key)),
                Found::Proxy(_) => {
                    let key = key.to_value(self)?;
                    return Err(self.call_library(lib::setGlobalStrict, &[global.any(), key, value]));
                }
                _ => {}
            }
        }
        match self.set(global, key, value, global.any())? {
            Stored::Refused(refusal) if self.is_strict() => Err(self.refused(refusal, key, global.any())),
            Stored::Done | Stored::Refused(_) => Ok(()),
            _ => self.put(global, key, value, global.any()),
        }
    }

    /// `InitGlobal`.
    pub(super) fn init_global(&mut self, name: i32, value: Local<'s>) -> JsResult<'s, ()> {
        let key = self.constant_key(name);
        let lexicals = self.lexicals();
        let found = key.name_ref(self).and_then(|name| lexicals.get(self).shape(self).find(self, name));
        match (key, found) {
            (_, Some((_, description))) => {
                lexicals.get(self).set_slot(self, description & info::SLOT, value.value(self));
                Ok(())
            }
            _ => self.put_own(lexicals, key, value, info::WRITABLE),
        }
    }

    /// `DeleteGlobal`.
    pub(super) fn delete_global(&mut self, name: i32) -> JsResult<'s> {
        let key = self.constant_key(name);
        if self.has_lexical(key) {
            return Ok(self.boolean(false));
        }
        let global = self.global();
        if self.context_global(global).is_some() {
            let key = key.to_value(self)?;
            return Err(self.call_library(lib::contextDelete, &[global.any(), key]));
        }
        let deleted = self.delete(global, key)?;
        Ok(self.boolean(deleted))
    }

    /// GlobalDeclarationInstantiation (16.1.7) and its counterpart for eval (19.2.1.3), without the functions' values.
    pub(super) fn declare_globals(&mut self, list: i32) -> JsResult<'s, ()> {
        use GlobalKind::*;
        let template = crate::frame::Frame(self.vm.frame).template(self).expect("a frame has a function");
        let unit = template.unit();
        let id = self.linked().at(self, list as usize).as_number().unwrap_or(0.0) as u32;
        let entries: Vec<u32> = self.vm.units[unit as usize].list(id).collect();
        self.each_global(unit, &entries, |cx, kind, key| cx.check_global(kind, key))?;
        self.each_global(unit, &entries, |cx, kind, key| match kind {
            Function | EvalFunction => cx.check_function(key),
            _ => Ok(()),
        })?;
        self.each_global(unit, &entries, |cx, kind, key| match kind {
            Var | EvalVar => cx.check_var(key),
            _ => Ok(()),
        })?;
        self.each_global(unit, &entries, |cx, kind, key| cx.create_global(kind, key))
    }

    /// Does `f` with each declaration of a list: pairs of kind and name.
    fn each_global(
        &mut self,
        unit: u32,
        entries: &[u32],
        f: impl for<'i> Fn(&mut Cx<'i>, GlobalKind, Key<'i>) -> JsResult<'i, ()>,
    ) -> JsResult<'s, ()> {
        for pair in entries.chunks_exact(2) {
            self.vm.spend(1)?;
            self.scope(|cx| {
                let atom = cx.unit_atom(unit, pair[1])?;
                let key = cx.atom_key(atom);
                f(cx, GlobalKind::from_u32(pair[0]).unwrap_or(GlobalKind::Var), key)
            })?;
        }
        Ok(())
    }

    fn redeclared(&mut self, key: Key<'_>) -> Exit {
        let name = key.describe(self);
        self.throw(ErrorKind::SyntaxError, &format!("Identifier '{name}' has already been declared"))
    }

    /// Errors that come before anything is created.
    fn check_global(&mut self, kind: GlobalKind, key: Key<'s>) -> JsResult<'s, ()> {
        let lexicals = self.lexicals();
        let is_lexical = !matches!(self.ordinary_own(lexicals.get(self), key), Own::None);
        let global = self.declared_on();
        match kind {
            _ if self.vm.redeclares => {}
            GlobalKind::Let | GlobalKind::Const => {
                if is_lexical {
                    return Err(self.redeclared(key));
                }
                let own = self.own(global, key)?;
                let restricted = match own {
                    Own::Data(_, attributes) | Own::Accessor(_, attributes) => {
                        attributes & info::CONFIGURABLE == 0
                    }
                    _ => false,
                };
                if restricted {
                    return Err(self.redeclared(key));
                }
            }
            GlobalKind::AnnexBFunction | GlobalKind::EvalAnnexBFunction => {}
            _ if is_lexical => return Err(self.redeclared(key)),
            _ => {}
        }
        Ok(())
    }

    /// CanDeclareGlobalFunction (9.1.1.4.16).
    fn check_function(&mut self, key: Key<'s>) -> JsResult<'s, ()> {
        let global = self.declared_on();
        let allowed = self.can_declare_function(global, key)?;
        if !allowed {
            let name = key.describe(self);
            return Err(self.type_error(&format!("Cannot redefine global function '{name}'")));
        }
        Ok(())
    }

    fn can_declare_function(&mut self, global: Local<'s, Object>, key: Key<'s>) -> JsResult<'s, bool> {
        Ok(match self.own(global, key)? {
            Own::None => self.is_extensible(global),
            Own::Data(_, attributes) => {
                let both = info::WRITABLE | info::ENUMERABLE;
                attributes & info::CONFIGURABLE != 0 || attributes & both == both
            }
            Own::Accessor(_, attributes) => attributes & info::CONFIGURABLE != 0,
            _ => false,
        })
    }

    /// CanDeclareGlobalVar (9.1.1.4.15).
    fn check_var(&mut self, key: Key<'s>) -> JsResult<'s, ()> {
        let global = self.declared_on();
        let exists = !matches!(self.own(global, key)?, Own::None);
        if !exists && !self.is_extensible(global) {
            let name = key.describe(self);
            return Err(
                self.type_error(&format!("Cannot define global variable '{name}', object is not extensible"))
            );
        }
        Ok(())
    }

    fn create_global(&mut self, kind: GlobalKind, key: Key<'s>) -> JsResult<'s, ()> {
        let (lexicals, global) = (self.lexicals(), self.declared_on());
        // Where names may be declared again, code that read the old binding must not see a dead zone.
        let hole = self.local(if self.vm.redeclares { Value::UNDEFINED } else { Value::HOLE });
        if self.vm.redeclares && !matches!(kind, GlobalKind::Let | GlobalKind::Const) {
            self.forget_lexical(key)?;
        }
        match kind {
            GlobalKind::Let => self.put_own(lexicals, key, hole, info::WRITABLE),
            GlobalKind::Const => self.put_own(lexicals, key, hole, 0),
            GlobalKind::Function | GlobalKind::EvalFunction => Ok(()),
            GlobalKind::Var
            | GlobalKind::EvalVar
            | GlobalKind::AnnexBFunction
            | GlobalKind::EvalAnnexBFunction => {
                let eval = matches!(kind, GlobalKind::EvalVar | GlobalKind::EvalAnnexBFunction);
                if matches!(kind, GlobalKind::AnnexBFunction | GlobalKind::EvalAnnexBFunction) {
                    let lexical = !matches!(self.ordinary_own(lexicals.get(self), key), Own::None);
                    if lexical || !self.can_declare_function(global, key)? {
                        return Ok(());
                    }
                }
                if matches!(self.own(global, key)?, Own::None) {
                    let undefined = self.undefined();
                    let deletable = if eval { info::CONFIGURABLE } else { 0 };
                    let attributes = info::WRITABLE | info::ENUMERABLE | deletable;
                    return self.put_own(global, key, undefined, attributes);
                }
                Ok(())
            }
        }
    }

    /// Removes a lexical binding: for the REPL, where the name is declared again as something else.
    fn forget_lexical(&mut self, key: Key<'s>) -> JsResult<'s, ()> {
        let lexicals = self.lexicals();
        match key.name_ref(self).and_then(|name| lexicals.get(self).shape(self).find(self, name)) {
            Some((index, _)) => self.delete_property(lexicals, index),
            None => Ok(()),
        }
    }

    /// CreateGlobalFunctionBinding (9.1.1.4.19).
    pub(super) fn define_global_function(
        &mut self,
        name: i32,
        value: Local<'s>,
        deletable: bool,
    ) -> JsResult<'s, ()> {
        let key = self.constant_key(name);
        let global = self.declared_on();
        let own = self.own(global, key)?;
        let keep = match own {
            Own::Data(_, attributes) | Own::Accessor(_, attributes) => attributes & info::CONFIGURABLE == 0,
            _ => false,
        };
        if keep {
            if let Own::Data(_, attributes) = own {
                self.put_own(global, key, value, attributes)?;
            }
            return self.declare_in_context(key, value);
        }
        let attributes = info::WRITABLE | info::ENUMERABLE | if deletable { info::CONFIGURABLE } else { 0 };
        self.put_own(global, key, value, attributes)?;
        self.declare_in_context(key, value)
    }

    /// A function that was declared reaches the object that a context was made of.
    fn declare_in_context(&mut self, key: Key<'s>, value: Local<'s>) -> JsResult<'s, ()> {
        let global = self.global();
        if self.context_global(global).is_none() {
            return Ok(());
        }
        let key = key.to_value(self)?;
        Err(self.call_library(lib::contextDeclare, &[global.any(), key, value]))
    }

    /// The cache words for a global name that was just read: holder's shape and place, holder, and the validity of
    /// there being no lexical binding (undefined where the holder is the lexicals' object).
    pub(super) fn record_global(&mut self, name: i32, slot: i32) -> JsResult<'s, ()> {
        let key = self.constant_key(name);
        if matches!(key, Key::Index(_)) {
            return Ok(());
        }
        let lexicals = self.lexicals();
        if let Some((_, description)) =
            key.name_ref(self).and_then(|n| lexicals.get(self).shape(self).find(self, n))
        {
            return self.record_global_in(lexicals, description, None, slot);
        }
        let global = self.global();
        let found = key.name_ref(self).and_then(|n| global.get(self).shape(self).find(self, n));
        let Some((_, description)) = found else { return Ok(()) };
        if description & info::ACCESSOR != 0 {
            return Ok(());
        }
        // A shape whose objects would inherit from the lexicals' object stands for "no lexical binding".
        let shape = lexicals.get(self).shape(self);
        if shape.is_flagged(shape_flag::DICTIONARY) {
            return Ok(());
        }
        let layout = crate::object::shape::ObjectLayout { kind: kind::Plain, inline: 0 };
        let below = self.root_shape(lexicals.any(), layout, 0)?;
        let validity = self.chain_validity(below)?;
        self.record_global_in(global, description, validity, slot)
    }

    fn record_global_in(
        &mut self,
        holder: Local<'s, Object>,
        description: u32,
        validity: Option<Local<'s, Validity>>,
        slot: i32,
    ) -> JsResult<'s, ()> {
        let cell = holder.get(self);
        let shape = cell.shape(self);
        if !shape.is_cacheable() {
            return Ok(());
        }
        let Some(place) = super::property::place_of(shape, description & info::SLOT) else { return Ok(()) };
        let writable = if description & info::WRITABLE != 0 { 0 } else { super::feedback::ELSEWHERE };
        let words = [
            super::property::word(shape.reference(self), place | writable),
            super::property::word(cell.reference(self), 0),
            validity.map_or(crate::heap::bits::UNDEFINED, |v| {
                super::property::word(v.get(self).reference(self), 0)
            }),
        ];
        for (i, word) in words.into_iter().enumerate() {
            self.set_feedback(slot, i, word);
        }
        Ok(())
    }
}
