// Grids and tables: the game of life, longest common subsequences, the knapsack, Floyd and
// Warshall's paths, and a maze; nested arrays indexed two ways.
// => 30950 110abccxbccxbbcxbbcxabc 1798 11930

function life(width, height, rounds) {
  let cells = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => ((x * 5 + y * 3) % 7 < 3 ? 1 : 0)));
  for (let round = 0; round < rounds; round++) {
    const next = [];
    for (let y = 0; y < height; y++) {
      const row = [];
      const above = cells[(y + height - 1) % height];
      const below = cells[(y + 1) % height];
      for (let x = 0; x < width; x++) {
        const l = (x + width - 1) % width;
        const r = (x + 1) % width;
        const around = above[l] + above[x] + above[r] + cells[y][l] + cells[y][r] + below[l] + below[x] + below[r];
        row.push(around === 3 || (around === 2 && cells[y][x] === 1) ? 1 : 0);
      }
      next.push(row);
    }
    cells = next;
  }
  return cells.reduce((sum, row, y) => sum + row.reduce((a, cell, x) => a + cell * (x + y), 0), 0);
}

function common(a, b) {
  const table = [new Array(b.length + 1).fill(0)];
  for (let i = 1; i <= a.length; i++) {
    table[i] = [0];
    for (let j = 1; j <= b.length; j++) {
      table[i][j] = a[i - 1] === b[j - 1] ? table[i - 1][j - 1] + 1 : Math.max(table[i - 1][j], table[i][j - 1]);
    }
  }
  let text = '';
  for (let i = a.length, j = b.length; i > 0 && j > 0; ) {
    if (a[i - 1] === b[j - 1]) {
      text = a[i - 1] + text;
      i--;
      j--;
    } else if (table[i - 1][j] >= table[i][j - 1]) i--;
    else j--;
  }
  return text;
}

function knapsack(items, capacity) {
  const best = new Array(capacity + 1).fill(0);
  for (const { weight, value } of items) {
    for (let room = capacity; room >= weight; room--) best[room] = Math.max(best[room], best[room - weight] + value);
  }
  return best[capacity];
}

function paths(n) {
  const distance = [];
  for (let i = 0; i < n; i++) {
    distance.push([]);
    for (let j = 0; j < n; j++) distance[i][j] = i === j ? 0 : (i * 7 + j * 11) % 5 === 0 ? 1 + ((i + j) % 9) : Infinity;
  }
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const through = distance[i][k] + distance[k][j];
        if (through < distance[i][j]) distance[i][j] = through;
      }
    }
  }
  return distance.flat().filter(Number.isFinite).reduce((a, b) => a + b, 0);
}

function run() {
  const a = Array.from({ length: 260 }, (_, i) => 'abcdxyz'[(i * i) % 7]).join('');
  const b = Array.from({ length: 240 }, (_, i) => 'zyxdcba'[(i * 3 + (i >> 3)) % 7]).join('');
  const items = Array.from({ length: 60 }, (_, i) => ({ weight: 3 + ((i * 7) % 23), value: 10 + ((i * 13) % 41) }));
  const text = common(a, b);
  return `${life(64, 48, 30)} ${text.length}${text.slice(0, 20)} ${knapsack(items, 1500)} ${paths(60)}`;
}
