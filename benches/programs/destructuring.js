// Destructuring, rest and spread, default values, computed keys, optional chaining, and functions
// with many kinds of parameters; objects copied and merged as programs with state do.
// => 147900220

function area({ width = 1, height = width, origin: { x = 0, y = 0 } = {} } = {}) {
  return width * height + x - y;
}

function sum(first, second = first * 2, ...rest) {
  let all = first + second;
  for (let i = 0; i < rest.length; i++) all += rest[i];
  return all;
}

function swapAll(pairs) {
  return pairs.map(([a, b]) => [b, a]);
}

function reduce(state, action) {
  switch (action.type) {
    case 'add':
      return { ...state, items: [...state.items, action.item], count: state.count + 1 };
    case 'drop': {
      const [, ...items] = state.items;
      return { ...state, items };
    }
    case 'mark':
      return { ...state, marks: { ...state.marks, [action.key]: action.value } };
    default:
      return state;
  }
}

function omit(object, name) {
  const { [name]: _, ...rest } = object;
  return rest;
}

function forward(...all) {
  return sum(...all);
}

function oldStyle() {
  let total = arguments.length;
  for (let i = 0; i < arguments.length; i++) total += arguments[i];
  return total;
}

function gcd(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

function run() {
  let total = 0;
  for (let i = 0; i < 6000; i++) {
    total += area({ width: i % 10, origin: { x: i } }) + area() + area({ height: 3 });
    total += sum(i) + sum(i, 1) + forward(i, 1, 2, 3, 4) + oldStyle(i, 2, i);
    total += gcd(i * 12, 360 + (i % 17));
  }
  const pairs = Array.from({ length: 3000 }, (_, i) => [i, -i]);
  for (const [a, b] of swapAll(pairs)) total += a * 2 + b;
  let state = { items: [], count: 0, marks: {} };
  for (let i = 0; i < 1500; i++) {
    state = reduce(state, { type: 'add', item: i });
    if (i > 20) state = reduce(state, { type: 'drop' });
    state = reduce(state, { type: 'mark', key: `k${i % 12}`, value: i });
  }
  total += state.items.reduce((a, b) => a + b, 0) + Object.values(omit(state.marks, 'k3')).length;
  for (let i = 0; i < 4000; i++) {
    const { a, b: { c, ...d } = { c: 1, e: 2, f: 3 } } = i % 2 ? { a: i } : { a: 1, b: { c: i, z: 9 } };
    total += a + c + Object.keys(d).length + (d?.z ?? 4);
  }
  return total;
}
