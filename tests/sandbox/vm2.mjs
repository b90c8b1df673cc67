// Programs for vm2 with another import.
import { VM, NodeVM, VMScript, VMError } from "tvm:vm2";

const vm = new VM({ timeout: 1000, sandbox: { n: 1, add: (a, b) => a + b, o: { a: 1 } } });
console.log(vm.run("add(n, 41)"), vm.run("o.a = 2; o"));
try { vm.run("while (true) {}"); } catch (error) { console.log(error.name, error.code); }
const other = new VM();
try { other.run("process.exit()"); } catch (error) { console.log(error.message); }
try { other.run('this.constructor.constructor("return process")().exit()'); } catch (error) { console.log(error.message); }
other.setGlobals({ x: 6, mul: (a, b) => a * b });
console.log(other.run(new VMScript("mul(x, 7)", "answer.js")), other.getGlobal("x"));
console.log(other.freeze({ a: 1 }, "frozen"), other.run("frozen.a"));
try { other.run(new VMScript("let let").compile()); } catch (error) { console.log(error.name); }
try { other.run("null.x", "named.js"); } catch (error) { console.log(error.stack.includes("named.js:1")); }

const node = new NodeVM({ console: "off", require: { mock: { fs: { readFileSync: (name) => `text of ${name}`, version: 3 }, twice: (n) => n * 2 } } });
const plugin = node.run(`
  const fs = require("fs"), twice = require("twice");
  exports.name = "plugin";
  exports.read = (name) => fs.readFileSync(name) + fs.version;
  exports.twice = (n) => twice(n) + 1;
`, "plugin.js");
console.log(plugin.name, plugin.read("a.txt"), plugin.twice(4));
console.log(node.run("module.exports = (a, b) => a + b")(1, 2), node.run("module.exports = [1, 2]"));
try { node.run("require('child_process')"); } catch (error) { console.log(error.name, error.message); }
try { node.run("}); globalThis.out = 1; (function () {"); } catch (error) { console.log(error.name); }
console.log(new VMError("x") instanceof Error);
// => 42 { a: 2 }
// => LimitError ERR_SANDBOX_TIME
// => process is not defined
// => process is not defined
// => 42 6
// => { a: 1 } 1
// => SyntaxError
// => true
// => plugin text of a.txt3 9
// => 3 [ 1, 2 ]
// => VMError Cannot find module 'child_process'
// => SyntaxError
// => true
