// Iterators (27.1). A helper is a slotted object around a generator of the library's: `next` and `return` are native
// and resume it. What a generator closes when it is abandoned stands in its `finally`.

// 27.1.3.1 Iterator: an abstract class.
function iteratorConstructor() {
  if (new.target === undefined || new.target === %realm("Iterator")) {
    %throwTypeError("Abstract class Iterator not directly constructable");
  }
  return %newObject(prototypeFor(new.target, "IteratorPrototype"));
}

function iteratorGetConstructor() {
  return %realm("Iterator");
}

function iteratorSetConstructor(value) {
  setWeird(this, "constructor", value);
}

function iteratorGetTag() {
  return "Iterator";
}

function iteratorSetTag(value) {
  setWeird(this, %symbol("toStringTag"), value);
}

// 7.3.28 SetterThatIgnoresPrototypeProperties
function setWeird(object, key, value) {
  if (!%isObject(object)) %throwTypeError("Iterator.prototype setter called on non-object");
  if (object === %realm("IteratorPrototype")) {
    %throwTypeError("Cannot assign to this property of Iterator.prototype");
  }
  if (%getOwnDescriptor(object, key) === undefined) defineField(object, key, value);
  else object[key] = value;
}

// 27.1.4.?? %Iterator.prototype% [ @@dispose ]
function iteratorDispose() {
  const close = this.return;
  if (close !== undefined && close !== null) %call(close, this);
}

// 27.1.5.2 %AsyncIteratorPrototype% [ @@asyncDispose ]
function asyncIteratorDispose() {
  const promise = %newPromise();
  try {
    const close = this.return;
    if (close === undefined || close === null) {
      resolvePromise(promise, undefined);
    } else {
      const result = promiseResolveSlow(%call(close, this, undefined));
      const done = (0, () => resolvePromise(promise, undefined));
      const failed = (0, (error) => { %rejectPromise(promise, error); });
      %promiseThen(result, done, failed, undefined, undefined, undefined);
    }
  } catch (error) {
    %rejectPromise(promise, error);
  }
  return promise;
}

// ---- parts of the protocol

function thisIterator(value, method) {
  if (!%isObject(value)) %throwTypeError(`Iterator.prototype.${method} called on non-object`);
}

// The result object of a step, or undefined at the end.
function nextResult(iterator, next) {
  const result = %call(next, iterator);
  if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
  return result.done ? undefined : result;
}

// 7.4.? GetIteratorFlattenable: the iterator.
function flattenable(value, rejectStrings) {
  if (!%isObject(value) && (rejectStrings || typeof value !== "string")) {
    %throwTypeError(`${%describe(value)} is not an object`);
  }
  const method = value[%symbol("iterator")];
  const iterator = method === undefined || method === null ? value : %call(method, value);
  if (!%isObject(iterator)) %throwTypeError(`${%describe(iterator)} is not an object`);
  return iterator;
}

function closeAndThrowType(iterator, message) {
  iteratorCloseQuietly(iterator);
  %throwTypeError(message);
}

function closeAndThrowRange(iterator, message) {
  iteratorCloseQuietly(iterator);
  %throwRangeError(message);
}

function checkHelperFunction(iterator, callback) {
  if (!%isCallable(callback)) closeAndThrowType(iterator, `${%describe(callback)} is not a function`);
}

// A helper that was closed before it ran.
function helperClose(underlying, isList) {
  if (isList) closeAll(underlying);
  else iteratorClose(underlying);
  return { value: undefined, done: true };
}

// IteratorCloseAll with a normal completion: the last ones first, the first error is thrown.
function closeAll(iterators) {
  let failed = false;
  let failure;
  for (let i = iterators.length - 1; i >= 0; i--) {
    const iterator = iterators[i];
    if (iterator === undefined) continue;
    iterators[i] = undefined;
    if (failed) {
      iteratorCloseQuietly(iterator);
      continue;
    }
    try {
      iteratorClose(iterator);
    } catch (error) {
      failed = true;
      failure = error;
    }
  }
  if (failed) throw failure;
}

function closeAllQuietly(iterators) {
  for (let i = iterators.length - 1; i >= 0; i--) {
    const iterator = iterators[i];
    if (iterator === undefined) continue;
    iterators[i] = undefined;
    iteratorCloseQuietly(iterator);
  }
}

// ---- helpers

function iteratorMap(mapper) {
  thisIterator(this, "map");
  checkHelperFunction(this, mapper);
  return %newIteratorHelper(mapSteps(this, this.next, mapper), this);
}

function* mapSteps(iterator, next, mapper) {
  for (let counter = 0; ; counter++) {
    const result = nextResult(iterator, next);
    if (result === undefined) return;
    const value = result.value;
    let mapped;
    try {
      mapped = %call(mapper, undefined, value, counter);
    } catch (error) {
      iteratorCloseQuietly(iterator);
      throw error;
    }
    let resumed = false;
    try {
      yield mapped;
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
  }
}

function iteratorFilter(predicate) {
  thisIterator(this, "filter");
  checkHelperFunction(this, predicate);
  return %newIteratorHelper(filterSteps(this, this.next, predicate), this);
}

function* filterSteps(iterator, next, predicate) {
  for (let counter = 0; ; counter++) {
    const result = nextResult(iterator, next);
    if (result === undefined) return;
    const value = result.value;
    let selected;
    try {
      selected = %call(predicate, undefined, value, counter);
    } catch (error) {
      iteratorCloseQuietly(iterator);
      throw error;
    }
    if (!selected) continue;
    let resumed = false;
    try {
      yield value;
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
  }
}

// The argument of take and drop.
function limitOf(iterator, limit) {
  let number;
  try {
    number = %toNumber(limit);
  } catch (error) {
    iteratorCloseQuietly(iterator);
    throw error;
  }
  if (number !== number) closeAndThrowRange(iterator, `${%describe(limit)} must be positive`);
  const integer = %toInteger(number);
  if (integer < 0) closeAndThrowRange(iterator, `${%describe(limit)} must be positive`);
  return integer;
}

function iteratorTake(limit) {
  thisIterator(this, "take");
  const count = limitOf(this, limit);
  return %newIteratorHelper(takeSteps(this, this.next, count), this);
}

function* takeSteps(iterator, next, remaining) {
  for (;;) {
    if (remaining === 0) {
      iteratorClose(iterator);
      return;
    }
    remaining--;
    const result = nextResult(iterator, next);
    if (result === undefined) return;
    const value = result.value;
    let resumed = false;
    try {
      yield value;
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
  }
}

function iteratorDrop(limit) {
  thisIterator(this, "drop");
  const count = limitOf(this, limit);
  return %newIteratorHelper(dropSteps(this, this.next, count), this);
}

function* dropSteps(iterator, next, remaining) {
  for (; remaining > 0; remaining--) {
    if (nextResult(iterator, next) === undefined) return;
  }
  for (;;) {
    const result = nextResult(iterator, next);
    if (result === undefined) return;
    const value = result.value;
    let resumed = false;
    try {
      yield value;
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
  }
}

function iteratorFlatMap(mapper) {
  thisIterator(this, "flatMap");
  checkHelperFunction(this, mapper);
  return %newIteratorHelper(flatMapSteps(this, this.next, mapper), this);
}

function* flatMapSteps(iterator, next, mapper) {
  for (let counter = 0; ; counter++) {
    const result = nextResult(iterator, next);
    if (result === undefined) return;
    const value = result.value;
    let inner, innerNext;
    try {
      inner = flattenable(%call(mapper, undefined, value, counter), true);
      innerNext = inner.next;
    } catch (error) {
      iteratorCloseQuietly(iterator);
      throw error;
    }
    for (;;) {
      let innerValue;
      try {
        const innerResult = nextResult(inner, innerNext);
        if (innerResult === undefined) break;
        innerValue = innerResult.value;
      } catch (error) {
        iteratorCloseQuietly(iterator);
        throw error;
      }
      let resumed = false;
      try {
        yield innerValue;
        resumed = true;
      } finally {
        if (!resumed) {
          try {
            iteratorClose(inner);
          } catch (error) {
            iteratorCloseQuietly(iterator);
            throw error;
          }
          iteratorClose(iterator);
        }
      }
    }
  }
}

// The argument of chunks and windows.
function chunkSizeOf(iterator, size) {
  if (typeof size !== "number" || size !== %toInteger(size)) {
    if (size !== 1 / 0 && size !== -1 / 0) {
      closeAndThrowType(iterator, `${%describe(size)} is not an integer`);
    }
  }
  if (!(size >= 1 && size <= 4294967295)) closeAndThrowRange(iterator, `${%describe(size)} is out of range`);
}

function iteratorChunks(size) {
  thisIterator(this, "chunks");
  chunkSizeOf(this, size);
  return %newIteratorHelper(chunkSteps(this, this.next, size), this);
}

function* chunkSteps(iterator, next, size) {
  let buffer = [];
  for (;;) {
    const result = nextResult(iterator, next);
    if (result === undefined) {
      if (buffer.length > 0) yield buffer;
      return;
    }
    %push(buffer, result.value);
    if (buffer.length !== size) continue;
    let resumed = false;
    try {
      yield buffer;
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
    buffer = [];
  }
}

function iteratorWindows(size, undersized) {
  thisIterator(this, "windows");
  chunkSizeOf(this, size);
  if (undersized === undefined) undersized = "only-full";
  if (undersized !== "only-full" && undersized !== "allow-partial") {
    closeAndThrowType(this, `${%describe(undersized)} is not a valid value of undersized`);
  }
  return %newIteratorHelper(windowSteps(this, this.next, size, undersized === "allow-partial"), this);
}

function* windowSteps(iterator, next, size, partial) {
  let buffer = [];
  for (;;) {
    const result = nextResult(iterator, next);
    if (result === undefined) {
      if (partial && buffer.length > 0 && buffer.length < size) yield buffer;
      return;
    }
    const value = result.value;
    if (buffer.length === size) {
      const rest = [];
      for (let i = 1; i < size; i++) %push(rest, buffer[i]);
      buffer = rest;
    }
    %push(buffer, value);
    if (buffer.length !== size) continue;
    let resumed = false;
    try {
      yield %copyDense(buffer);
      resumed = true;
    } finally {
      if (!resumed) iteratorClose(iterator);
    }
  }
}

// ---- consumers

function iteratorReduce(reducer, ...rest) {
  thisIterator(this, "reduce");
  checkHelperFunction(this, reducer);
  const next = this.next;
  let accumulator;
  let counter = 0;
  if (rest.length > 0) {
    accumulator = rest[0];
  } else {
    const first = nextResult(this, next);
    if (first === undefined) %throwTypeError("Reduce of a done iterator with no initial value");
    accumulator = first.value;
    counter = 1;
  }
  for (;; counter++) {
    const result = nextResult(this, next);
    if (result === undefined) return accumulator;
    const value = result.value;
    try {
      accumulator = %call(reducer, undefined, accumulator, value, counter);
    } catch (error) {
      iteratorCloseQuietly(this);
      throw error;
    }
  }
}

function iteratorToArray() {
  thisIterator(this, "toArray");
  const next = this.next;
  const items = [];
  for (;;) {
    const result = nextResult(this, next);
    if (result === undefined) return items;
    %push(items, result.value);
  }
}

function iteratorForEach(callback) {
  thisIterator(this, "forEach");
  checkHelperFunction(this, callback);
  const next = this.next;
  for (let counter = 0; ; counter++) {
    const result = nextResult(this, next);
    if (result === undefined) return;
    const value = result.value;
    try {
      %call(callback, undefined, value, counter);
    } catch (error) {
      iteratorCloseQuietly(this);
      throw error;
    }
  }
}

function iteratorSome(predicate) {
  thisIterator(this, "some");
  checkHelperFunction(this, predicate);
  return searchSteps(this, predicate, 0);
}

function iteratorEvery(predicate) {
  thisIterator(this, "every");
  checkHelperFunction(this, predicate);
  return searchSteps(this, predicate, 1);
}

function iteratorFind(predicate) {
  thisIterator(this, "find");
  checkHelperFunction(this, predicate);
  return searchSteps(this, predicate, 2);
}

// Modes: 0 some, 1 every, 2 find.
function searchSteps(iterator, predicate, mode) {
  const next = iterator.next;
  for (let counter = 0; ; counter++) {
    const result = nextResult(iterator, next);
    if (result === undefined) return mode === 2 ? undefined : mode === 1;
    const value = result.value;
    let found;
    try {
      found = !!%call(predicate, undefined, value, counter);
    } catch (error) {
      iteratorCloseQuietly(iterator);
      throw error;
    }
    if (found !== (mode === 1)) {
      iteratorClose(iterator);
      return mode === 2 ? value : mode === 0;
    }
  }
}

function iteratorIncludes(wanted, skipped) {
  thisIterator(this, "includes");
  let skip = 0;
  if (skipped !== undefined) {
    const whole = typeof skipped === "number" && skipped === skipped
      && (skipped === 1 / 0 || skipped === -1 / 0 || skipped === %toInteger(skipped));
    if (!whole) closeAndThrowType(this, `${%describe(skipped)} is not an integer`);
    if (skipped < 0) closeAndThrowRange(this, `${%describe(skipped)} must be positive`);
    if (skipped !== 1 / 0 && skipped > 9007199254740991) {
      closeAndThrowRange(this, `${%describe(skipped)} is out of range`);
    }
    skip = skipped;
  }
  const next = this.next;
  for (;;) {
    const result = nextResult(this, next);
    if (result === undefined) return false;
    const value = result.value;
    if (skip > 0) skip--;
    else if (%sameValueZero(value, wanted)) {
      iteratorClose(this);
      return true;
    }
  }
}

function iteratorJoin(separator) {
  thisIterator(this, "join");
  let between = ",";
  try {
    if (separator !== undefined) between = %toString(separator);
  } catch (error) {
    iteratorCloseQuietly(this);
    throw error;
  }
  const next = this.next;
  const parts = [];
  for (;;) {
    const result = nextResult(this, next);
    if (result === undefined) return %joinStrings(parts, between);
    const value = result.value;
    try {
      %push(parts, value === undefined || value === null ? "" : %toString(value));
    } catch (error) {
      iteratorCloseQuietly(this);
      throw error;
    }
  }
}

// ---- static functions

// 27.1.3.2.2 Iterator.from
function iteratorStaticFrom(value) {
  const iterator = flattenable(value, false);
  const next = iterator.next;
  const proto = %realm("IteratorPrototype");
  if (%call(%realm("FunctionHasInstance"), %realm("Iterator"), iterator)) return iterator;
  return %newWrapIterator(iterator, next);
}

function wrapNext() {
  const iterator = %wrapIterated(this);
  return %call(%wrapMethod(this), iterator);
}

function wrapReturn() {
  const iterator = %wrapIterated(this);
  const close = iterator.return;
  if (close === undefined || close === null) return { value: undefined, done: true };
  return %call(close, iterator);
}

// Iterator.concat
function iteratorConcat(...items) {
  const methods = [];
  for (let i = 0; i < items.length; i++) {
    if (!%isObject(items[i])) %throwTypeError(`${%describe(items[i])} is not an object`);
    const method = items[i][%symbol("iterator")];
    if (!%isCallable(method)) %throwTypeError(`${%describe(items[i])} is not iterable`);
    %push(methods, method);
  }
  return %newIteratorHelper(concatSteps(items, methods), [], true);
}

function* concatSteps(items, methods) {
  for (let i = 0; i < items.length; i++) {
    const iterator = %call(methods[i], items[i]);
    if (!%isObject(iterator)) %throwTypeError(`${%describe(iterator)} is not an object`);
    const next = iterator.next;
    for (;;) {
      const result = nextResult(iterator, next);
      if (result === undefined) break;
      const value = result.value;
      let resumed = false;
      try {
        yield value;
        resumed = true;
      } finally {
        if (!resumed) iteratorClose(iterator);
      }
    }
  }
}

// The mode of Iterator.zip and zipKeyed: 0 shortest, 1 longest, 2 strict.
function zipMode(options) {
  const mode = options === undefined ? undefined : options.mode;
  if (mode === undefined || mode === "shortest") return 0;
  if (mode === "longest") return 1;
  if (mode === "strict") return 2;
  %throwTypeError(`${%describe(mode)} is not a valid mode`);
}

function zipPadding(options, mode) {
  if (mode !== 1 || options === undefined) return undefined;
  const padding = options.padding;
  if (padding !== undefined && !%isObject(padding)) %throwTypeError(`${%describe(padding)} is not an object`);
  return padding;
}

function checkOptions(options) {
  if (options !== undefined && !%isObject(options)) %throwTypeError(`${%describe(options)} is not an object`);
}

function iteratorZip(iterables, options) {
  if (!%isObject(iterables)) %throwTypeError(`${%describe(iterables)} is not an object`);
  checkOptions(options);
  const mode = zipMode(options);
  const paddingOption = zipPadding(options, mode);
  const iterators = [];
  const nexts = [];
  const padding = [];
  const inputMethod = iterables[%symbol("iterator")];
  if (!%isCallable(inputMethod)) %throwTypeError(`${%describe(iterables)} is not iterable`);
  const input = iteratorFrom(iterables, inputMethod);
  const inputNext = input.next;
  for (;;) {
    let value;
    try {
      const result = nextResult(input, inputNext);
      if (result === undefined) break;
      value = result.value;
    } catch (error) {
      closeAllQuietly(iterators);
      throw error;
    }
    try {
      const iterator = flattenable(value, true);
      const next = iterator.next;
      %push(iterators, iterator);
      %push(nexts, next);
    } catch (error) {
      closeAllQuietly(iterators);
      iteratorCloseQuietly(input);
      throw error;
    }
  }
  const count = iterators.length;
  if (mode === 1) {
    if (paddingOption === undefined) {
      for (let i = 0; i < count; i++) %push(padding, undefined);
    } else {
      try {
        const method = paddingOption[%symbol("iterator")];
        if (!%isCallable(method)) %throwTypeError(`${%describe(paddingOption)} is not iterable`);
        const pads = iteratorFrom(paddingOption, method);
        const padsNext = pads.next;
        let using = true;
        for (let i = 0; i < count; i++) {
          if (using) {
            const result = nextResult(pads, padsNext);
            if (result === undefined) using = false;
            else %push(padding, result.value);
          }
          if (!using) %push(padding, undefined);
        }
        if (using) iteratorClose(pads);
      } catch (error) {
        closeAllQuietly(iterators);
        throw error;
      }
    }
  }
  return %newIteratorHelper(zipSteps(iterators, nexts, mode, padding, undefined), iterators, true);
}

function iteratorZipKeyed(iterables, options) {
  if (!%isObject(iterables)) %throwTypeError(`${%describe(iterables)} is not an object`);
  checkOptions(options);
  const mode = zipMode(options);
  const paddingOption = zipPadding(options, mode);
  const iterators = [];
  const nexts = [];
  const padding = [];
  const keys = [];
  const all = %ownKeys(iterables);
  try {
    for (let i = 0; i < all.length; i++) {
      const key = all[i];
      const desc = %getOwnDescriptor(iterables, key);
      if (desc === undefined || !desc.enumerable) continue;
      const value = iterables[key];
      if (value === undefined) continue;
      const iterator = flattenable(value, true);
      const next = iterator.next;
      %push(keys, key);
      %push(iterators, iterator);
      %push(nexts, next);
    }
    if (mode === 1) {
      for (let i = 0; i < keys.length; i++) {
        %push(padding, paddingOption === undefined ? undefined : paddingOption[keys[i]]);
      }
    }
  } catch (error) {
    closeAllQuietly(iterators);
    throw error;
  }
  return %newIteratorHelper(zipSteps(iterators, nexts, mode, padding, keys), iterators, true);
}

// IteratorZip. Iterators that are over are undefined in the list.
function* zipSteps(iterators, nexts, mode, padding, keys) {
  const count = iterators.length;
  if (count === 0) return;
  let open = count;
  for (;;) {
    const results = [];
    for (let i = 0; i < count; i++) {
      const iterator = iterators[i];
      if (iterator === undefined) {
        %push(results, padding[i]);
        continue;
      }
      let result, value;
      try {
        result = nextResult(iterator, nexts[i]);
        if (result !== undefined) value = result.value;
      } catch (error) {
        iterators[i] = undefined;
        closeAllQuietly(iterators);
        throw error;
      }
      if (result !== undefined) {
        %push(results, value);
        continue;
      }
      iterators[i] = undefined;
      open--;
      if (mode === 0) {
        closeAll(iterators);
        return;
      }
      if (mode === 2) {
        if (i !== 0) {
          closeAllQuietly(iterators);
          %throwTypeError("Iterators passed to Iterator.zip have different lengths");
        }
        for (let k = 1; k < count; k++) {
          let more;
          try {
            const step = %call(nexts[k], iterators[k]);
            if (!%isObject(step)) %throwTypeError(`Iterator result ${%describe(step)} is not an object`);
            more = !step.done;
          } catch (error) {
            iterators[k] = undefined;
            closeAllQuietly(iterators);
            throw error;
          }
          if (more) {
            closeAllQuietly(iterators);
            %throwTypeError("Iterators passed to Iterator.zip have different lengths");
          }
          iterators[k] = undefined;
        }
        return;
      }
      if (open === 0) return;
      %push(results, padding[i]);
    }
    let yielded = results;
    if (keys !== undefined) {
      yielded = %newObject(null);
      for (let i = 0; i < count; i++) %define(yielded, keys[i], results[i]);
    }
    let resumed = false;
    try {
      yield yielded;
      resumed = true;
    } finally {
      if (!resumed) closeAll(iterators);
    }
  }
}
