// Async generators: a source, stages with bounded concurrency, and errors that are retried.
// => item 1 -> 1 (1 try)
// => item 2 -> 4 (2 tries)
// => item 3 -> 9 (1 try)
// => item 4 -> 16 (2 tries)
// => sum 30

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function* source(count) {
  for (let id = 1; id <= count; id++) {
    await sleep(1);
    yield { id };
  }
}

async function retry(times, action) {
  for (let attempt = 1; ; attempt++) {
    try {
      return { value: await action(attempt), attempt };
    } catch (error) {
      if (attempt >= times) throw new Error("gave up", { cause: error });
    }
  }
}

async function* mapConcurrently(items, limit, action) {
  const running = [];
  for await (const item of items) {
    running.push(action(item));
    if (running.length >= limit) yield await running.shift();
  }
  yield* running;
}

async function square({ id }) {
  const { value, attempt } = await retry(3, async (attempt) => {
    await sleep(2);
    if (id % 2 === 0 && attempt === 1) throw new Error("flaky");
    return id * id;
  });
  return { id, value, attempt };
}

let sum = 0;
for await (const { id, value, attempt } of mapConcurrently(source(4), 2, square)) {
  console.log(`item ${id} -> ${value} (${attempt} ${attempt === 1 ? "try" : "tries"})`);
  sum += value;
}
console.log(`sum ${sum}`);
