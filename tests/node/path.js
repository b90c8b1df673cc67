const path = require("node:path");
const samples = [
  "", ".", "..", "/", "//", "a", "a/", "/a", "/a/b/", "a/b.c", "a/.b", "a/b.", "a/b.c.d", "./a/../b", "../../x", "/..//a",
  "a//b///c/", "...", ".a.b", "/a/b/../../../c", "a b/c d.txt", "C:\\x\\y.z", "C:/x/../y", "C:", "C:x", "\\\\server\\share\\a\\b.txt",
  "\\\\server\\share", "\\\\server\\share\\", "\\a\\..\\b", "d:/a//b\\c.e", "//x/y/z",
];
for (const name of ["posix", "win32"]) {
  const p = path[name];
  for (const s of samples) {
    console.log(name, JSON.stringify(s), JSON.stringify([
      p.normalize(s), p.dirname(s), p.basename(s), p.basename(s, ".c"), p.extname(s), p.isAbsolute(s), p.parse(s),
      p.format(p.parse(s)), p.join(s, "..", "q"), p.join("x", s),
    ]));
  }
}
for (const [a, b] of [["/a/b/c", "/a/d"], ["/", "/x"], ["/x", "/"], ["/a/b", "/a/b/c/d"], ["/a/bc", "/a/b"], ["/foo/bar/baz", "/foo/bar"], ["/a", "/a"]]) {
  console.log(path.posix.relative(a, b), path.posix.resolve(a, b), path.posix.resolve(a, "." + b));
}
for (const [a, b] of [["C:\\a\\b", "C:\\a\\c"], ["C:\\a", "D:\\b"], ["c:\\A\\b", "C:\\a\\B\\c"], ["C:\\", "C:\\x"], ["\\\\s\\h\\a", "\\\\s\\h\\b"], ["C:\\foo\\bar\\baz", "C:\\foo"]]) {
  console.log(path.win32.relative(a, b), path.win32.resolve(a, b), path.win32.toNamespacedPath(a));
}
console.log(path.sep, path.delimiter, path.win32.sep, path.win32.delimiter, path === path.posix, path.posix.win32 === path.win32);
console.log(path.format({ root: "/", base: "x.y" }), path.format({ dir: "/d", name: "n", ext: "e" }), path.format({ name: "n", ext: ".e" }));
for (const call of [() => path.join(1), () => path.basename("a", 1), () => path.format("x"), () => path.resolve({}), () => path.parse(null)]) {
  try { call(); } catch (e) { console.log(e.name, e.code, e.message); }
}
console.log(require("path") === path, require("path/posix") === path.posix, require("node:path/win32") === path.win32, Object.keys(path).filter((k) => k[0] !== "_" && k !== "matchesGlob").join());
