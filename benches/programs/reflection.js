// Reflection and the rare kinds of objects: proxies, Reflect, symbols, accessors defined late,
// frozen objects, for-in over prototypes, Object.entries, BigInt, Date, labels of types.
// => 517657 390998217 199

function observed(target, log) {
  return new Proxy(target, {
    get(object, key, receiver) {
      log.reads++;
      return Reflect.get(object, key, receiver);
    },
    set(object, key, value) {
      log.writes++;
      object[key] = value;
      return true;
    },
    has: (object, key) => key !== 'hidden' && key in object,
    ownKeys: (object) => Reflect.ownKeys(object).filter((key) => key !== 'hidden'),
  });
}

function copy(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

function equal(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
}

function kind(value) {
  switch (typeof value) {
    case 'number': return 1;
    case 'string': return 2;
    case 'boolean': return 3;
    case 'undefined': return 4;
    case 'function': return 5;
    case 'symbol': return 6;
    case 'bigint': return 7;
    default: return value === null ? 8 : Array.isArray(value) ? 9 : 10;
  }
}

function factorial(n) {
  let product = 1n;
  for (let i = 2n; i <= n; i++) product *= i;
  return product;
}

const unit = Symbol('unit');

function run() {
  const log = { reads: 0, writes: 0 };
  const watched = observed({ total: 0, hidden: 1, step: 2 }, log);
  for (let i = 0; i < 6000; i++) watched.total += watched.step + ('hidden' in watched ? 100 : 0);
  let sum = watched.total + Object.keys(watched).length + log.reads + log.writes;
  const tree = { a: [1, { b: 'x', c: [true, null] }], d: { e: { f: { g: 1.5 } } }, h: undefined };
  for (let i = 0; i < 600; i++) sum += equal(copy(tree), tree) ? 1 : 0;
  const values = [1, 'a', true, undefined, kind, unit, 5n, null, [], {}];
  for (let i = 0; i < 60000; i++) sum += kind(values[i % 10]);
  const late = { n: 1, [unit]: 7 };
  for (let i = 0; i < 3000; i++) {
    if (i === 1500) Object.defineProperty(late, 'n', { get: () => 3, set: (to) => void (sum += to), configurable: true });
    sum += late.n + late[unit];
    late.n = 2;
  }
  const child = Object.assign(Object.create({ inherited: 1, shadowed: 2 }), { own: 3, shadowed: 4 });
  for (let i = 0; i < 2000; i++) for (const key in child) sum += key.length * child[key];
  const frozen = Object.freeze([1, 2, 3]);
  for (let i = 0; i < 2000; i++) sum += Object.isFrozen(frozen) && !Reflect.set(frozen, 0, i) ? frozen[0] : 50;
  const start = Date.UTC(2024, 1, 28);
  for (let i = 0; i < 1500; i++) sum += new Date(start + i * 86400000).getUTCDate();
  return `${sum} ${factorial(400n) % 1000000007n} ${String(factorial(120n)).length}`;
}
