// What `setTimeout` and its kin give: objects that know their timer's number.

class Timeout {
  #number; #callback; #delay; #repeats; #args;

  constructor(callback, delay, repeats, args) {
    this.#callback = callback;
    this.#delay = delay = +delay;
    this.#repeats = repeats;
    this.#args = args;
    this.#number = %addTimer(repeats, callback, delay, args);
  }
  ref() {
    %setTimerRef(this.#number, true);
    return this;
  }
  unref() {
    %setTimerRef(this.#number, false);
    return this;
  }
  hasRef() {
    return %timerHasRef(this.#number);
  }
  refresh() {
    const held = %timerHasRef(this.#number);
    if (held === undefined && this.#number === 0) return this;
    %cancelTimer(this.#number);
    this.#number = %addTimer(this.#repeats, this.#callback, this.#delay, this.#args);
    if (held === false) %setTimerRef(this.#number, false);
    return this;
  }
  close() {
    %cancelTimer(this.#number);
    this.#number = 0;
    return this;
  }
  [Symbol.toPrimitive]() {
    return this.#number;
  }
  [Symbol.dispose]() {
    this.close();
  }
  static {
    closeTimeout = (value) => {
      if (#number in value) value.close();
    };
  }
}
var closeTimeout;

class Immediate {
  #number;

  constructor(callback, args) {
    this.#number = %addImmediate(callback, args);
  }
  ref() {
    %setTimerRef(this.#number, true);
    return this;
  }
  unref() {
    %setTimerRef(this.#number, false);
    return this;
  }
  hasRef() {
    return %timerHasRef(this.#number) ?? false;
  }
  [Symbol.dispose]() {
    closeImmediate(this);
  }
  static {
    closeImmediate = (value) => {
      if (#number in value) %cancelTimer(value.#number);
    };
  }
}
var closeImmediate;

exports.setTimeout = (callback, delay, args) => new Timeout(callback, delay, false, args);
exports.setInterval = (callback, delay, args) => new Timeout(callback, delay, true, args);
exports.setImmediate = (callback, args) => new Immediate(callback, args);
exports.clear = (value) => {
  closeTimeout(value);
  closeImmediate(value);
};
