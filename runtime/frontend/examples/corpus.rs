//! Compiles every file under a directory and tells what fails.
use std::sync::Arc;
use tvm_frontend::*;
fn main() {
    let mut files = Vec::new();
    for root in std::env::args().skip(1) {
        walk(std::path::Path::new(&root), &mut files);
    }
    let (mut ok, mut rejected, mut bad, mut wrong) = (0, 0, 0, 0);
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let meta = text.split("---*/").next().unwrap_or("");
        let module = meta.contains("flags: [")
            && meta.split("flags: [").nth(1).unwrap().split(']').next().unwrap().contains("module");
        let negative = meta.contains("negative:") && meta.contains("phase: parse");
        for strict in [false, true] {
            if strict && (module || meta.contains("noStrict") || meta.contains("raw")) {
                continue;
            }
            if !strict && meta.contains("onlyStrict") {
                continue;
            }
            let mut o = Options::new("t.js", if module { Goal::Module } else { Goal::Script });
            o.strict = strict;
            let src = if strict { format!("'use strict';\n{text}") } else { text.clone() };
            o.typescript = path.extension().is_some_and(|e| e == "ts");
            match std::panic::catch_unwind(|| compile(&src, &o)) {
                Err(_) => {
                    bad += 1;
                    println!("PANIC {}", path.display());
                }
                Ok(Err(e)) => {
                    rejected += 1;
                    if !negative {
                        wrong += 1;
                        println!("REJECT {} {e}", path.display());
                    }
                }
                Ok(Ok(data)) => {
                    if negative {
                        wrong += 1;
                        println!("ACCEPT {}", path.display());
                    }
                    let bytes = data.encode().unwrap();
                    let unit = tvm_bytecode::Unit::parse(Arc::new(bytes)).unwrap();
                    match tvm_bytecode::verify::verify(unit, tvm_bytecode::verify::Origin::Guest) {
                        Ok(_) => ok += 1,
                        Err(e) => {
                            bad += 1;
                            println!("VERIFY {} {e}", path.display());
                        }
                    }
                }
            }
        }
    }
    println!("{ok} ok, {rejected} rejected, {bad} bad, {wrong} wrong");
}
fn walk(p: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    if p.is_dir() {
        for e in std::fs::read_dir(p).unwrap() {
            walk(&e.unwrap().path(), out)
        }
    } else if p.extension().is_some_and(|e| e == "js" || e == "ts")
        && !p.to_string_lossy().contains("_FIXTURE")
    {
        out.push(p.into())
    }
}
