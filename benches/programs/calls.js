// Calls: too few and too many arguments, methods, bound functions, call and apply, constructors,
// functions passed as values, tail positions, default receivers, and tagged templates.
// => 14427498

function three(a, b, c) {
  return a + (b === undefined ? 1 : b) + (c === undefined ? 2 : c);
}

function Point(x, y) {
  if (!new.target) return new Point(x, y);
  this.x = x;
  this.y = y;
}

Point.prototype.plus = function (other) {
  return new Point(this.x + other.x, this.y + other.y);
};

function receiver() {
  'use strict';
  return this === undefined ? 1 : typeof this === 'object' ? 2 : 3;
}

function twice(f, x) {
  return f(f(x));
}

function each(from, to, f) {
  for (let i = from; i < to; i++) f(i);
}

const operations = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => (a * b) & 0xffff,
  max: Math.max,
  min: Math.min,
};

function tag(strings, ...values) {
  return strings.length * 100 + values.reduce((a, b) => a + b, 0);
}

function pipeline(x) {
  return first(x);
}
function first(x) {
  return second(x + 1, x);
}
function second(x, y) {
  return third(x ^ y, y & 3, x);
}
function third(x, y, z) {
  return x + y + z;
}

class Chain {
  constructor() {
    this.value = 0;
  }
  add(n) {
    this.value += n;
    return this;
  }
  mask() {
    this.value &= 0xfffff;
    return this;
  }
}

function run() {
  let sum = 0;
  for (let i = 0; i < 60000; i++) sum = (sum + three(i) + three(i, 2) + three(i, 2, 3) + three(i, 2, 3, 4)) | 0;
  let point = Point(0, 0);
  for (let i = 0; i < 30000; i++) point = point.plus(new Point(i & 3, 1));
  sum += point.x + point.y;
  const bound = three.bind(null, 10, 20);
  for (let i = 0; i < 12000; i++) {
    sum += bound(i) + three.call(null, i, 1) + three.apply(null, [1, i, 3]);
    sum += receiver() + receiver.call(5) + receiver.call({});
    sum += twice((x) => x + i, 1);
  }
  each(0, 100000, (i) => {
    sum = (sum + i) & 0xffffff;
  });
  const names = Object.keys(operations);
  for (let i = 0; i < 40000; i++) sum = operations[names[i % 5]](sum, i) & 0xffffff;
  const chain = new Chain();
  for (let i = 0; i < 40000; i++) sum += chain.add(i).mask().add(1).value & 7;
  for (let i = 0; i < 5000; i++) sum += tag`a${i}b${2}c`;
  for (let i = 0; i < 60000; i++) sum += pipeline(i) & 7;
  return sum;
}
