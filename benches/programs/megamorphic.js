// Sites that see many shapes: property reads, writes, method calls and keyed access over objects
// of two dozen layouts, objects used as dictionaries, and sites that change what they see halfway.
// => 5183600 97289 560,41.5,987654321098

const KINDS = 24;

function make(kind, value) {
  const object = {};
  for (let i = 0; i < kind; i++) object[`pad${(kind * 7 + i) % 30}`] = i;
  object.value = value;
  object.kind = kind;
  object.read = kind % 2 ? readPlain : readTwice;
  return object;
}

function readPlain() {
  return this.value;
}

function readTwice() {
  return this.value * 2 - this.kind;
}

function readAll(objects) {
  let sum = 0;
  for (let i = 0; i < objects.length; i++) sum += objects[i].value;
  return sum;
}

function writeAll(objects, by) {
  for (const object of objects) {
    object.value = (object.value + by) % 1000;
    object.last = by;
  }
}

function callAll(objects) {
  let sum = 0;
  for (const object of objects) sum += object.read();
  return sum;
}

function keyed(objects, names) {
  let sum = 0;
  for (let i = 0; i < objects.length; i++) {
    const name = names[i % names.length];
    if (name in objects[i]) sum += objects[i][name];
  }
  return sum;
}

function dictionary(count) {
  const table = {};
  for (let i = 0; i < count; i++) table[`w${(i * 131) % 997}`] = i;
  for (let i = 0; i < 700; i += 3) delete table[`w${i}`];
  let sum = 0;
  for (const name in table) sum += table[name] & 255;
  return sum;
}

function plus(a, b) {
  return a + b;
}

function changing(rounds) {
  let last = 0;
  for (let i = 0; i < rounds; i++) last = plus(i, last) & 1023;
  let half = 0.5;
  for (let i = 0; i < rounds; i++) half = plus(half, i / 4) % 77;
  let text = '';
  for (let i = 0; i < rounds; i++) text = plus(i % 10, text).slice(0, 12);
  return `${last},${half},${text}`;
}

function run() {
  const objects = Array.from({ length: 2400 }, (_, i) => make((i * 5) % KINDS, i % 100));
  const names = ['value', 'pad3', 'kind', 'pad17', 'absent', 'last'];
  let sum = 0;
  for (let round = 0; round < 12; round++) {
    sum += readAll(objects) + callAll(objects) + keyed(objects, names);
    writeAll(objects, round);
  }
  return `${sum} ${dictionary(6000)} ${changing(4000)}`;
}
