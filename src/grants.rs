//! What a program may reach outside its own memory: files by path, variables by name. Nothing unless it is granted.
//!
//! Paths are resolved when a grant is taken into use: each becomes an open directory, and everything beneath it is
//! found from there, so that neither `..` nor a symbolic link, however it is swapped in time, leads out.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// Rights of a program. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// What it may read. Modules of its own package need no right.
    pub read: Reach,
    /// What it may write.
    pub write: Reach,
    /// Variables of the environment that it may see.
    pub env: Names,
}

/// Which part of the file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// No part of it.
    #[default]
    Nothing,
    /// These files, and all that these directories hold.
    Beneath(Vec<PathBuf>),
    /// All of it.
    Everything,
}

/// Which variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// None.
    #[default]
    Nothing,
    /// These.
    Only(Vec<String>),
    /// All.
    Everything,
}

impl Grants {
    /// Everything that there is to grant.
    pub fn all() -> Grants {
        Grants { read: Reach::Everything, write: Reach::Everything, env: Names::Everything }
    }
}

/// A grant of paths in use.
#[derive(Default)]
pub(crate) struct Door {
    everything: bool,
    roots: Vec<Root>,
}

struct Root {
    /// The directory as it was given and as it really is: a path may name it in either way.
    names: [PathBuf; 2],
    directory: Dir,
    /// Only this entry of the directory, and what is beneath it.
    only: Option<OsString>,
}

/// Where a path leads to.
pub(crate) enum Way<'a> {
    /// Anywhere: as the system resolves it.
    Free(PathBuf),
    /// Beneath an open directory, whose real path is given too.
    Beneath(&'a Dir, PathBuf, &'a Path),
}

impl Door {
    /// Opens what a grant names. A file need not exist, but its directory must.
    pub(crate) fn open(reach: &Reach, working: &Path) -> io::Result<Door> {
        match reach {
            Reach::Nothing => Ok(Door::default()),
            Reach::Everything => Ok(Door { everything: true, roots: Vec::new() }),
            Reach::Beneath(paths) => {
                let mut roots = Vec::new();
                for path in paths {
                    let root = Root::open(&without_dots(&working.join(path)));
                    roots.push(root.map_err(|error| {
                        io::Error::new(error.kind(), format!("cannot grant {}: {error}", path.display()))
                    })?);
                }
                Ok(Door { everything: false, roots })
            }
        }
    }

    /// Whether what it lets through lies beneath a directory: links on the way there are looked at.
    pub(crate) fn is_beneath(&self, directory: &Path) -> bool {
        self.everything
            || self.roots.iter().any(|root| root.names.iter().any(|name| name.starts_with(directory)))
    }

    /// The way to an absolute path; none where it is not granted. Paths are compared without `.` and `..`.
    pub(crate) fn way(&self, path: &Path) -> Option<Way<'_>> {
        if self.everything {
            return Some(Way::Free(path.to_owned()));
        }
        let path = without_dots(path);
        self.roots.iter().find_map(|root| {
            let rest = root.names.iter().find_map(|name| path.strip_prefix(name).ok())?;
            let first = rest.components().next().map(|part| part.as_os_str().to_owned());
            if root.only.is_some() && root.only != first {
                return None;
            }
            let rest = if rest.as_os_str().is_empty() { Path::new(".") } else { rest };
            Some(Way::Beneath(&root.directory, rest.to_owned(), &root.names[1]))
        })
    }
}

impl Root {
    fn open(path: &Path) -> io::Result<Root> {
        let real = std::fs::canonicalize(path);
        if let Ok(real) = &real
            && real.is_dir()
        {
            let directory = Dir::open_ambient_dir(real, ambient_authority())?;
            return Ok(Root { names: [path.to_owned(), real.clone()], directory, only: None });
        }
        // A file that is there is granted as what it is, behind all links.
        let target = real.unwrap_or_else(|_| path.to_owned());
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let given = path.parent().unwrap_or(Path::new("/")).to_owned();
        let parent = target.parent().unwrap_or(Path::new("/"));
        let real = std::fs::canonicalize(parent)?;
        let directory = Dir::open_ambient_dir(&real, ambient_authority())?;
        // By its given name only where that is the same entry.
        let same =
            path.file_name() == Some(&name) && std::fs::canonicalize(&given).is_ok_and(|at| at == real);
        let names = [if same { given } else { real.clone() }, real];
        Ok(Root { names, directory, only: Some(name) })
    }
}

/// A path without `.` and `..`, by its text.
pub(crate) fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_ends_at_its_directory() {
        let base = std::env::temp_dir().join(format!("tvm-grants-{}", std::process::id()));
        std::fs::create_dir_all(base.join("in")).expect("a directory");
        std::fs::write(base.join("secret"), "x").expect("a file");
        let _ = std::os::unix::fs::symlink("../secret", base.join("in/link"));
        let door = Door::open(&Reach::Beneath(vec![base.join("in")]), Path::new("/")).expect("it opens");
        assert!(door.way(&base.join("secret")).is_none());
        assert!(door.way(&base.join("in/../secret")).is_none());
        assert!(door.way(Path::new("/")).is_none());
        let Some(Way::Beneath(directory, rest, _)) = door.way(&base.join("in/link")) else {
            panic!("the link is beneath")
        };
        assert!(directory.read(rest).is_err(), "it leads out");
        let door = Door::open(&Reach::Beneath(vec![base.join("secret")]), Path::new("/")).expect("it opens");
        assert!(door.way(&base.join("secret")).is_some() && door.way(&base.join("in")).is_none());
        std::fs::remove_dir_all(base).expect("it was made");
    }
}
