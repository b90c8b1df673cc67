// What no round of the loop changes is no choice.
function f(n, x) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += x;
  return sum;
}
for (let i = 0; i < 100; i++) f(9, 1);
