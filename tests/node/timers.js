const timers = require("timers/promises");
const order = [];
const log = (name) => order.push(name);
setTimeout(() => log("timeout 0"), 0);
setImmediate(() => log("immediate"));
process.nextTick(() => { log("tick 1"); process.nextTick(() => log("tick 3")); Promise.resolve().then(() => log("promise from tick")); });
process.nextTick((...args) => log("tick 2 " + args), 1, 2);
Promise.resolve().then(() => { log("promise 1"); process.nextTick(() => log("tick from promise")); }).then(() => log("promise 2"));
queueMicrotask(() => log("microtask"));
(async () => { log("async start"); await null; log("async end"); })();
log("sync");
setTimeout(async () => {
  console.log(order.filter((name) => name !== "immediate" && name !== "timeout 0").join("\n"));
  console.log(order.includes("immediate"), order.includes("timeout 0"));
  console.log(await timers.setTimeout(1, "late"), await timers.setImmediate("now"));
  let n = 0;
  for await (const value of timers.setInterval(1, "every")) {
    console.log(value, ++n);
    if (n === 2) break;
  }
  await timers.scheduler.wait(1);
  await timers.scheduler.yield();
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  try { await timers.setTimeout(1000, null, { signal: controller.signal }); } catch (e) { console.log(e.name, e.code, e.message); }
  for (const call of [() => timers.setTimeout("x"), () => timers.setTimeout(1, 1, 5)]) await call().catch((e) => console.log(e.code, e.message));
  const { setTimeout: own, clearTimeout: clear } = require("node:timers");
  clear(own(() => console.log("never"), 1));
  console.log(own === setTimeout, require("timers").promises === timers);
}, 200);
const unheld = setTimeout(() => console.log("never: nobody waits for it"), 60000).unref();
console.log(typeof unheld, unheld.hasRef(), unheld.ref().hasRef(), unheld.unref() === unheld, typeof +unheld, unheld.constructor.name, setImmediate(() => {}).constructor.name);
const again = setTimeout(() => console.log("refreshed"), 1);
again.refresh();
const closed = setInterval(() => console.log("never"), 1);
closed.close();
clearTimeout(+setTimeout(() => console.log("never"), 1));
clearTimeout({});
clearInterval(undefined);
