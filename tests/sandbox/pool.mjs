// Pools lend sandboxes that nobody had before.
import { Pool, Sandbox, Script } from "tvm:sandbox";

const pool = new Pool({ size: 2, setup: new Script("const rate = 3; globalThis.seen = 0"), timeout: 10000, functions: { double: (n) => n * 2 } });
console.log(pool.size);
const once = () => pool.use((box) => box.eval("seen++; globalThis.left = 1; double(rate) + seen"));
console.log(await Promise.all([once(), once(), once(), once(), once()]));
console.log(await pool.use((box) => box.eval("typeof left")));
console.log(await pool.use((box) => box.eval("for (;;);", { timeout: 50 })).catch((error) => error.code));
console.log(await pool.use((box) => box.eval("1")));
console.log(await pool.use(() => { throw new Error("mine"); }).catch((error) => error.message));
let lent = 0, most = 0;
await Promise.all(Array.from({ length: 6 }, () => pool.use(async (box) => {
  most = Math.max(most, ++lent);
  await box.eval("new Promise((r) => setTimeout(r, 2))");
  lent--;
})));
console.log(most);
let kept;
await pool.use((box) => { kept = box; });
try { kept.evalSync("1"); } catch (error) { console.log(error.code); }
const waiting = [pool.use(() => new Promise((r) => setTimeout(r, 5))), pool.use(() => new Promise((r) => setTimeout(r, 5))), pool.use(() => 1)];
pool.dispose();
console.log((await Promise.allSettled(waiting)).map((result) => result.reason?.code ?? result.status));
console.log(await pool.use(() => 1).catch((error) => error.code));
for (const size of [0, 1.5, "2"]) try { new Pool({ size }); } catch (error) { console.log(error.code); }
// => 2
// => [ 7, 7, 7, 7, 7 ]
// => undefined
// => ERR_SANDBOX_TIME
// => 1
// => mine
// => 2
// => ERR_SANDBOX_DISPOSED
// => [ 'fulfilled', 'fulfilled', 'ERR_SANDBOX_DISPOSED' ]
// => ERR_SANDBOX_DISPOSED
// => ERR_OUT_OF_RANGE
// => ERR_OUT_OF_RANGE
// => ERR_INVALID_ARG_TYPE
