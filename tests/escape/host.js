// Runs the cases of a file of the containment suite: `host.js FILE [CASE]`. A case's code runs in a context of its own
// with objects of this realm; it tells what it got hold of by `report`. Prints each case's name with `held`, or `ESCAPED`
// and how. Under Node most cases escape; so it can be seen that a case tries something.

const vm = require("vm");
const fs = require("fs");

const words = process.argv.slice(2).filter((word) => word !== "--");
const canary = ["canary", process.hrtime().join("-")].join(":");
globalThis.SECRET = canary;
process.SECRET = canary;
const cases = fs.readFileSync(words[0], "utf8").split(/^\/\/# /m).slice(1);

let escapes = [];
const process_ = process;
const global_ = globalThis;
const includes = String.prototype.includes;
function report(...values) {
  for (const value of values) {
    if (value === process_ || value === global_) escapes.push("got hold of a host object");
    if (typeof value === "string" && Reflect.apply(includes, value, [canary])) escapes.push("read the secret");
    if (typeof value === "string" && /[\\/]escape[\\/]|host\.js/.test(value)) escapes.push("saw the host's stack");
  }
}

// What intrinsics are like, to be compared afterwards.
const intrinsics = [
  Object, Object.prototype, Function.prototype, Array, Array.prototype, Promise, Promise.prototype, Map, Map.prototype,
  Set.prototype, WeakMap.prototype, Error, Error.prototype, TypeError.prototype, RangeError.prototype, String.prototype,
  Number.prototype, Boolean.prototype, Symbol.prototype, RegExp.prototype, Date.prototype, JSON, Math, Reflect,
  Object.getPrototypeOf(function* () {}), Object.getPrototypeOf(async () => {}), Object.getPrototypeOf([][Symbol.iterator]()),
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())), ArrayBuffer.prototype, Uint8Array.prototype,
  Object.getPrototypeOf(Uint8Array.prototype), Array.prototype[Symbol.unscopables], Object.keys, Array.prototype.push, Promise.prototype.then,
];
const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf, isExtensible } = Reflect;
// How the engine keeps %Function% from contexts shows in these objects; that is no change by a context.
vm.createContext({});
function pictureOf(object) {
  const picture = [getPrototypeOf(object), isExtensible(object)];
  for (const key of ownKeys(object)) {
    const { value, get, set, writable, enumerable, configurable } = getOwnPropertyDescriptor(object, key);
    picture.push(key, value, get, set, writable, enumerable, configurable);
  }
  return picture;
}
const before = intrinsics.map(pictureOf);
const { is } = Object;
function changed(index) {
  const now = pictureOf(intrinsics[index]);
  if (now.length !== before[index].length) return true;
  for (let i = 0; i < now.length; i++) if (!is(now[i], before[index][i])) return true;
  return false;
}

function makeSandbox(listeners) {
  const sandbox = {
    report,
    hostObject: { a: 1, nested: { b: [1, 2] }, method() { return this; } },
    hostArray: [1, 2, 3],
    hostFunction: (value) => value,
      hostSloppy: function () { return this; },
    HostClass: class { constructor(value) { this.value = value; } },
    hostPromise: Promise.resolve({ fine: true }),
    hostRejected: Promise.reject(new Error("rejected")),
    hostAsync: async () => ({ fine: true }),
    hostGenerator: function* () { yield { fine: true }; },
    hostMap: new Map([["key", { deep: 1 }]]),
    hostSet: new Set([{ deep: 1 }]),
    hostError: new Error("made by the host"),
    hostBuffer: new Uint8Array(8),
    hostDate: new Date(0),
    hostRegExp: /x/g,
    hostSymbol: Symbol("host"),
    hostProxy: new Proxy({ a: 1 }, {}),
    hostGetter: { get value() { return { fine: true }; } },
    console: { log() {}, error() {} },
    hostFails() { throw new Error("failed"); },
    hostFailsInside() { null.x; },
    hostCallback: (f) => f({ inner: { a: 1 } }, [1], () => 1),
    hostCalls: (f, ...list) => f(...list),
    hostReads: (object, key) => object[key],
    hostUses: (object) => { const result = object.value; return typeof result === "function" ? result() : result; },
    hostWrites: (object, key, value) => { object[key] = value; },
    hostMaps: (list, f) => list.map(f),
    hostLater: (f, ...list) => { setTimeout(f, 1, ...list); },
    hostListens: (f) => { listeners.push(f); },
    hostAwaits: async (value) => { const got = await value; return typeof got === "function" ? got() : got; },
    hostShows: (value) => `${value}`,
    hostParses: (text) => JSON.parse(text),
    hostSerializes: (value) => JSON.stringify(value),
    hostSorts: (list) => list.sort(),
    hostVm: vm,
    hostEvents: require("events"),
    hostUtil: require("util"),
    hostAssert: require("assert"),
    hostPath: require("path"),
    hostBuffer2: Buffer.from("text"),
    hostTimers: { setTimeout, setImmediate, queueMicrotask },
    hostTick: process.nextTick,
    hostClone: structuredClone,
    hostSibling: vm.runInContext("({ f() {}, o: {} })", vm.createContext({})),
  };
  sandbox.hostRejected.catch(() => {});
  return vm.createContext(sandbox);
}

process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});

async function run(code) {
  const listeners = [];
  const sandbox = makeSandbox(listeners);
  try {
    report(vm.runInContext(code, sandbox, { filename: "case.js", timeout: 5000 }));
  } catch (error) {
    try { report(`${error?.message}`); } catch {}
  }
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const listener of listeners) {
    try {
      const got = listener("globalThis.PWNED = 1; return globalThis");
      if (typeof got === "function") got();
    } catch {}
  }
  try {
    for (const key of Object.keys(sandbox)) if (typeof sandbox[key] === "string") report(sandbox[key]);
  } catch {}
  await new Promise((resolve) => setTimeout(resolve, 1));
  if ("PWNED" in global_) escapes.push("ran code in the host's realm");
  for (let i = 0; i < intrinsics.length; i++) if (changed(i)) escapes.push(`changed intrinsic ${i}`);
}

async function main() {
  for (const text of cases) {
    const name = text.slice(0, text.indexOf("\n"));
    if (words.length > 1 && words[1] !== name) continue;
    escapes = [];
    await run(text.slice(name.length + 1));
    process_.stdout.write(`${name}: ${escapes.length > 0 ? `ESCAPED: ${escapes[0]}` : "held"}\n`);
  }
  process_.exit(0);
}
main();
