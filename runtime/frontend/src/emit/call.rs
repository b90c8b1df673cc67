//! Calls: functions, methods, `new`, `super()`, direct eval, tagged templates, `import()`.
//!
//! A call's window is a run of registers above everything in use: the callee's frame header, receiver, arguments.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};
use tvm_bytecode::data::*;
use tvm_bytecode::{FRAME_HEADER, Op};

use super::Function as Emitter;
use super::assign::Reference;
use super::core::Reg;
use super::expr::strip;

/// Arguments beyond this many are passed in an array.
const MAX_REGISTER_ARGUMENTS: usize = 200;

/// A call window under construction.
struct Window {
    base: Reg,
    count: u32,
}

/// An evaluated callee.
struct Callee {
    function: Reg,
    this: Option<Reg>,
    /// A window that is open already and holds the receiver.
    window: Option<Reg>,
}

/// A call without receiver, its callee known elsewhere.
const NO_CALLEE: Callee = Callee { function: 0, this: None, window: None };

impl Window {
    fn this(&self) -> Reg {
        self.base + FRAME_HEADER
    }
}

impl<'a> Emitter<'_, 'a> {
    pub(crate) fn call(&mut self, call: &CallExpression<'a>, dst: Option<Reg>) -> Reg {
        if matches!(call.callee, Expression::Super(_)) {
            return self.super_call(call, dst);
        }
        let mark = self.code.mark();
        let may_assign =
            call.arguments.iter().any(|a| a.as_expression().is_none_or(|e| super::expr::may_assign(e, 8)));
        let is_eval =
            !call.optional && matches!(&call.callee, Expression::Identifier(id) if id.name == "eval");
        let context = is_eval.then(|| self.eval_context());
        let callee = self.callee(&call.callee, may_assign);
        if call.optional {
            self.exit_chain(callee.function);
        }
        let position = callee_position(&call.callee);
        if needs_array(&call.arguments) {
            let array = self.arguments_array(&call.arguments);
            let this = callee.this.unwrap_or_else(|| {
                let this = self.temp();
                self.load_undefined(this);
                this
            });
            self.code.release(mark);
            let dst = self.dst(dst);
            self.code.position = position;
            self.quote(call.callee.span());
            let (d, c, t, a) = (dst.into(), callee.function.into(), this.into(), array.into());
            match context {
                Some((env, context)) => self.op(Op::DirectEvalSpread, &[d, c, t, a, env.into(), context]),
                None => self.op(Op::CallSpread, &[d, c, t, a]),
            }
            return dst;
        }
        let window = self.fill_window(&callee, &call.arguments);
        if context.is_some() && callee.this.is_none() {
            self.load_undefined(window.this());
        }
        self.code.release(mark);
        let dst = self.dst(dst);
        self.code.position = position;
        self.quote(call.callee.span());
        let (d, c, w, n) = (dst.into(), callee.function.into(), window.base.into(), window.count.into());
        if let Some((env, context)) = context {
            self.op(Op::DirectEval, &[d, c, w, n, env.into(), context]);
        } else if callee.this.is_some() {
            self.op(Op::CallMethod, &[d, c, w, n]);
        } else {
            self.op(Op::Call, &[d, c, w, n]);
        }
        dst
    }

    /// Reserves the header and receiver of a window at the top of the registers.
    fn open_window(&mut self) -> Window {
        let base = self.code.alloc_many(FRAME_HEADER + 1);
        Window { base, count: 0 }
    }

    /// Evaluates arguments into the callee's window, or into a new one that gets its receiver.
    fn fill_window(&mut self, callee: &Callee, arguments: &[Argument<'a>]) -> Window {
        let mut window = match callee.window {
            Some(base) => Window { base, count: 0 },
            None => {
                let window = self.open_window();
                if let Some(this) = callee.this {
                    self.move_to(window.this(), this);
                }
                window
            }
        };
        for argument in arguments {
            if let Some(e) = argument.as_expression() {
                let register = self.temp();
                self.scratch(|f| f.expr_to(e, register));
            }
            window.count += 1;
        }
        window
    }

    /// Evaluates a callee and its receiver; `guard` where the arguments could assign to a variable it is read from.
    fn callee(&mut self, callee: &Expression<'a>, guard: bool) -> Callee {
        match strip(callee) {
            Expression::Identifier(id)
                if !self.is_library && !self.resolve(id.name.as_str()).dynamic.is_empty() =>
            {
                let (this, function) = (self.temp(), self.temp());
                let value = self.read_callee(id.name.as_str(), id.span, this);
                self.move_to(function, value);
                Callee { function, this: Some(this), window: None }
            }
            Expression::ChainExpression(chain) if chain.expression.is_member_expression() => {
                let (exit, end) = (self.code.label(), self.code.label());
                let (this, function) = (self.temp(), self.temp());
                self.chain_exits.push(exit);
                self.method(chain.expression.to_member_expression(), this, function);
                self.chain_exits.pop();
                self.code.jump(end);
                self.code.bind(exit);
                self.load_undefined(function);
                self.load_undefined(this);
                self.code.bind(end);
                Callee { function, this: Some(this), window: None }
            }
            e if e.is_member_expression() => {
                // The function waits in the window's callee slot: it is free until the call.
                let window = self.open_window();
                let (this, function) = (window.this(), window.base + 2);
                self.method(e.to_member_expression(), this, function);
                Callee { function, this: Some(this), window: Some(window.base) }
            }
            e => {
                let mut function = self.expr(e);
                if guard && self.is_local(function) {
                    let copy = self.temp();
                    self.move_to(copy, function);
                    function = copy;
                }
                Callee { function, this: None, window: None }
            }
        }
    }

    /// Reads a method and its receiver.
    fn method(&mut self, member: &MemberExpression<'a>, this: Reg, function: Reg) {
        self.scratch(|f| {
            let object = match member {
                MemberExpression::StaticMemberExpression(m) => Some((&m.object, m.optional)),
                MemberExpression::ComputedMemberExpression(m) => Some((&m.object, m.optional)),
                MemberExpression::PrivateFieldExpression(m) => Some((&m.object, m.optional)),
            };
            match object {
                Some((Expression::Super(_), _)) | None => {
                    let reference = f.member_reference(member, super::assign::Purpose::Read);
                    if let Reference::Super { this: receiver, .. } = reference {
                        f.move_to(this, receiver);
                    }
                    f.load_reference(&reference, function);
                }
                Some((object, optional)) => {
                    f.expr_to(object, this);
                    if optional {
                        f.exit_chain(this);
                    }
                    f.method_of(member, this, function);
                }
            }
        });
    }

    fn method_of(&mut self, member: &MemberExpression<'a>, object: Reg, function: Reg) {
        let reference = match member {
            MemberExpression::StaticMemberExpression(m) => {
                let name = self.name_constant(m.property.name.as_str());
                Reference::Named { object, name, span: m.property.span }
            }
            MemberExpression::ComputedMemberExpression(m) => {
                let key = self.expr(&m.expression);
                Reference::Keyed { object, key, span: m.expression.span() }
            }
            MemberExpression::PrivateFieldExpression(m) => {
                let key = self.private_key(&m.field);
                Reference::Private { object, key, span: m.field.span }
            }
        };
        self.load_reference(&reference, function);
    }

    /// The scope object that direct eval code sees, and the constant that describes it.
    fn eval_context(&mut self) -> (Reg, i64) {
        let flags = self.eval_flags();
        let layout =
            self.unit.enclosing_layout(Some(self.scope)).or(self.unit.external.first().map(|s| s.layout));
        let (env, layout) = match (self.env(), layout) {
            (Some(env), Some(layout)) => (env, layout),
            _ => {
                // At the top of a script there is no scope object: eval code sees globals only.
                let layout = self.unit.empty_scope(self.strict);
                let constant = self.code.constant(Constant::Scope(layout));
                let env = self.temp();
                self.op(Op::NewRootScope, &[env.into(), constant]);
                (env, layout)
            }
        };
        let list = self.unit.list(vec![layout, flags]);
        (env, self.code.constant(Constant::Eval(list)))
    }

    fn eval_flags(&self) -> u32 {
        let mut flags = if self.strict { eval_flag::STRICT } else { 0 };
        flags |= if self.in_parameters { eval_flag::PARAMETERS } else { 0 };
        let mut id = self.id;
        loop {
            let info = self.unit.analysis.function(id);
            match info.parent {
                Some(parent) if info.is_arrow => id = parent,
                None => return flags | self.unit.eval_flags & !eval_flag::PARAMETERS,
                _ => {
                    flags |= eval_flag::FUNCTION;
                    flags |= if info.is_method { eval_flag::SUPER_PROPERTY } else { 0 };
                    flags |= if info.is_derived { eval_flag::SUPER_CALL } else { 0 };
                    flags |= if info.is_field_init { eval_flag::FIELD } else { 0 };
                    return flags;
                }
            }
        }
    }

    fn super_call(&mut self, call: &CallExpression<'a>, dst: Option<Reg>) -> Reg {
        let span = call.span;
        let own = self.own_register(dst);
        self.scratch(|f| {
            let function = f.pseudo(".callee", span);
            let target = f.pseudo("new.target", span);
            if needs_array(&call.arguments) {
                let array = f.arguments_array(&call.arguments);
                f.at(span);
                f.op(Op::SuperCallSpread, &[own.into(), function.into(), target.into(), array.into()]);
            } else {
                let window = f.fill_window(&NO_CALLEE, &call.arguments);
                f.at(span);
                let operands =
                    [own.into(), function.into(), target.into(), window.base.into(), window.count.into()];
                f.op(Op::SuperCall, &operands);
            }
        });
        self.bind_this(own, span);
        self.scratch(|f| {
            let function = f.pseudo(".callee", span);
            f.op(Op::RunFieldInit, &[own.into(), function.into()]);
        });
        self.parameter_properties_after_super(own);
        own
    }

    /// BindThisValue (9.1.1.3.1).
    fn bind_this(&mut self, value: Reg, span: Span) {
        self.at(span);
        match self.resolve("this").target {
            super::names::Target::Local(_, register) => {
                self.op(Op::CheckSuperOnce, &[register.into()]);
                self.move_to(register, value);
            }
            super::names::Target::Slot { env, depth, slot, .. } => {
                self.scratch(|f| {
                    let this = f.temp();
                    f.op(Op::GetSlot, &[this.into(), env.into(), depth.into(), slot.into()]);
                    f.op(Op::CheckSuperOnce, &[this.into()]);
                });
                self.op(Op::SetSlot, &[env.into(), depth.into(), slot.into(), value.into()]);
            }
            _ => self.fail(span, "'super' keyword unexpected here"),
        }
    }

    fn pseudo(&mut self, name: &'static str, span: Span) -> Reg {
        match self.resolve(name).target {
            super::names::Target::Global => {
                self.fail(span, "'super' keyword unexpected here");
                0
            }
            target => self.read_target(target, name, span, None, false),
        }
    }

    pub(crate) fn new_expression(&mut self, new: &NewExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let mut callee = self.expr(&new.callee);
        if self.is_local(callee)
            && new.arguments.iter().any(|a| a.as_expression().is_none_or(|e| super::expr::may_assign(e, 8)))
        {
            let copy = self.temp();
            self.move_to(copy, callee);
            callee = copy;
        }
        if needs_array(&new.arguments) {
            let array = self.arguments_array(&new.arguments);
            self.code.release(mark);
            let dst = self.dst(dst);
            self.at(new.span);
            self.quote(new.callee.span());
            self.op(Op::NewSpread, &[dst.into(), callee.into(), array.into()]);
            return dst;
        }
        let window = self.fill_window(&NO_CALLEE, &new.arguments);
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(new.span);
        self.quote(new.callee.span());
        self.op(Op::New, &[dst.into(), callee.into(), window.base.into(), window.count.into()]);
        dst
    }

    /// All arguments in an array, spread ones included.
    fn arguments_array(&mut self, arguments: &[Argument<'a>]) -> Reg {
        let array = self.temp();
        self.op(Op::NewArray, &[array.into(), arguments.len().min(255) as i64]);
        for argument in arguments {
            self.scratch(|f| match argument {
                Argument::SpreadElement(spread) => {
                    let value = f.expr(&spread.argument);
                    f.at(spread.argument.span());
                    f.quote(spread.argument.span());
                    f.op(Op::ArraySpread, &[array.into(), value.into()]);
                }
                _ => {
                    if let Some(e) = argument.as_expression() {
                        let value = f.expr(e);
                        f.op(Op::ArrayPush, &[array.into(), value.into()]);
                    }
                }
            });
        }
        array
    }

    pub(crate) fn tagged_template(&mut self, tagged: &TaggedTemplateExpression<'a>, dst: Option<Reg>) -> Reg {
        let mark = self.code.mark();
        let callee = self.callee(&tagged.tag, true);
        let mut window = self.fill_window(&callee, &[]);
        let strings = self.temp();
        self.template_object(&tagged.quasi, strings);
        for e in &tagged.quasi.expressions {
            let register = self.temp();
            self.scratch(|f| f.expr_to(e, register));
        }
        window.count = 1 + tagged.quasi.expressions.len() as u32;
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(tagged.span);
        self.quote(tagged.tag.span());
        let op = if callee.this.is_some() { Op::CallMethod } else { Op::Call };
        self.op(op, &[dst.into(), callee.function.into(), window.base.into(), window.count.into()]);
        dst
    }

    pub(crate) fn import_expression(&mut self, import: &ImportExpression<'a>, dst: Option<Reg>) -> Reg {
        if import.phase.is_some() {
            self.fail(import.span, "import phases (import.source, import.defer) are not part of ECMAScript");
        }
        let mark = self.code.mark();
        let specifier = self.expr_copy(&import.source);
        let options = match &import.options {
            Some(options) => self.expr(options),
            None => {
                let undefined = self.temp();
                self.load_undefined(undefined);
                undefined
            }
        };
        self.code.release(mark);
        let dst = self.dst(dst);
        self.at(import.span);
        self.op(Op::DynamicImport, &[dst.into(), specifier.into(), options.into()]);
        dst
    }

    /// Calls `callee` with receiver and arguments in registers.
    pub(crate) fn call_with(&mut self, dst: Reg, callee: Reg, this: Reg, arguments: &[Reg]) {
        self.scratch(|f| {
            let window = f.open_window();
            f.move_to(window.this(), this);
            for &argument in arguments {
                let register = f.temp();
                f.move_to(register, argument);
            }
            let count = arguments.len() as i64;
            f.op(Op::CallMethod, &[dst.into(), callee.into(), window.base.into(), count]);
        });
    }
}

fn needs_array(arguments: &[Argument<'_>]) -> bool {
    arguments.len() > MAX_REGISTER_ARGUMENTS || arguments.iter().any(Argument::is_spread)
}

/// Where V8 puts a call's position: at the method's name, or at the start of the callee.
fn callee_position(callee: &Expression<'_>) -> u32 {
    match strip(callee) {
        Expression::StaticMemberExpression(m) => m.property.span.start,
        Expression::ComputedMemberExpression(m) => m.expression.span().start,
        Expression::PrivateFieldExpression(m) => m.field.span.start,
        e => e.span().start,
    }
}
