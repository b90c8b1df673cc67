// Exceptions: thrown and caught near and far, finally with return and continue, error classes,
// rethrowing, errors of the engine itself, and a parser that reports by throwing.
// => 18575370 24430

class ParseError extends Error {
  constructor(message, position) {
    super(message);
    this.name = 'ParseError';
    this.position = position;
  }
}

function parseSum(text) {
  let at = 0;
  function number() {
    const start = at;
    while (at < text.length && text[at] >= '0' && text[at] <= '9') at++;
    if (at === start) throw new ParseError(`a number was expected, not '${text[at] ?? 'the end'}'`, at);
    return parseInt(text.slice(start, at), 10);
  }
  let sum = number();
  while (at < text.length) {
    const sign = text[at++];
    if (sign !== '+' && sign !== '-') throw new ParseError(`unknown sign '${sign}'`, at - 1);
    sum += sign === '+' ? number() : -number();
  }
  return sum;
}

let steps = 0;

function deep(depth, at) {
  if (depth === at) throw at;
  try {
    return deep(depth + 1, at) + 1;
  } finally {
    steps++;
  }
}

function finallyWins(n) {
  for (let i = 0; i < 5; i++) {
    try {
      if (n % 5 === i) throw n;
      if (n % 7 === i) return i;
    } catch {
      continue;
    } finally {
      steps += 2;
      if (n % 11 === 0) return 100;
    }
  }
  return -1;
}

function engineErrors(i) {
  try {
    if (i % 4 === 0) return null.property;
    if (i % 4 === 1) return undefined();
    if (i % 4 === 2) return new Array(-1);
    return notDeclared;
  } catch (error) {
    return error instanceof TypeError ? 1 : error instanceof RangeError ? 2 : 3;
  }
}

function wrap(f) {
  try {
    return f();
  } catch (error) {
    throw Object.assign(new Error('wrapped', { cause: error }), { level: (error.level ?? 0) + 1 });
  }
}

function run() {
  steps = 0;
  let sum = 0;
  const texts = ['1+2+3', '10-4+x', '77', '', '5*5', '123456-23+9-1'];
  for (let i = 0; i < 900; i++) {
    try {
      sum += parseSum(texts[i % texts.length]);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      sum += error.position + error.message.length;
    }
  }
  for (let i = 0; i < 300; i++) {
    try {
      deep(0, i % 20);
    } catch (value) {
      sum += value;
    }
  }
  for (let i = 0; i < 3000; i++) sum += finallyWins(i);
  for (let i = 0; i < 400; i++) sum += engineErrors(i);
  for (let i = 0; i < 60; i++) {
    try {
      wrap(() => wrap(() => wrap(() => parseSum('+'))));
    } catch (error) {
      sum += error.level + (error.cause.cause.cause instanceof ParseError ? 10 : 0);
    }
  }
  return `${sum} ${steps}`;
}
