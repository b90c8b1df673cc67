// An object that changes on one of two ways, in a closure's scope: states say of what they are to be made.
function f(x) {
  const p = { v: x, w: 1 };
  const add = (y) => p.v + y;
  if (x > 2) p.w = x;
  return add(p.w);
}
for (let i = 0; i < 400; i++) f(i % 5);
