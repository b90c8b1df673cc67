// Matrix multiplication: arrays of arrays of doubles, one Float64Array per matrix, and an integer
// matrix power under a modulus; loops three deep with index arithmetic.
// => 4994842.53125

function makeRows(n, seed) {
  const rows = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    for (let j = 0; j < n; j++) row.push(((i * 31 + j * 17 + seed) % 101) / 8 - 3.5);
    rows.push(row);
  }
  return rows;
}

function multiplyRows(a, b) {
  const n = a.length;
  const result = [];
  for (let i = 0; i < n; i++) {
    const row = new Array(n);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i][k] * b[k][j];
      row[j] = sum;
    }
    result.push(row);
  }
  return result;
}

function flatten(rows) {
  const n = rows.length;
  const flat = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) flat[i * n + j] = rows[i][j];
  return flat;
}

function multiplyFlat(a, b, n) {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const left = a[i * n + k];
      for (let j = 0; j < n; j++) result[i * n + j] += left * b[k * n + j];
    }
  }
  return result;
}

function powerModulo(base, exponent, modulus) {
  let [a, b, c, d] = [1, 0, 0, 1];
  let [e, f, g, h] = base;
  while (exponent > 0) {
    if (exponent & 1) {
      [a, b, c, d] = [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h].map((x) => x % modulus);
    }
    [e, f, g, h] = [e * e + f * g, e * f + f * h, g * e + h * g, g * f + h * h].map((x) => x % modulus);
    exponent >>= 1;
  }
  return b;
}

function run() {
  const n = 110;
  const a = makeRows(n, 1);
  const b = makeRows(n, 2);
  const product = multiplyRows(a, b);
  const flat = multiplyFlat(flatten(a), flatten(b), n);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += product[i][i] - flat[i * n + (n - 1 - i)];
  for (let i = 1; i < 1000; i++) trace += powerModulo([1, 1, 1, 0], i, 10007);
  return trace;
}
