// node:process: the global object, made an emitter of events.
// exports: argv argv0 arch cwd emitWarning env execArgv execPath exit exitCode hrtime memoryUsage nextTick on once off
// exports: emit addListener removeListener removeAllListeners listeners listenerCount pid platform ppid release stderr
// exports: stdout title umask uptime version versions abort chdir kill stdin features config

const EventEmitter = require("events");
const { coded, invalidArgType, missing, validateString } = require("internal/errors");

const process = %realm("Process");
const METHODS = [
  "on", "once", "off", "emit", "addListener", "removeListener", "removeAllListeners", "prependListener",
  "prependOnceListener", "listeners", "rawListeners", "listenerCount", "eventNames", "setMaxListeners", "getMaxListeners",
];

function Process() {}

const proto = Object.create(EventEmitter.prototype, {
  constructor: { value: Process, writable: true, configurable: true, enumerable: false },
});
Object.defineProperty(Process, "name", { value: "process" });
for (const name of METHODS) delete process[name];
Object.setPrototypeOf(process, proto);
for (const name of ["_events", "_eventsCount", "_maxListeners"]) {
  Object.defineProperty(process, name, { value: undefined, writable: true, configurable: true, enumerable: false });
}
EventEmitter.call(process);

const warned = { count: 0 };

process.emitWarning = function emitWarning(warning, type, code, from) {
  let detail;
  if (type !== null && typeof type === "object" && !Array.isArray(type)) {
    from = type.ctor;
    code = type.code;
    if (typeof type.detail === "string") detail = type.detail;
    type = type.type || "Warning";
  } else if (typeof type === "function") {
    from = type;
    code = "";
    type = "Warning";
  }
  if (type !== undefined) validateString(type, "type");
  if (typeof code === "function") {
    from = code;
    code = "";
  } else if (code !== undefined) validateString(code, "code");
  if (typeof warning === "string") {
    const error = new Error(warning);
    error.name = String(type || "Warning");
    if (code !== undefined) error.code = code;
    if (detail !== undefined) error.detail = detail;
    if (typeof from === "function") Error.captureStackTrace(error, from);
    warning = error;
  } else if (!(warning instanceof Error)) throw invalidArgType("warning", ["Error", "string"], warning);
  if (warning.name === "DeprecationWarning" && process.noDeprecation) return;
  process.nextTick(tell, warning);
};

function tell(warning) {
  process.emit("warning", warning);
  if (process.noProcessWarnings) return;
  const code = warning.code ? `[${warning.code}] ` : "";
  let text = `(tvm) ${code}${warning.name}: ${warning.message}`;
  if (typeof warning.detail === "string") text += `\n${warning.detail}`;
  process.stderr.write(`${text}\n`);
  warned.count++;
}

for (const name of ["chdir", "abort", "kill", "dlopen", "setuid", "setgid", "getuid", "getgid", "binding", "cpuUsage", "resourceUsage"]) {
  process[name] = () => {
    throw missing(`process.${name}`);
  };
}
process.umask = () => 0o22;
process.setUncaughtExceptionCaptureCallback = () => {
  throw missing("process.setUncaughtExceptionCaptureCallback");
};
Object.defineProperty(process, "stdin", {
  configurable: true, enumerable: true,
  get() {
    throw missing("process.stdin");
  },
});

module.exports = process;
