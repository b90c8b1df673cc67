// Strings read and compared: charCodeAt, indexing, slices, split and join, replacement, hashes,
// palindromes, edit distance, and run-length coding.
// => 7533574 2957553599

const TEXT = 'the quick brown fox jumps over the lazy dog while seven wizards hex a jolly bumpkin ';

function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

function words(text) {
  const counts = {};
  for (const word of text.split(' ')) {
    if (word === '') continue;
    counts[word] = (counts[word] || 0) + 1;
  }
  return counts;
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + cost));
    }
    row = next;
  }
  return row[b.length];
}

function isPalindrome(text) {
  for (let i = 0, j = text.length - 1; i < j; i++, j--) {
    if (text.charAt(i) !== text.charAt(j)) return false;
  }
  return true;
}

function runLengths(text) {
  let out = '';
  for (let i = 0; i < text.length; ) {
    let j = i;
    while (j < text.length && text[j] === text[i]) j++;
    out += j - i > 1 ? text[i] + (j - i) : text[i];
    i = j;
  }
  return out;
}

function title(text) {
  return text
    .split(' ')
    .map((word) => word.slice(0, 1).toUpperCase() + word.substring(1))
    .join(' ')
    .trim();
}

function run() {
  const text = TEXT.repeat(60);
  let sum = hash(text) % 65536;
  const counts = words(text);
  for (const word in counts) sum += counts[word] * word.length;
  const some = Object.keys(counts);
  for (let i = 0; i < 12; i++) for (const word of some) sum += distance(word, some[i]);
  for (let n = 10000; n < 40000; n++) if (isPalindrome(String(n))) sum += n;
  const bits = Array.from({ length: 4000 }, (_, i) => ((i * i) >> 5) & 1).join('');
  sum += runLengths(bits).length + title(text).lastIndexOf('Fox');
  sum += text.indexOf('bumpkin', 3000) + text.replaceAll('o', '00').length;
  sum += text.padEnd(6000, 'xy').endsWith('x') ? 1 : 2;
  return `${sum} ${hash(title(text))}`;
}
