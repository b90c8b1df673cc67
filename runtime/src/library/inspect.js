// How values are shown: what Node's util.inspect gives, which `console` and the REPL print. Runs guest code only where
// Node does: custom inspection functions, `Symbol.toStringTag`, and an error's `stack`, `name`, `message`, `cause`.
// This file: the context, styles, primitives, layout. inspect_object.js has the objects,
// inspect_error.js the errors.

function newInspection(colors) {
  return {
    seen: [], circular: [], indent: 0, current: 0, depth: 2, colors, showHidden: false, showProxy: false,
    customInspect: true, maxArrayLength: 100, maxStringLength: 10000, breakLength: 80, compact: 3, sorted: false,
    getters: false, numericSeparator: false, userOptions: undefined, budget: 0, uncaught: undefined,
  };
}

// util.inspect: a value and options.
function inspect(value, options) {
  const context = newInspection(false);
  if (%isObject(options)) inspectOptions(context, options);
  return formatValue(context, value, 0, false);
}

// Takes over the options that a user gave.
function inspectOptions(context, options) {
  const keys = enumerableOwnKeys(options);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const value = options[key];
    if (key === "depth") context.depth = value === null ? 1 / 0 : value;
    else if (key === "maxArrayLength") context.maxArrayLength = value === null ? 1 / 0 : value;
    else if (key === "maxStringLength") context.maxStringLength = value === null ? 1 / 0 : value;
    else if (key === "breakLength") context.breakLength = value;
    else if (key === "compact") context.compact = value === false ? 0 : value === true ? 3 : value;
    else if (key === "colors") context.colors = !!value;
    else if (key === "showHidden") context.showHidden = !!value;
    else if (key === "showProxy") context.showProxy = !!value;
    else if (key === "customInspect") context.customInspect = !!value;
    else if (key === "sorted") context.sorted = value;
    else if (key === "getters") context.getters = value;
    else if (key === "numericSeparator") context.numericSeparator = !!value;
    else if (context.userOptions === undefined) context.userOptions = options;
  }
}

// The options that a custom inspection function is given.
function optionsForUser(context) {
  const options = {};
  const user = context.userOptions;
  %define(options, "stylize", context.colors ? stylizeWithColor : stylizeNoColor);
  %define(options, "showHidden", context.showHidden);
  %define(options, "depth", context.depth);
  %define(options, "colors", context.colors);
  %define(options, "customInspect", context.customInspect);
  %define(options, "showProxy", context.showProxy);
  %define(options, "maxArrayLength", context.maxArrayLength);
  %define(options, "maxStringLength", context.maxStringLength);
  %define(options, "breakLength", context.breakLength);
  %define(options, "compact", context.compact);
  %define(options, "sorted", context.sorted);
  %define(options, "getters", context.getters);
  %define(options, "numericSeparator", context.numericSeparator);
  if (user !== undefined) {
    const keys = enumerableOwnKeys(user);
    for (let i = 0; i < keys.length; i++) %define(options, keys[i], user[keys[i]]);
  }
  return options;
}

function stylizeNoColor(text) {
  return text;
}

function stylizeWithColor(text, style) {
  switch (style) {
    case "special": return `\x1b[36m${text}\x1b[39m`;
    case "number": case "bigint": case "boolean": return `\x1b[33m${text}\x1b[39m`;
    case "undefined": return `\x1b[90m${text}\x1b[39m`;
    case "null": return `\x1b[1m${text}\x1b[22m`;
    case "string": case "symbol": return `\x1b[32m${text}\x1b[39m`;
    case "date": return `\x1b[35m${text}\x1b[39m`;
    case "regexp": return `\x1b[31m${text}\x1b[39m`;
    case "module": return `\x1b[4m${text}\x1b[24m`;
    default: return text;
  }
}

function stylize(context, text, style) {
  return context.colors ? stylizeWithColor(text, style) : text;
}

function remainingText(remaining, what) {
  return `... ${remaining} more ${what}${remaining > 1 ? "s" : ""}`;
}

// ---- primitives

function formatNumber(context, number) {
  if (%sameValue(number, -0)) return stylize(context, "-0", "number");
  const text = %toString(number);
  return stylize(context, context.numericSeparator ? %separateDigits(text) : text, "number");
}

function formatBigInt(context, bigint) {
  const text = %toString(bigint);
  return stylize(context, (context.numericSeparator ? %separateDigits(text) : text) + "n", "bigint");
}

function formatString(context, value) {
  let trailer = "";
  if (value.length > context.maxStringLength) {
    trailer = remainingText(value.length - context.maxStringLength, "character");
    value = %substring(value, 0, context.maxStringLength);
  }
  if (value.length > 16 && value.length > context.breakLength - context.indent - 4) {
    const lines = %splitLines(value, true);
    for (let i = 0; i < lines.length; i++) lines[i] = stylize(context, %quoteText(lines[i]), "string");
    return %joinStrings(lines, " +\n" + %spaces(context.indent + 2)) + trailer;
  }
  return stylize(context, %quoteText(value), "string") + trailer;
}

function formatPrimitive(context, value) {
  switch (typeof value) {
    case "string": return formatString(context, value);
    case "number": return formatNumber(context, value);
    case "bigint": return formatBigInt(context, value);
    case "boolean": return stylize(context, %toString(value), "boolean");
    case "symbol": return stylize(context, %symbolText(value), "symbol");
    default: return value === null ? stylize(context, "null", "null") : stylize(context, "undefined", "undefined");
  }
}

// ---- layout

// Columns for the entries of an array; the number of entries stays the same where there is no use in them.
function groupElements(context, output, value) {
  let total = 0;
  let longest = 0;
  let count = output.length;
  if (context.maxArrayLength < count) count--;
  const lengths = [];
  for (let i = 0; i < count; i++) {
    const length = %displayWidth(output[i], context.colors);
    %push(lengths, length);
    total += length + 2;
    if (longest < length) longest = length;
  }
  const room = longest + 2;
  if (room * 3 + context.indent >= context.breakLength || (total / room <= 5 && longest > 6)) return output;
  const columns = %groupColumns(room, total / output.length, count, context.breakLength - context.indent, context.compact);
  if (columns <= 1) return output;
  const widths = [];
  for (let i = 0; i < columns; i++) {
    let width = 0;
    for (let j = i; j < count; j += columns) {
      if (lengths[j] > width) width = lengths[j];
    }
    %push(widths, width + 2);
  }
  const start = value !== undefined && allNumbers(value, output.length);
  const lines = [];
  for (let i = 0; i < count; i += columns) {
    const end = i + columns < count ? i + columns : count;
    let line = "";
    let j = i;
    for (; j < end - 1; j++) line += %padText(output[j] + ", ", widths[j - i] - lengths[j] - 2, start);
    line += start ? %padText(output[j], widths[j - i] - lengths[j] - 2, true) : output[j];
    %push(lines, line);
  }
  if (context.maxArrayLength < output.length) %push(lines, output[count]);
  return lines;
}

// Whether the elements behind the entries are numbers.
function allNumbers(value, count) {
  for (let i = 0; i < count; i++) {
    const type = typeof %ownData(value, i);
    if (type !== "number" && type !== "bigint") return false;
  }
  return true;
}

function fitsLine(context, output, start, base) {
  let total = output.length + start;
  if (total + output.length > context.breakLength) return false;
  for (let i = 0; i < output.length; i++) {
    total += context.colors ? %plainLength(output[i]) : output[i].length;
    if (total > context.breakLength) return false;
  }
  return base === "" || %stringIndexOf(base, "\n", 0) < 0;
}

// The entries of an object on one line or many. `level` is the depth of the object, `context.current` that of the
// innermost one shown last.
function layOut(context, output, base, open, close, isArray, level, value) {
  const entries = output.length;
  const lead = base === "" ? "" : base + " ";
  if (context.compact >= 1) {
    if (isArray && entries > 6) output = groupElements(context, output, value);
    if (context.current - level < context.compact && entries === output.length) {
      const start = output.length + context.indent + open.length + base.length + 10;
      if (fitsLine(context, output, start, base)) {
        const joined = %joinStrings(output, ", ");
        if (%stringIndexOf(joined, "\n", 0) < 0) return `${lead}${open} ${joined} ${close}`;
      }
    }
  }
  const line = "\n" + %spaces(context.indent);
  return `${lead}${open}${line}  ${%joinStrings(output, `,${line}  `)}${line}${close}`;
}
