// How objects are shown; inspect.js has the rest.

// Flags of %ownFlags%: 1 there is such a property, 2 enumerable, 4 getter, 8 setter, 16 not initialised yet.

function formatValue(context, value, level, isPart) {
  if (!%isObject(value)) return formatPrimitive(context, value);
  const receiver = value;
  if (%isProxy(value)) {
    if (context.showProxy && !%isContextGlobal(value)) return formatProxy(context, value, level);
    value = %proxyInnermost(value);
    if (value === null) return stylize(context, "<Revoked Proxy>", "special");
  }
  if (context.customInspect) {
    const custom = value[%realm("InspectSymbol")];
    if (typeof custom === "function" && custom !== inspect && !isPrototypeOfItsClass(value)) {
      const depth = context.depth - level;
      const shown = %call(custom, receiver, depth, optionsForUser(context), inspect);
      if (shown !== receiver) {
        if (typeof shown !== "string") return formatValue(context, shown, level, false);
        return %indentText(shown, context.indent);
      }
    }
  }
  const seen = context.seen;
  for (let i = 0; i < seen.length; i++) {
    if (seen[i] === value) return stylize(context, `[Circular *${circularNumber(context, value, true)}]`, "special");
  }
  return formatObject(context, value, level, isPart);
}

function isPrototypeOfItsClass(value) {
  const constructor = value.constructor;
  return !!constructor && constructor.prototype === value;
}

// The number of an object that refers to itself, from 1; 0 where it has none and shall not get one.
function circularNumber(context, value, add) {
  const circular = context.circular;
  for (let i = 0; i < circular.length; i++) {
    if (circular[i] === value) return i + 1;
  }
  if (!add) return 0;
  %push(circular, value);
  return circular.length;
}

function formatProxy(context, proxy, level) {
  const target = %proxyTarget(proxy);
  if (target === null) return stylize(context, "<Revoked Proxy>", "special");
  if (level > context.depth) return stylize(context, "Proxy [Array]", "special");
  context.indent += 2;
  const parts = [formatValue(context, target, level + 1, false)];
  %push(parts, formatValue(context, %proxyHandler(proxy), level + 1, false));
  context.indent -= 2;
  return layOut(context, parts, "", "Proxy [", "]", true, level + 1, undefined);
}

// Name and tag before the braces; `size` as "(3)".
function prefixOf(constructor, tag, fallback, size) {
  if (constructor === null) {
    if (tag !== "" && fallback !== tag) return `[${fallback}${size}: null prototype] [${tag}] `;
    return `[${fallback}${size}: null prototype] `;
  }
  if (tag !== "" && constructor !== tag) return `${constructor}${size} [${tag}] `;
  return `${constructor}${size} `;
}

// As `prefixOf`, of an object whose kind does not matter.
function plainPrefix(value, constructor, tag) {
  let fallback = "";
  if (constructor === null) {
    fallback = %className(value);
    if (fallback === tag) fallback = "Object";
  }
  return prefixOf(constructor, tag, fallback, "");
}

// The name of the object's class: null without prototypes.
function constructorName(context, value, level) {
  const name = %constructorName(value);
  if (name !== undefined) return name;
  const own = %className(value);
  if (level > context.depth) return `${own} <Complex prototype>`;
  const proto = %protoOf(value);
  const inner = constructorName(context, proto, level + 1);
  if (inner !== null) return `${own} <${inner}>`;
  const depth = context.depth;
  const custom = context.customInspect;
  context.depth = -1;
  context.customInspect = false;
  const shown = formatValue(context, proto, 0, false);
  context.depth = depth;
  context.customInspect = custom;
  return `${own} <${shown}>`;
}

function tagOf(context, value) {
  const tag = value[%symbol("toStringTag")];
  if (typeof tag !== "string" || tag === "") return "";
  const flags = %ownFlags(value, %symbol("toStringTag"));
  return (flags & (context.showHidden ? 1 : 2)) !== 0 ? "" : tag;
}

function formatObject(context, value, level, isPart) {
  const constructor = constructorName(context, value, level);
  const tag = tagOf(context, value);
  const kind = %objectKind(value);
  const isArray = kind === "Array" || kind === "TypedArray";
  const keys = %visibleKeys(value, context.showHidden, isArray);
  const extra = context.showHidden && level <= context.depth ? prototypeProperties(context, value, level) : [];
  const bare = keys.length === 0 && extra.length === 0;
  let base = "";
  let open = "{";
  switch (kind) {
    case "Array": {
      const size = %arrayLength(value);
      open = constructor !== "Array" || tag !== "" ? prefixOf(constructor, tag, "Array", `(${size})`) + "[" : "[";
      if (size === 0 && bare) return open + "]";
      break;
    }
    case "TypedArray": {
      const size = %typedLengthNow(value);
      open = prefixOf(constructor, tag, constructor === null ? %className(value) : "", `(${size})`) + "[";
      if (size === 0 && keys.length === 0 && !context.showHidden) return open + "]";
      break;
    }
    case "Set":
    case "Map": {
      const size = %collectionSize(value);
      const prefix = prefixOf(constructor, tag, kind, `(${size})`);
      if (size === 0 && bare) return prefix + "{}";
      open = prefix + "{";
      break;
    }
    case "Map Iterator":
    case "Set Iterator": {
      let shown = tag;
      if (tag !== kind) shown = tag === "" ? kind : `${tag}] [${kind}`;
      if (%iteratorGivesEntries(value)) shown = %substring(shown, 0, shown.length - 9) + " Entries";
      open = `[${shown}] {`;
      break;
    }
    case "Function":
      base = functionBase(value, constructor, tag);
      if (bare) return stylize(context, base, "special");
      break;
    case "RegExp": {
      const prefix = prefixOf(constructor, tag, "RegExp", "");
      base = (prefix === "RegExp " ? "" : prefix) + %regexpText(value);
      if (bare || level > context.depth) return stylize(context, base, "regexp");
      break;
    }
    case "Date": {
      const prefix = prefixOf(constructor, tag, "Date", "");
      base = (prefix === "Date " ? "" : prefix) + %dateText(value);
      if (bare) return stylize(context, base, "date");
      break;
    }
    case "Error":
      base = errorBase(context, value, constructor, tag, keys);
      if (keys.length === 0 && extra.length === 0) return base;
      break;
    case "ArrayBuffer":
    case "SharedArrayBuffer": {
      const prefix = prefixOf(constructor, tag, kind, "");
      if (isPart && bare) return `${prefix}{ byteLength: ${formatNumber(context, %bufferSize(value))} }`;
      open = prefix + "{";
      break;
    }
    case "DataView":
    case "Promise":
    case "WeakSet":
    case "WeakMap":
    case "Module":
      open = prefixOf(constructor, tag, kind, "") + "{";
      break;
    case "Boxed":
      base = boxedBase(context, value, keys, constructor, tag);
      if (keys.length === 0 && extra.length === 0) return base;
      break;
    default:
      if (constructor === "Object") {
        if (kind === "Arguments") open = "[Arguments] {";
        else if (tag !== "") open = prefixOf(constructor, tag, "Object", "") + "{";
      } else open = plainPrefix(value, constructor, tag) + "{";
      if (bare) return open + "}";
  }
  if (level > context.depth) {
    const prefix = plainPrefix(value, constructor, tag);
    const name = %substring(prefix, 0, prefix.length - 1);
    return stylize(context, constructor === null ? name : `[${name}]`, "special");
  }
  return formatEntries(context, value, level, kind, keys, extra, base, open, isArray ? "]" : "}");
}

function formatEntries(context, value, level, kind, keys, extra, base, open, close) {
  level++;
  %push(context.seen, value);
  context.current = level;
  const isArray = close === "]";
  const output = contentOf(context, value, level, kind);
  for (let i = 0; i < keys.length; i++) %push(output, formatProperty(context, value, level, keys[i], false));
  for (let i = 0; i < extra.length; i++) %push(output, extra[i]);
  const number = circularNumber(context, value, false);
  if (number !== 0) {
    const reference = stylize(context, `<ref *${number}>`, "special");
    base = base === "" ? reference : `${reference} ${base}`;
  }
  context.seen.length--;
  if (context.sorted && !isArray) sortEntries(context, output);
  const text = layOut(context, output, base, open, close, isArray, level, kind === "Array" || kind === "TypedArray" ? value : undefined);
  context.budget += text.length;
  // Node's limit: what is longer is cut short.
  if (context.budget > 134217728) context.depth = -1;
  return text;
}

function sortEntries(context, output) {
  const sorted = typeof context.sorted === "function" ? sortList(output, context.sorted) : %sortByText(output, output);
  if (%isArray(sorted)) for (let i = 0; i < output.length; i++) output[i] = sorted[i];
}

// The entries that are no properties.
function contentOf(context, value, level, kind) {
  switch (kind) {
    case "Array": return arrayContent(context, value, level);
    case "TypedArray": return typedContent(context, value, level);
    case "Set": return collectionContent(context, value, level, false);
    case "Map": return collectionContent(context, value, level, true);
    case "Map Iterator":
    case "Set Iterator": return iteratorContent(context, value, level);
    case "ArrayBuffer":
    case "SharedArrayBuffer": return bufferContent(context, value);
    case "DataView": return viewContent(context, value, level);
    case "Promise": return promiseContent(context, value, level);
    case "WeakSet":
    case "WeakMap": return [stylize(context, "<items unknown>", "special")];
    case "WeakRef": return [];
    default: return [];
  }
}

function emptyItems(context, count) {
  return stylize(context, `<${count} empty item${count > 1 ? "s" : ""}>`, "undefined");
}

function arrayContent(context, value, level) {
  const output = [];
  const length = %arrayLength(value);
  const room = length < context.maxArrayLength ? length : context.maxArrayLength > 0 ? context.maxArrayLength : 0;
  let index = 0;
  while (index < length && output.length < room) {
    const next = %nextElement(value, index);
    if (next > index) {
      %push(output, emptyItems(context, next - index));
      index = next;
      continue;
    }
    %push(output, formatProperty(context, value, level, index, true));
    index++;
  }
  if (index < length) %push(output, remainingText(length - index, "item"));
  return output;
}

function typedContent(context, value, level) {
  const output = [];
  const length = %typedLengthNow(value);
  const room = length < context.maxArrayLength ? length : context.maxArrayLength > 0 ? context.maxArrayLength : 0;
  for (let i = 0; i < room; i++) %push(output, formatPrimitive(context, %ownData(value, i)));
  if (length > room) %push(output, remainingText(length - room, "item"));
  if (context.showHidden) {
    context.indent += 2;
    const size = %typedElementSize(value);
    %push(output, `[BYTES_PER_ELEMENT]: ${formatNumber(context, size)}`);
    %push(output, `[length]: ${formatNumber(context, length)}`);
    %push(output, `[byteLength]: ${formatNumber(context, length * size)}`);
    %push(output, `[byteOffset]: ${formatNumber(context, %typedOffset(value))}`);
    %push(output, `[buffer]: ${formatValue(context, %typedBuffer(value), level, true)}`);
    context.indent -= 2;
  }
  return output;
}

function collectionContent(context, value, level, isMap) {
  const output = [];
  const size = %collectionSize(value);
  const room = size < context.maxArrayLength ? size : context.maxArrayLength > 0 ? context.maxArrayLength : 0;
  context.indent += 2;
  const walk = %mapWalk(value);
  while (output.length < room && %walkNext(walk)) {
    let text = formatValue(context, %walkKey(walk), level, false);
    if (isMap) text += " => " + formatValue(context, %walkValue(walk), level, false);
    %push(output, text);
  }
  context.indent -= 2;
  if (size > room) %push(output, remainingText(size - room, "item"));
  return output;
}

function iteratorContent(context, value, level) {
  const rest = %iteratorRest(value);
  const pairs = %iteratorGivesEntries(value);
  const step = pairs ? 2 : 1;
  const size = rest.length / step;
  const room = size < context.maxArrayLength ? size : context.maxArrayLength > 0 ? context.maxArrayLength : 0;
  const output = [];
  context.indent += 2;
  for (let i = 0; i < room; i++) {
    const text = formatValue(context, rest[i * step], level, false);
    if (!pairs) {
      %push(output, text);
      continue;
    }
    const parts = [text, formatValue(context, rest[i * 2 + 1], level, false)];
    %push(output, layOut(context, parts, "", "[", "]", true, level, undefined));
  }
  context.indent -= 2;
  if (size > room) %push(output, remainingText(size - room, "item"));
  return output;
}

function bufferContent(context, value) {
  const size = %bufferSize(value);
  if (size < 0) return [stylize(context, "(detached)", "special"), "byteLength: " + formatNumber(context, 0)];
  let text = %bufferHex(value, context.maxArrayLength);
  if (size > context.maxArrayLength) text += " " + remainingText(size - context.maxArrayLength, "byte");
  return [
    `${stylize(context, "[Uint8Contents]", "special")}: <${text}>`,
    `byteLength: ${formatNumber(context, size)}`,
  ];
}

function viewContent(context, value, level) {
  const output = [];
  context.indent += 2;
  %push(output, `byteLength: ${formatPrimitive(context, %viewPart(value, 0))}`);
  %push(output, `byteOffset: ${formatPrimitive(context, %viewPart(value, 1))}`);
  %push(output, `buffer: ${formatValue(context, %viewPart(value, 2), level, false)}`);
  context.indent -= 2;
  return output;
}

function promiseContent(context, value, level) {
  const state = %promiseState(value);
  if (state === 0) return [stylize(context, "<pending>", "special")];
  context.indent += 2;
  const text = formatValue(context, %promiseResult(value), level, false);
  context.indent -= 2;
  return [state === 2 ? `${stylize(context, "<rejected>", "special")} ${text}` : text];
}

// ---- properties

function propertyName(context, key, enumerable) {
  if (typeof key === "symbol") return `[${stylize(context, %escapeText(%symbolText(key)), "symbol")}]`;
  if (key === "__proto__") return "['__proto__']";
  if (!enumerable) return `[${%escapeText(key)}]`;
  if (%isPlainName(key)) return stylize(context, key, "name");
  return stylize(context, %quoteText(key), "string");
}

function formatProperty(context, value, level, key, isElement) {
  const flags = %ownFlags(value, key);
  let text;
  if ((flags & 16) !== 0) text = stylize(context, "<uninitialized>", "special");
  else if ((flags & 12) !== 0) text = formatAccessor(context, value, level, key, flags);
  else {
    context.indent += 2;
    text = formatValue(context, %ownData(value, key), level, false);
    context.indent -= 2;
  }
  if (isElement) return text;
  return `${propertyName(context, key, (flags & 2) !== 0)}: ${text}`;
}

function formatAccessor(context, value, level, key, flags) {
  if ((flags & 4) === 0) return stylize(context, "[Setter]", "special");
  const label = (flags & 8) !== 0 ? "Getter/Setter" : "Getter";
  const wanted = context.getters;
  if (wanted !== true && !(wanted === "get" && (flags & 8) === 0) && !(wanted === "set" && (flags & 8) !== 0)) {
    return stylize(context, `[${label}]`, "special");
  }
  let got;
  try {
    got = value[key];
  } catch (error) {
    const message = %isObject(error) ? error.message : undefined;
    return `${stylize(context, `[${label}:`, "special")} <Inspection threw (${message})>${stylize(context, "]", "special")}`;
  }
  context.indent += 2;
  const shown = formatValue(context, got, level, false);
  context.indent -= 2;
  if (%isObject(got) && typeof got !== "function") return `${stylize(context, `[${label}]`, "special")} ${shown}`;
  return `${stylize(context, `[${label}:`, "special")} ${shown}${stylize(context, "]", "special")}`;
}

// With showHidden: what the prototypes that the user made add, up to three of them.
function prototypeProperties(context, value, level) {
  const output = [];
  const met = [];
  let object = %protoOf(value);
  for (let turn = 0; turn < 3 && object !== null; turn++) {
    if (%isBuiltinPrototype(object)) break;
    const keys = %visibleKeys(object, true, false);
    %push(context.seen, value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key === "constructor" || %ownFlags(value, key) !== 0 || listHas(met, key)) continue;
      %push(met, key);
      if ((%ownFlags(object, key) & 12) === 0 && typeof %ownData(object, key) === "function") continue;
      const text = formatProperty(context, object, level, key, false);
      %push(output, context.colors ? `\x1b[2m${text}\x1b[22m` : text);
    }
    context.seen.length--;
    object = %protoOf(object);
  }
  return output;
}

function listHas(list, value) {
  for (let i = 0; i < list.length; i++) {
    if (list[i] === value) return true;
  }
  return false;
}

// ---- functions, boxed primitives

function functionBase(value, constructor, tag) {
  const type = %functionType(value);
  if (type === "class") return classBase(value, constructor, tag);
  let base = `[${type}`;
  if (constructor === null) base += " (null prototype)";
  const name = value.name;
  base += name === "" ? " (anonymous)" : `: ${typeof name === "symbol" ? %symbolText(name) : %toString(name)}`;
  base += "]";
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== "" && constructor !== tag) base += ` [${tag}]`;
  return base;
}

function classBase(value, constructor, tag) {
  const own = (%ownFlags(value, "name") & 1) !== 0 ? value.name : undefined;
  let base = `class ${own ? %toString(own) : "(anonymous)"}`;
  if (constructor !== "Function" && constructor !== null) base += ` [${constructor}]`;
  if (tag !== "" && constructor !== tag) base += ` [${tag}]`;
  if (constructor !== null) {
    const parent = %protoOf(value);
    const name = parent === null ? undefined : parent.name;
    if (name) base += ` extends ${%toString(name)}`;
  } else base += " extends [null prototype]";
  return `[${base}]`;
}

function boxedBase(context, value, keys, constructor, tag) {
  const primitive = %wrappedValue(value);
  const name = typeof primitive;
  const type = name === "bigint" ? "BigInt" : %capitalize(name);
  if (type === "String") {
    const length = primitive.length;
    for (let i = length; i < keys.length; i++) keys[i - length] = keys[i];
    keys.length = keys.length - length;
  }
  let base = `[${type}`;
  if (type !== constructor) base += constructor === null ? " (null prototype)" : ` (${constructor})`;
  const colors = context.colors;
  context.colors = false;
  base += `: ${formatPrimitive(context, primitive)}]`;
  context.colors = colors;
  if (tag !== "" && tag !== constructor) base += ` [${tag}]`;
  return keys.length !== 0 ? base : stylize(context, base, name);
}
