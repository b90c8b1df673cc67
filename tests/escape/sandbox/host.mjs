// Runs the cases of a file of the containment suite for tvm:sandbox: `host.mjs FILE [CASE]`. A case's code runs in a
// sandbox with functions of this program, once on this thread and once on another. What it tells by `report`, returns or
// throws is looked at: nothing of it may be of the host but copies of what the host gave. Prints each case's name with
// `held`, or `ESCAPED` and how.

import { Sandbox, LimitError } from "tvm:sandbox";
import fs from "node:fs";

const [file, only] = process.argv.slice(2).filter((word) => word !== "--");
const canary = ["canary", process.hrtime().join("-")].join(":");
globalThis.SECRET = canary;
process.SECRET = canary;
const cases = fs.readFileSync(file, "utf8").split(/^\/\/# /m).slice(1);

let escapes = [];
let over = false;
const plain = new Set([
  Object.prototype, Array.prototype, Map.prototype, Set.prototype, Date.prototype, RegExp.prototype, Error.prototype,
  TypeError.prototype, RangeError.prototype, SyntaxError.prototype, ReferenceError.prototype, EvalError.prototype,
  URIError.prototype, ArrayBuffer.prototype, Uint8Array.prototype, String.prototype, Number.prototype, Boolean.prototype,
  BigInt.prototype, DataView.prototype, Float64Array.prototype, null, LimitError.prototype, DOMException.prototype,
]);

// An error that this program's side made says where this program stands: the sandbox never sees it.
function inspectThrown(error) {
  const isOwn = error instanceof LimitError || /^ERR_(SANDBOX|INVALID)/.test(error?.code);
  inspect(isOwn ? [error.name, error.message, error.code, error.usage] : error);
}

// Everything that is to be reached from a value of the sandbox's must be plain data of this realm.
function inspect(value, seen = new Set()) {
  if (typeof value === "function") escapes.push("a function came out");
  if (typeof value === "symbol") escapes.push("a symbol came out");
  if (typeof value === "string") {
    if (value.includes(canary)) escapes.push("read the secret");
    if (/[\\/]escape[\\/]|host\.mjs/.test(value)) escapes.push(`saw the host's files: ${value}`);
  }
  if (typeof value !== "object" || value === null || seen.has(value) || seen.size > 10000) return;
  seen.add(value);
  if (!plain.has(Object.getPrototypeOf(value))) escapes.push("an object of another realm came out");
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "symbol") { escapes.push("a symbol came out"); continue; }
    inspect(key, seen);
    const { value: part, get, set } = Object.getOwnPropertyDescriptor(value, key);
    if (get || set) escapes.push("an accessor came out");
    else inspect(part, seen);
  }
  if (value instanceof Map) for (const [key, part] of Map.prototype.entries.call(value)) { inspect(key, seen); inspect(part, seen); }
  if (value instanceof Set) for (const part of Set.prototype.values.call(value)) inspect(part, seen);
}

const intrinsics = [
  Object, Object.prototype, Function.prototype, Array.prototype, Promise, Promise.prototype, Map.prototype, Set.prototype,
  Error, Error.prototype, TypeError.prototype, String.prototype, Number.prototype, RegExp.prototype, Date.prototype,
  JSON, Math, Reflect, ArrayBuffer.prototype, Object.getPrototypeOf(async () => {}), Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf([][Symbol.iterator]()), Object.getPrototypeOf(Uint8Array.prototype),
];
function pictureOf(object) {
  const picture = [Object.getPrototypeOf(object), Object.isExtensible(object)];
  for (const key of Reflect.ownKeys(object)) {
    const { value, get, set, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, key);
    picture.push(key, value, get, set, writable, enumerable, configurable);
  }
  return picture;
}
const before = intrinsics.map(pictureOf);
function changed(index) {
  const now = pictureOf(intrinsics[index]);
  return now.length !== before[index].length || now.some((part, i) => !Object.is(part, before[index][i]));
}

const own = { a: 1, nested: { b: [1, 2] } };
class HostError extends TypeError {
  constructor(message) { super(message); this.secret = canary; this.name = "HostError"; }
}
const functions = {
  report(...values) {
    if (over) escapes.push("ran after it had been ended");
    if (this !== undefined && this !== globalThis) inspect(this);
    for (const value of values) inspect(value);
  },
  survived() { escapes.push("ran after its limit"); },
  echo: (value) => value,
  gives: () => own,
  keeps: () => functions.echo.name,
  fails() { throw new Error("failed"); },
  failsInside() { null.x; },
  failsOwn() { throw new HostError("own"); },
  failsCause() { throw new Error("outer", { cause: new RangeError("inner") }); },
  failsValue() { throw { code: 7, text: "thrown" }; },
  failsFunction() { throw () => canary; },
  givesFunction: () => () => canary,
  givesSymbol: () => Symbol(canary),
  givesProxy: () => new Proxy({}, { get: () => canary }),
  givesGetter: () => ({ get fine() { return 1; } }),
  givesError: () => new TypeError("given"),
  givesClass: () => new (class Hidden { #secret = canary; visible = 1; peek() { return this.#secret; } })(),
  givesSelf: () => globalThis.undefinedThing,
  givesMap: () => new Map([["k", { deep: 1 }]]),
  async later(value) { await null; return value; },
  async laterFails() { await null; throw new HostError("later"); },
  laterNever: () => new Promise(() => {}),
  parses: (text) => JSON.parse(text),
  serializes: (value) => JSON.stringify(value),
  shows: (value) => `${value}`,
  reads: (object, key) => object[key],
  sums: (list) => list.reduce((a, b) => a + b, 0),
  keys: (object) => Object.keys(object),
  spreads: (object) => ({ ...object }),
  assigns: (object) => Object.assign({}, object),
  sorts: (list) => list.sort(),
  compares: (a, b) => a == b,
  iterates: (list) => [...list],
  awaits: async (value) => await value,
  recurses: (value) => value,
  reenters: () => { try { box.evalSync("1"); return "ran"; } catch (error) { return error.code; } },
};

let box;
process.on("unhandledRejection", (error) => escapes.push(`a rejection of the sandbox's reached the host: ${error?.message}`));

async function run(code, elsewhere) {
  over = false;
  const options = { filename: "case.js", timeout: 300 };
  box = new Sandbox({ functions, globals: { given: own, list: [1, 2, 3], when: new Date(0), text: /x/g, bytes: new Uint8Array(4) },
    memory: 32 << 20, fuel: 30_000_000, console: (text) => inspect(text) });
  try {
    inspect(elsewhere ? await box.eval(code, options) : box.evalSync(code, options));
  } catch (error) {
    inspectThrown(error);
    if (error instanceof LimitError) over = true;
  }
  try {
    inspect(box.evalSync("1 + 1", options));
  } catch (error) {
    inspectThrown(error);
  }
  box.dispose();
  over = true;
  await new Promise((resolve) => setTimeout(resolve, 2));
  if ("PWNED" in globalThis) escapes.push("ran code in the host's realm");
  if ({}.polluted !== undefined || own.a !== 1 || own.nested.b.length !== 2) escapes.push("changed an object of the host's");
  for (let i = 0; i < intrinsics.length; i++) if (changed(i)) escapes.push(`changed intrinsic ${i}`);
}

for (const text of cases) {
  const name = text.slice(0, text.indexOf("\n"));
  if (only !== undefined && only !== name) continue;
  escapes = [];
  for (const elsewhere of [false, true]) await run(text.slice(name.length + 1), elsewhere);
  process.stdout.write(`${name}: ${escapes.length > 0 ? `ESCAPED: ${escapes[0]}` : "held"}\n`);
}
