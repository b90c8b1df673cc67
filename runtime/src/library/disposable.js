// Explicit resource management: `using` declarations, DisposableStack and AsyncDisposableStack. A list of resources is
// an array of { value, method, isAsync }; while it is disposed of it also has failed, error, at, needsAwait, hasAwaited.
// Stacks are slotted objects of class 4 (synchronous) and 5: list, whether they are disposed of.

// What the instruction Dispose does; actions as in the bytecode's DisposeAction.
function disposal(list, value, action) {
  switch (action) {
    case 0: return addDisposable(list, value, false);
    case 1: return addDisposable(list, value, true);
    case 2: return startDisposal(list, false, undefined);
    case 3: return startDisposal(list, true, value);
    case 4: return disposeAll(list);
    case 5: return disposeNext(list);
    case 6: return disposalFailed(list, value);
    default: if (list.failed) throw list.error;
  }
}

// The method that disposes of a value.
function disposeMethod(value, isAsync) {
  if (isAsync) {
    const method = value[%symbol("asyncDispose")];
    if (method !== undefined && method !== null) {
      if (!%isCallable(method)) %throwTypeError("Symbol.asyncDispose is not a function");
      return method;
    }
    const plain = value[%symbol("dispose")];
    if (plain === undefined || plain === null) return undefined;
    if (!%isCallable(plain)) %throwTypeError("Symbol.dispose is not a function");
    return (0, function () {
      const promise = %newPromise();
      try {
        %call(plain, this);
      } catch (error) {
        %rejectPromise(promise, error);
        return promise;
      }
      %fulfillPromise(promise, undefined);
      return promise;
    });
  }
  const method = value[%symbol("dispose")];
  if (method === undefined || method === null) return undefined;
  if (!%isCallable(method)) %throwTypeError("Symbol.dispose is not a function");
  return method;
}

// AddDisposableResource.
function addDisposable(list, value, isAsync) {
  if (value === undefined || value === null) {
    if (isAsync) %push(list, { value: undefined, method: undefined, isAsync });
    return;
  }
  if (!%isObject(value)) %throwTypeError(`${%describe(value)} is not an object that can be disposed of`);
  const method = disposeMethod(value, isAsync);
  if (method === undefined) %throwTypeError(`${%describe(value)} has no method [Symbol.${isAsync ? "asyncDispose" : "dispose"}]`);
  %push(list, { value, method, isAsync });
}

function startDisposal(list, failed, error) {
  %define(list, "failed", failed);
  %define(list, "error", error);
  %define(list, "at", list.length);
  %define(list, "needsAwait", false);
  %define(list, "hasAwaited", false);
}

// A disposal threw: what was thrown before is kept with it.
function disposalFailed(list, error) {
  if (list.failed) {
    const both = %newErrorFor(%realm("SuppressedErrorPrototype"), "An error was suppressed during disposal");
    %defineHidden(both, "error", error);
    %defineHidden(both, "suppressed", list.error);
    error = both;
  }
  list.failed = true;
  list.error = error;
}

// DisposeResources of synchronous resources.
function disposeAll(list) {
  while (list.at > 0) {
    const resource = list[--list.at];
    try {
      if (resource.method !== undefined) %call(resource.method, resource.value);
    } catch (error) {
      disposalFailed(list, error);
    }
  }
}

// DisposeResources up to the next await: an array with what to wait for, or undefined at the end.
function disposeNext(list) {
  while (list.at > 0) {
    const resource = list[list.at - 1];
    if (!resource.isAsync && list.needsAwait && !list.hasAwaited) {
      list.needsAwait = false;
      return [undefined];
    }
    list.at--;
    if (resource.method === undefined) {
      list.needsAwait = true;
      continue;
    }
    try {
      const result = %call(resource.method, resource.value);
      if (resource.isAsync) {
        list.hasAwaited = true;
        return [result];
      }
    } catch (error) {
      disposalFailed(list, error);
    }
  }
  if (list.needsAwait && !list.hasAwaited) {
    list.needsAwait = false;
    return [undefined];
  }
}

// ---- DisposableStack

function disposableStack() {
  if (new.target === undefined) %throwTypeError("Constructor DisposableStack requires 'new'");
  return %newSlotted(prototypeFor(new.target, "DisposableStackPrototype"), 4, [], false);
}

// The list of a stack that is not disposed of yet.
function stackList(stack, isAsync, method) {
  const list = %slot(stack, isAsync ? 5 : 4, 0);
  if (list === undefined) {
    %throwTypeError(`Method ${isAsync ? "Async" : ""}DisposableStack.prototype.${method} called on incompatible receiver ${%describe(stack)}`);
  }
  if (%slot(stack, isAsync ? 5 : 4, 1)) %throwReferenceError(`Cannot call ${method} on an already-disposed stack`);
  return list;
}

function stackUse(value) {
  addDisposable(stackList(this, false, "use"), value, false);
  return value;
}

function stackAdopt(value, onDispose) {
  const list = stackList(this, false, "adopt");
  if (!%isCallable(onDispose)) %throwTypeError(`${%describe(onDispose)} is not a function`);
  %push(list, { value: undefined, method: (0, () => %call(onDispose, undefined, value)), isAsync: false });
  return value;
}

function stackDefer(onDispose) {
  const list = stackList(this, false, "defer");
  if (!%isCallable(onDispose)) %throwTypeError(`${%describe(onDispose)} is not a function`);
  %push(list, { value: undefined, method: onDispose, isAsync: false });
}

function stackMove() {
  const list = stackList(this, false, "move");
  const moved = %newSlotted(%realm("DisposableStackPrototype"), 4, list, false);
  %setSlot(this, 4, 0, []);
  %setSlot(this, 4, 1, true);
  return moved;
}

function stackDispose() {
  const list = %slot(this, 4, 0);
  if (list === undefined) {
    %throwTypeError(`Method DisposableStack.prototype.dispose called on incompatible receiver ${%describe(this)}`);
  }
  if (%slot(this, 4, 1)) return;
  %setSlot(this, 4, 1, true);
  startDisposal(list, false, undefined);
  disposeAll(list);
  if (list.failed) throw list.error;
}

function stackDisposed() {
  const disposed = %slot(this, 4, 1);
  if (disposed === undefined) {
    %throwTypeError(`Method get DisposableStack.prototype.disposed called on incompatible receiver ${%describe(this)}`);
  }
  return disposed;
}

// ---- AsyncDisposableStack

function asyncDisposableStack() {
  if (new.target === undefined) %throwTypeError("Constructor AsyncDisposableStack requires 'new'");
  return %newSlotted(prototypeFor(new.target, "AsyncDisposableStackPrototype"), 5, [], false);
}

function asyncStackUse(value) {
  addDisposable(stackList(this, true, "use"), value, true);
  return value;
}

function asyncStackAdopt(value, onDispose) {
  const list = stackList(this, true, "adopt");
  if (!%isCallable(onDispose)) %throwTypeError(`${%describe(onDispose)} is not a function`);
  %push(list, { value: undefined, method: (0, () => %call(onDispose, undefined, value)), isAsync: true });
  return value;
}

function asyncStackDefer(onDispose) {
  const list = stackList(this, true, "defer");
  if (!%isCallable(onDispose)) %throwTypeError(`${%describe(onDispose)} is not a function`);
  %push(list, { value: undefined, method: onDispose, isAsync: true });
}

function asyncStackMove() {
  const list = stackList(this, true, "move");
  const moved = %newSlotted(%realm("AsyncDisposableStackPrototype"), 5, list, false);
  %setSlot(this, 5, 0, []);
  %setSlot(this, 5, 1, true);
  return moved;
}

function asyncStackDispose() {
  const promise = %newPromise();
  const list = %slot(this, 5, 0);
  if (list === undefined) {
    %rejectPromise(promise, %newTypeError(`Method AsyncDisposableStack.prototype.disposeAsync called on incompatible receiver ${%describe(this)}`));
    return promise;
  }
  if (%slot(this, 5, 1)) {
    %fulfillPromise(promise, undefined);
    return promise;
  }
  %setSlot(this, 5, 1, true);
  startDisposal(list, false, undefined);
  asyncStackStep(list, promise);
  return promise;
}

// Goes on disposing until something has to be awaited.
function asyncStackStep(list, promise) {
  const step = disposeNext(list);
  if (step === undefined) {
    if (list.failed) %rejectPromise(promise, list.error);
    else %fulfillPromise(promise, undefined);
    return;
  }
  let waited;
  try {
    waited = promiseResolveSlow(step[0]);
  } catch (error) {
    disposalFailed(list, error);
    asyncStackStep(list, promise);
    return;
  }
  %promiseThen(waited, (0, () => asyncStackStep(list, promise)), (0, (error) => {
    disposalFailed(list, error);
    asyncStackStep(list, promise);
  }), undefined, undefined, undefined);
}

function asyncStackDisposed() {
  const disposed = %slot(this, 5, 1);
  if (disposed === undefined) {
    %throwTypeError(`Method get AsyncDisposableStack.prototype.disposed called on incompatible receiver ${%describe(this)}`);
  }
  return disposed;
}
