const short = (text) => String(text).replaceAll(__dirname, "DIR");
console.log(require("plain"), require("#dep") === require("plain"), require("#own"), require("fixture"), require("fixture/deep/own"));
console.log(require("exporting"), require("exporting/feature"), require("exporting/data/table.json"), require("exporting/array"), require("exporting/package.json").name);
for (const id of ["exporting/internal/x", "exporting/nope", "#nope", "missing-package", "./missing", "../packages/missing/x.js", "plain/nope", "", 5, "./src/bad.json", "./src/throws.js", "node:nope", "./src/dir/nope"]) {
  try { console.log(require(id)); } catch (e) {
    console.log(id, "|", e.name, e.code, "|", short(e.message).split("\n")[0].replace(/ \(line.*/, "").slice(0, 150), "|", e.requireStack?.map(short));
  }
}
require("./src/a.js");
const first = require("./src/data.json");
console.log(first, require("./src/data") === first, require("./src/dir").dir, require("./src/dir/").dir, require("./src/function.cjs").extra);
console.log(Object.keys(require.cache).map(short).filter((k) => k.includes("/src/")).join("\n"));
console.log(short(require.resolve("./src/dir")), require.resolve("fs"), require.resolve("node:fs"), short(require.resolve("plain")), short(require.resolve.paths("x")[0]), require.resolve.paths("fs"), short(require.resolve("./own", { paths: [__dirname + "/src"] })));
delete require.cache[require.resolve("./src/data.json")];
console.log(require("./src/data.json") === first, require.main === module, module.loaded, module.id, short(module.path), short(module.filename), module.children.length > 5, module.parent, short(module.paths[0]));
console.log(this === module.exports, arguments.length, typeof require, typeof exports, short(__filename), short(__dirname), new.target === undefined);
const ns = require("./src/module.mjs");
console.log(ns, ns.count(), require("./src/module.mjs") === ns, require("./src/whole.mjs"), require("dual").a, require("esm").plain.name, require("./src/detected.js").detected, require("./src/plain.js").detected);
try { require("./src/waits.mjs"); } catch (e) { console.log(e.code); }
const { createRequire, builtinModules, isBuiltin } = require("module");
console.log(createRequire(__dirname + "/src/x.js")("./own"), builtinModules.includes("fs"), isBuiltin("node:path"), isBuiltin("plain"), module instanceof require("module"), module.constructor === require("module"));
(async () => {
  console.log(await import("./src/function.cjs"));
  const plain = await import("plain");
  console.log(plain.default === require("plain"), Object.keys(plain));
  await import("missing-package").catch((e) => console.log(e.code, short(e.message)));
})();
if (typeof module !== "undefined") return console.log("returned early");
console.log("never");
