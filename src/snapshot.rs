//! Snapshot files: written whole or not at all, signed by this installation, and not read twice where they have not
//! changed since.
//!
//! The installation's key and the list of files it wrote lie in its state directory (`$TVM_STATE_DIR`, else
//! `$XDG_STATE_HOME/tvm`, else `~/.local/state/tvm`), readable by its user alone. A file on the list whose device,
//! number, size and times are still the same is resumed without computing its checksum.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tvm_runtime::base::vm::{Host, Limits};
use tvm_runtime::heap::Isolate;
use tvm_runtime::snapshot::{self, RestoreError, Trust};

use crate::compiler::Compiler;

/// Files that the list keeps; the oldest are forgotten.
const LISTED: usize = 1000;

fn state_directory() -> std::io::Result<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = from("TVM_STATE_DIR")
        .or_else(|| from("XDG_STATE_HOME").map(|base| base.join("tvm")))
        .or_else(|| from("HOME").map(|home| home.join(".local/state/tvm")))
        .ok_or_else(|| std::io::Error::other("no directory for tvm's state: set TVM_STATE_DIR"))?;
    fs::create_dir_all(&directory)?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))?;
    Ok(directory)
}

/// The installation's key, made at its first use.
fn key() -> std::io::Result<[u8; 32]> {
    let path = state_directory()?.join("key");
    let mut key = [0u8; 32];
    for _ in 0..2 {
        if let Ok(mut file) = File::open(&path) {
            file.read_exact(&mut key)?;
            return Ok(key);
        }
        let mut filled = 0;
        while filled < key.len() {
            filled += rustix::rand::getrandom(&mut key[filled..], rustix::rand::GetRandomFlags::empty())?;
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => file.write_all(&key)?,
            // Another process was quicker: its key counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other(format!("cannot read {}", path.display())))
}

/// What tells whether a file is still the one that was written.
fn identity(file: &File) -> std::io::Result<String> {
    let m = file.metadata()?;
    Ok(format!(
        "{} {} {} {}.{} {}.{}",
        m.dev(),
        m.ino(),
        m.size(),
        m.mtime(),
        m.mtime_nsec(),
        m.ctime(),
        m.ctime_nsec()
    ))
}

fn is_listed(file: &File) -> std::io::Result<bool> {
    let wanted = identity(file)?;
    let list = fs::read_to_string(state_directory()?.join("written")).unwrap_or_default();
    Ok(list.lines().any(|line| line == wanted))
}

fn list(file: &File) -> std::io::Result<()> {
    let path = state_directory()?.join("written");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<&str> = old.lines().collect();
    let own = identity(file)?;
    lines.push(&own);
    let kept = &lines[lines.len().saturating_sub(LISTED)..];
    replace(&path, |out| out.write_all((kept.join("\n") + "\n").as_bytes())).map(drop)
}

/// Writes a file under a temporary name beside its place, syncs and renames it.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> std::io::Result<File> {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| std::io::Error::other("a file name is missing"))?;
    let temporary = directory.join(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let written = write(&mut file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    // The rename itself must reach the disk too.
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(file)
}

/// Writes an isolate that stands at a safepoint, or has nothing to do, to a file.
pub fn write(isolate: &mut Isolate, path: &Path) -> std::io::Result<()> {
    let key = key()?;
    let file = replace(path, |out| isolate.write_snapshot(out, &key))?;
    list(&file)
}

/// Resumes a file.
pub fn resume(path: &Path, limits: Option<Limits>, host: Box<dyn Host>) -> Result<Isolate, RestoreError> {
    let file = File::open(path).map_err(RestoreError::Io)?;
    let key = key().map_err(RestoreError::Io)?;
    let trust = if is_listed(&file).unwrap_or(false) { Trust::Unchanged(&key) } else { Trust::Signed(&key) };
    snapshot::restore(&file, trust, limits, host, Some(Arc::new(Compiler)))
}
