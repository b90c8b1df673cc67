const fs = require("fs");
const path = require("path");
// A directory of its own, given by the test or made in the working directory.
const base = process.argv[2] ?? fs.mkdtempSync("fs-test-");
const at = (...names) => path.join(base, ...names);
const short = (text) => String(text).replaceAll(path.resolve(base), "BASE").replaceAll(base, "BASE");
function told(call) {
  try { return call(); } catch (e) {
    console.log(e.name, e.code, e.errno, e.syscall, short(e.path), e.dest && short(e.dest), "|", short(e.message));
  }
}
fs.writeFileSync(at("a.txt"), "héllo\n");
fs.appendFileSync(at("a.txt"), Buffer.from("more\n"));
console.log(fs.readFileSync(at("a.txt"), "utf8"), fs.readFileSync(at("a.txt")), fs.readFileSync(at("a.txt"), { encoding: "latin1" }).length);
const stat = fs.statSync(at("a.txt"));
console.log(stat.size, stat.isFile(), stat.isDirectory(), (stat.mode & 0o777).toString(8), stat.mtime instanceof Date, stat.mtimeMs > 1e12, fs.statSync(base).isDirectory(), stat instanceof fs.Stats);
console.log(Object.keys(stat).join(), typeof fs.statSync(at("a.txt"), { bigint: true }).size);
console.log(fs.existsSync(at("a.txt")), fs.existsSync(at("nope")), fs.statSync(at("nope"), { throwIfNoEntry: false }));
console.log(short(fs.mkdirSync(at("d/e/f"), { recursive: true })), fs.mkdirSync(at("d/e/f"), { recursive: true }), fs.mkdirSync(at("g")));
fs.writeFileSync(at("d/x"), new Uint8Array([1, 2, 3]), { mode: 0o600 });
fs.writeFileSync(at("d/e/y"), "y");
console.log(fs.readdirSync(at("d")).sort(), fs.readdirSync(at("d"), { withFileTypes: true }).map((e) => [e.name, e.isFile(), e.isDirectory()]), fs.readdirSync(at("d"), { recursive: true }).sort());
fs.renameSync(at("d/x"), at("g/z"));
fs.copyFileSync(at("g/z"), at("g/w"));
console.log(fs.readdirSync(at("g")).sort(), fs.readFileSync(at("g/w")));
fs.writeFileSync(at("a.txt"), "over", { flag: "a" });
console.log(fs.readFileSync(at("a.txt"), "utf-8").endsWith("over"), short(fs.realpathSync(at("g/../a.txt"))));
told(() => fs.readFileSync(at("nope")));
told(() => fs.readFileSync(base));
told(() => fs.writeFileSync(at("nope/x"), ""));
told(() => fs.writeFileSync(at("a.txt"), "", { flag: "wx" }));
told(() => fs.statSync(at("nope")));
told(() => fs.lstatSync(at("nope")));
told(() => fs.readdirSync(at("nope")));
told(() => fs.readdirSync(at("a.txt")));
told(() => fs.mkdirSync(at("g")));
told(() => fs.mkdirSync(at("a.txt/x")));
told(() => fs.rmdirSync(at("d")));
told(() => fs.unlinkSync(at("nope")));
told(() => fs.renameSync(at("nope"), at("other")));
told(() => fs.copyFileSync(at("nope"), at("other")));
told(() => fs.copyFileSync(at("g/z"), at("g/w"), fs.constants.COPYFILE_EXCL));
told(() => fs.accessSync(at("nope")));
told(() => fs.rmSync(at("nope")));
told(() => fs.realpathSync(at("nope")));
for (const call of [() => fs.readFileSync(), () => fs.readFileSync({}), () => fs.readFileSync("a\0b"), () => fs.readFileSync(at("a.txt"), "nope"), () => fs.writeFileSync(at("a.txt"), 5), () => fs.readFile(at("a.txt"))]) {
  try { call(); } catch (e) { console.log(e.name, e.code, e.message.slice(0, 100)); }
}
fs.accessSync(at("a.txt"), fs.constants.R_OK);
console.log(fs.rmSync(at("nope"), { force: true }));
fs.rmSync(at("d"), { recursive: true });
fs.unlinkSync(at("g/w"));
console.log(fs.readdirSync(base).sort());
fs.readFile(at("a.txt"), "utf8", (error, text) => {
  console.log("callback", error, text.length);
  fs.readFile(at("nope"), (e, data) => {
    console.log("callback", e.code, data);
    fs.exists(at("a.txt"), (found) => console.log("exists", found));
    rest();
  });
});
async function rest() {
  const { readFile, writeFile, mkdir, rm, stat, readdir, access, rename, appendFile, unlink } = require("fs/promises");
  await writeFile(at("p"), "promised");
  await appendFile(at("p"), "!");
  console.log(await readFile(at("p"), "utf8"), (await stat(at("p"))).size, require("fs").promises === require("node:fs/promises"));
  await mkdir(at("q"));
  await rename(at("p"), at("q/p"));
  console.log(await readdir(at("q")), await access(at("q")));
  await unlink(at("q/p"));
  try { await readFile(at("nope")); } catch (e) { console.log(e.code, short(e.message)); }
  console.log(await require("util").promisify(fs.readFile)(at("a.txt"), "latin1").then((t) => t.length));
  fs.writeFileSync(at("late.js"), "module.exports = 'written';");
  console.log(require(path.resolve(at("late.js"))));
  await rm(base, { recursive: true });
  console.log(fs.existsSync(base));
}
console.log("sync done");
