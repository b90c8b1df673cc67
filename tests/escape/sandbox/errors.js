Errors: those of the host's arrive as copies of this realm, without files or frames of the host's.

//# stack of what the host throws
try { fails(); } catch (e) { report(e.stack, e.message, e.constructor.constructor("return globalThis")().SECRET); }
//# stack of what the engine throws in the host
try { failsInside(); } catch (e) { report(e.stack); if (!(e instanceof TypeError)) survived(); }
//# properties of a host's own error
try { failsOwn(); } catch (e) { report(e.secret, e.stack, e.name, JSON.stringify(Object.getOwnPropertyDescriptors(e))); if (!(e instanceof Error)) survived(); }
//# cause
try { failsCause(); } catch (e) { report(e.cause.stack, e.cause.message); if (!(e.cause instanceof Error)) survived(); }
//# thrown values
try { failsValue(); } catch (e) { report(e.code, e.constructor.constructor("return globalThis")().SECRET); }
//# thrown functions
try { failsFunction(); } catch (e) { report(e); if (typeof e === "function") survived(); }
//# results that cannot be copied
for (const f of [givesFunction, givesSymbol, givesProxy]) try { report(f()); survived(); } catch (e) { report(e.name, e.message, e.stack); }
//# getters of a result
report(givesGetter().fine, JSON.stringify(Object.getOwnPropertyDescriptor(givesGetter(), "fine")));
//# an error as a result
const e = givesError(); report(e.stack, e.message); if (!(e instanceof TypeError)) survived();
//# an object of a host's class
const o = givesClass(); report(o.peek, o.visible, JSON.stringify(o)); if (o.peek) survived();
//# prepareStackTrace
Error.prepareStackTrace = (e, sites) => sites.map((s) => `${s.getFileName()} ${s.getFunctionName()} ${s.getThis()?.SECRET}`).join();
try { fails(); } catch (e) { report(`${e.stack}`); } report(`${new Error("x").stack}`);
//# prepareStackTrace of what comes out
Error.prepareStackTrace = (e, sites) => { survived.call; return { sites }; }; throw new Error("x");
//# stackTraceLimit
Error.stackTraceLimit = Infinity; try { fails(); } catch (e) { report(e.stack); } report(new Error().stack);
//# captureStackTrace
const o = {}; Error.captureStackTrace?.(o); report(o.stack);
//# stack overflow at every depth
function h() { try { h(); } catch (e) { try { fails(); } catch (x) { report(x.stack); } } } h();
//# stack overflow in a call of the host's
function g(n) { return echo(n) + g(n + 1); } try { g(0); } catch (e) { report(e.message, e.stack); }
//# syntax errors of the host
try { parses("{"); } catch (e) { report(e.stack, e.message); if (!(e instanceof SyntaxError)) survived(); }
//# an error with getters comes out
throw Object.defineProperties(new Error("x"), { message: { get() { return "m"; } }, name: { get() { throw 1; } }, stack: { get() { for (;;); } } });
//# an error that is a proxy comes out
throw new Proxy(new Error("x"), { get() { return () => 1; } });
//# a class of the sandbox comes out
throw new (class Mine extends Error { constructor() { super("mine"); this.name = { toString() { return "x"; } }; this.f = () => 1; } })();
//# a thrown function comes out
throw () => 1;
//# a thrown symbol comes out
throw Symbol("x");
//# a cause in a circle comes out
const e = new Error("x"); e.cause = e; Object.defineProperty(e, "cause", { enumerable: false }); throw e;
//# a long chain of causes comes out
let e = new Error("0"); for (let i = 0; i < 1e4; i++) e = new Error("x", { cause: e }); throw e;
//# an aggregate comes out
throw new AggregateError([new Error("a"), () => 1], "many");
//# a name that is no name comes out
const e = new Error("x"); e.name = "constructor"; throw e;
//# a name of a prototype comes out
const e = new Error("x"); e.name = "__proto__"; e.code = { toString() { return 1; } }; throw e;
//# a huge message comes out
throw new Error("x".repeat(1e6));
//# a suppressed error comes out
throw new SuppressedError(new Error("a"), new Error("b"), "c");
//# unhandled rejection
Promise.reject(new Error("inside")); 1;
//# an error in a timer
setTimeout(() => { throw new Error("inside"); }, 0); new Promise((r) => setTimeout(r, 2));
//# reportError
reportError(new Error("inside"));
//# console of an odd object
console.log(new Proxy({}, { get() { return () => 1; } }), { get x() { return 1; } }, new Error("x")); console.error(new Error("e").stack);
//# inspect hooks
console.log({ [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) { report(`${inspect?.constructor?.constructor?.("return typeof SECRET")?.()}`); return "x"; } });
//# a message that is too large comes out
throw new Error("x".repeat(2e7));
//# a huge thrown value comes out
throw { a: new Uint8Array(2e7) };
