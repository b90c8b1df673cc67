// node:module.
// exports: Module builtinModules createRequire isBuiltin findPackageJSON

const { invalidArgValue, missing } = require("internal/errors");
const { Module, isKnownBuiltin, requireFor, lookupPaths, requireFrom, resolveFor, cache } = commonJs();

// A path of a file URL, or a path.
function pathOf(name) {
  if (typeof name === "object" && name !== null && typeof name.href === "string") name = name.href;
  if (typeof name === "string" && name.startsWith("file://")) {
    return decodeURIComponentOf(name.slice(7));
  }
  if (typeof name !== "string" || name[0] !== "/") {
    throw invalidArgValue("filename", name, "must be a file URL object, file URL string, or absolute path string");
  }
  return name;
}

function decodeURIComponentOf(text) {
  return %realm("Global").decodeURIComponent(text);
}

Module.Module = Module;
Module.builtinModules = Object.freeze(%builtinNames());
Module.createRequire = function createRequire(filename) {
  const path = pathOf(filename);
  return requireFor(path.endsWith("/") ? `${path}noop.js` : path, path).require;
};
Module.isBuiltin = function isBuiltin(name) {
  return typeof name === "string" && isKnownBuiltin(name);
};
Module._cache = cache;
Module._nodeModulePaths = lookupPaths;
Module._load = (request, parent) => requireFrom(parent ?? new Module("", undefined), request);
Module._resolveFilename = (request, parent, isMain, options) => resolveFor(parent ?? new Module("", undefined), request, options);
for (const name of ["register", "registerHooks", "syncBuiltinESMExports", "findSourceMap", "findPackageJSON", "enableCompileCache", "runMain"]) {
  Module[name] = () => {
    throw missing(`module.${name}`);
  };
}

module.exports = Module;
