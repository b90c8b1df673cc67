//! The programs under `examples/` print what stands at their heads, as source and built.

mod common;

use common::{Fixture, Scratch, tvm};

#[test]
fn examples_print_what_they_say() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).expect("the examples can be read") {
        let path = entry.expect("the examples can be read").path();
        let text = std::fs::read_to_string(&path).expect("examples are texts");
        let mut fixture = Fixture::parse(&text);
        fixture.path = path.clone();
        assert!(!fixture.expected.is_empty(), "{} says nothing", path.display());
        let complain = |error: String| panic!("{}: {error}", path.display());
        fixture.compare(&fixture.run(&[])).unwrap_or_else(complain);
        let scratch = Scratch::new();
        let built = scratch.text("example.tvm");
        assert_eq!(tvm(&["build", fixture.path_text(), "-o", &built]).code, 0, "{}", path.display());
        fixture.compare(&tvm(&["run", &built])).unwrap_or_else(complain);
        count += 1;
    }
    assert!(count >= 5);
}
