function sum(items) {
  let total = 0;
  for (const item of items) {
    if (item < 0) continue;
    if (item > 100) break;
    total += item;
  }
  for (const key in items) total += key.length;
  outer: for (let i = 0; i < 3; i++) {
    for (let j = i; ; j++) {
      if (j > 5) continue outer;
      if (total > 1000) break outer;
      total += j;
    }
  }
  do { total--; } while (total > 10);
  return total;
}
