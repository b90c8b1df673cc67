// EventTarget, Event, AbortController and AbortSignal (DOM 2 and 3), as far as there is no tree of nodes.

const { coded, invalidArgType } = require("internal/errors");

const global = %realm("Global");

function missingArgs(...names) {
  const shown = names.map((name) => `"${name}"`).join(" and ");
  return coded(TypeError, "ERR_MISSING_ARGS", `The ${shown} argument${names.length > 1 ? "s" : ""} must be specified`);
}

class Event {
  #type; #bubbles; #cancelable; #composed; #canceled = false; #stopped = false; #ended = false; #time = %monotonicTime();
  #target = null; #busy = false; #passive = false;

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw missingArgs("type");
    if (options !== undefined && options !== null && typeof options !== "object") throw invalidArgType("options", "Object", options);
    this.#type = `${type}`;
    this.#bubbles = !!options?.bubbles;
    this.#cancelable = !!options?.cancelable;
    this.#composed = !!options?.composed;
  }
  get type() { return this.#type; }
  get target() { return this.#target; }
  get currentTarget() { return this.#busy ? this.#target : null; }
  get srcElement() { return this.#target; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get composed() { return this.#composed; }
  get defaultPrevented() { return this.#cancelable && this.#canceled; }
  get returnValue() { return !this.#cancelable || !this.#canceled; }
  get timeStamp() { return this.#time; }
  get isTrusted() { return false; }
  get eventPhase() { return this.#busy ? 2 : 0; }
  get cancelBubble() { return this.#ended; }
  set cancelBubble(value) { if (value) this.#ended = true; }
  composedPath() { return this.#busy ? [this.#target] : []; }
  preventDefault() { if (!this.#passive) this.#canceled = true; }
  stopPropagation() { this.#ended = true; }
  stopImmediatePropagation() { this.#ended = this.#stopped = true; }

  // What the target does with it, out of programs' reach.
  static {
    begin = (event, target) => {
      event.#target = target;
      event.#busy = true;
      event.#stopped = false;
    };
    end = (event) => {
      event.#busy = false;
    };
    isBusy = (event) => event.#busy;
    isStopped = (event) => event.#stopped;
    setPassive = (event, passive) => {
      event.#passive = passive;
    };
  }
}
var begin, end, isBusy, isStopped, setPassive;

for (const [name, value] of [["NONE", 0], ["CAPTURING_PHASE", 1], ["AT_TARGET", 2], ["BUBBLING_PHASE", 3]]) {
  Object.defineProperty(Event, name, { value, enumerable: true });
  Object.defineProperty(Event.prototype, name, { value, enumerable: true });
}
Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: "Event", configurable: true });

class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options = undefined) {
    if (arguments.length < 2) throw missingArgs("type", "listener");
    if (listener === null || listener === undefined) return;
    if (typeof listener !== "function" && typeof listener !== "object") {
      throw invalidArgType("listener", ["function", "EventListener"], listener);
    }
    type = `${type}`;
    const capture = typeof options === "boolean" ? options : !!options?.capture;
    const signal = options?.signal;
    if (signal?.aborted) return;
    let list = this.#listeners.get(type);
    if (list === undefined) this.#listeners.set(type, list = []);
    if (list.some((one) => one.listener === listener && one.capture === capture)) return;
    list.push({ listener, capture, once: !!options?.once, passive: !!options?.passive, removed: false });
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener, options), { once: true });
  }

  removeEventListener(type, listener, options = undefined) {
    if (arguments.length < 2) throw missingArgs("type", "listener");
    const list = this.#listeners.get(`${type}`);
    if (list === undefined) return;
    const capture = typeof options === "boolean" ? options : !!options?.capture;
    const at = list.findIndex((one) => one.listener === listener && one.capture === capture);
    if (at < 0) return;
    list[at].removed = true;
    list.splice(at, 1);
  }

  dispatchEvent(event) {
    if (!(event instanceof Event)) throw invalidArgType("event", "Event", event);
    if (isBusy(event)) throw coded(Error, "ERR_EVENT_RECURSION", `The event "${event.type}" is already being dispatched`);
    begin(event, this);
    const list = this.#listeners.get(event.type);
    for (const one of list === undefined ? [] : list.slice()) {
      if (one.removed) continue;
      if (one.once) this.removeEventListener(event.type, one.listener, one.capture);
      setPassive(event, one.passive);
      try {
        const { listener } = one;
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        // A listener's exception does not reach the one who dispatches: it is uncaught.
        %queueTask(rethrowError, error);
      }
      if (isStopped(event)) break;
    }
    setPassive(event, false);
    end(event);
    return !event.defaultPrevented;
  }
}
Object.defineProperty(EventTarget.prototype, Symbol.toStringTag, { value: "EventTarget", configurable: true });

function rethrowError(error) {
  throw error;
}

// `target.onname`: a handler that is a listener too.
function defineHandler(prototype, name) {
  const handlers = new WeakMap();
  Object.defineProperty(prototype, `on${name}`, {
    configurable: true, enumerable: true,
    get() {
      return handlers.get(this)?.handler ?? null;
    },
    set(handler) {
      let state = handlers.get(this);
      if (state === undefined) {
        state = { handler: null };
        handlers.set(this, state);
        this.addEventListener(name, function (event) {
          if (typeof state.handler === "function") return state.handler.call(this, event);
        });
      }
      state.handler = typeof handler === "function" ? handler : null;
    },
  });
}

const key = {};

class AbortSignal extends EventTarget {
  #aborted = false; #reason = undefined; #dependents = [];

  constructor(given) {
    if (given !== key) throw coded(TypeError, "ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor");
    super();
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
  static abort(reason = new global.DOMException("This operation was aborted", "AbortError")) {
    const signal = new AbortSignal(key);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }
  static timeout(delay) {
    const signal = new AbortSignal(key);
    const timer = global.setTimeout(() => abort(signal, new global.DOMException("The operation was aborted due to timeout", "TimeoutError")), delay);
    if (typeof timer?.unref === "function") timer.unref();
    return signal;
  }
  static any(signals) {
    const result = new AbortSignal(key);
    for (const signal of signals) {
      if (signal.aborted) {
        result.#aborted = true;
        result.#reason = signal.reason;
        return result;
      }
    }
    for (const signal of signals) signal.#dependents.push(result);
    return result;
  }
  static {
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      const all = [signal];
      for (let i = 0; i < all.length; i++) {
        all[i].#aborted = true;
        all[i].#reason = reason;
        for (const other of all[i].#dependents) if (!other.#aborted) all.push(other);
      }
      for (const one of all) one.dispatchEvent(new Event("abort"));
    };
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
    return depth < 0 ? "[AbortSignal]" : `AbortSignal { aborted: ${this.#aborted} }`;
  }
}
var abort;
defineHandler(AbortSignal.prototype, "abort");
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: "AbortSignal", configurable: true });

class AbortController {
  #signal = new AbortSignal(key);
  get signal() { return this.#signal; }
  abort(reason = new global.DOMException("This operation was aborted", "AbortError")) {
    abort(this.#signal, reason);
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
    return depth < 0 ? "[AbortController]" : `AbortController { signal: AbortSignal { aborted: ${this.#signal.aborted} } }`;
  }
}
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: "AbortController", configurable: true });

module.exports = { Event, EventTarget, AbortController, AbortSignal };
