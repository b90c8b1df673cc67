//! Paths of modules: what a specifier means as seen from a file, and which files it may stand for.

use std::path::{Component, Path, PathBuf};

/// Whether a specifier is a path, not a package's name.
pub fn is_path(specifier: &str) -> bool {
    specifier.starts_with("./") || specifier.starts_with("../") || specifier.starts_with('/')
}

/// The path that a specifier means, as seen from a file.
pub fn full(specifier: &str, referrer: &str) -> PathBuf {
    let base = Path::new(referrer).parent().unwrap_or(Path::new("."));
    without_dots(&base.join(specifier))
}

/// The files that a path may stand for, in the order that they are tried in: extensions may be left out.
pub fn candidates(path: &Path) -> impl Iterator<Item = PathBuf> {
    std::iter::once(path.to_owned())
        .chain(["ts", "mts", "js", "mjs", "json"].iter().map(|extension| with_suffix(path, extension)))
        .chain(path.extension().is_some_and(|e| e == "js").then(|| path.with_extension("ts")))
        .chain(["index.ts", "index.js"].iter().map(|index| path.join(index)))
}

/// A path without `.`, and without `..` where a name stands before it.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn with_suffix(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
