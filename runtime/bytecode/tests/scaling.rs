//! Verification takes time in proportion to the file, for ordinary units and for those made to take long.
//!
//! Each made-up unit is a megabyte or so, built around one shape that would cost its square, or worse, if the work
//! were not shared or bounded. The time allowed is many times what a slow machine needs without optimisation, and a
//! small part of what the square would take.

mod common;

use std::time::{Duration, Instant};

use common::{encode, insn, load, unit_of};
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::data::*;
use tvm_bytecode::lines::LineEntry;
use tvm_bytecode::settle::{JumpTo, offsets, settle};
use tvm_bytecode::{Insn, Op};

/// What one unit may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Loads a unit in time; the error, where it is refused.
fn in_time(what: &str, data: &UnitData) -> Option<String> {
    let bytes = encode(data);
    let start = Instant::now();
    let result = load(&bytes);
    let took = start.elapsed();
    println!("{what}: {} bytes in {took:?}: {:?}", bytes.len(), result.as_ref().err().map(|e| &e.reason));
    assert!(took < LIMIT, "{what}: {took:?} for {} bytes", bytes.len());
    result.err().map(|error| error.reason)
}

fn assert_accepted(what: &str, data: &UnitData) {
    assert_eq!(in_time(what, data), None, "{what}");
}

fn assert_refused(what: &str, data: &UnitData, rule: &str) {
    let reason = in_time(what, data).unwrap_or_else(|| panic!("{what} was accepted"));
    assert!(reason.contains(rule), "{what}: {reason}");
}

fn returning(mut code: Vec<Insn>) -> Vec<Insn> {
    code.push(insn(Op::Return, &[0]));
    code
}

/// `count` times the instruction, then a return.
fn repeated(op: Op, operands: &[i64], count: usize) -> Vec<Insn> {
    returning(vec![insn(op, operands); count])
}

#[test]
fn handlers_within_handlers() {
    let count = 20_000;
    let mut unit = unit_of(returning(vec![insn(Op::ToObject, &[1, 0]); count]), 0, 4);
    let f = &mut unit.functions[0];
    let starts = offsets(&f.code);
    let end = starts[count] as u32;
    let handler = |start: usize| HandlerData { start: starts[start] as u32, end, target: end, register: 2 };
    f.handlers = (0..count).rev().map(handler).collect();
    assert_accepted("handlers", &unit);
}

#[test]
fn constants_that_share_a_list() {
    type Make = fn(ListId) -> Constant;
    let kinds: [(&str, Make, Vec<u32>); 4] = [
        ("keys", Constant::Keys, (0..50_000).collect()),
        ("template", Constant::Template, vec![0; 200_000]),
        ("globals", Constant::Globals, vec![0; 200_000]),
        ("jump table", Constant::JumpTable, vec![0; 200_000]),
    ];
    for (what, make, list) in kinds {
        let mut unit = unit_of(returning(Vec::new()), 0, 1);
        unit.strings = (0..50_000).map(|i| Text::from_utf8(&format!("name{i}"))).collect();
        unit.lists = vec![list];
        unit.functions[0].constants = vec![make(0); 50_000];
        assert_refused(what, &unit, "R5: lists are shared too often");
    }
    let mut unit = unit_of(returning(Vec::new()), 0, 1);
    unit.strings.push(Text::from_utf8(&"1".repeat(200_000)));
    unit.functions[0].constants = vec![Constant::BigInt(1); 50_000];
    assert_refused("bigint", &unit, "R5: lists are shared too often");
}

#[test]
fn switches_over_one_table() {
    let count = 3000;
    let mut code = vec![insn(Op::Switch, &[0, 0]); count];
    code.extend(vec![insn(Op::Debugger, &[]); count]);
    let mut unit = unit_of(returning(code), 40_000, 40_001);
    let starts = offsets(&unit.functions[0].code);
    let mut list = vec![0];
    list.extend(starts[count..2 * count].iter().map(|&start| start as u32));
    unit.lists = vec![list];
    unit.functions[0].constants = vec![Constant::JumpTable(0)];
    assert_refused("switches over many registers", &unit, "R23");
    (unit.functions[0].params, unit.functions[0].registers) = (0, 1);
    in_time("switches over one register", &unit);
}

#[test]
fn deep_scopes() {
    let depth = 60_000;
    let slots = vec![SlotData { name: 0, kind: SlotKind::Var }];
    let scope = |id: u32| ScopeData {
        parent: id.checked_sub(1).unwrap_or(NONE),
        kind: ScopeKind::Block,
        strict: true,
        slots: slots.clone(),
    };
    let mut code = vec![insn(Op::LoadScope, &[1])];
    code.extend((0..60_000).map(|i| insn(Op::GetSlot, &[2, 1, depth - 1 - i % 50, 0])));
    let mut unit = unit_of(returning(code), 0, 3);
    unit.scopes = (0..depth as u32).map(scope).collect();
    unit.functions[0].outer_scope = depth as u32 - 1;
    assert_accepted("scopes", &unit);
    unit.scopes.extend((depth as u32..70_000).map(scope));
    assert_refused("deeper scopes", &unit, "R3");
}

#[test]
fn many_registers_at_many_edges() {
    let registers = 65_535;
    let refused = |what: &str, code: Vec<Insn>| {
        let unit = unit_of(code, registers - 1, registers);
        assert_refused(what, &unit, "R23");
    };
    refused("ranges", repeated(Op::ArrayFromRegs, &[0, 0, 65_000], 100_000));
    let mut far = Vec::new();
    for _ in 0..30_000 {
        far.push(insn(Op::Call, &[0, 0, 0, 0, 0]));
        far.push(insn(Op::Move, &[65_534, 0]));
    }
    let mut unit = unit_of(returning(far), registers - 1, registers);
    let f = &mut unit.functions[0];
    f.feedback = vec![4; 30_000];
    for (call, slot) in f.code.iter_mut().filter(|insn| insn.op == Op::Call).zip((0i64..).step_by(2)) {
        *call = insn(Op::Call, &[0, 0, 1, 0, slot]);
    }
    // The window ends what the call's own operand needs; only r0 is read.
    assert_refused("windows", &unit, "R23");
    let mut unit = unit_of(repeated(Op::ToObject, &[65_534, 0], 60_000), registers - 1, registers);
    let f = &mut unit.functions[0];
    let starts = offsets(&f.code);
    let handler = |i: usize| {
        let (start, end) = (starts[i] as u32, starts[i + 1] as u32);
        HandlerData { start, end, target: starts[60_000] as u32, register: 0 }
    };
    f.handlers = (0..60_000).map(handler).collect();
    assert_refused("handlers", &unit, "R23");
}

/// Branches ahead over single instructions, in many small functions that claim many registers each.
#[test]
fn many_functions_with_many_registers() {
    let mut code = vec![insn(Op::JumpIfTrue, &[0, 0]); 20];
    let jumps: Vec<JumpTo> = (0..20).map(|insn| JumpTo { insn, target: insn + 1 }).collect();
    code.push(insn(Op::Return, &[0]));
    settle(&mut code, &jumps);
    let mut unit = unit_of(code, 65_534, 65_535);
    unit.functions = vec![unit.functions[0].clone(); 8000];
    assert_refused("functions", &unit, "R23");
}

/// A hole that each round moves one loop back: as many rounds as loops.
#[test]
fn rounds_without_end() {
    let loops = 2000;
    let mut code = Vec::new();
    let mut jumps = Vec::new();
    for i in 0..loops {
        if i + 1 == loops {
            code.push(insn(Op::LoadHole, &[i + 2]));
        }
        code.push(insn(Op::Move, &[i + 1, i + 2]));
        let target = if i == 0 { 0 } else { 2 * (i as usize - 1) };
        jumps.push(JumpTo { insn: code.len(), target });
        code.push(insn(Op::JumpIfTrue, &[0, 0]));
    }
    let mut code = returning(code);
    settle(&mut code, &jumps);
    let unit = unit_of(code, loops as u32 + 2, loops as u32 + 3);
    assert_refused("rounds", &unit, "R23");
}

#[test]
fn modules_that_share_a_scope() {
    let mut unit = unit_of(returning(Vec::new()), 0, 1);
    let slots = vec![SlotData { name: 0, kind: SlotKind::Var }; 60_000];
    unit.scopes = vec![ScopeData { parent: NONE, kind: ScopeKind::Module, strict: true, slots }];
    (unit.functions[0].kind, unit.functions[0].outer_scope) = (FunctionKind::Module, 0);
    unit.modules = vec![
        ModuleData {
            name: 0,
            kind: ModuleKind::Script,
            init: NONE,
            body: 0,
            scope: 0,
            text: NONE,
            is_async: false,
            requests: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
        };
        20_000
    ];
    assert_refused("modules", &unit, "R6");
}

#[test]
fn long_tables_that_are_in_order() {
    let count = 60_000;
    let mut unit = unit_of(repeated(Op::LoadUndefined, &[1], count), 0, 2);
    let f = &mut unit.functions[0];
    let entry = |i: u32| LineEntry { pc: 2 * i, line: 1 + i % 7, column: 1, text_start: 0, text_length: 0 };
    f.lines = (0..count as u32).map(entry).collect();
    f.constants = vec![Constant::Number(0.0); 200_000];
    f.feedback = vec![2; 200_000];
    unit.strings = (0..100_000).map(|i| Text::from_utf8(&format!("{i}"))).collect();
    assert_accepted("tables", &unit);
}

#[test]
fn mapped_arguments_over_one_list() {
    let params = 60_000;
    let mut code = vec![insn(Op::NewRootScope, &[params + 1, 0])];
    code.extend(vec![insn(Op::NewMappedArguments, &[params + 2, params + 1, 1]); 30_000]);
    let mut unit = unit_of(returning(code), params as u32, params as u32 + 3);
    unit.lists = vec![vec![NONE; params as usize]];
    unit.scopes =
        vec![ScopeData { parent: NONE, kind: ScopeKind::Function, strict: false, slots: Vec::new() }];
    let f = &mut unit.functions[0];
    f.flags = function_flag::KEEPS_ARGUMENTS;
    f.constants = vec![Constant::Scope(0), Constant::Slots(0)];
    assert_refused("mapped arguments", &unit, "R23");
}

fn seconds(functions: u32) -> f64 {
    let size = Size { functions, statements: 60, modules: 2, wild: 0 };
    let bytes = encode(&arbitrary::unit(&mut Choices::from_seed(3), size));
    let time = || {
        let start = Instant::now();
        assert!(load(&bytes).is_ok());
        start.elapsed().as_secs_f64() / bytes.len() as f64
    };
    (0..5).map(|_| time()).fold(f64::INFINITY, f64::min)
}

/// Ordinary units: the time for a byte stays about the same while they grow to sixteen times the size.
#[test]
fn time_grows_with_the_size() {
    let (small, large) = (seconds(100), seconds(1600));
    assert!(large < 4.0 * small, "{small} and {large} seconds a byte");
}

/// The first instructions of a function are kept decoded; the rules hold for the others too.
#[test]
fn instructions_behind_those_that_are_kept() {
    let kept = tvm_bytecode::verify::limit::KEPT_INSNS;
    let long = |tail: &[Insn]| {
        let mut code = vec![insn(Op::LoadUndefined, &[1]); kept + 10];
        code.extend(tail);
        unit_of(code, 0, 4)
    };
    let throws = insn(Op::ToObject, &[2, 1]);
    let back = insn(Op::JumpIfTrue, &[2, -i64::from(throws.length() as u32)]);
    let mut unit = long(&[throws, back, insn(Op::Return, &[2]), insn(Op::Return, &[3])]);
    let f = &mut unit.functions[0];
    let starts = offsets(&f.code);
    let at = |index: usize| starts[kept + 10 + index] as u32;
    f.handlers = vec![HandlerData { start: at(0), end: at(1), target: at(3), register: 3 }];
    assert_accepted("a loop and a handler", &unit);
    unit.functions[0].handlers[0].register = 1;
    assert_refused("a handler without its value", &unit, "R20: r3");
    assert_refused("a register", &long(&[insn(Op::Return, &[4])]), "R12");
    assert_refused("a dead register", &long(&[insn(Op::Return, &[2])]), "R20");
    assert_refused("a jump", &long(&[insn(Op::Jump, &[2])]), "R11");
    assert_refused("the end", &long(&[insn(Op::LoadNull, &[2])]), "R10");
}

/// A function as a bundler or a compiler to JavaScript makes it: a thousand locals, loops within loops, branches.
#[test]
fn a_large_honest_function() {
    let mut code = Vec::new();
    let mut jumps = Vec::new();
    for part in 0..2000i64 {
        let outer = code.len();
        code.push(insn(Op::Inc, &[1 + part % 900, 1, 0]));
        let inner = code.len();
        for branch in 0..5 {
            jumps.push(JumpTo { insn: code.len(), target: code.len() + 2 });
            code.push(insn(Op::JumpIfTrue, &[1 + branch, 0]));
            code.push(insn(Op::Move, &[5 + (part * 7 + branch) % 900, 2]));
        }
        code.push(insn(Op::Call, &[2, 3, 990, 0, 0]));
        for target in [inner, outer] {
            jumps.push(JumpTo { insn: code.len(), target });
            code.push(insn(Op::JumpIfTrue, &[2, 0]));
        }
    }
    let mut unit = unit_of(returning(code), 980, 1000);
    let f = &mut unit.functions[0];
    f.feedback = (0..4000).map(|slot| if slot % 2 == 0 { 0 } else { 4 }).collect();
    let mut words = f.slot_words().into_iter();
    for insn in f.code.iter_mut().filter(|insn| matches!(insn.op, Op::Inc | Op::Call)) {
        let last = insn.operands().len() - 1;
        insn.set_operand(last, words.next().unwrap_or(0));
    }
    settle(&mut f.code, &jumps);
    assert_accepted("a large function", &unit);
}
