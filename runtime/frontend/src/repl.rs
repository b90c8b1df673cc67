//! `await` at the top of a script, for the REPL: the text is wrapped in an async function, and its declarations are
//! moved out so that they outlive the call.
//!
//! Enters: a script's text. Leaves: a script's text whose completion value is a promise of `{ value }`, or nothing
//! where the text makes no sense that way. Works on the text by the places of the parsed statements, so line numbers
//! stay what they are.

use oxc_allocator::Allocator;
use oxc_ast::ast::*;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType, Span};

use crate::guard;
use crate::nesting::Dialect;

const HEAD: &str = "(async () => {";
const TAIL: &str = "\n})()";

/// Pieces of the new text: places where text is inserted or replaced, in order.
struct Edits<'s> {
    source: &'s str,
    out: String,
    at: usize,
    names: Vec<(bool, String)>,
}

impl Edits<'_> {
    /// Replaces a range.
    fn replace(&mut self, start: u32, end: u32, text: &str) {
        let (start, end) = (start as usize, end as usize);
        if start < self.at || end < start {
            return;
        }
        self.out.push_str(&self.source[self.at..start]);
        self.out.push_str(text);
        self.at = end;
    }

    fn declare(&mut self, is_var: bool, name: &str) {
        self.names.push((is_var, name.to_owned()));
    }

    /// `const a = 1, b` becomes `void (a = 1, b = undefined)`.
    fn variables(&mut self, declaration: &VariableDeclaration<'_>) {
        if declaration.declare || declaration.declarations.is_empty() {
            return;
        }
        let is_var = declaration.kind == VariableDeclarationKind::Var;
        let mut from = declaration.span.start;
        for (i, declarator) in declaration.declarations.iter().enumerate() {
            self.pattern(is_var, &declarator.id);
            let start = if i == 0 { "void ((" } else { ", (" };
            self.replace(from, declarator.span.start, start);
            let id = declarator.id.span();
            from = match &declarator.init {
                // A type between the pattern and its value is left out.
                Some(init) => {
                    self.replace(id.end, init.span().start, " = (");
                    self.replace(init.span().end, init.span().end, "))");
                    init.span().end.max(declarator.span.end)
                }
                None => {
                    self.replace(id.end, declarator.span.end.max(id.end), " = undefined)");
                    declarator.span.end.max(id.end)
                }
            };
        }
        self.replace(from, declaration.span.end, ");");
    }

    /// Declares the names of a pattern.
    fn pattern(&mut self, is_var: bool, pattern: &BindingPattern<'_>) {
        match pattern {
            BindingPattern::BindingIdentifier(id) => self.declare(is_var, id.name.as_str()),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    self.pattern(is_var, &property.value);
                }
                if let Some(rest) = &object.rest {
                    self.pattern(is_var, &rest.argument);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.pattern(is_var, element);
                }
                if let Some(rest) = &array.rest {
                    self.pattern(is_var, &rest.argument);
                }
            }
            BindingPattern::AssignmentPattern(assignment) => self.pattern(is_var, &assignment.left),
        }
    }

    fn statement(&mut self, statement: &Statement<'_>, is_last: bool) {
        match statement {
            Statement::VariableDeclaration(declaration) => self.variables(declaration),
            Statement::ClassDeclaration(class) => {
                if let Some(id) = &class.id {
                    self.declare(false, id.name.as_str());
                    self.replace(class.span.start, class.span.start, &format!("{} = ", id.name));
                    self.replace(class.span.end, class.span.end, ";");
                }
            }
            Statement::FunctionDeclaration(function) => {
                if let Some(id) = &function.id {
                    self.declare(true, id.name.as_str());
                    self.replace(
                        function.span.start,
                        function.span.start,
                        &format!("this.{0} = {0}; ", id.name),
                    );
                }
            }
            Statement::ExpressionStatement(statement) if is_last => {
                let inner: Span = statement.expression.span();
                self.replace(inner.start, inner.start, "return { value: (");
                self.replace(inner.end, statement.span.end, ") };");
            }
            _ => {}
        }
    }
}

/// The text with its `await`s allowed.
pub fn async_text(source: &str, typescript: bool) -> Option<String> {
    let dialect = Dialect { typescript, html_comments: true };
    guard::with_stack(source, dialect, |source| wrapped_text(source, typescript)).ok().flatten()
}

fn wrapped_text(source: &str, typescript: bool) -> Option<String> {
    let wrapped = format!("{HEAD}{source}{TAIL}");
    let allocator = Allocator::default();
    let base = if typescript { SourceType::ts().with_script(true) } else { SourceType::script() };
    let options = ParseOptions { preserve_parens: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, &wrapped, base.with_jsx(false)).with_options(options).parse();
    if parsed.diagnostics.errors().next().is_some() {
        return None;
    }
    let [Statement::ExpressionStatement(statement)] = parsed.program.body.as_slice() else { return None };
    let Expression::CallExpression(call) = &statement.expression else { return None };
    let Expression::ParenthesizedExpression(inner) = &call.callee else { return None };
    let Expression::ArrowFunctionExpression(arrow) = &inner.expression else { return None };
    let mut edits = Edits { source: &wrapped, out: String::new(), at: 0, names: Vec::new() };
    let ArrowFunctionBody::FunctionBody(body) = &arrow.body else { return None };
    let count = body.statements.len();
    for (i, statement) in body.statements.iter().enumerate() {
        edits.statement(statement, i + 1 == count);
    }
    let end = wrapped.len() as u32;
    edits.replace(end, end, "");
    let mut text = String::new();
    for (is_var, name) in &edits.names {
        text.push_str(if *is_var { "var " } else { "let " });
        text.push_str(name);
        text.push_str("; ");
    }
    Some(text + &edits.out)
}

#[cfg(test)]
mod tests {
    use super::async_text;

    #[test]
    fn declarations_outlive_the_call() {
        let text = async_text("const x = await y, { a, b: [c] } = z; x", false).expect("it parses");
        assert!(text.starts_with("let x; let a; let c; "), "{text}");
        assert!(text.contains("void ((x = (await y)), ({ a, b: [c] } = (z)));"), "{text}");
        assert!(text.contains("return { value: (x) };"), "{text}");
        let text =
            async_text("class A {}\nfunction f() {}\nlet n: number = await 4", true).expect("it parses");
        assert!(text.contains("A = class A {};"), "{text}");
        assert!(text.contains("this.f = f; function f() {}"), "{text}");
        assert!(text.contains("void ((n = (await 4)));"), "{text}");
        assert_eq!(async_text("await (", false), None);
    }
}
