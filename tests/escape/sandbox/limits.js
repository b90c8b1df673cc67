Limits: nothing runs once one is passed, and nothing of the sandbox sees it.

//# time, catch and finally
try { for (;;); } catch { survived(); } finally { survived(); }
//# time, nested finally
(function f() { try { try { for (;;); } finally { survived(); for (;;); } } finally { survived(); } })()
//# time, generator's finally
function* g() { try { for (;;) yield 1; } finally { survived(); } } for (const x of g());
//# time, iterator's return
for (const x of { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { survived(); } }) });
//# time, using
{ using x = { [Symbol.dispose]() { survived(); } }; for (;;); }
//# time, microtask
Promise.resolve().then(() => survived()); queueMicrotask(() => survived()); for (;;);
//# time, in a microtask
Promise.resolve().then(() => { for (;;); }).catch(() => survived()).finally(() => survived()); 1
//# time, async function
(async () => { try { for (;;) await null; } catch { survived(); } finally { survived(); } })()
//# time, timer
setTimeout(() => survived(), 0); for (;;);
//# time, interval
setInterval(() => {}, 0); new Promise(() => {})
//# time, finaliser
const r = new FinalizationRegistry(() => survived()); for (;;) r.register({}, 1);
//# time, getter
({ get x() { try { for (;;); } finally { survived(); } } }).x
//# time, proxy
new Proxy({}, { get() { try { for (;;); } catch { survived(); } } }).x
//# time, toString of a thrown value
throw { get name() { for (;;); }, toString() { for (;;); } };
//# time, getter of what comes out
({ get x() { try { for (;;); } finally { survived(); } } })
//# time, in a call of the host's
try { for (;;) echo(1); } finally { survived(); }
//# time, waiting for the host
try { await_(); } catch {} async function await_() { try { await laterNever(); } finally { survived(); } } await_()
//# memory, catch
const a = []; try { for (;;) a.push(new Array(1000).fill(1)); } catch { survived(); } finally { survived(); }
//# memory, string
let s = "x"; const a = []; try { for (;;) a.push((s + a.length).repeat(1e5)); } catch (e) { if (!(e instanceof RangeError)) survived(); }
//# memory, buffers
const a = []; try { for (;;) a.push(new Uint8Array(1e6)); } finally { survived(); }
//# memory, map
const m = new Map(); try { for (let i = 0; ; i++) m.set({}, i); } catch { survived(); }
//# memory, rejection
const a = []; new Promise(() => { for (;;) a.push({}); }).catch(() => survived())
//# fuel, catch
try { let i = 0; while (i < 1e12) i++; } catch { survived(); } finally { survived(); }
//# fuel, recursion in finally
(function f() { try { f(); } finally { f(); } })()
//# output
try { for (;;) console.log("x".repeat(1e5)); } catch { survived(); } finally { survived(); }
//# output, through a handler of errors
setInterval(() => { throw new Error("x".repeat(1e4)); }, 0); new Promise(() => {})
//# exit, finally
import("node:process").then((m) => { try { m.default.exit(); } finally { survived(); } }); new Promise(() => {})
//# stack, and on
let n = 0; function f() { n++; f(); } for (let i = 0; i < 3; i++) try { f(); } catch (e) { if (!(e instanceof RangeError)) survived(); } n
