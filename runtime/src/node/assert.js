// node:assert. Messages are those of Node 20.
// exports: AssertionError deepEqual deepStrictEqual doesNotMatch doesNotReject doesNotThrow equal fail ifError match
// exports: notDeepEqual notDeepStrictEqual notEqual notStrictEqual ok rejects strict strictEqual throws

const { coded, invalidArgType, invalidArgValue, missing, received, validateFunction } = require("internal/errors");
const { inspect, format } = require("internal/inspect");
const { isDeepEqual, isDeepStrictEqual } = require("internal/deep");
const types = require("util/types");

const READABLE = {
  __proto__: null,
  deepStrictEqual: "Expected values to be strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: "Expected values to be loosely deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: "Values have same structure but are not reference-equal:",
  notDeepEqualUnequal: "Expected values not to be loosely deep-equal:",
};

// Short texts are shown side by side.
const SHORT = 12;

function show(value) {
  return inspect(value, {
    compact: false, customInspect: false, depth: 1000, maxArrayLength: 1 / 0, showHidden: false, showProxy: false,
    sorted: true, getters: true,
  });
}

// The lines in front of a difference that are alike, shortened.
function identicalLines(lines, i, identical, state) {
  let text = "";
  if (identical > 2) {
    if (identical > 3) {
      if (identical > 4) {
        if (identical === 5) {
          text += `\n  ${lines[i - 3]}`;
          state.printed++;
        } else {
          text += "\n...";
          state.skipped = true;
        }
      }
      text += `\n  ${lines[i - 2]}`;
      state.printed++;
    }
    text += `\n  ${lines[i - 1]}`;
    state.printed++;
  }
  return text;
}

const isObjectValue = (value) => typeof value === "object" && value !== null;

function difference(actual, expected, operator) {
  let other = "", result = "", end = "", indicator = "", i = 0;
  const shown = show(actual);
  const actualLines = shown.split("\n"), expectedLines = show(expected).split("\n");
  if (operator === "strictEqual" && ((isObjectValue(actual) && isObjectValue(expected))
    || (typeof actual === "function" && typeof expected === "function"))) {
    operator = "strictEqualObject";
  }
  if (actualLines.length === 1 && expectedLines.length === 1 && actualLines[0] !== expectedLines[0]) {
    const a = actualLines[0], b = expectedLines[0];
    const length = a.length + b.length;
    if (length <= SHORT) {
      if (!isObjectValue(actual) && !isObjectValue(expected) && (actual !== 0 || expected !== 0)) {
        return `${READABLE[operator]}\n\n${a} !== ${b}\n`;
      }
    } else if (operator !== "strictEqualObject" && length < 80) {
      while (a[i] === b[i]) i++;
      if (i > 2) {
        indicator = `\n  ${" ".repeat(i)}^`;
        i = 0;
      }
    }
  }
  let a = actualLines[actualLines.length - 1], b = expectedLines[expectedLines.length - 1];
  while (a === b) {
    if (i++ < 3) end = `\n  ${a}${end}`;
    else other = a;
    actualLines.pop();
    expectedLines.pop();
    if (actualLines.length === 0 || expectedLines.length === 0) break;
    a = actualLines[actualLines.length - 1];
    b = expectedLines[expectedLines.length - 1];
  }
  const most = actualLines.length > expectedLines.length ? actualLines.length : expectedLines.length;
  if (most === 0) {
    const lines = shown.split("\n");
    if (lines.length > 50) {
      lines[46] = "...";
      lines.length = 47;
    }
    return `${READABLE.notIdentical}\n\n${lines.join("\n")}\n`;
  }
  const state = { printed: 0, skipped: false };
  if (i >= 5) {
    end = `\n...${end}`;
    state.skipped = true;
  }
  if (other !== "") {
    end = `\n  ${other}${end}`;
    other = "";
  }
  let identical = 0;
  const head = `${READABLE[operator]}\n+ actual - expected`;
  const skipped = " ... Lines skipped";
  let lines = actualLines, sign = "+", shorter = expectedLines.length;
  if (actualLines.length < most) {
    lines = expectedLines;
    sign = "-";
    shorter = actualLines.length;
  }
  for (i = 0; i < most; i++) {
    if (shorter < i + 1) {
      result += identicalLines(lines, i, identical, state);
      identical = 0;
      if (lines === actualLines) result += `\n${sign} ${lines[i]}`;
      else other += `\n${sign} ${lines[i]}`;
      state.printed++;
    } else {
      const expectedLine = expectedLines[i];
      let actualLine = actualLines[i];
      let diverging = actualLine !== expectedLine && (!actualLine.endsWith(",") || actualLine.slice(0, -1) !== expectedLine);
      if (diverging && expectedLine.endsWith(",") && expectedLine.slice(0, -1) === actualLine) {
        diverging = false;
        actualLine += ",";
      }
      if (diverging) {
        result += identicalLines(actualLines, i, identical, state);
        identical = 0;
        result += `\n+ ${actualLine}`;
        other += `\n- ${expectedLine}`;
        state.printed += 2;
      } else {
        result += other;
        other = "";
        identical++;
        if (identical <= 2) {
          result += `\n  ${actualLine}`;
          state.printed++;
        }
      }
    }
    if (state.printed > 50 && i < most - 2) return `${head}${skipped}\n${result}\n...${other}\n...`;
  }
  return `${head}${state.skipped ? skipped : ""}\n${result}${other}${end}${indicator}`;
}

function copyError(source) {
  const target = Object.assign(Object.create(Object.getPrototypeOf(source)), source);
  Object.defineProperty(target, "message", { value: source.message });
  if (source.cause !== undefined) {
    const cause = source.cause instanceof Error ? copyError(source.cause) : source.cause;
    Object.defineProperty(target, "cause", { value: cause, writable: true, enumerable: false, configurable: true });
  }
  return target;
}

function clipped(text, most) {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

function messageFor(actual, expected, operator) {
  if (actual instanceof Error && expected instanceof Error && "stack" in actual && "stack" in expected) {
    actual = copyError(actual);
    expected = copyError(expected);
  }
  if (operator === "deepStrictEqual" || operator === "strictEqual") return difference(actual, expected, operator);
  if (operator === "notDeepStrictEqual" || operator === "notStrictEqual") {
    let base = READABLE[operator];
    const lines = show(actual).split("\n");
    if (operator === "notStrictEqual" && (isObjectValue(actual) || typeof actual === "function")) base = READABLE.notStrictEqualObject;
    if (lines.length > 50) {
      lines[46] = "...";
      lines.length = 47;
    }
    if (lines.length === 1) return `${base}${lines[0].length > 5 ? "\n\n" : " "}${lines[0]}`;
    return `${base}\n\n${lines.join("\n")}\n`;
  }
  let shown = show(actual), other = show(expected);
  if (operator === "notDeepEqual" && shown === other) return clipped(`${READABLE[operator]}\n\n${shown}`, 1024);
  shown = clipped(shown, 512);
  other = clipped(other, 512);
  if (operator === "deepEqual") return `${READABLE.deepEqual}\n\n${shown}\n\nshould loosely deep-equal\n\n${other}`;
  if (operator === "notDeepEqual") return `${READABLE.notDeepEqualUnequal}\n\n${shown}\n\nshould not loosely deep-equal\n\n${other}`;
  return `${shown} ${operator} ${other}`;
}

class AssertionError extends Error {
  constructor(options) {
    if (options === null || typeof options !== "object") throw invalidArgType("options", "Object", options);
    const { message, operator, stackStartFn, stackStartFunction, actual, expected } = options;
    if (message !== undefined && message !== null) super(String(message));
    else super(messageFor(actual, expected, operator));
    this.generatedMessage = !message;
    Object.defineProperty(this, "name", {
      value: "AssertionError [ERR_ASSERTION]", enumerable: false, writable: true, configurable: true,
    });
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Error.captureStackTrace(this, stackStartFn ?? stackStartFunction);
    this.stack;
    this.name = "AssertionError";
  }
  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, context) {
    const { actual, expected } = this;
    for (const name of ["actual", "expected"]) {
      if (typeof this[name] !== "string") continue;
      const lines = this[name].split("\n");
      if (lines.length > 10) {
        lines.length = 10;
        this[name] = `${lines.join("\n")}\n...`;
      } else if (this[name].length > 512) this[name] = `${this[name].slice(0, 512)}...`;
    }
    const result = inspect(this, { ...context, customInspect: false, depth: 0 });
    this.actual = actual;
    this.expected = expected;
    return result;
  }
}

function refuse(options) {
  if (options.message instanceof Error) throw options.message;
  throw new AssertionError(options);
}

function needsTwo(count) {
  if (count < 2) throw coded(TypeError, "ERR_MISSING_ARGS", 'The "actual" and "expected" arguments must be specified');
}

function check(fn, count, value, message) {
  if (value) return;
  let generated = false;
  if (count === 0) {
    generated = true;
    message = "No value argument passed to `assert.ok()`";
  } else if (message === undefined || message === null) {
    generated = true;
    const source = %callText(fn);
    message = source === undefined ? undefined : `The expression evaluated to a falsy value:\n\n  ${source}\n`;
  } else if (message instanceof Error) throw message;
  const error = new AssertionError({ actual: value, expected: true, message, operator: "==", stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

function assert(...args) {
  check(assert, args.length, ...args);
}

function ok(...args) {
  check(ok, args.length, ...args);
}

function fail(message) {
  if (arguments.length > 1) {
    const [actual, expected, text, operator = "!=", stackStartFn = fail] = arguments;
    if (text instanceof Error) throw text;
    const options = { actual, expected, operator, stackStartFn };
    if (text !== undefined) options.message = text;
    throw new AssertionError(options);
  }
  if (message instanceof Error) throw message;
  const generated = message === undefined || message === null;
  const error = new AssertionError({ message: generated ? "Failed" : message, operator: "fail", stackStartFn: fail });
  error.generatedMessage = generated;
  throw error;
}

// A comparison of two values as a function of `assert`.
function comparison(name, operator, holds) {
  const fn = {
    [name](actual, expected, message) {
      needsTwo(arguments.length);
      if (!holds(actual, expected)) refuse({ actual, expected, message, operator, stackStartFn: fn });
    },
  }[name];
  return fn;
}

const sameLoosely = (a, b) => a == b || (Number.isNaN(a) && Number.isNaN(b));
const equal = comparison("equal", "==", sameLoosely);
const notEqual = comparison("notEqual", "!=", (a, b) => !sameLoosely(a, b));
const deepEqual = comparison("deepEqual", "deepEqual", isDeepEqual);
const notDeepEqual = comparison("notDeepEqual", "notDeepEqual", (a, b) => !isDeepEqual(a, b));
const deepStrictEqual = comparison("deepStrictEqual", "deepStrictEqual", isDeepStrictEqual);
const notDeepStrictEqual = comparison("notDeepStrictEqual", "notDeepStrictEqual", (a, b) => !isDeepStrictEqual(a, b));
const strictEqual = comparison("strictEqual", "strictEqual", Object.is);
const notStrictEqual = comparison("notStrictEqual", "notStrictEqual", (a, b) => !Object.is(a, b));

// ---- exceptions

const NONE = Symbol("none");

class Comparison {
  constructor(object, keys, actual) {
    for (const key of keys) {
      if (!(key in object)) continue;
      if (actual !== undefined && typeof actual[key] === "string" && types.isRegExp(object[key]) && object[key].test(actual[key])) {
        this[key] = actual[key];
      } else this[key] = object[key];
    }
  }
}

function compareKey(actual, expected, key, message, keys, fn) {
  if (key in actual && isDeepStrictEqual(actual[key], expected[key])) return;
  if (!message) {
    const error = new AssertionError({
      actual: new Comparison(actual, keys), expected: new Comparison(expected, keys, actual), operator: "deepStrictEqual", stackStartFn: fn,
    });
    error.actual = actual;
    error.expected = expected;
    error.operator = fn.name;
    throw error;
  }
  refuse({ actual, expected, message, operator: fn.name, stackStartFn: fn });
}

function checkException(actual, expected, message, fn) {
  let generated = false, failed = false;
  if (typeof expected !== "function") {
    if (types.isRegExp(expected)) {
      const text = String(actual);
      if (expected.test(text)) return;
      if (!message) {
        generated = true;
        message = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`;
      }
      failed = true;
    } else if (!isObjectValue(actual)) {
      const error = new AssertionError({ actual, expected, message, operator: "deepStrictEqual", stackStartFn: fn });
      error.operator = fn.name;
      throw error;
    } else {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push("name", "message");
      else if (keys.length === 0) throw invalidArgValue("error", expected, "may not be an empty object");
      for (const key of keys) {
        if (typeof actual[key] === "string" && types.isRegExp(expected[key]) && expected[key].test(actual[key])) continue;
        compareKey(actual, expected, key, message, keys, fn);
      }
      return;
    }
  } else if (expected.prototype !== undefined && actual instanceof expected) return;
  else if (Object.prototype.isPrototypeOf.call(Error, expected) || expected === Error) {
    if (!message) {
      generated = true;
      message = `The error is expected to be an instance of "${expected.name}". Received `;
      if (actual instanceof Error) message += `"${actual.name}"`;
      else message += `"${inspect(actual, { depth: -1 })}"`;
    }
    if (generated && actual instanceof Error) message += `\n\nError message:\n\n${actual.message}`;
    failed = true;
  } else {
    const result = Reflect.apply(expected, {}, [actual]);
    if (result !== true) {
      if (!message) {
        generated = true;
        const name = expected.name ? `"${expected.name}" ` : "";
        message = `The ${name}validation function is expected to return "true". Received ${inspect(result)}`;
        if (actual instanceof Error) message += `\n\nCaught error:\n\n${actual}`;
      }
      failed = true;
    }
  }
  if (failed) {
    const error = new AssertionError({ actual, expected, message, operator: fn.name, stackStartFn: fn });
    error.generatedMessage = generated;
    throw error;
  }
}

function caught(fn) {
  validateFunction(fn, "fn");
  try {
    fn();
  } catch (error) {
    return error;
  }
  return NONE;
}

async function caughtLater(promiseFn) {
  let promise;
  if (typeof promiseFn === "function") {
    promise = promiseFn();
    if (!isThenable(promise)) {
      throw coded(TypeError, "ERR_INVALID_RETURN_VALUE", `Expected instance of Promise to be returned from the "promiseFn" function but got${received(promise).slice(9)}.`);
    }
  } else if (isThenable(promiseFn)) promise = promiseFn;
  else throw invalidArgType("promiseFn", ["Function", "Promise"], promiseFn);
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return NONE;
}

function isThenable(value) {
  return types.isPromise(value) || (isObjectValue(value) && typeof value.then === "function" && typeof value.catch === "function");
}

function expectsError(fn, actual, error, message) {
  if (typeof error === "string") {
    if (arguments.length === 4) throw invalidArgType("error", ["Object", "Error", "Function", "RegExp"], error);
    if (isObjectValue(actual)) {
      if (actual.message === error) {
        throw coded(TypeError, "ERR_AMBIGUOUS_ARGUMENT", `The "error/message" argument is ambiguous. The error message "${actual.message}" is identical to the message.`);
      }
    } else if (actual === error) {
      throw coded(TypeError, "ERR_AMBIGUOUS_ARGUMENT", `The "error/message" argument is ambiguous. The error "${actual}" is identical to the message.`);
    }
    message = error;
    error = undefined;
  } else if (error !== undefined && error !== null && typeof error !== "object" && typeof error !== "function") {
    throw invalidArgType("error", ["Object", "Error", "Function", "RegExp"], error);
  }
  if (actual === NONE) {
    let details = error?.name ? ` (${error.name})` : "";
    details += message ? `: ${message}` : ".";
    const kind = fn === rejects ? "rejection" : "exception";
    refuse({ actual: undefined, expected: error, operator: fn.name, message: `Missing expected ${kind}${details}`, stackStartFn: fn });
  }
  if (!error) return;
  checkException(actual, error, message, fn);
}

function matches(actual, expected) {
  if (types.isRegExp(expected)) return expected.test(String(actual));
  if (typeof expected !== "function") throw invalidArgType("expected", ["Function", "RegExp"], expected);
  if (expected.prototype !== undefined && actual instanceof expected) return true;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) return false;
  return Reflect.apply(expected, {}, [actual]) === true;
}

function expectsNone(fn, actual, error, message) {
  if (actual === NONE) return;
  if (typeof error === "string") {
    message = error;
    error = undefined;
  }
  if (!error || matches(actual, error)) {
    const details = message ? `: ${message}` : ".";
    const kind = fn === doesNotReject ? "rejection" : "exception";
    refuse({
      actual, expected: error, operator: fn.name, stackStartFn: fn,
      message: `Got unwanted ${kind}${details}\nActual message: "${actual?.message}"`,
    });
  }
  throw actual;
}

function throws(fn, ...args) {
  expectsError(throws, caught(fn), ...args);
}
async function rejects(promiseFn, ...args) {
  expectsError(rejects, await caughtLater(promiseFn), ...args);
}
function doesNotThrow(fn, ...args) {
  expectsNone(doesNotThrow, caught(fn), ...args);
}
async function doesNotReject(fn, ...args) {
  expectsNone(doesNotReject, await caughtLater(fn), ...args);
}

function ifError(error) {
  if (error === null || error === undefined) return;
  let message = "ifError got unwanted exception: ";
  if (typeof error === "object" && typeof error.message === "string") {
    message += error.message.length === 0 && error.constructor ? error.constructor.name : error.message;
  } else message += inspect(error);
  const told = new AssertionError({ actual: error, expected: null, operator: "ifError", message, stackStartFn: ifError });
  told.generatedMessage = false;
  throw told;
}

function matchText(text, regexp, message, fn) {
  if (!types.isRegExp(regexp)) throw invalidArgType("regexp", "RegExp", regexp);
  const wanted = fn === match;
  if (typeof text === "string" && (regexp.exec(text) !== null) === wanted) return;
  if (message instanceof Error) throw message;
  const generated = !message;
  message ||= typeof text !== "string"
    ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
    : (wanted ? "The input did not match the regular expression " : "The input was expected to not match the regular expression ")
      + `${inspect(regexp)}. Input:\n\n${inspect(text)}\n`;
  const error = new AssertionError({ actual: text, expected: regexp, message, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

function match(text, regexp, message) {
  matchText(text, regexp, message, match);
}
function doesNotMatch(text, regexp, message) {
  matchText(text, regexp, message, doesNotMatch);
}

function strict(...args) {
  check(strict, args.length, ...args);
}

function CallTracker() {
  throw missing("assert.CallTracker");
}

const all = {
  fail, AssertionError, ok, equal, notEqual, deepEqual, notDeepEqual, deepStrictEqual, notDeepStrictEqual, strictEqual,
  notStrictEqual, throws, rejects, doesNotThrow, doesNotReject, ifError, match, doesNotMatch, CallTracker,
};
Object.assign(assert, all);
Object.assign(strict, assert, {
  equal: strictEqual, deepEqual: deepStrictEqual, notEqual: notStrictEqual, notDeepEqual: notDeepStrictEqual,
});
assert.strict = strict;
strict.strict = strict;

module.exports = assert;
