//! Options for the tiers above the interpreter, and what they did.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tvm::jit::perf::Profiler;
use tvm::program::{Program, StartError};
use tvm_bytecode::Verified;
use tvm_bytecode::lines::Entries;
use tvm_runtime::base::tier::{TierOptions, UnitRecord};

/// How hot functions are compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mode {
    /// For what was seen so far
    Optimised,
    /// For anything that may come
    Generic,
}

/// How statistics are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum StatsForm {
    /// For people
    Text,
    /// One line of JSON
    Json,
}

/// What is written for perf.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum PerfFiles {
    /// /tmp/perf-PID.map, which perf report reads: names of functions
    Map,
    /// jit-PID.dump in the current directory, for perf inject: code and source lines too
    Jitdump,
    /// Both
    All,
}

/// Arguments about tiers.
#[derive(Args)]
pub struct TierArguments {
    /// Compile hot functions to machine code
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "optimised", overrides_with = "no_jit")]
    jit: Option<Mode>,
    /// Interpret only
    #[arg(long, overrides_with = "jit")]
    no_jit: bool,
    /// Calls and loop iterations that a function makes before it is compiled
    #[arg(long, value_name = "UNITS")]
    jit_threshold: Option<u32>,
    /// Whether the program waits while the compiler works, so that runs repeat [default: true with --jit-threshold, otherwise false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    jit_wait: Option<bool>,
    /// Tell what was compiled, and why compiled code was left, on standard error
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    jit_stats: Option<StatsForm>,
    /// Write files that tell perf of compiled code: record with `perf record -k mono`
    #[arg(long, value_name = "FILES", num_args = 0..=1, require_equals = true, default_missing_value = "all", conflicts_with = "no_jit")]
    perf: Option<PerfFiles>,
}

impl TierArguments {
    /// Has a program's hot functions compiled, where that was asked for; what is to be completed at its end.
    pub fn set_up(
        &self,
        program: &mut Program,
        fail_guards: u32,
    ) -> Result<Option<Arc<Profiler>>, StartError> {
        let Some(options) = self.options(fail_guards) else { return Ok(None) };
        let Some(files) = self.perf else { return program.compile_hot(options).map(|()| None) };
        let directory = (files != PerfFiles::Map).then_some(Path::new("."));
        let profiler = Profiler::new(files != PerfFiles::Jitdump, directory)
            .map_err(|error| StartError::Other(format!("cannot write files for perf: {error}")))?;
        let profiler = Arc::new(profiler);
        let watcher = Arc::<Profiler>::clone(&profiler);
        program.compile_hot_watched(options, watcher).map(|()| Some(profiler))
    }

    /// The options; `None` where nothing is to be compiled. `fail_guards`: every how many guards one is to fail.
    fn options(&self, fail_guards: u32) -> Option<TierOptions> {
        let asked = self.jit.is_some()
            || self.jit_threshold.is_some()
            || self.jit_wait.is_some()
            || self.jit_stats.is_some()
            || self.perf.is_some()
            || fail_guards > 0;
        if self.no_jit || !asked {
            return None;
        }
        let mut options = TierOptions::default();
        if let Some(threshold) = self.jit_threshold {
            options.threshold = threshold.max(1);
        }
        let waits = self.jit_threshold.is_some() || fail_guards > 0;
        options.background = !self.jit_wait.unwrap_or(waits);
        options.count_steps = self.jit_stats == Some(StatsForm::Text);
        options.fail_guards = fail_guards;
        options.speculate = self.jit != Some(Mode::Generic);
        Some(options)
    }

    /// Tells what the tiers did, where that was asked for, and completes the files for perf.
    pub fn finish(&self, program: &Program, profiler: Option<&Profiler>) {
        if let Some(Err(error)) = profiler.map(Profiler::finish) {
            eprintln!("tvm: the files for perf are not complete: {error}");
        }
        self.print_stats(program);
    }

    fn print_stats(&self, program: &Program) {
        let Some(form) = self.jit_stats else { return };
        let Some(tiers) = &program.isolate.vm.tiers else { return };
        let compile_us: u64 = tiers.units.values().map(|unit| unit.compile_us).sum();
        let deopts: u32 = tiers.units.values().map(|unit| unit.deopts).sum();
        if form == StatsForm::Json {
            let mut counters: BTreeMap<&str, u32> = BTreeMap::new();
            for (name, count) in tiers.units.values().flat_map(|unit| &unit.compiled.counters) {
                *counters.entry(name).or_default() += count;
            }
            // Names are plain words.
            let counters: Vec<String> =
                counters.iter().map(|(name, count)| format!("\"{name}\":{count}")).collect();
            eprintln!(
                "{{\"compile_ms\":{:.3},\"longest_stop_ms\":{:.3},\"code_bytes\":{},\"freed_bytes\":{},\"deopts\":{deopts},\"units\":{},\"counters\":{{{}}}}}",
                compile_us as f64 / 1e3,
                tiers.longest_stop_us as f64 / 1e3,
                tiers.code_bytes,
                tiers.freed_bytes,
                tiers.units.len(),
                counters.join(",")
            );
            return;
        }
        eprintln!(
            "tvm: {} units compiled in {:.1} ms, which stopped the program for at most {:.2} ms; {} bytes of code, {} of them \
             freed, left early {deopts} times, {} refused",
            tiers.units.len(),
            compile_us as f64 / 1e3,
            tiers.longest_stop_us as f64 / 1e3,
            tiers.code_bytes,
            tiers.freed_bytes,
            tiers.refusals.len()
        );
        for unit in tiers.units.values() {
            eprintln!("  {} at {}", name(program, unit.code), place(program, unit.code, unit.entry_pc));
            for line in unit_notes(program, unit) {
                eprintln!("    {line}");
            }
        }
        let mut steps: Vec<_> = tiers.steps.iter().map(|(&place, &count)| (count, place)).collect();
        steps.sort_unstable_by(|a, b| b.cmp(a));
        for (count, (code, pc)) in steps.into_iter().take(20) {
            let op = op_name(program, code, pc);
            let at = place(program, code, pc);
            eprintln!("  {count} times left to the interpreter: {op} in {} at {at}", name(program, code));
        }
        for (code, pc, reason) in &tiers.refusals {
            eprintln!("  {} at {}: not compiled: {reason}", name(program, *code), place(program, *code, *pc));
        }
    }
}

/// What is known of a compiled unit, for people.
pub fn unit_notes(program: &Program, unit: &UnitRecord) -> Vec<String> {
    let at = |code, pc| format!("{} (code offset {pc})", place(program, code, pc));
    let compiled = &unit.compiled;
    let counters: String =
        compiled.counters.iter().map(|(name, count)| format!("; {count} {name}")).collect();
    let mut notes = vec![format!(
        "{} bytes in {:.1} ms after {} units{}{counters}",
        compiled.bytes,
        unit.compile_us as f64 / 1e3,
        unit.at_units,
        if unit.live { "" } else { ", given up" },
    )];
    notes.extend(
        compiled.stepped.iter().map(|&(op, code, pc)| format!("interprets {op} at {}", at(code, pc))),
    );
    for (exit, &count) in compiled.exits.iter().zip(&unit.exit_counts).filter(|&(_, &count)| count > 0) {
        notes.push(format!("left {count} times at {}: {}", at(exit.code, exit.pc), exit.reason));
    }
    notes
}

/// A function's name.
pub fn name(program: &Program, code: u32) -> String {
    let vm = &program.isolate.vm;
    let Some(entry) = vm.codes.get(code as usize) else { return String::new() };
    let unit = &vm.units[entry.unit as usize];
    name_in(unit, entry.function)
}

/// The name of a unit's function.
pub fn name_in(unit: &Verified, function: u32) -> String {
    let name = unit.text(unit.function(function).name).to_text().to_string();
    if name.is_empty() { "(anonymous)".to_owned() } else { name }
}

/// The mnemonic of an instruction.
fn op_name(program: &Program, code: u32, pc: u32) -> &'static str {
    let vm = &program.isolate.vm;
    let Some(entry) = vm.codes.get(code as usize) else { return "?" };
    let unit = &vm.units[entry.unit as usize];
    let record = unit.function(entry.function);
    tvm_bytecode::Insn::decode(unit.code(&record), pc as usize).map_or("?", |insn| insn.op.row().name)
}

/// Where an instruction stands in the source.
pub fn place(program: &Program, code: u32, pc: u32) -> String {
    let vm = &program.isolate.vm;
    let Some(entry) = vm.codes.get(code as usize) else { return String::new() };
    let unit = &vm.units[entry.unit as usize];
    let record = unit.function(entry.function);
    // What stands before the first position belongs to it.
    let first = || Entries::new(unit.lines(&record)).flatten().next();
    let Some(position) = unit.position(&record, pc).or_else(first) else { return "?".to_owned() };
    let source = unit.text(unit.source_name(record.source)).to_text().to_string();
    let file = source.rsplit('/').next().unwrap_or("").to_owned();
    format!("{file}:{}:{}", position.line, position.column)
}
