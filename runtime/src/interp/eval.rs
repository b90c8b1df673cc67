//! Eval: compiling source text at run time (19.2.1), directly in a scope or globally.

use tvm_bytecode::data::{ErrorKind, eval_flag};

use crate::base::exit::Exit;
use crate::base::limits::LARGE_SOURCE;
use crate::base::vm::{CompileFailure, CompileFailureKind, CompileGoal, CompileRequest, SourceCompiler};
use crate::frame::Frame;
use crate::heap::cells::*;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;
use crate::object::surrogates::StandIns;
use crate::semantics::JsResult;

/// Bytes of a syntax tree for each byte of its text, in a bad case.
const TREE_BYTES: usize = 32;

impl<'s> Cx<'s> {
    /// `DirectEval`: eval code where `callee` is %eval%, else a plain call.
    pub(super) fn direct_eval(
        &mut self,
        callee: Local<'s>,
        window: Local<'s>,
        count: i32,
        env: Local<'s>,
        context: i32,
    ) -> JsResult<'s> {
        // SAFETY: the arguments lie in the registers behind the window's receiver.
        #[allow(unsafe_code)]
        let arguments: Vec<Local<'_>> =
            (0..count as u32).map(|i| unsafe { Local::from_slot(window.slot() + 1 + i) }).collect();
        if !self.is_intrinsic(callee.value(self), Intrinsic::Eval) {
            return Err(self.call(callee, window, &arguments));
        }
        match arguments.first() {
            Some(&source) => self.eval_in(source, env, context),
            None => Ok(self.undefined()),
        }
    }

    /// `DirectEvalSpread`: as `DirectEval`, with the elements of an array.
    pub(super) fn direct_eval_spread(
        &mut self,
        callee: Local<'s>,
        this: Local<'s>,
        array: Local<'s>,
        env: Local<'s>,
        context: i32,
    ) -> JsResult<'s> {
        if !self.is_intrinsic(callee.value(self), Intrinsic::Eval) {
            return Err(self.spread_call(callee, this, array));
        }
        let Some(list) = array.as_object(self) else {
            return Err(self.type_error("spread arguments are no array"));
        };
        match list.get(self).element(self, 0).map(|element| element.value.root(self)) {
            Some(source) => self.eval_in(source, env, context),
            None => Ok(self.undefined()),
        }
    }

    /// PerformEval (19.2.1.1) of a value, directly in the scope `env`.
    fn eval_in(&mut self, source: Local<'s>, env: Local<'s>, context: i32) -> JsResult<'s> {
        let Some(text) = source.cast::<Str>(self) else { return Ok(source) };
        let text = self.source_texts(&[text])?;
        let template = Frame(self.vm.frame).template(self).expect("a frame has a function").root(self);
        if template.get(self).realm(self).intrinsic(self, Intrinsic::CodeGeneration) == Value::FALSE {
            return Err(self.generation_refused());
        }
        let number = template.get(self).unit();
        let id = self.linked().at(self, context as usize).as_number().unwrap_or(0.0) as u32;
        let unit = self.vm.units[number as usize].clone();
        let entry: Vec<u32> = unit.list(id).collect();
        let (scope, flags) = (entry.first().copied().unwrap_or(0), entry.get(1).copied().unwrap_or(0));
        let goal = CompileGoal::Eval { unit: &unit, scope, flags };
        let strict = flags & eval_flag::STRICT != 0;
        let realm = template.get(self).realm(self).root(self);
        let function = self.compile_eval(&text, goal, strict, realm, env.cast::<Scope>(self))?;
        let this = self.undefined();
        Err(self.call(function.any(), this, &[]))
    }

    /// Indirect eval of a value, whose result is the caller's own.
    pub fn indirect_eval(&mut self, source: Local<'s>) -> JsResult<'s> {
        let Some(text) = source.cast::<Str>(self) else { return Ok(source) };
        let text = self.source_texts(&[text])?;
        let realm = self.realm().root(self);
        self.check_generation(realm)?;
        let function = self.compile_eval(&text, CompileGoal::Indirect, false, realm, None)?;
        let this = self.undefined();
        Err(self.call(function.any(), this, &[]))
    }

    /// Source texts as the front end takes them, with what stands for their lone surrogates; work is paid for.
    pub fn source_texts(&mut self, texts: &[Local<'_, Str>]) -> JsResult<'s, (Vec<String>, StandIns)> {
        let mut flat = Vec::new();
        for &text in texts {
            let length = text.get(self).length();
            self.vm.spend(u64::from(length) / 16)?;
            flat.push(self.flatten(text)?);
        }
        let stand_ins = StandIns::of(flat.iter().map(|text| text.get(self).chars(self)));
        let texts = flat.iter().map(|text| stand_ins.text_of(text.get(self).chars(self))).collect();
        Ok((texts, stand_ins))
    }

    /// Has the compiler do something with a program's own text, until the program is to be stopped.
    pub fn generate<T>(
        &mut self,
        request: CompileRequest<'_>,
        surrogates: &StandIns,
        work: impl FnOnce(&dyn SourceCompiler, &CompileRequest<'_>) -> Result<T, CompileFailure>,
    ) -> JsResult<'s, T> {
        let Some(compiler) = self.vm.compiler.clone() else {
            let message = "Code generation from strings disallowed: this isolate has no source compiler";
            return Err(self.throw(ErrorKind::EvalError, message));
        };
        // The syntax tree lies elsewhere, and is much larger than the text.
        if request.source.len() >= LARGE_SOURCE {
            self.require_room(request.source.len().saturating_mul(TREE_BYTES))?;
        }
        let (surrogates, stop) = (surrogates.pairs(), self.vm.stop_condition());
        let request = CompileRequest { surrogates: &surrogates, stop: Some(&stop), ..request };
        work(&*compiler, &request).map_err(|failure| self.compile_error(&failure))
    }

    /// Compiles eval code to a function of the unit's entry, to be called without arguments.
    fn compile_eval(
        &mut self,
        (texts, surrogates): &(Vec<String>, StandIns),
        goal: CompileGoal<'_>,
        strict: bool,
        realm: Local<'_, Realm>,
        scope: Option<Local<'_, Scope>>,
    ) -> JsResult<'s, Local<'s, Function>> {
        let name = self.eval_name()?;
        let plain = CompileRequest::new(&texts[0], &name, goal);
        let request = CompileRequest { strict, completion_value: true, ..plain };
        let unit = self.generate(request, surrogates, |compiler, request| compiler.compile(request))?;
        let entry = unit.entry();
        let number = self.add_given_unit(unit)?;
        let template = self.new_template(number, entry, realm)?;
        let module = self.running_module();
        template.get(self).set_module(self, module.value(self));
        self.new_closure(template, scope)
    }

    /// Compiles the text of one function, which is the dynamic function itself.
    pub fn compile_dynamic_function(
        &mut self,
        source: &str,
        surrogates: &StandIns,
        realm: Local<'_, Realm>,
    ) -> JsResult<'s, Local<'s, Function>> {
        let name = self.eval_name()?;
        let request = CompileRequest::new(source, &name, CompileGoal::Function);
        let unit = self.generate(request, surrogates, |compiler, request| compiler.compile(request))?;
        // The text declares one function, which is the last of the outermost ones.
        let entry = unit.entry();
        let record = unit.function(entry);
        let found = unit.constants(&record).flatten().find_map(|constant| match constant {
            tvm_bytecode::data::Constant::Function(id) => Some(id),
            _ => None,
        });
        let Some(id) = found else { return Err(self.bug("a dynamic function without a function")) };
        let number = self.add_given_unit(unit)?;
        let template = self.new_template(number, id, realm)?;
        let name = self.local(self.name(crate::heap::roots::Name::anonymous));
        template.get(self).set_name(self, name.value(self));
        let module = self.running_module();
        template.get(self).set_module(self, module.value(self));
        self.new_closure(template, None)
    }

    /// Throws what a compiler reports of a file, with the place in the message.
    pub fn compile_error_in(&mut self, failure: &CompileFailure, name: &str) -> Exit {
        let place = format!("{name}:{}:{}", failure.line, failure.column);
        let message = format!("{} ({place})", failure.message);
        self.compile_error(&CompileFailure { message, ..failure.clone() })
    }

    /// Throws what a compiler reports, or ends the program where a limit did not let it finish.
    pub fn compile_error(&mut self, failure: &CompileFailure) -> Exit {
        if failure.kind == CompileFailureKind::Stopped
            && let Err(exit) = self.vm.poll(false)
        {
            return exit;
        }
        self.throw(failure.kind.error_kind(), &failure.message)
    }
}
