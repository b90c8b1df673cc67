const EventEmitter = require("events");
const { once, on, errorMonitor, getEventListeners, captureRejectionSymbol } = EventEmitter;

class Door extends EventEmitter {}
const door = new Door();
door.on("newListener", (name, fn) => console.log("new", String(name), typeof fn));
door.on("removeListener", (name, fn) => console.log("removed", String(name), typeof fn));
const hear = function (...args) { console.log("hear", this === door, args); };
door.on("open", hear);
door.prependListener("open", () => console.log("first"));
door.once("open", () => console.log("once"));
door.prependOnceListener("open", () => console.log("first once"));
console.log(door.emit("open", 1, 2), door.emit("open"), door.emit("nothing"));
console.log(door.listenerCount("open"), door.listeners("open").length, door.rawListeners("open").length, door.eventNames());
door.off("open", hear);
console.log(door.emit("open"), door.listenerCount("open", hear));
door.removeAllListeners("open").removeAllListeners();
console.log(door.eventNames());

// Removing while it is emitted.
const e = new EventEmitter();
const b = () => console.log("b");
e.on("x", () => { console.log("a"); e.off("x", b); });
e.on("x", b);
e.emit("x"); e.emit("x");

for (const value of [new TypeError("bad"), "text", { a: 1 }, undefined]) {
  try { e.emit("error", value); } catch (error) { console.log(error.name, error.code, error.message, error.context); }
}
e.on(errorMonitor, (error) => console.log("monitor", error.message));
try { e.emit("error", new Error("seen")); } catch (error) { console.log("thrown", error.message); }
e.on("error", (error) => console.log("handled", error.message));
e.emit("error", new Error("seen"));
for (const call of [() => e.on("x", 5), () => e.setMaxListeners(-1), () => e.setMaxListeners("1"), () => new EventEmitter({ captureRejections: 1 })]) {
  try { call(); } catch (error) { console.log(error.name, error.code, error.message); }
}
console.log(EventEmitter.defaultMaxListeners, e.getMaxListeners(), e.setMaxListeners(3).getMaxListeners(), EventEmitter.EventEmitter === EventEmitter);
console.log(getEventListeners(e, "error").length, EventEmitter.listenerCount(e, "error"), e instanceof EventEmitter);
function Old() { EventEmitter.call(this); }
Object.setPrototypeOf(Old.prototype, EventEmitter.prototype);
const old = new Old();
old.on("y", (v) => console.log("old", v));
old.emit("y", 1);
const symbol = Symbol("s");
old.on(symbol, () => {});
console.log(old.eventNames(), old._eventsCount);

(async () => {
  setTimeout(() => e.emit("done", 1, 2), 1);
  console.log(await once(e, "done"));
  setTimeout(() => e.emit("error", new Error("instead")), 1);
  try { await once(e, "never"); } catch (error) { console.log("rejected", error.message); }
  setTimeout(() => { e.emit("tick", 1); e.emit("tick", 2); e.emit("tick", 3); }, 1);
  for await (const [n] of on(e, "tick")) {
    console.log("tick", n);
    if (n === 3) break;
  }
  console.log(e.listenerCount("tick"));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  try { await once(e, "never", { signal: controller.signal }); } catch (error) { console.log(error.name, error.code, error.message); }
  const c = new EventEmitter({ captureRejections: true });
  c.on("go", async () => { throw new Error("async"); });
  c.on("error", (error) => console.log("captured", error.message));
  c.emit("go");
  const d = new EventEmitter({ captureRejections: true });
  d[captureRejectionSymbol] = (error, name, ...args) => console.log("own", error.message, name, args);
  d.on("go", async () => { throw new Error("async"); });
  d.emit("go", 7);
})();

const target = new EventTarget();
target.addEventListener("ping", (event) => console.log(event.type, event.target === target, event.defaultPrevented, event instanceof Event));
target.addEventListener("ping", { handleEvent(event) { console.log("object", event.cancelable); event.preventDefault(); } }, { once: true });
console.log(target.dispatchEvent(new Event("ping", { cancelable: true })), target.dispatchEvent(new Event("ping")));
const signal = AbortSignal.abort("why");
console.log(signal.aborted, signal.reason);
try { signal.throwIfAborted(); } catch (reason) { console.log(reason); }
const any = new AbortController();
const joined = AbortSignal.any([any.signal]);
joined.onabort = () => console.log("joined", joined.reason.name);
any.abort();
