// A parser and evaluator for arithmetic: a tagged union, recursion, BigInt.
// => 1 + 2 * 3 = 7
// => (1 + 2) * 3 = 9
// => 2 ^ 3 ^ 2 = 512
// => -2 ^ 100 = 1267650600228229401496703205376
// => 10 / (5 - 5): division by zero
// => 4 +: unexpected end

type Node = { kind: "number"; value: bigint } | { kind: "negate"; of: Node } | { kind: "binary"; op: string; left: Node; right: Node };

class Parser {
  private at = 0;
  private readonly tokens: string[];

  constructor(text: string) {
    this.tokens = text.match(/\d+|[-+*\/^()]/g) ?? [];
  }

  parse(): Node {
    const node = this.binary(0);
    if (this.at < this.tokens.length) throw new SyntaxError(`unexpected ${this.tokens[this.at]}`);
    return node;
  }

  private binary(least: number): Node {
    let left = this.unary();
    for (;;) {
      const op = this.tokens[this.at];
      const power = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 }[op as string];
      if (power === undefined || power < least) return left;
      this.at++;
      // `^` takes from the right, the others from the left.
      left = { kind: "binary", op, left, right: this.binary(op === "^" ? power : power + 1) };
    }
  }

  private unary(): Node {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new SyntaxError("unexpected end");
    if (token === "-") return { kind: "negate", of: this.unary() };
    if (token !== "(") return { kind: "number", value: BigInt(token) };
    const inner = this.binary(0);
    if (this.tokens[this.at++] !== ")") throw new SyntaxError("missing )");
    return inner;
  }
}

function evaluate(node: Node): bigint {
  switch (node.kind) {
    case "number":
      return node.value;
    case "negate":
      return -evaluate(node.of);
    case "binary": {
      const [a, b] = [evaluate(node.left), evaluate(node.right)];
      switch (node.op) {
        case "+": return a + b;
        case "-": return a - b;
        case "*": return a * b;
        case "^": return a ** b;
        default:
          if (b === 0n) throw new RangeError("division by zero");
          return a / b;
      }
    }
  }
}

for (const text of ["1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "-2 ^ 100", "10 / (5 - 5)", "4 +"]) {
  try {
    console.log(`${text} = ${evaluate(new Parser(text).parse())}`);
  } catch (error) {
    console.log(`${text}: ${(error as Error).message}`);
  }
}
