// Object (20.1), where its operations may run code.

function objectAssign(target, ...sources) {
  target = %toObject(target);
  for (let i = 0; i < sources.length; i++) {
    if (sources[i] === undefined || sources[i] === null) continue;
    const from = %toObject(sources[i]);
    const keys = %ownKeys(from);
    for (let j = 0; j < keys.length; j++) {
      const desc = %getOwnDescriptor(from, keys[j]);
      if (desc !== undefined && desc.enumerable) target[keys[j]] = from[keys[j]];
    }
  }
  return target;
}

function definePropertiesOf(object, properties) {
  properties = %toObject(properties);
  const keys = %ownKeys(properties);
  const names = [];
  const descriptors = [];
  for (let i = 0; i < keys.length; i++) {
    const own = %getOwnDescriptor(properties, keys[i]);
    if (own !== undefined && own.enumerable) {
      %push(names, keys[i]);
      %push(descriptors, toDescriptor(properties[keys[i]]));
    }
  }
  for (let i = 0; i < names.length; i++) defineOrThrow(object, names[i], descriptors[i]);
  return object;
}

function defineOrThrow(object, key, desc) {
  if (%defineOwn(object, key, desc)) return;
  if (%isProxy(object)) %throwTypeError(`'defineProperty' on proxy: trap returned falsish for property '${%keyText(key)}'`);
  if (%getOwnDescriptor(object, key) === undefined) {
    %throwTypeError(`Cannot define property ${%keyText(key)}, object is not extensible`);
  }
  %throwTypeError(`Cannot redefine property: ${%keyText(key)}`);
}

function objectDefineProperties(object, properties) {
  if (!%isObject(object)) %throwTypeError("Object.defineProperties called on non-object");
  return definePropertiesOf(object, properties);
}

function objectDefineProperty(object, key, attributes) {
  if (!%isObject(object)) %throwTypeError("Object.defineProperty called on non-object");
  key = %toPropertyKey(key);
  defineOrThrow(object, key, toDescriptor(attributes));
  return object;
}

// Keys, values (1) or entries (2) of enumerable string properties (7.3.23).
function enumerableOwn(object, what) {
  object = %toObject(object);
  const keys = %ownKeys(object);
  const result = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === "symbol") continue;
    const desc = %getOwnDescriptor(object, key);
    if (desc === undefined || !desc.enumerable) continue;
    if (what === 0) %push(result, key);
    else if (what === 1) %push(result, object[key]);
    else %push(result, [key, object[key]]);
  }
  return result;
}

function objectKeys(object) {
  return enumerableOwn(object, 0);
}

function objectValues(object) {
  return enumerableOwn(object, 1);
}

function objectEntries(object) {
  return enumerableOwn(object, 2);
}

function objectFromEntries(iterable) {
  if (iterable === undefined || iterable === null) %throwTypeError(`${%describe(iterable)} is not iterable`);
  const object = {};
  for (const entry of iterable) {
    if (!%isObject(entry)) %throwTypeError(`Iterator value ${%describe(entry)} is not an entry object`);
    const key = entry[0];
    const value = entry[1];
    %define(object, %toPropertyKey(key), value);
  }
  return object;
}

// 7.3.16 SetIntegrityLevel
function setIntegrity(object, frozen) {
  if (!%preventExtensions(object)) return false;
  const keys = %ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const desc = %newObject(null);
    if (frozen) {
      const current = %getOwnDescriptor(object, keys[i]);
      if (current === undefined) continue;
      if (!%isAccessorDescriptor(current)) desc.writable = false;
    }
    desc.configurable = false;
    defineOrThrow(object, keys[i], desc);
  }
  return true;
}

function objectFreeze(object) {
  if (%isObject(object) && !setIntegrity(object, true)) %throwTypeError("'preventExtensions' on proxy: trap returned falsish");
  return object;
}

function objectSeal(object) {
  if (%isObject(object) && !setIntegrity(object, false)) %throwTypeError("'preventExtensions' on proxy: trap returned falsish");
  return object;
}

function objectPreventExtensions(object) {
  if (%isObject(object) && !%preventExtensions(object)) {
    %throwTypeError("'preventExtensions' on proxy: trap returned falsish");
  }
  return object;
}

// 7.3.17 TestIntegrityLevel
function testIntegrity(object, frozen) {
  if (%isExtensible(object)) return false;
  const keys = %ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const desc = %getOwnDescriptor(object, keys[i]);
    if (desc === undefined) continue;
    if (desc.configurable) return false;
    if (frozen && !%isAccessorDescriptor(desc) && desc.writable) return false;
  }
  return true;
}

function objectIsFrozen(object) {
  return !%isObject(object) || testIntegrity(object, true);
}

function objectIsSealed(object) {
  return !%isObject(object) || testIntegrity(object, false);
}

function objectGetOwnDescriptor(object, key) {
  object = %toObject(object);
  return %getOwnDescriptor(object, %toPropertyKey(key));
}

function objectGetOwnDescriptors(object) {
  object = %toObject(object);
  const keys = %ownKeys(object);
  const result = {};
  for (let i = 0; i < keys.length; i++) {
    const desc = %getOwnDescriptor(object, keys[i]);
    if (desc !== undefined) %define(result, keys[i], desc);
  }
  return result;
}

function ownNames(object, symbols) {
  const keys = %ownKeys(%toObject(object));
  const result = [];
  for (let i = 0; i < keys.length; i++) {
    if ((typeof keys[i] === "symbol") === symbols) %push(result, keys[i]);
  }
  return result;
}

function objectOwnNames(object) {
  return ownNames(object, false);
}

function objectOwnSymbols(object) {
  return ownNames(object, true);
}

// 7.3.35 GroupBy, with property keys.
function objectGroupBy(items, callback) {
  if (items === undefined || items === null) %throwTypeError(`${%describe(items)} is not iterable`);
  if (!%isCallable(callback)) %throwTypeError(`${%describe(callback)} is not a function`);
  const groups = %newObject(null);
  let index = 0;
  for (const value of items) {
    const key = %toPropertyKey(%call(callback, undefined, value, index));
    if (key in groups) %push(groups[key], value);
    else %define(groups, key, [value]);
    index++;
  }
  return groups;
}

function objectHasOwn(object, key) {
  object = %toObject(object);
  return %getOwnDescriptor(object, %toPropertyKey(key)) !== undefined;
}

function objectHasOwnProperty(key) {
  key = %toPropertyKey(key);
  return %getOwnDescriptor(%toObject(this), key) !== undefined;
}

function objectSetPrototypeOf(object, proto) {
  if (!%setPrototypeOf(object, proto)) %throwTypeError("'setPrototypeOf' on proxy: trap returned falsish for property 'undefined'");
  return object;
}

function defineAccessorOn(object, key, accessor, isGetter) {
  object = %toObject(object);
  if (!%isCallable(accessor)) {
    %throwTypeError(`Object.prototype.__define${isGetter ? "G" : "S"}etter__: Expecting function`);
  }
  const desc = %newObject(null);
  if (isGetter) desc.get = accessor;
  else desc.set = accessor;
  desc.enumerable = true;
  desc.configurable = true;
  key = %toPropertyKey(key);
  defineOrThrow(object, key, desc);
}

function objectDefineGetter(key, getter) {
  defineAccessorOn(this, key, getter, true);
}

function objectDefineSetter(key, setter) {
  defineAccessorOn(this, key, setter, false);
}

function lookupAccessor(object, key, isGetter) {
  object = %toObject(object);
  key = %toPropertyKey(key);
  while (object !== null) {
    const desc = %getOwnDescriptor(object, key);
    if (desc !== undefined) {
      if (!%isAccessorDescriptor(desc)) return undefined;
      return isGetter ? desc.get : desc.set;
    }
    object = %getPrototypeOf(object);
  }
}

function objectLookupGetter(key) {
  return lookupAccessor(this, key, true);
}

function objectLookupSetter(key) {
  return lookupAccessor(this, key, false);
}

function objectIsPrototypeOf(value) {
  if (!%isObject(value)) return false;
  const object = %toObject(this);
  for (;;) {
    value = %getPrototypeOf(value);
    if (value === null) return false;
    if (value === object) return true;
  }
}

function objectPropertyIsEnumerable(key) {
  key = %toPropertyKey(key);
  const desc = %getOwnDescriptor(%toObject(this), key);
  return desc !== undefined && desc.enumerable;
}

function objectToStringSlow() {
  const object = %toObject(this);
  const builtin = %builtinTag(object);
  const tag = object[%symbol("toStringTag")];
  return `[object ${typeof tag === "string" ? tag : builtin}]`;
}

function objectToLocaleString() {
  const method = this.toString;
  return %call(method, this);
}

// set Object.prototype.__proto__
function objectSetProto(proto) {
  if (this === undefined || this === null) %throwTypeError("Object.prototype.__proto__ called on null or undefined");
  if (!%isObject(proto) && proto !== null) return;
  if (!%isObject(this)) return;
  if (!%setPrototypeOf(this, proto)) {
    %throwTypeError(%isExtensible(this) ? "Cyclic __proto__ value" : `${%describe(this)} is not extensible`);
  }
}
