// Promises (27.2). States and reactions are kept by the engine; what runs code is here.

// 27.2.1.3.2 Promise Resolve Functions, from step 7 on.
function resolvePromise(promise, resolution) {
  if (!%isObject(resolution)) {
    %fulfillPromise(promise, resolution);
    return;
  }
  if (resolution === promise) {
    %rejectPromise(promise, %newTypeError("Chaining cycle detected for promise #<Promise>"));
    return;
  }
  let then;
  try {
    then = resolution.then;
  } catch (error) {
    %rejectPromise(promise, error);
    return;
  }
  if (%isCallable(then)) %queueThenable(promise, resolution, then);
  else %fulfillPromise(promise, resolution);
}

// An async function is over: resolves its promise and goes on with what its caller gets.
function resolveAndReturn(promise, value, result) {
  resolvePromise(promise, value);
  return result;
}

// 27.2.4.7.1 PromiseResolve with %Promise%, where that is not plain to see.
function promiseResolveSlow(value) {
  if (%isPromise(value) && value.constructor === %realm("Promise")) return value;
  const promise = %newPromise();
  resolvePromise(promise, value);
  return promise;
}

// 27.2.1.3 CreateResolvingFunctions.
function resolvingFunctions(promise) {
  let done = false;
  return {
    resolve: (0, (resolution) => {
      if (done) return;
      done = true;
      resolvePromise(promise, resolution);
    }),
    reject: (0, (reason) => {
      if (done) return;
      done = true;
      %rejectPromise(promise, reason);
    }),
  };
}

// 27.2.2.1 NewPromiseReactionJob.
function reactionJob(handler, argument, failed, promise, resolve, reject) {
  let result = argument;
  let threw = failed;
  if (handler !== undefined) {
    threw = false;
    try {
      result = %call(handler, undefined, argument);
    } catch (error) {
      result = error;
      threw = true;
    }
  }
  if (promise === undefined) return;
  if (resolve !== undefined) %call(threw ? reject : resolve, undefined, result);
  else if (threw) %rejectPromise(promise, result);
  else resolvePromise(promise, result);
}

// 27.2.2.2 NewPromiseResolveThenableJob.
function thenableJob(promise, thenable, then) {
  if (then === %realm("PromiseThen") && %isPromise(thenable)) {
    const constructor = speciesConstructor(thenable, %realm("Promise"));
    if (constructor === %realm("Promise")) {
      %adoptPromise(promise, thenable);
      return;
    }
  }
  const functions = resolvingFunctions(promise);
  try {
    %call(then, thenable, functions.resolve, functions.reject);
  } catch (error) {
    %call(functions.reject, undefined, error);
  }
}

// 7.3.22 SpeciesConstructor.
function speciesConstructor(object, fallback) {
  const constructor = object.constructor;
  if (constructor === undefined) return fallback;
  if (!%isObject(constructor)) %throwTypeError("The .constructor property is not an object");
  const species = constructor[%symbol("species")];
  if (species === undefined || species === null) return fallback;
  if (!%isConstructor(species)) %throwTypeError("object.constructor[Symbol.species] is not a constructor");
  return species;
}

// 10.1.14 GetPrototypeFromConstructor; `intrinsic` is a name of the realm's.
function prototypeFor(newTarget, intrinsic) {
  const proto = newTarget.prototype;
  return %isObject(proto) ? proto : %realmIntrinsic(newTarget, intrinsic);
}

// 27.2.3.1 Promise
function promiseConstructor(executor) {
  if (new.target === undefined) %throwTypeError("Promise constructor cannot be invoked without 'new'");
  if (!%isCallable(executor)) %throwTypeError(`Promise resolver ${%describe(executor)} is not a function`);
  const promise = %newPromise(prototypeFor(new.target, "PromisePrototype"));
  const functions = resolvingFunctions(promise);
  try {
    %call(executor, undefined, functions.resolve, functions.reject);
  } catch (error) {
    %call(functions.reject, undefined, error);
  }
  return promise;
}

// 27.2.1.5 NewPromiseCapability.
function newCapability(constructor) {
  if (!%isConstructor(constructor)) %throwTypeError(`${%describe(constructor)} is not a constructor`);
  const capability = { promise: undefined, resolve: undefined, reject: undefined };
  if (constructor === %realm("Promise")) {
    const promise = %newPromise();
    const functions = resolvingFunctions(promise);
    capability.promise = promise;
    capability.resolve = functions.resolve;
    capability.reject = functions.reject;
    return capability;
  }
  capability.promise = %new(constructor, (0, (resolve, reject) => {
    if (capability.resolve !== undefined || capability.reject !== undefined) {
      %throwTypeError("Promise executor has already been invoked with non-undefined arguments");
    }
    capability.resolve = resolve;
    capability.reject = reject;
  }));
  if (!%isCallable(capability.resolve) || !%isCallable(capability.reject)) {
    %throwTypeError("Promise resolve or reject function is not callable");
  }
  return capability;
}

// 27.2.5.4 Promise.prototype.then
function promiseThen(onFulfilled, onRejected) {
  if (!%isPromise(this)) {
    %throwTypeError(`Method Promise.prototype.then called on incompatible receiver ${%describe(this)}`);
  }
  if (!%isCallable(onFulfilled)) onFulfilled = undefined;
  const constructor = speciesConstructor(this, %realm("Promise"));
  if (!%isCallable(onRejected)) onRejected = undefined;
  if (constructor === %realm("Promise")) {
    const promise = %newPromise();
    %promiseThen(this, onFulfilled, onRejected, promise, undefined, undefined);
    return promise;
  }
  const capability = newCapability(constructor);
  %promiseThen(this, onFulfilled, onRejected, capability.promise, capability.resolve, capability.reject);
  return capability.promise;
}

// 27.2.5.1 Promise.prototype.catch
function promiseCatch(onRejected) {
  return %call(this.then, this, undefined, onRejected);
}

// 27.2.5.3 Promise.prototype.finally
function promiseFinally(onFinally) {
  if (!%isObject(this)) %throwTypeError(`Promise.prototype.finally called on a non-object`);
  const constructor = speciesConstructor(this, %realm("Promise"));
  let thenFinally = onFinally;
  let catchFinally = onFinally;
  if (%isCallable(onFinally)) {
    // It is called by a job, which does not tell for whom.
    onFinally = %relayed(onFinally);
    thenFinally = (0, (value) => {
      const result = %call(onFinally, undefined);
      const promise = promiseResolveWith(constructor, result);
      return %call(promise.then, promise, (0, () => value));
    });
    catchFinally = (0, (reason) => {
      const result = %call(onFinally, undefined);
      const promise = promiseResolveWith(constructor, result);
      return %call(promise.then, promise, (0, () => {
        throw reason;
      }));
    });
  }
  return %call(this.then, this, thenFinally, catchFinally);
}

// 27.2.4.7.1 PromiseResolve
function promiseResolveWith(constructor, value) {
  if (%isPromise(value) && value.constructor === constructor) return value;
  if (constructor === %realm("Promise")) {
    const promise = %newPromise();
    resolvePromise(promise, value);
    return promise;
  }
  const capability = newCapability(constructor);
  %call(capability.resolve, undefined, value);
  return capability.promise;
}

// 27.2.4.7 Promise.resolve
function promiseResolve(value) {
  if (!%isObject(this)) %throwTypeError("PromiseResolve called on non-object");
  return promiseResolveWith(this, value);
}

// 27.2.4.6 Promise.reject
function promiseReject(reason) {
  if (this === %realm("Promise")) {
    const promise = %newPromise();
    %rejectPromise(promise, reason);
    return promise;
  }
  const capability = newCapability(this);
  %call(capability.reject, undefined, reason);
  return capability.promise;
}

// 27.2.4.8 Promise.withResolvers
function promiseWithResolvers() {
  const capability = newCapability(this);
  return { promise: capability.promise, resolve: capability.resolve, reject: capability.reject };
}

// 27.2.4.9 Promise.try
function promiseTry(callback, ...args) {
  if (!%isObject(this)) %throwTypeError("Promise.try called on non-object");
  const capability = newCapability(this);
  try {
    %call(capability.resolve, undefined, %apply(callback, undefined, args));
  } catch (error) {
    %call(capability.reject, undefined, error);
  }
  return capability.promise;
}

// The loop that the four combinators share: `each(promise, index)` subscribes to one of them. The iterator is closed
// where something other than itself fails (27.2.4.1 steps 3 to 8).
function combine(constructor, iterable, start) {
  const capability = newCapability(constructor);
  try {
    const resolve = constructor.resolve;
    if (!%isCallable(resolve)) %throwTypeError("Promise resolve or reject function is not callable");
    const each = start(capability);
    let index = 0;
    for (const value of iterable) {
      each(%call(resolve, constructor, value), index);
      index++;
    }
    each(undefined, -1);
  } catch (error) {
    %call(capability.reject, undefined, error);
  }
  return capability.promise;
}

// 27.2.4.1 Promise.all
function promiseAll(iterable) {
  return combine(this, iterable, (capability) => {
    const values = [];
    let remaining = 1;
    return (promise, index) => {
      if (index < 0) {
        if (--remaining === 0) %call(capability.resolve, undefined, values);
        return;
      }
      %define(values, index, undefined);
      let called = false;
      remaining++;
      %call(promise.then, promise, (0, (value) => {
        if (called) return;
        called = true;
        %define(values, index, value);
        if (--remaining === 0) return %call(capability.resolve, undefined, values);
      }), capability.reject);
    };
  });
}

// 27.2.4.2 Promise.allSettled
function promiseAllSettled(iterable) {
  return combine(this, iterable, (capability) => {
    const outcomes = [];
    let remaining = 1;
    return (promise, index) => {
      if (index < 0) {
        if (--remaining === 0) %call(capability.resolve, undefined, outcomes);
        return;
      }
      %define(outcomes, index, undefined);
      let called = false;
      remaining++;
      %call(promise.then, promise, (0, (value) => {
        if (called) return;
        called = true;
        %define(outcomes, index, { status: "fulfilled", value });
        if (--remaining === 0) return %call(capability.resolve, undefined, outcomes);
      }), (0, (reason) => {
        if (called) return;
        called = true;
        %define(outcomes, index, { status: "rejected", reason });
        if (--remaining === 0) return %call(capability.resolve, undefined, outcomes);
      }));
    };
  });
}

// 27.2.4.3 Promise.any
function promiseAny(iterable) {
  return combine(this, iterable, (capability) => {
    const errors = [];
    let remaining = 1;
    const fail = () => {
      const error = %newAggregateError("All promises were rejected");
      %defineHidden(error, "errors", errors);
      return error;
    };
    return (promise, index) => {
      if (index < 0) {
        if (--remaining === 0) throw fail();
        return;
      }
      %define(errors, index, undefined);
      let called = false;
      remaining++;
      %call(promise.then, promise, capability.resolve, (0, (reason) => {
        if (called) return;
        called = true;
        %define(errors, index, reason);
        if (--remaining === 0) return %call(capability.reject, undefined, fail());
      }));
    };
  });
}

// 27.2.4.5 Promise.race
function promiseRace(iterable) {
  return combine(this, iterable, (capability) => (promise, index) => {
    if (index >= 0) %call(promise.then, promise, capability.resolve, capability.reject);
  });
}
