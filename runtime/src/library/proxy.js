// Proxy object internal methods (10.5), and property descriptors (6.2.6). Traps get what the specification says;
// invariants are checked against the target afterwards.

// The handler, read before its trap is asked for, which may revoke the proxy.
function proxyHandlerOf(proxy, name) {
  const handler = %proxyHandler(proxy);
  if (handler === null) %throwTypeError(`Cannot perform '${name}' on a proxy that has been revoked`);
  return handler;
}

function proxyTrapRefused(trap, name) {
  %throwTypeError(`${%describe(trap)} returned for property '${name}' of object '#<Object>' is not a function`);
}

function proxyGetPrototypeOf(proxy) {
  if (%isContextGlobal(proxy)) return %getPrototypeOf(%proxyTarget(proxy));
  const handler = proxyHandlerOf(proxy, "getPrototypeOf");
  const target = %proxyTarget(proxy);
  const trap = handler.getPrototypeOf;
  if (trap === undefined || trap === null) return %getPrototypeOf(target);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "getPrototypeOf");
  const proto = %call(trap, handler, target);
  if (!%isObject(proto) && proto !== null) %throwTypeError("'getPrototypeOf' on proxy: trap returned neither object nor null");
  if (%isExtensible(target)) return proto;
  if (%getPrototypeOf(target) !== proto) {
    %throwTypeError("'getPrototypeOf' on proxy: proxy target is non-extensible but the trap did not return its actual prototype");
  }
  return proto;
}

function proxySetPrototypeOf(proxy, proto) {
  if (%isContextGlobal(proxy)) return %setPrototypeOf(%proxyTarget(proxy), proto);
  const handler = proxyHandlerOf(proxy, "setPrototypeOf");
  const target = %proxyTarget(proxy);
  const trap = handler.setPrototypeOf;
  if (trap === undefined || trap === null) return %setPrototypeOf(target, proto);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "setPrototypeOf");
  if (!%call(trap, handler, target, proto)) return false;
  if (%isExtensible(target)) return true;
  if (%getPrototypeOf(target) !== proto) {
    %throwTypeError("'setPrototypeOf' on proxy: trap returned truish for setting a new prototype on the non-extensible proxy target");
  }
  return true;
}

function proxyIsExtensible(proxy) {
  if (%isContextGlobal(proxy)) return %isExtensible(%proxyTarget(proxy));
  const handler = proxyHandlerOf(proxy, "isExtensible");
  const target = %proxyTarget(proxy);
  const trap = handler.isExtensible;
  if (trap === undefined || trap === null) return %isExtensible(target);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "isExtensible");
  const result = !!%call(trap, handler, target);
  if (result !== %isExtensible(target)) {
    %throwTypeError(`'isExtensible' on proxy: trap result does not reflect extensibility of proxy target (which is '${result ? "false" : "true"}')`);
  }
  return result;
}

function proxyPreventExtensions(proxy) {
  if (%isContextGlobal(proxy)) %throwTypeError("Cannot prevent extensions");
  const handler = proxyHandlerOf(proxy, "preventExtensions");
  const target = %proxyTarget(proxy);
  const trap = handler.preventExtensions;
  if (trap === undefined || trap === null) return %preventExtensions(target);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "preventExtensions");
  const result = !!%call(trap, handler, target);
  if (result && %isExtensible(target)) %throwTypeError("'preventExtensions' on proxy: the proxy target is extensible");
  return result;
}

function proxyGetOwnDescriptor(proxy, key) {
  if (%isContextGlobal(proxy)) return contextGetOwn(proxy, key);
  const handler = proxyHandlerOf(proxy, "getOwnPropertyDescriptor");
  const target = %proxyTarget(proxy);
  const trap = handler.getOwnPropertyDescriptor;
  if (trap === undefined || trap === null) return %getOwnDescriptor(target, key);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "getOwnPropertyDescriptor");
  const result = %call(trap, handler, target, key);
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
  if (%isContextGlobal(proxy)) return contextDefine(proxy, key, desc);
  const handler = proxyHandlerOf(proxy, "defineProperty");
  const target = %proxyTarget(proxy);
  const trap = handler.defineProperty;
  if (trap === undefined || trap === null) return %defineOwn(target, key, desc);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "defineProperty");
  if (!%call(trap, handler, target, key, fromDescriptor(desc))) return false;
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
  if (%isContextGlobal(proxy)) return contextHas(proxy, key);
  const handler = proxyHandlerOf(proxy, "has");
  const target = %proxyTarget(proxy);
  const trap = handler.has;
  if (trap === undefined || trap === null) return %has(target, key);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "has");
  const result = !!%call(trap, handler, target, key);
  if (!result && %bindsProxy(target, key)) {
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
  if (%isContextGlobal(proxy)) return contextGet(proxy, key);
  const handler = proxyHandlerOf(proxy, "get");
  const target = %proxyTarget(proxy);
  const trap = handler.get;
  if (trap === undefined || trap === null) return %get(target, key, receiver);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "get");
  const value = %call(trap, handler, target, key, receiver);
  if (!%bindsProxy(target, key)) return value;
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
  if (%isContextGlobal(proxy)) return contextSet(proxy, key, value, receiver);
  const handler = proxyHandlerOf(proxy, "set");
  const target = %proxyTarget(proxy);
  const trap = handler.set;
  if (trap === undefined || trap === null) return %set(target, key, value, receiver);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "set");
  if (!%call(trap, handler, target, key, value, receiver)) return false;
  if (!%bindsProxy(target, key)) return true;
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
  if (%isContextGlobal(proxy)) return contextDelete(proxy, key);
  const handler = proxyHandlerOf(proxy, "deleteProperty");
  const target = %proxyTarget(proxy);
  const trap = handler.deleteProperty;
  if (trap === undefined || trap === null) return %delete(target, key);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "deleteProperty");
  if (!%call(trap, handler, target, key)) return false;
  if (!%bindsProxy(target, key)) return true;
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
  if (%isContextGlobal(proxy)) return contextOwnKeys(proxy);
  const handler = proxyHandlerOf(proxy, "ownKeys");
  const target = %proxyTarget(proxy);
  const trap = handler.ownKeys;
  if (trap === undefined || trap === null) return %ownKeys(target);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "ownKeys");
  const result = %call(trap, handler, target);
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
  const handler = proxyHandlerOf(proxy, "apply");
  const target = %proxyTarget(proxy);
  const trap = handler.apply;
  if (trap === undefined || trap === null) return %apply(target, receiver, args);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "apply");
  return %call(trap, handler, target, receiver, args);
}

function proxyConstruct(proxy, args, newTarget) {
  const handler = proxyHandlerOf(proxy, "construct");
  const target = %proxyTarget(proxy);
  const trap = handler.construct;
  if (trap === undefined || trap === null) return %construct(target, args, newTarget);
  if (typeof trap !== "function" && !%isCallable(trap)) proxyTrapRefused(trap, "construct");
  const result = %call(trap, handler, target, args, newTarget);
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
