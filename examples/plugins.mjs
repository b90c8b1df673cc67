// Plugins that strangers wrote: each in a sandbox of its own, with the functions of the host that it may call.
// => shout: HELLO WORLD
// => count: hello world (2 words)
// => greedy: switched off, ERR_SANDBOX_FUEL
// => broken: switched off, shouting is not defined at broken.js:1
// => shout: HELLO WORLD
// => count: hello world (2 words)
// => notes: shout was here, count counted hello, count counted hello

import { LimitError, Sandbox } from "tvm:sandbox";

const sources = {
  shout: `note("shout was here"); function transform(text) { return text.toUpperCase(); }`,
  count: `function transform(text) { note("count counted " + text.split(" ")[0]); return text + " (" + text.split(" ").length + " words)"; }`,
  greedy: `const kept = []; function transform(text) { for (;;) kept.push(text); }`,
  broken: `function transform(text) { return shouting(text); }`,
};

const notes = [];

class Plugin {
  #box;
  constructor(name, source) {
    this.name = name;
    // It may call note(), and do a bounded amount of work in all its life.
    this.#box = new Sandbox({ functions: { note: (text) => { notes.push(String(text)); } }, fuel: 100_000, memory: 16 << 20 });
    this.#box.evalSync(source, { filename: `${name}.js` });
  }
  async transform(text) {
    return this.#box.call("transform", text);
  }
  switchOff() {
    this.#box.dispose();
  }
}

const plugins = new Map(Object.entries(sources).map(([name, source]) => [name, new Plugin(name, source)]));

for (let turn = 0; turn < 2; turn++) {
  for (const [name, plugin] of plugins) {
    try {
      console.log(`${name}: ${await plugin.transform("hello world")}`);
    } catch (error) {
      const why = error instanceof LimitError ? error.code : `${error.message} at ${/\w+\.js:\d+/.exec(error.stack)[0]}`;
      console.log(`${name}: switched off, ${why}`);
      plugin.switchOff();
      plugins.delete(name);
    }
  }
}
console.log("notes:", notes.join(", "));
