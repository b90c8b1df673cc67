// Neither the counter nor the sum overflows.
function f() {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum = sum + i & 255;
  return sum;
}
for (let i = 0; i < 100; i++) f();
