// Property access at sites that see one shape or two: reads, writes, compound assignment, optional
// chains, prototype chains, shapes that grow, a linked list, and in-place updates of records.
// => 1200965754

class Vector {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
}

function add(a, b) {
  return new Vector(a.x + b.x, a.y + b.y, a.z + b.z);
}

function dot(a, b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

function step(particle) {
  particle.position.x += particle.velocity.x;
  particle.position.y += particle.velocity.y;
  if (particle.position.x > 1000 || particle.position.x < 0) particle.velocity.x = -particle.velocity.x;
  if (particle.position.y > 1000 || particle.position.y < 0) particle.velocity.y *= -1;
  particle.age++;
  particle.trail = particle.age % 16 === 0 ? { x: particle.position.x, next: null } : particle.trail;
}

function list(count) {
  let head = null;
  for (let i = 0; i < count; i++) head = { value: i, next: head, previous: null };
  for (let node = head; node.next; node = node.next) node.next.previous = node;
  return head;
}

function reverse(head) {
  let done = null;
  while (head !== null) {
    const next = head.next;
    head.next = done;
    head.previous = next;
    done = head;
    head = next;
  }
  return done;
}

const base = { factor: 3, get doubled() { return this.factor * 2; } };
const middle = Object.create(base, { offset: { value: 5, writable: true } });

function inherited(count) {
  const objects = [Object.create(middle), Object.create(middle)];
  objects[1].factor = 4;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += objects[i & 1].factor + objects[i & 1].offset + objects[i & 1].doubled;
  return sum;
}

function grow(count) {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const record = {};
    record.a = i;
    record.b = i + 1;
    if (i % 2) record.c = i + 2;
    record.d = record.a + (record.c ?? 1);
    sum += record.d + (record.e?.f ?? 2);
  }
  return sum;
}

function run() {
  let vector = new Vector(0, 1, 2);
  const unit = new Vector(1, 1, 1);
  let sum = 0;
  for (let i = 0; i < 60000; i++) {
    vector = add(vector, unit);
    sum = (sum + dot(vector, unit)) % 1000003;
  }
  const particles = Array.from({ length: 200 }, (_, i) => ({
    position: { x: i, y: i * 2 },
    velocity: { x: (i % 7) + 1, y: (i % 5) + 1 },
    age: 0,
    trail: null,
  }));
  for (let round = 0; round < 150; round++) for (const particle of particles) step(particle);
  for (const { position, trail } of particles) sum += position.x + position.y + trail.x;
  for (let node = reverse(list(8000)); node; node = node.next) sum = (sum * 3 + node.value) % 1000003;
  return sum + inherited(50000) + grow(40000);
}
