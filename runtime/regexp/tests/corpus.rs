//! Patterns, texts and what they give, as files under `tests/corpus`.
//!
//! A line that begins with `/` sets a pattern: flags, tab, pattern. A line
//! that begins with `=` matches it: start, tab, text, tab, the groups as
//! `start-end`, `-` for one that took no part, or `none`. A line that begins
//! with `!` holds a pattern to refuse: flags, tab, pattern, tab, message. `~`
//! and four digits stand for a code unit; `#` begins a comment.
//!
//! `TVM_REGEXP_CORPUS=file` adds a file, for larger comparisons.

use tvm_regexp::{Flags, Input, Pattern, Program, Scratch, Unlimited};

fn decode(text: &str) -> Vec<u16> {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '~' {
            units.push(u16::from_str_radix(&rest[1..5], 16).expect("four digits after a tilde"));
            rest = &rest[5..];
        } else {
            units.extend(character.encode_utf16(&mut [0; 2]).iter());
            rest = &rest[character.len_utf8()..];
        }
    }
    units
}

fn groups_of(scratch: &Scratch) -> String {
    let group = |capture: Option<(usize, usize)>| {
        capture.map_or_else(|| "-".to_owned(), |(start, end)| format!("{start}-{end}"))
    };
    scratch.captures().map(group).collect::<Vec<_>>().join(" ")
}

fn run(program: &Program, input: Input<'_>, start: usize, sticky: bool, scratch: &mut Scratch) -> String {
    match program.exec(input, start, sticky, scratch, &mut Unlimited) {
        Ok(true) => groups_of(scratch),
        Ok(false) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[derive(Default)]
struct Checker {
    pattern: Option<(Program, Flags, String)>,
    scratch: Scratch,
    checked: usize,
    failures: Vec<String>,
    /// Refused patterns whose message differs; counted, not failed.
    messages: Vec<String>,
}

impl Checker {
    fn fail(&mut self, line: &str, got: &str) {
        let pattern = self.pattern.as_ref().map_or("", |pattern| &pattern.2);
        self.failures.push(format!("{pattern}\n  {line}\n  got {got}"));
    }

    fn line(&mut self, line: &str) {
        let mut fields = line[1..].split('\t');
        let mut field = || fields.next().unwrap_or_default();
        match &line[..1] {
            "/" => {
                let (letters, pattern) = (field(), decode(field()));
                let flags = Flags::parse(letters.chars()).expect("known flags");
                let compiled = Program::compile(Pattern::Utf16(&pattern), flags);
                self.pattern = None;
                match compiled {
                    Ok(program) => self.pattern = Some((program, flags, line.to_owned())),
                    Err(error) => self.fail(line, &error.to_string()),
                }
            }
            "=" => {
                let (start, text, expected) = (field().parse().expect("a number"), decode(field()), field());
                self.check(line, &text, start, expected);
            }
            "!" => {
                let (letters, pattern, message) = (field(), decode(field()), field());
                let flags = Flags::parse(letters.chars()).expect("known flags");
                self.checked += 1;
                self.pattern = None;
                match Program::compile(Pattern::Utf16(&pattern), flags) {
                    Ok(_) => self.fail(line, "accepted"),
                    Err(error) if error.message != message => {
                        self.messages.push(format!("{line} // {error}"))
                    }
                    Err(_) => {}
                }
            }
            "#" => {}
            _ => panic!("unknown line {line}"),
        }
    }

    fn check(&mut self, line: &str, text: &[u16], start: usize, expected: &str) {
        let Some((program, flags, _)) = &self.pattern else { return };
        let sticky = flags.contains(Flags::STICKY);
        let wide = run(program, Input::Utf16(text), start, sticky, &mut self.scratch);
        let bytes: Result<Vec<u8>, _> = text.iter().map(|&unit| u8::try_from(unit)).collect();
        let narrow = bytes.map(|bytes| run(program, Input::Latin1(&bytes), start, sticky, &mut self.scratch));
        self.checked += 1;
        if wide != expected {
            self.fail(line, &wide);
        }
        if let Some(narrow) = narrow.ok().filter(|narrow| narrow != expected) {
            self.fail(line, &format!("{narrow} (Latin-1)"));
        }
    }
}

fn check_file(path: &std::path::Path) -> Checker {
    let text = std::fs::read_to_string(path).expect("a readable corpus file");
    let mut checker = Checker::default();
    text.lines().filter(|line| !line.is_empty()).for_each(|line| checker.line(line));
    println!(
        "{}: {} checked, {} failed, {} other messages",
        path.display(),
        checker.checked,
        checker.failures.len(),
        checker.messages.len()
    );
    checker
}

#[test]
fn corpus() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files.extend(std::env::var_os("TVM_REGEXP_CORPUS").map(Into::into));
    let mut failures = Vec::new();
    for file in files {
        let checker = check_file(&file);
        checker.messages.iter().take(40).for_each(|message| println!("{message}"));
        failures.extend(checker.failures);
    }
    failures.iter().take(50).for_each(|failure| println!("{failure}"));
    assert!(failures.is_empty(), "{} cases failed", failures.len());
}
