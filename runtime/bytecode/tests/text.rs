//! The text form: everything survives it, errors say where, and no text takes long or breaks the parser.

mod common;

use std::time::{Duration, Instant};

use common::{encode, sample};
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::data::*;
use tvm_bytecode::{Unit, text};

fn assert_survives(data: &UnitData, what: &str) {
    let printed = text::print(data);
    let parsed = text::parse(&printed);
    assert_eq!(parsed.as_ref(), Ok(data), "{what}\n{printed}");
    let annotated = text::print_annotated(data);
    assert_eq!(text::parse(&annotated).as_ref(), Ok(data), "{what}\n{annotated}");
    assert_eq!(text::print(&parsed.expect("parsed above")), printed, "{what}");
}

#[test]
fn generated_units_survive() {
    for seed in 0..300 {
        let size = Size { wild: if seed % 3 == 0 { 30 } else { 0 }, ..Size::SMALL };
        let data = arbitrary::unit(&mut Choices::from_seed(seed), size);
        assert_survives(&data, &format!("seed {seed}"));
        let bytes = encode(&data);
        let again = text::parse(&text::print(&data)).expect("it parsed before");
        assert_eq!(encode(&again), bytes, "seed {seed}: the file differs");
    }
}

#[test]
fn units_from_files_survive() {
    let unit = Unit::parse(std::sync::Arc::new(sample())).expect("a sound sample");
    let data = unit.to_data().expect("a readable sample");
    assert_survives(&data, "the sample");
    assert_eq!(encode(&data), unit.bytes());
}

/// Numbers, ids and bytes that no rule allows, but that a file can hold.
#[test]
fn what_no_rule_allows_survives() {
    let mut unit = common::unit_of(Vec::new(), u32::MAX, u32::MAX);
    let numbers = [0, 1 << 63, 0x7FF8 << 48, 0xFFF8 << 48, 0x7FF0_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF, 1];
    let f = &mut unit.functions[0];
    f.constants.extend(numbers.map(|bits| Constant::Number(f64::from_bits(bits))));
    let others = [f64::INFINITY, f64::NEG_INFINITY, 1e21, 1e-7, f64::MAX, f64::MIN_POSITIVE, 123456789.0];
    f.constants.extend(others.map(Constant::Number));
    f.constants.extend([
        Constant::Symbol(99),
        Constant::String(NONE),
        Constant::Eval(7),
        Constant::JumpTable(0),
    ]);
    f.feedback = vec![0, 200, 255, 7, 8];
    f.handlers = vec![HandlerData { start: 9, end: 3, target: NONE, register: NONE }];
    f.lines = vec![
        tvm_bytecode::lines::LineEntry { pc: 7, line: u32::MAX, column: 0, text_start: 0, text_length: 9 },
        tvm_bytecode::lines::LineEntry { pc: 7, line: 0, column: 1, text_start: 0, text_length: 0 },
        tvm_bytecode::lines::LineEntry { pc: 2, line: 1, column: 1, text_start: 5, text_length: 5 },
    ];
    (f.name, f.source, f.flags, f.inline_hint) = (NONE, NONE, 1 << 31 | 7, 9);
    f.source_range = (9, 2);
    unit.lists = vec![vec![NONE, 3, 1 << 31]; 2];
    unit.meta = vec![(5, NONE)];
    unit.strings.push(Text::from_utf16(&[0xDC00, 0xD800, 0, 0x2028, 0xFEFF]));
    unit.entry = 77;
    assert_survives(&unit, "a strange unit");
}

#[test]
fn what_is_left_out_has_one_meaning() {
    let short = r#"
function fn0 "f" Normal params 1 {
    Add r2, r1, r0
    JumpIfLess r1, r2, L0
    GetProp r3, r2, "x"
    GetProp r3, r2, "x"
  L0: ThrowError TypeError, "x"
}"#;
    let long = r#"
unit None
string s0 "f"
string s1 "x"
string s2 ""
source source0 s2 {
}
function fn0 s0 Normal params 1 length 1 registers 4 source source0 0..0 {
  const k0 string s1
  feedback Arith, Compare, Property, Property
    Add r2, r1, r0, f0
    JumpIfLess r1, r2, L7, f1
    GetProp r3, r2, k0, f2
    GetProp r3, r2, k0, w6
  L7:
    ThrowError 1, k0
}"#;
    let parse = |source| text::parse(source).expect("well formed");
    assert_eq!(parse(short), parse(long));
}

/// Jumps just within and just beyond what a narrow form can hold.
#[test]
fn labels_choose_the_form_that_fits() {
    for fillers in [16_380, 16_382, 16_384, 16_390] {
        let source = format!(
            "function fn0 \"\" Normal {{\n  L0:\n    JumpIfTrue r0, L1\n{}  L1:\n    Jump L0\n}}",
            "    LoadUndefined r1\n".repeat(fillers)
        );
        let data = text::parse(&source).expect("well formed");
        let code = &data.functions[0].code;
        let first = &code[0];
        assert!(first.fits(first.wide), "{fillers}");
        assert_eq!(first.wide, 2 * fillers > 32_760, "{fillers}");
        assert_survives(&data, &fillers.to_string());
    }
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("unit Nothing", 1, 6, "expected the kind of entry, found `Nothing`"),
        ("string s1 \"\"", 1, 8, "expected s0, the next in order, found `s1`"),
        ("\n\n  string s0 5", 3, 13, "expected a string, found `5`"),
        ("list list0 [1 2]", 1, 15, "expected `,`, found `2`"),
        ("list list0 [L3]", 1, 13, "a label outside a function"),
        ("list list0 [4294967296]", 1, 13, "a number from 0 to 4294967295"),
        ("function fn0 \"\" Normal {\n    Retrun r0\n}", 2, 5, "found `Retrun`"),
        ("function fn0 \"\" Normal {\n    Wide\n}", 2, 5, "found `Wide`"),
        (
            "function fn0 \"\" Normal {\n    Return\n}",
            2,
            11,
            "expected r0, r1, ..., found the end of the line",
        ),
        ("function fn0 \"\" Normal {\n    Return r65536\n}", 2, 12, "operand src takes 0 to 65535"),
        ("function fn0 \"\" Normal {\n    Jump L1\n}", 2, 10, "label L1 is not defined"),
        ("function fn0 \"\" Normal {\n  L1:\n  L1:\n}", 3, 3, "label L1 is defined twice"),
        ("function fn0 \"\" Normal {\n    Neg r0, r0, f1\n}", 2, 17, "no feedback slot f1"),
        (
            "function fn0 \"\" Normal {\n    Return r0 r1\n}",
            2,
            15,
            "expected the end of the line, found `r1`",
        ),
        (
            "function fn0 \"\" Normal {\n    Return r0",
            2,
            14,
            "expected an instruction or label, found the end of the",
        ),
        ("function fn0 \"\" Normal tricky 1 { }", 1, 24, "expected a flag or field of the function"),
        ("scope scope0 Block { slot \"x\" Vor }", 1, 31, "expected the kind of slot, found `Vor`"),
        ("source source0 \"\" { \"\\ud800\" }", 1, 21, "lone surrogates"),
        ("meta \"a\" \"b\" }", 1, 14, "expected a definition, found `}`"),
        ("string s0 \"é\\y\"", 1, 13, "an unknown escape"),
    ];
    for (source, line, column, message) in cases {
        let error = text::parse(source).expect_err(source);
        assert!(error.message.contains(message), "{source:?}: {error}");
        assert_eq!((error.line, error.column), (line, column), "{source:?}: {error}");
    }
}

#[test]
fn altered_text_never_breaks_the_parser() {
    let pieces = [
        "{",
        "}",
        "\"",
        "\n",
        "L0:",
        "none",
        "-",
        "4294967295",
        "[",
        "f0",
        "k0",
        "wide ",
        "@",
        ";",
        "é",
        "\\",
    ];
    let mut accepted = 0;
    for seed in 0..200 {
        let mut choices = Choices::from_seed(seed);
        let size = Size { functions: 1, statements: 4, modules: 1, wild: 0 };
        let printed = text::print(&arbitrary::unit(&mut choices, size));
        for _ in 0..20 {
            let mut altered = printed.clone();
            let mut at = choices.below(altered.len() as u32) as usize;
            while !altered.is_char_boundary(at) {
                at -= 1;
            }
            match choices.below(3) {
                0 => altered.truncate(at),
                1 => altered.insert_str(at, choices.pick(&pieces).unwrap_or("")),
                _ => drop(altered.remove(at)),
            }
            if let Ok(data) = text::parse(&altered) {
                accepted += 1;
                assert_eq!(text::parse(&text::print(&data)), Ok(data), "seed {seed}");
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
}

/// Texts that would take long with quadratic work, or a deep stack with recursion.
#[test]
fn no_text_takes_long() {
    let many = 30_000;
    let function = |body: String| format!("function fn0 \"\" Normal {{\n{body}\n}}");
    let labels = |form: fn(usize) -> String| function((0..many).map(form).collect());
    let texts = [
        "{".repeat(many),
        "[".repeat(many),
        format!("list list0 {}", "[".repeat(many)),
        "\n".repeat(many),
        format!("string s0 \"{}\"", "\\u1234".repeat(many)),
        format!("number {}", "1".repeat(many)),
        function(format!("const k0 number {}", "9".repeat(many))),
        function(format!("const k0 number 0x{}", "9".repeat(many))),
        format!("list list0 [{}1]", "1,".repeat(many)),
        labels(|i| format!("L{i}: JumpIfTrue r0, L{}\n", 30_000 - 1 - i)),
        labels(|i| format!("L{i}: JumpIfTrue r0, L{}\n", i / 2)),
        labels(|_| "L0:\n".into()),
        labels(|i| format!("LoadConst r1, \"name{i}\"\n")),
        labels(|i| format!("GetProp r1, r0, \"name{i}\"\n")),
        labels(|i| format!("handler {i}..{i} -> {i} r{i}\n")),
        labels(|_| "pc 4294967295 @1:1\n".into()),
    ];
    for source in texts {
        let start = Instant::now();
        let result = text::parse(&source);
        if let Ok(data) = &result {
            assert!(!text::print(data).is_empty());
        }
        let shown: String = source.chars().skip(20).take(60).collect();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?} for {shown:?}", start.elapsed());
    }
}

/// The annotated form of the sample, beside it; `TVM_BLESS=1` rewrites it.
#[test]
fn the_annotated_form_is_as_recorded() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/sample.annotated.tvma");
    let unit = Unit::parse(std::sync::Arc::new(sample())).expect("a sound sample");
    let printed = text::print_annotated(&unit.to_data().expect("a readable sample"));
    if std::env::var_os("TVM_BLESS").is_some() {
        std::fs::write(&path, &printed).expect("a writable folder");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), printed, "TVM_BLESS=1 takes the new form");
}
