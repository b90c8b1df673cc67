// tvm:sandbox: isolates with limits, with which a program exchanges copies.
// exports: Sandbox Script Pool LimitError

const { coded, invalidArgType, outOfRange, validateString, validateObject } = require("internal/errors");
const { waiting } = require("internal/sandbox");

const IDLE = 0, ANSWER = 1, FAILURE = 2, CALL = 3, ENDED = 4, BUSY = 5;
const REPLY_VALUE = 0, REPLY_FAILURE = 1, REPLY_PROMISE = 2;
const MEBIBYTE = 1048576;
const MOST = { memory: 32768 * MEBIBYTE, stack: 256 * MEBIBYTE, fuel: 9007199254740991, timeout: 1e12, output: 1024 * MEBIBYTE, calls: 1048576 };
const LEAST = { memory: 4 * MEBIBYTE, stack: 65536, fuel: 1, timeout: 1, output: 0, calls: 0 };

// A sandbox was ended by a limit: `code` says by which, `usage` what it had used.
class LimitError extends Error {
  constructor(message, code, usage) {
    super(message);
    this.code = code;
    this.usage = usage;
  }
}
Object.defineProperty(LimitError.prototype, "name", { value: "LimitError", writable: true, configurable: true });

// What a sandbox is told of a result that cannot be copied: not what it looks like.
const UNCLONEABLE = { name: "DataCloneError", message: "The result of a function of the host could not be cloned" };

// A number of an options object within its bounds; undefined where it is not given.
function limitOf(options, name, otherwise) {
  const value = options[name];
  if (value === undefined) return otherwise;
  if (typeof value !== "number") throw invalidArgType(`options.${name}`, "number", value);
  if (!(value >= LEAST[name] && value <= MOST[name])) {
    throw outOfRange(`options.${name}`, `>= ${LEAST[name]} && <= ${MOST[name]}`, value);
  }
  return value;
}

function sandboxError(code, message) {
  return coded(Error, code, message);
}

// A script that is compiled once, for any number of sandboxes.
class Script {
  #unit;
  #filename;

  constructor(code, options = {}) {
    validateString(code, "code");
    validateObject(options, "options");
    const { filename = "sandbox.js" } = options;
    validateString(filename, "options.filename");
    this.#filename = filename;
    this.#unit = %compileScript(code, filename, 0, 0);
  }

  get filename() {
    return this.#filename;
  }

  static {
    unitOf = (script) => {
      if (!(%isObject(script) && !%isProxy(script) && #unit in script)) throw invalidArgType("script", "Script", script);
      return script.#unit;
    };
  }
}
var unitOf;

class Sandbox {
  #id;
  // Functions of the host, by their numbers in the sandbox.
  #functions = [];
  // Requests under way: what settles their promises, by number.
  #requests = new Map();
  #lastRequest = 0;
  #lastCall = 0;
  // Calls of the sandbox whose promises are to be settled, and how many there may be.
  #calls = 0;
  #mostCalls;
  // It runs here, further up on the stack.
  #running = false;
  // What ended it.
  #ended = undefined;
  #usage = undefined;
  #console;

  constructor(options = {}) {
    validateObject(options, "options");
    const { globals = {}, functions = {}, console = "ignore" } = options;
    validateObject(globals, "options.globals");
    validateObject(functions, "options.functions");
    if (console !== "ignore" && console !== "inherit" && typeof console !== "function") {
      throw invalidArgType("options.console", ["'ignore'", "'inherit'", "function"], console);
    }
    this.#console = console;
    this.#mostCalls = limitOf(options, "calls", 1024);
    const memory = limitOf(options, "memory", 64 * MEBIBYTE), stack = limitOf(options, "stack", MEBIBYTE);
    const id = %sandboxCreate(memory, stack, limitOf(options, "fuel"), limitOf(options, "timeout"),
      limitOf(options, "output", MEBIBYTE), console !== "ignore");
    if (typeof id === "string") throw sandboxError("ERR_SANDBOX_UNAVAILABLE", `Cannot make a sandbox: ${id}`);
    this.#id = id;
    try {
      for (const name of Object.keys(globals)) this.setGlobal(name, globals[name]);
      for (const name of Object.keys(functions)) this.expose(name, functions[name]);
    } catch (error) {
      this.dispose();
      throw error;
    }
    reclaim(this, id);
  }

  // ---- what it has

  setGlobal(name, value, options) {
    validateString(name, "name");
    this.#check();
    const moved = [];
    if (options !== undefined) {
      validateObject(options, "options");
      if (options.transfer !== undefined) checkTransfer(options.transfer, moved);
    }
    let posted = %sandboxSet(this.#id, name, value, false);
    if (posted === undefined) posted = %sandboxSet(this.#id, name, copyOf(value), true);
    if (!posted) throw this.#gone();
    for (let i = 0; i < moved.length; i++) %detachBuffer(moved[i]);
  }

  expose(name, callback) {
    validateString(name, "name");
    if (typeof callback !== "function") throw invalidArgType("callback", "function", callback);
    this.#check();
    this.#functions.push(callback);
    %sandboxDefine(this.#id, name, this.#functions.length - 1);
  }

  // ---- running in it

  evalSync(code, options) {
    return this.#runHere((number, time, fuel) => this.#postCode(code, options, number, time, fuel), options);
  }

  runSync(script, options) {
    const unit = unitOf(script);
    return this.#runHere((number, time, fuel) => %sandboxRunScript(this.#id, number, unit, undefined, time, fuel), options);
  }

  callSync(name, ...args) {
    validateString(name, "name");
    return this.#runHere((number) => this.#postCall(name, args, number), undefined);
  }

  async eval(code, options) {
    return this.#runElsewhere((number, time, fuel) => this.#postCode(code, options, number, time, fuel), options);
  }

  async run(script, options) {
    const unit = unitOf(script);
    return this.#runElsewhere((number, time, fuel) => %sandboxRunScript(this.#id, number, unit, undefined, time, fuel), options);
  }

  async call(name, ...args) {
    validateString(name, "name");
    return this.#runElsewhere((number) => this.#postCall(name, args, number), undefined);
  }

  #postCode(code, options, number, time, fuel) {
    validateString(code, "code");
    const filename = options?.filename ?? "sandbox.js";
    validateString(filename, "options.filename");
    return %sandboxEvaluate(this.#id, number, code, filename, time, fuel);
  }

  #postCall(name, args, number) {
    const posted = %sandboxCall(this.#id, number, name, args, undefined, undefined, false);
    return posted !== undefined ? posted : %sandboxCall(this.#id, number, name, copyOf(args), undefined, undefined, true);
  }

  // Hands a request over.
  #post(post, options) {
    this.#check();
    let time, fuel;
    if (options !== undefined) {
      validateObject(options, "options");
      time = limitOf(options, "timeout");
      fuel = limitOf(options, "fuel");
    }
    const number = ++this.#lastRequest;
    if (!post(number, time, fuel)) {
      // It may have ended on another thread, and nobody has told yet.
      const event = %sandboxRun(this.#id);
      if (event[0] === ENDED) this.#hear(ENDED, event[1], event[2]);
      throw this.#gone();
    }
    return number;
  }

  #runHere(post, options) {
    if (this.#running) throw sandboxError("ERR_SANDBOX_BUSY", "The sandbox is running: it has called this function");
    const number = this.#post(post, options);
    this.#running = true;
    try {
      for (;;) {
        const event = %sandboxRun(this.#id);
        this.#tellOutput();
        const kind = event[0];
        if ((kind === ANSWER || kind === FAILURE) && event[1] === number) {
          if (kind === ANSWER) return event[2];
          throw makeThrown(event[2]);
        }
        if (kind === IDLE) {
          throw sandboxError("ERR_SANDBOX_PENDING", "The result is a promise that is not settled: await eval(), run() or call() instead");
        }
        if (kind === BUSY) throw sandboxError("ERR_SANDBOX_BUSY", "The sandbox waits for a function of its host");
        this.#hear(kind, event[1], event[2]);
        if (this.#ended !== undefined) throw this.#ended;
      }
    } finally {
      this.#running = false;
      if (this.#ended === undefined) %sandboxRelease(this.#id);
    }
  }

  #runElsewhere(post, options) {
    const number = this.#post(post, options);
    return new Promise((resolve, reject) => {
      this.#requests.set(number, { resolve, reject });
      waiting.set(this.#id, (kind, at, value) => {
        this.#tellOutput();
        this.#hear(kind, at, value);
      });
      %sandboxStart(this.#id);
    });
  }

  // ---- what it tells

  #hear(kind, at, value) {
    if (this.#ended !== undefined) return;
    switch (kind) {
      case ANSWER:
      case FAILURE: {
        const request = this.#requests.get(at);
        if (request === undefined) return;
        this.#requests.delete(at);
        this.#forget();
        if (kind === ANSWER) request.resolve(value);
        else request.reject(makeThrown(value));
        return;
      }
      case CALL:
        this.#answer(at, value);
        return;
      case ENDED: {
        const usage = this.usage();
        this.#end(new LimitError(value, at, usage));
      }
    }
  }

  // Nothing of it is under way: it need not be kept.
  #forget() {
    if (this.#requests.size === 0 && this.#calls === 0) waiting.delete(this.#id);
  }

  // Calls a function of the host's, which stands alone: whoever made the sandbox is not below it on this stack.
  #answer(at, args) {
    const callback = this.#functions[at];
    let result;
    try {
      result = %apply(callback, undefined, args);
    } catch (error) {
      this.#reply(REPLY_FAILURE, tellThrown(error, false));
      return;
    }
    if (%isPromise(result)) {
      if (this.#calls >= this.#mostCalls) {
        // Nobody else hears of what it comes to.
        %call(%realm("PromiseThen"), result, undefined, () => {});
        const told = `The limit of calls passed: ${this.#mostCalls} may wait for their answers`;
        this.#end(new LimitError(told, "ERR_SANDBOX_CALLS", this.usage()));
        return;
      }
      const call = ++this.#lastCall;
      this.#calls++;
      const settle = (failed) => (value) => this.#settle(call, failed, value);
      %call(%realm("PromiseThen"), result, settle(false), settle(true));
      this.#reply(REPLY_PROMISE, call);
      return;
    }
    try {
      this.#reply(REPLY_VALUE, result);
    } catch {
      this.#reply(REPLY_FAILURE, UNCLONEABLE);
    }
  }

  #reply(kind, value) {
    if (this.#ended !== undefined) return;
    if (!%sandboxReply(this.#id, kind, value, false)) %sandboxReply(this.#id, kind, copyOf(value), true);
    if (!this.#running) %sandboxStart(this.#id);
  }

  #settle(call, failed, value) {
    this.#calls--;
    if (this.#ended !== undefined) return;
    this.#forget();
    try {
      if (failed) value = tellThrown(value, false);
      if (!%sandboxSettle(this.#id, call, failed, value, false)) %sandboxSettle(this.#id, call, failed, copyOf(value), true);
    } catch {
      %sandboxSettle(this.#id, call, true, UNCLONEABLE, true);
    }
    if (!this.#running) %sandboxStart(this.#id);
  }

  #tellOutput() {
    if (this.#console === "ignore") return;
    if (this.#console === "inherit") return %sandboxForward(this.#id);
    const parts = %sandboxOutput(this.#id);
    for (let i = 0; i < parts.length; i += 2) {
      const handler = this.#console;
      handler(parts[i + 1], parts[i] === 1 ? "stdout" : "stderr");
    }
  }

  // ---- its end

  usage() {
    return this.#usage !== undefined ? { ...this.#usage } : { ...usageOf(this.#id), calls: this.#calls };
  }

  get disposed() {
    return this.#ended !== undefined;
  }

  dispose() {
    if (this.#ended !== undefined) return;
    this.#end(sandboxError("ERR_SANDBOX_DISPOSED", "The sandbox was disposed of"));
  }

  [Symbol.dispose]() {
    this.dispose();
  }

  #end(reason) {
    this.#ended = reason;
    this.#usage = this.usage();
    %sandboxDispose(this.#id);
    waiting.delete(this.#id);
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of requests) request.reject(reason);
  }

  #check() {
    if (this.#ended !== undefined) throw this.#gone();
  }

  #gone() {
    const ended = this.#ended;
    if (ended === undefined) return sandboxError("ERR_SANDBOX_DISPOSED", "The sandbox is not there any more");
    if (ended instanceof LimitError) return new LimitError(ended.message, ended.code, ended.usage);
    return sandboxError("ERR_SANDBOX_DISPOSED", "The sandbox was disposed of");
  }
}

// What a sandbox has used; nothing where it is not there any more.
function usageOf(id) {
  const numbers = %sandboxUsage(id) ?? [0, 0, 0, 0, 0];
  return { heap: numbers[0], external: numbers[1], fuel: numbers[2], cpu: numbers[3], jobs: numbers[4] };
}

// What structuredClone makes of a value: plain data, whatever getters it had.
function copyOf(value) {
  return cloneValue(%newMap(), value);
}

// A sandbox that nobody has any more is freed.
const registry = new FinalizationRegistry((id) => %sandboxDispose(id));

function reclaim(sandbox, id) {
  registry.register(sandbox, id);
}

// Sandboxes that are ready, each for one use: what had one before never comes back, so nothing is left of it.
class Pool {
  #options;
  #size;
  #setup;
  #ready = [];
  // Those who wait for one to be given back.
  #waiting = [];
  #used = 0;
  #closed = false;

  constructor(options = {}) {
    validateObject(options, "options");
    const { size = 4, setup, ...rest } = options;
    if (typeof size !== "number") throw invalidArgType("options.size", "number", size);
    if (!(Number.isInteger(size) && size >= 1 && size <= 10000)) throw outOfRange("options.size", ">= 1 && <= 10000", size);
    if (setup !== undefined) unitOf(setup);
    this.#size = size;
    this.#setup = setup;
    this.#options = rest;
    for (let i = 0; i < size; i++) this.#ready.push(this.#make());
  }

  get size() {
    return this.#size;
  }

  #make() {
    const sandbox = new Sandbox(this.#options);
    if (this.#setup !== undefined) sandbox.runSync(this.#setup);
    return sandbox;
  }

  // Lends a sandbox to `work` and gives what that gives. At most `size` are lent at once.
  async use(work) {
    if (typeof work !== "function") throw invalidArgType("work", "function", work);
    const sandbox = await this.#take();
    try {
      return await work(sandbox);
    } finally {
      this.#giveBack(sandbox);
    }
  }

  #take() {
    if (this.#closed) throw sandboxError("ERR_SANDBOX_DISPOSED", "The pool was disposed of");
    if (this.#used < this.#size) {
      this.#used++;
      return this.#ready.pop() ?? this.#make();
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #giveBack(sandbox) {
    sandbox.dispose();
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#used--;
      if (!this.#closed) this.#ready.push(this.#make());
      return;
    }
    try {
      next.resolve(this.#make());
    } catch (error) {
      this.#used--;
      next.reject(error);
    }
  }

  dispose() {
    this.#closed = true;
    for (const sandbox of this.#ready) sandbox.dispose();
    this.#ready = [];
    const reason = sandboxError("ERR_SANDBOX_DISPOSED", "The pool was disposed of");
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }

  [Symbol.dispose]() {
    this.dispose();
  }
}

module.exports = { Sandbox, Script, Pool, LimitError };
