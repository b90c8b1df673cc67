//! Requests of `fs` carried out: rights first, then the system.
//!
//! Only regular files and directories are opened: a pipe or a terminal could make a program wait past its limits.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cap_std::fs::{DirBuilder, OpenOptions};
use rustix::io::Errno;
use tvm_runtime::base::files::{FileFailure, FileKind, FileReply, FileRequest, FileStat, WriteMode};

use crate::grants::{Door, Grants, Way};

/// The doors to files of a program.
#[derive(Default)]
pub(crate) struct Files {
    read: Arc<Door>,
    write: Door,
    working: PathBuf,
}

type Outcome = Result<FileReply, FileFailure>;

impl Files {
    /// Opens what is granted.
    pub(crate) fn new(grants: &Grants) -> io::Result<Files> {
        let working = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        Ok(Files {
            read: Arc::new(Door::open(&grants.read, &working)?),
            write: Door::open(&grants.write, &working)?,
            working,
        })
    }

    /// The directory that relative paths start from.
    pub(crate) fn working(&self) -> &Path {
        &self.working
    }

    /// The right to read.
    pub(crate) fn read_door(&self) -> &Arc<Door> {
        &self.read
    }

    fn to_read(&self, path: &str) -> Result<Way<'_>, FileFailure> {
        self.read.way(&self.working.join(path)).ok_or_else(|| denied("read", path))
    }

    fn to_write(&self, path: &str) -> Result<Way<'_>, FileFailure> {
        self.write.way(&self.working.join(path)).ok_or_else(|| denied("write", path))
    }

    /// Carries a request out.
    pub(crate) fn carry_out(&self, request: FileRequest<'_>) -> Outcome {
        if let Some(path) = paths(&request).into_iter().find(|path| path.contains('\0')) {
            return Err(system(&Errno::INVAL.into(), path));
        }
        match request {
            FileRequest::Read { path, most } => self.read(path, most),
            FileRequest::Write { path, bytes, how, mode } => self.write(path, bytes, how, mode),
            FileRequest::Stat { path, follow } => {
                done(path, self.to_read(path)?.stat(follow), FileReply::Stat)
            }
            FileRequest::List { path } => done(path, self.to_read(path)?.list(), FileReply::Entries),
            FileRequest::MakeDirectory { path, recursive, mode } => {
                plain(path, self.to_write(path)?.make_directory(recursive, mode))
            }
            FileRequest::RemoveFile { path } => plain(path, self.to_write(path)?.remove_file()),
            FileRequest::RemoveDirectory { path, recursive } => {
                plain(path, self.to_write(path)?.remove_directory(recursive))
            }
            FileRequest::Rename { from, to } => {
                self.to_read(from)?;
                plain(from, rename(&self.to_write(from)?, &self.to_write(to)?))
            }
            FileRequest::Copy { from, to, exclusive, most } => {
                let FileReply::Bytes(bytes) = self.read(from, most)? else { return Ok(FileReply::Done) };
                let mode = match self.to_read(from)?.stat(true) {
                    Ok(stat) => stat.numbers[1] as u32 & 0o777,
                    Err(_) => 0o666,
                };
                self.write(to, &bytes, if exclusive { WriteMode::New } else { WriteMode::Replace }, mode)
            }
            FileRequest::RealPath { path } => done(path, self.to_read(path)?.real_path(), |path| {
                FileReply::Path(path.to_string_lossy().into_owned())
            }),
            FileRequest::ReadLink { path } => done(path, self.to_read(path)?.read_link(), |path| {
                FileReply::Path(path.to_string_lossy().into_owned())
            }),
        }
    }

    fn read(&self, path: &str, most: u64) -> Outcome {
        let file = self.to_read(path)?.open(None, 0);
        let read = |file: io::Result<std::fs::File>| {
            let mut bytes = Vec::new();
            regular(file?)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most { Err(Errno::FBIG.into()) } else { Ok(bytes) }
        };
        done(path, read(file), FileReply::Bytes)
    }

    fn write(&self, path: &str, bytes: &[u8], how: WriteMode, mode: u32) -> Outcome {
        let file = self.to_write(path)?.open(Some(how), mode);
        let write = |file: io::Result<std::fs::File>| regular(file?)?.write_all(bytes);
        plain(path, write(file))
    }
}

/// Refuses what is neither a regular file nor a directory.
fn regular(file: std::fs::File) -> io::Result<std::fs::File> {
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_dir() { Ok(file) } else { Err(Errno::INVAL.into()) }
}

fn paths<'a>(request: &FileRequest<'a>) -> Vec<&'a str> {
    match *request {
        FileRequest::Rename { from, to } | FileRequest::Copy { from, to, .. } => vec![from, to],
        FileRequest::Read { path, .. }
        | FileRequest::Write { path, .. }
        | FileRequest::Stat { path, .. }
        | FileRequest::List { path }
        | FileRequest::MakeDirectory { path, .. }
        | FileRequest::RemoveFile { path }
        | FileRequest::RemoveDirectory { path, .. }
        | FileRequest::RealPath { path }
        | FileRequest::ReadLink { path } => vec![path],
    }
}

/// What metadata says, of the standard library's type or of cap-std's, whose methods have the same names.
macro_rules! facts {
    ($m:ident, $created:expr) => {{
        let time = |seconds: i64, nanoseconds: i64| seconds as f64 * 1e3 + nanoseconds as f64 / 1e6;
        let born = $created.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let changed = time($m.ctime(), $m.ctime_nsec());
        FileStat {
            kind: kind_of($m.is_file(), $m.is_dir(), $m.is_symlink()),
            numbers: [
                $m.dev() as f64,
                f64::from($m.mode()),
                $m.nlink() as f64,
                f64::from($m.uid()),
                f64::from($m.gid()),
                $m.rdev() as f64,
                $m.blksize() as f64,
                $m.ino() as f64,
                $m.size() as f64,
                $m.blocks() as f64,
                time($m.atime(), $m.atime_nsec()),
                time($m.mtime(), $m.mtime_nsec()),
                changed,
                born.map_or(changed, |at| at.as_secs_f64() * 1e3),
            ],
        }
    }};
}

impl Way<'_> {
    /// Opens a file: to read, or to write in some way.
    fn open(&self, how: Option<WriteMode>, mode: u32) -> io::Result<std::fs::File> {
        macro_rules! options {
            ($options:expr) => {{
                let mut options = $options;
                match how {
                    None => options.read(true),
                    Some(WriteMode::Replace) => options.write(true).create(true).truncate(true),
                    Some(WriteMode::New) => options.write(true).create_new(true),
                    Some(WriteMode::Append) => options.create(true).append(true),
                };
                // Nobody waits for the other end of a pipe.
                options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
                if how.is_some() {
                    options.mode(mode);
                }
                options
            }};
        }
        match self {
            Way::Free(path) => {
                use std::os::unix::fs::OpenOptionsExt as _;
                options!(std::fs::OpenOptions::new()).open(path)
            }
            Way::Beneath(directory, path, _) => {
                use cap_std::fs::OpenOptionsExt as _;
                directory.open_with(path, &options!(OpenOptions::new())).map(cap_std::fs::File::into_std)
            }
        }
    }

    fn stat(&self, follow: bool) -> io::Result<FileStat> {
        match self {
            Way::Free(path) => {
                use std::os::unix::fs::MetadataExt as _;
                let m = if follow { std::fs::metadata(path)? } else { std::fs::symlink_metadata(path)? };
                Ok(facts!(m, m.created().ok()))
            }
            Way::Beneath(directory, path, _) => {
                use cap_std::fs::MetadataExt as _;
                let m = if follow { directory.metadata(path)? } else { directory.symlink_metadata(path)? };
                Ok(facts!(m, m.created().ok().map(cap_std::time::SystemTime::into_std)))
            }
        }
    }

    fn list(&self) -> io::Result<Vec<(String, FileKind)>> {
        macro_rules! entries {
            ($directory:expr) => {
                $directory.map(|entry| {
                    let entry = entry?;
                    let kind = entry.file_type()?;
                    let kind = kind_of(kind.is_file(), kind.is_dir(), kind.is_symlink());
                    Ok((entry.file_name().to_string_lossy().into_owned(), kind))
                })
            };
        }
        let mut entries = match self {
            Way::Free(path) => entries!(std::fs::read_dir(path)?).collect::<io::Result<Vec<_>>>()?,
            Way::Beneath(directory, path, _) => {
                entries!(directory.read_dir(path)?).collect::<io::Result<Vec<_>>>()?
            }
        };
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    fn make_directory(&self, recursive: bool, mode: u32) -> io::Result<()> {
        match self {
            Way::Free(path) => {
                use std::os::unix::fs::DirBuilderExt as _;
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(recursive).mode(mode);
                builder.create(path)
            }
            Way::Beneath(directory, path, _) => {
                use cap_std::fs::DirBuilderExt as _;
                if recursive && path == Path::new(".") {
                    return Ok(());
                }
                let mut builder = DirBuilder::new();
                builder.recursive(recursive).mode(mode);
                directory.create_dir_with(path, &builder)
            }
        }
    }

    fn remove_file(&self) -> io::Result<()> {
        match self {
            Way::Free(path) => std::fs::remove_file(path),
            Way::Beneath(directory, path, _) => directory.remove_file(path),
        }
    }

    fn remove_directory(&self, recursive: bool) -> io::Result<()> {
        match (self, recursive) {
            // What was granted itself stays: it belongs to the directory above.
            (Way::Beneath(_, path, _), _) if path == Path::new(".") => Err(Errno::BUSY.into()),
            (Way::Free(path), false) => std::fs::remove_dir(path),
            (Way::Free(path), true) => std::fs::remove_dir_all(path),
            (Way::Beneath(directory, path, _), false) => directory.remove_dir(path),
            (Way::Beneath(directory, path, _), true) => directory.remove_dir_all(path),
        }
    }

    fn real_path(&self) -> io::Result<PathBuf> {
        match self {
            Way::Free(path) => std::fs::canonicalize(path),
            Way::Beneath(_, path, real) if path == Path::new(".") => Ok((*real).to_owned()),
            Way::Beneath(directory, path, real) => directory.canonicalize(path).map(|path| real.join(path)),
        }
    }

    fn read_link(&self) -> io::Result<PathBuf> {
        match self {
            Way::Free(path) => std::fs::read_link(path),
            Way::Beneath(directory, path, _) => directory.read_link_contents(path),
        }
    }
}

fn rename(from: &Way<'_>, to: &Way<'_>) -> io::Result<()> {
    match (from, to) {
        (Way::Beneath(a, from, _), Way::Beneath(b, to, _)) => a.rename(from, b, to),
        (Way::Free(from), Way::Free(to)) => std::fs::rename(from, to),
        // One door opens both: either all is granted or what lies beneath directories.
        _ => Err(Errno::XDEV.into()),
    }
}

fn kind_of(file: bool, directory: bool, link: bool) -> FileKind {
    match (file, directory, link) {
        (_, _, true) => FileKind::Link,
        (true, ..) => FileKind::File,
        (_, true, _) => FileKind::Directory,
        _ => FileKind::Other,
    }
}

fn denied(right: &str, path: &str) -> FileFailure {
    FileFailure::Denied(denial(right, path))
}

/// What a program is told that lacks a right.
pub(crate) fn denial(right: &str, path: &str) -> String {
    format!("requires {right} access to \"{path}\": run again with --allow-{right}={path}")
}

fn plain(path: &str, outcome: io::Result<()>) -> Outcome {
    done(path, outcome, |()| FileReply::Done)
}

fn done<T>(path: &str, outcome: io::Result<T>, reply: impl FnOnce(T) -> FileReply) -> Outcome {
    outcome.map(reply).map_err(|error| system(&error, path))
}

/// Names and meanings of errors, as libuv has them.
const ERRORS: &[(Errno, &str, &str)] = &[
    (Errno::PERM, "EPERM", "operation not permitted"),
    (Errno::NOENT, "ENOENT", "no such file or directory"),
    (Errno::IO, "EIO", "i/o error"),
    (Errno::ACCESS, "EACCES", "permission denied"),
    (Errno::BUSY, "EBUSY", "resource busy or locked"),
    (Errno::EXIST, "EEXIST", "file already exists"),
    (Errno::XDEV, "EXDEV", "cross-device link not permitted"),
    (Errno::NOTDIR, "ENOTDIR", "not a directory"),
    (Errno::ISDIR, "EISDIR", "illegal operation on a directory"),
    (Errno::INVAL, "EINVAL", "invalid argument"),
    (Errno::MFILE, "EMFILE", "too many open files"),
    (Errno::TXTBSY, "ETXTBSY", "text file is busy"),
    (Errno::FBIG, "EFBIG", "file too large"),
    (Errno::NOSPC, "ENOSPC", "no space left on device"),
    (Errno::ROFS, "EROFS", "read-only file system"),
    (Errno::MLINK, "EMLINK", "too many links"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG", "name too long"),
    (Errno::NOTEMPTY, "ENOTEMPTY", "directory not empty"),
    (Errno::LOOP, "ELOOP", "too many symbolic links encountered"),
];

fn system(error: &io::Error, path: &str) -> FileFailure {
    let Some(number) = error.raw_os_error() else {
        // What is beneath a granted directory by its text, and is not.
        return FileFailure::Denied(format!(
            "access to \"{path}\" leads out of what was granted, by a symbolic link: {error}"
        ));
    };
    let known = ERRORS.iter().find(|(errno, ..)| errno.raw_os_error() == number);
    let (code, message) = match known {
        Some((_, code, message)) => ((*code).to_owned(), (*message).to_owned()),
        None => (format!("E{number}"), error.to_string()),
    };
    FileFailure::System { code, errno: -number, message }
}
