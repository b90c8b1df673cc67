//! Bytecode of small programs, as text. `TVM_BLESS=1` writes it anew; the diff is to be read.

use std::path::Path;

use tvm_bytecode::text;
use tvm_frontend::{Goal, Options};

#[test]
fn bytecode_is_as_it_was() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bytecode");
    let bless = std::env::var_os("TVM_BLESS").is_some();
    let mut count = 0;
    for entry in std::fs::read_dir(&directory).expect("the goldens can be read") {
        let path = entry.expect("the goldens can be read").path();
        let goal = match path.extension().and_then(|e| e.to_str()) {
            Some("js") => Goal::Script,
            Some("mjs") => Goal::Module,
            _ => continue,
        };
        let source = std::fs::read_to_string(&path).expect("goldens are texts");
        let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
        let options = Options { keep_source: false, ..Options::new(&name, goal) };
        let unit =
            tvm_frontend::compile(&source, &options).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let printed = text::print(&unit);
        let golden = path.with_extension("tvma");
        if bless {
            std::fs::write(&golden, &printed).expect("the golden can be written");
        }
        let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
        let differs = (1..).zip(printed.lines().zip(wanted.lines())).find(|(_, (a, b))| a != b);
        if let Some((line, (now, before))) = differs {
            panic!("{name}, line {line}:\n  was {before}\n  is  {now}\nTVM_BLESS=1 takes it over");
        }
        assert_eq!(printed, wanted, "{name}: one is longer");
        count += 1;
    }
    assert!(count >= 5);
}
