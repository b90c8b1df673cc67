//! Contexts: intrinsics by which `node/vm.js` makes realms, compiles scripts and runs them under a time limit, and what
//! keeps %Function% from code that is trusted less. The rule itself is in [`crate::object::trust`].

use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, Verified};

use super::setup::loose;
use crate::base::exit::Exit;
use crate::base::vm::{CompileFailure, CompileGoal, CompileRequest};
use crate::heap::cells::*;
use crate::heap::roots::{Name, Root};
use crate::heap::{Cx, Gc, Local, Value};
use crate::object::define::Descriptor;
use crate::object::function::template_flag;
use crate::object::lookup::Own;
use crate::object::realm::Intrinsic;
use crate::object::shape::info;
use crate::object::typed::ElementType;
use crate::semantics::promise::COROUTINE;
use crate::semantics::{Args, JsResult};

/// What the accessor of `constructor` keeps: the constructor, and the object that it is the accessor of.
const REAL: usize = 0;
const HOME: usize = 1;

fn realm_argument<'s>(cx: &mut Cx<'s>, args: Args<'s>, index: usize) -> JsResult<'s, Local<'s, Realm>> {
    match args.get(cx, index).cast::<Realm>(cx) {
        Some(realm) => Ok(realm),
        None => Err(cx.bug("no realm")),
    }
}

/// %newContext%: what is to be contextified or undefined, whether strings may be compiled, whether it has a queue of
/// jobs of its own. Gives an array of the realm and its global object.
pub fn new_context<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (sandbox, strings) = (args.get(cx, 0), args.get(cx, 1));
    let own_queue = args.get(cx, 2).value(cx).is_true();
    let creator = cx.least_trusted();
    cx.guard_constructors(creator)?;
    let realm = cx.new_context(creator)?;
    cx.set_intrinsic(realm, Intrinsic::CodeGeneration, strings.value(cx));
    if own_queue {
        let jobs = cx.new_list()?;
        cx.set_intrinsic(realm, Intrinsic::ContextJobs, jobs.value(cx));
    }
    if sandbox.value(cx).is_object() {
        contextify(cx, realm, sandbox)?;
    }
    let global = cx.global_of(realm);
    Ok(cx.array_of(&[realm.any(), global.any()])?.any())
}

/// Puts what answers for an object in front of a realm's global object.
fn contextify<'s>(cx: &mut Cx<'s>, realm: Local<'s, Realm>, sandbox: Local<'s>) -> JsResult<'s, ()> {
    let inner = cx.global_of(realm);
    let null = cx.local(Value::NULL);
    let object = cx.new_kind_with(kind::Proxy, 0, null)?;
    let proxy = object.get(cx).cast::<Proxy>().expect("just made");
    proxy.set_target(cx, inner.value(cx));
    proxy.set_handler(cx, sandbox.value(cx));
    proxy.set_realm(cx, Some(realm.get(cx)));
    proxy.set_context(1);
    cx.set_intrinsic(realm, Intrinsic::Global, object.value(cx));
    // What the global object calls itself: its properties are made later.
    cx.set_intrinsic(realm, Intrinsic::GlobalThis, object.value(cx));
    Ok(())
}

/// %contextCreator%: whether a realm is a context.
pub fn is_context_realm<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let answer = !cx.realm().intrinsic(cx, Intrinsic::Creator).is_undefined();
    Ok(cx.boolean(answer))
}

/// %ownRealm%: the realm of the running library function.
pub fn own_realm<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Ok(cx.realm().root(cx).any())
}

/// %realmObject%: an intrinsic of a realm by its name.
pub fn realm_object<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let realm = realm_argument(cx, args, 0)?;
    let name = args.string(cx, 1)?;
    let name = cx.text(name)?;
    match Intrinsic::NAMES.iter().position(|&known| known == name) {
        Some(index) => Ok(realm.get(cx).intrinsic(cx, Intrinsic::ALL[index]).root(cx)),
        None => Err(cx.bug("the realm has no intrinsic of that name")),
    }
}

// ---- global objects of contexts

/// %isContextGlobal%
pub fn is_context_global<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let answer = args.get(cx, 0).value(cx).cast::<Proxy>(cx).is_some_and(|proxy| proxy.context() != 0);
    Ok(cx.boolean(answer))
}

// ---- scripts

/// %compileScript%: text, name, line and column of its first character less 1, and, for a function's body, a text to
/// put before and one behind it. Gives the number of its unit; the same for the same text.
pub fn compile_script<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (text, name) = (args.string(cx, 0)?, args.string(cx, 1)?);
    let [line, column] = [2, 3].map(|i| args.get(cx, i).value(cx).as_number().unwrap_or(0.0) as i32);
    let name = cx.text(name)?;
    let (texts, surrogates) = cx.source_texts(&[text])?;
    let key = script_key(&texts[0], &name, [line, column]);
    if let Some(&unit) = cx.vm.scripts.get(&key) {
        return Ok(cx.local(Value::int(unit as i32)));
    }
    let plain = CompileRequest::new(&texts[0], &name, CompileGoal::Script);
    let request = CompileRequest { completion_value: true, offset: [line, column], ..plain };
    let mut failed = None;
    let compiled = cx.generate(request, &surrogates, |compiler, request| {
        compiler.compile(request).inspect_err(|failure| failed = Some(failure.clone()))
    });
    let unit = match (compiled, failed) {
        (Ok(unit), _) => unit,
        (Err(Exit::Throw), Some(failure)) => {
            return Err(cx.tell_place(&failure, &texts[0], &name, line)?);
        }
        (Err(exit), _) => return Err(exit),
    };
    let number = cx.add_given_unit(unit)?;
    cx.vm.scripts.insert(key, number);
    Ok(cx.local(Value::int(number as i32)))
}

fn script_key(text: &str, name: &str, offset: [i32; 2]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
    for number in offset {
        hasher.update(&number.to_le_bytes());
    }
    *hasher.update(text.as_bytes()).finalize().as_bytes()
}

impl<'s> Cx<'s> {
    /// The error that was thrown for a script's text, its stack beginning with the place, as Node has it.
    pub(super) fn tell_place(
        &mut self,
        failure: &CompileFailure,
        text: &str,
        name: &str,
        line: i32,
    ) -> JsResult<'s, Exit> {
        let error = self.take_exception();
        if let Some(object) = error.as_object(self)
            && failure.line > 0
            && object.get(self).is::<Error>()
        {
            self.materialize_stack(object)?;
            let key = self.key(Name::stack);
            if let Own::Data(stack, attributes) = self.ordinary_own(object.get(self), key)
                && let Some(stack) = stack.cast::<Str>(self)
            {
                let source: String =
                    text.lines().nth(failure.line as usize - 1).unwrap_or("").chars().take(400).collect();
                let before = (failure.column as usize).saturating_sub(1).min(source.chars().count());
                let shown = i64::from(failure.line) + i64::from(line);
                let stack = self.text(stack)?;
                let told = format!("{name}:{shown}\n{source}\n{}^\n\n{stack}", " ".repeat(before));
                let told = self.text_value(&told)?;
                self.put_own(object, key, told, attributes)?;
            }
        }
        Ok(self.throw_value(error))
    }
}

/// %scriptFunction%: unit, realm, what `import()` in it is told by. A function that runs the script.
pub fn script_function<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_int().unwrap_or(0) as u32;
    let realm = realm_argument(cx, args, 1)?;
    let host = args.get(cx, 2);
    let is_context = !realm.get(cx).intrinsic(cx, Intrinsic::Creator).is_undefined();
    if !cx.stack_dominates(realm.get(cx)) || !is_context && !cx.runs_program_code() {
        return Err(cx.generation_refused());
    }
    if number == 0 || number as usize >= cx.vm.units.len() {
        return Err(cx.bug("no unit of a script"));
    }
    let entry = cx.vm.units[number as usize].entry();
    let template = cx.new_template(number, entry, realm)?;
    template.get(cx).set_module(cx, host.value(cx));
    Ok(cx.new_closure(template, None)?.any())
}

/// %unitBytes%: a unit as a `.tvm` file, in a Uint8Array.
pub fn unit_bytes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let number = args.get(cx, 0).value(cx).as_int().unwrap_or(0) as usize;
    let Some(unit) = cx.vm.units.get(number).filter(|_| number > 0).cloned() else {
        return Err(cx.bug("no unit of a script"));
    };
    let buffer = cx.new_array_buffer(unit.bytes().len() as u64)?;
    if let Some(data) = buffer.get(cx).data(cx) {
        data.with_mut(cx, |bytes| bytes[..unit.bytes().len()].copy_from_slice(unit.bytes()));
    }
    Ok(buffer.any())
}

/// %unitOfBytes%: a view of bytes, the script's text and name, line and column. The number of the unit that they are,
/// undefined where they are none, or one of another script.
pub fn unit_of_bytes<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (text, name) = (args.string(cx, 1)?, args.string(cx, 2)?);
    let (text, name) = (cx.text(text)?, cx.text(name)?);
    let Some(array) = args.get(cx, 0).cast::<TypedArray>(cx) else { return Ok(cx.undefined()) };
    if ElementType::from_u32(array.get(cx).element_type()) != ElementType::Uint8 {
        return Ok(cx.undefined());
    }
    let length = cx.typed_length(array).unwrap_or(0) as usize;
    let offset = array.get(cx).offset() as usize;
    let bytes = match array.get(cx).buffer(cx).data(cx) {
        Some(data) => data.bytes(cx)[offset..offset + length].to_vec(),
        None => Vec::new(),
    };
    cx.vm.spend(1 + length as u64 / 16)?;
    let Some(unit) = verified_script(bytes, &text, &name) else { return Ok(cx.undefined()) };
    let number = cx.add_given_unit(unit)?;
    Ok(cx.local(Value::int(number as i32)))
}

fn verified_script(bytes: Vec<u8>, text: &str, name: &str) -> Option<Verified> {
    let unit = Unit::parse(std::sync::Arc::new(bytes)).and_then(|unit| verify(unit, Origin::Guest)).ok()?;
    if unit.entry_kind() != Some(tvm_bytecode::data::EntryKind::Script) || unit.source_count() != 1 {
        return None;
    }
    let same = unit.source_bytes(0) == text.as_bytes()
        && unit.text(unit.source_name(0)).to_text().to_string() == name;
    same.then_some(unit)
}

// ---- time limits

/// %armTimeout%: from now on what the calling library function calls may take so many milliseconds.
pub fn arm_timeout<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let ms = args.number(cx, 0)?;
    let now = cx.vm.monotonic_ms();
    let frame = cx.vm.frame;
    cx.vm.arm_deadline(frame, now + ms);
    Ok(cx.undefined())
}

/// %disarmTimeout%: ends that; whether the time was over.
pub fn disarm_timeout<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    let frame = cx.vm.frame;
    let over = cx.vm.disarm_deadline(frame);
    Ok(cx.boolean(over))
}

// ---- jobs of a context with a queue of its own

/// %runContextJob%: runs the next job of a realm's own queue; false where there is none.
pub fn run_context_job<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let realm = realm_argument(cx, args, 0)?;
    let Some(jobs) = realm.get(cx).intrinsic(cx, Intrinsic::ContextJobs).cast::<List>(cx) else {
        return Ok(cx.boolean(false));
    };
    let jobs = jobs.root(cx);
    let Some(job) = cx.list_shift(jobs).and_then(|job| job.cast::<Tuple>(cx)) else {
        return Ok(cx.boolean(false));
    };
    let count = job.get(cx).count(cx);
    let all: Vec<Local<'_>> = (0..count).map(|i| job.get(cx).at(cx, i).root(cx)).collect();
    if job.get(cx).word() == COROUTINE {
        let mode = all[2].value(cx).as_int().unwrap_or(0) as u32;
        let Some(coroutine) = all[0].cast::<Coroutine>(cx) else {
            return Err(cx.bug("a job without its coroutine"));
        };
        cx.resume_coroutine_here(coroutine, all[1], mode)?;
        return Err(Exit::Switch);
    }
    let this = cx.undefined();
    Err(cx.call(all[0], this, &all[1..]))
}

/// %hasContextJobs%: whether there are jobs in a realm's own queue.
pub fn has_context_jobs<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let realm = realm_argument(cx, args, 0)?;
    let jobs = realm.get(cx).intrinsic(cx, Intrinsic::ContextJobs).cast::<List>(cx);
    let any = jobs.is_some_and(|jobs| jobs.length() > jobs.head());
    Ok(cx.boolean(any))
}

impl<'s> Cx<'s> {
    /// Whether a function, or a coroutine's, belongs to a realm or to one that it made.
    fn belongs_to(&self, value: Value<'_>, realm: Local<'_, Realm>) -> bool {
        let function = match value.cast::<Coroutine>(self) {
            Some(coroutine) => {
                coroutine.frame(self).and_then(|saved| saved.at(self, 0).cast::<Function>(self))
            }
            None => value.cast::<Function>(self),
        };
        function.is_some_and(|f| self.dominates(realm.get(self), f.template(self).realm(self)))
    }

    /// Takes what would run code of a realm out of a queue.
    fn drop_work(&mut self, queue: Local<'_, List>, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        let kept = self.new_list()?;
        let moved = |cx: &mut Cx<'_>, from: Local<'_, List>, to: Local<'_, List>, all: bool| {
            cx.scope(|cx| {
                let Some(job) = cx.list_shift(from) else { return Ok(false) };
                let belongs =
                    |job: Gc<'_, Tuple>| (0..job.count(cx)).any(|i| cx.belongs_to(job.at(cx, i), realm));
                if all || !job.value(cx).cast::<Tuple>(cx).is_some_and(belongs) {
                    cx.list_push(to, job)?;
                }
                Ok(true)
            })
        };
        while moved(self, queue, kept, false)? {}
        while moved(self, kept, queue, true)? {}
        Ok(())
    }
}

/// %endContextWork%: a script of a realm was stopped: its jobs and finalisers that wait do not run.
pub fn end_context_work<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let realm = realm_argument(cx, args, 0)?;
    for queue in [Root::Jobs, Root::Ticks, Root::Tasks] {
        let queue = cx.root_cell::<List>(queue).root(cx);
        cx.drop_work(queue, realm)?;
    }
    let registries = cx.root_cell::<List>(Root::Registries).root(cx);
    for i in 0..registries.get(cx).length() as usize {
        if let Some(registry) = registries.get(cx).item(cx, i).cast::<Registry>(cx)
            && cx.belongs_to(registry.cleanup(), realm)
        {
            registry.set_records(cx, None);
        }
    }
    Ok(cx.undefined())
}

// ---- %Function% and its kin in front of less trusted code

/// The prototypes whose `constructor` generates code.
const GENERATORS: [(Intrinsic, Intrinsic); 4] = [
    (Intrinsic::FunctionPrototype, Intrinsic::Function),
    (Intrinsic::GeneratorFunctionPrototype, Intrinsic::GeneratorFunction),
    (Intrinsic::AsyncFunctionPrototype, Intrinsic::AsyncFunction),
    (Intrinsic::AsyncGeneratorFunctionPrototype, Intrinsic::AsyncGeneratorFunction),
];

impl<'s> Cx<'s> {
    /// Makes `constructor` of a realm's function prototypes accessors, which give less trusted code a function that
    /// throws. So it cannot get hold of what generates code, to have more trusted code call it.
    fn guard_constructors(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, ()> {
        if !realm.get(self).intrinsic(self, Intrinsic::BlockedFunction).is_undefined() {
            return Ok(());
        }
        let blocked = self.native_template(realm, loose::BLOCKED, "Function", 1)?;
        let cell = blocked.get(self);
        cell.set_flags(cell.flags() | template_flag::CONSTRUCTOR | template_flag::NATIVE_CONSTRUCTOR);
        let blocked = self.new_closure(blocked, None)?;
        self.materialize(blocked.into())?;
        let key = self.key(Name::prototype);
        let prototype = realm.get(self).intrinsic(self, Intrinsic::FunctionPrototype).root(self);
        self.put_own(blocked.into(), key, prototype, 0)?;
        self.set_intrinsic(realm, Intrinsic::BlockedFunction, blocked.value(self));
        for (prototype, constructor) in GENERATORS {
            self.scope(|cx| cx.guard_constructor(realm, prototype, constructor))?;
        }
        Ok(())
    }

    fn guard_constructor(
        &mut self,
        realm: Local<'_, Realm>,
        prototype: Intrinsic,
        constructor: Intrinsic,
    ) -> JsResult<'s, ()> {
        let [home, real] =
            [prototype, constructor].map(|intrinsic| realm.get(self).intrinsic(self, intrinsic).root(self));
        let Some(object) = home.as_object(self) else { return Err(self.bug("a prototype is an object")) };
        let key = self.key(Name::constructor);
        self.make_own(object)?;
        // What the program itself put there stays.
        match self.ordinary_own(object.get(self), key) {
            Own::Data(value, _) if value.value(self) == real.value(self) => {}
            _ => return Ok(()),
        }
        let pair = [
            (loose::GUARDED_CONSTRUCTOR, "get constructor", 0),
            (loose::SET_GUARDED_CONSTRUCTOR, "set constructor", 1),
        ];
        let mut functions = Vec::new();
        for (number, name, length) in pair {
            let template = self.native_template(realm, number, name, length)?;
            functions.push(self.native_closure(template, &[real, home])?.any());
        }
        let accessor = self.alloc::<Accessor>(kind::Accessor, Accessor::BYTES)?;
        accessor.get(self).set_getter(self, functions[0].value(self));
        accessor.get(self).set_setter(self, functions[1].value(self));
        // Made by the engine, whoever asks for a context.
        self.put_own(object, key, accessor.any(), info::ACCESSOR | info::CONFIGURABLE)
    }

    /// The constructor behind an accessor of [`guarded_constructor`].
    pub fn behind_guard(&self, getter: Value<'_>) -> Option<Local<'s>> {
        let function = getter.cast::<Function>(self)?;
        let template = function.template(self);
        let guards = template.entry() == crate::object::function::Entry::Native
            && template.code() == loose::GUARDED_CONSTRUCTOR;
        guards.then(|| function.scope(self).map(|data| data.at(self, REAL).root(self)))?
    }
}

/// Gives the constructor, or to less trusted code what stands for it.
pub fn guarded_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    // A call of the accessor itself asks for no function's constructor.
    if cx.is_callable(args.this().value(cx)) && cx.may_act_on(cx.realm()) {
        return Ok(args.data(cx, REAL));
    }
    Ok(cx.intrinsic(Intrinsic::BlockedFunction))
}

/// Assignment where a data property would be (SetterThatIgnoresPrototypeProperties, 7.3.28, but for the home object,
/// which gets a data property again).
pub fn set_guarded_constructor<'s>(cx: &mut Cx<'s>, args: Args<'s>) -> JsResult<'s> {
    let (this, value) = (args.this(), args.get(cx, 0));
    let home: Local<'_> = args.data(cx, HOME);
    let Some(object) = this.as_object(cx) else { return Ok(cx.undefined()) };
    if object.get(cx).is::<Proxy>() {
        let key = cx.local(cx.name(Name::constructor));
        let desc = super::reflect::describe(cx, &Descriptor::data(value, info::DEFAULT))?;
        return Err(cx.call_library(crate::library::lib::proxyDefineOwn, &[this, key, desc]));
    }
    let attributes = if this.value(cx) == home.value(cx) { info::METHOD } else { info::DEFAULT };
    let key = cx.key(Name::constructor);
    if !cx.define(object, key, &Descriptor::data(value, attributes))? {
        return Err(cx.type_error("Cannot assign to read only property 'constructor' of object"));
    }
    Ok(cx.undefined())
}

/// %Function% in front of less trusted code: called or constructed it throws.
pub fn blocked<'s>(cx: &mut Cx<'s>, _: Args<'s>) -> JsResult<'s> {
    Err(cx.generation_refused())
}
