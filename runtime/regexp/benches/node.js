// Times the cases of cases.txt on node: name, tab, nanoseconds per text.
//
// A case is timed as a loop over test() and as replace(), which V8 does in one
// call; the better counts. Warm: the pattern has been compiled to machine code.
'use strict';
const fs = require('fs');
const path = require('path');

const texts = {};
const cases = [];
let open = null;
for (const line of fs.readFileSync(path.join(__dirname, 'cases.txt'), 'utf8').split('\n')) {
  if (open) {
    if (line === '@') {
      texts[open.name] = (open.lines.join('\n') + '\n').repeat(open.count);
      open = null;
    } else open.lines.push(line);
  } else if (line.startsWith('@')) {
    const [name, count] = line.slice(1).split(' ');
    open = { name, count: Number(count), lines: [] };
  } else if (line !== '' && !line.startsWith('#')) {
    cases.push(line.split('\t'));
  }
}

function countMatches(regexp, text) {
  let count = 0;
  let last = -1;
  regexp.lastIndex = 0;
  while (regexp.test(text)) {
    count++;
    if (regexp.lastIndex === last) regexp.lastIndex++;
    last = regexp.lastIndex;
  }
  return count;
}

function time(run) {
  let best = Infinity;
  for (let end = performance.now() + 400; performance.now() < end; ) {
    const before = process.hrtime.bigint();
    run();
    best = Math.min(best, Number(process.hrtime.bigint() - before));
  }
  return best;
}

for (const [name, textName, flags, source] of cases) {
  const regexp = new RegExp(source, flags);
  const text = texts[textName];
  const looped = time(() => countMatches(regexp, text));
  const replaced = time(() => text.replace(regexp, ''));
  console.log(`${name}\t${Math.min(looped, replaced)}\t${flags.includes('y') ? countMatches(regexp, text) : [...text.matchAll(regexp)].length}`);
}
