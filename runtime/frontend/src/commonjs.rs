//! CommonJS: a file's text as the body of a function, and what it seems to export and require.
//!
//! Enters: a parsed program. Leaves: the same program as one function of five parameters, all positions kept; and, from
//! [`Scan`], what cjs-module-lexer would say of it: names given to `exports`, and modules whose exports it takes over.
//! The scan looks at forms, not at what runs: it may name what never becomes an export.

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{SourceType, Span};

const WRAPPER: &str = "(function (exports, require, module, __filename, __dirname) {})";

/// Makes a program's statements the body of a function, which becomes its only statement.
pub(crate) fn wrap<'a>(allocator: &'a Allocator, program: &mut Program<'a>) {
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let mut outer =
        Parser::new(allocator, WRAPPER, SourceType::script()).with_options(options).parse().program;
    let whole = program.span;
    if let Some(Statement::ExpressionStatement(statement)) = outer.body.first_mut()
        && let Expression::FunctionExpression(function) = &mut statement.expression
    {
        function.span = whole;
        function.params.span = Span::empty(whole.start);
        for parameter in &mut function.params.items {
            parameter.span = Span::empty(whole.start);
            if let BindingPattern::BindingIdentifier(id) = &mut parameter.pattern {
                id.span = Span::empty(whole.start);
            }
        }
        if let Some(body) = &mut function.body {
            body.span = whole;
            std::mem::swap(&mut body.directives, &mut program.directives);
            std::mem::swap(&mut body.statements, &mut program.body);
            // These declare nothing, and may not stand in a function.
            body.statements.retain(|statement| {
                let is_ambient = matches!(
                    statement,
                    Statement::TSExternalModuleDeclaration(_) | Statement::TSGlobalDeclaration(_)
                );
                !is_ambient
            });
        }
    }
    program.body = outer.body;
}

/// The function that [`wrap`] made.
pub(crate) fn wrapper<'p, 'a>(program: &'p Program<'a>) -> Option<&'p Function<'a>> {
    match program.body.first() {
        Some(Statement::ExpressionStatement(statement)) => match &statement.expression {
            Expression::FunctionExpression(function) => Some(function),
            _ => None,
        },
        _ => None,
    }
}

/// What a CommonJS file seems to export and require.
#[derive(Default)]
pub(crate) struct Scan<'a> {
    /// Names, each once, in the order of the text.
    pub exports: Vec<&'a str>,
    /// Specifiers of all `require("...")`, each once.
    pub requires: Vec<&'a str>,
    /// Of those, whose exports it takes over.
    pub reexports: Vec<&'a str>,
    /// Variables that hold what a `require` gave.
    variables: Vec<(&'a str, &'a str)>,
}

/// Looks through a program.
pub(crate) fn scan<'a>(program: &Program<'a>) -> Scan<'a> {
    let mut scan = Scan::default();
    scan.visit_program(program);
    scan
}

impl<'a> Scan<'a> {
    fn export(&mut self, name: &'a str) {
        if !self.exports.contains(&name) {
            self.exports.push(name);
        }
    }

    fn reexport(&mut self, specifier: &'a str) {
        if !self.reexports.contains(&specifier) {
            self.reexports.push(specifier);
        }
    }

    /// `module.exports = value`.
    fn assigned(&mut self, value: &Expression<'a>) {
        match value {
            Expression::ObjectExpression(object) => self.literal(object),
            Expression::AssignmentExpression(inner) if is_exports_target(&inner.left) => {
                self.assigned(&inner.right);
            }
            _ => {
                if let Some(specifier) = required(value) {
                    // Of several the last one counts: branches of a condition mostly.
                    self.reexports.clear();
                    self.reexport(specifier);
                }
            }
        }
    }

    /// Keys of a literal up to the first that has another value than a name.
    fn literal(&mut self, object: &ObjectExpression<'a>) {
        for property in &object.properties {
            match property {
                ObjectPropertyKind::SpreadProperty(spread) => match required(&spread.argument) {
                    Some(specifier) => self.reexport(specifier),
                    None if matches!(spread.argument, Expression::Identifier(_)) => {}
                    None => return,
                },
                ObjectPropertyKind::ObjectProperty(property) => {
                    let name = match &property.key {
                        PropertyKey::StaticIdentifier(id) => id.name.as_str(),
                        PropertyKey::StringLiteral(text) if !property.computed => text.value.as_str(),
                        _ => return,
                    };
                    if property.method || property.kind != PropertyKind::Init {
                        return self.export(name);
                    }
                    self.export(name);
                    if !matches!(property.value, Expression::Identifier(_)) {
                        return;
                    }
                }
            }
        }
    }

    /// `Object.defineProperty(exports, "name", { value or get })`.
    fn defined(&mut self, call: &CallExpression<'a>) {
        let [target, name, descriptor, ..] = call.arguments.as_slice() else { return };
        let (Some(target), Argument::StringLiteral(name), Argument::ObjectExpression(descriptor)) =
            (target.as_expression(), name, descriptor)
        else {
            return;
        };
        let gives = descriptor.properties.iter().any(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => match property.key.static_name().as_deref() {
                Some("value") => true,
                Some("get") => gives_name(&property.value),
                _ => false,
            },
            ObjectPropertyKind::SpreadProperty(_) => false,
        });
        if is_exports(target) && gives {
            self.export(name.value.as_str());
        }
    }

    /// `Object.keys(x).forEach(function (k) { ... exports[k] = x[k] ... })`, as Babel writes `export * from`.
    fn copied(&mut self, call: &CallExpression<'a>) {
        let Expression::StaticMemberExpression(callee) = &call.callee else { return };
        let Expression::CallExpression(keys) = &callee.object else { return };
        if callee.property.name != "forEach" || !is_call_of(keys, "Object", "keys") {
            return;
        }
        let Some(Argument::Identifier(of)) = keys.arguments.first() else { return };
        let copies = match call.arguments.first() {
            Some(Argument::FunctionExpression(function)) => {
                let mut finder = CopiesToExports(false);
                function.body.iter().for_each(|body| finder.visit_function_body(body));
                finder.0
            }
            _ => false,
        };
        let known = self.variables.iter().rfind(|(name, _)| *name == of.name.as_str());
        if copies && let Some(&(_, specifier)) = known {
            self.reexport(specifier);
        }
    }
}

impl<'a> Visit<'a> for Scan<'a> {
    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if assignment.operator == AssignmentOperator::Assign {
            match &assignment.left {
                AssignmentTarget::StaticMemberExpression(member) if is_exports(&member.object) => {
                    self.export(member.property.name.as_str());
                }
                AssignmentTarget::ComputedMemberExpression(member) if is_exports(&member.object) => {
                    if let Expression::StringLiteral(name) = &member.expression {
                        self.export(name.value.as_str());
                    }
                }
                target if is_exports_target(target) => self.assigned(&assignment.right),
                _ => {}
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let BindingPattern::BindingIdentifier(id) = &declarator.id
            && let Some(init) = &declarator.init
        {
            let inner = match init {
                // `_interopRequireWildcard(require("x"))`
                Expression::CallExpression(call) if call.arguments.len() == 1 && required(init).is_none() => {
                    call.arguments[0].as_expression()
                }
                _ => Some(init),
            };
            if let Some(specifier) = inner.and_then(required) {
                self.variables.push((id.name.as_str(), specifier));
            }
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(specifier) = required_by(call)
            && !self.requires.contains(&specifier)
        {
            self.requires.push(specifier);
        }
        if is_call_of(call, "Object", "defineProperty") {
            self.defined(call);
        }
        if is_export_star(&call.callee)
            && let Some(specifier) =
                call.arguments.first().and_then(Argument::as_expression).and_then(required)
        {
            self.reexport(specifier);
        }
        self.copied(call);
        walk::walk_call_expression(self, call);
    }
}

struct CopiesToExports(bool);

impl<'a> Visit<'a> for CopiesToExports {
    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let AssignmentTarget::ComputedMemberExpression(member) = &assignment.left {
            self.0 |= is_exports(&member.object);
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if is_call_of(call, "Object", "defineProperty") {
            self.0 |= call.arguments.first().and_then(Argument::as_expression).is_some_and(is_exports);
        }
        walk::walk_call_expression(self, call);
    }
}

/// Whether a getter does nothing but return a variable or a member of one: what compilers write.
fn gives_name(getter: &Expression<'_>) -> bool {
    let Expression::FunctionExpression(function) = getter else { return false };
    let Some(body) = &function.body else { return false };
    let [Statement::ReturnStatement(statement)] = body.statements.as_slice() else { return false };
    match &statement.argument {
        Some(Expression::Identifier(_)) => true,
        Some(Expression::StaticMemberExpression(member)) => {
            matches!(member.object, Expression::Identifier(_))
        }
        Some(Expression::ComputedMemberExpression(member)) => {
            matches!(member.object, Expression::Identifier(_))
                && matches!(member.expression, Expression::StringLiteral(_))
        }
        _ => false,
    }
}

/// `__export`, `__exportStar` or `tslib.__exportStar`, as TypeScript writes `export * from`.
fn is_export_star(callee: &Expression<'_>) -> bool {
    match callee {
        Expression::Identifier(id) => matches!(id.name.as_str(), "__export" | "__exportStar"),
        Expression::StaticMemberExpression(member) => member.property.name == "__exportStar",
        _ => false,
    }
}

fn is_call_of(call: &CallExpression<'_>, object: &str, method: &str) -> bool {
    matches!(&call.callee, Expression::StaticMemberExpression(member)
        if member.property.name == method && matches!(&member.object, Expression::Identifier(id) if id.name == object))
}

/// `exports` or `module.exports`.
fn is_exports(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::Identifier(id) => id.name == "exports",
        Expression::StaticMemberExpression(member) => is_module_exports(member),
        _ => false,
    }
}

fn is_module_exports(member: &StaticMemberExpression<'_>) -> bool {
    member.property.name == "exports"
        && matches!(&member.object, Expression::Identifier(id) if id.name == "module")
}

fn is_exports_target(target: &AssignmentTarget<'_>) -> bool {
    matches!(target, AssignmentTarget::StaticMemberExpression(member) if is_module_exports(member))
}

fn required<'a>(expression: &Expression<'a>) -> Option<&'a str> {
    match expression {
        Expression::CallExpression(call) => required_by(call),
        _ => None,
    }
}

fn required_by<'a>(call: &CallExpression<'a>) -> Option<&'a str> {
    match (&call.callee, call.arguments.as_slice()) {
        (Expression::Identifier(id), [Argument::StringLiteral(text)]) if id.name == "require" => {
            Some(text.value.as_str())
        }
        _ => None,
    }
}
