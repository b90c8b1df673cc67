Promises, thenables, async functions and generators.

//# promise
report(hostPromise.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# value of a promise
hostPromise.then((v) => report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# result of an async function
hostAsync().then((v) => report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# species of a promise
class Evil extends Promise { static get [Symbol.species]() { return function (f) { f((v) => report(v?.constructor?.constructor("globalThis.PWNED = 1; return globalThis")().SECRET), report); }; } }
hostPromise.constructor = Evil;
hostPromise.then(1);
//# constructor of a promise, awaited by the host
const p = hostPromise.constructor.resolve(1);
p.constructor = { [Symbol.species]: function (f) { f((x) => report(x), (x) => report(x)); } };
hostAwaits(p).then((v) => report(v));
//# then of a promise
hostPromise.then = function (a, b) { report(a?.constructor?.("globalThis.PWNED = 1; return globalThis")().SECRET); };
hostAwaits(hostPromise);
//# then of the host's prototype
hostPromise.constructor.prototype.then = function (a) { report(a.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); };
hostAwaits(1);
//# thenable awaited by the host
hostAwaits({ then(resolve, reject) { report(resolve.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); resolve(1); } });
//# thenable that resolves with a function for the host
hostAwaits({ then(resolve) { resolve(hostFunction.constructor("globalThis.PWNED = 1; return globalThis")); } }).then((g) => report(g?.SECRET));
//# thenable whose then generates
hostAwaits({ then: hostFunction.constructor });
//# bound then
hostAwaits({ then: hostFunction.constructor.bind(null, "globalThis.PWNED = 1") });
//# generator
report(hostGenerator().constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# value of a generator
for (const v of hostGenerator()) report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# return of a generator
const g = hostGenerator();
report(g.return({}).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# prototype of generators
hostGenerator.prototype.__proto__.next = () => ({ value: 1, done: true });
report(hostGenerator().next().value === 1 ? "x" : "");
//# withResolvers
report(hostPromise.constructor.resolve.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# resolving functions
new hostPromise.constructor((resolve) => report(resolve.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# finally
hostPromise.finally(() => {}).then((v) => report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# combinators
hostPromise.constructor.all([hostPromise]).then((v) => report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# async iteration
(async () => { for await (const v of hostGenerator()) report(v.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); })();
//# unhandled rejection
Promise.reject({ get message() { return hostFunction.constructor("globalThis.PWNED = 1")(); } });
//# async function of this realm
(async () => { await hostPromise; report((await hostAsync()).constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); })();
//# job that changes an intrinsic
const HostObject = hostObject.constructor;
hostPromise.constructor.resolve(hostArray.__proto__).then(HostObject.freeze);
//# job that calls eval
hostPromise.then(() => "globalThis.PWNED = 1").then((0, hostFunction.constructor));
//# finalisation
const r = new FinalizationRegistry(hostFunction.constructor);
(() => r.register({}, "globalThis.PWNED = 1"))();
