Modules and functions of the host that are passed in.

//# runInThisContext
hostVm.runInThisContext("globalThis.PWNED = 1");
//# script in the host's context
new hostVm.Script("globalThis.PWNED = 1").runInThisContext();
//# compileFunction
hostVm.compileFunction("globalThis.PWNED = 1; return globalThis")();
//# compileFunction with extensions
report(hostVm.compileFunction("globalThis.PWNED = 1; return SECRET", [], { contextExtensions: [{}] })());
//# script run by a deputy
const script = new hostVm.Script("globalThis.PWNED = 1");
hostCalls(script.runInThisContext.bind(script));
//# script run as a job
const script = new hostVm.Script("globalThis.PWNED = 1");
hostPromise.then(hostVm.runInThisContext.bind(null, "globalThis.PWNED = 1"));
hostPromise.then(script.runInThisContext.bind(script));
//# script run as a getter
const script = new hostVm.Script("globalThis.PWNED = 1");
const o = {};
Object.defineProperty(o, "value", { get: script.runInThisContext.bind(script, {}) });
hostUses(o);
//# runInThisContext as a listener
hostListens(hostVm.runInThisContext.bind(null, "globalThis.PWNED = 1"));
//# runInThisContext by a tick
hostTick(hostVm.runInThisContext.bind(null, "globalThis.PWNED = 1"));
//# runInThisContext by a timer
hostTimers.setTimeout(hostVm.runInThisContext.bind(null, "globalThis.PWNED = 1"), 0);
//# context of its own
report(hostVm.runInNewContext("this.constructor.constructor('globalThis.PWNED = 1; return globalThis.SECRET')()", {}));
//# context of the host's object
report(hostVm.runInNewContext("constructor.constructor('globalThis.PWNED = 1; return globalThis.SECRET')()", hostObject));
//# context made by the host's vm, its Function
report(hostVm.runInNewContext("Function")("return globalThis.SECRET")(), hostVm.runInNewContext("Function").constructor("globalThis.PWNED = 1; return globalThis.SECRET")());
//# import of the host's loader
hostVm.runInThisContext("import('fs')", { importModuleDynamically: () => report(process?.SECRET) });
//# importer's arguments
hostVm.runInNewContext("import('x')", {}, { importModuleDynamically: (s, script, a) => { report(script?.constructor?.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); return {}; } });
//# vm's Script class
report(hostVm.Script.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# sibling's Function
report(hostSibling.f.constructor("return globalThis.SECRET ?? this.constructor.constructor('globalThis.PWNED = 1; return globalThis.SECRET')()")());
//# sibling's prototype
hostSibling.o.__proto__.constructor.constructor("globalThis.PWNED = 1")();
//# events
const e = new hostEvents();
e.on("x", hostFunction.constructor);
e.emit("x", "globalThis.PWNED = 1");
report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# events with bound generation
const e = new hostEvents();
e.on("x", hostVm.runInThisContext);
e.emit("x", "globalThis.PWNED = 1");
//# emitter's prototype
hostEvents.prototype.constructor.constructor("globalThis.PWNED = 1")();
//# inspect
hostUtil.inspect({ [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
  report(inspect.constructor("globalThis.PWNED = 1; return globalThis")().SECRET, options.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET, options.stylize.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
  return "x";
} });
//# inspect of what throws
try { hostUtil.inspect({ get [Symbol.toStringTag]() { throw new Error("x"); } }, { getters: true }); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# promisify
report(hostUtil.promisify(hostFunction).constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# promisify of a deputy
hostUtil.promisify((f, g) => g(null, f))(hostFunction.constructor).then((F) => report(F("globalThis.PWNED = 1; return globalThis")().SECRET));
//# inherits
hostUtil.inherits(hostFunction.constructor.prototype.constructor, function () {});
//# inherits, a builtin's prototype
hostUtil.inherits(hostObject.constructor, hostEvents);
//# callbackify
hostUtil.callbackify(async () => 1)((...list) => report(list.constructor.constructor("globalThis.PWNED = 1; return globalThis").call?.()?.SECRET));
//# assert
try { hostAssert.throws(() => { throw 1; }, { get message() { return hostFunction.constructor("globalThis.PWNED = 1")(); } }); } catch (e) { report(e.stack, e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# assert's validation
hostAssert.throws(() => { throw "globalThis.PWNED = 1; return true"; }, hostFunction.constructor);
//# path
report(hostPath.join.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# buffer
report(hostBuffer2.constructor.from.constructor("globalThis.PWNED = 1; return globalThis")().SECRET, hostBuffer2.buffer.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# timer object
const t = hostTimers.setTimeout(() => {}, 1);
report(t.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# timer's receiver
hostTimers.setTimeout(function () { report(this?.SECRET, this.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }, 0);
//# timer with generation
hostTimers.setTimeout(hostFunction.constructor, 0, "globalThis.PWNED = 1");
//# microtask with generation
hostTimers.queueMicrotask(hostFunction.constructor.bind(null, "globalThis.PWNED = 1"));
//# clone
report(hostClone({}).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# clone with a getter
try { hostClone({ get x() { throw 1; } }); hostClone(() => 1); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# runInThisContext as a reaction
hostPromise.then(() => "globalThis.PWNED = 1").then(hostVm.runInThisContext);
//# runInThisContext of a timer
hostTimers.setTimeout(hostVm.runInThisContext, 0, "globalThis.PWNED = 1");
//# compileFunction as a reaction
hostPromise.then(() => "globalThis.PWNED = 1").then(hostVm.compileFunction).then((f) => f());
//# runInThisContext as a listener by itself
hostListens(() => 1);
hostTick(hostVm.runInThisContext, "globalThis.PWNED = 1");
//# runInThisContext as a setter
Object.defineProperty(this, "later", { set: hostVm.runInThisContext });
hostWrites(this, "later", "globalThis.PWNED = 1");
