// What begins as a double counts in int32s as long as the loop goes on.
function f(x, n) {
  let sum = 0;
  for (let j = (x - 2) * 65536 * 65536; j <= n; j += 3) sum += j & 7;
  return sum;
}
for (let i = 0; i < 400; i++) f(2 + (i % 2), 8);
