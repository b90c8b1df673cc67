// node:vm: time limits, and jobs that belong to an evaluation.

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

// ---- time limits
{
  const context = vm.createContext({ log: [] });
  show(tried(() => vm.runInThisContext("while (true) {}", { timeout: 20 })));
  show(tried(() => vm.runInContext("try { while (true) {} } catch (e) { log.push('caught') } finally { log.push('finally') }", context, { timeout: 20 })), context.log);
  show(tried(() => vm.runInContext("function f() { for (;;) try { f(); } catch {} } f()", context, { timeout: 20 })));
  show(tried(() => vm.runInContext("const g = (function* () { try { for (;;) ; } finally { log.push('generator'); } })(); g.next()", context, { timeout: 20 })), context.log);
  show(tried(() => vm.runInContext("[3, 1, 2].sort(() => { for (;;) ; })", context, { timeout: 20 })));
  show(tried(() => vm.runInContext("/(a*)*b/.test('a'.repeat(40))", context, { timeout: 20 })));
  show(tried(() => vm.runInContext("new Proxy({}, { get() { for (;;) ; } }).x", context, { timeout: 20 })));
  context.again = () => vm.runInContext("for (;;) ;", context, { timeout: 10 });
  show(tried(() => vm.runInContext("try { again(); } catch (e) { e.code }", context, { timeout: 2000 })));
  show(tried(() => vm.runInContext("again = undefined; 'goes on'", context, { timeout: 1000 })));
  show(tried(() => vm.runInContext("(function f() { try { f(); } finally { f(); } })()", context, { timeout: 20 })));
  show(tried(() => vm.runInNewContext("Promise.resolve().then(() => { for (;;) ; }); 1", {}, { timeout: 20, microtaskMode: "afterEvaluate" })));
}

// ---- jobs of their own
{
  const own = vm.createContext({ log: [] }, { microtaskMode: "afterEvaluate" });
  vm.runInContext("Promise.resolve(1).then((v) => log.push(v)); (async () => { await null; log.push('async'); await null; log.push('more'); })(); log.push('sync')", own);
  show(own.log);
}
