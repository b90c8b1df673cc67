// Loops over 32-bit integers: Collatz, xorshift, population counts, digit sums, overflow that
// leaves int32, division and remainder of negative numbers, shifts, and a small cipher.
// => 3711 3200664 919271376 1138502 1965980185 34077

function collatz(limit) {
  let longest = 0;
  let best = 0;
  for (let start = 1; start < limit; start++) {
    let n = start;
    let length = 0;
    while (n !== 1) {
      n = n % 2 === 0 ? n / 2 : 3 * n + 1;
      length++;
    }
    if (length > longest) {
      longest = length;
      best = start;
    }
  }
  return best;
}

function xorshift(rounds) {
  let x = 123456789;
  let ones = 0;
  for (let i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    let v = x - ((x >>> 1) & 0x55555555);
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    ones += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return ones;
}

function digits(limit) {
  let sum = 0;
  for (let n = -limit; n < limit; n++) {
    for (let rest = n; rest !== 0; rest = (rest / 10) | 0) sum = (sum * 3 + (rest % 10)) | 0;
  }
  return sum;
}

function overflow(rounds) {
  let n = 1;
  let wraps = 0;
  for (let i = 0; i < rounds; i++) {
    n = n * 3 + i;
    if (n > 2147483647) {
      n = n % 65537;
      wraps++;
    }
    n = -n;
    if (n < 0) n = -n;
  }
  return n + wraps;
}

function tea(v0, v1, rounds) {
  for (let sum = 0, i = 0; i < rounds; i++) {
    sum = (sum + 0x9e3779b9) | 0;
    v0 = (v0 + (((v1 << 4) + 0x1234) ^ (v1 + sum) ^ ((v1 >>> 5) + 0x5678))) | 0;
    v1 = (v1 + (((v0 << 4) + 0x9abc) ^ (v0 + sum) ^ ((v0 >>> 5) + 0xdef0))) | 0;
  }
  return v0 ^ v1;
}

function zeros(rounds) {
  let count = 0;
  for (let i = -rounds; i < rounds; i++) {
    if (Object.is(-i % 4, -0)) count++;
    if (1 / (i * 0) < 0) count++;
    count += Math.clz32(i) & 1;
  }
  return count;
}

function run() {
  return [collatz(4000), xorshift(200000), digits(20000), overflow(200000), tea(1, 2, 200000), zeros(20000)].join(' ');
}
