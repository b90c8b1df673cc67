// node:util/types.
// exports: isExternal isDate isArgumentsObject isBigIntObject isBooleanObject isNumberObject isStringObject isSymbolObject
// exports: isBoxedPrimitive isNativeError isRegExp isAsyncFunction isGeneratorFunction isGeneratorObject isPromise isMap
// exports: isSet isMapIterator isSetIterator isWeakMap isWeakSet isArrayBuffer isDataView isSharedArrayBuffer
// exports: isAnyArrayBuffer isProxy isModuleNamespaceObject isArrayBufferView isTypedArray isUint8Array
// exports: isUint8ClampedArray isUint16Array isUint32Array isInt8Array isInt16Array isInt32Array isFloat32Array
// exports: isFloat64Array isBigInt64Array isBigUint64Array isKeyObject isCryptoKey

const is = (kind) => (value) => %isObject(value) && !%isProxy(value) && %objectKind(value) === kind;
const ofClass = (name) => (value) => isTyped(value) && %className(value) === name;
const boxed = (type) => (value) => %isObject(value) && !%isProxy(value) && %objectKind(value) === "Boxed" && %wrappedType(value) === type;

const isTyped = is("TypedArray");
const isBuffer = is("ArrayBuffer"), isShared = is("SharedArrayBuffer"), isView = is("DataView");

function isFunctionOf(value, ...types) {
  if (typeof value !== "function" || %isProxy(value)) return false;
  const type = %functionType(value);
  return types.includes(type);
}

const isBigIntObject = boxed("bigint"), isNumberObject = boxed("number"), isStringObject = boxed("string");
const isBooleanObject = boxed("boolean"), isSymbolObject = boxed("symbol");

module.exports = {
  isExternal: noneIs,
  isDate: is("Date"),
  isArgumentsObject: is("Arguments"),
  isBigIntObject, isBooleanObject, isNumberObject, isStringObject, isSymbolObject,
  isBoxedPrimitive: (value) => %isObject(value) && !%isProxy(value) && %objectKind(value) === "Boxed",
  isNativeError: (value) => %isObject(value) && !%isProxy(value) && %builtinTag(value) === "Error",
  isRegExp: is("RegExp"),
  isAsyncFunction: (value) => isFunctionOf(value, "AsyncFunction", "AsyncGeneratorFunction"),
  isGeneratorFunction: (value) => isFunctionOf(value, "GeneratorFunction", "AsyncGeneratorFunction"),
  isGeneratorObject: (value) => %isObject(value) && !%isProxy(value) && %isGenerator(value),
  isPromise: (value) => %isObject(value) && %isPromise(value),
  isMap: is("Map"), isSet: is("Set"), isMapIterator: is("Map Iterator"), isSetIterator: is("Set Iterator"),
  isWeakMap: is("WeakMap"), isWeakSet: is("WeakSet"),
  isArrayBuffer: isBuffer, isDataView: isView, isSharedArrayBuffer: isShared,
  isAnyArrayBuffer: (value) => isBuffer(value) || isShared(value),
  isProxy: (value) => %isObject(value) && %isProxy(value) && !%isContextGlobal(value),
  isModuleNamespaceObject: is("Module"),
  isArrayBufferView: (value) => isTyped(value) || isView(value),
  isTypedArray: isTyped,
  isUint8Array: ofClass("Uint8Array"), isUint8ClampedArray: ofClass("Uint8ClampedArray"),
  isUint16Array: ofClass("Uint16Array"), isUint32Array: ofClass("Uint32Array"),
  isInt8Array: ofClass("Int8Array"), isInt16Array: ofClass("Int16Array"), isInt32Array: ofClass("Int32Array"),
  isFloat32Array: ofClass("Float32Array"), isFloat64Array: ofClass("Float64Array"),
  isBigInt64Array: ofClass("BigInt64Array"), isBigUint64Array: ofClass("BigUint64Array"),
  isKeyObject: noneIs, isCryptoKey: noneIs,
};

// tvm has no such objects.
function noneIs() {
  return false;
}
