// What was moved in front of the loop is good behind it too.
function f(p, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += p.x;
  return sum + p.x;
}
const p = { x: 1 };
for (let i = 0; i < 100; i++) f(p, 9);
