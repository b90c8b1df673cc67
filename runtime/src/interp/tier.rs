//! Between the interpreter and compiled code: what is hot, what a compiler is told, and what compiled code calls.
//!
//! Heat is sampled: each time that the budget's slice is used up, the function that runs is booked with the slice's
//! work. So the interpreter's fast paths know nothing of it, and the same program always asks for the same functions
//! at the same points. Compiled code calls the functions of [`Abi`] with its frames complete: live registers in their
//! slots, the state word of every frame set. A helper that answers [`LEFT`] has put the reason into
//! [`Tiers::pending`](crate::base::tier::Tiers), and everybody between it and the interpreter's loop returns the same.
#![allow(unsafe_code)]

use std::sync::Arc;
use std::time::Instant;

use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::{Insns, Kind, Op};

use super::dispatch::{self, Nested, run_nested};
use super::enter::Entered;
use super::resumption::{call_next, tier_next, tier_put_away, tier_yield};
use crate::base::exit::{Exit, PreparedCall};
use crate::base::tier::*;
use crate::base::vm::{CodeEntry, Vm};
use crate::base::workers::{self, MAX_WAITING};
use crate::frame::{self, CODE, Frame, LINK, ReturnKind, STATE, link_flag};
use crate::heap::bits;
use crate::heap::cells::*;
use crate::heap::{Cx, Heap, Isolate, Local, OLD_START, Value};
use crate::object::function::{Entry, template_flag};
use crate::object::realm::Intrinsic;
use crate::object::string::EQUAL_UNITS;

/// Offsets in the isolate, and functions, that machine code is made with.
#[derive(Clone, Copy, Debug)]
pub struct Abi {
    /// `budget`, an i64, from the isolate.
    pub budget: i32,
    /// First free byte of the nursery, and its end, as offsets in the cage.
    pub young_top: i32,
    /// See `young_top`.
    pub young_limit: i32,
    /// Guest frames may use the stack up to this address: u64.
    pub guest_limit: i32,
    /// Address of the cage: u64.
    pub base: i32,
    /// Address of the table of functions' code: u64; bytes of an entry, and where it has the machine code's address.
    pub codes: i32,
    /// See `codes`.
    pub code_bytes: u32,
    /// See `codes`.
    pub code_entry: i32,
    /// `vm.indexed_prototypes`, a byte.
    pub indexed_prototypes: i32,
    /// First byte of old space, from the cage's base.
    pub old_start: usize,
    /// Reference of the elements with room for nothing.
    pub empty_elements_at: usize,
    /// `fn(isolate, fp, pc) -> next pc or LEFT`: executes one instruction.
    pub step: usize,
    /// `fn(isolate, fp, window, argc | construct << 31) -> value or LEFT`.
    pub call: usize,
    /// `fn(isolate, fp) -> value or LEFT`: interprets a frame that a caller made.
    pub interpret: usize,
    /// `fn(isolate, fp, slots) -> 1 or 0`: makes room on the stack, where there is any.
    pub stack: usize,
    /// `fn(isolate)`: the budget is used up; sets `poll_status` to 1 where the code is to leave.
    pub poll: usize,
    /// See `poll`: a u64.
    pub poll_status: i32,
    /// Native stack pointers below this leave: a u64.
    pub native_limit: i32,
    /// `fn(isolate, fp) -> LEFT`: the native stack is used up; the frame starts again in the interpreter.
    pub deep: usize,
    /// `fn(isolate, fp, unit << 32 | exit) -> LEFT`: a guard failed.
    pub exit: usize,
    /// `fn(isolate, cell address, offset)`: the write barrier.
    pub barrier: usize,
    /// `fn(isolate, fp, top, bytes) -> byte offset in the cage or LEFT`: room in the nursery after a collection.
    pub allocate: usize,
    /// `fn(isolate, fp, object, index) -> value, LEFT, or HOLE where it takes more`: an element.
    pub get_index: usize,
    /// `fn(isolate, fp, object, index, value) -> 0, LEFT, or 1 where it takes more`: stores an element.
    pub set_index: usize,
    /// `fn(isolate, fp, intrinsic | first register << 32 | registers << 48) -> value or LEFT`: calls an intrinsic.
    pub intrinsic: usize,
    /// `fn(isolate, fp, iterator, next) -> value, DONE or LEFT`: the next value of the iteration whose record begins with
    /// a register; the frame waits at its instruction, and goes on at `next` with a value.
    pub next: usize,
    /// `fn(isolate, fp, keys) -> key, DONE or LEFT`: the next key of the enumeration in a register; the frame waits at its
    /// instruction.
    pub next_key: usize,
    /// `fn(isolate, fp, pc) -> value or LEFT`: carries out the instruction at `pc`, by which the frame is put away or
    /// ends, and gives what it returns to whoever runs it. Where that takes more, the interpreter does it.
    pub put_away: usize,
    /// `fn(isolate, fp, pc, register) -> value or LEFT`: the same for a generator that yields a register.
    pub yields: usize,
    /// `fn(isolate, fp, window, argc | code << 32) -> value or LEFT`: calls a native function.
    pub native: usize,
    /// `fn(isolate, fp, array, value) -> new length, LEFT, or HOLE where it takes more`: pushes onto an array.
    pub push: usize,
    /// `fn(isolate, fp, length) -> array or LEFT`: an array of holes.
    pub new_array: usize,
    /// `fn(isolate, string, index) -> code unit, or -1 where it takes more`.
    pub char_code: usize,
    /// `fn(isolate, string, start, end) -> string, or LEFT where it takes more`: a part that exists already.
    pub character: usize,
    /// `fn(isolate, fp, string, start, end) -> string or LEFT`: the part between two clamped places.
    pub substring: usize,
    /// `fn(isolate, a, b) -> 0, 1, or 2 where it takes more`: `===` of two values.
    pub strict_equal: usize,
    /// `fn(isolate, value) -> 0 or 1`: truth of any value.
    pub truth: usize,
    /// `fn(f64, f64) -> f64`: the remainder.
    pub fmod: usize,
    /// `fn(f64, f64) -> f64`: the power.
    pub pow: usize,
    /// `fn(f64) -> i32`: ToInt32.
    pub to_int32: usize,
}

impl Abi {
    /// The running build's.
    pub fn current() -> Abi {
        use std::mem::offset_of;
        let heap = offset_of!(Isolate, heap);
        let vm = offset_of!(Isolate, vm);
        let [young_top, young_limit, guest_limit, base] = Heap::tier_offsets();
        Abi {
            budget: (vm + offset_of!(Vm, meter.budget)) as i32,
            indexed_prototypes: (vm + offset_of!(Vm, indexed_prototypes)) as i32,
            young_top: (heap + young_top) as i32,
            young_limit: (heap + young_limit) as i32,
            guest_limit: (heap + guest_limit) as i32,
            base: (heap + base) as i32,
            codes: (vm + offset_of!(Vm, codes_at)) as i32,
            code_bytes: size_of::<CodeEntry>() as u32,
            code_entry: offset_of!(CodeEntry, compiled) as i32,
            old_start: OLD_START,
            empty_elements_at: OLD_START + 8 + 8 * crate::heap::roots::Root::EmptyElements as usize,
            step: tier_step as *const () as usize,
            call: tier_call as *const () as usize,
            interpret: tier_interpret as *const () as usize,
            stack: tier_room as *const () as usize,
            poll: tier_poll as *const () as usize,
            poll_status: (vm + offset_of!(Vm, poll_status)) as i32,
            native_limit: (vm + offset_of!(Vm, native_limit)) as i32,
            deep: tier_deep as *const () as usize,
            exit: tier_exit as *const () as usize,
            barrier: tier_barrier as *const () as usize,
            allocate: tier_allocate as *const () as usize,
            get_index: tier_get_index as *const () as usize,
            set_index: tier_set_index as *const () as usize,
            intrinsic: tier_intrinsic as *const () as usize,
            next: tier_next as *const () as usize,
            next_key: tier_next_key as *const () as usize,
            put_away: tier_put_away as *const () as usize,
            yields: tier_yield as *const () as usize,
            native: tier_native as *const () as usize,
            push: tier_push as *const () as usize,
            new_array: tier_new_array as *const () as usize,
            char_code: tier_char_code as *const () as usize,
            character: tier_character as *const () as usize,
            substring: tier_substring as *const () as usize,
            strict_equal: tier_strict_equal as *const () as usize,
            truth: tier_truth as *const () as usize,
            fmod: tier_fmod as *const () as usize,
            pow: tier_pow as *const () as usize,
            to_int32: tier_to_int32 as *const () as usize,
        }
    }
}

impl Isolate {
    /// Gives the isolate tiers above the interpreter.
    pub fn set_tiers(&mut self, compiler: Arc<dyn Compiler>, options: TierOptions) {
        let mut tiers = Tiers::new(compiler, options);
        for (code, name) in (0..).zip(crate::semantics::natives::names()) {
            match KnownNative::of(&name) {
                Some(known) => {
                    tiers.known.insert(code, known);
                }
                None if name == "GeneratorPrototype.next" => tiers.generator_next = code,
                None => {}
            }
        }
        self.vm.meter.slice_units = tiers.slice();
        self.vm.meter.next_slice();
        self.vm.enter_code = dispatch::enter_by(tiers.compiler.entries());
        self.vm.tiers = Some(Box::new(tiers));
    }
}

impl Cx<'_> {
    /// A function was entered when its slice was used up.
    #[cold]
    #[inline(never)]
    pub(super) fn warm_entry(&mut self) {
        if self.vm.tiers.is_some() {
            self.warm(0);
        }
    }

    /// A loop went back to `pc` when its slice was used up: machine code to go on in, where there is some.
    #[cold]
    #[inline(never)]
    pub(super) fn warm_loop(&mut self, pc: u32) -> Option<*const u8> {
        self.vm.tiers.as_ref()?;
        self.warm(pc)
    }

    /// Books a slice's work for the running function, and has it compiled when that is enough.
    fn warm(&mut self, pc: u32) -> Option<*const u8> {
        let running = Frame(self.vm.frame);
        let code = (self.heap.slot(running.0 - 4) >> 32) as u32;
        let (slice, used) = (self.vm.meter.slice_units, self.vm.meter.used());
        self.install_answers();
        if pc != 0 {
            let tiers = self.vm.tiers.as_mut()?;
            if let Some(entry) = tiers.inner.at(code, pc) {
                // A loop that is entered again is that of a function that is called again.
                if self.vm.codes[code as usize].compiled.is_null() {
                    self.heat(code, 0, slice, used);
                }
                return Some(entry);
            }
        }
        self.heat(code, pc, slice, used);
        self.vm.tiers.as_ref()?.inner.at(code, pc)
    }

    /// Books work for an entry of the running function, and has it compiled when that is enough.
    pub(super) fn heat(&mut self, code: u32, pc: u32, slice: i64, used: u64) {
        let Vm { tiers: Some(tiers), codes, .. } = &mut self.vm else { return };
        let has_code = match pc {
            0 => !codes[code as usize].compiled.is_null(),
            _ => tiers.inner.at(code, pc).is_some(),
        };
        if has_code {
            return;
        }
        let threshold = tiers.options.threshold;
        let heat = tiers.heat.entry((code, pc)).or_default();
        heat.units = heat.units.saturating_add(slice.clamp(1, 1 << 20) as u32);
        if heat.refused || heat.waits || heat.units < threshold || heat.compiles >= MAX_COMPILES {
            return;
        }
        if tiers.code_bytes > MAX_CODE_BYTES || tiers.waiting.len() >= MAX_WAITING {
            return;
        }
        heat.compiles += 1;
        heat.units = 0;
        let started = Instant::now();
        self.compile(code, pc, used);
        self.note_stop(started);
    }

    /// Has the running function compiled, entered at `pc`.
    fn compile(&mut self, code: u32, pc: u32, used: u64) {
        let mut request = self.request(pc);
        if request.as_ref().is_some_and(names_young) {
            // What the code names must stay where it is.
            self.heap.promote();
            request = self.request(pc);
        }
        let Some(mut request) = request else {
            self.refuse(code, pc, "it cannot be profiled");
            return;
        };
        let Some(tiers) = self.vm.tiers.as_mut() else { return };
        request.number = tiers.requests;
        tiers.requests += 1;
        let fresh: Vec<u64> = request.kept.iter().copied().filter(|&word| tiers.kept.insert(word)).collect();
        for word in fresh {
            self.heap.keep(word);
        }
        let Some(tiers) = self.vm.tiers.as_mut() else { return };
        let mut request = Box::new(request);
        if tiers.options.background {
            let (number, mailbox) = (request.number, Arc::clone(&tiers.mailbox));
            match workers::submit(Arc::clone(&tiers.compiler), request, mailbox) {
                Ok(()) => {
                    tiers.heat.entry((code, pc)).or_default().waits = true;
                    tiers.waiting.insert(number, used);
                    return;
                }
                Err(returned) => request = returned,
            }
        }
        tiers.waiting.insert(request.number, used);
        let answer = Answer::to(&request, &*tiers.compiler);
        self.install(answer);
    }

    /// Installs what other threads compiled.
    fn install_answers(&mut self) {
        let Some(tiers) = &self.vm.tiers else { return };
        let answers = tiers.mailbox.take();
        if answers.is_empty() {
            return;
        }
        let started = Instant::now();
        for answer in answers {
            self.install(answer);
        }
        self.note_stop(started);
    }

    /// Installs a unit of code, or notes that there is none.
    fn install(&mut self, answer: Answer) {
        let Answer { number, code, entry_pc, outcome, compile_us } = answer;
        let Vm { tiers, codes, .. } = &mut self.vm;
        let Some(tiers) = tiers else { return };
        let at_units = tiers.waiting.remove(&number).unwrap_or_default();
        tiers.heat.entry((code, entry_pc)).or_default().waits = false;
        let compiled = match outcome {
            Ok(compiled) => compiled,
            Err(reason) => return self.refuse(code, entry_pc, &reason),
        };
        tiers.code_bytes += compiled.bytes;
        let entry = compiled.entry as *const u8;
        let exit_counts = vec![0; compiled.exits.len()];
        let record =
            UnitRecord { code, entry_pc, compiled, deopts: 0, live: true, compile_us, at_units, exit_counts };
        tiers.units.insert(number, record);
        if entry_pc == 0 {
            codes[code as usize].compiled = entry;
            if let Some(cell) = tiers.cells.get_mut(&code) {
                cell.entry = entry;
            }
        } else {
            tiers.inner.insert(code, entry_pc, entry);
        }
    }

    fn note_stop(&mut self, started: Instant) {
        let stop_us = started.elapsed().as_micros() as u64;
        if let Some(tiers) = &mut self.vm.tiers {
            tiers.longest_stop_us = tiers.longest_stop_us.max(stop_us);
        }
    }

    /// Compiled code called the running function, which is interpreted: such calls count for more.
    fn note_interpreted_call(&mut self) {
        let code = (self.heap.slot(self.vm.frame - 4) >> 32) as usize;
        let entry = &mut self.vm.codes[code];
        entry.calls += 1;
        if entry.calls >= CALLS_BOOKED {
            entry.calls = 0;
            let used = self.vm.meter.used();
            self.heat(code as u32, 0, i64::from(CALLS_BOOKED * CALL_UNITS), used);
        }
    }

    fn refuse(&mut self, code: u32, pc: u32, reason: &str) {
        let Some(tiers) = self.vm.tiers.as_mut() else { return };
        tiers.heat.entry((code, pc)).or_default().refused = true;
        tiers.refusals.push((code, pc, reason.to_owned()));
    }

    /// Address of a function's entry cell.
    fn entry_cell(&mut self, code: u32) -> usize {
        let entry = self.vm.codes[code as usize].compiled;
        let Some(tiers) = self.vm.tiers.as_mut() else { return 0 };
        let entry = if entry.is_null() { tiers.interpret } else { entry };
        let cell = tiers.cells.entry(code).or_insert_with(|| Box::new(EntryCell { entry }));
        std::ptr::from_ref::<EntryCell>(cell) as usize
    }

    /// What a compiler is told of a function and of those it calls.
    fn request(&mut self, entry: u32) -> Option<Request> {
        let running = Frame(self.vm.frame);
        let template = running.template(self)?;
        let root = template.reference(self);
        let callee = self.heap.slot((running.0 as isize + frame::CALLEE) as u32);
        let mut request = Request {
            functions: Vec::new(),
            entry,
            caches: FxHashMap::default(),
            valid: FxHashSet::default(),
            accessors: FxHashMap::default(),
            callees: FxHashMap::default(),
            templates: FxHashMap::default(),
            closures: FxHashMap::default(),
            instances: FxHashMap::default(),
            parents: FxHashMap::default(),
            array_iteration: self.array_iteration(template.realm(self)),
            fields: FxHashMap::default(),
            callee: callee as u32,
            running: self.running_constructor(),
            blocked: FxHashMap::default(),
            speculate: true,
            fail_guards: None,
            number: 0,
            intrinsics: crate::semantics::natives::intrinsic_names(),
            library: FxHashMap::default(),
            array_shape: self.realm_shape(Intrinsic::ArrayShape),
            plain_shape: self.realm_shape(Intrinsic::PlainShape),
            kept: Vec::new(),
            base: self.heap.base() as usize,
        };
        for holder in &request.array_iteration {
            let cells = [holder.object, holder.shape].map(|cell| bits::reference(bits::TAG_CELL, cell));
            request.kept.extend(cells);
            request.kept.extend(holder.method.map(|(_, method)| method));
        }
        let tiers = self.vm.tiers.as_ref()?;
        request.blocked.clone_from(&tiers.blocked);
        request.speculate = tiers.options.speculate;
        request.fail_guards =
            (tiers.options.fail_guards > 0).then_some(&raw const *tiers.guards_left as usize);
        // Nothing is allocated in between: references stay what they are.
        let mut waiting = vec![(root, 0u32)];
        let mut known: FxHashMap<u32, usize> = FxHashMap::default();
        let mut next = 0;
        while next < waiting.len() {
            let (reference, depth) = waiting[next];
            next += 1;
            let index = request.functions.len();
            known.insert(reference, index);
            request.templates.insert(reference, index);
            let profile = self.profile(reference)?;
            request.kept.push(bits::reference(bits::TAG_CELL, reference));
            let mut callees = self.callees(&profile);
            if index == 0
                && let Some((callee, target)) = request.running
            {
                callees.extend([callee, target]);
            }
            self.add_parents(&mut callees, &mut request);
            self.add_fields((index == 0).then_some(callee), &mut callees, &mut request);
            self.facts(&profile, &mut request);
            self.add_accessors(&profile, &mut callees, &mut request);
            let mut made = self.closures_of(&profile);
            self.add_called_templates(&profile, root, &mut made);
            request.functions.push(profile);
            for template in made {
                if depth < 5 && waiting.len() < MAX_INLINED && !known.contains_key(&template) {
                    waiting.push((template, depth + 1));
                    known.insert(template, waiting.len() - 1);
                }
            }
            for word in callees {
                let Some(callee) = self.callee_of(word) else { continue };
                request.kept.push(word);
                match callee {
                    Called::NewArray(template) => {
                        request.kept.push(bits::reference(bits::TAG_CELL, template));
                        let known = Some(KnownNative::NewArray);
                        let callee = Callee::Native { template, code: u32::MAX, known };
                        request.callees.insert(word as u32, callee);
                    }
                    Called::Native { template, code } => {
                        request.kept.push(bits::reference(bits::TAG_CELL, template));
                        let known = self.vm.tiers.as_ref().and_then(|tiers| tiers.known.get(&code).copied());
                        request.callees.insert(word as u32, Callee::Native { template, code, known });
                    }
                    Called::Bytecode(template)
                        if self.template_at(template).realm(self).reference(self)
                            != self.template_at(root).realm(self).reference(self) => {}
                    Called::Bytecode(template) => {
                        let index = match known.get(&template) {
                            Some(&index) => index,
                            None if depth < 5 && waiting.len() < MAX_INLINED => {
                                waiting.push((template, depth + 1));
                                known.insert(template, waiting.len() - 1);
                                waiting.len() - 1
                            }
                            None => continue,
                        };
                        request.callees.insert(word as u32, Callee::Function(index));
                        self.instance_of(word, template, &mut request);
                    }
                }
            }
        }
        Some(request)
    }

    /// Adds the functions that initialise the fields of classes, among them the running one where it is given.
    fn add_fields(&self, running: Option<u64>, callees: &mut Vec<u64>, request: &mut Request) {
        let classes: Vec<u64> = running.into_iter().chain(callees.iter().copied()).collect();
        for word in classes {
            // SAFETY: as in `add_parents`.
            let value = unsafe { Value::from_bits(word) };
            let extra = value.cast::<Function>(self).and_then(|function| function.extra(self));
            let Some(fields) = extra.map(|extra| extra.fields().bits()).filter(|&it| bits::is_object(it))
            else {
                continue;
            };
            request.fields.insert(word as u32, fields);
            if !callees.contains(&fields) {
                callees.push(fields);
            }
        }
    }

    /// Adds the accessors that a function's property caches name, whose functions are callees.
    fn add_accessors(&self, profile: &FunctionProfile, callees: &mut Vec<u64>, request: &mut Request) {
        for (_, insn) in &profile.insns {
            let Some(slot) = insn.operand(Kind::Property) else { continue };
            let words: [u64; 3] = std::array::from_fn(|i| profile.words[slot as usize + i]);
            let entries = match words[0] {
                bits::POLYMORPHIC => request.caches.get(&(words[1] as u32)).cloned().unwrap_or_default(),
                _ => vec![words],
            };
            for words in entries {
                let Some(pair) = self.cached_pair(words) else { continue };
                let pair = (pair.getter().bits(), pair.setter().bits());
                let of_insn = if insn.op == Op::SetProp { pair.1 } else { pair.0 };
                if bits::is_object(of_insn) && !callees.contains(&of_insn) {
                    callees.push(of_insn);
                }
                request.accessors.insert((words[0], words[1]), pair);
            }
        }
    }

    /// The running function and its new.target, where that is the constructor of a derived class.
    fn running_constructor(&self) -> Option<(u64, u64)> {
        let running = Frame(self.vm.frame);
        let derived = running.template(self)?.is_flagged(template_flag::DERIVED);
        let target = self.heap.slot((running.0 as isize + frame::NEW_TARGET) as u32);
        let callee = self.heap.slot((running.0 as isize + frame::CALLEE) as u32);
        (derived && bits::is_object(target)).then_some((callee, target))
    }

    /// Adds what the derived classes among the callees extend, and what that extends.
    fn add_parents(&self, callees: &mut Vec<u64>, request: &mut Request) {
        let mut next = 0;
        while next < callees.len() && callees.len() < MAX_INLINED {
            let word = callees[next];
            next += 1;
            // SAFETY: feedback words and the frame's are live values, and nothing was allocated since they were read.
            let value = unsafe { Value::from_bits(word) };
            let Some(function) = value.cast::<Function>(self) else { continue };
            if !function.template(self).is_flagged(template_flag::DERIVED) {
                continue;
            }
            let object: crate::heap::Gc<'_, Object> = function.into();
            let shape = object.shape(self);
            let constructor = shape.proto().bits();
            if !shape.is_cacheable() || !bits::is_object(constructor) {
                continue;
            }
            request.kept.push(bits::reference(bits::TAG_CELL, shape.reference(self)));
            request.parents.insert(word as u32, Parent { shape: shape.reference(self), constructor });
            if !callees.contains(&constructor) {
                callees.push(constructor);
            }
        }
    }

    fn template_at(&self, reference: u32) -> crate::heap::Gc<'_, Template> {
        // SAFETY: the callers took the reference from a live function, and nothing was allocated since.
        unsafe { crate::heap::Gc::from_ref(self, reference) }
    }

    fn profile(&mut self, reference: u32) -> Option<FunctionProfile> {
        let template = self.template_at(reference);
        let linked = template.linked(self)?;
        let (unit, function, code) = (template.unit(), template.function(), template.code());
        let (flags, linked_reference) = (template.flags(), linked.reference(self));
        let bytes = self.heap.size_of(self.heap.at((linked_reference as usize) << 3));
        let words = (0..(bytes - Linked::BYTES) / 8).map(|i| linked.at(self, i).bits()).collect();
        let unit = self.vm.units[unit as usize].clone();
        let record = unit.function(function);
        let insns = Insns::new(unit.code(&record)).flatten().map(|(at, insn)| (at as u32, insn)).collect();
        let cell = self.entry_cell(code);
        Some(FunctionProfile {
            unit,
            function,
            code,
            template: reference,
            linked: linked_reference,
            flags,
            insns,
            words,
            cell,
        })
    }

    /// Words of call feedback that name one callee.
    fn callees(&self, profile: &FunctionProfile) -> Vec<u64> {
        let mut found = Vec::new();
        for (_, insn) in &profile.insns {
            if let Some(slot) = insn.operand(Kind::Call) {
                let word = profile.words[slot as usize];
                if bits::is_object(word) && !found.contains(&word) {
                    found.push(word);
                }
            }
        }
        found
    }

    /// Adds the templates of which several closures were called.
    fn add_called_templates(&self, profile: &FunctionProfile, root: u32, found: &mut Vec<u32>) {
        let realm = self.template_at(root).realm(self).reference(self);
        for (_, insn) in &profile.insns {
            let Some(slot) = insn.operand(Kind::Call) else { continue };
            if let Some(template) = self.called_template(profile.words[slot as usize])
                && self.template_at(template).realm(self).reference(self) == realm
            {
                found.push(template);
            }
        }
    }

    /// Templates of the closures that a function makes and that were called before.
    fn closures_of(&self, profile: &FunctionProfile) -> Vec<u32> {
        let mut found = Vec::new();
        for (_, insn) in &profile.insns {
            if matches!(insn.op, Op::Closure | Op::ClosureRoot)
                && let Some(index) = insn.operand(Kind::Const)
            {
                found.extend(self.called_template(profile.words[index as usize]));
            }
        }
        found
    }

    /// The template in a constant or feedback word, where its closures were called and can be compiled with a caller.
    fn called_template(&self, word: u64) -> Option<u32> {
        // SAFETY: constants and feedback words are live values, and nothing was allocated since they were read.
        let template = unsafe { Value::from_bits(word) }.cast::<Template>(self)?;
        let fits = template.entry() == Entry::Bytecode
            && template.linked(self).is_some()
            && !template.is_suspendable();
        fits.then(|| template.reference(self))
    }

    fn callee_of(&self, word: u64) -> Option<Called> {
        // SAFETY: feedback words are live values, and nothing was allocated since they were read.
        let value = unsafe { Value::from_bits(word) };
        let function = value.cast::<Function>(self)?;
        let template = function.template(self);
        match template.entry() {
            // Number 0 is tvm's own library.
            _ if template.unit() == 0
                && template.entry() != Entry::Native
                && template.function() == crate::library::lib::arrayConstructor =>
            {
                let same = template.realm(self).reference(self) == self.realm().reference(self);
                same.then(|| Called::NewArray(template.reference(self)))
            }
            Entry::Native => {
                Some(Called::Native { template: template.reference(self), code: template.code() })
            }
            Entry::Bytecode | Entry::Class
                if template.linked(self).is_some() && !template.is_suspendable() =>
            {
                Some(Called::Bytecode(template.reference(self)))
            }
            _ => None,
        }
    }

    /// What a function makes when it constructs.
    fn instance_of(&self, word: u64, template: u32, request: &mut Request) {
        // SAFETY: as in `callee_of`.
        let value = unsafe { Value::from_bits(word) };
        let Some(extra) = value.cast::<Function>(self).and_then(|function| function.extra(self)) else {
            return;
        };
        let Some(shape) = extra.initial_shape(self) else { return };
        let layout = shape.object_layout();
        let place = match self.prototype_place(value) {
            Some(place) => place,
            None => return,
        };
        let instance =
            InstanceProfile { template, shape: shape.reference(self), inline: layout.inline, place };
        request.instances.insert(word as u32, instance);
        request.kept.push(bits::reference(bits::TAG_CELL, shape.reference(self)));
    }

    /// Where a function's `prototype` is: `Some(None)` while it is no property yet.
    fn prototype_place(&self, value: Value<'_>) -> Option<Option<(u32, u32)>> {
        use crate::object::shape::{info, shape_flag};
        let function = value.cast::<Function>(self)?;
        let object: crate::heap::Gc<'_, Object> = function.into();
        let shape = object.shape(self);
        if shape.is_flagged(shape_flag::LAZY_FUNCTION) {
            return Some(None);
        }
        if !shape.is_cacheable() {
            return None;
        }
        let key = self.key(crate::heap::roots::Name::prototype);
        let (_, description) = key.name_ref(self).and_then(|name| shape.find(self, name))?;
        let place = super::property::place_of(shape, description & info::SLOT)?;
        (description & info::ACCESSOR == 0).then_some(Some((shape.reference(self), place)))
    }

    /// A function of the realm's library, where it was made already.
    fn known_library_function(&self, number: usize) -> Option<u64> {
        let table = self.intrinsic(Intrinsic::Library);
        let function = table.cast::<Tuple>(self)?.get(self).at(self, number);
        function.cast::<Function>(self).map(|function| function.value(self).bits())
    }

    /// One of the realm's shapes, and its inline slots.
    fn realm_shape(&self, shape: Intrinsic) -> (u32, u8) {
        match self.intrinsic(shape).cast::<Shape>(self) {
            Some(shape) => (shape.get(self).reference(self), shape.get(self).object_layout().inline),
            None => (0, 0),
        }
    }

    /// Facts about the cells that a function's property feedback names.
    fn facts(&self, profile: &FunctionProfile, request: &mut Request) {
        for (_, insn) in &profile.insns {
            for kind in [Kind::Property, Kind::Global] {
                if let Some(slot) = insn.operand(kind) {
                    let words = &profile.words[slot as usize..slot as usize + 3];
                    self.property_facts([words[0], words[1], words[2]], request);
                }
            }
            if insn.op == Op::GetSelfHosted
                && let Some(number) = insn.operand(Kind::Slot)
                && let Some(word) = self.known_library_function(number as usize)
            {
                request.kept.push(word);
                request.library.insert(number as u32, word);
            }
            if matches!(insn.op, Op::Closure | Op::ClosureRoot)
                && let Some(index) = insn.operand(Kind::Const)
            {
                // SAFETY: constants are live values.
                let value = unsafe { Value::from_bits(profile.words[index as usize]) };
                if let Some(template) = value.cast::<Template>(self)
                    && let Some(shape) = template.shape(self)
                {
                    request.kept.push(template.value(self).bits());
                    request.kept.push(shape.value(self).bits());
                    request.closures.insert(template.reference(self), shape.reference(self));
                }
            }
            if insn.op == Op::ObjectFromRegs
                && let Some(slot) = insn.operand(Kind::Literal)
            {
                let word = profile.words[slot as usize];
                if bits::tag(word) == bits::TAG_CELL {
                    request.kept.push(word);
                }
            }
        }
    }

    fn property_facts(&self, words: [u64; 3], request: &mut Request) {
        if words[0] == bits::POLYMORPHIC {
            // SAFETY: the second word of a polymorphic slot is its cell.
            let value = unsafe { Value::from_bits(words[1]) };
            let Some(cache) = value.cast::<PolyCache>(self) else { return };
            let entries: Vec<[u64; 3]> = (0..cache.entries() as usize)
                .map(|i| std::array::from_fn(|j| cache.at(self, 3 * i + j).bits()))
                .collect();
            for &entry in &entries {
                self.property_facts(entry, request);
            }
            request.caches.insert(words[1] as u32, entries);
            return;
        }
        if bits::tag(words[0]) != bits::TAG_CELL {
            return;
        }
        for word in words.into_iter().filter(|&word| bits::is_reference(word)) {
            // The place that a cache word carries is no part of the reference.
            request.kept.push(bits::reference(bits::TAG_CELL, word as u32));
        }
        if self.is_valid(words[2]) {
            request.valid.insert(words[2] as u32);
        }
    }
}

/// Whether code would name something in the nursery: that may move.
fn names_young(request: &Request) -> bool {
    request.kept.iter().any(|&word| (word as u32) < crate::heap::YOUNG_END_REF)
}

/// Calls from compiled code to an interpreted function that are booked together.
const CALLS_BOOKED: u32 = 16;
/// Units that such a call counts for.
const CALL_UNITS: u32 = 16;

enum Called {
    Native { template: u32, code: u32 },
    NewArray(u32),
    Bytecode(u32),
}

// ---- what compiled code calls

/// The slot of a frame.
pub(super) unsafe fn slot_of(isolate: *mut Isolate, fp: *mut u64) -> u32 {
    // SAFETY: compiled code passes frames on the isolate's stack.
    unsafe { fp.offset_from((*isolate).heap.stack_base()) as u32 }
}

/// Leaves with something for the interpreter to carry out.
pub(super) unsafe fn leave(isolate: *mut Isolate, exit: Exit) -> u64 {
    // SAFETY: compiled code passes the running isolate.
    if let Some(tiers) = unsafe { &mut (*isolate).vm.tiers } {
        tiers.pending = Some(exit);
    }
    LEFT
}

unsafe extern "C" fn tier_step(isolate: *mut Isolate, fp: *mut u64, pc: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it and an instruction of its function.
    unsafe {
        if let Some(tiers) = &mut (*isolate).vm.tiers
            && tiers.options.count_steps
        {
            let code = (fp.offset(CODE).read() >> 32) as u32;
            *tiers.steps.entry((code, pc)).or_default() += 1;
        }
        match dispatch::step(&mut *isolate, slot_of(isolate, fp), pc) {
            Ok(next) => u64::from(next),
            Err(()) => LEFT,
        }
    }
}

/// What a caller's waiting register holds now.
pub(super) unsafe fn received(fp: *mut u64) -> u64 {
    // SAFETY: the frame's state names one of its registers.
    unsafe { fp.add((fp.offset(STATE).read() >> 32) as usize & 0xFFFF).read() }
}

unsafe extern "C" fn tier_call(isolate: *mut Isolate, fp: *mut u64, window: *mut u64, argc: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and a window above it.
    unsafe {
        let (frame, slot) = (slot_of(isolate, fp), slot_of(isolate, window));
        let (construct, argc) = (argc >> 31 != 0, argc & 0x7FFF_FFFF);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(slot + 1 + argc);
        let call = PreparedCall { frame: slot, argc, construct };
        run_call(isolate, fp, call, 1, || received(fp))
    }
}

/// Carries out a call that a frame waits for, in machine code where there is some. It is to be booked with `units`: none
/// where it is how an instruction does its work. `received` looks for the result where the interpreter has put it.
pub(super) unsafe fn run_call(
    isolate: *mut Isolate,
    fp: *mut u64,
    call: PreparedCall,
    units: i64,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: the callers pass the running isolate and a frame of it, which is the current one.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        finish(isolate, frame, cx.enter(call, 0), units, received)
    }
}

/// Carries out what a call came to: runs the frame that was made for it, in machine code where there is some.
unsafe fn finish(
    isolate: *mut Isolate,
    frame: u32,
    entered: Result<Entered<'_>, Exit>,
    units: i64,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: as in `run_call`.
    unsafe {
        let cx = (*isolate).cx();
        let pending = match entered {
            Ok(Entered::Value(value)) => return value.value(cx).bits(),
            Ok(Entered::Frame) => {
                cx.vm.meter.budget -= units;
                if cx.vm.meter.budget < 0
                    && let Err(exit) = cx.vm.poll(true)
                {
                    return leave(isolate, exit);
                }
                let entered = cx.heap.stack_base().add(cx.vm.frame as usize);
                let word = entered.offset(CODE).read();
                let entry = cx.vm.codes[(word >> 32) as usize].compiled;
                // Not where it converts an argument of a native function, which is to run again after it.
                let caller = cx.vm.frame - frame::link_delta(entered.offset(LINK).read());
                if !entry.is_null() && caller == frame && entered.offset(STATE).read() as u32 == 0 {
                    cx.vm.meter.budget += 1;
                    return run_entry(isolate, entered, entry);
                }
                cx.note_interpreted_call();
                Ok(())
            }
            Err(exit) => Err(exit),
        };
        run_above(isolate, frame, pending, received)
    }
}

/// Has the interpreter run what is above a frame, until that goes on.
pub(super) unsafe fn run_above(
    isolate: *mut Isolate,
    frame: u32,
    pending: Result<(), Exit>,
    received: impl FnOnce() -> u64,
) -> u64 {
    // SAFETY: as in `run_call`.
    match run_nested(unsafe { &mut *isolate }, frame, pending) {
        Nested::Done => received(),
        Nested::Left => LEFT,
    }
}

unsafe extern "C" fn tier_next_key(isolate: *mut Isolate, fp: *mut u64, keys: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and the register of an
    // enumeration.
    unsafe {
        let cx = above(isolate, fp);
        match cx.for_in_next(Local::from_slot(slot_of(isolate, fp) + keys)) {
            Ok(key) => key.map_or(bits::DONE, |key| key.value(cx).bits()),
            Err(exit) => leave(isolate, exit),
        }
    }
}

unsafe extern "C" fn tier_intrinsic(isolate: *mut Isolate, fp: *mut u64, what: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and an intrinsic with its
    // arguments' registers.
    unsafe {
        let frame = slot_of(isolate, fp);
        let [start, count] = [32, 48].map(|shift| (what >> shift) as u32 & 0xFFFF);
        let cx = above(isolate, fp);
        let pending = match cx.call_intrinsic(what as i32, Local::from_slot(frame + start), count as i32) {
            Ok(value) => return value.value(cx).bits(),
            Err(Exit::Call(call)) => return run_call(isolate, fp, call, 0, || received(fp)),
            Err(exit) => Err(exit),
        };
        run_above(isolate, frame, pending, || received(fp))
    }
}

/// Runs a frame's machine code, with the rule for what constructors return.
pub(super) unsafe fn run_entry(isolate: *mut Isolate, fp: *mut u64, entry: *const u8) -> u64 {
    // SAFETY: the entry is that of the frame's function.
    unsafe {
        let value = ((*isolate).vm.enter_code)(isolate, fp, entry);
        let constructs = frame::link_flags(fp.offset(LINK).read()) & link_flag::CONSTRUCT != 0;
        if value != LEFT && constructs && !bits::is_object(value) { fp.read() } else { value }
    }
}

unsafe extern "C" fn tier_interpret(isolate: *mut Isolate, fp: *mut u64) -> u64 {
    // SAFETY: compiled code made the frame of a linked function, and the caller's state is set.
    unsafe {
        let caller = fp.sub(frame::link_delta(fp.offset(LINK).read()) as usize);
        let registers = {
            let cx = (*isolate).cx();
            Frame(slot_of(isolate, fp)).template(cx).map_or(0, |template| template.registers())
        };
        if tier_stack(isolate, fp, registers) == LEFT {
            return LEFT;
        }
        fp.offset(STATE).write(frame::state(0, 0, ReturnKind::Resume));
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(frame + registers);
        cx.vm.meter.budget -= 1;
        if cx.vm.meter.budget < 0 {
            if let Err(exit) = cx.vm.poll(true) {
                return leave(isolate, exit);
            }
            cx.warm_entry();
        }
        cx.note_interpreted_call();
        run_above(isolate, slot_of(isolate, caller), Ok(()), || received(caller))
    }
}

unsafe extern "C" fn tier_stack(isolate: *mut Isolate, fp: *mut u64, registers: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        let end = frame + registers;
        if end < cx.heap.guest_limit() || cx.heap.raise_stack(end) {
            return 0;
        }
        // It is the caller that overflows.
        cx.vm.frame = frame - frame::link_delta(fp.offset(LINK).read());
        cx.heap.set_top(frame);
        let exit = cx.throw(tvm_bytecode::data::ErrorKind::RangeError, "Maximum call stack size exceeded");
        leave(isolate, exit)
    }
}

unsafe extern "C" fn tier_room(isolate: *mut Isolate, fp: *mut u64, slots: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered.
    unsafe { u64::from((*isolate).heap.raise_stack(slot_of(isolate, fp) + slots)) }
}

unsafe extern "C" fn tier_deep(isolate: *mut Isolate, fp: *mut u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and the frame that is being entered, whose header is complete.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        let registers = Frame(frame).template(cx).map_or(0, |template| template.registers());
        if tier_stack(isolate, fp, registers) == LEFT {
            return LEFT;
        }
        fp.offset(STATE).write(frame::state(0, 0, ReturnKind::Resume));
        cx.vm.frame = frame;
        cx.heap.set_top(frame + registers);
        cx.vm.meter.budget -= 1;
        if cx.vm.meter.budget < 0
            && let Err(exit) = cx.vm.poll(true)
        {
            return leave(isolate, exit);
        }
        LEFT
    }
}

unsafe extern "C" fn tier_poll(isolate: *mut Isolate) {
    // SAFETY: compiled code passes the running isolate.
    unsafe {
        (*isolate).vm.poll_status = match (*isolate).vm.poll(true) {
            Ok(()) => 0,
            Err(exit) => {
                leave(isolate, exit);
                1
            }
        };
    }
}

unsafe extern "C" fn tier_exit(isolate: *mut Isolate, fp: *mut u64, place: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and the innermost frame, which is complete.
    unsafe {
        // A snapshot may be what it is left for: that holds the stack up to its top.
        above(isolate, fp);
        let (unit, exit) = ((place >> 32) as u32, place as u32 as usize);
        if place as u32 == u32::MAX {
            return LEFT;
        }
        let Vm { tiers, codes, .. } = &mut (*isolate).vm;
        let Some(tiers) = tiers else { return LEFT };
        let Some(record) = tiers.units.get_mut(&unit) else { return LEFT };
        record.exit_counts[exit] += 1;
        // A guard that failed on purpose teaches nothing.
        if tiers.options.fail_guards > 0 && *tiers.guards_left == 0 {
            *tiers.guards_left = u64::from(tiers.options.fail_guards);
            return LEFT;
        }
        record.deopts += 1;
        let key = (record.code, record.entry_pc);
        let compiles = tiers.heat.get(&key).map_or(0, |heat| heat.compiles);
        // What is now run for the first time is better known soon: the code is made anew. Once is no reason: the end of a
        // long loop may be all that was seen.
        let never_run = record.compiled.exits[exit].reason == NEVER_RUN && compiles < PATIENCE;
        if never_run {
            if record.exit_counts[exit] == NEW_WAYS {
                record.deopts = record.deopts.max(MAX_DEOPTS);
            }
        } else if record.exit_counts[exit] == 2 {
            let place = record.compiled.exits[exit];
            let failed = tiers.blocked.entry((place.code, place.pc)).or_default();
            *failed = failed.saturating_add(1);
        }
        if record.deopts >= MAX_DEOPTS && record.live {
            record.live = false;
            if record.entry_pc == 0 {
                codes[record.code as usize].compiled = std::ptr::null();
                if let Some(cell) = tiers.cells.get_mut(&record.code) {
                    cell.entry = tiers.interpret;
                }
            } else {
                tiers.inner.remove(key.0, key.1);
            }
            // Soon again, with what was learned.
            let units = tiers.options.threshold / 2;
            tiers.heat.entry(key).or_default().units = units;
        }
        LEFT
    }
}

unsafe extern "C" fn tier_barrier(isolate: *mut Isolate, cell: *mut u8, offset: usize) {
    // SAFETY: compiled code passes a live cell.
    unsafe { (*isolate).heap.barrier(cell, offset) }
}

/// Room for a cell in the nursery; collects. `top` is the first stack slot that holds nothing alive.
unsafe extern "C" fn tier_allocate(isolate: *mut Isolate, fp: *mut u64, top: *mut u64, bytes: usize) -> u64 {
    // SAFETY: compiled code passes the running isolate, and frames that are complete up to `top`.
    unsafe {
        let frame = slot_of(isolate, fp);
        let top = slot_of(isolate, top);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        cx.heap.set_top(top);
        match cx.heap.allocate(kind::Plain, bytes) {
            Some(reference) => u64::from(reference) << 3,
            None => {
                let exit = cx.out_of_memory();
                leave(isolate, exit)
            }
        }
    }
}

/// Puts the stack's top above a frame that waits in compiled code.
pub(super) unsafe fn above<'s>(isolate: *mut Isolate, fp: *mut u64) -> &'s mut Cx<'s> {
    // SAFETY: compiled code passes the running isolate and a frame of it whose header is complete.
    unsafe {
        let frame = slot_of(isolate, fp);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        let registers = Frame(frame).template(cx).map_or(0, |template| template.registers());
        cx.heap.set_top(frame + registers);
        cx
    }
}

unsafe extern "C" fn tier_get_index(isolate: *mut Isolate, fp: *mut u64, object: u64, index: u32) -> u64 {
    // SAFETY: compiled code passes a live value, with its frames complete.
    unsafe {
        if let Some(character) = character_of((*isolate).cx(), object, index) {
            return character;
        }
        let cx = above(isolate, fp);
        let object = Value::from_bits(object).root(cx);
        match cx.get_index(object, index) {
            Ok(Some(value)) => value.value(cx).bits(),
            Ok(None) => bits::HOLE,
            Err(exit) => leave(isolate, exit),
        }
    }
}

unsafe extern "C" fn tier_set_index(
    isolate: *mut Isolate,
    fp: *mut u64,
    object: u64,
    index: u32,
    value: u64,
) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let (object, value) = (Value::from_bits(object).root(cx), Value::from_bits(value).root(cx));
        let Some(object) = object.as_object(cx) else { return 1 };
        match cx.append_element(object, index, value) {
            Ok(done) => u64::from(!done),
            Err(exit) => leave(isolate, exit),
        }
    }
}

unsafe extern "C" fn tier_native(isolate: *mut Isolate, fp: *mut u64, window: *mut u64, what: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate, a frame of it with its state set, and a window above it.
    unsafe {
        let (frame, slot) = (slot_of(isolate, fp), slot_of(isolate, window));
        let (argc, code) = (what as u32, (what >> 32) as u32);
        let cx = (*isolate).cx();
        cx.vm.frame = frame;
        if cx.vm.tiers.as_ref().is_some_and(|tiers| tiers.generator_next == code)
            && let Some(result) = call_next(isolate, fp, window, argc)
        {
            return result;
        }
        let cx = (*isolate).cx();
        cx.heap.set_top(slot + 1 + argc);
        window.offset(LINK).write(frame::link(slot - frame, argc, 0));
        finish(isolate, frame, cx.call_native(code, slot, argc), 1, || received(fp))
    }
}

unsafe extern "C" fn tier_push(isolate: *mut Isolate, fp: *mut u64, array: u64, value: u64) -> u64 {
    // SAFETY: compiled code passes live values, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let (array, value) = (Value::from_bits(array).root(cx), Value::from_bits(value).root(cx));
        match cx.push_one(array, value) {
            Ok(length) => length.map_or(bits::HOLE, u64::from),
            Err(exit) => leave(isolate, exit),
        }
    }
}

unsafe extern "C" fn tier_new_array(isolate: *mut Isolate, fp: *mut u64, length: u32) -> u64 {
    // SAFETY: compiled code passes the running isolate, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let capacity = if length <= 65536 { length as usize } else { 0 };
        match cx.new_array(length, capacity) {
            Ok(array) => array.value(cx).bits(),
            Err(exit) => leave(isolate, exit),
        }
    }
}

unsafe extern "C" fn tier_char_code(isolate: *mut Isolate, string: u64, index: u32) -> i32 {
    // SAFETY: compiled code passes a live string; nothing moves.
    unsafe {
        let cx = (*isolate).cx();
        let string = Value::from_bits(string);
        if string.cast::<Str>(cx).is_some_and(|string| !string.is_flat(cx)) && !cx.flatten_quietly(string) {
            return -1;
        }
        match string.cast::<Str>(cx) {
            Some(string) => string.chars(cx).at(index as usize).map_or(-1, i32::from),
            None => -1,
        }
    }
}

/// One Latin-1 character of a flat string.
unsafe extern "C" fn tier_character(isolate: *mut Isolate, string: u64, start: u32, end: u32) -> u64 {
    if end.wrapping_sub(start) != 1 {
        return LEFT;
    }
    // SAFETY: compiled code passes a live string.
    unsafe { character_of((*isolate).cx(), string, start).unwrap_or(LEFT) }
}

/// The character at an index of a flat string, where it is a Latin-1 one; `None` too for what is no string.
///
/// # Safety
/// The value is alive.
unsafe fn character_of(cx: &Cx<'_>, value: u64, index: u32) -> Option<u64> {
    // SAFETY: the caller's; nothing is allocated.
    let string = unsafe { Value::from_bits(value) }.cast::<Str>(cx).filter(|string| string.is_flat(cx))?;
    let unit = string.chars(cx).at(index as usize)?;
    u8::try_from(unit).ok().map(|byte| cx.character_bits(byte))
}

/// String.prototype.substring (22.1.3.25).
unsafe extern "C" fn tier_substring(
    isolate: *mut Isolate,
    fp: *mut u64,
    string: u64,
    start: i32,
    end: i32,
) -> u64 {
    // SAFETY: compiled code passes a live string, with its frames complete.
    unsafe {
        let cx = above(isolate, fp);
        let string = Value::from_bits(string).cast::<Str>(cx).expect("a guarded string").root(cx);
        let length = string.get(cx).length() as usize;
        let (start, end) = (start.max(0) as usize, end.max(0) as usize);
        match cx.substring(string, start.min(end).min(length), start.max(end).min(length)) {
            Ok(part) => part.value(cx).bits(),
            Err(exit) => leave(isolate, exit),
        }
    }
}

pub(super) unsafe extern "C" fn tier_strict_equal(isolate: *mut Isolate, a: u64, b: u64) -> u64 {
    // SAFETY: compiled code passes live values; nothing is allocated.
    unsafe {
        let cx = (*isolate).cx();
        if !bits::is_string(a) || !bits::is_string(b) {
            return 2;
        }
        let (a, b) = (Value::from_bits(a), Value::from_bits(b));
        match (a.cast::<Str>(cx), b.cast::<Str>(cx)) {
            (Some(a), Some(b)) if a.length() != b.length() => 0,
            // Long ones cost fuel.
            (Some(a), Some(_)) if a.length() >= EQUAL_UNITS => 2,
            (Some(a), Some(b)) => match a.is_flat(cx) && b.is_flat(cx) {
                true => u64::from(a.chars(cx).equals(b.chars(cx))),
                false => 2,
            },
            _ => 2,
        }
    }
}

unsafe extern "C" fn tier_truth(isolate: *mut Isolate, value: u64) -> u64 {
    // SAFETY: compiled code passes the running isolate and a live value.
    unsafe {
        let cx = (*isolate).cx();
        u64::from(cx.to_boolean(Value::from_bits(value)))
    }
}

extern "C" fn tier_fmod(a: f64, b: f64) -> f64 {
    crate::semantics::operators::Binary::Mod.apply(a, b)
}

extern "C" fn tier_pow(a: f64, b: f64) -> f64 {
    crate::semantics::operators::Binary::Exp.apply(a, b)
}

extern "C" fn tier_to_int32(value: f64) -> i32 {
    crate::base::num::to_int32(value)
}
