// Array methods with callbacks: map, filter, reduce, flatMap, find, some, every, indexOf, splice,
// concat, and chains of them over objects, as programs that process records are written.
// => 6055024.55

const CITIES = ['Oslo', 'Lima', 'Cairo', 'Kyoto', 'Quito', 'Turin'];

function makeOrders(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    city: CITIES[(index * 7) % CITIES.length],
    lines: Array.from({ length: 1 + (index % 4) }, (_, line) => ({
      price: ((index * 13 + line * 29) % 500) / 4,
      quantity: 1 + ((index + line) % 5),
    })),
    paid: index % 3 !== 0,
  }));
}

function total(order) {
  return order.lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}

function groupBy(list, key) {
  return list.reduce((groups, item) => {
    const name = key(item);
    (groups[name] ??= []).push(item);
    return groups;
  }, {});
}

function report(orders) {
  const paid = orders.filter((order) => order.paid);
  const groups = groupBy(paid, (order) => order.city);
  return Object.keys(groups)
    .sort()
    .map((city) => {
      const sums = groups[city].map(total);
      const best = Math.max(...sums.slice(0, 100));
      return [city, sums.reduce((a, b) => a + b, 0), best];
    });
}

function windows(list, size) {
  return list
    .map((_, index) => list.slice(index, index + size))
    .filter((window) => window.length === size)
    .map((window) => window.reduce((a, b) => a + b) / size);
}

function rotate(list, steps) {
  const copy = list.slice();
  for (let i = 0; i < steps; i++) copy.push(copy.shift());
  copy.splice(3, 2, ...copy.splice(10, 4));
  return copy.concat([1, 2, 3]).reverse();
}

function run() {
  const orders = makeOrders(4000);
  const cities = report(orders);
  const prices = orders.flatMap((order) => order.lines.map((line) => line.price));
  const averages = windows(prices.slice(0, 3000), 5);
  let sum = cities.reduce((all, [city, value, best]) => all + city.length * value + best, 0);
  sum += averages.reduce((a, b) => a + b, 0);
  sum += prices.findIndex((price) => price > 124.5) + prices.lastIndexOf(0.25);
  sum += prices.some((price) => price < 0) ? 1e6 : 0;
  sum += prices.every((price) => price < 1000) ? 7 : 0;
  sum += rotate(prices.slice(0, 400), 300).indexOf(prices[17]);
  sum += prices.includes(-1) ? 1 : 2;
  return Math.round(sum * 100) / 100;
}
