//! Between the interpreter and compiled code: what is hot, what a compiler is told (`request`), and what compiled code
//! calls (`calls`).
//!
//! Heat is sampled: each time that the budget's slice is used up, the function that runs is booked with the slice's
//! work. So the interpreter's fast paths know nothing of it, and the same program always asks for the same functions
//! at the same points. Compiled code calls the functions of [`Abi`] with its frames complete: live registers in their
//! slots, the state word of every frame set. A helper that answers [`LEFT`] has put the reason into
//! [`Tiers::pending`](crate::base::tier::Tiers), and everybody between it and the interpreter's loop returns the same.
#![allow(unsafe_code)]

mod calls;
mod maps;
mod request;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rustc_hash::FxHashMap;

use calls::*;
pub(super) use calls::{above, leave, received, run_above, run_call, run_entry, slot_of, tier_strict_equal};

use super::dispatch;
use super::resumption::{tier_next, tier_put_away, tier_yield};
use crate::base::tier::*;
use crate::base::vm::{CodeEntry, Vm};
use crate::base::workers::{self, MAX_WAITING};
use crate::frame::Frame;
use crate::heap::{Cx, Heap, Isolate, OLD_START};
use crate::object::typed::ElementType;

/// Offsets in the isolate, and functions, that machine code is made with.
#[derive(Clone, Copy, Debug)]
pub struct Abi {
    /// `budget`, an i64, from the isolate.
    pub budget: i32,
    /// First free byte of the nursery, and its end, as offsets in the cage.
    pub young_top: i32,
    /// The table of [`lookups`](crate::heap::lookups): its address.
    pub lookups: i32,
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
    /// Byte, from the cage's base, of the reference of the tuple of strings of one code unit.
    pub characters_at: usize,
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
    /// Where stubs that keep all registers leave what a function gave.
    pub answer: i32,
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
    /// `fn(isolate, kind, shape, slots) -> value, or undefined where there is no room and the program ends`: a plain
    /// object, a closure or a scope, whose content is to be written at once. Collects nothing.
    pub make: usize,
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
    /// `fn(isolate, fp, array, value, again) -> new length, LEFT, or HOLE where it takes more`: pushes onto an array. It
    /// never takes more again in the same call.
    pub push: usize,
    /// `fn(isolate, fp, length) -> array or LEFT`: an array of holes.
    pub new_array: usize,
    /// `fn(isolate, string, index) -> code unit, or -1 where it takes more`.
    pub char_code: usize,
    /// `fn(isolate, string, start, end) -> string, or LEFT where it takes more`: a part that exists already.
    pub character: usize,
    /// `fn(isolate, fp, string, start, end) -> string or LEFT`: the part between two clamped places.
    pub substring: usize,
    /// `fn(isolate, fp, a, b, c) -> string, LEFT, or HOLE where one is no simple primitive or the string would be too
    /// long`: the values as strings, one behind the other, each may be a hole for none.
    pub join: usize,
    /// `fn(isolate, map, key) -> entry, -1, or -2 where it takes more`: where a Map or Set has a key.
    pub map_find: usize,
    /// `fn(isolate, map, key, value) -> 1, or 0 where it takes more`: sets a key's value in a Map, adds it to a Set.
    pub map_put: usize,
    /// `fn(isolate, fp, map, key, value) -> undefined or LEFT`: the same, whatever it takes.
    pub map_set: usize,
    /// `fn(isolate, a, b) -> 0, 1, or 2 where it takes more`: `===` of two values.
    pub strict_equal: usize,
    /// `fn(isolate, value) -> 0 or 1`: truth of any value.
    pub truth: usize,
    /// `fn(f64, f64) -> f64`: the remainder.
    pub fmod: usize,
    /// `fn(f64, f64) -> f64`: the power.
    pub pow: usize,
    /// `fn(isolate, bits of an f64) -> u64`: ToInt32.
    pub to_int32: usize,
}

impl Abi {
    /// The running build's.
    pub fn current() -> Abi {
        use std::mem::offset_of;
        let heap = offset_of!(Isolate, heap);
        let vm = offset_of!(Isolate, vm);
        let [young_top, young_limit, guest_limit, base, lookups] = Heap::tier_offsets();
        Abi {
            budget: (vm + offset_of!(Vm, meter.budget)) as i32,
            indexed_prototypes: (vm + offset_of!(Vm, indexed_prototypes)) as i32,
            young_top: (heap + young_top) as i32,
            lookups: (heap + lookups) as i32,
            young_limit: (heap + young_limit) as i32,
            guest_limit: (heap + guest_limit) as i32,
            base: (heap + base) as i32,
            codes: (vm + offset_of!(Vm, codes_at)) as i32,
            code_bytes: size_of::<CodeEntry>() as u32,
            code_entry: offset_of!(CodeEntry, compiled) as i32,
            old_start: OLD_START,
            empty_elements_at: OLD_START + 8 + 8 * crate::heap::roots::Root::EmptyElements as usize,
            characters_at: OLD_START + 8 + 8 * crate::heap::roots::Root::Characters as usize,
            step: tier_step as *const () as usize,
            call: tier_call as *const () as usize,
            interpret: tier_interpret as *const () as usize,
            stack: tier_room as *const () as usize,
            poll: tier_poll as *const () as usize,
            poll_status: (vm + offset_of!(Vm, poll_status)) as i32,
            answer: (vm + offset_of!(Vm, answer)) as i32,
            native_limit: (vm + offset_of!(Vm, native_limit)) as i32,
            deep: tier_deep as *const () as usize,
            exit: tier_exit as *const () as usize,
            barrier: tier_barrier as *const () as usize,
            allocate: tier_allocate as *const () as usize,
            make: tier_make as *const () as usize,
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
            join: tier_join as *const () as usize,
            map_find: maps::tier_map_find as *const () as usize,
            map_put: maps::tier_map_put as *const () as usize,
            map_set: maps::tier_map_set as *const () as usize,
            strict_equal: tier_strict_equal as *const () as usize,
            truth: tier_truth as *const () as usize,
            fmod: tier_fmod as *const () as usize,
            pow: tier_pow as *const () as usize,
            to_int32: tier_to_int32 as *const () as usize,
        }
    }
}

/// A method of DataView.prototype that reads or writes elements of a type.
fn method_of_view(name: &str) -> Option<KnownNative> {
    let method = name.strip_prefix("DataViewPrototype.")?;
    let number = |element: &str| {
        let is_of = |ty: &&ElementType| ty.name().strip_suffix("Array") == Some(element);
        ElementType::ALL.iter().find(is_of).map(|&ty| ty as u32)
    };
    match method.strip_prefix("get") {
        Some(element) => number(element).map(KnownNative::ViewGet),
        None => number(method.strip_prefix("set")?).map(KnownNative::ViewSet),
    }
}

/// The natives that are known, which are looked for among all names once: sandboxes are made in less time.
fn known_natives() -> &'static Natives {
    static NATIVES: OnceLock<Natives> = OnceLock::new();
    NATIVES.get_or_init(|| {
        let mut natives = Natives { known: FxHashMap::default(), generator_next: u32::MAX };
        for (code, name) in (0..).zip(crate::semantics::natives::names()) {
            match KnownNative::of(&name).or_else(|| method_of_view(&name)) {
                Some(known) => {
                    natives.known.insert(code, known);
                }
                None if name == "GeneratorPrototype.next" => natives.generator_next = code,
                None => {}
            }
        }
        natives
    })
}

impl Isolate {
    /// Gives the isolate tiers above the interpreter.
    pub fn set_tiers(&mut self, compiler: Arc<dyn Compiler>, options: TierOptions) {
        let mut tiers = Tiers::new(compiler, options, known_natives());
        self.vm.meter.slice_units = tiers.slice();
        self.vm.meter.next_slice();
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
    fn heat(&mut self, code: u32, pc: u32, slice: i64, used: u64) {
        let collections = self.heap.stats.minor;
        // Machine code is no part of the heap, but is to be in proportion to it.
        let most = self.heap.limit() / 4;
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
        let waits_for_collection = heat.held == Some(collections);
        if waits_for_collection && heat.units < threshold.saturating_mul(HELD) {
            return;
        }
        if tiers.code_bytes - tiers.freed_bytes > MAX_CODE_BYTES.min(most)
            || tiers.waiting.len() >= MAX_WAITING
        {
            return;
        }
        heat.compiles += 1;
        heat.units = 0;
        let started = Instant::now();
        self.compile(code, pc, used);
        self.note_stop(started);
    }

    /// Whether an entry's compilation is put off until the nursery was collected.
    fn holds(&mut self, code: u32, pc: u32) -> bool {
        if self.heap.young_bytes() < MUCH_YOUNG {
            return false;
        }
        let collections = self.heap.stats.minor;
        let Some(tiers) = self.vm.tiers.as_mut().filter(|tiers| tiers.options.background) else {
            return false;
        };
        let heat = tiers.heat.entry((code, pc)).or_default();
        if heat.held.replace(collections) == Some(collections) {
            return false;
        }
        heat.compiles -= 1;
        // Asked again at the first slice behind the collection.
        heat.units = tiers.options.threshold;
        self.heap.promote_soon();
        true
    }

    /// Has the running function compiled, entered at `pc`.
    fn compile(&mut self, code: u32, pc: u32, used: u64) {
        let mut request = self.request(pc);
        if request.as_ref().is_some_and(names_young) {
            // What the code names must stay where it is. Moving much of it takes longer than a program is to be stopped;
            // where more is allocated the next collection does it.
            if self.holds(code, pc) {
                return;
            }
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
        let Vm { tiers, codes, enter_code, .. } = &mut self.vm;
        let Some(tiers) = tiers else { return };
        let at_units = tiers.waiting.remove(&number).unwrap_or_default();
        tiers.heat.entry((code, entry_pc)).or_default().waits = false;
        let compiled = match outcome {
            Ok(compiled) => compiled,
            Err(reason) => return self.refuse(code, entry_pc, &reason),
        };
        if tiers.interpret.is_null() {
            // The first code that there is: cells may wait for what interprets.
            tiers.interpret = compiled.entries.interpret as *const u8;
            tiers.cells.values_mut().for_each(|cell| cell.entry = tiers.interpret);
            *enter_code = dispatch::enter_by(compiled.entries);
        }
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

    /// The running function was entered at `pc` where there might have been machine code: books such entries together,
    /// and for more than they are.
    pub(super) fn note_interpreted_entry(&mut self, pc: u32, together: u32) {
        let code = (self.heap.slot(self.vm.frame - 4) >> 32) as usize;
        let entry = &mut self.vm.codes[code];
        entry.calls += 1;
        if entry.calls >= together {
            entry.calls = 0;
            let used = self.vm.meter.used();
            self.heat(code as u32, pc, i64::from(ENTRIES_BOOKED * ENTRY_UNITS), used);
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
}

/// Whether code would name something in the nursery: that may move.
fn names_young(request: &Request) -> bool {
    request.kept.iter().any(|&word| (word as u32) < crate::heap::YOUNG_END_REF)
}

/// Bytes of young cells that are not promoted while a program waits.
const MUCH_YOUNG: usize = 128 << 10;
/// Thresholds that an entry waits for a collection at most.
const HELD: u32 = 6;

/// Entries of an interpreted function, by calls from compiled code or resumptions, that are booked together.
pub(super) const ENTRIES_BOOKED: u32 = 16;
/// Units that such an entry counts for.
pub(super) const ENTRY_UNITS: u32 = 16;
