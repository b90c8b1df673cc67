// RegExp (22.2): what asks other objects.

// 22.2.4.1 RegExp, where pattern or flags are objects.
function regexpConstructor(pattern, flags) {
  const patternIsRegExp = isRegExp(pattern);
  let target = new.target;
  if (target === undefined) {
    target = %realm("RegExp");
    if (patternIsRegExp && flags === undefined && pattern.constructor === target) return pattern;
  }
  if (%isRegExpObject(pattern)) {
    if (flags === undefined) flags = %regexpOriginalFlags(pattern);
    pattern = %regexpSource(pattern);
  } else if (patternIsRegExp) {
    const source = pattern.source;
    if (flags === undefined) flags = pattern.flags;
    pattern = source;
  }
  const regexp = %allocRegExp(prototypeFor(target, "RegExpPrototype"));
  if (pattern !== undefined) pattern = %toString(pattern);
  if (flags !== undefined) flags = %toString(flags);
  return %initRegExp(regexp, pattern, flags);
}

// 22.2.7.1 RegExpExec
function regexpExec(regexp, string) {
  const exec = regexp.exec;
  if (exec === %realm("RegExpExec") && %isRegExpObject(regexp)) {
    return %regexpBuiltinExec(regexp, string, %clampLength(%toNumber(regexp.lastIndex)));
  }
  if (%isCallable(exec)) {
    const result = %call(exec, regexp, string);
    if (result !== null && !%isObject(result)) {
      %throwTypeError("object null is not a function");
    }
    return result;
  }
  if (!%isRegExpObject(regexp)) {
    %throwTypeError(`Method RegExp.prototype.exec called on incompatible receiver ${%describe(regexp)}`);
  }
  return %regexpBuiltinExec(regexp, string, %clampLength(%toNumber(regexp.lastIndex)));
}

// RegExp.prototype.exec where lastIndex is no number.
function regexpExecConverted(string) {
  string = %toString(string);
  return %regexpBuiltinExec(this, string, %clampLength(%toNumber(this.lastIndex)));
}

function regexpReceiver(regexp, method) {
  if (!%isObject(regexp)) {
    %throwTypeError(`RegExp.prototype.${method} called on incompatible receiver ${%describe(regexp)}`);
  }
}

function regexpTest(string) {
  regexpReceiver(this, "test");
  return regexpExec(this, %toString(string)) !== null;
}

function regexpToString() {
  regexpReceiver(this, "toString");
  const source = %toString(this.source);
  return "/" + source + "/" + %toString(this.flags);
}

function regexpFlags() {
  if (!%isObject(this)) %throwTypeError(`RegExp.prototype.flags getter called on non-object ${%describe(this)}`);
  let flags = "";
  if (this.hasIndices) flags += "d";
  if (this.global) flags += "g";
  if (this.ignoreCase) flags += "i";
  if (this.multiline) flags += "m";
  if (this.dotAll) flags += "s";
  if (this.unicode) flags += "u";
  if (this.unicodeSets) flags += "v";
  if (this.sticky) flags += "y";
  return flags;
}

function hasLetter(flags, letter) {
  return %stringIndexOf(flags, letter, 0) !== -1;
}

// Behind an empty match, lastIndex moves on.
function regexpAdvance(regexp, string, unicode) {
  const index = %clampLength(%toNumber(regexp.lastIndex));
  regexp.lastIndex = %advanceIndex(string, index, unicode);
}

// 22.2.6.8 RegExp.prototype [ %Symbol.match% ]
function regexpMatch(string) {
  regexpReceiver(this, "@@match");
  string = %toString(string);
  const flags = %toString(this.flags);
  if (!hasLetter(flags, "g")) return regexpExec(this, string);
  const unicode = hasLetter(flags, "u") || hasLetter(flags, "v");
  this.lastIndex = 0;
  const results = [];
  for (;;) {
    const result = regexpExec(this, string);
    if (result === null) return results.length === 0 ? null : results;
    const matched = %toString(result[0]);
    %push(results, matched);
    if (matched === "") regexpAdvance(this, string, unicode);
  }
}

// 22.2.6.9 RegExp.prototype [ %Symbol.matchAll% ]
function regexpMatchAll(string) {
  regexpReceiver(this, "@@matchAll");
  string = %toString(string);
  const constructor = speciesConstructor(this, %realm("RegExp"));
  const flags = %toString(this.flags);
  const matcher = %new(constructor, this, flags);
  matcher.lastIndex = %clampLength(%toNumber(this.lastIndex));
  const unicode = hasLetter(flags, "u") || hasLetter(flags, "v");
  return %newRegExpStringIterator(matcher, string, hasLetter(flags, "g"), unicode);
}

// 22.2.9.2.1 %RegExpStringIteratorPrototype%.next
function regexpStringIteratorNext() {
  const matcher = %regexpIteratorAt(this, 0);
  if (matcher === undefined) {
    %throwTypeError(`Method RegExp String Iterator.prototype.next called on incompatible receiver ${%describe(this)}`);
  }
  if (%regexpIteratorAt(this, 4)) return { value: undefined, done: true };
  const string = %regexpIteratorAt(this, 1);
  const result = regexpExec(matcher, string);
  if (result === null) {
    %regexpIteratorEnd(this);
    return { value: undefined, done: true };
  }
  if (!%regexpIteratorAt(this, 2)) {
    %regexpIteratorEnd(this);
    return { value: result, done: false };
  }
  if (%toString(result[0]) === "") regexpAdvance(matcher, string, %regexpIteratorAt(this, 3));
  return { value: result, done: false };
}

// What a function makes of matches that were found before: where each begins and ends, and the function's arguments.
function replaceByCalls(string, replacement, calls) {
  let accumulated = "";
  let next = 0;
  for (let i = 0; i < calls.length; i += 3) {
    const middle = %toString(%apply(replacement, undefined, calls[i + 2]));
    accumulated += %substring(string, next, calls[i]) + middle;
    next = calls[i + 1];
  }
  if (next >= string.length) return accumulated;
  return accumulated + %substring(string, next);
}

// 22.2.6.11 RegExp.prototype [ %Symbol.replace% ]
function regexpReplace(string, replacement) {
  regexpReceiver(this, "@@replace");
  string = %toString(string);
  const functional = %isCallable(replacement);
  if (functional) {
    const calls = %regexpCalls(this, string);
    if (calls !== undefined) return replaceByCalls(string, replacement, calls);
  } else {
    replacement = %toString(replacement);
  }
  const flags = %toString(this.flags);
  const global = hasLetter(flags, "g");
  const unicode = hasLetter(flags, "u") || hasLetter(flags, "v");
  if (global) this.lastIndex = 0;
  const results = [];
  for (;;) {
    const result = regexpExec(this, string);
    if (result === null) break;
    %push(results, result);
    if (!global) break;
    if (%toString(result[0]) === "") regexpAdvance(this, string, unicode);
  }
  let accumulated = "";
  let next = 0;
  for (let i = 0; i < results.length; i++) {
    const result = results[i];
    const count = %clampLength(%toNumber(result.length));
    const matched = %toString(result[0]);
    let position = %toInteger(%toNumber(result.index));
    if (position < 0) position = 0;
    if (position > string.length) position = string.length;
    const captures = [];
    for (let n = 1; n < count; n++) {
      let capture = result[n];
      if (capture !== undefined) capture = %toString(capture);
      %push(captures, capture);
    }
    const named = result.groups;
    let middle;
    if (functional) {
      const values = [matched];
      for (let n = 0; n < captures.length; n++) %push(values, captures[n]);
      %push(values, position);
      %push(values, string);
      if (named !== undefined) %push(values, named);
      middle = %toString(%apply(replacement, undefined, values));
    } else if (named !== undefined) {
      middle = substituteNamed(matched, string, position, captures, %toObject(named), replacement);
    } else {
      middle = %substitute(matched, string, position, captures, replacement);
    }
    if (position >= next) {
      accumulated += %substring(string, next, position) + middle;
      next = position + matched.length;
    }
  }
  if (next >= string.length) return accumulated;
  return accumulated + %substring(string, next);
}

// GetSubstitution with named captures, which may be any object.
function substituteNamed(matched, string, position, captures, named, template) {
  let result = "";
  let from = 0;
  for (;;) {
    const at = %nextNamed(template, from);
    const close = at === -1 ? -1 : %stringIndexOf(template, ">", at + 2);
    if (close === -1) {
      return result + %substitute(matched, string, position, captures, %substring(template, from));
    }
    result += %substitute(matched, string, position, captures, %substring(template, from, at));
    const value = named[%substring(template, at + 2, close)];
    if (value !== undefined) result += %toString(value);
    from = close + 1;
  }
}

// 22.2.6.12 RegExp.prototype [ %Symbol.search% ]
function regexpSearch(string) {
  regexpReceiver(this, "@@search");
  string = %toString(string);
  const previous = this.lastIndex;
  if (!%sameValue(previous, 0)) this.lastIndex = 0;
  const result = regexpExec(this, string);
  const current = this.lastIndex;
  if (!%sameValue(current, previous)) this.lastIndex = previous;
  return result === null ? -1 : result.index;
}

// 22.2.6.14 RegExp.prototype [ %Symbol.split% ]
function regexpSplit(string, limit) {
  regexpReceiver(this, "@@split");
  string = %toString(string);
  const constructor = speciesConstructor(this, %realm("RegExp"));
  const flags = %toString(this.flags);
  const unicode = hasLetter(flags, "u") || hasLetter(flags, "v");
  const splitter = %new(constructor, this, hasLetter(flags, "y") ? flags : flags + "y");
  const parts = [];
  limit = limit === undefined ? 4294967295 : %toNumber(limit) >>> 0;
  if (limit === 0) return parts;
  if (string.length === 0) {
    if (regexpExec(splitter, string) !== null) return parts;
    %push(parts, string);
    return parts;
  }
  let from = 0;
  let at = 0;
  while (at < string.length) {
    splitter.lastIndex = at;
    const result = regexpExec(splitter, string);
    if (result === null) {
      at = %advanceIndex(string, at, unicode);
      continue;
    }
    let end = %clampLength(%toNumber(splitter.lastIndex));
    if (end > string.length) end = string.length;
    if (end === from) {
      at = %advanceIndex(string, at, unicode);
      continue;
    }
    %push(parts, %substring(string, from, at));
    if (parts.length === limit) return parts;
    from = end;
    const count = %clampLength(%toNumber(result.length));
    for (let i = 1; i < count; i++) {
      %push(parts, result[i]);
      if (parts.length === limit) return parts;
    }
    at = from;
  }
  %push(parts, %substring(string, from));
  return parts;
}
