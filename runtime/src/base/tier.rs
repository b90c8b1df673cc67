//! The seam between the interpreter and a compiler of machine code.
//!
//! The runtime decides what is hot and takes a [`Request`]: a copy of everything that a compiler needs to know. The
//! compiler sees no heap. What it makes is entered with the isolate and a frame (`runtime/src/frame`), and either
//! returns the frame's result or [`LEFT`]: then the frames on the stack say everything, and the interpreter goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::{FxHashMap, FxHashSet};
use tvm_bytecode::{Insn, Verified};

use super::exit::Exit;
use super::workers::Mailbox;
use crate::heap::Isolate;

/// What compiled code returns when it leaves without a result. No value of a guest has these bits.
pub const LEFT: u64 = 0xFFFA_0000_0000_0040;

/// Functions that a unit of compiled code may hold in line.
pub const MAX_INLINED: usize = 64;

/// Facts about a function, as the compiler may rely on them.
pub struct FunctionProfile {
    /// Its unit.
    pub unit: Verified,
    /// Number in the unit.
    pub function: u32,
    /// Number in the code table.
    pub code: u32,
    /// Reference of its template: what closures of it have in common.
    pub template: u32,
    /// Reference of its constants and feedback.
    pub linked: u32,
    /// Flags of the template (`object::function::template_flag`).
    pub flags: u32,
    /// Its instructions, by code offset.
    pub insns: Vec<(u32, Insn)>,
    /// Constants, then feedback words, as they were.
    pub words: Vec<u64>,
    /// Address of the cell that holds the function's entry, for direct calls.
    pub cell: usize,
}

impl FunctionProfile {
    /// Number of its parameters.
    pub fn params(&self) -> usize {
        self.unit.function(self.function).params as usize
    }
}

/// Who was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    /// A function of bytecode: its index among the request's functions.
    Function(usize),
    /// A native function: reference of its template, and its number.
    Native {
        /// Reference of its template.
        template: u32,
        /// Number among the natives.
        code: u32,
        /// What it is, where compiled code can do it.
        known: Option<KnownNative>,
    },
}

/// Native functions that compiled code does itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KnownNative {
    /// Math.abs
    Abs,
    /// Math.ceil
    Ceil,
    /// Math.floor
    Floor,
    /// Math.sqrt
    Sqrt,
    /// Math.trunc
    Trunc,
    /// Math.fround
    Fround,
    /// Math.round
    Round,
    /// Another function of one double, by its number in [`math::FUNCTIONS`](super::math::FUNCTIONS).
    OfDouble(u32),
    /// Math.imul
    Imul,
    /// Math.min of two
    Min,
    /// Math.max of two
    Max,
    /// Array.prototype.push of one
    Push,
    /// Array.prototype.pop
    Pop,
    /// String.prototype.charAt
    CharAt,
    /// String.prototype.charCodeAt
    CharCodeAt,
    /// String.prototype.substring of two
    Substring,
    /// Array with a length
    NewArray,
    /// Function.prototype.call
    Call,
    /// get %TypedArray%.prototype.length
    TypedLength,
    /// Map.prototype.get
    MapGet,
    /// Map.prototype.has
    MapHas,
    /// Map.prototype.set
    MapSet,
    /// Set.prototype.has
    SetHas,
    /// Set.prototype.add
    SetAdd,
    /// A getting method of DataView.prototype, of an element type by its number.
    ViewGet(u32),
    /// A setting method of DataView.prototype, of an element type by its number.
    ViewSet(u32),
}

impl KnownNative {
    /// By the name in the table of natives.
    pub fn of(name: &str) -> Option<KnownNative> {
        Some(match name {
            "Math.abs" => KnownNative::Abs,
            "Math.ceil" => KnownNative::Ceil,
            "Math.floor" => KnownNative::Floor,
            "Math.sqrt" => KnownNative::Sqrt,
            "Math.trunc" => KnownNative::Trunc,
            "Math.fround" => KnownNative::Fround,
            "Math.round" => KnownNative::Round,
            "Math.imul" => KnownNative::Imul,
            "Math.min" => KnownNative::Min,
            "Math.max" => KnownNative::Max,
            "ArrayPrototype.push" => KnownNative::Push,
            "ArrayPrototype.pop" => KnownNative::Pop,
            "StringPrototype.charAt" => KnownNative::CharAt,
            "StringPrototype.charCodeAt" => KnownNative::CharCodeAt,
            "StringPrototype.substring" => KnownNative::Substring,
            "FunctionPrototype.call" => KnownNative::Call,
            "TypedArrayPrototype.length" => KnownNative::TypedLength,
            "MapPrototype.get" => KnownNative::MapGet,
            "MapPrototype.has" => KnownNative::MapHas,
            "MapPrototype.set" => KnownNative::MapSet,
            "SetPrototype.has" => KnownNative::SetHas,
            "SetPrototype.add" => KnownNative::SetAdd,
            _ => {
                let function = name.strip_prefix("Math.")?;
                let number = super::math::FUNCTIONS.iter().position(|(name, _)| *name == function)?;
                KnownNative::OfDouble(number as u32)
            }
        })
    }
}

/// The natives that the tiers know, by number: the same in all isolates.
pub struct Natives {
    /// Those that compiled code does itself.
    pub known: FxHashMap<u32, KnownNative>,
    /// %GeneratorPrototype%.next
    pub generator_next: u32,
}

/// What a compiler is asked to compile.
pub struct Request {
    /// The function, and those that it calls.
    pub functions: Vec<FunctionProfile>,
    /// Code offset to enter at: 0, a loop's header, or where a suspended frame goes on.
    pub entry: u32,
    /// Polymorphic caches that feedback names, by reference: triples of words.
    pub caches: FxHashMap<u32, Vec<[u64; 3]>>,
    /// Validity cells that still hold.
    pub valid: FxHashSet<u32>,
    /// Getters and setters of the accessors that caches name, by the entry's first two words: as they were, or undefined.
    pub accessors: FxHashMap<(u64, u64), (u64, u64)>,
    /// Functions that caches lead to and that were called, and objects like `Math`, by the reference of the object and the
    /// place in it that has them.
    pub constants: FxHashMap<(u32, u32), u64>,
    /// Callees that feedback names, by the reference in the word.
    pub callees: FxHashMap<u32, Callee>,
    /// Functions by the reference of their template.
    pub templates: FxHashMap<u32, usize>,
    /// Shapes of closures by the reference of their function's template.
    pub closures: FxHashMap<u32, u32>,
    /// What objects made by a constructor look like, by the function's reference.
    pub instances: FxHashMap<u32, InstanceProfile>,
    /// What derived classes extend, by the constructor's reference.
    pub parents: FxHashMap<u32, Parent>,
    /// What iterating over arrays rests on, while it only walks their elements; nothing otherwise.
    pub array_iteration: Vec<PlainHolder>,
    /// What iterating over strings rests on, while it only walks their code points; nothing otherwise.
    pub string_iteration: Vec<PlainHolder>,
    /// What it rests on that methods of arrays make plain arrays of plain arrays, while they do; nothing otherwise.
    pub array_species: Vec<PlainHolder>,
    /// Functions that initialise the fields of classes, by the constructor's reference.
    pub fields: FxHashMap<u32, u64>,
    /// The running function, by its reference.
    pub callee: u32,
    /// The running function and its new.target, where that is the constructor of a derived class.
    pub running: Option<(u64, u64)>,
    /// Places (code number, code offset) where speculation failed before, and in how many units of code.
    pub blocked: FxHashMap<(u32, u32), Failed>,
    /// Places whose guards failed in front of a loop before: they are asked where they stand.
    pub unmoved: FxHashSet<(u32, u32)>,
    /// Optimise by feedback; otherwise the code takes everything as it comes.
    pub speculate: bool,
    /// Address of the count of guards until one is to fail, where guards are to fail.
    pub fail_guards: Option<usize>,
    /// Number of the unit to be, which exits name.
    pub number: u32,
    /// Names of the intrinsics of library code, by number.
    pub intrinsics: &'static [&'static str],
    /// Functions of the library that exist, by number: their bits.
    pub library: FxHashMap<u32, u64>,
    /// Shape of arrays, with its inline slots.
    pub array_shape: (u32, u8),
    /// Shape of `{}`, with its inline slots.
    pub plain_shape: (u32, u8),
    /// Values that the code may name: they are kept alive with it.
    pub kept: Vec<u64>,
    /// Address of the isolate's cage.
    pub base: usize,
}

/// What a constructor makes.
#[derive(Clone, Copy, Debug)]
pub struct InstanceProfile {
    /// Reference of the function's template.
    pub template: u32,
    /// Reference of the first shape of its objects.
    pub shape: u32,
    /// Inline slots.
    pub inline: u8,
    /// The function's shape and the place of its `prototype`, where that is a property already.
    pub place: Option<(u32, u32)>,
}

/// A prototype that a protocol rests on.
#[derive(Clone, Copy, Debug)]
pub struct PlainHolder {
    /// Reference of the object.
    pub object: u32,
    /// Reference of its shape.
    pub shape: u32,
    /// Place of a method or of a pair of accessors, and its bits.
    pub method: Option<(u32, u64)>,
}

/// The class that another one extends.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// Reference of the derived constructor's shape, which says what it extends.
    pub shape: u32,
    /// The constructor that it extends.
    pub constructor: u64,
}

/// Where compiled code gives up, and why.
#[derive(Clone, Copy, Debug)]
pub struct ExitPlace {
    /// Number of the function's code.
    pub code: u32,
    /// Code offset of the instruction.
    pub pc: u32,
    /// What did not hold.
    pub reason: &'static str,
    /// It was asked in front of a loop that has the instruction.
    pub hoisted: bool,
    /// It was an int32 that was asked for, so that it may have been a double.
    pub narrow: bool,
}

/// Why code leaves where feedback says that nothing was ever run.
pub const NEVER_RUN: &str = "code that was never run";

/// A unit of compiled code.
pub struct CompiledUnit {
    /// Address that it is entered at, by [`Entries::enter`].
    pub entry: usize,
    /// How code of its compiler is entered, and left for functions that have none.
    pub entries: Entries,
    /// Bytes of machine code.
    pub bytes: usize,
    /// Has the code: it goes when this is dropped, which is when nobody can enter it any more.
    pub owner: Box<dyn Send + Sync>,
    /// Its exits.
    pub exits: Vec<ExitPlace>,
    /// What optimisations did, by name.
    pub counters: Vec<(&'static str, u32)>,
    /// Instructions left to the interpreter: name, code number, code offset.
    pub stepped: Vec<(&'static str, u32, u32)>,
}

/// Code between the calling conventions: in compiled code's own no function keeps registers for its caller.
#[derive(Clone, Copy)]
pub struct Entries {
    /// `extern "C" fn(isolate, frame, entry) -> value bits or LEFT`: enters compiled code.
    pub enter: usize,
    /// An entry that interprets the frame.
    pub interpret: usize,
}

/// How compiled code is entered: isolate, frame, entry.
pub type EnterCode = unsafe extern "C" fn(*mut Isolate, *mut u64, *const u8) -> u64;

/// Where there is no compiler there is nothing to enter.
pub extern "C" fn no_code(_: *mut Isolate, _: *mut u64, _: *const u8) -> u64 {
    LEFT
}

/// A compiler of machine code. It may be asked on any thread.
pub trait Compiler: Send + Sync {
    /// Compiles; an error says why that cannot be done.
    fn compile(&self, request: &Request) -> Result<CompiledUnit, String>;
}

/// How the tiers are to be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TierOptions {
    /// Work (calls and loop iterations) that a function does before it is compiled.
    pub threshold: u32,
    /// Speculate on feedback.
    pub speculate: bool,
    /// Count what compiled code leaves to the interpreter.
    pub count_steps: bool,
    /// Fail every nth guard that compiled code passes, for tests; 0 for none.
    pub fail_guards: u32,
    /// Compile on other threads while the program goes on; otherwise it waits, and the same program always compiles the
    /// same functions at the same points.
    pub background: bool,
}

impl Default for TierOptions {
    fn default() -> Self {
        TierOptions { threshold: 6000, speculate: true, count_steps: false, fail_guards: 0, background: true }
    }
}

/// Where a function's machine code is entered from other machine code. It never moves.
#[repr(C)]
pub struct EntryCell {
    /// The entry: the function's own code, or what interprets it.
    pub entry: *const u8,
}

/// What a compiler answered.
pub struct Answer {
    /// Number of the unit.
    pub number: u32,
    /// Number of the function's code.
    pub code: u32,
    /// Code offset that it is entered at.
    pub entry_pc: u32,
    /// The unit, or why there is none.
    pub outcome: Result<CompiledUnit, String>,
    /// Time that compiling took, microseconds.
    pub compile_us: u64,
}

impl Answer {
    /// Asks a compiler.
    pub fn to(request: &Request, compiler: &dyn Compiler) -> Answer {
        let started = Instant::now();
        let outcome = compiler.compile(request);
        Answer {
            number: request.number,
            code: request.functions[0].code,
            entry_pc: request.entry,
            outcome,
            compile_us: started.elapsed().as_micros() as u64,
        }
    }
}

/// What is known of a compiled unit.
pub struct UnitRecord {
    /// Number of the function's code.
    pub code: u32,
    /// Code offset that it is entered at.
    pub entry_pc: u32,
    /// The unit.
    pub compiled: CompiledUnit,
    /// How often it was left early.
    pub deopts: u32,
    /// Still entered.
    pub live: bool,
    /// Time that compiling took, microseconds.
    pub compile_us: u64,
    /// Work done by the program when it was made.
    pub at_units: u64,
    /// How often each exit was taken.
    pub exit_counts: Vec<u32>,
}

/// How warm a function is.
#[derive(Clone, Copy, Default)]
pub struct Heat {
    /// Work seen.
    pub units: u32,
    /// Times that it was compiled.
    pub compiles: u32,
    /// It cannot be compiled.
    pub refused: bool,
    /// It is being compiled.
    pub waits: bool,
    /// It waits for a collection of the nursery, which holds what its code would name: how many there were.
    pub held: Option<u64>,
}

/// The state of the tiers above the interpreter.
pub struct Tiers {
    /// The compiler.
    pub compiler: Arc<dyn Compiler>,
    /// An entry that interprets the frame; null as long as nothing was compiled.
    pub interpret: *const u8,
    /// How to use it.
    pub options: TierOptions,
    /// Guards that compiled code passes until one fails on purpose. It never moves.
    pub guards_left: Box<u64>,
    /// What compiled code left with, for the interpreter to carry out.
    pub pending: Option<Exit>,
    /// Compiled units, by number.
    pub units: BTreeMap<u32, UnitRecord>,
    /// Units that were asked for.
    pub requests: u32,
    /// Those that are not there yet, by number: the program's work when they were asked for.
    pub waiting: FxHashMap<u32, u64>,
    /// Where other threads put what they compiled.
    pub mailbox: Arc<Mailbox>,
    /// The longest time that compiling stopped the program, microseconds.
    pub longest_stop_us: u64,
    /// Entries within functions: into loops, and where suspended frames go on.
    pub inner: InnerEntries,
    /// Heat by code number and code offset of the entry.
    pub heat: FxHashMap<(u32, u32), Heat>,
    /// Entry cells by code number.
    pub cells: FxHashMap<u32, Box<EntryCell>>,
    /// Places where speculation failed.
    pub blocked: FxHashMap<(u32, u32), Failed>,
    /// Places whose guards failed in front of a loop, with the number of the next unit at that time.
    pub unmoved: FxHashMap<(u32, u32), u32>,
    /// Guest functions that were refused, with the reason.
    pub refusals: Vec<(u32, u32, String)>,
    /// Bytes of machine code made.
    pub code_bytes: usize,
    /// Those of them that made room again.
    pub freed_bytes: usize,
    /// Units that nothing enters any more, but that may be on the stack.
    pub dropped: Vec<u32>,
    /// State of the sampling jitter.
    pub jitter: u32,
    /// Values that code names, kept alive.
    pub kept: FxHashSet<u64>,
    /// Instructions executed for compiled code by the interpreter, by code number and code offset; where asked for.
    pub steps: FxHashMap<(u32, u32), u64>,
    /// Native functions that are known.
    pub natives: &'static Natives,
}

/// How often speculation failed at a place. Units that were asked for before one failure say nothing new by failing in
/// the same way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failed {
    /// Failures of units that knew of those before.
    pub count: u8,
    /// Number of the first unit that knows of the last one.
    pub known_from: u32,
    /// Some of them were not for want of an int32.
    pub widely: bool,
}

impl Tiers {
    /// Numbers of the code that something is kept of here.
    pub fn known_codes(&self) -> FxHashSet<u32> {
        let places = self.heat.keys().chain(self.blocked.keys()).chain(self.unmoved.keys());
        let units = self.units.values().map(|unit| unit.code);
        places.map(|place| place.0).chain(self.cells.keys().copied()).chain(units).collect()
    }

    /// Frees the code of units that nothing enters any more, where none of it is on the native stack.
    #[inline]
    pub fn free_dropped(&mut self) {
        for unit in self.dropped.drain(..) {
            if let Some(record) = self.units.get_mut(&unit) {
                record.compiled.owner = Box::new(());
                self.freed_bytes += record.compiled.bytes;
            }
        }
    }

    /// A guard of a unit failed for the second time.
    pub fn note_failure(&mut self, unit: u32, exit: ExitPlace) {
        let (next, place) = (self.requests, (exit.code, exit.pc));
        // The first time that may be for want of a round of the loop that the guard was moved out of.
        if exit.hoisted {
            match self.unmoved.get(&place) {
                None => {
                    self.unmoved.insert(place, next);
                    return;
                }
                Some(&known_from) if unit < known_from => return,
                Some(_) => {}
            }
        }
        let failed = self.blocked.entry(place).or_default();
        if unit >= failed.known_from {
            let (count, widely) = (failed.count.saturating_add(1), failed.widely || !exit.narrow);
            *failed = Failed { count, known_from: next, widely };
        }
    }
}

/// Entries of machine code within functions, by code number and code offset. A function has few.
#[derive(Debug, Default)]
pub struct InnerEntries(Vec<Vec<(u32, *const u8)>>);

impl InnerEntries {
    /// The entry at an offset of a function's code.
    #[inline]
    pub fn at(&self, code: u32, pc: u32) -> Option<*const u8> {
        self.0.get(code as usize)?.iter().find(|entry| entry.0 == pc).map(|entry| entry.1)
    }

    /// Sets the entry at an offset of a function's code.
    pub fn insert(&mut self, code: u32, pc: u32, entry: *const u8) {
        self.remove(code, pc);
        if self.0.len() <= code as usize {
            self.0.resize_with(code as usize + 1, Vec::new);
        }
        self.0[code as usize].push((pc, entry));
    }

    /// Forgets the entry at an offset of a function's code.
    pub fn remove(&mut self, code: u32, pc: u32) {
        if let Some(entries) = self.0.get_mut(code as usize) {
            entries.retain(|entry| entry.0 != pc);
        }
    }
}

/// Bytes of machine code that an isolate may have.
pub const MAX_CODE_BYTES: usize = 64 << 20;
/// Early exits after which a unit is compiled anew.
pub const MAX_DEOPTS: u32 = 8;
/// Times that code is left where it was never run before it is compiled anew.
pub const NEW_WAYS: u32 = 2;
/// Times that one entry is compiled before places that were never run are left to the interpreter.
pub const PATIENCE: u32 = 4;
/// Times that one entry is compiled.
pub const MAX_COMPILES: u32 = 24;

impl Tiers {
    /// The tiers of a new isolate.
    pub fn new(compiler: Arc<dyn Compiler>, options: TierOptions, natives: &'static Natives) -> Tiers {
        Tiers {
            interpret: std::ptr::null(),
            compiler,
            options,
            guards_left: Box::new(u64::from(options.fail_guards)),
            pending: None,
            units: BTreeMap::new(),
            requests: 0,
            waiting: FxHashMap::default(),
            mailbox: Arc::default(),
            longest_stop_us: 0,
            inner: InnerEntries::default(),
            heat: FxHashMap::default(),
            cells: FxHashMap::default(),
            blocked: FxHashMap::default(),
            unmoved: FxHashMap::default(),
            refusals: Vec::new(),
            code_bytes: 0,
            freed_bytes: 0,
            dropped: Vec::new(),
            jitter: 1,
            kept: FxHashSet::default(),
            steps: FxHashMap::default(),
            natives,
        }
    }

    /// Work between two looks at what runs: short where functions are compiled early, and never quite even.
    pub fn slice(&mut self) -> i64 {
        self.jitter = self.jitter.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let full = i64::from(self.options.threshold / 4).clamp(1, 1024);
        full - ((full * i64::from(self.jitter >> 24)) >> 10)
    }
}

impl Drop for Tiers {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}
