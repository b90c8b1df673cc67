Changing the host's intrinsics.

//# Object.prototype
hostObject.__proto__.polluted = 1;
//# Object.prototype by defineProperty
Object.defineProperty(hostObject.constructor.prototype, "polluted", { value: 1, configurable: true });
//# Object.prototype by the host's defineProperty
hostObject.constructor.defineProperty(hostObject.constructor.prototype, "polluted", { value: 1, configurable: true });
//# Object.prototype by assign
hostObject.constructor.assign(hostObject.__proto__, { polluted: 1 });
//# Object.prototype by defineGetter
hostObject.__defineGetter__.call(hostObject.__proto__, "polluted", () => 1);
//# Object.prototype through a proxy
new Proxy(hostObject.__proto__, {}).polluted = 1;
//# Object.prototype as receiver
Reflect.set({}, "polluted", 1, hostObject.__proto__);
//# Object.prototype by super
const o = { __proto__: hostObject.__proto__, m() { super.polluted = 1; } };
o.m.call(hostObject.__proto__);
//# array method
hostArray.__proto__.push = () => 0;
//# array method in a loop
function set(o) { o.extra = 1; }
for (let i = 0; i < 300; i++) { set({}); set([]); set(Array.prototype); }
set(hostArray.__proto__);
//# array element
hostArray.__proto__[0] = 1;
//# array push on the prototype
hostArray.push.call(hostArray.__proto__, 1);
//# array length
hostArray.__proto__.length = 5;
//# array fill, splice, unshift, sort
const p = hostArray.__proto__;
for (const f of [() => p.unshift.call(p, 1), () => p.splice.call(p, 0, 0, 1), () => p.fill.call(p, 1), () => p.copyWithin.call(p, 0, 1)]) { try { f(); } catch {} }
//# function prototype
hostFunction.__proto__.call = () => 0;
//# function prototype's constructor
hostFunction.__proto__.constructor = function () {};
//# static method
hostObject.constructor.keys = () => [];
//# property of a builtin function
hostArray.push.extra = 1;
//# delete
delete hostArray.__proto__.map;
//# delete by Reflect
Reflect.deleteProperty(hostObject.constructor, "keys");
//# setPrototypeOf
Object.setPrototypeOf(hostArray.__proto__, { polluted: 1 });
//# setPrototypeOf by the host
hostObject.constructor.setPrototypeOf(hostMap.__proto__, { polluted: 1 });
//# __proto__
hostMap.__proto__.__proto__ = { polluted: 1 };
//# freeze
Object.freeze(hostObject.__proto__);
//# preventExtensions by the host
hostObject.constructor.preventExtensions(hostArray.__proto__);
//# seal a constructor
Object.seal(hostPromise.constructor);
//# map prototype
hostMap.__proto__.get = () => 1;
//# promise prototype
hostPromise.__proto__.then = () => 1;
//# error prototype
hostError.__proto__.toString = () => "x";
//# error name
hostError.__proto__.name = "Evil";
//# iterator prototype
Object.getPrototypeOf(Object.getPrototypeOf(hostArray[Symbol.iterator]())).evil = 1;
//# array iterator next
Object.getPrototypeOf(hostArray[Symbol.iterator]()).next = () => ({ done: true });
//# date prototype
hostDate.__proto__.getTime = () => 0;
//# regexp prototype
hostRegExp.__proto__.exec = () => null;
//# typed array prototype
Object.getPrototypeOf(hostBuffer.__proto__).evil = 1;
//# string prototype by a primitive of the host
hostError.message.__proto__.evil = 1;
Object.getPrototypeOf(hostObject.constructor("s")).evil = 1;
//# symbol.iterator of arrays
hostArray.__proto__[Symbol.iterator] = function* () {};
//# symbol.species
Object.defineProperty(hostArray.constructor, Symbol.species, { value: 1 });
//# by a deputy
hostWrites(hostArray.__proto__, "polluted", 1);
//# by a deputy in a loop
for (let i = 0; i < 300; i++) hostWrites({}, "polluted", 1);
hostWrites(hostObject.__proto__, "polluted", 1);
//# bound setter as a getter
const o = {};
Object.defineProperty(o, "value", { get: hostObject.constructor.defineProperty.bind(null, hostArray.__proto__, "polluted", { value: 1 }) });
hostUses(o);
//# bound by this realm's bind
const o = {};
const define = hostObject.constructor.defineProperty;
Object.defineProperty(o, "value", { get: Function.prototype.bind.call(define, null, hostArray.__proto__, "polluted", { value: 1 }) });
hostUses(o);
//# trap
hostReads(new Proxy(hostArray.__proto__, { get: hostObject.constructor.defineProperty }), "polluted");
//# trap that sets
hostUses(new Proxy(hostArray.__proto__, { get: (t, k) => { t.polluted = 1; } }));
//# proxy without traps, written by the host
hostWrites(new Proxy(hostArray.__proto__, {}), "polluted", 1);
//# timer
hostLater(hostObject.constructor.freeze, hostArray.__proto__);
//# JSON reviver prototype
hostParses('{"__proto__": {"polluted": 1}}').__proto__.polluted = 1;
//# merged
const merge = (a, b) => { for (const k in b) typeof b[k] === "object" ? merge(a[k] ??= {}, b[k]) : a[k] = b[k]; };
merge(hostObject, JSON.parse('{"__proto__": {"polluted": 1}}'));
//# class static block
class X extends HostClass { static { super.prototype.__proto__.polluted = 1; } }
//# sort comparator of the host's list
hostSorts([{ toString() { hostArray.__proto__.polluted = 1; return "a"; } }, { toString() { return "b"; } }]);
//# toJSON hook
hostSerializes({ toJSON() { hostObject.__proto__.polluted = 1; return 1; } });
//# toString hook
hostShows({ toString() { hostObject.__proto__.polluted = 1; return "x"; } });
//# existing method by computed keys in a loop
function set(o, k, v) { o[k] = v; }
for (let i = 0; i < 500; i++) { set({ push: 1 }, "push", 2); set([], "x" + i % 7, 1); set(Array.prototype, "push", Array.prototype.push); }
set(hostArray.__proto__, "push", () => 0);
//# existing method at a place that has seen much
function set(o) { o.push = 1; }
for (let i = 0; i < 300; i++) { const o = {}; for (let j = 0; j < i % 12; j++) o["p" + j] = j; o.push = 0; set(o); }
set(hostArray.__proto__);
//# existing method by a deputy that is hot
for (let i = 0; i < 500; i++) hostWrites({ push: 1, i }, "push", 2);
hostWrites(hostArray.__proto__, "push", () => 0);
//# static method by a deputy that is hot
for (let i = 0; i < 500; i++) hostWrites(function () {}, "keys", 2);
hostWrites(hostObject.constructor, "keys", () => []);
//# stackTraceLimit by a class field
class Field extends (class { constructor(o) { return o; } }) { stackTraceLimit = 1; }
for (let i = 0; i < 300; i++) new Field({ stackTraceLimit: 2 });
new Field(hostError.constructor);
//# array method by a class field
class Field extends (class { constructor(o) { return o; } }) { push = 1; }
for (let i = 0; i < 300; i++) new Field([]);
new Field(hostArray.__proto__);
//# unscopables
hostArray[Symbol.unscopables].at = false;
//# static method
Object.assign(hostArray.constructor, { isArray: 1 });
//# prototype of an async function
Object.getPrototypeOf(hostAsync).evil = 1;
//# Object.groupBy's and fromEntries' results
hostObject.constructor.fromEntries([["__proto__", { polluted: 1 }]]).__proto__.polluted = 1;
