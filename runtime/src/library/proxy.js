// Proxy object internal methods (10.5), and property descriptors (6.2.6). Traps get what the specification says;
// invariants are checked against the target afterwards.

// The handler's trap, or undefined; throws where the proxy was revoked.
function proxyTrap(proxy, name) {
  const handler = %proxyHandler(proxy);
  if (handler === null) %throwTypeError(`Cannot perform '${name}' on a proxy that has been revoked`);
  const trap = handler[name];
  if (trap === undefined || trap === null) return undefined;
  if (!%isCallable(trap)) %throwTypeError(`${%describe(trap)} returned for property '${name}' of object '#<Object>' is not a function`);
  return trap;
}

function proxyGetPrototypeOf(proxy) {
  const trap = proxyTrap(proxy, "getPrototypeOf");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %getPrototypeOf(target);
  const proto = %call(trap, %proxyHandler(proxy), target);
  if (!%isObject(proto) && proto !== null) %throwTypeError("'getPrototypeOf' on proxy: trap returned neither object nor null");
  if (%isExtensible(target)) return proto;
  if (%getPrototypeOf(target) !== proto) {
    %throwTypeError("'getPrototypeOf' on proxy: proxy target is non-extensible but the trap did not return its actual prototype");
  }
  return proto;
}

function proxySetPrototypeOf(proxy, proto) {
  const trap = proxyTrap(proxy, "setPrototypeOf");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %setPrototypeOf(target, proto);
  if (!%call(trap, %proxyHandler(proxy), target, proto)) return false;
  if (%isExtensible(target)) return true;
  if (%getPrototypeOf(target) !== proto) {
    %throwTypeError("'setPrototypeOf' on proxy: trap returned truish for setting a new prototype on the non-extensible proxy target");
  }
  return true;
}

function proxyIsExtensible(proxy) {
  const trap = proxyTrap(proxy, "isExtensible");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %isExtensible(target);
  const result = !!%call(trap, %proxyHandler(proxy), target);
  if (result !== %isExtensible(target)) {
    %throwTypeError(`'isExtensible' on proxy: trap result does not reflect extensibility of proxy target (which is '${result ? "false" : "true"}')`);
  }
  return result;
}

function proxyPreventExtensions(proxy) {
  const trap = proxyTrap(proxy, "preventExtensions");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %preventExtensions(target);
  const result = !!%call(trap, %proxyHandler(proxy), target);
  if (result && %isExtensible(target)) %throwTypeError("'preventExtensions' on proxy: the proxy target is extensible");
  return result;
}

function proxyGetOwnDescriptor(proxy, key) {
  const trap = proxyTrap(proxy, "getOwnPropertyDescriptor");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %getOwnDescriptor(target, key);
  const result = %call(trap, %proxyHandler(proxy), target, key);
  if (!%isObject(result) && result !== undefined) {
    %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap returned neither object nor undefined for property '${%keyText(key)}'`);
  }
  const actual = %getOwnDescriptor(target, key);
  if (result === undefined) {
    if (actual === undefined) return undefined;
    if (!actual.configurable) {
      %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap returned undefined for property '${%keyText(key)}' which is non-configurable in the proxy target`);
    }
    if (!%isExtensible(target)) {
      %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap returned undefined for property '${%keyText(key)}' which exists in the non-extensible proxy target`);
    }
    return undefined;
  }
  const extensible = %isExtensible(target);
  const desc = completeDescriptor(toDescriptor(result));
  if (!%isCompatible(extensible, desc, actual)) {
    %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap returned descriptor for property '${%keyText(key)}' that is incompatible with the existing property in the proxy target`);
  }
  if (!desc.configurable) {
    if (actual === undefined || actual.configurable) {
      %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap reported non-configurability for property '${%keyText(key)}' which is either non-existent or configurable in the proxy target`);
    }
    if (%hasOwnPlain(desc, "writable") && !desc.writable && actual.writable) {
      %throwTypeError(`'getOwnPropertyDescriptor' on proxy: trap reported non-configurable and writable for property '${%keyText(key)}' which is non-configurable, non-writable in the proxy target`);
    }
  }
  return fromDescriptor(desc);
}

function proxyDefineOwn(proxy, key, desc) {
  const trap = proxyTrap(proxy, "defineProperty");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %defineOwn(target, key, desc);
  if (!%call(trap, %proxyHandler(proxy), target, key, fromDescriptor(desc))) return false;
  const actual = %getOwnDescriptor(target, key);
  const extensible = %isExtensible(target);
  const fixed = %hasOwnPlain(desc, "configurable") && !desc.configurable;
  if (actual === undefined) {
    if (!extensible) %throwTypeError(`'defineProperty' on proxy: trap returned truish for adding property '${%keyText(key)}'  to the non-extensible proxy target`);
    if (fixed) %throwTypeError(`'defineProperty' on proxy: trap returned truish for defining non-configurable property '${%keyText(key)}' which is either non-existent or configurable in the proxy target`);
    return true;
  }
  if (!%isCompatible(extensible, desc, actual)) {
    %throwTypeError(`'defineProperty' on proxy: trap returned truish for adding property '${%keyText(key)}'  that is incompatible with the existing property in the proxy target`);
  }
  if (fixed && actual.configurable) {
    %throwTypeError(`'defineProperty' on proxy: trap returned truish for defining non-configurable property '${%keyText(key)}' which is either non-existent or configurable in the proxy target`);
  }
  if (%hasOwnPlain(actual, "writable") && !actual.configurable && actual.writable) {
    if (%hasOwnPlain(desc, "writable") && !desc.writable) {
      %throwTypeError(`'defineProperty' on proxy: trap returned truish for defining non-configurable property '${%keyText(key)}' which cannot be non-writable`);
    }
  }
  return true;
}

function proxyHas(proxy, key) {
  const trap = proxyTrap(proxy, "has");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %has(target, key);
  const result = !!%call(trap, %proxyHandler(proxy), target, key);
  if (!result) {
    const actual = %getOwnDescriptor(target, key);
    if (actual !== undefined) {
      if (!actual.configurable) {
        %throwTypeError(`'has' on proxy: trap returned falsish for property '${%keyText(key)}' which exists in the proxy target as non-configurable`);
      }
      if (!%isExtensible(target)) {
        %throwTypeError(`'has' on proxy: trap returned falsish for property '${%keyText(key)}' but the proxy target is not extensible`);
      }
    }
  }
  return result;
}

function proxyGet(proxy, key, receiver) {
  const trap = proxyTrap(proxy, "get");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %get(target, key, receiver);
  const value = %call(trap, %proxyHandler(proxy), target, key, receiver);
  const actual = %getOwnDescriptor(target, key);
  if (actual !== undefined && !actual.configurable) {
    if (%hasOwnPlain(actual, "writable")) {
      if (!actual.writable && !%sameValue(value, actual.value)) {
        %throwTypeError(`'get' on proxy: property '${%keyText(key)}' is a read-only and non-configurable data property on the proxy target but the proxy did not return its actual value (expected '${%describe(actual.value)}' but got '${%describe(value)}')`);
      }
    } else if (actual.get === undefined && value !== undefined) {
      %throwTypeError(`'get' on proxy: property '${%keyText(key)}' is a non-configurable accessor property on the proxy target and does not have a getter function, but the trap did not return 'undefined' (got '${%describe(value)}')`);
    }
  }
  return value;
}

function proxySet(proxy, key, value, receiver) {
  const trap = proxyTrap(proxy, "set");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %set(target, key, value, receiver);
  if (!%call(trap, %proxyHandler(proxy), target, key, value, receiver)) return false;
  const actual = %getOwnDescriptor(target, key);
  if (actual !== undefined && !actual.configurable) {
    if (%hasOwnPlain(actual, "writable")) {
      if (!actual.writable && !%sameValue(value, actual.value)) {
        %throwTypeError(`'set' on proxy: trap returned truish for property '${%keyText(key)}' which exists in the proxy target as a non-configurable and non-writable data property with a different value`);
      }
    } else if (actual.set === undefined) {
      %throwTypeError(`'set' on proxy: trap returned truish for property '${%keyText(key)}' which exists in the proxy target as a non-configurable and non-writable accessor property without a setter`);
    }
  }
  return true;
}

// As `delete` sees it: a refusal throws in strict code.
function proxyDelete(proxy, key, strict) {
  const done = proxyDeleteProperty(proxy, key);
  if (!done && strict) %throwTypeError(`'deleteProperty' on proxy: trap returned falsish for property '${%keyText(key)}'`);
  return done;
}

function proxyDeleteProperty(proxy, key) {
  const trap = proxyTrap(proxy, "deleteProperty");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %delete(target, key);
  if (!%call(trap, %proxyHandler(proxy), target, key)) return false;
  const actual = %getOwnDescriptor(target, key);
  if (actual === undefined) return true;
  if (!actual.configurable) {
    %throwTypeError(`'deleteProperty' on proxy: trap returned truish for property '${%keyText(key)}' which is non-configurable in the proxy target`);
  }
  if (!%isExtensible(target)) {
    %throwTypeError(`'deleteProperty' on proxy: trap returned truish for property '${%keyText(key)}' but the proxy target is non-extensible`);
  }
  return true;
}

function proxyOwnKeys(proxy) {
  const trap = proxyTrap(proxy, "ownKeys");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %ownKeys(target);
  const result = %call(trap, %proxyHandler(proxy), target);
  if (!%isObject(result)) %throwTypeError("CreateListFromArrayLike called on non-object");
  const keys = [];
  const seen = %newObject(null);
  const length = toLength(result.length);
  for (let i = 0; i < length; i++) {
    const key = result[i];
    if (typeof key !== "string" && typeof key !== "symbol") %throwTypeError(`${%describe(key)} is not a valid property name`);
    if (key in seen) %throwTypeError(`'ownKeys' on proxy: trap returned duplicate entries`);
    seen[key] = 1;
    %push(keys, key);
  }
  const extensible = %isExtensible(target);
  const targetKeys = %ownKeys(target);
  const configurable = [];
  const fixed = [];
  for (let i = 0; i < targetKeys.length; i++) {
    const desc = %getOwnDescriptor(target, targetKeys[i]);
    if (desc !== undefined && !desc.configurable) %push(fixed, targetKeys[i]);
    else %push(configurable, targetKeys[i]);
  }
  if (extensible && fixed.length === 0) return keys;
  let left = keys.length;
  for (let i = 0; i < fixed.length; i++) {
    if (seen[fixed[i]] !== 1) %throwTypeError(`'ownKeys' on proxy: trap result did not include '${%keyText(fixed[i])}'`);
    seen[fixed[i]] = 2;
    left--;
  }
  if (extensible) return keys;
  for (let i = 0; i < configurable.length; i++) {
    if (seen[configurable[i]] !== 1) %throwTypeError(`'ownKeys' on proxy: trap result did not include '${%keyText(configurable[i])}'`);
    seen[configurable[i]] = 2;
    left--;
  }
  if (left > 0) %throwTypeError("'ownKeys' on proxy: trap returned extra keys but proxy target is non-extensible");
  return keys;
}

function proxyCall(proxy, receiver, args) {
  const trap = proxyTrap(proxy, "apply");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %apply(target, receiver, args);
  return %call(trap, %proxyHandler(proxy), target, receiver, args);
}

function proxyConstruct(proxy, args, newTarget) {
  const trap = proxyTrap(proxy, "construct");
  const target = %proxyTarget(proxy);
  if (trap === undefined) return %construct(target, args, newTarget);
  const result = %call(trap, %proxyHandler(proxy), target, args, newTarget);
  if (!%isObject(result)) %throwTypeError(`proxy [[Construct]] must return an object`);
  return result;
}

// ---- property descriptors, as objects without prototype that have the given fields only

// 6.2.6.5 ToPropertyDescriptor.
function toDescriptor(object) {
  if (!%isObject(object)) %throwTypeError(`Property description must be an object: ${%describe(object)}`);
  const desc = %newObject(null);
  if ("enumerable" in object) desc.enumerable = !!object.enumerable;
  if ("configurable" in object) desc.configurable = !!object.configurable;
  if ("value" in object) desc.value = object.value;
  if ("writable" in object) desc.writable = !!object.writable;
  if ("get" in object) {
    const getter = object.get;
    if (getter !== undefined && !%isCallable(getter)) %throwTypeError(`Getter must be a function: ${%describe(getter)}`);
    desc.get = getter;
  }
  if ("set" in object) {
    const setter = object.set;
    if (setter !== undefined && !%isCallable(setter)) %throwTypeError(`Setter must be a function: ${%describe(setter)}`);
    desc.set = setter;
  }
  if (("get" in desc || "set" in desc) && ("value" in desc || "writable" in desc)) {
    %throwTypeError("Invalid property descriptor. Cannot both specify accessors and a value or writable attribute");
  }
  return desc;
}

// 6.2.6.4 FromPropertyDescriptor.
function fromDescriptor(desc) {
  if (desc === undefined) return undefined;
  const object = {};
  if ("value" in desc) %define(object, "value", desc.value);
  if ("writable" in desc) %define(object, "writable", desc.writable);
  if ("get" in desc) %define(object, "get", desc.get);
  if ("set" in desc) %define(object, "set", desc.set);
  if ("enumerable" in desc) %define(object, "enumerable", desc.enumerable);
  if ("configurable" in desc) %define(object, "configurable", desc.configurable);
  return object;
}

// 6.2.6.6 CompletePropertyDescriptor.
function completeDescriptor(desc) {
  if ("get" in desc || "set" in desc) {
    if (!("get" in desc)) desc.get = undefined;
    if (!("set" in desc)) desc.set = undefined;
  } else {
    if (!("value" in desc)) desc.value = undefined;
    if (!("writable" in desc)) desc.writable = false;
  }
  if (!("enumerable" in desc)) desc.enumerable = false;
  if (!("configurable" in desc)) desc.configurable = false;
  return desc;
}

// 7.1.20 ToLength of any value.
function toLength(value) {
  value = %toNumber(value);
  return %clampLength(value);
}

// 7.3.18 CreateListFromArrayLike of anything.
function listFromArrayLike(object) {
  if (!%isObject(object)) %throwTypeError("CreateListFromArrayLike called on non-object");
  const list = [];
  const length = toLength(object.length);
  if (length > 65536 * 8) %throwRangeError("Invalid array length");
  for (let i = 0; i < length; i++) %push(list, object[i]);
  return list;
}

function applyList(callee, receiver, list) {
  return %apply(callee, receiver, listFromArrayLike(list));
}

function constructList(callee, list, newTarget) {
  return %construct(callee, listFromArrayLike(list), newTarget);
}

function callSetter(setter, receiver, value) {
  %call(setter, receiver, value);
  return true;
}

// Defines a property whose value must be converted: an array's length, or an element of a typed array.
function defineConverted(object, key, value, desc) {
  if (!%isArray(object)) {
    %set(object, key, %typedValue(object, value), object);
    return true;
  }
  desc.value = arrayLengthOf(value);
  return %defineOwn(object, key, desc);
}

function reflectDefineProperty(target, key, attributes) {
  key = %toPropertyKey(key);
  return %defineOwn(target, key, toDescriptor(attributes));
}
