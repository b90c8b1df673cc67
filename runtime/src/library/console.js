// `console` as Node has it. The state (groups, counts, timers) is an object of the realm that the program cannot reach.

// The text of a call's arguments: a format string and what fills it, or values side by side.
function formatArguments(args, colors, options) {
  const first = args[0];
  if (typeof first !== "string") return joinArguments("", args, 0, colors, options);
  if (args.length === 1) return first;
  let text = "";
  let used = 0;
  let last = 0;
  let i = %stringIndexOf(first, "%", 0);
  while (i >= 0 && i < first.length - 1) {
    const letter = first[i + 1];
    let shown = undefined;
    if (letter === "%") shown = "%";
    else if (used + 1 < args.length) {
      shown = formatDirective(letter, args[used + 1], colors);
      if (shown !== undefined) used++;
    }
    if (shown !== undefined) {
      text += %substring(first, last, i) + shown;
      last = i + 2;
    }
    i = %stringIndexOf(first, "%", shown !== undefined || first[i + 1] !== "%" ? i + (shown === undefined ? 1 : 2) : i + 2);
  }
  if (last === 0) return joinArguments("", args, 0, colors, options);
  return joinArguments(text + %substring(first, last, first.length), args, used + 1, colors, options);
}

function joinArguments(text, args, from, colors, options) {
  for (let i = from; i < args.length; i++) {
    if (i > 0) text += " ";
    if (typeof args[i] === "string") {
      text += args[i];
      continue;
    }
    const context = newInspection(colors);
    if (options !== undefined) inspectOptions(context, options);
    text += formatValue(context, args[i], 0, false);
  }
  return text;
}

// What stands for a directive; undefined where the letter is none.
function formatDirective(letter, value, colors) {
  switch (letter) {
    case "s": return formatAsString(value);
    case "d":
      if (typeof value === "symbol") return "NaN";
      if (%isObject(value)) value = toPrimitive(value, 1);
      if (typeof value === "symbol") return "NaN";
      return formatPrimitive(newInspection(false), typeof value === "bigint" ? value : %toNumber(value));
    case "i":
      if (typeof value === "bigint") return formatPrimitive(newInspection(false), value);
      return typeof value === "symbol" ? "NaN" : formatPrimitive(newInspection(false), %call(%realm("ParseInt"), undefined, value));
    case "f":
      return typeof value === "symbol" ? "NaN" : formatPrimitive(newInspection(false), %call(%realm("ParseFloat"), undefined, value));
    case "j": return formatAsJSON(value);
    case "o": {
      const context = newInspection(colors);
      context.showHidden = true;
      context.showProxy = true;
      context.depth = 4;
      return formatValue(context, value, 0, false);
    }
    case "O": return formatValue(newInspection(colors), value, 0, false);
    case "c": return "";
    default: return undefined;
  }
}

function formatAsString(value) {
  if (typeof value === "string") return value;
  if (typeof value === "symbol") return %symbolText(value);
  if (typeof value === "number" || typeof value === "bigint") return formatPrimitive(newInspection(false), value);
  if (!%isObject(value)) return %toString(value);
  if (typeof value === "function" || !hasBuiltinToString(value)) return %toString(value);
  const context = newInspection(false);
  context.depth = 0;
  return formatValue(context, value, 0, false);
}

// Whether an object's conversion to a string is that of a builtin class.
function hasBuiltinToString(value) {
  value = %proxyInnermost(value);
  if (value === null) return true;
  const convert = %symbol("toPrimitive");
  const byString = typeof value.toString === "function";
  const byPrimitive = typeof value[convert] === "function";
  if (!byString && !byPrimitive) return true;
  if (byString && %ownFlags(value, "toString") !== 0) return false;
  if (byPrimitive && %ownFlags(value, convert) !== 0) return false;
  let holder = value;
  do {
    holder = %protoOf(holder);
    if (holder === null) return true;
  } while (!(byString && %ownFlags(holder, "toString") !== 0) && !(byPrimitive && %ownFlags(holder, convert) !== 0));
  return %isBuiltinPrototype(holder);
}

function formatAsJSON(value) {
  try {
    const text = jsonStringify(value, undefined, undefined);
    return text === undefined ? "undefined" : text;
  } catch (error) {
    if (%isObject(error) && %objectKind(error) === "Error") {
      const message = %ownData(error, "message");
      if (typeof message === "string" && %stringStandsAt(message, "Converting circular structure to JSON", 0)) return "[Circular]";
    }
    throw error;
  }
}

function consoleLog(...args) {
  %writeLine(1, formatArguments(args, %hasColors(1)));
}

function consoleError(...args) {
  %writeLine(2, formatArguments(args, %hasColors(2)));
}

function consoleTrace(...args) {
  const text = args.length === 0 ? "" : formatArguments(args, %hasColors(2));
  %writeLine(2, %traceText(text === "" ? "Trace" : "Trace: " + text));
}

function consoleAssert(condition, ...args) {
  if (condition) return;
  if (args.length === 0) %push(args, "Assertion failed");
  else if (typeof args[0] === "string") args[0] = "Assertion failed: " + args[0];
  else args[0] = `Assertion failed: ${%toString(args[0])}`;
  %writeLine(2, formatArguments(args, %hasColors(2)));
}

function consoleDir(value, options) {
  const context = newInspection(%hasColors(1));
  context.customInspect = false;
  if (%isObject(options)) inspectOptions(context, options);
  %writeLine(1, formatValue(context, value, 0, false));
}

// Clears a terminal; as in Node, groups go on.
function consoleClear() {
  %clearTerminal();
}

// ---- groups, counts, timers

function consoleGroup(...args) {
  if (args.length > 0) %writeLine(1, formatArguments(args, %hasColors(1)));
  %realm("ConsoleState").indent += 2;
}

function consoleGroupEnd() {
  const state = %realm("ConsoleState");
  if (state.indent >= 2) state.indent -= 2;
}

function labelText(label) {
  return label === undefined ? "default" : %toString(label);
}

function consoleCount(label) {
  label = labelText(label);
  const counts = %realm("ConsoleState").counts;
  const count = (%mapHas(counts, label) ? %mapGet(counts, label) : 0) + 1;
  %mapSet(counts, label, count);
  %writeLine(1, `${label}: ${count}`);
}

function consoleCountReset(label) {
  label = labelText(label);
  const counts = %realm("ConsoleState").counts;
  if (%mapHas(counts, label)) %mapSet(counts, label, 0);
  else %writeLine(2, `Warning: Count for '${label}' does not exist`);
}

function consoleTime(label) {
  label = labelText(label);
  const timers = %realm("ConsoleState").timers;
  if (%mapHas(timers, label) && %mapGet(timers, label) >= 0) {
    %writeLine(2, `Warning: Label '${label}' already exists for console.time()`);
    return;
  }
  %mapSet(timers, label, %monotonicTime());
}

function timerText(label, method) {
  const timers = %realm("ConsoleState").timers;
  const started = %mapHas(timers, label) ? %mapGet(timers, label) : -1;
  if (started >= 0) return `${label}: ${%durationText(%monotonicTime() - started)}`;
  %writeLine(2, `Warning: No such label '${label}' for console.${method}()`);
  return undefined;
}

function consoleTimeEnd(label) {
  label = labelText(label);
  const text = timerText(label, "timeEnd");
  if (text === undefined) return;
  %writeLine(1, text);
  %mapSet(%realm("ConsoleState").timers, label, -1);
}

function consoleTimeLog(label, ...data) {
  label = labelText(label);
  let text = timerText(label, "timeLog");
  if (text === undefined) return;
  for (let i = 0; i < data.length; i++) {
    text += " " + (typeof data[i] === "string" ? data[i] : formatValue(newInspection(%hasColors(1)), data[i], 0, false));
  }
  %writeLine(1, text);
}

// ---- tables

function tableCell(value) {
  const context = newInspection(%hasColors(1));
  context.maxArrayLength = 3;
  context.breakLength = 1 / 0;
  const isList = %isObject(value) && (%isArrayQuietly(value) || %isTypedArray(value));
  const large = %isObject(value) && typeof value !== "function" && !isList && %objectKeyCount(value) > 2;
  context.depth = large ? -1 : 0;
  return formatValue(context, value, 0, false);
}

function consoleTable(data, properties) {
  if (properties !== undefined && !%isArrayQuietly(properties)) {
    %throwTypeError('The "properties" argument must be an instance of Array. Received ' + inspect(properties, undefined));
  }
  if (!%isObject(data) || typeof data === "function") {
    %writeLine(1, formatArguments([data], %hasColors(1)));
    return;
  }
  const kind = %objectKind(data);
  if (kind === "Map" || (kind === "Map Iterator" && %iteratorGivesEntries(data))) pairsTable(data, kind);
  else if (kind === "Set" || kind === "Set Iterator" || kind === "Map Iterator") valuesTable(data, kind);
  else rowsTable(data, properties);
}

function pairsTable(data, kind) {
  const rest = kind === "Map" ? mapPairs(data) : %iteratorRest(data);
  const columns = [[], [], []];
  for (let i = 0; i < rest.length; i += 2) {
    %push(columns[0], tableCell(i / 2));
    %push(columns[1], tableCell(rest[i]));
    %push(columns[2], tableCell(rest[i + 1]));
  }
  writeTable(["(iteration index)", "Key", "Values"], columns);
}

function mapPairs(map) {
  const pairs = [];
  const walk = %mapWalk(map);
  while (%walkNext(walk)) {
    %push(pairs, %walkKey(walk));
    %push(pairs, %walkValue(walk));
  }
  return pairs;
}

function valuesTable(data, kind) {
  const columns = [[], []];
  if (kind === "Set") {
    const walk = %mapWalk(data);
    while (%walkNext(walk)) %push(columns[1], tableCell(%walkKey(walk)));
  } else {
    const rest = %iteratorRest(data);
    for (let i = 0; i < rest.length; i++) %push(columns[1], tableCell(rest[i]));
  }
  for (let i = 0; i < columns[1].length; i++) %push(columns[0], tableCell(i));
  writeTable(["(iteration index)", "Values"], columns);
}

function rowsTable(data, properties) {
  const rows = enumerableOwnKeys(data);
  const heads = [];
  const columns = [];
  const values = [];
  let plain = false;
  for (let i = 0; i < rows.length; i++) {
    const item = data[rows[i]];
    if (properties === undefined && !%isObject(item)) {
      plain = true;
      values[i] = tableCell(item);
      continue;
    }
    const keys = properties === undefined ? enumerableOwnKeys(item) : properties;
    for (let j = 0; j < keys.length; j++) {
      const key = typeof keys[j] === "symbol" ? keys[j] : %toString(keys[j]);
      let column = 0;
      while (column < heads.length && heads[column] !== key) column++;
      if (column === heads.length) {
        %push(heads, key);
        %push(columns, []);
      }
      columns[column][i] = %isObject(item) && objectHasOwn(item, key) ? tableCell(item[key]) : "";
    }
  }
  const allHeads = ["(index)"];
  const allColumns = [rows];
  for (let i = 0; i < heads.length; i++) {
    %push(allHeads, heads[i]);
    %push(allColumns, columns[i]);
  }
  if (plain) {
    %push(allHeads, "Values");
    %push(allColumns, values);
  }
  writeTable(allHeads, allColumns);
}

function writeTable(heads, columns) {
  let rows = 0;
  for (let i = 0; i < columns.length; i++) {
    if (columns[i].length > rows) rows = columns[i].length;
  }
  const widths = [];
  for (let i = 0; i < heads.length; i++) {
    let width = %displayWidth(heads[i], false);
    for (let j = 0; j < rows; j++) {
      const cell = cellAt(columns[i], j);
      const needed = %displayWidth(cell, true);
      if (needed > width) width = needed;
    }
    %push(widths, width);
  }
  const first = [];
  for (let i = 0; i < heads.length; i++) %push(first, heads[i]);
  let text = tableRule(widths, "┌", "┬", "┐\n") + tableRow(first, widths) + tableRule(widths, "├", "┼", "┤\n");
  for (let j = 0; j < rows; j++) {
    const cells = [];
    for (let i = 0; i < columns.length; i++) %push(cells, cellAt(columns[i], j));
    text += tableRow(cells, widths);
  }
  %writeLine(1, text + tableRule(widths, "└", "┴", "┘"));
}

function cellAt(column, row) {
  return row < column.length && %ownFlags(column, row) !== 0 ? column[row] : "";
}

function tableRule(widths, start, middle, end) {
  let text = start;
  for (let i = 0; i < widths.length; i++) {
    if (i > 0) text += middle;
    for (let j = 0; j < widths[i] + 2; j++) text += "─";
  }
  return text + end;
}

function tableRow(cells, widths) {
  let text = "│ ";
  for (let i = 0; i < cells.length; i++) {
    if (i > 0) text += " │ ";
    text += %padText(cells[i], widths[i] - %displayWidth(cells[i], true), false);
  }
  return text + " │\n";
}
