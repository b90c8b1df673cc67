// Building strings: concatenation in loops, template literals, join, prepending, escaping, and an
// HTML table and a report put together from small pieces.
// => 36099:765968655 44762:362361673 18980:-536972505 90000:1911071495

function escape(text) {
  let out = '';
  for (const character of text) {
    if (character === '<') out += '&lt;';
    else if (character === '>') out += '&gt;';
    else if (character === '&') out += '&amp;';
    else out += character;
  }
  return out;
}

function table(rows) {
  let html = '<table>';
  for (const row of rows) {
    html += '<tr>';
    for (const cell of row) html += `<td class="c${cell.length % 3}">${escape(cell)}</td>`;
    html += '</tr>\n';
  }
  return html + '</table>';
}

function toBase(n, base) {
  if (n === 0) return '0';
  let text = '';
  while (n > 0) {
    text = '0123456789abcdefghijklmnopqrstuvwxyz'[n % base] + text;
    n = Math.floor(n / base);
  }
  return text;
}

class Writer {
  parts = [];
  depth = 0;

  line(text) {
    this.parts.push('  '.repeat(this.depth), text, '\n');
    return this;
  }

  block(head, body) {
    this.line(`${head} {`);
    this.depth++;
    body(this);
    this.depth--;
    return this.line('}');
  }

  toString() {
    return this.parts.join('');
  }
}

function fold(text) {
  let h = 7;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 33) ^ text.charCodeAt(i)) | 0;
  return h;
}

function run() {
  const rows = [];
  for (let i = 0; i < 300; i++) rows.push([`row ${i}`, i % 2 ? 'a < b' : 'b & c', String(i * i), `<${i}>`]);
  const html = table(rows);
  let digits = '';
  for (let n = 0; n < 6000; n++) digits += toBase(n * 7919, 2 + (n % 35));
  const writer = new Writer();
  for (let i = 0; i < 300; i++) {
    writer.block(`function f${i}(x)`, (w) => w.line(`let y = x + ${i};`).block('if (y)', (v) => v.line('y--;')));
  }
  let long = '';
  for (let i = 0; i < 60000; i++) long += i & 1 ? 'ab' : i % 10;
  return [html, digits, String(writer), long].map((text) => `${text.length}:${fold(text)}`).join(' ');
}
