//! One set of globals of an isolate, entered: what most of the work is done through.

use std::any::{Any, TypeId};
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tvm_runtime::base::exit::Exit;
use tvm_runtime::base::vm::{CompileFailureKind, CompileGoal};
use tvm_runtime::fiber::turn::{Callee, Held};
use tvm_runtime::heap::{self, Cx};
use tvm_runtime::library::lib;

use super::completer::{Completer, outcome};
use super::core::Core;
use super::error::{Error, Result, Thrown};
use super::event_loop::Settled;
use super::function::{Arguments, Fault, HostError, HostFunction, TypedFunction};
use super::script::{CompileOptions, Module, Script, compile};
use super::shared::InterruptHandle;
use super::value::Value;
use super::{de, ser};

/// What `import` of the embedder's counts as coming from.
const REFERRER: &str = "";

/// One set of globals of an isolate, entered: evaluates, calls, makes and reads values.
///
/// It borrows the isolate, so there is one at a time: [`Isolate::context`](crate::Isolate::context) gives the first,
/// [`Isolate::enter`](crate::Isolate::enter) others. Functions of the embedder get the one that they were made in.
///
/// Everything that may run the program's code runs promise jobs behind it where it is called from outside, not from
/// within a function that the program called. Timers and answers from other threads take
/// [`run`](Context::run) or [`run_until_settled`](Context::run_until_settled).
pub struct Context<'i> {
    pub(crate) core: &'i mut Core,
    pub(crate) realm: u32,
}

impl Context<'_> {
    // ---- running code

    /// Runs a script's text; gives its completion value.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let sum = isolate.context().eval("[1, 2, 3].reduce((a, b) => a + b)")?;
    /// assert_eq!(sum.as_f64(), Some(6.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn eval(&mut self, source: &str) -> Result<Value> {
        self.eval_with(source, &CompileOptions::default())
    }

    /// Runs a script's text, and reads its completion value.
    pub fn eval_as<T: DeserializeOwned>(&mut self, source: &str) -> Result<T> {
        let value = self.eval(source)?;
        self.from_value(&value)
    }

    /// As [`eval`](Context::eval), by a name of its own or as TypeScript.
    pub fn eval_with(&mut self, source: &str, options: &CompileOptions) -> Result<Value> {
        let script = match self.core.engine.cached(source, options) {
            Some(script) => script,
            None => {
                let script = self.compile(source, options)?;
                self.core.engine.cache(source, options, &script);
                script
            }
        };
        self.run_script(&script)
    }

    /// Compiles within the isolate's limits.
    fn compile(&mut self, source: &str, options: &CompileOptions) -> Result<Script> {
        if let Some(ended) = &self.core.ended {
            return Err(ended.clone());
        }
        if self.core.is_idle() {
            self.core.set_bounds();
        }
        let stop = self.core.isolate().vm.stop_condition();
        let unit = compile(source, options, CompileGoal::Script, Some(&stop));
        let unit = unit.or_else(|failure| {
            if failure.kind == CompileFailureKind::Stopped {
                let polled = self.core.isolate().vm.poll(false);
                polled.map_err(|exit| self.core.error_of_exit(exit))?;
            }
            Err(Error::Compile(Box::new(super::error::CompileError::new(&options.name, failure))))
        })?;
        Ok(Script::new(unit, &options.name))
    }

    /// Runs a compiled script; gives its completion value.
    pub fn run_script(&mut self, script: &Script) -> Result<Value> {
        let key = (script.id(), self.realm);
        let template = match self.core.scripts.get(&key) {
            Some(template) => template.clone(),
            None => {
                let unit = script.unit().clone();
                let template = self.core.make(self.realm, |cx| cx.script_template(unit))?;
                self.core.scripts.insert(key, template.clone());
                template
            }
        };
        let callee = Callee::Script(self.core.check(&template)?);
        self.core.call(self.realm, callee, Held::Plain(heap::Value::UNDEFINED), &[])
    }

    /// Loads a compiled module by its name, with all that it imports, evaluates it, and runs the event loop until that
    /// is done. Gives its namespace, whose properties are its exports. A module of that name which the isolate knows
    /// already is given as it is.
    pub fn evaluate_module(&mut self, module: &Module) -> Result<Value> {
        let (unit, name) = (module.unit().clone(), module.name().to_owned());
        let module = self.core.make(self.realm, |cx| cx.embedded_module(unit, &name))?;
        let promise = self.ask(lib::embedModule, &[&module])?;
        self.run_until_settled(&promise)
    }

    /// Imports a module by a specifier, as `import()` does, and runs the event loop until that is done. Gives its
    /// namespace. What specifiers mean is for the isolate's [`ModuleLoader`](crate::ModuleLoader).
    pub fn import(&mut self, specifier: &str) -> Result<Value> {
        let (referrer, specifier) = (self.string(REFERRER)?, self.string(specifier)?);
        let promise = self.ask(lib::dynamicImport, &[&referrer, &specifier, &Value::UNDEFINED])?;
        self.run_until_settled(&promise)
    }

    /// Calls a function without receiver.
    pub fn call(&mut self, function: &Value, arguments: &[Value]) -> Result<Value> {
        self.call_on(function, &Value::UNDEFINED, arguments)
    }

    /// Calls a function with a receiver.
    pub fn call_on(&mut self, function: &Value, receiver: &Value, arguments: &[Value]) -> Result<Value> {
        let (callee, receiver) = (self.core.check(function)?, self.core.check(receiver)?);
        let arguments: Vec<Held<'_>> =
            arguments.iter().map(|value| self.core.check(value)).collect::<Result<_>>()?;
        self.core.call(self.realm, Callee::Value(callee), receiver, &arguments)
    }

    /// Calls a global function by its name, with arguments that serde writes (a tuple, or an array), and reads what it
    /// gives.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.eval("const greet = (name, times) => `hello ${name} `.repeat(times)")?;
    /// let text: String = context.call_global("greet", &("you", 2))?;
    /// assert_eq!(text, "hello you hello you ");
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_global<T: DeserializeOwned>(&mut self, name: &str, arguments: &impl Serialize) -> Result<T> {
        let function = self.get_global(name)?;
        let list = self.to_value(arguments)?;
        let arguments = match list.is_array() {
            true => self.elements(&list)?,
            // `()` stands for no arguments.
            false if list.is_undefined() => Vec::new(),
            false => vec![list],
        };
        let result = self.call(&function, &arguments)?;
        self.from_value(&result)
    }

    /// Runs jobs, timers and answers from elsewhere until nothing is left to do.
    pub fn run(&mut self) -> Result<()> {
        self.core.run_until(None).map(drop)
    }

    /// Runs the same until a promise is settled: gives what it was fulfilled with, or the exception that it was
    /// rejected with. What is no promise is given as it is. [`Error::Unsettled`] where nothing is left that could
    /// settle it.
    pub fn run_until_settled(&mut self, promise: &Value) -> Result<Value> {
        self.core.check(promise)?;
        if !promise.is_promise() {
            return Ok(promise.clone());
        }
        self.core.run_until(Some(promise))?;
        match self.core.state_of(promise)? {
            Settled::Fulfilled(value) => Ok(value),
            Settled::Rejected(reason) => Err(self.thrown(reason)?),
            Settled::Pending => Err(Error::Unsettled),
        }
    }

    fn thrown(&mut self, reason: Value) -> Result<Error> {
        let held = self.core.check(&reason)?;
        let told = self.with(|cx| {
            let value = cx.held(held);
            cx.told_of(value)
        })?;
        let (name, message, stack) = (told.name, told.message, told.stack);
        Ok(Error::Thrown(Box::new(Thrown { value: reason, name, message, stack, place: None })))
    }

    // ---- globals

    /// Sets a global variable to what serde makes of a value, whatever was there. For values of the program's there is
    /// [`set_global_value`](Context::set_global_value).
    pub fn set_global(&mut self, name: &str, value: impl Serialize) -> Result<()> {
        let value = self.to_value(&value)?;
        self.set_global_value(name, &value)
    }

    /// Sets a global variable.
    pub fn set_global_value(&mut self, name: &str, value: &Value) -> Result<()> {
        let held = self.core.check(value)?;
        self.with(|cx| {
            let value = cx.held(held);
            cx.define_embedded(name, value)
        })
    }

    /// A global variable, declared in whatever way. A ReferenceError where there is none.
    pub fn get_global(&mut self, name: &str) -> Result<Value> {
        let name = self.string(name)?;
        self.ask(lib::embedGlobal, &[&name])
    }

    /// The global object.
    pub fn global_object(&mut self) -> Result<Value> {
        self.core.make(self.realm, |cx| {
            let realm = cx.realm().root(cx);
            Ok(cx.global_of(realm).any())
        })
    }

    // ---- functions

    /// Makes a global function that calls a closure.
    ///
    /// The closure gets live values and may use the context as it likes, and so call the program again, but not run the
    /// event loop. It must not block for long: nothing else of the isolate runs meanwhile, and the isolate's limit of
    /// time is looked at when it returns. What it throws is a [`HostError`]; a panic of it becomes an Error.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// use tvm::{HostError, Value};
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.set_function("twice", |context, arguments| {
    ///     let function = arguments.get(0);
    ///     if !function.is_function() {
    ///         return Err(HostError::type_error("twice() takes a function"));
    ///     }
    ///     let once = function.call(context, &[Value::from(1)])?;
    ///     Ok(function.call(context, &[once])?)
    /// })?;
    /// assert_eq!(context.eval("twice((x) => x + 20)")?.as_f64(), Some(41.0));
    /// assert_eq!(context.eval("try { twice(1) } catch (e) { e instanceof TypeError }")?.as_bool(), Some(true));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_function(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value, HostError> + Send + Sync + 'static,
    ) -> Result<()> {
        let function = self.function(name, function)?;
        self.set_global_value(name, &function)
    }

    /// The same of a closure whose arguments and result pass through serde.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.set_typed_function("pad", |text: String, width: Option<usize>| {
    ///     Ok(format!("{text:>width$}", width = width.unwrap_or(4)))
    /// })?;
    /// assert_eq!(context.eval_as::<String>("pad('a') + pad('b', 2)")?, "   a b");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_typed_function<Args>(&mut self, name: &str, function: impl TypedFunction<Args>) -> Result<()> {
        self.set_function(name, move |context, arguments| function.call_typed(context, arguments))
    }

    /// Makes a global function that gives a promise, which a [`Completer`] settles.
    pub fn set_async_function(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments, Completer) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<()> {
        let function = self.new_function(name, HostFunction::Async(Arc::new(function)))?;
        self.set_global_value(name, &function)
    }

    /// Makes a global function that gives a promise, which a future settles. The isolate's event loop polls it, on the
    /// isolate's thread; what wakes it may come from anywhere. Futures that need a runtime of their own (timers or
    /// sockets of an executor) are best spawned there, with a [`Completer`].
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.set_future_function("add", |context, arguments| {
    ///     let (a, b): (f64, f64) = (arguments.parse(context, 0)?, arguments.parse(context, 1)?);
    ///     Ok(async move { Ok(a + b) })
    /// })?;
    /// let promise = context.eval("add(1, 2)")?;
    /// assert_eq!(context.run_until_settled(&promise)?.as_f64(), Some(3.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_future_function<F, T>(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments) -> Result<F, HostError> + Send + Sync + 'static,
    ) -> Result<()>
    where
        F: Future<Output = Result<T, HostError>> + Send + 'static,
        T: Serialize + Send + 'static,
    {
        let function = HostFunction::Future(Arc::new(move |context, arguments| {
            let future = function(context, arguments)?;
            Ok(Box::pin(async move { outcome(future.await) }))
        }));
        let function = self.new_function(name, function)?;
        self.set_global_value(name, &function)
    }

    /// A function that calls a closure, as a value. The closure lives as long as the isolate.
    pub fn function(
        &mut self,
        name: &str,
        function: impl Fn(&mut Context<'_>, &Arguments) -> Result<Value, HostError> + Send + Sync + 'static,
    ) -> Result<Value> {
        self.new_function(name, HostFunction::Sync(Arc::new(function)))
    }

    fn new_function(&mut self, name: &str, function: HostFunction) -> Result<Value> {
        let mut number = 0;
        let value = self.core.make(self.realm, |cx| {
            let (value, told) = cx.new_host_function(name)?;
            number = told;
            Ok(value)
        })?;
        let functions = &mut self.core.functions;
        functions.resize_with(number as usize, || HostFunction::Missing(String::new()));
        functions.push(function);
        Ok(value)
    }

    // ---- values

    /// A string.
    pub fn string(&mut self, text: &str) -> Result<Value> {
        self.core.make(self.realm, |cx| cx.text_value(text))
    }

    /// An empty object.
    pub fn object(&mut self) -> Result<Value> {
        self.core.make(self.realm, |cx| Ok(cx.new_object()?.any()))
    }

    /// An array of values.
    pub fn array(&mut self, values: &[Value]) -> Result<Value> {
        let values: Vec<Held<'_>> =
            values.iter().map(|value| self.core.check(value)).collect::<Result<_>>()?;
        self.core.make(self.realm, |cx| {
            let array = cx.new_array(0, values.len())?;
            for &held in &values {
                cx.scope(|cx| {
                    let value = cx.held(held);
                    cx.array_push(array, value)
                })?;
            }
            Ok(array.any())
        })
    }

    /// A `Uint8Array` of bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<Value> {
        self.to_value(&ser::Bytes(bytes))
    }

    /// A promise, and what settles it from any thread: see [`Completer`].
    pub fn promise(&mut self) -> Result<(Value, Completer)> {
        let (call, promise) = self.core.open_call(self.realm)?;
        Ok((promise, Completer::new(call, Arc::clone(&self.core.shared))))
    }

    /// An error of the context's realm, as a value.
    pub fn error(&mut self, error: &HostError) -> Result<Value> {
        match &error.0 {
            Fault::Value(value) => {
                self.core.check(value)?;
                Ok(value.clone())
            }
            Fault::New { class, message, .. } => {
                self.core.make(self.realm, |cx| Ok(cx.new_error(class.kind(), message)?.any()))
            }
        }
    }

    /// The elements of an array. May run the program's code.
    pub fn elements(&mut self, array: &Value) -> Result<Vec<Value>> {
        let length = array.get(self, "length")?.as_f64().unwrap_or(0.0);
        (0..length as u32).map(|index| array.get(self, index)).collect()
    }

    /// A value of what serde makes of a Rust value: see [the crate's documentation](crate#serde).
    pub fn to_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Value> {
        ser::to_value(self, value)
    }

    /// A Rust value of a program's value: see [the crate's documentation](crate#serde). Getters and proxies are asked
    /// only where there are some.
    #[allow(clippy::wrong_self_convention)]
    pub fn from_value<T: DeserializeOwned>(&mut self, value: &Value) -> Result<T> {
        de::from_value(self, value)
    }

    // ---- the isolate

    /// What the embedder keeps with the isolate, by its type; made where there is none.
    ///
    /// ```
    /// # fn main() -> tvm::Result<()> {
    /// #[derive(Default)]
    /// struct Calls(u32);
    /// let mut isolate = tvm::Engine::new()?.new_isolate()?;
    /// let mut context = isolate.context();
    /// context.set_function("count", |context, _| {
    ///     context.data::<Calls>().0 += 1;
    ///     Ok(tvm::Value::UNDEFINED)
    /// })?;
    /// context.eval("count(); count()")?;
    /// assert_eq!(context.data::<Calls>().0, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn data<T: Any + Send + Default>(&mut self) -> &mut T {
        let entry = self.core.data.entry(TypeId::of::<T>());
        let any = entry.or_insert_with(|| Box::new(T::default()));
        any.downcast_mut().expect("data is kept by its type")
    }

    /// What stops the isolate from another thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.core.shared))
    }

    pub(crate) fn with<R>(
        &mut self,
        work: impl for<'s> FnOnce(&mut Cx<'s>) -> std::result::Result<R, Exit>,
    ) -> Result<R> {
        self.core.with(self.realm, work)
    }

    /// Calls a function of tvm's own library.
    pub(crate) fn ask(&mut self, function: u32, arguments: &[&Value]) -> Result<Value> {
        let arguments: Vec<Held<'_>> =
            arguments.iter().map(|value| self.core.check(value)).collect::<Result<_>>()?;
        let receiver = Held::Plain(heap::Value::UNDEFINED);
        self.core.call(self.realm, Callee::Library(function), receiver, &arguments)
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({})", self.realm)
    }
}
