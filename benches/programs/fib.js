// Plain recursion: calls of known functions with small integers, through a declaration, a closure,
// a method and a function that takes its own continuation.
// => 289512

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

const fibArrow = (n) => {
  if (n < 2) return n;
  return fibArrow(n - 1) + fibArrow(n - 2);
};

class Fibonacci {
  constructor(base) {
    this.base = base;
    this.calls = 0;
  }

  at(n) {
    this.calls++;
    if (n < this.base) return n;
    return this.at(n - 1) + this.at(n - 2);
  }
}

function fibWith(n, continuation) {
  if (n < 2) return continuation(n);
  return fibWith(n - 1, (a) => fibWith(n - 2, (b) => continuation(a + b)));
}

function tak(x, y, z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

function ackermann(m, n) {
  if (m === 0) return n + 1;
  if (n === 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

function run() {
  let sum = fib(26);
  sum += fibArrow(24);
  const fibonacci = new Fibonacci(2);
  sum += fibonacci.at(23) + fibonacci.calls;
  sum += fibWith(13, (x) => x);
  sum += tak(14, 8, 2);
  sum += ackermann(2, 60);
  return sum;
}
