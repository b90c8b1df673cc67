//! Modules on disk: what specifiers mean, which files a program may load, and what a file is.
//!
//! A program's own modules need no right: files in its package (beneath the nearest directory above its main file that
//! has a `package.json`; without one, beneath the main file's directory), and in the `node_modules` of that directory
//! and of those above it. Everything else takes the right to read it. Names of modules are paths without symbolic
//! links, and they are what is looked at.
//!
//! Packages, `require`, `exports` and `imports` are resolved by oxc_resolver, which asks for files through
//! [`PackageFiles`]; paths in `import` by [`module_path`], which lets extensions be left out.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use oxc_resolver::{FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric};
use tvm_runtime::base::module_path;
use tvm_runtime::base::vm::{ModuleFailure, ModuleUse, SourceForm};

use crate::grants::{Door, Way};

/// Largest file that is loaded as a module, bytes.
const LARGEST: u64 = 256 << 20;

/// The modules that a program may load.
#[derive(Default)]
pub(crate) struct Modules {
    own: Arc<Mutex<Own>>,
    resolvers: Option<[ResolverGeneric<PackageFiles>; 2]>,
}

/// The directories whose files are the program's own.
#[derive(Default)]
struct Own {
    /// The package's directory, and those of its packages.
    directories: Vec<PathBuf>,
    /// Directories that were opened, by their place in `directories`.
    open: Vec<Option<Dir>>,
    /// What the program may read besides.
    read: Arc<Door>,
}

impl Own {
    fn holds(&self, path: &Path) -> bool {
        self.directories.iter().any(|directory| path.starts_with(directory)) || self.read.way(path).is_some()
    }

    /// Whether a path is on the way to what may be loaded.
    fn is_on_the_way(&self, path: &Path) -> bool {
        self.directories.iter().any(|directory| directory.starts_with(path)) || self.read.is_beneath(path)
    }
}

impl Modules {
    /// Says where the program's main file lies.
    pub(crate) fn begin(&mut self, directory: &Path, read: &Arc<Door>) {
        let directory = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let root = package_of(&directory).map_or(directory, |package| package.directory);
        let packages = root.ancestors().map(|directory| directory.join("node_modules"));
        let packages = packages.map(|path| std::fs::canonicalize(&path).unwrap_or(path));
        let mut own = self.own.lock().expect("nobody panics with it");
        own.directories = std::iter::once(root.clone()).chain(packages).collect();
        own.open = own.directories.iter().map(|_| None).collect();
        own.read = Arc::clone(read);
    }

    /// What was found may be so no longer: files were changed.
    pub(crate) fn forget(&mut self) {
        for resolver in self.resolvers.iter().flatten() {
            resolver.clear_cache();
        }
    }

    /// The bytes of a module, where the program may load it.
    pub(crate) fn read(&self, name: &str, read: &Door) -> Result<Vec<u8>, ModuleFailure> {
        let path = Path::new(name);
        let cannot = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => not_found(name),
            _ => ModuleFailure::plain(format!("Cannot read module '{name}': {error}")),
        };
        if let Some(way) = read.way(path) {
            return match way {
                Way::Free(path) => read_whole(std::fs::File::open(path)),
                Way::Beneath(directory, path, _) => {
                    read_whole(directory.open(path).map(cap_std::fs::File::into_std))
                }
            }
            .map_err(cannot);
        }
        let mut own = self.own.lock().expect("nobody panics with it");
        let Some(index) = own.directories.iter().position(|directory| path.starts_with(directory)) else {
            return Err(ModuleFailure::new("ERR_ACCESS_DENIED", crate::files::denial("read", name)));
        };
        let Own { directories, open, .. } = &mut *own;
        let rest = path.strip_prefix(&directories[index]).expect("it starts with it");
        if open[index].is_none() {
            open[index] =
                Some(Dir::open_ambient_dir(&directories[index], ambient_authority()).map_err(cannot)?);
        }
        let directory = open[index].as_ref().expect("it was just opened");
        read_whole(directory.open(rest).map(cap_std::fs::File::into_std)).map_err(cannot)
    }

    /// The full name of what a specifier means.
    pub(crate) fn resolve(
        &mut self,
        specifier: &str,
        referrer: &str,
        by: ModuleUse,
    ) -> Result<String, ModuleFailure> {
        let decoded = specifier.strip_prefix("file://").map(decoded);
        let specifier = decoded.as_deref().unwrap_or(specifier);
        if by == ModuleUse::Import && module_path::is_path(specifier) {
            return self.resolve_path(specifier, referrer);
        }
        let directory = Path::new(referrer).parent().unwrap_or(Path::new("/"));
        let resolvers = self.resolvers.get_or_insert_with(|| resolvers(&self.own));
        let resolver = &resolvers[usize::from(by == ModuleUse::Require)];
        match resolver.resolve(directory, specifier) {
            Ok(found) => Ok(found.path().to_string_lossy().into_owned()),
            Err(error) => Err(self.failure(&error, specifier, referrer, by)),
        }
    }

    fn resolve_path(&self, path: &str, referrer: &str) -> Result<String, ModuleFailure> {
        let full = module_path::full(path, referrer);
        for candidate in module_path::candidates(&full) {
            if self.may_load(&candidate) && candidate.is_file() {
                let canonical = std::fs::canonicalize(&candidate).unwrap_or(candidate);
                return Ok(canonical.to_string_lossy().into_owned());
            }
        }
        let shown = full.display().to_string();
        if !self.may_load(&full) {
            return Err(ModuleFailure::new("ERR_ACCESS_DENIED", crate::files::denial("read", &shown)));
        }
        let message = format!("Cannot find module '{shown}' imported from {referrer}");
        Err(ModuleFailure::new("ERR_MODULE_NOT_FOUND", message))
    }

    fn may_load(&self, path: &Path) -> bool {
        self.own.lock().expect("nobody panics with it").holds(path)
    }

    /// The directory of a package, and what of it is asked for, where the package is there.
    fn package<'a>(&self, specifier: &'a str, referrer: &str) -> Option<(PathBuf, &'a str)> {
        if module_path::is_path(specifier) {
            return None;
        }
        let parts = if specifier.starts_with('@') { 2 } else { 1 };
        let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
        let (name, rest) = specifier.split_at(end);
        let own = self.own.lock().expect("nobody panics with it");
        let directory = Path::new(referrer).ancestors().skip(1).find_map(|directory| {
            let package = directory.join("node_modules").join(name);
            (own.holds(&package) && package.is_dir()).then_some(package)
        })?;
        Some((directory, rest.strip_prefix('/').unwrap_or("")))
    }

    /// Where a file of a package would be that is there itself.
    fn inside_package(&self, specifier: &str, referrer: &str) -> Option<PathBuf> {
        let (directory, rest) = self.package(specifier, referrer)?;
        (!rest.is_empty()).then(|| directory.join(rest))
    }

    /// Where a package really lies that is a link to what the program may not load.
    fn package_elsewhere(&self, specifier: &str, referrer: &str) -> Option<PathBuf> {
        let (directory, _) = self.package(specifier, referrer)?;
        std::fs::canonicalize(directory).ok().filter(|real| !self.may_load(real))
    }

    fn failure(&self, error: &ResolveError, specifier: &str, referrer: &str, by: ModuleUse) -> ModuleFailure {
        if let Some(package) = self.package_elsewhere(specifier, referrer) {
            let shown = package.display().to_string();
            return ModuleFailure::new("ERR_ACCESS_DENIED", crate::files::denial("read", &shown));
        }
        let from = format!(" imported from {referrer}");
        match error {
            ResolveError::PackagePathNotExported { subpath, package_json_path, .. } => {
                let file = package_json_path.display();
                let what = match subpath.as_str() {
                    "" | "." => format!("No \"exports\" main defined in {file}"),
                    path => format!("Package subpath '{path}' is not defined by \"exports\" in {file}"),
                };
                let by = if by == ModuleUse::Import { from.as_str() } else { "" };
                ModuleFailure::new("ERR_PACKAGE_PATH_NOT_EXPORTED", format!("{what}{by}"))
            }
            ResolveError::PackageImportNotDefined(name, package) => {
                let message = format!(
                    "Package import specifier \"{name}\" is not defined in package {}{from}",
                    package.display()
                );
                ModuleFailure::type_error("ERR_PACKAGE_IMPORT_NOT_DEFINED", message)
            }
            ResolveError::InvalidPackageTarget(..) => {
                ModuleFailure::new("ERR_INVALID_PACKAGE_TARGET", error.to_string())
            }
            ResolveError::InvalidModuleSpecifier(..) | ResolveError::Specifier(_) => {
                ModuleFailure::type_error("ERR_INVALID_MODULE_SPECIFIER", error.to_string())
            }
            ResolveError::Json(json) => {
                let message = format!("Invalid package config {}: {}", json.path.display(), json.message);
                ModuleFailure::new("ERR_INVALID_PACKAGE_CONFIG", message)
            }
            ResolveError::InvalidPackageConfig(_)
            | ResolveError::InvalidPackageConfigDefault(_)
            | ResolveError::InvalidPackageConfigDirectory(_) => {
                ModuleFailure::new("ERR_INVALID_PACKAGE_CONFIG", error.to_string())
            }
            _ if by == ModuleUse::Require => {
                let full = module_path::full(specifier, referrer);
                if module_path::is_path(specifier) && !self.may_load(&full) {
                    let shown = full.display().to_string();
                    return ModuleFailure::new("ERR_ACCESS_DENIED", crate::files::denial("read", &shown));
                }
                ModuleFailure::new(
                    "MODULE_NOT_FOUND",
                    format!("Cannot find module '{specifier}'{}", absent(specifier)),
                )
            }
            _ => {
                let what = match self.inside_package(specifier, referrer) {
                    Some(path) => format!("module '{}'", path.display()),
                    None => format!("package '{specifier}'"),
                };
                let message = format!("Cannot find {what}{from}{}", absent(specifier));
                ModuleFailure::new("ERR_MODULE_NOT_FOUND", message)
            }
        }
    }
}

/// What to say besides of a module that Node has.
fn absent(specifier: &str) -> &'static str {
    match NODE_HAS.contains(&specifier) {
        true => ": tvm does not have this module of Node yet",
        false => "",
    }
}

/// Modules of Node that tvm lacks.
const NODE_HAS: &[&str] = &[
    "async_hooks",
    "child_process",
    "cluster",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "http",
    "http2",
    "https",
    "inspector",
    "net",
    "os",
    "perf_hooks",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "sys",
    "tls",
    "trace_events",
    "tty",
    "url",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

fn not_found(name: &str) -> ModuleFailure {
    ModuleFailure::new("ERR_MODULE_NOT_FOUND", format!("Cannot find module '{name}'"))
}

fn read_whole(file: io::Result<std::fs::File>) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let file = file?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(io::Error::other("it is too large")) } else { Ok(bytes) }
}

/// The resolvers for `import` and for `require`; what they learn they share.
fn resolvers(own: &Arc<Mutex<Own>>) -> [ResolverGeneric<PackageFiles>; 2] {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let alias = |from: &str, to: &[&str]| (from.to_owned(), strings(to));
    let options = |condition: &str, extensions: &[&str]| ResolveOptions {
        condition_names: strings(&["node", condition, "module-sync"]),
        extensions: strings(extensions),
        extension_alias: vec![
            alias(".js", &[".js", ".ts"]),
            alias(".mjs", &[".mjs", ".mts"]),
            alias(".cjs", &[".cjs", ".cts"]),
        ],
        main_files: strings(&["index"]),
        node_path: false,
        ..ResolveOptions::default()
    };
    let files = PackageFiles(Arc::clone(own));
    let import = options("import", &[".ts", ".mts", ".js", ".mjs", ".json", ".cjs", ".cts"]);
    let require = options("require", &[".js", ".json", ".ts", ".cjs", ".mjs", ".cts", ".mts"]);
    let import = ResolverGeneric::new_with_file_system(files, import);
    let require = import.clone_with_options(require);
    [import, require]
}

/// The files that the resolver sees: the program's own.
struct PackageFiles(Arc<Mutex<Own>>);

impl PackageFiles {
    fn check(&self, path: &Path) -> io::Result<()> {
        match self.0.lock() {
            Ok(own) if own.holds(path) => Ok(()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl PackageFiles {
    /// Directories above are looked at for links.
    fn check_way(&self, path: &Path) -> io::Result<()> {
        match self.0.lock() {
            Ok(own) if own.is_on_the_way(path) || own.holds(path) => Ok(()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl FileSystem for PackageFiles {
    fn new() -> Self {
        PackageFiles(Arc::default())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.check(path)?;
        read_whole(std::fs::File::open(path))
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.check(path)?;
        std::fs::metadata(path).map(FileMetadata::from)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.check_way(path)?;
        std::fs::symlink_metadata(path).map(FileMetadata::from)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        self.check_way(path).and_then(|()| std::fs::read_link(path)).map_err(ResolveError::from)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(path)?;
        std::fs::canonicalize(path)
    }
}

/// The nearest `package.json` above.
pub(crate) struct Package {
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// What it says that its `.js` files are.
    pub(crate) form: SourceForm,
}

/// The package that a directory belongs to.
pub(crate) fn package_of(directory: &Path) -> Option<Package> {
    for directory in directory.ancestors() {
        if directory.file_name().is_some_and(|name| name == "node_modules") {
            return None;
        }
        let Ok(bytes) = read_whole(std::fs::File::open(directory.join("package.json"))) else { continue };
        let text = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default();
        let form = match text.get("type").and_then(serde_json::Value::as_str) {
            Some("module") => SourceForm::Module,
            Some("commonjs") => SourceForm::CommonJs,
            _ => SourceForm::Detect,
        };
        return Some(Package { directory: directory.to_owned(), form });
    }
    None
}

/// What a file is: by its extension, then by its package, then by its text.
pub(crate) fn form_of(path: &Path) -> SourceForm {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("mjs" | "mts") => SourceForm::Module,
        Some("cjs" | "cts") => SourceForm::CommonJs,
        _ => path.parent().and_then(package_of).map_or(SourceForm::Detect, |package| package.form),
    }
}

/// A URL's path with `%20` and the like undone.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
