//! Calls: in place, directly, or through the runtime.

use std::rc::Rc;

use tvm_bytecode::{FRAME_HEADER, Insn, Op as B};
use tvm_runtime::base::tier::Callee;
use tvm_runtime::frame::{self, CODE, LINK, NEW_TARGET, ReturnKind, link_flag};
use tvm_runtime::heap::bits;
use tvm_runtime::heap::cells::kind;
use tvm_runtime::object::function::template_flag;

use super::{Builder, Flow, Frame, Outer, Refusal};
use crate::mir::{Op, Type, Value};

/// Bytes of bytecode of a function that is built in place, and of all those in a unit.
const INLINE_BYTES: u32 = 160;
const INLINE_TOTAL: u32 = 1200;
/// Frames within frames.
const INLINE_DEPTH: u32 = 5;

/// Offset of a function's template.
const TEMPLATE: u32 = 16;

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
        let mut args = Vec::with_capacity(count as usize);
        for i in 0..count {
            let value = self.reg(frame, this + 1 + i)?;
            args.push(value);
        }
        let window = frame.base + this as i32;
        self.graph.touch_from(window - FRAME_HEADER as i32);
        let seen = self.word(frame, o[4]);
        let known = self.request.callees.get(&(seen as u32)).copied().filter(|_| bits::is_object(seen) && !blocked);
        if let (Some(Callee::Function(function)), false) = (known, construct) {
            let flags = self.request.functions[function].flags;
            let params = {
                let profile = &self.request.functions[function];
                profile.unit.function(profile.function).params
            };
            let keeps = flags & template_flag::KEEPS_ARGUMENTS != 0;
            if !keeps || count as u32 <= params {
                let callee = self.known_function(frame, callee, function);
                if !keeps && self.may_inline(frame, function) {
                    return self.inline(frame, index, function, callee, receiver, &args, window, dst, false);
                }
                let mut all = vec![callee, receiver];
                for &arg in &args {
                    let arg = self.any(arg);
                    all.push(arg);
                }
                let undefined = self.constant(bits::UNDEFINED);
                for _ in count as u32..params {
                    all.push(undefined);
                }
                let state = self.state_across(frame, index, dst);
                let op = Op::CallDirect {
                    frame: frame.base,
                    window,
                    function: function as u32,
                    argc: count as u32,
                    construct: false,
                };
                let value = self.effect(op, &all, Type::Any, Some(state));
                return Ok(self.set(frame, dst, value));
            }
        }
        let mut all = vec![callee, receiver];
        for &arg in &args {
            let arg = self.any(arg);
            all.push(arg);
        }
        let state = self.state_across(frame, index, dst);
        let op = Op::Call { frame: frame.base, window, construct };
        let value = self.effect(op, &all, Type::Any, Some(state));
        Ok(self.set(frame, dst, value))
    }

    /// Guards that a callee is a closure of a known function.
    fn known_function(&mut self, frame: &Frame, callee: Value, function: usize) -> Value {
        let callee = self.guard(frame, Op::GuardObject, &[callee], Type::Any);
        let callee = self.guard(frame, Op::GuardKind(kind::Function), &[callee], Type::Any);
        let template = self.emit(Op::LoadWord(TEMPLATE), &[callee], Type::Raw);
        let expected = self.request.functions[function].template;
        self.guard(frame, Op::GuardRaw(expected), &[template], Type::None);
        callee
    }

    fn may_inline(&mut self, frame: &Frame, function: usize) -> bool {
        let analysis = self.analysis(function);
        let recursive = frame.outer.functions.contains(&function);
        analysis.bytes <= INLINE_BYTES
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
                        | B::LoadNewTarget
                        | B::InitialYield
                        | B::AsyncStart
                )
            })
    }

    #[allow(clippy::too_many_arguments)]
    fn inline(
        &mut self,
        frame: &mut Frame,
        index: usize,
        function: usize,
        callee: Value,
        receiver: Value,
        args: &[Value],
        window: i32,
        dst: i64,
        construct: bool,
    ) -> Result<Flow, Refusal> {
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
        if construct {
            outer.slots.push((window + NEW_TARGET as i32, callee));
        } else {
            outer.words.push((window + NEW_TARGET as i32, bits::UNDEFINED));
        }
        let mut regs = vec![None; analysis.registers as usize];
        regs[0] = Some(receiver);
        let undefined = self.constant(bits::UNDEFINED);
        for i in 0..analysis.params as usize {
            regs[1 + i] = Some(args.get(i).copied().unwrap_or(undefined));
        }
        let mut inner = Frame {
            function,
            analysis,
            base: window,
            regs,
            callee,
            outer: Rc::new(outer),
            construct,
            depth: frame.depth + 1,
            around: Vec::new(),
        };
        // Every way through the callee counts as the call that it stands for.
        let state = self.state_at(&inner, 0);
        self.effect(Op::Poll, &[], Type::None, Some(state));
        let returns = self.run(&mut inner, 0)?;
        self.graph.count("calls inlined", 1);
        self.checkpoint = None;
        self.at = index;
        if returns.is_empty() {
            return Ok(Flow::Ends);
        }
        let value = self.join(&returns);
        Ok(self.set(frame, dst, value))
    }
}

const _: u64 = ReturnKind::Value as u64;
