// Graphs: a binary heap with a comparator, Dijkstra's paths, union and find with Kruskal's tree,
// a topological order, and strongly connected components.
// => 857926 11706 2

class Heap {
  constructor(before) {
    this.before = before;
    this.items = [];
  }

  get size() {
    return this.items.length;
  }

  push(item) {
    const { items, before } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(item, items[up])) break;
      items[at] = items[up];
      at = up;
    }
    items[at] = item;
  }

  pop() {
    const { items, before } = this;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && before(items[child + 1], items[child])) child++;
      if (!before(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function makeGraph(n) {
  const edges = [];
  for (let i = 0; i < n; i++) {
    for (let k = 1; k <= 5; k++) edges.push({ from: i, to: (i * k + k * 17 + 1) % n, weight: 1 + ((i * 31 + k * 7) % 50) });
  }
  const out = Array.from({ length: n }, () => []);
  for (const edge of edges) out[edge.from].push(edge);
  return { n, edges, out };
}

function dijkstra({ n, out }, start) {
  const distance = new Array(n).fill(Infinity);
  const heap = new Heap((a, b) => a.distance < b.distance);
  distance[start] = 0;
  heap.push({ node: start, distance: 0 });
  while (heap.size > 0) {
    const { node, distance: so } = heap.pop();
    if (so > distance[node]) continue;
    for (const { to, weight } of out[node]) {
      if (so + weight >= distance[to]) continue;
      distance[to] = so + weight;
      heap.push({ node: to, distance: so + weight });
    }
  }
  return distance.reduce((sum, d) => sum + (d === Infinity ? 0 : d), 0);
}

function kruskal({ n, edges }) {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const find = (i) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  let total = 0;
  for (const { from, to, weight } of [...edges].sort((a, b) => a.weight - b.weight)) {
    const [a, b] = [find(from), find(to)];
    if (a === b) continue;
    parent[a] = b;
    total += weight;
  }
  return total;
}

function components({ n, out }) {
  const index = new Map();
  const low = [];
  const stack = [];
  const onStack = new Set();
  let count = 0;
  const visit = (v) => {
    index.set(v, index.size);
    low[v] = index.get(v);
    stack.push(v);
    onStack.add(v);
    for (const { to } of out[v]) {
      if (!index.has(to)) {
        visit(to);
        low[v] = Math.min(low[v], low[to]);
      } else if (onStack.has(to)) low[v] = Math.min(low[v], index.get(to));
    }
    if (low[v] !== index.get(v)) return;
    count++;
    for (let w = -1; w !== v; ) onStack.delete((w = stack.pop()));
  };
  for (let v = 0; v < n; v++) if (!index.has(v)) visit(v);
  return count;
}

function run() {
  const graph = makeGraph(2000);
  let sum = 0;
  for (let start = 0; start < 4; start++) sum += dijkstra(graph, start * 100);
  return `${sum} ${kruskal(graph)} ${components(graph)}`;
}
