Walking constructors to the host's Function.

//# this
report(this.constructor.constructor("globalThis.PWNED = 1; return process")().SECRET);
//# object
report(hostObject.constructor.constructor("globalThis.PWNED = 1; return process")().SECRET);
//# nested object
report(hostObject.nested.b.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# function
report(hostFunction.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# method
report(hostObject.method.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# class
report(HostClass.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# class instance
report(new HostClass(1).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# by new
report(new (hostFunction.constructor)("globalThis.PWNED = 1; return globalThis")().SECRET);
//# async function
hostAsync.constructor("globalThis.PWNED = 1; return globalThis")().then((g) => report(g.SECRET));
//# generator function
report(hostGenerator.constructor("globalThis.PWNED = 1; yield globalThis.SECRET")().next().value);
//# async generator function
const AsyncGenerator = Object.getPrototypeOf(async function* () {}).constructor;
const Host = hostObject.constructor;
const P = Host.getPrototypeOf(hostAsync.constructor);
report(P("globalThis.PWNED = 1; return globalThis")().SECRET);
//# parent of AsyncFunction
report(Object.getPrototypeOf(hostAsync.constructor)("globalThis.PWNED = 1; return globalThis")().SECRET);
//# parent of GeneratorFunction
report(Object.getPrototypeOf(hostGenerator.constructor)("globalThis.PWNED = 1; return globalThis")().SECRET);
//# map
report(hostMap.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# map value
report(hostMap.get("key").constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# set iterator
report(hostSet.values().constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# array iterator
report(hostArray[Symbol.iterator]().next.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# iterator result
report(hostGenerator().next().constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# console
report(console.log.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# error
report(hostError.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# date
report(hostDate.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# regular expression
report(hostRegExp.exec("x").constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# symbol
report(hostSymbol.description.constructor.constructor("return 1")(), Object(hostSymbol).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# typed array
report(hostBuffer.buffer.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# proxy
report(hostProxy.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# bound
report(hostFunction.bind(null).constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# species
report(hostArray.map((x) => x).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# prototype property
report(Object.getPrototypeOf(hostFunction).constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# descriptor
const d = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(hostFunction), "constructor");
const F = d.value ?? d.get.call(hostFunction);
report(F("globalThis.PWNED = 1; return globalThis")().SECRET);
//# descriptors by the host's Object
const O = hostObject.constructor;
const all = O.getOwnPropertyDescriptors(O.getPrototypeOf(hostFunction));
const F = all.constructor.value ?? all.constructor.get.call(hostFunction);
report(F("globalThis.PWNED = 1; return globalThis")().SECRET);
//# lookupGetter
const proto = hostObject.constructor.getPrototypeOf(hostFunction);
const getter = proto.__lookupGetter__("constructor");
const F = getter ? getter.call(hostFunction) : proto.constructor;
report(F("globalThis.PWNED = 1; return globalThis")().SECRET);
//# getter in a job of the host
const proto = Object.getPrototypeOf(hostFunction);
const getter = proto.__lookupGetter__("constructor") ?? (() => proto.constructor);
hostPromise.then(getter).then((F) => report(F("globalThis.PWNED = 1; return globalThis")().SECRET));
//# Reflect.get of the host by apply
const HostFunctionPrototype = Object.getPrototypeOf(hostFunction);
const F = HostFunctionPrototype.call.call(hostObject.__lookupGetter__, HostFunctionPrototype, "x") ?? HostFunctionPrototype.constructor;
report(F("globalThis.PWNED = 1; return globalThis")().SECRET);
//# class that extends it
class Evil extends hostFunction.constructor { constructor() { super("globalThis.PWNED = 1; return globalThis"); } }
report(new Evil()().SECRET);
//# Reflect.construct with it
report(Reflect.construct(hostFunction.constructor, ["globalThis.PWNED = 1; return globalThis"])().SECRET);
//# Reflect.construct with it as new.target
const F = Reflect.construct(Function, ["return globalThis"], hostFunction.constructor);
report(F().SECRET, F.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# handed to the host to call
report(hostCalls(hostFunction.constructor, "globalThis.PWNED = 1; return globalThis")().SECRET);
//# handed to the host to map with
report(hostMaps(["globalThis.PWNED = 1; return globalThis"], hostFunction.constructor)[0]().SECRET);
//# the host's map with it
report(hostArray.map.call(["globalThis.PWNED = 1; return globalThis"], hostFunction.constructor)[0]().SECRET);
//# handed to a promise of the host
hostPromise.then(() => "globalThis.PWNED = 1; return globalThis").then(hostFunction.constructor).then((f) => report(f().SECRET));
//# resolved promise of the host with it as thenable
const then = hostFunction.constructor;
hostPromise.constructor.resolve({ then }).then(report, report);
//# handed to a timer
hostLater(hostFunction.constructor, "globalThis.PWNED = 1");
//# as a listener
hostListens(hostFunction.constructor);
//# bound, as a getter that the host reads and calls
Object.defineProperty(this, "trap", { get: hostFunction.constructor.bind(null, "globalThis.PWNED = 1; return globalThis") });
report(hostUses({ get value() { return trap; } })?.SECRET);
//# bound, as a getter on what the host reads
const o = {};
Object.defineProperty(o, "value", { get: hostFunction.constructor.bind(null, "globalThis.PWNED = 1; return globalThis") });
report(hostUses(o)?.SECRET);
//# bound Reflect.construct as a getter
const HostReflectApply = hostFunction.constructor.prototype.apply;
const o = {};
Object.defineProperty(o, "value", { get: HostReflectApply.bind(hostFunction.constructor, null, ["globalThis.PWNED = 1; return globalThis"]) });
report(hostUses(o)?.SECRET);
//# as a trap
const target = { toString() { return "a = (globalThis.PWNED = 1)"; } };
const o = Object.create(new Proxy(target, { get: hostFunction.constructor }), { toString: { value: () => "globalThis.PWNED = 1; return globalThis" } });
report(hostUses(o)?.SECRET);
//# as an apply trap
const p = new Proxy(function () {}, { apply: hostFunction.constructor });
report(hostUses({ value: p })?.SECRET);
