// Shape and field are looked at in front of the loop.
function f(p, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += p.x;
  return sum;
}
const p = { x: 1 };
for (let i = 0; i < 100; i++) f(p, 9);
