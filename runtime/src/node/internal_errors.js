// Errors with codes, as Node words them.

const { inspect } = require("internal/inspect");

// The stack's first line shows the code, though the name does not.
function coded(Base, code, message) {
  const error = new Base(message);
  const head = `${error.name}: ${message}`;
  const stack = error.stack;
  if (typeof stack === "string" && stack.startsWith(head)) {
    const told = `${error.name} [${code}]: ${message}` + stack.slice(head.length);
    Object.defineProperty(error, "stack", { value: told, writable: true, configurable: true, enumerable: false });
  }
  error.code = code;
  return error;
}

function list(values) {
  if (values.length === 1) return values[0];
  if (values.length === 2) return `${values[0]} or ${values[1]}`;
  return `${values.slice(0, -1).join(", ")}, or ${values[values.length - 1]}`;
}

const KINDS = ["string", "function", "number", "object", "Function", "Object", "boolean", "bigint", "symbol"];

function received(value) {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    if (value.constructor?.name) return ` Received an instance of ${value.constructor.name}`;
    return ` Received ${inspect(value, { depth: -1 })}`;
  }
  let shown = inspect(value, { colors: false });
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${shown})`;
}

function invalidArgType(name, expected, actual) {
  const all = Array.isArray(expected) ? expected : [expected];
  const types = [], instances = [], other = [];
  for (const one of all) {
    if (KINDS.includes(one)) types.push(one.toLowerCase());
    else if (/^([A-Z][a-zA-Z0-9]*)+$/.test(one)) instances.push(one);
    else other.push(one);
  }
  const at = types.indexOf("object");
  if (instances.length > 0 && at >= 0) {
    types.splice(at, 1);
    instances.push("Object");
  }
  let message = name.endsWith(" argument") ? `The ${name} must be `
    : `The "${name}" ${name.includes(".") ? "property" : "argument"} must be `;
  if (types.length > 0) {
    message += `${types.length > 1 ? "one of type" : "of type"} ${list(types)}`;
    if (instances.length > 0 || other.length > 0) message += " or ";
  }
  if (instances.length > 0) {
    message += `an instance of ${list(instances)}`;
    if (other.length > 0) message += " or ";
  }
  if (other.length > 0) message += other.length > 1 ? `one of ${list(other)}` : other[0].toLowerCase() !== other[0] ? `an ${other[0]}` : other[0];
  return coded(TypeError, "ERR_INVALID_ARG_TYPE", message + "." + received(actual));
}

function invalidArgValue(name, value, reason = "is invalid") {
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  const kind = name.includes(".") ? "property" : "argument";
  return coded(TypeError, "ERR_INVALID_ARG_VALUE", `The ${kind} '${name}' ${reason}. Received ${shown}`);
}

function grouped(text) {
  let result = "";
  let i = text.length;
  const start = text[0] === "-" ? 1 : 0;
  for (; i >= start + 4; i -= 3) result = `_${text.slice(i - 3, i)}${result}`;
  return `${text.slice(0, i)}${result}`;
}

function outOfRange(name, range, value) {
  let shown;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) shown = grouped(String(value));
  else if (typeof value === "bigint") shown = (value > 2n ** 32n || value < -(2n ** 32n) ? grouped(String(value)) : String(value)) + "n";
  else shown = inspect(value);
  return coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`);
}

function unknownSignalOr(name) {
  return coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);
}

// What Node has and tvm has not.
function missing(what) {
  return coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", `${what} is not part of tvm yet`);
}

function validateFunction(value, name) {
  if (typeof value !== "function") throw invalidArgType(name, "Function", value);
}

function validateString(value, name) {
  if (typeof value !== "string") throw invalidArgType(name, "string", value);
}

function validateBoolean(value, name) {
  if (typeof value !== "boolean") throw invalidArgType(name, "boolean", value);
}

function validateObject(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw invalidArgType(name, "Object", value);
}

function validateAbortSignal(signal, name) {
  if (signal !== undefined && (signal === null || typeof signal !== "object" || !("aborted" in signal))) {
    throw invalidArgType(name, "AbortSignal", signal);
  }
}

module.exports = {
  coded, invalidArgType, invalidArgValue, outOfRange, unknownEncoding: unknownSignalOr, missing, validateFunction,
  validateString, validateBoolean, validateObject, validateAbortSignal, received,
};
