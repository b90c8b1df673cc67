// Deep recursion: thousands of frames at once, mutual recursion, recursion through callbacks of
// array methods, permutations, the Hanoi towers, a flood fill, and an overflow that is caught.
// => 204543

function depth(n) {
  return n === 0 ? 0 : 1 + depth(n - 1);
}

function isEven(n) {
  return n === 0 ? true : isOdd(n - 1);
}

function isOdd(n) {
  return n === 0 ? false : isEven(n - 1);
}

function nested(level) {
  return level === 0 ? [1] : [nested(level - 1), level, [nested(level - 2 < 0 ? 0 : level - 2)]];
}

function total(tree) {
  return tree.reduce((sum, item) => sum + (Array.isArray(item) ? total(item) : item), 0);
}

function permutations(list, visit, at = 0) {
  if (at === list.length) return visit(list);
  for (let i = at; i < list.length; i++) {
    [list[at], list[i]] = [list[i], list[at]];
    permutations(list, visit, at + 1);
    [list[at], list[i]] = [list[i], list[at]];
  }
}

function hanoi(n, from, to, by, pegs) {
  if (n === 0) return 0;
  const before = hanoi(n - 1, from, by, to, pegs);
  pegs[to].push(pegs[from].pop());
  return before + 1 + hanoi(n - 1, by, to, from, pegs);
}

function fill(grid, width, at) {
  if (at < 0 || at >= grid.length || grid[at] !== 0) return 0;
  grid[at] = 2;
  let count = 1;
  if (at % width > 0) count += fill(grid, width, at - 1);
  if (at % width < width - 1) count += fill(grid, width, at + 1);
  return count + fill(grid, width, at - width) + fill(grid, width, at + width);
}

function forever(n) {
  return forever(n + 1) + 1;
}

function overflows() {
  try {
    forever(0);
    return 0;
  } catch (error) {
    return error instanceof RangeError ? 1 : 2;
  }
}

function queens(n, row = 0, columns = 0, left = 0, right = 0) {
  if (row === n) return 1;
  let count = 0;
  for (let free = ~(columns | left | right) & ((1 << n) - 1); free; free &= free - 1) {
    const bit = free & -free;
    count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

function run() {
  let sum = 0;
  for (let i = 0; i < 40; i++) sum += depth(3000 + i) + (isEven(2000 + i) ? 1 : 0);
  sum += total(nested(15));
  permutations([1, 2, 3, 4, 5, 6, 7], (list) => (sum += list[0] * list[6]));
  const pegs = [[9, 8, 7, 6, 5, 4, 3, 2, 1], [], []];
  sum += hanoi(9, 0, 2, 1, pegs) + pegs[2].length;
  const grid = Array.from({ length: 1600 }, (_, i) => ((i * 7) % 13 === 0 ? 1 : 0));
  sum += fill(grid, 40, 1) + overflows() + queens(8);
  return sum;
}
