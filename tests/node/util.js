const util = require("util");
console.log(util.format("%s %d %i %f %j %o %O %% %c x", "a", 1.5, 2.7, "3.5", { a: 1 }, [1], { b: { c: {} } }, "css"));
console.log(util.format("a", "b", { c: 1 }), util.format(1, 2), util.format("%s"), util.format("%x", 1));
console.log(util.formatWithOptions({ compact: false }, "%s", "x", { a: 1 }));
console.log(util.inspect({ a: { b: { c: { d: 1 } } } }), util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: null }), util.inspect("x'y"));
console.log(util.inspect(new Map([[1, { a: 2 }]]), { showHidden: true }), util.inspect([1, , 3]), util.inspect({ a: 1n, [Symbol("s")]: 2 }, true, 1, false));
console.log(util.inspect({ [util.inspect.custom](depth, options, inspect) { return `custom ${depth} ${typeof options.stylize} ${inspect === util.inspect}`; } }).replace(/ (true|false)$/, ""));
console.log(util.inspect.custom, util.inspect.defaultOptions.depth, util.inspect("x", { colors: true }), util.inspect(new Proxy({ a: 1 }, {}), { showProxy: true }));
class Thing { constructor() { this.x = 1; } get y() { return 2; } }
console.log(util.inspect(new Thing()), util.inspect(Object.create(null)), util.inspect([1, 2, 3], { maxArrayLength: 1 }), util.inspect({ b: 1, a: 2 }, { sorted: true }));

for (const [a, b] of [
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }], [[1, 2], [1, 3]], [new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])], [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]])],
  [0, -0], [NaN, NaN], [{ a: 1 }, { a: "1" }], [new Date(1), new Date(1)], [/a/g, /a/i], [Object(1), Object(1)], [new Error("a"), new Error("a")], [new Error("a"), new Error("b")],
  [[1, , 2], [1, undefined, 2]], [new Uint8Array([1, 2]), new Uint8Array([1, 2])], [Object.create(null), {}], [{ [Symbol.for("x")]: 1 }, { [Symbol.for("x")]: 1 }], ["a", new String("a")],
]) console.log(util.isDeepStrictEqual(a, b));
const cycle = { a: 1 }; cycle.self = cycle;
const other = { a: 1 }; other.self = other;
console.log(util.isDeepStrictEqual(cycle, other));

const { types } = util;
const samples = {
  date: new Date(), regexp: /x/, error: new Error(), promise: Promise.resolve(), map: new Map(), set: new Set(), weakMap: new WeakMap(), proxy: new Proxy({}, {}),
  typed: new Uint8Array(), buffer: new ArrayBuffer(1), view: new DataView(new ArrayBuffer(1)), boxed: Object(1), generator: (function* () {})(), generatorFunction: function* () {},
  asyncFunction: async () => {}, plain: {}, mapIterator: new Map()[Symbol.iterator](), args: (function () { return arguments; })(), symbol: Object(Symbol()), fake: Object.create(Error.prototype),
};
for (const name of Object.keys(samples)) console.log(name, Object.keys(types).filter((key) => types[key](samples[name])).join());

const read = (value, callback) => process.nextTick(callback, value < 0 ? new Error("negative") : null, value * 2);
util.promisify(read)(4).then((v) => console.log("promisified", v));
util.promisify(read)(-4).catch((e) => console.log("promisified", e.message));
util.callbackify(async (x) => x + 1)(1, (e, v) => console.log("callbackified", e, v));
util.callbackify(async () => { throw null; })((e) => console.log("callbackified", e.code, e.reason));
const custom = () => {}; custom[util.promisify.custom] = () => "own";
console.log(util.promisify(custom)(), util.promisify(read).name, util.callbackify(read).name);
function Base() {} Base.prototype.hi = () => "hi"; function Child() {} util.inherits(Child, Base);
console.log(new Child().hi(), Child.super_ === Base);
console.log(util.stripVTControlCharacters("\u001b[31mred\u001b[39m"), JSON.stringify(util.styleText("red", "x")), util.toUSVString("a\ud800"), util.getSystemErrorName(-2), util.isArray([]));
console.log(new util.TextEncoder().encode("é"), new util.TextDecoder().decode(new Uint8Array([195, 169])), util.debuglog("x").enabled);
for (const call of [() => util.promisify(1), () => util.inherits(1, null), () => util.callbackify({}), () => util.stripVTControlCharacters(1), () => util.inherits(Child, undefined), () => util.styleText("nocolour", "x")]) {
  try { call(); } catch (e) { console.log(e.name, e.code, e.message.slice(0, 120)); }
}
const gone = util.deprecate((x) => x * 2, "gone() is gone", "DEP1");
console.log(gone.name, gone(2), util.deprecate(class A {}, "m").name);
process.on("warning", (w) => console.log(w.name, w.code, w.message));
