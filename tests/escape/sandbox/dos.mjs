// Runs programs that would take the time or the memory of their host in sandboxes: `dos.mjs FILE... [--late=MS] [--threads]`. Prints of each how
// it ended, and `late` or `large` with figures where it took much more than it was allowed. `--all` tells all figures.

import { Sandbox } from "tvm:sandbox";
import fs from "node:fs";

const LIMIT_MS = 200;
const MEMORY = 64 << 20, LARGE_KIB = (64 + 32) << 10;
const words = process.argv.slice(2).filter((word) => word !== "--");
const all = words.includes("--all"), onThreads = words.includes("--threads");
// Generous: machines that test are busy, and debug builds slow.
const LATE_MS = +(words.find((word) => word.startsWith("--late="))?.slice(7) ?? 600);

// The most that the process has had since it was asked last, in KiB; undefined where the system does not tell.
function peak() {
  try {
    return +/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1];
  } catch {
    return undefined;
  }
}
function now() {
  try {
    fs.writeFileSync("/proc/self/clear_refs", "5");
    return peak();
  } catch {
    return undefined;
  }
}

async function run(code, elsewhere) {
  const box = new Sandbox({ memory: MEMORY, timeout: LIMIT_MS });
  const before = now();
  const start = performance.now();
  let ended = "came to an end";
  try {
    if (elsewhere) await box.eval(code);
    else box.evalSync(code);
  } catch (error) {
    ended = String(error?.code ?? error?.name ?? `threw a ${typeof error}`);
  }
  const took = performance.now() - start;
  const grew = before === undefined ? 0 : peak() - before;
  box.dispose();
  if (all) ended += ` ${took.toFixed(0)} ms ${(grew / 1024).toFixed(0)} MiB`;
  if (took > LATE_MS) ended += ` late: ${took.toFixed(0)} ms`;
  if (grew > LARGE_KIB) ended += ` large: ${(grew / 1024).toFixed(0)} MiB`;
  return ended;
}

for (const file of words.filter((word) => !word.startsWith("--"))) {
  for (const part of fs.readFileSync(file, "utf8").split(/^\/\/# /m).slice(1)) {
    const name = part.slice(0, part.indexOf("\n"));
    const code = part.slice(name.length + 1);
    // What waits for timers only ends where timers run.
    let ended = await run(code, onThreads);
    if (ended.startsWith("ERR_SANDBOX_PENDING")) ended = await run(code, true);
    // A busy machine is late once, a defect every time.
    if (/ (late|large): /.test(ended)) ended = await run(code, onThreads);
    console.log(`${name}: ${ended}`);
  }
}
