// Map, Set, WeakMap: numbers, strings and objects as keys; insertion, deletion while iterating, a
// cache that drops what was used least recently, word counts, and a breadth-first search.
// => 6732599

class Cache {
  constructor(capacity) {
    this.capacity = capacity;
    this.entries = new Map();
    this.hits = 0;
  }

  get(key, make) {
    if (this.entries.has(key)) {
      const value = this.entries.get(key);
      this.entries.delete(key);
      this.entries.set(key, value);
      this.hits++;
      return value;
    }
    const value = make(key);
    this.entries.set(key, value);
    if (this.entries.size > this.capacity) this.entries.delete(this.entries.keys().next().value);
    return value;
  }
}

function search(width, height, walls) {
  const seen = new Set([0]);
  let frontier = [0];
  let depth = 0;
  while (frontier.length > 0) {
    const next = [];
    for (const cell of frontier) {
      const x = cell % width;
      for (const to of [cell - width, cell + width, x > 0 ? cell - 1 : -1, x < width - 1 ? cell + 1 : -1]) {
        if (to < 0 || to >= width * height || walls.has(to) || seen.has(to)) continue;
        seen.add(to);
        next.push(to);
      }
    }
    frontier = next;
    depth++;
  }
  return depth * 10000 + seen.size;
}

function counts(texts) {
  const result = new Map();
  for (const text of texts) result.set(text, (result.get(text) ?? 0) + 1);
  return result;
}

function owners(count) {
  const owner = new WeakMap();
  const objects = Array.from({ length: count }, (_, i) => ({ i }));
  objects.forEach((object, i) => owner.set(object, objects[(i * 3) % count]));
  let sum = 0;
  for (const object of objects) sum += owner.get(owner.get(object)).i;
  return sum;
}

function run() {
  const cache = new Cache(200);
  let sum = 0;
  for (let i = 0; i < 20000; i++) sum = (sum + cache.get((i * i) % 449, (key) => key * 3)) % 1000003;
  const walls = new Set();
  for (let i = 1; i < 6400; i++) if ((i * 7) % 11 < 3) walls.add(i);
  sum += cache.hits + search(80, 80, walls);
  const names = Array.from({ length: 10000 }, (_, i) => `key${(i * 31) % 700}`);
  for (const [name, count] of counts(names)) sum += name.length * count;
  const shrinking = new Set(names);
  for (const name of shrinking) if (name.endsWith('7')) shrinking.delete(name);
  shrinking.forEach((name) => (sum += name.length));
  return sum + owners(3000) + [...shrinking].length;
}
