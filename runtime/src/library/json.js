// JSON (25.5): what asks other objects.

// Records of a parsed text: arrays of a value, and of its source text or its parts' records.
function jsonRevive(record, reviver) {
  return internalizeJSON({ "": record[0] }, "", reviver, record);
}

// 25.5.1.1 InternalizeJSONProperty
function internalizeJSON(holder, name, reviver, record) {
  const value = holder[name];
  const context = {};
  let parts = undefined;
  if (record !== undefined && %sameValue(record[0], value)) {
    if (%isObject(value)) parts = record[1];
    else context.source = record[1];
  }
  if (%isObject(value)) {
    if (%isArray(value)) {
      const count = parts === undefined ? 0 : parts.length;
      const length = %clampLength(%toNumber(value.length));
      for (let i = 0; i < length; i++) {
        const key = %toString(i);
        internalizeAt(value, key, reviver, i < count ? parts[i] : undefined);
      }
    } else {
      const keys = enumerableOwnKeys(value);
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        internalizeAt(value, key, reviver, parts === undefined ? undefined : parts[key]);
      }
    }
  }
  return %call(reviver, holder, name, value, context);
}

function internalizeAt(object, key, reviver, record) {
  const element = internalizeJSON(object, key, reviver, record);
  if (element === undefined) %delete(object, key);
  else %createDataProperty(object, key, element);
}

// 7.3.23 EnumerableOwnProperties, of kind key.
function enumerableOwnKeys(object) {
  const keys = %ownKeys(object);
  const result = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== "string") continue;
    const desc = %getOwnDescriptor(object, key);
    if (desc !== undefined && desc.enumerable) %push(result, key);
  }
  return result;
}

// 25.5.2 JSON.stringify
function jsonStringify(value, replacer, space) {
  let list = undefined;
  let replace = undefined;
  if (%isObject(replacer)) {
    if (%isCallable(replacer)) replace = replacer;
    else if (%isArray(replacer)) list = jsonPropertyList(replacer);
  }
  if (%isObject(space)) {
    const type = %wrappedType(space);
    if (type === "number") space = %toNumber(space);
    else if (type === "string") space = %toString(space);
    else space = undefined;
  }
  const state = { replace, list, gap: %jsonGap(space), indent: "", stack: [], depth: 0, deep: undefined };
  return serializeJSON(state, { "": value }, "");
}

function jsonPropertyList(replacer) {
  const list = [];
  const seen = %newObject(null);
  const length = %clampLength(%toNumber(replacer.length));
  for (let i = 0; i < length; i++) {
    const element = replacer[i];
    let item = undefined;
    if (typeof element === "string" || typeof element === "number") item = %toString(element);
    else if (%isObject(element)) {
      const type = %wrappedType(element);
      if (type === "string" || type === "number") item = %toString(element);
    }
    if (item === undefined || item in seen) continue;
    seen[item] = true;
    %push(list, item);
  }
  return list;
}

// 25.5.2.2 SerializeJSONProperty
function serializeJSON(state, holder, key) {
  let value = holder[key];
  if (%isObject(value) || typeof value === "bigint") {
    const toJSON = value.toJSON;
    if (%isCallable(toJSON)) value = %call(toJSON, value, key);
  }
  if (state.replace !== undefined) value = %call(state.replace, holder, key, value);
  if (%isObject(value)) {
    const raw = %rawJSONText(value);
    if (raw !== undefined) return raw;
    const type = %wrappedType(value);
    if (type === "number") value = %toNumber(value);
    else if (type === "string") value = %toString(value);
    else if (type === "boolean" || type === "bigint") value = %wrappedValue(value);
  }
  if (value === null) return "null";
  if (value === true) return "true";
  if (value === false) return "false";
  if (typeof value === "string") return %quoteJSON(value);
  if (typeof value === "number") return value - value === 0 ? %toString(value) : "null";
  if (typeof value === "bigint") %throwTypeError("Do not know how to serialize a BigInt");
  if (!%isObject(value) || %isCallable(value)) return undefined;
  return %isArray(value) ? serializeJSONArray(state, value) : serializeJSONObject(state, value);
}

// The containers around are looked through one by one, from a certain depth on by hash.
function enterJSON(state, value) {
  const near = state.depth < 32 ? state.depth : 32;
  let known = false;
  for (let i = 0; i < near; i++) {
    if (state.stack[i] === value) known = true;
  }
  if (state.depth >= 32) {
    if (state.deep === undefined) state.deep = %newSet();
    if (%setHas(state.deep, value)) known = true;
    %setAdd(state.deep, value);
  } else if (state.depth < state.stack.length) state.stack[state.depth] = value;
  else %push(state.stack, value);
  if (known) {
    const shown = %describe(value);
    %throwTypeError(`Converting circular structure to JSON\n    --> starting at object ${shown}`);
  }
  state.depth++;
}

function leaveJSON(state, value) {
  state.depth--;
  if (state.depth >= 32) %setDelete(state.deep, value);
}

// 25.5.2.4 SerializeJSONObject
function serializeJSONObject(state, value) {
  enterJSON(state, value);
  const stepback = state.indent;
  state.indent += state.gap;
  const keys = state.list !== undefined ? state.list : enumerableOwnKeys(value);
  const separator = state.gap === "" ? "," : ",\n" + state.indent;
  let result = "";
  let empty = true;
  for (let i = 0; i < keys.length; i++) {
    const text = serializeJSON(state, value, keys[i]);
    if (text === undefined) continue;
    if (!empty) result += separator;
    empty = false;
    result += %quoteJSON(keys[i]) + (state.gap === "" ? ":" : ": ") + text;
  }
  if (empty) result = "{}";
  else if (state.gap === "") result = "{" + result + "}";
  else result = "{\n" + state.indent + result + "\n" + stepback + "}";
  leaveJSON(state, value);
  state.indent = stepback;
  return result;
}

// 25.5.2.5 SerializeJSONArray
function serializeJSONArray(state, value) {
  enterJSON(state, value);
  const stepback = state.indent;
  state.indent += state.gap;
  const separator = state.gap === "" ? "," : ",\n" + state.indent;
  const length = %clampLength(%toNumber(value.length));
  let result = "";
  for (let i = 0; i < length; i++) {
    if (i > 0) result += separator;
    const text = serializeJSON(state, value, %toString(i));
    result += text === undefined ? "null" : text;
  }
  if (length === 0) result = "[]";
  else if (state.gap === "") result = "[" + result + "]";
  else result = "[\n" + state.indent + result + "\n" + stepback + "]";
  leaveJSON(state, value);
  state.indent = stepback;
  return result;
}
