// Sieves of Eratosthenes on a Uint8Array, on an ordinary array of booleans, and on bits of an
// Int32Array; then prime gaps and factorisation over the result.
// => 439712

function sieveBytes(limit) {
  const composite = new Uint8Array(limit + 1);
  let count = 0;
  for (let i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    count++;
    for (let j = i * i; j <= limit; j += i) composite[j] = 1;
  }
  return count;
}

function sieveArray(limit) {
  const flags = new Array(limit + 1).fill(true);
  const primes = [];
  for (let i = 2; i <= limit; i++) {
    if (flags[i] === false) continue;
    primes.push(i);
    for (let j = i + i; j <= limit; j += i) flags[j] = false;
  }
  return primes;
}

function sieveBits(limit) {
  const words = new Int32Array((limit >> 5) + 1);
  let last = 0;
  for (let i = 2; i <= limit; i++) {
    if ((words[i >> 5] >>> (i & 31)) & 1) continue;
    last = i;
    for (let j = i * i; j <= limit; j += i) words[j >> 5] |= 1 << (j & 31);
  }
  return last;
}

function largestGap(primes) {
  let gap = 0;
  for (let i = 1; i < primes.length; i++) {
    const distance = primes[i] - primes[i - 1];
    if (distance > gap) gap = distance;
  }
  return gap;
}

function countFactors(n, primes) {
  let count = 0;
  for (const prime of primes) {
    if (prime * prime > n) break;
    while (n % prime === 0) {
      n = (n / prime) | 0;
      count++;
    }
  }
  return n > 1 ? count + 1 : count;
}

function run() {
  const primes = sieveArray(60000);
  let sum = sieveBytes(400000) + sieveBits(300000);
  sum += primes.length + largestGap(primes) * 1000;
  for (let n = 50000; n < 58000; n++) sum += countFactors(n, primes);
  return sum;
}
