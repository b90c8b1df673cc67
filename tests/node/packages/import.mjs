import plain, { name, late } from "plain";
import * as all from "plain";
import def, { kind } from "exporting";
import { feature } from "exporting/feature";
import Dual, { a, b } from "dual";
import { here, plain as again } from "esm";
import transpiled, { first, getter, fromOther, quoted, __esModule } from "transpiled";
import { mode, shared } from "branching";
import shape, { extra } from "./src/function.cjs";
import data from "./src/data.json" with { type: "json" };
import own from "#own";
import { index } from "fixture";
import fs, { readFileSync, existsSync } from "fs";
import { join } from "node:path";
import process, { argv } from "process";
import EventEmitter, { once } from "node:events";
import { promisify } from "util";
import { createRequire } from "module";
import "./src/cycle.mjs";
console.log(plain === all.default, name, late, all.name, Object.keys(all), all);
console.log(def, kind, feature, a, b(), Dual.name, here, again === plain);
console.log(transpiled, first, getter, fromOther, quoted, __esModule);
console.log(mode, shared, shape.name, extra, data, own, index);
console.log(fs.readFileSync === readFileSync, typeof existsSync, join("a", "b"), argv === process.argv, new EventEmitter() instanceof EventEmitter, typeof once, typeof promisify);
const require = createRequire(import.meta.url);
console.log(require("plain") === plain, require("./src/own.js"), typeof module, typeof exports, typeof __filename);
for (const id of ["exporting/nope", "missing-package", "./missing.js", "#nope", "plain/nope.js", "node:nope"]) {
  try { await import(id); console.log(id, "found"); } catch (e) {
    console.log(id, "|", e.name, e.code, "|", e.message.replaceAll(import.meta.dirname ?? "", "DIR").slice(0, 120));
  }
}
console.log((await import("./src/detected.js")).detected, import.meta.url.split("/").pop(), import.meta.filename?.split("/").pop());
