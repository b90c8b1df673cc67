//! Modules (16.2): the scope that all bindings live in, the function that hoists, the body, and the tables of
//! requests, imports and exports that the linker reads.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use rustc_hash::FxHashMap;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::Unit;
use super::expr::is_anonymous_function;
use super::function::Shape;
use super::literal::literal_text;
use crate::scope::{BindingKind, FunctionId as AstFunction, ScopeId as AstScope, for_each_name};

#[derive(Default)]
struct Tables {
    requests: Vec<RequestData>,
    known: FxHashMap<(StringId, StringId), u32>,
    imports: Vec<ImportData>,
    exports: Vec<ExportData>,
    /// Imported names by local name: what `export { local }` of an import re-exports.
    imported: FxHashMap<String, (u32, StringId)>,
}

impl<'a> Unit<'a> {
    pub(super) fn module(&mut self, program: &Program<'a>, name: &str) {
        let tables = self.module_tables(program);
        let scope = self.layout(AstScope(0)).unwrap_or(NONE);
        let init = self.module_function(program, true, false);
        let is_async = has_top_level_await(program);
        let body = self.module_function(program, false, is_async);
        let name = self.intern_str(name);
        self.data.modules.push(ModuleData {
            name,
            kind: tvm_bytecode::data::ModuleKind::Script,
            init,
            body,
            scope,
            text: NONE,
            is_async,
            requests: tables.requests,
            imports: tables.imports,
            exports: tables.exports,
        });
        self.data.entry_kind = EntryKind::Module;
    }

    /// The hoisting function or the body.
    fn module_function(&mut self, program: &Program<'a>, hoisting: bool, is_async: bool) -> FunctionId {
        let shape = Shape {
            name: self.intern_str(""),
            kind: FunctionKind::Module,
            flags: function_flag::STRICT,
            length: 0,
            inline_hint: 0,
            span: Span::new(0, self.source.len() as u32),
        };
        let outer = self.layout(AstScope(0));
        let mut f = Emitter::new(self, AstFunction(0), FunctionKind::Module);
        f.begin(outer, 0);
        // Both functions stand in the module's scope, which the linker made.
        f.force_outer_scope();
        if hoisting {
            f.hoist_functions(&program.body);
        }
        let coroutine = is_async.then(|| f.open_coroutine());
        if !hoisting {
            f.enter_module_body();
            f.statements(&program.body);
        }
        let undefined = f.temp();
        f.load_undefined(undefined);
        f.emit_return(undefined);
        f.end_coroutine(coroutine);
        f.finish(shape)
    }

    fn module_tables(&mut self, program: &Program<'a>) -> Tables {
        let mut tables = Tables::default();
        // Modules are requested in the order of the source, whatever requests them.
        for statement in &program.body {
            self.request_of(statement, &mut tables);
        }
        for statement in &program.body {
            if let Statement::ImportDeclaration(import) = statement {
                self.import_declaration(import, &mut tables);
            }
        }
        for statement in &program.body {
            match statement {
                Statement::ExportDeclaration(export) => {
                    self.export_declaration(&export.declaration, &mut tables)
                }
                Statement::ExportDefaultDeclaration(export) => self.export_default_entry(export, &mut tables),
                Statement::ExportNamedDeclaration(export) if !export.export_kind.is_type() => {
                    self.export_named(export, &mut tables);
                }
                Statement::ExportFromDeclaration(export) if !export.export_kind.is_type() => {
                    self.export_from(export, &mut tables);
                }
                Statement::ExportAllDeclaration(export) if !export.export_kind.is_type() => {
                    self.export_all(export, &mut tables);
                }
                _ => {}
            }
        }
        tables
    }

    fn request(
        &mut self,
        source: &StringLiteral<'a>,
        with: Option<&WithClause<'a>>,
        tables: &mut Tables,
    ) -> u32 {
        let specifier = self.intern(literal_text(&source.value, source.lone_surrogates));
        let mut attribute = NONE;
        for entry in with.iter().flat_map(|with| &with.with_entries) {
            let key = match &entry.key {
                ImportAttributeKey::Identifier(id) => id.name.as_str(),
                ImportAttributeKey::StringLiteral(literal) => literal.value.as_str(),
            };
            if key == "type" {
                attribute = self.intern_str(&entry.value.value);
            } else {
                self.fail(entry.span, format!("Import attribute '{key}' is not supported"));
            }
        }
        *tables.known.entry((specifier, attribute)).or_insert_with(|| {
            tables.requests.push(RequestData { specifier, attribute, resolved: NONE });
            tables.requests.len() as u32 - 1
        })
    }

    /// Enters a statement's request, where it has one.
    fn request_of(&mut self, statement: &Statement<'a>, tables: &mut Tables) {
        match statement {
            Statement::ImportDeclaration(import) if !self.is_elided(import) => {
                self.request(&import.source, import.with_clause.as_deref(), tables);
            }
            Statement::ExportFromDeclaration(export) if !self.is_elided_export(export) => {
                self.request(&export.source, export.with_clause.as_deref(), tables);
            }
            Statement::ExportAllDeclaration(export) if !export.export_kind.is_type() => {
                self.request(&export.source, export.with_clause.as_deref(), tables);
            }
            _ => {}
        }
    }

    /// Whether an import is for types only.
    fn is_elided(&self, import: &ImportDeclaration<'a>) -> bool {
        let names_some = import.specifiers.as_ref().is_some_and(|specifiers| !specifiers.is_empty());
        let keeps_some = import.specifiers.iter().flatten().any(|specifier| self.is_kept(specifier));
        import.import_kind.is_type() || self.typescript && names_some && !keeps_some
    }

    /// Whether a re-export is of types only.
    fn is_elided_export(&self, export: &ExportFromDeclaration<'a>) -> bool {
        let keeps_some = export.specifiers.iter().any(|specifier| !specifier.export_kind.is_type());
        export.export_kind.is_type() || self.typescript && !keeps_some && !export.specifiers.is_empty()
    }

    fn import_declaration(&mut self, import: &ImportDeclaration<'a>, tables: &mut Tables) {
        if self.is_elided(import) {
            return;
        }
        if import.phase.is_some() {
            return self.fail(import.span, "import phases (source, defer) are not part of ECMAScript");
        }
        let kept: Vec<_> = import.specifiers.iter().flatten().filter(|s| self.is_kept(s)).collect();
        let request = self.request(&import.source, import.with_clause.as_deref(), tables);
        for specifier in kept {
            let (local, name) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(s) => (&s.local, self.export_name(&s.imported)),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => {
                    (&s.local, self.intern_str("default"))
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => (&s.local, NONE),
            };
            tables.imported.insert(local.name.to_string(), (request, name));
            if let Some(slot) = self.module_slot(local.name.as_str()) {
                tables.imports.push(ImportData { request, name, slot });
            }
        }
    }

    /// TypeScript elides imports that are used as types only.
    fn is_kept(&self, specifier: &ImportDeclarationSpecifier<'a>) -> bool {
        let local = match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(s) if s.import_kind.is_type() => return false,
            ImportDeclarationSpecifier::ImportSpecifier(s) => &s.local,
            ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => &s.local,
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => &s.local,
        };
        let binding = self.analysis.scope(AstScope(0)).names.get(local.name.as_str());
        !self.typescript || binding.is_some_and(|&id| self.analysis.binding(id).used)
    }

    fn module_slot(&self, name: &str) -> Option<u32> {
        let id = self.analysis.scope(AstScope(0)).names.get(name)?;
        self.slots.get(id).copied()
    }

    fn export_name(&mut self, name: &ModuleExportName<'a>) -> StringId {
        match name {
            ModuleExportName::IdentifierName(id) => self.intern_name(id.name.as_str()),
            ModuleExportName::IdentifierReference(id) => self.intern_name(id.name.as_str()),
            ModuleExportName::StringLiteral(literal) => {
                self.intern(literal_text(&literal.value, literal.lone_surrogates))
            }
        }
    }

    fn export_local(&mut self, exported: StringId, local: &str, span: Span, tables: &mut Tables) {
        if let Some(&(request, import_name)) = tables.imported.get(local) {
            tables.exports.push(ExportData::Indirect { name: exported, request, import_name });
        } else if let Some(slot) = self.module_slot(local) {
            tables.exports.push(ExportData::Local { name: exported, slot });
        } else if !self.typescript {
            self.fail(span, format!("Export '{local}' is not defined in module"));
        }
    }

    fn export_declaration(&mut self, declaration: &Declaration<'a>, tables: &mut Tables) {
        let mut names: Vec<&'a str> = Vec::new();
        match declaration {
            Declaration::VariableDeclaration(variables) if !variables.declare => {
                for declarator in &variables.declarations {
                    for_each_name(&declarator.id, &mut |id| names.push(id.name.as_str()));
                }
            }
            Declaration::FunctionDeclaration(f) if f.body.is_some() => {
                names.extend(f.id.as_ref().map(|id| id.name.as_str()));
            }
            Declaration::ClassDeclaration(class) if !class.declare => {
                names.extend(class.id.as_ref().map(|id| id.name.as_str()));
            }
            Declaration::TSEnumDeclaration(e) if !e.declare => names.push(e.id.name.as_str()),
            Declaration::TSNamespaceDeclaration(n) if !n.declare => names.push(n.id.name.as_str()),
            Declaration::TSImportEqualsDeclaration(i) => names.push(i.id.name.as_str()),
            _ => {}
        }
        for name in names {
            let exported = self.intern_name(name);
            let known = tables
                .exports
                .iter()
                .any(|e| matches!(e, ExportData::Local { name, .. } if *name == exported));
            if !known {
                self.export_local(exported, name, declaration.span(), tables);
            }
        }
    }

    fn export_default_entry(&mut self, export: &ExportDefaultDeclaration<'a>, tables: &mut Tables) {
        let local = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(f) if f.body.is_none() => return,
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            ExportDefaultDeclarationKind::FunctionDeclaration(f) => f.id.as_ref().map(|id| id.name.as_str()),
            ExportDefaultDeclarationKind::ClassDeclaration(c) => c.id.as_ref().map(|id| id.name.as_str()),
            _ => None,
        };
        let exported = self.intern_str("default");
        self.export_local(exported, local.unwrap_or("*default*"), export.span, tables);
    }

    fn export_named(&mut self, export: &ExportNamedDeclaration<'a>, tables: &mut Tables) {
        for specifier in &export.specifiers {
            if specifier.export_kind.is_type() {
                continue;
            }
            let exported = self.export_name(&specifier.exported);
            if let ModuleExportName::IdentifierReference(local) = &specifier.local {
                self.export_local(exported, local.name.as_str(), specifier.span, tables);
            }
        }
    }

    fn export_from(&mut self, export: &ExportFromDeclaration<'a>, tables: &mut Tables) {
        if self.is_elided_export(export) {
            return;
        }
        let kept: Vec<_> = export.specifiers.iter().filter(|s| !s.export_kind.is_type()).collect();
        let request = self.request(&export.source, export.with_clause.as_deref(), tables);
        for specifier in kept {
            let (name, import_name) =
                (self.export_name(&specifier.exported), self.export_name(&specifier.local));
            tables.exports.push(ExportData::Indirect { name, request, import_name });
        }
    }

    fn export_all(&mut self, export: &ExportAllDeclaration<'a>, tables: &mut Tables) {
        let request = self.request(&export.source, export.with_clause.as_deref(), tables);
        match &export.exported {
            Some(name) => {
                let name = self.export_name(name);
                tables.exports.push(ExportData::Indirect { name, request, import_name: NONE });
            }
            None => tables.exports.push(ExportData::Star { request }),
        }
    }
}

impl<'a> Emitter<'_, 'a> {
    /// Takes the outer scope's register for the module's own scope.
    fn force_outer_scope(&mut self) {
        self.outer_env_used = true;
        self.scope = AstScope(0);
    }

    /// Gives the module's uncaptured bindings registers of the body.
    fn enter_module_body(&mut self) {
        for id in self.unit.analysis.scope(AstScope(0)).order.clone() {
            let binding = self.unit.analysis.binding(id);
            if binding.captured || binding.kind == BindingKind::Import {
                continue;
            }
            let (name, kind) = (binding.name, binding.kind);
            let early = binding.first_use < binding.initialized_at;
            let register = self.code.alloc();
            self.adopt(id, register);
            if kind.has_dead_zone() && early {
                self.op(Op::LoadHole, &[register.into()]);
            } else if kind == BindingKind::Var {
                self.initialize_with(name, |f, dst| f.load_undefined(dst));
            }
        }
    }

    pub(crate) fn export_default(&mut self, export: &ExportDefaultDeclaration<'a>) {
        match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(_)
            | ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {}
            ExportDefaultDeclarationKind::ClassDeclaration(class) => self.scratch(|f| {
                let name = class.id.as_ref().map(|id| id.name.as_str());
                let value = f.class(class, name.unwrap_or("default"), None, None);
                f.initialize(name.unwrap_or("*default*"), value, class.span);
            }),
            other => self.scratch(|f| {
                let Some(e) = other.as_expression() else { return };
                let value = if is_anonymous_function(e) {
                    f.anonymous_function(e, "default", None, None)
                } else {
                    f.expr(e)
                };
                f.initialize("*default*", value, export.span);
            }),
        }
    }
}

/// Whether a module's body awaits outside functions.
fn has_top_level_await(program: &Program<'_>) -> bool {
    use oxc_ast_visit::VisitJs;
    struct Finder(bool);
    impl<'a> VisitJs<'a> for Finder {
        fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
            self.0 = true;
        }
        fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
            self.0 |= statement.r#await;
            oxc_ast_visit::walk_js::walk_for_of_statement(self, statement);
        }
        fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
            self.0 |= declaration.kind == VariableDeclarationKind::AwaitUsing;
            oxc_ast_visit::walk_js::walk_variable_declaration(self, declaration);
        }
        fn visit_function(&mut self, _: &Function<'a>, _: oxc_syntax::scope::ScopeFlags) {}
        fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}
        fn visit_property_definition(&mut self, field: &PropertyDefinition<'a>) {
            if field.computed {
                self.visit_property_key(&field.key);
            }
        }
        fn visit_static_block(&mut self, _: &StaticBlock<'a>) {}
    }
    let mut finder = Finder(false);
    finder.visit_program(program);
    finder.0
}
