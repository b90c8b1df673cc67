// Async functions: awaits of values and promises in loops, Promise.all, a queue with a bounded
// number of workers, async generators, and rejections caught. Nothing waits for time to pass; run
// gives a promise.
// => 81838988

async function leaf(n) {
  return n * 2;
}

async function chain(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await leaf(i);
  return sum;
}

async function fails(n) {
  await null;
  if (n % 3 === 0) throw new RangeError(`bad ${n}`);
  return n;
}

async function attempts(count) {
  let caught = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    try {
      sum += await fails(i);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      caught += error.message.length;
    } finally {
      sum++;
    }
  }
  return sum * 7 + caught;
}

async function pool(tasks, width) {
  const results = new Array(tasks.length);
  let next = 0;
  async function worker() {
    while (next < tasks.length) {
      const index = next++;
      results[index] = await tasks[index]();
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

async function* ticks(limit) {
  for (let i = 0; i < limit; i++) {
    if (i % 4 === 0) await undefined;
    yield i;
  }
}

async function fibonacci(n) {
  return n < 2 ? n : (await fibonacci(n - 1)) + (await fibonacci(n - 2));
}

async function run() {
  let sum = await chain(8000);
  sum += await attempts(2000);
  const tasks = Array.from({ length: 2000 }, (_, i) => async () => (await leaf(i)) + 1);
  for (const result of await pool(tasks, 8)) sum += result;
  for await (const tick of ticks(3000)) sum += tick;
  sum += await fibonacci(15);
  const settled = await Promise.allSettled(Array.from({ length: 600 }, (_, i) => fails(i)));
  sum += settled.filter(({ status }) => status === 'rejected').length;
  sum += await Promise.race([leaf(21), fails(1)]);
  await leaf(1).then((n) => (sum += n)).finally(() => sum++);
  return sum;
}
