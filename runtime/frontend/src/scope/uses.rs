//! Uses of names: noted where they stand, settled where a scope that binds them closes, or handed to its parent.

use oxc_ast::ast::*;
use tvm_bytecode::data::ScopeKind;

use super::build::Builder;
use super::*;

impl<'a> Builder<'a> {
    pub(super) fn note_use(&mut self, scope: ScopeId, name: &'a str, user: FunctionId, used: Use) {
        let entry = self.out.scopes[scope.0 as usize].uses.entry((name, user)).or_insert(used);
        entry.written |= used.written;
        entry.escapes |= used.escapes;
        entry.first = entry.first.min(used.first);
    }

    /// Marks the binding of a use, where this scope has it.
    pub(super) fn settle(&mut self, id: ScopeId, name: &'a str, user: FunctionId, used: Use) -> bool {
        let scope = self.out.scope(id);
        let function = scope.function;
        let binding = match scope.names.get(name) {
            Some(&binding) => binding,
            None => match self.implicit(id, name) {
                Some(binding) => binding,
                None => return false,
            },
        };
        let binding = &mut self.out.bindings[binding.0 as usize];
        binding.used = true;
        binding.reassigned |= used.written;
        binding.captured |= user != function;
        if user == function {
            binding.first_use = binding.first_use.min(used.first);
        }
        let is_arguments = name == "arguments" && !binding.kind.is_param();
        if binding.kind == BindingKind::NamespaceExport && user != function {
            // It is read from the namespace's object, which is the parameter.
            let object = self.out.scope(id).order[0];
            self.out.bindings[object.0 as usize].captured = true;
            self.out.bindings[object.0 as usize].used = true;
        }
        if is_arguments && (used.escapes || used.written || user != function) {
            self.out.functions[function.0 as usize].mapped_arguments = true;
        }
        true
    }

    /// Declares a pseudo binding in a function's outermost scope, where its name asks for one.
    pub(super) fn implicit(&mut self, id: ScopeId, name: &'a str) -> Option<BindingId> {
        let scope = self.out.scope(id);
        if !scope.binds_this {
            return None;
        }
        let function = self.out.function(scope.function);
        let kind = match name {
            "this" if function.is_derived => BindingKind::DerivedThis,
            "this" => BindingKind::This,
            "new.target" => BindingKind::NewTarget,
            ".home" => BindingKind::Home,
            ".callee" => BindingKind::Callee,
            "arguments" if !function.is_field_init => BindingKind::Arguments,
            _ => return None,
        };
        Some(self.declare_in(id, name, kind, 0))
    }

    /// Eval code may use any name around it.
    pub(super) fn capture_for_eval(&mut self, id: ScopeId) {
        if !self.out.scope(id).has_eval {
            return;
        }
        if self.out.scope(id).binds_this {
            let function = self.out.function(self.out.scope(id).function);
            let (is_method, is_derived) = (function.is_method, function.is_derived);
            for name in ["this", "new.target", "arguments"] {
                if !self.out.scope(id).names.contains_key(name) {
                    self.implicit(id, name);
                }
            }
            if is_method {
                self.implicit(id, ".home");
            }
            if is_derived {
                self.implicit(id, ".callee");
            }
        }
        for index in 0..self.out.scope(id).order.len() {
            let binding = self.out.scope(id).order[index];
            let binding = &mut self.out.bindings[binding.0 as usize];
            binding.captured = true;
            binding.used = true;
            binding.reassigned = true;
        }
    }

    /// Parameters that a mapped arguments object aliases live in the scope that it refers to.
    pub(super) fn capture_mapped_parameters(&mut self, id: ScopeId) {
        let scope = self.out.scope(id);
        let function = scope.function.0 as usize;
        let arguments = scope.names.get("arguments").map(|&b| self.out.binding(b).kind);
        let has_object = matches!(arguments, Some(BindingKind::Arguments | BindingKind::Var));
        let info = &self.out.functions[function];
        if !scope.binds_this || info.strict || info.scope != id || info.has_param_expressions || !has_object {
            self.clear_mapped(id);
            return;
        }
        let params: Vec<BindingId> =
            scope.order.iter().copied().filter(|&b| self.out.binding(b).kind == BindingKind::Param).collect();
        let reassigned = params.iter().any(|&b| self.out.binding(b).reassigned);
        if !(info.mapped_arguments || reassigned || info.has_eval) || !info.simple_params || params.is_empty()
        {
            self.out.functions[function].mapped_arguments = false;
            return;
        }
        self.out.functions[function].mapped_arguments = true;
        for binding in params {
            self.out.bindings[binding.0 as usize].captured = true;
        }
    }

    fn clear_mapped(&mut self, id: ScopeId) {
        let scope = self.out.scope(id);
        if scope.binds_this {
            let function = scope.function.0 as usize;
            self.out.functions[function].mapped_arguments = false;
        }
    }

    /// A `with` object is looked at by every name used inside that no inner scope binds.
    pub(super) fn capture_with_object(&mut self, id: ScopeId, through: &[((&'a str, FunctionId), Use)]) {
        let scope = self.out.scope(id);
        if scope.kind != ScopeKind::With {
            return;
        }
        if through.iter().any(|((_, user), _)| *user != scope.function)
            && let Some(&binding) = scope.names.get(".with")
        {
            self.out.bindings[binding.0 as usize].captured = true;
        }
    }

    pub(super) fn use_name(&mut self, name: &'a str, written: bool, at: u32) {
        self.note_use(self.scope, name, self.function, Use { written, escapes: true, first: at });
    }

    /// `arguments[i]` and `arguments.length` where they are only read.
    pub(super) fn use_member_of_arguments(&mut self, object: &Expression<'a>) -> bool {
        let target = std::mem::take(&mut self.in_target);
        match object {
            Expression::Identifier(id) if id.name == "arguments" && !target => {
                let used = Use { written: false, escapes: false, first: id.span.start };
                self.note_use(self.scope, "arguments", self.function, used);
                true
            }
            _ => false,
        }
    }

    pub(super) fn direct_eval(&mut self) {
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let s = &mut self.out.scopes[id.0 as usize];
            s.has_eval = true;
            scope = s.parent;
        }
        let mut function = self.function;
        loop {
            let info = &mut self.out.functions[function.0 as usize];
            info.has_eval = true;
            match info.parent {
                Some(parent) if info.is_arrow => function = parent,
                _ => break,
            }
        }
        if !self.strict {
            let scope = self.var_scope();
            if !self.out.scope(scope).is_global && self.out.scope(scope).kind != ScopeKind::Eval {
                self.declare_in(scope, ".evalvars", BindingKind::EvalVars, 0);
            }
        }
    }
}
