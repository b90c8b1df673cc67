function counter(start) {
  let count = start;
  return { up: (by = 1) => (count += by), get value() { return count; } };
}
const made = [];
for (let i = 0; i < 3; i++) made.push(() => i);
