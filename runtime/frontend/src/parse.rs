//! oxc's parser and its early errors, turned into ours.

use oxc_allocator::Allocator;
use oxc_ast::ast::{Program, Statement};
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use tvm_bytecode::UnitData;
use tvm_bytecode::data::{SlotKind, eval_flag};

use crate::commonjs;
use crate::emit::compile_program;
use crate::error::CompileError;
use crate::guard::limit;
use crate::positions::LineIndex;
use crate::{EvalContext, Goal, Options};

pub(crate) fn compile(source: &str, options: &Options<'_>) -> Result<UnitData, CompileError> {
    let allocator = Allocator::default();
    let source_type = source_type(options);
    let parsed = Parser::new(&allocator, source, source_type).with_options(parse_options(options)).parse();
    let context = match &options.goal {
        Goal::Eval(context) => Some(context),
        _ => None,
    };
    options.go_on()?;
    check(source, parsed.diagnostics.errors(), context)?;
    check_goal(source, &parsed.program, options)?;
    check_parameters(source, &parsed.program)?;
    if options.strict && !matches!(options.goal, Goal::Module) {
        check_strict(source, source_type, options)?;
    }
    let mut program = parsed.program;
    if matches!(options.goal, Goal::CommonJs) {
        commonjs::wrap(&allocator, &mut program);
    }
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&program);
    check(source, semantic.diagnostics.errors(), context)?;
    drop(semantic.semantic);
    options.go_on()?;
    compile_checked(&allocator, &program, source, options)
}

/// Reports what the parser refuses.
pub(crate) fn check_syntax(source: &str, options: &Options<'_>) -> Result<(), CompileError> {
    let allocator = Allocator::default();
    let parser = Parser::new(&allocator, source, source_type(options));
    let parsed = parser.with_options(parse_options(options)).parse();
    let context = match &options.goal {
        Goal::Eval(context) => Some(context),
        _ => None,
    };
    check(source, parsed.diagnostics.errors(), context)
}

/// Refuses imports and exports outside modules: of TypeScript the parser takes them everywhere.
fn check_goal(source: &str, program: &Program<'_>, options: &Options<'_>) -> Result<(), CompileError> {
    if !options.typescript || matches!(options.goal, Goal::Module) {
        return Ok(());
    }
    let found = program.body.iter().find_map(|statement| match statement {
        Statement::ImportDeclaration(import) => Some((import.span, "import")),
        Statement::ExportNamedDeclaration(export) => Some((export.span, "export")),
        Statement::ExportDefaultDeclaration(export) => Some((export.span, "export")),
        Statement::ExportAllDeclaration(export) => Some((export.span, "export")),
        _ => None,
    });
    let Some((span, word)) = found else { return Ok(()) };
    let message = format!("Cannot use {word} statement outside a module");
    Err(CompileError::syntax(&LineIndex::new(source), span.start, span.end, message))
}

/// Refuses functions with so many parameters that analysing them would take seconds.
fn check_parameters(source: &str, program: &Program<'_>) -> Result<(), CompileError> {
    use oxc_ast_visit::Visit;
    struct Finder(Option<u32>);
    impl<'a> Visit<'a> for Finder {
        fn visit_formal_parameters(&mut self, params: &oxc_ast::ast::FormalParameters<'a>) {
            if params.items.len() > limit::PARAMETERS && self.0.is_none() {
                self.0 = Some(params.span.start);
            }
            oxc_ast_visit::walk::walk_formal_parameters(self, params);
        }
    }
    if memchr::memchr_iter(b',', source.as_bytes()).take(limit::PARAMETERS).count() < limit::PARAMETERS {
        return Ok(());
    }
    let mut finder = Finder(None);
    finder.visit_program(program);
    match finder.0 {
        Some(at) => {
            let (line, column) = LineIndex::new(source).position(at);
            let message =
                format!("a function has more than {} parameters (at {line}:{column})", limit::PARAMETERS);
            Err(CompileError::limit(message))
        }
        None => Ok(()),
    }
}

/// Reports what strict code may not contain. oxc takes a script for strict only by its directive: the text is parsed
/// once more behind one.
fn check_strict(source: &str, source_type: SourceType, options: &Options<'_>) -> Result<(), CompileError> {
    const DIRECTIVE: &str = "'use strict';";
    // A hashbang comment stands at the start only; there it is a comment like others.
    let shifted = match source.strip_prefix("#!") {
        Some(rest) => format!("{DIRECTIVE}//{rest}"),
        None => format!("{DIRECTIVE}{source}"),
    };
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &shifted, source_type).with_options(parse_options(options)).parse();
    let context = match &options.goal {
        Goal::Eval(context) => Some(context),
        _ => None,
    };
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    let found = check(&shifted, parsed.diagnostics.errors(), context)
        .and_then(|()| check(&shifted, semantic.diagnostics.errors(), context));
    found.map_err(|error| {
        let index = LineIndex::new(source);
        let back = |at: u32| at.saturating_sub(DIRECTIVE.len() as u32);
        CompileError::syntax(&index, back(error.start), back(error.end), error.message)
    })
}

fn compile_checked<'a>(
    allocator: &'a Allocator,
    program: &Program<'a>,
    source: &'a str,
    options: &'a Options<'a>,
) -> Result<UnitData, CompileError> {
    compile_program(allocator, program, source, options)
}

fn source_type(options: &Options<'_>) -> SourceType {
    let base = match (&options.goal, options.typescript) {
        (Goal::Module, true) => SourceType::ts(),
        (Goal::Module, false) => SourceType::mjs(),
        (Goal::CommonJs, true) => SourceType::ts().with_commonjs(true),
        (Goal::CommonJs, false) => SourceType::cjs(),
        (_, true) => SourceType::ts().with_script(true),
        (_, false) => SourceType::script(),
    };
    base.with_jsx(false)
}

fn parse_options(options: &Options<'_>) -> ParseOptions {
    ParseOptions {
        parse_regular_expression: true,
        preserve_parens: false,
        allow_v8_intrinsics: matches!(options.goal, Goal::Library(_)),
        ..ParseOptions::default()
    }
}

/// The first diagnostic that stands in this context.
fn check<'d>(
    source: &str,
    diagnostics: impl Iterator<Item = &'d OxcDiagnostic>,
    context: Option<&EvalContext>,
) -> Result<(), CompileError> {
    for diagnostic in diagnostics {
        if context.is_some_and(|context| is_allowed_in(diagnostic, context)) {
            continue;
        }
        let index = LineIndex::new(source);
        let (start, end) = match diagnostic.labels.first() {
            Some(label) => (label.offset(), label.offset() + label.len()),
            None => (0, 0),
        };
        return Err(CompileError::syntax(&index, start, end, diagnostic.message.to_string()));
    }
    Ok(())
}

/// Whether the code around a direct eval allows what oxc, which sees the eval code alone, reports.
fn is_allowed_in(diagnostic: &OxcDiagnostic, context: &EvalContext) -> bool {
    let message = diagnostic.message.as_ref();
    let has = |flag| context.flags & flag != 0;
    if message.contains("new.target") {
        return has(eval_flag::FUNCTION);
    }
    if message.contains("super") || message.contains("Super") {
        let is_call = message.contains("call");
        return if is_call { has(eval_flag::SUPER_CALL) } else { has(eval_flag::SUPER_PROPERTY) };
    }
    if message.contains("Private") || message.contains("private") {
        // The emitter reports names that no class around declares.
        return context.scopes.iter().any(|scope| scope.slots.iter().any(|slot| slot.1 == SlotKind::Private));
    }
    false
}

pub(crate) fn library_functions(source: &str) -> Result<Vec<String>, CompileError> {
    let allocator = Allocator::default();
    let options =
        ParseOptions { allow_v8_intrinsics: true, preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, source, SourceType::script()).with_options(options).parse();
    check(source, parsed.diagnostics.errors(), None)?;
    let name = |statement: &Statement<'_>| match statement {
        Statement::FunctionDeclaration(function) => function.id.as_ref().map(|id| id.name.to_string()),
        _ => None,
    };
    Ok(parsed.program.body.iter().filter_map(name).collect())
}

pub(crate) fn common_js_exports(source: &str) -> Result<Vec<String>, CompileError> {
    let allocator = Allocator::default();
    let options =
        ParseOptions { allow_v8_intrinsics: true, preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, source, SourceType::cjs()).with_options(options).parse();
    check(source, parsed.diagnostics.errors(), None)?;
    Ok(commonjs::scan(&parsed.program).exports.iter().map(|name| (*name).to_owned()).collect())
}
