// Binary trees: many small objects that die young, a tree that lives long, and a search tree with
// insertion, deletion and a walk in order. Allocation, and loads of properties that may be null.
// => 704193

class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }

  check() {
    return this.left === null ? 1 : 1 + this.left.check() + this.right.check();
  }
}

function build(depth) {
  return depth === 0 ? new Node(null, null) : new Node(build(depth - 1), build(depth - 1));
}

function insert(root, key) {
  const leaf = { key, left: null, right: null };
  if (root === null) return leaf;
  let at = root;
  for (;;) {
    if (key === at.key) return root;
    const side = key < at.key ? 'left' : 'right';
    if (at[side] === null) {
      at[side] = leaf;
      return root;
    }
    at = at[side];
  }
}

function remove(root, key) {
  if (root === null) return null;
  if (key < root.key) root.left = remove(root.left, key);
  else if (key > root.key) root.right = remove(root.right, key);
  else if (root.left === null) return root.right;
  else if (root.right === null) return root.left;
  else {
    let next = root.right;
    while (next.left !== null) next = next.left;
    root.key = next.key;
    root.right = remove(root.right, next.key);
  }
  return root;
}

function walk(root, visit) {
  if (root === null) return;
  walk(root.left, visit);
  visit(root.key);
  walk(root.right, visit);
}

function run() {
  const long = build(12);
  let sum = 0;
  for (let depth = 4; depth <= 12; depth += 2) {
    for (let i = 1 << (12 - depth); i > 0; i--) sum += build(depth).check();
  }
  sum += long.check();
  let root = null;
  for (let i = 0, key = 7; i < 12000; i++) {
    key = (key * 1103 + 12345) % 30011;
    root = insert(root, key);
  }
  for (let key = 0; key < 30011; key += 7) root = remove(root, key);
  let position = 0;
  walk(root, (key) => {
    sum = (sum * 3 + key + position++) % 1000003;
  });
  return sum;
}
