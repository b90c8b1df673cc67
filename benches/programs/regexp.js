// Regular expressions: test, exec with the sticky and global flags, named groups, replacement by
// text and by function, matchAll, split, lookahead, and a tokeniser made of one expression.
// => 1302400.60 2100 16116 10.01.2024

const LOG = Array.from({ length: 300 }, (_, i) => {
  const level = ['INFO', 'WARN', 'ERROR'][i % 3];
  return `2024-0${1 + (i % 9)}-${10 + (i % 20)}T08:${10 + (i % 50)}:00Z ${level} [mod${i % 7}] took ${i * 3}ms id=${(i * 7919).toString(16)}`;
}).join('\n');

const LINE = /^(?<date>\d{4}-\d\d-\d\d)T(?<time>[\d:]+)Z (?<level>[A-Z]+) \[(?<module>\w+)\] took (?<ms>\d+)ms/gm;
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z_]\w*)|([-+*\/()=;]))/iy;

function parseLog(text) {
  const times = {};
  for (const { groups } of text.matchAll(LINE)) {
    const key = `${groups.level}/${groups.module}`;
    times[key] = (times[key] ?? 0) + Number(groups.ms);
  }
  return times;
}

function tokens(source) {
  const out = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (match === null) break;
    const [, number, name, sign] = match;
    if (number !== undefined) out.push({ kind: 'number', value: +number });
    else out.push({ kind: name ? 'name' : 'sign', value: name ?? sign });
  }
  return out;
}

function camel(name) {
  return name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());
}

function thousands(n) {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function isEmail(text) {
  return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(text);
}

function run() {
  const times = parseLog(LOG);
  let sum = 0;
  for (const key of Object.keys(times)) sum += times[key] * key.length;
  const source = 'let total_sum = 3.14 * (alpha + b2) - gamma / 17; x = y * z;'.repeat(40);
  for (const token of tokens(source)) sum += token.kind === 'number' ? token.value : token.value.length;
  for (let i = 0; i < 1500; i++) {
    sum += camel(`some-name_${i}-of_thing`).length;
    sum += thousands(i * 123457).length;
    if (isEmail(i % 3 ? `user.${i}@example.co.uk` : `user ${i}@example`)) sum += 1;
  }
  const fields = LOG.split(/[\s=\[\]]+/);
  const dates = LOG.replace(/(\d{4})-(\d\d)-(\d\d)/g, '$3.$2.$1');
  return `${sum.toFixed(2)} ${fields.length} ${dates.length} ${dates.slice(0, 10)}`;
}
