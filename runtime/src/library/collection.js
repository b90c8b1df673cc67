// Maps, Sets and their weak kin (clause 24): what runs guest code.

// 24.1.1.2 AddEntriesFromIterable
function addEntries(target, iterable, name) {
  const adder = target.set;
  if (!%isCallable(adder)) %throwTypeError(`'${%describe(adder)}' returned for property 'set' of object '#<${name}>' is not a function`);
  for (const item of iterable) {
    if (!%isObject(item)) %throwTypeError(`Iterator value ${%describe(item)} is not an entry object`);
    %call(adder, target, item[0], item[1]);
  }
  return target;
}

function addValues(target, iterable, name) {
  const adder = target.add;
  if (!%isCallable(adder)) %throwTypeError(`'${%describe(adder)}' returned for property 'add' of object '#<${name}>' is not a function`);
  for (const item of iterable) %call(adder, target, item);
  return target;
}

function fillMap(target, iterable) {
  return addEntries(target, iterable, "Map");
}

function fillWeakMap(target, iterable) {
  return addEntries(target, iterable, "WeakMap");
}

function fillSet(target, iterable) {
  return addValues(target, iterable, "Set");
}

function fillWeakSet(target, iterable) {
  return addValues(target, iterable, "WeakSet");
}

// 24.1.2.1 Map.groupBy
function mapGroupBy(items, callback) {
  if (items === undefined || items === null) %throwTypeError(`${%describe(items)} is not iterable`);
  checkCallable(callback);
  const map = %newMap();
  let k = 0;
  for (const value of items) {
    const key = %call(callback, undefined, value, k);
    const group = %mapGet(map, key);
    if (group === undefined) %mapSet(map, key, [value]);
    else %push(group, value);
    k++;
  }
  return map;
}

function mapForEach(callback, self) {
  %checkMap(this);
  checkCallable(callback);
  const walk = %mapWalk(this);
  while (%walkNext(walk)) %call(callback, self, %walkValue(walk), %walkKey(walk), this);
}

function setForEach(callback, self) {
  %checkSet(this, "forEach");
  checkCallable(callback);
  const walk = %mapWalk(this);
  while (%walkNext(walk)) {
    const value = %walkKey(walk);
    %call(callback, self, value, value, this);
  }
}

function mapGetOrInsertComputed(key, callback) {
  %checkMap(this);
  checkCallable(callback);
  if (%mapHas(this, key)) return %mapGet(this, key);
  if (key === 0) key = 0;
  const value = %call(callback, undefined, key);
  %mapSet(this, key, value);
  return value;
}

function weakMapGetOrInsertComputed(key, callback) {
  %checkWeakMap(this, key, false);
  checkCallable(callback);
  %checkWeakMap(this, key, true);
  if (%weakMapHas(this, key)) return %weakMapGet(this, key);
  const value = %call(callback, undefined, key);
  %weakMapSet(this, key, value);
  return value;
}

// ---- 24.2.1.2 GetSetRecord: size, has and keys

function setRecord(other) {
  if (!%isObject(other)) %throwTypeError(`${%describe(other)} is not an object`);
  const size = %toNumber(other.size);
  if (size !== size) %throwTypeError("The 'size' property must be a number");
  const count = %toInteger(size);
  if (count < 0) %throwRangeError(`'${%toString(count)}' is an invalid size`);
  const has = other.has;
  if (!%isCallable(has)) %throwTypeError("The 'has' property must be a function");
  const keys = other.keys;
  if (!%isCallable(keys)) %throwTypeError("The 'keys' property must be a function");
  return { other, size: count, has, keys };
}

function recordKeys(record) {
  const iterator = %call(record.keys, record.other);
  if (!%isObject(iterator)) %throwTypeError(`${%describe(iterator)} is not an object`);
  return iterator;
}

function setUnion(other) {
  %checkSet(this, "union");
  const record = setRecord(other);
  const iterator = recordKeys(record);
  const next = iterator.next;
  const result = %copySet(this);
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return result;
    %setAdd(result, step.value);
  }
}

function setIntersection(other) {
  %checkSet(this, "intersection");
  const record = setRecord(other);
  const result = %newSet();
  if (%setSize(this) <= record.size) {
    const walk = %mapWalk(this);
    while (%walkNext(walk)) {
      const value = %walkKey(walk);
      if (%call(record.has, other, value)) %setAdd(result, value);
    }
    return result;
  }
  const iterator = recordKeys(record);
  const next = iterator.next;
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return result;
    const value = step.value;
    if (%setHas(this, value)) %setAdd(result, value);
  }
}

function setDifference(other) {
  %checkSet(this, "difference");
  const record = setRecord(other);
  const result = %copySet(this);
  if (%setSize(this) <= record.size) {
    const walk = %mapWalk(this);
    while (%walkNext(walk)) {
      const value = %walkKey(walk);
      if (%call(record.has, other, value)) %setDelete(result, value);
    }
    return result;
  }
  const iterator = recordKeys(record);
  const next = iterator.next;
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return result;
    %setDelete(result, step.value);
  }
}

function setSymmetricDifference(other) {
  %checkSet(this, "symmetricDifference");
  const record = setRecord(other);
  const iterator = recordKeys(record);
  const next = iterator.next;
  const result = %copySet(this);
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return result;
    const value = step.value;
    if (%setHas(this, value)) %setDelete(result, value);
    else %setAdd(result, value);
  }
}

function setIsSubsetOf(other) {
  %checkSet(this, "isSubsetOf");
  const record = setRecord(other);
  if (%setSize(this) > record.size) return false;
  const walk = %mapWalk(this);
  while (%walkNext(walk)) {
    if (!%call(record.has, other, %walkKey(walk))) return false;
  }
  return true;
}

function setIsSupersetOf(other) {
  %checkSet(this, "isSupersetOf");
  const record = setRecord(other);
  if (%setSize(this) < record.size) return false;
  const iterator = recordKeys(record);
  const next = iterator.next;
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return true;
    if (!%setHas(this, step.value)) {
      iteratorClose(iterator);
      return false;
    }
  }
}

function setIsDisjointFrom(other) {
  %checkSet(this, "isDisjointFrom");
  const record = setRecord(other);
  if (%setSize(this) <= record.size) {
    const walk = %mapWalk(this);
    while (%walkNext(walk)) {
      if (%call(record.has, other, %walkKey(walk))) return false;
    }
    return true;
  }
  const iterator = recordKeys(record);
  const next = iterator.next;
  for (;;) {
    const step = nextResult(iterator, next);
    if (step === undefined) return true;
    if (%setHas(this, step.value)) {
      iteratorClose(iterator);
      return false;
    }
  }
}
