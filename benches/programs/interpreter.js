// A stack machine with a switch over its instructions, an assembler for it, and programs that
// sum squares, count primes and compute Fibonacci numbers.
// => 300767 15000,7844,610,400,78,3,0,0

const OPS = ['push', 'add', 'sub', 'mul', 'mod', 'dup', 'swap', 'over', 'drop', 'lt', 'eq', 'jump', 'jz', 'load', 'store', 'call', 'ret', 'and', 'shl', 'halt'];
const CODE = Object.fromEntries(OPS.map((name, index) => [name, index]));

function assemble(text) {
  const labels = {};
  const code = [];
  const fixes = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word.endsWith(':')) labels[word.slice(0, -1)] = code.length;
    else if (word in CODE) code.push(CODE[word]);
    else if (/^-?\d+$/.test(word)) code.push(Number(word));
    else {
      fixes.push([code.length, word]);
      code.push(0);
    }
  }
  for (const [at, label] of fixes) code[at] = labels[label];
  return code;
}

function execute(code, memory) {
  const stack = [];
  const calls = [];
  let pc = 0;
  let steps = 0;
  for (;;) {
    steps++;
    switch (code[pc++]) {
      case 0: stack.push(code[pc++]); break;
      case 1: { const b = stack.pop(); stack.push((stack.pop() + b) | 0); break; }
      case 2: { const b = stack.pop(); stack.push((stack.pop() - b) | 0); break; }
      case 3: { const b = stack.pop(); stack.push(Math.imul(stack.pop(), b)); break; }
      case 4: { const b = stack.pop(); stack.push(stack.pop() % b); break; }
      case 5: stack.push(stack[stack.length - 1]); break;
      case 6: { const b = stack.pop(); const a = stack.pop(); stack.push(b, a); break; }
      case 7: stack.push(stack[stack.length - 2]); break;
      case 8: stack.pop(); break;
      case 9: { const b = stack.pop(); stack.push(stack.pop() < b ? 1 : 0); break; }
      case 10: { const b = stack.pop(); stack.push(stack.pop() === b ? 1 : 0); break; }
      case 11: pc = code[pc]; break;
      case 12: pc = stack.pop() === 0 ? code[pc] : pc + 1; break;
      case 13: stack.push(memory[code[pc++]]); break;
      case 14: memory[code[pc++]] = stack.pop(); break;
      case 15: calls.push(pc + 1); pc = code[pc]; break;
      case 16: pc = calls.pop(); break;
      case 17: { const b = stack.pop(); stack.push(stack.pop() & b); break; }
      case 18: { const b = stack.pop(); stack.push(stack.pop() << b); break; }
      case 19: return steps;
      default: throw new Error(`unknown instruction at ${pc - 1}`);
    }
  }
}

const SUM = assemble(`push 0 store 0 push 0 store 1
  loop: load 0 push 15000 lt jz end load 1 load 0 dup mul add push 65535 and store 1
  load 0 push 1 add store 0 jump loop end: halt`);
const FIB = assemble(`push 15 call fib store 2 halt
  fib: dup push 2 lt jz more ret
  more: dup push 1 sub call fib swap push 2 sub call fib add ret`);
const PRIMES = assemble(`push 2 store 3 push 0 store 4
  next: load 3 push 400 lt jz end push 2 store 5
  try: load 3 load 5 dup mul lt jz test jump prime
  test: load 3 load 5 mod jz no load 5 push 1 add store 5 jump try
  prime: load 4 push 1 add store 4
  no: load 3 push 1 add store 3 jump next end: halt`);

function run() {
  const memory = new Array(8).fill(0);
  let steps = 0;
  for (const code of [SUM, FIB, PRIMES]) steps += execute(code, memory);
  return `${steps} ${memory.join(',')}`;
}
