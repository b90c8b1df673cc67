// The shape is looked at once, and what was stored is not loaded again.
function f(p, x) {
  p.x = x;
  return p.x + p.y + p.y;
}
const p = { x: 1, y: 2 };
for (let i = 0; i < 400; i++) f(p, i);
