// structuredClone (HTML 2.7.10) and DOMException.

function domExceptionCode(name) {
  const names = ["IndexSizeError", "", "HierarchyRequestError", "WrongDocumentError", "InvalidCharacterError", "",
    "NoModificationAllowedError", "NotFoundError", "NotSupportedError", "InUseAttributeError", "InvalidStateError",
    "SyntaxError", "InvalidModificationError", "NamespaceError", "InvalidAccessError", "", "TypeMismatchError",
    "SecurityError", "NetworkError", "AbortError", "URLMismatchError", "QuotaExceededError", "TimeoutError",
    "InvalidNodeTypeError", "DataCloneError"];
  for (let i = 0; i < names.length; i++) {
    if (names[i] === name) return i + 1;
  }
  return 0;
}

function domException(message, options) {
  if (new.target === undefined) %throwTypeError("Class constructor DOMException cannot be invoked without 'new'");
  const proto = prototypeFor(new.target, "DOMExceptionPrototype");
  const error = %newErrorFor(proto, message === undefined ? "" : %toString(message));
  let name = options;
  if (%isObject(options)) {
    name = options.name;
    if ("cause" in options) %defineHidden(error, "cause", options.cause);
  }
  name = name === undefined ? "Error" : %toString(name);
  %defineHidden(error, "name", name);
  %defineHidden(error, "code", domExceptionCode(name));
  return error;
}

function throwDOMException(message, name) {
  throw %new(%realm("DOMException"), message, name);
}

function structuredClone(value, options) {
  if (%argumentCount() === 0) %throwTypeError("The \"value\" argument must be specified");
  const memory = %newMap();
  const buffers = [];
  if (options !== undefined && options !== null) {
    if (!%isObject(options)) %throwTypeError("The \"options\" argument must be of type object.");
    const transfer = options.transfer;
    if (transfer !== undefined) checkTransfer(transfer, buffers);
  }
  // The buffers are moved behind everything else, so that a failure leaves them as they were.
  for (let i = 0; i < buffers.length; i++) {
    const max = %bufferMost(buffers[i]);
    %mapSet(memory, buffers[i], %newBuffer(%realm("ArrayBufferPrototype"), %bufferSize(buffers[i]), max, false));
  }
  const result = cloneValue(memory, value);
  for (let i = 0; i < buffers.length; i++) {
    const target = %mapGet(memory, buffers[i]);
    %copyBytes(buffers[i], 0, target, 0, %bufferSize(target));
    %detachBuffer(buffers[i]);
  }
  return result;
}

function checkTransfer(transfer, buffers) {
  for (const item of transfer) {
    if (!%isObject(item) || %objectKind(item) !== "ArrayBuffer") {
      throwDOMException("Found invalid object in transferList", "DataCloneError");
    }
    if (%bufferSize(item) < 0) throwDOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
    if (listHas(buffers, item)) throwDOMException("Transfer list contains duplicate ArrayBuffer", "DataCloneError");
    %push(buffers, item);
  }
}

function cannotClone(value) {
  let shown = %describe(value);
  if (typeof value === "function") shown = %functionText(value);
  throwDOMException(`${shown} could not be cloned.`, "DataCloneError");
}

function cloneValue(memory, value) {
  if (typeof value === "symbol") cannotClone(value);
  if (!%isObject(value)) return value;
  if (%mapHas(memory, value)) return %mapGet(memory, value);
  if (%isProxy(value)) cannotClone(value);
  switch (%objectKind(value)) {
    case "Boxed": {
      const primitive = %wrappedValue(value);
      if (typeof primitive === "symbol") cannotClone(value);
      return remember(memory, value, %toObject(primitive));
    }
    case "Date": return remember(memory, value, %new(%realm("Date"), %dateValue(value)));
    case "RegExp": return remember(memory, value, %newRegExp(%regexpSource(value), %regexpOriginalFlags(value)));
    case "SharedArrayBuffer": return remember(memory, value, value);
    case "ArrayBuffer": return remember(memory, value, cloneBuffer(value));
    case "TypedArray": return cloneTyped(memory, value);
    case "DataView": return cloneView(memory, value);
    case "Map": return cloneMap(memory, value);
    case "Set": return cloneSet(memory, value);
    case "Error": return cloneError(memory, value);
    case "Array": return cloneArray(memory, value);
    case "Object":
      if (!%isOrdinary(value)) cannotClone(value);
      return cloneProperties(memory, value, remember(memory, value, {}));
    default: cannotClone(value);
  }
}

function remember(memory, value, copy) {
  %mapSet(memory, value, copy);
  return copy;
}

function cloneProperties(memory, value, copy) {
  const keys = enumerableOwnKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if ((%ownFlags(value, key) & 1) === 0) continue;
    %define(copy, key, cloneValue(memory, value[key]));
  }
  return copy;
}

function cloneArray(memory, value) {
  const copy = [];
  copy.length = %arrayLength(value);
  return cloneProperties(memory, value, remember(memory, value, copy));
}

function cloneBuffer(buffer) {
  const size = %bufferSize(buffer);
  if (size < 0) throwDOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
  const copy = %newBuffer(%realm("ArrayBufferPrototype"), size, %bufferMost(buffer), false);
  %copyBytes(buffer, 0, copy, 0, size);
  return copy;
}

function cloneTyped(memory, array) {
  const buffer = cloneValue(memory, %typedBuffer(array));
  const length = %typedTracks(array) ? undefined : %typedLengthNow(array);
  return remember(memory, array, %new(%typedConstructor(array), buffer, %typedOffset(array), length));
}

function cloneView(memory, view) {
  const buffer = cloneValue(memory, %viewPart(view, 2));
  return remember(memory, view, %new(%realm("DataView"), buffer, %viewPart(view, 1), %viewPart(view, 0)));
}

// Entries are listed first: cloning them runs getters, which may change the Map.
function cloneMap(memory, map) {
  const copy = remember(memory, map, %newMap());
  const pairs = mapPairs(map);
  for (let i = 0; i < pairs.length; i += 2) {
    const key = cloneValue(memory, pairs[i]);
    %mapSet(copy, key, cloneValue(memory, pairs[i + 1]));
  }
  return copy;
}

function cloneSet(memory, set) {
  const copy = remember(memory, set, %newSet());
  const items = [];
  const walk = %mapWalk(set);
  while (%walkNext(walk)) %push(items, %walkKey(walk));
  for (let i = 0; i < items.length; i++) %setAdd(copy, cloneValue(memory, items[i]));
  return copy;
}

function errorPrototypeNamed(name) {
  switch (name) {
    case "EvalError": return %realm("EvalErrorPrototype");
    case "RangeError": return %realm("RangeErrorPrototype");
    case "ReferenceError": return %realm("ReferenceErrorPrototype");
    case "SyntaxError": return %realm("SyntaxErrorPrototype");
    case "TypeError": return %realm("TypeErrorPrototype");
    case "URIError": return %realm("URIErrorPrototype");
    default: return %realm("ErrorPrototype");
  }
}

function cloneError(memory, error) {
  const given = error.name;
  const name = given === undefined ? "Error" : %toString(given);
  let message = undefined;
  if ((%ownFlags(error, "message") & 13) === 1) message = %toString(%ownData(error, "message"));
  const copy = remember(memory, error, %newErrorFor(errorPrototypeNamed(name), message));
  const stack = %ownData(error, "stack");
  if (typeof stack === "string") %defineHidden(copy, "stack", stack);
  if ((%ownFlags(error, "cause") & 13) === 1) %defineHidden(copy, "cause", cloneValue(memory, %ownData(error, "cause")));
  return copy;
}
