process.nextTick(() => console.log("tick"));
Promise.resolve().then(() => console.log("promise")).then(() => console.log("promise 2"));
queueMicrotask(() => process.nextTick(() => console.log("tick 2")));
setTimeout(() => {
  process.nextTick(() => console.log("tick of timer"));
  Promise.resolve().then(() => console.log("promise of timer"));
}, 1);
console.log("module");
