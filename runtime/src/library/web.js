// TextEncoder, TextDecoder, atob, btoa, reportError, and process.

function textEncoderConstructor() {
  if (new.target === undefined) %throwTypeError("Class constructor TextEncoder cannot be invoked without 'new'");
  return %newTextEncoder(prototypeFor(new.target, "TextEncoderPrototype"));
}

function textDecoderConstructor(label, options) {
  if (new.target === undefined) %throwTypeError("Class constructor TextDecoder cannot be invoked without 'new'");
  label = label === undefined ? "utf-8" : %toString(label);
  let fatal = false;
  let keepsMark = false;
  if (options !== undefined && options !== null) {
    if (!%isObject(options)) %throwTypeError("The \"options\" argument must be of type object.");
    fatal = !!options.fatal;
    keepsMark = !!options.ignoreBOM;
  }
  return %newTextDecoder(prototypeFor(new.target, "TextDecoderPrototype"), label, fatal, keepsMark);
}

function textDecoderDecode(input, options) {
  %checkTextDecoder(this);
  let more = false;
  if (options !== undefined && options !== null) {
    if (!%isObject(options)) %throwTypeError("The \"options\" argument must be of type object.");
    more = !!options.stream;
  }
  return %decodeText(this, input, more);
}

function btoa(data) {
  if (%argumentCount() === 0) %throwTypeError("The \"data\" argument must be specified");
  const text = %encodeBase64(%toString(data));
  if (text === undefined) throwDOMException("Invalid character", "InvalidCharacterError");
  return text;
}

function atob(data) {
  if (%argumentCount() === 0) %throwTypeError("The \"data\" argument must be specified");
  const text = %decodeBase64(%toString(data));
  if (text === null) throwDOMException("Invalid character", "InvalidCharacterError");
  if (text === undefined) throwDOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
  return text;
}

function reportError(error) {
  if (%argumentCount() === 0) %throwTypeError("The \"error\" argument must be specified");
  %writeLine(2, "Uncaught " + formatValue(newInspection(%hasColors(2)), error, 0, false));
}

function processHrtime(previous) {
  const now = %monotonicTime();
  let seconds = now / 1000;
  seconds -= seconds % 1;
  let nanoseconds = (now - seconds * 1000) * 1e6;
  nanoseconds -= nanoseconds % 1;
  if (previous !== undefined) {
    if (!%isArrayQuietly(previous)) %throwTypeError("The \"time\" argument must be an instance of Array.");
    seconds -= previous[0];
    nanoseconds -= previous[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}

function processExit(code) {
  if (code !== undefined) %setExitCode(exitCodeOf(code));
  processAtExit();
  %exit();
}

// Events of `process`, which is an emitter once a program has asked for its methods.
function processEmit(type, first, second) {
  const process = %realm("Process");
  if (%ownFlags(process, "_events") === 0) return false;
  const emit = process.emit;
  return %call(emit, process, type, first, second);
}

function processBeforeExit() {
  processEmit("beforeExit", %realm("Process").exitCode ?? 0);
}

function processAtExit() {
  const process = %realm("Process");
  if (%ownFlags(process, "_exiting") !== 0) return;
  %defineHidden(process, "_exiting", true);
  processEmit("exit", process.exitCode ?? 0);
}

function processUncaught(error, inPromise) {
  const origin = inPromise ? "unhandledRejection" : "uncaughtException";
  processEmit("uncaughtExceptionMonitor", error, origin);
  processEmit("uncaughtException", error, origin);
}

function processUnhandled(reason, promise) {
  processEmit("unhandledRejection", reason, promise);
}

// The emitter, and its method that a program called under the same name.
function processMethod(name, args) {
  const loader = commonJs();
  const builtin = loader.builtin;
  const process = %call(builtin, undefined, "process");
  return %apply(process[name], process, args);
}

function processOn(...args) { return processMethod("on", args); }
function processOnce(...args) { return processMethod("once", args); }
function processOff(...args) { return processMethod("off", args); }
function processEmitEvent(...args) { return processMethod("emit", args); }
function processAddListener(...args) { return processMethod("addListener", args); }
function processRemoveListener(...args) { return processMethod("removeListener", args); }
function processRemoveAllListeners(...args) { return processMethod("removeAllListeners", args); }
function processPrependListener(...args) { return processMethod("prependListener", args); }
function processPrependOnceListener(...args) { return processMethod("prependOnceListener", args); }
function processListeners(...args) { return processMethod("listeners", args); }
function processRawListeners(...args) { return processMethod("rawListeners", args); }
function processListenerCount(...args) { return processMethod("listenerCount", args); }
function processEventNames(...args) { return processMethod("eventNames", args); }
function processSetMaxListeners(...args) { return processMethod("setMaxListeners", args); }
function processGetMaxListeners(...args) { return processMethod("getMaxListeners", args); }
function processEmitWarning(...args) { return processMethod("emitWarning", args); }

function processCwd() {
  return %currentDirectory();
}

// `require` and what comes with it, as globals of code that is no file. They are made when they are first read.
function evalModule() {
  const global = %realm("Global");
  const loader = commonJs();
  if (loader.forEval === undefined) {
    const make = loader.requireFor;
    const made = %call(make, undefined, %currentDirectory() + "/[eval]", "[eval]");
    loader.forEval = made;
    replaceGlobal("require", made.require);
    replaceGlobal("module", made.module);
    replaceGlobal("exports", made.module.exports);
  }
  return loader.forEval;
}

function getEvalRequire() { return evalModule().require; }
function getEvalModule() { return evalModule().module; }
function getEvalExports() { return evalModule().module.exports; }
function setEvalRequire(value) { replaceGlobal("require", value); }
function setEvalModule(value) { replaceGlobal("module", value); }
function setEvalExports(value) { replaceGlobal("exports", value); }

function setProcessExitCode(code) {
  %setExitCode(code === undefined || code === null ? 0 : exitCodeOf(code));
}

function exitCodeOf(code) {
  const number = typeof code === "string" && code !== "" ? %toNumber(code) : code;
  if (typeof number !== "number" || number % 1 !== 0) {
    const loader = commonJs();
    const builtin = loader.builtin;
    const errors = %call(builtin, undefined, "internal/errors");
    const make = errors.invalidArgType;
    throw %call(make, undefined, "code", "integer", code);
  }
  return number;
}

function replaceGlobal(name, value) {
  const desc = %newObject(null);
  desc.value = value;
  desc.writable = true;
  desc.enumerable = false;
  desc.configurable = true;
  %defineOwn(%realm("Global"), name, desc);
}

function defineEvalGlobal(name, get, set) {
  const desc = %newObject(null);
  desc.get = get;
  desc.set = set;
  desc.enumerable = false;
  desc.configurable = true;
  %defineOwn(%realm("Global"), name, desc);
}

function installEvalGlobals(filename) {
  defineEvalGlobal("require", getEvalRequire, setEvalRequire);
  defineEvalGlobal("module", getEvalModule, setEvalModule);
  defineEvalGlobal("exports", getEvalExports, setEvalExports);
  replaceGlobal("__filename", filename);
  replaceGlobal("__dirname", ".");
}

// Globals that are made when they are first read: those that a program can do without cost nothing.
function lazyGlobal(name, from) {
  const loader = commonJs();
  const builtin = loader.builtin;
  const exports = %call(builtin, undefined, from);
  const value = exports[name];
  replaceGlobal(name, value);
  return value;
}

function getBuffer() { return lazyGlobal("Buffer", "buffer"); }
function setBuffer(value) { replaceGlobal("Buffer", value); }
function getEventTarget() { return lazyGlobal("EventTarget", "internal/event_target"); }
function setEventTarget(value) { replaceGlobal("EventTarget", value); }
function getEvent() { return lazyGlobal("Event", "internal/event_target"); }
function setEvent(value) { replaceGlobal("Event", value); }
function getAbortController() { return lazyGlobal("AbortController", "internal/event_target"); }
function setAbortController(value) { replaceGlobal("AbortController", value); }
function getAbortSignal() { return lazyGlobal("AbortSignal", "internal/event_target"); }
function setAbortSignal(value) { replaceGlobal("AbortSignal", value); }

// Timers of programs are objects (node/internal_timers.js).
function timersModule() {
  const loader = commonJs();
  const builtin = loader.builtin;
  return %call(builtin, undefined, "internal/timers");
}

function programSetTimeout(callback, delay, ...args) {
  const start = timersModule().setTimeout;
  return %call(start, undefined, callback, delay, args);
}

function programSetInterval(callback, delay, ...args) {
  const start = timersModule().setInterval;
  return %call(start, undefined, callback, delay, args);
}

function programSetImmediate(callback, ...args) {
  const start = timersModule().setImmediate;
  return %call(start, undefined, callback, args);
}

function programClearTimer(timer) {
  if (%isObject(timer)) {
    const clear = timersModule().clear;
    %call(clear, undefined, timer);
  } else if (typeof timer === "number" || typeof timer === "string") %cancelTimer(%toNumber(timer));
}
