// node:vm: contexts, scripts, functions, options and errors.

const vm = require("node:vm");
const util = require("util");

function tried(f) {
  try {
    return f();
  } catch (error) {
    return `${error?.name}: ${error?.message}${error?.code ? ` [${error.code}]` : ""}`;
  }
}
const show = (...values) => console.log(...values.map((value) => (typeof value === "string" ? value : util.inspect(value))));

// ---- globals read and write through
{
  const sandbox = vm.createContext({ given: 1 });
  show(vm.isContext(sandbox), vm.isContext({}), vm.createContext(sandbox) === sandbox);
  vm.runInContext("var a; var b = 1; function f() { return given; } let c = 2; const d = 3; class E {} g = 4; this.h = 5; globalThis.i = 6", sandbox);
  show(Object.keys(sandbox), "a" in sandbox, sandbox.f());
  show(vm.runInContext("[typeof a, b, typeof f, c, d, typeof E, g, h, i, this === globalThis].join()", sandbox));
  sandbox.b = 100;
  delete sandbox.g;
  sandbox.late = "late";
  show(vm.runInContext("[b, g, late, 'late' in globalThis, typeof nothing].join()", sandbox));
  show(tried(() => vm.runInContext("nothing", sandbox)), tried(() => vm.runInContext("'use strict'; fresh = 1", sandbox)));
  show(vm.runInContext("delete globalThis.late", sandbox), "late" in sandbox, vm.runInContext("delete b", sandbox), vm.runInContext("typeof b", sandbox));
  show(vm.runInContext("let given = 7; given", sandbox), sandbox.given, tried(() => vm.runInContext("let given = 8", sandbox)));
  show(tried(() => vm.runInContext("c = 20; d = 30", sandbox)), vm.runInContext("c", sandbox));
  show(vm.runInContext("Object.getOwnPropertyDescriptor(globalThis, 'h')", sandbox).value, vm.runInContext("JSON.stringify(Object.getOwnPropertyDescriptor(this, 'i'))", sandbox));
  vm.runInContext("Object.defineProperty(this, 'fixed', { value: 9, enumerable: false, configurable: true })", sandbox);
  show(Object.getOwnPropertyDescriptor(sandbox, "fixed"), vm.runInContext("fixed = 10; fixed", sandbox));
  vm.runInContext("Object.defineProperty(globalThis, 'computed', { get() { return given + 1; }, configurable: true })", sandbox);
  show(sandbox.computed, vm.runInContext("computed", sandbox));
}

// ---- sandboxes of every kind
{
  const frozen = vm.createContext(Object.freeze({ x: 1 }));
  show(vm.runInContext("x = 2; x", frozen), vm.runInContext("y = 3; y", frozen), frozen);
  show(vm.runInContext("this.x = 5; x", frozen), vm.runInContext("delete globalThis.x", frozen));
  const bare = vm.createContext(Object.create(null));
  show(vm.runInContext("z = 1; typeof Object + typeof z", bare), Object.keys(bare));
  const log = [];
  const accessors = vm.createContext({ get p() { log.push("get"); return this.q; }, set p(v) { log.push(`set ${v}`); this.q = v; }, q: 1 });
  show(vm.runInContext("p = 5; p + 1", accessors), log, accessors.q);
  const inherited = vm.createContext(Object.create({ above: 1, get own() { return this.mine; } }, { mine: { value: 2 } }));
  show(vm.runInContext("above + own", inherited), vm.runInContext("above = 5; above", inherited), Object.keys(inherited));
  const seen = [];
  const proxy = vm.createContext(new Proxy({ k: 1 }, {
    get(o, k) { seen.push(`get ${String(k)}`); return o[k]; },
    set(o, k, v) { seen.push(`set ${String(k)}`); o[k] = v; return true; },
  }));
  show(vm.runInContext("k", proxy), vm.runInContext("missing", proxy), seen);
  const classes = vm.createContext(new (class Sandbox { value = 3; method() { return this.value; } })());
  show(vm.runInContext("value", classes), vm.runInContext("typeof method", classes));
  const array = vm.createContext([1, 2]);
  show(vm.runInContext("length", array), vm.runInContext("this[1]", array));
  const self = vm.createContext({});
  self.self = self;
  show(vm.runInContext("self === globalThis", self), vm.runInContext("self.x = 1; x", self), self.x);
}

// ---- what a global object cannot do
{
  const context = vm.createContext({ a: 1 });
  show(tried(() => vm.runInContext("Object.preventExtensions(globalThis)", context)), vm.runInContext("b = 2; Object.isExtensible(globalThis)", context));
  show(vm.runInContext("const all = globalThis; for (const k of Reflect.ownKeys(all)) delete all[k]; typeof globalThis + typeof Math", context), context);
}
// ---- what is read again and again sees what changes
{
  const context = vm.createContext({ a: 0 });
  const read = vm.runInContext("(function () { let sum = 0; for (let i = 0; i < 100; i++) sum += a; return [sum, typeof late, typeof Math]; })", context);
  const seen = [];
  for (let i = 0; i < 600; i++) {
    context.a = i;
    if (i === 300) context.late = 1;
    if (i === 400) context.Math = "shadowed";
    const got = read();
    if (i % 100 === 99) seen.push(got.join());
  }
  show(seen);
}

// ---- contexts are apart
{
  const a = vm.createContext({}), b = vm.createContext({});
  vm.runInContext("Array.prototype.extra = 1; shared = 1", a);
  show(vm.runInContext("[].extra", a), vm.runInContext("[].extra", b), [].extra, vm.runInContext("typeof shared", b));
  show(vm.runInContext("[1]", a) instanceof Array, vm.runInContext("r = [1]; r instanceof Array", a), Array.isArray(vm.runInContext("[1]", a)));
  show(vm.runInThisContext("[1]") instanceof Array, vm.runInThisContext("typeof require"), vm.runInThisContext("this === globalThis"));
  show(vm.runInNewContext("x + y", { x: 1, y: 2 }), vm.runInNewContext("typeof process + typeof require + typeof module + typeof setTimeout"));
  show(vm.runInNewContext("({ a: 1, m: new Map([[1, [2]]]), e: null, f() {} })"), vm.runInNewContext("globalThis", { q: 1 }));
  show(vm.runInContext("(function () { return this === globalThis })()", a), vm.runInContext("(() => this === globalThis)()", a));
  show(vm.runInContext("eval('var evaluated = 1'); typeof evaluated", a), a.evaluated, vm.runInContext("new Function('return this')() === globalThis", a));
}

// ---- scripts
{
  const script = new vm.Script("count = (typeof count === 'number' ? count : 0) + 1", { filename: "count.js" });
  const one = vm.createContext({}), two = vm.createContext({ count: 10 });
  script.runInContext(one);
  script.runInContext(one);
  script.runInContext(two);
  show(one, two, script.runInNewContext({ count: 41 }), script.runInNewContext());
  show(new vm.Script("1 + 1").runInThisContext(), new vm.Script("/* nothing */").runInThisContext(), vm.runInThisContext("var x1 = 2; if (x1) { x1 * 2 }"));
  const cached = new vm.Script("6 * 7", { filename: "cached.js", produceCachedData: true });
  show(cached.cachedDataProduced, Buffer.isBuffer(cached.cachedData), Buffer.isBuffer(cached.createCachedData()), cached.cachedDataRejected);
  const again = new vm.Script("6 * 7", { filename: "cached.js", cachedData: cached.cachedData });
  show(again.cachedDataRejected, again.runInThisContext());
  const wrong = new vm.Script("6 * 8 + 11111111", { filename: "cached.js", cachedData: Buffer.from("nonsense") });
  show(wrong.cachedDataRejected, wrong.runInThisContext());
  show(tried(() => vm.Script("1")), new vm.Script("1") instanceof vm.Script, Object.keys(new vm.Script("1")));
}

// ---- functions
{
  show(vm.compileFunction("return a + b", ["a", "b"])(1, 2), vm.compileFunction("return arguments.length")(1, 2, 3));
  show(vm.compileFunction("return a", ["a"]).toString());
  const context = vm.createContext({ x: 1 });
  show(vm.compileFunction("return x + y", ["y"], { parsingContext: context })(5), vm.compileFunction("x = 2; return typeof require", [], { parsingContext: context })(), context.x);
  show(vm.compileFunction("return a + n + m", ["a"], { contextExtensions: [{ n: 10 }, { m: 100 }] })(1));
  show(tried(() => vm.compileFunction("}{")).slice(0, 11), tried(() => vm.compileFunction("return await", []) && "fine"));
  const produced = vm.compileFunction("return 1", [], { produceCachedData: true });
  show(produced.cachedDataProduced, Buffer.isBuffer(produced.cachedData), produced());
}

// ---- code generation
{
  const options = { contextCodeGeneration: { strings: false } };
  show(tried(() => vm.runInNewContext("eval('1')", {}, options)), tried(() => vm.runInNewContext("new Function('1')", {}, options)), tried(() => vm.runInNewContext("(0, eval)('1')", {}, options)));
  show(tried(() => vm.runInContext("eval('1 + 1')", vm.createContext({}, { codeGeneration: { strings: true } }))));
}

// ---- arguments
for (const wrong of [
  () => vm.createContext(1), () => vm.createContext(null), () => vm.createContext("x"), () => vm.createContext({}, 1),
  () => vm.createContext({}, { name: 1 }), () => vm.createContext({}, { origin: 1 }), () => vm.createContext({}, { codeGeneration: 1 }),
  () => vm.createContext({}, { codeGeneration: { wasm: 1 } }), () => vm.createContext({}, { microtaskMode: "x" }),
  () => vm.createContext(function named() {}), () => vm.isContext(() => 1), () => vm.isContext(1), () => vm.isContext(), () => vm.runInContext("1", {}), () => vm.runInContext("1"),
  () => new vm.Script("1", { filename: 1 }), () => new vm.Script("1", { lineOffset: "a" }), () => new vm.Script("1", { columnOffset: 1.5 }),
  () => new vm.Script("1", { lineOffset: 2 ** 31 }), () => new vm.Script("1", 5), () => new vm.Script("1", { cachedData: 1 }),
  () => new vm.Script("1", { produceCachedData: 1 }), () => new vm.Script("1", { importModuleDynamically: 1 }),
  () => vm.runInThisContext("1", { timeout: 0 }), () => vm.runInThisContext("1", { timeout: "a" }), () => vm.runInThisContext("1", { timeout: 1.5 }),
  () => vm.runInThisContext("1", { timeout: -1 }), () => vm.runInThisContext("1", { displayErrors: 1 }), () => vm.runInThisContext("1", { breakOnSigint: 1 }),
  () => new vm.Script("1").runInThisContext(5), () => new vm.Script("1").runInContext({}), () => vm.runInNewContext("1", {}, { contextName: 1 }),
  () => vm.runInNewContext("1", {}, { contextCodeGeneration: 1 }), () => vm.runInNewContext("1", {}, { contextCodeGeneration: { strings: 1 } }),
  () => vm.runInNewContext("1", 1), () => vm.compileFunction(1), () => vm.compileFunction("1", 1), () => vm.compileFunction("1", [1]),
  () => vm.compileFunction("1", [], { contextExtensions: 1 }), () => vm.compileFunction("1", [], { contextExtensions: [1] }),
]) show(tried(wrong));

// ---- places
try {
  vm.runInNewContext("\n  null.x", {}, { filename: "there.js", lineOffset: 4, columnOffset: 7 });
} catch (error) {
  show(error.stack.split("\n").filter((line) => line.includes("at there.js")), error instanceof TypeError, error.name);
}
try {
  vm.runInNewContext("null.x", {}, { filename: "there.js", lineOffset: 4, columnOffset: 7 });
} catch (error) {
  show(error.stack.split("\n").filter((line) => line.includes("at there.js")));
}
try {
  new vm.Script("\nfoo bar", { filename: "bad.js", lineOffset: 4 });
} catch (error) {
  show(error.name, error.stack.split("\n").slice(0, 2));
}

// ---- import() follows the script
(async () => {
  const outcome = (promise) => promise.then((v) => v, (error) => `${error.name} ${error.code}: ${error.message}`);
  show(await outcome(vm.runInThisContext("import('fs')")), await outcome(vm.runInNewContext("import('fs')")));
  show(await outcome(vm.runInNewContext("eval(\"import('fs')\")")), await outcome(vm.runInNewContext("new Function(\"return import('fs')\")()")));
})();
