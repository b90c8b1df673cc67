console.log(process.argv.length, typeof process.cwd(), process.platform === require("process").platform, typeof process.version, typeof process.versions.node, process.exitCode);
console.log(typeof process.hrtime.bigint(), process.hrtime().length, typeof process.uptime(), Object.keys(process.memoryUsage()).join(), require("node:process") === process);
console.log(process instanceof require("events"), process.title.length > 0, typeof process.env, process.stdout.write(""));
process.on("exit", (code) => { console.log("exit", code, process.exitCode); });
process.once("beforeExit", (code) => { console.log("beforeExit", code); setTimeout(() => console.log("more work"), 1); });
process.on("beforeExit", () => { console.log("again"); process.exitCode = 3; });
process.on("uncaughtException", (error, origin) => console.log("uncaught", error.message, origin));
process.on("unhandledRejection", (reason, promise) => console.log("unhandled", reason.message, promise instanceof Promise));
process.on("custom", (...args) => console.log("custom", args));
console.log(process.emit("custom", 1, 2), process.listenerCount("custom"), process.emit("none"));
Promise.reject(new Error("rejected"));
setTimeout(() => { throw new Error("thrown"); }, 1);
setTimeout(() => { process.nextTick(() => { throw new Error("in a tick"); }); }, 3);
setTimeout(() => console.log("goes on"), 6);
for (const call of [() => process.nextTick(5), () => process.emitWarning(5), () => { process.exitCode = "x"; }]) {
  try { call(); } catch (e) { console.log(e.name, e.code); }
}
