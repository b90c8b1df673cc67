// Runs every program of programs.mjs under node and under tvm; `run` calls it.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { programs } from "./programs.mjs";

const [directory, tvm, ...wanted] = process.argv.slice(2);
// One line for each call, of texts: what either console would make of objects is not the point here.
const PRINT = "if (typeof globalThis.print === 'undefined') globalThis.print = (...values) => console.log(values.map((v) => typeof v === 'object' && v !== null ? JSON.stringify(v) : String(v)).join(' '));\n";

function prepare(name, program) {
  const base = join(directory, name.replace(/\W/g, "_"));
  if (program.module) {
    const path = base + ".mjs";
    const source = program.module.replace(/from "([^"]+)"/g, (_, specifier) => `from "./node_modules/${specifier}"`);
    writeFileSync(path, source.replace(/(import [^;]*;)/, "$1\n" + PRINT));
    return { path, node: [path] };
  }
  if (program.commonjs) {
    const path = base + ".cjs";
    writeFileSync(path, PRINT + program.commonjs);
    return { path, node: [path], flags: ["-A"] };
  }
  const path = base + ".js";
  const scripts = program.scripts.map((script) => readFileSync(join(directory, "node_modules", script), "utf8"));
  // A driver of its own scope: its names are not the package's.
  writeFileSync(path, [PRINT, ...scripts, `;(() => {${program.driver}\n})();`].join("\n;"));
  const loader = `require("node:vm").runInThisContext(require("node:fs").readFileSync(${JSON.stringify(path)}, "utf8"), { filename: ${JSON.stringify(path)} })`;
  // From a file: with -e, `module` and `exports` would be global, and the packages would export there.
  writeFileSync(base + ".node.cjs", loader);
  return { path, node: [base + ".node.cjs"] };
}

function output(command, args) {
  const done = spawnSync(command, args, { encoding: "utf8", timeout: 120_000, maxBuffer: 1 << 28, env: { ...process.env, TZ: "UTC", NO_COLOR: "1" } });
  return done.status === 0 ? done.stdout : `${done.stdout}exit ${done.status ?? done.signal}\n${done.stderr}`;
}

let passed = 0, failed = 0;
for (const [name, program] of Object.entries(programs)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { path, node, flags = program.module ? [] : ["--script"] } = prepare(name, program);
  const expected = output(process.execPath, node);
  const actual = output(resolve(tvm), ["run", ...flags, path]);
  if (expected === actual && !/^exit /m.test(expected)) {
    passed++;
    console.log(`ok ${name} (${expected.length} bytes)`);
    continue;
  }
  failed++;
  console.log(`FAILED ${name}`);
  const [a, b] = [expected.split("\n"), actual.split("\n")];
  const at = a.findIndex((line, i) => line !== b[i]);
  console.log(`  line ${at + 1}\n  node: ${String(a[at]).slice(0, 400)}\n  tvm:  ${String(b[at]).slice(0, 400)}\n  ${b.slice(at + 1, at + 6).join("\n  ").slice(0, 600)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
