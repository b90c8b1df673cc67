//! Names: entering and leaving scopes, finding bindings, reading and writing them.

use oxc_span::Span;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::core::Reg;
use super::{Function, Local, Unit};
use crate::scope::{BindingId, BindingKind, ScopeId as AstScope};

/// Where a name leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// A register of this function.
    Local(BindingId, Reg),
    /// A slot of a scope object.
    Slot { env: Reg, depth: u32, slot: u32, kind: SlotKind, binding: Option<BindingId> },
    /// A property of the global object or a script's lexical binding.
    Global,
    /// A member of the TypeScript enum whose body is `scope`.
    EnumMember(AstScope),
    /// A property of a TypeScript namespace's object.
    NamespaceExport(AstScope),
}

/// An object that may bind a name at run time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dynamic {
    is_with: bool,
    env: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Register(Reg),
    Slot { env: Reg, depth: u32, slot: u32 },
}

/// A name's target, and the objects to ask before it, innermost first.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub dynamic: Vec<Dynamic>,
    pub target: Target,
}

/// What was found out about a name before the value to assign was computed.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Whether each dynamic object binds it.
    dynamic: Vec<Reg>,
    /// Whether it is a global binding, for strict code, where that may change meanwhile.
    global: Option<Reg>,
}

impl Asked {
    /// Each dynamic object with the register of its answer.
    pub(crate) fn answers(&self, resolved: &Resolved) -> Vec<(Dynamic, Reg)> {
        resolved.dynamic.iter().copied().zip(self.dynamic.iter().copied()).collect()
    }
}

impl<'a> Unit<'a> {
    /// Lays out the scopes that have captured bindings. Parents stand before children already.
    pub(super) fn lay_out_scopes(&mut self) {
        self.layouts = vec![None; self.analysis.scopes.len()];
        let root = self.external.first().map(|scope| scope.layout);
        for number in 0..self.analysis.scopes.len() {
            let scope = &self.analysis.scopes[number];
            let mut captured: Vec<BindingId> = scope
                .order
                .iter()
                .copied()
                .filter(|&id| {
                    let binding = self.analysis.binding(id);
                    let elsewhere =
                        matches!(binding.kind, BindingKind::EnumMember | BindingKind::NamespaceExport);
                    let elided = self.typescript && binding.kind == BindingKind::Import && !binding.used;
                    binding.captured && !elsewhere && !elided && !scope.is_global
                })
                .collect();
            // Holes come first, so that a scope object is made from two numbers.
            captured.sort_by_key(|&id| !self.analysis.binding(id).kind.has_dead_zone());
            let is_module = scope.kind == ScopeKind::Module && scope.parent.is_none();
            if captured.is_empty() && !is_module {
                continue;
            }
            let parent = self.enclosing_layout(scope.parent).or(root).unwrap_or(NONE);
            let (kind, strict) = (scope.kind, scope.strict);
            let slots = captured
                .iter()
                .enumerate()
                .map(|(slot, &id)| {
                    self.slots.insert(id, slot as u32);
                    let binding = self.analysis.binding(id);
                    let (name, kind) = (binding.name, binding.kind.slot_kind());
                    SlotData { name: self.intern_name(name), kind }
                })
                .collect();
            self.data.scopes.push(ScopeData { parent, kind, strict, slots });
            self.layouts[number] = Some(self.data.scopes.len() as u32 - 1);
        }
    }

    /// The layout in force in `scope`: its own or the nearest around it, those around eval code included.
    pub(super) fn enclosing_layout(&self, scope: Option<AstScope>) -> Option<ScopeId> {
        let mut scope = scope;
        while let Some(id) = scope {
            if let Some(layout) = self.layout(id) {
                return Some(layout);
            }
            scope = self.analysis.scope(id).parent;
        }
        self.external.first().map(|scope| scope.layout)
    }
}

impl<'a> Function<'_, 'a> {
    /// Enters a scope: makes its scope object where it has one, gives its other bindings registers.
    pub(crate) fn enter(&mut self, scope: AstScope) {
        self.scope = scope;
        self.make_env(scope);
        let bindings = self.unit.analysis.scope(scope).order.clone();
        if self.unit.analysis.scope(scope).is_global {
            return;
        }
        for id in bindings {
            let binding = self.unit.analysis.binding(id);
            let virtual_kind = matches!(
                binding.kind,
                BindingKind::EnumMember | BindingKind::NamespaceExport | BindingKind::DerivedThis
            );
            let elsewhere = self.unit.analysis.is_declared_elsewhere(id);
            if binding.captured || virtual_kind || elsewhere || self.locals.contains_key(&id) {
                continue;
            }
            let needs_hole = binding.kind.has_dead_zone()
                && (binding.first_use < binding.initialized_at || self.unit.analysis.scope(scope).is_switch);
            let register = self.code.alloc();
            self.adopt(id, register);
            if needs_hole {
                self.op(Op::LoadHole, &[register.into()]);
            }
        }
    }

    /// Makes a scope's object (again, for a loop's next iteration).
    pub(crate) fn make_env(&mut self, scope: AstScope) {
        let Some(layout) = self.unit.layout(scope) else { return };
        let constant = self.code.constant(Constant::Scope(layout));
        let known = self.envs.iter().find(|env| env.0 == scope).map(|env| env.1);
        let register = known.unwrap_or_else(|| self.code.alloc());
        let parent = match known {
            Some(_) => {
                let place = self.envs.iter().position(|env| env.0 == scope).unwrap_or(0);
                if place > 0 { Some(self.envs[place - 1].1) } else { self.outer() }
            }
            None => self.env(),
        };
        match parent {
            Some(parent) => self.op(Op::NewScope, &[register.into(), parent.into(), constant]),
            None => self.op(Op::NewRootScope, &[register.into(), constant]),
        }
        if known.is_none() {
            self.envs.push((scope, register));
        }
    }

    /// Leaves a scope; its registers are freed by whoever marked them.
    pub(crate) fn leave(&mut self, scope: AstScope) {
        if self.envs.last().is_some_and(|env| env.0 == scope) {
            self.envs.pop();
        }
        for index in 0..self.unit.analysis.scope(scope).order.len() {
            let id = self.unit.analysis.scope(scope).order[index];
            if let Some(Local(register)) = self.locals.remove(&id) {
                self.variables.remove(&register);
            }
        }
        if let Some(parent) = self.unit.analysis.scope(scope).parent {
            self.scope = parent;
        }
    }

    /// Compiles `inside` within `scope`.
    pub(crate) fn in_scope<T>(&mut self, scope: AstScope, inside: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.code.mark();
        self.enter(scope);
        let result = inside(self);
        self.leave(scope);
        self.code.release(mark);
        result
    }

    /// The register that the function's outer scope is in.
    fn outer(&mut self) -> Option<Reg> {
        let (register, _) = self.outer_env?;
        self.outer_env_used = true;
        Some(register)
    }

    /// The innermost scope object in force.
    pub(crate) fn env(&mut self) -> Option<Reg> {
        match self.envs.last() {
            Some(env) => Some(env.1),
            None => self.outer(),
        }
    }

    /// Register of the scope object that belongs to `scope`, and how many levels above it it is.
    fn locate(&mut self, scope: AstScope) -> (Reg, u32) {
        if let Some(env) = self.envs.iter().find(|env| env.0 == scope) {
            return (env.1, 0);
        }
        let wanted = self.unit.layout(scope).unwrap_or(NONE);
        self.locate_layout(wanted)
    }

    fn locate_layout(&mut self, wanted: ScopeId) -> (Reg, u32) {
        let mut depth = 0;
        let mut layout = self.outer_layout.unwrap_or(NONE);
        while layout != wanted && layout != NONE {
            layout = self.unit.data.scopes[layout as usize].parent;
            depth += 1;
        }
        let register = self.outer().expect("a captured binding's scope encloses the function");
        (register, depth)
    }

    /// Finds what `name` refers to here.
    pub(crate) fn resolve(&mut self, name: &str) -> Resolved {
        let mut dynamic = Vec::new();
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let s = self.unit.analysis.scope(id);
            scope = s.parent;
            if let Some(&binding) = s.names.get(name)
                && !self.unit.analysis.is_declared_elsewhere(binding)
            {
                return Resolved { dynamic, target: self.target(id, binding) };
            }
            if s.is_global {
                break;
            }
            let with = s.kind == ScopeKind::With;
            let object = if with { s.names.get(".with") } else { s.names.get(".evalvars") };
            if let Some(&binding) = object
                && !name.starts_with(['.', '#'])
                && !is_pseudo(name)
            {
                let env = self.place(binding);
                dynamic.push(Dynamic { is_with: with, env });
            }
        }
        let target = self.resolve_external(name, &mut dynamic);
        Resolved { dynamic, target }
    }

    fn target(&mut self, scope: AstScope, id: BindingId) -> Target {
        let s = self.unit.analysis.scope(scope);
        if s.is_global {
            return Target::Global;
        }
        let binding = self.unit.analysis.binding(id);
        match binding.kind {
            BindingKind::EnumMember => return Target::EnumMember(scope),
            BindingKind::NamespaceExport => return Target::NamespaceExport(scope),
            BindingKind::DerivedThis if !binding.captured => return Target::Local(id, 0),
            _ => {}
        }
        let kind = binding.kind.slot_kind();
        if let Some(&Local(register)) = self.locals.get(&id) {
            return Target::Local(id, register);
        }
        let slot = self.unit.slots.get(&id).copied().unwrap_or(0);
        let (env, depth) = self.locate(scope);
        Target::Slot { env, depth, slot, kind, binding: Some(id) }
    }

    fn place(&mut self, id: BindingId) -> Place {
        let scope = self.unit.analysis.binding(id).scope;
        match self.target(scope, id) {
            Target::Slot { env, depth, slot, .. } => Place::Slot { env, depth, slot },
            Target::Local(_, register) => Place::Register(register),
            _ => Place::Register(0),
        }
    }

    /// Looks a name up in the scopes around eval code.
    fn resolve_external(&mut self, name: &str, dynamic: &mut Vec<Dynamic>) -> Target {
        if name == "arguments" && self.unit.eval_flags & eval_flag::FIELD != 0 {
            let message =
                "'arguments' is not allowed in class field initializer or static initialization block";
            self.fail(Span::default(), message);
        }
        for index in 0..self.unit.external.len() {
            let scope = &self.unit.external[index];
            let layout = scope.layout;
            let found = scope.find(name);
            let with = scope.slot_of(SlotKind::WithObject);
            let vars = scope.slot_of(SlotKind::EvalVars);
            if let Some((slot, kind)) = found {
                let (env, depth) = self.locate_layout(layout);
                return Target::Slot { env, depth, slot, kind, binding: None };
            }
            if name.starts_with(['.', '#']) || is_pseudo(name) {
                continue;
            }
            for (slot, is_with) in [(with, true), (vars, false)] {
                if let Some(slot) = slot {
                    let (env, depth) = self.locate_layout(layout);
                    dynamic.push(Dynamic { is_with, env: Place::Slot { env, depth, slot } });
                }
            }
        }
        Target::Global
    }

    /// The register of a dynamic object.
    pub(crate) fn dynamic_object(&mut self, dynamic: Dynamic) -> Reg {
        self.load_place(dynamic.env)
    }

    /// Loads the slot of the given kind of the `index`th scope around eval code.
    pub(crate) fn external_slot(&mut self, index: usize, kind: SlotKind) -> Reg {
        let scope = &self.unit.external[index];
        let (layout, slot) = (scope.layout, scope.slot_of(kind).unwrap_or(0));
        let (env, depth) = self.locate_layout(layout);
        self.load_place(Place::Slot { env, depth, slot })
    }

    fn load_place(&mut self, place: Place) -> Reg {
        match place {
            Place::Register(register) => register,
            Place::Slot { env, depth, slot } => {
                let dst = self.temp();
                self.op(Op::GetSlot, &[dst.into(), env.into(), depth.into(), slot.into()]);
                dst
            }
        }
    }

    /// `dst` = whether a dynamic object binds `name`; gives the object's register.
    fn ask(&mut self, dynamic: Dynamic, name: i64, dst: Reg) -> Reg {
        let object = self.load_place(dynamic.env);
        if dynamic.is_with {
            self.op(Op::WithHas, &[dst.into(), object.into(), name]);
        } else {
            let key = self.temp();
            self.op(Op::LoadConst, &[key.into(), name]);
            self.op(Op::In, &[dst.into(), key.into(), object.into()]);
        }
        object
    }

    /// Reads a name. Without a wanted register, a local variable is given as it is.
    pub(crate) fn read_name(&mut self, name: &'a str, span: Span, dst: Option<Reg>) -> Reg {
        let resolved = self.resolve(name);
        self.at(span);
        if resolved.dynamic.is_empty() {
            return self.read_target(resolved.target, name, span, dst, false);
        }
        let dst = self.dst(dst);
        self.read_dynamic(&resolved, name, span, dst, None, false);
        dst
    }

    /// As [`Function::read_name`] for `typeof name`: a missing global is undefined.
    pub(crate) fn read_name_for_typeof(&mut self, name: &'a str, span: Span) -> Reg {
        let resolved = self.resolve(name);
        self.at(span);
        if resolved.dynamic.is_empty() {
            return self.read_target(resolved.target, name, span, None, true);
        }
        let dst = self.temp();
        self.read_dynamic(&resolved, name, span, dst, None, true);
        dst
    }

    /// Reads a function to call by name: the receiver is the `with` object that binds it, else undefined.
    pub(crate) fn read_callee(&mut self, name: &'a str, span: Span, this: Reg) -> Reg {
        let resolved = self.resolve(name);
        self.at(span);
        if resolved.dynamic.is_empty() {
            self.load_undefined(this);
            return self.read_target(resolved.target, name, span, None, false);
        }
        let dst = self.temp();
        self.read_dynamic(&resolved, name, span, dst, Some(this), false);
        dst
    }

    fn read_dynamic(
        &mut self,
        resolved: &Resolved,
        name: &'a str,
        span: Span,
        dst: Reg,
        this: Option<Reg>,
        is_typeof: bool,
    ) {
        let constant = self.name_constant(name);
        let done = self.code.label();
        let result = self.temp();
        for &dynamic in &resolved.dynamic {
            let next = self.code.label();
            self.scratch(|f| {
                let has = f.temp();
                let object = f.ask(dynamic, constant, has);
                f.code.jump_if(Op::JumpIfFalse, &[has.into()], next);
                f.get_bound(dynamic, object, constant, result, is_typeof);
                if let Some(this) = this {
                    if dynamic.is_with { f.move_to(this, object) } else { f.load_undefined(this) }
                }
            });
            self.code.jump(done);
            self.code.bind(next);
        }
        if let Some(this) = this {
            self.load_undefined(this);
        }
        self.read_target(resolved.target, name, span, Some(result), is_typeof);
        self.code.bind(done);
        self.move_to(dst, result);
    }

    /// Reads a name whose dynamic objects have been asked.
    pub(crate) fn read_resolved(
        &mut self,
        resolved: &Resolved,
        asked: &Asked,
        name: &'a str,
        span: Span,
        dst: Reg,
    ) {
        self.at(span);
        let done = self.code.label();
        for (dynamic, has) in asked.answers(resolved) {
            let next = self.code.label();
            self.code.jump_if(Op::JumpIfFalse, &[has.into()], next);
            self.scratch(|f| {
                let (object, constant) = (f.load_place(dynamic.env), f.name_constant(name));
                f.get_bound(dynamic, object, constant, dst, false);
            });
            self.code.jump(done);
            self.code.bind(next);
        }
        self.read_target(resolved.target, name, span, Some(dst), false);
        self.code.bind(done);
    }

    /// GetBindingValue of an object environment (9.1.1.2.6): asks again whether the name is there.
    fn get_bound(&mut self, dynamic: Dynamic, object: Reg, name: i64, dst: Reg, is_typeof: bool) {
        if dynamic.is_with {
            self.scratch(|f| {
                let (key, has) = (f.temp(), f.temp());
                f.op(Op::LoadConst, &[key.into(), name]);
                f.op(Op::In, &[has.into(), key.into(), object.into()]);
                let there = f.code.label();
                let done = f.code.label();
                f.code.jump_if(Op::JumpIfTrue, &[has.into()], there);
                if f.strict && !is_typeof {
                    f.throw_error(
                        ErrorKind::ReferenceError,
                        "the name is no longer bound by the with object",
                    );
                } else {
                    f.load_undefined(dst);
                    f.code.jump(done);
                }
                f.code.bind(there);
                f.op(Op::GetProp, &[dst.into(), object.into(), name]);
                f.code.bind(done);
            });
        } else {
            self.op(Op::GetProp, &[dst.into(), object.into(), name]);
        }
    }

    pub(crate) fn read_target(
        &mut self,
        target: Target,
        name: &'a str,
        span: Span,
        dst: Option<Reg>,
        is_typeof: bool,
    ) -> Reg {
        match target {
            Target::Local(id, register) => {
                if self.unit.analysis.needs_check(id, self.id, span.start) {
                    self.check_hole(register, name);
                }
                match dst {
                    Some(dst) => {
                        self.move_to(dst, register);
                        dst
                    }
                    None => register,
                }
            }
            Target::Slot { env, depth, slot, kind, binding } => {
                let dst = self.dst(dst);
                let checked = match binding {
                    Some(id) => self.unit.analysis.needs_check(id, self.id, span.start),
                    None => kind.has_dead_zone(),
                };
                let op = match kind {
                    SlotKind::Import => Op::GetImport,
                    SlotKind::DerivedThis => Op::GetSlot,
                    _ if checked || kind.has_dead_zone() => Op::GetSlotChecked,
                    _ => Op::GetSlot,
                };
                self.op(op, &[dst.into(), env.into(), depth.into(), slot.into()]);
                if kind == SlotKind::DerivedThis {
                    self.op(Op::CheckThis, &[dst.into()]);
                }
                dst
            }
            Target::Global => {
                let dst = self.dst(dst);
                let constant = self.name_constant(name);
                let op = if is_typeof { Op::GetGlobalOrUndefined } else { Op::GetGlobal };
                self.op(op, &[dst.into(), constant]);
                dst
            }
            Target::EnumMember(scope) | Target::NamespaceExport(scope) => {
                let dst = self.dst(dst);
                self.scratch(|f| {
                    let object = f.read_holder(scope, span);
                    let constant = f.name_constant(name);
                    f.op(Op::GetProp, &[dst.into(), object.into(), constant]);
                });
                dst
            }
        }
    }

    fn check_hole(&mut self, register: Reg, name: &str) {
        if name == "this" {
            self.op(Op::CheckThis, &[register.into()]);
        } else {
            let constant = self.string_constant(name);
            self.op(Op::CheckHole, &[register.into(), constant]);
        }
    }

    /// Assigns `src` to a name that was resolved before `src` was computed.
    pub(crate) fn write_resolved(
        &mut self,
        resolved: &Resolved,
        asked: &Asked,
        name: &'a str,
        src: Reg,
        span: Span,
    ) {
        self.at(span);
        if resolved.dynamic.is_empty() && asked.global.is_none() {
            return self.write_target(resolved.target, name, src, span);
        }
        let constant = self.name_constant(name);
        let done = self.code.label();
        for (dynamic, has) in asked.answers(resolved) {
            let next = self.code.label();
            self.code.jump_if(Op::JumpIfFalse, &[has.into()], next);
            self.scratch(|f| {
                let object = f.load_place(dynamic.env);
                if f.strict && dynamic.is_with {
                    let (key, there) = (f.temp(), f.temp());
                    f.op(Op::LoadConst, &[key.into(), constant]);
                    f.op(Op::In, &[there.into(), key.into(), object.into()]);
                    let ok = f.code.label();
                    f.code.jump_if(Op::JumpIfTrue, &[there.into()], ok);
                    f.throw_error(ErrorKind::ReferenceError, &format!("{name} is not defined"));
                    f.code.bind(ok);
                } else if dynamic.is_with {
                    // SetMutableBinding asks HasProperty once more (9.1.1.2.5).
                    let (key, there) = (f.temp(), f.temp());
                    f.op(Op::LoadConst, &[key.into(), constant]);
                    f.op(Op::In, &[there.into(), key.into(), object.into()]);
                }
                f.op(Op::SetProp, &[object.into(), constant, src.into()]);
            });
            self.code.jump(done);
            self.code.bind(next);
        }
        if let Some(global) = asked.global {
            let bound = self.code.label();
            self.code.jump_if(Op::JumpIfTrue, &[global.into()], bound);
            self.throw_error(ErrorKind::ReferenceError, &format!("{name} is not defined"));
            self.code.bind(bound);
        }
        self.write_target(resolved.target, name, src, span);
        self.code.bind(done);
    }

    /// Asks the dynamic objects in order, before the value to assign is computed; a later one is asked only where
    /// the earlier ones said no. Where `code_between` may run code before the name is written, it asks strict code's
    /// question too: a global that comes to be meanwhile does not count (6.2.5.6 PutValue, unresolvable references).
    pub(crate) fn ask_all(&mut self, resolved: &Resolved, name: &'a str, code_between: bool) -> Asked {
        let asks_global = code_between && self.strict && self.is_unknown_global(resolved, name);
        if resolved.dynamic.is_empty() && !asks_global {
            return Asked::default();
        }
        let constant = self.name_constant(name);
        let asked = Asked {
            dynamic: resolved.dynamic.iter().map(|_| self.temp()).collect(),
            global: asks_global.then(|| self.temp()),
        };
        let answers = || asked.dynamic.iter().copied().chain(asked.global);
        if answers().count() > 1 {
            answers().for_each(|answer| self.op(Op::LoadFalse, &[answer.into()]));
        }
        let done = self.code.label();
        for (dynamic, answer) in asked.answers(resolved) {
            self.scratch(|f| f.ask(dynamic, constant, answer));
            self.code.jump_if(Op::JumpIfTrue, &[answer.into()], done);
        }
        if let Some(global) = asked.global {
            self.op(Op::HasGlobal, &[global.into(), constant]);
        }
        self.code.bind(done);
        asked
    }

    /// Whether a name leads to a global that this program does not declare itself.
    fn is_unknown_global(&self, resolved: &Resolved, name: &str) -> bool {
        let declared =
            || self.unit.analysis.scopes.first().is_some_and(|s| s.is_global && s.names.contains_key(name));
        matches!(resolved.target, Target::Global) && !declared()
    }

    /// Assigns to a name: reference first, then value, as `name = value` without dynamic scopes between needs.
    pub(crate) fn write_name(&mut self, name: &'a str, src: Reg, span: Span) {
        let resolved = self.resolve(name);
        self.scratch(|f| {
            let asked = f.ask_all(&resolved, name, false);
            f.write_resolved(&resolved, &asked, name, src, span);
        });
    }

    fn write_target(&mut self, target: Target, name: &'a str, src: Reg, span: Span) {
        match target {
            Target::Local(id, register) => {
                let binding = self.unit.analysis.binding(id);
                let kind = binding.kind;
                if self.unit.analysis.needs_check(id, self.id, span.start) {
                    self.check_hole(register, name);
                }
                if kind.is_constant() {
                    self.throw_error(ErrorKind::TypeError, "Assignment to constant variable.");
                } else if kind == BindingKind::FunctionName {
                    if self.strict {
                        self.throw_error(ErrorKind::TypeError, "Assignment to constant variable.");
                    }
                } else {
                    self.move_to(register, src);
                }
            }
            Target::Slot { env, depth, slot, kind, binding } => {
                let checked = match binding {
                    Some(id) => self.unit.analysis.needs_check(id, self.id, span.start),
                    None => kind.has_dead_zone(),
                };
                let place = [i64::from(env), depth.into(), slot.into()];
                match kind {
                    SlotKind::Const => {
                        self.scratch(|f| {
                            let t = f.temp();
                            f.op(Op::GetSlotChecked, &[t.into(), place[0], place[1], place[2]]);
                        });
                        self.throw_error(ErrorKind::TypeError, "Assignment to constant variable.");
                    }
                    SlotKind::Import => {
                        self.throw_error(ErrorKind::TypeError, "Assignment to constant variable.")
                    }
                    SlotKind::FunctionName => {
                        if self.strict {
                            self.throw_error(ErrorKind::TypeError, "Assignment to constant variable.");
                        }
                    }
                    _ => {
                        let op = if checked { Op::SetSlotChecked } else { Op::SetSlot };
                        self.op(op, &[place[0], place[1], place[2], src.into()]);
                    }
                }
            }
            Target::Global => {
                let constant = self.name_constant(name);
                self.op(Op::SetGlobal, &[constant, src.into()]);
            }
            Target::EnumMember(scope) | Target::NamespaceExport(scope) => self.scratch(|f| {
                let object = f.read_holder(scope, span);
                let constant = f.name_constant(name);
                f.op(Op::SetProp, &[object.into(), constant, src.into()]);
            }),
        }
    }

    /// Initialises a binding of the current scope or one around it (`let x = src`, parameters, functions).
    pub(crate) fn initialize(&mut self, name: &'a str, src: Reg, span: Span) {
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let s = self.unit.analysis.scope(id);
            if let Some(&binding) = s.names.get(name) {
                let kind = self.unit.analysis.binding(binding).kind;
                let target = self.target(id, binding);
                return self.initialize_target(target, kind, name, src, span);
            }
            scope = s.parent;
        }
        self.write_name(name, src, span);
    }

    fn initialize_target(&mut self, target: Target, kind: BindingKind, name: &'a str, src: Reg, span: Span) {
        match target {
            Target::Local(_, register) => self.move_to(register, src),
            Target::Slot { env, depth, slot, .. } => {
                self.op(Op::SetSlot, &[env.into(), depth.into(), slot.into(), src.into()]);
            }
            Target::Global if kind.has_dead_zone() => {
                let constant = self.name_constant(name);
                self.op(Op::InitGlobal, &[constant, src.into()]);
            }
            _ => self.write_target(target, name, src, span),
        }
    }

    /// The register of a binding that an initialiser may compute its value into.
    pub(crate) fn local_register(&self, name: &str) -> Option<Reg> {
        let s = self.unit.analysis.scope(self.scope);
        let id = s.names.get(name)?;
        self.locals.get(id).map(|local| local.0)
    }

    /// Whether a register belongs to a variable rather than to a temporary.
    pub(crate) fn is_local(&self, register: Reg) -> bool {
        register <= self.last_param || self.variables.contains(&register)
    }

    /// Gives a binding a register that holds its value already (a parameter).
    pub(crate) fn adopt(&mut self, id: BindingId, register: Reg) {
        self.locals.insert(id, Local(register));
        self.variables.insert(register);
    }
}

/// Names of what the language binds without an identifier.
pub(crate) fn is_pseudo(name: &str) -> bool {
    matches!(name, "this" | "new.target")
}
