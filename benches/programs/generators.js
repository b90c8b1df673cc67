// Generators and iterators: lazy pipelines, yield*, values sent in, early return with finally, a
// recursive walk, and hand-written iterators in for-of, spread and destructuring.
// => 2733246422 2000

function* count(from = 0, step = 1) {
  for (let n = from; ; n += step) yield n;
}

function* map(source, f) {
  for (const value of source) yield f(value);
}

function* filter(source, keep) {
  for (const value of source) if (keep(value)) yield value;
}

function* take(source, limit) {
  if (limit <= 0) return;
  for (const value of source) {
    yield value;
    if (--limit === 0) return;
  }
}

function* walk(tree) {
  if (Array.isArray(tree)) for (const child of tree) yield* walk(child);
  else yield tree;
}

function nest(depth, seed) {
  return depth === 0 ? seed : [nest(depth - 1, seed * 2), seed, nest(depth - 1, seed * 2 + 1)];
}

function* running() {
  let sum = 0;
  let received = 0;
  for (;;) {
    received = yield sum / (received || 1);
    sum += received;
  }
}

let closed = 0;
function* guarded(list) {
  try {
    yield* list;
  } finally {
    closed++;
  }
}

class Range {
  constructor(low, high) {
    this.low = low;
    this.high = high;
  }

  [Symbol.iterator]() {
    let at = this.low;
    const end = this.high;
    return { next: () => (at < end ? { done: false, value: at++ } : { done: true, value: undefined }) };
  }
}

function run() {
  closed = 0;
  let sum = 0;
  const odd = filter(count(1), (n) => n % 2 === 1);
  for (const n of take(map(odd, (n) => n * n), 12000)) sum = (sum + n) % 1000003;
  for (const leaf of walk(nest(9, 1))) sum = (sum + leaf) % 1000003;
  const average = running();
  average.next();
  for (let i = 1; i < 8000; i++) sum += Math.floor(average.next(i % 17).value);
  for (let i = 0; i < 2000; i++) {
    const [first, second] = guarded([i, i + 1, i + 2]);
    sum += first * second;
  }
  for (const n of new Range(0, 20000)) sum += n & 3;
  sum += Math.max(...new Range(5, 500)) + [...new Range(0, 1000)].length;
  return `${sum} ${closed}`;
}
