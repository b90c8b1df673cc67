// node:fs/promises: the functions of node:fs by promises.
// exports: access appendFile constants copyFile lstat mkdir mkdtemp readdir readFile readlink realpath rename rm rmdir
// exports: stat unlink writeFile open watch cp opendir symlink chmod truncate utimes

const fs = require("fs");
const { missing } = require("internal/errors");

function promised(name) {
  const sync = fs[`${name}Sync`];
  const fn = async function (...args) {
    // The rest of the program goes on first, as where the work takes time.
    await new Promise((resolve) => %queueTask(resolve));
    return sync.apply(undefined, args);
  };
  Object.defineProperty(fn, "name", { value: name, configurable: true });
  return fn;
}

const promises = { constants: fs.constants };
for (const name of [
  "access", "appendFile", "copyFile", "lstat", "mkdir", "mkdtemp", "readdir", "readFile", "readlink", "realpath", "rename",
  "rm", "rmdir", "stat", "unlink", "writeFile",
]) promises[name] = promised(name);

for (const name of ["open", "watch", "cp", "opendir", "symlink", "link", "chmod", "chown", "truncate", "utimes", "statfs", "glob"]) {
  promises[name] = async () => {
    throw missing(`fs.promises.${name}`);
  };
}

module.exports = promises;
