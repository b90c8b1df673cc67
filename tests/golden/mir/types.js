// The counter and the sum are kept as numbers.
function f(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += i;
  return sum;
}
for (let i = 0; i < 100; i++) f(9);
