// node:util.
// exports: aborted callbackify debug debuglog deprecate format formatWithOptions getSystemErrorName inherits inspect
// exports: isArray isBoolean isDeepStrictEqual isNull isNullOrUndefined isNumber isString isSymbol isUndefined isRegExp
// exports: isObject isDate isError isFunction isPrimitive log parseArgs promisify stripVTControlCharacters styleText
// exports: toUSVString TextDecoder TextEncoder types

const {
  coded, invalidArgType, invalidArgValue, outOfRange, missing, validateFunction, validateString, validateObject,
} = require("internal/errors");
const internal = require("internal/inspect");
const deep = require("internal/deep");
const types = require("util/types");

const global = %realm("Global");
const process = %realm("Process");

// ---- inspect

function inspect(value, options) {
  // As in old code: showHidden, depth, colors.
  if (arguments.length >= 2 && typeof options !== "object") {
    const given = { showHidden: !!options };
    if (arguments.length >= 3 && arguments[2] !== undefined) given.depth = arguments[2];
    if (arguments.length >= 4 && arguments[3] !== undefined) given.colors = arguments[3];
    options = given;
  }
  return internal.inspect(value, { ...defaults, ...options });
}

const DEFAULTS = {
  showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100,
  maxStringLength: 10000, breakLength: 128, compact: 3, sorted: false, getters: false, numericSeparator: false,
};
// What was changed of the defaults.
const defaults = {};

inspect.custom = Symbol.for("nodejs.util.inspect.custom");
Object.defineProperty(inspect, "defaultOptions", {
  get: () => ({ ...DEFAULTS, ...defaults }),
  set(options) {
    validateObject(options, "options");
    for (const key of Object.keys(options)) if (key in DEFAULTS) defaults[key] = options[key];
    return options;
  },
});
const pairs = {
  __proto__: null, reset: [0, 0], bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], blink: [5, 25],
  inverse: [7, 27], hidden: [8, 28], strikethrough: [9, 29], doubleunderline: [21, 24],
  black: [30, 39], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], magenta: [35, 39], cyan: [36, 39],
  white: [37, 39], bgBlack: [40, 49], bgRed: [41, 49], bgGreen: [42, 49], bgYellow: [43, 49], bgBlue: [44, 49],
  bgMagenta: [45, 49], bgCyan: [46, 49], bgWhite: [47, 49], framed: [51, 54], overlined: [53, 55], gray: [90, 39],
  redBright: [91, 39], greenBright: [92, 39], yellowBright: [93, 39], blueBright: [94, 39], magentaBright: [95, 39],
  cyanBright: [96, 39], whiteBright: [97, 39], bgGray: [100, 49], bgRedBright: [101, 49], bgGreenBright: [102, 49],
  bgYellowBright: [103, 49], bgBlueBright: [104, 49], bgMagentaBright: [105, 49], bgCyanBright: [106, 49],
  bgWhiteBright: [107, 49],
};
inspect.colors = Object.assign({ __proto__: null }, pairs);
inspect.styles = Object.assign({ __proto__: null }, {
  special: "cyan", number: "yellow", bigint: "yellow", boolean: "yellow", undefined: "grey", null: "bold",
  string: "green", symbol: "green", date: "magenta", regexp: "red", module: "underline",
});

function format(...args) {
  return internal.format(...args);
}

function formatWithOptions(options, ...args) {
  validateObject(options, "inspectOptions");
  return internal.formatWithOptions(options, args);
}

function styleText(format, text, options) {
  validateString(text, "text");
  const wanted = options?.validateStream === false || %hasColors(1);
  let left = "", right = "";
  for (const key of Array.isArray(format) ? format : [format]) {
    const codes = inspect.colors[key];
    if (codes === undefined) throw invalidArgValue("format", key, `must be one of: ${Object.keys(inspect.colors).map((name) => `'${name}'`).join(", ")}`);
    left += `\u001b[${codes[0]}m`;
    right = `\u001b[${codes[1]}m${right}`;
  }
  return wanted ? left + text + right : text;
}

const ANSI = /[\u001B\u009B][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d\/\#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d\/\#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-ntqry=><~]))/g;

function stripVTControlCharacters(text) {
  validateString(text, "str");
  return text.replace(ANSI, "");
}

// ---- functions

const kCustomPromisify = Symbol.for("nodejs.util.promisify.custom");
const kNames = Symbol("customPromisifyArgs");

function promisify(original) {
  validateFunction(original, "original");
  const custom = original[kCustomPromisify];
  if (custom) {
    validateFunction(custom, "util.promisify.custom");
    return Object.defineProperty(custom, kCustomPromisify, { value: custom, enumerable: false, writable: false, configurable: true });
  }
  const names = original[kNames];
  function fn(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) return reject(error);
        if (names !== undefined && values.length > 1) {
          const object = {};
          for (let i = 0; i < names.length; i++) object[names[i]] = values[i];
          resolve(object);
        } else resolve(values[0]);
      }]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, kCustomPromisify, { value: fn, enumerable: false, writable: false, configurable: true });
  const descriptors = Object.getOwnPropertyDescriptors(original);
  for (const key of Reflect.ownKeys(descriptors)) {
    if (typeof original === "function" && key === "prototype") continue;
    Object.defineProperty(fn, key, descriptors[key]);
  }
  return fn;
}
promisify.custom = kCustomPromisify;

function callbackify(original) {
  validateFunction(original, "original");
  function callbackified(...args) {
    const callback = args.pop();
    validateFunction(callback, "last argument");
    const done = callback.bind(this);
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(done, null, value),
      (reason) => process.nextTick(callbackWith, reason, done));
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === "number") descriptors.length.value++;
  if (typeof descriptors.name?.value === "string") descriptors.name.value += "Callbackified";
  delete descriptors.prototype;
  for (const key of Reflect.ownKeys(descriptors)) Object.defineProperty(callbackified, key, descriptors[key]);
  return callbackified;
}

function callbackWith(reason, callback) {
  if (!reason) {
    const error = coded(Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value");
    error.reason = reason;
    reason = error;
  }
  return callback(reason);
}

function inherits(constructor, parent) {
  if (constructor === undefined || constructor === null) throw invalidArgType("ctor", "Function", constructor);
  if (parent === undefined || parent === null) throw invalidArgType("superCtor", "Function", parent);
  if (parent.prototype === undefined) throw invalidArgType("superCtor.prototype", "Object", parent.prototype);
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

const toldCodes = new Set();

function deprecate(fn, message, code) {
  if (code !== undefined) validateString(code, "code");
  let told = false;
  function deprecated(...args) {
    if (!told) {
      told = true;
      if (code === undefined || !toldCodes.has(code)) {
        if (code !== undefined) toldCodes.add(code);
        require("process").emitWarning(message, "DeprecationWarning", code, deprecated);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

function debuglog(set, callback) {
  const name = String(set).toUpperCase();
  const wanted = String(process.env.NODE_DEBUG ?? "").toUpperCase().split(",");
  const enabled = wanted.some((pattern) => {
    const expression = pattern.replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replaceAll("*", ".*");
    return pattern !== "" && new RegExp(`^${expression}$`).test(name);
  });
  const log = (...args) => {
    if (enabled) process.stderr.write(`${name} ${process.pid ?? 0}: ${format(...args)}\n`);
  };
  Object.defineProperty(log, "enabled", { get: () => enabled, configurable: true, enumerable: true });
  if (typeof callback === "function") callback(log);
  return log;
}

// ---- texts and errors

function toUSVString(text) {
  return String(text).toWellFormed();
}

const ERRNO = {
  1: "EPERM", 2: "ENOENT", 4: "EINTR", 5: "EIO", 9: "EBADF", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 16: "EBUSY",
  17: "EEXIST", 18: "EXDEV", 20: "ENOTDIR", 21: "EISDIR", 22: "EINVAL", 24: "EMFILE", 27: "EFBIG", 28: "ENOSPC",
  30: "EROFS", 32: "EPIPE", 36: "ENAMETOOLONG", 39: "ENOTEMPTY", 40: "ELOOP",
};

function getSystemErrorName(number) {
  if (typeof number !== "number") throw invalidArgType("err", "number", number);
  if (number >= 0 || !Number.isSafeInteger(number)) throw outOfRange("err", "a negative integer", number);
  return ERRNO[-number] ?? `Unknown system error ${number}`;
}

function absent(name) {
  return function () {
    throw missing(`util.${name}`);
  };
}

const isError = (value) => types.isNativeError(value) || value instanceof Error;

module.exports = {
  _extend(target, source) {
    return source === null || typeof source !== "object" ? target : Object.assign(target, source);
  },
  aborted: absent("aborted"),
  callbackify, debug: debuglog, debuglog, deprecate, format, formatWithOptions, getSystemErrorName,
  getSystemErrorMap: absent("getSystemErrorMap"),
  inherits, inspect,
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === "boolean",
  isDeepStrictEqual: (a, b) => deep.isDeepStrictEqual(a, b),
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === "number",
  isString: (value) => typeof value === "string",
  isSymbol: (value) => typeof value === "symbol",
  isUndefined: (value) => value === undefined,
  isRegExp: types.isRegExp,
  isObject: (value) => value !== null && typeof value === "object",
  isDate: types.isDate, isError,
  isFunction: (value) => typeof value === "function",
  isPrimitive: (value) => value === null || (typeof value !== "object" && typeof value !== "function"),
  log(...args) {
    const now = new Date();
    const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][now.getMonth()];
    const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
    global.console.log("%s - %s", `${now.getDate()} ${month} ${time}`, format(...args));
  },
  parseArgs: absent("parseArgs"), MIMEType: absent("MIMEType"), MIMEParams: absent("MIMEParams"),
  getCallSites: absent("getCallSites"), transferableAbortController: absent("transferableAbortController"),
  transferableAbortSignal: absent("transferableAbortSignal"),
  promisify, stripVTControlCharacters, styleText, toUSVString,
  TextDecoder: %realm("TextDecoder"), TextEncoder: %realm("TextEncoder"), types,
};
