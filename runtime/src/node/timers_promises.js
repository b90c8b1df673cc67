// node:timers/promises.
// exports: setTimeout setImmediate setInterval scheduler

const { invalidArgType, validateAbortSignal, validateBoolean, validateObject } = require("internal/errors");
const timers = require("timers");

function aborted(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

function check(options) {
  validateObject(options, "options");
  validateAbortSignal(options.signal, "options.signal");
  if (options.ref !== undefined) validateBoolean(options.ref, "options.ref");
}

// A promise that `start` fulfils by calling what it is given, unless it is aborted; `start` gives what ends it.
function after(start, options) {
  return new Promise((resolve, reject) => {
    const signal = options.signal;
    if (signal?.aborted) return reject(aborted(signal));
    let stop;
    const end = start((value) => {
      if (stop !== undefined) signal.removeEventListener("abort", stop);
      resolve(value);
    });
    if (signal !== undefined) {
      stop = () => {
        end();
        reject(aborted(signal));
      };
      signal.addEventListener("abort", stop, { once: true });
    }
  });
}

function setTimeout(delay, value, options = {}) {
  try {
    if (delay !== undefined && typeof delay !== "number") throw invalidArgType("delay", "number", delay);
    check(options);
  } catch (error) {
    return Promise.reject(error);
  }
  return after((done) => {
    const timer = timers.setTimeout(done, delay, value);
    if (options.ref === false) timer.unref();
    return () => timers.clearTimeout(timer);
  }, options);
}

function setImmediate(value, options = {}) {
  try {
    check(options);
  } catch (error) {
    return Promise.reject(error);
  }
  return after((done) => {
    const timer = timers.setImmediate(done, value);
    return () => timers.clearImmediate(timer);
  }, options);
}

async function* setInterval(delay, value, options = {}) {
  check(options);
  const signal = options.signal;
  if (signal?.aborted) throw aborted(signal);
  let due = 0, wake = undefined;
  const timer = timers.setInterval(() => {
    due++;
    wake?.();
  }, delay);
  if (options.ref === false) timer.unref();
  const stop = () => wake?.();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      if (due === 0) {
        await new Promise((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      for (; due > 0; due--) yield value;
    }
  } finally {
    timers.clearInterval(timer);
    signal?.removeEventListener("abort", stop);
  }
}

const scheduler = {
  wait: (delay, options) => setTimeout(delay, undefined, options),
  yield: () => setImmediate(),
};

module.exports = { setTimeout, setImmediate, setInterval, scheduler };
