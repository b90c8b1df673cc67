//! Times the cases of `cases.txt`.
//!
//! `cargo bench -p tvm-regexp` runs them under criterion. With `-- --table` it
//! prints name, nanoseconds for the text (best of many) and number of matches,
//! in the form of `node.js` beside it, so that the two can be put together. A
//! name after it selects the cases that begin with it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tvm_regexp::{Flags, Input, Pattern, Program, Scratch, Unlimited};

const CASES: &str = include_str!("cases.txt");

/// A text as the engine would hold it: Latin-1 if it can be.
enum Text {
    Latin1(Vec<u8>),
    Utf16(Vec<u16>),
}

impl Text {
    fn new(text: &str) -> Self {
        let bytes: Result<Vec<u8>, _> =
            text.chars().map(|character| u8::try_from(character as u32)).collect();
        bytes.map_or_else(|_| Self::Utf16(text.encode_utf16().collect()), Self::Latin1)
    }

    fn input(&self) -> Input<'_> {
        match self {
            Self::Latin1(bytes) => Input::Latin1(bytes),
            Self::Utf16(units) => Input::Utf16(units),
        }
    }
}

struct Case {
    name: &'static str,
    text: &'static str,
    flags: Flags,
    pattern: &'static str,
}

fn read_cases() -> (HashMap<&'static str, Text>, Vec<Case>) {
    let (mut texts, mut cases) = (HashMap::new(), Vec::new());
    let mut lines = CASES.lines();
    while let Some(line) = lines.next() {
        if let Some(head) = line.strip_prefix('@') {
            let (name, count) = head.split_once(' ').expect("a name and a count");
            let body: String =
                lines.by_ref().take_while(|&line| line != "@").flat_map(|line| [line, "\n"]).collect();
            texts.insert(name, Text::new(&body.repeat(count.parse().expect("a count"))));
        } else if !line.is_empty() && !line.starts_with('#') {
            let fields: Vec<&str> = line.split('\t').collect();
            let flags = Flags::parse(fields[2].chars()).expect("known flags");
            cases.push(Case { name: fields[0], text: fields[1], flags, pattern: fields[3] });
        }
    }
    (texts, cases)
}

fn count_matches(program: &Program, input: Input<'_>, sticky: bool, scratch: &mut Scratch) -> usize {
    let (mut count, mut start) = (0, 0);
    while let Ok(true) = program.exec(input, start, sticky, scratch, &mut Unlimited) {
        count += 1;
        let (from, to) = scratch.capture(0).expect("the whole match");
        start = if from == to { to + 1 } else { to };
    }
    count
}

fn table(texts: &HashMap<&str, Text>, cases: &[Case]) {
    let mut scratch = Scratch::new();
    for case in cases {
        let program = Program::compile(Pattern::Str(case.pattern), case.flags).expect("a valid pattern");
        let input = texts[case.text].input();
        let sticky = case.flags.contains(Flags::STICKY);
        let (mut best, mut count) = (Duration::MAX, 0);
        let end = Instant::now() + Duration::from_millis(400);
        while Instant::now() < end {
            let before = Instant::now();
            count = count_matches(&program, input, sticky, &mut scratch);
            best = best.min(before.elapsed());
        }
        println!("{}\t{}\t{count}", case.name, best.as_nanos());
    }
}

fn main() {
    let (texts, cases) = read_cases();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--table") {
        let wanted = arguments.get(at + 1).map_or("", |argument| &argument[..]);
        let cases: Vec<Case> = cases.into_iter().filter(|case| case.name.starts_with(wanted)).collect();
        return table(&texts, &cases);
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut scratch = Scratch::new();
    for case in &cases {
        let program = Program::compile(Pattern::Str(case.pattern), case.flags).expect("a valid pattern");
        let input = texts[case.text].input();
        let sticky = case.flags.contains(Flags::STICKY);
        criterion.bench_function(case.name, |bencher| {
            bencher.iter(|| count_matches(&program, input, sticky, &mut scratch));
        });
    }
    criterion.final_summary();
}
