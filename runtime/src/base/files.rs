//! What a program asks of files, and what it is told: the form in which `fs` goes through the [`Host`](super::vm::Host).

/// One request. Paths are as the program gave them.
#[derive(Clone, Copy, Debug)]
pub enum FileRequest<'a> {
    /// The whole content.
    Read {
        /// The file.
        path: &'a str,
        /// Most bytes that are taken; a larger file is an error.
        most: u64,
    },
    /// Replaces the content, or adds to it.
    Write {
        /// The file.
        path: &'a str,
        /// What is written.
        bytes: &'a [u8],
        /// How the file is opened.
        how: WriteMode,
        /// Permissions of a file that is made.
        mode: u32,
    },
    /// Facts about what a path leads to.
    Stat {
        /// The path.
        path: &'a str,
        /// Whether a symbolic link at its end is followed.
        follow: bool,
    },
    /// Names in a directory.
    List {
        /// The directory.
        path: &'a str,
    },
    /// A new directory.
    MakeDirectory {
        /// Its path.
        path: &'a str,
        /// Whether those above it are made too, and one that exists is no error.
        recursive: bool,
        /// Its permissions.
        mode: u32,
    },
    /// Takes a file or symbolic link away.
    RemoveFile {
        /// Its path.
        path: &'a str,
    },
    /// Takes a directory away.
    RemoveDirectory {
        /// Its path.
        path: &'a str,
        /// Whether with all that it holds.
        recursive: bool,
    },
    /// Moves.
    Rename {
        /// From here.
        from: &'a str,
        /// To there.
        to: &'a str,
    },
    /// Copies a file.
    Copy {
        /// From here.
        from: &'a str,
        /// To there.
        to: &'a str,
        /// Whether a file that is there already is an error.
        exclusive: bool,
        /// Most bytes that are taken; a larger file is an error.
        most: u64,
    },
    /// The path without symbolic links.
    RealPath {
        /// The path.
        path: &'a str,
    },
    /// What a symbolic link says.
    ReadLink {
        /// The link.
        path: &'a str,
    },
}

/// How a file is opened for writing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteMode {
    /// Made where there is none, emptied otherwise.
    Replace,
    /// As `Replace`; one that exists is an error.
    New,
    /// Made where there is none; what is written comes behind what it holds.
    Append,
}

/// What an entry of the file system is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// Something else: a device, a pipe, a socket.
    Other,
}

/// Facts about a file.
#[derive(Clone, Copy, Debug)]
pub struct FileStat {
    /// What it is.
    pub kind: FileKind,
    /// The numbers that Node gives, in the order of its `Stats`: dev, mode, nlink, uid, gid, rdev, blksize, ino, size,
    /// blocks, then atime, mtime, ctime and birthtime in milliseconds.
    pub numbers: [f64; 14],
}

/// An answer.
#[derive(Debug)]
pub enum FileReply {
    /// It is done.
    Done,
    /// Content.
    Bytes(Vec<u8>),
    /// Facts.
    Stat(FileStat),
    /// Names and what they are, sorted.
    Entries(Vec<(String, FileKind)>),
    /// A path.
    Path(String),
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFailure {
    /// The program lacks the right.
    Denied(String),
    /// The system refused.
    System {
        /// The name of the error: `ENOENT`.
        code: String,
        /// Its number.
        errno: i32,
        /// What it means: `no such file or directory`.
        message: String,
    },
}
