// Global objects of contexts: what `vm.createContext` put in front of a realm's own global object (the target) answers
// for the object that the program gave (the handler), as the interceptors of Node's contextify do. No invariant of
// proxies holds the answers back. Assignments and definitions reach both objects.

// A property found up the prototype chain, got for a receiver; the mark `%done()` where there is none. A proxy in the
// chain is asked for the value at once.
function realProperty(object, key, receiver) {
  for (let holder = object; holder !== null; holder = %getPrototypeOf(holder)) {
    if (%isProxy(holder)) return %get(holder, key, receiver);
    const desc = %getOwnDescriptor(holder, key);
    if (desc === undefined) continue;
    if (!%isAccessorDescriptor(desc)) return desc.value;
    return desc.get === undefined ? undefined : %call(desc.get, receiver);
  }
  return %done();
}

// The descriptor of such a property, without asking for its value.
function realDescriptor(object, key) {
  for (let holder = object; holder !== null; holder = %getPrototypeOf(holder)) {
    const desc = %getOwnDescriptor(holder, key);
    if (desc !== undefined) return desc;
    if (%isProxy(holder)) return undefined;
  }
  return undefined;
}

function isReadOnly(desc) {
  return desc !== undefined && %hasOwnPlain(desc, "writable") && !desc.writable;
}

function contextFind(proxy, key) {
  const sandbox = %proxyHandler(proxy);
  const value = realProperty(sandbox, key, sandbox);
  if (value === sandbox) return proxy;
  return value === %done() ? realProperty(%proxyTarget(proxy), key, proxy) : value;
}

function contextGet(proxy, key) {
  const value = contextFind(proxy, key);
  return value === %done() ? undefined : value;
}

function contextHas(proxy, key) {
  return contextFind(proxy, key) !== %done();
}

// `GetGlobal`.
function contextGetGlobal(proxy, key, missingOk) {
  const value = contextFind(proxy, key);
  if (value !== %done()) return value;
  if (missingOk) return undefined;
  %throwReferenceError(`${%keyText(key)} is not defined`);
}

function contextSet(proxy, key, value, receiver) {
  if (receiver !== proxy) return %set(%proxyTarget(proxy), key, value, receiver);
  return contextStore(proxy, key, value);
}

function contextStore(proxy, key, value) {
  const inner = %proxyTarget(proxy);
  const sandbox = %proxyHandler(proxy);
  const declared = realDescriptor(inner, key);
  if (isReadOnly(declared)) return false;
  const given = realDescriptor(sandbox, key);
  if (isReadOnly(given)) return false;
  if (declared === undefined && given === undefined && typeof key === "symbol") return %set(inner, key, value, inner);
  const done = %set(sandbox, key, value, sandbox);
  if (given !== undefined && %isAccessorDescriptor(given)) return done;
  // The global object itself has it too, but for what it has as an accessor.
  if (declared === undefined || !%isAccessorDescriptor(declared)) %set(inner, key, value, inner);
  return true;
}

// `SetGlobal`.
function contextSetGlobal(proxy, key, value, strict) {
  if (strict && typeof value !== "function"
    && realDescriptor(%proxyTarget(proxy), key) === undefined && !contextHas(proxy, key)) {
    %throwReferenceError(`${%keyText(key)} is not defined`);
  }
  if (!contextStore(proxy, key, value) && strict) {
    %throwTypeError(`Cannot assign to read only property '${%keyText(key)}' of object '#<Object>'`);
  }
}

// A function that a script declares; the global object itself has it.
function contextDeclare(proxy, key, value) {
  const sandbox = %proxyHandler(proxy);
  if (!isReadOnly(realDescriptor(sandbox, key))) %set(sandbox, key, value, sandbox);
}

function contextGetOwn(proxy, key) {
  const desc = %getOwnDescriptor(%proxyHandler(proxy), key);
  return desc === undefined ? %getOwnDescriptor(%proxyTarget(proxy), key) : desc;
}

function contextDefine(proxy, key, desc) {
  const inner = %proxyTarget(proxy);
  const declared = %getOwnDescriptor(inner, key);
  if (!(isReadOnly(declared) && !declared.configurable)) %defineOwn(%proxyHandler(proxy), key, desc);
  return %defineOwn(inner, key, desc);
}

function contextDelete(proxy, key) {
  if (!%delete(%proxyHandler(proxy), key)) return false;
  return %delete(%proxyTarget(proxy), key);
}

function contextOwnKeys(proxy) {
  const keys = %ownKeys(%proxyHandler(proxy));
  const inner = %ownKeys(%proxyTarget(proxy));
  const seen = %newObject(null);
  for (let i = 0; i < keys.length; i++) seen[keys[i]] = true;
  for (let i = 0; i < inner.length; i++) if (!(inner[i] in seen)) %push(keys, inner[i]);
  return keys;
}
