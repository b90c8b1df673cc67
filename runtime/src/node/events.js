// node:events.
// exports: EventEmitter captureRejectionSymbol captureRejections defaultMaxListeners errorMonitor once on
// exports: getEventListeners getMaxListeners setMaxListeners listenerCount addAbortListener usingDomains init

const { coded, invalidArgType, missing, outOfRange, validateFunction, validateAbortSignal } = require("internal/errors");
const { inspect } = require("internal/inspect");

const kCapture = Symbol("kCapture");
const kWarned = Symbol("warned");
const errorMonitor = Symbol("events.errorMonitor");
const captureRejectionSymbol = Symbol.for("nodejs.rejection");
let defaultMaxListeners = 10;

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

Object.defineProperties(EventEmitter, {
  captureRejections: {
    get: () => EventEmitter.prototype[kCapture],
    set(value) {
      if (typeof value !== "boolean") throw invalidArgType("EventEmitter.captureRejections", "boolean", value);
      EventEmitter.prototype[kCapture] = value;
    },
    enumerable: true,
  },
  defaultMaxListeners: {
    enumerable: true,
    get: () => defaultMaxListeners,
    set(value) {
      checkCount(value, "defaultMaxListeners");
      defaultMaxListeners = value;
    },
  },
});
EventEmitter.captureRejectionSymbol = captureRejectionSymbol;
EventEmitter.errorMonitor = errorMonitor;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });

function checkCount(value, name) {
  if (typeof value !== "number") throw invalidArgType(name, "number", value);
  if (!(value >= 0)) throw outOfRange(name, ">= 0", value);
}

EventEmitter.init = function (options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (options?.captureRejections) {
    if (typeof options.captureRejections !== "boolean") {
      throw invalidArgType("options.captureRejections", "boolean", options.captureRejections);
    }
    this[kCapture] = options.captureRejections;
  } else this[kCapture] = EventEmitter.prototype[kCapture];
};

// Passes on what a listener's promise is rejected with.
function capture(emitter, result, type, args) {
  if (!emitter[kCapture]) return;
  try {
    const then = result.then;
    if (typeof then === "function") {
      then.call(result, undefined, (error) => {
        process().nextTick(rejected, emitter, error, type, args);
      });
    }
  } catch (error) {
    emitter.emit("error", error);
  }
}

function process() {
  return %realm("Process");
}

function rejected(emitter, error, type, args) {
  if (typeof emitter[captureRejectionSymbol] === "function") {
    emitter[captureRejectionSymbol](error, type, ...args);
    return;
  }
  const before = emitter[kCapture];
  try {
    emitter[kCapture] = false;
    emitter.emit("error", error);
  } finally {
    emitter[kCapture] = before;
  }
}

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  checkCount(n, "setMaxListeners");
  this._maxListeners = n;
  return this;
};

function maxListenersOf(emitter) {
  return emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
}

EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return maxListenersOf(this);
};

EventEmitter.prototype.emit = function emit(type, ...args) {
  const events = this._events;
  let isError = type === "error";
  if (events !== undefined) {
    if (isError && events[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
    isError = isError && events.error === undefined;
  } else if (!isError) return false;
  if (isError) {
    const error = args.length > 0 ? args[0] : undefined;
    if (error instanceof Error) throw error;
    let shown;
    try {
      shown = inspect(error);
    } catch {
      shown = error;
    }
    const unhandled = coded(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${shown})`);
    unhandled.context = error;
    throw unhandled;
  }
  const handler = events[type];
  if (handler === undefined) return false;
  if (typeof handler === "function") {
    const result = handler.apply(this, args);
    if (result !== undefined && result !== null) capture(this, result, type, args);
  } else {
    const listeners = handler.slice();
    for (let i = 0; i < listeners.length; ++i) {
      const result = listeners[i].apply(this, args);
      if (result !== undefined && result !== null) capture(this, result, type, args);
    }
  }
  return true;
};

function add(target, type, listener, prepend) {
  validateFunction(listener, "listener");
  let events = target._events;
  let existing;
  if (events === undefined) {
    events = target._events = { __proto__: null };
    target._eventsCount = 0;
  } else {
    if (events.newListener !== undefined) {
      target.emit("newListener", type, listener.listener ?? listener);
      events = target._events;
    }
    existing = events[type];
  }
  if (existing === undefined) {
    events[type] = listener;
    ++target._eventsCount;
    return target;
  }
  if (typeof existing === "function") existing = events[type] = prepend ? [listener, existing] : [existing, listener];
  else if (prepend) existing.unshift(listener);
  else existing.push(listener);
  const most = maxListenersOf(target);
  if (most > 0 && existing.length > most && !existing[kWarned]) {
    existing[kWarned] = true;
    const warning = new Error(`Possible EventEmitter memory leak detected. ${existing.length} ${String(type)} listeners `
      + `added to ${inspect(target, { depth: -1 })}. MaxListeners is ${most}. Use emitter.setMaxListeners() to increase limit`);
    warning.name = "MaxListenersExceededWarning";
    warning.emitter = target;
    warning.type = type;
    warning.count = existing.length;
    require("process").emitWarning(warning);
  }
  return target;
}

EventEmitter.prototype.addListener = function addListener(type, listener) {
  return add(this, type, listener, false);
};
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.prependListener = function prependListener(type, listener) {
  return add(this, type, listener, true);
};

function onceWrapper(...args) {
  if (!this.fired) {
    this.target.removeListener(this.type, this.wrapFn);
    this.fired = true;
    return this.listener.apply(this.target, args);
  }
}

function wrapOnce(target, type, listener) {
  const state = { fired: false, wrapFn: undefined, target, type, listener };
  const wrapped = onceWrapper.bind(state);
  wrapped.listener = listener;
  state.wrapFn = wrapped;
  return wrapped;
}

EventEmitter.prototype.once = function once(type, listener) {
  validateFunction(listener, "listener");
  this.on(type, wrapOnce(this, type, listener));
  return this;
};
EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  validateFunction(listener, "listener");
  this.prependListener(type, wrapOnce(this, type, listener));
  return this;
};

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  validateFunction(listener, "listener");
  const events = this._events;
  if (events === undefined) return this;
  const list = events[type];
  if (list === undefined) return this;
  if (list === listener || list.listener === listener) {
    this._eventsCount -= 1;
    if (this._eventsCount === 0) this._events = { __proto__: null };
    else delete events[type];
    if (events.removeListener) this.emit("removeListener", type, list.listener || listener);
  } else if (typeof list !== "function") {
    let position = -1;
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i] === listener || list[i].listener === listener) {
        position = i;
        break;
      }
    }
    if (position < 0) return this;
    if (position === 0) list.shift();
    else list.splice(position, 1);
    if (list.length === 1) events[type] = list[0];
    if (events.removeListener !== undefined) this.emit("removeListener", type, listener);
  }
  return this;
};
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      if (--this._eventsCount === 0) this._events = { __proto__: null };
      else delete events[type];
    }
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) {
      if (key !== "removeListener") this.removeAllListeners(key);
    }
    this.removeAllListeners("removeListener");
    this._events = { __proto__: null };
    this._eventsCount = 0;
    return this;
  }
  const listeners = events[type];
  if (typeof listeners === "function") this.removeListener(type, listeners);
  else if (listeners !== undefined) {
    for (let i = listeners.length - 1; i >= 0; i--) this.removeListener(type, listeners[i]);
  }
  return this;
};

function listenersOf(target, type, unwrap) {
  const events = target._events;
  if (events === undefined) return [];
  const list = events[type];
  if (list === undefined) return [];
  if (typeof list === "function") return unwrap ? [list.listener || list] : [list];
  return unwrap ? list.map((listener) => listener.listener || listener) : list.slice();
}

EventEmitter.prototype.listeners = function listeners(type) {
  return listenersOf(this, type, true);
};
EventEmitter.prototype.rawListeners = function rawListeners(type) {
  return listenersOf(this, type, false);
};

function listenerCount(type, listener) {
  const list = this._events?.[type];
  if (list === undefined) return 0;
  if (typeof list === "function") {
    return listener === undefined || listener === null || listener === list || listener === list.listener ? 1 : 0;
  }
  if (listener === undefined || listener === null) return list.length;
  return list.filter((one) => one === listener || one.listener === listener).length;
}
EventEmitter.prototype.listenerCount = listenerCount;
EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

EventEmitter.listenerCount = (emitter, type) =>
  typeof emitter.listenerCount === "function" ? emitter.listenerCount(type) : listenerCount.call(emitter, type);

function aborted(signal) {
  const error = new Error("The operation was aborted", signal?.reason === undefined ? undefined : { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

function isEmitter(value) {
  return typeof value?.on === "function";
}

function isTarget(value) {
  return typeof value?.addEventListener === "function";
}

function listen(target, type, listener, once) {
  if (isEmitter(target)) {
    if (once) target.once(type, listener);
    else target.on(type, listener);
  } else if (isTarget(target)) target.addEventListener(type, listener, { once });
  else throw invalidArgType("emitter", "EventEmitter", target);
}

function unlisten(target, type, listener) {
  if (typeof target.removeListener === "function") target.removeListener(type, listener);
  else target.removeEventListener(type, listener);
}

async function once(emitter, name, options = {}) {
  const signal = options?.signal;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw aborted(signal);
  return new Promise((resolve, reject) => {
    const errored = (error) => {
      unlisten(emitter, name, resolver);
      if (signal !== undefined) unlisten(signal, "abort", stop);
      reject(error);
    };
    const resolver = (...args) => {
      if (isEmitter(emitter)) emitter.removeListener("error", errored);
      if (signal !== undefined) unlisten(signal, "abort", stop);
      resolve(args);
    };
    const stop = () => {
      unlisten(emitter, name, resolver);
      if (isEmitter(emitter)) unlisten(emitter, "error", errored);
      reject(aborted(signal));
    };
    listen(emitter, name, resolver, true);
    if (name !== "error" && isEmitter(emitter)) emitter.once("error", errored);
    if (signal !== undefined) listen(signal, "abort", stop, true);
  });
}

function on(emitter, event, options = {}) {
  const signal = options?.signal;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw aborted(signal);
  const values = [], waiting = [];
  let failure = null, finished = false;
  const give = (...args) => {
    const promise = waiting.shift();
    if (promise) promise.resolve({ value: args, done: false });
    else values.push(args);
  };
  const fail = (error) => {
    const promise = waiting.shift();
    if (promise) promise.reject(error);
    else failure = error;
    close();
  };
  const stop = () => fail(aborted(signal));
  const close = () => {
    unlisten(emitter, event, give);
    if (isEmitter(emitter) && event !== "error") unlisten(emitter, "error", fail);
    for (const name of options?.close ?? []) unlisten(emitter, name, close);
    if (signal !== undefined) unlisten(signal, "abort", stop);
    finished = true;
    for (const promise of waiting.splice(0)) promise.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const iterator = Object.setPrototypeOf({
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure) {
        const promise = Promise.reject(failure);
        failure = null;
        return promise;
      }
      if (finished) return close();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: close,
    throw(error) {
      if (!(error instanceof Error)) throw invalidArgType("EventEmitter.AsyncIterator", "Error", error);
      fail(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  }, %realm("AsyncIteratorPrototype"));
  listen(emitter, event, give, false);
  if (event !== "error" && isEmitter(emitter)) emitter.on("error", fail);
  for (const name of options?.close ?? []) listen(emitter, name, close, false);
  if (signal !== undefined) listen(signal, "abort", stop, true);
  return iterator;
}

function getEventListeners(target, type) {
  if (typeof target?.listeners === "function") return target.listeners(type);
  throw invalidArgType("emitter", ["EventEmitter", "EventTarget"], target);
}

function getMaxListeners(target) {
  if (typeof target?.getMaxListeners === "function") return maxListenersOf(target);
  throw invalidArgType("emitter", ["EventEmitter", "EventTarget"], target);
}

function setMaxListeners(n = defaultMaxListeners, ...targets) {
  checkCount(n, "setMaxListeners");
  if (targets.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  for (const target of targets) {
    if (typeof target?.setMaxListeners !== "function") {
      throw invalidArgType("eventTargets", ["EventEmitter", "EventTarget"], target);
    }
    target.setMaxListeners(n);
  }
}

function addAbortListener(signal, listener) {
  if (signal === undefined) throw invalidArgType("signal", "AbortSignal", signal);
  validateAbortSignal(signal, "signal");
  validateFunction(listener, "listener");
  let remove = () => {};
  if (signal.aborted) %realm("Global").queueMicrotask(() => listener());
  else {
    signal.addEventListener("abort", listener, { once: true });
    remove = () => signal.removeEventListener("abort", listener);
  }
  return { [Symbol.dispose]: remove };
}

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.usingDomains = false;
EventEmitter.EventEmitterAsyncResource = function EventEmitterAsyncResource() {
  throw missing("events.EventEmitterAsyncResource");
};
Object.assign(EventEmitter, { once, on, getEventListeners, getMaxListeners, setMaxListeners, addAbortListener });

module.exports = EventEmitter;
