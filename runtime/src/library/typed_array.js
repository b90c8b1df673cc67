// ArrayBuffers, typed arrays and DataViews (clauses 23.2 and 25): what runs guest code.

// 7.1.22 ToIndex
function indexOfValue(value) {
  const index = integerOf(value);
  if (index < 0 || index > 9007199254740991) %throwRangeError("Invalid index");
  return index;
}

// 25.1.4.1 ArrayBuffer and 25.2.3.1 SharedArrayBuffer
function arrayBufferConstructor(length, options) {
  if (new.target === undefined) %throwTypeError("Constructor ArrayBuffer requires 'new'");
  return makeBuffer(new.target, length, options, "ArrayBufferPrototype", false);
}

function sharedArrayBufferConstructor(length, options) {
  if (new.target === undefined) %throwTypeError("Constructor SharedArrayBuffer requires 'new'");
  return makeBuffer(new.target, length, options, "SharedArrayBufferPrototype", true);
}

function makeBuffer(target, length, options, proto, shared) {
  const integer = integerOf(length);
  if (integer < 0 || integer > 9007199254740991) %throwRangeError("Array buffer allocation failed");
  let max = undefined;
  if (%isObject(options)) {
    const asked = options.maxByteLength;
    if (asked !== undefined) {
      max = integerOf(asked);
      if (max < 0 || max > 9007199254740991) %throwRangeError("Invalid array buffer max length");
      if (integer > max) %throwRangeError("Invalid array buffer max length");
    }
  }
  return %newBuffer(prototypeFor(target, proto), integer, max, shared);
}

// 25.1.6.7 ArrayBuffer.prototype.slice
function arrayBufferSlice(start, end) {
  return sliceBuffer(this, start, end, false, "ArrayBuffer");
}

function sharedArrayBufferSlice(start, end) {
  return sliceBuffer(this, start, end, true, "SharedArrayBuffer");
}

function sliceBuffer(buffer, start, end, shared, name) {
  const length = %bufferLength(buffer, shared);
  const first = relativeIndex(start, length);
  const final = relativeEnd(end, length);
  const count = final > first ? final - first : 0;
  const fallback = shared ? %realm("SharedArrayBuffer") : %realm("ArrayBuffer");
  const result = %new(speciesConstructor(buffer, fallback), count);
  const room = %bufferLength(result, shared);
  if (result === buffer) {
    %throwTypeError("ArrayBuffer subclass returned this from species constructor");
  }
  if (room < count) %throwTypeError(`Species constructor returned a too small ${name}`);
  const now = %bufferLength(buffer, shared);
  if (first < now) %copyBytes(buffer, first, result, 0, count < now - first ? count : now - first);
  return result;
}

// ---- %TypedArray%

function typedArrayAbstract() {
  %throwTypeError("Abstract class TypedArray not directly constructable");
}

// The rest of a typed array constructor on an object that is neither typed array nor buffer.
function typedFromObject(object, proto, type) {
  const method = object[%symbol("iterator")];
  if (method !== undefined && method !== null) {
    checkCallable(method);
    const values = listFromIterable(object, method);
    const array = %newTyped(type, proto, values.length);
    for (let k = 0; k < values.length; k++) array[k] = values[k];
    return array;
  }
  const length = lengthOf(object);
  const array = %newTyped(type, proto, length);
  for (let k = 0; k < length; k++) array[k] = object[k];
  return array;
}

// 7.4.? IteratorToList of what a method gives.
function listFromIterable(object, method) {
  if (method === %realm("ArrayValues") && %isPlainIterable(object)) return %copyDense(object);
  const iterator = iteratorFrom(object, method);
  const next = iterator.next;
  const values = [];
  for (;;) {
    const result = nextResult(iterator, next);
    if (result === undefined) return values;
    %push(values, result.value);
  }
}

// 23.2.4.2 TypedArrayCreateFromCtor with a length.
function typedCreate(constructor, length) {
  const array = %new(constructor, length);
  if (%typedLength(array) < length) %throwTypeError("Derived TypedArray constructor created an array which was too small");
  return array;
}

// 23.2.4.1 TypedArraySpeciesCreate with a length.
function typedSpecies(exemplar, length) {
  const constructor = speciesConstructor(exemplar, %typedConstructor(exemplar));
  const array = typedCreate(constructor, length);
  checkContent(array, exemplar);
  return array;
}

function checkContent(array, exemplar) {
  if (%typedIsBig(array) !== %typedIsBig(exemplar)) {
    %throwTypeError("Content type of the species result does not match the source typed array");
  }
}

function typedFrom(source, mapper, self) {
  if (!%isConstructor(this)) %throwTypeError(`${%describe(this)} is not a constructor`);
  const mapping = mapper !== undefined;
  if (mapping) checkCallable(mapper);
  const method = source[%symbol("iterator")];
  let values, length;
  if (method !== undefined && method !== null) {
    checkCallable(method);
    values = listFromIterable(source, method);
    length = values.length;
  } else {
    values = %toObject(source);
    length = lengthOf(values);
  }
  const target = typedCreate(this, length);
  for (let k = 0; k < length; k++) {
    const value = values[k];
    target[k] = mapping ? %call(mapper, self, value, k) : value;
  }
  return target;
}

function typedOf(...items) {
  if (!%isConstructor(this)) %throwTypeError(`${%describe(this)} is not a constructor`);
  const target = typedCreate(this, items.length);
  for (let k = 0; k < items.length; k++) target[k] = items[k];
  return target;
}

// ---- reading

function typedAt(index) {
  const length = %typedLength(this);
  const relative = integerOf(index);
  const k = relative >= 0 ? relative : length + relative;
  return k < 0 || k >= length ? undefined : this[k];
}

function typedEvery(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = 0; k < length; k++) if (!%call(callback, self, this[k], k, this)) return false;
  return true;
}

function typedSome(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = 0; k < length; k++) if (%call(callback, self, this[k], k, this)) return true;
  return false;
}

function typedForEach(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = 0; k < length; k++) %call(callback, self, this[k], k, this);
}

function typedFind(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = 0; k < length; k++) {
    const value = this[k];
    if (%call(callback, self, value, k, this)) return value;
  }
}

function typedFindIndex(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = 0; k < length; k++) if (%call(callback, self, this[k], k, this)) return k;
  return -1;
}

function typedFindLast(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = length - 1; k >= 0; k--) {
    const value = this[k];
    if (%call(callback, self, value, k, this)) return value;
  }
}

function typedFindLastIndex(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  for (let k = length - 1; k >= 0; k--) if (%call(callback, self, this[k], k, this)) return k;
  return -1;
}

function typedFilter(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  const kept = [];
  for (let k = 0; k < length; k++) {
    const value = this[k];
    if (%call(callback, self, value, k, this)) %push(kept, value);
  }
  const result = typedSpecies(this, kept.length);
  for (let k = 0; k < kept.length; k++) result[k] = kept[k];
  return result;
}

function typedMap(callback, self) {
  const length = %typedLength(this);
  checkCallable(callback);
  const result = typedSpecies(this, length);
  for (let k = 0; k < length; k++) result[k] = %call(callback, self, this[k], k, this);
  return result;
}

function typedIncludes(wanted, from) {
  const length = %typedLength(this);
  if (length === 0) return false;
  for (let k = relativeIndex(from, length); k < length; k++) {
    if (%sameValueZero(this[k], wanted)) return true;
  }
  return false;
}

function typedIndexOf(wanted, from) {
  const length = %typedLength(this);
  if (length === 0) return -1;
  for (let k = relativeIndex(from, length); k < length; k++) {
    if (k in this && this[k] === wanted) return k;
  }
  return -1;
}

function typedLastIndexOf(wanted, ...rest) {
  const length = %typedLength(this);
  if (length === 0) return -1;
  const from = rest.length > 0 ? integerOf(rest[0]) : length - 1;
  for (let k = from < 0 ? length + from : from < length ? from : length - 1; k >= 0; k--) {
    if (k in this && this[k] === wanted) return k;
  }
  return -1;
}

function typedReduce(callback, ...rest) {
  const length = %typedLength(this);
  checkCallable(callback);
  let k = 0;
  let result;
  if (rest.length > 0) {
    result = rest[0];
  } else {
    if (length === 0) %throwTypeError("Reduce of empty array with no initial value");
    result = this[k++];
  }
  for (; k < length; k++) result = %call(callback, undefined, result, this[k], k, this);
  return result;
}

function typedReduceRight(callback, ...rest) {
  const length = %typedLength(this);
  checkCallable(callback);
  let k = length - 1;
  let result;
  if (rest.length > 0) {
    result = rest[0];
  } else {
    if (length === 0) %throwTypeError("Reduce of empty array with no initial value");
    result = this[k--];
  }
  for (; k >= 0; k--) result = %call(callback, undefined, result, this[k], k, this);
  return result;
}

function typedJoin(separator) {
  const length = %typedLength(this);
  return joinElements(this, length, separator === undefined ? "," : %toString(separator));
}

function typedToLocaleString() {
  return localeJoin(this, %typedLength(this));
}

// ---- changing

function typedCopyWithin(target, start, end) {
  const length = %typedLength(this);
  const to = relativeIndex(target, length);
  const from = relativeIndex(start, length);
  const final = relativeEnd(end, length);
  let count = final - from < length - to ? final - from : length - to;
  if (count > 0) {
    const now = %typedLength(this);
    const highest = to > from ? to : from;
    if (count > now - highest) count = now - highest;
    if (count > 0) %typedMove(this, from, to, count);
  }
  return this;
}

function typedFill(value, start, end) {
  const length = %typedLength(this);
  value = %typedValue(this, value);
  const first = relativeIndex(start, length);
  let final = relativeEnd(end, length);
  const now = %typedLength(this);
  if (final > now) final = now;
  %typedFillRange(this, value, first, final);
  return this;
}

function typedReverse() {
  const length = %typedLength(this);
  for (let low = 0, high = length - 1; low < high; low++, high--) {
    const value = this[low];
    this[low] = this[high];
    this[high] = value;
  }
  return this;
}

// 23.2.3.26 %TypedArray%.prototype.set
function typedSet(source, offset) {
  %typedType(this);
  const at = integerOf(offset);
  if (at < 0) %throwRangeError("offset is out of bounds");
  if (%isTypedArray(source)) {
    %typedSetTyped(this, source, at);
    return;
  }
  const room = %typedLength(this);
  const object = %toObject(source);
  const length = lengthOf(object);
  if (length + at > room) %throwRangeError("offset is out of bounds");
  for (let k = 0; k < length; k++) this[at + k] = object[k];
}

function typedSlice(start, end) {
  const length = %typedLength(this);
  const first = relativeIndex(start, length);
  let final = relativeEnd(end, length);
  let count = final > first ? final - first : 0;
  const result = typedSpecies(this, count);
  if (count > 0) {
    const now = %typedLength(this);
    if (final > now) final = now;
    count = final > first ? final - first : 0;
    if (%typedType(this) === %typedType(result)) %typedCopyBytes(this, first, result, count);
    else for (let k = first, n = 0; k < final; k++, n++) result[n] = this[k];
  }
  return result;
}

function typedSort(comparator) {
  checkComparator(comparator);
  const length = %typedLength(this);
  if (comparator === undefined) {
    %typedSortPlain(this);
    return this;
  }
  const list = [];
  for (let k = 0; k < length; k++) %push(list, this[k]);
  const sorted = mergeSort(list, comparator);
  for (let k = 0; k < length; k++) this[k] = sorted[k];
  return this;
}

function typedSubarray(begin, end) {
  %typedType(this);
  const buffer = %typedBuffer(this);
  const length = %typedLengthNow(this);
  const first = relativeIndex(begin, length);
  const offset = %typedOffset(this) + first * %typedElementSize(this);
  const follows = %typedTracks(this) && end === undefined;
  const final = follows ? 0 : relativeEnd(end, length);
  const constructor = speciesConstructor(this, %typedConstructor(this));
  const result = follows ? %new(constructor, buffer, offset)
    : %new(constructor, buffer, offset, final > first ? final - first : 0);
  %typedLength(result);
  checkContent(result, this);
  return result;
}

// ---- copies

function typedToReversed() {
  const length = %typedLength(this);
  const result = %newTyped(%typedType(this), undefined, length);
  for (let k = 0; k < length; k++) result[k] = this[length - 1 - k];
  return result;
}

function typedToSorted(comparator) {
  checkComparator(comparator);
  const length = %typedLength(this);
  const result = %newTyped(%typedType(this), undefined, length);
  %typedCopyBytes(this, 0, result, length);
  if (comparator === undefined) {
    %typedSortPlain(result);
    return result;
  }
  const list = [];
  for (let k = 0; k < length; k++) %push(list, result[k]);
  const sorted = mergeSort(list, comparator);
  for (let k = 0; k < length; k++) result[k] = sorted[k];
  return result;
}

function typedWith(index, value) {
  const length = %typedLength(this);
  const relative = integerOf(index);
  const actual = relative >= 0 ? relative : length + relative;
  const number = %typedValue(this, value);
  if (!(actual >= 0 && actual < %typedLengthNow(this))) %throwRangeError("Invalid typed array index");
  const result = %newTyped(%typedType(this), undefined, length);
  for (let k = 0; k < length; k++) result[k] = k === actual ? number : this[k];
  return result;
}

// ---- Uint8Array and text

function base64Alphabet(options) {
  const alphabet = options.alphabet;
  if (alphabet === undefined || alphabet === "base64") return false;
  if (alphabet === "base64url") return true;
  %throwTypeError("expected alphabet to be either \"base64\" or \"base64url\"");
}

function base64LastChunk(options) {
  const handling = options.lastChunkHandling;
  if (handling === undefined || handling === "loose") return 0;
  if (handling === "strict") return 1;
  if (handling === "stop-before-partial") return 2;
  %throwTypeError("expected lastChunkHandling to be \"loose\", \"strict\" or \"stop-before-partial\"");
}

function base64Options(options) {
  if (options === undefined) return %newObject(null);
  if (!%isObject(options)) %throwTypeError(`${%describe(options)} is not an object`);
  return options;
}

function uint8ToBase64(options) {
  %checkUint8(this);
  options = base64Options(options);
  const url = base64Alphabet(options);
  const omit = !!options.omitPadding;
  return %base64Encode(this, url, omit);
}

function uint8FromBase64(string, options) {
  if (typeof string !== "string") %throwTypeError("expected input to be a string");
  options = base64Options(options);
  const url = base64Alphabet(options);
  const last = base64LastChunk(options);
  return %base64Decode(string, url, last);
}

function uint8SetFromBase64(string, options) {
  %checkUint8(this);
  if (typeof string !== "string") %throwTypeError("expected input to be a string");
  options = base64Options(options);
  const url = base64Alphabet(options);
  const last = base64LastChunk(options);
  return %base64DecodeInto(this, string, url, last);
}
