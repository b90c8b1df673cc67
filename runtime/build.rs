//! Compiles tvm's own library (`src/library/*.js`) to bytecode, and numbers its functions.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use tvm_frontend::{Goal, LibraryNames, Options};

/// Names of a table that the crate reads as Rust.
macro_rules! intrinsics {
    ($($name:ident $(=> $($path:ident)::+)?),* $(,)?) => { &[$(stringify!($name)),*] };
}

const INTRINSICS: &[&str] = include!("src/builtins/intrinsics.in");
const REALM: &[&str] = include!("src/object/realm.in");

fn main() {
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let files = sources(Path::new("src/library"));
    let nodes = sources(Path::new("src/node"));
    let mut source = String::new();
    let mut starts = Vec::new();
    for file in &files {
        starts.push((source.lines().count(), file.clone()));
        source.push_str(&fs::read_to_string(file).expect("a library source"));
        source.push('\n');
    }
    let mut modules = Vec::new();
    for file in &nodes {
        let text = fs::read_to_string(file).expect("a module's source");
        let listed = text.lines().filter_map(|line| line.strip_prefix("// exports: "));
        let mut exports: Vec<String> = listed.flat_map(str::split_whitespace).map(str::to_owned).collect();
        if exports.is_empty() {
            exports = tvm_frontend::common_js_exports(&text)
                .unwrap_or_else(|error| panic!("{}:{}: {}", file.display(), error.line, error.message));
        }
        let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a file's name").to_owned();
        // The line that opens the function is not the file's.
        starts.push((source.lines().count() + 1, file.clone()));
        let prefix = tvm_frontend::NODE_PREFIX;
        let _ = write!(source, "function {prefix}{stem}(exports, require, module) {{\n{text}\n}}\n");
        modules.push((stem, exports));
    }
    for watched in
        ["src/library", "src/node", "src/builtins/intrinsics.in", "src/object/realm.in", "build.rs"]
    {
        println!("cargo::rerun-if-changed={watched}");
    }
    match compile(&source) {
        Ok((names, bytes)) => {
            fs::write(out.join("library.tvm"), bytes).expect("writing the library");
            fs::write(out.join("library.rs"), constants(&names) + &node_modules(&modules))
                .expect("writing the numbers");
        }
        Err((line, message)) => {
            let (start, file) = starts.iter().rev().find(|(start, _)| *start < line.max(1)).expect("a file");
            panic!("{}:{}: {message}", file.display(), line - start);
        }
    }
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the library's directory");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "js"));
    files.sort();
    files
}

fn compile(source: &str) -> Result<(Vec<String>, Vec<u8>), (usize, String)> {
    let failed = |error: tvm_frontend::CompileError| (error.line as usize, error.message.clone());
    let functions = tvm_frontend::library_functions(source).map_err(failed)?;
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let names = LibraryNames { functions, intrinsics: strings(INTRINSICS), realm: strings(REALM) };
    let options =
        Options { keep_source: false, strict: true, ..Options::new("tvm:library", Goal::Library(&names)) };
    let data = tvm_frontend::compile(source, &options).map_err(failed)?;
    let bytes = data.encode().map_err(|error| (1, error.to_string()))?;
    let unit = tvm_bytecode::Unit::parse(std::sync::Arc::new(bytes.clone()))
        .map_err(|error| (1, error.to_string()))?;
    tvm_bytecode::verify::verify(unit, tvm_bytecode::verify::Origin::Library)
        .map_err(|error| (1, error.to_string()))?;
    Ok((names.functions, bytes))
}

fn constants(names: &[String]) -> String {
    let mut text = String::from(
        "/// Numbers of the library's functions.\n#[allow(non_upper_case_globals, missing_docs, dead_code)]\npub mod lib {\n",
    );
    for (number, name) in names.iter().enumerate() {
        let _ = writeln!(text, "    pub const {name}: u32 = {number};");
    }
    text.push_str("}\n");
    text
}

/// The table of modules: name, function, exports. The first `_` in a file's name stands for `/`.
fn node_modules(modules: &[(String, Vec<String>)]) -> String {
    let mut text = String::from(
        "/// Node's modules that the library has.\npub static NODE_MODULES: &[crate::builtins::modules::NodeModule] = &[\n",
    );
    for (stem, exports) in modules {
        // Internal ones have one directory only.
        let name = stem.replacen('_', "/", 1);
        let prefix = tvm_frontend::NODE_PREFIX;
        let _ = writeln!(
            text,
            "    crate::builtins::modules::NodeModule {{ name: {name:?}, function: lib::{prefix}{stem}, exports: &{exports:?} }},"
        );
    }
    text.push_str("];\n");
    text
}
