// node:timers.

const global = %realm("Global");
const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = global;

module.exports = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };

Object.defineProperty(module.exports, "promises", { enumerable: true, configurable: true, get: () => require("timers/promises") });
