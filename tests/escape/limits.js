// Runs the programs of `limits.txt` in contexts under a time limit. Prints of each how it ended, and `late` where that took
// much longer than it should.

const vm = require("vm");
const fs = require("fs");

const LIMIT_MS = 200;
const LATE_MS = 1500;

for (const part of fs.readFileSync("limits.txt", "utf8").split(/^\/\/# /m).slice(1)) {
  const name = part.slice(0, part.indexOf("\n"));
  const start = performance.now();
  let ended = "came to an end";
  try {
    vm.runInNewContext(part.slice(name.length + 1), {}, { timeout: LIMIT_MS, microtaskMode: "afterEvaluate" });
  } catch (error) {
    ended = error.code ?? error.name;
  }
  const took = performance.now() - start;
  console.log(`${name}: ${ended}${took > LATE_MS ? ` late: ${took}` : ""}`);
}
