// Closures: counters over shared variables, composition, currying, memoisation, a closure per loop
// iteration, and private state behind an object of functions.
// => 68162251

function counter(start, step) {
  let value = start;
  return {
    next: () => (value += step),
    reset: (to) => {
      value = to;
    },
    get value() {
      return value;
    },
  };
}

const compose = (...functions) => (x) => functions.reduceRight((value, f) => f(value), x);
const add = (a) => (b) => a + b;
const scale = (a) => (b) => (a * b) % 9973;

function memoise(f) {
  const known = new Map();
  return (n) => {
    let value = known.get(n);
    if (value === undefined) {
      value = f(n);
      known.set(n, value);
    }
    return value;
  };
}

function perIteration(count) {
  const functions = [];
  for (let i = 0, j = count; i < count; i++, j--) {
    functions.push((x) => x + i - j);
    if (i % 5 === 0) i++;
  }
  return functions;
}

function bank() {
  const accounts = {};
  let log = 0;
  function move(from, to, amount) {
    if ((accounts[from] ?? 0) < amount) return false;
    accounts[from] -= amount;
    accounts[to] = (accounts[to] ?? 0) + amount;
    log++;
    return true;
  }
  return { open: (name, amount) => void (accounts[name] = amount), move, log: () => log };
}

function run() {
  let sum = 0;
  const { next, reset } = counter(0, 3);
  for (let i = 0; i < 100000; i++) {
    sum = (sum + next()) % 1000003;
    if (i % 1000 === 0) reset(i % 7);
  }
  const chain = compose(add(3), scale(7), add(11), scale(13));
  for (let i = 0; i < 20000; i++) sum += chain(i);
  const steps = memoise((n) => (n < 3 ? n : steps(n - 1) + steps(n - 3)));
  for (let i = 0; i < 60; i++) sum += steps(i) % 1009;
  for (const f of perIteration(20000)) sum += f(1);
  const { open, move, log } = bank();
  for (const name of ['a', 'b', 'c']) open(name, 100);
  for (let i = 0; i < 40000; i++) move('abc'[i % 3], 'abc'[(i * 5 + 1) % 3], (i * 31) % 60);
  return sum + log();
}
