// Evaluates expressions that users typed: each in time and memory that it is given, with the names that it is given.
// => 2 + 3 * 4 = 14
// => round(price * (1 + tax), 2) = 11.9
// => items.filter((i) => i.n > 1).map((i) => i.name).join() = b,c
// => round(price / 3, 2) = 3.33
// => while (true) {} : took too long
// => "x".repeat(1e9).split("") : refused (RangeError)
// => [...Array(1e9)].map(() => ({})) : took too much memory
// => this.constructor.constructor("return process")() : process is not defined
// => price.x.y : Cannot read properties of undefined (reading 'y')
// => price = 2 = 2
// => price = 10

import { LimitError, Sandbox } from "tvm:sandbox";

const names = { price: 10, tax: 0.19, items: [{ name: "a", n: 1 }, { name: "b", n: 2 }, { name: "c", n: 3 }] };
const functions = { round: (number, digits) => +number.toFixed(digits) };

function evaluate(expression) {
  // A sandbox of its own, so that no expression sees what another one left.
  using box = new Sandbox({ globals: names, functions, memory: 16 << 20, timeout: 100 });
  return box.evalSync(expression, { filename: "expression" });
}

for (const expression of [
  "2 + 3 * 4",
  "round(price * (1 + tax), 2)",
  "items.filter((i) => i.n > 1).map((i) => i.name).join()",
  "round(price / 3, 2)",
  "while (true) {}",
  '"x".repeat(1e9).split("")',
  "[...Array(1e9)].map(() => ({}))",
  'this.constructor.constructor("return process")()',
  "price.x.y",
  "price = 2",
  "price",
]) {
  try {
    console.log(expression, "=", evaluate(expression));
  } catch (error) {
    const limits = { ERR_SANDBOX_TIME: "took too long", ERR_SANDBOX_MEMORY: "took too much memory" };
    const refused = error instanceof RangeError ? `refused (${error.name})` : error.message;
    console.log(expression, ":", error instanceof LimitError ? limits[error.code] : refused);
  }
}
