//! Stack traces: which frames an error keeps, and how each of them reads, after V8.
//!
//! Of a frame three values are kept: its function, its place in the code and how it was called as one number, and its
//! receiver. Names are looked up when the text is made, as far as that runs no code of the program's.

use std::fmt::Write;

use tvm_bytecode::data::{FunctionKind, NONE, WellKnownSymbol};

use super::promise::{COROUTINE, promise_state};
use crate::base::exit::Exit;
use crate::base::limits;
use crate::frame::{Frame, Frames, SAVED_HEADER, Skip};
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::{Cx, Gc, Local, Value};
use crate::object::Key;
use crate::object::function::{Entry, template_flag};
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::shape_flag;

/// Values that are kept of a frame.
const FRAME_VALUES: usize = 3;

/// How a frame was called: the low bits of the number that also says where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Called {
    Plainly = 0,
    ByNew = 1,
    /// It waits for what runs.
    Async = 2,
    /// It waits for what runs as one of several promises; instead of an offset, the promise's index.
    AsOneOf = 3,
}

/// Functions that wait for several promises, by the name of a variable of their reactions. The library has them so.
const COMBINATORS: [(&str, &str); 3] =
    [("values", "Promise.all"), ("outcomes", "Promise.allSettled"), ("errors", "Promise.any")];

/// What stack traces call code given to eval or Function, behind where it was given.
const EVAL_FILE: &str = ", <anonymous>";
/// How long that may get where eval is called by eval, bytes.
const EVAL_NAME_MAX: usize = 1000;

/// How much a code offset is shifted to make room for a [`Called`].
const CALLED: f64 = 4.0;

/// A frame of a stack trace as it reads.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Name of the function; empty where it has none.
    pub function: String,
    /// What the receiver is an instance of; empty where there is none, or it is being made.
    pub type_name: String,
    /// The name of a class that is the receiver itself.
    pub class_name: String,
    /// The name by which the receiver has the function; empty where it is none, or not the only one.
    pub method: String,
    /// File, as the unit calls it; `<anonymous>` for a builtin.
    pub file: String,
    /// Line and column, from 1.
    pub place: Option<(u32, u32)>,
    /// Called without a receiver, or with the global object as one.
    pub is_toplevel: bool,
    /// Called by `new`.
    pub is_construct: bool,
    /// Waits for the frames above it.
    pub is_async: bool,
    /// Index of the promise among those that `Promise.all` and its kin wait for.
    pub promise_index: Option<u32>,
}

impl Site {
    /// Whether it is code given to eval or Function.
    pub fn is_eval(&self) -> bool {
        self.file.ends_with(EVAL_FILE)
    }

    /// Where its code was given to eval or Function.
    pub fn eval_origin(&self) -> Option<&str> {
        self.file.strip_suffix(EVAL_FILE)
    }

    /// What is called: `Type.function [as method]`; nothing where it has no name.
    fn write_callee(&self, f: &mut impl Write) -> std::fmt::Result {
        let or_anonymous = |name: &str| if name.is_empty() { "<anonymous>" } else { name }.to_owned();
        if self.is_construct {
            return write!(f, "new {}", or_anonymous(&self.function));
        }
        if self.is_toplevel {
            return f.write_str(&self.function);
        }
        let type_name = if self.class_name.is_empty() { &self.type_name } else { &self.class_name };
        if !type_name.is_empty() && (self.function.is_empty() || is_identifier(&self.function)) {
            write!(f, "{type_name}.")?;
        }
        if self.function.is_empty() {
            return f.write_str(&or_anonymous(&self.method));
        }
        f.write_str(&self.function)?;
        let rest = self.function.strip_suffix(self.method.as_str());
        let known = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if !self.method.is_empty() && !known {
            write!(f, " [as {}]", self.method)?;
        }
        Ok(())
    }

    fn write_location(&self, f: &mut impl Write) -> std::fmt::Result {
        match (self.place, self.promise_index) {
            (Some((line, column)), _) => write!(f, "{}:{line}:{column}", self.file),
            (None, Some(index)) => write!(f, "index {index}"),
            (None, None) => f.write_str(&self.file),
        }
    }
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_async {
            f.write_str("async ")?;
        }
        if self.is_toplevel && !self.is_construct && self.function.is_empty() {
            return self.write_location(f);
        }
        self.write_callee(f)?;
        f.write_str(" (")?;
        self.write_location(f)?;
        f.write_char(')')
    }
}

fn is_identifier(name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    name.chars().all(part) && !name.starts_with(|c: char| c.is_numeric())
}

/// A frame to be kept, before there is a tuple for it.
enum Kept<'s> {
    Running(Frame),
    Waiting(Local<'s, SavedFrame>),
    /// One of the [`COMBINATORS`], and the promise's index.
    AsOneOf(Local<'s>, u32),
}

impl<'s> Cx<'s> {
    /// The running frames, innermost first, and the coroutines that wait for them.
    pub fn capture_stack(&mut self, skip: Skip<'_>) -> Result<Local<'s, Tuple>, Exit> {
        let limit = self.stack_trace_limit()?.unwrap_or(0);
        let mut skipping = !matches!(skip, Skip::Nothing);
        let mut kept = Vec::new();
        let viewer = self.viewer();
        if viewer.is_some() {
            // The whole stack was looked at.
            let depth = u64::from(self.heap.top());
            self.vm.spend(depth / 1024)?;
        }
        for frame in Frames::new(self) {
            if kept.len() == limit {
                break;
            }
            let Some(callee) = frame.callee(self) else { continue };
            let template = callee.template(self);
            match skip {
                Skip::UpTo(function) if skipping => {
                    skipping = callee.value(self) != function.value(self);
                    continue;
                }
                Skip::Builtins if skipping => skipping = template.is_hidden(),
                _ => {}
            }
            if !skipping && !template.leaves_no_trace() && self.is_shown(callee, viewer) {
                kept.push(Kept::Running(frame));
            }
        }
        if !skipping {
            self.add_waiting(&mut kept, limit, viewer)?;
        }
        self.vm.spend(kept.len() as u64 / 8)?;
        let tuple = self.new_tuple(kept.len() * FRAME_VALUES)?;
        for (i, kept) in kept.into_iter().enumerate() {
            self.keep_frame(tuple, i * FRAME_VALUES, &kept);
        }
        Ok(tuple)
    }

    /// Whose eyes a stack trace is for, where there are contexts: the least trusted code that is running.
    fn viewer(&self) -> Option<Local<'s, Realm>> {
        self.vm.contexts.then(|| self.least_trusted())
    }

    /// Whether a function's frames show to the viewer.
    fn is_shown(&self, callee: Gc<'_, Function>, viewer: Option<Local<'_, Realm>>) -> bool {
        viewer.is_none_or(|viewer| self.dominates(viewer.get(self), callee.template(self).realm(self)))
    }

    fn keep_frame(&self, tuple: Local<'_, Tuple>, at: usize, kept: &Kept<'_>) {
        let (callee, pc, called, receiver) = match kept {
            Kept::Running(frame) => {
                // SAFETY: a frame's slot holds a live value.
                #[allow(unsafe_code)]
                let receiver = unsafe { Value::from_bits(self.heap.slot(frame.0)) };
                let callee = frame.callee(self);
                // The second half of a builtin constructor is entered by a call, and keeps new.target.
                let by_half = callee.is_some_and(|callee| callee.template(self).is_hidden());
                let constructs =
                    frame.is_construct(&self.heap) || by_half && !frame.new_target(self).is_undefined();
                let callee = callee.map_or(Value::UNDEFINED, |callee| callee.value(self));
                let called = if constructs { Called::ByNew } else { Called::Plainly };
                (callee, frame.lookup_pc(&self.heap), called, receiver)
            }
            Kept::Waiting(saved) => {
                let cell = saved.get(self);
                (cell.at(self, 0), cell.pc(), Called::Async, cell.at(self, SAVED_HEADER))
            }
            Kept::AsOneOf(name, index) => (name.value(self), *index, Called::AsOneOf, Value::UNDEFINED),
        };
        let cell = tuple.get(self);
        cell.put(self, at, callee);
        cell.put(self, at + 1, Value::number(f64::from(pc) * CALLED + f64::from(called as u32)));
        cell.put(self, at + 2, if receiver.is_hole() { Value::UNDEFINED } else { receiver });
    }

    /// The async functions that wait, one for the other, for the job that runs.
    fn add_waiting(
        &mut self,
        kept: &mut Vec<Kept<'s>>,
        limit: usize,
        viewer: Option<Local<'_, Realm>>,
    ) -> Result<(), Exit> {
        let Some(running) = self.root(Root::Job).cast::<Coroutine>(self) else { return Ok(()) };
        let mut promise = running.promise().root(self);
        while kept.len() < limit {
            let Some(reaction) = self.only_reaction(promise) else { break };
            if reaction.get(self).word() != COROUTINE {
                promise = match self.combined_by(reaction) {
                    Some((combined, name, index)) => {
                        kept.push(Kept::AsOneOf(self.text_value(name)?, index));
                        combined
                    }
                    None => reaction.get(self).at(self, 2).root(self),
                };
                continue;
            }
            let Some(coroutine) = reaction.get(self).at(self, 0).cast::<Coroutine>(self) else { break };
            let next = coroutine.promise().root(self);
            let Some(saved) = coroutine.frame(self).map(|saved| saved.root(self)) else { break };
            promise = next;
            let callee = saved.get(self).at(self, 0).cast::<Function>(self);
            if callee.is_some_and(|callee| self.is_shown(callee, viewer)) {
                kept.push(Kept::Waiting(saved));
            }
        }
        Ok(())
    }

    /// What alone waits for a pending promise.
    fn only_reaction(&self, promise: Local<'_>) -> Option<Local<'s, Tuple>> {
        let cell = promise.value(self).cast::<Promise>(self)?;
        let list = cell.reactions().cast::<List>(self)?;
        if cell.state() != promise_state::PENDING || list.length() != 1 {
            return None;
        }
        Some(list.item(self, 0).cast::<Tuple>(self)?.root(self))
    }

    /// Where a reaction is that of one of the [`COMBINATORS`]: the promise it makes, its name, and the index.
    fn combined_by(&self, reaction: Local<'_, Tuple>) -> Option<(Local<'s>, &'static str, u32)> {
        [0, 1].into_iter().find_map(|handler| {
            let handler = reaction.get(self).at(self, handler).cast::<Function>(self)?.root(self);
            let (_, name) =
                COMBINATORS.into_iter().find(|&(slot, _)| self.captured(handler, slot).is_some())?;
            let index = self.captured(handler, "index")?.value(self).as_number()?;
            let capability = self.captured(handler, "capability")?.as_object(self)?;
            let key = self.key(Name::promise);
            match self.ordinary_own(capability.get(self), key) {
                Own::Data(promise, _) => Some((promise, name, index as u32)),
                _ => None,
            }
        })
    }

    /// A variable that a closure of the library captured, by its name.
    fn captured(&self, function: Local<'_, Function>, name: &str) -> Option<Local<'s>> {
        let template = function.get(self).template(self);
        if !template.is_flagged(template_flag::LIBRARY) {
            return None;
        }
        let unit = self.vm.units.get(template.unit() as usize)?;
        let mut layout = unit.function(template.function()).outer_scope;
        let mut scope = function.get(self).scope(self)?;
        while layout != NONE {
            let is_it = |&slot: &u32| {
                unit.slot(layout, slot).is_some_and(|slot| unit.text(slot.name).to_text().to_string() == name)
            };
            if let Some(slot) = (0..unit.slot_count(layout)).find(is_it) {
                return Some(scope.at(self, slot as usize).root(self));
            }
            layout = unit.scope_parent(layout);
            scope = scope.parent(self)?;
        }
        None
    }

    /// The source text of the call that the innermost code of the program has under way: callee and arguments.
    pub fn call_text(&mut self) -> Option<String> {
        let (callee, pc) = Frames::new(self).find_map(|frame| {
            let callee = frame.callee(self).filter(|callee| !callee.template(self).is_hidden())?;
            Some((callee.root(self), frame.lookup_pc(&self.heap)))
        })?;
        let template = callee.get(self).template(self);
        let unit = self.vm.units.get(template.unit() as usize)?;
        let record = unit.function(template.function());
        let position = unit.position(&record, pc)?;
        let source = std::str::from_utf8(unit.source_bytes(record.source)).ok()?;
        let start = position.text_start as usize;
        let callee_end = start.checked_add(position.text_length as usize)?;
        let arguments = balanced(source.get(callee_end..)?)?;
        source.get(start..callee_end + arguments).map(str::to_owned)
    }

    /// What stack traces call code that is given to eval or Function now.
    pub fn eval_name(&mut self) -> Result<String, Exit> {
        let caller = Frames::new(self).find_map(|frame| {
            let callee = frame.callee(self).filter(|callee| !callee.template(self).is_hidden())?;
            Some((callee.root(self), frame.lookup_pc(&self.heap)))
        });
        let Some((callee, pc)) = caller else { return Ok("<anonymous>".into()) };
        let mut site = self.place_of_code(callee, pc);
        let mut function = self.function_name(callee)?;
        if function.is_empty() || callee.get(self).template(self).function_kind() == FunctionKind::Eval {
            function = "<anonymous>".into();
        }
        if let Some(origin) = site.eval_origin() {
            let origin = if origin.len() > EVAL_NAME_MAX { "<anonymous>" } else { origin };
            (site.file, site.place) = (origin.to_owned(), None);
        }
        let mut name = format!("eval at {function} (");
        site.write_location(&mut name).expect("strings take any text");
        name.push(')');
        name.push_str(EVAL_FILE);
        Ok(name)
    }

    /// How many frames `Error.stackTraceLimit` asks for; `None` where it is no number: then there are no stacks.
    pub(crate) fn stack_trace_limit(&mut self) -> Result<Option<usize>, Exit> {
        let constructor = self.intrinsic(Intrinsic::Error);
        let Some(constructor) = constructor.as_object(self) else { return Ok(Some(limits::STACK_TRACE)) };
        let limit = self.plain_get_name(constructor, Name::stackTraceLimit)?;
        let limit = limit.and_then(|limit| limit.value(self).as_number());
        Ok(limit.map(|limit| (limit.max(0.0) as usize).min(limits::STACK_TRACE_MAX)))
    }

    /// `Error.prepareStackTrace`, where that is a function.
    pub(crate) fn prepare_stack_trace(&mut self) -> Result<Option<Local<'s>>, Exit> {
        let constructor = self.intrinsic(Intrinsic::Error);
        let Some(constructor) = constructor.as_object(self) else { return Ok(None) };
        let prepare = self.plain_get_name(constructor, Name::prepareStackTrace)?;
        Ok(prepare.filter(|prepare| self.is_callable(prepare.value(self))))
    }

    /// A stack trace's text: the head, and a line for each frame.
    pub fn stack_text(&mut self, head: &str, frames: Local<'_, Tuple>) -> Result<String, Exit> {
        let mut text = head.to_owned();
        for site in self.sites(frames)? {
            text.push_str("\n    at ");
            write!(text, "{site}").expect("strings take any text");
        }
        Ok(text)
    }

    /// Captured frames as they read.
    pub fn sites(&mut self, frames: Local<'_, Tuple>) -> Result<Vec<Site>, Exit> {
        let count = frames.get(self).count(self) / FRAME_VALUES;
        let mut sites = Vec::new();
        for i in 0..count {
            let site = self.scope(|cx| cx.site(frames, i * FRAME_VALUES))?;
            sites.extend(site);
        }
        Ok(sites)
    }

    fn site(&mut self, frames: Local<'_, Tuple>, at: usize) -> Result<Option<Site>, Exit> {
        let cell = frames.get(self);
        let number = cell.at(self, at + 1).as_number().unwrap_or(0.0);
        let (pc, called) = ((number / CALLED) as u32, (number % CALLED) as u32);
        if called == Called::AsOneOf as u32 {
            let Some(name) = cell.at(self, at).cast::<Str>(self).map(|name| name.root(self)) else {
                return Ok(None);
            };
            let function = self.text(name)?;
            let awaits =
                Site { is_async: true, is_toplevel: true, promise_index: Some(pc), ..Site::default() };
            return Ok(Some(Site { function, ..awaits }));
        }
        let Some(callee) = cell.at(self, at).cast::<Function>(self) else { return Ok(None) };
        if !self.is_shown(callee, self.viewer()) {
            return Ok(None);
        }
        let (callee, receiver) = (callee.root(self), cell.at(self, at + 2).root(self));
        let mut site = self.place_of_code(callee, pc);
        site.function = self.function_name(callee)?;
        if site.is_eval() && site.function == "anonymous" {
            site.function = "eval".into();
        }
        site.is_construct = called == Called::ByNew as u32;
        site.is_async = called == Called::Async as u32;
        site.is_toplevel = self.is_toplevel(receiver);
        if !site.is_toplevel && !site.is_construct {
            site.type_name = self.type_name(receiver)?;
            site.class_name = self.class_name(receiver)?;
            site.method = self.method_name(receiver, callee, &site.function)?;
        }
        Ok(Some(site))
    }

    /// File, line and column of a code offset.
    fn place_of_code(&self, callee: Local<'_, Function>, pc: u32) -> Site {
        let template = callee.get(self).template(self);
        let unit = self.vm.units.get(template.unit() as usize).filter(|_| !template.is_hidden());
        let Some(unit) = unit else {
            return Site { file: "<anonymous>".into(), ..Site::default() };
        };
        let record = unit.function(template.function());
        let file = unit.text(unit.source_name(record.source)).to_text().to_string();
        let place = unit.position(&record, pc).map(|position| (position.line, position.column));
        Site { file, place, ..Site::default() }
    }

    fn is_toplevel(&self, receiver: Local<'_>) -> bool {
        let is = |which| self.is_intrinsic(receiver.value(self), which);
        receiver.value(self).is_nullish() || is(Intrinsic::Global) || is(Intrinsic::GlobalThis)
    }

    /// A function's `name`, where that is its own and a string, else the one that it was written with.
    fn function_name(&mut self, function: Local<'_, Function>) -> Result<String, Exit> {
        let object: Local<'_, Object> = function.into();
        if !object.get(self).shape(self).is_flagged(shape_flag::LAZY_FUNCTION) {
            let key = self.key(Name::name_);
            if let Own::Data(name, _) = self.own(object, key)?
                && let Some(name) = name.cast::<Str>(self)
            {
                return self.text(name);
            }
        }
        let name = function.get(self).template(self).name().root(self);
        name.cast::<Str>(self).map_or(Ok(String::new()), |name| self.text(name))
    }

    /// Where the properties of a receiver are looked up first.
    fn looked_up_in(&self, receiver: Local<'_>) -> Option<Local<'s, Object>> {
        match receiver.as_object(self) {
            Some(object) => Some(object.get(self).root(self)),
            None => self.primitive_proto(receiver.value(self)).map(|proto| self.intrinsic_object(proto)),
        }
    }

    /// What a receiver is an instance of, as far as data properties tell.
    fn type_name(&mut self, receiver: Local<'_>) -> Result<String, Exit> {
        let Some(object) = self.looked_up_in(receiver) else { return Ok(String::new()) };
        if object.get(self).is::<Proxy>() {
            return Ok("Proxy".into());
        }
        if object.get(self).is::<Function>() {
            return Ok("Function".into());
        }
        // An object's own `constructor` says nothing of the object.
        let start = match receiver.as_object(self) {
            Some(object) => {
                object.get(self).shape(self).proto().as_object(self).map(|proto| proto.root(self))
            }
            None => Some(object),
        };
        let constructor = match start {
            Some(start) => self.plain_get_name(start, Name::constructor)?,
            None => None,
        };
        let name = match constructor.and_then(|constructor| constructor.cast::<Function>(self)) {
            Some(constructor) => self.function_name(constructor)?,
            None => String::new(),
        };
        if !name.is_empty() && name != "Object" {
            return Ok(name);
        }
        let tag = Key::Name(self.local(self.well_known(WellKnownSymbol::ToStringTag)));
        match self.plain_get(object, tag)?.and_then(|tag| tag.cast::<Str>(self)) {
            Some(tag) => self.text(tag),
            None => Ok("Object".into()),
        }
    }

    fn class_name(&mut self, receiver: Local<'_>) -> Result<String, Exit> {
        match receiver.cast::<Function>(self) {
            Some(function) if function.get(self).template(self).entry() == Entry::Class => {
                self.function_name(function)
            }
            _ => Ok(String::new()),
        }
    }

    /// The name by which a receiver has a function: the function's own, or the only one.
    fn method_name(
        &mut self,
        receiver: Local<'_>,
        function: Local<'_, Function>,
        name: &str,
    ) -> Result<String, Exit> {
        let Some(object) = self.looked_up_in(receiver) else { return Ok(String::new()) };
        let plain = name.strip_prefix("get ").or_else(|| name.strip_prefix("set ")).unwrap_or(name);
        if !plain.is_empty() {
            let key = self.text_key(plain)?;
            if self.first_is(object, key, function)? {
                return Ok(plain.to_owned());
            }
        }
        self.only_name(object, function)
    }

    /// Whether the first property of that name up the prototype chain is the function, or has it as accessor.
    fn first_is(
        &mut self,
        object: Local<'_, Object>,
        key: Key<'s>,
        function: Local<'_, Function>,
    ) -> Result<bool, Exit> {
        let holder = object.get(self).root(self);
        loop {
            match self.own(holder, key)? {
                Own::None => {}
                own => return Ok(self.is_property(own, function)),
            }
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => return Ok(false),
            }
            self.vm.spend(1)?;
        }
    }

    fn is_property(&self, own: Own<'_>, function: Local<'_, Function>) -> bool {
        let function = function.value(self);
        match own {
            Own::Data(value, _) => value.value(self) == function,
            Own::Accessor(pair, _) => {
                pair.get(self).getter() == function || pair.get(self).setter() == function
            }
            _ => false,
        }
    }

    /// The name of the only property up the prototype chain that is the function.
    fn only_name(
        &mut self,
        object: Local<'_, Object>,
        function: Local<'_, Function>,
    ) -> Result<String, Exit> {
        let holder = object.get(self).root(self);
        let mut found = None;
        while !holder.get(self).is::<Proxy>() {
            let names = self.own_names(holder)?;
            let count = names.get(self).length() as usize;
            self.vm.spend(1 + count as u64 / 8)?;
            for i in 0..count {
                let name = self.scope(|cx| {
                    let key = Key::Name(names.get(cx).item(cx, i).root(cx));
                    let own = cx.own(holder, key)?;
                    let is_it = !key.is_symbol(cx) && cx.is_property(own, function);
                    Ok(is_it.then(|| key.describe(cx)))
                })?;
                if name.is_some() && std::mem::replace(&mut found, name).is_some() {
                    return Ok(String::new());
                }
            }
            match holder.get(self).shape(self).proto().as_object(self) {
                Some(proto) => holder.set_cell(self, proto),
                None => break,
            }
        }
        Ok(found.unwrap_or_default())
    }
}

/// Bytes up to the parenthesis that closes the one that a text begins with; brackets in strings do not count.
fn balanced(text: &str) -> Option<usize> {
    /// Longer calls are not quoted.
    const MOST: usize = 2000;
    let mut depth = 0u32;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices().take(MOST) {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, c) if depth == 0 && !c.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}
