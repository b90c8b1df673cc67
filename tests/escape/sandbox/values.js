Values on their way out: the host asks nothing of them, and gets plain data.

//# a thenable comes out
({ then(resolve) { resolve(1); } })
//# a getter comes out
({ get x() { report("asked"); return { get y() { return 1; } }; } })
//# a proxy comes out
new Proxy({}, { ownKeys() { survived(); return []; } })
//# toJSON
serializes({ toJSON() { return "x"; } })
//# toJSON of what is copied
serializes({ a: { toJSON: 1 } })
//# toString of what is copied
shows({ toString() { survived(); return "x"; } })
//# toPrimitive of what is copied
compares({ [Symbol.toPrimitive]() { survived(); return 1; } }, 1)
//# symbols as keys
echo({ [Symbol.iterator]: 1, [Symbol.for("x")]: 2, a: 1 })
//# iterator of an array
const a = [1, 2]; a[Symbol.iterator] = function* () { survived(); }; iterates(a)
//# species
const a = [1, 2]; a.constructor = { [Symbol.species]: function () { survived(); } }; try { sums(a); } catch (e) { report(e); }
//# an own constructor
reads({ constructor: { constructor: "x" } }, "constructor")
//# __proto__ as an own name
const o = JSON.parse('{"__proto__": {"polluted": 1}}'); report(Object.keys(echo(o)).join()); spreads(o); assigns(o); o
//# prototype pollution by a parsed text
parses('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
//# setting prototypes
echo({ __proto__: { polluted: 1 }, a: 1 }).polluted
//# polluted prototypes inside
Object.prototype.polluted = 1; Array.prototype.push = () => survived(); Object.defineProperty(Object.prototype, "then", { get() { report("then"); } }); echo({ a: [1] })
//# polluted prototypes under the library
Map.prototype.get = Map.prototype.set = Promise.prototype.then = Object.keys = Array.prototype[Symbol.iterator] = Function.prototype.call = Reflect.apply = () => { throw 1; }; later({ a: 1 }); echo(new Map([]));
//# setters on Object.prototype
for (const key of ["kind", "value", "name", "message", "stack", "code", "get", "set", "0", "1", "length"]) Object.defineProperty(Object.prototype, key, { set(v) { report(typeof v); }, get() { return undefined; }, configurable: true }); fails;
try { fails(); } catch (e) { report(e); } echo([1, { a: 1 }])
//# getters on Object.prototype when it fails
Object.defineProperty(Object.prototype, "cause", { get() { report(this === globalThis); return 1; } }); throw new Error("x")
//# a cycle
const o = { a: [] }; o.a.push(o); const back = echo(o); if (back.a[0] !== back) survived(); o
//# a deep value
let o = {}; for (let i = 0; i < 2e5; i++) o = { o }; try { echo(o); } catch (e) { report(e.message); } o
//# a deep map
let o = new Map(); for (let i = 0; i < 1e5; i++) o = new Map([[o, o]]); o
//# a wide value
echo(new Array(1e5).fill(0).map((_, i) => ({ i }))).length
//# a sparse array
const a = []; a[4294967290] = 1; a.x = 1; echo(a).length
//# a huge string
let s = "x"; while (s.length < 2 ** 28) s += s; try { echo(s); survived(); } catch (e) { report(e.message); } s
//# a string many times
const s = "x".repeat(1e6); echo(new Array(1000).fill(s)).length
//# views of one buffer
const b = new ArrayBuffer(8, { maxByteLength: 16 }); const v = echo({ a: new Uint8Array(b), b: new DataView(b, 4) }); if (v.a.buffer !== v.b.buffer) survived(); v
//# a view that is out of bounds
const b = new ArrayBuffer(8, { maxByteLength: 16 }); const v = new Uint8Array(b, 4, 4); b.resize(2); try { echo(v); } catch (e) { report(e.message); }
//# a detached buffer
const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] }); try { echo(b); survived(); } catch (e) { report(e.name); }
//# a shared buffer
try { echo(new SharedArrayBuffer(8)); survived(); } catch (e) { report(e.name); } new Int32Array(new SharedArrayBuffer(8))
//# boxed values
report(typeof echo(Object("x")), typeof echo(Object(1n)), echo(Object(false)).valueOf()); try { echo(Object(Symbol())); survived(); } catch (e) { report(e.name); }
//# weak things
for (const w of [new WeakMap(), new WeakSet(), new WeakRef({}), new FinalizationRegistry(() => {}), Promise.resolve(), (function* () {})(), [][Symbol.iterator](), globalThis]) try { echo(w); } catch (e) { report(e.name); }
//# arguments object
(function () { try { report(echo(arguments)); } catch (e) { report(e.name); } })(1, 2)
//# too many arguments
try { echo(...new Array(2e5).fill(1)); } catch (e) { report(e.message); }
//# odd function names
globalThis["__proto__"] = 1; report(typeof globalThis.report)
//# a promise of the host's
const p = later({ a: 1 }); report(p.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); if (!(p instanceof Promise)) survived(); p
//# a promise of the host's that fails
laterFails().catch((e) => { report(e.stack, e.message, e.secret, e.constructor.constructor("return globalThis")().SECRET); })
//# a promise of the host's and then
const p = later(1); p.constructor = { [Symbol.species]: function (f) { f((v) => report(v), (e) => report(e)); } }; try { p.then(() => {}); } catch (e) { report(e); }
//# Promise.prototype.then replaced
const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { report(typeof a); return then.call(this, a, b); }; later(1)
//# many promises of the host's
for (let i = 0; i < 100; i++) laterNever(); 1
//# a nested promise
(async () => ({ p: Promise.resolve(1) }))()
//# a promise that resolves to itself
const p = new Promise((r) => setTimeout(() => r(p), 0)); p
//# the host runs the sandbox again
report(reenters())
