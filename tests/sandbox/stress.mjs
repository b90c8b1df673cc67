// Many sandboxes at once, with all that may happen to them: every request is settled, and by what it should be.
import { Sandbox } from "tvm:sandbox";

let seed = 12345;
const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const functions = { twice: (n) => n * 2, later: async (n) => { await pause(n % 3); return n + 1; }, fails: () => { throw new Error("no"); } };
const counts = {};
const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };

const kinds = [
  async (box, n) => (await box.eval(`twice(${n})`)) === n * 2,
  async (box, n) => (await box.eval(`later(${n})`)) === n + 1,
  async (box, n) => (await box.eval(`(async () => await later(twice(await later(${n}))))()`)) === (n + 1) * 2 + 1,
  async (box, n) => (await box.eval(`let s${n} = 0; for (let i = 0; i < 200000; i++) s${n} += i % 7; s${n}`)) === 599997,
  async (box, n) => (await box.eval(`new Promise((r) => setTimeout(r, ${n % 4}, ${n}))`)) === n,
  async (box) => (await box.eval("fails()").catch((error) => error.message)) === "no",
  async (box, n) => box.evalSync(`twice(${n}) + 1`) === n * 2 + 1,
  async (box, n) => { const p = box.eval(`later(${n})`); const now = box.evalSync("3"); return now === 3 && (await p) === n + 1; },
];
// A sandbox that waits for a function of the host's cannot run here; that is told.
const busy = (error) => error.code === "ERR_SANDBOX_BUSY";

async function tenant(index) {
  const box = new Sandbox({ functions, memory: 16 << 20 });
  const requests = [];
  for (let i = 0; i < 6; i++) {
    requests.push(kinds[random(kinds.length)](box, index * 10 + i).then((right) => count(right ? "right" : "wrong"), (error) => count(busy(error) ? "right" : error.message)));
    if (random(3) === 0) await pause(0);
  }
  await Promise.all(requests);
  const ends = [
    async () => { const p = box.eval("for (;;);").catch((error) => error.code); await pause(random(5)); box.dispose(); return (await p) === "ERR_SANDBOX_DISPOSED"; },
    async () => (await box.eval("for (;;);", { timeout: 20 }).catch((error) => error.code)) === "ERR_SANDBOX_TIME",
    async () => (await box.eval("const a = []; for (;;) a.push(a.slice())").catch((error) => error.code)) === "ERR_SANDBOX_MEMORY",
    async () => (await box.eval("for (;;);", { fuel: 1000000 }).catch((error) => error.code)) === "ERR_SANDBOX_FUEL",
    async () => { const p = box.eval("new Promise(() => {})").catch((error) => error.code); await pause(1); box.dispose(); return (await p) === "ERR_SANDBOX_DISPOSED"; },
    async () => { const p = box.eval("(async () => { for (;;) await later(1) })()").catch((error) => error.code); await pause(3); box.dispose(); return (await p) === "ERR_SANDBOX_DISPOSED"; },
  ];
  count((await ends[index % ends.length]()) ? "ended" : "ended wrongly");
  count((await box.eval("1").catch((error) => error.code)).startsWith("ERR_SANDBOX_") ? "dead" : "alive");
  box.dispose();
}

await Promise.all(Array.from({ length: 60 }, (_, index) => tenant(index)));
console.log(JSON.stringify(Object.fromEntries(Object.entries(counts).sort())));
// => {"dead":60,"ended":60,"right":360}
