// Conway's game of life: a glider walks over a torus. Stop it anywhere and go on:
//   tvm run --snapshot-after 3000 --snapshot life.tvms examples/life.js; tvm resume life.tvms
// => . # . . . . . .
// => . . # . . . . .
// => # # # . . . . .
// => after 8: 5 cells, glider at 2,2

class Life {
  constructor(width, height, cells) {
    Object.assign(this, { width, height, cells: new Set(cells.map(([x, y]) => y * width + x)) });
  }

  neighbours(cell) {
    const [x, y] = [cell % this.width, Math.floor(cell / this.width)];
    const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy])).filter(([dx, dy]) => dx || dy);
    return around.map(([dx, dy]) => ((y + dy + this.height) % this.height) * this.width + ((x + dx + this.width) % this.width));
  }

  step() {
    const counts = new Map();
    for (const cell of this.cells) {
      for (const other of this.neighbours(cell)) counts.set(other, (counts.get(other) ?? 0) + 1);
    }
    this.cells = new Set([...counts].filter(([cell, n]) => n === 3 || (n === 2 && this.cells.has(cell))).map(([cell]) => cell));
  }

  row(y) {
    return Array.from({ length: this.width }, (_, x) => (this.cells.has(y * this.width + x) ? "#" : ".")).join(" ");
  }
}

const life = new Life(8, 8, [[1, 0], [2, 1], [0, 2], [1, 2], [2, 2]]);
for (let y = 0; y < 3; y++) console.log(life.row(y));
for (let i = 0; i < 8; i++) life.step();
const left = Math.min(...[...life.cells].map((cell) => cell % 8));
const top = Math.min(...[...life.cells].map((cell) => Math.floor(cell / 8)));
console.log(`after 8: ${life.cells.size} cells, glider at ${left},${top}`);
