// Conversions and operators on objects (ECMA-262 clauses 7 and 13). The engine calls these where a fast path in Rust
// meets something that runs code. Hints: 0 default, 1 number, 2 string.

// 7.1.1 ToPrimitive of an object.
function toPrimitive(value, hint) {
  const exotic = value[%symbol("toPrimitive")];
  if (exotic !== undefined && exotic !== null) {
    const result = %call(exotic, value, hint === 1 ? "number" : hint === 2 ? "string" : "default");
    if (%isObject(result)) %throwTypeError("Cannot convert object to primitive value");
    return result;
  }
  return ordinaryToPrimitive(value, hint === 2);
}

// An argument of a native function, which runs again with the result: an object that became undefined must not look
// like an argument that was left out.
function argumentPrimitive(value, hint) {
  const result = toPrimitive(value, hint);
  if (result === undefined && hint !== 0) return hint === 1 ? 0 / 0 : "undefined";
  return result;
}

// 7.1.1.1 OrdinaryToPrimitive.
function ordinaryToPrimitive(value, stringFirst) {
  for (let turn = 0; turn < 2; turn++) {
    const method = (turn === 0) === stringFirst ? value.toString : value.valueOf;
    if (%isCallable(method)) {
      const result = %call(method, value);
      if (!%isObject(result)) return result;
    }
  }
  %throwTypeError("Cannot convert object to primitive value");
}

function objectToString(value) {
  return %toString(toPrimitive(value, 2));
}

function objectToNumber(value) {
  return %toNumber(toPrimitive(value, 1));
}

function objectToNumeric(value) {
  return %toNumeric(toPrimitive(value, 1));
}

function objectToPropertyKey(value) {
  return %toPropertyKey(toPrimitive(value, 2));
}

// The answer to a native constructor that asked for new.target.prototype: null where that is no object.
function prototypeOrNull(target) {
  const proto = target.prototype;
  return %isObject(proto) ? proto : null;
}

// [[Construct]] of a base constructor whose new.target must be asked for its prototype (10.1.13).
function constructAsked(callee, newTarget, list) {
  let proto = newTarget.prototype;
  if (!%isObject(proto)) proto = %realmIntrinsic(newTarget, "ObjectPrototype");
  return %constructOn(callee, newTarget, %newObject(proto), list);
}

function opAdd(a, b) {
  if (%isObject(a)) a = toPrimitive(a, 0);
  if (%isObject(b)) b = toPrimitive(b, 0);
  return a + b;
}

function opSub(a, b) {
  a = %toNumeric(a);
  return a - %toNumeric(b);
}

function opMul(a, b) {
  a = %toNumeric(a);
  return a * %toNumeric(b);
}

function opDiv(a, b) {
  a = %toNumeric(a);
  return a / %toNumeric(b);
}

function opMod(a, b) {
  a = %toNumeric(a);
  return a % %toNumeric(b);
}

function opExp(a, b) {
  a = %toNumeric(a);
  return a ** %toNumeric(b);
}

function opBitAnd(a, b) {
  a = %toNumeric(a);
  return a & %toNumeric(b);
}

function opBitOr(a, b) {
  a = %toNumeric(a);
  return a | %toNumeric(b);
}

function opBitXor(a, b) {
  a = %toNumeric(a);
  return a ^ %toNumeric(b);
}

function opShl(a, b) {
  a = %toNumeric(a);
  return a << %toNumeric(b);
}

function opShr(a, b) {
  a = %toNumeric(a);
  return a >> %toNumeric(b);
}

function opUShr(a, b) {
  a = %toNumeric(a);
  return a >>> %toNumeric(b);
}

function opNeg(a) {
  a = %toNumeric(a);
  return -a;
}

function opBitNot(a) {
  a = %toNumeric(a);
  return ~a;
}

function opInc(a) {
  a = %toNumeric(a);
  return ++a;
}

function opDec(a) {
  a = %toNumeric(a);
  return --a;
}

function opLess(a, b) {
  if (%isObject(a)) a = toPrimitive(a, 1);
  if (%isObject(b)) b = toPrimitive(b, 1);
  return a < b;
}

function opLessEqual(a, b) {
  if (%isObject(a)) a = toPrimitive(a, 1);
  if (%isObject(b)) b = toPrimitive(b, 1);
  return a <= b;
}

function opGreater(a, b) {
  if (%isObject(a)) a = toPrimitive(a, 1);
  if (%isObject(b)) b = toPrimitive(b, 1);
  return a > b;
}

function opGreaterEqual(a, b) {
  if (%isObject(a)) a = toPrimitive(a, 1);
  if (%isObject(b)) b = toPrimitive(b, 1);
  return a >= b;
}

// 7.2.13 IsLooselyEqual where one side is an object and the other a primitive.
function opEqual(a, b) {
  if (typeof a === "boolean") a = a ? 1 : 0;
  if (typeof b === "boolean") b = b ? 1 : 0;
  if (%isObject(a)) a = toPrimitive(a, 0);
  else b = toPrimitive(b, 0);
  return a == b;
}

function opNotEqual(a, b) {
  return !opEqual(a, b);
}

// 13.10.2 InstanceofOperator.
function opInstanceOf(value, target) {
  const handler = target[%symbol("hasInstance")];
  if (handler !== undefined && handler !== null) return !!%call(handler, target, value);
  if (!%isCallable(target)) %throwTypeError("Right-hand side of 'instanceof' is not callable");
  return ordinaryHasInstance(target, value);
}

// 7.3.21 OrdinaryHasInstance.
function ordinaryHasInstance(target, value) {
  if (!%isCallable(target)) return false;
  const bound = %boundTarget(target);
  if (bound !== undefined) return value instanceof bound;
  if (!%isObject(value)) return false;
  const proto = target.prototype;
  if (!%isObject(proto)) %throwTypeError(`Function has non-object prototype '${%describe(proto)}' in instanceof check`);
  for (;;) {
    value = %getPrototypeOf(value);
    if (value === null) return false;
    if (value === proto) return true;
  }
}

function opIn(key, object) {
  return %has(object, %toPropertyKey(key));
}

// ---- properties

function getElement(object, key) {
  return object[%toPropertyKey(key)];
}

function setElement(object, key, value, strict) {
  key = %toPropertyKey(key);
  if (strict) object[key] = value;
  else %setSloppy(object, key, value);
}

function deleteElement(object, key, strict) {
  key = %toPropertyKey(key);
  if (strict) return delete object[key];
  return %delete(%toObject(object), key);
}

function superGet(base, key, receiver) {
  return %get(base, %toPropertyKey(key), receiver);
}

function superSet(base, key, value, receiver, strict) {
  key = %toPropertyKey(key);
  if (!%set(base, key, value, receiver) && strict) {
    %throwTypeError(`Cannot assign to read only property '${%keyText(key)}' of object`);
  }
}

// [[Set]] of a proxy, as an assignment: a refusal throws in strict code.
function setSlow(proxy, key, value, receiver, strict) {
  if (!proxySet(proxy, key, value, receiver) && strict) {
    if (%isContextGlobal(proxy)) %throwTypeError(`Cannot assign to read only property '${%keyText(key)}' of object '#<Object>'`);
    %throwTypeError(`'set' on proxy: trap returned falsish for property '${%keyText(key)}'`);
  }
}

// 10.1.9.2 OrdinarySetWithOwnDescriptor from step 2.c, where the receiver is a proxy.
function setOnReceiver(receiver, key, value) {
  const existing = %getOwnDescriptor(receiver, key);
  if (existing === undefined) return %createDataProperty(receiver, key, value);
  if (%isAccessorDescriptor(existing) || !existing.writable) return false;
  const desc = %newObject(null);
  desc.value = value;
  return %defineOwn(receiver, key, desc);
}

function assignOnReceiver(receiver, key, value, strict) {
  if (!setOnReceiver(receiver, key, value) && strict) {
    %throwTypeError(`'defineProperty' on proxy: trap returned falsish for property '${%keyText(key)}'`);
  }
}

// An object stored where a number belongs: an element of a typed array, or an array's length (10.4.2.4).
function setConverted(holder, key, value, receiver, strict) {
  if (%isArray(holder)) value = arrayLengthOf(value);
  else value = %typedValue(holder, value);
  if (!%set(holder, key, value, receiver) && strict) {
    %throwTypeError(`Cannot assign to read only property '${%keyText(key)}' of object`);
  }
}

function setConvertedResult(holder, key, value, receiver) {
  if (%isArray(holder)) value = arrayLengthOf(value);
  else value = %typedValue(holder, value);
  return %set(holder, key, value, receiver);
}

function arrayLengthOf(value) {
  const length = %toNumber(value) >>> 0;
  if (length !== %toNumber(value)) %throwRangeError("Invalid array length");
  return length;
}

function getGlobalSlow(global, key, missingOk) {
  if (!(key in global)) {
    if (missingOk) return undefined;
    %throwReferenceError(`${key} is not defined`);
  }
  return global[key];
}

function setGlobalStrict(global, key, value) {
  if (!(key in global)) %throwReferenceError(`${key} is not defined`);
  global[key] = value;
}

// CreateDataPropertyOrThrow on a proxy.
function defineField(object, key, value) {
  if (!%createDataProperty(object, key, value)) %throwTypeError(`Cannot redefine property: ${%keyText(key)}`);
}

function spreadInto(array, iterable) {
  for (const value of iterable) %push(array, value);
}

// 7.3.25 CopyDataProperties.
function copyDataProperties(target, from, excluded) {
  const keys = %ownKeys(from);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    let skip = false;
    for (let j = 0; j < excluded.length; j++) {
      if (%toPropertyKeyText(excluded[j]) === key) skip = true;
    }
    if (skip) continue;
    const desc = %getOwnDescriptor(from, key);
    if (desc !== undefined && desc.enumerable) %define(target, key, from[key]);
  }
}

function classHeritage(heritage, constructor) {
  const proto = heritage.prototype;
  return %finishClass(constructor, proto, heritage);
}

function withHas(object, name) {
  if (!(name in object)) return false;
  const hidden = object[%symbol("unscopables")];
  return !(%isObject(hidden) && hidden[name]);
}

// ---- iteration

function getIterator(object) {
  const method = object[%symbol("iterator")];
  if (!%isCallable(method)) %throwTypeError(`${%describe(object)} is not iterable`);
  return iteratorFrom(object, method);
}

function iteratorFrom(object, method) {
  const iterator = %call(method, object);
  if (!%isObject(iterator)) %throwTypeError("Result of the Symbol.iterator method is not an object");
  return iterator;
}

// The next value, or the mark of the end.
function iteratorStep(iterator, method) {
  const result = %call(method, iterator);
  if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
  return result.done ? %done() : result.value;
}

// What a loop makes of an iterator's result, or of one that a delegating generator passed on as it was.
function resultStep(result) {
  return result.done ? %done() : result.value;
}

function iteratorClose(iterator) {
  const method = iterator.return;
  if (method === undefined || method === null) return;
  const result = %call(method, iterator);
  if (!%isObject(result)) %throwTypeError(`${%describe(result)} is not an object`);
}

function iteratorCloseQuietly(iterator) {
  try {
    const method = iterator.return;
    if (method !== undefined && method !== null) %call(method, iterator);
  } catch {}
}

function getAsyncIterator(object) {
  const method = object[%symbol("asyncIterator")];
  if (method === undefined || method === null) {
    const iterator = getIterator(object);
    return %newAsyncFromSync(iterator, iterator.next);
  }
  const iterator = %call(method, object);
  if (!%isObject(iterator)) %throwTypeError("Result of the Symbol.asyncIterator method is not an object");
  return iterator;
}

// 14.7.5.9 EnumerateObjectProperties where a proxy stands in the chain.
function forInStart(enumerator, object) {
  const seen = %newObject(null);
  while (object !== null) {
    const keys = %ownKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key === "symbol" || key in seen) continue;
      const desc = %getOwnDescriptor(object, key);
      if (desc === undefined) continue;
      seen[key] = true;
      if (desc.enumerable) %enumeratorAdd(enumerator, key);
    }
    object = %getPrototypeOf(object);
  }
  return enumerator;
}

// 7.1.13 ToBigInt of an object.
function objectToBigInt(value) {
  return %toBigInt(toPrimitive(value, 1));
}
