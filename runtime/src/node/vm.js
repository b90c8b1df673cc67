// node:vm, on contexts (realms) of the isolate. What a context is allowed is the engine's: object/trust.rs.

const { coded, invalidArgType, invalidArgValue, outOfRange, validateString, validateBoolean } = require("internal/errors");
const { isModuleNamespaceObject } = require("util/types");
const { Buffer } = require("buffer");

// What is known of contexts, by the object that stands for each: { realm, global }.
const contexts = new WeakMap();
let count = 0;

const USE_MAIN_CONTEXT_DEFAULT_LOADER = Symbol("vm_dynamic_import_main_context_default");
const DONT_CONTEXTIFY = Symbol("vm_context_no_contextify");

function isObjectLike(value) {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

function validateOptions(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw invalidArgType(name, "Object", value);
}

function validateInt32(value, name) {
  if (typeof value !== "number") throw invalidArgType(name, "number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < -2147483648 || value > 2147483647) throw outOfRange(name, ">= -2147483648 && <= 2147483647", value);
}

function validateArray(value, name) {
  if (!Array.isArray(value)) throw invalidArgType(name, "Array", value);
}

function isContext(object) {
  if (object === null || typeof object !== "object") throw invalidArgType("object", "Object", object);
  return contexts.has(object);
}

function recordOf(object) {
  const record = isObjectLike(object) ? contexts.get(object) : undefined;
  if (record === undefined) throw invalidContext("contextifiedObject", object);
  return record;
}

function invalidContext(name, value) {
  const error = invalidArgType(name, "vm.Context", value);
  const head = `The "${name}" argument must be `;
  return coded(TypeError, "ERR_INVALID_ARG_TYPE", `${head}an vm.Context${error.message.slice(error.message.indexOf(". Received"))}`);
}

// ---- contexts

function createContext(object = {}, options = {}) {
  if (object !== DONT_CONTEXTIFY && isContext(object)) return object;
  validateOptions(options, "options");
  const { name = `VM Context ${++count}`, origin, codeGeneration, microtaskMode } = options;
  validateString(name, "options.name");
  if (origin !== undefined) validateString(origin, "options.origin");
  checkCodeGeneration(codeGeneration, "options.codeGeneration");
  checkMicrotaskMode(microtaskMode);
  checkImporter(options.importModuleDynamically);
  const plain = object === DONT_CONTEXTIFY;
  const strings = codeGeneration?.strings ?? true;
  const made = %newContext(plain ? undefined : object, strings, microtaskMode === "afterEvaluate");
  const record = %newObject(null);
  record.realm = made[0];
  record.importer = options.importModuleDynamically;
  const holder = plain ? made[1] : object;
  contexts.set(holder, record);
  return holder;
}

function checkCodeGeneration(value, name) {
  if (value === undefined) return;
  validateOptions(value, name);
  const { strings = true, wasm = true } = value;
  validateBoolean(strings, `${name}.strings`);
  validateBoolean(wasm, `${name}.wasm`);
}

function checkMicrotaskMode(mode) {
  if (mode === undefined || mode === "afterEvaluate") return;
  throw invalidArgValue("options.microtaskMode", mode, "must be one of: 'afterEvaluate', undefined");
}

function checkImporter(importer) {
  if (importer === undefined || importer === USE_MAIN_CONTEXT_DEFAULT_LOADER || typeof importer === "function") return;
  throw invalidArgType("options.importModuleDynamically", "function", importer);
}

// What `import()` of a script is told by: library/module.js reads it.
function importHost(importer, script) {
  const host = %newObject(null);
  if (importer === USE_MAIN_CONTEXT_DEFAULT_LOADER) {
    const from = `${%currentDirectory()}/noop.js`;
    host.importer = (specifier, _, attributes) => dynamicImport(from, specifier, { with: attributes });
  } else if (importer !== undefined) {
    host.importer = async (specifier, referrer, attributes) => {
      const namespace = await importer(specifier, referrer, attributes);
      if (isModuleNamespaceObject(namespace)) return namespace;
      throw coded(TypeError, "ERR_VM_MODULE_NOT_MODULE", "Provided module is not an instance of Module");
    };
  }
  host.script = script;
  return host;
}

// ---- scripts

class Script {
  #unit;
  #host;

  constructor(code, options = {}) {
    code = `${code}`;
    if (typeof options === "string") options = { filename: options };
    else validateOptions(options, "options");
    const { filename = "evalmachine.<anonymous>", lineOffset = 0, columnOffset = 0, cachedData, produceCachedData = false,
      importModuleDynamically } = options;
    validateString(filename, "options.filename");
    validateInt32(lineOffset, "options.lineOffset");
    validateInt32(columnOffset, "options.columnOffset");
    checkCachedData(cachedData);
    validateBoolean(produceCachedData, "options.produceCachedData");
    checkImporter(importModuleDynamically);
    this.#unit = unitOf(this, code, filename, lineOffset, columnOffset, cachedData, produceCachedData);
    this.sourceMapURL = undefined;
    this.#host = importHost(importModuleDynamically, this);
  }

  createCachedData() {
    return Buffer.from(%unitBytes(this.#unit));
  }

  runInThisContext(options) {
    return runScript(%scriptFunction(this.#unit, %ownRealm(), this.#host), undefined, checkRunOptions(options));
  }

  runInContext(contextifiedObject, options) {
    const { realm } = recordOf(contextifiedObject);
    return runScript(%scriptFunction(this.#unit, realm, this.#host), realm, checkRunOptions(options));
  }

  runInNewContext(contextObject, options) {
    const context = createContext(contextObject, contextOptions(options));
    return this.runInContext(context, options);
  }
}

function checkCachedData(data) {
  if (data !== undefined && !ArrayBuffer.isView(data)) {
    throw invalidArgType("options.cachedData", ["Buffer", "TypedArray", "DataView"], data);
  }
}

// The unit of a script; what became of the cache is told to `owner`, as Node does.
function unitOf(owner, code, filename, line, column, cachedData, produce) {
  let unit;
  if (cachedData !== undefined) {
    const bytes = new Uint8Array(cachedData.buffer, cachedData.byteOffset, cachedData.byteLength);
    unit = %unitOfBytes(bytes, code, filename);
    owner.cachedDataRejected = unit === undefined;
  }
  if (unit === undefined) unit = %compileScript(code, filename, line, column);
  if (produce) {
    owner.cachedData = Buffer.from(%unitBytes(unit));
    owner.cachedDataProduced = true;
  }
  return unit;
}

function checkRunOptions(options = {}) {
  if (typeof options !== "object" || options === null || Array.isArray(options)) throw invalidArgType("options", "Object", options);
  const { timeout, displayErrors = true, breakOnSigint = false } = options;
  if (timeout !== undefined) {
    if (typeof timeout !== "number") throw invalidArgType("options.timeout", "number", timeout);
    if (!Number.isInteger(timeout)) throw outOfRange("options.timeout", "an integer", timeout);
    if (timeout < 1 || timeout > 4294967295) throw outOfRange("options.timeout", ">= 1 && <= 4294967295", timeout);
  }
  validateBoolean(displayErrors, "options.displayErrors");
  validateBoolean(breakOnSigint, "options.breakOnSigint");
  return timeout;
}

function runScript(run, realm, timeout) {
  if (timeout === undefined) return runAndDrain(run, realm);
  return runTimed(run, realm, timeout);
}

// What the time limit leaves behind, it leaves without running its handlers: this function is the first that goes on.
function runTimed(run, realm, timeout) {
  %armTimeout(timeout);
  try {
    return runAndDrain(run, realm);
  } finally {
    if (%disarmTimeout()) {
      if (realm !== undefined) %endContextWork(realm);
      throw coded(Error, "ERR_SCRIPT_EXECUTION_TIMEOUT", `Script execution timed out after ${timeout}ms`);
    }
  }
}

// Runs a script, and behind it the jobs of a context that has its own.
function runAndDrain(run, realm) {
  if (realm === undefined || %realmObject(realm, "ContextJobs") === undefined) return %call(run, undefined);
  try {
    return %call(run, undefined);
  } finally {
    while (%hasContextJobs(realm)) %runContextJob(realm);
  }
}

function contextOptions(options) {
  if (options === undefined || typeof options === "string") return {};
  validateOptions(options, "options");
  const { contextName, contextOrigin, contextCodeGeneration, microtaskMode } = options;
  if (contextName !== undefined) validateString(contextName, "options.contextName");
  if (contextOrigin !== undefined) validateString(contextOrigin, "options.contextOrigin");
  checkCodeGeneration(contextCodeGeneration, "options.contextCodeGeneration");
  return { name: contextName, origin: contextOrigin, codeGeneration: contextCodeGeneration, microtaskMode };
}

function scriptOptions(options) {
  return typeof options === "string" ? { filename: options } : options;
}

function runInContext(code, contextifiedObject, options) {
  if (!isContext(contextifiedObject)) throw invalidContext("contextifiedObject", contextifiedObject);
  options = scriptOptions(options);
  return new Script(code, options).runInContext(contextifiedObject, options);
}

function runInNewContext(code, contextObject, options) {
  options = scriptOptions(options);
  const context = createContext(contextObject, contextOptions(options));
  return new Script(code, options).runInContext(context, options);
}

function runInThisContext(code, options) {
  options = scriptOptions(options);
  return new Script(code, options).runInThisContext(options);
}

// ---- functions

function compileFunction(code, params, options = {}) {
  validateString(code, "code");
  if (params !== undefined) {
    validateArray(params, "params");
    for (let i = 0; i < params.length; i++) validateString(params[i], `params[${i}]`);
  }
  const { filename = "", columnOffset = 0, lineOffset = 0, cachedData, produceCachedData = false, parsingContext,
    contextExtensions = [], importModuleDynamically } = options;
  validateString(filename, "options.filename");
  validateInt32(columnOffset, "options.columnOffset");
  validateInt32(lineOffset, "options.lineOffset");
  checkCachedData(cachedData);
  validateBoolean(produceCachedData, "options.produceCachedData");
  checkImporter(importModuleDynamically);
  let realm = %ownRealm();
  if (parsingContext !== undefined) {
    const record = isObjectLike(parsingContext) ? contexts.get(parsingContext) : undefined;
    if (record === undefined) throw invalidArgType("options.parsingContext", "Context", parsingContext);
    realm = record.realm;
  }
  validateArray(contextExtensions, "options.contextExtensions");
  for (let i = 0; i < contextExtensions.length; i++) validateOptions(contextExtensions[i], `options.contextExtensions[${i}]`);
  const result = {};
  const list = params === undefined ? "" : params.join(",");
  // Neither may leave its place.
  %compileScript(`(function (${list}\n) {\n})`, filename, 0, 0);
  %compileScript(`(function () {\n${code}\n})`, filename, lineOffset - 1, 0);
  const text = contextExtensions.length === 0 ? `(function (${list}) {\n${code}\n})` : extended(code, list, contextExtensions.length);
  const unit = unitOf(result, text, filename, lineOffset - 1, 0, cachedData, produceCachedData);
  const host = importHost(importModuleDynamically, undefined);
  let made = %call(%scriptFunction(unit, realm, host), undefined);
  if (contextExtensions.length > 0) made = %apply(made, undefined, contextExtensions);
  host.script = made;
  if ("cachedDataRejected" in result) made.cachedDataRejected = result.cachedDataRejected;
  if (produceCachedData) {
    made.cachedData = result.cachedData;
    made.cachedDataProduced = true;
  }
  return made;
}

// A function within objects whose properties are names in it.
function extended(code, list, count) {
  const names = [];
  let heads = "";
  for (let i = 0; i < count; i++) {
    const name = `$extension${i}`;
    names.push(name);
    heads += `with(${name})`;
  }
  return `(function(${names.join(",")}){${heads}return function (${list}) {\n${code}\n}})`;
}

// ---- memory

function measureMemory(options = {}) {
  validateOptions(options, "options");
  const { mode = "summary", execution = "default" } = options;
  if (mode !== "summary" && mode !== "detailed") {
    throw invalidArgValue("options.mode", mode, "must be one of: 'summary', 'detailed'");
  }
  if (execution !== "default" && execution !== "eager") {
    throw invalidArgValue("options.execution", execution, "must be one of: 'default', 'eager'");
  }
  const used = %realm("Process").memoryUsage().heapUsed;
  const estimate = { jsMemoryEstimate: used, jsMemoryRange: [used, used] };
  const result = mode === "summary" ? { total: estimate } : { total: estimate, current: estimate, other: [] };
  return Promise.resolve(result);
}

function createScript(code, options) {
  return new Script(code, options);
}

module.exports = {
  Script, createContext, createScript, runInContext, runInNewContext, runInThisContext, isContext, compileFunction,
  measureMemory, constants: Object.freeze({ __proto__: null, USE_MAIN_CONTEXT_DEFAULT_LOADER, DONT_CONTEXTIFY }),
};
