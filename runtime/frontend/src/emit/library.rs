//! tvm's own library: JavaScript that implements builtins.
//!
//! Its dialect: strict code; top-level function declarations only; free names are other library functions;
//! `%name(...)` is a runtime intrinsic or one of the forms below, which are instructions. User values are never
//! called as methods (`x.f()`), which user code could have replaced; `%call(f, this, ...)` calls.

use oxc_ast::ast::*;
use oxc_span::GetSpan;
use tvm_bytecode::Op;
use tvm_bytecode::data::*;

use super::Function as Emitter;
use super::Unit;
use super::core::Reg;
use super::expr::strip;
use super::function::{Body, ConstructorOf, plain_kind};

impl<'a> Unit<'a> {
    /// Compiles every top-level function; list 0 holds their numbers in the order of the library's names.
    pub(super) fn library(&mut self, program: &Program<'a>) {
        let Some(names) = self.library else { return };
        let index = self.list(Vec::new());
        let mut functions = vec![NONE; names.functions.len()];
        let mut f = Emitter::new(self, crate::scope::FunctionId(0), FunctionKind::Script);
        f.begin(None, 0);
        for statement in &program.body {
            let Statement::FunctionDeclaration(function) = statement else {
                f.fail(statement.span(), "the library consists of function declarations");
                continue;
            };
            let Some(id) = &function.id else { continue };
            let Some(place) = names.functions.iter().position(|name| name == id.name.as_str()) else {
                continue;
            };
            f.unit.library_constructs = id.name.starts_with(crate::NODE_PREFIX);
            let name = f.unit.intern_name(id.name.as_str());
            let body = Body::Function(function);
            functions[place] =
                f.template(&body, plain_kind(function), name, function.span, ConstructorOf::default());
        }
        drop(f);
        self.data.lists[index as usize] = functions;
        self.data.entry_kind = EntryKind::None;
    }
}

impl<'a> Emitter<'_, 'a> {
    /// A free name of library code: another library function, or an object of the realm.
    pub(crate) fn library_name(&mut self, id: &IdentifierReference<'a>, dst: Option<Reg>) -> Option<Reg> {
        let name = id.name.as_str();
        let resolved = self.resolve(name);
        if !super::program::is_global(resolved.target) {
            return None;
        }
        let dst = self.dst(dst);
        let place = |names: &[String]| names.iter().position(|n| n == name);
        let library = self.unit.library;
        let function = library.and_then(|names| place(&names.functions));
        let object = library.and_then(|names| place(&names.realm));
        match (function, object) {
            (Some(place), _) => self.op(Op::GetSelfHosted, &[dst.into(), place as i64]),
            (None, Some(place)) => self.op(Op::GetIntrinsic, &[dst.into(), place as i64]),
            (None, None) => self.fail(id.span, format!("the library has no function {name}")),
        }
        Some(dst)
    }

    /// `%name(...)`.
    pub(crate) fn intrinsic(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let name = call.name.name.as_str();
        if !self.is_library {
            self.fail(call.span, "Unexpected token '%'");
            return self.dst(dst);
        }
        self.at(call.span);
        match name {
            "call" => self.intrinsic_call(call, dst),
            "new" => self.intrinsic_new(call, dst),
            "apply" => self.register_op(Op::CallSpread, call, dst),
            "toObject" => self.register_op(Op::ToObject, call, dst),
            "toPropertyKey" => self.register_op(Op::ToPropertyKey, call, dst),
            "toNumber" => self.register_op(Op::ToNumber, call, dst),
            "toNumeric" => self.register_op(Op::ToNumeric, call, dst),
            "toString" => self.register_op(Op::ToString, call, dst),
            "define" => {
                let operands = self.intrinsic_arguments(call);
                self.op(Op::InitElem, &operands);
                self.expression_undefined(dst)
            }
            "push" => {
                let operands = self.intrinsic_arguments(call);
                self.op(Op::ArrayPush, &operands);
                self.expression_undefined(dst)
            }
            "symbol" => self.named_constant(call, dst),
            "realm" => self.realm_object(call, dst),
            _ => self.runtime_intrinsic(call, dst),
        }
    }

    fn expression_undefined(&mut self, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        self.load_undefined(dst);
        dst
    }

    fn intrinsic_arguments(&mut self, call: &V8IntrinsicExpression<'a>) -> Vec<i64> {
        call.arguments.iter().filter_map(Argument::as_expression).map(|e| self.expr_copy(e).into()).collect()
    }

    /// An instruction whose operands are a result and registers.
    fn register_op(&mut self, op: Op, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let mut operands = self.intrinsic_arguments(call);
        self.code.release(mark);
        let dst = self.dst(dst);
        operands.insert(0, dst.into());
        self.at(call.span);
        self.op(op, &operands);
        dst
    }

    fn intrinsic_call(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        self.scratch(|f| {
            let registers: Vec<Reg> =
                call.arguments.iter().filter_map(Argument::as_expression).map(|e| f.expr_copy(e)).collect();
            f.at(call.span);
            if let [callee, this, arguments @ ..] = registers.as_slice() {
                f.call_with(own, *callee, *this, arguments);
            }
        });
        own
    }

    fn intrinsic_new(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let own = self.own_register(dst);
        self.scratch(|f| {
            let mut registers = call
                .arguments
                .iter()
                .filter_map(Argument::as_expression)
                .map(|e| f.expr_copy(e))
                .collect::<Vec<_>>();
            let callee = registers.remove(0);
            let window = f.code.alloc_many(tvm_bytecode::FRAME_HEADER + 1);
            for &register in &registers {
                let argument = f.temp();
                f.move_to(argument, register);
            }
            f.at(call.span);
            f.op(Op::New, &[own.into(), callee.into(), window.into(), registers.len() as i64]);
        });
        own
    }

    fn literal_argument(&mut self, call: &V8IntrinsicExpression<'a>) -> Option<&'a str> {
        let text = match call.arguments.first().and_then(Argument::as_expression).map(strip) {
            Some(Expression::StringLiteral(literal)) => Some(literal.value.as_str()),
            _ => None,
        };
        if text.is_none() {
            self.fail(call.span, "this intrinsic takes a string literal");
        }
        text
    }

    fn named_constant(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let name = self.literal_argument(call).unwrap_or("");
        let mut camel = name.chars();
        let pascal: String = camel.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(camel).collect();
        match WellKnownSymbol::from_name(&pascal) {
            Some(symbol) => {
                let constant = self.symbol_constant(symbol);
                self.op(Op::LoadConst, &[dst.into(), constant]);
            }
            None => self.fail(call.span, format!("no well-known symbol {name}")),
        }
        dst
    }

    fn realm_object(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let dst = self.dst(dst);
        let name = self.literal_argument(call).unwrap_or("");
        match self.unit.library.and_then(|names| names.realm.iter().position(|n| n == name)) {
            Some(id) => self.op(Op::GetIntrinsic, &[dst.into(), id as i64]),
            None => self.fail(call.span, format!("the realm has no {name}")),
        }
        dst
    }

    fn runtime_intrinsic(&mut self, call: &V8IntrinsicExpression<'a>, dst: Option<Reg>) -> Reg {
        let name = call.name.name.as_str();
        let id = self.unit.library.and_then(|names| names.intrinsics.iter().position(|n| n == name));
        let Some(id) = id else {
            self.fail(call.span, format!("the runtime has no intrinsic %{name}"));
            return self.dst(dst);
        };
        let mark = self.code.mark();
        let count = call.arguments.len() as u32;
        // The verifier wants a register even where there is no argument.
        let first = self.code.alloc_many(count.max(1));
        for (i, argument) in call.arguments.iter().enumerate() {
            if let Some(e) = argument.as_expression() {
                self.scratch(|f| f.expr_to(e, first + i as u32));
            }
        }
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(call.span);
        self.op(Op::CallIntrinsic, &[dst.into(), id as i64, first.into(), count.into()]);
        dst
    }
}
