// node:path.
// exports: resolve normalize isAbsolute join relative toNamespacedPath dirname basename extname format parse
// exports: matchesGlob sep delimiter win32 posix

const { validateString, validateObject } = require("internal/errors");

const SLASH = 47, BACKSLASH = 92, DOT = 46, COLON = 58;

const isSlash = (code) => code === SLASH;
const isEither = (code) => code === SLASH || code === BACKSLASH;
const isLetter = (code) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

// Takes `.` and `..` out of a path without root.
function normalizeString(path, above, separator, isSeparator) {
  let result = "", lastLength = 0, lastSlash = -1, dots = 0, code = 0;
  for (let i = 0; i <= path.length; ++i) {
    if (i < path.length) code = path.charCodeAt(i);
    else if (isSeparator(code)) break;
    else code = SLASH;
    if (isSeparator(code)) {
      if (lastSlash === i - 1 || dots === 1) {
        // Nothing.
      } else if (dots === 2) {
        if (result.length < 2 || lastLength !== 2 || result.charCodeAt(result.length - 1) !== DOT
          || result.charCodeAt(result.length - 2) !== DOT) {
          if (result.length > 2) {
            const at = result.lastIndexOf(separator);
            if (at === -1) {
              result = "";
              lastLength = 0;
            } else {
              result = result.slice(0, at);
              lastLength = result.length - 1 - result.lastIndexOf(separator);
            }
            lastSlash = i;
            dots = 0;
            continue;
          } else if (result.length !== 0) {
            result = "";
            lastLength = 0;
            lastSlash = i;
            dots = 0;
            continue;
          }
        }
        if (above) {
          result += result.length > 0 ? `${separator}..` : "..";
          lastLength = 2;
        }
      } else {
        if (result.length > 0) result += `${separator}${path.slice(lastSlash + 1, i)}`;
        else result = path.slice(lastSlash + 1, i);
        lastLength = i - lastSlash - 1;
      }
      lastSlash = i;
      dots = 0;
    } else if (code === DOT && dots !== -1) ++dots;
    else dots = -1;
  }
  return result;
}

function formatWith(separator, object) {
  validateObject(object, "pathObject");
  const dir = object.dir || object.root;
  const ext = object.ext ? (object.ext[0] === "." ? object.ext : `.${object.ext}`) : "";
  const base = object.base || `${object.name || ""}${ext}`;
  if (!dir) return base;
  return dir === object.root ? `${dir}${base}` : `${dir}${separator}${base}`;
}

// The last part of a path behind `start`, without a suffix.
function baseName(path, suffix, start, isSeparator) {
  let end = -1, matched = true;
  if (suffix !== undefined && suffix.length > 0 && suffix.length <= path.length) {
    if (suffix === path) return "";
    let at = suffix.length - 1, last = -1;
    for (let i = path.length - 1; i >= start; --i) {
      const code = path.charCodeAt(i);
      if (isSeparator(code)) {
        if (!matched) {
          start = i + 1;
          break;
        }
      } else {
        if (last === -1) {
          matched = false;
          last = i + 1;
        }
        if (at >= 0) {
          if (code === suffix.charCodeAt(at)) {
            if (--at === -1) end = i;
          } else {
            at = -1;
            end = last;
          }
        }
      }
    }
    if (start === end) end = last;
    else if (end === -1) end = path.length;
    return path.slice(start, end);
  }
  for (let i = path.length - 1; i >= start; --i) {
    if (isSeparator(path.charCodeAt(i))) {
      if (!matched) {
        start = i + 1;
        break;
      }
    } else if (end === -1) {
      matched = false;
      end = i + 1;
    }
  }
  return end === -1 ? "" : path.slice(start, end);
}

// Where the last part of a path that begins at `start` lies, and its last dot: the extension's, unless nothing but a dot
// stands in front of it.
function lastPart(path, start, isSeparator) {
  let startDot = -1, startPart = start, end = -1, matched = true, before = 0;
  for (let i = path.length - 1; i >= start; --i) {
    const code = path.charCodeAt(i);
    if (isSeparator(code)) {
      if (!matched) {
        startPart = i + 1;
        break;
      }
      continue;
    }
    if (end === -1) {
      matched = false;
      end = i + 1;
    }
    if (code === DOT) {
      if (startDot === -1) startDot = i;
      else if (before !== 1) before = 1;
    } else if (startDot !== -1) before = -1;
  }
  const hasExtension = startDot !== -1 && end !== -1 && before !== 0
    && !(before === 1 && startDot === end - 1 && startDot === startPart + 1);
  return { startPart, startDot, end, hasExtension };
}

function extensionName(path, start, isSeparator) {
  const { startDot, end, hasExtension } = lastPart(path, start, isSeparator);
  return hasExtension ? path.slice(startDot, end) : "";
}

// Splits the last part of a path that begins at `start`.
function parseEnd(result, path, start, isSeparator) {
  const { startPart, startDot, end, hasExtension } = lastPart(path, start, isSeparator);
  if (hasExtension) {
    result.name = path.slice(startPart, startDot);
    result.base = path.slice(startPart, end);
    result.ext = path.slice(startDot, end);
  } else if (end !== -1) {
    result.base = result.name = path.slice(startPart, end);
  }
  return startPart;
}

const posix = {
  resolve(...args) {
    let resolved = "", absolute = false;
    for (let i = args.length - 1; i >= -1 && !absolute; i--) {
      const path = i >= 0 ? args[i] : %currentDirectory();
      validateString(path, `paths[${i}]`);
      if (path.length === 0) continue;
      resolved = `${path}/${resolved}`;
      absolute = path.charCodeAt(0) === SLASH;
    }
    resolved = normalizeString(resolved, !absolute, "/", isSlash);
    if (absolute) return `/${resolved}`;
    return resolved.length > 0 ? resolved : ".";
  },
  normalize(path) {
    validateString(path, "path");
    if (path.length === 0) return ".";
    const absolute = path.charCodeAt(0) === SLASH;
    const trailing = path.charCodeAt(path.length - 1) === SLASH;
    path = normalizeString(path, !absolute, "/", isSlash);
    if (path.length === 0) {
      if (absolute) return "/";
      return trailing ? "./" : ".";
    }
    if (trailing) path += "/";
    return absolute ? `/${path}` : path;
  },
  isAbsolute(path) {
    validateString(path, "path");
    return path.length > 0 && path.charCodeAt(0) === SLASH;
  },
  join(...args) {
    let joined;
    for (let i = 0; i < args.length; ++i) {
      validateString(args[i], "path");
      if (args[i].length > 0) joined = joined === undefined ? args[i] : `${joined}/${args[i]}`;
    }
    return joined === undefined ? "." : posix.normalize(joined);
  },
  relative(from, to) {
    validateString(from, "from");
    validateString(to, "to");
    if (from === to) return "";
    from = posix.resolve(from);
    to = posix.resolve(to);
    if (from === to) return "";
    const a = from.slice(1), b = to.slice(1);
    const length = a.length < b.length ? a.length : b.length;
    let last = -1, i = 0;
    for (; i < length; i++) {
      if (a[i] !== b[i]) break;
      if (a[i] === "/") last = i;
    }
    if (i === length) {
      if (b.length > length) {
        if (b[i] === "/") return b.slice(i + 1);
        if (i === 0) return b;
      } else if (a.length > length) {
        if (a[i] === "/") last = i;
        else if (i === 0) last = 0;
      }
    }
    let out = "";
    for (i = last + 1; i <= a.length; ++i) {
      if (a.length > 0 && (i === a.length || a[i] === "/")) out += out.length === 0 ? ".." : "/..";
    }
    // Where nothing is shared, `b` is taken whole.
    return `${out}${to.slice(1 + last)}`;
  },
  toNamespacedPath(path) {
    return path;
  },
  dirname(path) {
    validateString(path, "path");
    if (path.length === 0) return ".";
    const root = path.charCodeAt(0) === SLASH;
    let end = -1, matched = true;
    for (let i = path.length - 1; i >= 1; --i) {
      if (path.charCodeAt(i) === SLASH) {
        if (!matched) {
          end = i;
          break;
        }
      } else matched = false;
    }
    if (end === -1) return root ? "/" : ".";
    if (root && end === 1) return "//";
    return path.slice(0, end);
  },
  basename(path, suffix) {
    if (suffix !== undefined) validateString(suffix, "suffix");
    validateString(path, "path");
    return baseName(path, suffix, 0, isSlash);
  },
  extname(path) {
    validateString(path, "path");
    return extensionName(path, 0, isSlash);
  },
  format: (object) => formatWith("/", object),
  parse(path) {
    validateString(path, "path");
    const result = { root: "", dir: "", base: "", ext: "", name: "" };
    if (path.length === 0) return result;
    const absolute = path.charCodeAt(0) === SLASH;
    const start = absolute ? 1 : 0;
    if (absolute) result.root = "/";
    const part = parseEnd(result, path, start, isSlash);
    if (part > start) result.dir = path.slice(0, part - 1);
    else if (absolute) result.dir = "/";
    return result;
  },
  matchesGlob() {
    throw require("internal/errors").missing("path.matchesGlob");
  },
  sep: "/", delimiter: ":", win32: null, posix: null,
};

// The root of a Windows path: { device, absolute, end }.
function windowsRoot(path) {
  const length = path.length;
  const code = path.charCodeAt(0);
  if (isEither(code)) {
    if (length > 1 && isEither(path.charCodeAt(1))) {
      let j = 2, last = 2;
      while (j < length && !isEither(path.charCodeAt(j))) j++;
      if (j < length && j !== last) {
        const first = path.slice(last, j);
        last = j;
        while (j < length && isEither(path.charCodeAt(j))) j++;
        if (j < length && j !== last) {
          last = j;
          while (j < length && !isEither(path.charCodeAt(j))) j++;
          if (j === length || j !== last) {
            return { device: `\\\\${first}\\${path.slice(last, j)}`, absolute: true, end: j, unc: true, whole: j === length };
          }
        }
      }
    }
    return { device: "", absolute: true, end: 1 };
  }
  if (isLetter(code) && length > 1 && path.charCodeAt(1) === COLON) {
    const device = path.slice(0, 2);
    if (length > 2 && isEither(path.charCodeAt(2))) return { device, absolute: true, end: 3 };
    return { device, absolute: false, end: 2 };
  }
  return { device: "", absolute: false, end: 0 };
}

const win32 = {
  resolve(...args) {
    let device = "", tail = "", absolute = false;
    for (let i = args.length - 1; i >= -1; i--) {
      let path;
      if (i >= 0) {
        path = args[i];
        validateString(path, `paths[${i}]`);
        if (path.length === 0) continue;
      } else if (device.length === 0) path = %currentDirectory();
      else path = `${device}\\`;
      const root = windowsRoot(path);
      if (root.device.length > 0) {
        if (device.length > 0) {
          if (root.device.toLowerCase() !== device.toLowerCase()) continue;
        } else device = root.device;
      }
      if (absolute) {
        if (device.length > 0) break;
      } else {
        tail = `${path.slice(root.end)}\\${tail}`;
        absolute = root.absolute;
        if (absolute && device.length > 0) break;
      }
    }
    tail = normalizeString(tail, !absolute, "\\", isEither);
    return absolute ? `${device}\\${tail}` : `${device}${tail}` || ".";
  },
  normalize(path) {
    validateString(path, "path");
    const length = path.length;
    if (length === 0) return ".";
    if (length === 1) return path.charCodeAt(0) === SLASH ? "\\" : path;
    const { device, absolute, end, unc, whole } = windowsRoot(path);
    if (unc && whole) return `${device}\\`;
    let tail = end < length ? normalizeString(path.slice(end), !absolute, "\\", isEither) : "";
    if (tail.length === 0 && !absolute) tail = ".";
    if (tail.length > 0 && isEither(path.charCodeAt(length - 1))) tail += "\\";
    // A relative path must not become one on a drive.
    if (!absolute && device === "" && path.includes(":")) {
      if (tail.length >= 2 && isLetter(tail.charCodeAt(0)) && tail.charCodeAt(1) === COLON) return `.\\${tail}`;
      for (let at = path.indexOf(":"); at !== -1; at = path.indexOf(":", at + 1)) {
        if (at === length - 1 || isEither(path.charCodeAt(at + 1))) return `.\\${tail}`;
      }
    }
    return absolute ? `${device}\\${tail}` : `${device}${tail}`;
  },
  isAbsolute(path) {
    validateString(path, "path");
    if (path.length === 0) return false;
    const code = path.charCodeAt(0);
    return isEither(code) || (path.length > 2 && isLetter(code) && path.charCodeAt(1) === COLON && isEither(path.charCodeAt(2)));
  },
  join(...args) {
    let joined, first;
    for (let i = 0; i < args.length; ++i) {
      validateString(args[i], "path");
      if (args[i].length > 0) {
        if (joined === undefined) joined = first = args[i];
        else joined += `\\${args[i]}`;
      }
    }
    if (joined === undefined) return ".";
    let replace = true, slashes = 0;
    if (isEither(first.charCodeAt(0))) {
      ++slashes;
      if (first.length > 1 && isEither(first.charCodeAt(1))) {
        ++slashes;
        if (first.length > 2) {
          if (isEither(first.charCodeAt(2))) ++slashes;
          else replace = false;
        }
      }
    }
    if (replace) {
      while (slashes < joined.length && isEither(joined.charCodeAt(slashes))) slashes++;
      if (slashes >= 2) joined = `\\${joined.slice(slashes)}`;
    }
    return win32.normalize(joined);
  },
  relative(from, to) {
    validateString(from, "from");
    validateString(to, "to");
    if (from === to) return "";
    const fromWhole = win32.resolve(from), toWhole = win32.resolve(to);
    if (fromWhole === toWhole) return "";
    from = fromWhole.toLowerCase();
    to = toWhole.toLowerCase();
    if (from === to) return "";
    const trim = (path) => {
      let start = 0, end = path.length;
      while (start < end && path.charCodeAt(start) === BACKSLASH) start++;
      while (end - 1 > start && path.charCodeAt(end - 1) === BACKSLASH) end--;
      return [start, end];
    };
    const [fromStart, fromEnd] = trim(from), [toStart, toEnd] = trim(to);
    const fromLength = fromEnd - fromStart, toLength = toEnd - toStart;
    const length = fromLength < toLength ? fromLength : toLength;
    let last = -1, i = 0;
    for (; i < length; i++) {
      const code = from.charCodeAt(fromStart + i);
      if (code !== to.charCodeAt(toStart + i)) break;
      if (code === BACKSLASH) last = i;
    }
    if (i !== length) {
      if (last === -1) return toWhole;
    } else {
      if (toLength > length) {
        if (to.charCodeAt(toStart + i) === BACKSLASH) return toWhole.slice(toStart + i + 1);
        if (i === 2) return toWhole.slice(toStart + i);
      }
      if (fromLength > length) {
        if (from.charCodeAt(fromStart + i) === BACKSLASH) last = i;
        else if (i === 2) last = 3;
      }
      if (last === -1) last = 0;
    }
    let out = "";
    for (i = fromStart + last + 1; i <= fromEnd; ++i) {
      if (i === fromEnd || from.charCodeAt(i) === BACKSLASH) out += out.length === 0 ? ".." : "\\..";
    }
    let start = toStart + last;
    if (out.length > 0) return `${out}${toWhole.slice(start, toEnd)}`;
    if (toWhole.charCodeAt(start) === BACKSLASH) ++start;
    return toWhole.slice(start, toEnd);
  },
  toNamespacedPath(path) {
    if (typeof path !== "string" || path.length === 0) return path;
    const resolved = win32.resolve(path);
    if (resolved.length <= 2) return path;
    if (resolved.charCodeAt(0) === BACKSLASH) {
      if (resolved.charCodeAt(1) === BACKSLASH) {
        const code = resolved.charCodeAt(2);
        if (code !== 63 && code !== DOT) return `\\\\?\\UNC\\${resolved.slice(2)}`;
      }
    } else if (isLetter(resolved.charCodeAt(0)) && resolved.charCodeAt(1) === COLON && resolved.charCodeAt(2) === BACKSLASH) {
      return `\\\\?\\${resolved}`;
    }
    return path;
  },
  dirname(path) {
    validateString(path, "path");
    const length = path.length;
    if (length === 0) return ".";
    if (length === 1) return isEither(path.charCodeAt(0)) ? path : ".";
    const root = windowsRoot(path);
    let rootEnd = root.end === 0 ? -1 : root.end, start = root.end;
    if (root.unc) {
      if (root.whole) return path;
      rootEnd = start = root.end + 1;
    }
    let end = -1, matched = true;
    for (let i = length - 1; i >= start; --i) {
      if (isEither(path.charCodeAt(i))) {
        if (!matched) {
          end = i;
          break;
        }
      } else matched = false;
    }
    if (end === -1) {
      if (rootEnd === -1) return ".";
      end = rootEnd;
    }
    return path.slice(0, end);
  },
  basename(path, suffix) {
    if (suffix !== undefined) validateString(suffix, "suffix");
    validateString(path, "path");
    const start = path.length >= 2 && isLetter(path.charCodeAt(0)) && path.charCodeAt(1) === COLON ? 2 : 0;
    return baseName(path, suffix, start, isEither);
  },
  extname(path) {
    validateString(path, "path");
    const start = path.length >= 2 && path.charCodeAt(1) === COLON && isLetter(path.charCodeAt(0)) ? 2 : 0;
    return extensionName(path, start, isEither);
  },
  format: (object) => formatWith("\\", object),
  parse(path) {
    validateString(path, "path");
    const result = { root: "", dir: "", base: "", ext: "", name: "" };
    const length = path.length;
    if (length === 0) return result;
    if (length === 1) {
      if (isEither(path.charCodeAt(0))) result.root = result.dir = path;
      else result.base = result.name = path;
      return result;
    }
    const root = windowsRoot(path);
    let end = root.end;
    if (root.unc && !root.whole) end++;
    if (end === length && end > 0) {
      result.root = result.dir = path;
      return result;
    }
    if (end > 0) result.root = path.slice(0, end);
    const part = parseEnd(result, path, end, isEither);
    if (part > 0 && part !== end) result.dir = path.slice(0, part - 1);
    else result.dir = result.root;
    return result;
  },
  matchesGlob() {
    throw require("internal/errors").missing("path.matchesGlob");
  },
  sep: "\\", delimiter: ";", win32: null, posix: null,
};

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;

module.exports = posix;
