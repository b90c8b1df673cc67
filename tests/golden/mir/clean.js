// Both ways have come to the same value: there is no choice, and the header's state is of no use any more.
function f(p, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += p.x;
  return sum > 4 ? p.x : p.x;
}
const p = { x: 1 };
for (let i = 0; i < 100; i++) f(p, i % 9);
