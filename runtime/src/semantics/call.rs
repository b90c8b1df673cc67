//! Preparing calls: arguments at the top of the stack, to be entered by the interpreter.

use tvm_bytecode::data::ErrorKind;

use super::args::JsResult;
use crate::base::exit::{Exit, PreparedCall};
use crate::base::limits;
use crate::frame::HEADER;
use crate::heap::cells::*;
use crate::heap::roots::Root;
use crate::heap::{Cx, Local, Value};
use crate::object::realm::Intrinsic;

impl<'s> Cx<'s> {
    /// Puts a call at the top of the stack. The returned exit makes its result that of the caller.
    pub fn prepare(&mut self, callee: Local<'_>, this: Local<'_>, arguments: &[Local<'_>]) -> PreparedCall {
        let frame = self.begin_window(callee, this);
        for argument in arguments {
            argument.value(self).root(self);
        }
        PreparedCall { frame, argc: arguments.len() as u32, construct: false }
    }

    /// The header and receiver of a prepared call.
    fn begin_window(&mut self, callee: Local<'_>, this: Local<'_>) -> u32 {
        for _ in 0..HEADER - 3 {
            self.undefined();
        }
        // In the order of the frame's header: state, code, callee, link, new.target.
        let callee = callee.value(self).root(self);
        debug_assert_eq!(callee.slot() + 3, self.heap.top() + 2);
        self.undefined();
        self.undefined();
        this.value(self).root(self).slot()
    }

    /// An exit that calls `callee`.
    pub fn call(&mut self, callee: Local<'_>, this: Local<'_>, arguments: &[Local<'_>]) -> Exit {
        if self.heap.top() as usize + HEADER as usize + arguments.len() >= self.heap.stack_slots() as usize {
            return self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded");
        }
        Exit::Call(self.prepare(callee, this, arguments))
    }

    /// An exit that calls a library function.
    pub fn call_library(&mut self, function: u32, arguments: &[Local<'_>]) -> Exit {
        if self.vm.contexts
            && let Some(&proxy) = arguments.first()
            && let Some(realm) = self.less_trusted_maker(proxy)
        {
            // What a proxy's handler is asked for counts as done by who made it.
            return match self.library_function_of(realm, function) {
                Ok(callee) => {
                    let this = self.undefined();
                    self.call(callee.any(), this, arguments)
                }
                Err(exit) => exit,
            };
        }
        match self.library_function(function) {
            Ok(callee) => {
                let this = self.undefined();
                self.call(callee.any(), this, arguments)
            }
            Err(exit) => exit,
        }
    }

    /// An exit that calls `callee` with arguments from an array.
    pub fn call_with_array(
        &mut self,
        callee: Local<'_>,
        this: Local<'_>,
        array: Local<'_, Array>,
    ) -> JsResult<'s, Exit> {
        let length = array.get(self).length();
        if length > limits::SPREAD_ARGUMENTS {
            return Err(self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded"));
        }
        let end = self.heap.top() + HEADER + 1 + length;
        if end >= self.heap.stack_slots() {
            return Err(self.throw(ErrorKind::RangeError, "Maximum call stack size exceeded"));
        }
        let array: Local<'_, Object> = array.into();
        let mut call = self.prepare(callee, this, &[]);
        for index in 0..length {
            let value = array.get(self).element(self, index).map_or(Value::UNDEFINED, |e| e.value);
            value.root(self);
        }
        call.argc = length;
        Ok(Exit::Call(call))
    }

    /// Makes a prepared call a construct call.
    pub fn as_construct(&mut self, call: PreparedCall, new_target: Local<'_>) -> PreparedCall {
        let bits = new_target.value(self).bits();
        self.heap.set_slot(call.frame - 1, bits);
        PreparedCall { construct: true, ..call }
    }

    /// A library function of the running realm, made when it is first asked for.
    pub fn library_function(&mut self, number: u32) -> JsResult<'s, Local<'s, Function>> {
        let made = self.realm().intrinsic(self, Intrinsic::Library).cast::<Tuple>(self);
        if let Some(function) = made.and_then(|made| made.at(self, number as usize).cast::<Function>(self)) {
            return Ok(function.root(self));
        }
        let realm = self.realm().root(self);
        self.library_function_of(realm, number)
    }

    /// A library function of a realm.
    pub fn library_function_of(
        &mut self,
        realm: Local<'_, Realm>,
        number: u32,
    ) -> JsResult<'s, Local<'s, Function>> {
        let table = self.library_of(realm)?;
        if let Some(function) = table.get(self).at(self, number as usize).cast::<Function>(self) {
            return Ok(function.root(self));
        }
        let function_id = self.vm.units[0].list_entry(0, number).unwrap_or(0);
        let template = self.new_template(0, function_id, realm)?;
        let function = self.new_closure(template, None)?;
        table.get(self).put(self, number as usize, function.value(self));
        Ok(function)
    }

    /// A realm's library functions by number, those that were made; the table is made when the first one is.
    pub fn library_of(&mut self, realm: Local<'_, Realm>) -> JsResult<'s, Local<'s, Tuple>> {
        if let Some(table) = realm.get(self).intrinsic(self, Intrinsic::Library).cast::<Tuple>(self) {
            return Ok(table.root(self));
        }
        let functions = self.vm.units[0].list(0).len();
        let table = self.new_tuple(functions)?;
        self.set_intrinsic(realm, Intrinsic::Library, table.value(self));
        Ok(table)
    }

    /// The engine's state is broken: the program ends, the process goes on.
    #[cold]
    pub fn bug(&mut self, what: &str) -> Exit {
        self.vm.terminate(crate::base::exit::Termination::Bug(what.to_owned()))
    }

    /// Queues a job: a function and its arguments, called when the stack is empty.
    pub fn queue_job(&mut self, function: Local<'_>, arguments: &[Local<'_>]) -> JsResult<'s, ()> {
        let jobs = self.jobs_for(function.value(self));
        self.queue_in(jobs, function, arguments)
    }

    /// Queues a callback of `process.nextTick`: it comes before jobs, unless jobs are being run.
    pub fn queue_tick(&mut self, function: Local<'_>, arguments: &[Local<'_>]) -> JsResult<'s, ()> {
        let ticks = self.root_cell::<List>(Root::Ticks).root(self);
        self.queue_in(ticks, function, arguments)
    }

    fn queue_in(
        &mut self,
        queue: Local<'_, List>,
        function: Local<'_>,
        arguments: &[Local<'_>],
    ) -> JsResult<'s, ()> {
        self.scope(|cx| {
            let job = cx.new_tuple(1 + arguments.len())?;
            job.get(cx).put(cx, 0, function.value(cx));
            for (i, argument) in arguments.iter().enumerate() {
                job.get(cx).put(cx, 1 + i, argument.value(cx));
            }
            cx.list_push(queue, job.any())
        })
    }

    /// Queues a task that comes before all others.
    pub fn queue_task_first(&mut self, function: Local<'_>, arguments: &[Local<'_>]) -> JsResult<'s, ()> {
        let tasks = self.root_cell::<List>(Root::Tasks).root(self);
        let first = self.new_list()?;
        self.set_root(Root::Tasks, first.value(self));
        self.queue_task(function, arguments)?;
        while let Some(task) = self.list_shift(tasks) {
            let task = task.any();
            self.list_push(first, task)?;
        }
        Ok(())
    }

    /// Queues a task: a function and its arguments, called when the jobs before it are done.
    pub fn queue_task(&mut self, function: Local<'_>, arguments: &[Local<'_>]) -> JsResult<'s, ()> {
        let task = self.new_tuple(1 + arguments.len())?;
        task.get(self).put(self, 0, function.value(self));
        for (i, argument) in arguments.iter().enumerate() {
            task.get(self).put(self, 1 + i, argument.value(self));
        }
        let tasks = self.root_cell::<List>(Root::Tasks).root(self);
        self.list_push(tasks, task.any())
    }
}
