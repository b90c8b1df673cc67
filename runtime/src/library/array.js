// Arrays (23.1). Methods are generic; plain dense arrays never get here for what has a native half.

// 7.3.18 LengthOfArrayLike.
function lengthOf(object) {
  return %clampLength(%toNumber(object.length));
}

// ToIntegerOrInfinity (7.1.5) of any value.
function integerOf(value) {
  return %toInteger(%toNumber(value));
}

// A relative index within 0 to `length`.
function relativeIndex(value, length) {
  const relative = integerOf(value);
  if (relative < 0) return relative + length > 0 ? relative + length : 0;
  return relative < length ? relative : length;
}

function relativeEnd(value, length) {
  return value === undefined ? length : relativeIndex(value, length);
}

function checkCallable(value) {
  if (!%isCallable(value)) %throwTypeError(`${%describe(value)} is not a function`);
}

// 23.1.3.1.1 ArraySpeciesCreate.
function arraySpeciesCreate(original, length) {
  if (%hasPlainSpecies(original) || !%isArray(original)) return %newArray(length);
  return createBySpecies(original, length);
}

function createBySpecies(original, length) {
  let constructor = original.constructor;
  if (%isConstructor(constructor) && constructor !== %realm("Array")
    && constructor === %realmIntrinsic(constructor, "Array")) constructor = undefined;
  if (%isObject(constructor)) {
    constructor = constructor[%symbol("species")];
    if (constructor === null) constructor = undefined;
  }
  if (constructor === undefined) return %newArray(length);
  if (!%isConstructor(constructor)) %throwTypeError("object.constructor[Symbol.species] is not a constructor");
  return %new(constructor, length);
}

// ---- the constructor

function arrayConstructor(...items) {
  const target = new.target === undefined ? %realm("Array") : new.target;
  const proto = target === %realm("Array") ? undefined : prototypeFor(target, "ArrayPrototype");
  if (items.length === 1 && typeof items[0] === "number") {
    const length = items[0];
    if (length >>> 0 !== length) %throwRangeError("Invalid array length");
    return %newArray(length, proto);
  }
  return proto === undefined ? items : %withProto(items, proto);
}

// 23.1.2.1 Array.from
function arrayFrom(items, mapper, self) {
  const mapping = mapper !== undefined;
  if (mapping) checkCallable(mapper);
  if (this === %realm("Array") && !mapping && %isPlainIterable(items)) return %copyDense(items);
  const method = items[%symbol("iterator")];
  if (method !== undefined && method !== null) {
    checkCallable(method);
    const array = %isConstructor(this) ? %new(this) : %newArray(0);
    const iterator = iteratorFrom(items, method);
    const next = iterator.next;
    let k = 0;
    for (;;) {
      const result = %call(next, iterator);
      if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
      if (result.done) break;
      const value = result.value;
      try {
        %define(array, k, mapping ? %call(mapper, self, value, k) : value);
      } catch (error) {
        iteratorCloseQuietly(iterator);
        throw error;
      }
      k++;
    }
    array.length = k;
    return array;
  }
  const source = %toObject(items);
  const length = lengthOf(source);
  const array = %isConstructor(this) ? %new(this, length) : %newArray(length);
  for (let k = 0; k < length; k++) {
    const value = source[k];
    %define(array, k, mapping ? %call(mapper, self, value, k) : value);
  }
  array.length = length;
  return array;
}

// 23.1.2.2 Array.fromAsync
function arrayFromAsync(items, mapper, self) {
  return arrayFromAsyncBody(this, items, mapper, self);
}

async function arrayFromAsyncBody(constructor, items, mapper, self) {
  const mapping = mapper !== undefined;
  if (mapping) checkCallable(mapper);
  // It is called by jobs, which do not tell for whom.
  mapper = %relayed(mapper);
  let method = items[%symbol("asyncIterator")];
  let isSync = false;
  if (method === undefined || method === null) {
    method = items[%symbol("iterator")];
    isSync = true;
  }
  if (method !== undefined && method !== null) {
    checkCallable(method);
    const array = %isConstructor(constructor) ? %new(constructor) : %newArray(0);
    let iterator = %call(method, items);
    if (!%isObject(iterator)) %throwTypeError("Result of the Symbol.iterator method is not an object");
    if (isSync) iterator = %newAsyncFromSync(iterator, iterator.next);
    const next = iterator.next;
    let k = 0;
    for (;;) {
      const result = await %call(next, iterator);
      if (!%isObject(result)) %throwTypeError(`Iterator result ${%describe(result)} is not an object`);
      if (result.done) break;
      let value = result.value;
      try {
        if (mapping) value = await %call(mapper, self, value, k);
        %define(array, k, value);
      } catch (error) {
        try {
          const close = iterator.return;
          if (close !== undefined && close !== null) await %call(close, iterator);
        } catch {}
        throw error;
      }
      k++;
    }
    array.length = k;
    return array;
  }
  const source = %toObject(items);
  const length = lengthOf(source);
  const array = %isConstructor(constructor) ? %new(constructor, length) : %newArray(length);
  for (let k = 0; k < length; k++) {
    let value = await source[k];
    if (mapping) value = await %call(mapper, self, value, k);
    %define(array, k, value);
  }
  array.length = length;
  return array;
}

// 23.1.2.3 Array.of
function arrayOf(...items) {
  if (this === %realm("Array") || !%isConstructor(this)) return items;
  const array = %new(this, items.length);
  for (let k = 0; k < items.length; k++) %define(array, k, items[k]);
  array.length = items.length;
  return array;
}

// ---- reading

function arrayAt(index) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const relative = integerOf(index);
  const k = relative >= 0 ? relative : length + relative;
  return k < 0 || k >= length ? undefined : object[k];
}

// 23.1.3.2.1 IsConcatSpreadable.
function isConcatSpreadable(value) {
  if (!%isObject(value)) return false;
  const spreadable = value[%symbol("isConcatSpreadable")];
  return spreadable !== undefined ? !!spreadable : %isArray(value);
}

function arrayConcat(...items) {
  const object = %toObject(this);
  const array = arraySpeciesCreate(object, 0);
  let n = 0;
  for (let i = -1; i < items.length; i++) {
    const item = i < 0 ? object : items[i];
    if (isConcatSpreadable(item)) {
      const length = lengthOf(item);
      if (n + length > 9007199254740991) %throwTypeError("Invalid array length");
      const done = %concatDense(array, n, item, length);
      if (!done) {
        for (let k = 0; k < length; k++) {
          k = %nextIndex(item, k);
          if (k < length && k in item) %define(array, n + k, item[k]);
        }
      }
      n += length;
    } else {
      if (n >= 9007199254740991) %throwTypeError("Invalid array length");
      %define(array, n, item);
      n++;
    }
  }
  array.length = n;
  return array;
}

function arrayEvery(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    if (k in object && !%call(callback, self, object[k], k, object)) return false;
  }
  return true;
}

function arraySome(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    if (k in object && %call(callback, self, object[k], k, object)) return true;
  }
  return false;
}

function arrayForEach(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    if (k in object) %call(callback, self, object[k], k, object);
  }
}

function arrayMap(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  const array = arraySpeciesCreate(object, length);
  for (let k = 0; k < length; k++) {
    if (k in object) %define(array, k, %call(callback, self, object[k], k, object));
  }
  return array;
}

function arrayFilter(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  const array = arraySpeciesCreate(object, 0);
  let to = 0;
  for (let k = 0; k < length; k++) {
    if (!(k in object)) continue;
    const value = object[k];
    if (%call(callback, self, value, k, object)) {
      %define(array, to, value);
      to++;
    }
  }
  return array;
}

function arrayFind(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    const value = object[k];
    if (%call(callback, self, value, k, object)) return value;
  }
}

function arrayFindIndex(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    if (%call(callback, self, object[k], k, object)) return k;
  }
  return -1;
}

function arrayFindLast(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = length - 1; k >= 0; k--) {
    const value = object[k];
    if (%call(callback, self, value, k, object)) return value;
  }
}

function arrayFindLastIndex(callback, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  for (let k = length - 1; k >= 0; k--) {
    if (%call(callback, self, object[k], k, object)) return k;
  }
  return -1;
}

function arrayIncludes(wanted, from) {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length === 0) return false;
  for (let k = relativeIndex(from, length); k < length; k++) {
    if (%sameValueZero(object[k], wanted)) return true;
  }
  return false;
}

function arrayIndexOf(wanted, from) {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length === 0) return -1;
  for (let k = relativeIndex(from, length); k < length; k++) {
    if (k in object && object[k] === wanted) return k;
  }
  return -1;
}

function arrayLastIndexOf(wanted, ...rest) {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length === 0) return -1;
  const from = rest.length > 0 ? integerOf(rest[0]) : length - 1;
  for (let k = from < 0 ? length + from : from < length ? from : length - 1; k >= 0; k--) {
    if (k in object && object[k] === wanted) return k;
  }
  return -1;
}

function arrayReduce(callback, ...rest) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  let k = 0;
  let result;
  if (rest.length > 0) {
    result = rest[0];
  } else {
    while (k < length && !(k in object)) k++;
    if (k >= length) %throwTypeError("Reduce of empty array with no initial value");
    result = object[k++];
  }
  for (; k < length; k++) {
    if (k in object) result = %call(callback, undefined, result, object[k], k, object);
  }
  return result;
}

function arrayReduceRight(callback, ...rest) {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkCallable(callback);
  let k = length - 1;
  let result;
  if (rest.length > 0) {
    result = rest[0];
  } else {
    while (k >= 0 && !(k in object)) k--;
    if (k < 0) %throwTypeError("Reduce of empty array with no initial value");
    result = object[k--];
  }
  for (; k >= 0; k--) {
    if (k in object) result = %call(callback, undefined, result, object[k], k, object);
  }
  return result;
}

// ---- text

function arrayJoin(separator) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const between = separator === undefined ? "," : %toString(separator);
  return joinElements(object, length, between);
}

// Elements as one string; an object that is being joined already gives the empty string.
function joinElements(object, length, between) {
  if (!%enterJoin(object)) return "";
  try {
    const parts = [];
    for (let k = 0; k < length; k++) {
      const value = object[k];
      %push(parts, value === undefined || value === null ? "" : %toString(value));
    }
    return %joinStrings(parts, between);
  } finally {
    %leaveJoin(object);
  }
}

function arrayToString() {
  const object = %toObject(this);
  const join = object.join;
  if (%isCallable(join)) return %call(join, object);
  return %call(%realm("ObjectToString"), object);
}

function arrayToLocaleString() {
  const object = %toObject(this);
  return localeJoin(object, lengthOf(object));
}

function localeJoin(object, length) {
  if (!%enterJoin(object)) return "";
  try {
    const parts = [];
    for (let k = 0; k < length; k++) {
      const value = object[k];
      %push(parts, value === undefined || value === null ? "" : %toString(%call(value.toLocaleString, value)));
    }
    return %joinStrings(parts, ",");
  } finally {
    %leaveJoin(object);
  }
}

// ---- changing

function arrayCopyWithin(target, start, end) {
  const object = %toObject(this);
  const length = lengthOf(object);
  let to = relativeIndex(target, length);
  let from = relativeIndex(start, length);
  const final = relativeEnd(end, length);
  let count = final - from < length - to ? final - from : length - to;
  let step = 1;
  if (from < to && to < from + count) {
    step = -1;
    from += count - 1;
    to += count - 1;
  }
  for (; count > 0; count--) {
    if (from in object) object[to] = object[from];
    else delete object[to];
    from += step;
    to += step;
  }
  return object;
}

function arrayFill(value, start, end) {
  const object = %toObject(this);
  const length = lengthOf(object);
  let k = relativeIndex(start, length);
  const final = relativeEnd(end, length);
  for (; k < final; k++) object[k] = value;
  return object;
}

function arrayPop() {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length === 0) {
    object.length = 0;
    return undefined;
  }
  const value = object[length - 1];
  delete object[length - 1];
  object.length = length - 1;
  return value;
}

function arrayPush(...items) {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length + items.length > 9007199254740991) {
    %throwTypeError("Pushing elements past the maximum array-like length is not allowed");
  }
  for (let k = 0; k < items.length; k++) object[length + k] = items[k];
  object.length = length + items.length;
  return length + items.length;
}

function arrayReverse() {
  const object = %toObject(this);
  const length = lengthOf(object);
  const middle = (length - length % 2) / 2;
  for (let lower = 0; lower < middle; lower++) {
    const upper = length - 1 - lower;
    const hasLower = lower in object;
    let low, high;
    if (hasLower) low = object[lower];
    const hasUpper = upper in object;
    if (hasUpper) high = object[upper];
    if (hasUpper) object[lower] = high;
    else if (hasLower) delete object[lower];
    if (hasLower) object[upper] = low;
    else if (hasUpper) delete object[upper];
  }
  return object;
}

function arrayShift() {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (length === 0) {
    object.length = 0;
    return undefined;
  }
  const first = object[0];
  for (let k = 1; k < length; k++) {
    if (k in object) object[k - 1] = object[k];
    else delete object[k - 1];
  }
  delete object[length - 1];
  object.length = length - 1;
  return first;
}

function arrayUnshift(...items) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const count = items.length;
  if (count > 0) {
    if (length + count > 9007199254740991) {
      %throwTypeError("Unshifting elements past the maximum array-like length is not allowed");
    }
    for (let k = length - 1; k >= 0; k--) {
      if (k in object) object[k + count] = object[k];
      else delete object[k + count];
    }
    for (let k = 0; k < count; k++) object[k] = items[k];
  }
  object.length = length + count;
  return length + count;
}

function arraySlice(start, end) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const from = relativeIndex(start, length);
  const final = relativeEnd(end, length);
  const array = arraySpeciesCreate(object, final > from ? final - from : 0);
  let n = 0;
  for (let k = from; k < final; k++, n++) {
    if (k in object) %define(array, n, object[k]);
  }
  array.length = n;
  return array;
}

function arraySplice(...items) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const start = relativeIndex(items[0], length);
  const added = items.length > 2 ? items.length - 2 : 0;
  let count = 0;
  if (items.length === 1) count = length - start;
  else if (items.length > 1) {
    const asked = integerOf(items[1]);
    count = asked < 0 ? 0 : asked < length - start ? asked : length - start;
  }
  if (length + added - count > 9007199254740991) {
    %throwTypeError("Invalid array length");
  }
  const array = arraySpeciesCreate(object, count);
  for (let k = 0; k < count; k++) {
    if (start + k in object) %define(array, k, object[start + k]);
  }
  array.length = count;
  if (added < count) {
    for (let k = start; k < length - count; k++) {
      if (k + count in object) object[k + added] = object[k + count];
      else delete object[k + added];
    }
    for (let k = length; k > length - count + added; k--) delete object[k - 1];
  } else if (added > count) {
    for (let k = length - count; k > start; k--) {
      if (k + count - 1 in object) object[k + added - 1] = object[k + count - 1];
      else delete object[k + added - 1];
    }
  }
  for (let k = 0; k < added; k++) object[start + k] = items[k + 2];
  object.length = length - count + added;
  return array;
}

// ---- flattening

function flattenInto(target, source, length, start, depth, mapper, self) {
  for (let k = 0; k < length; k++) {
    if (!(k in source)) continue;
    let value = source[k];
    if (mapper !== undefined) value = %call(mapper, self, value, k, source);
    if (depth > 0 && %isArray(value)) {
      start = flattenInto(target, value, lengthOf(value), start, depth - 1, undefined, undefined);
    } else {
      if (start >= 9007199254740991) %throwTypeError("Invalid array length");
      %define(target, start, value);
      start++;
    }
  }
  return start;
}

function arrayFlat(depth) {
  const object = %toObject(this);
  const length = lengthOf(object);
  let levels = 1;
  if (depth !== undefined) {
    levels = integerOf(depth);
    if (levels < 0) levels = 0;
  }
  const array = arraySpeciesCreate(object, 0);
  flattenInto(array, object, length, 0, levels, undefined, undefined);
  return array;
}

function arrayFlatMap(mapper, self) {
  const object = %toObject(this);
  const length = lengthOf(object);
  if (!%isCallable(mapper)) %throwTypeError("flatMap mapper function is not callable");
  const array = arraySpeciesCreate(object, 0);
  flattenInto(array, object, length, 0, 1, mapper, self);
  return array;
}

// ---- sorting

function checkComparator(comparator) {
  if (comparator !== undefined && !%isCallable(comparator)) {
    %throwTypeError(`The comparison function must be either a function or undefined: ${%describe(comparator)}`);
  }
}

// Sorts a list of the library's in place; undefined goes to the end.
function sortList(list, comparator) {
  const defined = [];
  const count = list.length;
  for (let k = 0; k < count; k++) if (list[k] !== undefined) %push(defined, list[k]);
  let sorted;
  if (comparator === undefined) {
    const keys = [];
    for (let k = 0; k < defined.length; k++) %push(keys, %toString(defined[k]));
    sorted = %sortByText(defined, keys);
  } else {
    sorted = mergeSort(defined, comparator);
  }
  for (let k = 0; k < count; k++) list[k] = k < sorted.length ? sorted[k] : undefined;
}

// A stable merge sort; runs of the list's own are found first, so that sorted input takes one pass.
function mergeSort(list, comparator) {
  const count = list.length;
  // Short blocks by insertion.
  for (let from = 0; from < count; from += 8) {
    const to = from + 8 < count ? from + 8 : count;
    for (let k = from + 1; k < to; k++) {
      const value = list[k];
      let place = k;
      while (place > from && %toNumber(%call(comparator, undefined, list[place - 1], value)) > 0) {
        list[place] = list[place - 1];
        place--;
      }
      list[place] = value;
    }
  }
  let source = list;
  let target = count > 8 ? %copyDense(list) : list;
  for (let width = 8; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      const middle = from + width < count ? from + width : count;
      const end = from + 2 * width < count ? from + 2 * width : count;
      let left = from;
      let right = middle;
      const ordered = middle >= end
        || !(%toNumber(%call(comparator, undefined, source[middle - 1], source[middle])) > 0);
      if (ordered) {
        for (let k = from; k < end; k++) target[k] = source[k];
        continue;
      }
      for (let k = from; k < end; k++) {
        if (left < middle && (right >= end
          || !(%toNumber(%call(comparator, undefined, source[left], source[right])) > 0))) {
          target[k] = source[left++];
        } else {
          target[k] = source[right++];
        }
      }
    }
    const other = source;
    source = target;
    target = other;
  }
  return source;
}

function arraySort(comparator) {
  checkComparator(comparator);
  const object = %toObject(this);
  const length = lengthOf(object);
  const list = [];
  for (let k = 0; k < length; k++) if (k in object) %push(list, object[k]);
  sortList(list, comparator);
  for (let k = 0; k < list.length; k++) object[k] = list[k];
  for (let k = list.length; k < length; k++) {
    if (k in object) delete object[k];
  }
  return object;
}

function arrayToSorted(comparator) {
  checkComparator(comparator);
  const object = %toObject(this);
  const length = lengthOf(object);
  checkArrayLength(length);
  const list = [];
  for (let k = 0; k < length; k++) %push(list, object[k]);
  sortList(list, comparator);
  return list;
}

// ---- copies

function checkArrayLength(length) {
  if (length > 4294967295) %throwRangeError("Invalid array length");
}

function arrayToReversed() {
  const object = %toObject(this);
  const length = lengthOf(object);
  checkArrayLength(length);
  const array = [];
  for (let k = length - 1; k >= 0; k--) %push(array, object[k]);
  return array;
}

function arrayToSpliced(...items) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const start = relativeIndex(items[0], length);
  const added = items.length > 2 ? items.length - 2 : 0;
  let skip = 0;
  if (items.length === 1) skip = length - start;
  else if (items.length > 1) {
    const asked = integerOf(items[1]);
    skip = asked < 0 ? 0 : asked < length - start ? asked : length - start;
  }
  const total = length + added - skip;
  if (total > 9007199254740991) %throwTypeError("Invalid array length");
  checkArrayLength(total);
  const array = [];
  for (let k = 0; k < start; k++) %push(array, object[k]);
  for (let k = 0; k < added; k++) %push(array, items[k + 2]);
  for (let k = start + skip; k < length; k++) %push(array, object[k]);
  return array;
}

function arrayWith(index, value) {
  const object = %toObject(this);
  const length = lengthOf(object);
  const relative = integerOf(index);
  const actual = relative >= 0 ? relative : length + relative;
  if (actual >= length || actual < 0) %throwRangeError("Invalid index : " + %toString(relative));
  checkArrayLength(length);
  const array = [];
  for (let k = 0; k < length; k++) %push(array, k === actual ? value : object[k]);
  return array;
}

// 23.1.5.2.1 %ArrayIteratorPrototype%.next, where something runs.
function arrayIteratorNext() {
  const target = %arrayIteratorTarget(this);
  const index = %arrayIteratorIndex(this);
  const mode = %arrayIteratorMode(this);
  let value;
  try {
    if (index >= lengthOf(target)) {
      %arrayIteratorEnd(this);
      return { value: undefined, done: true };
    }
    %arrayIteratorAdvance(this);
    value = mode === 0 ? index : mode === 1 ? target[index] : [index, target[index]];
  } catch (error) {
    %arrayIteratorEnd(this);
    throw error;
  }
  return { value, done: false };
}
