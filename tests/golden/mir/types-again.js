// What was stored, and is not loaded again, is known to be a number.
function f(p, x) {
  p.x = x + 1;
  return p.x * 2;
}
const p = { x: 1 };
for (let i = 0; i < 400; i++) f(p, i);
