// What every round sets to the same is no choice.
function f(n, x) {
  let sum = 0, same = x;
  for (let i = 0; i < n; i++) {
    sum += same;
    same = x;
  }
  return sum;
}
for (let i = 0; i < 100; i++) f(9, 1);
