// node:fs. The host does one whole request at a time, and checks the program's rights: each call below is a request or
// a few. Callbacks and promises are called later, as Node does, but the work is done when the function is called.
// exports: access accessSync appendFile appendFileSync constants copyFile copyFileSync Dirent exists existsSync lstat
// exports: lstatSync mkdir mkdirSync mkdtemp mkdtempSync promises readdir readdirSync readFile readFileSync readlink
// exports: readlinkSync realpath realpathSync rename renameSync rm rmSync rmdir rmdirSync stat statSync Stats unlink
// exports: unlinkSync writeFile writeFileSync createReadStream createWriteStream open openSync close closeSync read
// exports: readSync write writeSync watch watchFile unwatchFile chmod chmodSync symlink symlinkSync truncate
// exports: truncateSync utimes utimesSync opendir opendirSync cp cpSync

const { Buffer } = require("buffer");
const { coded, invalidArgType, invalidArgValue, missing, validateFunction } = require("internal/errors");
const types = require("util/types");

const process = %realm("Process");

const constants = Object.freeze(Object.assign(Object.create(null), {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1, COPYFILE_FICLONE: 2, COPYFILE_FICLONE_FORCE: 4,
  O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024,
  S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384, S_IFCHR: 8192, S_IFBLK: 24576, S_IFIFO: 4096, S_IFLNK: 40960,
  S_IFSOCK: 49152, S_IRWXU: 448, S_IRUSR: 256, S_IWUSR: 128, S_IXUSR: 64, S_IRWXG: 56, S_IRGRP: 32, S_IWGRP: 16,
  S_IXGRP: 8, S_IRWXO: 7, S_IROTH: 4, S_IWOTH: 2, S_IXOTH: 1,
  UV_FS_COPYFILE_EXCL: 1, UV_DIRENT_UNKNOWN: 0, UV_DIRENT_FILE: 1, UV_DIRENT_DIR: 2, UV_DIRENT_LINK: 3,
}));

// ---- requests

function pathOf(path, name = "path") {
  if (typeof path === "object" && path !== null) {
    if (types.isUint8Array(path)) path = Buffer.prototype.toString.call(path);
    else if (typeof path.href === "string" && typeof path.protocol === "string") {
      if (path.protocol !== "file:") throw coded(TypeError, "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
      path = %realm("Global").decodeURIComponent(path.pathname);
    }
  }
  if (typeof path !== "string") throw invalidArgType(name, ["string", "Buffer", "URL"], path);
  if (path.includes("\u0000")) throw invalidArgValue(name, path, "must be a string, Uint8Array, or URL without null bytes");
  return path;
}

// Throws what a request failed with, or gives its answer.
function answer(result, syscall, path, dest) {
  if (result === null || typeof result !== "object" || Object.getPrototypeOf(result) !== null) return result;
  if (result.denied !== undefined) {
    const error = coded(Error, "ERR_ACCESS_DENIED", result.denied);
    error.permission = result.denied.includes("write access") ? "FileSystemWrite" : "FileSystemRead";
    error.resource = path;
    throw error;
  }
  const to = dest === undefined ? "" : ` -> '${dest}'`;
  const place = path === undefined ? "" : ` '${path}'${to}`;
  const error = new Error(`${result.code}: ${result.message}, ${syscall}${place}`);
  error.errno = result.errno;
  error.code = result.code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  throw error;
}

function optionsOf(options, defaults) {
  if (options === undefined || options === null || typeof options === "function") return defaults;
  if (typeof options === "string") return { ...defaults, encoding: options };
  if (typeof options !== "object") throw invalidArgType("options", ["string", "Object"], options);
  return { ...defaults, ...options };
}

function checkEncoding(encoding) {
  if (encoding !== undefined && encoding !== null && encoding !== "buffer" && !Buffer.isEncoding(encoding)) {
    throw invalidArgValue("encoding", encoding, "is invalid encoding");
  }
}

function modeOf(mode, fallback) {
  if (mode === undefined || mode === null) return fallback;
  if (typeof mode === "string") {
    if (!/^[0-7]+$/.test(mode)) throw invalidArgValue("mode", mode, "must be a 32-bit unsigned integer or an octal string");
    return Number.parseInt(mode, 8);
  }
  if (typeof mode !== "number") throw invalidArgType("mode", "number", mode);
  return mode;
}

// ---- the functions, synchronous

function readFileSync(path, options) {
  options = optionsOf(options, { encoding: null, flag: "r" });
  checkEncoding(options.encoding);
  if (typeof path === "number") throw missing("reading from a file descriptor");
  path = pathOf(path);
  if (options.flag !== "r" && options.flag !== undefined) throw invalidArgValue("options.flag", options.flag, "is not one that tvm has (r)");
  const bytes = readBytes(path);
  const encoding = options.encoding;
  if (encoding === undefined || encoding === null || encoding === "buffer") return bytes;
  return bytes.toString(encoding);
}

function readBytes(path) {
  const result = %file("read", path);
  // A directory opens and cannot be read.
  const failed = result !== null && typeof result === "object" && result.code === "EISDIR";
  const bytes = failed ? answer(result, "read") : answer(result, "open", path);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const WRITES = { __proto__: null, w: 0, "w+": 0, wx: 1, xw: 1, "wx+": 1, a: 2, "a+": 2 };

function bytesOf(data, encoding) {
  if (types.isArrayBufferView(data)) return data;
  if (typeof data === "string") return Buffer.from(data, encoding || "utf8");
  throw invalidArgType("data", ["string", "Buffer", "TypedArray", "DataView"], data);
}

function writeWith(path, data, options, flag) {
  options = optionsOf(options, { encoding: "utf8", mode: 0o666, flag });
  checkEncoding(options.encoding);
  if (typeof path === "number") throw missing("writing to a file descriptor");
  path = pathOf(path);
  const how = WRITES[options.flag ?? flag];
  if (how === undefined) throw invalidArgValue("options.flag", options.flag, "is not one that tvm has (w, wx, a)");
  answer(%file("write", path, bytesOf(data, options.encoding), how, modeOf(options.mode, 0o666)), "open", path);
}

function writeFileSync(path, data, options) {
  writeWith(path, data, options, "w");
}

function appendFileSync(path, data, options) {
  writeWith(path, data, options, "a");
}

function existsSync(path) {
  try {
    path = pathOf(path);
  } catch {
    return false;
  }
  const result = %file("stat", path, undefined, true);
  if (!Array.isArray(result) && result.denied !== undefined) answer(result, "access", path);
  return Array.isArray(result);
}

function accessSync(path, mode) {
  path = pathOf(path);
  const facts = answer(%file("stat", path, undefined, true), "access", path);
  mode = modeOf(mode, 0);
  // Whether the permissions allow it to somebody: what the system says in the end shows at the attempt.
  const bits = facts[2];
  const allowed = ((mode & 4) === 0 || (bits & 0o444) !== 0) && ((mode & 2) === 0 || (bits & 0o222) !== 0)
    && ((mode & 1) === 0 || (bits & 0o111) !== 0);
  if (!allowed) answer(Object.assign(Object.create(null), { code: "EACCES", errno: -13, message: "permission denied" }), "access", path);
}

class Stats {
  constructor(facts, big) {
    const names = ["dev", "mode", "nlink", "uid", "gid", "rdev", "blksize", "ino", "size", "blocks"];
    for (let i = 0; i < names.length; i++) this[names[i]] = big ? BigInt(Math.trunc(facts[i + 1])) : facts[i + 1];
    const times = ["atime", "mtime", "ctime", "birthtime"];
    for (let i = 0; i < 4; i++) this[`${times[i]}Ms`] = big ? BigInt(Math.trunc(facts[i + 11])) : facts[i + 11];
    if (big) for (let i = 0; i < 4; i++) this[`${times[i]}Ns`] = BigInt(Math.trunc(facts[i + 11] * 1e6));
    for (let i = 0; i < 4; i++) this[times[i]] = new Date(Math.round(facts[i + 11]));
  }
  isFile() { return this.is(constants.S_IFREG); }
  isDirectory() { return this.is(constants.S_IFDIR); }
  isSymbolicLink() { return this.is(constants.S_IFLNK); }
  isBlockDevice() { return this.is(constants.S_IFBLK); }
  isCharacterDevice() { return this.is(constants.S_IFCHR); }
  isFIFO() { return this.is(constants.S_IFIFO); }
  isSocket() { return this.is(constants.S_IFSOCK); }
}
Object.defineProperty(Stats.prototype, "is", {
  value(kind) {
    return (Number(this.mode) & constants.S_IFMT) === kind;
  },
  enumerable: false, writable: true, configurable: true,
});

function statWith(path, options, follow, syscall) {
  path = pathOf(path);
  const result = %file("stat", path, undefined, follow);
  if (!Array.isArray(result) && options?.throwIfNoEntry === false && (result.code === "ENOENT" || result.code === "ENOTDIR")) return undefined;
  return new Stats(answer(result, syscall, path), !!options?.bigint);
}

function statSync(path, options) {
  return statWith(path, options, true, "stat");
}

function lstatSync(path, options) {
  return statWith(path, options, false, "lstat");
}

class Dirent {
  #kind;
  constructor(name, kind, path) {
    this.name = name;
    this.parentPath = path;
    this.path = path;
    this.#kind = kind;
  }
  isFile() { return this.#kind === 1; }
  isDirectory() { return this.#kind === 2; }
  isSymbolicLink() { return this.#kind === 3; }
  isBlockDevice() { return false; }
  isCharacterDevice() { return false; }
  isFIFO() { return false; }
  isSocket() { return false; }
}

function readdirSync(path, options) {
  options = optionsOf(options, { encoding: "utf8", withFileTypes: false, recursive: false });
  checkEncoding(options.encoding);
  path = pathOf(path);
  const found = [];
  const pending = [[path, ""]];
  while (pending.length > 0) {
    const [directory, prefix] = pending.shift();
    const entries = answer(%file("list", directory), "scandir", directory);
    for (let i = 0; i < entries.length; i += 2) {
      const name = entries[i];
      if (options.withFileTypes) found.push(new Dirent(name, entries[i + 1], directory));
      else found.push(options.encoding === "buffer" ? Buffer.from(prefix + name) : prefix + name);
      if (options.recursive && entries[i + 1] === 2) pending.push([`${directory}/${name}`, `${prefix}${name}/`]);
    }
  }
  return found;
}

function mkdirSync(path, options) {
  let mode = 0o777, recursive = false;
  if (typeof options === "number" || typeof options === "string") mode = modeOf(options, mode);
  else if (options) {
    if (options.recursive !== undefined) {
      if (typeof options.recursive !== "boolean") throw invalidArgType("options.recursive", "boolean", options.recursive);
      recursive = options.recursive;
    }
    mode = modeOf(options.mode, mode);
  }
  path = pathOf(path);
  let first;
  if (recursive) {
    // Node tells the first directory that it made; where reading is not granted that stays unknown.
    const { resolve, dirname } = require("path").posix;
    for (let at = resolve(path); ; at = dirname(at)) {
      const facts = %file("stat", at, undefined, true);
      if (Array.isArray(facts) || facts.denied !== undefined) break;
      first = at;
      if (at === "/") break;
    }
  }
  answer(%file("makeDirectory", path, undefined, recursive, mode), "mkdir", path);
  return first;
}

let made = 0;

function mkdtempSync(prefix, options) {
  optionsOf(options, {});
  prefix = pathOf(prefix, "prefix");
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (;;) {
    let path = prefix;
    for (let i = 0; i < 6; i++) path += LETTERS[Math.floor(Math.random() * LETTERS.length)];
    const result = %file("makeDirectory", path, undefined, false, 0o700);
    if (result?.code === "EEXIST" && made++ < 1000) continue;
    answer(result, "mkdtemp", `${prefix}XXXXXX`);
    return path;
  }
}

function unlinkSync(path) {
  path = pathOf(path);
  answer(%file("removeFile", path), "unlink", path);
}

function rmdirSync(path, options) {
  path = pathOf(path);
  if (options?.recursive) return rmSync(path, { recursive: true, force: true });
  answer(%file("removeDirectory", path, undefined, false), "rmdir", path);
}

function rmSync(path, options) {
  options = optionsOf(options, { recursive: false, force: false });
  path = pathOf(path);
  const facts = %file("stat", path, undefined, false);
  if (!Array.isArray(facts)) {
    if (options.force && facts.code === "ENOENT") return;
    // Without the right to read, what to remove is found by trying.
    if (facts.denied !== undefined) {
      const result = %file("removeFile", path);
      if (result === undefined || (options.force && result.code === "ENOENT")) return;
      if (!options.recursive) answer(result, "rm", path);
      return void answer(%file("removeDirectory", path, undefined, true), "rm", path);
    }
    answer(facts, "lstat", path);
  }
  if (facts[0] === 2) {
    if (!options.recursive) {
      const error = coded(Error, "ERR_FS_EISDIR", `Path is a directory: rm returned EISDIR (is a directory) ${path}`);
      error.name = "SystemError";
      error.info = { code: "EISDIR", message: "is a directory", path, syscall: "rm", errno: 21 };
      error.errno = 21;
      error.syscall = "rm";
      error.path = path;
      throw error;
    }
    answer(%file("removeDirectory", path, undefined, true), "rm", path);
    return;
  }
  answer(%file("removeFile", path), "rm", path);
}

function renameSync(from, to) {
  from = pathOf(from, "oldPath");
  to = pathOf(to, "newPath");
  answer(%file("rename", from, to), "rename", from, to);
}

function copyFileSync(from, to, mode) {
  from = pathOf(from, "src");
  to = pathOf(to, "dest");
  answer(%file("copy", from, to, (modeOf(mode, 0) & 1) !== 0), "copyfile", from, to);
}

function realpathSync(path, options) {
  optionsOf(options, {});
  path = pathOf(path);
  return answer(%file("realPath", path), "lstat", path);
}
realpathSync.native = realpathSync;

function readlinkSync(path, options) {
  optionsOf(options, {});
  path = pathOf(path);
  return answer(%file("readLink", path), "readlink", path);
}

// ---- with callbacks

function callWith(callback, args) {
  callback(...args);
}

function later(sync, count) {
  const name = sync.name.slice(0, -4);
  const fn = function (...args) {
    const callback = args[args.length - 1];
    validateFunction(args.length > 1 ? callback : undefined, "cb");
    args.pop();
    let outcome;
    try {
      outcome = [null, sync.apply(undefined, args)];
    } catch (error) {
      if (typeof error?.code === "string" && error.code.startsWith("ERR_INVALID_ARG")) throw error;
      outcome = [error];
    }
    if (outcome.length === 2 && outcome[1] === undefined) outcome.length = 1;
    %queueTask(callWith, callback, outcome);
  };
  Object.defineProperty(fn, "name", { value: name, configurable: true });
  Object.defineProperty(fn, "length", { value: count, configurable: true });
  return fn;
}

function exists(path, callback) {
  validateFunction(callback, "cb");
  let found = false;
  try {
    found = existsSync(path);
  } catch {}
  %queueTask(callback, found);
}
Object.defineProperty(exists, Symbol.for("nodejs.util.promisify.custom"), {
  value: (path) => new Promise((resolve) => exists(path, resolve)), enumerable: false,
});

const SYNC = {
  access: [accessSync, 3], appendFile: [appendFileSync, 4], copyFile: [copyFileSync, 4], lstat: [lstatSync, 2],
  mkdir: [mkdirSync, 3], mkdtemp: [mkdtempSync, 3], readdir: [readdirSync, 3], readFile: [readFileSync, 3],
  readlink: [readlinkSync, 3], realpath: [realpathSync, 3], rename: [renameSync, 3], rm: [rmSync, 3],
  rmdir: [rmdirSync, 3], stat: [statSync, 2], unlink: [unlinkSync, 2], writeFile: [writeFileSync, 4],
};

const fs = {
  constants, F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, Stats, Dirent, accessSync, appendFileSync, copyFileSync, exists,
  existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, renameSync,
  rmSync, rmdirSync, statSync, unlinkSync, writeFileSync,
};
for (const name of Object.keys(SYNC)) fs[name] = later(SYNC[name][0], SYNC[name][1]);
fs.realpath.native = fs.realpath;

for (const name of [
  "createReadStream", "createWriteStream", "open", "openSync", "close", "closeSync", "read", "readSync", "write",
  "writeSync", "watch", "watchFile", "unwatchFile", "chmod", "chmodSync", "chown", "chownSync", "symlink",
  "symlinkSync", "link", "linkSync", "truncate", "truncateSync", "ftruncate", "ftruncateSync", "utimes", "utimesSync",
  "opendir", "opendirSync", "cp", "cpSync", "fstat", "fstatSync", "fsync", "fsyncSync", "statfs", "statfsSync",
  "openAsBlob", "glob", "globSync", "readv", "readvSync", "writev", "writevSync", "lchown", "lutimes",
]) {
  fs[name] = () => {
    throw missing(`fs.${name}`);
  };
}

Object.defineProperty(fs, "promises", { enumerable: true, configurable: true, get: () => require("fs/promises") });

module.exports = fs;
