// JSON: stringify and parse of nested records, revivers and replacers, indentation, toJSON, strings
// with escapes, and a parser for JSON written in JavaScript compared with the built-in one.
// => true true 31125 6069 20534 6290

function document(count) {
  const items = [];
  for (let i = 0; i < count; i++) {
    items.push({
      id: i,
      name: `item "${i}"\n\t\\ \u00e9`,
      price: i / 8,
      tags: ['a', 'b', i % 2 ? null : true],
      nested: { deep: { deeper: [i, [i + 1, [i + 2]]] }, empty: {}, none: [] },
    });
  }
  return { version: 1, items };
}

function parse(text) {
  let at = 0;
  const space = () => {
    while (text[at] === ' ' || text[at] === '\n') at++;
  };
  function string() {
    let out = '';
    for (at++; text[at] !== '"'; at++) {
      if (text[at] !== '\\') out += text[at];
      else {
        const c = text[++at];
        out += c === 'n' ? '\n' : c === 't' ? '\t' : c;
      }
    }
    at++;
    return out;
  }
  function value() {
    space();
    const c = text[at];
    if (c === '{') {
      const object = {};
      for (at++, space(); text[at] !== '}'; space()) {
        const key = string();
        space();
        at++;
        object[key] = value();
        space();
        if (text[at] === ',') at++;
      }
      at++;
      return object;
    }
    if (c === '[') {
      const list = [];
      for (at++, space(); text[at] !== ']'; space()) {
        list.push(value());
        space();
        if (text[at] === ',') at++;
      }
      at++;
      return list;
    }
    if (c === '"') return string();
    if (c === 't') return (at += 4), true;
    if (c === 'f') return (at += 5), false;
    if (c === 'n') return (at += 4), null;
    const start = at;
    while (at < text.length && '+-.eE0123456789'.includes(text[at])) at++;
    return Number(text.slice(start, at));
  }
  return value();
}

class Money {
  constructor(cents) {
    this.cents = cents;
  }

  toJSON(key) {
    return `${key}:${(this.cents / 100).toFixed(2)}`;
  }
}

function run() {
  const made = document(250);
  const text = JSON.stringify(made);
  const again = JSON.stringify(JSON.parse(text));
  const ours = JSON.stringify(parse(text));
  const revived = JSON.parse(text, (key, value) => (key === 'price' ? value * 8 : value));
  const picked = JSON.stringify(made, ['items', 'id', 'price']);
  const pretty = JSON.stringify(made.items.slice(0, 60), null, 2);
  const money = JSON.stringify({ list: Array.from({ length: 500 }, (_, i) => new Money(i * 101)) });
  const sum = revived.items.reduce((all, item) => all + item.price, 0);
  return `${again === text} ${ours === text} ${sum} ${picked.length} ${pretty.length} ${money.length}`;
}
