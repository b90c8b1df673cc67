// Sorting with callbacks: Array.prototype.sort with several comparators, and quicksort, heapsort
// and merge sort written out, all on the same numbers.
// => true 1977399167 1364261929

function numbers(n) {
  const list = [];
  let state = 42;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    list.push(state % 100000);
  }
  return list;
}

function quicksort(list, low, high, compare) {
  while (low < high) {
    const pivot = list[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (compare(list[i], pivot) < 0) i++;
      while (compare(list[j], pivot) > 0) j--;
      if (i <= j) {
        const swapped = list[i];
        list[i++] = list[j];
        list[j--] = swapped;
      }
    }
    quicksort(list, low, j, compare);
    low = i;
  }
}

function heapsort(list) {
  const sift = (start, end) => {
    let root = start;
    for (let child = 2 * root + 1; child < end; child = 2 * root + 1) {
      if (child + 1 < end && list[child] < list[child + 1]) child++;
      if (list[root] >= list[child]) return;
      [list[root], list[child]] = [list[child], list[root]];
      root = child;
    }
  };
  for (let start = (list.length >> 1) - 1; start >= 0; start--) sift(start, list.length);
  for (let end = list.length - 1; end > 0; end--) {
    [list[0], list[end]] = [list[end], list[0]];
    sift(0, end);
  }
}

function mergeSort(list) {
  if (list.length < 2) return list;
  const middle = list.length >> 1;
  const left = mergeSort(list.slice(0, middle));
  const right = mergeSort(list.slice(middle));
  const merged = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) merged.push(left[i] <= right[j] ? left[i++] : right[j++]);
  while (i < left.length) merged.push(left[i++]);
  while (j < right.length) merged.push(right[j++]);
  return merged;
}

function digest(list) {
  let hash = 17;
  for (let i = 0; i < list.length; i += 3) hash = (Math.imul(hash, 31) + list[i]) | 0;
  return hash;
}

function run() {
  const source = numbers(8000);
  const ascending = source.slice().sort((a, b) => a - b);
  const quick = source.slice();
  quicksort(quick, 0, quick.length - 1, (a, b) => a - b);
  const heap = source.slice();
  heapsort(heap);
  const merged = mergeSort(source);
  const people = source.slice(0, 3000).map((age, id) => ({ id, age: age % 90, name: `n${age}` }));
  people.sort((a, b) => a.age - b.age || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
  const same = [quick, heap, merged].every((list) => digest(list) === digest(ascending));
  return `${same} ${digest(ascending)} ${digest(people.map((person) => person.id))}`;
}
