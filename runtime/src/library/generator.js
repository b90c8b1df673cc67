// Async generators (27.6) and async-from-sync iterators (27.1.6). An async generator's requests are
// { mode, value, capability }; modes: 0 next, 1 throw, 2 return. States: 0 start, 1 yielded, 2 awaiting, 3 running,
// 4 completed, 5 awaiting the value of a return request.

function asyncGeneratorRequest(generator, mode, value, method) {
  const capability = newCapability(%realm("Promise"));
  if (!%isAsyncGenerator(generator)) {
    const error = %newTypeError(`${method} method called on incompatible receiver ${%describe(generator)}`);
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  const queue = %generatorQueue(generator);
  %push(queue, { mode, value, capability });
  const state = %generatorState(generator);
  if (state === 0 || state === 1 || state === 4) asyncGeneratorDrain(generator);
  return capability.promise;
}

function asyncGeneratorNext(value) {
  return asyncGeneratorRequest(this, 0, value, "next");
}

function asyncGeneratorReturn(value) {
  return asyncGeneratorRequest(this, 2, value, "return");
}

function asyncGeneratorThrow(value) {
  return asyncGeneratorRequest(this, 1, value, "throw");
}

// Takes the first request off the queue.
function takeRequest(generator) {
  const queue = %generatorQueue(generator);
  const first = queue[0];
  for (let i = 1; i < queue.length; i++) %define(queue, i - 1, queue[i]);
  queue.length = queue.length - 1;
  return first;
}

// Goes through the requests while the generator can take them.
function asyncGeneratorDrain(generator) {
  const queue = %generatorQueue(generator);
  while (queue.length > 0) {
    const state = %generatorState(generator);
    const request = queue[0];
    if (state === 0 && request.mode !== 0) {
      %setGeneratorState(generator, 4);
      continue;
    }
    if (state === 4) {
      if (request.mode === 0) {
        takeRequest(generator);
        %call(request.capability.resolve, undefined, %iterResult(undefined, true));
      } else if (request.mode === 2) {
        %setGeneratorState(generator, 5);
        awaitReturn(generator, request.value);
        return;
      } else {
        takeRequest(generator);
        %call(request.capability.reject, undefined, request.value);
      }
      continue;
    }
    if (state !== 0 && state !== 1) return;
    if (!asyncGeneratorStep(generator, request.value, request.mode)) return;
  }
}

// Runs the generator until it yields, ends (true) or awaits (false).
function asyncGeneratorStep(generator, value, mode) {
  let result;
  try {
    result = %resumeGenerator(generator, value, mode);
  } catch (error) {
    %setGeneratorState(generator, 4);
    %call(takeRequest(generator).capability.reject, undefined, error);
    return true;
  }
  const state = %generatorState(generator);
  if (state === 2) {
    let promise;
    try {
      promise = promiseResolveSlow(result);
    } catch (error) {
      return asyncGeneratorStep(generator, error, 1);
    }
    %promiseThen(promise, (0, (settled) => {
      if (asyncGeneratorStep(generator, settled, 0)) asyncGeneratorDrain(generator);
    }), (0, (reason) => {
      if (asyncGeneratorStep(generator, reason, 1)) asyncGeneratorDrain(generator);
    }), undefined, undefined, undefined);
    return false;
  }
  const done = state === 4;
  %call(takeRequest(generator).capability.resolve, undefined, %iterResult(result, done));
  return true;
}

// 27.6.3.9 AsyncGeneratorAwaitReturn
function awaitReturn(generator, value) {
  let promise;
  const finish = (rejected, settled) => {
    %setGeneratorState(generator, 4);
    const capability = takeRequest(generator).capability;
    if (rejected) %call(capability.reject, undefined, settled);
    else %call(capability.resolve, undefined, %iterResult(settled, true));
    asyncGeneratorDrain(generator);
  };
  try {
    promise = promiseResolveSlow(value);
  } catch (error) {
    finish(true, error);
    return;
  }
  %promiseThen(promise, (0, (settled) => {
    finish(false, settled);
  }), (0, (reason) => {
    finish(true, reason);
  }), undefined, undefined, undefined);
}

// ---- async-from-sync iterators: slotted objects of class 1 with the iterator and its next method

// 27.1.6.4 AsyncFromSyncIteratorContinuation
function asyncFromSyncContinue(result, capability, iterator, closes) {
  let done;
  let value;
  try {
    done = !!result.done;
    value = result.value;
  } catch (error) {
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  let wrapper;
  try {
    wrapper = promiseResolveSlow(value);
  } catch (error) {
    if (!done && closes) iteratorCloseQuietly(iterator);
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  %promiseThen(wrapper, (0, (settled) => %iterResult(settled, done)), done || !closes ? undefined : (0, (reason) => {
    iteratorCloseQuietly(iterator);
    throw reason;
  }), capability.promise, capability.resolve, capability.reject);
  return capability.promise;
}

function asyncFromSyncNext(value) {
  const capability = newCapability(%realm("Promise"));
  const iterator = %slot(this, 1, 0);
  let result;
  try {
    const next = %slot(this, 1, 1);
    result = %argumentCount() > 0 ? %call(next, iterator, value) : %call(next, iterator);
    if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
  } catch (error) {
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  return asyncFromSyncContinue(result, capability, iterator, true);
}

function asyncFromSyncReturn(value) {
  const capability = newCapability(%realm("Promise"));
  const iterator = %slot(this, 1, 0);
  let result;
  try {
    const method = iterator.return;
    if (method === undefined || method === null) {
      %call(capability.resolve, undefined, %iterResult(value, true));
      return capability.promise;
    }
    result = %argumentCount() > 0 ? %call(method, iterator, value) : %call(method, iterator);
    if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
  } catch (error) {
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  return asyncFromSyncContinue(result, capability, iterator, false);
}

function asyncFromSyncThrow(value) {
  const capability = newCapability(%realm("Promise"));
  const iterator = %slot(this, 1, 0);
  let result;
  try {
    const method = iterator.throw;
    if (method === undefined || method === null) {
      iteratorClose(iterator);
      %throwTypeError("The iterator does not provide a 'throw' method");
    }
    result = %argumentCount() > 0 ? %call(method, iterator, value) : %call(method, iterator);
    if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
  } catch (error) {
    %call(capability.reject, undefined, error);
    return capability.promise;
  }
  return asyncFromSyncContinue(result, capability, iterator, true);
}
