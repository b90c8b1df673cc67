// A small language: a lexer, a parser by precedence, a checker, constant folding, compilation to
// closures and evaluation, as a template engine or a rule engine does it.
// => 553380.5 200 700

const PRECEDENCE = { '||': 1, '&&': 2, '==': 3, '<': 4, '>': 4, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6 };

function lex(source) {
  const tokens = [];
  for (let at = 0; at < source.length; ) {
    const c = source[at];
    let end = at + 1;
    if (c === ' ') {
      at++;
      continue;
    }
    if (c >= '0' && c <= '9') {
      while (end < source.length && ((source[end] >= '0' && source[end] <= '9') || source[end] === '.')) end++;
      tokens.push({ type: 'number', value: Number(source.slice(at, end)) });
    } else if ((c >= 'a' && c <= 'z') || c === '_') {
      while (end < source.length && /\w/.test(source[end])) end++;
      tokens.push({ type: 'name', value: source.slice(at, end) });
    } else {
      if (source.slice(at, at + 2) in PRECEDENCE) end = at + 2;
      tokens.push({ type: 'sign', value: source.slice(at, end) });
    }
    at = end;
  }
  return tokens;
}

class Parser {
  #tokens;
  #at = 0;

  constructor(tokens) {
    this.#tokens = tokens;
  }

  get #next() {
    return this.#tokens[this.#at];
  }

  #eat(value) {
    if (this.#next?.value !== value) return false;
    this.#at++;
    return true;
  }

  expression(least = 1) {
    let left = this.#unary();
    for (;;) {
      const sign = this.#next?.value;
      const precedence = PRECEDENCE[sign];
      if (precedence === undefined || precedence < least) return left;
      this.#at++;
      left = { kind: 'binary', sign, left, right: this.expression(precedence + 1) };
    }
  }

  #unary() {
    if (this.#eat('-')) return { kind: 'negate', of: this.#unary() };
    if (this.#eat('(')) {
      const inner = this.expression();
      if (!this.#eat(')')) throw new SyntaxError("')' was expected");
      return inner;
    }
    const token = this.#next;
    this.#at++;
    if (token?.type === 'number') return { kind: 'number', value: token.value };
    if (token?.type !== 'name') throw new SyntaxError('an operand was expected');
    if (!this.#eat('(')) return { kind: 'name', name: token.value };
    const call = { kind: 'call', name: token.value, arguments: [] };
    while (!this.#eat(')')) {
      call.arguments.push(this.expression());
      this.#eat(',');
    }
    return call;
  }
}

const BINARY = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b,
  '<': (a, b) => Number(a < b), '>': (a, b) => Number(a > b), '==': (a, b) => Number(a === b),
  '&&': (a, b) => a && b, '||': (a, b) => a || b,
};

function fold(node) {
  if (node.kind === 'negate') {
    const of = fold(node.of);
    return of.kind === 'number' ? { kind: 'number', value: -of.value } : { ...node, of };
  }
  if (node.kind === 'call') return { ...node, arguments: node.arguments.map(fold) };
  if (node.kind !== 'binary') return node;
  const [left, right] = [fold(node.left), fold(node.right)];
  if (left.kind !== 'number' || right.kind !== 'number') return { ...node, left, right };
  return { kind: 'number', value: BINARY[node.sign](left.value, right.value) };
}

function compile(node) {
  switch (node.kind) {
    case 'number': { const { value } = node; return () => value; }
    case 'name': { const { name } = node; return (scope) => scope[name]; }
    case 'negate': { const of = compile(node.of); return (scope) => -of(scope); }
    case 'call': {
      const parts = node.arguments.map(compile);
      return (scope) => scope[node.name](...parts.map((part) => part(scope)));
    }
    default: {
      const [left, right, f] = [compile(node.left), compile(node.right), BINARY[node.sign]];
      return (scope) => f(left(scope), right(scope));
    }
  }
}

const SOURCES = [
  'a * (b + 3) - c / 2', '1 + 2 * 3 - 4 % 3 + x_1', 'max(a, b, c) > 10 && min(a, b) < 5 || c == 7',
  '-(a - b) * -(2 + 3)', 'max(min(a, 100), 3 * 4) + round(c / 3)', '((((a))))', 'a + ', '(a', 'b < c == 1',
];

function run() {
  let sum = 0;
  let errors = 0;
  const compiled = [];
  for (let i = 0; i < 900; i++) {
    try {
      compiled.push(compile(fold(new Parser(lex(SOURCES[i % SOURCES.length])).expression())));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      errors++;
    }
  }
  for (let i = 0; i < 30000; i++) {
    const scope = { a: i % 20, b: (i * 3) % 11, c: i & 15, x_1: 2, max: Math.max, min: Math.min, round: Math.round };
    sum += Number(compiled[i % compiled.length](scope));
  }
  return `${sum} ${errors} ${compiled.length}`;
}
