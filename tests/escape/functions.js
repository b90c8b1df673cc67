The host's functions, their receivers, arguments and callers.

//# sloppy receiver
report(hostSloppy()?.SECRET, hostSloppy.call(undefined)?.SECRET, hostSloppy.call(null)?.SECRET);
//# sloppy receiver by apply
report(hostSloppy.apply()?.SECRET, Reflect.apply(hostSloppy, undefined, [])?.SECRET);
//# sloppy receiver by bind
report(hostSloppy.bind(undefined)()?.SECRET, hostFunction.bind.call(hostSloppy)()?.SECRET);
//# sloppy receiver by the host's map
report(hostArray.map(hostSloppy)[0]?.SECRET);
//# sloppy receiver in a job
hostPromise.then(hostSloppy).then((g) => report(g?.SECRET));
//# sloppy receiver in a job of this realm
Promise.resolve(1).then(hostSloppy).then((g) => report(g?.SECRET));
//# sloppy receiver as a getter
const o = {};
Object.defineProperty(o, "value", { get: hostSloppy });
report(hostReads(o, "value") === o ? 0 : hostReads(o, "value")?.SECRET);
//# sloppy receiver as a replacer
report("x".replace("x", () => { const g = hostSloppy(); return g?.SECRET ?? ""; }));
//# sloppy receiver by a deputy
report(hostCalls(hostSloppy)?.SECRET);
//# sloppy receiver as iterator
try { for (const x of { [Symbol.iterator]: hostSloppy }) report(x?.SECRET); } catch {}
//# arguments.callee.caller
function f() { return arguments.callee.caller; }
report(f()?.constructor("globalThis.PWNED = 1; return globalThis")().SECRET, hostCallback(f)?.SECRET);
//# caller
function g() { return g.caller; }
const c = hostCallback(g);
report(c?.arguments?.[0]?.SECRET, c?.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# caller of a host's function
report(hostFunction.caller?.SECRET, hostSloppy.caller?.SECRET, hostSloppy.arguments?.[0]);
//# arguments of callbacks
hostCallback((o, a, f) => { report(o.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); });
//# function of a callback
hostCallback((o, a, f) => { report(f.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); });
//# array of a callback
hostCallback((o, a) => { report(a.constructor.from.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); });
//# eval by this realm
report((0, eval)("this.constructor.constructor('globalThis.PWNED = 1; return globalThis')().SECRET"));
//# Function of this realm
report(Function("return globalThis.SECRET")(), new Function("return typeof process")() === "object" ? process.SECRET : 0);
//# toString of functions
report(hostFunction.toString.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# valueOf of this
report(hostObject.valueOf.call(undefined));
//# valueOf of this with lookups
report((0, hostObject.valueOf)()?.SECRET);
//# propertyIsEnumerable and kin
report((0, hostObject.hasOwnProperty)("SECRET") ? "x" : 0, hostObject.__defineGetter__.call(undefined, "SECRET", () => 1));
//# import
import("fs").then((m) => report(process.SECRET), () => 0);
//# import of process
import("node:process").then((m) => report(m.default.SECRET));
//# import in a function of this realm
Function("return import('node:process')")().then((m) => report(m.default.SECRET));
//# import in eval
eval("import('node:process')").then((m) => report(m.default.SECRET));
//# import promise
const p = import("x");
report(p.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
p.catch((e) => report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# names that are not there
report(typeof process, typeof require, typeof module, typeof global, typeof Buffer, typeof setTimeout);
report(typeof process === "object" ? process.SECRET : 0);
//# private brand on the host's objects
class Stamp extends (class { constructor(o) { return o; } }) { #x = 1; static has(o) { return #x in o; } }
new Stamp(hostObject);
report(hostObject.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# with
with (hostObject) { report(constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# symbol.unscopables
with (hostArray) { report(typeof values, constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# template
report(hostFunction.constructor`globalThis.PWNED = 1; return globalThis.SECRET```);
//# accessor of constructor called by the host
const getter = Object.getPrototypeOf(hostFunction).__lookupGetter__("constructor") ?? function () { return Object.getPrototypeOf(hostFunction).constructor; };
hostAwaits({ then: (resolve) => resolve(getter) }).then((F) => { report(F("globalThis.PWNED = 1; return globalThis")().SECRET); });
//# accessor of constructor as a listener that leaks
const getter = Object.getPrototypeOf(hostFunction).__lookupGetter__("constructor") ?? (() => hostFunction.constructor);
report(hostCalls(getter)("globalThis.PWNED = 1; return globalThis")().SECRET);
//# sloppy receiver by fromAsync
hostArray.constructor.fromAsync([1, 2, 3], hostSloppy).then((list) => report(...list.map((g) => g?.SECRET)));
//# sloppy receiver by fromAsync of this realm
Array.fromAsync([1, 2, 3], hostSloppy).then((list) => report(...list.map((g) => g?.SECRET)));
//# sloppy receiver by finally
const p = hostPromise.constructor.resolve(1);
p.constructor = { [Symbol.species]: class { constructor(f) { f((v) => report(v?.SECRET), () => 0); } then() {} } };
p.finally(hostSloppy);
//# sloppy receiver by async disposal
const stack = new AsyncDisposableStack();
stack.defer(hostSloppy);
stack.disposeAsync().then((g) => report(g?.SECRET));
