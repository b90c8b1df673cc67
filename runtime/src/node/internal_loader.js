// CommonJS: `require`, modules and their cache, builtin modules, and what `import` makes of both. One to a realm.
// A module of the program is a cell of the engine (`cell`), by its full name; `Module` is what programs see of it.

const MODULE = 0, COMMON_JS = 1, BUILTIN = 2;

const cache = %newObject(null);
const builtins = %newObject(null);
// Modules of ECMAScript that are running because they were required.
const running = %newObject(null);
const state = { main: undefined, paused: undefined };

class Module {
  #cell = undefined;

  constructor(id = "", parent = undefined) {
    this.id = id;
    this.path = directoryOf(id);
    this.exports = {};
    %defineHidden(this, "parent", parent);
    this.filename = null;
    this.loaded = false;
    this.children = [];
    if (%isObject(parent)) addChild(parent, this);
  }

  require(id) {
    return requireFrom(this, id);
  }

  // The engine's side of a module is out of programs' reach.
  static {
    cellOf = (module) => (%isObject(module) && !%isProxy(module) && #cell in module ? module.#cell : undefined);
    setCell = (module, cell) => {
      module.#cell = cell;
    };
  }
}
var cellOf, setCell;

// The file that a module says it is. Programs may write what they like there.
function referrerOf(module) {
  const name = module.filename ?? module.id;
  return typeof name === "string" ? name : "";
}

function directoryOf(path) {
  if (typeof path !== "string") return ".";
  let end = path.length - 1;
  while (end > 0 && path[end] !== "/") end--;
  if (end < 0) return ".";
  if (path[end] !== "/") return ".";
  return end === 0 ? "/" : %substring(path, 0, end);
}

// What a module of the library exports; it runs when it is first asked for.
function builtin(name) {
  const known = builtins[name];
  if (known !== undefined) return known.exports;
  const body = %builtinModule(name);
  if (body === undefined) return undefined;
  const module = { exports: {} };
  builtins[name] = module;
  try {
    %call(body, undefined, module.exports, builtin, module);
  } catch (error) {
    delete builtins[name];
    throw error;
  }
  return module.exports;
}

function codedError(Base, code, message) {
  const error = new Base(message);
  error.code = code;
  return error;
}

function checkId(id) {
  if (typeof id !== "string") {
    throw builtin("internal/errors").invalidArgType("id", "string", id);
  }
  if (id === "") {
    throw builtin("internal/errors").invalidArgValue("id", id, "must be a non-empty string");
  }
}

// What a specifier means as seen from a module; the error tells by which way it was come to.
function resolve(id, parent) {
  try {
    return %resolveRequired(id, referrerOf(parent));
  } catch (error) {
    if (%isObject(error) && error.code === "MODULE_NOT_FOUND") {
      const stack = [];
      for (let by = parent, i = 0; %isObject(by) && i < 100; by = by.parent, i++) %push(stack, referrerOf(by));
      let message = error.message;
      if (stack.length > 0) {
        message += "\nRequire stack:";
        for (let i = 0; i < stack.length; i++) message += "\n- " + stack[i];
      }
      const told = codedError(Error, "MODULE_NOT_FOUND", message);
      told.requireStack = stack;
      throw told;
    }
    throw error;
  }
}

function isBuiltinName(name) {
  return name[0] === "n" && name[4] === ":" && %substring(name, 0, 5) === "node:"
    || name[0] === "t" && name[3] === ":" && %substring(name, 0, 4) === "tvm:";
}

// A builtin module by its full name.
function builtinNamed(name) {
  return builtin(name[0] === "t" ? "tvm/" + %substring(name, 4, name.length) : %substring(name, 5, name.length));
}

function requireFrom(parent, id) {
  checkId(id);
  if (!%isObject(parent)) parent = new Module("", undefined);
  let cell = undefined;
  let name;
  const own = cellOf(parent);
  if (own !== undefined) cell = %requiredOfUnit(own, id);
  name = cell === undefined ? resolve(id, parent) : %moduleName(cell);
  if (isBuiltinName(name)) return builtinNamed(name);
  const cached = cache[name];
  if (cached !== undefined && cached !== null) {
    if (running[name]) throw cycleError(name);
    addChild(parent, cached);
    return cached.exports;
  }
  const module = new Module(name, parent);
  load(module, name, cell);
  return module.exports;
}

function addChild(parent, child) {
  const children = parent.children;
  if (!%isArrayQuietly(children) || %isProxy(children)) return;
  for (let i = 0; i < children.length; i++) if (children[i] === child) return;
  %push(children, child);
}

// Runs a module that is in no cache yet. One that throws is forgotten.
function load(module, name, cell) {
  cache[name] = module;
  module.filename = name;
  module.paths = lookupPaths(module.path);
  let done = false;
  try {
    run(module, name, cell);
    done = true;
  } finally {
    if (!done) {
      delete cache[name];
      const siblings = module.parent?.children;
      if (%isArrayQuietly(siblings) && !%isProxy(siblings) && siblings[siblings.length - 1] === module) siblings.length--;
    }
  }
  module.loaded = true;
}

function endsWith(text, end) {
  return text.length >= end.length && %substring(text, text.length - end.length, text.length) === end;
}

function run(module, name, cell) {
  if (cell === undefined && endsWith(name, ".json")) return runJSON(module, name, %requiredText(name));
  if (cell === undefined) cell = %loadRequired(name);
  else %linkRequired(cell);
  const form = %moduleForm(cell);
  if (form === COMMON_JS) return runCommonJs(module, cell);
  if (form === MODULE) return runModule(module, cell);
  if (%moduleIsJson(cell)) return runJSON(module, name, %moduleText(cell));
  module.exports = %moduleText(cell);
}

function runJSON(module, name, text) {
  if (text[0] === "\uFEFF") text = %substring(text, 1, text.length);
  try {
    module.exports = %call(%realm("JsonParse"), undefined, text);
  } catch (error) {
    error.message = name + ": " + error.message;
    throw error;
  }
}

function runCommonJs(module, cell) {
  setCell(module, cell);
  const exports = module.exports;
  %call(%moduleBody(cell), exports, exports, makeRequire(module), module, %moduleName(cell), directoryOf(%moduleName(cell)));
}

// An ECMAScript module that is required: it runs at once, so nothing in its graph may await at top level.
function runModule(module, cell) {
  const name = %moduleName(cell);
  if (moduleRecord(cell).status === 1) throw cycleError(name);
  const waits = awaitingModule(cell);
  if (waits !== undefined) {
    throw codedError(Error, "ERR_REQUIRE_ASYNC_MODULE",
      `require() cannot be used on an ESM graph with top-level await. Use import() instead: ${%moduleName(waits)} awaits (required ${name})`);
  }
  running[name] = true;
  let promise;
  try {
    promise = evaluateModule(cell);
  } finally {
    delete running[name];
  }
  const record = moduleRecord(moduleRecord(cell).root);
  if (record.failed) {
    %promiseThen(promise, undefined, () => {}, undefined, undefined, undefined);
    throw record.error;
  }
  const namespace = %moduleNamespace(cell);
  if ("module.exports" in namespace) module.exports = namespace["module.exports"];
  else if ("default" in namespace && !("__esModule" in namespace)) module.exports = %requiredNamespace(cell);
  else module.exports = namespace;
}

function cycleError(name) {
  return codedError(Error, "ERR_REQUIRE_CYCLE_MODULE", `Cannot require() ES Module ${name} in a cycle.`);
}

// A module in a graph that awaits at top level and is not done.
function awaitingModule(cell) {
  const all = [cell];
  for (let i = 0; i < all.length; i++) {
    if (moduleRecord(all[i]).status === 3) continue;
    if (%moduleIsAsync(all[i])) return all[i];
    const requests = %moduleRequests(all[i]);
    for (let j = 0; j < requests.length; j++) {
      let known = false;
      for (let k = 0; k < all.length && !known; k++) known = all[k] === requests[j];
      if (!known) %push(all, requests[j]);
    }
  }
  return undefined;
}

function makeRequire(module) {
  const require = function require(id) {
    return requireFrom(module, id);
  };
  require.resolve = function resolve(request, options) {
    return resolveFor(module, request, options);
  };
  require.resolve.paths = function paths(request) {
    checkId(request);
    if (isKnownBuiltin(request)) return null;
    return request[0] === "." && (request.length === 1 || request[1] === "/" || request[1] === ".")
      ? [directoryOf(referrerOf(module))] : lookupPaths(directoryOf(referrerOf(module)));
  };
  require.main = state.main;
  require.cache = cache;
  return require;
}

function isKnownBuiltin(name) {
  if (%substring(name, 0, 5) === "node:") name = %substring(name, 5, name.length);
  const names = %builtinNames();
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

function resolveFor(module, request, options) {
  checkId(request);
  const paths = options?.paths;
  if (paths === undefined) {
    const cell = cellOf(module);
    const own = cell === undefined ? undefined : %requiredOfUnit(cell, request);
    return own === undefined ? publicName(request, resolve(request, module)) : %moduleName(own);
  }
  if (!%isArrayQuietly(paths) || %isProxy(paths)) throw builtin("internal/errors").invalidArgType("options.paths", "Array", paths);
  for (let i = 0; i < paths.length; i++) {
    try {
      return publicName(request, %resolveRequired(request, %toString(paths[i]) + "/noop.js"));
    } catch (error) {
      if (!%isObject(error) || error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw codedError(Error, "MODULE_NOT_FOUND", `Cannot find module '${request}'`);
}

// A builtin module's name is what it was asked for by.
function publicName(request, name) {
  return isBuiltinName(name) ? request : name;
}

// The directories in which packages are looked for, as seen from one.
function lookupPaths(directory) {
  const paths = [];
  if (directory[0] !== "/") return paths;
  for (;;) {
    if (!endsWith(directory, "/node_modules")) %push(paths, (directory === "/" ? "" : directory) + "/node_modules");
    if (directory === "/") return paths;
    directory = directoryOf(directory);
  }
}

// The program's main module.
function runMain(cell) {
  const name = %moduleName(cell);
  const module = new Module(".", null);
  module.path = directoryOf(name);
  state.main = module;
  load(module, name, cell);
}

// What an `import` of a CommonJS or builtin module evaluates.
function evaluate(cell) {
  const name = %moduleName(cell);
  if (%moduleForm(cell) === BUILTIN) return fill(cell, builtinNamed(name));
  let module = cache[name];
  if (module === undefined) {
    module = new Module(name, undefined);
    load(module, name, cell);
  }
  fill(cell, module.exports);
}

function fill(cell, exports) {
  %setModuleValue(cell, 0, exports);
  const names = %moduleValueNames(cell);
  for (let i = 0; i < names.length; i++) {
    let value = undefined;
    try {
      if (%isObject(exports) && %getOwnDescriptor(exports, names[i]) !== undefined) value = exports[names[i]];
    } catch {}
    %setModuleValue(cell, i + 1, value);
  }
}

// A `require` for code that is no module: `-e`, the REPL, `createRequire`.
function requireFor(filename, id) {
  const module = new Module(id, undefined);
  module.filename = filename;
  module.path = directoryOf(filename);
  module.paths = lookupPaths(module.path);
  return { module, require: makeRequire(module) };
}

exports.builtin = builtin;
exports.runMain = runMain;
exports.evaluate = evaluate;
exports.requireFor = requireFor;
exports.isKnownBuiltin = isKnownBuiltin;
exports.lookupPaths = lookupPaths;
exports.Module = Module;
exports.cache = cache;
exports.makeRequire = makeRequire;
exports.requireFrom = requireFrom;
exports.resolveFor = resolveFor;
