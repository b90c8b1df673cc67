//! The bytecode law by example: every `.tvma` file in `tests/verifier` is accepted or refused as its first lines say.
//!
//! `; ok` asks for acceptance, `; error: TEXT` for an error that contains TEXT, `; origin: library` for tvm's own
//! rights. A refused file is named for its rule (`r20_...`), and every rule has one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tvm_bytecode::verify::{Origin, verify};
use tvm_bytecode::{Unit, text};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier")
}

/// Names and texts of all fixtures, in order.
fn fixtures() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("the fixtures' folder") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_string();
        assert_eq!(path.extension().and_then(|e| e.to_str()), Some("tvma"), "{name} is no fixture");
        all.push((name, std::fs::read_to_string(&path).expect("a readable fixture")));
    }
    all.sort();
    all
}

fn directive<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let comments = source.lines().map_while(|line| line.strip_prefix("; "));
    comments.filter_map(|line| line.strip_prefix(name)).map(str::trim).next()
}

fn outcome(name: &str, source: &str) -> Result<(), String> {
    let data = text::parse(source).unwrap_or_else(|error| panic!("{name}:{error}"));
    let printed = text::print(&data);
    assert_eq!(text::parse(&printed).as_ref(), Ok(&data), "{name} does not survive printing");
    let bytes = data.encode().unwrap_or_else(|error| panic!("{name}: {error}"));
    let unit = Unit::parse(Arc::new(bytes)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let origin = if directive(source, "origin: library").is_some() { Origin::Library } else { Origin::Guest };
    verify(unit, origin).map(drop).map_err(|error| error.to_string())
}

fn check(name: &str, source: &str) -> Result<(), String> {
    let result = outcome(name, source);
    match (directive(source, "ok"), directive(source, "error:"), result) {
        (Some(_), None, Ok(())) => Ok(()),
        (None, Some(expected), Err(error)) if error.contains(expected) => {
            let rule = expected.split([':', ' ']).next().unwrap_or("").to_lowercase();
            let named = name.split('_').next().is_some_and(|start| start == format!("r{:0>2}", &rule[1..]));
            if named { Ok(()) } else { Err(format!("is not named for {rule}")) }
        }
        (_, _, Ok(())) => Err("was accepted".into()),
        (_, _, Err(error)) => Err(format!("was refused: {error}")),
    }
}

#[test]
fn fixtures_are_judged_as_they_say() {
    let wrong: Vec<String> = fixtures()
        .iter()
        .filter_map(|(name, source)| check(name, source).err().map(|error| format!("{name}: {error}")))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_fixture() {
    let rules: Vec<String> = include_str!("../src/verify/mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! - R"))
        .map(|line| line.chars().take_while(char::is_ascii_digit).collect())
        .collect();
    assert!(rules.len() > 20);
    let names: Vec<String> = fixtures().into_iter().map(|(name, _)| name).collect();
    for rule in rules {
        let start = format!("r{rule:0>2}_");
        assert!(names.iter().any(|name| name.starts_with(&start)), "R{rule} has no fixture {start}*.tvma");
    }
    assert!(names.iter().filter(|name| name.starts_with("ok_")).count() >= 5);
}
