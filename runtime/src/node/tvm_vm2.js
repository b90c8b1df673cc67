// tvm:vm2: the classes of vm2 on sandboxes, so that a program changes one import. Where vm2 hands out live proxies, copies
// come here; functions that the host gives are called with copies.
// exports: VM NodeVM VMScript VMError

const { coded, invalidArgType, validateString, validateObject } = require("internal/errors");
const { Sandbox, Script } = require("tvm/sandbox");

class VMError extends Error {}
Object.defineProperty(VMError.prototype, "name", { value: "VMError", writable: true, configurable: true });

class VMScript {
  #code;
  #filename;
  #compiled;

  constructor(code, options) {
    validateString(code, "code");
    this.#code = code;
    this.#filename = (typeof options === "string" ? options : options?.filename) ?? "vm.js";
  }

  get code() {
    return this.#code;
  }

  get filename() {
    return this.#filename;
  }

  compile() {
    this.#compiled ??= new Script(this.#code, { filename: this.#filename });
    return this;
  }

  static {
    compiledOf = (script) => script.compile().#compiled;
  }
}
var compiledOf;

// What a host gives: functions are called, all else is copied.
function give(box, name, value) {
  if (typeof value === "function") box.expose(name, value);
  else box.setGlobal(name, value);
}

function boxWith(values, { memory, fuel, console = "inherit" }) {
  const box = new Sandbox({ memory, fuel, console: console === "off" ? "ignore" : console });
  for (const name of Object.keys(values)) give(box, name, values[name]);
  return box;
}

class VM {
  #box;
  #timeout;

  constructor(options = {}) {
    validateObject(options, "options");
    const { sandbox = {}, timeout, eval: allowsEval = true } = options;
    validateObject(sandbox, "options.sandbox");
    if (allowsEval === false) throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "The option eval: false is not implemented");
    this.#timeout = timeout;
    this.#box = boxWith(sandbox, options);
  }

  get sandbox() {
    return this.#box;
  }

  run(code, options) {
    const bounds = { timeout: this.#timeout };
    if (code instanceof VMScript) return this.#box.runSync(compiledOf(code), bounds);
    validateString(code, "code");
    const filename = typeof options === "string" ? options : options?.filename;
    return this.#box.evalSync(code, { ...bounds, filename: filename ?? "vm.js" });
  }

  runFile() {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "vm.runFile() is not implemented: read the file and run its text");
  }

  setGlobal(name, value) {
    give(this.#box, name, value);
    return this;
  }

  setGlobals(values) {
    for (const name of Object.keys(values)) give(this.#box, name, values[name]);
    return this;
  }

  getGlobal(name) {
    validateString(name, "name");
    return this.#box.evalSync(`globalThis[${JSON.stringify(name)}]`, { timeout: this.#timeout });
  }

  freeze(value, name) {
    if (name !== undefined) give(this.#box, name, value);
    return value;
  }

  protect(value, name) {
    return this.freeze(value, name);
  }

  dispose() {
    this.#box.dispose();
  }

  [Symbol.dispose]() {
    this.dispose();
  }
}

// Runs code as a CommonJS module: what it exports is copied out, its functions as functions that call into the sandbox.
class NodeVM {
  #box;
  #mocks;
  #timeout;
  #count = 0;

  constructor(options = {}) {
    validateObject(options, "options");
    const { sandbox = {}, timeout, require: allowed = false } = options;
    validateObject(sandbox, "options.sandbox");
    this.#timeout = timeout;
    this.#mocks = mocksOf(allowed);
    this.#box = boxWith(sandbox, options);
    this.#box.expose("__mock", (name) => {
      const mock = this.#mock(name);
      const parts = {};
      if (typeof mock === "function") return { isFunction: true };
      for (const key of Object.keys(mock)) parts[key] = typeof mock[key] === "function" ? { isFunction: true } : { value: mock[key] };
      return { parts };
    });
    this.#box.expose("__call", (name, key, args) => {
      const mock = this.#mock(name);
      if (key === undefined && typeof mock === "function") return mock(...args);
      if (typeof key !== "string" || !Object.hasOwn(mock, key) || typeof mock[key] !== "function") throw new VMError("not a function");
      return mock[key](...args);
    });
    this.#box.evalSync(PRELUDE, { filename: "nodevm.js" });
  }

  get sandbox() {
    return this.#box;
  }

  #mock(name) {
    if (typeof name !== "string" || !Object.hasOwn(this.#mocks, name)) throw new VMError(`Cannot find module '${name}'`);
    return this.#mocks[name];
  }

  run(code, filename) {
    const text = code instanceof VMScript ? code.code : code;
    validateString(text, "code");
    if (typeof filename !== "string") filename = code instanceof VMScript ? code.filename : "vm.js";
    const number = ++this.#count;
    // A text that would leave the function is none of a module.
    new Function("module", "exports", "require", "__filename", text);
    const shape = this.#box.evalSync(`__load(${number}, function (module, exports, require, __filename) { ${text}\n}, ${JSON.stringify(filename)})`,
      { filename, timeout: this.#timeout });
    return this.#exported(number, shape);
  }

  // What a module exports, as its shape says.
  #exported(number, shape) {
    const stub = (path) => (...args) => this.#box.callSync("__invoke", number, path, args);
    if (shape.isFunction) return stub([]);
    if (shape.parts === undefined) return shape.value;
    const exports = {};
    for (const key of Object.keys(shape.parts)) {
      const value = shape.parts[key].isFunction ? stub([key]) : shape.parts[key].value;
      Object.defineProperty(exports, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return exports;
  }

  require() {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "nodevm.require() is not implemented");
  }

  dispose() {
    this.#box.dispose();
  }

  [Symbol.dispose]() {
    this.dispose();
  }
}

function mocksOf(allowed) {
  if (allowed === false || allowed === true) return {};
  validateObject(allowed, "options.require");
  const { mock = {}, external, builtin, root } = allowed;
  if (external || root || (Array.isArray(builtin) && builtin.length > 0)) {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "The options require.external, require.builtin and require.root are not implemented: give modules by require.mock");
  }
  validateObject(mock, "options.require.mock");
  return { __proto__: null, ...mock };
}

const PRELUDE = `{
  const mock = __mock, call = __call, modules = new Map(), cache = new Map();
  delete globalThis.__mock; delete globalThis.__call;
  const load = (name) => {
    name = String(name);
    if (cache.has(name)) return cache.get(name);
    const shape = mock(name);
    const stub = (key) => (...args) => call(name, key, args);
    let made;
    if (shape.isFunction) made = stub(undefined);
    else {
      made = {};
      for (const key of Object.keys(shape.parts)) made[key] = shape.parts[key].isFunction ? stub(key) : shape.parts[key].value;
    }
    cache.set(name, made);
    return made;
  };
  const shapeOf = (exports) => {
    if (typeof exports === "function") return { isFunction: true };
    if (typeof exports !== "object" || exports === null || Array.isArray(exports)) return { value: exports };
    const parts = {};
    for (const key of Object.keys(exports)) parts[key] = typeof exports[key] === "function" ? { isFunction: true } : { value: exports[key] };
    return { parts };
  };
  const hidden = (name, value) => Object.defineProperty(globalThis, name, { value });
  hidden("__load", (number, body, filename) => {
    const module = { exports: {} };
    body.call(module.exports, module, module.exports, load, filename);
    modules.set(number, module);
    return shapeOf(module.exports);
  });
  hidden("__invoke", (number, path, args) => {
    const exports = modules.get(number).exports;
    return path.length === 0 ? exports(...args) : exports[path[0]](...args);
  });
  void 0;
}`;

module.exports = { VM, NodeVM, VMScript, VMError };
