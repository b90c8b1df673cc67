// Deep equality, strict and loose, as `assert` and `util.isDeepStrictEqual` mean it.

const types = require("util/types");

const tagOf = (value) => Object.prototype.toString.call(value);
const hasOwn = Object.hasOwn;

function isEnumerable(object, key) {
  return Object.prototype.propertyIsEnumerable.call(object, key);
}

// Enumerable keys that are no indices.
function namedKeys(value) {
  return Object.keys(value).filter((key) => !/^(0|[1-9]\d*)$/.test(key) || +key >= 4294967295);
}

function enumerableSymbols(value) {
  return Object.getOwnPropertySymbols(value).filter((key) => isEnumerable(value, key));
}

const PLAIN = 0, ARRAY = 1, SET = 2, MAP = 3;

function equal(a, b, strict, seen) {
  if (a === b) return a !== 0 || Object.is(a, b) || !strict;
  if (strict) {
    if (typeof a !== "object") return typeof a === "number" && Number.isNaN(a) && Number.isNaN(b);
    if (typeof b !== "object" || a === null || b === null) return false;
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  } else {
    if (a === null || typeof a !== "object") {
      return (b === null || typeof b !== "object") && (a == b || (Number.isNaN(a) && Number.isNaN(b)));
    }
    if (b === null || typeof b !== "object") return false;
  }
  const tag = tagOf(a);
  if (tag !== tagOf(b)) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    const keys = namedKeys(a);
    if (keys.length !== namedKeys(b).length) return false;
    return compareKeys(a, b, strict, seen, ARRAY, keys);
  }
  if (tag === "[object Object]") return compareKeys(a, b, strict, seen, PLAIN);
  if (types.isDate(a)) {
    if (!types.isDate(b) || !Object.is(Date.prototype.getTime.call(a), Date.prototype.getTime.call(b))) return false;
  } else if (types.isRegExp(a)) {
    if (!types.isRegExp(b) || a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
  } else if (types.isNativeError(a) || a instanceof Error) {
    if ((!types.isNativeError(b) && !(b instanceof Error)) || a.message !== b.message || a.name !== b.name) return false;
  } else if (types.isArrayBufferView(a)) {
    if (!types.isArrayBufferView(b) || a.byteLength !== b.byteLength || a.length !== b.length) return false;
    const isFloat = !strict && (types.isFloat32Array(a) || types.isFloat64Array(a));
    if (isFloat) {
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    } else if (!sameBytes(a, b)) return false;
    const keys = namedKeys(a);
    if (keys.length !== namedKeys(b).length) return false;
    return compareKeys(a, b, strict, seen, PLAIN, keys);
  } else if (types.isSet(a)) {
    return types.isSet(b) && a.size === b.size && compareKeys(a, b, strict, seen, SET);
  } else if (types.isMap(a)) {
    return types.isMap(b) && a.size === b.size && compareKeys(a, b, strict, seen, MAP);
  } else if (types.isAnyArrayBuffer(a)) {
    if (!types.isAnyArrayBuffer(b) || a.byteLength !== b.byteLength || !sameBytes(new Uint8Array(a), new Uint8Array(b))) return false;
  } else if (types.isBoxedPrimitive(a)) {
    if (!sameBoxed(a, b)) return false;
  } else if (Array.isArray(b) || types.isArrayBufferView(b) || types.isSet(b) || types.isMap(b) || types.isDate(b)
    || types.isRegExp(b) || types.isAnyArrayBuffer(b) || types.isBoxedPrimitive(b) || types.isNativeError(b)) {
    return false;
  }
  return compareKeys(a, b, strict, seen, PLAIN);
}

function sameBytes(a, b) {
  const x = new Uint8Array(a.buffer, a.byteOffset, a.byteLength), y = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

function sameBoxed(a, b) {
  if (types.isNumberObject(a)) return types.isNumberObject(b) && Object.is(Number.prototype.valueOf.call(a), Number.prototype.valueOf.call(b));
  if (types.isStringObject(a)) return types.isStringObject(b) && String.prototype.valueOf.call(a) === String.prototype.valueOf.call(b);
  if (types.isBooleanObject(a)) return types.isBooleanObject(b) && Boolean.prototype.valueOf.call(a) === Boolean.prototype.valueOf.call(b);
  if (types.isBigIntObject(a)) return types.isBigIntObject(b) && BigInt.prototype.valueOf.call(a) === BigInt.prototype.valueOf.call(b);
  return types.isSymbolObject(b) && Symbol.prototype.valueOf.call(a) === Symbol.prototype.valueOf.call(b);
}

function compareKeys(a, b, strict, seen, kind, keys) {
  if (keys === undefined) {
    keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
  }
  for (let i = 0; i < keys.length; i++) if (!hasOwn(b, keys[i])) return false;
  if (strict) {
    const symbols = Object.getOwnPropertySymbols(a);
    if (symbols.length !== 0) {
      let count = 0;
      keys = keys.slice();
      for (const key of symbols) {
        if (isEnumerable(a, key)) {
          if (!isEnumerable(b, key)) return false;
          keys.push(key);
          count++;
        } else if (isEnumerable(b, key)) return false;
      }
      if (symbols.length !== Object.getOwnPropertySymbols(b).length && enumerableSymbols(b).length !== count) return false;
    } else if (enumerableSymbols(b).length !== 0) return false;
  }
  if (keys.length === 0 && (kind === PLAIN || (kind === ARRAY && a.length === 0) || a.size === 0)) return true;
  if (seen === undefined) seen = { a: new Map(), b: new Map(), position: 0 };
  else {
    const first = seen.a.get(a);
    if (first !== undefined) {
      const second = seen.b.get(b);
      if (second !== undefined) return first === second;
    }
    seen.position++;
  }
  seen.a.set(a, seen.position);
  seen.b.set(b, seen.position);
  const same = compareContent(a, b, strict, keys, seen, kind);
  seen.a.delete(a);
  seen.b.delete(b);
  return same;
}

function compareContent(a, b, strict, keys, seen, kind) {
  if (kind === SET) {
    if (!sameSets(a, b, strict, seen)) return false;
  } else if (kind === MAP) {
    if (!sameMaps(a, b, strict, seen)) return false;
  } else if (kind === ARRAY) {
    for (let i = 0; i < a.length; i++) {
      if (hasOwn(a, i)) {
        if (!hasOwn(b, i) || !equal(a[i], b[i], strict, seen)) return false;
      } else if (hasOwn(b, i)) return false;
      else {
        // Both have holes: the keys that there are tell the rest.
        const rest = Object.keys(a);
        for (; i < rest.length; i++) {
          const key = rest[i];
          if (!hasOwn(b, key) || !equal(a[key], b[key], strict, seen)) return false;
        }
        if (rest.length !== Object.keys(b).length) return false;
        break;
      }
    }
  }
  for (let i = 0; i < keys.length; i++) if (!equal(a[keys[i]], b[keys[i]], strict, seen)) return false;
  return true;
}

// What else a primitive may be found as, loosely: an answer, or undefined where all must be looked at.
function looseSpare(value) {
  switch (typeof value) {
    case "undefined": return null;
    case "object": return undefined;
    case "symbol": return false;
    case "string": value = +value;
    case "number": if (Number.isNaN(value)) return false;
  }
  return true;
}

function takeEqual(set, value, strict, seen) {
  for (const other of set) {
    if (equal(value, other, strict, seen)) {
      set.delete(other);
      return true;
    }
  }
  return false;
}

function sameSets(a, b, strict, seen) {
  let rest = null;
  for (const value of a) {
    if (typeof value === "object" && value !== null) (rest ??= new Set()).add(value);
    else if (!b.has(value)) {
      if (strict) return false;
      const spare = looseSpare(value);
      if (spare === false || spare === null && !b.has(null)) return false;
      (rest ??= new Set()).add(value);
    }
  }
  if (rest === null) return true;
  for (const value of b) {
    if (typeof value === "object" && value !== null) {
      if (!takeEqual(rest, value, strict, seen)) return false;
    } else if (!strict && !a.has(value) && !takeEqual(rest, value, strict, seen)) return false;
  }
  return rest.size === 0;
}

function sameMaps(a, b, strict, seen) {
  let rest = null;
  for (const [key, value] of a) {
    if (typeof key === "object" && key !== null) (rest ??= new Set()).add(key);
    else {
      const other = b.get(key);
      if ((other === undefined && !b.has(key)) || !equal(value, other, strict, seen)) {
        if (strict) return false;
        (rest ??= new Set()).add(key);
      }
    }
  }
  if (rest === null) return true;
  for (const [key, value] of b) {
    const isObject = typeof key === "object" && key !== null;
    if (!isObject && (strict || (a.has(key) && equal(a.get(key), value, false, seen)))) continue;
    let found = false;
    for (const other of rest) {
      if (equal(other, key, strict, seen) && equal(a.get(other), value, strict, seen)) {
        rest.delete(other);
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return rest.size === 0;
}

exports.isDeepStrictEqual = (a, b) => equal(a, b, true);
exports.isDeepEqual = (a, b) => equal(a, b, false);
