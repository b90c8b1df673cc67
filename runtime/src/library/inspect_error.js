// How errors are shown: their stack, what it does not say already, and frames that the cause has too.

function stackOf(error) {
  const stack = error.stack;
  if (stack) return typeof stack === "string" ? stack : typeof stack === "symbol" ? %symbolText(stack) : %toString(stack);
  return %call(errorToString, error);
}

// What is told of an exception that nobody caught; kept for the host to read.
function tellUncaught(value) {
  const context = newInspection(%hasColors(2));
  context.uncaught = value;
  %realm("ConsoleState").told = formatValue(context, value, 0, false);
}

function removeKey(keys, key) {
  let kept = 0;
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] !== key) keys[kept++] = keys[i];
  }
  keys.length = kept;
}

function errorBase(context, error, constructor, tag, keys) {
  const given = error.name;
  const name = given === undefined || given === null ? "Error" : typeof given === "symbol" ? %symbolText(given) : %toString(given);
  let stack = stackOf(error);
  if (!context.showHidden) hideKnown(keys, error, stack);
  if ("cause" in error && !listHas(keys, "cause")) %push(keys, "cause");
  if (%isArrayQuietly(error.errors) && !listHas(keys, "errors")) %push(keys, "errors");
  stack = improveStack(stack, constructor, name, tag);
  const message = error.message;
  let from = typeof message === "string" && message !== "" ? %stringIndexOf(stack, message, 0) : -1;
  if (from > 0) from += message.length;
  const at = %stringIndexOf(stack, "\n    at", from > 0 ? from : 0);
  if (at < 0) stack = context.uncaught === error ? stack : `[${stack}]`;
  else stack = withoutCauseFrames(context, error, stack, at);
  return context.indent === 0 ? stack : %indentText(stack, context.indent);
}

// Properties that the stack's text shows already.
function hideKnown(keys, error, stack) {
  for (let turn = 0; turn < 3; turn++) {
    const key = turn === 0 ? "name" : turn === 1 ? "message" : "stack";
    if (!listHas(keys, key)) continue;
    const value = error[key];
    if (typeof value === "symbol") continue;
    if (%stringIndexOf(stack, %toString(value), 0) >= 0) removeKey(keys, key);
  }
}

function improveStack(stack, constructor, name, tag) {
  let length = name.length;
  const looksNormal = %endsWith(name, "Error") && %stringStandsAt(stack, name, 0) &&
    (stack.length === length || stack[length] === ":" || stack[length] === "\n");
  if (constructor !== null && !looksNormal) return stack;
  let fallback = "Error";
  if (constructor === null) {
    fallback = %errorNameAtStart(stack);
    length = fallback.length;
    if (length === 0) fallback = "Error";
  }
  const full = prefixOf(constructor, tag, fallback, "");
  const prefix = %substring(full, 0, full.length - 1);
  if (name === prefix) return stack;
  const rest = %substring(stack, length, stack.length);
  if (%stringIndexOf(prefix, name, 0) < 0) return `${prefix} [${name}]${rest}`;
  return length === 0 ? `${prefix}: ${stack}` : `${prefix}${rest}`;
}

// Leaves out frames that the cause's stack has too.
function withoutCauseFrames(context, error, stack, at) {
  let cause;
  try {
    cause = error.cause;
  } catch {
    return stack;
  }
  if (!%isObject(cause) || %objectKind(cause) !== "Error") return stack;
  const other = stackOf(cause);
  const start = %stringIndexOf(other, "\n    at", 0);
  if (start < 0) return stack;
  const frames = %splitLines(%substring(stack, at + 1, stack.length), false);
  const theirs = %splitLines(%substring(other, start + 1, other.length), false);
  const range = sameFrames(frames, theirs);
  if (range === undefined) return stack;
  const offset = range[0];
  const skipped = range[1] - 2;
  const lines = [];
  for (let i = 0; i <= offset; i++) %push(lines, frames[i]);
  %push(lines, stylize(context, `    ... ${skipped} lines matching cause stack trace ...`, "undefined"));
  for (let i = offset + 1 + skipped; i < frames.length; i++) %push(lines, frames[i]);
  return %substring(stack, 0, at) + "\n" + %joinStrings(lines, "\n");
}

// The first run of more than three lines that both lists have: where it begins in the first, and how long it is.
function sameFrames(frames, others) {
  for (let i = 0; i < frames.length - 3; i++) {
    let at = 0;
    while (at < others.length && others[at] !== frames[i]) at++;
    let length = 0;
    while (at + length < others.length && i + length < frames.length && frames[i + length] === others[at + length]) length++;
    if (length > 3) return [i, length];
  }
  return undefined;
}
