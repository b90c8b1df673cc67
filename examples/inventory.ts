// A small stock keeper: enums, classes, generics, Map, sorting and formatting.
// => 3 kinds, 47 pieces, worth 1171.51
// => widget     ##########                     10 x   9.95
// => gadget     ############################## 30 x  24.90
// => gizmo      #######                         7 x  46.43
// => low: gizmo, widget
// => not enough gizmo: 7 of 9

enum Level {
  Low,
  Fine,
}

interface Item {
  readonly name: string;
  price: number;
  count: number;
}

class OutOfStock extends Error {
  constructor(readonly item: Item, readonly wanted: number) {
    super(`not enough ${item.name}: ${item.count} of ${wanted}`);
  }
}

class Inventory<T extends Item> {
  #items = new Map<string, T>();

  add(item: T): this {
    this.#items.set(item.name, item);
    return this;
  }

  take(name: string, wanted: number): void {
    const item = this.#items.get(name);
    if (!item) throw new Error(`no such item: ${name}`);
    if (item.count < wanted) throw new OutOfStock(item, wanted);
    item.count -= wanted;
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.#items.values();
  }

  total(of: (item: T) => number): number {
    let sum = 0;
    for (const item of this) sum += of(item);
    return sum;
  }

  at(level: Level, limit = 20): string[] {
    const is = (item: T) => (item.count < limit ? Level.Low : Level.Fine) === level;
    return [...this].filter(is).map((item) => item.name).sort();
  }
}

const stock = new Inventory<Item>()
  .add({ name: "widget", price: 9.95, count: 10 })
  .add({ name: "gadget", price: 24.9, count: 30 })
  .add({ name: "gizmo", price: 46.43, count: 7 });

const kinds = [...stock].length;
const pieces = stock.total((item) => item.count);
const worth = stock.total((item) => item.count * item.price);
console.log(`${kinds} kinds, ${pieces} pieces, worth ${worth.toFixed(2)}`);
for (const { name, price, count } of stock) {
  const bar = "#".repeat(count);
  console.log(`${name.padEnd(10)} ${bar.padEnd(30)} ${String(count).padStart(2)} x ${price.toFixed(2).padStart(6)}`);
}
console.log(`low: ${stock.at(Level.Low).join(", ")}`);
try {
  stock.take("gizmo", 9);
} catch (error) {
  if (!(error instanceof OutOfStock)) throw error;
  console.log(error.message);
}
