// String (22.1): what asks other objects. Receivers may already be strings: the native halves convert them.

function requireObjectCoercible(value, method) {
  if (value === undefined || value === null) %throwTypeError(`String.prototype.${method} called on null or undefined`);
}

// 7.2.6 IsRegExp.
function isRegExp(value) {
  if (!%isObject(value)) return false;
  const matcher = value[%symbol("match")];
  if (matcher !== undefined) return !!matcher;
  return %isRegExpObject(value);
}

function searchString(value, method) {
  if (isRegExp(value)) {
    %throwTypeError(`First argument to String.prototype.${method} must not be a regular expression`);
  }
  return %toString(value);
}

// 22.1.2.4 String.raw
function stringRaw(template, ...substitutions) {
  const cooked = %toObject(template);
  const literals = %toObject(cooked.raw);
  const length = %clampLength(%toNumber(literals.length));
  let result = "";
  for (let i = 0; i < length; i++) {
    result += %toString(literals[i]);
    if (i + 1 < length && i < substitutions.length) result += %toString(substitutions[i]);
  }
  return result;
}

function stringIncludes(search, position) {
  const string = %toString(this);
  search = searchString(search, "includes");
  return %stringIndexOf(string, search, %toNumber(position)) !== -1;
}

function stringStartsWith(search, position) {
  const string = %toString(this);
  search = searchString(search, "startsWith");
  position = %toInteger(%toNumber(position));
  if (position < 0) position = 0;
  if (position > string.length) position = string.length;
  return %stringStandsAt(string, search, position);
}

function stringEndsWith(search, end) {
  const string = %toString(this);
  search = searchString(search, "endsWith");
  end = end === undefined ? string.length : %toInteger(%toNumber(end));
  if (end < 0) end = 0;
  if (end > string.length) end = string.length;
  return %stringStandsAt(string, search, end - search.length);
}

function stringMatch(regexp) {
  requireObjectCoercible(this, "match");
  if (%isObject(regexp)) {
    const matcher = regexp[%symbol("match")];
    if (matcher !== undefined && matcher !== null) return %call(matcher, regexp, this);
  }
  const string = %toString(this);
  const created = %newRegExp(regexp === undefined ? "" : %toString(regexp), "");
  return %call(created[%symbol("match")], created, string);
}

function stringMatchAll(regexp) {
  requireObjectCoercible(this, "matchAll");
  if (%isObject(regexp)) {
    requireGlobal(regexp, "matchAll");
    const matcher = regexp[%symbol("matchAll")];
    if (matcher !== undefined && matcher !== null) return %call(matcher, regexp, this);
  }
  const string = %toString(this);
  const created = %newRegExp(regexp === undefined ? "" : %toString(regexp), "g");
  return %call(created[%symbol("matchAll")], created, string);
}

function requireGlobal(regexp, method) {
  if (!isRegExp(regexp)) return;
  const flags = regexp.flags;
  if (flags === undefined || flags === null || %stringIndexOf(%toString(flags), "g", 0) === -1) {
    %throwTypeError(`String.prototype.${method} called with a non-global RegExp argument`);
  }
}

function stringSearch(regexp) {
  requireObjectCoercible(this, "search");
  if (%isObject(regexp)) {
    const searcher = regexp[%symbol("search")];
    if (searcher !== undefined && searcher !== null) return %call(searcher, regexp, this);
  }
  const string = %toString(this);
  const created = %newRegExp(regexp === undefined ? "" : %toString(regexp), "");
  return %call(created[%symbol("search")], created, string);
}

function stringReplace(search, replacement) {
  requireObjectCoercible(this, "replace");
  if (%isObject(search)) {
    const replacer = search[%symbol("replace")];
    if (replacer !== undefined && replacer !== null) return %call(replacer, search, this, replacement);
  }
  const string = %toString(this);
  search = %toString(search);
  const functional = %isCallable(replacement);
  if (!functional) replacement = %toString(replacement);
  const position = %stringIndexOf(string, search, 0);
  if (position === -1) return string;
  const middle = functional
    ? %toString(%call(replacement, undefined, search, position, string))
    : %substitute(search, string, position, undefined, replacement);
  return %substring(string, 0, position) + middle + %substring(string, position + search.length);
}

function stringReplaceAll(search, replacement) {
  requireObjectCoercible(this, "replaceAll");
  if (%isObject(search)) {
    requireGlobal(search, "replaceAll");
    const replacer = search[%symbol("replace")];
    if (replacer !== undefined && replacer !== null) return %call(replacer, search, this, replacement);
  }
  const string = %toString(this);
  search = %toString(search);
  const functional = %isCallable(replacement);
  if (!functional) replacement = %toString(replacement);
  const step = search.length > 0 ? search.length : 1;
  let result = "";
  let kept = 0;
  let position = %stringIndexOf(string, search, 0);
  while (position !== -1) {
    const middle = functional
      ? %toString(%call(replacement, undefined, search, position, string))
      : %substitute(search, string, position, undefined, replacement);
    result += %substring(string, kept, position) + middle;
    kept = position + search.length;
    position = position + step > string.length ? -1 : %stringIndexOf(string, search, position + step);
  }
  return result + %substring(string, kept);
}

function stringSplit(separator, limit) {
  requireObjectCoercible(this, "split");
  if (%isObject(separator)) {
    const splitter = separator[%symbol("split")];
    if (splitter !== undefined && splitter !== null) return %call(splitter, separator, this, limit);
  }
  const string = %toString(this);
  limit = limit === undefined ? 4294967295 : %toNumber(limit) >>> 0;
  const text = %toString(separator);
  return %stringSplit(string, separator === undefined ? undefined : text, limit);
}

// 21.3.2.33 Math.sumPrecise
function mathSumPrecise(items) {
  const numbers = [];
  for (const item of items) {
    if (typeof item !== "number") %throwTypeError(`${%describe(item)} is not a number`);
    %push(numbers, item);
  }
  return %sumPrecise(numbers);
}
