// What passes is what structuredClone makes of it: there, and back.
import { Sandbox } from "tvm:sandbox";
import { inspect, isDeepStrictEqual } from "node:util";

using box = new Sandbox({ functions: { echo: (value) => value } });
box.evalSync("function back(value) { return value } function through(value) { return echo(value) }");

const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const resizable = new ArrayBuffer(4, { maxByteLength: 16 });
const cycle = { name: "cycle" };
cycle.self = cycle;
cycle.list = [cycle, { up: cycle }];
const shared = { deep: [1] };
const holes = [1, , 3];
holes.length = 6;
holes.extra = "x";
const far = [];
far[1e6] = "far";
const keyed = new Map([[{ k: 1 }, { v: 1 }], [new Map([["a", 1]]), new Set([[1], new Set()])], [NaN, -0]]);
keyed.set(keyed, keyed);
const long = "x".repeat(100), wide = "\u0100".repeat(100);

const values = {
  primitives: [undefined, null, true, false, 0, -0, 1, -1, 127, 128, -64, -65, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, NaN, Infinity, -Infinity, 1e300],
  strings: ["", "a", "é", "\u0100", "\ud800", "𝒳", long, long, wide, wide, "a" + long + wide],
  bigints: [0n, 1n, -1n, 2n ** 64n, -(2n ** 200n), 12345678901234567890123n],
  boxed: [Object(1), Object("s"), Object(long), Object(false), Object(7n)],
  dates: [new Date(0), new Date(NaN), new Date(8.64e15)],
  regexps: [/a/, /[\u{1F600}]+?/giu, new RegExp("")],
  objects: { a: 1, "": 2, b: { c: [] }, 5: "five", 4294967294: "index", 4294967295: "name", ["k".repeat(50)]: 1, __proto__: { hidden: 1 } },
  parsed: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
  "without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "of a class": new (class Point { x = 1; #y = 2; get z() { return this.#y; } })(),
  arrays: [[], [1, [2, [3]]], holes, [, ,], [undefined]],
  far,
  maps: keyed,
  sets: new Set([1, "1", { a: 1 }, new Set([new Set()])]),
  cycle,
  shared: [shared, shared, { again: shared }],
  buffers: [buffer, new Uint8Array(buffer, 2, 3), new Float32Array(buffer), new BigInt64Array(1), new DataView(buffer, 1, 2), new Float16Array([1.5, NaN])],
  resizable: [resizable, new Uint8Array(resizable), new Uint8Array(resizable, 1, 2), new DataView(resizable, 2)],
  errors: [new Error("e"), new TypeError("t", { cause: { deep: [1] } }), new RangeError("r", { cause: new URIError("u") }), Object.assign(new Error(""), { ignored: 1 })],
  getters: { get a() { return { get b() { return [1]; } }; } },
  frozen: Object.freeze({ a: Object.freeze([1, 2]) }),
  hidden: Object.defineProperty({ shown: 1 }, "hidden", { value: 1 }),
  symbols: { [Symbol("s")]: 1, a: 1 },
  many: Array.from({ length: 200 }, (_, i) => ({ i, even: i % 2 === 0, text: `t${i}` })),
};

// Stacks of errors are not for the sandbox, and so not what comes back.
const parts = (value) => (value instanceof Error
  ? [Object.getPrototypeOf(value) === Object.getPrototypeOf(structuredClone(value)), value.name, value.message, Object.keys(value), "cause" in value && parts(value.cause)]
  : value);
let wrong = 0;
for (const [name, value] of Object.entries(values)) {
  const wanted = structuredClone(value);
  const ways = { back: box.callSync("back", value), through: box.callSync("through", value), later: await box.call("back", value) };
  for (const [way, got] of Object.entries(ways)) {
    const same = name === "errors" ? isDeepStrictEqual(got.map(parts), wanted.map(parts))
      : isDeepStrictEqual(got, wanted) && inspect(got, { depth: 10 }) === inspect(wanted, { depth: 10 });
    if (!same) console.log(name, way, inspect(got, { depth: 6 }), "wanted", inspect(wanted, { depth: 6 }));
    wrong += !same;
  }
}
const back = box.callSync("back", { shared: values.shared, cycle, views: [new Uint8Array(buffer), new DataView(buffer)] });
console.log(back.shared[0] === back.shared[1], back.cycle.list[1].up === back.cycle, back.views[0].buffer === back.views[1].buffer);
console.log(Object.keys(values).length, "kinds,", wrong, "wrong");
const refused = [() => 1, Symbol("s"), new Proxy({}, {}), Promise.resolve(1), new WeakMap(), new WeakRef({}), (function* () {})(), globalThis.process?.stdout && [() => 1], new SharedArrayBuffer(1)];
console.log(refused.map((value) => { try { return box.callSync("back", value); } catch (error) { return error.name; } }).join());
// => true true true
// => 24 kinds, 0 wrong
// => DataCloneError,DataCloneError,DataCloneError,DataCloneError,DataCloneError,DataCloneError,DataCloneError,DataCloneError,DataCloneError
