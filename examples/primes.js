// The sieve of Eratosthenes on a typed array, and a generator over it.
// => 78498 primes below a million
// => the last: 999953, 999959, 999961, 999979, 999983
// => twins below 100: 3+5 5+7 11+13 17+19 29+31 41+43 59+61 71+73

function sieve(limit) {
  const composite = new Uint8Array(limit);
  for (let n = 2; n * n < limit; n++) {
    if (composite[n]) continue;
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return composite;
}

function* primes(composite) {
  for (let n = 2; n < composite.length; n++) {
    if (!composite[n]) yield n;
  }
}

const all = [...primes(sieve(1_000_000))];
console.log(`${all.length} primes below a million`);
console.log(`the last: ${all.slice(-5).join(", ")}`);
const twins = all.filter((p, i) => p < 100 && all[i + 1] === p + 2).map((p) => `${p}+${p + 2}`);
console.log(`twins below 100: ${twins.join(" ")}`);
