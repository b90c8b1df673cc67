// The programs that Node's reference page of `vm` and tutorials show.

const vm = require("node:vm");
const util = require("node:util");

{
  const x = 1;
  const context = { x: 2 };
  vm.createContext(context);
  vm.runInContext("x += 40; var y = 17;", context);
  console.log(context.x, context.y, x);
}
{
  const context = { animal: "cat", count: 2 };
  const script = new vm.Script('count += 1; name = "kitty";');
  vm.createContext(context);
  for (let i = 0; i < 10; ++i) script.runInContext(context);
  console.log(context);
}
{
  const script = new vm.Script('globalVar = "set"');
  const contexts = [{}, {}, {}];
  contexts.forEach((context) => script.runInNewContext(context));
  console.log(contexts);
}
{
  global.globalVar = 0;
  const script = new vm.Script("globalVar += 1", { filename: "myfile.vm" });
  for (let i = 0; i < 1000; ++i) script.runInThisContext();
  console.log(globalVar);
}
{
  const script = new vm.Script("function add(a, b) { return a + b; } const x = add(1, 2);");
  const withoutX = script.createCachedData();
  script.runInThisContext();
  const withX = script.createCachedData();
  console.log(Buffer.isBuffer(withoutX), Buffer.isBuffer(withX), new vm.Script("function add(a, b) { return a + b; } const x = add(1, 2);", { cachedData: withoutX }).cachedDataRejected);
}
{
  global.globalVar = 3;
  const context = { globalVar: 1 };
  vm.createContext(context);
  vm.runInContext("globalVar *= 2;", context);
  console.log(context, global.globalVar);
}
{
  const contextObject = { globalVar: 1 };
  vm.createContext(contextObject);
  for (let i = 0; i < 10; ++i) vm.runInContext("globalVar *= 2;", contextObject);
  console.log(contextObject);
}
{
  const contextObject = { animal: "cat", count: 2 };
  vm.runInNewContext('count += 1; name = "kitty"', contextObject);
  console.log(contextObject);
}
{
  let localVar = "initial value";
  const vmResult = vm.runInThisContext('localVar = "vm";');
  console.log(`vmResult: '${vmResult}', localVar: '${localVar}'`);
  const evalResult = eval('localVar = "eval";');
  console.log(`evalResult: '${evalResult}', localVar: '${localVar}'`);
}
{
  const code = `((require) => { const path = require("node:path"); return path.join("a", "..", "b"); })`;
  console.log(vm.runInThisContext(code)(require));
}
{
  const loop = `(() => { while (true) { } })()`;
  try {
    vm.runInNewContext(loop, {}, { timeout: 5 });
  } catch (error) {
    console.log(error.code, error.message);
  }
  function loopMicrotasks() { while (true) {} }
  try {
    vm.runInNewContext("Promise.resolve().then(() => loop());", { loop: loopMicrotasks }, { timeout: 5, microtaskMode: "afterEvaluate" });
  } catch (error) {
    console.log(error.code);
  }
}
// An evaluator of expressions, with what it may use passed in.
function evaluate(expression, values) {
  return vm.runInNewContext(expression, Object.assign(Object.create(null), { Math, Date, ...values }), { timeout: 1000 });
}
console.log(evaluate("Math.max(a, b) * 2 + (c ? 1 : 0)", { a: 1, b: 5, c: true }), evaluate("new Date(0).toISOString()"), evaluate("[1, 2, 3].map((n) => n * k)", { k: 3 }));
// Templates by `with` and a template literal.
function render(template, data) {
  const script = new vm.Script("with (data) { `" + template.replace(/<%=\s*(.+?)\s*%>/g, "${$1}") + "` }");
  return script.runInNewContext({ data });
}
console.log(render("Hello <%= name.toUpperCase() %>, you are <%= age + 1 %>", { name: "Ada", age: 35 }));
// An allow-listed require.
function load(code, allowed) {
  const module = { exports: {} };
  const require_ = (name) => {
    if (!allowed.includes(name)) throw new Error(`module ${name} is not allowed`);
    return require(name);
  };
  vm.runInNewContext(`(function (module, exports, require) {${code}\n})`, {})(module, module.exports, require_);
  return module.exports;
}
console.log(load("exports.joined = require('path').join('x', 'y')", ["path"]));
try {
  load("require('fs')", ["path"]);
} catch (error) {
  console.log(error.message);
}
// Plugins that register themselves; rules; configuration.
const registered = [];
vm.runInNewContext("register({ name: 'first', run: (x) => x * 2 }); register({ name: 'second', run: (x) => x + 1 })", { register: (plugin) => registered.push(plugin) });
console.log(registered.map((plugin) => `${plugin.name}: ${plugin.run(20)}`));
const rule = new vm.Script("order.total > 100 && order.country === 'CH'");
console.log([{ total: 50, country: "CH" }, { total: 150, country: "CH" }].map((order) => rule.runInNewContext({ order })));
console.log(vm.runInNewContext("({ port: 8000 + offset, hosts: ['a', 'b'].map((h) => h + '.example') })", { offset: 80 }));
// State that stays from one evaluation to the next, as in a REPL.
const session = vm.createContext({});
for (const line of ["let total = 1", "total += 41", "const twice = (n) => n * 2", "twice(total)", "class P { constructor(v) { this.v = v } }", "new P(total).v"]) {
  console.log(util.inspect(vm.runInContext(line, session)));
}
console.log(Object.keys(session));
// Inspection of a context, and one that is sealed.
const sealed = vm.createContext(Object.seal({ a: 1, b: 2 }));
vm.runInContext("a = 10; c = 3", sealed);
console.log(sealed, vm.runInContext("c", sealed));
// The program's own loader for import().
vm.runInThisContext("import('node:path')", { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER })
  .then((path) => console.log(path.join("a", "b")));
