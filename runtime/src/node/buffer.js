// node:buffer.
// exports: Buffer SlowBuffer kMaxLength kStringMaxLength constants INSPECT_MAX_BYTES atob btoa isUtf8 isAscii transcode

const { coded, invalidArgType, invalidArgValue, outOfRange, missing, unknownEncoding } = require("internal/errors");
const { inspect } = require("internal/inspect");
const types = require("util/types");

const global = %realm("Global");
const encoder = new (%realm("TextEncoder"))();
const decoder = new (%realm("TextDecoder"))("utf-8", { ignoreBOM: true });
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

const kMaxLength = 2 ** 32;
const kStringMaxLength = 2 ** 29 - 24;

class FastBuffer extends Uint8Array {}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === "number") {
    if (typeof encodingOrOffset === "string") throw invalidArgType("string", "string", value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.defineProperty(Buffer, Symbol.species, { configurable: true, enumerable: false, get: () => FastBuffer });
FastBuffer.prototype.constructor = Buffer;
Buffer.prototype = FastBuffer.prototype;
Object.setPrototypeOf(Buffer, Uint8Array);

// ---- encodings

const ENCODINGS = {
  __proto__: null, utf8: "utf8", "utf-8": "utf8", ucs2: "utf16le", "ucs-2": "utf16le", utf16le: "utf16le",
  "utf-16le": "utf16le", latin1: "latin1", binary: "latin1", ascii: "ascii", base64: "base64", base64url: "base64url",
  hex: "hex",
};

function normalEncoding(encoding) {
  if (encoding === undefined || encoding === null || encoding === "") return "utf8";
  return ENCODINGS[encoding] ?? ENCODINGS[String(encoding).toLowerCase()];
}

function checkedEncoding(encoding) {
  const normal = normalEncoding(encoding);
  if (normal === undefined) throw unknownEncoding(encoding);
  return normal;
}

function wrap(bytes) {
  return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const BASE64 = /[^A-Za-z0-9+/_-]/g;

// The bytes of a text. What base64 and hexadecimal text has besides its digits is passed over, as Node does.
function encode(text, encoding) {
  switch (encoding) {
    case "utf8": return wrap(encoder.encode(text));
    case "latin1":
    case "ascii": {
      const bytes = new FastBuffer(text.length);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      return bytes;
    }
    case "utf16le": {
      const bytes = new FastBuffer(text.length * 2);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        bytes[2 * i] = code;
        bytes[2 * i + 1] = code >> 8;
      }
      return bytes;
    }
    case "hex": {
      const bytes = new FastBuffer(text.length >> 1);
      for (let i = 0; i < bytes.length; i++) {
        const byte = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
        if (Number.isNaN(byte) || !/^[0-9a-f]{2}$/i.test(text.slice(2 * i, 2 * i + 2))) return bytes.subarray(0, i);
        bytes[i] = byte;
      }
      return bytes;
    }
    default: {
      const end = text.indexOf("=");
      let digits = (end < 0 ? text : text.slice(0, end)).replace(BASE64, "").replaceAll("-", "+").replaceAll("_", "/");
      if (digits.length % 4 === 1) digits = digits.slice(0, -1);
      return wrap(Uint8Array.fromBase64(digits, { alphabet: "base64", lastChunkHandling: "loose" }));
    }
  }
}

const CHUNK = 8192;

function decode(bytes, encoding) {
  switch (encoding) {
    case "utf8": return decoder.decode(bytes);
    case "latin1":
    case "ascii": {
      let text = "";
      const mask = encoding === "ascii" ? 127 : 255;
      for (let i = 0; i < bytes.length; i += CHUNK) {
        const part = [];
        const end = i + CHUNK < bytes.length ? i + CHUNK : bytes.length;
        for (let j = i; j < end; j++) part.push(bytes[j] & mask);
        text += String.fromCharCode(...part);
      }
      return text;
    }
    case "utf16le": {
      let text = "";
      for (let i = 0; i + 1 < bytes.length; i += CHUNK) {
        const part = [];
        for (let j = i; j < i + CHUNK && j + 1 < bytes.length; j += 2) part.push(bytes[j] | (bytes[j + 1] << 8));
        text += String.fromCharCode(...part);
      }
      return text;
    }
    case "hex": return Uint8Array.prototype.toHex.call(bytes);
    case "base64": return Uint8Array.prototype.toBase64.call(bytes);
    default: return Uint8Array.prototype.toBase64.call(bytes, { alphabet: "base64url", omitPadding: true });
  }
}

// ---- making

function checkSize(size) {
  if (typeof size !== "number") throw invalidArgType("size", "number", size);
  if (!(size >= 0 && size <= kMaxLength)) throw outOfRange("size", `>= 0 && <= ${kMaxLength}`, size);
}

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const buffer = new FastBuffer(size);
  return fill !== undefined && fill !== 0 && size > 0 ? buffer.fill(fill, encoding) : buffer;
};
Buffer.allocUnsafe = Buffer.allocUnsafeSlow = function allocUnsafe(size) {
  checkSize(size);
  return new FastBuffer(size);
};

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") return encode(value, checkedEncoding(encodingOrOffset));
  if (typeof value === "object" && value !== null) {
    if (types.isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = typeof value.valueOf === "function" ? value.valueOf() : value;
    if (primitive !== null && primitive !== undefined && primitive !== value && (typeof primitive === "string" || typeof primitive === "object")) {
      return Buffer.from(primitive, encodingOrOffset, length);
    }
    const bytes = fromObject(value);
    if (bytes) return bytes;
    if (typeof value[Symbol.toPrimitive] === "function") {
      const text = value[Symbol.toPrimitive]("string");
      if (typeof text === "string") return encode(text, checkedEncoding(encodingOrOffset));
    }
  }
  throw invalidArgType("first argument", ["string", "Buffer", "ArrayBuffer", "Array", "Array-like Object"], value);
};

function fromArrayBuffer(buffer, offset, length) {
  offset = offset === undefined ? 0 : +offset;
  if (Number.isNaN(offset)) offset = 0;
  const most = buffer.byteLength - offset;
  if (most < 0) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "\"offset\" is outside of buffer bounds");
  if (length === undefined) return new FastBuffer(buffer, offset);
  length = +length;
  if (!(length > 0)) length = 0;
  if (length > most) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "\"length\" is outside of buffer bounds");
  return new FastBuffer(buffer, offset, length);
}

function fromObject(value) {
  if (value.length !== undefined || types.isAnyArrayBuffer(value.buffer)) {
    if (typeof value.length !== "number") return new FastBuffer();
    const length = value.length > 0 ? Math.trunc(value.length) : 0;
    const buffer = new FastBuffer(length);
    for (let i = 0; i < length; i++) buffer[i] = value[i];
    return buffer;
  }
  if (value.type === "Buffer" && Array.isArray(value.data)) return fromObject(value.data);
  return undefined;
}

Buffer.of = function of(...items) {
  return fromObject(items);
};
Buffer.copyBytesFrom = function copyBytesFrom(view, offset = 0, length = view.length - offset) {
  if (!types.isTypedArray(view)) throw invalidArgType("view", ["TypedArray"], view);
  const part = view.subarray(offset, offset + length);
  return wrap(new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
};

Buffer.isBuffer = (value) => value instanceof Buffer;
Buffer.isEncoding = (encoding) => typeof encoding === "string" && encoding.length !== 0 && normalEncoding(encoding) !== undefined;
Buffer.poolSize = 8192;

Buffer.byteLength = function byteLength(text, encoding) {
  if (typeof text !== "string") {
    if (types.isArrayBufferView(text) || types.isAnyArrayBuffer(text)) return text.byteLength;
    throw invalidArgType("string", ["string", "Buffer", "ArrayBuffer"], text);
  }
  switch (normalEncoding(encoding)) {
    case "latin1": case "ascii": return text.length;
    case "utf16le": return text.length * 2;
    case "hex": return text.length >>> 1;
    case "base64": case "base64url": {
      let length = text.length;
      while (length > 0 && text[length - 1] === "=") length--;
      return (length * 3) >>> 2;
    }
    default: return encoder.encode(text).length;
  }
};

Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgType("list", "Array", list);
  if (list.length === 0) return new FastBuffer();
  if (length === undefined) {
    length = 0;
    for (const part of list) if (part.length) length += part.length;
  }
  const buffer = Buffer.alloc(length);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    const part = list[i];
    if (!types.isUint8Array(part)) throw invalidArgType(`list[${i}]`, ["Buffer", "Uint8Array"], part);
    const rest = length - at;
    if (rest <= 0) break;
    TypedArrayPrototype.set.call(buffer, part.length > rest ? part.subarray(0, rest) : part, at);
    at += part.length;
  }
  return buffer;
};

function compareBytes(a, b) {
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

Buffer.compare = function compare(a, b) {
  if (!types.isUint8Array(a)) throw invalidArgType("buf1", ["Buffer", "Uint8Array"], a);
  if (!types.isUint8Array(b)) throw invalidArgType("buf2", ["Buffer", "Uint8Array"], b);
  return compareBytes(a, b);
};

// ---- reading and writing numbers

function checkOffset(offset, size, length) {
  if (typeof offset !== "number") throw invalidArgType("offset", "number", offset);
  if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
  if (length < size) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  if (offset < 0 || offset > length - size) throw outOfRange("offset", `>= 0 and <= ${length - size}`, offset);
}

function checkInt(value, size, signed) {
  const bits = size * 8;
  const low = signed ? -(2 ** (bits - 1)) : 0, high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  if (value < low || value > high) {
    let range = `>= ${low} and <= ${high}`;
    if (size > 4) range = signed ? `>= -(2 ** ${bits - 1}) and < 2 ** ${bits - 1}` : `>= 0 and < 2 ** ${bits}`;
    throw outOfRange("value", range, value);
  }
}

const proto = Buffer.prototype;

function define(names, value) {
  for (const name of names) Object.defineProperty(proto, name, { value, writable: true, configurable: true, enumerable: true });
}

for (const [name, size, method, signed] of [
  ["Int8", 1, "Int8", true], ["Int16", 2, "Int16", true], ["Int32", 4, "Int32", true],
  ["UInt8", 1, "Uint8", false], ["UInt16", 2, "Uint16", false], ["UInt32", 4, "Uint32", false],
]) {
  for (const ending of size === 1 ? [""] : ["LE", "BE"]) {
    const little = ending === "LE";
    const names = name.startsWith("UInt") ? [name, name.replace("UInt", "Uint")] : [name];
    define(names.map((one) => `read${one}${ending}`), function (offset = 0) {
      checkOffset(offset, size, this.length);
      return viewOf(this)[`get${method}`](offset, little);
    });
    define(names.map((one) => `write${one}${ending}`), function (value, offset = 0) {
      value = +value;
      checkInt(value, size, signed);
      checkOffset(offset, size, this.length);
      viewOf(this)[`set${method}`](offset, value, little);
      return offset + size;
    });
  }
}
for (const [name, size, method] of [["Float", 4, "Float32"], ["Double", 8, "Float64"]]) {
  for (const ending of ["LE", "BE"]) {
    define([`read${name}${ending}`], function (offset = 0) {
      checkOffset(offset, size, this.length);
      return viewOf(this)[`get${method}`](offset, ending === "LE");
    });
    define([`write${name}${ending}`], function (value, offset = 0) {
      checkOffset(offset, size, this.length);
      viewOf(this)[`set${method}`](offset, +value, ending === "LE");
      return offset + size;
    });
  }
}
for (const [name, method, low, high] of [
  ["BigInt64", "BigInt64", -(2n ** 63n), 2n ** 63n - 1n], ["BigUInt64", "BigUint64", 0n, 2n ** 64n - 1n],
]) {
  const names = name.includes("UInt") ? [name, "BigUint64"] : [name];
  for (const ending of ["LE", "BE"]) {
    define(names.map((one) => `read${one}${ending}`), function (offset = 0) {
      checkOffset(offset, 8, this.length);
      return viewOf(this)[`get${method}`](offset, ending === "LE");
    });
    define(names.map((one) => `write${one}${ending}`), function (value, offset = 0) {
      if (typeof value !== "bigint") throw invalidArgType("value", "bigint", value);
      if (value < low || value > high) throw outOfRange("value", low === 0n ? ">= 0n and < 2n ** 64n" : ">= -(2n ** 63n) and < 2n ** 63n", value);
      checkOffset(offset, 8, this.length);
      viewOf(this)[`set${method}`](offset, value, ending === "LE");
      return offset + 8;
    });
  }
}
for (const signed of [false, true]) {
  for (const little of [true, false]) {
    const ending = little ? "LE" : "BE";
    const names = signed ? [`Int${ending}`] : [`UInt${ending}`, `Uint${ending}`];
    const checkLength = (size) => {
      if (size === undefined) throw invalidArgType("byteLength", "number", size);
      if (typeof size !== "number") throw invalidArgType("byteLength", "number", size);
      if (!(size >= 1 && size <= 6 && Number.isInteger(size))) throw outOfRange("byteLength", ">= 1 and <= 6", size);
    };
    define(names.map((one) => `read${one}`), function (offset, size) {
      if (offset === undefined) throw invalidArgType("offset", "number", offset);
      checkLength(size);
      checkOffset(offset, size, this.length);
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + this[little ? offset + size - 1 - i : offset + i];
      return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
    });
    define(names.map((one) => `write${one}`), function (value, offset, size) {
      checkLength(size);
      value = +value;
      checkInt(value, size, signed);
      checkOffset(offset, size, this.length);
      if (value < 0) value += 2 ** (size * 8);
      for (let i = 0; i < size; i++) {
        this[little ? offset + i : offset + size - 1 - i] = value % 256;
        value = Math.floor(value / 256);
      }
      return offset + size;
    });
  }
}

// ---- methods

function clamp(value, low, high, fallback) {
  if (value === undefined) return fallback;
  value = Math.trunc(+value) || 0;
  return value < low ? low : value > high ? high : value;
}

define(["toString"], function toString(encoding, start, end) {
  if (arguments.length === 0) return decode(this, "utf8");
  start = clamp(start, 0, this.length, 0);
  end = clamp(end, 0, this.length, this.length);
  if (end <= start) return "";
  return decode(start === 0 && end === this.length ? this : TypedArrayPrototype.subarray.call(this, start, end), checkedEncoding(encoding));
});
define(["toLocaleString"], proto.toString);
define(["toJSON"], function toJSON() {
  return { type: "Buffer", data: Array.from(this) };
});
define(["equals"], function equals(other) {
  if (!types.isUint8Array(other)) throw invalidArgType("otherBuffer", ["Buffer", "Uint8Array"], other);
  return this === other || (this.byteLength === other.byteLength && compareBytes(this, other) === 0);
});
define(["compare"], function compare(target, targetStart = 0, targetEnd = target?.length, start = 0, end = this.length) {
  if (!types.isUint8Array(target)) throw invalidArgType("target", ["Buffer", "Uint8Array"], target);
  if (targetStart < 0 || targetStart > target.length) throw outOfRange("targetStart", `>= 0 && <= ${target.length}`, targetStart);
  if (targetEnd < 0 || targetEnd > target.length) throw outOfRange("targetEnd", `>= 0 && <= ${target.length}`, targetEnd);
  if (start < 0 || start > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, start);
  if (end < 0 || end > this.length) throw outOfRange("sourceEnd", `>= 0 && <= ${this.length}`, end);
  if (start >= end) return targetStart >= targetEnd ? 0 : -1;
  if (targetStart >= targetEnd) return 1;
  return compareBytes(this.subarray(start, end), target.subarray(targetStart, targetEnd));
});
define(["slice", "subarray"], function subarray(start, end) {
  return TypedArrayPrototype.subarray.call(this, start, end);
});
define(["copy"], function copy(target, targetStart = 0, start = 0, end = this.length) {
  if (!types.isUint8Array(target)) throw invalidArgType("target", ["Buffer", "Uint8Array"], target);
  if (targetStart < 0) throw outOfRange("targetStart", ">= 0", targetStart);
  if (start < 0 || start > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, start);
  if (end < 0) throw outOfRange("sourceEnd", ">= 0", end);
  if (targetStart >= target.length || start >= end) return 0;
  end = Math.min(end, this.length, start + target.length - targetStart);
  TypedArrayPrototype.set.call(target, this.subarray(start, end), targetStart);
  return end - start;
});
define(["write"], function write(text, offset, length, encoding) {
  if (typeof text !== "string") throw invalidArgType("argument", "string", text);
  if (typeof offset === "string") [encoding, offset, length] = [offset, undefined, undefined];
  else if (typeof length === "string") [encoding, length] = [length, undefined];
  offset = offset === undefined ? 0 : offset;
  if (typeof offset !== "number") throw invalidArgType("offset", "number", offset);
  if (offset < 0 || offset > this.length) throw outOfRange("offset", `>= 0 && <= ${this.length}`, offset);
  let most = this.length - offset;
  if (length !== undefined && length < most) most = length;
  const normal = checkedEncoding(encoding);
  let bytes = encode(text, normal);
  if (bytes.length > most) {
    let end = most;
    // No character is written in part.
    if (normal === "utf8") while (end > 0 && (bytes[end] & 0xC0) === 0x80) end--;
    else if (normal === "utf16le") end &= -2;
    bytes = bytes.subarray(0, end);
  }
  TypedArrayPrototype.set.call(this, bytes, offset);
  return bytes.length;
});
define(["fill"], function fill(value, offset, end, encoding) {
  if (typeof offset === "string") [encoding, offset, end] = [offset, undefined, undefined];
  else if (typeof end === "string") [encoding, end] = [end, undefined];
  if (offset === undefined) offset = 0;
  if (end === undefined) end = this.length;
  if (typeof offset !== "number") throw invalidArgType("offset", "number", offset);
  if (typeof end !== "number") throw invalidArgType("end", "number", end);
  if (offset < 0 || offset > this.length) throw outOfRange("offset", `>= 0 && <= ${this.length}`, offset);
  if (end < 0 || end > this.length) throw outOfRange("end", `>= 0 && <= ${this.length}`, end);
  if (offset >= end) return this;
  let bytes;
  if (typeof value === "string") {
    bytes = encode(value, checkedEncoding(encoding));
    if (bytes.length === 0) {
      if (value.length > 0) throw invalidArgValue("value", value);
      value = 0;
    } else if (bytes.length === 1) value = bytes[0];
  } else if (types.isUint8Array(value)) {
    bytes = value;
    if (bytes.length === 0) throw invalidArgValue("value", value);
  } else if (typeof value === "boolean") value = +value;
  if (typeof value === "number" || bytes === undefined) {
    TypedArrayPrototype.fill.call(this, (value >>> 0) & 255, offset, end);
    return this;
  }
  for (let i = offset, j = 0; i < end; i++, j = j + 1 === bytes.length ? 0 : j + 1) this[i] = bytes[j];
  return this;
});

// Where a part is found, going forwards or backwards.
function search(buffer, value, offset, encoding, forward) {
  if (typeof offset === "string") [encoding, offset] = [offset, undefined];
  let bytes;
  if (typeof value === "number") bytes = [value & 255];
  else if (typeof value === "string") bytes = encode(value, checkedEncoding(encoding));
  else if (types.isUint8Array(value)) bytes = value;
  else throw invalidArgType("value", ["number", "string", "Buffer", "Uint8Array"], value);
  offset = +offset;
  if (Number.isNaN(offset)) offset = forward ? 0 : buffer.length;
  offset = Math.trunc(offset);
  if (offset < 0) offset += buffer.length;
  if (offset < 0) {
    if (!forward) return -1;
    offset = 0;
  }
  const last = buffer.length - bytes.length;
  if (bytes.length === 0) return forward || offset < buffer.length ? Math.min(offset, buffer.length) : buffer.length;
  if (offset > last) {
    if (forward) return -1;
    offset = last;
  }
  for (let i = offset; forward ? i <= last : i >= 0; forward ? i++ : i--) {
    let j = 0;
    while (j < bytes.length && buffer[i + j] === bytes[j]) j++;
    if (j === bytes.length) return i;
  }
  return -1;
}

define(["indexOf"], function indexOf(value, offset, encoding) {
  return search(this, value, offset, encoding, true);
});
define(["lastIndexOf"], function lastIndexOf(value, offset, encoding) {
  return search(this, value, offset, encoding, false);
});
define(["includes"], function includes(value, offset, encoding) {
  return search(this, value, offset, encoding, true) !== -1;
});

for (const size of [2, 4, 8]) {
  define([`swap${size * 8}`], function () {
    if (this.length % size !== 0) throw coded(RangeError, "ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${size * 8}-bits`);
    for (let i = 0; i < this.length; i += size) TypedArrayPrototype.reverse.call(this.subarray(i, i + size));
    return this;
  });
}
for (const [name, encoding] of [["utf8", "utf8"], ["latin1", "latin1"], ["ascii", "ascii"], ["hex", "hex"], ["base64", "base64"], ["base64url", "base64url"], ["ucs2", "utf16le"]]) {
  define([`${name}Slice`], function (start, end) {
    return decode(this.subarray(start, end), encoding);
  });
  define([`${name}Write`], function (text, offset, length) {
    return this.write(text, offset, length, encoding);
  });
}
Object.defineProperty(proto, "parent", { enumerable: true, get() { return this instanceof Buffer ? this.buffer : undefined; } });
Object.defineProperty(proto, "offset", { enumerable: true, get() { return this instanceof Buffer ? this.byteOffset : undefined; } });

const state = { most: 50 };

Object.defineProperty(proto, Symbol.for("nodejs.util.inspect.custom"), {
  value(depth, options) {
    const shown = Math.min(state.most, this.length);
    const rest = this.length - shown;
    let text = Uint8Array.prototype.toHex.call(TypedArrayPrototype.subarray.call(this, 0, shown)).replace(/(.{2})/g, "$1 ").trim();
    if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? "s" : ""}`;
    const extra = options === undefined ? [] : Object.keys(this).filter((key) => !/^\d+$/.test(key));
    for (const key of extra) text += `${text.length > 0 ? ", " : ""}${key}: ${inspect(this[key], { ...options, breakLength: 1 / 0, compact: true })}`;
    return `<${this.constructor.name} ${text}>`;
  },
  writable: true, configurable: true, enumerable: false,
});
define(["inspect"], proto[Symbol.for("nodejs.util.inspect.custom")]);

function isUtf8(input) {
  try {
    new (%realm("TextDecoder"))("utf-8", { fatal: true }).decode(input);
    return true;
  } catch {
    return false;
  }
}

function isAscii(input) {
  const bytes = types.isAnyArrayBuffer(input) ? new Uint8Array(input) : input;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 127) return false;
  return true;
}

module.exports = {
  Buffer, SlowBuffer: Buffer.allocUnsafe, kMaxLength, kStringMaxLength,
  constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength },
  atob: global.atob, btoa: global.btoa, isUtf8, isAscii,
  transcode(source, from, to) {
    return encode(decode(source, checkedEncoding(from)), checkedEncoding(to));
  },
  resolveObjectURL() {
    throw missing("buffer.resolveObjectURL");
  },
};
Object.defineProperty(module.exports, "INSPECT_MAX_BYTES", {
  configurable: true, enumerable: true,
  get: () => state.most,
  set(value) {
    state.most = value;
  },
});
