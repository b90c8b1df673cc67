// What tvm:sandbox gives: the lines at the end are what this prints.
import { Sandbox, Script, LimitError } from "tvm:sandbox";
import { createRequire } from "node:module";

const show = (label, value) => console.log(label, value);
const failing = (label, work) => {
  try { show(label, work()); } catch (error) { console.log(label, "threw", error.name, error.code ?? "-", error.message); }
};
const failingLater = async (label, promise) => {
  try { show(label, await promise); } catch (error) { console.log(label, "rejected", error.name, error.code ?? "-", error.message); }
};

// ---- values in and out
{
  using box = new Sandbox({ globals: { n: 20, o: { list: [1, 2], map: new Map([["k", { v: 1n }]]) } } });
  show("number", box.evalSync("n + 22"));
  show("object", box.evalSync("o.list.push(3); o"));
  show("kept", box.evalSync("o.list.length"));
  show("nothing", box.evalSync("let kept = 7;"));
  show("let", box.evalSync("kept"));
  box.setGlobal("later", { x: new Date(0), r: /a/g, b: new Uint8Array([1, 2]) });
  show("set", box.evalSync("later"));
  const buffer = new Uint8Array([7, 8]).buffer;
  box.setGlobal("moved", { buffer }, { transfer: [buffer] });
  show("transferred", [buffer.detached, buffer.byteLength, box.evalSync("[...new Uint8Array(moved.buffer)]")]);
  failing("transferred again", () => box.setGlobal("moved", 1, { transfer: [buffer] }));
  show("getters are read once", box.evalSync("({ get x() { return [1] } })"));
  show("errors are values", box.evalSync("new RangeError('r', { cause: new Error('c') })").cause.message);
  failing("function", () => box.evalSync("() => 1"));
  failing("symbol in", () => box.setGlobal("s", Symbol("x")));
}

// ---- calls
{
  const seen = [];
  using box = new Sandbox({
    functions: {
      add: (a, b) => a + b,
      note(value) { seen.push(value); return undefined; },
      fail() { throw Object.assign(new RangeError("no"), { code: "E_NO" }); },
      odd: () => () => 1,
      async twice(n) { return n * 2; },
      async failLater() { throw new TypeError("late"); },
    },
  });
  show("host function", box.evalSync("add(1, add(2, 3))"));
  box.evalSync("const o = { a: 1 }; note(o); o.a = 2; note(o)");
  show("copies", seen);
  show("caught", box.evalSync("try { fail() } catch (e) { [e instanceof RangeError, e.message, e.code] }"));
  failing("uncaught", () => box.evalSync("fail()"));
  failing("cannot be copied", () => box.evalSync("odd()"));
  show("a promise of its own", box.evalSync("twice(1) instanceof Promise"));
  show("awaited", await box.eval("twice(21)"));
  show("await inside", await box.eval("(async () => await twice(await twice(1)))()"));
  await failingLater("rejected", box.eval("failLater()"));
  show("caught rejection", await box.eval("failLater().catch((e) => [e instanceof TypeError, e.message])"));
  box.evalSync("function f(o) { return { n: o.n + 1 } } const g = (a, b = 2) => a * b; async function h() { return 1 }");
  show("call", box.callSync("f", { n: 1 }));
  show("call of a constant", box.callSync("g", 21));
  show("call later", await box.call("h"));
  failing("call of nothing", () => box.callSync("nothing"));
  failing("call of no function", () => box.callSync("o"));
  box.expose("mul", (a, b) => a * b);
  show("exposed", box.evalSync("mul(6, 7)"));
}

// ---- scripts
{
  const script = new Script("counter = (globalThis.counter ?? 0) + 1", { filename: "count.js" });
  using a = new Sandbox(), b = new Sandbox();
  show("scripts", [a.runSync(script), a.runSync(script), b.runSync(script), await b.run(script)]);
  failing("syntax", () => new Script("let let"));
  failing("syntax inside", () => a.evalSync("let let", { filename: "bad.js" }));
  try { a.evalSync("function f() { null.x }\nf()", { filename: "plugin.js" }); } catch (error) { show("stack", error.stack); }
  failing("no script", () => a.runSync({}));
}

// ---- promises and timers
{
  using box = new Sandbox();
  failing("sync of a pending promise", () => box.evalSync("new Promise(() => {})"));
  show("sync of a settled promise", box.evalSync("Promise.resolve(5).then((n) => n + 1)"));
  show("timers", await box.eval("new Promise((r) => setTimeout(() => r('fired'), 5))"));
  show("several", await Promise.all([box.eval("1"), box.eval("new Promise((r) => setTimeout(r, 3, 2))"), box.eval("3")]));
  const pending = box.eval("new Promise((r) => { globalThis.resolve = r })");
  await box.eval("1");
  box.evalSync("resolve(9)");
  show("settled from outside", await pending);
}

// ---- limits
{
  const box = new Sandbox({ timeout: 50 });
  failing("time", () => box.evalSync("for (;;);"));
  failing("dead", () => box.evalSync("1"));
  await failingLater("dead later", box.eval("1"));
  const fuel = new Sandbox({ fuel: 10000 });
  failing("fuel", () => fuel.evalSync("for (;;);"));
  const perCall = new Sandbox();
  show("fuel of a call", perCall.evalSync("let i = 0; while (i < 100) i++; i", { fuel: 100000 }));
  failing("fuel of a call passed", () => perCall.evalSync("for (;;);", { fuel: 1000 }));
  const output = new Sandbox({ output: 100, console: () => {} });
  failing("output", () => output.evalSync("console.log('x'.repeat(100))"));
  const never = { wait: () => new Promise(() => {}), now: () => 1 };
  const calls = new Sandbox({ calls: 3, functions: never });
  show("calls", [calls.evalSync("for (let i = 0; i < 100; i++) now(); wait(); wait(); wait(); 'three'"), calls.usage().calls]);
  failing("calls passed", () => calls.evalSync("try { for (;;) wait() } finally { globalThis.escaped = 1 }"));
  await failingLater("calls passed later", new Sandbox({ functions: never }).eval("for (;;) wait()"));
  const memory = new Sandbox({ memory: 8 << 20 });
  try { memory.evalSync("const a = []; for (;;) a.push(new Array(20000).fill(0))"); } catch (error) { show("memory", [error instanceof LimitError, error.code, error.usage.heap > 6 << 20]); }
  const later = new Sandbox({ timeout: 30 });
  await failingLater("time later", later.eval("new Promise(() => {})"));
  const stack = new Sandbox({ stack: 65536 });
  show("stack", stack.evalSync("let n = 0; function f() { n++; f() } try { f() } catch (e) { [e.name, n > 100, n < 10000] }"));
}

// ---- usage and end
{
  const box = new Sandbox();
  box.evalSync("let i = 0; while (i < 1000) i++");
  const usage = box.usage();
  show("usage", [Object.keys(usage).join(), usage.fuel >= 1000 && usage.fuel < 2000, usage.heap > 1e5, usage.cpu > 0]);
  const pending = box.eval("new Promise(() => {})");
  box.dispose();
  await failingLater("disposed while under way", pending);
  failing("disposed", () => box.evalSync("1"));
  show("disposed", box.disposed);
  box.dispose();
}

// ---- console
{
  const lines = [];
  using box = new Sandbox({ console: (text, stream) => lines.push([stream, text]) });
  box.evalSync("console.log('a', { b: 1 }); console.error('c')");
  show("console", lines);
  using inherits = new Sandbox({ console: "inherit" });
  inherits.evalSync("console.log('from inside')");
}

// ---- reentry, and sandboxes in sandboxes
{
  let box;
  const self = { again: () => { try { return box.evalSync("1"); } catch (error) { return error.code; } } };
  box = new Sandbox({ functions: self });
  show("again", box.evalSync("again()"));
  using other = new Sandbox({ functions: { ask: () => box.evalSync("40 + 2") } });
  show("another one", other.evalSync("ask()"));
  show("in a sandbox", await box.eval("import('tvm:sandbox').then(({ Sandbox }) => new Sandbox()).catch((e) => e.message)"));
  box.dispose();
}

// ---- arguments
failing("memory", () => new Sandbox({ memory: 1 }));
failing("memory", () => new Sandbox({ memory: "1" }));
failing("console", () => new Sandbox({ console: "x" }));
failing("functions", () => new Sandbox({ functions: { f: 1 } }));
show("require", createRequire("/x.js")("tvm:sandbox").Sandbox === Sandbox);
// => number 42
// => object { list: [ 1, 2, 3 ], map: Map(1) { 'k' => { v: 1n } } }
// => kept 3
// => nothing undefined
// => let 7
// => set { x: 1970-01-01T00:00:00.000Z, r: /a/g, b: Uint8Array(2) [ 1, 2 ] }
// => transferred [ true, 0, [ 7, 8 ] ]
// => transferred again threw DataCloneError 25 An ArrayBuffer is detached and could not be cloned.
// => getters are read once { x: [ 1 ] }
// => errors are values c
// => function threw DataCloneError 25 () => 1 could not be cloned.
// => symbol in threw DataCloneError 25 Symbol(x) could not be cloned.
// => host function 6
// => copies [ { a: 1 }, { a: 2 } ]
// => caught [ true, 'no', 'E_NO' ]
// => uncaught threw RangeError E_NO no
// => cannot be copied threw DataCloneError - The result of a function of the host could not be cloned
// => a promise of its own true
// => awaited 42
// => await inside 4
// => rejected rejected TypeError - late
// => caught rejection [ true, 'late' ]
// => call { n: 2 }
// => call of a constant 42
// => call later 1
// => call of nothing threw ReferenceError - nothing is not defined
// => call of no function threw TypeError - o is not a function
// => exposed 42
// => scripts [ 1, 2, 1, 2 ]
// => syntax threw SyntaxError - `let` cannot be declared as a variable name inside of a `let` declaration
// => syntax inside threw SyntaxError - `let` cannot be declared as a variable name inside of a `let` declaration
// => stack TypeError: Cannot read properties of null (reading 'x')
// =>     at f (plugin.js:1:21)
// =>     at plugin.js:2:1
// => no script threw TypeError ERR_INVALID_ARG_TYPE The "script" argument must be an instance of Script. Received an instance of Object
// => sync of a pending promise threw Error ERR_SANDBOX_PENDING The result is a promise that is not settled: await eval(), run() or call() instead
// => sync of a settled promise 6
// => timers fired
// => several [ 1, 2, 3 ]
// => settled from outside 9
// => time threw LimitError ERR_SANDBOX_TIME The time limit passed: 50 ms allowed
// => dead threw LimitError ERR_SANDBOX_TIME The time limit passed: 50 ms allowed
// => dead later rejected LimitError ERR_SANDBOX_TIME The time limit passed: 50 ms allowed
// => fuel threw LimitError ERR_SANDBOX_FUEL The fuel limit passed: 10000 units allowed
// => fuel of a call 100
// => fuel of a call passed threw LimitError ERR_SANDBOX_FUEL The fuel limit passed: 1000 units allowed
// => output threw LimitError ERR_SANDBOX_OUTPUT The output limit passed: 100 bytes allowed
// => calls [ 'three', 3 ]
// => calls passed threw LimitError ERR_SANDBOX_CALLS The limit of calls passed: 3 may wait for their answers
// => calls passed later rejected LimitError ERR_SANDBOX_CALLS The limit of calls passed: 1024 may wait for their answers
// => memory [ true, 'ERR_SANDBOX_MEMORY', true ]
// => time later rejected LimitError ERR_SANDBOX_TIME The time limit passed: 30 ms allowed
// => stack [ 'RangeError', true, true ]
// => usage [ 'heap,external,fuel,cpu,jobs,calls', true, true, true ]
// => disposed while under way rejected Error ERR_SANDBOX_DISPOSED The sandbox was disposed of
// => disposed threw Error ERR_SANDBOX_DISPOSED The sandbox was disposed of
// => disposed true
// => console [ [ 'stdout', 'a { b: 1 }\n' ], [ 'stderr', 'c\n' ] ]
// => from inside
// => again ERR_SANDBOX_BUSY
// => another one 42
// => in a sandbox Cannot make a sandbox: a sandbox makes no sandboxes
// => memory threw RangeError ERR_OUT_OF_RANGE The value of "options.memory" is out of range. It must be >= 4194304 && <= 34359738368. Received 1
// => memory threw TypeError ERR_INVALID_ARG_TYPE The "options.memory" property must be of type number. Received type string ('1')
// => console threw TypeError ERR_INVALID_ARG_TYPE The "options.console" property must be of type function or one of 'ignore' or 'inherit'. Received type string ('x')
// => functions threw TypeError ERR_INVALID_ARG_TYPE The "callback" argument must be of type function. Received type number (1)
// => require true
