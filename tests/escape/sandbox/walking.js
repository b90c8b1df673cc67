Constructors and prototypes of all that crosses the boundary: they are the sandbox's own.

//# constructor of this
report(this.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# constructor of a host function
report(echo.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# constructor of a host function's prototype
report(Object.getPrototypeOf(echo).constructor("return globalThis")().SECRET);
//# async constructor
report(Object.getPrototypeOf(async function () {}).constructor("globalThis.PWNED = 1")().SECRET);
//# generator constructor
report(Object.getPrototypeOf(function* () {}).constructor("yield globalThis")().next().value.SECRET);
//# constructor of a given object
report(given.constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# constructor of a given array
report(list.constructor.constructor("return globalThis")().SECRET);
//# constructor of a given date
report(when.constructor.constructor("return globalThis")().SECRET);
//# constructor of a given expression
report(text.constructor.constructor("return globalThis")().SECRET);
//# constructor of a given buffer
report(bytes.buffer.constructor.constructor("return globalThis")().SECRET);
//# constructor of a result
report(gives().constructor.constructor("globalThis.PWNED = 1; return globalThis")().SECRET);
//# constructor of a result's part
report(gives().nested.b.constructor.constructor("return globalThis")().SECRET);
//# constructor of a map
report(givesMap().constructor.constructor("return globalThis")().SECRET);
//# a result is a copy
gives().a = 2; gives().nested.b.push(3); report(gives().a);
//# a given object is a copy
given.a = 2; given.nested.b.push(3); Object.setPrototypeOf(given, null); report(given.a);
//# an argument is a copy
const o = { a: 1 }; const back = echo(o); report(back === o ? "same" : ""); if (back === o) survived();
//# caller of a host function
function f() { return f.caller; } report(typeof echo(1)); try { report(f()); } catch (e) { report(e); }
//# arguments of a host function
try { report(echo.arguments, echo.caller); } catch (e) { report(e); }
//# text of a host function
report(echo.toString(), Function.prototype.toString.call(fails));
//# name and properties of a host function
report(Reflect.ownKeys(echo).length, echo.name, echo.length);
//# a host function as a constructor
try { report(new echo(1)); } catch (e) { report(e.message); }
//# a host function with new.target
try { report(Reflect.construct(echo, [], Object)); } catch (e) { report(e.message); }
//# a host function's receiver
echo.call(globalThis, 1); report.call({ get x() { return 1; } }, 1); report.apply(report, [1]);
//# bound host function
report(echo.bind(null, 1)().constructor.constructor("return globalThis")().SECRET);
//# replacing host functions
report = () => {}; globalThis.echo = null; delete globalThis.fails; gives.call = null; gives();
//# lookup getters
report(typeof Object.prototype.__lookupGetter__.call(given, "__proto__"));
//# descriptors of a result
report(Object.getOwnPropertyDescriptors(gives()).a.value.constructor.constructor("return globalThis")().SECRET);
//# indirect eval
report((0, eval)("globalThis.PWNED = 1; typeof SECRET"));
//# global names
report(Object.getOwnPropertyNames(globalThis).join(), typeof process, typeof require, typeof module, typeof global, typeof SECRET);
//# process by its module
import("node:process").then((m) => { report(JSON.stringify(m.env ?? {}), m.default.SECRET, m.default.argv.join(), m.default.cwd()); }, (e) => report(e.message));
//# files by their module
import("node:fs").then((m) => report(m.readFileSync("/etc/passwd", "utf8"), "/escape/")).catch((e) => report(e.message));
//# a module of the host's
import("./other.mjs").then((m) => report(Object.keys(m).join())).catch((e) => report(e.message));
//# a module by its path
import("/etc/passwd", { with: { type: "text" } }).then((m) => report("ESC /escape/ " + m.default)).catch((e) => report(e.message));
//# sandboxes in a sandbox
import("tvm:sandbox").then(({ Sandbox }) => { const b = new Sandbox(); b.evalSync("1"); survived(); }).catch((e) => report(e.message));
//# contexts in a sandbox
import("node:vm").then((vm) => report(vm.runInNewContext("this.constructor.constructor('return globalThis')().SECRET"))).catch((e) => report(e.message));
//# exit
import("node:process").then((m) => m.default.exit(3)).catch((e) => report(e.message));
//# workers and network
report(typeof Worker, typeof fetch, typeof XMLHttpRequest, typeof WebSocket);
