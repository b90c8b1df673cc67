//! Any bytes as a snapshot: refused. Headers are made good up to the tag, which nobody without the key can make.
#![no_main]

include!("../src_common.rs");

use std::io::{Seek, Write};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tvm_runtime::snapshot::{Trust, restore};

const KEY: [u8; 32] = [7; 32];

/// A good snapshot, to be altered.
fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let options = ProgramOptions {
            limits: Limits { heap_bytes: 64 << 20, ..Limits::default() },
            zeal: Zeal::None,
            test262: false,
            host: Box::new(Nothing::default()),
            tiers: None,
            arguments: Vec::new(),
        };
        let mut program = Program::new(options).unwrap_or_else(|_| panic!("a program can be made"));
        let mut file = scratch();
        program.isolate.write_snapshot(&mut file, &KEY).expect("it can be written");
        file.rewind().expect("it can be read");
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).expect("it can be read");
        bytes
    })
}

fn scratch() -> std::fs::File {
    let path = std::env::temp_dir().join(format!("tvm-fuzz-{}.tvms", std::process::id()));
    let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path);
    let file = file.expect("the temporary directory can be written");
    let _ = std::fs::remove_file(path);
    file
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let content = if how & 1 == 0 {
        rest.to_vec()
    } else {
        // A good one with some bytes altered, all in header and description.
        let mut content = good().to_vec();
        let reach = content.len().min(if how & 2 == 0 { 128 } else { 4096 });
        for change in rest.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % reach;
            content[at] ^= change[2];
        }
        if content == good() {
            return;
        }
        content
    };
    let mut file = scratch();
    file.write_all(&content).expect("it can be written");
    let restored = restore(&file, Trust::Signed(&KEY), None, Box::new(Nothing::default()), None);
    assert!(restored.is_err(), "an altered snapshot was taken");
});
