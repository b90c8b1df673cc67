//! Calls: in place, directly, or through the runtime.

use std::rc::Rc;

use tvm_bytecode::{FRAME_HEADER, Insn, Op as B};
use tvm_runtime::base::tier::{Callee, KnownNative, Parent};
use tvm_runtime::frame::{self, CODE, LINK, NEW_TARGET, ReturnKind, link_flag};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::{kind, offset};
use tvm_runtime::object::function::template_flag;

use super::{Builder, Flow, Frame, Outer, Refusal};
use crate::mir::{Cmp, Element, IntOp, MathOp, Op, Type, Value};

/// Bytes of bytecode of a function that is built in place.
const INLINE_BYTES: u32 = 160;
/// The same in the loops of the unit's own function and of those that it calls: 500 anywhere made the benchmark
/// DeltaBlue a third slower, by what had to be compiled anew.
const INLINE_BYTES_IN_LOOPS: u32 = 500;
/// The same of a function with loops, called outside of any.
const INLINE_BYTES_WITH_LOOPS: u32 = 64;
/// Bytes of all that is built in place in a unit.
const INLINE_TOTAL: u32 = 1500;
/// Units that may find another function at a call, where each may have been compiled for one closure of the same
/// function, before it is taken for any.
const OTHER_FUNCTIONS: u8 = 4;
/// Bytes of bytecode of a function that is built in place in itself.
const RECURSIVE_BYTES: u32 = 64;
/// How often it is.
const RECURSIVE_DEPTH: usize = 1;
/// Values that a call pushes onto an array in place.
const MOST_PUSHED: usize = 8;
/// Frames within frames.
const INLINE_DEPTH: u32 = 5;
/// Most arguments that are written twice for a direct call: the stack has room for them beyond its end.
const KEPT_ARGUMENTS: usize = 32;

/// A call of a function whose template is known.
struct Known<'a> {
    /// Its index.
    function: usize,
    callee: Value,
    receiver: Value,
    args: &'a [Value],
    /// Slot of its frame.
    window: i32,
    /// Register of the result; without one it is dropped.
    dst: Option<i64>,
    /// new.target, where it constructs.
    new_target: Option<Value>,
}

/// How something is constructed in place.
struct Construction {
    /// The constructor that is built, by its index.
    function: usize,
    /// The default constructors before it, outermost first.
    passed: Vec<Passed>,
    /// The class that is made.
    target: u64,
    /// Slot of the constructor's frame.
    window: i32,
    /// Register of the result.
    dst: i64,
}

/// A default constructor, which passes its arguments on.
struct Passed {
    /// The class.
    class: u64,
    /// What it extends.
    parent: Parent,
    /// Its function's index, where it has fields to initialise then.
    with_fields: Option<usize>,
}

impl Builder<'_> {
    pub(super) fn call(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
        blocked: bool,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let (dst, window, count) = (o[0], o[2], o[3]);
        let construct = insn.op == B::New;
        let callee = self.reg(frame, o[1])?;
        let callee = self.any(callee);
        let this = window + i64::from(FRAME_HEADER);
        let receiver = match insn.op {
            B::CallMethod => {
                let value = self.reg(frame, this)?;
                self.any(value)
            }
            B::Call => self.constant(bits::UNDEFINED),
            _ => self.constant(bits::HOLE),
        };
        let args = self.arguments(frame, this, count)?;
        let window = frame.base + this as i32;
        self.graph.touch_from(window - FRAME_HEADER as i32);
        let seen = self.word(frame, o[4]);
        let made = matches!(self.graph.inst(self.graph.root(callee)).op, Op::Closure(..));
        if seen == bits::COLD && !blocked && !made {
            self.guard(frame, Op::Leave, &[], Type::None);
            return Ok(Flow::Ends);
        }
        let known = self.request.callees.get(&(seen as u32)).copied().filter(|_| bits::is_object(seen));
        let known = known.filter(|known| match known {
            // What they do with numbers may fail once.
            Callee::Native { known: Some(_), .. } => self.failures(frame, index) < 2,
            Callee::Function(_) => self.failures(frame, index) < OTHER_FUNCTIONS,
            Callee::Native { .. } => !blocked,
        });
        // Several closures of one function.
        let of_template = match bits::tag(seen) {
            bits::TAG_CELL => self.request.templates.get(&(seen as u32)).copied(),
            _ => None,
        };
        let several = of_template.filter(|_| self.failures(frame, index) < OTHER_FUNCTIONS && !construct);
        let known = several.map(Callee::Function).or(known);
        // A closure that was made here needs no feedback.
        let made = match self.graph.inst(self.graph.root(callee)).op {
            Op::Closure(template, _) if !construct => self.request.templates.get(&template).copied(),
            _ => None,
        };
        let known = made.map(Callee::Function).or(known);
        if construct
            && self.failures(frame, index) == 0
            && self.request.parents.contains_key(&(seen as u32))
            && let Some(site) = self.construction(frame, seen, seen, window, dst)
        {
            let callee = self.guard(frame, Op::GuardIs(seen), &[callee], Type::Any);
            return self.construct(frame, index, &site, callee, callee, &args);
        }
        if let Some(Callee::Function(function)) = known {
            let profile = &self.request.functions[function];
            let constructs = profile.flags & template_flag::CONSTRUCTOR != 0 && self.constructs(seen as u32);
            let kind_fits = construct == constructs || !construct && !self.is_class(function);
            if self.takes(function, args.len()) && kind_fits {
                let callee = match (made, several) {
                    (Some(_), _) => callee,
                    (None, Some(_)) => self.known_function(frame, callee, function),
                    (None, None) => self.known_callee(frame, index, callee, seen, function),
                };
                let receiver = match construct {
                    true => self.new_receiver(frame, index, callee, seen as u32, window, count),
                    false => receiver,
                };
                let new_target = construct.then_some(callee);
                let (args, to) = (&args[..], Some(dst));
                let known = Known { function, callee, receiver, args, window, dst: to, new_target };
                let value = self.call_known(frame, index, &known)?;
                return Ok(self.set_or_end(frame, dst, value));
            }
        }
        if known.is_none()
            && !construct
            && self.failures(frame, index) == 0
            && let Some(ways) = self.functions_of(callee, args.len())
        {
            let value = self.call_one_of(frame, index, &ways, callee, receiver, &args, window, dst)?;
            return Ok(self.set_or_end(frame, dst, value));
        }
        if let Some(Callee::Native { known: Some(KnownNative::NewArray), template, .. }) = known
            && let &[length] = &args[..]
            && self.failures(frame, index) == 0
        {
            self.known_template(frame, callee, template);
            let length = self.as_int(frame, length);
            let state = self.state_at(frame, index);
            let value = match self.graph.inst(length).op {
                Op::Int(n @ 0..=32) => {
                    self.graph.count("short arrays made in place", 1);
                    self.effect(Op::ArrayOf(n as u32, n as u32), &[], Type::Any, Some(state))
                }
                _ => self.effect(Op::NewArray, &[length], Type::Any, Some(state)),
            };
            self.emit(Op::Spend, &[], Type::None);
            return Ok(self.set(frame, dst, value));
        }
        if !construct
            && let Some(Callee::Native { template, code, known }) = known
            && known != Some(KnownNative::NewArray)
        {
            let callee = self.known_template(frame, callee, template);
            if known == Some(KnownNative::Call) && insn.op == B::CallMethod {
                let value = self.call_of_receiver(frame, index, receiver, &args, window, dst);
                return Ok(self.set(frame, dst, value));
            }
            if let Some(known) = known
                && let Some(value) = self.known_native(frame, index, known, receiver, &args)?
            {
                self.graph.count("natives done in place", 1);
                return Ok(self.set(frame, dst, value));
            }
            let all = self.operands(callee, receiver, &args);
            let op = Op::CallNative { frame: frame.base, window, code };
            let value = self.call_out(frame, index, op, &all, Some(dst));
            return Ok(self.set(frame, dst, value));
        }
        let all = self.operands(callee, receiver, &args);
        let op = Op::Call { frame: frame.base, window, construct };
        let value = self.call_out(frame, index, op, &all, Some(dst));
        Ok(self.set(frame, dst, value))
    }

    /// The functions that a callee is one of, by what its shape said: each with its word.
    fn functions_of(&self, callee: Value, count: usize) -> Option<Vec<(u64, usize)>> {
        let inst = self.graph.inst(self.graph.root(callee));
        if inst.op != Op::Phi || inst.args.len() < 2 {
            return None;
        }
        let mut ways = Vec::new();
        for &arg in &inst.args {
            let Op::Const(word) = self.graph.inst(arg).op else { return None };
            let Some(&Callee::Function(function)) = self.request.callees.get(&(word as u32)) else {
                return None;
            };
            if !bits::is_object(word) || !self.takes(function, count) || self.is_class(function) {
                return None;
            }
            if !ways.contains(&(word, function)) {
                ways.push((word, function));
            }
        }
        Some(ways)
    }

    /// Calls the one of several functions that a callee is.
    #[allow(clippy::too_many_arguments)]
    fn call_one_of(
        &mut self,
        frame: &mut Frame,
        index: usize,
        ways: &[(u64, usize)],
        callee: Value,
        receiver: Value,
        args: &[Value],
        window: i32,
        dst: i64,
    ) -> Result<Option<Value>, Refusal> {
        self.graph.count("calls of one of several functions", 1);
        let mut results = Vec::new();
        for (at, &(word, function)) in ways.iter().enumerate() {
            let mut way = |builder: &mut Self| {
                let callee = builder.constant(word);
                let known =
                    Known { function, callee, receiver, args, window, dst: Some(dst), new_target: None };
                builder.call_known(frame, index, &known)
            };
            if at + 1 == ways.len() {
                let value = way(self)?;
                results.extend(value.map(|value| (self.block, value)));
            } else {
                let is = self.emit(Op::IsWord(word), &[callee], Type::Bool);
                results.extend(self.where_holds(is, way)?);
            }
        }
        Ok((!results.is_empty()).then(|| self.join(&results)))
    }

    /// A call by an instruction of its own, whose result comes to a register.
    fn call_out(&mut self, frame: &Frame, index: usize, op: Op, all: &[Value], dst: Option<i64>) -> Value {
        let state = self.state_across(frame, index, dst);
        self.effect(op, all, Type::Any, Some(state))
    }

    /// Function.prototype.call: calls its receiver, a function, with the first argument as receiver.
    fn call_of_receiver(
        &mut self,
        frame: &mut Frame,
        index: usize,
        target: Value,
        args: &[Value],
        window: i32,
        dst: i64,
    ) -> Value {
        let target = self.guard(frame, Op::GuardObject, &[target], Type::Any);
        let target = self.guard(frame, Op::GuardKind(kind::Function), &[target], Type::Any);
        self.graph.count("natives done in place", 1);
        self.emit(Op::Spend, &[], Type::None);
        let (this, args) = match args.split_first() {
            Some((&this, args)) => (self.any(this), args),
            None => (self.constant(bits::UNDEFINED), args),
        };
        let all = self.operands(target, this, args);
        let op = Op::Call { frame: frame.base, window, construct: false };
        self.call_out(frame, index, op, &all, Some(dst))
    }

    /// Whether a function can be given so many arguments directly: all are written twice where it keeps those without a
    /// parameter.
    fn takes(&self, function: usize, count: usize) -> bool {
        let profile = &self.request.functions[function];
        profile.flags & template_flag::KEEPS_ARGUMENTS == 0 || count <= profile.params().max(KEPT_ARGUMENTS)
    }

    /// Calls a function whose template is known, in place where that is worth it; `None` where no way leads back.
    fn call_known(
        &mut self,
        frame: &mut Frame,
        index: usize,
        call: &Known<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let &Known { function, callee, receiver, args, window, dst, new_target } = call;
        let profile = &self.request.functions[function];
        let keeps = profile.flags & template_flag::KEEPS_ARGUMENTS != 0;
        let params = profile.params();
        let takes_closures = args.iter().any(|&arg| matches!(self.graph.inst(arg).op, Op::Closure(..)));
        if !keeps && (takes_closures || !self.runs_long(frame, function)) && self.may_inline(frame, function)
        {
            return self.inline(frame, index, call);
        }
        let mut all = self.operands(callee, receiver, args);
        let undefined = self.constant(bits::UNDEFINED);
        for _ in args.len()..params {
            all.push(undefined);
        }
        let op = Op::CallDirect {
            frame: frame.base,
            window,
            function: function as u32,
            argc: args.len() as u32,
            construct: new_target.is_some(),
        };
        Ok(Some(self.call_out(frame, index, op, &all, dst)))
    }

    /// Calls a function (`seen` when this was compiled) in the middle of an instruction, above the frame's registers.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn call_within(
        &mut self,
        frame: &mut Frame,
        index: usize,
        seen: u64,
        callee: Value,
        receiver: Value,
        args: &[Value],
        dst: Option<i64>,
    ) -> Result<Option<Value>, Refusal> {
        let window = frame.base + (frame.analysis.registers + FRAME_HEADER) as i32;
        self.graph.touch_from(window - FRAME_HEADER as i32);
        let failures = self.failures(frame, index);
        let known = self.request.callees.get(&(seen as u32)).filter(|_| failures < OTHER_FUNCTIONS);
        match known.copied() {
            Some(Callee::Function(function))
                if self.takes(function, args.len()) && !self.is_class(function) =>
            {
                let callee = self.known_callee(frame, index, callee, seen, function);
                self.graph.count("accessors known", 1);
                let known = Known { function, callee, receiver, args, window, dst, new_target: None };
                self.call_known(frame, index, &known)
            }
            Some(Callee::Native { template, code, known: None }) => {
                let callee = self.known_template(frame, callee, template);
                let all = self.operands(callee, receiver, args);
                let op = Op::CallNative { frame: frame.base, window, code };
                Ok(Some(self.call_out(frame, index, op, &all, dst)))
            }
            _ => {
                let all = self.operands(callee, receiver, args);
                let op = Op::Call { frame: frame.base, window, construct: false };
                Ok(Some(self.call_out(frame, index, op, &all, dst)))
            }
        }
    }

    /// Sets a register to a result, where control comes back with one.
    pub(super) fn set_or_end(&mut self, frame: &mut Frame, dst: i64, value: Option<Value>) -> Flow {
        match value {
            Some(value) => self.set(frame, dst, value),
            None => Flow::Ends,
        }
    }

    /// The arguments in the registers behind a receiver's.
    fn arguments(&self, frame: &Frame, this: i64, count: i64) -> Result<Vec<Value>, Refusal> {
        (0..count).map(|i| self.reg(frame, this + 1 + i)).collect()
    }

    /// The operands of a call.
    fn operands(&mut self, callee: Value, receiver: Value, args: &[Value]) -> Vec<Value> {
        let mut all = vec![callee, receiver];
        all.extend(args.iter().map(|&arg| self.any(arg)));
        all
    }

    /// Guards that a callee is a closure of a known function.
    fn known_function(&mut self, frame: &Frame, callee: Value, function: usize) -> Value {
        self.known_template(frame, callee, self.request.functions[function].template)
    }

    /// Guards that a callee is the one that was seen, or where that failed, of the same function.
    fn known_callee(
        &mut self,
        frame: &Frame,
        index: usize,
        callee: Value,
        seen: u64,
        function: usize,
    ) -> Value {
        if self.failures(frame, index) == 0 && seen as u32 >= tvm_runtime::heap::YOUNG_END_REF {
            return self.guard(frame, Op::GuardIs(seen), &[callee], Type::Any);
        }
        self.known_function(frame, callee, function)
    }

    pub(super) fn known_template(&mut self, frame: &Frame, callee: Value, expected: u32) -> Value {
        if let Op::Const(word) = self.graph.inst(callee).op {
            let template = match self.request.callees.get(&(word as u32)) {
                Some(&Callee::Function(function)) => Some(self.request.functions[function].template),
                Some(&Callee::Native { template, .. }) => Some(template),
                None => None,
            };
            if bits::is_object(word) && template == Some(expected) {
                return callee;
            }
        }
        let callee = self.guard(frame, Op::GuardObject, &[callee], Type::Any);
        let callee = self.guard(frame, Op::GuardKind(kind::Function), &[callee], Type::Any);
        let template = self.emit(Op::LoadWord(offset::Function::template), &[callee], Type::Raw);
        self.guard(frame, Op::GuardRaw(expected), &[template], Type::None);
        callee
    }

    /// Where a view's bytes are, an offset in them, and how many there are.
    fn view(&mut self, frame: &Frame, view: Value, at: Value) -> (Value, Value, Value) {
        let view = self.guard(frame, Op::GuardObject, &[view], Type::Any);
        let view = self.guard(frame, Op::GuardView, &[view], Type::Any);
        let at = self.as_int(frame, at);
        let (data, count) = self.typed_parts(view);
        (data, at, count)
    }

    /// Whether a view's access is little-endian, or the truth value that tells.
    fn byte_order(&mut self, little: Option<&Value>) -> (Option<bool>, Option<Value>) {
        let Some(&little) = little else { return (Some(false), None) };
        match self.graph.inst(little).op {
            Op::Bool(false) | Op::Const(bits::UNDEFINED | bits::FALSE) => (Some(false), None),
            Op::Bool(true) | Op::Const(bits::TRUE) => (Some(true), None),
            _ => (None, Some(self.truth(little))),
        }
    }

    /// A native function done here; `None` where its arguments are not simple.
    fn known_native(
        &mut self,
        frame: &Frame,
        index: usize,
        known: KnownNative,
        receiver: Value,
        args: &[Value],
    ) -> Result<Option<Value>, Refusal> {
        use KnownNative as N;
        let unary = match known {
            N::Abs => Some(MathOp::Abs),
            N::Ceil => Some(MathOp::Ceil),
            N::Floor => Some(MathOp::Floor),
            N::Sqrt => Some(MathOp::Sqrt),
            N::Trunc => Some(MathOp::Trunc),
            N::Round => Some(MathOp::Round),
            N::Fround => Some(MathOp::Fround),
            N::OfDouble(number) => Some(MathOp::Function(number)),
            _ => None,
        };
        // Ints until that failed here. Every call takes a unit, done here or not.
        let ints = self.failures(frame, index) == 0;
        let value = match (known, args) {
            (N::Abs, &[arg]) if ints && self.graph.ty(arg) != Type::Double => {
                let arg = self.as_int(frame, arg);
                let bits = self.int(31);
                let sign = self.emit(Op::Int2(IntOp::Shr), &[arg, bits], Type::Int);
                let flipped = self.emit(Op::Int2(IntOp::Xor), &[arg, sign], Type::Int);
                self.guard(frame, Op::Int2(IntOp::Sub), &[flipped, sign], Type::Int)
            }
            (_, &[arg]) if unary.is_some() => {
                let integral = matches!(known, N::Ceil | N::Floor | N::Trunc | N::Round);
                if integral && self.graph.ty(arg) == Type::Int {
                    arg
                } else {
                    let arg = self.as_double(frame, arg);
                    let op = unary.unwrap_or(MathOp::Abs);
                    let value = self.emit(Op::Math(op), &[arg], Type::Double);
                    if integral && ints { self.as_int(frame, value) } else { value }
                }
            }
            (N::Imul, &[a, b]) if [a, b].iter().all(|&arg| self.graph.ty(arg) == Type::Int) => {
                self.emit(Op::Int2Free(IntOp::Mul), &[a, b], Type::Int)
            }
            (N::Imul, &[a, b]) => {
                let (a, b) = (self.as_double(frame, a), self.as_double(frame, b));
                let a = self.emit(Op::Truncate, &[a], Type::Int);
                let b = self.emit(Op::Truncate, &[b], Type::Int);
                self.emit(Op::Int2Free(IntOp::Mul), &[a, b], Type::Int)
            }
            (N::Min | N::Max, &[a, b])
                if ints && [a, b].iter().all(|&arg| self.graph.ty(arg) != Type::Double) =>
            {
                let (a, b) = (self.as_int(frame, a), self.as_int(frame, b));
                self.emit(Op::MinMaxInt(known == N::Max), &[a, b], Type::Int)
            }
            (N::Min | N::Max, &[a, b]) => {
                let (a, b) = (self.as_double(frame, a), self.as_double(frame, b));
                self.emit(Op::MinMax(known == N::Max), &[a, b], Type::Double)
            }
            (N::Push, &[arg, ref more @ ..]) if more.len() < MOST_PUSHED => {
                let array = self.guard(frame, Op::GuardObject, &[receiver], Type::Any);
                let state = self.state_at(frame, index);
                let arg = self.any(arg);
                let mut value = self.effect(Op::Push(false), &[array, arg], Type::Int, Some(state));
                for &arg in more {
                    self.graph.count("values pushed by the same call", 1);
                    let arg = self.any(arg);
                    value = self.effect(Op::Push(true), &[array, arg], Type::Int, Some(state));
                }
                self.emit(Op::Spend, &[], Type::None);
                return Ok(Some(value));
            }
            (N::Pop, []) => {
                let array = self.guard(frame, Op::GuardObject, &[receiver], Type::Any);
                let shape = Op::GuardShape(self.request.array_shape.0);
                let array = self.guard(frame, shape, &[array], Type::Any);
                let state = self.state_at(frame, index);
                let value = self.effect(Op::Pop, &[array], Type::Any, Some(state));
                self.emit(Op::Spend, &[], Type::None);
                return Ok(Some(value));
            }
            (N::ViewGet(element), &[at, ..]) if ints && args.len() < 3 => {
                let Some(element) = Element::of(element) else { return Ok(None) };
                let (data, at, count) = self.view(frame, receiver, at);
                let (little, told) = self.byte_order(args.get(1));
                let all: Vec<Value> = [data, at, count].into_iter().chain(told).collect();
                self.guard(frame, Op::LoadView(element, little), &all, element.read_type())
            }
            (N::ViewSet(element), &[at, value, ..]) if ints && args.len() < 4 => {
                let Some(element) = Element::of(element) else { return Ok(None) };
                let (data, at, count) = self.view(frame, receiver, at);
                let value = self.element_value(frame, element, value);
                let state = self.state_at(frame, index);
                let (little, told) = self.byte_order(args.get(2));
                let all: Vec<Value> = [data, at, value, count].into_iter().chain(told).collect();
                self.effect(Op::StoreView(element, little), &all, Type::None, Some(state));
                self.emit(Op::Spend, &[], Type::None);
                return Ok(Some(self.constant(bits::UNDEFINED)));
            }
            // The part of one unit behind an index, cut down to the string.
            (N::CharAt, &[at]) if ints => {
                let string = self.guard(frame, Op::GuardString, &[receiver], Type::Any);
                let (at, one) = (self.as_int(frame, at), self.int(1));
                let end = self.guard(frame, Op::Int2(IntOp::Add), &[at, one], Type::Int);
                let state = self.state_at(frame, index);
                self.effect(Op::Substring, &[string, at, end], Type::Any, Some(state))
            }
            (N::CharCodeAt, &[at]) => {
                let string = self.guard(frame, Op::GuardString, &[receiver], Type::Any);
                let at = self.as_int(frame, at);
                self.guard(frame, Op::CharCode, &[string, at], Type::Int)
            }
            (N::Substring, &[start, end]) if ints => {
                let string = self.guard(frame, Op::GuardString, &[receiver], Type::Any);
                let (start, end) = (self.as_int(frame, start), self.as_int(frame, end));
                let state = self.state_at(frame, index);
                self.effect(Op::Substring, &[string, start, end], Type::Any, Some(state))
            }
            (N::MapGet | N::MapHas, &[key]) => {
                let map = self.of_kind(frame, receiver, kind::Map);
                let entry = self.guard(frame, Op::MapFind, &[map, key], Type::Int);
                match known {
                    N::MapGet => self.emit(Op::MapValue, &[map, entry], Type::Any),
                    _ => self.is_found(entry),
                }
            }
            (N::SetHas, &[key]) => {
                let set = self.of_kind(frame, receiver, kind::Set);
                let entry = self.guard(frame, Op::MapFind, &[set, key], Type::Int);
                self.is_found(entry)
            }
            (N::MapSet, &[key, _]) | (N::SetAdd, &[key]) => {
                let which = if known == N::MapSet { kind::Map } else { kind::Set };
                let map = self.of_kind(frame, receiver, which);
                let key = self.any(key);
                let stored = match args.get(1) {
                    Some(&value) => self.any(value),
                    None => key,
                };
                let state = self.state_at(frame, index);
                self.effect(Op::MapSet, &[map, key, stored], Type::None, Some(state));
                self.emit(Op::Spend, &[], Type::None);
                return Ok(Some(map));
            }
            _ => return Ok(None),
        };
        self.effect(Op::Spend, &[], Type::None, None);
        Ok(Some(value))
    }

    /// Guards that a value is an object of a kind.
    fn of_kind(&mut self, frame: &Frame, value: Value, kind: u8) -> Value {
        let object = self.guard(frame, Op::GuardObject, &[value], Type::Any);
        self.guard(frame, Op::GuardKind(kind), &[object], Type::Any)
    }

    fn is_found(&mut self, entry: Value) -> Value {
        let zero = self.int(0);
        self.emit(Op::CmpInt(Cmp::Ge), &[entry, zero], Type::Bool)
    }

    /// Whether it is known what a constructor makes.
    fn constructs(&self, reference: u32) -> bool {
        self.request.instances.get(&reference).is_some_and(|instance| {
            let function = self.request.functions.iter().find(|f| f.template == instance.template);
            function.is_some_and(|function| function.flags & template_flag::DERIVED == 0)
        })
    }

    pub(super) fn is_class(&self, function: usize) -> bool {
        use tvm_bytecode::data::FunctionKind;
        let profile = &self.request.functions[function];
        let kind = FunctionKind::from_u32(profile.unit.function(profile.function).kind);
        matches!(kind, Some(FunctionKind::BaseConstructor | FunctionKind::DerivedConstructor))
    }

    /// The object that a base constructor is given, made here where its `prototype` is what it was.
    fn new_receiver(
        &mut self,
        frame: &Frame,
        index: usize,
        callee: Value,
        reference: u32,
        window: i32,
        count: i64,
    ) -> Value {
        let instance = self.request.instances[&reference];
        let extra = self.emit(Op::Part(offset::Function::extra), &[callee], Type::Raw);
        let shape = self.emit(Op::LoadWordAt(offset::FunctionExtra::initial_shape), &[extra], Type::Raw);
        self.guard(frame, Op::GuardRaw(instance.shape), &[shape], Type::None);
        let of = self.emit(Op::LoadAt(offset::FunctionExtra::shape_proto), &[extra], Type::Any);
        let proto = match instance.place {
            None => self.emit(Op::LoadAt(offset::FunctionExtra::prototype), &[extra], Type::Any),
            Some((shape, place)) => {
                self.guard(frame, Op::GuardShape(shape), &[callee], Type::Any);
                self.load_place(callee, place)
            }
        };
        let same = self.emit(Op::SameBits, &[of, proto], Type::Bool);
        self.guard(frame, Op::GuardBool(true), &[same], Type::None);
        // The arguments' registers hold values that must survive a collection.
        let mut live = frame.analysis.live_across(index);
        let first = (window - frame.base + 1) as usize;
        (first..first + count as usize).for_each(|register| live.insert(register));
        let (pc, insn) = frame.analysis.insns[index];
        live.insert(insn.operands()[1] as usize);
        let word = frame::state(pc, 0, ReturnKind::Resume);
        let state = self.state_of(frame, &live, pc, word);
        self.graph.count("receivers made in place", 1);
        self.effect(Op::NewObject(instance.shape, u32::from(instance.inline)), &[], Type::Any, Some(state))
    }

    /// `super(...)`, where it is known what is extended and what is made.
    pub(super) fn super_call(
        &mut self,
        frame: &mut Frame,
        index: usize,
        insn: &Insn,
    ) -> Result<Flow, Refusal> {
        let o = insn.operands();
        let this = o[3] + i64::from(FRAME_HEADER);
        let named = |value: Value| match self.graph.inst(value).op {
            Op::GuardIs(word) | Op::Const(word) if bits::is_object(word) => Some(word),
            _ => None,
        };
        let running = match frame.depth {
            0 => self.request.running,
            _ => named(frame.callee).zip(named(frame.new_target)),
        };
        let parent = running.and_then(|(callee, _)| self.request.parents.get(&(callee as u32)).copied());
        let (Some((running, target)), Some(parent)) = (running, parent) else {
            return self.general(frame, index);
        };
        let window = frame.base + this as i32;
        let Some(site) = self.construction(frame, parent.constructor, target, window, o[0]) else {
            return self.general(frame, index);
        };
        let args = self.arguments(frame, this, o[4])?;
        let (mut callee, mut new_target) = (frame.callee, frame.new_target);
        if frame.depth == 0 {
            callee = self.guard(frame, Op::GuardIs(running), &[callee], Type::Any);
            new_target = self.guard(frame, Op::GuardIs(target), &[new_target], Type::Any);
        }
        self.guard(frame, Op::GuardShape(parent.shape), &[callee], Type::Any);
        let constructor = self.constant(parent.constructor);
        self.graph.touch_from(window - FRAME_HEADER as i32);
        self.construct(frame, index, &site, constructor, new_target, &args)
    }

    /// How a known class is constructed in place, past constructors that only pass on; `None` where that cannot be.
    fn construction(
        &mut self,
        frame: &Frame,
        class: u64,
        target: u64,
        window: i32,
        dst: i64,
    ) -> Option<Construction> {
        let mut passed = Vec::new();
        let mut word = class;
        let function = loop {
            let stays = word as u32 >= tvm_runtime::heap::YOUNG_END_REF;
            let Callee::Function(function) = *self.request.callees.get(&(word as u32)).filter(|_| stays)?
            else {
                return None;
            };
            if self.request.functions[function].flags & template_flag::DEFAULT_CONSTRUCTOR == 0 {
                break function;
            }
            let parent = *self.request.parents.get(&(word as u32))?;
            let has_fields = self.request.fields.contains_key(&(word as u32));
            passed.push(Passed { class: word, parent, with_fields: has_fields.then_some(function) });
            word = parent.constructor;
        };
        let flags = self.request.functions[function].flags;
        let is_made =
            flags & template_flag::DERIVED != 0 || self.request.instances.contains_key(&(target as u32));
        let fits = flags & template_flag::CONSTRUCTOR != 0
            && flags & template_flag::KEEPS_ARGUMENTS == 0
            && is_made
            && self.may_inline(frame, function);
        fits.then_some(Construction { function, passed, target, window, dst })
    }

    /// Constructs in place by a constructor and with a new.target that are known.
    fn construct(
        &mut self,
        frame: &mut Frame,
        index: usize,
        site: &Construction,
        constructor: Value,
        new_target: Value,
        args: &[Value],
    ) -> Result<Flow, Refusal> {
        let mut callee = constructor;
        for Passed { parent, with_fields, .. } in &site.passed {
            self.guard(frame, Op::GuardShape(parent.shape), &[callee], Type::Any);
            if with_fields.is_none() {
                self.no_fields(frame, callee);
            }
            callee = self.constant(parent.constructor);
        }
        let (function, window) = (site.function, site.window);
        let receiver = match self.request.functions[function].flags & template_flag::DERIVED {
            0 => self.new_receiver(frame, index, new_target, site.target as u32, window, args.len() as i64),
            _ => self.constant(bits::HOLE),
        };
        self.graph.count("constructions inlined", 1);
        let (dst, new_target) = (Some(site.dst), Some(new_target));
        let call = Known { function, callee, receiver, args, window, dst, new_target };
        let made = self.pass_on(frame, index, &site.passed, &call)?;
        Ok(self.set_or_end(frame, site.dst, made))
    }

    /// Constructs by way of default constructors. Those with fields have frames, which initialise these when they have
    /// got the object; the others are left out.
    fn pass_on(
        &mut self,
        frame: &mut Frame,
        index: usize,
        passed: &[Passed],
        call: &Known<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let Some((first, others)) = passed.split_first() else {
            return self.inline(frame, index, call);
        };
        // The call counts, whether it is left out or not.
        self.emit(Op::Spend, &[], Type::None);
        let Some(function) = first.with_fields else {
            return self.pass_on(frame, index, others, call);
        };
        self.graph.count("default constructors with fields", 1);
        let callee = self.constant(first.class);
        let receiver = self.constant(bits::HOLE);
        let (window, dst, new_target) = (call.window, call.dst, call.new_target);
        let own = Known { function, callee, receiver, args: &[], window, dst, new_target };
        let mut inner = self.frame_within(frame, index, &own);
        let analysis = Rc::clone(&inner.analysis);
        let at_super = analysis.insns.iter().position(|(_, insn)| insn.op == B::SuperCallSpread);
        let at_super = at_super.ok_or("a default constructor that calls none")?;
        let o = analysis.insns[at_super].1.operands();
        inner.regs[o[1] as usize] = Some(callee);
        self.stand_at(&inner, at_super);
        let window = inner.base + analysis.registers as i32 + FRAME_HEADER as i32;
        let Some(made) =
            self.pass_on(&mut inner, at_super, others, &Known { window, dst: Some(o[0]), ..*call })?
        else {
            return Ok(None);
        };
        self.set(&mut inner, o[0], made);
        for (at, (_, insn)) in analysis.insns.iter().enumerate().skip(at_super + 1) {
            self.stand_at(&inner, at);
            match self.instruction(&mut inner, at, insn)? {
                Flow::Next => {}
                Flow::Returns(value) => {
                    self.checkpoint = None;
                    self.stand_at(frame, index);
                    return Ok(Some(self.any(value)));
                }
                _ => break,
            }
        }
        Ok(None)
    }

    /// Whether a function has loops of its own, and is called in none: in place it would gain little, and its loops lose
    /// registers to what is around them.
    fn runs_long(&mut self, frame: &Frame, function: usize) -> bool {
        let pc = self.graph.site.1;
        let in_loop = |(&header, &end): (&u32, &u32)| (header..end).contains(&pc);
        let analysis = self.analysis(function);
        let once = frame.depth == 0 && !frame.analysis.loops.iter().any(in_loop);
        once && !analysis.loops.is_empty() && analysis.bytes > INLINE_BYTES_WITH_LOOPS
    }

    fn may_inline(&mut self, frame: &Frame, function: usize) -> bool {
        let analysis = self.analysis(function);
        let around = frame.outer.functions.iter().filter(|&&other| other == function).count();
        let recursive = around > if analysis.bytes <= RECURSIVE_BYTES { RECURSIVE_DEPTH } else { 0 };
        let pc = self.graph.site.1;
        let in_loop = frame.depth <= 1
            && frame.analysis.loops.iter().any(|(&header, &end)| (header..end).contains(&pc));
        analysis.bytes <= if in_loop { INLINE_BYTES_IN_LOOPS } else { INLINE_BYTES }
            && self.inlined_bytes + analysis.bytes <= INLINE_TOTAL
            && frame.depth < INLINE_DEPTH
            && !recursive
            && analysis.insns.iter().all(|(_, insn)| {
                !matches!(
                    insn.op,
                    B::NewArguments
                        | B::NewMappedArguments
                        | B::NewRest
                        | B::DirectEval
                        | B::DirectEvalSpread
                        | B::InitialYield
                        | B::AsyncStart
                )
            })
    }

    fn inline(
        &mut self,
        frame: &mut Frame,
        index: usize,
        call: &Known<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let construct = call.new_target.is_some();
        let receiver = call.receiver;
        let mut inner = self.frame_within(frame, index, call);
        // Every way through the callee counts as the call that it stands for.
        let state = self.state_at(&inner, 0);
        self.effect(Op::Poll, &[], Type::None, Some(state));
        let mut returns = self.run(&mut inner, 0)?;
        if construct {
            // A constructor's result is its receiver unless it returns an object.
            for (block, value) in &mut returns {
                self.block = *block;
                *value = match self.graph.inst(*value).op {
                    Op::Const(_) | Op::Box => receiver,
                    _ => self.emit(Op::OrReceiver, &[*value, receiver], Type::Any),
                };
            }
        }
        self.graph.count("calls inlined", 1);
        self.checkpoint = None;
        self.stand_at(frame, index);
        Ok((!returns.is_empty()).then(|| self.join(&returns)))
    }

    /// The frame of a call that is built in place.
    fn frame_within(&mut self, frame: &Frame, index: usize, call: &Known<'_>) -> Frame {
        let &Known { function, callee, receiver, args, window, dst, new_target } = call;
        let construct = new_target.is_some();
        let analysis = self.analysis(function);
        self.inlined_bytes += analysis.bytes;
        let state = self.state_across(frame, index, dst);
        let state = &self.graph.states[state.0 as usize];
        let mut outer = Outer {
            slots: state.slots.clone(),
            words: state.words.clone(),
            functions: frame.outer.functions.clone(),
        };
        self.graph.states.pop();
        outer.functions.push(function);
        let profile = &self.request.functions[function];
        let flags = if construct { link_flag::CONSTRUCT } else { 0 };
        outer.slots.push((window - 3, callee));
        outer.words.push((window + CODE as i32, u64::from(profile.linked) | u64::from(profile.code) << 32));
        let delta = (window - frame.base) as u32;
        outer.words.push((window + LINK as i32, frame::link(delta, args.len() as u32, flags)));
        match new_target {
            Some(target) => outer.slots.push((window + NEW_TARGET as i32, target)),
            None => outer.words.push((window + NEW_TARGET as i32, bits::UNDEFINED)),
        }
        let mut regs = vec![None; analysis.registers as usize];
        regs[0] = Some(receiver);
        let undefined = self.constant(bits::UNDEFINED);
        for i in 0..analysis.params as usize {
            regs[1 + i] = Some(args.get(i).copied().unwrap_or(undefined));
        }
        Frame {
            function,
            analysis,
            base: window,
            regs,
            callee,
            new_target: new_target.unwrap_or(undefined),
            outer: Rc::new(outer),
            construct,
            depth: frame.depth + 1,
            around: Vec::new(),
        }
    }
}
