Errors that the engine and the host make, and stack traces.

//# thrown by the host
try { hostFails(); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# thrown by the engine in the host
try { hostFailsInside(); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# stack overflow
let depth = 0;
function f() { depth++; return f(hostFunction(1)); }
try { f(); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# stack overflow in the host
function g() { return hostCallback(g); }
try { g(); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# stack overflow at every depth
function h() { try { h(); } catch (e) { try { hostFails(e); } catch (x) { try { report(x.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); } catch {} } } }
h();
//# type error of a host's builtin
try { hostArray.map(1); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# syntax error of the host's JSON
try { hostParses("{"); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# range error of the host's array
try { new hostArray.constructor(-1); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# revoked proxy
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
try { hostReads(proxy, "x"); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# symbol to string
try { hostShows(Symbol()); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# class called
try { HostClass(); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# refused generation
try { hostFunction.constructor("1"); } catch (e) { report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# cyclic JSON
const o = {}; o.o = o;
try { hostSerializes(o); } catch (e) { report(e.message, e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET); }
//# prepareStackTrace of this realm
Error.prepareStackTrace = (e, sites) => sites;
for (const site of new Error().stack) { report(site.getThis?.()?.SECRET, site.getFunction?.()?.constructor("globalThis.PWNED = 1; return globalThis")().SECRET, `${site.getFileName?.()}`); }
//# prepareStackTrace, within a callback of the host
Error.prepareStackTrace = (e, sites) => sites;
hostCallback(() => { for (const site of new Error().stack) { report(`${site.getFileName?.()}`, site.getThis?.()?.SECRET); } });
//# prepareStackTrace, of an error of the host's
Error.prepareStackTrace = (e, sites) => sites;
try { hostFails(); } catch (e) { const s = e.stack; if (Array.isArray(s)) for (const site of s) report(`${site.getFileName()}`); else report(s); }
//# prepareStackTrace put on the host's Error
const HostError = hostError.constructor;
HostError.prepareStackTrace = (e, sites) => { report(sites[0].getThis()?.SECRET, `${sites[0].getFileName()}`); return sites; };
try { hostFails(); } catch (e) { e.stack; }
//# stackTraceLimit of the host
hostError.constructor.stackTraceLimit = 0;
report(hostError.constructor.stackTraceLimit === 0 ? "changed" : "");
//# stack
report(new Error("x").stack);
//# stack in a callback
hostCallback(() => report(new Error("x").stack));
//# stack of what the host throws
try { hostFails(); } catch (e) { report(e.stack); }
//# stack of what the engine throws in the host
try { hostFailsInside(); } catch (e) { report(e.stack); }
//# stack of an error that the host made
report(hostError.stack);
//# captureStackTrace
const o = {};
Error.captureStackTrace(o);
report(o.stack);
//# captureStackTrace of the host
const o = {};
hostError.constructor.captureStackTrace(o);
report(o.stack);
//# stack of a rejection
hostRejected.catch((e) => report(e.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# cause and aggregate
hostPromise.constructor.any([hostPromise.constructor.reject(1)]).catch((e) => report(e.errors.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET));
//# thrown out of the context
throw { get message() { return hostFunction.constructor("globalThis.PWNED = 1; return globalThis")().SECRET; } };
//# thrown out of the context with toString
throw { message: { toString() { globalThis.PWNED = 1; return hostFunction.constructor("globalThis.PWNED = 1; return globalThis.SECRET")(); } } };
