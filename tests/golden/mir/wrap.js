// Of the product only the low 32 bits are asked.
function f(seed) {
  let hash = seed;
  for (let i = 0; i < 9; i++) hash = (hash * 31 + i) | 0;
  return hash;
}
for (let i = 0; i < 100; i++) f(i * 1000003);
