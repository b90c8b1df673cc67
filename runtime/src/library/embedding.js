// What the Rust interface asks of a program's values, and functions of the embedder's.

// The isolate stops at the loop until the embedder has answered.
function hostCall(index, receiver, args) {
  %hostAsk(index, receiver, args);
  while (%hostWaits());
  return %hostReply();
}

function embedGet(value, key) {
  return value[key];
}

function embedSet(value, key, to) {
  value[key] = to;
}

function embedHas(value, key) {
  return key in value;
}

function embedDelete(value, key) {
  return delete value[key];
}

function embedKeys(value) {
  return enumerableOwn(value, 0);
}

function embedGlobal(name) {
  const declared = %tenantGlobal(name);
  return declared === undefined ? getGlobalSlow(%realm("Global"), name, false) : declared;
}

function embedConstruct(callee, args) {
  return %construct(callee, args);
}

function embedText(value) {
  return typeof value === "symbol" ? %symbolText(value) : %toString(value);
}

// A plain copy of what has getters or is a proxy.
function embedCopy(value) {
  return cloneValue(%newMap(), value);
}

// A promise of a module's namespace.
function embedModule(module) {
  const promise = %newPromise();
  %promiseThen(evaluateModule(module), (0, () => %fulfillPromise(promise, %moduleNamespace(module))),
    (0, (error) => %rejectPromise(promise, error)), undefined, undefined, undefined);
  return promise;
}
