//! A whole program as one unit: the module graph, compiled and merged.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use tvm_bytecode::UnitData;
use tvm_bytecode::data::{EntryKind, ModuleKind, NONE, RequestData};
use tvm_bytecode::merge::Merger;
use tvm_frontend::{Goal, Options};
use tvm_runtime::base::vm::{Host, ModuleText, ModuleUse};
use tvm_runtime::builtins::modules::node_module;

use crate::compiler::failure;
use crate::host::is_typescript;
use crate::program::{self, SourceKind, StartError};
use crate::{Grants, SystemHost};

/// What goes into a file besides the code.
#[derive(Clone, Debug, Default)]
pub struct BundleOptions {
    /// The program's name.
    pub name: Option<String>,
    /// The program's version.
    pub version: Option<String>,
    /// Leave the source texts out: no code frames, no `toString` of functions.
    pub strip: bool,
    /// Capabilities that the program wants.
    pub capabilities: Vec<String>,
}

/// Compiles a file and all modules that it leads to.
pub fn bundle(path: &Path, kind: SourceKind, options: &BundleOptions) -> Result<UnitData, StartError> {
    let full = program::full_path(path);
    let mut bundler = Bundler {
        merger: Merger::default(),
        known: HashMap::new(),
        host: reader(full.parent().unwrap_or(Path::new("/")))?,
        strip: options.strip,
        root: full.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let bytes = std::fs::read(&full)
        .map_err(|error| StartError::Other(format!("cannot read {}: {error}", path.display())))?;
    program::refuse_binary(&bytes)
        .map_err(|what| StartError::Other(format!("cannot read {}: {what}", path.display())))?;
    let source = String::from_utf8_lossy(&bytes).into_owned();
    let main = bundler.compile(&source, &full, kind)?;
    bundler.add(main, full)?;
    let mut merger = bundler.merger;
    let hash = source_hash(&bytes);
    merger.meta(tvm_bytecode::data::meta_key::PRODUCER, concat!("tvm ", env!("CARGO_PKG_VERSION")));
    merger.meta("source-hash", &hash);
    for (key, value) in [("name", &options.name), ("version", &options.version)] {
        if let Some(value) = value {
            merger.meta(key, value);
        }
    }
    for capability in &options.capabilities {
        merger.meta("capability", capability);
    }
    Ok(merger.finish())
}

/// A host that reads whatever the program leads to: who builds it is not the program.
fn reader(directory: &Path) -> Result<SystemHost, StartError> {
    let mut host =
        SystemHost::granting(&Grants::all()).map_err(|error| StartError::Other(error.to_string()))?;
    host.begin_program(&directory.to_string_lossy());
    Ok(host)
}

/// BLAKE3 of a source text, in hexadecimal.
fn source_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

struct Bundler {
    merger: Merger,
    /// Modules by name and attribute.
    known: HashMap<(String, Option<String>), u32>,
    host: SystemHost,
    strip: bool,
    /// The main file's directory. Names in the unit are relative to it: where the sources lie does not show.
    root: PathBuf,
}

impl Bundler {
    /// A file's name in the unit.
    fn name(&self, path: &Path) -> String {
        relative(path, &self.root).to_string_lossy().into_owned()
    }

    fn compile(&self, source: &str, path: &Path, kind: SourceKind) -> Result<UnitData, StartError> {
        let name = self.name(path);
        let attempt = |goal: Goal<'_>| {
            let strict = matches!(goal, Goal::Module);
            let options = Options {
                strict,
                typescript: is_typescript(path),
                keep_source: !self.strip,
                ..Options::new(&name, goal)
            };
            tvm_frontend::compile(source, &options).map_err(|error| failure(&error))
        };
        let compiled = program::by_kind(source, path, kind, |kind| {
            attempt(match kind {
                SourceKind::Module => Goal::Module,
                SourceKind::CommonJs => Goal::CommonJs,
                _ => Goal::Script,
            })
        });
        compiled.map_err(|failure| StartError::Compile {
            name: path.to_string_lossy().into_owned(),
            failure,
            source: source.to_owned(),
        })
    }

    /// Adds a compiled file and, by a work list, everything that it requests.
    fn add(&mut self, main: UnitData, path: PathBuf) -> Result<(), StartError> {
        let is_module = main.entry_kind == EntryKind::Module;
        let mut pending = vec![(main, path)];
        let mut first = true;
        let mut waiting: Vec<(u32, usize, (String, Option<String>))> = Vec::new();
        while let Some((unit, path)) = pending.pop() {
            let name = path.to_string_lossy().into_owned();
            let (by, requests) = requests_of(&unit);
            let number = self.merger.add(unit);
            if first && is_module {
                self.known.insert((name.clone(), None), number);
            }
            first = false;
            for (request, specifier, attribute) in requests {
                if node_module(&specifier).is_some() {
                    continue;
                }
                let other = match self.host.resolve_module(&specifier, &name, by) {
                    Ok(other) => other,
                    // What is required may be wanted in some places only: it is looked for again when it runs.
                    Err(_) if by == ModuleUse::Require => continue,
                    Err(failure) => return Err(StartError::Other(failure.message)),
                };
                let is_json = by == ModuleUse::Require && other.ends_with(".json");
                let attribute = if is_json { Some("json".to_owned()) } else { attribute };
                let key = (other.clone(), attribute.clone());
                waiting.push((number, request, key.clone()));
                if self.known.contains_key(&key) {
                    continue;
                }
                let loaded = self
                    .host
                    .load_module(&other, attribute.as_deref(), by)
                    .map_err(|failure| StartError::Other(failure.message))?;
                let shown = self.name(Path::new(&other));
                let place = match loaded {
                    ModuleText::Json(text) => self.merger.add_text_module(&shown, ModuleKind::Json, &text),
                    ModuleText::Text(text) => self.merger.add_text_module(&shown, ModuleKind::Text, &text),
                    ModuleText::Source { text, .. } => {
                        let path = PathBuf::from(&other);
                        let unit = self.compile(&text, &path, SourceKind::Guess)?;
                        // Its number is known once it is added: it is the next of its kind.
                        self.known.insert(key.clone(), NONE);
                        pending.push((unit, path));
                        continue;
                    }
                    ModuleText::Unit(_) => {
                        let message = format!("{other} is bytecode: a bundle is made of source texts");
                        return Err(StartError::Other(message));
                    }
                };
                self.known.insert(key, place);
            }
            if !name.is_empty() {
                self.known.entry((name, None)).and_modify(|place| *place = number).or_insert(number);
            }
        }
        for (module, request, key) in waiting {
            if let Some(&to) = self.known.get(&key) {
                self.merger.resolve(module, request, to);
            }
        }
        Ok(())
    }
}

/// What a unit's first module requests, and how: place, specifier, attribute.
fn requests_of(unit: &UnitData) -> (ModuleUse, Vec<(usize, String, Option<String>)>) {
    let Some(module) = unit.modules.first() else { return (ModuleUse::Import, Vec::new()) };
    let text = |id: u32| unit.strings[id as usize].to_string();
    let request = |(i, request): (usize, &RequestData)| {
        let attribute = (request.attribute != NONE).then(|| text(request.attribute));
        (i, text(request.specifier), attribute)
    };
    let by = if module.kind == ModuleKind::CommonJs { ModuleUse::Require } else { ModuleUse::Import };
    (by, module.requests.iter().enumerate().map(request).collect())
}

/// A path as seen from a directory; both are absolute.
fn relative(path: &Path, directory: &Path) -> PathBuf {
    let shared = path.components().zip(directory.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_a_directory() {
        let seen = |path: &str| relative(Path::new(path), Path::new("/a/b")).to_string_lossy().into_owned();
        assert_eq!(seen("/a/b/c.js"), "c.js");
        assert_eq!(seen("/a/b/c/d.js"), "c/d.js");
        assert_eq!(seen("/a/x.js"), "../x.js");
        assert_eq!(seen("/x/b/c.js"), "../../x/b/c.js");
    }
}
