// Writes cases for tests/corpus.rs, with node's own engine as the oracle.
//
//   node generate.js [seed] [patterns] > cases.txt
//   node generate.js --list file.js > cases.txt
//
// Patterns and texts come from a seeded grammar, so a seed names a corpus.
// With --list, the file exports [[pattern, flags, [text, ...]], ...].
// The format is told in corpus.rs. Modifiers, duplicate names and other syntax
// that node 20 lacks are in tests/corpus/newer.txt, which is written by hand.
'use strict';
const vm = require('vm');

let state = 1;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;

// Characters that matter: ASCII, line ends, case oddities, pairs and halves.
const PLAIN = [...'aaabbbcxyzABZ019_- '];
const ODD = ['\n', '\r', '\u2028', 'é', 'É', 'ß', 'ſ', '\u212a', 'µ', 'Μ', 'σ', 'ς', 'Σ', 'ÿ', 'Ÿ', 'ж', 'Ж',
  '\u00a0', 'İ', 'ı', 'ǅ', 'ǆ', '中', '\u1e9e'];
const PAIRED = ['😀', '😁', '𐐀', '𐐨', '\ud83d', '\ude00', '\ud800', '\udc00'];

class Maker {
  constructor(flags) {
    this.flags = flags;
    this.unicode = /[uv]/.test(flags);
    this.sets = flags.includes('v');
    this.groups = 0;
    this.names = [];
    this.named = chance(0.15);
    this.richness = random();
  }

  character() {
    const r = random();
    if (r < 0.8 || this.richness < 0.4) return pick(PLAIN);
    return r < 0.93 || this.richness < 0.7 ? pick(ODD) : pick(PAIRED);
  }

  hex(character) {
    const unit = character.charCodeAt(0).toString(16).padStart(4, '0');
    if (chance(0.2) && this.unicode) return `\\u{${character.codePointAt(0).toString(16)}}`;
    return character.charCodeAt(0) < 256 && chance(0.5) ? `\\x${unit.slice(2)}` : `\\u${unit}`;
  }

  literal() {
    const character = this.character();
    if (chance(0.05)) return this.hex(character);
    if (chance(0.04)) return pick(['\\n', '\\t', '\\r', '\\0', '\\cA', '\\ca', '\\.', '\\*', '\\/']);
    if (!this.unicode && chance(0.03)) return pick(['\\a', '\\1', '\\8', '\\12', '\\c', '\\400', '\\x1', '\\u12', ']', '}', '{', '\\-', '\\_']);
    return character;
  }

  escape() {
    const list = ['\\d', '\\D', '\\s', '\\S', '\\w', '\\W'];
    if (this.unicode) list.push('\\p{Lu}', '\\P{Lu}', '\\p{Script=Greek}', '\\p{L}', '\\P{ASCII}', '\\p{Any}', '\\p{scx=Grek}');
    return pick(list);
  }

  classAtom() {
    const r = random();
    if (r < 0.75) {
      const character = this.character();
      if (chance(0.08)) return this.hex(character);
      if ('-^]\\'.includes(character)) return '\\' + character;
      return character;
    }
    if (r < 0.92) return this.escape();
    if (this.sets) return this.nestedClass();
    if (!this.unicode) return pick(['\\b', '-', '\\c1', '\\cA', '\\c', '\\1', '\\8', '[', '^', '\\k']);
    return pick(['\\b', '[', '^', '\\-', '\\n']);
  }

  nestedClass() {
    if (chance(0.5)) return this.characterClass();
    const strings = [];
    for (let n = 1 + below(3); n > 0; n--) {
      strings.push(Array.from({ length: below(4) }, () => pick([...'abcxAB', '😀', 'é'])).join(''));
    }
    return `\\q{${strings.join('|')}}`;
  }

  characterClass(depth = 0) {
    if (depth > 3) return '[ab]';
    let body = '';
    if (this.sets && chance(0.3)) {
      const operator = pick(['--', '&&']);
      const operands = Array.from({ length: 2 + below(2) }, () =>
        chance(0.5) ? this.escape() : chance(0.7) ? this.characterClass(depth + 1) : this.nestedClass());
      body = operands.join(operator);
    } else {
      for (let n = below(4) + (chance(0.9) ? 1 : 0); n > 0; n--) {
        if (chance(0.3)) {
          const ends = [this.character(), this.character()].filter((c) => !'-^]\\'.includes(c));
          ends.sort((a, b) => a.codePointAt(0) - b.codePointAt(0));
          body += ends.length === 2 ? ends.join('-') : 'a-c';
        } else {
          body += this.classAtom();
        }
      }
    }
    return `[${chance(0.3) ? '^' : ''}${body}]`;
  }

  quantifier() {
    const q = pick(['*', '+', '?', '*', '+', '?', '{2}', '{1,2}', '{0,3}', '{2,}', '{0}', '{1}', '{0,}', '{3,4}', '{0,1}']);
    return q + (chance(0.25) ? '?' : '');
  }

  group(depth) {
    const r = random();
    const inner = () => this.disjunction(depth - 1);
    if (r < 0.4) {
      this.groups++;
      if (this.named && chance(0.5)) {
        const name = `n${this.names.length}`;
        this.names.push(name);
        return `(?<${name}>${inner()})`;
      }
      return `(${inner()})`;
    }
    if (r < 0.75) return `(?:${inner()})`;
    if (r < 0.84) return `(?=${inner()})`;
    if (r < 0.9) return `(?!${inner()})`;
    if (r < 0.95) return `(?<=${inner()})`;
    return `(?<!${inner()})`;
  }

  reference() {
    if (this.names.length > 0 && chance(0.5)) return `\\k<${pick(this.names)}>`;
    return this.groups > 0 ? `\\${1 + below(this.groups)}` : 'a';
  }

  term(depth) {
    const r = random();
    let atom;
    if (r < 0.45) atom = this.literal();
    else if (r < 0.55) atom = this.characterClass();
    else if (r < 0.61) atom = this.escape();
    else if (r < 0.67) atom = '.';
    else if (r < 0.72) return pick(['^', '$', '\\b', '\\B']);
    else if (r < 0.76) atom = this.reference();
    else if (depth > 0) atom = this.group(depth);
    else atom = this.literal();
    if (/^\(\?<[=!]/.test(atom) || (this.unicode && /^\(\?[=!]/.test(atom))) return atom;
    return chance(0.33) ? atom + this.quantifier() : atom;
  }

  alternative(depth) {
    let text = '';
    for (let n = below(4) + (chance(0.9) ? 1 : 0); n > 0; n--) text += this.term(depth);
    return text;
  }

  disjunction(depth) {
    let text = this.alternative(depth);
    while (chance(0.25)) text += '|' + this.alternative(depth);
    return text;
  }
}

// A text that has a chance to match: bits of the pattern among the rest.
function textFor(pattern, rich) {
  const own = [...pattern].filter((c) => !'()[]{}*+?|\\^$.'.includes(c));
  let text = '';
  for (let n = below(14); n > 0; n--) {
    const r = random();
    text += r < 0.5 && own.length > 0 ? pick(own) : r < 0.85 || !rich ? pick(PLAIN) : r < 0.95 ? pick(ODD) : pick(PAIRED);
  }
  return text;
}

// Everything outside of printable ASCII, and the tilde, becomes ~XXXX.
function encode(text) {
  return text.replace(/[^ -}]/g, (unit) => '~' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

// The message without its head, which ends in a colon.
const message = (error) => error.message.slice(error.message.lastIndexOf(': ') + 2);

const context = vm.createContext({});
const runner = new vm.Script('(() => { regexp.lastIndex = start; const m = regexp.exec(text); return m && m.indices; })()');

function run(regexp, text, start) {
  Object.assign(context, { regexp, text, start });
  try {
    return runner.runInContext(context, { timeout: 300 });
  } catch (error) {
    return undefined;
  }
}

function emit(pattern, flags, texts) {
  let regexp;
  try {
    regexp = new RegExp(pattern, flags + 'd' + (/[gy]/.test(flags) ? '' : 'g'));
  } catch (error) {
    return [`!${flags}\t${encode(pattern)}\t${message(error)}`];
  }
  const lines = [`/${flags}\t${encode(pattern)}`];
  for (const text of texts) {
    const start = text.length > 2 && chance(0.15) ? below(text.length + 1) : 0;
    const indices = run(regexp, text, start);
    if (indices === undefined) continue;
    const result = indices === null ? 'none' : indices.map((pair) => (pair ? pair.join('-') : '-')).join(' ');
    lines.push(`=${start}\t${encode(text)}\t${result}`);
  }
  return lines;
}

function main() {
  if (process.argv[2] === '--list') {
    const list = require(require('path').resolve(process.argv[3]));
    for (const [pattern, flags, texts] of list) console.log(emit(pattern, flags, texts ?? []).join('\n'));
    return;
  }
  state = Number(process.argv[2] ?? 1);
  const out = [];
  for (let n = Number(process.argv[3] ?? 500); n > 0; n--) {
    const flags = (chance(0.3) ? 'i' : '') + (chance(0.15) ? 'm' : '') + (chance(0.12) ? 's' : '') +
      pick(['', '', '', 'u', 'v']) + (chance(0.07) ? 'y' : '');
    const maker = new Maker(flags);
    const pattern = maker.disjunction(3);
    const texts = Array.from({ length: 6 }, () => textFor(pattern, maker.richness > 0.4));
    out.push(...emit(pattern, flags, texts));
  }
  console.log(out.join('\n'));
}

main();
