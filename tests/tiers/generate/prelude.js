const { isArray } = Array, { is, keys, defineProperty, setPrototypeOf } = Object, { asIntN } = BigInt;
const natives = { abs: Math.abs, max: Math.max, imul: Math.imul, push: Array.prototype.push, charCodeAt: String.prototype.charCodeAt, iterator: Array.prototype[Symbol.iterator] };
const arrayIterator = Object.getPrototypeOf([][Symbol.iterator]()), { next } = arrayIterator;
let out = '', lines = 0;
function show(v, depth = 2) {
  switch (typeof v) {
    case 'object':
      if (v === null) return 'null';
      if (!isArray(v)) return '{' + keys(v) + '}';
      let text = '[' + v.length;
      for (let i = 0; depth && i < 6 && i < v.length; i++) text += ',' + (i in v ? show(v[i], depth - 1) : 'hole');
      return text + ']';
    case 'function': return 'f';
    case 'symbol': return 'symbol';
    case 'bigint': return v + 'n';
    case 'string': return '"' + v + '"';
    default: return is(v, -0) ? '-0' : '' + v;
  }
}
function say(v) { if (lines++ < 900) out += show(v) + '\n'; return v; }
function cut(v) { return typeof v === 'string' && v.length > 40 ? v.substring(3, 20) : typeof v === 'bigint' ? asIntN(70, v) : v; }
class Base {
  static made = 0;
  #secret = 1;
  n = 0;
  constructor(v) { this.v = v; Base.made++; }
  get twice() { return this.v * 2; }
  set twice(v) { this.v = v; }
  step(x) { this.n++; return this.v + x; }
  hide(x) { this.#secret = x; return this.#secret; }
  static of(v) { return new this(v, v); }
}
class Derived extends Base {
  late = this.v;
  constructor(v, w) { super(v); this.w = w; }
  get twice() { return super.twice + 1; }
  set twice(v) { super.twice = v; }
  step(x) { return super.step(x) - this.w; }
}
class Third extends Derived { step(x) { return super.step(x) + super.hide(x); } static of(v) { return super.of(v); } }
class Passing extends Derived {}
class Early extends Base { constructor(v) { if (v === 5) say('early'); super(v === 6 ? 60 : v); if (v === 7) return { v: 71, step() { return 8; } }; } }
class List extends Array { get last() { return this[this.length - 1]; } }
function Old(v) { this.v = v; this.w = 1; if (v === 7) return { v: 70, step(x) { return x; } }; this.u = v; }
Old.prototype.step = function (x) { return this.w++ + x; };
class Point { constructor(x, y) { this.x = x; this.y = y; } sum(k) { return this.x + this.y + k; } get size() { return this.x * this.x + this.y; } set size(k) { this.x = k; } }
const tricky = { valueOf() { say('valueOf'); return 3; }, get p() { throw new RangeError('p'); } };
const wordy = { toString() { say('toString'); return 'w'; }, v: 4, [Symbol.toPrimitive]: undefined };
const primitive = { [Symbol.toPrimitive](hint) { return hint === 'number' ? 4 : hint; }, v: 'x' };
const literal = () => ({ v: 2, get twice() { return this.v; }, set twice(v) { this.v = v; say('set'); }, step(x) { return super.toString === undefined ? x : this.v; }, ['n']: 1 });
const watched = v => new Proxy({ v, n: 1 }, { get(target, key) { return key === 'missing' ? 'trap' : target[key]; }, has(target, key) { return key === 'v'; } });
function make(k, v) {
  switch (k % 12) {
    case 0: return new Base(v);
    case 1: return new Derived(v, 2);
    case 2: return new Old(v);
    case 3: return { w: v, v: v, step(x) { return x; } };
    case 4: return new Third(v, 1);
    case 5: return new Early(v);
    case 6: return literal();
    case 7: return Object.create({ v, step: x => x });
    case 8: return watched(v);
    case 9: return new Passing(v, v);
    case 10: return Object.assign(Object.create(null), { v, n: v });
    default: return List.of(v, 2);
  }
}
function array(k, n) {
  switch (k % 7) {
    case 0: return [n, 2, 3, 4];
    case 1: return [1.5, , 'x'];
    case 2: return [0.5, n, -0, NaN];
    case 3: return ['a', 'b', n];
    case 4: return [[n], { v: n }, null, undefined];
    case 5: return new Array(5);
    default: return List.of(n, 1, 2);
  }
}
const views = [Int32Array, Float64Array, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Float32Array, BigInt64Array];
let add = (k, l) => k + l, shared = 0, g1 = 1, counter = (() => { let count = 0; return k => count += k; })();
var g2 = 2;
function* range(k, l) { try { for (let m = k; m < l; m++) { const got = yield m; if (got) m += got; } } finally { shared++; } return l; }
function* twice(v) { yield v; yield* range(0, 2); return v; }
function fall(k) { return k <= 0 ? 0 : 1 + fall(k - 1); }
function sumOf() { let all = 0; for (let m = 0; m < arguments.length; m++) all += arguments[m]; return all; }
function rest(first, ...others) { return others.length ? others[0] : first; }
function defaults(k = g1, { v = k, w: [m] = [v] } = {}) { return v + m + k; }
const tag = (parts, ...values) => parts.length + values.length + parts[0];
function checked(k, l) { if (k > l) throw new RangeError('over ' + l); return k; }
function nested(k, v) {
  let got = 0;
  const inner = m => { try { got += checked(m, 3); return got; } catch (z) { if (m > 8) throw v; return z.message; } finally { shared ^= 1; } };
  for (let m = 0; m < 3; m++) got = cut(got + inner(k + m));
  return got;
}
class Hidden {
  static #count = 0;
  #m = 1;
  #twice(k) { return k + this.#m++; }
  get #both() { return this.#m * 2; }
  set #both(k) { this.#m = k & 255; }
  static has(v) { return typeof v === 'object' && v !== null && #m in v ? 1 : 0; }
  static get(v, k) { Hidden.#count++; v.#both = k; return v.#twice(k) + v.#both + (Hidden.#count & 3); }
}
const hidden = new Hidden();
const known = new Map([[1, 'one'], ['a', 2], [0.5, 'half']]), met = new Set([1, 'a']);
